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
IDLE_ROUNDS = 30  # after so many without a gain it ends
EDGE = 1e-9  # relative to all that can be gained: a smaller gain is rounding


class Weighed:
    """A case with requirements counted as gains: reaching a row of ``need`` outweighs everything else."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.total = float(case.worth.sum())
        self.heavy = 2.0 * self.total + 1.0

    def gains(self, chosen: IntArray) -> FloatArray:
        """[column]: what one more site there adds to ``chosen``."""
        case = self.case
        gains: FloatArray = self.case.back @ case.marginal(case.counts(chosen))
        if case.need.shape[0]:
            gains = gains + self.heavy * (
                self.case.need_back @ (case.need @ case.times(chosen) == 0).astype(np.float64)
            )
        return gains

    def missing(self, chosen: IntArray) -> int:
        """How many rows of ``need`` are not reached."""
        return int((self.case.need @ self.case.times(chosen) == 0).sum())

    def value(self, chosen: IntArray) -> float:
        """The value, less a heavy weight for each row that is not reached."""
        return self.case.value(chosen) - self.heavy * self.missing(chosen)


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


def greedy(case: Case, clock: Clock, *, by_cost: bool = False) -> IntArray | None:
    """Columns, each the best addition to those before (per cost with ``by_cost``); None where it ends in a corner."""
    weighed = Weighed(case)
    least = EDGE * (weighed.total + 1.0)
    chosen = np.zeros(0, dtype=np.int64)
    while True:
        fits = allowed(case, chosen)
        gains = np.where(fits, weighed.gains(chosen), -1.0)
        best = int(np.argmax(gains / _costs(case) if by_cost else gains)) if len(gains) else -1
        if best < 0 or gains[best] <= least:
            needed = fits & _in_need(case, chosen)
            if not needed.any():
                break
            best = int(np.argmax(np.where(needed, gains, -1.0)))
        chosen = np.append(chosen, best)
        if clock.interrupted:
            break
    return None if group_need(case, chosen).any() or weighed.missing(chosen) else chosen


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
    weighed = Weighed(case)
    least = EDGE * (weighed.total + 1.0)
    current, stuck, turn = chosen.copy(), 0, 0
    while stuck < len(current) and not clock.over:
        place = turn % len(current)
        rest = np.delete(current, place)
        gains = weighed.gains(rest)
        fits = allowed(case, rest, one=True)
        best = int(np.argmax(np.where(fits, gains, -1.0)))
        stuck += 1
        turn += 1
        if fits[best] and gains[best] > gains[current[place]] + least:
            current = current.copy()
            current[place] = best
            stuck = 0
    return current


def shaken(case: Case, chosen: IntArray, clock: Clock) -> IntArray:
    """The best of some rounds that take out every sixth site at random (with a stated seed), refill and exchange.

    Iterated local search (Lourenço, Martin and Stützle 2003). With a time limit it takes a tenth of it at most.
    """
    chance = np.random.default_rng(SEED)
    until = clock.seconds + 0.1 * clock.left_s
    best, value, idle = chosen, Weighed(case).value(chosen), 0
    for _ in range(ROUNDS if len(chosen) else 0):
        if idle == IDLE_ROUNDS or clock.over or clock.seconds > until:
            break
        idle += 1
        out = chance.choice(len(best), size=1 + len(best) // 6, replace=False)
        tried = _refilled(case, np.delete(best, out), chance)
        if tried is None:
            continue
        tried = swapped(case, tried, clock)
        if (reached := Weighed(case).value(tried)) > value:
            best, value, idle = tried, reached, 0
    return best


def _refilled(case: Case, chosen: IntArray, chance: np.random.Generator) -> IntArray | None:
    """``chosen`` and then, again and again, one of the sites that gain something, at random."""
    weighed = Weighed(case)
    least = EDGE * (weighed.total + 1.0)
    while True:
        fits = allowed(case, chosen) & ((weighed.gains(chosen) > least) | _in_need(case, chosen))
        if not fits.any():
            return None if group_need(case, chosen).any() or weighed.missing(chosen) else chosen
        chosen = np.append(chosen, chance.choice(np.flatnonzero(fits)))


def slimmed(case: Case, chosen: IntArray) -> IntArray:
    """Without the sites that add nothing and that no condition needs; the last of them go first."""
    weighed = Weighed(case)
    least = EDGE * (weighed.total + 1.0)
    current = np.sort(chosen)
    for column in current[::-1].copy():
        rest = np.delete(current, int(np.flatnonzero(current == column)[0]))
        if weighed.gains(rest)[column] <= least and not group_need(case, rest).any():
            current = rest
    return current


def lowest(case: Case, chosen: IntArray) -> IntArray:
    """``chosen`` with each site exchanged for the first candidate that does as well, until none is left to exchange.

    What is promised of ties: no single proposed site can be exchanged for a candidate with a lower index without a
    loss or a broken condition. Exchanges of several sites at once are not looked at.
    """
    weighed = Weighed(case)
    least = EDGE * (weighed.total + 1.0)
    current = np.sort(chosen)
    changed = True
    while changed:
        changed = False
        for place in range(len(current)):
            rest = np.delete(current, place)
            gains = weighed.gains(rest)
            fits = allowed(case, rest, one=bool(group_need(case, rest).any()))
            equal = np.flatnonzero(fits & (gains >= gains[current[place]] - least))
            if len(equal) and equal[0] < current[place]:
                current[place] = equal[0]
                changed = True
        current = np.sort(current)
    return current


def warm(case: Case, clock: Clock) -> IntArray | None:
    """Greedy and swap: a good choice of columns, or None where the conditions corner it."""
    tries = [greedy(case, clock)]
    if case.instance.given.cost is not None:
        tries.append(greedy(case, clock, by_cost=True))
    found = [swapped(case, slimmed(case, chosen), clock) for chosen in tries if chosen is not None]
    return max(found, key=case.value) if found else None
