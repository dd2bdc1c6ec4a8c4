"""The report of an assessment, section by section, as data: the writers make a Word document or a PDF of it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from ...coverage.results import Assessment
from ...texts import Lang
from ..words import study_title
from .asked import asked, plans_of
from .blocks import Block, Report, Section, SectionKey
from .cited import citations
from .counties import counties
from .data import data, dates, grades
from .ending import ledger, parameters, settle
from .lines import rules_of
from .method import method
from .pictures import pictures
from .said import say
from .summary import summary
from .verdict_tables import verdict_tables


def report_of(assessment: Assessment, figures: Mapping[str, Path], lang: Lang) -> Report:
    """The whole report in ``lang``. ``figures``: PNG files by name (coverage, reach_curve, lorenz_curve ...); what is
    not among them is left out. The same assessment always gives the same report."""
    rules, lacking = rules_of(assessment, lang), assessment.to_settle
    blocks: dict[SectionKey, tuple[Block, ...]] = {
        "summary": summary(assessment, rules, lacking, lang),
        "asked": asked(assessment, rules, lang),
        "data": data(assessment, lang),
        "method": method(assessment, lang),
        "verdicts": verdict_tables(assessment, rules, lang),
        "counties": counties(assessment, lang),
        "maps": pictures(assessment, figures, lang),
        "settle": settle(assessment, lacking, lang),
        "ledger": ledger(assessment, lang),
        "citations": citations(assessment, figures, lang),
        "parameters": parameters(assessment, lang),
    }
    return Report(
        title=say("title", lang),
        subtitle=study_title(assessment, lang),
        facts=_facts(assessment, lang),
        sections=tuple(Section(key, say(f"section-{key}", lang), said) for key, said in blocks.items() if said),
        lang=lang,
    )


def _facts(assessment: Assessment, lang: Lang) -> tuple[tuple[str, str], ...]:
    """What the title page says: study, plans, dates of the data, what it rests on, version of carereach."""
    plans = ("；" if lang == "zh" else "; ").join(plan.said for plan in plans_of(assessment, lang))
    named = [
        (say("fact-study", lang), study_title(assessment, lang)),
        (say("fact-plan", lang), plans or say("no-plan", lang)),
        (say("fact-dates", lang), dates(assessment, lang) or say("no-dates", lang)),
        (say("fact-grades", lang), grades(assessment, lang)),
        (say("fact-version", lang), f"carereach {version('carereach')}"),
    ]
    return tuple(named)
