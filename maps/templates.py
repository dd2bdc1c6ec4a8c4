"""Empty Excel tables with exactly the columns that a study's plans read, a row for each of its units or facilities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from ..coverage.assess import facts_without_times, read_plans
from ..coverage.facts import Facts
from ..coverage.found import find
from ..coverage.levels import LEVEL_KINDS
from ..coverage.readings import read_rule
from ..coverage.rule_parts import RuleBase, Selector
from ..coverage.tables import Need, needs_of
from ..coverage.units import reason_to_skip
from ..errors import InputError, Problem
from ..files import exists
from ..layers.settings_parts import Part
from ..layers.study import Study
from ..texts import LANGS, Lang, catalogue, text
from .workbook import add_sheet, new_workbook, save_workbook

FACILITY_KEYS, UNIT_KEYS = ("id", "name", "county"), ("county", "township", "village")
BELOW = ("township", "street", "street-or-township", "village")

Row = dict[str, str]


@dataclass(frozen=True)
class Template:
    """An empty table: its name, its key columns with their rows, and what is read of each row by which rules."""

    table: str
    keys: tuple[str, ...]
    rows: tuple[Row, ...]
    needs: tuple[Need, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to be filled in."""
        return tuple(dict.fromkeys(need.column for need in self.needs))


def templates_of(study: Study) -> tuple[Template, ...]:
    """One template for each table that the study's plans read under any reading; skipped rules need none."""
    facts = facts_without_times(study)
    rules = [
        rule
        for plan in read_plans(study.settings, study.folder)
        for rule in plan.rule
        if reason_to_skip(read_rule(rule, facts), facts, plan) is None
    ]
    needs = [(need, rule) for rule in rules for need in needs_of(rule)]
    tables = dict.fromkeys(need.table for need, _ in needs)
    return tuple(_template(facts, table, [(n, r) for n, r in needs if n.table == table]) for table in tables)


def write_templates(study: Study, folder: Path, lang: Lang) -> tuple[Path, ...]:
    """Writes one workbook for each table into ``folder``, and returns them.

    Raises :class:`InputError` naming every file that is there already, before anything is written.
    """
    templates = templates_of(study)
    paths = {template.table: folder / f"{template.table}.xlsx" for template in templates}
    there = [Problem("template.exists", str(path)) for path in paths.values() if exists(path)]
    if there:
        raise InputError(there)
    for template in templates:
        _write(template, paths[template.table], lang)
    return tuple(paths.values())


def settings_for(paths: Iterable[Path], lang: Lang) -> list[str]:
    """The lines of study.toml that name filled-in templates."""
    lines = []
    for path in paths:
        lines += [f"[tables.{path.stem}]", f'path = "{path.name}"', f'sheet = "{text("sheet.data", lang)}"', ""]
    return lines


def _template(facts: Facts, table: str, needs: list[tuple[Need, RuleBase]]) -> Template:
    about_facilities = [rule for need, rule in needs if need.key == "facility"]
    levels = {need.level for need, _ in needs if need.key != "facility"}
    keys: tuple[str, ...] = FACILITY_KEYS if about_facilities else ()
    rows = list(_facility_rows(facts, about_facilities)) if about_facilities else []
    if levels:
        depth = 3 if "village" in levels else 2 if levels & set(BELOW) else 1
        keys = tuple(dict.fromkeys((*keys, *UNIT_KEYS[:depth])))
        rows += _unit_rows(facts, levels)
    return Template(table, keys, tuple(rows), tuple(dict.fromkeys(need for need, _ in needs)))


def _unit_rows(facts: Facts, levels: set[str]) -> Iterator[Row]:
    counties = [str(county) for county in facts.study.counties.frame["county"]]
    if "city" in levels:
        yield {"county": facts.study.city}
    if levels & {"city", "county"}:
        yield from ({"county": county} for county in counties)
    kinds = {kind for level in levels for kind in LEVEL_KINDS.get(level, ())}
    below = bool(levels & set(BELOW))
    layer = facts.study.townships
    if below and layer is None and not levels & {"city", "county"}:
        yield from ({"county": county} for county in counties)
    if below and layer is not None:
        frame = layer.frame if "village" in levels else layer.frame[layer.frame["kind"].isin([*kinds, ""])]
        pairs = zip(frame["county"], frame["township"], strict=True)
        yield from ({"county": str(county), "township": str(township)} for county, township in pairs)


def _facility_rows(facts: Facts, rules: list[RuleBase]) -> Iterator[Row]:
    """The facilities that any of the rules may count, in the order of the list."""
    wanted: set[object] = set()
    for selector in dict.fromkeys(s for rule in rules for variant in _variants(rule) for s in _selectors(variant)):
        found = find(facts, selector, None)
        wanted |= {*found.open.index, *found.unsure.index, *found.coming.index}
    frame = facts.study.facilities.frame
    chosen = pd.DataFrame(frame.loc[frame.index.isin(list(wanted)), list(FACILITY_KEYS)])
    for row in chosen.itertuples(index=False, name=None):
        yield dict(zip(FACILITY_KEYS, (str(value) for value in row), strict=True))


def _variants(rule: RuleBase) -> list[RuleBase]:
    return [rule, *(rule.changed(keys) for readings in rule.when.values() for keys in readings.values())]


def _selectors(part: Part) -> Iterator[Selector]:
    """The selectors of a rule, whichever of its parts holds them."""
    for value in vars(part).values():
        if isinstance(value, Selector):
            yield value
        elif isinstance(value, Part):
            yield from _selectors(value)


def _write(template: Template, path: Path, lang: Lang) -> None:
    book = new_workbook()
    heads = [*template.keys, *template.columns]
    rows = [[row.get(head, "") for head in heads] for row in template.rows]
    sheet = add_sheet(book, text("sheet.data", lang), heads, rows)
    for column, head in enumerate(heads, start=1):
        if any(need.column == head and need.value == "yes" for need in template.needs):
            answers = f'"{text("maps.yes", lang)},{text("maps.no", lang)}"'
            check = DataValidation(type="list", formula1=answers, allow_blank=True)
            letter = get_column_letter(column)
            check.add(f"{letter}2:{letter}{max(len(rows) + 1, 1000)}")
            sheet.add_data_validation(check)
    titles = [text(f"maps.col-{name}", lang) for name in ("column", "fill", "chinese", "english", "rules")]
    add_sheet(book, text("sheet.columns", lang), titles, _explained(template, lang))
    save_workbook(book, path)


def _explained(template: Template, lang: Lang) -> Iterator[list[str]]:
    for key in template.keys:
        zh, en = (text(f"template.key-{key}", each) for each in LANGS)
        fill = text("template.value-word" if key == "village" else "template.key", lang)
        yield [key, fill, zh, en, ""]
    for column in template.columns:
        needs = [need for need in template.needs if need.column == column]
        code = f"column.{template.table}.{column}"
        unit = f"column-unit.{template.table}.{column}"
        known = code in catalogue()
        fill = text(unit, lang) if known else text(f"template.value-{needs[0].value}", lang)
        zh, en = (text(code, each) if known else "" for each in LANGS)
        yield [column, fill, zh, en, ", ".join(dict.fromkeys(need.rule for need in needs))]
