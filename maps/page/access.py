"""What is within reach, and how unequally response times are shared, as the map page draws and says it."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ...coverage.access import Access, Service
from ...coverage.results import Assessment
from ...texts import Lang, text
from ..access_classes import COLOURS, NONE_COLOUR, OUTSIDE, breaks_of, class_words, classes_of
from ..access_words import access_heading, measured_text, supply_text
from ..tables import heading
from ..words import area_text, joint, labelled, plain, whole

Json = dict[str, Any]
Row = list[float | int | None]
DIGITS = 4
LEVELS = ("city", "zone", "county")
EQUITY = (("mean_min", 1), ("gini", 3), ("palma", 2), ("theil", 3), ("theil_share_percent", 1))
SPLITS = ("counties", "zones")


def drawn_access(assessment: Assessment) -> Json | None:
    """Colours, and the figures of each service; None where nothing was computed.

    A row of figures: what is within reach (mean of the residents), what stands there over its residents, what stands
    there, % of residents with nothing in reach, Gini coefficient of what is within reach; then the classes of the first
    two. Missing ones are None. ``counties`` and ``townships``: in the order in which the page draws them.
    """
    access = assessment.access
    if access is None:
        return None
    names = [(str(name), str(name)) for name in assessment.counties.frame["county"]]
    towns = _drawn_townships(assessment)
    services: list[dict[str, Any]] = [
        {
            "whole": _rows(access, service, "city", None)[0],
            "counties": _rows(access, service, "county", names),
            "townships": _rows(access, service, "township", towns),
        }
        for service in access.services
    ]
    known = any(row[0] is not None for each in services for row in each["townships"])
    areas = "townships" if known else "counties"
    return {"areas": areas, "colours": COLOURS, "nothing": NONE_COLOUR, "services": services}


def _drawn_townships(assessment: Assessment) -> list[tuple[str, str]]:
    """County and name of each township with borders."""
    if assessment.townships is None:
        return []
    frame: gpd.GeoDataFrame = assessment.townships.frame
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    return [(str(county), str(name)) for county, name in zip(frame["county"], frame["township"], strict=True)]


def _rows(access: Access, service: Service, level: str, areas: list[tuple[str, str]] | None) -> list[Row]:
    """A row for each of ``areas`` (county, unit), or for each of the level."""
    table = access.table[access.table["level"] == level].drop_duplicates(["county", "unit"])
    if areas is not None:
        wanted = pd.MultiIndex.from_tuples(areas, names=["county", "unit"])
        table = table.set_index(["county", "unit"]).reindex(wanted) if areas else table.iloc[:0]
    columns = _columns(service)
    values = table[list(columns)].to_numpy(dtype=float)
    values = np.where(np.isfinite(values), values, np.nan)
    breaks = breaks_of(access, service)
    classes = [classes_of(values[:, place], breaks) for place in (0, 1)]
    return [
        [*map(_short, row), *(None if one == OUTSIDE else int(one) for one in of_row)]
        for row, of_row in zip(values.tolist(), zip(*classes, strict=True), strict=True)
    ]


def _columns(service: Service) -> tuple[str, ...]:
    stem = service.stem
    return (
        service.column,
        f"{stem}_ratio_per_{service.per}",
        f"{stem}_total",
        f"{stem}_none_percent",
        f"{stem}_gini",
    )


def _short(value: float) -> float | None:
    return None if math.isnan(value) else float(f"{value:.{DIGITS}g}") if abs(value) < 10**DIGITS else round(value)


def said_access(assessment: Assessment, lang: Lang) -> Json | None:
    """Labels and notes of the services, in their order; what has no figures at all."""
    access = assessment.access
    if access is None:
        return None
    absent = joint(lang).join(text(f"access.{key}", lang) for key in access.absent)
    return {
        "services": [_service_said(access, service, lang) for service in access.services],
        "absent": _sentence(text("access.absent", lang, what=absent), lang) if absent else "",
    }


def _service_said(access: Access, service: Service, lang: Lang) -> Json:
    what = supply_text(service.stem, lang)
    per = text(f"access.per-{service.per}", lang)
    notes = (text(f"access.decay-{access.decay}", lang), *(note.text(lang) for note in service.notes))
    return {
        "label": _capital(what),
        "per": per,
        "reach": _capital(text("access.page-reach", lang, what=what)),
        "ratio": _capital(text("access.page-ratio", lang, what=what)),
        "key": _capital(text("access.map-key", lang, measured=measured_text(service.stem, lang), per=per)),
        "heads": [_capital(access_heading(column, lang) or column) for column in _columns(service)],
        "classes": class_words(breaks_of(access, service), lang),
        "notes": [_sentence(note, lang) for note in notes],
    }


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]


def _sentence(said: str, lang: Lang) -> str:
    return _capital(said) + ("。" if lang == "zh" else ".")


def equity(assessment: Assessment, lang: Lang) -> Json | None:
    """How unequally residents wait: rows of city, zones and counties, and where the city's inequality lies."""
    if assessment.access is None or assessment.access.equity.empty:
        return None
    table = assessment.access.equity
    left_out = float(table["left_out"].iloc[0])
    names = {"mean_min": text("equity.mean", lang)}
    return {
        "heads": [heading("unit", lang), *(names.get(name) or heading(name, lang) for name, _ in EQUITY)],
        "rows": [_equity_row(row, lang) for row in table[table["level"].isin(LEVELS)].to_dict("records")],
        "parts": _parts(table.iloc[0], len(assessment.counties.frame), lang),
        "left_out": text("equity.left-out", lang, left_out=whole(left_out)).strip() if left_out else "",
    }


def _equity_row(row: dict[Any, Any], lang: Lang) -> Json:
    cells = [_number(float(row[name]), digits, lang) for name, digits in EQUITY]
    if row["level"] == "zone":
        cells[-1] = text("maps.no-value", lang)  # counties share out the whole; zones cut it otherwise
    level, unit = str(row["level"]), str(row["unit"])
    return {"level": level, "unit": area_text(level, unit, lang), "county": plain(row["county"]), "cells": cells}


def _parts(city: pd.Series, counties: int, lang: Lang) -> list[str]:
    """Theil's index within and between the counties and the zones, each with its share of the whole."""
    total = float(city["theil"])
    said = []
    for by in SPLITS[0 if counties > 1 else 1 :]:
        within, between = (float(city[f"theil_{part}_{by}"]) for part in ("within", "between"))
        if not (total > 0 and math.isfinite(within) and math.isfinite(between)):
            continue
        for part, value in (("within", within), ("between", between)):
            shown = f"{_number(value, 3, lang)} ({max(value, 0.0) / total:.0%})"
            said.append(labelled(heading(f"theil_{part}_{by}", lang), shown, lang))
    return said


def _number(value: float, digits: int, lang: Lang) -> str:
    return f"{round(value, digits) + 0.0:,.{digits}f}" if math.isfinite(value) else text("maps.no-value", lang)
