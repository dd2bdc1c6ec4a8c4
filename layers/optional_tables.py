"""Tables that plans ask for beside the layers: staff, beds, yes/no attributes, populations, seats.

A row is about a unit (``county``, and where given ``township`` and ``village``) or about a facility (``id``, or
``name``). What its other columns mean is up to the rules that name them; they are kept as texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..errors import Findings, InputError, Problem
from .figures import MOST_REPORTED, report
from .headings import HEADINGS
from .invisible import visible_texts
from .settings import TableFile
from .settings_parts import Grade
from .tables import read_table
from .vocabulary import meanings, nearest, plain, without_brackets

UNIT_KEYS = ("county", "township", "village")
KEYS = (*UNIT_KEYS, "id", "name")
WORDS: Mapping[str, tuple[str, ...]] = {
    **{key: HEADINGS[key] for key in ("county", "township", "id", "name")},
    "village": ("村", "行政村", "村名", "村委会", "administrative village"),
    "lon": HEADINGS["lon"],
    "lat": HEADINGS["lat"],
}


@dataclass(frozen=True)
class OptionalTable:
    """A table of texts whose index is the row as the user's program shows it; the keys it lacks are blank columns."""

    name: str
    file: str
    frame: pd.DataFrame
    grade: Grade
    source: str = ""
    year: int | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that are no keys."""
        return tuple(str(column) for column in self.frame.columns if column not in KEYS)


def read_optional_tables(
    configs: Mapping[str, TableFile], folder: Path, counties: Iterable[str] = (), cities: Iterable[str] = ()
) -> dict[str, OptionalTable]:
    """All tables of a study; :class:`InputError` with the problems of all of them.

    Given the study's ``counties``, a table of which no row is about any of them, nor about the city as a whole
    (``cities``: its names), is an error, single others are a warning.
    """
    tables: dict[str, OptionalTable] = {}
    problems: list[Problem] = []
    known = tuple(str(county) for county in counties)
    whole = tuple(str(city) for city in cities if city)
    for name, config in configs.items():
        try:
            tables[name] = _read(name, config, folder, known, whole)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tables


def _read(
    name: str, config: TableFile, folder: Path, counties: tuple[str, ...], cities: tuple[str, ...]
) -> OptionalTable:
    path = folder / config.path
    findings = Findings(path)
    table = read_table(path, sheet=config.sheet, encoding=config.encoding, findings=findings)
    frame = _named(table, config.columns, findings)
    findings.raise_errors()
    for key in KEYS:
        frame[key] = visible_texts(frame[key]) if key in frame else ""
    if (frame[[*KEYS]] == "").all(axis=None):
        findings.error("optional.no-keys", keys=", ".join(KEYS), there=", ".join(str(c) for c in table.columns))
    _check_counties(frame[~frame["county"].isin(cities)], counties, findings)
    _check_once(frame, findings)
    findings.raise_errors()
    return OptionalTable(name, path.name, frame, config.grade, config.source, config.year, tuple(findings.problems))


def _named(table: pd.DataFrame, columns: Mapping[str, str], findings: Findings) -> pd.DataFrame:
    """The table under the study file's names; keys are also known by their usual headings."""
    for ours, heading in columns.items():
        if heading not in table.columns:
            there = ", ".join(str(c) for c in table.columns)
            findings.error("facilities.heading-missing", column=heading, ours=ours, there=there)
    chosen = {heading: ours for ours, heading in columns.items()}
    known = meanings(WORDS)
    for heading in table.columns:
        key = known.get(plain(heading)) or known.get(plain(without_brackets(heading)))
        if key is not None and heading not in chosen and key not in (*chosen.values(), *table.columns):
            chosen[heading] = key
    return table.rename(columns=chosen)


def _check_counties(frame: pd.DataFrame, counties: tuple[str, ...], findings: Findings) -> None:
    given = frame["county"] != ""
    others = frame[given & ~frame["county"].isin(counties)]
    if not counties or others.empty:
        return
    level = "error" if len(others) == given.sum() and len(others) > 1 else "warning"
    if level == "error":
        value = str(others["county"].iloc[0])
        findings.error(
            "optional.county",
            row=int(others.index[0]),
            value=value,
            nearest=nearest(value, counties),
            count=len(others),
        )
    else:
        names = "、".join(dict.fromkeys(others["county"].head(MOST_REPORTED)))
        findings.warn("optional.other-counties", row=int(others.index[0]), names=names, count=len(others))


def _check_once(frame: pd.DataFrame, findings: Findings) -> None:
    """A unit or facility may have one row only: of two the program would have to guess."""
    repeated = frame[(frame[[*KEYS]] != "").any(axis=1) & frame.duplicated([*KEYS])]
    places = [
        (int(row), "·".join(k for k in keys if k))
        for row, keys in zip(repeated.index, repeated[[*KEYS]].itertuples(index=False), strict=True)
    ]
    report(findings, "optional.twice", places)
