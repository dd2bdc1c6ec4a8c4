"""A study: every layer of a ``study.toml``, read, checked against each other, and ready to be assessed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import TypeVar

import geopandas as gpd
from pydantic import ValidationError
from pyproj import CRS
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from ..errors import InputError, Problem, StudyError
from ..files import exists, read_text, sha256
from ..texts import Message
from .boundaries import read_boundaries
from .facilities import read_facilities
from .model import Layer
from .optional_tables import OptionalTable, read_optional_tables
from .people import check_people, read_outline, read_people
from .roads import read_roads
from .roads.access_checks import check_access, check_overlap
from .roads.network import RoadNetwork
from .roads.speeds import SpeedTable, for_profile
from .settings import StudyFile
from .settings_parts import Grade
from .study_checks import check_sources, check_stations
from .toml_files import parse_toml, problems_of
from .townships import read_townships
from .zones import Zones, assign_zones, check_zones

STUDY_FILE = "study.toml"
AREAS = ("tutorial", "yulin", "qinzhou")
# Where neither boundaries nor roads could be read, the other files are checked in this CRS (metres, whole world).
CHECKING_CRS = CRS.from_epsg(6933)
Step = Callable[[str], None]
T = TypeVar("T")


@dataclass(frozen=True)
class Study:
    """Layers in one metric CRS.

    ``people.frame`` carries county, township and zone of each demand point. ``urban_area`` is the ground of the main
    urban area (empty where there is none), None where the study knows no zones. ``problems`` are warnings.
    ``listed``: the facilities of the study's lists alone, where a located list stands in for places (``said`` tells
    what it gave); else None.
    """

    settings: StudyFile
    folder: Path
    counties: Layer
    townships: Layer | None
    facilities: Layer
    roads: RoadNetwork
    people: Layer
    urban_area: BaseGeometry | None
    zone_code: str
    zone_grade: Grade
    problems: tuple[Problem, ...]
    tables: dict[str, OptionalTable] = field(default_factory=dict)
    listed: Layer | None = None
    said: tuple[Message, ...] = ()

    @property
    def city(self) -> str:
        """The prefecture's name, where the boundaries have one for all counties; else the study's name."""
        cities = sorted({str(city) for city in self.counties.frame["city"] if city})
        return cities[0] if len(cities) == 1 else self.settings.name

    @property
    def complete_kinds(self) -> set[str]:
        """Kinds of facilities of which some list claims to hold every one."""
        return {kind for config in self.settings.facilities for kind in config.complete_kinds}


def find_study(study: str | Path) -> Path:
    """The study file behind an embedded study's name, a study.toml, or the folder it lies in."""
    if str(study) in AREAS:
        return Path(str(resources.files("carereach.layers.areas"))) / str(study) / STUDY_FILE
    path = Path(study)
    return path / STUDY_FILE if exists(path) and path.is_dir() else path


def read_settings(path: Path) -> StudyFile:
    """The study file as types; :class:`InputError` lists every mistake in it."""
    if not exists(path) and path.suffix != ".toml":
        raise InputError(Problem("study.unknown", value=str(path), params={"areas": ", ".join(AREAS)}))
    data = parse_toml(read_text(path), path.name)
    try:
        settings = StudyFile.model_validate(data)
    except ValidationError as error:
        raise InputError(problems_of(error, path.name)) from error
    odd = [name for name in _paths(settings) if any(character < " " for character in name)]
    if odd:
        raise InputError([Problem("study.path-escape", path.name, value=name) for name in odd])
    return settings


def open_study(study: str | Path, *, step: Step | None = None, located: str | Path | None = None) -> Study:
    """Opens a study by the name of an embedded one (``tutorial``, ``yulin``, ``qinzhou``) or by path.

    ``located``: a list that ``carereach geocode`` wrote, whose places stand in for those of the study's facilities
    where they are better known (docs/geocoding.md). ``step`` is told which layer is being read. Raises
    :class:`StudyError` with the problems of all layers at once, warnings included; where there are only warnings they
    stand in ``Study.problems``.
    """
    path = find_study(study)
    try:
        settings = read_settings(path)
    except InputError as error:
        raise StudyError(error.problems) from error
    return _Reader(settings, path.parent, step or (lambda _: None), Path(located) if located else None).read()


def speed_table(settings: StudyFile) -> SpeedTable:
    """Speeds of the study's profile: the defaults, with what the study names in their place."""
    default, own = for_profile(settings.roads.profile), settings.speeds
    named = bool(own.classes or own.unclassed)
    return replace(
        default,
        classes={**default.classes, **own.classes},
        unclassed=own.unclassed or default.unclassed,
        use_maxspeed=own.use_maxspeed and default.use_maxspeed,
        source=(own.source or settings.name) if named else default.source,
    )


class _Reader:
    """Reads layer after layer; a layer that fails leaves its problems behind, and the others are read all the same."""

    def __init__(self, settings: StudyFile, folder: Path, step: Step, located: Path | None = None) -> None:
        self.settings, self.folder, self.step, self.located = settings, folder, step, located
        self.problems: list[Problem] = []

    def read(self) -> Study:
        settings, folder = self.settings, self.folder
        named = self.try_to("boundaries", lambda: metric_crs_named(settings.crs))
        counties = self.try_to("boundaries", lambda: self.boundaries(named))
        frame = counties.frame if counties is not None else None
        crs = frame.crs if frame is not None else named
        roads = self.try_to("roads", lambda: self.roads(crs, frame))
        if crs is None:
            crs = roads.crs if roads is not None else CHECKING_CRS
        townships = None
        if settings.townships is not None:
            config, names = settings.townships, () if frame is None else tuple(frame["county"])
            townships = self.try_to("townships", lambda: read_townships(config, folder, crs, names))
        ground = None if townships is None else townships.frame
        facilities = self.try_to("facilities", lambda: read_facilities(settings.facilities, folder, crs, frame, ground))
        listed: Layer | None = None
        said: tuple[Message, ...] = ()
        if self.located is not None and facilities is not None and frame is not None:
            listed = facilities
            facilities, said = self.joined(listed, self.located, frame, ground)
        people, zones = self.people_and_zones(crs, frame, roads, ground)
        units = ((), ()) if frame is None else (frame["county"], (*frame["city"].unique(), settings.name))
        tables = self.try_to("tables", lambda: read_optional_tables(settings.tables, folder, *units))
        for table in (tables or {}).values():
            self.problems += table.problems
        self.problems += check_sources(settings, STUDY_FILE)
        if facilities is not None:
            self.problems += check_stations(settings.stations, facilities.frame, STUDY_FILE)
        for layer in (counties, townships, facilities, roads, people, zones):
            self.problems += layer.problems if layer is not None else ()
        if any(problem.level == "error" for problem in self.problems):
            raise StudyError(self.problems)
        assert counties and facilities and people and roads and zones
        demand = people.frame.assign(zone=zones.zone.to_numpy())
        self.step("access")
        self.problems += check_access(roads, facilities.frame, demand)
        return Study(
            settings=settings,
            folder=folder,
            counties=counties,
            townships=townships,
            facilities=facilities,
            roads=roads,
            people=replace(people, frame=demand),
            urban_area=zones.area,
            zone_code=zones.code,
            zone_grade="modelled" if people.grade == "modelled" and zones.from_people else settings.zones.grade,
            problems=tuple(self.problems),
            tables=tables or {},
            listed=listed,
            said=said,
        )

    def joined(
        self, layer: Layer, located: Path, counties: gpd.GeoDataFrame, townships: gpd.GeoDataFrame | None
    ) -> tuple[Layer, tuple[Message, ...]]:
        """The facilities with the places of a located list."""
        from .geocode.joining import join_located

        joined = self.try_to("facilities", lambda: join_located(layer, located, counties, townships))
        return (layer, ()) if joined is None else (joined.layer, (joined.said,))

    def people_and_zones(
        self,
        crs: CRS,
        counties: gpd.GeoDataFrame | None,
        roads: RoadNetwork | None,
        townships: gpd.GeoDataFrame | None,
    ) -> tuple[Layer | None, Zones | None]:
        """Both layers; where boundaries or roads that they need are broken, their files are checked all the same."""
        settings, folder = self.settings, self.folder
        people = None
        if counties is None or (roads is None and settings.people.format == "counties"):
            self.try_to("people", lambda: check_people(settings.people, folder, crs))
        else:
            lines = None if roads is None else roads.line
            people = self.try_to(
                "people", lambda: read_people(settings.people, folder, crs, counties, lines, townships)
            )
        if people is None:
            self.try_to("zones", lambda: check_zones(settings.zones, folder))
            return None, None
        demand = people.frame
        zones = self.try_to("zones", lambda: assign_zones(demand, settings.zones, folder, crs, townships, counties))
        return people, zones

    def roads(self, crs: CRS | None, counties: gpd.GeoDataFrame | None) -> RoadNetwork:
        roads = read_roads(self.settings.roads, self.folder, crs, speed_table(self.settings))
        if counties is not None:
            self.problems += check_overlap(roads, counties)
        return roads

    def boundaries(self, crs: CRS | None) -> Layer:
        settings = self.settings
        if settings.boundaries.from_people is not None:
            return read_outline(settings.people, self.folder, settings.boundaries.from_people, crs)
        return read_boundaries(settings.boundaries, self.folder, crs)

    def try_to(self, layer: str, read: Callable[[], T]) -> T | None:
        self.step(layer)
        try:
            return read()
        except InputError as error:
            self.problems += [problem for problem in error.problems if problem not in self.problems]
            return None


def metric_crs_named(name: str) -> CRS | None:
    """A CRS in metres by its name, None for ``auto``; :class:`InputError` for anything else."""
    if name == "auto":
        return None
    try:
        crs = CRS.from_user_input(name)
    except CRSError as error:
        raise InputError(Problem("study.crs", STUDY_FILE, column="crs", value=name)) from error
    if not crs.is_projected or any(axis.unit_name not in ("metre", "meter") for axis in crs.axis_info):
        raise InputError(Problem("study.crs-not-metric", STUDY_FILE, column="crs", value=name))
    return crs


def input_files(path: Path, settings: StudyFile) -> Iterator[Path]:
    """Every file that a study reads, the study file first; shapefiles with their companions."""
    yield path
    for name in _paths(settings):
        file = path.parent / name
        yield file
        if file.suffix.lower() == ".shp":
            yield from sorted(f for f in file.parent.glob(file.stem + ".*") if f != file)


def _paths(settings: StudyFile) -> list[str]:
    """Every path that the study file names, as it stands there."""
    named: list[str | None] = [
        settings.boundaries.path,
        settings.roads.path,
        settings.roads.nodes,
        settings.roads.edges,
    ]
    named += [settings.people.path, settings.zones.path]
    named += [settings.people.calibrate.path if settings.people.calibrate else None]
    named += [settings.people.spread.seats if settings.people.spread else None]
    named += [settings.townships.path if settings.townships else None]
    named += [config.path for config in settings.facilities]
    named += [config.path for config in settings.tables.values()]
    named += [plan for plan in settings.plans if plan.endswith(".toml")]
    return [name for name in named if name is not None]


def fingerprint(path: Path, settings: StudyFile) -> str:
    """SHA-256 over the names and contents of everything the study reads; a file that cannot be read counts by name."""
    digest = hashlib.sha256()
    for file in input_files(path, settings):
        content = sha256(file) if file.is_file() and os.access(file, os.R_OK) else "unreadable"
        digest.update(f"{file.name}\0{content}\0".encode())
    return digest.hexdigest()
