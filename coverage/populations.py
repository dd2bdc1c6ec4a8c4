"""How many people a rule speaks of: residents, registered, served, children; one is never taken for another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..texts import Message
from .facts import Facts
from .results import Evidence
from .rule_parts import Population
from .tables import POPULATION
from .ways import Way, column_of


@dataclass(frozen=True)
class People:
    """``count`` None where it is not known: then ``settle`` says which column of which table would tell."""

    count: float | None
    note: tuple[Message, ...]
    evidence: Evidence
    settle: tuple[Way, ...] = ()


def population_read(rule_says: Population, choices: tuple[str, ...], facts: Facts) -> Population:
    """Whose number decides: what the rule says, or the reading of the choice C5, C12 or C17 where it is the rule's."""
    for code in ("C5", "C12", "C17"):
        if code in choices:
            return facts.choices[code]  # type: ignore[return-value]
    return rule_says


def people_of(facts: Facts, population: Population, county: str | None, township: str = "") -> People:
    """The people of a county-level unit, of one township in it, or of the whole city (None)."""
    layer = facts.study.people
    if population == facts.study.settings.people.population and _layer_knows(facts, township):
        count = _residents(facts, county, township)
        note = _note(population, layer.date, facts.study.settings.people.year)
        return People(count, note, Evidence("people", layer.grade, layer.source))
    found = _from_table(facts, population, county, township)
    unit = township or county or facts.study.city
    if found is None:
        return People(None, (), Evidence(POPULATION, "missing"), (column_of(POPULATION, population, (unit,)),))
    table = facts.study.tables[POPULATION]
    return People(found, _note(population, "", table.year), Evidence(POPULATION, table.grade, table.source))


def _layer_knows(facts: Facts, township: str) -> bool:
    return not township or facts.once("townships known", lambda: bool((facts.demand["township"] != "").any()))


def _residents(facts: Facts, county: str | None, township: str) -> float:
    if not township or county is None:
        return facts.residents(county)
    return float(_by_township(facts, county).get(township, 0.0))


def _by_township(facts: Facts, county: str) -> pd.Series:
    """Residents of the people layer by township of a county."""

    def summed() -> pd.Series:
        here = facts.inside("all", county)
        residents = facts.demand["residents"].to_numpy()[here]
        return pd.Series(residents).groupby(facts.demand["township"].to_numpy(dtype=object)[here]).sum().round(6)

    return facts.once(("residents by township", county), summed)


def _from_table(facts: Facts, population: Population, county: str | None, township: str) -> float | None:
    columns = facts.columns
    if county is not None:
        return columns.of_unit(POPULATION, population, county, township)
    own = columns.of_unit(POPULATION, population, facts.study.city)
    if own is not None:
        return own
    parts = [columns.of_unit(POPULATION, population, name) for name in facts.study.counties.frame["county"]]
    return None if None in parts else float(sum(part for part in parts if part is not None))


def _note(population: Population, date: str, year: int | None) -> tuple[Message, ...]:
    words = Message(f"population.{population}")
    if year is None:
        return (Message("note.population", {"population": words}),)
    return (Message("note.population-year", {"population": words, "year": str(year)}),)


def township_residents(facts: Facts, population: Population, county: str) -> tuple[pd.Series, tuple[Way, ...]]:
    """People of each township of a county (NaN unknown), and what would tell them."""
    names = township_names(facts, county)
    if population == facts.study.settings.people.population and _layer_knows(facts, "x"):
        return _by_township(facts, county).reindex(names, fill_value=0.0).astype(float), ()
    cells = [facts.columns.of_unit(POPULATION, population, county, name) for name in names]
    counts = pd.Series([np.nan if cell is None else cell for cell in cells], index=names, dtype=float)
    missing = tuple(str(name) for name in counts.index[counts.isna()])
    if not missing:
        return counts, ()
    return counts, (column_of(POPULATION, population, missing),)


def township_names(facts: Facts, county: str, kinds: tuple[str, ...] = ()) -> list[str]:
    """Townships and streets of a county, of some kinds or of all; none where the study has no such layer."""
    every = facts.once("township names", lambda: _township_names(facts))
    return [name for name, kind in every.get(county, ()) if not kinds or kind in kinds]


def _township_names(facts: Facts) -> dict[str, list[tuple[str, str]]]:
    """Name and kind of each township, by county."""
    names: dict[str, list[tuple[str, str]]] = {}
    if facts.study.townships is not None:
        columns = (
            facts.study.townships.frame[column].to_numpy(dtype=object) for column in ("county", "township", "kind")
        )
        for county, township, kind in zip(*columns, strict=True):
            names.setdefault(str(county), []).append((str(township), str(kind)))
    return names


def short(names: tuple[str, ...], most: int = 5) -> tuple[str, ...]:
    """The first names of many."""
    return (*names[:most], "…") if len(names) > most else names
