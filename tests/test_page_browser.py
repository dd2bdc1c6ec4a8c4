"""The map page in headless Chromium without a network: it opens, switches, answers, and runs nothing foreign."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from assessments import NASTY, assessment, facilities, field, hostile, many_rules
from browser import Browser, Tab

from carereach.layers.model import Layer
from carereach.maps.page.write import write_page

HARMLESS = ("data:", "blob:", "file:")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    places = facilities([f"{i} " + "长" * 195 for i in range(300)], count=300)
    long_names = assessment(
        facilities=Layer("facilities", places, "assumed"), stations=places[places["kind"] == "ems.station"]
    )
    made = {"plain": assessment(), "hostile": hostile(), "many": long_names}
    for name, whole in made.items():
        write_page(whole, folder / f"{name}.html", "zh" if name == "many" else "en")
    return {name: folder / f"{name}.html" for name in made}


@pytest.fixture
def tab(browser: Browser, pages: dict[str, Path]) -> Iterator[Tab]:
    """The plain page; whatever a test does to it, nothing may be asked for and nothing complained of."""
    with browser.tab(pages["plain"]) as opened:
        opened.wait_for("document.querySelector('details.legend')")
        yield opened
        assert opened.complaints == []
        assert [address for address in opened.requests if not address.startswith(HARMLESS)] == []
        files = {address for address in opened.requests if address.startswith("file:")}
        assert files == {pages["plain"].as_uri()}


def choose(tab: Tab, picker: str, value: str) -> None:
    """Picks an entry of a drop-down as a user does."""
    tab.run(f"(() => {{ const s = document.getElementById('{picker}'); s.value = '{value}';"
            " s.dispatchEvent(new Event('change')); })()")  # fmt: skip
    tab.settle()


def county_fills(tab: Tab) -> list[str]:
    return list(
        tab.run("[...document.querySelectorAll('.leaflet-counties-pane path')].map((p) => p.getAttribute('fill'))")
    )


def toggle(tab: Tab, words: str) -> None:
    """Clicks the check box of the layer whose label begins with these words."""
    tab.run(
        "[...document.querySelectorAll('.overlays label')]"
        f".find((label) => label.textContent.includes({words!r})).querySelector('input').click()"
    )
    tab.settle()


def test_it_opens_with_field_scale_bar_title_and_note(tab: Tab) -> None:
    assert tab.run("document.title") == "How far care reaches: Two counties"
    assert tab.run("document.getElementById('note').textContent").startswith("A made-up example")
    assert tab.run(
        "document.querySelector('img.field').complete && document.querySelector('img.field').naturalWidth > 500"
    )
    assert tab.run("document.querySelector('.leaflet-control-scale-line').textContent").endswith("km")
    assert "OpenStreetMap contributors" in tab.run("document.querySelector('.leaflet-control-attribution').textContent")
    assert tab.run("document.querySelectorAll('.leaflet-tile').length") == 0
    assert tab.run("document.querySelectorAll('.mark-holder').length") == 7


def edges(tab: Tab, selector: str) -> tuple[float, float, float, float]:
    """West, north, east, south edge on the screen of all that the selector finds together."""
    found = tab.run(
        f"[...document.querySelectorAll('{selector}')].map((n) => n.getBoundingClientRect())"
        ".map((r) => [r.left, r.top, r.right, r.bottom])"
    )
    west, north, east, south = zip(*found, strict=True)
    return min(west), min(north), max(east), max(south)


def painted(tab: Tab, pane: str) -> int:
    """How many pixels of a pane's canvas are painted."""
    return int(
        tab.run(
            f"(() => {{ const c = document.querySelector('.leaflet-{pane}-pane canvas'); if (!c) return 0;"
            " const copy = document.createElement('canvas'); copy.width = c.width; copy.height = c.height;"
            " const ctx = copy.getContext('2d', { willReadFrequently: true }); ctx.drawImage(c, 0, 0);"
            " const d = ctx.getImageData(0, 0, c.width, c.height).data;"
            " let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i] > 60) n += 1; return n; })()"
        )
    )


def test_the_field_lies_on_its_counties(tab: Tab) -> None:
    """Their east edges agree, and their south edges, but for the borders' width and one cell of the image."""
    counties, image = edges(tab, ".leaflet-counties-pane path"), edges(tab, "img.field")
    assert image[2] == pytest.approx(counties[2], abs=6)
    assert image[3] == pytest.approx(counties[3], abs=6)


def test_layers_switch(tab: Tab) -> None:
    marks = [("Emergency", ".square"), ("Hospitals", ".circle"), ("Blood", ".drop"), ("Primary", ".diamond")]
    for words, shape in marks:
        shown = f"document.querySelectorAll('.leaflet-map-pane .mark{shape}').length"
        before = tab.run(shown)
        assert before > 0, words
        toggle(tab, words)
        assert tab.run(shown) == 0, words
        toggle(tab, words)
        assert tab.run(shown) == before, words
    toggle(tab, "County names")
    assert tab.run("document.querySelectorAll('.county-name').length") == 0
    toggle(tab, "County borders")
    assert tab.run("document.querySelector('.leaflet-counties-pane path').getAttribute('stroke-width')") == "0"
    toggle(tab, "Residents beyond")  # off at first
    for words, pane in [("Roads", "roads"), ("Residents beyond", "unserved")]:
        before = painted(tab, pane)
        assert before > 300, words
        toggle(tab, words)
        assert painted(tab, pane) == 0, words
        toggle(tab, words)
        assert painted(tab, pane) == before, words


def test_unserved_people_are_painted_on_one_canvas(tab: Tab) -> None:
    assert painted(tab, "unserved") == 0
    toggle(tab, "Residents beyond")
    assert tab.run("document.querySelectorAll('.leaflet-unserved-pane canvas').length") == 1
    assert tab.run("document.querySelectorAll('.leaflet-unserved-pane path').length") == 0


def test_the_rule_drop_down_recolours_the_counties(tab: Tab) -> None:
    choose(tab, "theme", "rule-0")
    assert county_fills(tab) == ["#009e73", "#d55e00"]
    signs = tab.run("[...document.querySelectorAll('.county-name')].map((n) => n.textContent)")
    assert signs == ["东县✓", "西县✕"]
    assert tab.run("document.querySelector('img.field')") is None
    choose(tab, "theme", "rule-1")
    assert county_fills(tab) == ["url(#hatch-met)", "url(#hatch-met)"]
    assert "main urban area" in tab.run("document.getElementById('theme-legend').textContent")
    choose(tab, "theme", "isochrones")
    assert tab.run("document.querySelectorAll('.leaflet-theme-pane path').length") == 2
    choose(tab, "theme", "field")
    assert tab.run("document.querySelectorAll('img.field').length") == 1


def test_the_panels_button_shows_its_rule(tab: Tab) -> None:
    tab.run("document.querySelectorAll('.show-rule')[2].click()")
    tab.settle()
    assert county_fills(tab) == ["#8f8f8f", "#8f8f8f"]
    assert tab.run("document.getElementById('theme').value") == "rule-2"
    assert tab.run("document.querySelectorAll('.show-rule[aria-pressed=true]').length") == 1


def test_popups_open_by_mouse_and_keyboard(tab: Tab) -> None:
    west, north, east, south = edges(tab, ".leaflet-map-pane .mark.circle")
    tab.click((west + east) / 2, (north + south) / 2)
    tab.wait_for("document.querySelector('.leaflet-popup .popup h2')")
    assert tab.run("document.querySelector('.popup h2').textContent") == "机构 5"
    assert "general hospital" in tab.run("document.querySelector('.popup').textContent").lower()
    tab.press("Escape", 27)
    tab.wait_for("!document.querySelector('.leaflet-popup')")
    tab.run("document.querySelector('.mark-holder[aria-label*=\"机构 1\"]').focus()")
    tab.press("Enter", 13)
    tab.wait_for("document.querySelector('.popup h2')?.textContent === '机构 1'")
    tab.run("document.querySelector('.popup button').click()")
    tab.settle()
    assert tab.run("document.querySelectorAll('.leaflet-single-pane path').length") == 1
    tab.run("document.querySelector('.popup button').click()")
    assert tab.run("document.querySelectorAll('.leaflet-single-pane path').length") == 0


def test_an_uncertain_place_shows_how_far_it_may_be_off(tab: Tab) -> None:
    tab.run("document.querySelector('.mark-holder .mark.drop').parentElement.click()")
    tab.wait_for("document.querySelectorAll('.leaflet-single-pane path').length === 1")
    assert "may be off by 3 km" in tab.run("document.querySelector('.popup').textContent")


def test_a_click_on_a_county_and_on_a_circle(tab: Tab) -> None:
    toggle(tab, "Residents beyond")
    choose(tab, "theme", "rule-0")
    west, north, east, south = edges(tab, ".leaflet-counties-pane path")
    tab.click(west + (east - west) * 0.8, south - 8)
    tab.wait_for("document.querySelector('.popup h2')?.textContent === '东县'")
    assert "✓ met" in tab.run("document.querySelector('.popup').textContent")
    tab.press("Escape", 27)
    tab.wait_for("!document.querySelector('.leaflet-popup')")
    # the last point, unreachable, with 3,000 residents: 37 km east and 18 km north of the corner of 40 by 20 km
    west, north, east, south = edges(tab, ".leaflet-counties-pane path")
    tab.click(west + (east - west) * 37 / 40, south - (south - north) * 18 / 20)
    tab.wait_for("document.querySelector('.popup h2')?.textContent.includes('beyond 15 min')")
    said = tab.run("document.querySelector('.popup').textContent")
    assert "3,000" in said
    assert "unreachable" in said


def test_tabs_by_mouse_and_arrow_keys(tab: Tab) -> None:
    visible = "[...document.querySelectorAll('[role=tabpanel]')].filter((p) => !p.hidden).map((p) => p.id).join()"
    assert tab.run(visible) == "verdicts"
    tab.run("document.getElementById('tab-data').click()")
    assert tab.run(visible) == "data"
    assert "unverified" not in tab.run("document.getElementById('data').textContent")
    tab.run("document.getElementById('tab-data').focus()")
    tab.press("ArrowRight", 39)
    assert tab.run(visible) == "parameters"
    assert "unverified" in tab.run("document.getElementById('parameters').textContent")
    tab.press("ArrowRight", 39)
    assert tab.run(visible) == "verdicts"


def test_a_county_of_the_figures_is_shown_on_the_map(tab: Tab) -> None:
    tab.run("document.getElementById('tab-figures').click()")
    tab.run("document.querySelector('#figures button.link').click()")
    tab.wait_for("document.querySelector('.popup h2')?.textContent === '东县'")


def test_the_counts_of_the_summary_filter_the_verdicts(tab: Tab) -> None:
    seen = "[...document.querySelectorAll('details.verdict')].filter((v) => v.getClientRects().length).length"
    assert tab.run(seen) == 4
    tab.run("document.getElementById('tab-data').click()")
    tab.run("document.querySelector('button.count.not-met').click()")
    assert tab.run(seen) == 1
    assert tab.run("document.querySelectorAll('article.rule:not([hidden])').length") == 1
    # met, but not by a screening
    tab.run("document.querySelector('button.count.met').click()")
    assert tab.run(seen) == 1
    tab.run("document.querySelector('button.count.met').click()")
    assert tab.run(seen) == 4


def state(tab: Tab) -> dict[str, Any]:
    """What a switch of language must leave as it is."""
    script = """(() => ({
      zoom: map_care.getZoom(), centre: Object.values(map_care.getCenter()),
      theme: document.getElementById('theme').value, fills: [...document.querySelectorAll(
        '.leaflet-counties-pane path')].map((p) => p.getAttribute('fill')),
      pressed: [...document.querySelectorAll('button.count')].map((b) => b.getAttribute('aria-pressed')),
      seen: [...document.querySelectorAll('details.verdict')].map((v) => !v.hidden && v.open),
      layers: [...document.querySelectorAll('.overlays input')].map((i) => i.checked),
      marks: document.querySelectorAll('.mark-holder').length,
      tab: document.querySelector('[role=tab][aria-selected=true]').id }))()"""
    return dict(tab.run(script))


def test_the_language_switch_keeps_all_but_the_words(tab: Tab) -> None:
    choose(tab, "theme", "rule-1")
    tab.run("void map_care.setView([22.7, 110.2], 10.5, { animate: false })")
    tab.run("document.querySelector('button.count.met').click()")
    tab.run("document.querySelector('details.verdict:not([hidden]) summary').click()")
    toggle(tab, "Hospitals")
    before = state(tab)
    assert before["theme"] == "rule-1"
    tab.run("document.getElementById('language').click()")
    tab.settle()
    assert state(tab) == before
    assert tab.run("document.documentElement.lang") == "zh-CN"
    assert tab.run("document.title") == "医疗服务可及范围：两县示例"
    assert tab.run("document.getElementById('tab-verdicts').textContent") == "判定"
    assert tab.run("location.hash") == "#lang=zh"
    assert tab.run("document.querySelector('.leaflet-control-zoom-in').title") == "放大"
    english = "[...document.querySelectorAll('#panel, .legend')].map((n) => n.textContent).join(' ')"
    assert "Emergency" not in tab.run(english)
    tab.run("document.getElementById('language').click()")
    tab.settle()
    assert state(tab) == before
    assert tab.run("document.documentElement.lang") == "en"


def test_the_address_says_in_which_language_the_page_opens(browser: Browser, pages: dict[str, Path]) -> None:
    with browser.tab(pages["plain"], fragment="lang=zh") as opened:
        opened.wait_for("document.querySelector('details.legend')")
        assert opened.run("document.documentElement.lang") == "zh-CN"
        assert opened.run("document.getElementById('title').textContent") == "两县示例"
        assert opened.complaints == []
    for unknown in ("lang=fr", "lang=__proto__", "map_care", "%E0%A4%A"):
        with browser.tab(pages["plain"], fragment=unknown) as opened:
            opened.wait_for("document.querySelector('details.legend')")
            assert opened.run("document.documentElement.lang") == "en"
            assert opened.complaints == []


def test_many_rules_are_folded_by_topic_and_the_filter_unfolds_them(browser: Browser, tmp_path: Path) -> None:
    write_page(many_rules(), tmp_path / "rules.html", "en")
    seen = "[...document.querySelectorAll('article.rule')].filter((v) => v.checkVisibility()).length"
    with browser.tab(tmp_path / "rules.html") as opened:
        opened.wait_for("document.querySelector('details.legend')")
        heads = "[...document.querySelectorAll('details.topic > summary')].map((n) => n.textContent)"
        assert opened.run(heads) == ["Emergency care✓ 1? 9", "Blood supply✕ 1? 9"]
        assert opened.run(seen) == 1  # the emergency rule that is decided
        folds = "[...document.querySelectorAll('details.waiting > summary')].map((n) => n.textContent)"
        assert opened.run(folds)[0] == "Cannot tell: missing data on beds (9)"
        opened.run("document.querySelector('button.count.cannot-tell').click()")
        assert opened.run(seen) == 18
        opened.run("document.querySelector('button.count.not-met').click()")
        assert opened.run(seen) == 1
        opened.run("document.querySelector('button.count.not-met').click()")
        assert opened.run(seen) == 1
        assert opened.complaints == []


def paper(tab: Tab, words: str = "") -> str:
    """What the sheets say, as laid out for printing; the page is then as it was."""
    tab.run("void window.dispatchEvent(new Event('beforeprint'))")
    said = str(tab.run(words or "[...document.querySelectorAll('.paper')].map((n) => n.textContent).join(' ')"))
    tab.run("void window.dispatchEvent(new Event('afterprint'))")
    return said


def test_paper_has_map_legend_verdicts_figures_and_sources_and_nothing_to_press(tab: Tab) -> None:
    before = state(tab)
    said = paper(tab)
    for words in ("Two counties", "A made-up example", "Response time in minutes", "✕ not met", "15.04 min", "ODbL",
                  "Web Mercator", "Parameters"):  # fmt: skip
        assert words in said, words
    controls = "document.querySelectorAll('.paper :is(button, input, select, [role=tab])').length"
    assert paper(tab, controls) == "0"
    assert paper(tab, "[...document.querySelectorAll('.paper details')].every((d) => d.open)") == "True"
    assert paper(tab, "document.getElementById('map_care').offsetWidth") == "686"
    assert tab.run("document.querySelectorAll('.paper').length") == 0
    assert state(tab) == before


def test_paper_shows_what_is_filtered_and_says_so(tab: Tab) -> None:
    choose(tab, "county", "1")
    tab.run("document.querySelector('button.count.not-met').click()")
    said = paper(tab)
    assert "Only a part is printed: 西县 · ✕ not met" in said
    rows = "document.querySelectorAll('.paper-verdicts tbody tr').length"
    assert paper(tab, rows) == "1"


def test_it_prints_on_a4(tab: Tab) -> None:
    """The first sheet ends with the key of the map: what follows begins on the second."""
    pdf = base64.b64decode(tab.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"])
    boxes = {tuple(round(float(n)) for n in found.split()) for found in re.findall(rb"/MediaBox \[([^]]+)\]", pdf)}
    assert boxes == {(0, 0, 595, 842)}
    assert 2 <= len(re.findall(rb"/Type /Page\b", pdf)) <= 5


def test_one_county_alone(tab: Tab) -> None:
    seen = "[...document.querySelectorAll('details.verdict .unit')].map((n) => n.textContent)"
    everything = tab.run(seen)
    choose(tab, "county", "1")
    assert tab.run(seen) == ["西县"]
    assert tab.run("[...document.querySelectorAll('.count')].map((n) => n.textContent)") == ["1 ✕ not met"]
    ledger = "document.querySelector('table.ledger tr.total').textContent"
    # 西县 holds the first three of every six points: 100 x (1+2+3 + 7+8+9 + ... + 25+26+27) = 21,000
    assert "21,000" in tab.run(ledger)
    assert tab.run("[...document.querySelectorAll('#figures tbody th')].map((n) => n.textContent)") == ["西县"]
    assert tab.run("[...document.querySelectorAll('.county-name.dimmed')].map((n) => n.textContent)") == ["东县"]
    opacity = "[...document.querySelectorAll('.leaflet-counties-pane path')].map((p) => p.getAttribute('fill-opacity'))"
    assert sorted(tab.run(opacity)) == ["0", "0.78"]
    inside = tab.run("map_care.getBounds().contains([22.69, 110.12])")
    assert inside
    assert tab.run("document.getElementById('live').textContent") == "Shown: 西县"
    tab.run("document.getElementById('language').click()")
    tab.settle()
    assert tab.run(seen) == ["西县"]
    choose(tab, "county", "")
    assert tab.run("document.querySelectorAll('.dimmed').length") == 0
    assert len(tab.run(seen)) == len(everything)


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1024, 768), (400, 800)])
def test_nothing_runs_over_the_edge(browser: Browser, pages: dict[str, Path], width: int, height: int) -> None:
    for name in ("hostile", "many"):
        with browser.tab(pages[name], width, height) as opened:
            opened.wait_for("document.querySelector('details.legend')")
            opened.settle()
            for part in ("verdicts", "figures", "data", "parameters"):
                opened.run(f"document.getElementById('tab-{part}').click()")
                assert opened.run("document.documentElement.scrollWidth") <= width, (name, part)
                panel = f"document.getElementById('{part}')"
                assert opened.run(f"{panel}.scrollWidth - {panel}.clientWidth") <= 1, (name, part)
            assert opened.complaints == []


def test_a_hostile_name_is_shown_as_text_and_runs_nothing(browser: Browser, pages: dict[str, Path]) -> None:
    with browser.tab(pages["hostile"]) as opened:
        opened.wait_for("document.querySelector('details.legend')")
        assert opened.run("document.getElementById('title').textContent") == NASTY
        assert NASTY in opened.run("document.querySelector('.county-name').textContent")
        opened.run("document.querySelector('.mark-holder').click()")
        opened.wait_for("document.querySelector('.popup h2')")
        assert opened.run("document.querySelector('.popup h2').textContent") == NASTY
        choose(opened, "theme", "rule-0")
        opened.run("document.querySelectorAll('#panel details').forEach((d) => { d.open = true; })")
        for part in ("figures", "data", "parameters"):
            opened.run(f"document.getElementById('tab-{part}').click()")
        opened.images_are_over()
        assert opened.run("document.querySelectorAll('img:not(.field)').length") == 0
        # the title holds the name as text; had it run, the title would be 49 or "run"
        assert opened.run("document.title") not in ("49", "run")
        assert opened.complaints == []
        assert [a for a in opened.requests if not a.startswith(HARMLESS)] == []


def test_what_is_injected_all_the_same_is_stopped_by_the_policy(browser: Browser, pages: dict[str, Path]) -> None:
    with browser.tab(pages["plain"]) as opened:
        opened.wait_for("document.querySelector('details.legend')")
        opened.run(
            "(() => { const s = document.createElement('script'); s.textContent = 'document.title = \"run\"';"
            " document.body.append(s); const d = document.createElement('div');"
            " d.innerHTML = '<img src=x onerror=\"document.title=1\">'; document.body.append(d); })()"
        )
        opened.images_are_over()
        assert opened.run("document.title") == "How far care reaches: Two counties"
        assert any("Content Security Policy" in words for words in opened.complaints)


def test_a_base_map_is_asked_for_only_when_it_is_switched_on(browser: Browser, pages: dict[str, Path]) -> None:
    with browser.tab(pages["plain"]) as opened:
        opened.wait_for("document.querySelector('details.legend')")
        choose(opened, "base", "tianditu")
        assert [a for a in opened.requests if not a.startswith(HARMLESS)] == []
        assert not opened.run("document.querySelector('.base-key').hidden")
        choose(opened, "base", "osm")
        opened.wait_for("document.querySelectorAll('.leaflet-tile').length > 0")
        opened.wait_for("document.getElementById('base-says').textContent !== ''")
        asked = [a for a in opened.requests if not a.startswith(HARMLESS)]
        assert asked
        assert all(a.startswith("https://tile.openstreetmap.org/") for a in asked)
        choose(opened, "base", "none")
        assert opened.run("document.querySelectorAll('.leaflet-tile').length") == 0


def test_300_facilities_with_names_of_200_signs(browser: Browser, pages: dict[str, Path]) -> None:
    with browser.tab(pages["many"]) as opened:
        opened.wait_for("document.querySelectorAll('.mark-holder').length === 299")
        opened.run("document.querySelector('.mark-holder').click()")
        opened.wait_for("document.querySelector('.popup')")
        wide: Any = opened.run("document.querySelector('.leaflet-popup').getBoundingClientRect().width")
        assert wide < 360
        assert opened.complaints == []


def test_without_field_stations_and_roads(browser: Browser, tmp_path: Path) -> None:
    whole = assessment()
    empty = field()
    empty.minutes[:] = float("nan")
    bare = assessment(
        field=empty,
        stations=whole.stations.iloc[:0],
        road_lines=whole.road_lines.iloc[:0],
        isochrones=whole.isochrones.iloc[:0],
        verdicts=(),
    )
    write_page(bare, tmp_path / "bare.html", "en")
    with browser.tab(tmp_path / "bare.html") as opened:
        opened.wait_for("document.querySelector('details.legend')")
        assert opened.run("document.getElementById('theme').value") == "none"
        assert "No response time" in opened.run("document.getElementById('theme-legend').textContent")
        assert "No rule was tested" in opened.run("document.getElementById('verdicts').textContent")
        assert opened.complaints == []
