"""A local HTTP server that behaves, or misbehaves, as told: one behaviour per request, the last one for all others."""

from __future__ import annotations

import gzip
import re
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Handler(BaseHTTPRequestHandler):
    """One request; ``body`` is what was posted."""

    protocol_version = "HTTP/1.1"
    body: bytes = b""
    server: Server

    def do_GET(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.close_connection = True
        self.server.take(self)(self)

    do_POST = do_GET  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:
        """Keeps the test output clean."""

    def reply(self, body: bytes = b"", status: int = 200, length: int | None = -1, **headers: str) -> None:
        """Sends an answer; ``length``: -1 the true one, None undeclared, else a lie."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if length is not None:
            self.send_header("Content-Length", str(len(body) if length == -1 else length))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    @property
    def query(self) -> str:
        """The Overpass query that was posted."""
        return urllib.parse.parse_qs(self.body.decode())["data"][0]


Behaviour = Callable[[Handler], None]


class Server(ThreadingHTTPServer):
    """Remembers what it was asked; ``stop`` wakes handlers that wait."""

    daemon_threads = True

    def __init__(self, behaviours: tuple[Behaviour, ...]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviours = list(behaviours)
        self.asked: list[Handler] = []
        self.stop = threading.Event()
        self._lock = threading.Lock()

    def take(self, handler: Handler) -> Behaviour:
        """The behaviour for this request."""
        with self._lock:
            self.asked.append(handler)
            return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]

    def url(self, path: str = "/data", userinfo: str = "") -> str:
        """An address of this server."""
        return f"http://{userinfo}127.0.0.1:{self.server_address[1]}{path}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what many tests are about."""


@contextmanager
def serving(*behaviours: Behaviour) -> Iterator[Server]:
    """Runs a server on a free local port; no proxy of the machine stands in between."""
    server = Server(behaviours)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
                patch.delenv(name, raising=False)
            yield server
    finally:
        server.stop.set()
        server.shutdown()
        thread.join()
        server.server_close()


def saying(body: bytes = b"", status: int = 200, length: int | None = -1, **headers: str) -> Behaviour:
    """Always the same answer."""
    return lambda handler: handler.reply(body, status, length, **headers)


def redirect(to: str, status: int = 302) -> Behaviour:
    """Sends the client elsewhere."""
    return saying(status=status, Location=to)


def cut_off(body: bytes, at: int, **headers: str) -> Behaviour:
    """Declares the whole body, sends its first bytes, hangs up."""
    return saying(body[:at], length=len(body), **headers)


def drip(body: bytes, *, every_s: float = 0.02) -> Behaviour:
    """One byte at a time."""

    def behave(handler: Handler) -> None:
        handler.reply(length=len(body))
        for byte in body:
            handler.wfile.write(bytes([byte]))
            if handler.server.stop.wait(every_s):
                return

    return behave


def drip_headers(handler: Handler) -> None:
    """A head that never ends, one byte at a time."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not handler.server.stop.wait(0.02):
        handler.wfile.write(b"x")


def silent(handler: Handler) -> None:
    """Says nothing until the test ends."""
    handler.server.stop.wait(30)


def ranged(body: bytes, etag: str = '"one"') -> Behaviour:
    """A proper file server: Range and If-Range are honoured."""

    def behave(handler: Handler) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        if wanted and handler.headers.get("If-Range") == etag:
            first = int(wanted.group(1))
            span = f"bytes {first}-{len(body) - 1}/{len(body)}"
            handler.reply(body[first:], 206, ETag=etag, Content_Range=span)
        else:
            handler.reply(body, ETag=etag)

    return behave


def gzip_bomb(unpacked_mb: int) -> Behaviour:
    """A small answer that unpacks to many zeros."""
    return saying(gzip.compress(bytes(unpacked_mb << 20)), Content_Encoding="gzip")


@dataclass(frozen=True)
class Grid:
    """A made-up road grid: nodes every 0.1 degrees, one way between each two neighbours of a row."""

    osm_base: str = "2026-01-02T03:04:05Z"
    ways: dict[int, tuple[int, int]] = field(default_factory=lambda: {w: (w, w + 1) for w in range(1, 10_000)})

    def place(self, node: int) -> tuple[float, float]:
        """Longitude and latitude of a node: 100 a row, from 105 E 20 N."""
        return 105 + (node % 100) * 0.1, 20 + (node // 100) * 0.1

    def touching(self, south: float, west: float, north: float, east: float) -> list[int]:
        """The ways of which a point lies in the box."""
        found = []
        for way, (first, last) in self.ways.items():
            (x1, y1), (x2, y2) = self.place(first), self.place(last)
            if y1 == y2 and south <= y1 <= north and x1 <= east and x2 >= west:
                found.append(way)
        return found

    def xml(self, query: str, extra: str = "") -> bytes:
        """What Overpass answers to our query."""
        box = re.search(r"\(([-\d.]+),([-\d.]+),([-\d.]+),([-\d.]+)\)", query)
        assert box is not None
        ways = self.touching(*map(float, box.groups()))
        nodes = sorted({node for way in ways for node in self.ways[way]})
        places = {node: self.place(node) for node in nodes}
        lines = [f'<node id="{n}" lat="{y:.7f}" lon="{x:.7f}"/>' for n, (x, y) in places.items()]
        lines += [
            f'<way id="{w}"><nd ref="{self.ways[w][0]}"/><nd ref="{self.ways[w][1]}"/>'
            f'<tag k="highway" v="primary"/><tag k="name" v="人民路 &amp; {w}"/></way>'
            for w in ways
        ]
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="test">\n'
            f'<note>test</note><meta osm_base="{self.osm_base}"/>\n' + "\n".join(lines) + extra + "\n</osm>\n"
        ).encode()

    def answer(self, handler: Handler) -> None:
        """A proper Overpass server; compresses where that is welcome."""
        if "gzip" in handler.headers.get("Accept-Encoding", ""):
            handler.reply(gzip.compress(self.xml(handler.query)), Content_Encoding="gzip")
        else:
            handler.reply(self.xml(handler.query))

    def giving_up(self, handler: Handler) -> None:
        """Overpass that ran out of time half-way: status 200, a well-formed document, and a remark."""
        remark = '<remark> runtime error: Query timed out in "query" at line 1 after 180 seconds. </remark>'
        handler.reply(self.xml(handler.query, remark))
