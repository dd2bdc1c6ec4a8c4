"""Roads from a line layer: GeoPackage, GeoParquet, shapefile or GeoJSON.

Lines meet where vertices of theirs lie within 1 cm of each other, and are split there. Lines that cross without a
common vertex are not connected: a layer does not say whether the crossing is a junction or a bridge. Where the columns
u and v name the nodes (as osmnx writes them), these decide, and nothing is split. Without a one-way column every road
counts as two-way; without a class column every road takes the speed of unclassed roads.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from ...errors import Findings
from ..csv_files import refuse
from ..vectors import LINES, read_vector
from .columns import RoadColumns, RoadFacts, open_to, road_facts, warn_of_classes
from .line_nodes import Ints, join_ends, near_misses, nodes_by_id, split_at_shared
from .metric import metric_crs
from .network import Profile, RoadEdges, RoadNetwork, build
from .speeds import SpeedTable, for_profile


def read_lines(
    path: str | Path,
    profile: Profile = "car",
    *,
    layer: str | None = None,
    file_crs: str | None = None,
    columns: RoadColumns | None = None,
    crs: CRS | None = None,
    speeds: SpeedTable | None = None,
) -> RoadNetwork:
    """The roads of a line layer that ``profile`` may use as far as their class says, in ``crs`` (default: UTM).

    ``file_crs`` is for files that do not name their CRS. Raises :class:`~carereach.errors.InputError`.
    """
    table = speeds or for_profile(profile)
    edges = line_edges(Path(path), profile, table, layer=layer, file_crs=file_crs, columns=columns, crs=crs)
    return build(edges, crs=edges.crs, speeds=table)


def line_edges(
    path: Path,
    profile: Profile,
    speeds: SpeedTable,
    *,
    layer: str | None = None,
    file_crs: str | None = None,
    columns: RoadColumns | None = None,
    crs: CRS | None = None,
) -> RoadEdges:
    """The layer's lines as edges in ``crs`` (metric; default: the layer's own if it is in metres, else UTM)."""
    findings = Findings(path)
    frame = read_vector(path, layer=layer, crs=file_crs, kinds=LINES, findings=findings)
    facts = road_facts(frame, columns or RoadColumns(), findings)
    findings.raise_errors()
    west, south, east, north = frame.total_bounds
    target = crs or metric_crs(CRS(frame.crs), [west, east], [south, north])
    row, line = _single_lines(frame.to_crs(target), findings)
    usable = open_to(facts.road_class, profile)[row]
    row, line = row[usable], line[usable]
    if not len(row):
        refuse(findings, "roads.none", profile=profile)
    if facts.class_known:
        warn_of_classes(facts.road_class[row], speeds, findings)
    return _edges(frame, facts, row, line, target, profile, findings)


def _single_lines(frame: gpd.GeoDataFrame, findings: Findings) -> tuple[Ints, NDArray[np.object_]]:
    """Every single line and the position of its row; lines without length are left out and counted."""
    line, row = shapely.get_parts(np.asarray(frame.geometry.array, dtype=object), return_index=True)
    rings = np.flatnonzero(shapely.get_type_id(line) == shapely.GeometryType.LINEARRING)
    line[rings] = [shapely.LineString(ring.coords) for ring in line[rings]]
    length = shapely.length(line)
    lost = ~np.isfinite(length)
    if lost.any():
        refuse(findings, "roads.not-projected", row=int(frame.index[row[lost][0]]), count=int(lost.sum()))
    kept = length > 0
    if not kept.all():
        first = int(frame.index[row[~kept][0]])
        findings.warn("roads.no-length", row=first, count=int((~kept).sum()))
    return row[kept], line[kept]


def _edges(
    frame: pd.DataFrame,
    facts: RoadFacts,
    row: Ints,
    line: NDArray[np.object_],
    crs: CRS,
    profile: Profile,
    findings: Findings,
) -> RoadEdges:
    u, v, place = join_ends(*_ends(line))
    if (named := _named(frame, row, u, v, len(place), findings)) is not None:
        u, v, node_id, of = named
        place = place[of]
    else:
        whole, (of, line) = len(line), split_at_shared(line)
        if len(line) > whole:
            findings.warn("roads.lines-split", count=int((np.bincount(of) > 1).sum()))
            row = row[of]
            u, v, place = join_ends(*_ends(line))
        node_id = np.arange(len(place), dtype=np.int64)
    missed = near_misses(u, v, place)
    if len(missed):
        where = f"{place[missed[0]][0]:.1f}, {place[missed[0]][1]:.1f}"
        findings.warn("roads.near-misses", value=where, count=len(missed))
    on_foot = profile == "walk"
    return RoadEdges(
        node_id=node_id,
        node_x=place[:, 0],
        node_y=place[:, 1],
        u=u,
        v=v,
        line=line,
        road_class=facts.road_class[row],
        forward=facts.forward[row] | on_foot,
        backward=facts.backward[row] | on_foot,
        maxspeed_forward=facts.kph[row],
        maxspeed_backward=facts.kph[row],
        fixed_minutes=np.full(len(row), np.nan),
        km=np.full(len(row), np.nan),
        name=facts.name[row],
        crs=crs,
        profile=profile,
        source=findings.file,
        problems=findings.warnings,
        class_known=facts.class_known,
    )


def _ends(line: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates of the lines' first and last points."""
    first, last = (shapely.get_coordinates(shapely.get_point(line, at)) for at in (0, -1))
    return first, last


def _named(
    frame: pd.DataFrame, row: Ints, u: Ints, v: Ints, places: int, findings: Findings
) -> tuple[Ints, Ints, Ints, Ints] | None:
    """The nodes of the columns u and v, if they are whole numbers that fit the lines' end points."""
    if not {"u", "v"} <= set(frame.columns) or any(frame[name].dtype.kind not in "iu" for name in ("u", "v")):
        return None
    start, end = (frame[name].to_numpy(dtype=np.int64)[row] for name in ("u", "v"))
    named = nodes_by_id(start, end, u, v, places)
    if named is None:
        findings.warn("roads.ids-contradict", column="u, v")
    return named
