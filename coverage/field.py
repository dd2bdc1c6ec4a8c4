"""Response times as a field: a square grid over the study area, and the minutes at the centre of each cell."""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from scipy.sparse.csgraph import dijkstra
from shapely.geometry.base import BaseGeometry

from ..errors import InputError, Problem
from ..layers.roads.legs import Costs, along_one_edge, exits, start
from ..layers.roads.network import RoadNetwork
from ..layers.roads.snap import Access, Snap
from .results import Field
from .times import snap_points

AT_MOST = 60_000
FINEST_M = 10.0
MOST_CELLS = 5_000_000
BORDER_CELLS = 1.5


@dataclass(frozen=True)
class Grid:
    """Square cells over an area: row 0 is the north edge, ``west`` and ``north`` the outer corner in ``crs``, metres.

    ``mask`` (rows, cols) marks the cells that get a value: those whose centre lies in ``area`` or within 1.5 cells of
    it, so that every place of the area stands between four such centres.
    """

    west: float
    north: float
    cell_m: float
    rows: int
    cols: int
    mask: NDArray[np.bool_]
    area: BaseGeometry
    crs: CRS

    @property
    def xy(self) -> NDArray[np.float64]:
        """Centres of the marked cells, (cells, 2) metres, row by row."""
        row, col = np.nonzero(self.mask)
        return np.column_stack([self.west + (col + 0.5) * self.cell_m, self.north - (row + 0.5) * self.cell_m])

    def points(self) -> gpd.GeoDataFrame:
        """Centres of the marked cells as points, row by row."""
        xy = self.xy
        return gpd.GeoDataFrame(geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]), crs=self.crs)

    def field(self, minutes: NDArray[np.floating]) -> Field:
        """The field with these minutes in the marked cells and NaN in all others."""
        values = np.full((self.rows, self.cols), np.nan, dtype=np.float32)
        values[self.mask] = minutes
        return Field(values, self.west, self.north, self.cell_m, self.crs)


def grid_of(area: gpd.GeoSeries, *, cell_m: float | None = None, at_most: int = AT_MOST) -> Grid:
    """A grid over polygons in a metric CRS.

    Without ``cell_m`` the cells are as small as ``at_most`` marked cells allow, but not under 10 m. Raises
    :class:`InputError` for an area without surface or not in metres, and for cells that would be far too many.
    """
    crs, whole = _checked(area)
    if cell_m is None:
        return _finest(whole, crs, at_most)
    if not cell_m > 0:
        raise InputError(Problem("grid.cell", value=cell_m))
    west, south, east, north = whole.bounds
    cells = ((east - west) / cell_m + 5) * ((north - south) / cell_m + 5)
    if not cells <= MOST_CELLS:
        params = {"cell_m": cell_m, "cells": f"{cells:.0f}", "limit": MOST_CELLS}
        raise InputError(Problem("grid.too-fine", params=params))
    return _laid(whole, crs, cell_m)


def _checked(area: gpd.GeoSeries) -> tuple[CRS, BaseGeometry]:
    crs = None if area.crs is None else CRS.from_user_input(area.crs)
    if crs is None or not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info[:2]):
        raise InputError(Problem("grid.not-metric", params={"crs": "none" if crs is None else crs.to_string()}))
    known = area[area.notna()]
    whole: BaseGeometry = gpd.GeoSeries(known).make_valid().union_all()
    if not whole.area > 0:
        raise InputError(Problem("grid.no-area"))
    return crs, whole


def _finest(whole: BaseGeometry, crs: CRS, at_most: int) -> Grid:
    """The finest grid within ``at_most`` marked cells; the border counts, so the first guess is widened."""
    west, south, east, north = whole.bounds
    cell_m = max(
        FINEST_M,
        _rounded_up(math.sqrt(whole.area / at_most)),
        math.sqrt((east - west) * (north - south) / (MOST_CELLS / 4)),
        max(east - west, north - south) / (at_most * 4),
    )
    grid = _laid(whole, crs, cell_m)
    while (marked := int(grid.mask.sum())) > max(at_most, 9):
        cell_m = _rounded_up(max(cell_m * math.sqrt(marked / at_most), cell_m * 1.02))
        grid = _laid(whole, crs, cell_m)
    return grid


def _rounded_up(cell_m: float) -> float:
    """The next number of metres with two digits: 123 -> 130."""
    step = 10.0 ** (math.floor(math.log10(cell_m)) - 1)
    return round(math.ceil(cell_m / step - 1e-9) * step, 6)


def _laid(whole: BaseGeometry, crs: CRS, cell_m: float) -> Grid:
    left, low, right, high = whole.bounds
    west, north = (math.floor(left / cell_m) - 2) * cell_m, (math.ceil(high / cell_m) + 2) * cell_m
    cols, rows = math.ceil((right - west) / cell_m) + 2, math.ceil((north - low) / cell_m) + 2
    near = whole.simplify(cell_m / 20).buffer(BORDER_CELLS * cell_m + cell_m / 20, quad_segs=4)
    shapely.prepare(near)
    x, y = west + (np.arange(cols) + 0.5) * cell_m, north - (np.arange(rows) + 0.5) * cell_m
    mask = np.asarray(shapely.contains_xy(near, *np.meshgrid(x, y)))
    return Grid(west, north, cell_m, rows, cols, mask, whole, crs)


def snap_grid(roads: RoadNetwork, grid: Grid, access: Access | None = None) -> Snap:
    """The grid's marked cells joined to the roads: the slow part, the same for all stations and speeds."""
    return snap_points(roads, grid.points(), access or Access())


def time_field(
    roads: RoadNetwork,
    stations: gpd.GeoDataFrame,
    grid: Grid,
    *,
    access: Access | None = None,
    start_min: NDArray[np.float64] | None = None,
    snap: Snap | None = None,
) -> Field:
    """Minutes from the nearest station to the centre of each cell: NaN outside the grid's mask, inf unreachable.

    ``stations`` are points in any CRS, ``start_min`` (stations,) what is added to all times of each. One search from
    all stations at once. ``snap`` is :func:`snap_grid` of the same roads, grid and access, where it is at hand.
    """
    costs = Costs(roads, access or Access())
    targets = snap or snap_grid(roads, grid, costs.access)
    sources = snap_points(roads, stations, costs.access, "start")
    begin = np.zeros(len(stations)) if start_min is None else np.asarray(start_min, dtype=float)
    if not sources.count:
        return grid.field(np.full(targets.count, np.inf))
    started, out = start(costs, sources, begin), exits(costs, targets)
    minutes = out.reach(dijkstra(started.graph, indices=started.sources, min_only=True))
    direct = along_one_edge(costs, sources, targets, begin)
    np.minimum.at(minutes, direct["target"].to_numpy(), direct["cost"].to_numpy())
    return grid.field(minutes)
