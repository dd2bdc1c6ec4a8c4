"""The p-center against every choice of sites and against spopt with another solver."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from siting_cases import Question, best, questions, towns

import carereach.scenarios.siting as siting
from carereach.errors import InputError
from carereach.scenarios.siting import center
from carereach.scenarios.siting.clock import Clock, Step
from carereach.scenarios.siting.recheck import SolverContradiction
from carereach.scenarios.siting.solver import Answer

MANY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
FAR = math.inf


def longest_of(question: Question, sites: list[int]) -> float | None:
    """The longest way of anybody; None if somebody is not reached."""
    longest = 0.0
    for point, people in enumerate(question.residents):
        if people > 0:
            longest = max(longest, min([float(question.minutes[site, point]) for site in sites], default=FAR))
    return None if math.isinf(longest) else longest


@MANY
@given(questions(candidates=7), st.booleans())
def test_against_every_choice(question: Question, with_residents: bool) -> None:
    if not with_residents:
        question = Question(question.minutes, np.ones(len(question.residents)), question.p, question.options)
    residents = question.residents if with_residents else None
    answer = siting.p_center(question.minutes, p=question.p, residents=residents, **question.options)
    expected = best(question, lambda sites: longest_of(question, sites), maximise=False, p=question.p)
    if expected is None:
        assert answer.status == "infeasible"
        assert answer.text("en")
        assert answer.text("zh")
        return
    assert (answer.status, answer.value, answer.bound, answer.gap) == ("optimal", expected, expected, 0.0)


@pytest.mark.parametrize(("demand", "candidates", "p"), [(60, 20, 3), (80, 30, 6)])
def test_spopt_finds_no_better(demand: int, candidates: int, p: int) -> None:
    minutes, _ = towns(demand, candidates, seed=p)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pulp
        from spopt.locate import PCenter

        model = PCenter.from_cost_matrix(minutes.T.astype(np.float64), p_facilities=p)
        other = float(model.solve(pulp.PULP_CBC_CMD(msg=False)).problem.objective.value())
    answer = siting.p_center(minutes, p=p)
    assert answer.status == "optimal"
    assert answer.value == pytest.approx(other, rel=1e-6)
    assert answer.value in minutes  # a number of the table, not one from the solver


def test_by_hand() -> None:
    # Places at 0, 10 and 30: one site at 10 leaves 20 minutes; two leave 10 (0 and 30, or 10 and 30).
    minutes = np.abs(np.array([0.0, 10, 30])[:, None] - np.array([0.0, 10, 30])[None, :])
    assert (siting.p_center(minutes, p=1).sites.tolist(), siting.p_center(minutes, p=1).value) == ([1], 20.0)
    two = siting.p_center(minutes, p=2)
    assert (two.sites.tolist(), two.value) == ([0, 2], 10.0)  # the earliest of equals
    # Nobody lives at 30: the first two can be 10 minutes from one site, and the far point counts nothing.
    assert siting.p_center(minutes, p=1, residents=[5, 5, 0]).value == 10.0
    # A site at 30 stands: one more at 0 (or 10) leaves 10.
    fixed = siting.p_center(minutes, p=1, fixed=[2])
    assert (fixed.sites.tolist(), fixed.new.tolist(), fixed.value) == ([0, 2], [0], 10.0)


def test_edges() -> None:
    ones = np.ones((3, 4))
    assert siting.p_center(ones, p=2).sites.tolist() == [0]
    assert siting.p_center(ones, p=0, fixed=[1]).value == 1.0
    assert siting.p_center(ones, p=0).status == "infeasible"
    assert siting.p_center(ones, p=1, residents=[0, 0, 0, 0]).value == 0.0
    reach = np.array([[1.0, FAR], [FAR, 2.0]])
    assert siting.p_center(reach, p=2).value == 2.0
    alone = siting.p_center(reach, p=1)
    assert (alone.status, alone.unreached.tolist()) == ("infeasible", [])
    assert "at least 2" in alone.text("en")
    nobody = siting.p_center(np.array([[1.0, FAR], [2.0, FAR]]), p=1)
    assert (nobody.status, nobody.unreached.tolist()) == ("infeasible", [1])
    for wrong in ({"p": 4}, {"p": -1}, {"p": 1, "capacity": [1, 1, 1]}, {"p": 1, "residents": [1, 1]}):
        with pytest.raises(InputError):
            siting.p_center(ones, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(3))
def test_what_must_not_change_the_answer(seed: int) -> None:
    minutes, _ = towns(80, 25, seed)
    usual = siting.p_center(minutes, p=4)
    rng = np.random.default_rng(seed)
    turned = minutes[np.ix_(rng.permutation(25), rng.permutation(80))]
    assert siting.p_center(turned, p=4).value == usual.value
    assert siting.p_center(np.vstack([minutes, minutes]), p=4).sites.tolist() == usual.sites.tolist()
    assert siting.p_center(np.hstack([minutes, minutes]), p=4).value == usual.value
    assert siting.p_center(minutes**2, p=4).value == pytest.approx(usual.value**2)  # only the order counts
    values = [siting.p_center(minutes, p=p).value for p in range(1, 6)]
    assert values == sorted(values, reverse=True)


def test_it_is_the_least_time_in_which_cover_all_needs_no_more_sites() -> None:
    """Two models that share no search."""
    minutes, residents = towns(100, 30, seed=3)
    answer = siting.p_center(minutes, p=5, residents=residents)
    assert siting.cover_all(minutes, within_min=answer.value).value <= 5
    below = float(np.unique(minutes[minutes < answer.value])[-1])
    less = siting.cover_all(minutes, within_min=below)
    assert less.status == "infeasible" or less.value > 5


def test_a_time_limit_gives_the_best_so_far_with_a_bound() -> None:
    minutes, _ = towns(300, 60, seed=4)
    steps: list[Step] = []
    exact = siting.p_center(minutes, p=8, progress=steps.append)
    assert steps[-1].gap == 0.0
    rushed = siting.p_center(minutes, p=8, time_limit_s=0)
    assert rushed.bound <= exact.value <= rushed.value
    assert rushed.status == ("optimal" if rushed.gap == 0 else "time limit")
    rough = siting.p_center(minutes, p=8, gap=0.5)
    assert (rough.status, rough.gap <= 0.5) == ("optimal", True)


def test_interruption_hands_over_the_best_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    minutes, _ = towns(200, 40, seed=6)

    def interrupted(instance: Any, within: NDArray[np.bool_], clock: Clock, **options: Any) -> Answer:
        clock.interrupt()
        return Answer("interrupted", None, math.nan, -math.inf)

    monkeypatch.setattr(center, "choose_covering", interrupted)
    answer = siting.p_center(minutes, p=5)
    assert answer.status == "interrupted"
    assert answer.bound <= answer.value


def test_sites_of_the_solver_that_do_not_do_it_are_never_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that claims to reach everybody with too many sites is contradicted by the recheck."""
    minutes, _ = towns(60, 20, seed=9)

    def lying(instance: Any, within: NDArray[np.bool_], clock: Clock, **options: Any) -> Answer:
        return Answer("optimal", np.ones(len(instance.open)), 20.0, 20.0)

    monkeypatch.setattr(center, "choose_covering", lying)
    with pytest.raises(SolverContradiction, match="new sites"):
        siting.p_center(minutes, p=3)
