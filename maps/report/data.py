"""The data of a report: layers with source, licence, date and grade, what they hold, and the warnings of the check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from ...coverage.results import WEAK_GRADES, Assessment, grade_text
from ...errors import Problem
from ...layers.settings_parts import Grade
from ...texts import Lang, text
from ..palette import road_rank
from ..words import coded, joint, labelled, layer_text, plain, source_rows, whole
from .blocks import Block, Bullets, Heading, Paragraph, Table
from .said import columns, listed, row, say, table_text, whole_text

GRADES: tuple[Grade, ...] = ("surveyed", "open data", "modelled", "assumed", "missing")
MOST_PLACES = 4
ROUGH = ("seat", "township", "county")


class LayerSaid(NamedTuple):
    """A layer in words."""

    code: str
    name: str
    grade: Grade
    source: str
    licence: str
    date: str


def layers_of(assessment: Assessment, lang: Lang) -> list[LayerSaid]:
    """Everything that the result stands on: layers, zones and optional tables."""
    settings = assessment.settings
    found = [
        LayerSaid(code, layer_text(code, lang), grade, source, licence, date)
        for code, grade, source, licence, date in source_rows(assessment)
    ]
    zones = settings.zones
    if zones.method != "none":
        grade = _evidence(assessment).get("zones", zones.grade)
        found.append(LayerSaid("zones", layer_text("zones", lang), grade, plain(zones.source or settings.people.source),
                               plain(zones.licence), plain(zones.date)))  # fmt: skip
    for name, table in settings.tables.items():
        found.append(LayerSaid("table", table_text(name, lang), table.grade, plain(table.source), plain(table.licence),
                               plain(table.date) or str(table.year or "")))  # fmt: skip
    return found


def _own_layers(assessment: Assessment, lang: Lang) -> list[LayerSaid]:
    """The layers without the optional tables."""
    return [layer for layer in layers_of(assessment, lang) if layer.code != "table"]


def _evidence(assessment: Assessment) -> dict[str, Grade]:
    """The weakest grade that a verdict states of each layer that no layer of the study is."""
    found: dict[str, Grade] = {}
    for verdict in assessment.verdicts:
        for each in verdict.evidence:
            if each.layer in ("zones", "stations"):
                known = found.get(each.layer, each.grade)
                found[each.layer] = max(known, each.grade, key=GRADES.index)
    return found


def _stations_grade(assessment: Assessment) -> Grade | None:
    """How well it is known who is a station: what verdicts state, or assumed where the study assumes it."""
    stated = _evidence(assessment).get("stations")
    return stated or ("assumed" if assessment.settings.stations.assumption is not None else None)


def weak_layers(assessment: Assessment, lang: Lang) -> list[str]:
    """Layers that are modelled, assumed or missing, with that grade."""
    weak = [(layer.name, layer.grade) for layer in _own_layers(assessment, lang)]
    stations = _stations_grade(assessment)
    if stations is not None:
        weak.append((layer_text("stations", lang), stations))
    return [say("with-grade", lang, name=name, grade=grade_text(grade, lang))
            for name, grade in weak if grade in WEAK_GRADES]  # fmt: skip


def grades(assessment: Assessment, lang: Lang) -> str:
    """Which layers are of which grade, the best first."""
    by_grade: dict[Grade, list[str]] = {}
    for layer in _own_layers(assessment, lang):
        by_grade.setdefault(layer.grade, []).append(layer.name)
    stations = _stations_grade(assessment)
    if (
        stations is not None and stations in WEAK_GRADES
    ):  # who are stations is told by the study, whatever the lists of facilities are
        by_grade.setdefault(stations, []).append(layer_text("stations", lang))
    said = [labelled(grade_text(grade, lang), listed(dict.fromkeys(by_grade[grade]), lang), lang)
            for grade in GRADES if grade in by_grade]  # fmt: skip
    return joint(lang).join(said)


def dates(assessment: Assessment, lang: Lang) -> str:
    """Which layer is of which date; empty where none is stated."""
    return joint(lang).join(f"{layer.name} {layer.date}" for layer in _own_layers(assessment, lang) if layer.date)


def data(assessment: Assessment, lang: Lang) -> tuple[Block, ...]:
    """Layers, counts, the plans' own counts beside the lists, and warnings."""
    return (
        _layers(assessment, lang),
        Paragraph(say("grades-note", lang), "note"),
        Heading(say("counts", lang)),
        Bullets(tuple(_counts(assessment, lang))),
        *_facilities(assessment, lang),
        *_baselines(assessment, lang),
        *_warnings(assessment.problems, lang),
    )


def _layers(assessment: Assessment, lang: Lang) -> Table:
    missing = text("maps.not-stated", lang)
    lines = tuple(
        row(layer.name, grade_text(layer.grade, lang), layer.source or missing, layer.licence or missing,
            layer.date or missing)
        for layer in layers_of(assessment, lang)
    )  # fmt: skip
    heads = columns(
        lang, ("layer", 2.0, False), ("grade", 1.3, False), ("source", 4.0, False), ("licence", 2.0, False),
        ("date", 1.5, False),
    )  # fmt: skip
    return Table(heads, lines, say("layers-caption", lang))


def _counts(assessment: Assessment, lang: Lang) -> list[str]:
    frame, demand = assessment.counties.frame, assessment.demand
    said = [
        say("count-counties", lang, count=len(frame)),
        say("count-residents", lang, residents=whole(assessment.ledger.residents), points=whole(len(demand))),
        say("count-zones", lang, said=assessment.zone_text.text(lang)),
        say("count-stations", lang, count=len(assessment.stations)),
    ]
    if assessment.townships is not None:
        said.insert(1, say("count-townships", lang, count=len(assessment.townships.frame)))
    roads = assessment.road_lines
    if len(roads):
        km = roads.geometry.length / 1000.0
        main = float(km[[bool(road_rank(str(name))) for name in roads["road_class"]]].sum())
        code = "count-roads" if (roads["road_class"].astype(str) != "").any() else "count-roads-unclassed"
        said.append(say(code, lang, km=whole(float(km.sum())), main=whole(main)))
    return said


def _facilities(assessment: Assessment, lang: Lang) -> tuple[Block, ...]:
    """Facilities by kind: listed, open, with a place, roughly placed, and whether the list claims to hold them all."""
    frame = assessment.facilities.frame
    if frame.empty:
        return (Paragraph(say("no-facilities", lang)),)
    claimed = {kind for part in assessment.settings.facilities for kind in part.complete_kinds}
    table = pd.DataFrame(
        {
            "kind": frame["kind"].astype(str),
            "open": (frame["status"] == "open").to_numpy(),
            "placed": frame.geometry.notna().to_numpy(),
            "rough": frame["precision"].isin(ROUGH).to_numpy() & frame.geometry.notna().to_numpy(),
            "count": 1,
        }
    )
    sums = table.groupby("kind", sort=False).sum().sort_values("count", ascending=False, kind="stable")
    yes, no = text("maps.yes", lang), text("maps.no", lang)
    lines = [
        row(coded("kind.", str(kind), lang), str(found["count"]), str(found["open"]), str(found["placed"]),
            str(found["rough"]), yes if kind in claimed else no)
        for kind, found in sums.iterrows()
    ]  # fmt: skip
    total = table.drop(columns="kind").sum()
    lines.append(row(say("all", lang), *(str(total[name]) for name in ("count", "open", "placed", "rough")), ""))
    heads = columns(
        lang, ("kind", 3.0, False), ("listed", 1.0, True), ("open", 1.0, True), ("placed", 1.0, True),
        ("rough", 1.2, True), ("complete", 1.2, False),
    )  # fmt: skip
    return (Table(heads, tuple(lines), say("facilities-caption", lang)),)


def _baselines(assessment: Assessment, lang: Lang) -> tuple[Block, ...]:
    if not assessment.baselines:
        return ()
    said = tuple(whole_text(each.text(lang)) for each in assessment.baselines)
    return Heading(say("baselines", lang)), Paragraph(say("baselines-intro", lang)), Bullets(said)


def _warnings(problems: Sequence[Problem], lang: Lang) -> tuple[Block, ...]:
    """What the reading of the files warned of: each kind of warning once, with its places and how often it came."""
    head = Heading(say("warnings", lang))
    if not problems:
        return head, Paragraph(say("no-warnings", lang))
    groups: dict[str, list[Problem]] = {}
    for problem in problems:
        groups.setdefault(problem.code, []).append(problem)
    counts = Counter(problem.code for problem in problems)
    lines = tuple(row(_message(groups[code][0], lang), _places(groups[code], lang), str(count))
                  for code, count in counts.most_common())  # fmt: skip
    heads = columns(lang, ("warning", 5.0, False), ("place", 2.5, False), ("times", 0.8, True))
    intro = Paragraph(say("warnings-intro", lang, count=len(problems), kinds=len(groups)))
    return head, intro, Table(heads, lines, say("warnings-caption", lang))


def _message(problem: Problem, lang: Lang) -> str:
    """What a warning says; the sentences of Chinese follow each other without a blank."""
    said = whole_text(problem.message(lang))
    return said.replace("。 ", "。") if lang == "zh" else said


def _places(problems: Sequence[Problem], lang: Lang) -> str:
    places = list(dict.fromkeys(problem.place(lang) for problem in problems))
    said = joint(lang).join(place for place in places[:MOST_PLACES] if place)
    more = len(places) - MOST_PLACES
    return said + (say("places-more", lang, count=more) if more > 0 else "")
