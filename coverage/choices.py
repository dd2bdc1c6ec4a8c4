"""Where a plan's wording leaves a choice: the readings a study may name under ``[choices]``, and their defaults.

The numbers C1, C2 ... are those of ``docs/method.md``. C1 (the boundary of the main urban area) is the study's
``[zones]`` table.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..errors import InputError, Problem
from ..texts import Message


@dataclass(frozen=True)
class Choice:
    """One open question and its readings, the first of which is the default."""

    readings: tuple[str, ...]

    @property
    def default(self) -> str:
        return self.readings[0]


CHOICES: Mapping[str, Choice] = MappingProxyType(
    {
        "C2": Choice(("equal-area", "straight-line", "road")),
        "C2-band": Choice(("at-most", "inside")),
        "C3": Choice(("call", "dispatch")),
        "C4": Choice(("counties", "all")),
        "C5": Choice(("resident", "registered")),
        "C5-unit": Choice(("county", "city")),
        "C5-vehicles": Choice(("all", "centre")),
        "C6": Choice(("named", "all")),
        "C7": Choice(("public", "all")),
        "C7-port": Choice(("with", "without")),
        "C8": Choice(("road", "straight")),
        "C8-from": Choice(("government", "edge")),
        "C8-level": Choice(("secondary", "any")),
        "C9": Choice(("ten", "nine")),
        "C9-districts": Choice(("shared", "each")),
        "C10": Choice(("steps", "range")),
        "C10-tcm": Choice(("count", "apart")),
        "C11": Choice(("report", "all", "ninety")),
        "C11-mode": Choice(("car", "walk")),
        "C11-facilities": Choice(("any", "hospitals", "primary")),
        "C12": Choice(("resident", "service")),
        "C12-far": Choice(("outside-seat", "ten-km", "twenty-km")),
        "C13": Choice(("each", "shared")),
        "C14": Choice(("half", "all")),
        "C15": Choice(("either", "street", "people")),
        "C16": Choice(("centres", "stations")),
        "C17": Choice(("resident", "registered")),
        "C18": Choice(("table", "text")),
        "C19": Choice(("authorised", "open")),
        "C20": Choice(("each", "together")),
        "C21": Choice(("both", "either")),
        "C22": Choice(("each", "together")),
    }
)


@dataclass(frozen=True)
class Choices:
    """The readings of one study; what it does not name keeps the default."""

    named: Mapping[str, str]

    def __getitem__(self, code: str) -> str:
        return self.named.get(code, CHOICES[code].default)

    def say(self, code: str) -> Message:
        """The reading used, in words."""
        return Message(f"choice.{code}.{self[code]}")

    def readings(self, codes: Iterable[str]) -> dict[str, str]:
        """The reading of each of these choices."""
        return {code: self[code] for code in codes}


def why_default(code: str) -> Message:
    """The reason for a choice's default, in words."""
    return Message(f"choice.{code}.why")


def read_choices(named: Mapping[str, str], file: str) -> Choices:
    """Checks the study's ``[choices]``; raises :class:`InputError` naming each unknown choice or reading."""
    problems = []
    for code, reading in named.items():
        if code not in CHOICES:
            problems.append(_unknown("choice.unknown", file, f"choices.{code}", code, tuple(CHOICES)))
        elif reading not in CHOICES[code].readings:
            problems.append(
                _unknown("choice.unknown-reading", file, f"choices.{code}", reading, CHOICES[code].readings)
            )
    if problems:
        raise InputError(problems)
    return Choices(dict(named))


def _unknown(code: str, file: str, column: str, value: str, valid: tuple[str, ...]) -> Problem:
    nearest = difflib.get_close_matches(value, valid, n=1, cutoff=0.0)[0]
    return Problem(code, file, column=column, value=value, params={"valid": ", ".join(valid), "nearest": nearest})
