"""What a study gives to geocoding: its ground, its thresholds, what it knows already. Without one, next to nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from ...errors import InputError, Problem
from ..boundaries import read_boundaries
from ..facilities import read_facilities
from ..facility_places import Bounds, bounds_wgs84
from ..people import read_outline
from ..roads import read_roads
from ..settings import GeocodeTable, StudyFile
from ..study import find_study, metric_crs_named, read_settings, speed_table
from ..townships import read_townships
from .gazetteer import Gazetteer
from .ground import Ground

NO_ROADS = np.empty(0, dtype=object)


@dataclass(frozen=True)
class Setting:
    """``known``: facilities that the study has beside the list that is placed; ``problems`` of reading it all."""

    table: GeocodeTable = field(default_factory=GeocodeTable)
    ground: Ground = field(default_factory=Ground)
    folder: Path = Path()
    known: gpd.GeoDataFrame | None = None
    settings: StudyFile | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def bounds(self) -> Bounds | None:
        """The study's bounds in degrees."""
        return None if self.ground.counties is None else bounds_wgs84(self.ground.counties)

    def gazetteer(self) -> Gazetteer | None:
        """What the study knows already, as a provider; None without a study."""
        if self.ground.counties is None:
            return None
        return Gazetteer(
            counties=self.ground.counties,
            townships=self.ground.townships,
            facilities=() if self.known is None else (self.known,),
            city=self.ground.city,
        )

    def roads(self) -> tuple[NDArray[np.object_], CRS | None, tuple[Problem, ...]]:
        """The study's roads as lines, their CRS, and what hindered reading them."""
        if self.settings is None or self.ground.counties is None:
            return NO_ROADS, None, ()
        crs = self.ground.counties.crs
        try:
            network = read_roads(self.settings.roads, self.folder, crs, speed_table(self.settings))
        except InputError as error:
            return NO_ROADS, None, _as_warnings(error.problems)
        return np.asarray(network.line, dtype=object), network.crs, ()


def open_setting(study: str | Path | None, file: Path) -> Setting:
    """The setting of a study; ``file``, the list to be placed, is not taken for something known already.

    Raises :class:`~carereach.errors.InputError` for a study file, counties or townships that cannot be read; facilities
    that cannot are passed over with a warning, for they may be what this run is to mend.
    """
    if study is None:
        return Setting()
    path = find_study(study)
    settings = read_settings(path)
    folder = path.parent
    crs = None if settings.crs == "auto" else metric_crs_named(settings.crs)
    if settings.boundaries.from_people is not None:
        counties = read_outline(settings.people, folder, settings.boundaries.from_people, crs)
    else:
        counties = read_boundaries(settings.boundaries, folder, crs)
    frame = counties.frame
    problems = list(counties.problems)
    townships = None
    if settings.townships is not None:
        layer = read_townships(settings.townships, folder, frame.crs, tuple(frame["county"]))
        problems += layer.problems
        townships = layer.frame
    cities = sorted({str(city) for city in frame["city"] if city})
    ground = Ground(frame, townships, cities[0] if len(cities) == 1 else "")
    known, unread = _known(settings, folder, file, ground)
    return Setting(settings.geocode, ground, folder, known, settings, (*problems, *unread))


def _known(
    settings: StudyFile, folder: Path, file: Path, ground: Ground
) -> tuple[gpd.GeoDataFrame | None, tuple[Problem, ...]]:
    """The study's facilities but for those of ``file``: a list cannot bear witness for itself."""
    others = tuple(config for config in settings.facilities if (folder / config.path).resolve() != file.resolve())
    if not others or ground.counties is None:
        return None, ()
    try:
        layer = read_facilities(others, folder, ground.counties.crs, ground.counties, ground.townships)
    except InputError as error:
        return None, _as_warnings(error.problems)
    located = layer.frame[layer.frame["precision"].isin(["exact", "street"])]
    return located, ()


def _as_warnings(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    return tuple(replace(problem, level="warning") for problem in problems)
