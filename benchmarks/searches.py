"""Shortest paths and snapping against networkx and osmnx, on one graph; every comparison also compares the answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import networkx as nx
import numpy as np
import osmnx as ox
from graphs import Roads, digraph_of, multidigraph_of, network_of
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra
from timing import Result, timed

from carereach.layers.roads.network import RoadNetwork
from carereach.layers.roads.snap import CLOSED_BETWEEN_NODES, Access, EdgeIndex

LIMIT_MIN = 30.0


@dataclass(frozen=True)
class Bench:
    """The graph of one run, in our arrays and, when first needed, in networkx."""

    roads: Roads

    @cached_property
    def network(self) -> RoadNetwork:
        return network_of(self.roads)

    @cached_property
    def digraph(self) -> nx.DiGraph:
        return digraph_of(self.network)

    def nodes(self, count: int, seed: int) -> NDArray[np.int64]:
        """Nodes of the largest piece, drawn by a seed."""
        largest = np.flatnonzero(self.network.pieces.label == 0)
        return np.random.default_rng(seed).choice(largest, min(count, len(largest)), replace=False)

    def places(self, count: int, seed: int) -> NDArray[np.float64]:
        """Points anywhere on the ground of the network, (count, 2) metres."""
        xy = self.network.xy
        return xy.min(axis=0) + np.random.default_rng(seed).random((count, 2)) * np.ptp(xy, axis=0)


def one_to_all(bench: Bench, sources: int = 20) -> list[Result]:
    """Minutes from a node to all nodes within 30 minutes, on average over some nodes."""
    graph, start = bench.network.graph("minutes")[0], bench.nodes(sources, seed=11)
    ours, found = timed(lambda: dijkstra(graph, indices=start, limit=LIMIT_MIN), repeats=5)

    def lengths(node: int) -> dict[int, float]:
        return nx.single_source_dijkstra_path_length(bench.digraph, node, cutoff=LIMIT_MIN, weight="minutes")

    bench.digraph  # noqa: B018 - made before the clock starts
    nodes = bench.network.node_id[start].tolist()
    theirs, given = timed(lambda: [lengths(node) for node in nodes], repeats=2)
    ways, _ = timed(lambda: dijkstra(graph, indices=start, limit=LIMIT_MIN, return_predecessors=True), repeats=5)
    with_ways, _ = timed(
        lambda: [
            nx.single_source_dijkstra(bench.digraph, node, cutoff=LIMIT_MIN, weight="minutes") for node in nodes[:5]
        ]
    )
    for row, expected in zip(found, given, strict=True):
        _same(bench.network, row, expected)
    count = len(start)
    return [
        Result(
            "one node to all within 30 min: minutes; networkx `single_source_dijkstra_path_length`",
            ours / count,
            theirs / count,
            goal=15,
        ),
        Result("the same, and the ways: `single_source_dijkstra`", ways / count, with_ways / min(count, 5)),
    ]


def nearest_of_100(bench: Bench) -> list[Result]:
    """Minutes from the nearest of 100 nodes to all nodes, and which one it is."""
    graph, start = bench.network.graph("minutes")[0], bench.nodes(100, seed=12)
    ours, found = timed(lambda: dijkstra(graph, indices=start, min_only=True), repeats=5)
    which, _ = timed(lambda: dijkstra(graph, indices=start, min_only=True, return_predecessors=True), repeats=5)
    origins = set(bench.network.node_id[start].tolist())
    bench.digraph  # noqa: B018 - made before the clock starts
    theirs, given = timed(
        lambda: nx.multi_source_dijkstra_path_length(bench.digraph, origins, weight="minutes"), repeats=2
    )
    with_ways, _ = timed(lambda: nx.multi_source_dijkstra(bench.digraph, origins, weight="minutes"))
    _same(bench.network, found, given)
    return [
        Result(
            "nearest of 100 nodes to all nodes: minutes; networkx `multi_source_dijkstra_path_length`",
            ours,
            theirs,
            goal=20,
        ),
        Result("the same, and which one is nearest: `multi_source_dijkstra`", which, with_ways),
    ]


def snapping(bench: Bench, points: int = 20_000) -> list[Result]:
    """Points to their nearest edges, the index made anew each time (as osmnx does); ours gives up to four edges."""
    network, xy = bench.network, bench.places(points, seed=13)
    network.pieces  # noqa: B018 - made before the clock starts
    ours, found = timed(lambda: EdgeIndex(network).snap(xy, Access()), repeats=5)
    again, _ = timed(lambda: network.edge_index.snap(xy, Access()), repeats=5)
    graph = multidigraph_of(network)
    theirs, (edges, metres) = timed(lambda: ox.distance.nearest_edges(graph, xy[:, 0], xy[:, 1], return_dist=True))
    _same_edges(network, xy, np.array([edge[:2] for edge in edges]), np.asarray(metres))
    return [
        Result(
            f"snapping {points:,} points to edges; `osmnx.distance.nearest_edges`",
            ours,
            theirs,
            goal=20,
            note=f"ours gives {len(found.point) / points:.1f} edges a point; with the index at hand {again:.2f} s",
        )
    ]


def _same(network: RoadNetwork, minutes: NDArray[np.float64], expected: dict[int, float]) -> None:
    """Both searches reached the same nodes in the same time."""
    reached = np.flatnonzero(np.isfinite(minutes))
    nodes = network.node_id[reached].tolist()
    if set(nodes) != set(expected):
        raise AssertionError("not the same nodes are reached")
    np.testing.assert_allclose(minutes[reached], [expected[node] for node in nodes], rtol=1e-9)


def _same_edges(
    network: RoadNetwork, xy: NDArray[np.float64], ends: NDArray[np.int64], metres: NDArray[np.float64]
) -> None:
    """The nearest edge is as far away in both, but where it is one that we do not enter between its ends."""
    found = network.edge_index.snap(xy, Access(candidates=1, islets="keep"))
    distance = found.nearest_km * 1000
    closed = np.isin(network.road_class, CLOSED_BETWEEN_NODES)
    key = np.sort(np.column_stack([network.u, network.v]), axis=1) @ [network.nodes, 1]
    theirs = np.sort(ends, axis=1) @ [network.nodes, 1]
    enterable = ~np.isin(theirs, key[closed])
    np.testing.assert_allclose(distance[enterable], metres[enterable], atol=1e-6)
