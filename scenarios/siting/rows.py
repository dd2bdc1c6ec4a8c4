"""The conditions that every model knows, as rows of a linear program over the candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .instance import Instance
from .result import FloatArray, IntArray


@dataclass(frozen=True)
class Rows:
    """``low <= matrix @ x <= high``."""

    matrix: sparse.csr_array
    low: FloatArray
    high: FloatArray

    def widened(self, columns: int) -> Rows:
        """The same with ``columns`` more columns of zeros behind."""
        height, width = self.matrix.shape
        wide = sparse.csr_array((self.matrix.data, self.matrix.indices, self.matrix.indptr), (height, width + columns))
        return Rows(wide, self.low, self.high)


def stacked(parts: Sequence[Rows]) -> Rows:
    """All rows below each other."""
    return Rows(
        sparse.csr_array(sparse.vstack([part.matrix for part in parts], format="csr")),
        np.concatenate([part.low for part in parts]),
        np.concatenate([part.high for part in parts]),
    )


def side_rows(instance: Instance, chosen: IntArray) -> Rows:
    """Number, budget, spacing and group minimums of the *new* sites; a column for each candidate of ``chosen``.

    Where a site may hold several vehicles the columns count those; spacing then needs columns of its own
    (:func:`spacing_rows`) and is not among these rows.

    ``chosen`` are open candidates; the columns count what is new there (the fixed sites are in the right-hand sides).
    """
    width = len(chosen)
    parts = [_empty(width)]
    if instance.p is not None:
        parts.append(_single(np.ones(width), -np.inf, instance.p))
    if instance.given.cost is not None:
        parts.append(_single(instance.given.cost[chosen], -np.inf, instance.given.budget))
    if instance.near is not None and not instance.repeats:
        parts.append(spacing_rows(instance, chosen))
    if instance.group_need.any():
        needy = np.flatnonzero(instance.group_need)
        members = (instance.group[chosen][None, :] == needy[:, None]).astype(np.float64)
        parts.append(
            Rows(sparse.csr_array(members), instance.group_need[needy].astype(np.float64), np.full(len(needy), np.inf))
        )
    return stacked(parts)


def spacing_rows(instance: Instance, chosen: IntArray) -> Rows:
    """At most one of two new sites that are too near to each other; columns are 0 or 1. No rows without a spacing."""
    if instance.near is None:
        return _empty(len(chosen))
    near = instance.near[np.ix_(chosen, chosen)]
    fixed = instance.is_fixed[chosen]
    near &= ~fixed[:, None] & ~fixed[None, :]
    first, second = np.nonzero(np.triu(near))
    return _pairs(first, second, len(chosen))


def _empty(width: int) -> Rows:
    return Rows(sparse.csr_array((0, width)), np.zeros(0), np.zeros(0))


def _single(values: FloatArray, low: float, high: float) -> Rows:
    return Rows(sparse.csr_array(values[None, :]), np.array([low]), np.array([high], dtype=np.float64))


def _pairs(first: IntArray, second: IntArray, width: int) -> Rows:
    count = len(first)
    columns = np.column_stack([first, second]).ravel()
    matrix = sparse.csr_array((np.ones(2 * count), columns, np.arange(0, 2 * count + 1, 2)), (count, width))
    return Rows(matrix, np.full(count, -np.inf), np.ones(count))
