"""Where in a Word document the parts of a report are to stand, and how much room there is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docx.oxml.ns import qn

if TYPE_CHECKING:
    from docx.document import Document

Element = Any  # lxml's elements have no types
A4_TEXT = (11906 - 2 * 1417, 16838 - 2 * 1417)  # twips, with margins of 2.5 cm
NARROWEST, WIDEST = 1440, 31680  # an inch; Word's largest page
KEPT = ("w:drawing", "w:pict", "w:object", "w:sectPr", "w:br", "w:instrText", "w:fldSimple")


@dataclass(frozen=True)
class Place:
    """A paragraph after which parts of the report are to stand, and their tags."""

    paragraph: Element
    tags: tuple[str, ...]

    @property
    def starts_page(self) -> bool:
        """Whether the paragraph begins a new page and holds nothing else that would."""
        breaks = self.paragraph.pPr is not None and self.paragraph.pPr.find(qn("w:pageBreakBefore")) is not None
        return breaks and not shows_anything(self.paragraph)


def places(document: Document, marks: Mapping[str, str]) -> Iterator[Place]:
    """The paragraphs that held marks (tag -> mark), in order; the marks are taken out of them."""
    tags = {mark: tag for tag, mark in marks.items()}
    any_mark = re.compile("|".join(map(re.escape, tags)))
    body = document.element.body
    for paragraph in list(body.iter(qn("w:p"))):
        found: list[str] = []
        for shown in paragraph.iter(qn("w:t")):
            if shown.text and (marked := any_mark.findall(shown.text)):
                if next(shown.iterancestors(qn("w:p"))) is not paragraph:
                    continue  # a text box: its own paragraph
                found += [tags[mark] for mark in marked]
                shown.text = any_mark.sub("", shown.text)
        if found:
            yield Place(paragraph, tuple(found))


def shows_anything(paragraph: Element) -> bool:
    """Whether there is a text, a picture, a break or a field in a paragraph."""
    shown = any((each.text or "").strip() for each in paragraph.iter(qn("w:t")))
    return shown or any(next(paragraph.iter(qn(tag)), None) is not None for tag in KEPT)


def remove_empty(paragraph: Element) -> None:
    """Takes a paragraph out that shows nothing any more, unless a cell would be left without one."""
    if shows_anything(paragraph):
        return
    parent, following = paragraph.getparent(), paragraph.getnext()
    if parent.tag == qn("w:tc") and following is None:
        return
    parent.remove(paragraph)


def text_area(document: Document, paragraph: Element) -> tuple[int, int]:
    """Width and height in twips of the room for text where ``paragraph`` stands: its cell, else its page."""
    sections = paragraph.xpath("following::w:sectPr | .//w:sectPr") or document.element.body.xpath("./w:sectPr")
    width, height = _page(sections[0]) if sections else A4_TEXT
    cells = paragraph.xpath("ancestor::w:tc[1]/w:tcPr/w:tcW[@w:type='dxa']/@w:w")
    return (int(cells[0]) if cells and cells[0].isdecimal() else width), height


def _page(section: Element) -> tuple[int, int]:
    """The room that a section of the document has for text; A4 where it does not say it in numbers."""
    size, margins = section.find(qn("w:pgSz")), section.find(qn("w:pgMar"))
    columns = section.find(qn("w:cols"))
    try:
        count = 1 if columns is None else int(columns.get(qn("w:num"), "1"))
        width = int(size.get(qn("w:w"))) - sum(_twips(margins, side) for side in ("left", "right", "gutter"))
        height = int(size.get(qn("w:h"))) - abs(_twips(margins, "top")) - abs(_twips(margins, "bottom"))
    except (AttributeError, TypeError, ValueError):
        return A4_TEXT
    return min(max(width // max(count, 1), NARROWEST), WIDEST), min(max(height, NARROWEST), WIDEST)


def _twips(margins: Element, side: str) -> int:
    return int(margins.get(qn(f"w:{side}"), "0"))
