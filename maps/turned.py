"""Verdicts that other facts turned: what they were and what they are, for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from ..coverage.results import Verdict
from ..texts import Lang, text
from .words import verdict_value

SAME = 1e-9
Pair = tuple[Verdict, Verdict]


def turned(before: Sequence[Verdict], after: Sequence[Verdict]) -> tuple[Pair, ...]:
    """Verdicts whose status, value or bound is another now, each with what it was, in the order of the rules."""
    earlier = {_key(verdict): verdict for verdict in before}
    pairs = [(earlier[key], verdict) for verdict in after if (key := _key(verdict)) in earlier]
    return tuple((was, now) for was, now in pairs if not _alike(was, now))


def turned_table(pairs: Sequence[Pair], lang: Lang, width: int = 100) -> Table:
    """The pairs as a table of ``width`` columns, one line each."""
    table = Table(box=SIMPLE_HEAD, width=width, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in ("maps.col-rule", "maps.col-unit", "cli.turned-before", "cli.turned-after"):
        table.add_column(Text(text(heading, lang)), no_wrap=True, overflow="ellipsis")
    for was, now in pairs:
        table.add_row(*map(Text, (now.rule, now.unit_text(lang), _shown(was, lang), _shown(now, lang))))
    return table


def _key(verdict: Verdict) -> tuple[str, str, str, str]:
    return verdict.plan, verdict.rule, verdict.unit, verdict.unit_text("en")


def _alike(one: Verdict, other: Verdict) -> bool:
    said = (one.status, one.bound, one.screening) == (other.status, other.bound, other.screening)
    if one.value is None or other.value is None:
        return said and one.value is other.value
    return said and math.isclose(one.value, other.value, rel_tol=SAME, abs_tol=SAME)


def _shown(verdict: Verdict, lang: Lang) -> str:
    """Status, and the value with its bound."""
    return " ".join((verdict.status_text(lang), verdict_value(verdict, lang) if verdict.value is not None else ""))
