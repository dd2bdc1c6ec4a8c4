"""The cheapest changes that meet goals: against every choice there is, and what the cuts promise."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from carereach.scenarios.proposals import cheapest
from carereach.scenarios.proposals.cheapest import Cheapest, Need, Task, cut_of, elastic
from carereach.scenarios.proposals.goals import mean_need, share_need
from carereach.scenarios.siting.clock import Clock
from carereach.scenarios.siting.recheck import SolverContradiction
from carereach.scenarios.siting.rows import Rows
from carereach.scenarios.siting.solver import Answer


def drawn(seed: int) -> Task:
    """A small task: one or two needs, a row with a least and one with a most, costs of 1 or up to 3."""
    rng = np.random.default_rng(seed)
    sites, points = int(rng.integers(2, 8)), int(rng.integers(1, 10))
    needs = tuple(
        Need(rng.integers(0, 20, (sites, points)) * (rng.random((sites, points)) < 0.7), float(rng.integers(1, 60)))
        for _ in range(int(rng.integers(1, 3)))
    )
    rows = Rows(
        sparse.csr_array((rng.random((2, sites)) < 0.5).astype(float)),
        np.array([float(rng.integers(0, 2)), -np.inf]),
        np.array([np.inf, float(rng.integers(1, sites + 1))]),
    )
    cost = rng.integers(1, 4, sites).astype(float) if seed % 2 else np.ones(sites)
    eye = sparse.csr_array(np.eye(sites))
    return Task(cost, np.ones(sites), np.ones(sites, dtype=np.bool_), rows, needs, eye)


def every_choice(task: Task) -> list[np.ndarray]:
    """All choices of sites."""
    return [np.array(bits, dtype=float) for bits in itertools.product((0, 1), repeat=len(task.cost))]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 100_000))
def test_no_choice_is_cheaper(seed: int) -> None:
    task = drawn(seed)
    costs = [float(task.cost @ x) for x in every_choice(task) if task.meets(x)]
    with Clock() as clock:
        found = Cheapest(task, clock).run()
    if not costs:
        assert found.status == "infeasible"
        return
    assert found.x is not None
    assert task.meets(found.x)
    assert (found.status, found.value) == ("optimal", pytest.approx(min(costs)))
    assert found.bound == pytest.approx(found.value)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.integers(0, 1000))
def test_a_cut_leaves_every_choice_that_meets_the_need(seed: int, shares: int) -> None:
    task = drawn(seed)
    x = np.random.default_rng(shares).random(len(task.cost))
    for need in task.needs:
        row = cut_of(task, need, x)
        if row is None:
            continue
        assert float((row.matrix @ x)[0]) < row.low[0]  # it is broken by what it was made for
        for choice in every_choice(task):
            if need.value(choice > 0.5) >= need.least:
                assert float((row.matrix @ choice)[0]) >= row.low[0] - 1e-9


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000))
def test_the_compromise_misses_no_more_than_any_choice(seed: int) -> None:
    """Misses are shares of what each need or row asks for; the sum of them is least."""
    task = drawn(seed)

    def missing(x: np.ndarray) -> float:
        if not np.all(task.rows.matrix @ x <= task.rows.high):
            return math.inf
        held = task.rows.matrix @ x
        low = [max(0.0, low - h) / max(low, 1.0) for low, h in zip(task.rows.low, held, strict=True) if low > 0]
        return sum(low) + sum(miss / need.least for miss, need in zip(task.misses(x), task.needs, strict=True))

    with Clock() as clock:
        found = Cheapest(elastic(task), clock).run()
    assert found.value == pytest.approx(min(map(missing, every_choice(task))), abs=1e-4)


def test_time_that_is_over_gives_the_best_so_far_and_a_bound() -> None:
    task = drawn(1)
    task = Task(task.cost, task.top, task.whole, task.rows, (Need(np.ones((len(task.cost), 3)), 3.0),), task.carry)
    with Clock(0.0) as clock:
        found = Cheapest(task, clock).run()
    assert found.status == "time limit"
    assert found.x is not None
    assert found.bound <= found.value


def test_a_mean_as_savings_by_hand() -> None:
    # Two points, 10 and 30 people. A station stands (20 and 40 min); a candidate reaches them in 30 and 10 min.
    # Now the mean is (200 + 1200) / 40 = 35; with the candidate (200 + 300) / 40 = 12.5.
    minutes = np.array([[20.0, 40.0], [30.0, 10.0]])
    people = np.array([10.0, 30.0])
    made = mean_need(minutes, people, 15.0, np.array([True, False]))
    assert made is not None
    need, rows = made
    assert rows is None
    # To be saved: 1400 - 15 * 40 = 800; the candidate saves 30 * 30 = 900.
    assert need.least == pytest.approx(800, rel=1e-5)
    assert need.value(np.array([True, False])) == 0
    assert need.value(np.array([True, True])) == 900
    assert need.per == pytest.approx(1 / 40)


def test_who_is_not_reached_now_must_be() -> None:
    minutes = np.array([[20.0, np.inf], [np.inf, 10.0], [np.inf, 30.0]])
    made = mean_need(minutes, np.array([1.0, 1.0]), 20.0, np.array([True, False, False]))
    assert made is not None
    need, rows = made
    assert rows is not None
    assert rows.matrix.toarray().tolist() == [[0, 1, 1]]  # one of the candidates that reach the second point
    # From the longest way (30) of the second point: 50 - 40 = 10 to be saved; the second site saves 20, the third none.
    assert need.least == pytest.approx(10, rel=1e-5)
    assert need.value(np.array([True, True, False])) == 20
    assert need.value(np.array([True, False, True])) == 0


def test_nobody_reaches_a_point() -> None:
    assert mean_need(np.array([[np.inf]]), np.array([1.0]), 20.0, np.array([False])) is None
    assert mean_need(np.array([[np.inf, 1.0]]), np.array([0.0, 1.0]), 20.0, np.array([False])) is not None


def test_a_share_as_savings_by_hand() -> None:
    reached = np.array([[True, False, True], [False, True, False]])
    need = share_need(reached, np.array([5.0, 7.0, 0.0]), 6.0, 20.0)
    assert need.value(np.array([True, False])) == 5
    assert need.value(np.array([True, True])) == 12
    assert need.per == 5  # percent of 20 residents


LIES = {
    "infeasible": Answer("infeasible", None, math.nan, math.nan),
    "a bound above the value": Answer("time limit", None, math.nan, 99.0),
}


@pytest.mark.parametrize("how", LIES)
def test_a_solver_that_denies_a_choice_at_hand_is_found_out(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of three sites are needed, which greedy finds; a solver that says it cannot be is an error."""
    none = Rows(sparse.csr_array((0, 3)), np.zeros(0), np.zeros(0))
    need = Need(np.array([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [1.0, 1.0, 1.0]]), 4.0)
    task = Task(np.ones(3), np.ones(3), np.ones(3, dtype=np.bool_), none, (need,), sparse.csr_array(np.eye(3)))
    with Clock() as clock:
        assert Cheapest(task, clock).run().value == 2
    monkeypatch.setattr(cheapest, "solve", lambda *_, **__: LIES[how])
    with Clock() as clock, pytest.raises(SolverContradiction, match=r"infeasible claimed|denies"):
        Cheapest(task, clock).run()


def test_a_solver_that_proposes_too_little_only_loses_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stub that always says "nothing, at no cost": its choice is repaired and no gap is claimed away."""
    task = drawn(4)
    width = len(task.cost)
    monkeypatch.setattr(cheapest, "solve", lambda *_, **__: Answer("optimal", np.zeros(width), 0.0, 0.0))
    with Clock(0.3) as clock:
        found = Cheapest(task, clock).run()
    assert found.x is None or task.meets(found.x)
    assert found.status == "time limit"
    assert found.bound <= 0 + 1e-9
