"""Where a county's name stands on the page: inside its county, on no mark and on no other name, where there is room."""

from __future__ import annotations

import unicodedata
from typing import cast

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from ..words import plain

SCREEN_PX = 640.0  # the study's longer side as first shown on a common screen
HIGH_PX, WIDE_SIGN_PX, SIGN_PX = 18.0, 13.5, 7.5
VERDICT_PX = 26.0  # room for a verdict's sign beside the name
WIDEST_PX = 150.0
MARK_PX = 19.0
CROWD_PX = 21.0  # marks at one point stand round it, this far from each other
GRID = 15


def label_places(counties: gpd.GeoDataFrame, marks: gpd.GeoSeries) -> gpd.GeoSeries:
    """One point per county, in the counties' CRS and order.

    Tried are the middle of the largest circle inside the county, its representative point and a grid of inner points,
    nearest to the middle first; taken is the first one whose name covers the fewest marks and names (0 where possible).
    """
    if counties.empty:
        return counties.geometry
    west, south, east, north = counties.total_bounds
    metres = max(east - west, north - south) / SCREEN_PX
    placed = marks[~(marks.isna() | marks.is_empty)].to_crs(counties.crs)
    taken, crowd = np.unique(np.column_stack([placed.x, placed.y]).reshape(-1, 2), axis=0, return_counts=True)
    fanned = np.where(crowd > 1, np.maximum(11.0, crowd * CROWD_PX / (2 * np.pi)), 0.0)
    room = np.repeat((fanned + MARK_PX / 2)[:, None], 2, axis=1)
    chosen: dict[object, shapely.Point] = {}
    by_size = counties.geometry.area.sort_values(
        ascending=True, kind="stable"
    ).index  # the smallest has the least choice
    for index in by_size:
        half = np.array([_width_px(plain(counties.at[index, "county"])), HIGH_PX]) / 2
        tried = _inner_points(counties.geometry[index], metres)
        away = np.abs(tried[:, None, :] - taken[None, :, :]) / metres
        covered = (away < half + room).all(axis=2).sum(axis=1)
        at = tried[int(np.argmin(covered))]
        chosen[index] = shapely.Point(at)
        taken, room = np.vstack([taken, at]), np.vstack([room, half])
    return gpd.GeoSeries([chosen[index] for index in counties.index], index=counties.index, crs=counties.crs)


def _width_px(name: str) -> float:
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in name)
    return min(wide * WIDE_SIGN_PX + (len(name) - wide) * SIGN_PX + VERDICT_PX, WIDEST_PX)


def _inner_points(shape: shapely.Geometry, metres: float) -> NDArray[np.float64]:
    """The middle of a county's largest part, then other points of it; those too near to its border come last."""
    largest = cast(shapely.Polygon, max(shapely.get_parts(shape), key=shapely.area, default=shape))
    middle = shapely.get_coordinates(shapely.maximum_inscribed_circle(largest, tolerance=metres))[:1]
    west, south, east, north = shapely.bounds(largest)
    steps = (np.arange(GRID) + 0.5) / GRID
    x, y = np.meshgrid(west + steps * (east - west), south + steps * (north - south))
    grid = np.column_stack([x.ravel(), y.ravel()])
    grid = grid[shapely.contains_xy(largest, grid[:, 0], grid[:, 1])]
    points = np.vstack([middle, shapely.get_coordinates(shapely.point_on_surface(largest)), grid])
    inland = shapely.distance(shapely.points(points), shapely.boundary(largest)) > HIGH_PX * metres
    order = np.lexsort([np.hypot(*(points - middle).T), ~inland])
    return np.asarray(points[order], dtype=float)
