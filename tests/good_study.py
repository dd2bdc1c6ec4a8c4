"""A small study without a fault, to be broken: two counties side by side, a grid of roads, seven facilities."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

WEST, MIDDLE, EAST, SOUTH, NORTH = 110.0, 110.1, 110.2, 22.5, 22.6
COLUMNS, ROWS, STEP = 9, 5, 0.025
CELL = 0.01

STUDY = """\
name = "broken"
plans = ["yulin"]

[boundaries]
path = "counties.geojson"

[[facilities]]
path = "facilities.csv"
complete_kinds = ["ems.station"]

[roads]
path = "roads.osm"

[people]
path = "people.tif"
format = "raster"

[people.calibrate]
path = "census.csv"

[zones]
method = "polygon"
path = "zones.geojson"
"""

FACILITIES = """\
id,name,kind,county,lon,lat,datum,status,uncertainty_km,beds
s1,西县急救站,急救站,西县,110.0251,22.5251,WGS84,open,0.1,
s2,东县急救站,急救站,东县,110.1501,22.5501,WGS84,open,0.1,
h1,西县人民医院,综合医院,西县,110.0301,22.5301,WGS84,open,0.1,300
h2,东县人民医院,综合医院,东县,110.1601,22.5401,WGS84,open,0.1,450
t1,山口镇卫生院,乡镇卫生院,西县,110.0701,22.5701,WGS84,open,0.1,60
t2,河东镇卫生院,乡镇卫生院,东县,110.1801,22.5801,WGS84,open,0.1,40
b1,固定献血点,固定献血点,西县,110.0401,22.5201,WGS84,open,0.1,
"""

CENSUS = "county,residents\n西县,20000\n东县,30000\n"


def ring(west: float, south: float, east: float, north: float) -> list[list[float]]:
    """A rectangle as a closed ring."""
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(geometry: dict[str, object] | None, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def polygon(west: float, south: float, east: float, north: float) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": [ring(west, south, east, north)]}


def counties() -> list[dict[str, object]]:
    """西县 and 东县, 10 km wide each."""
    return [
        feature(polygon(WEST, SOUTH, MIDDLE, NORTH), county="西县"),
        feature(polygon(MIDDLE, SOUTH, EAST, NORTH), county="东县"),
    ]


def write_geojson(path: Path, features: list[dict[str, object]], **members: object) -> None:
    content = {"type": "FeatureCollection", "features": features, **members}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def node_places(west: float = WEST, south: float = SOUTH) -> list[tuple[int, float, float]]:
    """Id, lon and lat of the nodes of a grid that covers the study."""
    return [
        (1 + row * COLUMNS + column, west + column * STEP, south + row * STEP)
        for row in range(ROWS)
        for column in range(COLUMNS)
    ]


def lines() -> list[list[int]]:
    """Node ids along each road of the grid."""
    along = [[1 + row * COLUMNS + column for column in range(COLUMNS)] for row in range(ROWS)]
    return along + [[1 + row * COLUMNS + column for row in range(ROWS)] for column in range(COLUMNS)]


def osm(places: list[tuple[int, float, float]], ways: list[list[int]], *, tag: str = "highway", head: str = "") -> str:
    """OSM XML of nodes and ways; ``head`` stands before the root element."""
    nodes = "".join(f'<node id="{i}" lat="{lat:.6f}" lon="{lon:.6f}" version="1"/>\n' for i, lon, lat in places)
    drawn = "".join(
        f'<way id="{100 + n}" version="1">'
        + "".join(f'<nd ref="{ref}"/>' for ref in way)
        + f'<tag k="{tag}" v="secondary"/></way>\n'
        for n, way in enumerate(ways)
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<osm version="0.6">\n{nodes}{drawn}</osm>\n'


def write_raster(path: Path, values: np.ndarray, *, west: float = WEST, crs: str | None = "EPSG:4326") -> None:
    """Cells of 0.01 degrees from the north-west corner; nodata is -1."""
    profile = {
        "driver": "GTiff",
        "width": values.shape[1],
        "height": values.shape[0],
        "count": 1,
        "dtype": "float32",
        "nodata": -1.0,
        "transform": Affine(CELL, 0.0, west, 0.0, -CELL, NORTH),
    }
    with rasterio.open(path, "w", **profile, **({"crs": crs} if crs else {})) as raster:
        raster.write(values.astype("float32"), 1)


def residents() -> np.ndarray:
    """200 cells: 200 residents each in 西县, 300 in 东县, as the census has it."""
    values = np.full((10, 20), 200.0)
    values[:, 10:] = 300.0
    return values


def write_good_study(folder: Path) -> Path:
    """Writes the study into ``folder`` and returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "study.toml": STUDY,
        "facilities.csv": FACILITIES,
        "census.csv": CENSUS,
        "roads.osm": osm(node_places(), lines()),
    }
    for name, content in texts.items():
        (folder / name).write_text(content, encoding="utf-8")
    write_geojson(folder / "counties.geojson", counties())
    write_geojson(folder / "zones.geojson", [feature(polygon(110.01, 22.51, 110.05, 22.55), name="城区")])
    write_raster(folder / "people.tif", residents())
    return folder
