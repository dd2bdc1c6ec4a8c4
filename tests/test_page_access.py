"""The map page for people who use no mouse, hear it read, or see colours badly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from assessments import assessment, many_rules
from browser import Browser, Tab
from contrast import contrast, pairs, too_faint

from carereach.maps.page.write import write_page

FOCUSED = """(() => { const n = document.activeElement; const s = getComputedStyle(n);
  return { id: n.id, tag: n.tagName.toLowerCase(), cls: n.className || '', role: n.getAttribute('role'),
    name: n.getAttribute('aria-label') || n.title || n.labels?.[0]?.textContent.trim() || n.textContent.trim(),
    outline: n.id === 'map_care' ? parseFloat(getComputedStyle(n, '::after').borderTopWidth)
      : s.outlineStyle === 'none' ? 0 : parseFloat(s.outlineWidth) }; })()"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    for name, whole in (("plain", assessment()), ("rules", many_rules())):
        write_page(whole, folder / f"{name}.html", "en")
    return {name: folder / f"{name}.html" for name in ("plain", "rules")}


@pytest.fixture
def tab(browser: Browser, pages: dict[str, Path]) -> Iterator[Tab]:
    with browser.tab(pages["plain"]) as opened:
        opened.wait_for("document.querySelector('details.legend')")
        yield opened
        assert opened.complaints == []


def focus(tab: Tab, selector: str) -> None:
    tab.run(f"document.querySelector({selector!r}).focus()")


def walk(tab: Tab, most: int = 120) -> list[dict[str, Any]]:
    """All stops of the Tab key, from the top of the page until it leaves it."""
    stops: list[dict[str, Any]] = []
    tab.run("document.activeElement.blur()")
    for _ in range(most):
        tab.key("Tab", 9)
        stop = tab.run(FOCUSED)
        if stop["tag"] == "body" or (stops and stop["cls"] == "skip"):
            return stops
        stops.append(stop)
    raise AssertionError("the Tab key never leaves the page")


def test_tab_reaches_everything_in_the_order_of_the_page_and_the_focus_is_seen(tab: Tab) -> None:
    tab.run("document.querySelectorAll('#panel details').forEach((d) => { d.open = true; })")
    stops = walk(tab)
    assert stops[0]["cls"] == "skip"
    order = [stop["id"] for stop in stops if stop["id"]]
    wanted = ["county", "print", "language", "tab-verdicts", "verdicts", "map_care", "theme", "base"]
    assert [name for name in order if name in wanted] == wanted
    assert all(stop["outline"] >= 2 for stop in stops), [stop for stop in stops if stop["outline"] < 2]
    assert all(stop["name"] for stop in stops), [stop for stop in stops if not stop["name"]]
    # every facility is reached through one stop
    marks = [stop for stop in stops if "mark-holder" in stop["cls"]]
    assert len(marks) == 1
    # nothing that can be pressed is left out, but the tabs that arrow keys reach and the other facilities
    pressable = """[...document.querySelectorAll('button, select, input, a[href], summary, [tabindex="0"]')]
      .filter((n) => n.checkVisibility() && n.tabIndex >= 0 && !n.closest('[hidden]')).length"""
    assert len(stops) == tab.run(pressable)


def test_the_skip_link_leads_to_the_map_and_keeps_the_address(browser: Browser, pages: dict[str, Path]) -> None:
    with browser.tab(pages["plain"], fragment="lang=zh") as opened:
        opened.wait_for("document.querySelector('details.legend')")
        opened.key("Tab", 9)
        assert opened.run("document.activeElement.className") == "skip"
        assert opened.run("document.activeElement.getBoundingClientRect().left") >= 0
        opened.press("Enter", 13)
        assert opened.run("document.activeElement.id") == "map_care"
        assert opened.run("location.hash") == "#lang=zh"


def test_keys_move_and_zoom_the_map(tab: Tab) -> None:
    focus(tab, "#map_care")
    before = tab.run("map_care.getCenter().lng")
    tab.press("ArrowRight", 39)
    tab.wait_for(f"map_care.getCenter().lng > {before} + 0.01")
    zoom = tab.run("map_care.getZoom()")
    focus(tab, ".leaflet-control-zoom-in")
    tab.press(" ", 32)
    tab.wait_for(f"map_care.getZoom() > {zoom}")


def test_arrow_keys_go_from_facility_to_facility(tab: Tab) -> None:
    focus(tab, '.mark-holder[aria-label*="机构 1"]')
    left = "document.activeElement.getBoundingClientRect().left"
    seen = [tab.run(left)]
    for _ in range(2):
        tab.press("ArrowRight", 39)
        seen.append(tab.run(left))
    assert seen == sorted(set(seen))
    tab.press("ArrowLeft", 37)
    assert tab.run(left) < seen[-1]
    names = set()
    for _ in range(7):
        tab.press("PageDown", 34)
        names.add(tab.run("document.activeElement.getAttribute('aria-label')"))
    assert len(names) == 7
    assert tab.run("document.querySelectorAll('.mark-holder[tabindex=\"0\"]').length") == 1
    for key, code in (("Enter", 13), (" ", 32)):
        tab.press(key, code)
        tab.wait_for("document.querySelector('.leaflet-popup .popup h2')")
        name = tab.run("document.querySelector('.popup h2').textContent")
        assert tab.run("document.getElementById('live').textContent") == name
        tab.run("document.querySelector('.leaflet-popup-close-button').focus()")
        tab.press("Escape", 27)
        tab.wait_for("!document.querySelector('.leaflet-popup')")
        assert name in tab.run("document.activeElement.getAttribute('aria-label')")


def test_one_facility_stays_a_stop_whatever_layer_goes(tab: Tab) -> None:
    tab.run("document.querySelectorAll('.overlays input')[1].click()")
    tab.wait_for("document.querySelectorAll('.mark-holder[tabindex=\"0\"]').length === 1")
    tab.run("document.getElementById('language').click()")
    tab.wait_for("document.querySelectorAll('.mark-holder[tabindex=\"0\"]').length === 1")


def test_tabs_home_and_end(tab: Tab) -> None:
    focus(tab, "#tab-verdicts")
    chosen = "document.querySelector('[role=tab][aria-selected=true]').id"
    walked = [("End", 35), ("ArrowRight", 39), ("ArrowLeft", 37), ("Home", 36)]
    reached = ["parameters", "verdicts", "parameters", "verdicts"]
    for (key, code), expected in zip(walked, reached, strict=True):
        tab.press(key, code)
        assert tab.run(chosen) == f"tab-{expected}"
        assert tab.run("document.activeElement.id") == f"tab-{expected}"


def test_what_changes_is_said_aloud(tab: Tab) -> None:
    live = "document.getElementById('live').textContent"
    assert tab.run("document.getElementById('live').getAttribute('aria-live')") == "polite"
    assert tab.run(live) == ""
    tab.run("document.querySelector('button.count.not-met').click()")
    assert tab.run(live) == "verdicts shown: 1"
    tab.run("document.querySelectorAll('.show-rule')[1].click()")
    assert "T-2" in tab.run(live) or "service radius" in tab.run(live).lower()
    tab.run("document.getElementById('language').click()")
    assert tab.run(live) == "页面已切换为中文。"


def test_roles_and_names(tab: Tab) -> None:
    unnamed = """[...document.querySelectorAll('button, select, input, [role]')].filter((n) => n.checkVisibility()
      && !(n.getAttribute('aria-label') || n.getAttribute('aria-labelledby') || n.labels?.length || n.textContent.trim()
      || n.title || n.id === 'live' || ['status', 'search', 'presentation'].includes(n.getAttribute('role'))
      )).map((n) => n.outerHTML.slice(0, 120))"""
    assert tab.run(unnamed) == []
    assert "Arrow keys" in tab.run(
        "document.getElementById(document.getElementById('map_care').getAttribute('aria-describedby')).textContent"
    )
    ids = "[...document.querySelectorAll('[id]')].map((n) => n.id)"
    assert len(tab.run(ids)) == len(set(tab.run(ids)))


def test_verdicts_are_told_by_sign_and_words_not_by_colour_alone(tab: Tab) -> None:
    said = "[...document.querySelectorAll('.chip')].map((n) => n.textContent)"
    assert set(tab.run(said)) == {"✓ met", "✕ not met", "≈✓ met (screening)", "? cannot tell"}
    assert all(any(sign in words for sign in "✓✕?") for words in tab.run(
        "[...document.querySelectorAll('.tally, .count')].map((n) => n.textContent)"))  # fmt: skip


def test_contrast_by_hand() -> None:
    """WCAG's own: black on white 21; #777 on white 4.48, the well-known grey that just fails."""
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((0x77, 0x77, 0x77), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_text_stands_out(browser: Browser, pages: dict[str, Path], lang: str) -> None:
    with browser.tab(pages["rules"], fragment=f"lang={lang}") as opened:
        opened.wait_for("document.querySelector('details.legend')")
        opened.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        assert len(pairs(opened)) > 150
        assert too_faint(opened) == []
        for part in ("figures", "data", "parameters"):
            opened.run(f"document.getElementById('tab-{part}').click()")
            assert too_faint(opened) == [], part
        opened.run("document.querySelector('.show-rule').click()")
        opened.run("document.querySelector('.mark-holder').click()")
        opened.wait_for("getComputedStyle(document.querySelector('.leaflet-popup')).opacity === '1'")
        assert too_faint(opened) == []
        opened.run("document.querySelector('button.count').click()")
        assert too_faint(opened) == []


def test_the_measure_of_contrast_finds_a_faint_text(tab: Tab) -> None:
    tab.run("document.getElementById('title').style.color = '#999'")
    (found,) = too_faint(tab)
    assert found.startswith("h1.")
    tab.run("document.getElementById('title').style.color = ''; document.getElementById('panel').style.opacity = 0.4")
    assert len(too_faint(tab)) > 5
