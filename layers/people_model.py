"""County totals spread over a grid by a stated model, where no population grid exists. Grade: modelled."""

from __future__ import annotations

import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from ..errors import Findings
from .boundaries import locate_rows, nearest_names
from .invisible import visible_texts
from .people_points import column_of, counts
from .settings import PeopleFile, SpreadModel
from .tables import degrees, read_table, report
from .together import both
from .vector_formats import fatal

MOST_CELLS = 4_000_000
SHOWN_NAMES = 12


def read(
    config: PeopleFile,
    folder: Path,
    study_crs: CRS,
    counties: gpd.GeoDataFrame,
    road_lines: NDArray[np.object_] | None,
    findings: Findings,
) -> gpd.GeoDataFrame:
    """The county totals of the table ``config.path``, spread by ``config.spread`` (see :func:`spread`)."""
    model = config.spread
    if model is None:
        raise ValueError("format 'counties' goes with the table people.spread")
    seats_path = folder / model.seats
    seat_findings = Findings(seats_path)
    totals, seats = both(
        lambda: _totals(config, folder, counties["county"].tolist(), findings),
        lambda: read_seats(model, seats_path, study_crs, seat_findings),
    )
    findings.problems.extend(seat_findings.problems)
    return spread(totals, counties, seats, model, road_lines, findings)


def check_tables(config: PeopleFile, folder: Path, study_crs: CRS, findings: Findings) -> None:
    """What can be told of both tables without the counties; errors are left in ``findings`` or raised."""
    model = config.spread
    if model is None:
        raise ValueError("format 'counties' goes with the table people.spread")
    seats_path = folder / model.seats

    def check_totals() -> None:
        table = read_table(folder / config.path, findings=findings)
        column_of(table, "county", config.columns, findings)
        heading = column_of(table, "residents", config.columns, findings)
        if heading is not None:
            counts(table, heading, findings)
        findings.raise_errors()

    both(check_totals, lambda: read_seats(model, seats_path, study_crs, Findings(seats_path)))


def _totals(config: PeopleFile, folder: Path, wanted: list[str], findings: Findings) -> pd.Series:
    """Residents by county, for the counties of the study."""
    table = read_table(folder / config.path, findings=findings)
    name = column_of(table, "county", config.columns, findings)
    heading = column_of(table, "residents", config.columns, findings)
    if name is None or heading is None:
        findings.raise_errors()
        return pd.Series(dtype=float)
    names = visible_texts(table[name])
    ours = table[names.isin(wanted)]
    twice = ours.index[names[ours.index].duplicated()]
    report(findings, "people.county-twice", [(int(row), names[row]) for row in twice], column=name)
    residents = counts(ours, heading, findings)
    for county in sorted(set(wanted) - set(names)):
        findings.error("people.county-missing", unit=county, near=nearest_names(county, names))
    others = sorted(set(names) - set(wanted) - {""})
    if others:
        findings.warn("people.rows-unused", count=len(others), names=", ".join(others[:SHOWN_NAMES]))
    findings.raise_errors()
    return pd.Series(residents.to_numpy(np.float64), index=names[ours.index].to_numpy()).loc[wanted]


def read_seats(model: SpreadModel, path: Path, study_crs: CRS, findings: Findings) -> gpd.GeoSeries:
    """The seats' points in ``study_crs``, indexed by county; columns lon and lat are WGS 84."""
    table = read_table(path, findings=findings)
    name = column_of(table, "county", {"county": model.seat_name}, findings, "places.no-column")
    lon, lat = (column_of(table, ours, {}, findings, "places.no-column") for ours in ("lon", "lat"))
    findings.raise_errors()
    assert name is not None and lon is not None and lat is not None
    x, y = degrees(table[lon], findings, lon), degrees(table[lat], findings, lat)
    off = (x.abs() > 180) | (y.abs() > 90)
    report(findings, "people.not-degrees", [(int(row), y[row]) for row in table.index[off]], column=lat, limit=90)
    names = visible_texts(table[name])
    twice = table.index[names.duplicated() & (names != "")]
    report(findings, "people.seat-twice", [(int(row), names[row]) for row in twice], column=name)
    findings.raise_errors()
    placed = (x.notna() & y.notna() & (names != "")).to_numpy()
    points = gpd.GeoSeries.from_xy(x[placed], y[placed], crs=4326).to_crs(study_crs)
    return gpd.GeoSeries(points.to_numpy(), index=names[placed].to_numpy(), crs=study_crs)


def spread(
    totals: pd.Series,
    counties: gpd.GeoDataFrame,
    seats: gpd.GeoSeries,
    model: SpreadModel,
    road_lines: NDArray[np.object_] | None,
    findings: Findings,
) -> gpd.GeoDataFrame:
    """Columns residents, county, geometry: centres of square cells whose residents add up to ``totals`` (by county).

    A cell gets ``seat_share`` of its county's residents in proportion to exp(-distance to the seat /
    ``seat_scale_km``), the rest in proportion to exp(-distance to the nearest of ``road_lines`` / ``road_scale_km``).
    A county without a seat is spread by its roads alone, and without any road line evenly; both are warned of.
    The cells are aligned to whole multiples of ``cell_km`` in the CRS of ``counties``; one belongs to the county that
    its centre lies in. A county too small for any centre has one point, inside it.
    """
    x, y, owner = _grid(counties, model.cell_km * 1000, findings)
    to_road = _road_km(x, y, road_lines)
    if to_road is None:
        findings.warn("people.spread-no-roads")
    residents = np.zeros(len(x))
    for name in counties["county"]:
        cells = np.flatnonzero(owner == name)
        by_road = _shares(None if to_road is None else to_road[cells] / model.road_scale_km, len(cells))
        shares = by_road
        if name in seats.index:
            seat = seats.loc[name]
            _check_seat(seat, name, counties, findings)
            km = np.hypot(x[cells] - seat.x, y[cells] - seat.y) / 1000
            by_seat = _shares(km / model.seat_scale_km, len(cells))
            shares = model.seat_share * by_seat + (1 - model.seat_share) * by_road
        else:
            findings.warn("people.spread-no-seat", unit=name)
        residents[cells] = _reconciled(shares * float(totals[name]), float(totals[name]))
    columns = {"residents": residents, "county": owner}
    return gpd.GeoDataFrame(columns, geometry=shapely.points(x, y), crs=counties.crs)


def _grid(
    counties: gpd.GeoDataFrame, cell_m: float, findings: Findings
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.str_]]:
    """Centres of the cells inside the counties, and the county of each."""
    west, south, east, north = counties.total_bounds
    columns = np.arange(math.floor(west / cell_m), math.ceil(east / cell_m))
    rows = np.arange(math.floor(south / cell_m), math.ceil(north / cell_m))
    if len(columns) * len(rows) > MOST_CELLS:
        fatal(findings, "people.spread-cells", value=len(columns) * len(rows), limit=MOST_CELLS)
    x, y = (np.ravel(v) for v in np.meshgrid((columns + 0.5) * cell_m, (rows + 0.5) * cell_m))
    found = locate_rows(x, y, counties)
    inside = found >= 0
    x, y = x[inside], y[inside]
    owner = counties["county"].to_numpy().astype(np.str_)[found[inside]]
    tiny = counties[~counties["county"].isin(np.unique(owner))]
    points = tiny.representative_point()
    names = tiny["county"].to_numpy().astype(str)
    return np.append(x, points.x), np.append(y, points.y), np.append(owner, names)


def _road_km(
    x: NDArray[np.float64], y: NDArray[np.float64], road_lines: NDArray[np.object_] | None
) -> NDArray[np.float64] | None:
    if road_lines is None or not len(road_lines):
        return None
    (_, _), metres = shapely.STRtree(road_lines).query_nearest(
        shapely.points(x, y), all_matches=False, return_distance=True
    )
    return np.asarray(metres, dtype=np.float64) / 1000


def _shares(scaled_distance: NDArray[np.float64] | None, cells: int) -> NDArray[np.float64]:
    """Shares that add up to 1; the nearest cell is put at distance 0 first, so that nothing underflows."""
    weights = np.ones(cells) if scaled_distance is None else np.exp(scaled_distance.min() - scaled_distance)
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _reconciled(residents: NDArray[np.float64], total: float) -> NDArray[np.float64]:
    """What rounding left over goes to the fullest cell, so that the sum is the total."""
    residents[np.argmax(residents)] += total - math.fsum(residents)
    return residents


def _check_seat(seat: shapely.Point, name: str, counties: gpd.GeoDataFrame, findings: Findings) -> None:
    polygon = counties.geometry[counties["county"] == name].iloc[0]
    km = polygon.distance(seat) / 1000
    if km > 0:
        findings.warn("people.seat-outside", unit=name, km=f"{km:.1f}")
