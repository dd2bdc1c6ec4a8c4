"""Main urban area and townships: by polygon, by streets, by degree of urbanisation."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from carereach.errors import InputError
from carereach.layers.boundaries import areas_km2, equal_area_crs
from carereach.layers.people import read_people
from carereach.layers.settings import PeopleFile, ZonesFile
from carereach.layers.zones import Zones, assign_zones
from carereach.texts import text

UTM = CRS.from_epsg(32649)
X, Y = 500_000.0, 2_400_000.0  # the central meridian: the equal-area grid is nearly parallel to the metric one


def demand(
    places: list[tuple[float, float]], residents: list[float], county: str = "甲县", township: list[str] | None = None
) -> gpd.GeoDataFrame:
    """Points at these places, in km."""
    columns = {"residents": residents, "county": county, "township": township or "", "zone": ""}
    return gpd.GeoDataFrame(columns, geometry=[shapely.Point(X + 1000 * x, Y + 1000 * y) for x, y in places], crs=UTM)


def zones(frame: gpd.GeoDataFrame, folder: Path = Path(), **options: object) -> Zones:
    ground = options.pop("townships", None)
    counties = options.pop("counties", None)
    made = assign_zones(frame, ZonesFile.model_validate(options), folder, UTM, ground, counties)  # type: ignore[arg-type]
    assert all(p.line("en") and p.line("zh") for p in made.problems)
    assert text(made.code, "en") and text(made.code, "zh")
    return made


def refused(frame: gpd.GeoDataFrame, folder: Path = Path(), **options: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        zones(frame, folder, **options)
    assert all(p.line("en") and p.line("zh") for p in caught.value.problems)
    return [p.code for p in caught.value.problems]


def test_no_method_leaves_no_zone() -> None:
    made = zones(demand([(0, 0)], [5]))
    assert made.zone.tolist() == [""] and made.area is None and made.problems == ()


def test_polygon(tmp_path: Path) -> None:
    box = shapely.box(X, Y, X + 2000, Y + 2000)
    gpd.GeoDataFrame({"a": [1]}, geometry=[box], crs=UTM).to_crs(4326).to_file(tmp_path / "u.geojson")
    frame = demand([(1, 1), (3, 1), (9, 9)], [5, 6, 7])
    frame.loc[2, "county"] = ""
    made = zones(frame, tmp_path, method="polygon", path="u.geojson")
    assert made.zone.tolist() == ["urban", "township", ""] and made.code == "zones.by-polygon"
    assert made.area is not None and made.area.area == pytest.approx(4e6, rel=1e-6) and not made.from_people
    far = demand([(9, 9)], [5])
    assert [p.code for p in zones(far, tmp_path, method="polygon", path="u.geojson").problems] == ["zones.nobody-urban"]
    assert refused(frame, tmp_path, method="polygon", path="none.geojson") == ["file.missing"]


def test_streets() -> None:
    frame = demand([(0.5, 0.5), (1.5, 0.5), (2.5, 0.5)], [5, 6, 7], township=["城东街道", "石镇", ""])
    boxes = [shapely.box(X + 1000 * i, Y, X + 1000 * (i + 1), Y + 1000) for i in (0, 1)]
    ground = gpd.GeoDataFrame({"township": ["城东街道", "石镇"], "county": "甲县"}, geometry=boxes, crs=UTM)
    made = zones(frame, method="streets", units=("城东街道",), townships=ground)
    assert made.zone.tolist() == ["urban", "township", "township"]
    assert made.area is not None and made.area.equals(boxes[0])
    with pytest.raises(InputError, match="城东街道") as caught:
        zones(frame, method="streets", units=("城东街",))
    assert caught.value.problems[0].code == "zones.unknown-unit"
    assert refused(demand([(0, 0)], [5]), method="streets", units=("城东街道",)) == ["zones.no-townships"]


def block(columns: int, rows: int, each: float, left: float = 0, bottom: float = 0) -> gpd.GeoDataFrame:
    """100 points per km2 (10 x 10 in each), so that the grid's offset does not matter much."""
    x, y = np.meshgrid(left + (np.arange(columns * 10) + 0.5) / 10, bottom + (np.arange(rows * 10) + 0.5) / 10)
    return demand(list(zip(x.ravel(), y.ravel(), strict=True)), [each / 100] * x.size)


def test_degree_of_urbanisation_needs_density_and_fifty_thousand() -> None:
    """Per km2 8 x 8 at 2,000 = 128,000; 4 x 4 at 2,000 = 32,000 (too few); 20 x 20 at 1,000 = 400,000 (too thin)."""
    method = {"method": "degree-of-urbanisation"}
    dense = zones(block(8, 8, 2000), **method)
    urban = dense.zone == "urban"
    # the rim of the block may fall into cells that it fills by part: at least the 7 x 7 whole cells are urban
    assert urban.mean() >= 49 / 64 and dense.from_people and dense.code == "zones.by-degree"
    assert dense.area is not None
    ground = gpd.GeoDataFrame({"county": ["a"]}, geometry=[dense.area], crs=UTM)
    assert 49 <= areas_km2(ground)[0] <= 81.1
    for few in (block(4, 4, 2000), block(20, 20, 1000)):
        made = zones(few, **method)
        assert set(made.zone) == {"township"} and [p.code for p in made.problems] == ["zones.nobody-urban"]
        assert made.area is not None and made.area.is_empty


def cells_at(places: list[tuple[int, int]], residents: list[float]) -> gpd.GeoDataFrame:
    """One point in the middle of each cell of the grid that the classification makes for this frame."""
    rough = demand([(0, 0), (30, 30)], [0, 0])
    crs = equal_area_crs(rough)
    points = [shapely.Point((column + 0.5) * 1000, (row + 0.5) * 1000) for column, row in places]
    frame = gpd.GeoDataFrame(
        {"residents": residents, "county": "甲县", "township": "", "zone": ""}, geometry=points, crs=crs
    )
    return frame.to_crs(UTM)


def test_cells_must_touch_by_a_side() -> None:
    """Two cells of 30,000: side by side 60,000 together, corner to corner 30,000 each."""
    # the far corners keep the middle of the frame, and so its grid, in place: 1 km off (0.5, 0.5) either way
    side = cells_at([(0, 0), (1, 0), (-9, -9), (9, 9)], [30_000, 30_000, 1, 1])
    corner = cells_at([(0, 0), (1, 1), (-9, -9), (9, 9)], [30_000, 30_000, 1, 1])
    assert zones(side, method="degree-of-urbanisation").zone.tolist() == ["urban", "urban", "township", "township"]
    assert set(zones(corner, method="degree-of-urbanisation").zone) == {"township"}


def test_within_limits_to_counties() -> None:
    frame = block(8, 8, 2000)
    west = frame.geometry.x < X + 4000
    frame["county"] = np.where(west, "西县", "东县")
    boxes = [shapely.box(X, Y, X + 4000, Y + 8000), shapely.box(X + 4000, Y, X + 8000, Y + 8000)]
    ground = gpd.GeoDataFrame({"county": ["西县", "东县"]}, geometry=boxes, crs=UTM)
    made = zones(frame, method="degree-of-urbanisation", within=("西县",), counties=ground)
    assert set(made.zone[~west]) == {"township"} and "urban" in set(made.zone[west])
    assert made.area is not None and made.area.difference(boxes[0]).area == pytest.approx(0, abs=1e-3)
    assert refused(frame, method="degree-of-urbanisation", within=("西区",)) == ["zones.unknown-county"]


def test_people_scattered_over_the_earth_are_refused() -> None:
    frame = gpd.GeoDataFrame(
        {"residents": [1, 1], "county": "甲县", "township": ""},
        geometry=gpd.points_from_xy([-60, 60], [-40, 50]),
        crs=4326,
    )
    assert refused(frame, method="degree-of-urbanisation") == ["zones.too-wide"]


def test_porto_alegre_is_urban(shared_data: Path) -> None:
    folder = shared_data / "porto_alegre"
    crs = CRS.from_epsg(32722)
    frame = read_people(PeopleFile(path="poa_hexgrid.csv", format="h3"), folder, crs, None).frame
    made = assign_zones(frame, ZonesFile(method="degree-of-urbanisation"), folder, crs)
    shares = frame["residents"].groupby(made.zone).sum() / 812_935
    assert set(shares.index) == {"urban", "township"} and shares["urban"] > 0.9


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 5000), inside=st.booleans())
def test_zones_part_the_people(seed: int, inside: bool) -> None:
    """Everybody in a county is in exactly one zone, nobody outside is in any, and the frame is left as it was."""
    random = np.random.default_rng(seed)
    places = random.uniform(0, 12, (60, 2))
    frame = demand([(x, y) for x, y in places], random.uniform(0, 9000, 60).tolist())
    if not inside:
        frame.loc[::3, "county"] = ""
    made = zones(frame, method="degree-of-urbanisation")
    assert set(made.zone[frame["county"] != ""]) <= {"urban", "township"}
    assert set(made.zone[frame["county"] == ""]) <= {""}
    assert made.zone.index.equals(frame.index) and set(frame["zone"]) == {""}
    urban = frame[(made.zone == "urban").to_numpy()]
    assert made.area is not None and urban.geometry.within(made.area.buffer(1)).all()
