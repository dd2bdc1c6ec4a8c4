"""What is within reach on the map page: coloured areas, figures, how unequally people wait, on paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from accesses import access, with_access
from assessments import NASTY, SOUTH, UTM, WEST, assessment, counties, verdicts
from browser import Browser, Tab
from shapely.geometry import box

from carereach.coverage.access import Access
from carereach.coverage.results import Assessment, Verdict
from carereach.coverage.settling import ToSettle
from carereach.coverage.ways import Way, column_of
from carereach.layers.model import Layer
from carereach.maps.page.access import drawn_access, equity, said_access
from carereach.maps.page.panel import MOST_ITEMS, shown_to_settle
from carereach.maps.page.write import page, write_page
from carereach.texts import text

BEDS = "hospital_beds_per_1000"


def made_access() -> Access:
    """Beds within reach: the city 2.0, so limits of 0.5, 1, 2 and 4; 东县 none, 西县 2.5, its 某镇 0.8."""
    whole = access()
    table = whole.table.copy()
    table[BEDS] = [2.0, np.nan, np.nan, 0.0, 2.5, 0.8]
    table.loc[table["level"] == "township", "county"] = "西县"
    return replace(whole, table=table)


def townships(name: str = "某镇") -> Layer:
    """The west and the east half of the west county; nothing is known of the east one; a third has no borders."""
    halves = [box(WEST + 10_000 * i, SOUTH, WEST + 10_000 * (i + 1), SOUTH + 20_000) for i in range(2)]
    names = {"township": [name, "别镇", "无界"], "county": ["西县", "西县", "东县"], "kind": ""}
    return Layer("townships", gpd.GeoDataFrame(names, geometry=[*halves, None], crs=UTM), "surveyed")


def made(**changes: Any) -> Assessment:
    return with_access(**({"access": made_access(), "townships": townships()} | changes))


class TestWhatIsDrawn:
    def test_rows_follow_the_areas_drawn_and_have_their_classes(self) -> None:
        """Ratio 8.526 is over 4, so in the highest class; where nothing is known there is no figure and no class."""
        drawn = drawn_access(made())
        assert drawn is not None
        beds, stations = drawn["services"]
        assert drawn["areas"] == "townships"
        assert beds["whole"] == [2.0, 4.26, 200, 12.5, 0.3123, 2, 4]
        assert beds["counties"] == [[0, 8.526, 100, 12.5, 0.3123, 5, 4], [2.5, 8.526, 100, 12.5, 0.3123, 3, 4]]
        assert beds["townships"] == [[0.8, None, None, 12.5, 0.3123, 1, None], [None] * 7]
        assert len(stations["townships"]) == 2

    def test_counties_where_no_township_is_known(self) -> None:
        for layer in (None, townships("elsewhere")):
            drawn = drawn_access(made(townships=layer))
            assert drawn is not None
            assert drawn["areas"] == "counties"

    def test_nothing_where_nothing_was_computed(self) -> None:
        assert drawn_access(assessment()) is said_access(assessment(), "en") is equity(assessment(), "en") is None

    def test_words_say_what_is_counted_and_what_is_missing(self) -> None:
        said = said_access(made(), "en")
        assert said is not None
        beds = said["services"][0]
        assert beds["key"] == "Hospital beds within reach, per 1,000 residents (2SFCA)"
        assert beds["classes"] == ["0–0.5", "0.5–1", "1–2", "2–4", "over 4"]
        assert any("2 of 2 open ones" in note for note in beds["notes"])
        assert "Dai 2010" in beds["notes"][0]
        assert said["absent"].startswith("Health centres: none open")

    def test_equity_splits_the_whole(self) -> None:
        """Within and between add up to the Theil index; the counties' shares and what lies between make 100 %."""
        whole, said = made(), equity(made(), "en")
        assert whole.access is not None
        assert said is not None
        city = whole.access.equity.iloc[0]
        assert [row["level"] for row in said["rows"]] == ["city", "zone", "zone", "county", "county"]
        assert said["rows"][0]["cells"][1] == f"{city['gini']:.3f}"
        assert said["rows"][1]["cells"][-1] == "–"
        shares = [float(row["cells"][-1]) for row in said["rows"] if row["level"] == "county"]
        assert sum(shares) == pytest.approx(100 * city["theil_within_counties"] / city["theil"], abs=0.1)
        percents = [int(part.split("(")[1].rstrip("%)")) for part in said["parts"]]
        assert len(percents) == 4
        assert sum(percents[:2]) == pytest.approx(100, abs=1)
        assert sum(percents[2:]) == pytest.approx(100, abs=1)
        # 2,900 + 3,000 residents of the last two points are not reached
        assert "5,900" in said["left_out"]

    def test_one_county_has_nothing_between_counties(self) -> None:
        said = equity(made(counties=Layer("boundaries", counties(("东县",)), "surveyed")), "en")
        assert said is not None
        assert len(said["parts"]) == 2


class TestWhatWouldSettle:
    def items(self, count: int, unit: str, start: int = 0) -> list[ToSettle]:
        ways: list[Way] = [column_of(f"t{start + i}", "beds", (unit,)) for i in range(count)]
        return [ToSettle(way, (("P", "r"),), (), 1, 0, (unit,), 0.0) for way in ways]

    def test_a_county_has_its_own_below_the_first_of_the_study(self) -> None:
        """20 pieces that only 东县 lacks come before 3 that 西县 lacks: 15 of the study and of 东县, and these 3."""
        found = shown_to_settle((*self.items(20, "东县"), *self.items(3, "西县", 20)), ("东县", "西县"))
        assert [top for _, top in found] == [True] * MOST_ITEMS + [False] * 3
        assert [item.units for item, top in found if not top] == [("西县",)] * 3

    def test_very_many_counties_have_fewer_each(self) -> None:
        """600 over 100 counties: 6 of each; the first 15 stay, though of the first county."""
        names = tuple(f"县{i}" for i in range(100))
        items = [item for place, name in enumerate(names) for item in self.items(20, name, 20 * place)]
        assert len(shown_to_settle(items, names)) == MOST_ITEMS + 99 * 6


def lacking() -> tuple[Verdict, ...]:
    """20 rules, each open for want of another table of 东县, and two for want of one of 西县."""
    city = verdicts()[3]
    missing = [("东县", n) for n in range(20)] + [("西县", n) for n in range(20, 22)]
    return tuple(
        replace(city, rule=f"YL-EMS-{n}", unit=unit, would_settle=(column_of(f"t{n}", "beds", (unit,)),))
        for unit, n in missing
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "map.html"
    write_page(made(verdicts=lacking()), path, "en")
    return path


@pytest.fixture
def tab(browser: Browser, written: Path) -> Iterator[Tab]:
    with browser.tab(written) as opened:
        opened.wait_for("document.querySelector('details.legend')")
        yield opened
        assert opened.complaints == []


def pick(tab: Tab, name: str, value: str) -> None:
    """Picks an entry of a drop-down as a user does."""
    tab.run(f"(() => {{ const s = document.getElementById('{name}'); s.value = '{value}';"
            " s.dispatchEvent(new Event('change')); })()")  # fmt: skip


def colour_by(tab: Tab, theme: str) -> None:
    pick(tab, "theme", theme)
    assert tab.run("document.getElementById('theme').value") == theme


def fills(tab: Tab) -> list[str]:
    return list(
        tab.run("[...document.querySelectorAll('.leaflet-theme-pane path')].map((p) => p.getAttribute('fill'))")
    )


def click_at(tab: Tab, east_km: float, north_km: float) -> str:
    """Clicks at a place of the two counties, 40 by 20 km; what the popup says."""
    west, north, east, south = tab.run(
        "(() => { const r = [...document.querySelectorAll('.leaflet-counties-pane path')].map((n) =>"
        " n.getBoundingClientRect()); return [Math.min(...r.map((b) => b.left)), Math.min(...r.map((b) => b.top)),"
        " Math.max(...r.map((b) => b.right)), Math.max(...r.map((b) => b.bottom))]; })()"
    )
    tab.click(west + (east - west) * east_km / 40, south - (south - north) * north_km / 20)
    tab.wait_for("document.querySelector('.popup h2')")
    return "\n".join(str(tab.run("document.querySelector('.popup').innerText")).split("\n\n"))


class TestInTheBrowser:
    def test_townships_are_coloured_and_a_click_says_value_unit_and_notes(self, tab: Tab) -> None:
        colour_by(tab, "access-0-reach")
        assert fills(tab) == ["#b3cde3", "#ffffff"]
        legend = tab.run("document.getElementById('theme-legend').textContent")
        assert "per 1,000 residents (2SFCA)" in legend
        assert "no figure (nobody lives here, or not known)" in legend
        assert "No verdict depends on this" in legend
        said = click_at(tab, 5, 16)
        assert said.startswith("某镇\n西县\n")
        assert "Hospital beds per 1,000 residents, within reach (2SFCA)\n0.8 Whole study 2" in said.replace(
            "\n\n", "\n"
        )
        assert "not known: a facility without a place may stand here" in said
        assert "12.5%" in said
        folded = tab.run("document.querySelector('.popup details').textContent")
        assert "2 of 2 open ones have a place inside the counties" in folded

    def test_counties_by_what_stands_there_in_chinese(self, tab: Tab) -> None:
        tab.run("document.getElementById('language').click()")
        colour_by(tab, "access-0-ratio")
        assert fills(tab) == ["#6e016b"] * 2
        said = click_at(tab, 30, 16)
        assert said.startswith("东县")
        assert "区内每千人口医院床位（张）" in said
        assert "8.53" in said
        assert tab.run("document.querySelector('#theme optgroup:nth-of-type(2)').label") == "可达性（服务范围）"

    def test_none_within_reach_is_hatched_and_in_the_legend(self, browser: Browser, tmp_path: Path) -> None:
        path = tmp_path / "map.html"
        write_page(made(townships=None), path, "en")
        with browser.tab(path) as opened:
            opened.wait_for("document.querySelector('details.legend')")
            colour_by(opened, "access-0-reach")
            assert fills(opened) == ["url(#hatch-nothing)", "#8856a7"]
            assert "none within reach" in opened.run("document.getElementById('theme-legend').textContent")
            assert opened.complaints == []

    def test_figures_of_equity_and_of_counties_follow_the_county_filter(self, tab: Tab) -> None:
        rows = "[...document.querySelectorAll('#figures h2#equity + .scroll tbody th')].map((n) => n.textContent)"
        assert tab.run(rows) == ["示例市", "main urban area", "townships", "东县", "西县"]
        pick(tab, "county", "1")
        assert tab.run(rows) == ["示例市", "西县"]
        beds = "[...document.querySelectorAll('#figures [data-fold=access-0] tr')].map((n) => n.innerText.split('\\t'))"
        tab.run("document.getElementById('tab-figures').click()")
        tab.run("document.querySelector('#figures [data-fold=access-0]').open = true")
        assert tab.run(beds)[1:] == [
            ["Whole study", "4.26", "2", "12.5", "0.312"],
            ["西县", "8.53", "2.5", "12.5", "0.312"],
        ]

    def test_what_would_settle_most_is_that_of_the_county(self, tab: Tab) -> None:
        """Whatever comes first: 15 of the study's 22, 15 of the 20 of 东县, both of 西县."""
        items = "document.querySelectorAll('[data-fold=to-settle] li').length"
        found = [tab.run(items)]
        for county in "01":
            pick(tab, "county", county)
            found.append(tab.run(items))
        assert found == [15, 15, 2]

    def test_on_paper_the_key_and_the_notes_are_written_out(self, tab: Tab) -> None:
        colour_by(tab, "access-0-reach")
        tab.run("window.dispatchEvent(new Event('beforeprint'))")
        key = tab.run("document.querySelector('.paper-key').textContent")
        assert "over 4" in key
        assert "2 of 2 open ones" in key
        assert "How unequally residents wait" in tab.run("document.querySelector('.paper-figures').textContent")
        tab.run("window.dispatchEvent(new Event('afterprint'))")
        assert tab.run("document.querySelectorAll('.paper').length") == 0

    def test_no_figure_is_cut_off_in_either_language(self, tab: Tab) -> None:
        for _ in range(2):
            tab.run("document.getElementById('language').click()")
            tab.run("document.getElementById('tab-figures').click()")
            tab.settle()
            tables = tab.run(
                "[...document.querySelectorAll('#figures .scroll')].map((n) => [n.scrollWidth, n.clientWidth])"
            )
            assert len(tables) >= 2
            assert [pair for pair in tables if pair[0] > pair[1]] == []

    def test_a_hostile_name_of_a_township_is_text(self, browser: Browser, tmp_path: Path) -> None:
        whole = made(townships=townships(NASTY))
        table = made_access().table.replace({"unit": {"某镇": NASTY}})
        path = tmp_path / "map.html"
        write_page(replace(whole, access=replace(made_access(), table=table)), path, "en")
        with browser.tab(path) as opened:
            opened.wait_for("document.querySelector('details.legend')")
            title = opened.run("document.title")
            colour_by(opened, "access-0-reach")
            assert NASTY in click_at(opened, 5, 16)
            assert opened.run("document.title") == title


def test_a_page_without_access_says_nothing_of_it() -> None:
    html = page(assessment(), "en")
    assert '"access":null' in html
    assert text("equity.report-intro", "en") not in html
