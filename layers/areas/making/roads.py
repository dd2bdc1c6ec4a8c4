"""The roads of the fictional prefecture: streets, roads between towns, a motorway, village roads, and the odd cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from . import oddities, world
from .network import Net, winding
from .streets import city_streets, town_streets
from .world import Floats

Hubs = dict[str, list[int]]
CITY_HUB = "city"


@dataclass(frozen=True)
class Road:
    """A road between two hubs through ``via``; ``name`` in Chinese and English, both fictional."""

    start: str
    end: str
    highway: str
    name: str
    name_en: str
    via: tuple[tuple[float, float], ...] = ()
    wiggle: float = 0.10
    crossings: int = 0
    maxspeed: str = ""


ROADS = (
    Road("白石镇", CITY_HUB, "trunk", "青禾西道", "Qinghe West Road", wiggle=0.05, maxspeed="80"),
    Road(CITY_HUB, "金田镇", "trunk", "青禾东道", "Qinghe East Road", wiggle=0.05, maxspeed="80"),
    Road("金田镇", "汐城镇", "trunk", "青汐道", "Qingxi Road", wiggle=0.06, maxspeed="80"),
    Road(CITY_HUB, "望湖镇", "primary", "望湖路", "Wanghu Road", ((28.5, 30.5),), maxspeed="60"),
    Road("望湖镇", "云城镇", "primary", "云望路", "Yunwang Road", ((33.0, 39.0),), 0.12),
    Road(CITY_HUB, "茶坪镇", "primary", "北山路", "Beishan Road", ((22.0, 36.5), (24.0, 41.0)), 0.12),
    Road("茶坪镇", "云城镇", "primary", "云茶路", "Yuncha Road", ((31.0, 44.4), (34.0, 44.4)), 0.06, 1),
    Road(CITY_HUB, "柳桥镇", "primary", "柳桥路", "Liuqiao Road", ((16.5, 18.5),), maxspeed="60"),
    Road("汐城镇", "盐田镇", "primary", "盐汐路", "Yanxi Road", maxspeed="60"),
    Road("汐城镇", "双溪镇", "primary", "双汐路", "Shuangxi Road", ((48.5, 23.5),)),
    Road("双溪镇", "温泉镇", "secondary", "温双路", "Wenshuang Road", wiggle=0.14),
    Road("温泉镇", "云城镇", "secondary", "云温路", "Yunwen Road", wiggle=0.14),
    Road("柳桥镇", "长滩镇", "secondary", "滨海南路", "South Coast Road"),
    Road("长滩镇", "白石镇", "secondary", "滨海北路", "North Coast Road"),
    Road("白石镇", "松岭镇", "secondary", "松白路", "Songbai Road", wiggle=0.13),
    Road("松岭镇", "茶坪镇", "secondary", "松茶路", "Songcha Road", wiggle=0.13),
    Road("松岭镇", "铁厂镇", "secondary", "铁松路", "Tiesong Road", wiggle=0.13),
    Road("金田镇", "石塘乡", "secondary", "石金路", "Shijin Road", ((32.0, 15.0),)),
    Road("石塘乡", "沙头镇", "secondary", "沙石路", "Shashi Road"),
    Road("沙头镇", "汐城镇", "secondary", "沙汐路", "Shaxi Road"),
    Road("沙头镇", "盐田镇", "secondary", "盐沙路", "Yansha Road"),
    Road("竹山镇", "汐城镇", "secondary", "竹汐路", "Zhuxi Road"),
    Road("竹山镇", "双溪镇", "tertiary", "竹双路", "Zhushuang Road"),
    Road("竹山镇", "金田镇", "tertiary", "竹金路", "Zhujin Road"),
    Road("望湖镇", "竹山镇", "secondary", "竹望路", "Zhuwang Road"),
    Road("铁厂镇", "北坪乡", "tertiary", "铁北路", "Tiebei Road", wiggle=0.18),
    Road("北坪乡", "茶坪镇", "tertiary", "北茶路", "Beicha Road", wiggle=0.18),
    Road("云城镇", "高岭乡", "tertiary", "高岭路", "Gaoling Road", wiggle=0.18),
    Road(
        "温泉镇",
        world.REMOTE,
        "unclassified",
        "雾谷路",
        "Wugu Valley Road",
        ((47.5, 41.0), (51.5, 42.5), (49.0, 45.0), (54.0, 46.5), (51.0, 48.5)),
        0.24,
        maxspeed="30",
    ),
)


def build(rng: np.random.Generator) -> Net:
    """The whole network, in one order, so that one seed gives one network."""
    net = Net()
    hubs: Hubs = {CITY_HUB: city_streets(net, rng)}
    for p in world.PLACES:
        if p.streets:
            hubs[p.name] = town_streets(net, p)
    for road in ROADS:
        _join_hubs(net, rng, hubs, road)
    oddities.motorway(net, rng, hubs)
    oddities.roundabout(net, rng, hubs)
    oddities.ferry(net, rng, hubs)
    _villages(net, rng)
    oddities.lone_pieces(net, rng)
    oddities.closed_and_limited(net)
    return net


def _join_hubs(net: Net, rng: np.random.Generator, hubs: Hubs, road: Road) -> None:
    """Draws one road between the nodes of two hubs that face each other."""
    first = road.via[0] if road.via else _middle(net, hubs[road.end])
    last = road.via[-1] if road.via else _middle(net, hubs[road.start])
    start, end = gate(net, hubs[road.start], first), gate(net, hubs[road.end], last)
    points = np.array([net.xy[start], *road.via, net.xy[end]])
    tags = {"highway": road.highway, "name": road.name, "name:en": road.name_en}
    if road.maxspeed:
        tags["maxspeed"] = road.maxspeed
    net.line(start, winding(rng, points, road.wiggle, road.crossings), end, tags)


def _middle(net: Net, nodes: list[int]) -> tuple[float, float]:
    x, y = np.array([net.xy[n] for n in nodes]).mean(axis=0)
    return float(x), float(y)


def gate(net: Net, nodes: list[int], toward: tuple[float, float]) -> int:
    """The node of a hub that is nearest to a point outside it."""
    xy = np.array([net.xy[n] for n in nodes])
    return nodes[int(np.hypot(*(xy - toward).T).argmin())]


def _villages(net: Net, rng: np.random.Generator) -> None:
    """Scatters villages around each seat and joins each to the nearest road on its side of the river."""
    dry = world.mainland().buffer(-0.4).difference(world.RIVER.buffer(0.4))
    isle = world.ferry_island().buffer(-0.3)
    for p in world.PLACES:
        ground = isle if p.name == "月屿乡" else dry
        hills = p.county == world.HILLS
        for _ in range(p.villages):
            reach = min(9.0, 2.0 + 7.0 * rng.random())
            angle = 2 * np.pi * rng.random()
            spot = (p.x + reach * np.cos(angle), p.y + reach * np.sin(angle))
            if p.name == "月屿乡":
                spot = (p.x + 0.18 * (spot[0] - p.x), p.y + 0.18 * (spot[1] - p.y))
            if ground.contains(shapely.Point(spot)):
                _village(net, rng, spot, hills)


def _village(net: Net, rng: np.random.Generator, spot: tuple[float, float], hills: bool) -> None:
    """One village: a road to it, two lanes in it, and on flat land often a second road out of it."""
    joints = _dry_joints(net, spot)
    if not joints:
        return
    highway = str(rng.choice(["unclassified", "unclassified", "tertiary", "track"]))
    centre = net.node(*spot)
    wiggle = 0.2 if hills else 0.12
    roads = 1 if hills or rng.random() < 0.45 else 2
    for joint in joints[:roads]:
        points = np.array([net.xy[joint], spot])
        net.line(joint, winding(rng, points, wiggle), centre, {"highway": highway})
    for turn in (0.0, 2.2):
        angle = 2 * np.pi * rng.random() + turn
        lane = np.array(spot) + np.outer([0.15, 0.3], [np.cos(angle), np.sin(angle)])
        net.line(centre, lane[:1], net.node(*lane[1]), {"highway": "residential"})


def _dry_joints(net: Net, spot: tuple[float, float]) -> list[int]:
    """Up to two joinable nodes near ``spot`` on its bank: the nearest, and one in quite another direction."""
    xy: Floats = np.array(net.xy)
    ok = np.flatnonzero(np.array(net.joinable))
    km = np.hypot(*(xy[ok] - spot).T)
    near = ok[np.argsort(km, kind="stable")[:400]]
    lines = shapely.linestrings([[net.xy[n], spot] for n in near])
    ashore = shapely.within(lines, world.land()) & ~shapely.intersects(lines, world.RIVER.buffer(0.15))
    dry = near[ashore & (shapely.length(lines) > 0.3)]
    if len(dry) == 0:
        return []
    ahead = xy[dry] - spot
    cosine = ahead @ ahead[0] / (np.hypot(*ahead.T) * np.hypot(*ahead[0]))
    other = dry[cosine < -0.2]
    return [int(dry[0])] + [int(n) for n in other[:1]]
