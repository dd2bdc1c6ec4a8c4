"""What can be wrong with an input, and the errors that say so.

A :class:`Problem` is data: a code whose Chinese and English wording stands in ``messages/*.toml``, and the place it
was found at. Readers collect problems in :class:`Findings`, so that a user sees all of them at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .texts import Lang, Message, clean, text

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """One thing wrong (``error``) or worth knowing (``warning``) in one place of one file.

    ``code`` names a message in ``messages/*.toml``; ``params`` fill its ``{placeholders}``. ``row`` counts as the
    user's program shows it: the heading is row 1 of a sheet or CSV file.
    """

    code: str
    file: str = ""
    row: int | None = None
    column: str | None = None
    value: object = None
    params: Mapping[str, object] = field(default_factory=dict)
    level: Level = "error"

    def place(self, lang: Lang = "en") -> str:
        """File, row and column in words, or an empty string."""
        parts = [clean(self.file)] if self.file else []
        if self.row is not None:
            parts.append(text("problem.row", lang, row=self.row))
        if self.column is not None:
            parts.append(text("problem.column", lang, column=self.column))
        return ", ".join(parts)

    def message(self, lang: Lang = "en") -> str:
        """What is wrong and what to do about it, in one line, without the place."""
        what = Message(self.code, self.params).text(lang)
        if self.value is not None:
            what += " " + text("problem.value", lang, value=self.value)
        todo = Message(self.code + ".todo", self.params).text(lang)
        return f"{what} {todo}".strip()

    def line(self, lang: Lang = "en") -> str:
        """Place and message in one line."""
        place = self.place(lang)
        return f"{place}: {self.message(lang)}" if place else self.message(lang)

    def __str__(self) -> str:
        return self.line()


class CareReachError(Exception):
    """Root of every error that carereach raises on purpose."""


class InputError(CareReachError, ValueError):
    """An input is not usable; ``problems`` says each reason, with its place and the way out."""

    def __init__(self, problems: Problem | tuple[Problem, ...] | list[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(p.line() for p in self.problems))


class StudyError(InputError):
    """A study cannot be opened; lists the problems of all its layers."""


class FetchError(InputError):
    """A download did not succeed, or what came is not what was asked for."""


class Findings:
    """Collects the problems of one file while it is read."""

    def __init__(self, file: str | Path) -> None:
        self.file = Path(file).name
        self.problems: list[Problem] = []

    def error(
        self, code: str, *, row: int | None = None, column: str | None = None, value: object = None, **params: object
    ) -> None:
        """Records something that makes the file unusable as it is."""
        self.problems.append(Problem(code, self.file, row, column, value, params, "error"))

    def warn(
        self, code: str, *, row: int | None = None, column: str | None = None, value: object = None, **params: object
    ) -> None:
        """Records something that a planner must know, but that does not stop the study."""
        self.problems.append(Problem(code, self.file, row, column, value, params, "warning"))

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.level == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.level == "warning")

    def raise_errors(self) -> None:
        """Raises :class:`InputError` with everything found so far (warnings too), if there is an error among it."""
        if self.errors:
            raise InputError(self.problems)
