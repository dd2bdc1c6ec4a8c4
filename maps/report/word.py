"""The report as a Word document, in carereach's own template or in a bureau's."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from copy import deepcopy
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
from docx.oxml.ns import qn

from ...files import atomic
from ...texts import Lang
from .blocks import Report
from .word_blocks import STYLES, BlockWriter, element, text_run
from .word_places import places, remove_empty, text_area
from .word_styles import HEADINGS, HeadingNumbers, style_ids
from .word_template import Filled, fill, read_template
from .word_text import legal

if TYPE_CHECKING:
    from docx.document import Document

Element = Any  # lxml's elements have no types
LANGUAGE_TAGS: dict[Lang, str] = {"zh": "zh-CN", "en": "en-GB"}
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file can name
CONTENTS_DEPTH = 2
CONTENTS_STYLES = ("TOC 1", "TOC 2")
LONGEST_PROPERTY = 255
UNSTEADY = ("dcterms:created", "dcterms:modified", "cp:lastPrinted", "cp:lastModifiedBy", "cp:revision")


def write_word(report: Report, path: Path, template: Path | None = None) -> Path:
    """Writes ``report`` as a docx into ``template`` (carereach's own where there is none); the same report gives the
    same bytes.

    Raises :class:`InputError` with all that is wrong with the template.
    """
    own = _own_template(report.lang)
    content = own if template is None else read_template(template)
    filled = fill(content, report, "report" if template is None else template.name)
    _place(filled, report, docx.Document(io.BytesIO(own)))
    _set_properties(filled.document, report)
    with atomic(path) as temporary:
        temporary.write_bytes(frozen(filled.document))
    return path


def _own_template(lang: Lang) -> bytes:
    return (resources.files(__package__ or "") / "assets" / f"report_{lang}.docx").read_bytes()


def _place(filled: Filled, report: Report, own: Document) -> None:
    """Puts the parts of the report where their marks stand; the contents last, when all headings are there."""
    document = filled.document
    ids = style_ids(document, STYLES, own)
    writer = BlockWriter(document, ids, report.sections, report.lang)
    contents = []
    for place in list(places(document, filled.marks)):
        after = place.paragraph
        writer.break_before |= place.starts_page
        for tag in place.tags:
            if tag == "contents":
                after.addnext(spot := element("p"))
                contents.append(spot)
                after = spot
            for section in report.sections:
                if tag in ("body", section.key):
                    for made in writer.section(section, *text_area(document, place.paragraph)):
                        after.addnext(made)
                        after = made
        remove_empty(place.paragraph)
    entries = list(_contents(document, ids, report.lang)) if contents else []
    for spot in contents:
        for made in reversed(entries):
            spot.addnext(deepcopy(made))
        remove_empty(spot)


def _contents(document: Document, ids: dict[str, str], lang: Lang) -> Iterator[Element]:
    """The table of contents: a field that Word can renew, showing the headings as they are now."""
    numbers = HeadingNumbers(document, ids)
    depths = {ids[name]: depth for depth, name in enumerate(HEADINGS)}
    used = [int(each.get(qn("w:id"), "0")) for each in document.element.iter(qn("w:bookmarkStart"))]
    entries: list[Element] = []
    for paragraph in document.element.body.iter(qn("w:p")):
        depth = depths.get(paragraph.style or "")
        if depth is None:
            continue
        number = numbers.next(depth)
        if depth == CONTENTS_DEPTH:
            continue
        identity = max(used, default=0) + len(entries) + 1
        name = f"_Toc{identity:08d}"
        paragraph[0].addnext(element("bookmarkStart", id=identity, name=name))
        paragraph.append(element("bookmarkEnd", id=identity))
        shown = "".join(part.text or "" for part in paragraph.iter(qn("w:t")))
        gap = "" if not number or number[-1] in "、）" else " "
        link = element("hyperlink", text_run(number + gap + shown, lang), anchor=name, history=1)
        style = element("pPr", element("pStyle", val=ids[CONTENTS_STYLES[depth]]))
        entries.append(element("p", style, link))
    if entries:
        code = element("instrText")
        code.text = f' TOC \\o "1-{CONTENTS_DEPTH}" \\h \\z \\u '
        code.set(qn("xml:space"), "preserve")
        begin = [element("r", element("fldChar", fldCharType="begin")), element("r", code)]
        for at, made in enumerate((*begin, element("r", element("fldChar", fldCharType="separate")))):
            entries[0].insert(1 + at, made)
        entries[-1].append(element("r", element("fldChar", fldCharType="end")))
    yield from entries


def _set_properties(document: Document, report: Report) -> None:
    """Title and language; times of writing are left out, so that the same report gives the same bytes."""
    properties = document.core_properties
    properties.title = legal(report.title)[:LONGEST_PROPERTY]
    properties.subject = legal(report.subtitle)[:LONGEST_PROPERTY]
    properties.language = LANGUAGE_TAGS[report.lang]
    root = document.part.package.core_properties._element
    for tag in UNSTEADY:
        for each in root.findall(qn(tag)):
            root.remove(each)


def frozen(document: Document) -> bytes:
    """The document's file, its parts in a fixed order and without the time of writing."""
    saved, frozen = io.BytesIO(), io.BytesIO()
    document.save(saved)
    with zipfile.ZipFile(saved) as parts, zipfile.ZipFile(frozen, "w", zipfile.ZIP_DEFLATED) as archive:
        names = sorted(parts.namelist(), key=lambda name: (name != "[Content_Types].xml", name != "_rels/.rels", name))
        for name in names:
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, parts.read(name))
    return frozen.getvalue()
