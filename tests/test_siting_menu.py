"""The menu against every choice of sites, and the curve with its knee."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from siting_cases import Question, choices, permitted, questions, towns

import carereach.scenarios.siting as siting
from carereach.errors import InputError
from carereach.scenarios.siting import Menu, nearly, nearly_program
from carereach.scenarios.siting import curve as curves
from carereach.scenarios.siting.clock import Clock
from carereach.scenarios.siting.curve import knee_of
from carereach.scenarios.siting.instance import Instance
from carereach.scenarios.siting.recheck import SolverContradiction
from carereach.scenarios.siting.solver import Answer

SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
SHARES = st.sampled_from([0.0, 0.02, 0.1, 0.5])
FEW = settings(SOME, max_examples=40)
Sets = dict[frozenset[int], float]


def all_choices(question: Question, value: Callable[[list[int]], float | None]) -> Sets:
    """Every permitted choice of new sites and its value."""
    fixed = list(question.options.get("fixed", []))
    values = {
        frozenset(new): value(sorted([*fixed, *new]))
        for new in choices(question, p=question.p)
        if permitted(question, new, question.p)
    }
    return {new: number for new, number in values.items() if number is not None}


def needed(new: frozenset[int], values: Sets, sign: float) -> bool:
    """Whether no site can be left out without a loss or a broken condition."""
    return not any(sign * values.get(new - {site}, -sign * math.inf) >= sign * values[new] for site in new)


def is_whole_menu(found: Menu, values: Sets, sign: float, within: float) -> None:
    """Lists each choice near the best that holds no useless site, once; ``sign``: 1 where more is better."""
    if not values:
        assert found.best.status == "infeasible"
        assert found.alternatives == ()
        return
    best = sign * max(sign * value for value in values.values())
    assert found.best.value == pytest.approx(best, rel=1e-9, abs=1e-9)
    assert found.complete
    edge = abs(best) * within + 1e-9
    expected = {new for new, value in values.items() if abs(value - best) <= edge and needed(new, values, sign)}
    listed = [frozenset(other.new.tolist()) for other in found.alternatives]
    assert len(listed) == len(set(listed))
    assert set(listed) == expected
    assert listed[0] == frozenset(found.best.new.tolist())
    losses = [other.loss for other in found.alternatives]
    assert losses == sorted(losses)
    for other in found.alternatives:
        assert other.value == pytest.approx(values[frozenset(other.new.tolist())], rel=1e-9, abs=1e-9)
        swapped = set(found.best.sites.tolist()) - set(other.leaves.tolist()) | set(other.takes.tolist())
        assert swapped == set(other.sites.tolist())
    everywhere = frozenset.intersection(*listed)
    assert set(found.in_all.tolist()) == everywhere
    anywhere = frozenset.union(*listed)
    assert set(found.nearly_chosen.tolist()) == anywhere - set(found.best.sites.tolist())
    assert {site for site, share in found.share.items() if share == 1.0} == everywhere
    assert set(found.share) == anywhere


def median_menu_is_whole(question: Question, within: float) -> None:
    def value(sites: list[int]) -> float | None:
        lived = question.residents > 0
        rows = question.minutes[sites][:, lived]
        total = float((rows.min(axis=0, initial=np.inf).astype(np.float64) * question.residents[lived]).sum())
        return total if math.isfinite(total) else None

    found = siting.p_median_menu(
        question.minutes, question.residents, p=question.p, within=within, most=1000, **question.options
    )
    is_whole_menu(found, all_choices(question, value), -1.0, within)


def cover_menu_is_whole(question: Question, limit: int, within: float) -> None:
    found = siting.max_cover_menu(
        question.minutes,
        question.residents,
        p=question.p,
        within_min=limit,
        within=within,
        most=1000,
        **question.options,
    )
    values = all_choices(question, lambda sites: question.residents_reached(sites, limit))
    is_whole_menu(found, values, 1.0, within)


@SOME
@given(questions(candidates=6), SHARES)
def test_median_menu_against_every_choice(question: Question, within: float) -> None:
    median_menu_is_whole(question, within)


@SOME
@given(questions(candidates=6), st.integers(0, 20), SHARES)
def test_cover_menu_against_every_choice(question: Question, limit: int, within: float) -> None:
    cover_menu_is_whole(question, limit, within)


@FEW
@given(questions(candidates=5), st.integers(0, 20), SHARES)
def test_menus_listed_by_the_solver_against_every_choice(question: Question, limit: int, within: float) -> None:
    """As where the prices leave too many choices open."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearly, "MOST_SETS", -1)
        median_menu_is_whole(question, within)
        cover_menu_is_whole(question, limit, within)


def test_by_hand() -> None:
    # One site within 5 minutes of 10, 9 or 8 people; within 15 % of 10 lie 10 and 9, within 20 % all three.
    minutes = np.where(np.eye(3) == 1, 5.0, 30.0)
    found = siting.max_cover_menu(minutes, [10, 9, 8], p=1, within_min=5, within=0.15)
    assert [other.new.tolist() for other in found.alternatives] == [[0], [1]]
    assert [other.loss for other in found.alternatives] == pytest.approx([0.0, 0.1])
    assert (found.alternatives[1].leaves.tolist(), found.alternatives[1].takes.tolist()) == ([0], [1])
    assert found.complete
    assert (found.in_all.tolist(), found.nearly_chosen.tolist()) == ([], [1])
    assert len(siting.max_cover_menu(minutes, [10, 9, 8], p=1, within_min=5, within=0.2).alternatives) == 3
    # Two sites: {0,1} 19, {0,2} 18, {1,2} 17; site 0 is in the first two, within 6 %.
    found = siting.max_cover_menu(minutes, [10, 9, 8], p=2, within_min=5, within=0.06)
    assert [other.new.tolist() for other in found.alternatives] == [[0, 1], [0, 2]]
    assert found.in_all.tolist() == [0]
    assert found.share == {0: 1.0, 1: 0.5, 2: 0.5}
    # Every two answers are to differ in two sites: of three sites there is no other pair.
    assert len(siting.max_cover_menu(minutes, [10, 9, 8], p=2, within_min=5, within=0.5, differ=2).alternatives) == 1


def test_the_most_asked_for_ends_the_list_and_it_is_not_called_complete() -> None:
    minutes, residents = towns(80, 20, seed=1)
    whole = siting.p_median_menu(minutes, residents, p=3, within=0.05, most=500)
    assert whole.complete
    assert len(whole.alternatives) > 4
    some = siting.p_median_menu(minutes, residents, p=3, within=0.05, most=4)
    assert not some.complete
    assert [a.value for a in some.alternatives] == pytest.approx([a.value for a in whole.alternatives[:4]])
    apart = siting.p_median_menu(minutes, residents, p=3, within=0.05, most=500, differ=2)
    for place, one in enumerate(apart.alternatives):
        for other in apart.alternatives[:place]:
            assert len(np.intersect1d(one.new, other.new)) <= 1


def test_an_ended_search_is_not_called_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    minutes, residents = towns(60, 15, seed=2)
    monkeypatch.setattr(nearly, "MOST_SETS", -1)
    monkeypatch.setattr(nearly_program, "solve", lambda program, clock: Answer("time limit", None, math.nan, -math.inf))
    found = siting.p_median_menu(minutes, residents, p=3)
    assert (found.complete, len(found.alternatives)) == (False, 1)
    rushed = siting.p_median_menu(*towns(300, 60, seed=3), p=6, time_limit_s=0)
    assert not rushed.complete
    assert rushed.best.bound <= rushed.best.value


def test_a_solver_that_repeats_itself_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    minutes, residents = towns(60, 15, seed=2)
    real = nearly_program.solve
    first: list[Answer] = []

    def repeating(program: Any, clock: Any) -> Answer:
        first.append(first[0] if first else real(program, clock))
        return first[-1]

    monkeypatch.setattr(nearly, "MOST_SETS", -1)
    monkeypatch.setattr(nearly_program, "solve", repeating)
    with pytest.raises(SolverContradiction, match="both listed"):
        siting.p_median_menu(minutes, residents, p=3, within=0.2)


def test_wrong_arguments() -> None:
    minutes, residents = towns(10, 5, seed=1)
    for wrong in ({"within": -0.1}, {"most": 0}, {"differ": 0}, {"p": 9}, {"capacity": np.ones(5)}):
        with pytest.raises(InputError):
            siting.p_median_menu(minutes, residents, **{"p": 2, **wrong})  # type: ignore[arg-type]
        with pytest.raises(InputError):
            siting.max_cover_menu(minutes, residents, within_min=9, **{"p": 2, **wrong})  # type: ignore[arg-type]
    for curve_p in (0, 9):
        with pytest.raises(InputError):
            siting.p_median_curve(minutes, residents, p=curve_p)
        with pytest.raises(InputError):
            siting.max_cover_curve(minutes, residents, p=curve_p, within_min=9)


def test_curves_are_the_answers_for_each_number() -> None:
    minutes, residents = towns(120, 30, seed=4)
    cover = siting.max_cover_curve(minutes, residents, p=6, within_min=12)
    assert cover.p.tolist() == [1, 2, 3, 4, 5, 6]
    assert cover.values == [siting.max_cover(minutes, residents, p=p, within_min=12).value for p in range(1, 7)]
    assert cover.values == sorted(cover.values)
    median = siting.p_median_curve(minutes, residents, p=6, fixed=[3])
    assert median.p.tolist() == [0, 1, 2, 3, 4, 5, 6]
    alone = [siting.p_median(minutes, residents, p=p, fixed=[3]).value for p in range(7)]
    assert median.values == pytest.approx(alone, rel=1e-9)
    assert all(found.status == "optimal" for found in (*cover.sitings, *median.sitings))
    assert median.knee == knee_of(median.p, median.values)


def test_a_curve_under_a_time_limit_never_gets_worse() -> None:
    minutes, residents = towns(300, 60, seed=5)
    for curve in (
        siting.p_median_curve(minutes, residents, p=5, time_limit_s=0),
        siting.max_cover_curve(minutes, residents, p=5, within_min=12, time_limit_s=0),
    ):
        values = [-value if curve.sitings[0].value > curve.sitings[-1].value else value for value in curve.values]
        assert values == sorted(values)
        assert all(found.gap >= 0 for found in curve.sitings)


def test_numbers_of_sites_that_do_not_reach_everybody_stay_in_the_curve() -> None:
    minutes = np.where(np.eye(4) == 1, 1.0, np.inf)
    minutes[0, :3] = 5.0
    curve = siting.p_median_curve(minutes, [1, 1, 1, 1], p=4)
    # With two: site 0 for three and the fourth at home: 5 + 5 + 5 + 1. Each further one saves 4, but 0 must stay.
    assert math.isnan(curve.values[0])
    assert curve.values[1:] == [16.0, 12.0, 8.0]


def test_the_knee_by_hand() -> None:
    # From (1, 0) to (5, 100), as shares: 0 / .25 / .5 / .75 / 1 across. Above the line: 60 - 25, 80 - 50, 90 - 75.
    assert knee_of([1, 2, 3, 4, 5], [0, 60, 80, 90, 100]) == 2
    # Falling values likewise: what matters is the share of the way from the first to the last.
    assert knee_of([1, 2, 3, 4, 5], [100, 70, 20, 10, 0]) == 3
    assert knee_of([1, 2, 3], [0, 50, 100]) is None  # a straight line has none
    assert knee_of([1, 2, 3], [0, 10, 100]) is None  # nor one that gets steeper
    assert knee_of([1, 2], [0, 100]) is None
    assert knee_of([1, 2, 3], [5, 5, 5]) is None
    assert knee_of([1, 2, 3, 4, 5], [math.nan, 0, 90, 95, 100]) == 3


def test_a_curve_begins_each_number_with_the_sites_before(monkeypatch: pytest.MonkeyPatch) -> None:
    minutes, residents = towns(40, 15, 3)
    begun: list[list[int]] = []
    covering = curves.covering_most

    def noted(instance: Instance, within_min: float, clock: Clock, known: np.ndarray | None = None) -> siting.Siting:
        begun.append([] if known is None else known.tolist())
        return covering(instance, within_min, clock, known)

    monkeypatch.setattr(curves, "covering_most", noted)
    found = siting.max_cover_curve(minutes, residents, p=4, within_min=20)
    assert begun == [[], *(one.new.tolist() for one in found.sitings[:-1])]
    alone = [siting.max_cover(minutes, residents, p=number, within_min=20).value for number in found.p.tolist()]
    assert found.values == alone
