"""The parts of a response time with their defaults, each with its source and how well that source is known.

The status words are those of the standards table in ``docs/standards.md``: ``seen`` (read in the named source),
``derived`` (our arithmetic on seen figures), ``unverified`` (no source found: our assumption), ``study`` (named by
the study file).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from ..layers.roads.snap import Access
from ..layers.roads.speeds import Kph, SpeedTable, for_profile
from ..layers.settings import StudyFile
from ..texts import Message

ParameterStatus = Literal["seen", "derived", "unverified", "study"]
PRECISE = ("exact", "street")


@dataclass(frozen=True)
class Parameter:
    """One number behind the results. ``low`` and ``high`` are None where only one value is used."""

    name: str
    value: float
    unit: str
    status: ParameterStatus
    source: str
    low: float | None = None
    high: float | None = None


DEFAULTS = (
    Parameter(
        "call_handling_min", 1.0, "min", "unverified", "our assumption; Beijing 2014: 2 min before driving in all"
    ),
    Parameter("turnout_min", 3.0, "min", "seen", "goal: leaves within 3 min in 95 % (PMC8796719, table 1)"),
    Parameter(
        "emergency_factor",
        1.0,
        "",
        "seen",
        "drivers in Chinese inner cities do not give way (10.1177/2399808318809711)",
    ),
    Parameter("time_of_day_factor", 1.0, "", "unverified", "free flow: our assumption"),
    Parameter("off_road_kph", 5.0, "km/h", "seen", "AccessMod example, walking"),
    Parameter("detour", 1.3, "", "unverified", "our assumption"),
)


@dataclass(frozen=True)
class ResponseModel:
    """Response time = call handling + turnout + access leg + drive + access leg.

    Call handling counts only where the clock starts with the call (choice C3).
    """

    parameters: tuple[Parameter, ...]
    speed_parameters: tuple[Parameter, ...]
    start: str
    speeds: SpeedTable
    access: Access

    def value(self, name: str) -> float:
        """The value of one parameter."""
        return next(p.value for p in self.parameters if p.name == name)

    @property
    def before_wheels_min(self) -> float:
        """Minutes from the start of the clock until the ambulance moves."""
        handling = self.value("call_handling_min") if self.start == "call" else 0.0
        return handling + self.value("turnout_min")

    @property
    def unverified(self) -> Message | None:
        """Says which defaults without a verified source the times rest on; None where there is none."""
        names = [f"parameter.{p.name}" for p in self.parameters if p.status == "unverified"]
        if any(p.status == "unverified" for p in self.speed_parameters):
            names.append("parameter.speeds")
        return Message("note.unverified", {"names": tuple(Message(name) for name in names)}) if names else None

    def to_frame(self, further: tuple[Parameter, ...] = ()) -> pd.DataFrame:
        """All parameters, speeds by class and ``further`` ones too: name, value, low, high, unit, status, source."""
        return pd.DataFrame([vars(p) for p in (*self.parameters, *self.speed_parameters, *further)]).loc[
            :, ["name", "value", "low", "high", "unit", "status", "source"]
        ]


def response_model(settings: StudyFile, start: str, speeds: SpeedTable) -> ResponseModel:
    """The model a study asks for: its own values, and the defaults for the rest."""
    parameters = []
    for default in DEFAULTS:
        own = getattr(settings.response, default.name)
        parameters.append(
            default if own is None else Parameter(default.name, float(own), default.unit, "study", settings.name)
        )
    named = {p.name: p.value for p in parameters}
    access = Access(off_road_kph=named["off_road_kph"], detour=named["detour"], max_km=settings.response.max_access_km)
    driven = replace(speeds, emergency_factor=named["emergency_factor"], time_of_day_factor=named["time_of_day_factor"])
    limit = settings.response.max_access_km
    if limit is not None:
        parameters.append(Parameter("max_access_km", limit, "km", "study", settings.name))
    return ResponseModel(tuple(parameters), _speed_rows(settings, speeds), start, driven, access)


def _speed_rows(settings: StudyFile, speeds: SpeedTable) -> tuple[Parameter, ...]:
    """Each class with the source of its own speeds: the study's, or the default table's."""
    own, default = settings.speeds, for_profile(settings.roads.profile)
    default_status: ParameterStatus = "unverified" if "unverified" in default.source else "seen"

    def row(name: str, kph: Kph, by_study: bool) -> Parameter:
        status: ParameterStatus = "study" if by_study else default_status
        source = (own.source or settings.name) if by_study else default.source
        return Parameter(f"speed.{name}", kph[1], "km/h", status, source, kph[0], kph[2])

    by_class = [row(name, kph, name in own.classes) for name, kph in speeds.classes.items()]
    return (*by_class, row("unclassed", speeds.unclassed, own.unclassed is not None))
