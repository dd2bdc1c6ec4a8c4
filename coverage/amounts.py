"""Quantities of a unit: how many facilities, the sum of a column of theirs, or a cell of a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..texts import Message
from .facts import Facts
from .found import Found, find
from .intervals import Interval
from .judge import named
from .results import Evidence
from .rule_parts import Amount, Selector
from .ways import Way, What, about, column_of, once


@dataclass(frozen=True)
class Quantity:
    """An amount as far as it is known, on what it stands, and what would tell the rest, most useful first."""

    interval: Interval
    evidence: tuple[Evidence, ...]
    settle: tuple[Way, ...] = ()
    notes: tuple[Message, ...] = ()
    missing: str = "facilities"


def quantity_of(facts: Facts, amount: Amount, county: str | None) -> Quantity:
    """An amount in one county-level unit, or in the whole city (None)."""
    return facts.once(("quantity", amount, county), lambda: _quantity(facts, amount, county))


def _quantity(facts: Facts, amount: Amount, county: str | None) -> Quantity:
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
    values, more = (_numbers(frame, column) for frame in (found.open, found.unsure))
    blank = np.isnan(values)
    total = float(values[~blank].sum())
    closed = found.listed and not blank.any() and not np.isnan(more).any()
    known = total if not blank.all() or (found.listed and found.open.empty) else None
    unknown = about("cells", found.open[blank], column) if blank.any() else ()
    settle = (*unknown, *settle_found(selector, found, unit))
    high = total + float(more.sum()) if closed else np.inf
    return Quantity(Interval(total, high, known), facts.evidence("facilities"), settle, notes)


def _numbers(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    return frame[column].to_numpy(dtype=float) if column in frame else np.full(len(frame), np.nan)


def _of_table(facts: Facts, table: str, column: str, county: str | None) -> Quantity:
    columns = facts.columns
    if not columns.has(table, column):
        missing = column_of(table, column, (county or facts.study.city,))
        return Quantity(Interval.unknown(), (), (missing,), missing="table")
    source = facts.study.tables[table]
    evidence = (Evidence("table", source.grade, source.source or source.file),)
    own = columns.of_unit(table, column, county or facts.study.city)
    if own is not None:
        return Quantity(Interval.exactly(own), evidence, missing="table")
    if county is not None:
        missing = column_of(table, column, (county,))
        return Quantity(Interval.unknown(), evidence, (missing,), missing="table")
    names = [str(name) for name in facts.study.counties.frame["county"]]
    parts = {name: columns.of_unit(table, column, name) for name in names}
    blank = tuple(name for name, part in parts.items() if part is None)
    total = sum(part for part in parts.values() if part is not None)
    if not blank:
        return Quantity(Interval.exactly(total), evidence, missing="table")
    missing = column_of(table, column, blank)
    known = total if len(blank) < len(names) else None
    return Quantity(Interval(total, np.inf, known), evidence, (missing,), missing="table")


def notes_of(found: Found) -> tuple[Message, ...]:
    """Which facilities count, which do not yet, and of which nobody can tell."""
    groups = (("note.planned", found.coming), ("note.found", found.open), ("note.unsure", found.unsure))
    return tuple(Message(code, {"count": len(f), "names": named(f)}) for code, f in groups if len(f))


def settle_found(selector: Selector, found: Found, unit: str) -> tuple[Way, ...]:
    """What would settle which facilities count: what is open of those listed, the whole list, and the columns of
    optional tables that the selector asks for."""
    parts = _alternatives(selector)
    conditions = [condition for part in parts for condition in part.where]
    asked = [(c.table, c.column) for c in conditions if c.table is not None and c.column is not None]
    doubts = _doubts(parts, found.unsure)
    if not found.listed:
        columns = (column_of(table, column, (unit,)) for table, column in asked)
        return once((*doubts, Way("full-list", unit=unit, kinds=selector.all_kinds), *columns))
    if found.unsure.empty:
        return ()
    columns = (column_of(table, column, map(str, found.unsure["name"])) for table, column in asked)
    return once((*doubts, *columns)) or about("unsure", found.unsure)


def _doubts(parts: list[Selector], unsure: pd.DataFrame) -> tuple[Way, ...]:
    """What is not known of the facilities that may count, beside columns of tables."""
    if unsure.empty:
        return ()
    conditions = [condition for part in parts for condition in part.where]
    by_level = any(part.levels for part in parts) or any(condition.level for condition in conditions)
    by_role = any(part.roles for part in parts) or any(condition.role for condition in conditions)
    by_body = any(part.run_by for part in parts)

    def blank(column: str) -> NDArray[np.bool_]:
        return np.asarray(unsure[column].to_numpy() == "", dtype=np.bool_)

    asked: tuple[tuple[What, NDArray[np.bool_]], ...] = (
        ("unsure", blank("status") | blank("county") | (blank("run_by") & by_body)),
        ("level-of", blank("level") & by_level),
        ("role-of", blank("roles") & by_role),
    )
    return tuple(way for what, rows in asked if rows.any() for way in about(what, unsure[rows]))


def _alternatives(selector: Selector) -> list[Selector]:
    return [selector, *(part for other in selector.also for part in _alternatives(other))]
