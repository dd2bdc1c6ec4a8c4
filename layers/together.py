"""Reading two files so that the problems of both are reported at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..errors import InputError, Problem

A = TypeVar("A")
B = TypeVar("B")


def both(first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
    """What the two give; if either raises :class:`InputError`, one with the problems of both."""
    problems: list[Problem] = []
    try:
        a = first()
    except InputError as error:
        problems += error.problems
    try:
        b = second()
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    return a, b
