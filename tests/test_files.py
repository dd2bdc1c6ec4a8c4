"""Atomic writes, bounded reads, unpacking that stops in time."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import pytest

from carereach.errors import InputError
from carereach.files import atomic, require_file, unpacked, write_text


def codes(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [problem.code for problem in error.value.problems]


def test_a_write_replaces_the_whole_file_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "new" / "table.csv"
    write_text(path, "old")
    with pytest.raises(ZeroDivisionError), atomic(path) as temporary:
        temporary.write_text("half", encoding="utf-8")
        assert temporary.parent == path.parent  # os.replace is atomic within one file system only
        1 / 0  # noqa: B018 - a fault while the file is written
    assert path.read_text(encoding="utf-8") == "old"
    assert list(path.parent.iterdir()) == [path]
    write_text(path, "new\r\nline")
    assert path.read_bytes() == b"new\r\nline"


def test_what_is_written_is_on_the_disk_before_it_takes_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr("carereach.files.os.fsync", lambda _: order.append("fsync"))
    monkeypatch.setattr("carereach.files.os.replace", lambda *_: order.append("replace"))
    write_text(tmp_path / "table.csv", "x")
    assert order == ["fsync", "replace"]


@pytest.mark.parametrize(
    "name",
    [
        "/vsicurl/http://127.0.0.1/x",
        "/vsizip/x.zip/y",
        "http://127.0.0.1/x",
        "file:///etc/passwd",
        "s3://bucket/key",
        "http:/127.0.0.1/x",
    ],
)
def test_addresses_and_virtual_paths_are_no_files(name: str) -> None:
    for path in (Path(name), Path("folder") / Path(name)):
        with pytest.raises(InputError) as caught:
            require_file(path)
        assert codes(caught) == ["file.not-a-path"]


@pytest.mark.parametrize("name", ["missing.csv", "长" * 300, "nul\0name"])
def test_names_of_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        require_file(tmp_path / name)
    assert codes(caught) == ["file.missing"]


def test_folders_empty_and_large_files(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "large").write_bytes(b"123")
    for name, code in ((".", "file.not-a-file"), ("empty", "file.empty"), ("large", "file.too-large")):
        with pytest.raises(InputError) as caught:
            require_file(tmp_path / name, limit=2)
        assert codes(caught) == [code]


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress)])
def test_unpacking(tmp_path: Path, suffix: str, pack: object) -> None:
    """Good content comes whole and is removed afterwards; 65 MB of blanks pass the allowance; a torn end is said."""
    assert callable(pack)
    path = tmp_path / f"x.osm{suffix}"
    path.write_bytes(pack(b"<osm/>" * 1000))
    with unpacked(path) as plain:
        assert plain.read_bytes() == b"<osm/>" * 1000
        assert plain.suffix == ".osm"
    assert not plain.exists()
    whole = path.read_bytes()
    path.write_bytes(whole[:-8])
    with pytest.raises(InputError) as caught, unpacked(path):
        pytest.fail("torn content was handed on")
    assert codes(caught) == ["file.torn"]
    path.write_bytes(pack(b" " * (65 << 20)))
    with pytest.raises(InputError) as caught, unpacked(path):
        pytest.fail("a bomb was handed on")
    assert codes(caught) == ["file.bomb"]
