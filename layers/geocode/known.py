"""What is known beside the list that is placed: the study's facilities and seats, and what earlier runs located.

A list cannot bear witness for itself: neither its own file nor what an earlier run made of its rows counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from ...errors import Findings, InputError, Problem
from ..facilities import read_facilities
from ..figures import degrees
from ..headings import HEADINGS
from ..optional_tables import read_optional_tables
from ..people_model import read_seats
from ..settings import FacilitiesFile, StudyFile, TableFile
from .decisions import keys_of
from .gazetteer import NAME as GAZETTEER
from .ground import Ground
from .located_list import POINTS, is_located_list, located_points, provider_of
from .model import Query
from .rows import read_rows
from .workbook import SheetOf, write_workbook

EARLIER = "earlier.xlsx"
SHEET = "此前结果 earlier"
TABLE = "seats"
FINE = ("exact", "street")
TEXTS = ("name", "county", "township", "address", "precision", "source")
WGS84 = 4326


def facilities_of(
    settings: StudyFile, folder: Path, file: Path, ground: Ground
) -> tuple[gpd.GeoDataFrame | None, tuple[Path, ...], tuple[Problem, ...]]:
    """The study's located facilities but for those of ``file``; its lists that an earlier run wrote; what hindered."""
    others = [config for config in settings.facilities if (folder / config.path).resolve() != file.resolve()]
    located = [config for config in others if _is_located_list(config, folder)]
    others = [config for config in others if config not in located]
    paths = tuple(folder / config.path for config in located)
    if not others or ground.counties is None:
        return None, paths, ()
    try:
        layer = read_facilities(tuple(others), folder, ground.counties.crs, ground.counties, ground.townships)
    except InputError as error:
        return None, paths, as_warnings(error.problems)
    return layer.frame[layer.frame["precision"].isin(FINE)], paths, ()


def _is_located_list(config: FacilitiesFile, folder: Path) -> bool:
    return is_located_list(folder / config.path, sheet=config.sheet, encoding=config.encoding)


def seats_of(settings: StudyFile, folder: Path, ground: Ground) -> tuple[gpd.GeoSeries | None, tuple[Problem, ...]]:
    """The seats as points by county: the table ``seats``, else those of the people model; and what hindered."""
    if ground.counties is None:
        return None, ()
    spread = settings.people.spread
    try:
        if TABLE in settings.tables:
            return _tabled(settings.tables[TABLE], folder, ground.counties)
        if spread is None:
            return None, ()
        path = folder / spread.seats
        return read_seats(spread, path, ground.counties.crs, Findings(path)), ()
    except InputError as error:
        return None, as_warnings(error.problems)


def _tabled(
    config: TableFile, folder: Path, counties: gpd.GeoDataFrame
) -> tuple[gpd.GeoSeries | None, tuple[Problem, ...]]:
    """Seats of a table with the columns county, lon and lat (WGS 84); rows without a place are passed over."""
    table = read_optional_tables({TABLE: config}, folder, tuple(counties["county"]))[TABLE]
    frame = table.frame
    if not {"lon", "lat"} <= set(table.columns):
        return None, table.problems
    findings = Findings(folder / config.path)
    lon, lat = (degrees(frame[column], findings, column) for column in ("lon", "lat"))
    placed = (frame["county"] != "") & (lon.abs() <= 180) & (lat.abs() <= 90)
    points = gpd.points_from_xy(lon[placed], lat[placed])
    seats = gpd.GeoSeries(points, index=frame["county"][placed].to_numpy(), crs=WGS84)
    return seats, (*table.problems, *as_warnings(tuple(findings.problems)))


def earlier_results(
    paths: Iterable[Path], queries: Sequence[Query], ground: Ground
) -> tuple[gpd.GeoDataFrame, tuple[Problem, ...]]:
    """Located rows of lists that earlier runs wrote, but for those that ``queries`` ask for; and what hindered.

    ``list`` is the path of each row's list. Of rows with one name, county, township and address the first counts. What
    only the gazetteer had said is no news.
    """
    seen = set(_same(queries))
    rows: list[dict[str, object]] = []
    problems: list[Problem] = []
    for path in dict.fromkeys(path.resolve() for path in paths if path.exists()):
        try:
            found = located_points(path) if path.suffix.lower() in POINTS else read_rows(path)[0]
        except InputError as error:
            problems += as_warnings(error.problems)
            continue
        stated = [ground.stated(row.query) for row in found]
        for row, query, key in zip(found, stated, _same(stated), strict=True):
            said = provider_of(row.cells["source"]) == GAZETTEER
            if key in seen or row.own is None or row.own.precision not in FINE or said:
                continue
            seen.add(key)
            texts = {"county": query.county, "township": query.township, "precision": row.own.precision}
            texts["list"] = str(path)
            rows.append(
                {**{column: row.cells[column] for column in TEXTS}, **texts, "x": row.own.lon, "y": row.own.lat}
            )
    frame = pd.DataFrame(rows, columns=[*TEXTS, "list", "x", "y"])
    points = gpd.points_from_xy(frame["x"].astype(float), frame["y"].astype(float))
    return gpd.GeoDataFrame(frame[[*TEXTS, "list"]], geometry=points, crs=WGS84), tuple(problems)


def _same(queries: Sequence[Query]) -> list[str]:
    """A key for each row that equal rows of any list share."""
    return [key.rpartition("-")[0] for key in keys_of(queries)]


def write_earlier(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Keeps earlier results that the run's own list would push out of the folder; no file where there are none."""
    if frame.empty:
        path.unlink(missing_ok=True)
        return
    columns = [*TEXTS, "lon", "lat", "datum"]
    cells = frame.assign(lon=frame.geometry.x, lat=frame.geometry.y, datum="WGS-84")[columns].astype(object)
    headings = tuple(f"{HEADINGS[column][0]} ({column})" for column in columns)
    write_workbook(path, [SheetOf(SHEET, headings, cells.to_numpy().tolist())])


def as_warnings(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The same problems as things worth knowing: geocoding goes on without what they spoil."""
    return tuple(replace(problem, level="warning") for problem in problems)
