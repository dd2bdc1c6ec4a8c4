"""Small road networks for tests, made by hand or by a seed."""

from __future__ import annotations

import networkx as nx
import numpy as np
import shapely
from pyproj import CRS

from carereach.layers.roads.network import RoadEdges, RoadNetwork, build

METRIC = CRS("EPSG:32649")
EAST, NORTH = 500_000.0, 2_500_000.0


def network_of(
    nodes: list[tuple[float, float]],
    edges: list[tuple[int, int, str, bool, bool]],
    *,
    lines: dict[int, list[tuple[float, float]]] | None = None,
) -> RoadNetwork:
    """A network from node coordinates in metres (relative to a corner) and (u, v, class, forward, backward)."""
    xy = np.asarray(nodes, dtype=float) + [EAST, NORTH]
    bent = lines or {}
    geometry = [
        shapely.LineString(np.asarray(bent.get(i, [nodes[u], nodes[v]])) + [EAST, NORTH])
        for i, (u, v, *_) in enumerate(edges)
    ]
    count = len(edges)
    return build(
        RoadEdges(
            node_id=np.arange(len(nodes), dtype=np.int64),
            node_x=xy[:, 0],
            node_y=xy[:, 1],
            u=np.array([e[0] for e in edges], dtype=np.int64),
            v=np.array([e[1] for e in edges], dtype=np.int64),
            line=np.array(geometry, dtype=object),
            road_class=np.array([e[2] for e in edges], dtype=str),
            forward=np.array([e[3] for e in edges], dtype=bool),
            backward=np.array([e[4] for e in edges], dtype=bool),
            maxspeed_forward=np.full(count, np.nan),
            maxspeed_backward=np.full(count, np.nan),
            fixed_minutes=np.full(count, np.nan),
            km=np.array([line.length / 1000.0 for line in geometry]),
            name=np.full(count, "", dtype="U8"),
            crs=METRIC,
            profile="car",
            source="made for a test",
        )
    )


def random_network(seed: int, side: int = 7) -> RoadNetwork:
    """A jittered grid with missing streets, one-way streets, parallel streets and, at times, a cut-off corner."""
    rng = np.random.default_rng(seed)
    places = [
        (1000.0 * i + rng.uniform(-200, 200), 1000.0 * j + rng.uniform(-200, 200))
        for i in range(side)
        for j in range(side)
    ]
    classes = ["primary", "secondary", "residential", "unclassified"]
    edges: list[tuple[int, int, str, bool, bool]] = []
    lines = {}
    for i in range(side):
        for j in range(side):
            here = i * side + j
            for there in ([here + side] if i < side - 1 else []) + ([here + 1] if j < side - 1 else []):
                if rng.random() < 0.15:
                    continue
                way = rng.random()
                edges.append((here, there, str(rng.choice(classes)), way > 0.15, way < 0.85))
                if rng.random() < 0.05:
                    beside = tuple(np.mean([places[here], places[there]], axis=0) + [37.0, 41.0])
                    lines[len(edges)] = [places[there], beside, places[here]]
                    edges.append((there, here, str(rng.choice(classes)), True, False))
    return network_of(places, edges, lines=lines)


def digraph(network: RoadNetwork) -> nx.MultiDiGraph:
    """The same roads in networkx: nodes by index, arcs with ``minutes``, ``km`` and the ``edge`` they belong to."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(network.nodes))
    for edge in range(network.edges):
        u, v = int(network.u[edge]), int(network.v[edge])
        for start, end, minutes in (
            (u, v, network.minutes_forward[edge]),
            (v, u, network.minutes_backward[edge]),
        ):
            if np.isfinite(minutes):
                graph.add_edge(start, end, minutes=float(minutes), km=float(network.km[edge]), edge=edge)
    return graph
