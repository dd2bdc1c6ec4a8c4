"""Facilities against the study's counties and townships, and against each other: ids and duplicates."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from ..errors import Findings
from .boundaries import locate, nearest_names
from .figures import report
from .vocabulary import plain, without_brackets

SAME_PLACE_M = 30.0
NEAR_M = 200.0
ALIKE = 0.85
# Outlines of counties are generalised: a place this near its county is not called outside.
BORDER_TOLERANCE_KM = 0.3
MOST_PAIRS = 1000
PAIRS_AT_ONCE = 500
PLACED_FINELY = ("exact", "street")
COUNTY_ENDINGS = ("自治县", "县级市", "新区", "区", "县", "市")


def with_counties(frame: gpd.GeoDataFrame, counties: gpd.GeoDataFrame, findings: Sequence[Findings]) -> pd.Series:
    """Each facility's county: the stated one if the study has it, else the one it stands in, else "".

    ``frame`` has ``list`` (index in ``findings``) and ``row``. Warned of: names that the study does not have, places
    outside their stated county, places outside every county.
    """
    points = frame.geometry.to_numpy()
    located = ~shapely.is_missing(points)
    standing = pd.Series("", index=frame.index)
    standing[located] = locate(points[located], counties)
    stated = frame["county"].map(_county_names(counties)).fillna("").astype(str)
    unknown = (stated == "") & (frame["county"] != "")
    names = counties["county"].astype(str).tolist()
    for found, part in per_list(frame[unknown], findings):
        hints = [{"nearest": nearest_names(name, names)} for name in part["county"]]
        report(found, "facilities.county", _values(part, "county"), column="county", level="warning", each=hints)
    outside = located & ((stated == "") & (standing == "")).to_numpy()
    for found, part in per_list(frame[outside], findings):
        report(found, "facilities.outside-all", _values(part, "name"), level="warning")
    _report_outside_stated(frame, stated, standing, counties, findings)
    result: pd.Series = stated.where(stated != "", standing)
    return result


def _report_outside_stated(
    frame: gpd.GeoDataFrame,
    stated: pd.Series,
    standing: pd.Series,
    counties: gpd.GeoDataFrame,
    findings: Sequence[Findings],
) -> None:
    points = frame.geometry.to_numpy()
    candidates = np.flatnonzero((stated != "") & (stated != standing) & ~shapely.is_missing(points))
    outlines = counties.geometry.to_numpy()[
        pd.Index(counties["county"].astype(str)).get_indexer(stated.iloc[candidates])
    ]
    away_km = shapely.distance(points[candidates], outlines) / 1000
    far = away_km > BORDER_TOLERANCE_KM + frame["uncertainty_km"].to_numpy()[candidates]
    chosen = frame.iloc[candidates[far]].assign(
        away_km=away_km[far], stated=stated.iloc[candidates[far]], standing=standing.iloc[candidates[far]]
    )
    for found, part in per_list(chosen, findings):
        hints: list[Mapping[str, object]] = [
            {"county": county, "km": f"{km:.1f}", "standing": there or "—"}
            for county, km, there in zip(part["stated"], part["away_km"], part["standing"], strict=True)
        ]
        report(found, "facilities.outside-county", _values(part, "name"), level="warning", each=hints)


def _county_names(counties: gpd.GeoDataFrame) -> dict[str, str]:
    """Full names, codes and, where no two counties share one, short names (玉州 for 玉州区) -> full name."""
    names = counties["county"].astype(str).tolist()
    shorts = [_short(name) for name in names]
    known = {s: name for s, name in zip(shorts, names, strict=True) if s and shorts.count(s) == 1}
    known |= {code: name for code, name in zip(counties["code"].astype(str), names, strict=True) if code}
    return known | {name: name for name in names}


def _short(name: str) -> str:
    ending = next((e for e in COUNTY_ENDINGS if name.endswith(e)), "")
    short = name.removesuffix(ending)
    return short if len(short) > 1 else ""


def with_townships(frame: gpd.GeoDataFrame, townships: gpd.GeoDataFrame, findings: Sequence[Findings]) -> pd.Series:
    """Each facility's township: as stated (a warning if the county's list lacks it), else the one it stands in."""
    listed = {county: set(part) for county, part in townships.groupby("county")["township"]}
    pairs = zip(frame["county"], frame["township"], strict=True)
    missing = np.array([bool(t) and c in listed and t not in listed[c] for c, t in pairs], dtype=bool)
    for found, part in per_list(frame[missing], findings):
        hints: list[Mapping[str, object]] = [
            {"county": county, "nearest": nearest_names(name, listed[county])}
            for county, name in zip(part["county"], part["township"], strict=True)
        ]
        report(found, "facilities.township", _values(part, "township"), column="township", level="warning", each=hints)
    points = frame.geometry.to_numpy()
    blank = ((frame["township"] == "") & frame["precision"].isin(PLACED_FINELY)).to_numpy() & ~shapely.is_missing(
        points
    )
    result: pd.Series = frame["township"].copy()
    result[blank] = locate(points[blank], townships, "township")
    return result


def with_ids(frame: pd.DataFrame, findings: Sequence[Findings]) -> pd.Series:
    """Given ids (a repeated one is an error), else ``name@county``, with ``#2``, ``#3`` ... where that is taken.

    Without a county it is the name alone.
    """
    given = frame["id"]
    repeated = (given != "") & given.duplicated(keep="first")
    for found, part in per_list(frame[repeated], findings):
        first = [frame[given == value].iloc[0] for value in part["id"][:21]]
        hints = [{"other": f"{findings[int(f['list'])].file}: {int(f['row'])}"} for f in first]
        hints += [{"other": ""}] * (len(part) - len(hints))
        report(found, "facilities.id-twice", _values(part, "id"), column="id", each=hints)
    made = (frame["name"] + "@" + frame["county"]).str.removesuffix("@").where(given == "", given)
    taken = set(given[given != ""])
    ids, counted = [], dict.fromkeys(taken, 1)
    for one, is_given in zip(made, given != "", strict=True):  # each id depends on those before it
        if is_given:
            ids.append(one)
            continue
        counted[one] = counted.get(one, 0) + 1
        name = one if counted[one] == 1 else f"{one}#{counted[one]}"
        while name in taken:
            counted[one] += 1
            name = f"{one}#{counted[one]}"
        taken.add(name)
        ids.append(name)
    return pd.Series(ids, index=frame.index, dtype=object).astype(str)


def report_duplicates(frame: gpd.GeoDataFrame, findings: Sequence[Findings]) -> None:
    """Warns of facilities that are probably listed twice.

    Of one kind and within 30 m (both placed at least to the street), or of one kind, alike in name and within 200 m;
    or without a place, and of one kind, county and name.
    """
    pairs = [*_near_pairs(frame), *_unlocated_pairs(frame)]
    pairs.sort(key=lambda pair: (pair[1], pair[0]))
    if not pairs:
        return
    later = frame.loc[[second for _, second, _ in pairs]].assign(
        first=[first for first, _, _ in pairs], metres=[metres for _, _, metres in pairs]
    )
    for found, part in per_list(later, findings):
        others = frame.loc[part["first"]]
        hints: list[Mapping[str, object]] = [
            {"other": name, "file": findings[int(n)].file, "other_row": int(row), "metres": f"{metres:.0f}"}
            for name, n, row, metres in zip(others["name"], others["list"], others["row"], part["metres"], strict=True)
        ]
        report(found, "facilities.duplicate", _values(part, "name"), level="warning", each=hints)


def _near_pairs(frame: gpd.GeoDataFrame) -> Iterator[tuple[int, int, float]]:
    located = frame[~shapely.is_missing(frame.geometry.to_numpy())]
    fine = located["precision"].isin(PLACED_FINELY)
    for _, part in located.groupby("kind", sort=False):
        if len(part) > 1:
            yield from _near_pairs_of_kind(part, fine[part.index].to_numpy(bool))


def _near_pairs_of_kind(part: gpd.GeoDataFrame, fine: NDArray[np.bool_]) -> Iterator[tuple[int, int, float]]:
    points, labels = part.geometry.to_numpy(), part.index.to_numpy()
    names = part["name"].map(_comparable).tolist()
    tree = shapely.STRtree(points)
    count = 0
    for start in range(0, len(points), PAIRS_AT_ONCE):
        ask, found = tree.query(points[start : start + PAIRS_AT_ONCE], predicate="dwithin", distance=NEAR_M)
        ask = ask + start
        first, second = ask[ask < found], found[ask < found]
        metres = shapely.distance(points[first], points[second])
        same_place = (metres <= SAME_PLACE_M) & fine[first] & fine[second]
        for i, j, apart, same in zip(first, second, metres, same_place, strict=True):
            if same or _alike(names[i], names[j]):
                yield int(labels[i]), int(labels[j]), float(apart)
                count += 1
                if count >= MOST_PAIRS:
                    return


def _unlocated_pairs(frame: gpd.GeoDataFrame) -> Iterator[tuple[int, int, float]]:
    missing = pd.Series(shapely.is_missing(frame.geometry.to_numpy()), index=frame.index)
    key = frame["kind"] + "\n" + frame["county"] + "\n" + frame["name"].map(_comparable)
    for _, group in frame[key.duplicated(keep=False)].groupby(key, sort=False):
        without = missing[group.index]
        if without.any():
            first = group.index[0]
            yield from (
                (int(first), int(other), np.nan) for other in group.index[1:] if without[other] or without[first]
            )


def _comparable(name: str) -> str:
    return plain(without_brackets(name)) or plain(name)


def _alike(one: str, other: str) -> bool:
    """Alike in nine of ten characters, but for numbers: 第一 and 第二, 3号 and 5号 are different places."""
    if one == other:
        return True
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE or matcher.ratio() < ALIKE:
        return False
    changed = "".join(one[a:b] + other[c:d] for what, a, b, c, d in matcher.get_opcodes() if what != "equal")
    return not any(c.isnumeric() for c in changed)


def per_list(frame: pd.DataFrame, findings: Sequence[Findings]) -> Iterator[tuple[Findings, pd.DataFrame]]:
    """The rows of each list with the findings they belong to."""
    for number, part in frame.groupby("list", sort=True):
        yield findings[int(str(number))], part


def _values(part: pd.DataFrame, column: str) -> list[tuple[int, object]]:
    return [(int(row), value) for row, value in zip(part["row"], part[column], strict=True)]
