"""A second, naive implementation of what rules measure, for one small study: straight from its files, nothing of
carereach's code. Ways are kept in a networkx graph, points are joined to the roads by going over the edges one by one.

The figures of the method (speeds by class, how points are joined to the roads, what may be driven) are typed in anew
from ``docs/method.md`` and the tags that occur in the file.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import osmium
import pandas as pd
import rasterio
import shapely
from pyproj import Geod

METRIC = "EPSG:32650"
GEOD = Geod(ellps="WGS84")
KPH = {
    "motorway": 100,
    "motorway_link": 40,
    "trunk": 80,
    "primary": 60,
    "secondary": 45,
    "tertiary": 35,
    "unclassified": 30,
    "residential": 25,
    "living_street": 15,
    "service": 15,
    "track": 15,
    "pedestrian": 10,
}
OFF_ROAD_KPH, DETOUR, WALK_KPH = 5.0, 1.3, 5.0
CALL_MIN, TURNOUT_MIN = 1.0, 3.0
CANDIDATES = 4
FERRY_MIN = 25.0
DRIVE_ON = ("motorway", "motorway_link", "ferry")  # joined to nothing between their ends
Place = tuple[float, float]


@dataclass(frozen=True)
class Edge:
    """A stretch between two nodes: minutes each way (inf: not that way) and km."""

    u: object
    v: object
    line: shapely.LineString
    km: float
    there: float
    back: float
    kind: str


@dataclass(frozen=True)
class Joint:
    """Where a point may get onto the roads: the edge, the share of it that lies behind, and the straight km to it."""

    edge: Edge
    share: float
    km: float


def minutes_of(tags: dict[str, str], km: float) -> float:
    """Minutes along a road at its speed limit or else the speed of its class."""
    limit = tags.get("maxspeed", "")
    return km / (float(limit) if limit.isdigit() else KPH[tags["highway"]]) * 60


def drivable(tags: dict[str, str]) -> bool:
    """Whether an ambulance may use a way with such tags; only what occurs in the tutorial's file."""
    if tags.get("highway") == "pedestrian":
        return tags.get("emergency") == "yes"
    return tags.get("highway") in KPH and (tags.get("access") != "no" or tags.get("emergency") == "yes")


def directions(tags: dict[str, str]) -> tuple[bool, bool]:
    """Along and against the order of a way's nodes."""
    if tags.get("oneway:emergency") == "no":
        return True, True
    one_way = "yes" if tags.get("junction") == "roundabout" else tags.get("oneway", "no")
    return one_way != "-1", one_way != "yes"


def read_roads(path: Path) -> Roads:
    """The ways of a file that an ambulance may use, cut where they meet."""
    ways: list[tuple[dict[str, str], list[int]]] = []
    place: dict[int, Place] = {}
    walls: set[int] = set()
    for thing in osmium.FileProcessor(str(path)):
        tags = {tag.k: tag.v for tag in thing.tags}
        if thing.is_node():
            place[thing.id] = (thing.location.lon, thing.location.lat)
            if tags.get("barrier") == "bollard":
                walls.add(thing.id)
        elif thing.is_way() and (drivable(tags) or tags.get("route") == "ferry"):
            ways.append((tags, [node.ref for node in thing.nodes]))
    times = Counter(node for _, nodes in ways for node in nodes)
    degrees = gpd.GeoSeries(gpd.points_from_xy(*zip(*place.values(), strict=True)), crs=4326).to_crs(METRIC)
    metric = dict(zip(place, zip(degrees.x, degrees.y, strict=True), strict=True))
    edges: list[Edge] = []
    for tags, nodes in ways:
        cuts = [i for i, n in enumerate(nodes) if i in (0, len(nodes) - 1) or times[n] > 1 or n in walls]
        stretches = [nodes[a : b + 1] for a, b in pairwise(cuts)]
        lengths = [GEOD.line_length(*zip(*(place[n] for n in part), strict=True)) / 1000 for part in stretches]
        for part, km in zip(stretches, lengths, strict=True):
            # at a wall each stretch ends in a node of its own: nobody gets through
            u, v = ((n, len(edges)) if n in walls else n for n in (part[0], part[-1]))
            if tags.get("route") == "ferry":
                there = back = FERRY_MIN * km / sum(lengths)
            else:
                along, against = directions(tags)
                there = minutes_of(tags, km) if along else math.inf
                back = minutes_of(tags, km) if against else math.inf
            line = shapely.LineString([metric[n] for n in part])
            edges.append(Edge(u, v, line, km, there, back, tags.get("highway", "ferry")))
    return Roads(edges)


@dataclass(frozen=True, eq=False)
class Roads:
    """Stretches of road, and the directed graph that they make."""

    edges: list[Edge]

    def turned(self) -> Roads:
        """The same roads driven the other way round: from there one searches for all who get to one place."""
        return Roads([replace(edge, there=edge.back, back=edge.there) for edge in self.edges])

    @cached_property
    def graph(self) -> nx.MultiDiGraph:
        graph = nx.MultiDiGraph()
        for edge in self.edges:
            if math.isfinite(edge.there):
                graph.add_edge(edge.u, edge.v, minutes=edge.there, km=edge.km)
            if math.isfinite(edge.back):
                graph.add_edge(edge.v, edge.u, minutes=edge.back, km=edge.km)
        return graph

    @cached_property
    def _main(self) -> tuple[set[object], set[object]]:
        """Nodes that lead to the main piece of the roads, and those that it leads to."""
        piece = max(nx.strongly_connected_components(self.graph), key=len)
        some = next(iter(piece))
        return nx.ancestors(self.graph, some) | piece, nx.descendants(self.graph, some) | piece

    def _joinable(self, start: bool) -> list[Edge]:
        """Edges on which a way may start (or end): from there (to there) the main piece is joined."""
        to, by = self._main
        found = []
        for edge in self.edges:
            if start:
                joined = (math.isfinite(edge.there) and edge.v in to) or (math.isfinite(edge.back) and edge.u in to)
            else:
                joined = (math.isfinite(edge.there) and edge.u in by) or (math.isfinite(edge.back) and edge.v in by)
            if joined and edge.kind not in DRIVE_ON:
                found.append(edge)
        return found

    def joints(self, places: list[Place], *, start: bool) -> list[list[Joint]]:
        """For each place the nearest edges: at most four, none much farther than the nearest."""
        edges = self._joinable(start)
        lines = np.array([edge.line for edge in edges], dtype=object)
        west, south, east, north = shapely.bounds(lines).T
        answer = []
        for x, y in places:
            point = shapely.Point(x, y)
            # no line is nearer than its box: only boxes near enough are looked into
            box = np.hypot(np.clip(x, west, east) - x, np.clip(y, south, north) - y)
            look = np.argsort(box, kind="stable")
            nearest = min(lines[i].distance(point) for i in look[:CANDIDATES])
            nearest = min(lines[i].distance(point) for i in look[box[look] <= nearest + 1e-6])
            far = nearest + min(nearest / 2, 500.0) + 30.0
            near = sorted((lines[i].distance(point), int(i)) for i in look[box[look] <= far])
            near = [(metres, i) for metres, i in near if metres <= far][:CANDIDATES]
            answer.append([Joint(edges[i], lines[i].project(point, normalized=True), m / 1000) for m, i in near])
        return answer

    def costs(self, sources: list[Place], targets: list[Place], weight: str = "minutes") -> list[float]:
        """Of each target the least minutes (or km) from any of the sources, both legs off the roads included."""
        leg = DETOUR if weight == "km" else DETOUR / OFF_ROAD_KPH * 60
        graph = self.graph.copy()
        starts = [joint for joints in self.joints(sources, start=True) for joint in joints]
        for joint in starts:
            edge, ahead, behind = joint.edge, *_costs(joint, weight)
            graph.add_edge("source", edge.v, **{weight: joint.km * leg + ahead})
            graph.add_edge("source", edge.u, **{weight: joint.km * leg + behind})
        reached = nx.single_source_dijkstra_path_length(graph, "source", weight=weight)
        on_edge: dict[int, list[Joint]] = {}
        for joint in starts:
            on_edge.setdefault(id(joint.edge), []).append(joint)
        answer = []
        for joints in self.joints(targets, start=False):
            ways = [math.inf]
            for joint in joints:
                there, back = _whole(joint.edge, weight)
                off = joint.km * leg
                ways.append(reached.get(joint.edge.u, math.inf) + _part(joint.share, there) + off)
                ways.append(reached.get(joint.edge.v, math.inf) + _part(1 - joint.share, back) + off)
                for other in on_edge.get(id(joint.edge), []):
                    along = joint.share - other.share
                    ride = _part(abs(along), there if along >= 0 else back)
                    ways.append(other.km * leg + ride + off)
            answer.append(min(ways))
        return answer


def _whole(edge: Edge, weight: str) -> tuple[float, float]:
    if weight == "minutes":
        return edge.there, edge.back
    return tuple(edge.km if math.isfinite(way) else math.inf for way in (edge.there, edge.back))


def _costs(joint: Joint, weight: str) -> tuple[float, float]:
    there, back = _whole(joint.edge, weight)
    return _part(1 - joint.share, there), _part(joint.share, back)


def _part(share: float, cost: float) -> float:
    return 0.0 if abs(share) < 1e-12 else share * cost


class Tutorial:
    """The study's files as frames, and what rules measure on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.counties = gpd.read_file(folder / "counties.geojson").to_crs(METRIC)
        self.townships = gpd.read_file(folder / "townships.gpkg").to_crs(METRIC)
        self.zone = gpd.read_file(folder / "zones.geojson").to_crs(METRIC).union_all()
        self.roads = read_roads(folder / "roads.osm.pbf")

    @cached_property
    def facilities(self) -> gpd.GeoDataFrame:
        frame = pd.read_excel(self.folder / "facilities.xlsx", sheet_name="设施", engine="openpyxl")
        points = gpd.points_from_xy(frame["经度"], frame["纬度"], crs=4326)
        return gpd.GeoDataFrame(frame, geometry=points).to_crs(METRIC)

    @cached_property
    def open(self) -> gpd.GeoDataFrame:
        return self.facilities[self.facilities["状态"] == "在用"]

    @cached_property
    def people(self) -> pd.DataFrame:
        """One row per populated cell: x, y, residents (scaled to the census), county, township, urban."""
        with rasterio.open(self.folder / "population.tif") as raster:
            rows = [
                (*raster.xy(row, column), float(value))
                for (row, column), value in np.ndenumerate(raster.read(1))
                if value > 0
            ]
        frame = pd.DataFrame(rows, columns=["x", "y", "residents"])
        points = gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["x"], frame["y"]), crs=METRIC)
        joined = points.sjoin_nearest(self.townships[["乡镇", "县区", "geometry"]]).reset_index(drop=True)
        census = pd.read_csv(self.folder / "census.csv").set_index("县区")["常住人口"]
        joined["residents"] *= joined["县区"].map(census / joined.groupby("县区")["residents"].sum())
        joined["urban"] = [self.zone.intersects(point) for point in joined.geometry]
        return pd.DataFrame(joined)

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / f"{name}.csv")

    @cached_property
    def stations(self) -> gpd.GeoDataFrame:
        network = self.open["职能"].str.contains("急救网络")
        return self.open[(self.open["类别"] == "急救站") | network]

    def places(self, frame: gpd.GeoDataFrame) -> list[Place]:
        there = frame[frame["经度"].notna()]
        return list(zip(there.geometry.x, there.geometry.y, strict=True))

    @cached_property
    def response_min(self) -> pd.Series:
        """Response minutes of each cell: from the call until an ambulance of the nearest station is there."""
        cells = list(zip(self.people["x"], self.people["y"], strict=True))
        drive = self.roads.costs(self.places(self.stations), cells)
        return pd.Series(drive, index=self.people.index) + CALL_MIN + TURNOUT_MIN

    def mean_response_min(self, *, urban: bool) -> float:
        here = self.people["urban"] == urban
        return float(np.average(self.response_min[here], weights=self.people["residents"][here]))

    def radius_km(self, *, urban: bool) -> float:
        """Radius of a circle as large as the ground that one station serves on average."""
        ground = self.counties.union_all()
        ground = ground.intersection(self.zone) if urban else ground.difference(self.zone)
        inside = sum(ground.contains(point) for point in self.stations.geometry)
        degrees = gpd.GeoSeries([ground], crs=METRIC).to_crs(4326).iloc[0]
        square_km = abs(GEOD.geometry_area_perimeter(shapely.geometry.polygon.orient(degrees))[0]) / 1e6
        return math.sqrt(square_km / math.pi / inside)

    def share_reached(self, kinds: list[str], minutes: float, *, on_foot: bool, walk_kph: float = WALK_KPH) -> float:
        """Percent of the urban residents who get to the nearest facility of these kinds in time."""
        goals = self.places(self.open[self.open["类别"].isin(kinds)])
        people = self.people[self.people["urban"]]
        cells = list(zip(people["x"], people["y"], strict=True))
        if on_foot:
            took = [min(math.dist(cell, goal) for goal in goals) / 1000 * DETOUR / walk_kph * 60 for cell in cells]
        else:
            took = self.roads.turned().costs(goals, cells)
        inside = sum(lives for lives, took_min in zip(people["residents"], took, strict=True) if took_min <= minutes)
        return 100 * inside / float(people["residents"].sum())

    def km_from_seat(self, county: str, targets: gpd.GeoDataFrame) -> list[float]:
        """Shortest km by road from a county's seat."""
        seat = self.table("seats").set_index("county").loc[county]
        point = gpd.GeoSeries(gpd.points_from_xy([seat["lon"]], [seat["lat"]]), crs=4326).to_crs(METRIC)
        return self.roads.costs([(point.x[0], point.y[0])], self.places(targets), "km")
