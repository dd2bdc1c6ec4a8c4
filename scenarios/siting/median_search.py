"""The steps towards a proven p-median: good sites, prices that bound every other choice, HiGHS for what they leave."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .branching import Branch, prove
from .clock import Clock
from .instance import Instance
from .interchange import Moves, finite, greedy, interchange
from .lagrange import Nearby, Priced, ascend, fixing, radius
from .levels import SCALED_TO, Levels, level_program, levels_of
from .result import BoolArray, FloatArray, IntArray
from .rows import side_rows
from .solver import Program, solve

ROUNDS, STEPS = 12, 400
KICKS = 12
MOST_BRANCHES = 20_000
SEED = 1964
ROUNDING = 1e-11


@dataclass(frozen=True)
class Task:
    """The question as a table of usable candidates (rows, ascending) and populated points.

    ``table``: residents x minutes, finite; ``beyond`` stands for "not reached" and outweighs every answer;
    ``keep``: rows of fixed sites; ``moves``: the conditions.
    """

    instance: Instance
    sites: IntArray
    table: FloatArray
    beyond: float
    keep: IntArray
    moves: Moves

    @classmethod
    def of(cls, instance: Instance) -> Task:
        """The table of an instance."""
        sites = instance.usable
        points = np.flatnonzero(instance.populated)
        table = instance.minutes[np.ix_(sites, points)].astype(np.float64)
        table *= instance.residents[points]
        table, beyond = finite(table)
        keep = np.flatnonzero(instance.is_fixed[sites])
        return cls(instance, sites, table, beyond, keep, Moves.of(instance, sites))

    def value(self, new: IntArray) -> float:
        """Sum of the table's costs with these new rows."""
        return float(self.table[np.concatenate([self.keep, new])].min(axis=0, initial=self.beyond).sum())

    def rows_of(self, new: IntArray) -> IntArray:
        """Rows of candidate indices; those that may not be new are left out."""
        rows = np.searchsorted(self.sites, new)
        rows = rows[(rows < len(self.sites))]
        return rows[self.moves.free[rows] & np.isin(self.sites[rows], new)]


class Search:
    """The best sites and the best bound so far, and the steps that better them.

    ``allow``: choices that are worse than the best by up to this share are to be left in, too (for the menu).

    ``best``: rows of new sites; ``rows``: those that a better choice may have; ``priced``: the prices behind that,
    over ``rows``.
    """

    def __init__(self, task: Task, clock: Clock, allow: float = 0.0) -> None:
        self.task = task
        self.allow = allow
        self.clock = clock
        self.best: IntArray | None = None
        self.value = math.inf
        self.bound = 0.0
        self.rows = np.arange(len(task.sites))
        self.priced: Priced | None = None
        self.method = "interchange, Lagrangian bound"

    @property
    def enough(self) -> bool:
        """Whether the gap asked for is reached (or nothing but rounding is left)."""
        allowed = max(self.task.instance.given.gap, ROUNDING)
        return self.best is not None and self.value - self.bound <= allowed * abs(self.value)

    def begin(self, start: IntArray | None) -> None:
        """Greedy and interchange from each start."""
        task = self.task
        starts = [] if start is None else [task.rows_of(start)]
        starts.append(greedy(task.table, task.keep, task.moves, task.beyond))
        if task.moves.cost is not None:
            starts.append(greedy(task.table, task.keep, task.moves, task.beyond, per_cost=True))
        for new in starts:
            if task.moves.fits(new):
                self.improve(new)

    def improve(self, new: IntArray) -> None:
        """Interchange from ``new``, which fits the conditions."""
        task = self.task
        better, value = interchange(task.table, task.keep, task.moves, new, task.beyond, self.clock)
        self.offer(better, value)

    def offer(self, new: IntArray, value: float) -> None:
        """Remembers what is better than the best so far."""
        if value < min(self.value, self.task.beyond):
            self.best, self.value = new, value
            self.clock.tell(self.value, self.bound)

    def raise_bound(self) -> None:
        """Rounds of price steps; between them, what cannot be in a better choice is left out."""
        u = self._first_prices()
        for round_ in range(ROUNDS):
            tried: list[tuple[float, IntArray]] = []
            before, width = self.bound, len(self.rows)
            u = self._ascend(u, tried)
            for _, new in sorted(tried, key=lambda pair: pair[0])[:2]:
                self.improve(new)
            self._kick(round_)
            self._leave_out()
            if self.enough or self.clock.over:
                break
            if self.bound - before <= 0.02 * (self.value - self.bound) and len(self.rows) > 0.95 * width:
                break

    def close(self) -> bool:
        """HiGHS on what is left; whether the best is proven to within the gap asked for."""
        if self.enough:
            return True
        if self.clock.over:
            return False
        if self._branch():
            return True
        if self.clock.over:
            return False
        levels, sure, rows = self.remaining(self.value)
        if levels is None:
            self.bound = self.value
            return True
        assert self.best is not None
        self.method += ", HiGHS"
        scale = max(self.value, 1e-300) / SCALED_TO
        answer = solve(
            self.program(levels, sure, rows, scale),
            self.clock,
            gap=self.task.instance.given.gap,
            start=np.isin(rows, self.best).astype(np.float64),
            known_bound=self.bound / scale,
        )
        if answer.status == "infeasible":
            self.bound = self.value
            return True
        if answer.x is not None:
            new = rows[answer.x[: len(rows)] > 0.5]
            self.offer(new, self.task.value(new))
        self.bound = max(self.bound, min(answer.bound * scale, self.value))
        return answer.status == "optimal"

    def _branch(self) -> bool:
        """Branching by prices; whether the best is proven to within the gap asked for."""
        if self.priced is None:
            return False
        self.method += ", branching"
        task = self.task
        keep = np.flatnonzero(np.isin(self.rows, task.keep))
        prices = self.priced.u.astype(np.float32)
        root = Branch(self.rows, keep, task.moves.only(self.rows), np.zeros(0, dtype=np.int64), prices)

        def offer(new: IntArray) -> float:
            self.offer(new, task.value(new))
            return self.value

        gap = task.instance.given.gap
        proof = prove(task.table, root, self.bound, self.value, offer, self.clock, gap=gap, most=MOST_BRANCHES)
        self.bound = max(self.bound, min(proof.bound, self.value))
        return self.enough

    def program(self, levels: Levels, sure: BoolArray, rows: IntArray, scale: float) -> Program:
        """The program over ``rows``."""
        side = side_rows(self.task.instance, self.task.sites[rows])
        return level_program(levels, side, sure, scale)

    def remaining(self, limit: float) -> tuple[Levels | None, BoolArray, IntArray]:
        """What choices of a value up to ``limit`` are made of: levels (None: there are none), sure rows, free rows."""
        task = self.task
        most = np.nextafter(task.beyond, 0)
        highest = np.full(task.table.shape[1], most)
        moves = task.moves.only(self.rows)
        sure = np.zeros(len(self.rows), dtype=np.bool_)
        if self.priced is not None:
            highest = np.minimum(radius(self.priced, limit), most)
            sure = fixing(self.priced, moves, limit).sure
        rows = self.rows[moves.free]
        standing = task.table[task.keep].min(axis=0, initial=task.beyond)
        return levels_of(task.table[rows], standing, highest), sure[moves.free], rows

    def _first_prices(self) -> FloatArray:
        """Between the nearest and the second nearest site of the best answer."""
        assert self.best is not None
        task = self.task
        costs = task.table[np.concatenate([task.keep, self.best])]
        if len(costs) < 2:
            return np.asarray(costs.sum(axis=0) * 1.2)
        two = np.partition(costs, 1, axis=0)[:2]
        return np.asarray((two[0] + np.minimum(two[1], 4 * two[0] + 1.0)) / 2)

    def _ascend(self, u: FloatArray, tried: list[tuple[float, IntArray]]) -> FloatArray:
        """Steps from ``u``; gives the best prices. ``tried`` collects the choices seen on the way."""
        rows, table = self.rows, self.task.table[self.rows]
        moves = self.task.moves.only(rows)
        keep = np.flatnonzero(np.isin(rows, self.task.keep))
        known: set[bytes] = set()

        def seen(priced: Priced) -> float:
            self._raise_to(priced.bound)
            self.clock.tell(self.value, self.bound)
            key = priced.picked.tobytes()
            if key not in known and moves.fits(priced.picked):
                known.add(key)
                value = self.task.value(rows[priced.picked])
                tried.append((value, rows[priced.picked]))
                self.offer(rows[priced.picked], value)
            return self.value

        enough = max(self.task.instance.given.gap, ROUNDING)
        priced = ascend(
            Nearby(table), keep, moves, u, upper=self.value, steps=STEPS, clock=self.clock, enough=enough, seen=seen
        )
        self._raise_to(priced.bound)
        if self.priced is None or priced.bound > self.priced.bound:
            self.priced = priced
        return priced.u

    def _raise_to(self, bound: float) -> None:
        """Over all rows a bound above a known value is a contradiction, and left for the recheck to find; over rows
        from which choices are left out it only says that none of the others is better."""
        whole = len(self.rows) == len(self.task.sites)
        self.bound = max(self.bound, bound if whole else min(bound, self.value))

    def _leave_out(self) -> None:
        """Drops the rows that the best prices exclude, from the prices' arrays too."""
        if self.priced is None:
            return
        moves = self.task.moves.only(self.rows)
        stay = ~fixing(self.priced, moves, self.value * (1 + self.allow) * (1 + ROUNDING)).out
        if stay.all():
            return
        place = np.cumsum(stay) - 1
        self.rows = self.rows[stay]
        self.priced = Priced(self.priced.u, self.priced.bound, self.priced.rho[stay], place[self.priced.picked])

    def _kick(self, round_: int) -> None:
        """Interchange from the best with some sites exchanged at random (a stated seed)."""
        random = np.random.default_rng(SEED + round_)
        moves = self.task.moves
        for _ in range(KICKS):
            if self.enough or self.clock.over or self.best is None or len(self.best) < 2:
                return
            new = self.best
            for _ in range(max(2, len(new) // 4)):
                rows, places = np.nonzero(moves.exchanges(new))
                if len(rows):
                    at = int(random.integers(len(rows)))
                    new = np.sort(np.append(np.delete(new, places[at]), rows[at]))
            self.improve(new)
