"""The verdicts by plan and section: a table for each part of a plan, a row for units that share their answer."""

from __future__ import annotations

from collections.abc import Sequence

from ...coverage.results import Assessment
from ...texts import Lang, text
from ..words import whole
from .asked import plans_of
from .blocks import Block, Cell, Heading, Paragraph, Table
from .lines import Line, RuleLines
from .said import columns, row, say
from .sections_of import Chapter, chapter_of, chapter_text, in_order, section_of, section_text


def verdict_tables(assessment: Assessment, rules: Sequence[RuleLines], lang: Lang) -> tuple[Block, ...]:
    """Every verdict once, under its plan and the section that sets the goal."""
    if not rules:
        return (Paragraph(say("nothing-tested", lang)),)
    blocks: list[Block] = [Paragraph(say("verdicts-intro", lang))]
    by_chapter: dict[Chapter, list[RuleLines]] = {}
    for rule in rules:
        by_chapter.setdefault(chapter_of(rule.first), []).append(rule)
    plans = {plan.plan: plan for plan in plans_of(assessment, lang)}
    every = frozenset(map(str, assessment.counties.frame["county"]))
    before = ""
    for chapter in in_order([chapter_of(rule.first) for rule in rules]):
        plan = plans[chapter.plan]
        if chapter.plan != before:
            blocks.append(Heading(plan.said))
            before = chapter.plan
        section, same = chapter_text(chapter.section, lang), chapter.document == plan.document
        said = section if same else say("of-document", lang, document=chapter.document, section=section)
        blocks += [Heading(said, 3), _table(by_chapter[chapter], every, lang)]
    return tuple(blocks)


def _table(rules: Sequence[RuleLines], every: frozenset[str], lang: Lang) -> Table:
    """The rules of one part of a plan; the people's column only where there is anybody in it."""
    lines = [_row(rule, line, place == 0, every, lang) for rule in rules for place, line in enumerate(rule.lines)]
    asked = [("rule", 4.4, False), ("unit", 1.9, False), ("target", 1.1, False), ("value", 1.3, False),
             ("verdict", 2.6, False), ("people", 1.1, True)]  # fmt: skip
    known = len(asked) if any(cells[-1].text for cells in lines) else len(asked) - 1
    return Table(columns(lang, *asked[:known]), tuple(cells[:known] for cells in lines))


def _row(rule: RuleLines, line: Line, first: bool, every: frozenset[str], lang: Lang) -> tuple[Cell, ...]:
    return row(
        rule_text(rule, lang) if first else say("same-rule", lang, rule=rule.first.rule),
        _units(line, every, lang),
        line.target(lang),
        line.value(lang),
        line.status_cell(lang),
        people_text(line, lang),
    )


def _units(line: Line, every: frozenset[str], lang: Lang) -> str:
    """The units by name; where they are all counties of the study, that they are."""
    units = {verdict.unit for verdict in line.verdicts}
    alone = not any(verdict.subject for verdict in line.verdicts)
    return (
        say("every-county", lang, count=len(every)) if alone and units == every and len(every) > 3 else line.units(lang)
    )


def rule_text(rule: RuleLines, lang: Lang) -> str:
    """What a rule asks for, its id, and where the plan says it."""
    section = section_text(section_of(rule.first.citation), lang)
    guides = "" if rule.first.binding else say("guides", lang)
    where = say("rule-section", lang, rule=rule.first.rule, section=section) if section else rule.first.rule
    return say("rule-title", lang, title=rule.title(lang), where=where, guides=guides)


def rule_here(rule: RuleLines, line: Line, lang: Lang) -> str:
    """A rule on the page of one unit: what it asks for, and of which institutions where they are named."""
    said = rule_text(rule, lang)
    if not any(verdict.subject for verdict in line.verdicts):
        return said
    return say("rule-of", lang, rule=said, names=line.units(lang))


def people_text(line: Line, lang: Lang) -> str:
    """Residents beyond the goal; empty where nobody counted them. Where a list may lack facilities, as many at most:
    a time that can only be shorter, or a share that can only be larger, leaves fewer people beyond it."""
    if line.people is None:
        return ""
    fewer = any(v.bound == ("at most" if v.quantity in ("min", "km") else "at least") for v in line.verdicts)
    said = whole(line.people)
    return f"{text('verdict.at-most', lang)} {said}" if fewer and line.people > 0 else said
