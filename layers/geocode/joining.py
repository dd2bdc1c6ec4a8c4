"""A located list stands in for the places of a study's facilities: finer places replace rougher ones, the rest is kept.

The study's lists stay what they are: their facts are kept, the located list fills only their blanks, and what they
claim to hold completely stays their claim. Whatever the two say differently is told, never settled in silence.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from ...errors import Findings
from ...texts import Message
from ..facilities import COLUMNS, GRADES, TOTALS
from ..facility_cells import read_cells
from ..facility_checks import report_duplicates, with_counties, with_ids, with_townships
from ..facility_places import read_places
from ..figures import report
from ..model import Layer
from ..settings_parts import Grade
from ..vocabulary import plain
from .located_list import provider_of, read_located
from .matching import NEW, UNSURE, same_facilities
from .review import both
from .trust import OWN

FOUND_GRADE: Grade = "open data"  # a place that a map service names is published, but nobody surveyed it
FACTS = ("level", "level_class", "run_by", "roles", "beds", "beds_authorised", "ambulances", "status", "parent")
TOLD = ("level", "beds", "ambulances", "status")
NO_KIND = ("facilities.no-kind", "facilities.kind", "facilities.no-name")
FOR_REVIEW = "geocode.outcome-review"
PERSON = "person"
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Joined:
    """The study's facilities with the places of a located list, and what every result must say of these places."""

    layer: Layer
    said: Message


def join_located(layer: Layer, path: Path, counties: gpd.GeoDataFrame, townships: gpd.GeoDataFrame | None) -> Joined:
    """The facilities of ``layer`` with the places of the located list ``path``, and its facilities that are new.

    A row that is a facility of the study (:func:`~.matching.same_facilities`) gives it its place where that is better
    known than the study's: by its ``uncertainty_km``, or where a person decided it. Rows without a trusted place bring
    none. Raises :class:`~carereach.errors.InputError` for a file that is no located list or cannot be read.
    """
    findings = Findings(path)
    listed = _listed(path, layer.frame, counties, townships, findings)
    city = _city(counties)
    same = same_facilities(listed, layer.frame, city=city)
    known, taken = _with_places(layer.frame, listed, same, findings)
    new = _new(listed, same, findings)
    frame = _together(known, new, findings)
    placed = pd.concat([listed.iloc[taken], new[_located(new)]])
    said = _said(path, listed, placed, new)
    foreign = bool(len(placed)) and bool((placed["provider"] != OWN).any())
    grade = max(layer.grade, FOUND_GRADE, key=GRADES.index) if foreign else layer.grade
    source = "; ".join(part for part in (layer.source, both(said)) if part)
    problems = (*layer.problems, *findings.problems)
    return Joined(replace(layer, frame=frame, grade=grade, source=source, problems=problems), said)


def _listed(
    path: Path,
    known: gpd.GeoDataFrame,
    counties: gpd.GeoDataFrame,
    townships: gpd.GeoDataFrame | None,
    findings: Findings,
) -> gpd.GeoDataFrame:
    """The rows of the located list as facilities in the study's CRS; ``kind`` is blank where the list has none."""
    table = read_located(path, findings=findings)
    if table is None:
        findings.error("geocode.not-located")
    findings.raise_errors()
    assert table is not None
    findings.problems = [problem for problem in findings.problems if problem.code != "table.sheet-first"]
    table = table[(table["name"] != "") & ~table["name"].map(plain).isin(TOTALS)]
    quiet = Findings(path)
    cells = read_cells(table, quiet)
    cells[["lon", "lat", "precision", "uncertainty_km"]] = read_places(table, "wgs84", None, quiet)
    findings.problems += [problem for problem in quiet.problems if problem.code not in NO_KIND]
    findings.raise_errors()
    x, y = Transformer.from_crs(4326, known.crs, always_xy=True).transform(cells["lon"], cells["lat"])
    points = np.full(len(cells), None, dtype=object)
    here = np.isfinite(x) & np.isfinite(y)
    points[here] = shapely.points(np.asarray(x)[here], np.asarray(y)[here])
    frame = gpd.GeoDataFrame(cells.assign(list=0, row=cells.index), geometry=points, crs=known.crs)
    frame = frame.reset_index(drop=True)
    frame["county"] = with_counties(frame, counties, [findings])
    if townships is not None:
        frame["township"] = with_townships(frame, townships, [findings])
    frame["provider"] = frame["source"].map(provider_of).replace("", OWN)
    return frame


def _with_places(
    known: gpd.GeoDataFrame, listed: gpd.GeoDataFrame, same: NDArray[np.int64], findings: Findings
) -> tuple[gpd.GeoDataFrame, NDArray[np.int64]]:
    """The study's facilities with the better of both places and their blanks filled; the rows that gave a place."""
    rows = np.flatnonzero(same >= 0)
    theirs = same[rows]
    frame = known.reset_index(drop=True).copy()
    before, after = frame.iloc[theirs], listed.iloc[rows]
    better = _better(before, after)
    _report_apart(before, after, better, findings)
    _report_facts(before, after, findings)
    points = frame.geometry.to_numpy().copy()
    points[theirs[better]] = after.geometry.to_numpy()[better]
    for column in ("precision", "uncertainty_km", "source"):
        values = frame[column].to_numpy(object).copy()
        values[theirs[better]] = after[column].to_numpy(object)[better]
        frame[column] = pd.Series(values, index=frame.index).astype(known[column].dtype)
    for column in (*FACTS, "county", "township"):
        frame[column] = _filled(frame[column], theirs, after[column])
    return frame.set_geometry(points, crs=known.crs), rows[better]


def _filled(column: pd.Series, positions: NDArray[np.int64], given: pd.Series) -> pd.Series:
    """The column with its blanks at ``positions`` taken from ``given``."""
    blank = _blank(column.iloc[positions]) & ~_blank(given)
    values = column.to_numpy(object).copy()
    values[positions[blank]] = given.to_numpy(object)[blank]
    return pd.Series(values, index=column.index).astype(column.dtype)


def _blank(values: pd.Series) -> Mask:
    return np.asarray(values.isna() | (values.astype(object) == ""), dtype=np.bool_)


def _located(frame: gpd.GeoDataFrame) -> Mask:
    return ~np.asarray(shapely.is_missing(frame.geometry.to_numpy()), dtype=np.bool_)


def _better(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> Mask:
    """Whether the list's place is known better than the study's, or as well and by a person's decision."""
    old, new = (frame["uncertainty_km"].to_numpy(dtype=float) for frame in (before, after))
    decided = (after["decided_by"] == PERSON).to_numpy()
    with np.errstate(invalid="ignore"):
        finer = ~_located(before) | (new < old) | (decided & (new <= old))
    return np.asarray(_located(after) & finer, dtype=np.bool_)


def _report_apart(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, better: Mask, findings: Findings) -> None:
    """Warns of places that are farther apart than both may be off, whichever of the two is used."""
    km = shapely.distance(before.geometry.to_numpy(), after.geometry.to_numpy()) / 1000
    off = before["uncertainty_km"].to_numpy(dtype=float) + after["uncertainty_km"].to_numpy(dtype=float)
    with np.errstate(invalid="ignore"):
        far = km > off
    for code, mask in (("geocode.joined-moved", far & better), ("geocode.joined-apart", far & ~better)):
        part = after[mask]
        values: list[tuple[int, object]] = list(zip(part["row"].astype(int), part["name"], strict=True))
        report(findings, code, values, level="warning", each=[{"km": f"{each:.1f}"} for each in km[mask]])


def _report_facts(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, findings: Findings) -> None:
    """Warns of facts that both state differently: the study's stay."""
    for column in TOLD:
        ours, theirs = before[column].to_numpy(object), after[column].to_numpy(object)
        differs = ~_blank(before[column]) & ~_blank(after[column]) & (ours != theirs)
        part = after[differs]
        values: list[tuple[int, object]] = list(zip(part["row"].astype(int), part["name"], strict=True))
        each = [{"ours": _plain(a), "theirs": _plain(b)} for a, b in zip(ours[differs], theirs[differs], strict=True)]
        report(findings, "geocode.joined-differs", values, column=column, level="warning", each=each)


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _new(listed: gpd.GeoDataFrame, same: NDArray[np.int64], findings: Findings) -> gpd.GeoDataFrame:
    """Facilities that the study does not have; those of which nobody can say whether or what they are are left out."""
    kindless = (same == NEW) & (listed["kind"] == "").to_numpy()
    for code, mask in (("geocode.joined-unsure", same == UNSURE), ("geocode.joined-kindless", kindless)):
        part = listed[mask]
        values: list[tuple[int, object]] = list(zip(part["row"].astype(int), part["name"], strict=True))
        report(findings, code, values, level="warning")
    return listed[(same == NEW) & ~kindless]


def _together(known: gpd.GeoDataFrame, new: gpd.GeoDataFrame, findings: Findings) -> gpd.GeoDataFrame:
    """The study's facilities and the new ones, with ids for these; new ones that look like old ones are told."""
    columns = [*COLUMNS, "geometry"]
    if new.empty:
        return known[columns]
    own = new["id"].where(~new["id"].isin(known["id"]) & ~new["id"].duplicated(), "")
    old = known[columns].assign(list=0, row=np.arange(len(known)) + 2)
    added = new.assign(id=own, list=1)[[*columns, "list", "row"]]
    frame = gpd.GeoDataFrame(pd.concat([old, added], ignore_index=True), crs=known.crs)
    aside, found = Findings(findings.file), Findings(findings.file)
    frame["id"] = with_ids(frame, [aside, aside])
    report_duplicates(frame[_located(frame)], [aside, found])
    findings.problems += [replace(p, code="geocode.joined-alike") for p in found.problems if "other" in p.params]
    return frame[columns]


def _said(path: Path, listed: gpd.GeoDataFrame, placed: pd.DataFrame, new: gpd.GeoDataFrame) -> Message:
    """How many places were taken from the list, who gave them, until when, how many are new and how many open."""
    counted = Counter(placed["provider"])
    who = ", ".join(f"{provider} {count}" for provider, count in sorted(counted.items()))
    days = [day for day in placed["answers_until"] if day]
    params = {
        "file": path.name,
        "placed": len(placed),
        "who": who or "—",
        "until": max(days, default="—"),
        "new": len(new),
        "review": int((listed["outcome"] == both(Message(FOR_REVIEW))).sum()),
        "unplaced": int((~_located(listed)).sum()),
    }
    return Message("geocode.joined", params)


def _city(counties: gpd.GeoDataFrame) -> str:
    cities = sorted({str(city) for city in counties["city"] if city})
    return cities[0] if len(cities) == 1 else ""
