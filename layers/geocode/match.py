"""Which known facility a name means: thousands of names against thousands, by their parts.

Names are first sorted by kind and number, for facilities that differ in these are not the same; within such a group
rapidfuzz compares all places at once, and only the likest few are weighed in full.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rapidfuzz import process

from .names import Name, read_name, similarity

CLOSEST = 4
ROWS_AT_ONCE = 500
Group = tuple[str, tuple[str, ...]]


def match_names(
    names: Sequence[str], known: Sequence[str], *, city: str = "", least: float = 0.75, most: int = 3
) -> pd.DataFrame:
    """Up to ``most`` known names for each name, likest first: columns ``asked``, ``known`` (positions), ``likeness``.

    ``city`` is where all of them are from. Likeness is that of :func:`~.names.similarity`, at least ``least``; names
    whose parts contradict are left out, and so are blank ones.
    """
    ours, theirs = ([read_name(text, city=city) for text in texts] for texts in (names, known))
    found = [
        (i, j, likeness.value)
        for i, j in _pairs(ours, theirs)
        if (likeness := similarity(ours[i], theirs[j])).value >= least and not likeness.conflict
    ]
    frame = pd.DataFrame(found, columns=["asked", "known", "likeness"]).drop_duplicates(["asked", "known"])
    frame = frame.sort_values(["asked", "likeness", "known"], ascending=[True, False, True])
    return frame.groupby("asked", sort=False).head(most).reset_index(drop=True)


def _pairs(ours: Sequence[Name], theirs: Sequence[Name]) -> Iterator[tuple[int, int]]:
    """The likest few known names for each, within one kind and number; those of no known kind against all."""
    known, asked = _grouped(theirs), _grouped(ours)
    for group, rows in asked.items():
        if group[0]:
            yield from _closest(ours, theirs, rows, known.get(group, []), "place")
            yield from _closest(ours, theirs, rows, known.get(("", ()), []), "text")
        else:
            yield from _closest(ours, theirs, rows, range(len(theirs)), "text")


def _grouped(names: Sequence[Name]) -> dict[Group, list[int]]:
    """Positions by kind and numbers, aliases too; names without a known kind together, blank ones nowhere."""
    groups: dict[Group, list[int]] = defaultdict(list)
    for i, name in enumerate(names):
        for one in (name, *name.aliases):
            if one.text:
                groups[(one.kind, one.numbers) if one.kind else ("", ())].append(i)
    return groups


def _closest(
    ours: Sequence[Name], theirs: Sequence[Name], rows: Sequence[int], columns: Iterable[int], part: str
) -> Iterator[tuple[int, int]]:
    targets = np.fromiter(columns, dtype=np.int64)
    if not len(targets):
        return
    keys = [_key(theirs[j], part) for j in targets]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        block = rows[start : start + ROWS_AT_ONCE]
        alike: NDArray[np.uint8] = process.cdist([_key(ours[i], part) for i in block], keys, dtype=np.uint8, workers=2)
        take = min(CLOSEST, len(targets))
        nearest = np.argpartition(-alike.astype(np.int16), take - 1, axis=1)[:, :take]
        # Places of one name in different counties are all as like: none of them may be lost to the others.
        equal = (alike == 100) & (np.count_nonzero(alike == 100, axis=1) > take)[:, None]
        for k, i in enumerate(block):
            for j in {*nearest[k].tolist(), *np.flatnonzero(equal[k]).tolist()}:
                yield i, int(targets[j])


def _key(name: Name, part: str) -> str:
    return (name.place if part == "place" else name.text) or name.text
