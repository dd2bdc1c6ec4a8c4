"""The tags of a Word template: their names in both languages, and what a template may do with them.

A template is somebody else's file. It may show values, walk through the facts and leave parts out; every other form of
Jinja (calls, arithmetic, imports, attributes of Python) is refused before anything is rendered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import get_args

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ...errors import Findings
from ...texts import LANGS, text
from .blocks import SectionKey

SECTIONS: tuple[SectionKey, ...] = get_args(SectionKey)
PLACED = ("contents", "body", *SECTIONS)  # these stand for paragraphs, tables and pictures
TAGS = ("title", "subtitle", "facts", *PLACED)
FACT_PARTS = ("label", "value")
LOOP_PARTS = ("index", "first", "last", "length")
FILTERS = frozenset({"capitalize", "d", "default", "e", "escape", "first", "last", "length", "lower", "title", "trim"})
TESTS = frozenset({"defined", "undefined"})
COMPARISONS = frozenset({"eq", "ne"})
DEEPEST_LOOP = 2
ALLOWED = (
    nodes.And,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Const,
    nodes.Filter,
    nodes.For,
    nodes.Getattr,
    nodes.If,
    nodes.Name,
    nodes.Not,
    nodes.Operand,
    nodes.Or,
    nodes.Output,
    nodes.Template,
    nodes.TemplateData,
    nodes.Test,
    nodes.Tuple,
)
TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
BRACES = re.compile(r"\{\{|\}\}|\{%|%\}")
BEGINNING = re.compile(r"\{[{%#]")
ENDS = {"{{": "}}", "{%": "%}", "{#": "#}"}
MOST_HIDDEN = 100
WHOLE_PARAGRAPH = re.compile(r"(?:\{\{|\{%)p\s")
WIDE_TAG = re.compile(r"[｛{]{2}[^｛｝{}]{0,80}[｝}]{2}|[｛{]%[^｛｝{}]{0,80}%[｝}]")
MARKUP = re.compile(r"<[^>]*>")


def names_of(tag: str) -> tuple[str, ...]:
    """The names that a tag goes by: English, Chinese."""
    return tuple(dict.fromkeys((tag, *(text(f"word.tag-{tag}", lang) for lang in LANGS))))


def environment() -> ImmutableSandboxedEnvironment:
    """Jinja without Python: sandboxed, every value escaped, no functions, a missing name an error."""
    made = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in FILTERS}
    made.tests = {name: made.tests[name] for name in TESTS}
    return made


def check_tags(source: str, findings: Findings, *, margin: bool = False) -> set[str]:
    """The tags that ``source`` (the XML of a part, as docxtpl has patched it) names; all that is wrong is recorded.

    ``margin``: the part is a header, a footer or a note, where no part of the report can stand.
    """
    if TAG.search(source) is None and "{{" not in source and "{%" not in source:
        return set()
    try:
        tree = environment().parse(source)
    except TemplateSyntaxError as error:
        tags = list(_bad_tags(source))
        for tag, reason in tags:
            findings.error("word.syntax", value=tag, reason=reason)
        if not tags:
            findings.error("word.syntax", reason=error.message or "?")
        return set()
    known = {name: tag for tag in TAGS for name in names_of(tag)}
    used = _names_used(tree)
    for name in sorted(used - set(known)):
        _unknown(name, source, known, findings)
    for what, name in sorted(set(_refused(tree))):
        findings.error("word.refused", value=_shown(name, source), what=what)
    for name in sorted(_unknown_parts(tree)):
        _unknown(name, source, [each for part in FACT_PARTS for each in names_of(part)], findings)
    tags_used = {known[name] for name in used if name in known}
    if margin:
        for name in sorted(name for name in used if known.get(name) in PLACED):
            findings.error("word.section-in-margin", value=_shown(name, source))
    return tags_used


def check_paragraphs(paragraphs: Iterable[str], findings: Findings) -> None:
    """Records tags that do not end in the paragraph where they begin, and words beside a tag that takes the whole one.

    docxtpl drops what stands around such tags without a word.
    """
    for paragraph in paragraphs:
        if not BRACES.search(paragraph):
            continue
        rest = TAG.sub("", paragraph)
        if BRACES.search(rest):
            findings.error("word.unclosed", value=paragraph)
        elif WHOLE_PARAGRAPH.search(paragraph) and (rest.strip() or len(TAG.findall(paragraph)) > 1):
            findings.error("word.not-alone", value=paragraph)


def endless(source: str) -> bool:
    """Whether the XML of a part holds so many beginnings of tags that never end, or hides so many in its markup, that
    reading it as a template would take hours."""
    text = MARKUP.sub("", source)
    if len(BEGINNING.findall(source)) - len(BEGINNING.findall(text)) > MOST_HIDDEN:
        return True
    end, inside = 0, 0
    for beginning in BEGINNING.finditer(text):
        if beginning.start() >= end:
            found = text.find(ENDS[beginning.group()], beginning.end())
            end, inside = (found if found >= 0 else len(text)), 0
        inside += 1
        if inside > MOST_HIDDEN:
            return True
    return False


def _names_used(tree: nodes.Template) -> set[str]:
    """Names that must come from the report: all but those that loops bring along."""
    names = list(tree.find_all(nodes.Name))
    own = {"loop", *(name.name for name in names if name.ctx == "store")}
    return {name.name for name in names if name.ctx == "load"} - own


def _unknown(name: str, source: str, known: Iterable[str], findings: Findings) -> None:
    near = get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    if near:
        findings.error("word.unknown-near", value=_shown(name, source), nearest=near[0])
    else:
        findings.error("word.unknown", value=_shown(name, source))


def _shown(name: str, source: str) -> str:
    """The first tag that holds ``name``, as a person would see it; else the name."""
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    found = (match.group() for match in TAG.finditer(source) if word.search(match.group()))
    return MARKUP.sub("", next(found, name))


def _bad_tags(source: str) -> Iterator[tuple[str, str]]:
    """Tags that cannot be read by themselves, with Jinja's reason; those of blocks are read as a whole only."""
    for match in TAG.finditer(source):
        tag = MARKUP.sub("", match.group())
        if tag.startswith("{{"):
            try:
                environment().parse(tag)
            except TemplateSyntaxError as error:
                yield tag, error.message or "?"


def _refused(tree: nodes.Node, loops: int = 0) -> Iterator[tuple[str, str]]:
    """What a template may not do: what it is, and a name by which its tag is found."""
    for node in tree.iter_child_nodes():
        inside = loops + isinstance(node, nodes.For)
        if not isinstance(node, ALLOWED):
            yield type(node).__name__, _name_in(node)
        elif isinstance(node, (nodes.Filter, nodes.Test)) and not _harmless(node):
            yield node.name, node.name
        elif isinstance(node, nodes.Operand) and node.op not in COMPARISONS:
            yield node.op, _name_in(tree)
        elif isinstance(node, nodes.For) and (not _over_facts(node) or node.recursive or inside > DEEPEST_LOOP):
            yield "for", _name_in(node.iter)
        yield from _refused(node, inside)


def _harmless(node: nodes.Filter | nodes.Test) -> bool:
    if isinstance(node, nodes.Test):
        return node.name in TESTS
    return node.name in FILTERS and _name_in(node) not in [name for tag in PLACED for name in names_of(tag)]


def _over_facts(loop: nodes.For) -> bool:
    return isinstance(loop.iter, nodes.Name) and loop.iter.name in names_of("facts")


def _name_in(node: nodes.Node) -> str:
    named = node if isinstance(node, nodes.Name) else node.find(nodes.Name)
    return named.name if named is not None else ""


def _unknown_parts(tree: nodes.Template) -> set[str]:
    known = {*LOOP_PARTS, *(name for part in FACT_PARTS for name in names_of(part))}
    return {node.attr for node in tree.find_all(nodes.Getattr)} - known


def unlike_tags(source: str) -> str:
    """The first tag typed with braces of a Chinese keyboard, which nothing reads; else an empty string."""
    tags = (match.group() for match in WIDE_TAG.finditer(MARKUP.sub("", source)))
    return next((tag for tag in tags if "｛" in tag or "｝" in tag), "")
