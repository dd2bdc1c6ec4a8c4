"""The p-median against every choice of sites and against spopt with another solver; its bounds by themselves."""

from __future__ import annotations

import math
import signal
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog
from siting_cases import Question, best, choices, permitted, questions, towns

import carereach.scenarios.siting as siting
from carereach.errors import InputError
from carereach.scenarios.siting import Siting, branching, median_search
from carereach.scenarios.siting.clock import Clock, Step
from carereach.scenarios.siting.instance import Instance, read_instance
from carereach.scenarios.siting.interchange import Nearest, _profits, interchange
from carereach.scenarios.siting.lagrange import Nearby, Priced, ascend, fixing, price, radius
from carereach.scenarios.siting.levels import levels_of
from carereach.scenarios.siting.median_capacity import Capacities, Filling, split_of
from carereach.scenarios.siting.median_search import Task
from carereach.scenarios.siting.recheck import SolverContradiction
from carereach.scenarios.siting.solver import Answer
from carereach.scenarios.siting.transport import fault, transport

MANY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
SOME = settings(MANY, max_examples=60)
FAR = math.inf
PRICES = st.lists(st.floats(0, 700), min_size=8, max_size=8)


def minutes_of(question: Question, sites: list[int]) -> float | None:
    """Residents x minutes to the nearest site; None if somebody is not reached."""
    total = 0.0
    for point, people in enumerate(question.residents):
        if people > 0:
            nearest = min([float(question.minutes[site, point]) for site in sites], default=FAR)
            if math.isinf(nearest):
                return None
            total += float(people) * nearest
    return total


def split_of_all(question: Question, sites: list[int], capacity: NDArray[Any]) -> float | None:
    """The least resident minutes when each site serves at most its capacity: a linear program of dense arrays."""
    points = np.flatnonzero(question.residents > 0).tolist()
    cells = [(a, b) for a in range(len(sites)) for b in range(len(points))]
    cells = [(a, b) for a, b in cells if np.isfinite(question.minutes[sites[a], points[b]])]
    if not points:
        return 0.0
    if not cells:
        return None
    everybody = np.array([[float(b == point) for _, b in cells] for point in range(len(points))])
    room = np.array([[float(a == site) for a, _ in cells] for site in range(len(sites))])
    cost = [float(question.minutes[sites[a], points[b]]) for a, b in cells]
    found = linprog(cost, A_ub=room, b_ub=capacity[sites], A_eq=everybody, b_eq=question.residents[points])
    return float(found.fun) if found.status == 0 else None


def proven(answer: Siting, expected: float | None) -> None:
    """The answer is the best there is, with a bound that says so."""
    if expected is None:
        assert answer.status == "infeasible", answer
        assert math.isnan(answer.value)
        assert answer.text("en")
        assert answer.text("zh")
        return
    assert answer.status == "optimal", answer
    assert answer.value == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert answer.bound <= answer.value
    assert answer.bound == pytest.approx(expected, rel=1e-6, abs=1e-6)


def instance_of(question: Question) -> Instance:
    return read_instance(question.minutes, question.residents, question.p, question.options)  # type: ignore[arg-type]


@MANY
@given(questions(candidates=7))
def test_against_every_choice(question: Question) -> None:
    answer = siting.p_median(question.minutes, question.residents, p=question.p, **question.options)
    proven(answer, best(question, lambda sites: minutes_of(question, sites), maximise=False, p=question.p))


@MANY
@given(questions(candidates=7, whole=False))
def test_against_every_choice_with_fractions_of_residents(question: Question) -> None:
    answer = siting.p_median(question.minutes, question.residents, p=question.p, **question.options)
    proven(answer, best(question, lambda sites: minutes_of(question, sites), maximise=False, p=question.p))


@SOME
@given(questions(candidates=7), st.booleans())
def test_branching_alone_and_the_solver_alone_against_every_choice(question: Question, solver: bool) -> None:
    """Without a good bound to begin with, so that all is left to one of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(median_search, "STEPS", 0)
        patch.setattr(median_search, "KICKS", 0)
        patch.setattr(branching, "STEPS", 3)
        patch.setattr(branching, "LISTED", 0)
        patch.setattr(median_search, "MOST_BRANCHES", 0 if solver else 10_000)
        answer = siting.p_median(question.minutes, question.residents, p=question.p, **question.options)
    assert solver or "HiGHS" not in answer.method
    proven(answer, best(question, lambda sites: minutes_of(question, sites), maximise=False, p=question.p))


@SOME
@given(questions(candidates=6, demand=6), st.lists(st.integers(0, 80), min_size=6, max_size=6))
def test_capacities_against_every_choice(question: Question, rooms: list[int]) -> None:
    capacity = np.array(rooms[: len(question.minutes)], dtype=np.float64)
    answer = siting.p_median(question.minutes, question.residents, p=question.p, capacity=capacity, **question.options)
    value = best(question, lambda sites: split_of_all(question, sites, capacity), maximise=False, p=question.p)
    if value is None:
        proven(answer, None)
        return
    assert answer.status == "optimal"
    assert answer.value == pytest.approx(value, rel=1e-6, abs=1e-6)
    assert answer.load is not None
    assert answer.load.sum() == pytest.approx(question.residents.sum(), abs=1e-6)
    assert np.all(answer.load <= capacity[answer.sites] + 1e-6)


@MANY
@given(questions(candidates=6), PRICES)
def test_any_prices_give_a_valid_bound(question: Question, prices: list[float]) -> None:
    """Whatever the prices and the conditions: no permitted choice is below the bound, and what it excludes is out."""
    instance = instance_of(question)
    task = Task.of(instance)
    u = np.array((prices * task.table.shape[1])[: task.table.shape[1]])
    priced = price(Nearby(task.table), task.keep, task.moves, u)
    values = {}
    for new in choices(question, p=question.p):
        if permitted(question, new, question.p):
            value = minutes_of(question, sorted([*question.options.get("fixed", []), *new]))
            if value is not None:
                values[tuple(new)] = value
    assume(values)
    least = min(values.values())
    assert priced.bound <= least
    for limit in (least, 1.3 * least + 1.0):
        decided = fixing(priced, task.moves, limit)
        highest = radius(priced, limit)
        for new, value in values.items():
            if value <= limit:
                rows = task.rows_of(np.array(new, dtype=np.int64))
                assert not decided.out[rows].any()
                assert set(np.flatnonzero(decided.sure)) <= set(rows.tolist())
                nearest = task.table[np.concatenate([task.keep, rows])].min(axis=0, initial=task.beyond)
                assert np.all(nearest <= highest + 1e-9)


@SOME
@given(questions(candidates=5, demand=5), PRICES, st.lists(st.integers(0, 60), min_size=5, max_size=5))
def test_any_prices_give_a_valid_bound_with_capacities(
    question: Question, prices: list[float], rooms: list[int]
) -> None:
    capacity = np.array(rooms[: len(question.minutes)], dtype=np.float64)
    options = {**question.options, "capacity": capacity}
    instance = read_instance(question.minutes, question.residents, question.p, options)  # type: ignore[arg-type]
    least = best(question, lambda sites: split_of_all(question, sites, capacity), maximise=False, p=question.p)
    assume(least is not None and np.isfinite(instance.minutes[:, instance.populated]).any(axis=0).all())
    assert least is not None
    task = Capacities.of(instance)
    u = np.array((prices * len(task.residents))[: len(task.residents)])
    assert price(Filling(task), task.keep, task.moves, u).bound <= least * (1 + 1e-9) + 1e-9


@SOME
@given(questions(candidates=6), st.floats(0, 300))
def test_levels_hold_the_value_of_every_choice(question: Question, most: float) -> None:
    """base + the steps of the levels at which, and nearer, no site stands, computed point by point."""
    task = Task.of(instance_of(question))
    free = np.flatnonzero(task.moves.free)
    standing = task.table[task.keep].min(axis=0, initial=task.beyond)
    highest = np.full(task.table.shape[1], most)
    levels = levels_of(task.table[free], standing, highest)
    for chosen in choices(Question(task.table[free], np.ones(1), len(free)), p=len(free)):
        nearest = np.minimum(standing, task.table[free[chosen]].min(axis=0, initial=task.beyond))
        if np.any(nearest > highest):
            continue
        assert levels is not None
        value, empty = levels.base, True
        for level in range(len(levels.step)):
            here = levels.entry_row[levels.entry_level == level]
            empty = (empty or bool(levels.is_first[level])) and not np.isin(here, chosen).any()
            if empty:
                value += float(levels.step[level])
        assert value == pytest.approx(nearest.sum(), abs=1e-6)


@SOME
@given(questions(candidates=7), st.randoms(use_true_random=False))
def test_every_exchange_is_valued_as_if_it_had_been_made(question: Question, random: Any) -> None:
    task = Task.of(instance_of(question))
    free = np.flatnonzero(task.moves.free).tolist()
    assume(len(free) >= 2)
    new = np.array(sorted(random.sample(free, random.randint(1, min(len(free), max(1, question.p))))), dtype=np.int64)
    profit, allowed = _profits(task.table, task.keep, task.moves, new, task.beyond)
    before = task.value(new)
    for row, place in zip(*np.nonzero(allowed), strict=True):
        after = task.value(np.append(np.delete(new, place), row))
        assert profit[row, place] == pytest.approx(before - after, rel=1e-9, abs=1e-6)


def test_nearest_and_second_nearest_by_hand() -> None:
    table = np.array([[5.0, 1.0], [3.0, 9.0], [4.0, 2.0]])
    at = Nearest.of(table, np.array([0, 2]), 99.0)
    assert (at.first.tolist(), at.place.tolist(), at.second.tolist()) == ([4.0, 1.0], [1, 0], [5.0, 2.0])
    alone = Nearest.of(table, np.array([1]), 99.0)
    assert (alone.first.tolist(), alone.second.tolist()) == ([3.0, 9.0], [99.0, 99.0])


def spopt_median(minutes: NDArray[Any], residents: NDArray[Any], p: int, fixed: list[int]) -> float:
    """The optimum by spopt with CBC, which shares no code with HiGHS."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pulp
        from spopt.locate import PMedian

        cost = minutes.T.astype(np.float64)
        marks = np.array([1 if site in fixed else 0 for site in range(len(minutes))]) if fixed else None
        model = PMedian.from_cost_matrix(cost, residents, p_facilities=p + len(fixed), predefined_facilities_arr=marks)
        return float(model.solve(pulp.PULP_CBC_CMD(msg=False)).problem.objective.value())


@pytest.mark.parametrize(
    ("demand", "candidates", "p", "fixed"), [(120, 30, 4, []), (150, 40, 6, [3, 17]), (80, 50, 9, [])]
)
def test_spopt_finds_no_better(demand: int, candidates: int, p: int, fixed: list[int]) -> None:
    minutes, residents = towns(demand, candidates, seed=candidates)
    answer = siting.p_median(minutes, residents, p=p, fixed=fixed)
    assert answer.status == "optimal"
    assert answer.value == pytest.approx(spopt_median(minutes, residents, p, fixed), rel=1e-7)


@pytest.mark.parametrize("seed", range(6))
def test_the_price_bound_alone_never_exceeds_the_proven_optimum(seed: int) -> None:
    """Where bound and value meet, rounding alone could put the bound above: it must not."""
    minutes, residents = towns(300, 60, seed)
    answer = siting.p_median(minutes, residents, p=5)
    assert answer.status == "optimal"
    task = Task.of(read_instance(minutes, residents, 5, {}))
    with Clock() as clock:
        u = np.sort(task.table, axis=0)[:2].mean(axis=0)
        found = ascend(Nearby(task.table), task.keep, task.moves, u, upper=answer.value, steps=600, clock=clock)
    assert found.bound <= answer.value
    assert found.bound > 0.97 * answer.value  # and it is worth something


def test_by_hand() -> None:
    # Three places on a line at 0, 10 and 30 minutes with 10, 20 and 5 people: one site at 10 costs 10 * 10 + 5 * 20.
    minutes = np.abs(np.array([0.0, 10, 30])[:, None] - np.array([0.0, 10, 30])[None, :])
    answer = siting.p_median(minutes, [10, 20, 5], p=1)
    assert (answer.sites.tolist(), answer.value, answer.bound, answer.gap) == ([1], 200.0, 200.0, 0.0)
    # Two: 10 and either other one; at 0 it costs 100 (the 5 people), at 30 it costs 100 (the 10): the earlier one.
    assert siting.p_median(minutes, [10, 20, 5], p=2).sites.tolist() == [0, 1]
    # Rooms of 20 at each: the 20 fill the middle, then 0 and 30 are far away: 10 and 5 people stay at home with p = 3.
    assert siting.p_median(minutes, [10, 20, 5], p=3, capacity=[20, 20, 20]).value == 0.0
    # With two sites of 20: sites 0 and 10. The 5 people from 30 and the 20 from 10 share 20 places at 10; 5 of them go
    # to 0: the cheapest is 5 from 10 to 0 (50) and 5 from 30 to 10 (100). Sites 10 and 30: 10 from 0 to 10 (100),
    # 10 from 10 to 30 (200). So 150.
    answer = siting.p_median(minutes, [10, 20, 5], p=2, capacity=[20, 20, 20])
    assert (answer.sites.tolist(), answer.value) == ([0, 1], pytest.approx(150.0))
    assert answer.load is not None
    assert answer.load.tolist() == pytest.approx([15.0, 20.0])


def test_capacities_too_small_say_so() -> None:
    answer = siting.p_median(np.ones((3, 2)), [50, 60], p=2, capacity=[30, 30, 30])
    assert answer.status == "infeasible"
    assert "90" in answer.text("en")
    assert "110" in answer.text("zh")
    # Together 120 places, but two sites have at most 100.
    answer = siting.p_median(np.ones((3, 2)), [50, 60], p=2, capacity=[50, 50, 20])
    assert (answer.status, len(answer.text())) == ("infeasible", len(answer.text("en")))
    assert answer.text()


def test_out_of_reach_says_who_and_whether_more_sites_would_do() -> None:
    minutes = np.array([[1.0, FAR, FAR], [FAR, 2.0, FAR]])
    answer = siting.p_median(minutes, [1, 1, 1], p=2)
    assert (answer.status, answer.unreached.tolist()) == ("infeasible", [2])
    assert "index 2" in answer.text("en")
    # Nobody lives at the third point: then two sites do, one does not, and the answer says how many are needed.
    assert siting.p_median(minutes, [1, 1, 0], p=2).value == 3.0
    answer = siting.p_median(minutes, [1, 1, 0], p=1)
    assert (answer.status, answer.unreached.tolist()) == ("infeasible", [])
    assert "at least 2" in answer.text("en")
    assert "至少需要 2" in answer.text("zh")
    # A site of each is forbidden by spacing: more sites would not do.
    answer = siting.p_median(minutes, [1, 1, 0], p=2, spacing=(np.full((2, 2), 1.0), 5.0))
    assert (answer.status, bool(answer.text("en"))) == ("infeasible", True)
    assert "at least" not in answer.text("en")


def test_edges() -> None:
    ones = np.ones((3, 4))
    assert siting.p_median(ones, [0, 0, 0, 0], p=2).value == 0.0
    assert siting.p_median(ones, [1, 1, 1, 1], p=0, fixed=[2]).sites.tolist() == [2]
    assert siting.p_median(ones, [1, 1, 1, 1], p=0).status == "infeasible"
    # All are alike: one site, the first, and the others are left out because they add nothing.
    assert siting.p_median(ones, [1, 2, 3, 4], p=2).sites.tolist() == [0]
    for wrong in ({"p": 4}, {"p": 3, "fixed": [0]}, {"p": -1}, {"p": 1.5}, {"p": 1, "capacity": [1.0]}):
        with pytest.raises(ValueError, match=r".+"):
            siting.p_median(ones, [1, 1, 1, 1], **wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="turned"):
        siting.p_median(ones, [1, 1, 1], p=1)
    with pytest.raises(ValueError, match="NaN"):
        siting.p_median(np.where(ones > 0, np.nan, 0), [1, 1, 1, 1], p=1)


def test_huge_and_tiny_numbers() -> None:
    minutes, residents = towns(60, 12, seed=2)
    usual = siting.p_median(minutes, residents, p=3)
    for factor in (1e-6, 1e8):
        scaled = siting.p_median(minutes.astype(np.float64), residents * factor, p=3)
        assert scaled.sites.tolist() == usual.sites.tolist()
        assert scaled.value == pytest.approx(usual.value * factor, rel=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_what_must_not_change_the_answer(seed: int) -> None:
    minutes, residents = towns(90, 25, seed)
    usual = siting.p_median(minutes, residents, p=4)
    again = siting.p_median(minutes, residents, p=4)
    assert (again.sites.tolist(), again.value, again.bound) == (usual.sites.tolist(), usual.value, usual.bound)
    rng = np.random.default_rng(seed)
    rows, points = rng.permutation(25), rng.permutation(90)
    turned = siting.p_median(minutes[np.ix_(rows, points)], residents[points], p=4)
    assert turned.value == pytest.approx(usual.value, rel=1e-9)
    twice = siting.p_median(np.vstack([minutes, minutes]), residents, p=4)
    assert twice.sites.tolist() == usual.sites.tolist()  # copies of candidates come later in the order
    halves = siting.p_median(np.hstack([minutes, minutes]), np.tile(residents / 2, 2), p=4)
    assert halves.value == pytest.approx(usual.value, rel=1e-9)
    later = siting.p_median(minutes.astype(np.float64) + 3.0, residents, p=4)
    assert later.value == pytest.approx(usual.value + 3.0 * residents.sum(), rel=1e-9)


def test_more_can_only_help_and_conditions_can_only_cost() -> None:
    minutes, residents = towns(100, 30, seed=8)
    values = [siting.p_median(minutes, residents, p=p).value for p in range(1, 7)]
    assert values == sorted(values, reverse=True)
    free = siting.p_median(minutes, residents, p=4)
    without = siting.p_median(minutes, residents, p=4, forbidden=free.sites[:1])
    assert without.value >= free.value
    assert siting.p_median(minutes[:20], residents, p=4).value >= free.value
    roomy = siting.p_median(minutes, residents, p=4, capacity=np.full(30, residents.sum()))
    assert roomy.value == pytest.approx(free.value, rel=1e-6)
    tight = siting.p_median(minutes, residents, p=4, capacity=np.full(30, residents.sum() * 0.27), gap=0.02)
    assert tight.value >= free.value - 1e-6
    assert tight.gap <= 0.02


def test_a_time_limit_gives_the_best_so_far_with_a_bound() -> None:
    minutes, residents = towns(400, 80, seed=4)
    exact = siting.p_median(minutes, residents, p=8)
    rushed = siting.p_median(minutes, residents, p=8, time_limit_s=0)
    assert rushed.status == "time limit"
    assert rushed.bound <= exact.value <= rushed.value
    assert rushed.gap == pytest.approx((rushed.value - rushed.bound) / rushed.value)
    minutes[:, ::2] = np.where(np.arange(80)[:, None] % 40 == np.arange(200)[None, :] % 40, minutes[:, ::2], np.inf)
    nothing = siting.p_median(minutes, residents, p=70, time_limit_s=0)
    assert nothing.status in {"time limit", "optimal"}


def test_a_gap_asked_for_is_enough_and_progress_closes_it() -> None:
    steps: list[Step] = []
    minutes, residents = towns(300, 60, seed=5)
    answer = siting.p_median(minutes, residents, p=6, gap=0.05, progress=steps.append)
    assert answer.status == "optimal"
    assert answer.gap <= 0.05
    assert [step.bound for step in steps] == sorted(step.bound for step in steps)
    incumbents = [step.incumbent for step in steps if not math.isnan(step.incumbent)]
    assert incumbents == sorted(incumbents, reverse=True)
    assert steps[-1].incumbent == answer.value


def test_interruption_hands_over_the_best_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    minutes, residents = towns(200, 40, seed=6)

    def interrupted(*args: Any, clock: Clock, **options: Any) -> Priced:
        clock.interrupt()
        return ascend(*args, clock=clock, **options)

    monkeypatch.setattr(median_search, "ascend", interrupted)
    answer = siting.p_median(minutes, residents, p=5)
    assert answer.status == "interrupted"
    assert answer.bound <= answer.value
    assert len(answer.sites) == 5


def test_ctrl_c_hands_over_the_best_so_far_and_leaves_the_handler_as_it_was() -> None:
    minutes, residents = towns(200, 40, seed=6)
    before = signal.getsignal(signal.SIGINT)

    pressed: list[Step] = []

    def press(step: Step) -> None:
        if step.bound > 0 and not pressed:
            pressed.append(step)
            signal.raise_signal(signal.SIGINT)

    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        answer = siting.p_median(minutes, residents, p=5, progress=press)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert pressed
    assert (answer.status, len(answer.sites)) == ("interrupted", 5)
    assert answer.bound <= answer.value


def test_a_value_that_the_sites_do_not_have_is_never_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    minutes, residents = towns(60, 15, seed=7)
    monkeypatch.setattr(Task, "value", lambda task, new: 1.0)
    with pytest.raises(SolverContradiction, match="claimed"):
        siting.p_median(minutes, residents, p=3)


def test_a_bound_above_a_known_value_is_never_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    minutes, residents = towns(60, 15, seed=7)

    def lying(*args: Any, **options: Any) -> Priced:
        found = ascend(*args, **options)
        return Priced(found.u, 1.001 * found.bound, found.rho, found.picked)

    monkeypatch.setattr(median_search, "ascend", lying)
    with pytest.raises(SolverContradiction, match="denies"):
        siting.p_median(minutes, residents, p=3)


def test_a_solver_that_gives_worse_sites_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    minutes, residents = towns(200, 50, seed=11)
    right = siting.p_median(minutes, residents, p=7)

    def worse(program: Any, clock: Clock, **options: Any) -> Answer:
        x = np.zeros(len(program.worth))
        x[0] = 1.0
        return Answer("time limit", x, 1.0, -math.inf)

    monkeypatch.setattr(median_search, "solve", worse)
    monkeypatch.setattr(median_search, "MOST_BRANCHES", 0)
    monkeypatch.setattr(median_search, "ROUNDS", 1)
    monkeypatch.setattr(median_search, "STEPS", 5)
    answer = siting.p_median(minutes, residents, p=7)
    assert answer.bound <= right.value <= answer.value


def test_interchange_ends_where_no_exchange_helps() -> None:
    minutes, residents = towns(150, 40, seed=12)
    task = Task.of(read_instance(minutes, residents, 5, {}))
    with Clock() as clock:
        new, value = interchange(task.table, task.keep, task.moves, np.arange(5), task.beyond, clock)
    assert value == pytest.approx(task.value(new))
    for place in range(5):
        for row in range(40):
            trial = np.append(np.delete(new, place), row)
            assert task.value(trial) >= value * (1 - 1e-9)


def test_a_split_is_proven_by_its_prices_and_faults_are_found() -> None:
    minutes = np.array([[1.0, 4.0, FAR], [6.0, 2.0, 3.0]])
    residents, capacity = np.array([10.0, 10.0, 5.0]), np.array([18.0, 12.0])
    split = transport(minutes, residents, capacity)
    assert split is not None
    # 10 to the first site, 5 to the second; of the middle 10, 7 find place at the second and 3 go to the first.
    assert split.value == pytest.approx(10 * 1 + 5 * 3 + 7 * 2 + 3 * 4)
    assert fault(minutes, residents, capacity, split) is None
    assert fault(minutes, residents + 1, capacity, split) is not None
    assert fault(minutes, residents, capacity - 6, split) is not None
    assert fault(minutes - np.array([[0.5], [2.5]]), residents, capacity, split) is not None
    assert fault(minutes * np.array([[1.0], [3.0]]), residents, capacity, split) is not None
    assert transport(minutes, residents, np.array([5.0, 12.0])) is None
    assert transport(minutes[:1], residents, np.array([99.0])) is None
    instance = read_instance(minutes, residents, 2, {"capacity": capacity})
    assert split_of(instance, np.array([0, 1])) is not None


@pytest.mark.parametrize("seed", range(12))
def test_no_split_among_many_sites_is_better(seed: int) -> None:
    """Only some ways are tried at first; the whole program, solved by itself, has the same value."""
    rng = np.random.default_rng(seed)
    sites, points = 12, 30
    minutes = rng.integers(1, 60, (sites, points)).astype(float)
    minutes[rng.random((sites, points)) < 0.2] = np.inf
    residents, capacity = rng.integers(0, 50, points).astype(float), rng.integers(40, 110, sites).astype(float)
    split = transport(minutes, residents, capacity)
    ways = np.argwhere(np.isfinite(minutes))
    leaving = np.array([(ways[:, 1] == point).astype(float) for point in range(points)])
    arriving = np.array([(ways[:, 0] == site).astype(float) for site in range(sites)])
    whole = linprog(minutes[tuple(ways.T)], A_ub=arriving, b_ub=capacity, A_eq=leaving, b_eq=residents)
    assert (split is None) == (whole.x is None)
    if split is not None:
        assert split.value == pytest.approx(whole.fun, rel=1e-7)
        assert fault(minutes, residents, capacity, split) is None
