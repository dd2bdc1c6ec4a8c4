"""What stands under a map in print: classes, signs, scale, north, and where everything comes from."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from pyproj import CRS, Geod, Transformer

from ...coverage.results import Assessment, grade_text
from ...texts import Lang, text
from ..palette import GROUPS, TIME_COLOURS, UNREACHABLE_COLOURS, class_labels
from ..words import dates_text, joint, labelled, layer_text, plain, source_rows, study_note

NICE_KM = (0.5, 1, 2, 5, 10, 20, 50, 100, 200)
PLAIN: dict[str, Any] = {"parse_math": False}
NEVER_FIRST = "，。；：、！？）》”’…"  # what no line begins with
MOST_LINES = 14
WIDE_FROM = 0x2E7F  # Chinese characters and signs stand after this code
SWATCHES_WIDE, MOST_SWATCHES_WIDE = 0.6, 4  # share of the strip; so many classes share it at least
LOW_STRIP_IN = 0.7  # a strip without classes is lower than this
STRIP_UNITS = 170  # half-width characters of the strip across
LINE_UNITS = 166  # half-width characters of the small print across the figure


@dataclass(frozen=True)
class Frame:
    """The drawn extent in metres of ``crs``, and how wide that is on paper."""

    west: float
    south: float
    east: float
    north: float
    crs: CRS
    width_in: float

    @property
    def centre(self) -> tuple[float, float]:
        return (self.west + self.east) / 2, (self.south + self.north) / 2

    @property
    def metres_per_inch(self) -> float:
        return (self.east - self.west) / self.width_in


def bar_km(frame: Frame, longest_in: float) -> tuple[float, float]:
    """The scale bar's length in km, and in inches on paper: true east-west at the middle of the map."""
    x, y = frame.centre
    to_degrees = Transformer.from_crs(frame.crs, 4326, always_xy=True)
    step = (frame.east - frame.west) / 200
    (west, east), (low, high) = to_degrees.transform([x - step, x + step], [y, y])
    _, _, metres = Geod(ellps="WGS84").inv(west, low, east, high)
    true_per_metre = metres / (2 * step)
    km_per_inch = frame.metres_per_inch * true_per_metre / 1000
    chosen = max((km for km in NICE_KM if km <= longest_in * km_per_inch), default=NICE_KM[0])
    return chosen, chosen / km_per_inch


def north_angle(frame: Frame) -> float:
    """Degrees by which true north leans to the right of the map's up, at its middle."""
    x, y = frame.centre
    to_degrees = Transformer.from_crs(frame.crs, 4326, always_xy=True)
    lon, lat = to_degrees.transform(x, y)
    back = Transformer.from_crs(4326, frame.crs, always_xy=True)
    north_x, north_y = back.transform(lon, min(lat + 0.01, 90.0))
    return math.degrees(math.atan2(north_x - x, north_y - y))


@dataclass(frozen=True)
class Swatch:
    """A class in the legend: its colour, what tells it apart without colour, and its words."""

    colour: str
    words: str
    hatch: str = ""
    edge: str = "#555555"
    sign: str = ""


@dataclass(frozen=True)
class Key:
    """The legend of a map: classes side by side under a heading, and marks and lines with their words."""

    heading: str
    swatches: tuple[Swatch, ...] = ()
    marks: tuple[tuple[Any, str], ...] = ()


def time_key(lang: Lang, marks: Sequence[tuple[Any, str]]) -> Key:
    """The classes of response times, with the unreachable."""
    swatches = [Swatch(c, label) for c, label in zip(TIME_COLOURS, class_labels(lang), strict=True)]
    fill, line = UNREACHABLE_COLOURS
    swatches.append(Swatch(fill, text("maps.unreachable", lang), "////", line))
    return Key(text("maps.legend-field", lang), tuple(swatches), tuple(marks))


def station_mark(size: float = 4.5) -> Line2D:
    """The mark of an emergency station."""
    return Line2D(
        [], [], marker="s", linestyle="", color=GROUPS[0].colour, markeredgecolor="white", markersize=size,
        markeredgewidth=0.5,
    )  # fmt: skip


def ground_marks(lang: Lang, *, stations: bool, roads: Literal["", "road", "main-road"]) -> list[tuple[Any, str]]:
    """Marks and lines that most maps have."""
    found: list[tuple[Any, str]] = [(station_mark(), text("maps.figure-station", lang))] if stations else []
    found.append((Line2D([], [], color="#1a1a1a", linewidth=1.0), text("maps.figure-county", lang)))
    if roads:
        found.append((Line2D([], [], color="#6b6b6b", linewidth=0.6), text("maps.figure-" + roads, lang)))
    return found


def draw_legend(axes: Axes, frame: Frame, key: Key, lang: Lang) -> None:
    """Fills the strip under a map: classes, marks, scale, north; its axes run from 0 to 1 across and up."""
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.text(0, 0.99, key.heading, fontsize=7, va="top", **PLAIN)
    draw_swatches(axes, key.swatches)
    _marks(axes, key)
    _scale(axes, frame, lang)


def draw_swatches(axes: Axes, swatches: Sequence[Swatch], wide: float = SWATCHES_WIDE) -> None:
    """Classes side by side, their words under them in one or two lines."""
    step = wide / max(len(swatches), MOST_SWATCHES_WIDE)
    for place, swatch in enumerate(swatches):
        box = Rectangle((step * place, 0.58), step * 0.92, 0.18, facecolor=swatch.colour, edgecolor="none")
        axes.add_patch(box)
        for edge, hatch in ((swatch.edge, swatch.hatch or None), ("#555555", None)):
            box = Rectangle(
                (step * place, 0.58), step * 0.92, 0.18, facecolor="none", edgecolor=edge, linewidth=0.4, hatch=hatch
            )
            axes.add_patch(box)
        middle = step * (place + 0.46)
        if swatch.sign:
            sign = axes.text(middle, 0.66, swatch.sign, fontsize=7.5, ha="center", va="center", zorder=3, **PLAIN)
            sign.set_path_effects([withStroke(linewidth=2, foreground="white")])
        lines = wrapped(swatch.words, round(step * STRIP_UNITS))
        axes.text(
            middle, 0.53, "\n".join(lines[:2]), fontsize=6, ha="center", va="top", linespacing=1.05, **PLAIN
        )  # fmt: skip


def _marks(axes: Axes, key: Key) -> None:
    if not key.marks:
        return
    handles, labels = zip(*key.marks, strict=True)
    legend = axes.legend(
        handles, labels, loc="upper left", bbox_to_anchor=(0, 0.36 if key.swatches else 1.0), ncols=len(handles),
        frameon=False, fontsize=6.5, borderpad=0, handlelength=1.7, columnspacing=1.7, borderaxespad=0.4,
    )  # fmt: skip
    for said in legend.get_texts():
        said.set_parse_math(False)


def _scale(axes: Axes, frame: Frame, lang: Lang) -> None:
    """The scale bar in the strip, whose axes are one wide and one high."""
    wide, tall = _inches(axes)  # wider than the map where small maps share a legend
    box = axes.inset_axes((0, 0, 1, 1), transform=axes.transAxes)
    box.set_axis_off()
    box.set_xlim(0, wide)
    box.set_ylim(0, tall)
    up = tall * 0.58 if tall > LOW_STRIP_IN else tall - 0.2
    draw_scale(box, frame, 0.66 * wide, up, wide * 0.22, lang)
    draw_north(box, frame, 0.95 * wide, max(up - 0.18, 0.02), 0.38 if tall > LOW_STRIP_IN else 0.3, lang)


def _inches(axes: Axes) -> tuple[float, float]:
    dots = float(axes.figure.dpi)
    return float(axes.bbox.width) / dots, float(axes.bbox.height) / dots


def draw_scale(axes: Axes, frame: Frame, left: float, up: float, longest: float, lang: Lang) -> None:
    """The scale bar on axes in inches; for a map of that frame, however wide the axes are."""
    km, long = bar_km(frame, min(longest, frame.width_in * 0.5))
    for place in range(4):
        colour = "#222222" if place % 2 == 0 else "white"
        part = Rectangle(
            (left + long * place / 4, up), long / 4, 0.07, facecolor=colour, edgecolor="#222222", linewidth=0.5
        )
        axes.add_patch(part)
    for share in (0.0, 0.5, 1.0):
        said = f"{km * share:g}"
        said = text("maps.km", lang, n=said) if share == 1.0 else said
        axes.text(left + long * share, up - 0.05, said, fontsize=6, ha="center", va="top", **PLAIN)


def draw_north(axes: Axes, frame: Frame, x: float, y: float, long: float, lang: Lang) -> None:
    """An arrow to true north at the middle of the map, on axes in inches."""
    lean = math.radians(north_angle(frame))
    tip = (x + long * math.sin(lean), y + long * math.cos(lean))
    style = {"arrowstyle": "-|>", "color": "#222222", "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=tip, xytext=(x, y), arrowprops=style)
    axes.text(tip[0], tip[1] + 0.01, text("maps.north", lang), fontsize=8, ha="center", va="bottom", **PLAIN)


def source_lines(assessment: Assessment, frame: Frame, lang: Lang) -> list[str]:
    """Note, dates, projection and sources with grades, wrapped to the figure's width."""
    said = [
        f"{layer_text(code, lang)} ({grade_text(grade, lang)}) {source}".strip()
        for code, grade, source, _, _ in source_rows(assessment)
    ]
    projected = projection_text(frame.crs)
    facts = joint(lang).join(
        labelled(text("maps.figure-" + name, lang), value, lang)
        for name, value in (("date", dates_text(assessment, lang)), ("projection", projected))
        if value
    )
    sources = labelled(text("maps.figure-source", lang), joint(lang).join(said), lang)
    basis = joint(lang).join(said.text(lang) for said in assessment.basis)
    paragraphs = [study_note(assessment, lang), basis, facts, sources]
    lines = [line for paragraph in paragraphs if paragraph for line in wrapped(paragraph, LINE_UNITS)]
    return lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], lines[MOST_LINES - 1][:-1] + "…"]


def projection_text(crs: CRS) -> str:
    """The name of a projection and its code."""
    return " ".join(filter(None, [plain(crs.name), ":".join(crs.to_authority() or ())]))


def wrapped(paragraph: str, units: int) -> list[str]:
    """Lines of at most ``units`` half-width characters; a Chinese character counts as two."""
    lines, line, width = [], "", 0
    for word in _pieces(paragraph):
        wide = sum(2 if ord(sign) > WIDE_FROM else 1 for sign in word)
        if width + wide > units and line:
            lines.append(line.strip())
            line, width = "", 0
        line, width = line + word, width + wide
    return [*lines, line.strip()]


def _pieces(paragraph: str) -> list[str]:
    """Where a line may be broken: after a space, round a Chinese character, inside what is far too long."""
    pieces: list[str] = []
    for word in paragraph.split(" "):
        run = ""
        for sign in word:
            if sign in NEVER_FIRST and run:
                pieces.append(run + sign)
                run = ""
            elif sign in NEVER_FIRST and pieces:
                pieces[-1] += sign
            elif ord(sign) > WIDE_FROM:
                pieces += [run, sign] if run else [sign]
                run = ""
            else:
                run += sign
        pieces += textwrap.wrap(run, 60) if run else []
        pieces.append(" ")
    return pieces
