"""The response-time field as an image that lies right on a web map."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from io import BytesIO

import geopandas as gpd
import numpy as np
from affine import Affine
from matplotlib.image import imsave
from numpy.typing import NDArray
from rasterio import crs as raster_crs
from rasterio.features import geometry_mask
from rasterio.warp import Resampling, reproject, transform_bounds

from ..coverage.results import Field
from .palette import OUTSIDE, TIME_COLOURS, UNREACHABLE, UNREACHABLE_COLOURS, time_classes

WEB_MERCATOR = raster_crs.CRS.from_epsg(3857)
EARTH_M = 6378137.0  # radius of the sphere that web maps use
SHORTEST_PX, LONGEST_PX, PER_CELL = 600, 1400, 3
HATCH_PX = 8
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Overlay:
    """An image and the degrees of its outer edges: (west, south, east, north)."""

    png: bytes
    bounds: Bounds

    @property
    def data_uri(self) -> str:
        return "data:image/png;base64," + base64.b64encode(self.png).decode("ascii")


def overlay(field: Field, area: gpd.GeoSeries | None = None) -> Overlay | None:
    """The field's time classes in Web Mercator, nearest cell, as a transparent PNG; None where it has no value.

    What lies outside the polygons of ``area`` is cut off at the image's pixels, which are finer than the cells.

    A web map stretches an image evenly between its corners in Mercator: an image even in metres or in degrees would lie
    beside the truth.
    """
    classes = time_classes(field.minutes)
    if field.minutes.size == 0 or np.all(classes == OUTSIDE):
        return None
    warped, bounds, transform = _warp(classes, field)
    if area is not None and len(area):
        outside = geometry_mask(area.to_crs(WEB_MERCATOR), warped.shape, transform, all_touched=True)
        warped[outside] = OUTSIDE
    return Overlay(_png(_coloured(warped)), bounds)


def _warp(classes: NDArray[np.uint8], field: Field) -> tuple[NDArray[np.uint8], Bounds, Affine]:
    rows, columns = classes.shape
    crs = raster_crs.CRS.from_wkt(field.crs.to_wkt())
    east, south = field.west + columns * field.cell_m, field.north - rows * field.cell_m
    left, bottom, right, top = transform_bounds(crs, WEB_MERCATOR, field.west, south, east, field.north)
    longest = min(max(SHORTEST_PX, PER_CELL * max(rows, columns)), LONGEST_PX)
    pixel_m = max(right - left, top - bottom) / longest
    width, height = math.ceil((right - left) / pixel_m), math.ceil((top - bottom) / pixel_m)
    transform = _north_up(left, top, pixel_m)
    warped = np.full((height, width), OUTSIDE, dtype=np.uint8)
    reproject(
        classes,
        warped,
        src_transform=_north_up(field.west, field.north, field.cell_m),
        src_crs=crs,
        src_nodata=OUTSIDE,
        dst_transform=transform,
        dst_crs=WEB_MERCATOR,
        dst_nodata=OUTSIDE,
        resampling=Resampling.nearest,
    )
    west, north = _degrees(left, top)
    east_edge, south_edge = _degrees(left + width * pixel_m, top - height * pixel_m)
    return warped, (west, south_edge, east_edge, north), transform


def _north_up(west: float, north: float, cell_m: float) -> Affine:
    return Affine(cell_m, 0.0, west, 0.0, -cell_m, north)


def _degrees(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of a point in Web Mercator (spherical, as web maps compute it)."""
    return math.degrees(x / EARTH_M), math.degrees(2 * math.atan(math.exp(y / EARTH_M)) - math.pi / 2)


def _coloured(classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Rows, columns, and red, green, blue, alpha; what is unreachable is hatched."""
    table = np.zeros((256, 4), dtype=np.uint8)
    for place, colour in enumerate(TIME_COLOURS):
        table[place] = (*_rgb(colour), 255)
    light, dark = UNREACHABLE_COLOURS
    table[UNREACHABLE] = (*_rgb(light), 255)
    table[UNREACHABLE + 1] = (*_rgb(dark), 255)
    row, column = np.indices(classes.shape)
    striped = np.where((row + column) % HATCH_PX < 2, UNREACHABLE + 1, UNREACHABLE)
    drawn = np.where(classes == UNREACHABLE, striped, classes)
    return table[drawn]


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _png(image: NDArray[np.uint8]) -> bytes:
    with BytesIO() as stream:
        imsave(stream, image, format="png", pil_kwargs={"optimize": True})
        return stream.getvalue()
