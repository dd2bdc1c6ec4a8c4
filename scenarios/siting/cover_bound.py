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

# measured on 10,000 x 500: the bound ends 0.05 % above that of the linear program; with a memory of 0.5, 0.6 %
MEMORY = 0.97  # of the direction before
PATIENCE = 80  # steps without a gain before they are halved
LEAST_STEP = 0.001
GAIN = 1e-5  # relative; a smaller one does not count
FEW_STEPS, MOST_STEPS = 200, 4000  # small questions are soon solved without


@dataclass(frozen=True)
class Priced:
    """``bound``: no choice is worth more (``offset`` included); ``price[column]``: what a site there earns at the best
    prices."""

    bound: float
    price: FloatArray


def priced(case: Case, value: float, start: IntArray, clock: Clock, *, share_of_time: float = 0.2) -> Priced:
    """Subgradient steps from the choice ``start`` with the value ``value``. Needs a concave case without needs."""
    counts = case.counts(start)
    here: FloatArray = 0.5 * (case.marginal(counts) + case.marginal(np.maximum(counts - 1, 0)))
    best, kept, bound = here, np.zeros(len(case.columns)), np.inf
    until = clock.seconds + share_of_time * clock.left_s
    goal = value - case.offset
    step, stale, heading = 1.0, 0, np.zeros(len(here))
    for _ in range(min(MOST_STEPS, FEW_STEPS + case.reach.nnz // 10)):
        earned, times, current = _relaxed(case, here)
        stale += 1
        if current < bound:
            stale = stale if current > bound * (1 - GAIN) else 0
            best, kept, bound = here, earned, current
        if bound <= goal * (1 + 1e-12) or step < LEAST_STEP or clock.over or clock.seconds > until:
            break
        if stale >= PATIENCE:
            step, stale, here, heading = step / 2, 0, best, np.zeros(len(here))
            earned, times, current = _relaxed(case, here)
        slope = case.reach @ times - (case.worth > here[:, None]).sum(axis=1)
        heading = slope + MEMORY * heading
        length = float(np.square(heading).sum())
        if length == 0:
            break
        here = np.clip(here - step * max(current - goal, 1e-9 * abs(goal)) / length * heading, 0.0, case.worth[:, 0])
        clock.tell(value, bound + case.offset)
    return Priced(bound + case.offset, kept)


def _relaxed(case: Case, prices: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """What each column earns at these prices, how many sites go there, and the bound that gives, without ``offset``.

    Sums, not products of vectors: BLAS threads cost more than they give here.
    """
    earned: FloatArray = case.back @ prices
    times = _best_times(case, earned)
    return earned, times, float(np.maximum(case.worth - prices[:, None], 0.0).sum() + (earned * times).sum())


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
