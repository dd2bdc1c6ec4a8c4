"""Routes agree with the travel-time table, with networkx, and with their own shape."""

from __future__ import annotations

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
from networks import digraph, random_network
from pyproj import Geod, Transformer

from carereach.coverage.times import travel_times
from carereach.errors import InputError


def lonlat(network, xy: np.ndarray) -> list[tuple[float, float]]:  # noqa: ANN001
    transformer = Transformer.from_crs(network.crs, "EPSG:4326", always_xy=True)
    return list(zip(*transformer.transform(xy[:, 0], xy[:, 1]), strict=True))


@pytest.mark.parametrize("weight", ["minutes", "km"])
@pytest.mark.parametrize("seed", range(4))
def test_between_nodes_it_is_networkx(seed: int, weight: str) -> None:
    network = random_network(seed)
    graph = digraph(network)
    nodes = np.random.default_rng(seed).integers(0, network.nodes, (10, 2))
    for start, end in nodes:
        way = network.route(*lonlat(network, network.xy[[start, end]]), weight=weight)
        try:
            expected = nx.shortest_path_length(graph, int(start), int(end), weight=weight)
        except nx.NetworkXNoPath:
            continue  # a node of an islet is led to the network
        if network.pieces.leads_to_big[start] and network.pieces.led_to_from_big[end]:
            assert getattr(way, weight) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_it_agrees_with_the_table_and_with_its_own_shape(seed: int) -> None:
    network = random_network(seed)
    rng = np.random.default_rng(seed)
    xy = network.xy[rng.integers(0, network.nodes, 12)] + rng.uniform(-400, 400, (12, 2))
    ends = lonlat(network, xy)
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*zip(*ends, strict=True)), crs=4326)
    table = travel_times(network, frame, frame).minutes
    for i in range(0, 12, 2):
        way = network.route(ends[i], ends[i + 1])
        assert way.minutes == pytest.approx(float(table[i, i + 1]), rel=1e-5)
        if way.geometry is not None:
            straight_legs = way.access_km / 1.3
            drawn = Geod(ellps="WGS84").geometry_length(way.geometry) / 1000
            # Access legs are drawn straight; the km of this network are those of the metric grid (0.04 %).
            assert drawn == pytest.approx(way.km - way.access_km + straight_legs, rel=1e-3)


def test_places_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="longitude first"):
        random_network(0).route((22.6, 110.1), (22.7, 110.2))
