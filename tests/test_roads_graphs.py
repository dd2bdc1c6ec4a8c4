"""Roads from and to NetworkX, and GraphML: osmnx's conventions, exact round trips, files that are broken."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import osmium
import osmnx as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod
from scipy.sparse.csgraph import dijkstra
from shapely import LineString

from carereach.errors import InputError
from carereach.layers.roads import RoadNetwork, from_networkx, read_graphml, read_osm, to_networkx
from carereach.layers.roads.network import arcs

PLACES = {1: (109.0, 22.0), 2: (109.01, 22.0), 3: (109.02, 22.0), 4: (109.01, 22.01)}


def graph(kind: type[Any] = nx.MultiDiGraph, **named: Any) -> Any:
    made = kind(**named)
    made.add_nodes_from((i, {"x": x, "y": y}) for i, (x, y) in PLACES.items())
    return made


def codes(roads: RoadNetwork) -> list[str]:
    return [p.code for p in roads.problems]


def problems(made: Any, **options: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        from_networkx(made, **options)
    for problem in caught.value.problems:
        assert problem.line("en") and problem.line("zh")
    return [p.code for p in caught.value.problems]


def test_an_arc_and_its_reverse_are_one_road() -> None:
    made = graph()
    made.add_edge(1, 2, length=1000.0, highway="primary", maxspeed="60")
    made.add_edge(2, 1, length=1000.0, highway="primary", maxspeed="40")
    made.add_edge(2, 3, length=1000.0, highway="primary")
    roads = from_networkx(made)
    assert roads.edges == 2
    assert roads.km.tolist() == [1.0, 1.0]
    assert roads.forward.tolist() == [True, True] and roads.backward.tolist() == [True, False]
    assert (roads.maxspeed_forward[0], roads.maxspeed_backward[0]) == (60, 40)
    assert roads.minutes_forward[0] == pytest.approx(1.0) and roads.minutes_backward[0] == pytest.approx(1.5)


def test_arcs_that_differ_stay_two_one_ways() -> None:
    made = graph()
    made.add_edge(1, 2, length=1000.0)
    made.add_edge(2, 1, length=1200.0)
    roads = from_networkx(made)
    assert roads.edges == 2 and not roads.backward.any()


def test_an_undirected_graph_is_two_way() -> None:
    made = graph(nx.Graph)
    made.add_edge(1, 2, length=1000.0)
    roads = from_networkx(made)
    assert roads.edges == 1 and roads.backward.all() and not roads.class_known


def test_length_in_metres_or_km_or_that_of_the_line() -> None:
    made = graph(nx.DiGraph)
    made.add_edge(1, 2, length=1500.0)
    made.add_edge(2, 3, km=2.5)
    made.add_edge(3, 4)
    straight = Geod(ellps="WGS84").inv(109.02, 22.0, 109.01, 22.01)[2] / 1000
    assert from_networkx(made).km.tolist() == pytest.approx([1.5, 2.5, straight])


def test_the_shape_runs_from_the_first_node_to_the_second() -> None:
    made = graph()
    bent = LineString([PLACES[2], (109.005, 22.005), PLACES[1]])
    made.add_edge(1, 2, geometry=bent)
    made.add_edge(2, 3, geometry="LINESTRING (109.01 22, 109.015 22.005, 109.02 22)")
    roads = from_networkx(made, crs=CRS.from_epsg(32649))
    for e in range(2):
        assert roads.line[e].coords[0] == pytest.approx(tuple(roads.xy[roads.u[e]]))
        assert len(roads.line[e].coords) == 3


def test_lists_as_osmnx_writes_them() -> None:
    made = graph()
    made.add_edge(1, 2, highway=["trunk", "primary"], maxspeed=["70", "50"], name=["东路", "西路"])
    made.add_edge(2, 3, highway="['primary', 'secondary']", maxspeed="['30 mph', '40 mph']")
    made.add_edge(3, 4, highway="[" * 5000, maxspeed=math.nan)
    roads = from_networkx(made)
    assert roads.road_class.tolist()[:2] == ["primary", "secondary"]
    assert roads.name[0] == "东路"  # the first by code point
    assert roads.maxspeed_forward[:2] == pytest.approx([50, 48.28032]) and np.isnan(roads.maxspeed_forward[2])


def test_classes_are_those_of_the_profile() -> None:
    made = graph()
    made.add_edge(1, 2, highway="footway")
    made.add_edge(2, 3, highway="primary")
    assert from_networkx(made, "car").edges == 1
    walk = from_networkx(made, "walk")
    assert walk.edges == 2 and walk.backward.all()  # a one-way is none on foot


def test_stated_times_are_taken_only_where_asked_for() -> None:
    made = graph()
    made.add_edge(1, 2, length=1000.0, highway="primary", travel_time=90.0, minutes=7.0)
    plain = from_networkx(made)
    assert plain.minutes_forward[0] == pytest.approx(1.0) and codes(plain) == ["roads.times-ignored"]  # 60 km/h
    assert from_networkx(made, times="travel_time").minutes_forward[0] == pytest.approx(1.5)
    assert from_networkx(made, times="minutes").minutes_forward[0] == pytest.approx(7.0)


def test_a_projected_graph() -> None:
    made = graph(crs="EPSG:32649")
    for i, (x, y) in enumerate(
        [(400_000, 2_500_000), (401_000, 2_500_000), (401_000, 2_501_000), (402_000, 2_500_000)]
    ):
        made.nodes[i + 1].update(x=x, y=y)
    made.add_edge(1, 2)
    roads = from_networkx(made)
    assert roads.crs == CRS.from_epsg(32649) and roads.km[0] == pytest.approx(1.0, rel=1e-3)


def test_names_of_nodes_that_are_no_numbers() -> None:
    made = nx.DiGraph()
    made.add_node("a", x=109.0, y=22.0)
    made.add_node("b", x=109.1, y=22.0)
    made.add_edge("a", "b")
    assert sorted(from_networkx(made).node_id.tolist()) == [0, 1]


def test_bad_graphs() -> None:
    made = graph()
    made.add_edge(1, 2, length=-5.0)
    made.add_edge(2, 3, geometry="POINT (1 1)")
    made.add_edge(3, 4, geometry="LINESTRING (")
    made.add_edge(4, 1, fixed_minutes=-1)
    made.add_edge(1, 5)
    assert problems(made) == ["roads.graph-place", "roads.graph-edge"]
    assert problems(graph(crs="EPSG:0")) == ["vector.crs-unknown"]
    assert problems(graph()) == ["roads.none"]
    assert problems(nx.MultiDiGraph()) == ["roads.none"]
    far = graph()
    far.nodes[1]["x"] = 400_000.0
    far.add_edge(1, 2)
    assert problems(far) == ["roads.graph-place"]


def arcs_of(roads: RoadNetwork) -> list[tuple[int, int, float, float]]:
    """(from, to, minutes, km) of every direction that may be travelled, sorted."""
    u, v = roads.node_id[roads.u].tolist(), roads.node_id[roads.v].tolist()
    there = zip(u, v, roads.minutes_forward.tolist(), roads.km.tolist(), strict=True)
    back = zip(v, u, roads.minutes_backward.tolist(), roads.km.tolist(), strict=True)
    return sorted(arc for arc in (*there, *back) if math.isfinite(arc[2]))


def same(a: RoadNetwork, b: RoadNetwork) -> None:
    """The same arcs between the same nodes, and as many edges."""
    assert a.edges == b.edges
    assert np.array(arcs_of(a)) == pytest.approx(np.array(arcs_of(b)), rel=1e-9)


def test_there_and_back(shared_data: Path, tmp_path: Path) -> None:
    roads = read_osm(shared_data / "andorra" / "andorra.osm.pbf", "ambulance")
    made = to_networkx(roads)
    assert made.graph["crs"] == "EPSG:4326"
    assert made.number_of_edges() == int(roads.forward.sum() + roads.backward.sum())
    back = from_networkx(made, "ambulance", crs=roads.crs)
    same(roads, back)
    assert not back.problems
    ox.save_graphml(made, tmp_path / "a.graphml")
    same(roads, read_graphml(tmp_path / "a.graphml", "ambulance", crs=roads.crs))


def test_times_of_the_graph_are_those_of_the_network(shared_data: Path) -> None:
    roads = read_osm(shared_data / "andorra" / "andorra.osm.pbf")
    made = to_networkx(roads)
    start = int(np.flatnonzero(roads.pieces.label == 0)[5])
    matrix, _ = arcs(roads.u, roads.v, *roads.weights("minutes"), roads.nodes)
    got = dijkstra(matrix, indices=start)
    expected = nx.single_source_dijkstra_path_length(made, int(roads.node_id[start]), weight="minutes")
    assert len(expected) == int(np.isfinite(got).sum()) > 500
    index = {int(n): i for i, n in enumerate(roads.node_id)}
    assert [got[index[n]] for n in expected] == pytest.approx(list(expected.values()), rel=1e-6)


def test_a_graph_of_osmnx(shared_data: Path, tmp_path: Path) -> None:
    """osmnx's own reading of an extract, simplified: lists of classes, lengths, every pair of arcs one road."""
    extract = str(shared_data / "andorra" / "andorra.osm.pbf")
    source = tmp_path / "a.osm"
    with osmium.BackReferenceWriter(str(source), ref_src=extract) as writer:
        for way in osmium.FileProcessor(extract, osmium.osm.WAY):
            if way.tags.get("highway") in {"primary", "secondary"}:
                writer.add(way)
    made = ox.graph_from_xml(source, retain_all=True)
    ox.save_graphml(made, tmp_path / "a.graphml")
    roads = read_graphml(tmp_path / "a.graphml")
    stated = sorted((u, v, d["length"] / 1000) for u, v, d in made.edges(data=True))
    assert np.array([arc[:2] + arc[3:] for arc in arcs_of(roads)]) == pytest.approx(np.array(stated), rel=1e-9)
    count = Counter((u, v, round(km, 7)) for u, v, km in stated)
    twins = sum(min(n, count[v, u, km]) if u < v else n // 2 if u == v else 0 for (u, v, km), n in count.items())
    assert roads.edges == len(stated) - twins and twins > 100
    assert set(roads.road_class.tolist()) == {"primary", "secondary"}


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 2, 3, 4]), st.sampled_from([1, 2, 3, 4]), st.sampled_from([500.0, 900.0, 1300.0])
        ),
        min_size=1,
        max_size=10,
    )
)
def test_distances_survive_joining_of_arcs(drawn: list[tuple[int, int, float]]) -> None:
    made = graph()
    for u, v, length in drawn:
        if u != v:
            made.add_edge(u, v, length=length)
    if not made.number_of_edges():
        return
    roads = from_networkx(made)
    matrix, _ = arcs(roads.u, roads.v, *roads.weights("km"), roads.nodes)
    got = dijkstra(matrix)
    for i, start in enumerate(roads.node_id.tolist()):
        expected = nx.single_source_dijkstra_path_length(made, start, weight="length")
        for j, end in enumerate(roads.node_id.tolist()):
            assert got[i, j] == pytest.approx(expected.get(end, math.inf) / 1000)


GOOD = (
    '<?xml version="1.0"?><graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    '<key id="x" for="node" attr.name="x" attr.type="double"/><key id="y" for="node" attr.name="y" attr.type="double"/>'
    '<graph edgedefault="directed"><node id="1"><data key="x">109</data><data key="y">22</data></node>'
    '<node id="2"><data key="x">109.1</data><data key="y">22</data></node><edge source="1" target="2"/></graph>'
    "</graphml>"
)
BOMB = '<!DOCTYPE g [<!ENTITY a "1"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
BROKEN = [
    ("a bomb", GOOD.replace("<graphml", BOMB + "<graphml"), "roads.xml-doctype"),
    ("torn", GOOD[:-30], "roads.graphml-broken"),
    ("other XML", "<gpx></gpx>", "roads.not-graphml"),
    ("a page", "<!DOCTYPE html><html></html>", "roads.html"),
    ("no XML", "hello", "roads.xml-broken"),
    ("empty", "", "file.empty"),
    ("no graph", GOOD[: GOOD.index("<graph edge")] + "</graphml>", "roads.graphml-broken"),
    ("an unknown key", GOOD.replace('<data key="x">', '<data key="z">', 1), "roads.graphml-broken"),
    ("a place in words", GOOD.replace(">109<", ">east<"), "roads.graphml-broken"),
    ("no places", GOOD.replace('attr.name="x"', 'attr.name="east"'), "roads.graph-place"),
    ("deep", GOOD.replace("<edge", "<a>" * 50_000 + "</a>" * 50_000 + "<edge"), ""),
]


def test_plain_graphml(tmp_path: Path) -> None:
    path = tmp_path / "a.graphml"
    path.write_text(GOOD)
    assert read_graphml(path).edges == 1


@pytest.mark.parametrize(("content", "code"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_broken_graphml(tmp_path: Path, content: str, code: str) -> None:
    path = tmp_path / "a.graphml"
    path.write_text(content)
    if not code:
        assert read_graphml(path).edges == 1
        return
    with pytest.raises(InputError) as caught:
        read_graphml(path)
    assert caught.value.problems[-1].code == code
    assert caught.value.problems[-1].line("en") and caught.value.problems[-1].line("zh")
