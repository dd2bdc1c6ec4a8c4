"""What a person decided in a review file: read back, given to the rows it was meant for, and never lost.

A decision belongs to a row by what the list says of it (name, county, township, address), not by its row number, so
that it holds when rows are added above. Places are kept as degrees of WGS 84: later answers do not change them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd

from ...errors import Findings, InputError, Problem
from ...texts import Message
from ..figures import degrees
from ..settings_parts import Datum
from ..tables import read_table
from ..vocabulary import DATUMS, meanings, plain
from .model import Candidate, Placed, Precision, Query, Trusted
from .names import normal
from .rows import NO_TABLE, STATED
from .unknown_datum import as_wgs84

REVIEW, CANDIDATES, DECIDED, DATUM = "待审 review", "候选 candidates", "已定 decided", "坐标系 datum"
NOWHERE = {plain(word) for word in ("none", "no place", "unlocated", "无", "不定位", "未定位", "无法定位")}
GIVEN = {plain(word) for word in ("place", "here", "坐标", "以坐标为准", "按坐标")}
PERSON = "person"
DECIMALS = 8  # a millimetre, and what a spreadsheet gives back unchanged
NEEDED: Mapping[str, tuple[str, ...]] = {
    REVIEW: ("key", "name", "decision", "lon", "lat", "datum", "note"),
    CANDIDATES: ("key", "number", "lon", "lat", "provider", "precision"),
    DECIDED: ("key", "lon", "lat", "source", "precision", "note"),
    DATUM: ("confirm",),
}
KNOWN_PRECISIONS: tuple[Precision, ...] = ("exact", "street", "township", "county", "city", "unknown")


@dataclass(frozen=True)
class Decided:
    """One decision: a place (degrees of WGS 84), or that the row stays without one (``lon`` and ``lat`` are None)."""

    key: str
    row: Mapping[str, str]
    lon: float | None
    lat: float | None
    provider: str = PERSON
    precision: Precision = "exact"
    note: str = ""


@dataclass(frozen=True)
class Reviewed:
    """All decisions of a review file by key, the datum that was confirmed for coordinates that did not say it, and the
    notes of rows that are not decided yet."""

    decided: Mapping[str, Decided]
    datum: Datum | None = None
    notes: Mapping[str, str] = field(default_factory=dict)


def keys_of(queries: Iterable[Query]) -> list[str]:
    """A key for each row: name, county and township; address; which one of equal rows it is."""
    counted: Counter[str] = Counter()
    keys = []
    for query in queries:
        place = _hash(query.name, query.county, query.township)
        whole = f"{place}-{_hash(query.address)}"
        counted[whole] += 1
        keys.append(f"{whole}-{counted[whole]}")
    return keys


def _hash(*texts: str) -> str:
    return sha256("\x1f".join(normal(text) for text in texts).encode()).hexdigest()[:10]


def read_review(path: Path) -> Reviewed:
    """The decisions of a review file. :class:`~carereach.errors.InputError` lists every one that is not understood."""
    findings = Findings(path)
    sheets = {name: _sheet(path, name) for name in (REVIEW, CANDIDATES, DECIDED, DATUM)}
    decided = {}
    for key, one in _earlier(sheets[DECIDED], findings):
        decided[key] = one
    offered = _offered(sheets[CANDIDATES], findings)
    for key, row, one in _new(sheets[REVIEW], offered, findings):
        if key in decided and (decided[key].lon, decided[key].lat) != (one.lon, one.lat):
            findings.error("geocode.decided-twice", row=row, column="decision", value=one.row["name"])
        decided[key] = one
    datum = _confirmed(sheets[DATUM], findings)
    findings.raise_errors()
    table = sheets[REVIEW]
    notes = {} if table.empty else {str(k): str(n) for k, n in zip(table["key"], table["note"], strict=True) if n}
    return Reviewed(decided, datum, {key: note for key, note in notes.items() if key not in decided})


def joined(reviews: Sequence[tuple[Path, Reviewed]]) -> Reviewed:
    """Several review files as one; where two decide a row differently, that is an error."""
    decided: dict[str, Decided] = {}
    datum: Datum | None = None
    notes: dict[str, str] = {}
    problems = []
    for path, review in reviews:
        for key, one in review.decided.items():
            if key in decided and (decided[key].lon, decided[key].lat) != (one.lon, one.lat):
                problems.append(Problem("geocode.decided-twice", path.name, value=one.row["name"]))
            decided[key] = one
        if datum and review.datum and datum != review.datum:
            problems.append(Problem("geocode.datum-twice", path.name, value=review.datum))
        datum = datum or review.datum
        notes |= review.notes
    if problems:
        raise InputError(problems)
    return Reviewed(decided, datum, notes)


def applied(placed: Sequence[Placed], keys: Sequence[str], review: Reviewed) -> tuple[list[Placed], dict[str, Decided]]:
    """The rows as a person decided them, and all decisions under the keys of today's rows, none left out.

    A decision whose row has another address now is still its, if name, county and township fit one row only.
    """
    decided = dict(review.decided)
    free = [key for key in decided if key not in set(keys)]
    unused = Counter(_place_of(key) for key in free)
    undecided: dict[str, list[str]] = {}
    for key in keys:
        if key not in decided:
            undecided.setdefault(_place_of(key), []).append(key)
    for key in free:
        today = undecided.get(_place_of(key), [])
        if unused[_place_of(key)] == 1 and len(today) == 1:
            decided[today[0]] = replace(decided.pop(key), key=today[0])
    rows = [_settled(row, decided[key]) if key in decided else row for row, key in zip(placed, keys, strict=True)]
    return rows, decided


def _place_of(key: str) -> str:
    return key.split("-")[0]


def _settled(row: Placed, one: Decided) -> Placed:
    if one.lon is None or one.lat is None:
        reason = Message("geocode.person-nowhere")
        return replace(row, chosen=None, decision="reject", reasons=(reason,), decided_by="person")
    reason = Message("geocode.person-placed")
    place = Candidate(one.provider, one.lon, one.lat, "wgs84", name=row.query.name, precision=one.precision)
    chosen = Trusted(place, 1.0, "accept", (reason,))
    return replace(row, chosen=chosen, decision="accept", reasons=(reason,), decided_by="person")


def _sheet(path: Path, name: str) -> pd.DataFrame:
    """A sheet with our column names (the last word of its headings); an empty one where it has no rows."""
    own = Findings(path)
    try:
        table = read_table(path, sheet=name, findings=own)
    except InputError as error:
        if any(problem.level == "error" and problem.code not in NO_TABLE for problem in error.problems):
            raise
        return pd.DataFrame()
    table = table.rename(columns=lambda heading: str(heading).split(" ")[-1])
    gone = [column for column in NEEDED[name] if column not in table.columns]
    if gone:
        raise InputError([Problem("geocode.review-column", path.name, column=c, params={"sheet": name}) for c in gone])
    return table


def _earlier(table: pd.DataFrame, findings: Findings) -> Iterable[tuple[str, Decided]]:
    if table.empty:
        return
    lon, lat = _numbers(table, findings)
    for k, (row, cells) in enumerate(table.iterrows()):
        if np.isfinite(lon[k]) != np.isfinite(lat[k]):
            findings.error("facilities.half-pair", row=int(str(row)), column="lon")
        here = bool(np.isfinite(lon[k]) and np.isfinite(lat[k]))
        precision: Precision = next((p for p in KNOWN_PRECISIONS if p == cells.get("precision")), "exact")
        x, y = (round(float(axis[k]), DECIMALS) if here else None for axis in (lon, lat))
        key, source = str(cells["key"]), str(cells.get("source") or PERSON)
        yield key, Decided(key, _stated(cells), x, y, source, precision, str(cells.get("note", "")))


def _offered(table: pd.DataFrame, findings: Findings) -> dict[tuple[str, str], tuple[float, float, str, Precision]]:
    """The candidates by key and number."""
    offered: dict[tuple[str, str], tuple[float, float, str, Precision]] = {}
    if table.empty:
        return offered
    lon, lat = _numbers(table, findings)
    for k, (_, cells) in enumerate(table.iterrows()):
        precision: Precision = next((p for p in KNOWN_PRECISIONS if p == cells["precision"]), "unknown")
        if np.isfinite(lon[k]) and np.isfinite(lat[k]):
            number = str(cells["key"]), str(cells["number"])
            offered[number] = float(lon[k]), float(lat[k]), str(cells["provider"]), precision
    return offered


def _new(
    table: pd.DataFrame, offered: Mapping[tuple[str, str], tuple[float, float, str, Precision]], findings: Findings
) -> Iterable[tuple[str, int, Decided]]:
    """The decisions of the review sheet, in degrees of WGS 84."""
    if table.empty:
        return
    lon, lat = _numbers(table, findings)
    known = meanings(DATUMS)
    for k, (number, cells) in enumerate(table.iterrows()):
        row, word, key = int(str(number)), plain(str(cells["decision"])), str(cells["key"])
        pair = bool(np.isfinite(lon[k])), bool(np.isfinite(lat[k]))
        if any(pair) and not all(pair):
            findings.error("facilities.half-pair", row=row, column="lon")
        elif all(pair) and (abs(lon[k]) > 180 or abs(lat[k]) > 90):
            findings.error("facilities.out-of-range", row=row, column="lon", value=f"{lon[k]:g}, {lat[k]:g}")
        elif all(pair) and (not word or word in GIVEN):
            said = plain(str(cells["datum"])) or "wgs84"
            if said not in known:
                findings.error("geocode.datum-unknown", row=row, column="datum", value=cells["datum"])
                continue
            x, y = as_wgs84(np.array([lon[k]]), np.array([lat[k]]), STATED[known[said]])
            place = round(float(x[0]), DECIMALS), round(float(y[0]), DECIMALS)
            yield key, row, Decided(key, _stated(cells), *place, note=str(cells["note"]))
        elif word in NOWHERE:
            yield key, row, Decided(key, _stated(cells), None, None, note=str(cells["note"]))
        elif (key, word) in offered and not any(pair):
            x0, y0, provider, precision = offered[key, word]
            yield key, row, Decided(key, _stated(cells), x0, y0, provider, precision, str(cells["note"]))
        elif word or any(pair):
            numbers = ", ".join(n for k0, n in offered if k0 == key) or "—"
            findings.error("geocode.decision", row=row, column="decision", value=cells["decision"], numbers=numbers)


def _numbers(table: pd.DataFrame, findings: Findings) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.array(degrees(table["lon"], findings, "lon"), dtype=np.float64),
        np.array(degrees(table["lat"], findings, "lat"), dtype=np.float64),
    )


def _stated(cells: pd.Series) -> dict[str, str]:
    return {column: str(cells.get(column, "")) for column in ("name", "county", "township", "address")}


def _confirmed(table: pd.DataFrame, findings: Findings) -> Datum | None:
    """The datum that stands in a cell to confirm it; two that differ are an error."""
    confirmed: set[Datum] = set()
    for number, cells in table.iterrows():
        word = plain(str(cells.get("confirm", "")))
        known = meanings(DATUMS).get(word)
        if word and known is None:
            findings.error("geocode.datum-unknown", row=int(str(number)), column="confirm", value=cells["confirm"])
        elif known is not None:
            confirmed.add(STATED[known])
    if len(confirmed) > 1:
        findings.error("geocode.datum-twice", column="confirm")
    return next(iter(confirmed), None)
