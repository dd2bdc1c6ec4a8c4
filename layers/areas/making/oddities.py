"""What real networks have and readers trip over: a motorway of two carriageways, a roundabout, a ferry, lone pieces,
barriers, closed and limited ways, a turn restriction."""

from __future__ import annotations

import numpy as np

from .network import Net, winding
from .world import Floats

JUNCTIONS = (
    ("白石镇", 12.6, 33.6),
    ("city", 21.0, 34.6),
    ("望湖镇", 31.4, 31.0),
    ("竹山镇", 41.8, 24.6),
    ("汐城镇", 46.6, 21.2),
)
MOTORWAY = {"name": "环青高速", "name:en": "Qinghe Expressway", "ref": "F1", "maxspeed": "100"}
CARRIAGEWAYS_KM = 0.03


def _nearest(net: Net, nodes: list[int], toward: tuple[float, float]) -> int:
    xy = np.array([net.xy[n] for n in nodes])
    return nodes[int(np.hypot(*(xy - toward).T).argmin())]


def motorway(net: Net, rng: np.random.Generator, hubs: dict[str, list[int]]) -> None:
    """Two one-way carriageways from west to east north of the city, with an exit and an entry at each junction."""
    spots = np.array([(x, y) for _, x, y in JUNCTIONS])
    course = np.insert(spots, 2, [[25.4, 34.8]], axis=0)
    middle = np.vstack([course[:1], winding(rng, course, 0.02, 1), course[-1:]])
    along = np.gradient(middle, axis=0)
    left = np.column_stack([-along[:, 1], along[:, 0]]) / np.hypot(*along.T)[:, None]
    eastward, westward = middle - CARRIAGEWAYS_KM * left, (middle + CARRIAGEWAYS_KM * left)[::-1]
    ways = [_carriageway(net, line) for line in (eastward, westward)]
    for name, x, y in JUNCTIONS:
        crossing = net.node(x, y - 0.35)
        town = _nearest(net, hubs[name], (x, y))
        points = np.array([net.xy[town], net.xy[crossing]])
        net.line(town, winding(rng, points, 0.05), crossing, {"highway": "secondary", "name": "高速连接线"})
        for nodes in ways:
            _ramps(net, nodes, crossing)


def _carriageway(net: Net, line: Floats) -> list[int]:
    first, last = net.node(*line[0], joinable=False), net.node(*line[-1], joinable=False)
    tags = {"highway": "motorway", "oneway": "yes"} | MOTORWAY
    return net.line(first, line[1:-1], last, tags, joinable=False)


def _ramps(net: Net, carriageway: list[int], crossing: int) -> None:
    """An exit from two nodes before the junction and an entry two nodes after it."""
    xy = np.array([net.xy[n] for n in carriageway])
    at = int(np.hypot(*(xy - net.xy[crossing]).T).argmin())
    tags = {"highway": "motorway_link", "oneway": "yes", "maxspeed": "40"}
    if at >= 2:
        net.way([carriageway[at - 2], crossing], **tags)
    if at + 2 < len(carriageway):
        net.way([crossing, carriageway[at + 2]], **tags)


def roundabout(net: Net, rng: np.random.Generator, hubs: dict[str, list[int]]) -> None:
    """A roundabout east of Xicheng without a oneway tag (it is one-way all the same), joined on both sides."""
    x, y, ways = 48.4, 19.3, 10
    angle = 2 * np.pi * np.arange(ways) / ways
    ring = [net.node(x + 0.03 * np.cos(a), y + 0.03 * np.sin(a)) for a in angle]
    net.way([*ring, ring[0]], highway="secondary", junction="roundabout", name="渔汐环岛")
    for name, at in (("汐城镇", ways // 2), ("渔门镇", 0)):
        town = _nearest(net, hubs[name], (x, y))
        points = np.array([net.xy[town], net.xy[ring[at]]])
        tags = {"highway": "secondary", "name": "渔汐路", "name:en": "Yuxi Road"}
        net.line(town, winding(rng, points, 0.08), ring[at], tags)


def ferry(net: Net, rng: np.random.Generator, hubs: dict[str, list[int]]) -> None:
    """The car ferry from Yantian's quay to Yueyu: the only way to that island."""
    quay, pier = net.node(54.2, 7.4), net.node(56.6, 4.6)
    for name, end in (("盐田镇", quay), ("月屿乡", pier)):
        town = _nearest(net, hubs[name], net.xy[end])
        points = np.array([net.xy[town], net.xy[end]])
        net.line(town, winding(rng, points, 0.06), end, {"highway": "tertiary", "name": "码头路"})
    middle = net.node(55.2, 5.7, joinable=False)
    net.way([quay, middle, pier], route="ferry", name="月屿轮渡", motor_vehicle="yes", duration="00:25")


def lone_pieces(net: Net, rng: np.random.Generator) -> None:
    """Two pieces that nothing joins to the rest: the lighthouse's road, and village lanes beyond a gap in the data."""
    a, b = net.node(2.6, 5.0, joinable=False), net.node(3.3, 5.5, joinable=False)
    net.line(a, winding(rng, np.array([net.xy[a], net.xy[b]]), 0.1), b, {"highway": "track"}, joinable=False)
    spots = ((35.0, 25.6), (35.3, 25.9), (35.1, 26.2))
    nodes = [net.node(x, y, joinable=False) for x, y in spots]
    net.way(nodes, highway="residential", name="断桥村道")


def closed_and_limited(net: Net) -> None:
    """Barriers, ways that ambulances or nobody may use, ways on foot, a site of construction, a turn restriction."""
    streets = [w for w, (nodes, tags) in enumerate(net.ways) if tags.get("highway") == "residential" and len(nodes) > 5]
    quiet = streets[:: max(1, len(streets) // 12)][:12]
    limits: list[dict[str, str]] = [
        {"access": "private", "emergency": "yes"},
        {"access": "no"},
        {"motor_vehicle": "destination"},
        {"highway": "living_street"},
        {"highway": "pedestrian", "emergency": "yes"},
        {"oneway": "yes", "oneway:emergency": "no"},
        {"lanes": "2", "busway:right": "lane"},
    ]
    for w, extra in zip(quiet, limits, strict=False):
        nodes, tags = net.ways[w]
        net.ways[w] = (nodes, tags | extra)
    barriers = ("gate", "bollard", "lift_gate", "cattle_grid")
    for w, barrier in zip(quiet[7:], barriers, strict=False):
        net.node_tags[net.ways[w][0][2]] = {"barrier": barrier} | ({"access": "yes"} if barrier == "gate" else {})
    corner = net.ways[quiet[0]][0][1]
    x, y = net.xy[corner]
    for dx, tags in ((0.1, {"highway": "footway"}), (0.14, {"highway": "steps"}), (0.18, {"highway": "cycleway"})):
        net.way([corner, net.node(x + dx, y + 0.05, joinable=False)], **tags)
    net.way([corner, net.node(x - 0.12, y + 0.07, joinable=False)], highway="service", service="alley")
    net.way([corner, net.node(x - 0.2, y - 0.1, joinable=False)], highway="construction", construction="primary")
    _restriction(net)


def _restriction(net: Net) -> None:
    """A no-left-turn from the first primary street into the first crossing that a way ends or starts at."""
    ends: dict[int, list[int]] = {}
    for w, (nodes, tags) in enumerate(net.ways):
        if tags.get("highway") == "primary" and "bridge" not in tags:
            for n in (nodes[0], nodes[-1]):
                ends.setdefault(n, []).append(w)
    via, (start, end) = next((n, (ws[0], ws[1])) for n, ws in sorted(ends.items()) if len(ws) >= 2)
    net.restrictions.append((start, via, end, "no_left_turn"))
