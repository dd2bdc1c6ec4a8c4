"""The share of residents within so many minutes or km of a facility, by car or on foot."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from ...texts import Message
from ..facts import Facts
from ..judge import cannot_tell
from ..results import Verdict
from ..rule_parts import Above0, PlanHead, Selector, Threshold, ZoneRule, mistake
from ..units import units_of


class ReachRule(ZoneRule):
    """Residents within ``within_min`` minutes or ``within_km`` km of the nearest of ``facilities``.

    ``mode``: by car or on foot. ``threshold``: the share (0 to 1) of them that is asked for; without one the choice
    C11 says what counts as reached, by default only the figures are reported.
    """

    kind: Literal["reach"]
    facilities: Selector
    mode: Literal["car", "walk"] = "car"
    within_min: Above0 | None = None
    within_km: Above0 | None = None
    threshold: Threshold | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.within_min is None) == (self.within_km is None):
            raise mistake("rule.minutes-or-km")
        if self.facilities.empty:
            raise mistake("rule.selector-empty")
        if self.threshold is not None and not (self.threshold.lower and self.threshold.limit <= 1):
            raise mistake("rule.needs-share", kind=self.kind)
        return self


def evaluate(plan: PlanHead, rule: ReachRule, facts: Facts) -> list[Verdict]:
    """One verdict for the zone, or one per unit."""
    return [
        cannot_tell(facts, plan, rule, unit.name, Message("settle.facility-data")) for unit in units_of(rule, facts)
    ]
