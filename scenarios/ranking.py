"""Ranks, and how firm they are: how often they are others in drawn worlds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LOW, HIGH = 5.0, 95.0


def order_and_rank(
    value: Floats, lost: Floats, failed: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The order of values, least first after fewest ``lost``, failed ones last; and the rank of each in that order, of
    which equal ones share one."""
    order = np.lexsort((np.arange(len(value)), value, lost, failed))
    ordered = np.column_stack([failed, lost, value])[order]
    new = np.r_[True, (ordered[1:] != ordered[:-1]).any(axis=1)][: len(order)]
    return order, np.maximum.accumulate(np.where(new, np.arange(1, len(order) + 1), 0))


@dataclass(frozen=True)
class DrawnRanks:
    """Of each scenario (S,): the ranks between which nine draws of ten lie, and the share of draws in which it is
    first or shares the first place; NaN for what failed. ``first_changes``: in how many of the draws none of those
    that are first by the study's own figures is first."""

    low: Floats
    high: Floats
    first: Floats
    draws: int
    first_changes: int

    @classmethod
    def of(cls, value: Floats, lost: Floats, failed: NDArray[np.bool_], first: NDArray[np.bool_]) -> DrawnRanks:
        """``value``, ``lost`` (draws, S) as :func:`order_and_rank` takes them; ``first`` (S,): who is first without
        draws."""
        ranks = np.empty(value.shape)
        for row in range(len(value)):
            order, rank = order_and_rank(value[row], lost[row], failed)
            ranks[row, order] = rank
        ranks[:, failed] = np.nan
        low = np.percentile(ranks, LOW, axis=0, method="inverted_cdf")
        high = np.percentile(ranks, HIGH, axis=0, method="inverted_cdf")
        best = ranks == 1
        share = np.where(failed, np.nan, best.mean(axis=0))
        changes = int((~best[:, first].any(axis=1)).sum())
        return cls(low, high, share, len(value), changes)
