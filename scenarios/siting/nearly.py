"""Every choice of sites that is nearly as good as the best, listed by prices instead of by a solver.

With the prices of a Lagrangian bound a choice ``S`` is worth at least ``base + sum of rho_i over S``
(:mod:`.lagrange`). The sums up to a limit are few when the bound is good; all of them are listed, rank by rank of
``rho``, and their true values computed from the table. Nothing below the limit can be missed.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .clock import Clock
from .interchange import Moves
from .lagrange import Priced
from .result import FloatArray, IntArray

MOST_SETS = 300_000
MOST_CELLS = 2e9
CHUNK_CELLS = 4_000_000


def choices_within(
    table: FloatArray,
    keep: IntArray,
    moves: Moves,
    priced: Priced,
    limit: float,
    clock: Clock,
    most: int | None = None,
) -> list[tuple[float, IntArray]] | None:
    """Every permitted choice of new rows whose value is at most ``limit``, best first; None if they are too many.

    ``most``: sums that are listed on the way, at most.
    """
    listed = _sums_within(priced, moves, limit, MOST_SETS if most is None else most)
    if listed is None:
        return None
    cells = table.shape[1] * sum(part.shape[0] * part.shape[1] for part in listed)
    if cells > MOST_CELLS:
        return None
    standing = table[keep].min(axis=0) if len(keep) else np.full(table.shape[1], np.inf)
    found: list[tuple[float, IntArray]] = []
    for part in listed:
        for rows in _chunks(part, table.shape[1]):
            if clock.over:
                return None
            value = np.minimum(table[rows].min(axis=1, initial=np.inf), standing).sum(axis=1)
            good = np.flatnonzero(value <= limit)
            found += [(float(value[at]), np.sort(rows[at])) for at in good.tolist() if moves.fits(rows[at])]
    return sorted(found, key=lambda pair: (pair[0], pair[1].tolist()))


def _sums_within(priced: Priced, moves: Moves, limit: float, most: int) -> list[IntArray] | None:
    """Sets of free rows with ``base + sum of rho <= limit``, one array [set, row] for each size; None if too many."""
    free = np.flatnonzero(moves.free)
    free = free[np.argsort(priced.rho[free], kind="stable")]
    rho = priced.rho[free]
    room = limit - (priced.bound - float(priced.rho[priced.picked].sum()))
    room += 1e-9 * (abs(limit) + abs(priced.bound))
    gains = np.concatenate([[0.0], np.cumsum(np.minimum(rho, 0.0))])
    sets, total = np.zeros((1, 0), dtype=np.int64), np.zeros(1)
    listed = [free[sets]] if total[0] <= room else []
    for size in range(1, min(moves.p, len(rho)) + 1):
        after = np.minimum(np.arange(1, len(rho) + 1) + moves.p - size, len(rho))
        least = rho + gains[after] - gains[1:]  # this rank and the best that may follow it: ascending
        least = np.maximum.accumulate(least)
        begin = sets[:, -1] + 1 if size > 1 else np.zeros(1, dtype=np.int64)
        count = np.maximum(np.searchsorted(least, room - total, side="right") - begin, 0)
        if count.sum() > most:
            return None
        parent = np.repeat(np.arange(len(sets)), count)
        rank = np.arange(len(parent)) - np.repeat(np.cumsum(count) - count, count) + begin[parent]
        sets = np.column_stack([sets[parent], rank])
        total = total[parent] + rho[rank]
        listed.append(free[sets[total <= room]])
    return listed


def _chunks(rows: IntArray, points: int) -> Iterator[IntArray]:
    step = max(1, CHUNK_CELLS // max(1, points * max(1, rows.shape[1])))
    for begin in range(0, len(rows), step):
        yield rows[begin : begin + step]
