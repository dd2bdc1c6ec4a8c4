"""One way from a place to another, with its shape."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.sparse.csgraph import dijkstra
from shapely.ops import substring

from ...errors import InputError, Problem
from .legs import Costs, along_one_edge, exits, start
from .network import RoadNetwork, Weight
from .snap import Access, Snap

LonLat = tuple[float, float]


@dataclass(frozen=True)
class Route:
    """The cheapest way between two places by the weight that was asked for.

    ``km`` and ``minutes`` include both access legs (``access_km``, detour counted); both are ``inf`` and ``geometry``
    is None where no way exists. ``geometry`` is a line in EPSG:4326 from place to place.
    """

    km: float
    minutes: float
    access_km: float
    geometry: shapely.LineString | None


def route(
    network: RoadNetwork,
    origin: LonLat,
    destination: LonLat,
    *,
    weight: Weight = "minutes",
    access: Access | None = None,
) -> Route:
    """The way from ``origin`` to ``destination``, (longitude, latitude) in WGS 84.

    ``weight`` says what is made small: "minutes" or "km". Raises :class:`InputError` for coordinates that are none.
    """
    for lon, lat in (origin, destination):
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            raise InputError(Problem("route.not-lon-lat", value=f"{lon}, {lat}"))
    costs = Costs(network, access or Access(), weight)
    to_metric = Transformer.from_crs("EPSG:4326", network.crs, always_xy=True)
    ends = [np.array([to_metric.transform(*place)]) for place in (origin, destination)]
    here = network.edge_index.snap(ends[0], costs.access, "start")
    there = network.edge_index.snap(ends[1], costs.access, "end")
    nowhere = np.zeros(1)
    started, out = start(costs, here, nowhere), exits(costs, there)
    distance, before = (row[0] for row in dijkstra(started.graph, indices=started.sources, return_predecessors=True))
    row, best = out.choose(distance)
    direct = along_one_edge(costs, here, there, nowhere).sort_values("cost", kind="stable")
    if len(direct) and direct["cost"].iloc[0] <= best[0]:
        stretches = [_on_one_edge(costs, here, there)]
    elif row[0] >= 0:
        nodes = _nodes(before, int(out.node[row[0]]), started.first)
        stretches = [
            _end(costs, here, nodes[0], arriving=False),
            *_whole_edges(costs, nodes),
            _end(costs, there, nodes[-1], arriving=True),
        ]
    else:
        return Route(np.inf, np.inf, np.inf, None)
    return _sum_up(costs, ends, stretches)


@dataclass(frozen=True)
class _Stretch:
    """Part of an edge, from fraction ``a`` to ``b``; b < a means against its line."""

    edge: int
    a: float
    b: float

    def cost(self, forward: NDArray[np.float64], backward: NDArray[np.float64]) -> float:
        share = abs(self.b - self.a)
        return 0.0 if share == 0 else share * float((forward if self.b > self.a else backward)[self.edge])


def _on_one_edge(costs: Costs, here: Snap, there: Snap) -> _Stretch:
    """The cheapest pair of candidates that share an edge."""
    legs, legs_there = costs.leg(here.straight_km), costs.leg(there.straight_km)
    ways = []
    for i, edge in enumerate(here.edge):
        for j in np.flatnonzero(there.edge == edge):
            stretch = _Stretch(int(edge), float(here.fraction[i]), float(there.fraction[j]))
            ways.append((float(legs[i] + legs_there[j]) + stretch.cost(*costs.along), stretch))
    return min(ways, key=lambda way: way[0])[1]


def _end(costs: Costs, snap: Snap, node: int, *, arriving: bool) -> _Stretch:
    """The cheapest way between the snapped point and a node at the end of one of its edges."""
    legs, network = costs.leg(snap.straight_km), costs.network
    ways = []
    for i, edge in enumerate(snap.edge):
        t = float(snap.fraction[i])
        for end, fraction in ((network.u[edge], 0.0), (network.v[edge], 1.0)):
            if end == node:
                stretch = _Stretch(int(edge), *((fraction, t) if arriving else (t, fraction)))
                ways.append((float(legs[i]) + stretch.cost(*costs.along), stretch))
    return min(ways, key=lambda way: way[0])[1]


def _nodes(before: NDArray[np.int32], last: int, first_source: int) -> list[int]:
    """Nodes from where the way enters the graph to ``last``."""
    nodes = [last]
    while before[nodes[-1]] < first_source:
        nodes.append(int(before[nodes[-1]]))
    return nodes[::-1]


def _whole_edges(costs: Costs, nodes: list[int]) -> list[_Stretch]:
    graph, arc = costs.network.graph(costs.weight)
    stretches = []
    for tail, head in pairwise(nodes):
        low, high = graph.indptr[tail], graph.indptr[tail + 1]
        stored = int(arc[low + np.searchsorted(graph.indices[low:high], head)])
        edge, ahead = stored % costs.network.edges, stored < costs.network.edges
        stretches.append(_Stretch(edge, 0.0, 1.0) if ahead else _Stretch(edge, 1.0, 0.0))
    return stretches


def _sum_up(costs: Costs, ends: list[NDArray[np.float64]], stretches: list[_Stretch]) -> Route:
    """Length, time and shape of the stretches and the two access legs."""
    network = costs.network
    coords = np.concatenate(
        [shapely.get_coordinates(substring(network.line[s.edge], s.a, s.b, normalized=True)) for s in stretches]
    )
    straight = np.array([np.hypot(*(coords[0] - ends[0][0])), np.hypot(*(coords[-1] - ends[1][0]))]) / 1000.0
    road_km = sum(abs(s.b - s.a) * float(network.km[s.edge]) for s in stretches)
    minutes = sum(s.cost(network.minutes_forward, network.minutes_backward) for s in stretches)
    access_km = float(straight.sum()) * costs.access.detour
    whole = np.concatenate([ends[0], coords, ends[1]])
    to_degrees = Transformer.from_crs(network.crs, "EPSG:4326", always_xy=True)
    shape = shapely.LineString(np.column_stack(to_degrees.transform(whole[:, 0], whole[:, 1])))
    walked = float(costs.access.minutes(straight).sum())
    return Route(road_km + access_km, minutes + walked, access_km, shape)
