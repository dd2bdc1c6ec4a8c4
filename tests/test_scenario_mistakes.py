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
from carereach.scenarios.asked import Asked
from carereach.scenarios.batch import run
from carereach.scenarios.scenario_files import read_scenarios
from carereach.texts import LANGS

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
        (opening("N", "ambulances = 2.5"), 'scenario "a", open 1, ambulances'),
        (opening("N", "beds = 0.5"), 'scenario "a", open 1, beds'),
        (
            "[[scenario]]\nname = 'a'\n[[scenario.set-ambulances]]\nfacility = 's0'\nambulances = 1.5\n",
            'scenario "a", set-ambulances 1, ambulances',
        ),
        (
            "[[scenario]]\nname = 'a'\n[[scenario.upgrade]]\nfacility = 's0'\nbeds = 1.5\n",
            'scenario "a", upgrade 1, beds',
        ),
        ("[[sweep]]\nname = 'w'\n[sweep.grid]\nambulances = [1, 2.5]\n", 'sweep "w", grid, ambulances'),
    ],
)
def test_ambulances_and_beds_are_whole(tmp_path: Path, text: str, column: str) -> None:
    (found,) = problems(tmp_path, text)
    assert (found.code, found.column) == ("scenarios.not-whole", column)


def test_a_candidate_with_half_an_ambulance_is_warned_of(tmp_path: Path) -> None:
    lon, lat = degrees(8.0, 5.0)
    text = f"name,lon,lat,ambulances\nN,{lon},{lat},1.5\nM,{lon},{lat},1\n"
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
