"""Journeys of residents to candidates, with the arithmetic of rules about reach."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np

from ...coverage.facts import Facts
from ...coverage.journeys import journey
from ...coverage.times import block_minutes, nearest_of, snap_points
from ...layers.roads.legs import Costs
from ...layers.roads.speeds import Level
from .layout import Floats


def candidate_journeys(
    facts: Facts, places: gpd.GeoDataFrame, standing: gpd.GeoDataFrame, level: Level, *, km: bool
) -> Floats:
    """(1 + J, D) minutes (or km of the fastest way) of each demand point: first to the nearest of the facilities that
    stand, then to each of the candidates, by car."""
    column = "km" if km else "minutes"
    first = journey(facts, "car", standing, level)[column].to_numpy()
    speeds = replace(facts.model.speeds, emergency_factor=1.0)
    roads = facts.study.roads.at_speeds(speeds, facts.model.speeds.level_of(level))
    access = facts.model.access
    start = snap_points(roads, facts.demand, access, "start")
    end = snap_points(roads, places, access, "end")
    costs = Costs(roads, access, reverse=True)
    table = np.full((1 + len(places), len(facts.demand)), np.inf)
    table[0] = first
    if km:
        for place in range(len(places)):  # km of the fastest way is known for one facility at a time
            one = snap_points(roads, places.iloc[[place]], access, "end")
            table[1 + place] = nearest_of(costs, one, start, np.zeros(1))["km"].to_numpy()
        return table
    for rows, block in block_minutes(costs, end, start, np.zeros(len(places))):
        table[1 + rows.start : 1 + rows.stop] = block
    return table
