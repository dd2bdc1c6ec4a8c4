"""The scenarios of a comparison as rows of its page: figures of the whole and of each area, what turned, who wins."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from ...errors import InputError, Problem
from ...scenarios.changed_roads import read_changed_roads
from ...scenarios.compare import BASELINE, FRONTS, Comparison, folder_names
from ...scenarios.outcome import Outcome
from ...scenarios.run_folder import RunFolder
from ...texts import Lang
from ..page.data import Json
from ..words import area_text, plain
from .study import ComparedStudy
from .tables import label_text, label_value, lacks_text, scenario_text, status_text

MEASURES = (
    "gained_15",
    "lost_15",
    "gained_30",
    "lost_30",
    "mean_change_min",
    "mean_min",
    "p90_min",
    "longest_min",
    "net_15",
    "net_30",
    "within_15",
    "within_30",
    "unreachable",
    "stations",
    "ambulances",
    "residents",
)
COUNTED = ("met", "turned_met", "turned_not_met", "opened", "closed", "cost")
DRAWN = ("rank_low", "rank_high", "first_share")
MOST_TURNED = 40
LONGEST_LABEL = 120
MOST_CORNERS = 60_000  # of changed roads, about 1 MB
INFINITE = "∞"
DECIMALS = 6  # more than are shown, so that rounding for the page rounds what the tables round
Key = tuple[str, str]


@dataclass(frozen=True)
class Drawn:
    """What a page draws of one scenario: the points that change, packed, and its sites."""

    delta: str
    sites: list[list[Any]]


def outcome_of(folders: Sequence[Path], name: str, key: str) -> Outcome:
    """The outcome of that key in a folder of that name; :class:`~carereach.errors.InputError` where it is gone."""
    for folder, label in folder_names(folders).items():
        if label == name:
            outcome = RunFolder(folder).get(key)
            if outcome is not None:
                return outcome
    raise InputError(Problem("compare.outcome-gone", f"{key}.parquet"))


def sites_of(outcome: Outcome) -> list[list[Any]]:
    """[name, latitude, longitude, what] of each site."""
    rows = outcome.sites.itertuples(index=False)
    return [[plain(row.name), row.lat, row.lon, str(row.what)] for row in rows]


@dataclass(frozen=True)
class Roads:
    """The changed roads that a page draws: ``sets`` of lines, and which of them a scenario (folder, key) has; ``more``:
    whether some had to be left out."""

    sets: list[list[list[Any]]]
    of: Mapping[Key, int]
    more: bool


def roads_of(folders: Sequence[Path], listed: pd.DataFrame) -> Roads:
    """The changed roads of the scenarios that a page lists, best first, until there are enough corners.

    A line is [what, factor on the speed, name, km, km of all that is changed in this way, its corners], the corners
    latitude and longitude in turn.
    """
    read = {label: read_changed_roads(folder) for folder, label in folder_names(folders).items()}
    lines = {label: dict(list(frame.groupby("roads"))) for label, (frame, _) in read.items()}
    sets: list[list[list[Any]]] = []
    place: dict[tuple[str, int], int] = {}
    found: dict[Key, int] = {}
    corners, more = 0, False
    for folder, key in listed[["folder", "key"]].itertuples(index=False, name=None):
        number = read[folder][1].get(key)
        if number is None:
            continue
        if number not in lines[folder]:
            more = True
            continue
        if (folder, number) not in place:
            made = [_road(row) for row in lines[folder][number].itertuples(index=False)]
            corners += sum(len(line[-1]) for line in made) // 2
            if corners > MOST_CORNERS:
                return Roads(sets, found, more=True)
            place[(folder, number)] = len(sets)
            sets.append(made)
        found[(folder, key)] = place[(folder, number)]
    return Roads(sets, found, more)


def _road(row: Any) -> list[Any]:  # noqa: ANN401 a row of pandas
    corners = np.round(shapely.get_coordinates(row.geometry)[:, ::-1], 5).ravel().tolist()
    return [row.what, _number(row.speed), plain(row.name), _number(row.km), _number(row.km_all), corners]


def figures(row: Mapping[Hashable, Any] | pd.Series) -> list[Any]:
    """The measures of a row in the page's order."""
    return [_number(row[name]) for name in MEASURES]


def _number(value: Any) -> Any:  # noqa: ANN401 numbers of pandas
    number = float(value)
    if math.isnan(number):
        return None
    if math.isinf(number):
        return INFINITE
    rounded = round(number, DECIMALS) if abs(number) < 1000 else round(number)
    return int(rounded) if float(rounded).is_integer() else rounded


def areas_of(comparison: Comparison, lang: Lang) -> list[Json]:
    """The zones and counties, in the order of the study."""
    areas = comparison.areas[(comparison.areas["error"] == "") & (comparison.areas["level"] != "city")]
    pairs = areas[["level", "unit"]].drop_duplicates().itertuples(index=False, name=None)
    return [
        {"level": str(level), "key": str(unit), "name": area_text(str(level), str(unit), lang)} for level, unit in pairs
    ]


def scenario_rows(
    comparison: Comparison,
    listed: pd.DataFrame,
    drawn: Mapping[Key, Drawn],
    roads: Roads,
    study: ComparedStudy,
    lang: Lang,
) -> list[Json]:
    """One row per scenario besides the study as it is, best first; those that are drawn with their areas, places and
    turned verdicts."""
    shown = pd.MultiIndex.from_tuples(list(drawn), names=["folder", "key"])
    areas = _by_scenario(comparison.areas[comparison.areas["level"] != "city"], shown)
    turned, places = _by_scenario(comparison.turned, shown), _by_scenario(comparison.places, shown)
    several = listed["folder"].nunique() > 1
    rows = []
    for row in listed[listed["scenario"] != BASELINE].to_dict("records"):
        key = (row["folder"], row["key"])
        one = drawn.get(key)
        content = _head(row, several, lang)
        if key in roads.of:
            content["roads"] = roads.of[key]
        if one is not None:
            content |= {
                "delta": one.delta,
                "sites": one.sites,
                "areas": [figures(area) for area in areas.get(key, [])],
                "turned": [_turned(verdict, study, lang) for verdict in turned.get(key, [])[:MOST_TURNED]],
                "turned_more": max(len(turned.get(key, [])) - MOST_TURNED, 0),
                "places": [_place(place) for place in places.get(key, [])],
            }
        rows.append(content)
    return rows


def _head(row: Mapping[Hashable, Any], several: bool, lang: Lang) -> Json:
    labels = json.loads(row["labels"])
    content: Json = {
        "name": scenario_text(str(row["scenario"]), lang),
        "labels": {
            label_text(plain(name), lang): label_value(name, plain(value, longest=LONGEST_LABEL))
            for name, value in labels.items()
        },
        "error": plain(row["error"]),
    }
    if several:
        content["folder"] = plain(row["folder"])
    if row["error"]:
        return content
    return content | {
        "rank": int(row["rank"]),
        "m": figures(row),
        "c": [_number(row[name]) for name in COUNTED],
        "front": [bool(row[f"front_{name}"]) for name in FRONTS],
        "differs": bool(row["differs"]),
        **({"drawn": [_number(row[name]) for name in DRAWN]} if DRAWN[0] in row else {}),
    }


def _by_scenario(frame: pd.DataFrame, shown: pd.MultiIndex) -> dict[Key, list[dict[Hashable, Any]]]:
    """The rows of the scenarios that are shown."""
    if frame.empty or not len(shown):
        return {}
    own = frame[pd.MultiIndex.from_frame(frame[["folder", "key"]]).isin(shown)]
    found: dict[Key, list[dict[Hashable, Any]]] = {}
    for row in own.to_dict("records"):
        found.setdefault((row["folder"], row["key"]), []).append(row)
    return found


def _turned(verdict: Mapping[Hashable, Any], study: ComparedStudy, lang: Lang) -> list[Any]:
    """[rule, title, unit, verdict before, verdict now, status key, share of draws in which it holds or None, what it
    lacks if it can no longer be told]"""
    line = (str(verdict["plan"]), str(verdict["rule"]), str(verdict["unit"]), str(verdict["subject"]))
    before = study.status.get(line, "")
    return [
        plain(verdict["rule"]),
        study.rule_title(line[0], line[1], lang),
        area_text("zone", line[2], lang),
        status_text(before, lang),
        status_text(str(verdict["status"]), lang),
        str(verdict["status"]).replace(" ", "-"),
        _number(verdict.get("holds_share", math.nan)),
        lacks_text(verdict.get("would_settle"), lang),
    ]


def _place(place: Mapping[Hashable, Any]) -> list[Any]:
    """[name, people, minutes before, minutes after]"""
    return [plain(place["place"]), *(_number(place[name]) for name in ("residents", "minutes_before", "minutes_after"))]
