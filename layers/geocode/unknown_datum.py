"""In which datum a column of coordinates is, where the list does not say: weighed, proposed, never applied by itself.

Each of WGS 84, GCJ-02 and BD-09 is tried on all rows and judged by what must then fit: known facilities of the same
name, roads (facilities stand beside them), and the counties that the rows state. The datums' probabilities follow from
Bayes' rule with equal priors. The spreads below are our assumptions, not citations; a wrong datum puts a place some
500 m off (GCJ-02 for WGS 84), 1 km (BD-09 for WGS 84).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from scipy.special import ndtr

from ...texts import Message
from ..datum import Result, bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from ..settings_parts import Datum
from .trust import EARTH_KM

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]

DATUMS: tuple[Datum, ...] = ("wgs84", "gcj02", "bd09")
LABELS: Mapping[Datum, str] = {"wgs84": "WGS-84", "gcj02": "GCJ-02", "bd09": "BD-09"}
SAME_HERE_M = 1.0
ANCHOR_SPREAD_M, ANCHOR_MISS, ANCHOR_DISC_M = 150.0, 0.1, 5000.0
ROAD_NEAR_M, ROAD_FAR_M, ROAD_FAR, ROAD_WEIGHT = 60.0, 1000.0, 0.3, 0.5
ROAD_NONE = 1e-5  # a density per metre: beyond some 3 km no road says anything
WRONG_COUNTY = 0.03
MOST_ROWS = 2000
FEW_ROWS = 5
ODD = 3.0  # a row says another datum where that is e^3 = 20 times as likely for it


@dataclass(frozen=True)
class Witnesses:
    """What is known of the rows, in their order: places of the same facility (degrees of WGS 84, NaN where unknown),
    and the county each states ("" if none); ``roads`` (lines) and ``counties`` in metric CRSs, None if unknown."""

    lon: Floats
    lat: Floats
    county: NDArray[np.str_]
    counties: gpd.GeoDataFrame | None = None
    roads: NDArray[np.object_] | None = None
    roads_crs: CRS | None = None


@dataclass(frozen=True)
class DatumProposal:
    """What the column probably is: ``datum`` is None where the evidence does not reach the confidence asked for.

    ``shares``: the datums' probabilities. ``confidence``: that of
    the likeliest. ``witnesses``: how many rows had a known facility, a stated county, a road
    layer. ``median_m``: how far the known facilities are under each datum. ``odd_rows``: positions of rows that say
    another datum by themselves (a mixed column). ``immaterial``: the datums do not differ at these places.
    """

    datum: Datum | None
    confidence: float
    shares: Mapping[Datum, float]
    witnesses: Mapping[str, int]
    median_m: Mapping[Datum, float] = field(default_factory=dict)
    odd_rows: tuple[int, ...] = ()
    immaterial: bool = False

    @property
    def reason(self) -> Message:
        """The proposal in words."""
        counts = {name: self.witnesses.get(name, 0) for name in ("known", "county", "roads")}
        if self.immaterial:
            return Message("geocode.datum-same-here")
        if not any(counts.values()):
            return Message("geocode.datum-no-evidence")
        likely = max(DATUMS, key=lambda name: self.shares[name])
        said = {"datum": LABELS[likely], "percent": f"{100 * self.confidence:.0f}", **counts}
        return Message("geocode.datum-likely" if self.datum else "geocode.datum-unclear", said)


def as_wgs84(lon: Floats, lat: Floats, datum: Datum) -> Pair:
    """Degrees of ``datum`` as degrees of WGS 84."""
    return _converted(lon, lat, {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}.get(datum))


def from_wgs84(lon: Floats, lat: Floats, datum: Datum) -> Pair:
    """Degrees of WGS 84 as degrees of ``datum``."""
    return _converted(lon, lat, {"gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}.get(datum))


def _converted(lon: Floats, lat: Floats, convert: Callable[[Floats, Floats], Result] | None) -> Pair:
    x, y = convert(lon, lat) if convert else (lon, lat)
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def propose_datum(lon: Floats, lat: Floats, witnesses: Witnesses, *, least: float = 0.95) -> DatumProposal:
    """Which datum the degrees ``lon``, ``lat`` are probably in; at least the confidence ``least``, or None.

    Of long columns 2,000 rows, evenly spread, are weighed.
    """
    places = {datum: as_wgs84(lon, lat, datum) for datum in DATUMS}
    shift = max(float(np.max(metres(*places["wgs84"], *places[d]), initial=0.0)) for d in DATUMS)
    if shift < SAME_HERE_M:
        return DatumProposal("wgs84", 1.0, dict.fromkeys(DATUMS, 1 / 3), {}, immaterial=True)
    chosen = np.unique(np.linspace(0, len(lon) - 1, min(len(lon), MOST_ROWS)).astype(np.intp))
    known = np.isfinite(witnesses.lon[chosen])
    by_row = np.zeros((len(DATUMS), len(chosen)))
    counts = {"known": int(known.sum()), "county": 0, "roads": 0}
    median = {}
    for k, datum in enumerate(DATUMS):
        x, y = (axis[chosen] for axis in places[datum])
        away = metres(x, y, witnesses.lon[chosen], witnesses.lat[chosen])
        by_row[k, known] += _log_anchor(away[known])
        median[datum] = float(np.median(away[known])) if known.any() else float("nan")
        inside = _inside(x, y, witnesses, chosen)
        by_row[k] += np.where(np.isnan(inside), 0.0, np.log(np.where(inside == 1, 1 - WRONG_COUNTY, WRONG_COUNTY)))
        counts["county"] = int(np.isfinite(inside).sum())
        road = _to_road(x, y, witnesses)
        by_row[k] += 0.0 if road is None else ROAD_WEIGHT * _log_road(road)
        counts["roads"] = 0 if road is None else len(chosen)
    total = by_row.sum(axis=1)
    odds = np.exp(total - total.max())
    shares = odds / odds.sum()
    best = int(np.argmax(shares))
    confidence = min(float(shares[best]), _steadiness(by_row, best))
    proposed = DATUMS[best] if any(counts.values()) and confidence >= least else None
    odd = chosen[known & (by_row.max(axis=0) - by_row[best] > ODD)]
    return DatumProposal(
        proposed,
        confidence,
        {datum: float(share) for datum, share in zip(DATUMS, shares, strict=True)},
        counts,
        median,
        tuple(int(i) for i in odd),
    )


def _steadiness(by_row: Floats, best: int) -> float:
    """How sure it is that the rows in the mean prefer the best datum to the next: the normal probability that their
    mean difference is above 0. Rows that speak for no datum add up to a preference by chance, which this unmasks."""
    rows = by_row[:, np.any(by_row != by_row[0], axis=0)]
    if rows.shape[1] < FEW_ROWS:
        return 1.0
    order = np.argsort(rows.sum(axis=1))
    difference = rows[best] - rows[order[-2] if order[-1] == best else order[-1]]
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    return float(ndtr(difference.mean() / error)) if error > 0 else 1.0


def metres(lon: Floats, lat: Floats, other_lon: Floats, other_lat: Floats) -> Floats:
    """Metres between places a few kilometres apart (equirectangular)."""
    east = np.radians(other_lon - lon) * np.cos(np.radians(lat))
    return np.asarray(np.hypot(east, np.radians(other_lat - lat)) * EARTH_KM * 1000)


def _log_anchor(away_m: Floats) -> Floats:
    """Log density of a place this far from where a facility of its name is known to stand: near it, or (1 in 10)
    anywhere in a disc of 5 km, where the match is wrong."""
    near = np.exp(-0.5 * (away_m / ANCHOR_SPREAD_M) ** 2) / (2 * np.pi * ANCHOR_SPREAD_M**2)
    return np.asarray(np.log((1 - ANCHOR_MISS) * near + ANCHOR_MISS / (np.pi * ANCHOR_DISC_M**2)))


def _log_road(away_m: Floats) -> Floats:
    near = np.exp(-away_m / ROAD_NEAR_M) / ROAD_NEAR_M
    return np.asarray(np.log((1 - ROAD_FAR) * near + ROAD_FAR * np.exp(-away_m / ROAD_FAR_M) / ROAD_FAR_M + ROAD_NONE))


def _inside(x: Floats, y: Floats, witnesses: Witnesses, chosen: NDArray[np.intp]) -> Floats:
    """1 inside the stated county, 0 outside, NaN where no known county is stated."""
    result = np.full(len(x), np.nan)
    if witnesses.counties is None:
        return result
    counties = witnesses.counties
    shapes = dict(zip(counties["county"].astype(str), counties.geometry, strict=True))
    outlines = np.array([shapes.get(str(name)) for name in witnesses.county[chosen]], dtype=object)
    stated = ~shapely.is_missing(outlines)
    east, north = Transformer.from_crs(4326, counties.crs, always_xy=True).transform(x, y)
    for outline in shapes.values():
        shapely.prepare(outline)
    result[stated] = shapely.intersects_xy(outlines[stated], east[stated], north[stated])
    return result


def _to_road(x: Floats, y: Floats, witnesses: Witnesses) -> Floats | None:
    if witnesses.roads is None or witnesses.roads_crs is None or not len(witnesses.roads):
        return None
    east, north = Transformer.from_crs(4326, witnesses.roads_crs, always_xy=True).transform(x, y)
    tree = shapely.STRtree(witnesses.roads)
    _, away = tree.query_nearest(shapely.points(east, north), return_distance=True, all_matches=False)
    return np.asarray(away, dtype=np.float64)
