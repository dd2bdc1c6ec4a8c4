"""The people layer: where residents are, from whatever a study has, in one shape."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS

from ..errors import Findings
from . import people_model, people_points, people_raster
from .boundaries import locate_rows, metric_crs, outline_of_people
from .calibrate import calibrate, read_census
from .model import Layer
from .settings import PeopleFile
from .settings_parts import Grade
from .together import both
from .vector_formats import fatal

Lines = NDArray[np.object_]


def read_people(
    config: PeopleFile,
    folder: Path,
    study_crs: CRS,
    counties: gpd.GeoDataFrame | None,
    road_lines: Lines | None = None,
    townships: gpd.GeoDataFrame | None = None,
) -> Layer:
    """Demand: columns residents, county ("" outside all), township, zone (""), geometry (points), in ``study_crs``.

    ``road_lines`` (in ``study_crs``) are for the spread of county totals; ``townships`` with polygons fill the column
    township. The residents add up to what the file holds for the area, or to the census figures where the study
    calibrates; where the file's people are outside every county, they stay, with county "".
    """
    findings = Findings(folder / config.path)
    frame, census = both(
        lambda: _read(config, folder, study_crs, counties, road_lines, findings),
        lambda: _census(config, folder),
    )
    frame = frame.reset_index(drop=True)
    if "county" not in frame:
        frame["county"] = _names(frame, counties, "county")
    frame["township"] = _names(frame, townships, "township")
    frame["zone"] = ""
    if counties is not None:
        _check_counties(frame, counties, findings)
    if frame["residents"].sum() <= 0:
        findings.error("people.nobody")
    findings.raise_errors()
    problems = list(findings.problems)
    if config.calibrate is not None and census is not None:
        figures, said = census
        frame = calibrate(frame, figures, config.calibrate.unit, said).demand
        problems += said.problems
    frame = frame[["residents", "county", "township", "zone", "geometry"]]
    source = "; ".join(s for s in (config.source, config.calibrate.source if config.calibrate else "") if s)
    grade: Grade = "modelled" if config.format == "counties" else config.grade
    return Layer("people", frame, grade, source, config.licence, config.date, tuple(problems))


def check_people(config: PeopleFile, folder: Path, study_crs: CRS) -> None:
    """What can be told of the people layer without boundaries or roads: raises :class:`InputError` if it is broken.

    Of a raster that is the header, of a table all rows; the census table is read too.
    """
    findings = Findings(folder / config.path)
    both(lambda: _check(config, folder, study_crs, findings), lambda: _census(config, folder))


def _check(config: PeopleFile, folder: Path, study_crs: CRS, findings: Findings) -> None:
    if config.format == "raster":
        people_raster.check_header(config, folder, findings)
    elif config.format == "counties":
        people_model.check_tables(config, folder, study_crs, findings)
    else:
        people_points.read(config, folder, study_crs, findings)
    findings.raise_errors()


def read_outline(config: PeopleFile, folder: Path, name: str, study_crs: CRS | None) -> Layer:
    """Boundaries of one county called ``name``: the outline of the ground that the people file lists; grade modelled.

    For boundaries with ``from_people``: the H3 cells together, or a hull round points (with a warning: see
    :func:`carereach.layers.people_points.read_ground`). Without ``study_crs`` a metric CRS is chosen as in
    :func:`carereach.layers.boundaries.metric_crs`.
    """
    findings = Findings(folder / config.path)
    if config.format not in ("points", "h3"):
        fatal(findings, "people.outline-format", value=config.format)
    ground = people_points.read_ground(config, folder, findings)
    crs = study_crs or metric_crs(ground.to_frame("geometry"))
    return replace(outline_of_people(ground.to_crs(crs), name, config.source), problems=findings.warnings)


def _read(
    config: PeopleFile,
    folder: Path,
    study_crs: CRS,
    counties: gpd.GeoDataFrame | None,
    road_lines: Lines | None,
    findings: Findings,
) -> gpd.GeoDataFrame:
    if config.format == "raster":
        frame = people_raster.read(config, folder, study_crs, counties, findings)
    elif config.format != "counties":
        frame = people_points.read(config, folder, study_crs, findings)
    elif counties is not None:
        frame = people_model.read(config, folder, study_crs, counties, road_lines, findings)
    else:
        fatal(findings, "people.needs-counties")
    findings.raise_errors()
    return frame


def _census(config: PeopleFile, folder: Path) -> tuple[pd.DataFrame, Findings] | None:
    if config.calibrate is None:
        return None
    findings = Findings(folder / config.calibrate.path)
    return read_census(config.calibrate, folder, findings), findings


def _names(frame: gpd.GeoDataFrame, units: gpd.GeoDataFrame | None, name: str) -> pd.Series | str:
    """The unit each row lies in, "" outside all, or where there are no outlines."""
    if units is None or not units.geometry.notna().any():
        return ""
    found = locate_rows(frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy(), units)
    names = pd.Series([*units[name].astype(str), ""], dtype="str")
    return names.take(np.where(found < 0, len(names) - 1, found)).set_axis(frame.index)


def _check_counties(frame: gpd.GeoDataFrame, counties: gpd.GeoDataFrame, findings: Findings) -> None:
    """People in no county, and counties with no people, are said; nobody in any county is an error."""
    by_county = frame["residents"].groupby(frame["county"]).sum()
    outside = float(by_county.get("", 0.0))
    total = float(frame["residents"].sum())
    if total > 0 and outside == total:
        findings.error("people.elsewhere")
        return
    if outside > 0:
        share = f"{100 * outside / total:.2g}"
        findings.warn("people.outside", residents=f"{outside:,.0f}", share=share)
    empty = [name for name in counties["county"] if by_county.get(name, 0.0) == 0]
    for name in empty:
        findings.warn("people.county-empty", unit=name)
