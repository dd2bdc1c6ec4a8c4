"""The roads that scenarios close or make slower or faster, as lines to draw; those of the same changes stand once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from ..errors import InputError, Problem
from ..files import atomic
from ..layers.roads.network import RoadNetwork
from .apply import Applier
from .changes import Change, CloseRoad, Scenario, SpeedChange
from .collect import read_table_of
from .run_folder import RunFolder

ROADS = "roads.parquet"
ROADS_OF = "scenario_roads.parquet"
MOST_LINES = 300  # of one set of changes
MOST_IN_ALL = 100_000  # so that memory does not grow with the number of scenarios
MOST_EDGES = 20_000  # that are put together to lines
SIMPLER_M = 10.0
WHATS = ("closed", "slower", "faster")
LINE_COLUMNS = ("roads", "what", "speed", "name", "km", "km_all", "geometry")
Factor = NDArray[np.float64]


def write_changed_roads(
    folder: RunFolder, applier: Applier, scenarios: Iterable[tuple[str, Scenario]]
) -> tuple[Path, ...]:
    """Writes the changed roads of scenarios, each given with the key of its outcome, and returns the files.

    ``roads.parquet`` (GeoParquet, WGS 84) holds the lines of each set of changes (``roads``, a number): ``what``
    (closed, slower, faster), ``speed`` (by what it is multiplied; 0 where closed), ``name``, ``km``; of one set the
    :data:`MOST_LINES` that matter most, closed ones first, then the longest; ``km_all``: all roads of the set that
    are changed in this way. ``scenario_roads.parquet`` says which set a scenario (``key``) has. Where no scenario
    changes roads, the files of an earlier run are taken away. After :data:`MOST_IN_ALL` lines, sets have none.
    """
    paths = (folder.folder / ROADS, folder.folder / ROADS_OF)
    numbers: dict[tuple[Change, ...], int | None] = {}
    sets: list[gpd.GeoDataFrame] = []
    rows: list[tuple[str, int]] = []
    left = MOST_IN_ALL
    for key, scenario in scenarios:
        changes = tuple(one for one in scenario.changes if isinstance(one, SpeedChange | CloseRoad))
        if not changes:
            continue
        if changes not in numbers:
            lines = _lines(applier, changes)
            numbers[changes] = None if lines is None else len(sets)
            if lines is not None:
                sets.append(lines.assign(roads=len(sets)).head(left))
                left -= len(sets[-1])
        number = numbers[changes]
        if number is not None:
            rows.append((key, number))
    if not rows:
        for path in paths:
            path.unlink(missing_ok=True)
        return ()
    drawn = pd.concat(sets, ignore_index=True)[list(LINE_COLUMNS)]
    with atomic(paths[0]) as temporary:
        drawn.to_parquet(temporary, index=False)
    with atomic(paths[1]) as temporary:
        pd.DataFrame(rows, columns=["key", "roads"]).to_parquet(temporary, index=False)
    return paths


def read_changed_roads(folder: Path) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """The lines of a results folder, and the number of the set that each scenario's outcome (its key) has.

    Nothing where no scenario changes roads. Raises :class:`~carereach.errors.InputError` for a damaged file.
    """
    paths = (folder / ROADS, folder / ROADS_OF)
    if not all(path.is_file() for path in paths):
        return gpd.GeoDataFrame({name: [] for name in LINE_COLUMNS}, geometry="geometry", crs=4326), {}
    try:
        lines, sets = gpd.read_parquet(paths[0]), read_table_of(folder, ROADS_OF)
        return lines, dict(zip(sets["key"], sets["roads"].astype(int), strict=True))
    except (pa.ArrowException, KeyError, ValueError) as error:
        raise InputError(Problem("compare.damaged", str(paths[0]))) from error


def _lines(applier: Applier, changes: tuple[Change, ...]) -> gpd.GeoDataFrame | None:
    """The lines of a set of changes; None where they cannot be made, or change nothing."""
    changed, faults = applier.tried("", changes)
    if faults or changed.road_factor is None or (changed.road_factor == 1.0).all():
        return None
    return lines_of(applier.study.roads, changed.road_factor)


def lines_of(roads: RoadNetwork, factor: Factor) -> gpd.GeoDataFrame:
    """The roads whose minutes are multiplied by ``factor`` (E,), in WGS 84, put together by name and speed."""
    edges = np.flatnonzero(factor != 1.0)
    what = np.where(np.isinf(factor[edges]), 0, np.where(factor[edges] > 1.0, 1, 2))
    total = np.bincount(what, weights=roads.km[edges], minlength=len(WHATS))
    kept = np.sort(np.lexsort((-roads.km[edges], what))[:MOST_EDGES])
    edges, what = edges[kept], what[kept]
    speed = np.round(1.0 / factor[edges], 2)
    frame = pd.DataFrame({"what": what, "speed": speed, "name": roads.name[edges].astype(str)})
    group = frame.groupby(["what", "speed", "name"], sort=False).ngroup().to_numpy()
    order = np.argsort(group, kind="stable")
    parts = shapely.line_merge(shapely.multilinestrings(roads.line[edges][order], indices=group[order]))
    merged, of = shapely.get_parts(parts, return_index=True)
    first = np.unique(group, return_index=True)[1]
    head = frame.iloc[first[of]].reset_index(drop=True)
    km = shapely.length(merged) / 1000.0
    kept = np.lexsort((-km, head["what"].to_numpy()))[:MOST_LINES]
    simple = shapely.simplify(merged[kept], SIMPLER_M)
    columns: dict[str, Any] = {
        "what": np.array(WHATS)[head["what"].to_numpy()[kept]],
        "speed": head["speed"].to_numpy()[kept],
        "name": head["name"].to_numpy()[kept],
        "km": np.round(km[kept], 3),
        "km_all": np.round(total[head["what"].to_numpy()[kept]], 3),
    }
    return gpd.GeoDataFrame(columns, geometry=simple, crs=roads.crs).to_crs(4326)
