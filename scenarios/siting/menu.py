"""The menu: not one answer but all that are nearly as good, how they differ, and which sites occur in all.

They are listed by prices (:mod:`.nearly`); where these leave too many open, by HiGHS (:mod:`.nearly_program`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike

from . import plain
from .clock import Clock
from .cover import max_cover
from .given import Checks, Options
from .instance import Instance, read_instance
from .interchange import Moves, slim
from .lagrange import Nearby, ascend
from .median import finish, resident_minutes, searched
from .median_search import Search
from .nearly import choices_within
from .nearly_program import Listing, cover_program
from .recheck import SolverContradiction, check_conditions
from .result import FloatArray, IntArray, Siting

MODEL = "menu"
TOLERANCE = 1e-6
STAGES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # shares of the way from the best value to the limit
STEPS = 800
ValueOf = Callable[[Instance, list[int]], float]


@dataclass(frozen=True, eq=False)
class Alternative:
    """Sites nearly as good as the best: ``loss`` is how much worse, as a share of the best value.

    ``leaves``: sites of the best that it does without; ``takes``: those it has instead.
    """

    sites: IntArray
    new: IntArray
    value: float
    loss: float
    leaves: IntArray
    takes: IntArray


@dataclass(frozen=True, eq=False)
class Menu:
    """The best answer and those within ``within`` of it (a share: 0.02 is 2 %), best first, the best itself included.

    ``complete``: no other choice of sites is as good, up to ``differ`` and useless sites; false where the number asked
    for, the time or Ctrl-C ended the search, or where the best itself is not proven.
    """

    best: Siting
    alternatives: tuple[Alternative, ...]
    within: float
    differ: int
    complete: bool
    seconds: float

    @property
    def in_all(self) -> IntArray:
        """New sites that occur in every answer listed."""
        common = self.best.new
        for other in self.alternatives:
            common = np.intersect1d(common, other.new)
        return common

    @property
    def nearly_chosen(self) -> IntArray:
        """Sites that occur in some answer, but not in the best."""
        every = [other.new for other in self.alternatives]
        return np.setdiff1d(np.concatenate(every), self.best.sites) if every else np.zeros(0, dtype=np.int64)

    @property
    def share(self) -> dict[int, float]:
        """For each new site of any answer, in which share of the answers it occurs; the most frequent first."""
        if not self.alternatives:
            return {}
        sites, count = np.unique(np.concatenate([other.new for other in self.alternatives]), return_counts=True)
        order = np.lexsort((sites, -count))
        shares = (count[order] / len(self.alternatives)).tolist()
        return dict(zip(sites[order].tolist(), shares, strict=True))


def p_median_menu(
    minutes: ArrayLike,
    residents: ArrayLike,
    *,
    p: int,
    within: float = 0.01,
    most: int = 20,
    differ: int = 1,
    **options: Unpack[Options],
) -> Menu:
    """The choices whose sum of residents x minutes is at most ``1 + within`` times the least.

    ``most``: how many to list, the best included; ``differ``: the least number of new sites in which every two of them
    differ (the better one stays). Choices with useless sites are left out. The rest as in
    :func:`~carereach.scenarios.siting.median.p_median`, without ``capacity``; ``gap`` is 0, for only a proven best has
    a menu, and ``time_limit_s`` is for the whole.
    """
    exact: Options = {**options, "gap": 0.0}
    instance = read_instance(minutes, residents, p, exact, no_capacity=True)
    _check(within, most, differ)
    with Clock(instance.given.time_limit_s, instance.given.progress) as clock:
        search = searched(instance, clock, allow=within)
        best = finish(instance, search, clock) if isinstance(search, Search) else search
        if best.status != "optimal" or not isinstance(search, Search):
            return _alone(best, instance, within, differ, clock, resident_minutes)
        task, limit = search.task, best.value * (1 + within)
        start = search.priced.u if search.priced is not None else np.zeros(task.table.shape[1])
        nearby = Near(task.table, task.keep, task.moves, task.beyond, task.sites, start)
        found, done, complete = nearby.listed(best, limit, most, differ, clock)
        levels, sure, rows = search.remaining(limit * (1 + TOLERANCE))
        if not done and levels is not None:
            scale = max(best.value, 1e-300) / 1e4
            program = search.program(levels, sure, rows, scale)
            listing = Listing(program, task.sites[rows], lambda columns: nearby.slimmed(rows[columns]), limit / scale)
            found, complete = listing.run(found, most, differ, clock)
        return _menu(best, instance, found, within, differ, complete, clock, resident_minutes)


def max_cover_menu(
    minutes: ArrayLike,
    residents: ArrayLike,
    *,
    p: int,
    within_min: float,
    within: float = 0.01,
    most: int = 20,
    differ: int = 1,
    **options: Unpack[Options],
) -> Menu:
    """The choices that cover at least ``1 - within`` times the most residents that can be covered.

    ``most``, ``differ`` and the rest as in :func:`p_median_menu`; ``within_min`` as in
    :func:`~carereach.scenarios.siting.cover.max_cover`. ``time_limit_s``: half of it at most is for the best answer.
    """
    instance = read_instance(minutes, residents, p, options, limits_min=[("within_min", within_min)], no_capacity=True)
    _check(within, most, differ)
    limit_s = instance.given.time_limit_s
    half: Options = {**options, "gap": 0.0, "time_limit_s": None if limit_s is None else limit_s / 2}
    best = max_cover(minutes, residents, p=p, within_min=within_min, **half)

    def value_of(instance: Instance, sites: list[int]) -> float:
        return plain.covered(instance, sites, within_min)

    with Clock(None if limit_s is None else max(0.0, limit_s - best.seconds), instance.given.progress) as clock:
        if best.status != "optimal":
            return _alone(best, instance, within, differ, clock, value_of)
        people = instance.residents[instance.populated]
        left_out = ~instance.within(within_min)[:, instance.populated] * people
        moves = Moves.of(instance, np.arange(instance.candidates))
        every = np.arange(instance.candidates)
        nearby = Near(left_out, instance.given.fixed, moves, 1.0 + float(people.sum()), every, people / 2)
        least = best.value * (1 - within)
        found, done, complete = nearby.listed(best, float(people.sum()) - least, most, differ, clock)
        if not done:
            chosen, scale = instance.open, max(float(people.sum()), 1e-300) / 1e4
            program = cover_program(instance, within_min, scale)
            listing = Listing(program, chosen, lambda columns: nearby.slimmed(chosen[columns]), least / scale)
            found, complete = listing.run(found, most, differ, clock)
        return _menu(best, instance, found, within, differ, complete, clock, value_of)


@dataclass(frozen=True)
class Near:
    """A table of costs, least is best, whose rows are the candidates ``sites``; ``start``: prices to begin with."""

    table: FloatArray
    keep: IntArray
    moves: Moves
    beyond: float
    sites: IntArray
    start: FloatArray

    def slimmed(self, rows: IntArray) -> IntArray:
        """The sites of ``rows`` without useless ones."""
        return self.sites[slim(self.table, self.keep, self.moves, rows, self.beyond)]

    def listed(
        self, best: Siting, limit: float, most: int, differ: int, clock: Clock
    ) -> tuple[list[IntArray], bool, bool]:
        """New sites of the choices up to the cost ``limit``, best first and the best itself among them; whether the
        list is done, and whether it holds all. The limit is raised in stages until there are enough or too many."""
        rows = np.concatenate([self.keep, np.searchsorted(self.sites, best.new)])
        value = float(self.table[rows].min(axis=0, initial=self.beyond).sum())
        serving = Nearby(self.table)
        priced = ascend(serving, self.keep, self.moves, self.start, upper=value, steps=STEPS, clock=clock)
        found = [best.new]
        for share in STAGES:
            edge = min(value + share * (limit - value) + 1e-12 * abs(limit), float(np.nextafter(self.beyond, 0)))
            choices = choices_within(self.table, self.keep, self.moves, priced, edge, clock)
            if choices is None:
                return found, False, False
            found = self._apart(best, [new for _, new in choices], most + 1, differ)
            if len(found) > most:
                return found[:most], True, False
        return found, True, True

    def _apart(self, best: Siting, choices: Sequence[IntArray], most: int, differ: int) -> list[IntArray]:
        """The first choices without useless sites that differ from each other."""
        found, known = [best.new], [set(best.new.tolist())]
        for rows in choices:
            new = self.sites[rows]
            own = set(new.tolist())
            other_enough = all(len(own & other) <= len(other) - differ for other in known)
            if len(found) < most and other_enough and len(self.slimmed(rows)) == len(rows):
                found.append(new)
                known.append(own)
        return found


def _alone(best: Siting, instance: Instance, within: float, differ: int, clock: Clock, value_of: ValueOf) -> Menu:
    """Nothing to list: no answer, or one that is not proven."""
    if not best.found:
        return Menu(best, (), within, differ, best.status == "infeasible", clock.seconds)
    return _menu(best, instance, [best.new], within, differ, False, clock, value_of)


def _menu(
    best: Siting,
    instance: Instance,
    found: Sequence[IntArray],
    within: float,
    differ: int,
    complete: bool,
    clock: Clock,
    value_of: ValueOf,
) -> Menu:
    """Every answer checked again, the best being the first; those that rounding let through are left out."""
    listed = []
    for new in found:
        sites = np.sort(np.concatenate([instance.given.fixed, new]))
        check_conditions(MODEL, instance, sites.tolist())
        value = value_of(instance, sites.tolist())
        loss = abs(value - best.value) / abs(best.value) if best.value else abs(value)
        if loss > within * (1 + TOLERANCE) + TOLERANCE * 1e-3:
            continue
        leaves, takes = np.setdiff1d(best.sites, sites), np.setdiff1d(sites, best.sites)
        listed.append(Alternative(sites, np.sort(new), value, loss, leaves, takes))
    listed[1:] = sorted(listed[1:], key=lambda other: (other.loss, other.new.tolist()))
    _check_listed(listed, differ)
    return Menu(best, tuple(listed), within, differ, complete, clock.seconds)


def _check_listed(listed: Sequence[Alternative], differ: int) -> None:
    """No two are alike."""
    for place, one in enumerate(listed):
        for other in listed[place + 1 :]:
            shared = len(set(one.new.tolist()) & set(other.new.tolist()))
            if shared > max(len(one.new), len(other.new)) - differ:
                raise SolverContradiction(MODEL, f"{one.new.tolist()} and {other.new.tolist()} are both listed")


def _check(within: float, most: int, differ: int) -> None:
    checks = Checks()
    checks.number("within", within)
    for name, value in (("most", most), ("differ", differ)):
        if checks.count(name, value) < 1:
            checks.wrong("number", name, value, least=1)
    checks.raise_all()
