"""Covering models against spopt and plain formulations on medium questions, and what must hold between questions."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from siting_cases import Question, questions, spread, towns

import carereach.scenarios.siting as siting

SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
MEDIUM = [(towns(300, 60, seed=1), 6, 12.0), (spread(250, 50, seed=2), 5, 20.0), (towns(400, 80, seed=3), 10, 25.0)]


@pytest.fixture(scope="module")
def spopt_locate() -> Any:
    """spopt's models; what it and its libraries warn of is theirs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from spopt import locate
    return locate


def solved(model: Any) -> float:
    """The objective of a model of spopt."""
    import pulp

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(pulp.value(model.solve(pulp.HiGHS(msg=False)).problem.objective))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("number", range(len(MEDIUM)))
def test_max_cover_as_spopt(number: int, spopt_locate: Any) -> None:
    (minutes, residents), p, limit = MEDIUM[number]
    theirs = solved(spopt_locate.MCLP.from_cost_matrix(minutes.T, residents, limit, p_facilities=p))
    assert siting.max_cover(minutes, residents, p=p, within_min=limit).value == pytest.approx(theirs)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("number", range(len(MEDIUM)))
def test_max_cover_with_fixed_sites_as_spopt(number: int, spopt_locate: Any) -> None:
    (minutes, residents), p, limit = MEDIUM[number]
    standing = np.zeros(len(minutes), dtype=int)
    standing[[3, 7]] = 1
    theirs = solved(
        spopt_locate.MCLP.from_cost_matrix(
            minutes.T, residents, limit, p_facilities=p + 2, predefined_facilities_arr=standing
        )
    )
    assert siting.max_cover(minutes, residents, p=p, within_min=limit, fixed=[3, 7]).value == pytest.approx(theirs)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("number", range(len(MEDIUM)))
def test_cover_all_as_spopt(number: int, spopt_locate: Any) -> None:
    (minutes, _), _, limit = MEDIUM[number]
    minutes = minutes[:, minutes.min(axis=0) <= limit]  # spopt fails where somebody is out of reach
    theirs = solved(spopt_locate.LSCP.from_cost_matrix(minutes.T, limit))
    assert siting.cover_all(minutes, within_min=limit).value == theirs


def plainly(
    within: NDArray[np.bool_], residents: NDArray[Any], p: int, factors: NDArray[Any], *, once: bool, **options: Any
) -> float | None:
    """A covering model without any reduction, start or bound, solved by scipy's own HiGHS.

    Columns: x of each candidate, then y of each demand point and level. Without ``once`` a point needs not be reached.
    """
    m, n = within.shape
    levels = len(factors)
    worth = np.concatenate([np.zeros(m), np.outer(residents, factors).ravel()])
    cover = np.hstack([-within.T.astype(float), np.kron(np.eye(n), np.ones((1, levels)))])
    rows = [LinearConstraint(cover, -np.inf, -float(once)), LinearConstraint(_wide(np.ones(m), n * levels), 0, p)]
    for j, k in options.get("apart", []):
        pair = np.zeros(m)
        pair[[j, k]] = 1
        rows.append(LinearConstraint(_wide(pair, n * levels), 0, 1))
    if "cost" in options:
        rows.append(LinearConstraint(_wide(np.array(options["cost"]), n * levels), 0, options["budget"]))
    if "members" in options:
        rows.append(LinearConstraint(_wide(options["members"], n * levels), options["least"], np.inf))
    top = float(p) if options.get("repeats") else 1.0
    high = np.concatenate([np.full(m, top), np.ones(n * levels)])
    whole = np.concatenate([np.ones(m), np.zeros(n * levels)])
    found = milp(-worth, constraints=rows, bounds=Bounds(np.zeros_like(high), high), integrality=whole)
    return None if found.x is None else -float(found.fun)


def _wide(values: NDArray[Any], more: int) -> NDArray[np.float64]:
    return np.concatenate([values, np.zeros(more)])[None, :]


def conditions(m: int, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Random conditions, as our keywords and as those of :func:`plainly`."""
    rng = np.random.default_rng(seed)
    cost = rng.integers(1, 10, m)
    places = rng.random((m, 2)) * 100
    distance = np.sqrt(((places[None] - places[:, None]) ** 2).sum(axis=2))
    labels = rng.choice(["n", "s"], m, p=[0.8, 0.2]).tolist()
    ours = {
        "cost": cost,
        "budget": 25,
        "spacing": (distance, 20),
        "groups": labels,
        "group_min": {"s": 2},
    }
    theirs = {
        "cost": cost,
        "budget": 25,
        "apart": np.argwhere(np.triu(distance < 20, 1)).tolist(),
        "members": np.array([float(label == "s") for label in labels]),
        "least": 2,
    }
    return ours, theirs


@pytest.mark.parametrize("number", range(len(MEDIUM)))
@pytest.mark.parametrize("bound", [False, True])
def test_max_cover_plainly(number: int, bound: bool) -> None:
    (minutes, residents), p, limit = MEDIUM[number]
    ours, theirs = conditions(len(minutes), number) if bound else ({}, {})
    expected = plainly(minutes <= limit, residents, p, np.ones(1), once=False, **theirs)
    answer = siting.max_cover(minutes, residents, p=p, within_min=limit, **ours)
    assert answer.status == "optimal"
    assert answer.value == pytest.approx(expected)


@pytest.mark.parametrize("bound", [False, True])
def test_max_expected_cover_plainly(bound: bool) -> None:
    minutes, residents = towns(150, 40, seed=4)
    ours, theirs = conditions(40, 4) if bound else ({}, {})
    ours.pop("spacing", None)
    theirs.pop("apart", None)
    factors = 0.7 * 0.3 ** np.arange(6)
    expected = plainly(minutes <= 15, residents, 6, factors, once=False, repeats=True, **theirs)
    answer = siting.max_expected_cover(minutes, residents, vehicles=6, within_min=15, busy=0.3, **ours)
    assert answer.status == "optimal"
    assert answer.value == pytest.approx(expected)


@pytest.mark.parametrize(("p", "bound"), [(12, False), (8, False), (14, True)])
def test_backup_cover_plainly(p: int, bound: bool) -> None:
    minutes, residents = spread(150, 60, seed=5)
    ours, theirs = conditions(60, 5) if bound else ({}, {})
    if bound:
        ours["budget"] = theirs["budget"] = 60
    expected = plainly(minutes <= 35, residents, p, np.ones(1), once=True, **theirs)
    answer = siting.backup_cover(minutes, residents, p=p, within_min=35, **ours)
    if expected is None:
        assert answer.status == "infeasible"
    else:
        assert answer.status == "optimal"
        assert answer.value == pytest.approx(expected)


@SOME
@given(questions(), st.integers(0, 20))
def test_more_sites_and_more_time_never_cover_fewer(question: Question, limit: int) -> None:
    def value(p: int, within: int) -> float:
        answer = siting.max_cover(question.minutes, question.residents, p=p, within_min=within, **question.options)
        return answer.value if answer.found else -1.0

    here = value(question.p, limit)
    assert value(question.p, limit + 3) >= here
    assert value(max(0, question.p - 1), limit) <= here


@SOME
@given(questions(), st.integers(0, 20))
def test_another_candidate_never_hurts(question: Question, limit: int) -> None:
    last = len(question.minutes) - 1
    if last in question.options.get("fixed", []):
        return
    without = {**question.options, "forbidden": sorted({*question.options.get("forbidden", []), last})}
    free = last + 1 - len({*without["forbidden"], *question.options.get("fixed", [])})
    p = min(question.p, free)
    few = siting.max_cover(question.minutes, question.residents, p=p, within_min=limit, **without)
    many = siting.max_cover(question.minutes, question.residents, p=p, within_min=limit, **question.options)
    assert not few.found or few.value <= many.value
    few = siting.cover_all(question.minutes, within_min=limit, **without)
    many = siting.cover_all(question.minutes, within_min=limit, **question.options)
    assert not few.found or few.value >= many.value


@SOME
@given(questions(bare=True), st.integers(0, 20), st.sampled_from([0.25, 3.0, 1000.0]))
def test_scaled_residents_scale_the_value(question: Question, limit: int, times: float) -> None:
    one = siting.max_cover(question.minutes, question.residents, p=question.p, within_min=limit)
    scaled = siting.max_cover(question.minutes, question.residents * times, p=question.p, within_min=limit)
    assert scaled.value == pytest.approx(one.value * times)


@SOME
@given(questions(), st.integers(0, 20), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_does_not_matter(question: Question, limit: int, random: Any) -> None:
    m, n = question.minutes.shape
    rows, columns = random.sample(range(m), m), random.sample(range(n), n)
    place = {candidate: row for row, candidate in enumerate(rows)}
    options = dict(question.options)
    for name in ("fixed", "forbidden"):
        options[name] = [place[candidate] for candidate in options.get(name, [])]
    for name in ("cost", "groups"):
        if name in options:
            options[name] = [options[name][candidate] for candidate in rows]
    if "spacing" in options:
        distance, least = options["spacing"]
        options["spacing"] = (distance[np.ix_(rows, rows)], least)
    turned = question.minutes[np.ix_(rows, columns)]
    one = siting.max_cover(question.minutes, question.residents, p=question.p, within_min=limit, **question.options)
    other = siting.max_cover(turned, question.residents[columns], p=question.p, within_min=limit, **options)
    assert one.found == other.found
    assert not one.found or one.value == other.value
