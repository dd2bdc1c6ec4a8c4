"""The verdicts for a terminal of 100 columns: under each rule's title a row for each unit that was decided, a line each
for what is missing."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from numbers import Real
from typing import Any

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Group, JustifyMethod
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..coverage.results import Ledger
from ..texts import Lang, text
from .words import joint, ledger_text, number, plain, target_text, whole

STATUS_STYLES = {"verdict.met": "green", "verdict.not-met": "red", "verdict.cannot-tell": "yellow"}
OPEN = "verdict.cannot-tell"
MEASURED = ("min", "km")
MOST_ITEMS = 8
WIDEST = 24
INDENT = 2

Row = Mapping[Hashable, Any]


def terminal_table(verdicts: pd.DataFrame, lang: Lang, width: int = 100, *, every: bool = False) -> Group:
    """The verdicts (a frame as ``Assessment.to_frame(lang)`` gives it), one line each below the title of their rule,
    ``width`` columns wide.

    Of those that cannot be told only times and distances are among them, unless ``every`` one is wanted;
    :func:`terminal_summary` counts the others.
    """
    chosen = [row for row in _rows(verdicts) if every or _shown(row, lang)]
    lines = [_cells(row, lang) for row in chosen]
    headings = [Text(text(f"maps.col-{name}", lang)) for name in ("unit", "status", "value", "target")]
    headings.append(Text(text("terminal.people", lang)))
    widths = [min(max(cell.cell_len for cell in column), WIDEST) for column in zip(headings, *lines, strict=True)]
    widths[0] = width - INDENT - sum(widths[1:]) - 2 * (len(widths) - 1) - 1
    parts: list[Text | Padding] = [_block(headings, [], widths)]
    for _, group in groupby(zip(chosen, lines, strict=True), key=lambda pair: (pair[0]["plan"], pair[0]["rule"])):
        rows = list(group)
        said = f"{plain(rows[0][0]['rule'])}  {plain(rows[0][0]['title'])}"
        parts.append(Text(said, style="bold", no_wrap=True, overflow="ellipsis"))
        parts.append(_block(None, [cells for _, cells in rows], widths))
    return Group(*parts)


def _block(headings: Sequence[Text] | None, rows: Iterable[Sequence[Text]], widths: Sequence[int]) -> Padding:
    """Rows in columns of these widths, the last to the right, a little indented."""
    box, shown = SIMPLE_HEAD, headings is not None
    table = Table(box=box, show_header=shown, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for place, columns in enumerate(widths):
        heading = headings[place] if headings is not None else ""
        justify: JustifyMethod = "right" if place == len(widths) - 1 else "left"
        table.add_column(heading, width=columns, justify=justify, no_wrap=True, overflow="ellipsis")
    for cells in rows:
        table.add_row(*cells)
    return Padding(table, (0, 0, 0, INDENT))


def terminal_summary(verdicts: pd.DataFrame, skipped: int, lang: Lang, *, every: bool = False) -> list[Text]:
    """How many verdicts of each kind there are, and of the rules that cannot be told how many lack what.

    A rule that lacks two things is counted under both.
    """
    rows = list(_rows(verdicts))
    codes = [_code(plain(row["status"]), lang) for row in rows]
    counts = {
        "met": codes.count("verdict.met"),
        "missed": codes.count("verdict.not-met"),
        "open": codes.count(OPEN),
        "rules": len({row["rule"] for row in rows}),
    }
    lines = [Text(text("terminal.counts", lang, **counts))]
    folded = [row for row in rows if not _shown(row, lang)]
    lacking: dict[str, set[str]] = {}
    for row in folded:
        for need in plain(row["needs"]).split(joint(lang)):
            lacking.setdefault(need, set()).add(str(row["rule"]))
    for need in sorted(lacking, key=lambda need: (-len(lacking[need]), need)):
        count = len(lacking[need])
        said = (
            text("terminal.needs", lang, what=need, count=count) if need else text("terminal.open", lang, count=count)
        )
        lines.append(Text(said, style="yellow"))
    if skipped:
        lines.append(Text(text("terminal.skipped", lang, count=skipped)))
    if folded and not every:
        lines.append(Text(text("terminal.all-rules", lang)))
    return lines


def terminal_to_settle(items: pd.DataFrame, lang: Lang, width: int = 100) -> Table | None:
    """The data that would settle most rules (a frame as ``Assessment.to_settle_frame(lang)`` gives it), the first of
    them one line each; None where nothing is lacking."""
    if items.empty:
        return None
    title = Text(text("terminal.to-settle", lang), style="bold")
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, width=width, pad_edge=False, padding=(0, 1, 0, 0))
    heading = Text(text("maps.col-item", lang), overflow="ellipsis")
    table.add_column(heading, ratio=1, no_wrap=True, overflow="ellipsis")
    for name in ("settles", "needed_by"):
        table.add_column(Text(text("terminal.col-" + name, lang)), justify="right", no_wrap=True)
    table.add_column(Text(text("terminal.people-there", lang)), justify="right", no_wrap=True)
    for row in _rows(items.head(MOST_ITEMS)):
        numbers = (whole(float(row[name])) for name in ("settles", "needed_by", "people"))
        table.add_row(Text(plain(row["item"])), *(Text(number) for number in numbers))
    return table


def terminal_baselines(said: Sequence[str], lang: Lang) -> list[Text]:
    """How the facility lists stand beside what the plans counted, a line each; none without such counts."""
    return [Text(text("terminal.baselines", lang), style="bold"), *(Text(line) for line in said)] if said else []


def terminal_ledger(ledger: Ledger, lang: Lang) -> Text:
    """The ledger in one line for a terminal."""
    return Text(ledger_text(ledger, lang))


def _rows(verdicts: pd.DataFrame) -> Iterator[Row]:
    return iter(verdicts.astype(object).to_dict("records"))


def _shown(row: Row, lang: Lang) -> bool:
    """Whether a verdict has a line of its own: it was decided, or at least a time or distance is known."""
    measured = row["quantity"] in MEASURED and _real(row["value"]) is not None
    return measured or _code(plain(row["status"]), lang) != OPEN


def _cells(row: Row, lang: Lang) -> Sequence[Text]:
    value, people = _real(row["value"]), _real(row["people_affected"])
    margin = _real(row["margin"]) or 0.0
    nears = [None if value is None else value + step for step in (margin, -margin)]  # the target is one of them
    shown = max((number(value, lang, quantity=str(row["quantity"] or ""), near=near) for near in nears), key=len)
    bound = f"{plain(row['bound'])} " if row["bound"] and value is not None else ""
    status = plain(row["status"]) + _turned(row, lang)
    return [
        Text(plain(row["unit"])),
        Text(status, style=STATUS_STYLES.get(_code(status, lang), "")),
        Text(bound + shown),
        Text(target_text(str(row["target"] or ""), lang)),
        Text("" if people is None else whole(people)),
    ]


def _code(status: str, lang: Lang) -> str:
    """The code of a status in words; the longest that fits, so that "not met" is not taken for "met"."""
    fitting = [code for code in STATUS_STYLES if status.startswith(text(code, lang))]
    return max(fitting, key=len) if fitting else ""


def _real(value: object) -> float | None:
    if not isinstance(value, Real) or isinstance(value, bool) or math.isnan(float(value)):
        return None
    return float(value)


def _turned(row: Mapping[Hashable, Any], lang: Lang) -> str:
    """At which speed a decided verdict would be another."""
    if row["status"] == text("verdict.cannot-tell", lang):
        return ""
    return "".join(text(f"verdict.turned-{speed}", lang) for speed in ("low", "high") if row[f"holds_{speed}"] is False)
