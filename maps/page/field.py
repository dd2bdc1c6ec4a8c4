"""What a click on the page's map reads: the minutes of the field's cells and of the places where people live.

A click reads whichever is nearest to it of the centres of the field's cells and the places with residents: both are
points that the assessment has computed a time for, so the page shows its numbers and none of its own. Minutes are
rounded up to hundredths, so that whoever is within a limit of whole minutes stays within it.
"""

from __future__ import annotations

import base64
import zlib
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from ...coverage.results import ZONES, Assessment, Field
from ..words import plain
from .topics import by_rule

Json = dict[str, Any]
Floats = NDArray[np.float64]
PER_MINUTE = 100
UNREACHABLE, OUTSIDE, LONGEST = 65_535, 65_534, 65_533  # the last: 655 minutes and more
STEPS = 65_535
DEGREE, LATTICE = 5, 24
MOST_POINTS = 40_000
NEAREST_KINDS = ("hospital", "primary")
AT_WORK = ("open", "")


def reading(assessment: Assessment) -> Json | None:
    """The field, the places with residents, the stations and other facilities as a click reads them; None without a
    field. Places are in cells of the field: columns from its west edge, rows from its north edge."""
    field = assessment.field
    if field.minutes.size == 0 or np.isnan(field.minutes).all():
        return None
    rows, cols = field.minutes.shape
    return {
        "rows": rows,
        "cols": cols,
        "cell_km": field.cell_m / 1000.0,
        "fit": fit(field),
        "minutes": packed(hundredths(field.minutes)),
        "points": _points(assessment),
        "stations": _stations(assessment),
        "nearest": _nearest(assessment),
        "goals": goals(assessment),
    }


def hundredths(minutes: NDArray[np.floating]) -> NDArray[np.uint16]:
    """Minutes in hundredths, rounded up; inf is UNREACHABLE, NaN is OUTSIDE."""
    known = np.isfinite(minutes)
    scaled = np.ceil(np.round(np.where(known, minutes, 0.0).astype(np.float64) * PER_MINUTE, 3))
    out = np.minimum(scaled, LONGEST).astype(np.uint16)
    out[np.isinf(minutes)] = UNREACHABLE
    out[np.isnan(minutes)] = OUTSIDE
    return out


def packed(values: NDArray[Any]) -> str:
    """Numbers as the browser unpacks them: little-endian, deflated (zlib), base 64."""
    little = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"))
    return base64.b64encode(zlib.compress(little.tobytes(), 9)).decode("ascii")


def fit(field: Field) -> Json:
    """Column and row of the field as polynomials of longitude and latitude, fitted over the field.

    ``lon`` and ``lat`` are the middle and the half width that bring either to -1 ... 1; the coefficients stand in
    the order of :func:`powers`. Within one map projection a polynomial of degree five is exact to well under a
    hundredth of a cell; the tests hold it to that.
    """
    rows, cols = field.minutes.shape
    col, row = (each.ravel() for each in np.meshgrid(np.linspace(0, cols, LATTICE), np.linspace(0, rows, LATTICE)))
    back = Transformer.from_crs(field.crs, CRS.from_epsg(4326), always_xy=True)
    lon, lat = back.transform(field.west + col * field.cell_m, field.north - row * field.cell_m)
    scales = [_middle_and_half(each) for each in (lon, lat)]
    x, y = ((each - middle) / half for each, (middle, half) in zip((lon, lat), scales, strict=True))
    terms = np.column_stack([x**i * y**j for i, j in powers()])
    found = np.linalg.lstsq(terms, np.column_stack([col, row]), rcond=None)[0]
    return {"lon": scales[0], "lat": scales[1], "col": found[:, 0].tolist(), "row": found[:, 1].tolist()}


def powers() -> list[tuple[int, int]]:
    """The powers of longitude and latitude of each term."""
    return [(i, j) for j in range(DEGREE + 1) for i in range(DEGREE + 1 - j)]


def _middle_and_half(values: Floats) -> list[float]:
    low, high = float(values.min()), float(values.max())
    return [(low + high) / 2, (high - low) / 2]


def _in_cells(points: gpd.GeoSeries, field: Field) -> tuple[Floats, Floats]:
    """Column and row of points."""
    here = points.to_crs(field.crs)
    x, y = here.x.to_numpy(dtype=float), here.y.to_numpy(dtype=float)
    return (x - field.west) / field.cell_m, (field.north - y) / field.cell_m


def _points(assessment: Assessment) -> Json:
    """The places with residents inside the counties, the most populous :data:`MOST_POINTS` of them."""
    frame = assessment.demand
    frame = frame[(frame["residents"] > 0) & (frame["county"] != "")]
    frame = frame.nlargest(MOST_POINTS, "residents").sort_index() if len(frame) > MOST_POINTS else frame
    col, row = _in_cells(frame.geometry, assessment.field)
    box = [float(col.min()), float(row.min()), float(col.max()), float(row.max())] if len(frame) else [0.0] * 4
    names = {plain(name): place for place, name in enumerate(sorted(set(frame["township"].map(plain))))}
    stations = {str(name): place for place, name in enumerate(assessment.stations["id"])}
    minutes = [hundredths(frame[f"response_{speed}min"].to_numpy(dtype=float)) for speed in ("", "low_", "high_")]
    return {
        "count": len(frame),
        "box": box,
        "col": packed(_scaled(col, box[0], box[2])),
        "row": packed(_scaled(row, box[1], box[3])),
        **{name: packed(each) for name, each in zip(("minutes", "low", "high"), minutes, strict=True)},
        "station": packed(_numbers(frame["station"].map(lambda name: stations.get(str(name), STEPS)))),
        "zone": packed(_numbers(frame["zone"].map(lambda zone: ZONES.index(zone) if zone in ZONES else STEPS))),
        "township": packed(_numbers(frame["township"].map(lambda name: names[plain(name)]))),
        "townships": list(names),
    }


def _scaled(values: Floats, low: float, high: float) -> NDArray[np.uint16]:
    return np.round((values - low) / max(high - low, 1e-9) * STEPS).astype(np.uint16)


def _numbers(values: Any) -> NDArray[np.uint16]:  # noqa: ANN401 a pandas series, of any type where it is empty
    return np.asarray(values, dtype=np.uint16)


def _stations(assessment: Assessment) -> list[list[Any]]:
    """Name, column and row (None without a place) of each station, in the order that the points number them."""
    frame = assessment.stations
    if not len(frame):
        return []
    places = np.round(np.column_stack(_in_cells(frame.geometry, assessment.field)), 4)
    known = np.isfinite(places[:, 0])
    return [
        [plain(name), *(at.tolist() if placed else (None, None))]
        for name, at, placed in zip(frame["name"], places, known, strict=True)
    ]


def _nearest(assessment: Assessment) -> dict[str, list[list[Any]]]:
    """Of hospitals and of primary care that is or may be open: name, column, row, and how many km it may be off."""
    frame = assessment.facilities.frame
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty) & frame["status"].isin(AT_WORK)]
    return {kind: _named(frame[frame["kind"].str.startswith(kind + ".")], assessment.field) for kind in NEAREST_KINDS}


def _named(frame: gpd.GeoDataFrame, field: Field) -> list[list[Any]]:
    if frame.empty:
        return []
    col, row = (np.round(each, 4).tolist() for each in _in_cells(frame.geometry, field))
    vague = ~frame["precision"].isin(("exact", "street")) & (frame["uncertainty_km"] > 0)
    off = np.where(vague, frame["uncertainty_km"], 0.0).round(2).tolist()
    return [[plain(name), c, r, km] for name, c, r, km in zip(frame["name"], col, row, off, strict=True)]


def goals(assessment: Assessment) -> list[Json]:
    """The goals in minutes that hold at a place: the rule and verdict (positions in the page's rules), the limit, and
    the county (a position) or zone that it is for; neither where it is for the whole study."""
    counties = [str(name) for name in assessment.counties.frame["county"]]
    found = []
    for place, verdicts in enumerate(by_rule(assessment).values()):
        for nth, verdict in enumerate(verdicts):
            if verdict.quantity != "min" or verdict.target_value is None or not verdict.target.startswith("<"):
                continue
            strict = not verdict.target.startswith("<=")
            goal: Json = {"rule": place, "verdict": nth, "limit": verdict.target_value, "strict": strict}
            if verdict.unit in ZONES:
                goal["zone"] = ZONES.index(verdict.unit)
            elif verdict.unit in counties:
                goal["county"] = counties.index(verdict.unit)
            found.append(goal)
    return found
