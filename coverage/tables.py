"""What rules read from the study's optional tables: numbers, yes or no, and words, of units and of facilities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import Findings, Problem, StudyError
from ..layers.figures import number, places_of, report
from ..layers.optional_tables import UNIT_KEYS, OptionalTable
from ..layers.vocabulary import meanings, plain
from .rule_parts import Amount, Condition, Denominator, RuleBase, Selector

Key = Literal["unit", "facility", "seat"]
Value = Literal["number", "yes", "word"]
Unit = tuple[str, str, str]
POPULATION, SEATS = "population", "seats"
ANSWERS: Mapping[str, tuple[str, ...]] = {
    "yes": ("是", "有", "已", "已设", "已建", "达标", "true", "y", "1", "对"),
    "no": ("否", "无", "没有", "未", "未设", "未建", "不达标", "false", "n", "0", "错"),
}
# Signs have no letters: as words they would be the same as a blank cell.
SIGNS = {"√": "yes", "✓": "yes", "✔": "yes", "×": "no", "✗": "no"}


@dataclass(frozen=True)
class Need:
    """A column that a rule reads: of which table, about units of which level or about facilities, and what it holds."""

    table: str
    column: str
    key: Key
    level: str
    value: Value
    rule: str


class Columns:
    """The columns of the study's tables, read as what a rule takes them for; each is read once."""

    def __init__(self, tables: Mapping[str, OptionalTable]) -> None:
        self.tables = tables
        self._read: dict[tuple[str, str, Value], pd.Series] = {}
        self._units: dict[tuple[str, str, Value], dict[Unit, Any]] = {}
        self._keys: dict[str, tuple[NDArray[np.bool_], list[Unit]]] = {}

    def has(self, table: str, column: str) -> bool:
        """Whether the study has this column."""
        return table in self.tables and column in self.tables[table].frame

    def values(self, table: str, column: str, value: Value) -> pd.Series:
        """The column by row, aligned with the table's frame: numbers (NaN unknown), 1.0 yes 0.0 no, or words."""
        key = (table, column, value)
        if key not in self._read:
            self._read[key] = read_column(self.tables[table], column, value, Findings(self.tables[table].file))
        return self._read[key]

    def of_units(self, table: str, column: str, value: Value = "number") -> Mapping[Unit, Any]:
        """The column by (county, township, village), as in :meth:`values`; rows about facilities left out."""
        key = (table, column, value)
        if key not in self._units:
            about_units, units = self._rows_of_units(table)
            self._units[key] = dict(zip(units, self.values(table, column, value)[about_units], strict=True))
        return self._units[key]

    def _rows_of_units(self, table: str) -> tuple[NDArray[np.bool_], list[Unit]]:
        """Which rows of a table are about units, and about which ones."""
        if table not in self._keys:
            frame = self.tables[table].frame
            about_units = ((frame["id"] == "") & (frame["name"] == "")).to_numpy(dtype=bool)
            units = zip(*(frame.loc[about_units, part] for part in UNIT_KEYS), strict=True)
            self._keys[table] = about_units, list(units)
        return self._keys[table]

    def of_unit(self, table: str, column: str, county: str, township: str = "", village: str = "") -> float | None:
        """The number of one unit; None where it has no row or its cell is blank."""
        if not self.has(table, column):
            return None
        found = self.of_units(table, column).get((county, township, village))
        return None if found is None or pd.isna(found) else float(found)

    def rows_of(self, table: str, frame: pd.DataFrame) -> NDArray[np.int64]:
        """The place in a table of each facility of a frame, -1 for none: by id, else by name and county, else by name
        alone where the table states no county."""
        rows = self.tables[table].frame
        keys = list(zip(rows["id"], rows["name"], rows["county"], strict=True))
        by_id = {number: place for place, (number, _, _) in enumerate(keys) if number}
        by_name = {(name, county): place for place, (_, name, county) in enumerate(keys) if name}
        facilities = zip(frame["id"], frame["name"], frame["county"], strict=True)
        found = (
            by_id.get(i, by_name.get((name, county), by_name.get((name, ""), -1))) for i, name, county in facilities
        )
        return np.fromiter(found, dtype=np.int64, count=len(frame))


def read_column(table: OptionalTable, column: str, value: Value, findings: Findings) -> pd.Series:
    """One column as numbers, as yes (1.0) and no (0.0), or as words; NaN where blank. What cannot be read is an error
    in ``findings``."""
    cells = table.frame[column]
    if value == "number":
        numbers = number(cells, findings, column)
        report(findings, "facilities.negative", places_of(cells[numbers < 0]), column=column)
        return numbers.where(~(numbers < 0))
    if value == "word":
        return cells.where(cells != "")
    words = meanings(ANSWERS)
    known = {cell: SIGNS.get(cell.strip(), words.get(plain(cell))) for cell in cells.unique()}
    answers = cells.map(known)
    report(findings, "optional.yes-or-no", places_of(cells[answers.isna() & (cells != "")]), column=column)
    return answers.map({"yes": 1.0, "no": 0.0}).astype(float)


def check_columns(tables: Mapping[str, OptionalTable], rules: Iterable[RuleBase]) -> tuple[Problem, ...]:
    """Everything in the tables that a rule would read and cannot."""
    needs = {(need.table, need.column, need.value) for rule in rules for need in needs_of(rule)}
    problems: list[Problem] = []
    for table, column, value in sorted(needs):
        if table in tables and column in tables[table].frame:
            findings = Findings(tables[table].file)
            read_column(tables[table], column, value, findings)
            problems += findings.problems
    return tuple(problems)


def require_columns(tables: Mapping[str, OptionalTable], rules: Iterable[RuleBase]) -> None:
    """Raises :class:`StudyError` with every cell that a rule cannot read."""
    problems = check_columns(tables, rules)
    if problems:
        raise StudyError(problems)


def needs_of(rule: RuleBase) -> tuple[Need, ...]:
    """The columns that a rule reads under any reading."""
    variants = [rule, *(rule.changed(keys) for readings in rule.when.values() for keys in readings.values())]
    return tuple(dict.fromkeys(need for variant in variants for need in _needs(variant)))


def _needs(rule: RuleBase) -> list[Need]:
    level = str(getattr(rule, "per", "county"))
    found: list[Need] = []
    for part in vars(rule).values():
        if isinstance(part, Amount | Denominator):
            found += _of_amount(part, level, rule.id)
        elif isinstance(part, Selector):
            found += _of_selector(part, rule.id)
        elif isinstance(part, Condition):
            each = getattr(rule, "each", None)
            found += _of_condition(part, "unit" if each else "facility", each or "", rule.id)
    population = getattr(rule, "population", None)
    if population not in (None, "resident"):
        found.append(Need(POPULATION, str(population), "unit", level, "number", rule.id))
    serves = getattr(rule, "serves", None)
    if serves is not None:
        found += _of_selector(serves.facilities, rule.id)
    if rule.kind == "distance-band":
        found += [Need(SEATS, column, "seat", "county", "number", rule.id) for column in ("lon", "lat", "radius_km")]
    return found


def _of_amount(part: Amount | Denominator, level: str, rule: str) -> list[Need]:
    found = _of_selector(part.facilities, rule) if part.facilities is not None else []
    if part.table is not None and part.column is not None:
        found.append(Need(part.table, part.column, "unit", level, "number", rule))
    population = getattr(part, "population", None)
    if population not in (None, "resident"):
        found.append(Need(POPULATION, str(population), "unit", level, "number", rule))
    return found


def _of_selector(selector: Selector, rule: str) -> list[Need]:
    found = [need for condition in selector.where for need in _of_condition(condition, "facility", "", rule)]
    return found + [need for other in selector.also for need in _of_selector(other, rule)]


def _of_condition(condition: Condition, key: Key, level: str, rule: str) -> list[Need]:
    if condition.table is None or condition.column is None:
        return []
    return [Need(condition.table, condition.column, key, level, value_of(condition), rule)]


def value_of(condition: Condition) -> Value:
    """What a condition takes its column for."""
    return "number" if condition.threshold is not None else "word" if condition.word is not None else "yes"
