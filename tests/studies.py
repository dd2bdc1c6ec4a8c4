"""Small studies made by hand: three counties of 10 x 10 km in a row, one straight road through them, people on it.

The road runs from x = 0 to x = 30 km at y = 5 km; every km takes 2 min at low, 1 at central and 0.5 at high speed.
Before the wheels roll 4 min pass (1 call handling, 3 turnout; 3 from the dispatch). Whoever stands on the road has no
access leg, so a response takes 4 min + 1 min a km.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from networks import EAST, METRIC, NORTH, network_of

from carereach.coverage.assess import gather
from carereach.coverage.facts import Facts
from carereach.coverage.kinds import KINDS
from carereach.coverage.results import Verdict
from carereach.coverage.rules import Plan
from carereach.layers.model import Layer
from carereach.layers.roads.network import RoadNetwork
from carereach.layers.settings import StudyFile
from carereach.layers.settings_parts import Grade
from carereach.layers.study import Study, speed_table

COUNTIES = ("甲县", "乙市", "丙区")
BEFORE_MIN = 4.0


def at(x_km: float, y_km: float = 5.0) -> shapely.Point:
    """A point by km from the south-west corner."""
    return shapely.Point(EAST + 1000 * x_km, NORTH + 1000 * y_km)


def rectangle(west_km: float, south_km: float, east_km: float, north_km: float) -> shapely.Polygon:
    """A rectangle by km from the south-west corner."""
    return shapely.box(EAST + 1000 * west_km, NORTH + 1000 * south_km, EAST + 1000 * east_km, NORTH + 1000 * north_km)


def road(*stretches: tuple[int, int]) -> RoadNetwork:
    """The road, a node a km; ``stretches`` (from, to) in km where it has gaps."""
    parts = stretches or ((0, 30),)
    used = sorted({km for start, end in parts for km in range(start, end + 1)})
    place = {km: index for index, km in enumerate(used)}
    edges = [(place[km], place[km + 1], "primary", True, True) for start, end in parts for km in range(start, end)]
    return network_of([(1000.0 * km, 5000.0) for km in used], edges)


def facility(x_km: float | None, y_km: float = 5.0, **columns: Any) -> dict[str, Any]:
    """One row of the facilities; without ``x_km`` it is unlocated."""
    row = {
        "name": "",
        "kind": "ems.station",
        "level": "",
        "level_class": "",
        "run_by": "county",
        "roles": "",
        "county": COUNTIES[min(int(x_km // 10), 2)] if x_km is not None else "",
        "township": "",
        "beds": np.nan,
        "beds_authorised": np.nan,
        "ambulances": np.nan,
        "status": "open",
        "precision": "exact" if x_km is not None else "unlocated",
        "uncertainty_km": 0.1 if x_km is not None else np.nan,
        "source": "made by hand",
        "parent": "",
        "geometry": None if x_km is None else at(x_km, y_km),
    }
    return row | columns


def facilities(rows: Sequence[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Rows as a frame, with ids s0, s1, ... in their order."""
    columns = [*facility(0.0)]
    frame = gpd.GeoDataFrame(list(rows), columns=columns, geometry="geometry", crs=METRIC)
    frame.insert(0, "id", [f"s{i}" for i in range(len(frame))])
    frame["name"] = np.where(frame["name"] == "", frame["id"], frame["name"])
    return frame


def people(
    xs_km: Sequence[float] | None = None,
    residents: Sequence[float] | float = 100.0,
    *,
    y_km: float = 5.0,
    zone: str | None = None,
) -> gpd.GeoDataFrame:
    """People on the road, by default 100 in the middle of each km; urban west of x = 10 km. Outside 0-30 km nobody's
    county is known."""
    x = np.arange(0.5, 30.0) if xs_km is None else np.asarray(xs_km, dtype=float)
    county = np.where((x >= 0) & (x < 30), np.array(COUNTIES)[np.clip(x // 10, 0, 2).astype(int)], "")
    zones = np.where(x < 10, "urban", "township") if zone is None else np.full(len(x), zone)
    return gpd.GeoDataFrame(
        {
            "residents": np.broadcast_to(np.asarray(residents, dtype=float), x.shape).copy(),
            "county": county.astype(object),
            "township": np.full(len(x), "", dtype=object),
            "zone": np.where(county == "", "", zones).astype(object),
        },
        geometry=[at(value, y_km) for value in x],
        crs=METRIC,
    )


def study(
    rows: Sequence[dict[str, Any]],
    demand: gpd.GeoDataFrame | None = None,
    *,
    network: RoadNetwork | None = None,
    roads_complete: bool = True,
    people_grade: Grade = "surveyed",
    complete_kinds: Sequence[str] = ("ems.station",),
    zones: bool = True,
    **settings: Any,
) -> Study:
    """A study of the three counties; ``settings`` replace tables of the study file."""
    content: dict[str, Any] = {
        "name": "by-hand",
        "boundaries": {"path": "x.gpkg", "grade": "surveyed"},
        "facilities": [{"path": "x.csv", "grade": "surveyed", "complete_kinds": list(complete_kinds)}],
        "roads": {"path": "x.osm", "grade": "surveyed", "complete": roads_complete},
        "people": {"path": "x.tif", "grade": people_grade},
        "zones": {"method": "polygon", "path": "x.gpkg", "grade": "surveyed"} if zones else {},
        "speeds": {"classes": {"primary": [30.0, 60.0, 120.0]}, "unclassed": [30.0, 60.0, 120.0]},
    }
    file = StudyFile.model_validate(content | settings)
    counties = gpd.GeoDataFrame(
        {"county": COUNTIES, "code": "", "city": "手工市"},
        geometry=[rectangle(10 * i, 0, 10 * i + 10, 10) for i in range(3)],
        crs=METRIC,
    )
    frame = people() if demand is None else demand
    return Study(
        settings=file,
        folder=Path(),
        counties=Layer("boundaries", counties, file.boundaries.grade),
        townships=None,
        facilities=Layer("facilities", facilities(rows), file.facilities[0].grade),
        roads=(road() if network is None else network).at_speeds(speed_table(file)),
        people=Layer("people", frame if zones else frame.assign(zone=""), people_grade),
        urban_area=rectangle(0, 0, 10, 10) if zones else None,
        zone_code="zones.by-polygon" if zones else "zones.by-none",
        zone_grade=file.zones.grade,
        problems=(),
    )


def rule(kind: str, **keys: Any) -> Plan:
    """A plan of one rule."""
    words = {"zh": "规则", "en": "A rule"}
    return Plan.model_validate(
        {
            "id": "p",
            "title": {"zh": "规划", "en": "A plan"},
            "document": "2022",
            "rule": [{"id": "r", "title": words, "kind": kind, "section": "1", **keys}],
        }
    )


def verdicts_of(plan: Plan, facts: Facts) -> list[Verdict]:
    """The verdicts of the plan's only rule."""
    return KINDS[plan.rule[0].kind](plan, plan.rule[0], facts)


def verdict_of(plan: Plan, made: Study) -> Verdict:
    """The only verdict of the plan's only rule."""
    (found,) = verdicts_of(plan, gather(made))
    return found
