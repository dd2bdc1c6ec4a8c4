"""Changes of facilities: new rows and changed cells of the study's list, checked one by one, then put together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from ..layers.boundaries import nearest_names
from ..layers.facility_checks import BORDER_TOLERANCE_KM
from ..layers.settings import Stations
from ..layers.study import Study
from ..layers.vocabulary import nearest
from .changes import Close, Move, Open, SetAmbulances, Upgrade
from .faults import Faults
from .ground import Ground, check_standing

FacilityChange = Open | Close | Move | Upgrade | SetAmbulances
Row = dict[str, Any]
Touched = tuple[Row | None, Row]
COUNTS = ("beds",)  # whole numbers; an ambulance may be staffed for half of the day, or shared
NOT_YET_OPEN = ("planned", "under construction")


class Register:
    """The facilities of a study as they are looked up: by id, by name, by whether they are stations."""

    def __init__(self, study: Study) -> None:
        self.frame: gpd.GeoDataFrame = study.facilities.frame
        self.wanted: Stations = study.settings.stations
        self.columns: Mapping[str, NDArray[Any]] = {c: self.frame[c].to_numpy() for c in self.frame.columns}
        self.ids: Mapping[str, int] = {str(one): row for row, one in enumerate(self.columns["id"])}

    @cached_property
    def names(self) -> Mapping[str, tuple[int, ...]]:
        """Rows by name."""
        rows: dict[str, tuple[int, ...]] = {}
        for row, name in enumerate(self.columns["name"]):
            rows[str(name)] = (*rows.get(str(name), ()), row)
        return rows

    @cached_property
    def stations(self) -> frozenset[int]:
        """Rows of open stations with a place."""
        return frozenset(row for row in self.ids.values() if self.sends(self.row(row)))

    def row(self, row: int) -> Row:
        """One facility as a dictionary."""
        return {column: values[row] for column, values in self.columns.items()}

    def selects(self, row: Row) -> bool:
        """Whether the study's ``[stations]`` table names its kind or one of its roles."""
        return row["kind"] in self.wanted.kinds or not set(row["roles"].split(";")).isdisjoint(self.wanted.roles)

    def sends(self, row: Row) -> bool:
        """Whether it is a station that is open and has a place."""
        point = row["geometry"]
        return row["status"] == "open" and point is not None and not point.is_empty and self.selects(row)


class FacilityDraft:
    """The facilities while a scenario changes them. Row numbers go on after the study's own for those opened."""

    def __init__(self, register: Register, ground: Ground, scenario: str, faults: Faults) -> None:
        self.register, self.ground, self.scenario, self.faults = register, ground, scenario, faults
        self.rows: dict[int, Row] = {}
        self.opened: dict[str, int] = {}
        self.ended: list[int] = []

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of facilities that were touched, as they were and as they are."""
        return frozenset(str(row["kind"]) for pair in self.pairs() for row in pair if row is not None)

    @property
    def stations_changed(self) -> bool:
        """Whether a station, open or not, was touched."""
        return any(row is not None and self.register.selects(row) for pair in self.pairs() for row in pair)

    def make(self, position: int, change: FacilityChange) -> None:
        """Makes one change, or records its faults."""
        fractions = [key for key in COUNTS if not float(getattr(change, key, None) or 0.0).is_integer()]
        for key in fractions:
            self.faults.add(position, key, "scenarios.not-whole", getattr(change, key))
        if fractions:
            return
        if isinstance(change, Open):
            self._open(position, change)
            return
        found = self._find(position, change.facility)
        if found is None:
            return
        row = self._row(found)
        if row["status"] == "closed":
            self.faults.add(position, "facility", "scenarios.is-closed", change.facility)
            return
        if isinstance(change, Close) and row["status"] in NOT_YET_OPEN:
            self.faults.add(position, "facility", "scenarios.not-open", change.facility, status=row["status"])
            return
        if isinstance(change, Close):
            self.rows[found] = row | {"status": "closed"}
        elif isinstance(change, Move):
            self._move(position, found, row, change)
        elif isinstance(change, Upgrade):
            self.rows[found] = row | _upgraded(row, change)
        else:
            self.rows[found] = row | {"ambulances": change.ambulances}
        if self.register.sends(row) and not self.register.sends(self._row(found)):
            self.ended.append(position)

    def check_last(self, changes: tuple[Any, ...]) -> None:
        """Records a fault where the study's last open station was closed or turned into something else."""
        before = self.register.stations
        if not self.ended or not before:
            return
        touched = {number for number, row in self.rows.items() if self.register.sends(row)}
        if not touched and before <= self.rows.keys():
            position = self.ended[-1]
            named = changes[position].facility
            found = self._find(position, named)
            name = named if found is None else str(self._row(found)["name"])
            self.faults.add(position, "facility", "scenarios.last-station", named, name=name)

    def frame(self) -> gpd.GeoDataFrame:
        """The facilities as they are now; opened ones stand at the end, in their order."""
        base, count = self.register.frame, len(self.register.frame)
        changed = {number: row for number, row in self.rows.items() if number < count}
        new = [row for number, row in sorted(self.rows.items()) if number >= count]
        if not changed and not new:
            return base
        columns = {name: _column(name, self.register, changed, new) for name in base.columns}
        return gpd.GeoDataFrame(columns, geometry="geometry", crs=base.crs)

    def pairs(self) -> list[Touched]:
        """Each touched facility as it was (None: it is new) and as it is."""
        count = len(self.register.frame)
        return [(self.register.row(n) if n < count else None, row) for n, row in self.rows.items()]

    def _row(self, number: int) -> Row:
        return self.rows[number] if number in self.rows else self.register.row(number)

    def _find(self, position: int, word: str) -> int | None:
        """The row of the facility with this id, or with this name where no other has it."""
        if word in self.opened:
            return self.opened[word]
        if word in self.register.ids:
            return self.register.ids[word]
        named = [*self.register.names.get(word, ()), *(n for n in self.opened.values() if self.rows[n]["name"] == word)]
        if len(named) == 1:
            return named[0]
        if named:
            ids = ", ".join(str(self._row(number)["id"]) for number in named[:10])
            self.faults.add(position, "facility", "scenarios.several-facilities", word, count=len(named), ids=ids)
        else:
            known = (*self.register.ids, *self.register.names, *self.opened)
            self.faults.add(position, "facility", "scenarios.no-facility", word, nearest=nearest(word, known))
        return None

    def _open(self, position: int, change: Open) -> None:
        if change.key in self.register.ids or change.key in self.opened:
            self.faults.add(position, "id" if change.id else "name", "scenarios.id-taken", change.key)
        place = self._stand(position, change, change.county)
        if self.faults.of(position) or place is None:
            return
        row: Row = {name: np.nan if values.dtype.kind == "f" else "" for name, values in self.register.columns.items()}
        row |= place | {
            "id": change.key,
            "name": change.name,
            "kind": change.kind,
            "level": change.level or "",
            "roles": ";".join(change.roles),
            "beds": np.nan if change.beds is None else change.beds,
            "ambulances": np.nan if change.ambulances is None else change.ambulances,
            "status": "open",
            "source": f"scenario {self.scenario}",
        }
        if change.township:
            row["township"] = change.township
        number = len(self.register.frame) + len(self.opened)
        self.opened[change.key] = number
        self.rows[number] = row

    def _move(self, position: int, number: int, row: Row, change: Move) -> None:
        place = self._stand(position, change, None)
        if place is not None:
            self.rows[number] = row | place

    def _stand(self, position: int, change: Open | Move, stated: str | None) -> Row | None:
        """County, township, point and precision of a place; None, with a fault, where nothing can stand there."""
        lon, lat = change.place
        standing = self.ground.stand(lon, lat)
        wrong = check_standing(standing)[0]
        if wrong is not None:
            self.faults.add(position, "lon, lat", wrong[0], f"{change.lon:g}, {change.lat:g}", **wrong[1])
            return None
        county = str(standing.county[0])
        if stated is not None and stated != county:
            known = self.ground.counties.names[:-1].tolist()
            if stated not in known:
                near = nearest_names(stated, known)
                self.faults.add(position, "county", "scenarios.no-county", stated, nearest=near)
                return None
            if not self.ground.near(stated, standing.xy[0], 1000 * BORDER_TOLERANCE_KM):
                self.faults.add(position, "county", "scenarios.other-county", stated, standing=county)
                return None
            county = stated
        return {
            "geometry": shapely.Point(standing.xy[0]),
            "county": county,
            "township": str(standing.township[0]),
            "precision": "exact",
            "uncertainty_km": 0.0,
        }


def _upgraded(row: Row, change: Upgrade) -> Row:
    stated = {
        "kind": change.kind,
        "level": change.level,
        "status": change.status,
        "beds": change.beds,
        "ambulances": change.ambulances,
    }
    new: Row = {name: value for name, value in stated.items() if value is not None}
    if change.level is not None:
        new["level_class"] = ""
    if change.roles is not None or change.add_roles:
        has = row["roles"].split(";") if change.roles is None else change.roles
        new["roles"] = ";".join(dict.fromkeys(role for role in (*has, *change.add_roles) if role))
    return new


def _column(name: str, register: Register, changed: Mapping[int, Row], new: list[Row]) -> object:
    """One column with its changed cells and new rows, in the type it had."""
    column, values = register.frame[name], register.columns[name]
    touched = {number: row[name] for number, row in changed.items() if row[name] is not values[number]}
    if not touched and not new:
        return column
    cells = np.concatenate([values, _as_cells([row[name] for row in new], values.dtype)])
    for number, value in touched.items():
        cells[number] = value
    if name == register.frame.geometry.name:
        return gpd.array.from_shapely(cells, crs=register.frame.crs)
    return pd.array(cells, dtype=column.dtype)


def _as_cells(values: list[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    cells = np.empty(len(values), dtype=dtype)
    cells[:] = values
    return cells
