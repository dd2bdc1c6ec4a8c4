"""The verdicts and statistics as CSV that Excel opens rightly.

A cell of text that a spreadsheet would run as a formula gets an apostrophe before it; numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
import math
from numbers import Real
from pathlib import Path

import pandas as pd

from ..coverage.results import SHARE_MINUTES, Assessment
from ..files import write_text
from ..texts import Lang, catalogue, text
from .access_words import access_heading
from .report.sections_of import parts_text
from .words import area_text, coded, joint, plain, target_text

FORMULA_SIGNS = tuple("=+-@\t\r\n＝＋－＠")
DECIMALS = 6
PEOPLE_COLUMNS = ("residents", "people_affected", "people", "outside", "left_out")
LONGEST_CELL = 32_000  # a cell of Excel holds 32,767 characters

Cell = str | int | float


def write_verdicts_csv(assessment: Assessment, path: Path, lang: Lang) -> None:
    """One row per rule and unit, headings and texts in ``lang``; UTF-8 with byte-order mark."""
    write_frame(verdicts_frame(assessment, lang), path, lang)


def verdicts_frame(assessment: Assessment, lang: Lang) -> pd.DataFrame:
    """The verdicts, their goals in print, with the boxes, tables and rows of plans that they cite in words."""
    frame = assessment.to_frame(lang)
    goals = [target_text(str(said), lang) for said in frame["target"]]
    return frame.assign(target=goals, citation=[parts_text(str(said), lang) for said in frame["citation"]])


def write_to_settle_csv(assessment: Assessment, path: Path, lang: Lang) -> None:
    """One row per piece of data that open verdicts lack, the most useful first; UTF-8 with byte-order mark."""
    write_frame(assessment.to_settle_frame(lang), path, lang)


def write_statistics_csv(assessment: Assessment, path: Path, lang: Lang) -> None:
    """One row per area, headings with units; UTF-8 with byte-order mark."""
    write_frame(statistics_frame(assessment, lang), path, lang)


def statistics_frame(assessment: Assessment, lang: Lang) -> pd.DataFrame:
    """The statistics with their areas in words, and what they rest on."""
    frame = assessment.statistics.copy()
    if len(frame):
        frame = _in_words(frame, lang)
        frame["basis"] = joint(lang).join(said.text(lang) for said in assessment.basis)
    return frame


def write_access_csv(assessment: Assessment, folder: Path, lang: Lang) -> tuple[Path, ...]:
    """Writes ``access.csv`` and ``equity.csv``, one row per area; nothing where the assessment has none."""
    frames = access_frames(assessment, lang)
    for name, frame in frames.items():
        write_frame(frame, folder / f"{name}.csv", lang)
    return tuple(folder / f"{name}.csv" for name in frames)


def access_frames(assessment: Assessment, lang: Lang) -> dict[str, pd.DataFrame]:
    """What is within reach and how equally minutes are shared, by area in words; what must be known of them stands
    beside the first area."""
    access = assessment.access
    if access is None:
        return {}
    frames = {"access": access.table, "equity": access.equity}
    known = {name: _in_words(frame, lang).replace([math.inf, -math.inf], math.nan) for name, frame in frames.items()}
    said = [joint(lang).join(each.text(lang) for each in notes) for notes in (access.notes, assessment.basis)]
    for frame, note in zip(known.values(), said, strict=True):
        frame["note"] = [note, *[""] * (len(frame) - 1)]  # long, and the same for all areas
    return known


def _in_words(frame: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """A frame by area, its areas and their levels in words."""
    areas = zip(frame["level"], frame["unit"], strict=True)
    units = [area_text(str(level), str(unit), lang) for level, unit in areas]
    return frame.assign(unit=units, level=[coded("maps.level-", str(level), lang) for level in frame["level"]])


def write_frame(frame: pd.DataFrame, path: Path, lang: Lang) -> None:
    """Any frame as CSV with headings in ``lang``; UTF-8 with byte-order mark, whole or not at all."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    names = [str(name) for name in frame.columns]
    writer.writerow([defused(heading(name, lang)) for name in names])
    for row in frame.astype(object).itertuples(index=False, name=None):
        cells = (cell_of(value, name, lang) for name, value in zip(names, row, strict=True))
        writer.writerow([defused(cell) if isinstance(cell, str) else cell for cell in cells])
    write_text(path, out.getvalue(), encoding="utf-8-sig")


def heading(name: str, lang: Lang) -> str:
    """A column's heading with its unit; the name itself where the catalogue has none."""
    if name in {f"share_{minutes}" for minutes in SHARE_MINUTES}:
        return text("maps.col-share", lang, minutes=name.removeprefix("share_"))
    about_service = access_heading(name, lang)
    if about_service is not None:
        return about_service
    return text(f"maps.col-{name}", lang) if f"maps.col-{name}" in catalogue() else plain(name)


def cell_of(value: object, column: str, lang: Lang) -> Cell:
    """A value as it stands in a file: numbers as numbers, people whole where they are, texts on one line."""
    if value is None or value is pd.NA:
        return ""
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return text("maps.yes" if value else "maps.no", lang)
    if isinstance(value, Real):
        return _number(float(value), column, lang)
    return plain(value, longest=LONGEST_CELL)


def _number(value: float, column: str, lang: Lang) -> Cell:
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return text("maps.unreachable", lang)
    rounded = round(value, 2 if column in PEOPLE_COLUMNS else DECIMALS)
    return int(rounded) if rounded.is_integer() else rounded


def defused(cell: str) -> str:
    """A text on one line that no spreadsheet takes for a formula."""
    shown = plain(cell, longest=LONGEST_CELL)
    return "'" + shown if cell.startswith(FORMULA_SIGNS) or shown.lstrip().startswith(FORMULA_SIGNS) else shown
