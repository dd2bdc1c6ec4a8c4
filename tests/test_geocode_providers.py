"""Providers asked over a real socket: requests, answers and refusals as documented, and what goes wrong between."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
import servers
from geocode_desk import EVERYBODY, ROW, Desk
from geocode_server import SECRET, Spot, World, environment, world_server
from hypothesis import given
from hypothesis import strategies as st
from servers import Handler, Server, saying

from carereach.layers.datum import wgs84_to_bd09
from carereach.layers.geocode import manners
from carereach.layers.geocode.ask import Answered, accounts, ask_all
from carereach.layers.geocode.model import Query
from carereach.layers.geocode.providers import client
from carereach.layers.geocode.providers.amap import Amap
from carereach.layers.geocode.providers.baidu import Baidu
from carereach.layers.geocode.providers.baidu_mercator import to_degrees
from carereach.layers.geocode.providers.nominatim import Nominatim
from carereach.layers.geocode.providers.service import ProviderOptions, Request, fitting, number, plain_text
from carereach.layers.geocode.providers.tianditu import Tianditu
from carereach.layers.geocode.store import Store

HOSPITAL = Spot("甲县人民医院", 110.1, 22.6)
CLINIC = Spot("乙镇卫生院", 110.25, 22.75, address="己路2号")
HTML = b"<!DOCTYPE html><html><body><h1>Sign in</h1>to use this network</body></html>"
FIELDS = "status result results pois location lng lat lon geocodes msg error address building name place_rank infocode"
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS.split()), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def world() -> World:
    return World((HOSPITAL, CLINIC))


def codes(answered: list[Answered]) -> list[str]:
    return [problem.code for row in answered for problem in row.failures]


def params_of(server: Server) -> list[tuple[str, dict[str, str]]]:
    """Path and parameters of every request, in order."""
    return [(urlsplit(h.path).path, dict(parse_qsl(urlsplit(h.path).query))) for h in server.asked]


# --- what is asked, and what is read from proper answers ---


@pytest.mark.parametrize("name", EVERYBODY)
def test_every_provider_finds_the_place_in_wgs84(desk: Desk, world: World, name: str) -> None:
    with world_server(world) as server:
        (answered,) = desk.ask(server, name)
    assert answered.failures == () and answered.candidates
    for candidate in answered.candidates:
        # Amap gives six decimals: half a millionth of a degree, 5 cm.
        assert (candidate.lon, candidate.lat) == pytest.approx((110.1, 22.6), abs=1e-6)
        assert candidate.provider == name.removesuffix(".toml") and candidate.precision == "exact"
    named = [c for c in answered.candidates if c.name]
    assert named == [] if name == "tianditu" else (named[0].name, named[0].county) == ("甲县人民医院", "甲县")


def test_the_datum_is_taken_off_by_hand_worked_amounts(desk: Desk, world: World) -> None:
    # In southern China GCJ-02 lies some 300-600 m off, BD-09 another 0.0065 / 0.006 degrees: unconverted is far away.
    with world_server(world) as server:
        (answered,) = desk.ask(server, "amap", "baidu")
        raw = [json.loads(body)[0] for body in desk.bodies()]
    given = [tuple(map(float, poi["location"].split(","))) for a in raw for poi in a.get("pois", [])]
    (lon, lat) = given[0]
    assert 0.002 < abs(lon - 110.1) + abs(lat - 22.6) < 0.02
    assert {c.datum for c in answered.candidates} == {"gcj02", "bd09"}


def test_requests_are_those_of_the_documents(desk: Desk, world: World) -> None:
    with world_server(world) as server:
        desk.ask(server, *EVERYBODY)
        asked = params_of(server)
    place = {"keywords": "甲县人民医院", "offset": "10", "page": "1", "extensions": "base", "city": "丁市"}
    region = {"query": "甲县人民医院", "region": "丁市", "city_limit": "true", "page_size": "10", "page_num": "0"}
    detail = {"format": "jsonv2", "addressdetails": "1", "limit": "10", "accept-language": "zh,en"}
    assert asked == [
        ("/geocoder", {"ds": '{"keyWord": "丁市甲县人民医院"}', "tk": SECRET}),
        ("/geocoder", {"ds": '{"keyWord": "丁市甲县丙路1号"}', "tk": SECRET}),
        ("/v3/place/text", place | {"citylimit": "true", "key": SECRET}),
        ("/v3/geocode/geo", {"address": "丁市甲县丙路1号", "city": "丁市", "key": SECRET}),
        ("/place/v2/search", region | {"output": "json", "ak": SECRET}),
        ("/geocoding/v3/", {"address": "丁市甲县丙路1号", "output": "json", "city": "丁市", "ak": SECRET}),
        ("/search", {"q": "丁市甲县人民医院"} | detail),
        ("/search", {"q": "丁市甲县丙路1号"} | detail),
        ("/own/find", {"what": "甲县人民医院", "token": SECRET}),
    ]
    assert all(h.headers["User-Agent"].startswith("carereach/") for h in server.asked)


@pytest.mark.parametrize("coordtype", ["bd09ll", "gcj02ll"])
def test_baidu_in_its_other_degrees(desk: Desk, world: World, coordtype: str) -> None:
    options = {"baidu": ProviderOptions(per_second=1e6, coordtype=coordtype)}  # type: ignore[arg-type]
    with world_server(world) as server, Store(desk.folder / "a") as store:
        who = accounts(["baidu"], environment(server), folder=desk.folder, options=options)
        (answered,) = ask_all([ROW], who, store, clock=desk.clock)
        types_asked = {params.get("ret_coordtype", "bd09ll") for _, params in params_of(server)}
    assert types_asked == {coordtype} and len(answered.candidates) == 2
    for candidate in answered.candidates:
        assert (candidate.lon, candidate.lat) == pytest.approx((110.1, 22.6), abs=1e-8)


def test_baidu_metres_by_a_published_pair() -> None:
    # BD-09 116.404, 39.915 is 12958175, 4825923.77 in Baidu's metres (the map library's own example point).
    assert to_degrees(12958175, 4825923.77) == pytest.approx((116.404, 39.915), abs=1e-6)
    assert to_degrees(-12958175, -4825923.77) == pytest.approx((-116.404, -39.915), abs=1e-6)
    assert to_degrees(None, 1.0) == (None, None)
    answer = {"status": 0, "result": {"location": {"lng": 12958175, "lat": 4825923.77}, "confidence": 80}}
    (found,) = Baidu(coordtype="bd09mc").candidates(Request("geocode", "", {}), answer)
    assert wgs84_to_bd09(found.lon, found.lat) == pytest.approx((116.404, 39.915), abs=1e-6)


@given(st.floats(0, 7_000_000))
def test_baidu_metres_grow_with_latitude_and_join_at_the_bands(y: float) -> None:
    # A Mercator metre is never more than a metre: 1 degree is at least 111 km, so 100 m are below 0.0009 degrees.
    low, high = to_degrees(0.0, y)[1], to_degrees(0.0, y + 100)[1]
    assert low is not None and high is not None and 0 < high - low < 0.00091


@pytest.mark.parametrize(
    ("level", "confidence", "precision"),
    [
        ("门址", 80, "exact"),
        ("门址", 60, "street"),
        ("门址", 30, "township"),
        ("门址", 20, "county"),
        ("门址", 5, "unknown"),
        ("乡镇", 100, "township"),
        ("区县", 90, "county"),
        ("城市", 90, "city"),
        ("道路", None, "street"),
    ],
)
def test_baidu_precision_is_the_coarser_of_level_and_confidence(
    level: str, confidence: float | None, precision: str
) -> None:
    result = {"location": {"lng": 110, "lat": 22}, "level": level, "confidence": confidence}
    (found,) = Baidu().candidates(Request("geocode", "", {}), {"status": 0, "result": result})
    assert found.precision == precision


@pytest.mark.parametrize(
    ("rank", "precision"),
    [(30, "exact"), (26, "street"), (19, "township"), (12, "county"), (8, "city"), (None, "unknown")],
)
def test_nominatim_precision_is_by_rank(rank: int | None, precision: str) -> None:
    (found,) = Nominatim().candidates(Request("place", "", {}), [{"lon": "1", "lat": "2", "place_rank": rank}])
    assert found.precision == precision and found.score is None


def test_places_without_usable_coordinates_are_left_out() -> None:
    places = ["", [], "0,0", "abc,def", "200,10", "110,95", "1e999,3", "110.1", "110.1,22.6"]
    answer = {"status": "1", "pois": [{"name": str(n), "location": p} for n, p in enumerate(places)]}
    assert [c.name for c in Amap().candidates(Request("place", "", {}), answer)] == ["8"]


def test_addresses_are_cut_to_what_a_service_takes_areas_first() -> None:
    assert fitting(("丁市", "甲县", "乙镇"), "丙路1号", 100) == "丁市甲县乙镇丙路1号"
    assert fitting(("丁市", "甲县", "乙镇"), "甲县丙路1号", 100) == "丁市乙镇甲县丙路1号"
    assert fitting(("丁市", "甲县", "乙镇"), "丙路1号", 22) == "甲县乙镇丙路1号"  # 3 bytes a sign: 6+6+9+1
    assert fitting(("丁市",), "路" * 40, 84) == "路" * 28
    long = Query(2, "院" * 300, "路" * 300, "丁市", "甲县")
    for service in (Tianditu(), Amap(), Baidu(), Nominatim()):
        for request in service.requests(long):
            assert all(len(text.encode()) <= 420 for text in request.params.values())


@given(st.text(max_size=400))
def test_any_text_of_a_list_makes_a_request_or_none(text: str) -> None:
    assert plain_text(plain_text(text)) == plain_text(text)
    for service in (Tianditu(), Amap(), Baidu(), Nominatim()):
        for request in service.requests(Query(2, text, text[::-1], text[:9], text[3:9])):
            for value in request.params.values():
                value.encode("utf-8")  # no lone surrogates
                assert "\n" not in value and "\x00" not in value


@given(ANY_JSON)
def test_any_json_is_read_or_said_to_be_undocumented(answer: Any) -> None:
    for service in (Tianditu(), Amap(), Baidu(), Nominatim()):
        assert service.said(answer).meaning in {"answer", "nothing", "key", "quota", "busy", "failed"}
        for kind in ("place", "geocode"):
            try:
                found = service.candidates(Request(kind, "", {}), answer)  # type: ignore[arg-type]
            except client.NotAsDocumented:
                continue
            assert all(abs(c.lon) <= 180.1 and abs(c.lat) <= 90.1 for c in found)


@pytest.mark.parametrize("value", ["1e3", " 2.5 ", 7, 1.5])
def test_numbers_are_read(value: Any) -> None:
    assert number(value) == float(value)


@pytest.mark.parametrize("value", [True, None, "", "a", "nan", "inf", float("nan"), [], {}, 10**400])
def test_what_is_no_number_is_none(value: Any) -> None:
    assert number(value) is None


# --- what providers refuse ---

REFUSALS: Mapping[str, Callable[[World], World]] = {
    "geocode.key-refused": lambda world: replace(world, key="another-key-of-nobody"),
    "geocode.quota": lambda world: replace(world, quota=dict.fromkeys(("tianditu", "amap", "baidu", "own"), 0)),
}


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("name", ["tianditu", "amap", "baidu", "own.toml"])
def test_a_refusal_closes_the_provider_and_is_not_kept(desk: Desk, world: World, name: str, code: str) -> None:
    rows = tuple(replace(ROW, row=n, name=f"甲县人民医院{n}") for n in range(2, 6))
    with world_server(REFUSALS[code](world)) as server:
        answered = desk.ask(server, name, rows=rows)
        asked = len(server.asked)
    assert codes(answered) == [code] * 4 and [r.failures[0].row for r in answered] == [2, 3, 4, 5]
    assert asked == 1, "nobody is asked again who refused for good"
    for lang in ("en", "zh"):
        assert name.removesuffix(".toml") in answered[0].failures[0].line(lang)  # type: ignore[arg-type]
    assert desk.bodies() == []
    with world_server(world) as server:  # tomorrow, or with another key: the same rows are asked
        assert codes(desk.ask(server, name, rows=rows)) == []


def test_our_own_allowance_stops_cleanly_and_goes_on_tomorrow(desk: Desk, world: World) -> None:
    rows = tuple(Query(n, f"甲县人民医院{n}", city="丁市") for n in range(2, 12))
    options = {"amap": ProviderOptions(per_second=1e6, per_day=4)}
    with world_server(world) as server, Store(desk.folder / "a") as store:
        who = accounts(["amap"], environment(server), folder=desk.folder, options=options)
        for day, expected in enumerate([(4, 6), (8, 2), (10, 0)]):
            desk.now = datetime(2026, 3, 1 + day, 4, tzinfo=UTC)
            answered = list(ask_all(rows, who, store, clock=desk.clock))
            assert (len(server.asked), len(codes(answered))) == expected
            assert set(codes(answered)) <= {"geocode.quota"}
            again = list(ask_all(rows, who, store, clock=desk.clock))
            assert len(server.asked) == expected[0] and again == answered
    assert set(world.asked.values()) == {1}


@pytest.mark.parametrize(
    ("name", "busy"),
    [
        ("amap", {"status": "0", "info": "CUQPS_HAS_EXCEEDED_THE_LIMIT", "infocode": "10021"}),
        ("amap", {"status": "0", "info": "CKQPS_HAS_EXCEEDED_THE_LIMIT", "infocode": "10020"}),
        ("baidu", {"status": 401, "message": "当前并发量已经超过约定并发配额，限制访问"}),
    ],
)
def test_asked_too_fast_is_tried_again(desk: Desk, world: World, name: str, busy: dict[str, Any]) -> None:
    world.faults = [saying(json.dumps(busy).encode())] * 2
    with world_server(world) as server:
        answered = desk.ask(server, name)
    assert codes(answered) == [] and answered[0].candidates
    assert len(server.asked) == 4 and len([s for s in desk.slept if s >= 1]) == 2


def test_baidu_without_a_result_is_an_answer(desk: Desk) -> None:
    with world_server(World(())) as server:
        (answered,) = desk.ask(server, *EVERYBODY)
        asked = len(server.asked)
        assert answered.candidates == () and answered.failures == ()
        desk.ask(server, *EVERYBODY)
        assert len(server.asked) == asked, "that there is nothing is kept too"


@pytest.mark.parametrize(
    ("name", "answer", "code"),
    [
        ("amap", {"status": "0", "info": "ENGINE_RESPONSE_DATA_ERROR", "infocode": "30001"}, "geocode.refused"),
        ("amap", {"status": "0", "info": "SERVICE_NOT_AVAILABLE", "infocode": "10002"}, "geocode.key-refused"),
        ("baidu", {"status": 2, "message": "Parameter Invalid"}, "geocode.refused"),
        ("baidu", {"status": 240, "message": "APP 服务被禁用"}, "geocode.key-refused"),
        ("baidu", {"status": 4, "message": "Quota Failure"}, "geocode.quota"),
        ("tianditu", {"status": "404", "msg": "出错"}, "geocode.refused"),
        ("amap", {"status": "1", "infocode": "10000"}, "geocode.not-documented"),
        ("amap", {"status": "1", "pois": "none", "geocodes": [1]}, "geocode.not-documented"),
        ("baidu", {"status": 0, "result": [1]}, "geocode.not-documented"),
        ("baidu", ["x"], "geocode.refused"),
        ("nominatim", {"error": {"code": 400, "message": "Nothing to search for."}}, "geocode.refused"),
        ("nominatim", {"error": "Unable to geocode"}, "geocode.refused"),
        ("nominatim", {"places": []}, "geocode.not-documented"),
        ("nominatim", None, "geocode.not-documented"),
    ],
)
def test_codes_are_read_as_documented(desk: Desk, name: str, answer: Any, code: str) -> None:
    with servers.serving(saying(json.dumps(answer).encode())) as server:
        assert codes(desk.ask(server, name)) == [code]


# --- what goes wrong on the way ---


def slow_drip(handler: Handler) -> None:
    servers.drip(b'{"status":"1","pois":[]}' + b" " * 10_000)(handler)


WAYS: Mapping[str, tuple[Callable[[Handler], None], str]] = {
    "page": (saying(HTML), "geocode.html"),
    "not JSON": (saying(b"OK"), "geocode.not-json"),
    "empty": (saying(b""), "geocode.not-json"),
    "truncated": (saying(b'{"status":"1","pois":[{"name":"x"'), "geocode.not-json"),
    "NaN": (saying(b'{"status":"1","pois":[{"location":NaN}]}'), "geocode.not-json"),
    "deep": (saying(b"[" * 200_000), "geocode.not-json"),
    "GBK": (saying('{"status":"1","info":"正确"}'.encode("gbk")), "geocode.not-utf8"),
    "cut off": (servers.cut_off(b'{"status":"1","pois":[]}', 5), "geocode.cut-off"),
    "silent": (servers.silent, "geocode.silent"),
    "drip": (slow_drip, "geocode.too-slow"),
    "endless head": (servers.drip_headers, "geocode.too-slow"),
    "huge": (saying(b" " * (3 << 20)), "geocode.too-large"),
    "declared huge": (saying(b"{}", length=1 << 40), "geocode.too-large"),
    "bomb": (servers.gzip_bomb(80), "geocode.too-large"),
    "packed otherwise": (saying(b"x", Content_Encoding="br"), "geocode.damaged"),
    "torn gzip": (saying(b"\x1f\x8b\x08", Content_Encoding="gzip"), "geocode.damaged"),
    "circle": (servers.redirect("/v3/place/text?a=1"), "geocode.redirect"),
    "elsewhere": (servers.redirect("file:///etc/passwd"), "geocode.redirect"),
    "not found": (saying(HTML, 404), "geocode.refused-status"),
    "gone": (saying(b"gone", 410), "geocode.refused-status"),
    "forbidden": (saying(HTML, 403), "geocode.key-refused"),
    "teapot": (saying(b"", 418), "geocode.key-refused"),
    "broken": (saying(b"oops", 500), "geocode.server-error"),
    "busy": (saying(b"", 503), "geocode.busy"),
    "too many": (saying(b"", 429, Retry_After="7"), "geocode.busy"),
    "wait long": (saying(b"", 429, Retry_After="3600"), "geocode.asked-to-wait"),
}


@pytest.mark.parametrize("way", WAYS)
def test_whatever_comes_is_said_in_one_line(desk: Desk, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ANSWER", replace(manners.ANSWER, read_s=0.3, total_s=0.4))
    behaviour, code = WAYS[way]
    rows = (replace(ROW, address=""),)
    with servers.serving(behaviour) as server:
        (answered,) = desk.ask(server, "amap", rows=rows, attempts=2)
    assert codes([answered]) == [code] and answered.candidates == ()
    for lang in ("en", "zh"):
        line = answered.failures[0].line(lang)  # type: ignore[arg-type]
        assert "amap" in line and not re.search(r"\{[a-z_]+\}", line) and "\n" not in line
        assert SECRET not in line and quote(SECRET, safe="") not in line
    assert desk.bodies() == [], "a failure is not kept"


def test_declared_gbk_is_read(desk: Desk) -> None:
    body = json.dumps({"status": "1", "pois": [{"name": "甲县人民医院", "location": "110.1,22.6"}]}, ensure_ascii=False)
    with servers.serving(saying(body.encode("gb18030"), Content_Type="application/json;charset=GBK")) as server:
        (answered,) = desk.ask(server, "amap", rows=(replace(ROW, address=""),))
    assert [c.name for c in answered.candidates] == ["甲县人民医院"]


def test_a_redirect_to_the_same_service_is_followed(desk: Desk, world: World) -> None:
    with world_server(world) as server:
        target = f"/v3/place/text?keywords=%E4%BA%BA%E6%B0%91&key={quote(SECRET, safe='')}"
        world.faults = [servers.redirect(target)]
        (answered,) = desk.ask(server, "amap", rows=(replace(ROW, address=""),))
    assert answered.failures == () and [c.name for c in answered.candidates] == ["甲县人民医院"]


def test_retry_after_is_kept_to(desk: Desk, world: World) -> None:
    world.faults = [saying(b"", 429, Retry_After="7"), saying(b"", 503)]
    with world_server(world) as server:
        assert codes(desk.ask(server, "amap", rows=(replace(ROW, address=""),))) == []
    waits = [s for s in desk.slept if s >= 0.5]
    assert 7 <= waits[0] <= 8 and 2 <= waits[1] <= 3  # 7 s and jitter; then 1 s x 2 and jitter


def test_a_server_that_is_down_is_given_up_after_three_rows(desk: Desk) -> None:
    rows = tuple(Query(n, f"院{n}", city="丁市") for n in range(2, 52))
    with servers.serving(saying(b"", 500)) as server:
        answered = desk.ask(server, "amap", rows=rows, attempts=2)
        assert len(server.asked) == 6  # three rows, two attempts each
    assert codes(answered) == ["geocode.server-error"] * 3 + ["geocode.gave-up"] * 47


def test_every_word_of_the_web_client_has_one_for_geocoding(repo: Path) -> None:
    used = set(re.findall(r'"(fetch\.[a-z-]+)"', (repo / "layers" / "web.py").read_text(encoding="utf-8")))
    assert used - {"fetch.proxy", "fetch.not-an-address"} == set(client.CODES)


# --- resuming ---


def test_nothing_is_asked_twice_and_offline_asks_nothing(desk: Desk, world: World) -> None:
    with world_server(world) as server:
        first = desk.ask(server, *EVERYBODY)
        asked = len(server.asked)
        assert desk.ask(server, *EVERYBODY) == first and len(server.asked) == asked
        assert desk.ask(server, *EVERYBODY, offline=True) == first
        (other,) = desk.ask(server, *EVERYBODY, rows=(CLINIC_ROW,), offline=True)
        assert codes([other]) == ["geocode.offline"] * 5 and len(server.asked) == asked
        typed = Query(9, "甲 县 人民医院　", " 丙路１号\n", "丁市", "甲县")  # blanks, a full-width digit
        (same,) = desk.ask(server, *EVERYBODY, rows=(typed,), offline=True)
        assert same.candidates == first[0].candidates


CLINIC_ROW = Query(3, "乙镇卫生院", "己路2号", "丁市", "甲县", "乙镇")


def test_ctrl_c_keeps_what_was_answered(desk: Desk, world: World) -> None:
    rows = tuple(Query(n, f"甲县人民医院{n}", city="丁市") for n in range(2, 22))

    def impatient(done: int, _total: int, _label: str) -> None:
        if done == 8:
            raise KeyboardInterrupt

    with world_server(world) as server:
        with pytest.raises(KeyboardInterrupt):
            desk.ask(server, "amap", rows=rows, progress=impatient)
        assert len(server.asked) == 8
        told: list[tuple[int, int, str]] = []
        answered = desk.ask(server, "amap", rows=rows, progress=lambda *said: told.append(said))
        assert len(server.asked) == 20 and codes(answered) == []
    assert told[-1] == (20, 20, "geocode.label-asking") and len(told) == 20
    assert set(world.asked.values()) == {1}
