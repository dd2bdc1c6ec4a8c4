"""A page for who decides between scenarios: map, ranking, counties, cost against gain; opens without a network.

Names come from a user's files: they stand in the page's JSON and are shown as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...files import write_text
from ...scenarios.between import read_demand
from ...scenarios.compare import BASELINE, FRONTS, RANKINGS, Comparison
from ...texts import Lang, catalogue, text
from ..page.data import Json
from ..page.write import Parts, assembled
from ..palette import BREAKS_MIN, TIME_COLOURS, UNREACHABLE_COLOURS, class_labels
from ..tables import heading
from .points import Points, points_of
from .rows import COUNTED, MEASURES, Drawn, areas_of, figures, outcome_of, roads_of, scenario_rows, sites_of
from .study import ComparedStudy

COMPARE_PAGE = Parts(
    "compare.html",
    "compare.css",
    ("dom", "compare_map", "compare_panel", "compare_chart", "compare", "paper_map"),
    ("paper_map.css",),
)
PREFIX = "compare-page."
SHARED = ("maps.skip-link", "maps.made-with", "maps.map-label", "maps.zoom-in", "maps.zoom-out", "maps.unreachable")
MOST_LISTED, MOST_REFUSED, MOST_DRAWN = 2000, 200, 500
MOST_BYTES = 9_000_000  # of minutes, so that a page stays below 15 MB
# Sooner is blue, later orange: told apart by everybody (Brewer 2003, Blues and Oranges)
CHANGE_BREAKS_MIN = (-10.0, -5.0, -2.0, -0.5, 0.5, 2.0, 5.0, 10.0)
CHANGE_COLOURS = (
    "#08519c", "#3182bd", "#6baed6", "#bdd7e7", "#e4e4e4", "#fdd0a2", "#fd8d3c", "#d94801", "#7f2704",
)  # fmt: skip
REACHED_COLOUR, CUT_OFF_COLOUR = "#006d2c", "#54278f"


def write_compare_page(
    comparison: Comparison, folders: Sequence[Path], path: Path, lang: Lang, study: ComparedStudy
) -> Path:
    """Writes the page to ``path``, atomically, and returns the path."""
    write_text(path, assembled(compare_data(comparison, folders, lang, study), lang, COMPARE_PAGE))
    return path


def compare_data(comparison: Comparison, folders: Sequence[Path], lang: Lang, study: ComparedStudy) -> Json:
    """Everything the page shows, in ``lang``. Raises :class:`~carereach.errors.InputError` for folders without people,
    and for outcomes that are gone."""
    demand = read_demand(folders[0])
    points = points_of(demand)
    listed = _listed(comparison)
    drawn = _drawn(comparison, listed, folders, points, demand["minutes"].to_numpy(dtype=float))
    roads = roads_of(folders, listed)
    west, south, east, north = points.box
    scenarios = int((comparison.table["scenario"] != BASELINE).sum())
    return {
        "lang": lang,
        "texts": _texts(lang),
        "title": study.title(lang) or text("compare-legend.title", lang),
        "document": text("compare-page.document", lang, name=study.title(lang)),
        "note": study.notes.get(lang, ""),
        "counts": [
            *_counts(scenarios, listed, len(drawn), lang),
            *([text("compare-page.roads-more", lang)] if roads.more else []),
            *_of_draws(comparison, lang),
        ],
        "roads": roads.sets,
        "cells": text("compare-page.cells", lang, km=f"{points.cell_km:g}") if points.cell_km else "",
        "bounds": [[south, west], [north, east]] if len(points.lon) else None,
        "counties": list(study.counties),
        "osm": study.osm,
        "points": points.content(),
        "style": _style(lang),
        "measures": {name: _measure(name, lang) for name in (*MEASURES, *COUNTED)},
        "areas": areas_of(comparison, lang),
        "columns": list(MEASURES),
        "measure": comparison.measure if comparison.measure in (*MEASURES, *COUNTED) else "net_15",
        "sorts": [name for name in RANKINGS if name in (*MEASURES, *COUNTED)],
        "larger": ["net_15", "net_30", "gained_15", "gained_30", "within_15", "within_30", "met", "turned_met"],
        "unit": comparison.unit,
        "price": "cost" if comparison.by_cost else "opened",
        "fronts": list(FRONTS),
        "stations": _stations(comparison, folders),
        "baseline": None if comparison.baseline is None else figures(comparison.baseline),
        "scenarios": scenario_rows(comparison, listed, drawn, roads, study, lang),
    }


def _texts(lang: Lang) -> dict[str, str]:
    """The fixed words of the page."""
    entries = {code.removeprefix(PREFIX): entry[lang] for code, entry in catalogue().items() if code.startswith(PREFIX)}
    fixed = [name for name, said in entries.items() if "{" not in said]
    own = {name: text(f"compare-page.{name}", lang) for name in fixed}
    return own | {code.removeprefix("maps."): text(code, lang) for code in SHARED}


def _counts(scenarios: int, listed: pd.DataFrame, drawn: int, lang: Lang) -> list[str]:
    """How many scenarios there are, and what of them the page leaves out."""
    said = [text("compare-page.count", lang, count=scenarios)]
    shown = int((listed["scenario"] != BASELINE).sum())
    if shown < scenarios:
        said.append(text("compare-page.listed", lang, shown=shown, left_out=scenarios - shown))
    ok = int((listed["error"] == "").sum() - (listed["scenario"] == BASELINE).sum())
    if drawn < ok:
        said.append(text("compare-page.drawn", lang, count=drawn))
    return said


def _of_draws(comparison: Comparison, lang: Lang) -> list[str]:
    """How firm the first place is, where worlds were drawn."""
    numbers = {"draws": comparison.draws, "changes": comparison.first_changes}
    return [text("compare.draws", lang, **numbers)] if comparison.draws else []


def _style(lang: Lang) -> Json:
    times = [{"label": label, "colour": c} for label, c in zip(class_labels(lang), TIME_COLOURS, strict=True)]
    limits = [abs(limit) for limit in CHANGE_BREAKS_MIN]
    half = len(CHANGE_COLOURS) // 2
    bounds = [
        f"> {limits[0]:g}",
        *(f"{low:g}–{high:g}" for high, low in pairwise(limits[:half])),
    ]
    sooner = [text("compare-page.sooner", lang, minutes=each) for each in bounds]
    later = [text("compare-page.later", lang, minutes=each) for each in reversed(bounds)]
    labels = [*sooner, text("compare-legend.hardly", lang), *later]
    return {
        "breaks": list(BREAKS_MIN),
        "times": times,
        "unreachable": {"label": text("maps.unreachable", lang), "colour": UNREACHABLE_COLOURS[1]},
        "change_breaks": list(CHANGE_BREAKS_MIN),
        "changes": [{"label": label, "colour": c} for label, c in zip(labels, CHANGE_COLOURS, strict=True)],
        "reached": {"label": text("compare-legend.reached", lang), "colour": REACHED_COLOUR},
        "cut_off": {"label": text("compare-legend.cut-off", lang), "colour": CUT_OFF_COLOUR},
    }


def _measure(name: str, lang: Lang) -> Json:
    return {"short": text(f"compare-page.m-{name}", lang), "long": heading(name, lang)}


def _listed(comparison: Comparison) -> pd.DataFrame:
    """The rows that the page lists: the best, all on a front, and some of the refused."""
    table = comparison.table
    refused = (table["error"] != "").to_numpy()
    on_front = table[[f"front_{name}" for name in FRONTS]].any(axis=1).to_numpy()
    kept = np.cumsum(~refused) <= MOST_LISTED
    kept = np.where(refused, np.cumsum(refused) <= MOST_REFUSED, kept | on_front)
    return table[kept | (table["scenario"] == BASELINE).to_numpy()]


def _drawn(
    comparison: Comparison,
    listed: pd.DataFrame,
    folders: Sequence[Path],
    points: Points,
    base: np.ndarray[Any, np.dtype[np.float64]],
) -> dict[tuple[str, str], Drawn]:
    """Packed minutes of the scenarios on a front and of the best, until there are enough bytes."""
    fit = listed[(listed["error"] == "") & (listed["scenario"] != BASELINE)]
    on_front = fit[[f"front_{name}" for name in FRONTS]].any(axis=1)
    found: dict[tuple[str, str], Drawn] = {}
    size = 0
    for folder, key in pd.concat([fit[on_front], fit[~on_front]])[["folder", "key"]].itertuples(index=False):
        outcome = outcome_of(folders, folder, key)
        minutes = base.copy()
        known = outcome.demand_index < len(base)
        minutes[outcome.demand_index[known]] = outcome.minutes[known]
        delta = points.changed(minutes)
        size += len(delta)
        if size > MOST_BYTES or len(found) >= MOST_DRAWN:
            break
        found[(folder, key)] = Drawn(delta, sites_of(outcome))
    return found


def _stations(comparison: Comparison, folders: Sequence[Path]) -> list[list[Any]]:
    """The stations as they are."""
    base = comparison.baseline
    if base is None or base["error"]:
        return []
    return sites_of(outcome_of(folders, str(base["folder"]), str(base["key"])))
