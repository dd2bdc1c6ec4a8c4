"""Baidu (百度): place search v2 and geocoding v3, in BD-09 or, on request, GCJ-02 or Baidu's Mercator metres.

Requests: ``GET /place/v2/search?query=&region=&city_limit=true&output=json&ak=``
(https://lbsyun.baidu.com/faq/api?title=webapi/guide/webservice-placeapi/use) and ``GET /geocoding/v3/?address=&city=
&output=json&ak=`` with ``ret_coordtype`` absent (bd09ll), ``gcj02ll`` or ``bd09mc``
(https://lbsyun.baidu.com/index.php?title=dev/webservice-geocoding: an address has at most 84 bytes). The place search
knows ``ret_coordtype=gcj02ll`` only; with ``bd09mc`` its answers stay in degrees.
Answers: ``status`` 0 and ``results[]`` (name, location, address, province, city, area, uid) or ``result`` (location,
precise, confidence, comprehension, level). A vague place search answers with regions that have no location.

Codes: https://lbsyun.baidu.com/index.php?title=webapi/appendix (0-9, 101, 200-261; 301, 302, 401, 402 as the page's
copies in public clients have them). A geocode that finds nothing is expected to answer status 1 with the words
无相关结果 (not verified); any other status 1 is an inner error. ``confidence`` bounds the error by
Baidu's table (100: 20 m, 80: 100 m, 60: 500 m, 30: 5 km; not verified).
Keys that must sign each request (``sn``) are not supported: choose the check by address (IP whitelist) in the console.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ...settings_parts import Datum
from ..manners import Manners
from ..model import Candidate, Precision, Query
from .baidu_mercator import to_degrees
from .service import (
    KINDS,
    NOTHING,
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
    number,
    plain_text,
    share,
    table,
    words,
)

MANNERS = Manners(per_second=3)
PLACES_WANTED = "10"
MOST_BYTES = 84
NO_RESULT = "无相关结果"
MEANING: Mapping[str, Meaning] = {
    **dict.fromkeys(("3", "5", "9", "101", "102"), "key"),
    **dict.fromkeys(("200", "201", "202", "203", "210", "211", "220", "230", "240", "250", "251", "252"), "key"),
    **dict.fromkeys(("260", "261"), "key"),
    **dict.fromkeys(("4", "301", "302"), "quota"),
    **dict.fromkeys(("1", "401", "402"), "busy"),
}
PRECISION_OF_CONFIDENCE: tuple[tuple[float, Precision], ...] = (
    (80, "exact"),
    (60, "street"),
    (30, "township"),
    (20, "county"),
)
AREAS = frozenset({"township", "county", "city"})


@dataclass(frozen=True)
class Baidu:
    """Searches the name as a place within the city and, where there is one, geocodes the address."""

    name: str = "baidu"
    base: str = "https://api.map.baidu.com"
    key_param: str = "ak"
    manners: Manners = MANNERS
    ask: tuple[Kind, ...] = KINDS
    coordtype: Literal["bd09ll", "gcj02ll", "bd09mc"] = "bd09ll"

    def requests(self, query: Query) -> tuple[Request, ...]:
        """At most two; one where the list has no address. A place search needs a region: city or county."""
        region = plain_text(query.city or query.county)
        asked: list[Request] = []
        if "place" in self.ask and query.name and region:
            params = {"query": fitting((), plain_text(query.name), MOST_BYTES), "region": region, "city_limit": "true"}
            params |= {"output": "json", "page_size": PLACES_WANTED, "page_num": "0"}
            params |= {"ret_coordtype": "gcj02ll"} if self.coordtype == "gcj02ll" else {}
            asked.append(Request("place", "/place/v2/search", params))
        if "geocode" in self.ask and (query.address or not asked):
            areas = (query.city, query.county, query.township)
            params = {"address": plain_text(fitting(areas, query.address or query.name, MOST_BYTES)), "output": "json"}
            params |= {"city": plain_text(query.city)} if query.city else {}
            params |= {"ret_coordtype": self.coordtype} if self.coordtype != "bd09ll" else {}
            asked.append(Request("geocode", "/geocoding/v3/", params))
        return tuple(asked)

    def said(self, answer: Json) -> Said:
        """By ``status``; a code that is not known counts as a request that will not do."""
        code = words(dig(answer, "status"))
        message = words(dig(answer, "message")) or words(dig(answer, "msg"))
        if code == "0":
            return OK
        if code == "1" and NO_RESULT in message:
            return NOTHING
        return Said(MEANING.get(code, "failed"), code, message)

    def candidates(self, request: Request, answer: Json) -> tuple[Candidate, ...]:
        """The places found, in Baidu's order."""
        if request.kind == "place":
            datum: Datum = "gcj02" if self.coordtype == "gcj02ll" else "bd09"
            return in_wgs84(self.name, datum, [self._place(result) for result in items(answer, "results")])
        if not dig(answer, "result"):
            return ()
        datum = "gcj02" if self.coordtype == "gcj02ll" else "bd09"
        return in_wgs84(self.name, datum, [self._geocode(table(answer, "result"))])

    def _place(self, result: dict[str, Json]) -> Found:
        areas = [words(result.get(key)) for key in ("province", "city", "area")]
        return Found(
            dig(result, "location.lng"),
            dig(result, "location.lat"),
            name=words(result.get("name")),
            address=words(result.get("address")),
            county=areas[2],
            township=words(result.get("town")),
            precision="exact",
            detail={"asked": "place", "id": words(result.get("uid")), "areas": "".join(dict.fromkeys(areas))},
        )

    def _geocode(self, result: dict[str, Json]) -> Found:
        lon, lat = dig(result, "location.lng"), dig(result, "location.lat")
        if self.coordtype == "bd09mc":
            lon, lat = to_degrees(number(lon), number(lat))
        level = words(result.get("level"))
        detail = {key: words(result.get(key)) for key in ("precise", "confidence", "comprehension")}
        return Found(
            lon,
            lat,
            precision=_precision(level, number(result.get("confidence"))),
            score=share(result.get("comprehension"), 100),
            detail={"asked": "geocode", "level": level} | detail,
        )


def _precision(level: str, confidence: float | None) -> Precision:
    """The coarser of what the level and the confidence say."""
    by_level = PRECISION_OF_LEVEL.get(level, "unknown")
    if by_level in AREAS or confidence is None:
        return by_level
    return next((precision for least, precision in PRECISION_OF_CONFIDENCE if confidence >= least), "unknown")
