"""The residents of the fictional prefecture: a grid of 500 m cells and the census totals that it is to be scaled to."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from . import world
from .network import Net
from .world import Floats

CELL_KM = 0.5
NODATA = -99999.0
IN_TOWN_SHARE = {"street": 0.9, "town": 0.5, "township": 0.35}
ROAD_SCALE_KM = 0.5
FEWEST = 0.05


def grid(rng: np.random.Generator, net: Net, towns: gpd.GeoDataFrame) -> NDArray[np.float32]:
    """Residents of each cell, north row first; ``NODATA`` at sea.

    A township's residents live partly in its town (a normal distribution round the seat), partly along its roads
    (falling with exp(-distance / 0.5 km), times noise). The islet of the lighthouse has none.
    """
    edges = np.arange(0, world.SIDE_KM, CELL_KM) + CELL_KM / 2
    x, y = np.meshgrid(edges, edges[::-1])
    cells: Floats = np.column_stack([x.ravel(), y.ravel()])
    places = shapely.points(world.to_lonlat(cells))
    residents = np.full(len(cells), NODATA)
    land = world.land().buffer(-0.06)
    shapely.prepare(land)
    residents[shapely.contains_xy(land, *cells.T)] = 0.0
    to_road = np.asarray(cKDTree(_road_nodes(net)).query(cells)[0])
    noise = rng.gamma(2.0, 0.5, len(cells))
    habitable = (residents == 0.0) & ~shapely.contains_xy(world.lighthouse_island().buffer(0.2), *cells.T)
    for p, outline in zip(world.PLACES, towns.geometry, strict=True):
        mine = np.flatnonzero(habitable & shapely.contains(outline, places))
        in_town = np.exp(-0.5 * ((cells[mine] - (p.x, p.y)) ** 2).sum(axis=1) / p.spread_km**2)
        by_road = np.exp(-to_road[mine] / ROAD_SCALE_KM) * noise[mine]
        share = IN_TOWN_SHARE[p.kind]
        people = 1000 * p.thousands * (share * in_town / in_town.sum() + (1 - share) * by_road / by_road.sum())
        people[people < FEWEST] = 0.0
        residents[mine] = np.round(people, 2)
    return residents.reshape(x.shape).astype(np.float32)


def _road_nodes(net: Net) -> Floats:
    """Places along roads that people live by: all but motorways and ferries."""
    closed = {"motorway", "motorway_link", None}
    used = {n for nodes, tags in net.ways if tags.get("highway") not in closed for n in nodes}
    return np.array([net.xy[n] for n in sorted(used)])


def write_grid(residents: NDArray[np.float32], path: Path) -> None:
    """Writes the cells as a GeoTIFF in UTM zone 50N."""
    top = world.ORIGIN_NORTH_M + 1000 * world.SIDE_KM
    profile = {
        "driver": "GTiff",
        "dtype": "float32",
        "count": 1,
        "height": residents.shape[0],
        "width": residents.shape[1],
        "crs": world.CRS,
        "transform": rasterio.Affine(1000 * CELL_KM, 0, world.ORIGIN_EAST_M, 0, -1000 * CELL_KM, top),
        "nodata": NODATA,
        "compress": "deflate",
        "predictor": 3,
    }
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(residents, 1)


def census() -> str:
    """The fictional census as CSV text: county totals, known figures that the grid does not quite add up to."""
    rows = [f"{world.COUNTY_CODE[name]},{name},{residents}" for name, residents in world.CENSUS.items()]
    return "\n".join(["代码,县区,常住人口", *rows]) + "\n"
