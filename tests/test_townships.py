"""Townships from polygons and from tables."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from pyproj import CRS

from carereach.errors import InputError
from carereach.layers.model import Layer
from carereach.layers.settings import TownshipsFile
from carereach.layers.townships import read_townships

UTM = CRS.from_epsg(32649)
COLUMNS = ["township", "county", "kind", "geometry"]


def table(folder: Path, rows: str, counties: tuple[str, ...] = (), **options: object) -> Layer:
    (folder / "t.csv").write_text("township,county,kind\n" + rows, encoding="utf-8")
    return read_townships(TownshipsFile.model_validate({"path": "t.csv", **options}), folder, UTM, counties)


def codes(problems: tuple[object, ...]) -> list[str]:
    assert all(p.line("en") and p.line("zh") for p in problems)  # type: ignore[attr-defined]
    return [p.code for p in problems]  # type: ignore[attr-defined]


def test_table_has_no_places(tmp_path: Path) -> None:
    read = table(tmp_path, "城东街道,玉州区,街道\n石南镇,兴业县,town\n六靖乡,北流市,\n", kind="kind")
    assert list(read.frame.columns) == COLUMNS and read.frame.geometry.isna().all() and read.frame.crs == UTM
    assert read.frame["kind"].tolist() == ["street", "town", ""] and read.problems == ()


def test_kind_is_what_the_name_ends_in_where_no_column_says_it(tmp_path: Path) -> None:
    read = table(tmp_path, "城东街道,玉州区,\n石南镇,兴业县,\n六靖乡,北流市,\n农场,北流市,\n")
    assert read.frame["kind"].tolist() == ["street", "town", "township", ""]


def test_unknown_kinds_and_other_counties_are_said(tmp_path: Path) -> None:
    read = table(tmp_path, "甲镇,容县,镇\n乙镇,容县,village\n丙镇,桂平市,镇\n", ("容县",), kind="kind")
    assert codes(read.problems) == ["townships.kind", "townships.elsewhere"]
    assert read.problems[0].row == 3 and read.frame["township"].tolist() == ["甲镇", "乙镇"]


@pytest.mark.parametrize(
    ("rows", "counties", "code"),
    [
        ("甲镇,容县,\n甲镇,容县,\n", (), "townships.twice"),
        (",容县,\n", (), "townships.no-name"),
        ("甲镇,,\n", (), "townships.no-name"),
        ("甲镇,桂平市,\n", ("容县",), "townships.none-inside"),
    ],
)
def test_unusable_tables(tmp_path: Path, rows: str, counties: tuple[str, ...], code: str) -> None:
    with pytest.raises(InputError) as caught:
        table(tmp_path, rows, counties)
    assert code in codes(caught.value.problems)


def test_same_name_in_two_counties_is_no_fault(tmp_path: Path) -> None:
    assert table(tmp_path, "石镇,容县,\n石镇,北流市,\n").problems == ()


def test_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        table(tmp_path, "甲镇,容县,\n", township="乡镇")
    assert codes(caught.value.problems) == ["places.no-column"] and "乡镇" in str(caught.value)


def test_polygons_in_any_crs(tmp_path: Path) -> None:
    shapes = [
        shapely.box(110, 22, 110.1, 22.1),
        shapely.box(110.1, 22, 110.2, 22.1),
        shapely.box(110.3, 22, 110.4, 22.1),
    ]
    frame = gpd.GeoDataFrame({"name": ["甲镇", "乙镇", "甲镇"], "qx": "容县"}, geometry=shapes, crs=4490)
    frame.to_file(tmp_path / "t.geojson")
    config = TownshipsFile(path="t.geojson", township="name", county="qx")
    read = read_townships(config, tmp_path, UTM, ("容县",))
    assert list(read.frame.columns) == COLUMNS and read.frame.crs == UTM
    assert read.frame["township"].tolist() == ["甲镇", "乙镇"]
    assert codes(read.problems) == ["townships.dissolved"]


def test_real_list_of_guangxi(shared_data: Path) -> None:
    read = read_townships(TownshipsFile(path="townships.csv"), shared_data / "guangxi", UTM)
    assert len(read.frame) == 176 and read.problems == ()
    # the file tells streets from the rest; the names tell towns from townships too
    assert (read.frame["kind"] == "street").sum() == read.frame["township"].str.endswith("街道").sum() > 0
