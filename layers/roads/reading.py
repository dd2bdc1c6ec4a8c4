"""The roads of a study file, in whichever form they come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pyproj import CRS

from ...errors import InputError, Problem
from ..settings import RoadsFile
from .columns import RoadColumns
from .graphs import read_graphml
from .lines import read_lines
from .network import RoadNetwork
from .osm import read_osm
from .speeds import SpeedTable
from .tables import read_csv

Reader = Callable[[RoadsFile, Path, CRS | None, SpeedTable | None], RoadNetwork]


def read_roads(
    config: RoadsFile, folder: Path, study_crs: CRS | None = None, speeds: SpeedTable | None = None
) -> RoadNetwork:
    """Reads the roads that the study file names, relative to ``folder``, into ``study_crs`` (default: UTM).

    The ending tells the kind: OpenStreetMap (.osm, .pbf, packed or not), GraphML, or a line layer; two tables are
    named as ``nodes`` and ``edges``. Raises :class:`~carereach.errors.InputError`.
    """
    if config.nodes is not None and config.edges is not None:
        return read_csv(
            folder / config.nodes,
            folder / config.edges,
            config.profile,
            table_crs=config.crs,
            columns=_columns(config),
            crs=study_crs,
            speeds=speeds,
        )
    path = folder / str(config.path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(READERS)
        raise InputError(Problem("roads.suffix", path.name, value=path.suffix, params={"known": known}))
    return reader(config, path, study_crs, speeds)


def _columns(config: RoadsFile) -> RoadColumns:
    return RoadColumns(config.class_column, config.oneway_column, config.speed_column)


def _osm(config: RoadsFile, path: Path, crs: CRS | None, speeds: SpeedTable | None) -> RoadNetwork:
    return read_osm(path, config.profile, crs=crs, speeds=speeds)


def _graphml(config: RoadsFile, path: Path, crs: CRS | None, speeds: SpeedTable | None) -> RoadNetwork:
    return read_graphml(path, config.profile, crs=crs, speeds=speeds)


def _lines(config: RoadsFile, path: Path, crs: CRS | None, speeds: SpeedTable | None) -> RoadNetwork:
    return read_lines(
        path,
        config.profile,
        layer=config.layer,
        file_crs=config.crs,
        columns=_columns(config),
        crs=crs,
        speeds=speeds,
    )


READERS: Mapping[str, Reader] = {
    **dict.fromkeys((".osm", ".pbf", ".gz", ".bz2"), _osm),
    ".graphml": _graphml,
    **dict.fromkeys((".gpkg", ".parquet", ".geoparquet", ".shp", ".geojson", ".json"), _lines),
}
