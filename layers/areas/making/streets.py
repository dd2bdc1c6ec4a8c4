"""Street grids: the city on both banks of the river with its bridges and one-ways, and the small grids of the towns."""

from __future__ import annotations

import numpy as np
import shapely

from . import world
from .network import Net
from .world import Floats, Place

CITY_WEST, CITY_SOUTH, CITY_SPACING_KM = 16.2, 20.2, 0.36
CITY_COLUMNS, CITY_ROWS = 36, 33
BRIDGE_ROWS = (8, 20)
TOWN_SPACING_KM = 0.2


def city_streets(net: Net, rng: np.random.Generator) -> list[int]:
    """The city's grid: every eighth street is primary, every fourth secondary; only two streets bridge the river."""
    x = CITY_WEST + CITY_SPACING_KM * np.arange(CITY_COLUMNS)
    y = CITY_SOUTH + CITY_SPACING_KM * np.arange(CITY_ROWS)
    xy: Floats = np.stack(np.meshgrid(x, y), axis=-1)
    xy = xy + rng.normal(0, 0.02, xy.shape)
    keep = _inside_city(xy)
    index = np.full(keep.shape, -1)
    index[keep] = [net.node(*p) for p in xy[keep]]
    for row in range(CITY_ROWS):
        _street(net, rng, index[row], row, "街", "Street", bridged=row in BRIDGE_ROWS)
    for column in range(CITY_COLUMNS):
        _street(net, rng, index[:, column], column, "路", "Road", bridged=False)
    return [int(n) for n in index[keep]]


def _inside_city(xy: Floats) -> np.ndarray:
    """Which crossings exist: a rounded outline, the bigger part within the main urban area, none in the river."""
    off = np.abs(xy - [22.5, 25.9]) / [6.6, 6.1]
    rounded = (off**3.5).sum(axis=-1) <= 1
    river = shapely.distance(shapely.points(xy), world.RIVER) < 0.12
    return np.asarray(rounded & ~river)


def _class(line: int) -> str:
    if line % 8 == 4:
        return "primary"
    return "secondary" if line % 4 == 0 else "tertiary" if line % 4 == 2 else "residential"


def _street(net: Net, rng: np.random.Generator, nodes: np.ndarray, line: int, zh: str, en: str, bridged: bool) -> None:
    """One street of the grid as ways, broken at the river, with some blocks left out of residential streets."""
    highway = "primary" if bridged else _class(line)
    tags = {"highway": highway, "name": f"第{line + 1}{zh}", "name:en": f"No. {line + 1} {en}"}
    limits = {"primary": "60", "secondary": "50", "tertiary": "CN:urban"}
    if highway in limits:
        tags["maxspeed"] = limits[highway]
    if highway == "residential" and line % 8 == 3:
        tags["oneway"] = "-1" if line % 16 == 3 else "yes"
    run: list[int] = []
    for n in nodes[nodes >= 0]:
        gap = bool(run) and _breaks(net, rng, run[-1], int(n), highway, bridged)
        if gap and len(run) > 1:
            net.way(run, **tags)
        if gap:
            run = []
        if run and bridged and _wet(net, run[-1], int(n)):
            if len(run) > 1:
                net.way(run, **tags)
            net.way([run[-1], int(n)], **tags, bridge="yes", layer="1")
            run = []
        run.append(int(n))
    if len(run) > 1:
        net.way(run, **tags)


def _breaks(net: Net, rng: np.random.Generator, a: int, b: int, highway: str, bridged: bool) -> bool:
    """Whether a street stops between two crossings: at the river, or here and there in a residential one."""
    if _wet(net, a, b):
        return not bridged
    return highway == "residential" and rng.random() < 0.07


def _wet(net: Net, a: int, b: int) -> bool:
    return bool(shapely.LineString([net.xy[a], net.xy[b]]).intersects(world.RIVER))


def town_streets(net: Net, place: Place) -> list[int]:
    """A town's grid, turned by an angle of its own; the two middle streets are tertiary, the others residential."""
    n = place.streets
    offset = TOWN_SPACING_KM * (np.arange(n) - (n - 1) / 2)
    east, north = np.meshgrid(offset, offset)
    turn = 0.37 * len(net.xy) % 1.2
    x = place.x + east * np.cos(turn) - north * np.sin(turn)
    y = place.y + east * np.sin(turn) + north * np.cos(turn)
    index = np.array([net.node(a, b) for a, b in zip(x.ravel(), y.ravel(), strict=True)]).reshape(n, n)
    for line in range(n):
        middle = line == n // 2
        tags = {"highway": "tertiary" if middle else "residential"}
        if middle:
            tags |= {"name": f"{place.name[:-1]}大街", "name:en": f"{place.name_en} Street", "maxspeed": "40"}
        net.way([int(i) for i in index[line]], **tags)
        net.way([int(i) for i in index[:, line]], **(tags if middle else {"highway": "residential"}))
    return [int(i) for i in index.ravel()]
