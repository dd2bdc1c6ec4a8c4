"""Small studies drawn by a seed, scenarios drawn by a seed, and a plan that holds a rule of every kind."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from networks import EAST, METRIC, NORTH, random_network
from plan_cases import with_tables
from studies import COUNTIES, facility, rectangle, study
from what_if import corners, degrees

from carereach.coverage.rules import Plan
from carereach.layers.model import Layer
from carereach.layers.study import Study
from carereach.scenarios.changes import (
    Change,
    Close,
    CloseRoad,
    Move,
    Open,
    Residents,
    Scenario,
    SetAmbulances,
    SpeedChange,
    Upgrade,
)

SIDE = 7
KINDS = ("ems.station", "ems.station", "ems.station", "hospital.general", "primary.township", "blood.fixed", "cdc")
CLASSES = ("primary", "secondary", "residential", "unclassified")
TOWNSHIPS = {"甲一镇": 0.0, "甲二街道": 1.0, "乙一镇": 2.0, "乙二街道": 3.0, "丙一镇": 4.0, "丙二街道": 5.0}

PLAN = """
id = "world"
title = { zh = "规划", en = "A plan" }
document = "2022"

[[rule]]
id = "radius"
kind = "service-radius"
zone = "urban"
threshold = { at_most = 1.0 }
[[rule]]
id = "radius-county"
kind = "service-radius"
per = "county"
zone = "township"
threshold = { band = [0.2, 2.0] }
choices = ["C2-band"]
[[rule]]
id = "response"
kind = "response-time"
threshold = { less_than = 8.0 }
[[rule]]
id = "response-county"
kind = "response-time"
per = "county"
threshold = { at_most = 9.0 }
[[rule]]
id = "reach"
kind = "reach"
per = "county"
facilities = { kinds = ["hospital.general"] }
within_min = 6.0
threshold = { at_least = 0.5 }
[[rule]]
id = "walk"
kind = "reach"
mode = "walk"
facilities = { kinds = ["primary.township", "hospital.general"] }
within_km = 2.0
[[rule]]
id = "band"
kind = "distance-band"
facilities = { kinds = ["blood.fixed"] }
band = [0.1, 3.0]
serves = { facilities = { kinds = ["hospital.general"] }, within_km = 3.0 }
new = [1, 2]
[[rule]]
id = "count"
kind = "count-per-unit"
facilities = { kinds = ["ems.station"], run_by = ["county"] }
threshold = { at_least = 4 }
[[rule]]
id = "count-county"
kind = "count-per-unit"
per = "county"
facilities = { kinds = ["ems.station"], roles = ["ems.network"] }
threshold = { at_least = 1 }
[[rule]]
id = "count-street"
kind = "count-per-unit"
per = "street"
facilities = { kinds = ["primary.township"] }
or_one_per = 1500
threshold = { at_least = 1 }
[[rule]]
id = "count-open-ended"
kind = "count-per-unit"
facilities = { roles = ["ems.network"] }
threshold = { at_least = 3 }
[[rule]]
id = "count-named"
kind = "count-per-unit"
facilities = { kinds = ["cdc"], names = ["s0", "N1"] }
threshold = { at_least = 1 }
[[rule]]
id = "count-also"
kind = "count-per-unit"
facilities = { also = [{ kinds = ["cdc"] }, { kinds = ["blood.fixed"], counties = ["甲县"] }] }
threshold = { at_least = 2 }
[[rule]]
id = "named"
kind = "named-count"
expected = [{ kind = "cdc", county = "甲县" }, { kind = "hospital.general", names = ["s3", "N0"], county = "乙市" }]
[[rule]]
id = "ambulances"
kind = "ratio"
per = "county"
amount = { facilities = { kinds = ["ems.station"] }, column = "ambulances" }
per_each = { each = 1000, population = "resident" }
threshold = { at_least = 1 }
[[rule]]
id = "stations-per-hospital"
kind = "ratio"
amount = { facilities = { kinds = ["ems.station"] } }
per_each = { facilities = { kinds = ["hospital.general"] } }
threshold = { at_least = 2 }
[[rule]]
id = "beds-from-table"
kind = "ratio"
amount = { table = "beds", column = "total" }
per_each = { each = 1000, population = "resident" }
threshold = { at_least = 5 }
[[rule]]
id = "banded"
kind = "banded-minimum"
amount = { facilities = { kinds = ["hospital.general"] }, column = "beds" }
bands = [{ below = 1500, minimum = 50 }, { minimum = 100 }]
[[rule]]
id = "trigger"
kind = "population-trigger"
per = "township"
above = 500
facilities = { kinds = ["primary.township"] }
[[rule]]
id = "share"
kind = "share"
facilities = { kinds = ["hospital.general", "primary.township"] }
having = { level = "secondary" }
threshold = { at_least = 0.5 }
[[rule]]
id = "grade"
kind = "grade"
targets = [{ name = "s3", level = "secondary" }, { name = "N0", beds = 100 }]
[[rule]]
id = "members"
kind = "membership"
per = "county"
facilities = { kinds = ["ems.station"] }
having = { role = "ems.network" }
"""


def plan() -> Plan:
    """A plan with rules of every kind."""
    content = tomllib.loads(PLAN)
    for rule in content["rule"]:
        rule |= {"title": {"zh": "规则", "en": "A rule"}, "section": "1"}
    return Plan.model_validate(content)


def world(seed: int, *, rough: bool = False, points: int = 40, **columns: Any) -> Study:
    """Three counties of 2 x 6 km on a random network with one-way streets, 12 facilities, people anywhere, some of them
    outside. ``rough``: some stations are known to 0.7 km only."""
    rng = np.random.default_rng(seed)
    rows = [_facility(rng, rough) for _ in range(12)]
    if not any(row["kind"] == "ems.station" and row["status"] == "open" for row in rows):
        rows[0] |= {"kind": "ems.station", "status": "open"}
    complete = ["ems.station", "hospital.general", "cdc"] if rng.random() < 0.7 else ["cdc"]
    network = random_network(int(rng.integers(1000)), side=SIDE)
    network = replace(network, name=rng.choice(["东路", "西路", ""], network.edges).astype("U8"))
    made = study(rows, _people(rng, points), network=network, complete_kinds=complete, **columns)
    counties = gpd.GeoDataFrame(
        {"county": COUNTIES, "code": "", "city": "手工市"},
        geometry=[rectangle(2 * i, -0.5, 2 * i + 2, 6.5) for i in range(3)],
        crs=METRIC,
    )
    grounds = [rectangle(west, -0.5, west + 1, 6.5) for west in TOWNSHIPS.values()]
    townships = gpd.GeoDataFrame(
        {
            "township": list(TOWNSHIPS),
            "county": [COUNTIES[int(west // 2)] for west in TOWNSHIPS.values()],
            "kind": ["street" if "街道" in name else "town" for name in TOWNSHIPS],
        },
        geometry=grounds,
        crs=METRIC,
    )
    made = replace(
        made,
        counties=Layer("boundaries", counties, "surveyed"),
        townships=Layer("townships", townships, "surveyed"),
        urban_area=rectangle(0, 0, 3, 3),
    )
    seats = [{"county": name, **_seat(i)} for i, name in enumerate(COUNTIES)]
    beds = [{"county": name, "total": str(10 + 5 * i)} for i, name in enumerate(COUNTIES)]
    return with_tables(made, seats=seats, beds=beds)


def _seat(county: int) -> dict[str, str]:
    lon, lat = degrees(2 * county + 1, 3)
    return {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}"}


def _facility(rng: np.random.Generator, rough: bool) -> dict[str, Any]:
    x, y = rng.uniform(0, 6), rng.uniform(0, 6)
    vague = rough and rng.random() < 0.4
    unlocated = rng.random() < 0.05
    return facility(
        None if unlocated else x,
        y,
        kind=str(rng.choice(KINDS)),
        county=COUNTIES[int(x // 2)],
        township=list(TOWNSHIPS)[int(x)],
        roles=str(rng.choice(["", "ems.network"])),
        level=str(rng.choice(["", "primary", "secondary", "tertiary"])),
        run_by=str(rng.choice(["county", "city", ""])),
        beds=float(rng.integers(0, 200)) if rng.random() < 0.7 else np.nan,
        ambulances=float(rng.integers(0, 4)) if rng.random() < 0.7 else np.nan,
        status=str(rng.choice(["open", "open", "open", "planned", ""])),
        **({"precision": "township", "uncertainty_km": 0.7} if vague and not unlocated else {}),
    )


def _people(rng: np.random.Generator, points: int) -> gpd.GeoDataFrame:
    x, y = rng.uniform(-0.3, 6.3, points), rng.uniform(0, 6, points)
    inside = (x >= 0) & (x < 6)
    county = np.where(inside, np.array(COUNTIES)[np.clip(x // 2, 0, 2).astype(int)], "").astype(object)
    township = np.where(inside, np.array(list(TOWNSHIPS))[np.clip(x, 0, 5).astype(int)], "").astype(object)
    zone = np.where(inside, np.where((x < 3) & (y < 3), "urban", "township"), "").astype(object)
    return gpd.GeoDataFrame(
        {
            "residents": np.round(rng.lognormal(4.0, 1.0, points)) * (rng.random(points) > 0.1),
            "county": county,
            "township": township,
            "zone": zone,
        },
        geometry=[shapely.Point(EAST + 1000 * one, NORTH + 1000 * other) for one, other in zip(x, y, strict=True)],
        crs=METRIC,
    )


def scenario(seed: int, made: Study, most: int = 4) -> Scenario:
    """One to ``most`` changes of any kind; some cannot be made of the study."""
    rng = np.random.default_rng(seed)
    ids = list(made.facilities.frame["id"])
    return Scenario(f"drawn {seed}", tuple(_change(rng, ids, number) for number in range(rng.integers(1, most + 1))))


def _change(rng: np.random.Generator, ids: list[str], number: int) -> Change:
    name, (lon, lat) = str(rng.choice(ids)), degrees(rng.uniform(0.05, 5.95), rng.uniform(0, 6))
    area = corners(*(west_south := rng.uniform(0, 4, 2)), *(west_south + rng.uniform(0.5, 2.5, 2)))
    ways = rng.choice(["open", "open", "close", "close", "move", "upgrade", "ambulances", "speed", "road", "residents"])
    if ways == "open":
        kind = str(rng.choice(KINDS))
        return Open(name=f"N{number}", lon=lon, lat=lat, kind=kind, ambulances=2.0, beds=80.0, roles=("ems.network",))
    if ways == "close":
        return Close(facility=name)
    if ways == "move":
        return Move(facility=name, lon=lon, lat=lat)
    if ways == "upgrade":
        return Upgrade(facility=name, kind=str(rng.choice(KINDS)), level="secondary", beds=300.0)
    if ways == "ambulances":
        return SetAmbulances(facility=name, ambulances=float(rng.integers(0, 6)))
    if ways == "speed":
        classes = tuple(str(one) for one in rng.choice(CLASSES, rng.integers(0, 3), replace=False))
        factor = float(rng.choice([0.5, 0.8, 1.25, 2.0]))
        return SpeedChange(factor=factor, classes=classes, area=area if rng.random() < 0.5 else None)
    if ways == "road":
        return CloseRoad(area=area) if rng.random() < 0.5 else CloseRoad(name="东路", area=area)
    if rng.random() < 0.3:
        return Residents(add=500.0, area=area)
    counties = (str(rng.choice(COUNTIES)),) if rng.random() < 0.6 else ()
    return Residents(factor=float(rng.choice([0.0, 0.5, 1.1, 3.0])), counties=counties)
