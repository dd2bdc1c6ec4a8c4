"""The review page: what it says, and in headless Chromium without a network that it opens, joins, filters, explains."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from assessments import NASTY
from browser import Browser, Tab

from carereach.layers.geocode.model import Candidate, Placed, Query, Trusted
from carereach.layers.geocode.run import GeocodeResult
from carereach.layers.geocode.setting import open_setting
from carereach.maps.compare.page import COMPARE_PAGE
from carereach.maps.page.write import Parts
from carereach.maps.review_page import ORDER, REVIEW_PAGE, review_data, review_page, write_review_page
from carereach.maps.site.page import SITE_PAGE
from carereach.texts import Message

HARMLESS = ("data:", "blob:", "file:")


def candidate(north: float, trust: float, decision: str, name: str = "甲镇卫生院") -> Trusted:
    place = Candidate("amap", 114.3, 19.8 + north, "gcj02", name=name, precision="exact")
    return Trusted(place, trust, decision, (Message("geocode.name-same"),))  # type: ignore[arg-type]


def result() -> GeocodeResult:
    """One row located, one for review with two candidates 2 km apart and a nasty name, one rejected without any."""
    accepted, first, second = candidate(0, 0.9, "accept"), candidate(0.1, 0.6, "review", NASTY), None
    second = candidate(0.12, 0.5, "reject")
    why = (Message("geocode.unconfirmed"),)
    rows = (
        Placed(Query(2, "甲镇卫生院"), accepted, (accepted,), "accept", why),
        Placed(Query(3, NASTY, address=NASTY, sheet="=1"), first, (first, second), "review", why),
        Placed(Query(4, ""), None, (), "reject", (Message("geocode.no-name"),)),
    )
    return GeocodeResult(rows, (), (), None, open_setting("tutorial", Path("list.xlsx")))


def test_data_has_what_needs_a_person_first_and_counts_every_row() -> None:
    data = review_data(result(), "zh")
    assert [row["decision"] for row in data["rows"]] == list(ORDER)
    assert {each["key"]: each["count"] for each in data["decisions"]} == {"review": 1, "reject": 1, "accept": 1}
    assert [place["number"] for place in data["rows"][0]["places"]] == [1, 2]
    assert len(data["counties"]) == 3
    # Rejected places do not widen the view: 19.8 to 19.9, with the percentiles inside and the margin of 0.01 outside
    (south, _), (north, _) = data["bounds"]
    assert 19.79 <= south <= 19.80
    assert 19.90 <= north <= 19.91


def test_a_place_that_a_person_gave_comes_first() -> None:
    rows = list(result().rows)
    given = candidate(0.3, 1.0, "accept")
    rows[1] = replace(rows[1], chosen=given, decision="accept", decided_by="person")
    data = review_data(replace(result(), rows=tuple(rows)), "en")
    # Beside it the candidate that was not rejected (19.9); the rejected one is not drawn any more.
    assert [place["lat"] for place in data["rows"][-1]["places"]] == [20.1, 19.9]


def test_every_word_that_the_script_uses_is_there(repo: Path) -> None:
    assets = repo / "maps" / "assets"
    source = "".join((assets / name).read_text("utf-8") for name in ("review.js", "review.html"))
    used = set(re.findall(r"say\('([a-z-]+)'\)", source)) | set(re.findall(r'data-text="([a-z-]+)"', source))
    assert used == set(review_data(result(), "zh")["texts"])


def test_names_stand_in_the_page_as_json_only() -> None:
    html = review_page(result(), "en")
    assert NASTY not in html
    content = html.split('<script type="application/json" id="care-data">')[1].split("</script>")[0]
    assert "<" not in content
    assert NASTY in [row["name"] for row in json.loads(content)["rows"]]


def test_long_lists_show_what_needs_a_person_and_say_what_is_left_out() -> None:
    rows = result().rows
    data = review_data(replace(result(), rows=(rows[0],) * 1600 + (rows[1],) * 10), "en")
    assert len(data["rows"]) == 1500
    assert [row["decision"] for row in data["rows"][:11]] == ["review"] * 10 + ["accept"]
    assert "110 more rows" in data["left_out"]
    assert {each["key"]: each["count"] for each in data["decisions"]} == {"review": 10, "reject": 0, "accept": 1600}


def test_an_empty_list_makes_a_page() -> None:
    data = review_data(GeocodeResult((), (), ()), "en")
    assert data["bounds"] is None
    assert data["counties"] == []


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_review_page(result(), tmp_path_factory.mktemp("page") / "review.html", "en")


@pytest.fixture
def tab(browser: Browser, page: Path) -> Iterator[Tab]:
    """The page; whatever a test does to it, nothing may be asked for and nothing complained of."""
    with browser.tab(page) as opened:
        opened.wait_for("document.querySelector('.review-row')")
        yield opened
        assert opened.complaints == []
        assert [address for address in opened.requests if not address.startswith(HARMLESS)] == []


def count(tab: Tab, selector: str) -> Any:
    return tab.run(f"document.querySelectorAll({selector!r}).length")


def test_it_opens_with_every_row_and_candidate_and_runs_nothing(tab: Tab) -> None:
    assert tab.run("document.title") == "Places to review"
    assert count(tab, ".review-row") == 3
    assert count(tab, "path.place") == 3
    assert tab.run("document.querySelector('.review-row button').textContent") == NASTY
    assert count(tab, "img[src=x]") == 0


def test_candidates_are_joined_and_coloured_by_trust(tab: Tab) -> None:
    assert count(tab, "path.join") == 1
    colours = {name: tab.run(f"document.querySelector('path.place.{name}').getAttribute('fill')") for name in ORDER}
    assert len(set(colours.values())) == 3


def test_a_click_on_a_candidate_shows_the_reason(tab: Tab) -> None:
    tab.run("document.querySelector('path.place.review').dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    tab.wait_for("document.querySelector('.leaflet-popup .facts')")
    said = tab.run("document.querySelector('.leaflet-popup').textContent")
    assert "The names are the same." in said
    assert NASTY in said
    assert tab.run("document.querySelector('.review-row[aria-current] button').textContent") == NASTY


def test_a_row_is_found_on_the_map_and_filters_hide(tab: Tab) -> None:
    tab.run("document.querySelector('.review-row button').click()")
    tab.settle()
    assert tab.run("document.querySelector('.review-row').getAttribute('aria-current')") == "true"
    tab.run("document.querySelector('#filters input').click()")
    tab.settle()
    assert tab.run("document.querySelector('.review-row').hidden") is True
    assert count(tab, "path.join") == 0
    tab.run("document.querySelector('#filters input').click()")
    tab.settle()
    assert count(tab, "path.join") == 1


def test_on_paper_the_map_is_as_wide_as_the_sheet_and_whole_again_afterwards(tab: Tab) -> None:
    """686 of 96 pixels an inch are the 182 mm between the margins of A4."""
    size = "(() => { const r = map_care.getContainer().getBoundingClientRect(); return [r.width, r.height]; })()"
    before = tab.run(size)
    assert before[0] > 700
    tab.run("window.dispatchEvent(new Event('beforeprint'))")
    width, height = tab.run(size)
    assert width <= 686.1
    assert height <= 900.1
    assert width / height == pytest.approx(before[0] / before[1], abs=0.01)
    assert max(width / 686, height / 900) == pytest.approx(1, abs=0.001)
    tab.run("window.dispatchEvent(new Event('afterprint'))")
    assert tab.run(size) == before


@pytest.mark.parametrize("parts", [REVIEW_PAGE, COMPARE_PAGE, SITE_PAGE])
def test_every_page_with_a_panel_prints_so(parts: Parts) -> None:
    assert "paper_map" in parts.scripts
    assert "paper_map.css" in parts.more_styles
