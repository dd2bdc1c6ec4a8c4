"""Isochrones: the areas reached within so many minutes, contoured from a field of travel times.

The field is contoured linearly between cell centres (marching squares, contourpy), so an area is as fine as the
grid's cells. Convex hulls and buffers round reached nodes were tried and swallow places that are not reached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from contourpy import FillType, contour_generator
from numpy.typing import NDArray
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from ..errors import InputError, Problem
from ..layers.roads.legs import Costs
from ..layers.roads.network import RoadNetwork
from ..layers.roads.snap import Access, Snap
from .field import Grid, snap_grid
from .results import Field
from .times import Progress, block_minutes, snap_points

BANDS_MIN = (5.0, 10.0, 15.0, 30.0, 45.0, 60.0)
COLUMNS = ["minutes", "from_minutes", "facility", "geometry"]


def isochrones(
    fields: Field | Mapping[str, Field],
    bands_min: Sequence[float] = BANDS_MIN,
    *,
    area: BaseGeometry | None = None,
) -> gpd.GeoDataFrame:
    """The areas between two time limits, as rings that do not overlap, in the field's CRS.

    ``fields`` is one field (``facility`` is then "": all stations together) or one per facility, keyed by its id.
    Columns: ``minutes`` the outer limit, ``from_minutes`` the limit before it (0 for the first), ``facility``,
    ``geometry`` (valid polygons, cut to ``area`` if it is given). The area reached within a limit is the union of all
    rings up to it. A ring without any area has no row; what lies beyond the last limit is in none. Raises
    :class:`InputError` if the limits are not positive and rising.
    """
    limits = _checked(bands_min)
    named = {"": fields} if isinstance(fields, Field) else fields
    if area is not None:
        shapely.prepare(area)
    rows = [row for facility, field in named.items() for row in _rings(field, limits, facility, area)]
    crs = next((field.crs for field in named.values()), None)
    return _frame(rows, crs)


def per_facility(
    roads: RoadNetwork,
    stations: gpd.GeoDataFrame,
    grid: Grid,
    bands_min: Sequence[float] = BANDS_MIN,
    *,
    access: Access | None = None,
    start_min: NDArray[np.float64] | None = None,
    snap: Snap | None = None,
    progress: Progress | None = None,
) -> gpd.GeoDataFrame:
    """The isochrones of each station on its own, cut to the grid's area, as :func:`isochrones` gives them.

    ``facility`` is the station's ``id`` if there is such a column, else its index. One search a station, limited to
    the last band; ``snap`` and ``start_min`` as in :func:`carereach.coverage.field.time_field`. ``progress`` is
    called with stations done and stations in all.
    """
    limits = _checked(bands_min)
    access = access or Access()
    labels = (stations["id"] if "id" in stations else stations.index.to_series()).astype(str).to_numpy()
    begin = np.zeros(len(stations)) if start_min is None else np.asarray(start_min, dtype=float)
    across_km = np.array([grid.cell_m * np.sqrt(2) / 1000.0])
    enough = float(limits[-1] + access.minutes(across_km)[0])
    sources = snap_points(roads, stations, access, "start")
    targets = snap or snap_grid(roads, grid, access)
    shapely.prepare(grid.area)
    rows = []
    costs = Costs(roads, access)
    for block, minutes in block_minutes(costs, sources, targets, begin, cutoff_min=enough, progress=progress):
        for facility, values in zip(labels[block], minutes, strict=True):
            rows.extend(_rings(grid.field(values), limits, facility, grid.area))
    return _frame(rows, grid.crs)


def _checked(bands_min: Sequence[float]) -> NDArray[np.float64]:
    limits = np.asarray(bands_min, dtype=float)
    if limits.ndim != 1 or not len(limits) or not (np.diff(limits, prepend=0.0) > 0).all() or np.isinf(limits).any():
        raise InputError(Problem("isochrones.bands", value=tuple(bands_min)))
    return limits


def _rings(
    field: Field, limits: NDArray[np.float64], facility: str, area: BaseGeometry | None
) -> list[tuple[float, float, str, BaseGeometry]]:
    """One row for each band of a field that has an area."""
    rows, cols = field.minutes.shape
    outside = np.isnan(field.minutes)
    # A place not reached counts as twice the last limit: a border runs about half way to it, and never beyond it.
    capped = np.fmin(field.minutes.astype(np.float64), 2 * limits[-1])
    surface = contour_generator(
        x=field.west + (np.arange(cols) + 0.5) * field.cell_m,
        y=field.north - (np.arange(rows) + 0.5) * field.cell_m,
        z=np.ma.masked_array(capped, outside),
        fill_type=FillType.ChunkCombinedOffsetOffset,
    )
    bands = zip(np.r_[-1.0, limits[:-1]], limits, strict=True)
    shapes = [(lower, upper, _shape(surface.filled(lower, upper), area)) for lower, upper in bands]
    return [(upper, max(lower, 0.0), facility, shape) for lower, upper, shape in shapes if not shape.is_empty]


def _shape(filled: Sequence[Sequence[Any]], area: BaseGeometry | None) -> shapely.MultiPolygon:
    """Contourpy's rings as one valid multipolygon, cut to the area, its coordinates whole centimetres."""
    (points,), (rings,), (polygons,) = filled
    if points is None:
        return shapely.MultiPolygon()
    parts = shapely.from_ragged_array(shapely.GeometryType.POLYGON, _rounded(points), (rings, polygons))
    shape = _surface(_multipolygon(parts))
    if area is None or shape.is_empty or shapely.contains_properly(area, shape):
        return shape
    near = shapely.make_valid(shapely.clip_by_rect(area, *_wider(shape.bounds)))
    cut = _surface(shapely.intersection(shape, near))
    return _surface(shapely.transform(cut, _rounded))


def _rounded(metres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coordinates to the centimetre: at full precision GEOS 3.14 was seen to cut such rings wrongly."""
    return np.round(metres, 2)


def _wider(bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    west, south, east, north = bounds
    return west - 1.0, south - 1.0, east + 1.0, north + 1.0


def _surface(shape: BaseGeometry) -> shapely.MultiPolygon:
    """The polygons of a geometry, made valid, without the points and lines that cutting leaves."""
    parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(shape)))
    return _multipolygon(
        parts[(shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (shapely.area(parts) > 0)]
    )


def _multipolygon(parts: NDArray[np.object_]) -> shapely.MultiPolygon:
    return cast(shapely.MultiPolygon, shapely.multipolygons(parts)) if len(parts) else shapely.MultiPolygon()


def _frame(rows: list[tuple[float, float, str, BaseGeometry]], crs: CRS | None) -> gpd.GeoDataFrame:
    table = pd.DataFrame(rows, columns=COLUMNS)
    geometry = gpd.GeoSeries(table.pop("geometry"), crs=crs)
    return gpd.GeoDataFrame(table.astype({"minutes": float, "from_minutes": float, "facility": str}), geometry=geometry)
