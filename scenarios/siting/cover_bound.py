"""How many residents no choice of sites can exceed: a Lagrangian bound, and which candidates it rules out.

The rows "a class counts as reached as often as sites reach it" are relaxed with a price each; what is left falls
apart into classes and candidates (Galvão and ReVelle 1996). Prices are found by subgradient steps (Held, Wolfe and
Crowder 1974). Budget, spacing and group minimums are left out, which keeps it a bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .case import Case
from .clock import Clock
from .result import BoolArray, FloatArray, IntArray

STEPS = 400
PATIENCE = 15
LEAST_STEP = 0.004


@dataclass(frozen=True)
class Priced:
    """``bound``: no choice is worth more (``offset`` included); ``price[column]``: what a site there earns at the best
    prices."""

    bound: float
    price: FloatArray


def priced(case: Case, value: float, start: IntArray, clock: Clock, *, share_of_time: float = 0.4) -> Priced:
    """Subgradient steps from the choice ``start`` with the value ``value``. Needs a concave case without needs."""
    back = case.reach.T.tocsr()
    counts = case.counts(start)
    prices: FloatArray = 0.5 * (case.marginal(counts) + case.marginal(np.maximum(counts - 1, 0)))
    until = clock.seconds + share_of_time * clock.left_s
    bound, step, stale = np.inf, 1.0, 0
    kept: FloatArray = np.zeros(len(case.columns))
    goal = value - case.offset
    best_prices: FloatArray = prices
    heading = np.zeros(len(prices))
    for _ in range(STEPS):
        earned: FloatArray = back @ prices
        times = _best_times(case, earned)
        current = float(np.maximum(case.worth - prices[:, None], 0.0).sum() + earned @ times)
        stale += 1
        if current < bound - 1e-12 * abs(bound) or not np.isfinite(bound):
            stale = stale if current > bound - 1e-5 * abs(bound) else 0
            bound, kept, best_prices = current, earned, prices
        if bound <= goal * (1 + 1e-12) or step < LEAST_STEP or clock.over or clock.seconds > until:
            break
        if stale >= PATIENCE:
            step, stale, current = step / 2, 0, bound
            prices, heading = best_prices, np.zeros(len(prices))
            earned = back @ prices
            times = _best_times(case, earned)
        slope: FloatArray = case.reach @ times - (case.worth > prices[:, None]).sum(axis=1)
        heading = slope + 0.5 * heading
        length = float(heading @ heading)
        if length == 0:
            break
        prices = np.maximum(prices - step * max(current - goal, 1e-9 * abs(goal)) / length * heading, 0.0)
        clock.tell(value, bound + case.offset)
    return Priced(bound + case.offset, kept)


def _best_times(case: Case, earned: FloatArray) -> FloatArray:
    """[column]: how many sites the relaxed question puts there."""
    times = np.zeros(len(earned))
    left = case.instance.p if case.instance.p is not None else int(case.top.sum())
    order = np.argsort(-earned, kind="stable")
    upto = np.minimum(np.cumsum(case.top[order]), left)
    times[order] = np.diff(upto, prepend=0)
    times[earned <= 0] = 0
    return times


def ruled_out(case: Case, priced_: Priced, value: float, chosen: IntArray, step: float) -> tuple[BoolArray, BoolArray]:
    """Columns without which, and columns with which alone, a value of at least ``value + step`` is possible.

    Gives (never, always): no better choice holds a column of ``never``, every better one holds all of ``always``.
    Those of ``chosen`` are never in ``never`` and all of ``always`` is among ``chosen``. For sites of one each.
    """
    p = case.instance.p
    inside = case.times(chosen) > 0
    times = _best_times(case, priced_.price) > 0
    limit = value + step * (1 - 1e-6)
    earned = np.maximum(priced_.price, 0.0)
    full = p is not None and int(times.sum()) >= p
    lost = float(earned[times].min()) if full and times.any() else 0.0
    gained = float(earned[~times].max()) if full and (~times).any() else 0.0
    never = ~times & ~inside & (priced_.bound - lost + earned < limit)
    always = times & inside & (priced_.bound - earned + gained < limit)
    return never, always
