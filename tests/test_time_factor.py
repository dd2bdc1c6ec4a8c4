"""Roads made slower, faster or closed edge by edge, with the places joined to them as before."""

from __future__ import annotations

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import EAST, METRIC, NORTH, digraph, network_of, random_network
from scipy.sparse.csgraph import dijkstra

from carereach.coverage.times import nearest, travel_times
from carereach.layers.roads.network import RoadNetwork


def line() -> RoadNetwork:
    """Three km of road, a node a km; every km takes 1 min at 60 km/h (primary, central)."""
    return network_of([(1000.0 * i, 0.0) for i in range(4)], [(i, i + 1, "primary", True, True) for i in range(3)])


def places(*xy: tuple[float, float]) -> gpd.GeoDataFrame:
    points = [shapely.Point(EAST + x, NORTH + y) for x, y in xy]
    return gpd.GeoDataFrame({"id": [f"p{i}" for i in range(len(xy))]}, geometry=points, crs=METRIC)


def test_minutes_are_multiplied_both_ways_and_km_stay() -> None:
    roads = line().with_time_factor(np.array([2.0, 1.0, 0.5]))
    minutes = travel_times(roads, places((0, 0), (3000, 0)), places((0, 0), (3000, 0))).minutes
    np.testing.assert_allclose(minutes, [[0, 3.5], [3.5, 0]])
    found = nearest(roads, places((0, 0)), places((3000, 0)))
    assert found["km"].iloc[0] == pytest.approx(3.0)


def test_a_closed_road_is_not_driven_in_minutes_or_in_km() -> None:
    roads = line().with_time_factor(np.array([1.0, np.inf, 1.0]))
    assert np.isinf(travel_times(roads, places((500, 0)), places((2500, 0))).minutes[0, 0])
    forward, backward = roads.weights("km")
    assert np.isinf([forward[1], backward[1]]).all()
    assert np.isfinite([forward[0], backward[2]]).all()
    assert list(roads.closed) == [False, True, False]


def test_who_lives_along_a_closed_road_keeps_its_place_and_is_unreachable() -> None:
    """At 1.5 km the middle stretch is the only one near enough to be joined to; at 0.5 km nothing changes."""
    before, after = line(), line().with_time_factor(np.array([1.0, np.inf, 1.0]))
    station, homes = places((0, 0)), places((1500, 0), (500, 0))
    assert np.isfinite(nearest(before, station, homes)["minutes"]).all()
    minutes = nearest(after, station, homes)["minutes"].to_numpy()
    assert np.isinf(minutes[0])
    assert minutes[1] == pytest.approx(0.5)


def test_beyond_the_cutoff_and_cut_off_by_a_closed_road_are_told_apart() -> None:
    """From 0 km: 2.5 km of road lie beyond 1 min but are connected; behind a closed stretch they are not."""
    open_roads = travel_times(line(), places((0, 0)), places((2500, 0)), cutoff_min=1.0)
    cut = line().with_time_factor(np.array([1.0, np.inf, 1.0]))
    closed = travel_times(cut, places((0, 0)), places((2500, 0), (500, 0)), cutoff_min=1.0)
    assert open_roads.connected.tolist() == [[True]]
    assert closed.connected.tolist() == [[False, True]]


def test_a_ferrys_stated_duration_is_multiplied_too() -> None:
    roads = line()
    object.__setattr__(roads, "fixed_minutes", np.array([np.nan, 20.0, np.nan]))
    roads = roads.with_time_factor(np.array([1.0, 1.5, 1.0]))
    assert roads.minutes_forward[1] == 30.0


def test_the_index_and_the_pieces_are_shared_and_none_takes_the_factor_away() -> None:
    roads = line()
    closed = roads.with_time_factor(np.full(3, np.inf))
    assert closed.edge_index is roads.edge_index
    assert closed.pieces is roads.pieces
    assert closed.at_speeds(level="low").time_factor is closed.time_factor
    back = closed.with_time_factor(None)
    assert back.time_factor is None
    np.testing.assert_array_equal(back.minutes_forward, roads.minutes_forward)


@pytest.mark.parametrize("factor", [[1.0, 2.0], [1.0, 0.0, 1.0], [1.0, -1.0, 1.0], [1.0, np.nan, 1.0]])
def test_a_factor_of_another_length_or_not_above_zero_is_refused(factor: list[float]) -> None:
    with pytest.raises(ValueError, match="above zero"):
        line().with_time_factor(np.array(factor))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_minutes_and_km_are_those_of_networkx(seed: int) -> None:
    rng = np.random.default_rng(seed)
    base = random_network(seed % 50, side=5)
    roads = base.with_time_factor(rng.choice([0.5, 1.0, 1.0, 2.0, np.inf], base.edges))
    source = int(rng.integers(roads.nodes))
    for weight in ("minutes", "km"):
        found = dijkstra(roads.graph(weight)[0], indices=source)
        expected = nx.single_source_dijkstra_path_length(digraph(roads), source, weight=weight)
        np.testing.assert_allclose(found, [expected.get(node, np.inf) for node in range(roads.nodes)], rtol=1e-12)
