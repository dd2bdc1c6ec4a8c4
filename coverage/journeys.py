"""Journeys of residents to facilities, by car or on foot, at every speed; and distances between facilities.

On foot a study whose roads are a walk network is walked along it; elsewhere the straight line times the detour is,
at walking speed, which is a model and called one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from ..layers.roads.legs import Costs
from ..layers.roads.speeds import LEVELS, WALK_KPH, Level, walking
from .facts import Facts, straight_km
from .parameters import PRECISE
from .times import block_minutes, nearest_of, snap_points

Mode = Literal["car", "walk"]
Floats = NDArray[np.float64]


def walked_on_roads(facts: Facts) -> bool:
    """Whether the study's roads are those of pedestrians."""
    return facts.study.settings.roads.profile == "walk"


def journey(facts: Facts, mode: Mode, facilities: gpd.GeoDataFrame, level: Level) -> pd.DataFrame:
    """``minutes`` and ``km`` of each demand point to the nearest of the facilities, inf where there is none."""
    at = facts.model.speeds.level_of(level) if mode == "car" else level
    key = ("journey", mode, at, tuple(sorted(facilities["id"])))
    return facts.once(key, lambda: _journey(facts, mode, facilities, at))


def _journey(facts: Facts, mode: Mode, facilities: gpd.GeoDataFrame, level: Level) -> pd.DataFrame:
    demand, access = facts.demand, facts.model.access
    if mode == "walk" and not walked_on_roads(facts):
        km = straight_km(facilities, demand) * access.detour
        return pd.DataFrame({"minutes": km / WALK_KPH[LEVELS.index(level)] * 60.0, "km": km})
    speeds = walking() if mode == "walk" else replace(facts.model.speeds, emergency_factor=1.0)
    roads = facts.study.roads.at_speeds(speeds, level)
    start = facts.once("demand snap", lambda: snap_points(roads, demand, access, "start"))
    end = snap_points(roads, facilities, access, "end")
    found = nearest_of(Costs(roads, access, reverse=True), end, start, np.zeros(len(facilities)))
    return found[["minutes", "km"]]


def blur(facts: Facts, mode: Mode, facilities: gpd.GeoDataFrame, level: Level) -> tuple[float, float]:
    """Minutes and km that the worst-placed facility may be farther or nearer than its point."""
    rough = facilities[~facilities["precision"].isin(PRECISE)]
    if rough.empty:
        return 0.0, 0.0
    km = float(rough["uncertainty_km"].max()) * facts.model.access.detour
    kph = WALK_KPH[LEVELS.index(level)] if mode == "walk" else facts.model.speeds.unclassed_kph(level)
    return km / kph * 60.0, km


def km_between(facts: Facts, sources: gpd.GeoDataFrame, targets: gpd.GeoDataFrame, *, road: bool) -> Floats:
    """Km from each source to each target (sources, targets): the shortest way by road, or the straight line."""
    key = ("km", road, _identity(sources), _identity(targets))
    return facts.once(key, lambda: _km(facts, sources, targets, road))


def _identity(places: gpd.GeoDataFrame) -> tuple[str, ...]:
    return tuple(str(name) for name in places["id"])


def _km(facts: Facts, sources: gpd.GeoDataFrame, targets: gpd.GeoDataFrame, road: bool) -> Floats:
    shape = (len(sources), len(targets))
    if not all(shape):
        return np.full(shape, np.inf)
    if not road:
        return np.asarray(
            shapely.distance(sources.geometry.to_numpy()[:, None], targets.geometry.to_numpy()[None, :]) / 1000.0
        )
    costs = Costs(facts.study.roads, facts.model.access, weight="km")
    start = snap_points(facts.study.roads, sources, costs.access, "start")
    end = snap_points(facts.study.roads, targets, costs.access, "end")
    km = np.full(shape, np.inf)
    for rows, block in block_minutes(costs, start, end, np.zeros(len(sources))):
        km[rows] = block
    return km
