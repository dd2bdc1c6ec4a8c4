"""The results folder of a batch: what was asked and with what, and one file for each scenario.

    run.json                what was asked, versions, hashes of every input
    inputs/                 copies of the study's files and of the scenario files
    outcomes/ab/abcd….parquet   one outcome each, named by a hash of everything it depends on
    scenarios.parquet, verdicts.parquet   all of them together, written when a run ends

Every file appears whole or not at all: it is written beside its place and renamed. A name stands for the content, so
a run that was stopped goes on where it was, and a changed input asks only for what it touches.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError, Problem
from ..files import atomic, read_text, sha256, write_text
from .outcome import Outcome

RECORD = "run.json"
INPUTS = "inputs"
OUTCOMES = "outcomes"


@dataclass(frozen=True)
class RunFolder:
    """One results folder."""

    folder: Path

    def path_of(self, key: str) -> Path:
        """Where the outcome of that key stands, or will."""
        return self.folder / OUTCOMES / key[:2] / f"{key}.parquet"

    def has(self, key: str) -> bool:
        """Whether an outcome of that key has been written."""
        return self.path_of(key).is_file()

    def put(self, key: str, content: bytes) -> None:
        """Writes an outcome, whole or not at all."""
        with atomic(self.path_of(key)) as temporary:
            temporary.write_bytes(content)

    def get(self, key: str) -> Outcome | None:
        """The outcome of that key; None where its file is missing or damaged (it is then to be computed anew)."""
        try:
            return Outcome.from_bytes(self.path_of(key).read_bytes(), key)
        except (OSError, InputError):
            return None

    def save_record(self, record: Mapping[str, Any]) -> None:
        """Writes ``run.json``."""
        write_text(self.folder / RECORD, json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n")

    def record(self) -> dict[str, Any]:
        """What ``run.json`` says; :class:`InputError` where there is none, or a damaged one."""
        path = self.folder / RECORD
        if not path.is_file():
            raise InputError(Problem("run.no-record", str(self.folder)))
        try:
            record = json.loads(read_text(path))
        except (json.JSONDecodeError, RecursionError) as error:
            raise InputError(Problem("run.damaged-record", RECORD)) from error
        if not isinstance(record, dict) or not {"asked", "inputs", "versions"} <= record.keys():
            raise InputError(Problem("run.damaged-record", RECORD))
        return record

    def keep_inputs(self, groups: Mapping[str, tuple[Path, Iterable[Path]]]) -> tuple[dict[str, str], dict[str, str]]:
        """Copies input files; each group has a file and all files that it names, itself among them.

        A group goes to ``inputs/NAME``, its files lying to each other as they did, so that relative paths still lead to
        them. A file that is named by an absolute path is not copied, because its name would not lead to the copy: it
        counts by its hash alone. Returns where each group's first file stands now, and the hash of every file.
        """
        first: dict[str, str] = {}
        hashes: dict[str, str] = {}
        for name, (anchor, files) in groups.items():
            near = {_lexical(file) for file in files if file.is_relative_to(anchor.parent)}
            near.add(_lexical(anchor))
            root = Path(os.path.commonpath([file.parent for file in near]))
            first[name] = f"{name}/{_lexical(anchor).relative_to(root).as_posix()}"
            for file in sorted(near):
                place = f"{name}/{file.relative_to(root).as_posix()}"
                hashes[place] = copy(file, self.folder / INPUTS / place)
            for file in files:
                if not file.is_relative_to(anchor.parent):
                    hashes[str(file)] = sha256(file)
        return first, hashes

    def changed_inputs(self, hashes: Mapping[str, str]) -> list[str]:
        """Which of the recorded inputs are no longer what they were."""
        return [place for place, digest in hashes.items() if _digest_or_none(self._input(place)) != digest]

    def _input(self, place: str) -> Path:
        outside = Path(place)
        return outside if outside.is_absolute() else self.folder / INPUTS / place


def copy(source: Path, target: Path) -> str:
    """Copies a file unless the same content is there already; its SHA-256."""
    digest = sha256(source)
    if _digest_or_none(target) != digest:
        with atomic(target) as temporary, source.open("rb") as stream, temporary.open("wb") as out:
            for block in iter(lambda: stream.read(1 << 20), b""):
                out.write(block)
    return digest


def key_of(*parts: str) -> str:
    """A name for what depends on all the parts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _lexical(path: Path) -> Path:
    """The absolute path as its names say: links are not followed, because what stands beside them counts."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def _digest_or_none(path: Path) -> str | None:
    return sha256(path) if path.is_file() else None
