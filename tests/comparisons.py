"""Results folders as a run leaves them, with made-up outcomes, for tests of what is shown of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from outcomes import outcome

from carereach.errors import Problem
from carereach.scenarios.between import DEMAND
from carereach.scenarios.collect import collect
from carereach.scenarios.compare import Comparison, compare
from carereach.scenarios.outcome import SITES, Outcome, table_of
from carereach.scenarios.run_folder import RunFolder

NASTY = "<img src=x onerror=document.title=1>${document.title=7*7}`'\"</script>"
FORMULA = '=HYPERLINK("http://x","y")'


def demand(minutes: list[float], residents: list[float] | None = None) -> pd.DataFrame:
    """People along a line to the east, half of them in the county East, half in West."""
    count = len(minutes)
    east = np.arange(count) >= count / 2
    return pd.DataFrame(
        {
            "lon": 110.0 + 0.01 * np.arange(count),
            "lat": np.full(count, 22.5),
            "residents": np.array(residents or [100.0] * count),
            "county": np.where(east, "East", "West").astype(object),
            "township": np.where(east, "", "Ferry").astype(object),
            "zone": np.full(count, "").astype(object),
            "minutes": np.array(minutes, dtype=np.float32),
        }
    )


def placed(one: Outcome, *sites: tuple[str, float, float, str], **changes: Any) -> Outcome:
    """An outcome with sites (name, lon, lat, what) and other changes."""
    return replace(one, sites=table_of(list(sites), SITES), **changes)


def moved(one: Outcome, minutes: dict[int, float]) -> Outcome:
    """An outcome with these minutes at these demand points."""
    return replace(
        one,
        demand_index=np.array(list(minutes), dtype=np.int32),
        minutes=np.array(list(minutes.values()), dtype=np.float32),
    )


def run_folder(path: Path, *outcomes: Outcome, people: pd.DataFrame | None = None) -> Path:
    """A results folder with these outcomes, the first of them the study as it is."""
    run = RunFolder(path)
    for one in outcomes:
        run.put(one.key, one.to_bytes())
    assert not collect(run, [one.key for one in outcomes]).damaged
    (demand([10.0, 20.0, 40.0, np.inf]) if people is None else people).to_parquet(path / DEMAND, index=False)
    return path


def baseline() -> Outcome:
    """The study as it is, with one station."""
    return placed(moved(outcome("baseline"), {}), ("Old station", 110.0, 22.5, "station"))


def refused(name: str = "at sea") -> Outcome:
    """A scenario that could not be applied."""
    return Outcome.failed(name, name.encode().hex(), (Problem("file.missing", "sites.xlsx", row=3),))


def mixed(path: Path) -> Path:
    """Four scenarios with costs and names that attack, one that changes nothing, one refused."""
    north = outcome("North", opened=1, cost=5.0, gained_15=50.0, within_15=450.0, mean_min=18.0, mean_change_min=-2.0)
    nasty = outcome(
        NASTY, opened=2, cost=9.0, gained_15=90.0, within_15=490.0, mean_min=17.0, mean_change_min=-3.0, turned="met"
    )
    formula = outcome(
        FORMULA, opened=1, cost=8.0, gained_15=50.0, lost_30=7.0, within_15=450.0, mean_min=18.5, mean_change_min=-1.5
    )
    return run_folder(
        path,
        baseline(),
        placed(moved(north, {1: 12.0}), ("North", 110.01, 22.51, "opened")),
        placed(
            moved(nasty, {1: 9.0, 3: 30.0}), (NASTY, 110.03, 22.51, "opened"), ("Old station", 110.0, 22.5, "closed")
        ),
        placed(moved(formula, {0: 31.04, 2: np.inf}), ("Old station", 110.02, 22.5, "moved")),
        moved(outcome("same", cost=1.0), {}),
        refused(),
    )


def compared(path: Path, **options: Any) -> Comparison:
    """The comparison of :func:`mixed`."""
    return compare([mixed(path)], **options)
