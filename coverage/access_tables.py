"""Access and equity by area: the city, its zones, counties and townships."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .access import SERVICES, Access, Service, points_of, services_of
from .equity import gini, palma, theil
from .facts import Facts, Zone
from .results import ZONES
from .statistics import weighted_mean

Bools = NDArray[np.bool_]
EQUITY_COLUMNS = [
    "level", "unit", "county", "residents", "left_out", "mean_min", "mean_ratio", "gini", "palma", "theil",
    "theil_within_counties", "theil_between_counties", "theil_within_zones", "theil_between_zones",
    "theil_share_percent",
]  # fmt: skip


@dataclass(frozen=True)
class Area:
    """An area: its demand points (D,)."""

    level: str
    unit: str
    county: str
    here: Bools


def access_of(facts: Facts) -> Access:
    """What is within reach of each place and area, and how unequal response minutes are."""
    services, demand = services_of(facts), facts.demand
    areas = list(_areas(facts))
    found = {each.key for each in services}
    people = pd.DataFrame({name: demand[name].to_numpy() for name in ("residents", "county", "zone")})
    inside = people.assign(minutes=facts.minutes())[facts.inside("all")]
    counties = [str(name) for name in facts.study.counties.frame["county"]]
    return Access(
        services=services,
        absent=tuple(key for key in SERVICES if key not in found),
        points=points_of(services, demand.index),
        table=pd.DataFrame([_row(facts, services, area) for area in areas]),
        equity=equity_of(inside, facts.study.city, counties),
        decay=facts.study.settings.access.decay,
    )


def _areas(facts: Facts) -> Iterator[Area]:
    demand = facts.demand
    county, township = (demand[name].to_numpy(dtype=object) for name in ("county", "township"))
    zones: tuple[Zone, ...] = ("urban", "township")
    yield Area("city", facts.study.city, "", facts.inside("all"))
    if all(facts.inside(zone).any() for zone in zones):
        yield from (Area("zone", zone, "", facts.inside(zone)) for zone in zones)
    for name in facts.study.counties.frame["county"]:
        yield Area("county", str(name), str(name), facts.inside("all", str(name)))
    known = demand[(demand["county"] != "") & (demand["township"] != "")]
    for of, name in known[["county", "township"]].drop_duplicates().itertuples(index=False, name=None):
        yield Area("township", str(name), str(of), np.asarray((county == of) & (township == name), dtype=np.bool_))


def _row(facts: Facts, services: tuple[Service, ...], area: Area) -> dict[str, object]:
    residents = facts.demand["residents"].to_numpy(dtype=float)[area.here]
    people = float(residents.sum())
    row: dict[str, object] = {"level": area.level, "unit": area.unit, "county": area.county, "residents": people}
    for service in services:
        total = _standing(facts, service, area)
        index = service.index[area.here]
        none = float(residents[index == 0].sum())
        row |= {
            f"{service.stem}_total": total,
            f"{service.stem}_ratio_per_{service.per}": service.per * total / people if people else math.nan,
            service.column: weighted_mean(index, residents),
            f"{service.stem}_none_percent": 100.0 * none / people if people else math.nan,
            service.gravity_column: weighted_mean(service.gravity[area.here], residents),
            f"{service.stem}_gini": gini(index, residents) if none < people else math.nan,
        }
    return row


def _standing(facts: Facts, service: Service, area: Area) -> float:
    """What stands in an area; NaN where a facility may stand in it or not, as its own area is not known."""
    places, offers = service.places, service.places["offers"].to_numpy(dtype=float)
    county = places["county"].to_numpy(dtype=object)
    geometry = places["geometry"].to_numpy()
    nowhere = (county == "") & (shapely.is_missing(geometry) | shapely.is_empty(geometry))
    if area.level == "city":
        return float(offers[(county != "") | nowhere].sum())
    if nowhere.any():
        return math.nan
    if area.level == "county":
        return float(offers[county == area.county].sum())
    if area.level == "township":
        township = places["township"].to_numpy(dtype=object)
        unknown = (county == area.county) & (township == "")
        return math.nan if unknown.any() else float(offers[(county == area.county) & (township == area.unit)].sum())
    zone: Zone = "urban" if area.unit == "urban" else "township"
    ground = facts.area(zone)
    if ground is None or shapely.is_missing(geometry[county != ""]).any():
        return math.nan
    return float(offers[(county != "") & np.asarray(shapely.covers(ground, geometry), dtype=bool)].sum())


def equity_of(people: pd.DataFrame, city: str, counties: Iterable[str]) -> pd.DataFrame:
    """Inequality of response minutes, one row per city, zone and county.

    ``people``: ``minutes`` (inf: not reached), ``residents``, ``county`` and ``zone`` of each place inside the
    counties. Those who are not reached are in ``residents`` and ``left_out``, and in no measure. ``mean_ratio``: the
    mean over that of the city. ``theil_share_percent``: the share of the city's Theil index that lies inside the unit;
    the counties' shares and what lies between them make 100 %.
    """
    zones = [zone for zone in ZONES if (people["zone"] == zone).any()]
    zoned = len(zones) == len(ZONES)
    areas = [("city", city, "", people)]
    areas += [("zone", zone, "", people[people["zone"] == zone]) for zone in zones if zoned]
    areas += [("county", name, name, people[people["county"] == name]) for name in counties]
    rows = [
        {"level": level, "unit": unit, "county": county} | _inequality(part, zoned)
        for level, unit, county, part in areas
    ]
    table = pd.DataFrame(rows, columns=[*EQUITY_COLUMNS, "_held"])
    whole = table.iloc[0]
    table["mean_ratio"] = table["mean_min"] / (whole["mean_min"] or math.nan)
    table["theil_share_percent"] = 100.0 * table["_held"] / (whole["_held"] or math.nan)
    return table.drop(columns="_held")


def _inequality(part: pd.DataFrame, zoned: bool) -> dict[str, object]:
    minutes, residents = (part[name].to_numpy(dtype=float) for name in ("minutes", "residents"))
    reached = np.isfinite(minutes)
    row: dict[str, object] = {"residents": float(residents.sum()), "left_out": float(residents[~reached].sum())}
    counted = part[reached & (residents > 0)]
    value, people = (counted[name].to_numpy(dtype=float) for name in ("minutes", "residents"))
    if not people.size:
        return row
    by_county, by_zone = (theil(value, people, counted[name].to_numpy(dtype=object)) for name in ("county", "zone"))
    row |= {
        "mean_min": weighted_mean(value, people),
        "gini": gini(value, people),
        "palma": palma(value, people),
        "theil": by_county.total,
        "theil_within_counties": by_county.within,
        "theil_between_counties": by_county.between,
        "_held": float(value @ people) * by_county.total,
    }
    if zoned:
        row |= {"theil_within_zones": by_zone.within, "theil_between_zones": by_zone.between}
    return row
