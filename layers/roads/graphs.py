"""Roads from and to NetworkX graphs, and from GraphML files, after the conventions of osmnx 2.

Nodes carry ``x`` and ``y`` in ``graph.graph["crs"]`` (EPSG:4326 if none is named); edges ``length`` in metres,
``geometry``, ``highway``, ``maxspeed``, ``name``. Every arc of a directed graph is one direction; an arc and its exact
reverse become one two-way edge. Of list values (osmnx merges edges) the slowest class and the lowest limit count.
Stated travel times are not taken unless asked for: they would stand still where speeds are varied.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from xml.etree.ElementTree import ParseError

import networkx as nx
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from ...errors import Findings
from ...files import require_file
from ..csv_files import refuse
from .columns import one_of, shorten, values_of, warn_of_classes
from .metric import metric_crs
from .network import Profile, RoadEdges, RoadNetwork, build
from .profile import class_open
from .speeds import SpeedTable, for_profile
from .tag_values import parse_speed
from .xml_root import root_element

TimeAttribute = Literal["minutes", "travel_time"]
CREATOR = "carereach"
LONGEST_TEXT = 80
GRAPHML_LIMIT = 256 << 20
TIMES: Mapping[str, float] = {"minutes": 1.0, "travel_time": 60.0}

_Key = tuple[int, int, bytes, str, str, str]


@dataclass(frozen=True)
class _Arc:
    u: int
    v: int
    line: shapely.LineString
    km: float
    road_class: str
    kph: float
    minutes: float
    name: str
    both: bool = False
    kph_back: float = math.nan

    def key(self) -> _Key:
        """What its exact reverse has in common with it."""
        return self.u, self.v, self.line.wkb, self._figures(), self.road_class, self.name

    def reverse_key(self) -> _Key:
        """The key that its exact reverse has."""
        return self.v, self.u, self.line.reverse().wkb, self._figures(), self.road_class, self.name

    def _figures(self) -> str:
        """To a hundredth of a millimetre: summed the other way round, a length differs in the last digit."""
        return f"{self.km:.8f} {self.minutes:.8f}"


def read_graphml(
    path: str | Path,
    profile: Profile = "car",
    *,
    crs: CRS | None = None,
    speeds: SpeedTable | None = None,
    times: TimeAttribute | None = None,
) -> RoadNetwork:
    """The roads of a GraphML file, as osmnx or NetworkX write it; see :func:`from_networkx`."""
    findings = Findings(path)
    plain = require_file(Path(path), limit=GRAPHML_LIMIT)
    root = root_element(plain, findings)
    if root.rpartition(":")[2] != "graphml":
        refuse(findings, "roads.not-graphml", value=root)
    try:
        graph = nx.read_graphml(plain)
    except (ParseError, nx.NetworkXException, ValueError, KeyError, TypeError, AttributeError) as error:
        refuse(findings, "roads.graphml-broken", reason=str(error))
    return _network(graph, profile, crs, speeds, times, findings)


def from_networkx(
    graph: nx.Graph,
    profile: Profile = "car",
    *,
    crs: CRS | None = None,
    speeds: SpeedTable | None = None,
    times: TimeAttribute | None = None,
) -> RoadNetwork:
    """The roads of a NetworkX graph; an undirected one is two-way. ``crs``: of the network (default: UTM).

    ``times`` names an edge attribute with stated times to be taken instead of speeds: ``minutes``, or osmnx's
    ``travel_time`` in seconds. Raises :class:`~carereach.errors.InputError` naming the nodes without a place and the
    edges with an impossible length.
    """
    return _network(graph, profile, crs, speeds, times, Findings("graph"))


def to_networkx(roads: RoadNetwork) -> nx.MultiDiGraph:
    """One arc per direction that may be travelled, with ``minutes``, ``travel_time`` (s), ``km``, ``length`` (m),
    ``highway``, ``name``, ``oneway`` and ``geometry``; nodes have ``x`` and ``y``; all in EPSG:4326."""
    to_degrees = Transformer.from_crs(roads.crs, "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform(roads.xy[:, 0], roads.xy[:, 1])
    lines = shapely.transform(roads.line, lambda c: np.column_stack(to_degrees.transform(c[:, 0], c[:, 1])))
    ids = roads.node_id.tolist()
    graph = nx.MultiDiGraph(crs="EPSG:4326", created_with=CREATOR)
    graph.add_nodes_from((i, {"x": x, "y": y}) for i, x, y in zip(ids, lon.tolist(), lat.tolist(), strict=True))
    u, v = roads.node_id[roads.u].tolist(), roads.node_id[roads.v].tolist()
    ways = (
        (u, v, lines, roads.forward, roads.minutes_forward, roads.maxspeed_forward),
        (v, u, shapely.reverse(lines), roads.backward, roads.minutes_backward, roads.maxspeed_backward),
    )
    for starts, ends, shapes, allowed, minutes, kph in ways:
        for e in np.flatnonzero(allowed).tolist():
            facts: dict[str, Any] = {
                "km": float(roads.km[e]),
                "length": float(roads.km[e]) * 1000.0,
                "minutes": float(minutes[e]),
                "travel_time": float(minutes[e]) * 60.0,
                "highway": str(roads.road_class[e]),
                "oneway": not (roads.forward[e] and roads.backward[e]),
                "geometry": shapes[e],
            }
            optional = {"name": str(roads.name[e]), "maxspeed": float(kph[e]), "fixed_minutes": roads.fixed_minutes[e]}
            facts |= {k: v for k, v in optional.items() if v not in {""} and not (isinstance(v, float) and v != v)}
            graph.add_edge(starts[e], ends[e], **facts)
    return graph


def _network(
    graph: nx.Graph,
    profile: Profile,
    crs: CRS | None,
    speeds: SpeedTable | None,
    times: TimeAttribute | None,
    findings: Findings,
) -> RoadNetwork:
    table = speeds or for_profile(profile)
    edges = _edges(graph, profile, times, table, findings)
    if not len(edges.u):
        refuse(findings, "roads.none", profile=profile)
    return build(edges, crs=crs or metric_crs(edges.crs, edges.node_x, edges.node_y), speeds=table)


def _edges(
    graph: nx.Graph, profile: Profile, times: TimeAttribute | None, speeds: SpeedTable, findings: Findings
) -> RoadEdges:
    named = graph.graph.get("crs", "EPSG:4326")
    try:
        source = CRS.from_user_input(named)
    except pyproj.exceptions.CRSError:
        refuse(findings, "vector.crs-unknown", value=named)
    index = {node: i for i, node in enumerate(graph.nodes)}
    xy = _places(graph, source, findings)
    arcs = _arcs(graph, index, xy, times, findings)
    findings.raise_errors()
    arcs = _two_ways([arc for arc in arcs if class_open(arc.road_class, profile)], graph.is_directed())
    if profile != "walk":
        warn_of_classes(np.array([arc.road_class for arc in arcs], dtype=np.str_), speeds, findings)
    on_foot = profile == "walk"
    forward = np.ones(len(arcs), dtype=bool)
    return RoadEdges(
        node_id=_ids(list(graph.nodes)),
        node_x=xy[:, 0],
        node_y=xy[:, 1],
        u=np.array([arc.u for arc in arcs], dtype=np.int64),
        v=np.array([arc.v for arc in arcs], dtype=np.int64),
        line=np.array([arc.line for arc in arcs], dtype=object),
        road_class=np.array([arc.road_class for arc in arcs], dtype=np.str_),
        forward=forward,
        backward=np.array([arc.both or on_foot for arc in arcs], dtype=bool),
        maxspeed_forward=np.array([arc.kph for arc in arcs], dtype=float),
        maxspeed_backward=np.array([arc.kph_back if arc.both else arc.kph for arc in arcs], dtype=float),
        fixed_minutes=np.array([arc.minutes for arc in arcs], dtype=float),
        km=np.array([arc.km for arc in arcs], dtype=float),
        name=np.array([arc.name for arc in arcs], dtype=np.str_),
        crs=source,
        profile=profile,
        source=findings.file,
        problems=findings.warnings,
        class_known=any(arc.road_class for arc in arcs),
    )


def _ids(nodes: list[Hashable]) -> NDArray[np.int64]:
    """The nodes' own names where they are whole numbers, else running numbers."""
    try:
        ids = np.array([int(str(node)) for node in nodes], dtype=np.int64)
    except (ValueError, OverflowError):
        ids = np.zeros(0, dtype=np.int64)
    return ids if len(np.unique(ids)) == len(nodes) else np.arange(len(nodes), dtype=np.int64)


def _places(graph: nx.Graph, crs: CRS, findings: Findings) -> NDArray[np.float64]:
    x, y = (np.array([_number(d.get(axis)) for _, d in graph.nodes(data=True)], dtype=float) for axis in ("x", "y"))
    xy = np.column_stack([x, y])
    bad = ~np.isfinite(xy).all(axis=1)
    if crs.is_geographic:
        bad |= (np.abs(xy[:, 0]) > 180) | (np.abs(xy[:, 1]) > 90)
    if bad.any():
        nodes = list(graph.nodes)
        shown = shorten(str(nodes[i]) for i in np.flatnonzero(bad))
        findings.error("roads.graph-place", value=shown, count=int(bad.sum()), total=len(nodes))
    return xy


def _arcs(
    graph: nx.Graph,
    index: Mapping[Hashable, int],
    xy: NDArray[np.float64],
    times: TimeAttribute | None,
    findings: Findings,
) -> list[_Arc]:
    """All arcs in the graph's order; a loop over Python dictionaries, which is what a NetworkX graph is."""
    arcs, bad, odd, ignored = [], [], [], 0
    for start, end, facts in graph.edges(data=True):
        u, v = index[start], index[end]
        if not np.isfinite(xy[[u, v]]).all():
            continue
        line, km, minutes = _line(facts.get("geometry"), xy[u], xy[v]), _km(facts), _minutes(facts, times)
        if line is None or km is None or minutes is None:
            bad.append(f"{start}-{end}")
            continue
        kph = _lowest_limit(facts.get("maxspeed"))
        if kph is None:
            odd.append(str(facts["maxspeed"]))
        ignored += times is None and not TIMES.keys().isdisjoint(facts)
        road_class, name = (one_of(values_of(facts.get(key)))[:LONGEST_TEXT] for key in ("highway", "name"))
        arcs.append(_Arc(u, v, line, km, road_class, math.nan if kph is None else kph, minutes, name))
    if bad:
        findings.error("roads.graph-edge", value=shorten(bad), count=len(bad))
    if odd:
        findings.warn("roads.speed-ignored", value=odd[0], count=len(odd))
    if ignored and graph.graph.get("created_with") != CREATOR:
        findings.warn("roads.times-ignored", count=ignored)
    return arcs


def _km(facts: Mapping[str, object]) -> float | None:
    """The stated length, NaN if there is none, None if it is impossible."""
    stated = [(key, per_km) for key, per_km in (("length", 1000.0), ("km", 1.0)) if facts.get(key) is not None]
    if not stated:
        return math.nan
    km = _number(facts[stated[0][0]]) / stated[0][1]
    return km if math.isfinite(km) and km >= 0 else None


def _minutes(facts: Mapping[str, object], times: TimeAttribute | None) -> float | None:
    """The stated time, NaN if there is none or none is asked for, None if it is impossible."""
    key = times if times is not None and facts.get(times) is not None else "fixed_minutes"
    if facts.get(key) is None:
        return math.nan
    minutes = _number(facts[key]) / TIMES.get(key, 1.0)
    return minutes if math.isfinite(minutes) and minutes >= 0 else None


def _line(written: object, start: NDArray[np.float64], end: NDArray[np.float64]) -> shapely.LineString | None:
    """The edge's shape from its first node to its second; a straight line if none is given, None if it is no line."""
    if isinstance(written, str):
        try:
            written = shapely.from_wkt(written)
        except shapely.errors.GEOSException:
            return None
    if written is None:
        return shapely.LineString([start, end])
    if not isinstance(written, shapely.LineString) or written.is_empty:
        return None
    if not np.isfinite(shapely.get_coordinates(written)).all():
        return None
    first = np.asarray(written.coords[0][:2])
    turned = np.hypot(*(first - end)) < np.hypot(*(first - start))
    return shapely.force_2d(written.reverse() if turned else written)


def _two_ways(arcs: list[_Arc], directed: bool) -> list[_Arc]:
    """Arcs and their exact reverses as one two-way edge (with each direction's limit); the rest as they are."""
    if not directed:
        return [_joined(arc, arc) for arc in arcs]
    waiting: dict[_Key, list[int]] = {}
    edges: list[_Arc] = []
    for arc in arcs:
        back = arc.reverse_key()
        if waiting.get(back):
            place = waiting[back].pop()
            edges[place] = _joined(edges[place], arc)
            continue
        waiting.setdefault(arc.key(), []).append(len(edges))
        edges.append(arc)
    return edges


def _joined(along: _Arc, back: _Arc) -> _Arc:
    return _Arc(
        along.u, along.v, along.line, along.km, along.road_class, along.kph, along.minutes, along.name, True, back.kph
    )


def _number(value: object) -> float:
    """A figure, or NaN for anything else."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _lowest_limit(written: object) -> float | None:
    """The lowest of the limits in km/h, NaN if none is known, None if one is not understood."""
    speeds = [math.nan if value == "nan" else parse_speed(value) for value in values_of(written)]
    if any(speed is None for speed in speeds):
        return None
    known = [speed for speed in speeds if speed is not None and math.isfinite(speed)]
    return min(known) if known else math.nan
