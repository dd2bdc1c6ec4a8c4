"""Names on a map in print: each where it covers no other name and, where there is room, no mark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from ..words import plain
from .legend import PLAIN

TRIES = 5
LONGEST_LABEL = 24
MARK_PT = 4.0
NAME_PT = 7.5
PAD_PT = 1.0
RINGS = 9
DIRECTIONS = 12


@dataclass
class Placed:
    """What already stands on the axes, in pixels: ``names`` that nothing may cover, ``marks`` better not covered."""

    axes: Axes
    names: list[Bbox] = field(default_factory=list)
    marks: list[Bbox] = field(default_factory=list)

    @property
    def pixels_per_point(self) -> float:
        return float(self.axes.figure.dpi) / 72.0

    @property
    def inside(self) -> Bbox:
        return self.axes.get_window_extent(self.renderer)

    @property
    def renderer(self) -> Any:  # noqa: ANN401 what measures texts; of the canvas for pixels
        return self.axes.figure.canvas.get_renderer()  # type: ignore[attr-defined]

    def mark(self, xy: NDArray[np.float64], half_pt: float = MARK_PT) -> None:
        """Notes marks at places of the map."""
        half = half_pt * self.pixels_per_point
        for x, y in self.axes.transData.transform(xy.reshape(-1, 2)).tolist():
            self.marks.append(Bbox.from_extents(x - half, y - half, x + half, y + half))

    def put(self, label: Text, places: Sequence[tuple[float, float]], *, must: bool = False) -> bool:
        """Sets a label, centred, to the first of the places (of the map) that is free of names and marks, else to the
        first that is free of names; removes it where none is. With ``must`` it covers no mark either."""
        box = label.get_window_extent(self.renderer)
        pad = PAD_PT * self.pixels_per_point
        half = np.array([box.width / 2 + pad, box.height / 2 + pad])
        inside = self.inside
        middles = self.axes.transData.transform(np.array(places, dtype=float).reshape(-1, 2))
        lows, highs = middles - half, middles + half
        good = (lows >= inside.min).all(axis=1) & (highs <= inside.max).all(axis=1)
        good &= ~_overlap(lows, highs, self.names)
        best = good & ~_overlap(lows, highs, self.marks)
        chosen = best if best.any() or must else good
        if not chosen.any():
            label.remove()
            return False
        at = int(np.argmax(chosen))
        label.set_position(places[at])
        self.names.append(Bbox([lows[at], highs[at]]))
        return True


def _overlap(lows: NDArray[np.float64], highs: NDArray[np.float64], boxes: Sequence[Bbox]) -> NDArray[np.bool_]:
    """Which of the candidate boxes overlap any of those that are there."""
    if not boxes or not len(lows):
        return np.zeros(len(lows), dtype=bool)
    corners = np.array([box.get_points() for box in boxes])
    apart = (lows[:, None, :] >= corners.max(axis=1)) | (highs[:, None, :] <= corners.min(axis=1))
    return np.asarray(np.any(~np.any(apart, axis=2), axis=1))


def text_on(axes: Axes, words: str, size: float, **style: Any) -> Text:  # noqa: ANN401 matplotlib's styles
    """Words with a white rim, in the middle of where they will stand."""
    defaults: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 6, "color": "#111111"}
    x, y = _centre(axes)
    label = axes.text(x, y, words, fontsize=size, **(defaults | style | PLAIN))
    label.set_path_effects([withStroke(linewidth=size * 0.27, foreground="white")])
    return label


def _centre(axes: Axes) -> tuple[float, float]:
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    return (west + east) / 2, (south + north) / 2


def name_counties(placed: Placed, counties: gpd.GeoDataFrame, size: float = NAME_PT) -> None:
    """County names, the largest county first, each inside its county."""
    by_size = counties.assign(_area=counties.area).sort_values("_area", ascending=False, kind="stable")
    for name, shape in zip(by_size["county"], by_size.geometry, strict=True):
        label = text_on(placed.axes, short_name(name), size)
        placed.put(label, places_inside(shape))


def short_name(name: object, longest: int = LONGEST_LABEL) -> str:
    """A name as one line of so many signs at most."""
    shown = plain(name)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def places_inside(shape: shapely.Geometry, tries: int = TRIES) -> list[tuple[float, float]]:
    """Points inside a county to put its name at: the middle of its largest part first, then a grid of others."""
    largest = max(shapely.get_parts(shape), key=shapely.area, default=shape)
    if shapely.is_empty(largest):
        return []
    first = shapely.point_on_surface(largest)
    west, south, east, north = shapely.bounds(largest)
    steps = (np.arange(tries) + 0.5) / tries
    x, y = np.meshgrid(west + steps * (east - west), south + steps * (north - south))
    grid = shapely.points(x.ravel(), y.ravel())
    inner = grid[shapely.contains(largest, grid)]
    order = np.argsort(shapely.distance(inner, first), kind="stable")
    return [(float(x), float(y)) for x, y in shapely.get_coordinates([first, *inner[order]])]


def places_around(
    x: float, y: float, step: float, rings: Iterable[int] = range(1, RINGS + 1)
) -> list[tuple[float, float]]:
    """Points round a mark, the nearest first: ``step`` is the width of a ring in metres."""
    angle = np.arange(DIRECTIONS) * 2 * np.pi / DIRECTIONS + np.pi / 2
    return [
        (x + step * ring * float(np.cos(each)), y + step * ring * float(np.sin(each)))
        for ring in rings
        for each in angle
    ]
