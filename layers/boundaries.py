"""Counties: polygons of the study's units, mended, counted and compared with each other."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from ..errors import Findings
from .invisible import said_visible
from .model import Layer
from .settings import BoundariesFile
from .vectors import POLYGONS, listed, read_vector

UTM_MOST_DEGREES = 4.0
OVERLAP_KM2 = 0.1
OVERLAP_SHARE = 0.001
NESTED_SHARE = 0.5
SLIVER_M = 100.0
SLIVER_KM2 = 0.1
HOLES_KM2 = 0.001
OUTLINE_GRID_M = 0.01


def read_boundaries(config: BoundariesFile, folder: Path, study_crs: CRS | None) -> Layer:
    """The counties named in ``config``, in ``study_crs`` or, if that is None, in :func:`metric_crs` of them.

    Columns: county (unique), code, city, geometry (valid polygons). Raises :class:`~carereach.errors.InputError` for
    files that cannot be used; mended rings, dissolved parts, overlaps and gaps are warnings of the layer.
    ``config.path`` must be given: for ``from_people`` see :func:`carereach.layers.people.read_outline`.
    """
    if config.path is None:
        raise ValueError("boundaries from people are made by carereach.layers.people.read_outline")
    path = folder / config.path
    findings = Findings(path)
    raw = read_vector(path, layer=config.layer, crs=config.crs, kinds=POLYGONS, findings=findings)
    columns = {"county": config.county, "code": config.code, "city": config.city}
    frame = take_columns(raw, {ours: theirs for ours, theirs in columns.items() if theirs is not None}, findings)
    findings.raise_errors()
    for optional in ("code", "city"):
        if optional not in frame:
            frame[optional] = ""
    _check_names(frame, findings)
    frame = _included(frame, config.include, findings)
    findings.raise_errors()
    frame = _dissolved(mended(frame, "county", findings), findings)
    findings.raise_errors()
    frame = frame.to_crs(study_crs or metric_crs(frame.to_crs(4326)))
    _check_neighbours(frame, findings)
    findings.raise_errors()
    return Layer(
        "boundaries", frame, config.grade, config.source, config.licence, config.date, tuple(findings.problems)
    )


def take_columns(raw: gpd.GeoDataFrame, wanted: dict[str, str], findings: Findings) -> gpd.GeoDataFrame:
    """The columns ``wanted`` (ours -> the file's) as stripped texts that hold
    nothing invisible, and the geometry; a missing one is an error."""
    texts = {}
    for ours, theirs in wanted.items():
        if theirs in raw.columns:
            texts[ours] = said_visible(as_text(raw[theirs]), findings, theirs)
        else:
            there = ", ".join(str(c) for c in raw.columns if c != raw.geometry.name)
            findings.error("places.no-column", column=theirs, ours=ours, there=there)
    return gpd.GeoDataFrame(texts, geometry=np.asarray(raw.geometry.array, dtype=object), index=raw.index, crs=raw.crs)


def as_text(values: pd.Series) -> pd.Series:
    """Names and codes as texts: 450702.0 gives "450702", a missing value gives ""."""
    whole = pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all()
    values = values.astype("Int64") if whole else values
    return values.astype("string").fillna("").str.strip().astype(str)


def mended(frame: gpd.GeoDataFrame, name: str, findings: Findings) -> gpd.GeoDataFrame:
    """Invalid rings made valid, polygons kept; a warning each says by how many km2 the area changed."""
    geometry = np.asarray(frame.geometry.array, dtype=object)
    invalid = ~shapely.is_valid(geometry) & ~shapely.is_missing(geometry)
    if not invalid.any():
        return frame
    before = areas_km2(frame)
    fixed = geometry.copy()
    fixed[invalid] = [_polygons_of(g) for g in shapely.make_valid(geometry[invalid])]
    frame = frame.set_geometry(fixed, crs=frame.crs)
    after = areas_km2(frame)
    for i in np.flatnonzero(invalid):
        row, unit = int(frame.index[i]), frame[name].iloc[i]
        if shapely.is_empty(fixed[i]):
            findings.error("boundaries.no-area", row=row, unit=unit)
            continue
        reason = shapely.is_valid_reason(geometry[i])
        change = f"{after[i] - before[i]:+.3f}"
        findings.warn("boundaries.mended", row=row, unit=unit, reason=reason, change_km2=change)
    return frame


def metric_crs(frame_wgs84: gpd.GeoDataFrame) -> CRS:
    """A CRS in metres for an area: its UTM zone, or a transverse Mercator of its own where that would stretch it.

    The UTM zone of the middle is taken if no place lies over 4 degrees off the zone's central meridian (lengths are
    then at most 0.2 % too long); else a transverse Mercator along the area's middle meridian, scale 0.9996.
    """
    west, south, east, north = _bounds_wgs84(frame_wgs84)
    lon, lat = (west + east) / 2, (south + north) / 2
    lon = (lon + 180) % 360 - 180
    zone = min(int((lon + 180) // 6) + 1, 60)
    meridian = zone * 6 - 183
    farthest = abs(lon - meridian) + (east - west) / 2
    if farthest <= UTM_MOST_DEGREES and max(abs(south), abs(north)) <= 84:
        return CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)
    return CRS.from_proj4(f"+proj=tmerc +lat_0={lat:.4f} +lon_0={lon:.4f} +k=0.9996 +datum=WGS84 +units=m +type=crs")


def equal_area_crs(frame: gpd.GeoDataFrame) -> CRS:
    """Lambert's azimuthal equal-area projection, centred on the middle of ``frame``."""
    west, south, east, north = _bounds_wgs84(frame.to_crs(4326))
    lon, lat = (west + east) / 2, (south + north) / 2
    return CRS.from_proj4(f"+proj=laea +lat_0={lat:.4f} +lon_0={lon:.4f} +datum=WGS84 +units=m +type=crs")


def areas_km2(frame: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Area of each row in km2, measured in :func:`equal_area_crs`."""
    areas = frame.to_crs(equal_area_crs(frame)).area.to_numpy() / 1e6
    return np.asarray(areas, dtype=np.float64)


def locate(points: Iterable[shapely.Point], counties: gpd.GeoDataFrame, name: str = "county") -> NDArray[np.str_]:
    """The county each point lies in, "" outside all; on a border, the county that comes first in ``counties``."""
    array = np.asarray(points, dtype=object)
    placed = ~(shapely.is_missing(array) | shapely.is_empty(array))
    xy = np.full((len(array), 2), np.nan)
    xy[placed] = shapely.get_coordinates(array[placed])
    names = np.array([*counties[name].astype(str), ""], dtype=np.str_)
    return np.asarray(names[locate_rows(xy[:, 0], xy[:, 1], counties)], dtype=np.str_)


def locate_rows(x: NDArray[np.float64], y: NDArray[np.float64], counties: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Position in ``counties`` of the one each place lies in, -1 outside all (and for NaN); on a border, the first.

    The loop is over polygons: each is prepared once and tests all places in its bounds.
    """
    found = np.full(len(x), -1)
    for i, polygon in enumerate(counties.geometry):
        if polygon is None or polygon.is_empty:
            continue
        west, south, east, north = polygon.bounds
        near = np.flatnonzero((found < 0) & (x >= west) & (x <= east) & (y >= south) & (y <= north))
        shapely.prepare(polygon)
        found[near[shapely.intersects_xy(polygon, x[near], y[near])]] = i
    return found


def outline_of_people(cells: gpd.GeoSeries, name: str, source: str = "") -> Layer:
    """One county that is the union of ``cells`` (polygons of the ground people live on, metric CRS); grade modelled."""
    outline = shapely.union_all(np.asarray(cells.array, dtype=object), grid_size=OUTLINE_GRID_M)
    frame = gpd.GeoDataFrame({"county": [name], "code": [""], "city": [""]}, geometry=[outline], crs=cells.crs)
    return Layer("boundaries", frame, "modelled", source)


def nearest_names(unknown: str, known: Iterable[str]) -> str:
    """Up to three of ``known`` that look most like ``unknown``, else all of a short list, as text."""
    names = sorted(set(known))
    return ", ".join(difflib.get_close_matches(unknown, names, 3, 0.5) or names[:12])


def _bounds_wgs84(frame: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    """West, south, east, north; an area across the 180th meridian gets an east above 180."""
    west, south, east, north = (float(v) for v in frame.total_bounds)
    if east - west > 180:
        lons = shapely.get_coordinates(np.asarray(frame.geometry.array, dtype=object))[:, 0] % 360
        west, east = float(lons.min()), float(lons.max())
    return west, south, east, north


def _polygons_of(geometry: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def _check_names(frame: gpd.GeoDataFrame, findings: Findings) -> None:
    rows = frame.index[frame["county"] == ""]
    if len(rows):
        findings.error("boundaries.no-name", row=int(rows[0]), count=len(rows), rows=listed(rows))
    geometry = np.asarray(frame.geometry.array, dtype=object)
    nothing = frame.index[shapely.is_missing(geometry) | shapely.is_empty(geometry)]
    if len(nothing):
        findings.error("boundaries.no-outline", row=int(nothing[0]), count=len(nothing), rows=listed(nothing))


def _included(frame: gpd.GeoDataFrame, include: tuple[str, ...], findings: Findings) -> gpd.GeoDataFrame:
    if not include:
        return frame
    known = set(frame["county"])
    for name in include:
        if name not in known:
            findings.error("boundaries.unknown-county", value=name, near=nearest_names(name, known))
    return frame[frame["county"].isin(include)]


def _dissolved(frame: gpd.GeoDataFrame, findings: Findings) -> gpd.GeoDataFrame:
    """One row per county, in file order; rows of one name are parts of it if code and city are the same."""
    repeated = frame[frame["county"].duplicated(keep=False)]
    for name, part in repeated.groupby("county", sort=False):
        rows = listed(part.index.to_numpy())
        if part[["code", "city"]].drop_duplicates().shape[0] > 1:
            findings.error("boundaries.same-name", row=int(part.index[1]), unit=name, rows=rows)
        else:
            findings.warn("boundaries.dissolved", row=int(part.index[1]), unit=name, rows=rows)
    if len(repeated):
        frame = frame.dissolve(by="county", aggfunc="first", sort=False).reset_index()
    return frame[["county", "code", "city", "geometry"]].reset_index(drop=True)


def _check_neighbours(frame: gpd.GeoDataFrame, findings: Findings) -> None:
    """Warns of counties that overlap, and of gaps between them; areas in km2."""
    equal = frame.to_crs(equal_area_crs(frame))
    shapes = np.asarray(equal.geometry.array, dtype=object)
    names = frame["county"].to_numpy()
    tree = shapely.STRtree(shapes)
    left, right = tree.query(shapes, predicate="dwithin", distance=SLIVER_M)
    left, right = left[left < right], right[left < right]
    overlaps = shapely.area(shapely.intersection(shapes[left], shapes[right])) / 1e6
    smaller = np.minimum(shapely.area(shapes[left]), shapely.area(shapes[right])) / 1e6
    for i in np.flatnonzero((overlaps > OVERLAP_KM2) | (overlaps > OVERLAP_SHARE * smaller)):
        record = findings.error if overlaps[i] > NESTED_SHARE * smaller[i] else findings.warn
        share = f"{100 * overlaps[i] / smaller[i]:.2g}"
        pair = {"a": names[left[i]], "b": names[right[i]]}
        record("boundaries.overlap", km2=f"{overlaps[i]:.3g}", share=share, **pair)
    union = shapely.union_all(shapes)
    parts = shapely.get_parts(union)
    holes = shapely.difference(shapely.polygons(shapely.get_exterior_ring(parts)), union)
    hole_parts = shapely.get_parts(holes)
    hole_km2 = shapely.area(hole_parts) / 1e6
    if hole_km2.sum() > HOLES_KM2:
        findings.warn("boundaries.holes", count=int((hole_km2 > 0).sum()), km2=f"{hole_km2.sum():.3g}")
    apart = overlaps <= OVERLAP_KM2
    _check_slivers(shapes, names, left[apart], right[apart], shapely.union_all([union, *hole_parts]), findings)


def _check_slivers(
    shapes: NDArray[np.object_],
    names: NDArray[np.object_],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    filled: shapely.Geometry,
    findings: Findings,
) -> None:
    """Ground within 100 m of two counties that is in neither, and in no hole: gaps that are open at an end."""
    wide = shapely.buffer(shapes, SLIVER_M)
    between = shapely.difference(shapely.intersection(wide[left], wide[right]), filled)
    for i in np.flatnonzero(shapely.area(between) / 1e6 > SLIVER_KM2):
        km2 = f"{shapely.area(between[i]) / 1e6:.3g}"
        findings.warn("boundaries.gap", a=names[left[i]], b=names[right[i]], km2=km2)
