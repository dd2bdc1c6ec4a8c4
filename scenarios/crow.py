"""Distances to the nearest station as the crow flies, of which only those that a change concerns are taken anew."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from ..coverage.facts import straight_km

Floats = NDArray[np.float64]
SLACK = 1e-6


class Crow:
    """The distances (D,) of a study's demand points to its stations."""

    def __init__(self, stations: gpd.GeoDataFrame, demand: gpd.GeoDataFrame) -> None:
        self.demand = demand
        self.km = straight_km(stations, demand)
        self._points = demand.geometry.to_numpy()
        self._xy = shapely.get_coordinates(self._points)
        self._stations = _places(stations)

    def again(self, stations: gpd.GeoDataFrame) -> Floats:
        """The distances to other stations: those of :func:`carereach.coverage.facts.straight_km`."""
        now = _places(stations)
        gone, new = self._stations.keys() - now.keys(), now.keys() - self._stations.keys()
        if not gone and not new:
            return self.km
        km = self.km.copy()
        touched = np.zeros(len(km), dtype=bool)
        for place in gone:
            near = self._near(place, km)
            touched[near[self._km(near, self._stations[place]) <= km[near]]] = True
        if touched.any():
            stay = gpd.GeoSeries([point for place, point in now.items() if place not in new], crs=self.demand.crs)
            km[touched] = straight_km(gpd.GeoDataFrame(geometry=stay), self.demand[touched])
        for place in new:
            near = self._near(place, km)
            km[near] = np.minimum(km[near], self._km(near, now[place]))
        return km

    def _near(self, place: tuple[float, float], km: Floats) -> NDArray[np.int64]:
        """The points that may be no farther from a place than ``km``."""
        return np.flatnonzero(np.hypot(*(self._xy - place).T) <= 1000.0 * km * (1 + SLACK) + SLACK)

    def _km(self, points: NDArray[np.int64], place: shapely.Point) -> Floats:
        return np.asarray(shapely.distance(self._points[points], place) / 1000.0)


def _places(stations: gpd.GeoDataFrame) -> dict[tuple[float, float], shapely.Point]:
    points = stations.geometry.to_numpy()
    return {(x, y): point for (x, y), point in zip(shapely.get_coordinates(points).tolist(), points, strict=True)}
