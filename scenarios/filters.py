"""A comparison of some of its scenarios only: those with certain labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ..errors import InputError, Problem
from .compare import BASELINE, FRONTS, Comparison, labels_of, pareto, ranked, ranked_in_draws

MOST_WORDS = 20


def conditions(given: Sequence[str]) -> dict[str, str]:
    """Labels and their values from texts such as ``growth=high``; :class:`InputError` names each that is none."""
    parts = [text.partition("=") for text in given]
    bad = [Problem("compare.where", value="".join(part)) for part in parts if not part[0].strip() or not part[1]]
    if bad:
        raise InputError(bad)
    return {name.strip(): value.strip() for name, _, value in parts}


def filtered(comparison: Comparison, where: Mapping[str, str]) -> Comparison:
    """The scenarios whose labels have these values, ranked among themselves, with their own Pareto front; and the study
    as it is.

    Raises :class:`InputError` for a label, or a value of it, that no scenario has.
    """
    if not where:
        return comparison
    labels = labels_of(comparison.table)
    problems = [problem for name, value in where.items() for problem in _unknown(labels, name, value)]
    if problems:
        raise InputError(problems)
    fitting = np.logical_and.reduce([(labels[name] == value).to_numpy() for name, value in where.items()])
    baseline = (comparison.table["scenario"] == BASELINE).to_numpy()
    table = comparison.table[fitting | baseline].reset_index(drop=True)
    by_cost = bool(table["cost"].notna().any())
    for name in FRONTS:
        table[f"front_{name}"] = pareto(table, name, "cost" if by_cost else "opened")
    table = ranked(table, comparison.measure)
    kept = pd.MultiIndex.from_frame(table[["folder", "key"]])
    areas, turned, places = (_of(frame, kept) for frame in (comparison.areas, comparison.turned, comparison.places))
    return ranked_in_draws(replace(comparison, table=table, by_cost=by_cost, areas=areas, turned=turned, places=places))


def _of(frame: pd.DataFrame, kept: pd.MultiIndex) -> pd.DataFrame:
    if frame.empty:
        return frame
    return frame[pd.MultiIndex.from_frame(frame[["folder", "key"]]).isin(kept)].reset_index(drop=True)


def _unknown(labels: pd.DataFrame, name: str, value: str) -> list[Problem]:
    if name not in labels:
        valid = [str(column) for column in labels.columns]
        return [Problem("compare.label", value=name, params={"valid": ", ".join(valid) or "-"})]
    values = list(dict.fromkeys(str(one) for one in labels[name].dropna()))
    if value in values:
        return []
    shown = ", ".join(values[:MOST_WORDS])
    return [Problem("compare.label-value", value=value, params={"label": name, "valid": shown})]
