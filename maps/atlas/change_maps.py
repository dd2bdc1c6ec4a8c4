"""Before and after: two maps of response times in one legend, and between them the minutes gained and lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as default
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from ...coverage.results import Assessment, Field
from ...texts import Lang, text
from ..palette import GROUPS
from ..words import labelled, study_title, whole
from .change import change_classes, change_swatches, draw_change, on_same_cells
from .figure import draw_field, placed_stations, study_ground
from .ground import Ground, draw_borders, prepare
from .labels import Placed, name_counties
from .legend import PLAIN, Frame, Swatch, draw_north, draw_scale, ground_marks, source_lines, time_key
from .plot_page import INK, PAGE_IN, Page, page, shortened, write_png_and_svg

GAP_IN, HEAD_IN, TALLEST_IN, LOWEST_IN = 0.14, 0.24, 3.2, 2.2
HEAD_PT, KEY_PT, ROW_IN, KEY_ROW_IN, NAME_PT = 7.5, 6.2, 0.14, 0.152, 5.5
HEAD_UNITS = 60
LIMITS_MIN = (15, 30)
SITES: dict[str, dict[str, Any]] = {
    "station": {"marker": "s", "color": GROUPS[0].colour, "markeredgecolor": "white", "markersize": 3.2},
    "opened": {"marker": "*", "color": "#ffd400", "markeredgecolor": "black", "markersize": 7.5},
    "moved": {"marker": "^", "color": "white", "markeredgecolor": "black", "markersize": 5.0},
    "closed": {"marker": "x", "color": "black", "markeredgecolor": "black", "markersize": 4.6, "markeredgewidth": 1.2},
}
Points = NDArray[np.float64]


@dataclass(frozen=True)
class State:
    """One state of a study: what it is called, its minutes, and its sites by what they are (coordinates of the ground's
    CRS): station, opened, closed, moved."""

    name: str
    field: Field
    sites: dict[str, Points] = default(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """What a page of before and after says: its title, its small print, and rows of what it counts: words, before,
    after."""

    title: str
    notes: Sequence[str]
    rows: Sequence[tuple[str, str, str]] = ()


def before_after(
    first: Assessment, second: Assessment, stem: Path, lang: Lang, sites: Mapping[str, Points] | None = None
) -> tuple[Path, Path]:
    """Writes the response times of two assessments of one area, and what changes from the first to the second, as PNG
    and SVG. The ground is that of the first. ``sites``: what opens and closes, as :class:`State` names them, in the
    study's CRS; marked in the second map and in that of the change."""
    ground = study_ground(first)
    name = study_title(first, lang)
    notes = (text("atlas.change-note", lang), *source_lines(first, ground.frame(PAGE_IN), lang))
    story = Story(text("atlas.change-title", lang, name=name), notes, _counts(first, second, lang))
    heads = [study_title(each, lang) for each in (first, second)]
    words = [text("atlas.before", lang), text("atlas.after", lang)]
    states = [
        _state(each, labelled(word, head, lang) if heads[0] != heads[1] else word, ground)
        for each, word, head in zip((first, second), words, heads, strict=True)
    ]
    marked = {what: _on_ground(at, first, ground) for what, at in (sites or {}).items()}
    states[1] = replace(states[1], sites=states[1].sites | marked)
    return write_png_and_svg(lambda: figure(ground, states[0], states[1], story, lang), stem)


def _on_ground(at: Points, assessment: Assessment, ground: Ground) -> Points:
    """Places of the study's CRS in that of the ground."""
    moved = gpd.GeoSeries(gpd.points_from_xy(at[:, 0], at[:, 1]), crs=assessment.demand.crs).to_crs(ground.crs)
    return np.column_stack([moved.x, moved.y]).astype(float).reshape(-1, 2)


def _state(assessment: Assessment, name: str, ground: Ground) -> State:
    stations = placed_stations(assessment, ground)
    at = np.column_stack([stations.geometry.x, stations.geometry.y]).astype(float).reshape(-1, 2)
    return State(name, assessment.field, {"station": at})


def _counts(first: Assessment, second: Assessment, lang: Lang) -> list[tuple[str, str, str]]:
    rows = []
    people = [each.demand[(each.demand["reach"] != "outside").to_numpy()] for each in (first, second)]
    for limit in LIMITS_MIN:
        counts = [float(each["residents"][each["response_min"] <= limit].sum()) for each in people]
        rows.append((text("atlas.within", lang, minutes=limit), whole(counts[0]), whole(counts[1])))
    reached = [each[np.isfinite(each["response_min"]) & (each["residents"] > 0)] for each in people]
    means = [f"{np.average(e['response_min'], weights=e['residents']):.1f}" if len(e) else "–" for e in reached]
    rows.append((text("atlas.mean", lang), means[0], means[1]))
    return rows


def figure(ground: Ground, first: State, second: State, story: Story, lang: Lang) -> Figure:
    """Before and after side by side, the change below, and beside it what all of them share: the legend."""
    wide_in = (PAGE_IN - GAP_IN) / 2
    frame = ground.frame(wide_in, tallest_in=TALLEST_IN, lowest_in=LOWEST_IN)
    map_in = wide_in * (frame.north - frame.south) / (frame.east - frame.west)
    after = on_same_cells(first.field, second.field)
    classes = change_classes(first.field.minutes, after)
    swatches = change_swatches(lang, classes)
    shown = {what for state in (first, second) for what, at in state.sites.items() if len(at)}
    side_in = _side_height(len(swatches), len(shown), len(story.rows))
    low_in = max(map_in, side_in)
    drawn = page(story.title, story.notes, 2 * HEAD_IN + map_in + GAP_IN + low_in)
    up_in = low_in + HEAD_IN + GAP_IN
    corners = ((0.0, up_in), (wide_in + GAP_IN, up_in), (0.0, low_in - map_in))
    heads = (first.name, second.name, text("atlas.change", lang))
    for place, ((left, up), head) in enumerate(zip(corners, heads, strict=True)):
        axes = _map(drawn, (left, up, wide_in, map_in), frame, head)
        if place < 2:
            draw_field(axes, (first, second)[place].field, ground)
        else:
            draw_change(axes, first.field, classes, ground)
        _finish(axes, ground, (first, second, second)[place])
    side = drawn.axes(wide_in + GAP_IN, 0, wide_in, low_in + HEAD_IN)
    _side(side, (wide_in, low_in + HEAD_IN), frame, swatches, shown, story.rows, lang)
    return drawn.figure


def _map(drawn: Page, box: tuple[float, float, float, float], frame: Frame, head: str) -> Axes:
    axes = drawn.axes(*box)
    prepare(axes, frame)
    axes.text(
        0, 1 + 0.05 / box[3], shortened(head, HEAD_UNITS), fontsize=HEAD_PT, va="bottom", color=INK,
        transform=axes.transAxes, **PLAIN,
    )  # fmt: skip
    return axes


def _finish(axes: Axes, ground: Ground, state: State) -> None:
    draw_borders(axes, ground, 0.6)
    placed = Placed(axes)
    draw_sites(axes, state.sites)
    for at in state.sites.values():
        placed.mark(at, 2.5)
    name_counties(placed, ground.counties, NAME_PT)


def draw_sites(axes: Axes, sites: dict[str, Points], scale: float = 1.0) -> None:
    """Stations and what a scenario opens, moves and closes, told apart by their shapes."""
    for what, style in SITES.items():
        at = sites.get(what)
        if at is not None and len(at):
            size = {"markersize": style["markersize"] * scale, "markeredgewidth": style.get("markeredgewidth", 0.5)}
            axes.plot(at[:, 0], at[:, 1], linestyle="", zorder=5, **(style | size))


def site_marks(shown: set[str], lang: Lang) -> list[tuple[Any, str]]:
    """The sites that are drawn, for a legend."""
    return [
        (Line2D([], [], linestyle="", **({"markeredgewidth": 0.5} | style)), text("atlas.site-" + what, lang))
        for what, style in SITES.items()
        if what in shown
    ]


def _side_height(changes: int, sites: int, rows: int) -> float:
    """Inches that the legend beside the map of change needs."""
    lines = max(8, changes) + 1
    return 0.2 + KEY_ROW_IN * lines + 0.1 + KEY_ROW_IN * (sites + 1) + 0.1 + ROW_IN * (rows + 1) + 0.65


def _side(
    axes: Axes,
    size: tuple[float, float],
    frame: Frame,
    swatches: Sequence[Swatch],
    shown: set[str],
    rows: Sequence[tuple[str, str, str]],
    lang: Lang,
) -> None:
    """Two columns of classes, then signs, then what is counted, then scale and north; all in inches."""
    wide, tall = size
    axes.set_axis_off()
    axes.set_xlim(0, wide)
    axes.set_ylim(0, tall)
    times = time_key(lang, ())
    top = tall - 0.1
    half = wide * 0.43
    low = min(
        _column(axes, 0.0, top, times.heading, times.swatches, half),
        _column(axes, half, top, text("atlas.change-short", lang), swatches, wide - half),
    )
    low -= 0.1
    marks = [*site_marks(shown, lang), *ground_marks(lang, stations=False, roads="")]
    for mark, words in marks:
        low -= KEY_ROW_IN
        mark = _placed_mark(mark, 0.11, low)
        axes.add_line(mark)
        axes.text(0.28, low, words, fontsize=KEY_PT, va="center", **PLAIN)
    low -= 0.1
    _rows(axes, low, wide, rows, lang)
    draw_scale(axes, frame, 0.05, 0.28, wide * 0.55, lang)
    draw_north(axes, frame, wide - 0.4, 0.1, 0.32, lang)


def _placed_mark(mark: Line2D, x: float, y: float) -> Line2D:
    if mark.get_linestyle() in ("None", "none", ""):
        mark.set_data([x], [y])
    else:
        mark.set_data([x - 0.09, x + 0.09], [y, y])
    return mark


def _column(axes: Axes, left: float, top: float, heading: str, swatches: Sequence[Swatch], wide: float) -> float:
    """Classes below one another under a heading; where they end."""
    axes.text(left, top, heading, fontsize=KEY_PT + 0.4, va="center", **PLAIN)
    up = top - 0.06
    for swatch in swatches:
        up -= KEY_ROW_IN
        box = (left, up - 0.055)
        axes.add_patch(Rectangle(box, 0.22, 0.11, facecolor=swatch.colour, edgecolor="none"))
        hatch = swatch.hatch or None
        axes.add_patch(Rectangle(box, 0.22, 0.11, facecolor="none", edgecolor=swatch.edge, linewidth=0, hatch=hatch))
        axes.add_patch(Rectangle(box, 0.22, 0.11, facecolor="none", edgecolor="#555555", linewidth=0.4))
        words = shortened(swatch.words, int((wide - 0.3) / 0.042))
        axes.text(left + 0.28, up, words, fontsize=KEY_PT, va="center", **PLAIN)
    return up


def _rows(axes: Axes, top: float, wide: float, rows: Sequence[tuple[str, str, str]], lang: Lang) -> None:
    if not rows:
        return
    columns = (wide - 0.75, wide - 0.03)
    heads = (text("atlas.before", lang), text("atlas.after", lang))
    up = top - ROW_IN
    for at, head in zip(columns, heads, strict=True):
        axes.text(at, up, head, fontsize=KEY_PT, ha="right", va="center", color="#444444", **PLAIN)
    axes.plot([0, wide], [up - 0.07, up - 0.07], color=INK, linewidth=0.5)
    for words, *values in rows:
        up -= ROW_IN
        axes.text(0, up - 0.02, words, fontsize=KEY_PT, va="center", **PLAIN)
        for at, value in zip(columns, values, strict=True):
            axes.text(at, up - 0.02, value, fontsize=KEY_PT, ha="right", va="center", **PLAIN)
