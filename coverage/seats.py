"""Where the seats of the counties and of the city stand: the study's optional table ``seats``."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from .facts import Facts
from .tables import SEATS

FAR_KM = {"ten-km": 10.0, "twenty-km": 20.0}


def seat_of(facts: Facts, unit: str) -> gpd.GeoDataFrame | None:
    """The seat of a county (or, by the city's name, of the city) as a frame of one point in the study's CRS."""
    return facts.once(("seat", unit), lambda: _seat(facts, unit))


def _seat(facts: Facts, unit: str) -> gpd.GeoDataFrame | None:
    place = tuple(facts.columns.of_unit(SEATS, column, unit) for column in ("lon", "lat"))
    if None in place:
        return None
    points = gpd.points_from_xy([place[0]], [place[1]], crs=4326)
    return gpd.GeoDataFrame({"id": [unit]}, geometry=points).to_crs(facts.demand.crs)


def far_townships(facts: Facts, county: str) -> list[str] | None:
    """Townships of a county that are far from its seat by the choice C12-far; None where seat or places are unknown.

    The distance is that of a point on its ground, as the crow flies.
    """
    seat, layer = seat_of(facts, county), facts.study.townships
    if seat is None or layer is None:
        return None
    frame = layer.frame[layer.frame["county"] == county]
    if frame.empty or frame.geometry.isna().any():
        return None
    point, ground = seat.geometry.iloc[0], frame.geometry.to_numpy()
    reading = facts.choices["C12-far"]
    if reading == "outside-seat":
        far = ~shapely.intersects(ground, point)
    else:
        middle = shapely.point_on_surface(ground)
        far = shapely.distance(middle, point) / 1000.0 > FAR_KM[reading]
    return [str(name) for name in frame["township"].to_numpy()[np.asarray(far, dtype=bool)]]
