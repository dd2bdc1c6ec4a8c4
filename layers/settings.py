"""The study file as types: what ``study.toml`` may say, checked by pydantic, with defaults and their sources.

Paths stay as written; :mod:`carereach.layers.study` resolves them against the folder of the study file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from .settings_geocode import GeocodeTable
from .settings_parts import Datum, Minutes, Name, Part, Positive, Remark, Share, Source, Text, Words
from .vocabulary import KINDS, ROLES, nearest


def _known(words: Iterable[str], known: Mapping[str, object], code: str) -> None:
    """Raises for the first word that is none of ``known``; the wording stands in the catalogue of texts."""
    for word in words:
        if word not in known:
            raise PydanticCustomError(code, "{word}", {"word": word, "nearest": nearest(word, known)})


class BoundariesFile(Source):
    """Counties as polygons: GeoPackage, GeoJSON or shapefile, in any CRS; ``from_people`` outlines the people layer."""

    path: Text | None = None
    layer: Text | None = None
    county: Text = "county"
    code: Text | None = None
    city: Text | None = None
    include: tuple[Name, ...] = ()
    crs: Text | None = None
    from_people: Name | None = Field(None, description="name of the one county whose outline is that of the people")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.path is None) == (self.from_people is None):
            raise ValueError("name either path or from_people")
        return self


class TownshipsFile(Source):
    """Townships and streets as polygons, or a table without places (names and kinds only)."""

    path: Text
    layer: Text | None = None
    township: Text = "township"
    county: Text = "county"
    kind: Text | None = None
    crs: Text | None = None


class FacilitiesFile(Source):
    """One facility list: Excel, CSV, GeoPackage or GeoJSON; headings in English or Chinese, or named in ``columns``."""

    path: Text
    sheet: Text | None = None
    layer: Text | None = None
    encoding: Text | None = None
    columns: dict[str, str] = Field(default_factory=dict, description="our column name -> the file's heading")
    defaults: dict[str, str] = Field(
        default_factory=dict, description="our column name -> value where the file has none"
    )
    minimum: dict[str, float] = Field(default_factory=dict, description="keep rows whose column is at least this")
    datum: Datum = "wgs84"
    complete_kinds: tuple[Text, ...] = Field((), description="kinds of which the list holds every facility there is")

    @model_validator(mode="after")
    def _known_kinds(self) -> Self:
        _known(self.complete_kinds, KINDS, "study.facility-kind")
        return self


class RoadsFile(Source):
    """Roads: OSM, line layer, GraphML, or node and edge tables; ``carereach fetch`` gets them from Overpass."""

    path: Text | None = None
    nodes: Text | None = None
    edges: Text | None = None
    layer: Text | None = None
    profile: Literal["car", "ambulance", "walk"] = "ambulance"
    complete: bool = Field(True, description="false where local roads are missing: nobody is then called unreachable")
    crs: Text | None = None
    class_column: Text | None = None
    oneway_column: Text | None = None
    speed_column: Text | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.path is None) == (self.nodes is None) or (self.nodes is None) != (self.edges is None):
            raise ValueError("name either path, or both nodes and edges")
        return self


class Calibration(Source):
    """Census totals per county or township, to which the people layer is scaled: a CSV or Excel table."""

    path: Text
    unit: Literal["county", "township"] = "county"
    name: Text = "county"
    residents: Text = "residents"


class SpreadModel(Part):
    """How county totals are spread where no grid exists: a seat kernel plus nearness to roads (grade ``modelled``).

    A cell's weight is ``seat_share`` of the county's residents by exp(-distance to the seat / ``seat_scale_km``), the
    rest by exp(-distance to the nearest road / ``road_scale_km``). The shape is our assumption, not a citation.
    """

    cell_km: Positive = 1.0
    seats: Text
    seat_name: Text = "county"
    seat_share: Share = 0.25
    seat_scale_km: Positive = 3.0
    road_scale_km: Positive = 3.0


class PeopleFile(Source):
    """Residents: a GeoTIFF, points or H3 cells in a CSV, or county totals spread by a stated model."""

    path: Text
    format: Literal["raster", "points", "h3", "counties"] = "raster"
    crs: Text | None = None
    columns: dict[str, str] = Field(default_factory=dict, description="our column name -> the file's heading")
    year: int | None = Field(None, ge=1900, le=2100)
    population: Literal["resident", "registered"] = "resident"
    calibrate: Calibration | None = None
    spread: SpreadModel | None = None

    @model_validator(mode="after")
    def _spread_for_counties(self) -> Self:
        if (self.format == "counties") != (self.spread is not None):
            raise ValueError("format 'counties' and the table people.spread go together")
        return self


class ZonesFile(Source):
    """Which demand is the main urban area (``urban``); all other demand is ``township``.

    ``polygon``: inside the polygons of ``path``; ``streets``: in the townships listed in ``units``;
    ``degree-of-urbanisation``: in contiguous cells of at least 1,500 residents per km2 with 50,000 residents together
    (UN Statistical Commission 2020); ``none``: no zone is known. ``within`` limits the urban zone to these counties.
    """

    method: Literal["polygon", "streets", "degree-of-urbanisation", "none"] = "none"
    path: Text | None = None
    layer: Text | None = None
    crs: Text | None = None
    units: tuple[Name, ...] = ()
    within: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        if self.method == "polygon" and self.path is None:
            raise ValueError("method 'polygon' needs path")
        if self.method == "streets" and not self.units:
            raise ValueError("method 'streets' needs units")
        return self


class Stations(Part):
    """Which facilities send ambulances: any of the kinds, or any of the roles; an assumption is named as one."""

    kinds: tuple[Text, ...] = ("ems.station",)
    roles: tuple[Text, ...] = ("ems.network",)
    assumption: Words | None = None

    @model_validator(mode="after")
    def _known_words(self) -> Self:
        _known(self.kinds, KINDS, "study.facility-kind")
        _known(self.roles, ROLES, "study.role")
        return self


class Response(Part):
    """Parts of the response time. Defaults and their status: ``carereach.coverage.parameters``."""

    call_handling_min: Minutes | None = None
    turnout_min: Minutes | None = None
    emergency_factor: Positive | None = None
    time_of_day_factor: Positive | None = None
    off_road_kph: Positive | None = None
    detour: Annotated[float, Field(ge=1, le=5)] | None = None
    max_access_km: Positive | None = None


class Speeds(Part):
    """Kilometres per hour by OSM road class as ``[low, central, high]``; what is not named keeps the default."""

    classes: dict[str, tuple[Positive, Positive, Positive]] = Field(default_factory=dict)
    unclassed: tuple[Positive, Positive, Positive] | None = None
    use_maxspeed: bool = True
    source: Remark = ""


class Uncertainty(Part):
    """How far inputs may be from the truth, for ``carereach run --draws`` (docs/uncertainty.md says what is drawn).

    Speeds lie between the low and the high of ``[speeds]``. What is not set has a default of which most are our
    assumption.
    """

    speeds: Literal["together", "by-class", "fixed"] = Field(
        "together", description="all roads fast or slow together, each class by itself, or as they are"
    )
    turnout_min: tuple[Minutes, Minutes] | None = Field(
        None, description="`[low, high]` around the turnout; not set: 2/3 and 5/3 of it"
    )
    call_handling_min: tuple[Minutes, Minutes] | None = Field(
        None, description="`[low, high]` around the call handling; not set: 1/2 and 2 times it"
    )
    county_people: Share | None = Field(
        None, description="spread of the counties' totals; not set: 0 where they are known, else 0.1"
    )
    place_people: Share = Field(0.3, description="spread of the residents of places within their county")
    patch_km: Positive = Field(5.0, description="side of the squares that are places where no township is known")
    source: Remark = Field("", description="where these figures come from")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for name in ("turnout_min", "call_handling_min"):
            given = getattr(self, name)
            if given is not None and given[0] > given[1]:
                raise PydanticCustomError("draws.order", "{name}", {"name": name})
        return self


class Fetch(Part):
    """What ``carereach fetch`` downloads and where it puts it (beside the study file)."""

    roads: Text | None = Field(default=None, description="file to write the roads to, .osm")
    overpass: tuple[Text, ...] = Field(default=(), description="addresses to ask, in turn; empty: public servers")
    network_filter: Text = '["highway"]'
    tile_km: Annotated[float, Field(ge=1, le=200, allow_inf_nan=False)] = 25.0
    buffer_km: Annotated[float, Field(ge=0, le=200, allow_inf_nan=False)] = Field(
        default=10.0, description="roads this far beyond the counties count too: stations and ways across the border"
    )
    population_url: Text | None = Field(default=None, description="address of a GeoTIFF, http or https")
    population: Text | None = Field(default=None, description="file to write the raster to, .tif")
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-fA-F]{64}$")] | None = Field(
        default=None, description="SHA-256 that the raster must have"
    )
    max_mb: Positive = Field(default=2000.0, description="largest download, each of the two")
    timeout_s: Positive = Field(default=180.0, description="longest silence of a server")
    total_s: Positive = Field(default=7200.0, description="longest time for the raster (a tile: 3 x timeout_s)")
    attempts: Annotated[int, Field(ge=1, le=20)] = 4
    pause_s: Annotated[float, Field(ge=0, le=600, allow_inf_nan=False)] = Field(
        default=1.0, description="pause between two requests to an Overpass server"
    )


class TableFile(Source):
    """A table that a plan's rules ask for (staff, beds, attributes, populations, seats): Excel or CSV.

    Rows are units (columns county, township, village) or facilities (columns id, or name and county); docs/tables.md.
    """

    path: Text
    sheet: Text | None = None
    encoding: Text | None = None
    columns: dict[str, str] = Field(default_factory=dict, description="our column name -> the file's heading")
    year: int | None = Field(None, ge=1900, le=2100)


class Growth(Part):
    """How the population grows: ``year`` -> residents then as a multiple of the people layer's (1.05 = 5 % more)."""

    year: dict[Annotated[int, Field(ge=1990, le=2200)], Annotated[float, Field(gt=0, le=10)]] = Field(
        default_factory=dict
    )
    source: Remark = ""


class AccessTable(Part):
    """Catchments: how much care is within reach of each place (docs/access.md); no verdict depends on it."""

    decay: Literal["gaussian", "zones", "linear", "equal"] = Field("gaussian", description="how reach fades with time")
    impedance: Positive = Field(1.0, description="exponent of travel time in the gravity measure")
    hospital_min: Positive = Field(60.0, description="catchment of a hospital, minutes of residents' own way")
    primary_min: Positive = Field(30.0, description="the same of a health centre")
    emergency_min: Positive = Field(30.0, description="catchment of an emergency station, response minutes")
    hospital_kinds: tuple[Text, ...] = ("hospital.general", "hospital.tcm", "hospital.integrated")
    primary_kinds: tuple[Text, ...] = ("primary.township", "primary.community")

    @model_validator(mode="after")
    def _kinds_known(self) -> Self:
        _known((*self.hospital_kinds, *self.primary_kinds), KINDS, "study.facility-kind")
        return self


class StudyFile(Part):
    """The whole of ``study.toml``."""

    name: Name
    title: Words | None = None
    note: Words | None = Field(None, description="what a reader must know first, shown on top of every output")
    plans: tuple[Text, ...] = ()
    borrowed_plans: tuple[Text, ...] = Field(
        (),
        description="ids of plans of other cities by which this one is tested on purpose, as a benchmark: no warning",
    )
    crs: Text = "auto"
    boundaries: BoundariesFile
    townships: TownshipsFile | None = None
    facilities: tuple[FacilitiesFile, ...] = Field(min_length=1)
    roads: RoadsFile
    people: PeopleFile
    zones: ZonesFile = ZonesFile()
    stations: Stations = Stations()
    response: Response = Response()
    speeds: Speeds = Speeds()
    choices: dict[str, str] = Field(default_factory=dict)
    tables: dict[Name, TableFile] = Field(default_factory=dict)
    growth: Growth = Growth()
    access: AccessTable = AccessTable()
    uncertainty: Uncertainty = Uncertainty()
    fetch: Fetch = Fetch()
    geocode: GeocodeTable = GeocodeTable()
