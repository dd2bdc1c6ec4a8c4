"""Outlines of the fictional prefecture: townships, the counties that they add up to, and the main urban area."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry import MultiPoint, Polygon

from . import world
from .world import Floats

URBAN_CORNERS = ((15.6, 20.0), (15.4, 29.0), (18.5, 32.2), (23.2, 32.4), (29.2, 28.8), (29.6, 22.4), (22.5, 19.0))


def bend(xy_km: Floats) -> Floats:
    """Moves points by up to a kilometre along smooth waves, so that borders are curves as real ones are."""
    x, y = xy_km[:, 0], xy_km[:, 1]
    shift = np.column_stack([np.sin(y / 2.3 + x / 9) + np.sin(y / 5.1), np.sin(x / 2.7 - y / 8) + np.cos(x / 4.3)])
    return xy_km + 0.45 * shift


def townships() -> gpd.GeoDataFrame:
    """Townships and streets in WGS 84: the land nearest to each seat, with bent borders; no gap, no overlap."""
    seats = [p for p in world.PLACES if p.name != "月屿乡"]
    cells = shapely.voronoi_polygons(MultiPoint([p.point for p in seats]), extend_to=world.land().buffer(30))
    by_seat = {p.name: next(c for c in cells.geoms if c.contains(p.point)) for p in seats}
    bent = shapely.transform(shapely.segmentize(np.array(list(by_seat.values())), 0.7), bend)
    pieces = [_single(cell.intersection(world.mainland())) for cell in bent]
    outline = dict(zip(by_seat, pieces, strict=True)) | {"月屿乡": world.ferry_island()}
    outline["长滩镇"] = shapely.union(outline["长滩镇"], world.lighthouse_island())
    shapes = shapely.transform(np.array([outline[p.name] for p in world.PLACES]), world.to_lonlat)
    columns = {
        "乡镇": [p.name for p in world.PLACES],
        "英文名": [p.name_en + " (fictional)" for p in world.PLACES],
        "县区": [p.county for p in world.PLACES],
        "类型": [p.kind for p in world.PLACES],
    }
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:4326")


def _single(shape: shapely.Geometry) -> shapely.Geometry:
    """A polygon as it is; of several parts all, as one multipolygon."""
    parts = [p for p in shapely.get_parts(shape) if isinstance(p, Polygon)]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def counties(towns: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Counties in WGS 84: exactly the union of their townships, vertex by vertex."""
    names = list(world.SEATS)
    shapes = [shapely.coverage_union_all(towns.geometry[towns["县区"] == name].to_numpy()) for name in names]
    columns = {
        "county": names,
        "county_en": [world.COUNTY_EN[name] + " (fictional)" for name in names],
        "code": [world.COUNTY_CODE[name] for name in names],
        "city": [world.CITY] * len(names),
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")


def main_urban_area() -> gpd.GeoDataFrame:
    """The main urban area in WGS 84: one polygon that holds the city's streets on both banks."""
    shape = shapely.transform(Polygon(URBAN_CORNERS), world.to_lonlat)
    return gpd.GeoDataFrame({"zone": ["主城区"]}, geometry=[shape], crs="EPSG:4326")
