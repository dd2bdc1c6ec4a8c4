"""One answer over HTTP: addresses, redirects, time-outs, sizes, and failures in the user's words.

Addresses may hold keys (``user:password@``, ``?key=``): nothing here shows one without :func:`public`.
"""

from __future__ import annotations

import logging
import random
import re
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import Self

import httpx
import tenacity

from ..errors import FetchError, Problem

CHUNK = 1 << 16
REDIRECTS = 5
CONNECT_S = 30.0
TOO_MANY_WAIT_S = 30.0
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
UNPACKED_FREE = 64 << 20
UNPACKED_RATIO = 100
LOGGERS = ("httpx", *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")))


class TryAgain(FetchError):
    """A failure that may pass; ``wait_s`` is how long the server asked to be left alone, if it did."""

    def __init__(self, problem: Problem, wait_s: float | None = None) -> None:
        self.wait_s = wait_s
        super().__init__(problem)


@dataclass(frozen=True)
class Limits:
    """``read_s``: longest silence; ``total_s``: longest answer from connection to last byte; sizes are unpacked."""

    read_s: float
    total_s: float
    max_bytes: int


@dataclass(frozen=True)
class Patience:
    """How often and how long to try again: exponential waits with jitter, or what the server asks for, capped."""

    attempts: int = 4
    first_wait_s: float = 2.0
    longest_wait_s: float = 300.0
    sleep: Callable[[float], None] = time.sleep

    def retrying(self) -> tenacity.Retrying:
        """Iterates over attempts; only :class:`TryAgain` leads to another one, and the last one is raised."""
        return tenacity.Retrying(
            sleep=self.sleep,
            stop=tenacity.stop_after_attempt(self.attempts),
            wait=self._wait,
            retry=tenacity.retry_if_exception_type(TryAgain),
            reraise=True,
        )

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, TryAgain) and error.wait_s is not None:
            return min(error.wait_s, self.longest_wait_s) + random.uniform(0, 1)
        backoff: float = min(self.first_wait_s * 2 ** (state.attempt_number - 1), self.longest_wait_s)
        return backoff + random.uniform(0, self.first_wait_s)


@dataclass(frozen=True)
class Ask:
    """One request; ``form`` makes it a POST."""

    url: httpx.URL
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None


def carereach_version() -> str:
    """The installed version, or ``0`` when run from a bare checkout."""
    try:
        return version("carereach")
    except PackageNotFoundError:
        return "0"


def web_address(address: str, key: str) -> httpx.URL:
    """An http or https address; ``key`` names the setting in the error, which does not repeat the address."""
    with suppress(httpx.InvalidURL):
        url = httpx.URL(address)
        if url.scheme in {"http", "https"} and url.host:
            return url
    raise FetchError(Problem("fetch.not-an-address", params={"key": key}))


def public(url: httpx.URL) -> str:
    """The address without credentials, query and fragment: the only form that is shown, logged or written."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme}://{host}{port}{url.path.split(';')[0]}"


@contextmanager
def web_client() -> Iterator[httpx.Client]:
    """A client that names itself, follows no redirect by itself, and whose libraries log no addresses.

    Proxies are taken from the environment. Every answer has its own connection, so that a deadline can cut it.
    """
    with _quiet_loggers():
        try:
            client = httpx.Client(
                headers={"User-Agent": f"carereach/{carereach_version()} (health planning tool)"},
                limits=httpx.Limits(max_keepalive_connections=0),
                event_hooks={"response": [_require_safe_redirect]},
            )
        except (ImportError, ValueError, httpx.InvalidURL):
            raise FetchError(Problem("fetch.proxy")) from None
        with client:
            yield client


@contextmanager
def _quiet_loggers() -> Iterator[None]:
    """httpx logs whole addresses, httpcore whole headers: their records are dropped while we are asking."""

    def drop(_record: logging.LogRecord) -> bool:
        return False

    for name in LOGGERS:
        logging.getLogger(name).addFilter(drop)
    try:
        yield
    finally:
        for name in LOGGERS:
            logging.getLogger(name).removeFilter(drop)


class Deadline:
    """Shuts the connection when its time is over: read time-outs alone let a dripping server hold us for ever."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.passed = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(max(seconds, 0), self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        with self._lock:
            self._forget()

    def trace(self, event: str, info: Mapping[str, object]) -> None:
        """httpcore's trace hook: keeps a second handle of each new connection."""
        if not event.endswith("connect_tcp.complete"):
            return
        stream = info["return_value"]
        connection = stream.get_extra_info("socket")  # type: ignore[attr-defined]
        with self._lock:
            self._forget()
            self._socket = connection.dup()
            if self.passed:
                self._shut()

    def _cut(self) -> None:
        with self._lock:
            self.passed = True
            self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _forget(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class Answer:
    """An answer whose body is not yet read."""

    def __init__(self, response: httpx.Response, deadline: Deadline, shown: str) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.shown = shown
        self._response = response
        self._deadline = deadline

    @property
    def packed(self) -> bool:
        """Whether the body is compressed on its way."""
        return str(self.headers.get("content-encoding", "identity")).lower() != "identity"

    @property
    def length(self) -> int | None:
        """The declared length of the body on its way, in bytes."""
        declared = self.headers.get("content-length", "")
        return int(declared) if re.fullmatch(r"\d{1,18}", declared) else None

    def chunks(self, limit: int) -> Iterator[bytes]:
        """The unpacked body in pieces; raises where it passes ``limit`` bytes (declared or received) or is torn."""
        if self.length is not None and self.length > limit:
            raise self._failure("fetch.too-large", limit_mb=_megabytes(limit))
        received = 0
        for piece in self._unpacked():
            received += len(piece)
            if received > limit:
                raise self._failure("fetch.too-large", limit_mb=_megabytes(limit))
            allowed = max(UNPACKED_FREE, UNPACKED_RATIO * self._response.num_bytes_downloaded)
            if self.packed and received > allowed:
                raise self._failure("fetch.bomb", limit_mb=_megabytes(allowed))
            yield piece
        if self._deadline.passed:
            raise self._failure("fetch.too-slow", seconds=self._deadline.seconds)

    def beginning(self) -> str:
        """The first words of the body, markup removed, for an error."""
        with suppress(FetchError, httpx.RequestError):
            for piece in self.chunks(CHUNK):
                return plain(piece[:4096])
        return ""

    def _unpacked(self) -> Iterator[bytes]:
        raw = self._response.iter_raw(CHUNK if self.packed else None)
        if not self.packed:
            return raw
        encoding = self.headers["content-encoding"].lower()
        if encoding not in {"gzip", "x-gzip"}:
            raise self._failure("fetch.encoding", encoding=encoding)
        return self._gunzip(raw)

    def _gunzip(self, raw: Iterator[bytes]) -> Iterator[bytes]:
        engine = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            for block in raw:
                while block:
                    yield engine.decompress(block, CHUNK)
                    if engine.eof:
                        return
                    block = engine.unconsumed_tail
            while piece := engine.decompress(b"", CHUNK):
                yield piece
        except zlib.error:
            raise TryAgain(Problem("fetch.damaged", params={"address": self.shown})) from None
        if not engine.eof and not self._deadline.passed:
            raise TryAgain(Problem("fetch.damaged", params={"address": self.shown}))

    def _failure(self, code: str, **params: object) -> FetchError:
        return FetchError(Problem(code, params={"address": self.shown, **params}))


@contextmanager
def answer(
    client: httpx.Client, ask: Ask, limits: Limits, accept: frozenset[int] = frozenset({200})
) -> Iterator[Answer]:
    """Sends one request, follows safe redirects, and yields the answer if its status is one of ``accept``.

    Raises :class:`TryAgain` for what may pass (no connection, silence, a torn answer, 429, 5xx), else
    :class:`FetchError`. Failures while the body is read inside the block are translated too.
    """
    shown = public(ask.url)
    with Deadline(limits.total_s) as deadline:
        response = None
        try:
            response = _follow(client, ask, limits, deadline)
            found = Answer(response, deadline, public(response.url))
            if found.status not in accept:
                raise _refusal(found)
            yield found
        except httpx.RequestError as error:
            raise _broken(error, deadline, limits, shown) from None
        finally:
            if response is not None:
                response.close()


def _follow(client: httpx.Client, ask: Ask, limits: Limits, deadline: Deadline) -> httpx.Response:
    url, form, seen = ask.url, ask.form, {ask.url}
    timeout = httpx.Timeout(limits.read_s, connect=min(CONNECT_S, limits.read_s))
    for _ in range(REDIRECTS + 1):
        request = client.build_request(
            "GET" if form is None else "POST",
            url,
            headers=dict(ask.headers),
            data=None if form is None else dict(form),
            timeout=timeout,
            extensions={"trace": deadline.trace},
        )
        response = client.send(request, stream=True, follow_redirects=False)
        if not response.has_redirect_location:
            return response
        response.close()
        form = None if response.status_code == httpx.codes.SEE_OTHER else form
        url = _redirected(url, response.headers["location"])
        if url in seen:
            break
        seen.add(url)
    raise FetchError(Problem("fetch.redirect-loop", params={"address": public(ask.url)}))


def _require_safe_redirect(response: httpx.Response) -> None:
    """Looks at a redirect before httpx does, which would report a broken one as a broken connection."""
    if response.has_redirect_location:
        _redirected(response.request.url, response.headers["location"])


def _redirected(url: httpx.URL, location: str) -> httpx.URL:
    params = {"address": public(url)}
    try:
        target = url.join(location)
    except httpx.InvalidURL:
        raise FetchError(Problem("fetch.redirect-broken", params=params)) from None
    if target.scheme not in {"http", "https"} or not target.host:
        raise FetchError(Problem("fetch.redirect-scheme", params=params | {"scheme": target.scheme or "?"}))
    if url.scheme == "https" and target.scheme == "http":
        raise FetchError(Problem("fetch.redirect-downgrade", params=params))
    return target


def _refusal(found: Answer) -> FetchError:
    params = {"address": found.shown, "status": found.status}
    if found.status not in PASSING:
        return FetchError(Problem("fetch.refused", value=found.beginning() or None, params=params))
    code = "fetch.busy" if found.status in {429, 503} else "fetch.server-error"
    wait_s = retry_after(found.headers.get("retry-after", ""), datetime.now(UTC))
    if wait_s is None and found.status == httpx.codes.TOO_MANY_REQUESTS:
        wait_s = TOO_MANY_WAIT_S
    return TryAgain(Problem(code, params=params), wait_s)


def _broken(error: httpx.RequestError, deadline: Deadline, limits: Limits, shown: str) -> FetchError:
    if deadline.passed:
        return FetchError(Problem("fetch.too-slow", params={"address": shown, "seconds": deadline.seconds}))
    if isinstance(error, httpx.TimeoutException):
        return TryAgain(Problem("fetch.silent", params={"address": shown, "seconds": limits.read_s}))
    reason = re.sub(r"\S+://\S+", "…", str(error)) or type(error).__name__
    code = "fetch.no-connection" if isinstance(error, httpx.ConnectError | httpx.ProxyError) else "fetch.cut-off"
    return TryAgain(Problem(code, params={"address": shown, "reason": reason}))


def retry_after(header: str, now: datetime) -> float | None:
    """Seconds that a ``Retry-After`` header asks for (a number or an HTTP date); None where it says neither."""
    header = header.strip()
    if re.fullmatch(r"\d{1,9}", header):
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max((until - now).total_seconds(), 0.0)


def plain(body: bytes) -> str:
    """The words at the beginning of a page, without markup, for an error text."""
    text = body.decode("utf-8", "replace")
    text = re.sub(r"(?is)<(script|style)\b.*?(</\1>|$)", " ", text)
    return " ".join(re.sub(r"(?s)<[^>]*(>|$)", " ", text).split())[:100]


def _megabytes(size: int) -> float:
    return round(size / (1 << 20), 1)
