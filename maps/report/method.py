"""The method in a page: how times, distances and verdicts come about, with the numbers of this assessment."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ...coverage.choices import Choices
from ...coverage.results import Assessment
from ...texts import Lang
from ..parameter_words import SPEED, UNCLASSED, in_use, parameter_value
from ..words import coded, plain
from .blocks import Block, Bullets, Heading, Paragraph
from .data import ROUGH
from .reach import reach_notes
from .said import say, whole_text

VERDICT_POINTS = ("method-value", "method-bounds", "method-screening", "method-people", "method-readings")
LEFT_OUT = ("left-turns", "left-congestion", "left-busy", "left-kerb", "left-home")


def method(assessment: Assessment, lang: Lang) -> tuple[Block, ...]:
    """Response time, distances, statistics, verdicts, and what is left out."""
    choices = Choices(dict(assessment.settings.choices))
    return (
        Heading(say("method-time", lang)),
        Paragraph(say("formula-time", lang), "lead"),
        Paragraph(_before(assessment, choices, lang)),
        Paragraph(_drive(assessment, lang)),
        Paragraph(_access(assessment, lang)),
        Paragraph(_stations(assessment, lang)),
        Heading(say("method-distance", lang)),
        Paragraph(say(f"method-radius-{choices['C2']}", lang)),
        Paragraph(say("method-statistics", lang)),
        *_reach(assessment, lang),
        Heading(say("method-verdicts", lang)),
        Bullets(tuple(say(code, lang) for code in VERDICT_POINTS)),
        Heading(say("method-left-out", lang)),
        Bullets(tuple(say(code, lang) for code in LEFT_OUT)),
    )


def _reach(assessment: Assessment, lang: Lang) -> tuple[Block, ...]:
    said = reach_notes(assessment, lang)
    joined = ("" if lang == "zh" else " ").join(said[1:])
    return (Heading(say("method-within-reach", lang)), Paragraph(said[0], "lead"), Paragraph(joined)) if said else ()


def _parameter(assessment: Assessment, name: str) -> dict[str, Any] | None:
    table = assessment.parameters
    found = table[table["name"] == name] if len(table) else table
    return None if found.empty else {str(key): value for key, value in found.iloc[0].to_dict().items()}


def _stated(assessment: Assessment, name: str, lang: Lang) -> str:
    """A parameter's value with its unit, and how well it is known."""
    found = _parameter(assessment, name)
    if found is None:
        return say("value-not-held", lang)
    value = parameter_value(float(found["value"]), plain(found["unit"]), lang)
    return say("value-status", lang, value=value, status=coded("maps.status-", str(found["status"]), lang))


def _before(assessment: Assessment, choices: Choices, lang: Lang) -> str:
    return say(
        f"method-before-{choices['C3']}",
        lang,
        handling=_stated(assessment, "call_handling_min", lang),
        turnout=_stated(assessment, "turnout_min", lang),
    )


def _drive(assessment: Assessment, lang: Lang) -> str:
    """The network, its speeds and factors, and whether local roads are in it."""
    table = in_use(assessment)
    speeds = table[table["name"].astype(str).str.startswith("speed.")] if len(table) else table
    unverified = int((speeds["status"] == "unverified").sum()) if len(speeds) else 0
    said = say(
        "method-drive-unclassed" if list(speeds["name"]) == [SPEED + UNCLASSED] else "method-drive",
        lang,
        emergency=_stated(assessment, "emergency_factor", lang),
        daytime=_stated(assessment, "time_of_day_factor", lang),
        classes=len(speeds),
        unverified=unverified,
    )
    ways = say("method-one-way" if assessment.road_traits.one_way else "method-two-way", lang)
    roads = say("method-complete" if assessment.settings.roads.complete else "method-incomplete", lang)
    return _joined([said, ways, say(_limits(assessment), lang), roads], lang)


def _limits(assessment: Assessment) -> str:
    """Which sentence about speed limits holds: they are used, are not to be used, or no road carries one."""
    if not assessment.settings.speeds.use_maxspeed:
        return "method-no-limits"
    return "method-limits" if assessment.road_traits.limits else "method-limits-unknown"


def _access(assessment: Assessment, lang: Lang) -> str:
    said = say(
        "method-access",
        lang,
        speed=_stated(assessment, "off_road_kph", lang),
        detour=_stated(assessment, "detour", lang),
    )
    limit = _parameter(assessment, "max_access_km")
    shown = "" if limit is None else parameter_value(float(limit["value"]), "km", lang)
    return _joined([said, say("method-max-access", lang, km=shown) if shown else ""], lang)


def _stations(assessment: Assessment, lang: Lang) -> str:
    """What sends an ambulance, where it stands, and how the zones are drawn."""
    assumption = assessment.settings.stations.assumption
    stations = assessment.stations
    rough = stations[stations["precision"].isin(ROUGH)] if len(stations) else stations
    said = [say("method-stations", lang, count=len(stations))]
    if assumption is not None:
        said.append(whole_text(getattr(assumption, lang)))
    if len(rough):
        largest = float(pd.to_numeric(rough["uncertainty_km"]).max())
        said.append(say("method-rough", lang, count=len(rough), km=f"{largest:g}"))
    said.append(whole_text(assessment.zone_text.text(lang)))
    return _joined(said, lang)


def _joined(sentences: list[str], lang: Lang) -> str:
    """Sentences one after another, each with its full stop."""
    stop = "。" if lang == "zh" else "."
    whole = (said if said.endswith((stop, "。", ".", "！", "？")) else said + stop for said in sentences if said)
    return ("" if lang == "zh" else " ").join(whole)
