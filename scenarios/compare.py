"""Scenarios side by side: ranked, with what each gains, loses, costs and turns; the best for each cost.

A comparison reads the tables of one or more results folders. Means are those of the people who are reached, so a
scenario that cuts people off could seem to gain: wherever means are ranked, whoever leaves more people unreached comes
after, and is better than nobody who reaches more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import InputError, Problem
from .collect import DRAWS, MEASURES, PLACES, VERDICTS, batches, read_table_of
from .ranking import DrawnRanks, order_and_rank

BASELINE = "baseline"
LARGER = (
    "net_15",
    "net_30",
    "gained_15",
    "gained_30",
    "within_15",
    "within_30",
    "share_15",
    "share_30",
    "met",
    "turned_met",
)
SMALLER = (
    "mean_min",
    "p90_min",
    "longest_min",
    "unreachable",
    "cost",
    "opened",
    "lost_15",
    "lost_30",
    "turned_not_met",
)
RANKINGS = (*LARGER, *SMALLER)
OF_THE_REACHED = ("mean_min", "p90_min", "longest_min")
FRONTS = ("within_15", "within_30", "mean_min")
LEAD = ["scenario", "key", "group", "labels", "cost", "opened", "closed"]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """What several scenarios give, each against the study as it is.

    ``table``: one row per scenario, best first by ``measure``: ``rank``, ``folder``, scenario columns, the measures of
    the whole study (or of ``unit``), ``met`` (verdicts met), ``turned_met`` and ``turned_not_met`` (verdicts that
    become met, and not met), ``differs`` (whether anything at all changes), ``front_within_15``,
    ``front_within_30``, ``front_mean_min`` (on the Pareto front of cost, or where no cost is known of the number
    of opened stations), ``error``.
    ``areas``: per scenario and area. ``turned``: verdicts with another status than in the study. ``places``: who wins
    and loses most.

    Where worlds were drawn (``draws`` of them, else 0), ``table`` also has ``rank_low`` and ``rank_high``, between
    which a scenario's rank lies in nine draws of ten, and ``first_share``, in what share of draws it is first or shares
    the first place; ``first_changes``: in how many draws another scenario than those ranked first is first.
    ``drawn``: the measures of each scenario in each world.
    """

    table: pd.DataFrame
    areas: pd.DataFrame
    turned: pd.DataFrame
    places: pd.DataFrame
    measure: str
    unit: str
    by_cost: bool
    drawn: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"draw": [], "folder": [], "key": []}))
    draws: int = 0
    first_changes: int = 0

    @property
    def baseline(self) -> pd.Series | None:
        """The row of the study as it is."""
        found = self.table[self.table["scenario"] == BASELINE]
        return None if found.empty else found.iloc[0]


def compare(folders: Sequence[Path], *, measure: str = "net_15", unit: str = "") -> Comparison:
    """Compares the scenarios of one or more results folders.

    ``measure`` ranks them, one of :data:`RANKINGS`; ``net_15`` and ``net_30`` are the people gained less those lost;
    ``unit`` takes the measures of one county or zone in place of the
    whole study's. Raises :class:`InputError` for a folder without results, an unknown measure or unit, and for folders
    whose studies differ.
    """
    if measure not in RANKINGS:
        raise InputError(Problem("compare.measure", value=measure, params={"valid": ", ".join(RANKINGS)}))
    named = folder_names(folders)
    areas = pd.concat([_areas(folder, label) for folder, label in named.items()], ignore_index=True)
    _check_one_study(areas, folders)
    table = areas[areas["level"] == "city"] if not unit else areas[(areas["unit"] == unit) | (areas["error"] != "")]
    if unit and not (areas["unit"] == unit).any():
        known = ", ".join(sorted({str(name) for name in areas["unit"] if name}))
        raise InputError(Problem("compare.unit", value=unit, params={"valid": known}))
    table = _one_baseline(table)
    counted, turned = _verdicts(named)
    table = table.merge(counted, how="left", on=["folder", "key"])
    for column in ("met", "turned_met", "turned_not_met"):
        table[column] = table[column].fillna(0).astype(int)
    table["differs"] = _differs(table, turned)
    by_cost = bool(table["cost"].notna().any())
    for name in FRONTS:
        table[f"front_{name}"] = pareto(table, name, "cost" if by_cost else "opened")
    table = ranked(table, measure)
    places = pd.concat([_read(folder, PLACES, label) for folder, label in named.items()], ignore_index=True)
    drawn = _draws(named, unit)
    return ranked_in_draws(Comparison(table, areas, turned, places, measure, unit, by_cost, drawn))


def ranked(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The rows best first, with ``rank``: equal values share one; what could not be computed comes last, without."""
    failed = (table["error"] != "").to_numpy()
    order, place = order_and_rank(*_goal(table, measure), failed)
    rank = np.where(failed[order], np.nan, place)
    return table.iloc[order].reset_index(drop=True).assign(rank=rank)


def _goal(table: pd.DataFrame, measure: str) -> tuple[Floats, Floats]:
    """What is ranked, the less the better, and the people unreached where they come first."""
    value = (-1.0 if measure in LARGER else 1.0) * table[measure].to_numpy(dtype=float)
    lost = table["unreachable"].to_numpy(dtype=float) if measure in OF_THE_REACHED else np.zeros(len(table))
    return value, lost


def ranked_in_draws(comparison: Comparison) -> Comparison:
    """The comparison with what its draws say of the ranks of its scenarios; as it is where there are none, or where
    they are not of all scenarios."""
    table, drawn = comparison.table, comparison.drawn
    failed = (table["error"] != "").to_numpy()
    numbers = drawn["draw"].unique()
    scenarios = table.loc[~failed, ["folder", "key"]]
    found = drawn.merge(scenarios.assign(place=np.flatnonzero(~failed)), on=["folder", "key"])
    if not len(numbers) or len(found) != len(numbers) * len(scenarios):
        return comparison
    constant = table.loc[found["place"], [name for name in ("cost", "opened") if name not in found]]
    found = pd.concat([found, constant.reset_index(drop=True)], axis=1).sort_values(["draw", "place"])
    value, lost = (np.zeros((len(numbers), len(table))) for _ in range(2))
    parts = _goal(found, comparison.measure)
    value[:, ~failed], lost[:, ~failed] = (part.reshape(len(numbers), -1) for part in parts)
    ranks = DrawnRanks.of(value, lost, failed, (table["rank"] == 1).to_numpy())
    table = table.assign(rank_low=ranks.low, rank_high=ranks.high, first_share=ranks.first)
    return replace(comparison, table=table, draws=ranks.draws, first_changes=ranks.first_changes)


def pareto(table: pd.DataFrame, measure: str, price: str) -> NDArray[np.bool_]:
    """Which rows no other beats: none costs as little or less, is as good or better by ``measure`` and leaves as few
    unreached or fewer, and is better in one of these. Rows without a price or a value are on no front."""
    sign = -1.0 if measure in LARGER else 1.0
    goals = np.column_stack(
        [
            table[price].to_numpy(dtype=float),
            sign * table[measure].to_numpy(dtype=float),
            table["unreachable"].to_numpy(dtype=float),
        ]
    )
    known = np.isfinite(goals).all(axis=1)
    front = np.zeros(len(table), dtype=bool)
    kept = np.empty((0, 3))
    for row in np.flatnonzero(known)[np.lexsort(goals[known].T[::-1])]:
        no_worse, better = (kept <= goals[row]).all(axis=1), (kept < goals[row]).any(axis=1)
        if not (no_worse & better).any():
            front[row] = True
            kept = np.vstack([kept, goals[row]])
    return front


def folder_names(folders: Sequence[Path]) -> dict[Path, str]:
    """What each folder is called in a comparison: its name, or its path where another has the same name."""
    names = [folder.name for folder in dict.fromkeys(folders)]
    return {folder: folder.name if names.count(folder.name) == 1 else str(folder) for folder in folders}


def _areas(folder: Path, label: str) -> pd.DataFrame:
    frame = _read(folder, MEASURES, label)
    if frame.empty:
        raise InputError(Problem("compare.no-results", str(folder)))
    return _with_net(frame)


def _with_net(frame: pd.DataFrame) -> pd.DataFrame:
    """People gained less people lost, beside both."""
    nets = {f"net_{limit}": frame[f"gained_{limit}"] - frame[f"lost_{limit}"] for limit in (15, 30)}
    return frame.assign(**nets)


def _read(folder: Path, name: str, label: str) -> pd.DataFrame:
    return read_table_of(folder, name).assign(folder=label)


def _draws(named: Mapping[Path, str], unit: str) -> pd.DataFrame:
    """The rows of the whole study (or of ``unit``) in drawn worlds; :class:`InputError` where the worlds of several
    folders are not the same."""
    parts = []
    for folder, label in named.items():
        if (folder / DRAWS).is_file():
            frame = _with_net(read_table_of(folder, DRAWS)).assign(folder=label)
            parts.append(frame[frame["unit"] == unit] if unit else frame[frame["level"] == "city"])
    if not parts:
        return pd.DataFrame({"draw": [], "folder": [], "key": []})
    bases = [
        part[part["scenario"] == BASELINE].drop(columns=["folder", "key"]).reset_index(drop=True) for part in parts
    ]
    if any(not base.equals(bases[0]) for base in bases[1:]):
        raise InputError(Problem("draws.unpaired", ", ".join(str(folder) for folder in named)))
    return pd.concat(parts, ignore_index=True)


def _one_baseline(table: pd.DataFrame) -> pd.DataFrame:
    """The study as it is stands in each folder's results; one row of it is enough."""
    again = (table["scenario"] == BASELINE) & table["scenario"].duplicated()
    return table[~again].reset_index(drop=True)


def _check_one_study(areas: pd.DataFrame, folders: Sequence[Path]) -> None:
    """The same study in all folders: its people and times as they are must be the same."""
    base = areas[(areas["scenario"] == BASELINE) & (areas["level"] == "city")]
    for column in ("residents", "mean_min", "within_15"):
        if base[column].nunique(dropna=False) > 1:
            raise InputError(Problem("compare.other-study", ", ".join(str(folder) for folder in folders)))


def _verdicts(named: Mapping[Path, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Per scenario how many verdicts are met and how many turned, and the turned ones; read in blocks."""
    counts: list[pd.DataFrame] = []
    turned: list[pd.DataFrame] = []
    for folder, label in named.items():
        for block in batches(folder / VERDICTS):
            if "status" not in block:
                continue
            met, changed = block["status"] == "met", block["turned"].astype(bool)
            marks = pd.DataFrame({"key": block["key"], "met": met, "turned_met": met & changed})
            marks["turned_not_met"] = changed & (block["status"] == "not met")
            counts.append(marks.groupby("key", as_index=False).sum().assign(folder=label))
            turned.append(block[changed].assign(folder=label))
    columns = ["folder", "key", "met", "turned_met", "turned_not_met"]
    if not counts:
        return pd.DataFrame(columns=columns), pd.DataFrame()
    summed = pd.concat(counts).groupby(["folder", "key"], as_index=False).sum()
    return summed[columns], pd.concat(turned, ignore_index=True)


def _differs(table: pd.DataFrame, turned: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether anything at all is other than in the study: a measure, or any verdict, those not to be told too."""
    base = table[table["scenario"] == BASELINE]
    if base.empty:
        return np.ones(len(table), dtype=bool)
    columns = ["residents", "stations", "ambulances", *OF_THE_REACHED, "within_15", "within_30", "unreachable", "met"]
    same = [
        (table[name] == base[name].iloc[0]) | (table[name].isna() & pd.isna(base[name].iloc[0])) for name in columns
    ]
    moved = (table[["gained_15", "lost_15", "gained_30", "lost_30", "turned_met", "turned_not_met"]] != 0).any(axis=1)
    moved |= pd.MultiIndex.from_frame(table[["folder", "key"]]).isin(_keys(turned))
    return np.asarray(~np.logical_and.reduce(same) | moved, dtype=bool)


def _keys(turned: pd.DataFrame) -> list[tuple[str, str]]:
    return [] if turned.empty else list(turned[["folder", "key"]].drop_duplicates().itertuples(index=False, name=None))


def labels_of(table: pd.DataFrame) -> pd.DataFrame:
    """The labels of a sweep as columns, one for each label's name."""
    return pd.DataFrame([json.loads(text) for text in table["labels"]], index=table.index)
