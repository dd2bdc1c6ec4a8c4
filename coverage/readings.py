"""A rule under the study's reading of its choices, and what any other reading would make of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import product

from ..texts import Message
from .choices import CHOICES
from .facts import Facts
from .kinds import KINDS
from .results import Verdict
from .rule_parts import PlanHead, RuleBase
from .units import reason_to_skip

Key = tuple[str, str]
MOST_COMBINATIONS = 64


def read_rule(rule: RuleBase, facts: Facts) -> RuleBase:
    """The rule as it reads under the study's choices."""
    return rule.under({code: facts.choices[code] for code in rule.open_choices})


def judge_rule(plan: PlanHead, rule: RuleBase, facts: Facts) -> list[Verdict]:
    """The verdicts of a rule that the study can hold; where another reading of one of its choices would turn one, it
    says so. Readings are changed one at a time; together only where no single one turns the verdict."""
    made = _verdicts(plan, rule, facts)
    notes: dict[Key, list[Message]] = {_key(verdict): [] for verdict in made}
    for code in rule.open_choices:
        if code in rule.handles:
            continue
        for reading in CHOICES[code].readings:
            if reading != facts.choices[code]:
                others = _under(plan, rule, facts, {code: reading})
                for verdict in made:
                    notes[_key(verdict)] += _turned(verdict, others, code, reading)
    steady = [verdict for verdict in made if not notes[_key(verdict)]]
    for key, said in _turned_together(plan, rule, facts, steady).items():
        notes[key].append(said)
    return [_finished(rule, verdict, tuple(notes[_key(verdict)])) for verdict in made]


def _turned_together(plan: PlanHead, rule: RuleBase, facts: Facts, steady: list[Verdict]) -> dict[Key, Message]:
    """Which of the verdicts that no single other reading turns are turned by several together, and by which: the first
    with the fewest changes. Where there are too many to try, that is said of each."""
    codes = [code for code in rule.open_choices if code not in rule.handles]
    if len(codes) < 2 or not steady:
        return {}
    count = math.prod(len(CHOICES[code].readings) for code in codes)
    if count > MOST_COMBINATIONS:
        return {_key(verdict): Message("note.untried-readings", {"count": count}) for verdict in steady}
    found: dict[Key, Message] = {}
    for readings in _combinations(codes, facts):
        left = [verdict for verdict in steady if _key(verdict) not in found]
        others = _under(plan, rule, facts, readings) if left else {}
        for verdict in left:
            same = others.get(_key(verdict))
            if same is not None and same.status != verdict.status:
                words = tuple(Message(f"choice.{code}.{reading}") for code, reading in readings.items())
                said = {"readings": words, "answer": _answer(same)}
                found[_key(verdict)] = Message("note.other-readings", said)
    return found


def _combinations(codes: list[str], facts: Facts) -> list[dict[str, str]]:
    """The other readings of two or more of the choices together, fewest changes first."""
    every = product(*(CHOICES[code].readings for code in codes))
    changed = ({c: r for c, r in zip(codes, readings, strict=True) if r != facts.choices[c]} for readings in every)
    return sorted((each for each in changed if len(each) > 1), key=len)


def judge_as_read(plan: PlanHead, rule: RuleBase, facts: Facts) -> list[Verdict]:
    """As :func:`judge_rule`, under the study's own readings alone: nothing is said of what others would make of it."""
    return [_finished(rule, verdict, ()) for verdict in _verdicts(plan, rule, facts)]


def _verdicts(plan: PlanHead, rule: RuleBase, facts: Facts) -> list[Verdict]:
    return KINDS[rule.kind](plan, read_rule(rule, facts), facts)


def _under(plan: PlanHead, rule: RuleBase, facts: Facts, readings: Mapping[str, str]) -> Mapping[Key, Verdict]:
    other = facts
    for code, reading in readings.items():
        other = other.under(code, reading)
    if reason_to_skip(read_rule(rule, other), other) is not None:
        return {}
    return {_key(verdict): verdict for verdict in _verdicts(plan, rule, other)}


def _turned(verdict: Verdict, others: Mapping[Key, Verdict], code: str, reading: str) -> list[Message]:
    """What another reading says of the same unit; where it has other units, what it says of those."""
    words = Message(f"choice.{code}.{reading}")
    same = others.get(_key(verdict))
    if same is not None:
        if same.status == verdict.status:
            return []
        return [Message("note.other-reading", {"reading": words, "answer": _answer(same)})]
    return [
        Message("note.other-units", {"reading": words, "unit": _unit(other), "answer": _answer(other)})
        for other in others.values()
        if other.status != verdict.status
    ][:3]


def _answer(verdict: Verdict) -> Message:
    return Message("verdict." + verdict.status.replace(" ", "-"))


def _unit(verdict: Verdict) -> Message | str:
    return Message(f"unit.{verdict.unit}") if verdict.unit in ("urban", "township") else verdict.unit


def _key(verdict: Verdict) -> Key:
    return verdict.unit, verdict.subject.code if isinstance(verdict.subject, Message) else verdict.subject


def _finished(rule: RuleBase, verdict: Verdict, turned: tuple[Message, ...]) -> Verdict:
    own = (Message("note.of-rule", {"words": {"zh": rule.note.zh, "en": rule.note.en}}),) if rule.note else ()
    year = (Message("note.year", {"year": str(rule.year)}),) if rule.year else ()
    guides = () if rule.binding else (Message("note.guides"),)
    notes = (*turned, *verdict.notes, *own, *year, *guides)
    return verdict.replaced(notes=notes, binding=rule.binding)
