"""Kinds of broken input: what each does to a good study folder, and what ``carereach check`` must say of it.

The kinds stand in ``broken_study``, ``broken_places``, ``broken_roads`` and ``broken_people``; they register here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from carereach.errors import Level, Problem
from carereach.texts import LANGS, Lang, catalogue, text

Break = Callable[[Path], None]


@dataclass(frozen=True)
class Says:
    """One line that must be in the output: a problem's code, and where it is found (None: anywhere)."""

    code: str
    file: str = ""
    row: int | None = None
    column: str | None = None
    shows: str = ""
    level: Level = "error"

    def pattern(self, lang: Lang) -> re.Pattern[str]:
        """The line in ``lang``, whatever stands in the message's places; ``shows`` is somewhere in it."""
        place = ".*".join(re.escape(part) for part in self._place(lang))
        entries = [catalogue()[code] for code in (self.code, f"{self.code}.one") if code in catalogue()]
        wording = "(?:" + "|".join(_anywhere(entry[lang]) for entry in entries) + ")"
        shown = f"(?=.*{re.escape(self.shows)})"
        return re.compile(f"^{text('cli.' + self.level, lang)} *{shown}.*{place}.*{wording}", re.MULTILINE)

    def _place(self, lang: Lang) -> list[str]:
        numbered = Problem(self.code, row=self.row, column=self.column).place(lang)
        return [part for part in (self.file, numbered) if part]


def _anywhere(wording: str) -> str:
    """A pattern of a message, whatever stands in its places."""
    return "".join(
        re.escape(literal) + (".*" if field is not None else "") for literal, field, _, _ in Formatter().parse(wording)
    )


def warns(code: str, file: str = "", row: int | None = None, column: str | None = None, shows: str = "") -> Says:
    """As :class:`Says`, for a warning."""
    return Says(code, file, row, column, shows, "warning")


@dataclass(frozen=True)
class Kind:
    """One way to break the study. ``dangerous``: also run in a process of its own, measured from its start."""

    name: str
    damage: Break
    says: tuple[Says, ...]
    dangerous: bool = False

    @property
    def exit_code(self) -> int:
        """2 where there is an error, 0 where there are only warnings."""
        return 2 if any(line.level == "error" for line in self.says) else 0

    def missing(self, output: str, lang: Lang) -> list[str]:
        """What should have been said and was not."""
        return [f"{said.code} {said.file}" for said in self.says if not said.pattern(lang).search(output)]


KINDS: dict[str, Kind] = {}


def kind(*says: Says, dangerous: bool = False) -> Callable[[Break], Break]:
    """Registers a function that breaks a folder under its own name."""

    def register(damage: Break) -> Break:
        name = damage.__name__.replace("_", "-")
        assert name not in KINDS, name
        KINDS[name] = Kind(name, damage, says, dangerous)
        return damage

    return register


def replace(folder: Path, file: str, old: str, new: str) -> None:
    """Replaces the first ``old`` in a text file; it must be there."""
    content = (folder / file).read_text(encoding="utf-8")
    assert old in content, f"{file}: {old}"
    (folder / file).write_text(content.replace(old, new, 1), encoding="utf-8")


def edit_study(folder: Path, old: str, new: str) -> None:
    replace(folder, "study.toml", old, new)


def truncate(path: Path, share: float = 0.5) -> None:
    """Cuts off the end of a file, as a broken download does."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


__all__ = ["KINDS", "LANGS", "Kind", "Says", "edit_study", "kind", "replace", "truncate", "warns"]
