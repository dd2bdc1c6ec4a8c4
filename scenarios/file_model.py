"""The scenario file as types: what its tables may say, checked by pydantic."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ..layers.settings import FacilitiesFile
from ..layers.settings_parts import Datum, Part, Positive, Text
from .areas import Area
from .changes import (
    Change,
    Close,
    CloseRoad,
    Kind,
    Money,
    Move,
    Open,
    Residents,
    Role,
    SetAmbulances,
    SpeedChange,
    Upgrade,
)

Number = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]


def _several(given: object) -> object:
    """One text as a list of one."""
    return (given,) if isinstance(given, str) else given


class _Table(Part):
    """Keys with hyphens; underscores are understood as well."""

    model_config = ConfigDict(
        validate_by_name=True, validate_by_alias=True, alias_generator=lambda key: key.strip("_").replace("_", "-")
    )


class ScenarioTable(_Table):
    """One scenario: its changes, made in the order of the tables below, and within a table as they are written.

    With ``baseline`` all changes of that scenario come first. Without any change it is the study as it is.
    """

    name: Text = Field(description="name of the scenario; no other in the run may have it, nor `baseline`")
    baseline: Text | None = Field(None, description="name of another scenario, whose changes come first")
    cost: Money | None = Field(None, description="what it costs, beside what its changes and its baseline cost")
    open: tuple[Open, ...] = ()
    move: tuple[Move, ...] = ()
    upgrade: tuple[Upgrade, ...] = ()
    set_ambulances: tuple[SetAmbulances, ...] = ()
    close: tuple[Close, ...] = ()
    speed: tuple[SpeedChange, ...] = ()
    close_road: tuple[CloseRoad, ...] = ()
    residents: tuple[Residents, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """Its own changes, in the order in which they are made."""
        return (
            *self.open,
            *self.move,
            *self.upgrade,
            *self.set_ambulances,
            *self.close,
            *self.speed,
            *self.close_road,
            *self.residents,
        )


class ProposeTable(_Table):
    """Candidates that carereach proposes: ``junctions`` of roads near residents, a ``grid`` near roads, or where
    ``facilities`` of some kinds stand; those with most residents around first, spread evenly."""

    from_: Literal["junctions", "grid", "facilities"] = Field(alias="from", description="where they are proposed")
    count: Annotated[int, Field(ge=1, le=100_000)] = Field(100, description="how many at most")
    within_km: Positive = Field(1.0, description="residents (for a grid: a road) within this distance")
    spacing_km: Positive | None = Field(
        None, description="least distance between two; none: as far apart as `count` can be (a grid: 1)"
    )
    kinds: tuple[Kind, ...] = Field((), description="kinds of facilities, for `facilities`")
    exclude: Area | None = Field(None, description="none in this area: a polygon file, or corners [lon, lat]")
    kind: Kind | None = Field(None, description="what is opened; none: what the study calls a station")
    roles: tuple[Role, ...] = Field((), description="roles of what is opened")

    @model_validator(mode="after")
    def _kinds_of_facilities(self) -> Self:
        if (self.from_ == "facilities") != bool(self.kinds):
            raise PydanticCustomError("scenarios.kinds-of-facilities", "facilities and kinds go together")
        return self


class SweepTable(_Table):
    """Many scenarios from one table: each candidate, or each pair of them, under each baseline and each combination of
    the grid's values. A sweep without candidates has one scenario for each combination.

    A scenario is called after what sets it apart: ``North + flood + growth high``.
    """

    name: Text = Field(description="name of the sweep: the group of its scenarios")
    baseline: Annotated[tuple[Text, ...], BeforeValidator(_several)] = Field(
        (), description="names of scenarios whose changes come first; of several, each in turn"
    )
    choose: Literal[1, 2] = Field(1, description="1: each candidate; 2: each pair of candidates")
    for_each: Text | None = Field(None, description="table of candidates: Excel, CSV, GeoPackage or GeoJSON")
    sheet: Text | None = Field(None, description="sheet of a workbook; needed where there are several")
    layer: Text | None = Field(None, description="layer of a GeoPackage; needed where there are several")
    encoding: Text | None = Field(None, description="encoding of a CSV file; found by itself for UTF-8 and GBK")
    columns: dict[str, str] = Field(default_factory=dict, description="our column name -> the file's heading")
    defaults: dict[str, str] = Field(
        default_factory=dict, description="our column name -> value where the file has none (`kind`, `roles` ...)"
    )
    datum: Datum = Field("wgs84", description="datum of its coordinates where no column says it")
    candidate: tuple[Open, ...] = Field((), description="candidates written here, in place of for-each")
    propose: ProposeTable | None = None
    grid: dict[Text, tuple[Text | Number, ...]] = Field(
        default_factory=dict,
        description="lists of scenarios' names, or of numbers for `ambulances`, `beds`, `speed` and `residents`",
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = [self.for_each is not None, bool(self.candidate), self.propose is not None]
        if sum(sources) > 1:
            raise PydanticCustomError("scenarios.candidates-twice", "one source of candidates")
        if not any(sources) and not self.grid and not self.baseline:
            raise PydanticCustomError("scenarios.sweeps-nothing", "nothing to vary")
        return self

    @property
    def list(self) -> FacilitiesFile | None:
        """How the table of candidates is read."""
        if self.for_each is None:
            return None
        return FacilitiesFile(
            path=self.for_each,
            sheet=self.sheet,
            layer=self.layer,
            encoding=self.encoding,
            columns=self.columns,
            defaults=self.defaults,
            datum=self.datum,
        )


class ScenarioFile(Part):
    """The whole of a scenario file."""

    scenario: tuple[ScenarioTable, ...] = ()
    sweep: tuple[SweepTable, ...] = ()

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.scenario and not self.sweep:
            raise PydanticCustomError("scenarios.empty-file", "no scenario")
        return self
