"""Driving and walking speeds by road class, each with a low, a central and a high value.

No verified speed table for Guangxi could be found, so the defaults are our rounding of what is usual in Chinese
accessibility studies (expressway 100-120, national 80, provincial 60, county 40-50, township 20-30 km/h; unverified)
bounded by the router R5's defaults (motorway 105, trunk 89, primary 72, secondary 56, tertiary and other 40 km/h).
They are labelled ``unverified`` in every output; a study replaces them under ``[speeds.classes]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Level = Literal["low", "central", "high"]
LEVELS: tuple[Level, ...] = ("low", "central", "high")
Kph = tuple[float, float, float]

DRIVE_KPH: Mapping[str, Kph] = MappingProxyType(
    {
        "motorway": (80.0, 100.0, 120.0),
        "motorway_link": (30.0, 40.0, 60.0),
        "trunk": (60.0, 80.0, 89.0),
        "trunk_link": (30.0, 40.0, 50.0),
        "primary": (40.0, 60.0, 72.0),
        "primary_link": (25.0, 35.0, 45.0),
        "secondary": (30.0, 45.0, 56.0),
        "secondary_link": (20.0, 30.0, 40.0),
        "tertiary": (20.0, 35.0, 40.0),
        "tertiary_link": (15.0, 25.0, 35.0),
        "unclassified": (20.0, 30.0, 40.0),
        "residential": (15.0, 25.0, 40.0),
        "road": (15.0, 25.0, 40.0),
        "living_street": (10.0, 15.0, 20.0),
        "service": (10.0, 15.0, 20.0),
        "track": (8.0, 15.0, 20.0),
        "busway": (20.0, 30.0, 40.0),
        "pedestrian": (5.0, 10.0, 15.0),
        "ferry": (6.0, 10.0, 15.0),
    }
)
UNCLASSED_KPH: Kph = (20.0, 35.0, 50.0)
WALK_KPH: Kph = (4.0, 5.0, 5.5)
DEFAULT_SOURCE = "carereach default, unverified: no published speed table was found (docs/method.md)"


@dataclass(frozen=True)
class SpeedTable:
    """Speeds in km/h by road class as ``(low, central, high)``.

    ``classes`` is keyed by the value of OSM's ``highway`` tag (or ``ferry``); a road of any other class takes
    ``unclassed``. Where a road carries a speed limit and ``use_maxspeed`` is on, its central speed is that limit, and
    low and high stand in the same ratio to it as in its class. ``emergency_factor`` and ``time_of_day_factor``
    multiply every driving speed, ferries excepted.
    """

    classes: Mapping[str, Kph] = field(default_factory=lambda: DRIVE_KPH)
    unclassed: Kph = UNCLASSED_KPH
    use_maxspeed: bool = True
    emergency_factor: float = 1.0
    time_of_day_factor: float = 1.0
    source: str = DEFAULT_SOURCE

    def kph(self, road_class: NDArray[np.str_], maxspeed_kph: NDArray[np.float64], level: Level) -> NDArray[np.float64]:
        """Speed of each road; ``maxspeed_kph`` is NaN where no limit is known."""
        names, codes = np.unique(road_class, return_inverse=True)
        position = LEVELS.index(level)
        rows = np.array([self.classes.get(str(name), self.unclassed) for name in names], dtype=float).reshape(-1, 3)
        by_class = rows[codes, position]
        if self.use_maxspeed:
            limited = maxspeed_kph * rows[codes, position] / rows[codes, 1]
            by_class = np.where(np.isfinite(maxspeed_kph), limited, by_class)
        factor = np.where(names[codes] == "ferry", 1.0, self.emergency_factor * self.time_of_day_factor)
        return np.asarray(by_class * factor, dtype=float)

    def level_of(self, level: Level) -> Level:
        """The level whose speeds those of ``level`` are: itself, unless a table knows only one."""
        return level

    def unclassed_kph(self, level: Level) -> float:
        """Speed of roads of no class, without factors."""
        return self.unclassed[LEVELS.index(level)]


@dataclass(frozen=True)
class DrawnSpeeds(SpeedTable):
    """Speeds as they may be: the same at every level. Of each class the first and the third figure are the drawn
    speed, the second the central one it was drawn around, to which a speed limit is held."""

    def kph(self, road_class: NDArray[np.str_], maxspeed_kph: NDArray[np.float64], level: Level) -> NDArray[np.float64]:
        """Speed of each road, whatever the level."""
        return super().kph(road_class, maxspeed_kph, "low")

    def level_of(self, level: Level) -> Level:
        """The central level stands for all."""
        return "central"

    def unclassed_kph(self, level: Level) -> float:
        """The drawn speed of roads of no class, without factors."""
        return self.unclassed[0]


def walking(kph: Kph = WALK_KPH) -> SpeedTable:
    """The table of a pedestrian: one speed on every road, limits ignored.

    5 km/h is AccessMod's example; 4 and 5.5 are our margin (unverified).
    """
    return SpeedTable(
        classes={"ferry": DRIVE_KPH["ferry"]}, unclassed=kph, use_maxspeed=False, source="AccessMod example 5 km/h"
    )


def for_profile(profile: str) -> SpeedTable:
    """The default table of a profile: ``car``, ``ambulance`` or ``walk``."""
    return walking() if profile == "walk" else SpeedTable()
