"""The verdicts as the lines of a report: units with the same answer share one, and rules are summed up."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...coverage.results import Assessment, Status, Verdict
from ...texts import Lang, Message, text
from ..page.topics import by_rule
from ..palette import WORST_FIRST
from ..words import joint, number, plain, target_text, turned_text, verdict_value
from .blocks import Cell
from .said import listed, named, say, table_name, words_of

MOST_LINES = 8  # of one rule; more of them are shown as one line for each answer
MOST_VALUES = 3
DECIDED = ("met", "not met")
TURNING = ("note.other-reading", "note.other-readings", "note.other-units", "note.reading-turns")
ALSO_ASKED = ("note.supplied",)  # what a goal asks beside its number
BAND_KM = re.compile(r" \((\d[\d.]*)-(\d[\d.]*) km\)$")
THOUSANDS = re.compile(r"(?<![\d.,])\d{4,}(?![\d.,])")
BAND = re.compile(r"^(\d[\d.]*)-(\d)")


@dataclass(frozen=True)
class Line:
    """Verdicts of one rule that share a line: same answer, goal and value, or lacking the same data."""

    verdicts: tuple[Verdict, ...]

    @property
    def first(self) -> Verdict:
        return self.verdicts[0]

    @property
    def status(self) -> Status:
        return self.first.status

    @property
    def people(self) -> float | None:
        """Residents affected in all units, each unit once; None where nobody counted them."""
        return affected(self.verdicts)

    def units(self, lang: Lang) -> str:
        """The units by name, and how many they are."""
        return named([unit_name(verdict, lang) for verdict in self.verdicts], lang)

    def target(self, lang: Lang) -> str:
        """The goal; of units with different goals the least and the most."""
        ranked = sorted(self.verdicts, key=lambda verdict: verdict.target_value or 0.0)
        once = list(dict.fromkeys(goal_text(verdict, lang) for verdict in ranked))
        sign, gap, _ = once[0].partition(" ")
        alike = gap and not sign[0].isalnum() and all(said.startswith(sign + gap) for said in once)
        last = once[-1].removeprefix(sign + gap) if alike else once[-1]
        return once[0] if len(once) == 1 else say("from-to", lang, low=once[0], high=last)

    def value(self, lang: Lang) -> str:
        """The value, with its range between the speeds; of units that differ the values, or the least and the most."""
        ranked = sorted(self.verdicts, key=lambda verdict: -math.inf if verdict.value is None else verdict.value)
        once = list(dict.fromkeys(value_text(verdict, lang) for verdict in ranked))
        return listed(once, lang) if len(once) <= MOST_VALUES else say("from-to", lang, low=once[0], high=once[-1])

    def doubts(self, lang: Lang) -> str:
        """That it is a screening, and at which speed or reading it would be another; empty where it stands firm."""
        screening = text("verdict.screening", lang) if self.first.screening else ""
        reading = say("turned-by-reading", lang) if turned_by_reading(self.first) else ""
        return screening + turned_text(self.first, lang) + reading

    def status_cell(self, lang: Lang) -> Cell:
        """The verdict in words, and what is missing where it cannot be told."""
        said = text("verdict." + self.status.replace(" ", "-"), lang) + self.doubts(lang)
        needs = needs_of(self.first, lang)
        why = _why(self.first, lang)
        said = say("status-why", lang, status=said, why=why) if why else said
        return Cell(say("status-needs", lang, status=said, needs=needs) if needs else said, self.status)


@dataclass(frozen=True)
class RuleLines:
    """All lines of one rule. ``status``: not met where a unit misses the goal, met where all units meet it."""

    lines: tuple[Line, ...]

    @property
    def first(self) -> Verdict:
        return self.lines[0].first

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        return tuple(verdict for line in self.lines for verdict in line.verdicts)

    @property
    def status(self) -> Status:
        return min((line.status for line in self.lines), key=WORST_FIRST.index)

    @property
    def screening(self) -> bool:
        """Whether a weak layer decides it: of the verdicts that make the status, all are screening or one that is
        met rests on it."""
        deciding = [v.screening for v in self.verdicts if v.status == self.status]
        return all(deciding) if self.status == "not met" else any(deciding)

    def title(self, lang: Lang) -> str:
        """What the rule asks for."""
        return words_of(self.first.title, lang)

    def of(self, status: Status) -> tuple[Verdict, ...]:
        """The verdicts with one answer."""
        return tuple(verdict for verdict in self.verdicts if verdict.status == status)


def rules_of(assessment: Assessment, lang: Lang) -> list[RuleLines]:
    """Every rule with its lines, in the plans' order."""
    return [RuleLines(lines_of(verdicts, lang)) for verdicts in by_rule(assessment).values()]


def lines_of(verdicts: Iterable[Verdict], lang: Lang) -> tuple[Line, ...]:
    """The verdicts of one rule in as few lines as say the same; what is decided stands first."""
    of_rule = sorted(verdicts, key=lambda verdict: verdict.status == "cannot tell")
    groups = _grouped(of_rule, [_key(verdict, lang) for verdict in of_rule])
    if len(groups) > MOST_LINES:
        groups = _grouped(of_rule, [_key(verdict, lang)[:5] for verdict in of_rule])
    return tuple(Line(tuple(group)) for group in groups)


def _grouped(verdicts: Sequence[Verdict], keys: Sequence[tuple[object, ...]]) -> list[list[Verdict]]:
    groups: dict[tuple[object, ...], list[Verdict]] = {}
    for verdict, key in zip(verdicts, keys, strict=True):
        groups.setdefault(key, []).append(verdict)
    return list(groups.values())


def _key(verdict: Verdict, lang: Lang) -> tuple[object, ...]:
    """What verdicts on one line have in common; the value comes last."""
    measured = verdict.quantity in ("min", "km") and verdict.value is not None
    if verdict.status in DECIDED:
        said = turned_text(verdict, lang)
        return (
            verdict.status,
            verdict.screening,
            turned_by_reading(verdict),
            said,
            verdict.target,
            value_text(verdict, lang),
        )
    target = verdict.target if verdict.subject else ""
    value = value_text(verdict, lang) if measured else ""
    return verdict.status, verdict.screening, turned_by_reading(verdict), needs_of(verdict, lang), target, value


def unit_name(verdict: Verdict, lang: Lang) -> str:
    """The unit, or the institution in it where that says the unit already."""
    subject = verdict.subject.text(lang) if isinstance(verdict.subject, Message) else verdict.subject
    return plain(subject) if subject.startswith(verdict.unit) else plain(verdict.unit_text(lang))


def turned_by_reading(verdict: Verdict) -> bool:
    """Whether another reading of the plan would turn a decided verdict."""
    return verdict.status in DECIDED and any(note.code in TURNING for note in verdict.notes)


def _why(verdict: Verdict, lang: Lang) -> str:
    """Why a goal is missed although the value alone would meet it."""
    if verdict.status != "not met" or verdict.value is None or verdict.target_value is None:
        return ""
    met_alone = verdict.target.startswith((">=", ">")) and verdict.value >= verdict.target_value
    return joint(lang).join(note.text(lang) for note in verdict.notes if note.code in ALSO_ASKED) if met_alone else ""


def goal_text(verdict: Verdict, lang: Lang) -> str:
    """A goal in print: signs, units, levels of hospitals and bands in words."""
    target = verdict.target
    band = BAND_KM.search(target)
    at = say("at-distance", lang, low=band[1], high=band[2]) if band else ""
    shown = target_text(BAND_KM.sub("", target), lang)
    shown = THOUSANDS.sub(lambda found: f"{int(found[0]):,}", BAND.sub(r"\1–\2", shown))
    return shown + at if shown else text("maps.no-value", lang)


def value_text(verdict: Verdict, lang: Lang) -> str:
    """A value as exact as its goal is, with the range between high and low speeds."""
    value, target = verdict.value, verdict.target_value
    shown = verdict_value(verdict, lang)
    if value is not None and target is not None and not verdict.quantity and not verdict.bound:
        digits = len(f"{target:g}".partition(".")[2])
        exact = f"{value:,.{digits}f}"
        shown = exact if digits > 1 and (exact != f"{target:,.{digits}f}" or value == target) else shown
    ends = [end for end in (verdict.low, verdict.high) if end is not None and math.isfinite(end)]
    if len(ends) < 2 or verdict.quantity not in ("min", "km") or value is None:
        return shown
    least, most = (number(end, lang) if end >= 1e5 else f"{end:,.1f}" for end in (min(ends), max(ends)))
    return say("value-range", lang, value=shown, low=least, high=most) if least != most else shown


def needs_of(verdict: Verdict, lang: Lang) -> str:
    """What a verdict that cannot be told lacks, in a word each."""
    said = (
        table_name(str(need.params["table"]), lang) if need.code == "needs.table" else say(need.code, lang)
        for need in verdict.needs
    )
    return listed(dict.fromkeys(said), lang)


def affected(verdicts: Iterable[Verdict]) -> float | None:
    """Residents affected, each unit once; where zones or the city stand beside counties, the largest of them."""
    units: dict[str, float] = {}
    for verdict in verdicts:
        if verdict.people_affected is not None and math.isfinite(verdict.people_affected):
            units[verdict.unit] = max(units.get(verdict.unit, 0.0), verdict.people_affected)
    return sum(units.values()) if units else None
