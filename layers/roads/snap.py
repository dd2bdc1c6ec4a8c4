"""The access leg: how a point off the roads gets onto them.

A point is joined to the nearest *edges*, not nodes, with several candidates, so that a one-way street or a
motorway beside it does not decide its time. Motorways and ferries cannot be entered between their ends, and
islets of the network are not entered unless the caller asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from .network import RoadNetwork

CLOSED_BETWEEN_NODES = ("motorway", "motorway_link", "ferry")
Purpose = Literal["start", "end"]
Indices = NDArray[np.int64]
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


@dataclass(frozen=True)
class _Tree:
    """A spatial index over some of the edges."""

    edges: Indices
    tree: shapely.STRtree

    def nearest_m(self, points: NDArray[np.object_]) -> NDArray[np.float64]:
        """Distance from each point to the nearest of the edges; inf where there is none."""
        distance = np.full(len(points), np.inf)
        if len(points) and len(self.edges):
            (point, _), found = self.tree.query_nearest(points, return_distance=True)
            distance[point] = found
        return distance

    def nearer_m(self, points: NDArray[np.object_], bound: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same, but no more than ``bound``: quick where few of the edges are so near."""
        endless = np.isinf(bound)
        distance = bound.copy()
        distance[endless] = self.nearest_m(points[endless])
        point, found = self.tree.query(points, predicate="dwithin", distance=np.where(endless, 0.0, bound))
        np.minimum.at(distance, point, shapely.distance(points[point], self.tree.geometries[found]))
        return distance

    def within(self, points: NDArray[np.object_], reach: NDArray[np.float64]) -> tuple[Indices, Indices]:
        """All pairs of a point and an edge that are no farther apart than the point's ``reach``."""
        point, found = self.tree.query(points, predicate="dwithin", distance=reach)
        return point, self.edges[found]


class EdgeIndex:
    """A spatial index over the edges of one network that points may be joined to.

    One tree holds the network's main part; what is an islet for ways that start there, or for ways that end there, is
    little and stands in small trees of its own.
    """

    def __init__(self, network: RoadNetwork) -> None:
        enterable = ~np.isin(network.road_class, CLOSED_BETWEEN_NODES)
        if not enterable.any():
            enterable[:] = True
        pieces, u, v = network.pieces, network.u, network.v
        to, by = pieces.leads_to_big, pieces.led_to_from_big
        start = (network.forward & to[v]) | (network.backward & to[u])
        end = (network.forward & by[u]) | (network.backward & by[v])
        self._line = network.line
        self._both = self._tree(enterable & start & end)
        self._neither = self._tree(enterable & ~start & ~end)
        self._only: dict[Purpose, _Tree] = {
            "start": self._tree(enterable & start & ~end),
            "end": self._tree(enterable & end & ~start),
        }

    def _tree(self, chosen: NDArray[np.bool_]) -> _Tree:
        edges = np.flatnonzero(chosen)
        return _Tree(edges, shapely.STRtree(self._line[edges]))

    def snap(self, xy: NDArray[np.float64], access: Access, purpose: Purpose = "end") -> Snap:
        """Joins points, (P, 2) metres in the network's CRS (NaN = nowhere), to the edges.

        ``purpose``: the ways "start" or "end" at the points; it decides which one-way ends count as islets.
        """
        order = _along_a_curve(xy)
        blocks = [order[i : i + AT_ONCE] for i in range(0, max(len(order), 1), AT_ONCE)]
        parts = [self._snap(xy[block], access, purpose) for block in blocks]
        starts = np.cumsum([0] + [part.count for part in parts])
        point = order[np.concatenate([part.point + start for part, start in zip(parts, starts, strict=False)])]
        back = np.argsort(point, kind="stable")
        islet = np.zeros(len(xy), dtype=bool)
        islet[order] = np.concatenate([part.islet for part in parts])
        edge, fraction, km = (
            np.concatenate([getattr(part, name) for part in parts])[back]
            for name in ("edge", "fraction", "straight_km")
        )
        return Snap(len(xy), point[back], edge, fraction, km, islet)

    def _snap(self, xy: NDArray[np.float64], access: Access, purpose: Purpose) -> Snap:
        points: NDArray[np.object_] = np.asarray(shapely.points(xy))
        main = (self._both, self._only[purpose])
        islets = (self._neither, self._only["end" if purpose == "start" else "start"])
        to_main = self._only[purpose].nearer_m(points, self._both.nearest_m(points))
        to_any = to_main
        for tree in islets:
            to_any = tree.nearer_m(points, to_any)
        everywhere = access.islets == "keep" or not any(len(tree.edges) for tree in main)
        trees, distance = ((*main, *islets), to_any) if everywhere else (main, to_main)
        reach = distance + reach_m(distance)
        point, edge = (np.concatenate(pairs) for pairs in zip(*(t.within(points, reach) for t in trees), strict=True))
        km: NDArray[np.float64] = shapely.distance(points[point], self._line[edge]) / 1000.0
        keep = _closest(point, km, edge, access)
        point, edge, km = point[keep], edge[keep], km[keep]
        fraction: NDArray[np.float64] = shapely.line_locate_point(self._line[edge], points[point], normalized=True)
        fraction = np.where(np.isfinite(fraction), np.round(fraction, 12), 0.0)
        return Snap(len(points), point, edge, fraction, km, to_any < to_main)


def _along_a_curve(xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """The points that have a place, in Hilbert order: neighbours find the same part of the index in the cache."""
    known = np.flatnonzero(np.isfinite(xy).all(axis=1))
    if len(known) < 2:
        return known
    points = gpd.GeoSeries(shapely.points(xy[known]))
    return known[np.argsort(points.hilbert_distance().to_numpy(), kind="stable")]


def reach_m(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much farther than the nearest edge another candidate may be, in metres."""
    return np.minimum(distance * WIDER_SHARE, WIDER_AT_MOST_M) + WIDER_M


def _closest(point: Indices, km: NDArray[np.float64], edge: Indices, access: Access) -> Indices:
    """Which candidates stay: the nearest few of each point, none beyond the limit; sorted by point and distance."""
    order = np.lexsort((edge, km, point))
    ordered = point[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.empty(0, dtype=int)
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    keep = rank < access.candidates
    if access.max_km is not None:
        keep &= km[order] <= access.max_km
    return order[keep]
