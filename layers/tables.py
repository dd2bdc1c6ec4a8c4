"""Tables of users: one reader for CSV and Excel that gives texts and says what looks wrong, with its row.

Numbers and coordinates in the cells are read by :mod:`carereach.layers.figures`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, zip_longest
from pathlib import Path

import pandas as pd

from ..errors import Findings
from ..files import require_file
from .csv_files import read_rows, refuse
from .excel_files import looks_like_excel, read_sheet
from .figures import degrees, number, report

__all__ = ["degrees", "number", "read_table", "report"]

TEXT_SUFFIXES = {".csv", ".tsv", ".txt"}
EXCEL_SUFFIXES = {".xlsx", ".xlsm", ".xls"}
MOST_BYTES = 256 << 20
MOST_COLUMNS = 1000
BLOCK_ROWS = 2_000  # few live objects at a time: with 50,000 the garbage collector takes five times as long

Row = tuple[int, list[str]]


def read_table(
    path: Path, *, sheet: str | None = None, encoding: str | None = None, none: str = "", findings: Findings
) -> pd.DataFrame:
    """Reads a CSV or Excel table into text columns; a missing cell is ``""``, blank rows are left out.

    ``encoding``: by default UTF-8 or, where the bytes are none, GB18030. ``sheet``: by default the first visible one.
    The index is the row number as the user's program shows it. The heading is the first row with at least two filled
    cells. A table without rows is refused, unless ``none`` names the warning that says so. What spoils single rows
    is left in ``findings`` (the caller raises, having found more); what spoils the whole file raises
    :class:`InputError` at once.
    """
    require_file(path, limit=MOST_BYTES)
    with path.open("rb") as stream:
        start = stream.read(16)
    if looks_like_excel(start):
        content = read_sheet(path, sheet, findings)
        return _frame(iter(content.rows), findings, shifts=False, merged=content.merged, none=none)
    suffix = path.suffix.lower()
    if suffix in EXCEL_SUFFIXES:
        refuse(findings, "table.excel-other")
    if suffix not in TEXT_SUFFIXES:
        refuse(findings, "table.suffix", value=path.suffix, known=", ".join(sorted(TEXT_SUFFIXES | EXCEL_SUFFIXES)))
    if sheet is not None:
        findings.warn("table.sheet-ignored", value=sheet)
    return _frame(read_rows(path, encoding, findings), findings, shifts=True, none=none)


def _frame(
    rows: Iterator[Row], findings: Findings, *, shifts: bool, merged: Sequence[tuple[int, int, int]] = (), none: str
) -> pd.DataFrame:
    """``shifts``: a field too many moves the others of its row (text files), so the row cannot be trusted."""
    headings = _headings(rows, findings)
    width = len(headings)
    ragged = _Ragged()
    blocks = []
    while block := list(islice(rows, BLOCK_ROWS)):
        filled = [(n, cells) for n, fields in block if any(cells := [field.strip() for field in fields])]
        ragged.look(filled, width)
        kept = [(n, cells) for n, cells in filled if any(cells[:width])]
        columns = zip_longest(*(cells for _, cells in kept), fillvalue="")
        texts = {i: pd.array(column, dtype="str") for i, column in zip(range(width), columns, strict=False)}
        index = [n for n, _ in kept]
        blocks.append(pd.DataFrame(texts, index=index).reindex(columns=range(width), fill_value=""))
    ragged.report(findings, shifts=shifts, width=width)
    frame = pd.concat(blocks) if blocks else pd.DataFrame(columns=range(width), dtype=str)
    if frame.empty and not none:
        refuse(findings, "table.no-rows")
    if frame.empty:
        findings.warn(none)
    return _named(_fill_merged(frame, merged, findings), headings, findings)


def _headings(rows: Iterator[Row], findings: Findings) -> list[str]:
    """The cells of the first row with at least two filled ones, without blank ones at the end."""
    lonely: list[tuple[int, str]] = []
    for row, fields in rows:
        cells = [" ".join(field.split()) for field in fields]
        filled = [cell for cell in cells if cell]
        if len(filled) >= 2:
            break
        lonely.extend((row, cell) for cell in filled[: 1 - len(lonely)])
    else:
        if not lonely:
            refuse(findings, "table.empty")
        refuse(findings, "table.one-column", row=lonely[0][0], value=lonely[0][1])
    if row != 1:
        findings.warn("table.heading-row", row=row, value=", ".join(filled))
    while not cells[-1]:
        cells.pop()
    if len(cells) > MOST_COLUMNS:
        refuse(findings, "table.too-many-columns", count=len(cells), limit=MOST_COLUMNS)
    return cells


class _Ragged:
    """Collects rows that are wider or narrower than the heading."""

    def __init__(self) -> None:
        self.long: list[tuple[int, str]] = []
        self.short: list[tuple[int, int]] = []

    def look(self, rows: Iterable[Row], width: int) -> None:
        for row, cells in rows:
            if len(cells) < width:
                self.short.append((row, len(cells)))
            elif len(cells) > width and (extra := [cell for cell in cells[width:] if cell]):
                self.long.append((row, ", ".join(extra)))

    def report(self, findings: Findings, *, shifts: bool, width: int) -> None:
        code = "table.too-many-fields" if shifts else "table.beside"
        report(findings, code, self.long, level="error" if shifts else "warning", width=width)
        if shifts:
            report(findings, "table.too-few-fields", self.short, level="warning", width=width)


def _named(frame: pd.DataFrame, headings: Sequence[str], findings: Findings) -> pd.DataFrame:
    for column in [i for i, heading in enumerate(headings) if not heading]:
        filled = frame.index[frame[column] != ""]
        if len(filled):
            findings.warn("table.unnamed-column", row=int(filled[0]), number=column + 1, count=len(filled))
    repeated = sorted({h for h in headings if h and headings.count(h) > 1}, key=headings.index)
    for heading in repeated:
        places = ", ".join(str(i + 1) for i, h in enumerate(headings) if h == heading)
        findings.error("table.duplicate-heading", column=heading, numbers=places)
    if repeated:
        findings.raise_errors()
    kept = [i for i, heading in enumerate(headings) if heading]
    return frame[kept].set_axis([headings[i] for i in kept], axis=1)


def _fill_merged(frame: pd.DataFrame, merged: Sequence[tuple[int, int, int]], findings: Findings) -> pd.DataFrame:
    """Cells merged over several rows hold their text in the first; it counts for each row, as the user sees it."""
    filled = 0
    for first, last, column in merged:
        if first in frame.index and column <= frame.shape[1]:
            cells = frame.loc[first:last, column - 1]
            blank = cells.index[cells == ""]
            frame.loc[blank, column - 1] = cells.iloc[0]
            filled += len(blank)
    if filled:
        findings.warn("table.merged", count=filled)
    return frame
