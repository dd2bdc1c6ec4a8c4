"""Raster files of a study: GeoTIFF only, checked before they are opened, read block by block."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window

from ..errors import Findings
from ..files import require_file
from .tiff_header import check_tiff
from .vector_formats import fatal
from .vectors import parse_crs

Floats = NDArray[np.float64]

READ_BYTES = 64 << 20
MOST_WINDOW_CELLS = 200_000_000


@dataclass(frozen=True)
class Block:
    """Cells of a raster: ``values`` as stored, and the row and column of the first."""

    row: int
    column: int
    values: NDArray[np.number]


@contextmanager
def open_raster(path: Path, findings: Findings) -> Iterator[DatasetReader]:
    """Opens a one-band GeoTIFF with GDAL's GTiff driver alone: no VRT, no sidecar files, no network.

    What the header claims is checked first (see :mod:`carereach.layers.tiff_header`); damage found while the block
    runs is an :class:`~carereach.errors.InputError` too.
    """
    require_file(path)
    with path.open("rb") as stream:
        if b"<VRTDataset" in stream.read(4096):
            fatal(findings, "vector.vrt")
    check_tiff(path, findings)
    options = {
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "GDAL_PAM_ENABLED": "NO",
        "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",
        "GDAL_CACHEMAX": READ_BYTES >> 20,
    }
    try:
        with rasterio.Env(**options), _opened(path) as dataset:
            if dataset.dtypes[0].startswith("complex"):
                fatal(findings, "raster.complex", value=dataset.dtypes[0])
            if dataset.transform.is_identity or dataset.transform.determinant == 0:
                fatal(findings, "raster.no-place")
            yield dataset
    except RasterioError as error:
        fatal(findings, "raster.damaged", reason=str(error))


def _opened(path: Path) -> DatasetReader:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # said by raster.no-place
        return rasterio.open(path, driver="GTiff")


def raster_crs(dataset: DatasetReader, written: str | None, findings: Findings) -> CRS:
    """The raster's CRS; ``written`` is for files that name none, and an error where it contradicts the file."""
    given = parse_crs(written, findings) if written is not None else None
    findings.raise_errors()
    if dataset.crs is None:
        if given is None:
            fatal(findings, "vector.no-crs")
        return given
    own = CRS.from_user_input(dataset.crs.to_wkt())
    if given is not None and not own.equals(given, ignore_axis_order=True):
        fatal(findings, "vector.crs-contradicts", declared=own.name, given=written)
    return own


def moved(transform: Affine, across: Floats, down: Floats) -> tuple[Floats, Floats]:
    """Whole arrays through an affine transform: columns and rows to x and y, or with its inverse back."""
    return (
        transform.a * across + transform.b * down + transform.c,
        transform.d * across + transform.e * down + transform.f,
    )


def corners(dataset: DatasetReader) -> Floats:
    """The four corners of the raster as rows of x, y, in its CRS; turned rasters too."""
    columns = np.array([0.0, dataset.width, dataset.width, 0.0])
    rows = np.array([0.0, 0.0, dataset.height, dataset.height])
    return np.column_stack(moved(dataset.transform, columns, rows))


def window_of(
    dataset: DatasetReader, bounds: tuple[float, float, float, float], margin_cells: int, findings: Findings
) -> Window:
    """The cells that hold ``bounds`` (left, bottom, right, top in the raster's CRS), a margin more, within the raster.

    Turned rasters too. An error where ``bounds`` and raster do not meet, or the window has over 2e8 cells.
    """
    left, bottom, right, top = bounds
    x, y = np.array([left, right, left, right]), np.array([bottom, bottom, top, top])
    columns, rows = moved(~dataset.transform, x, y)
    first_column = max(0, int(np.floor(columns.min())) - margin_cells)
    first_row = max(0, int(np.floor(rows.min())) - margin_cells)
    end_column = min(dataset.width, int(np.ceil(columns.max())) + margin_cells)
    end_row = min(dataset.height, int(np.ceil(rows.max())) + margin_cells)
    if first_column >= end_column or first_row >= end_row:
        fatal(findings, "raster.elsewhere")
    window = Window(first_column, first_row, end_column - first_column, end_row - first_row)
    if window.width * window.height > MOST_WINDOW_CELLS:
        fatal(findings, "raster.window", value=window.width * window.height, limit=MOST_WINDOW_CELLS)
    return window


def read_blocks(dataset: DatasetReader, window: Window, most_bytes: int = READ_BYTES) -> Iterator[Block]:
    """The cells of ``window``, as stored, in pieces of whole storage blocks that hold at most ``most_bytes``.

    One storage block can pass that limit (up to 256 MB, the most :mod:`carereach.layers.tiff_header` lets in).
    """
    tall, wide = dataset.block_shapes[0]
    cell_bytes = np.dtype(dataset.dtypes[0]).itemsize
    across = max(1, min(window.width // wide + 2, most_bytes // (tall * wide * cell_bytes)))
    down = max(1, most_bytes // (tall * wide * cell_bytes * across))
    step_rows, step_columns = tall * down, wide * across
    last_row, last_column = window.row_off + window.height, window.col_off + window.width
    row = window.row_off
    while row < last_row:
        row_end = min(last_row, (row // step_rows + 1) * step_rows)
        column = window.col_off
        while column < last_column:
            column_end = min(last_column, (column // step_columns + 1) * step_columns)
            piece = Window(column, row, column_end - column, row_end - row)
            yield Block(row, column, dataset.read(1, window=piece))
            column = column_end
        row = row_end
