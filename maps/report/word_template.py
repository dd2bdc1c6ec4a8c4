"""A Word template: opened with care, its tags checked, and filled in. What stands for a part of the report is left as a
mark, so that the report's own texts never pass through the template engine.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.opc.exceptions import OpcError
from docx.opc.oxml import serialize_part_xml
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from jinja2 import TemplateError

from ...errors import Findings
from ...files import require_file
from .blocks import Report
from .word_styles import style_ids
from .word_tags import PLACED, SECTIONS, check_paragraphs, check_tags, endless, environment, names_of, unlike_tags
from .word_text import legal

FILE_LIMIT, UNPACKED_LIMIT, XML_LIMIT, MOST_PARTS = 32 << 20, 256 << 20, 32 << 20, 4000
MAIN_PART = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
OLE_FILE = bytes.fromhex("d0cf11e0a1b11ae1")  # an old .doc, or a docx that is encrypted
Element = Any  # lxml's elements have no types
MARK = "\ue000"
# What python-docx raises where a part that it looks for is missing or something else
DAMAGED = (OpcError, AttributeError, IndexError, KeyError, TypeError, ValueError)


@dataclass(frozen=True)
class Fact:
    """A line of the title page as a template sees it."""

    label: str
    value: str

    def __iter__(self) -> Iterator[str]:
        return iter((self.label, self.value))

    def __str__(self) -> str:
        return f"{self.label}: {self.value}"

    def __getattr__(self, name: str) -> str:
        """The parts by their names in other languages too."""
        for part in ("label", "value"):
            if name in names_of(part):
                return str(getattr(self, part))
        raise AttributeError(name)


class Facts(tuple[Fact, ...]):
    """The lines of the title page; as one text they are joined."""

    __slots__ = ()

    def __str__(self) -> str:
        return "; ".join(map(str, self))


@dataclass(frozen=True)
class Placed:
    """Stands for a part of the report while a template is rendered; false where the report has no such part."""

    mark: str
    there: bool

    def __bool__(self) -> bool:
        return self.there

    def __str__(self) -> str:
        return self.mark


@dataclass(frozen=True)
class Filled:
    """A template with its values in place: the document, and the mark that stands for each part of the report."""

    document: Document
    marks: dict[str, str]


def check_template(path: Path) -> None:
    """Raises :class:`InputError` with all that is wrong with a template, before a long run is made for it."""
    fill(read_template(path), Report("x", "x", (("x", "x"),), (), "en"), path.name)


def read_template(path: Path) -> bytes:
    """The template's bytes, once it is sure that they are a Word document of a sane size without macros."""
    findings = Findings(path)
    content = require_file(path).read_bytes() if _small(path, findings) else b""
    findings.raise_errors()
    if content.startswith(OLE_FILE):
        findings.error("word.old-or-locked")
    else:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                _check_archive(archive, findings)
        except (
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            RuntimeError,
            EOFError,
            OSError,
            ValueError,
        ) as error:
            findings.error("word.damaged" if zipfile.is_zipfile(io.BytesIO(content)) else "word.not-docx", reason=error)
    findings.raise_errors()
    return content


def _small(path: Path, findings: Findings) -> bool:
    small = require_file(path).stat().st_size <= FILE_LIMIT
    if not small:
        findings.error("word.too-large", limit_mb=FILE_LIMIT >> 20)
    return small


def _check_archive(archive: zipfile.ZipFile, findings: Findings) -> None:
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > UNPACKED_LIMIT:
        findings.error("word.bomb", limit_mb=UNPACKED_LIMIT >> 20, parts=MOST_PARTS)
        return
    texts = [part for part in parts if part.filename.endswith((".xml", ".rels"))]
    if any(part.file_size > XML_LIMIT for part in texts):
        findings.error("word.bomb", limit_mb=XML_LIMIT >> 20, parts=MOST_PARTS)
        return
    names = {part.filename for part in parts}
    torn = archive.testzip()
    if torn is not None:
        findings.error("word.damaged", reason=torn)
        return
    if not {"[Content_Types].xml", "_rels/.rels"} <= names:
        findings.error("word.not-docx")
        return
    types = archive.read("[Content_Types].xml").decode("utf-8", "replace")
    if "macroEnabled" in types or any(name.lower().endswith("vbaproject.bin") for name in names):
        findings.error("word.macros")
    elif MAIN_PART not in types:
        findings.error("word.not-a-document")
    for part in texts:
        try:
            tree = parse_xml(archive.read(part)).getroottree()
        except SyntaxError as error:  # what lxml raises for bad XML is one
            findings.error("word.damaged", reason=f"{part.filename}: {error.msg}")
        else:
            if tree.docinfo.doctype:
                findings.error("word.doctype", part=part.filename)
            if endless(serialize_part_xml(tree.getroot()).decode("utf-8")):
                findings.error("word.endless", part=part.filename)


def fill(content: bytes, report: Report, name: str) -> Filled:
    """The template with the report's title and facts in it, and a mark for each part; ``name`` is said in errors."""
    findings = Findings(name)
    template = _opened(content, findings)
    check_paragraphs(_paragraphs(template), findings)
    findings.raise_errors()  # docxtpl would drop words beside such tags, and what it drops cannot be checked
    sources = list(_sources(template))
    try:
        _check_sources(sources, findings)
    except RecursionError:
        findings.error("word.nested")
    findings.raise_errors()
    mark = _unused_mark(report, [source for source, _ in sources])
    marks = {tag: f"{mark}{tag}{mark}" for tag in PLACED}
    try:
        _render(template, _context(report, mark, marks), mark)
    except TemplateError as error:
        findings.error("word.syntax", reason=error.message or "?")
    except RecursionError:
        findings.error("word.nested")
    except SyntaxError as error:  # XML that is no longer well formed
        findings.error("word.layout", reason=error.msg)
    findings.raise_errors()
    return Filled(_saved(template.docx), marks)


def _opened(content: bytes, findings: Findings) -> DocxTemplate:
    """The template, once everything that the report needs of it has been found in it."""
    template = None
    try:
        document = docx.Document(io.BytesIO(content))
        names = [part.partname for part in document.part.package.parts]
        if document.element.body is None or len(set(names)) < len(names):
            raise ValueError("document.xml, _rels")
        saved = _saved(document)
        style_ids(saved, (), saved)
        saved.part.package.core_properties.title = ""
        template = DocxTemplate(io.BytesIO(content))
        template.render_init()
        list(_sources(template))
    except DAMAGED as error:
        findings.error("word.damaged", reason=str(error))  # not the error: its frames hold half-written files
    findings.raise_errors()
    return template


def _saved(document: Document) -> Document:
    """A document as python-docx reads it anew: docxtpl leaves elements in it that python-docx does not know."""
    saved = io.BytesIO()
    document.save(saved)
    return docx.Document(saved)


def _check_sources(sources: list[tuple[str, bool]], findings: Findings) -> None:
    used: set[str] = set()
    for source, margin in sources:
        used |= check_tags(source, findings, margin=margin)
        wide = unlike_tags(source)
        if wide:
            findings.error("word.full-width", value=wide)
    if not findings.errors and not used & {"body", *SECTIONS}:
        findings.error("word.no-section")


def _sources(template: DocxTemplate) -> Iterator[tuple[str, bool]]:
    """The XML of each part that may hold tags, as docxtpl reads it, and whether it is a margin."""
    yield template.patch_xml(template.get_xml()), False
    for uri in (template.HEADER_URI, template.FOOTER_URI):
        for _, part in template.get_headers_footers(uri):
            yield template.patch_xml(template.get_part_xml(part)), True
    for part in _footnotes(template):
        yield template.patch_xml(part.blob.decode("utf-8")), True


def _paragraphs(template: DocxTemplate) -> Iterator[str]:
    """The text of each paragraph of the document, its headers, footers and notes."""
    margins = (
        part for uri in (template.HEADER_URI, template.FOOTER_URI) for _, part in template.get_headers_footers(uri)
    )
    blobs = [part.blob for part in (*margins, *_footnotes(template))]
    for root in (template.docx.element, *map(parse_xml, blobs)):
        for paragraph in root.iter(qn("w:p")):
            yield "".join(shown.text or "" for shown in paragraph.iter(qn("w:t")))


def _unused_mark(report: Report, sources: list[str]) -> str:
    """Characters that neither the report's short texts nor the template hold: they mark what is put in later."""
    texts = (report.title, report.subtitle, *(part for fact in report.facts for part in fact), *sources)
    mark = MARK
    while any(mark in each for each in texts):
        mark += MARK
    return mark


def _context(report: Report, mark: str, marks: dict[str, str]) -> dict[str, object]:
    """What the tags stand for. docxtpl gives braces a meaning even in values: they travel as marks."""

    def shielded(text: str) -> str:
        return "".join({"{": f"{mark}({mark}", "}": f"{mark}){mark}"}.get(sign, sign) for sign in legal(text))

    there = {"contents", "body", *(section.key for section in report.sections)}
    values: dict[str, object] = {
        "title": shielded(report.title),
        "subtitle": shielded(report.subtitle),
        "facts": Facts(Fact(shielded(label), shielded(value)) for label, value in report.facts),
        **{tag: Placed(marks[tag], tag in there) for tag in PLACED},
    }
    return {name: value for tag, value in values.items() for name in names_of(tag)}


def _render(template: DocxTemplate, context: dict[str, object], mark: str) -> None:
    """docxtpl's own steps, but what they make must be well formed: docxtpl would drop what is not."""
    tags = environment()
    xml = _with_braces(template.build_xml(context, tags), mark)
    parse_xml(xml)
    tree = template.fix_tables(xml)
    template.fix_docpr_ids(tree)
    for node in list(tree.iter()):
        _wrap(node, mark)
    template.map_tree(tree)
    for uri in (template.HEADER_URI, template.FOOTER_URI):
        for key, margin in list(template.build_headers_footers_xml(context, uri, tags)):
            made = _with_braces(margin.decode("utf-8"), mark)
            parse_xml(made)
            template.map_headers_footers_xml(key, made.encode("utf-8"))
    template.render_footnotes(context, tags)
    for part in _footnotes(template):
        part._blob = _with_braces(part.blob.decode("utf-8"), mark).encode("utf-8")


def _with_braces(xml: str, mark: str) -> str:
    return xml.replace(f"{mark}({mark}", "{").replace(f"{mark}){mark}", "}")


def _wrap(node: Element, mark: str) -> None:
    """A mark that stands bare between elements ({{p ...}} leaves it so) gets a paragraph of its own."""
    if node.tail and mark in node.tail:
        made = _paragraph(node.tail, inside=node.getparent())
        node.tail = None
        node.addnext(made)
    if node.text and node.tag != qn("w:t") and mark in node.text:
        made = _paragraph(node.text, inside=node)
        node.text = None
        node.insert(0, made)


def _paragraph(content: str, inside: Element) -> Element:
    run = inside.makeelement(qn("w:r"))
    shown = run.makeelement(qn("w:t"))
    shown.text = content.strip()
    run.append(shown)
    if inside.tag == qn("w:p"):
        return run
    paragraph = inside.makeelement(qn("w:p"))
    paragraph.append(run)
    return paragraph


def _footnotes(template: DocxTemplate) -> list[Any]:
    parts = template.docx.part.package.parts
    return [part for part in parts if part.content_type.endswith("wordprocessingml.footnotes+xml")]
