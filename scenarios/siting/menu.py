"""The menu: not one answer but all that are nearly as good, how they differ, and which sites occur in all.

The same program is solved again and again, each time without what is listed already: of the new sites of an answer
``S`` at most ``|S| - differ`` may come again (a canonical cut of Balas and Jeroslow 1972, here for "at least ``differ``
other sites"), and nothing worse than ``within`` of the best. When HiGHS finds nothing more, the menu is complete.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from . import plain
from .clock import Clock
from .cover import max_cover
from .given import Checks, Options
from .instance import Instance, read_instance
from .interchange import Moves, slim
from .median import MODEL, finish, resident_minutes, searched
from .median_search import Search
from .recheck import SolverContradiction, check_conditions
from .reduce import merged
from .result import IntArray, Siting
from .rows import Rows, side_rows, stacked
from .solver import Program, solve

TOLERANCE = 1e-6
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

    ``most``: how many to list; ``differ``: the least number of new sites in which every two of them differ. Useless
    sites are left out before choices are compared. The rest: :func:`~carereach.scenarios.siting.median.p_median` (no
    ``capacity``); ``time_limit_s`` is for the whole menu.
    """
    instance = read_instance(minutes, residents, p, options, no_capacity=True)
    _check(within, most, differ)
    with Clock(instance.given.time_limit_s, instance.given.progress) as clock:
        search = searched(instance, clock, allow=within)
        if not isinstance(search, Search):
            return Menu(search, (), within, differ, search.status == "infeasible", clock.seconds)
        best = finish(instance, search, clock)
        task, limit = search.task, best.value * (1 + within)
        scale = max(best.value, 1e-300) / 1e4
        levels, sure, rows = search.remaining(limit * (1 + TOLERANCE))
        if levels is None:
            return _menu(best, instance, [], within, differ, best.status == "optimal", clock, resident_minutes)
        program = search.program(levels, sure, rows, scale)

        def slimmed(columns: IntArray) -> IntArray:
            return task.sites[slim(task.table, task.keep, task.moves, rows[columns], task.beyond)]

        listing = Listing(instance, program, task.sites[rows], slimmed, limit / scale)
        found, complete = listing.run(best, most, differ, clock)
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
    half: Options = {**options, "time_limit_s": None if limit_s is None else limit_s / 2}
    best = max_cover(minutes, residents, p=p, within_min=within_min, **half)
    if not best.found or best.status == "interrupted":
        return Menu(best, (), within, differ, best.status == "infeasible", best.seconds)
    with Clock(None if limit_s is None else max(0.0, limit_s - best.seconds), instance.given.progress) as clock:
        scale = max(float(instance.residents.sum()), 1e-300) / 1e4
        populated, chosen = instance.populated, instance.open
        beyond = ~instance.within(within_min)[:, populated] * instance.residents[populated]
        moves = Moves.of(instance, np.arange(instance.candidates))

        def slimmed(columns: IntArray) -> IntArray:
            return slim(beyond, instance.given.fixed, moves, chosen[columns], 1.0 + float(beyond.sum()))

        def value_of(instance: Instance, sites: list[int]) -> float:
            return plain.covered(instance, sites, within_min)

        program = _cover_program(instance, within_min, scale)
        listing = Listing(instance, program, chosen, slimmed, best.value * (1 - within) / scale)
        found, complete = listing.run(best, most, differ, clock)
        return _menu(best, instance, found, within, differ, complete, clock, value_of)


@dataclass(frozen=True)
class Listing:
    """A program whose first columns are the candidates ``chosen``, and the least (most) value that is listed."""

    instance: Instance
    program: Program
    chosen: IntArray
    slimmed: Callable[[IntArray], IntArray]
    limit: float

    def run(self, best: Siting, most: int, differ: int, clock: Clock) -> tuple[list[IntArray], bool]:
        """New sites of further choices, best first, and whether these are all."""
        cuts, found = [self._cut(best.new, differ)], list[IntArray]()
        program = replace(self.program, rows=stacked([self.program.rows, self._good_enough()]))
        while len(found) + 1 < most:
            if clock.over:
                return found, False
            rows = stacked([program.rows, *cuts])
            answer = solve(replace(program, rows=rows), clock)
            if answer.status == "infeasible":
                return found, best.status == "optimal"
            if answer.status != "optimal" or answer.x is None:
                return found, False
            new = self.slimmed(np.flatnonzero(answer.x[: len(self.chosen)] > 0.5))
            found.append(new)
            cuts.append(self._cut(new, differ))
        return found, False

    def _cut(self, new: IntArray, differ: int) -> Rows:
        """Of ``new`` at most all but ``differ`` come again."""
        row = np.zeros(self.program.rows.matrix.shape[1])
        row[np.flatnonzero(np.isin(self.chosen, new))] = 1.0
        return Rows(sparse.csr_array(row[None, :]), np.array([-np.inf]), np.array([float(len(new) - differ)]))

    def _good_enough(self) -> Rows:
        program = self.program
        row = sparse.csr_array(program.worth[None, :])
        edge = self.limit - program.offset
        slack = TOLERANCE * 1e-2 * max(1.0, abs(self.limit))
        if program.maximise:
            return Rows(row, np.array([edge - slack]), np.array([np.inf]))
        return Rows(row, np.array([-np.inf]), np.array([edge + slack]))


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
    """Every answer checked again; those that rounding let through are left out."""
    listed = []
    for new in [best.new, *found]:
        sites = np.sort(np.concatenate([instance.given.fixed, new]))
        check_conditions(MODEL, instance, sites.tolist())
        value = value_of(instance, sites.tolist())
        loss = abs(value - best.value) / abs(best.value) if best.value else abs(value)
        if loss > within * (1 + TOLERANCE) + TOLERANCE * 1e-3:
            continue
        leaves, takes = np.setdiff1d(best.sites, sites), np.setdiff1d(sites, best.sites)
        listed.append(Alternative(sites, np.sort(new), value, loss, leaves, takes))
    listed[1:] = sorted(listed[1:], key=lambda other: (other.loss, other.new.tolist()))
    _check_listed(listed, best, differ)
    return Menu(best, tuple(listed), within, differ, complete, clock.seconds)


def _check_listed(listed: Sequence[Alternative], best: Siting, differ: int) -> None:
    """No two are alike, and none is better than a best that is proven."""
    for place, one in enumerate(listed):
        for other in listed[place + 1 :]:
            shared = len(set(one.new.tolist()) & set(other.new.tolist()))
            if shared > max(len(one.new), len(other.new)) - differ:
                raise SolverContradiction(MODEL, f"{one.new.tolist()} and {other.new.tolist()} are both listed")


def _cover_program(instance: Instance, within_min: float, scale: float) -> Program:
    """Maximal covering (Church and ReVelle 1974) over all open candidates: none is dropped for being dominated."""
    chosen = instance.open
    within = instance.within(within_min)
    standing = within[instance.given.fixed].any(axis=0)
    asked = np.flatnonzero(instance.populated & ~standing & within[chosen].any(axis=0))
    covers = within[np.ix_(chosen, asked)]
    first, class_of = merged(covers, np.zeros(len(asked), dtype=np.int64))
    people = np.bincount(class_of, weights=instance.residents[asked], minlength=len(first))
    width, classes = len(chosen), len(first)
    incidence = sparse.csr_array(covers[:, first].T.astype(np.float64))
    cover = sparse.csr_array(sparse.hstack([incidence, -sparse.eye_array(classes)], format="csr"))
    rows = Rows(cover, np.zeros(classes), np.full(classes, np.inf))
    total = width + classes
    always = math.fsum(instance.residents[standing].tolist())
    return Program(
        worth=np.concatenate([np.zeros(width), people / scale]),
        low=np.zeros(total),
        high=np.ones(total),
        whole=np.arange(total) < width,
        rows=stacked([side_rows(instance, chosen).widened(classes), rows]),
        maximise=True,
        offset=always / scale,
    )


def _check(within: float, most: int, differ: int) -> None:
    checks = Checks()
    checks.number("within", within)
    for name, value in (("most", most), ("differ", differ)):
        if checks.count(name, value) < 1:
            checks.wrong("number", name, value, least=1)
    checks.raise_all()
