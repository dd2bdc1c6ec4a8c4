"""Safe ways to read and write files: bounded reads, atomic writes, fingerprints."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import InputError, Problem

CHUNK = 1 << 20
TEXT_LIMIT = 64 << 20
TABLE_LIMIT = 512 << 20
UNPACKED_LIMIT = 16 << 30


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yields a temporary path beside ``path``; on success it is flushed to disk and takes the name ``path``.

    If the block fails, the temporary file is removed and ``path`` stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o644)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, content: str, *, encoding: str = "utf-8") -> None:
    """Writes ``content`` atomically, with line ends as given."""
    with atomic(path) as temporary:
        temporary.write_text(content, encoding=encoding, newline="")


def sha256(path: Path) -> str:
    """Hex SHA-256 of a file's content, read in chunks."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(CHUNK):
            digest.update(block)
    return digest.hexdigest()


def exists(path: Path) -> bool:
    """Whether there is a file or folder of that name; also false for names that no disk can hold."""
    return os.path.exists(path)  # noqa: PTH110 - Path.exists raises for names that are too long


def require_file(path: Path, *, limit: int = UNPACKED_LIMIT) -> Path:
    """Returns ``path`` if it is a readable, non-empty regular file of at most ``limit`` bytes.

    Raises :class:`InputError` otherwise; also for addresses and GDAL's virtual paths, which are no files of a study.
    """
    shown = str(path)
    if shown.startswith("/vsi") or "://" in shown or ":/" in shown.replace("\\", "/")[2:]:
        raise InputError(Problem("file.not-a-path", path.name, value=shown))
    if not exists(path):
        raise InputError(Problem("file.missing", path.name, value=shown))
    if not path.is_file():
        raise InputError(Problem("file.not-a-file", path.name, value=shown))
    try:
        with path.open("rb") as stream:
            empty = not stream.read(1)
    except OSError as error:
        raise InputError(Problem("file.unreadable", path.name, params={"reason": error.strerror or "?"})) from error
    if empty:
        raise InputError(Problem("file.empty", path.name))
    if path.stat().st_size > limit:
        raise InputError(Problem("file.too-large", path.name, params={"limit_mb": limit >> 20}))
    return path


def read_text(path: Path, *, limit: int = TEXT_LIMIT) -> str:
    """The content of a UTF-8 text file (with or without byte-order mark); :class:`InputError` for anything else."""
    try:
        return require_file(path, limit=limit).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(Problem("file.not-utf8", path.name, params={"byte": error.start})) from error


@contextmanager
def unpacked(path: Path, *, limit: int = UNPACKED_LIMIT, ratio: int = 100) -> Iterator[Path]:
    """Yields a plain file with what ``path`` (.gz, .bz2, or plain) holds; a temporary one is removed afterwards.

    Raises :class:`InputError` where the content passes ``limit`` bytes, or ``ratio`` times the packed size and 64 MB
    (a decompression bomb), or where it is torn.
    """
    require_file(path)
    if path.suffix.lower() not in (".gz", ".bz2"):
        yield path
        return
    allowed = min(limit, max(TEXT_LIMIT, ratio * path.stat().st_size))
    handle, name = tempfile.mkstemp(suffix=Path(path.stem).suffix)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            try:
                with _packed(path) as stream:
                    while block := stream.read(CHUNK):
                        if out.tell() + len(block) > allowed:
                            raise InputError(Problem("file.bomb", path.name, params={"limit_mb": allowed >> 20}))
                        out.write(block)
            except (OSError, EOFError, zlib.error) as error:
                raise InputError(Problem("file.torn", path.name, params={"reason": str(error)})) from error
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _packed(path: Path) -> gzip.GzipFile | bz2.BZ2File:
    return gzip.GzipFile(path, "rb") if path.suffix.lower() == ".gz" else bz2.BZ2File(path, "rb")
