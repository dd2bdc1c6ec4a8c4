"""Scaling the people layer to census figures, per county or per township."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from ..errors import Findings
from .boundaries import nearest_names
from .invisible import visible_texts
from .people_points import column_of, counts
from .settings import Calibration
from .tables import read_table, report

Unit = Literal["county", "township"]
LEAST_FACTOR, MOST_FACTOR = 0.5, 2.0
SHOWN_NAMES = 12


@dataclass(frozen=True)
class Calibrated:
    """The scaled demand, and by unit: residents before, the census figure, and the factor between them."""

    demand: gpd.GeoDataFrame
    factors: pd.DataFrame


def read_census(config: Calibration, folder: Path, findings: Findings) -> pd.DataFrame:
    """The census table: columns county ("" where the table has none), unit, residents; one row per unit."""
    table = read_table(folder / config.path, findings=findings)
    name = column_of(table, config.unit, {config.unit: config.name}, findings, "places.no-column")
    heading = column_of(table, "residents", {"residents": config.residents}, findings, "places.no-column")
    findings.raise_errors()
    assert name is not None and heading is not None
    residents = counts(table, heading, findings)
    census = pd.DataFrame({"county": "", "unit": visible_texts(table[name]), "residents": residents})
    if config.unit == "township":
        county = column_of(table, "county", {}, Findings(""))
        census["county"] = visible_texts(table[county]) if county else ""
    census = census[census["unit"] != ""]
    twice = census.index[census.duplicated(["county", "unit"])]
    report(findings, "people.census-twice", [(int(row), census.loc[row, "unit"]) for row in twice], column=name)
    findings.raise_errors()
    return census


def calibrate(demand: gpd.GeoDataFrame, census: pd.DataFrame, unit: Unit, findings: Findings) -> Calibrated:
    """Residents of each unit scaled so that they add up to its census figure; those of no unit stay as they are.

    ``census`` as :func:`read_census` gives it. A unit with people but no figure, or a figure but no people, is an
    error; figures of other units are a warning, and so is a factor outside 0.5 to 2.
    """
    by_county = unit == "township" and bool((census["county"] != "").any())
    keys = _keys(demand, unit, by_county)
    if unit == "township" and not by_county:
        _check_ambiguous(demand, findings)
    figures = census.set_index(census["county"] + "/" + census["unit"] if by_county else "/" + census["unit"])
    known = keys != ""
    before = demand["residents"].groupby(keys).sum().drop("", errors="ignore")
    for key in before.index.difference(figures.index):
        findings.error("people.census-missing", unit=_shown(key), near=nearest_names(_shown(key), census["unit"]))
    shared = before.index.intersection(figures.index)
    after = figures["residents"].loc[shared]
    for key in shared[(before[shared] == 0) & (after > 0)]:
        findings.error("people.census-nobody", unit=_shown(key), residents=float(after[key]))
    unused = sorted(_shown(k) for k in figures.index.difference(before.index))
    if unused:
        findings.warn("people.census-unused", count=len(unused), names=", ".join(unused[:SHOWN_NAMES]))
    findings.raise_errors()
    factor = (after / before[shared].where(before[shared] > 0, 1.0)).astype(float)
    for key in factor.index[((factor < LEAST_FACTOR) | (factor > MOST_FACTOR)) & (before[shared] > 0)]:
        findings.warn("people.census-factor", unit=_shown(key), factor=f"{factor[key]:.3g}")
    left = float(demand["residents"][~known & (demand["county"] != "")].sum())
    if left > 0:
        findings.warn("people.census-left", residents=f"{left:,.0f}")
    scaled = demand.assign(residents=demand["residents"] * keys.map(factor).fillna(1.0).astype(float))
    findings.warn(
        "people.calibrated",
        count=len(shared),
        before=f"{before[shared].sum():,.0f}",
        after=f"{after.sum():,.0f}",
        least=f"{factor.min():.3g}",
        most=f"{factor.max():.3g}",
    )
    factors = pd.DataFrame({"before": before[shared], "census": after, "factor": factor})
    factors.index = pd.Index([_shown(key) for key in factors.index], name=unit)
    return Calibrated(scaled, factors)


def _keys(demand: gpd.GeoDataFrame, unit: Unit, by_county: bool) -> pd.Series:
    """One text per row, county/unit or /unit; "" for people of no unit."""
    prefix = demand["county"].astype(str) if by_county else pd.Series("", index=demand.index)
    keys = prefix + "/" + demand[unit].astype(str)
    placed = (demand[unit] != "") & (demand["county"] != "")
    return pd.Series(np.where(placed, keys, ""), index=demand.index)


def _check_ambiguous(demand: gpd.GeoDataFrame, findings: Findings) -> None:
    """The same township name in two counties cannot be told apart by a table without counties."""
    pairs = demand.loc[demand["township"] != "", ["county", "township"]].drop_duplicates()
    for name in np.unique(pairs["township"][pairs["township"].duplicated()].astype(str)):
        where = ", ".join(sorted(pairs["county"][pairs["township"] == name]))
        findings.error("people.census-ambiguous", unit=name, counties=where)


def _shown(key: str) -> str:
    return key.removeprefix("/")
