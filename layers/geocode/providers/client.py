"""Asks services over HTTP: from the store if it was answered before, else politely, and keeps the answer.

The HTTP client is :mod:`carereach.layers.web`'s and not geopy's, although geopy knows Nominatim and Baidu: geopy writes
whole addresses, keys included, to its debug log, and with requests also into its errors; it has no limit of size and
none of total time (a dripping server holds it for ever); it hands out answers only after its own reading, so they could
not be kept; its ``BaiduV3`` has neither ``ret_coordtype`` nor the place search, and Amap and Tianditu are not in it.

No key leaves this module: requests are named in the store without it, answers are searched for it before they are kept,
and errors are made anew, with nothing of the failed request behind them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from ....errors import FetchError, InputError, Problem
from ...web import PASSING as WEB_PASSING
from ...web import Answer, Ask, TryAgain, answer, plain, public, web_address
from ..keys import Key, variable_of
from ..manners import ANSWER, Clock, admit
from ..model import Candidate, Query, QuotaReached
from ..store import Store, request_id
from .service import Json, NotAsDocumented, Request, Said, Service, tidied, words

HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip"}
READ = frozenset(range(200, 600)) - WEB_PASSING  # refusals are read too: they may be JSON, or repeat the key
LIKE_A_REFUSED_KEY = frozenset({401, 403, 418})
CHINESE_CHARSETS = ("gbk", "gb2312", "gb18030")
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
FAILURES_IN_A_ROW = 3
BEGINNING = 65536

# What carereach.layers.web says, in words for geocoding.
CODES: Mapping[str, str] = {
    "fetch.no-connection": "geocode.no-connection",
    "fetch.silent": "geocode.silent",
    "fetch.too-slow": "geocode.too-slow",
    "fetch.cut-off": "geocode.cut-off",
    "fetch.damaged": "geocode.damaged",
    "fetch.encoding": "geocode.damaged",
    "fetch.busy": "geocode.busy",
    "fetch.server-error": "geocode.server-error",
    "fetch.refused": "geocode.refused-status",
    "fetch.redirect-loop": "geocode.redirect",
    "fetch.redirect-broken": "geocode.redirect",
    "fetch.redirect-scheme": "geocode.redirect",
    "fetch.redirect-downgrade": "geocode.redirect",
    "fetch.too-large": "geocode.too-large",
    "fetch.bomb": "geocode.too-large",
}
STOPPING = frozenset(
    {"geocode.key-refused", "geocode.key-insecure", "geocode.blocked", "geocode.asked-to-wait", "geocode.gave-up"}
)
PASSING = frozenset(
    {
        "geocode.no-connection",
        "geocode.silent",
        "geocode.too-slow",
        "geocode.cut-off",
        "geocode.damaged",
        "geocode.busy",
        "geocode.server-error",
        "geocode.html",
        "geocode.not-json",
        "geocode.not-utf8",
        "geocode.redirect",
        "geocode.too-large",
        "geocode.refused-status",
    }
)


class NotAnswered(InputError):
    """A service did not answer a request; ``stops``: it need not be asked again in this run."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem

    @property
    def stops(self) -> bool:
        """Whether the next row would fare no better."""
        return self.problem.code in STOPPING


@dataclass(frozen=True)
class Account:
    """A service and the key to it."""

    service: Service
    key: Key | None = None

    @property
    def name(self) -> str:
        """The service's."""
        return self.service.name


@dataclass(frozen=True)
class Line:
    """A run's contacts with the world; ``offline``: only what is kept is read."""

    client: httpx.Client
    store: Store
    offline: bool = False
    clock: Clock = field(default_factory=Clock)
    attempts: int = 4


class WebProvider:
    """An account on a line: answers from the store where it can, and else asks, until the service wants no more."""

    def __init__(self, account: Account, line: Line) -> None:
        self._service, self._key, self._line = account.service, account.key, line
        self._closed: Problem | None = None
        self._failed_in_a_row = 0

    @property
    def name(self) -> str:
        """The service's."""
        return self._service.name

    def ask(self, query: Query) -> tuple[Candidate, ...]:
        """Candidates for one row, best first; raises :class:`QuotaReached` or :class:`NotAnswered`."""
        found, failures = self.ask_each(query)
        for problem in failures:
            if problem.code == "geocode.quota":
                raise QuotaReached(self.name)
            raise NotAnswered(problem)
        return found

    def ask_each(self, query: Query) -> tuple[tuple[Candidate, ...], tuple[Problem, ...]]:
        """Candidates of all requests that were answered, and what became of the others, each kind of failure once."""
        found: list[Candidate] = []
        failures: dict[str, Problem] = {}
        for request in self._service.requests(tidied(query)):
            try:
                found += self._candidates(request)
            except QuotaReached:
                self._closed = self._problem("geocode.quota")
                failures.setdefault("geocode.quota", self._closed)
            except NotAnswered as failure:
                failures.setdefault(failure.problem.code, failure.problem)
        places = {(c.name, round(c.lon, 6), round(c.lat, 6), c.precision): c for c in reversed(found)}
        return tuple(
            c for c in found if places.get((c.name, round(c.lon, 6), round(c.lat, 6), c.precision)) is c
        ), tuple(failures.values())

    def _candidates(self, request: Request) -> tuple[Candidate, ...]:
        given = self._answer(request)
        try:
            return self._service.candidates(request, given)
        except NotAsDocumented as error:
            problem = self._problem("geocode.not-documented", where=error.where)
        raise NotAnswered(problem)

    def _answer(self, request: Request) -> Json:
        service, line = self._service, self._line
        identity = request_id(service.name, service.base, request.kind, request.path, request.params)
        kept = line.store.get(identity, line.clock.now())
        if kept is not None:
            return kept[0]
        if line.offline:
            raise NotAnswered(self._problem("geocode.offline"))
        if self._closed is not None:
            raise NotAnswered(self._closed)
        outcome = self._outcome(request)
        if isinstance(outcome, QuotaReached | NotAnswered):
            raise outcome  # outside of any except block: no failed request, with its key, stands behind it
        line.store.put(identity, service.name, [outcome], line.clock.now())
        return outcome

    def _outcome(self, request: Request) -> Json | QuotaReached | NotAnswered:
        try:
            given = self._patiently(request)
        except QuotaReached:
            return QuotaReached(self.name)
        except FetchError as error:
            problem = self._in_our_words(error.problems[0])
        else:
            self._failed_in_a_row = 0
            return given
        self._failed_in_a_row = self._failed_in_a_row + 1 if problem.code in PASSING else 0
        if problem.code in STOPPING:
            self._closed = problem
        elif self._failed_in_a_row >= FAILURES_IN_A_ROW:
            self._closed = self._problem("geocode.gave-up", count=FAILURES_IN_A_ROW)
        return NotAnswered(problem)

    def _patiently(self, request: Request) -> Json:
        clock = self._line.clock
        patience = clock.patience(self._line.attempts)
        for attempt in patience.retrying():
            with attempt:
                admit(self._line.store, self.name, self._service.manners, clock)
                try:
                    return self._once(request)
                except TryAgain as error:
                    if error.wait_s is None or error.wait_s <= patience.longest_wait_s:
                        raise
                    minutes = round(error.wait_s / 60)
                raise FetchError(self._problem("geocode.asked-to-wait", minutes=minutes))
        raise AssertionError("tenacity returns or raises")

    def _once(self, request: Request) -> Json:
        url = self._url(request)
        with answer(self._line.client, Ask(url, HEADERS), ANSWER, READ) as found:
            body = b"".join(found.chunks(ANSWER.max_bytes))
            content_type = str(found.headers.get("content-type", ""))
        if found.status != httpx.codes.OK and body.lstrip()[:1] not in (b"{", b"["):
            raise FetchError(self._refused(found, self._beginning(body)))
        given = self._parsed(self._decoded(body, content_type), body)
        said = self._service.said(given)
        if said.meaning in ("answer", "nothing"):
            if found.status == httpx.codes.OK:
                return given
            raise FetchError(self._refused(found, _any_words(given)))
        raise self._failure(said)

    def _url(self, request: Request) -> httpx.URL:
        params = dict(request.params)
        url = web_address(self._service.base.rstrip("/") + request.path, self.name)
        if self._key is not None and self._service.key_param:
            if url.scheme != "https" and url.host not in LOCAL:
                raise FetchError(self._problem("geocode.key-insecure"))
            params[self._service.key_param] = self._key.reveal()
        return url.copy_merge_params(params)

    def _decoded(self, body: bytes, content_type: str) -> str:
        chinese = any(charset in content_type.lower() for charset in CHINESE_CHARSETS)
        try:
            return body.decode("gb18030" if chinese else "utf-8-sig")
        except UnicodeDecodeError as error:
            raise FetchError(self._problem("geocode.not-utf8", byte=error.start)) from None

    def _parsed(self, text: str, body: bytes) -> Json:
        if text.lstrip()[:1] == "<":
            raise FetchError(self._problem("geocode.html", value=self._beginning(body) or None))
        try:
            given = json.loads(text, parse_constant=_no_number)
        except (ValueError, RecursionError):
            raise TryAgain(self._problem("geocode.not-json", value=self._beginning(body) or None)) from None
        return self._hidden(given)

    def _failure(self, said: Said) -> FetchError | QuotaReached:
        if said.meaning == "quota":
            return QuotaReached(self.name)
        params = {"code": said.code or "?", "words": said.words or "?"}
        if said.meaning == "busy":
            return TryAgain(self._problem("geocode.busy", status=params["code"]), said.wait_s)
        if said.meaning == "key":
            return FetchError(self._problem("geocode.key-refused", variable=variable_of(self.name), **params))
        return FetchError(self._problem("geocode.refused", **params))

    def _refused(self, found: Answer, shown: str) -> Problem:
        if found.status in LIKE_A_REFUSED_KEY:
            if self._key is None:
                return self._problem("geocode.blocked", value=shown or None, status=found.status)
            variable = variable_of(self.name)
            code = f"HTTP {found.status}"
            return self._problem("geocode.key-refused", variable=variable, code=code, words=shown or "?")
        return self._problem("geocode.refused-status", value=shown or None, status=found.status)

    def _in_our_words(self, problem: Problem) -> Problem:
        """A problem of the web client as one of geocoding, without the key."""
        code = CODES.get(problem.code, problem.code)
        return self._problem(code, value=problem.value, **problem.params)

    def _problem(self, code: str, /, *, value: object = None, **params: object) -> Problem:
        address = public(httpx.URL(self._service.base))
        params = {"provider": self.name, "address": address} | {k: self._hidden(v) for k, v in params.items()}
        return Problem(code, value=self._hidden(value), params=params, level="warning")

    def _beginning(self, body: bytes) -> str:
        """The first words of a page; the key goes first, for cut in two it would not be known again."""
        return plain(str(self._hidden(body[:BEGINNING].decode("utf-8", "replace"))).encode())

    def _hidden(self, value: Json) -> Json:
        """The same without the key, in every text of it."""
        if self._key is None:
            return value
        if isinstance(value, str):
            return self._key.hide(value)
        if isinstance(value, list):
            return [self._hidden(part) for part in value]
        if isinstance(value, dict):
            return {self._hidden(name): self._hidden(part) for name, part in value.items()}
        return value


def _any_words(given: Json) -> str:
    return (
        next((words(given[key]) for key in ("message", "msg", "error") if given.get(key)), "")
        if isinstance(given, dict)
        else ""
    )


def _no_number(constant: str) -> float:
    raise ValueError(constant)
