"""Good sites fast: add the best, exchange one at a time, leave out what is not needed.

The first of equals, in the order of the candidates, is taken; so runs repeat.
"""

from __future__ import annotations

import numpy as np

from .case import Case
from .clock import Clock
from .result import BoolArray, FloatArray, IntArray

SEED = 20261122
ROUNDS = 300
IDLE_ROUNDS = 60  # after so many without a gain it ends
EDGE = 1e-9  # relative to all that can be gained: a smaller gain is rounding


class State:
    """Some chosen columns and what one more site at each column would add to them.

    Rows of ``need`` count as classes that outweigh everything else. Adding or taking out a site touches only the
    classes it reaches, and the gains of the columns that reach those.
    """

    def __init__(self, case: Case, chosen: IntArray) -> None:
        self.case = case
        self.least = EDGE * (float(case.worth.sum()) + 1.0)
        self.chosen = chosen.copy()
        self.lengths: IntArray = np.diff(case.joint.indptr).astype(np.int64)
        self.counts: IntArray = np.rint(case.joint @ case.times(chosen)).astype(np.int64)
        self.gains: FloatArray = case.joint_back @ _marginal(case.joint_worth, self.counts)

    def add(self, column: int) -> None:
        """One more site at ``column``."""
        self.chosen = np.append(self.chosen, column)
        self._change(column, 1)

    def remove(self, column: int) -> None:
        """One site less at ``column``."""
        self.chosen = np.delete(self.chosen, int(np.flatnonzero(self.chosen == column)[0]))
        self._change(column, -1)

    def kept(self) -> tuple[IntArray, IntArray, FloatArray]:
        """What :meth:`back_to` needs to come back to here."""
        return self.chosen, self.counts.copy(), self.gains

    def back_to(self, kept: tuple[IntArray, IntArray, FloatArray]) -> None:
        """Takes all changes back since then."""
        self.chosen, self.counts, self.gains = kept

    @property
    def complete(self) -> bool:
        """Whether every row of ``need`` is reached and every group has its sites."""
        reached = bool(np.all(self.counts[len(self.case.worth) :] > 0))
        return reached and not group_need(self.case, self.chosen).any()

    @property
    def value(self) -> float:
        """The worth so far, rows of ``need`` included with their weight."""
        levels = np.arange(self.case.joint_worth.shape[1])
        return float(self.case.joint_worth[levels[None, :] < self.counts[:, None]].sum())

    def _change(self, column: int, by: int) -> None:
        back, joint, worth = self.case.joint_back, self.case.joint, self.case.joint_worth
        classes = back.indices[back.indptr[column] : back.indptr[column + 1]]
        before = _marginal(worth[classes], self.counts[classes])
        self.counts[classes] += by
        delta = _marginal(worth[classes], self.counts[classes]) - before
        classes, delta = classes[delta != 0], delta[delta != 0]
        if not len(classes):
            return
        length = self.lengths[classes]
        first = np.repeat(joint.indptr[classes] - (np.cumsum(length) - length), length)
        touched = joint.indices[first + np.arange(len(first))]
        self.gains = self.gains + np.bincount(touched, np.repeat(delta, length), minlength=len(self.gains))


def _marginal(worth: FloatArray, counts: IntArray) -> FloatArray:
    last = worth.shape[1] - 1
    return np.where(counts <= last, worth[np.arange(len(counts)), np.minimum(counts, last)], 0.0)


def allowed(case: Case, chosen: IntArray, *, one: bool = False) -> BoolArray:
    """[column]: whether a site there may be added to ``chosen``, so that all conditions can still be met.

    ``one``: no further site will follow.
    """
    instance = case.instance
    times = np.bincount(chosen, minlength=len(case.columns))
    left = np.inf if instance.p is None else instance.p - len(chosen)
    if left <= 0:
        return np.zeros(len(case.columns), dtype=np.bool_)
    fits: BoolArray = times < case.top
    if instance.given.cost is not None:
        cost = instance.given.cost[case.columns]
        fits &= cost <= instance.given.budget - float(cost[chosen].sum())
    if instance.near is not None and len(chosen):
        fixed = instance.is_fixed[case.columns]
        near = instance.near[np.ix_(case.columns, case.columns[chosen])]
        fits &= ~(near & ~fixed[:, None]).any(axis=1)
    need = group_need(case, chosen)
    if need.any() and (one or need.sum() >= left):
        group = case.instance.group[case.columns]
        fits &= (group >= 0) & (need[group] > 0)
    return fits


def group_need(case: Case, chosen: IntArray) -> IntArray:
    """[group]: how many sites it still needs beside ``chosen``."""
    group = case.instance.group[case.columns[chosen]]
    need: IntArray = case.instance.group_need
    left: IntArray = np.maximum(need - np.bincount(group[group >= 0], minlength=len(need)), 0)
    return left


def greedy(case: Case, clock: Clock, *, by_cost: bool = False, begin: IntArray | None = None) -> IntArray | None:
    """Columns, each the best addition to those before (per cost with ``by_cost``); None where it ends in a corner.

    ``begin``: columns to begin with."""
    state = State(case, np.zeros(0, dtype=np.int64) if begin is None else begin)
    while not clock.interrupted:
        fits = allowed(case, state.chosen)
        gains = np.where(fits, state.gains, -1.0)
        best = int(np.argmax(gains / _costs(case) if by_cost else gains)) if len(gains) else -1
        if best < 0 or gains[best] <= state.least:
            needed = fits & _in_need(case, state.chosen)
            if not needed.any():
                break
            best = int(np.argmax(np.where(needed, gains, -1.0)))
        state.add(best)
    return state.chosen if state.complete else None


def _costs(case: Case) -> FloatArray:
    cost = case.instance.given.cost
    return np.ones(len(case.columns)) if cost is None else np.maximum(cost[case.columns], 1e-12)


def _in_need(case: Case, chosen: IntArray) -> BoolArray:
    group, need = case.instance.group[case.columns], group_need(case, chosen)
    if not need.any():
        return np.zeros(len(case.columns), dtype=np.bool_)
    return (group >= 0) & (need[group] > 0)


def swapped(case: Case, chosen: IntArray, clock: Clock) -> IntArray:
    """``chosen`` after exchanges of one site each, as long as one of them gains (Teitz and Bart 1968)."""
    state, stuck = State(case, chosen), 0
    while stuck < len(state.chosen) and not clock.over:
        before = state.kept()
        column = int(state.chosen[0])
        state.remove(column)
        fits = allowed(case, state.chosen, one=True)
        best = int(np.argmax(np.where(fits, state.gains, -1.0)))
        if fits[best] and state.gains[best] > state.gains[column] + state.least:
            state.add(best)
            stuck = 0
        else:
            state.back_to(before)
            state.chosen = np.roll(state.chosen, -1)  # to the end, so that each has its turn
            stuck += 1
    return state.chosen


def shaken(case: Case, chosen: IntArray, clock: Clock) -> IntArray:
    """The best of some rounds that take out every sixth site at random (with a stated seed), refill and exchange.

    Iterated local search (Lourenço, Martin and Stützle 2003). With a time limit it takes a tenth of it at most.
    """
    chance = np.random.default_rng(SEED)
    until = clock.seconds + 0.1 * clock.left_s
    best, value, idle = chosen, State(case, chosen).value, 0
    for _ in range(ROUNDS if len(chosen) else 0):
        if idle == IDLE_ROUNDS or clock.over or clock.seconds > until:
            break
        idle += 1
        out = chance.choice(len(best), size=1 + len(best) // 6, replace=False)
        tried = _refilled(case, np.delete(best, out), chance)
        if tried is None:
            continue
        tried = swapped(case, tried, clock)
        if (reached := State(case, tried).value) > value:
            best, value, idle = tried, reached, 0
    return best


def _refilled(case: Case, chosen: IntArray, chance: np.random.Generator) -> IntArray | None:
    """``chosen`` and then, again and again, one of the sites that gain something, at random."""
    state = State(case, chosen)
    while True:
        fits = allowed(case, state.chosen) & ((state.gains > state.least) | _in_need(case, state.chosen))
        if not fits.any():
            return state.chosen if state.complete else None
        state.add(int(chance.choice(np.flatnonzero(fits))))


def slimmed(case: Case, chosen: IntArray) -> IntArray:
    """Without the sites that add nothing and that no condition needs; the last of them go first."""
    state = State(case, np.sort(chosen))
    for column in state.chosen[::-1].tolist():
        state.remove(column)
        if state.gains[column] > state.least or group_need(case, state.chosen).any():
            state.add(column)
    return np.sort(state.chosen)


def lowest(case: Case, chosen: IntArray) -> IntArray:
    """``chosen`` with each site exchanged for the first column that does as well, until none is left to exchange.

    What is promised of ties: no single proposed site can be exchanged for a column with a lower index without a loss
    or a broken condition. Exchanges of several sites at once are not looked at.
    """
    state, changed = State(case, chosen), True
    while changed:
        changed = False
        for column in np.sort(state.chosen).tolist():
            state.remove(column)
            fits = allowed(case, state.chosen, one=bool(group_need(case, state.chosen).any()))
            equal = np.flatnonzero(fits & (state.gains >= state.gains[column] - state.least))
            lower = len(equal) > 0 and equal[0] < column
            state.add(int(equal[0]) if lower else column)
            changed = changed or lower
    return np.sort(state.chosen)


def warm(case: Case, clock: Clock, known: IntArray | None = None) -> IntArray | None:
    """Greedy and swap: a good choice of columns, or None where the conditions corner it. ``known``: candidates of a
    choice that meets the conditions (with fewer sites, say), which is added to as well."""
    tries = [greedy(case, clock)]
    if known is not None:
        tries.append(greedy(case, clock, begin=np.flatnonzero(np.isin(case.columns, known))))
    if case.instance.given.cost is not None:
        tries.append(greedy(case, clock, by_cost=True))
    found = [swapped(case, slimmed(case, chosen), clock) for chosen in tries if chosen is not None]
    return max(found, key=case.value) if found else None
