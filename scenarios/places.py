"""Demand points on the roads: how a forest reaches them, all of them or those that a change concerns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from ..coverage.times import snap_points
from ..layers.roads.legs import Costs, Exits, edge_ways, exits
from ..layers.roads.network import RoadNetwork
from ..layers.roads.snap import Access, Snap
from .forests import Forest, Repair
from .insert import Gain
from .road_graphs import Floats, Indices, LevelGraph, digest_of_snap, places_of


@dataclass(frozen=True)
class Reached:
    """For each demand point (D,): ``minutes`` from the first station (inf), ``km`` of that way, the station's slot."""

    minutes: Floats
    km: Floats
    station: NDArray[np.int32]

    @property
    def nbytes(self) -> int:
        return self.minutes.nbytes + self.km.nbytes + self.station.nbytes

    def replaced(self, points: Indices, other: Reached) -> Reached:
        """This, with what ``other`` says of some points."""
        minutes, km, station = self.minutes.copy(), self.km.copy(), self.station.copy()
        minutes[points], km[points], station[points] = other.minutes, other.km, other.station
        return Reached(minutes, km, station)


@dataclass(frozen=True)
class Direct:
    """Ways along one edge from a station to a demand point: station's slot, point, minutes, km."""

    station: NDArray[np.int32]
    point: Indices
    minutes: Floats
    km: Floats

    def without(self, closed: NDArray[np.int32]) -> Direct:
        """Those of the other stations."""
        kept = ~np.isin(self.station, closed)
        return Direct(self.station[kept], self.point[kept], self.minutes[kept], self.km[kept])


class Places:
    """The demand points of a study joined to its roads; the same whatever the roads' factor is."""

    def __init__(self, roads: RoadNetwork, demand: gpd.GeoDataFrame, access: Access) -> None:
        self.snap: Snap = snap_points(roads, demand, access, "end")
        self.off_road_km = self.snap.nearest_km
        self.fingerprint = digest_of_snap(self.snap)

    @cached_property
    def by_edge(self) -> tuple[Indices, Indices]:
        """The candidates in the order of their edges, and these edges."""
        order = np.argsort(self.snap.edge, kind="stable")
        return order, self.snap.edge[order]

    def on_edges(self, edges: Indices) -> Snap:
        """The part of the candidates that lie on some edges."""
        order, edge = self.by_edge
        wanted = np.unique(edges)
        begin, end = np.searchsorted(edge, wanted), np.searchsorted(edge, wanted, side="right")
        rows = np.sort(np.concatenate([order[b:e] for b, e in zip(begin, end, strict=True)]))
        snap = self.snap
        return Snap(
            snap.count, snap.point[rows], snap.edge[rows], snap.fraction[rows], snap.straight_km[rows], snap.islet
        )


class PlacesOnLevel:
    """How the demand points are reached from the nodes, at one level."""

    def __init__(self, places: Places, level: LevelGraph) -> None:
        self.places = places
        self.costs: Costs = level.costs
        self.out: Exits = exits(self.costs, places.snap)

    @cached_property
    def rows_of_point(self) -> NDArray[np.int32]:
        """Where the exits of each point begin, (D + 1,)."""
        return _starts(self.out.point, self.out.count)

    @cached_property
    def rows_of_node(self) -> tuple[NDArray[np.int32], Indices]:
        """Where the exits at each node begin in the table that follows, (N + 1,); the exits in the order of nodes."""
        order = np.argsort(self.out.node, kind="stable")
        return _starts(self.out.node[order], self.costs.network.nodes), order

    def exits_at(self, nodes: Indices) -> tuple[Indices, Indices]:
        """The exits at some nodes, and to which of the nodes each belongs."""
        starts, order = self.rows_of_node
        place, row = places_of(starts, nodes)
        return order[place], row

    def direct(self, stations: Snap, begin: Floats, slots: NDArray[np.int32]) -> Direct:
        """The ways along one edge from stations that begin with so many minutes."""
        near = self.places.on_edges(stations.edge) if len(stations.edge) else self.places.snap
        ways = edge_ways(self.costs, stations, near, begin)
        return Direct(slots[ways.source].astype(np.int32), ways.target, ways.cost, ways.km)

    def reach(self, forest: Forest, direct: Direct) -> Reached:
        """All points from a forest."""
        rows = np.arange(len(self.out.point), dtype=np.int64)
        node = self.out.node
        everything = np.arange(self.out.count, dtype=np.int64)
        return self._reach(
            everything, self.out.point, rows, forest.minutes[node], forest.km[node], forest.station[node], direct
        )

    def reach_again(
        self, old: Reached, forest: Forest, repair: Repair, closed: NDArray[np.int32], direct: Direct
    ) -> Reached:
        """All points where a forest was repaired at the same costs, from what they were; ``direct``: all ways left."""
        touched = np.zeros(self.out.count, dtype=bool)
        rows, _ = self.exits_at(repair.nodes)
        touched[self.out.point[rows]] = True
        touched |= np.isin(old.station, closed)
        points = np.flatnonzero(touched)
        if not len(points):
            return old
        rows, which = places_of(self.rows_of_point, points)
        node = self.out.node[rows]
        place = np.minimum(np.searchsorted(repair.nodes, node), max(len(repair.nodes) - 1, 0))
        again = repair.nodes[place] == node if len(repair.nodes) else np.zeros(len(node), dtype=bool)
        minutes, km, station = forest.minutes[node], forest.km[node], forest.station[node]
        for values, new in ((minutes, repair.forest.minutes), (km, repair.forest.km), (station, repair.forest.station)):
            values[again] = new[place[again]]
        return old.replaced(points, self._reach(points, which, rows, minutes, km, station, direct))

    def _reach(
        self,
        points: Indices,
        which: Indices,
        rows: Indices,
        minutes: Floats,
        km: Floats,
        station: NDArray[np.int32],
        direct: Direct,
    ) -> Reached:
        """Some points (sorted) by the exits ``rows``, of which the points' places are ``which`` (rising)."""
        count = len(points)
        best = Reached(np.full(count, np.inf), np.full(count, np.inf), np.full(count, -1, dtype=np.int32))
        ways = minutes + self.out.cost[rows]
        row = first_of_best(which, ways)
        row = row[np.isfinite(ways[row])]
        at = which[row]
        best.minutes[at], best.station[at] = ways[row], station[row]
        best.km[at] = km[row] + self.out.km[rows[row]]
        _along_one_edge(best, points, direct)
        return best

    def gained(self, old: Reached, gain: Gain, direct: Direct) -> tuple[Indices, Floats, Floats]:
        """The points (sorted) that a new station reaches before all others: minutes and km of its way."""
        rows, which = self.exits_at(gain.nodes)
        point = np.concatenate([self.out.point[rows], direct.point])
        minutes = np.concatenate([gain.minutes[which] + self.out.cost[rows], direct.minutes])
        km = np.concatenate([gain.km[which] + self.out.km[rows], direct.km])
        order = np.lexsort((minutes, point))
        first = order[np.r_[True, point[order][1:] != point[order][:-1]]] if len(order) else order
        better = first[minutes[first] < old.minutes[point[first]]]
        return point[better], minutes[better], km[better]


def first_of_best(group: Indices, values: Floats) -> Indices:
    """The first row with the least value of each group; groups stand together."""
    if not len(group):
        return np.empty(0, dtype=np.int64)
    begins = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    least = np.repeat(np.minimum.reduceat(values, begins), np.diff(np.r_[begins, len(group)]))
    hit = np.flatnonzero(values == least)
    return hit[np.r_[True, group[hit][1:] != group[hit][:-1]]]


def _along_one_edge(best: Reached, points: Indices, direct: Direct) -> None:
    """Puts ways along one edge in the place of longer ones; of equals the first stays."""
    if not len(direct.point) or not len(points):
        return
    place = np.minimum(np.searchsorted(points, direct.point), len(points) - 1)
    here = np.flatnonzero(points[place] == direct.point)
    order = here[np.lexsort((direct.minutes[here], place[here]))]
    order = order[np.r_[True, place[order][1:] != place[order][:-1]]] if len(order) else order
    order = order[direct.minutes[order] < best.minutes[place[order]]]
    at = place[order]
    best.minutes[at], best.km[at], best.station[at] = direct.minutes[order], direct.km[order], direct.station[order]


def _starts(values: Indices, count: int) -> NDArray[np.int32]:
    """Where each number from 0 to ``count`` begins among sorted values."""
    return np.searchsorted(values, np.arange(count + 1)).astype(np.int32)
