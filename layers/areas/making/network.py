"""A road network under construction: nodes in plane kilometres, ways with OSM tags, written as an OSM file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import osmium
import shapely
from osmium.osm import mutable
from shapely.geometry import LineString

from . import world
from .world import Floats

Tags = dict[str, str]
STEP_KM = 0.15
FIRST_NODE, FIRST_WAY, FIRST_RELATION = 1_000_001, 2_000_001, 3_000_001


@dataclass
class Net:
    """Nodes and ways so far. ``joinable`` says to which nodes a village road may be joined later."""

    xy: list[tuple[float, float]] = field(default_factory=list)
    joinable: list[bool] = field(default_factory=list)
    node_tags: dict[int, Tags] = field(default_factory=dict)
    ways: list[tuple[tuple[int, ...], Tags]] = field(default_factory=list)
    restrictions: list[tuple[int, int, int, str]] = field(default_factory=list)

    def node(self, x: float, y: float, *, joinable: bool = True, tags: Mapping[str, str] | None = None) -> int:
        """Adds a node and gives its index."""
        self.xy.append((float(x), float(y)))
        self.joinable.append(joinable)
        if tags:
            self.node_tags[len(self.xy) - 1] = dict(tags)
        return len(self.xy) - 1

    def way(self, nodes: Sequence[int], **tags: str) -> int:
        """Adds a way along existing nodes and gives its index; ``__`` in a tag's key stands for ``:``."""
        self.ways.append((tuple(nodes), {k.replace("__", ":"): v for k, v in tags.items()}))
        return len(self.ways) - 1

    def line(self, start: int, inner: Floats, end: int, tags: Tags, *, joinable: bool = True) -> list[int]:
        """Adds a way from node to node through new nodes at ``inner``; sections over the river become bridges."""
        nodes = [start, *(self.node(x, y, joinable=joinable) for x, y in inner), end]
        begin = 0
        for i in self._wet_segments(nodes):
            if i > begin:
                self.way(nodes[begin : i + 1], **tags)
            self.way(nodes[i : i + 2], **tags, bridge="yes", layer="1")
            begin = i + 1
        if begin < len(nodes) - 1:
            self.way(nodes[begin:], **tags)
        return nodes

    def _wet_segments(self, nodes: Sequence[int]) -> list[int]:
        """Positions of the segments that cross the river's middle line."""
        xy = np.array([self.xy[n] for n in nodes])
        segments = shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1))
        return [int(i) for i in np.flatnonzero(shapely.intersects(segments, world.RIVER))]


def winding(rng: np.random.Generator, points: Floats, wiggle: float, crossings: int = 0) -> Floats:
    """Inner points, one every 0.15 km, of a winding line through ``points``.

    Midpoints are displaced by ``wiggle`` times the length, over and over (Fournier et al. 1982). The line crosses the
    river as often as ``crossings`` says and stays on land: where it does not, it is drawn again with less wiggle.
    """
    dry = world.land().buffer(-0.15)
    for attempt in range(60):
        line = _displaced(rng, points, wiggle * 0.93**attempt)
        if _crossings(line) == crossings and (attempt > 40 or dry.contains(line)):
            count = max(2, round(line.length / STEP_KM))
            inner = line.interpolate(np.linspace(0, line.length, count + 1)[1:-1])
            return np.array([(p.x, p.y) for p in inner]).reshape(-1, 2)
    raise ValueError(f"no line through {points.round(1).tolist()} crosses the river {crossings} times")


def _displaced(rng: np.random.Generator, points: Floats, wiggle: float) -> LineString:
    while np.hypot(*np.diff(points, axis=0).T).max() > 0.5:
        step = np.diff(points, axis=0)
        normal = np.column_stack([-step[:, 1], step[:, 0]])
        middle = points[:-1] + step / 2 + normal * rng.normal(0, wiggle, (len(step), 1)).clip(-2 * wiggle, 2 * wiggle)
        points = np.insert(points, np.arange(1, len(points)), middle, axis=0)
    return LineString(points)


def _crossings(line: LineString) -> int:
    return int((~shapely.is_empty(shapely.get_parts(line.intersection(world.RIVER)))).sum())


def write_osm(net: Net, path: Path) -> None:
    """Writes the nodes that a way uses, the ways and the turn restrictions as ``.osm.pbf``, ids in input order."""
    used = sorted({n for nodes, _ in net.ways for n in nodes})
    lonlat = world.to_lonlat(np.array(net.xy))
    header = osmium.io.Header()
    header.set("generator", "carereach make_tutorial (fictional)")
    writer = osmium.SimpleWriter(str(path), header=header, overwrite=True)
    for n in used:
        place = (float(lonlat[n, 0]), float(lonlat[n, 1]))
        writer.add_node(mutable.Node(id=FIRST_NODE + n, location=place, tags=net.node_tags.get(n, {}), version=1))
    for w, (nodes, tags) in enumerate(net.ways):
        writer.add_way(mutable.Way(id=FIRST_WAY + w, nodes=[FIRST_NODE + n for n in nodes], tags=tags, version=1))
    for r, (start, via, end, kind) in enumerate(net.restrictions):
        members = [("w", FIRST_WAY + start, "from"), ("n", FIRST_NODE + via, "via"), ("w", FIRST_WAY + end, "to")]
        tags = {"type": "restriction", "restriction": kind}
        writer.add_relation(mutable.Relation(id=FIRST_RELATION + r, members=members, tags=tags, version=1))
    writer.close()
