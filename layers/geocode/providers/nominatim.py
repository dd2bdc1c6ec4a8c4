"""Nominatim, OpenStreetMap's geocoder: WGS 84, public or self-hosted, without a key.

Request: ``GET /search?q=&format=jsonv2&addressdetails=1&limit=`` (https://nominatim.org/release-docs/latest/api/Search/).
Answer: a list of objects with ``lat``, ``lon``, ``display_name``, ``name``, ``place_rank``, ``importance``, ``address``
(https://nominatim.org/release-docs/latest/api/Output/); ranks: https://nominatim.org/release-docs/latest/customize/Ranking/
(10-12 counties, 13-16 cities and townships, 26-27 streets, 28 and more houses and facilities). ``importance`` is how
well known a place is, not how sure the answer: it is no score. Errors come as ``{"error": ...}`` with HTTP 400.

The public server allows one request a second, wants the application named, answers kept, and no bulk work
(https://operations.osmfoundation.org/policies/nominatim/): for more than a short list, host your own.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..manners import Manners
from ..model import Candidate, Precision, Query
from .service import (
    KINDS,
    OK,
    Found,
    Json,
    Kind,
    Request,
    Said,
    dig,
    fitting,
    in_wgs84,
    items,
    number,
    plain_text,
    words,
)

MANNERS = Manners(per_second=1, utc_offset_h=0)
PUBLIC = "https://nominatim.openstreetmap.org"
PLACES_WANTED = "10"
MOST_BYTES = 400
COUNTY = ("county", "city_district", "district", "borough")
TOWNSHIP = ("township", "town", "suburb", "village", "municipality")
PRECISION_FROM_RANK: tuple[tuple[int, Precision], ...] = (
    (28, "exact"),
    (26, "street"),
    (13, "township"),
    (10, "county"),
    (1, "city"),
)


@dataclass(frozen=True)
class Nominatim:
    """Asks for the name within its areas and, where there is one, for the address; ``email`` is sent to operators."""

    name: str = "nominatim"
    base: str = PUBLIC
    key_param: str = ""
    manners: Manners = MANNERS
    ask: tuple[Kind, ...] = KINDS
    countrycodes: str = ""
    language: str = "zh,en"
    email: str = ""

    def requests(self, query: Query) -> tuple[Request, ...]:
        """At most two; one where the list has no address."""
        texts: dict[str, Kind] = {}
        if "place" in self.ask and query.name:
            texts[self._text(query, query.name)] = "place"
        if "geocode" in self.ask and (query.address or not texts):
            texts.setdefault(self._text(query, query.address or query.name), "geocode")
        fixed = {"format": "jsonv2", "addressdetails": "1", "limit": PLACES_WANTED, "accept-language": self.language}
        fixed |= {"countrycodes": self.countrycodes} if self.countrycodes else {}
        fixed |= {"email": self.email} if self.email else {}
        return tuple(Request(kind, "/search", {"q": text} | fixed) for text, kind in texts.items() if text)

    def _text(self, query: Query, given: str) -> str:
        """From city to name in Chinese; names in letters with blanks, from the name outwards."""
        if given.isascii():
            areas = [part for part in (query.township, query.county, query.city) if part and part not in given]
            return plain_text(", ".join((given, *areas)))
        return plain_text(fitting((query.city, query.county, query.township), given, MOST_BYTES))

    def said(self, answer: Json) -> Said:
        """A list is an answer; an ``error`` may be an object with code and message, or a text."""
        error = dig(answer, "error")
        if isinstance(answer, dict) and error is not None:
            message = words(dig(error, "message")) if isinstance(error, dict) else words(error)
            return Said("failed", words(dig(error, "code")), message)
        return OK

    def candidates(self, request: Request, answer: Json) -> tuple[Candidate, ...]:
        """The places found, in Nominatim's order."""
        return in_wgs84(self.name, "wgs84", [self._place(place, request) for place in items(answer, "")])

    def _place(self, place: dict[str, Json], request: Request) -> Found:
        address = place.get("address")
        parts = address if isinstance(address, dict) else {}
        rank = number(place.get("place_rank"))
        shown = words(place.get("display_name"))
        return Found(
            place.get("lon"),
            place.get("lat"),
            name=words(place.get("name")) or shown.split(",")[0].strip(),
            address=shown,
            county=_first(parts, COUNTY),
            township=_first(parts, TOWNSHIP),
            precision=_precision(rank),
            detail={
                "asked": request.kind,
                "osm": f"{words(place.get('osm_type'))}/{words(place.get('osm_id'))}",
                "type": f"{words(place.get('category'))}={words(place.get('type'))}",
                "place_rank": words(place.get("place_rank")),
            },
        )


def _first(parts: dict[str, Json], keys: tuple[str, ...]) -> str:
    return next((words(parts[key]) for key in keys if parts.get(key)), "")


def _precision(rank: float | None) -> Precision:
    if rank is None:
        return "unknown"
    return next((precision for least, precision in PRECISION_FROM_RANK if rank >= least), "unknown")
