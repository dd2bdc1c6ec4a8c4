"""Residents from a GeoTIFF: one point per cell that has any, at the cell's centre; nothing is resampled."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from rasterio.io import DatasetReader
from rasterio.windows import Window

from ..errors import Findings
from .rasters import Block, corners, moved, open_raster, raster_crs, read_blocks, window_of
from .settings import PeopleFile
from .vector_formats import fatal
from .vectors import transformer

Floats = NDArray[np.float64]

MARGIN_CELLS = 2
BLOCK_BYTES = 16 << 20
FILL_VALUES = (-999.0, -9999.0, -99999.0, -32768.0, -2147483648.0)
MOST_PER_KM2 = 2_000_000.0  # the densest quarter ever measured had about 1.3 million residents per km2
FLOAT32_LOWEST = -3.0e38


@dataclass
class _Cells:
    """What was found so far: cells with residents, at places in the study's CRS, and counts of the others.

    ``reach`` (prepared) is the ground whose cells are kept, None for all.
    """

    to_study: Transformer
    reach: shapely.Geometry | None
    x: list[Floats]
    y: list[Floats]
    residents: list[Floats]
    valid: int = 0
    infinite: int = 0
    fills: int = 0
    negative: int = 0
    lowest: float = 0.0


def read(
    config: PeopleFile, folder: Path, study_crs: CRS, counties: gpd.GeoDataFrame | None, findings: Findings
) -> gpd.GeoDataFrame:
    """Columns residents, geometry (points in ``study_crs``): the cells of the raster that hold residents.

    With ``counties``, only cells whose centre lies in one of them or at most half a cell's diagonal off: those cut by
    the outer border are kept, so that what the border costs can be seen. Nodata and NaN are nobody. A well-known
    fill value (-99999, ...) that the file does not declare is nobody too, with a warning; other negative values are
    an error.
    """
    path = folder / config.path
    with open_raster(path, findings) as dataset:
        crs = raster_crs(dataset, config.crs, findings)
        _check_units(dataset, crs, findings)
        window = window_of(dataset, _bounds(dataset, crs, counties, findings), MARGIN_CELLS, findings)
        to_study = transformer(crs, study_crs, findings)
        side_m = _cell_sides_m(dataset, window, to_study)
        if not (min(side_m) > 0 and math.isfinite(max(side_m))):
            fatal(findings, "vector.off-world", value=str(_extent(dataset)), crs=crs.name)
        reach = None if counties is None else _reach(counties, math.hypot(*side_m) / 2)
        cells = _Cells(to_study, reach, [], [], [])
        for block in read_blocks(dataset, window, BLOCK_BYTES):
            _take(block, dataset, cells)
        _check_values(cells, dataset, findings)
        if counties is not None:
            _check_covers(dataset, crs, counties, findings)
    x, y, residents = (np.concatenate(part) for part in (cells.x, cells.y, cells.residents))
    if not len(x):
        fatal(findings, "people.raster-nobody")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        fatal(findings, "vector.off-world", value=crs.name, crs=crs.name)
    density = residents.max() / (side_m[0] * side_m[1] / 1e6)
    if density > MOST_PER_KM2:
        fatal(findings, "people.density", value=float(residents.max()), per_km2=f"{density:.3g}")
    return gpd.GeoDataFrame({"residents": residents}, geometry=shapely.points(x, y), crs=study_crs)


def check_header(config: PeopleFile, folder: Path, findings: Findings) -> None:
    """What can be told of the raster without knowing the study's area: format, size, coordinate system."""
    with open_raster(folder / config.path, findings) as dataset:
        _check_units(dataset, raster_crs(dataset, config.crs, findings), findings)


def _bounds(
    dataset: DatasetReader, crs: CRS, counties: gpd.GeoDataFrame | None, findings: Findings
) -> tuple[float, float, float, float]:
    """What to read: the counties' bounds in the raster's CRS, or the whole raster."""
    if counties is None:
        return _extent(dataset)
    west, south, east, north = counties.total_bounds
    to_raster = transformer(crs, counties.crs, findings)
    left, bottom, right, top = to_raster.transform_bounds(west, south, east, north, direction="INVERSE")
    return float(left), float(bottom), float(right), float(top)


def _check_units(dataset: DatasetReader, crs: CRS, findings: Findings) -> None:
    """Degrees called metres, or metres called degrees."""
    bounds = _extent(dataset)
    like_degrees = max(abs(v) for v in bounds) <= 180.001
    extent = ", ".join(f"{v:.6g}" for v in bounds)
    if crs.is_geographic and not (max(abs(bounds[0]), abs(bounds[2])) < 361 and max(abs(v) for v in bounds[1::2]) < 91):
        fatal(findings, "vector.not-degrees", value=extent, crs=crs.name)
    if crs.is_projected and like_degrees:
        fatal(findings, "vector.not-metres", value=extent, crs=crs.name)


def _take(block: Block, dataset: DatasetReader, cells: _Cells) -> None:
    values = block.values
    nothing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, dtype=bool)
    if dataset.nodata is not None and not math.isnan(dataset.nodata):
        with np.errstate(over="ignore"):
            nothing |= values == dataset.nodata
    cells.valid += int((~nothing).sum())
    cells.infinite += int((np.isinf(values) & ~nothing).sum()) if values.dtype.kind == "f" else 0
    below = ~nothing & (values < 0)
    if below.any():
        negative = values[below]
        fills = np.isin(negative, np.array(FILL_VALUES)) | (negative < FLOAT32_LOWEST)
        cells.fills += int(fills.sum())
        negative = negative[~fills]
        cells.negative += negative.size
        cells.lowest = min(cells.lowest, float(negative.min())) if negative.size else cells.lowest
    rows, columns = np.nonzero(~nothing & (values > 0))
    across, down = (part.astype(np.float64) for part in (columns + block.column, rows + block.row))
    x, y = cells.to_study.transform(*moved(dataset.transform, across + 0.5, down + 0.5))
    kept = slice(None) if cells.reach is None else shapely.intersects_xy(cells.reach, x, y)
    cells.x.append(x[kept])
    cells.y.append(y[kept])
    cells.residents.append(values[rows, columns].astype(np.float64)[kept])


def _check_values(cells: _Cells, dataset: DatasetReader, findings: Findings) -> None:
    if cells.infinite:
        findings.error("people.raster-infinite", count=cells.infinite)
    if cells.negative:
        findings.error("people.raster-negative", value=cells.lowest, count=cells.negative)
    if cells.fills:
        findings.warn("people.raster-fill", count=cells.fills, nodata=str(dataset.nodata))
    if cells.valid - cells.fills == 0:
        findings.error("people.raster-empty")
    findings.raise_errors()


def _check_covers(dataset: DatasetReader, crs: CRS, counties: gpd.GeoDataFrame, findings: Findings) -> None:
    """Warns where a part of the counties lies beyond the raster's edge: nobody would live there."""
    west, south, east, north = _extent(dataset)
    frame = shapely.segmentize(shapely.polygons(corners(dataset)), max(east - west, north - south) / 50)
    extent = gpd.GeoSeries([frame], crs=crs).to_crs(counties.crs).iloc[0]
    beyond = counties.geometry.difference(extent).area / counties.area
    for name, share in zip(counties["county"], beyond, strict=True):
        if share > 0.001:
            findings.warn("people.raster-partial", unit=name, share=f"{100 * share:.2g}")


def _extent(dataset: DatasetReader) -> tuple[float, float, float, float]:
    """West, south, east, north in the raster's CRS."""
    (west, south), (east, north) = corners(dataset).min(axis=0), corners(dataset).max(axis=0)
    return float(west), float(south), float(east), float(north)


def _cell_sides_m(dataset: DatasetReader, window: Window, to_study: Transformer) -> tuple[float, float]:
    """Width and height of the cell in the middle of the window, in metres."""
    column, row = window.col_off + window.width // 2, window.row_off + window.height // 2
    steps = np.array([column, column + 1, column], dtype=float), np.array([row, row, row + 1], dtype=float)
    x, y = to_study.transform(*moved(dataset.transform, *steps))
    return math.hypot(x[1] - x[0], y[1] - y[0]), math.hypot(x[2] - x[0], y[2] - y[0])


def _reach(counties: gpd.GeoDataFrame, distance_m: float) -> shapely.Geometry:
    reach = shapely.union_all(np.asarray(counties.geometry.array, dtype=object)).buffer(distance_m)
    shapely.prepare(reach)
    return reach
