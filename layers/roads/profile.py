"""Who may use which road: the rules of the profiles ``car``, ``ambulance`` and ``walk`` on OpenStreetMap tags.

Classes. ``car``: motorway to residential with their links, unclassified, living street, service, road; no tracks.
``ambulance``: these, tracks of grade 1, 2 or no grade, busways, and foot and cycle ways that an ``emergency`` tag opens
(pedestrian streets also where a motor tag opens them); they take the class ``pedestrian``. ``walk``: all but motorways,
and trunk roads only with a pavement or ``foot=yes``; foot, cycle and bridle ways, paths, steps, tracks. Ways under
construction or proposed (by their ``highway``), abandoned or gone, impassable ones and areas are left out, as are ways
of every class not named. A tag ``construction`` or ``proposed`` beside a real class closes nothing: it says what was
built, or minor works (wiki.openstreetmap.org/wiki/Key:construction wants it beside ``highway=construction``).

Access. The most specific tag decides (wiki.openstreetmap.org/wiki/Key:access): access < vehicle < motor_vehicle <
motorcar, and foot above access for ``walk``; ``:forward`` and ``:backward`` of each are kept apart. A car may go where
it is allowed as a visitor (destination, customers), not where only owners or deliveries may (private, delivery,
permit, agricultural, forestry). An ambulance is stopped by ``no`` and ``military`` alone; ``emergency=yes`` opens and
``emergency=no`` closes for it, and what is open for buses (``bus``, ``psv``) is open for it.

One-ways. ``oneway`` and its forms for the mode; implied on roundabouts, motorways and their links. Reversible roads are
closed (the hour decides their direction), alternating ones open both ways. Lanes against a one-way that are open for
buses are open for the ambulance. On foot only ``oneway:foot`` counts.

Barriers. Gates: closed for a car by their access tags or a lock; an ambulance opens all but ``access=no``, and also
chains and bollards that can be lowered. Booths, borders, cattle grids, entrances, kerbs never close; any other barrier
closes for vehicles unless a tag opens it (as in the router OSRM). On foot: access tags, walls and fences.

Ferries (``route=ferry``): for vehicles unless a motor tag forbids it, or only foot or bicycle are named (as in the
router GraphHopper). Turn restrictions and conditional tags (``...:conditional``) are left out and counted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from .network import Profile
from .tag_values import parse_minutes, parse_speed

Tags = Mapping[str, str]
Direction = Literal["forward", "backward"]

LINKED = ("motorway", "trunk", "primary", "secondary", "tertiary")
DRIVE = frozenset(
    {*LINKED, *(f"{name}_link" for name in LINKED)}
    | {"unclassified", "residential", "living_street", "service", "road"}
)
MAIN = frozenset(LINKED[:4])
SOFT = frozenset({"pedestrian", "footway", "path", "cycleway", "bridleway"})
WALK = DRIVE | SOFT | {"steps", "track"}
USABLE = WALK | {"busway"}
KNOWN = USABLE | {"bus_guideway", "ferry", "construction", "proposed", "raceway", "corridor", "platform"}

CLOSED_FOR_CAR = frozenset(
    {"no", "private", "permit", "delivery", "agricultural", "forestry", "military"}
    | {"emergency", "psv", "bus", "restricted", "residents", "employees", "staff"}
)
CLOSED_FOR_AMBULANCE = frozenset({"no", "military"})
CLOSED_ON_FOOT = frozenset({"no", "private", "permit", "military", "use_sidepath", "restricted", "emergency"})
OPENING = frozenset({"yes", "designated", "permissive", "official", "destination", "public"})
MOTOR_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")

NEVER_BLOCK = frozenset({"no", "entrance", "kerb", "toll_booth", "border_control", "cattle_grid", "sally_port"})
NEVER_BLOCK_EITHER = frozenset({"height_restrictor", "arch", "checkpoint", "speed_bump", "rumble_strip"})
GATES = frozenset({"gate", "lift_gate", "swing_gate", "sliding_gate", "hampshire_gate", "sliding_beam"})
OPENED_BY_CREW = GATES | {"chain", "rope", "bump_gate"}
LOWERED = frozenset({"rising", "removable", "foldable", "flexible"})
WALLS = frozenset({"wall", "fence", "city_wall", "retaining_wall"})

YES, REVERSE, NO = frozenset({"yes", "true", "1"}), frozenset({"-1", "reverse"}), frozenset({"no", "false", "0"})
BUS_AGAINST = frozenset({"busway", "busway:left", "busway:right", "busway:both"})


@dataclass(frozen=True)
class Rules:
    """A profile's rules: access keys, the most specific first; values that close; keys of one-ways."""

    profile: Profile
    access_keys: tuple[str, ...]
    closing: frozenset[str]
    oneway_keys: tuple[str, ...]


MOTOR_ONEWAYS = ("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway")
RULES: Mapping[Profile, Rules] = MappingProxyType(
    {
        "car": Rules("car", MOTOR_KEYS, CLOSED_FOR_CAR, MOTOR_ONEWAYS),
        "ambulance": Rules("ambulance", MOTOR_KEYS, CLOSED_FOR_AMBULANCE, ("oneway:emergency", *MOTOR_ONEWAYS)),
        "walk": Rules("walk", ("foot", "access"), CLOSED_ON_FOOT, ("oneway:foot",)),
    }
)


@dataclass(frozen=True)
class WayUse:
    """What a way is to a profile. Speeds in km/h, NaN where unknown; ``minutes``: a ferry's duration, else NaN.

    ``speed_ignored``: a speed limit that was not understood or lies outside the range.
    """

    road_class: str
    forward: bool
    backward: bool
    maxspeed_forward: float = math.nan
    maxspeed_backward: float = math.nan
    minutes: float = math.nan
    speed_ignored: str | None = None
    duration_ignored: str | None = None


def way_use(tags: Tags, profile: Profile) -> WayUse | None:
    """How ``profile`` may use the way with these tags, or None where it may not."""
    rules = RULES[profile]
    ferry = tags.get("route") == "ferry"
    road_class = _ferry_class(tags, rules) if ferry else _road_class(tags, rules)
    if road_class is None:
        return None
    along, against = _directions(tags, rules)
    forward, backward = along and _may(tags, rules, "forward"), against and _may(tags, rules, "backward")
    if not (forward or backward):
        return None
    if ferry:
        written = tags.get("duration")
        minutes = parse_minutes(written) if written else None
        ignored = written if written and minutes is None else None
        return WayUse("ferry", forward, backward, minutes=minutes or math.nan, duration_ignored=ignored)
    kph_forward, kph_backward, speed_ignored = _speeds(tags)
    return WayUse(road_class, forward, backward, kph_forward, kph_backward, speed_ignored=speed_ignored)


def closed_main_road(tags: Tags, profile: Profile) -> bool:
    """Whether a main road (motorway to secondary) that is for ``profile`` by its class is closed by other tags.

    Areas are no roads, and reversible roads are told apart (:func:`reversible`).
    """
    name = tags.get("highway", "")
    if name not in MAIN or tags.get("area") == "yes" or reversible(tags):
        return False
    return way_use(tags, profile) is None and way_use({"highway": name}, profile) is not None


def class_open(road_class: str, profile: Profile) -> bool:
    """Whether a road of which no more than its class is known is one for ``profile``; unheard-of classes are."""
    return road_class not in KNOWN or way_use({"highway": road_class}, profile) is not None or road_class == "ferry"


def reversible(tags: Tags) -> bool:
    """Whether the direction of the way changes with the hour."""
    return tags.get("oneway") == "reversible"


def blocks(tags: Tags, profile: Profile) -> bool:
    """Whether a node with these tags stops ``profile``."""
    barrier = tags.get("barrier")
    if barrier is None or barrier in NEVER_BLOCK:
        return False
    rules = RULES[profile]
    value = _value(tags, rules.access_keys, None)
    if profile == "walk":
        return _closes(value, rules) if value is not None else barrier in WALLS
    if profile == "ambulance":
        return _blocks_ambulance(tags, barrier, value)
    if value is not None:
        return _closes(value, rules)
    if barrier in GATES:
        return tags.get("locked") == "yes"
    return barrier not in NEVER_BLOCK_EITHER


def _blocks_ambulance(tags: Tags, barrier: str, value: str | None) -> bool:
    emergency = tags.get("emergency")
    if emergency in OPENING or emergency == "no":
        return emergency == "no"
    if tags.get("psv") in OPENING or tags.get("bus") in OPENING:
        return False
    if value is not None:
        opened = barrier in OPENED_BY_CREW or tags.get("bollard") in LOWERED or value in OPENING or value == "private"
        return not opened or _closes(value, RULES["ambulance"])
    return not (barrier in OPENED_BY_CREW | NEVER_BLOCK_EITHER or tags.get("bollard") in LOWERED)


def _road_class(tags: Tags, rules: Rules) -> str | None:
    name = tags.get("highway")
    if name is None or name not in USABLE or _out_of_use(tags):
        return None
    if rules.profile == "walk":
        return name if _walkable(name, tags) else None
    if tags.get("impassable") == "yes" or tags.get("smoothness") == "impassable":
        return None
    if rules.profile == "car":
        return name if name in DRIVE and tags.get("service") != "emergency_access" else None
    if name in DRIVE or name == "busway":
        return name
    emergency = tags.get("emergency") in OPENING
    if name == "track":
        return name if emergency or tags.get("tracktype", "grade1") in {"grade1", "grade2"} else None
    opened = emergency or (name == "pedestrian" and any(tags.get(key) in OPENING for key in MOTOR_KEYS[:3]))
    return "pedestrian" if name in SOFT and opened else None


def _walkable(name: str, tags: Tags) -> bool:
    if name in {"motorway", "motorway_link", "busway"}:
        return tags.get("foot") in OPENING
    if name in {"trunk", "trunk_link"} or tags.get("motorroad") == "yes":
        sides = (tags.get(key) for key in ("sidewalk", "sidewalk:left", "sidewalk:right", "sidewalk:both"))
        return tags.get("foot") in OPENING or any(side in {"yes", "both", "left", "right"} for side in sides)
    return True


def _out_of_use(tags: Tags) -> bool:
    if tags.get("area") == "yes":
        return True
    return any(tags.get(key) == "yes" for key in ("abandoned", "disused", "razed", "demolished"))


def _ferry_class(tags: Tags, rules: Rules) -> str | None:
    if rules.profile != "walk":
        named = any(key in tags for key in MOTOR_KEYS[:3])
        if not named and ("foot" in tags or "bicycle" in tags):
            return None
    return "ferry"


def _value(tags: Tags, keys: tuple[str, ...], direction: Direction | None) -> str | None:
    for key in keys:
        value = (tags.get(f"{key}:{direction}") if direction else None) or tags.get(key)
        if value is not None:
            return value
    return None


def _closes(value: str, rules: Rules) -> bool:
    """Of several values (``destination;delivery``) one that lets through is enough."""
    return all(part.strip() in rules.closing for part in value.split(";"))


def _may(tags: Tags, rules: Rules, direction: Direction) -> bool:
    if rules.profile == "ambulance":
        emergency = _value(tags, ("emergency",), direction)
        if emergency in OPENING or emergency == "no":
            return emergency != "no"
        if any(_value(tags, (key,), direction) in OPENING for key in ("bus", "psv")):
            return True
    value = _value(tags, rules.access_keys, direction)
    return value is None or not _closes(value, rules)


def _directions(tags: Tags, rules: Rules) -> tuple[bool, bool]:
    """Whether the way leads along and against the order of its nodes, by its one-way tags."""
    key = next((key for key in rules.oneway_keys if key in tags), None)
    value = tags[key] if key else _implied(tags, rules)
    if value == "reversible":
        return False, False
    if value not in YES and value not in REVERSE:
        return True, True
    against_for_buses = (
        tags.get("oneway:bus") in NO
        or tags.get("oneway:psv") in NO
        or any(tags.get(key) == "opposite_lane" for key in BUS_AGAINST)
    )
    if rules.profile == "ambulance" and key != "oneway:emergency" and against_for_buses:
        return True, True
    return value in YES, value in REVERSE


def _implied(tags: Tags, rules: Rules) -> str:
    if rules.profile == "walk":
        return "no"
    round_about = tags.get("junction") in {"roundabout", "circular"}
    return "yes" if round_about or tags.get("highway") in {"motorway", "motorway_link"} else "no"


def _speeds(tags: Tags) -> tuple[float, float, str | None]:
    both = tags.get("maxspeed")
    ignored = None
    speeds = []
    for direction in ("forward", "backward"):
        written = tags.get(f"maxspeed:{direction}", both)
        kph = parse_speed(written) if written is not None else math.nan
        if kph is None:
            ignored = written
        speeds.append(math.nan if kph is None else kph)
    return speeds[0], speeds[1], ignored
