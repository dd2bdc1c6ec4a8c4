"""Greedy choice and fast interchange for the p-median: good sites in moments, without a proof.

All exchanges "out with one new site, in with another" are valued at once by whole arrays, in the decomposition gain -
loss + what both share (Whitaker 1983; Resende and Werneck 2007), and the best one is made until none helps (Teitz and
Bart 1968, with the best exchange instead of the first). Equal exchanges: the earliest candidate comes in, and for it
the earliest chosen site goes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .clock import Clock
from .instance import Instance
from .result import BoolArray, FloatArray, IntArray

BLOCK = 1 << 22  # cells of the table worked on at a time
ROUNDING = 1e-12


@dataclass(frozen=True)
class Moves:
    """Which additions and exchanges of new sites keep the conditions; every array has a place for each row of a table.

    ``free``: may be proposed; ``near[i, j]``: too near to each other; ``group``: index in ``need``, -1 for none.
    """

    p: int
    free: BoolArray
    near: BoolArray | None
    cost: FloatArray | None
    budget: float
    group: IntArray
    need: IntArray

    @classmethod
    def of(cls, instance: Instance, sites: IntArray) -> Moves:
        """The conditions of ``instance`` for the candidates ``sites``."""
        free = np.zeros(instance.candidates, dtype=np.bool_)
        free[instance.open] = True
        return cls(
            p=len(sites) if instance.p is None else instance.p,
            free=free[sites],
            near=None if instance.near is None else instance.near[np.ix_(sites, sites)],
            cost=None if instance.given.cost is None else instance.given.cost[sites],
            budget=instance.given.budget,
            group=instance.group[sites],
            need=instance.group_need,
        )

    def only(self, rows: IntArray) -> Moves:
        """The same for some of the rows."""
        near, cost = self.near, self.cost
        return Moves(
            self.p,
            self.free[rows],
            None if near is None else near[np.ix_(rows, rows)],
            None if cost is None else cost[rows],
            self.budget,
            self.group[rows],
            self.need,
        )

    def with_new(self, row: int) -> Moves:
        """What is left to choose once ``row`` is among the new ones."""
        free = self.free.copy()
        free[row] = False
        budget, need = self.budget, self.need
        if self.near is not None:
            free &= ~self.near[row]
        if self.cost is not None:
            budget = max(0.0, budget - float(self.cost[row]))
            free &= self.cost <= budget * (1 + ROUNDING)
        if self.group[row] >= 0:
            need = need.copy()
            need[self.group[row]] = max(0, need[self.group[row]] - 1)
        return Moves(self.p - 1, free, self.near, self.cost, budget, self.group, need)

    def without(self, row: int) -> Moves:
        """What is left to choose once ``row`` is ruled out."""
        free = self.free.copy()
        free[row] = False
        return Moves(self.p, free, self.near, self.cost, self.budget, self.group, self.need)

    def fits(self, new: IntArray) -> bool:
        """Whether these new sites meet every condition."""
        if len(new) > self.p or not self.free[new].all() or (self._short(new) > 0).any():
            return False
        if self.near is not None and self.near[np.ix_(new, new)].any():
            return False
        return self.cost is None or bool(self.cost[new].sum() <= self._budget)

    def additions(self, new: IntArray) -> BoolArray:
        """[row]: whether it may come on top of ``new`` and leaves places enough for the groups' needs."""
        short = self._short(new)
        slots = self.p - len(new)
        allowed = self.free.copy()
        allowed[new] = False
        if slots <= 0:
            allowed[:] = False
        if short.sum() >= slots:
            allowed &= (self.group >= 0) & (np.append(short, 0)[self.group] > 0)
        if self.near is not None:
            allowed &= ~self.near[:, new].any(axis=1)
        if self.cost is not None:
            allowed &= self.cost[new].sum() + self.cost <= self._budget
        return allowed

    def exchanges(self, new: IntArray) -> BoolArray:
        """[row in, place in ``new`` out]: whether the exchange keeps the conditions."""
        coming = self.free.copy()
        coming[new] = False
        allowed = np.repeat(coming[:, None], len(new), axis=1)
        if self.near is not None:
            near = self.near[:, new]
            allowed &= near.sum(axis=1)[:, None] - near == 0
        if self.cost is not None:
            left = self._budget - (self.cost[new].sum() - self.cost[new])
            allowed &= self.cost[:, None] <= left[None, :]
        if self.need.any():
            group = self.group[new]
            spare = np.append(self._count(new) > self.need, True)[group]
            allowed &= spare[None, :] | (self.group[:, None] == group[None, :])
        return allowed

    def _count(self, new: IntArray) -> IntArray:
        group = self.group[new]
        count: IntArray = np.bincount(group[group >= 0], minlength=len(self.need)).astype(np.int64)
        return count

    def _short(self, new: IntArray) -> IntArray:
        short: IntArray = np.maximum(self.need - self._count(new), 0)
        return short

    @property
    def _budget(self) -> float:
        return self.budget * (1 + ROUNDING)


@dataclass(frozen=True)
class Nearest:
    """Per demand point: cost from the nearest chosen row, its place among them, cost from the second nearest."""

    first: FloatArray
    place: IntArray
    second: FloatArray

    @classmethod
    def of(cls, table: FloatArray, rows: IntArray, beyond: float) -> Nearest:
        """``beyond``: the cost where there is no (second) row."""
        chosen = table[rows]
        if len(rows) == 0:
            far = np.full(table.shape[1], beyond)
            return cls(far, np.full(table.shape[1], -1), far)
        place = chosen.argmin(axis=0)
        columns = np.arange(table.shape[1])
        first = chosen[place, columns]
        chosen[place, columns] = beyond
        return cls(first, place, chosen.min(axis=0))


def finite(table: FloatArray) -> tuple[FloatArray, float]:
    """The table with a cost in place of ``inf`` that outweighs everything finite, and that cost."""
    known = np.isfinite(table)
    beyond = 1.0 + float(np.where(known, table, 0.0).max(axis=0, initial=0.0).sum())
    return (table if known.all() else np.where(known, table, beyond)), beyond


def greedy(table: FloatArray, keep: IntArray, moves: Moves, beyond: float, *, per_cost: bool = False) -> IntArray:
    """New rows, one after the other, each the one that saves most (``per_cost``: most per unit of its cost)."""
    best = Nearest.of(table, keep, beyond).first
    new = np.zeros(0, dtype=np.int64)
    while (allowed := moves.additions(new)).any():
        rows = np.flatnonzero(allowed)
        gain = _savings(table, rows, best)
        if per_cost and moves.cost is not None:
            gain = gain / np.maximum(moves.cost[rows], 1e-9 * max(1.0, moves.budget))
        if gain.max() <= 0 and not (moves.need > 0).any():
            break
        taken = rows[gain.argmax()]
        new = np.append(new, taken)
        best = np.minimum(best, table[taken])
    return np.sort(new)


def interchange(
    table: FloatArray, keep: IntArray, moves: Moves, new: IntArray, beyond: float, clock: Clock
) -> tuple[IntArray, float]:
    """The new rows after the best exchanges and additions, and their value; ``table`` is finite, ``keep`` stays."""
    new = np.sort(new)
    value = _value(table, keep, new, beyond)
    while not clock.over:
        better = _best_move(table, keep, moves, new, beyond, 1e-10 * value)
        if better is None:
            break
        reached = _value(table, keep, better, beyond)
        if not reached < value:
            break
        new, value = better, reached
    return new, value


def slim(table: FloatArray, keep: IntArray, moves: Moves, new: IntArray, beyond: float) -> IntArray:
    """Without the new rows that save nothing and that no group needs; the last of them go first."""
    new = np.sort(new)
    value = _value(table, keep, new, beyond)
    for row in new[::-1].tolist():
        rest = new[new != row]
        if moves.fits(rest) and _value(table, keep, rest, beyond) <= value:
            new = rest
    return new


def earliest(table: FloatArray, keep: IntArray, moves: Moves, new: IntArray, beyond: float) -> IntArray:
    """An equally good set in which no site can be exchanged for an earlier candidate without loss."""
    new = slim(table, keep, moves, new, beyond)
    value = _value(table, keep, new, beyond)
    for _ in range(table.shape[0] * max(1, len(new))):
        profit, allowed = _profits(table, keep, moves, new, beyond)
        allowed &= np.arange(table.shape[0])[:, None] < new[None, :]
        allowed &= profit >= -1e-12 * value
        rows, places = np.nonzero(allowed)
        moved = False
        for row, place in zip(rows.tolist(), places.tolist(), strict=True):
            trial = np.sort(np.append(np.delete(new, place), row))
            if _value(table, keep, trial, beyond) <= value:
                new, moved = trial, True
                break
        if not moved:
            break
    return new


def _value(table: FloatArray, keep: IntArray, new: IntArray, beyond: float) -> float:
    rows = np.concatenate([keep, new])
    return float(table[rows].min(axis=0).sum()) if len(rows) else beyond * table.shape[1]


def _savings(table: FloatArray, rows: IntArray, best: FloatArray) -> FloatArray:
    gain = np.empty(len(rows))
    step = max(1, BLOCK // max(1, table.shape[1]))
    for begin in range(0, len(rows), step):
        part = rows[begin : begin + step]
        gain[begin : begin + step] = np.maximum(best - table[part], 0.0).sum(axis=1)
    return gain


def _profits(
    table: FloatArray, keep: IntArray, moves: Moves, new: IntArray, beyond: float
) -> tuple[FloatArray, BoolArray]:
    """[row in, place out]: what the exchange saves, and whether it is allowed."""
    at = Nearest.of(table, np.concatenate([keep, new]), beyond)
    places = at.place - len(keep)
    mine = places >= 0
    served = np.zeros((table.shape[1], len(new)))
    served[np.flatnonzero(mine), places[mine]] = 1.0
    allowed = moves.exchanges(new)
    profit = np.full(allowed.shape, -np.inf)
    rows = np.flatnonzero(allowed.any(axis=1))
    step = max(1, BLOCK // max(1, table.shape[1]))
    for begin in range(0, len(rows), step):
        part = rows[begin : begin + step]
        cost = table[part]
        gain = at.first.sum() - np.minimum(cost, at.first).sum(axis=1)
        more = np.clip(cost, at.first, at.second) - at.first
        profit[part] = gain[:, None] - more @ served
    return np.where(allowed, profit, -np.inf), allowed


def _best_move(
    table: FloatArray, keep: IntArray, moves: Moves, new: IntArray, beyond: float, least: float
) -> IntArray | None:
    """The set after the most profitable exchange or addition, None if none saves more than ``least``."""
    best, better = least, None
    if len(new):
        profit, _ = _profits(table, keep, moves, new, beyond)
        row, place = np.unravel_index(int(profit.argmax()), profit.shape)
        if profit[row, place] > best:
            best, better = float(profit[row, place]), np.append(np.delete(new, place), row)
    rows = np.flatnonzero(moves.additions(new))
    if len(rows):
        gain = _savings(table, rows, Nearest.of(table, np.concatenate([keep, new]), beyond).first)
        if gain.max() > best:
            better = np.append(new, rows[gain.argmax()])
    return None if better is None else np.sort(better)
