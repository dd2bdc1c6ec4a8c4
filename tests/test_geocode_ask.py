"""Whole runs: keys that nobody sees, services described in TOML, the study as a gazetteer, and runs that are killed."""

from __future__ import annotations

import gc
import json
import logging
import pickle
import random
import signal
import sys
import threading
import time
import traceback
import types
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import geopandas as gpd
import pytest
import servers
from geocode_desk import EVERYBODY, OWN, ROW, Desk
from geocode_run import run, start
from geocode_server import KEYED, SECRET, Spot, World, environment, world_server
from hypothesis import given
from hypothesis import strategies as st
from servers import saying
from shapely import Point, box

from carereach.errors import InputError
from carereach.layers.geocode import keys
from carereach.layers.geocode.ask import accounts, ask_all
from carereach.layers.geocode.gazetteer import Gazetteer
from carereach.layers.geocode.keys import Key, find_key, variable_of
from carereach.layers.geocode.model import Query, QuotaReached
from carereach.layers.geocode.providers.client import Line, NotAnswered, WebProvider
from carereach.layers.geocode.providers.described import read_description
from carereach.layers.geocode.providers.service import ProviderOptions
from carereach.layers.geocode.store import Store, request_id
from carereach.layers.web import web_client

HOSPITAL = Spot("甲县人民医院", 110.1, 22.6)
SHAPES = {SECRET, quote(SECRET, safe=""), quote(SECRET), quote_plus(SECRET), json.dumps(SECRET)[1:-1]}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own keyring is not asked."""
    monkeypatch.setattr(keys, "find_spec", lambda _name: None)


def problems_of(desk: Desk, toml: str | None = None, *names: str, **variables: str) -> list[str]:
    """The codes of what is wrong with these providers."""
    if toml is not None:
        (desk.folder / "own.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(InputError) as error:
        accounts(names or ("own.toml",), variables, folder=desk.folder)
    assert all(problem.line("en") and problem.line("zh") for problem in error.value.problems)
    assert SECRET not in str(error.value)
    return [problem.code for problem in error.value.problems]


# --- keys ---


def test_no_key_is_left_anywhere(
    desk: Desk, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    # Among them one that a text of 100 characters, the most that is shown of a page, would cut in two.
    echo = b" ".join(text.encode() for text in ("x" * 80, SECRET, quote(SECRET, safe=""), quote_plus(SECRET)))
    seen: list[str] = []
    faults = {
        "html": saying(b"<html>" + echo + b"</html>"),
        "forbidden": saying(b"<html>" + echo + b"</html>", 403),
        "gone": saying(echo, 410),
        "words": saying(json.dumps({"status": "0", "infocode": "10001", "info": SECRET, "message": SECRET}).encode()),
        "cut": servers.cut_off(echo, 9),
        "circle": servers.redirect("/geocoder?tk=" + quote(SECRET, safe="")),
        "busy": saying(echo, 503),
        "text": saying(echo),
    }
    rows = (ROW, replace(ROW, row=3, name="无"))
    for fault in faults.values():
        with servers.serving(fault) as server:
            answered = desk.ask(server, "tianditu", "amap", "baidu", "own.toml", rows=rows, attempts=2)
            seen += [repr(answered), *(problem.line() for row in answered for problem in row.failures)]
    world = World((HOSPITAL,), echo="echo")
    with world_server(world) as server:
        seen.append(repr(desk.ask(server, *EVERYBODY, rows=rows)))
        seen.append(repr(desk.accounts(server, *EVERYBODY)))
        assert any(SECRET in h.path or quote(SECRET, safe="") in h.path for h in server.asked), "it was sent"
    out = capfd.readouterr()
    seen += [record.getMessage() + repr(record.__dict__) for record in caplog.records] + [out.out, out.err]
    seen += [body.decode() for body in desk.bodies()]
    kept = b"".join(path.read_bytes() for path in desk.folder.iterdir())
    assert any('"echo"' in body for body in seen), "what a service repeats of the request is kept, without the key"
    for shape in (*SHAPES, SECRET[:12]):
        assert not [text for text in seen if shape in text]
        assert shape.encode() not in kept


@pytest.mark.parametrize("kind", ["refused port", "key", "html", "quota"])
def test_nothing_stands_behind_an_error(desk: Desk, kind: str) -> None:
    # A traceback prints causes and contexts, and a debugger their attributes: httpx's errors hold the request.
    world = World((HOSPITAL,), key="another" if kind == "key" else SECRET, quota={"amap": 0} if kind == "quota" else {})
    behaviour = saying(b"<html>" + SECRET.encode()) if kind == "html" else world
    with servers.serving(behaviour) as server:
        (account,) = desk.accounts(server, "amap")
    with web_client() as client, Store(desk.folder / "a") as store:
        if kind != "refused port":
            with servers.serving(behaviour) as server:
                (account,) = desk.accounts(server, "amap")
                provider = WebProvider(account, Line(client, store, False, desk.clock, 2))
                with pytest.raises((NotAnswered, QuotaReached)) as error:
                    provider.ask(ROW)
        else:
            with pytest.raises(NotAnswered) as error:
                WebProvider(account, Line(client, store, False, desk.clock, 2)).ask(ROW)
    assert error.value.__cause__ is None and error.value.__context__ is None
    told = "".join(traceback.format_exception(error.value)) + repr(vars(error.value))
    assert not [shape for shape in SHAPES if shape in told]


def test_a_key_hides_itself() -> None:
    key = Key(SECRET)
    assert SECRET not in repr(key) + str(key) + f"{key!r:>40}"
    with pytest.raises(TypeError):
        pickle.dumps(key)
    assert not hasattr(key, "__dict__")
    assert key.hide(f"a{SECRET}b{quote_plus(SECRET)}") == "a***b***"


@given(st.text(max_size=30))
def test_hiding_leaves_other_texts_alone(text: str) -> None:
    assert Key("0123456789abcdef").hide(text) == text.replace("0123456789abcdef", "***")


def test_keys_come_from_the_environment_copied_as_people_copy() -> None:
    assert variable_of("my-geo") == "CARE_MY_GEO_KEY"
    found = find_key("amap", {"CARE_AMAP_KEY": f"  {SECRET}\r\n"})
    assert found is not None and found.reveal() == SECRET
    assert find_key("amap", {"CARE_AMAP_KEY": "  "}) is None
    for bad in ("sh0rt", "two words", "中文密钥中文密钥", 'quoted"quoted', "x" * 401):
        with pytest.raises(InputError) as error:
            find_key("amap", {"CARE_AMAP_KEY": bad})
        assert error.value.problems[0].code == "geocode.key-shape" and bad not in str(error.value)


class KeyringError(Exception):
    """As in the keyring library."""


class NoKeyringError(KeyringError, RuntimeError):
    """As in the keyring library."""


@pytest.mark.parametrize("state", ["found", "nothing", "no backend", "locked"])
def test_keys_come_from_the_keyring(monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    def get_password(service: str, user: str) -> str | None:
        assert (service, user) == ("carereach", "amap")
        if state == "no backend":
            raise NoKeyringError
        if state == "locked":
            raise KeyringError(SECRET)
        return SECRET if state == "found" else None

    errors = types.ModuleType("keyring.errors")
    errors.__dict__.update(KeyringError=KeyringError, NoKeyringError=NoKeyringError)
    library = types.ModuleType("keyring")
    library.__dict__.update(get_password=get_password, errors=errors)
    monkeypatch.setitem(sys.modules, "keyring", library)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    monkeypatch.setattr(keys, "find_spec", lambda _name: object())
    if state == "locked":
        with pytest.raises(InputError) as error:
            find_key("amap", {})
        assert error.value.problems[0].code == "geocode.keyring" and SECRET not in str(error.value)
    else:
        found = find_key("amap", {})
        assert (found is not None and found.reveal() == SECRET) == (state == "found")


def test_a_key_does_not_go_over_plain_http_beyond_this_computer(desk: Desk) -> None:
    variables = {"CARE_AMAP_KEY": SECRET, "CARE_AMAP_URL": "http://amap.example"}
    who = accounts(["amap"], variables, folder=desk.folder)
    with Store(desk.folder / "a") as store:
        (answered,) = ask_all([ROW], who, store, clock=desk.clock)
    assert [problem.code for problem in answered.failures] == ["geocode.key-insecure"]


def test_all_that_is_wrong_with_providers_is_said_at_once(desk: Desk) -> None:
    assert problems_of(desk, None, "amap", "baidu", "google", "own.toml") == [
        "geocode.no-key",
        "geocode.no-key",
        "geocode.provider-unknown",
        "geocode.no-key",
    ]
    assert problems_of(desk, None, "nominatim", CARE_NOMINATIM_URL="https://u:p@x.example/?q=1") == ["geocode.base"]
    assert problems_of(desk, None, "missing.toml") == ["file.missing"]
    (desk.folder / "twin.toml").write_text(OWN, encoding="utf-8")
    assert problems_of(desk, None, "own.toml", "twin.toml", CARE_OWN_KEY=SECRET) == ["geocode.provider-twice"]
    assert [a.name for a in accounts(["gazetteer", "nominatim"], {}, folder=desk.folder)] == ["nominatim"]


def test_options_of_a_study_reach_the_services(desk: Desk) -> None:
    options = {
        "nominatim": ProviderOptions(
            base="https://osm.example/", per_second=50, countrycodes="cn", email="a@b.example"
        ),
        "amap": ProviderOptions(ask=("geocode",), per_day=7),
    }
    osm, amap = accounts(["nominatim", "amap"], {"CARE_AMAP_KEY": SECRET}, folder=desk.folder, options=options)
    (request,) = osm.service.requests(replace(ROW, address=""))
    assert osm.service.base == "https://osm.example" and osm.service.manners.per_second == 50 and osm.key is None
    assert request.params["countrycodes"] == "cn" and request.params["email"] == "a@b.example"
    assert [r.kind for r in amap.service.requests(ROW)] == ["geocode"] and amap.service.manners.per_day == 7


# --- services described in TOML ---


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (('url = "https://example.org/own/find"', 'url = "ftp://example.org"'), "geocode.described-url"),
        (("/own/find", "/own/find?token=abc"), "geocode.described-url-parts"),
        (("https://example", "https://user:pass@example"), "geocode.described-url-parts"),
        (("https://example", "https://{county}.example"), "geocode.described-url-parts"),
        (('what = "{name}"', 'what = "{name}"\napiKey = "abc"'), "geocode.key-in-file"),
        (('what = "{name}"', 'what = "{name}"\nToken = "abc"'), "geocode.key-in-file"),
        (('what = "{name}"', 'what = "{name.__class__}"'), "geocode.described-placeholder"),
        (('what = "{name}"', 'what = "{name!r:>9}"'), "geocode.described-placeholder"),
        (('what = "{name}"', 'what = "{name"'), "geocode.described-placeholder"),
        (('what = "{name}"', 'what = "x"'), "geocode.described-asks-nothing"),
        (('lonlat = "at"', 'lonlat = "at"\nlon = "x"\nlat = "y"'), "geocode.described-lonlat"),
        (('lonlat = "at"', 'lon = "x"'), "geocode.described-lonlat"),
        (('ok = ["OK"]', ""), "geocode.described-ok"),
        (('datum = "gcj02"', 'datum = "beijing54"'), "toml.one-of"),
        (('datum = "gcj02"', ""), "toml.missing-key"),
        (('datum = "gcj02"', 'datum = "gcj02"\ncolour = "red"'), "toml.unknown-key"),
        (('name = "own"', 'name = "../own"'), "toml.value"),
        (('name = "own"', "name = "), "toml.syntax"),
    ],
)
def test_mistakes_in_a_description_are_named(desk: Desk, change: tuple[str, str], code: str) -> None:
    assert change[0] in OWN
    assert code in problems_of(desk, OWN.replace(*change, 1), CARE_OWN_KEY=SECRET)


def test_a_description_reads_other_shapes(desk: Desk) -> None:
    toml = """
name = "plain"
url = "https://example.org/find/{county}/{name}.json"
datum = "wgs84"
[answer]
results = "result"
lonlat = "geometry.coordinates"
order = "lat,lon"
[manners]
per_second = 20
per_day = 100
utc_offset_h = 0
"""
    (desk.folder / "plain.toml").write_text(toml, encoding="utf-8")
    service = read_description(desk.folder / "plain.toml")
    (request,) = service.requests(Query(2, "人民/医院", county="甲县"))
    assert (service.base, request.path) == (
        "https://example.org",
        f"/find/{quote('甲县')}/{quote('人民/医院', safe='')}.json",
    )
    assert service.requests(Query(2, "")) == () and service.manners.per_day == 100
    (found,) = service.candidates(request, {"result": {"geometry": {"coordinates": [22.6, 110.1]}}})
    assert (found.lon, found.lat, found.score, found.precision) == (110.1, 22.6, None, "unknown")
    spaced = {"result": [{"geometry": {"coordinates": "22.6 110.1"}}, {"geometry": None}]}
    assert [(c.lon, c.lat) for c in service.candidates(request, spaced)] == [(110.1, 22.6)]


# --- the study as a gazetteer ---


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    # Squares of 0.2 degrees in a metric CRS (UTM 49): their inner points are known to a few hundred metres.
    counties = gpd.GeoDataFrame(
        {"county": ["甲县", "辛县"]}, geometry=[box(110.0, 22.5, 110.2, 22.7), box(110.2, 22.5, 110.4, 22.7)], crs=4326
    )
    townships = gpd.GeoDataFrame(
        {"township": ["乙镇", "乙镇", "壬乡"], "county": ["甲县", "辛县", "甲县"], "kind": ""},
        geometry=[box(110.0, 22.5, 110.1, 22.6), box(110.2, 22.5, 110.3, 22.6), None],
        crs=4326,
    )
    facilities = gpd.GeoDataFrame(
        {
            "name": ["甲县人民医院", "甲县中医医院", "乙镇卫生院", "乙镇卫生院", "无处医院"],
            "county": ["甲县", "甲县", "甲县", "辛县", "甲县"],
            "township": "",
            "precision": ["exact", "seat", "street", "street", "unlocated"],
        },
        geometry=[Point(110.11, 22.61), Point(110.12, 22.62), Point(110.05, 22.55), Point(110.25, 22.55), None],
        crs=4326,
    ).to_crs(32649)
    seats = gpd.GeoSeries([Point(110.15, 22.65)], index=["甲县"], crs=4326).to_crs(32649)
    return Gazetteer(
        counties=counties.to_crs(32649),
        townships=townships.to_crs(32649),
        seats=seats,
        facilities=[facilities],
        city="丁市",
    )


def test_the_gazetteer_knows_facilities_townships_seats_and_counties(gazetteer: Gazetteer) -> None:
    found = gazetteer.ask(Query(2, "丁市乙镇卫生院", "", "丁市", "辛县", "乙镇"))
    assert [(c.detail["what"], c.county, c.precision) for c in found] == [
        ("facility", "辛县", "street"),
        ("facility", "甲县", "street"),
        ("township", "辛县", "township"),
        ("county", "辛县", "county"),
    ]
    assert (found[0].lon, found[0].lat) == pytest.approx((110.25, 22.55), abs=1e-9)
    assert (found[2].lon, found[2].lat) == pytest.approx((110.25, 22.55), abs=0.05)
    seat = gazetteer.ask(Query(3, "从未听说的诊所", county="甲县"))
    assert [(c.detail["what"], c.precision, c.name) for c in seat] == [("seat", "county", ""), ("county", "county", "")]
    assert (seat[0].lon, seat[0].lat) == pytest.approx((110.15, 22.65), abs=1e-9)


def test_the_gazetteer_tells_hospitals_apart_and_leaves_the_unlocated_out(gazetteer: Gazetteer) -> None:
    names = [c.name for c in gazetteer.ask(Query(2, "甲县中医医院", city="丁市")) if c.name]
    assert names[0] == "甲县中医医院" and "甲县人民医院" not in names
    assert gazetteer.ask(Query(2, "无处医院")) == ()
    assert gazetteer.ask(Query(2, "", county="癸县", township="壬乡")) == () == Gazetteer().ask(ROW)


def test_the_gazetteer_stands_in_line_with_web_services(desk: Desk, gazetteer: Gazetteer) -> None:
    with world_server(World((HOSPITAL,))) as server, Store(desk.folder / "a") as store:
        who = (*desk.accounts(server, "amap"), gazetteer)
        (answered,) = ask_all([ROW], who, store, clock=desk.clock)
        assert [c.provider for c in answered.candidates] == ["amap", "amap", "gazetteer", "gazetteer", "gazetteer"]
        (offline,) = ask_all([replace(ROW, name="甲县中医医院", address="")], who, store, offline=True)
    assert {c.provider for c in offline.candidates} == {"gazetteer"}
    assert [problem.code for problem in offline.failures] == ["geocode.offline"]


# --- runs that are killed ---


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is POSIX")
def test_a_run_killed_five_times_gives_the_same_and_asks_nothing_twice(tmp_path: Path) -> None:
    rows, chance = 300, random.Random(5)
    world = World((HOSPITAL,))
    with world_server(world) as server:
        expected = run(tmp_path / "whole", rows, environment(server))
        assert set(world.asked.values()) == {1} and len(world.asked) == rows
        world.asked.clear()
        for _ in range(5):
            last = sum(world.asked.values()) + chance.randint(2, 50)
            killed = threading.Event()

            def kill(asked: int, last: int = last, killed: threading.Event = killed) -> None:
                if asked == last:  # while this request is under way, or just after
                    threading.Timer(chance.uniform(0, 0.004), killed.set).start()

            world.watch = kill
            process = start(tmp_path / "killed", rows, environment(server))
            assert killed.wait(60)
            process.kill()
            process.communicate()
            assert process.returncode == -signal.SIGKILL
        assert run(tmp_path / "killed", rows, environment(server)) == expected
    assert len(world.asked) == rows
    # A kill may fall between an answer and its being kept: that one request alone can be repeated, once a kill.
    assert sum(world.asked.values()) <= rows + 5 and max(world.asked.values()) <= 2


def test_two_runs_at_once_share_what_is_kept(tmp_path: Path) -> None:
    world = World((HOSPITAL,))
    with world_server(world) as server:
        other = start(tmp_path / "a", 120, environment(server))
        ours = run(tmp_path / "a", 120, environment(server))
        assert other.communicate(timeout=60)[0].strip() == ours and other.returncode == 0
        asked = sum(world.asked.values())
        assert run(tmp_path / "a", 120, environment(server)) == ours and sum(world.asked.values()) == asked


def test_ten_thousand_kept_answers_are_read_in_seconds(desk: Desk) -> None:
    rows = [Query(n, f"甲县人民医院{n}", city="丁市") for n in range(2, 10_002)]
    world = World((HOSPITAL,))
    with world_server(world) as server, Store(desk.folder / "a") as store:
        (account,) = desk.accounts(server, "amap")
        service = account.service
        for row in rows:
            (request,) = service.requests(row)
            identity = request_id(service.name, service.base, request.kind, request.path, request.params)
            store.put(identity, "amap", [{"status": "1", "pois": []}], desk.now)
        gc.collect()
        begun = time.perf_counter()
        answered = list(ask_all(rows, [account], store, offline=True, clock=desk.clock))
        seconds = time.perf_counter() - begun
    assert len(answered) == 10_000 and not any(row.failures for row in answered) and not server.asked
    assert seconds < 10


def test_everything_that_needs_a_key_has_its_variable_in_the_docs(repo: Path) -> None:
    text = (repo / "docs" / "geocoding-providers.md").read_text(encoding="utf-8")
    for name in KEYED[:3]:
        assert variable_of(name) in text
    description = text.split("```toml\n")[1].split("```")[0]
    assert "{place}" in description


def test_the_description_of_the_docs_is_sound(repo: Path, tmp_path: Path) -> None:
    text = (repo / "docs" / "geocoding-providers.md").read_text(encoding="utf-8")
    (tmp_path / "city.toml").write_text(text.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    service: Any = read_description(tmp_path / "city.toml")
    assert service.requests(ROW)
