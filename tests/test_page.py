"""The map page as a file: what stands in it, what must not, where things lie, how large it is."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import math
import re
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from assessments import (
    NASTY,
    SOUTH,
    UTM,
    WEST,
    assessment,
    counties,
    demand,
    facilities,
    field,
    hostile,
    many_rules,
    statistics,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.image import imread
from pyproj import Transformer
from shapely.geometry import LineString, box

from carereach.coverage.results import Ledger
from carereach.layers.model import Layer
from carereach.maps.mercator import overlay
from carereach.maps.page import layers as page_layers
from carereach.maps.page import panel as page_panel
from carereach.maps.page.data import as_script, drawn, page_data, said
from carereach.maps.page.write import ASSESSMENT_PAGE, page, write_page
from carereach.maps.palette import OUTSIDE, UNREACHABLE, class_labels, group_of, road_rank, time_classes
from carereach.maps.words import ledger_parts, number, plain, target_text
from carereach.texts import catalogue

DATA = re.compile(r'<script type="application/json" id="care-data">(.*?)</script>', re.DOTALL)


def content_of(html: str) -> dict[str, Any]:
    """What the page has drawn, and what it says in the language it opens in."""
    found = DATA.search(html)
    assert found is not None
    content = json.loads(found.group(1))
    return {**content["drawn"], **content["said"][content["lang"]]}


class TestNothingRunsAndNothingIsAsked:
    def test_a_name_stands_only_inside_the_data_and_cannot_end_it(self) -> None:
        html = page(hostile(), "zh")
        outside = DATA.sub("", html)
        assert "document.title=7" not in outside
        assert content_of(html)["head"]["title"] == NASTY
        inside = DATA.search(html)
        assert inside is not None
        assert not set("<>&\u2028\u2029") & set(inside.group(1))

    def test_only_the_pages_own_scripts_may_run(self) -> None:
        html = page(hostile(), "en")
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
        assert policy is not None
        scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
        assert len(scripts) >= 3
        for script in scripts:
            digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy.group(1)
        assert "script-src 'sha256-" in policy.group(1)
        assert "connect-src" not in policy.group(1)
        assert policy.group(1).startswith("default-src 'none'")

    def test_nothing_is_linked(self) -> None:
        html = page(assessment(), "en")
        assert not re.findall(r"<(?:link|img|iframe|object|embed)\b", DATA.sub("", html))
        assert not re.findall(r"<script[^>]*\ssrc", html)
        assert "sourceMappingURL" not in html
        linked = set(re.findall(r"url\(([^)]{0,12})", html))
        assert all(address.startswith(("data:", '"data:', "#", "'#")) for address in linked), linked

    @given(st.text(max_size=60))
    @settings(max_examples=60, deadline=None)
    def test_any_text_comes_back_as_it_was(self, said: str) -> None:
        written = as_script({"said": said})
        assert json.loads(written) == {"said": said}
        assert not set("<>&\u2028\u2029") & set(written)

    def test_a_value_that_json_does_not_know_is_refused(self) -> None:
        with pytest.raises(ValueError, match="JSON"):
            as_script({"minutes": math.nan})

    def test_control_and_direction_signs_do_not_reach_a_reader(self) -> None:
        assert plain("a\u202eb\x1b[31mc\n") == "a b [31mc "
        assert len(plain("x" * 1000)) == 400


class TestWhatThePageSays:
    def test_both_languages_have_every_word(self) -> None:
        words = [code for code in catalogue() if code.startswith("maps.")]
        assert len(words) > 100
        texts = {lang: content_of(page(assessment(), lang))["texts"] for lang in ("zh", "en")}
        assert texts["zh"].keys() == texts["en"].keys()
        assert texts["zh"]["tab-verdicts"] == "判定"
        assert texts["en"]["tab-verdicts"] == "Verdicts"

    def test_one_page_holds_both_languages_and_what_is_drawn_once(self) -> None:
        in_chinese, in_english = page_data(assessment(), "zh"), page_data(assessment(), "en")
        assert in_chinese["lang"] == "zh"
        assert in_english == in_chinese | {"lang": "en"}
        assert not drawn(assessment()).keys() & said(assessment(), "zh").keys()
        assert said(assessment(), "zh").keys() == said(assessment(), "en").keys()

    def test_what_is_said_points_into_what_is_drawn(self) -> None:
        """Texts of both languages stand for the same rules, counties and marks, in the same order."""
        shapes = drawn(many_rules())
        chinese, english = said(many_rules(), "zh"), said(many_rules(), "en")
        for words in (chinese, english):
            assert len(words["mark_facts"]) == len(shapes["marks"])
            assert len(words["county_figures"]) == len(shapes["counties"])
        assert [r["rule"] for r in chinese["rules"]] == [r["rule"] for r in english["rules"]]
        assert [r["paint"] for r in chinese["rules"]] == [r["paint"] for r in english["rules"]]

    def test_every_word_that_the_scripts_use_is_there(self, repo: Any) -> None:
        files = (f"{name}.js" for name in ASSESSMENT_PAGE.scripts)
        assets = repo / "maps" / "assets"
        source = "".join((assets / name).read_text("utf-8") for name in (*files, ASSESSMENT_PAGE.skeleton))
        used = set(re.findall(r"say\('([a-z-]+)'\)", source)) | set(re.findall(r'data-text="([a-z-]+)"', source))
        used |= {f"base-{kind}" for kind in ("none", "osm", "tianditu")}
        assert len(used) > 40
        assert used <= set(content_of(page(assessment(), "en"))["texts"])

    def test_language_of_the_page(self) -> None:
        assert '<html lang="zh-CN">' in page(assessment(), "zh")
        assert '<html lang="en">' in page(assessment(), "en")

    def test_a_verdict_has_sign_words_value_target_and_what_would_settle_it(self) -> None:
        rules = page_panel.rules(assessment(), "en")
        met, short = rules[0]["verdicts"]
        assert (met["sign"], met["words"], met["value"], met["target"]) == ("✓", "met", "12.0 min", "< 15 min")
        assert met["people"] == "1,200 residents beyond the goal"
        # 15.04 against 15 must not look like 15.0
        assert (short["sign"], short["value"]) == ("✕", "15.04 min")
        zone, city = rules[1]["verdicts"][0], rules[2]["verdicts"][0]
        assert (zone["sign"], zone["words"], zone["target"]) == ("≈✓", "met (screening)", "≤ 5 km")
        assert (city["sign"], city["value"], city["target"]) == ("?", "at least 1", "≥ 2")
        details = dict(city["details"])
        assert details["what would settle it"] == ["local roads (OpenStreetMap through carereach fetch)"]
        assert details["stands on"][1] == "people: modelled (a stated model)"
        assert dict(met["details"])["holds at"] == ["low speed: no", "high speed: yes"]

    def test_counties_are_coloured_by_county_zone_and_city(self) -> None:
        by_county, by_zone, by_city = page_panel.rules(assessment(), "en")
        assert by_county["paint"] == {0: 0, 1: 1}
        assert by_county["about"] == []
        # residents of the urban zone live in the first two rows of points, which cross both counties
        assert by_zone["paint"] == {0: 0, 1: 0}
        assert "main urban area" in by_zone["about"][0]
        assert by_city["paint"] == {0: 0, 1: 0}

    def test_of_two_verdicts_on_one_county_the_worse_colours_it(self) -> None:
        whole = assessment()
        met, short, *_ = whole.verdicts
        both = (met, replace(short, unit=met.unit), replace(met, status="cannot tell"))
        assert page_panel.rules(replace(whole, verdicts=both), "en")[0]["paint"] == {0: 1}

    def test_a_unit_that_is_nowhere_is_said(self) -> None:
        whole = assessment()
        lost = (replace(whole.verdicts[0], unit="somewhere"),)
        rule = page_panel.rules(replace(whole, verdicts=lost), "en")[0]
        assert rule["paint"] == {}
        assert "somewhere" in rule["about"][0]

    def test_summary_counts_every_verdict_once(self) -> None:
        counted = page_panel.summary(assessment(), "en")
        assert [(s["words"], s["count"]) for s in counted] == [
            ("met", 1), ("met (screening)", 1), ("cannot tell", 1), ("not met", 1),
        ]  # fmt: skip

    def test_figures_of_areas(self) -> None:
        table = page_panel.figures(assessment(), "en")
        assert [row["unit"] for row in table["rows"]] == ["示例市", "main urban area", "townships", "东县", "西县"]
        # residents, mean, 90th percentile, shares within 15 and 30 minutes, stations
        assert table["rows"][0]["cells"] == ["46,500", "250.0", "21.2", "15%", "30%", "500"]
        assert table["rows"][-1]["cells"][1] == "∞"

    def test_sources_parameters_and_unlocated(self) -> None:
        content = said(assessment(), "en")
        roads = content["sources"][-1]
        assert (roads["layer"], roads["words"], roads["more"]) == ("roads", "open data", "licence: ODbL; date: 2024-05")
        assert drawn(assessment())["osm"] is True
        assert [p["words"] for p in content["parameters"]] == ["source seen", "unverified"]
        (lost,) = content["unplaced"]
        assert (lost[0], lost[2]) == ("机构 8", "东县")
        assert content["zones"]
        assert len(content["problems"]) == 1

    def test_osm_is_named_only_where_it_is_a_source(self) -> None:
        whole = assessment()
        own = whole.settings.roads.model_copy(update={"source": "city survey", "licence": "own"})
        layer = replace(whole.road_layer, source="city survey")
        other = replace(whole, settings=whole.settings.model_copy(update={"roads": own}), road_layer=layer)
        assert drawn(other)["osm"] is False


class TestLedger:
    def test_parts_stay_whole_and_add_up(self) -> None:
        # floors 1 + 1 + 0 + 0 = 2 of 3: the largest remainder, 0.9, takes the third
        parts = ledger_parts(Ledger(3.0, 1.05, 1.05, 0.9, 0.0))
        assert parts == {"residents": 3, "reached": 1, "beyond": 1, "unreachable": 1, "outside": 0}

    @given(st.lists(st.floats(0, 1e7), min_size=4, max_size=4))
    @settings(deadline=None)
    def test_always(self, parts: list[float]) -> None:
        said = ledger_parts(Ledger(math.fsum(parts), *parts))
        residents = said.pop("residents")
        assert sum(said.values()) == residents


class TestWords:
    def test_numbers(self) -> None:
        assert number(None, "en") == "–"
        assert number(math.inf, "en") == "unreachable"
        assert number(3.0, "en") == "3"
        assert number(4.96, "en", quantity="km", near=5.0) == "4.96 km"
        assert number(1234.5, "zh", quantity="min") == "1,234.5 分钟"

    def test_targets(self) -> None:
        assert target_text("<= 5 km", "en") == "≤ 5 km"
        assert target_text("10-20 km", "zh") == "10-20 公里"


class TestWhereThingsLie:
    def test_time_classes_hold_their_upper_limit(self) -> None:
        minutes = np.array([0.0, 5.0, 5.01, 15.0, 60.0, 60.5, np.inf, np.nan])
        assert time_classes(minutes).tolist() == [0, 0, 1, 2, 5, 6, UNREACHABLE, OUTSIDE]
        assert class_labels("en")[0] == "0–5"

    def test_the_field_lies_in_mercator_where_it_lies_on_the_ground(self) -> None:
        """Centres of cells, through an independent way (pyproj to 4326, Mercator by its formula), hit their colour."""
        grid = field()
        image = overlay(grid)
        assert image is not None
        pixels = imread(io.BytesIO(image.png), format="png")
        west, south, east, north = image.bounds

        def up(lat: float) -> float:
            return math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))

        to_degrees = Transformer.from_crs(grid.crs, 4326, always_xy=True)
        colours = {}
        classes = time_classes(grid.minutes)
        for row, column in [(59, 30), (45, 15), (31, 3), (31, 55), (10, 10), (50, 0), (40, 58)]:
            lon, lat = to_degrees.transform(
                grid.west + (column + 0.5) * grid.cell_m, grid.north - (row + 0.5) * grid.cell_m
            )
            x = int((lon - west) / (east - west) * pixels.shape[1])
            y = int((up(north) - up(lat)) / (up(north) - up(south)) * pixels.shape[0])
            colours.setdefault(int(classes[row, column]), set()).add(tuple(np.round(pixels[y, x] * 255).astype(int)))
        assert colours[OUTSIDE] == {(0, 0, 0, 0)}
        assert colours[0] == {(255, 255, 204, 255)}
        del colours[OUTSIDE]
        assert all(len(seen) == 1 for seen in colours.values())  # a class has one colour, wherever it lies
        assert {colour[3] for seen in colours.values() for colour in seen} == {255}
        assert colours[UNREACHABLE] <= {(0xB9, 0xB9, 0xB9, 255), (0x6F, 0x6F, 0x6F, 255)}

    def test_the_image_is_cut_at_the_counties(self) -> None:
        half = gpd.GeoSeries([box(WEST, SOUTH, WEST + 10_000, SOUTH + 20_000)], crs=UTM)
        whole, cut = overlay(field()), overlay(field(), half)
        assert whole is not None
        assert cut is not None
        shown = [(imread(io.BytesIO(image.png), format="png")[:, :, 3] > 0).mean() for image in (whole, cut)]
        # a quarter of the width; the first column has no value: 14 of 59 columns
        assert shown[1] / shown[0] == pytest.approx(14 / 59, abs=0.01)

    def test_a_field_without_values_is_no_image(self) -> None:
        empty = replace(field(), minutes=np.full((60, 60), np.nan, dtype=np.float32))
        assert overlay(empty) is None
        assert page_layers.field(assessment(field=empty)) is None

    def test_coordinates_have_five_decimals_and_latitude_first(self) -> None:
        marks = page_layers.facilities(assessment())
        lat, lon = marks[0]["at"]
        expected = Transformer.from_crs(UTM, 4326, always_xy=True).transform(WEST + 4_000, SOUTH + 4_000)
        assert (lon, lat) == pytest.approx(expected, abs=1e-5)
        written = json.dumps(drawn(assessment())["counties"])
        assert not re.search(r"\d\.\d{6,}", written)

    def test_facilities_by_group(self) -> None:
        marks, said_of = page_layers.facilities(assessment()), page_layers.mark_facts(assessment(), "en")
        assert [mark["group"] for mark in marks] == ["emergency"] * 4 + ["hospital", "primary", "blood"]
        assert len(page_layers.unplaced(assessment(), "en")) == 1
        assert "km" not in marks[0]
        assert marks[-1]["km"] == 3.0
        assert "may be off by 3 km" in " ".join(said_of[-1])
        assert group_of("hospital.general", True) == "emergency"
        assert group_of("cdc", False) == "other"
        assert {len(each) for each in said_of} == {len(page_layers.fact_labels("en"))}

    def test_unserved_are_beyond_the_plans_longest_time(self) -> None:
        """The fake plan says 15 min; 9 points within it: 4..9 and 13..15 minutes."""
        unserved = page_layers.unserved(assessment())
        assert unserved["minutes"] == 15.0
        assert len(unserved["circles"]) == 30 - 9
        assert [c[3] for c in unserved["circles"][:2]] == [None, None]
        residents = [c[2] for c in unserved["circles"]]
        assert residents == sorted(residents, reverse=True)
        assert unserved["by_goal"] is True
        without = page_layers.unserved(assessment(verdicts=()))
        assert (without["minutes"], without["by_goal"]) == (30.0, False)

    def test_circles_of_many_people_are_off_at_first_and_the_legend_says_so(self) -> None:
        """Within 15 min live 100 x (1 ... 6 and 7 ... 9) = 4,500 of 46,500: beyond live 42,000, more than a third."""
        assert page_layers.unserved(assessment())["shown"] is False
        words = said(assessment(), "en")["unserved_said"]
        assert words["layer"] == "Residents beyond 15 min or unreachable: 42,000 (90.3%)"
        assert words["notes"][0].startswith("15 min: the longest response-time goal")
        assert words["notes"][1] == "Off at first: 21 circles would hide the colours."
        people = demand()
        people.loc[people["response_min"] > 15, "residents"] = 100.0
        few = assessment(demand=people)
        assert page_layers.unserved(few)["shown"] is True  # 2,100 of 6,600
        assert len(said(few, "en")["unserved_said"]["notes"]) == 1

    def test_many_circles_are_off_at_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        people = demand()
        people.loc[people["response_min"] > 15, "residents"] = 100.0
        monkeypatch.setattr(page_layers, "MOST_SHOWN", 20)
        assert page_layers.unserved(assessment(demand=people))["shown"] is False

    def test_people_outside_every_county_are_not_unserved(self) -> None:
        people = demand()
        people["reach"] = "outside"
        assert page_layers.unserved(assessment(demand=people))["circles"] == []

    def test_roads_far_from_the_counties_are_left_out(self) -> None:
        lines = gpd.GeoDataFrame(
            {"road_class": ["primary", "primary_link", ""]},
            geometry=[
                LineString([(WEST, SOUTH), (WEST + 1_000, SOUTH)]),
                LineString([(WEST + 1_000, SOUTH), (WEST + 2_000, SOUTH)]),
                LineString([(WEST - 90_000, SOUTH), (WEST - 80_000, SOUTH)]),
            ],
            crs=UTM,
        )
        roads = page_layers.roads(assessment(road_lines=lines))
        assert len(roads["lines"]) == 1
        assert roads["partial"] is False
        assert road_rank("primary_link") == "primary"
        assert road_rank("residential") == ""


def large() -> Any:
    """A prefecture: 20,000 demand points, 3,000 roads of 60 points, 300 facilities, 150 stations' isochrones."""
    rng = np.random.default_rng(7)
    count = 20_000
    people = gpd.GeoDataFrame(
        {
            "residents": rng.uniform(1, 900, count),
            "county": "东县",
            "township": "某镇",
            "zone": "township",
            "response_min": rng.uniform(31, 90, count),
            "response_low_min": rng.uniform(40, 100, count),
            "response_high_min": rng.uniform(20, 80, count),
            "station": "s1",
            "reach": "beyond",
        },
        geometry=gpd.points_from_xy(WEST + rng.uniform(0, 150_000, count), SOUTH + rng.uniform(0, 150_000, count)),
        crs=UTM,
    )
    start = np.column_stack([WEST + rng.uniform(0, 150_000, 3_000), SOUTH + rng.uniform(0, 150_000, 3_000)])
    steps = rng.normal(0, 400, (3_000, 60, 2)).cumsum(axis=1)
    lines = shapely.linestrings(start[:, None, :] + steps)
    roads = gpd.GeoDataFrame({"road_class": rng.choice(["primary", "residential"], 3_000)}, geometry=lines, crs=UTM)
    size = 600
    minutes = rng.uniform(0, 90, (size // 4, size // 4)).repeat(4, 0).repeat(4, 1).astype(np.float32)
    angle = np.linspace(0, 2 * np.pi, 400)
    rings = []
    for station in range(150):
        x, y = WEST + 1_000 * station, SOUTH + 75_000
        reach = 20_000 + 4_000 * rng.random(400)
        shape = shapely.polygons(np.column_stack([x + reach * np.cos(angle), y + reach * np.sin(angle)]))
        rings += [
            {"minutes": m, "from_minutes": 0.0, "facility": f"s{station}", "geometry": shape} for m in (15.0, 30.0)
        ]
    squares = [box(WEST + 75_000 * i, SOUTH, WEST + 75_000 * (i + 1), SOUTH + 150_000) for i in (1, 0)]
    frame = counties().set_geometry(squares, crs=UTM)
    return assessment(
        demand=people,
        road_lines=roads,
        field=replace(field(), minutes=minutes, north=SOUTH + 150_000, cell_m=250.0),
        isochrones=gpd.GeoDataFrame(rings, geometry="geometry", crs=UTM),
        counties=Layer("boundaries", frame, "surveyed"),
        facilities=Layer("facilities", facilities(count=300), "assumed"),
    )


class TestSizeAndEdges:
    def test_a_prefecture_stays_under_8_mb(self, tmp_path: Any) -> None:
        write_page(large(), tmp_path / "map.html", "zh")
        assert 1_000_000 < (tmp_path / "map.html").stat().st_size < 8_000_000

    def test_small_roads_go_first_where_all_would_be_too_much(self) -> None:
        roads = page_layers.roads(large())
        assert roads["partial"] is True
        assert [f["properties"]["width"] for f in roads["lines"]] == [1.7]

    def test_more_places_than_are_drawn_are_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(page_layers, "MOST_CIRCLES", 5)
        # residents of 21 unserved points are 100 x (their number + 1); the five largest of them are 3,000 ... 2,600
        unserved = page_layers.unserved(assessment())
        assert [c[2] for c in unserved["circles"]] == [3000, 2900, 2800, 2700, 2600]
        assert unserved["cut"]["count"] == 16
        left = demand()["residents"][~(demand()["response_min"] <= 15)].sum() - 14_000
        assert unserved["cut"]["residents"] == f"{left:,.0f}"
        assert f"{unserved['cut']['count']} smaller places" in said(assessment(), "en")["unserved_said"]["notes"][-1]

    def test_nothing_to_draw(self, tmp_path: Any) -> None:
        places = facilities()
        nowhere = places.assign(geometry=gpd.GeoSeries([None] * len(places), crs=UTM))
        bare = assessment(
            verdicts=(),
            skipped=(),
            statistics=statistics().iloc[:0],
            demand=demand().iloc[:0],
            stations=nowhere.iloc[:0],
            facilities=Layer("facilities", nowhere, "missing"),
            people=Layer("people", demand().iloc[:0], "missing"),
            road_lines=gpd.GeoDataFrame({"road_class": []}, geometry=[], crs=UTM),
            field=replace(field(), minutes=np.full((60, 60), np.nan, dtype=np.float32)),
            isochrones=gpd.GeoDataFrame({"minutes": [], "from_minutes": [], "facility": []}, geometry=[], crs=UTM),
            parameters=assessment().parameters.iloc[:0],
            ledger=Ledger(0.0, 0.0, 0.0, 0.0, 0.0),
            problems=(),
        )
        content = content_of(page(bare, "en"))
        assert content["field"] is None
        assert content["marks"] == []
        assert len(content["unplaced"]) == 8
        assert content["ledger"]["total"] == "0"

    def test_one_county_and_townships(self) -> None:
        towns = gpd.GeoDataFrame(
            {"township": ["甲镇", "乙镇"], "county": "东县", "kind": "town"},
            geometry=[box(WEST, SOUTH, WEST + 5_000, SOUTH + 5_000), None],
            crs=UTM,
        )
        one = assessment(
            counties=Layer("boundaries", counties(("东县",)), "surveyed"),
            townships=Layer("townships", towns, "surveyed"),
        )
        content = content_of(page(one, "zh"))
        assert len(content["counties"]) == 1
        assert [t["properties"]["name"] for t in content["townships"]] == ["甲镇"]
