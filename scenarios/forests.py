"""From which station each node of the roads is reached first, when, and how: the forest of fastest ways.

It is grown by one search from all stations. Where stations close or roads become slower, only the ground that they
served is searched again: what stands outside keeps its time, because its way did not lead there. Times are sums along
the way, added from the station on; such sums grow with each of their terms, also as the computer rounds them, so that
the shortest of them is the same number whether the whole is searched or a part (Ramalingam and Reps 1996).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from ..coverage.times import tree_km
from ..layers.roads.legs import FirstArcs, start
from ..layers.roads.snap import Snap
from .road_graphs import Bools, Cut, Floats, Indices, LevelGraph, RoadGraphs, places_of

NONE = -1


@dataclass(frozen=True)
class Forest:
    """For each node (N,): ``minutes`` from the first station (inf if none), ``km`` of that way, the ``station``'s slot
    (-1 none), the directed ``edge`` (e forward, e + E backward) by which it is reached and the node ``before`` it; both
    -1 where the way comes from off the roads."""

    minutes: Floats
    km: Floats
    station: NDArray[np.int32]
    edge: NDArray[np.int32]
    before: NDArray[np.int32]

    @property
    def nbytes(self) -> int:
        return sum(part.nbytes for part in vars(self).values())


def grow(level: LevelGraph, snap: Snap, begin: Floats, slots: NDArray[np.int32]) -> Forest:
    """The forest of the stations of ``snap``, whose places in the list of all stations are ``slots``."""
    started = start(level.costs, snap, begin)
    nodes, edges = started.first, level.costs.network.edges
    if not snap.count:
        return _nobody(nodes)
    minutes, before, origin = dijkstra(started.graph, indices=started.sources, min_only=True, return_predecessors=True)
    km = tree_km(started.graph, started.km, before)[:nodes]
    before, origin = before[:nodes], origin[:nodes]
    reached = np.isfinite(minutes[:nodes])
    station = np.where(reached, slots[np.where(reached, origin - nodes, 0)], NONE).astype(np.int32)
    on_roads = np.where((before >= 0) & (before < nodes), before, NONE).astype(np.int32)
    return Forest(minutes[:nodes], np.where(reached, km, np.inf), station, _edges(level, on_roads, edges), on_roads)


def _nobody(nodes: int) -> Forest:
    never, none = np.full(nodes, np.inf), np.full(nodes, NONE, dtype=np.int32)
    return Forest(never, never, none, none, none)


def _edges(level: LevelGraph, before: NDArray[np.int32], edges: int) -> NDArray[np.int32]:
    """The directed edge by which each node is reached."""
    found = np.full(len(before), NONE, dtype=np.int32)
    child = np.flatnonzero(before >= 0)
    graph, size = level.graph, len(before)
    stored = np.repeat(np.arange(size, dtype=np.int64), np.diff(graph.indptr)) * size + graph.indices
    found[child] = level.arc[np.searchsorted(stored, before[child].astype(np.int64) * size + child)]
    return found


@dataclass(frozen=True)
class Repair:
    """What a forest is at the nodes (K,), sorted, that had to be searched again; elsewhere it is as before."""

    nodes: Indices
    forest: Forest

    def over(self, whole: Forest) -> Forest:
        """The whole forest afterwards."""
        parts = {}
        for name, old in vars(whole).items():
            parts[name] = old.copy()
            parts[name][self.nodes] = getattr(self.forest, name)
        return Forest(**parts)


def repair(
    graphs: RoadGraphs,
    level: LevelGraph,
    old: Forest,
    nodes: Indices,
    first: FirstArcs,
    slots: NDArray[np.int32],
    number: NDArray[np.int32],
) -> Repair:
    """Searches ``nodes`` (sorted) again, from all around and from the stations of ``first`` that stand among them.

    All ways to any other node must be as they were in ``old``.
    """
    cut = Cut.of(graphs, nodes, number)
    entries = _entries(graphs, level, old, nodes, first, slots, number)
    graph, arc_km = cut.graph(level, entries.node, entries.cost, entries.km)
    size = len(nodes)
    minutes, before, _ = dijkstra(graph, indices=np.array([size]), min_only=True, return_predecessors=True)
    km = tree_km(graph, arc_km, before)[:size]
    minutes, before = minutes[:size], before[:size]
    reached = np.isfinite(minutes)
    entry = np.searchsorted(entries.node, _tops(before, size))
    entry = np.minimum(entry, max(len(entries.node) - 1, 0))
    station, km = np.full(size, NONE, dtype=np.int32), np.where(reached, km, np.inf)
    station[reached] = entries.station[entry[reached]]
    above = np.full(size, NONE, dtype=np.int32)
    inner = np.flatnonzero(reached & (before < size))
    above[inner] = nodes[before[inner]]
    edge = np.full(size, NONE, dtype=np.int32)
    edge[inner] = _arcs_between(level, cut, before[inner], inner)
    entered = np.flatnonzero(reached & (before == size))
    above[entered], edge[entered] = entries.before[entry[entered]], entries.edge[entry[entered]]
    return Repair(nodes, Forest(minutes, km, station, edge, above))


@dataclass(frozen=True)
class _Entries:
    """The cheapest way into each node of a part that has one: ``node`` is its place in the part, sorted."""

    node: Indices
    cost: Floats
    km: Floats
    station: NDArray[np.int32]
    before: NDArray[np.int32]
    edge: NDArray[np.int32]


def _entries(
    graphs: RoadGraphs,
    level: LevelGraph,
    old: Forest,
    nodes: Indices,
    first: FirstArcs,
    slots: NDArray[np.int32],
    number: NDArray[np.int32],
) -> _Entries:
    incoming = graphs.incoming
    place, row = places_of(incoming.indptr, nodes)
    tail, stored = incoming.indices[place], incoming.data[place]
    number[nodes] = np.arange(len(nodes), dtype=np.int32)
    outside = (number[tail] < 0) & np.isfinite(old.minutes[tail])
    tail, stored, row = tail[outside], stored[outside], row[outside]
    own = number[first.node]
    number[nodes] = -1
    here = own >= 0
    by_station = int(here.sum())
    node = np.concatenate([row, own[here]])
    cost = np.concatenate([old.minutes[tail] + level.graph.data[stored], first.cost[here]])
    order = np.lexsort((cost, node))
    order = order[np.r_[True, node[order][1:] != node[order][:-1]]] if len(order) else order
    none = np.full(by_station, NONE, dtype=np.int32)
    return _Entries(
        node[order],
        cost[order],
        np.concatenate([old.km[tail] + level.km[stored], first.km[here]])[order],
        np.concatenate([old.station[tail], slots[first.point[here]]]).astype(np.int32)[order],
        np.concatenate([tail, none]).astype(np.int32)[order],
        np.concatenate([level.arc[stored], none]).astype(np.int32)[order],
    )


def _tops(before: NDArray[np.int32], root: int) -> Indices:
    """The first node below the root on the way to each node (itself, where it is not reached)."""
    up = np.arange(len(before), dtype=np.int64)
    inner = (before >= 0) & (before != root)
    up[inner] = before[inner]
    while not np.array_equal(further := up[up], up):
        up = further
    return up


def _arcs_between(level: LevelGraph, cut: Cut, tail: NDArray[np.int32], head: Indices) -> Indices:
    """The directed edge from one node of a part to another."""
    size = len(cut.nodes)
    stored = np.repeat(np.arange(size, dtype=np.int64), np.diff(cut.indptr)) * size + cut.indices
    return level.arc[cut.place[np.searchsorted(stored, tail.astype(np.int64) * size + head)]]


def served_by(forest: Forest, closed: NDArray[np.int32]) -> Indices:
    """The nodes whose first station is one of some slots."""
    if len(closed) == 1:
        return np.flatnonzero(forest.station == closed[0])
    return np.flatnonzero(np.isin(forest.station, closed))


def slowed(
    old: LevelGraph, new: LevelGraph, forest: Forest, first: FirstArcs, slots: NDArray[np.int32]
) -> Bools | None:
    """Which nodes' ways use roads that have become slower; None where some road has become faster."""
    before, after = old.minutes, new.minutes
    if (after < before).any():
        return None
    driven = forest.edge >= 0
    hit = np.zeros(len(driven), dtype=bool)
    changed = after > before
    hit[driven] = changed[forest.edge[driven]]
    entered = np.flatnonzero(~driven & (forest.station >= 0))
    keys = forest.station[entered].astype(np.int64) * len(hit) + entered
    now = slots[first.point].astype(np.int64) * len(hit) + first.node
    order = np.argsort(now)
    place = np.minimum(np.searchsorted(now[order], keys), max(len(order) - 1, 0))
    if len(order):
        found = order[place]
        hit[entered] = (now[found] != keys) | (first.cost[found] != forest.minutes[entered])
    else:
        hit[entered] = True
    for above in _upward(forest.before):
        hit |= hit[above]
    return hit


def _upward(before: NDArray[np.int32]) -> Iterator[Indices]:
    """The node 1, 2, 4, 8 ... steps before each node on its way; the first node of a way is before itself."""
    up = np.where(before >= 0, before, np.arange(len(before))).astype(np.int64)
    while True:
        yield up
        further = up[up]
        if np.array_equal(further, up):
            return
        up = further
