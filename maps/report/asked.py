"""What was asked: the plans, the rules and the readings they were tested in, and what was not tested at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ...coverage.choices import CHOICES, why_default
from ...coverage.results import Assessment
from ...texts import Lang, catalogue, text
from ..page.topics import plan_titles, topic_of
from .blocks import Block, Heading, Paragraph, Table
from .lines import RuleLines
from .said import columns, listed, row, say, whole_text
from .sections_of import chapter_of, in_order, main_documents, section_text


class PlanSaid(NamedTuple):
    """A plan in words: its title, the title between quotation marks, and both with the number or date of it."""

    plan: str
    title: str
    quoted: str
    document: str
    said: str


def plans_of(assessment: Assessment, lang: Lang) -> list[PlanSaid]:
    """The plans of which a rule was tested or skipped."""
    documents = main_documents([chapter_of(verdict) for verdict in assessment.verdicts])
    found = []
    for plan, title in plan_titles(assessment, lang).items():
        quoted, document = say("plan-quoted", lang, title=title), documents.get(plan, "")
        said = say("plan-dated", lang, title=quoted, document=document) if document else quoted
        found.append(PlanSaid(plan, title, quoted, document, said))
    return found


def asked(assessment: Assessment, rules: Sequence[RuleLines], lang: Lang) -> tuple[Block, ...]:
    """Plans with their dates and sections, the topics of the rules, the readings, and what was not tested."""
    plans = plans_of(assessment, lang)
    if not plans:
        return (Paragraph(say("nothing-tested", lang)),)
    return (
        Paragraph(say("asked-intro", lang)),
        _plans(assessment, plans, rules, lang),
        *_topics(rules, lang),
        *_readings(assessment, lang),
        *_untested(assessment, lang),
    )


def _plans(assessment: Assessment, plans: Sequence[PlanSaid], rules: Sequence[RuleLines], lang: Lang) -> Table:
    lines = []
    for plan in plans:
        of_plan = [rule for rule in rules if rule.first.plan == plan.plan]
        chapters = in_order([chapter_of(rule.first) for rule in of_plan])
        documents = dict.fromkeys((plan.document, *(chapter.document for chapter in chapters)))
        sections = dict.fromkeys(section_text(chapter.section, lang) for chapter in chapters if chapter.section)
        skipped = sum(each.plan == plan.plan for each in assessment.skipped)
        counts = (len(of_plan), sum(len(rule.verdicts) for rule in of_plan), skipped)
        lines.append(row(plan.title, listed(documents, lang), listed(sections, lang), *map(str, counts)))
    heads = columns(
        lang, ("plan", 3.0, False), ("document", 2.0, False), ("sections", 3.0, False), ("rules-tested", 1.0, True),
        ("verdicts", 1.0, True), ("rules-skipped", 1.0, True),
    )  # fmt: skip
    return Table(heads, tuple(lines), say("plans-caption", lang))


def _topics(rules: Sequence[RuleLines], lang: Lang) -> tuple[Block, ...]:
    """How many rules there are on which topic, with their answers."""
    counts: dict[str, Counter[str]] = {}
    for rule in rules:
        counts.setdefault(topic_of(rule.first.rule), Counter())[rule.status] += 1
    lines = tuple(
        row(text(f"topic.{topic}", lang), str(sum(found.values())),
            *(str(found[status]) for status in ("met", "not met", "cannot tell")))
        for topic, found in counts.items()
    )  # fmt: skip
    heads = columns(
        lang, ("topic", 3.0, False), ("rules", 1.0, True), ("met", 1.0, True), ("not-met", 1.0, True),
        ("cannot-tell", 1.0, True),
    )  # fmt: skip
    return (Table(heads, lines, say("topics-caption", lang)),) if lines else ()


def _readings(assessment: Assessment, lang: Lang) -> tuple[Block, ...]:
    """Where a plan's words leave a choice: how they were read, why, and for how many rules."""
    rules: dict[str, dict[tuple[str, str], None]] = {}
    for verdict in assessment.verdicts:
        for choice in verdict.choices:
            rules.setdefault(choice, {})[verdict.plan, verdict.rule] = None
    if not rules:
        return (Heading(say("readings", lang)), Paragraph(say("no-readings", lang)))
    lines = []
    for choice in sorted(rules, key=_number_of):
        code = choice.partition("=")[0]
        key = "choice." + choice.replace("=", ".")
        said = text(key, lang) if key in catalogue() else whole_text(choice)
        lines.append(row(said, _why(assessment, code, lang), str(len(rules[choice]))))
    heads = columns(lang, ("reading", 4.0, False), ("why", 3.0, False), ("rules", 1.0, True))
    intro = Paragraph(say("readings-intro", lang))
    return Heading(say("readings", lang)), intro, Table(heads, tuple(lines), say("readings-caption", lang))


def _number_of(choice: str) -> tuple[int, str]:
    digits = "".join(sign for sign in choice.partition("=")[0].partition("-")[0] if sign.isdigit())
    return int(digits or 0), choice


def _why(assessment: Assessment, code: str, lang: Lang) -> str:
    if code in assessment.settings.choices:
        return say("set-by-study", lang)
    known = code in CHOICES and why_default(code).code in catalogue()
    return say("default-because", lang, why=why_default(code).text(lang)) if known else say("default", lang)


def _untested(assessment: Assessment, lang: Lang) -> tuple[Block, ...]:
    """Why how many rules were not tested; the ledger names them."""
    head = Heading(say("untested", lang))
    if not assessment.skipped:
        return head, Paragraph(say("all-tested", lang))
    reasons = Counter(each.reason.text(lang) for each in assessment.skipped)
    lines = tuple(row(reason, str(count)) for reason, count in reasons.most_common())
    heads = columns(lang, ("reason", 5.0, False), ("rules", 1.0, True))
    intro = Paragraph(say("untested-intro", lang, count=len(assessment.skipped)))
    return head, intro, Table(heads, lines, say("untested-caption", lang))
