"""Which rows of a located list are facilities that a study has already: by id, else by name, kind, county, township."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .match import match_names
from .names import CLOSE, SAME, read_name, similarity

NEW, UNSURE = -1, -2
MOST = 8


def same_facilities(listed: pd.DataFrame, known: pd.DataFrame, *, city: str = "") -> NDArray[np.int64]:
    """For each row of ``listed`` the position of that facility in ``known``, :data:`NEW`, or :data:`UNSURE`.

    Both have id, name, kind, county and township; blanks in ``listed`` fit anything. One id is one facility unless the
    names contradict each other; else the names must be the same (in any spelling) and nothing else may differ. Rows
    that fit several facilities or have only a close name, and all but the first row of one facility, are unsure: added,
    they might count twice.
    """
    found = np.full(len(listed), NEW, dtype=np.int64)
    for row, position in _by_id(listed, known, city):
        found[row] = position
    open_rows = np.flatnonzero(found == NEW)
    for row, positions in _by_name(listed.iloc[open_rows], known, city).items():
        found[open_rows[row]] = positions[0] if len(positions) == 1 else UNSURE
    again = pd.Series(found).duplicated().to_numpy() & (found >= 0)
    found[again] = UNSURE
    return found


def _by_id(listed: pd.DataFrame, known: pd.DataFrame, city: str) -> list[tuple[int, int]]:
    positions = dict(zip(known["id"], range(len(known)), strict=True))
    pairs = [(row, positions[one]) for row, one in enumerate(listed["id"]) if one and one in positions]
    names, theirs = listed["name"].tolist(), known["name"].tolist()
    return [(i, j) for i, j in pairs if not _contradict(names[i], theirs[j], city)]


def _contradict(one: str, other: str, city: str) -> bool:
    return similarity(read_name(one, city=city), read_name(other, city=city)).conflict


def _by_name(listed: pd.DataFrame, known: pd.DataFrame, city: str) -> dict[int, list[int]]:
    """The facilities that each row may be: those of the same name, of these the ones written alike to the letter.

    Where none has the same name, but some a close one, no position at all.
    """
    names, theirs = listed["name"].tolist(), known["name"].tolist()
    pairs = match_names(names, theirs, city=city, least=CLOSE, most=MOST)
    asked, there = pairs["asked"].to_numpy(np.int64), pairs["known"].to_numpy(np.int64)
    fits = np.ones(len(pairs), dtype=bool)
    for column in ("kind", "county", "township"):
        fits &= _fit(listed[column].to_numpy(object)[asked], known[column].to_numpy(object)[there])
    same = fits & (pairs["likeness"] >= SAME).to_numpy()
    found: dict[int, list[int]] = {row: [] for row in asked[fits].tolist()}
    for row, position in zip(asked[same].tolist(), there[same].tolist(), strict=True):
        found[row].append(position)
    return {row: _likest(names[row], positions, theirs) for row, positions in found.items()}


def _fit(ours: NDArray[np.object_], theirs: NDArray[np.object_]) -> NDArray[np.bool_]:
    return np.asarray((ours == theirs) | (ours == "") | (theirs == ""), dtype=np.bool_)


def _likest(name: str, positions: list[int], theirs: Sequence[str]) -> list[int]:
    same = [position for position in positions if theirs[position] == name]
    return same or positions
