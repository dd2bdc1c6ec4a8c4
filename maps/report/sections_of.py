"""Where in a plan a rule stands: the document and the section of its citation, in words, and in the plan's order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ...coverage.results import Verdict
from ...texts import Lang
from ..words import plain
from .said import say

NUMERALS = "一二三四五六七八九十"
CHAPTER = re.compile(rf"^([{NUMERALS}]+)((?:[（(][{NUMERALS}]+[）)])?)")
BOX = re.compile(r"^(box|table)(?: (\d+))?(?=[ ,]|$)")
PARTS = (
    ("box-item", re.compile(r"\bbox (\d+) item (\d+)")),
    ("table-row-of", re.compile(r"\btable (\d+) row (\d+)")),
    ("table-row", re.compile(r"\btable row (\d+)")),
    ("box", re.compile(r"\bbox (\d+)")),
    ("table-no", re.compile(r"\btable (\d+)")),
)


class Chapter(NamedTuple):
    """A part of a plan as the report groups it: the larger section, box or table that the first citation names."""

    plan: str
    document: str
    section: str


def document_of(citation: str) -> str:
    """Number and date of the document that a citation names."""
    return plain(citation.partition("§")[0].rstrip(" ,，"))


def section_of(citation: str) -> str:
    """The section that a citation names, as the plan file has it; empty where it names none."""
    return plain(citation.partition("§")[2])


def chapter_of(verdict: Verdict) -> Chapter:
    """The part of its plan that a verdict is shown under."""
    section = section_of(verdict.citation)
    found = CHAPTER.match(section) or BOX.match(section)
    return Chapter(verdict.plan, document_of(verdict.citation), found.group(0) if found else section)


def in_order(chapters: Sequence[Chapter]) -> list[Chapter]:
    """Chapters each once: plans as they come, their main document first; numbered sections, boxes, tables."""
    plans = list(dict.fromkeys(chapter.plan for chapter in chapters))
    counts = Counter((chapter.plan, chapter.document) for chapter in chapters)

    def place(chapter: Chapter) -> tuple[int, int, str, tuple[int, int, int, str]]:
        count = counts[chapter.plan, chapter.document]
        return plans.index(chapter.plan), -count, chapter.document, place_of(chapter.section)

    return sorted(set(chapters), key=place)


def main_documents(chapters: Sequence[Chapter]) -> dict[str, str]:
    """The document that most of a plan's citations name, by plan."""
    counts = Counter((chapter.plan, chapter.document) for chapter in chapters)
    found: dict[str, str] = {}
    for (plan, document), _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        found.setdefault(plan, document)
    return found


def section_text(section: str, lang: Lang) -> str:
    """A section in the reader's language: boxes, tables, items and rows by their names."""
    said = parts_text(section, lang)
    said = re.sub(r"^table$", say("plan-table", lang), said)
    return said.replace(", ", "、") if lang == "zh" else said


def parts_text(said: str, lang: Lang) -> str:
    """A text with the boxes, tables, items and rows of plans that it names in the reader's language."""
    for code, pattern in PARTS:
        numbers = {"a": r"\1", "b": rf"\{pattern.groups}"}
        said = pattern.sub(say(f"plan-{code}", lang, **numbers), said)
    return said


def chapter_text(section: str, lang: Lang) -> str:
    """The name of a chapter as a heading."""
    numbered = CHAPTER.match(section)
    if numbered:
        return say("chapter", lang, a=numbered[1], b=numbered[2].replace("(", "（").replace(")", "）"))
    return section_text(section, lang) or say("no-section", lang)


def place_of(section: str) -> tuple[int, int, int, str]:
    """Where a section stands in its plan: numbered sections, then boxes, then tables, then anything else."""
    chapter, box = CHAPTER.match(section), BOX.match(section)
    rest = re.sub(r"\d+", lambda found: found[0].zfill(6), section)  # row 2 before row 10
    if chapter:
        return 0, _numeral(chapter.group(1)), _numeral(chapter.group(2).strip("（()）")), rest
    if box:
        return (1 if box.group(1) == "box" else 2), int(box.group(2) or 0), 0, rest
    return 3, 0, 0, rest


def _numeral(said: str) -> int:
    """A Chinese numeral below one hundred; 0 for none."""
    tens, ten, ones = said.rpartition("十")
    if not ten:
        return NUMERALS.find(said) + 1 if said else 0
    return (NUMERALS.find(tens) + 1 if tens else 1) * 10 + (NUMERALS.find(ones) + 1 if ones else 0)
