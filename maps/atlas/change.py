"""Minutes gained and lost between two states, as classes: sooner is blue, later orange and hatched (for grey)."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import shapely
from matplotlib.axes import Axes
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ...coverage.results import Field
from ...texts import Lang, text
from ..compare.page import CHANGE_BREAKS_MIN, CHANGE_COLOURS, CUT_OFF_COLOUR, REACHED_COLOUR
from ..palette import OUTSIDE, UNREACHABLE_COLOURS
from .figure import draw_classes, draw_hatch
from .ground import Ground
from .legend import Swatch

HARDLY = len(CHANGE_COLOURS) // 2
REACHED, CUT_OFF, NEVER = len(CHANGE_COLOURS), len(CHANGE_COLOURS) + 1, len(CHANGE_COLOURS) + 2
COLOURS = (*CHANGE_COLOURS, REACHED_COLOUR, CUT_OFF_COLOUR, UNREACHABLE_COLOURS[0])
LATER, NEWLY, LOST, NOWHERE = "....", "++++", "xxxx", "//////"
HATCHES = {**dict.fromkeys(range(HARDLY + 1, REACHED), LATER), REACHED: NEWLY, CUT_OFF: LOST, NEVER: NOWHERE}
DARK, LIGHT = "#4a2400", "#ffffff"
CELLS_ACROSS, NEAR = 220, 1.6
Floats = NDArray[np.float64]


def change_classes(before: NDArray[np.floating], after: NDArray[np.floating]) -> NDArray[np.uint8]:
    """The class of each change of minutes: 0 most minutes sooner ... HARDLY ... most minutes later; REACHED and CUT_OFF
    where only one of the two is reached, NEVER where neither is; OUTSIDE where either is no number.

    Like times, a limit belongs to the class of the smaller change.
    """
    unknown, first, second = np.isnan(before) | np.isnan(after), np.isfinite(before), np.isfinite(after)
    both = first & second
    change = np.where(both, np.where(both, after, 0.0) - np.where(both, before, 0.0), 0.0)
    limits = np.array(CHANGE_BREAKS_MIN)
    sooner = np.searchsorted(limits[:HARDLY], change, side="right")
    later = HARDLY + np.searchsorted(limits[HARDLY:], change, side="left")
    classes = np.where(change < 0, sooner, later).astype(np.uint8)
    classes[~first & second], classes[first & ~second], classes[~first & ~second] = REACHED, CUT_OFF, NEVER
    classes[unknown] = OUTSIDE
    return classes


def change_words(lang: Lang) -> list[str]:
    """The nine classes of change in short words: minutes sooner, hardly any change, minutes later."""
    limits = [f"{limit:+g}".replace("-", "−") for limit in CHANGE_BREAKS_MIN]
    between = [text("atlas.range", lang, low=low, high=high) for low, high in pairwise(limits)]
    between[HARDLY - 1] = text("atlas.hardly", lang, minutes=f"{CHANGE_BREAKS_MIN[HARDLY]:g}")
    return [f"< {limits[0]}", *between, f"> {limits[-1]}"]


def change_swatches(lang: Lang, classes: NDArray[np.uint8]) -> tuple[Swatch, ...]:
    """The legend of change; those who are newly, no longer or never reached only where there are any."""
    extra = (
        (REACHED, "compare-legend.reached"),
        (CUT_OFF, "compare-legend.cut-off"),
        (NEVER, "atlas.never"),
    )
    swatches = [
        Swatch(colour, words, HATCHES.get(place, ""), _edge(place))
        for place, (colour, words) in enumerate(zip(CHANGE_COLOURS, change_words(lang), strict=True))
    ]
    swatches += [
        Swatch(COLOURS[place], text(code, lang), HATCHES[place], _edge(place))
        for place, code in extra
        if (classes == place).any()
    ]
    return tuple(swatches)


def _edge(place: int) -> str:
    """The colour of a class's hatch: what can be seen on its fill."""
    return LIGHT if place in (REACHED, CUT_OFF, REACHED - 1) else DARK if place > HARDLY else "#555555"


def draw_change(axes: Axes, field: Field, classes: NDArray[np.uint8], ground: Ground, *, dense: int = 1) -> None:
    """The classes of change on the cells of a field; ``dense`` makes hatches closer on small maps."""
    if not classes.size or (classes == OUTSIDE).all():
        return
    clip = draw_classes(axes, field, classes, list(COLOURS), ground)
    groups = (
        (np.isin(classes, range(HARDLY + 1, REACHED - 1)), LATER, DARK),
        (classes == REACHED - 1, LATER, LIGHT),
        (classes == REACHED, NEWLY, LIGHT),
        (classes == CUT_OFF, LOST, LIGHT),
        (classes == NEVER, NOWHERE, UNREACHABLE_COLOURS[1]),
    )
    for where, hatch, colour in groups:
        if where.any():
            draw_hatch(axes, field, where, hatch[:1] * max(len(hatch) // 2 + dense, 2), clip, colour)


def on_cells(x: Floats, y: Floats, ground: Ground) -> tuple[Field, NDArray[np.int64]]:
    """Square cells over the ground, and which place is nearest to each cell: -1 where none is near.

    Near is within 1.6 times what lies between a typical place and its nearest neighbour (or the cells' size). The
    field's minutes are 0 near a place and NaN elsewhere.
    """
    west, south, east, north = ground.bounds
    side = max(east - west, north - south) / CELLS_ACROSS
    columns, rows = max(math.ceil((east - west) / side), 2), max(math.ceil((north - south) / side), 2)
    column, row = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    found_at = np.full(columns * rows, -1, dtype=np.int64)
    if len(x):
        tree = cKDTree(np.column_stack([x, y]))
        cells = np.column_stack([(west + column * side).ravel(), (north - row * side).ravel()])
        away, found = tree.query(cells)
        apart = np.median(np.asarray(tree.query(tree.data, k=2)[0])[:, 1]) if len(x) > 1 else 0.0
        reach = max(NEAR * float(apart), side)
        found_at = np.where(away <= reach, found, -1).astype(np.int64)
    nearest = found_at.reshape(rows, columns)
    minutes = np.where(nearest < 0, np.nan, 0.0).astype(np.float32)
    return Field(minutes, west, north, side, ground.crs), nearest


def on_same_cells(field: Field, other: Field) -> NDArray[np.float32]:
    """The minutes of ``other`` at the cells of ``field``: those of the cell that holds each middle, NaN outside."""
    if field.minutes.shape == other.minutes.shape and (field.west, field.north, field.cell_m, field.crs) == (
        other.west,
        other.north,
        other.cell_m,
        other.crs,
    ):
        return other.minutes
    rows, columns = field.minutes.shape
    column, row = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    points = shapely.points(field.west + column.ravel() * field.cell_m, field.north - row.ravel() * field.cell_m)
    if field.crs != other.crs:
        import geopandas as gpd

        points = gpd.GeoSeries(points, crs=field.crs).to_crs(other.crs).to_numpy()
    at = shapely.get_coordinates(points)
    i = np.floor((other.north - at[:, 1]) / other.cell_m).astype(int)
    j = np.floor((at[:, 0] - other.west) / other.cell_m).astype(int)
    tall, wide = other.minutes.shape
    inside = (i >= 0) & (i < tall) & (j >= 0) & (j < wide)
    minutes = np.full(rows * columns, np.nan, dtype=np.float32)
    minutes[inside] = other.minutes[i[inside], j[inside]]
    return minutes.reshape(rows, columns)
