"""The fictional prefecture Qinghe: where its places, its coast and its river lie, in kilometres on a plane.

Nothing here exists. The plane is laid over the open sea, far from every coast, so that nobody takes it for real.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry import LineString, Point, Polygon

CITY = "青禾市"
DISTRICT, BAY, HILLS = "禾城区", "汐湾县", "云岫县"
COUNTY_EN = {DISTRICT: "Hecheng District", BAY: "Xiwan County", HILLS: "Yunxiu County"}
COUNTY_CODE = {DISTRICT: "990102", BAY: "990121", HILLS: "990122"}
CENSUS = {DISTRICT: 412_600, BAY: 301_300, HILLS: 186_100}
CRS = "EPSG:32650"
ORIGIN_EAST_M, ORIGIN_NORTH_M = 198_000.0, 2_167_000.0
SIDE_KM = 60.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """A township or street: its seat in km, its share of the raster's residents in thousands, its villages."""

    name: str
    name_en: str
    county: str
    kind: str
    x: float
    y: float
    thousands: float
    spread_km: float
    villages: int
    streets: int

    @property
    def point(self) -> Point:
        return Point(self.x, self.y)


PLACES = (
    Place("中街街道", "Zhongjie", DISTRICT, "street", 21.8, 26.0, 92, 1.5, 0, 0),
    Place("河西街道", "Hexi", DISTRICT, "street", 18.2, 26.6, 58, 1.5, 2, 0),
    Place("北关街道", "Beiguan", DISTRICT, "street", 21.2, 30.2, 46, 1.4, 2, 0),
    Place("河东街道", "Hedong", DISTRICT, "street", 26.8, 25.2, 64, 1.5, 2, 0),
    Place("新港街道", "Xingang", DISTRICT, "street", 20.6, 21.4, 40, 1.4, 2, 0),
    Place("白石镇", "Baishi", DISTRICT, "town", 10.5, 31.5, 27, 1.1, 14, 7),
    Place("柳桥镇", "Liuqiao", DISTRICT, "town", 13.5, 16.5, 24, 1.1, 14, 7),
    Place("长滩镇", "Changtan", DISTRICT, "town", 6.8, 23.0, 17, 0.9, 12, 6),
    Place("金田镇", "Jintian", DISTRICT, "town", 33.0, 21.0, 23, 1.0, 13, 6),
    Place("望湖镇", "Wanghu", DISTRICT, "town", 29.5, 33.0, 21, 1.0, 13, 6),
    Place("汐城镇", "Xicheng", BAY, "town", 45.0, 19.0, 92, 1.5, 12, 13),
    Place("沙头镇", "Shatou", BAY, "town", 38.0, 11.5, 34, 1.1, 14, 7),
    Place("盐田镇", "Yantian", BAY, "town", 50.5, 11.0, 38, 1.1, 14, 7),
    Place("竹山镇", "Zhushan", BAY, "town", 41.5, 27.0, 33, 1.0, 15, 7),
    Place("双溪镇", "Shuangxi", BAY, "town", 50.0, 28.0, 31, 1.0, 15, 6),
    Place("渔门镇", "Yumen", BAY, "town", 54.5, 20.0, 29, 1.0, 11, 6),
    Place("石塘乡", "Shitang", BAY, "township", 30.0, 9.0, 22, 0.9, 14, 5),
    Place("月屿乡", "Yueyu", BAY, "township", 57.6, 3.4, 6, 0.6, 3, 4),
    Place("云城镇", "Yuncheng", HILLS, "town", 36.5, 44.0, 52, 1.2, 13, 9),
    Place("茶坪镇", "Chaping", HILLS, "town", 26.0, 43.5, 25, 0.9, 14, 6),
    Place("松岭镇", "Songling", HILLS, "town", 15.0, 41.5, 23, 0.9, 14, 6),
    Place("温泉镇", "Wenquan", HILLS, "town", 45.5, 37.5, 24, 0.9, 14, 6),
    Place("铁厂镇", "Tiechang", HILLS, "town", 17.5, 51.5, 19, 0.9, 12, 5),
    Place("北坪乡", "Beiping", HILLS, "township", 29.0, 53.5, 14, 0.8, 10, 5),
    Place("高岭乡", "Gaoling", HILLS, "township", 42.0, 54.0, 13, 0.8, 10, 5),
    Place("雾谷乡", "Wugu", HILLS, "township", 52.5, 50.0, 13, 0.8, 10, 4),
)
SEATS = {DISTRICT: "中街街道", BAY: "汐城镇", HILLS: "云城镇"}
REMOTE = "雾谷乡"
RIVER = LineString(
    [(34.5, 62), (33.6, 55), (33.0, 49.5), (32.2, 44.5), (30.2, 39.5), (27.0, 36.0), (25.6, 32.5), (24.2, 28.5)]
    + [(24.0, 25.5), (24.8, 21.5), (26.8, 16.5), (25.4, 11.5), (23.6, 6.5), (23.0, -2)]
)
RIVER_WIDTH_KM = 0.2


def place(name: str) -> Place:
    """The place of that name."""
    return next(p for p in PLACES if p.name == name)


def mainland() -> Polygon:
    """The main island: a rounded square with bays, some 2,900 km2."""
    angle = np.linspace(0, 2 * np.pi, 241)[:-1]
    rounded = (np.abs(np.cos(angle)) ** 3.2 + np.abs(np.sin(angle)) ** 3.2) ** (-1 / 3.2)
    radius = 28.4 * rounded * (1 + 0.022 * np.sin(7 * angle + 0.6) + 0.014 * np.sin(17 * angle + 2.1))
    return Polygon(np.column_stack([30 + radius * np.cos(angle), 30 + radius * np.sin(angle)]))


def ferry_island() -> Polygon:
    """Yueyu, an inhabited island that only the ferry joins to the rest."""
    return Point(57.6, 3.4).buffer(1.9, quad_segs=12)


def lighthouse_island() -> Polygon:
    """An islet with a road of its own, no ferry and no residents."""
    return Point(3.0, 5.2).buffer(0.9, quad_segs=8)


def land() -> shapely.MultiPolygon:
    """All land of the prefecture."""
    return shapely.MultiPolygon([mainland(), ferry_island(), lighthouse_island()])


def to_lonlat(xy_km: Floats) -> Floats:
    """Plane kilometres (n, 2) as WGS 84 longitude and latitude, rounded to 1e-7 degrees."""
    back = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    lon, lat = back.transform(ORIGIN_EAST_M + 1000 * xy_km[:, 0], ORIGIN_NORTH_M + 1000 * xy_km[:, 1])
    return np.round(np.column_stack([lon, lat]), 7)
