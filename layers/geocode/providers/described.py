"""Any JSON service, described in a TOML file: what to ask, where its answer holds what, and how it says no.

The key is never in the file: it comes as for every provider (``CARE_<NAME>_KEY``) and is sent as ``key_param``. Keys
that go into a header are not supported, because headers follow redirects. ``docs/geocoding-providers.md`` has an
example.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import Field, StringConstraints, ValidationError

from ....errors import Findings, InputError
from ....files import read_text
from ...settings_parts import Datum, Part, Positive, Text
from ...toml_files import parse_toml, problems_of
from ...web import web_address
from ..manners import Manners
from ..model import Candidate, Precision, Query
from .service import (
    NOTHING,
    OK,
    Found,
    Json,
    Request,
    Said,
    dig,
    in_wgs84,
    items,
    number,
    plain_text,
    share,
    words,
)

FILLERS = ("name", "address", "place", "city", "county", "township", "kind")
LIKE_A_KEY = frozenset(
    {"key", "ak", "tk", "sk", "token", "appkey", "apikey", "api_key", "access_token", "secret", "sig"}
)
DESCRIPTION_LIMIT = 1 << 20


class AnswerShape(Part):
    """Where things stand, as dotted paths; those of a place are below each of ``results`` ("": the answer itself)."""

    results: str = ""
    lon: Text | None = None
    lat: Text | None = None
    lonlat: Text | None = Field(None, description='one field with both: "110.1,22.6", or a list of two numbers')
    order: Literal["lon,lat", "lat,lon"] = "lon,lat"
    name: Text | None = None
    address: Text | None = None
    county: Text | None = None
    township: Text | None = None
    precision: Text | None = None
    precision_words: dict[str, Precision] = Field(default_factory=dict, description="its word -> ours")
    score: Text | None = None
    score_full: Positive = Field(1.0, description="the score of a sure answer")


class ErrorShape(Part):
    """How the service says no: the field with its code, the codes of success, and what others mean."""

    field: Text | None = None
    ok: tuple[Text, ...] = ()
    message: Text | None = None
    nothing: tuple[Text, ...] = ()
    key: tuple[Text, ...] = ()
    quota: tuple[Text, ...] = ()
    busy: tuple[Text, ...] = ()


class DescribedManners(Part):
    """How often it may be asked; the default is what the public Nominatim allows."""

    per_second: Positive = 1.0
    per_day: Annotated[int, Field(ge=0)] | None = None
    utc_offset_h: Annotated[float, Field(ge=-12, le=14)] = 8.0


class Description(Part):
    """The TOML file. ``url`` and ``params`` may hold the names of :data:`FILLERS` in braces."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]
    url: Text
    params: dict[str, str] = Field(default_factory=dict)
    key_param: str = ""
    datum: Datum
    answer: AnswerShape
    error: ErrorShape = ErrorShape()
    manners: DescribedManners = DescribedManners()


@dataclass(frozen=True)
class Described:
    """A service from its description."""

    description: Description
    base: str
    path: str
    manners: Manners

    @property
    def name(self) -> str:
        """As in the file."""
        return self.description.name

    @property
    def key_param(self) -> str:
        """As in the file."""
        return self.description.key_param

    def requests(self, query: Query) -> tuple[Request, ...]:
        """One; none where every placeholder it uses would be empty."""
        known = {key: plain_text(getattr(query, key)) for key in FILLERS}
        used = _placeholders(self.path) | {n for text in self.description.params.values() for n in _placeholders(text)}
        if not any(known[key] for key in used):
            return ()
        path = self.path.format_map({key: quote(text, safe="") for key, text in known.items()})
        params = {key: text.format_map(known) for key, text in self.description.params.items()}
        return (Request("geocode", path, params),)

    def said(self, answer: Json) -> Said:
        """By the field that the description names; without one, every JSON is an answer."""
        error = self.description.error
        if error.field is None:
            return OK
        code = words(dig(answer, error.field))
        if code in error.ok:
            return OK
        if code in error.nothing:
            return NOTHING
        message = words(dig(answer, error.message)) if error.message else ""
        for meaning, codes in (("key", error.key), ("quota", error.quota), ("busy", error.busy)):
            if code in codes:
                return Said(meaning, code, message)  # type: ignore[arg-type]
        return Said("failed", code, message)

    def candidates(self, request: Request, answer: Json) -> tuple[Candidate, ...]:
        """The places found, in the service's order."""
        shape = self.description.answer
        found = dig(answer, shape.results)
        places = [found] if isinstance(found, dict) else items(answer, shape.results)
        return in_wgs84(self.name, self.description.datum, [self._place(place) for place in places])

    def _place(self, place: dict[str, Json]) -> Found:
        shape = self.description.answer

        def text(where: str | None) -> str:
            return words(dig(place, where)) if where else ""

        lon, lat = _lon_lat(place, shape)
        level = text(shape.precision)
        return Found(
            lon,
            lat,
            name=text(shape.name),
            address=text(shape.address),
            county=text(shape.county),
            township=text(shape.township),
            precision=shape.precision_words.get(level, "unknown"),
            score=share(dig(place, shape.score), shape.score_full) if shape.score else None,
            detail={"level": level} if level else {},
        )


def _lon_lat(place: dict[str, Json], shape: AnswerShape) -> tuple[object, object]:
    if shape.lonlat is None:
        return dig(place, shape.lon or ""), dig(place, shape.lat or "")
    both = dig(place, shape.lonlat)
    halves = both.replace(",", " ").split() if isinstance(both, str) else both
    if not isinstance(halves, list) or len(halves) < 2 or number(halves[0]) is None:
        return None, None
    return (halves[0], halves[1]) if shape.order == "lon,lat" else (halves[1], halves[0])


def _placeholders(text: str) -> set[str]:
    """The names in braces; raises :class:`ValueError` for braces that are none."""
    names = [(name, spec, conversion) for _, name, spec, conversion in string.Formatter().parse(text)]
    if any(spec or conversion for name, spec, conversion in names if name is not None):
        raise ValueError(text)
    return {name for name, _, _ in names if name is not None}


def read_description(path: Path) -> Described:
    """The service of a TOML file; :class:`InputError` lists every mistake in it."""
    findings = Findings(path)
    try:
        described = Description.model_validate(parse_toml(read_text(path, limit=DESCRIPTION_LIMIT), path.name))
    except ValidationError as error:
        raise InputError(problems_of(error, path.name)) from error
    _check(described, findings)
    findings.raise_errors()
    url = web_address(described.url.replace("{", "%7B").replace("}", "%7D"), "url")
    base = f"{url.scheme}://{url.netloc.decode('ascii')}"
    manners = Manners(**described.manners.model_dump())
    path_of_url = "/" + described.url.partition("://")[2].partition("/")[2]
    return Described(described, base, path_of_url, manners)


def _check(described: Description, findings: Findings) -> None:
    url = described.url
    if not url.startswith(("http://", "https://")):
        findings.error("geocode.described-url", column="url")
    elif "?" in url or "#" in url or "@" in url.split("/")[2] or "{" in url.split("/")[2]:
        findings.error("geocode.described-url-parts", column="url")
    for key in described.params:
        if key.lower() in LIKE_A_KEY or key == described.key_param:
            findings.error("geocode.key-in-file", column=f"params.{key}", variable=key)
    texts: Mapping[str, str] = {"url": url} | {f"params.{key}": text for key, text in described.params.items()}
    used: set[str] = set()
    for where, text in texts.items():
        try:
            names = _placeholders(text)
        except ValueError:
            names = {text}
        used |= names
        if names - set(FILLERS):
            findings.error("geocode.described-placeholder", column=where, value=text, known=", ".join(FILLERS))
    if not used:
        findings.error("geocode.described-asks-nothing", column="params")
    shape = described.answer
    if (shape.lonlat is None) == (shape.lon is None or shape.lat is None):
        findings.error("geocode.described-lonlat", column="answer")
    if described.error.field is not None and not described.error.ok:
        findings.error("geocode.described-ok", column="error.ok")
