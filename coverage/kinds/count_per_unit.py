"""At least (or at most) so many facilities of a kind in the city or in each county-level unit."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from ...texts import Message
from ..facts import Facts
from ..judge import Measured, judge, named, passes, verdict
from ..results import Evidence, Verdict
from ..rule_parts import Above0, Amount, PlanHead, RuleBase, Selector, Threshold, mistake
from ..units import Unit, units_of
from .found import Found, find

Per = Literal["city", "county", "township", "street", "village"]


class CountPerUnitRule(RuleBase):
    """So many in the city, or in each county-level unit, township, street or village.

    What is counted: ``facilities``, or the cell of ``amount``'s table. ``or_one_per``: a county-level unit that has
    no facility in some streets passes too if it has one per so many residents (choice C15).
    """

    kind: Literal["count-per-unit"]
    per: Per = "city"
    facilities: Selector | None = None
    amount: Amount | None = None
    or_one_per: Above0 | None = None
    threshold: Threshold

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        if (self.facilities is None) == (self.amount is None):
            raise mistake("rule.facilities-or-amount")
        if self.facilities is not None and self.facilities.empty:
            raise mistake("rule.selector-empty")
        return self


def evaluate(plan: PlanHead, rule: CountPerUnitRule, facts: Facts) -> list[Verdict]:
    """One verdict for the city, or one per unit: open facilities of the selector against the minimum."""
    return [_evaluate(plan, rule, facts, unit) for unit in units_of(rule, facts)]


def _evaluate(plan: PlanHead, rule: CountPerUnitRule, facts: Facts, unit: Unit) -> Verdict:
    assert rule.facilities is not None
    found = find(facts, rule.facilities, unit.county)
    count, most = float(len(found.open)), float(len(found.open) + len(found.unsure))
    same = passes(rule.threshold, count, facts.choices) == passes(rule.threshold, most, facts.choices)
    measured = Measured(count, bound="" if found.listed and same else "at least")
    evidence = facts.evidence("facilities")
    judged = judge(rule.threshold, measured, evidence, facts.choices)
    settle: tuple[Message, ...] = ()
    if judged.status == "cannot tell":
        evidence = (Evidence("facilities", "missing"),)
        settle = (settle_count(facts, rule.facilities.kinds, found, unit.county or facts.study.city),)
    residents = facts.demand["residents"].to_numpy()[facts.inside("all", unit.county)]
    return verdict(
        facts,
        plan,
        rule,
        rule.threshold,
        unit.name,
        measured,
        judged,
        evidence,
        "",
        people_affected=float(residents.sum()) if judged.status == "not met" else None,
        definition=facts.choices.say(rule.choices[0]) if rule.choices else None,
        notes=notes_of(found),
        would_settle=settle,
    )


def notes_of(found: Found) -> tuple[Message, ...]:
    """Which facilities count, which do not yet, and of which nobody can tell."""
    groups = (("note.planned", found.coming), ("note.found", found.open), ("note.unsure", found.unsure))
    return tuple(Message(code, {"count": len(f), "names": named(f)}) for code, f in groups if len(f))


def settle_count(facts: Facts, kinds: tuple[str, ...], found: Found, unit: str) -> Message:
    """What would settle a count: the whole list or, where that is there, what it leaves open."""
    if found.listed:
        return Message("settle.unsure", {"names": named(found.unsure)})
    return Message("settle.full-list", {"kinds": tuple(Message(f"kind.{kind}") for kind in kinds), "unit": unit})
