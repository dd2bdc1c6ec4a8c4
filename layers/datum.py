"""WGS 84, GCJ-02 and BD-09: the coordinates of Chinese map services and back, exactly, for whole arrays.

AMap (高德), Tencent and Google draw mainland China in GCJ-02, Baidu in BD-09; GPS, OpenStreetMap and the national
CGCS2000 (equal to WGS 84 here: they differ by less than a metre) do not. The formulas are the public ones, known since
2010 and 2013 and kept in ``googollee/eviltransform`` and ``wandergis/coordtransform``; no official text was published.

Inside China's outline (:mod:`carereach.layers.outline`) a point is shifted as the formula says; outside nothing moves.
Each function is the exact inverse of its counterpart for every place inside, to 1e-9 degrees. Places just inside are
pushed over the border onto ground that stays where it is, so there one pair of coordinates stands for two places: on
the way back it is taken for the one inside, which is what a Chinese map service meant by it. (A strip of some 700 m
for GCJ-02, 2 km for BD-09; the outline itself is drawn to some hundred metres.)

All functions take degrees, longitude first, as numbers, arrays or series, and return ``(lon, lat)``: floats for
numbers, arrays otherwise. NaN stays NaN.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .outline import DEEP, NEAR, china

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]
Degrees = ArrayLike | pd.Series
Result = tuple[float, float] | Pair

SEMI_MAJOR_M = 6378245.0
ECCENTRICITY_SQUARED = 0.00669342162296594323
BAIDU_PI = np.pi * 3000.0 / 180.0
BAIDU_LON, BAIDU_LAT = 0.0065, 0.006
CLOSE_ENOUGH = 5e-11  # degrees of the last step; the error left is a fiftieth of it
ROUNDS_FOR_ALL, MOST_ROUNDS = 3, 200
BLOCK = 32_768  # points at a time: the arrays of one block stay in the processor's cache


def wgs84_to_gcj02(lon: Degrees, lat: Degrees) -> Result:
    """WGS 84 (GPS, OpenStreetMap) to GCJ-02 (AMap, Tencent)."""
    return _apply(lambda x, y: _image(x, y, _gcj_shift), lon, lat)


def gcj02_to_wgs84(lon: Degrees, lat: Degrees) -> Result:
    """GCJ-02 (AMap, Tencent) to WGS 84: the exact inverse of :func:`wgs84_to_gcj02` for places in China."""
    return _apply(_gcj_to_wgs, lon, lat)


def wgs84_to_bd09(lon: Degrees, lat: Degrees) -> Result:
    """WGS 84 to BD-09 (Baidu)."""
    return _apply(lambda x, y: _image(x, y, _bd_shift), lon, lat)


def bd09_to_wgs84(lon: Degrees, lat: Degrees) -> Result:
    """BD-09 (Baidu) to WGS 84: the exact inverse of :func:`wgs84_to_bd09` for places in China."""
    return _apply(_bd_to_wgs, lon, lat)


def gcj02_to_bd09(lon: Degrees, lat: Degrees) -> Result:
    """GCJ-02 to BD-09, so that WGS 84 to GCJ-02 to BD-09 equals WGS 84 to BD-09."""

    def near_edge(x: Floats, y: Floats) -> Pair:
        return _image(*_gcj_to_wgs(x, y), _bd_shift)

    return _apply(lambda x, y: _by_zone(x, y, _baidu, near_edge), lon, lat)


def bd09_to_gcj02(lon: Degrees, lat: Degrees) -> Result:
    """BD-09 to GCJ-02: the exact inverse of :func:`gcj02_to_bd09` for places in China."""

    def near_edge(x: Floats, y: Floats) -> Pair:
        return _image(*_bd_to_wgs(x, y), _gcj_shift)

    return _apply(lambda x, y: _by_zone(x, y, _unbaidu, near_edge), lon, lat)


def _apply(function: Callable[[Floats, Floats], Pair], lon: Degrees, lat: Degrees) -> Result:
    x, y = np.broadcast_arrays(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    new_x, new_y = function(x.ravel(), y.ravel())
    if x.ndim == 0:
        return float(new_x[0]), float(new_y[0])
    return new_x.reshape(x.shape), new_y.reshape(x.shape)


def _by_zone(
    x: Floats, y: Floats, inside: Callable[[Floats, Floats], Pair], near_edge: Callable[[Floats, Floats], Pair]
) -> Pair:
    """``inside`` for points far inside the outline, ``near_edge`` for those near its edge; all others stay."""
    new_x, new_y = x.copy(), y.copy()
    zone = china().zone(x, y)
    deep, near = np.flatnonzero(zone == DEEP), np.flatnonzero(zone == NEAR)
    if len(near):
        new_x[near], new_y[near] = near_edge(x[near], y[near])

    def convert(block: NDArray[np.intp]) -> None:
        new_x[block], new_y[block] = inside(x[block], y[block])

    blocks = [deep[start : start + BLOCK] for start in range(0, len(deep), BLOCK)]
    if len(blocks) < 2:
        for block in blocks:
            convert(block)
    else:
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            list(pool.map(convert, blocks))  # NumPy lets other threads run meanwhile
    return new_x, new_y


def _image(x: Floats, y: Floats, shift: Callable[[Floats, Floats], Pair]) -> Pair:
    def everywhere(x: Floats, y: Floats) -> Pair:
        dx, dy = shift(x, y)
        return x + dx, y + dy

    def near_edge(x: Floats, y: Floats) -> Pair:
        new_x, new_y = everywhere(x, y)
        return _inside_or_same(x, y, new_x, new_y, moves=china().contains(x, y))

    return _by_zone(x, y, everywhere, near_edge)


def _inside_or_same(x: Floats, y: Floats, new_x: Floats, new_y: Floats, moves: NDArray[np.bool_]) -> Pair:
    return np.where(moves, new_x, x), np.where(moves, new_y, y)


def _gcj_to_wgs(x: Floats, y: Floats) -> Pair:
    return _original(x, y, lambda x, y: _solve(x, y, _gcj_shift))


def _bd_to_wgs(x: Floats, y: Floats) -> Pair:
    return _original(x, y, lambda x, y: _solve(*_unbaidu(x, y), _gcj_shift))


def _original(x: Floats, y: Floats, unshift: Callable[[Floats, Floats], Pair]) -> Pair:
    """The points whose images are given: where undoing the shift leads inside the outline it is that point, elsewhere
    nothing was moved."""

    def near_edge(x: Floats, y: Floats) -> Pair:
        new_x, new_y = unshift(x, y)
        return _inside_or_same(x, y, new_x, new_y, moves=china().contains(new_x, new_y))

    return _by_zone(x, y, unshift, near_edge)


def _solve(x: Floats, y: Floats, shift: Callable[[Floats, Floats], Pair]) -> Pair:
    """Solves ``p + shift(p) = (x, y)`` by ``p <- (x, y) - shift(p)``.

    The shift changes by less than 0.02 degrees per degree: each round brings it nearer by a factor of 50 or more.
    """
    new_x, new_y = x, y
    for _ in range(ROUNDS_FOR_ALL):
        dx, dy = shift(new_x, new_y)
        new_x, new_y = x - dx, y - dy
    open_ = np.arange(len(x))
    for _ in range(MOST_ROUNDS):
        if not len(open_):
            break
        dx, dy = shift(new_x[open_], new_y[open_])
        next_x, next_y = x[open_] - dx, y[open_] - dy
        moved = np.maximum(np.abs(next_x - new_x[open_]), np.abs(next_y - new_y[open_]))
        new_x[open_], new_y[open_] = next_x, next_y
        open_ = open_[moved > CLOSE_ENOUGH]
    return new_x, new_y


def _gcj_shift(lon: Floats, lat: Floats) -> Pair:
    """What GCJ-02 adds to WGS 84, in degrees (eviltransform, coordtransform; Krasovsky's ellipsoid)."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    half = np.sin(np.pi * x)
    whole = np.sin(2.0 * np.pi * x)
    waves = (
        80.0 * whole - 80.0 * whole * whole * whole
    )  # 20 sin(6 pi x) + 20 sin(2 pi x), by sin 3a = 3 sin a - 4 sin^3 a
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += 2.0 / 3.0 * (waves + 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi / 3.0 * y))
    north += 2.0 / 3.0 * (160.0 * np.sin(np.pi / 12.0 * y) + 320.0 * np.sin(np.pi / 30.0 * y))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += 2.0 / 3.0 * (waves + 20.0 * half + 40.0 * np.sin(np.pi / 3.0 * x))
    east += 2.0 / 3.0 * (150.0 * np.sin(np.pi / 12.0 * x) + 300.0 * np.sin(np.pi / 30.0 * x))
    sine = np.sin(np.radians(lat))
    flattening = 1.0 - ECCENTRICITY_SQUARED * sine * sine
    flat_root = np.sqrt(flattening)
    metres_east = SEMI_MAJOR_M / flat_root * np.sqrt(1.0 - sine * sine)
    metres_north = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / (flattening * flat_root)
    return np.degrees(east / metres_east), np.degrees(north / metres_north)


def _bd_shift(lon: Floats, lat: Floats) -> Pair:
    """What BD-09 adds to WGS 84, in degrees."""
    dx, dy = _gcj_shift(lon, lat)
    x, y = _baidu(lon + dx, lat + dy)
    return x - lon, y - lat


def _baidu(x: Floats, y: Floats) -> Pair:
    """GCJ-02 to BD-09 as published, without regard to any outline."""
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * BAIDU_PI)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * BAIDU_PI)
    return radius * np.cos(angle) + BAIDU_LON, radius * np.sin(angle) + BAIDU_LAT


def _unbaidu(x: Floats, y: Floats) -> Pair:
    def shift(x: Floats, y: Floats) -> Pair:
        new_x, new_y = _baidu(x, y)
        return new_x - x, new_y - y

    return _solve(x, y, shift)
