"""Where Chinese map services shift coordinates: mainland China's outline, as a fast question to many points.

The outline ships as ``data/china_outline.geojson``, whose properties name source, licence and making. Hong Kong, Macao
and Taiwan are not part of it: GCJ-02 is a mainland rule, and maps of these places are drawn in WGS 84. Coastal waters
are (some 20 km), because harbours stand on land that is newer than any outline.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

CELL = 0.25
EDGE_STEP = 0.1
REACH = 0.05
FAR, NEAR, DEEP = 0, 1, 2


@dataclass(frozen=True)
class Outline:
    """The outline with a grid of cells: wholly outside (``FAR``), wholly inside (``DEEP``), or ``NEAR`` its edge.

    Degrees of WGS 84. Cells nearer to the edge than ``REACH`` are ``NEAR``.
    """

    area: shapely.MultiPolygon
    west: float
    south: float
    cells: NDArray[np.uint8]

    def zone(self, lon: Floats, lat: Floats) -> NDArray[np.uint8]:
        """``FAR``, ``NEAR`` or ``DEEP`` for each point; ``FAR`` where a coordinate is missing."""
        with np.errstate(invalid="ignore"):
            column = np.floor((lon - self.west) / CELL)
            row = np.floor((lat - self.south) / CELL)
            known = (column >= 0) & (row >= 0) & (row < self.cells.shape[0]) & (column < self.cells.shape[1])
        zone = np.full(lon.shape, FAR, dtype=np.uint8)
        zone[known] = self.cells[row[known].astype(np.intp), column[known].astype(np.intp)]
        return zone

    def contains(self, lon: Floats, lat: Floats) -> Mask:
        """Whether each point lies inside."""
        inside: Mask = shapely.contains_xy(self.area, lon, lat)
        return inside


@cache
def china() -> Outline:
    """The shipped outline, read once."""
    file = resources.files("carereach.layers") / "data" / "china_outline.geojson"
    shape = json.loads(file.read_text(encoding="utf-8"))["features"][0]["geometry"]
    return build(shapely.MultiPolygon([(rings[0], rings[1:]) for rings in shape["coordinates"]]))


def build(area: shapely.MultiPolygon) -> Outline:
    """An outline from its polygons (degrees), with its grid."""
    west, south, east, north = (float(v) for v in area.bounds)
    west, south = west - 2 * CELL, south - 2 * CELL
    shape = (int((north - south) / CELL) + 3, int((east - west) / CELL) + 3)
    points = shapely.get_coordinates(shapely.segmentize(area.boundary, EDGE_STEP))
    near = np.zeros(shape, dtype=bool)
    near[((points[:, 1] - south) // CELL).astype(np.intp), ((points[:, 0] - west) // CELL).astype(np.intp)] = True
    near = binary_dilation(near, np.ones((3, 3), dtype=bool))
    lat, lon = np.meshgrid(
        south + (np.arange(shape[0]) + 0.5) * CELL, west + (np.arange(shape[1]) + 0.5) * CELL, indexing="ij"
    )
    shapely.prepare(area)
    cells = np.where(near, NEAR, np.where(shapely.contains_xy(area, lon, lat), DEEP, FAR)).astype(np.uint8)
    return Outline(area, west, south, cells)
