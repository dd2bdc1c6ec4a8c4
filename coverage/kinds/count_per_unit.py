"""At least (or at most) so many facilities of a kind in the city, or in each unit of a level."""

from __future__ import annotations

import math
from typing import ClassVar, Literal, Self

import numpy as np
import pandas as pd
from pydantic import model_validator

from ...texts import Message
from ..amounts import Quantity, notes_of, quantity_of, settle_found
from ..facts import Facts
from ..found import find
from ..intervals import Interval, holds, interval_verdict
from ..judge import cannot_tell
from ..levels import LEVEL_KINDS, Level
from ..populations import people_of, population_read, short, township_names
from ..results import Evidence, Verdict
from ..rule_parts import Above0, Amount, PlanHead, RuleBase, Selector, Threshold, mistake
from ..units import Unit, counties_of, units_of
from ..ways import Way, about, column_of


class CountPerUnitRule(RuleBase):
    """So many in the city, or in each county-level unit, township (乡镇), street, either of both, or village.

    What is counted: ``facilities``, or the cell of ``amount``'s table. ``or_one_per``: a county-level unit that has
    no facility in some streets passes too if it has one per so many residents (choice C15).
    """

    handles: ClassVar[frozenset[str]] = frozenset()

    kind: Literal["count-per-unit"]
    per: Level = "city"
    facilities: Selector | None = None
    amount: Amount | None = None
    or_one_per: Above0 | None = None
    threshold: Threshold

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        if (self.facilities is None) == (self.amount is None):
            raise mistake("rule.facilities-or-amount")
        if self.facilities is not None and self.facilities.empty:
            raise mistake("rule.selector-empty")
        if self.per == "village" and (self.amount is None or self.amount.table is None):
            raise mistake("rule.village-needs-table")
        if self.per not in ("city", "county") and not self.threshold.lower:
            raise mistake("rule.units-need-lower")
        return self


def evaluate(plan: PlanHead, rule: CountPerUnitRule, facts: Facts) -> list[Verdict]:
    """One verdict for the city, or one for each county-level unit: how many there are or, for smaller units, how many
    of them have it."""
    if rule.per in ("city", "county"):
        return [_count(plan, rule, facts, unit) for unit in units_of(rule, facts)]
    return [_units_with(plan, rule, facts, county) for county in _counties_with(rule, facts)]


def _counties_with(rule: CountPerUnitRule, facts: Facts) -> list[str]:
    """The rule's counties that have units of its level: one whose townships are all known and of which none is a
    street has no street to test. Where none has any, all of them: each then says that it is not known."""
    counties = counties_of(rule, facts)
    if rule.per == "village":
        return counties
    kinds = LEVEL_KINDS[rule.per]
    having = [c for c in counties if township_names(facts, c, kinds) or not _kinds_known(facts, c)]
    return having or counties


def _kinds_known(facts: Facts, county: str) -> bool:
    """Whether the study has townships of the county and knows of each what it is."""
    known = {kind for kinds in LEVEL_KINDS.values() for kind in kinds}
    names = township_names(facts, county)
    return bool(names) and len(township_names(facts, county, tuple(sorted(known)))) == len(names)


def _count(plan: PlanHead, rule: CountPerUnitRule, facts: Facts, unit: Unit) -> Verdict:
    amount = rule.amount or Amount(facilities=rule.facilities)
    quantity = quantity_of(facts, amount, unit.county)
    made = interval_verdict(
        facts,
        plan,
        rule,
        rule.threshold,
        unit.name,
        quantity.interval,
        quantity.evidence,
        settle=quantity.settle,
        missing=quantity.missing,
        definition=facts.choices.say(rule.choices[0]) if rule.choices else None,
        notes=quantity.notes,
    )
    return with_people(made, facts, unit.county)


def with_people(made: Verdict, facts: Facts, county: str | None) -> Verdict:
    """A goal that is not met affects everybody who lives in the unit."""
    if made.status != "not met":
        return made
    return made.replaced(people_affected=facts.residents(county))


def _units_with(plan: PlanHead, rule: CountPerUnitRule, facts: Facts, county: str) -> Verdict:
    cells, quantity = _by_unit(rule, facts, county)
    if cells is None:
        return cannot_tell(facts, plan, rule, county, *quantity.settle, layer=quantity.missing)
    total = float(len(cells))
    sure = np.array([holds(rule.threshold, low) for low in cells["low"]], dtype=bool)
    may = np.array([holds(rule.threshold, high) for high in cells["high"]], dtype=bool)
    lacking = tuple(str(name) for name in cells.index[~sure])
    interval = Interval(float(sure.sum()), float(may.sum()), float(sure.sum()))
    if rule.or_one_per is not None:
        return _either(plan, rule, facts, county, interval, total, quantity, lacking)
    return _answer(plan, rule, facts, county, interval, total, quantity, lacking)


def _answer(
    plan: PlanHead,
    rule: CountPerUnitRule,
    facts: Facts,
    county: str,
    interval: Interval,
    total: float,
    quantity: Quantity,
    lacking: tuple[str, ...],
) -> Verdict:
    notes = (*quantity.notes, Message("note.units-all", {"count": int(total), "level": Message(f"level.{rule.per}")}))
    return interval_verdict(
        facts,
        plan,
        rule,
        Threshold(at_least=total),
        county,
        interval,
        quantity.evidence,
        settle=quantity.settle,
        missing=quantity.missing,
        worst=short(lacking),
        notes=notes,
    )


def _either(
    plan: PlanHead,
    rule: CountPerUnitRule,
    facts: Facts,
    county: str,
    interval: Interval,
    total: float,
    quantity: Quantity,
    lacking: tuple[str, ...],
) -> Verdict:
    """Choice C15: one per street, or one per so many people; by "either" the one that is met decides."""
    reading = facts.choices["C15"]
    by_street = _answer(plan, rule, facts, county, interval, total, quantity, lacking)
    if reading == "street":
        return by_street
    people = people_of(facts, population_read("resident", rule.choices, facts), county)
    assert rule.or_one_per is not None and rule.facilities is not None
    if people.count is None:
        return by_street if by_street.status == "met" else cannot_tell(facts, plan, rule, county, *people.settle)
    count = quantity_of(facts, Amount(facilities=rule.facilities), county)
    needed = float(math.ceil(people.count / rule.or_one_per))
    by_people = interval_verdict(
        facts,
        plan,
        rule,
        Threshold(at_least=needed),
        county,
        count.interval,
        (*count.evidence, people.evidence),
        settle=count.settle,
        notes=(*count.notes, *people.note),
    )
    if reading == "people":
        return by_people
    order = ("met", "cannot tell", "not met")
    return min((by_street, by_people), key=lambda made: order.index(made.status))


def _by_unit(rule: CountPerUnitRule, facts: Facts, county: str) -> tuple[pd.DataFrame | None, Quantity]:
    """What each unit of the county has at least and at most; None where the units or their cells are not known."""
    if rule.amount is not None and rule.amount.table is not None and rule.amount.column is not None:
        return _cells(rule, facts, county, rule.amount.table, rule.amount.column)
    names = township_names(facts, county, LEVEL_KINDS[rule.per])
    selector = rule.amount.facilities if rule.amount is not None else rule.facilities
    assert selector is not None
    if not names:
        settle = (Way("townships", unit=county, level=rule.per), *_of_list(facts, selector, county))
        return None, Quantity(Interval.unknown(), (), settle, missing="townships")
    found = find(facts, selector, county)
    low = found.open["township"].value_counts().reindex(names, fill_value=0).astype(float)
    if found.listed:
        extra = found.unsure["township"].value_counts().reindex(names, fill_value=0)
        anywhere = sum(int((~part["township"].isin(names)).sum()) for part in (found.open, found.unsure))
        high = low + extra + anywhere
    else:
        high = pd.Series(math.inf, index=names)
    nowhere = found.open[found.open["township"] == ""]
    ways = (*about("township-of", nowhere), *settle_found(selector, found, county))
    quantity = Quantity(Interval.unknown(), facts.evidence("facilities"), ways, notes_of(found)[:1])
    return pd.DataFrame({"low": low, "high": high}), quantity


def _of_list(facts: Facts, selector: Selector, county: str) -> tuple[Way, ...]:
    return settle_found(selector, find(facts, selector, county), county)


def _cells(
    rule: CountPerUnitRule, facts: Facts, county: str, table: str, column: str
) -> tuple[pd.DataFrame | None, Quantity]:
    """The table's own rows are the units; townships without a row are unknown."""
    unknown = column_of(table, column, (county,))
    if not facts.columns.has(table, column):
        return None, Quantity(Interval.unknown(), (), (unknown,), missing="table")
    cells = {key[1:]: cell for key, cell in facts.columns.of_units(table, column).items() if key[0] == county}
    if rule.per == "village":
        given = {township + village: cell for (township, village), cell in cells.items() if village}
    else:
        given = {township: cell for (township, village), cell in cells.items() if township and not village}
    names = township_names(facts, county, LEVEL_KINDS[rule.per]) if rule.per != "village" else list(given)
    rows = pd.Series({name: given.get(name, np.nan) for name in names or given}, dtype=float)
    if rows.empty:
        return None, Quantity(Interval.unknown(), (), (unknown,), missing="table")
    source = facts.study.tables[table]
    blank = tuple(str(name) for name in rows.index[rows.isna()])
    settle = (column_of(table, column, blank),) if blank else ()
    evidence = (Evidence("table", source.grade, source.source or source.file),)
    frame = pd.DataFrame({"low": rows.fillna(0.0), "high": rows.fillna(math.inf)})
    return frame, Quantity(Interval.unknown(), evidence, settle, missing="table")
