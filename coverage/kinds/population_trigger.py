"""A unit above a population needs one more facility."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ...texts import Message
from ..facts import Facts
from ..judge import cannot_tell
from ..results import Verdict
from ..rule_parts import Above0, PlanHead, Population, RuleBase, Selector, mistake
from ..units import units_of


class PopulationTriggerRule(RuleBase):
    """Each unit (``per``) with ``above`` people or more has at least ``at_least`` of ``facilities``.

    ``strict``: a unit of exactly ``above`` people is left out. ``far_from_seat``: only townships that are far from the
    county seat (choice C12-far). Whose number decides is ``population``, or what the choice C12 says where it stands
    among the rule's choices.
    """

    kind: Literal["population-trigger"]
    per: Literal["county", "township"] = "county"
    above: Above0
    strict: bool = False
    population: Population = "resident"
    far_from_seat: bool = False
    facilities: Selector
    at_least: int = Field(1, ge=1)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.far_from_seat and self.per == "county":
            raise mistake("rule.far-needs-township")
        if self.facilities.empty:
            raise mistake("rule.selector-empty")
        return self


def evaluate(plan: PlanHead, rule: PopulationTriggerRule, facts: Facts) -> list[Verdict]:
    """One verdict for each county-level unit."""
    return [
        cannot_tell(facts, plan, rule, unit.name, Message("settle.facility-data")) for unit in units_of(rule, facts)
    ]
