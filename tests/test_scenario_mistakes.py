"""Mistakes in scenario files that name other files, places or people: what is said of them, and the way out."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from good_study import write_good_study
from what_if import by_hand, corners, degrees

from carereach.errors import InputError, Problem
from carereach.scenarios.areas import Area
from carereach.scenarios.asked import Asked
from carereach.scenarios.batch import run
from carereach.scenarios.evaluate import Evaluator
from carereach.scenarios.ground import Ground
from carereach.scenarios.questions import batch_from_candidates
from carereach.scenarios.scenario_files import read_scenarios
from carereach.texts import LANGS, Lang

SEVERAL = "scenarios.area-layers"
CLOSED_AREA = "[[scenario]]\nname = 'a'\n[[scenario.close-road]]\narea = "
SWEEP = "[[sweep]]\nname = 'w'\nfor-each = "


def problems(folder: Path, text: str) -> list[Problem]:
    """The errors of a file; each is said in both languages, and none speaks of the study file."""
    (folder / "s.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_scenarios(folder / "s.toml", by_hand())
    found = [problem for problem in caught.value.problems if problem.level == "error"]
    for problem in found:
        said = [problem.line(lang) for lang in LANGS]
        assert all(said)
        assert not any("study file" in line or "研究文件" in line for line in said)
    return found


@pytest.mark.parametrize(
    ("text", "missing", "column"),
    [
        (CLOSED_AREA + "'nirgends.gpkg'\n", "nirgends.gpkg", 'scenario "a", close-road 1, area'),
        (SWEEP + "'fehlt.xlsx'\n", "fehlt.xlsx", 'sweep "w", for-each'),
    ],
)
def test_a_run_says_which_key_names_a_file_that_is_missing(
    tmp_path: Path, text: str, missing: str, column: str
) -> None:
    """It is found when inputs are copied, where it would be an error of the disk."""
    (tmp_path / "study").mkdir()
    study = write_good_study(tmp_path / "study")
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        run(Asked(str(study), (str(tmp_path / "s.toml"),)), tmp_path / "out")
    said = {(problem.code, problem.file, problem.column, problem.value) for problem in caught.value.problems}
    assert any(code == "scenarios.no-file" and file == missing for code, file, _, _ in said), said
    assert any(file == "s.toml" and place == column and value == missing for _, file, place, value in said), said


def polygons(folder: Path, *layers: str) -> Path:
    frame = gpd.GeoDataFrame(geometry=[shapely.Polygon(corners(20.2, 4, 24.8, 6))], crs=4326)
    for layer in layers:
        frame.to_file(folder / "x.gpkg", layer=layer)
    return folder / "x.gpkg"


def test_layers_of_polygon_files_are_named_in_the_scenario_file(tmp_path: Path) -> None:
    polygons(tmp_path, "one", "two")
    found = problems(tmp_path, CLOSED_AREA + "'x.gpkg'\n")
    assert [problem.code for problem in found] == [SEVERAL, "scenarios.area-file"]
    assert '{ path = "...", layer = "..." }' in found[0].message("en")
    found = problems(tmp_path, CLOSED_AREA + "{ path = 'x.gpkg', layer = 'three' }\n")
    assert [problem.code for problem in found] == ["scenarios.area-no-layer", "scenarios.area-file"]


def test_a_polygon_file_without_reference_system_is_to_be_exported_anew(tmp_path: Path) -> None:
    polygons(tmp_path, "one")
    frame = gpd.read_file(tmp_path / "x.gpkg")
    frame.to_file(tmp_path / "x.shp")
    (tmp_path / "x.prj").unlink()
    found = problems(tmp_path, CLOSED_AREA + "'x.shp'\n")
    assert "EPSG:4326" in next(p for p in found if p.code == "scenarios.area-no-crs").message("en")


def test_the_sheet_of_a_list_is_one_of_the_sweep(tmp_path: Path) -> None:
    lon, lat = degrees(8.0, 5.0)
    pd.DataFrame({"name": ["N"], "lon": [lon], "lat": [lat]}).to_excel(tmp_path / "x.xlsx", index=False)
    found = problems(tmp_path, SWEEP + "'x.xlsx'\nsheet = 'Tabelle9'\n")
    assert [problem.code for problem in found] == ["scenarios.list-no-sheet", "scenarios.list-file"]


@pytest.mark.parametrize("name", ["baseline", "Baseline", "as it is today", "现状"])
def test_a_scenario_cannot_be_called_as_the_study_is(tmp_path: Path, name: str) -> None:
    (found,) = problems(tmp_path, f"[[scenario]]\nname = '{name}'\n[[scenario.close]]\nfacility = 's1'\n")
    assert (found.code, found.file, found.value) == ("scenarios.reserved", "s.toml", name)
    assert found.column == f'scenario "{name}", name'


def opening(name: str, more: str = "") -> str:
    lon, lat = degrees(18.0, 5.0)
    return f"[[scenario]]\nname = 'a'\n[[scenario.open]]\nname = '{name}'\nlon = {lon}\nlat = {lat}\n{more}\n"


def test_a_new_facility_that_is_called_like_another_is_warned_of(tmp_path: Path) -> None:
    def warned(text: str) -> list[tuple[str, str, str | None]]:
        (tmp_path / "s.toml").write_text(text + "roles = ['急救网络']\n", encoding="utf-8")
        found = read_scenarios(tmp_path / "s.toml", by_hand()).problems
        return [(problem.code, problem.level, problem.column) for problem in found]

    assert warned(opening("West")) == [("scenarios.name-taken", "warning", 'scenario "a", open 1, name')]
    assert warned(opening("West", "id = 'w2'")) == []
    assert warned(opening("Middle")) == []


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (opening("N", "beds = 0.5"), 'scenario "a", open 1, beds'),
        (
            "[[scenario]]\nname = 'a'\n[[scenario.upgrade]]\nfacility = 's0'\nbeds = 1.5\n",
            'scenario "a", upgrade 1, beds',
        ),
        ("[[sweep]]\nname = 'w'\n[sweep.grid]\nbeds = [1, 2.5]\n", 'sweep "w", grid, beds'),
    ],
)
def test_beds_are_whole(tmp_path: Path, text: str, column: str) -> None:
    (found,) = problems(tmp_path, text)
    assert (found.code, found.column) == ("scenarios.not-whole", column)


@pytest.mark.parametrize(
    "text",
    [
        opening("N", "ambulances = 2.5"),
        "[[scenario]]\nname = 'a'\n[[scenario.set-ambulances]]\nfacility = 's0'\nambulances = 1.5\n",
        "[[scenario]]\nname = 'a'\n[[scenario.upgrade]]\nfacility = 's0'\nambulances = 0.5\n",
        "[[sweep]]\nname = 'w'\n[sweep.grid]\nambulances = [1, 2.5]\n",
    ],
)
def test_an_ambulance_may_be_there_for_half_the_day(tmp_path: Path, text: str) -> None:
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    assert [found for found in read_scenarios(tmp_path / "s.toml", by_hand()).problems if found.level == "error"] == []


@pytest.mark.parametrize("number", ["-1", "inf", "nan"])
def test_no_ambulances_are_fewer_than_none_or_without_end(tmp_path: Path, number: str) -> None:
    text = f"[[scenario]]\nname = 'a'\n[[scenario.set-ambulances]]\nfacility = 's0'\nambulances = {number}\n"
    (found,) = problems(tmp_path, text)
    assert found.level == "error"


def test_a_candidate_with_half_a_bed_is_warned_of(tmp_path: Path) -> None:
    lon, lat = degrees(8.0, 5.0)
    text = f"name,lon,lat,beds\nN,{lon},{lat},1.5\nM,{lon},{lat},1\n"
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    (tmp_path / "s.toml").write_text(SWEEP + "'x.csv'\n", encoding="utf-8")
    found = read_scenarios(tmp_path / "s.toml", by_hand()).problems
    assert [(p.file, p.row, p.level) for p in found if p.code == "scenarios.not-whole"] == [("x.csv", 2, "warning")]


def test_what_is_not_open_cannot_be_closed(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "[[scenario]]\nname = 'a'\n[[scenario.close]]\nfacility = 'Planned'\n")
    assert (found.code, found.column) == ("scenarios.not-open", 'scenario "a", close 1, facility')
    assert "planned" in found.message("en")
    text = "[[scenario]]\nname = 'a'\n[[scenario.upgrade]]\nfacility = 'Planned'\nstatus = 'open'\n"
    (tmp_path / "s.toml").write_text(text + "[[scenario.close]]\nfacility = 'Planned'\n", encoding="utf-8")
    assert read_scenarios(tmp_path / "s.toml", by_hand()).count == 1


def corner_list(*rectangle: float, swapped: bool = False) -> str:
    pairs = [(lat, lon) if swapped else (lon, lat) for lon, lat in corners(*rectangle)]
    return "[" + ", ".join(f"[{one}, {other}]" for one, other in pairs) + "]"


@pytest.mark.parametrize("change", ["close-road", "speed", "residents"])
def test_an_area_outside_the_study_is_said(tmp_path: Path, change: str) -> None:
    """The study ends at 30 km; the sea is not a lack of roads."""
    text = f"[[scenario]]\nname = 'a'\n[[scenario.{change}]]\n" + ("" if change == "close-road" else "factor = 0.5\n")
    (found,) = problems(tmp_path, text + f"area = {corner_list(60, 4, 62, 6)}\n")
    assert (found.code, found.column) == ("scenarios.area-outside", f'scenario "a", {change} 1, area')
    (found,) = problems(tmp_path, text + f"area = {corner_list(20, 4, 22, 6, swapped=True)}\n")
    assert (found.code, found.column) == ("scenarios.polygon-swapped", f'scenario "a", {change} 1, area')


def test_swapped_corners_that_are_degrees_are_told_by_the_study() -> None:
    """At 111, 22 a swapped corner is no latitude, which is refused before; a model that was not checked is not."""
    made = Ground(by_hand())
    west, south = degrees(20.0, 4.0)
    box = shapely.box(west, south, west + 0.01, south + 0.01)
    assert made.beyond(Area.model_validate(box)) is None
    turned = shapely.box(south, west, south + 0.01, west + 0.01)
    swapped = made.beyond(Area.model_construct(name="swapped", wkt=shapely.to_wkt(turned)))
    assert swapped is not None
    assert swapped[0] == "scenarios.area-swapped"
    away = made.beyond(Area.model_validate(shapely.box(50, 22, 50.1, 22.1)))
    assert away is not None
    assert away[0] == "scenarios.area-outside"


def test_a_combination_of_a_sweep_that_leaves_nobody_is_warned_of(tmp_path: Path) -> None:
    lon, lat = degrees(15.0)
    site = f"[[sweep.candidate]]\nname = 'N'\nlon = {lon}\nlat = {lat}\n"
    grid = "[sweep.grid]\nresidents = [0, 1]\nambulances = [2, 3]\n"
    (tmp_path / "s.toml").write_text(f"[[sweep]]\nname = 'all'\n{site}{grid}", encoding="utf-8")
    batch = read_scenarios(tmp_path / "s.toml", by_hand())
    # Two of the four combinations; the others run.
    assert [(one.code, one.level) for one in batch.problems] == [("scenarios.nobody-left", "warning")] * 2
    assert [str(one.column).split(", ")[1] for one in batch.problems] == [
        f'scenario "residents 0 + ambulances {count}"' for count in (2, 3)
    ]
    evaluator = Evaluator(by_hand(), ())
    for scenario in batch:
        if "residents 0" in scenario.name:
            with pytest.raises(InputError) as raised:
                evaluator.evaluate(scenario)
            assert raised.value.problems[0].code == "scenarios.nobody-left"
        else:
            assert evaluator.evaluate(scenario).ok


@pytest.mark.parametrize("lang", LANGS)
def test_mistakes_of_a_list_of_candidates_do_not_speak_of_a_study_file(tmp_path: Path, lang: Lang) -> None:
    (lon, lat), path = degrees(15.0), tmp_path / "sites.csv"
    rows = f"名称,经度,纬度,床位,床位数,费用（万元）\n甲,{lon},{lat},abc,2,300\n"
    path.write_bytes(rows.encode("gb18030"))
    with pytest.raises(InputError) as raised:
        batch_from_candidates(path, by_hand())
    path.write_bytes(rows.replace("abc", "2").encode("gb18030"))
    problems = (*raised.value.problems, *batch_from_candidates(path, by_hand()).problems)
    codes = {problem.code for problem in problems}
    assert {"table.encoding-gb18030", "facilities.heading-twice"} <= codes
    assert "facilities.uncertainty" not in codes
    for problem in problems:
        assert "study file" not in problem.line(lang)
        assert "研究文件" not in problem.line(lang)


@pytest.mark.parametrize("change", ["factor = 0", "residents = 0"])
def test_somebody_must_be_left(tmp_path: Path, change: str) -> None:
    text = f"[[scenario]]\nname = 'a'\n[[scenario.residents]]\n{change}\n"
    (found,) = problems(tmp_path, text)
    assert found.code == "scenarios.nobody-left"
    assert found.column == f'scenario "a", residents 1, {change.split()[0]}'
    (tmp_path / "s.toml").write_text(text + "counties = ['甲县']\n", encoding="utf-8")
    assert read_scenarios(tmp_path / "s.toml", by_hand()).count == 1


@pytest.mark.parametrize(
    "text",
    [
        "[[scenario]]\nname = 'a'\nbaseline = 'b'\n",
        "[[sweep]]\nname = 'w'\nbaseline = ['b']\n[sweep.grid]\nspeed = [1]\n",
    ],
)
def test_nothing_is_suggested_where_there_is_nothing(tmp_path: Path, text: str) -> None:
    (found,) = problems(tmp_path, text)
    assert (found.code, found.value) == ("scenarios.no-scenario-at-all", "b")
    assert "Did you mean" not in found.message("en")
    assert "是否想写" not in found.message("zh")


def test_a_list_without_keys_is_to_be_corrected_itself(tmp_path: Path) -> None:
    lon, lat = degrees(8.0, 5.0)
    (tmp_path / "x.csv").write_text(f"spot,lon,lat\nN,{lon},{lat}\n", encoding="utf-8")
    for name, code in (("x.csv", "scenarios.given-heading"), ("none.csv", "scenarios.no-given-file")):
        with pytest.raises(InputError) as caught:
            batch_from_candidates(tmp_path / name, by_hand())
        assert code in {problem.code for problem in caught.value.problems}
        for problem in caught.value.problems:
            if problem.level == "error":
                assert "study file" not in problem.line("en")
