"""Of a set of facilities or units, how many are as a condition asks, how many are not, and of which nobody says it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..texts import Message
from .amounts import Quantity, notes_of, settle_found
from .facts import Facts
from .found import Found, Known, answers, cells_of, find, having
from .intervals import Interval, interval_verdict
from .judge import cannot_tell
from .levels import LEVEL_KINDS, Level
from .populations import short, township_names
from .results import Evidence, Verdict
from .rule_parts import Condition, PlanHead, RuleBase, Selector, Threshold
from .tables import value_of
from .units import Unit
from .ways import Way, about, column_of


@dataclass(frozen=True)
class Members:
    """``yes``, ``no`` and ``unknown`` belong to the set, ``unsure`` may belong to it. Not ``listed``: others may
    belong to it too."""

    yes: int
    no: tuple[str, ...]
    unknown: tuple[str, ...]
    unsure: int
    listed: bool
    evidence: tuple[Evidence, ...]
    settle: tuple[Way, ...]
    notes: tuple[Message, ...] = ()

    @property
    def count(self) -> int:
        """How many belong to the set for certain."""
        return self.yes + len(self.no) + len(self.unknown)

    @property
    def share(self) -> Interval:
        """Share in percent of those that are as asked. One that is not keeps it below 100 whatever else there is."""
        told = self.yes + len(self.no)
        known = 100.0 * self.yes / told if told else None
        if not self.listed:
            return Interval(0.0, math.nextafter(100.0, 0.0) if self.no else 100.0, known)
        most = self.count + self.unsure
        if not most:
            return Interval(0.0, 100.0, None)
        return Interval(100.0 * self.yes / most, 100.0 * (most - len(self.no)) / most, known)


def members_of(
    facts: Facts, facilities: Selector | None, each: Level | None, condition: Condition, county: str | None
) -> Members:
    """The set in one county-level unit, or in the whole city (None): ``facilities``, or ``each`` unit of a level."""
    unit = county or facts.study.city
    if facilities is None:
        assert each is not None
        return _units(facts, each, condition, county)
    found = find(facts, facilities, county)
    frame = found.open
    so = having(facts, frame, condition)
    unknown = frame[so.perhaps]
    settle = _settle_having(condition, found, unknown, unit)
    evidence = facts.evidence("facilities")
    if condition.table is not None and condition.table in facts.study.tables:
        source = facts.study.tables[condition.table]
        evidence = (*evidence, Evidence("table", source.grade, source.source or source.file))
    return Members(
        yes=int(so.yes.sum()),
        no=_names(frame[~so.yes & ~so.perhaps]),
        unknown=_names(unknown),
        unsure=len(found.unsure),
        listed=found.listed,
        evidence=evidence,
        settle=(*settle, *settle_found(facilities, found, unit)),
        notes=tuple(note for note in notes_of(found) if note.code != "note.found"),
    )


def sum_of(facts: Facts, facilities: Selector, condition: Condition, county: str | None) -> Quantity:
    """The numbers that a condition reads, added up over the facilities of one unit, or of the whole city (None)."""
    assert condition.table is not None and condition.column is not None
    unit = county or facts.study.city
    found = find(facts, facilities, county)
    rows = tuple(map(str, found.open["name"])) or (unit,)
    missing = column_of(condition.table, condition.column, rows)
    if not facts.columns.has(condition.table, condition.column):
        return Quantity(Interval.unknown(), (), (missing, *settle_found(facilities, found, unit)), missing="table")
    source = facts.study.tables[condition.table]
    cells = cells_of(facts, condition.table, condition.column, "number", found.open)
    closed = found.listed and found.unsure.empty and bool(cells.notna().all())
    low = float(cells.sum())
    settle = (missing,) if cells.isna().any() else ()
    return Quantity(
        Interval(low, low if closed else math.inf, low if cells.notna().any() or closed else None),
        (*facts.evidence("facilities"), Evidence("table", source.grade, source.source or source.file)),
        (*settle, *settle_found(facilities, found, unit)),
        tuple(note for note in notes_of(found) if note.code != "note.found"),
        missing="table" if settle else "facilities",
    )


def _names(frame: pd.DataFrame) -> tuple[str, ...]:
    return tuple(str(name) for name in frame["name"])


def _settle_having(condition: Condition, found: Found, unknown: pd.DataFrame, unit: str) -> tuple[Way, ...]:
    """What would tell of which facilities the condition holds; a list that is to be completed needs the column too."""
    if condition.table is None:
        return about("level-of" if condition.level else "role-of", unknown)
    assert condition.column is not None
    if unknown.empty and found.listed:
        return ()
    rows = tuple(str(name) for name in unknown["name"]) or (unit,)
    return (column_of(condition.table, condition.column, rows),)


def _units(facts: Facts, each: Level, condition: Condition, county: str | None) -> Members:
    assert condition.table is not None and condition.column is not None
    unit = county or facts.study.city
    names = _unit_names(facts, each, county)
    has = facts.columns.has(condition.table, condition.column)
    if names is None or not has:
        expected = names if names is not None else []
        unknown = _labels(expected)
        asked = column_of(condition.table, condition.column, unknown or (unit,))
        return Members(0, (), unknown, 0, False, (), (asked,))
    values = facts.columns.of_units(condition.table, condition.column, value_of(condition))
    cells = pd.Series([values.get(name, np.nan) for name in names])
    so: Known = answers(cells, condition)
    labels = pd.Series(_labels(names))
    unknown = tuple(labels[so.perhaps])
    settle = (column_of(condition.table, condition.column, unknown),) if unknown else ()
    source = facts.study.tables[condition.table]
    evidence = (Evidence("table", source.grade, source.source or source.file),)
    return Members(int(so.yes.sum()), tuple(labels[~so.yes & ~so.perhaps]), unknown, 0, True, evidence, settle)


def _labels(keys: list[tuple[str, str, str]]) -> tuple[str, ...]:
    return tuple(next(part for part in reversed(key) if part) for key in keys)


def _unit_names(facts: Facts, each: Level, county: str | None) -> list[tuple[str, str, str]] | None:
    """(county, township, village) of each unit of a level; None where the study does not know them."""
    if each == "city":
        return [(facts.study.city, "", "")]
    counties = [county] if county is not None else [str(name) for name in facts.study.counties.frame["county"]]
    if each == "county":
        return [(name, "", "") for name in counties]
    if each == "village":
        keys = [
            (str(row.county), str(row.township), str(row.village))
            for table in facts.study.tables.values()
            for row in table.frame.loc[table.frame["village"] != "", ["county", "township", "village"]].itertuples()
            if row.county in counties
        ]
        return list(dict.fromkeys(keys)) or None
    keys = [(name, town, "") for name in counties for town in township_names(facts, name, LEVEL_KINDS[each])]
    return keys or None


def share_verdict(
    facts: Facts, plan: PlanHead, rule: RuleBase, unit: Unit, members: Members, threshold: Threshold
) -> Verdict:
    """The share against a threshold in percent; a set without members gives no answer."""
    if not members.count and not members.unsure:
        settle = members.settle or (Way("none-there", unit=unit.name),)
        return cannot_tell(facts, plan, rule, unit.name, *settle, notes=members.notes, target=threshold.text("%"))
    figures = {"yes": members.yes, "no": len(members.no), "unknown": len(members.unknown)}
    return interval_verdict(
        facts,
        plan,
        rule,
        threshold,
        unit.name,
        members.share,
        members.evidence,
        "%",
        settle=members.settle,
        missing="table" if members.unknown else "facilities",
        worst=short(members.no),
        notes=(Message("note.members", figures), *members.notes),
    )


def in_percent(threshold: Threshold) -> Threshold:
    """A threshold of a share (0 to 1) as one in percent."""
    bounds = {name: value for name, value in threshold if value is not None}
    return Threshold.model_validate(
        {
            name: tuple(_percent(v) for v in bound) if name == "band" else _percent(bound)
            for name, bound in bounds.items()
        }
    )


def _percent(share: float) -> float:
    return round(share * 100.0, 9)
