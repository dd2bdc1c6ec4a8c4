"""Headings and meanings of the columns about catchments, each with its unit."""

from __future__ import annotations

import re

from ..texts import Lang, text

COLUMN = re.compile(
    r"(hospital|primary|emergency)_(beds|ambulances|facilities)_(total|ratio|gravity|per|none|gini)(?:_per)?_?(\d*)(?:percent|pct)?"
)


def access_heading(column: str, lang: Lang) -> str | None:
    """The heading of a column about a service, with its unit; None for any other column."""
    return _said("access.head-", column, lang)


def access_meaning(column: str, lang: Lang) -> str | None:
    """What a column about a service holds; None for any other column."""
    return _said("access.about-", column, lang)


def access_unit(column: str, lang: Lang) -> str | None:
    """The unit of a column about a service, in words; None for any other column."""
    return _said("access.unit-", column, lang)


def supply_text(stem: str, lang: Lang) -> str:
    """What a service offers, in words, as in "hospital beds"."""
    return text("access.supply-" + stem.replace("_", "-"), lang)


def measured_text(stem: str, lang: Lang) -> str:
    """The same with what it is counted in, where the language has a word for that."""
    return text("access.measured-" + stem.replace("_", "-"), lang)


def _said(prefix: str, column: str, lang: Lang) -> str | None:
    found = COLUMN.fullmatch(column)
    if found is None:
        return None
    service, supply, measure, per = found.groups()
    words = {
        "what": supply_text(f"{service}_{supply}", lang),
        "measured": measured_text(f"{service}_{supply}", lang),
        "who": text(f"access.{service}", lang),
        "per": text(f"access.per-{per}", lang) if per else "",
    }
    return text(prefix + measure, lang, **words)
