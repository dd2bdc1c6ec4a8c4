"""The cheapest changes that meet goals: an exact decomposition with a bound that holds whenever it stops.

Choose x (whole) with least ``cost @ x``, subject to linear rows and, for each need g, ``S_g(w) >= least_g``, where
``w = carry @ x`` says which sites are open and ``S_g(w) = sum over points i of the largest saving[j, i] among open j``.
A mean response time is such a need: with ``saving = residents x (reference - minutes)``.

S_g is replaced by inequalities that hold for every choice (Benders cuts of facility location in closed form: Fischetti,
Ljubic and Sinnl 2017): for any v_i >= 0, ``S_g(w) <= sum_i v_i + sum_j w_j sum_i max(saving[j, i] - v_i, 0)``; the best
v_i for a given w is the saving of the site at which the open shares, best first, reach one. They are added where the
linear program, later the integer program, breaks them; each of these programs is a relaxation, so that its bound holds.
Since w is whole, no coefficient need exceed what is lacking. Feasible choices come from greedy additions and from
repairing the programs' answers, with what is not needed dropped again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..siting.clock import Clock
from ..siting.recheck import SolverContradiction
from ..siting.result import CLOSED, Status, relative_gap
from ..siting.rows import Rows, stacked
from ..siting.solver import Program, solve

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
MODEL = "cheapest"
ROUNDS = 200
BROKEN = 1e-6  # relative, above what HiGHS lets pass: a need that is short by less counts as met
WHOLE = 1e-6


@dataclass(frozen=True, eq=False)
class Need:
    """At least ``least`` of savings; ``saving`` (sites, points) is what a site by itself saves at each point.

    ``slack``: column that may stand in for what is missing, or None. ``per``: what one unit of savings is worth in the
    quantity of the goal (a minute of the mean, a percent of the residents)."""

    saving: Floats
    least: float
    slack: int | None = None
    per: float = 1.0

    def value(self, is_open: Bools) -> float:
        """S for a choice of sites."""
        if not is_open.any():
            return 0.0
        return float(self.saving[is_open].max(axis=0).sum())

    @property
    def tolerance(self) -> float:
        """How much may be missing by rounding."""
        return BROKEN * max(1.0, abs(self.least))


@dataclass(frozen=True, eq=False)
class Task:
    """What to choose. ``carry`` (sites, columns): which columns open a site; ``whole`` columns are integers; ``soft``
    rows may be missed in a compromise (None: the lower sides of all)."""

    cost: Floats
    top: Floats
    whole: Bools
    rows: Rows
    needs: tuple[Need, ...]
    carry: sparse.csr_array
    soft: Bools | None = None

    def sites(self, x: Floats) -> Floats:
        """(sites,) how far each is open, at most 1."""
        opened: Floats = np.minimum(self.carry @ x, 1.0)
        return opened

    def misses(self, x: Floats) -> list[float]:
        """What is missing of each need at a whole choice."""
        is_open = self.sites(x) > 0.5
        return [
            max(0.0, need.least - need.value(is_open) - (0.0 if need.slack is None else x[need.slack]))
            for need in self.needs
        ]

    def fits(self, x: Floats) -> bool:
        """Whether a choice meets the rows and bounds."""
        held = self.rows.matrix @ x
        inside = (x >= -WHOLE) & (x <= self.top + WHOLE)
        return bool(np.all(held >= self.rows.low - WHOLE) and np.all(held <= self.rows.high + WHOLE) and inside.all())

    def meets(self, x: Floats) -> bool:
        """Whether a choice meets everything."""
        missing = zip(self.needs, self.misses(x), strict=True)
        return self.fits(x) and all(miss <= need.tolerance for need, miss in missing)


@dataclass
class Cheapest:
    """The best choice so far (``x`` is None without any), and a cost that none is below."""

    task: Task
    clock: Clock
    x: Floats | None = None
    bound: float = -math.inf
    status: Status = "time limit"
    cuts: list[Rows] = field(default_factory=list)

    @property
    def value(self) -> float:
        """The cost of the best choice."""
        return math.nan if self.x is None else float(self.task.cost @ self.x)

    @property
    def gap(self) -> float:
        """How much cheaper another choice could be at most, as a share."""
        return relative_gap(self.value, self.bound)

    def run(self, gap: float = 0.0) -> Cheapest:
        """Searches until the best is proven to within ``gap``, nothing is left to choose, or the clock is over.

        Raises :class:`~carereach.scenarios.siting.recheck.SolverContradiction` where a choice is at hand that the
        solver says there cannot be.
        """
        self._offer(greedy(self.task, np.zeros(len(self.task.cost))))
        if self._by_program(whole=False, gap=gap):
            self._by_program(whole=True, gap=gap)
        if self.status == "time limit":
            self.status = "optimal" if self._done(gap) else self.clock.ended_by
        self._check()
        return self

    def _check(self) -> None:
        """The best choice gone over again: it meets everything, and neither bound nor status denies that it is there.

        One that misses a need by rounding may be denied: a cut asks for the whole of it.
        """
        if self.x is None:
            return
        if not self.task.meets(self.x):
            raise SolverContradiction(MODEL, "the best choice does not meet what is asked for")
        if any(self.task.misses(self.x)):
            return
        if self.status == "infeasible":
            raise SolverContradiction(MODEL, "infeasible claimed where a choice is at hand")
        if self.bound - self.value > BROKEN * max(1.0, abs(self.value)):
            raise SolverContradiction(MODEL, f"bound {self.bound!r} denies the value {self.value!r}")

    def _done(self, gap: float) -> bool:
        return self.x is not None and self.value - self.bound <= max(gap, CLOSED) * max(abs(self.value), CLOSED)

    def _by_program(self, *, whole: bool, gap: float) -> bool:
        """Solves the relaxation again and again with what it breaks; False where that settles the question."""
        for _ in range(ROUNDS if not whole else 10**9):
            if self.clock.over or self._done(gap):
                return False
            answer = solve(self._program(whole=whole), self.clock, gap=0.0, known_bound=self.bound)
            if answer.status == "infeasible":
                self.status = "infeasible"
                return False
            if math.isfinite(answer.bound):
                self._raise(answer.bound)
            if answer.x is None:
                return False
            self.clock.tell(self.value, self.bound)
            x = np.where(self.task.whole, np.round(answer.x), answer.x) if whole else answer.x
            if whole:
                self._offer(greedy(self.task, x))
            if not self._cut(x):
                return True
        return True

    def _raise(self, bound: float) -> None:
        """A better bound; where all costs are whole numbers, so is the cost of every choice."""
        paid = self.task.cost[self.task.cost != 0]
        if len(paid) and np.all(paid == np.round(paid)) and self.task.whole[self.task.cost != 0].all():
            bound = math.ceil(bound - WHOLE)
        self.bound = max(self.bound, bound)

    def _offer(self, x: Floats | None) -> None:
        if x is not None and self.task.meets(x) and (self.x is None or self.task.cost @ x < self.value - CLOSED):
            self.x = x
            self.clock.tell(self.value, self.bound)

    def _cut(self, x: Floats) -> bool:
        """Adds what ``x`` breaks; False where it breaks nothing."""
        found = [row for need in self.task.needs if (row := cut_of(self.task, need, x)) is not None]
        self.cuts += found
        return bool(found)

    def _program(self, *, whole: bool) -> Program:
        task = self.task
        integers = task.whole if whole else np.zeros(len(task.cost), dtype=np.bool_)
        rows = stacked([task.rows, *self.cuts])
        return Program(task.cost, np.zeros(len(task.cost)), task.top, integers, rows, maximise=False)


def cut_of(task: Task, need: Need, x: Floats) -> Rows | None:
    """The inequality on the columns that ``x`` breaks most, None where it breaks none."""
    opened = task.sites(x)
    level = _critical(need.saving, opened)
    coefficients = np.maximum(need.saving - level, 0.0).sum(axis=1)
    lacking = need.least - float(level.sum())
    if lacking <= 0:
        return None
    slack = 0.0 if need.slack is None else float(x[need.slack])
    if float(coefficients @ opened) + slack >= lacking - need.tolerance:
        return None
    row = task.carry.T @ np.minimum(coefficients, lacking)
    if need.slack is not None:
        row[need.slack] += 1.0
    return Rows(sparse.csr_array(row[None, :] / lacking), np.ones(1), np.array([np.inf]))


def _critical(saving: Floats, opened: Floats) -> Floats:
    """(points,) the saving of the site at which the open shares, largest savings first, reach one; 0 if they do not."""
    used = np.flatnonzero(opened > CLOSED)
    if not len(used):
        return np.zeros(saving.shape[1])
    part = saving[used]
    order = np.argsort(-part, axis=0, kind="stable")
    reached = np.cumsum(opened[used][order], axis=0) >= 1.0 - CLOSED
    place = np.where(reached.any(axis=0), reached.argmax(axis=0), -1)
    columns = np.arange(saving.shape[1])
    level: Floats = np.where(place >= 0, part[order[place, columns], columns], 0.0)
    return level


def greedy(task: Task, x: Floats) -> Floats | None:
    """A choice that meets everything, from ``x`` on: the column that brings most for its cost, again and again; then
    what is not needed goes, the dearest first. None where that does not get there."""
    x = x.copy()
    while not task.meets(x):
        column = _most(task, x)
        if column is None:
            return None
        x[column] += 1.0
    for column in np.argsort(-task.cost * (x > 0), kind="stable").tolist():
        while x[column] >= 1 and task.whole[column]:
            x[column] -= 1.0
            if not task.meets(x):
                x[column] += 1.0
                break
    return x


def _most(task: Task, x: Floats) -> int | None:
    """The column of which one more brings most of what is missing, for its cost; None where none brings anything."""
    opened = task.sites(x) > 0.5
    gain = np.zeros(len(x))
    for need, miss in zip(task.needs, task.misses(x), strict=True):
        if miss > need.tolerance:
            now = need.saving[opened].max(axis=0) if opened.any() else np.zeros(need.saving.shape[1])
            more = np.where(opened, 0.0, np.maximum(need.saving - now, 0.0).sum(axis=1))
            gain += task.carry.T @ np.minimum(more, miss) / miss
            if need.slack is not None:
                gain[need.slack] += min(1.0, miss) / miss
    held = task.rows.matrix @ x
    short = np.maximum(task.rows.low - held, 0.0)
    short[~np.isfinite(short)] = 0.0
    lacking = np.flatnonzero(short > WHOLE)
    if len(lacking):
        part = task.rows.matrix[lacking].toarray()
        gain += (np.minimum(np.maximum(part, 0.0), short[lacking, None]) / short[lacking, None]).sum(axis=0)
    room = x + 1.0 <= task.top + WHOLE
    over = np.flatnonzero(np.isfinite(task.rows.high))
    if len(over):
        after = held[over, None] + task.rows.matrix[over].toarray()
        room &= np.all((after <= task.rows.high[over, None] + WHOLE) | (after <= held[over, None]), axis=0)
    score = np.where(room & (gain > CLOSED), gain / np.maximum(task.cost, CLOSED), -1.0)
    best = int(score.argmax()) if len(score) else -1
    return best if best >= 0 and score[best] > 0 else None


def elastic(task: Task) -> Task:
    """The same with a column for what is missing of each need and of each soft row, as a share of it; what is missing
    together is then what costs, and nothing else does."""
    columns = len(task.cost)
    soft = np.ones(len(task.rows.low), dtype=np.bool_) if task.soft is None else task.soft
    low = np.flatnonzero(soft & np.isfinite(task.rows.low) & (task.rows.low > 0))
    high = np.flatnonzero(soft & np.isfinite(task.rows.high)) if task.soft is not None else low[:0]
    count = len(task.needs) + len(low) + len(high)
    needs = tuple(
        replace(need, slack=columns + place, saving=need.saving / scale, least=need.least / scale)
        for place, need in enumerate(task.needs)
        for scale in [max(abs(need.least), 1.0)]
    )
    bounds = np.concatenate([task.rows.low[low], task.rows.high[high]])
    values = np.maximum(np.abs(bounds), 1.0) * np.concatenate([np.ones(len(low)), -np.ones(len(high))])
    places = (np.concatenate([low, high]), len(task.needs) + np.arange(len(values)))
    slack = sparse.csr_array((values, places), (len(soft), count))
    matrix = sparse.csr_array(sparse.hstack([task.rows.matrix, slack], format="csr"))
    wide = sparse.csr_array(sparse.hstack([task.carry, sparse.csr_array((task.carry.shape[0], count))], format="csr"))
    return Task(
        cost=np.concatenate([np.zeros(columns), np.ones(count)]),
        top=np.concatenate([task.top, np.full(count, np.inf)]),
        whole=np.concatenate([task.whole, np.zeros(count, dtype=np.bool_)]),
        rows=Rows(matrix, task.rows.low, task.rows.high),
        needs=needs,
        carry=wide,
    )
