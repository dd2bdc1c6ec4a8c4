"""At least so many facilities of a kind in the city or in each county-level unit."""

from __future__ import annotations

from ...texts import Message
from ..facts import Facts
from ..judge import NAMED, Measured, judge, verdict
from ..results import Evidence, Verdict
from ..rules import Plan, Rule
from ..units import Unit, units_of


def evaluate(plan: Plan, rule: Rule, facts: Facts) -> list[Verdict]:
    """One verdict for the city, or one per unit: open facilities of the selector against the minimum."""
    return [_evaluate(plan, rule, facts, unit) for unit in units_of(rule, facts)]


def _evaluate(plan: Plan, rule: Rule, facts: Facts, unit: Unit) -> Verdict:
    assert rule.threshold is not None
    found = facts.select(rule.facilities, unit.county)
    is_open, unknown = found[found["status"] == "open"], found[found["status"] == ""]
    complete = facts.complete(rule.facilities.kinds) and unknown.empty
    enough = len(is_open) >= rule.threshold.limit
    evidence = facts.evidence("facilities")
    if not enough and not complete:
        evidence = (Evidence("facilities", "missing"),)
    judged = judge(
        rule.threshold, Measured(float(len(is_open)), impossible=not enough and not complete), evidence, facts.choices
    )
    coming = found[found["status"].isin(["planned", "under construction"])]
    notes = []
    if len(coming):
        notes.append(Message("note.planned", {"count": len(coming), "names": _names(coming["name"])}))
    if len(is_open):
        notes.append(Message("note.found", {"names": _names(is_open["name"])}))
    settle = []
    if judged.status == "cannot tell":
        kinds = tuple(Message(f"kind.{kind}") for kind in rule.facilities.kinds)
        settle.append(Message("settle.full-list", {"kinds": kinds, "unit": unit.name}))
    residents = facts.demand["residents"].to_numpy()[facts.inside("all", unit.county)]
    return verdict(
        facts,
        plan,
        rule,
        unit.name,
        Measured(float(len(is_open))),
        judged,
        evidence,
        "",
        people_affected=float(residents.sum()) if judged.status == "not met" else None,
        definition=facts.choices.say(rule.choices[0]) if rule.choices else None,
        notes=tuple(notes),
        would_settle=tuple(settle),
    )


def _names(names: object) -> str:
    shown = [str(name) for name in names]  # type: ignore[attr-defined]
    return "、".join(shown[:NAMED]) + (" …" if len(shown) > NAMED else "")
