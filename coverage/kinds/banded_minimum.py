"""A minimum that depends on how many people live in the unit."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ...layers.settings_parts import Part
from ...texts import Message
from ..amounts import quantity_of
from ..facts import Facts
from ..intervals import interval_verdict
from ..judge import cannot_tell
from ..populations import people_of, population_read
from ..results import Verdict
from ..rule_parts import Above0, Amount, Number, PlanHead, Population, Threshold, UnitRule, mistake
from ..units import Unit, units_of


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
    """One verdict per unit: the amount against the minimum of the unit's band."""
    return [_evaluate(plan, rule, facts, unit) for unit in units_of(rule, facts)]


def _evaluate(plan: PlanHead, rule: BandedMinimumRule, facts: Facts, unit: Unit) -> Verdict:
    amount = quantity_of(facts, rule.amount, unit.county)
    people = people_of(facts, population_read(rule.population, rule.choices, facts), unit.county)
    if people.count is None:
        return cannot_tell(facts, plan, rule, unit.name, *people.settle, *amount.settle, layer="people")
    minimum = minimum_of(rule.bands, people.count)
    band = Message("note.band", {"people": people.count, "minimum": f"{minimum:g}"})
    return interval_verdict(
        facts,
        plan,
        rule,
        Threshold(at_least=minimum),
        unit.name,
        amount.interval,
        (*amount.evidence, people.evidence),
        settle=amount.settle,
        missing=amount.missing,
        notes=(band, *people.note, *amount.notes),
    )


def minimum_of(bands: tuple[Band, ...], people: float) -> float:
    """The minimum of the first band whose upper edge lies above the population."""
    return next(band.minimum for band in bands if band.below is None or people < band.below)
