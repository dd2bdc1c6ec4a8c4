"""Roads from OpenStreetMap files: ``.osm``, ``.osm.gz``, ``.osm.bz2`` and ``.osm.pbf``, streamed twice.

The first pass takes the ways of the profile, the second the places of their nodes only, so memory follows the roads,
not the file. What each tag means stands in :mod:`carereach.layers.roads.profile`.
"""

from __future__ import annotations

from array import array
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
import osmium
from numpy.typing import NDArray
from osmium.filter import IdFilter, KeyFilter
from osmium.osm import NODE, RELATION, WAY, Node, Relation, Way
from pyproj import CRS, Transformer

from ...errors import Findings
from ...files import unpacked
from ..csv_files import refuse
from .metric import metric_crs
from .network import Profile, RoadEdges, RoadNetwork, build
from .profile import WayUse, blocks, closed_main_road, reversible, way_use
from .speeds import SpeedTable
from .split import Chains, Pieced, Places, split
from .xml_root import root_element

Format = Literal["pbf", "xml"]
WGS84 = CRS.from_epsg(4326)
MOST_NODES_OF_A_WAY = 100_000
FILTER_CHUNK_BITS, FILTER_CHUNK_BYTES, LEAST_FILTER_BYTES = 25, 4 << 20, 64 << 20
LONGEST_NAME = 80
SHOWN_WAYS = 5
MOST_KNOWN_KINDS = 20_000
OSMIUM_ERRORS = (RuntimeError, ValueError, OSError, MemoryError, osmium.InvalidLocationError)


def read_osm(
    path: str | Path, profile: Profile = "car", *, crs: CRS | None = None, speeds: SpeedTable | None = None
) -> RoadNetwork:
    """The roads of an OpenStreetMap file that ``profile`` may use, as a network in ``crs`` (default: UTM).

    Raises :class:`~carereach.errors.InputError` for a file that is damaged, holds no such road or is no OSM file.
    """
    edges = osm_edges(Path(path), profile, crs)
    return build(edges, crs=edges.crs, speeds=speeds)


def osm_edges(path: Path, profile: Profile, crs: CRS | None = None) -> RoadEdges:
    """The file's roads as edges between the nodes where ways meet, in ``crs`` (metric; default: UTM of the middle)."""
    findings = Findings(path)
    with unpacked(path) as plain:
        kind = _format(plain, path, findings)
        with _damage_as_problem(findings):
            ways = _read_ways(osmium.io.File(str(plain), kind), profile, findings)
            places = _read_places(plain, kind, ways.refs, profile)
    if len(ways.use) and not len(places.id):
        refuse(findings, "roads.no-places")
    target = crs or (metric_crs(WGS84, places.lon, places.lat) if len(places.id) else WGS84)
    pieced = split(ways.chains(), places, _project(places, target))
    _warn(ways, pieced, profile, findings)
    return _edges(ways, pieced, profile, target, findings)


def _project(places: Places, target: CRS) -> NDArray[np.float64]:
    to_metric = Transformer.from_crs(WGS84, target, always_xy=True)
    return np.column_stack(to_metric.transform(places.lon, places.lat))


@dataclass(frozen=True, slots=True)
class _Kind:
    use: int | None
    conditional: bool = False
    reversible: bool = False
    closed_main: bool = False


@dataclass
class _Ways:
    """What the first pass collects."""

    id: array[int] = field(default_factory=lambda: array("q"))
    refs: array[int] = field(default_factory=lambda: array("q"))
    length: array[int] = field(default_factory=lambda: array("q"))
    use: array[int] = field(default_factory=lambda: array("q"))
    uses: dict[WayUse, int] = field(default_factory=dict)
    name: array[int] = field(default_factory=lambda: array("q"))
    names: dict[str, int] = field(default_factory=dict)
    restrictions: int = 0
    conditional: int = 0
    reversible: int = 0
    closed_main: array[int] = field(default_factory=lambda: array("q"))
    known: dict[tuple[tuple[str, str], ...], _Kind] = field(default_factory=dict)

    def kind(self, tags: dict[str, str], profile: Profile, way_id: int) -> int | None:
        """The number of the way's use in ``uses``, None where the profile may not use it; counts what is left out."""
        key = tuple(tags.items())
        kind = self.known.get(key)
        if kind is None:
            kind = self._judge(tags, profile)
            if len(self.known) < MOST_KNOWN_KINDS:
                self.known[key] = kind
        self.conditional += kind.conditional
        self.reversible += kind.reversible
        if kind.closed_main:
            self.closed_main.append(way_id)
        return kind.use

    def _judge(self, tags: dict[str, str], profile: Profile) -> _Kind:
        use = way_use(tags, profile)
        if use is None:
            turns = reversible(tags) and way_use({**tags, "oneway": "no"}, profile) is not None
            return _Kind(None, reversible=turns, closed_main=closed_main_road(tags, profile))
        conditional = any(key.endswith(":conditional") for key in tags)
        return _Kind(self.uses.setdefault(use, len(self.uses)), conditional=conditional)

    def chains(self) -> Chains:
        """The ways' references; of a way that stands twice (merged downloads) the first is emptied."""
        length = np.frombuffer(self.length, dtype=np.int64).copy()
        refs = np.frombuffer(self.refs, dtype=np.int64)
        ids = np.frombuffer(self.id, dtype=np.int64)
        _, last = np.unique(ids[::-1], return_index=True)
        kept = np.zeros(len(ids), dtype=bool)
        kept[len(ids) - 1 - last] = True
        refs = refs[np.repeat(kept, length)]
        length[~kept] = 0
        return Chains(refs, length)


def _format(plain: Path, path: Path, findings: Findings) -> Format:
    """How the content is written, whatever the file is called; what is no OSM data is refused."""
    with plain.open("rb") as stream:
        head = stream.read(64)
    if head[4:6] == b"\x0a\x09" and head[6:15] == b"OSMHeader":
        if ".pbf" not in path.name.lower():
            findings.warn("roads.misnamed", found="PBF")
        return "pbf"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith((b"{", b"[")):
        refuse(findings, "roads.json")
    if head.startswith((b"\x1f\x8b", b"BZh", b"PK", b"7z")):
        refuse(findings, "roads.packed")
    if not text.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        refuse(findings, "roads.not-osm", value=text[:20].decode("ascii", "replace"))
    root = root_element(plain, findings)
    if root == "osmChange":
        refuse(findings, "roads.osm-change")
    if root != "osm":
        refuse(findings, "roads.not-osm", value=root)
    if ".pbf" in path.name.lower():
        findings.warn("roads.misnamed", found="XML")
    return "xml"


@contextmanager
def _damage_as_problem(findings: Findings) -> Iterator[None]:
    try:
        yield
    except OSMIUM_ERRORS as error:
        if findings.errors:
            raise
        refuse(findings, "roads.osm-damaged", reason=str(error))


def _read_ways(file: osmium.io.File, profile: Profile, findings: Findings) -> _Ways:
    ways = _Ways()
    processor = osmium.FileProcessor(file, WAY | RELATION)
    if processor.header.has_multiple_object_versions:
        refuse(findings, "roads.osm-history")
    for kind, keys in ((WAY, ("highway", "route")), (RELATION, ("restriction",))):
        tagged = KeyFilter(*keys)
        tagged.enable_for(kind)
        processor.with_filter(tagged)
    for thing in processor:
        if isinstance(thing, Way):
            if not thing.deleted:
                _take_way(thing, profile, ways, findings)
        elif isinstance(thing, Relation):
            ways.restrictions += not thing.deleted
    return ways


def _take_way(way: Way, profile: Profile, ways: _Ways, findings: Findings) -> None:
    tags = _tags(way)
    name = (tags.pop("name", "") or tags.get("ref", ""))[:LONGEST_NAME]
    kind = ways.kind(tags, profile, way.id)
    if kind is None:
        return
    nodes = way.nodes
    if len(nodes) > MOST_NODES_OF_A_WAY:
        refuse(findings, "roads.way-too-long", value=way.id, limit=MOST_NODES_OF_A_WAY)
    ways.id.append(way.id)
    ways.refs.extend([node.ref for node in nodes])
    ways.length.append(len(nodes))
    ways.use.append(kind)
    ways.name.append(ways.names.setdefault(name, len(ways.names)))


def _tags(thing: Way | Node) -> dict[str, str]:
    """Tags as a dictionary; counted out, because the end of osmium's own iterator is slow to be noticed."""
    return dict(islice(thing.tags, len(thing.tags)))


def _read_places(plain: Path, kind: Format, refs: array[int], profile: Profile) -> Places:
    """Where the nodes of the kept ways are, and which of them stop the profile."""
    needed = np.unique(np.frombuffer(refs, dtype=np.int64))
    processor = osmium.FileProcessor(osmium.io.File(str(plain), kind), NODE)
    wanted: Container[int]
    if _filter_fits(needed, plain.stat().st_size):
        processor.with_filter(IdFilter(needed.tolist()))
        wanted = range(int(needed[0]), int(needed[-1]) + 1)
    else:
        wanted = set(needed.tolist())
    ids, lon, lat, blocked = array("q"), array("d"), array("d"), array("q")
    for node in processor if len(needed) else ():
        if not isinstance(node, Node) or (ref := node.id) not in wanted or node.deleted:
            continue
        ids.append(ref)
        location = node.location
        lon.append(location.lon_without_check())
        lat.append(location.lat_without_check())
        if node.tags and blocks(_tags(node), profile):
            blocked.append(ref)
    return _places(ids, lon, lat, blocked)


def _filter_fits(needed: NDArray[np.int64], file_bytes: int) -> bool:
    """Whether osmium's filter of ids, a field of bits in chunks, stays small beside the file; no ids below zero."""
    if not len(needed) or needed[0] < 0:
        return False
    chunks = len(np.unique(needed >> FILTER_CHUNK_BITS)) * FILTER_CHUNK_BYTES
    pointers = (int(needed[-1]) >> FILTER_CHUNK_BITS) * 8
    return chunks + pointers <= max(LEAST_FILTER_BYTES, file_bytes)


def _places(ids: array[int], lon: array[float], lat: array[float], blocked: array[int]) -> Places:
    """Sorted, each node once (the last counts), without those that have no place on Earth."""
    x, y = np.frombuffer(lon), np.frombuffer(lat)
    there = (np.abs(x) <= 180) & (np.abs(y) <= 90)
    found = np.frombuffer(ids, dtype=np.int64)[there]
    unique, last = np.unique(found[::-1], return_index=True)
    kept = np.flatnonzero(there)[len(found) - 1 - last]
    return Places(unique, x[kept], y[kept], np.isin(unique, np.frombuffer(blocked, dtype=np.int64)))


def _warn(ways: _Ways, pieced: Pieced, profile: Profile, findings: Findings) -> None:
    times = np.bincount(np.frombuffer(ways.use, dtype=np.int64), minlength=len(ways.uses)).tolist()
    speeds = [(use.speed_ignored, n) for use, n in zip(ways.uses, times, strict=True) if use.speed_ignored]
    durations = [(use.duration_ignored, n) for use, n in zip(ways.uses, times, strict=True) if use.duration_ignored]
    if len(pieced.cut):
        shown = int(ways.id[int(pieced.cut[0])])
        findings.warn("roads.missing-nodes", value=shown, count=len(pieced.cut), total=len(ways.use))
    for code, count in (
        ("roads.turn-restrictions", ways.restrictions),
        ("roads.conditional", ways.conditional),
        ("roads.reversible", ways.reversible),
    ):
        if count:
            findings.warn(code, count=count)
    if closed := sorted(set(ways.closed_main)):
        findings.warn("roads.main-closed", count=len(closed), profile=profile, ways=_ids(closed))
    for code, ignored in (("roads.speed-ignored", speeds), ("roads.duration-ignored", durations)):
        if ignored:
            findings.warn(code, value=ignored[0][0], count=sum(n for _, n in ignored))


def _ids(ways: Sequence[int]) -> str:
    """The first ids of many ways."""
    return ", ".join(str(way) for way in ways[:SHOWN_WAYS]) + (", …" if len(ways) > SHOWN_WAYS else "")


def _edges(ways: _Ways, pieced: Pieced, profile: Profile, crs: CRS, findings: Findings) -> RoadEdges:
    kind = np.frombuffer(ways.use, dtype=np.int64)
    of = kind[pieced.way]
    uses = list(ways.uses)

    def column(values: list[float]) -> NDArray[np.float64]:
        return np.array(values, dtype=float)[of]

    return RoadEdges(
        node_id=pieced.node_id,
        node_x=pieced.node_x,
        node_y=pieced.node_y,
        u=pieced.u,
        v=pieced.v,
        line=pieced.line,
        road_class=np.array([use.road_class for use in uses], dtype=np.str_)[of],
        forward=np.array([use.forward for use in uses], dtype=bool)[of],
        backward=np.array([use.backward for use in uses], dtype=bool)[of],
        maxspeed_forward=column([use.maxspeed_forward for use in uses]),
        maxspeed_backward=column([use.maxspeed_backward for use in uses]),
        fixed_minutes=_ferry_minutes(np.array([use.minutes for use in uses], dtype=float)[kind], pieced),
        km=pieced.km,
        name=np.array(list(ways.names), dtype=np.str_)[np.frombuffer(ways.name, dtype=np.int64)[pieced.way]],
        crs=crs,
        profile=profile,
        source=findings.file,
        problems=findings.warnings,
    )


def _ferry_minutes(minutes: NDArray[np.float64], pieced: Pieced) -> NDArray[np.float64]:
    """A ferry's duration shared among its edges by length; none for a ferry of which a part is missing."""
    minutes[pieced.cut] = np.nan
    of_edge = minutes[pieced.way]
    timed = np.flatnonzero(np.isfinite(of_edge))
    length = pieced.km[timed]
    whole = np.bincount(pieced.way[timed], weights=length, minlength=len(minutes))[pieced.way[timed]]
    of_edge[timed] *= np.divide(length, whole, out=np.full(len(timed), np.nan), where=whole > 0)
    return of_edge
