"""Each county in turn: figures beside the whole study's, verdicts, worst served townships, what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from ...coverage.results import Assessment, Verdict
from ...coverage.settling import Claim, ToSettle, to_settle
from ...texts import Lang, text
from ..page.topics import by_rule
from ..words import is_city, joint, number, plain, whole, whole_area
from .blocks import Block, Heading, Paragraph, Table
from .data import weak_layers
from .lines import DECIDED, Line, RuleLines, lines_of
from .reach import gini_of, reach_rows
from .said import columns, listed, named, row, say
from .settled import gain_text, item_text
from .summary import share
from .verdict_tables import people_text, rule_here

MOST_TOWNSHIPS, MOST_ITEMS = 3, 3
Shown = Callable[[Any, Lang], str]
Row = dict[str, Any]


def _minutes(value: float, lang: Lang) -> str:
    return number(value, lang, quantity="min")


def _km(value: float, lang: Lang) -> str:
    return number(value, lang, quantity="km")


def _people(value: float, lang: Lang) -> str:
    return text("maps.no-value", lang) if pd.isna(value) else whole(value)


FIGURES: tuple[tuple[str, Shown], ...] = (
    ("residents", _people),
    ("stations", _people),
    ("ambulances", _people),
    ("mean_min", _minutes),
    ("median_min", _minutes),
    ("p90_min", _minutes),
    ("share_15", share),
    ("share_30", share),
    ("radius_km", _km),
)


def counties(assessment: Assessment, lang: Lang) -> tuple[Block, ...]:
    """Each county under its own heading, in the order of the boundaries: a short one leaves no half page empty."""
    names = [plain(name) for name in assessment.counties.frame["county"]]
    if not names:
        return ()
    blocks: list[Block] = [Paragraph(say("counties-intro", lang, whole=whole_area(assessment, lang)))]
    weak = weak_layers(assessment, lang)
    if weak:
        blocks.append(Paragraph(say("counties-weak", lang, layers=listed(weak, lang)), "note"))
    if assessment.statistics.empty or not (assessment.statistics["level"] == "township").any():
        blocks.append(Paragraph(say("no-townships", lang), "note"))
    blocks += _side_by_side(assessment, names, lang)
    for place, name in enumerate(names):
        blocks += _county(assessment, str(assessment.counties.frame["county"].iloc[place]), name, lang)
    return tuple(blocks)


def _side_by_side(assessment: Assessment, names: Sequence[str], lang: Lang) -> tuple[Block, ...]:
    """All counties in one table, those where fewest are reached within 30 minutes first."""
    table = assessment.statistics
    rows = table[table["level"] == "county"] if len(table) else table
    if len(names) < 2 or rows.empty:
        return ()
    unequal = assessment.access is not None
    lines = []
    for found in rows.sort_values(["share_30", "mean_min"], ascending=[True, False]).to_dict("records"):
        unit = str(found["unit"])
        said = [plain(unit), _people(found["residents"], lang), _people(found["stations"], lang),
                _minutes(found["mean_min"], lang), _minutes(found["p90_min"], lang), share(found["share_15"], lang),
                share(found["share_30"], lang)]  # fmt: skip
        lines.append(row(*said, *((gini_of(assessment, unit, lang),) if unequal else ())))
    asked = [("county", 1.8, False), ("residents", 1.2, True), ("stations", 0.8, True), ("mean", 1.2, True),
             ("p90", 1.2, True), ("within-15", 1.1, True), ("within-30", 1.1, True)]  # fmt: skip
    heads = columns(lang, *asked, *((("gini", 0.9, True),) if unequal else ()))
    return (Table(heads, tuple(lines), say("side-by-side-caption", lang)),)


def _county(assessment: Assessment, county: str, name: str, lang: Lang) -> list[Block]:
    return [
        Heading(name),
        *_figures(assessment, county, lang),
        *_verdicts(assessment, county, lang),
        *_townships(assessment, county, lang),
        *_missing(assessment, county, lang),
    ]


def _figures(assessment: Assessment, county: str, lang: Lang) -> tuple[Block, ...]:
    """The county's figures beside those of the whole study."""
    here = _statistics(assessment, "county", county)
    everywhere = _statistics(assessment, "city")
    if here is None:
        return (Paragraph(say("no-statistics", lang)),)
    here["ambulances"], total = _ambulances(assessment, county), _ambulances(assessment)
    if everywhere is not None:
        everywhere["ambulances"] = total
    shown = [(name, form) for name, form in FIGURES if name in here and not (name == "ambulances" and pd.isna(total))]
    missing = text("maps.no-value", lang)
    lines = tuple(
        row(say(f"figure-{name}", lang), form(here[name], lang),
            form(everywhere[name], lang) if everywhere is not None else missing)
        for name, form in shown
    )  # fmt: skip
    asked = [("figure", 3.0, False), ("here", 1.5, True), ("whole-city" if is_city(assessment) else "whole", 1.5, True)]
    reach = tuple(row(*shown) for shown in reach_rows(assessment, county, lang))
    known = 2 if len(assessment.counties.frame) == 1 else len(asked)  # a single county is the whole
    cells = tuple(line[:known] for line in (*lines, *reach))
    return (Table(columns(lang, *asked[:known]), cells, say("figures-caption", lang)),)


def _statistics(assessment: Assessment, level: str, unit: str | None = None) -> Row | None:
    table = assessment.statistics
    if table.empty:
        return None
    found = table[table["level"] == level]
    found = found if unit is None else found[found["unit"] == unit]
    return None if found.empty else {str(k): v for k, v in found.iloc[0].to_dict().items()}


def _ambulances(assessment: Assessment, county: str | None = None) -> float:
    """Ambulances of the stations, where the lists name any; NaN where they name none at all."""
    stations = assessment.stations
    if "ambulances" not in stations or stations["ambulances"].isna().all():
        return float("nan")
    here = stations if county is None else stations[stations["county"] == county]
    return float(here["ambulances"].sum())


def _verdicts(assessment: Assessment, county: str, lang: Lang) -> tuple[Block, ...]:
    """The decided verdicts of the county itself."""
    if not any(verdict.unit == county for verdict in assessment.verdicts):
        return (Paragraph(say("no-own-rules", lang)),)
    rules = []
    for verdicts in by_rule(assessment).values():
        decided = [v for v in verdicts if v.unit == county and v.status in DECIDED]
        if decided:
            rules.append(RuleLines(lines_of(decided, lang)))
    if not rules:
        return (Paragraph(say("none-decided", lang)),)
    missed = [(rule, line) for rule in rules for line in rule.lines if line.status == "not met"]
    met = [(rule, line) for rule in rules for line in rule.lines if line.status == "met"]
    return *_missed(missed, lang), *_met(met, lang)


def _missed(lines: Sequence[tuple[RuleLines, Line]], lang: Lang) -> tuple[Block, ...]:
    """The goals that the county misses, as a table."""
    if not lines:
        return (Paragraph(say("none-missed", lang)),)
    asked = [("rule", 4.6, False), ("target", 1.2, False), ("value", 1.4, False), ("verdict", 1.5, False),
             ("people", 1.2, True)]  # fmt: skip
    rows = tuple(
        row(
            rule_here(rule, line, lang),
            line.target(lang),
            line.value(lang),
            line.status_cell(lang),
            people_text(line, lang),
        )
        for rule, line in lines
    )
    count = sum(len(line.verdicts) for _, line in lines)
    known = len(asked) if any(cells[-1].text for cells in rows) else len(asked) - 1  # no column where nobody is counted
    cells = tuple(each[:known] for each in rows)
    return (Table(columns(lang, *asked[:known]), cells, say("county-missed-caption", lang, count=count)),)


def _met(lines: Sequence[tuple[RuleLines, Line]], lang: Lang) -> tuple[Block, ...]:
    """The goals that the county meets, in one paragraph."""
    if not lines:
        return (Paragraph(say("none-met", lang)),)
    said = [
        say("met-here", lang, title=rule.title(lang), value=line.value(lang), target=line.target(lang),
            doubts=line.doubts(lang))
        for rule, line in lines
    ]  # fmt: skip
    count = sum(len(line.verdicts) for _, line in lines)
    return (Paragraph(say("county-met", lang, count=count, goals=joint(lang).join(said))),)


def _townships(assessment: Assessment, county: str, lang: Lang) -> tuple[Block, ...]:
    """The townships of the county that wait longest for an ambulance."""
    table = assessment.statistics
    if table.empty or not (table["level"] == "township").any():
        return ()
    here = table[(table["level"] == "township") & (table["county"] == county) & (table["residents"] > 0)]
    worst = here.sort_values(["mean_min", "p90_min"], ascending=False, na_position="first").head(MOST_TOWNSHIPS)
    if worst.empty:
        return ()
    lines = tuple(
        row(plain(found["unit"]), whole(found["residents"]), _minutes(found["mean_min"], lang),
            _minutes(found["p90_min"], lang), share(found["share_15"], lang), share(found["share_30"], lang))
        for found in worst.to_dict("records")
    )  # fmt: skip
    heads = columns(
        lang, ("township", 2.5, False), ("residents", 1.2, True), ("mean", 1.2, True), ("p90", 1.4, True),
        ("within-15", 1.2, True), ("within-30", 1.2, True),
    )  # fmt: skip
    return (Table(heads, lines, say("townships-caption", lang, count=len(here))),)


def _missing(assessment: Assessment, county: str, lang: Lang) -> tuple[Block, ...]:
    """How many verdicts of the county cannot be told, and the data that would help most."""
    open_here = [v for v in assessment.verdicts if v.unit == county and v.status == "cannot tell"]
    unplaced = _unplaced(assessment, county, lang)
    if not open_here:
        tested = any(verdict.unit == county for verdict in assessment.verdicts)
        return (*((Paragraph(say("nothing-open", lang)),) if tested else ()), *unplaced)
    said = say("open-here", lang, count=len(open_here), rules=len({(v.plan, v.rule) for v in open_here}))
    items = [
        say("item-gain", lang, item=item_text(item, lang), gain=gain_text(item, lang))
        for item in _lacking(open_here)[:MOST_ITEMS]
    ]
    # in one small paragraph, not as points: so a county stays short
    return Paragraph(
        said + ("" if lang == "zh" else " ") + ("" if lang == "zh" else " ").join(items), "note"
    ), *unplaced


def _lacking(verdicts: Sequence[Verdict]) -> tuple[ToSettle, ...]:
    """The data that the open verdicts of one county lack, what settles most of them first."""
    claims = (Claim((v.plan, v.rule), v.unit, v.would_settle) for v in verdicts)
    return to_settle(claims, lambda units: 0.0)


def _unplaced(assessment: Assessment, county: str, lang: Lang) -> tuple[Block, ...]:
    frame = assessment.facilities.frame
    if frame.empty:
        return ()
    here = frame[(frame["county"] == county) & frame.geometry.isna()]
    if here.empty:
        return ()
    names = named([plain(name) for name in here["name"]], lang)
    return (Paragraph(say("unplaced-here", lang, count=len(here), names=names), "note"),)
