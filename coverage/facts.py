"""What the rules are judged on: stations, times at each speed and placement, zones, and how sure each layer is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from ..layers.roads.network import RoadNetwork
from ..layers.roads.speeds import LEVELS, Level
from ..layers.study import Study, speed_table
from ..texts import Message
from .choices import Choices
from .parameters import PRECISE, ResponseModel, response_model
from .results import Evidence
from .tables import Columns
from .times import nearest

Placement = Literal["nearer", "stated", "farther", "precise"]
Zone = Literal["urban", "township", "all"]
Run = tuple[Level, Placement]
T = TypeVar("T")
PLACED: Run = ("central", "stated")
UNCLASSED = "unclassed road"
DECIDING_RUNS: tuple[Run, ...] = (PLACED, ("low", "stated"), ("high", "stated"))
PRECISE_ONLY: Run = ("central", "precise")
PLACEMENT_RUNS: tuple[Run, ...] = (
    PRECISE_ONLY,
    ("central", "farther"),
    ("central", "nearer"),
    ("low", "farther"),
    ("high", "nearer"),
)


@dataclass(frozen=True)
class Stations:
    """The facilities that send ambulances: the open ones with a place (``located``) and without (``unlocated``), and
    those of which nobody says whether they are open (``unsure``).

    ``listed``: the lists claim to hold every facility of the kinds that are stations here. ``assumed``: that they act
    as stations is an assumption of the study.
    """

    located: gpd.GeoDataFrame
    unlocated: pd.DataFrame
    unsure: pd.DataFrame
    listed: bool
    assumed: bool

    @property
    def complete(self) -> bool:
        """Whether no station can be missing from ``located``."""
        return self.listed and self.unlocated.empty and self.unsure.empty

    @cached_property
    def precise(self) -> NDArray[np.bool_]:
        """Which of the located stand at their point, not only somewhere near it (seat, township, county)."""
        return np.asarray(self.located["precision"].isin(PRECISE), dtype=np.bool_)

    @cached_property
    def imprecise(self) -> bool:
        """Whether any station stands only somewhere near its point."""
        return bool((~self.precise).any())

    @cached_property
    def blur_km(self) -> NDArray[np.float64]:
        """How far from its point each located station may stand; zero where it is precise."""
        return np.where(self.precise, 0.0, self.located["uncertainty_km"].to_numpy(dtype=float))


@dataclass(frozen=True)
class Facts:
    """All that an evaluator may look at. ``runs`` maps (speed level, placement) to a frame in the order of demand:
    ``minutes`` (response, with everything before the wheels roll), ``station`` and ``road_km``; the placement
    "precise" leaves out the stations that are only known roughly. ``straight_km`` (D,) is the distance to the nearest
    station as the crow flies. ``columns`` reads the optional tables. ``memo`` keeps journeys and selections,
    so that rules about the same facilities, and other readings of them, search once."""

    study: Study
    choices: Choices
    model: ResponseModel
    stations: Stations
    runs: dict[Run, pd.DataFrame]
    straight_km: NDArray[np.float64]
    columns: Columns = field(default_factory=lambda: Columns({}))
    memo: dict[object, Any] = field(default_factory=dict)

    @property
    def demand(self) -> gpd.GeoDataFrame:
        return self.study.people.frame

    @property
    def basis(self) -> tuple[Message, ...]:
        """What every result about times must say of the parameters and the places it rests on."""
        said = self.model.unverified
        return (*self.study.said, *((said,) if said else ()))

    def minutes(self, run: Run = PLACED) -> NDArray[np.float64]:
        """Response minutes of each demand point in one run."""
        return self.runs[run]["minutes"].to_numpy()

    def under(self, code: str, reading: str) -> Facts:
        """The same facts as they are judged under another reading of a choice."""
        choices = Choices({**self.choices.named, code: reading})
        if code != "C3":
            return replace(self, choices=choices)
        settings = self.study.settings
        model = response_model(settings, reading, speed_table(settings))
        later = model.before_wheels_min - self.model.before_wheels_min
        runs = {run: frame.assign(minutes=frame["minutes"] + later) for run, frame in self.runs.items()}
        return replace(self, choices=choices, model=model, runs=runs)

    def once(self, key: object, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once for each key; keys begin with the name of what is kept."""
        if key not in self.memo:
            self.memo[key] = make()
        kept: T = self.memo[key]
        return kept

    def residents(self, county: str | None = None) -> float:
        """People of the people layer who live in one county, or in the whole study."""
        here = self.inside("all", county)
        return self.once(("residents", county), lambda: whole_people(self.demand["residents"].to_numpy()[here].sum()))

    def inside(self, zone: Zone, county: str | None = None) -> NDArray[np.bool_]:
        """Demand points inside the study, of one zone and one county (None: any)."""
        return self.once(("inside", zone, county), lambda: self._inside(zone, county))

    def _inside(self, zone: Zone, county: str | None) -> NDArray[np.bool_]:
        frame = self.demand
        chosen = (frame["county"] != "").to_numpy()
        if zone != "all":
            chosen = chosen & (frame["zone"] == zone).to_numpy()
        if county is not None:
            chosen = chosen & (frame["county"] == county).to_numpy()
        return np.asarray(chosen, dtype=bool)

    def area(self, zone: Zone, county: str | None = None) -> BaseGeometry | None:
        """The ground of a zone; None where no zone is known, or where its people are known but not its ground."""
        urban = self.study.urban_area
        if zone != "all" and (urban is None or (urban.is_empty and self.inside("urban").any())):
            return None
        return self.once(("area", zone, county), lambda: self._area(zone, county))

    def _area(self, zone: Zone, county: str | None) -> BaseGeometry:
        counties, urban = self.study.counties.frame, self.study.urban_area
        chosen = counties if county is None else counties[counties["county"] == county]
        ground: BaseGeometry = chosen.union_all()
        if zone == "all" or urban is None:
            return ground
        cut: BaseGeometry = ground.intersection(urban) if zone == "urban" else ground.difference(urban)
        return cut

    def complete(self, kinds: tuple[str, ...]) -> bool:
        """Whether the facility lists claim to hold every facility of these kinds."""
        return set(kinds) <= self.study.complete_kinds

    def evidence(self, *layers: str, roughly_placed: bool = True) -> tuple[Evidence, ...]:
        """Grades of the layers a verdict stands on; not ``roughly_placed``: the precise stations alone decide it."""
        return tuple(_evidence(self, layer, roughly_placed) for layer in layers)


def _evidence(facts: Facts, name: str, roughly_placed: bool) -> Evidence:
    if name == "roads":
        return Evidence(name, facts.study.settings.roads.grade, facts.study.settings.roads.source)
    if name == "zones":
        return Evidence(name, facts.study.zone_grade, facts.study.settings.zones.source)
    if name == "stations":
        layer = facts.study.facilities
        assumed = facts.stations.assumed or (roughly_placed and facts.stations.imprecise)
        return Evidence(name, "assumed" if assumed else layer.grade, layer.source)
    layer = {"people": facts.study.people, "facilities": facts.study.facilities, "boundaries": facts.study.counties}[
        name
    ]
    return Evidence(name, layer.grade, layer.source)


def whole_people(residents: float) -> float:
    """A sum of residents to the millionth: cells scaled to a census of 1,200,000 add up to that, not to a hair more,
    and a unit on the edge of a band or with just as many beds as it needs stands where it belongs."""
    return round(float(residents), 6)


def stations_of(study: Study) -> Stations:
    """The stations that the study's ``[stations]`` table selects.

    A role is known only of the facilities a list holds, so a list is complete for them if it claims every facility of
    each kind that the role was seen with.
    """
    wanted, frame = study.settings.stations, study.facilities.frame
    chosen = frame["kind"].isin(wanted.kinds).to_numpy()
    if wanted.roles:
        roles = (bool(set(given.split(";")) & set(wanted.roles)) for given in frame["roles"])
        chosen = chosen | np.fromiter(roles, dtype=bool, count=len(frame))
    status, points = frame["status"].to_numpy(dtype=object), frame.geometry.to_numpy()
    is_open, placed = status == "open", ~(shapely.is_missing(points) | shapely.is_empty(points))
    plain, located = pd.DataFrame(frame), frame[chosen & is_open & placed]
    nowhere, unsure = chosen & is_open & ~placed, chosen & (status == "")
    kinds = {*wanted.kinds, *frame["kind"].to_numpy(dtype=object)[chosen]}
    return Stations(
        located.iloc[np.argsort(located["id"].to_numpy(dtype=object), kind="stable")],
        plain[nowhere].drop(columns="geometry"),
        plain[unsure].drop(columns="geometry"),
        listed=bool(kinds) and kinds <= study.complete_kinds,
        assumed=wanted.assumption is not None,
    )


def travel_runs(
    roads: RoadNetwork, model: ResponseModel, stations: Stations, demand: gpd.GeoDataFrame
) -> dict[Run, pd.DataFrame]:
    """Response times at low, central and high speeds, and where stations are imprecise also farther and nearer.

    A station known to r km may stand r km farther or nearer: r x detour at the unclassed speed of that level.
    """
    networks = {level: roads.at_speeds(model.speeds, level) for level in LEVELS}
    return {run: _one_run(networks[run[0]], model, stations, demand, run) for run in runs_of(stations)}


def runs_of(stations: Stations) -> tuple[Run, ...]:
    """The runs that these stations need."""
    return DECIDING_RUNS + (PLACEMENT_RUNS if stations.imprecise else ())


def blur_min(model: ResponseModel, blur_km: NDArray[np.float64], level: Level) -> NDArray[np.float64]:
    """Minutes farther or nearer than its point that a station known to so many km may stand."""
    kph = model.speeds.kph(np.array([UNCLASSED]), np.array([np.nan]), level)[0]
    return np.asarray(blur_km * model.access.detour / kph * 60.0, dtype=np.float64)


def _one_run(
    roads: RoadNetwork, model: ResponseModel, stations: Stations, demand: gpd.GeoDataFrame, run: Run
) -> pd.DataFrame:
    level, placement = run
    located = stations.located[stations.precise] if placement == "precise" else stations.located
    margin = blur_min(model, stations.blur_km, level)
    begin = margin if placement == "farther" else np.zeros(len(located))
    found = nearest(roads, located, demand, access=model.access, start_min=begin)
    sooner = float(margin.max()) if placement == "nearer" and len(margin) else 0.0
    minutes, station, km, off_road_km = (found[name] for name in ("minutes", "facility", "km", "off_road_km"))
    frame = responses(minutes.to_numpy(), station.to_numpy(), km.to_numpy(), off_road_km.to_numpy(), model, sooner)
    return frame.set_index(demand.index)


def responses(
    minutes: NDArray[np.float64],
    station: NDArray[np.object_],
    km: NDArray[np.float64],
    off_road_km: NDArray[np.float64],
    model: ResponseModel,
    sooner_min: float,
) -> pd.DataFrame:
    """The frame of a run from minutes and km of the ways; ``sooner_min`` is taken off every way.

    Minutes and km are those of single precision, so that they are the same from tables kept as such."""
    later = np.maximum(single(minutes) - sooner_min, 0.0) + model.before_wheels_min
    return pd.DataFrame(
        {
            "minutes": later,
            "station": pd.Series(station, dtype=object),
            "road_km": single(km),
            "off_road_km": off_road_km,
        }
    )


def single(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values as single precision keeps them."""
    return values.astype(np.float32).astype(np.float64)


def straight_km(stations: gpd.GeoDataFrame, demand: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Distance of each demand point to the nearest station as the crow flies, in km; inf without any."""
    if stations.empty:
        return np.full(len(demand), np.inf)
    tree = shapely.STRtree(stations.geometry.to_numpy())
    (point, _), metres = tree.query_nearest(demand.geometry.to_numpy(), return_distance=True)
    nearest_m = np.full(len(demand), np.inf)
    np.minimum.at(nearest_m, point, metres)
    return nearest_m / 1000.0
