"""The made-up prefecture with all that plans ask about: 2,000 facilities of all kinds, townships, and every table that
one of the embedded plans reads."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from graphs import METRIC, Roads
from prefecture import COUNTIES, PLACES, STUDY, write_prefecture

from carereach.coverage.rules import embedded_plans, read_plan
from carereach.coverage.tables import Need, needs_of

FACILITIES = 2_000
TOWNS = 15
KINDS = {
    "ems.station": 0.075,
    "ems.centre": 0.004,
    "hospital.general": 0.02,
    "hospital.tcm": 0.007,
    "hospital.psychiatric": 0.005,
    "hospital.specialist": 0.01,
    "mch": 0.004,
    "cdc": 0.004,
    "blood.fixed": 0.005,
    "blood.storage": 0.002,
    "primary.township": 0.05,
    "primary.community": 0.02,
    "primary.community.station": 0.05,
    "primary.village": 1.0,  # the rest
}
LEVELS = ("tertiary A", "tertiary", "secondary A", "secondary", "primary", "")
RUN_BY = ("city", "county", "township", "private")
MORE = """
[townships]
path = "townships.geojson"
grade = "assumed"
"""


def write_whole(
    folder: Path,
    roads: Roads,
    places: int = PLACES,
    facilities: int = FACILITIES,
    seed: int = 3,
    plans: Sequence[str] = (),
) -> Path:
    """Writes the study into ``folder``, always the same for the same seed; it names ``plans``, or all embedded ones."""
    write_prefecture(folder, roads, places, stations=1)
    rng = np.random.default_rng(seed)
    towns = _townships(roads)
    towns.to_crs(4326).to_file(folder / "townships.geojson", driver="GeoJSON")
    listed = _facilities(rng, towns, facilities)
    listed.to_csv(folder / "facilities.csv", index=False)
    plans = plans or embedded_plans()
    needs = {need for name in plans for rule in read_plan(name, folder).rule for need in needs_of(rule)}
    tables = sorted({need.table for need in needs})
    for table in tables:
        asked = sorted((need for need in needs if need.table == table), key=lambda need: (need.column, need.value))
        _table(rng, table, asked, towns, listed).to_csv(folder / f"{table}.csv", index=False)
    named = "".join(f'\n[tables.{table}]\npath = "{table}.csv"\ngrade = "assumed"\n' for table in tables)
    text = STUDY.replace('["yulin"]', str(list(plans))).replace('["ems.station", "ems.centre"]', str(list(KINDS)))
    (folder / "study.toml").write_text(text.replace("'", '"') + MORE + named, encoding="utf-8")
    return folder


def _townships(roads: Roads) -> gpd.GeoDataFrame:
    """Every county cut into boxes from south to north, the first a street."""
    low, high = roads.xy.min(axis=0), roads.xy.max(axis=0)
    cuts, rows = np.linspace(low[0], high[0], len(COUNTIES) + 1), np.linspace(low[1], high[1], TOWNS + 1)
    cells = list(product(range(len(COUNTIES)), range(TOWNS)))
    columns = {
        "township": [f"{COUNTIES[i]}{j}{'街道' if j == 0 else '镇'}" for i, j in cells],
        "county": [COUNTIES[i] for i, _ in cells],
        "kind": ["street" if j == 0 else "town" for _, j in cells],
    }
    shapes = [shapely.box(cuts[i], rows[j], cuts[i + 1], rows[j + 1]) for i, j in cells]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=METRIC)


def _facilities(rng: np.random.Generator, towns: gpd.GeoDataFrame, count: int) -> pd.DataFrame:
    kinds = [kind for kind, share in KINDS.items() for _ in range(round(share * count))][:count]
    at = rng.integers(0, len(towns), count)
    bounds = towns.geometry.bounds.to_numpy()[at]
    xy = bounds[:, :2] + rng.random((count, 2)) * (bounds[:, 2:] - bounds[:, :2])
    degrees = gpd.GeoSeries(shapely.points(xy), crs=METRIC).to_crs(4326)
    return pd.DataFrame(
        {
            "id": [f"f{i}" for i in range(count)],
            "name": [f"机构{i}" for i in range(count)],
            "kind": kinds,
            "level": rng.choice(LEVELS, count),
            "run_by": rng.choice(RUN_BY, count),
            "roles": rng.choice(["ems.network", ""], count),
            "county": towns["county"].to_numpy()[at],
            "township": towns["township"].to_numpy()[at],
            "beds": rng.integers(10, 500, count),
            "ambulances": np.where(np.isin(kinds, ["ems.station", "hospital.general"]), 2, 0),
            "status": rng.choice(["open", "open", "open", "planned"], count),
            "lon": np.round(degrees.x, 7),
            "lat": np.round(degrees.y, 7),
            "precision": "exact",
        }
    )


def _table(
    rng: np.random.Generator, table: str, needs: list[Need], towns: gpd.GeoDataFrame, listed: pd.DataFrame
) -> pd.DataFrame:
    """A row for every unit or facility that a table is about, its cells drawn by chance."""
    if table == "seats":
        middle = towns.dissolve("county").representative_point().to_crs(4326)
        return pd.DataFrame({"county": middle.index, "lon": middle.x.round(6), "lat": middle.y.round(6)})
    if any(need.key == "facility" for need in needs):
        keys = listed[["id", "name", "county"]].copy()
    elif table == "villages":
        keys = pd.DataFrame(towns[["county", "township"]]).merge(
            pd.DataFrame({"village": [f"村{i}" for i in range(TOWNS)]}), how="cross"
        )
    elif table == "townships":
        keys = pd.DataFrame(towns[["county", "township"]])
    else:
        keys = pd.DataFrame({"county": COUNTIES})
    draw = {
        "yes": lambda: rng.choice(["是", "否", ""], len(keys)),
        "word": lambda: rng.choice(["精品", "标准"], len(keys)),
        "number": lambda: rng.integers(1, 900_000 if table == "population" else 100, len(keys)),
    }
    return keys.assign(**{need.column: draw[need.value]() for need in needs})
