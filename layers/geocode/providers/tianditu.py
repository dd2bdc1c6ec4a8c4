"""Tianditu (天地图), the national platform: geocoding in CGCS2000, which equals WGS 84 within a metre.

Request: ``GET /geocoder?ds={"keyWord":"..."}&tk=KEY``; the other direction of the service stands in
http://lbs.tianditu.gov.cn/server/geocoding.html, that texts may not hold ``'`` or ``&`` in
http://lbs.tianditu.gov.cn/server/search.html. Answer, as many public clients read it: ``{"msg":"ok","location":
{"score":80,"level":"门址","lon":..,"lat":..,"keyWord":".."},"searchVersion":"..","status":"0"}``; status 0 is right,
101 found nothing, 404 is an error. ``keyWord`` repeats the question: it says nothing of the place and is not read.
HTTP 418 goes with a wrong key, or one copied with blanks (liuxspro/qgis-plugin-tianditu, issues 2, 13 and 29).

Not verified: the page of this direction itself, the JSON that comes with a refused key or a used-up allowance (read
here as ``code`` and ``msg``, by the words in ``msg``), the list of levels, the allowance a day and the pace allowed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from ..manners import Manners
from ..model import Candidate, Query
from .service import (
    KINDS,
    NOTHING,
    OK,
    PRECISION_OF_LEVEL,
    Found,
    Json,
    Kind,
    Request,
    Said,
    dig,
    fitting,
    in_wgs84,
    plain_text,
    share,
    table,
    words,
)

MANNERS = Manners(per_second=3)
MOST_BYTES = 300
UNSUPPORTED = str.maketrans("'&\"\\{}", "      ")
ABOUT_QUOTA = ("超限", "超过", "上限", "配额", "次数")
ABOUT_KEY = ("key", "tk", "权限", "密钥", "授权")


@dataclass(frozen=True)
class Tianditu:
    """Asks for the facility's name within its county and, where there is one, for the address."""

    name: str = "tianditu"
    base: str = "https://api.tianditu.gov.cn"
    key_param: str = "tk"
    manners: Manners = MANNERS
    ask: tuple[Kind, ...] = KINDS

    def requests(self, query: Query) -> tuple[Request, ...]:
        """At most two; one where the list has no address."""
        areas = (query.city, query.county, query.township)
        texts: dict[str, Kind] = {}
        if "place" in self.ask:
            texts[fitting(areas, query.name, MOST_BYTES)] = "place"
        if "geocode" in self.ask and query.address:
            texts.setdefault(fitting(areas, query.address, MOST_BYTES), "geocode")
        return tuple(self._request(kind, text) for text, kind in texts.items() if text)

    def _request(self, kind: Kind, text: str) -> Request:
        asked = json.dumps({"keyWord": plain_text(text.translate(UNSUPPORTED))}, ensure_ascii=False)
        return Request(kind, "/geocoder", {"ds": asked})

    def said(self, answer: Json) -> Said:
        """By ``status``; an answer without it by the words of ``msg``."""
        status, message = words(dig(answer, "status")), words(dig(answer, "msg"))
        if status == "0":
            return OK
        if status == "101":
            return NOTHING
        code = status or words(dig(answer, "code"))
        if any(word in message for word in ABOUT_QUOTA):
            return Said("quota", code, message)
        if any(word in message.lower() for word in ABOUT_KEY):
            return Said("key", code, message)
        return Said("failed", code, message)

    def candidates(self, request: Request, answer: Json) -> tuple[Candidate, ...]:
        """One place, or none."""
        if not dig(answer, "location"):
            return ()
        place = table(answer, "location")
        level = words(place.get("level"))
        found = Found(
            place.get("lon"),
            place.get("lat"),
            precision=PRECISION_OF_LEVEL.get(level, "unknown"),
            score=share(place.get("score"), 100),
            detail={"asked": request.kind, "level": level},
        )
        return in_wgs84(self.name, "wgs84", [found])
