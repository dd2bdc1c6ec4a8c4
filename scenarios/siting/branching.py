"""Proof of a p-median by branching: each branch has a site more or a candidate less, and prices of its own.

A branch ends where its Lagrangian bound (:mod:`.lagrange`) reaches the best value known, or where so few choices are
left below that value that all can be listed (:mod:`.nearly`). The bound of everything is the lowest of the open
branches. No solver is asked, and every bound is safe against rounding.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .clock import Clock
from .interchange import Moves
from .lagrange import Nearby, Priced, ascend, fixing
from .nearly import choices_within
from .result import FloatArray, IntArray

STEPS = 60
REACH = 0.3
LISTED = 20_000
ROUNDING = 1e-11


@dataclass(frozen=True)
class Branch:
    """Choices still open: ``rows`` of the table with their ``moves``, ``keep`` among them, ``u`` to begin with (in
    single precision: many wait, and any prices will do); ``chosen``: rows of the table that are new already."""

    rows: IntArray
    keep: IntArray
    moves: Moves
    chosen: IntArray
    u: NDArray[np.float32]


@dataclass(frozen=True)
class Proof:
    """``bound``: below it is no choice; ``branches``: how many were looked at."""

    bound: float
    branches: int


def prove(
    table: FloatArray,
    root: Branch,
    bound: float,
    value: float,
    offer: Callable[[IntArray], float],
    clock: Clock,
    *,
    gap: float,
    most: int,
) -> Proof:
    """Branches until nothing below the best value is left, up to ``gap``, ``most`` branches or the time.

    ``bound`` holds for the root; ``offer`` is told new rows of the table and gives back the best value known.
    """
    heap: list[tuple[float, int, Branch]] = [(bound, 0, root)]
    looked, number = 0, 0
    lowest_closed = np.inf
    while heap:
        enough = value * (1 - max(gap, ROUNDING))
        lowest = min(heap[0][0], lowest_closed)
        clock.tell(value, min(lowest, value))
        if heap[0][0] >= enough or clock.over or looked >= most:
            break
        bound, _, branch = heapq.heappop(heap)
        looked += 1
        priced, value = _priced(table, branch, value, offer, clock, gap)
        bound = max(bound, priced.bound)
        if bound >= value * (1 - max(gap, ROUNDING)):
            lowest_closed = min(lowest_closed, max(bound, 0.0))
            continue
        narrow, at = _narrowed(branch, priced, value)
        listed = choices_within(table[narrow.rows], narrow.keep, narrow.moves, at, value, clock, LISTED)
        if listed is not None:
            value = min([value, *(offer(np.append(narrow.chosen, narrow.rows[new])) for _, new in listed[:1])])
            continue
        if clock.over:
            heapq.heappush(heap, (bound, number + 1, branch))
            break
        for child in _children(narrow, at):
            number += 1
            heapq.heappush(heap, (bound, number, child))
    open_bound = heap[0][0] if heap else np.inf
    return Proof(float(min(open_bound, lowest_closed, value)), looked)


def _priced(
    table: FloatArray,
    branch: Branch,
    value: float,
    offer: Callable[[IntArray], float],
    clock: Clock,
    gap: float,
) -> tuple[Priced, float]:
    """Prices of a branch, and the best value known after the choices seen on the way."""
    known: set[bytes] = set()
    best = [value]

    def seen(priced: Priced) -> float:
        key = priced.picked.tobytes()
        if key not in known and branch.moves.fits(priced.picked):
            known.add(key)
            best[0] = offer(np.append(branch.chosen, branch.rows[priced.picked]))
        return best[0]

    priced = ascend(
        Nearby(table[branch.rows]),
        branch.keep,
        branch.moves,
        branch.u.astype(np.float64),
        upper=value,
        steps=STEPS,
        clock=clock,
        enough=max(gap, ROUNDING),
        reach=REACH,
        seen=seen,
    )
    return priced, best[0]


def _narrowed(branch: Branch, priced: Priced, value: float) -> tuple[Branch, Priced]:
    """Without the rows that the prices exclude and those that are ruled out."""
    stay = np.zeros(len(branch.rows), dtype=np.bool_)
    stay[branch.keep] = True
    stay |= branch.moves.free & ~fixing(priced, branch.moves, value).out
    place = np.cumsum(stay) - 1
    rows = np.flatnonzero(stay)
    prices = priced.u.astype(np.float32)
    narrow = Branch(branch.rows[rows], place[branch.keep], branch.moves.only(rows), branch.chosen, prices)
    return narrow, Priced(priced.u, priced.bound, priced.rho[rows], place[priced.picked])


def _children(branch: Branch, priced: Priced) -> list[Branch]:
    """With and without the picked row that is worth most."""
    if len(priced.picked) == 0:
        row = int(np.flatnonzero(branch.moves.free)[0])
    else:
        row = int(priced.picked[np.argmin(priced.rho[priced.picked])])
    chosen = np.append(branch.chosen, branch.rows[row])
    keep = np.append(branch.keep, row)
    return [
        Branch(branch.rows, keep, branch.moves.with_new(row), chosen, branch.u),
        Branch(branch.rows, branch.keep, branch.moves.without(row), branch.chosen, branch.u),
    ]
