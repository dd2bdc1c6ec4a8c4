"""The page of a comparison: what it holds in how many bytes, and in headless Chromium without a network that it opens,
switches between scenarios and views, filters, and runs nothing foreign."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import Browser, Tab
from comparisons import NASTY, baseline, compared, demand, mixed, moved, placed, refused, run_folder
from hypothesis import given
from hypothesis import strategies as st
from outcomes import outcome

from carereach.errors import InputError
from carereach.maps.compare import page as compare_page
from carereach.maps.compare.page import compare_data, write_compare_page
from carereach.maps.compare.points import UNREACHED, packed, points_of
from carereach.maps.compare.study import ComparedStudy
from carereach.scenarios.compare import compare
from carereach.texts import LANGS, Lang

HARMLESS = ("data:", "blob:", "file:")
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[109.99, 22.4], [110.05, 22.4], [110.05, 22.6], [109.99, 22.6], [109.99, 22.4]]],
}
COUNTY = {"type": "Feature", "properties": {"name": NASTY, "at": [22.5, 110.0]}, "geometry": SQUARE}
STUDY = ComparedStudy(
    titles={"en": NASTY, "zh": "两镇"},
    notes={"en": "A note", "zh": "说明"},
    counties=(COUNTY,),
    rules={("made", "M-1"): {"en": "Mean response", "zh": "平均反应时间"}},
    status={("made", "M-1", "East", ""): "not met"},
)


def data_of(folder: Path, lang: Lang = "en", study: ComparedStudy = STUDY, **options: Any) -> dict[str, Any]:
    return compare_data(compare([folder], **options), [folder], lang, study)


def unpacked(text: str) -> list[tuple[int, int]]:
    """(point, rise of tenths) by the plain reading of what :func:`packed` says it writes."""
    numbers, value, shift = [], 0, 0
    for byte in base64.b64decode(text):
        value += (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(value)
            value, shift = 0, 0
    point, found = 0, []
    for step, signed in zip(numbers[::2], numbers[1::2], strict=True):
        point += step
        found.append((point, -(signed + 1) // 2 if signed % 2 else signed // 2))
    return found


# --- data ------------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, UNREACHED), st.integers(0, UNREACHED)), max_size=400))
def test_changed_points_come_back_as_they_were(pairs: list[tuple[int, int]]) -> None:
    before, after = (np.array([pair[i] for pair in pairs], dtype=np.int64) for i in (0, 1))
    restored = before.copy()
    for point, rise in unpacked(packed(before, after)):
        restored[point] += rise
    assert (restored == after).all()


def test_minutes_are_rounded_up_so_that_limits_hold() -> None:
    points = points_of(demand([15.0, 15.001, 14.96, np.inf, 0.0]))
    assert points.minutes.tolist() == [150, 151, 150, UNREACHED, 0]
    assert points.cell_km == 0.0


def test_where_nobody_lives_nothing_is_drawn() -> None:
    points = points_of(demand([1.0, 2.0, 3.0], residents=[5.0, 0.0, 7.0]))
    assert len(points.lon) == 2
    assert unpacked(points.changed(np.array([1.0, 9.0, 4.0]))) == [(1, 10)]  # the empty place's change is not shown


def test_many_points_become_cells() -> None:
    rng = np.random.default_rng(1)
    people = demand(rng.uniform(5, 60, 5000).tolist(), residents=rng.uniform(1, 50, 5000).tolist())
    people["lon"], people["lat"] = rng.uniform(110, 111, 5000), rng.uniform(22, 23, 5000)
    points = points_of(people, most=400)
    assert 200 < len(points.lon) <= 400
    assert points.residents.sum() == pytest.approx(people["residents"].sum())
    assert points.cell_km > 0
    # A second computation with pandas: the weighted mean of each cell, rounded up to tenths
    frame = people.assign(cell=points.cell, product=people["residents"] * people["minutes"].astype(float))
    sums = frame.groupby("cell")[["product", "residents"]].sum()
    expected = np.ceil(np.round(sums["product"] / sums["residents"] * 10, 4)).to_numpy()
    assert (points.minutes == expected).all()
    # Where most of a cell are not reached, it is not; where few are not, its mean is of the others.
    cell = int(points.cell[0])
    inside = points.cell == cell
    gone = np.where(inside, np.inf, people["minutes"].to_numpy(dtype=float))
    assert points.minutes_of(gone)[cell] == UNREACHED


@pytest.mark.parametrize(("change", "shown"), [(-0.194795, "-0.19"), (-0.195001, "-0.20"), (0.2049999, "0.20")])
def test_the_page_rounds_what_the_tables_round(tmp_path: Path, change: float, shown: str) -> None:
    one = moved(outcome("one", mean_change_min=change, gained_15=1.0), {1: 12.0})
    data = data_of(run_folder(tmp_path, baseline(), one))
    # What toFixed(2) makes of the page's number is what the terminal prints of the table's.
    assert f"{data['scenarios'][0]['m'][data['columns'].index('mean_change_min')]:.2f}" == f"{change:.2f}" == shown


def test_the_page_has_known_labels_in_words_and_no_nan(tmp_path: Path) -> None:
    one = moved(outcome("one", mean_min=np.nan, mean_change_min=np.nan, gained_15=1.0), {1: 12.0})
    labels = (("candidate", "A"), ("candidate 2", "B"), ("growth", "low"), ("ambulances", "ambulances 2"), ("own", "x"))
    object.__setattr__(one, "labels", labels)
    data = data_of(run_folder(tmp_path, baseline(), one), "zh")
    row = data["scenarios"][0]
    assert row["labels"] == {"候选点": "A", "候选点 2": "B", "人口增长": "low", "新址救护车": "2", "own": "x"}
    assert row["m"][data["columns"].index("mean_change_min")] is None  # shown as a dash
    assert "NaN" not in json.dumps(data["scenarios"])


def test_rows_are_best_first_and_whole(tmp_path: Path) -> None:
    data = data_of(mixed(tmp_path))
    assert data["scenarios"][0]["name"] == NASTY
    assert [row.get("rank") for row in data["scenarios"]] == [1, 2, 2, 4, None]
    best = data["scenarios"][0]
    # 20 -> 9 at point 1, nobody -> 30 at point 3
    assert unpacked(best["delta"]) == [(1, -110), (3, 300 - UNREACHED)]
    assert best["sites"][1] == ["Old station", 22.5, 110.0, "closed"]
    assert best["turned"] == [["M-1", "Mean response", "East", "not met", "met", "met", None, ""]]
    assert best["m"][data["columns"].index("gained_15")] == 90
    assert data["stations"] == [["Old station", 22.5, 110.0, "station"]]
    assert data["price"] == "cost"
    last = data["scenarios"][-1]
    assert "sites.xlsx" in last["error"] and "m" not in last
    same = next(row for row in data["scenarios"] if row["name"] == "same")
    assert same["differs"] is False and same["delta"] == ""


def test_what_is_left_out_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare_page, "MOST_LISTED", 2)
    monkeypatch.setattr(compare_page, "MOST_DRAWN", 2)
    monkeypatch.setattr(compare_page, "MOST_REFUSED", 1)
    plain = [moved(outcome(f"s{i}", opened=1, gained_15=float(i), within_15=400.0 + i), {1: 19.0}) for i in range(6)]
    data = data_of(run_folder(tmp_path, baseline(), *plain, refused("a"), refused("b")))
    # On a front besides the best: only s5 (one station, most people); the two best are listed, one refused.
    assert [row["name"] for row in data["scenarios"]] == ["s5", "s4", "a"]
    assert "against today: 8." in data["counts"][0]
    assert "5 more" in data["counts"][1]


def test_maps_stop_where_their_bytes_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare_page, "MOST_BYTES", 5)  # one point changed is 4 signs in base 64
    plain = [moved(outcome(f"s{i}", gained_15=float(i)), {1: 19.0}) for i in range(3)]
    data = data_of(run_folder(tmp_path, baseline(), *plain))
    assert ["delta" in row for row in data["scenarios"]] == [True, False, False]
    assert data["scenarios"][1]["m"][0] == 1  # its figures are there all the same
    assert "the best 1 " in data["counts"][-1]


def test_draws_are_said(tmp_path: Path) -> None:
    comparison = compared(tmp_path / "run")
    table = comparison.table.assign(rank_low=1.0, rank_high=3.0, first_share=0.25)
    data = compare_data(
        replace(comparison, table=table, draws=20, first_changes=4), [tmp_path / "run"], "en", ComparedStudy()
    )
    assert data["scenarios"][0]["drawn"] == [1, 3, 0.25]
    assert "In 20 draws" in data["counts"][-1] and "first in 4" in data["counts"][-1]


def test_two_folders_of_one_name_are_told_apart(tmp_path: Path) -> None:
    folders = [tmp_path / "a" / "out", tmp_path / "b" / "out"]
    for folder, gained in zip(folders, (1.0, 2.0), strict=True):
        run_folder(folder, baseline(), moved(outcome("same name", gained_15=gained), {1: 20.0 - gained}))
    data = compare_data(compare([*folders, folders[0]]), [*folders, folders[0]], "en", ComparedStudy())
    assert [row["folder"] for row in data["scenarios"]] == [str(folders[1]), str(folders[0])]
    assert [unpacked(row["delta"]) for row in data["scenarios"]] == [[(1, -20)], [(1, -10)]]


def test_a_page_needs_its_people(tmp_path: Path) -> None:
    folder = mixed(tmp_path)
    (folder / "demand.parquet").unlink()
    with pytest.raises(InputError):
        data_of(folder)


def test_an_outcome_that_is_gone_is_said(tmp_path: Path) -> None:
    folder = mixed(tmp_path)
    comparison = compare([folder])
    for path in (folder / "outcomes").rglob("*.parquet"):
        path.unlink()
    with pytest.raises(InputError) as raised:
        compare_data(comparison, [folder], "en", STUDY)
    assert raised.value.problems[0].code == "compare.outcome-gone"


@pytest.mark.parametrize("lang", LANGS)
def test_every_word_that_the_scripts_use_is_there(repo: Path, tmp_path: Path, lang: Lang) -> None:
    assets = repo / "maps" / "assets"
    names = ("compare.html", "compare.js", "compare_map.js", "compare_panel.js", "compare_chart.js")
    source = "".join((assets / name).read_text("utf-8") for name in names)
    calls = "".join(re.findall(r"say\(([^()]*(?:\([^()]*\))?[^()]*)\)", source))
    used = set(re.findall(r"'([a-z][a-z-]*)'", calls)) | set(re.findall(r'data-text="([a-z-]+)"', source))
    used -= {"cost"}  # a measure that is compared with
    data = data_of(mixed(tmp_path), lang)
    made = {f"mode-{mode}" for mode in ("today", "scenario", "change", "swipe")}
    made |= {f"site-{what}" for what in ("opened", "closed", "moved", "station", "candidate", "changed")}
    made |= {f"site-{what}-other" for what in ("opened", "closed", "moved")}
    made |= {f"road-{what}" for what in ("closed", "slower", "faster")} | {"roads-more"}
    measures = {f"m-{name}" for name in data["measures"]}
    assert used <= set(data["texts"])
    assert set(data["texts"]) - used - made - measures == set()


def test_names_stand_in_the_page_as_json_only(tmp_path: Path) -> None:
    page = write_compare_page(compared(tmp_path / "run"), [tmp_path / "run"], tmp_path / "c.html", "en", STUDY)
    html = page.read_text("utf-8")
    assert NASTY not in html
    content = html.split('<script type="application/json" id="care-data">')[1].split("</script>")[0]
    assert "<" not in content
    assert json.loads(content)["title"] == NASTY
    assert "connect-src" not in html and "default-src 'none'" in html


def many(path: Path, scenarios: int, people: int) -> Path:
    """A sweep in which each scenario changes a tenth of all people."""
    rng = np.random.default_rng(2)
    minutes = rng.uniform(5, 60, people).astype(np.float32)
    frame = demand(minutes.tolist())
    frame["lon"], frame["lat"] = rng.uniform(110, 111, people), rng.uniform(22, 23, people)
    made = [baseline()]
    for number in range(scenarios):
        where = np.sort(rng.choice(people, people // 10, replace=False))
        one = outcome(f"site {number}", opened=1, gained_15=float(number), within_15=400.0 + number, mean_min=18.0)
        near = (minutes[where] * 0.7).tolist()
        made.append(
            placed(
                moved(one, dict(zip(where.tolist(), near, strict=True))),
                (f"site {number}", 110.5, 22.0 + number / scenarios, "opened"),
            )
        )
    return run_folder(path, *made, people=frame)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """500 scenarios of 20,000 places as a page."""
    folder = many(tmp_path_factory.mktemp("large"), 500, 20_000)
    return write_compare_page(compare([folder]), [folder], folder / "compare.html", "en", ComparedStudy())


def test_500_scenarios_of_20_000_places_stay_below_15_mb(large: Path) -> None:
    assert large.stat().st_size < 15_000_000
    content = json.loads(large.read_text("utf-8").split('id="care-data">')[1].split("</script>")[0])
    assert len(content["scenarios"]) == 500
    assert sum("delta" in row for row in content["scenarios"]) == 500
    assert content["points"]["count"] == 20_000


# --- in a browser ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    made = {
        "en": mixed(folder / "en"),
        "zh": mixed(folder / "zh"),
        "one": run_folder(
            folder / "one", baseline(), moved(outcome("only", gained_15=1.0, mean_change_min=-1.0), {1: 12.0})
        ),
        "refused": run_folder(folder / "refused", baseline(), refused("a"), refused("b")),
        "none": run_folder(folder / "none", baseline()),
    }
    for name, run in made.items():
        write_compare_page(compare([run]), [run], folder / f"{name}.html", "zh" if name == "zh" else "en", STUDY)
    return {name: folder / f"{name}.html" for name in made}


@pytest.fixture
def tab(browser: Browser, pages: dict[str, Path]) -> Iterator[Tab]:
    """The page in English; whatever a test does to it, nothing may be asked for and nothing complained of."""
    with browser.tab(pages["en"]) as opened:
        opened.wait_for("document.querySelector('table.ranks')")
        yield opened
        quiet(opened)


def quiet(tab: Tab) -> None:
    assert tab.complaints == []
    assert [address for address in tab.requests if not address.startswith(HARMLESS)] == []


def count(tab: Tab, selector: str) -> Any:
    return tab.run(f"document.querySelectorAll({selector!r}).length")


def said(tab: Tab, selector: str) -> str:
    return str(tab.run(f"document.querySelector({selector!r}).textContent"))


def put(tab: Tab, field: str, value: object, event: str) -> None:
    """Fills in a field as a user does."""
    script = f"const f = document.querySelector({field!r}); f.value = '{value}'; f.dispatchEvent(new Event('{event}'));"
    tab.run(f"(() => {{ {script} }})()")
    tab.settle()


def middle(tab: Tab, found: str) -> tuple[float, float]:
    """Where the middle of an element is seen."""
    box = tab.run(f"(() => {{ const b = {found}.getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; }})()")
    return box[0] + box[2] / 2, box[1] + box[3] / 2


def mode(tab: Tab, name: str) -> None:
    tab.run(f"document.getElementById('mode-{name}').click()")
    tab.settle()


def colours(tab: Tab) -> dict[str, int]:
    """How many pixels of the dots have each colour."""
    script = """(() => {
      const from = document.querySelector('canvas.dots'), copy = document.createElement('canvas'), found = {};
      [copy.width, copy.height] = [from.width, from.height];
      const pen = copy.getContext('2d', { willReadFrequently: true });
      pen.drawImage(from, 0, 0);
      const d = pen.getImageData(0, 0, copy.width, copy.height).data;
      for (let i = 0; i < d.length; i += 4) if (d[i + 3] === 255) {
        const key = '#' + [d[i], d[i + 1], d[i + 2]].map((v) => v.toString(16).padStart(2, '0')).join('');
        found[key] = (found[key] || 0) + 1;
      }
      return found; })()"""
    return dict(tab.run(script))


def test_it_opens_with_the_best_scenario_and_runs_nothing(tab: Tab) -> None:
    assert tab.run("document.title").startswith(NASTY)
    assert count(tab, "table.ranks tbody tr") == 5
    assert NASTY in said(tab, "#chosen h2")
    assert "+90" in said(tab, "#chosen .chips")
    assert count(tab, "img[src=x]") == 0
    assert said(tab, ".county-name") == NASTY
    assert count(tab, ".leaflet-marker-icon .site.opened") == 1
    assert count(tab, ".leaflet-marker-icon .site.closed") == 1


def test_the_difference_has_its_colours(tab: Tab) -> None:
    # Point 1 is 11 min sooner, point 3 is reached only in the scenario, 0 and 2 stay as they are.
    assert set(colours(tab)) == {"#08519c", "#006d2c", "#e4e4e4"}
    mode(tab, "today")
    # 10, 20, 40 minutes, and one place that nobody reaches
    assert set(colours(tab)) == {"#c7e9b4", "#41b6c4", "#1d91c0", "#6f6f6f"}
    mode(tab, "scenario")
    # 10 and 9 are of one class, 40 and 30 of two
    assert set(colours(tab)) == {"#c7e9b4", "#1d91c0", "#41b6c4"}


def test_a_row_switches_the_scenario(tab: Tab) -> None:
    tab.run("[...document.querySelectorAll('.ranks button')].find((b) => b.textContent === 'same').click()")
    tab.settle()
    assert said(tab, "#chosen h2").startswith("#4 same")
    assert "No difference" in said(tab, "#chosen")
    assert "No difference" in said(tab, "#map-says")
    assert set(colours(tab)) == {"#e4e4e4", "#6f6f6f"}
    tab.run("document.querySelectorAll('.ranks tbody tr')[4].click()")
    tab.settle()
    assert "could not be applied" in said(tab, "#chosen")
    assert count(tab, ".ranks tr[aria-current]") == 1


def test_the_scenario_in_full(tab: Tab) -> None:
    tab.run("document.getElementById('tab-scenario').click()")
    tab.settle()
    words = said(tab, "#scenario")
    for part in ("400 → 490", "20.0 → 17.0", "M-1 East", "Mean response", "not met → met", "East"):
        assert part in words, part
    assert tab.run("document.getElementById('ranking').hidden")
    assert count(tab, ".areas tbody tr") == 2  # the whole and one county


def test_a_click_on_the_chart_switches_the_scenario(tab: Tab) -> None:
    tab.run("document.getElementById('tab-chart').click()")
    tab.settle()
    assert count(tab, ".point") == 4
    x, y = middle(tab, "document.querySelector('.point[aria-label^=North]')")
    tab.click(x, y)
    assert "North" in said(tab, "#chosen h2")
    assert tab.run("document.querySelector('.point.chosen').getAttribute('aria-label')").startswith("North")
    # The keyboard reaches the front: "same" costs 1 and nothing costs as little.
    tab.run("document.querySelector('.point.front[aria-label^=same]').focus()")
    tab.press("Enter", 13)
    assert "same" in said(tab, "#chosen h2")


def test_swipe_shows_today_on_the_left_and_the_scenario_on_the_right(tab: Tab) -> None:
    mode(tab, "swipe")
    assert not tab.run("document.getElementById('swipe').hidden")
    put(tab, "#swipe input", 100, "input")
    assert set(colours(tab)) == {"#c7e9b4", "#41b6c4", "#1d91c0", "#6f6f6f"}  # all of it today
    put(tab, "#swipe input", 0, "input")
    assert set(colours(tab)) == {"#c7e9b4", "#1d91c0", "#41b6c4"}  # all of it the scenario
    mode(tab, "change")
    assert tab.run("document.getElementById('swipe').hidden")


def test_search_sort_and_keyboard(tab: Tab) -> None:
    put(tab, "#search", "NORTH", "input")
    assert count(tab, "table.ranks tbody tr") == 1
    put(tab, "#search", "zzz", "input")
    assert "No scenario fits" in said(tab, "#rows")
    put(tab, "#search", "", "input")
    put(tab, "#sort", "cost", "change")
    assert said(tab, ".ranks tbody button") == "same"  # costs 1
    tab.run("document.getElementById('tab-ranking').focus()")
    tab.press("ArrowRight", 39)
    assert tab.run("document.activeElement.id") == "tab-scenario"
    assert not tab.run("document.getElementById('scenario').hidden")


def test_a_click_on_the_map_says_who_lives_there(tab: Tab) -> None:
    left, top = tab.run("(() => { const b = map_care.getContainer().getBoundingClientRect(); return [b.x, b.y]; })()")
    at = tab.run("(() => { const p = map_care.latLngToContainerPoint([22.5, 110.01]); return [p.x, p.y]; })()")
    x, y = left + at[0], top + at[1]
    tab.click(x, y)
    tab.wait_for("document.querySelector('.leaflet-popup .facts')")
    words = said(tab, ".leaflet-popup")
    assert "West · Ferry" in words and "20.0 min" in words and "9.0 min" in words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("one", "#1 only"),
        ("refused", "could not be applied"),
        ("none", "There is no scenario here"),
        ("zh", "15分内增"),
    ],
)
def test_other_comparisons_open_too(browser: Browser, pages: dict[str, Path], name: str, words: str) -> None:
    with browser.tab(pages[name], 760, 900) as tab:
        tab.wait_for("document.querySelector('#rows table')")
        assert words in said(tab, "#panel")
        assert tab.run("document.documentElement.scrollWidth <= window.innerWidth")
        tab.run("document.getElementById('tab-chart').click()")
        quiet(tab)


def test_500_scenarios_are_seen_at_once(browser: Browser, large: Path) -> None:
    begin = time.perf_counter()
    with browser.tab(large) as tab:
        tab.wait_for("document.querySelector('table.ranks')", patience_s=20.0)
        assert time.perf_counter() - begin < 20.0  # about a second alone; other work may share the machine
        assert count(tab, "table.ranks tbody tr") == 100
        row = "document.querySelectorAll('table.ranks tbody tr')[70]"
        drawn = tab.run(f"(() => {{ const t = performance.now(); {row}.click(); return performance.now() - t; }})()")
        assert drawn < 2000
        quiet(tab)
