"""Styles of a Word document: those that a bureau's template lacks come from carereach's own template."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.parts.numbering import NumberingPart

if TYPE_CHECKING:
    from docx.document import Document

Element = Any  # lxml's elements have no types
HEADINGS = ("Heading 1", "Heading 2", "Heading 3")
CHINESE = ("chineseCountingThousand", "chineseCounting", "ideographTraditional")
DIGITS = "零一二三四五六七八九"


def style_ids(document: Document, names: Iterable[str], fallback: Document) -> dict[str, str]:
    """The ids of styles by their names; a style that the document lacks is taken over from ``fallback``."""
    names = tuple(names)
    missing = [name for name in names if name.casefold() not in _ids(document)]
    taken: dict[str, str] = {}
    keep_numbers = set(HEADINGS) <= set(missing)
    for name in missing:
        _take(document, fallback, name, taken, numbered=keep_numbers or name not in HEADINGS)
    ids = _ids(document)
    return {name: ids[name.casefold()] for name in names}


def _ids(document: Document) -> dict[str, str]:
    """Style ids by name in lower case: Word writes "heading 1", others "Heading 1"."""
    styles = document.styles.element.findall(qn("w:style"))
    return {style.find(qn("w:name")).get(qn("w:val")).casefold(): style.get(qn("w:styleId")) for style in styles}


def _take(document: Document, fallback: Document, name: str, numbers: dict[str, str], *, numbered: bool) -> None:
    """Copies a style; ``numbers``: numberings copied so far, their ids in ``fallback`` and in the document."""
    sources = {style.get(qn("w:styleId")): style for style in fallback.styles.element.findall(qn("w:style"))}
    style = deepcopy(sources[_ids(fallback)[name.casefold()]])
    used = set(_ids(document).values())
    old = style.get(qn("w:styleId"))
    new = next(each for each in (old, *(f"{old}{n}" for n in range(2, len(used) + 3))) if each not in used)
    style.set(qn("w:styleId"), new)
    default = _default_style(document, style.get(qn("w:type")))
    for tag in ("w:basedOn", "w:next", "w:link"):
        for link in style.findall(qn(tag)):
            if default is not None and tag == "w:basedOn":
                link.set(qn("w:val"), default)
            else:
                style.remove(link)
    for numbering in style.iter(qn("w:numId")):
        if not numbered:
            numbering.getparent().getparent().remove(numbering.getparent())
            break
        old_number = numbering.get(qn("w:val"))
        if old_number not in numbers:
            numbers[old_number] = _take_numbering(document, fallback, old_number)
        numbering.set(qn("w:val"), numbers[old_number])
    document.styles.element.append(style)
    if numbered and numbers:
        _point_levels_at(document, old, new, set(numbers.values()))


def _default_style(document: Document, kind: str) -> str | None:
    for style in document.styles.element.findall(qn("w:style")):
        if style.get(qn("w:type")) == kind and style.get(qn("w:default")) in ("1", "true", "on"):
            return str(style.get(qn("w:styleId")))
    return None


def _numbering(document: Document) -> Element:
    """The numbering definitions of a document, made where it has none."""
    part = document.part
    if not any(rel.reltype == RELATIONSHIP_TYPE.NUMBERING for rel in part.rels.values()):
        root = parse_xml(f"<w:numbering {nsdecls('w')}/>")
        made = NumberingPart(PackURI("/word/numbering.xml"), CONTENT_TYPE.WML_NUMBERING, root, part.package)
        part.relate_to(made, RELATIONSHIP_TYPE.NUMBERING)
    return part.numbering_part.element


def _take_numbering(document: Document, fallback: Document, number: str) -> str:
    """Copies a numbering with its abstract definition and gives its new id."""
    source, target = _numbering(fallback), _numbering(document)
    abstract = deepcopy(_abstract(source, number))
    new_abstract = str(
        1 + max((int(each.get(qn("w:abstractNumId"))) for each in target if each.tag == qn("w:abstractNum")), default=0)
    )
    new_number = str(1 + max((int(each.get(qn("w:numId"))) for each in target if each.tag == qn("w:num")), default=0))
    abstract.set(qn("w:abstractNumId"), new_abstract)
    first = next((each for each in target if each.tag == qn("w:num")), None)
    if first is not None:
        first.addprevious(abstract)
    else:
        target.append(abstract)
    made = parse_xml(f'<w:num {nsdecls("w")} w:numId="{new_number}"><w:abstractNumId w:val="{new_abstract}"/></w:num>')
    numbers = target.findall(qn("w:num"))
    if numbers:
        numbers[-1].addnext(made)
    else:
        abstract.addnext(made)
    return new_number


def _abstract(numbering: Element, number: str) -> Element:
    """The abstract definition that a numbering id leads to, or None."""
    ids = {each.get(qn("w:numId")): each.find(qn("w:abstractNumId")) for each in numbering.findall(qn("w:num"))}
    wanted = ids[number].get(qn("w:val")) if number in ids else None
    return next((a for a in numbering.findall(qn("w:abstractNum")) if a.get(qn("w:abstractNumId")) == wanted), None)


def _point_levels_at(document: Document, old: str, new: str, numbers: set[str]) -> None:
    """Levels of copied numberings that belong to the style ``old`` belong to ``new``."""
    if old == new:
        return
    for number in numbers:
        for link in _abstract(_numbering(document), number).iter(qn("w:pStyle")):
            if link.get(qn("w:val")) == old:
                link.set(qn("w:val"), new)


class HeadingNumbers:
    """Counts headings as Word will: what stands before each, or nothing where the template's way is not known."""

    def __init__(self, document: Document, ids: dict[str, str]) -> None:
        self.counts = [0] * len(HEADINGS)
        self.levels = self._levels(document, ids)

    def _levels(self, document: Document, ids: dict[str, str]) -> list[tuple[str, str]]:
        """For each heading level its kind of number and its pattern; empty where a heading has no known number."""
        styles = {style.get(qn("w:styleId")): style for style in document.styles.element.findall(qn("w:style"))}
        found = []
        for depth, name in enumerate(HEADINGS):
            number = next(styles[ids[name]].iter(qn("w:numId")), None)
            abstract = None if number is None else _abstract(_numbering(document), number.get(qn("w:val")))
            levels = (
                [] if abstract is None else [x for x in abstract.iter(qn("w:lvl")) if x.get(qn("w:ilvl")) == str(depth)]
            )
            if not levels:
                return []
            kind, pattern = (levels[0].find(qn(tag)) for tag in ("w:numFmt", "w:lvlText"))
            if kind is None or pattern is None or kind.get(qn("w:val")) not in (*CHINESE[:2], "decimal"):
                return []
            found.append((kind.get(qn("w:val")), pattern.get(qn("w:val"))))
        return found

    def next(self, depth: int) -> str:
        """The number of the next heading, ``depth`` 0 to 2, as Word shows it; an empty string where that is unknown."""
        self.counts[depth] += 1
        self.counts[depth + 1 :] = [0] * (len(self.counts) - depth - 1)
        if not self.levels:
            return ""
        shown = self.levels[depth][1]
        for level in range(depth + 1):
            kind = self.levels[level][0]
            count = self.counts[level]
            shown = shown.replace(f"%{level + 1}", chinese(count) if kind in CHINESE else str(count))
        return shown


def chinese(number: int) -> str:
    """A count as Chinese headings have it, up to 999: 一, 十, 十一, 二十, 一百零一."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    if hundreds:
        joined = "零" if rest and not tens else ""
        return DIGITS[hundreds] + "百" + joined + (DIGITS[tens] + "十" if tens else "") + (DIGITS[ones] if ones else "")
    if not tens:
        return DIGITS[ones]
    return ("" if tens == 1 else DIGITS[tens]) + "十" + (DIGITS[ones] if ones else "")
