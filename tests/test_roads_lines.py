"""Roads from line layers: where lines meet, what their columns say, and layers that are broken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS
from scipy.sparse.csgraph import dijkstra
from shapely import LineString, MultiLineString, Point

from carereach.errors import Findings, InputError
from carereach.layers.roads import RoadColumns, RoadNetwork, read_lines
from carereach.layers.roads.columns import directions, limits
from carereach.layers.roads.line_nodes import join_ends, nodes_by_id
from carereach.layers.roads.network import arcs

UTM49 = 32649
X, Y = 400_000.0, 2_500_000.0


def line(*points: tuple[float, float]) -> LineString:
    """A line in metres from the corner (X, Y)."""
    return LineString([(X + x, Y + y) for x, y in points])


def layer(path: Path, lines: list[Any], crs: int | None = UTM49, **columns: Any) -> Path:
    frame = gpd.GeoDataFrame(columns or {"number": range(len(lines))}, geometry=lines, crs=crs)
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path, engine="pyogrio")
    return path


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return tmp_path / "roads.gpkg"


def count(roads: RoadNetwork, code: str) -> object:
    return next((p.params.get("count") for p in roads.problems if p.code == code), None)


CROSS = [line((0, 0), (100, 0)), line((100, 0), (200, 0)), line((100, -100), (100, 100)), line((200, 0), (200, 50))]


def test_lines_meet_at_their_ends_only(here: Path) -> None:
    # The third line crosses the place where the first two meet, in its middle: it stays a piece of its own.
    roads = read_lines(layer(here, CROSS))
    assert (roads.nodes, roads.edges, roads.pieces.count) == (6, 4, 2)
    assert not roads.class_known and set(roads.road_class.tolist()) == {""}
    assert roads.crs == CRS.from_epsg(UTM49)
    # 450 m on the map, 100 km west of the meridian of the UTM zone, where its scale is
    # 0.9996 (1 + 100^2 / (2 x 6371^2)) = 0.999723: 450.125 m on the ellipsoid
    assert roads.km.sum() == pytest.approx(0.450125, rel=1e-5)


def test_lines_are_split_where_they_share_a_vertex(here: Path) -> None:
    """A road of 300 m with vertices each 100 m. At 100 a line crosses with a vertex of its own 6 mm off, at 200 one
    ends, at 250 one crosses without a vertex (a bridge): 3 + 2 + 1 + 1 edges, and the bridge is a piece of its own."""
    lines = [
        line((0, 0), (100, 0), (200, 0), (300, 0)),
        line((100, -50), (100.006, 0), (100, 50)),
        line((200, 0), (200, 50)),
        line((250, -50), (250, 50)),
    ]
    roads = read_lines(layer(here, lines, highway=["primary", "secondary", "tertiary", "trunk"]))
    assert (roads.edges, roads.nodes, roads.pieces.count) == (7, 9, 2)
    assert count(roads, "roads.lines-split") == 2
    assert roads.road_class.tolist() == ["primary"] * 3 + ["secondary"] * 2 + ["tertiary", "trunk"]
    assert [round(part.length) for part in roads.line] == [100, 100, 100, 50, 50, 50, 100]


def test_lines_on_top_of_each_other_are_split_where_they_part(here: Path) -> None:
    """Both run 0-100-200-300; then one goes on along x and one along y: a junction at 300 only, 2 + 2 edges."""
    shared = [(0, 0), (100, 0), (200, 0), (300, 0)]
    roads = read_lines(layer(here, [line(*shared, (400, 0)), line(*shared, (300, 90))]))
    assert sorted(round(part.length) for part in roads.line) == [90, 100, 300, 300]
    assert roads.pieces.count == 1


@pytest.mark.parametrize("seed", range(5))
def test_whole_streets_of_a_grid_are_the_network_of_its_blocks(seed: int, tmp_path: Path) -> None:
    """6 x 6 streets drawn whole, their vertices at the crossings, give what networkx's grid has: 36 nodes, 60 edges."""
    rng = np.random.default_rng(seed)
    at = np.cumsum(rng.uniform(50, 200, 6))
    streets = [line(*((x, y) for y in at)) for x in at] + [line(*((x, y) for x in at)) for y in at]
    turned = [street.reverse() if rng.random() < 0.5 else street for street in streets]
    rng.shuffle(turned)
    roads = read_lines(layer(tmp_path / "a.parquet", turned))
    grid = nx.grid_2d_graph(6, 6)
    assert (roads.nodes, roads.edges) == (grid.number_of_nodes(), grid.number_of_edges()) == (36, 60)
    assert roads.pieces.count == 1
    assert sum(part.length for part in roads.line) == pytest.approx(12 * (at[-1] - at[0]))


@pytest.mark.parametrize("ending", [".gpkg", ".parquet", ".geojson", ".shp"])
def test_every_format_gives_the_same_network(tmp_path: Path, ending: str) -> None:
    lines = gpd.GeoSeries(CROSS, crs=UTM49).to_crs(4326).tolist()
    kinds = ["primary", "secondary", "县道", "primary"]
    roads = read_lines(layer(tmp_path / f"a{ending}", lines, 4326, highway=kinds), crs=CRS.from_epsg(UTM49))
    assert roads.road_class.tolist() == kinds
    assert (roads.nodes, roads.edges) == (6, 4)
    assert roads.xy[roads.u[0]] == pytest.approx([X, Y], abs=0.01)


def test_ends_within_a_centimetre_are_one_node(here: Path) -> None:
    near = [line((0, 0), (100, 0)), line((100.004, 0.004), (200, 0)), line((200, 0.02), (300, 0))]
    roads = read_lines(layer(here, near))
    assert roads.pieces.count == 2
    assert count(roads, "roads.near-misses") == 2  # both ends of the gap of 2 cm


def test_a_short_road_that_joins_its_ends_is_no_near_miss(here: Path) -> None:
    roads = read_lines(layer(here, [line((0, 0), (0.5, 0)), line((0.5, 0), (100, 0))]))
    assert count(roads, "roads.near-misses") is None


def test_multilines_are_taken_apart_and_points_of_lines_left_out(here: Path) -> None:
    parts = MultiLineString([line((0, 0), (100, 0)), line((100, 0), (100, 100))])
    roads = read_lines(layer(here, [parts, line((5, 5), (5, 5)), line((100, 100), (0, 100))]))
    assert roads.edges == 3 and roads.pieces.count == 1
    assert count(roads, "roads.no-length") == 1


def test_columns_say_class_direction_and_limit(here: Path) -> None:
    columns = {
        "fclass": ["primary", "track_grade1", "footway", "motorway"],
        "oneway": ["F", "B", "B", "T"],
        "maxspeed": [60, 0, 0, 999],
        "name": ["人民路", None, "", "G75"],
    }
    roads = read_lines(layer(here, CROSS, **columns), "ambulance")
    assert roads.road_class.tolist() == ["primary", "track", "motorway"]  # no footway for an ambulance
    assert roads.forward.tolist() == [True, True, False]
    assert roads.backward.tolist() == [False, True, True]
    assert roads.maxspeed_forward[0] == 60 and np.isnan(roads.maxspeed_forward[1:]).all()
    assert roads.name.tolist() == ["人民路", "", "G75"]
    assert count(roads, "roads.speed-ignored") == 1 and count(roads, "roads.classes-unknown") is None
    on_foot = read_lines(here, "walk")
    assert on_foot.road_class.tolist() == ["primary", "track", "footway"]
    assert on_foot.forward.all() and on_foot.backward.all()


def test_columns_may_be_named(here: Path) -> None:
    layer(here, CROSS, 等=["国道", "县道", "", "县道"], 方向=["是", "否", "", "反向"], 速=["80", "60 km/h", "", "快"])
    roads = read_lines(here, columns=RoadColumns("等", "方向", "速"))
    assert roads.road_class.tolist() == ["国道", "县道", "", "县道"]
    assert roads.forward.tolist() == [True, True, True, False] and roads.backward.tolist() == [False, True, True, True]
    assert roads.maxspeed_forward[:2].tolist() == [80, 60]
    assert count(roads, "roads.classes-unknown") == 3 and count(roads, "roads.speed-ignored") == 1
    with pytest.raises(InputError) as caught:
        read_lines(here, columns=RoadColumns("kind", "dir", "kph"))
    assert [p.column for p in caught.value.problems if p.code == "roads.no-column"] == ["kind", "dir", "kph"]


def test_of_several_classes_the_slowest_counts(tmp_path: Path) -> None:
    classes = [["primary", "trunk"], ["residential"], ["primary"], ["primary"]]
    roads = read_lines(layer(tmp_path / "a.parquet", CROSS, highway=classes))
    assert roads.road_class.tolist() == ["primary", "residential", "primary", "primary"]


def test_what_the_columns_do_not_say_is_said(here: Path) -> None:
    roads = read_lines(layer(here, CROSS))
    assert {p.code for p in roads.problems} == {"roads.no-oneway", "roads.no-class"}
    for problem in roads.problems:
        assert problem.level == "warning" and problem.line("en") and problem.line("zh")


def test_ids_of_the_file_are_kept_whichever_way_the_lines_run(tmp_path: Path) -> None:
    lines = [line((0, 0), (100, 0)), line((200, 0), (100, 0)), line((200, 0), (200, 50)), line((200, 50), (100, 0))]
    path = layer(tmp_path / "a.parquet", lines, u=[7, 8, 9, 9 + (1 << 40)], v=[8, 9, 9 + (1 << 40), 8])
    roads = read_lines(path)
    places = {int(i): (x - X, y - Y) for i, (x, y) in zip(roads.node_id, roads.xy, strict=True)}
    assert places == {7: (0, 0), 8: (100, 0), 9: (200, 0), 9 + (1 << 40): (200, 50)}


def test_two_ids_at_one_place_are_two_nodes(tmp_path: Path) -> None:
    # A road 1-2-3 and one above it 4-5-6: both pass (100, 0), and nobody turns there.
    lines = [line((0, 0), (100, 0)), line((100, 0), (200, 0)), line((100, 50), (100, 0)), line((100, 0), (100, -50))]
    roads = read_lines(layer(tmp_path / "a.parquet", lines, u=[1, 2, 4, 5], v=[2, 3, 5, 6]))
    assert roads.nodes == 6 and roads.pieces.count == 2


def test_ids_that_contradict_the_lines_are_not_believed(tmp_path: Path) -> None:
    roads = read_lines(layer(tmp_path / "a.parquet", CROSS, u=[1, 1, 1, 1], v=[2, 2, 2, 2]))
    assert roads.nodes == 6 and any(p.code == "roads.ids-contradict" for p in roads.problems)


def test_web_mercator_is_not_computed_in(here: Path) -> None:
    lines = gpd.GeoSeries(CROSS, crs=UTM49).to_crs(3857).tolist()
    roads = read_lines(layer(here, lines, 3857))
    assert roads.crs == CRS.from_epsg(UTM49)
    assert roads.km.sum() == pytest.approx(read_lines(layer(here.with_name("b.gpkg"), CROSS)).km.sum(), rel=1e-9)


BROKEN: list[tuple[str, list[Any], int | None, str]] = [
    ("points", [Point(X, Y), Point(X + 1, Y)], UTM49, "vector.geometry-type"),
    ("no lengths", [line((0, 0), (0, 0))], UTM49, "roads.none"),
    ("degrees called metres", [LineString([(109, 22), (109.1, 22)])], UTM49, "vector.not-metres"),
    ("metres called degrees", CROSS, 4326, "vector.not-degrees"),
    ("no CRS", CROSS, None, "vector.no-crs"),
    ("nothing for cars", CROSS, UTM49, "roads.none"),
]


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
@pytest.mark.parametrize(("name", "lines", "crs", "code"), BROKEN, ids=[b[0] for b in BROKEN])
def test_broken_layers(tmp_path: Path, name: str, lines: list[Any], crs: int | None, code: str) -> None:
    kind = "footway" if name == "nothing for cars" else "primary"
    path = layer(tmp_path / "a.parquet", lines, crs, highway=[kind] * len(lines))
    with pytest.raises(InputError) as caught:
        read_lines(path)
    assert code in {p.code for p in caught.value.problems}


def test_a_layer_without_a_system_takes_the_named_one(tmp_path: Path) -> None:
    path = layer(tmp_path / "a.parquet", CROSS, None)
    assert read_lines(path, file_crs="EPSG:32649").edges == 4


def test_wuhan(shared_data: Path) -> None:
    """92,667 edges; 639 pedestrian streets are not for cars. Its columns u and v do not say which way a line runs."""
    path = shared_data / "wuhan" / "roads.parquet"
    roads = read_lines(path, "car")
    assert roads.edges == 92_667 - 639
    frame = gpd.read_parquet(path)
    assert set(roads.node_id.tolist()) <= set(frame["u"]) | set(frame["v"])
    assert roads.pieces.km[0] > 0.99 * roads.km.sum()
    assert not any(p.code in {"roads.ids-contradict", "roads.classes-unknown"} for p in roads.problems)
    route = roads.route((114.30, 30.59), (114.36, 30.53), weight="km")
    assert 8.8 < route.km < 20  # 8.8 km as the crow flies, across the Yangtze


def test_wuhan_distances_equal_networkx(shared_data: Path) -> None:
    path = shared_data / "wuhan" / "roads.parquet"
    roads = read_lines(path, "walk")
    frame = gpd.read_parquet(path)
    keep = ~frame["highway"].isin(["motorway", "motorway_link", "trunk", "trunk_link"]).to_numpy()
    km: dict[frozenset[int], float] = {}
    for u, v, length in zip(roads.node_id[roads.u], roads.node_id[roads.v], roads.km, strict=True):
        pair = frozenset({int(u), int(v)})
        km[pair] = min(float(length), km.get(pair, np.inf))
    graph: nx.Graph = nx.Graph()
    for u, v in zip(frame["u"][keep].tolist(), frame["v"][keep].tolist(), strict=True):
        graph.add_edge(u, v, km=km[frozenset({u, v})])
    matrix, _ = arcs(roads.u, roads.v, *roads.weights("km"), roads.nodes)
    start = int(np.flatnonzero(roads.pieces.label == 0)[123])
    got = dijkstra(matrix, indices=start, limit=5.0)
    expected = nx.single_source_dijkstra_path_length(graph, int(roads.node_id[start]), cutoff=5.0, weight="km")
    reached = np.flatnonzero(np.isfinite(got))
    assert {int(i) for i in roads.node_id[reached]} == set(expected) and len(reached) > 100
    assert np.allclose(got[reached], [expected[int(i)] for i in roads.node_id[reached]], rtol=1e-6)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=12), st.randoms())
def test_turning_lines_round_changes_no_node(edges: list[tuple[int, int]], random: Any) -> None:
    """Nodes follow from the set of end points, not from the lines' order or sense."""
    place = np.array([(0.0, 0.0), (10.0, 0.0), (0.0, 10.0), (10.0, 10.0), (5.0, 20.0)])
    u, v = (np.array(side) for side in zip(*edges, strict=True))
    start, end, found = join_ends(place[u], place[v])
    turned = np.array([random.random() < 0.5 for _ in edges])
    a, b = np.where(turned, v, u), np.where(turned, u, v)
    _, end2, found2 = join_ends(place[a], place[b])
    assert len(found) == len(found2) == len(set(u.tolist()) | set(v.tolist()))
    assert np.allclose(found[start], place[u]) and np.allclose(found2[end2], place[b])
    named = nodes_by_id(a, b, start, end, len(found))
    if named is not None:
        assert np.array_equal(found[named[3]][named[0]], place[u])


def test_ways_of_writing_one_way() -> None:
    texts = np.array(["yes", "-1", "no", "", "F", "T", "B", "True", "False", "1.0", "是", "maybe"])
    findings = Findings("a")
    forward, backward = directions(texts, pd.RangeIndex(2, 14), "oneway", findings)
    along = [i for i in range(12) if forward[i] and not backward[i]]
    against = [i for i in range(12) if backward[i] and not forward[i]]
    assert along == [0, 4, 7, 9, 10] and against == [1, 5]
    assert [(p.code, p.row, p.value) for p in findings.warnings] == [("roads.oneway-unknown", 13, "maybe")]


def test_limits_as_numbers_and_texts() -> None:
    texts = np.array(["50", "50.0", "0", "nan", "30 mph", "", "fast", "fast"])
    findings = Findings("a")
    kph = limits(texts, pd.RangeIndex(2, 10), "maxspeed", findings)
    assert kph[[0, 1, 4]] == pytest.approx([50, 50, 48.28032]) and np.isnan(kph[[2, 3, 5, 6, 7]]).all()
    assert [(p.row, p.params["count"]) for p in findings.warnings] == [(8, 2)]
