"""What tests of scenarios share: the study by hand with named roads, and places in degrees."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
from networks import METRIC
from pyproj import Transformer
from studies import at, facilities, facility, people, road, study

from carereach.errors import InputError
from carereach.layers.model import Layer
from carereach.layers.study import Study
from carereach.scenarios.apply import Changed, apply
from carereach.scenarios.changes import Change, Open, Scenario

TO_DEGREES = Transformer.from_crs(METRIC, 4326, always_xy=True)


def degrees(x_km: float, y_km: float = 5.0) -> tuple[float, float]:
    """Longitude and latitude by km from the south-west corner of the counties."""
    point = at(x_km, y_km)
    lon, lat = TO_DEGREES.transform(point.x, point.y)
    return float(lon), float(lat)


def corners(west_km: float, south_km: float, east_km: float, north_km: float) -> list[tuple[float, float]]:
    """A rectangle as corners in degrees."""
    return [
        degrees(west_km, south_km),
        degrees(east_km, south_km),
        degrees(east_km, north_km),
        degrees(west_km, north_km),
    ]


def opened(name: str, x_km: float, y_km: float = 5.0, **keys: Any) -> Open:
    """A facility to open by km."""
    lon, lat = degrees(x_km, y_km)
    return Open.model_validate({"name": name, "lon": lon, "lat": lat, **keys})


def by_hand(*, stretches: tuple[tuple[int, int], ...] = ((0, 30),), **columns: Any) -> Study:
    """Three counties, a road of 30 km whose three thirds are called 西路, 中路 and 东路, 100 people each km.

    Stations at 5 (s0) and 25 km (s1), one planned at 15 km (s2); a township hospital at 12 km (s3), one nowhere (s4).
    """
    rows = [
        facility(5.0, name="West", ambulances=2.0),
        facility(25.0, name="East", ambulances=1.0),
        facility(15.0, name="Planned", status="planned"),
        facility(12.0, name="Hospital", kind="primary.township", level="primary", beds=20.0),
        facility(None, name="Lost", kind="primary.township"),
    ]
    network = road(*stretches)
    middle = network.xy[network.u][:, 0] + network.xy[network.v][:, 0]
    km = (middle / 2 - 500_000.0) / 1000.0
    named = replace(network, name=np.array(["西路", "中路", "东路"])[np.clip(km // 10, 0, 2).astype(int)])
    return study(rows, people(), network=named, **columns)


def with_facilities(made: Study, *rows: dict[str, Any]) -> Study:
    """The study with other facilities."""
    layer: Layer = made.facilities
    return replace(made, facilities=replace(layer, frame=facilities(rows)))


def changed(made: Study, *changes: Change) -> Changed:
    """The study after the changes."""
    return apply(made, Scenario("try", changes))


def refused(made: Study, *changes: Change) -> list[tuple[str, str | None, object]]:
    """Codes, places and values of what is wrong with the changes."""
    try:
        changed(made, *changes)
    except InputError as error:
        return [(problem.code, problem.column, problem.value) for problem in error.problems]
    raise AssertionError("the scenario was not refused")


def row_of(frame: gpd.GeoDataFrame, facility_id: str) -> dict[str, Any]:
    """One facility as a dictionary."""
    (found,) = frame[frame["id"] == facility_id].to_dict("records")
    return found
