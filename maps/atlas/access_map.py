"""What is within reach of where people live: one map for each service, by cell, in classes about the mean."""

from __future__ import annotations

import math
from pathlib import Path

import geopandas as gpd
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from ...coverage.access import Access, Service
from ...coverage.results import Assessment, Field
from ...texts import Lang, text
from ..access_classes import COLOURS, NONE, NONE_COLOUR, breaks_of, class_words, classes_of
from ..access_words import measured_text, supply_text
from ..palette import GROUPS
from ..words import joint, study_title
from .figure import draw_classes, draw_hatch, map_page, roads_word, strip
from .ground import Ground, draw_borders, draw_roads, land_patch
from .labels import Placed, name_counties
from .legend import Key, Swatch, draw_legend, ground_marks
from .plot_page import write_png_and_svg
from .unserved_map import nice_at_least

CELLS_ACROSS = 140
HATCH, HATCH_COLOUR = "//////", "#7d7d7d"
MARKS = {"square": "s", "circle": "o", "diamond": "D"}
Floats = NDArray[np.float64]


def write_access_maps(assessment: Assessment, folder: Path, lang: Lang, ground: Ground) -> tuple[Path, ...]:
    """Writes ``access_hospital``, ``access_primary`` and ``access_emergency`` as PNG and SVG, those there are."""
    access = assessment.access
    files: tuple[Path, ...] = ()
    for service in () if access is None else access.services:
        files += write_access_map(assessment, service, folder / f"access_{service.key}", lang, ground)
    return files


def write_access_map(
    assessment: Assessment, service: Service, stem: Path, lang: Lang, ground: Ground
) -> tuple[Path, ...]:
    """Writes the map of one service."""
    return write_png_and_svg(lambda: figure(assessment, service, lang, ground), stem)


def figure(assessment: Assessment, service: Service, lang: Lang, ground: Ground) -> Figure:
    """The map: cells where people live, the facilities that take part, and what is not known in the notes."""
    access = assessment.access
    assert access is not None
    what, minutes = supply_text(service.stem, lang), f"{service.within_min:g}"
    title = text("access.map-title", lang, name=study_title(assessment, lang), what=what, minutes=minutes)
    notes = (text(f"access.decay-{access.decay}", lang), *(note.text(lang) for note in service.notes))
    drawn, axes, frame = map_page(assessment, ground, lang, title, (_joined(notes, lang),))
    breaks = breaks_of(access, service)
    land_patch(axes, ground, facecolor="#ffffff", zorder=0.5)
    draw_cells(axes, assessment, service, breaks, ground)
    draw_roads(axes, ground, colour="#8a8a8a", thin=0.6)
    draw_borders(axes, ground)
    placed = Placed(axes)
    placed.mark(_draw_places(axes, service, assessment, ground))
    name_counties(placed, ground.counties)
    group = next(each for each in GROUPS if each.key == service.key)
    mark = Line2D(
        [], [], marker=MARKS[group.shape], linestyle="", color=group.colour, markeredgecolor="white", markersize=4.5,
        markeredgewidth=0.5,
    )  # fmt: skip
    marks = [(mark, text(f"access.{service.key}", lang))]
    marks += ground_marks(lang, stations=False, roads=roads_word(ground))
    measured, per = measured_text(service.stem, lang), text(f"access.per-{service.per}", lang)
    heading = text("access.map-key", lang, measured=measured, per=per)
    draw_legend(strip(drawn, frame), frame, Key(heading, tuple(_swatches(breaks, access, lang)), tuple(marks)), lang)
    return drawn.figure


def draw_cells(axes: Axes, assessment: Assessment, service: Service, breaks: tuple[float, ...], ground: Ground) -> None:
    """The mean of each cell over its residents; where nobody lives nothing is drawn."""
    people = assessment.demand
    here = (people["reach"] != "outside").to_numpy() & np.isfinite(service.index) & (people["residents"] > 0).to_numpy()
    if not here.any():
        return
    points = people.geometry[here].to_crs(ground.crs)
    x, y = points.x.to_numpy(dtype=float), points.y.to_numpy(dtype=float)
    field = cells_of(x, y, service.index[here], people["residents"].to_numpy(dtype=float)[here], ground)
    classes = classes_of(field.minutes.astype(float), breaks)
    clip = draw_classes(axes, field, classes, [*COLOURS, NONE_COLOUR], ground)
    if (classes == NONE).any():
        draw_hatch(axes, field, classes == NONE, HATCH, clip, HATCH_COLOUR)


def cells_of(x: Floats, y: Floats, values: Floats, residents: Floats, ground: Ground) -> Field:
    """Means over residents in square cells, so large that a cell holds a point on average; NaN without residents."""
    west, south, east, north = ground.bounds
    area = float(ground.counties.area.sum()) or (east - west) * (north - south)
    side = nice_at_least(max((east - west) / CELLS_ACROSS, math.sqrt(area / len(x))))
    columns, rows = math.ceil((east - west) / side), math.ceil((north - south) / side)
    column = np.clip(((x - west) / side).astype(int), 0, columns - 1)
    row = np.clip(((north - y) / side).astype(int), 0, rows - 1)
    cell, count = row * columns + column, rows * columns
    people = np.bincount(cell, weights=residents, minlength=count)
    held = np.bincount(cell, weights=residents * values, minlength=count)
    mean = np.divide(held, people, out=np.full(count, np.nan), where=people > 0)
    return Field(mean.reshape(rows, columns).astype(np.float32), west, north, side, ground.crs)


def _draw_places(axes: Axes, service: Service, assessment: Assessment, ground: Ground) -> Floats:
    group = next(each for each in GROUPS if each.key == service.key)
    chosen = service.places[service.takes_part]
    points = gpd.GeoSeries(list(chosen["geometry"]), crs=assessment.demand.crs).to_crs(ground.crs)
    x, y = points.x.to_numpy(dtype=float), points.y.to_numpy(dtype=float)
    axes.scatter(
        x, y, marker=MARKS[group.shape], s=15, color=group.colour, edgecolor="white", linewidth=0.5, zorder=5
    )  # fmt: skip
    return np.column_stack([x, y])


def _swatches(breaks: tuple[float, ...], access: Access, lang: Lang) -> list[Swatch]:
    words = class_words(breaks, lang)
    known = [Swatch(colour, said) for colour, said in zip(COLOURS[: len(words)], words, strict=True)]
    return [*known, Swatch(NONE_COLOUR, text("access.nothing", lang), HATCH, HATCH_COLOUR)]


def _joined(notes: tuple[str, ...], lang: Lang) -> str:
    said = joint(lang).join(notes)
    return said[:1].upper() + said[1:] + ("。" if lang == "zh" else ".")
