"""What every geocoding service shares: how it is described, what it is asked, and how its answers become candidates.

A service is data and pure functions. It builds requests without a key, says what an answer means, and reads the
places in it; the network, the cache and the keys are :mod:`carereach.layers.geocode.providers.client`'s.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

from ...datum import Degrees, Result, bd09_to_wgs84, gcj02_to_wgs84
from ...settings_parts import Datum, Part, Positive, Text
from ..manners import Manners
from ..model import Candidate, Precision, Query

Json = Any  # what json.loads gives: its shape is what the functions here find out
Kind = Literal["place", "geocode"]
Meaning = Literal["answer", "nothing", "key", "quota", "busy", "failed"]
KINDS: tuple[Kind, ...] = ("place", "geocode")
LONGEST_TEXT = 200
BETWEEN_CHINESE = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")

# The level of detail that Chinese services name, read from Amap's table 地理编码匹配级别 and Baidu's field ``level``.
PRECISION_OF_LEVEL: Mapping[str, Precision] = {
    **dict.fromkeys(("门牌号", "门址", "兴趣点", "单元号", "医疗", "医疗卫生"), "exact"),
    **dict.fromkeys(("道路", "道路交叉路口", "交叉路口", "热点商圈", "商圈", "公交站台、地铁站"), "street"),
    **dict.fromkeys(("乡镇", "街道", "村庄", "村"), "township"),
    **dict.fromkeys(("区县", "开发区"), "county"),
    **dict.fromkeys(("市", "城市", "地市", "省", "国家"), "city"),
}


@dataclass(frozen=True)
class Request:
    """One request without its key: ``path`` below the service's base address, and the parameters."""

    kind: Kind
    path: str
    params: Mapping[str, str]


@dataclass(frozen=True)
class Said:
    """What a service says of a request, in our terms, with its own code and words.

    ``answer`` and ``nothing`` are kept; ``key``: the key is refused; ``quota``: today's allowance is used up; ``busy``:
    try again, after ``wait_s`` where it is known; ``failed``: this request will not do.
    """

    meaning: Meaning
    code: str = ""
    words: str = ""
    wait_s: float | None = None


OK = Said("answer")
NOTHING = Said("nothing")


class NotAsDocumented(Exception):
    """An answer is JSON, but not of the documented shape; ``where`` is the path of the part that is not."""

    def __init__(self, where: str) -> None:
        self.where = where
        super().__init__(where)


class Service(Protocol):
    """A geocoding service. ``key_param`` names the parameter that carries the key, "" where none is needed."""

    @property
    def name(self) -> str:
        """Stable: it names the environment variable of the key and keys the cache."""
        ...

    @property
    def base(self) -> str:
        """The address that paths are put behind."""
        ...

    @property
    def key_param(self) -> str:
        """The parameter that carries the key, or ""."""
        ...

    @property
    def manners(self) -> Manners:
        """How often it may be asked."""
        ...

    def requests(self, query: Query) -> tuple[Request, ...]:
        """What to ask for a row, in order."""
        ...

    def said(self, answer: Json) -> Said:
        """What the answer means."""
        ...

    def candidates(self, request: Request, answer: Json) -> tuple[Candidate, ...]:
        """The places in an answer, best first; raises :class:`NotAsDocumented`."""
        ...


class ProviderOptions(Part):
    """What a study may set for one provider; the key is never among it."""

    base: Text | None = Field(None, description="another address of the same service: self-hosted, or a proxy")
    per_second: Positive | None = None
    per_day: Annotated[int, Field(ge=0)] | None = Field(None, description="requests a day; none: until it refuses")
    ask: tuple[Kind, ...] = Field(KINDS, min_length=1, description="search the name as a place, geocode the address")
    coordtype: Literal["bd09ll", "gcj02ll", "bd09mc"] = Field("bd09ll", description="Baidu only")
    countrycodes: Text | None = Field(None, description="Nominatim only: cn, br ...")
    language: Text = Field("zh,en", description="Nominatim only")
    email: Text | None = Field(None, description="Nominatim only: whom its operators may write to")


@dataclass(frozen=True)
class Found:
    """A place as a service gives it: ``lon`` and ``lat`` in the service's datum, unchecked."""

    lon: object
    lat: object
    name: str = ""
    address: str = ""
    county: str = ""
    township: str = ""
    precision: Precision = "unknown"
    score: float | None = None
    detail: Mapping[str, str] = field(default_factory=dict)


TO_WGS84: Mapping[Datum, Callable[[Degrees, Degrees], Result]] = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}


def in_wgs84(provider: str, datum: Datum, places: Iterable[Found]) -> tuple[Candidate, ...]:
    """Candidates in WGS 84; places without usable coordinates (none, not on Earth, 0/0) are left out."""
    known: list[tuple[float, float, Found]] = []
    for place in places:
        lon, lat = number(place.lon), number(place.lat)
        if lon is None or lat is None or abs(lon) > 180 or abs(lat) > 90 or (lon == 0 and lat == 0):
            continue
        known.append((lon, lat, place))
    lons, lats = [lon for lon, _, _ in known], [lat for _, lat, _ in known]
    if known and datum in TO_WGS84:
        moved = TO_WGS84[datum](lons, lats)
        lons, lats = [float(lon) for lon in moved[0]], [float(lat) for lat in moved[1]]  # type: ignore[union-attr]
    return tuple(
        Candidate(
            provider,
            lon,
            lat,
            datum,
            name=place.name,
            address=place.address,
            county=place.county,
            township=place.township,
            precision=place.precision,
            score=place.score,
            detail=place.detail,
        )
        for lon, lat, (_, _, place) in zip(lons, lats, known, strict=True)
    )


def number(value: object) -> float | None:
    """A finite number written as a number or a text, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        given = float(value)
    except (ValueError, OverflowError):
        return None
    return given if math.isfinite(given) else None


def share(value: object, full: float) -> float | None:
    """A score out of ``full`` as 0..1, None where it is none."""
    given = number(value)
    return None if given is None else min(max(given / full, 0.0), 1.0)


def words(value: object) -> str:
    """A text of an answer, "" for what services write instead of nothing (null, [], {})."""
    if isinstance(value, str):
        return plain_text(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def plain_text(text: str) -> str:
    """One line in NFKC (full-width digits become plain ones), of bounded length.

    Control characters go, and so do blanks between Chinese characters, which people type to align columns.
    """
    folded = unicodedata.normalize("NFKC", text)
    kept = "".join(" " if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else c for c in folded)
    return BETWEEN_CHINESE.sub("", " ".join(kept.split()))[:LONGEST_TEXT].rstrip()


def tidied(query: Query) -> Query:
    """The row with its texts in one spelling: what differs by blanks and widths alone is one question."""
    return replace(
        query,
        name=plain_text(query.name),
        address=plain_text(query.address),
        city=plain_text(query.city),
        county=plain_text(query.county),
        township=plain_text(query.township),
        kind=plain_text(query.kind),
    )


def items(answer: Json, where: str) -> list[dict[str, Json]]:
    """The list of objects at ``where`` (a dotted path); raises :class:`NotAsDocumented` where there is none."""
    found = dig(answer, where)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise NotAsDocumented(where or "[]")
    return found


def table(answer: Json, where: str) -> dict[str, Json]:
    """The object at ``where`` (a dotted path); raises :class:`NotAsDocumented` where there is none."""
    found = dig(answer, where)
    if not isinstance(found, dict):
        raise NotAsDocumented(where or "{}")
    return found


def dig(answer: Json, where: str) -> Json:
    """What stands at a dotted path (``result.location.lng``, ``items.0``; "" is the whole), None where nothing does."""
    for part in where.split(".") if where else ():
        if isinstance(answer, dict):
            answer = answer.get(part)
        elif isinstance(answer, list) and part.isascii() and part.isdigit() and int(part) < len(answer):
            answer = answer[int(part)]
        else:
            return None
    return answer


def fitting(parts: tuple[str, ...], given: str, most_bytes: int) -> str:
    """``parts`` before ``given`` as far as ``most_bytes`` of UTF-8 allow: the widest areas go first, then its end."""
    parts = tuple(part for part in parts if part and part not in given)
    while parts and len("".join((*parts, given)).encode()) > most_bytes:
        parts = parts[1:]
    return "".join((*parts, given)).encode()[:most_bytes].decode("utf-8", "ignore")
