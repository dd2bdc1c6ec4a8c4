"""Townships and streets: polygons, or a table that names them without places."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from ..errors import Findings
from .boundaries import as_text, mended, take_columns
from .model import Layer
from .settings import TownshipsFile
from .tables import EXCEL_SUFFIXES, TEXT_SUFFIXES, read_table
from .vectors import POLYGONS, listed, read_vector

KINDS = {
    "street": ("street", "街道", "街道办事处", "街道办", "subdistrict"),
    "town": ("town", "镇", "建制镇"),
    "township": ("township", "乡", "民族乡", "苏木"),
}
NAME_ENDINGS = (("街道", "street"), ("街道办事处", "street"), ("镇", "town"), ("乡", "township"))


def read_townships(config: TownshipsFile, folder: Path, study_crs: CRS, counties: Sequence[str] = ()) -> Layer:
    """Columns township, county, kind (street, town, township or ""), geometry (None for tables), in ``study_crs``.

    Where the file has no column of kinds, the kind is what the name ends in (街道, 镇, 乡), else "". Given the study's
    ``counties``, rows of others are left out, with a warning that counts them.
    """
    path = folder / config.path
    findings = Findings(path)
    columns = {"township": config.township, "county": config.county, "kind": config.kind}
    wanted = {ours: theirs for ours, theirs in columns.items() if theirs is not None}
    if path.suffix.lower() in TEXT_SUFFIXES | EXCEL_SUFFIXES:
        frame = _from_table(path, wanted, study_crs, findings)
    else:
        raw = read_vector(path, layer=config.layer, crs=config.crs, kinds=POLYGONS, findings=findings)
        frame = take_columns(raw, wanted, findings)
    findings.raise_errors()
    frame["kind"] = _kinds(frame, findings)
    _check_names(frame, findings)
    frame = _in_counties(frame, counties, findings)
    findings.raise_errors()
    frame = _unique(mended(frame, "township", findings), findings)
    findings.raise_errors()
    frame = frame.to_crs(study_crs)
    return Layer("townships", frame, config.grade, config.source, config.licence, config.date, tuple(findings.problems))


def _from_table(path: Path, wanted: dict[str, str], crs: CRS, findings: Findings) -> gpd.GeoDataFrame:
    table = read_table(path, findings=findings)
    nowhere = gpd.GeoDataFrame(table, geometry=np.full(len(table), None, dtype=object), crs=crs)
    return take_columns(nowhere, wanted, findings)


def _kinds(frame: gpd.GeoDataFrame, findings: Findings) -> pd.Series:
    if "kind" not in frame:
        kinds = pd.Series("", index=frame.index)
        for ending, kind in NAME_ENDINGS:
            kinds[frame["township"].str.endswith(ending)] = kind
        return kinds
    written = as_text(frame["kind"]).str.lower()
    kinds = written.map({word: kind for kind, words in KINDS.items() for word in words})
    unknown = frame.index[kinds.isna() & (written != "")]
    if len(unknown):
        value = frame["kind"].loc[unknown[0]]
        findings.warn("townships.kind", row=int(unknown[0]), column="kind", value=value, rows=listed(unknown))
    return kinds.fillna("").astype(str)


def _check_names(frame: gpd.GeoDataFrame, findings: Findings) -> None:
    for column in ("township", "county"):
        rows = frame.index[frame[column] == ""]
        if len(rows):
            findings.error("townships.no-name", row=int(rows[0]), column=column, rows=listed(rows), count=len(rows))


def _in_counties(frame: gpd.GeoDataFrame, counties: Sequence[str], findings: Findings) -> gpd.GeoDataFrame:
    if not len(counties):
        return frame
    inside = frame["county"].isin(list(counties))
    others = sorted(set(frame["county"][~inside]))
    if not inside.any():
        findings.error("townships.none-inside", names=", ".join(others[:12]))
    elif others:
        findings.warn("townships.elsewhere", count=int((~inside).sum()), names=", ".join(others[:12]))
    return frame[inside]


def _unique(frame: gpd.GeoDataFrame, findings: Findings) -> gpd.GeoDataFrame:
    """One row per township of a county: parts drawn as several polygons are joined, rows without places are errors."""
    repeated = frame[frame.duplicated(["county", "township"], keep=False)]
    for (_, name), part in repeated.groupby(["county", "township"], sort=False):
        drawn = not shapely.is_missing(np.asarray(part.geometry.array, dtype=object)).any()
        record = findings.warn if drawn else findings.error
        code = "townships.dissolved" if drawn else "townships.twice"
        record(code, row=int(part.index[1]), unit=name, rows=listed(part.index.to_numpy()))
    if len(repeated) and not findings.errors:
        frame = frame.dissolve(by=["county", "township"], aggfunc="first", sort=False).reset_index()
    return frame[["township", "county", "kind", "geometry"]].reset_index(drop=True)
