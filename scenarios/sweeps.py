"""Many scenarios from few words: each candidate site, every pair of them, under every combination of assumptions.

Nothing is held but the words: a :class:`Batch` builds the scenario at an index when it is asked for, so 124,750 pairs
of sites take no memory, and a worker needs nothing but the batch and a number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path
from typing import Literal

import numpy as np

from ..errors import InputError, Problem
from ..layers.vocabulary import nearest
from .changes import Change, Open, Residents, Scenario, SpeedChange, total_cost

JOIN = " + "
CANDIDATE_LABELS = ("candidate", "candidate 2")
PARAMETERS = ("ambulances", "beds", "speed", "residents")
MOST_SHOWN = 20


@dataclass(frozen=True)
class Value:
    """One assumption of a sweep: changes that come before the candidates, and what it sets on each candidate."""

    label: str
    changes: tuple[Change, ...] = ()
    cost: float | None = None
    settings: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Axis:
    """What a sweep varies, under its name: baselines, growth, ambulances ..."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Sweep:
    """Scenarios for each choice of ``choose`` candidates under each combination of the axes' values.

    The last axis varies faster than the first, and the candidates fastest, so that neighbours differ only in what is
    opened. Without candidates there is one scenario for each combination.
    """

    name: str
    candidates: tuple[Open, ...] = ()
    choose: Literal[1, 2] = 1
    axes: tuple[Axis, ...] = ()

    @property
    def choices(self) -> int:
        """How many ways there are to choose candidates."""
        return math.comb(len(self.candidates), self.choose) if self.candidates else 1

    @property
    def count(self) -> int:
        """How many scenarios there are."""
        return self.choices * math.prod(len(axis.values) for axis in self.axes)

    def at(self, index: int) -> Scenario:
        """The scenario at an index from 0 to ``count`` - 1."""
        rest, choice = divmod(index, self.choices)
        values: list[Value] = []
        for axis in reversed(self.axes):
            rest, place = divmod(rest, len(axis.values))
            values.insert(0, axis.values[place])
        return self._scenario(tuple(values), self._chosen(choice))

    def names(self) -> Iterator[str]:
        """The names of all scenarios, in order."""
        for values in product(*(axis.values for axis in self.axes)):
            labels = [value.label for value in values]
            yield from (JOIN.join([*self._sites(chosen), *labels]) for chosen in self._ways())

    def _ways(self) -> Iterable[tuple[Open, ...]]:
        return combinations(self.candidates, self.choose) if self.candidates else [()]

    def _sites(self, chosen: Sequence[Open]) -> list[str]:
        return [one.name for one in chosen] if self.candidates else [self.name]

    def _chosen(self, choice: int) -> tuple[Open, ...]:
        if not self.candidates:
            return ()
        if self.choose == 1:
            return (self.candidates[choice],)
        first, second = pair_at(choice, len(self.candidates))
        return self.candidates[first], self.candidates[second]

    def _scenario(self, values: tuple[Value, ...], chosen: tuple[Open, ...]) -> Scenario:
        settings = dict(setting for value in values for setting in value.settings)
        opened = tuple(one.model_copy(update=settings) for one in chosen) if settings else chosen
        return Scenario(
            name=JOIN.join([*self._sites(chosen), *(value.label for value in values)]),
            changes=(*(change for value in values for change in value.changes), *opened),
            cost=total_cost([*(value.cost for value in values), *(one.cost for one in opened)]),
            group=self.name,
            labels=(
                *((label, one.name) for label, one in zip(CANDIDATE_LABELS, chosen, strict=False)),
                *((axis.name, value.label) for axis, value in zip(self.axes, values, strict=True)),
            ),
        )


def pair_at(index: int, count: int) -> tuple[int, int]:
    """The pair at ``index`` of all pairs (i < j) of ``count`` things: (0, 1), (0, 2), ..., (1, 2), ...

    Counted from the end, the pairs whose first is k from the last but one begin at k (k + 1) / 2.
    """
    behind = math.comb(count, 2) - 1 - index
    back = (math.isqrt(8 * behind + 1) - 1) // 2
    first = count - 2 - back
    return first, count - 1 - (behind - back * (back + 1) // 2)


@dataclass(frozen=True)
class Batch:
    """The scenarios of a run, by index; it can be pickled, and holds no scenario of a sweep.

    ``files`` are all that was read for it; ``problems`` what a planner must know of it (warnings).
    """

    parts: tuple[Scenario | Sweep, ...]
    files: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def count(self) -> int:
        """How many scenarios there are."""
        return sum(_size(part) for part in self.parts)

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Scenario]:
        for part in self.parts:
            if isinstance(part, Scenario):
                yield part
            else:
                yield from map(part.at, range(part.count))

    def at(self, index: int) -> Scenario:
        """The scenario at an index from 0 to ``count`` - 1; IndexError beyond."""
        rest = index
        for part in self.parts:
            if 0 <= rest < _size(part):
                return part if isinstance(part, Scenario) else part.at(rest)
            rest -= _size(part)
        raise IndexError(f"scenario {index} of {self.count}")

    def names(self) -> Iterator[str]:
        """The names of all scenarios, in order."""
        for part in self.parts:
            yield from [part.name] if isinstance(part, Scenario) else part.names()

    def checked(self) -> Batch:
        """The batch itself; :class:`~carereach.errors.InputError` names what two scenarios are called."""
        twice = repeated(self)
        if twice:
            raise InputError([Problem("scenarios.name-twice", value=name) for name in twice[:MOST_SHOWN]])
        return self


def _size(part: Scenario | Sweep) -> int:
    return 1 if isinstance(part, Scenario) else part.count


def repeated(batch: Batch) -> list[str]:
    """Names that several scenarios have, in order; 8 bytes of memory for each scenario."""
    hashes = np.fromiter(map(hash, batch.names()), dtype=np.int64, count=batch.count)
    found, times = np.unique(hashes, return_counts=True)
    alike = set(found[times > 1].tolist())
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for name in batch.names() if alike else ():
        if hash(name) in alike:
            if name in seen:
                twice[name] = None
            seen.add(name)
    return list(twice)


def sweep(
    name: str,
    candidates: Sequence[Open] = (),
    *,
    choose: Literal[1, 2] = 1,
    baselines: Sequence[Scenario] = (),
    grid: Mapping[str, Sequence[Scenario | float]] | None = None,
) -> Batch:
    """A batch with one scenario for each candidate (``choose=2``: each pair) under each baseline and each combination
    of the grid's values.

    ``grid`` maps names to scenarios (growth, closures ...), or one of :data:`PARAMETERS` to numbers: ``ambulances`` and
    ``beds`` of each candidate, factors on all ``speed`` and all ``residents``. Raises
    :class:`~carereach.errors.InputError` for an unknown parameter, for fewer candidates than are chosen, and where two
    scenarios would have one name.
    """
    axes = [Axis("baseline", tuple(map(value_of, baselines)))] if baselines else []
    for parameter, values in (grid or {}).items():
        axes.append(Axis(parameter, tuple(parameter_value(parameter, one) for one in values)))
    if len(candidates) == 1 and choose == 2:
        raise InputError(Problem("scenarios.no-pairs", value=name))
    return Batch((Sweep(name, distinct(candidates), choose, tuple(axes)),)).checked()


def value_of(scenario: Scenario) -> Value:
    """A scenario as an assumption of a sweep."""
    return Value(scenario.name, scenario.changes, scenario.cost)


def parameter_value(parameter: str, given: Scenario | float) -> Value:
    """One value of a grid's parameter."""
    if isinstance(given, Scenario):
        return value_of(given)
    label, number = f"{parameter} {given:g}", float(given)
    if parameter in ("ambulances", "beds"):
        return Value(label, settings=((parameter, number),))
    if parameter == "speed":
        return Value(label, (SpeedChange(factor=number),))
    if parameter == "residents":
        return Value(label, (Residents(factor=number),))
    known = ", ".join(PARAMETERS)
    raise InputError(
        Problem(
            "scenarios.no-parameter",
            value=parameter,
            params={"nearest": nearest(parameter, PARAMETERS), "known": known},
        )
    )


def distinct(candidates: Sequence[Open]) -> tuple[Open, ...]:
    """The candidates with names of their own: a name that came before gets a number, ``North (2)``."""
    taken = {one.name for one in candidates}
    seen: set[str] = set()
    named = []
    for one in candidates:  # each name depends on those before it
        name, number = one.name, 1
        while name in seen or (number > 1 and name in taken):
            number += 1
            name = f"{one.name} ({number})"
        seen.add(name)
        named.append(one if name == one.name else one.model_copy(update={"name": name}))
    return tuple(named)
