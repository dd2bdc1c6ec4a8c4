"""Broken roads: OpenStreetMap files, GraphML, tables, line layers."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import geopandas as gpd
import osmium
import shapely
from broken import Says, edit_study, kind, replace, truncate, warns
from good_study import EAST, NORTH, SOUTH, lines, node_places, osm

ROADS = "roads.osm"
LAUGHS = '<!DOCTYPE lolz [<!ENTITY a0 "ha">' + "".join(
    f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(12)
)  # unpacks to 2 TB


def write(folder: Path, content: str) -> None:
    (folder / ROADS).write_text(content, encoding="utf-8")


def renamed(folder: Path, name: str) -> Path:
    """Another file takes the place of the roads; its path."""
    edit_study(folder, ROADS, name)
    return folder / name


def to_pbf(folder: Path) -> Path:
    """The roads as PBF, and the study file names them."""
    path = renamed(folder, "roads.osm.pbf")
    with osmium.SimpleWriter(str(path)) as writer:
        for thing in osmium.FileProcessor(str(folder / ROADS)):
            writer.add(thing)
    return path


@kind(Says("file.missing", ROADS))
def roads_missing(folder: Path) -> None:
    (folder / ROADS).unlink()


@kind(Says("file.empty", "roads.osm.pbf"))
def roads_pbf_empty(folder: Path) -> None:
    to_pbf(folder).write_bytes(b"")


@kind(Says("roads.osm-damaged", "roads.osm.pbf"))
def roads_pbf_truncated(folder: Path) -> None:
    truncate(to_pbf(folder))


@kind(Says("roads.not-osm", "roads.osm.pbf"))
def roads_pbf_of_noise(folder: Path) -> None:
    to_pbf(folder).write_bytes(bytes(range(256)) * 20)


@kind(Says("roads.html", "roads.osm.pbf"))
def roads_html_named_pbf(folder: Path) -> None:
    renamed(folder, "roads.osm.pbf").write_text("<!DOCTYPE html><html><p>502", encoding="utf-8")


@kind(Says("roads.json", ROADS))
def roads_overpass_json(folder: Path) -> None:
    write(folder, '{"version": 0.6, "elements": []}')


@kind(Says("roads.xml-doctype", ROADS), dangerous=True)
def roads_osm_billion_laughs(folder: Path) -> None:
    content = osm(node_places(), lines(), head=LAUGHS + "]>\n")
    write(folder, content.replace('v="secondary"', 'v="&a12;"'))


@kind(Says("roads.osm-damaged", ROADS))
def roads_osm_truncated(folder: Path) -> None:
    truncate(folder / ROADS)


@kind(Says("file.bomb", "roads.osm.gz"), dangerous=True)
def roads_gzip_bomb(folder: Path) -> None:
    """A complete OSM file, then 1 GB of line ends: 1 MB packed."""
    path = renamed(folder, "roads.osm.gz")
    block = gzip.compress(b"\n" * (16 << 20))
    path.write_bytes(gzip.compress((folder / ROADS).read_bytes()) + block * 64)


@kind(Says("file.bomb", "roads.osm.bz2"))
def roads_bzip2_bomb(folder: Path) -> None:
    """The same in bzip2, whose blocks pack 45 MB into 50 bytes."""
    path = renamed(folder, "roads.osm.bz2")
    path.write_bytes(bz2.compress((folder / ROADS).read_bytes()) + bz2.compress(b"\n" * (16 << 20)) * 64)


@kind(Says("file.torn", "roads.osm.gz"))
def roads_gzip_torn(folder: Path) -> None:
    path = renamed(folder, "roads.osm.gz")
    path.write_bytes(gzip.compress((folder / ROADS).read_bytes()))
    truncate(path)


@kind(Says("roads.none", ROADS))
def roads_without_highways(folder: Path) -> None:
    write(folder, osm(node_places(), lines(), tag="waterway"))


@kind(Says("roads.no-places", ROADS))
def roads_without_nodes(folder: Path) -> None:
    write(folder, osm([], lines()))


@kind(warns("roads.missing-nodes", ROADS))
def roads_with_some_nodes_missing(folder: Path) -> None:
    write(folder, osm(node_places()[1:], lines()))


@kind(Says("roads.elsewhere", ROADS, shows="111.00, 23.00, 111.20, 23.10"))
def roads_elsewhere(folder: Path) -> None:
    write(folder, osm(node_places(111.0, 23.0), lines()))


@kind(Says("roads.elsewhere", ROADS))
def roads_on_the_other_side_of_the_earth(folder: Path) -> None:
    write(folder, osm(node_places(-70.0, -33.0), lines()))


@kind(warns("roads.county-without", ROADS, shows="东县"))
def roads_of_one_county_only(folder: Path) -> None:
    """The grid moved west until its east end lies at 110.075, in 西县."""
    write(folder, osm(node_places(109.875), lines()))


@kind(
    warns("roads.facilities-islet", ROADS, shows="东县急救站"),
    warns("roads.people-islet", ROADS, shows="东县"),
)
def roads_with_an_islet(folder: Path) -> None:
    """A road of 70 m at the eastern station that touches no other."""
    islet = [(901, 110.1498, 22.5507), (902, 110.1504, 22.5503)]
    places = [(i, lon + 0.004, lat + 0.004) for i, lon, lat in node_places()]
    write(folder, osm([*places, *islet], [*lines(), [901, 902]]))


@kind(warns("roads.people-far", ROADS, shows="东县"))
def roads_far_from_the_people(folder: Path) -> None:
    """One road along the south border: the north is 11 km away."""
    write(folder, osm(node_places()[:9], lines()[:1]))


# GraphML, tables, lines

GRAPHML = """<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="d0" for="node" attr.name="y" attr.type="double"/><key id="d1" for="node" attr.name="x" attr.type="double"/>
<key id="d2" for="edge" attr.name="length" attr.type="double"/>
<graph edgedefault="directed">
<node id="1"><data key="d0">22.55</data><data key="d1">110.02</data></node>
<node id="2"><data key="d0">22.55</data><data key="d1">110.18</data></node>
<edge source="1" target="2"><data key="d2">16500</data></edge>
<edge source="2" target="1"><data key="d2">16500</data></edge>
</graph></graphml>
"""


@kind(Says("roads.xml-doctype", "roads.graphml"))
def roads_graphml_billion_laughs(folder: Path) -> None:
    content = GRAPHML.replace("<graphml", LAUGHS + "]>\n<graphml", 1).replace(">22.55<", ">&a12;<")
    renamed(folder, "roads.graphml").write_text(content, encoding="utf-8")


@kind(Says("roads.graphml-broken", "roads.graphml"))
def roads_graphml_torn(folder: Path) -> None:
    path = renamed(folder, "roads.graphml")
    path.write_text(GRAPHML, encoding="utf-8")
    truncate(path)


@kind(Says("roads.graph-place", "roads.graphml"))
def roads_graphml_without_places(folder: Path) -> None:
    renamed(folder, "roads.graphml").write_text(GRAPHML.replace("22.55", "nan", 1), encoding="utf-8")


@kind(Says("roads.graph-edge", "roads.graphml"))
def roads_graphml_negative_length(folder: Path) -> None:
    renamed(folder, "roads.graphml").write_text(GRAPHML.replace("16500", "-5", 1), encoding="utf-8")


def to_tables(folder: Path, nodes: str, edges: str) -> None:
    edit_study(folder, f'path = "{ROADS}"', 'nodes = "nodes.csv"\nedges = "edges.csv"')
    (folder / "nodes.csv").write_text(nodes, encoding="utf-8")
    (folder / "edges.csv").write_text(edges, encoding="utf-8")


NODES = "id,lon,lat\na,110.02,22.55\nb,110.18,22.55\n"
EDGES = "u,v,km\na,b,16.5\n"


@kind(
    Says("roads.edge-node", "edges.csv", row=2, column="v", shows="c"),
    Says("roads.edge-km", "edges.csv", row=3, column="km", shows="-1"),
    Says("table.not-a-number", "edges.csv", row=4, column="km", shows="far"),
    Says("roads.node-twice", "nodes.csv", row=4, column="id"),
    Says("roads.node-place", "nodes.csv", row=5, column="lon"),
)
def roads_tables_with_bad_rows(folder: Path) -> None:
    to_tables(folder, NODES + "a,110.1,22.5\nd,,22.5\n", "u,v,km\na,c,16.5\na,b,-1\na,b,far\n")


@kind(Says("roads.no-column", "edges.csv", column="km"))
def roads_table_without_lengths(folder: Path) -> None:
    to_tables(folder, NODES, "u,v,name\na,b,road\n")


@kind(Says("file.missing", "edges.csv"), Says("file.missing", "nodes.csv"))
def roads_tables_missing(folder: Path) -> None:
    to_tables(folder, NODES, EDGES)
    (folder / "edges.csv").unlink()
    (folder / "nodes.csv").unlink()


def write_lines(folder: Path, crs: str | None = "EPSG:4326", width: float = EAST) -> Path:
    path = renamed(folder, "roads.gpkg")
    road = shapely.LineString([(110.02, 22.55), (width - 0.02, 22.55)])
    gpd.GeoDataFrame({"highway": ["secondary"], "oneway": ["no"]}, geometry=[road], crs=crs).to_file(path)
    return path


@kind(Says("roads.no-column", "roads.gpkg", column="fclass"))
def roads_lines_column_unknown(folder: Path) -> None:
    write_lines(folder)
    edit_study(folder, 'path = "roads.gpkg"', 'path = "roads.gpkg"\nclass_column = "fclass"')


@kind(Says("vector.geometry-type", "roads.gpkg", row=1, shows="Polygon"))
def roads_of_polygons(folder: Path) -> None:
    path = renamed(folder, "roads.gpkg")
    box = shapely.box(110.02, SOUTH, 110.1, NORTH)
    gpd.GeoDataFrame({"highway": ["secondary"]}, geometry=[box], crs="EPSG:4326").to_file(path)


@kind(Says("vector.torn", "roads.gpkg"))
def roads_geopackage_torn(folder: Path) -> None:
    truncate(write_lines(folder))


@kind(Says("vector.damaged", "roads.parquet"))
def roads_geoparquet_torn(folder: Path) -> None:
    path = renamed(folder, "roads.parquet")
    road = shapely.LineString([(110.02, 22.55), (110.18, 22.55)])
    gpd.GeoDataFrame({"highway": ["secondary"]}, geometry=[road], crs="EPSG:4326").to_parquet(path)
    truncate(path)


@kind(Says("roads.suffix", "roads.dwg", shows=".dwg"))
def roads_of_an_unknown_kind(folder: Path) -> None:
    renamed(folder, "roads.dwg").write_bytes(b"AC1032" + bytes(100))


@kind(warns("roads.speed-ignored", ROADS, shows="fast"))
def roads_with_odd_speeds(folder: Path) -> None:
    replace(folder, ROADS, '<tag k="highway"', '<tag k="maxspeed" v="fast"/><tag k="highway"')
