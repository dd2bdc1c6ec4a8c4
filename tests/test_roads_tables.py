"""Roads from tables of nodes and edges, and the choice of the reader by a study file."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from pyproj import CRS
from scipy.sparse.csgraph import dijkstra

import carereach
from carereach.errors import InputError
from carereach.layers.roads import RoadNetwork, read_csv, read_roads
from carereach.layers.roads.network import arcs
from carereach.layers.roads.speeds import SpeedTable
from carereach.layers.settings import RoadsFile

NODES = "id,lon,lat\n1,109.00,22\n2,109.01,22\n3,109.02,22\n"
EDGES = "u,v,km\n1,2,1.1\n2,3,1.2\n"


def tables(folder: Path, nodes: str = NODES, edges: str = EDGES) -> tuple[Path, Path]:
    pair = folder / "nodes.csv", folder / "edges.csv"
    for path, content in zip(pair, (nodes, edges), strict=True):
        path.write_text(content, encoding="utf-8")
    return pair


def codes(roads: RoadNetwork) -> set[str]:
    return {p.code for p in roads.problems}


def test_two_tables_make_a_network(tmp_path: Path) -> None:
    roads = read_csv(*tables(tmp_path))
    assert (roads.nodes, roads.edges) == (3, 2)
    assert roads.km.tolist() == [1.1, 1.2]  # as stated, not that of the line
    assert roads.forward.all() and roads.backward.all() and not roads.class_known
    assert roads.minutes_forward == pytest.approx(roads.km / 35 * 60)  # unclassed: 35 km/h
    assert codes(roads) == {"roads.no-oneway", "roads.no-class"}


def test_columns_of_class_direction_and_limit(tmp_path: Path) -> None:
    edges = "起点,终点,里程,等级,单行,限速\n1,2,1.1,primary,是,80\n2,3,1.2,footway,,\n3,1,2.4,国道,-1,\n"
    roads = read_csv(*tables(tmp_path, NODES.replace("id,lon,lat", "编号,经度,纬度"), edges))
    assert roads.road_class.tolist() == ["primary", "国道"]
    assert roads.forward.tolist() == [True, False] and roads.backward.tolist() == [False, True]
    assert roads.maxspeed_forward[0] == 80
    assert codes(roads) == {"roads.classes-unknown"}
    own = read_csv(
        *tables(tmp_path, edges=edges), speeds=SpeedTable(classes={"primary": (1, 2, 3), "国道": (60, 70, 80)})
    )
    assert codes(own) == set()


def test_nodes_in_metres(tmp_path: Path) -> None:
    pair = tables(tmp_path, "id,x,y\na,400000,2500000\nb,401000,2500000\n", "u,v,km\na,b,1\n")
    roads = read_csv(*pair, table_crs="EPSG:32649")
    assert roads.crs == CRS.from_epsg(32649) and sorted(roads.node_id.tolist()) == [0, 1]
    with pytest.raises(InputError) as caught:
        read_csv(*pair)
    assert [p.code for p in caught.value.problems if p.level == "error"] == ["roads.table-crs"]


def test_nodes_at_one_place_stay_joined(tmp_path: Path) -> None:
    """Rounded coordinates fall together; the road between them still leads through."""
    nodes = NODES.replace("2,109.01", "2,109.02")
    roads = read_csv(*tables(tmp_path, nodes, "u,v,km\n1,2,2.1\n2,3,0.05\n"))
    assert roads.edges == 2 and roads.pieces.count == 1
    assert np.isfinite(roads.minutes_forward).all()


def test_edges_to_themselves_are_left_out(tmp_path: Path) -> None:
    roads = read_csv(*tables(tmp_path, edges=EDGES + "3,3,0\n"))
    assert roads.edges == 2
    (problem,) = [p for p in roads.problems if p.code == "roads.to-itself"]
    assert (problem.row, problem.params["count"]) == (4, 1)


def test_edges_shorter_than_the_straight_line_are_said(tmp_path: Path) -> None:
    # 0.01 degrees of the parallel of 22 degrees are 1.0327 km on the ellipsoid
    roads = read_csv(*tables(tmp_path, edges="u,v,km\n1,2,1.03\n2,3,0.5\n"))
    (problem,) = [p for p in roads.problems if p.code == "roads.shorter-than-straight"]
    assert (problem.row, problem.value, problem.params["straight"]) == (3, 0.5, "1.033")
    assert problem.line("zh")


Found = list[tuple[str, str, int | None, str | None]]
NODE, EDGE = "nodes.csv", "edges.csv"
BROKEN: list[tuple[str, str, str, Found]] = [
    (
        "unknown nodes",
        NODES,
        EDGES + "3,9,1\n8,1,1\n",
        [("roads.edge-node", EDGE, 5, "u"), ("roads.edge-node", EDGE, 4, "v")],
    ),
    (
        "no places",
        NODES + "4,,22\n5,east,22\n6,nan,22\n7,109,95\n",
        EDGES,
        [
            ("table.not-a-number", NODE, 6, "lon"),
            ("table.not-a-number", NODE, 7, "lon"),
            ("roads.node-place", NODE, 5, "lon"),
            ("roads.node-place", NODE, 8, "lat"),
        ],
    ),
    (
        "lengths",
        NODES,
        EDGES + "1,3,0\n1,3,-2\n1,3,\n1,3,far\n1,3,inf\n",
        [
            ("table.not-a-number", EDGE, 7, "km"),
            ("table.not-a-number", EDGE, 8, "km"),
            *(("roads.edge-km", EDGE, row, "km") for row in (4, 5, 6)),
        ],
    ),
    ("twice", NODES + "2,109.5,22\n", EDGES, [("roads.node-twice", NODE, 5, "id")]),
    ("no id", NODES + ",109.5,22\n", EDGES, [("roads.node-id", NODE, 5, "id")]),
    ("no km", NODES, "u,v\n1,2\n", [("roads.no-column", EDGE, None, "km")]),
    ("no ends", NODES, "a,b,km\n1,2,3\n", [("roads.no-column", EDGE, None, "u"), ("roads.no-column", EDGE, None, "v")]),
    (
        "no coordinates",
        "id,name\n1,a\n",
        EDGES,
        [("roads.no-column", NODE, None, "lon"), ("roads.no-column", NODE, None, "lat")],
    ),
    (
        "both",
        NODES + "2,109.5,22\n",
        EDGES + "3,9,1\n",
        [("roads.node-twice", NODE, 5, "id"), ("roads.edge-node", EDGE, 4, "v")],
    ),
    ("no rows", NODES, "u,v,km\n", [("table.no-rows", EDGE, None, None)]),
    ("nothing left", NODES, "u,v,km,class\n1,2,1,footway\n", [("roads.none", EDGE, None, None)]),
]


@pytest.mark.parametrize(("nodes", "edges", "expected"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_every_bad_row_of_both_tables_is_named(tmp_path: Path, nodes: str, edges: str, expected: Found) -> None:
    with pytest.raises(InputError) as caught:
        read_csv(*tables(tmp_path, nodes, edges))
    errors = [p for p in caught.value.problems if p.level == "error"]
    assert [(p.code, p.file, p.row, p.column) for p in errors] == expected
    for problem in errors:
        assert problem.line("en") and problem.line("zh")


def test_guangxi(shared_data: Path) -> None:
    """2,156 edges, of which 23 lead from a node to itself; distances equal networkx on the same table."""
    folder = shared_data / "guangxi"
    roads = read_csv(folder / "highway_nodes.csv", folder / "highway_edges.csv", "ambulance")
    assert (roads.nodes, roads.edges) == (1405, 2133) and not roads.class_known
    table = pd.read_csv(folder / "highway_edges.csv")
    graph: nx.Graph = nx.Graph()
    for u, v, km in table.sort_values("km", ascending=False).itertuples(index=False):
        graph.add_edge(u, v, km=km)  # of parallel edges the shortest stays
    matrix, _ = arcs(roads.u, roads.v, *roads.weights("km"), roads.nodes)
    index = {int(n): i for i, n in enumerate(roads.node_id)}
    for start in table["u"].sample(10, random_state=3):
        expected = nx.single_source_dijkstra_path_length(graph, start, weight="km")
        got = dijkstra(matrix, indices=index[start])
        assert int(np.isfinite(got).sum()) == len(expected)
        assert [got[index[n]] for n in expected] == pytest.approx(list(expected.values()), rel=1e-6)


def test_a_study_file_names_the_reader(shared_data: Path, tmp_path: Path) -> None:
    utm = CRS.from_epsg(32649)
    roads = read_roads(RoadsFile(nodes="highway_nodes.csv", edges="highway_edges.csv"), shared_data / "guangxi", utm)
    assert roads.crs == utm and roads.profile == "ambulance" and roads.edges == 2133
    table = SpeedTable(unclassed=(1.0, 2.0, 3.0))
    wuhan = read_roads(RoadsFile(path="roads.parquet", class_column="highway"), shared_data / "wuhan", None, table)
    assert wuhan.speeds is table and wuhan.edges > 90_000
    andorra = shared_data / "andorra"
    osm = read_roads(RoadsFile(path="andorra.osm.pbf", profile="walk"), andorra, CRS.from_epsg(25831))
    assert osm.profile == "walk" and osm.crs == CRS.from_epsg(25831)


def test_unknown_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_roads(RoadsFile(path="roads.docx"), tmp_path)
    assert [p.code for p in caught.value.problems] == ["roads.suffix"]
    assert ".graphml" in caught.value.problems[0].line("zh")


@pytest.mark.parametrize(
    "name", ["a.osm", "a.osm.gz", "a.osm.pbf", "a.graphml", "a.gpkg", "a.shp", "a.json", "a.parquet"]
)
def test_a_missing_file_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        read_roads(RoadsFile(path=name), tmp_path)
    assert [p.code for p in caught.value.problems] == ["file.missing"]


def test_the_readers_are_found_where_they_are_promised() -> None:
    names = carereach.layers.roads.__all__
    assert {"read_osm", "read_lines", "read_graphml", "read_csv", "read_roads", "to_networkx"} <= set(names)
    for name in names:
        assert getattr(carereach.layers.roads, name).__module__.startswith("carereach.layers.roads.")
