"""Seeded siting questions: a prefecture of 112 km x 112 km with towns and villages, and one spread evenly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SIDE_KM = 112.0
TOWNS = 150
IN_TOWNS = 0.6
DETOUR = 1.3
SPEED_KPH = 40.0

Question = tuple[NDArray[np.float32], NDArray[np.float64]]


def prefecture(demand: int, candidates: int, seed: int) -> Question:
    """minutes[candidate, demand] and residents[demand].

    150 towns of log-normal size; 60 % of the demand points and candidates scatter around them (2.0 and 2.4 km), the
    others lie anywhere. Minutes: straight line x 1.3 at 40 km/h. Residents: log-normal, whole, about 150 each.
    """
    rng = np.random.default_rng(seed)
    centres = rng.random((TOWNS, 2)) * SIDE_KM
    share = rng.lognormal(0, 1, TOWNS)
    share /= share.sum()

    def scattered(count: int, scatter_km: float) -> NDArray[np.float64]:
        near = int(count * IN_TOWNS)
        around = centres[rng.choice(TOWNS, near, p=share)] + rng.normal(size=(near, 2)) * scatter_km
        return np.vstack([around, rng.random((count - near, 2)) * SIDE_KM])

    points, sites = scattered(demand, 2.0), scattered(candidates, 2.4)
    return _minutes(points, sites), np.ceil(rng.lognormal(4.5, 1, demand))


def evenly(demand: int, candidates: int, seed: int) -> Question:
    """The same without towns: points and candidates anywhere, residents from 1 to 499."""
    rng = np.random.default_rng(seed)
    points, sites = rng.random((demand, 2)) * SIDE_KM, rng.random((candidates, 2)) * SIDE_KM
    return _minutes(points, sites), rng.integers(1, 500, demand).astype(np.float64)


def _minutes(points: NDArray[np.float64], sites: NDArray[np.float64]) -> NDArray[np.float32]:
    square = np.zeros((len(sites), len(points)), dtype=np.float32)
    for axis in range(2):  # one axis at a time keeps the memory at that of the table
        square += np.square(points[None, :, axis] - sites[:, None, axis], dtype=np.float32, casting="same_kind")
    return np.sqrt(square) * np.float32(DETOUR / SPEED_KPH * 60)
