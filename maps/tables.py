"""The verdicts and statistics as CSV that Excel opens rightly, and the verdicts for a terminal.

A cell of text that a spreadsheet would run as a formula gets an apostrophe before it; numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Hashable, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from ..coverage.results import SHARE_MINUTES, Assessment, Ledger
from ..files import write_text
from ..texts import Lang, catalogue, text
from .words import area_text, coded, joint, ledger_text, number, plain, target_text, whole

FORMULA_SIGNS = tuple("=+-@\t\r\n＝＋－＠")
DECIMALS = 6
PEOPLE_COLUMNS = ("residents", "people_affected")
STATUS_STYLES = {"verdict.met": "green", "verdict.not-met": "red", "verdict.cannot-tell": "yellow"}


def write_verdicts_csv(assessment: Assessment, path: Path, lang: Lang) -> None:
    """One row per rule and unit, headings and texts in ``lang``; UTF-8 with byte-order mark."""
    _write(assessment.to_frame(lang), path, lang)


def write_statistics_csv(assessment: Assessment, path: Path, lang: Lang) -> None:
    """One row per area, headings with units; UTF-8 with byte-order mark."""
    frame = assessment.statistics.copy()
    if len(frame):
        areas = zip(frame["level"], frame["unit"], strict=True)
        frame["unit"] = [area_text(str(level), str(unit), lang) for level, unit in areas]
        frame["level"] = [coded("maps.level-", str(level), lang) for level in frame["level"]]
        frame["basis"] = joint(lang).join(said.text(lang) for said in assessment.basis)
    _write(frame, path, lang)


def _write(frame: pd.DataFrame, path: Path, lang: Lang) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    names = [str(name) for name in frame.columns]
    writer.writerow([_heading(name, lang) for name in names])
    for row in frame.astype(object).itertuples(index=False, name=None):
        writer.writerow([_cell(value, name, lang) for name, value in zip(names, row, strict=True)])
    write_text(path, out.getvalue(), encoding="utf-8-sig")


def _heading(name: str, lang: Lang) -> str:
    if name in {f"share_{minutes}" for minutes in SHARE_MINUTES}:
        return text("maps.col-share", lang, minutes=name.removeprefix("share_"))
    return text(f"maps.col-{name}", lang) if f"maps.col-{name}" in catalogue() else defused(name)


def _cell(value: object, column: str, lang: Lang) -> str | int | float:
    """A value as it stands in the file: numbers as numbers, people whole where they are, texts defused."""
    if value is None or value is pd.NA:
        return ""
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return text("maps.yes" if value else "maps.no", lang)
    if isinstance(value, Real):
        return _number(float(value), column, lang)
    return defused(str(value))


def _number(value: float, column: str, lang: Lang) -> str | int | float:
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return text("maps.unreachable", lang)
    rounded = round(value, 2 if column in PEOPLE_COLUMNS else DECIMALS)
    return int(rounded) if rounded.is_integer() else rounded


def defused(cell: str) -> str:
    """A text on one line that no spreadsheet takes for a formula."""
    shown = plain(cell)
    return "'" + shown if cell.startswith(FORMULA_SIGNS) or shown.lstrip().startswith(FORMULA_SIGNS) else shown


def terminal_table(verdicts: pd.DataFrame, lang: Lang, width: int = 100) -> Table:
    """The verdicts (a frame as ``Assessment.to_frame(lang)`` gives it) for a terminal ``width`` columns wide."""
    table = Table(box=SIMPLE_HEAD, width=width, pad_edge=False)
    shares = {"rule": 1, "unit": 2, "status": 2, "value": 2, "target": 1}
    for name, share in shares.items():
        table.add_column(Text(text("maps.col-" + name, lang)), ratio=share, overflow="fold")
    table.add_column(Text(text("maps.col-people_affected", lang)), justify="right", ratio=1, overflow="fold")
    for row in verdicts.astype(object).to_dict("records"):
        table.add_row(*_terminal_row(row, lang))
    return table


def _terminal_row(row: Mapping[Hashable, Any], lang: Lang) -> Sequence[Text]:
    value, people = _real(row["value"]), _real(row["people_affected"])
    margin = _real(row["margin"]) or 0.0
    nears = [None if value is None else value + step for step in (margin, -margin)]  # the target is one of them
    shown = max((number(value, lang, quantity=str(row["quantity"] or ""), near=near) for near in nears), key=len)
    bound = f"{plain(row['bound'])} " if row["bound"] and value is not None else ""
    status = plain(row["status"]) + _turned(row, lang)
    return [
        Text(plain(row["rule"])),
        Text(plain(row["unit"])),
        Text(status, style=_style(status, lang)),
        Text(bound + shown),
        Text(target_text(str(row["target"] or ""), lang)),
        Text("" if people is None else whole(people)),
    ]


def _turned(row: Mapping[Hashable, Any], lang: Lang) -> str:
    """At which speed a decided verdict would be another."""
    if row["status"] == text("verdict.cannot-tell", lang):
        return ""
    return "".join(text(f"verdict.turned-{speed}", lang) for speed in ("low", "high") if row[f"holds_{speed}"] is False)


def _style(status: str, lang: Lang) -> str:
    """The colour of a status in words; the longest that fits, so that "not met" is not taken for "met"."""
    fitting = [code for code in STATUS_STYLES if status.startswith(text(code, lang))]
    return STATUS_STYLES[max(fitting, key=len)] if fitting else ""


def _real(value: object) -> float | None:
    if not isinstance(value, Real) or isinstance(value, bool) or math.isnan(float(value)):
        return None
    return float(value)


def terminal_ledger(ledger: Ledger, lang: Lang) -> Text:
    """The ledger in one line for a terminal."""
    return Text(ledger_text(ledger, lang))
