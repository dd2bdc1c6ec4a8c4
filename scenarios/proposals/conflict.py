"""Which goals cannot be met together: an irreducible set of them, the smallest where that is soon told.

A deletion filter (Chinneck and Dravnieks 1991): a goal without which the others still cannot be met goes, one after
the other; what is left cannot be met together, but can without any one of it. Then smaller sets are asked for, the
smallest first; sets inside one that is known to be possible need no question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Goals = frozenset[int]
# A choice that meets the goals, False where none does, None where that could not be told in the time.
Ask = Callable[[Goals], Floats | bool | None]
MOST_ASKED = 200


@dataclass(frozen=True, eq=False)
class Conflict:
    """``goals`` (by place) that cannot be met together; ``without[k]``: a choice that meets all of them but the k-th,
    None where the time did not allow to find it. ``smallest``: no smaller set is impossible. ``alone``: all goals that
    are known to be impossible by themselves."""

    goals: tuple[int, ...]
    without: tuple[Floats | None, ...]
    smallest: bool
    alone: tuple[int, ...] = ()

    @property
    def irreducible(self) -> bool:
        """Whether each of the goals is shown to be needed."""
        return all(choice is not None for choice in self.without)


@dataclass
class Known:
    """What has been asked: sets that some choice meets, with the choice, and sets that none meets.

    ``ask`` solves; ``met_by`` says which goals a choice meets (more than were asked for, perhaps).
    """

    ask: Ask
    met_by: Callable[[Floats], Goals]
    asked: int = 0
    possible: list[tuple[Goals, Floats]] = field(default_factory=list)
    impossible: list[Goals] = field(default_factory=list)

    def learn(self, choice: Floats) -> None:
        """Remembers what a choice meets."""
        self.possible.append((self.met_by(choice), choice))

    def answer(self, goals: Goals) -> Floats | bool | None:
        """As :data:`Ask`, from what is known where that tells it."""
        for met, choice in self.possible:
            if goals <= met:
                return choice
        if any(none <= goals for none in self.impossible):
            return False
        self.asked += 1
        found = self.ask(goals)
        if found is False:
            self.impossible.append(goals)
        elif isinstance(found, np.ndarray):
            self.possible.append((self.met_by(found) | goals, found))
        return found


def conflict_of(count: int, known: Known) -> Conflict:
    """The conflict among ``count`` goals that cannot all be met."""
    known.impossible.append(frozenset(range(count)))
    left = list(range(count))
    for goal in range(count):
        if len(left) > 1 and known.answer(frozenset(left) - {goal}) is False:
            left.remove(goal)
    smaller, smallest = _smaller(count, len(left), known)
    goals = tuple(sorted(smaller or left))
    found = [known.answer(frozenset(goals) - {goal}) if len(goals) > 1 else np.zeros(0) for goal in goals]
    without = tuple(one if isinstance(one, np.ndarray) else None for one in found)
    alone = [goal for goal in range(count) if len(goals) == 1 and known.answer(frozenset({goal})) is False]
    return Conflict(goals, without, smallest, tuple(alone))


def _smaller(count: int, size: int, known: Known) -> tuple[Goals | None, bool]:
    """A set of fewer goals that cannot be met together, the smallest first; and whether no smaller one was left out."""
    until = known.asked + MOST_ASKED
    for goals in _sets(count, size):
        answer = known.answer(goals)
        if answer is False:
            return goals, True
        if answer is None or known.asked >= until:
            return None, False
    return None, True


def _sets(count: int, below: int) -> Iterator[Goals]:
    for size in range(1, below):
        yield from map(frozenset, combinations(range(count), size))
