"""Facilities of a study: lists in Excel, CSV or vector files become one layer, with everything doubtful said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer

from ..errors import Findings, InputError
from .boundaries import as_text
from .facility_cells import read_cells
from .facility_checks import per_list, report_duplicates, with_counties, with_ids, with_townships
from .facility_places import Bounds, bounds_wgs84, read_places
from .figures import number, report
from .headings import OURS, find_columns, require, take_columns
from .model import Layer
from .settings import FacilitiesFile
from .settings_parts import Grade
from .tables import EXCEL_SUFFIXES, TEXT_SUFFIXES, read_table
from .vectors import listed, read_vector
from .vocabulary import nearest, plain

COLUMNS = (
    "id",
    "name",
    "kind",
    "level",
    "level_class",
    "run_by",
    "roles",
    "county",
    "township",
    "beds",
    "beds_authorised",
    "ambulances",
    "status",
    "precision",
    "uncertainty_km",
    "source",
    "parent",
)
TOTALS = ("合计", "总计", "小计", "共计", "total", "subtotal", "grandtotal")
GRADES: tuple[Grade, ...] = ("surveyed", "open data", "modelled", "assumed", "missing")


def read_facilities(
    configs: tuple[FacilitiesFile, ...],
    folder: Path,
    study_crs: CRS,
    counties: gpd.GeoDataFrame | None,
    townships: gpd.GeoDataFrame | None = None,
) -> Layer:
    """All lists as one layer: :data:`COLUMNS` and ``geometry`` (None where unlocated), in ``study_crs``.

    Rows keep their order. A row without coordinates is never placed. A point is read in its list's or row's datum and
    stored from WGS 84. The layer's grade is that of the weakest list. Raises :class:`InputError` with the problems of
    all lists; what a planner must know but can live with stands in ``Layer.problems``. Without ``counties`` (where
    their file is broken) nothing is compared with them, and the counties are those that the lists state.
    """
    findings = [Findings(folder / config.path) for config in configs]
    bounds = None if counties is None else bounds_wgs84(counties)
    parts, headings = [], []
    for i, (config, found) in enumerate(zip(configs, findings, strict=True)):
        headings.append(dict[str, str]())
        try:
            part = read_list(config, folder, bounds, headings[i], found)
        except InputError as error:
            found.problems.extend(p for p in error.problems if p not in found.problems)
            continue
        parts.append(part.assign(list=i, row=part.index))
    if parts:
        frame = _checked(pd.concat(parts, ignore_index=True), study_crs, counties, townships, findings)
    problems = tuple(
        replace(problem, column=names.get(problem.column or "", problem.column))
        for found, names in zip(findings, headings, strict=True)
        for problem in found.problems
    )
    if any(problem.level == "error" for problem in problems):
        raise InputError(problems)
    return Layer(
        "facilities",
        frame[[*COLUMNS, "geometry"]],
        max((config.grade for config in configs), key=GRADES.index),
        _joined([config.source for config in configs]),
        _joined([config.licence for config in configs]),
        _joined([config.date for config in configs]),
        problems,
    )


def _checked(
    rows: pd.DataFrame,
    study_crs: CRS,
    counties: gpd.GeoDataFrame | None,
    townships: gpd.GeoDataFrame | None,
    findings: Sequence[Findings],
) -> gpd.GeoDataFrame:
    """All lists together on the map, with counties, townships and ids; what contradicts is in ``findings``."""
    frame = _placed(rows, study_crs, findings)
    if counties is not None:
        frame["county"] = with_counties(frame, counties, findings)
    if townships is not None:
        frame["township"] = with_townships(frame, townships, findings)
    frame["id"] = with_ids(frame, findings)
    report_duplicates(frame, findings)
    if counties is not None:
        _report_nowhere(frame, findings)
    return frame


def read_list(
    config: FacilitiesFile,
    folder: Path,
    bounds: Bounds | None,
    headings: dict[str, str],
    findings: Findings,
) -> pd.DataFrame:
    """One list with :data:`COLUMNS` and lon, lat in WGS 84, indexed by row. Errors of rows are left in ``findings``.

    Fills ``headings`` (our column -> the file's), by which problems name columns.
    """
    path = folder / config.path
    if path.suffix.lower() in TEXT_SUFFIXES | EXCEL_SUFFIXES:
        table = read_table(
            path, sheet=config.sheet, encoding=config.encoding, none="facilities.none", findings=findings
        )
        headings |= find_columns(table, config.columns, findings)
        frame = take_columns(table, headings)
    else:
        attributes, points = vector_tables(path, config.layer, findings)
        headings |= find_columns(attributes, config.columns, findings)
        table, frame = attributes, take_columns(attributes, headings).assign(**points)
    facts = ~_totals(frame, table, findings)
    table, frame = table[facts], frame[facts]
    kept = _kept(table, frame, config, findings)
    frame = _with_defaults(frame.loc[kept], config, findings)
    if frame.empty and config.minimum:
        findings.error("facilities.none-left", rules=", ".join(f"{c} >= {v:g}" for c, v in config.minimum.items()))
    findings.raise_errors()
    if len(frame):
        require(frame, table, findings)
    findings.raise_errors()
    cells = read_cells(frame, findings)
    if len(frame) and (frame[["lon", "lat"]] == "").all(axis=None):
        findings.warn("facilities.no-coordinates", there=", ".join(str(c) for c in table.columns))
    places = read_places(frame, config.datum, bounds, findings)
    cells[["lon", "lat", "precision", "uncertainty_km"]] = places
    cells["source"] = cells["source"].where(cells["source"] != "", config.source)
    return cells


def vector_tables(path: Path, layer: str | None, findings: Findings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Attributes as texts, and the geometry as texts lon and lat (of a line or polygon, a point inside or on it).

    Degrees stay as written, so that their decimals tell how precise they are; metres are precise.
    """
    raw = read_vector(path, layer=layer, findings=findings)
    findings.raise_errors()
    geometry = raw.to_crs(4326).geometry.to_numpy()
    extended = np.flatnonzero(shapely.get_dimensions(geometry) > 0)
    if len(extended):
        rows = raw.index.to_numpy()[extended]
        findings.warn("facilities.not-points", row=int(rows[0]), count=len(rows), rows=listed(rows))
        geometry = geometry.copy()
        geometry[extended] = shapely.point_on_surface(geometry[extended])
    points = shapely.centroid(geometry)
    attributes = pd.DataFrame({str(c): as_text(raw[c]) for c in raw.columns if c != "geometry"}, index=raw.index)
    degrees = {
        column: [(repr(float(v)) if raw.crs.is_geographic else f"{v:.9f}") if np.isfinite(v) else "" for v in values]
        for column, values in (("lon", shapely.get_x(points)), ("lat", shapely.get_y(points)))
    }
    return attributes, pd.DataFrame(degrees, index=raw.index)


def _totals(frame: pd.DataFrame, table: pd.DataFrame, findings: Findings) -> pd.Series:
    """Rows that add up others: they have a total's word for a name, or no name and that word in another cell."""
    totals = frame["name"].map(plain).isin(TOTALS)
    nameless = frame.index[frame["name"].str.strip() == ""]
    if len(nameless):
        totals[nameless] |= table.loc[nameless].apply(lambda cells: cells.map(plain).isin(TOTALS).any(), axis=1)
    if totals.any():
        rows = frame.index.to_numpy()[totals]
        findings.warn("facilities.totals", row=int(rows[0]), column="name", count=len(rows), rows=listed(rows))
    return totals


def _kept(table: pd.DataFrame, frame: pd.DataFrame, config: FacilitiesFile, findings: Findings) -> pd.Series:
    """Rows that reach every minimum; a column is named as in the file or as we call it."""
    kept = pd.Series(True, index=frame.index)
    for column, least in config.minimum.items():
        if column in table.columns or column in OURS:
            values = number(table[column] if column in table.columns else frame[column], findings, column)
            kept &= values >= least
        else:
            there = ", ".join(str(c) for c in table.columns)
            findings.error("facilities.heading-missing", column=column, ours="minimum", there=there)
    return kept


def _with_defaults(frame: pd.DataFrame, config: FacilitiesFile, findings: Findings) -> pd.DataFrame:
    frame = frame.copy()
    for ours, value in config.defaults.items():
        if ours not in OURS:
            findings.error("facilities.column-unknown", value=ours, nearest=nearest(ours, OURS))
        else:
            frame[ours] = frame[ours].where(frame[ours] != "", value.strip())
    return frame


def _placed(frame: pd.DataFrame, study_crs: CRS, findings: Sequence[Findings]) -> gpd.GeoDataFrame:
    """The facilities as points in the study's CRS; places so far off that it has no coordinates for them are errors."""
    located = frame["lon"].notna().to_numpy()
    x, y = Transformer.from_crs(4326, study_crs, always_xy=True).transform(frame["lon"], frame["lat"])
    lost = located & ~(np.isfinite(x) & np.isfinite(y))
    for found, part in per_list(frame[lost], findings):
        report(
            found, "facilities.off-map", [(int(row), name) for row, name in zip(part["row"], part["name"], strict=True)]
        )
    points = np.full(len(frame), None, dtype=object)
    points[located & ~lost] = shapely.points(x[located & ~lost], y[located & ~lost])
    return gpd.GeoDataFrame(frame, geometry=points, crs=study_crs)


def _report_nowhere(frame: gpd.GeoDataFrame, findings: Sequence[Findings]) -> None:
    """Facilities that no county can count, as they have neither a place nor a county."""
    nowhere = frame[(frame["precision"] == "unlocated") & (frame["county"] == "")]
    for number_of_list, part in nowhere.groupby("list"):
        rows = part["row"].to_numpy()
        found = findings[int(str(number_of_list))]
        found.warn("facilities.nowhere", row=int(rows[0]), count=len(rows), rows=listed(rows))


def _joined(texts: Sequence[str]) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))
