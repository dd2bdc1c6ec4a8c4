"""For which units a rule gives an answer, and the rules that a study cannot hold."""

from __future__ import annotations

from dataclasses import dataclass

from ..texts import Message
from .facts import Facts
from .rules import Rule

DISTRICT = "区"


@dataclass(frozen=True)
class Unit:
    """A unit of judgement: the whole city, a zone ("urban", "township"; ``county`` None), or one county."""

    name: str
    county: str | None


def counties_of(rule: Rule, facts: Facts) -> list[str]:
    """The study's county-level units that a rule speaks of, in their order."""
    names = [str(name) for name in facts.study.counties.frame["county"]]
    if rule.units and not (rule.units_by_choice and facts.choices[rule.units_by_choice] == "all"):
        names = [name for name in names if name in rule.units]
    if rule.districts_by_choice and facts.choices[rule.districts_by_choice] == "counties":
        names = [name for name in names if not name.endswith(DISTRICT)]
    if rule.zone != "all":
        names = [name for name in names if facts.inside(rule.zone, name).any()]
    return names


def units_of(rule: Rule, facts: Facts) -> list[Unit]:
    """The units that get one verdict each."""
    if rule.per == "county":
        return [Unit(name, name) for name in counties_of(rule, facts)]
    return [Unit(facts.study.city if rule.zone == "all" else rule.zone, None)]


def reason_to_skip(rule: Rule, facts: Facts) -> Message | None:
    """Why the study cannot hold the rule at all; None where it can."""
    if rule.zone != "all" and facts.study.urban_area is None:
        return Message("skip.no-zones")
    if rule.units and not set(rule.units) & set(facts.study.counties.frame["county"]):
        return Message("skip.no-unit", {"units": "、".join(rule.units)})
    if rule.per == "county" and not counties_of(rule, facts):
        return Message("skip.no-county-of-kind")
    return None
