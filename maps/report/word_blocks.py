"""Blocks of a report as paragraphs, tables and pictures of a Word document, in the styles of that document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from ...texts import Lang, text
from .blocks import Block, Bullets, Cell, Column, Heading, PageBreak, Paragraph, Picture, Section, Table, Tone
from .fonts import report_fonts
from .pdf_tables import SIZES_PT, Layout, layouts, stands_whole
from .pdf_texts import Setter
from .word_styles import HEADINGS
from .word_text import legal

if TYPE_CHECKING:
    from docx.document import Document

Element = Any  # lxml's elements have no types
EMU_PER_TWIP, TWIPS_PER_MM = 635, 1440 / 25.4
CELL_HALF_POINTS = 18  # as the style of cells has it
LONGEST_KEPT = 200  # a longer paragraph may stand on another page than what it speaks of
FIRST_WORDS = re.compile(r"[^;:,(；：，（]+")  # of a verdict: the verdict itself; its reasons follow
PICTURE_HEIGHT = 0.8  # of the text's height, so that the caption stays on the page
TONES: dict[Tone, tuple[str, str]] = {  # fill and letters; contrast above 7 to 1
    "met": ("DDF3E9", "00513B"),
    "not met": ("FBE3D6", "7A2E00"),
    "cannot tell": ("ECECEC", "3A3A3A"),
}
PARAGRAPH_STYLES = {"body": "Body Text", "lead": "Report Lead", "note": "Report Note"}
STYLES = (
    *HEADINGS,
    *PARAGRAPH_STYLES.values(),
    "Caption",
    "List Bullet",
    "Report Picture",
    "Report Cell",
    "Report Heading Cell",
    "Report Space",
    "Report Table",
    "TOC 1",
    "TOC 2",
)
BREAKS = re.compile("([\n\t])")


def element(tag: str, *children: Element, **attributes: str | int) -> Element:
    """A WordprocessingML element, e.g. ``element("jc", val="right")``."""
    made: Element = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), str(value))
    made.extend(children)
    return made


def field(instruction: str, shown: Element) -> Element:
    """A field with what it shows until Word works it out anew."""
    return element("fldSimple", shown, instr=f" {instruction} ")


def text_run(content: str, lang: Lang, *properties: Element) -> Element:
    """A run that shows exactly ``content``; line feeds and tabs as Word has them."""
    made = element("r")
    hint = (element("rFonts", hint="eastAsia"),) if lang == "zh" else ()  # else quotes take the Latin font
    if hint or properties:
        made.append(element("rPr", *hint, *properties))
    for part in BREAKS.split(legal(content)):
        if part in ("\n", "\t"):
            made.append(element("br" if part == "\n" else "tab"))
        elif part:
            shown = element("t")
            shown.text = part
            shown.set(qn("xml:space"), "preserve")
            made.append(shown)
    return made


class BlockWriter:
    """Makes the elements of one document; counts its tables and figures and remembers page breaks to come."""

    def __init__(self, document: Document, styles: dict[str, str], sections: tuple[Section, ...], lang: Lang) -> None:
        self.document = document
        self.styles = styles
        self.lang = lang
        self.numbers = {"table": 0, "figure": 0}
        self.break_before = False
        self.tables = tuple(block for section in sections for block in section.blocks if isinstance(block, Table))
        self.setter = Setter(report_fonts(), lang)
        self.layouts: dict[int, Mapping[tuple[Column, ...], Layout]] = {}

    def section(self, section: Section, width: int, height: int) -> Iterator[Element]:
        """The section's heading and its blocks, for a text area of so many twips."""
        yield self.paragraph(section.title, HEADINGS[0])
        for block, following in pairwise((*section.blocks, None)):
            yield from self._block(block, following, width, height)

    def _block(self, block: Block | None, following: Block | None, width: int, height: int) -> Iterator[Element]:
        """The elements of one block; a paragraph stays on the page of the table or picture that it speaks of."""
        match block:
            case Heading():
                yield self.paragraph(block.text, HEADINGS[block.level - 1])
            case Paragraph():
                leads = isinstance(following, (Table, Picture, Bullets)) and len(block.text) <= LONGEST_KEPT
                kept = (element("keepNext"),) if leads else ()
                yield self.paragraph(block.text, PARAGRAPH_STYLES[block.kind], *kept)
            case Bullets():
                for item in block.items:
                    yield self.paragraph(item, "List Bullet")
            case Table():
                yield from self._table(block, width)
            case Picture():
                yield from self._picture(block, width, height)
            case PageBreak():
                self.break_before = True

    def paragraph(self, content: str, style: str, *properties: Element) -> Element:
        """A paragraph in a style, on a new page if a page break stands before it."""
        made = self._empty(style, *properties)
        made.append(self._run(content))
        return made

    def _run(self, content: str, *properties: Element) -> Element:
        return text_run(content, self.lang, *properties)

    def _empty(self, style: str, *properties: Element) -> Element:
        """A paragraph without text. ``properties`` stand in the order of the schema, keepNext before all others."""
        kept = [each for each in properties if each.tag == qn("w:keepNext")]
        others = [each for each in properties if each.tag != qn("w:keepNext")]
        on_new_page = [element("pageBreakBefore")] if self.break_before else []
        self.break_before = False
        return element("p", element("pPr", element("pStyle", val=self.styles[style]), *kept, *on_new_page, *others))

    def _caption(self, label: str, caption: str, *properties: Element) -> Element:
        """A caption with its number, which Word counts anew when fields are updated."""
        self.numbers[label] += 1
        name = text(f"word.{label}", self.lang)
        made = self._empty("Caption", *properties)
        number = field(f"SEQ {name} \\* ARABIC", self._run(str(self.numbers[label])))
        made.extend((self._run(f"{name} "), number, self._run(text("word.after-number", self.lang) + caption)))
        return made

    def _table(self, table: Table, width: int) -> Iterator[Element]:
        if table.caption:
            yield self._caption("table", table.caption, element("keepNext"))
        elif self.break_before:
            yield self._empty("Report Space")
        widths, size, whole = self._columns(table, width)
        properties = element(
            "tblPr",
            element("tblStyle", val=self.styles["Report Table"]),
            element("tblW", w=5000, type="pct"),
            element("tblLayout", type="fixed"),
            element("tblLook", val="0420", firstRow=1, lastRow=0, firstColumn=0, lastColumn=0, noHBand=0, noVBand=1),
        )
        if table.caption:
            properties.append(element("tblCaption", val=legal(table.caption)))
        grid = element("tblGrid", *(element("gridCol", w=each) for each in widths))
        made = element(
            "tbl", properties, grid, element("tr", element("trPr", element("cantSplit"), element("tblHeader")))
        )
        numeric = [column.numeric for column in table.columns]
        for column, each in zip(table.columns, widths, strict=True):
            made[-1].append(self._cell(Cell(column.heading), each, column.numeric, "Report Heading Cell", size))
        for row in table.rows:
            made.append(element("tr", element("trPr", element("cantSplit"))))
            for cell, each, right in zip(row, widths, numeric, strict=True):
                made[-1].append(self._cell(cell, each, right, "Report Cell", size))
        for row in made.findall(qn("w:tr"))[: len(table.rows) if whole else 1]:
            for style in row.iter(qn("w:pStyle")):
                style.addnext(element("keepNext"))
        yield made
        yield self._empty("Report Space")

    def _columns(self, table: Table, width: int) -> tuple[list[int], int, bool]:
        """Widths of the columns in twips, the type's size in half points, with which no word has to break, and whether
        the table stands on one page.

        Worked out with the fonts of the PDF: those of Word differ little, and are not there to be measured. Tables with
        the same columns look the same.
        """
        scale = SIZES_PT[0] / (CELL_HALF_POINTS / 2)
        if width not in self.layouts:
            self.layouts[width] = layouts(self.tables, self.setter, width / TWIPS_PER_MM * scale)
        found = self.layouts[width][table.columns]
        widths = np.array(found.widths_mm) / sum(found.widths_mm) * width
        whole = stands_whole(table, self.setter, found)
        return [round(each) for each in widths.tolist()], round(2 * found.size_pt / scale), whole

    def _cell(self, cell: Cell, width: int, right: bool, style: str, size: int) -> Element:
        properties = element("tcPr", element("tcW", w=width, type="dxa"))
        fill, letters = TONES.get(cell.tone, ("", ""))
        if fill:
            properties.append(element("shd", val="clear", color="auto", fill=fill))
        aligned = (element("jc", val="right"),) if right else ()
        paragraph = element("p", element("pPr", element("pStyle", val=self.styles[style]), *aligned))
        first = FIRST_WORDS.match(cell.text) if cell.tone else None
        cut = first.end() if first else 0
        for content, bold in ((cell.text[:cut], True), (cell.text[cut:], False)):
            if content:
                look = [element("b")] if bold else []
                look += [element("color", val=letters)] if letters else []
                look += [element("sz", val=size), element("szCs", val=size)] if size != CELL_HALF_POINTS else []
                paragraph.append(self._run(content, *look))
        return element("tc", properties, paragraph)

    def _picture(self, picture: Picture, width: int, height: int) -> Iterator[Element]:
        part = self.document.part
        _, image = part.get_or_add_image(str(picture.path))
        wide, high = image.scaled_dimensions(None, None)
        scale = min(picture.width * width / wide, PICTURE_HEIGHT * height / high) * EMU_PER_TWIP
        inline = part.new_pic_inline(str(picture.path), round(wide * scale), round(high * scale))
        inline.docPr.set("descr", legal(picture.alt))
        inline.docPr.set("name", f"{text('word.figure', self.lang)} {self.numbers['figure'] + 1}")
        made = self._empty("Report Picture", element("keepNext"))
        made.append(element("r", element("drawing", inline)))
        yield made
        yield self._caption("figure", picture.caption)
