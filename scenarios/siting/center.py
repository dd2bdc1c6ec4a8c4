"""The p-center: the sites with the smallest worst case."""

from __future__ import annotations

import math
from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike

from .clock import Clock
from .given import Options
from .instance import Instance, read_instance
from .interchange import Moves, earliest
from .reach import choose_covering, impossible, reach_everybody
from .recheck import SolverContradiction, confirm, unfinished
from .result import BoolArray, FloatArray, IntArray, Siting, infeasible

MODEL = "p_center"


def p_center(minutes: ArrayLike, *, p: int, residents: ArrayLike | None = None, **options: Unpack[Options]) -> Siting:
    """At most ``p`` new sites with the shortest longest way of anybody to the nearest site (Hakimi 1964).

    ``minutes[candidate, demand]``; with ``residents[demand]`` only points where somebody lives count, without it all.
    ``value`` is the longest of the minutes from each of these points' nearest site, as it stands in the table;
    ``bound`` a number of minutes that no choice of sites falls below.

    Searched by halving among the distinct minutes of the table; for each, a set covering problem tells whether ``p``
    sites reach everybody within it (Minieka 1970): at most that many sites, ``sum of the sites within reach >= 1`` for
    each point. Greedy choice answers most of them, HiGHS the others.

    "infeasible", ties, keywords and errors are those of :func:`~carereach.scenarios.siting.median.p_median`; a
    ``capacity`` is refused.
    """
    instance = read_instance(minutes, residents, p, options, no_capacity=True)
    with Clock(instance.given.time_limit_s, instance.given.progress) as clock:
        return center(instance, clock)


def center(instance: Instance, clock: Clock) -> Siting:
    """The same for a checked instance."""
    messages, unreached = impossible(instance)
    if messages:
        return infeasible(clock.seconds, messages, unreached)
    halving = Halving(instance, clock)
    halving.by_greedy()
    if halving.best is None:
        choice = reach_everybody(instance, clock)
        if choice.new is None:
            bound = halving.bound
            return infeasible(clock.seconds, choice.messages) if choice.messages else unfinished(bound, clock, MODEL)
        halving.offer(choice.new)
    halving.by_proof()
    assert halving.best is not None
    settled = _earliest(instance, halving.best, halving.value)
    halving.offer(settled)
    sites = np.concatenate([instance.given.fixed, settled])
    return confirm(
        MODEL,
        instance,
        sites.tolist(),
        claimed=halving.value,
        bound=halving.bound,
        status="optimal" if halving.done else clock.ended_by,
        maximise=False,
        value_of=longest_minutes,
        clock=clock,
        method="halving, greedy, HiGHS",
    )


def longest_minutes(instance: Instance, sites: list[int]) -> float:
    """The longest minutes of a populated point to the nearest of ``sites``: plain code for the recheck."""
    longest = 0.0
    rows = [instance.minutes[site] for site in sites]
    for point, people in enumerate(instance.residents.tolist()):
        if people > 0:
            nearest = min((float(row[point]) for row in rows), default=math.inf)
            if math.isinf(nearest):
                raise SolverContradiction(MODEL, f"demand point {point} is not reached")
            longest = max(longest, nearest)
    return longest


class Halving:
    """The distinct minutes that can be the worst case, and between which of them the least one lies.

    ``low``: index of the least that is not excluded; ``high``: of the best answer (one past the end without any).
    """

    def __init__(self, instance: Instance, clock: Clock) -> None:
        self.instance = instance
        self.clock = clock
        self.moves = Moves.of(instance, np.arange(instance.candidates))
        self.points = np.flatnonzero(instance.populated)
        reachable = instance.minutes[np.ix_(instance.usable, self.points)]
        least = reachable.min(axis=0, initial=np.inf).max(initial=0.0)
        self.values = np.unique(reachable[np.isfinite(reachable) & (reachable >= least)])
        if len(self.values) == 0:
            self.values = np.zeros(1, dtype=instance.minutes.dtype)
        self.low, self.high = 0, len(self.values)
        self.best: IntArray | None = None

    @property
    def value(self) -> float:
        """Minutes of the best answer."""
        return float(self.values[self.high]) if self.best is not None else math.nan

    @property
    def bound(self) -> float:
        """No choice of sites is below."""
        return float(self.values[min(self.low, len(self.values) - 1)])

    @property
    def done(self) -> bool:
        """Whether the best is proven to within the gap asked for."""
        return self.best is not None and self.value - self.bound <= self.instance.given.gap * abs(self.value)

    def offer(self, new: IntArray) -> None:
        """Takes sites that reach everybody, at whatever their longest minutes are."""
        rows = np.concatenate([self.instance.given.fixed, new])
        nearest = self.instance.minutes[np.ix_(rows, self.points)].min(axis=0, initial=np.inf)
        at = int(np.searchsorted(self.values, nearest.max(initial=self.values[0])))
        if at < self.high:
            self.best, self.high = new, at
            self.clock.tell(self.value, self.bound)

    def by_greedy(self) -> None:
        """Halving with greedy choice alone: quick answers, no proof."""
        low, high = 0, len(self.values) - 1
        while low <= high and not self.clock.interrupted:
            middle = (low + high) // 2
            new = self._greedy(self.instance.minutes <= self.values[middle])
            if new is None:
                low = middle + 1
            else:
                self.offer(new)
                high = min(middle, self.high) - 1

    def by_proof(self) -> None:
        """Halving with set covering solved exactly."""
        while self.low < self.high and not self.done and not self.clock.over:
            middle = (self.low + self.high - 1) // 2
            within = self.instance.minutes <= self.values[middle]
            answer = choose_covering(self.instance, within, self.clock, fewest=False)
            if answer.x is not None:
                self.offer(self.instance.open[answer.x > 0.5])
            elif answer.status == "infeasible":
                self.low = middle + 1
                self.clock.tell(self.value, self.bound)
            else:
                break

    def _greedy(self, within: BoolArray) -> IntArray | None:
        """New sites that cover everybody, the one that covers most of the rest first; None if that does not do it."""
        asked = self.points[~within[np.ix_(self.instance.given.fixed, self.points)].any(axis=0)]
        covers = within[:, asked]
        new = np.zeros(0, dtype=np.int64)
        while covers.shape[1] or not self.moves.fits(new):
            allowed = np.flatnonzero(self.moves.additions(new))
            if len(allowed) == 0:
                return None
            count = covers[allowed].sum(axis=1)
            taken = allowed[count.argmax()]
            if count.max() == 0 and self.moves.fits(new):
                return None
            new = np.append(new, taken)
            covers = covers[:, ~covers[taken]]
        return new


def _earliest(instance: Instance, new: IntArray, longest: float) -> IntArray:
    """An equally good choice of the earliest candidates; being beyond ``longest`` is the only cost."""
    beyond: FloatArray = (instance.minutes[:, instance.populated] > longest).astype(np.float64)
    moves = Moves.of(instance, np.arange(instance.candidates))
    return earliest(beyond, instance.given.fixed, moves, new, 1.0 + beyond.shape[1])
