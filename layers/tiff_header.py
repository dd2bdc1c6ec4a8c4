"""The header of a TIFF, read by itself: what the file claims to hold, before anything is unpacked.

A few hundred bytes can declare 3.9e12 samples, and a library that believes them runs for hours. TIFF 6.0 (Adobe 1992)
and BigTIFF, first image only: that is what is read later.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..errors import Findings
from .vector_formats import fatal

MOST_SAMPLES = 100_000_000_000  # a 100 m raster of the whole world has 8e10
MOST_BLOCK_BYTES = 256 << 20
MOST_TAGS = 4096
WIDTH, LENGTH, BITS, SAMPLES, ROWS_PER_STRIP = 256, 257, 258, 277, 278
TILE_WIDTH, TILE_LENGTH = 322, 323
STRIPS, TILES = (273, 279), (324, 325)
TYPE_CODES = {1: "u1", 2: "u1", 3: "u2", 4: "u4", 6: "i1", 8: "i2", 9: "i4", 16: "u8", 17: "i8", 18: "u8"}
TAGS_READ = {WIDTH, LENGTH, BITS, SAMPLES, ROWS_PER_STRIP, TILE_WIDTH, TILE_LENGTH, *STRIPS, *TILES}


@dataclass(frozen=True)
class TiffHeader:
    """Size and layout of the first image. ``offsets`` and ``lengths`` are the places of its packed blocks."""

    width: int
    height: int
    samples: int
    bits: int
    block_width: int
    block_height: int
    offsets: NDArray[np.uint64]
    lengths: NDArray[np.uint64]

    @property
    def blocks(self) -> int:
        """How many blocks (strips or tiles) an image of this size has, for one band."""
        return math.ceil(self.width / self.block_width) * math.ceil(self.height / self.block_height)


def check_tiff(path: Path, findings: Findings) -> None:
    """Raises :class:`~carereach.errors.InputError` if the file is no TIFF, is cut off, or claims an absurd size."""
    size = path.stat().st_size
    try:
        with path.open("rb") as stream:
            header = _read(stream, size)
    except (struct.error, ValueError, LookupError) as error:
        fatal(findings, "raster.not-tiff", reason=str(error))
    if header.samples != 1:
        fatal(findings, "raster.bands", value=header.samples)
    cells = header.width * header.height
    if cells > MOST_SAMPLES:
        fatal(findings, "raster.too-many-cells", value=cells, limit=MOST_SAMPLES)
    block = header.block_width * header.block_height * header.bits // 8
    if block > MOST_BLOCK_BYTES:
        fatal(findings, "raster.block", mb=block >> 20, limit_mb=MOST_BLOCK_BYTES >> 20)
    if len(header.offsets) != header.blocks or len(header.lengths) != header.blocks:
        fatal(findings, "raster.blocks-missing", declared=header.blocks, there=len(header.lengths))
    ends = header.offsets.astype(float) + header.lengths.astype(float)
    if ends.max() > size:
        fatal(findings, "raster.torn", needs=int(ends.max()), size=size)


def _read(stream: BinaryIO, size: int) -> TiffHeader:
    """Parses the first image directory; ValueError, LookupError or struct.error for what is no TIFF."""
    start = stream.read(16)
    order = {b"II": "<", b"MM": ">"}.get(start[:2])
    if order is None:
        raise ValueError("no TIFF signature")
    version = struct.unpack(order + "H", start[2:4])[0]
    if version not in (42, 43):
        raise ValueError(f"TIFF version {version}")
    big = version == 43
    place = struct.unpack(order + "Q", start[8:16])[0] if big else struct.unpack(order + "I", start[4:8])[0]
    if place >= size:
        raise ValueError("the image directory lies beyond the end of the file")
    stream.seek(place)
    count = struct.unpack(order + "Q", stream.read(8))[0] if big else struct.unpack(order + "H", stream.read(2))[0]
    if not 0 < count <= MOST_TAGS:
        raise ValueError(f"{count} tags")
    entry = 20 if big else 12
    entries = stream.read(entry * count)
    tags = {}
    for i in range(count):
        tag, kind = struct.unpack_from(order + "HH", entries, entry * i)
        if tag in TAGS_READ:
            tags[tag] = _values(stream, size, entries[entry * i : entry * (i + 1)], kind, order, big)
    return _header(tags)


def _values(stream: BinaryIO, size: int, entry: bytes, kind: int, order: str, big: bool) -> NDArray[np.uint64]:
    """The values of one tag; they stand in the entry itself where they fit, else at the place it names."""
    dtype = np.dtype(order + TYPE_CODES.get(kind, "u4"))
    room = 8 if big else 4
    count = struct.unpack_from(order + ("Q" if big else "I"), entry, 4)[0]
    length = count * dtype.itemsize
    if length <= room:
        content = entry[-room:][:length]
    else:
        place = struct.unpack_from(order + ("Q" if big else "I"), entry, len(entry) - room)[0]
        if place + length > size:
            raise ValueError("a table of the header lies beyond the end of the file")
        stream.seek(place)
        content = stream.read(length)
    return np.frombuffer(content, dtype).astype(np.uint64)


def _header(tags: dict[int, NDArray[np.uint64]]) -> TiffHeader:
    missing = {WIDTH, LENGTH} - tags.keys()
    if missing:
        raise ValueError(f"tag {min(missing)} is missing")
    width, height = int(tags[WIDTH][0]), int(tags[LENGTH][0])
    tiled = TILE_WIDTH in tags
    places, sizes = TILES if tiled else STRIPS
    if places not in tags or sizes not in tags:
        raise ValueError("no places of image data")
    block_width = int(tags[TILE_WIDTH][0]) if tiled else width
    rows = int(tags[ROWS_PER_STRIP][0]) if ROWS_PER_STRIP in tags else height
    block_height = int(tags[TILE_LENGTH][0]) if tiled else min(rows, height)
    if min(width, height, block_width, block_height) < 1:
        raise ValueError("an image without cells")
    samples = int(tags[SAMPLES][0]) if SAMPLES in tags else 1
    bits = int(tags[BITS][0]) if BITS in tags else 1
    return TiffHeader(width, height, samples, bits, block_width, block_height, tags[places], tags[sizes])
