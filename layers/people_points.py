"""Residents from a table of points or of H3 cells."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from scipy.spatial import cKDTree

from ..errors import Findings
from .settings import PeopleFile
from .tables import degrees, number, read_table, report
from .vectors import parse_crs

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "residents": ("residents", "population", "pop", "人口", "人数", "常住人口", "人口数", "居民数"),
    "lon": ("lon", "lng", "long", "longitude", "x", "经度", "东经"),
    "lat": ("lat", "latitude", "y", "纬度", "北纬"),
    "cell": ("cell", "h3", "h3_id", "h3_index", "hex_id", "hex", "id", "格网", "格网编号"),
    "county": ("county", "区县", "县区", "县", "县（市、区）", "县(市、区)", "县名"),
    "township": ("township", "乡镇", "镇街", "乡镇街道"),
}
MOST_APART_CELLS = 1.0
FEWEST_POINTS = 4
HULL_RATIO = 0.3


def column_of(
    table: pd.DataFrame,
    ours: str,
    named: Mapping[str, str],
    findings: Findings,
    code: str = "people.no-column",
) -> str | None:
    """The table's heading for our column: the one that ``named`` gives, else a usual one; None with an error.

    ``code``: the problem that says where the study file names the column.
    """
    if ours in named:
        candidates: tuple[str, ...] = (named[ours],)
    else:
        candidates = HEADINGS.get(ours, (ours,))
    known = {str(heading).strip().lower(): str(heading) for heading in table.columns}
    for candidate in candidates:
        if candidate.strip().lower() in known:
            return known[candidate.strip().lower()]
    findings.error(code, column=candidates[0], ours=ours, there=", ".join(map(str, table.columns)))
    return None


def rows_of(values: pd.Series) -> list[tuple[int, object]]:
    """Row numbers and values, as :func:`carereach.layers.tables.report` takes them."""
    return list(zip(values.index.tolist(), values.tolist(), strict=True))


def counts(table: pd.DataFrame, heading: str, findings: Findings) -> pd.Series:
    """A column of residents as numbers; blank and negative ones are errors with their rows."""
    values = number(table[heading], findings, heading)
    blank = table.index[table[heading].str.strip() == ""]
    report(findings, "people.blank", [(int(row), None) for row in blank], column=heading)
    negative = values[values < 0]
    report(findings, "people.negative", rows_of(negative), column=heading)
    return values


def read(config: PeopleFile, folder: Path, study_crs: CRS, findings: Findings) -> gpd.GeoDataFrame:
    """Columns residents, geometry (points in ``study_crs``) of a table in ``format`` points or h3.

    ``config.crs`` says the CRS of the points (default WGS 84); an H3 cell's point is its centre, whatever else the
    table says. Errors are left in ``findings``, those that stop the reading raise.
    """
    table = read_table(folder / config.path, findings=findings)
    heading = column_of(table, "residents", config.columns, findings)
    residents = counts(table, heading, findings) if heading else pd.Series(dtype=float)
    if config.format == "h3":
        x, y = _cell_centres(table, config, findings)
        crs = CRS.from_epsg(4326)
    else:
        crs = (parse_crs(config.crs, findings) if config.crs else None) or CRS.from_epsg(4326)
        x, y = _coordinates(table, config, crs, findings)
    findings.raise_errors()
    east, north = Transformer.from_crs(crs, study_crs, always_xy=True).transform(x, y)
    off = table.index[~(np.isfinite(east) & np.isfinite(north))]
    report(findings, "people.off-world", [(int(row), None) for row in off])
    findings.raise_errors()
    return gpd.GeoDataFrame(
        {"residents": residents.to_numpy(np.float64)}, geometry=shapely.points(east, north), crs=study_crs
    )


def read_ground(config: PeopleFile, folder: Path, findings: Findings) -> gpd.GeoSeries:
    """The ground the people live on, WGS 84: the polygon of each H3 cell, or one concave hull round all points.

    The hull (:func:`shapely.concave_hull`, ratio 0.3) is widened by the median distance of a point to its nearest
    neighbour; it is no real boundary, and a warning says so. Under four places are an error.
    """
    table = read_table(folder / config.path, findings=findings)
    if config.format == "h3":
        heading = _checked_cells(table, config, findings)
        findings.raise_errors()
        rings = [[(lon, lat) for lat, lon in h3.cell_to_boundary(cell)] for cell in table[heading]]
        return gpd.GeoSeries([shapely.Polygon(ring) for ring in rings], crs=4326)
    crs = (parse_crs(config.crs, findings) if config.crs else None) or CRS.from_epsg(4326)
    x, y = _coordinates(table, config, crs, findings)
    findings.raise_errors()
    places = np.unique(np.column_stack([x, y]), axis=0)
    if len(places) < FEWEST_POINTS:
        findings.error("people.outline-points", count=len(places), least=FEWEST_POINTS)
        findings.raise_errors()
    points = gpd.GeoSeries.from_xy(places[:, 0], places[:, 1], crs=crs)
    points = points.to_crs(points.estimate_utm_crs())
    at = np.column_stack([points.x, points.y])
    apart_m = float(np.median(np.asarray(cKDTree(at).query(at, k=2)[0])[:, 1]))
    hull = shapely.concave_hull(shapely.MultiPoint(at), ratio=HULL_RATIO).buffer(apart_m)
    findings.warn(
        "people.outline-hull",
        count=len(places),
        ratio=HULL_RATIO,
        apart_km=f"{apart_m / 1000:.3g}",
        km2=f"{hull.area / 1e6:,.4g}",
    )
    return gpd.GeoSeries([hull], crs=points.crs).to_crs(4326)


def _coordinates(
    table: pd.DataFrame, config: PeopleFile, crs: CRS, findings: Findings
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    headings = [column_of(table, ours, config.columns, findings) for ours in ("lon", "lat")]
    values: list[NDArray[np.float64]] = []
    for heading, limit in zip(headings, (180.0, 90.0), strict=True):
        if heading is None:
            continue
        column = (degrees if crs.is_geographic else number)(table[heading], findings, heading)
        blank = table.index[table[heading].str.strip() == ""]
        report(findings, "people.blank", [(int(row), None) for row in blank], column=heading)
        if crs.is_geographic:
            off = column[column.abs() > limit]
            report(findings, "people.not-degrees", rows_of(off), column=heading, limit=limit)
        values.append(np.asarray(column, dtype=np.float64))
    if len(values) == 2 and crs.is_projected and max(np.nanmax(np.abs(v), initial=0.0) for v in values) <= 180:
        findings.error("vector.not-metres", crs=crs.name)
    return (values[0], values[1]) if len(values) == 2 else (np.empty(0), np.empty(0))


def _checked_cells(table: pd.DataFrame, config: PeopleFile, findings: Findings) -> str:
    """The heading of the H3 ids; cells that are none, stand twice or lie in one another are errors."""
    heading = column_of(table, "cell", config.columns, findings)
    if heading is None:
        findings.raise_errors()
        return ""
    ids = table[heading].str.strip()
    valid = np.array([h3.is_valid_cell(cell) for cell in ids], dtype=bool)
    report(findings, "people.not-a-cell", rows_of(ids[~valid]), column=heading)
    twice = ids[valid & ids.duplicated().to_numpy()]
    report(findings, "people.cell-twice", rows_of(twice), column=heading)
    cells = ids[valid]
    resolution = np.array([h3.get_resolution(cell) for cell in cells])
    for coarse in np.unique(resolution)[:-1]:
        fine = cells[resolution > coarse]
        parents = set(cells[resolution == coarse])
        within = fine[[h3.cell_to_parent(cell, int(coarse)) in parents for cell in fine]]
        report(findings, "people.cell-inside", rows_of(within), column=heading)
    return heading


def _cell_centres(
    table: pd.DataFrame, config: PeopleFile, findings: Findings
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude and latitude of the cells' centres; coordinates of the table that lie elsewhere are warned of."""
    heading = _checked_cells(table, config, findings)
    findings.raise_errors()
    centres = np.array([h3.cell_to_latlng(cell) for cell in table[heading].str.strip()], dtype=np.float64)
    lat: NDArray[np.float64] = centres[:, 0]
    lon: NDArray[np.float64] = centres[:, 1]
    found = [_there(table, ours, config) for ours in ("lon", "lat")]
    if found[0] is not None and found[1] is not None:
        said_lon, said_lat = (degrees(table[h], findings, h).to_numpy(np.float64) for h in found if h is not None)
        north_km = (said_lat - lat) * 111.2
        east_km = (said_lon - lon) * 111.2 * np.cos(np.radians(lat))
        edge_km = h3.average_hexagon_edge_length(h3.get_resolution(table[heading].iloc[0].strip()), unit="km")
        off = table.index[np.hypot(east_km, north_km) > MOST_APART_CELLS * edge_km]
        if len(off):
            findings.warn("people.cell-elsewhere", row=int(off[0]), count=len(off))
    return lon, lat


def _there(table: pd.DataFrame, ours: str, config: PeopleFile) -> str | None:
    return column_of(table, ours, config.columns, Findings(""))
