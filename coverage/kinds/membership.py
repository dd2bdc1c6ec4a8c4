"""Every facility of a kind, or every unit, is as the plan asks."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from ..facts import Facts
from ..intervals import interval_verdict
from ..levels import Level
from ..members import members_of, share_verdict, sum_of
from ..results import Verdict
from ..rule_parts import Condition, PlanHead, Selector, Threshold, UnitRule, mistake
from ..units import Unit, units_of


class MembershipRule(UnitRule):
    """Each of ``facilities``, or ``each`` unit of a level, is as ``having`` says: of a network, with a department.

    ``added_up``: not each of the facilities by itself, but the sum of their numbers meets the threshold of ``having``.
    """

    kind: Literal["membership"]
    facilities: Selector | None = None
    each: Level | None = None
    having: Condition
    added_up: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.facilities is None) == (self.each is None):
            raise mistake("rule.facilities-or-each")
        if self.facilities is not None and self.facilities.empty:
            raise mistake("rule.selector-empty")
        if self.each is not None and self.having.table is None:
            raise mistake("rule.each-needs-table")
        if self.added_up and (self.facilities is None or self.having.threshold is None):
            raise mistake("rule.added-up-numbers")
        return self


def evaluate(plan: PlanHead, rule: MembershipRule, facts: Facts) -> list[Verdict]:
    """One verdict for the city, or one per unit; ``worst`` are the first that are not as asked."""
    return [
        _sum(plan, rule, facts, unit) if rule.added_up else _all(plan, rule, facts, unit)
        for unit in units_of(rule, facts)
    ]


def _all(plan: PlanHead, rule: MembershipRule, facts: Facts, unit: Unit) -> Verdict:
    members = members_of(facts, rule.facilities, rule.each, rule.having, unit.county)
    return share_verdict(facts, plan, rule, unit, members, Threshold(at_least=100))


def _sum(plan: PlanHead, rule: MembershipRule, facts: Facts, unit: Unit) -> Verdict:
    """The numbers of the facilities of a unit added up; a blank cell, and a facility not listed, may hold any."""
    assert rule.facilities is not None and rule.having.threshold is not None
    total = sum_of(facts, rule.facilities, rule.having, unit.county)
    return interval_verdict(
        facts,
        plan,
        rule,
        rule.having.threshold,
        unit.name,
        total.interval,
        total.evidence,
        settle=total.settle,
        missing=total.missing,
        notes=total.notes,
    )
