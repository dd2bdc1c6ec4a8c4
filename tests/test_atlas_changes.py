"""Before and after, and the small maps of scenarios: classes of change, cells, numbers, and that nothing collides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from assessments import UTM, assessment, counties, demand, field, hostile
from comparisons import NASTY, baseline, mixed, moved, placed, refused, run_folder
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from outcomes import outcome
from print_checks import assert_apart, drawn, luminance, texts_of
from test_compare_page import STUDY
from typer.testing import CliRunner

from carereach import cli
from carereach.files import sha256
from carereach.maps.atlas import change_maps, plot_page, scenario_maps
from carereach.maps.atlas.change import (
    COLOURS,
    CUT_OFF,
    HARDLY,
    HATCHES,
    NEVER,
    REACHED,
    change_classes,
    change_words,
    on_cells,
    on_same_cells,
)
from carereach.maps.atlas.ground import ground_of
from carereach.maps.atlas.plot_page import print_settings
from carereach.maps.atlas.scenario_maps import best_rows, places_of, write_scenario_figures
from carereach.maps.compare.study import ComparedStudy
from carereach.maps.palette import OUTSIDE
from carereach.scenarios.between import read_demand
from carereach.scenarios.compare import compare

LANGS: tuple[Any, ...] = ("zh", "en")
MINUTES = st.one_of(st.floats(0, 200), st.just(np.inf))


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few pixels, where their number does not matter."""
    monkeypatch.setattr(plot_page, "DPI", 40)
    monkeypatch.setattr(plot_page, "SVG_DPI", 40)


class TestClasses:
    def test_by_hand(self) -> None:
        # limits 0.5, 2, 5, 10: one belongs to the class of the smaller change
        change = np.array([-10.5, -10, -5, -2, -0.5, 0, 0.5, 0.6, 2, 5, 10, 10.5])
        assert change_classes(np.full(12, 50.0), 50.0 + change).tolist() == [0, 1, 2, 3, 4, 4, 4, 5, 5, 6, 7, 8]

    def test_who_is_reached_in_one_of_them_only(self) -> None:
        before, after = np.array([np.inf, 9.0, np.inf, np.nan, 3.0]), np.array([9.0, np.inf, np.inf, 1.0, np.nan])
        assert change_classes(before, after).tolist() == [REACHED, CUT_OFF, NEVER, OUTSIDE, OUTSIDE]

    @given(arrays(float, 8, elements=MINUTES), arrays(float, 8, elements=MINUTES))
    def test_the_way_back_mirrors(self, before: Any, after: Any) -> None:
        there, back = change_classes(before, after), change_classes(after, before)
        mirror = {
            **{place: 2 * HARDLY - place for place in range(REACHED)},
            REACHED: CUT_OFF,
            CUT_OFF: REACHED,
            NEVER: NEVER,
        }
        assert [mirror[int(each)] for each in there] == back.tolist()

    def test_each_class_has_words_a_colour_and_reads_in_grey(self) -> None:
        assert change_words("en")[:2] == ["< −10", "−10 to −5"]
        assert change_words("en")[HARDLY - 1 :] == [
            "−2 to −0.5",
            "within ±0.5",
            "+0.5 to +2",
            "+2 to +5",
            "+5 to +10",
            "> +10",
        ]
        grey = [luminance(colour) for colour in COLOURS]
        assert (np.diff(grey[: HARDLY + 1]) > 0.03).all()  # the more change, the darker
        assert (np.diff(grey[HARDLY:REACHED]) < -0.03).all()
        # what is as grey as another is hatched: later everywhere, sooner nowhere
        assert [place in HATCHES for place in range(REACHED)] == [False] * (HARDLY + 1) + [True] * HARDLY
        assert len({HATCHES[place][0] for place in (HARDLY + 1, REACHED, CUT_OFF, NEVER)}) == 4


class TestCells:
    def test_the_same_cells_are_taken_as_they_are(self) -> None:
        whole = field()
        assert on_same_cells(whole, replace(whole)) is whole.minutes

    def test_other_cells_are_read_at_the_middles(self) -> None:
        # 2 x 2 cells of 1 km against 1 x 2 of 2 km whose north edge is 1 km higher: one row in it, one below
        fine = replace(field(), minutes=np.zeros((2, 2), dtype=np.float32), west=0.0, north=2_000.0, cell_m=1_000.0)
        wide = replace(fine, minutes=np.array([[7.0, 9.0]], dtype=np.float32), north=3_000.0, cell_m=2_000.0)
        np.testing.assert_array_equal(on_same_cells(fine, wide), [[7.0, 7.0], [np.nan, np.nan]])

    def test_the_nearest_place_where_one_is_near(self) -> None:
        # places 1 km apart on the west border of 20 x 40 km: near is 1.6 km
        ground = ground_of(counties(), None, UTM, 6.5)
        west, south, _, _ = ground.bounds
        cells, nearest = on_cells(np.full(3, west), south + np.array([5_000.0, 6_000.0, 7_000.0]), ground)
        row, column = np.nonzero(nearest == 1)
        y = cells.north - (row + 0.5) * cells.cell_m - south
        assert np.abs(y - 6_000).max() <= 500
        x = (column + 0.5) * cells.cell_m
        assert 1_400 < x.max() <= 1_600
        assert np.isnan(cells.minutes[nearest < 0]).all()
        assert (cells.minutes[nearest >= 0] == 0).all()

    @pytest.mark.parametrize("count", [0, 1])
    def test_hardly_anybody(self, count: int) -> None:
        ground = ground_of(counties(), None, UTM, 6.5)
        _, nearest = on_cells(np.full(count, ground.bounds[0]), np.full(count, ground.bounds[1]), ground)
        assert (nearest >= 0).sum() <= count


def later() -> Any:
    """The second state of the made-up assessment: five minutes sooner, but nobody comes to the north."""
    people = demand()
    sooner = np.maximum(people["response_min"] - 5, 0)
    minutes = np.where(field().minutes > 30, np.inf, field().minutes - 5).astype(np.float32)
    return assessment(demand=people.assign(response_min=sooner), field=replace(field(), minutes=minutes))


def page_of(first: Any, second: Any, lang: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The figure that :func:`before_after` would write."""
    made: list[Any] = []
    monkeypatch.setattr(change_maps, "write_png_and_svg", lambda draw, stem: made.append(draw()) or (stem, stem))
    with print_settings():
        change_maps.before_after(first, second, Path("x"), lang)
    return drawn(lambda: made[0])


class TestBeforeAfter:
    @pytest.mark.parametrize("lang", LANGS)
    def test_texts_do_not_collide(self, lang: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        assert_apart(*page_of(assessment(), later(), lang, monkeypatch))
        assert_apart(*page_of(hostile(), hostile(), lang, monkeypatch))

    def test_what_it_says(self, monkeypatch: pytest.MonkeyPatch) -> None:
        said = texts_of(page_of(assessment(), later(), "en", monkeypatch)[1])
        # within 15 minutes: 4 + 9 row + column <= 15, then <= 20; residents 100 (1 + 6 row + column)
        counts = [
            sum(100 * (1 + 6 * r + c) for r in range(5) for c in range(6) if 4 + 9 * r + c <= most) for most in (15, 20)
        ]
        assert {f"{count:,}" for count in counts} <= set(said)
        assert {"before", "after", "Change in minutes", "no longer reached", "N", "unreachable in both"} <= set(said)
        assert "reached only in the scenario" not in said
        assert "EPSG:32649" in " ".join(said)

    @pytest.mark.usefixtures("coarse")
    def test_files_with_the_same_bytes_again(self, tmp_path: Path) -> None:
        first = change_maps.before_after(assessment(), later(), tmp_path / "a", "zh")
        second = change_maps.before_after(assessment(), later(), tmp_path / "b", "zh")
        assert [path.name for path in first] == ["a.png", "a.svg"]
        assert [sha256(path) for path in first] == [sha256(path) for path in second]

    def test_no_station_and_nobody(self, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = assessment()
        bare = replace(whole, stations=whole.stations.iloc[:0], demand=whole.demand.iloc[:0])
        assert_apart(*page_of(bare, bare, "en", monkeypatch))


def scenario_pages(
    folder: Path, lang: Any, monkeypatch: pytest.MonkeyPatch, study: ComparedStudy = STUDY, **options: Any
) -> list[Any]:
    """The figures that a comparison would write."""
    made: list[Any] = []
    monkeypatch.setattr(scenario_maps, "write_png_and_svg", lambda draw, stem: made.append(draw()) or (stem, stem))
    with print_settings():
        write_scenario_figures(compare([folder], **options), [folder], folder, lang, study)
    return [drawn(lambda each=each: each) for each in made]


class TestScenarios:
    @pytest.mark.parametrize("lang", LANGS)
    def test_texts_do_not_collide_whatever_the_names(
        self, lang: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pages = scenario_pages(mixed(tmp_path), lang, monkeypatch)
        assert len(pages) == 2
        for page in pages:
            assert_apart(*page)

    def test_rank_name_and_people(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        first, small = (texts_of(boxes) for _, boxes in scenario_pages(mixed(tmp_path), "en", monkeypatch))
        assert any(said.startswith("1  <img src=x") for said in small)  # the best, as plain text
        assert {"2  North", "15 min: +90 / −0 people; mean −3.00"} <= set(small)
        assert {"400", "490", "20.0", "17.0"} <= set(first)  # within 15 minutes and the mean, before and after
        assert "opened" in first
        assert "A note" in first
        assert "UTM zone 49N" in " ".join(first)
        assert "refused" not in " ".join(small)

    @pytest.mark.usefixtures("coarse")
    def test_files_by_name_with_the_same_bytes_again(self, tmp_path: Path) -> None:
        folder = mixed(tmp_path / "run")
        found = []
        for name in ("a", "b"):
            made = write_scenario_figures(compare([folder]), [folder], tmp_path / name, "zh", STUDY)
            assert made == {each: tmp_path / name / f"{each}.png" for each in ("before_after", "scenarios")}
            found.append({path.name: sha256(path) for path in (tmp_path / name).iterdir()})
        assert found[0] == found[1]
        assert len(found[0]) == 4

    @pytest.mark.usefixtures("coarse")
    def test_asked_for_on_the_command_line(self, tmp_path: Path) -> None:
        folder = mixed(tmp_path / "run")
        told = CliRunner().invoke(cli.app, ["compare", str(folder), "-o", str(tmp_path / "out"), "--figures"])
        assert told.exit_code == 0, told.output
        names = {f"{name}.{kind}" for name in ("before_after", "scenarios") for kind in ("png", "svg")}
        assert names <= {path.name for path in (tmp_path / "out").iterdir()}
        assert all(name in told.output for name in names)

    def test_nothing_where_no_scenario_has_a_result(self, tmp_path: Path) -> None:
        folder = run_folder(tmp_path / "run", baseline(), refused())
        assert write_scenario_figures(compare([folder]), [folder], tmp_path / "out", "en", STUDY) == {}
        assert not (tmp_path / "out").exists()

    def test_nine_at_most_and_none_without_a_difference(self, tmp_path: Path) -> None:
        some = [
            moved(outcome(f"s{n}", opened=1, gained_15=float(n), within_15=400.0 + n), {1: 5.0}) for n in range(1, 12)
        ]
        folder = run_folder(tmp_path, baseline(), *some, moved(outcome("same"), {}))
        assert [row["scenario"] for row in best_rows(compare([folder]))] == [f"s{n}" for n in range(11, 2, -1)]

    def test_without_county_borders(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for page in scenario_pages(mixed(tmp_path), "zh", monkeypatch, ComparedStudy()):
            assert_apart(*page)

    def test_a_closed_station_is_marked_as_closed_alone(self, tmp_path: Path) -> None:
        places = places_of(read_demand(mixed(tmp_path)), STUDY)
        closed = placed(outcome("x"), (NASTY, 110.03, 22.51, "opened"), ("Old station", 110.0, 22.5, "closed"))
        old = places.sites(baseline())["station"]
        comparison = compare([tmp_path])
        scene = scenario_maps.Scene(comparison, places, old, STUDY, "en")
        sites = places.sites(closed)
        assert len(sites["opened"]) == len(sites["closed"]) == 1
        assert len(scenario_maps._kept(scene, sites)["station"]) == 0
        x, y = old[0]
        there = gpd.GeoSeries(gpd.points_from_xy([x], [y]), crs=places.ground.crs).to_crs(4326).iloc[0]
        assert (there.x, there.y) == pytest.approx((110.0, 22.5), abs=1e-9)

    def test_minutes_of_a_scenario_at_its_places(self, tmp_path: Path) -> None:
        places = places_of(read_demand(mixed(tmp_path)), STUDY)  # minutes 10, 20, 40, never
        changed = places.of(moved(outcome("x"), {1: 12.0, 9: 3.0}))  # a tenth place is only the scenario's
        seen = {place: set(changed.minutes[places.nearest == place].tolist()) for place in range(4)}
        assert seen == {0: {10.0}, 1: {12.0}, 2: {40.0}, 3: {np.inf}}
