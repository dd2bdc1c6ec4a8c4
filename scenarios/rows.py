"""Rows: for one station, the demand points it reaches before all others, in how many minutes; kept once computed.

A row holds only the points it is about (a station is first at few), so that it is small without losing a digit. It is
kept in memory, the rows last used up to a limit, and in a folder, where one is given: there each file says what it was
computed from and carries a checksum; one that is damaged is computed anew, with a warning.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Problem

MAGIC = b"carereach rows 1\n"
DIGEST = 32
MEMORY_BYTES = 64 << 20
DTYPES: tuple[np.dtype[Any], ...] = (np.dtype(np.int32), np.dtype(np.float64), np.dtype(np.float64))


@dataclass(frozen=True)
class Row:
    """Demand points (K,), sorted, with the minutes and km from one station."""

    points: NDArray[np.int32]
    minutes: NDArray[np.float64]
    km: NDArray[np.float64]

    @property
    def nbytes(self) -> int:
        return self.points.nbytes + self.minutes.nbytes + self.km.nbytes


Rows = tuple[Row, ...]


class RowStore:
    """Rows by the text of what they were computed from. ``problems``: damaged files, and a folder that takes none."""

    def __init__(self, folder: Path | None = None, *, memory_bytes: int = MEMORY_BYTES) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.computed = 0
        self._limit = memory_bytes
        self._held = 0
        self._rows: OrderedDict[str, Rows] = OrderedDict()
        self._writable = folder is not None

    def get(self, key: str, make: Callable[[], Rows]) -> Rows:
        """The rows of a key: those kept, or those that ``make`` computes."""
        if key in self._rows:
            self._rows.move_to_end(key)
            return self._rows[key]
        rows = self._read(key)
        if rows is None:
            rows = make()
            self.computed += 1
            self._write(key, rows)
        self._keep(key, rows)
        return rows

    def _keep(self, key: str, rows: Rows) -> None:
        self._rows[key] = rows
        self._held += _size(rows)
        while self._held > self._limit and len(self._rows) > 1:
            self._held -= _size(self._rows.popitem(last=False)[1])

    def path(self, key: str) -> Path | None:
        """The file of a key; None without a folder."""
        if self.folder is None:
            return None
        name = hashlib.sha256(key.encode()).hexdigest()
        return self.folder / name[:2] / f"{name}.rows"

    def _read(self, key: str) -> Rows | None:
        path = self.path(key)
        if path is None or not path.is_file():
            return None
        try:
            return unpacked_rows(path.read_bytes(), key)
        except (OSError, ValueError) as error:
            self._say(Problem("outcome.cache-damaged", path.name, params={"reason": str(error)}, level="warning"))
            return None

    def _write(self, key: str, rows: Rows) -> None:
        """Puts rows under their name in one step. They are not flushed to the disk: a torn file is found by its
        checksum and costs a fraction of the time that flushing all of them would."""
        path = self.path(key)
        if path is None or not self._writable:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".", suffix=".rows", dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as stream:
                    stream.write(packed_rows(rows, key))
                Path(name).replace(path)
            finally:
                Path(name).unlink(missing_ok=True)
        except OSError as error:
            self._writable = False
            reason = error.strerror or str(error)
            self._say(Problem("outcome.cache-unwritable", params={"reason": reason}, level="warning"))

    def _say(self, problem: Problem) -> None:
        self.problems.append(problem)


def _size(rows: Rows) -> int:
    return sum(row.nbytes for row in rows) + 500


def packed_rows(rows: Rows, key: str) -> bytes:
    """Rows as the content of a file: what they were computed from, arrays, and a checksum before them."""
    out = BytesIO()
    name = key.encode()
    out.write(len(name).to_bytes(4, "little") + name + len(rows).to_bytes(4, "little"))
    for row in rows:
        parts: tuple[NDArray[Any], ...] = (row.points, row.minutes, row.km)
        for part, dtype in zip(parts, DTYPES, strict=True):
            np.lib.format.write_array(out, np.ascontiguousarray(part, dtype=dtype), allow_pickle=False)
    content = out.getvalue()
    return MAGIC + hashlib.sha256(content).digest() + content


def unpacked_rows(content: bytes, key: str) -> Rows:
    """Reads what :func:`packed_rows` made; ``ValueError`` says what is wrong with it."""
    head = len(MAGIC) + DIGEST
    if not content.startswith(MAGIC) or len(content) < head:
        raise ValueError("not a file of rows")
    if hashlib.sha256(content[head:]).digest() != content[len(MAGIC) : head]:
        raise ValueError("the checksum differs")
    stream = BytesIO(content[head:])
    name = stream.read(int.from_bytes(stream.read(4), "little"))
    if name != key.encode():
        raise ValueError("rows of something else")
    count = int.from_bytes(stream.read(4), "little")
    parts = [[np.lib.format.read_array(stream, allow_pickle=False) for _ in DTYPES] for _ in range(count)]
    return tuple(Row(*part) for part in parts)
