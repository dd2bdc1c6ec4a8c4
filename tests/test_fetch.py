"""carereach fetch: roads in tiles, from a real local server that misbehaves; settings; places."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import osmium
import pytest
import servers
from fetch_cases import AREA, COUNTIES, GRID, HTML, codes, get_roads, roads_refused, study
from hypothesis import given
from hypothesis import strategies as st
from servers import Grid, Handler, saying, serving
from shapely.geometry import LineString, Point, Polygon, box

from carereach import files
from carereach.errors import FetchError
from carereach.layers import fetch as fetching
from carereach.layers import overpass
from carereach.layers.settings import Fetch

# --- roads: tiles, merging, resuming ---


def test_roads_are_merged_into_one_file_with_each_object_once(tmp_path: Path) -> None:
    with serving(GRID.answer) as server:
        got = get_roads(tmp_path, server)
    # By hand: rows at 22.0 .. 22.4 (5), and of each the ways between 109.9 and 110.5 that touch 110.0 - 0.001 ..
    # 110.4 + 0.001 and whatever of the second column of tiles reaches further east: asked of the grid by its boxes.
    boxes = overpass.tiles_of(AREA, 25)
    expected = sorted({way for tile in boxes for way in GRID.touching(*tile)})
    found: dict[str, list[int]] = {"n": [], "w": []}
    for thing in osmium.FileProcessor(str(got.path)):
        found[thing.type_str()].append(thing.id)
    assert len(boxes) == 4 and len(server.asked) == 4
    assert found["w"] == expected
    assert found["n"] == sorted({node for way in expected for node in GRID.ways[way]})
    assert dict(got.counts) == {"node": len(found["n"]), "way": len(expected)}
    assert not (tmp_path / "roads.osm.parts").exists()
    assert "人民路 &amp;" in got.path.read_text(encoding="utf-8")


def test_the_request_names_us_and_posts_a_bounded_query(tmp_path: Path) -> None:
    with serving(GRID.answer) as server:
        get_roads(tmp_path, server)
    asked = server.asked[0]
    assert asked.command == "POST"
    assert asked.headers["User-Agent"].startswith("carereach/")
    assert asked.query.startswith("[out:xml][timeout:5][maxsize:536870912];")
    assert '(way["highway"](21.999000,109.999000,' in asked.query


def test_the_manifest_says_where_from_when_and_under_which_licence(tmp_path: Path) -> None:
    with serving(GRID.answer) as server:
        got = get_roads(tmp_path, server)
    told = json.loads(got.manifest.read_text(encoding="utf-8"))
    assert told["fetched_utc"] == "2026-03-04T05:06:07+00:00"
    assert told["sha256"] == files.sha256(got.path) == got.sha256
    assert told["bytes"] == got.path.stat().st_size
    assert told["data_dates"] == ["2026-01-02T03:04:05Z"] * 2
    assert told["licence"] == "ODbL 1.0" and told["attribution"] == "© OpenStreetMap contributors"
    assert told["tiles"] == 4 and "{{bbox}}" in told["query"]


def test_a_second_run_asks_nobody_unless_told_to(tmp_path: Path) -> None:
    with serving(GRID.answer) as server:
        first = get_roads(tmp_path, server)
        (tmp_path / "roads.osm.parts").mkdir()  # as a run leaves it that is killed right after the last step
        again = get_roads(tmp_path, server)
        assert again.reused and again.sha256 == first.sha256 and len(server.asked) == 4
        assert not (tmp_path / "roads.osm.parts").exists()
        assert not get_roads(tmp_path, server, refresh=True).reused
        assert len(server.asked) == 8
        get_roads(tmp_path, server, network_filter='["highway"="primary"]')
        assert len(server.asked) == 12


def test_an_interrupted_run_is_continued_with_what_is_missing(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []

    def interrupt(done: int, total: int, label: str) -> None:
        told.append((done, total, label))
        if done == 3:
            raise KeyboardInterrupt

    with serving(GRID.answer) as server:
        with pytest.raises(KeyboardInterrupt):
            get_roads(tmp_path, server, progress=interrupt)
        assert told == [(n, 4, "fetch.label-roads") for n in (1, 2, 3)]
        assert not (tmp_path / "roads.osm").exists()
        get_roads(tmp_path, server)
    assert len(server.asked) == 4
    assert len({handler.query for handler in server.asked}) == 4


def test_a_kept_tile_that_was_damaged_is_asked_for_again(tmp_path: Path) -> None:
    with serving(GRID.answer, GRID.answer, saying(status=404), GRID.answer) as server:
        with pytest.raises(FetchError):
            get_roads(tmp_path, server)
        kept = sorted((tmp_path / "roads.osm.parts").iterdir())
        assert len(kept) == 2
        kept[0].write_bytes(kept[0].read_bytes()[:200])
        get_roads(tmp_path, server)
    assert len(server.asked) == 3 + 3


CHILD = """
import sys, geopandas as gpd
from pathlib import Path
from shapely.geometry import box
from carereach.layers.fetch import roads_of_polygon
from carereach.layers.settings import Fetch
settings = Fetch(overpass=(sys.argv[1],), buffer_km=0, timeout_s=30, pause_s=0)
roads_of_polygon(box(110.0, 22.0, 110.4, 22.4), Path(sys.argv[2]), settings=settings)
"""


def test_a_killed_process_leaves_what_came_and_no_torn_file(tmp_path: Path) -> None:
    with serving(GRID.answer, GRID.answer, servers.silent, GRID.answer) as server:
        target = tmp_path / "roads.osm"
        command = [sys.executable, "-c", CHILD, server.url("/api/interpreter"), str(target)]
        child = subprocess.Popen(command)
        try:
            until = time.monotonic() + 30
            while len(server.asked) < 3 and time.monotonic() < until:
                assert child.poll() is None
                time.sleep(0.02)
        finally:
            child.kill()
            child.wait()
        assert len(server.asked) == 3 and not target.exists()
        settings = Fetch(overpass=(server.url("/api/interpreter"),), buffer_km=0, timeout_s=30, pause_s=0)
        got = fetching.roads_of_polygon(AREA, target, settings=settings)
        assert len(server.asked) == 3 + 2
        # Each query is answered once; the one that was under way when the process was killed came twice.
        assert len({handler.query for handler in server.asked}) == 4
    assert got.counts["way"] > 0 and not (tmp_path / "roads.osm.parts").exists()


def test_roads_from_different_weeks_are_told(tmp_path: Path) -> None:
    with serving(Grid("2026-01-01T00:00:00Z").answer, Grid("2026-02-01T00:00:00Z").answer) as server:
        got = get_roads(tmp_path, server)
    assert [problem.code for problem in got.problems] == ["fetch.mixed-dates"]
    assert got.problems[0].level == "warning"


def test_an_area_without_roads_is_told(tmp_path: Path) -> None:
    with serving(Grid(ways={}).answer) as server:
        got = get_roads(tmp_path, server)
    assert [problem.code for problem in got.problems] == ["fetch.no-roads"]
    assert dict(got.counts) == {"node": 0, "way": 0}


def test_a_file_that_is_not_ours_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "roads.osm").write_text("mine")
    with serving(GRID.answer) as server:
        with pytest.raises(FetchError) as error:
            get_roads(tmp_path, server)
        assert codes(error) == ["fetch.target-taken"] and not server.asked
        (tmp_path / "roads.osm").unlink()
        get_roads(tmp_path, server)
        (tmp_path / "roads.osm").write_text("edited by hand")
        with pytest.raises(FetchError):
            get_roads(tmp_path, server, refresh=True)
    assert (tmp_path / "roads.osm").read_text() == "edited by hand"


# --- roads: servers that fail ---


def test_the_second_mirror_serves_when_the_first_is_down(tmp_path: Path) -> None:
    with serving(saying()) as down:
        pass
    sleeps: list[float] = []
    with serving(GRID.answer) as server:
        get_roads(tmp_path, down, server, sleeps=sleeps)
    assert len(server.asked) == 4
    assert len(sleeps) == (3 - 1) + (3 - 1) + (4 - 0)  # back-off and pause before attempts 2 and 3, then pauses


def test_a_mirror_that_failed_is_not_asked_again_in_this_run(tmp_path: Path) -> None:
    with serving(saying(b"go away", 403)) as bad, serving(GRID.answer) as good:
        get_roads(tmp_path, bad, good)
    assert len(bad.asked) == 1 and len(good.asked) == 4


def test_with_no_mirror_left_each_one_is_named(tmp_path: Path) -> None:
    with serving(saying(b"no", 403)) as one, serving(saying(b"", 504)) as two, pytest.raises(FetchError) as error:
        get_roads(tmp_path, one, two)
    assert codes(error) == ["fetch.refused", "fetch.server-error"]
    assert len(two.asked) == 3


@pytest.mark.parametrize(("header", "at_least", "at_most"), [("7", 7, 8), ("99999", 300, 301), (None, 30, 31)])
def test_too_many_requests_then_success_after_the_wait_asked_for(
    tmp_path: Path, header: str | None, at_least: float, at_most: float
) -> None:
    sleeps: list[float] = []
    headers = {"Retry-After": header} if header else {}
    with serving(saying(b"", 429, **headers), GRID.answer) as server:
        get_roads(tmp_path, server, sleeps=sleeps, pause_s=0.5)
    assert len(server.asked) == 5
    assert at_least <= max(sleeps) <= at_most  # 300 s is the cap, up to 1 s of jitter
    assert sleeps.count(0.5) == 4


def test_a_gateway_time_out_then_success(tmp_path: Path) -> None:
    with serving(
        saying(b"", 504), saying(b"", 503, Retry_After="Wed, 04 Mar 2020 00:00:00 GMT"), GRID.answer
    ) as server:
        assert get_roads(tmp_path, server).counts["way"] > 0
    assert len(server.asked) == 6


def test_a_remark_of_overpass_is_a_failure_although_the_status_is_200(tmp_path: Path) -> None:
    with serving(GRID.giving_up) as server, pytest.raises(FetchError) as error:
        get_roads(tmp_path, server)
    assert codes(error) == ["fetch.remark"] and "Query timed out" in str(error.value)
    assert len(server.asked) == 3
    assert not any((tmp_path / "roads.osm.parts").iterdir())


def test_a_remark_then_success(tmp_path: Path) -> None:
    with serving(GRID.giving_up, GRID.answer) as server:
        assert get_roads(tmp_path, server).counts["way"] > 0


def test_a_query_that_overpass_does_not_understand_fails_at_once(tmp_path: Path) -> None:
    page = b"<html><body><p><strong>Error</strong>: line 1: parse error: ']' expected</p></body></html>"
    with serving(saying(page, 400)) as server, serving(GRID.answer) as other, pytest.raises(FetchError) as error:
        get_roads(tmp_path, server, other)
    assert codes(error) == ["fetch.refused"] and "parse error" in str(error.value) and "<" not in str(error.value)
    assert len(server.asked) == 1 and not other.asked


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (HTML, "fetch.html"),
        (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C"><html><body>busy</body></html>', "fetch.html"),
        (b'{"elements": []}', "fetch.not-osm"),
        (b'<?xml version="1.0"?><gpx><trk/></gpx>', "fetch.not-osm"),
        (b'<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "aa">]><osm>&a;</osm>', "fetch.not-osm"),
        (b'<osm version="0.6"><node id="x" lat="1" lon="2"/></osm>', "fetch.not-osm"),
        (b"", "fetch.not-osm"),
    ],
)
def test_what_is_not_osm_is_refused(tmp_path: Path, body: bytes, code: str) -> None:
    assert roads_refused(tmp_path, saying(body)) == [code]


def test_an_answer_without_declared_length_that_stops_half_way_is_noticed(tmp_path: Path) -> None:
    def half(handler: Handler) -> None:
        body = GRID.xml(handler.query)
        handler.reply(body[: len(body) // 2], length=None)

    assert roads_refused(tmp_path, half) == ["fetch.cut-off"]


def test_a_length_declared_too_short_is_noticed(tmp_path: Path) -> None:
    assert roads_refused(tmp_path, lambda h: h.reply(GRID.xml(h.query), length=300)) == ["fetch.cut-off"]


def test_a_gzip_bomb_is_stopped_while_unpacking(tmp_path: Path) -> None:
    assert roads_refused(tmp_path, servers.gzip_bomb(80)) == ["fetch.bomb"]


def test_torn_gzip_and_unasked_compression_are_refused(tmp_path: Path) -> None:
    assert roads_refused(tmp_path, saying(b"\x1f\x8b\x08nonsense", Content_Encoding="gzip")) == ["fetch.damaged"]
    assert roads_refused(tmp_path, saying(b"zz", Content_Encoding="br")) == ["fetch.encoding"]


def test_roads_larger_than_the_limit_are_refused(tmp_path: Path) -> None:
    assert roads_refused(tmp_path, GRID.answer, max_mb=0.001) == ["fetch.too-large"]


def test_a_dripping_tile_does_not_hold_us_for_ever(tmp_path: Path) -> None:
    started = time.monotonic()
    assert roads_refused(tmp_path, servers.drip(b"<osm>" * 999), timeout_s=0.1) == ["fetch.too-slow"]
    assert time.monotonic() - started < 2  # 3 x timeout_s, once


# --- settings ---


def test_every_problem_of_the_settings_is_told_at_once(tmp_path: Path) -> None:
    table = {
        "roads": "../roads.osm",
        "overpass": ["ftp://a.example/x", "http://a:port/"],
        "network_filter": '["highway"];out;',
        "population": "people.png",
        "population_url": "file:///etc/passwd",
    }
    with pytest.raises(FetchError) as error:
        fetching.fetch(study(**table), tmp_path, None)
    assert sorted(codes(error)) == sorted(
        ["fetch.outside", "fetch.filter", *["fetch.not-an-address"] * 3, "fetch.area", "fetch.suffix"]
    )


@pytest.mark.parametrize(
    ("table", "code"),
    [({}, "fetch.nothing"), ({"population": "p.tif"}, "fetch.pair"), ({"population_url": "http://a/b"}, "fetch.pair")],
)
def test_a_study_that_names_too_little_is_told(tmp_path: Path, table: dict[str, str], code: str) -> None:
    with pytest.raises(FetchError) as error:
        fetching.fetch(study(**table), tmp_path, COUNTIES)
    assert codes(error) == [code]


# --- tiles and places ---


@pytest.mark.parametrize("area", [Polygon(), box(500_000, 2_400_000, 510_000, 2_410_000), Point(float("nan"), 1)])
def test_an_area_that_is_none_is_refused(area: Polygon) -> None:
    with pytest.raises(FetchError) as error:
        overpass.buffered(area, 10)
    assert codes(error) == ["fetch.area"]


def test_a_buffer_is_as_wide_as_it_says() -> None:
    # At 22 N a degree of latitude has 110.7 km (WGS 84) and one of longitude 103.3 km: 10 km = 0.0903 and 0.0968.
    west, south, east, north = overpass.buffered(box(110, 22, 110.001, 22.001), 10).bounds
    assert (110 - west, 22 - south) == pytest.approx((0.0968, 0.0903), abs=3e-4)
    assert (east - 110.001, north - 22.001) == pytest.approx((0.0968, 0.0903), abs=3e-4)


@pytest.mark.parametrize("area", [box(70, 10, 140, 55), box(109, 21, 112, 24)])
def test_too_many_tiles_are_refused(area: Polygon) -> None:
    with pytest.raises(FetchError) as error:
        overpass.tiles_of(area, 10)
    assert codes(error) == ["fetch.too-many-tiles"]


coordinate = st.floats(0, 1.5)


@given(st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=6), st.sampled_from([20.0, 35.0]))
def test_tiles_cover_the_area_and_each_of_them_touches_it(corners: list[tuple[float, float]], tile_km: float) -> None:
    area = LineString([(110 + x, 22 + y) for x, y in corners]).buffer(0.02)
    tiles = [box(t.west, t.south, t.east, t.north) for t in overpass.tiles_of(area, tile_km)]
    covered = gpd.GeoSeries(tiles).buffer(2e-6).union_all()
    assert covered.covers(area)
    assert all(tile.intersects(area) for tile in tiles)


def test_a_place_is_looked_up_by_its_outline(tmp_path: Path) -> None:
    found = [
        {"geojson": {"type": "Point", "coordinates": [110, 22]}},
        {"geojson": {"type": "Polygon", "coordinates": [[list(c) for c in AREA.exterior.coords]]}},
    ]
    with serving(saying(json.dumps(found).encode())) as nominatim, serving(GRID.answer) as server:
        settings = Fetch(overpass=(server.url(),), buffer_km=0, pause_s=0)
        got = fetching.roads_of_place("玉林", tmp_path / "r.osm", nominatim=nominatim.url("/search"), settings=settings)
    assert got.counts["way"] > 0 and len(server.asked) == 4
    assert "q=%E7%8E%89%E6%9E%97" in nominatim.asked[0].path


@pytest.mark.parametrize("body", [b"[]", b"{", b"null", b'[{"geojson": {"type": "Polygon", "coordinates": [[1]]}}]'])
def test_a_place_that_is_not_found_is_told(tmp_path: Path, body: bytes) -> None:
    with serving(saying(body)) as nominatim, pytest.raises(FetchError) as error:
        fetching.roads_of_place("无此地", tmp_path / "r.osm", nominatim=nominatim.url("/search"))
    assert codes(error) == ["fetch.place"]
