"""Searches that begin and end on edges: the graph with its starting points added, and the way off again.

A starting point becomes a node of its own with arcs onto the roads; nothing leads back into it, so it changes no
other path. All costs are in the unit of ``weight``: minutes, or km.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from .network import RoadNetwork, Weight
from .snap import Access, Snap

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
STEPS_A_KM = 2.0**30


@dataclass(frozen=True)
class Costs:
    """What the search counts: cost along the edges (E,) each way, and of the access legs by straight km."""

    network: RoadNetwork
    access: Access
    weight: Weight = "minutes"
    reverse: bool = False

    @property
    def along(self) -> tuple[Floats, Floats]:
        """Cost of each edge from u to v and from v to u, in the direction of the search."""
        forward, backward = self.network.weights(self.weight)
        return (backward, forward) if self.reverse else (forward, backward)

    def leg(self, straight_km: Floats) -> Floats:
        """Cost of access legs."""
        return self.access.minutes(straight_km) if self.weight == "minutes" else straight_km * self.access.detour


@dataclass(frozen=True)
class Started:
    """The road graph with S starting points appended as nodes N .. N+S-1.

    ``km`` (arcs,) is the length behind each stored arc, access legs included.
    """

    graph: csr_array
    km: Floats
    first: int

    @property
    def sources(self) -> Indices:
        """Node numbers of the starting points."""
        return np.arange(self.first, self.graph.shape[0], dtype=np.int64)


@dataclass(frozen=True)
class FirstArcs:
    """The ways from starting points onto the roads, sorted by ``point`` and ``node``, the cheapest of each pair."""

    point: Indices
    node: Indices
    cost: Floats
    km: Floats


def first_arcs(costs: Costs, snap: Snap, start_cost: Floats) -> FirstArcs:
    """How each point of ``snap`` comes onto the roads; it begins with its own ``start_cost`` (S,)."""
    network = costs.network
    along, against = costs.along
    edge, t = snap.edge, snap.fraction
    leg = costs.leg(snap.straight_km) + start_cost[snap.point]
    leg_km = snap.straight_km * costs.access.detour
    point = np.concatenate([snap.point, snap.point])
    node = np.concatenate([network.v[edge], network.u[edge]]).astype(np.int64)
    cost = np.concatenate([leg + part(1 - t, along[edge]), leg + part(t, against[edge])])
    km = even_km(np.concatenate([leg_km + (1 - t) * network.km[edge], leg_km + t * network.km[edge]]))
    usable = np.flatnonzero(np.isfinite(cost))
    usable = usable[np.lexsort((cost[usable], node[usable], point[usable]))]
    key = point[usable] * network.nodes + node[usable]
    usable = usable[np.r_[True, key[1:] != key[:-1]]] if len(usable) else usable
    return FirstArcs(point[usable], node[usable], cost[usable], km[usable])


def start(costs: Costs, snap: Snap, start_cost: Floats) -> Started:
    """Adds the points of ``snap`` as starting nodes; each begins with its own ``start_cost`` (S,)."""
    network = costs.network
    graph, arc = network.graph(costs.weight, reverse=costs.reverse)
    first = first_arcs(costs, snap, start_cost)
    size = network.nodes + snap.count
    ends = graph.indptr[-1] + np.cumsum(np.bincount(first.point, minlength=snap.count))
    indptr = np.concatenate([graph.indptr, ends]).astype(np.int32)
    indices = np.concatenate([graph.indices, first.node]).astype(np.int32)
    started = csr_array((np.concatenate([graph.data, first.cost]), indices, indptr), shape=(size, size))
    return Started(started, np.concatenate([even_km(network.km)[arc % network.edges], first.km]), network.nodes)


def even_km(km: Floats) -> Floats:
    """Lengths to a millionth of a metre, in steps of which sums are exact: in whatever order a way is added up, its
    length has the same bits."""
    return np.round(km * STEPS_A_KM) / STEPS_A_KM


def part(share: Floats, cost: Floats) -> Floats:
    """Share of a cost that may be infinite; at the very end of an edge (share 0) one stands on its node: no cost."""
    with np.errstate(invalid="ignore"):
        return np.where(share == 0.0, 0.0, share * cost)


@dataclass(frozen=True)
class Exits:
    """How targets are reached from the nodes: two ways per candidate, in one row each, sorted by target point.

    ``point``: target; ``node``: leave the graph there; ``cost``: from the node to the point; ``km`` likewise.
    """

    count: int
    point: Indices
    node: Indices
    cost: Floats
    km: Floats

    def reach(self, distance: Floats) -> Floats:
        """Cost to each target (..., count), from costs to the nodes (..., N); inf where none is reached."""
        best = np.full((*distance.shape[:-1], self.count), np.inf)
        if len(self.point):
            starts = np.flatnonzero(np.r_[True, self.point[1:] != self.point[:-1]])
            reached = self.point[starts]
            rows = distance.reshape(-1, distance.shape[-1])
            # A row at a time: its costs stay in the processor's cache, which is five times as fast as all at once.
            for row, into in zip(rows, best.reshape(-1, self.count), strict=True):
                into[reached] = np.minimum.reduceat(row[self.node] + self.cost, starts)
        return best

    def choose(self, distance: Floats) -> tuple[Indices, Floats]:
        """The best way to each target, as a row of this table (-1 if none), and its cost; ``distance`` is (N,)."""
        ways = distance[self.node] + self.cost
        order = np.lexsort((ways, self.point))
        first = np.r_[True, self.point[order][1:] != self.point[order][:-1]] if len(order) else np.empty(0, dtype=bool)
        chosen = order[first]
        row = np.full(self.count, -1, dtype=np.int64)
        best = np.full(self.count, np.inf)
        best[self.point[chosen]] = ways[chosen]
        row[self.point[chosen]] = np.where(np.isfinite(ways[chosen]), chosen, -1)
        return row, best


def exits(costs: Costs, snap: Snap) -> Exits:
    """The ways from the nodes to the points of ``snap``."""
    network = costs.network
    along, against = costs.along
    edge, t = snap.edge, snap.fraction
    leg, leg_km = costs.leg(snap.straight_km), snap.straight_km * costs.access.detour
    point = np.concatenate([snap.point, snap.point])
    node = np.concatenate([network.u[edge], network.v[edge]]).astype(np.int64)
    cost = np.concatenate([leg + part(t, along[edge]), leg + part(1 - t, against[edge])])
    km = even_km(np.concatenate([leg_km + t * network.km[edge], leg_km + (1 - t) * network.km[edge]]))
    order = np.argsort(point, kind="stable")
    order = order[np.isfinite(cost[order])]
    return Exits(snap.count, point[order], node[order], cost[order], km[order])


@dataclass(frozen=True)
class EdgeWays:
    """Ways between points on one edge that do not leave it: ``source``, ``target``, cost and km."""

    source: Indices
    target: Indices
    cost: Floats
    km: Floats


def along_one_edge(costs: Costs, sources: Snap, targets: Snap, start_cost: Floats) -> pd.DataFrame:
    """Pairs that lie on one edge and need not leave it: ``source``, ``target``, ``cost``, ``km`` (all ways kept), in
    the order of the sources' candidates."""
    return pd.DataFrame(vars(edge_ways(costs, sources, targets, start_cost)))


def edge_ways(costs: Costs, sources: Snap, targets: Snap, start_cost: Floats) -> EdgeWays:
    """As :func:`along_one_edge`, as arrays."""
    order = np.argsort(targets.edge, kind="stable")
    ordered = targets.edge[order]
    begin, end = np.searchsorted(ordered, sources.edge), np.searchsorted(ordered, sources.edge, side="right")
    left = np.repeat(np.arange(len(sources.edge)), end - begin)
    first = np.cumsum(end - begin) - (end - begin)
    right = order[np.arange(len(left)) - (first - begin)[left]]
    along, against = costs.along
    edge, source = sources.edge[left], sources.point[left]
    ahead = targets.fraction[right] - sources.fraction[left]
    ride = np.where(ahead >= 0, part(np.abs(ahead), along[edge]), part(np.abs(ahead), against[edge]))
    leg, leg_to = costs.leg(sources.straight_km[left]), costs.leg(targets.straight_km[right])
    cost = ride + leg + leg_to + start_cost[source]
    off_road_km = (sources.straight_km[left] + targets.straight_km[right]) * costs.access.detour
    km = even_km(np.abs(ahead) * costs.network.km[edge] + off_road_km)
    there = np.isfinite(cost)
    return EdgeWays(source[there], targets.point[right][there], cost[there], km[there])
