"""The first page: what was tested, what came out, and what it rests on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import pandas as pd

from ...coverage.results import SHARE_MINUTES, Assessment, Status, Verdict
from ...coverage.settling import ToSettle
from ...texts import Lang, text
from ..words import joint, ledger_parts, number, study_note, turned_text, whole, whole_area
from .asked import plans_of
from .blocks import Block, Bullets, Cell, Heading, Paragraph, Table
from .data import weak_layers
from .lines import Line, RuleLines, affected, turned_by_reading, unit_name
from .said import capital, columns, listed, row, say
from .sections_of import section_of, section_text
from .settled import gain_text, item_text

MOST_MISSED, MOST_BEST, MOST_TITLES, MOST_ITEMS, MOST_PARTS = 5, 3, 10, 4, 4
ANSWERS: tuple[tuple[Status, bool], ...] = (
    ("met", False),
    ("met", True),
    ("not met", False),
    ("not met", True),
    ("cannot tell", False),
)


def summary(
    assessment: Assessment, rules: Sequence[RuleLines], lacking: Sequence[ToSettle], lang: Lang
) -> tuple[Block, ...]:
    """What was tested, how many goals are met, the findings that matter most, what to beware of, what would help."""
    note = study_note(assessment, lang)
    return (
        *((Paragraph(_answer(assessment, rules, lang), "lead"),) if rules else ()),
        Paragraph(_tested(assessment, rules, lang), "body" if rules else "lead"),
        *((Paragraph(note, "lead"),) if note else ()),
        *_answers(assessment, rules, lang),
        Heading(say("findings", lang)),
        *_bullets(_times(assessment, lang) + _missed(rules, lang) + _best(rules, lang) + _turned(rules, lang)),
        Heading(say("beware", lang)),  # with the findings, on the summary's first page where that has room
        *_bullets(honesty(assessment, lang)),
        *_would_help(lacking, lang),
    )


def _bullets(items: list[str]) -> tuple[Block, ...]:
    return (Bullets(tuple(items)),) if items else ()


def _tested(assessment: Assessment, rules: Sequence[RuleLines], lang: Lang) -> str:
    if not rules:
        return say("nothing-tested", lang)
    titles = listed([plan.quoted for plan in plans_of(assessment, lang)], lang)
    said = say("tested", lang, plans=titles, rules=len(rules), verdicts=len(assessment.verdicts))
    return said + (say("not-tested", lang, count=len(assessment.skipped)) if assessment.skipped else "")


def _answer(assessment: Assessment, rules: Sequence[RuleLines], lang: Lang) -> str:
    """The answer in one sentence: how many goals can be decided, and where help comes latest."""
    counts = Counter(rule.status for rule in rules)
    decided, lacking = counts["met"] + counts["not met"], counts["cannot tell"]
    return say(
        "answer",
        lang,
        rules=len(rules),
        decided=decided,
        met=counts["met"],
        missed=counts["not met"],
        open=say("answer-open", lang, count=lacking) if lacking and decided else "",
        worst=_worst(assessment, lang),
    )


def _worst(assessment: Assessment, lang: Lang) -> str:
    """The county where fewest are reached within half an hour; empty where there is nothing to compare."""
    below = _with_people(assessment)
    if assessment.stations.empty or len(below) < 2:
        return ""
    first = _slowest(below)
    if not first["share_30"] < 1.0:  # unknown everywhere, or everybody is reached
        return ""
    code = "answer-worst-screening" if weak_layers(assessment, lang) else "answer-worst"
    return say(code, lang, worst=str(first["unit"]), share=share(first["share_30"], lang))


def _answers(assessment: Assessment, rules: Sequence[RuleLines], lang: Lang) -> tuple[Block, ...]:
    """How many rules and how many verdicts have which answer."""
    if not rules:
        return ()
    lines = []
    for status, screening in ANSWERS:
        verdicts = sum((v.status, v.screening) == (status, screening) for v in assessment.verdicts)
        of_rules = sum((r.status, r.screening) == (status, screening) for r in rules)
        if verdicts or of_rules:
            said = text("verdict." + status.replace(" ", "-"), lang)
            said += text("verdict.screening", lang) if screening else ""
            lines.append(row(Cell(said, status), str(of_rules), str(verdicts)))
    lines.append(row(say("all", lang), str(len(rules)), str(len(assessment.verdicts))))
    heads = columns(lang, ("verdict", 2.0, False), ("rules", 1.0, True), ("verdicts", 1.0, True))
    note = Paragraph(say("answers-note", lang), "note")
    return Table(heads, tuple(lines), say("answers-caption", lang)), note


def _times(assessment: Assessment, lang: Lang) -> list[str]:
    """How long the whole study waits for an ambulance, and the county that waits longest."""
    table = assessment.statistics
    if table.empty or assessment.stations.empty:
        return [say("no-stations", lang)] if assessment.stations.empty else []
    whole_study = table[table["level"] == "city"]
    if whole_study.empty:
        return []
    parts = ledger_parts(assessment.ledger)
    first = whole_study.iloc[0]
    said = [
        say(
            "times-screening" if weak_layers(assessment, lang) else "times",
            lang,
            whole=whole_area(assessment, lang),
            mean=number(first["mean_min"], lang, quantity="min"),
            share15=share(first["share_15"], lang),
            share30=share(first["share_30"], lang),
            late=_late(parts["beyond"] + parts["unreachable"], lang),
            stations=len(assessment.stations),
        )
    ]
    below = _with_people(assessment)
    if len(below) > 1:
        said.append(_ends(below, lang))
    return said


def _late(people: int, lang: Lang) -> str:
    code = "times-late" if people else "times-nobody-late"
    return say(code, lang, people=whole(people), minutes=SHARE_MINUTES[-1])


def _with_people(assessment: Assessment) -> pd.DataFrame:
    """The statistics of the counties where anybody lives."""
    table = assessment.statistics
    return table if table.empty else table[(table["level"] == "county") & (table["residents"] > 0)]


def _slowest(below: pd.DataFrame) -> pd.Series:
    return below.sort_values(["share_30", "mean_min"], ascending=[True, False]).iloc[0]


def _ends(below: pd.DataFrame, lang: Lang) -> str:
    worst = _slowest(below)
    best = below.sort_values(["share_30", "mean_min"], ascending=[False, True]).iloc[0]
    return say(
        "times-ends",
        lang,
        worst=str(worst["unit"]),
        worst_share=share(worst["share_30"], lang),
        worst_mean=number(worst["mean_min"], lang, quantity="min"),
        best=str(best["unit"]),
        best_share=share(best["share_30"], lang),
        best_mean=number(best["mean_min"], lang, quantity="min"),
    )


def share(value: float, lang: Lang) -> str:
    """A share of the residents as a percentage; what is not quite all of them is not rounded to all."""
    if pd.isna(value):
        return text("maps.no-value", lang)
    return say("nearly-all", lang) if 0.9995 <= value < 1.0 - 1e-9 else f"{value:.1%}"


def _missed(rules: Sequence[RuleLines], lang: Lang) -> list[str]:
    """The goals that are missed, those that concern most people first."""
    missed = [rule for rule in rules if rule.status == "not met"]
    missed.sort(key=lambda rule: -(affected(rule.of("not met")) or 0.0))
    said = [_missed_line(rule, lang) for rule in missed[:MOST_MISSED]]
    more = len(missed) - len(said)
    return said + ([say("missed-more", lang, count=more)] if more > 0 else [])


def _missed_line(rule: RuleLines, lang: Lang) -> str:
    """One missed goal: its units with their values, or of many units, or of different goals, only which they are."""
    lines = [line for line in rule.lines if line.status == "not met"]
    missed = rule.of("not met")
    named_only = len(lines) > MOST_PARTS or len({line.target(lang) for line in lines}) > 1
    code = "missed-many" if named_only else "missed"
    said = say(
        code,
        lang,
        title=rule.title(lang) + ("" if rule.first.binding else say("guides", lang)),
        where=_where(rule, lang),
        found=listed([_part(line, lang) for line in lines], lang),
        target=lines[0].target(lang),
        count=len(missed),
        units=listed(dict.fromkeys(unit_name(verdict, lang) for verdict in missed[:MOST_PARTS]), lang),
        more="…" if len(missed) > MOST_PARTS else "",
    )
    people = affected(missed)
    concerned = say("missed-people", lang, people=whole(people)) if people else ""
    screening = text("verdict.screening", lang) if rule.screening else ""
    return say("missed-line", lang, said=said, screening=screening, people=concerned)


def _part(line: Line, lang: Lang) -> str:
    value = line.value(lang)
    code = "unit-no-value" if value == text("maps.no-value", lang) else "unit-value"
    return say(code, lang, unit=line.units(lang), value=value)


def _where(rule: RuleLines, lang: Lang) -> str:
    section = section_text(section_of(rule.first.citation), lang)
    return say("rule-section", lang, rule=rule.first.rule, section=section) if section else rule.first.rule


def _best(rules: Sequence[RuleLines], lang: Lang) -> list[str]:
    """Goals that are met everywhere with most to spare; times and distances before counts."""
    met = [rule for rule in rules if rule.status == "met" and _spare(rule) > 0]
    met.sort(key=lambda rule: (rule.first.quantity not in ("min", "km"), -_spare(rule)))
    said = [
        say("best-part", lang, title=rule.title(lang), found=_part(rule.lines[0], lang),
            target=rule.lines[0].target(lang))
        for rule in met[:MOST_BEST]
    ]  # fmt: skip
    if said:
        return [say("best", lang, parts=joint(lang).join(said))]
    titles = [rule.title(lang) for rule in rules if rule.status == "met"]
    more = "…" if len(titles) > MOST_TITLES else ""
    parts = joint(lang).join(titles[:MOST_TITLES]) + more
    return [say("met-titles", lang, count=len(titles), parts=parts)] if titles else []


def _turned(rules: Sequence[RuleLines], lang: Lang) -> list[str]:
    """Goals whose decided verdict hangs on how the plan is read, or on the speeds."""
    titles = [rule.title(lang) for rule in rules if any(_wavers(verdict, lang) for verdict in rule.verdicts)]
    more = "…" if len(titles) > MOST_MISSED else ""
    parts = joint(lang).join(titles[:MOST_MISSED]) + more
    return [say("turned-rules", lang, count=len(titles), parts=parts)] if titles else []


def _wavers(verdict: Verdict, lang: Lang) -> bool:
    return turned_by_reading(verdict) or bool(turned_text(verdict, lang))


def _spare(rule: RuleLines) -> float:
    """By what share of its goal the verdict with least to spare is better than the goal; 0 where it holds at one speed
    only, or is no more than met."""
    found = []
    for verdict in rule.verdicts:
        if not verdict.quantity and float(verdict.value or 0.0).is_integer():
            return 0.0  # a count
        if verdict.margin is None or not verdict.target_value or not math.isfinite(verdict.margin):
            return 0.0
        if (
            turned_by_reading(verdict)
            or verdict.holds_low is False
            or verdict.holds_high is False
            or verdict.holds_placement is False
        ):
            return 0.0
        found.append(verdict.margin / abs(verdict.target_value))
    return min(found, default=0.0)


def _would_help(lacking: Sequence[ToSettle], lang: Lang) -> tuple[Block, ...]:
    if not lacking:
        return ()
    said = tuple(say("item-gain", lang, item=item_text(item, lang), gain=gain_text(item, lang))
                 for item in lacking[:MOST_ITEMS])  # fmt: skip
    return Heading(say("would-help", lang)), Bullets(said)


def honesty(assessment: Assessment, lang: Lang) -> list[str]:
    """What a reader must know of the data before using the results."""
    weak = weak_layers(assessment, lang)
    said = [say("weak", lang, layers=listed(weak, lang))] if weak else [say("none-weak", lang)]
    if assessment.settings.stations.assumption is not None:
        said.append(say("assumed-stations", lang, said=getattr(assessment.settings.stations.assumption, lang)))
    if borrowed := _borrowed(assessment, lang):
        said.append(say("borrowed", lang, plans=listed(borrowed, lang)))
    if not assessment.settings.roads.complete:
        said.append(say("roads-incomplete", lang))
    return [*said, *(say("sentence", lang, said=capital(basis.text(lang))) for basis in assessment.basis)]


def _borrowed(assessment: Assessment, lang: Lang) -> list[str]:
    """Plans of other cities, which this one is tested by as a benchmark."""
    foreign = {v.plan for v in assessment.verdicts if any(note.code == "note.other-city" for note in v.notes)}
    foreign |= set(assessment.settings.borrowed_plans)
    return [plan.quoted for plan in plans_of(assessment, lang) if plan.plan in foreign]
