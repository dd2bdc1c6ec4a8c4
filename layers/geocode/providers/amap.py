"""Amap (高德): place search and geocoding in GCJ-02, web service v3.

Requests: ``GET /v3/place/text?keywords=&city=&citylimit=&offset=&page=&extensions=base&key=``
(https://lbs.amap.com/api/webservice/guide/api/search; answer read as in https://amap.apifox.cn/project-759159/
api-14633570) and ``GET /v3/geocode/geo?address=&city=&key=`` (https://lbs.amap.com/api/webservice/guide/api/georegeo).
Answers: ``status`` "1" or "0", ``info``, ``infocode``; ``pois`` or ``geocodes`` whose ``location`` is "lon,lat". What
is empty is written ``[]``. Geocodes carry a ``level`` and no score.

Codes: https://lbs.amap.com/api/webservice/guide/tools/info (10001-10007 read in its English edition,
https://mapsplatform.opnavi.com/api/web-service/tools/info; 10020, 10021 and 10044 in public clients; the others are not
verified). An account's own allowance and pace stand in its console; three requests a second are a cautious guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..manners import Manners
from ..model import Candidate, Query
from .service import (
    KINDS,
    OK,
    PRECISION_OF_LEVEL,
    Found,
    Json,
    Kind,
    Meaning,
    Request,
    Said,
    dig,
    fitting,
    in_wgs84,
    items,
    plain_text,
    words,
)

MANNERS = Manners(per_second=3)
PLACES_WANTED = "10"
MOST_BYTES = (
    240  # 80 characters, the limit that https://lbs.amap.com/api/webservice/guide/api-advanced/newpoisearch names
)
A_MINUTE_S = 60.0
MEANING: Mapping[str, Meaning] = {
    **dict.fromkeys(("10001", "10002", "10005", "10006", "10007", "10008", "10009", "10011"), "key"),
    **dict.fromkeys(("10012", "10013", "10026", "10041", "40002"), "key"),
    **dict.fromkeys(("10003", "10010", "10029", "10044", "10045", "40000", "40003"), "quota"),
    **dict.fromkeys(("10004", "10014", "10015", "10016", "10017", "10019", "10020", "10021", "20003"), "busy"),
}


@dataclass(frozen=True)
class Amap:
    """Searches the name as a place within the city and, where there is one, geocodes the address."""

    name: str = "amap"
    base: str = "https://restapi.amap.com"
    key_param: str = "key"
    manners: Manners = MANNERS
    ask: tuple[Kind, ...] = KINDS

    def requests(self, query: Query) -> tuple[Request, ...]:
        """At most two; one where the list has no address."""
        city = plain_text(query.city)
        asked: list[Request] = []
        if "place" in self.ask and query.name:
            name = plain_text(query.name).replace("|", " ")
            words_ = fitting(() if city else (query.county,), name, MOST_BYTES)
            params = {"keywords": words_, "offset": PLACES_WANTED, "page": "1", "extensions": "base"}
            asked.append(Request("place", "/v3/place/text", params | self._within(city, "true")))
        if "geocode" in self.ask and (query.address or "place" not in self.ask):
            address = fitting((query.city, query.county, query.township), query.address or query.name, MOST_BYTES)
            asked.append(Request("geocode", "/v3/geocode/geo", {"address": plain_text(address)} | self._within(city)))
        return tuple(asked)

    def _within(self, city: str, limit: str = "") -> dict[str, str]:
        within = {"city": city} if city else {}
        return within | ({"citylimit": limit} if city and limit else {})

    def said(self, answer: Json) -> Said:
        """By ``infocode``; a code that is not known counts as a request that will not do."""
        if words(dig(answer, "status")) == "1":
            return OK
        code = words(dig(answer, "infocode"))
        return Said(
            MEANING.get(code, "failed"), code, words(dig(answer, "info")), A_MINUTE_S if code == "10004" else None
        )

    def candidates(self, request: Request, answer: Json) -> tuple[Candidate, ...]:
        """The places found, in Amap's order."""
        if request.kind == "place":
            return in_wgs84(self.name, "gcj02", [self._place(poi) for poi in items(answer, "pois")])
        return in_wgs84(self.name, "gcj02", [self._geocode(geocode) for geocode in items(answer, "geocodes")])

    def _place(self, poi: dict[str, Json]) -> Found:
        lon, lat = lon_lat(poi.get("location"))
        areas = [words(poi.get(key)) for key in ("pname", "cityname", "adname")]
        return Found(
            lon,
            lat,
            name=words(poi.get("name")),
            address="".join((*dict.fromkeys(areas), words(poi.get("address")))),
            county=areas[2],
            precision="exact",
            detail={"asked": "place", "id": words(poi.get("id")), "type": words(poi.get("type"))},
        )

    def _geocode(self, geocode: dict[str, Json]) -> Found:
        lon, lat = lon_lat(geocode.get("location"))
        level = words(geocode.get("level"))
        return Found(
            lon,
            lat,
            name=words(dig(geocode, "building.name")),
            address=words(geocode.get("formatted_address")),
            county=words(geocode.get("district")),
            township=words(geocode.get("township")),
            precision=PRECISION_OF_LEVEL.get(level, "unknown"),
            detail={"asked": "geocode", "level": level},
        )


def lon_lat(location: object) -> tuple[object, object]:
    """The two halves of "lon,lat"; (None, None) for anything else."""
    halves = location.split(",") if isinstance(location, str) else []
    return (halves[0], halves[1]) if len(halves) == 2 else (None, None)
