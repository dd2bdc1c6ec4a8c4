"""Lower bounds of the p-median by Lagrangian relaxation (Cornuejols, Fisher and Nemhauser 1977).

"Everybody goes to exactly one site" is priced instead of required: with a price ``u`` per demand point a site is
worth ``rho_i = sum_d min(0, cost_id - u_d)``, and the best choice of sites is the fixed ones and the lowest ``rho``.
What that gives is below the value of every choice of sites, whatever the prices; they are raised by subgradients with
a deflected direction (Held, Wolfe and Crowder 1974; Camerini, Fratta and Maffioli 1975).

Number and group minimums are kept, a budget is priced, spacing is left out: leaving a condition out never raises a
minimum, so the bound holds with it. Each bound is lowered by more than rounding can have added to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .clock import Clock
from .interchange import Moves
from .result import BoolArray, FloatArray, IntArray

UNIT_ROUNDOFF = 2.0**-53
DEFLECTION = 0.5
PATIENCE = 15  # steps without a better bound before the step is shortened
SHORTER = 0.7
SHORTEST = 1e-4


@dataclass(frozen=True)
class Priced:
    """What prices ``u`` give: a valid ``bound``, the sites' worth ``rho`` (price of money included), who is picked."""

    u: FloatArray
    bound: float
    rho: FloatArray
    picked: IntArray


class Serving(Protocol):
    """How sites serve at prices ``u``: the part that differs with and without capacities."""

    def worth(self, u: FloatArray) -> FloatArray:
        """[row]: the lowest sum of (cost - price) over what a site may serve; never above 0."""
        ...

    def served(self, rows: IntArray) -> FloatArray:
        """[demand]: how often (in parts) these rows serve each point at the prices asked for last."""
        ...


class Nearby:
    """Sites without a capacity: each serves whatever is cheaper than its price. ``inf`` is never served."""

    def __init__(self, table: FloatArray) -> None:
        self.table = table
        self._below = np.empty_like(table)

    def worth(self, u: FloatArray) -> FloatArray:
        np.subtract(self.table, u, out=self._below)
        np.minimum(self._below, 0.0, out=self._below)
        worth: FloatArray = self._below.sum(axis=1)
        return worth

    def served(self, rows: IntArray) -> FloatArray:
        times: FloatArray = (self._below[rows] < 0).sum(axis=0).astype(np.float64)
        return times


def price(serving: Serving, keep: IntArray, moves: Moves, u: FloatArray) -> Priced:
    """The bound at prices ``u``."""
    worth = serving.worth(u)
    picked, rho, owed = _pick(worth, moves)
    size = np.abs(u).sum() + np.abs(worth[picked]).sum() + np.abs(worth[keep]).sum() + 2 * owed
    error = 8.0 * (len(u) + len(rho) + 2) * UNIT_ROUNDOFF * float(size)
    bound = float(u.sum() + rho[keep].sum() + rho[picked].sum() - owed) - error
    return Priced(u, bound, rho, picked)


def _pick(rho: FloatArray, moves: Moves) -> tuple[IntArray, FloatArray, float]:
    """The cheapest new rows, ``rho`` with the price of money, and that price times the budget.

    The price of money is found by halving: any price >= 0 is valid, the best is where what is spent meets the budget.
    """
    picked = _cheapest(rho, moves)
    if moves.cost is None or moves.cost[picked].sum() <= moves.budget:
        return picked, rho, 0.0
    low, high = 0.0, float(-rho.min() / max(moves.cost[moves.cost > 0].min(), 1e-300))
    best = (-np.inf, picked, rho, 0.0)
    for _ in range(40):
        middle = (low + high) / 2
        priced = np.where(moves.free, rho + middle * moves.cost, rho)
        picked = _cheapest(priced, moves)
        bound = float(priced[picked].sum()) - middle * moves.budget
        if bound > best[0]:
            best = (bound, picked, priced, middle * moves.budget)
        if moves.cost[picked].sum() > moves.budget:
            low = middle
        else:
            high = middle
    return best[1], best[2], best[3]


def _cheapest(rho: FloatArray, moves: Moves) -> IntArray:
    """At most ``p`` free rows with the lowest ``rho``, the groups' needs among them: exact, for each group must hold
    its lowest anyway."""
    order = np.flatnonzero(moves.free)
    order = order[np.argsort(rho[order], kind="stable")]
    must = np.zeros(len(order), dtype=np.bool_)
    for group in np.flatnonzero(moves.need).tolist():
        must[np.flatnonzero(moves.group[order] == group)[: moves.need[group]]] = True
    rest = np.flatnonzero(~must & (rho[order] < 0))[: max(0, moves.p - int(must.sum()))]
    must[rest] = True
    return order[must]


def ascend(
    serving: Serving,
    keep: IntArray,
    moves: Moves,
    u: FloatArray,
    *,
    upper: float,
    steps: int,
    clock: Clock,
    enough: float = 0.0,
    reach: float = 1.5,
    seen: Callable[[Priced], float] | None = None,
) -> Priced:
    """The best bound found within ``steps``; ends early where it is within ``enough`` (relative) of ``upper``.

    ``reach``: how far the first step goes; ``seen`` is told each choice of sites and gives back the best value known
    (a lower ``upper``).
    """
    best = price(serving, keep, moves, u)
    stale = 0
    direction: FloatArray | None = None
    at = best
    for _ in range(steps):
        if seen is not None:
            upper = min(upper, seen(at))
        near = math.isfinite(upper) and upper - best.bound <= enough * abs(upper)
        if near or clock.over or reach < SHORTEST:
            break
        over = 1.0 - serving.served(np.concatenate([keep, at.picked]))
        direction = over if direction is None else DEFLECTION * over + (1 - DEFLECTION) * direction
        length = float(direction @ direction)
        if length == 0 or not over.any():
            break
        ahead = max(1.02 * upper - at.bound, 1e-9 * abs(upper)) if math.isfinite(upper) else abs(at.bound) * 0.05 + 1.0
        at = price(serving, keep, moves, np.maximum(at.u + reach * ahead / length * direction, 0.0))
        stale = 0 if at.bound > best.bound + 1e-6 * abs(best.bound) else stale + 1
        if at.bound > best.bound:
            best = at
        if stale >= PATIENCE:
            at, direction, stale, reach = best, None, 0, reach * SHORTER
            serving.worth(at.u)
    return best


@dataclass(frozen=True)
class Fixing:
    """What a bound and a known value decide: rows that no better choice has, rows that every better choice has."""

    out: BoolArray
    sure: BoolArray


def fixing(priced: Priced, moves: Moves, limit: float) -> Fixing:
    """Reduced costs: what a choice with (without) a row costs at least, against ``limit``.

    With an unpicked row another one goes, at best the dearest picked one; without a picked row another one comes, at
    best the cheapest unpicked one.
    """
    rho, picked = priced.rho, priced.picked
    is_picked = np.zeros(len(rho), dtype=np.bool_)
    is_picked[picked] = True
    full = len(picked) >= moves.p
    dearest = float(rho[picked].max(initial=-np.inf if full else 0.0)) if len(picked) else 0.0
    others = rho[moves.free & ~is_picked]
    cheapest = float(min(0.0, others.min(initial=0.0)))
    slack = 1e-12 * (abs(priced.bound) + abs(limit))
    out = moves.free & ~is_picked & (priced.bound + np.maximum(rho - dearest, 0.0) > limit + slack)
    sure = is_picked & (priced.bound + np.maximum(cheapest - rho, 0.0) > limit + slack)
    return Fixing(out, sure)


def radius(priced: Priced, limit: float) -> FloatArray:
    """[demand]: the highest cost at which a choice as good as ``limit`` can serve the point.

    Being served at cost ``c`` above the price costs ``c - u`` more than the bound.
    """
    slack = 1e-12 * (abs(priced.bound) + abs(limit))
    highest: FloatArray = np.maximum(priced.u, 0.0) + max(0.0, limit - priced.bound) + slack
    return highest
