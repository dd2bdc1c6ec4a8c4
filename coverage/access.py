"""How much care is within reach of each place, and how unequally response times are shared: an assessment's own tables.

Three services, each with its catchment: hospitals for everybody and health centres, to which residents make their own
way; and emergency stations, whose ambulances come. Only facilities and residents inside the study's counties take part,
so what residents receive adds up to what is reached (docs/access.md says what that means near the border). Capacity is
the beds or ambulances of the list where every open facility of the service states them; else each counts as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from ..layers.roads.legs import Costs
from ..layers.settings import AccessTable, StudyFile
from ..texts import Message
from .catchment import Decay, gravity, two_step
from .facts import Facts
from .parameters import PRECISE, Parameter
from .times import block_minutes, snap_points

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
ServiceKey = Literal["hospital", "primary", "emergency"]
Supply = Literal["beds", "ambulances", "facilities"]
SERVICES: tuple[ServiceKey, ...] = ("hospital", "primary", "emergency")
PER: dict[Supply, int] = {"beds": 1_000, "ambulances": 100_000, "facilities": 100_000}
ZONE_WEIGHTS = (1.0, 0.68, 0.22)  # Luo and Qi 2009, the slow decay; by thirds of the catchment
ROWS_AT_ONCE = 64
_OURS = AccessTable()
DEFAULTS = (
    Parameter("access.hospital_min", _OURS.hospital_min, "min", "unverified", "our assumption: within the hour"),
    Parameter("access.primary_min", _OURS.primary_min, "min", "seen", "Luo and Wang 2003, doi:10.1068/b29120"),
    Parameter("access.emergency_min", _OURS.emergency_min, "min", "unverified", "our assumption: within half an hour"),
    Parameter("access.impedance", _OURS.impedance, "", "unverified", "our assumption: no value is agreed on"),
)


@dataclass(frozen=True)
class Service:
    """One service. ``places``: its open facilities, of any county or none, with ``offers`` (in ``supply``);
    ``takes_part`` those of them that stand at a known place inside the counties.

    ``index`` (2SFCA) and ``gravity`` are for each demand point, in ``supply`` per ``per`` residents; NaN outside the
    counties. ``notes`` say what was counted and what is missing.
    """

    key: ServiceKey
    supply: Supply
    within_min: float
    places: pd.DataFrame
    takes_part: Bools
    index: Floats
    gravity: Floats
    notes: tuple[Message, ...]

    @property
    def per(self) -> int:
        """The number of residents that figures are given for."""
        return PER[self.supply]

    @property
    def stem(self) -> str:
        """How the columns about this service begin."""
        return f"{self.key}_{self.supply}"

    @property
    def column(self) -> str:
        """The column of the floating catchment index."""
        return f"{self.stem}_per_{self.per}"

    @property
    def gravity_column(self) -> str:
        """The column of the gravity measure."""
        return f"{self.stem}_gravity_per_{self.per}"


@dataclass(frozen=True)
class Access:
    """What is within reach, and how equally.

    ``points``: the indices of the services by demand point, one column each. ``table``: one row per area (city, zones,
    counties, townships) with, for each service, what stands there, the ratio to its residents, the mean of the index,
    the share of residents without anything in reach, and the Gini coefficient of the index. ``equity``: one row per
    city, zone and county about response minutes. ``absent``: services of which the lists hold no open facility.
    """

    services: tuple[Service, ...]
    absent: tuple[ServiceKey, ...]
    points: pd.DataFrame
    table: pd.DataFrame
    equity: pd.DataFrame
    decay: str

    @cached_property
    def notes(self) -> tuple[Message, ...]:
        """What a reader must know of all services."""
        none = (Message("access.absent", {"what": Message(f"access.{key}")}) for key in self.absent)
        return (Message(f"access.decay-{self.decay}"), *(note for each in self.services for note in each.notes), *none)


def services_of(facts: Facts) -> tuple[Service, ...]:
    """The services of which the study's lists hold any open facility, with what is within reach of each place."""
    made = (_service(facts, key) for key in SERVICES)
    return tuple(service for service in made if service is not None)


def points_of(services: tuple[Service, ...], index: pd.Index) -> pd.DataFrame:
    """Two columns per service, in the order of demand."""
    columns = {each.column: each.index for each in services} | {each.gravity_column: each.gravity for each in services}
    return pd.DataFrame(columns, index=index)


def decay_of(settings: AccessTable, within_min: float) -> Decay | None:
    """The decay that the study chooses, over a catchment of ``within_min``."""
    if settings.decay == "zones":
        return [(within_min * (third + 1) / 3, weight) for third, weight in enumerate(ZONE_WEIGHTS)]
    return None if settings.decay == "equal" else settings.decay


def access_parameters(study: StudyFile) -> tuple[Parameter, ...]:
    """The numbers behind the catchments: the study's own, and our defaults with their sources."""
    values = {each.name: float(getattr(study.access, each.name.removeprefix("access."))) for each in DEFAULTS}
    return tuple(
        each
        if values[each.name] == each.value
        else replace(each, value=values[each.name], status="study", source=study.name)
        for each in DEFAULTS
    )


def _service(facts: Facts, key: ServiceKey) -> Service | None:
    settings = facts.study.settings.access
    places, unsure = _open_places(facts, key)
    if places.empty:
        return None
    capacity = "ambulances" if key == "emergency" else "beds"
    stated = places[capacity].notna()
    supply: Supply = "facilities"
    if stated.all():
        supply = "ambulances" if key == "emergency" else "beds"
    offers = places[capacity].to_numpy(dtype=float) if stated.all() else np.ones(len(places))
    places = places.assign(offers=offers)
    geometry = places["geometry"].to_numpy()
    placed = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    inside = (places["county"] != "").to_numpy()
    within_min = float(getattr(settings, f"{key}_min"))
    index, by_gravity = _within_reach(facts, key, places[placed & inside], within_min)
    outside = ~facts.inside("all")
    return Service(
        key=key,
        supply=supply,
        within_min=within_min,
        places=places,
        takes_part=np.asarray(placed & inside, dtype=np.bool_),
        index=np.where(outside, np.nan, index * PER[supply]),
        gravity=np.where(outside, np.nan, by_gravity * PER[supply]),
        notes=_notes(facts, key, places, placed, supply, int(stated.sum()), unsure, within_min),
    )


def _open_places(facts: Facts, key: ServiceKey) -> tuple[pd.DataFrame, int]:
    """The open facilities of a service, and how many more there are of which nobody says whether they are open.

    A campus counts with the institution that it is a part of."""
    if key == "emergency":
        stations = facts.stations
        unlocated = stations.unlocated.assign(geometry=None)
        parts = [frame for frame in (pd.DataFrame(stations.located), unlocated) if len(frame)]
        return pd.concat(parts) if parts else unlocated, len(stations.unsure)
    settings, frame = facts.study.settings.access, pd.DataFrame(facts.study.facilities.frame)
    kinds = settings.hospital_kinds if key == "hospital" else settings.primary_kinds
    chosen = frame["kind"].isin(kinds)
    if "parent" in frame:
        chosen &= frame["parent"] == ""
    return frame[chosen & (frame["status"] == "open")], int((chosen & (frame["status"] == "")).sum())


def _within_reach(facts: Facts, key: ServiceKey, places: pd.DataFrame, within_min: float) -> tuple[Floats, Floats]:
    """2SFCA and gravity per resident at each demand point. Both add up over facilities, so a few at a time."""
    settings = facts.study.settings.access
    residents = np.where(facts.inside("all"), facts.demand["residents"].to_numpy(dtype=float), 0.0)
    offers, decay = places["offers"].to_numpy(dtype=float), decay_of(settings, within_min)
    index, by_gravity = np.zeros(len(residents)), np.zeros(len(residents))
    for rows, minutes in _minutes(facts, key, gpd.GeoDataFrame(places, geometry="geometry", crs=facts.demand.crs)):
        index += two_step(minutes, offers[rows], residents, within_min, decay)
        by_gravity += gravity(minutes, offers[rows], residents, impedance=settings.impedance)
    return index, by_gravity


def _minutes(facts: Facts, key: ServiceKey, places: gpd.GeoDataFrame) -> Iterator[tuple[slice, Floats]]:
    """Minutes between each facility and each demand point, some facilities at a time: the response of a station, with
    all before the wheels roll, or the residents' own way to a hospital, without sirens; at central speeds."""
    if places.empty:
        return
    model, theirs = facts.model, key != "emergency"
    speeds = replace(model.speeds, emergency_factor=1.0) if theirs else model.speeds
    roads = facts.study.roads.at_speeds(speeds)
    costs = Costs(roads, model.access, reverse=theirs)
    at = snap_points(roads, places, model.access, "end" if theirs else "start")
    homes = (
        facts.once("demand snap", lambda: snap_points(roads, facts.demand, model.access, "start"))
        if theirs
        else snap_points(roads, facts.demand, model.access, "end")
    )
    begin = np.full(len(places), 0.0 if theirs else model.before_wheels_min)
    for rows, block in block_minutes(costs, at, homes, begin):
        for first in range(0, len(block), ROWS_AT_ONCE):
            part = block[first : first + ROWS_AT_ONCE]
            yield slice(rows.start + first, rows.start + first + len(part)), part


def _notes(
    facts: Facts,
    key: ServiceKey,
    places: pd.DataFrame,
    placed: Bools,
    supply: Supply,
    stated: int,
    unsure: int,
    within_min: float,
) -> tuple[Message, ...]:
    what, total = Message(f"access.{key}"), len(places)
    inside = (places["county"] != "").to_numpy()
    rough = int((placed & inside & ~places["precision"].isin(PRECISE).to_numpy()).sum())
    kinds = facts.study.settings.access
    listed = {"hospital": kinds.hospital_kinds, "primary": kinds.primary_kinds}.get(key, ())
    complete = facts.stations.listed if key == "emergency" else set(listed) <= facts.study.complete_kinds
    counts = {"what": what, "count": int((placed & inside).sum()), "total": total, "minutes": within_min}
    said = [Message("access.counted", counts)]
    if supply == "facilities":
        capacity = Message("access.ambulances" if key == "emergency" else "access.beds")
        said.append(Message("access.each-one", {"what": what, "capacity": capacity, "known": stated, "total": total}))
    parts = (
        ("access.unplaced", int((~placed).sum())),
        ("access.outside", int((placed & ~inside).sum())),
        ("access.rough", rough),
        ("access.unsure", unsure),
        ("access.incomplete", 0 if complete else 1),
    )
    said += [Message(code, {"what": what, "count": count}) for code, count in parts if count]
    return tuple(said)
