"""A made-up world behind the protocols of Tianditu, Amap, Baidu, Nominatim and one service of our own.

Each provider is spoken as its page documents it (see the docstrings in ``layers/geocode/providers``), errors included.
As a script it serves the places of a CSV file (name, lon, lat, county, township, address; WGS 84) until it is stopped:
``python tests/geocode_server.py places.csv``; it prints the environment to run ``carereach geocode`` with.
"""

from __future__ import annotations

import csv
import json
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from servers import Handler, Server, serving

from carereach.layers.datum import wgs84_to_bd09, wgs84_to_gcj02

SECRET = "s3cret+Key/0f-carereach~tests=="
KEYED = ("tianditu", "amap", "baidu", "own")
PATHS = {
    "/geocoder": "tianditu",
    "/v3/place/text": "amap",
    "/v3/geocode/geo": "amap",
    "/place/v2/search": "baidu",
    "/geocoding/v3/": "baidu",
    "/search": "nominatim",
    "/own/find": "own",
}
KEY_PARAMS = {"tianditu": "tk", "amap": "key", "baidu": "ak", "own": "token"}


@dataclass(frozen=True)
class Spot:
    """A made-up place, WGS 84."""

    name: str
    lon: float
    lat: float
    county: str = "甲县"
    township: str = "乙镇"
    address: str = "丙路1号"
    city: str = "丁市"


@dataclass
class World:
    """Answers by name or address; ``asked`` counts what was asked for, ``faults`` come before proper answers.

    ``watch`` is told the number of each request before it is answered.
    """

    spots: tuple[Spot, ...]
    key: str = SECRET
    quota: dict[str, int] = field(default_factory=dict)
    faults: list[Callable[[Handler], None]] = field(default_factory=list)
    echo: str = ""
    watch: Callable[[int], None] = lambda _asked: None
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, handler: Handler) -> None:
        url = urlsplit(handler.path)
        provider = PATHS.get(url.path)
        params = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        if provider is None:
            handler.reply(b"<html><body>404 Not Found</body></html>", 404, Content_Type="text/html")
            return
        with self._lock:
            self.asked[provider, words_asked(params)] += 1
            over = self.requests(provider) > self.quota.get(provider, 1 << 60)
            fault = self.faults.pop(0) if self.faults else None
            self.watch(sum(self.asked.values()))
        if fault is not None:
            fault(handler)
            return
        wrong_key = provider in KEYED and params.get(KEY_PARAMS[provider]) != self.key
        given, status = ANSWERS[provider](self, url.path, params, wrong_key, over)
        if self.echo and isinstance(given, dict):
            given[self.echo] = handler.path
        body = json.dumps(given, ensure_ascii=False).encode()
        handler.reply(body, status, Content_Type="application/json; charset=utf-8")

    def requests(self, provider: str) -> int:
        """How many requests a provider was sent."""
        return sum(count for (who, _), count in self.asked.items() if who == provider)

    def found(self, text: str) -> list[Spot]:
        """Places whose name or address the text holds, or whose name holds the text."""
        return [s for s in self.spots if text and (s.name in text or text in s.name or s.address in text)]


def words_asked(params: dict[str, str]) -> str:
    """What a request asks for, by any provider's parameter."""
    if "ds" in params:
        return str(json.loads(params["ds"])["keyWord"])
    return next((params[name] for name in ("keywords", "address", "query", "q", "what") if name in params), "")


def gcj(spot: Spot) -> str:
    lon, lat = wgs84_to_gcj02(spot.lon, spot.lat)
    return f"{lon:.6f},{lat:.6f}"


Given = tuple[Any, int]


def tianditu(world: World, _path: str, params: dict[str, str], wrong_key: bool, over: bool) -> Given:
    if wrong_key:
        return {"code": 301001, "msg": "非法Key", "resolve": "请核对Key"}, 403
    if over:
        return {"code": 302001, "msg": "访问次数超限"}, 200
    words = words_asked(params)
    spots = world.found(words)
    if not spots:
        return {"msg": "无结果", "status": "101", "searchVersion": "6.4.9V"}, 200
    spot = spots[0]
    place = {"score": 80, "level": "门址", "lon": f"{spot.lon:.6f}", "lat": f"{spot.lat:.6f}", "keyWord": words}
    return {"msg": "ok", "location": place, "searchVersion": "6.4.9V", "status": "0"}, 200


def amap(world: World, path: str, params: dict[str, str], wrong_key: bool, over: bool) -> Given:
    if wrong_key:
        return {"status": "0", "info": "INVALID_USER_KEY", "infocode": "10001"}, 200
    if over:
        return {"status": "0", "info": "DAILY_QUERY_OVER_LIMIT", "infocode": "10003"}, 200
    spots = world.found(words_asked(params))
    head = {"status": "1", "info": "OK", "infocode": "10000", "count": str(len(spots))}
    if path == "/v3/place/text":
        pois = [
            {
                "id": f"B{n:05}",
                "name": s.name,
                "type": "医疗保健服务;综合医院;综合医院",
                "address": s.address,
                "location": gcj(s),
                "pname": "戊省",
                "cityname": s.city,
                "adname": s.county,
                "tel": [],
            }
            for n, s in enumerate(spots)
        ]
        return head | {"pois": pois, "suggestion": {"keywords": [], "cities": []}}, 200
    geocodes = [
        {
            "formatted_address": f"戊省{s.city}{s.county}{s.address}",
            "province": "戊省",
            "city": s.city,
            "district": s.county,
            "township": [],
            "building": {"name": [], "type": []},
            "location": gcj(s),
            "level": "门牌号",
        }
        for s in spots
    ]
    return head | {"geocodes": geocodes}, 200


def baidu(world: World, path: str, params: dict[str, str], wrong_key: bool, over: bool) -> Given:
    if wrong_key:
        return {"status": 200, "message": "APP不存在，AK有误请检查再重试"}, 200
    if over:
        return {"status": 302, "message": "天配额超限，限制访问"}, 200
    spots = world.found(words_asked(params))
    shift = wgs84_to_gcj02 if params.get("ret_coordtype") == "gcj02ll" else wgs84_to_bd09
    places = [dict(zip(("lng", "lat"), shift(s.lon, s.lat), strict=True)) for s in spots]
    if path == "/place/v2/search":
        results = [
            {
                "name": s.name,
                "location": place,
                "address": s.address,
                "province": "戊省",
                "city": s.city,
                "area": s.county,
                "uid": f"u{n}",
            }
            for n, (s, place) in enumerate(zip(spots, places, strict=True))
        ]
        return {"status": 0, "message": "ok", "result_type": "poi_type", "results": results}, 200
    if not spots:
        return {"status": 1, "msg": "Internal Service Error:无相关结果", "results": []}, 200
    result = {"location": places[0], "precise": 1, "confidence": 80, "comprehension": 90, "level": "门址"}
    return {"status": 0, "result": result}, 200


def nominatim(world: World, _path: str, params: dict[str, str], _wrong_key: bool, _over: bool) -> Given:
    if params.get("format") != "jsonv2":
        return {"error": {"code": 400, "message": "Parameter 'format' must be one of: jsonv2"}}, 400
    return [
        {
            "place_id": n,
            "osm_type": "node",
            "osm_id": 1000 + n,
            "lat": f"{s.lat:.7f}",
            "lon": f"{s.lon:.7f}",
            "category": "amenity",
            "type": "hospital",
            "place_rank": 30,
            "importance": 0.1,
            "name": s.name,
            "display_name": f"{s.name}, {s.address}, {s.township}, {s.county}, {s.city}",
            "address": {"amenity": s.name, "town": s.township, "county": s.county, "city": s.city},
            "boundingbox": ["0", "1", "0", "1"],
        }
        for n, s in enumerate(world.found(words_asked(params)))
    ], 200


def own(world: World, _path: str, params: dict[str, str], wrong_key: bool, over: bool) -> Given:
    if wrong_key or over:
        return {"code": "E_KEY" if wrong_key else "E_DAY", "note": "no"}, 200
    hits = [
        {"title": s.name, "at": gcj(s), "in": {"county": s.county}, "kind": "door", "sure": 90}
        for s in world.found(words_asked(params))
    ]
    return {"code": "OK", "data": {"hits": hits}}, 200


ANSWERS: dict[str, Callable[[World, str, dict[str, str], bool, bool], Given]] = {
    "tianditu": tianditu,
    "amap": amap,
    "baidu": baidu,
    "nominatim": nominatim,
    "own": own,
}


@contextmanager
def world_server(world: World) -> Iterator[Server]:
    """Serves the world on a free local port."""
    with serving(world) as server:
        yield server


def environment(server: Server, key: str = SECRET) -> dict[str, str]:
    """The variables that make carereach ask this server, with a key."""
    base = server.url("")
    addresses = {f"CARE_{name.upper()}_URL": base for name in ("tianditu", "amap", "baidu", "nominatim", "own")}
    return addresses | {f"CARE_{name.upper()}_KEY": key for name in KEYED}


def read_spots(path: Path) -> tuple[Spot, ...]:
    """The places of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return tuple(
        Spot(
            row["name"],
            float(row["lon"]),
            float(row["lat"]),
            row.get("county") or "",
            row.get("township") or "",
            row.get("address") or row["name"],
            row.get("city") or "",
        )
        for row in rows
        if row["lon"] and row["lat"]
    )


if __name__ == "__main__":
    with world_server(World(read_spots(Path(sys.argv[1])))) as running:
        sys.stdout.writelines(f"export {name}='{value}'\n" for name, value in environment(running).items())
        sys.stdout.flush()
        threading.Event().wait()
