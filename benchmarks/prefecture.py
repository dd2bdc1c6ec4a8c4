"""A made-up prefecture of Yulin's size and counties, as the files a user would have: 20,000 places, 150 stations."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from graphs import METRIC, Roads, write_osm
from numpy.typing import NDArray
from pyproj import Transformer

COUNTIES = ("玉州区", "福绵区", "容县", "陆川县", "博白县", "兴业县", "北流市")
PLACES, STATIONS = 20_000, 150
STUDY = """name = "benchmark"
plans = ["yulin"]
crs = "EPSG:32649"

[boundaries]
path = "counties.geojson"
grade = "assumed"

[[facilities]]
path = "facilities.csv"
complete_kinds = ["ems.station", "ems.centre"]
grade = "assumed"

[roads]
path = "roads.osm.pbf"
grade = "assumed"

[people]
path = "people.csv"
format = "points"
grade = "assumed"

[zones]
method = "polygon"
path = "urban.geojson"
grade = "assumed"
"""


def write_prefecture(folder: Path, roads: Roads, places: int = PLACES, stations: int = STATIONS, seed: int = 2) -> Path:
    """Writes the study into ``folder``, always the same for the same seed."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    low, high = roads.xy.min(axis=0), roads.xy.max(axis=0)
    cuts = np.linspace(low[0], high[0], len(COUNTIES) + 1)
    strips = [shapely.box(west, low[1], east, high[1]) for west, east in pairwise(cuts)]
    centre, half = (low + high) / 2, (high - low) / 12
    urban = shapely.box(*(centre - half), *(centre + half))
    _write_geojson(folder / "counties.geojson", {"county": list(COUNTIES)}, strips)
    _write_geojson(folder / "urban.geojson", {"name": ["urban"]}, [urban])
    lon, lat = _degrees(low + rng.random((places, 2)) * (high - low))
    residents = np.round(rng.lognormal(4.5, 1.0, places))
    pd.DataFrame({"lon": lon, "lat": lat, "residents": residents}).to_csv(folder / "people.csv", index=False)
    lon, lat = _degrees(low + rng.random((stations, 2)) * (high - low))
    pd.DataFrame(
        {
            "id": [f"s{i}" for i in range(stations)],
            "name": [f"站{i}" for i in range(stations)],
            "kind": "ems.station",
            "run_by": rng.choice(["city", "county", "township"], stations),
            "lon": lon,
            "lat": lat,
            "status": "open",
            "precision": "exact",
        }
    ).to_csv(folder / "facilities.csv", index=False)
    write_osm(roads, folder / "roads.osm.pbf")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return folder


def _degrees(xy: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lon, lat = Transformer.from_crs(METRIC, "EPSG:4326", always_xy=True).transform(xy[:, 0], xy[:, 1])
    return np.round(lon, 7), np.round(lat, 7)


def _write_geojson(path: Path, columns: dict[str, list[str]], shapes: list[shapely.Geometry]) -> None:
    gpd.GeoDataFrame(columns, geometry=shapes, crs=METRIC).to_crs(4326).to_file(path, driver="GeoJSON")
