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


def start(costs: Costs, snap: Snap, start_cost: Floats) -> Started:
    """Adds the points of ``snap`` as starting nodes; each begins with its own ``start_cost`` (S,)."""
    network = costs.network
    graph, arc = network.graph(costs.weight, reverse=costs.reverse)
    along, against = costs.along
    edge, t = snap.edge, snap.fraction
    leg = costs.leg(snap.straight_km) + start_cost[snap.point]
    leg_km = snap.straight_km * costs.access.detour
    point = np.concatenate([snap.point, snap.point])
    node = np.concatenate([network.v[edge], network.u[edge]]).astype(np.int64)
    cost = np.concatenate([leg + part(1 - t, along[edge]), leg + part(t, against[edge])])
    km = np.concatenate([leg_km + (1 - t) * network.km[edge], leg_km + t * network.km[edge]])
    usable = np.flatnonzero(np.isfinite(cost))
    usable = usable[np.lexsort((cost[usable], node[usable], point[usable]))]
    key = point[usable] * network.nodes + node[usable]
    usable = usable[np.r_[True, key[1:] != key[:-1]]] if len(usable) else usable
    counts = np.bincount(point[usable], minlength=snap.count)
    size = network.nodes + snap.count
    indptr = np.concatenate([graph.indptr, graph.indptr[-1] + np.cumsum(counts)])
    indices = np.concatenate([graph.indices, node[usable]])
    data = np.concatenate([graph.data, cost[usable]])
    started = csr_array((data, indices.astype(np.int32), indptr.astype(np.int32)), shape=(size, size))
    return Started(started, np.concatenate([network.km[arc % network.edges], km[usable]]), network.nodes)


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
            ways = distance[..., self.node] + self.cost
            best[..., self.point[starts]] = np.minimum.reduceat(ways, starts, axis=-1)
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
    km = np.concatenate([leg_km + t * network.km[edge], leg_km + (1 - t) * network.km[edge]])
    order = np.argsort(point, kind="stable")
    order = order[np.isfinite(cost[order])]
    return Exits(snap.count, point[order], node[order], cost[order], km[order])


def along_one_edge(costs: Costs, sources: Snap, targets: Snap, start_cost: Floats) -> pd.DataFrame:
    """Pairs that lie on one edge and need not leave it: ``source``, ``target``, ``cost``, ``km`` (all ways kept)."""
    left = _candidates(costs, sources, "source")
    right = _candidates(costs, targets, "target")
    pairs = left.merge(right, on="edge", suffixes=("", "_to"))
    along, against = costs.along
    edge = pairs["edge"].to_numpy()
    ahead = pairs["t_to"].to_numpy() - pairs["t"].to_numpy()
    ride = np.where(ahead >= 0, part(np.abs(ahead), along[edge]), part(np.abs(ahead), against[edge]))
    cost = ride + pairs["leg"].to_numpy() + pairs["leg_to"].to_numpy() + start_cost[pairs["source"].to_numpy()]
    km = np.abs(ahead) * costs.network.km[edge] + (pairs["km"] + pairs["km_to"]).to_numpy()
    frame = pd.DataFrame({"source": pairs["source"], "target": pairs["target"], "cost": cost, "km": km})
    return pd.DataFrame(frame[np.isfinite(cost)])


def _candidates(costs: Costs, snap: Snap, name: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            name: snap.point,
            "edge": snap.edge,
            "t": snap.fraction,
            "leg": costs.leg(snap.straight_km),
            "km": snap.straight_km * costs.access.detour,
        }
    )
