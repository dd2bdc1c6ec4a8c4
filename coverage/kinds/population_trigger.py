"""A unit above a population needs one more facility."""

from __future__ import annotations

from typing import Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from ...texts import Message
from ..amounts import notes_of, settle_found
from ..facts import Facts
from ..found import Found, find
from ..intervals import Interval, interval_verdict
from ..judge import cannot_tell
from ..populations import people_of, population_read, short, township_residents
from ..results import Verdict
from ..rule_parts import Above0, PlanHead, Population, RuleBase, Selector, Threshold, mistake
from ..seats import far_townships, seat_of
from ..tables import SEATS
from ..units import counties_of
from ..ways import Way


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
    """One verdict for each county-level unit that is above the population, or that has townships above it."""
    made = [
        _county(plan, rule, facts, county) if rule.per == "county" else _townships(plan, rule, facts, county)
        for county in counties_of(rule, facts)
    ]
    return [verdict for verdict in made if verdict is not None]


def _triggers(rule: PopulationTriggerRule, people: float) -> bool:
    return people > rule.above if rule.strict else people >= rule.above


def _county(plan: PlanHead, rule: PopulationTriggerRule, facts: Facts, county: str) -> Verdict | None:
    people = people_of(facts, population_read(rule.population, rule.choices, facts), county)
    if people.count is None:
        return cannot_tell(facts, plan, rule, county, *people.settle, *_of_list(rule, facts, county), layer="people")
    if not _triggers(rule, people.count):
        return None
    found = find(facts, rule.facilities, county)
    count = float(len(found.open))
    return interval_verdict(
        facts,
        plan,
        rule,
        Threshold(at_least=float(rule.at_least)),
        county,
        Interval(count, max(found.most, count), count),
        (*facts.evidence("facilities"), people.evidence),
        settle=settle_found(rule.facilities, found, county),
        notes=(Message("note.triggered", {"people": people.count}), *people.note, *notes_of(found)),
    )


def _townships(plan: PlanHead, rule: PopulationTriggerRule, facts: Facts, county: str) -> Verdict | None:
    people, settle = township_residents(facts, population_read(rule.population, rule.choices, facts), county)
    if people.empty:
        ways = (Way("townships", unit=county, level="street-or-township"), *_of_list(rule, facts, county))
        return cannot_tell(facts, plan, rule, county, *ways, layer="townships")
    sure = people.map(lambda count: _triggers(rule, float(count)))
    may = sure | people.isna()
    if rule.far_from_seat:
        far = far_townships(facts, county)
        if far is None:
            ways = (*settle, *_of_distance(facts, county), *_of_list(rule, facts, county))
            return cannot_tell(facts, plan, rule, county, *ways, layer="table")
        sure, may = sure & people.index.isin(far), may & people.index.isin(far)
    if not may.any():
        return None
    found = find(facts, rule.facilities, county)
    has, most = _has(rule, found, people.index)
    interval = Interval(float((sure & has).sum()), float((may & most).sum()), float((sure & has).sum()))
    if may.equals(sure):
        target = float(sure.sum())
    else:
        return cannot_tell(facts, plan, rule, county, *settle, *_of_list(rule, facts, county), layer="people")
    lacking = tuple(str(name) for name in people.index[sure & ~has])
    return interval_verdict(
        facts,
        plan,
        rule,
        Threshold(at_least=target),
        county,
        interval,
        facts.evidence("facilities", "people"),
        settle=settle_found(rule.facilities, found, county),
        worst=short(lacking),
        notes=(Message("note.triggered-townships", {"count": int(target)}), *notes_of(found)),
    )


def _of_list(rule: PopulationTriggerRule, facts: Facts, county: str) -> tuple[Way, ...]:
    return settle_found(rule.facilities, find(facts, rule.facilities, county), county)


def _of_distance(facts: Facts, county: str) -> tuple[Way, ...]:
    """What the distances of townships from their seat lack."""
    seat = () if seat_of(facts, county) is not None else (Way("seat", table=SEATS, rows=(county,)),)
    layer = facts.study.townships
    drawn = layer is not None and not layer.frame.loc[layer.frame["county"] == county].geometry.isna().any()
    return seat if drawn else (*seat, Way("outlines"))


def _has(rule: PopulationTriggerRule, found: Found, names: pd.Index) -> tuple[pd.Series, pd.Series]:
    """Which townships have enough for certain, and which may have."""
    low = found.open["township"].value_counts().reindex(names, fill_value=0)
    if not found.listed:
        return low >= rule.at_least, pd.Series(True, index=names)
    nowhere = sum(int((part["township"] == "").sum()) for part in (found.open, found.unsure))
    high = low + found.unsure["township"].value_counts().reindex(names, fill_value=0) + nowhere
    return low >= rule.at_least, high >= rule.at_least
