"""Rows of an Excel sheet (.xlsx through openpyxl, .xls through xlrd), as texts that say what the cells hold.

Looked at before a parser sees the file: the unpacked size, and document types (entity bombs).
"""

from __future__ import annotations

import datetime as dt
import io
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import ParseError

import openpyxl
import xlrd
from openpyxl.utils import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from ..errors import Findings
from .csv_files import refuse

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC = b"PK\x03\x04"
PACKED_RATIO = 100
ALWAYS_ALLOWED_BYTES = 32 << 20
MOST_BYTES = 512 << 20
MOST_PARTS = 10_000
PICTURES = "xl/media/"  # never parsed here; an SVG may declare its document type
MOST_CELLS = 5_000_000
MOST_ELEMENTS = 2_400_000  # a cell with a number or text has two; openpyxl needs 1 GB for some 3 million
LONGEST_EXACT_INTEGER = 10**15
BROKEN_XLSX = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ParseError,
    InvalidFileException,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    NotImplementedError,
    RuntimeError,
)
BROKEN_XLS = (
    xlrd.XLRDError,
    xlrd.compdoc.CompDocError,
    struct.error,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    NotImplementedError,
)
UNCOMPUTED = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]+)(\d+)"[^>]*>\s*<(?:\w+:)?f[^<]*(?:/>|</(?:\w+:)?f>)\s*'
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
MERGED = re.compile(rb'<(?:\w+:)?mergeCell ref="([A-Z]+\d+:[A-Z]+\d+)"')


@dataclass(frozen=True)
class Sheet:
    """``rows``: (row number, cells); ``merged``: (first row, last row, column) counted from 1, where rows > 1."""

    rows: list[tuple[int, list[str]]]
    merged: tuple[tuple[int, int, int], ...] = ()


def looks_like_excel(start: bytes) -> bool:
    """Whether a file's first bytes are those of an Excel workbook (or of another package of that kind)."""
    return start.startswith((OLE_MAGIC, ZIP_MAGIC))


def read_sheet(path: Path, sheet: str | None, findings: Findings) -> Sheet:
    """The cells of one sheet, by default the first visible one (said, where there are more).

    Numbers come as Excel shows them (``450702``, not ``450702.0``; leading zeros of a ``000000`` format kept), dates
    as ISO texts, formulas as their stored results. Raises :class:`InputError` for what cannot be read.
    """
    with path.open("rb") as stream:
        start = stream.read(8)
    if start.startswith(ZIP_MAGIC):
        _check_package(path, findings)
        try:
            return _read_xlsx(path, sheet, findings)
        except BROKEN_XLSX as error:
            if findings.errors:
                raise
            refuse(findings, "table.excel-broken", reason=_reason(error))
    raw = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in raw:
        refuse(findings, "table.excel-encrypted")
    try:
        return _read_xls(raw, sheet, findings)
    except BROKEN_XLS as error:
        if findings.errors:
            raise
        encrypted = isinstance(error, xlrd.XLRDError) and "encrypted" in str(error)
        refuse(findings, "table.excel-encrypted" if encrypted else "table.excel-broken", reason=_reason(error))


def visible_sheets(path: Path) -> list[str]:
    """The visible sheets of a workbook that :func:`read_sheet` could read, in order."""
    with path.open("rb") as stream:
        start = stream.read(8)
    if not start.startswith(ZIP_MAGIC):
        book = xlrd.open_workbook(path, formatting_info=True, logfile=io.StringIO())
        return [sheet.name for sheet in book.sheets() if sheet.visibility == 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        workbook = openpyxl.load_workbook(path, read_only=True, keep_links=False)
    try:
        return [sheet.title for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    finally:
        workbook.close()


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _check_package(path: Path, findings: Findings) -> None:
    allowed = min(MOST_BYTES, max(ALWAYS_ALLOWED_BYTES, PACKED_RATIO * path.stat().st_size))
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > allowed:
                refuse(findings, "file.bomb", limit_mb=allowed >> 20)
            if any(part.flag_bits & 1 for part in parts):
                refuse(findings, "table.excel-encrypted")
            if "[Content_Types].xml" not in package.namelist():
                refuse(findings, "table.excel-other")
            elements = 0
            for part in parts:
                if not part.filename.startswith(PICTURES):
                    elements += _count_elements(package, part, findings)
            if elements > MOST_ELEMENTS:
                refuse(findings, "table.too-many-cells", limit=MOST_ELEMENTS // 2)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        refuse(findings, "table.excel-broken", reason=_reason(error))


def _count_elements(package: zipfile.ZipFile, part: zipfile.ZipInfo, findings: Findings) -> int:
    """How many XML elements a part holds; a part that declares a document type is refused.

    No office program writes document types; one may define entities that unpack to gigabytes or read other files.
    """
    marks = [mark.encode(code) for mark in ("<!DOCTYPE", "<!ENTITY") for code in ("ascii", "utf-16-le", "utf-16-be")]
    tail, count = b"", 0
    with package.open(part) as stream:
        while block := stream.read(1 << 20):
            searched = tail + block
            if any(mark in searched for mark in marks):
                refuse(findings, "table.excel-entities", part=part.filename)
            count += block.count(b"<") - block.count(b"</")
            tail = searched[-32:]
    return count


def _choose(names: list[str], visible: list[str], sheet: str | None, findings: Findings) -> str:
    if sheet is not None:
        if sheet not in names:
            refuse(findings, "table.sheet-missing", value=sheet, sheets=", ".join(names))
        return sheet
    if not visible:
        refuse(findings, "table.sheet-none")
    if len(visible) > 1:
        findings.warn("table.sheet-first", sheet=visible[0], others=", ".join(visible[1:]))
    return visible[0]


def _read_xlsx(path: Path, sheet: str | None, findings: Findings) -> Sheet:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and validation rules, which hold no data
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            sheets = {s.title: s for s in book.worksheets}
            visible = [title for title, s in sheets.items() if s.sheet_state == "visible"]
            chosen = sheets[_choose(list(sheets), visible, sheet, findings)]
            with zipfile.ZipFile(path) as package:
                raw = package.read(chosen._worksheet_path)
            _report_uncomputed(raw, findings)
            chosen.reset_dimensions()
            rows, budget = [], MOST_CELLS
            for number, cells in enumerate(chosen.iter_rows(), start=1):
                budget -= len(cells) + 1
                if budget < 0:
                    refuse(findings, "table.too-many-cells", limit=MOST_CELLS)
                texts = [_xlsx_text(cell, number, findings) for cell in cells]
                if any(texts):
                    rows.append((number, texts))
        finally:
            book.close()
    bounds = (range_boundaries(ref.decode()) for ref in MERGED.findall(raw))
    return Sheet(rows, tuple((top, bottom, left) for left, top, _, bottom in bounds if bottom > top))


def _report_uncomputed(raw: bytes, findings: Findings) -> None:
    """Formulas that were saved without a result would read as blanks."""
    found = UNCOMPUTED.findall(raw)
    for column, row in found[:5]:
        findings.error("table.formula", row=int(row), column=column.decode())
    if len(found) > 5:
        findings.error("table.more", count=len(found) - 5)


def _xlsx_text(cell: openpyxl.cell.Cell, row: int, findings: Findings) -> str:
    if cell.value is None:
        return ""
    if cell.data_type == "e":
        findings.warn("table.excel-error", row=row, value=cell.value)
        return ""
    pattern = cell.number_format if isinstance(cell.value, int | float) else ""
    return _text(cell.value, pattern)


def _text(value: object, number_format: str) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        whole = abs(value) < LONGEST_EXACT_INTEGER and value == int(value)
        text = str(int(value)) if whole else format(value, ".15g")
        return text.zfill(len(number_format)) if whole and re.fullmatch("0{2,}", number_format) else text
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    return str(value).replace("_x000D_", " ").strip()


def _read_xls(raw: bytes, sheet: str | None, findings: Findings) -> Sheet:
    book = xlrd.open_workbook(file_contents=raw, formatting_info=True, logfile=io.StringIO())
    names = book.sheet_names()
    visible = [s.name for s in book.sheets() if s.visibility == 0]
    chosen = book.sheet_by_name(_choose(names, visible, sheet, findings))
    if chosen.nrows * max(chosen.ncols, 1) > MOST_CELLS:
        refuse(findings, "table.too-many-cells", limit=MOST_CELLS)
    rows = []
    for index in range(chosen.nrows):
        texts = [_xls_text(book, cell, index + 1, findings) for cell in chosen.row(index)]
        if any(texts):
            rows.append((index + 1, texts))
    merged: Iterable[tuple[int, int, int, int]] = chosen.merged_cells
    return Sheet(rows, tuple((top + 1, bottom, left + 1) for top, bottom, left, _ in merged if bottom > top + 1))


def _xls_text(book: xlrd.Book, cell: xlrd.sheet.Cell, row: int, findings: Findings) -> str:
    if cell.ctype in {xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK}:
        return ""
    if cell.ctype == xlrd.XL_CELL_ERROR:
        findings.warn("table.excel-error", row=row, value=xlrd.error_text_from_code.get(cell.value, "#?"))
        return ""
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return _text(bool(cell.value), "")
    if cell.ctype == xlrd.XL_CELL_DATE:
        return _text(xlrd.xldate_as_datetime(cell.value, book.datemode), "")
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return _text(cell.value, book.format_map[book.xf_list[cell.xf_index].format_key].format_str)
    return _text(cell.value, "")
