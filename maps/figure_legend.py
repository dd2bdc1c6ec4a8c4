"""What stands under the figure's map: classes, signs, scale, north, and where everything comes from."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from pyproj import CRS, Geod, Transformer

from ..coverage.results import Assessment, grade_text
from ..texts import Lang, text
from .palette import TIME_COLOURS, UNREACHABLE_COLOURS, class_labels
from .words import dates_text, joint, labelled, layer_text, plain, source_rows, study_note

NICE_KM = (0.5, 1, 2, 5, 10, 20, 50, 100, 200)
PLAIN: dict[str, Any] = {"parse_math": False}
NEVER_FIRST = "，。；：、！？）》”’…"  # what no line begins with
MOST_LINES = 14
WIDE_FROM = 0x2E7F  # Chinese characters and signs stand after this code
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


def draw_legend(axes: Axes, frame: Frame, lang: Lang) -> None:
    """Fills the strip under the map: classes, signs, scale, north; its axes run from 0 to 1 across and up."""
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    _classes(axes, lang)
    _signs(axes, lang)
    _scale(axes, frame)
    _arrow(axes, frame, lang)


def _classes(axes: Axes, lang: Lang) -> None:
    axes.text(0, 0.99, text("maps.legend-field", lang), fontsize=7, va="top", **PLAIN)
    labels = (*class_labels(lang), text("maps.unreachable", lang))
    step = 0.6 / len(labels)
    for place, label in enumerate(labels):
        last = place == len(TIME_COLOURS)
        fill = UNREACHABLE_COLOURS[0] if last else TIME_COLOURS[place]
        box = Rectangle(
            (step * place, 0.58), step * 0.92, 0.18, facecolor=fill, edgecolor="#555555", linewidth=0.4,
            hatch="////" if last else None,
        )  # fmt: skip
        axes.add_patch(box)
        axes.text(step * (place + 0.46), 0.53, label, fontsize=6, ha="center", va="top", **PLAIN)


def _signs(axes: Axes, lang: Lang) -> None:
    signs = [
        Line2D([], [], marker="s", linestyle="", color="#a50f15", markeredgecolor="white", markersize=4.5),
        Line2D([], [], color="#1a1a1a", linewidth=1.0),
        Line2D([], [], color="#6b6b6b", linewidth=0.6),
        Patch(facecolor="white", edgecolor="none"),
    ]
    labels = [text("maps.figure-" + name, lang) for name in ("station", "county", "road")]
    legend = axes.legend(
        signs[:3], labels, loc="upper left", bbox_to_anchor=(0, 0.36), ncols=3, frameon=False, fontsize=6.5,
        borderpad=0, handlelength=1.6, columnspacing=1.6, borderaxespad=0.4,
    )  # fmt: skip
    for said in legend.get_texts():
        said.set_parse_math(False)


def _scale(axes: Axes, frame: Frame) -> None:
    km, inches = bar_km(frame, frame.width_in * 0.22)
    left, long, up = 0.66, inches / frame.width_in, 0.58
    for place in range(4):
        colour = "#222222" if place % 2 == 0 else "white"
        part = Rectangle(
            (left + long * place / 4, up), long / 4, 0.075, facecolor=colour, edgecolor="#222222", linewidth=0.5
        )
        axes.add_patch(part)
    for share in (0.0, 0.5, 1.0):
        unit = " km" if share == 1.0 else ""
        axes.text(left + long * share, up - 0.05, f"{km * share:g}{unit}", fontsize=6, ha="center", va="top", **PLAIN)


def _arrow(axes: Axes, frame: Frame, lang: Lang) -> None:
    lean = math.radians(north_angle(frame))
    base, height = (0.95, 0.4), 0.4
    aspect = axes.bbox.height / axes.bbox.width
    tip = (base[0] + height * math.sin(lean) * aspect, base[1] + height * math.cos(lean))
    axes.annotate(
        "", xy=tip, xytext=base, arrowprops={"arrowstyle": "-|>", "color": "#222222", "linewidth": 1.4}
    )  # fmt: skip
    axes.text(tip[0], tip[1] + 0.01, text("maps.north", lang), fontsize=8, ha="center", va="bottom", **PLAIN)


def source_lines(assessment: Assessment, frame: Frame, lang: Lang) -> list[str]:
    """Note, dates, projection and sources with grades, wrapped to the figure's width."""
    said = [
        f"{layer_text(code, lang)} ({grade_text(grade, lang)}) {source}".strip()
        for code, grade, source, _, _ in source_rows(assessment)
    ]
    projected = " ".join(filter(None, [plain(frame.crs.name), ":".join(frame.crs.to_authority() or ())]))
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
