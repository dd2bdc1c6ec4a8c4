"""The institutions that a plan lists by name or by county exist."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ...layers.settings_parts import Name, Part
from ...layers.vocabulary import KINDS as FACILITY_KINDS
from ...texts import Message
from ..amounts import notes_of, settle_found
from ..facts import Facts
from ..found import Found, find
from ..judge import citation
from ..results import WEAK_GRADES, Evidence, Status, Verdict
from ..rule_parts import PlanHead, RuleBase, Selector, check_known
from ..ways import Way, about


class Expected(Part):
    """Institutions that a plan lists: ``count`` of a kind in a county (none: at the city), by the names it uses."""

    kind: Name
    county: Name | None = None
    names: tuple[Name, ...] = ()
    count: int = Field(1, ge=1)

    @model_validator(mode="after")
    def _known_kind(self) -> Self:
        check_known((self.kind,), FACILITY_KINDS, "rule.facility-kind")
        return self


class NamedCountRule(RuleBase):
    """The institutions that the plan lists exist and are open: one verdict for each of ``expected``."""

    kind: Literal["named-count"]
    expected: tuple[Expected, ...] = Field(min_length=1)

    @property
    def names_institutions(self) -> bool:
        return any(expected.names for expected in self.expected)


def evaluate(plan: PlanHead, rule: NamedCountRule, facts: Facts) -> list[Verdict]:
    """One verdict for each institution that the rule expects in a county of the study, or at the city."""
    held = set(facts.study.counties.frame["county"])
    return [
        _evaluate(plan, rule, facts, expected)
        for expected in rule.expected
        if expected.county is None or expected.county in held
    ]


def _evaluate(plan: PlanHead, rule: NamedCountRule, facts: Facts, expected: Expected) -> Verdict:
    run_by = ("city",) if expected.county is None else ()
    found = find(facts, Selector(kinds=(expected.kind,), run_by=run_by), expected.county, expected.names)
    status = _status(facts, found, expected)
    unit = expected.county or facts.study.city
    known = status != "cannot tell"
    evidence = facts.evidence("facilities")[0] if known else Evidence("facilities", "missing")
    return Verdict(
        plan=plan.id,
        rule=rule.id,
        title=rule.title,
        unit=unit,
        subject=expected.names[0] if expected.names else Message(f"kind.{expected.kind}"),
        status=status,
        citation=citation(plan, rule),
        value=float(len(found.open)),
        target=f">= {expected.count}",
        target_value=float(expected.count),
        margin=float(len(found.open) - expected.count),
        bound="" if status == "not met" or (found.listed and found.unsure.empty) else "at least",
        screening=known and evidence.grade in WEAK_GRADES,
        evidence=(evidence,),
        choices=tuple(f"{code}={facts.choices[code]}" for code in rule.open_choices),
        notes=notes_of(found),
        would_settle=() if known else _ways(found, expected, unit),
        plan_title=plan.title,
    )


def _ways(found: Found, expected: Expected, unit: str) -> tuple[Way, ...]:
    """Whether the one asked for by its name is open by now; else what else the list leaves open."""
    named = about("status", found.coming) if expected.names else ()
    return named or settle_found(Selector(kinds=(expected.kind,)), found, unit)


def _status(facts: Facts, found: Found, expected: Expected) -> Status:
    """Open ones decide, and a complete list; one that was planned when another list or a plan was made may be open
    today."""
    if len(found.open) >= expected.count:
        return "met"
    may_be_open = 0 if facts.complete((expected.kind,)) else len(found.coming)
    maybe_enough = len(found.open) + len(found.unsure) + may_be_open >= expected.count
    return "not met" if found.listed and not maybe_enough else "cannot tell"
