"""Where people are on a comparison's page, and their minutes in each scenario, in few bytes.

The study's minutes are written once; a scenario has only the points whose minutes change, as steps from one to the next
and differences of minutes. Minutes are rounded up to tenths, so that whoever is within a limit of whole minutes stays
within it. More than :data:`MOST_POINTS` points are put together in cells.
"""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..page.data import Json
from ..words import plain

MOST_POINTS = 20_000
UNREACHED = 65_535
PER_MINUTE = 10
STEPS = 65_535
DEGREE_KM = 111.3
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Points:
    """What is drawn: ``cell`` (D,) is the point of each demand point (-1: nobody lives there), ``weight`` (D,) its
    residents; ``lon``, ``lat``, ``residents``, ``place`` of each point; ``cell_km`` the side of a cell, 0 where
    each demand point is a point; ``minutes`` those of the study as it is, in tenths."""

    cell: NDArray[np.int64]
    weight: Floats
    lon: Floats
    lat: Floats
    residents: Floats
    place: NDArray[np.object_]
    cell_km: float
    minutes: NDArray[np.int64]

    def minutes_of(self, minutes: Floats) -> NDArray[np.int64]:
        """Tenths of minutes of each point, those of its people who are reached; UNREACHED where most are not."""
        here = self.cell >= 0
        cell, weight, minutes = self.cell[here], self.weight[here], minutes[here]
        return _tenths(cell, weight, minutes, len(self.lon))

    def changed(self, minutes: Floats) -> str:
        """The points whose minutes differ from the study's, packed (see :func:`packed`)."""
        return packed(self.minutes, self.minutes_of(minutes))

    def content(self) -> Json:
        """As the page reads it."""
        west, south, east, north = self.box
        names, which = np.unique(self.place.astype(str), return_inverse=True)
        return {
            "count": len(self.lon),
            "box": [west, south, east, north],
            "lon": _base64(_scaled(self.lon, west, east).astype("<u2")),
            "lat": _base64(_scaled(self.lat, south, north).astype("<u2")),
            "residents": _base64(self.residents.astype("<f4")),
            "minutes": _base64(self.minutes.astype("<u2")),
            "place": _base64(which.astype("<u2")),
            "names": [plain(name) for name in names],
            "cell_km": self.cell_km,
            "spacing_km": round(self._spacing(), 4),
        }

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        if not len(self.lon):
            return 0.0, 0.0, 1.0, 1.0
        low, high = (self.lon.min(), self.lat.min()), (self.lon.max(), self.lat.max())
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def _spacing(self) -> float:
        """How far the typical point is from its nearest neighbour."""
        if self.cell_km or len(self.lon) < 2:
            return self.cell_km or 1.0
        from scipy.spatial import cKDTree

        squeeze = math.cos(math.radians(float(self.lat.mean())))
        plane = np.column_stack([self.lon * squeeze, self.lat]) * DEGREE_KM
        distance = np.asarray(cKDTree(plane).query(plane, k=2)[0], dtype=np.float64)
        return float(np.median(distance[:, 1]))


def points_of(demand: pd.DataFrame, most: int = MOST_POINTS) -> Points:
    """What a page draws of ``demand.parquet``."""
    residents = demand["residents"].to_numpy(dtype=np.float64)
    lon, lat, minutes = (demand[name].to_numpy(dtype=float) for name in ("lon", "lat", "minutes"))
    lived = residents > 0
    cell = np.full(len(demand), -1, dtype=np.int64)
    cell[lived] = np.arange(int(lived.sum()))
    side = 0.0
    if lived.sum() > most:
        cell[lived], side = _cells(lon[lived], lat[lived], most)
    weight, here = residents[lived], cell[lived]
    count = int(here.max()) + 1 if len(here) else 0
    sums = [
        np.bincount(here, weights=values, minlength=count).astype(np.float64)
        for values in (weight, weight * lon[lived], weight * lat[lived])
    ]
    first = np.zeros(count, dtype=np.int64)
    first[here[::-1]] = np.flatnonzero(lived)[::-1]
    return Points(
        cell=cell,
        weight=residents,
        lon=sums[1] / sums[0],
        lat=sums[2] / sums[0],
        residents=sums[0],
        place=_place_names(demand)[first],
        cell_km=round(side * DEGREE_KM, 2),
        minutes=_tenths(here, weight, minutes[lived], count),
    )


def _place_names(demand: pd.DataFrame) -> NDArray[np.object_]:
    county, township = (demand[name].to_numpy(dtype=object) for name in ("county", "township"))
    return np.where(township == "", county, np.where(county == "", township, county + " · " + township))


def _cells(lon: Floats, lat: Floats, most: int) -> tuple[NDArray[np.int64], float]:
    """A number for the square that each point lies in, the squares as small as their number allows; their side in
    degrees of latitude."""
    squeeze = math.cos(math.radians(float(lat.mean())))
    x, y = (lon - lon.min()) * squeeze, lat - lat.min()
    side = math.sqrt(max(float(x.max() * y.max()), 1e-9) / most) / 4
    while True:
        column, row = np.floor(x / side).astype(np.int64), np.floor(y / side).astype(np.int64)
        squares, which = np.unique(row * (column.max() + 1) + column, return_inverse=True)
        if len(squares) <= most:
            return which.astype(np.int64), side
        side *= 1.1


def _tenths(cell: NDArray[np.int64], weight: Floats, minutes: Floats, count: int) -> NDArray[np.int64]:
    reached = np.isfinite(minutes)
    people = np.bincount(cell, weights=weight, minlength=count)
    there = np.bincount(cell[reached], weights=weight[reached], minlength=count)
    total = np.bincount(cell[reached], weights=(weight * np.where(reached, minutes, 0.0))[reached], minlength=count)
    mean = total / np.where(there > 0, there, 1.0)
    tenths = np.ceil(np.round(mean * PER_MINUTE, 4)).astype(np.int64)
    return np.where(2 * there >= people, np.minimum(tenths, UNREACHED - 1), UNREACHED)


def packed(before: NDArray[np.int64], after: NDArray[np.int64]) -> str:
    """The points that differ, in base 64: for each the step from the last one and the difference of its tenths (even
    numbers rise, odd ones fall), both as bytes of seven bits, the last byte of a number below 128."""
    where = np.flatnonzero(before != after)
    steps = np.diff(where, prepend=0)
    rise = after[where] - before[where]
    signed = np.where(rise >= 0, 2 * rise, -2 * rise - 1)
    return _base64(_sevens(np.column_stack([steps, signed]).ravel()))


def _sevens(numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Numbers below 2 ** 21, lowest seven bits first."""
    parts = np.column_stack([(numbers >> shift) & 127 for shift in (0, 7, 14)])
    count = 1 + (numbers >= 128).astype(np.int64) + (numbers >= 16384)
    place = np.arange(3)
    parts = parts | np.where(place < (count - 1)[:, None], 128, 0)
    return parts[place < count[:, None]].astype(np.uint8)


def _scaled(values: Floats, low: float, high: float) -> Floats:
    return np.round((values - low) / max(high - low, 1e-12) * STEPS)


def _base64(values: NDArray[np.generic]) -> str:
    return base64.b64encode(values.tobytes()).decode()
