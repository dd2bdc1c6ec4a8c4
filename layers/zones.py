"""Which demand is the main urban area: by a polygon, a list of streets, or the UN's degree of urbanisation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

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


@dataclass(frozen=True)
class Zones:
    """The zone of every row of the demand, and how it was found.

    ``zone``: "urban", "township", or "" (outside every county, or no zone known). ``area``: the ground of the main
    urban area in the study's CRS, empty where there is none, None where no zone is known. ``code``: the text that says
    how (``zones.by-polygon``, ``zones.by-streets``, ``zones.by-degree``, ``zones.by-none``). ``from_people``: the
    people layer itself decides what is urban. ``problems`` are warnings.
    """

    zone: pd.Series
    area: BaseGeometry | None
    code: str
    from_people: bool
    problems: tuple[Problem, ...]


def assign_zones(
    demand: gpd.GeoDataFrame,
    config: ZonesFile,
    folder: Path,
    study_crs: CRS,
    townships: gpd.GeoDataFrame | None = None,
    counties: gpd.GeoDataFrame | None = None,
) -> Zones:
    """Tells main urban area from townships, by the method of ``config``; everybody in a county is in one of the two.

    ``townships`` (with polygons) are the ground of the method ``streets``; ``counties`` cut the urban ground to those
    that ``config.within`` names. Without any county in ``demand``, everybody counts as inside.
    """
    from_people = config.method == "degree-of-urbanisation"
    code = f"zones.by-{'degree' if from_people else config.method}"
    if config.method == "none":
        return Zones(pd.Series("", index=demand.index, name="zone"), None, code, False, ())
    findings = Findings(folder / config.path if config.path else STUDY_FILE)
    within = _within(demand, config, findings)
    if config.method == "polygon":
        urban, area = _by_polygon(demand, config, folder, study_crs, findings)
    elif config.method == "streets":
        urban, area = _by_streets(demand, config, townships, findings)
    else:
        urban, area = urban_centres(demand, within, findings)
    findings.raise_errors()
    urban = urban & within
    if config.within and counties is not None:
        chosen = counties.geometry[counties["county"].isin(config.within)]
        area = shapely.intersection(area, shapely.union_all(np.asarray(chosen.array, dtype=object)))
    if not (demand["residents"].to_numpy()[urban] > 0).any():
        findings.warn("zones.nobody-urban")
    inside = ((demand["county"] != "") | bool((demand["county"] == "").all())).to_numpy()
    zone = pd.Series(np.where(inside, np.where(urban, "urban", "township"), ""), index=demand.index, name="zone")
    return Zones(zone, area, code, from_people, tuple(findings.problems))


def check_zones(config: ZonesFile, folder: Path) -> None:
    """What can be told of the zones without people: raises :class:`InputError` where their file cannot be used."""
    if config.method == "polygon" and config.path is not None:
        findings = Findings(folder / config.path)
        _polygons(config, folder / config.path, findings)
        findings.raise_errors()


def urban_centres(demand: gpd.GeoDataFrame, within: Mask, findings: Findings) -> tuple[Mask, BaseGeometry]:
    """Rows in an urban centre of the degree of urbanisation (UN Statistical Commission 2020), and its cells' ground.

    The people are counted on a grid of 1 km in an equal-area CRS, for this alone. An urban centre is a cluster of
    cells that touch by a side, each with at least 1,500 residents per km2, with 50,000 residents together. Left out:
    filling its gaps by the majority rule, and cells that are half built-up. The ground is that of the cells in which
    rows of ``within`` lie; clusters are formed of everybody.
    """
    equal_area = equal_area_crs(demand)
    metric = demand.to_crs(equal_area).geometry
    columns = np.floor(metric.x.to_numpy() / CELL_M).astype(np.int64)
    rows = np.floor(metric.y.to_numpy() / CELL_M).astype(np.int64)
    left, bottom = int(columns.min()), int(rows.min())
    columns, rows = columns - left, rows - bottom
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
    urban = np.asarray(centre[clusters[rows, columns]], dtype=np.bool_)
    cells = np.unique(np.column_stack([columns, rows])[urban & within], axis=0)
    west, south = ((cells + np.array([left, bottom])) * CELL_M).T
    boxes = gpd.GeoSeries(shapely.box(west, south, west + CELL_M, south + CELL_M), crs=equal_area)
    return urban, boxes.to_crs(demand.crs).union_all()


def _within(demand: gpd.GeoDataFrame, config: ZonesFile, findings: Findings) -> Mask:
    if not config.within:
        return np.ones(len(demand), dtype=np.bool_)
    known = set(demand["county"]) - {""}
    for name in config.within:
        if name not in known:
            findings.error("zones.unknown-county", value=name, near=nearest_names(name, known))
    return np.asarray(demand["county"].isin(config.within), dtype=np.bool_)


def _by_polygon(
    demand: gpd.GeoDataFrame, config: ZonesFile, folder: Path, study_crs: CRS, findings: Findings
) -> tuple[Mask, BaseGeometry]:
    if config.path is None:
        raise ValueError("method 'polygon' needs path")
    polygons = _polygons(config, folder / config.path, findings).to_crs(study_crs)
    area = shapely.union_all(np.asarray(polygons.geometry.array, dtype=object))
    shapely.prepare(area)
    x, y = demand.geometry.x.to_numpy(), demand.geometry.y.to_numpy()
    return np.asarray(shapely.intersects_xy(area, x, y), dtype=np.bool_), area


def _polygons(config: ZonesFile, path: Path, findings: Findings) -> gpd.GeoDataFrame:
    raw = read_vector(path, layer=config.layer, crs=config.crs, kinds=POLYGONS, findings=findings)
    findings.raise_errors()
    return mended(raw[raw.geometry.notna()].assign(zone="urban"), "zone", findings)


def _by_streets(
    demand: gpd.GeoDataFrame, config: ZonesFile, townships: gpd.GeoDataFrame | None, findings: Findings
) -> tuple[Mask, BaseGeometry]:
    known = set(demand["township"]) - {""}
    if not known:
        findings.error("zones.no-townships")
    for name in config.units if known else ():
        if name not in known:
            findings.error("zones.unknown-unit", value=name, near=nearest_names(name, known))
    urban = np.asarray(demand["township"].isin(config.units), dtype=np.bool_)
    if townships is None:
        return urban, shapely.Polygon()
    chosen = townships["township"].isin(config.units)
    if config.within:
        chosen &= townships["county"].isin(config.within)
    return urban, shapely.union_all(np.asarray(townships.geometry[chosen].array, dtype=object))
