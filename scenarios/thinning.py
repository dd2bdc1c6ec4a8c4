"""Fewer places out of many, spread evenly: greedy thinning by a minimum spacing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

STEPS = 16


def thinned(xy: NDArray[np.float64], count: int, spacing_km: float | None = None) -> NDArray[np.int64]:
    """Positions of at most ``count`` places (P, 2, metres), in their order, the first ones preferred.

    No two are nearer than ``spacing_km``. Without a spacing it is the largest that still leaves ``count`` places (to
    1/65,536 of the extent).
    """
    if len(xy) <= 1:
        return np.arange(len(xy))
    tree = cKDTree(xy)
    if spacing_km is not None:
        return _spaced(xy, tree, 1000 * spacing_km, count)
    if len(xy) <= count:
        return np.arange(len(xy))
    few, many = float(np.hypot(*np.ptp(xy, axis=0))) + 1.0, 0.0
    kept = np.arange(count)
    for _ in range(STEPS):
        spacing = (few + many) / 2
        found = _spaced(xy, tree, spacing, count)
        if len(found) < count:
            few = spacing
        else:
            many, kept = spacing, found
    return kept


def _spaced(xy: NDArray[np.float64], tree: cKDTree, spacing_m: float, count: int) -> NDArray[np.int64]:
    """The first ``count`` places that are left when each one kept puts out those nearer than ``spacing_m``."""
    out = np.zeros(len(xy), dtype=bool)
    kept: list[int] = []
    for place in range(len(xy)):  # each choice depends on those before it
        if out[place]:
            continue
        kept.append(place)
        if len(kept) == count:
            break
        out[tree.query_ball_point(xy[place], np.nextafter(spacing_m, 0))] = True
    return np.array(kept, dtype=np.int64)
