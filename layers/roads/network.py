"""The road network: arrays to compute on, in a metric CRS, nodes in Hilbert order.

Readers hand over :class:`RoadEdges`; :func:`build` turns them into a :class:`RoadNetwork`, which knows its speeds, its
pieces and its sparse matrices. Turn restrictions are not modelled: a turn that is forbidden on the ground may be
taken here, so a time can be too short by the detour round a block.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer
from scipy.sparse import csr_array, csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from ...errors import InputError, Problem
from .speeds import Level, SpeedTable, for_profile

if TYPE_CHECKING:
    from .route import Route
    from .snap import Access, EdgeIndex

Profile = Literal["car", "ambulance", "walk"]
Weight = Literal["minutes", "km"]
Lines = NDArray[np.object_]
BIG_PIECE_SHARE = 0.01


@dataclass(frozen=True)
class RoadEdges:
    """What a reader of roads delivers: one row per stretch between two nodes; coordinates in ``crs``.

    ``u``/``v`` index the node arrays; ``line`` runs from u to v and begins and ends at them. ``forward``: may be
    travelled from u to v; ``backward``: from v to u. ``maxspeed_*`` in km/h, NaN if unknown; ``fixed_minutes`` is a
    stated duration (a ferry's), NaN if none. ``km`` is the stated length, NaN where the line's own is to be taken.
    """

    node_id: NDArray[np.int64]
    node_x: NDArray[np.float64]
    node_y: NDArray[np.float64]
    u: NDArray[np.int64]
    v: NDArray[np.int64]
    line: Lines
    road_class: NDArray[np.str_]
    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    maxspeed_forward: NDArray[np.float64]
    maxspeed_backward: NDArray[np.float64]
    fixed_minutes: NDArray[np.float64]
    km: NDArray[np.float64]
    name: NDArray[np.str_]
    crs: CRS
    profile: Profile
    source: str
    problems: tuple[Problem, ...] = ()
    class_known: bool = True


@dataclass(frozen=True)
class Pieces:
    """How the network hangs together: strongly connected pieces (one can drive there and back).

    ``label`` gives each node's piece, the piece with most km first; ``km`` their lengths; ``big`` how many hold at
    least :data:`BIG_PIECE_SHARE` of all km. The others are islets, or one-way ends: ``leads_to_big`` (nodes,) tells
    from where one can drive to a big piece, ``led_to_from_big`` where one can drive from one.
    """

    label: NDArray[np.int64]
    km: NDArray[np.float64]
    big: int
    leads_to_big: NDArray[np.bool_]
    led_to_from_big: NDArray[np.bool_]

    @property
    def count(self) -> int:
        return len(self.km)


@dataclass(frozen=True)
class RoadNetwork:
    """Roads as arrays: N nodes, E edges (undirected stretches with two directions' minutes).

    ``xy`` (N, 2) metres in ``crs``; ``u``, ``v`` (E,) node indices; ``line`` (E,) shapely lines from u to v in
    ``crs``; ``km`` (E,) geodesic; ``minutes_forward``/``minutes_backward`` (E,), ``inf`` where that direction is
    forbidden. ``time_factor`` (E,) multiplies the minutes both ways, ``inf`` closes an edge; None: as they are.
    Places keep the edges they are joined to whatever the factor, so a closed road is never walked around.
    """

    crs: CRS
    node_id: NDArray[np.int64]
    xy: NDArray[np.float64]
    u: NDArray[np.int32]
    v: NDArray[np.int32]
    line: Lines
    km: NDArray[np.float64]
    road_class: NDArray[np.str_]
    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    maxspeed_forward: NDArray[np.float64]
    maxspeed_backward: NDArray[np.float64]
    fixed_minutes: NDArray[np.float64]
    name: NDArray[np.str_]
    profile: Profile
    speeds: SpeedTable
    level: Level = "central"
    source: str = ""
    class_known: bool = True
    problems: tuple[Problem, ...] = field(default=(), repr=False)
    time_factor: NDArray[np.float64] | None = field(default=None, repr=False)

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.xy)

    @property
    def edges(self) -> int:
        """Number of edges."""
        return len(self.u)

    def at_speeds(self, speeds: SpeedTable | None = None, level: Level = "central") -> RoadNetwork:
        """The same roads at other speeds; everything that does not depend on speed is shared."""
        return self._sharing(replace(self, speeds=speeds or self.speeds, level=level))

    def with_time_factor(self, factor: NDArray[np.float64] | None) -> RoadNetwork:
        """The same roads, slower (above 1), faster (below 1) or closed (``inf``) edge by edge (E,), both ways.

        It replaces a factor that was there. Pieces, and the edges that places are joined to, stay those of the roads
        without it. Raises ``ValueError`` for another length, or a factor that is not above zero.
        """
        self.edge_index  # noqa: B018 - that of the roads without a factor, their pieces with it
        if factor is None:
            return self._sharing(replace(self, time_factor=None))
        own = np.array(factor, dtype=np.float64)
        if own.shape != (self.edges,) or not (own > 0).all():
            raise ValueError(f"a time factor needs {self.edges} numbers above zero, one for each edge")
        own.flags.writeable = False
        return self._sharing(replace(self, time_factor=own))

    @property
    def closed(self) -> NDArray[np.bool_]:
        """Which edges are closed by the time factor, (E,)."""
        return np.zeros(self.edges, dtype=bool) if self.time_factor is None else np.isinf(self.time_factor)

    def _sharing(self, other: RoadNetwork) -> RoadNetwork:
        """``other`` with what does not depend on speed."""
        for shared in ("pieces", "edge_index", "_pairs"):
            if shared in self.__dict__:
                other.__dict__[shared] = self.__dict__[shared]
        return other

    @cached_property
    def minutes_forward(self) -> NDArray[np.float64]:
        return self._minutes(self.forward, self.maxspeed_forward)

    @cached_property
    def minutes_backward(self) -> NDArray[np.float64]:
        return self._minutes(self.backward, self.maxspeed_backward)

    def _minutes(self, allowed: NDArray[np.bool_], maxspeed: NDArray[np.float64]) -> NDArray[np.float64]:
        driven = self.km / self.speeds.kph(self.road_class, maxspeed, self.level) * 60.0
        stated = np.where(np.isfinite(self.fixed_minutes), self.fixed_minutes, driven)
        if self.time_factor is not None:
            stated = np.where(self.closed, np.inf, stated * np.where(self.closed, 1.0, self.time_factor))
        return np.where(allowed, stated, np.inf)

    def weights(self, weight: Weight) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Cost of each edge from u to v and from v to u, in minutes or km; ``inf`` where forbidden."""
        if weight == "minutes":
            return self.minutes_forward, self.minutes_backward
        km = np.where(self.closed, np.inf, self.km)
        return np.where(self.forward, km, np.inf), np.where(self.backward, km, np.inf)

    @cached_property
    def pieces(self) -> Pieces:
        """Strongly connected pieces, longest first."""
        start = np.concatenate([self.u[self.forward], self.v[self.backward]])
        end = np.concatenate([self.v[self.forward], self.u[self.backward]])
        graph = csr_matrix((np.ones(len(start), dtype=np.int8), (start, end)), shape=(self.nodes, self.nodes))
        count, label = connected_components(graph, directed=True, connection="strong")
        inside = label[self.u] == label[self.v]
        km = np.asarray(np.bincount(label[self.u][inside], weights=self.km[inside], minlength=count), dtype=float)
        order = np.argsort(-km, kind="stable")
        rank = np.empty(count, dtype=np.int64)
        rank[order] = np.arange(count)
        place = rank[label]
        big = int((km >= max(BIG_PIECE_SHARE * km.sum(), np.finfo(float).tiny)).sum())
        ahead = _linked(place[start], place[end], count, big)
        back = _linked(place[end], place[start], count, big)
        return Pieces(place, km[order], big, back[place], ahead[place])

    @cached_property
    def edge_index(self) -> EdgeIndex:
        """The spatial index that joins points to the edges (:mod:`.snap`)."""
        from .snap import EdgeIndex

        return EdgeIndex(self)

    def graph(self, weight: Weight = "minutes", *, reverse: bool = False) -> tuple[csr_array, NDArray[np.int64]]:
        """The directed graph as CSR (N, N), and the arc behind each stored value; see :func:`arcs`.

        ``reverse`` turns every arc round: a search from a place then gives the times *to* it.
        """
        key = (weight, reverse)
        if key not in self._graphs:
            start, end = (self.v, self.u) if reverse else (self.u, self.v)
            if reverse not in self._pairs:
                self._pairs[reverse] = arc_pairs(start, end)
            self._graphs[key] = arcs(start, end, *self.weights(weight), self.nodes, self._pairs[reverse])
        return self._graphs[key]

    @cached_property
    def _pairs(self) -> dict[bool, ArcPairs]:
        return {}

    @cached_property
    def _graphs(self) -> dict[tuple[Weight, bool], tuple[csr_array, NDArray[np.int64]]]:
        return {}

    def route(
        self,
        origin: tuple[float, float],
        destination: tuple[float, float],
        *,
        weight: Weight = "minutes",
        access: Access | None = None,
    ) -> Route:
        """The way between two (longitude, latitude) that is shortest by ``weight``; see :func:`.route.route`."""
        from .route import route

        return route(self, origin, destination, weight=weight, access=access)

    def to_geodataframe(self) -> gpd.GeoDataFrame:
        """Edges as a frame: u, v (node ids), km, road_class, name, minutes both ways, geometry."""
        return gpd.GeoDataFrame(
            {
                "u": self.node_id[self.u],
                "v": self.node_id[self.v],
                "km": self.km,
                "road_class": self.road_class,
                "name": self.name,
                "minutes_forward": self.minutes_forward,
                "minutes_backward": self.minutes_backward,
            },
            geometry=self.line,
            crs=self.crs,
        )


def _linked(start: NDArray[np.int64], end: NDArray[np.int64], count: int, big: int) -> NDArray[np.bool_]:
    """Which of ``count`` pieces the first ``big`` ones lead to by the links ``start`` -> ``end``; themselves too."""
    if not big:
        return np.zeros(count, dtype=bool)
    across = start != end
    links = csr_matrix((np.ones(across.sum()), (start[across], end[across])), shape=(count, count))
    return np.isfinite(dijkstra(links, indices=np.arange(big), min_only=True, unweighted=True))


@dataclass(frozen=True)
class ArcPairs:
    """The arcs (``e`` forward, ``e + E`` backward) in the order of their nodes, self-loops left out; it does not depend
    on costs. ``first``: which begin a group of parallel arcs; ``parallel``: places of those that are not alone."""

    arc: NDArray[np.int64]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    first: NDArray[np.bool_]
    parallel: NDArray[np.int64]


def arc_pairs(u: NDArray[np.int32], v: NDArray[np.int32]) -> ArcPairs:
    """The arcs both ways between ``u`` and ``v`` (E,), sorted by start and end."""
    start, end = np.concatenate([u, v]), np.concatenate([v, u])
    arc = np.flatnonzero(start != end)
    arc = arc[np.lexsort((end[arc], start[arc]))]
    start, end = start[arc].astype(np.int32), end[arc].astype(np.int32)
    first = np.ones(len(arc), dtype=bool)
    first[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    alone = first & np.append(first[1:], True)
    return ArcPairs(arc, start, end, first, np.flatnonzero(~alone))


def arcs(
    u: NDArray[np.int32],
    v: NDArray[np.int32],
    forward: NDArray[np.float64],
    backward: NDArray[np.float64],
    nodes: int,
    pairs: ArcPairs | None = None,
) -> tuple[csr_array, NDArray[np.int64]]:
    """The directed graph as CSR (N, N), and for each stored arc its edge (``e`` forward, ``e + E`` backward).

    Of parallel arcs the cheapest stays (scipy would add them up); self-loops and infinite arcs are left out.
    ``pairs``: those of ``u`` and ``v``, where they are at hand.
    """
    pairs = pairs or arc_pairs(u, v)
    cost, arc = np.concatenate([forward, backward]), pairs.arc
    if len(pairs.parallel):
        group = np.cumsum(pairs.first)[pairs.parallel]
        beside = arc[pairs.parallel]
        arc = arc.copy()
        arc[pairs.parallel] = beside[np.lexsort((cost[beside], group))]
    stays = pairs.first & np.isfinite(cost[arc])
    kept = arc[stays]
    indptr = np.zeros(nodes + 1, dtype=np.int32)
    np.cumsum(np.bincount(pairs.start[stays], minlength=nodes), out=indptr[1:])
    return csr_array((cost[kept], pairs.end[stays], indptr), shape=(nodes, nodes)), kept


def build(edges: RoadEdges, *, crs: CRS | None = None, speeds: SpeedTable | None = None) -> RoadNetwork:
    """Makes a network of what a reader delivered: metric CRS (UTM of its centre if none is given), nodes in Hilbert
    order, geodesic lengths. Raises :class:`InputError` if there is no road."""
    if not len(edges.u):
        raise InputError(Problem("roads.none", edges.source, params={"profile": edges.profile}))
    source = edges.crs
    target = crs or (source if source.is_projected else _utm(edges))
    to_metric = Transformer.from_crs(source, target, always_xy=True)
    x, y = to_metric.transform(edges.node_x, edges.node_y)
    line = edges.line
    if target != source:
        line = shapely.transform(line, lambda c: np.column_stack(to_metric.transform(c[:, 0], c[:, 1])))
    order = np.argsort(gpd.GeoSeries(gpd.points_from_xy(x, y)).hilbert_distance().to_numpy(), kind="stable")
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    stated = np.isfinite(edges.km)
    km = edges.km if stated.all() else np.where(stated, edges.km, _geodesic_km(edges.line, source))
    return RoadNetwork(
        crs=target,
        node_id=edges.node_id[order],
        xy=np.column_stack([x, y])[order],
        u=rank[edges.u],
        v=rank[edges.v],
        line=line,
        km=km,
        road_class=edges.road_class,
        forward=edges.forward,
        backward=edges.backward,
        maxspeed_forward=edges.maxspeed_forward,
        maxspeed_backward=edges.maxspeed_backward,
        fixed_minutes=edges.fixed_minutes,
        name=edges.name,
        profile=edges.profile,
        speeds=speeds or for_profile(edges.profile),
        source=edges.source,
        class_known=edges.class_known,
        problems=edges.problems,
    )


def _utm(edges: RoadEdges) -> CRS:
    """The UTM zone of the middle of the extent."""
    return CRS(gpd.points_from_xy(edges.node_x, edges.node_y, crs=edges.crs).estimate_utm_crs())


def _geodesic_km(line: Lines, crs: CRS) -> NDArray[np.float64]:
    """Length of each line on the WGS 84 ellipsoid (Karney 2013, as implemented in PROJ), in km."""
    xy, index = shapely.get_coordinates(line, return_index=True)
    if crs.is_projected:
        to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        lon, lat = to_degrees.transform(xy[:, 0], xy[:, 1])
    else:
        lon, lat = xy[:, 0], xy[:, 1]
    same = index[1:] == index[:-1]
    _, _, metres = Geod(ellps="WGS84").inv(lon[:-1][same], lat[:-1][same], lon[1:][same], lat[1:][same])
    return np.bincount(index[1:][same], weights=np.asarray(metres), minlength=len(line)) / 1000.0
