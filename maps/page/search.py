"""Where the page's search box goes for a township: into its borders, or to its people where it has no borders."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd

from ...coverage.results import Assessment
from ..words import plain

Json = dict[str, Any]
DECIMALS = 5


def townships_at(assessment: Assessment) -> list[Json]:
    """Name, county, a place (latitude, longitude) and the position among the drawn townships (-1: has no borders) of
    every township that has borders or people."""
    drawn = _with_borders(assessment)
    known = {(each["name"], each["county"]) for each in drawn}
    return drawn + [each for each in _by_people(assessment.demand) if (each["name"], each["county"]) not in known]


def _with_borders(assessment: Assessment) -> list[Json]:
    if assessment.townships is None:
        return []
    frame = assessment.townships.frame
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    places = gpd.GeoSeries(frame.geometry.representative_point(), crs=frame.crs)
    names = zip(frame["township"], frame["county"], strict=True)
    return [
        _entry(name, county, at, place)
        for place, ((name, county), at) in enumerate(zip(names, _at(places), strict=True))
    ]


def _by_people(demand: gpd.GeoDataFrame) -> list[Json]:
    """The middle of the residents of each township that demand names."""
    named = demand[(demand["township"] != "") & (demand["county"] != "") & (demand["residents"] > 0)]
    if named.empty:
        return []
    weight = named["residents"]
    sums = pd.DataFrame({"x": named.geometry.x * weight, "y": named.geometry.y * weight, "weight": weight})
    by = sums.groupby([named["county"], named["township"]]).sum()
    middles = gpd.GeoSeries(gpd.points_from_xy(by["x"] / by["weight"], by["y"] / by["weight"]), crs=demand.crs)
    return [_entry(name, county, at, -1) for (county, name), at in zip(by.index, _at(middles), strict=True)]


def _entry(name: object, county: object, at: list[float], shape: int) -> Json:
    return {"name": plain(name), "county": plain(county), "at": at, "shape": shape}


def _at(points: gpd.GeoSeries) -> list[list[float]]:
    turned = points.to_crs(4326)
    return [[round(y, DECIMALS), round(x, DECIMALS)] for x, y in zip(turned.x, turned.y, strict=True)]
