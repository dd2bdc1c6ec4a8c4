"""Counties: mended, dissolved, compared with their neighbours; metric and equal-area CRS; points located."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer

from carereach.errors import InputError
from carereach.layers.boundaries import (
    areas_km2,
    equal_area_crs,
    locate,
    metric_crs,
    outline_of_people,
    read_boundaries,
)
from carereach.layers.model import Layer
from carereach.layers.settings import BoundariesFile

UTM = CRS.from_epsg(32649)
X, Y = 400_000.0, 2_400_000.0
KM = 1000.0


def square(column: float, row: float, width_km: float = 10, height_km: float = 10) -> shapely.Polygon:
    """A rectangle whose lower left corner lies ``column``, ``row`` km from a point in Guangxi."""
    return shapely.box(X + column * KM, Y + row * KM, X + (column + width_km) * KM, Y + (row + height_km) * KM)


def layer(folder: Path, shapes: dict[str, shapely.Geometry] | gpd.GeoDataFrame, **options: object) -> Layer:
    """The layer read from a file with these counties (or this frame)."""
    frame = shapes
    if isinstance(shapes, dict):
        frame = gpd.GeoDataFrame({"county": list(shapes)}, geometry=list(shapes.values()), crs=UTM)
    frame.to_file(folder / "counties.gpkg")
    config = BoundariesFile.model_validate({"path": "counties.gpkg", **options})
    read = read_boundaries(config, folder, UTM)
    assert all(p.line("en") and p.line("zh") for p in read.problems)
    return read


def refused(folder: Path, shapes: dict[str, shapely.Geometry] | gpd.GeoDataFrame, **options: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        layer(folder, shapes, **options)
    assert all(p.line("en") and p.line("zh") for p in caught.value.problems)
    return [p.code for p in caught.value.problems if p.level == "error"]


def test_sound_counties_have_no_problems(tmp_path: Path) -> None:
    read = layer(tmp_path, {"甲县": square(0, 0), "乙县": square(10, 0)})
    assert read.problems == () and list(read.frame.columns) == ["county", "code", "city", "geometry"]
    assert read.frame.crs == UTM and read.frame["code"].tolist() == ["", ""]
    # 10 km x 10 km on a map whose scale is 0.9996 to 0.9998 here: 100.04 to 100.08 km2 on the ground
    assert areas_km2(read.frame) == pytest.approx([100.05, 100.05], abs=0.04)


def test_guangxi_areas_and_crs(shared_data: Path) -> None:
    config = BoundariesFile(path="counties.geojson", county="district_name", code="district_adcode", city="city_name")
    read = read_boundaries(config, shared_data / "guangxi", None)
    assert len(read.frame) == 11 and read.frame.crs.to_epsg() == 32649 and read.problems == ()
    geod = Geod(ellps="WGS84")
    sphere = [abs(geod.geometry_area_perimeter(g)[0]) / 1e6 for g in read.frame.to_crs(4326).geometry]
    assert areas_km2(read.frame) == pytest.approx(sphere, rel=1e-4)


def test_bowtie_is_mended_and_its_area_said(tmp_path: Path) -> None:
    # corners in the order 0,0 - 10,10 - 10,0 - 0,10: two triangles of 10 x 5 / 2 = 25 km2; the ring's own sum is 0
    corners = [(X, Y), (X + 10 * KM, Y + 10 * KM), (X + 10 * KM, Y), (X, Y + 10 * KM)]
    read = layer(tmp_path, {"甲县": shapely.Polygon(corners), "乙县": square(30, 0)})
    (mended,) = read.problems
    assert (mended.code, mended.level, mended.row) == ("boundaries.mended", "warning", 1)
    assert float(str(mended.params["change_km2"])) == pytest.approx(50, abs=0.1)
    assert areas_km2(read.frame)[0] == pytest.approx(50, abs=0.1)
    assert read.frame.is_valid.all()


def test_ring_without_area_is_refused(tmp_path: Path) -> None:
    flat = shapely.Polygon([(X, Y), (X + KM, Y), (X + 2 * KM, Y), (X, Y)])
    assert refused(tmp_path, {"甲县": flat, "乙县": square(30, 0)}) == ["boundaries.no-area"]


def test_overlap_is_measured(tmp_path: Path) -> None:
    # the second begins 1 km inside the first: 1 km x 10 km
    (overlap,) = layer(tmp_path, {"甲县": square(0, 0), "乙县": square(9, 0)}).problems
    assert overlap.code == "boundaries.overlap" and overlap.params["a"] == "甲县" and overlap.params["b"] == "乙县"
    assert float(str(overlap.params["km2"])) == pytest.approx(10, abs=0.1)


def test_county_drawn_inside_another_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, {"玉林市": square(0, 0), "玉州区": square(2, 2, 3, 3)}) == ["boundaries.overlap"]


def test_gap_between_neighbours_is_measured(tmp_path: Path) -> None:
    # a strip of 50 m x 10 km = 0.5 km2, open at both ends
    (gap,) = layer(tmp_path, {"甲县": square(0, 0), "乙县": square(10.05, 0)}).problems
    assert gap.code == "boundaries.gap"
    assert float(str(gap.params["km2"])) == pytest.approx(0.5, abs=0.03)


def test_hole_in_the_middle_is_measured(tmp_path: Path) -> None:
    ring = {f"县{c}{r}": square(10 * c, 10 * r) for c in range(3) for r in range(3) if (c, r) != (1, 1)}
    (hole,) = layer(tmp_path, ring).problems
    assert hole.code == "boundaries.holes" and hole.params["count"] == 1
    assert float(str(hole.params["km2"])) == pytest.approx(100, abs=0.2)


def test_parts_of_one_county_are_joined_and_said(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"county": ["乙县", "甲县", "乙县"], "adcode": [450902.0, 450901.0, 450902.0]},
        geometry=[square(0, 0), square(10, 0), square(30, 0)],
        crs=UTM,
    )
    read = layer(tmp_path, frame, code="adcode")
    assert read.frame["county"].tolist() == ["乙县", "甲县"] and read.frame["code"].tolist() == ["450902", "450901"]
    assert [p.code for p in read.problems] == ["boundaries.dissolved"]
    assert areas_km2(read.frame)[0] == pytest.approx(200, abs=0.3)


def test_one_name_with_two_codes_is_refused(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"county": ["城区", "城区"], "adcode": ["1", "2"]}, geometry=[square(0, 0), square(10, 0)], crs=UTM
    )
    assert refused(tmp_path, frame, code="adcode") == ["boundaries.same-name"]


def test_include_keeps_these_and_names_the_nearest(tmp_path: Path) -> None:
    shapes = {"玉州区": square(0, 0), "福绵区": square(10, 0)}
    assert layer(tmp_path, shapes, include=("福绵区",)).frame["county"].tolist() == ["福绵区"]
    with pytest.raises(InputError) as caught:
        layer(tmp_path, shapes, include=("玉洲区",))
    (problem,) = caught.value.problems
    assert problem.code == "boundaries.unknown-county" and problem.params["near"] == "玉州区"


def test_all_faults_of_names_are_said_at_once(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"county": ["甲县", " ", "丙县"]}, geometry=[square(0, 0), square(10, 0), None], crs=UTM)
    assert refused(tmp_path, frame) == ["boundaries.no-name", "boundaries.no-outline"]
    assert refused(tmp_path, frame, county="名称", code="代码") == ["places.no-column", "places.no-column"]


@pytest.mark.parametrize(
    ("west", "south", "east", "north", "epsg"),
    [
        (109, 21, 111, 23, 32649),  # middle 110: zone 49 (108 to 114)
        (-51.3, -30.2, -51.1, -30.0, 32722),  # Porto Alegre
        (102, 22, 103, 23, 32648),
        (105, 21, 115, 23, None),  # middle 110, but its ends lie 6 degrees off meridian 111
        (178, -18, -179, -17, None),  # Fiji: across the 180th meridian, see below
    ],
)
def test_metric_crs(west: float, south: float, east: float, north: float, epsg: int | None) -> None:
    corners = gpd.GeoDataFrame(geometry=[shapely.Point(west, south), shapely.Point(east, north)], crs=4326)
    crs = metric_crs(corners)
    assert crs.axis_info[0].unit_name == "metre"
    if epsg is not None or west < east:
        assert crs.to_epsg() == epsg
    else:  # 178 to 181, middle 179.5: zone 60 (174 to 180), whose meridian 177 is 4 degrees from the east end
        assert crs.to_epsg() == 32760


@settings(max_examples=60, deadline=None)
@given(
    lon=st.floats(-175, 175),
    lat=st.floats(-70, 70),
    wide=st.floats(0.05, 8),
    bearing=st.floats(0, 360),
    at=st.floats(-1, 1),
)
def test_metric_crs_measures_to_a_quarter_percent(
    lon: float, lat: float, wide: float, bearing: float, at: float
) -> None:
    west, east = max(-180, lon - wide / 2), min(180, lon + wide / 2)
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(west, lat), shapely.Point(east, lat)], crs=4326)
    start = (lon + at * (east - west) / 2.1, lat)
    end = Geod(ellps="WGS84").fwd(*start, bearing, 1000)[:2]
    x, y = Transformer.from_crs(4326, metric_crs(frame), always_xy=True).transform(*zip(start, end, strict=True))
    assert np.hypot(x[1] - x[0], y[1] - y[0]) == pytest.approx(1000, rel=0.0026)


def test_equal_area_crs_is_centred() -> None:
    frame = gpd.GeoDataFrame(geometry=[shapely.box(109, 21, 111, 23)], crs=4326)
    there = Transformer.from_crs(4326, equal_area_crs(frame), always_xy=True)
    assert there.transform(110, 22) == pytest.approx((0, 0), abs=1e-6)


def test_points_are_located_the_same_way_on_borders() -> None:
    counties = gpd.GeoDataFrame({"county": ["甲县", "乙县"]}, geometry=[square(0, 0), square(10, 0)], crs=UTM)
    points = [square(4, 4).centroid, shapely.Point(X + 10 * KM, Y + KM), square(14, 4).centroid, square(40, 0).centroid]
    assert locate([*points, shapely.Point()], counties).tolist() == ["甲县", "甲县", "乙县", "", ""]
    assert locate(points, counties.iloc[::-1]).tolist() == ["甲县", "乙县", "乙县", ""]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 1000))
def test_locate_equals_a_spatial_join(seed: int) -> None:
    random = np.random.default_rng(seed)
    shapes = [square(c, r, 3, 3).buffer(0) for c, r in random.integers(0, 12, (5, 2)).astype(float)]
    counties = gpd.GeoDataFrame({"county": [f"县{i}" for i in range(5)]}, geometry=shapes, crs=UTM)
    points = gpd.GeoSeries.from_xy(*(random.uniform(0, 15, (2, 40)) * KM + [[X], [Y]]), crs=UTM)
    joined = gpd.sjoin(points.to_frame("geometry"), counties, predicate="intersects", how="left")
    first = joined.groupby(level=0)["index_right"].min()
    expected = ["" if np.isnan(i) else f"县{int(i)}" for i in first]
    assert locate(points.array, counties).tolist() == expected


def test_outline_of_people_is_one_modelled_county() -> None:
    cells = gpd.GeoSeries([square(0, 0, 1, 1), square(1, 0, 1, 1), square(5, 0, 1, 1)], crs=UTM)
    outline = outline_of_people(cells, "甲县", "census")
    assert outline.grade == "modelled" and outline.source == "census"
    assert outline.frame["county"].tolist() == ["甲县"] and outline.frame.area.tolist() == pytest.approx([3e6])
    assert len(shapely.get_parts(outline.frame.geometry.iloc[0])) == 2
