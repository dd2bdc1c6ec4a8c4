"""Whether a file is a whole GeoTIFF: looked at before anybody reads its pixels."""

from __future__ import annotations

import warnings
from pathlib import Path

import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from ..errors import FetchError, Problem
from .web import plain

MOST_BLOCKS = 1_000_000
TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def require_tiff_start(start: bytes, shown: str) -> None:
    """Raises FetchError where the first bytes are those of a web page, or of anything else than a TIFF."""
    if len(start) < len(TIFF_STARTS[0]) or start.startswith(TIFF_STARTS):
        return
    lowered = start[:1024].lower()
    page = b"<html" in lowered or b"<!doctype" in lowered
    code = "fetch.html" if page else "fetch.not-tiff"
    raise FetchError(Problem(code, value=plain(start[:1024]), params={"address": shown}))


def check_geotiff(path: Path, shown: str) -> None:
    """Raises FetchError unless ``path`` is a TIFF whose blocks lie within the file (nothing was cut off).

    A file that declares more blocks than it has bytes is refused; of very many, the last million is looked at.
    """
    with path.open("rb") as stream:
        start = stream.read(1024)
    if len(start) < len(TIFF_STARTS[0]):
        raise FetchError(Problem("fetch.not-tiff", value=plain(start), params={"address": shown}))
    require_tiff_start(start, shown)
    size = path.stat().st_size
    try:
        with open_geotiff(path) as raster:
            high, wide = raster.block_shapes[0]
            columns, rows = -(-raster.width // wide), -(-raster.height // high)
            last = range(columns * rows - 1, max(columns * rows - 1 - MOST_BLOCKS, -1), -1)
            whole = columns * rows <= size and all(
                _block_end(raster, block % columns, block // columns) <= size for block in last
            )
    except (RasterioError, ValueError) as error:
        reason = str(error).replace(str(path), path.name)
        raise FetchError(Problem("fetch.not-tiff", value=reason, params={"address": shown})) from None
    if not whole:
        raise FetchError(Problem("fetch.torn-tiff", params={"address": shown}))


def open_geotiff(path: Path) -> rasterio.DatasetReader:
    """A GeoTIFF, and nothing but a GeoTIFF; that it has a place on Earth is the people layer's business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return rasterio.open(path, driver="GTiff")


def _block_end(raster: rasterio.DatasetReader, column: int, row: int) -> int:
    """Where in the file a block of the first band ends; 0 for a block that holds nothing."""
    offset = raster.get_tag_item(f"BLOCK_OFFSET_{column}_{row}", "TIFF", bidx=1)
    size = raster.get_tag_item(f"BLOCK_SIZE_{column}_{row}", "TIFF", bidx=1)
    return int(offset or 0) + int(size or 0)
