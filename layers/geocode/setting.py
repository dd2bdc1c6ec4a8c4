"""What a study gives to geocoding: its ground, its thresholds, what it knows already. Without one, next to nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS

from ...errors import InputError, Problem
from ..boundaries import read_boundaries
from ..facility_places import Bounds, bounds_wgs84
from ..people import read_outline
from ..roads import read_roads
from ..settings import FacilitiesFile, StudyFile
from ..settings_geocode import GeocodeTable
from ..study import AREAS, find_study, metric_crs_named, read_settings, speed_table
from ..townships import read_townships
from .gazetteer import Gazetteer
from .ground import Ground
from .known import as_warnings, facilities_of, seats_of

NO_ROADS = np.empty(0, dtype=object)


@dataclass(frozen=True)
class Setting:
    """``known``: facilities with a place beside the list that is placed; ``seats``: points by county.

    ``located``: the study's facility lists that earlier runs wrote; ``problems`` of reading it all.
    """

    table: GeocodeTable = field(default_factory=GeocodeTable)
    ground: Ground = field(default_factory=Ground)
    folder: Path = Path()
    known: gpd.GeoDataFrame | None = None
    seats: gpd.GeoSeries | None = None
    located: tuple[Path, ...] = ()
    settings: StudyFile | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def bounds(self) -> Bounds | None:
        """The study's bounds in degrees."""
        return None if self.ground.counties is None else bounds_wgs84(self.ground.counties)

    def knowing(self, earlier: gpd.GeoDataFrame, problems: tuple[Problem, ...]) -> Setting:
        """The same with earlier results among what is known, and with the problems of reading them."""
        known = self.known
        if len(earlier):
            parts = [earlier] if known is None else [known, earlier.to_crs(known.crs)]
            known = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=parts[0].crs)
        return replace(self, known=known, problems=(*self.problems, *problems))

    def gazetteer(self) -> Gazetteer | None:
        """What the study knows already, as a provider; None without a study."""
        if self.ground.counties is None:
            return None
        return Gazetteer(
            counties=self.ground.counties,
            townships=self.ground.townships,
            seats=self.seats,
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
            return NO_ROADS, None, as_warnings(error.problems)
        return np.asarray(network.line, dtype=object), network.crs, ()


def list_of_study(study: str | Path) -> FacilitiesFile | None:
    """The one facility list of a study that is named in place of a list (an embedded study, its folder, a .toml).

    None for anything else; :class:`~carereach.errors.InputError` for a study with several lists, which names them.
    """
    if not is_study(study):
        return None
    path = find_study(study)
    configs = read_settings(path).facilities
    if len(configs) > 1:
        lists = ", ".join(config.path for config in configs)
        raise InputError(Problem("geocode.several-lists", path.name, column="facilities", params={"lists": lists}))
    return configs[0]


def stated_in(study: str | Path, file: Path) -> FacilitiesFile | None:
    """What a study says of the list ``file``; None where it does not name it."""
    path = find_study(study)
    configs = read_settings(path).facilities
    return next((c for c in configs if (path.parent / c.path).resolve() == file.resolve()), None)


def is_study(named: str | Path) -> bool:
    """Whether a study is named, not a facility list."""
    return str(named) in AREAS or Path(named).suffix.lower() == ".toml" or Path(named).is_dir()


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
    known, located, unread = facilities_of(settings, folder, file, ground)
    seats, unplaced = seats_of(settings, folder, ground)
    problems += [*unread, *unplaced]
    return Setting(settings.geocode, ground, folder, known, seats, located, settings, tuple(problems))
