"""Resident-weighted statistics of response times, and the equal-area service radius."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from ..layers.boundaries import equal_area_crs
from .facts import Facts, Zone
from .results import SHARE_MINUTES

Floats = NDArray[np.float64]


def weighted_mean(values: Floats, residents: Floats) -> float:
    """Mean over residents; NaN without residents; zero residents add zero even to an infinite value."""
    counted = residents > 0
    total = float(residents[counted].sum())
    return float((values[counted] * residents[counted]).sum()) / total if total else math.nan


def weighted_quantile(values: Floats, residents: Floats, share: float) -> float:
    """Smallest value that at least ``share`` of the residents do not exceed; NaN without residents."""
    counted = residents > 0
    if not counted.any():
        return math.nan
    order = np.argsort(values[counted])
    reached = np.cumsum(residents[counted][order])
    place = int(np.searchsorted(reached, share * reached[-1] * (1 - 1e-12)))
    return float(values[counted][order][min(place, len(order) - 1)])


def share_within(values: Floats, residents: Floats, minutes: float) -> float:
    """Share of residents whose value is at most ``minutes``; NaN without residents."""
    total = float(residents.sum())
    return float(residents[values <= minutes].sum()) / total if total else math.nan


def mean_of_reached(values: Floats, residents: Floats) -> float:
    """Mean over the residents that are reached; NaN where nobody is."""
    reached = np.isfinite(values)
    return weighted_mean(values[reached], residents[reached])


def area_km2(area: BaseGeometry, crs: object) -> float:
    """Area in an equal-area projection centred on it (Lambert azimuthal); 0 for an empty one."""
    if area.is_empty:
        return 0.0
    series = gpd.GeoSeries([area], crs=crs)
    return float(series.to_crs(equal_area_crs(series)).area.iloc[0]) / 1e6


def equal_area_radius_km(square_km: float, stations: int) -> float:
    """Radius of the circle of the area one station serves on average: sqrt(area / (pi n)); inf without a station.

    It reproduces the figures that Chinese bureaus report (docs/standards.md).
    """
    return math.sqrt(square_km / (math.pi * stations)) if stations else math.inf


def statistics(facts: Facts) -> pd.DataFrame:
    """One row per area; columns as :class:`.results.Assessment` lists them."""
    rows = [_row(facts, "city", facts.study.city, "", facts.inside("all"), facts.area("all"))]
    if facts.study.urban_area is not None:
        zones: tuple[Zone, ...] = ("urban", "township")
        rows += [_row(facts, "zone", zone, "", facts.inside(zone), facts.area(zone)) for zone in zones]
    for county, ground in facts.study.counties.frame.set_index("county").geometry.items():
        rows.append(_row(facts, "county", str(county), str(county), facts.inside("all", str(county)), ground))
    rows += _township_rows(facts)
    return pd.DataFrame(rows)


def _township_rows(facts: Facts) -> list[dict[str, object]]:
    townships = facts.study.townships
    if townships is None or townships.frame.geometry.isna().any():
        return []
    demand = facts.demand
    rows = []
    for county, township, ground in townships.frame[["county", "township", "geometry"]].itertuples(index=False):
        here = (demand["county"] == county).to_numpy() & (demand["township"] == township).to_numpy()
        rows.append(_row(facts, "township", township, county, here, ground))
    return rows


def _row(
    facts: Facts, level: str, unit: str, county: str, here: NDArray[np.bool_], ground: BaseGeometry | None
) -> dict[str, object]:
    residents = facts.demand["residents"].to_numpy()[here]
    minutes = facts.minutes()[here]
    located = facts.stations.located
    inside = 0 if ground is None else int(shapely.covers(ground, located.geometry.to_numpy()).sum())
    square_km = math.nan if ground is None else area_km2(ground, facts.demand.crs)
    row: dict[str, object] = {
        "level": level,
        "unit": unit,
        "county": county,
        "residents": float(residents.sum()),
        "stations": inside,
        "area_km2": square_km,
        "reached_share": share_within(minutes, residents, np.finfo(float).max),
        "mean_min": mean_of_reached(minutes, residents),
        "mean_low_min": mean_of_reached(facts.minutes(("low", "stated"))[here], residents),
        "mean_high_min": mean_of_reached(facts.minutes(("high", "stated"))[here], residents),
        "median_min": weighted_quantile(minutes, residents, 0.5),
        "p90_min": weighted_quantile(minutes, residents, 0.9),
    }
    row |= {f"share_{m}": share_within(minutes, residents, m) for m in SHARE_MINUTES}
    row["mean_road_km"] = mean_of_reached(facts.runs["central", "stated"]["road_km"].to_numpy()[here], residents)
    row["mean_straight_km"] = mean_of_reached(facts.straight_km[here], residents)
    row["radius_km"] = equal_area_radius_km(square_km, inside) if inside else math.nan
    return row
