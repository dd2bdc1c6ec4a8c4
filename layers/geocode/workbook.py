"""Workbooks for people: texts that stay texts, frozen headings, widths that fit; read back as texts.

The same sheets give the same bytes: the hour of writing stands in the file system, not in the file.
"""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from ...files import atomic

UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
LONGEST_CELL = 32_000
WIDEST, NARROWEST = 48, 8
ASKING = PatternFill("solid", fgColor="FFF2CC")
HEADING = PatternFill("solid", fgColor="D9E1F2")
NO_TIME = datetime(2000, 1, 1)
PROPERTIES, MODIFIED = "docProps/core.xml", re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")

Cell = str | int | float | None


@dataclass(frozen=True)
class SheetOf:
    """A sheet: its title, headings and rows; ``asked``: positions of the columns that a person fills in."""

    title: str
    headings: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    asked: tuple[int, ...] = ()


def write_workbook(path: Path, sheets: Sequence[SheetOf]) -> None:
    """Writes the sheets atomically. A text is a text even where it begins with ``=``; NaN is a blank cell."""
    book = Workbook()
    book.remove(book.active)
    book.properties.created = NO_TIME
    for sheet in sheets:
        _fill(book.create_sheet(sheet.title), sheet)
    with atomic(path) as temporary:
        book.save(temporary)
        _without_times(temporary)


def _without_times(path: Path) -> None:
    """Takes the hour of saving out of a workbook: from its properties and from the archive's entries."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    written = NO_TIME.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    parts[PROPERTIES] = MODIFIED.sub(rb"\g<1>" + written, parts[PROPERTIES])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def _fill(target: Worksheet, sheet: SheetOf) -> None:
    target.freeze_panes = "A2"
    for number, row in enumerate((sheet.headings, *sheet.rows), start=1):
        for column, value in enumerate(row, start=1):
            if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
                if number > 1 and column - 1 in sheet.asked:
                    target.cell(number, column).fill = ASKING
                continue
            cell = target.cell(number, column)
            if isinstance(value, str):
                cell.value = UNWRITABLE.sub(" ", value)[:LONGEST_CELL]
                cell.data_type = "s"
                cell.quotePrefix = value[:1] in "=+-@"
            else:
                cell.value = value
            if number == 1:
                cell.font, cell.fill = Font(bold=True), HEADING
                cell.alignment = Alignment(wrap_text=True, vertical="top")
            elif column - 1 in sheet.asked:
                cell.fill = ASKING
    for column, heading in enumerate(sheet.headings):
        longest = max((_width(row[column]) for row in sheet.rows[:200]), default=0)
        letter = get_column_letter(column + 1)
        target.column_dimensions[letter].width = min(max(longest, _width(heading) / 2, NARROWEST), WIDEST) + 2
    if sheet.rows:
        target.auto_filter.ref = target.dimensions


def _width(value: Cell) -> float:
    """Characters, Chinese ones as two."""
    return sum(2 if ord(c) > 0x2E80 else 1 for c in str(value)) if value is not None else 0
