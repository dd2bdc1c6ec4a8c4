"""Figures of response times per unit: the city, its zones and its counties, against the study as it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from ..coverage.facts import Facts
from ..coverage.results import ZONES
from ..coverage.statistics import share_within, weighted_mean, weighted_quantile
from ..layers.study import Study
from .outcome import MEASURES, PLACES, table_of

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
MOST = 10
LONGEST_MIN = 1e6


@dataclass(frozen=True)
class Area:
    """A unit that is measured: the rows of its demand points."""

    level: str
    unit: str
    rows: Indices


def areas_of(facts: Facts) -> tuple[Area, ...]:
    """The city, its zones where it knows any, and its counties."""
    study = facts.study
    areas = [Area("city", study.city, np.flatnonzero(facts.inside("all")))]
    if study.urban_area is not None:
        areas += [Area("zone", zone, np.flatnonzero(facts.inside(zone))) for zone in ("urban", "township")]
    for county in study.counties.frame["county"]:
        areas.append(Area("county", str(county), np.flatnonzero(facts.inside("all", str(county)))))
    return tuple(areas)


@dataclass(frozen=True)
class Times:
    """Residents and response minutes (D,) of a study, and of the same places before it was changed."""

    residents: Floats
    minutes: Floats
    before: Floats

    @property
    def changed(self) -> Indices:
        """The demand points whose minutes are others."""
        return np.flatnonzero(self.minutes != self.before)


@dataclass(frozen=True)
class Posts:
    """The located stations (S,): their county, whether they stand on urban ground, their ambulances (NaN unknown)."""

    county: NDArray[np.object_]
    urban: NDArray[np.bool_]
    ambulances: Floats

    @classmethod
    def of(cls, stations: gpd.GeoDataFrame, study: Study) -> Posts:
        """The stations of a study. Its urban ground should be prepared (:func:`shapely.prepare`)."""
        count = len(stations)
        urban = np.zeros(count, dtype=bool)
        if study.urban_area is not None:
            urban = np.asarray(shapely.covers(study.urban_area, stations.geometry.to_numpy()), dtype=bool)
        ambulances = (
            stations["ambulances"].to_numpy(dtype=float) if "ambulances" in stations else np.full(count, np.nan)
        )
        return cls(stations["county"].to_numpy(dtype=object), urban, ambulances)

    def inside(self, area: Area) -> NDArray[np.bool_]:
        """Which stations stand in an area."""
        known = self.county != ""
        if area.level == "city":
            return np.asarray(known, dtype=bool)
        if area.level == "zone":
            return np.asarray(known & (self.urban if area.unit == ZONES[0] else ~self.urban), dtype=bool)
        return np.asarray(self.county == area.unit, dtype=bool)


Figures = tuple[object, ...]


def measures(
    areas: tuple[Area, ...], times: Times, posts: Posts, study: dict[str, Figures] | None = None
) -> pd.DataFrame:
    """One row per area. ``study``: figures of the study itself by :func:`name_of`, taken where residents are the
    same and no minutes in the area are others."""
    touched = np.zeros(len(times.minutes), dtype=bool)
    touched[times.changed] = True
    rows = []
    for area in areas:
        same = None if study is None or touched[area.rows].any() else study.get(name_of(area))
        figures = same if same is not None else figures_of(times, area.rows)
        here = posts.inside(area)
        rows.append(
            (area.level, area.unit, figures[0], int(here.sum()), _known_sum(posts.ambulances[here]), *figures[1:])
        )
    return table_of(rows, MEASURES)


def name_of(area: Area) -> str:
    """What tells areas apart."""
    return f"{area.level} {area.unit}"


def figures_of(times: Times, rows: Indices) -> Figures:
    """The figures of some demand points, in the order of the table, without stations and ambulances."""
    residents, minutes, before = times.residents[rows], times.minutes[rows], times.before[rows]
    people = float(residents.sum())
    reached = np.isfinite(minutes)
    lived = reached & (residents > 0)
    within = [float(residents[minutes <= limit].sum()) for limit in (15, 30)]
    return (
        people,
        weighted_mean(minutes[reached], residents[reached]),
        weighted_quantile(minutes, residents, 0.9),
        float(minutes[lived].max()) if lived.any() else math.nan,
        *within,
        *(share_within(minutes, residents, limit) for limit in (15, 30)),
        float(residents[~reached].sum()),
        *_gained_and_lost(residents, minutes, before, 15),
        *_gained_and_lost(residents, minutes, before, 30),
        _mean_change(residents, minutes, before),
    )


def _gained_and_lost(residents: Floats, minutes: Floats, before: Floats, limit: float) -> tuple[float, float]:
    """People brought within so many minutes, and people taken beyond."""
    now, then = minutes <= limit, before <= limit
    return float(residents[now & ~then].sum()), float(residents[then & ~now].sum())


def _mean_change(residents: Floats, minutes: Floats, before: Floats) -> float:
    both = np.isfinite(minutes) & np.isfinite(before)
    return weighted_mean(minutes[both] - before[both], residents[both])


def _known_sum(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.sum()) if len(known) else math.nan


@dataclass(frozen=True)
class Named:
    """The name of the place of each demand point (D,), as a number in ``names``; -1 outside every county."""

    code: Indices
    names: NDArray[np.object_]

    @classmethod
    def of(cls, study: Study) -> Named:
        """County and township or, where the township is not known, county and nearest facility."""
        demand = study.people.frame
        county, near = (demand[column].to_numpy(dtype=object) for column in ("county", "township"))
        unknown = near == ""
        facilities = study.facilities.frame
        facilities = facilities[~(facilities.geometry.isna() | facilities.geometry.is_empty)]
        if unknown.any() and len(facilities):
            tree = shapely.STRtree(facilities.geometry.to_numpy())
            found = tree.nearest(demand.geometry.to_numpy()[unknown])
            near = near.copy()
            near[unknown] = facilities["name"].to_numpy(dtype=object)[found]
        code, names = pd.factorize(pd.Series(np.where(near == "", county, county + "·" + near), dtype=object))
        return cls(np.where(county == "", -1, code), np.asarray(names, dtype=object))


def places(named: Named, times: Times) -> pd.DataFrame:
    """The ten places that gain and the ten that lose most person-minutes: the people whose minutes are others, their
    mean before and after (inf where some of them were, or are, not reached)."""
    rows = times.changed
    rows = rows[(named.code[rows] >= 0) & (times.residents[rows] > 0)]
    code, which = np.unique(named.code[rows], return_inverse=True)
    residents, before, after = times.residents[rows], times.before[rows], times.minutes[rows]
    change = np.minimum(after, LONGEST_MIN) - np.minimum(before, LONGEST_MIN)
    sums = [np.bincount(which, weights=values * residents, minlength=len(code)) for values in (change, before, after)]
    people = np.bincount(which, weights=residents, minlength=len(code))
    order = np.argsort(sums[0], kind="stable")
    gain = [place for place in order[:MOST] if sums[0][place] < 0]
    lose = [place for place in order[::-1][:MOST] if sums[0][place] > 0]
    return table_of(
        [
            (
                named.names[code[place]],
                float(people[place]),
                float(sums[1][place] / people[place]),
                float(sums[2][place] / people[place]),
            )
            for place in (*gain, *lose)
        ],
        PLACES,
    )
