"""Facilities that a rule is about: those that count, those that may, and those to come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .facts import Facts
from .intervals import holds
from .rule_parts import Condition, Selector
from .tables import value_of

COMING = ("planned", "under construction")
LEVELS = {"primary": 1.0, "secondary": 2.0, "tertiary": 3.0}
Bools = NDArray[np.bool_]


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


@dataclass(frozen=True)
class Known:
    """Of each facility whether something is so: ``yes``, or ``perhaps`` where that is not known."""

    yes: Bools
    perhaps: Bools

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
    frame = facts.study.facilities.frame
    if names:
        selector = selector.model_copy(update={"run_by": (), "names": names})
    chosen = _selected(facts, frame, selector) & _here(frame, county)
    status = frame["status"]
    wanted = _known(status.isin(selector.statuses), status == "")
    counted = chosen & wanted
    coming = chosen.yes & status.isin(COMING).to_numpy() & ~wanted.yes
    kinds = selector.all_kinds
    listed = bool(kinds) and set(kinds) <= facts.study.complete_kinds and not _open_ended(selector)
    if selector.names and not selector.also:
        listed = listed or set(selector.names) <= set(frame["name"])
    return Found(frame[counted.yes], frame[counted.perhaps], frame[coming], listed)


def _open_ended(selector: Selector) -> bool:
    """Whether an alternative names no kind, so that no list can claim to hold all of it."""
    own = not selector.kinds and not selector.also
    return own or any(_open_ended(other) for other in selector.also)


def _known(yes: pd.Series, unknown: pd.Series) -> Known:
    sure = yes.to_numpy(dtype=bool)
    return Known(sure, unknown.to_numpy(dtype=bool) & ~sure)


def _here(frame: pd.DataFrame, county: str | None) -> Known:
    nowhere = (frame["county"] == "") & frame["geometry"].isna()
    if county is None:
        return _known((frame["county"] != "") | nowhere, pd.Series(False, index=frame.index))
    return _known(frame["county"] == county, nowhere)


def _selected(facts: Facts, frame: pd.DataFrame, selector: Selector) -> Known:
    never = pd.Series(False, index=frame.index)
    found = Known(np.ones(len(frame), bool), np.zeros(len(frame), bool))
    if selector.also and selector.model_copy(update={"also": ()}).empty and not selector.where:
        found = _known(never, never)
    if selector.kinds:
        found &= _known(frame["kind"].isin(selector.kinds), never)
    if selector.names:
        found &= _known(frame["name"].isin(selector.names), never)
    if selector.run_by:
        found &= _known(frame["run_by"].isin(selector.run_by), frame["run_by"] == "")
    if selector.levels:
        found &= _known(frame["level"].isin(selector.levels), frame["level"] == "")
    if selector.roles:
        has = pd.Series(False, index=frame.index)
        for role in selector.roles:
            has |= _role(frame, role)
        found &= _known(has, (frame["roles"] == "") if selector.kinds or selector.names else never)
    if selector.counties:
        found &= _known(frame["county"].isin(selector.counties), (frame["county"] == "") & frame["geometry"].isna())
    if selector.where:
        parts = [having(facts, frame, condition) for condition in selector.where]
        joined = parts[0]
        for part in parts[1:]:
            joined = (joined | part) if selector.where_any else (joined & part)
        found &= joined
    if not (selector.campuses or selector.names) and "parent" in frame:
        found &= _known(frame["parent"] == "", never)
    for other in selector.also:
        found |= _selected(facts, frame, other)
    return found


def _role(frame: pd.DataFrame, role: str) -> pd.Series:
    return (";" + frame["roles"] + ";").str.contains(f";{role};", regex=False)


def having(facts: Facts, frame: pd.DataFrame, condition: Condition) -> Known:
    """Which facilities of a frame are as a condition asks; those of which the study does not say it are ``perhaps``."""
    if condition.role is not None:
        return _known(_role(frame, condition.role), frame["roles"] == "")
    if condition.level is not None:
        lowest, highest = levels_of(frame)
        least = rank(condition.level)
        return _known(lowest >= least, highest >= least)
    assert condition.table is not None and condition.column is not None
    if not facts.columns.has(condition.table, condition.column):
        return Known(np.zeros(len(frame), bool), np.ones(len(frame), bool))
    cells = facts.columns.of_facilities(condition.table, condition.column, frame, value_of(condition))
    return answers(cells, condition)


def answers(cells: pd.Series, condition: Condition) -> Known:
    """Which cells are as a condition on a table asks; blank ones are ``perhaps``."""
    if condition.word is not None:
        yes = cells == condition.word
    elif condition.threshold is not None:
        threshold = condition.threshold
        yes = cells.map(lambda cell: bool(holds(threshold, float(cell))) if pd.notna(cell) else False)
    else:
        yes = cells == 1.0
    return _known(yes.astype(bool), cells.isna())


def rank(level: str) -> float:
    """A level as a number: secondary 2, secondary A 2.5, tertiary 3, tertiary A 3.5."""
    word, _, letter = level.partition(" ")
    return LEVELS[word] + (0.5 if letter == "A" else 0.0)


def levels_of(frame: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """The lowest and the highest level that each facility may have, as numbers; unknown 0 to 3.5.

    Where only "secondary" is stated it may be an A; a B or C is none.
    """
    word = frame["level"].map(LEVELS)
    letter = frame["level_class"] if "level_class" in frame else pd.Series("", index=frame.index)
    lowest = (word + np.where(letter == "A", 0.5, 0.0)).fillna(0.0)
    highest = (word + np.where(letter.isin(["A", ""]), 0.5, 0.0)).fillna(rank("tertiary A"))
    return lowest, highest
