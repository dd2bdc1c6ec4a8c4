"""Mixed-integer linear programs in sparse arrays, solved by HiGHS.

One thread and a stated seed: the same program gives the same answer again, unless a time limit or Ctrl-C ends it.
HiGHS runs in a thread of its own, so that Ctrl-C is heard and each run has its own scheduler.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import highspy
import numpy as np
from highspy import HighsModelStatus as Ended
from highspy._core import _Highs as Highs
from scipy import sparse

from ...errors import CareReachError
from ...texts import text
from .clock import Clock
from .result import BoolArray, FloatArray, Status
from .rows import Rows

if TYPE_CHECKING:
    from highspy._core.cb import HighsCallbackInput, HighsCallbackOutput, HighsCallbackType

SEED = 20261122
POLL_S = 0.05
GRACE_S = 2.0
ROW_WISE, MAXIMISE, MINIMISE = 2, -1, 1
_EVENTS = (
    highspy.cb.HighsCallbackType.kCallbackMipImprovingSolution,
    highspy.cb.HighsCallbackType.kCallbackMipInterrupt,
    highspy.cb.HighsCallbackType.kCallbackSimplexInterrupt,
    highspy.cb.HighsCallbackType.kCallbackIpmInterrupt,
)
# columns are bounded on the side that counts, so what is "unbounded or infeasible" is infeasible
_INFEASIBLE = (Ended.kInfeasible, Ended.kUnboundedOrInfeasible)
_STOPPED = (Ended.kTimeLimit, Ended.kInterrupt)


class SolverFailed(CareReachError):
    """The solver ended without an answer: a fault of ours or of the solver, not of the input."""


@dataclass(frozen=True)
class Program:
    """Best ``worth @ x + offset`` subject to ``rows`` and ``low <= x <= high``; ``whole``: which x are integers."""

    worth: FloatArray
    low: FloatArray
    high: FloatArray
    whole: BoolArray
    rows: Rows
    maximise: bool
    offset: float = 0.0


@dataclass(frozen=True)
class Answer:
    """What the solver says; ``x`` is None if it found nothing, ``bound`` infinite where it proved nothing.

    Nothing of this is checked yet: ``recheck.py`` does that.
    """

    status: Status
    x: FloatArray | None
    value: float
    bound: float


def solve(
    program: Program,
    clock: Clock,
    *,
    gap: float = 0.0,
    start: FloatArray | None = None,
    share_of_time: float = 1.0,
    known_bound: float | None = None,
) -> Answer:
    """Solves ``program`` until it is proven to within the relative ``gap``, or the clock is over.

    ``start``: values of all columns to begin with; ``share_of_time``: of the seconds left, how many it may take;
    ``known_bound``: a bound from elsewhere, for the progress told. Raises :class:`SolverFailed`.
    """
    if len(program.worth) == 0:
        return _without_columns(program)
    highs = Highs()
    _set_options(highs, gap, clock.left_s * share_of_time)
    _pass(highs, program)
    if start is not None:
        columns = np.arange(len(start), dtype=np.int32)
        highs.setSolution(len(start), columns, np.ascontiguousarray(start, dtype=np.float64))
    return _run(highs, program, clock, known_bound)


def _set_options(highs: Highs, gap: float, seconds: float) -> None:
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("random_seed", SEED)
    highs.setOptionValue("mip_rel_gap", gap)
    if not math.isinf(seconds):
        highs.setOptionValue("time_limit", float(seconds))


def _pass(highs: Highs, program: Program) -> None:
    matrix = sparse.csr_array(program.rows.matrix)
    passed = highs.passModel(
        len(program.worth),
        matrix.shape[0],
        matrix.nnz,
        ROW_WISE,
        MAXIMISE if program.maximise else MINIMISE,
        program.offset,
        program.worth.astype(np.float64),
        program.low.astype(np.float64),
        program.high.astype(np.float64),
        program.rows.low.astype(np.float64),
        program.rows.high.astype(np.float64),
        matrix.indptr.astype(np.int32),
        matrix.indices.astype(np.int32),
        matrix.data.astype(np.float64),
        program.whole.astype(np.int32),
    )
    if passed == highspy.HighsStatus.kError:
        raise SolverFailed(text("siting.solver", what="passModel"))


class _Listener:
    """Hears from HiGHS while it runs: the bound, better solutions, and asks it to end when the clock is over."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.latest: tuple[float, float] | None = None
        self.best: tuple[float, FloatArray] | None = None

    def __call__(
        self,
        kind: HighsCallbackType,
        message: str,
        out: HighsCallbackOutput,
        answer: HighsCallbackInput,
        data: object,
    ) -> None:
        """Called by HiGHS in its own thread."""
        if kind == highspy.cb.HighsCallbackType.kCallbackMipImprovingSolution:
            self.best = (float(out.objective_function_value), np.array(out.mip_solution, dtype=np.float64))
            return
        if kind == highspy.cb.HighsCallbackType.kCallbackMipInterrupt:
            self.latest = (float(out.mip_primal_bound), float(out.mip_dual_bound))
        if self.clock.over:
            answer.user_interrupt = True


def _run(highs: Highs, program: Program, clock: Clock, known_bound: float | None) -> Answer:
    """Runs HiGHS. It looks at the time between its steps only, some of which are long: after a grace it is left to
    end by itself, and what it has told so far is the answer."""
    listener = _Listener(clock)
    highs.setCallback(listener, None)
    for event in _EVENTS:
        highs.startCallback(event)
    ended: list[highspy.HighsStatus] = []
    thread = threading.Thread(target=lambda: ended.append(highs.run()))
    thread.start()
    over_since: float | None = None
    while thread.is_alive():
        try:
            thread.join(POLL_S)
        except KeyboardInterrupt:
            if clock.interrupted:
                raise
            clock.interrupt()
        if listener.latest is not None:
            clock.tell(*_better(listener.latest, known_bound, program.maximise))
        over_since = (over_since or clock.seconds) if clock.over else None
        if over_since is not None and clock.seconds > over_since + GRACE_S and thread.is_alive():
            return _told(listener, program, clock)
    if not ended or ended[0] == highspy.HighsStatus.kError:
        raise SolverFailed(text("siting.solver", what=highs.modelStatusToString(highs.getModelStatus())))
    return _answer(highs, program, clock)


def _told(listener: _Listener, program: Program, clock: Clock) -> Answer:
    value, x = listener.best or (math.nan, None)
    bound = math.inf if program.maximise else -math.inf
    if listener.latest is not None and abs(listener.latest[1]) < highspy.kHighsInf:
        bound = listener.latest[1]
    return Answer(clock.ended_by, x, value, bound)


def _better(latest: tuple[float, float], known: float | None, maximise: bool) -> tuple[float, float]:
    incumbent, bound = (math.nan if abs(number) >= highspy.kHighsInf else number for number in latest)
    if known is not None:
        bound = known if math.isnan(bound) else min(bound, known) if maximise else max(bound, known)
    return incumbent, bound


def _answer(highs: Highs, program: Program, clock: Clock) -> Answer:
    end = highs.getModelStatus()
    if end in _INFEASIBLE:
        return Answer("infeasible", None, math.nan, math.nan)
    if end != Ended.kOptimal and end not in _STOPPED:
        raise SolverFailed(text("siting.solver", what=highs.modelStatusToString(end)))
    info = highs.getInfo()
    found = info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
    x = np.array(highs.getSolution().col_value, dtype=np.float64) if found else None
    value = float(info.objective_function_value) if found else math.nan
    bound = math.inf if program.maximise else -math.inf
    if program.whole.any() and abs(info.mip_dual_bound) < highspy.kHighsInf:  # false for NaN, too
        bound = float(info.mip_dual_bound)
    elif end == Ended.kOptimal:
        bound = value
    return Answer("optimal" if end == Ended.kOptimal else clock.ended_by, x, value, bound)


def _without_columns(program: Program) -> Answer:
    fits = bool(np.all(program.rows.low <= 0) and np.all(program.rows.high >= 0))
    if not fits:
        return Answer("infeasible", None, math.nan, math.nan)
    return Answer("optimal", np.zeros(0), program.offset, program.offset)
