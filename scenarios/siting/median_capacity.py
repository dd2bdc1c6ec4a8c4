"""The p-median where sites have capacities and a point's residents may be shared among sites.

``min sum r_d t_id x_id``, ``sum_i x_id = 1``, ``x_id <= y_i``, ``sum_d r_d x_id <= capacity_i y_i``, ``0 <= x <= 1``,
with at most ``p`` new ``y``: the capacitated plant location problem with divisible demand (Sridharan 1995) and a
number of sites. Bounds come from prices on "everybody goes somewhere", where each site fills up with whoever is worth
most to it (a continuous knapsack), and from HiGHS.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from ...texts import Message
from .clock import Clock
from .instance import Instance
from .interchange import Moves, finite, greedy, interchange
from .lagrange import Priced, ascend, fixing
from .recheck import SolverContradiction, confirm, unfinished
from .result import BoolArray, FloatArray, IntArray, Siting, infeasible
from .rows import Rows, side_rows, stacked
from .solver import Program, solve
from .transport import Transport, fault, transport

MODEL = "p_median"
SCALED_TO = 1e4
STEPS = 250
SWAPS = 6  # sites tried as exchanges for each chosen one


def median(instance: Instance, clock: Clock) -> Siting:
    """The capacitated p-median of a checked instance in which every point is reached by some candidate."""
    search = CapacitySearch(Capacities.of(instance), clock)
    search.begin()
    search.raise_bound()
    search.exchange()
    proven = search.close()
    if search.best is None:
        if proven:
            return infeasible(clock.seconds, (_why(instance),))
        return unfinished(search.bound, clock, MODEL)
    sites = search.task.sites[np.concatenate([search.task.keep, search.best])]
    siting = confirm(
        MODEL,
        instance,
        sites.tolist(),
        claimed=search.value,
        bound=search.bound,
        status="optimal" if proven else clock.ended_by,
        maximise=False,
        value_of=split_minutes,
        clock=clock,
        method="interchange, Lagrangian bound, HiGHS",
    )
    split = split_of(instance, siting.sites)
    assert split is not None
    load = np.bincount(split.site, weights=split.people, minlength=len(siting.sites)).astype(np.float64)
    return replace(siting, load=load)


def split_of(instance: Instance, sites: IntArray) -> Transport | None:
    """Who goes to which of ``sites`` (rows in that order; points among the populated ones); None if they do not fit."""
    assert instance.given.capacity is not None
    points = np.flatnonzero(instance.populated)
    minutes = instance.minutes[np.ix_(sites, points)].astype(np.float64)
    return transport(minutes, instance.residents[points], instance.given.capacity[sites])


def split_minutes(instance: Instance, sites: list[int]) -> float:
    """Resident minutes of the best split among ``sites``, proven by its prices: for the recheck."""
    assert instance.given.capacity is not None
    rows = np.array(sites, dtype=np.int64)
    points = np.flatnonzero(instance.populated)
    split = split_of(instance, rows)
    if split is None:
        raise SolverContradiction(MODEL, f"the sites {sites} have no place for everybody")
    minutes = instance.minutes[np.ix_(rows, points)].astype(np.float64)
    if wrong := fault(minutes, instance.residents[points], instance.given.capacity[rows], split):
        raise SolverContradiction(MODEL, wrong)
    return split.value


@dataclass(frozen=True)
class Capacities:
    """The question as arrays: usable candidates (rows), populated points; ``room``: residents that a row can serve."""

    instance: Instance
    sites: IntArray
    minutes: FloatArray
    residents: FloatArray
    room: FloatArray
    keep: IntArray
    moves: Moves

    @classmethod
    def of(cls, instance: Instance) -> Capacities:
        """The arrays of an instance."""
        assert instance.given.capacity is not None
        sites, points = instance.usable, np.flatnonzero(instance.populated)
        return cls(
            instance,
            sites,
            instance.minutes[np.ix_(sites, points)].astype(np.float64),
            instance.residents[points],
            instance.given.capacity[sites],
            np.flatnonzero(instance.is_fixed[sites]),
            Moves.of(instance, sites),
        )


class Filling:
    """Each site fills up with those to whom the way is worth most at the prices (see :class:`.lagrange.Serving`)."""

    def __init__(self, task: Capacities) -> None:
        self.minutes = task.minutes
        self.residents = task.residents
        self.room = task.room
        self._taken = np.zeros(task.minutes.shape)

    def worth(self, u: FloatArray) -> FloatArray:
        each = np.minimum(self.minutes - u / self.residents, 0.0)
        self._taken = (each < 0) * self.residents
        for row in np.flatnonzero(self._taken.sum(axis=1) > self.room).tolist():  # only these fill up
            wanted = np.flatnonzero(each[row])
            order = wanted[np.argsort(each[row, wanted], kind="stable")]
            people = self.residents[order]
            self._taken[row, order] = np.clip(self.room[row] - (np.cumsum(people) - people), 0.0, people)
        return np.asarray((each * self._taken).sum(axis=1))

    def served(self, rows: IntArray) -> FloatArray:
        share: FloatArray = self._taken[rows].sum(axis=0) / self.residents
        return share


class CapacitySearch:
    """The best sites and the best bound so far; ``best`` holds rows of new sites."""

    def __init__(self, task: Capacities, clock: Clock) -> None:
        self.task = task
        self.clock = clock
        self.best: IntArray | None = None
        self.value = math.inf
        self.bound = 0.0
        self.priced: Priced | None = None

    @property
    def enough(self) -> bool:
        """Whether the gap asked for is reached."""
        allowed = max(self.task.instance.given.gap, 1e-9)
        return self.best is not None and self.value - self.bound <= allowed * abs(self.value)

    def offer(self, new: IntArray) -> None:
        """Values a choice that meets the conditions, and remembers it if it is better."""
        rows = np.concatenate([self.task.keep, new])
        if self.task.room[rows].sum() < self.task.residents.sum():
            return
        split = transport(self.task.minutes[rows], self.task.residents, self.task.room[rows])
        if split is not None and split.value < self.value:
            self.best, self.value = np.sort(new), split.value
            self.clock.tell(self.value, self.bound)

    def begin(self) -> None:
        """Interchange as if there were no capacities."""
        task = self.task
        table, beyond = finite(task.minutes * task.residents)
        usual = float(np.median(task.room[task.moves.free])) if task.moves.free.any() else 0.0
        for least in (0.0, usual):  # all candidates; the roomier half of them
            moves = replace(task.moves, free=task.moves.free & (task.room >= least))
            new = greedy(table, task.keep, moves, beyond)
            if task.moves.fits(new):
                self.offer(interchange(table, task.keep, moves, new, beyond, self.clock)[0])

    def raise_bound(self) -> None:
        """Price steps; choices seen on the way are valued."""
        task = self.task
        known: set[bytes] = set()

        def seen(priced: Priced) -> float:
            key = priced.picked.tobytes()
            if key not in known and len(known) < 20 and task.moves.fits(priced.picked):
                known.add(key)
                self.offer(priced.picked)
            return self.value

        u = self._prices() * task.residents
        upper = self.value if self.best is not None else float(2 * u.sum())
        self.priced = ascend(
            Filling(task), task.keep, task.moves, u, upper=upper, steps=STEPS, clock=self.clock, seen=seen
        )
        self.bound = max(self.bound, min(self.priced.bound, self.value))
        self.clock.tell(self.value, self.bound)

    def _prices(self) -> FloatArray:
        """What a place is worth to each point: by the split of the best choice, else half of the longest way."""
        task = self.task
        if self.best is not None:
            rows = np.concatenate([task.keep, self.best])
            split = transport(task.minutes[rows], task.residents, task.room[rows])
            if split is not None:
                return np.maximum(split.point_price, 0.0)
        longest = np.where(np.isfinite(task.minutes), task.minutes, 0.0).max(axis=0, initial=0.0)
        return np.asarray(longest / 2)

    def close(self) -> bool:
        """HiGHS on the candidates that are left; whether the answer (or that there is none) is proven."""
        if self.enough:
            return True
        if self.clock.over:
            return False
        task = self.task
        out = np.zeros(len(task.sites), dtype=np.bool_)
        if self.priced is not None and self.best is not None:
            out = fixing(self.priced, task.moves, self.value).out
        rows = np.flatnonzero(~out)
        scale = (self.value if self.best is not None else 1.0) / SCALED_TO or 1.0
        chosen = np.zeros(0, dtype=np.int64) if self.best is None else self.best
        start = None if self.best is None else np.isin(rows[task.moves.free[rows]], chosen).astype(np.float64)
        answer = solve(
            _program(task, rows, scale), self.clock, gap=task.instance.given.gap, start=start, known_bound=None
        )
        free = rows[task.moves.free[rows]]
        if answer.status == "infeasible":
            if self.best is not None:
                self.bound = self.value
            return True
        if answer.x is not None:
            self.offer(free[answer.x[: len(free)] > 0.5])
        self.bound = max(self.bound, min(answer.bound * scale, self.value))
        return answer.status == "optimal"

    def exchange(self) -> None:
        """Exchanges of one site for one of the nearest alike, as long as the split gets better; half of the time."""
        table, _ = finite(self.task.minutes * self.task.residents)
        until = self.clock.seconds + self.clock.left_s / 2
        improved = self.best is not None
        while improved and not self.enough and self.clock.seconds < until and len(self.task.sites) <= 400:
            assert self.best is not None
            improved, before = False, self.value
            allowed = self.task.moves.exchanges(self.best)
            for place in range(len(self.best)):
                away = np.abs(table - table[self.best[place]]).sum(axis=1)
                for row in [row for row in np.argsort(away, kind="stable").tolist() if allowed[row, place]][:SWAPS]:
                    self.offer(np.append(np.delete(self.best, place), row))
                    if self.value < before or self.clock.over or self.clock.seconds > until:
                        break
                if self.value < before:
                    improved = True
                    break


def _program(task: Capacities, rows: IntArray, scale: float) -> Program:
    """Columns: ``y`` of the free rows, then ``x`` of every reached cell, as a share of the point's residents."""
    free = rows[task.moves.free[rows]]
    width = len(free)
    place = np.full(len(task.sites), -1, dtype=np.int64)
    place[free] = np.arange(width)
    at, point = np.nonzero(np.isfinite(task.minutes[rows]))
    site = rows[at]
    cells = width + np.arange(len(site))
    total, points = width + len(site), len(task.residents)
    everybody = sparse.csr_array((np.ones(len(site)), (point, cells)), shape=(points, total))
    typical = float(task.residents.mean()) if points else 1.0
    load = sparse.coo_array((task.residents[point] / typical, (at, cells)), shape=(len(rows), total))
    open_at = np.flatnonzero(place[rows] >= 0)
    room = sparse.coo_array(
        (-task.room[rows[open_at]] / typical, (open_at, place[rows[open_at]])), shape=(len(rows), total)
    )
    most = np.where(place[rows] >= 0, 0.0, task.room[rows] / typical)
    linked = np.flatnonzero(place[site] >= 0)
    count = len(linked)
    links = sparse.csr_array(
        (
            np.concatenate([np.ones(count), -np.ones(count)]),
            (np.tile(np.arange(count), 2), np.concatenate([cells[linked], place[site[linked]]])),
        ),
        shape=(count, total),
    )
    side = side_rows(task.instance, task.sites[free])
    whole: BoolArray = np.arange(total) < width
    worth = np.concatenate([np.zeros(width), task.residents[point] * task.minutes[site, point] / scale])
    parts = [
        side.widened(len(site)),
        Rows(everybody, np.ones(points), np.ones(points)),
        Rows(sparse.csr_array(load + room), np.full(len(rows), -np.inf), most),
        Rows(links, np.full(count, -np.inf), np.zeros(count)),
    ]
    return Program(worth, np.zeros(total), np.ones(total), whole, stacked(parts), maximise=False)


def _why(instance: Instance) -> Message:
    """All usable sites together are too small, or no choice of them does it."""
    assert instance.given.capacity is not None
    everybody = float(instance.residents.sum())
    room = float(instance.given.capacity[instance.usable].sum())
    if room < everybody:
        return Message("siting.too-little-room", {"residents": f"{everybody:,.0f}", "room": f"{room:,.0f}"})
    return Message("siting.no-choice")
