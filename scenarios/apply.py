"""A study as a scenario makes it: facilities, residents and roads changed, and what was touched."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..layers.model import Layer
from ..layers.roads.network import RoadNetwork
from ..layers.study import Study
from ..texts import Message
from .changes import Change, CloseRoad, Residents, Scenario, SpeedChange, canonical, content_of
from .facility_changes import FacilityDraft, Register, Touched
from .faults import Fault, Faults, placed
from .ground import Ground
from .resident_changes import DemandDraft
from .road_changes import RoadRegister

KEPT = 8
UNREAD = "scenarios.area-unread"
T = TypeVar("T")


@dataclass(frozen=True)
class Changed:
    """A study after a scenario's changes.

    ``study``: the study with changed facilities, people and roads; what is not touched is the very same object.
    ``kinds``: kinds of facilities that were touched, as they were and as they are. ``stations_changed``: a facility
    that the study's ``[stations]`` selects was touched in any way. ``road_factor`` (E,) multiplies the minutes of each
    edge in both directions, ``inf`` where it is closed; None as in the study. ``new_places``: demand points added at
    the end. ``touched``: each facility that was changed, as it was (None: it is new) and as it is. ``notes``: what a
    reader must know.
    """

    study: Study
    kinds: frozenset[str] = frozenset()
    stations_changed: bool = False
    residents_changed: bool = False
    roads_changed: bool = False
    road_factor: NDArray[np.float64] | None = None
    new_places: int = 0
    touched: tuple[Touched, ...] = ()
    notes: tuple[Message, ...] = ()


def apply(study: Study, scenario: Scenario) -> Changed:
    """The study as ``scenario`` makes it; :class:`~carereach.errors.InputError` names each change that cannot be made.

    For many scenarios of one study, :class:`Applier` prepares the study once.
    """
    return Applier(study).apply(scenario)


class Applier:
    """Makes scenarios of one study. Scenarios that change roads or residents alike share these layers, object for
    object, so that whoever computes with them can keep what they computed."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.ground = Ground(study)
        self.register = Register(study)
        self.road_register = RoadRegister(self.ground)
        self._roads: _Kept[tuple[RoadNetwork, NDArray[np.float64], list[Fault]]] = _Kept()
        self._people: _Kept[tuple[Layer, list[Message], list[Fault]]] = _Kept()

    def apply(self, scenario: Scenario) -> Changed:
        """The study as ``scenario`` makes it; raises :class:`~carereach.errors.InputError` with all its faults."""
        changed, faults = self.tried(scenario.name, scenario.changes)
        if faults:
            raise InputError(placed(scenario.name, scenario.changes, faults))
        return changed

    def faults(self, changes: Sequence[Change]) -> tuple[Fault, ...]:
        """What keeps changes from being made, one after the other, to the study."""
        return self.tried("", changes)[1]

    def tried(self, name: str, changes: Sequence[Change]) -> tuple[Changed, tuple[Fault, ...]]:
        """The study with those changes that can be made, and the faults of the others, in the order of changes."""
        faults = Faults()
        draft = FacilityDraft(self.register, self.ground, name, faults)
        roads: list[tuple[int, SpeedChange | CloseRoad]] = []
        moved: list[tuple[int, Residents]] = []
        for position, change in enumerate(changes):
            if not isinstance(change, SpeedChange | CloseRoad | Residents):
                draft.make(position, change)
            elif change.area is not None and not change.area.wkt:
                faults.add(position, "area", UNREAD, change.area.name)
            elif isinstance(change, Residents):
                moved.append((position, change))
            else:
                roads.append((position, change))
        draft.check_last(tuple(changes))
        study, factor, notes = self.study, None, tuple[Message, ...]()
        if draft.rows:
            study = replace(study, facilities=replace(study.facilities, frame=draft.frame()))
        if roads:
            made = [change for _, change in roads]
            network, factor, found = self._roads.get(_key(made), lambda: self._changed_roads(made))
            study = replace(study, roads=network)
            faults.found += [replace(fault, position=roads[fault.position][0]) for fault in found]
        if moved:
            settled = [change for _, change in moved]
            people, said, found = self._people.get(_key(settled), lambda: self._changed_people(settled))
            study, notes = replace(study, people=people), tuple(said)
            faults.found += [replace(fault, position=moved[fault.position][0]) for fault in found]
        changed = Changed(
            study=study,
            kinds=draft.kinds,
            stations_changed=draft.stations_changed,
            residents_changed=bool(moved),
            roads_changed=bool(roads),
            road_factor=factor,
            new_places=len(study.people.frame) - len(self.study.people.frame),
            touched=tuple(draft.pairs()),
            notes=notes,
        )
        return changed, tuple(sorted(faults.found, key=lambda fault: fault.position))

    def _changed_roads(
        self, changes: Sequence[SpeedChange | CloseRoad]
    ) -> tuple[RoadNetwork, NDArray[np.float64], list[Fault]]:
        faults = Faults()
        factor = self.road_register.factor(list(enumerate(changes)), faults)
        return self.study.roads.with_time_factor(factor), factor, faults.found

    def _changed_people(self, changes: Sequence[Residents]) -> tuple[Layer, list[Message], list[Fault]]:
        faults = Faults()
        draft = DemandDraft(self.study, self.ground, faults)
        for position, change in enumerate(changes):
            draft.make(position, change)
        draft.check_some(len(changes) - 1, changes[-1])
        return replace(self.study.people, frame=draft.frame), draft.notes, faults.found


class _Kept(Generic[T]):
    """The last few results by key."""

    def __init__(self) -> None:
        self._results: OrderedDict[str, T] = OrderedDict()

    def get(self, key: str, make: Callable[[], T]) -> T:
        if key not in self._results:
            self._results[key] = make()
            if len(self._results) > KEPT:
                self._results.popitem(last=False)
        self._results.move_to_end(key)
        return self._results[key]


def _key(changes: Sequence[Change]) -> str:
    """What tells changes apart: all that they say, in their order."""
    return canonical([content_of(change) for change in changes])
