"""Values, names and codes as a reader sees them: on the page, in the figure, in the tables."""

from __future__ import annotations

import math
import re
import unicodedata

import numpy as np
import pandas as pd

from ..coverage.results import SHARE_MINUTES, ZONES, Assessment, Ledger, Verdict
from ..layers.settings_parts import Grade, Source
from ..texts import Lang, catalogue, text
from .palette import SCREENING_SIGN, STATUS_SIGNS

LONGEST_NAME = 400
LEVELS = re.compile(r"^(tertiary|secondary|primary)( A)?$")
PER_PEOPLE = re.compile(r"^([\d.]+)-([\d.]+) per (\d+)-(\d+) people$")
TARGET_SIGNS = {"<=": "≤", ">=": "≥"}
QUANTITY_TEXTS = {"min": "maps.minutes", "km": "maps.km", "%": "maps.percent"}


def plain(value: object, *, longest: int = LONGEST_NAME) -> str:
    """A value as one line of text without control and formatting characters; empty for a missing one."""
    if value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NA:
        return ""
    shown = "".join(" " if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else c for c in str(value))
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def coded(prefix: str, code: str, lang: Lang) -> str:
    """The wording of ``prefix + code``, or the code itself where the catalogue has none."""
    key = prefix + code.replace(" ", "-")
    return text(key, lang) if code and key in catalogue() else plain(code)


def joint(lang: Lang) -> str:
    """What stands between the parts of a list."""
    return "；" if lang == "zh" else "; "


def labelled(label: str, value: str, lang: Lang) -> str:
    """A label and its value, whatever its length."""
    return f"{label}：{value}" if lang == "zh" else f"{label}: {value}"


def whole(value: float) -> str:
    """A count of people with separators for thousands."""
    return f"{round(value):,}"


def number(value: float | None, lang: Lang, *, quantity: str = "", near: float | None = None) -> str:
    """A value with its unit; more digits where it would else look the same as ``near``, its target."""
    if value is None or math.isnan(value):
        return text("maps.no-value", lang)
    if math.isinf(value):
        return text("maps.unreachable", lang)
    shown = f"{value:,.0f}" if not quantity and float(value).is_integer() else f"{value:,.1f}"
    if near is not None and value != near:
        digits = 1
        while digits < 6 and f"{value:.{digits}f}" == f"{near:.{digits}f}":
            digits += 1
        shown = f"{value:,.{digits}f}" if digits > 1 else shown
    return text(QUANTITY_TEXTS[quantity], lang, n=shown) if quantity in QUANTITY_TEXTS else shown


def verdict_value(verdict: Verdict, lang: Lang) -> str:
    """The verdict's value with its unit and, where facilities are missing, the side on which the truth lies."""
    shown = number(verdict.value, lang, quantity=verdict.quantity, near=verdict.target_value)
    if not verdict.bound or verdict.value is None:
        return shown
    return f"{text('verdict.' + verdict.bound.replace(' ', '-'), lang)} {shown}"


def target_text(target: str, lang: Lang) -> str:
    """A target ("<= 5 km", "secondary A") with the signs and units of print, levels of hospitals in words."""
    level = LEVELS.match(target)
    if level:
        said = text(f"maps.grade-of-{level[1]}", lang)
        return text("report.level-a", lang, level=said) if level[2] else said
    per = PER_PEOPLE.match(target)
    if per:
        return text("maps.per-people", lang, fewest=per[1], most=per[2], **_people(int(per[3]), int(per[4]), lang))
    shown = plain(target)
    for sign, printed in TARGET_SIGNS.items():
        shown = shown.replace(sign, printed)
    for unit, code in QUANTITY_TEXTS.items():
        if shown.endswith(" " + unit):
            shown = text(code, lang, n=shown.removesuffix(" " + unit))
    return shown


def _people(smaller: int, larger: int, lang: Lang) -> dict[str, str]:
    """Two counts of people as they are written: in Chinese in 10,000s."""
    ends = {"smaller": smaller, "larger": larger}
    return {name: f"{n / 10_000:g}" if lang == "zh" else f"{n:,}" for name, n in ends.items()}


def sign(verdict: Verdict) -> str:
    """The verdict as a sign that reads without colour."""
    return (SCREENING_SIGN if verdict.screening else "") + STATUS_SIGNS[verdict.status]


def turned_text(verdict: Verdict, lang: Lang) -> str:
    """At which speed a decided verdict would be another; empty where at none."""
    if verdict.status == "cannot tell":
        return ""
    held = (("low", verdict.holds_low), ("high", verdict.holds_high))
    return "".join(text(f"verdict.turned-{speed}", lang) for speed, holds in held if holds is False)


def area_text(level: str, unit: str, lang: Lang) -> str:
    """The name of an area of the statistics; zones in words."""
    return text("unit." + unit, lang) if level == "zone" and unit in ZONES else plain(unit)


def parameter_text(name: str, lang: Lang) -> str:
    """A parameter's name in words; a speed by its road class."""
    if name.startswith("speed."):
        return text("parameter.speed", lang, road=coded("maps.road-", name.removeprefix("speed."), lang))
    return coded("parameter.", name, lang)


def is_city(assessment: Assessment) -> bool:
    """Whether the boundaries name one city that all counties belong to."""
    cities = set(assessment.counties.frame["city"])
    return len(cities) == 1 and cities != {""}


def whole_area(assessment: Assessment, lang: Lang) -> str:
    """What a sentence calls all that is assessed: the whole city, or the whole study."""
    return text("report.whole-city" if is_city(assessment) else "report.whole-study", lang)


def study_title(assessment: Assessment, lang: Lang) -> str:
    """The study's title in ``lang``, or its name."""
    title = assessment.settings.title
    return plain(getattr(title, lang) if title else assessment.name)


def study_note(assessment: Assessment, lang: Lang) -> str:
    """What a reader must know first, or an empty string."""
    note = assessment.settings.note
    return plain(getattr(note, lang)) if note else ""


def ledger_parts(ledger: Ledger) -> dict[str, int]:
    """Residents and their four parts as whole people that still add up: the largest remainders are rounded up."""
    exact = {name: getattr(ledger, name) for name in ("reached", "beyond", "unreachable", "outside")}
    parts = {name: math.floor(value) for name, value in exact.items()}
    residents = round(ledger.residents)
    by_remainder = sorted(exact, key=lambda name: parts[name] - exact[name])
    for name in by_remainder[: max(residents - sum(parts.values()), 0)]:
        parts[name] += 1
    return {"residents": residents, **parts}


def ledger_text(ledger: Ledger, lang: Lang) -> str:
    """The ledger in one line."""
    parts = {name: f"{count:,}" for name, count in ledger_parts(ledger).items()}
    return text("maps.ledger-line", lang, minutes=SHARE_MINUTES[-1], **parts)


def source_rows(assessment: Assessment) -> list[tuple[str, Grade, str, str, str]]:
    """Layer code, grade, source, licence and date of everything the result stands on; people without a date have the
    year they are of."""
    layers = [assessment.counties, assessment.townships, assessment.facilities, assessment.people]
    rows = [(_code(each.name), each.grade, each.source, each.licence, each.date) for each in layers if each is not None]
    year = assessment.settings.people.year
    rows = [(*row[:4], row[4] or (str(year) if row[0] == "people" and year else "")) for row in rows]
    roads, stated = assessment.road_layer, assessment.settings.roads
    rows.append((roads.layer, roads.grade, roads.source or stated.source, stated.licence, stated.date))
    return [(code, grade, plain(source), plain(licence), plain(date)) for code, grade, source, licence, date in rows]


def _code(layer: str) -> str:
    return {"counties": "boundaries", "demand": "people"}.get(layer, layer)


def layer_text(code: str, lang: Lang) -> str:
    """A layer's name in words."""
    return coded("layer.", code, lang)


def dates_text(assessment: Assessment, lang: Lang) -> str:
    """Which layer is of which date, in one line; empty where no date is stated."""
    dated = [f"{layer_text(code, lang)} {date}" for code, _, _, _, date in source_rows(assessment) if date]
    return joint(lang).join(dated)


def somebody_reached(assessment: Assessment) -> bool:
    """Whether any resident of the study's counties is reached by any station."""
    demand = assessment.demand
    lived = (demand["residents"] > 0) & (demand["county"] != "")
    return bool(np.isfinite(demand["response_min"][lived]).any())


def from_osm(assessment: Assessment) -> bool:
    """Whether a source or licence says OpenStreetMap, whose contributors must then be named."""
    stated: list[Source] = [assessment.settings.roads, assessment.settings.people, assessment.settings.boundaries]
    said = [f"{source} {licence}" for _, _, source, licence, _ in source_rows(assessment)]
    said += [f"{each.source} {each.licence}" for each in [*stated, *assessment.settings.facilities]]
    words = " ".join(said).casefold().replace("(", " ").replace(")", " ").replace(",", " ").split()
    return any("openstreetmap" in word or word in {"osm", "odbl"} or word.startswith("odbl-") for word in words)
