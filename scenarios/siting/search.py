"""From a covering case to sites and a bound: greedy and swap, Lagrangian bound, HiGHS on what is left."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .case import Case, narrowed, settled
from .clock import Clock
from .cover_bound import priced, ruled_out
from .greedy import lowest, shaken, slimmed, warm
from .program import cover_program, set_program, start_of
from .recheck import TOLERANCE, SolverContradiction
from .result import IntArray, Status
from .solver import solve

ENOUGH = 1e-9  # relative: below it two values are the same
_NOTHING: IntArray = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Found:
    """What a search ends with, not yet checked: ``new`` candidates (None: nothing found), what the search takes them
    to be worth, the bound, and the value of other choices that were met."""

    status: Status
    new: IntArray | None
    value: float
    bound: float
    method: str
    known: tuple[float, ...] = ()


def most(model: str, case: Case, clock: Clock, known: IntArray | None = None) -> Found:
    """The choice that is worth most; ``known``: candidates of a choice to begin with."""
    start = warm(case, clock, known)
    if start is None:
        bound = case.offset + float(case.worth.sum())
        if clock.over:
            return Found(clock.ended_by, None, math.nan, bound, "greedy")
        return _by_solver(model, case, case, _NOTHING, None, bound, "greedy", clock)
    value, step = case.value(start), 1.0 if _whole(case) else 0.0
    bound, method = case.offset + float(case.worth.sum()), "greedy and swap"
    prices = priced(case, value, start, clock) if case.concave and not case.need.shape[0] else None
    if prices is not None:
        bound, method = min(bound, _rounded(prices.bound, step)), "greedy and swap, Lagrangian bound"
    if not _closed(case, value, bound):
        start = shaken(case, start, clock)
        value = case.value(start)
    if _closed(case, value, bound):
        return _tidied(case, Found("optimal", start, value, bound, method))
    if clock.over:
        return _tidied(case, Found(clock.ended_by, start, value, bound, method))
    left, sure = case, _NOTHING
    if prices is not None and int(case.top.max(initial=1)) == 1:
        never, always = ruled_out(case, prices, value, start, step)
        left, sure = settled(narrowed(case, ~never), always[~never])
    return _by_solver(model, case, left, sure, start, bound, method, clock)


def _by_solver(
    model: str, case: Case, left: Case, sure: IntArray, start: IntArray | None, bound: float, method: str, clock: Clock
) -> Found:
    value = -math.inf if start is None else case.value(start)
    step = 1.0 if _whole(case) else 0.0
    begin = None if start is None else start_of(left, np.searchsorted(left.columns, _others(case, start, sure)))
    answer = solve(cover_program(left, sure), clock, gap=case.instance.given.gap, start=begin, known_bound=bound)
    method += ", HiGHS"
    if answer.status == "infeasible":
        if start is not None:
            raise SolverContradiction(model, "infeasible claimed where a choice of sites is at hand")
        return Found("infeasible", None, math.nan, math.nan, method)
    found, claimed = start, value
    if answer.x is not None:
        times = np.rint(answer.x[: len(left.columns)]).astype(np.int64)
        candidates = np.concatenate([np.repeat(left.columns, times), sure])
        chosen = np.sort(np.searchsorted(case.columns, candidates))
        if answer.value > value or start is None:
            found, claimed = chosen, answer.value
            _same(model, case.value(chosen), answer.value)
    if value - answer.bound > TOLERANCE * max(1.0, abs(value)):
        raise SolverContradiction(model, f"the solver's bound {answer.bound!r} denies the value {value!r}")
    proven = min(bound, max(_rounded(answer.bound, step), value))
    if found is None:
        return Found(answer.status, None, math.nan, proven, method)
    known = () if start is None else (value,)
    return _tidied(case, Found(answer.status, found, claimed, max(proven, claimed), method, known))


def fewest(model: str, case: Case, clock: Clock) -> Found:
    """The smallest choice that reaches every row of ``case.need``; ``value`` counts the new sites."""
    start = warm(case, clock)
    rows = case.need
    dual = 0.0
    if rows.shape[0]:
        size = np.bincount(rows.indices, minlength=len(case.columns))
        dual = float((1.0 / np.maximum.reduceat(size[rows.indices], rows.indptr[:-1])).sum())
    least = max(math.ceil(dual - 1e-6), int(case.instance.group_need.sum()))
    if start is not None and len(start) <= least:
        return _tidied(case, Found("optimal", start, len(start), len(start), "greedy and swap, dual bound"))
    if clock.over:
        chosen = Found(clock.ended_by, start, math.nan if start is None else len(start), least, "greedy and swap")
        return chosen if start is None else _tidied(case, chosen)
    begin = None if start is None else case.times(start)
    answer = solve(set_program(case), clock, gap=case.instance.given.gap, start=begin, known_bound=least)
    method = "greedy and swap, HiGHS"
    if answer.status == "infeasible":
        if start is not None:
            raise SolverContradiction(model, "infeasible claimed where a choice of sites is at hand")
        return Found("infeasible", None, math.nan, math.nan, method)
    found = start
    if answer.x is not None and (start is None or round(answer.value) < len(start)):
        found = np.flatnonzero(np.rint(answer.x) > 0)
        _same(model, len(found), answer.value)
    bound = least if math.isinf(answer.bound) else max(least, math.ceil(answer.bound - 1e-6))
    if found is None:
        return Found(answer.status, None, math.nan, bound, method)
    known = () if start is None else (float(len(start)),)
    found = slimmed(case, found)
    status: Status = "optimal" if len(found) <= bound else answer.status
    return _tidied(case, Found(status, found, len(found), bound, method, known))


def _tidied(case: Case, found: Found) -> Found:
    """Without useless sites, ties broken; columns become candidates."""
    assert found.new is not None
    chosen = lowest(case, slimmed(case, found.new))
    return Found(found.status, case.columns[chosen], found.value, found.bound, found.method, found.known)


def _whole(case: Case) -> bool:
    return bool(np.all(case.worth == np.rint(case.worth)) and case.offset == round(case.offset))


def _rounded(bound: float, step: float) -> float:
    """A bound on whole numbers is a whole number."""
    return math.floor(bound + max(1e-6, 1e-9 * abs(bound))) if step and math.isfinite(bound) else bound


def _closed(case: Case, value: float, bound: float) -> bool:
    return bound - value <= max(case.instance.given.gap, ENOUGH) * abs(value)


def _others(case: Case, start: IntArray, sure: IntArray) -> IntArray:
    """The candidates of ``start`` that are not among ``sure``."""
    candidates = case.columns[start]
    return candidates[~np.isin(candidates, sure)]


def _same(model: str, ours: float, theirs: float) -> None:
    if abs(ours - theirs) > TOLERANCE * max(1.0, abs(ours)):
        raise SolverContradiction(model, f"the solver gives {theirs!r} for sites that are worth {ours!r}")
