"""What a study goes on with: the list as a facility list with places, as a workbook and as a GeoPackage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from ...files import atomic
from ..facility_places import UNCERTAINTY_KM
from ..headings import HEADINGS, OURS
from .model import Placed, Precision
from .review import DECIMALS, both, heading, outcome, why
from .rows import Row
from .trust import OWN
from .workbook import NO_TIME, Cell, SheetOf, write_workbook

SHEET, OTHER_SHEET = "机构 facilities", "非机构行 other rows"
LAYER = "facilities"
NUMERIC = ("beds", "ambulances")
WRITTEN_PRECISION: dict[Precision, str] = {
    "exact": "exact",
    "street": "street",
    "unknown": "street",
    "township": "township",
    "county": "county",
    "city": "county",
}


@dataclass(frozen=True)
class Origins:
    """By provider: the day of its newest answer, and how it is named in a source, with its address if not its own."""

    newest: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)


def located_frame(rows: Sequence[Row], placed: Sequence[Placed], origins: Origins = Origins()) -> pd.DataFrame:
    """Every row of the list with our columns, places in WGS 84 where they are trusted, what became of it and why.

    Columns: those of a facility list, then outcome, trust, decided_by, answers_until, why_zh, why_en, the coordinates
    the list had (given_lon, given_lat, given_datum), sheet and row; the list's other columns come last, under its own
    headings.
    """
    lines = [_line(row, one, origins) for row, one in zip(rows, placed, strict=True)]
    frame = pd.DataFrame(lines)
    taken = {column.casefold() for column in (*frame.columns, "fid", "geom", "geometry")}
    others = pd.DataFrame([row.others for row in rows], index=frame.index).fillna("")
    return pd.concat([frame, others[[c for c in others.columns if c.casefold() not in taken]]], axis=1)


def _line(row: Row, one: Placed, origins: Origins) -> dict[str, Cell]:
    cells: dict[str, Cell] = {column: row.cells.get(column, "") for column in OURS}
    for column in NUMERIC:
        cells[column] = _number(row.cells.get(column, ""))
    given = {f"given_{column}": row.cells.get(column, "") for column in ("lon", "lat", "datum")}
    cells |= {"county": one.query.county, "township": one.query.township, "kind": one.query.kind or cells["kind"]}
    cells |= {"lon": None, "lat": None, "datum": "", "precision": "unlocated", "uncertainty_km": None}
    trusted = one.chosen if one.decision == "accept" else None
    if trusted is not None:
        candidate = trusted.candidate
        precision = WRITTEN_PRECISION[candidate.precision]
        cells |= {"lon": round(candidate.lon, DECIMALS), "lat": round(candidate.lat, DECIMALS), "datum": "WGS-84"}
        cells |= {"precision": precision, "uncertainty_km": UNCERTAINTY_KM[precision]}
        provider = origins.named.get(candidate.provider, candidate.provider)
        origin = "" if candidate.provider == OWN else f"carereach geocode: {provider}"
        cells["source"] = "; ".join(part for part in (str(cells["source"]), origin) if part)
    return {
        **cells,
        "outcome": both(outcome(one)),
        "trust": round(one.chosen.trust, 3) if one.chosen else None,
        "decided_by": one.decided_by,
        "answers_until": origins.newest.get(trusted.candidate.provider, "") if trusted else "",
        "why_zh": why(one.reasons, "zh"),
        "why_en": why(one.reasons, "en"),
        **given,
        "sheet": one.query.sheet,
        "row": one.query.row,
    }


def _number(text: str) -> Cell:
    """A plain whole number as a number; anything else as it stands."""
    return int(text) if text.isascii() and text.isdigit() and (text == "0" or text[0] != "0") else text


def write_located(frame: pd.DataFrame, rows: Sequence[Row], path: Path) -> None:
    """Writes all rows as a workbook that a study can read as a facility list; headings in both languages.

    Rows that are no facility (totals, headings printed again, nameless ones) stand on a second sheet.
    """
    added = frame.columns[len(OURS) : list(frame.columns).index("row") + 1]
    headings = tuple(
        f"{HEADINGS[c][0]} ({c})" if c in HEADINGS else heading(c) if c in added else str(c) for c in frame.columns
    )
    cells = frame.astype(object).where(frame.notna(), None)
    refused = np.array([row.refused is not None for row in rows], dtype=bool)
    sheets = [SheetOf(SHEET, headings, cells[~refused].to_numpy().tolist())]
    if refused.any():
        sheets.append(SheetOf(OTHER_SHEET, headings, cells[refused].to_numpy().tolist()))
    write_workbook(path, sheets)


def write_geopackage(frame: pd.DataFrame, path: Path) -> None:
    """Writes the rows that have a place as points in WGS 84; the file is closed before it takes its name.

    The hour of writing is left out, so that the same rows give the same bytes.
    """
    here = frame[frame["lon"].notna()]
    points = gpd.points_from_xy(here["lon"].astype(float), here["lat"].astype(float))
    texts = here.drop(columns=["lon", "lat"]).astype(object)
    for column in (*NUMERIC, "sheet"):
        texts[column] = texts[column].astype(str).replace("None", "")
    layer = gpd.GeoDataFrame(texts.infer_objects(), geometry=points, crs=4326)
    with atomic(path) as temporary:
        temporary.unlink()
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": NO_TIME.strftime("%Y-%m-%dT%H:%M:%S.000Z")})
        try:
            layer.to_file(temporary, layer=LAYER, driver="GPKG", geometry_type="Point")
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
