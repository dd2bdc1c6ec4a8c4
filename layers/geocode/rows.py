"""A health bureau's list as rows to be placed: every sheet, every row, with the coordinates it may bring along.

No row is lost: one without a name, a total, a heading that is printed again on each page is kept with the reason why it
cannot be placed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ...errors import Findings, InputError, Problem
from ...texts import Message
from ..excel_files import looks_like_excel, visible_sheets
from ..facility_places import Bounds, read_places
from ..headings import HEADINGS, OURS, find_columns, take_columns
from ..settings import FacilitiesFile
from ..settings_parts import Datum
from ..tables import read_table
from ..vocabulary import DATUMS, KINDS, meanings, plain
from .model import Precision, Query
from .name_words import KINDS as NAME_KINDS
from .names import read_name

TOTALS = re.compile(
    r"(?:合\s*计|总\s*计|小\s*计|共\s*计|累\s*计|总\s*数|全市合计|total|sub-?total|sum)[\s:：]*[0-9０-９]*\s*[家个所间]?",
    re.IGNORECASE,
)
PRECISIONS: Mapping[str, Precision] = {
    "exact": "exact",
    "street": "street",
    "township": "township",
    "seat": "county",
    "county": "county",
}
STATED: Mapping[str, Datum] = {"wgs84": "wgs84", "cgcs2000": "wgs84", "gcj02": "gcj02", "bd09": "bd09"}
NO_TABLE = {"table.empty", "table.one-column", "table.no-rows"}


@dataclass(frozen=True)
class Own:
    """Coordinates that a row brings along, as they stand there; ``datum`` is None where the list does not say it."""

    lon: float
    lat: float
    datum: Datum | None
    precision: Precision


@dataclass(frozen=True)
class Row:
    """One row: the question, its cells under our column names, the file's other cells under its own headings.

    ``refused`` says why it cannot be placed at all; ``own_problem`` why the coordinates it brings are not used.
    """

    query: Query
    cells: Mapping[str, str]
    others: Mapping[str, str]
    own: Own | None = None
    refused: Message | None = None
    own_problem: Message | None = None


def read_rows(
    path: Path, *, bounds: Bounds | None = None, stated: FacilitiesFile | None = None
) -> tuple[list[Row], tuple[Problem, ...]]:
    """All rows of all visible sheets that have a column of names, and what is worth knowing of the file.

    ``stated``: what a study says of the list: its sheet, encoding, columns, and values where it has none. ``bounds``
    are the study's in degrees, to tell swapped coordinates. :class:`~carereach.errors.InputError` where no sheet has
    names, and for files that cannot be read.
    """
    findings = Findings(path)
    encoding, only = (stated.encoding, stated.sheet) if stated else (None, None)
    table = _table(path, only, encoding, findings)
    sheets = [only] if only else _sheets(path)
    findings.problems = [problem for problem in findings.problems if problem.code != "table.sheet-first"]
    rows: list[Row] = []
    headless: list[str] = []
    seen: list[str] = []
    for number, sheet in enumerate(sheets):
        table = _table(path, sheet, encoding, findings) if number else table
        seen += [str(column) for column in table.columns]
        headings = find_columns(table, stated.columns if stated else {}, findings) if len(table) else {}
        if "name" in headings:
            frame = _with_defaults(take_columns(table, headings), stated)
            rows += _rows_of(table, frame, headings, sheet if len(sheets) > 1 else "", bounds, findings)
        else:
            headless.append(sheet)
    if len(headless) == len(sheets):
        words = ", ".join(("name", *HEADINGS["name"]))
        findings.error("geocode.no-names", words=words, there=", ".join(seen))
    for sheet in headless if len(headless) < len(sheets) else []:
        findings.warn("geocode.sheet-without-names", value=sheet)
    findings.raise_errors()
    return rows, tuple(findings.problems)


def _sheets(path: Path) -> list[str]:
    with path.open("rb") as stream:
        return list(visible_sheets(path)) if looks_like_excel(stream.read(16)) else [""]


def _with_defaults(frame: pd.DataFrame, stated: FacilitiesFile | None) -> pd.DataFrame:
    """The table with a study's values where the list has none, but not in rows without a name."""
    defaults = {ours: value for ours, value in (stated.defaults if stated else {}).items() if ours in OURS}
    named = frame["name"] != ""
    return frame.assign(**{c: frame[c].where((frame[c] != "") | ~named, v.strip()) for c, v in defaults.items()})


def _table(path: Path, sheet: str | None, encoding: str | None, findings: Findings) -> pd.DataFrame:
    """One sheet; a blank one or one that holds only a note is an empty table."""
    own = Findings(path)
    try:
        table = read_table(path, sheet=sheet, encoding=encoding, findings=own)
    except InputError as error:
        if any(problem.level == "error" and problem.code not in NO_TABLE for problem in error.problems):
            raise
        return pd.DataFrame()
    findings.problems += own.problems
    return table


def _rows_of(
    table: pd.DataFrame,
    frame: pd.DataFrame,
    headings: Mapping[str, str],
    sheet: str,
    bounds: Bounds | None,
    findings: Findings,
) -> list[Row]:
    owns, problems = _own_places(frame, bounds, findings)
    others = table[[c for c in table.columns if c not in headings.values()]].to_dict("records")
    kinds = meanings(KINDS)
    rows = []
    # Each row is a question of its own.
    for k, (row, stated, whole) in enumerate(zip(table.index, frame.to_dict("records"), table.to_numpy(), strict=True)):
        cells = {ours: str(stated[ours]) for ours in OURS}
        query = Query(
            int(row),
            cells["name"],
            cells["address"],
            county=cells["county"],
            township=cells["township"],
            kind=kinds.get(plain(cells["kind"]), "") or NAME_KINDS.get(read_name(cells["name"]).kind, ((), ""))[1],
            sheet=sheet,
        )
        refused = _refused(whole.tolist(), cells["name"], headings["name"])
        extra = {str(c): str(v) for c, v in others[k].items()}
        rows.append(Row(query, cells, extra, None if refused else owns[k], refused, problems[k]))
    return rows


def _refused(cells: list[str], name: str, heading: str) -> Message | None:
    filled = [cell for cell in cells if cell]
    if TOTALS.fullmatch(name) or (not name and any(TOTALS.fullmatch(cell) for cell in filled)):
        return Message("geocode.total-row")
    if not name:
        return Message("geocode.no-name")
    return Message("geocode.heading-again") if name == heading else None


def _own_places(
    frame: pd.DataFrame, bounds: Bounds | None, findings: Findings
) -> tuple[list[Own | None], list[Message | None]]:
    """The coordinates of each row with their datum, or why they are not used."""
    asked = frame.assign(datum="", uncertainty_km="")
    places = read_places(asked, "wgs84", bounds, Findings(""))
    datums, known = frame["datum"].map(plain), meanings(DATUMS)
    owns: list[Own | None] = []
    problems: list[Message | None] = []
    columns = zip(places["lon"], places["lat"], places["precision"], datums, frame.index, strict=True)
    for (lon, lat, precision, word, row), given in zip(columns, frame[["lon", "lat"]].to_numpy(), strict=True):
        datum = known.get(word)
        own, problem = None, None
        if np.isfinite(lon):
            own = Own(float(lon), float(lat), STATED.get(datum or ""), PRECISIONS.get(precision, "unknown"))
            if word and datum is None:
                findings.warn("geocode.datum-word", row=int(row), column="datum", value=frame["datum"].loc[row])
        elif any(given):
            problem = Message("geocode.own-unreadable", {"lon": given[0] or "—", "lat": given[1] or "—"})
        owns.append(own)
        problems.append(problem)
    return owns, problems
