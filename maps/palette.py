"""What stands for what on a map: time classes, groups of facilities, verdicts. Colours can be told apart by everybody.

Time: ColorBrewer YlGnBu (Brewer 2003), light is fast. Verdicts: Okabe and Ito (2008), and each has a sign besides.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..texts import Lang, text

BREAKS_MIN = (5.0, 10.0, 15.0, 30.0, 45.0, 60.0)
TIME_COLOURS = ("#ffffcc", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#0c2c84")
UNREACHABLE_COLOURS = ("#b9b9b9", "#6f6f6f")
UNREACHABLE, OUTSIDE = len(TIME_COLOURS), 255
UNSERVED_COLOUR = "#e7298a"
STATUS_COLOURS = {"met": "#009e73", "not met": "#d55e00", "cannot tell": "#8f8f8f"}
STATUS_SIGNS = {"met": "✓", "not met": "✕", "cannot tell": "?"}
SCREENING_SIGN = "≈"
WORST_FIRST = ("not met", "cannot tell", "met")
MAIN_ROADS = ("motorway", "trunk", "primary", "secondary", "tertiary")
ROAD_WIDTHS = {"motorway": 2.2, "trunk": 2.2, "primary": 1.7, "secondary": 1.2, "tertiary": 0.9}
OTHER_ROAD_WIDTH = 0.5


@dataclass(frozen=True)
class Group:
    """One layer of facilities: its mark is told by colour, shape and letter."""

    key: str
    colour: str
    shape: str
    prefixes: tuple[str, ...]


GROUPS = (
    Group("emergency", "#a50f15", "square", ("ems.",)),
    Group("hospital", "#08519c", "circle", ("hospital.",)),
    Group("primary", "#1b6e3c", "diamond", ("primary.",)),
    Group("blood", "#7a0177", "drop", ("blood.",)),
    Group("other", "#4d4d4d", "hexagon", ()),
)


def group_of(kind: str, is_station: bool) -> str:
    """The key of the group that a facility of ``kind`` is drawn in; what acts as a station is emergency."""
    if is_station:
        return "emergency"
    return next((group.key for group in GROUPS if kind.startswith(group.prefixes or ("\0",))), "other")


def time_classes(minutes: NDArray[np.floating]) -> NDArray[np.uint8]:
    """The class of each time, a limit belonging to the class below it; inf is UNREACHABLE, NaN is OUTSIDE."""
    classes = np.searchsorted(BREAKS_MIN, minutes, side="left").astype(np.uint8)
    classes[np.isposinf(minutes)] = UNREACHABLE
    classes[np.isnan(minutes)] = OUTSIDE
    return classes


def class_labels(lang: Lang) -> tuple[str, ...]:
    """The time classes in words: "0-5" ... "over 60"."""
    limits = [0, *(round(limit) for limit in BREAKS_MIN)]
    bounded = [f"{low}–{high}" for low, high in pairwise(limits)]
    return (*bounded, text("maps.class-over", lang, minutes=limits[-1]))


def road_rank(road_class: str) -> str:
    """The class that a road is drawn as: one of MAIN_ROADS (its links too), or "" for all others."""
    base = road_class.removesuffix("_link")
    return base if base in MAIN_ROADS else ""
