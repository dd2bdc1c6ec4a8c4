"""Chinese coordinates: published values, exact inverses, and nothing moved abroad."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carereach.layers import datum
from carereach.layers.outline import DEEP, FAR, china

PAIRS = [
    (datum.wgs84_to_gcj02, datum.gcj02_to_wgs84),
    (datum.wgs84_to_bd09, datum.bd09_to_wgs84),
    (datum.gcj02_to_bd09, datum.bd09_to_gcj02),
]
BOTH_WAYS = PAIRS + [(back, forth) for forth, back in PAIRS]
FUNCTIONS = [function for function, _ in BOTH_WAYS]
# Places abroad, and in Hong Kong, Macao and Taiwan, where maps are drawn in WGS 84.
ABROAD = {
    "Hanoi": (105.85, 21.03),
    "Lang Son": (106.757, 21.853),
    "Lao Cai": (103.975, 22.485),
    "Blagoveshchensk": (127.53, 50.30),
    "Seoul": (126.98, 37.57),
    "London": (-0.13, 51.51),
    "Hong Kong": (114.17, 22.30),
    "Taipei": (121.56, 25.04),
    "antimeridian": (180.0, 0.0),
}
INSIDE = {
    "Dongxing": (107.972, 21.547),
    "Pingxiang": (106.766, 22.094),
    "Fangchenggang": (108.354, 21.687),
    "Qinzhou Port": (108.58, 21.73),
    "Weizhou Island": (109.115, 21.04),
    "Yulin": (110.154, 22.63),
    "Hekou": (103.962, 22.512),
    "Dandong": (124.385, 40.125),
}


# wgsLat, wgsLng, gcjLat, gcjLng of googollee/eviltransform, python/test.py.
@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_gcj02_equals_the_published_values(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    assert datum.wgs84_to_gcj02(*wgs) == pytest.approx(gcj, abs=1e-12)
    assert datum.gcj02_to_wgs84(*gcj) == pytest.approx(wgs, abs=1e-11)


def test_values_of_coordtransform() -> None:
    # README and test/app.js of wandergis/coordtransform, all at (116.404, 39.915). Its inverses are approximations:
    # bd09togcj02 is 0.05 m off its own forward formula, gcj02towgs84 about 1 m.
    at = (116.404, 39.915)
    assert datum.wgs84_to_gcj02(*at) == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-12)
    assert datum.gcj02_to_bd09(*at) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-12)
    assert datum.wgs84_to_bd09(*at) == pytest.approx((116.41662724378733, 39.922699552216216), abs=1e-12)
    assert datum.bd09_to_gcj02(*at) == pytest.approx((116.39762729119315, 39.90865673957631), abs=1e-6)
    assert datum.gcj02_to_wgs84(*at) == pytest.approx((116.39775550083061, 39.91359571849836), abs=2e-5)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("place", ABROAD)
def test_abroad_nothing_moves(function: Callable[..., tuple[float, float]], place: str) -> None:
    assert function(*ABROAD[place]) == ABROAD[place]


# The outline's edge at Dongxing, Pingxiang, Hekou, Ruili, Dandong and Heihe.
BORDERS = [(107.97, 21.54), (106.71, 21.97), (103.96, 22.50), (97.88, 23.99), (124.39, 40.11), (127.5, 50.25)]


# Móng Cái 0.008, Sinŭiju and Zabaikalsk 0.016 degrees from the outline.
@pytest.mark.parametrize("place", [(107.966, 21.525), (124.398, 40.096), (117.33, 49.65)])
@pytest.mark.parametrize("function", [datum.wgs84_to_gcj02, datum.gcj02_to_wgs84])
def test_towns_across_the_border_river_stay_in_gcj02(
    function: Callable[..., tuple[float, float]], place: tuple[float, float]
) -> None:
    assert function(*place) == place


@pytest.mark.parametrize("place", INSIDE)
def test_inside_the_whole_shift_is_applied(place: str) -> None:
    lon, lat = INSIDE[place]
    new_lon, new_lat = datum.wgs84_to_gcj02(lon, lat)
    metres = np.hypot((new_lon - lon) * 111_320 * np.cos(np.radians(lat)), (new_lat - lat) * 110_570)
    assert 300 < metres < 800
    bd_lon, bd_lat = datum.gcj02_to_bd09(new_lon, new_lat)
    # Baidu's second step is constant but for waves of some 40 m: 0.0065 and 0.006 degrees.
    assert (bd_lon - new_lon, bd_lat - new_lat) == pytest.approx((0.0065, 0.006), abs=5e-4)


@pytest.mark.parametrize(("forth", "back"), BOTH_WAYS)
@settings(max_examples=100, deadline=None)
@given(lon=st.floats(72, 136), lat=st.floats(2, 55))
def test_inverse_is_exact_anywhere_in_china_and_nothing_else_moves(
    forth: Callable[..., tuple[float, float]], back: Callable[..., tuple[float, float]], lon: float, lat: float
) -> None:
    if china().contains(np.array([lon]), np.array([lat]))[0]:
        there = (lon, lat) if forth is not datum.gcj02_to_bd09 else datum.wgs84_to_gcj02(lon, lat)
        assert back(*forth(*there)) == pytest.approx(there, abs=1e-9, rel=0)
    else:
        assert datum.wgs84_to_gcj02(lon, lat) == (lon, lat)
        assert datum.wgs84_to_bd09(lon, lat) == (lon, lat)


@pytest.mark.parametrize("centre", BORDERS)
@pytest.mark.parametrize(
    ("forth", "back"), [(datum.wgs84_to_gcj02, datum.gcj02_to_wgs84), (datum.wgs84_to_bd09, datum.bd09_to_wgs84)]
)
def test_the_shift_stops_at_the_border(
    forth: Callable[..., datum.Pair], back: Callable[..., datum.Pair], centre: tuple[float, float]
) -> None:
    # Every 0.0007 degrees (70 m) across the outline's edge.
    step = np.arange(-0.035, 0.035, 0.0007)
    lon, lat = (axis.ravel() for axis in np.meshgrid(centre[0] + step, centre[1] + step))
    inside = china().contains(lon, lat)
    assert inside.any() and not inside.all()
    new_lon, new_lat = forth(lon, lat)
    moved = np.hypot(new_lon - lon, new_lat - lat)
    assert (moved[inside] > 0.002).all() and not moved[~inside].any()
    back_lon, back_lat = back(new_lon, new_lat)
    assert np.abs(back_lon - lon)[inside].max() < 1e-9 and np.abs(back_lat - lat)[inside].max() < 1e-9
    # Beyond the border what is taken for a place inside is a strip as wide as the shift; the rest stays.
    taken = (back_lon != lon) | (back_lat != lat)
    assert china().contains(back_lon[~inside & taken], back_lat[~inside & taken]).all()
    assert np.hypot(back_lon - lon, back_lat - lat)[~inside].max() < 1.2 * moved[inside].max()


def test_a_route_through_gcj02_equals_the_direct_one() -> None:
    random = np.random.default_rng(7)
    lon, lat = random.uniform(107, 112, 2000), random.uniform(21, 24, 2000)
    inside = china().contains(lon, lat)
    lon, lat = lon[inside], lat[inside]
    direct = datum.wgs84_to_bd09(lon, lat)
    stepwise = datum.gcj02_to_bd09(*datum.wgs84_to_gcj02(lon, lat))
    np.testing.assert_allclose(stepwise, direct, rtol=0, atol=1e-9)


def test_shapes_series_and_missing_values() -> None:
    one = datum.wgs84_to_gcj02(110.15, 22.63)
    assert all(isinstance(v, float) for v in one)
    lon, lat = datum.wgs84_to_gcj02(pd.Series([110.15, np.nan, np.inf], index=[5, 6, 7]), pd.Series([22.63, 22.0, 1.0]))
    assert isinstance(lon, np.ndarray) and (lon[0], lat[0]) == one
    assert np.isnan(lon[1]) and lat[1] == 22.0 and np.isinf(lon[2])
    grid_lon, _ = datum.wgs84_to_gcj02(np.full((2, 3), 110.15), 22.63)
    assert grid_lon.shape == (2, 3)
    empty_lon, empty_lat = datum.gcj02_to_wgs84([], [])
    assert empty_lon.shape == empty_lat.shape == (0,)


def test_the_grid_agrees_with_the_polygon() -> None:
    random = np.random.default_rng(3)
    lon, lat = random.uniform(70, 140, 50_000), random.uniform(0, 58, 50_000)
    outline = china()
    zone, inside = outline.zone(lon, lat), outline.contains(lon, lat)
    assert inside[zone == DEEP].all() and not inside[zone == FAR].any()
