"""Quantities of a unit: how many facilities, the sum of a column of theirs, or a cell of a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..texts import Message
from .facts import Facts
from .found import Found, find
from .intervals import Interval
from .judge import named
from .populations import short
from .results import Evidence
from .rule_parts import Amount, Selector


@dataclass(frozen=True)
class Quantity:
    """An amount as far as it is known, on what it stands, and what would tell the rest, most useful first."""

    interval: Interval
    evidence: tuple[Evidence, ...]
    settle: tuple[Message, ...] = ()
    notes: tuple[Message, ...] = ()
    missing: str = "facilities"


def quantity_of(facts: Facts, amount: Amount, county: str | None) -> Quantity:
    """An amount in one county-level unit, or in the whole city (None)."""
    if amount.facilities is None:
        assert amount.table is not None and amount.column is not None
        return _of_table(facts, amount.table, amount.column, county)
    found = find(facts, amount.facilities, county)
    unit = county or facts.study.city
    notes = notes_of(found)
    if amount.column is None:
        count = float(len(found.open))
        return Quantity(
            Interval(count, max(found.most, count), count),
            facts.evidence("facilities"),
            settle_found(amount.facilities, found, unit),
            notes,
        )
    return _of_column(facts, amount.facilities, amount.column, found, unit, notes)


def _of_column(
    facts: Facts, selector: Selector, column: str, found: Found, unit: str, notes: tuple[Message, ...]
) -> Quantity:
    """The sum of a column of the facilities that count; a blank cell may be any number."""
    values = found.open.get(column, pd.Series(np.nan, index=found.open.index))
    unknown = found.open[values.isna()]
    settle: tuple[Message, ...] = ()
    if len(unknown):
        asked = {"column": column, "count": len(unknown), "names": named(unknown)}
        settle = (Message("settle.cells", asked),)
    total = float(values.sum())
    more = found.unsure[column].sum() if column in found.unsure and found.unsure[column].notna().all() else np.inf
    closed = found.listed and unknown.empty and (found.unsure.empty or np.isfinite(more))
    high = total + (float(more) if len(found.unsure) else 0.0) if closed else np.inf
    known = total if len(found.open) > len(unknown) or (found.listed and found.open.empty) else None
    settle += settle_found(selector, found, unit)
    return Quantity(Interval(total, high, known), facts.evidence("facilities"), settle, notes)


def _of_table(facts: Facts, table: str, column: str, county: str | None) -> Quantity:
    columns = facts.columns
    if not columns.has(table, column):
        missing = Message("settle.column", {"column": column, "table": table, "units": (county or facts.study.city,)})
        return Quantity(Interval.unknown(), (), (missing,), missing="table")
    source = facts.study.tables[table]
    evidence = (Evidence("table", source.grade, source.source or source.file),)
    own = columns.of_unit(table, column, county or facts.study.city)
    if own is not None:
        return Quantity(Interval.exactly(own), evidence, missing="table")
    if county is not None:
        missing = Message("settle.column", {"column": column, "table": table, "units": (county,)})
        return Quantity(Interval.unknown(), evidence, (missing,), missing="table")
    names = [str(name) for name in facts.study.counties.frame["county"]]
    parts = {name: columns.of_unit(table, column, name) for name in names}
    blank = tuple(name for name, part in parts.items() if part is None)
    total = sum(part for part in parts.values() if part is not None)
    if not blank:
        return Quantity(Interval.exactly(total), evidence, missing="table")
    missing = Message("settle.column", {"column": column, "table": table, "units": short(blank)})
    known = total if len(blank) < len(names) else None
    return Quantity(Interval(total, np.inf, known), evidence, (missing,), missing="table")


def notes_of(found: Found) -> tuple[Message, ...]:
    """Which facilities count, which do not yet, and of which nobody can tell."""
    groups = (("note.planned", found.coming), ("note.found", found.open), ("note.unsure", found.unsure))
    return tuple(Message(code, {"count": len(f), "names": named(f)}) for code, f in groups if len(f))


def settle_found(selector: Selector, found: Found, unit: str) -> tuple[Message, ...]:
    """What would settle which facilities count: the whole list or, where that is there, what it leaves open."""
    if found.listed:
        return (Message("settle.unsure", {"names": named(found.unsure)}),) if len(found.unsure) else ()
    kinds = tuple(Message(f"kind.{kind}") for kind in selector.all_kinds) or (Message("settle.any-kind"),)
    return (Message("settle.full-list", {"kinds": kinds, "unit": unit}),)
