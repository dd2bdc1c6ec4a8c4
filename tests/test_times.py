"""Travel times against networkx on a graph whose edges are cut at the access points, and by hand."""

from __future__ import annotations

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import EAST, METRIC, NORTH, digraph, network_of, random_network

from carereach.coverage.times import nearest, travel_times
from carereach.errors import InputError
from carereach.layers.roads.network import RoadNetwork
from carereach.layers.roads.snap import Access

ONE = Access(candidates=1, islets="keep")


def places(xy: list[tuple[float, float]] | np.ndarray) -> gpd.GeoDataFrame:
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    return gpd.GeoDataFrame(
        {"id": [f"p{i}" for i in range(len(xy))]},
        geometry=gpd.points_from_xy(xy[:, 0] + EAST, xy[:, 1] + NORTH),
        crs=METRIC,
    )


def random_places(seed: int, count: int, side: int = 7) -> gpd.GeoDataFrame:
    return places(np.random.default_rng(seed).uniform(-500, 1000 * side, (count, 2)))


def oracle(network: RoadNetwork, sources: gpd.GeoDataFrame, targets: gpd.GeoDataFrame) -> np.ndarray:
    """Minutes by networkx: every point is cut into its nearest edge (found by looking at all of them)."""
    graph = digraph(network)
    cuts: dict[int, list[tuple[float, tuple[str, int]]]] = {}
    legs: dict[tuple[str, int], float] = {}
    for side, frame in (("s", sources), ("t", targets)):
        for i, point in enumerate(frame.geometry):
            far = [line.distance(point) for line in network.line]
            edge = int(np.argmin(far))
            place = round(network.line[edge].project(point, normalized=True), 12)
            cuts.setdefault(edge, []).append((place, (side, i)))
            legs[side, i] = far[edge] / 1000 * ONE.detour / ONE.off_road_kph * 60
    for edge, points in cuts.items():
        u, v = int(network.u[edge]), int(network.v[edge])
        stops = sorted(points, key=lambda p: p[0])
        for (ta, a), (tb, b) in zip([(0.0, u), *stops], [*stops, (1.0, v)], strict=True):
            for x, y, minutes in ((a, b, network.minutes_forward[edge]), (b, a, network.minutes_backward[edge])):
                if ta == tb or np.isfinite(minutes):
                    graph.add_edge(x, y, minutes=0.0 if ta == tb else (tb - ta) * minutes)
    result = np.full((len(sources), len(targets)), np.inf)
    for i in range(len(sources)):
        if ("s", i) not in graph:
            continue
        reached = nx.single_source_dijkstra_path_length(graph, ("s", i), weight="minutes")
        for j in range(len(targets)):
            if ("t", j) in reached:
                result[i, j] = reached["t", j] + legs["s", i] + legs["t", j]
    return result


@pytest.mark.parametrize("seed", range(12))
def test_table_equals_networkx_on_the_cut_graph(seed: int) -> None:
    network = random_network(seed)
    sources, targets = random_places(seed + 100, 6), random_places(seed + 200, 40)
    expected = oracle(network, sources, targets)
    table = travel_times(network, sources, targets, access=ONE)
    np.testing.assert_allclose(table.minutes, expected.astype(np.float32), rtol=1e-6)
    assert (table.connected == np.isfinite(expected)).all()


@pytest.mark.parametrize("seed", range(6))
def test_nearest_is_the_smallest_of_the_table_both_ways(seed: int) -> None:
    network = random_network(seed)
    stations, people = random_places(seed + 300, 5), random_places(seed + 400, 60)
    there = oracle(network, stations, people).min(axis=0)
    back = oracle(network, people, stations).min(axis=1)
    found = nearest(network, stations, people, access=ONE)
    np.testing.assert_allclose(found["minutes"], there, rtol=1e-6)
    home = nearest(network, stations, people, access=ONE, to_facility=True)
    np.testing.assert_allclose(home["minutes"], back, rtol=1e-6)
    table = travel_times(network, stations, people, access=ONE)
    for column, (facility, minutes) in enumerate(zip(found["facility"], found["minutes"], strict=True)):
        if facility is None:
            assert np.isinf(table.minutes[:, column]).all()
        else:
            assert table.minutes[int(facility[1:]), column] == pytest.approx(minutes, rel=1e-6)


def test_km_is_the_length_of_the_fastest_way() -> None:
    # 4 km of primary at 60 km/h (4 min) or 3 km of residential at 25 km/h (7.2 min): the fast way is longer.
    network = network_of(
        [(0, 0), (3000, 0), (0, 500), (3000, 500)],
        [
            (0, 1, "residential", True, True),
            (0, 2, "primary", True, True),
            (2, 3, "primary", True, True),
            (3, 1, "primary", True, True),
        ],
    )
    found = nearest(network, places([(0, 0)]), places([(3000, 0)]))
    assert found["km"].item() == pytest.approx(4.0)
    assert found["minutes"].item() == pytest.approx(4.0)
    assert found["off_road_km"].item() == 0.0


def test_one_way_street_is_driven_round_and_along() -> None:
    # A ring of 1 km sides, one way: 0 -> 1 -> 2 -> 3 -> 0, primary, so 1 minute a side.
    ring = network_of(
        [(0, 0), (1000, 0), (1000, 1000), (0, 1000)],
        [(i, (i + 1) % 4, "primary", True, False) for i in range(4)],
    )
    table = travel_times(ring, places([(200, 0)]), places([(700, 0), (100, 0)]))
    # Ahead on the same edge: 0.5 km = 0.5 min. Behind: round the whole ring but 0.1 km = 3.9 min.
    np.testing.assert_allclose(table.minutes, [[0.5, 3.9]], rtol=1e-6)


def test_cutoff_is_inclusive_and_tells_beyond_from_unreachable() -> None:
    line = network_of(
        [(0, 0), (1000, 0), (2000, 0), (3000, 0), (9000, 0), (10000, 0)],
        [
            (0, 1, "primary", True, True),
            (1, 2, "primary", True, True),
            (2, 3, "primary", True, True),
            (4, 5, "primary", True, True),
        ],
    )
    table = travel_times(line, places([(0, 0)]), places([(2000, 0), (3000, 0), (9500, 0)]), cutoff_min=2.0)
    np.testing.assert_array_equal(np.isfinite(table.minutes), [[True, False, False]])
    np.testing.assert_array_equal(table.connected, [[True, True, False]])


def test_a_point_beside_an_islet_is_led_to_the_network_and_said_so() -> None:
    # 100 km of road, and an islet of 100 m right beside the point.
    network = network_of(
        [(0, 0), (100_000, 0), (5000, 300), (5100, 300)],
        [(0, 1, "primary", True, True), (2, 3, "residential", True, True)],
    )
    point = places([(5050, 310)])
    assert network.pieces.count == 2
    assert network.pieces.big == 1
    joined = travel_times(network, places([(0, 0)]), point)
    kept = travel_times(network, places([(0, 0)]), point, access=Access(islets="keep", candidates=1))
    assert joined.target_snap.islet.tolist() == [True]
    # 5.05 km at 60 km/h and 310 m x 1.3 at 5 km/h.
    assert joined.minutes.item() == pytest.approx(5.05 + 0.310 * 1.3 / 5 * 60, rel=1e-6)
    assert np.isinf(kept.minutes.item())


def test_a_motorway_is_entered_at_its_ends_only() -> None:
    network = network_of(
        [(0, 0), (10_000, 0), (0, 1000), (10_000, 1000)],
        [
            (0, 1, "motorway", True, True),
            (0, 2, "primary", True, True),
            (2, 3, "primary", True, True),
            (3, 1, "primary", True, True),
        ],
    )
    table = travel_times(network, places([(0, 0)]), places([(5000, 10)]))
    # The way back to the primary road, 990 m on foot, not the motorway 10 m away: 1 + 5 min and the walk.
    assert table.minutes.item() == pytest.approx(6 + 0.990 * 1.3 / 5 * 60, rel=1e-6)


def test_a_point_without_a_place_reaches_nobody() -> None:
    network = random_network(1)
    sources = places([(0, 0), (np.nan, np.nan)])
    table = travel_times(network, sources, places([(10, 10)]))
    assert np.isfinite(table.minutes[0, 0])
    assert np.isinf(table.minutes[1, 0])
    lonely = nearest(network, sources.iloc[1:], places([(10, 10)]))
    assert lonely["facility"].item() is None
    assert np.isinf(lonely["minutes"].item())
    assert np.isinf(nearest(network, sources.iloc[:0], places([(10, 10)]))["minutes"].item())


def test_no_one_is_beyond_max_access_without_a_limit_asked_for() -> None:
    network = random_network(2)
    far = places([(300_000, 0)])
    assert np.isfinite(travel_times(network, places([(0, 0)]), far).minutes.item())
    limited = travel_times(network, places([(0, 0)]), far, access=Access(max_km=50))
    assert np.isinf(limited.minutes.item())
    assert not limited.connected.item()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), cutoff=st.floats(1, 30), more=st.floats(0.1, 20))
def test_more_minutes_never_reach_fewer(seed: int, cutoff: float, more: float) -> None:
    network = random_network(seed % 50)
    sources, targets = random_places(seed, 3), random_places(seed + 1, 20)
    near = np.isfinite(travel_times(network, sources, targets, cutoff_min=cutoff).minutes)
    far = np.isfinite(travel_times(network, sources, targets, cutoff_min=cutoff + more).minutes)
    assert (far | ~near).all()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_one_more_station_never_lengthens_a_response(seed: int) -> None:
    network = random_network(seed % 50)
    stations, people = random_places(seed, 4), random_places(seed + 1, 30)
    fewer = nearest(network, stations.iloc[:3], people)["minutes"].to_numpy()
    more = nearest(network, stations, people)["minutes"].to_numpy()
    assert (more <= fewer + 1e-9).all()


def test_start_minutes_belong_to_their_station() -> None:
    line = network_of([(0, 0), (10_000, 0)], [(0, 1, "primary", True, True)])
    stations, person = places([(0, 0), (10_000, 0)]), places([(4000, 0)])
    # From the west 4 min, from the east 6; a turnout of 3 min in the west turns the choice: 7 against 6.
    assert nearest(line, stations, person)["facility"].item() == "p0"
    late = nearest(line, stations, person, start_min=np.array([3.0, 0.0]))
    assert late["facility"].item() == "p1"
    assert late["minutes"].item() == pytest.approx(6.0)


def test_wrong_input_is_named() -> None:
    network, point = random_network(1), places([(0, 0)])
    with pytest.raises(InputError, match="no coordinate reference system"):
        travel_times(network, point.set_crs(None, allow_override=True), point)
    with pytest.raises(InputError, match="need points"):
        travel_times(network, point, point.set_geometry(point.buffer(5)))
    with pytest.raises(InputError, match="more than 0"):
        travel_times(network, point, point, cutoff_min=0)


def test_degrees_are_as_good_as_metres() -> None:
    network = random_network(3)
    sources, targets = random_places(5, 3), random_places(6, 9)
    metres = travel_times(network, sources, targets).minutes
    degrees = travel_times(network, sources.to_crs(4326), targets.to_crs(4326)).minutes
    np.testing.assert_allclose(degrees, metres, rtol=1e-5)
