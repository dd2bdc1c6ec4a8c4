"""What files other than OpenStreetMap's say of a road, column by column: class, one-way, speed limit, name."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import Findings
from .network import Profile
from .profile import class_open
from .speeds import DRIVE_KPH, UNCLASSED_KPH, SpeedTable
from .tag_values import parse_speed

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "road_class": ("highway", "fclass", "road_class", "class", "等级", "道路等级", "公路等级"),
    "oneway": ("oneway", "one_way", "单行", "单行线", "单向"),
    "speed": ("maxspeed", "max_speed", "speed_limit", "speed_kph", "限速", "设计速度"),
    "name": ("name", "road_name", "名称", "道路名称", "路名", "ref"),
}
ALONG = frozenset({"yes", "true", "1", "1.0", "f", "ft", "t/f", "forward", "along", "是", "正向", "单向"})
AGAINST = frozenset({"-1", "-1.0", "t", "tf", "reverse", "backward", "against", "反向", "逆向"})
BOTH = frozenset({"", "no", "false", "0", "0.0", "b", "both", "none", "nan", "否", "双向", "alternating"})
NO_LIMIT = frozenset({"", "0", "0.0", "nan", "none", "<na>"})
MOST_SHOWN = 8
LONGEST_LIST = 10_000


@dataclass(frozen=True)
class RoadColumns:
    """The file's own headings for class, one-way and speed limit; None: the usual ones are looked for."""

    road_class: str | None = None
    oneway: str | None = None
    speed: str | None = None


@dataclass(frozen=True)
class RoadFacts:
    """One value per row: class ("" if unknown), directions, limit in km/h (NaN if unknown) and name."""

    road_class: NDArray[np.str_]
    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    kph: NDArray[np.float64]
    name: NDArray[np.str_]
    class_known: bool


def road_facts(frame: pd.DataFrame, named: RoadColumns, findings: Findings) -> RoadFacts:
    """Reads the columns of ``frame`` (index: row numbers); a named column that is missing is an error."""
    asked = {"road_class": named.road_class, "oneway": named.oneway, "speed": named.speed, "name": None}
    heading = {what: find_column(frame, HEADINGS[what], asked[what], findings) for what in HEADINGS}
    texts = {what: _texts(frame, column) for what, column in heading.items()}
    forward, backward = directions(texts["oneway"], frame.index, heading["oneway"], findings)
    if heading["oneway"] is None:
        findings.warn("roads.no-oneway")
    if heading["road_class"] is None:
        findings.warn("roads.no-class")
    road_class = np.char.replace(texts["road_class"], "track_grade", "track:")
    road_class = np.char.partition(road_class, ":")[:, 0] if len(road_class) else road_class
    known = heading["road_class"] is not None and bool((road_class != "").any())
    kph = limits(texts["speed"], frame.index, heading["speed"], findings)
    return RoadFacts(road_class, forward, backward, kph, np.strings.slice(texts["name"], 80), known)


def find_column(frame: pd.DataFrame, usual: Sequence[str], named: str | None, findings: Findings) -> str | None:
    """The heading that is there: the named one (an error if it is missing), else the first of the usual ones."""
    headings = [str(column) for column in frame.columns]
    if named is not None:
        if named not in headings:
            findings.error("roads.no-column", column=named, columns=", ".join(headings[:30]))
            return None
        return named
    small = {heading.strip().lower(): heading for heading in reversed(headings)}
    return next((small[name] for name in usual if name in small), None)


def _texts(frame: pd.DataFrame, column: str | None) -> NDArray[np.str_]:
    if column is None:
        return np.full(len(frame), "", dtype=np.str_)
    values = frame[column]
    missing = values.isna().to_numpy()
    texts = np.array([one_of(values_of(value)) for value in values], dtype=np.str_)
    return np.where(missing, "", np.char.strip(texts))


def values_of(value: object) -> list[str]:
    """A cell as texts: osmnx keeps the values of merged edges as a list, or writes it as ``['a', 'b']``."""
    if isinstance(value, str) and value.startswith("[") and len(value) <= LONGEST_LIST:
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return [str(value)]
    if isinstance(value, (list, tuple, set, frozenset, np.ndarray)):
        return [str(part) for part in value]
    return [] if value is None else [str(value)]


def one_of(values: Sequence[str]) -> str:
    """Of several classes the slowest (in no set's random order), of other values the first by the alphabet."""
    return min(values, key=lambda value: (DRIVE_KPH.get(value, UNCLASSED_KPH)[1], value), default="")


def directions(
    texts: NDArray[np.str_], rows: pd.Index[int], column: str | None, findings: Findings
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Forward and backward from one-way values (yes/no/-1, Geofabrik's F/T/B, 是/否); unknown ones are both ways."""
    values, code = np.unique(texts, return_inverse=True)
    small = [str(value).lower() for value in values]
    along = np.array([value in ALONG for value in small], dtype=bool)
    against = np.array([value in AGAINST for value in small], dtype=bool)
    odd = np.array([value not in ALONG | AGAINST | BOTH for value in small], dtype=bool)
    if odd.any():
        found = np.flatnonzero(odd[code])
        first = int(found[0])
        findings.warn(
            "roads.oneway-unknown", row=int(rows[first]), column=column, value=str(texts[first]), count=len(found)
        )
    return ~against[code], ~along[code]


def limits(texts: NDArray[np.str_], rows: pd.Index[int], column: str | None, findings: Findings) -> NDArray[np.float64]:
    """Speed limits in km/h; blank and 0 are unknown, what is not understood is counted and unknown."""
    values, code = np.unique(texts, return_inverse=True)
    speeds = [np.nan if str(value).lower() in NO_LIMIT else parse_speed(str(value)) for value in values]
    odd = np.array([speed is None for speed in speeds], dtype=bool)
    if odd.any():
        found = np.flatnonzero(odd[code])
        first = int(found[0])
        findings.warn(
            "roads.speed-ignored", row=int(rows[first]), column=column, value=str(texts[first]), count=len(found)
        )
    return np.array([np.nan if speed is None else speed for speed in speeds], dtype=float)[code]


def open_to(road_class: NDArray[np.str_], profile: Profile) -> NDArray[np.bool_]:
    """Which roads are for ``profile`` as far as their class says; classes that OpenStreetMap does not know are."""
    names, code = np.unique(road_class, return_inverse=True)
    return np.array([class_open(str(name), profile) for name in names], dtype=bool)[code]


def warn_of_classes(road_class: NDArray[np.str_], speeds: SpeedTable, findings: Findings) -> None:
    """Says which classes the speed table does not name; they take the speed of unclassed roads."""
    names, count = np.unique(road_class, return_counts=True)
    odd = [(int(n), str(name)) for name, n in zip(names, count, strict=True) if name and name not in speeds.classes]
    if odd and len(speeds.classes) > 1:
        shown = shorten(name for _, name in sorted(odd, reverse=True))
        findings.warn("roads.classes-unknown", value=shown, count=sum(n for n, _ in odd))


def shorten(texts: Iterable[str]) -> str:
    """The first texts of many, joined."""
    whole = list(texts)
    return ", ".join(whole[:MOST_SHOWN]) + (", …" if len(whole) > MOST_SHOWN else "")
