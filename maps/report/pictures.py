"""The figures of a report, each with its caption, a text for readers who cannot see it, and what to read from it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ...coverage.equity import gini
from ...coverage.results import SHARE_MINUTES, Assessment
from ...texts import Lang, catalogue
from ..words import ledger_parts, number, somebody_reached, study_title, whole, whole_area
from .blocks import Block, Paragraph, Picture
from .said import say
from .summary import share

MAP_WIDTH = 0.95  # leaves room on the page for the sentence before it
CHART_WIDTH = 0.84  # so that two fit on a page
CHARTS = ("reach_curve", "lorenz_curve", "equity_bars", "verdicts_map", "verdicts_by_county")
ORDER = (
    "coverage", "response_time", "isochrones", "service_areas", "population", "unserved", "access_hospital",
    "access_primary", "access_emergency", "before_after", "small_multiples", "reach_curve", "equity_bars",
    "lorenz_curve", "verdicts_by_county", "verdicts_map",
)  # fmt: skip
OF_MINUTES = frozenset(
    {"coverage", "response_time", "isochrones", "reach_curve", "service_areas", "lorenz_curve", "equity_bars"}
)  # blank where nobody is reached
NEXT_PAGE = re.compile(r"^verdicts_by_county[-_]\d+$")  # says what the tables of verdicts say
SAME: Mapping[str, str] = {"response_time": "coverage"}


def pictures(assessment: Assessment, figures: Mapping[str, Path], lang: Lang) -> tuple[Block, ...]:
    """Every figure at hand: first what to read from it, then the picture."""
    shown = {name: path for name, path in figures.items() if not NEXT_PAGE.match(name)}
    names = [name for name in ORDER if name in shown] + [name for name in shown if name not in ORDER]
    names = [name for name in names if SAME.get(name) not in shown]
    blocks: list[Block] = []
    if not somebody_reached(assessment):
        blocks.append(Paragraph(say("figures-nobody", lang)))
        names = [name for name in names if name not in OF_MINUTES]
    title = study_title(assessment, lang)
    facts = _facts(assessment, lang)
    for name in names:
        path, name = figures[name], SAME.get(name, name)
        known = f"report.figure-{name}-caption" in catalogue()
        caption = say(f"figure-{name}-caption" if known else "figure-other-caption", lang, study=title, name=name)
        if known:
            blocks.append(Paragraph(say(f"figure-{name}-read", lang, **facts)))
        alt = (
            say("figure-alt", lang, caption=caption, said=say(f"figure-{name}-alt", lang, **facts))
            if known
            else caption
        )
        blocks.append(Picture(path, caption, alt, CHART_WIDTH if name in CHARTS else MAP_WIDTH))
    return tuple(blocks)


def _facts(assessment: Assessment, lang: Lang) -> dict[str, object]:
    """Numbers that the sentences beside the figures name."""
    table, parts = assessment.statistics, ledger_parts(assessment.ledger)
    rows = table[table["level"] == "city"] if len(table) else table
    first = rows.iloc[0].to_dict() if len(rows) else {}
    late = parts["beyond"] + parts["unreachable"]
    counts = Counter(verdict.status for verdict in assessment.verdicts)
    return {
        "whole": whole_area(assessment, lang),
        "mean": number(first.get("mean_min", math.nan), lang, quantity="min"),
        "median": number(first.get("median_min", math.nan), lang, quantity="min"),
        "share15": share(first.get("share_15", math.nan), lang),
        "share30": share(first.get("share_30", math.nan), lang),
        "minutes": SHARE_MINUTES[-1],
        "late": whole(late),
        "late_share": share(late / parts["residents"] if parts["residents"] else math.nan, lang),
        "residents": whole(parts["residents"]),
        "stations": len(assessment.stations),
        "gini": number(_gini(assessment), lang) if math.isnan(_gini(assessment)) else f"{_gini(assessment):.2f}",
        "met": counts["met"],
        "missed": counts["not met"],
        "open": counts["cannot tell"],
    }


def _gini(assessment: Assessment) -> float:
    """How unequally minutes are shared among those who are reached; NaN where nobody is."""
    demand = assessment.demand
    minutes, residents = demand["response_min"].to_numpy(float), demand["residents"].to_numpy(float)
    known = np.isfinite(minutes) & (residents > 0) & (demand["county"] != "").to_numpy()
    return gini(minutes[known], residents[known]) if known.any() else math.nan
