"""Located lists read back: the workbook or the GeoPackage that a run of geocoding wrote, told from any other list."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from ...errors import Findings, InputError
from ..facilities import vector_tables
from ..facility_places import read_places
from ..headings import find_columns, take_columns
from ..tables import EXCEL_SUFFIXES, TEXT_SUFFIXES, read_table
from .model import Query
from .review import heading
from .rows import PRECISIONS, Own, Row

MARKS = ("outcome", "decided_by")
ADDED = (*MARKS, "answers_until")
PROVIDER = re.compile(r"carereach geocode: (\S+(?: \(\S+\))?)$")
TABLES = (*EXCEL_SUFFIXES, *TEXT_SUFFIXES)
POINTS = (".gpkg",)


def read_located(
    path: Path, *, sheet: str | None = None, encoding: str | None = None, findings: Findings
) -> pd.DataFrame | None:
    """The rows of a located list as texts under our column names, with :data:`ADDED`; the index is the row.

    None for a list that no run of geocoding wrote; :class:`~carereach.errors.InputError` for one that cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix in POINTS:
        table, places = vector_tables(path, None, findings)
        names = {column: column for column in ADDED}
    elif suffix in TABLES:
        table = read_table(path, sheet=sheet, encoding=encoding, findings=findings)
        places, names = None, {column: heading(column) for column in ADDED}
    else:
        return None
    if not {names[mark] for mark in MARKS} <= set(table.columns):
        return None
    frame = take_columns(table, find_columns(table, {}, Findings(path)))
    frame = frame if places is None else frame.assign(lon=places["lon"], lat=places["lat"])
    return frame.assign(**{c: table[given] if (given := names[c]) in table else "" for c in ADDED})


def is_located_list(path: Path, *, sheet: str | None = None, encoding: str | None = None) -> bool:
    """Whether a facility list has the columns that only a run of geocoding writes; unreadable ones have not."""
    try:
        return read_located(path, sheet=sheet, encoding=encoding, findings=Findings(path)) is not None
    except InputError:
        return False  # reading it as the study's facilities says what is wrong with it


def located_points(path: Path) -> list[Row]:
    """The rows of a located GeoPackage, as the rows of a list with their places (WGS 84)."""
    findings = Findings(path)
    frame = read_located(path, findings=findings)
    findings.raise_errors()
    if frame is None:
        return []
    places = read_places(frame.assign(datum="", uncertainty_km=""), "wgs84", None, Findings(""))
    rows = []
    for (number, cells), place in zip(frame.iterrows(), places.to_dict("records"), strict=True):
        stated = {str(column): str(value) for column, value in cells.items()}
        own = None
        if np.isfinite(place["lon"]):
            precision = PRECISIONS.get(place["precision"], "unknown")
            own = Own(float(place["lon"]), float(place["lat"]), "wgs84", precision)
        query = Query(
            int(str(number)),
            *(stated["name"], stated["address"]),
            county=stated["county"],
            township=stated["township"],
            kind=stated["kind"],
        )
        rows.append(Row(query, stated, {}, own))
    return rows


def provider_of(source: str) -> str:
    """Who said the place of a located row, by its source; "" where the list itself had it."""
    found = PROVIDER.search(source)
    return found[1] if found else ""
