"""Answers that cannot be are never reported; a time limit and Ctrl-C give the best so far."""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from siting_cases import spread, towns

import carereach.scenarios.siting as siting
from carereach.scenarios.siting import Siting, plain, search, served, solver
from carereach.scenarios.siting.clock import Clock, Step
from carereach.scenarios.siting.given import Options
from carereach.scenarios.siting.instance import Instance, read_instance
from carereach.scenarios.siting.recheck import SolverContradiction, check_conditions, confirm
from carereach.scenarios.siting.result import relative_gap
from carereach.scenarios.siting.rows import Rows
from carereach.scenarios.siting.solver import Answer, Program, SolverFailed, solve

# Points are the ten pairs of five candidates, which both reach. Two candidates reach 7 of them; the relaxed program
# takes 0.4 of each for 8, so that the solver is asked. Four are needed for all; then six pairs are reached twice.
PAIRS = np.array([[float(9 * (j not in pair)) for pair in combinations(range(5), 2)] for j in range(5)])
ONES = np.ones(10)
ROOMS = {"capacity": np.full(5, 10.0)}
MODELS: dict[str, tuple[float, Callable[..., Siting]]] = {
    "max_cover": (7.0, partial(siting.max_cover, PAIRS, ONES, p=2)),
    "backup_cover": (6.0, partial(siting.backup_cover, PAIRS, ONES, p=4)),
    # six pairs with one of the two vehicles, 6 x 0.5, and one with both, 0.75
    "max_expected_cover": (3.75, partial(siting.max_expected_cover, PAIRS, ONES, vehicles=2, busy=0.5)),
    "cover_all": (4.0, partial(siting.cover_all, PAIRS)),
    "max_cover with capacity": (7.0, partial(siting.max_cover, PAIRS, ONES, p=2, **ROOMS)),
    "cover_all with capacity": (4.0, partial(siting.cover_all, PAIRS, residents=ONES, **ROOMS)),
}


def _one_more(answer: Answer, program: Program) -> float:
    return 1.0 if program.maximise else -1.0


LIES: dict[str, Callable[[Answer, Program], Answer]] = {
    "a better value": lambda a, program: replace(a, value=a.value + _one_more(a, program)),
    "a bound worse than the value": lambda a, program: replace(a, bound=a.value - _one_more(a, program)),
    "all better": lambda a, program: replace(a, value=a.value + _one_more(a, program), bound=a.value + 2),
    "infeasible": lambda a, program: Answer("infeasible", None, math.nan, math.nan),
    "every site": lambda a, program: replace(a, x=np.ones(len(program.worth)), value=float(program.worth.sum())),
    "no site": lambda a, program: replace(a, x=np.zeros(len(program.worth))),
    "no site, worth more": lambda a, program: replace(
        a, x=np.zeros(len(program.worth)), value=a.value + _one_more(a, program)
    ),
}
BLATANT = ["a better value", "a bound worse than the value", "no site, worth more"]


@pytest.fixture
def lying(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes the solver lie in a stated way."""

    def lie(how: str) -> None:
        def false(program: Program, clock: Clock, **options: Any) -> Answer:
            return LIES[how](solve(program, clock, **options), program)

        monkeypatch.setattr(search, "solve", false)
        monkeypatch.setattr(served, "solve", false)

    return lie


@pytest.mark.parametrize("model", MODELS)
def test_an_honest_solver_is_believed(model: str) -> None:
    value, ask = MODELS[model]
    answer = ask(within_min=5)
    assert (answer.status, answer.value, answer.bound, answer.gap) == ("optimal", value, value, 0.0)
    assert "HiGHS" in answer.method


@pytest.mark.parametrize("how", LIES)
@pytest.mark.parametrize("model", MODELS)
def test_a_lying_solver_never_makes_a_false_answer(model: str, how: str, lying: Callable[[str], None]) -> None:
    value, ask = MODELS[model]
    lying(how)
    try:
        answer = ask(within_min=5)
    except SolverContradiction as caught:
        assert caught.model == model.split()[0]
        return
    assert how not in BLATANT
    assert not answer.found or answer.value == value
    assert answer.status != "optimal" or answer.bound == value


def question(**options: Any) -> Instance:
    """Two candidates, three points."""
    return read_instance([[1.0, 1.0, 9.0], [9.0, 1.0, 1.0]], [1, 1, 1], 1, Options(**options))


@pytest.mark.parametrize(
    ("sites", "options", "what"),
    [
        ([0, 1], {}, "2 new sites"),
        ([2], {}, "no candidate"),
        ([0, 0], {"fixed": [0]}, "twice"),
        ([1], {"fixed": [0]}, "missing"),
        ([1], {"forbidden": [1]}, "forbidden"),
        ([1], {"cost": [1, 3], "budget": 2}, "budget"),
        ([0, 1], {"fixed": [0], "spacing": (np.ones((2, 2)), 2)}, "too near"),
        ([0], {"groups": "ab", "group_min": {"b": 1}}, "group 'b'"),
    ],
)
def test_every_condition_is_looked_at_again(sites: list[int], options: dict[str, Any], what: str) -> None:
    with pytest.raises(SolverContradiction, match=what):
        check_conditions("max_cover", question(**options), sites)


@pytest.mark.parametrize(
    ("claimed", "bound", "known", "what"),
    [
        (3.0, 3.0, (), "claimed"),
        (2.0, 1.0, (), "denies"),
        (2.0, 2.5, (3.0,), "denies"),
        (2.0, 3.0, (), "optimal claimed"),
    ],
)
def test_value_and_bound_are_looked_at_again(claimed: float, bound: float, known: tuple[float, ...], what: str) -> None:
    with pytest.raises(SolverContradiction, match=what):
        confirm(
            "max_cover",
            question(),
            [0],
            claimed=claimed,
            bound=bound,
            status="optimal",
            maximise=True,
            value_of=lambda instance, sites: plain.covered(instance, sites, 5),
            clock=Clock(),
            method="",
            known=known,
        )


def test_the_contradiction_is_told_in_both_languages() -> None:
    error = SolverContradiction("max_cover", "a reason")
    assert "max_cover" in str(error)
    assert "a reason" in str(error)


def hard() -> Callable[..., Siting]:
    """A question that takes the solver minutes."""
    minutes, residents = spread(3000, 300, seed=7)
    return partial(siting.max_cover, minutes, residents, p=12, within_min=25)


def test_a_time_limit_gives_the_best_so_far() -> None:
    begin = time.perf_counter()
    answer = hard()(time_limit_s=0.5)
    assert time.perf_counter() - begin < 4
    assert answer.status == "time limit"
    assert answer.value > 0
    assert answer.bound > answer.value
    assert answer.gap == pytest.approx((answer.bound - answer.value) / answer.value)
    assert len(answer.sites) <= 12


@pytest.mark.parametrize("model", MODELS)
def test_no_time_at_all(model: str) -> None:
    """Not even a wrong answer without time: nothing, or something that stands up to being checked."""
    value, ask = MODELS[model]
    answer = ask(within_min=5, time_limit_s=0.0)
    assert answer.status in {"time limit", "optimal"}
    if answer.found:
        better, worse = (value, answer.value) if "cover_all" not in model else (-value, -answer.value)
        assert worse <= better


@pytest.fixture
def listening() -> Iterator[None]:
    """Ctrl-C as a program in a terminal has it; one in the background may have been told to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("listening")
def test_ctrl_c_gives_the_best_so_far() -> None:
    timer = threading.Timer(1.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    answer = hard()(time_limit_s=60.0)
    timer.cancel()
    assert answer.status == "interrupted"
    assert answer.seconds < 20
    assert answer.value > 0
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("listening")
def test_a_second_ctrl_c_ends_the_program() -> None:
    with pytest.raises(KeyboardInterrupt), Clock() as clock:
        clock.interrupt()
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.2)


def test_a_handler_of_the_program_stays() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Clock():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_progress_comes_nearer() -> None:
    steps: list[Step] = []
    hard()(time_limit_s=1.5, progress=steps.append)
    assert len(steps) >= 2
    told = [step for step in steps if not math.isnan(step.incumbent)]
    assert told[-1].incumbent <= told[-1].bound
    assert told[-1].gap <= told[0].gap


def test_a_gap_that_is_good_enough() -> None:
    answer = MODELS["max_cover"][1](within_min=5, gap=0.5)
    assert answer.status == "optimal"
    assert answer.gap <= 0.5
    assert answer.value <= 7 <= answer.bound


def test_the_same_again() -> None:
    minutes, residents = towns(400, 60, seed=3)
    first, second = (siting.max_cover(minutes, residents, p=6, within_min=15) for _ in range(2))
    assert first.sites.tolist() == second.sites.tolist()


def test_the_solver_says_when_it_cannot() -> None:
    rows = Rows(sparse.csr_array((0, 1)), np.zeros(0), np.zeros(0))
    low, high, one = np.array([0.0]), np.array([math.inf]), np.ones(1)
    with pytest.raises(SolverFailed):  # unbounded
        solve(Program(one, low, high, np.zeros(1, dtype=np.bool_), rows, maximise=True), Clock())


def test_a_program_without_columns() -> None:
    for at_least, status in ((0.0, "optimal"), (1.0, "infeasible")):
        rows = Rows(sparse.csr_array((1, 0)), np.array([at_least]), np.array([2.0]))
        nothing = np.zeros(0)
        program = Program(nothing, nothing, nothing, np.zeros(0, dtype=np.bool_), rows, maximise=True)
        assert solve(program, Clock()).status == status


def test_gaps() -> None:
    assert relative_gap(0.0, 0.0) == 0.0
    assert relative_gap(0.0, 1.0) == math.inf
    assert relative_gap(math.nan, 1.0) == math.inf
    assert relative_gap(4.0, math.inf) == math.inf
    assert relative_gap(4.0, 5.0) == 0.25


def test_fixed_sites_near_each_other_may_both_get_vehicles() -> None:
    # Two vehicles reach each pair already. Two more, at two of the sites: six pairs gain 0.5 x 0.5^2, one of them the
    # fourth vehicle's 0.5^4 beside: 10 x 0.75 + 7 x 0.125 + 0.0625 (the pair of both sites counts for both)
    answer = siting.max_expected_cover(
        PAIRS, ONES, vehicles=2, within_min=5, busy=0.5, fixed=range(5), spacing=(np.zeros((5, 5)), 1)
    )
    assert answer.value == pytest.approx(7.5 + 7 * 0.125 + 0.0625)
    assert "HiGHS" in answer.method


def test_a_solver_that_does_not_end_is_left_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has told until then is checked like any other answer."""
    asleep = threading.Event()

    def sleeping(listener: Any, kind: Any, message: str, out: Any, answer: Any, data: object) -> None:
        if not asleep.is_set():
            asleep.set()
            time.sleep(3)
        answer.user_interrupt = True

    monkeypatch.setattr(solver, "GRACE_S", 0.1)
    monkeypatch.setattr(solver._Listener, "__call__", sleeping)
    answer = hard()(time_limit_s=1.5)
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    assert others, "the solver has ended before"
    assert answer.status == "time limit"
    assert 0 < answer.value <= answer.bound
    for thread in others:
        thread.join()


def test_what_the_solver_told_so_far() -> None:
    listener = solver._Listener(Clock())
    rows = Rows(sparse.csr_array((0, 1)), np.zeros(0), np.zeros(0))
    program = Program(np.ones(1), np.zeros(1), np.ones(1), np.ones(1, dtype=np.bool_), rows, maximise=True)
    assert solver._told(listener, program, Clock()).bound == math.inf
    listener.latest, listener.best = (0.5, 2.0), (1.0, np.ones(1))
    told = solver._told(listener, program, Clock())
    assert (told.value, told.bound, told.status) == (1.0, 2.0, "time limit")
