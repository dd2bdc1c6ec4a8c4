"""The embedded studies and the examples: made again they are the same, they say what they are, nothing is invented."""

from __future__ import annotations

import csv
import io
import itertools
import tomllib
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import osmium
import pandas as pd
import pytest
import rasterio
import shapely
from pandas.testing import assert_frame_equal
from pyproj import Geod

from carereach.coverage.assess import assess
from carereach.coverage.rules import read_plan
from carereach.files import sha256
from carereach.layers.areas import make_guangxi, make_tutorial
from carereach.layers.areas.making import facilities as made_facilities
from carereach.layers.areas.making import world
from carereach.layers.datum import gcj02_to_wgs84
from carereach.layers.settings import StudyFile
from carereach.layers.study import Study, open_study

STUDIES = ("layers/areas/tutorial", "layers/areas/yulin", "layers/areas/qinzhou")
EXAMPLES = ("examples/porto_alegre", "examples/own_city")
GUANGXI = ("yulin", "qinzhou")


@pytest.fixture(scope="module")
def areas(repo: Path) -> Path:
    return repo / "layers" / "areas"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tutorial's data made anew."""
    folder = tmp_path_factory.mktemp("tutorial")
    make_tutorial.make(folder)
    return folder


@pytest.fixture(scope="module")
def tutorial() -> Study:
    return open_study("tutorial")


@pytest.fixture(scope="module")
def town_graph(areas: Path) -> nx.Graph:
    """The tutorial's ways as an undirected graph with km on the ellipsoid, read without carereach."""
    return _graph(areas / "tutorial" / "roads.osm.pbf")


def _entities(path: Path) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for thing in osmium.FileProcessor(str(path)):
        tags = tuple(sorted((tag.k, tag.v) for tag in thing.tags))
        if thing.is_node():
            found.append(("n", thing.id, thing.location.lon, thing.location.lat, tags))
        elif thing.is_way():
            found.append(("w", thing.id, tuple(node.ref for node in thing.nodes), tags))
        else:
            found.append(("r", thing.id, tuple((m.type, m.ref, m.role) for m in thing.members), tags))
    return found


def _graph(path: Path) -> nx.Graph:
    places: dict[int, tuple[float, float]] = {}
    graph: nx.Graph = nx.Graph()
    measure = Geod(ellps="WGS84")
    for entity in _entities(path):
        if entity[0] == "n":
            places[entity[1]] = (entity[2], entity[3])  # type: ignore[index,assignment]
        elif entity[0] == "w":
            nodes, tags = entity[2], dict(entity[3])  # type: ignore[call-overload]
            for a, b in itertools.pairwise(nodes):  # type: ignore[call-overload]
                metres = measure.inv(*places[a], *places[b])[2]
                graph.add_edge(a, b, km=metres / 1000, ferry="route" in tags, bridge="bridge" in tags)
    nx.set_node_attributes(graph, places, "place")
    return graph


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


# --- the files of all studies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", STUDIES + EXAMPLES)
def test_study_file_is_valid_and_bilingual(repo: Path, folder: str) -> None:
    content = (repo / folder / "study.toml").read_text(encoding="utf-8")
    study = StudyFile.model_validate(tomllib.loads(content))
    assert study.name.casefold().replace(" ", "_").startswith(Path(folder).name)
    assert study.title is not None and study.note is not None
    assert study.title.zh != study.title.en


@pytest.mark.parametrize("folder", STUDIES + EXAMPLES)
def test_every_layer_says_its_source(repo: Path, folder: str) -> None:
    study = StudyFile.model_validate(tomllib.loads((repo / folder / "study.toml").read_text(encoding="utf-8")))
    layers = (study.boundaries, study.roads, study.people, *study.facilities)
    assert all(layer.source for layer in layers)


@pytest.mark.parametrize("folder", STUDIES)
def test_every_data_file_stands_in_the_readme(repo: Path, folder: str) -> None:
    readme = (repo / folder / "README.md").read_text(encoding="utf-8")
    data = [f.name for f in (repo / folder).iterdir() if f.name not in {"README.md", "study.toml"}]
    assert data
    assert [name for name in data if f"`{name}`" not in readme] == []


@pytest.mark.parametrize("folder", STUDIES)
def test_texts_are_plain_utf8_and_folders_small(repo: Path, folder: str) -> None:
    files = list((repo / folder).iterdir())
    texts = [f for f in files if f.suffix in {".csv", ".geojson", ".toml", ".md"}]
    assert texts
    for file in texts:
        content = file.read_bytes()
        assert not content.startswith(b"\xef\xbb\xbf"), file.name
        assert b"\r" not in content, file.name
        content.decode("utf-8")
    assert sum(f.stat().st_size for f in files) < 3_000_000


# --- the tutorial: made from a seed ---------------------------------------------------------------------------------


def test_two_runs_give_the_same_bytes(made: Path, tmp_path: Path) -> None:
    make_tutorial.make(tmp_path)
    assert sorted(f.name for f in tmp_path.iterdir()) == sorted(make_tutorial.FILES)
    for name in make_tutorial.FILES:
        assert sha256(tmp_path / name) == sha256(made / name), name


@pytest.mark.parametrize("name", ["census", "seats", "beds", "staff", "people", "attributes"])
def test_tables_made_again_are_those_shipped(areas: Path, made: Path, name: str) -> None:
    shipped = (areas / "tutorial" / f"{name}.csv").read_text(encoding="utf-8")
    assert (made / f"{name}.csv").read_text(encoding="utf-8") == shipped


def test_facility_list_made_again_is_the_one_shipped(areas: Path, made: Path) -> None:
    shipped, again = (
        pd.read_excel(folder / "facilities.xlsx", engine="openpyxl") for folder in (areas / "tutorial", made)
    )
    assert_frame_equal(again, shipped, rtol=0, atol=1e-6)


def test_population_made_again_is_the_one_shipped(areas: Path, made: Path) -> None:
    with (
        rasterio.open(areas / "tutorial" / "population.tif") as shipped,
        rasterio.open(made / "population.tif") as again,
    ):
        assert (shipped.crs, shipped.transform, shipped.nodata) == (again.crs, again.transform, again.nodata)
        np.testing.assert_allclose(again.read(1), shipped.read(1), rtol=0, atol=0.011)


def test_roads_made_again_are_those_shipped(areas: Path, made: Path) -> None:
    shipped, again = _entities(areas / "tutorial" / "roads.osm.pbf"), _entities(made / "roads.osm.pbf")
    assert len(again) == len(shipped)
    assert [e for e in again if e[0] != "n"] == [e for e in shipped if e[0] != "n"]
    places = [np.array([e[2:4] for e in side if e[0] == "n"], dtype=float) for side in (shipped, again)]
    np.testing.assert_allclose(places[1], places[0], rtol=0, atol=2e-7)


@pytest.mark.parametrize("name", ["townships.gpkg", "counties.geojson", "zones.geojson"])
def test_outlines_made_again_are_those_shipped(areas: Path, made: Path, name: str) -> None:
    shipped, again = gpd.read_file(areas / "tutorial" / name), gpd.read_file(made / name)
    assert_frame_equal(pd.DataFrame(again.drop(columns="geometry")), pd.DataFrame(shipped.drop(columns="geometry")))
    assert shipped.geometry.geom_equals_exact(again.geometry, 2e-7).all()


# --- the tutorial: what it is ---------------------------------------------------------------------------------------


def test_tutorial_says_everywhere_that_it_is_fictional(areas: Path, tutorial: Study) -> None:
    settings = tutorial.settings
    assert settings.title is not None and settings.note is not None
    for text in (settings.title.zh, settings.note.zh):
        assert "虚构" in text
    for text in (settings.title.en, settings.note.en, (areas / "tutorial" / "README.md").read_text(encoding="utf-8")):
        assert "fictional" in text
    assert all("fictional" in source for source in tutorial.facilities.frame["source"])


def test_tutorial_lies_where_no_datum_shifts(areas: Path) -> None:
    west, south, east, north = gpd.read_file(areas / "tutorial" / "counties.geojson").total_bounds
    assert 114.0 < west < east < 114.8
    assert 19.5 < south < north < 20.2
    lon, lat = gcj02_to_wgs84(np.array([west, east]), np.array([south, north]))
    np.testing.assert_array_equal(np.column_stack([lon, lat]), [[west, south], [east, north]])


def test_counties_are_exactly_their_townships(areas: Path) -> None:
    towns = gpd.read_file(areas / "tutorial" / "townships.gpkg")
    counties = gpd.read_file(areas / "tutorial" / "counties.geojson")
    assert len(towns) == 26
    assert len(counties) == 3
    assert shapely.coverage_is_valid(towns.geometry.to_numpy())
    assert shapely.coverage_is_valid(counties.geometry.to_numpy())
    for name, outline in zip(counties["county"], counties.geometry, strict=True):
        parts = shapely.union_all(towns.geometry[towns["县区"] == name].to_numpy())
        assert parts.symmetric_difference(outline).area == pytest.approx(0.0, abs=1e-12)


def test_every_seat_lies_in_its_township(areas: Path) -> None:
    towns = gpd.read_file(areas / "tutorial" / "townships.gpkg")
    seats = gpd.points_from_xy(*world.to_lonlat(np.array([(p.x, p.y) for p in world.PLACES])).T)
    assert towns["乡镇"].tolist() == [p.name for p in world.PLACES]
    assert towns.geometry.contains(gpd.GeoSeries(seats, crs=4326)).all()


def test_people_are_scaled_to_the_census(tutorial: Study) -> None:
    # 412,600 + 301,300 + 186,100 = 900,000; the grid has about 880,000, which is the sum of the places' thousands.
    by_county = tutorial.people.frame.groupby("county")["residents"].sum()
    assert by_county.to_dict() == pytest.approx({"禾城区": 412_600, "汐湾县": 301_300, "云岫县": 186_100})
    assert sum(p.thousands for p in world.PLACES) == 880
    with rasterio.open(tutorial.folder / "population.tif") as raster:
        cells = raster.read(1, masked=True)
        assert raster.crs.to_epsg() == 32650
    assert cells.sum() == pytest.approx(880_000, rel=1e-3)
    assert 0.15 < np.ma.getmaskarray(cells).mean() < 0.5


def test_nobody_lives_where_no_road_leads(tutorial: Study) -> None:
    islet = gpd.GeoSeries([shapely.transform(world.lighthouse_island(), world.to_lonlat)], crs=4326)
    there = tutorial.people.frame.geometry.within(islet.to_crs(tutorial.people.frame.crs).iloc[0])
    assert tutorial.people.frame["residents"][there].sum() == 0


def test_facilities_of_the_tutorial(tutorial: Study) -> None:
    frame = tutorial.facilities.frame
    assert len(frame) == len(made_facilities.entries()) == 69
    assert (frame["kind"] == "ems.centre").sum() == 1
    stations = frame[frame["kind"] == "ems.station"]
    assert stations["status"].value_counts().to_dict() == {"open": 12, "planned": 2, "closed": 1}
    assert (stations.loc[stations["status"] == "open", "run_by"] == "city").sum() == 2
    assert set(frame["precision"]) == {"exact", "street", "township", "unlocated"}
    assert set(frame["status"]) == {"open", "planned", "under construction", "closed"}
    unlocated = frame[frame["precision"] == "unlocated"]
    assert sorted(unlocated["kind"]) == ["blood.temporary", "primary.community"]
    assert unlocated.geometry.isna().all()
    # every town or township has one health centre, every street one community centre
    assert (frame["kind"] == "primary.township").sum() == 21
    assert (frame["kind"] == "primary.community").sum() == 5


def test_beds_of_the_tutorial_are_those_of_its_list(areas: Path) -> None:
    listed = pd.read_excel(areas / "tutorial" / "facilities.xlsx", engine="openpyxl")
    sums = listed[listed["状态"] == "在用"].groupby("县区")["床位数"].sum()
    beds = pd.read_csv(areas / "tutorial" / "beds.csv", index_col="county")["beds"]
    assert beds.to_dict() == sums.to_dict()


def test_attributes_of_the_tutorial_are_of_listed_facilities(areas: Path) -> None:
    listed = pd.read_excel(areas / "tutorial" / "facilities.xlsx", engine="openpyxl")
    said = pd.read_csv(areas / "tutorial" / "attributes.csv")
    assert set(zip(said["name"], said["county"], strict=True)) <= set(zip(listed["名称"], listed["县区"], strict=True))
    assert said["name"].is_unique


def test_tutorial_opens_with_the_warnings_meant_for_it(tutorial: Study) -> None:
    codes = {p.code for p in tutorial.problems}
    assert codes == {"people.calibrated", "roads.turn-restrictions", "roads.people-islet"}


def test_roads_have_what_readers_trip_over(areas: Path) -> None:
    entities = _entities(areas / "tutorial" / "roads.osm.pbf")
    ways = [dict(e[3]) for e in entities if e[0] == "w"]  # type: ignore[call-overload]
    assert 8_000 <= sum(e[0] == "n" for e in entities) <= 12_000
    assert sum(e[0] == "r" for e in entities) == 1
    classes = {way.get("highway") for way in ways}
    assert classes >= {"motorway", "motorway_link", "trunk", "primary", "secondary", "tertiary", "residential"}
    assert classes >= {"unclassified", "track", "footway", "construction", "service", None}
    assert {way.get("oneway") for way in ways} >= {"yes", "-1", None}
    assert [way for way in ways if way.get("junction") == "roundabout" and "oneway" not in way]
    assert [way for way in ways if way.get("route") == "ferry" and way.get("duration")]
    assert {way.get("maxspeed") for way in ways} >= {"100", "80", "60", "CN:urban", None}
    assert all("name:en" in way for way in ways if way.get("highway") in {"trunk", "primary"})
    barriers = {dict(e[4]).get("barrier") for e in entities if e[0] == "n"}  # type: ignore[call-overload]
    assert barriers >= {"gate", "bollard", "lift_gate", "cattle_grid"}


def test_roads_are_one_network_and_two_lone_pieces(town_graph: nx.Graph) -> None:
    pieces = sorted(len(piece) for piece in nx.connected_components(town_graph))
    assert len(pieces) == 3
    assert pieces[-2] < 20
    without_ferry = nx.Graph([(a, b) for a, b, ferry in town_graph.edges.data("ferry") if not ferry])
    assert nx.number_connected_components(without_ferry) == 4


def test_only_bridges_cross_the_river(town_graph: nx.Graph) -> None:
    river = shapely.transform(world.RIVER, world.to_lonlat)
    place = nx.get_node_attributes(town_graph, "place")
    edges = list(town_graph.edges)
    lines = shapely.linestrings([[place[a], place[b]] for a, b in edges])
    crossing = [edge for edge, wet in zip(edges, shapely.intersects(lines, river), strict=True) if wet]
    assert all(town_graph.edges[edge]["bridge"] for edge in crossing)
    # two in the city, one near Yuncheng, and the motorway's two carriageways
    assert len(crossing) == 5


def test_the_valley_is_beyond_thirty_minutes(town_graph: nx.Graph, tutorial: Study) -> None:
    """On the shortest way, whatever the direction, driven at 40 km/h, the high speed of such roads."""
    frame = tutorial.facilities.frame
    open_stations = frame[
        (frame["status"] == "open") & ((frame["kind"] == "ems.station") | frame["roles"].str.contains("ems"))
    ]
    lonlat = open_stations.to_crs(4326).geometry
    place = nx.get_node_attributes(town_graph, "place")
    nodes = np.array(list(place))
    xy = np.array([place[n] for n in nodes])
    starts = {int(nodes[np.hypot(*(xy - (p.x, p.y)).T).argmin()]) for p in lonlat}
    valley = world.place(world.REMOTE)
    seat = world.to_lonlat(np.array([[valley.x, valley.y]]))[0]
    target = int(nodes[np.hypot(*(xy - seat).T).argmin()])
    road_km = nx.multi_source_dijkstra_path_length(town_graph, starts, weight="km")[target]
    crow_km = min(Geod(ellps="WGS84").inv(*seat, p.x, p.y)[2] for p in lonlat) / 1000
    assert road_km / 40 * 60 > 30
    assert road_km > 1.8 * crow_km


def test_verdicts_of_the_tutorial_differ(tutorial: Study) -> None:
    verdicts = assess(tutorial).to_frame()
    whole = verdicts.set_index("rule")["status"]
    assert whole[["YL-EMS-1", "YL-EMS-2", "YL-EMS-3", "YL-EMS-5"]].tolist() == ["met"] * 4
    by_county = verdicts[verdicts["rule"] == "YL-EMS-6"].set_index("unit")["status"]
    assert by_county.to_dict() == {"汐湾县": "met", "云岫县": "not met"}
    townships = verdicts.set_index("rule").loc["YL-EMS-4"]
    assert townships["status"] == "met"
    assert not townships["holds_low"]
    assert townships["holds_high"]


# --- Yulin and Qinzhou: real, cut, nothing invented ------------------------------------------------------------------


def test_guangxi_made_again_is_what_is_shipped(areas: Path, shared_data: Path, tmp_path: Path) -> None:
    make_guangxi.make(shared_data.parent, tmp_path)
    for area in GUANGXI:
        for name in make_guangxi.FILES:
            shipped = (areas / area / name).read_text(encoding="utf-8")
            assert (tmp_path / area / name).read_text(encoding="utf-8") == shipped, f"{area}/{name}"


def test_every_named_institution_is_listed_once(areas: Path, shared_data: Path) -> None:
    named = _rows(shared_data.parent / "plans" / "facilities_named.csv")
    for area in make_guangxi.AREAS:
        expected = [row["name"] for row in named if row["city"] == area.city]
        assert [row["name"] for row in _rows(areas / area.folder / "facilities.csv")] == expected
        assert len(set(expected)) == len(expected)


def test_beds_of_qinzhou_are_those_of_the_plan_s_table(areas: Path) -> None:
    """Table 2 adds up to 4,353 authorised, 5,861 open and 7,739 in 2025; campuses add up to their parents."""
    frame = pd.read_csv(areas / "qinzhou" / "facilities.csv").fillna({"parent": ""})
    whole = frame[(frame["parent"] == "") & frame["beds_source"].notna()]
    assert whole[["beds_authorised", "beds", "beds_2025"]].sum().tolist() == [4353, 5861, 7739]
    campuses = frame[frame["beds_source"].notna()].groupby("parent")[["beds_authorised", "beds_campus", "beds_2025"]]
    of_parent = whole.set_index("name")[["beds_authorised", "beds", "beds_2025"]]
    for parent, sums in campuses.sum().drop("").iterrows():
        assert sums.tolist() == of_parent.loc[parent].tolist(), parent


@pytest.mark.parametrize(
    ("area", "rules"), [("yulin", ("YL-HOS-9", "YL-MCH-3")), ("qinzhou", ("QZ-HOS-6", "QZ-MCH-3"))]
)
def test_levels_aimed_at_are_those_of_the_plan_file(areas: Path, area: str, rules: tuple[str, ...]) -> None:
    plan = read_plan(area, areas)
    targets = {t.name: t.level for rule in plan.rule if rule.id in rules for t in rule.targets}  # type: ignore[attr-defined]
    listed = {row["name"]: row for row in _rows(areas / area / "facilities.csv")}
    assert {name: row["level_target"] for name, row in listed.items() if row["level_target"]} == targets
    for name in targets:
        assert listed[name]["level"] == ""
        assert listed[name]["level_target_source"].split()[1] in listed[name]["source"]


@pytest.mark.parametrize("area", GUANGXI)
def test_no_coordinate_but_a_seat_s(areas: Path, area: str) -> None:
    seats = {(row["lon"], row["lat"]) for row in _rows(areas / area / "county_seats.csv")}
    rows = _rows(areas / area / "facilities.csv")
    placed = [row for row in rows if row["lon"] or row["lat"]]
    assert {(row["lon"], row["lat"]) for row in placed} <= seats
    assert {(row["precision"], row["uncertainty_km"]) for row in placed} == {("seat", "3")}
    others = [row for row in rows if row not in placed]
    assert {(row["precision"], row["uncertainty_km"]) for row in others} == {("unlocated", "")}
    assert {row["status"] for row in placed} == {"open"}


def test_who_stands_at_a_seat(areas: Path) -> None:
    placed = {
        area: {row["name"] for row in _rows(areas / area / "facilities.csv") if row["precision"] == "seat"}
        for area in GUANGXI
    }
    for county in ("灵山县", "浦北县"):
        assert {f"{county}人民医院", f"{county}中医医院"} <= placed["qinzhou"]
    assert {"钦州市第一人民医院", "钦州市第二人民医院", "钦州市中医医院"} <= placed["qinzhou"]
    # Nothing tells where these stand: a second hospital, a branch at the port, the districts' own, a planned station.
    nowhere = {"灵山县第二人民医院", "钦州市第一人民医院钦州港分院", "钦南区人民医院", "钦北区人民医院", "钦州港急救站"}
    assert not nowhere & placed["qinzhou"]
    for county in ("北流市", "容县", "陆川县", "博白县", "兴业县"):
        assert {f"{county}人民医院", f"{county}中医院"} <= placed["yulin"]
    assert "玉林市第一人民医院" in placed["yulin"]
    assert not {"玉州区中医医院", "福绵区中医医院", "高铁新城综合医院"} & placed["yulin"]


def test_campuses_are_not_counted_twice(areas: Path) -> None:
    rows = _rows(areas / "qinzhou" / "facilities.csv")
    campuses = [row for row in rows if row["parent"]]
    assert len(campuses) == 10
    assert all(row["beds"] == "" and row["precision"] == "unlocated" for row in campuses)
    assert not [row for row in campuses if "ems.network" in row["roles"]]
    beds = {row["name"]: row["beds"] for row in rows}
    # 1,750 + 99 = 1,849; 1,267 + 249 = 1,516; 600
    for parent, total in (("钦州市第一人民医院", 1849), ("钦州市第二人民医院", 1516), ("钦州市妇幼保健院", 600)):
        of_campuses = [int(row["beds_campus"]) for row in campuses if row["parent"] == parent and row["beds_campus"]]
        assert int(beds[parent]) == sum(of_campuses) == total


@pytest.mark.parametrize("area", GUANGXI)
def test_sources_are_cited_by_the_plans_names(areas: Path, area: str) -> None:
    rows = _rows(areas / area / "facilities.csv")
    own = {"yulin": ("YL ",), "qinzhou": ("QZ ", "QZD ")}[area]
    assert all(row["source"].startswith(own) for row in rows)
    assert not [row["name"] for row in rows if "00" in row["source"]]
    assert {row["level"] for row in rows} == {""}


@pytest.mark.parametrize(
    ("area", "units", "townships", "residents"),
    # 741,800 + 403,000 + 674,600 + 808,500 + 1,420,400 + 591,700 + 1,209,700; 578,200 + 718,100 + 1,227,600 + 780,500
    [("yulin", 7, 110, 5_849_700), ("qinzhou", 4, 66, 3_304_400)],
)
def test_guangxi_studies_are_a_screening_and_say_so(area: str, units: int, townships: int, residents: int) -> None:
    study = open_study(area)
    settings = study.settings
    assert len(study.counties.frame) == units
    assert study.townships is not None and len(study.townships.frame) == townships
    assert study.people.frame["residents"].sum() == pytest.approx(residents)
    assert study.people.grade == "modelled"
    assert not settings.roads.complete
    assert study.complete_kinds == set()
    assert settings.stations.assumption is not None and "假设" in settings.stations.assumption.zh
    assert settings.note is not None
    assert "初筛" in settings.note.zh and "screening" in settings.note.en
    assert settings.speeds.unclassed == (40, 60, 80)
    assert "unverified" in settings.speeds.source
    assert (study.facilities.frame["kind"] == "ems.station").sum() == (1 if area == "qinzhou" else 0)


@pytest.mark.parametrize("area", GUANGXI)
def test_time_verdicts_of_guangxi_are_never_plain(area: str) -> None:
    verdicts = assess(open_study(area)).to_frame()
    timed = verdicts[verdicts["quantity"].isin(["min", "km"])]
    assert len(timed)
    assert set(timed["status"]) <= {"met (screening)", "not met (screening)", "cannot tell"}


# --- the examples ---------------------------------------------------------------------------------------------------


def test_porto_alegre_opens_with_all_its_people(repo: Path, shared_data: Path) -> None:
    del shared_data  # the study's own paths lead there
    study = open_study(repo / "examples" / "porto_alegre")
    assert study.people.frame["residents"].sum() == 812_935
    assert len(study.people.frame) == 1227
    assert study.counties.frame["county"].tolist() == ["Porto Alegre"]
    table = pd.read_csv(study.folder / study.settings.facilities[0].path)
    assert len(study.facilities.frame) == (table["healthcare"] >= 1).sum() == 117
    assert table["healthcare"].sum() == 141
    assert study.settings.stations.assumption is not None
    assert set(study.facilities.frame["kind"]) == {"other"}  # the data do not say that they are hospitals


def test_template_works_once_it_has_data(repo: Path, areas: Path, tmp_path: Path) -> None:
    """The template with the tutorial's files under the names it asks for is a study, as its README promises."""
    template = (repo / "examples" / "own_city" / "study.toml").read_text(encoding="utf-8")
    counties = gpd.read_file(areas / "tutorial" / "counties.geojson").rename(columns={"county": "县区", "city": "市"})
    counties.to_file(tmp_path / "counties.geojson")
    for name in ("facilities.xlsx", "roads.osm.pbf", "population.tif"):
        (tmp_path / name).write_bytes((areas / "tutorial" / name).read_bytes())
    (tmp_path / "study.toml").write_text(template, encoding="utf-8")
    study = open_study(tmp_path)
    assert study.city == "青禾市"
    assert study.people.frame["residents"].sum() == pytest.approx(880_000, rel=1e-3)
    # The dense core is an urban centre by the UN's thresholds, the countryside is not.
    zones = study.people.frame.groupby("zone")["residents"].sum()
    assert zones["urban"] > 200_000
    assert zones["township"] > 200_000
