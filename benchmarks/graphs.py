"""A road-like network of any size from a seed: in our arrays, for networkx and osmnx, and as OpenStreetMap files.

Nodes stand on a jittered grid, 250 m apart, so that 200,000 of them cover about 12,000 km2, the size of a prefecture.
Every 100th line is a motorway, every 50th a trunk road and so on down to tertiary; in between lie minor roads, of
which a quarter is missing. Roads change their one-way and speed tags every eight nodes. Nodes are numbered as
OpenStreetMap's are: patch after patch as people came to map it, so that neighbours mostly have near numbers, but not
in any order over the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np
import osmium
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from carereach.layers.roads.network import RoadEdges, RoadNetwork, build

METRIC = CRS("EPSG:32649")
CORNER = np.array([400_000.0, 2_400_000.0])
SPACING_M, JITTER_M = 250.0, 80.0
RANKS = ((100, "motorway"), (50, "trunk"), (20, "primary"), (10, "secondary"), (5, "tertiary"))
MINOR = ("residential", "unclassified", "service")
BLOCK = 8
MISSING, ONE_WAY, LIMITED = 0.25, 0.12, 0.3


@dataclass(frozen=True)
class Roads:
    """Stretches between nodes. ``xy`` (N, 2) metres; all other arrays are (E,); ``way`` groups stretches that follow
    each other along one line and carry the same tags; ``maxspeed`` in km/h, 0 where there is none."""

    xy: NDArray[np.float64]
    u: NDArray[np.int64]
    v: NDArray[np.int64]
    way: NDArray[np.int64]
    road_class: NDArray[np.str_]
    one_way: NDArray[np.bool_]
    maxspeed: NDArray[np.int64]


def roads_of(nodes: int = 200_000, seed: int = 1) -> Roads:
    """About ``nodes`` nodes (those without a road are left out), always the same for the same seed."""
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(nodes * 1.003)))
    row, col = np.divmod(np.arange(side * side), side)
    xy = np.column_stack([col, row]) * SPACING_M + rng.uniform(-JITTER_M, JITTER_M, (side * side, 2)) + CORNER
    along, up = (np.arange(side * side)[keep] for keep in (col < side - 1, row < side - 1))
    u, v = np.r_[along, up], np.r_[along + 1, up + side]
    line, place = np.r_[row[along], col[up] + side], np.r_[col[along], row[up]]
    block = line * (side // BLOCK + 1) + place // BLOCK
    road_class = np.array(MINOR)[rng.integers(0, len(MINOR), block.max() + 1)][block].astype("U12")
    for every, name in reversed(RANKS):
        road_class[line % side % every == 0] = name
    minor = np.isin(road_class, MINOR)
    one_way = minor & (rng.random(block.max() + 1) < ONE_WAY)[block]
    limits = np.where(rng.random(block.max() + 1) < LIMITED, rng.choice([20, 30, 40, 60], block.max() + 1), 0)[block]
    there = np.flatnonzero(~minor | (rng.random(len(u)) >= MISSING))
    there = there[np.lexsort((place[there], block[there]))]
    follows = np.r_[False, (np.diff(block[there]) == 0) & (np.diff(place[there]) == 1)]
    used = np.unique(np.r_[u[there], v[there]])
    numbered = _patch_after_patch(used, side, rng)
    number = np.zeros(side * side, dtype=np.int64)
    number[numbered] = np.arange(len(numbered))
    return Roads(
        xy[numbered],
        number[u[there]],
        number[v[there]],
        np.cumsum(~follows) - 1,
        road_class[there],
        one_way[there],
        limits[there],
    )


def _patch_after_patch(nodes: NDArray[np.int64], side: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """The nodes in patches of 2 km, both the patches and the nodes of each in random order."""
    row, col = np.divmod(nodes, side)
    patch = row // BLOCK * (side // BLOCK + 1) + col // BLOCK
    when = rng.permutation(patch.max() + 1)[patch]
    return nodes[np.lexsort((rng.random(len(nodes)), when))]


def network_of(roads: Roads) -> RoadNetwork:
    """The roads in our arrays, made ready as a reader makes them."""
    count = len(roads.u)
    limit = np.where(roads.maxspeed > 0, roads.maxspeed, np.nan).astype(float)
    return build(
        RoadEdges(
            node_id=np.arange(len(roads.xy), dtype=np.int64),
            node_x=roads.xy[:, 0],
            node_y=roads.xy[:, 1],
            u=roads.u,
            v=roads.v,
            line=shapely.linestrings(np.stack([roads.xy[roads.u], roads.xy[roads.v]], axis=1)),
            road_class=roads.road_class,
            forward=np.ones(count, dtype=bool),
            backward=~roads.one_way,
            maxspeed_forward=limit,
            maxspeed_backward=limit,
            fixed_minutes=np.full(count, np.nan),
            km=np.full(count, np.nan),
            name=np.full(count, "", dtype="U1"),
            crs=METRIC,
            profile="car",
            source="benchmarks/graphs.py",
        )
    )


def digraph_of(network: RoadNetwork) -> nx.DiGraph:
    """The same graph in networkx, as it comes from a file: nodes by id, in that order, arcs with ``minutes``."""
    graph = network.graph("minutes")[0].tocoo()
    start, end = network.node_id[graph.row], network.node_id[graph.col]
    order = np.lexsort((end, start))
    result = nx.DiGraph()
    result.add_nodes_from(np.sort(network.node_id).tolist())
    result.add_weighted_edges_from(
        zip(start[order].tolist(), end[order].tolist(), graph.data[order].tolist(), strict=True), weight="minutes"
    )
    return result


def multidigraph_of(network: RoadNetwork) -> nx.MultiDiGraph:
    """The same roads as osmnx keeps them: a node's x and y in metres, an edge for each direction."""
    graph = nx.MultiDiGraph(crs=network.crs)
    graph.add_nodes_from((i, {"x": x, "y": y}) for i, (x, y) in enumerate(network.xy.tolist()))
    for start, end, allowed in (
        (network.u, network.v, network.forward),
        (network.v, network.u, network.backward),
    ):
        ends = zip(start[allowed].tolist(), end[allowed].tolist(), strict=True)
        graph.add_edges_from(
            (u, v, {"length": km * 1000}) for (u, v), km in zip(ends, network.km[allowed], strict=True)
        )
    return graph


def write_osm(roads: Roads, *paths: Path) -> None:
    """Writes the roads as OpenStreetMap files; the endings (.osm, .osm.pbf, ...) say the format."""
    lon, lat = Transformer.from_crs(METRIC, "EPSG:4326", always_xy=True).transform(roads.xy[:, 0], roads.xy[:, 1])
    first = np.flatnonzero(np.diff(roads.way, prepend=-1))
    ends = np.r_[first[1:], len(roads.way)]
    for path in paths:
        with osmium.SimpleWriter(str(path), overwrite=True) as writer:
            for node, place in enumerate(zip(lon.tolist(), lat.tolist(), strict=True), start=1):
                writer.add_node(osmium.osm.mutable.Node(id=node, version=1, location=place))
            for way, (begin, end) in enumerate(zip(first, ends, strict=True), start=1):
                refs = [int(roads.u[begin]) + 1, *(roads.v[begin:end] + 1).tolist()]
                writer.add_way(osmium.osm.mutable.Way(id=way, version=1, nodes=refs, tags=_tags(roads, begin)))


def _tags(roads: Roads, edge: int) -> dict[str, str]:
    tags = {"highway": str(roads.road_class[edge])}
    if roads.one_way[edge]:
        tags["oneway"] = "yes"
    if roads.maxspeed[edge]:
        tags["maxspeed"] = str(roads.maxspeed[edge])
    return tags
