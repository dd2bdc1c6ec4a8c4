"""The page's tools in headless Chromium: a click reads, the slider counts and colours, the search goes, charts show."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from assessments import NASTY, SOUTH, UTM, WEST, assessment, facilities, hostile
from browser import Browser, Tab, started
from matplotlib.image import imread
from pyproj import Transformer

import carereach
from carereach.coverage.assess import demand_with_times, gather
from carereach.coverage.field import grid_of, time_field
from carereach.coverage.results import Assessment
from carereach.coverage.statistics import statistics
from carereach.layers.model import Layer
from carereach.maps.page.write import ASSESSMENT_PAGE, page, write_page
from carereach.texts import catalogue

READY = "document.querySelector('#limit') && document.querySelector('details.legend')"
POPUP = "document.querySelector('.popup').textContent"
ANYWHERE = "document.querySelector('.popup h2')"


@pytest.fixture(scope="module")
def tutorial() -> Assessment:
    """The tutorial's times, field and statistics, on a coarse grid; rules and drawings are those of the fake."""
    study = carereach.open_study("tutorial")
    facts = gather(study)
    located = facts.stations.located
    grid = grid_of(study.counties.frame.geometry, at_most=6_000)
    begin = np.full(len(located), facts.model.before_wheels_min)
    roads = study.roads.at_speeds(facts.model.speeds)
    whole = assessment()
    return assessment(
        demand=demand_with_times(facts),
        statistics=statistics(facts),
        field=time_field(roads, located, grid, access=facts.model.access, start_min=begin),
        stations=located,
        counties=study.counties,
        townships=study.townships,
        facilities=study.facilities,
        people=study.people,
        isochrones=whole.isochrones.iloc[:0],
        road_lines=whole.road_lines.iloc[:0],
        verdicts=(),
    )


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, tutorial: Assessment) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    made = {"plain": assessment(), "tutorial": tutorial, "hostile": hostile()}
    for name, whole in made.items():
        write_page(whole, folder / f"{name}.html", "en")
    return {name: folder / f"{name}.html" for name in made}


@pytest.fixture
def tab(browser: Browser, pages: dict[str, Path]) -> Iterator[Tab]:
    with browser.tab(pages["plain"]) as opened:
        opened.wait_for(READY)
        yield opened
        assert opened.complaints == []
        assert [a for a in opened.requests if not a.startswith(("data:", "blob:", "file:"))] == []


@dataclass(frozen=True)
class Ground:
    """Where places of the fake are on the screen: its counties are 40 by 20 km."""

    west: float
    north: float
    east: float
    south: float

    def at(self, east_km: float, north_km: float) -> tuple[float, float]:
        x = self.west + (self.east - self.west) * east_km / 40
        return x, self.south - (self.south - self.north) * north_km / 20


def ground(tab: Tab) -> Ground:
    found = tab.run(
        "(() => { const r = [...document.querySelectorAll('.leaflet-counties-pane path')].map((n) =>"
        " n.getBoundingClientRect()); return [Math.min(...r.map((b) => b.left)), Math.min(...r.map((b) => b.top)),"
        " Math.max(...r.map((b) => b.right)), Math.max(...r.map((b) => b.bottom))]; })()"
    )
    return Ground(*found)


def slide(tab: Tab, minutes: int) -> None:
    tab.run(
        f"(() => {{ const s = document.getElementById('limit'); s.value = {minutes};"
        " s.dispatchEvent(new Event('input')); })()"
    )
    tab.settle()


def limit_says(tab: Tab) -> str:
    return str(tab.run("document.getElementById('limit-says').textContent"))


def pick_county(tab: Tab, place: str) -> None:
    tab.run(
        f"(() => {{ const s = document.getElementById('county'); s.value = '{place}';"
        " s.dispatchEvent(new Event('change')); })()"
    )
    tab.settle()


def look_for(tab: Tab, words: str) -> list[str]:
    """Types into the search box; the names found."""
    tab.run(
        f"(() => {{ const s = document.getElementById('search'); s.focus(); s.value = {json.dumps(words)};"
        " s.dispatchEvent(new Event('input')); })()"
    )
    return list(tab.run("[...document.querySelectorAll('#found [role=option]')].map((n) => n.firstChild.textContent)"))


class TestWords:
    def test_every_phrase_that_the_scripts_use_is_there_in_both_languages(self, repo: Path) -> None:
        source = "".join(
            (repo / "maps" / "assets" / f"{name}.js").read_text("utf-8") for name in ASSESSMENT_PAGE.scripts
        )
        used = set(re.findall(r"phrase\('([a-z0-9-]+)'", source))
        used |= {f"chart-{name}" for name in re.findall(r"chartFrame\('([a-z]+)'", source)} | {"zone-0", "zone-1"}
        used |= set(re.findall(r"'(access-[a-z-]+|head-[a-z]+|from-[a-z-]+|goal-[a-z]+|axis-[a-z-]+|over)'", source))
        assert len(used) > 40
        assert used == {code.removeprefix("tools.") for code in catalogue() if code.startswith("tools.")}


class TestClick:
    def test_a_cell_of_the_field(self, tab: Tab) -> None:
        """At 21 km east and 5.67 km north: cell (31, 51): hypot(31 - 30, 60 - 51) x 2/3 km x 2 = 12.07 minutes."""
        tab.click(*ground(tab).at(21, 5.67))
        tab.wait_for(ANYWHERE)
        said = tab.run(POPUP)
        assert tab.run(f"{ANYWHERE}.textContent") == "东县"
        assert tab.run("document.querySelector('.popup .reading b').textContent") == "12.1 min"
        assert "within the goal < 15 min" in said
        # a pixel is about 50 m. The nearest place with residents is 23.4 km east and 6 km north: 4 + 9 + 3 minutes
        assert re.search(r"2\.[345] km away \(某镇\): 16\.0 min there, 12\.8 to 20\.8 min at high to low speeds", said)
        # station s1 stands at 4 km east and 4 km north
        assert re.search(r"机构 1 \(17\.[012] km straight line\)", said)
        # 机构 5, the hospital, at 16.8 km east and 4 + 1.7 x (28 mod 9) = 5.7 km north
        assert re.search(r"机构 5 \(4\.[123] km straight line\)", said)
        assert "The county as a whole" in said

    def test_a_place_with_residents(self, tab: Tab) -> None:
        """The seventh point: row 1, column 0: 4 + 9 minutes, 3 km east and 6 km north."""
        tab.click(*ground(tab).at(3, 6))
        tab.wait_for(ANYWHERE)
        said = tab.run(POPUP)
        assert tab.run("document.querySelector('.popup .reading b').textContent") == "13.0 min"
        assert "10.4 to 16.9 min" in said
        assert "Computed for the place with residents 0." in said
        assert "within the goal < 15 min" in said

    def test_unreachable_and_outside(self, tab: Tab) -> None:
        tab.click(*ground(tab).at(37, 18))
        tab.wait_for(ANYWHERE)
        assert tab.run("document.querySelector('.popup .reading b').textContent") == "unreachable"
        assert "No road near here" in tab.run(POPUP)
        tab.press("Escape", 27)
        tab.wait_for("!document.querySelector('.popup')")
        tab.click(*ground(tab).at(20, -1.5))
        tab.wait_for(ANYWHERE)
        assert tab.run(POPUP) == "Outside the study areaNothing was computed here."

    def test_a_circle_of_people_beyond_the_limit_has_the_reading_too(self, tab: Tab) -> None:
        tab.run("[...document.querySelectorAll('.overlays input')][0].click()")
        tab.settle()
        tab.click(*ground(tab).at(16.6, 14))  # row 3, column 2: 4 + 27 + 2 minutes
        tab.wait_for(ANYWHERE)
        said = tab.run(POPUP)
        assert said.startswith("Residents beyond 15 min")
        assert "33.0 min" in said
        assert "fastest station" in said

    def test_by_keyboard_at_the_middle_of_the_map(self, tab: Tab) -> None:
        tab.run("document.getElementById('map_care').focus()")
        tab.press("ArrowDown", 40)
        assert tab.run("document.getElementById('map_care').classList.contains('by-keys')")
        tab.press("Enter", 13)
        tab.wait_for(ANYWHERE)

    def test_many_places_of_a_real_study(
        self, browser: Browser, pages: dict[str, Path], tutorial: Assessment, repo: Path
    ) -> None:
        """The page's own reader, at 400 places with residents and 400 centres of cells, against the assessment."""
        rng = np.random.default_rng(11)
        people = tutorial.demand.iloc[rng.choice(len(tutorial.demand), 400, replace=False)]
        grid = tutorial.field
        known = np.argwhere(np.isfinite(grid.minutes))
        row, col = known[rng.choice(len(known), 400, replace=False)].T
        x = np.append(people.geometry.x, grid.west + (col + 0.5) * grid.cell_m)
        y = np.append(people.geometry.y, grid.north - (row + 0.5) * grid.cell_m)
        lon, lat = Transformer.from_crs(grid.crs, 4326, always_xy=True).transform(x, y)
        reader = (repo / "maps" / "assets" / "readout.js").read_text("utf-8")
        with browser.tab(pages["tutorial"]) as opened:
            opened.wait_for(READY)
            found = opened.run(
                "(async () => { const all = JSON.parse(document.getElementById('care-data').textContent);"
                " const data = { ...all.drawn, ...all.said.en }; const say = (key) => key;\n" + reader + "\n"
                f"await unpackReading(); return {json.dumps(list(zip(lat, lon, strict=True)))}.map(([lat, lng]) => {{"
                " const found = readAt({ lat, lng }); return found && { ...found, minutes: found.minutes,"
                " county: data.counties[found.county].properties.name }; }); })()"
            )
        inside = [each for each in found if each is not None]
        assert len(inside) > 750  # some centres of cells lie beyond the border
        for read, (_, at) in zip(found[:400], people.iterrows(), strict=True):
            assert read["atPoint"]
            assert read["minutes"] == pytest.approx(at["response_min"], abs=0.011)
            assert read["point"]["low"] == pytest.approx(at["response_low_min"], abs=0.011)
            assert read["point"]["high"] == pytest.approx(at["response_high_min"], abs=0.011)
            assert (read["county"], read["point"]["township"]) == (at["county"], at["township"])
            station = tutorial.stations.set_index("id").loc[at["station"]]
            assert read["station"]["name"] == station["name"]
            assert read["station"]["km"] == pytest.approx(station.geometry.distance(at.geometry) / 1000, abs=0.02)
        cells = [(read, r, c) for read, r, c in zip(found[400:], row, col, strict=True) if read and not read["atPoint"]]
        assert len(cells) > 300
        for read, r, c in cells:
            assert read["minutes"] == pytest.approx(float(grid.minutes[r, c]), abs=0.011)

    def test_a_browser_that_cannot_unpack_says_so(self, browser: Browser, pages: dict[str, Path]) -> None:
        with browser.tab(pages["plain"]) as opened:
            opened.call("Page.addScriptToEvaluateOnNewDocument", source="delete window.DecompressionStream")
            opened.call("Page.reload")
            opened.wait_for(f"!('DecompressionStream' in window) && {READY}")
            assert "too old" in opened.run("document.getElementById('limit-card').textContent")
            opened.click(*ground(opened).at(21, 5.67))
            opened.wait_for(ANYWHERE)
            assert "too old" in opened.run(POPUP)
            slide(opened, 15)
            assert "4,500 of 46,500" in limit_says(opened)
            assert opened.complaints == []


class TestSlider:
    def test_it_begins_at_the_goal_and_counts_people(self, tab: Tab) -> None:
        assert tab.run("document.getElementById('limit').value") == "15"
        # 9.7 % of 46,500; 2,100 at low speeds; at high speeds 0.8 x 18 = 14.4: the points of the first two rows, 7,800
        assert limit_says(tab) == "Whole study: 9.7%, 4,500 of 46,500 residents4.5% at low, 16.8% at high speeds"
        slide(tab, 60)
        assert "87.3%, 40,600 of 46,500" in limit_says(tab)
        slide(tab, 0)
        assert "0.0%, 0 of 46,500" in limit_says(tab)

    def test_by_keyboard(self, tab: Tab) -> None:
        tab.run("document.getElementById('limit').focus()")
        tab.press("ArrowRight", 39)
        assert tab.run("document.getElementById('limit').value") == "16"
        assert tab.run("document.getElementById('limit-label').textContent") == "Reached within 16 min"
        assert tab.run("document.getElementById('limit').getAttribute('aria-valuetext')").startswith("16 min, ")
        tab.press("Home", 36)
        assert tab.run("document.getElementById('limit').value") == "0"
        tab.press("End", 35)
        assert tab.run("document.getElementById('limit').value") == "60"
        assert tab.run("document.getElementById('theme').value") == "limit"

    def test_the_shares_are_the_statistics(
        self, browser: Browser, pages: dict[str, Path], tutorial: Assessment
    ) -> None:
        table = tutorial.statistics[tutorial.statistics["level"].isin(["city", "county"])].set_index("unit")
        with browser.tab(pages["tutorial"]) as opened:
            opened.wait_for(READY)
            for minutes in (15, 30):
                slide(opened, minutes)
                shares = table[f"share_{minutes}"]
                assert f"Whole study: {shares.iloc[0]:.1%}," in limit_says(opened)
                for place, county in enumerate(tutorial.counties.frame["county"]):
                    pick_county(opened, str(place))
                    within = round(shares[county] * table["residents"][county])
                    expected = f"{county}: {shares[county]:.1%}, {within:,} of {table['residents'][county]:,.0f}"
                    assert expected in limit_says(opened)
                pick_county(opened, "")

    def test_the_map_is_coloured_as_the_classes_are(self, tab: Tab) -> None:
        """At 15 min what is within are the pixels of the classes up to 10-15, pixel by pixel."""
        slide(tab, 15)
        tab.wait_for("document.querySelector('canvas.field')?.width > 500")
        tab.settle()
        drawn = tab.run("document.querySelector('canvas.field').toDataURL()")
        seen = imread(io.BytesIO(base64.b64decode(drawn.split(",")[1])), format="png")
        classes = tab.run("JSON.parse(document.getElementById('care-data').textContent).drawn.field.url")
        before = imread(io.BytesIO(base64.b64decode(classes.split(",")[1])), format="png")
        assert seen.shape == before.shape

        def of(image: Any, *colours: str) -> Any:
            whole = np.round(image[:, :, :3] * 255).astype(int)
            wanted = [tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5)) for colour in colours]
            return (image[:, :, 3] > 0) & np.any([(whole == colour).all(axis=2) for colour in wanted], axis=0)

        pairs = [
            (("#b8e3c4",), ("#ffffcc", "#c7e9b4", "#7fcdbb")),
            (("#bd7b5c",), ("#41b6c4", "#1d91c0", "#225ea8", "#0c2c84")),
            (("#b9b9b9", "#6f6f6f"), ("#b9b9b9", "#6f6f6f")),
        ]
        for now, then in pairs:
            assert of(before, *then).sum() > 1_000
            assert (of(seen, *now) != of(before, *then)).mean() < 0.003  # cells' edges may round either way
        assert tab.run("document.getElementById('theme-legend').textContent").startswith("Within the limit")

    def test_the_legend_goes_back_to_classes(self, tab: Tab) -> None:
        screen = "document.querySelectorAll('img.field:not(.paper-only)').length"
        slide(tab, 20)
        assert tab.run(screen) == 0
        tab.wait_for("document.querySelector('img.paper-only')")  # what is printed instead of the canvas
        tab.run(
            "(() => { const t = document.getElementById('theme'); t.value = 'field';"
            " t.dispatchEvent(new Event('change')); })()"
        )
        tab.settle()
        assert tab.run(screen) == 1
        assert tab.run("document.querySelectorAll('canvas.field, .paper-only').length") == 0


class TestSearch:
    def test_a_part_of_a_name_arrows_and_enter(self, tab: Tab) -> None:
        assert look_for(tab, "县") == ["东县", "西县"]
        assert tab.run("document.getElementById('search').getAttribute('aria-expanded')") == "true"
        tab.press("ArrowDown", 40)
        tab.press("ArrowDown", 40)
        assert tab.run("document.getElementById('search').getAttribute('aria-activedescendant')") == "found-1"
        assert tab.run("document.querySelector('#found [aria-selected=true]').id") == "found-1"
        tab.press("Enter", 13)
        tab.wait_for(f"{ANYWHERE}?.textContent === '西县'")
        assert tab.run("document.getElementById('found').hidden")

    def test_facilities_and_what_is_exact_comes_first(self, tab: Tab) -> None:
        assert look_for(tab, "机构")[:2] == ["机构 1", "机构 2"]
        assert look_for(tab, "机构5") == ["机构 5"]  # spaces do not count
        tab.press("Enter", 13)
        tab.wait_for(f"{ANYWHERE}?.textContent === '机构 5'")
        assert "general hospital" in tab.run(POPUP)

    def test_a_facility_in_a_layer_that_is_off_is_switched_on(self, tab: Tab) -> None:
        hospitals = "[...document.querySelectorAll('.overlays label')].find((n) => n.textContent.includes('Hospitals'))"
        tab.run(f"{hospitals}.querySelector('input').click()")
        assert tab.run("document.querySelectorAll('.leaflet-map-pane .mark.circle').length") == 0
        look_for(tab, "机构 5")
        tab.press("Enter", 13)
        tab.wait_for(f"{ANYWHERE}?.textContent === '机构 5'")
        assert tab.run(f"{hospitals}.querySelector('input').checked")

    def test_township_unlocated_nothing_and_escape(self, tab: Tab) -> None:
        look_for(tab, "某镇")
        tab.press("Enter", 13)
        tab.wait_for(f"{ANYWHERE}?.textContent === '某镇'")
        look_for(tab, "机构 8")
        tab.press("Enter", 13)
        tab.wait_for(f"{ANYWHERE}?.textContent === '机构 8'")
        assert "not known" in tab.run(POPUP)
        assert look_for(tab, "zzz") == []
        assert tab.run("document.getElementById('found').textContent") == "Nothing found"
        tab.press("Escape", 27)
        assert tab.run("document.getElementById('found').hidden")

    def test_a_township_of_a_real_study_shows_its_figures(
        self, browser: Browser, pages: dict[str, Path], tutorial: Assessment
    ) -> None:
        rows = tutorial.statistics[tutorial.statistics["level"] == "township"]
        name, residents = rows["unit"].iloc[0], rows["residents"].iloc[0]
        with browser.tab(pages["tutorial"]) as opened:
            opened.wait_for(READY)
            look_for(opened, name)
            opened.press("Enter", 13)
            opened.wait_for(f"{ANYWHERE}?.textContent === '{name}'")
            assert f"{residents:,.0f}" in opened.run(POPUP)
            assert opened.complaints == []

    def test_hostile_names_are_found_as_text(self, browser: Browser, pages: dict[str, Path]) -> None:
        with browser.tab(pages["hostile"]) as opened:
            opened.wait_for(READY)
            assert look_for(opened, "<img src")[0] == NASTY
            opened.press("ArrowDown", 40)
            opened.press("Enter", 13)
            opened.wait_for(f"{ANYWHERE}.textContent.includes('<img')")
            opened.press("Escape", 27)
            opened.click(*ground(opened).at(35, 5))
            opened.run("document.getElementById('tab-charts').click()")
            pick_county(opened, "0")
            opened.settle()
            assert NASTY in opened.run("document.getElementById('charts').textContent")
            assert opened.run("document.querySelectorAll('img:not(.field)').length") == 0
            assert opened.run("document.title") not in ("49", "run")
            assert opened.complaints == []


class TestCharts:
    def test_bars_curve_and_classes_with_their_tables(self, tab: Tab) -> None:
        tab.run("document.getElementById('tab-charts').click()")
        figures = tab.run("[...document.querySelectorAll('#charts figure')].map((n) => n.id)")
        assert figures == ["chart-reach", "chart-counties", "chart-zones"]
        rows = "[...document.querySelectorAll('#{} tbody tr')]"
        said = rows + ".map((r) => [...r.children].map((c) => c.textContent).join('|'))"
        # within 15 min: east 400 + 500 + 600, west 3,000 of 46,500; the east county has columns 3 ... 5 of each row
        residents = {"东县": sum(100 * (1 + n) for n in range(30) if n % 6 >= 3)}
        residents["西县"] = 46_500 - residents["东县"]
        expected = [
            f"{name}|{residents[name]:,}|{n:,}|{n / residents[name]:.1%}"
            for name, n in [("东县", 1500), ("西县", 3000)]
        ]
        assert tab.run(said.format("chart-counties")) == expected
        assert tab.run(said.format("chart-reach"))[2] == "15|4,500|9.7%|4.5%|16.8%"
        # everybody: 4, 5 min; 6 ... 9; 13 ... 15; 16 ... 18, 22 ... 27; 31 ... 36, 40 ... 43; none; none; two points
        classes = [300, 1800, 2400, 3300 + 9300, 12_900 + 10_600, 0, 0, 5900]
        shares = "|".join(f"{n / 46_500:.1%}" for n in classes)
        assert tab.run(said.format("chart-zones"))[0] == f"Whole study|{shares}"
        assert tab.run("document.querySelectorAll('#chart-zones tbody tr').length") == 3
        assert tab.run("document.querySelector('#chart-reach svg').getAttribute('aria-label')").endswith("15 min: 9.7%")

    def test_they_follow_slider_county_and_language(self, tab: Tab) -> None:
        tab.run("document.getElementById('tab-charts').click()")
        mark = "Number(document.querySelector('#chart-reach line.limit').getAttribute('x1'))"
        before = tab.run(mark)
        slide(tab, 30)
        assert tab.run(mark) == pytest.approx(before + 15 * (394 - 38 - 12) / 60)
        assert "within 30 min" in tab.run("document.querySelector('#chart-counties figcaption').textContent")
        tab.run("document.querySelector('#chart-reach details').open = true")
        pick_county(tab, "1")
        assert tab.run("document.querySelectorAll('#chart-reach .whole').length") == 1
        assert tab.run("document.querySelectorAll('#chart-counties .bar.chosen').length") == 1
        assert tab.run("document.querySelector('#chart-zones tbody th').textContent") == "西县"
        assert limit_says(tab).count("residents") == 2
        tab.run("document.getElementById('language').click()")
        tab.settle()
        assert "反应时间累计人口曲线" in tab.run("document.getElementById('charts').textContent")
        assert tab.run("document.querySelector('#chart-reach details').open")
        assert tab.run("document.getElementById('search').placeholder") == "搜索县区、乡镇或机构"
        assert tab.run("document.getElementById('limit-label').textContent") == "30 分钟内可到达的居民"
        assert tab.run("document.getElementById('theme').value") == "limit"

    def test_a_click_on_the_curve_sets_the_limit(self, tab: Tab) -> None:
        tab.run("document.getElementById('tab-charts').click()")
        box = tab.run(
            "(() => { const r = document.querySelector('#chart-reach svg').getBoundingClientRect();"
            " return [r.left, r.top, r.width]; })()"
        )
        scale = box[2] / 394
        tab.click(box[0] + (38 + 344 * 45 / 60) * scale, box[1] + 80 * scale)
        assert tab.run("document.getElementById('limit').value") == "45"


@pytest.mark.parametrize("width", [1280, 1024, 400])
def test_nothing_runs_over_the_edge(browser: Browser, pages: dict[str, Path], width: int) -> None:
    for name in ("plain", "hostile"):
        with browser.tab(pages[name], width, 800) as opened:
            opened.wait_for(READY)
            opened.run("document.getElementById('tab-charts').click()")
            opened.settle()
            assert opened.run("document.documentElement.scrollWidth") <= width, name
            charts = "document.getElementById('charts')"
            assert opened.run(f"{charts}.scrollWidth - {charts}.clientWidth") <= 1, name
            assert opened.complaints == []


def test_a_prefecture_opens_within_three_seconds_and_fifteen_megabytes(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    count = 20_000
    base = assessment()
    people = gpd.GeoDataFrame(
        base.demand.drop(columns="geometry").iloc[rng.integers(0, 30, count)].reset_index(drop=True),
        geometry=gpd.points_from_xy(WEST + rng.uniform(0, 4e4, count), SOUTH + rng.uniform(0, 2e4, count)),
        crs=UTM,
    )
    many = Layer("facilities", facilities(count=2_000), "assumed")
    (tmp_path / "map.html").write_text(page(assessment(demand=people, facilities=many), "zh"), encoding="utf-8")
    assert (tmp_path / "map.html").stat().st_size < 15_000_000
    with started() as browser, browser.tab(tmp_path / "map.html") as opened:
        painted = opened.run(
            "new Promise((done) => { const seen = performance.getEntriesByName('first-contentful-paint')[0];"
            " const told = (list) => done(list.getEntries()[0].startTime); if (seen) done(seen.startTime);"
            " else new PerformanceObserver(told).observe({ type: 'paint', buffered: true }); })"
        )
        assert painted < 3_000
        opened.wait_for(READY)
        opened.click(*ground(opened).at(21, 5.67))
        opened.wait_for(ANYWHERE)
        assert opened.complaints == []
