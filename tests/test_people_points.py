"""Residents from tables of points and of H3 cells."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import h3
import numpy as np
import pytest
import shapely
from pyproj import CRS, Geod, Transformer

from carereach.errors import InputError
from carereach.layers.boundaries import areas_km2
from carereach.layers.model import Layer
from carereach.layers.people import read_outline, read_people
from carereach.layers.settings import PeopleFile

UTM = CRS.from_epsg(32649)
COUNTY = gpd.GeoDataFrame({"county": ["甲县"]}, geometry=[shapely.box(109.9, 21.9, 110.1, 22.1)], crs=4326).to_crs(UTM)


def read(folder: Path, content: str, kind: str = "points", **options: object) -> Layer:
    (folder / "people.csv").write_text(content, encoding="utf-8")
    config = PeopleFile.model_validate({"path": "people.csv", "format": kind, **options})
    layer = read_people(config, folder, UTM, COUNTY)
    assert all(p.line("en") and p.line("zh") for p in layer.problems)
    return layer


def refused(folder: Path, content: str, kind: str = "points", **options: object) -> list[tuple[str, int | None]]:
    with pytest.raises(InputError) as caught:
        read(folder, content, kind, **options)
    assert all(p.line("en") and p.line("zh") for p in caught.value.problems)
    return [(p.code, p.row) for p in caught.value.problems if p.level == "error"]


@pytest.mark.parametrize("heading", ["lon,lat,residents", "LON,Lat,Population", "经度,纬度,人口", "x,y,pop"])
def test_points_under_usual_headings(tmp_path: Path, heading: str) -> None:
    layer = read(tmp_path, f"{heading}\n110,22,5\n110.05,22.05,0\n112,22,2.5\n")
    frame = layer.frame
    assert frame["residents"].tolist() == [5, 0, 2.5] and frame["county"].tolist() == ["甲县", "甲县", ""]
    assert set(frame["township"]) == set(frame["zone"]) == {""}
    x, y = Transformer.from_crs(4326, UTM, always_xy=True).transform(110, 22)
    assert (frame.geometry.x[0], frame.geometry.y[0]) == pytest.approx((x, y))
    (outside,) = layer.problems  # 2.5 of 7.5
    assert outside.code == "people.outside" and outside.params["share"] == "33"


def test_named_columns_and_metric_points(tmp_path: Path) -> None:
    x, y = Transformer.from_crs(4326, 32648, always_xy=True).transform(110, 22)
    columns = {"lon": "东", "lat": "北", "residents": "人"}
    frame = read(tmp_path, f"东,北,人\n{x},{y},4\n", columns=columns, crs="EPSG:32648").frame
    assert frame["county"].tolist() == ["甲县"]
    assert refused(tmp_path, "东,北,人\n110,22,4\n", columns=columns, crs="EPSG:32648") == [("vector.not-metres", None)]


def test_every_bad_row_is_said_at_once(tmp_path: Path) -> None:
    content = "lon,lat,residents\n110,22,-3\n110,22,many\n110,22,\n110,95,1\n,22,1\n22,110,1\n110,22,nan\n"
    found = refused(tmp_path, content)
    assert ("people.negative", 2) in found and ("people.blank", 4) in found and ("people.not-degrees", 5) in found
    assert ("people.blank", 6) in found and ("people.not-degrees", 7) in found
    assert {row for _, row in found} == {2, 3, 4, 5, 6, 7, 8}


def test_missing_columns_nobody_and_everybody_elsewhere(tmp_path: Path) -> None:
    assert refused(tmp_path, "a,b\n1,2\n") == [("people.no-column", None)] * 3
    assert refused(tmp_path, "lon,lat,residents\n110,22,0\n") == [("people.nobody", None)]
    assert refused(tmp_path, "lon,lat,residents\n120,22,9\n") == [("people.elsewhere", None)]


CELLS = [h3.latlng_to_cell(22.0 + i / 50, 110.0, 8) for i in range(3)]


def test_h3_cells_stand_at_their_centres(tmp_path: Path) -> None:
    rows = "".join(f"{cell},{10 * i}\n" for i, cell in enumerate(CELLS))
    frame = read(tmp_path, "h3,residents\n" + rows, "h3").frame
    lat, lon = h3.cell_to_latlng(CELLS[1])
    x, y = Transformer.from_crs(4326, UTM, always_xy=True).transform(lon, lat)
    assert (frame.geometry.x[1], frame.geometry.y[1]) == pytest.approx((x, y))
    assert frame["residents"].tolist() == [0, 10, 20]


def test_coordinates_beside_cells_are_compared(tmp_path: Path) -> None:
    lat, lon = h3.cell_to_latlng(CELLS[0])
    content = f"id,lon,lat,population\n{CELLS[0]},{lon + 0.001},{lat},1\n{CELLS[1]},{lon},{lat},1\n"
    layer = read(tmp_path, content, "h3")
    assert [(p.code, p.row, p.params["count"]) for p in layer.problems] == [("people.cell-elsewhere", 3, 1)]


def test_bad_cells_are_said_with_their_rows(tmp_path: Path) -> None:
    child = h3.cell_to_children(CELLS[2])[0]
    rows = [CELLS[0], "89zzz", CELLS[0], CELLS[2], child]
    content = "h3,residents\n" + "".join(f"{cell},1\n" for cell in rows)
    assert refused(tmp_path, content, "h3") == [
        ("people.not-a-cell", 3),
        ("people.cell-twice", 4),
        ("people.cell-inside", 6),
    ]


def test_porto_alegre(shared_data: Path) -> None:
    """812,935 residents in 1,227 cells of H3 resolution 9 (SOURCES.md); the cells' area by h3 itself."""
    folder = shared_data / "porto_alegre"
    config = PeopleFile(path="poa_hexgrid.csv", format="h3")
    outline = read_outline(config, folder, "Porto Alegre", None)
    assert outline.frame.crs.to_epsg() == 32722 and outline.grade == "modelled"
    layer = read_people(config, folder, outline.frame.crs, outline.frame)
    assert len(layer.frame) == 1227 and layer.frame["residents"].sum() == 812_935
    assert set(layer.frame["county"]) == {"Porto Alegre"} and layer.problems == ()
    ids = [line.split(",")[0].strip('"') for line in (folder / "poa_hexgrid.csv").read_text().splitlines()[1:]]
    assert areas_km2(outline.frame)[0] == pytest.approx(sum(h3.cell_area(c, "km^2") for c in ids), rel=0.01)


def test_outline_of_points_is_a_hull_widened_by_their_spacing_and_says_so(tmp_path: Path) -> None:
    """5 x 5 points 500 m apart: their square of 2 km, widened by 500 m: 4 + 4 x 2 x 0.5 + pi 0.5^2 = 8.785 km2."""
    x, y = np.meshgrid(500_000 + np.arange(5) * 500.0, 2_400_000 + np.arange(5) * 500.0)
    rows = "".join(f"{a},{b},1\n" for a, b in zip(x.ravel(), y.ravel(), strict=True))
    (tmp_path / "people.csv").write_text("x,y,residents\n" + rows)
    config = PeopleFile(path="people.csv", format="points", crs="EPSG:32649")
    outline = read_outline(config, tmp_path, "甲县", None)
    assert areas_km2(outline.frame)[0] == pytest.approx(8 + np.pi / 4, rel=0.005)
    assert outline.frame.crs.to_epsg() == 32649 and len(shapely.get_parts(outline.frame.geometry.iloc[0])) == 1
    (said,) = outline.problems
    assert (said.code, said.level) == ("people.outline-hull", "warning")
    assert (said.params["ratio"], said.params["apart_km"], said.params["count"]) == (0.3, "0.5", 25)
    assert "service radius" in said.line("en") and "服务半径" in said.line("zh")


def test_scattered_points_give_one_outline_with_everybody_inside(tmp_path: Path) -> None:
    """Pairs of neighbours 100 m apart, 5 km from pair to pair: no islands round each of them."""
    places = [(500_000 + 5_000 * i + d, 2_400_000 + 5_000 * j) for i in range(4) for j in range(4) for d in (0, 100)]
    (tmp_path / "people.csv").write_text("x,y,residents\n" + "".join(f"{a},{b},1\n" for a, b in places))
    config = PeopleFile(path="people.csv", format="points", crs="EPSG:32649")
    outline = read_outline(config, tmp_path, "甲县", None).frame.geometry.iloc[0]
    assert outline.geom_type == "Polygon" and len(outline.interiors) == 0
    assert all(outline.covers(shapely.Point(place)) for place in places)
    assert outline.area > 15_000 * 15_000 * 0.6


@pytest.mark.parametrize("count", [1, 3])
def test_too_few_points_for_an_outline_ask_for_a_boundary_file(tmp_path: Path, count: int) -> None:
    rows = "".join(f"{500_000 + 100 * i},{2_400_000 + 70 * i * i},1\n" for i in range(count))
    (tmp_path / "people.csv").write_text("x,y,residents\n" + rows)
    config = PeopleFile(path="people.csv", format="points", crs="EPSG:32649")
    with pytest.raises(InputError, match=r"at least 4 places.*boundary file"):
        read_outline(config, tmp_path, "甲县", None)


def test_a_missing_column_says_where_to_name_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\[people.columns\].*residents = ") as caught:
        read(tmp_path, "lon,lat,多少人\n110,22,5\n")
    assert "[people.columns]" in caught.value.problems[0].line("zh")


def test_a_column_of_persons_is_known(tmp_path: Path) -> None:
    assert read(tmp_path, "经度,纬度,人数\n110,22,5\n").frame["residents"].tolist() == [5.0]


def test_townships_are_filled_from_polygons(tmp_path: Path) -> None:
    boxes = [shapely.box(109.9, 21.9, 110, 22.1), shapely.box(110, 21.9, 110.1, 22.1)]
    ground = gpd.GeoDataFrame({"township": ["甲镇", "乙乡"]}, geometry=boxes, crs=4326).to_crs(UTM)
    (tmp_path / "people.csv").write_text("lon,lat,residents\n109.95,22,1\n110.05,22,1\n110.5,22,1\n")
    config = PeopleFile(path="people.csv", format="points")
    frame = read_people(config, tmp_path, UTM, COUNTY, townships=ground).frame
    assert frame["township"].tolist() == ["甲镇", "乙乡", ""]


def test_h3_distance_check_uses_kilometres() -> None:
    """The check's 111.2 km per degree against the ellipsoid: within 0.6 % at any latitude."""
    for lat in (-60, 0, 22, 60):
        metres = Geod(ellps="WGS84").inv(110, lat, 110, lat + 1)[2]
        assert metres / 1000 == pytest.approx(111.2, rel=0.006)
