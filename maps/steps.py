"""What a run tells its user while it writes: which step it is at, and which part of how many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from ..texts import Message

T = TypeVar("T")


class Told(Protocol):
    """Is told the name of each step; the values fill the wording of ``step.NAME`` in the catalogue."""

    def __call__(self, name: str, /, **values: object) -> None: ...


def quiet(_name: str, /, **_values: object) -> None:
    """Tells nobody."""


def tell(told: Told, name: str, part: str, done: int, total: int) -> None:
    """Says which part of a step begins, and which of how many it is."""
    told(name, done=done, total=total, what=Message(f"step.{name}-{part}"))


def in_turn(told: Told, name: str, parts: Sequence[tuple[str, Callable[[], T]]]) -> list[T]:
    """Does the parts of a step one after the other, says so of each, and gives what each gave."""
    made = []
    for done, (part, work) in enumerate(parts, start=1):
        tell(told, name, part, done, len(parts))
        made.append(work())
    return made
