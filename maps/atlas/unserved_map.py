"""Where people live and who of them is not reached in time: density in grey, the unserved as circles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from ...coverage.results import Assessment, Field
from ...texts import Lang, text
from ..page.layers import UNSERVED_MIN, unserved_minutes
from ..palette import OUTSIDE, UNSERVED_COLOUR
from ..words import study_title, whole
from .figure import draw_classes, draw_stations, map_page, strip
from .ground import Ground, draw_borders, land_patch
from .labels import Placed, name_counties
from .legend import Key, Swatch, draw_legend, ground_marks
from .plot_page import write_png_and_svg

PER_KM2 = (50.0, 200.0, 500.0, 2000.0, 10_000.0)
GREYS = ("#f4f4f4", "#e2e2e2", "#cccccc", "#b2b2b2", "#949494", "#757575")
EDGE = "#3d0021"
NICE = (1.0, 2.0, 2.5, 5.0)
CELLS_ACROSS, CIRCLES_ACROSS = 110, 30
POINTS_EACH = 2.0  # demand points that a cell holds on average, at least
LARGEST_PT, SMALLEST_PT, LEGEND_SHARE = 18.0, 1.6, 0.5  # across; the largest circle of the legend is smaller
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Unserved:
    """Who lives beyond ``minutes``: ``here`` marks the demand points; ``by_goal``: whether a rule sets the limit."""

    minutes: float
    by_goal: bool
    here: NDArray[np.bool_]
    residents: float
    total: float

    @property
    def share(self) -> float:
        return self.residents / self.total if self.total else 0.0


def write_unserved(assessment: Assessment, stem: Path, lang: Lang, ground: Ground) -> tuple[Path, ...]:
    """Writes the map as PNG and SVG."""
    return write_png_and_svg(lambda: figure(assessment, lang, ground), stem)


def unserved_of(assessment: Assessment) -> Unserved:
    """Who lives beyond the longest goal of the response-time rules (30 minutes where there is none), or unreachable."""
    goal = unserved_minutes(assessment)
    limit = UNSERVED_MIN if goal is None else goal
    frame = assessment.demand
    residents = frame["residents"].to_numpy(dtype=float)
    inside = (frame["reach"] != "outside").to_numpy()
    here = (residents > 0) & inside & ~(frame["response_min"].to_numpy(dtype=float) <= limit)
    return Unserved(limit, goal is not None, here, float(residents[here].sum()), float(residents[inside].sum()))


def figure(assessment: Assessment, lang: Lang, ground: Ground) -> Figure:
    """The map, with the number of the unserved in its legend's heading."""
    found = unserved_of(assessment)
    minutes = f"{found.minutes:g}"
    name = study_title(assessment, lang)
    title = text(
        "atlas.unserved-title",
        lang,
        name=name,
        minutes=minutes,
        residents=whole(found.residents),
        share=f"{found.share:.1%}",
    )
    limit = text("maps.limit-goal" if found.by_goal else "maps.limit-fallback", lang, minutes=minutes)
    said = text("atlas.unserved-note", lang, minutes=minutes, residents=whole(found.residents),
                share=f"{found.share:.1%}", total=whole(found.total))  # fmt: skip
    if not found.residents:
        said = text("atlas.unserved-none", lang, minutes=minutes, total=whole(found.total))
    drawn, axes, frame = map_page(assessment, ground, lang, title, (f"{said} {limit}".strip(),))
    people = assessment.demand[(assessment.demand["reach"] != "outside").to_numpy()]
    points = people.geometry.to_crs(ground.crs)
    x, y = points.x.to_numpy(dtype=float), points.y.to_numpy(dtype=float)
    side = _draw_density(axes, x, y, people["residents"].to_numpy(dtype=float), ground)
    draw_borders(axes, ground)
    stations = draw_stations(axes, assessment, ground, 9)
    late = assessment.demand[found.here]
    spots = late.geometry.to_crs(ground.crs)
    sizes = _draw_circles(axes, spots.x, spots.y, late["residents"], ground)
    placed = Placed(axes)
    placed.mark(stations)
    name_counties(placed, ground.counties)
    swatches = [Swatch(colour, words) for colour, words in zip(GREYS, _density_words(lang), strict=True)]
    marks = [*_circle_marks(sizes, lang), *ground_marks(lang, stations=True, roads="")]
    heading = text("atlas.density", lang, km=f"{side / 1000:g}") if side else text("curves.nobody", lang)
    draw_legend(strip(drawn, frame), frame, Key(heading, tuple(swatches), tuple(marks)), lang)
    return drawn.figure


def _draw_density(axes: Axes, x: Floats, y: Floats, residents: Floats, ground: Ground) -> float:
    """Residents per km2 in square cells, in classes of grey; the side of a cell in metres, 0 where nobody lives."""
    land_patch(axes, ground, facecolor="#ffffff", zorder=0.5)
    if not len(x):
        return 0.0
    west, south, east, north = ground.bounds
    area = float(ground.counties.area.sum()) or (east - west) * (north - south)
    side = nice_at_least(max((east - west) / CELLS_ACROSS, math.sqrt(area * POINTS_EACH / len(x))))
    columns, rows = math.ceil((east - west) / side), math.ceil((north - south) / side)
    column = np.clip(((x - west) / side).astype(int), 0, columns - 1)
    row = np.clip(((north - y) / side).astype(int), 0, rows - 1)
    people = np.bincount(row * columns + column, weights=residents, minlength=rows * columns).reshape(rows, columns)
    density = people / (side / 1000.0) ** 2
    classes = np.searchsorted(PER_KM2, density, side="right").astype(np.uint8)
    classes[people == 0] = OUTSIDE
    field = Field(density.astype(np.float32), west, north, side, ground.crs)
    draw_classes(axes, field, classes, list(GREYS), ground)
    return side


def nice_at_least(metres: float) -> float:
    """The next round number of metres: 1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(max(metres, 1.0)))
    return next(each * power for each in (*NICE, 10.0) if each * power >= metres * (1 - 1e-9))


def _draw_circles(
    axes: Axes, x: pd.Series, y: pd.Series, residents: pd.Series, ground: Ground
) -> list[tuple[float, float]]:
    """Circles whose areas are as the unserved people of a place; the sizes that the legend shows: people, points."""
    if not len(x):
        return []
    west, _, east, _ = ground.bounds
    side = (east - west) / CIRCLES_ACROSS
    cells = pd.DataFrame({"x": x * residents, "y": y * residents, "residents": residents})
    sums = cells.groupby([np.floor(x / side), np.floor(y / side)]).sum().sort_values("residents", ascending=False)
    most = float(sums["residents"].max())
    sizes = np.maximum(LARGEST_PT * np.sqrt(sums["residents"].to_numpy() / most), SMALLEST_PT)
    axes.scatter(
        sums["x"] / sums["residents"], sums["y"] / sums["residents"], s=sizes**2, facecolor=UNSERVED_COLOUR + "b3",
        edgecolor=EDGE, linewidth=0.45, zorder=4.2,
    )  # fmt: skip
    largest = max(each for power in range(9) for each in (1.0 * 10**power, 2.0 * 10**power, 5.0 * 10**power)
                  if each <= max(LEGEND_SHARE * most, 1.0))  # fmt: skip
    shown = [largest, largest / 5, largest / 20] if largest >= 20 else [largest]
    return [(each, LARGEST_PT * math.sqrt(each / most)) for each in shown]


def _circle_marks(sizes: list[tuple[float, float]], lang: Lang) -> list[tuple[Line2D, str]]:
    marks = []
    for place, (people, points) in enumerate(sizes):
        mark = Line2D(
            [], [], marker="o", linestyle="", markersize=min(points, LARGEST_PT), markerfacecolor=UNSERVED_COLOUR,
            markeredgecolor=EDGE, markeredgewidth=0.45,
        )  # fmt: skip
        marks.append((mark, text("atlas.unserved-circle", lang, people=whole(people)) if place == 0 else whole(people)))
    return marks


def _density_words(lang: Lang) -> list[str]:
    limits = [f"{limit:,.0f}" for limit in PER_KM2]
    between = [f"{low}–{high}" for low, high in pairwise(limits)]
    return [text("atlas.under", lang, limit=limits[0]), *between, text("maps.class-over", lang, minutes=limits[-1])]
