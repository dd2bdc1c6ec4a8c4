"""Maps for print: what stands on them, in which class, that it reads in grey, and that no two texts collide."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pytest
from assessments import SOUTH, UTM, WEST, assessment, counties, demand, hostile, statistics, study_file, verdicts
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from print_checks import assert_apart, drawn, luminance, texts_of
from shapely.geometry import LineString, Point
from test_layers_out import empty

from carereach.coverage.results import Assessment
from carereach.files import sha256
from carereach.layers.model import Layer
from carereach.layers.settings_parts import Words
from carereach.maps.atlas import catchment_map, figure, ground, isochrone_map, plot_page, unserved_map, verdict_maps
from carereach.maps.atlas.verdict_matrix import FILLS, ORDER
from carereach.maps.extras import write_figures
from carereach.maps.palette import TIME_COLOURS

Maker = Callable[[Assessment, Any], Figure]
MAKERS: dict[str, Maker] = {
    "response_time": figure._figure,
    "isochrones": lambda given, lang: isochrone_map.figure(given, lang, figure.study_ground(given)),
    "service_areas": lambda given, lang: catchment_map.figure(given, lang, figure.study_ground(given)),
    "unserved": lambda given, lang: unserved_map.figure(given, lang, figure.study_ground(given)),
    "verdicts_map": lambda given, lang: verdict_maps.figure(given, lang, figure.study_ground(given)),
}
FIGURES = {*MAKERS, "reach_curve", "lorenz_curve", "verdicts_by_county"}


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few pixels, where their number does not matter."""
    monkeypatch.setattr(plot_page, "DPI", 40)
    monkeypatch.setattr(plot_page, "SVG_DPI", 40)


def many(count: int = 12, length: int = 14) -> Assessment:
    """So many counties with long names, ten emergency rules about each, stations at one place and a long list."""
    names = tuple(f"{place:02d}" + "县" * (length - 2) for place in range(count))
    people = demand()
    people["county"] = [names[place % count] for place in range(len(people))]
    people["station"] = [f"s{1 + place % 4}" for place in range(len(people))]
    met, short, *_ = verdicts()
    titles = Words(zh="一条名称很长的规则，" * 6, en="A rule with a very long title, " * 6)
    said = tuple(
        replace(met if (place + rule) % 2 else short, unit=name, rule=f"YL-EMS-{rule}", title=titles)
        for rule in range(10)
        for place, name in enumerate(names)
    )
    whole = assessment()
    stations = whole.stations.assign(
        name=["站" * 200, "$x^2$", "b", "c"], geometry=[whole.stations.geometry.iloc[0]] * 4
    )
    title = study_file(title={"zh": "很长的题目" * 20, "en": "A very long title " * 11})
    ground_ = Layer("boundaries", counties(names), "surveyed")
    return assessment(
        settings=title,
        counties=ground_,
        demand=people,
        verdicts=said,
        statistics=statistics(names[:2]),
        stations=stations,
    )


CASES: dict[str, Callable[[], Assessment]] = {"two": assessment, "many": many, "hostile": hostile}


@pytest.mark.parametrize(("case", "lang"), [("two", "zh"), ("two", "en"), ("many", "en"), ("hostile", "zh")])
@pytest.mark.parametrize("kind", MAKERS)
def test_texts_do_not_collide_and_stay_on_the_page(kind: str, case: str, lang: Any) -> None:
    assert_apart(*drawn(lambda: MAKERS[kind](CASES[case](), lang)))


@pytest.mark.parametrize("kind", MAKERS)
def test_every_map_says_what_a_map_must_say(kind: str) -> None:
    found = texts_of(drawn(lambda: MAKERS[kind](assessment(), "en"))[1])
    said = " ".join(found)
    for words in (
        "Two counties", "A made-up example: nothing here is real.", "roads (open data) OpenStreetMap extract",
        "Data: boundaries 2024", "EPSG:32649", " km", "county border",
    ):  # fmt: skip
        assert words in said, words
    assert "N" in found


def without(what: str) -> Assessment:
    whole = assessment()
    people, nobody = demand(), demand().iloc[:0]
    never = {f"response_{level}min": np.inf for level in ("", "low_", "high_")}
    near = {f"response_{level}min": 1.0 for level in ("", "low_", "high_")}
    one = whole.stations.iloc[:1]
    changed: dict[str, Callable[[], Assessment]] = {
        "no stations": lambda: replace(
            whole, stations=whole.stations.iloc[:0], isochrones=whole.isochrones.iloc[:0],
            demand=people.assign(**never, station="", reach="unreachable"),
        ),
        "one county": lambda: assessment(
            counties=Layer("boundaries", counties(("东县",)), "surveyed"), demand=demand(("东县",)),
            verdicts=verdicts(("东县",)), statistics=statistics(("东县",)),
        ),
        "no demand": lambda: replace(whole, demand=nobody),
        "everything unreachable": lambda: replace(
            whole, demand=people.assign(**never, reach="unreachable"), isochrones=whole.isochrones.iloc[:0],
            field=replace(whole.field, minutes=np.full((60, 60), np.inf, dtype=np.float32)),
        ),
        "one station": lambda: replace(whole, stations=one),
        "everything inside the goal": lambda: replace(whole, demand=people.assign(**near, reach="reached")),
        "nothing": empty,
    }  # fmt: skip
    return changed[what]()


MAPS = ("isochrones", "service_areas", "unserved")
MISSING: dict[str, tuple[str, ...]] = {
    "no stations": MAPS,
    "one county": (*MAPS, "verdicts_map"),
    "no demand": MAPS[1:],
    "everything unreachable": MAPS,
    "one station": MAPS[:2],
    "everything inside the goal": MAPS[1:],
    "nothing": MAPS,
}


@pytest.mark.parametrize("what", MISSING)
def test_what_may_be_missing(what: str) -> None:
    given = without(what)
    for kind in MISSING[what]:
        assert_apart(*drawn(lambda make=MAKERS[kind]: make(given, "en")))  # type: ignore[misc]


class TestFiles:
    @pytest.mark.usefixtures("coarse")
    def test_no_verdict_about_a_county_gives_no_map_of_them(self, tmp_path: Path) -> None:
        given = assessment(verdicts=())
        assert verdict_maps.write_verdict_maps(given, tmp_path / "a", "zh", figure.study_ground(given)) == ()
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.usefixtures("coarse")
    def test_by_name_with_the_same_bytes_again_and_no_setting_of_matplotlib_changes(self, tmp_path: Path) -> None:
        before = dict(mpl.rcParams)
        found = [write_figures(hostile(), tmp_path / folder, "zh") for folder in ("a", "b")]
        assert dict(mpl.rcParams) == before
        assert found[0] == {name: tmp_path / "a" / f"{name}.png" for name in FIGURES}
        assert {path.stem for path in (tmp_path / "a").glob("*.svg")} == FIGURES
        first, second = ({f.name: sha256(f) for f in (tmp_path / folder).iterdir()} for folder in ("a", "b"))
        assert first == second

    def test_print_size_and_svg_without_fonts_or_scripts(self, tmp_path: Path) -> None:
        given = assessment()
        for png, svg in (
            figure.write_response_time(given, tmp_path / "a", "zh", figure.study_ground(given)),
            unserved_map.write_unserved(given, tmp_path / "b", "zh", figure.study_ground(given)),
        ):
            assert struct.unpack(">I", png.read_bytes()[16:20])[0] == int(170 / 25.4 * 300)
            root = ET.parse(svg).getroot()
            assert not list(root.iter("{http://www.w3.org/2000/svg}text"))
            assert not list(root.iter("{http://www.w3.org/2000/svg}script"))
            assert svg.stat().st_size < 1_000_000


class TestGrey:
    def test_times_and_density_grow_darker(self) -> None:
        for colours in (TIME_COLOURS, unserved_map.GREYS):
            steps = np.diff([luminance(colour) for colour in colours])
            assert (steps < -0.005).all()

    def test_verdicts_are_told_apart_by_hatch_too(self) -> None:
        assert len({verdict_maps.HATCHES[status] for status in ORDER}) == len(FILLS)

    def test_circles_have_a_dark_rim(self) -> None:
        assert luminance(unserved_map.EDGE) < 0.02
        assert min(luminance(colour) for colour in unserved_map.GREYS) > 0.15


class TestIsochrones:
    def test_rings_lie_in_the_colour_of_their_class_with_minutes_on_their_lines(self) -> None:
        made, boxes = drawn(lambda: MAKERS["isochrones"](assessment(), "en"))
        axes = max(made.axes, key=lambda each: each.get_position().height)
        fills = {mpl.colors.to_hex(patch.get_facecolor()) for patch in axes.patches}
        assert {TIME_COLOURS[2], TIME_COLOURS[3]} <= fills  # 0-15 and 15-30: classes up to 15 and up to 30
        said = texts_of(boxes)
        assert {"15", "30", "0–15", "15–30"} <= set(said)
        assert "over 30 or unreachable" in said

    def test_minutes_stand_on_their_line(self) -> None:
        given = assessment()
        made, _ = drawn(lambda: MAKERS["isochrones"](given, "en"))
        axes = max(made.axes, key=lambda each: each.get_position().height)
        places = [Point(said.get_position()) for said in axes.texts if said.get_text() == "15"]
        line = given.isochrones.geometry.iloc[0].boundary  # a circle of 5 km
        assert places
        assert max(place.distance(line) for place in places) < 15  # metres, after simplifying to what print shows


class TestServiceAreas:
    def test_the_listed_stations_with_their_people(self) -> None:
        people = demand()
        station = np.where(np.arange(30) < 20, "s1", "s2")
        given = assessment(demand=people.assign(station=station))
        said = texts_of(drawn(lambda: MAKERS["service_areas"](given, "en"))[1])
        # residents 100, 200 ... 3,000; the last two points are unreachable (2,900 and 3,000)
        # s1: 100 x (1 + ... + 20) = 21,000; s2: 100 x (21 + ... + 28) = 19,600
        assert {"1", "2", "机构 1", "机构 2", "21,000", "19,600", "unreachable"} <= set(said)
        assert said.count("1") == said.count("2") == 2  # on the map and in the table
        assert "2 stations are nobody's nearest" in " ".join(said)  # of four

    def test_neighbours_have_different_colours(self) -> None:
        given = many()
        areas = catchment_map.areas_of(given, figure.study_ground(given))
        shared = areas.geometry.iloc[0].buffer(1).intersects(areas.geometry.iloc[1])
        assert shared
        assert areas["map_colour"].iloc[0] != areas["map_colour"].iloc[1]

    def test_many_stations_are_not_all_listed(self) -> None:
        people = demand().assign(station=[f"x{place}" for place in range(30)])
        stations = assessment().stations
        frame = gpd.GeoDataFrame(
            {name: stations[name].iloc[0] for name in stations.columns if name != "geometry"}
            | {"id": people["station"], "name": people["station"]},
            geometry=people.geometry,
        )
        said = texts_of(drawn(lambda: MAKERS["service_areas"](assessment(demand=people, stations=frame), "en"))[1])
        assert "The 18 stations with most residents of 28 are numbered" in " ".join(said)
        assert "18" in said
        assert "19" not in said


class TestUnserved:
    def test_people_beyond_the_longest_goal(self) -> None:
        # the only goal in minutes is 15; minutes are 4 + 9 row + column, residents 100 (1 + 6 row + column)
        found = unserved_map.unserved_of(assessment())
        inside = sum(100 * (1 + 6 * r + c) for r in range(5) for c in range(6) if 4 + 9 * r + c <= 15)
        assert (found.minutes, found.by_goal) == (15.0, True)
        assert found.residents == 46_500 - inside
        assert found.total == 46_500
        said = texts_of(drawn(lambda: MAKERS["unserved"](assessment(), "en"))[1])
        assert f"{46_500 - inside:,} residents ({(46_500 - inside) / 46_500:.1%})" in " ".join(said)

    def test_without_a_goal_30_minutes_and_it_says_so(self) -> None:
        given = assessment(verdicts=())
        assert unserved_map.unserved_of(given).minutes == 30.0
        assert "our choice" in " ".join(texts_of(drawn(lambda: MAKERS["unserved"](given, "en"))[1]))

    def test_everybody_inside_is_said(self) -> None:
        said = " ".join(texts_of(drawn(lambda: MAKERS["unserved"](without("everything inside the goal"), "en"))[1]))
        assert "All 46,500 residents are reached within 15 minutes." in said

    def test_people_outside_every_county_do_not_count(self) -> None:
        people = demand()
        people["reach"] = ["outside"] * 30
        assert unserved_map.unserved_of(assessment(demand=people)).total == 0

    @given(st.floats(1, 1e6))
    @settings(deadline=None)
    def test_cells_are_round_and_no_smaller_than_asked(self, metres: float) -> None:
        side = unserved_map.nice_at_least(metres)
        assert metres * (1 - 1e-9) <= side <= 2.5 * metres
        assert float(f"{side:.1e}") == side or f"{side:.1e}".startswith("2.5")


class TestVerdictMaps:
    def test_a_sign_for_each_county_that_is_asked(self) -> None:
        said = texts_of(drawn(lambda: MAKERS["verdicts_map"](assessment(), "en"))[1])
        assert [said.count(sign) for sign in ("✓", "✕", "?")] == [2, 2, 1]  # one in the key, one on the map
        assert {"东县", "西县"} <= set(said)

    def test_emergency_first_and_nine_at_most(self) -> None:
        met, short, *_ = verdicts()
        others = tuple(replace(short, rule=f"YL-BLD-{n}") for n in range(12))
        given = assessment(verdicts=(*others, replace(met, rule="YL-EMS-1")))
        shown = verdict_maps.rules_shown(given, "en")
        assert [row.rule for row in shown] == ["YL-EMS-1", *(f"YL-BLD-{n}" for n in range(8))]
        assert "9 of 13 rules" in " ".join(texts_of(drawn(lambda: MAKERS["verdicts_map"](given, "en"))[1]))

    def test_undecided_rules_only_where_there_are_no_others(self) -> None:
        *_, city = verdicts()
        waiting = tuple(replace(city, unit="东县", rule=f"YL-EMS-{n}") for n in range(3))
        assert [row.rule for row in verdict_maps.rules_shown(assessment(verdicts=waiting), "en")] == [
            "YL-EMS-0", "YL-EMS-1", "YL-EMS-2",
        ]  # fmt: skip
        assert len(verdict_maps.rules_shown(assessment(verdicts=(*waiting, *verdicts())), "en")) == 1


class TestRoads:
    def lines(self, classes: list[str]) -> gpd.GeoDataFrame:
        shapes = [LineString([(WEST, SOUTH + n), (WEST + 30_000, SOUTH + n + 5)]) for n in range(len(classes))]
        return gpd.GeoDataFrame({"road_class": classes}, geometry=shapes, crs=UTM)

    def test_few_roads_are_all_drawn(self) -> None:
        made = ground.ground_of(counties(), self.lines(["trunk", "track"]), UTM, 6.5)
        assert [len(paths) for _, paths in made.roads] == [1, 1]
        assert not made.main_roads

    def test_of_many_the_largest(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ground, "MOST_LINES", 5)
        monkeypatch.setattr(ground, "MOST_MAIN_LINES", 4)
        classes = ["motorway"] * 2 + ["trunk_link"] * 2 + ["primary"] * 2 + ["track"] * 4
        made = ground.ground_of(counties(), self.lines(classes), UTM, 6.5)
        drawn_lines = sum(int((path.codes == path.MOVETO).sum()) for _, paths in made.roads for path in paths)
        assert drawn_lines == 4  # 2 motorways and 2 trunk roads; 6 with the primary ones would be too many
        assert made.main_roads
        said = texts_of(drawn(lambda: MAKERS["response_time"](assessment(road_lines=self.lines(classes)), "en"))[1])
        assert "main road" in said

    @pytest.mark.usefixtures("coarse")
    def test_roads_in_an_svg_are_pixels(self, tmp_path: Path) -> None:
        whole = assessment(road_lines=self.lines(["trunk"] * 500))
        bare = replace(whole, road_lines=whole.road_lines.iloc[:0])
        sizes = []
        for each in (whole, bare):
            svg = figure.write_response_time(each, tmp_path / "a", "en", figure.study_ground(each))[1]
            sizes.append(svg.read_text(encoding="utf-8").count("<path"))
        assert sizes[0] - sizes[1] < 60  # letters of the legend, not 500 roads
