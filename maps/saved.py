"""What a results folder remembers of its run, so that an unchanged study is not assessed twice."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from ..coverage.results import Assessment, Ledger
from ..files import sha256, write_text
from ..layers.provenance import code_fingerprint
from ..layers.settings import StudyFile
from ..layers.study import fingerprint as fingerprint_of_inputs
from ..texts import Lang

NAME = "assessment.json"


@dataclass(frozen=True)
class Saved:
    """A finished run: when it was made, its files (relative to the folder), its verdicts and its ledger, what its times
    rest on, how many rules were skipped, what would settle most, how complete the lists are, and which files of earlier
    runs lie beside them that this one did not write."""

    made: str
    files: tuple[str, ...]
    verdicts: pd.DataFrame
    ledger: Ledger
    basis: tuple[str, ...]
    skipped: int = 0
    to_settle: pd.DataFrame = field(default_factory=pd.DataFrame)
    baselines: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()


def fingerprint(path: Path, settings: StudyFile, lang: Lang) -> str:
    """A hash of all that a result depends on: every input, the language, carereach's own code, its libraries."""
    parts = (fingerprint_of_inputs(path, settings), lang, code_fingerprint())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def save(folder: Path, key: str, assessment: Assessment, files: tuple[Path, ...], lang: Lang) -> Saved:
    """Writes the record of a run beside its files; the last thing a run does."""
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    frame, lacking = assessment.to_frame(lang), assessment.to_settle_frame(lang)
    record: dict[str, Any] = {
        "carereach": version("carereach"),
        "study": assessment.name,
        "lang": lang,
        "made": made,
        "fingerprint": key,
        "files": {file.name: sha256(file) for file in files},
        "earlier": _earlier(folder, {file.name for file in files}),
        "ledger": asdict(assessment.ledger),
        "basis": [said.text(lang) for said in assessment.basis],
        "skipped": len(assessment.skipped),
        "baselines": [each.text(lang) for each in assessment.baselines],
        "verdicts": _records(frame),
        "to_settle": _records(lacking),
    }
    record["record"] = _digest(record)
    write_text(folder / NAME, json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
    files_written, basis = tuple(record["files"]), tuple(record["basis"])
    baselines, earlier = tuple(record["baselines"]), tuple(record["earlier"])
    return Saved(made, files_written, frame, assessment.ledger, basis, record["skipped"], lacking, baselines, earlier)


def load(folder: Path, key: str) -> Saved | None:
    """The run recorded in ``folder``, if it has this fingerprint and its files are as it left them; else None."""
    path = folder / NAME
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if record["fingerprint"] != key or record.pop("record") != _digest(record):
            return None
        if any(sha256(folder / name) != digest for name, digest in record["files"].items()):
            return None
        verdicts, ledger = pd.DataFrame(record["verdicts"]), Ledger(**record["ledger"])
        basis, skipped = tuple(record["basis"]), int(record["skipped"])
        lacking, baselines = pd.DataFrame(record["to_settle"]), tuple(record["baselines"])
        earlier = tuple(name for name in record["earlier"] if (folder / name).exists())
        return Saved(
            record["made"], tuple(record["files"]), verdicts, ledger, basis, skipped, lacking, baselines, earlier
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # no record, or a damaged one: the study is assessed anew


def _earlier(folder: Path, written: set[str]) -> list[str]:
    """The files that runs before this one left in the folder and that it did not write anew."""
    try:
        record: dict[str, Any] = json.loads((folder / NAME).read_text(encoding="utf-8"))
        names = {str(name) for name in (*record["files"], *record.get("earlier", ()))}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []  # no record of an earlier run, or a damaged one
    return sorted(name for name in names - written if Path(name).name == name and (folder / name).is_file())


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(k): _plain(v) for k, v in row.items()} for row in frame.to_dict("records")]


def _digest(record: dict[str, Any]) -> str:
    """A hash of a record, by which a damaged one is told from a whole one."""
    return hashlib.sha256(json.dumps(record, ensure_ascii=True, sort_keys=True).encode()).hexdigest()


def _plain(value: object) -> object:
    """A value as JSON knows it: numpy numbers as numbers, missing ones as null."""
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
