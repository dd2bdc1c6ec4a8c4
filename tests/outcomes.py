"""Outcomes of scenarios as they might be, for tests of what is done with them."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from carereach.scenarios.asked import Asked
from carereach.scenarios.outcome import MEASURES, PLACES, VERDICTS, Outcome, table_of
from carereach.scenarios.workers import Done

MEASURE_VALUES: dict[str, Any] = {
    "level": "city",
    "unit": "Two Towns",
    "residents": 1000.0,
    "stations": 2,
    "ambulances": 3.0,
    "mean_min": 20.0,
    "p90_min": 35.0,
    "longest_min": 50.0,
    "within_15": 400.0,
    "within_30": 800.0,
    "share_15": 0.4,
    "share_30": 0.8,
    "unreachable": 0.0,
    "gained_15": 0.0,
    "lost_15": 0.0,
    "gained_30": 0.0,
    "lost_30": 0.0,
    "mean_change_min": 0.0,
}


LACKS = '{"zh": "缺什么", "en": "what is lacking"}'


def outcome(name: str, *, cost: float | None = None, opened: int = 0, turned: str = "", **measures: Any) -> Outcome:
    """An outcome with some measures of the whole study and of one county; ``turned``: the status of its one rule."""
    row = {**MEASURE_VALUES, **measures}
    county = {**row, "level": "county", "unit": "East"}
    verdict = ("made", "M-1", "East", "", turned or "not met", False, row["mean_min"], "< 15 min", -1.0, "min")
    return Outcome(
        name=name,
        key=name.encode().hex(),
        group="",
        labels=(("site", name),),
        cost=cost,
        opened=opened,
        closed=0,
        stations=2 + opened,
        measures=table_of([tuple(row.values()), tuple(county.values())], MEASURES),
        verdicts=table_of([(*verdict, bool(turned), LACKS if turned == "cannot tell" else "")], VERDICTS),
        places=table_of([("East", 100.0, 20.0, row["mean_min"])], PLACES),
        demand_index=np.array([1], dtype=np.int32),
        minutes=np.array([row["mean_min"]], dtype=np.float32),
    )


def deadly(asked: Asked, chunk: tuple[int, ...]) -> list[Done]:
    """Evaluates chunks in a process, which dies of scenario 3."""
    if 3 in chunk:
        os._exit(9)
    return [Done(index, b"x") for index in chunk]
