"""What is within reach in a county (beds, ambulances, health centres), and how unequally minutes are shared."""

from __future__ import annotations

import pandas as pd

from ...coverage.results import Assessment
from ...texts import Lang, text
from ..access_words import access_heading
from .said import capital, say

Shown = tuple[str, str, str]


def reach_rows(assessment: Assessment, county: str, lang: Lang) -> list[Shown]:
    """For each service: its heading, what is within reach of the county's residents, and of all residents."""
    access = assessment.access
    if access is None:
        return []
    table = access.table
    here = table[(table["level"] == "county") & (table["unit"] == county)]
    everywhere = table[table["level"] == "city"]
    columns = [each.column for each in access.services]
    return [
        (capital(access_heading(name, lang) or name), _first(here, name, lang), _first(everywhere, name, lang))
        for name in columns
        if name in table
    ]


def _first(rows: pd.DataFrame, column: str, lang: Lang) -> str:
    if rows.empty or pd.isna(rows[column].iloc[0]):
        return text("maps.no-value", lang)
    return f"{rows[column].iloc[0]:.3g}" if rows[column].iloc[0] < 1 else f"{rows[column].iloc[0]:.1f}"


def gini_of(assessment: Assessment, county: str, lang: Lang) -> str:
    """How unequally response minutes are shared inside one county; empty where that was not computed."""
    if assessment.access is None:
        return ""
    table = assessment.access.equity
    found = table[(table["level"] == "county") & (table["unit"] == county)] if len(table) else table
    unknown = found.empty or pd.isna(found["gini"].iloc[0])
    return text("maps.no-value", lang) if unknown else f"{found['gini'].iloc[0]:.2f}"


def reach_notes(assessment: Assessment, lang: Lang) -> list[str]:
    """How what is within reach was computed, and what is not known of it."""
    access = assessment.access
    if access is None:
        return []
    said = [say("formula-reach", lang), say("method-reach", lang)]
    return [*said, *(capital(note.text(lang)) + ("。" if lang == "zh" else ".") for note in access.notes)]
