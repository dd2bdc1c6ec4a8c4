"""For which units a rule gives an answer, and the rules that a study cannot hold."""

from __future__ import annotations

from dataclasses import dataclass

from ..texts import Message
from .facts import Facts
from .rule_parts import Amount, Denominator, PlanHead, RuleBase, Selector, Zone, ZoneRule

DISTRICT = "区"
WITHOUT_DISTRICTS = ("counties", "shared")


@dataclass(frozen=True)
class Unit:
    """A unit of judgement: the whole city, a zone ("urban", "township"; ``county`` None), or one county."""

    name: str
    county: str | None


def zone_of(rule: RuleBase) -> Zone:
    """The zone whose residents a rule is about."""
    return rule.zone if isinstance(rule, ZoneRule) else "all"


def by_county(rule: RuleBase) -> bool:
    """Whether a rule has one answer for each county-level unit."""
    return getattr(rule, "per", "city") == "county"


def counties_of(rule: RuleBase, facts: Facts) -> list[str]:
    """The study's county-level units that a rule speaks of, in their order."""
    names = [str(name) for name in facts.study.counties.frame["county"]]
    if rule.units and not (rule.units_by_choice and facts.choices[rule.units_by_choice] == "all"):
        names = [name for name in names if name in rule.units]
    if rule.districts_by_choice and facts.choices[rule.districts_by_choice] in WITHOUT_DISTRICTS:
        names = [name for name in names if not name.endswith(DISTRICT)]
    zone = zone_of(rule)
    if zone != "all":
        names = [name for name in names if facts.inside(zone, name).any()]
    return names


def units_of(rule: RuleBase, facts: Facts) -> list[Unit]:
    """The units that get one verdict each."""
    if by_county(rule):
        return [Unit(name, name) for name in counties_of(rule, facts)]
    zone = zone_of(rule)
    return [Unit(facts.study.city if zone == "all" else zone, None)]


def of_other_city(facts: Facts, city: str) -> bool:
    """Whether a plan for ``city`` is for another one than the study's; "" is for any."""
    cities = {str(name) for name in facts.study.counties.frame["city"] if name}
    return bool(city and cities) and city not in cities


def reason_to_skip(rule: RuleBase, facts: Facts, plan: PlanHead | None = None) -> Message | None:
    """Why the study cannot hold the rule at all; None where it can."""
    if plan is not None and rule.names_institutions and of_other_city(facts, plan.city):
        return Message("skip.other-city", {"city": plan.city})
    if zone_of(rule) != "all" and facts.study.urban_area is None:
        return Message("skip.no-zones")
    if rule.units and not set(rule.units) & set(facts.study.counties.frame["county"]):
        return Message("skip.no-unit", {"units": "、".join(rule.units)})
    if by_county(rule) and not counties_of(rule, facts):
        return Message("skip.no-county-of-kind")
    return None


def units_not_held(rule: RuleBase, facts: Facts) -> Message | None:
    """Which county-level units a rule names that the study does not hold, beside those that it holds; None where it
    holds all."""
    held = tuple(str(name) for name in facts.study.counties.frame["county"])
    lacking = tuple(name for name in _named_units(rule) if name not in (*held, facts.study.city))
    return Message("skip.units-missing", {"units": "、".join(lacking), "held": "、".join(held)}) if lacking else None


def _named_units(rule: RuleBase) -> tuple[str, ...]:
    """Those it is about, those with a bound of their own, and those where it looks for facilities."""
    places = [place.county for part in ("expected", "targets") for place in getattr(rule, part, ())]
    selectors = [part.facilities if isinstance(part, Amount | Denominator) else part for part in vars(rule).values()]
    counties = [name for part in selectors if isinstance(part, Selector) for name in _counties(part)]
    named = (*rule.units, *getattr(rule, "thresholds", ()), *places, *counties)
    return tuple(dict.fromkeys(name for name in named if name))


def _counties(selector: Selector) -> tuple[str, ...]:
    return (*selector.counties, *(name for other in selector.also for name in _counties(other)))
