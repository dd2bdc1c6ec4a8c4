"""One more station: a search that stops where it is not the first to arrive.

The search is made on a part of the roads around the new station. Where the new station is first at a node, it is first
at every node on its way there: whoever were first at one of those would be no later at the end. So if it is first at no
node from where an arc leads out of the part, it is first nowhere outside, and the part was large enough; else a
larger part is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from ..coverage.times import tree_km
from ..layers.roads.legs import FirstArcs
from .forests import Forest
from .road_graphs import Cut, Floats, Indices, LevelGraph, RoadGraphs

FIRST_NODES, GROWTH = 3000, 3


@dataclass(frozen=True)
class Gain:
    """The nodes (K,) at which a new station is the first to arrive: ``minutes`` and ``km`` of its way there."""

    nodes: Indices
    minutes: Floats
    km: Floats


class Around:
    """Larger and larger parts of the roads around one place, made when asked for; they serve every level.

    ``enough``: how many enlargements the last search took; the next one begins with them.
    """

    def __init__(self, graphs: RoadGraphs, number: NDArray[np.int32]) -> None:
        self._graphs = graphs
        self._number = number
        self._cuts: list[Cut] = []
        self.enough = 0

    def cut(self, first: Indices) -> Cut:
        """The part after so many enlargements; it holds the nodes ``first``."""
        while len(self._cuts) <= self.enough:
            self._cuts.append(Cut.of(self._graphs, self._nodes(len(self._cuts), first), self._number))
        return self._cuts[self.enough]

    def _nodes(self, step: int, first: Indices) -> Indices:
        count = FIRST_NODES * GROWTH**step
        if count >= self._graphs.nodes:
            return np.arange(self._graphs.nodes, dtype=np.int64)
        found = self._graphs.squares.around(self._graphs.roads.xy[first[0]], count)
        place = np.minimum(np.searchsorted(found, first), len(found) - 1)
        return found if (found[place] == first).all() else np.union1d(found, first)


def insert(level: LevelGraph, forest: Forest, first: FirstArcs, around: Around) -> Gain:
    """Where a new station, which comes onto the roads by ``first``, is faster than the stations of a forest."""
    if not len(first.node):
        return Gain(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))
    while True:
        cut = around.cut(first.node)
        size = len(cut.nodes)
        graph, arc_km = cut.graph(level, np.searchsorted(cut.nodes, first.node), first.cost, first.km)
        minutes, before, _ = dijkstra(graph, indices=np.array([size]), min_only=True, return_predecessors=True)
        better = np.flatnonzero(minutes[:size] < forest.minutes[cut.nodes])
        if not cut.border[better].any():
            kept = np.full(size + 1, -1, dtype=np.int32)
            kept[better] = before[better]
            km = tree_km(graph, arc_km, kept)
            return Gain(cut.nodes[better], minutes[better], km[better])
        around.enough += 1
