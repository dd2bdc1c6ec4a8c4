"""The results as one Excel workbook: verdicts, who is in which circle, what would settle them, skipped rules and more.

A text is never taken for a formula, whatever it begins with; headings stay in sight and can be filtered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from ..coverage.results import Assessment
from ..files import atomic
from ..texts import Lang, catalogue, text
from .access_words import access_meaning
from .tables import PEOPLE_COLUMNS, access_frames, cell_of, heading, statistics_frame, verdicts_frame
from .tables import Cell as Value
from .words import coded, parameter_text, plain

NARROWEST, WIDEST = 8, 48
NO_CHARACTERS = {0xFFFE: " ", 0xFFFF: " "}  # XML cannot hold them
STATUS_FILLS = {"verdict.met": "D9EAD3", "verdict.not-met": "F4CCCC", "verdict.cannot-tell": "FFF2CC"}
WHOLE = "#,##0"
NUMBER_FORMATS = (  # how numbers are shown, by what their column's name ends in; the values behind are whole
    (("_min", "_km", "_km2", "_percent"), "#,##0.0"),
    (("mean_ratio", "palma", "_per_1000", "_per_100000"), "#,##0.00"),
    (("_share", "gini", "theil", "_counties", "_zones"), "0.000"),
)
PARAMETER_COLUMNS = {"unit": "parameter_unit", "status": "parameter_status", "source": "parameter_source"}


def write_workbook(assessment: Assessment, path: Path, lang: Lang) -> None:
    """All tables of an assessment in ``lang``, each on a sheet of its own; whole or not at all."""
    frames = {
        "verdicts": verdicts_frame(assessment, lang),
        **({"circles": circles} if len(circles := _circles(assessment, lang)) else {}),
        "to_settle": assessment.to_settle_frame(lang),
        "skipped": _skipped(assessment, lang),
        "statistics": statistics_frame(assessment, lang),
        **access_frames(assessment, lang),
        "parameters": _parameters(assessment, lang),
    }
    book = new_workbook()
    for name, frame in frames.items():
        add_frame(book, name, frame, lang)
    colour_status(book.worksheets[0], list(frames["verdicts"].columns).index("status") + 1, lang)
    add_dictionary(book, frames, lang)
    save_workbook(book, path)


def new_workbook() -> Workbook:
    """A workbook without any sheet."""
    book = Workbook()
    for sheet in book.worksheets:
        book.remove(sheet)
    return book


def save_workbook(book: Workbook, path: Path) -> None:
    """Writes a workbook atomically."""
    with atomic(path) as temporary:
        book.save(temporary)


def add_sheet(book: Workbook, title: str, headings: Sequence[str], rows: Iterable[Sequence[Value]]) -> Worksheet:
    """A sheet with its headings bold, frozen and filtered, and columns as wide as what they hold, within bounds."""
    sheet = book.create_sheet(title)
    widths = [_width(said) + 3 for said in headings]
    for column, said in enumerate(headings, start=1):
        cell = _put(sheet, 1, column, said)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E7E6E6")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    last = 1
    for last, values in enumerate(rows, start=2):
        for column, value in enumerate(values, start=1):
            if value != "":
                _put(sheet, last, column, value)
                widths[column - 1] = max(widths[column - 1], _width(str(value)) + 1)
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = min(max(width, NARROWEST), WIDEST)
    sheet.freeze_panes = "A2"
    if headings:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(headings))}{last}"
    return sheet


def add_frame(book: Workbook, name: str, frame: pd.DataFrame, lang: Lang) -> Worksheet:
    """A sheet with a frame, called what the catalogue calls ``name``."""
    names = [str(column) for column in frame.columns]
    rows = (
        [cell_of(value, column, lang) for column, value in zip(names, row, strict=True)]
        for row in frame.astype(object).itertuples(index=False, name=None)
    )
    sheet = add_sheet(book, text(f"sheet.{name}", lang), [heading(column, lang) for column in names], rows)
    for place, column in enumerate(names, start=1):
        shown = number_format(column)
        if shown:
            for row in range(2, sheet.max_row + 1):
                sheet.cell(row, place).number_format = shown
    return sheet


def number_format(column: str) -> str:
    """How a spreadsheet shows a column's numbers, people as whole ones; empty where the program decides."""
    if column in PEOPLE_COLUMNS:
        return WHOLE
    return next((shown for endings, shown in NUMBER_FORMATS if column.endswith(endings)), "")


def _put(sheet: Worksheet, row: int, column: int, value: Value) -> Cell:
    """Sets a cell. A text is stored as a text, and stays one when a user edits it."""
    if isinstance(value, str):
        value = value.translate(NO_CHARACTERS)
    cell: Cell = sheet.cell(row, column, value)
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(("=", "+", "-", "@"))
    return cell


def _width(said: str) -> int:
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in said)


def colour_status(sheet: Worksheet, column: int, lang: Lang) -> None:
    """Colours each verdict; the words say the same."""
    for row in range(2, sheet.max_row + 1):
        said = str(sheet.cell(row, column).value or "")
        fitting = [code for code in STATUS_FILLS if said.startswith(text(code, lang))]
        if fitting:
            sheet.cell(row, column).fill = PatternFill("solid", fgColor=STATUS_FILLS[max(fitting, key=len)])


def _circles(assessment: Assessment, lang: Lang) -> pd.DataFrame:
    """Of each rule about who is within reach: every street or township, the share inside, and who is outside."""
    rows = [
        (verdict.plan, verdict.rule, getattr(verdict.title, lang), verdict.unit_text(lang), place, people, inside, out)
        for verdict in assessment.verdicts
        for place, people, out in verdict.places
        if people > 0
        for inside in [100.0 * (1.0 - out / people)]
    ]
    columns = ["plan", "rule", "title", "unit", "place", "residents", "inside_percent", "outside"]
    return pd.DataFrame(rows, columns=columns)


def _skipped(assessment: Assessment, lang: Lang) -> pd.DataFrame:
    rows = [(s.plan, s.rule, getattr(s.title, lang), s.reason.text(lang)) for s in assessment.skipped]
    return pd.DataFrame(rows, columns=["plan", "rule", "title", "reason"])


def _parameters(assessment: Assessment, lang: Lang) -> pd.DataFrame:
    frame = assessment.parameters.copy()
    frame["name"] = [parameter_text(str(name), lang) for name in frame["name"]]
    frame["status"] = [coded("maps.status-", str(status), lang) for status in frame["status"]]
    return frame.rename(columns=PARAMETER_COLUMNS)


def add_dictionary(book: Workbook, frames: Mapping[str, pd.DataFrame], lang: Lang) -> None:
    """What each column of each sheet means; JSON and Python call it by its name."""
    rows = [
        [text(f"sheet.{sheet}", lang), heading(str(column), lang), plain(column), meaning(str(column), lang)]
        for sheet, frame in frames.items()
        for column in frame.columns
    ]
    heads = [text(f"maps.col-{name}", lang) for name in ("sheet", "column", "key", "meaning")]
    add_sheet(book, text("sheet.dictionary", lang), heads, rows)


def meaning(column: str, lang: Lang) -> str:
    """What a column holds; empty for one that the catalogue does not know."""
    about = access_meaning(column, lang)
    if about is not None:
        return about
    code = "about.share" if column.startswith("share_") else f"about.{column}"
    return text(code, lang) if code in catalogue() else ""
