"""Every facility of a kind, or every unit, is as the plan asks."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from ..facts import Facts
from ..levels import Level
from ..members import members_of, share_verdict
from ..results import Verdict
from ..rule_parts import Condition, PlanHead, Selector, Threshold, UnitRule, mistake
from ..units import units_of


class MembershipRule(UnitRule):
    """Each of ``facilities``, or ``each`` unit of a level, is as ``having`` says: of a network, with a department."""

    kind: Literal["membership"]
    facilities: Selector | None = None
    each: Level | None = None
    having: Condition

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.facilities is None) == (self.each is None):
            raise mistake("rule.facilities-or-each")
        if self.facilities is not None and self.facilities.empty:
            raise mistake("rule.selector-empty")
        if self.each is not None and self.having.table is None:
            raise mistake("rule.each-needs-table")
        return self


def evaluate(plan: PlanHead, rule: MembershipRule, facts: Facts) -> list[Verdict]:
    """One verdict for the city, or one per unit; ``worst`` are the first that are not as asked."""
    return [
        share_verdict(
            facts,
            plan,
            rule,
            unit,
            members_of(facts, rule.facilities, rule.each, rule.having, unit.county),
            Threshold(at_least=100),
        )
        for unit in units_of(rule, facts)
    ]
