"""A minimum that depends on how many people live in the unit."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ...layers.settings import Part
from ...texts import Message
from ..facts import Facts
from ..judge import cannot_tell
from ..results import Verdict
from ..rule_parts import Above0, Amount, Number, PlanHead, Population, UnitRule, mistake
from ..units import units_of


class Band(Part):
    """Units with fewer than ``below`` people (none: all larger ones) need ``minimum``."""

    below: Above0 | None = None
    minimum: Number


class BandedMinimumRule(UnitRule):
    """``amount`` must reach the minimum of the first band that holds the unit's population.

    A unit on the edge belongs to the larger band (以上 includes the figure). ``population``: whose number decides.
    """

    kind: Literal["banded-minimum"]
    per: Literal["city", "county"] = "county"
    amount: Amount
    population: Population = "resident"
    bands: tuple[Band, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rising(self) -> Self:
        edges = [band.below for band in self.bands[:-1]]
        if None in edges or self.bands[-1].below is not None or edges != sorted(set(edges), key=float):  # type: ignore[arg-type]
            raise mistake("rule.bands-rising")
        return self


def evaluate(plan: PlanHead, rule: BandedMinimumRule, facts: Facts) -> list[Verdict]:
    """One verdict per unit."""
    return [
        cannot_tell(facts, plan, rule, unit.name, Message("settle.facility-data")) for unit in units_of(rule, facts)
    ]
