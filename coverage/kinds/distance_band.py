"""Facilities that stand so far from a reference point, and what they supply around them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ...layers.settings import Part
from ...texts import Message
from ..facts import Facts
from ..judge import cannot_tell
from ..results import Verdict
from ..rule_parts import Above0, Number, PlanHead, RuleBase, Selector, mistake
from ..units import units_of


class Serves(Part):
    """What lies ``within_km`` of a point is supplied from it: these facilities."""

    facilities: Selector
    within_km: Above0


class DistanceBandRule(RuleBase):
    """Each county-level unit has one of ``facilities`` at least ``band`` [0] and at most ``band`` [1] km from its seat
    (or the city's), and every facility of ``serves`` lies within reach of one (choice C8: by road or straight line).

    ``new``: how few and how many new points the plan wants; where they would serve most is proposed.
    """

    kind: Literal["distance-band"]
    facilities: Selector
    reference: Literal["county-seat", "city-seat"] = "county-seat"
    band: tuple[Number, Number]
    serves: Serves | None = None
    new: tuple[Annotated[int, Field(ge=1, le=20)], Annotated[int, Field(ge=1, le=20)]] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.band[0] < self.band[1]:
            raise mistake("rule.band-order", low=self.band[0], high=self.band[1])
        if self.new is not None and self.new[0] > self.new[1]:
            raise mistake("rule.band-order", low=self.new[0], high=self.new[1])
        if self.facilities.empty or (self.serves is not None and self.serves.facilities.empty):
            raise mistake("rule.selector-empty")
        return self


def evaluate(plan: PlanHead, rule: DistanceBandRule, facts: Facts) -> list[Verdict]:
    """One verdict for each county-level unit."""
    return [
        cannot_tell(facts, plan, rule, unit.name, Message("settle.facility-data")) for unit in units_of(rule, facts)
    ]
