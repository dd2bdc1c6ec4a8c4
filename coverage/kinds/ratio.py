"""Facilities, vehicles, beds or staff per population, or one of them per another."""

from __future__ import annotations

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from ...layers.settings_parts import Name, Part
from ...texts import Message
from ..amounts import Quantity, quantity_of
from ..facts import Facts
from ..intervals import Interval, interval_verdict
from ..judge import cannot_tell
from ..members import in_percent
from ..populations import People, people_of, population_read
from ..results import Verdict
from ..rule_parts import Above0, Amount, Denominator, PlanHead, Threshold, UnitRule, mistake
from ..units import Unit, units_of
from ..ways import Way


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

    @property
    def goal(self) -> str:
        """The range as it is written: "1-2 per 800000-2000000 people"."""
        (fewest, most), (smaller, larger) = self.number, self.people
        return f"{fewest:g}-{most:g} per {smaller:.0f}-{larger:.0f} people"


class RatioRule(UnitRule):
    """``amount`` per ``per_each`` (so many residents, beds, doctors ...) against ``threshold``.

    ``thresholds``: a bound for single units, which goes before ``threshold``; a unit without any is not tested.
    ``share``: the amount is a part of what it is taken of; the bounds (0 to 1) and the value are then said in percent.
    ``range`` in place of both: a number of facilities that depends on the population in steps.
    """

    kind: Literal["ratio"]
    amount: Amount
    per_each: Denominator
    threshold: Threshold | None = None
    thresholds: dict[Name, Threshold] = Field(default_factory=dict)
    range: PerRange | None = None
    share: bool = False

    @model_validator(mode="after")
    def _some_bound(self) -> Self:
        bounds = self.threshold is not None or bool(self.thresholds)
        if bounds == (self.range is not None):
            raise mistake("rule.threshold-or-range")
        if self.range is not None and self.per_each.population is None:
            raise mistake("rule.range-of-people")
        if self.share:
            self._check_share()
        return self

    def _check_share(self) -> None:
        """A share is of a whole, not of so many people, and its bounds lie from 0 to 1."""
        if self.per_each.population is not None or self.per_each.each != 1.0 or self.range is not None:
            raise mistake("rule.share-of-whole")
        if any(bound is not None and bound.limit > 1 for bound in (self.threshold, *self.thresholds.values())):
            raise mistake("rule.needs-share", kind=self.kind)


def evaluate(plan: PlanHead, rule: RatioRule, facts: Facts) -> list[Verdict]:
    """One verdict for the city, or one for each unit that has a bound."""
    units = [(unit, rule.thresholds.get(unit.name, rule.threshold)) for unit in units_of(rule, facts)]
    return [
        _evaluate(plan, rule, facts, unit, threshold)
        for unit, threshold in units
        if threshold is not None or rule.range is not None
    ]


def _evaluate(plan: PlanHead, rule: RatioRule, facts: Facts, unit: Unit, threshold: Threshold | None) -> Verdict:
    amount = quantity_of(facts, rule.amount, unit.county)
    if rule.per_each.population is None:
        assert threshold is not None
        return _of_amounts(plan, rule, facts, unit, threshold, amount)
    people = people_of(facts, population_read(rule.per_each.population, rule.choices, facts), unit.county)
    goal = rule.range.goal if rule.range is not None else threshold.text("") if threshold is not None else ""
    if people.count is None:
        wanted = (*people.settle, *amount.settle)
        return cannot_tell(facts, plan, rule, unit.name, *wanted, layer="people", target=goal)
    if people.count <= 0:
        nobody = (Message("note.no-residents"),)
        return cannot_tell(facts, plan, rule, unit.name, Way("residents"), layer="people", notes=nobody, target=goal)
    if rule.range is not None:
        return _in_range(plan, rule, facts, unit, amount, people)
    assert threshold is not None
    ratio = amount.interval.over(Interval.exactly(people.count), rule.per_each.each)
    return interval_verdict(
        facts,
        plan,
        rule,
        threshold,
        unit.name,
        ratio,
        (*amount.evidence, people.evidence),
        settle=amount.settle,
        missing=amount.missing,
        notes=(*amount.notes, *people.note, *_missing(rule, threshold, amount.interval, people.count, facts)),
    )


def _of_amounts(
    plan: PlanHead, rule: RatioRule, facts: Facts, unit: Unit, threshold: Threshold, amount: Quantity
) -> Verdict:
    below = rule.per_each
    other = quantity_of(facts, Amount(facilities=below.facilities, table=below.table, column=below.column), unit.county)
    return interval_verdict(
        facts,
        plan,
        rule,
        in_percent(threshold) if rule.share else threshold,
        unit.name,
        amount.interval.over(other.interval, 100.0 if rule.share else below.each),
        tuple(dict.fromkeys((*amount.evidence, *other.evidence))),
        "%" if rule.share else "",
        settle=(*amount.settle, *(way for way in other.settle if way not in amount.settle)),
        missing=amount.missing,
        notes=amount.notes,
    )


def _in_range(plan: PlanHead, rule: RatioRule, facts: Facts, unit: Unit, amount: Quantity, people: People) -> Verdict:
    """Choice C10: in steps, from ceil(P / larger) to number x floor(P / smaller), or without rounding."""
    assert rule.range is not None and people.count is not None
    (fewest, most), (smaller, larger) = rule.range.number, rule.range.people
    if facts.choices["C10"] == "steps":
        low, high = fewest * math.ceil(people.count / larger), most * math.floor(people.count / smaller)
    else:
        low, high = fewest * people.count / larger, most * people.count / smaller
    high = max(high, low)
    threshold = Threshold(band=(low, high)) if low < high else Threshold(equal=low)
    return interval_verdict(
        facts,
        plan,
        rule,
        threshold,
        unit.name,
        amount.interval,
        (*amount.evidence, people.evidence),
        settle=amount.settle,
        missing=amount.missing,
        notes=(*amount.notes, *people.note),
    )


def _missing(
    rule: RatioRule, threshold: Threshold, amount: Interval, people: float, facts: Facts
) -> tuple[Message, ...]:
    """How many whole ones are needed now, and in the years of the study's growth, and how many of them are missing
    where it is known how many there are; none for other bounds."""
    if threshold.at_least is None:
        return ()
    per = threshold.at_least / rule.per_each.each
    years: list[tuple[int | None, float]] = [(None, 1.0), *sorted(facts.study.settings.growth.year.items())]
    notes = []
    for year, factor in years:
        needed = whole(per * people * factor)
        values: dict[str, object] = {"needed": needed} if year is None else {"needed": needed, "year": str(year)}
        if amount.known is not None:
            values |= {"short": max(needed - math.floor(amount.known), 0), "have": amount.known}
        when = "now" if year is None else "then"
        notes.append(Message(f"note.needed-{when}" if amount.known is not None else f"note.wanted-{when}", values))
    return tuple(notes)


def whole(value: float) -> int:
    """The smallest whole number that is not below a value, to a billionth of it."""
    return math.ceil(value * (1 - 1e-9))
