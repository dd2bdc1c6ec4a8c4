"""Roads against the rest of a study: counties without roads, points far from roads, points on islets."""

from __future__ import annotations

import geopandas as gpd
import pytest
from networks import network_of
from studies import COUNTIES, METRIC, at, facilities, facility, rectangle, road

from carereach.errors import InputError
from carereach.layers.roads.access_checks import check_access, check_overlap


def counties() -> gpd.GeoDataFrame:
    """Three squares of 10 km in a row."""
    squares = [rectangle(10 * i, 0, 10 * (i + 1), 10) for i in range(3)]
    return gpd.GeoDataFrame({"county": list(COUNTIES)}, geometry=squares, crs=METRIC)


def people(*places: tuple[float, float, float, str]) -> gpd.GeoDataFrame:
    """Rows of (x km, y km, residents, county)."""
    frame = {"residents": [p[2] for p in places], "county": [p[3] for p in places]}
    return gpd.GeoDataFrame(frame, geometry=[at(p[0], p[1]) for p in places], crs=METRIC)


def test_roads_through_every_county_are_well() -> None:
    assert check_overlap(road(), counties()) == ()


def test_a_county_that_a_road_crosses_without_a_node_has_a_road() -> None:
    """One edge from x = 1 to x = 29 km: its nodes lie in the first and the last county."""
    crossing = network_of([(1_000.0, 5_000.0), (29_000.0, 5_000.0)], [(0, 1, "primary", True, True)])
    assert check_overlap(crossing, counties()) == ()


def test_counties_without_roads_are_named() -> None:
    (problem,) = check_overlap(road((0, 9)), counties())
    assert (problem.code, problem.level, problem.params["names"]) == ("roads.county-without", "warning", "乙市, 丙区")


def test_roads_elsewhere_are_an_error_that_says_where() -> None:
    far_north = network_of([(0.0, 90_000.0), (9_000.0, 90_000.0)], [(0, 1, "primary", True, True)])
    with pytest.raises(InputError) as caught:
        check_overlap(far_north, counties())
    (problem,) = caught.value.problems
    assert problem.code == "roads.elsewhere"
    west, south, _, _ = (float(v) for v in str(problem.params["bounds"]).split(", "))
    assert west == pytest.approx(111.0, abs=0.01)  # easting 500 km is the zone's central meridian
    assert south == pytest.approx(2_590_000 / 110_700, abs=0.05)  # a degree of latitude is some 110.7 km here


def test_far_points_are_counted_with_their_people() -> None:
    """The road runs at y = 5 km: y = 10.1 is 5.1 km off, y = 10 exactly 5 km, which is not over it."""
    frame = facilities([facility(1.0), facility(2.0, 10.1, name="北站"), facility(3.0, 10.0), facility(None)])
    demand = people((5, 12, 700.0, "甲县"), (6, 5, 10.0, "甲县"), (15, 11, 30.0, "乙市"), (7, 30, 99.0, ""))
    problems = {problem.code: problem.params for problem in check_access(road(), frame, demand)}
    assert set(problems) == {"roads.facilities-far", "roads.people-far"}
    assert problems["roads.facilities-far"] == {"count": 1, "names": "北站", "km": 5.0, "farthest": "5.1"}
    far = problems["roads.people-far"]
    assert (far["count"], far["residents"], far["names"], far["farthest"]) == (2, 730.0, "甲县, 乙市", "7.0")


def test_points_on_an_islet_are_counted_and_measured_to_the_main_network() -> None:
    """An islet of 100 m at y = 20 km (0.3 % of 30.1 km); whoever stands there is 15 km from the road."""
    nodes = [(0.0, 5_000.0), (30_000.0, 5_000.0), (8_000.0, 20_000.0), (8_100.0, 20_000.0)]
    roads = network_of(nodes, [(0, 1, "primary", True, True), (2, 3, "primary", True, True)])
    problems = {p.code: p.params for p in check_access(roads, facilities([facility(8.0, 20.0, name="岛站")]), people())}
    assert problems["roads.facilities-islet"] == {"count": 1, "names": "岛站"}
    assert problems["roads.facilities-far"]["farthest"] == "15.0"
    on_islet = {p.code: p.params for p in check_access(roads, facilities([]), people((8, 20, 5.0, "甲县")))}
    assert on_islet["roads.people-islet"]["residents"] == 5.0


def test_many_names_are_cut() -> None:
    frame = facilities([facility(float(i), 20.0, name=f"站{i}") for i in range(9)])
    (problem,) = check_access(road(), frame, people())
    assert problem.params["names"] == "站0, 站1, 站2, 站3, 站4, …"
    assert problem.params["count"] == 9


def test_roads_in_pieces_are_a_loud_warning_with_the_figure() -> None:
    """20 of 28 km hang together: 71.4 %. Of 200 residents 8 live at the other piece: 4 %."""
    demand = people((5, 5, 192.0, "甲县"), (25, 5, 8.0, "丙区"))
    problems = {p.code: p for p in check_access(road((0, 20), (21, 29)), facilities([facility(1.0)]), demand)}
    assert set(problems) == {"roads.in-pieces", "roads.people-off-main"}
    params = problems["roads.in-pieces"].params
    assert (params["share"], params["count"], problems["roads.in-pieces"].level) == ("71.4", 2, "warning")
    assert params["km"] == pytest.approx(20, rel=0.001) and params["total"] == pytest.approx(28, rel=0.001)
    assert problems["roads.people-off-main"].params == {"residents": 8.0, "share": "4.0"}


def test_nine_tenths_of_the_km_and_a_hundredth_of_the_people_are_no_warning() -> None:
    """Exactly 27 of 30 km, and exactly 1 of 100 residents at the other piece."""
    demand = people((5, 5, 99.0, "甲县"), (29, 5, 1.0, "丙区"))
    nodes = [(0.0, 5_000.0), (27_000.0, 5_000.0), (27_500.0, 5_000.0), (30_500.0, 5_000.0)]
    roads = network_of(nodes, [(0, 1, "primary", True, True), (2, 3, "primary", True, True)])
    assert check_access(roads, facilities([facility(1.0)]), demand) == ()


def test_a_one_way_end_that_the_main_piece_leads_to_is_connected() -> None:
    """One way out at x = 10 km, 1 km long: people there are reached; where it leads in, nobody gets there."""
    nodes = [(0.0, 5_000.0), (10_000.0, 5_000.0), (11_000.0, 5_000.0)]
    demand = people((5, 5, 50.0, "甲县"), (11, 5, 50.0, "乙市"))
    for out in (True, False):
        roads = network_of(nodes, [(0, 1, "primary", True, True), (1, 2, "primary", out, not out)])
        codes = {p.code for p in check_access(roads, facilities([]), demand)}
        assert ("roads.people-off-main" in codes) is not out
