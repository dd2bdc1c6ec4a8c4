"""Vector files: formats told by content, counted, CRS and geometries checked."""

from __future__ import annotations

import http.server
import json
import sqlite3
import struct
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely

from carereach.errors import Findings, InputError
from carereach.layers.vectors import POLYGONS, read_vector

WRITERS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".shp": "ESRI Shapefile"}


@pytest.fixture
def squares() -> gpd.GeoDataFrame:
    """Three squares of one degree side by side, with Chinese names."""
    boxes = [shapely.box(110 + i, 22, 111 + i, 23) for i in range(3)]
    return gpd.GeoDataFrame({"county": ["玉州区", "福绵区", "容县"], "code": [1, 2, 3]}, geometry=boxes, crs=4326)


def write(frame: gpd.GeoDataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        options = {"encoding": "utf-8"} if path.suffix == ".shp" else {}
        frame.to_file(path, driver=WRITERS[path.suffix], **options)
    return path


def read(path: Path, **options: object) -> tuple[gpd.GeoDataFrame, list[str]]:
    """The frame and the codes of all problems, each worded in both languages."""
    findings = Findings(path)
    frame = read_vector(path, findings=findings, **options)  # type: ignore[arg-type]
    assert all(p.line("en") and p.line("zh") for p in findings.problems)
    return frame, [p.code for p in findings.problems]


def refused(path: Path, **options: object) -> InputError:
    with pytest.raises(InputError) as caught:
        read(path, **options)
    assert all(p.line("en") and p.line("zh") for p in caught.value.problems)
    return caught.value


def codes(error: InputError) -> set[str]:
    return {p.code for p in error.problems}


@pytest.mark.parametrize("suffix", [*WRITERS, ".parquet"])
def test_every_format_gives_the_same_features(squares: gpd.GeoDataFrame, tmp_path: Path, suffix: str) -> None:
    frame, problems = read(write(squares, tmp_path / f"a{suffix}"), kinds=POLYGONS)
    assert problems == []
    assert frame["county"].tolist() == ["玉州区", "福绵区", "容县"]
    assert frame.index.tolist() == [1, 2, 3]
    assert frame.crs.to_epsg() == 4326
    assert shapely.equals(np.asarray(frame.geometry), np.asarray(squares.geometry)).all()


def test_real_counties_and_roads(shared_data: Path) -> None:
    counties, problems = read(shared_data / "guangxi" / "counties.geojson", kinds=POLYGONS)
    assert len(counties) == 11 and problems == []
    roads, problems = read(shared_data / "wuhan" / "roads.parquet")
    assert len(roads) == 92_667 and problems == []


def test_third_dimension_is_dropped(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(110, 22, 77)], crs=4326)
    assert not read(write(frame, tmp_path / "a.gpkg"))[0].has_z.any()


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp", "a.tif"])
def test_vrt_under_another_name_is_not_followed(squares: gpd.GeoDataFrame, tmp_path: Path, name: str) -> None:
    secret = write(squares, tmp_path / "secret.gpkg")
    vrt = f"<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer>"
    (tmp_path / name).write_text(vrt + "</OGRVRTDataSource>")
    assert codes(refused(tmp_path / name)) == {"vector.vrt"}


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A local server that remembers what it was asked for."""
    asked: list[str] = []

    class Remember(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = http.server.HTTPServer(("127.0.0.1", 0), Remember)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_no_file_makes_us_ask_the_network(tmp_path: Path, listener: tuple[str, list[str]]) -> None:
    address, asked = listener
    texts = {
        "service.geojson": json.dumps(
            {"type": "FeatureCollection", "features": [], "next": address, "links": [address]}
        ),
        "esri.geojson": json.dumps(
            {"geometryType": "esriGeometryPoint", "features": [], "exceededTransferLimit": True}
        ),
        "wfs.geojson": f"<OGRWFSDataSource><URL>{address}</URL></OGRWFSDataSource>",
        "plain.gpkg": f"WFS:{address}",
        "coverage.tif": f"<WCS_GDAL><ServiceURL>{address}</ServiceURL></WCS_GDAL>",
    }
    for name, content in texts.items():
        (tmp_path / name).write_text(content)
        refused(tmp_path / name)
    for path in (f"/vsicurl/{address}/a.gpkg", f"{address}/a.geojson"):
        assert codes(refused(Path(path))) <= {"file.not-a-path", "file.missing"}
    assert asked == []


def test_geopackage_view_is_refused(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = write(squares, tmp_path / "a.gpkg")
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE VIEW v AS SELECT * FROM a")
        database.execute("UPDATE gpkg_contents SET table_name = 'v'")
        database.commit()
    assert codes(refused(path)) == {"vector.view"}


def test_plain_database_is_not_a_geopackage(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as database:
        database.execute("CREATE TABLE t (a)")
        database.commit()
    assert codes(refused(tmp_path / "a.gpkg")) == {"vector.not-geopackage"}


def test_several_layers_must_be_named(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    squares.to_file(path, layer="counties")
    squares.to_file(path, layer="other")
    error = refused(path)
    assert codes(error) == {"vector.several-layers"} and "counties, other" in str(error)
    assert len(read(path, layer="other")[0]) == 3
    assert codes(refused(path, layer="countys")) == {"vector.no-layer"}


def test_geopackage_that_lost_rows_is_counted(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = write(squares, tmp_path / "a.gpkg")
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE gpkg_ogr_contents SET feature_count = 5")
        database.commit()
    assert read(path)[1] == ["vector.count"]


def test_page_of_a_web_service_is_counted(tmp_path: Path) -> None:
    point = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [110, 22]}}
    (tmp_path / "a.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "numberMatched": 300, "features": [point]})
    )
    assert read(tmp_path / "a.geojson")[1] == ["vector.count"]


@pytest.mark.parametrize("suffix", [*WRITERS, ".parquet"])
@pytest.mark.parametrize("kept", [0.05, 0.5, 0.98])
def test_cut_off_files_are_said(squares: gpd.GeoDataFrame, tmp_path: Path, suffix: str, kept: float) -> None:
    path = write(squares, tmp_path / f"a{suffix}")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    assert codes(refused(path)) <= {"vector.torn", "vector.json", "vector.damaged", "file.not-utf8"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('{"type": "Topology", "objects": {}}', "vector.not-geojson"),
        ('{"type": "FeatureCollection", "features": [{"type": "Point"}]}', "vector.not-feature"),
        ('{"type": "FeatureCollection", "features": []}', "vector.no-features"),
        ('{"geometryType": "esriGeometryPolygon", "features": []}', "vector.esri-json"),
        ("[1, 2]", "vector.not-geojson"),
        ('{"a": ' + "[" * 100_000, "vector.json"),
        ("not JSON at all", "vector.format"),
        (
            '{"type": "FeatureCollection", "crs": {"properties": {"name": "EPSG:0"}}, "features": []}',
            "vector.crs-unknown",
        ),
    ],
)
def test_other_json_is_refused_by_name(tmp_path: Path, content: str, code: str) -> None:
    (tmp_path / "a.geojson").write_text(content)
    assert codes(refused(tmp_path / "a.geojson")) == {code}


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_missing_part_of_a_shapefile_is_named(squares: gpd.GeoDataFrame, tmp_path: Path, part: str) -> None:
    path = write(squares, tmp_path / "a.shp")
    (tmp_path / f"a{part}").unlink()
    error = refused(path)
    assert codes(error) == {"vector.shapefile-part"} and f"a{part}" in str(error)


def test_shapefile_without_prj_needs_a_crs(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = write(squares, tmp_path / "a.shp")
    (tmp_path / "a.prj").unlink()
    assert codes(refused(path)) == {"vector.no-crs"}
    assert read(path, crs="EPSG:4490")[0].crs.to_epsg() == 4490
    assert codes(refused(path, crs="EPSG:nonsense")) == {"vector.crs-unknown"}


def test_shapefile_with_other_rows_in_its_table(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = write(squares, tmp_path / "a.shp")
    other = write(squares.iloc[:2], tmp_path / "b.shp")
    (tmp_path / "a.dbf").write_bytes(other.with_suffix(".dbf").read_bytes())
    assert codes(refused(path)) == {"vector.count"}


@pytest.mark.parametrize(("written", "cpg"), [("gbk", "GBK"), ("gbk", "936"), ("utf-8", "UTF-8")])
def test_declared_encoding_of_a_shapefile(squares: gpd.GeoDataFrame, tmp_path: Path, written: str, cpg: str) -> None:
    squares.to_file(tmp_path / "a.shp", encoding=written)
    (tmp_path / "a.cpg").write_text(cpg)
    frame, problems = read(tmp_path / "a.shp")
    assert frame["county"].tolist() == ["玉州区", "福绵区", "容县"] and problems == []


@pytest.mark.parametrize("written", ["gbk", "utf-8"])
def test_undeclared_encoding_is_guessed_and_said(squares: gpd.GeoDataFrame, tmp_path: Path, written: str) -> None:
    squares.to_file(tmp_path / "a.shp", encoding=written)
    (tmp_path / "a.cpg").unlink()
    frame, problems = read(tmp_path / "a.shp")
    assert frame["county"].tolist() == ["玉州区", "福绵区", "容县"] and problems == ["vector.encoding-guessed"]


@pytest.mark.parametrize(("cpg", "code"), [("UTF-8", "vector.encoding"), ("KLINGON", "vector.encoding-unknown")])
def test_wrong_encoding_is_refused(squares: gpd.GeoDataFrame, tmp_path: Path, cpg: str, code: str) -> None:
    squares.to_file(tmp_path / "a.shp", encoding="gbk")
    (tmp_path / "a.cpg").write_text(cpg)
    assert codes(refused(tmp_path / "a.shp")) == {code}


def test_null_empty_and_wrong_geometries_are_said_with_their_rows(tmp_path: Path) -> None:
    shapes = [shapely.box(110, 22, 111, 23), None, shapely.Polygon(), shapely.Point(110, 22)]
    path = write(gpd.GeoDataFrame({"a": range(4)}, geometry=shapes, crs=4326), tmp_path / "a.gpkg")
    findings = Findings(path)
    frame = read_vector(path, kinds=POLYGONS, findings=findings)
    assert len(frame) == 4
    null, wrong = findings.problems
    assert (null.code, null.level, null.row, null.params["count"]) == ("vector.geometry-null", "warning", 2, 2)
    assert (wrong.code, wrong.level, wrong.row, wrong.value) == ("vector.geometry-type", "error", 4, "Point")


@pytest.mark.parametrize("bad", ["NaN", "Infinity"])
def test_coordinates_that_are_no_numbers(tmp_path: Path, bad: str) -> None:
    feature = '{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [%s, 22]}}'
    features = ", ".join([feature % "110", feature % bad])
    content = '{"type": "FeatureCollection", "features": [' + features + "]}"
    (tmp_path / "a.geojson").write_text(content)
    frame, problems = read(tmp_path / "a.geojson")
    assert len(frame) == 2
    assert "vector.not-finite" in problems or "vector.geometry-broken" in problems


def test_geometry_that_cannot_be_built(tmp_path: Path) -> None:
    ring = {"type": "Polygon", "coordinates": [[[110, 22], [111, 22]]]}
    feature = {"type": "Feature", "properties": {}, "geometry": ring}
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert "vector.geometry-broken" in read(tmp_path / "a.geojson")[1]


@pytest.mark.parametrize(
    ("shape", "crs", "code"),
    [
        (shapely.Point(500_000, 2_500_000), 4326, "vector.not-degrees"),
        (shapely.Point(22, 110), 4326, "vector.not-degrees"),  # latitude and longitude swapped
        (shapely.Point(110, 22), 32649, "vector.not-metres"),
        (shapely.Point(110, 22), 3857, "vector.not-metres"),
        (shapely.Point(9e9, 9e9), 32649, "vector.off-world"),
        (shapely.Point(-70, -33), 4490, "vector.off-area"),  # CGCS2000 is for China, the point is in Chile
    ],
)
def test_coordinates_that_contradict_the_crs(tmp_path: Path, shape: shapely.Point, crs: int, code: str) -> None:
    path = write(gpd.GeoDataFrame({"a": [1]}, geometry=[shape], crs=crs), tmp_path / "a.gpkg")
    assert read(path)[1] == [code]


def test_crs_of_the_study_file_that_contradicts_the_file(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = write(squares, tmp_path / "a.gpkg")
    assert codes(refused(path, crs="EPSG:32649")) == {"vector.crs-contradicts"}
    assert read(path, crs="EPSG:4326")[1] == []


def test_geoparquet_without_geometry(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    squares.drop(columns="geometry").to_parquet(tmp_path / "a.parquet")
    assert codes(refused(tmp_path / "a.parquet")) == {"vector.no-geometry"}


def test_geoparquet_with_wrong_metadata(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = write(squares, tmp_path / "a.parquet")
    pq.write_table(pq.read_table(path).replace_schema_metadata({b"geo": b"{}"}), path)
    assert codes(refused(path)) == {"vector.damaged"}


def test_shapefile_header_that_claims_more(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = write(squares, tmp_path / "a.shp")
    content = bytearray(path.read_bytes())
    content[24:28] = struct.pack(">I", 1 << 30)
    path.write_bytes(content)
    assert codes(refused(path)) == {"vector.torn"}


def test_random_damage_never_escapes_as_another_error(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """120 files with a few bytes overwritten (seeded): read, or refused as an InputError; nothing else."""
    random = np.random.default_rng(20_240_901)
    whole = {suffix: write(squares, tmp_path / f"a{suffix}").read_bytes() for suffix in (*WRITERS, ".parquet")}
    for turn in range(120):
        suffix = list(whole)[turn % len(whole)]
        content = bytearray(whole[suffix])
        for place in random.integers(0, min(len(content), 2000), 6):
            content[place] = random.integers(0, 256)
        (tmp_path / f"a{suffix}").write_bytes(content)
        try:
            read(tmp_path / f"a{suffix}")
        except InputError as error:
            assert error.problems
