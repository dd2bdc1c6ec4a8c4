"""Travel times between places on a road network: tables, and the nearest facility of each place.

Times run from the source to the target along the direction of travel: give stations as sources and residents as
targets for a response, residents as sources and hospitals as targets for a journey to care. They include both access
legs. Two points that share an access edge are joined along it; a way that leaves the roads altogether is not
considered. Shortest paths: Dijkstra (1959), scipy's compiled implementation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from ..errors import InputError, Problem
from ..layers.roads.legs import Costs, Floats, along_one_edge, exits, start
from ..layers.roads.network import RoadNetwork
from ..layers.roads.snap import Access, Purpose, Snap

Progress = Callable[[int, int], None]
BLOCK_BYTES = 128 << 20


@dataclass(frozen=True)
class TravelTable:
    """Minutes from each source to each target, in the order they were given.

    ``minutes`` float32 (sources, targets): ``inf`` = not reached within ``cutoff_min`` (None = no limit), never NaN.
    """

    minutes: NDArray[np.float32]
    cutoff_min: float | None
    source_snap: Snap
    target_snap: Snap
    costs: Costs

    @cached_property
    def connected(self) -> NDArray[np.bool_]:
        """Whether a way exists at all, however long, (sources, targets): tells beyond from unreachable."""
        if self.cutoff_min is None:
            return np.isfinite(self.minutes)
        return _connected(self.costs, self.source_snap, self.target_snap)


def travel_times(
    roads: RoadNetwork,
    sources: gpd.GeoDataFrame,
    targets: gpd.GeoDataFrame,
    *,
    cutoff_min: float | None = None,
    access: Access | None = None,
    start_min: NDArray[np.float64] | None = None,
    progress: Progress | None = None,
) -> TravelTable:
    """Travel times from every source to every target.

    ``sources`` and ``targets`` are points in any CRS; a missing point is reached by nobody. ``start_min`` (sources,)
    is added to all times of a source (its turnout). A time equal to ``cutoff_min`` counts as within. Work is done in
    blocks of sources, so memory stays near 128 MB beside the result. Raises :class:`InputError` for geometries that
    are not points, a missing CRS, or a cut-off that is not positive.
    """
    if cutoff_min is not None and not cutoff_min > 0:
        raise InputError(Problem("times.cutoff", value=cutoff_min))
    costs = Costs(roads, access or Access())
    source_snap = snap_points(roads, sources, costs.access, "start")
    target_snap = snap_points(roads, targets, costs.access, "end")
    begin = np.zeros(len(sources)) if start_min is None else np.asarray(start_min, dtype=float)
    minutes = np.empty((len(sources), len(targets)), dtype=np.float32)
    for rows, block in block_minutes(costs, source_snap, target_snap, begin, cutoff_min=cutoff_min, progress=progress):
        minutes[rows] = block
    return TravelTable(minutes, cutoff_min, source_snap, target_snap, costs)


def nearest(
    roads: RoadNetwork,
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    *,
    cutoff_min: float | None = None,
    access: Access | None = None,
    start_min: NDArray[np.float64] | None = None,
    to_facility: bool = False,
) -> pd.DataFrame:
    """The facility nearest in time to each demand point, by the fastest way, as a frame in the order of ``demand``.

    Columns: ``facility`` (its ``id`` if there is such a column, else its index; None if none is reached),
    ``minutes`` (inf if none), ``km`` of that way with access legs (inf), ``off_road_km`` straight km of the demand
    point's own access leg. ``to_facility`` measures the journey of the residents instead of that of the ambulance.
    One search from all facilities at once. Raises as :func:`travel_times`.
    """
    if cutoff_min is not None and not cutoff_min > 0:
        raise InputError(Problem("times.cutoff", value=cutoff_min))
    costs = Costs(roads, access or Access(), reverse=to_facility)
    from_snap = snap_points(roads, facilities, costs.access, "end" if to_facility else "start")
    to_snap = snap_points(roads, demand, costs.access, "start" if to_facility else "end")
    begin = np.zeros(len(facilities)) if start_min is None else np.asarray(start_min, dtype=float)
    found = nearest_of(costs, from_snap, to_snap, begin)
    if cutoff_min is not None:
        found.loc[~(found["minutes"] <= cutoff_min), ["facility", "minutes", "km"]] = [-1, np.inf, np.inf]
    labels = facilities["id"] if "id" in facilities else facilities.index.to_series()
    none_last = np.append(labels.to_numpy(dtype=object), np.array([None], dtype=object))
    found["facility"] = pd.Series(none_last[found["facility"].to_numpy()], dtype=object)
    return found.set_index(demand.index)


def nearest_of(costs: Costs, sources: Snap, targets: Snap, start_cost: NDArray[np.float64]) -> pd.DataFrame:
    """As :func:`nearest`, for snapped points; ``facility`` is the source's position, -1 if none."""
    started, out = start(costs, sources, start_cost), exits(costs, targets)
    if sources.count:
        distance, before, origin = dijkstra(
            started.graph, indices=started.sources, min_only=True, return_predecessors=True
        )
    else:
        distance = np.full(started.graph.shape[0], np.inf)
        before = origin = np.full(started.graph.shape[0], -9999, dtype=np.int32)
    row, minutes = out.choose(distance)
    reached = row >= 0
    facility = np.full(targets.count, -1, dtype=np.int64)
    facility[reached] = origin[out.node[row[reached]]] - started.first
    km = np.full(targets.count, np.inf)
    km[reached] = tree_km(started.graph, started.km, before)[out.node[row[reached]]] + out.km[row[reached]]
    direct = along_one_edge(costs, sources, targets, start_cost).sort_values("cost", kind="stable")
    direct = direct.drop_duplicates("target")
    target, cost = direct["target"].to_numpy(), direct["cost"].to_numpy()
    better = cost < minutes[target]
    minutes[target[better]] = cost[better]
    facility[target[better]] = direct["source"].to_numpy()[better]
    km[target[better]] = direct["km"].to_numpy()[better]
    return pd.DataFrame({"facility": facility, "minutes": minutes, "km": km, "off_road_km": targets.nearest_km})


def block_minutes(
    costs: Costs,
    sources: Snap,
    targets: Snap,
    start_cost: NDArray[np.float64],
    *,
    cutoff_min: float | None = None,
    progress: Progress | None = None,
) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """As :func:`travel_times`, for snapped points, a block of sources at a time: their rows, and their minutes."""
    started, out = start(costs, sources, start_cost), exits(costs, targets)
    direct = along_one_edge(costs, sources, targets, start_cost)
    from_source, to_target, cost = (direct[name].to_numpy() for name in ("source", "target", "cost"))
    width = max(started.graph.shape[0], len(out.point), 1)
    step = max(1, BLOCK_BYTES // (8 * width))
    limit = np.inf if cutoff_min is None else cutoff_min
    for begin in range(0, sources.count, step):
        rows = slice(begin, min(begin + step, sources.count))
        reached = out.reach(dijkstra(started.graph, indices=started.sources[rows], limit=limit))
        here = (from_source >= rows.start) & (from_source < rows.stop)
        np.minimum.at(reached, (from_source[here] - rows.start, to_target[here]), cost[here])
        yield rows, np.where(reached <= limit, reached, np.inf)
        if progress is not None:
            progress(rows.stop, sources.count)


def snap_points(roads: RoadNetwork, places: gpd.GeoDataFrame, access: Access, purpose: Purpose = "end") -> Snap:
    """Joins a frame of points (any CRS) to the roads; see :meth:`EdgeIndex.snap`."""
    if places.crs is None:
        raise InputError(Problem("times.no-crs"))
    geometry = places.geometry.to_crs(roads.crs)
    wrong = geometry[~geometry.isna() & (geometry.geom_type != "Point")]
    if len(wrong):
        raise InputError(Problem("times.not-points", params={"count": len(wrong), "kind": wrong.iloc[0].geom_type}))
    xy = np.column_stack([geometry.x.to_numpy(dtype=float), geometry.y.to_numpy(dtype=float)])
    return roads.edge_index.snap(np.where(np.isfinite(xy), xy, np.nan), access, purpose)


def tree_km(graph: csr_array, arc_km: Floats, before: NDArray[np.int32]) -> Floats:
    """Km from the roots to each node along the tree of predecessors, by doubling the step; ``arc_km`` are the lengths
    behind the stored arcs of ``graph``, whose rows are sorted."""
    size = graph.shape[0]
    child = np.flatnonzero(before >= 0)
    parent = before[child].astype(np.int64)
    stored = np.repeat(np.arange(size, dtype=np.int64), np.diff(graph.indptr)) * size + graph.indices
    place = np.searchsorted(stored, parent * size + child)
    km = np.zeros(size)
    km[child] = arc_km[place]
    up = np.arange(size, dtype=np.int64)
    up[child] = parent
    while True:
        further = up[up]
        if np.array_equal(further, up):
            return km
        km = km + km[up]
        up = further


def _connected(costs: Costs, sources: Snap, targets: Snap) -> NDArray[np.bool_]:
    """Reachability without a limit, by the graph of the strongly connected pieces."""
    network = costs.network
    graph, _ = network.graph(costs.weight, reverse=costs.reverse)
    label, count = network.pieces.label, network.pieces.count
    if network.closed.any():
        count, found = connected_components(graph, directed=True, connection="strong")
        label = found.astype(np.int64)
    tails = np.repeat(label, np.diff(graph.indptr))
    heads = label[graph.indices]
    across = tails != heads
    between = csr_matrix((np.ones(across.sum()), (tails[across], heads[across])), shape=(count, count))
    started, out = start(costs, sources, np.zeros(sources.count)), exits(costs, targets)
    connected = np.zeros((sources.count, targets.count), dtype=bool)
    reached_from: dict[bytes, NDArray[np.bool_]] = {}
    for source, node in enumerate(started.sources):
        entered = np.unique(label[started.graph.indices[started.graph.indptr[node] : started.graph.indptr[node + 1]]])
        if not len(entered):
            continue
        key = entered.tobytes()
        if key not in reached_from:
            steps = dijkstra(between, indices=entered, min_only=True, unweighted=True)
            inside = np.where(np.isfinite(steps)[label], 0.0, np.inf)
            reached_from[key] = np.isfinite(out.reach(inside))
        connected[source] = reached_from[key]
    direct = along_one_edge(costs, sources, targets, np.zeros(sources.count))
    connected[direct["source"].to_numpy(), direct["target"].to_numpy()] = True
    return connected
