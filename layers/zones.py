"""Which demand is the main urban area: by a polygon, a list of streets, or the UN's degree of urbanisation."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from scipy import ndimage

from ..errors import Findings, Problem
from .boundaries import equal_area_crs, mended, nearest_names
from .settings import ZonesFile
from .vectors import POLYGONS, read_vector

CELL_M = 1000.0
URBAN_CENTRE_PER_KM2 = 1500.0
URBAN_CENTRE_RESIDENTS = 50_000.0
MOST_CELLS = 50_000_000
STUDY_FILE = "study.toml"

Mask = NDArray[np.bool_]


def assign_zones(
    demand: gpd.GeoDataFrame, config: ZonesFile, folder: Path, study_crs: CRS
) -> tuple[pd.Series, str, tuple[Problem, ...]]:
    """The zone of every row of ``demand`` ("urban", "township"; "" for all where no zone is known), how, and warnings.

    The second value is the code of a text that says how the zones were drawn (``zones.by-polygon``, ``-streets``,
    ``-degree``, ``-none``). People outside every county are in no zone unless there are no counties at all.
    """
    code = f"zones.by-{'degree' if config.method == 'degree-of-urbanisation' else config.method}"
    if config.method == "none":
        return pd.Series("", index=demand.index, name="zone"), code, ()
    findings = Findings(folder / config.path if config.path else STUDY_FILE)
    within = _within(demand, config, findings)
    if config.method == "polygon":
        urban = _by_polygon(demand, config, folder, study_crs, findings)
    elif config.method == "streets":
        urban = _by_streets(demand, config, findings)
    else:
        urban = urban_centres(demand, findings)
    findings.raise_errors()
    urban = urban & within
    if not (demand["residents"].to_numpy()[urban] > 0).any():
        findings.warn("zones.nobody-urban")
    inside = ((demand["county"] != "") | bool((demand["county"] == "").all())).to_numpy()
    zone = np.where(inside, np.where(urban, "urban", "township"), "")
    return pd.Series(zone, index=demand.index, name="zone"), code, tuple(findings.problems)


def urban_centres(demand: gpd.GeoDataFrame, findings: Findings) -> Mask:
    """Rows that lie in an urban centre of the degree of urbanisation (UN Statistical Commission 2020).

    The people are counted on a grid of 1 km in an equal-area CRS, for this alone. An urban centre is a cluster of
    cells that touch by a side, each with at least 1,500 residents per km2, with 50,000 residents together. Left out:
    filling its gaps by the majority rule, and cells that are half built-up.
    """
    metric = demand.to_crs(equal_area_crs(demand)).geometry
    columns = np.floor(metric.x.to_numpy() / CELL_M).astype(np.int64)
    rows = np.floor(metric.y.to_numpy() / CELL_M).astype(np.int64)
    columns, rows = columns - columns.min(), rows - rows.min()
    shape = (int(rows.max()) + 1, int(columns.max()) + 1)
    if shape[0] * shape[1] > MOST_CELLS:
        findings.error("zones.too-wide", value=shape[0] * shape[1], limit=MOST_CELLS)
        findings.raise_errors()
    residents = np.zeros(shape)
    np.add.at(residents, (rows, columns), demand["residents"].to_numpy())
    dense = residents >= URBAN_CENTRE_PER_KM2 * (CELL_M / 1000) ** 2
    clusters, count = ndimage.label(dense)
    together = ndimage.sum_labels(residents, clusters, np.arange(count + 1))
    centre = together >= URBAN_CENTRE_RESIDENTS
    centre[0] = False
    return np.asarray(centre[clusters[rows, columns]], dtype=np.bool_)


def _within(demand: gpd.GeoDataFrame, config: ZonesFile, findings: Findings) -> Mask:
    if not config.within:
        return np.ones(len(demand), dtype=np.bool_)
    known = set(demand["county"]) - {""}
    for name in config.within:
        if name not in known:
            findings.error("zones.unknown-county", value=name, near=nearest_names(name, known))
    return np.asarray(demand["county"].isin(config.within), dtype=np.bool_)


def _by_polygon(demand: gpd.GeoDataFrame, config: ZonesFile, folder: Path, study_crs: CRS, findings: Findings) -> Mask:
    assert config.path is not None
    raw = read_vector(folder / config.path, layer=config.layer, crs=config.crs, kinds=POLYGONS, findings=findings)
    findings.raise_errors()
    raw = raw[raw.geometry.notna()].assign(zone="urban")
    polygons = mended(raw, "zone", findings).to_crs(study_crs)
    area = shapely.union_all(np.asarray(polygons.geometry.array, dtype=object))
    shapely.prepare(area)
    x, y = demand.geometry.x.to_numpy(), demand.geometry.y.to_numpy()
    return np.asarray(shapely.intersects_xy(area, x, y), dtype=np.bool_)


def _by_streets(demand: gpd.GeoDataFrame, config: ZonesFile, findings: Findings) -> Mask:
    known = set(demand["township"]) - {""}
    if not known:
        findings.error("zones.no-townships")
    for name in config.units if known else ():
        if name not in known:
            findings.error("zones.unknown-unit", value=name, near=nearest_names(name, known))
    return np.asarray(demand["township"].isin(config.units), dtype=np.bool_)
