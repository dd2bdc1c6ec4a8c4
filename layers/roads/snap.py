"""The access leg: how a point off the roads gets onto them.

A point is joined to the nearest *edges*, not nodes, with several candidates, so that a one-way street or a
motorway beside it does not decide its time. Motorways and ferries cannot be entered between their ends, and
islets of the network are not entered unless the caller asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from .network import RoadNetwork

CLOSED_BETWEEN_NODES = ("motorway", "motorway_link", "ferry")
Purpose = Literal["start", "end"]
WIDER_SHARE, WIDER_M, WIDER_AT_MOST_M = 0.5, 30.0, 500.0
AT_ONCE = 20_000


@dataclass(frozen=True)
class Access:
    """How a point reaches the roads.

    ``off_road_kph``: speed of the leg off the roads; ``detour``: its length over the straight line; ``candidates``: at
    most this many edges a point, none farther than :func:`reach_m` beyond the nearest; ``max_km``: no access leg
    (straight line) is longer, None = no limit. ``islets``: "join" leads points past the islets of the network to
    the nearest piece that reaches the rest, "keep" lets them stay there.
    The default speed is AccessMod's walking example (5 km/h); the default detour 1.3 is our assumption (unverified).
    """

    off_road_kph: float = 5.0
    detour: float = 1.3
    candidates: int = 4
    max_km: float | None = None
    islets: Literal["join", "keep"] = "join"

    def minutes(self, straight_km: NDArray[np.float64]) -> NDArray[np.float64]:
        """Minutes of a leg of that straight length."""
        return straight_km * self.detour / self.off_road_kph * 60.0


@dataclass(frozen=True)
class Snap:
    """Points (P) on the roads by their candidates (C >= P), sorted by point.

    ``point``, ``edge`` (C,): indices; ``fraction`` (C,): place along the edge from u (0) to v (1); ``straight_km``
    (C,): length of the access leg as the crow flies. ``islet`` (P,): the nearest edge lies on an islet of the
    network; a point with no candidate (none within ``max_km``, or no coordinates) has none in ``point``.
    """

    count: int
    point: NDArray[np.int64]
    edge: NDArray[np.int64]
    fraction: NDArray[np.float64]
    straight_km: NDArray[np.float64]
    islet: NDArray[np.bool_]

    @property
    def nearest_km(self) -> NDArray[np.float64]:
        """Straight km from each point to its nearest candidate; inf without one. Shape (P,)."""
        nearest = np.full(self.count, np.inf)
        np.minimum.at(nearest, self.point, self.straight_km)
        return nearest


class EdgeIndex:
    """A spatial index over the edges of one network that points may be joined to."""

    def __init__(self, network: RoadNetwork) -> None:
        enterable = ~np.isin(network.road_class, CLOSED_BETWEEN_NODES)
        self._line = network.line
        self._edges = np.flatnonzero(enterable) if enterable.any() else np.arange(network.edges)
        self._tree = shapely.STRtree(network.line[self._edges])
        pieces, u, v = network.pieces, network.u, network.v
        to, by = pieces.leads_to_big, pieces.led_to_from_big
        self._main = {
            "start": (network.forward & to[v]) | (network.backward & to[u]),
            "end": (network.forward & by[u]) | (network.backward & by[v]),
        }
        self._main_trees: dict[Purpose, tuple[shapely.STRtree, NDArray[np.int64]]] = {}

    def _main_tree(self, purpose: Purpose) -> tuple[shapely.STRtree, NDArray[np.int64]]:
        """Tree and edges of the network's main part, for the way away from a point or to it."""
        if purpose not in self._main_trees:
            edges = self._edges[self._main[purpose][self._edges]]
            same = len(edges) == len(self._edges)
            self._main_trees[purpose] = (self._tree if same else shapely.STRtree(self._line[edges]), edges)
        return self._main_trees[purpose]

    def snap(self, xy: NDArray[np.float64], access: Access, purpose: Purpose = "end") -> Snap:
        """Joins points, (P, 2) metres in the network's CRS (NaN = nowhere), to the edges.

        ``purpose``: the ways "start" or "end" at the points; it decides which one-way ends count as islets.
        """
        parts = [self._snap(xy[i : i + AT_ONCE], access, purpose) for i in range(0, max(len(xy), 1), AT_ONCE)]
        starts = np.cumsum([0] + [part.count for part in parts])
        return Snap(
            len(xy),
            np.concatenate([part.point + start for part, start in zip(parts, starts, strict=False)]),
            np.concatenate([part.edge for part in parts]),
            np.concatenate([part.fraction for part in parts]),
            np.concatenate([part.straight_km for part in parts]),
            np.concatenate([part.islet for part in parts]),
        )

    def _snap(self, xy: NDArray[np.float64], access: Access, purpose: Purpose) -> Snap:
        known = np.flatnonzero(np.isfinite(xy).all(axis=1))
        points = shapely.points(xy[known])
        nearest, distance = _nearest(self._tree, points)
        islet = ~self._main[purpose][self._edges[nearest]]
        tree, edges = self._main_tree(purpose)
        if access.islets == "keep" or not len(edges):
            tree, edges = self._tree, self._edges
        elif islet.any():
            distance[islet] = _nearest(tree, points[islet])[1]
        point, found = tree.query(points, predicate="dwithin", distance=distance + reach_m(distance))
        edge = edges[found]
        km = shapely.distance(points[point], self._line[edge]) / 1000.0
        fraction = shapely.line_locate_point(self._line[edge], points[point], normalized=True)
        fraction = np.where(np.isfinite(fraction), np.round(fraction, 12), 0.0)
        keep = _closest(point, km, access)
        flags = np.zeros(len(xy), dtype=bool)
        flags[known] = islet
        return Snap(len(xy), known[point[keep]], edge[keep], fraction[keep], km[keep], flags)


def reach_m(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much farther than the nearest edge another candidate may be, in metres."""
    return np.minimum(distance * WIDER_SHARE, WIDER_AT_MOST_M) + WIDER_M


def _nearest(tree: shapely.STRtree, points: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The nearest line of each point (the first of equals) and its distance in metres."""
    if not len(points):
        return np.empty(0, dtype=np.int64), np.empty(0)
    (point, line), distance = tree.query_nearest(points, return_distance=True)
    _, first = np.unique(point, return_index=True)
    return line[first], distance[first]


def _closest(point: NDArray[np.int64], km: NDArray[np.float64], access: Access) -> NDArray[np.int64]:
    """Which candidates stay: the nearest few of each point, none beyond the limit; sorted by point and distance."""
    order = np.lexsort((km, point))
    ordered = point[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.empty(0, dtype=int)
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    keep = rank < access.candidates
    if access.max_km is not None:
        keep &= km[order] <= access.max_km
    return order[keep]
