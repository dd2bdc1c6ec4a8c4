"""A hand-made Access for the hand-made assessments: hospital beds over 30 points, stations as mere counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from assessments import SOUTH, WEST, assessment, demand
from shapely.geometry import Point

from carereach.coverage.access import Access, Service, points_of
from carereach.coverage.access_tables import equity_of
from carereach.coverage.results import Assessment
from carereach.texts import Message

ROWS = [("city", "示例市", ""), ("zone", "urban", ""), ("zone", "township", "")]


def services() -> tuple[Service, ...]:
    """Beds grow from 0 to 5.8 per 1,000 by point, the last two points have none; one station for each 100,000."""
    index = np.where(np.arange(30) < 28, 0.2 * np.arange(30), 0.0)
    points = [Point(WEST + 30_000, SOUTH + 9_000), Point(WEST + 9_000, SOUTH + 4_000)]
    places = pd.DataFrame({"county": ["东县", "西县"], "offers": [120.0, 80.0], "geometry": points})
    counted = Message("access.counted", {"what": Message("access.hospital"), "count": 2, "total": 2, "minutes": 60.0})
    hospital = Service(
        key="hospital", supply="beds", within_min=60.0, places=places, takes_part=np.array([True, True]), index=index,
        gravity=index / 2, notes=(counted,),
    )  # fmt: skip
    flat = np.ones(30)
    return hospital, replace(hospital, key="emergency", supply="facilities", index=flat, gravity=flat, notes=())


def access(names: tuple[str, ...] = ("东县", "西县")) -> Access:
    """City, zones and counties; what stands in the zones is not known, and the second county's ratio neither."""
    made, people = services(), demand(names)
    areas = [*ROWS, *(("county", name, name) for name in names), ("township", "某镇", names[0])]
    table = pd.DataFrame(areas, columns=["level", "unit", "county"]).assign(residents=23_456.4)
    for each in made:
        table[f"{each.stem}_total"] = [200.0, np.nan, np.nan, *[100.0] * len(names), np.nan]
        table[f"{each.stem}_ratio_per_{each.per}"] = [4.26, np.nan, np.nan, *[8.526] * len(names), np.inf]
        table[each.column] = [0.5 * (1 + place) for place in range(len(areas))]
        table[f"{each.stem}_none_percent"] = 12.5
        table[each.gravity_column] = 1.25
        table[f"{each.stem}_gini"] = 0.3123
    minutes = people.assign(minutes=people["response_min"])
    return Access(
        services=made, absent=("primary",), points=points_of(made, people.index), table=table,
        equity=equity_of(pd.DataFrame(minutes), "示例市", names), decay="gaussian",
    )  # fmt: skip


def with_access(names: tuple[str, ...] = ("东县", "西县"), **changes: Any) -> Assessment:
    """The hand-made assessment with access."""
    return assessment(**({"access": access(names)} | changes))
