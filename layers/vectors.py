"""Vector files of a study: read, counted, and checked once where they enter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from ..errors import Findings
from .vector_formats import fatal, read_any

POLYGONS = ("Polygon", "MultiPolygon")
LINES = ("LineString", "MultiLineString", "LinearRing")
POINTS = ("Point",)
SHOWN_ROWS = 10


def read_vector(
    path: Path,
    *,
    layer: str | None = None,
    crs: str | None = None,
    kinds: Sequence[str] | None = None,
    findings: Findings,
) -> gpd.GeoDataFrame:
    """The features of a GeoPackage, GeoJSON, shapefile or GeoParquet file, in the file's own CRS.

    The index counts the features from 1, as problems name them. Geometries are two-dimensional; features without one
    are kept as None and warned of. ``crs`` is for files that name none (one that names another is an error);
    ``kinds`` (:data:`POLYGONS`, :data:`LINES`, :data:`POINTS`) makes other types of geometry an error.
    What stops the reading raises :class:`~carereach.errors.InputError`; other errors stand in ``findings``, and the
    caller raises them when it has added its own.
    """
    frame = read_any(path, layer=layer, findings=findings)
    frame = frame.set_geometry(shapely.force_2d(np.asarray(frame.geometry.array, dtype=object)), crs=frame.crs)
    frame = frame.rename_geometry("geometry") if frame.geometry.name != "geometry" else frame
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="feature")
    if frame.empty:
        fatal(findings, "vector.no-features")
    frame = _with_crs(frame, crs, findings)
    _check_geometries(frame, kinds, findings)
    _check_extent(frame, findings)
    return frame


def parse_crs(written: str, findings: Findings) -> pyproj.CRS | None:
    """The CRS a user wrote (``EPSG:4490``, WKT, ...), or None with an error in ``findings``."""
    try:
        return pyproj.CRS.from_user_input(written)
    except pyproj.exceptions.CRSError:
        findings.error("vector.crs-unknown", value=written)
        return None


def transformer(source: pyproj.CRS, target: pyproj.CRS, findings: Findings) -> pyproj.Transformer:
    """From x, y of ``source`` to x, y of ``target``; an error where ``source`` is tied to no place on the earth."""
    try:
        return pyproj.Transformer.from_crs(source, target, always_xy=True)
    except pyproj.exceptions.ProjError:
        fatal(findings, "vector.crs-unknown", value=source.name)


def listed(rows: Sequence[int] | np.ndarray) -> str:
    """Row numbers as text, the first ten of many."""
    shown = ", ".join(str(r) for r in rows[:SHOWN_ROWS])
    return shown + (", …" if len(rows) > SHOWN_ROWS else "")


def _with_crs(frame: gpd.GeoDataFrame, written: str | None, findings: Findings) -> gpd.GeoDataFrame:
    if written is None:
        if frame.crs is None:
            fatal(findings, "vector.no-crs")
        return frame
    crs = parse_crs(written, findings)
    if crs is None:
        findings.raise_errors()
    if frame.crs is None:
        return frame.set_crs(crs)
    if not frame.crs.equals(crs, ignore_axis_order=True):
        fatal(findings, "vector.crs-contradicts", declared=frame.crs.name, given=written)
    return frame


def _check_geometries(frame: gpd.GeoDataFrame, kinds: Sequence[str] | None, findings: Findings) -> None:
    geometry = np.asarray(frame.geometry.array, dtype=object)
    rows = frame.index.to_numpy()
    nothing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    if nothing.any():
        found = rows[nothing]
        findings.warn("vector.geometry-null", row=int(found[0]), count=len(found), rows=listed(found))
    coordinates, owner = shapely.get_coordinates(geometry, return_index=True)
    bad = np.unique(owner[~np.isfinite(coordinates).all(axis=1)])
    if bad.size:
        findings.error("vector.not-finite", row=int(rows[bad[0]]), count=len(bad), rows=listed(rows[bad]))
    if kinds is None:
        return
    names = frame.geometry.geom_type.to_numpy()
    wrong = ~nothing & ~np.isin(names.astype(str), list(kinds))
    if wrong.any():
        found = rows[wrong]
        findings.error(
            "vector.geometry-type",
            row=int(found[0]),
            value=str(names[wrong][0]),
            count=len(found),
            rows=listed(found),
            wanted=" / ".join(kinds),
        )


def _check_extent(frame: gpd.GeoDataFrame, findings: Findings) -> None:
    """Coordinates that contradict the CRS: metres called degrees, degrees called metres, places off its area of use."""
    coordinates = shapely.get_coordinates(np.asarray(frame.geometry.array, dtype=object))
    coordinates = coordinates[np.isfinite(coordinates).all(axis=1)]
    if not len(coordinates):
        return
    (west, south), (east, north) = coordinates.min(axis=0), coordinates.max(axis=0)
    extent = f"{west:.6g}, {south:.6g}, {east:.6g}, {north:.6g}"
    like_degrees = max(abs(west), abs(east)) <= 180 and max(abs(south), abs(north)) <= 90
    if frame.crs.is_geographic and not like_degrees:
        findings.error("vector.not-degrees", value=extent, crs=frame.crs.name)
        return
    if frame.crs.is_projected and like_degrees:
        findings.error("vector.not-metres", value=extent, crs=frame.crs.name)
        return
    to_degrees = transformer(frame.crs, pyproj.CRS.from_epsg(4326), findings)
    x, y = to_degrees.transform([west, east, (west + east) / 2], [south, north, (south + north) / 2])
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        findings.error("vector.off-world", value=extent, crs=frame.crs.name)
        return
    use = frame.crs.area_of_use
    if use is not None and use.west <= use.east:
        apart = max(x) < use.west or min(x) > use.east or max(y) < use.south or min(y) > use.north
        if apart:
            findings.warn("vector.off-area", value=extent, crs=frame.crs.name, area=use.name or "?")
