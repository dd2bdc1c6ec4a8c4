"""The share of facilities, or of units, that are as the plan asks."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from ..facts import Facts
from ..levels import Level
from ..members import in_percent, members_of, share_verdict
from ..results import Verdict
from ..rule_parts import Condition, PlanHead, Selector, Threshold, UnitRule, mistake
from ..units import units_of


class ShareRule(UnitRule):
    """Of ``facilities``, or of ``each`` unit of a level, the share (0 to 1) that is as ``having`` says."""

    kind: Literal["share"]
    facilities: Selector | None = None
    each: Level | None = None
    having: Condition
    threshold: Threshold

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.facilities is None) == (self.each is None):
            raise mistake("rule.facilities-or-each")
        if self.facilities is not None and self.facilities.empty:
            raise mistake("rule.selector-empty")
        if self.each is not None and self.having.table is None:
            raise mistake("rule.each-needs-table")
        if self.threshold.limit > 1:
            raise mistake("rule.needs-share", kind=self.kind)
        return self


def evaluate(plan: PlanHead, rule: ShareRule, facts: Facts) -> list[Verdict]:
    """One verdict for the city, or one per unit; ``worst`` are the first that are not as asked."""
    return [
        share_verdict(
            facts,
            plan,
            rule,
            unit,
            members_of(facts, rule.facilities, rule.each, rule.having, unit.county),
            in_percent(rule.threshold),
        )
        for unit in units_of(rule, facts)
    ]
