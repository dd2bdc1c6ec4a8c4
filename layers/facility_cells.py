"""The cells of a facility list as carereach's words and numbers; what cannot be understood is reported."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ..errors import Findings
from .figures import number, places_of, report
from .invisible import said_visible
from .vocabulary import KINDS, LEVELS, ROLE_SEPARATORS, ROLES, RUN_BY, STATUSES, meanings, nearest, plain

LONGEST_NAME = 200
LONGEST_TEXT = 1000
TEXTS = ("id", "name", "county", "township", "source", "parent")
NUMBERS = ("beds", "beds_authorised", "ambulances")
CLASSES = {"甲": "A", "乙": "B", "丙": "C", "a": "A", "b": "B", "c": "C"}


def read_cells(frame: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Text columns as carereach's words, :data:`NUMBERS` as numbers (NaN where blank).

    ``level_class`` is the A, B or C (甲乙丙) within a level, "" where the cell does not say it.

    Errors in ``findings``: a row without name, a kind missing or unknown, a negative number. Warnings: unknown levels
    and statuses (read as not stated), cleaned names.
    """
    cells = frame.copy()
    for column in TEXTS:
        cells[column] = _cleaned(frame[column], findings, column)
    nameless = cells.index[cells["name"] == ""]
    report(findings, "facilities.no-name", [(int(row), None) for row in nameless], column="name")
    cells["kind"] = _kinds(frame["kind"], findings)
    cells["level"] = translated(frame["level"], LEVELS, "facilities.level", findings)
    cells["level_class"] = frame["level"].map(plain).str.extract(r"(?:[三二一]级?|tertiary|secondary)([甲乙丙abc])")[0]
    cells["level_class"] = cells["level_class"].map(CLASSES).fillna("").astype(str)
    cells["status"] = translated(frame["status"], STATUSES, "facilities.status", findings)
    cells["run_by"] = _known_or_as_is(_cleaned(frame["run_by"], findings, "run_by"), RUN_BY)
    cells["roles"] = _roles(_cleaned(frame["roles"], findings, "roles"))
    for column in NUMBERS:
        values = number(frame[column], findings, column)
        report(findings, "facilities.negative", places_of(frame[column][values < 0]), column=column)
        cells[column] = values
    return cells


def translated(words: pd.Series, vocabulary: Mapping[str, tuple[str, ...]], code: str, findings: Findings) -> pd.Series:
    """Each word's meaning; "" for blanks and, with a warning ``code`` that names the likeliest word, for others."""
    found = words.map(plain).map(meanings(vocabulary))
    unknown = words[found.isna() & (words != "")]
    known = [word for ours, theirs in vocabulary.items() for word in (ours, *theirs) if word]
    report(
        findings,
        code,
        places_of(unknown),
        column=str(words.name),
        level="warning",
        each=[{"nearest": nearest(word, known)} for word in unknown],
    )
    return found.fillna("").astype(str)


def _cleaned(texts: pd.Series, findings: Findings, column: str) -> pd.Series:
    cleaned = said_visible(texts, findings, column)
    limit = LONGEST_NAME if column in {"id", "name", "county", "township"} else LONGEST_TEXT
    long = cleaned.str.len() > limit
    report(findings, "facilities.too-long", places_of(cleaned[long]), column=column, level="warning", limit=limit)
    return cleaned.str.slice(0, limit)


def _kinds(words: pd.Series, findings: Findings) -> pd.Series:
    missing = words.index[words == ""]
    report(findings, "facilities.no-kind", [(int(row), None) for row in missing], column="kind")
    found = words.map(plain).map(meanings(KINDS))
    unknown = words[found.isna() & (words != "")]
    known = [word for ours, theirs in KINDS.items() for word in (ours, *theirs)]
    suggestions = {word: nearest(word, known) for word in unknown.unique()[:50]}
    hints = [{"nearest": suggestions.get(word, "")} for word in unknown]
    report(findings, "facilities.kind", places_of(unknown), column="kind", each=hints)
    return found.fillna("").astype(str)


def _known_or_as_is(words: pd.Series, vocabulary: Mapping[str, tuple[str, ...]]) -> pd.Series:
    return words.map(plain).map(meanings(vocabulary)).fillna(words).astype(str)


def _roles(texts: pd.Series) -> pd.Series:
    known = meanings(ROLES)
    split = texts.str.split(ROLE_SEPARATORS, regex=True)
    return split.map(lambda words: ";".join(known.get(plain(w), w.strip()) for w in words if w.strip())).astype(str)
