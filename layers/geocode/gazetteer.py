"""What the study knows already, as a provider that needs no network: areas, seats, and facilities with a place.

It answers with facilities of a like name (the study's own and earlier results), with the township a row names, with the
county's seat, and with the county: each says by its precision how much it is worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rapidfuzz import process

from .model import Candidate, Precision, Query
from .names import Name, normal, read_name, similarity

NAME = "gazetteer"
WGS84 = 4326
CLOSEST = 8
LEAST_LIKE = 0.6
PRECISION_OF_FACILITY: Mapping[str, Precision] = {
    "exact": "exact",
    "street": "street",
    "township": "township",
    "seat": "county",
    "county": "county",
}


@dataclass(frozen=True)
class Place:
    """A named point in WGS 84; ``what``: facility, township, seat or county."""

    what: str
    name: str
    lon: float
    lat: float
    precision: Precision
    county: str = ""
    township: str = ""


class Gazetteer:
    """A provider made from a study's layers; all frames in any one CRS.

    ``counties``: county, geometry. ``townships``: township, county, geometry (rows without one are passed over).
    ``seats``: points indexed by county. ``facilities`` (several: the study's, earlier results): name, county, township,
    precision, geometry; those ``unlocated`` are passed over.
    """

    name = NAME

    def __init__(
        self,
        *,
        counties: gpd.GeoDataFrame | None = None,
        townships: gpd.GeoDataFrame | None = None,
        seats: gpd.GeoSeries | None = None,
        facilities: Sequence[gpd.GeoDataFrame] = (),
        city: str = "",
    ) -> None:
        self._city = city
        self._counties = {normal(place.name): place for place in _areas(counties, "county")}
        self._seats = {normal(place.name): place for place in _seats(seats)}
        self._townships: dict[str, list[Place]] = {}
        for place in _areas(townships, "township"):
            self._townships.setdefault(normal(place.name), []).append(place)
        self._known = [place for frame in facilities for place in _facilities(frame)]
        self._names: list[Name] = [read_name(place.name, city=city) for place in self._known]
        self._texts = [name.text or name.raw for name in self._names]

    def ask(self, query: Query) -> tuple[Candidate, ...]:
        """Facilities of a like name, the likest first, then the areas the row names, the smallest first."""
        return tuple(_candidate(place, score) for place, score in (*self._alike(query), *self._named(query)))

    def _alike(self, query: Query) -> list[tuple[Place, float | None]]:
        if not self._known or not query.name:
            return []
        asked = read_name(query.name, city=self._city or query.city)
        near = process.extract(asked.text or asked.raw, self._texts, limit=CLOSEST)
        scored: list[tuple[float, int]] = []
        for _, _, i in near:
            likeness = similarity(asked, self._names[i])
            if likeness.value >= LEAST_LIKE and not likeness.conflict:
                scored.append((likeness.value, i))
        scored.sort(key=lambda pair: (-pair[0], self._known[pair[1]].county != query.county, pair[1]))
        return [(self._known[i], value) for value, i in scored]

    def _named(self, query: Query) -> list[tuple[Place, float | None]]:
        county = normal(query.county)
        named = self._townships.get(normal(query.township), []) if query.township else []
        if county:
            named = [place for place in named if normal(place.county) == county]
        areas = [table[county] for table in (self._seats, self._counties) if county in table]
        return [(place, None) for place in (*named, *areas)]


def _candidate(place: Place, score: float | None) -> Candidate:
    facility = place.what == "facility"
    return Candidate(
        NAME,
        place.lon,
        place.lat,
        "wgs84",
        name=place.name if facility else "",
        address="" if facility else place.name,
        county=place.county,
        township=place.township,
        precision=place.precision,
        score=score,
        detail={"what": place.what},
    )


def _areas(frame: gpd.GeoDataFrame | None, what: Precision) -> list[Place]:
    """One point inside each area; areas without outline are passed over."""
    if frame is None or not len(frame):
        return []
    frame = _placed(frame)
    points = _in_degrees(gpd.GeoSeries(frame.geometry.representative_point(), crs=frame.crs))
    townships = frame[what] if what == "township" else pd.Series("", index=frame.index)
    return [
        Place(what, str(name), float(lon), float(lat), what, str(county), str(township))
        for name, county, township, (lon, lat) in zip(frame[what], frame["county"], townships, points, strict=True)
    ]


def _seats(seats: gpd.GeoSeries | None) -> list[Place]:
    if seats is None or not len(seats):
        return []
    return [
        Place("seat", str(county), float(lon), float(lat), "county", str(county))
        for county, (lon, lat) in zip(seats.index, _in_degrees(seats), strict=True)
    ]


def _facilities(frame: gpd.GeoDataFrame) -> list[Place]:
    frame = _placed(frame)
    frame = frame[frame["precision"].isin(PRECISION_OF_FACILITY.keys()) & (frame["name"].str.strip() != "")]
    points = _in_degrees(frame.geometry)
    columns = zip(frame["name"], frame["precision"], frame["county"], frame["township"], points, strict=True)
    return [
        Place(
            "facility", str(name), float(lon), float(lat), PRECISION_OF_FACILITY[precision], str(county), str(township)
        )
        for name, precision, county, township, (lon, lat) in columns
    ]


def _placed(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = np.asarray(frame.geometry.array, dtype=object)
    return frame[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]


def _in_degrees(points: gpd.GeoSeries) -> np.ndarray:
    return shapely.get_coordinates(np.asarray(points.to_crs(WGS84).array, dtype=object))
