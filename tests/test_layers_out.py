"""Layers for GIS programs, opened again by GDAL and SQLite: nothing lost, units said, styles that fit the layers."""

from __future__ import annotations

import re
import sqlite3
import xml.etree.ElementTree as ET
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from assessments import NASTY, SOUTH, UTM, WEST, assessment, counties, demand, facilities, field, hostile
from good_study import write_good_study
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from typer.testing import CliRunner

from carereach import cli
from carereach.coverage.results import Assessment, Field
from carereach.files import sha256
from carereach.layers.model import Layer
from carereach.layers.study import read_settings
from carereach.maps.gis import write as layers_out
from carereach.maps.gis.styles import qml, raster_qml, styles
from carereach.maps.gis.tables import catchments, layers
from carereach.maps.gis.write import dictionary, unit_of, write_field, write_geopackage, write_layers
from carereach.maps.palette import BREAKS_MIN, STATUS_COLOURS, TIME_COLOURS
from carereach.maps.saved import fingerprint, load

VECTORS = {
    "counties": "MultiPolygon",
    "townships": "MultiPolygon",
    "catchments": "MultiPolygon",
    "isochrones": "MultiPolygon",
    "isochrones_by_station": "MultiPolygon",
    "roads": "MultiLineString",
    "demand": "Point",
    "facilities": "Point",
    "stations": "Point",
}


def two_stations() -> Assessment:
    """The hand-made assessment, its western points nearest to s2, its eastern ones to s1."""
    people = demand()
    x = people.geometry.x.to_numpy()
    return assessment(demand=people.assign(station=np.where(x < WEST + 20_000, "s2", "s1")))


def empty() -> Assessment:
    """No facility, nobody, no field, no isochrone, no verdict."""
    places, people = facilities().iloc[:0], demand().iloc[:0]
    nothing = Field(np.empty((0, 0), dtype=np.float32), WEST, SOUTH, 500.0, UTM)
    rings = {
        "minutes": pd.Series(dtype=float),
        "from_minutes": pd.Series(dtype=float),
        "facility": pd.Series(dtype=object),
    }
    return assessment(
        facilities=Layer("facilities", places, "missing"),
        stations=places,
        demand=people,
        people=Layer("people", people, "missing"),
        field=nothing,
        isochrones=gpd.GeoDataFrame(rings, geometry=gpd.GeoSeries([], crs=UTM), crs=UTM),
        verdicts=(),
    )


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("layers") / "layers.gpkg"
    write_geopackage(two_stations(), path, "en")
    return path


def test_gdal_finds_every_layer_with_its_shape_and_projection(package: Path) -> None:
    found = dict(pyogrio.list_layers(package).tolist())
    assert {name: found[name] for name in VECTORS} == VECTORS
    assert {name for name in found if found[name] is None} == {"sources", "about", "layer_styles"}
    for name in VECTORS:
        assert CRS(pyogrio.read_info(package, layer=name)["crs"]) == UTM


def test_no_row_and_no_chinese_name_is_lost(package: Path) -> None:
    given = two_stations()
    sizes = {name: pyogrio.read_info(package, layer=name)["features"] for name in VECTORS}
    # 30 points, 2 counties, 8 facilities of which 4 are stations, 2 rings together and 1 of s1, 3 roads
    # catchments: s1, s2, and what nobody reaches
    assert sizes == {
        "counties": 2, "townships": 0, "catchments": 3, "isochrones": 2, "isochrones_by_station": 1, "roads": 3,
        "demand": 30, "facilities": 8, "stations": 4,
    }  # fmt: skip
    assert gpd.read_file(package, layer="counties")["county"].tolist() == ["东县", "西县"]
    places = gpd.read_file(package, layer="facilities")
    assert places["name"].tolist() == given.facilities.frame["name"].tolist()
    assert places.geometry.isna().tolist() == [False] * 7 + [True]  # the last one has no place, and is kept
    assert places["is_station"].tolist() == [True] * 4 + [False] * 4
    assert places["map_group"].tolist() == ["emergency"] * 4 + ["hospital", "primary", "blood", "other"]
    assert gpd.read_file(package, layer="isochrones_by_station")["name"].tolist() == ["机构 1"]


def test_what_cannot_be_reached_is_empty_and_said(package: Path) -> None:
    people = gpd.read_file(package, layer="demand")
    unreached = people["reach"] == "unreachable"
    assert unreached.sum() == 2
    for column in ("response_min", "response_low_min", "response_high_min", "road_km"):
        assert (people[column].isna() == unreached).all()
    assert (people["station"].isna() == unreached).all()
    with closing(sqlite3.connect(package)) as base:
        infinite = base.execute("SELECT count(*) FROM demand WHERE response_min > 1e300").fetchone()
    assert infinite == (0,)
    assert people["residents"].sum() == 46_500.0


def test_counties_bring_statistics_in_percent_and_their_worst_verdict(package: Path) -> None:
    frame = gpd.read_file(package, layer="counties").set_index("county")
    assert frame.loc["东县", "within_15_min_pct"] == pytest.approx(15.0)  # the share is 0.15
    assert frame.loc["东县", "reached_pct"] == pytest.approx(90.0)
    assert frame.loc["东县", "residents"] == 23_000.0
    assert np.isnan(frame.loc["西县", "mean_min"])  # infinite in the statistics
    assert frame["worst"].to_dict() == {"东县": "met", "西县": "not met"}
    assert frame["worst_sign"].to_dict() == {"东县": "✓", "西县": "✕"}
    assert frame[["verdicts_met", "verdicts_not_met", "verdicts_cannot_tell"]].to_numpy().tolist() == [
        [1, 0, 0],
        [0, 1, 0],
    ]


def test_the_worst_verdict_says_when_it_is_a_screening() -> None:
    given = assessment()
    met, short, *_ = given.verdicts
    screened = replace(met, unit=short.unit, screening=True)
    frame = layers(assessment(verdicts=(met, screened)), "zh")["counties"].set_index("county")
    assert frame.loc["西县", "worst_text"] == "达标（初筛）"
    assert frame.loc["西县", "worst_sign"] == "≈✓"
    frame = layers(assessment(verdicts=(screened, short)), "en")["counties"].set_index("county")
    assert frame.loc["西县", "worst_text"] == "not met"
    assert frame.loc["东县", ["worst", "worst_text", "worst_sign"]].tolist() == ["", "", ""]


def test_catchments_are_the_ground_of_their_points() -> None:
    everyone = two_stations().demand.assign(response_min=10.0)
    frame = catchments(replace(two_stations(), demand=everyone)).set_index("station")
    # points stand at 3.0, 9.8, 16.6, 23.4, ... km: the middle of the two inner columns is the county border at 20 km
    east, west = counties().geometry
    assert frame.loc["s1", "geometry"].symmetric_difference(east).area == pytest.approx(0, abs=1e-3)
    assert frame.loc["s2", "geometry"].symmetric_difference(west).area == pytest.approx(0, abs=1e-3)
    # 400 km2 on the map; the projection shrinks lengths there to 0.99968 (80 km beside the meridian): 400.26 km2
    assert frame["area_km2"].tolist() == pytest.approx([400.26] * 2, rel=5e-4)
    assert frame["residents"].sum() == 46_500.0
    assert set(frame["map_colour"]) == {1, 2}


def test_catchments_say_who_lives_there_and_how_far() -> None:
    frame = catchments(two_stations()).set_index("station")
    # unreachable: points 28 and 29, 2,900 and 3,000 residents
    assert frame.loc["", "residents"] == 5_900.0
    assert frame.loc["", "map_colour"] == 0
    # west: points 6 r + c of columns 0 to 2, residents 100 (6 r + c + 1), minutes 4 + 9 r + c
    places = [(100.0 * (6 * r + c + 1), 4.0 + 9 * r + c) for r in range(5) for c in range(3)]
    people = sum(count for count, _ in places)
    within = sum(count for count, minutes in places if minutes <= 15)
    assert frame.loc["s2", "residents"] == people
    assert frame.loc["s2", "mean_min"] == pytest.approx(sum(a * b for a, b in places) / people)
    assert frame.loc["s2", "within_15_min_pct"] == pytest.approx(100 * within / people)
    assert frame.loc["s2", "name"] == "机构 2"


def test_stations_at_one_place_share_a_catchment() -> None:
    """Two hospitals put at a seat's point arrive together; which of the two a tie names says nothing."""
    apart = two_stations()
    stations = apart.stations
    there = stations[stations["id"] == "s1"].geometry.iloc[0]
    moved = stations.geometry.where(stations["id"] != "s2", there)
    frame = catchments(replace(apart, stations=stations.set_geometry(moved)))
    assert set(frame["station"]) == {"", "s1"}
    assert frame.set_index("station").loc["s1", "name"] == "机构 1 / 机构 2"
    assert frame["residents"].sum() == 46_500.0
    shown = layers(replace(apart, stations=stations.set_geometry(moved)), "zh")["stations"].set_index("id")
    assert shown.loc["s1", "catchment_residents"] == shown.loc["s2", "catchment_residents"] == 46_500.0 - 5_900.0


def test_stations_that_are_nobodys_nearest_serve_nobody(package: Path) -> None:
    frame = gpd.read_file(package, layer="stations").set_index("id")
    assert frame["catchment_residents"].tolist()[2:] == [0.0, 0.0]
    assert frame["catchment_mean_min"].isna().tolist() == [False, False, True, True]
    assert frame["catchment_residents"].sum() == 46_500.0 - 5_900.0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 39), st.integers(0, 19), st.sampled_from("abc")), min_size=1, max_size=25))
def test_catchments_share_the_ground_and_the_people(places: list[tuple[int, int, str]]) -> None:
    """They cover the counties, do not overlap and hold every resident, also where points lie on each other."""
    x, y, station = (list(part) for part in zip(*places, strict=True))
    points = gpd.points_from_xy(WEST + 500 + 1000 * np.array(x), SOUTH + 500 + 1000 * np.array(y))
    frame = pd.DataFrame(
        {"residents": 2.0, "county": "东县", "station": station, "response_min": 5.0}, index=range(len(x))
    )
    given_demand = gpd.GeoDataFrame(frame, geometry=points, crs=UTM)
    made = catchments(assessment(demand=given_demand))
    assert made["residents"].sum() == 2.0 * len(places)
    assert made.area.sum() == pytest.approx(800e6, rel=1e-9)
    assert made.union_all().area == pytest.approx(800e6, rel=1e-9)


def test_people_outside_every_county_are_in_no_catchment() -> None:
    people = demand()
    people.loc[0, "county"] = ""
    assert catchments(assessment(demand=people))["residents"].sum() == 46_500.0 - 100.0


def styled(package: Path) -> dict[str, ET.Element]:
    with closing(sqlite3.connect(package)) as base:
        rows = base.execute("SELECT f_table_name, styleQML FROM layer_styles").fetchall()
    return {name: ET.fromstring(document) for name, document in rows}


def test_qgis_finds_a_default_style_for_each_layer(package: Path) -> None:
    with closing(sqlite3.connect(package)) as base:
        rows = base.execute(
            "SELECT f_table_name, f_geometry_column, f_table_catalog, f_table_schema, useAsDefault FROM layer_styles"
        ).fetchall()
        columns = dict(base.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall())
        registered = base.execute("SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'").fetchone()
    # QGIS asks for f_table_schema = '' and the name of the geometry column
    assert sorted(rows) == sorted((name, columns[name], "", "", 1) for name in VECTORS)
    assert registered == ("attributes",)


def test_every_feature_falls_into_one_class_of_its_style(package: Path) -> None:
    with closing(sqlite3.connect(package)) as base:
        for name, root in styled(package).items():
            rules = [rule.get("filter", "") for rule in root.iter("rule")]
            (total,) = base.execute(f'SELECT count(*) FROM "{name}"').fetchone()
            plain = [rule for rule in rules if rule not in {"", "ELSE"}]
            counts = [base.execute(f'SELECT count(*) FROM "{name}" WHERE {rule}').fetchone()[0] for rule in plain]
            if len(plain) == len(rules):
                assert sum(counts) == total, name
            assert sum(counts) <= total, name


def test_classes_are_those_of_the_map(package: Path) -> None:
    roots = styled(package)
    drawn = ("demand", "isochrones", "counties")
    colours = {name: [_option(symbol, "color") for symbol in roots[name].iter("symbol")] for name in drawn}
    assert [_hex(colour) for colour in colours["demand"]][: len(TIME_COLOURS)] == list(TIME_COLOURS)
    assert [_hex(c) for c in colours["isochrones"]] == list(TIME_COLOURS[: len(BREAKS_MIN)])
    assert [_hex(c) for c in colours["counties"][:3]] == [STATUS_COLOURS[s] for s in ("not met", "cannot tell", "met")]
    labels = [rule.get("label") for rule in roots["demand"].iter("rule")]
    assert labels[0] == "0–5 min"
    assert labels[-2:] == ["over 60 min", "unreachable"]
    # a limit belongs to the class below it, as on the map
    assert [rule.get("filter") for rule in roots["demand"].iter("rule")][
        1
    ] == '"response_min" > 5 AND "response_min" <= 10'


def _option(symbol: ET.Element, name: str) -> str:
    return next(option.get("value", "") for option in symbol.iter("Option") if option.get("name") == name)


def _hex(rgba: str) -> str:
    return "#" + "".join(f"{int(part):02x}" for part in rgba.split(",")[:3])


def test_headings_and_names_of_layers_are_in_the_language_asked_for(tmp_path: Path) -> None:
    write_geopackage(assessment(), tmp_path / "l.gpkg", "zh")
    alias = {a.get("field"): a.get("name") for a in styled(tmp_path / "l.gpkg")["demand"].iter("alias")}
    assert alias["response_min"] == "反应时间（分钟）"
    assert set(alias) == set(pyogrio.read_info(tmp_path / "l.gpkg", layer="demand")["fields"])
    with closing(sqlite3.connect(tmp_path / "l.gpkg")) as base:
        names = dict(base.execute("SELECT table_name, identifier FROM gpkg_contents").fetchall())
    assert names["catchments"] == "服务区"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_styles_only_name_columns_that_their_layer_has(lang: Any) -> None:
    frames = layers(assessment(), lang)
    for name, style in styles(lang).items():
        said = " ".join([style.label, *(look.rule for look in style.looks)])
        assert set(re.findall(r'"(\w+)"', said)) <= set(frames[name].columns), name
        assert ET.fromstring(qml(style)).find("renderer-v2") is not None


def test_every_column_is_explained_with_its_unit(package: Path) -> None:
    about = pyogrio.read_dataframe(package, layer="about").set_index(["layer", "column"])
    for name in VECTORS:
        assert about.loc[name].index.tolist() == list(pyogrio.read_info(package, layer=name)["fields"])
    assert (about[["meaning_en", "meaning_zh"]] != "").all(axis=None)
    assert about.loc[("demand", "response_min"), "unit"] == "min"
    assert about.loc[("counties", "within_15_min_pct"), "unit"] == "%"
    assert about.loc[("counties", "within_15_min_pct"), "meaning_zh"] == "15 分钟内得到响应的居民比例。"
    assert [unit_of(c) for c in ("area_km2", "road_km", "residents", "county")] == ["km2", "km", "persons", ""]


def test_a_column_of_the_studys_own_is_kept() -> None:
    places = facilities().assign(备注="甲")
    frames = layers(assessment(facilities=Layer("facilities", places, "surveyed")), "en")
    assert frames["facilities"]["备注"].tolist() == ["甲"] * 8
    assert dictionary(frames).set_index("column").loc["备注", "meaning_en"] == ""


def test_sources_say_grade_and_licence(package: Path) -> None:
    table = pyogrio.read_dataframe(package, layer="sources")
    assert table["input"].tolist() == ["boundaries", "facilities", "people", "roads"]
    assert table["grade"].tolist() == ["surveyed", "assumed", "modelled", "open data"]
    assert table["licence"].tolist()[0] == "CC0"


def test_texts_that_would_run_elsewhere_stay_texts(tmp_path: Path) -> None:
    write_layers(hostile(), tmp_path, "en")
    places = gpd.read_file(tmp_path / "layers.gpkg", layer="facilities")
    assert places["name"].tolist()[:4] == [NASTY, "=1+1", "a" * 200, "[red]x[/red]"]
    assert NASTY in gpd.read_file(tmp_path / "layers.gpkg", layer="counties")["county"].tolist()
    for root in styled(tmp_path / "layers.gpkg").values():
        assert "document.title" not in ET.tostring(root, encoding="unicode")


def test_townships_without_an_outline_are_kept(tmp_path: Path) -> None:
    rows = {"township": ["甲镇", "乙街道"], "county": "东县", "kind": ["town", "street"]}
    frame = gpd.GeoDataFrame(rows, geometry=gpd.GeoSeries([None, None], crs=UTM), crs=UTM)
    write_geopackage(assessment(townships=Layer("townships", frame, "surveyed")), tmp_path / "l.gpkg", "zh")
    read = gpd.read_file(tmp_path / "l.gpkg", layer="townships")
    assert read["township"].tolist() == ["甲镇", "乙街道"]
    assert read.geometry.isna().all()


def test_the_same_assessment_gives_the_same_bytes(tmp_path: Path) -> None:
    first = [sha256(file) for file in write_layers(two_stations(), tmp_path / "a", "zh")]
    second = [sha256(file) for file in write_layers(two_stations(), tmp_path / "b", "zh")]
    assert first == second
    assert len(first) == 4
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None
    assert sorted(file.name for file in (tmp_path / "a").iterdir()) == [
        "demand.parquet",
        "layers.gpkg",
        "response_min.qml",
        "response_min.tif",
    ]


def test_a_failure_leaves_the_old_file_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "layers.gpkg").write_bytes(b"old")
    written: list[str] = []

    def full(frame: Any, path: Any, **options: Any) -> None:
        written.append(options["layer"])
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        pyogrio_write(frame, path, **options)

    pyogrio_write = pyogrio.write_dataframe
    monkeypatch.setattr(layers_out.pyogrio, "write_dataframe", full)
    with pytest.raises(OSError, match="No space"):
        write_geopackage(assessment(), tmp_path / "layers.gpkg", "en")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("layers.gpkg", b"old")]
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None


def test_geoparquet_is_the_demand_as_in_python(tmp_path: Path) -> None:
    given_demand = assessment().demand
    write_layers(assessment(), tmp_path, "en")
    read = gpd.read_parquet(tmp_path / "demand.parquet")
    assert CRS(read.crs) == UTM
    pd.testing.assert_frame_equal(pd.DataFrame(read), pd.DataFrame(given_demand), check_column_type=False)
    assert np.isinf(read["response_min"]).sum() == 2


def test_geotiff_tells_unreachable_from_outside(tmp_path: Path) -> None:
    given_field = field()
    write_field(given_field, tmp_path / "f.tif", "en", name="x")
    with rasterio.open(tmp_path / "f.tif") as raster:
        minutes, valid = raster.read(1), raster.read_masks(1) > 0
        assert raster.nodata == -9999.0
        assert CRS(raster.crs.to_wkt()) == UTM
        assert raster.units == ("min",)
        assert raster.descriptions == ("Response time of the fastest station",)
        assert raster.compression.name == "deflate"
        assert (raster.bounds.left, raster.bounds.top, raster.res[0]) == (
            WEST,
            SOUTH + 40_000.0,
            pytest.approx(2000 / 3),
        )
        tags, statistics = raster.tags(), raster.tags(1)
    assert (tags["UNREACHABLE"], tags["UNITS"], tags["NODATA_MEANS"]) == ("inf", "min", "outside the study")
    assert (valid == ~np.isnan(given_field.minutes)).all()
    assert (np.isinf(minutes) == np.isinf(given_field.minutes)).all()
    assert np.isinf(minutes).sum() == 50  # 5 rows of 10 cells
    finite = np.isfinite(given_field.minutes)
    assert (minutes[finite] == given_field.minutes[finite]).all()
    assert float(statistics["STATISTICS_MAXIMUM"]) == pytest.approx(float(given_field.minutes[finite].max()), rel=1e-5)
    assert [file.name for file in tmp_path.iterdir()] == ["f.tif"]


def test_raster_style_has_a_class_for_each_time_and_the_unreachable() -> None:
    items = [dict(item.attrib) for item in ET.fromstring(raster_qml("en")).iter("item")]
    assert [float(item["value"]) for item in items] == [*BREAKS_MIN, pytest.approx(3.4e38), np.inf]
    assert [item["color"] for item in items][:7] == list(TIME_COLOURS)
    assert items[-1]["label"] == "unreachable"


def test_a_study_without_anything_gives_empty_layers(tmp_path: Path) -> None:
    files = write_layers(empty(), tmp_path, "zh")
    assert [file.name for file in files] == ["layers.gpkg", "demand.parquet"]  # no ground, no raster
    sizes = {name: pyogrio.read_info(files[0], layer=name)["features"] for name in VECTORS}
    assert {name for name, size in sizes.items() if size} == {"counties", "roads"}
    assert len(gpd.read_parquet(files[1])) == 0


def test_nobody_reached_is_one_catchment_without_a_station() -> None:
    people = demand().assign(response_min=np.inf, station=None, reach="unreachable")
    frame = layers(assessment(demand=people), "en")["catchments"]
    assert frame["station"].tolist() == [""]
    assert frame["residents"].tolist() == [46_500.0]
    assert frame["mean_min"].isna().all()
    assert shapely.is_valid(frame.geometry.to_numpy()).all()


def test_documentation_names_every_column_and_file(repo: Path) -> None:
    written = (repo / "docs" / "layers.md").read_text(encoding="utf-8")
    about = dictionary(layers(assessment(), "en"))
    for column in about["column"]:
        name = re.sub(r"within_\d+_min_pct", "within_N_min_pct", column)
        assert f"`{name}`" in written, column
    for name in (*VECTORS, "about", "sources", "layers.gpkg", "demand.parquet", "response_min.tif", "response_min.qml"):
        assert f"`{name}`" in written, name


def test_assess_writes_them_where_asked_and_remembers_that(tmp_path: Path) -> None:
    study, out = write_good_study(tmp_path / "study") / "study.toml", tmp_path / "out"
    new = {"layers.gpkg", "demand.parquet", "response_min.tif", "reach_curve.svg", "lorenz_curve.png"}

    def assess(*options: str) -> str:
        result = CliRunner().invoke(cli.app, ["assess", str(study), "-o", str(out), "--lang", "en", *options])
        assert result.exit_code == 0, result.output
        return result.output

    assert "layers.gpkg" in assess("--layers", "--figures")
    assert new <= {file.name for file in out.iterdir()}
    written = (out / "layers.gpkg").stat().st_mtime_ns
    assert "layers.gpkg" in assess("--figures", "--layers")
    assert (out / "layers.gpkg").stat().st_mtime_ns == written  # nothing has changed: not written again
    # who asks for less is given that, not what was asked for before
    assert load(out, fingerprint(study, read_settings(study), "en")) is None
