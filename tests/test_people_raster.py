"""Residents from rasters: every cell at its centre, nothing resampled, nobody lost without a word."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from rasterio import Affine

from carereach.errors import InputError
from carereach.layers.model import Layer
from carereach.layers.people import read_outline, read_people
from carereach.layers.settings import PeopleFile

UTM = CRS.from_epsg(32649)
X, Y = 400_000.0, 2_400_000.0
GRID = Affine(1000, 0, X, 0, -1000, Y + 4000)  # 1 km cells; the upper left corner is X, Y + 4 km
BOTH = gpd.GeoDataFrame(
    {"county": ["西县", "东县"]},
    geometry=[shapely.box(X, Y, X + 2000, Y + 4000), shapely.box(X + 2000, Y, X + 4000, Y + 4000)],
    crs=UTM,
)


def write(path: Path, values: NDArray[np.number], **options: object) -> Path:
    profile = {"driver": "GTiff", "crs": UTM, "transform": GRID, "count": 1, "dtype": values.dtype, **options}
    with rasterio.open(path, "w", height=values.shape[0], width=values.shape[1], **profile) as raster:
        raster.write(values[None])
    return path


def read(folder: Path, counties: gpd.GeoDataFrame | None = BOTH, **options: object) -> Layer:
    config = PeopleFile.model_validate({"path": "people.tif", **options})
    layer = read_people(config, folder, UTM, counties)
    assert all(p.line("en") and p.line("zh") for p in layer.problems)
    return layer


def refused(folder: Path, counties: gpd.GeoDataFrame | None = BOTH, **options: object) -> set[str]:
    with pytest.raises(InputError) as caught:
        read(folder, counties, **options)
    assert all(p.line("en") and p.line("zh") for p in caught.value.problems)
    return {p.code for p in caught.value.problems}


def codes(layer: Layer) -> list[str]:
    return [p.code for p in layer.problems]


def test_cells_become_points_at_their_centres(tmp_path: Path) -> None:
    values = np.zeros((4, 4), np.float32)
    values[0, 0], values[3, 1], values[2, 3] = 10, 20.5, 7  # row 0 is the north
    write(tmp_path / "people.tif", values)
    layer = read(tmp_path)
    assert list(layer.frame.columns) == ["residents", "county", "township", "zone", "geometry"]
    assert layer.frame.crs == UTM and layer.grade == "open data" and codes(layer) == []
    found = {(p.x - X, p.y - Y): (n, c) for p, n, c in layer.frame[["geometry", "residents", "county"]].to_numpy()}
    assert found == {(500, 3500): (10.0, "西县"), (1500, 500): (20.5, "西县"), (3500, 1500): (7.0, "东县")}


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])
def test_every_type_of_number(tmp_path: Path, dtype: type[np.number]) -> None:
    values = np.arange(16).reshape(4, 4).astype(dtype)
    write(tmp_path / "people.tif", values, nodata=7)
    assert read(tmp_path).frame["residents"].sum() == 120 - 7  # 0 + 1 + ... + 15 = 120


@pytest.mark.parametrize("nodata", [-99999.0, np.nan, 0.0, -3.4028234663852886e38])
def test_declared_nodata_is_nobody(tmp_path: Path, nodata: float) -> None:
    values = np.full((4, 4), nodata, np.float32)
    values[1, 1] = 5
    write(tmp_path / "people.tif", values, nodata=nodata)
    layer = read(tmp_path)
    assert layer.frame["residents"].tolist() == [5] and codes(layer) == ["people.county-empty"]


def test_undeclared_fill_value_is_nobody_and_said(tmp_path: Path) -> None:
    values = np.full((4, 4), 3, np.float32)
    values[0] = -99999
    write(tmp_path / "people.tif", values)
    layer = read(tmp_path)
    assert layer.frame["residents"].sum() == 36 and codes(layer) == ["people.raster-fill"]
    assert layer.problems[0].params["count"] == 4


def test_other_values_that_are_no_residents(tmp_path: Path) -> None:
    values = np.full((4, 4), 3, np.float32)
    values[0, :2] = -2, -7
    write(tmp_path / "people.tif", values)
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.code, problem.value, problem.params["count"]) == ("people.raster-negative", -7, 2)
    values[0] = np.inf
    write(tmp_path / "people.tif", values)
    assert refused(tmp_path) == {"people.raster-infinite"}
    values[0] = 3e6  # per cell of 1 km2
    write(tmp_path / "people.tif", values)
    assert refused(tmp_path) == {"people.density"}


def test_raster_of_nothing(tmp_path: Path) -> None:
    write(tmp_path / "people.tif", np.full((4, 4), -1, np.float32), nodata=-1)
    assert refused(tmp_path) == {"people.raster-empty"}
    write(tmp_path / "people.tif", np.full((4, 4), -99999, np.float32))
    assert refused(tmp_path) == {"people.raster-empty", "people.raster-fill"}
    write(tmp_path / "people.tif", np.zeros((4, 4), np.float32))
    assert refused(tmp_path) == {"people.raster-nobody"}


def test_raster_elsewhere_and_raster_that_ends_inside(tmp_path: Path) -> None:
    write(tmp_path / "people.tif", np.ones((4, 4), np.float32), transform=GRID @ Affine.translation(100, 0))
    assert refused(tmp_path) == {"raster.elsewhere"}
    # 3 columns of 4: the eastern county (columns 2 and 3) is covered by half
    write(tmp_path / "people.tif", np.ones((4, 3), np.float32))
    layer = read(tmp_path)
    assert codes(layer) == ["people.raster-partial"] and layer.problems[0].params["unit"] == "东县"
    assert float(str(layer.problems[0].params["share"])) == pytest.approx(50)


def test_crs_missing_wrong_or_contradicting(tmp_path: Path) -> None:
    values = np.ones((4, 4), np.float32)
    write(tmp_path / "people.tif", values, crs=None)
    assert refused(tmp_path) == {"vector.no-crs"}
    assert read(tmp_path, crs="EPSG:32649").frame["residents"].sum() == 16
    assert refused(tmp_path, crs="EPSG:4326") == {"vector.not-degrees"}
    write(tmp_path / "people.tif", values)
    assert refused(tmp_path, crs="EPSG:32648") == {"vector.crs-contradicts"}
    write(tmp_path / "people.tif", values, transform=Affine(0.01, 0, 110, 0, -0.01, 22))
    assert refused(tmp_path) == {"vector.not-metres"}


def test_border_cells_go_by_their_centre_and_the_rest_stays_in_sight(tmp_path: Path) -> None:
    """7 x 7 cells of 1 km round the 4 x 4 of the counties, shifted by 300 m so that the border cuts cells."""
    values = np.ones((7, 7), np.float32)
    place = Affine(1000, 0, X - 1300, 0, -1000, Y + 5300)
    write(tmp_path / "people.tif", values, transform=place)
    layer = read(tmp_path)
    # centres in x: -800, 200, 1200, 2200, 3200, 4200, 5200; in y: 4800, 3800, ..., -200, -1200 (both less X, Y)
    inside = layer.frame[layer.frame["county"] != ""]
    assert len(inside) == 16 and inside.groupby("county").size().to_dict() == {"西县": 8, "东县": 8}
    # kept outside: centres at most 707 m off, so column 4200 (4 cells), row -200 (4 cells) and their corner (283 m);
    # column -800 and row 4800 lie 800 m off
    outside = layer.frame[layer.frame["county"] == ""]
    assert len(outside) == 9 and set(outside.geometry.x - X) == {200, 1200, 2200, 3200, 4200}
    assert codes(layer) == ["people.outside"]
    assert layer.frame["residents"].sum() == len(inside) + len(outside)


@pytest.mark.parametrize(
    "turn", [Affine.identity(), Affine.translation(0, 4) @ Affine.scale(1, -1), Affine.rotation(0.1)]
)
def test_turned_and_south_up_rasters(tmp_path: Path, turn: Affine) -> None:
    """Each cell's point is the middle of its four corners, whichever way the raster runs."""
    values = np.arange(1, 17, dtype=np.float32).reshape(4, 4)
    place = GRID @ turn
    write(tmp_path / "people.tif", values, transform=place)
    frame = read(tmp_path, None).frame.sort_values("residents")
    assert frame["residents"].tolist() == list(range(1, 17)) and set(frame["county"]) == {""}
    for cell, point in enumerate(frame.geometry):
        row, column = divmod(cell, 4)
        corners = [place @ (column + i, row + j) for i in (0, 1) for j in (0, 1)]
        assert (point.x, point.y) == pytest.approx(np.mean(corners, axis=0))


def test_degrees_are_taken_as_they_are(tmp_path: Path) -> None:
    """A raster in degrees (as WorldPop's) is not warped: each point is its own cell's centre, transformed."""
    values = np.zeros((40, 40), np.float32)
    values[10, 20] = 9
    write(tmp_path / "people.tif", values, crs=4326, transform=Affine(0.001, 0, 110.02, 0, -0.001, 21.74))
    county = gpd.GeoDataFrame({"county": ["甲县"]}, geometry=[shapely.box(110.03, 21.71, 110.05, 21.735)], crs=4326)
    frame = read(tmp_path, county.to_crs(UTM)).frame
    assert frame["residents"].tolist() == [9] and frame["county"].tolist() == ["甲县"]
    lon, lat = Transformer.from_crs(UTM, 4326, always_xy=True).transform(frame.geometry.x[0], frame.geometry.y[0])
    assert (lon, lat) == pytest.approx((110.0405, 21.7295), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), shift=st.floats(-900, 900), dtype=st.sampled_from(["float32", "float64", "int32"]))
def test_residents_reconcile(tmp_path_factory: pytest.TempPathFactory, seed: int, shift: float, dtype: str) -> None:
    """Residents of a raster = those of the counties + those outside, to the last person; a plain sum is the oracle."""
    folder = tmp_path_factory.mktemp("ledger")
    values = np.random.default_rng(seed).integers(-1, 900, (9, 9)).astype(dtype)
    place = Affine(1000, 0, X - 2000 + shift, 0, -1000, Y + 6000)
    write(folder / "people.tif", values, nodata=-1, transform=place)
    whole = read(folder, None).frame
    assert whole["residents"].sum() == np.where(values < 0, 0, values).sum()
    frame = read(folder).frame
    by_county = frame.groupby("county")["residents"].sum()
    assert by_county.sum() == frame["residents"].sum()
    columns = X - 2000 + shift + (np.arange(9) + 0.5) * 1000
    west = (columns >= X) & (columns <= X + 2000)
    rows = Y + 6000 - (np.arange(9) + 0.5) * 1000
    tall = (rows >= Y) & (rows <= Y + 4000)
    assert by_county["西县"] == np.where(values < 0, 0, values)[np.ix_(tall, west)].sum()


def test_outline_of_a_raster_is_not_offered(tmp_path: Path) -> None:
    write(tmp_path / "people.tif", np.ones((4, 4), np.float32))
    with pytest.raises(InputError, match="points and H3 cells only"):
        read_outline(PeopleFile(path="people.tif"), tmp_path, "甲县", UTM)
