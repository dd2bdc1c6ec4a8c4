"""The roads that scenarios change: which lines are written, and that a comparison's page has them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from browser import Browser
from comparisons import baseline, moved, run_folder
from networks import METRIC
from outcomes import outcome
from what_if import by_hand, corners, degrees, opened

from carereach.errors import InputError
from carereach.maps.compare.page import compare_data, write_compare_page
from carereach.maps.compare.study import ComparedStudy
from carereach.scenarios import changed_roads
from carereach.scenarios.apply import Applier
from carereach.scenarios.areas import Area
from carereach.scenarios.changed_roads import read_changed_roads, write_changed_roads
from carereach.scenarios.changes import Close, CloseRoad, Move, Residents, Scenario, SetAmbulances, SpeedChange
from carereach.scenarios.compare import compare
from carereach.scenarios.evaluate import Evaluator
from carereach.scenarios.run_folder import RunFolder

MIDDLE = CloseRoad(name="中路")  # km 10 to 20
SLOW = SpeedChange(factor=0.5)
PLACE = Area.model_validate(corners(2.2, 0.0, 4.8, 10.0))


def written(folder: Path, *scenarios: Scenario) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    pairs = [(scenario.name, scenario) for scenario in scenarios]
    write_changed_roads(RunFolder(folder), Applier(by_hand()), pairs)
    return read_changed_roads(folder)


def test_scenarios_with_the_same_closure_share_its_lines(tmp_path: Path) -> None:
    growth = Residents(factor=1.1)
    lines, sets = written(
        tmp_path,
        Scenario("baseline"),
        Scenario("a", (MIDDLE,)),
        Scenario("b", (MIDDLE, growth)),
        Scenario("c", (growth,)),
    )
    assert sets == {"a": 0, "b": 0}
    (line,) = lines.itertuples()
    assert (line.what, line.name, line.km, line.km_all, line.speed) == (
        "closed",
        "中路",
        10.0,
        pytest.approx(10, rel=2e-3),
        0,
    )
    # Ten edges became one line from km 10 to km 20, with no corner between.
    ends = gpd.GeoSeries([line.geometry], crs=4326).to_crs(METRIC).get_coordinates().to_numpy()
    assert sorted(((ends[:, 0] - 500_000) / 1000).round(3).tolist()) == [10.0, 20.0]


def test_closed_and_slower_roads_of_one_scenario(tmp_path: Path) -> None:
    lines, _ = written(tmp_path, Scenario("both", (SLOW, MIDDLE)))
    assert lines["what"].tolist() == ["closed", "slower", "slower"]  # the middle is closed, its speed no matter
    assert lines["speed"].tolist() == [0.0, 0.5, 0.5]
    assert sorted(lines["name"]) == ["东路", "中路", "西路"]
    faster, _ = written(tmp_path, Scenario("fast", (SpeedChange(factor=2.0, area=PLACE),)))
    # The edges from 2 to 3, 3 to 4 and 4 to 5 km touch the rectangle.
    assert faster[["what", "speed", "km"]].to_numpy().tolist() == [["faster", 2.0, 3.0]]


def test_of_very_many_roads_the_longest_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changed_roads, "MOST_LINES", 1)
    lines, _ = written(tmp_path, Scenario("some", (CloseRoad(edges=((0, 1), (10, 11), (11, 12))),)))
    assert lines["km"].tolist() == [2.0]
    assert lines["km_all"].tolist() == [pytest.approx(3.0, rel=2e-3)]


def test_lines_are_bounded_whatever_the_number_of_scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changed_roads, "MOST_IN_ALL", 2)
    several = [Scenario(str(edge), (CloseRoad(edges=((edge, edge + 1),)),)) for edge in range(5)]
    lines, sets = written(tmp_path, *several)
    assert lines["roads"].tolist() == [0, 1]
    assert sets == {str(edge): edge for edge in range(5)}
    monkeypatch.setattr(changed_roads, "MOST_EDGES", 4)
    lines, _ = written(tmp_path / "one", Scenario("both", (SLOW, MIDDLE)))
    # Four of the ten closed edges are put together; how long all of them are is said as before.
    assert lines[["what", "km"]].to_numpy().tolist() == [["closed", 4.0]]
    assert lines["km_all"].tolist() == [pytest.approx(10, rel=2e-3)]


def test_what_cannot_be_made_or_changes_nothing_has_no_lines(tmp_path: Path) -> None:
    unknown, same = Scenario("x", (CloseRoad(name="no road"),)), Scenario("same", (SpeedChange(factor=1.0),))
    lines, sets = written(tmp_path, unknown, same)
    assert lines.empty
    assert sets == {}


def test_files_of_an_earlier_run_are_taken_away(tmp_path: Path) -> None:
    written(tmp_path, Scenario("a", (MIDDLE,)))
    assert written(tmp_path, Scenario("b"))[1] == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [changed_roads.ROADS, changed_roads.ROADS_OF])
def test_a_damaged_file_is_a_clear_error(tmp_path: Path, name: str) -> None:
    written(tmp_path, Scenario("a", (MIDDLE,)))
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-20])
    with pytest.raises(InputError) as raised:
        read_changed_roads(tmp_path)
    assert raised.value.problems[0].code == "compare.damaged"


def page_of(folder: Path) -> dict[str, object]:
    return compare_data(compare([folder]), [folder], "en", ComparedStudy())


def folder_with_roads(path: Path) -> Path:
    names = ("one", "two", "three")
    made = [moved(outcome(name, gained_15=float(place)), {1: 12.0}) for place, name in enumerate(names)]
    folder = run_folder(path, baseline(), *made)
    keys = [one.key for one in made]
    scenarios = [Scenario("one", (MIDDLE,)), Scenario("two", (SLOW, MIDDLE)), Scenario("three", (MIDDLE,))]
    write_changed_roads(RunFolder(folder), Applier(by_hand()), zip(keys, scenarios, strict=True))
    return folder


def test_the_page_holds_each_set_of_lines_once(tmp_path: Path) -> None:
    data = page_of(folder_with_roads(tmp_path))
    rows = {row["name"]: row for row in data["scenarios"]}  # type: ignore[attr-defined]
    assert rows["one"]["roads"] == rows["three"]["roads"] != rows["two"]["roads"]
    what, speed, name, km, km_all, flat = data["roads"][rows["one"]["roads"]][0]  # type: ignore[index]
    assert (what, speed, name, km, km_all) == ("closed", 0, "中路", 10, pytest.approx(10, rel=2e-3))
    # Corners: latitude and longitude in turn; the road runs along km 5 from km 10 to km 20.
    west, east = degrees(10.0), degrees(20.0)
    assert np.abs(np.array(flat) - [west[1], west[0], east[1], east[0]]).max() < 1e-5


def test_the_map_draws_them_with_a_sign_a_legend_and_a_popup(tmp_path: Path, browser: Browser) -> None:
    folder = folder_with_roads(tmp_path)
    page = write_compare_page(compare([folder]), [folder], tmp_path / "c.html", "en", ComparedStudy())
    with browser.tab(page) as tab:
        tab.wait_for("document.querySelector('table.ranks')")

        def count(selector: str) -> int:
            return int(tab.run(f"document.querySelectorAll({selector!r}).length"))

        # "three" is best and closes the middle alone: one line, one sign.
        assert count("path.changed-road") == count("path.changed-road.closed") == count(".road-sign") == 1
        assert "closed road 10 km" in tab.run("document.getElementById('legend-body').textContent")
        tab.run("[...document.querySelectorAll('.ranks button')].find((b) => b.textContent === 'two').click()")
        tab.settle()
        assert [count(f"path.changed-road.{what}") for what in ("closed", "slower")] == [1, 2]
        tab.run("document.querySelector('.road-sign').click()")
        tab.wait_for("document.querySelector('.leaflet-popup-content')")
        assert tab.run("document.querySelector('.leaflet-popup-content').textContent") == "中路closed roadlength10 km"
        tab.run("document.getElementById('mode-today').click()")
        tab.settle()
        assert count("path.changed-road") == 0
        assert tab.complaints == []


def test_a_page_that_leaves_roads_out_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carereach.maps.compare.rows.MOST_CORNERS", 3)
    data = page_of(folder_with_roads(tmp_path))
    assert len(data["roads"]) == 1  # type: ignore[arg-type]
    assert any("roads.parquet" in said for said in data["counts"])  # type: ignore[attr-defined]
    monkeypatch.undo()
    monkeypatch.setattr(changed_roads, "MOST_IN_ALL", 1)
    data = page_of(folder_with_roads(tmp_path))
    assert len(data["roads"]) == 1  # type: ignore[arg-type]
    assert any("roads.parquet" in said for said in data["counts"])  # type: ignore[attr-defined]


def test_a_folder_without_the_file_has_no_lines(tmp_path: Path) -> None:
    data = page_of(run_folder(tmp_path, baseline(), moved(outcome("one"), {1: 12.0})))
    assert data["roads"] == []


def test_facilities_that_are_no_stations_are_among_the_sites() -> None:
    evaluator = Evaluator(by_hand(), ())
    clinic = opened("Clinic", 8.0, kind="primary.township")
    changes = (clinic, Close(facility="s3"), SetAmbulances(facility="s1", ambulances=4), opened("Post", 14.0))
    rows = evaluator.evaluate(Scenario("some", changes)).sites[["name", "what"]].to_numpy().tolist()
    # s3 is a hospital, s1 the eastern station; a new station is opened as a station, and not twice.
    assert sorted(rows) == [
        ["Clinic", "opened-other"], ["East", "changed"], ["Hospital", "closed-other"], ["Post", "opened"],
    ]  # fmt: skip
    lon, lat = degrees(9.0)
    (moved_away,) = evaluator.evaluate(Scenario("m", (Move(facility="s3", lon=lon, lat=lat),))).sites.itertuples()
    assert (moved_away.what, round(moved_away.lon, 5), round(moved_away.lat, 5)) == (
        "moved-other", round(lon, 5), round(lat, 5),
    )  # fmt: skip
    # What has no place cannot be drawn.
    assert evaluator.evaluate(Scenario("nowhere", (Close(facility="s4"),))).sites.empty
