"""Facilities, vehicles, beds or staff per population, or one of them per another."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ...layers.settings import Part, Text
from ...texts import Message
from ..facts import Facts
from ..judge import cannot_tell
from ..results import Verdict
from ..rule_parts import Above0, Amount, Denominator, PlanHead, Threshold, UnitRule, mistake
from ..units import units_of


class PerRange(Part):
    """``number`` = [1, 2] for every ``people`` = [800000, 2000000]; the choice C10 says how that is counted."""

    number: tuple[Above0, Above0]
    people: tuple[Above0, Above0]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for low, high in (self.number, self.people):
            if low > high:
                raise mistake("rule.band-order", low=low, high=high)
        return self


class RatioRule(UnitRule):
    """``amount`` per ``per_each`` (so many residents, beds, doctors ...) against ``threshold``.

    ``thresholds``: a bound for single units, which goes before ``threshold``; a unit without any is not tested.
    ``range`` in place of both: a number of facilities that depends on the population in steps.
    """

    kind: Literal["ratio"]
    amount: Amount
    per_each: Denominator
    threshold: Threshold | None = None
    thresholds: dict[Text, Threshold] = Field(default_factory=dict)
    range: PerRange | None = None

    @model_validator(mode="after")
    def _some_bound(self) -> Self:
        bounds = self.threshold is not None or bool(self.thresholds)
        if bounds == (self.range is not None):
            raise mistake("rule.threshold-or-range")
        if self.range is not None and self.per_each.population is None:
            raise mistake("rule.range-of-people")
        return self


def evaluate(plan: PlanHead, rule: RatioRule, facts: Facts) -> list[Verdict]:
    """One verdict for the city, or one per unit."""
    return [
        cannot_tell(facts, plan, rule, unit.name, Message("settle.facility-data")) for unit in units_of(rule, facts)
    ]
