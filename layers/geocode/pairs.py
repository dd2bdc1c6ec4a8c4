"""What only the whole list shows: two facilities on one point, one facility in two places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from ...texts import Message
from ..settings_geocode import GeocodeTable
from .model import Candidate, Placed
from .names import SAME, Name, read_name, similarity
from .trust import EARTH_KM, distances_km

Finding = tuple[int, Message]


def check_together(placed: Sequence[Placed], table: GeocodeTable) -> list[Placed]:
    """The rows with what they say about each other; an accepted row that contradicts another is put up for review.

    A row that a person decided stays as it is, but others are still compared with it. Two names of which one holds
    the other (a hospital and its emergency station) may share a point.
    """
    names = [read_name(row.query.name, city=row.query.city) for row in placed]
    found: dict[int, list[Message]] = defaultdict(list)
    for i, reason in (*_on_one_point(placed, names, table), *_in_two_places(placed, names, table)):
        found[i].append(reason)
    return [_with(row, tuple(found[i])) if i in found else row for i, row in enumerate(placed)]


def _with(row: Placed, reasons: tuple[Message, ...]) -> Placed:
    if row.decided_by == "person":
        return row
    decision = "review" if row.decision == "accept" else row.decision
    return replace(row, decision=decision, reasons=(*reasons, *row.reasons))


def _places(placed: Sequence[Placed]) -> dict[int, Candidate]:
    """The places that rows have or would have: accepted, or offered for review at their best."""
    return {i: row.chosen.candidate for i, row in enumerate(placed) if row.chosen and row.decision != "reject"}


def _on_one_point(placed: Sequence[Placed], names: Sequence[Name], table: GeocodeTable) -> Iterator[Finding]:
    places = {i: c for i, c in _places(placed).items() if c.precision in ("exact", "street")}
    if len(places) < 2:
        return
    rows = list(places)
    lon, lat = (np.radians([getattr(places[i], axis) for i in rows]) for axis in ("lon", "lat"))
    unit = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    for a, b in cKDTree(unit).query_pairs(table.same_point_m / 1000 / EARTH_KM, output_type="ndarray").tolist():
        i, j = rows[a], rows[b]
        alike = similarity(names[i], names[j])
        if alike.value >= SAME and not alike.conflict:
            yield from _both(i, j, placed, "geocode.listed-twice")
        elif names[i].raw not in names[j].raw and names[j].raw not in names[i].raw:
            yield from _both(i, j, placed, "geocode.same-point")


def _both(i: int, j: int, placed: Sequence[Placed], code: str) -> Iterator[Finding]:
    for one, other in ((i, j), (j, i)):
        yield one, Message(code, {"row": placed[other].query.row, "name": placed[other].query.name})


def _in_two_places(placed: Sequence[Placed], names: Sequence[Name], table: GeocodeTable) -> Iterator[Finding]:
    """Rows of one name, county and township whose places are apart; names that tell no place are not compared."""
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for i in _places(placed):
        name, query = names[i], placed[i].query
        if name.place:
            groups[name.raw, name.numbers, name.branch, query.county, query.township].append(i)
    places = _places(placed)
    for rows in groups.values():
        if len(rows) < 2:
            continue
        apart = distances_km([places[i].lon for i in rows], [places[i].lat for i in rows])
        for k, i in enumerate(rows):
            far = int(np.argmax(apart[k]))
            if apart[k, far] * 1000 > table.same_point_m:
                other = placed[rows[far]].query
                params = {"row": other.row, "km": f"{apart[k, far]:.1f}"}
                yield i, Message("geocode.same-name-apart", params)
