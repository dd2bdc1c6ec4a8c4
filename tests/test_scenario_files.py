"""Scenario files: what they may say, and every mistake with its file, table and key."""

from __future__ import annotations

import pickle
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from what_if import by_hand, corners, degrees

from carereach.errors import InputError, Problem
from carereach.layers.study import Study, open_study
from carereach.scenarios.apply import Applier
from carereach.scenarios.areas import read_area
from carereach.scenarios.changes import CloseRoad, Open
from carereach.scenarios.questions import batch_from_candidates, parse_place, scenario_from_close, scenario_from_open
from carereach.scenarios.scenario_files import files_of, read_scenarios
from carereach.scenarios.sweeps import Batch
from carereach.texts import LANGS


def place(x_km: float, y_km: float = 5.0) -> str:
    lon, lat = degrees(x_km, y_km)
    return f"lon = {lon}\nlat = {lat}"


def ground(*rectangle: float) -> str:
    return "[" + ", ".join(f"[{lon}, {lat}]" for lon, lat in corners(*rectangle)) + "]"


def read(folder: Path, text: str, study: Study | None = None) -> Batch:
    (folder / "s.toml").write_text(text, encoding="utf-8")
    return read_scenarios(folder / "s.toml", study or by_hand())


def problems(folder: Path, text: str, study: Study | None = None) -> list[Problem]:
    """What is wrong with a file; each is said in both languages."""
    with pytest.raises(InputError) as caught:
        read(folder, text, study)
    assert all(problem.line(lang) for problem in caught.value.problems for lang in LANGS)
    return list(caught.value.problems)


def flood(folder: Path, name: str = "flood.geojson", *, to: str = "EPSG:4326", **options: Any) -> Path:
    """The third county's west under water, as a file."""
    frame = gpd.GeoDataFrame(geometry=[shapely.Polygon(corners(20.2, 4, 24.8, 6))], crs=4326).to_crs(to)
    frame.to_file(folder / name, **options)
    return folder / name


# --- good files -----------------------------------------------------------------------------------------------------

ALL_CHANGES = f"""
[[scenario]]
name = "everything"
cost = 5

[[scenario.residents]]
factor = 1.1
counties = ["甲县"]

[[scenario.close-road]]
name = "东路"

[[scenario.close]]
facility = "East"
cost = -2

[[scenario.open]]
name = "North"
{place(18, 7)}
kind = "急救站"
ambulances = 2
cost = 100

[[scenario.open]]
name = "South"
{place(18, 3)}

[[scenario.move]]
facility = "s0"
{place(4)}

[[scenario.upgrade]]
facility = "Planned"
status = "open"
add-roles = ["急救网络"]

[[scenario.set-ambulances]]
facility = "South"
ambulances = 3

[[scenario.speed]]
kph = 40
classes = ["primary"]
period = "rush hour"
"""


def test_all_changes_in_their_order(tmp_path: Path) -> None:
    batch = read(tmp_path, ALL_CHANGES)
    (scenario,) = batch
    assert [change.change for change in scenario.changes] == [
        "open",
        "open",
        "move",
        "upgrade",
        "set-ambulances",
        "close",
        "speed",
        "close-road",
        "residents",
    ]
    assert scenario.cost == 103  # 5 + 100 - 2
    assert batch.problems == ()
    assert batch.files == (tmp_path / "s.toml",)
    found = Applier(by_hand()).apply(scenario)
    assert found.stations_changed
    assert found.roads_changed
    assert found.residents_changed


def test_underscores_are_understood_like_hyphens(tmp_path: Path) -> None:
    hyphens = read(tmp_path, ALL_CHANGES).at(0)
    underscores = ALL_CHANGES
    for word in ("close-road", "set-ambulances", "add-roles"):
        underscores = underscores.replace(word, word.replace("-", "_"))
    assert read(tmp_path, underscores).at(0).key == hyphens.key


def test_baselines_come_first_across_files(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        '[[scenario]]\nname = "c"\nbaseline = "b"\n[[scenario.close]]\nfacility = "N"\ncost = 1\n', encoding="utf-8"
    )
    (tmp_path / "b.toml").write_text(
        f'[[scenario]]\nname = "a"\ncost = 10\n[[scenario.open]]\nname = "N"\n{place(8)}\n'
        '[[scenario]]\nname = "b"\nbaseline = "a"\n[[scenario.set-ambulances]]\nfacility = "N"\nambulances = 4\n',
        encoding="utf-8",
    )
    batch = read_scenarios([tmp_path / "a.toml", tmp_path / "b.toml"], by_hand())
    by_name = {one.name: one for one in batch}
    assert [change.change for change in by_name["c"].changes] == ["open", "set-ambulances", "close"]
    assert by_name["c"].cost == 11
    assert [one.name for one in batch] == ["c", "a", "b"]  # as they are written


def test_areas_come_from_files_and_corners(tmp_path: Path) -> None:
    """All of these formats give the five km of the road that are partly wet."""
    flood(tmp_path)
    flood(tmp_path, "flood.gpkg", to="EPSG:32649", layer="water")
    flood(tmp_path, "flood.shp")
    text = "".join(
        f'[[scenario]]\nname = "{name}"\n[[scenario.close-road]]\narea = {area}\n'
        for name, area in (
            ("geojson", '"flood.geojson"'),
            ("gpkg", '{ path = "flood.gpkg", layer = "water" }'),
            ("shp", '"flood.shp"'),
            ("corners", ground(20.2, 4, 24.8, 6)),
        )
    )
    batch = read(tmp_path, text)
    applier = Applier(by_hand())
    for scenario in batch:
        factor = applier.apply(scenario).road_factor
        assert factor is not None
        assert (factor == float("inf")).sum() == 5, scenario.name
    names = [path.name for path in batch.files]
    assert names[:4] == ["s.toml", "flood.geojson", "flood.gpkg", "flood.shp"]
    assert {"flood.dbf", "flood.prj", "flood.shx"} <= set(names)
    assert set(files_of(tmp_path / "s.toml")) == set(batch.files)


def test_a_sweep_over_a_list_and_a_grid(tmp_path: Path) -> None:
    lon, lat = degrees(18)
    (tmp_path / "sites.csv").write_text(f"名称,经度,纬度,救护车\n北,{lon},{lat},1\n南,{lon},{lat - 0.01},\n", "utf-8")
    text = """
[[scenario]]
name = "flood"
[[scenario.close-road]]
name = "东路"
[[scenario]]
name = "growth low"
[[scenario.residents]]
factor = 1.1
[[scenario]]
name = "growth high"
baseline = "growth low"
[[scenario.residents]]
add = 1000
counties = ["丙区"]
[[sweep]]
name = "sites"
for-each = "sites.csv"
baseline = "flood"
[sweep.grid]
growth = ["growth low", "growth high"]
ambulances = [2, 3]
"""
    batch = read(tmp_path, text)
    assert batch.count == 3 + 2 * 2 * 2
    last = batch.at(batch.count - 1)
    assert last.name == "南 + flood + growth high + ambulances 3"
    assert [change.change for change in last.changes] == ["close-road", "residents", "residents", "open"]
    site = last.changes[-1]
    assert isinstance(site, Open)
    assert site.ambulances == 3
    assert last.group == "sites"
    assert pickle.loads(pickle.dumps(batch)).at(5).key == batch.at(5).key
    assert batch.files == (tmp_path / "s.toml", tmp_path / "sites.csv")


def test_a_sweep_over_proposed_sites_and_written_ones(tmp_path: Path) -> None:
    text = f"""
[[sweep]]
name = "proposed"
choose = 2
[sweep.propose]
from = "grid"
count = 4
spacing-km = 3
exclude = {ground(0, 0, 10, 10)}
[[sweep]]
name = "written"
[[sweep.candidate]]
name = "N"
{place(18)}
[[sweep]]
name = "hospitals"
[sweep.propose]
from = "facilities"
kinds = ["乡镇卫生院"]
"""
    batch = read(tmp_path, text)
    assert batch.count == 6 + 1 + 1
    assert [one.group for one in batch][5:] == ["proposed", "written", "hospitals"]
    first = batch.at(0).changes
    assert all(isinstance(one, Open) and one.county in {"乙市", "丙区"} for one in first)


# --- mistakes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "column", "suggested"),
    [
        ("# nothing\n", "scenarios.empty-file", None, ""),
        ("[[scenarios]]\nname = 1\n", "scenarios.unknown-key", "scenarios", "scenario"),
        ("[[scenario]]\n", "scenarios.missing-key", "scenario 1, name", ""),
        ("[[scenario]]\nname = 'a'\n[[scenario.clos]]\n", "scenarios.unknown-key", 'scenario "a", clos', "close"),
        (
            "[[scenario]]\nname = 'a'\n[[scenario.close]]\nfacilty = 's0'\n",
            "scenarios.unknown-key",
            'scenario "a", close 1, facilty',
            "facility",
        ),
        (
            "[[scenario]]\nname = 'a'\n[[scenario.close]]\nfacility = 'Wst'\n",
            "scenarios.no-facility",
            'scenario "a", close 1, facility',
            "West",
        ),
        (
            "[[scenario]]\nname = 'a'\nbaseline = 'B'\n[[scenario]]\nname = 'b'\n",
            "scenarios.no-scenario",
            'scenario "a", baseline',
            "b",
        ),
        ("[[scenario]]\nname = 'a'\nbaseline = 'a'\n", "scenarios.circle", 'scenario "a", baseline', ""),
        ("[[scenario]]\nname = 'a'\n[[scenario]]\nname = 'a'\n", "scenarios.table-twice", 'scenario "a"', ""),
        (
            "[[scenario]]\nname = 'a'\n[[scenario.speed]]\nfactor = 0.5\nclasses = ['primry']\n",
            "scenarios.no-road-class",
            'scenario "a", speed 1, classes',
            "primary",
        ),
        (
            "[[scenario]]\nname = 'a'\n[[scenario.close-road]]\nname = '东大路'\n",
            "scenarios.no-road-name",
            'scenario "a", close-road 1, name',
            "东路",
        ),
        (
            "[[scenario]]\nname = 'a'\n[[scenario.residents]]\nfactor = 2\ncounties = ['甲']\n",
            "scenarios.no-county",
            'scenario "a", residents 1, counties',
            "甲县",
        ),
        (
            "[[scenario]]\nname = 'a'\n[[scenario.residents]]\nfactor = 2\nadd = 1\n",
            "scenarios.one-of-keys",
            'scenario "a", residents 1',
            "",
        ),
        ("[[sweep]]\nname = 'w'\n", "scenarios.sweeps-nothing", 'sweep "w"', ""),
        (
            "[[sweep]]\nname = 'w'\nfor_eech = 'x.csv'\nbaseline = 'x'\n",
            "scenarios.unknown-key",
            'sweep "w", for_eech',
            "for-each",
        ),
        (
            "[[scenario]]\nname = 'a'\n[[sweep]]\nname = 'w'\nbaseline = 'A'\n",
            "scenarios.no-scenario",
            'sweep "w", baseline',
            "a",
        ),
        (
            "[[sweep]]\nname = 'w'\n[sweep.grid]\nspede = [0.5]\n",
            "scenarios.no-parameter",
            'sweep "w", grid, spede',
            "speed",
        ),
        ("[[sweep]]\nname = 'w'\n[sweep.grid]\nspeed = []\n", "scenarios.no-values", 'sweep "w", grid, speed', ""),
        ("[[sweep]]\nname = 'w'\n[sweep.grid]\nspeed = [0]\n", "toml.at-least", 'sweep "w", grid, speed', ""),
        (
            "[[sweep]]\nname = 'w'\n[sweep.grid]\nspeed = [1, 1]\n",
            "scenarios.value-twice",
            'sweep "w", grid, speed',
            "",
        ),
        (
            "[[sweep]]\nname = 'w'\n[sweep.propose]\nfrom = 'junction'\n",
            "toml.one-of",
            'sweep "w", propose, from',
            "junctions",
        ),
        (
            "[[sweep]]\nname = 'w'\n[sweep.propose]\nfrom = 'facilities'\n",
            "scenarios.kinds-of-facilities",
            'sweep "w", propose',
            "",
        ),
        (
            "[[sweep]]\nname = 'w'\n[sweep.propose]\nfrom = 'facilities'\nkinds = ['cdc']\n",
            "scenarios.none-of-kind",
            'sweep "w", propose',
            "",
        ),
        (
            "[[sweep]]\nname = 'w'\nfor-each = 'a.csv'\n[sweep.propose]\nfrom = 'grid'\n",
            "scenarios.candidates-twice",
            'sweep "w"',
            "",
        ),
        (
            "[[sweep]]\nname = 'w'\n[sweep.grid]\nspeed = [1]\n[[sweep]]\nname = 'w'\n[sweep.grid]\nspeed = [2]\n",
            "scenarios.sweep-twice",
            'sweep "w"',
            "",
        ),
        ("[[scenario]\n", "toml.syntax", None, ""),
    ],
)
def test_a_mistake_says_where_and_what_was_meant(
    tmp_path: Path, text: str, code: str, column: str | None, suggested: str
) -> None:
    found = [problem for problem in problems(tmp_path, text) if problem.code == code]
    assert found, [str(problem) for problem in problems(tmp_path, text)]
    assert found[0].file == "s.toml"
    assert found[0].column == column
    assert suggested in found[0].message("en")


def test_all_mistakes_of_all_files_are_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        f"""
[[scenario]]
name = "a"
[[scenario.close]]
facility = "nobody"
[[scenario.close-road]]
area = "none.geojson"
[[scenario.open]]
name = "sea"
{place(60)}
[[scenario]]
name = "b"
baseline = "a"
[[scenario.close]]
facility = "no-one"
[[sweep]]
name = "w"
for-each = "none.csv"
""",
        encoding="utf-8",
    )
    (tmp_path / "b.toml").write_text("[[scenario]]\nname = 'a'\n[[scenario.residents]]\nfactor = -1\n", "utf-8")
    (tmp_path / "c.toml").write_text("[[scenario]]\nname = 'a'\n[[scenario.close]]\nfacility = 'x'\n", "utf-8")
    with pytest.raises(InputError) as caught:
        read_scenarios([tmp_path / f"{one}.toml" for one in "abc"], by_hand())
    found = {(problem.code, problem.file, problem.column) for problem in caught.value.problems}
    assert found == {
        ("scenarios.no-facility", "a.toml", 'scenario "a", close 1, facility'),
        ("scenarios.area-file", "a.toml", 'scenario "a", close-road 1, area'),
        ("scenarios.no-file", "none.geojson", None),
        ("scenarios.outside-all", "a.toml", 'scenario "a", open 1, lon, lat'),
        ("scenarios.no-facility", "a.toml", 'scenario "b", close 1, facility'),
        ("scenarios.no-file", "none.csv", None),
        ("scenarios.list-file", "a.toml", 'sweep "w", for-each'),
        ("toml.at-least", "b.toml", 'scenario "a", residents 1, factor'),
        ("scenarios.table-twice", "c.toml", 'scenario "a"'),
        ("scenarios.no-facility", "c.toml", 'scenario "a", close 1, facility'),
    }


def test_a_change_that_a_baseline_makes_impossible_is_said_once_at_its_place(tmp_path: Path) -> None:
    """The second scenario closes again what the first closed; the third is fine but for its baseline's fault."""
    text = "".join(
        f"[[scenario]]\nname = '{name}'\n{base}[[scenario.close]]\nfacility = '{closed}'\n"
        for name, base, closed in (
            ("a", "", "East"),
            ("b", "baseline = 'a'\n", "s1"),
            ("c", "baseline = 'b'\n", "Hospital"),
        )
    )
    (problem,) = problems(tmp_path, text)
    assert (problem.code, problem.column) == ("scenarios.is-closed", 'scenario "b", close 1, facility')


def test_a_chain_of_baselines_may_be_long(tmp_path: Path) -> None:
    """Longer than Python's stack: year after year, each on the year before, the last one written first."""
    years = ["[[scenario]]\nname = '0'\ncost = 1\n"]
    years += [f"[[scenario]]\nname = '{n}'\nbaseline = '{n - 1}'\n" for n in range(1, 1500)]
    batch = read(tmp_path, "".join(reversed(years)))
    assert batch.count == 1500
    assert {one.cost for one in batch} == {1.0}


def test_closing_the_last_station_is_an_error_that_names_it(tmp_path: Path) -> None:
    text = "[[scenario]]\nname = 'a'\n[[scenario.close]]\nfacility = 's0'\n[[scenario.close]]\nfacility = 's1'\n"
    (problem,) = problems(tmp_path, text)
    assert (problem.code, problem.column) == ("scenarios.last-station", 'scenario "a", close 2, facility')
    assert "East" in problem.message("en")


def test_a_new_station_that_is_none_is_a_warning(tmp_path: Path) -> None:
    text = f"[[scenario]]\nname = 'a'\n[[scenario.open]]\nname = 'N'\n{place(18)}\n"
    study = by_hand(stations={"kinds": [], "roles": ["ems.network"]})
    (warning,) = read(tmp_path, text, study).problems
    assert (warning.code, warning.level) == ("scenarios.not-a-station", "warning")
    assert read(tmp_path, text + "roles = ['急救网络']\n", study).problems == ()


@pytest.mark.parametrize(
    "content",
    [
        "not json",
        '{"type": "FeatureCollection", "features": []}',
        '{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [111, 22.6]}}',
        '{"type": "Feature", "properties": {}, "geometry":'
        ' {"type": "Polygon", "coordinates": [[[500000, 1], [2, 3], [4, 9], [500000, 1]]]}}',
    ],
)
def test_a_broken_polygon_file_names_itself_and_the_key(tmp_path: Path, content: str) -> None:
    (tmp_path / "flood.geojson").write_text(content, encoding="utf-8")
    text = "[[scenario]]\nname = 'a'\n[[scenario.close-road]]\narea = 'flood.geojson'\n"
    found = problems(tmp_path, text)
    assert {problem.file for problem in found} == {"flood.geojson", "s.toml"}
    assert [problem.column for problem in found if problem.file == "s.toml"] == ['scenario "a", close-road 1, area']


@pytest.mark.parametrize("path", ["/vsicurl/http://127.0.0.1/x.gpkg", "http://127.0.0.1/x.geojson", "x.vrt"])
def test_an_area_is_a_file_of_this_computer(tmp_path: Path, path: str) -> None:
    """GDAL would follow addresses and virtual paths."""
    (tmp_path / "x.vrt").write_text("<OGRVRTDataSource></OGRVRTDataSource>", encoding="utf-8")
    found = problems(tmp_path, f"[[scenario]]\nname = 'a'\n[[scenario.close-road]]\narea = '{path}'\n")
    assert "scenarios.area-file" in {problem.code for problem in found}


def test_a_mended_polygon_is_said(tmp_path: Path) -> None:
    west, south = degrees(20.2, 4)
    bow = [(west, south), (west + 0.05, south + 0.03), (west + 0.05, south), (west, south + 0.03)]
    frame = gpd.GeoDataFrame(geometry=[shapely.Polygon(bow)], crs=4326)
    frame.to_file(tmp_path / "flood.geojson")
    batch = read(tmp_path, "[[scenario]]\nname = 'a'\n[[scenario.close-road]]\narea = 'flood.geojson'\n")
    assert [problem.code for problem in batch.problems] == ["boundaries.mended"]
    assert read_area(tmp_path / "flood.geojson").geometry.is_valid


# --- sweeps go on without their bad candidates ----------------------------------------------------------------------


def sites(folder: Path, *xs: float) -> None:
    rows = [f"N{i},{degrees(x)[0]},{degrees(x)[1]}" for i, x in enumerate(xs)]
    (folder / "sites.csv").write_text("\n".join(["name,lon,lat", *rows, ""]), encoding="utf-8")


def test_a_candidate_in_the_sea_is_a_warning_and_the_others_finish(tmp_path: Path) -> None:
    sites(tmp_path, 8, 60, 18)
    study = by_hand()
    batch = read(tmp_path, "[[sweep]]\nname = 'w'\nfor-each = 'sites.csv'\n", study)
    assert [(p.level, p.code, p.file, p.row) for p in batch.problems if p.code.startswith("scenarios")] == [
        ("warning", "scenarios.outside-all", "sites.csv", 3),
        ("warning", "scenarios.candidates-fail", "s.toml", None),
    ]
    applier = Applier(study)
    fates = []
    for scenario in batch:
        try:
            applier.apply(scenario)
            fates.append("done")
        except InputError as error:
            fates.append(error.problems[0].code)
    assert fates == ["done", "scenarios.outside-all", "done"]


def test_a_list_of_which_nothing_fits_is_an_error(tmp_path: Path) -> None:
    sites(tmp_path, 50, 60)
    codes = {
        p.code for p in problems(tmp_path, "[[sweep]]\nname = 'w'\nfor-each = 'sites.csv'\n") if p.level == "error"
    }
    assert codes == {"scenarios.no-candidate-fits"}


def test_assumptions_that_contradict_each_other_are_a_warning(tmp_path: Path) -> None:
    text = """
[[scenario]]
name = "a"
[[scenario.close]]
facility = "s0"
[[scenario]]
name = "b"
[[scenario.close]]
facility = "West"
[[scenario]]
name = "c"
[[sweep]]
name = "w"
[sweep.grid]
one = ["a", "c"]
other = ["b"]
"""
    batch = read(tmp_path, text)
    (warning,) = batch.problems
    assert (warning.code, warning.level) == ("scenarios.is-closed", "warning")
    assert warning.column == 'sweep "w", scenario "a + b", close 2, facility'
    assert batch.count == 5


def test_names_that_meet_by_chance_are_refused(tmp_path: Path) -> None:
    text = f"""
[[scenario]]
name = "flood"
[[scenario]]
name = "N + flood"
[[sweep]]
name = "w"
baseline = "flood"
[[sweep.candidate]]
name = "N"
{place(18)}
"""
    (problem,) = problems(tmp_path, text)
    assert (problem.code, problem.value) == ("scenarios.name-twice", "N + flood")


def test_written_candidates_need_ids_of_their_own(tmp_path: Path) -> None:
    one = f"[[sweep.candidate]]\nname = 'N'\nid = 'n'\n{place(18)}\n"
    (problem,) = problems(tmp_path, f"[[sweep]]\nname = 'w'\n{one}{one}")
    assert (problem.code, problem.column) == ("scenarios.id-taken", 'sweep "w", candidate 2, id')


# --- questions without a file ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("109.6292,22.6367", (109.6292, 22.6367)),
        (" 109.6292 ， 22.6367 ", (109.6292, 22.6367)),
        ("-51.2,-30.05", (-51.2, -30.05)),
        ("109°30'E, 22°15'N", (109.5, 22.25)),
    ],
)
def test_a_place_is_read_as_people_write_it(text: str, expected: tuple[float, float]) -> None:
    assert parse_place(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    "text", ["", "109.6", "109.6 22.6", "a,b", "109.6,22.6,5", "200,22", "109.6,95", "nan,22", ","]
)
def test_a_place_that_is_none_is_said(text: str) -> None:
    with pytest.raises(InputError, match=r"longitude and a latitude with a comma"):
        parse_place(text)


def test_swapped_coordinates_are_told_by_the_study() -> None:
    lon, lat = degrees(18)
    with pytest.raises(InputError, match=f"Write the longitude first: {lon:g},{lat:g}"):
        parse_place(f"{lat},{lon}", by_hand())


def test_one_new_station_without_a_file() -> None:
    study, (lon, lat) = by_hand(), degrees(18)
    scenario = scenario_from_open(f"{lon},{lat}", study, ambulances=2)
    (site,) = scenario.changes
    assert isinstance(site, Open)
    assert (site.kind, site.ambulances, scenario.name) == ("ems.station", 2, f"{lon:.5f},{lat:.5f}")
    role = scenario_from_open(f"{lon},{lat}", by_hand(stations={"kinds": [], "roles": ["ems.network"]}))
    assert isinstance(role.changes[0], Open)
    assert role.changes[0].roles == ("ems.network",)
    assert len(scenario_from_open([f"{lon},{lat}", f"{lon + 0.01},{lat}"], study).changes) == 2


def test_a_question_that_makes_no_sense_says_all_that_is_wrong() -> None:
    study, (lon, lat) = by_hand(), degrees(60)
    with pytest.raises(InputError) as caught:
        scenario_from_open(["x", "y,z"], study, kind="hosptal")
    assert [p.code for p in caught.value.problems] == ["study.facility-kind", *["scenarios.coordinates"] * 2]
    with pytest.raises(InputError, match="outside every county"):
        scenario_from_open(f"{lon},{lat}", study)
    with pytest.raises(InputError, match="at least 0"):
        scenario_from_open("111.1,22.6", study, ambulances=-1)
    with pytest.raises(InputError, match="Did you mean West"):
        scenario_from_close("Wst", study)
    assert scenario_from_close(["West"], study).name == "− West"


def test_candidates_without_a_file(tmp_path: Path) -> None:
    sites(tmp_path, 8, 60, 18)
    study = by_hand()
    listed = batch_from_candidates(tmp_path / "sites.csv", study)
    assert listed.count == 3
    assert [problem.row for problem in listed.problems if problem.row] == [3]
    assert listed.files == (tmp_path / "sites.csv",)
    assert batch_from_candidates(tmp_path / "sites.csv", study, choose=2).count == 3
    assert batch_from_candidates("grid:5", study).count > 0
    assert batch_from_candidates("facilities:primary.township", study).count == 1
    for wrong in ("sites", "junctions:x", "junctions:0", "grid:0", "facilities:"):
        with pytest.raises(InputError, match="neither a file nor a way"):
            batch_from_candidates(wrong, study)
    with pytest.raises(InputError, match="no kind of facility"):
        batch_from_candidates("facilities:hosptal", study)
    with pytest.raises(InputError, match="does not exist"):
        batch_from_candidates(tmp_path / "none.xlsx", study)


# --- the document and the examples ----------------------------------------------------------------------------------


def test_the_reference_is_up_to_date_and_its_python_runs(repo: Path, tmp_path: Path) -> None:
    made: Callable[[], str] = runpy.run_path(str(repo / "docs" / "make_scenario_reference.py"))["reference"]
    page = (repo / "docs" / "scenario-file.md").read_text(encoding="utf-8")
    assert made() == page, "write it anew: python docs/make_scenario_reference.py"
    program = page.partition("```python\n")[2].partition("```")[0]
    shown: dict[str, Any] = {}
    flood(tmp_path)
    exec(program.replace("flood.geojson", str(tmp_path / "flood.geojson")), shown)
    assert f'# {shown["batch"].count}, "{shown["batch"].at(2).name}"' in program
    assert isinstance(shown["flood"].changes[0], CloseRoad)


def test_the_tutorial_example_makes_sense(repo: Path) -> None:
    batch = read_scenarios(repo / "examples" / "tutorial" / "scenarios.toml", open_study("tutorial"))
    assert batch.count == 8 + 500 * 3 * 2
    assert batch.problems == ()


def test_the_porto_alegre_example_makes_sense(repo: Path, shared_data: Path) -> None:
    assert shared_data.is_dir()
    study = open_study(repo / "examples" / "porto_alegre")
    batch = read_scenarios(repo / "examples" / "porto_alegre" / "scenarios.toml", study)
    assert batch.count == 5 + 500 * 3 * 2
    assert batch.problems == ()
    readme = (repo / "docs" / "scenario-file.md").read_text(encoding="utf-8")
    assert batch.at(5 + 3).name in " ".join(readme.split())
