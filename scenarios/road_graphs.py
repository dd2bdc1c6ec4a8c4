"""The roads under one factor as arrays that are searched, whole or in part.

The arcs are the same at every speed, only their costs differ; so what is cut out of them is cut out once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ..coverage.parameters import ResponseModel
from ..layers.roads.legs import Costs, even_km
from ..layers.roads.network import RoadNetwork
from ..layers.roads.snap import Access, Snap
from ..layers.roads.speeds import LEVELS, Level

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Bools = NDArray[np.bool_]
NODES_A_SQUARE = 64


@dataclass(frozen=True)
class LevelGraph:
    """The roads at one speed level: CSR (N, N), and km and the directed edge behind each stored arc."""

    costs: Costs
    graph: csr_array
    km: Floats
    arc: Indices

    @property
    def minutes(self) -> Floats:
        """Minutes of every directed edge (2 E,): forward, then backward."""
        return np.concatenate(self.costs.network.weights("minutes"))


class RoadGraphs:
    """The roads under one factor, at every level. ``like``: the same roads at other speeds, with which all is shared
    that does not depend on speed."""

    def __init__(self, roads: RoadNetwork, model: ResponseModel, like: RoadGraphs | None = None) -> None:
        self.roads = roads
        self._like = like
        self.access: Access = model.access
        self._model = model
        self._levels: dict[Level, LevelGraph] = {}

    @property
    def nodes(self) -> int:
        return self.roads.nodes

    def level(self, level: Level) -> LevelGraph:
        """The graph at one level, made when first asked for."""
        level = self._model.speeds.level_of(level)
        if level not in self._levels:
            network = self.roads.at_speeds(self._model.speeds, level)
            graph, arc = network.graph("minutes")
            km = even_km(network.km)[arc % network.edges]
            self._levels[level] = LevelGraph(Costs(network, self.access), graph, km, arc)
        return self._levels[level]

    @property
    def pattern(self) -> csr_array:
        """The graph of one level, for what is the same at all: which arcs there are."""
        return self.level("central").graph

    @cached_property
    def incoming(self) -> csr_array:
        """Row v: the nodes from where an arc leads to v, and the place of that arc among the stored ones."""
        if self._like is not None:
            return self._like.incoming
        graph = self.pattern
        place = np.arange(graph.nnz, dtype=np.int64)
        turned = csr_array((place, graph.indices, graph.indptr), shape=graph.shape).tocsc()
        return csr_array((turned.data, turned.indices, turned.indptr), shape=graph.shape)

    @cached_property
    def squares(self) -> Squares:
        """The nodes by their place."""
        return Squares(self.roads.xy) if self._like is None else self._like.squares

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything that times between nodes depend on, at every level."""
        roads = self.roads
        minutes = [self.level(level).minutes for level in LEVELS]
        return digest_of(repr(self.access), roads.u, roads.v, roads.km, roads.xy, *minutes)


class Squares:
    """Nodes (N, 2) in squares of a grid, so that those around a place are found at once."""

    def __init__(self, xy: Floats) -> None:
        self._west_south = xy.min(axis=0)
        extent = np.maximum(np.ptp(xy, axis=0), 1.0)
        self._side = float(np.sqrt(extent.prod() * NODES_A_SQUARE / len(xy)))
        self._columns, self._rows = (extent // self._side).astype(int) + 1
        column, row = ((xy - self._west_south) // self._side).astype(np.int64).T
        square = row * self._columns + column
        self._order = np.argsort(square, kind="stable")
        self._begin = np.searchsorted(square[self._order], np.arange(self._rows * self._columns + 1))

    def around(self, place: Floats, count: int) -> Indices:
        """The nodes, sorted, of the smallest block of squares around a place (2,) that holds so many (or all)."""
        column, row = ((place - self._west_south) // self._side).astype(int)
        reach = 1
        while True:
            slices = self._slices(column, row, reach)
            if sum(end - begin for begin, end in slices) >= min(count, len(self._order)):
                return np.sort(np.concatenate([self._order[begin:end] for begin, end in slices]))
            reach += 1 + reach // 4

    def _slices(self, column: int, row: int, reach: int) -> list[tuple[int, int]]:
        """Where in the order the nodes of each row of the block stand."""
        west, east = max(column - reach, 0), min(column + reach + 1, self._columns)
        rows = range(max(row - reach, 0), min(row + reach + 1, self._rows))
        starts = [r * self._columns for r in rows]
        return [(int(self._begin[start + west]), int(self._begin[start + east])) for start in starts]


@dataclass(frozen=True)
class Cut:
    """Some nodes (K,), sorted, with the arcs among them, and a root (K) to start from.

    ``place``: of each of the arcs among the stored ones of the whole; ``border``: nodes from where an arc leads out.
    """

    nodes: Indices
    indptr: NDArray[np.int32]
    indices: NDArray[np.int32]
    place: Indices
    border: Bools

    @classmethod
    def of(cls, graphs: RoadGraphs, nodes: Indices, number: NDArray[np.int32]) -> Cut:
        """Cuts out ``nodes`` (sorted). ``number`` (N,) is a scratch table: it holds -1, also afterwards."""
        pattern, size = graphs.pattern, len(nodes)
        number[nodes] = np.arange(size, dtype=np.int32)
        place, row = places_of(pattern.indptr, nodes)
        head = number[pattern.indices[place]]
        number[nodes] = -1
        inside = head >= 0
        border = np.zeros(size, dtype=bool)
        border[row[~inside]] = True
        indptr = np.zeros(size + 1, dtype=np.int32)
        np.cumsum(np.bincount(row[inside], minlength=size), out=indptr[1:])
        return cls(nodes, indptr, head[inside], place[inside], border)

    def graph(self, level: LevelGraph, entry: Indices, cost: Floats, km: Floats) -> tuple[csr_array, Floats]:
        """The part at one level with arcs from the root to ``entry`` (places among the nodes, sorted), and arcs' km."""
        size = len(self.nodes) + 1
        indptr = np.append(self.indptr, self.indptr[-1] + len(entry)).astype(np.int32)
        indices = np.concatenate([self.indices, entry.astype(np.int32)])
        data = np.concatenate([level.graph.data[self.place], cost])
        return csr_array((data, indices, indptr), shape=(size, size)), np.concatenate([level.km[self.place], km])


def digest_of(*parts: str | NDArray[Any]) -> str:
    """SHA-256 of texts and arrays, each with its length."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else np.ascontiguousarray(part).tobytes()
        digest.update(len(content).to_bytes(8, "little") + content)
    return digest.hexdigest()


def digest_of_snap(snap: Snap) -> str:
    """SHA-256 of how points are joined to the roads."""
    return digest_of(str(snap.count), snap.point, snap.edge, snap.fraction, snap.straight_km)


def places_of(indptr: NDArray[np.int32], rows: Indices) -> tuple[Indices, Indices]:
    """The places of all stored entries of some rows, and to which of the rows each belongs."""
    begin = indptr[rows].astype(np.int64)
    count = indptr[rows + 1] - begin
    row = np.repeat(np.arange(len(rows), dtype=np.int64), count)
    first = np.cumsum(count) - count
    return np.arange(len(row), dtype=np.int64) - (first - begin)[row], row


def scratch(nodes: int) -> NDArray[np.int32]:
    """A table for :meth:`Cut.of`."""
    return np.full(nodes, -1, dtype=np.int32)
