"""Worlds as they may be: each draw sets the speeds, the waits before the wheels roll, and who lives where.

Draw k of a seed is the same whatever the number of draws, of workers, or the order in which scenarios come; so all
scenarios meet in the same worlds, and what differs between them in a draw is the scenario, not chance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from ..coverage.parameters import ResponseModel
from ..layers.roads.speeds import DrawnSpeeds, Kph, SpeedTable
from ..layers.settings import StudyFile
from ..layers.study import Study
from .uncertain import Distribution, distributions

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
SPEED = "speed."
WAITS = ("call_handling_min", "turnout_min")
M_A_KM = 1000.0


def triangular(quantile: float, low: float, central: float, high: float) -> float:
    """The value below which a triangular distribution has so much of its weight; exact where it has no spread."""
    if low == high:
        return central
    below = (central - low) / (high - low)
    if quantile < below:
        return low + float(np.sqrt(quantile * (high - low) * (central - low)))
    return high - float(np.sqrt((1.0 - quantile) * (high - low) * (high - central)))


@dataclass(frozen=True)
class Draw:
    """One world: km/h by road class, minutes by wait, and where its people's chances begin."""

    number: int
    kph: dict[str, float]
    minutes: dict[str, float]
    people: np.random.SeedSequence

    @classmethod
    def of(cls, settings: StudyFile, seed: int, number: int) -> Draw:
        """Draw ``number`` of a seed: that of ``SeedSequence(seed).spawn``, whatever came before."""
        speeds, waits, people = np.random.SeedSequence(seed, spawn_key=(number,)).spawn(3)
        every = distributions(settings)
        roads = [one for one in every if one.name.startswith(SPEED)]
        chances = np.random.default_rng(speeds).random(len(roads) + 1)
        quantiles = chances[1:] if settings.uncertainty.speeds == "by-class" else np.full(len(roads), chances[0])
        kph = {
            one.name.removeprefix(SPEED): _value(one, quantile)
            for one, quantile in zip(roads, quantiles.tolist(), strict=True)
        }
        held = {one.name: one for one in every if one.name in WAITS}
        chances = np.random.default_rng(waits).random(len(WAITS))
        minutes = {name: _value(held[name], chance) for name, chance in zip(WAITS, chances.tolist(), strict=True)}
        return cls(number, kph, minutes, people)

    def model(self, model: ResponseModel) -> ResponseModel:
        """The model as it is in this world."""
        parameters = tuple(
            replace(one, value=self.minutes[one.name]) if one.name in self.minutes else one for one in model.parameters
        )
        return replace(model, parameters=parameters, speeds=self._speeds(model.speeds))

    def _speeds(self, table: SpeedTable) -> DrawnSpeeds:
        classes = {name: _around(self.kph[name], kph) for name, kph in table.classes.items()}
        return DrawnSpeeds(
            classes,
            _around(self.kph["unclassed"], table.unclassed),
            table.use_maxspeed,
            table.emergency_factor,
            table.time_of_day_factor,
            table.source,
        )


def _value(distribution: Distribution, quantile: float) -> float:
    low, central, high = distribution.low, distribution.central, distribution.high
    assert low is not None and central is not None and high is not None
    return triangular(quantile, low, central, high)


def _around(drawn: float, kph: Kph) -> Kph:
    return drawn, kph[1], drawn


class PeopleDrawn:
    """The residents of a study's demand points as they may be.

    All points of a place have one factor: a township or, where none is known, a square. Within a county the places'
    factors leave its total as it is (within a township, where the study is calibrated to townships), and the county's
    own factor is on top. Points outside every county stay as they are. What is added has that of its place.
    """

    def __init__(self, study: Study) -> None:
        settings = study.settings
        self._spread = {one.name: one.spread or 0.0 for one in distributions(settings) if one.shape == "lognormal"}
        self._side_m = settings.uncertainty.patch_km * M_A_KM
        calibrated = settings.people.calibrate
        self._by_township = calibrated is not None and calibrated.unit == "township"
        keys = self._keys(study.people.frame)
        self._counties = pd.Index(np.unique(keys["county"].to_numpy(dtype=object)))
        self._wholes = pd.Index(np.unique(keys["whole"].to_numpy(dtype=object)))
        self._places = pd.Index(np.unique(keys["place"].to_numpy(dtype=object)))
        self._residents = study.people.frame["residents"].to_numpy(dtype=float)
        self._codes = self.codes(study.people.frame)

    def codes(self, demand: gpd.GeoDataFrame) -> Indices:
        """For each demand point (D, 3) its county, its whole (of which the total stays) and its place; -1: none."""
        keys = self._keys(demand)
        codes = [
            index.get_indexer(pd.Index(keys[name]))
            for name, index in (("county", self._counties), ("whole", self._wholes), ("place", self._places))
        ]
        codes[0] = np.where(keys["county"] == "", -1, codes[0])
        return np.column_stack(codes).astype(np.int64)

    def factors(self, draw: Draw, codes: Indices) -> Floats:
        """The factor of each demand point (D,) in a world."""
        county_seed, place_seed = np.random.SeedSequence(draw.people.entropy, spawn_key=draw.people.spawn_key).spawn(2)
        county = _lognormal(county_seed, self._spread["county_people"], len(self._counties))
        place = _lognormal(place_seed, self._spread["place_people"], len(self._places))
        before = np.bincount(self._codes[:, 1], self._residents, len(self._wholes))
        after = np.bincount(self._codes[:, 1], self._residents * place[self._codes[:, 2]], len(self._wholes))
        level = np.divide(before, after, out=np.ones(len(before)), where=after > 0)
        parts = [
            np.where(code >= 0, values[code], 1.0) for values, code in zip((county, level, place), codes.T, strict=True)
        ]
        return np.where(codes[:, 0] >= 0, parts[0] * parts[1] * parts[2], 1.0)

    def _keys(self, demand: gpd.GeoDataFrame) -> pd.DataFrame:
        county, township = (demand[name].to_numpy(dtype=object) for name in ("county", "township"))
        xy = shapely.get_coordinates(demand.geometry.to_numpy())
        column, row = (np.floor(xy / self._side_m).astype(np.int64).T.astype(str)).astype(object)
        square = column + "," + row
        town = county + "·" + township
        known = township != ""
        if self._by_township:
            whole, place = np.where(known, town, county), np.where(known, town + " ", county + " ") + square
        else:
            whole, place = county, np.where(known, town, county + " " + square)
        return pd.DataFrame({"county": county, "whole": whole, "place": place}, dtype=object)


def _lognormal(seed: np.random.SeedSequence, spread: float, count: int) -> Floats:
    """Factors with mean 1 of which the logarithm has this standard deviation."""
    return np.exp(spread * np.random.default_rng(seed).standard_normal(count) - spread * spread / 2.0)
