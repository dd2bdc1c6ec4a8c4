"""Where facilities stand: coordinates of a list as WGS 84, how precisely they are known, and what contradicts."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import Findings
from .datum import bd09_to_wgs84, gcj02_to_wgs84
from .facility_cells import translated
from .figures import degrees, number, places_of, report
from .settings_parts import Datum
from .vocabulary import DATUMS, PRECISIONS, meanings, nearest, plain

# Kilometres by which a place may be off where the list does not say: our assumptions, not citations. "exact" is a
# building on its grounds, "street" half a kilometre of road; a seat stands for its town, a county for its outline.
UNCERTAINTY_KM: Mapping[str, float] = {"exact": 0.1, "street": 0.5, "township": 5.0, "seat": 3.0, "county": 20.0}
EXACT_DECIMALS = 4
AROUND_STUDY_DEGREES = 1.0

Mask = NDArray[np.bool_]
Bounds = tuple[float, float, float, float]


def bounds_wgs84(counties: gpd.GeoDataFrame) -> Bounds:
    """West, south, east and north of the counties, in degrees."""
    west, south, east, north = (float(v) for v in counties.to_crs(4326).total_bounds)
    return west, south, east, north


def read_places(frame: pd.DataFrame, datum: Datum, bounds: Bounds | None, findings: Findings) -> pd.DataFrame:
    """Columns lon, lat (WGS 84, NaN where unlocated), precision, uncertainty_km.

    ``frame`` has texts in lon, lat, datum, precision and uncertainty_km; ``bounds`` are the study's in degrees (west,
    south, east, north), to tell swapped coordinates; None where they are not known. Precision is what the list says;
    else ``exact`` for coordinates with at least four decimals (11 m) or with seconds, ``street`` for coarser ones,
    ``unlocated`` without any.
    """
    lon = np.array(degrees(frame["lon"], findings, "lon"), dtype=np.float64)
    lat = np.array(degrees(frame["lat"], findings, "lat"), dtype=np.float64)
    wrong = _check_pairs(frame, lon, lat, bounds, findings)
    zero = (lon == 0) & (lat == 0)
    report(findings, "facilities.zero", [(int(r), "0, 0") for r in frame.index[zero]], level="warning")
    stated = translated(frame["precision"], PRECISIONS, "facilities.precision", findings).to_numpy(str)
    placed = np.isfinite(lon) & np.isfinite(lat) & ~zero & ~wrong
    _report_contradictions(frame, stated, placed, findings)
    placed &= stated != "unlocated"
    lon[~placed] = lat[~placed] = np.nan
    datums = _datums(frame["datum"], datum, findings)
    before = lon.copy(), lat.copy()
    for name, convert in (("gcj02", gcj02_to_wgs84), ("bd09", bd09_to_wgs84)):
        rows = placed & (datums == name)
        lon[rows], lat[rows] = convert(lon[rows], lat[rows])
    unmoved = placed & np.isin(datums, ("gcj02", "bd09")) & (lon == before[0]) & (lat == before[1])
    stood = list(zip(frame.index[unmoved].tolist(), datums[unmoved].tolist(), strict=True))
    report(findings, "facilities.outside-china", stood, column="datum", level="warning")
    fine = _decimals(frame["lon"], frame["lat"]) >= EXACT_DECIMALS
    given = (stated != "") & (stated != "unlocated")
    precision = np.where(placed, np.where(given, stated, np.where(fine, "exact", "street")), "unlocated")
    uncertainty = _uncertainty(frame["uncertainty_km"], precision, findings)
    places = {"lon": lon, "lat": lat, "precision": precision, "uncertainty_km": uncertainty}
    return pd.DataFrame(places, index=frame.index)


def _check_pairs(
    frame: pd.DataFrame,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    bounds: Bounds | None,
    findings: Findings,
) -> Mask:
    """Half pairs, impossible degrees, and pairs that fit the study only when swapped: errors, not guesses.

    Returns which rows are impossible or swapped.
    """
    rows = frame.index.to_numpy()
    half = (frame["lon"] == "").to_numpy() != (frame["lat"] == "").to_numpy()
    report(findings, "facilities.half-pair", [(int(row), None) for row in rows[half]])
    with np.errstate(invalid="ignore"):
        impossible = (np.abs(lon) > 180) | (np.abs(lat) > 90)
        possible_swapped = (np.abs(lat) <= 180) & (np.abs(lon) <= 90)
    swapped = impossible & possible_swapped
    if bounds is not None:
        swapped |= ~_within(lon, lat, bounds) & _within(lat, lon, bounds)
    pairs = [f"{x:g}, {y:g}" for x, y in zip(lon, lat, strict=True)]

    def places(mask: Mask) -> list[tuple[int, object]]:
        return [(int(rows[i]), pairs[i]) for i in np.flatnonzero(mask)]

    report(findings, "facilities.swapped", places(swapped))
    report(findings, "facilities.out-of-range", places(impossible & ~swapped))
    return np.asarray(impossible | swapped)


def _within(lon: NDArray[np.float64], lat: NDArray[np.float64], bounds: Bounds) -> Mask:
    west, south, east, north = bounds
    with np.errstate(invalid="ignore"):
        inside = (lon >= west - AROUND_STUDY_DEGREES) & (lon <= east + AROUND_STUDY_DEGREES)
        inside &= (lat >= south - AROUND_STUDY_DEGREES) & (lat <= north + AROUND_STUDY_DEGREES)
    return np.asarray(inside)


def _report_contradictions(frame: pd.DataFrame, stated: NDArray[np.str_], placed: Mask, findings: Findings) -> None:
    words = frame["precision"]
    unplaced = ~placed & (stated != "") & (stated != "unlocated") & ((frame["lon"] == "") & (frame["lat"] == ""))
    report(findings, "facilities.precision-without-place", places_of(words[unplaced]), level="warning")
    report(findings, "facilities.place-unlocated", places_of(words[placed & (stated == "unlocated")]), level="warning")


def _datums(words: pd.Series, default: Datum, findings: Findings) -> NDArray[np.str_]:
    found = words.map(plain).map(meanings(DATUMS))
    unknown = words[found.isna() & (words != "")]
    known = [word for ours, theirs in DATUMS.items() for word in (ours, *theirs)]
    hints = [{"nearest": nearest(word, known)} for word in unknown]
    report(findings, "facilities.datum", places_of(unknown), column="datum", each=hints)
    national = int((found == "cgcs2000").sum())
    if national:
        findings.warn("facilities.cgcs2000", column="datum", count=national)
    return found.fillna(default).astype(str).to_numpy(str)


def _decimals(lon: pd.Series, lat: pd.Series) -> NDArray[np.int64]:
    """Decimal places of the finer of both texts; degrees with seconds count as four (30 m), with minutes as two."""
    finest = np.zeros(len(lon), dtype=np.int64)
    for texts in (lon, lat):
        plain_digits = texts.str.extract(r"[.．]([0-9]+)\s*$")[0].fillna("").str.len().to_numpy(np.int64)
        seconds = texts.str.contains("[\"″”秒]|''", regex=True).to_numpy(bool)
        minutes = texts.str.contains("['′’分]", regex=True).to_numpy(bool)
        finest = np.maximum(finest, np.where(seconds, 4, np.where(minutes, 2, plain_digits)))
    return finest


def _uncertainty(texts: pd.Series, precision: NDArray[np.str_], findings: Findings) -> NDArray[np.float64]:
    given = number(texts, findings, "uncertainty_km")
    report(findings, "facilities.negative", places_of(texts[given < 0]), column="uncertainty_km")
    assumed = pd.Series(precision).map(UNCERTAINTY_KM).to_numpy(np.float64)
    located = precision != "unlocated"
    count = int((given.isna().to_numpy() & located).sum())
    if count:
        values = ", ".join(f"{name} {km:g}" for name, km in UNCERTAINTY_KM.items() if name in precision)
        findings.warn("facilities.uncertainty", column="uncertainty_km", count=count, values=values)
    return np.where(located, np.where(given.isna(), assumed, given), np.nan)
