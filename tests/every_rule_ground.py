"""The ground that the tutorial study is cut into for the plans' own units: its real outlines, roads and people.

The townships, the population grid, the main urban area and the roads are those of ``layers/areas/tutorial``; only who
belongs to which county-level unit, what a township is called (street or town) and the census figures are set here.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from numpy.typing import NDArray
from pyproj import Geod, Transformer

TUTORIAL = Path(__file__).resolve().parent.parent / "layers" / "areas" / "tutorial"
METRIC = "EPSG:32650"
TO_DEGREES = Transformer.from_crs(METRIC, 4326, always_xy=True)


@dataclass(frozen=True)
class Area:
    """A prefecture on the tutorial's ground: ``units`` -> their townships, the first of them the seat's; ``streets``:
    which of them are streets; ``residents``: the census figure of each unit."""

    city: str
    units: Mapping[str, Sequence[str]]
    streets: frozenset[str]
    residents: Mapping[str, int]

    @property
    def people(self) -> int:
        return sum(self.residents.values())

    def unit_of(self, township: str) -> str:
        return next(unit for unit, names in self.units.items() if township in names)

    def towns(self, unit: str) -> list[str]:
        """Its townships that are no streets."""
        return [name for name in self.units[unit] if name not in self.streets]

    def streets_of(self, unit: str) -> list[str]:
        return [name for name in self.units[unit] if name in self.streets]


@cache
def townships() -> gpd.GeoDataFrame:
    """The tutorial's townships in metres, by name."""
    frame = gpd.read_file(TUTORIAL / "townships.gpkg", layer="townships").to_crs(METRIC)
    return frame.set_index("乡镇")[["geometry"]]


@cache
def urban() -> shapely.Geometry:
    """The tutorial's main urban area in metres."""
    return gpd.read_file(TUTORIAL / "zones.geojson").to_crs(METRIC).union_all()


@cache
def cells() -> pd.DataFrame:
    """The population grid as points: x, y, residents before the census, township; the most populated first."""
    with rasterio.open(TUTORIAL / "population.tif") as raster:
        values = raster.read(1)
        rows, columns = np.nonzero(values > 0)
        x = raster.transform.c + (columns + 0.5) * raster.transform.a
        y = raster.transform.f + (rows + 0.5) * raster.transform.e
    grid = pd.DataFrame({"row": rows, "column": columns, "x": x, "y": y, "residents": values[rows, columns]})
    points = gpd.GeoDataFrame(grid, geometry=gpd.points_from_xy(x, y), crs=METRIC)
    inside = points.sjoin(townships().reset_index(), how="inner", predicate="within")
    frame = pd.DataFrame(inside[["row", "column", "x", "y", "residents", "乡镇"]]).rename(columns={"乡镇": "township"})
    return frame.sort_values(["residents", "row", "column"], ascending=[False, True, True], ignore_index=True)


def spot(township: str, place: int = 0) -> tuple[float, float]:
    """The centre of a township's most populated cell; ``place`` 1: of the next, and so on. Lon and lat."""
    here = cells()[cells()["township"] == township]
    row = here.iloc[place % min(len(here), 12)]
    return degrees(float(row["x"]), float(row["y"]))


def degrees(x: float, y: float) -> tuple[float, float]:
    lon, lat = TO_DEGREES.transform(x, y)
    return round(float(lon), 7), round(float(lat), 7)


def metres(lon: float, lat: float) -> shapely.Point:
    back = Transformer.from_crs(4326, METRIC, always_xy=True)
    return shapely.Point(*back.transform(lon, lat))


def far_spot(township: str, place: int = 0) -> tuple[float, float]:
    """A populated cell of a township as far as there is from the main urban area, or the next farthest ones."""
    here = cells()[cells()["township"] == township]
    km = shapely.distance(urban(), shapely.points(here["x"], here["y"]))
    row = here.iloc[int(np.argsort(-km, kind="stable")[place % 20])]
    return degrees(float(row["x"]), float(row["y"]))


def every_third_cell() -> list[tuple[float, float]]:
    """The middle cell of each three by three of the grid: but for the coast, nobody lives farther than a cell's
    diagonal from one."""
    chosen = cells()[(cells()["row"] % 3 == 1) & (cells()["column"] % 3 == 1)]
    return [degrees(x, y) for x, y in chosen[["x", "y"]].itertuples(index=False)]


def township_residents(area: Area) -> dict[str, float]:
    """Residents of each township: its cells, scaled to the census figure of its unit."""
    sums = cells().groupby("township")["residents"].sum()
    found = {}
    for unit, names in area.units.items():
        factor = area.residents[unit] / float(sums[list(names)].sum())
        found |= {name: float(sums[name]) * factor for name in names}
    return found


def weights(area: Area) -> NDArray[np.float64]:
    """Residents of each cell, scaled to the census."""
    names = cells()["township"]
    unit = names.map(area.unit_of)
    sums = cells()["residents"].groupby(unit).transform("sum")
    return np.asarray(cells()["residents"] / sums * unit.map(area.residents), dtype=np.float64)


def radius_km(ground: shapely.Geometry, stations: int) -> float:
    """Radius of the circle that one of the stations serves on average; the area is that on the ellipsoid."""
    series = gpd.GeoSeries([ground], crs=METRIC).to_crs(4326)
    square_m = abs(Geod(ellps="WGS84").geometry_area_perimeter(series.iloc[0])[0])
    return math.sqrt(square_m / 1e6 / (math.pi * stations))


def write_ground(area: Area, folder: Path) -> None:
    """counties.geojson, townships.gpkg, census.csv, and the tutorial's roads, people and urban area as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("roads.osm.pbf", "population.tif", "zones.geojson"):
        shutil.copyfile(TUTORIAL / name, folder / name)
    names = [(unit, name) for unit, members in area.units.items() for name in members]
    ground = townships().loc[[name for _, name in names]].geometry.to_numpy()
    kinds = ["街道" if name in area.streets else "镇" for _, name in names]
    frame = gpd.GeoDataFrame(
        {"乡镇": [name for _, name in names], "县区": [unit for unit, _ in names], "类型": kinds},
        geometry=ground,
        crs=METRIC,
    ).to_crs(4326)
    frame.to_file(folder / "townships.gpkg", layer="townships", driver="GPKG")
    counties = frame[["县区", "geometry"]].dissolve("县区").reset_index().rename(columns={"县区": "county"})
    counties["city"] = area.city
    counties.to_file(folder / "counties.geojson", driver="GeoJSON")
    census = pd.DataFrame({"县区": list(area.residents), "常住人口": list(area.residents.values())})
    census.to_csv(folder / "census.csv", index=False, encoding="utf-8")
