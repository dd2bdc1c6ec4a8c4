"""The institutions that a plan lists by name or by county exist."""

from __future__ import annotations

import pandas as pd

from ...texts import Message
from ..facts import Facts
from ..judge import citation
from ..results import Evidence, Status, Verdict
from ..rules import Expected, Plan, Rule, Selector


def evaluate(plan: Plan, rule: Rule, facts: Facts) -> list[Verdict]:
    """One verdict for each institution that the rule expects."""
    held = set(facts.study.counties.frame["county"])
    return [
        _evaluate(plan, rule, facts, expected)
        for expected in rule.expected
        if expected.county is None or expected.county in held
    ]


def _evaluate(plan: Plan, rule: Rule, facts: Facts, expected: Expected) -> Verdict:
    found = _matching(facts, expected)
    by_status = {status: int((found["status"] == status).sum()) for status in ("open", "")}
    coming = found[found["status"].isin(["planned", "under construction"])]
    status, evidence = _status(facts, expected, by_status["open"], by_status[""], len(coming))
    notes = [Message("note.planned", {"count": len(coming), "names": "、".join(coming["name"])})] if len(coming) else []
    settle = ()
    if status == "cannot tell":
        kind = Message(f"kind.{expected.kind}")
        settle = (Message("settle.full-list", {"kinds": kind, "unit": expected.county or facts.study.city}),)
    return Verdict(
        plan=plan.id,
        rule=rule.id,
        title=rule.title,
        unit=f"{expected.county or facts.study.city}·{expected.names[0] if expected.names else expected.kind}",
        status=status,
        citation=citation(plan, rule),
        value=float(by_status["open"]),
        target=f">= {expected.count}",
        target_value=float(expected.count),
        margin=float(by_status["open"] - expected.count),
        screening=status != "cannot tell" and evidence.grade in ("modelled", "assumed"),
        evidence=(evidence,),
        notes=tuple(notes),
        would_settle=settle,
    )


def _matching(facts: Facts, expected: Expected) -> pd.DataFrame:
    found = facts.select(Selector(kinds=(expected.kind,)), expected.county)
    if expected.county is None:
        found = found[(found["run_by"] == "city") | (found["county"] == "")]
    return found[found["name"].isin(expected.names)] if expected.names else found


def _status(facts: Facts, expected: Expected, is_open: int, unknown: int, coming: int) -> tuple[Status, Evidence]:
    """Open ones decide; a known list, or every expected one being still to come, tells that it is not met."""
    evidence = facts.evidence("facilities")[0]
    if is_open >= expected.count:
        return "met", evidence
    if facts.complete((expected.kind,)) and not unknown:
        return "not met", evidence
    if not unknown and is_open + coming >= expected.count:
        return "not met", evidence
    return "cannot tell", Evidence("facilities", "missing")
