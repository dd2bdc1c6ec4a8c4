"""Any two scenarios of one study against each other, person by person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..coverage.facts import Facts
from ..errors import InputError, Problem
from ..files import atomic
from .collect import MEASURES, read_table_of
from .run_folder import RunFolder

DEMAND = "demand.parquet"
BASELINE = "baseline"
LIMITS_MIN = (15, 30)
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """What ``second`` changes against ``first``.

    ``areas``: one row for the whole study (``unit`` "") and each county: ``residents``, ``gained_15``, ``lost_15``,
    ``gained_30``, ``lost_30`` (people), ``faster`` and ``slower`` (people whose minutes fall or rise),
    ``mean_change_min`` of the people reached by both. ``places``: per township and county the residents and their mean
    minutes in both, largest change of person-minutes first. ``minutes_first``, ``minutes_second``: of each demand
    point, inf where nobody comes. People are those of the study as it is; ``new_places`` demand points that a scenario
    adds are left out.
    """

    first: str
    second: str
    areas: pd.DataFrame
    places: pd.DataFrame
    minutes_first: Floats
    minutes_second: Floats
    new_places: int

    @property
    def none(self) -> bool:
        """Whether nobody's minutes differ."""
        return bool(np.array_equal(self.minutes_first, self.minutes_second))


def write_demand(folder: RunFolder, facts: Facts) -> Path:
    """Writes ``demand.parquet``: lon, lat, residents, county, township, zone and minutes of each demand point as the
    study is."""
    demand = facts.demand
    degrees = demand.geometry.to_crs(4326)
    frame = pd.DataFrame(demand[["residents", "county", "township", "zone"]].reset_index(drop=True))
    frame.insert(0, "lon", degrees.x.to_numpy())
    frame.insert(1, "lat", degrees.y.to_numpy())
    frame["minutes"] = facts.minutes().astype(np.float32)
    path = folder.folder / DEMAND
    with atomic(path) as temporary:
        frame.to_parquet(temporary, index=False)
    return path


def read_demand(folder: Path) -> pd.DataFrame:
    """``demand.parquet`` of a results folder; :class:`InputError` where there is none, or a damaged one."""
    return read_table_of(folder, DEMAND)


def minutes_of(folder: Path, key: str, base: Floats) -> tuple[Floats, int]:
    """Minutes of each demand point in one scenario, and how many points it has that the study has not."""
    outcome = RunFolder(folder).get(key)
    if outcome is None:
        raise InputError(Problem("compare.outcome-gone", f"{key}.parquet"))
    minutes = base.copy()
    known = outcome.demand_index < len(base)
    minutes[outcome.demand_index[known]] = outcome.minutes[known]
    return minutes, int((~known).sum())


def between(folders: Path | Sequence[Path], first: str, second: str) -> Difference:
    """The scenario ``second`` against ``first``, by name, each from any of the results folders of one study.

    Raises :class:`InputError` for a name that no folder holds, or several with other results, for scenarios without
    results, and for folders of other studies.
    """
    every = [folders] if isinstance(folders, Path) else list(dict.fromkeys(folders))
    demand = read_demand(every[0])
    if any(not read_demand(other).equals(demand) for other in every[1:]):
        raise InputError(Problem("compare.other-study", ", ".join(map(str, every))))
    base = demand["minutes"].to_numpy(dtype=float)
    found = _places_of(every, (first, second))
    before, new_before = minutes_of(*found[first], base)
    after, new_after = minutes_of(*found[second], base)
    people = demand["residents"].to_numpy(dtype=float)
    inside = (demand["county"] != "").to_numpy()
    rows = [_area("", inside, people, before, after)]
    for county in dict.fromkeys(demand["county"][inside]):
        rows.append(_area(county, (demand["county"] == county).to_numpy(), people, before, after))
    places = _places(demand[inside], people[inside], before[inside], after[inside])
    return Difference(first, second, pd.DataFrame(rows), places, before, after, max(new_before, new_after))


def _places_of(folders: Sequence[Path], names: tuple[str, str]) -> dict[str, tuple[Path, str]]:
    """Folder and key of each scenario. A name that several folders give to the same outcome is the same scenario."""
    tables = {folder: _by_name(folder) for folder in folders}
    where = ", ".join(map(str, folders))
    problems: list[Problem] = []
    found: dict[str, tuple[Path, str]] = {}
    for name in dict.fromkeys(names):
        rows = {folder: table.loc[name] for folder, table in tables.items() if name in table.index}
        whole = {folder: str(row["key"]) for folder, row in rows.items() if not row["error"]}
        if not rows:
            problems.append(Problem("compare.no-scenario", where, value=name))
        elif not whole:
            reason = next(iter(rows.values()))["error"]
            problems.append(Problem("compare.refused", where, value=name, params={"reason": reason}))
        elif name != BASELINE and len(set(whole.values())) > 1:
            problems.append(Problem("compare.name-in-several", where, value=name))
        else:
            found[name] = next(iter(whole.items()))
    if problems:
        raise InputError(problems)
    return found


def _by_name(folder: Path) -> pd.DataFrame:
    table = read_table_of(folder, MEASURES, columns=["scenario", "key", "error"])
    return table.drop_duplicates("scenario").set_index("scenario")


def _area(unit: str, here: NDArray[np.bool_], people: Floats, before: Floats, after: Floats) -> dict[str, object]:
    heads, was, now = people[here], before[here], after[here]
    row: dict[str, object] = {"unit": unit, "residents": float(heads.sum())}
    for limit in LIMITS_MIN:
        row[f"gained_{limit}"] = float(heads[(was > limit) & (now <= limit)].sum())
        row[f"lost_{limit}"] = float(heads[(was <= limit) & (now > limit)].sum())
    row["faster"], row["slower"] = float(heads[now < was].sum()), float(heads[now > was].sum())
    both = np.isfinite(was) & np.isfinite(now) & (heads > 0)
    total = float(heads[both].sum())
    row["mean_change_min"] = float(heads[both] @ (now[both] - was[both])) / total if total else float("nan")
    return row


def _places(demand: pd.DataFrame, people: Floats, before: Floats, after: Floats) -> pd.DataFrame:
    """Mean minutes of each township (or county, where townships are not known) among those reached by both."""
    both = np.isfinite(before) & np.isfinite(after)
    table = pd.DataFrame(
        {
            "place": np.where(demand["township"] != "", demand["township"], demand["county"]),
            "county": demand["county"].to_numpy(),
            "residents": people,
            "first": people * np.where(both, before, 0.0),
            "second": people * np.where(both, after, 0.0),
            "reached": people * both,
        }
    )
    summed = table.groupby(["place", "county"], as_index=False, sort=False).sum()
    change = (summed["second"] - summed["first"]).abs()
    for name in ("first", "second"):
        summed[name] = summed[name] / summed["reached"].where(summed["reached"] > 0)
    summed["change_min"] = summed["second"] - summed["first"]
    order = change.sort_values(ascending=False, kind="stable").index
    return (
        summed.loc[order].drop(columns="reached").rename(columns={"first": "minutes_first", "second": "minutes_second"})
    )
