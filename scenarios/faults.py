"""What keeps a change from being made: problems that know which change of a scenario they belong to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..errors import Problem
from .changes import Change

# Problems that suggest a known word, in words for where none is known.
ALONE = {
    "scenarios.no-facility": "scenarios.no-facility-at-all",
    "scenarios.no-township": "scenarios.no-township-at-all",
    "scenarios.no-road-name": "scenarios.no-road-name-at-all",
    "scenarios.no-scenario": "scenarios.no-scenario-at-all",
}


@dataclass(frozen=True)
class Fault:
    """A problem of the change at ``position`` of a scenario, in its ``key``; the problem has no place yet."""

    position: int
    key: str
    problem: Problem


class Faults:
    """Collects the faults of one scenario while its changes are made."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, position: int, key: str, code: str, value: object = None, **params: object) -> None:
        """Records why the change at ``position`` cannot be made."""
        self.found.append(Fault(position, key, suggesting(Problem(code, value=value, params=params))))

    def of(self, position: int) -> bool:
        """Whether the change at ``position`` has a fault."""
        return any(fault.position == position for fault in self.found)


def suggesting(problem: Problem) -> Problem:
    """The problem; where nothing is known that it could suggest, in words that suggest nothing."""
    alone = not problem.params.get("nearest", True)
    return replace(problem, code=ALONE.get(problem.code, problem.code)) if alone else problem


def placed(name: str, changes: Sequence[Change], faults: Sequence[Fault]) -> tuple[Problem, ...]:
    """The problems with the place of their change: ``scenario "north", open 2, lon``."""
    numbers = numbered(changes)
    return tuple(
        replace(fault.problem, column=f'scenario "{name}", {numbers[fault.position]}, {fault.key}') for fault in faults
    )


def numbered(changes: Sequence[Change]) -> list[str]:
    """Each change as its table is called and counted in a scenario: ``open 1``, ``open 2``, ``close 1``."""
    seen: Counter[str] = Counter()
    names = []
    for change in changes:
        seen[change.change] += 1
        names.append(f"{change.change} {seen[change.change]}")
    return names
