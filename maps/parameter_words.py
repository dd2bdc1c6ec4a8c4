"""Values and sources of parameters in the reader's language."""

from __future__ import annotations

import pandas as pd

from ..coverage.access import DEFAULTS as ACCESS_DEFAULTS
from ..coverage.parameters import DEFAULTS
from ..coverage.results import Assessment
from ..layers.roads.speeds import DEFAULT_SOURCE, walking
from ..texts import Lang, text
from .words import plain

SPEED, UNCLASSED = "speed.", "unclassed"
UNIT_TEXTS = {"min": "maps.minutes", "km": "maps.km", "km/h": "maps.kph"}
# sources of our own defaults, which the catalogue has in both languages; any other is a study's and stays as it is
SOURCE_TEXTS = {p.source: f"parameter-source.{p.name}" for p in (*DEFAULTS, *ACCESS_DEFAULTS)} | {
    DEFAULT_SOURCE: "parameter-source.speeds",
    walking().source: "parameter-source.walking",
}


def in_use(assessment: Assessment) -> pd.DataFrame:
    """The parameters without the speeds of road classes that no road of the study has."""
    table, roads = assessment.parameters, assessment.road_lines
    if table.empty or not len(roads):
        return table
    there = {f"{SPEED}{name or UNCLASSED}" for name in roads["road_class"].astype(str).unique()}
    names = table["name"].astype(str)
    return table[~names.str.startswith(SPEED) | names.isin(there)]


def parameter_value(value: float, unit: str, lang: Lang) -> str:
    """A parameter's value with its unit."""
    shown = f"{value:g}"
    return text(UNIT_TEXTS[unit], lang, n=shown) if unit in UNIT_TEXTS else f"{shown} {plain(unit)}".strip()


def parameter_source(source: object, lang: Lang) -> str:
    """Where a parameter's value comes from: the sources of our own defaults in words, a study's as it has them."""
    said = plain(source)
    return text(SOURCE_TEXTS[said], lang) if said in SOURCE_TEXTS else said
