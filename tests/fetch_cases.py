"""What the tests of downloading share: a study that asks little, and what its download brings or fails with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from rasterio.io import MemoryFile
from servers import Behaviour, Grid, Server, serving
from shapely.geometry import box

from carereach.errors import FetchError
from carereach.layers import fetch as fetching
from carereach.layers.settings import StudyFile
from carereach.texts import LANGS, text

GRID = Grid()
AREA = box(110.0, 22.0, 110.4, 22.4)  # 0.402 x 111.2 km = 44.7 km high: 2 rows of 25 km, and 2 columns
COUNTIES = gpd.GeoDataFrame({"county": ["甲县"]}, geometry=[AREA], crs=4326)
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SECRET = "geheim-7Q"
HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Hotel\x1b[31m WLAN</body></html>"


def make_tiff() -> bytes:
    """A small GeoTIFF of 64 x 64 residents, 16,384 bytes of pixels."""
    profile = {"driver": "GTiff", "width": 64, "height": 64, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with MemoryFile() as memory:
        with memory.open(transform=Affine(0.01, 0, 110, 0, -0.01, 23), **profile) as raster:
            raster.write(np.arange(4096, dtype="float32").reshape(1, 64, 64))
        return bytes(memory.read())


def study(**table: object) -> StudyFile:
    """A study with this table [fetch]; waits are short."""
    return StudyFile.model_validate(
        {
            "name": "t",
            "boundaries": {"path": "counties.geojson"},
            "facilities": [{"path": "facilities.csv"}],
            "roads": {"path": "roads.osm"},
            "people": {"path": "people.tif", "licence": "CC BY 4.0", "source": "WorldPop"},
            "fetch": {"buffer_km": 0, "timeout_s": 5, "attempts": 3, **table},
        }
    )


def get_roads(folder: Path, *asked: Server, sleeps: list[float] | None = None, **more: object) -> fetching.Fetched:
    options = {key: more.pop(key) for key in ("progress", "refresh") if key in more}
    settings = study(roads="roads.osm", overpass=[server.url("/api/interpreter") for server in asked], **more)
    report = fetching.fetch(
        settings, folder, COUNTIES, now=lambda: NOW, sleep=(sleeps if sleeps is not None else []).append, **options
    )
    assert report.roads is not None
    return report.roads


def get_population(
    folder: Path, server: Server, sleeps: list[float] | None = None, path: str = "/pop.tif", **more: object
) -> fetching.Fetched:
    settings = study(population="people.tif", population_url=server.url(path), **more)
    waits = sleeps if sleeps is not None else []
    report = fetching.fetch(settings, folder, None, now=lambda: NOW, sleep=waits.append)
    assert report.population is not None
    return report.population


def codes(error: pytest.ExceptionInfo[FetchError]) -> list[str]:
    """The problems' codes; every one has its wording and its way out in both languages."""
    for problem in error.value.problems:
        assert all(problem.line(lang) for lang in LANGS)
        assert all(text(problem.code + ".todo", lang, **problem.params) for lang in LANGS)
    return [problem.code for problem in error.value.problems]


def refused(folder: Path, *behaviours: Behaviour, **more: object) -> list[str]:
    """The codes with which a download of the raster from such a server fails."""
    with serving(*behaviours) as server, pytest.raises(FetchError) as error:
        get_population(folder, server, **more)
    assert not (folder / "people.tif").exists()
    return codes(error)


def roads_refused(folder: Path, *behaviours: Behaviour, **more: object) -> list[str]:
    with serving(*behaviours) as server, pytest.raises(FetchError) as error:
        get_roads(folder, server, **more)
    assert not (folder / "roads.osm").exists()
    return codes(error)
