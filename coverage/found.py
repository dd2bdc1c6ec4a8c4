"""Facilities that a rule is about: those that count, those that may, and those to come."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import and_, or_
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .facts import Facts
from .intervals import holds
from .rule_parts import Condition, Selector
from .tables import Value, value_of

COMING = ("planned", "under construction")
LEVELS = {"primary": 1.0, "secondary": 2.0, "tertiary": 3.0}
FEW = 6
TEXTS = ("kind", "name", "run_by", "level", "roles", "county", "status", "parent")
Bools = NDArray[np.bool_]
Cells = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Found:
    """``open`` count; ``unsure`` may count, but nobody says whether they are open, who runs them, where they are, or
    whether they are as the selector asks; ``coming`` do not count yet. ``listed``: the lists claim to hold every
    facility of these kinds, or hold each one that is asked for by its name."""

    open: pd.DataFrame
    unsure: pd.DataFrame
    coming: pd.DataFrame
    listed: bool

    @property
    def most(self) -> float:
        """How many there may be at most."""
        return float(len(self.open) + len(self.unsure)) if self.listed else float("inf")

    @cached_property
    def placed(self) -> gpd.GeoDataFrame:
        """Those that count and have a place."""
        return gpd.GeoDataFrame(self.open[self._has_place], geometry="geometry")

    @cached_property
    def unplaced(self) -> pd.DataFrame:
        """Those that count and have none."""
        return self.open[~self._has_place]

    @property
    def _has_place(self) -> Bools:
        points = self.open["geometry"].to_numpy()
        return np.asarray(~(shapely.is_missing(points) | shapely.is_empty(points)), dtype=bool)


@dataclass(frozen=True)
class Known:
    """Of each facility whether something is so: ``yes``, or ``perhaps`` where that is not known."""

    yes: Bools
    perhaps: Bools

    @classmethod
    def where(cls, yes: Bools, unknown: Bools | None = None) -> Known:
        """So where ``yes``; elsewhere perhaps where ``unknown``."""
        sure = np.asarray(yes, dtype=bool)
        return cls(sure, np.zeros(len(sure), bool) if unknown is None else np.asarray(unknown, dtype=bool) & ~sure)

    def __and__(self, other: Known) -> Known:
        possible = (self.yes | self.perhaps) & (other.yes | other.perhaps)
        yes = self.yes & other.yes
        return Known(yes, possible & ~yes)

    def __or__(self, other: Known) -> Known:
        yes = self.yes | other.yes
        return Known(yes, (self.perhaps | other.perhaps) & ~yes)


def find(facts: Facts, selector: Selector, county: str | None, names: tuple[str, ...] = ()) -> Found:
    """Facilities of the selector in one county, or in the whole city (None).

    A facility placed outside every county is the neighbours'. ``names``: only those called so, whoever runs them.
    """
    if names:
        selector = selector.model_copy(update={"run_by": (), "names": names})
    return facts.once(("found", selector, county), lambda: _find(facts, selector, county))


def _find(facts: Facts, selector: Selector, county: str | None) -> Found:
    cells = _cells(facts)
    everywhere = facts.once(("selected", selector), lambda: _selected(facts, cells, selector))
    chosen = everywhere & _here(cells, county)
    status = cells["status"]
    wanted = Known.where(_is_in(status, selector.statuses), status == "")
    counted = chosen & wanted
    coming = chosen.yes & _is_in(status, COMING) & ~wanted.yes
    kinds = selector.all_kinds
    listed = bool(kinds) and set(kinds) <= facts.study.complete_kinds and not _open_ended(selector)
    if selector.names and not selector.also:
        given = set(selector.names) & set(cells["name"])
        listed = listed or len(given) >= (1 if selector.one_institution else len(set(selector.names)))
    frame = _rows(facts)
    none = facts.once("no facilities", lambda: frame.iloc[:0])
    parts = [frame[mask] if mask.any() else none for mask in (counted.yes, counted.perhaps, coming)]
    return Found(parts[0], parts[1], parts[2], listed)


def _rows(facts: Facts) -> pd.DataFrame:
    return facts.once("facility rows", lambda: _plain_rows(facts.study.facilities.frame))


def _plain_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The facilities with their texts as plain objects, all in one table, of which rows are taken several times
    faster."""
    texts = {column for column, dtype in frame.dtypes.items() if isinstance(dtype, pd.StringDtype)}
    plain = pd.DataFrame(frame)
    columns = {name: plain[name].astype(object) if name in texts else plain[name] for name in plain.columns}
    return pd.DataFrame(columns, index=plain.index, copy=True)


def _open_ended(selector: Selector) -> bool:
    """Whether an alternative names no kind, so that no list can claim to hold all of it."""
    own = not selector.kinds and not selector.also
    return own or any(_open_ended(other) for other in selector.also)


def _cells(facts: Facts) -> Cells:
    """The columns of the facilities as arrays of texts, and ``placed``; columns that a list lacks are blank."""

    def arrays() -> Cells:
        frame = _rows(facts)
        blank = np.full(len(frame), "", dtype=object)
        cells = {c: frame[c].to_numpy(dtype=object) if c in frame else blank for c in TEXTS}
        return {**cells, "placed": ~frame["geometry"].isna().to_numpy()}

    return facts.once("facility cells", arrays)


def _is_in(cells: NDArray[np.object_], words: Collection[str]) -> Bools:
    return np.fromiter(map(frozenset(words).__contains__, cells), dtype=bool, count=len(cells))


def _here(cells: Cells, county: str | None) -> Known:
    nowhere = (cells["county"] == "") & ~cells["placed"]
    if county is None:
        return Known.where((cells["county"] != "") | nowhere)
    return Known.where(cells["county"] == county, nowhere)


def _selected(facts: Facts, cells: Cells, selector: Selector) -> Known:
    count = len(cells["kind"])
    found = Known.where(np.ones(count, bool))
    if selector.also and selector.model_copy(update={"also": ()}).empty and not selector.where:
        found = Known.where(np.zeros(count, bool))
    if selector.kinds:
        found &= Known.where(_is_in(cells["kind"], selector.kinds))
    if selector.names:
        found &= Known.where(_is_in(cells["name"], selector.names))
    if selector.run_by:
        found &= Known.where(_is_in(cells["run_by"], selector.run_by), cells["run_by"] == "")
    if selector.levels:
        found &= Known.where(_is_in(cells["level"], selector.levels), cells["level"] == "")
    if selector.roles:
        has = np.logical_or.reduce([_role(cells, role) for role in selector.roles])
        silent = bool(selector.kinds or selector.names)
        found &= Known.where(has, (cells["roles"] == "") & silent)
    if selector.counties:
        nowhere = (cells["county"] == "") & ~cells["placed"]
        found &= Known.where(_is_in(cells["county"], selector.counties), nowhere)
    if selector.where:
        parts = [_conditioned(facts, condition) for condition in selector.where]
        found &= reduce(or_ if selector.where_any else and_, parts)
    if not (selector.campuses or selector.names):
        found &= Known.where(cells["parent"] == "")
    for other in selector.also:
        found |= _selected(facts, cells, other)
    return found


def _role(cells: Cells, role: str) -> Bools:
    return np.fromiter((role in roles.split(";") for roles in cells["roles"]), dtype=bool, count=len(cells["roles"]))


def having(facts: Facts, frame: pd.DataFrame, condition: Condition) -> Known:
    """Which facilities of a frame are as a condition asks; those of which the study does not say it are ``perhaps``."""
    so = _conditioned(facts, condition)
    rows = facts.study.facilities.frame.index.get_indexer(frame.index)
    return Known(so.yes[rows], so.perhaps[rows])


def _conditioned(facts: Facts, condition: Condition) -> Known:
    """The same for all facilities, in their order."""
    return facts.once(("having", condition), lambda: _condition(facts, condition))


def _condition(facts: Facts, condition: Condition) -> Known:
    frame, cells = facts.study.facilities.frame, _cells(facts)
    if condition.role is not None:
        return Known.where(_role(cells, condition.role), cells["roles"] == "")
    if condition.level is not None:
        lowest, highest = levels_of(frame)
        least = rank(condition.level)
        return Known.where((lowest >= least).to_numpy(), (highest >= least).to_numpy())
    assert condition.table is not None and condition.column is not None
    if not facts.columns.has(condition.table, condition.column):
        return Known.where(np.zeros(len(frame), bool), np.ones(len(frame), bool))
    values = cells_of(facts, condition.table, condition.column, value_of(condition), frame)
    return answers(values, condition)


def cells_of(facts: Facts, table: str, column: str, value: Value, frame: pd.DataFrame) -> pd.Series:
    """A table's column for each facility of a frame; NaN where it is blank or the table does not have the facility."""
    every = facts.study.facilities.frame
    rows = facts.once(("rows", table), lambda: facts.columns.rows_of(table, every))
    rows = rows[every.index.get_indexer(frame.index)]
    kind = object if value == "word" else float
    values = facts.columns.values(table, column, value).to_numpy(dtype=kind, na_value=np.nan)
    return pd.Series(values[np.maximum(rows, 0)], index=frame.index, dtype=kind).where(rows >= 0)


def answers(cells: pd.Series, condition: Condition) -> Known:
    """Which cells are as a condition on a table asks; blank ones are ``perhaps``."""
    if condition.word is not None:
        yes = cells == condition.word
    elif condition.threshold is not None:
        yes = cells.isin([cell for cell in cells.dropna().unique() if holds(condition.threshold, float(cell))])
    else:
        yes = cells == 1.0
    return Known.where(yes.to_numpy(dtype=bool), cells.isna().to_numpy())


def rank(level: str) -> float:
    """A level as a number: secondary 2, secondary A 2.5, tertiary 3, tertiary A 3.5."""
    word, _, letter = level.partition(" ")
    return LEVELS[word] + (0.5 if letter == "A" else 0.0)


def levels_of(frame: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """The lowest and the highest level that each facility may have, as numbers; unknown 0 to 3.5.

    Where only "secondary" is stated it may be an A; a B or C is none.
    """
    word = frame["level"].astype(object).map(LEVELS).astype(float)
    letter = frame["level_class"] if "level_class" in frame else pd.Series("", index=frame.index)
    lowest = (word + np.where(letter == "A", 0.5, 0.0)).fillna(0.0)
    highest = (word + np.where(letter.isin(["A", ""]), 0.5, 0.0)).fillna(rank("tertiary A"))
    return lowest, highest
