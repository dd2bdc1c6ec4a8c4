"""Which tags let whom through: every rule of the profiles, stated as a table."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carereach.layers.roads.profile import blocks, class_open, reversible, way_use
from carereach.layers.roads.tag_values import parse_minutes, parse_speed

PROFILES = ("car", "ambulance", "walk")
BOTH, ALONG, AGAINST, SHUT = "both", "along", "against", "shut"


def tags(written: str) -> dict[str, str]:
    """``"highway=primary oneway=yes"`` as a dictionary."""
    return dict(pair.split("=", 1) for pair in written.split())


def directions(way: Mapping[str, str], profile: str) -> str:
    use = way_use(way, profile)  # type: ignore[arg-type]
    if use is None:
        return SHUT
    return {(True, True): BOTH, (True, False): ALONG, (False, True): AGAINST}[use.forward, use.backward]


WAYS = [
    # tags, car, ambulance, walk
    ("highway=primary", BOTH, BOTH, BOTH),
    ("highway=motorway", ALONG, ALONG, SHUT),
    ("highway=motorway_link", ALONG, ALONG, SHUT),
    ("highway=motorway oneway=no", BOTH, BOTH, SHUT),
    ("highway=motorway foot=yes", ALONG, ALONG, BOTH),
    ("highway=trunk", BOTH, BOTH, SHUT),
    ("highway=trunk sidewalk=both", BOTH, BOTH, BOTH),
    ("highway=trunk sidewalk:left=yes", BOTH, BOTH, BOTH),
    ("highway=primary motorroad=yes", BOTH, BOTH, SHUT),
    ("highway=living_street", BOTH, BOTH, BOTH),
    ("highway=service", BOTH, BOTH, BOTH),
    ("highway=service service=emergency_access", SHUT, BOTH, BOTH),
    ("highway=road", BOTH, BOTH, BOTH),
    ("highway=track", SHUT, BOTH, BOTH),
    ("highway=track tracktype=grade1", SHUT, BOTH, BOTH),
    ("highway=track tracktype=grade2", SHUT, BOTH, BOTH),
    ("highway=track tracktype=grade3", SHUT, SHUT, BOTH),
    ("highway=track tracktype=grade5 emergency=yes", SHUT, BOTH, BOTH),
    ("highway=busway", SHUT, BOTH, SHUT),
    ("highway=busway foot=yes", SHUT, BOTH, BOTH),
    ("highway=bus_guideway", SHUT, SHUT, SHUT),
    ("highway=pedestrian", SHUT, SHUT, BOTH),
    ("highway=pedestrian motor_vehicle=destination", SHUT, BOTH, BOTH),
    ("highway=pedestrian emergency=yes", SHUT, BOTH, BOTH),
    ("highway=footway", SHUT, SHUT, BOTH),
    ("highway=footway emergency=designated", SHUT, BOTH, BOTH),
    ("highway=footway foot=no", SHUT, SHUT, SHUT),
    ("highway=path", SHUT, SHUT, BOTH),
    ("highway=steps", SHUT, SHUT, BOTH),
    ("highway=cycleway", SHUT, SHUT, BOTH),
    ("highway=cycleway foot=no", SHUT, SHUT, SHUT),
    ("highway=cycleway foot=use_sidepath", SHUT, SHUT, SHUT),
    ("highway=construction construction=primary", SHUT, SHUT, SHUT),
    ("highway=proposed", SHUT, SHUT, SHUT),
    ("highway=abandoned", SHUT, SHUT, SHUT),
    ("highway=primary construction=yes", BOTH, BOTH, BOTH),
    ("highway=primary construction=primary", BOTH, BOTH, BOTH),  # way 124674258 in Andorra: a tag left over
    ("highway=primary proposed=yes", BOTH, BOTH, BOTH),
    ("highway=primary disused=yes", SHUT, SHUT, SHUT),
    ("highway=primary construction=minor", BOTH, BOTH, BOTH),
    ("highway=primary abandoned=yes", SHUT, SHUT, SHUT),
    ("highway=raceway", SHUT, SHUT, SHUT),
    ("highway=pedestrian area=yes", SHUT, SHUT, SHUT),
    ("highway=service area=yes", SHUT, SHUT, SHUT),
    ("highway=residential smoothness=impassable", SHUT, SHUT, BOTH),
    ("highway=residential impassable=yes", SHUT, SHUT, BOTH),
    ("railway=rail", SHUT, SHUT, SHUT),
    # access: the most specific tag decides
    ("highway=service access=private", SHUT, BOTH, SHUT),
    ("highway=service access=no", SHUT, SHUT, SHUT),
    ("highway=service access=no emergency=yes", SHUT, BOTH, SHUT),
    ("highway=service access=no motor_vehicle=yes", BOTH, BOTH, SHUT),
    ("highway=service access=no foot=yes", SHUT, SHUT, BOTH),
    ("highway=service access=yes vehicle=no", SHUT, SHUT, BOTH),
    ("highway=service vehicle=no motor_vehicle=yes", BOTH, BOTH, BOTH),
    ("highway=service motor_vehicle=no motorcar=yes", BOTH, BOTH, BOTH),
    ("highway=service motor_vehicle=no", SHUT, SHUT, BOTH),
    ("highway=service motor_vehicle=private", SHUT, BOTH, BOTH),
    ("highway=service access=destination", BOTH, BOTH, BOTH),
    ("highway=service access=customers", BOTH, BOTH, BOTH),
    ("highway=service access=delivery", SHUT, BOTH, BOTH),
    ("highway=service access=permit", SHUT, BOTH, SHUT),
    ("highway=service access=agricultural", SHUT, BOTH, BOTH),
    ("highway=service access=military", SHUT, SHUT, SHUT),
    ("highway=service motor_vehicle=agricultural;forestry", SHUT, BOTH, BOTH),
    ("highway=service motor_vehicle=destination;delivery", BOTH, BOTH, BOTH),
    ("highway=residential emergency=no", BOTH, SHUT, BOTH),
    ("highway=service access=no bus=yes", SHUT, BOTH, SHUT),
    ("highway=service motor_vehicle=no psv=designated", SHUT, BOTH, BOTH),
    ("highway=residential motor_vehicle:backward=no", ALONG, ALONG, BOTH),
    ("highway=residential access:forward=no", AGAINST, AGAINST, AGAINST),
    ("highway=residential motor_vehicle:conditional=no@(22:00-06:00)", BOTH, BOTH, BOTH),
    # one-ways
    ("highway=primary oneway=yes", ALONG, ALONG, BOTH),
    ("highway=primary oneway=true", ALONG, ALONG, BOTH),
    ("highway=primary oneway=1", ALONG, ALONG, BOTH),
    ("highway=primary oneway=-1", AGAINST, AGAINST, BOTH),
    ("highway=primary oneway=reverse", AGAINST, AGAINST, BOTH),
    ("highway=primary oneway=no", BOTH, BOTH, BOTH),
    ("highway=primary oneway=reversible", SHUT, SHUT, BOTH),
    ("highway=primary oneway=alternating", BOTH, BOTH, BOTH),
    ("highway=primary junction=roundabout", ALONG, ALONG, BOTH),
    ("highway=primary junction=circular", ALONG, ALONG, BOTH),
    ("highway=primary junction=roundabout oneway=-1", AGAINST, AGAINST, BOTH),
    ("highway=primary oneway=yes oneway:motor_vehicle=no", BOTH, BOTH, BOTH),
    ("highway=primary oneway=yes oneway:emergency=no", ALONG, BOTH, BOTH),
    ("highway=primary oneway=yes oneway:bus=no", ALONG, BOTH, BOTH),
    ("highway=primary oneway=yes oneway:psv=no", ALONG, BOTH, BOTH),
    ("highway=primary oneway=yes busway:left=opposite_lane", ALONG, BOTH, BOTH),
    ("highway=primary oneway=yes oneway:bicycle=no", ALONG, ALONG, BOTH),
    ("highway=footway oneway=yes", SHUT, SHUT, BOTH),
    ("highway=footway oneway:foot=yes", SHUT, SHUT, ALONG),
    # ferries
    ("route=ferry", BOTH, BOTH, BOTH),
    ("route=ferry motor_vehicle=no", SHUT, SHUT, BOTH),
    ("route=ferry foot=yes", SHUT, SHUT, BOTH),
    ("route=ferry foot=yes motor_vehicle=yes", BOTH, BOTH, BOTH),
    ("route=ferry foot=no motorcar=yes", BOTH, BOTH, SHUT),
    ("route=bus", SHUT, SHUT, SHUT),
]


@pytest.mark.parametrize(("written", "car", "ambulance", "walk"), WAYS, ids=[way[0] for way in WAYS])
def test_ways(written: str, car: str, ambulance: str, walk: str) -> None:
    assert tuple(directions(tags(written), p) for p in PROFILES) == (car, ambulance, walk)


BARRIERS = [
    # tags, stops car, ambulance, walk
    ("barrier=bollard", True, True, False),
    ("barrier=bollard bollard=rising", True, False, False),
    ("barrier=bollard emergency=yes", True, False, False),
    ("barrier=bollard motor_vehicle=yes", False, False, False),
    ("barrier=block", True, True, False),
    ("barrier=chain", True, False, False),
    ("barrier=bus_trap psv=yes", True, False, False),
    ("barrier=gate", False, False, False),
    ("barrier=gate locked=yes", True, False, False),
    ("barrier=gate access=private", True, False, True),
    ("barrier=gate access=no", True, True, True),
    ("barrier=gate access=no emergency=yes", True, False, True),
    ("barrier=gate access=no foot=yes", True, True, False),
    ("barrier=gate emergency=no", False, True, False),
    ("barrier=lift_gate", False, False, False),
    ("barrier=lift_gate motor_vehicle=private", True, False, False),
    ("barrier=toll_booth", False, False, False),
    ("barrier=border_control", False, False, False),
    ("barrier=cattle_grid", False, False, False),
    ("barrier=entrance", False, False, False),
    ("barrier=kerb", False, False, False),
    ("barrier=height_restrictor", False, False, False),
    ("barrier=wall", True, True, True),
    ("highway=crossing access=no", False, False, False),
]


@pytest.mark.parametrize(("written", "car", "ambulance", "walk"), BARRIERS, ids=[node[0] for node in BARRIERS])
def test_barriers(written: str, car: bool, ambulance: bool, walk: bool) -> None:
    assert tuple(blocks(tags(written), p) for p in PROFILES) == (car, ambulance, walk)  # type: ignore[arg-type]


def test_an_opened_footway_is_driven_like_a_pedestrian_street() -> None:
    use = way_use({"highway": "footway", "emergency": "yes"}, "ambulance")
    assert use is not None and use.road_class == "pedestrian"


def test_reversible_roads_are_known() -> None:
    assert reversible({"oneway": "reversible"}) and not reversible({"oneway": "alternating"})


@pytest.mark.parametrize(
    ("name", "car", "walk"),
    [
        ("primary", True, True),
        ("footway", False, True),
        ("motorway", True, False),
        ("ferry", True, True),
        ("县道", True, True),
        ("", True, True),
        ("construction", False, False),
    ],
)
def test_roads_of_which_only_the_class_is_known(name: str, car: bool, walk: bool) -> None:
    assert (class_open(name, "car"), class_open(name, "walk")) == (car, walk)


@pytest.mark.parametrize(
    ("written", "kph"),
    [
        ("50", 50.0),
        ("50 km/h", 50.0),
        ("50km/h", 50.0),
        ("30 mph", 48.28032),  # 30 x 1.609344
        ("30mph", 48.28032),
        ("10 knots", 18.52),
        ("50;70", 50.0),
        ("70; 50", 50.0),
        ("walk", 6.0),
        ("160", 160.0),
    ],
)
def test_speed_limits(written: str, kph: float) -> None:
    assert parse_speed(written) == pytest.approx(kph)


@pytest.mark.parametrize("written", ["none", "CN:urban", "DE:rural", "signals", "", "us:ca:urban"])
def test_limits_without_a_figure_are_unknown(written: str) -> None:
    kph = parse_speed(written)
    assert kph is not None and math.isnan(kph)


@pytest.mark.parametrize("written", ["0", "-50", "161", "5000", "fast", "50,5", "50 furlongs", "nan", "inf", "1e2"])
def test_limits_that_make_no_sense_are_not_taken(written: str) -> None:
    assert parse_speed(written) is None


def test_limits_by_direction() -> None:
    use = way_use(tags("highway=primary maxspeed=60 maxspeed:backward=40"), "car")
    assert use is not None and (use.maxspeed_forward, use.maxspeed_backward) == (60.0, 40.0)
    odd = way_use(tags("highway=primary maxspeed=999"), "car")
    assert odd is not None and math.isnan(odd.maxspeed_forward) and odd.speed_ignored == "999"


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        ("00:20", 20.0),
        ("1:30", 90.0),
        ("45", 45.0),
        ("01:30:30", 90.5),
        ("PT20M", 20.0),
        ("PT1H30M", 90.0),
        ("P1DT2H", 1560.0),
        ("PT90S", 1.5),
    ],
)
def test_durations(written: str, minutes: float) -> None:
    assert parse_minutes(written) == pytest.approx(minutes)


@pytest.mark.parametrize("written", ["", "0", "00:00", "soon", "P", "PT", "-5", "9999:00", "20 min", "1:2:3"])
def test_durations_that_make_no_sense_are_not_taken(written: str) -> None:
    assert parse_minutes(written) is None


KEYS = ["highway", "access", "vehicle", "motor_vehicle", "motorcar", "foot", "oneway", "junction", "emergency", "bus"]
VALUES = ["yes", "no", "private", "primary", "footway", "track", "-1", "roundabout", "motorway", "designated"]


@given(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES)))
def test_an_ambulance_goes_wherever_a_car_goes(way: dict[str, str]) -> None:
    """Unless a road is closed to emergency vehicles by name, or is one-way for them by name."""
    car, ambulance = way_use(way, "car"), way_use(way, "ambulance")
    if car is not None and way.get("emergency") not in {"no"}:
        assert ambulance is not None
        assert ambulance.forward >= car.forward and ambulance.backward >= car.backward


@given(st.text(max_size=12))
def test_any_text_is_a_speed_or_none(written: str) -> None:
    kph = parse_speed(written)
    assert kph is None or math.isnan(kph) or 3 <= kph <= 160
