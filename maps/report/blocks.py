"""A report as data: what it says, in order, before it becomes a Word document or a PDF.

All texts are plain: what a writer shows is exactly these characters, never markup, a formula or a template.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...texts import Lang

Tone = Literal["", "met", "not met", "cannot tell", "strong"]
SectionKey = Literal[
    "summary", "asked", "data", "method", "verdicts", "counties", "maps", "settle", "ledger", "citations", "parameters"
]


@dataclass(frozen=True)
class Heading:
    """A heading inside a section: level 2 or 3 (level 1 is the section's own title)."""

    text: str
    level: Literal[2, 3] = 2


@dataclass(frozen=True)
class Paragraph:
    """Running text; a "note" is set smaller, a "lead" larger."""

    text: str
    kind: Literal["body", "lead", "note"] = "body"


@dataclass(frozen=True)
class Bullets:
    """A list of points."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """A cell of a table; ``tone`` gives it the colour of a verdict, never the only sign of it."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True)
class Column:
    """A column: its heading (with the unit), its width as a share of the others', and whether it holds numbers."""

    heading: str
    width: float = 1.0
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """A table whose heading repeats on each page; every row has one cell for each column."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""

    def __post_init__(self) -> None:
        """Refuses rows of another width than the heading."""
        wrong = sum(len(row) != len(self.columns) for row in self.rows)
        if wrong:
            raise ValueError(f"{wrong} rows do not have {len(self.columns)} cells: {self.caption}")


@dataclass(frozen=True)
class Picture:
    """A figure from a file (PNG; an SVG of the same name may lie beside it), with its caption and a text for readers
    who cannot see it; ``width`` is a share of the text's width."""

    path: Path
    caption: str
    alt: str
    width: float = 1.0


@dataclass(frozen=True)
class PageBreak:
    """What follows begins on a new page."""


Block = Heading | Paragraph | Bullets | Table | Picture | PageBreak


@dataclass(frozen=True)
class Section:
    """A chapter: the ``key`` is what a bureau's template calls it by."""

    key: SectionKey
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """A whole report. ``facts``: pairs of label and value for the title page (study, plans, date of the data ...)."""

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    lang: Lang
