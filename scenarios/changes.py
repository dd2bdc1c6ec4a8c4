"""What a scenario may change: facilities, ambulances, speeds, roads and residents, as checked types.

A change says nothing of files or frames; :mod:`.apply` makes it of a study. Places are longitude and latitude, areas
polygons (:class:`.areas.Area`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ..layers.datum import bd09_to_wgs84, gcj02_to_wgs84
from ..layers.settings_parts import Datum, Part, Text
from ..layers.vocabulary import KINDS, LEVELS, ROLES, meanings, nearest, plain
from .areas import Area

Money = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
People = Annotated[float, Field(ge=0, le=1e10, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]


def _word(known: Mapping[str, tuple[str, ...]], code: str) -> AfterValidator:
    """Reads a word of facility lists, Chinese or English, as carereach's; suggests the nearest for any other."""
    meaning = meanings(known)
    words = [word for ours, theirs in known.items() for word in (ours, *theirs) if word]

    def ours(word: str) -> str:
        found = meaning.get(plain(word))
        if found is None:
            raise PydanticCustomError(code, "{word}", {"word": word, "nearest": nearest(word, words)})
        return found

    return AfterValidator(ours)


Kind = Annotated[Text, _word(KINDS, "study.facility-kind")]
Role = Annotated[Text, _word(ROLES, "study.role")]
FacilityLevel = Annotated[Text, _word(LEVELS, "scenarios.level")]


class _Change(Part):
    """What every change may state."""

    cost: Money | None = Field(None, description="what it costs, in any one unit of money; savings are negative")


class _Placed(_Change):
    lon: Longitude = Field(description="longitude, degrees")
    lat: Latitude = Field(description="latitude, degrees")
    datum: Datum = Field("wgs84", description="datum of the coordinates; GCJ-02 and BD-09 are converted")

    @property
    def place(self) -> tuple[float, float]:
        """Longitude and latitude in WGS 84."""
        if self.datum == "wgs84":
            return self.lon, self.lat
        convert = gcj02_to_wgs84 if self.datum == "gcj02" else bd09_to_wgs84
        lon, lat = convert(self.lon, self.lat)
        return float(lon), float(lat)


class Open(_Placed):
    """Opens a facility at a place. Its county and township are those it stands in, where none is stated."""

    change: Literal["open"] = Field("open", exclude=True, repr=False)
    name: Text = Field(description="name of the new facility")
    id: Text | None = Field(None, description="its id, by which other changes name it; without one, its name")
    kind: Kind = Field("ems.station", description="kind of facility, in the words of facility lists")
    county: Text | None = Field(None, description="county; without one, that in which it stands")
    township: Text | None = Field(None, description="township; without one, that in which it stands")
    level: FacilityLevel | None = Field(None, description="level of a hospital: tertiary, secondary, primary")
    roles: tuple[Role, ...] = Field((), description="roles, in the words of facility lists")
    beds: Count | None = Field(None, description="number of beds")
    ambulances: Count | None = Field(None, description="number of ambulances")

    @property
    def key(self) -> str:
        """The id of the new facility."""
        return self.id or self.name


class Close(_Change):
    """Closes a facility."""

    change: Literal["close"] = Field("close", exclude=True, repr=False)
    facility: Text = Field(description="id of the facility, or its name where no other has that name")


class Move(_Placed):
    """Moves a facility to another place; its county and township are then those in which it stands."""

    change: Literal["move"] = Field("move", exclude=True, repr=False)
    facility: Text = Field(description="id of the facility, or its name where no other has that name")


class Upgrade(_Change):
    """Gives a facility another kind, status, level, roles, beds or ambulances; what is not stated stays as it is."""

    change: Literal["upgrade"] = Field("upgrade", exclude=True, repr=False)
    facility: Text = Field(description="id of the facility, or its name where no other has that name")
    kind: Kind | None = Field(None, description="its new kind")
    status: Literal["open", "planned", "under construction"] | None = Field(
        None, description="its new status: `open` opens a planned facility of the list"
    )
    level: FacilityLevel | None = Field(None, description="its new level")
    roles: tuple[Role, ...] | None = Field(None, description="its roles, in place of those it has")
    add_roles: tuple[Role, ...] = Field((), description="roles beside those it has", alias="add-roles")
    beds: Count | None = Field(None, description="its beds")
    ambulances: Count | None = Field(None, description="its ambulances")

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    @model_validator(mode="after")
    def _some(self) -> Self:
        stated = (self.kind, self.status, self.level, self.roles, self.beds, self.ambulances)
        if all(value is None for value in stated) and not self.add_roles:
            raise PydanticCustomError("scenarios.changes-nothing", "nothing is changed")
        return self


class SetAmbulances(_Change):
    """Sets the number of ambulances of a facility."""

    change: Literal["set-ambulances"] = Field("set-ambulances", exclude=True, repr=False)
    facility: Text = Field(description="id of the facility, or its name where no other has that name")
    ambulances: Count = Field(description="number of ambulances it then has")


class SpeedChange(_Change):
    """Makes roads faster or slower: those of the classes, counties and area that are named, all where none is.

    ``factor`` multiplies the speed; ``kph`` is the new central speed before the study's factors for sirens and time of
    day, and low and high speeds keep their ratio to it. Ferries change only where their class is named.
    """

    change: Literal["speed"] = Field("speed", exclude=True, repr=False)
    factor: Annotated[float, Field(ge=0.01, le=100, allow_inf_nan=False)] | None = Field(
        None, description="multiplies the speed: 0.5 is half as fast"
    )
    kph: Annotated[float, Field(gt=0, le=300, allow_inf_nan=False)] | None = Field(
        None, description="new speed, km per hour, in place of factor"
    )
    classes: tuple[Text, ...] = Field((), description="only roads of these classes")
    counties: tuple[Text, ...] = Field((), description="only roads that touch these counties")
    area: Area | None = Field(None, description="only roads that touch this area: a polygon file, or corners")
    period: Text | None = Field(None, description='time of day it speaks of ("7:30 to 9:00"): said, not computed with')

    @model_validator(mode="after")
    def _one_speed(self) -> Self:
        _exactly_one(self, ("factor", "kph"))
        return self


class CloseRoad(_Change):
    """Closes roads in both directions: by their nodes, by name, or by an area such as a flood.

    Where several are given, the roads that meet all of them are closed.
    """

    change: Literal["close-road"] = Field("close-road", exclude=True, repr=False)
    edges: tuple[tuple[int, int], ...] = Field((), description="stretches, each by the ids of its two nodes")
    name: Text | None = Field(None, description="name of the road, as the road layer writes it")
    counties: tuple[Text, ...] = Field((), description="only roads that touch these counties")
    area: Area | None = Field(None, description="roads that touch this area: a polygon file, or corners [lon, lat]")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.edges and self.name is None and self.area is None:
            raise PydanticCustomError("scenarios.which-road", "no road is named")
        return self


class Residents(_Change):
    """Changes how many people live in the counties, townships and area that are named; everywhere where none is.

    ``factor`` multiplies them, ``add`` spreads more of them as they live now, ``residents`` says how many there are
    then. A new district (``add`` in an area where nobody lives) becomes one place in its middle.
    """

    change: Literal["residents"] = Field("residents", exclude=True, repr=False)
    factor: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] | None = Field(
        None, description="multiplies the residents: 1.1 is a tenth more"
    )
    add: People | None = Field(None, description="residents who come on top")
    residents: People | None = Field(None, description="residents there are then")
    counties: tuple[Text, ...] = Field((), description="only in these counties")
    townships: tuple[Text, ...] = Field((), description="only in these townships")
    area: Area | None = Field(None, description="only in this area: a polygon file, or corners [lon, lat]")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        _exactly_one(self, ("factor", "add", "residents"))
        return self


Change = Annotated[
    Open | Close | Move | Upgrade | SetAmbulances | SpeedChange | CloseRoad | Residents, Field(discriminator="change")
]
CHANGES: tuple[type[_Change], ...] = (Open, Move, Upgrade, SetAmbulances, Close, SpeedChange, CloseRoad, Residents)


@dataclass(frozen=True)
class Scenario:
    """A future to try: changes in the order in which they are made, under a name that no other in the run has.

    ``cost`` is by default the sum of what its changes cost, None where nothing is stated; ``group`` the sweep it
    belongs to; ``labels`` what sets it apart there, such as ``("candidate", "N1")``.
    """

    name: str
    changes: tuple[Change, ...] = ()
    cost: float | None = None
    group: str = ""
    labels: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.cost is None:
            object.__setattr__(self, "cost", total_cost(change.cost for change in self.changes))

    @cached_property
    def key(self) -> str:
        """SHA-256 of all that it says; areas count by their polygons."""
        content = [self.name, *map(content_of, self.changes), self.cost, self.group, self.labels]
        return hashlib.sha256(canonical(content).encode()).hexdigest()


def content_of(change: _Change) -> dict[str, object]:
    """A change as plain data: what it says, with its kind; an area by its digest."""
    content = change.model_dump(mode="json", exclude_none=True, exclude={"area"})
    area: Area | None = getattr(change, "area", None)
    if area is not None:
        content["area"] = area.digest
    return {"change": change.change, **content}  # type: ignore[attr-defined]


def canonical(content: object) -> str:
    """JSON that is the same for the same content."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def total_cost(costs: Iterable[float | None]) -> float | None:
    """The sum of the stated costs; None where none is stated."""
    stated = [cost for cost in costs if cost is not None]
    return sum(stated) if stated else None


def _exactly_one(change: Part, keys: tuple[str, ...]) -> None:
    given = [key for key in keys if getattr(change, key) is not None]
    if len(given) != 1:
        found = {"keys": ", ".join(keys), "found": len(given)}
        raise PydanticCustomError("scenarios.one-of-keys", "one of {keys}", found)
