"""What the page's side panel says, as JSON: verdicts, figures, data, parameters; all in words of one language."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from ...coverage.results import SHARE_MINUTES, ZONES, Assessment, Ledger, Status, Verdict, grade_text
from ...coverage.settling import ToSettle
from ...texts import Lang, text
from ..palette import WORST_FIRST
from ..parameter_words import in_use, parameter_source, parameter_value
from ..report.sections_of import parts_text
from ..words import (
    area_text,
    coded,
    joint,
    labelled,
    layer_text,
    ledger_parts,
    number,
    parameter_text,
    plain,
    sign,
    source_rows,
    target_text,
    turned_text,
    verdict_value,
    whole,
)
from ..worst_words import worst_help, worst_text
from .topics import by_rule

Json = dict[str, Any]
MOST_ITEMS = 15  # of the study, and of each county
MOST_ITEMS_OF_COUNTIES = 600  # of all counties together: of very many each has fewer
LEAST_ITEMS = 3
AREA_LEVELS = ("city", "zone", "county")
LEDGER_PARTS = ("reached", "beyond", "unreachable", "outside")


def rules(assessment: Assessment, lang: Lang) -> list[Json]:
    """One entry per rule: its verdicts, and which of them colours which county (positions in both lists)."""
    one_plan = len({verdict.plan for verdict in assessment.verdicts}) == 1  # the page's head then says which
    return [_rule(assessment, verdicts, one_plan, lang) for verdicts in by_rule(assessment).values()]


def _rule(assessment: Assessment, verdicts: list[Verdict], one_plan: bool, lang: Lang) -> Json:
    first = verdicts[0]
    paint: dict[int, int] = {}
    shared: list[str] = []
    unplaced: list[str] = []
    own: list[int | None] = []
    for place, verdict in enumerate(verdicts):
        counties, is_county = _counties_of(assessment, verdict.unit)
        own.append(counties[0] if is_county else None)
        if not is_county:
            (shared if counties else unplaced).append(area_text("zone", verdict.unit, lang))
        for county in counties:
            if county not in paint or _worse(verdict, verdicts[paint[county]]):
                paint[county] = place
    whole_units = [text("maps.as-a-whole", lang, unit=unit) for unit in dict.fromkeys(shared)]
    return {
        "rule": plain(first.rule),
        "plan": plain(first.plan),
        "title": plain(getattr(first.title, lang)),
        "citation": plain(parts_text(first.citation if one_plan else first.citation_text(lang), lang)),
        "verdicts": [
            _verdict(verdict, lang) | {"county": county} for verdict, county in zip(verdicts, own, strict=True)
        ],
        "paint": paint,
        "about": whole_units + [text("maps.as-a-whole-unplaced", lang, unit=unit) for unit in dict.fromkeys(unplaced)],
    }


def _worse(one: Verdict, other: Verdict) -> bool:
    return WORST_FIRST.index(one.status) < WORST_FIRST.index(other.status)


def _counties_of(assessment: Assessment, unit: str) -> tuple[list[int], bool]:
    """Positions of the counties that a unit covers, and whether the unit is one county.

    A zone covers the counties in which residents of that zone live.
    """
    frame = assessment.counties.frame
    names = [str(name) for name in frame["county"]]
    if unit in names:
        return [names.index(unit)], True
    if unit in ZONES:
        people = assessment.demand
        here = set(people.loc[(people["zone"] == unit) & (people["residents"] > 0), "county"])
        return [place for place, name in enumerate(names) if name in here], False
    cities = {str(name) for name in frame["city"]}
    table = assessment.statistics
    if unit in cities:
        return [place for place, city in enumerate(frame["city"]) if city == unit], False
    if len(table) and unit in set(table.loc[table["level"] == "city", "unit"]):
        return list(range(len(names))), False
    return [], False


def _verdict(verdict: Verdict, lang: Lang) -> Json:
    people = verdict.people_affected
    return {
        "unit": plain(verdict.unit_text(lang)),
        "status": verdict.status.replace(" ", "-"),
        "screening": verdict.screening,
        "sign": sign(verdict),
        "words": verdict.status_text(lang),
        "value": verdict_value(verdict, lang),
        "target": target_text(verdict.target, lang),
        "people": text("maps.people-short", lang, n=whole(people)) if people else "",
        "turned": turned_text(verdict, lang).strip(),
        "details": [[label, said, *note] for label, said, *note in _details(verdict, lang) if said],
    }


def _details(verdict: Verdict, lang: Lang) -> list[tuple[str, list[str]] | tuple[str, list[str], str]]:
    """Label, entries and, where a label needs it, a sentence about them."""

    def labelled_as(name: str) -> str:
        return text("maps." + name, lang)

    holds = [
        text("maps.holds-" + name, lang, answer=text("maps.yes" if held else "maps.no", lang))
        for name, held in (
            ("low", verdict.holds_low),
            ("high", verdict.holds_high),
            ("placement", verdict.holds_placement),
        )
        if held is not None
    ]
    definition = verdict.definition.text(lang) if verdict.definition else ""
    return [
        (labelled_as("would-settle"), [message.text(lang) for message in verdict.would_settle]),
        (labelled_as("margin"), _margin(verdict, lang)),
        (labelled_as("speeds-range"), _speeds(verdict, lang)),
        (labelled_as("holds"), holds),
        (worst_text(verdict, lang), [plain(place) for place in verdict.worst], worst_help(verdict, lang)),
        (labelled_as("definition"), [definition] if definition else []),
        (labelled_as("choices"), [choice for choice in verdict.choices_text(lang) if choice != definition]),
        (labelled_as("notes"), [message.text(lang) for message in verdict.notes]),
        (labelled_as("evidence"), _evidence(verdict, lang)),
    ]


def _margin(verdict: Verdict, lang: Lang) -> list[str]:
    if verdict.margin is None or not math.isfinite(verdict.margin) or verdict.margin == 0:
        return []
    code = "maps.margin-over" if verdict.margin > 0 else "maps.margin-short"
    said = [text(code, lang, n=number(abs(verdict.margin), lang, quantity=verdict.quantity, near=0.0))]
    return said + ([text("verdict.band-" + verdict.label, lang)] if verdict.label else [])


def _speeds(verdict: Verdict, lang: Lang) -> list[str]:
    if verdict.low is None or verdict.high is None:
        return []
    low, high = (number(value, lang, quantity=verdict.quantity) for value in (verdict.low, verdict.high))
    return [text("maps.range", lang, low=low, high=high)]


def _evidence(verdict: Verdict, lang: Lang) -> list[str]:
    return [
        labelled(layer_text(each.layer, lang), grade_text(each.grade, lang), lang)
        + (f" ({plain(each.source)})" if each.source else "")
        for each in verdict.evidence
    ]


def summary(assessment: Assessment, lang: Lang) -> list[Json]:
    """How many verdicts are met, not met, cannot be told: with sign and words, screening apart."""
    counts: dict[tuple[Status, bool], int] = {}
    for verdict in assessment.verdicts:
        key = verdict.status, verdict.screening
        counts[key] = counts.get(key, 0) + 1
    said = {(v.status, v.screening): (sign(v), v.status_text(lang)) for v in assessment.verdicts}
    order = sorted(counts, key=lambda key: (WORST_FIRST[::-1].index(key[0]), key[1]))
    return [
        {
            "status": key[0].replace(" ", "-"),
            "screening": key[1],
            "sign": said[key][0],
            "words": said[key][1],
            "count": counts[key],
        }
        for key in order
    ]


def skipped(assessment: Assessment, lang: Lang) -> list[list[str]]:
    """Rule, title and reason of each rule that was not tested."""
    return [[plain(s.rule), plain(getattr(s.title, lang)), s.reason.text(lang)] for s in assessment.skipped]


def to_settle(assessment: Assessment, lang: Lang) -> list[Json]:
    """The data that would settle most rules, in words: what, for how many rules, and for which units; ``top``: among
    the first of the study."""
    counties = [str(name) for name in assessment.counties.frame["county"]]
    return [_to_settle(item, lang) | {"top": top} for item, top in shown_to_settle(assessment.to_settle, counties)]


def shown_to_settle(items: Sequence[ToSettle], counties: Sequence[str]) -> list[tuple[ToSettle, bool]]:
    """The first :data:`MOST_ITEMS` (true), and those of each county's own first that are not among them, in order."""
    most = min(MOST_ITEMS, max(LEAST_ITEMS, MOST_ITEMS_OF_COUNTIES // max(len(counties), 1)))
    counts = dict.fromkeys(counties, 0)
    chosen = []
    for place, item in enumerate(items):
        wanted = [unit for unit in item.units if counts.get(unit, most) < most]
        for unit in wanted:
            counts[unit] += 1
        if place < MOST_ITEMS or wanted:
            chosen.append((item, place < MOST_ITEMS))
    return chosen


def _to_settle(item: ToSettle, lang: Lang) -> Json:
    said = (("settles", len(item.settles)), ("needed-by", len(item.needed_by)))
    units = [area_text("zone", unit, lang) for unit in item.units]
    return {
        "counties": [plain(unit) for unit in item.units],
        "item": plain(item.text(lang)),
        "gain": joint(lang).join(text(f"page.{name}", lang, count=count) for name, count in said if count),
        "units": joint(lang).join(units),
    }


def ledger(assessment: Assessment, lang: Lang) -> Json:
    """The residents' account: total, and the four parts with their share."""
    return _account(assessment.ledger, lang)


def ledgers(assessment: Assessment, lang: Lang) -> list[Json]:
    """The account of the residents of each county, in the order of the counties."""
    people = assessment.demand
    sums = people["residents"].groupby([people["county"], people["reach"]]).sum() if len(people) else {}
    accounts = []
    for name in assessment.counties.frame["county"]:
        parts = {part: float(sums.get((name, part), 0.0)) for part in LEDGER_PARTS}
        accounts.append(_account(Ledger(math.fsum(parts.values()), **parts), lang))
    return accounts


def _account(account: Ledger, lang: Lang) -> Json:
    parts = ledger_parts(account)
    total = parts.pop("residents")
    rows = [
        {
            "part": name,
            "label": text("maps." + name, lang, minutes=SHARE_MINUTES[-1]),
            "people": f"{count:,}",
            "share": round(count / total, 6) if total else 0.0,
            "percent": f"{count / total:.1%}" if total else text("maps.no-value", lang),
        }
        for name, count in parts.items()
    ]
    return {"total": f"{total:,}", "rows": rows}


def figures(assessment: Assessment, lang: Lang) -> Json:
    """Statistics of city, zones and counties, and apart from them of townships."""
    table = assessment.statistics
    wanted = table[table["level"].isin(AREA_LEVELS)] if len(table) else table
    below = table[table["level"] == "township"] if len(table) else table
    heads = ["unit", "fig-residents", "fig-mean", "fig-p90", "fig-share15", "fig-share30", "fig-stations"]
    return {
        "heads": [text("maps." + head, lang) for head in heads],
        "rows": [_figures_row(row, lang) for row in wanted.to_dict("records")],
        "townships": [_figures_row(row, lang) for row in below.to_dict("records")],
    }


def _figures_row(row: Mapping[Hashable, Any], lang: Lang) -> Json:
    level, unit = str(row["level"]), str(row["unit"])
    name = area_text(level, unit, lang)
    cells = [whole(row["residents"]), _cell(row["mean_min"], "{:.1f}", lang), _cell(row["p90_min"], "{:.1f}", lang)]
    cells += [_cell(row[f"share_{minutes}"], "{:.0%}", lang) for minutes in (15, 30)]
    return {
        "level": level,
        "unit": name,
        "county": plain(row["county"]),
        "cells": [*cells, _cell(row["stations"], "{:.0f}", lang)],
    }


def _cell(value: float, form: str, lang: Lang) -> str:
    if pd.isna(value):
        return text("maps.no-value", lang)
    return "∞" if math.isinf(value) else form.format(value)


def sources(assessment: Assessment, lang: Lang) -> list[Json]:
    """Each layer with its grade, source, licence and date."""
    return [
        {
            "layer": layer_text(code, lang),
            "grade": grade.replace(" ", "-"),
            "words": grade_text(grade, lang),
            "source": source or text("maps.not-stated", lang),
            "more": joint(lang).join(
                labelled(text("maps." + name, lang), value, lang)
                for name, value in (("licence", licence), ("date", date))
                if value
            ),
        }
        for code, grade, source, licence, date in source_rows(assessment)
    ]


def parameters(assessment: Assessment, lang: Lang) -> list[Json]:
    """Each parameter in words, with its range, status and source."""
    rows = []
    for row in in_use(assessment).to_dict("records"):
        low, high = row["low"], row["high"]
        ranged = not (pd.isna(low) or pd.isna(high))
        rows.append(
            {
                "name": parameter_text(str(row["name"]), lang),
                "value": parameter_value(row["value"], plain(row["unit"]), lang),
                "range": text("maps.range", lang, low=f"{low:g}", high=f"{high:g}") if ranged else "",
                "status": plain(row["status"]),
                "words": coded("maps.status-", str(row["status"]), lang),
                "source": parameter_source(row["source"], lang),
            }
        )
    return rows
