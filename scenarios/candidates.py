"""Tables of candidate sites: read from a list, or proposed at facilities, at road junctions and on a grid.

A table is a GeoDataFrame with :data:`COLUMNS` and points in the study's CRS; the same study and parameters give the
same table. :func:`openings` makes what a sweep opens of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.spatial import cKDTree

from ..errors import Findings, InputError, Problem
from ..layers.boundaries import as_text
from ..layers.facilities import read_list
from ..layers.facility_checks import with_counties, with_townships
from ..layers.facility_places import bounds_wgs84
from ..layers.figures import number, report
from ..layers.roads.snap import CLOSED_BETWEEN_NODES, Access
from ..layers.settings import FacilitiesFile
from ..layers.study import Study
from ..layers.tables import EXCEL_SUFFIXES, TEXT_SUFFIXES, read_table
from ..layers.vectors import read_vector
from ..layers.vocabulary import ROLE_SEPARATORS, plain, without_brackets
from ..texts import Message
from .areas import Area
from .changes import Open
from .ground import Ground
from .thinning import thinned

COLUMNS = (
    "id",
    "name",
    "kind",
    "level",
    "roles",
    "lon",
    "lat",
    "county",
    "township",
    "beds",
    "ambulances",
    "cost",
    "origin",
)
COST_HEADINGS = ("cost", "costs", "费用", "成本", "造价", "投资", "总投资", "建设成本", "投资额", "估算投资")
PEOPLE_HEADINGS = ("people", "capacity", "服务人数", "服务人口", "可服务人数", "可服务人口", "服务能力", "容量")
LEAST_ROADS = 3
GRID_MOST = 2_000_000
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Wanted:
    """How candidates are proposed: at most ``count`` of them, at least ``spacing_km`` apart, where somebody lives
    within ``within_km`` (a grid: where a road runs within it), outside ``excluded``.

    Without ``spacing_km`` they stand as far apart as ``count`` of them can; the busiest places are taken first. What
    is opened there is of ``kind``, with ``roles``; without a kind, what the study's ``[stations]`` calls a station.
    """

    count: int = 100
    within_km: float = 1.0
    spacing_km: float | None = None
    excluded: Area | None = None
    kind: str | None = None
    roles: tuple[str, ...] = ()


def station_like(study: Study) -> dict[str, str]:
    """Kind and roles of a new facility that the study's ``[stations]`` selects."""
    wanted = study.settings.stations
    if "ems.station" in wanted.kinds:
        return {"kind": "ems.station", "roles": ""}
    if wanted.kinds:
        return {"kind": wanted.kinds[0], "roles": ""}
    return {"kind": "ems.station", "roles": ";".join(wanted.roles[:1])}


def from_list(config: FacilitiesFile, folder: Path, study: Study, findings: Findings) -> gpd.GeoDataFrame:
    """The candidates of an Excel, CSV or vector file, its headings those of facility lists and a cost; by row.

    ``people``, beside the columns, is how many each can serve, where the list says it (a siting question may ask).
    The kind, and the role of that kind, default to those of a station of the study. Rows without a place are errors.
    Raises :class:`~carereach.errors.InputError` with everything that is wrong; warnings stay in ``findings``.
    """
    path, like = folder / config.path, station_like(study)
    config = config.model_copy(update={"defaults": {"kind": like["kind"], **config.defaults}})
    counties = study.counties.frame
    headings: dict[str, str] = {}
    rows = read_list(config, folder, bounds_wgs84(counties), headings, findings)
    stations = (rows["kind"] == like["kind"]) & (rows["roles"] == "")
    rows["roles"] = rows["roles"].mask(stations, like["roles"])
    lost = rows.index[rows["lon"].isna()]
    report(findings, "scenarios.candidate-nowhere", [(int(row), rows["name"][row]) for row in lost])
    again = rows.index[rows["id"].ne("") & rows["id"].duplicated()]
    report(findings, "scenarios.id-taken", [(int(row), rows["id"][row]) for row in again], column="id")
    cost, people = (_figures(path, config, rows.index, words, findings) for words in (COST_HEADINGS, PEOPLE_HEADINGS))
    findings.raise_errors()
    ground = Ground(study)
    listed = gpd.GeoDataFrame(
        rows.assign(list=0, row=rows.index, cost=cost, people=people),
        geometry=shapely.points(ground.xy(rows["lon"], rows["lat"])),
        crs=counties.crs,
    )
    listed["county"] = with_counties(listed, counties, [findings])
    if study.townships is not None:
        listed["township"] = with_townships(listed, study.townships.frame, [findings])
    return listed.assign(origin=path.name)[[*COLUMNS, "people", "geometry"]]


def from_facilities(study: Study, kinds: Sequence[str], wanted: Wanted | None = None) -> gpd.GeoDataFrame:
    """Where facilities of these kinds stand (and are not closed), in the order of the list: township health centres
    as stations, for example. ``within_km`` does not matter here; ``count`` and ``spacing_km`` thin them."""
    wanted, ground = wanted or Wanted(count=100_000), Ground(study)
    frame = study.facilities.frame
    placed = (frame["status"] != "closed") & frame.geometry.notna()
    there = placed & frame["kind"].isin(list(kinds))
    if not there.any():
        raise InputError(_none_of(kinds, frame, placed))
    chosen = frame[there.to_numpy()]
    xy = shapely.get_coordinates(chosen.geometry.to_numpy())
    kept = np.flatnonzero(_allowed(xy, ground, wanted.excluded))
    kept = kept[thinned(xy[kept], wanted.count, wanted.spacing_km)]
    places = chosen.iloc[kept]
    return _table(study, ground, xy[kept], places["name"], [f"facility {one}" for one in places["id"]], "F", wanted)


def _none_of(kinds: Sequence[str], frame: gpd.GeoDataFrame, placed: pd.Series) -> Problem:
    """Says that no facility of these kinds stands anywhere, how many have no place, and which kinds there are."""
    unplaced = int((frame["kind"].isin(list(kinds)) & frame.geometry.isna() & (frame["status"] != "closed")).sum())
    counts = frame.loc[placed, "kind"].value_counts(sort=False).sort_index()
    known = tuple(
        Message("scenarios.kind-count", {"name": Message(f"kind.{kind}"), "kind": kind, "count": int(count)})
        for kind, count in counts.items()
    )
    params = {"unplaced": unplaced, "known": known or Message("scenarios.no-kinds")}
    return Problem("scenarios.none-of-kind", value=", ".join(kinds), params=params)


def from_junctions(study: Study, wanted: Wanted | None = None) -> gpd.GeoDataFrame:
    """Road junctions (three roads or more) near where people live, those with most residents around first."""
    wanted, ground, roads = wanted or Wanted(), Ground(study), study.roads
    enterable = ~np.isin(roads.road_class, CLOSED_BETWEEN_NODES)
    ends = np.concatenate([roads.u[enterable], roads.v[enterable]])
    junction = np.bincount(ends, minlength=roads.nodes) >= LEAST_ROADS
    junction &= roads.pieces.leads_to_big & roads.pieces.led_to_from_big
    nodes = np.flatnonzero(junction)
    nodes = nodes[_allowed(roads.xy[nodes], ground, wanted.excluded)]
    around = residents_around(study, roads.xy[nodes], wanted.within_km)
    nodes, around = nodes[around > 0], around[around > 0]
    nodes = nodes[np.lexsort((roads.node_id[nodes], -around))]
    nodes = nodes[thinned(roads.xy[nodes], wanted.count, wanted.spacing_km)]
    names = _road_names(study, nodes)
    origins = [f"junction {one}" for one in roads.node_id[nodes]]
    return _table(study, ground, roads.xy[nodes], names, origins, "J", wanted)


def from_grid(study: Study, wanted: Wanted | None = None) -> gpd.GeoDataFrame:
    """A square grid of ``spacing_km`` (default 1 km) near roads, those with most residents around first."""
    wanted, ground = wanted or Wanted(), Ground(study)
    step = 1000 * (wanted.spacing_km or 1.0)
    west, south, east, north = study.counties.frame.total_bounds / step
    x, y = np.arange(np.ceil(west), np.floor(east) + 1), np.arange(np.ceil(south), np.floor(north) + 1)
    if len(x) * len(y) > GRID_MOST:
        raise InputError(Problem("scenarios.grid-too-fine", value=f"{step / 1000:g}", params={"most": GRID_MOST}))
    xy: Floats = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2) * step
    xy = xy[_allowed(xy, ground, wanted.excluded)]
    near = study.roads.edge_index.snap(xy, Access(candidates=1), "start").nearest_km <= wanted.within_km
    xy = xy[near]
    xy = xy[np.lexsort((xy[:, 0], xy[:, 1], -residents_around(study, xy, step / 1000)))]
    xy = xy[: wanted.count]
    return _table(study, ground, xy, [""] * len(xy), ["grid"] * len(xy), "G", wanted)


def openings(table: pd.DataFrame) -> tuple[Open, ...]:
    """What a sweep opens: one :class:`~.changes.Open` for each row."""
    return tuple(_open(row) for row in table[list(COLUMNS)].to_dict("records"))


def residents_around(study: Study, xy: Floats, radius_km: float) -> Floats:
    """Residents of the study within ``radius_km`` (straight line) of each place (P, 2)."""
    demand = study.people.frame
    lived = ((demand["residents"] > 0) & (demand["county"] != "")).to_numpy()
    tree = cKDTree(shapely.get_coordinates(demand.geometry.to_numpy()[lived]))
    residents = demand["residents"].to_numpy()[lived]
    around = np.zeros(len(xy))
    for start in range(0, len(xy), 2000):  # blocks: memory stays small however dense the people are
        near = tree.query_ball_point(xy[start : start + 2000], 1000 * radius_km)
        around[start : start + 2000] = [residents[points].sum() for points in near]
    return around


def _figures(
    path: Path, config: FacilitiesFile, rows: pd.Index, headings: Sequence[str], findings: Findings
) -> pd.Series:
    """The list's column with one of these headings, by row; NaN where there is none."""
    quiet = Findings(path)  # what is odd in the file was said when its facilities were read
    if path.suffix.lower() in TEXT_SUFFIXES | EXCEL_SUFFIXES:
        table = read_table(path, sheet=config.sheet, encoding=config.encoding, findings=quiet)
    else:
        raw = read_vector(path, layer=config.layer, findings=quiet)
        table = pd.DataFrame({str(c): as_text(raw[c]) for c in raw.columns if c != "geometry"}, index=raw.index)
    words = {plain(word) for word in headings}
    for heading in table.columns:
        if plain(without_brackets(str(heading))) in words:
            return number(table[heading].loc[rows], findings, str(heading))
    return pd.Series(np.nan, index=rows)


def _allowed(xy: Floats, ground: Ground, excluded: Area | None) -> NDArray[np.bool_]:
    """Which places lie in a county and outside the excluded area."""
    inside = np.array(ground.counties.at(xy) != "", dtype=np.bool_)
    if excluded is not None:
        inside &= ~shapely.intersects_xy(ground.metric(excluded), xy[:, 0], xy[:, 1])
    return inside


def _road_names(study: Study, nodes: NDArray[np.int64]) -> list[str]:
    """The names of up to two roads that meet at each node."""
    roads = study.roads
    there = pd.DataFrame({"node": np.concatenate([roads.u, roads.v]), "name": np.tile(roads.name, 2)})
    there = there[there["node"].isin(nodes) & (there["name"] != "")].drop_duplicates().sort_values(["node", "name"])
    names = there.groupby("node")["name"].agg(lambda found: " / ".join(found.iloc[:2])).to_dict()
    return [str(names.get(int(node), "")) for node in nodes]


def _table(
    study: Study,
    ground: Ground,
    xy: Floats,
    names: Sequence[str] | pd.Series,
    origins: Sequence[str],
    letter: str,
    wanted: Wanted,
) -> gpd.GeoDataFrame:
    """Places as candidates, numbered in their order; a name says the number and what is known of the place."""
    if not len(xy):
        raise InputError(Problem("scenarios.no-candidates", params={"within": wanted.within_km}))
    lon, lat = Transformer.from_crs(ground.crs, 4326, always_xy=True).transform(xy[:, 0], xy[:, 1])
    like = station_like(study) if wanted.kind is None else {"kind": wanted.kind, "roles": ""}
    township = np.full(len(xy), "", dtype=object) if ground.townships is None else ground.townships.at(xy)
    county = ground.counties.at(xy)
    digits = max(3, len(str(len(xy))))
    ids = [f"{letter}{number:0{digits}d}" for number in range(1, len(xy) + 1)]
    said = [name or place or unit for name, place, unit in zip(names, township, county, strict=True)]
    return gpd.GeoDataFrame(
        {
            "id": ids,
            "name": [f"{one} {words}" for one, words in zip(ids, said, strict=True)],
            "kind": like["kind"],
            "level": "",
            "roles": ";".join(wanted.roles) or like["roles"],
            "lon": np.round(lon, 7),
            "lat": np.round(lat, 7),
            "county": county,
            "township": township,
            "beds": np.nan,
            "ambulances": np.nan,
            "cost": np.nan,
            "origin": list(origins),
        },
        geometry=shapely.points(xy),
        crs=ground.crs,
    )


def _open(row: Mapping[Any, Any]) -> Open:
    stated = {key: row[key] for key in ("beds", "ambulances", "cost") if np.isfinite(row[key])}
    roles = [role for role in re.split(ROLE_SEPARATORS, row["roles"]) if role]
    return Open.model_validate(
        {
            "id": row["id"] or None,
            "name": row["name"],
            "kind": row["kind"],
            "level": row["level"] or None,
            "roles": roles,
            "lon": row["lon"],
            "lat": row["lat"],
            "county": row["county"] or None,
            "township": row["township"] or None,
            **stated,
        }
    )
