"""The share of facilities, or of units, that are as the plan asks."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from ...texts import Message
from ..facts import Facts
from ..judge import cannot_tell
from ..results import Verdict
from ..rule_parts import Condition, PlanHead, Selector, Threshold, UnitRule, mistake
from ..units import units_of


class ShareRule(UnitRule):
    """Of ``facilities``, or of ``each`` unit of a level, the share (0 to 1) that is as ``having`` says."""

    kind: Literal["share"]
    facilities: Selector | None = None
    each: Literal["city", "county", "township", "street", "village"] | None = None
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
    """One verdict for the city, or one per unit."""
    return [
        cannot_tell(facts, plan, rule, unit.name, Message("settle.facility-data")) for unit in units_of(rule, facts)
    ]
