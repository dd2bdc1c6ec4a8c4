"""Makes the data of the fictional study ``tutorial``: ``python -m carereach.layers.areas.make_tutorial [FOLDER]``.

One seed, one order: running it twice gives the same bytes (with other versions of GDAL or zlib, the same content).
``study.toml`` and ``README.md`` in that folder are written by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio

from ...files import write_text
from .making import facilities, network, outlines, people, roads, tables

SEED = 20_250_601
FILES = (
    *("counties.geojson", "townships.gpkg", "zones.geojson", "roads.osm.pbf"),
    *("population.tif", "census.csv", "facilities.xlsx"),
    *tables.tables(),
)


def make(folder: Path) -> None:
    """Writes the :data:`FILES` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    net = roads.build(rng)
    towns = outlines.townships()
    network.write_osm(net, folder / "roads.osm.pbf")
    people.write_grid(people.grid(rng, net, towns), folder / "population.tif")
    write_text(folder / "census.csv", people.census())
    facilities.write_xlsx(facilities.rows(net), folder / "facilities.xlsx")
    for name, text in tables.tables().items():
        write_text(folder / name, text)
    _write_vector(towns, folder / "townships.gpkg", "townships")
    _write_vector(outlines.counties(towns), folder / "counties.geojson", "counties")
    _write_vector(outlines.main_urban_area(), folder / "zones.geojson", "main_urban_area")


def _write_vector(frame: gpd.GeoDataFrame, path: Path, layer: str) -> None:
    """Writes a layer without the date of writing in it, coordinates to 1e-7 degrees."""
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z"})
    options = {"COORDINATE_PRECISION": "7"} if path.suffix == ".geojson" else {}
    frame.to_file(path, layer=layer, engine="pyogrio", **options)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def main() -> None:
    """Makes the study's data in the folder named on the command line, else where the package has it."""
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "tutorial")


if __name__ == "__main__":
    main()
