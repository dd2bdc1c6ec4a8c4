"""The frames of an assessment as layers for other programs: units in headings, shares in percent, no infinity.

GIS programs know no infinite number: what cannot be reached is empty there, and ``reach`` says why.
"""

from __future__ import annotations

from collections import Counter

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from ...coverage.results import SHARE_MINUTES, Assessment, Verdict, grade_text
from ...layers.boundaries import areas_km2
from ...texts import Lang
from ..palette import SCREENING_SIGN, STATUS_SIGNS, WORST_FIRST, group_of
from ..words import layer_text, source_rows
from .styles import CATCHMENT_COLOURS

LIMITS_MIN = (15, 30)
FIGURES = ("area_km2", "mean_min", "mean_low_min", "mean_high_min", "median_min", "p90_min")
EQUITY = {
    "mean_ratio": "response_mean_ratio",
    "gini": "response_gini",
    "palma": "response_palma",
    "theil": "response_theil",
    "theil_share_percent": "response_theil_share_pct",
}
DISTANCES = ("mean_road_km", "mean_straight_km", "radius_km")


def layers(assessment: Assessment, lang: Lang) -> dict[str, gpd.GeoDataFrame]:
    """Every layer by its name, from the ground up, in the study's metric CRS; texts are those of the study."""
    caught = catchments(assessment)
    frames = {
        "counties": _counties(assessment, lang),
        "townships": _townships(assessment),
        "catchments": caught,
        "isochrones": _isochrones(assessment, single=False),
        "isochrones_by_station": _isochrones(assessment, single=True),
        "roads": _roads(assessment),
        "demand": _demand(assessment),
        "facilities": _facilities(assessment),
        "stations": _stations(assessment, caught),
    }
    return {name: without_infinity(frame) for name, frame in frames.items()}


def sources(assessment: Assessment, lang: Lang) -> pd.DataFrame:
    """What each layer was made of: grade, source, licence and date."""
    rows = [
        (layer_text(code, lang), grade_text(grade, lang), source, licence, date)
        for code, grade, source, licence, date in source_rows(assessment)
    ]
    return pd.DataFrame(rows, columns=["input", "grade", "source", "licence", "date"])


def without_infinity(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame with no value where a number was infinite."""
    numbers = [name for name in frame.columns if frame[name].dtype.kind == "f"]
    return frame.assign(**{name: frame[name].where(np.isfinite(frame[name])) for name in numbers})


def catchments(assessment: Assessment) -> gpd.GeoDataFrame:
    """One row per station that is somebody's nearest: the ground nearer to that demand than to any other.

    The ground is the Voronoi cells of the demand points inside the counties, joined by station and cut to the
    counties, so it agrees with each point's station; where nobody lives it follows the nearest demand. The row
    without a station, if any, is what no station reaches. ``map_colour`` differs between neighbours (0: unreached).
    Stations at the very same place (all at the point of a county seat, say) arrive together: they have one catchment,
    the first one's, under the names of all.
    """
    demand = assessment.demand[(assessment.demand["county"] != "").to_numpy()]
    names, first = _by_place(assessment)
    reached = np.isfinite(demand["response_min"].to_numpy())
    station = np.where(reached, demand["station"].astype(str).map(lambda each: first.get(each, each)), "")
    ids = np.unique(station)
    cells = _cells(demand.geometry.to_numpy(), assessment.counties.frame.union_all())
    shapes = [_polygons(shapely.union_all(cells[station == each])) for each in ids]
    people, minutes = demand["residents"].to_numpy(), demand["response_min"].to_numpy()
    rows = [_catchment(each, names, people[station == each], minutes[station == each]) for each in ids]
    columns = ["station", "name", "residents", "mean_min", *(f"within_{limit}_min_pct" for limit in LIMITS_MIN)]
    frame = gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=columns), geometry=gpd.GeoSeries(shapes, crs=demand.crs), crs=demand.crs
    )
    frame.insert(4, "area_km2", _areas_km2(frame))
    frame.insert(len(frame.columns) - 1, "map_colour", _map_colours(frame))
    return frame


def _by_place(assessment: Assessment) -> tuple[dict[str, str], dict[str, str]]:
    """The names of the stations at each first station's place, by its id; and the first at the place of each."""
    stations = assessment.stations
    places = stations.geometry.to_wkb()
    ids = stations["id"].astype(str)
    first = dict(zip(ids, ids.groupby(places).transform("first"), strict=True))
    joined = stations["name"].groupby(ids.map(first), sort=False).agg(" / ".join)
    return {str(each): str(name) for each, name in joined.items()}, first


def _cells(points: NDArray[np.object_], ground: shapely.Geometry) -> NDArray[np.object_]:
    """The Voronoi cell of each point, cut to ``ground``; points at one place share a cell, which only the first has."""
    cells = np.full(len(points), shapely.Polygon(), dtype=object)
    if len(points) == 0:
        return cells
    places = shapely.get_coordinates(points)
    unique, first = np.unique(places, axis=0, return_index=True)
    if len(unique) == 1:
        cells[first[0]] = ground
        return cells
    made = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(unique), extend_to=ground))
    cell, point = shapely.STRtree(points[first]).query(made, predicate="intersects")
    shapely.prepare(ground)
    inside = shapely.contains_properly(ground, made)
    cut = made.copy()
    cut[~inside] = shapely.intersection(made[~inside], ground)
    cells[first[point]] = cut[cell]
    return cells


def _polygons(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a shape; lines and points that a cut leaves are dropped."""
    parts = shapely.get_parts(shapely.make_valid(shape))
    parts = shapely.get_parts(parts)
    kept = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    joined: shapely.Geometry = shapely.MultiPolygon(list(kept))  # also of none
    return joined


def _catchment(
    station: str, names: dict[str, str], residents: NDArray[np.float64], minutes: NDArray[np.float64]
) -> tuple[object, ...]:
    people = float(residents.sum())
    if not people:
        return station, names.get(station, ""), 0.0, *([np.nan] * (1 + len(LIMITS_MIN)))
    lived = residents > 0
    mean = float(np.average(minutes[lived], weights=residents[lived]))
    shares = (100.0 * float(residents[minutes <= limit].sum()) / people for limit in LIMITS_MIN)
    return station, names.get(station, ""), people, mean, *shares


def _areas_km2(frame: gpd.GeoDataFrame) -> NDArray[np.float64]:
    nothing = frame.geometry.is_empty.all()  # also without any row
    return np.zeros(len(frame)) if nothing else areas_km2(frame)


def _map_colours(frame: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """A number for each catchment, 1 and up, that differs between neighbours where the palette allows."""
    colours = np.zeros(len(frame), dtype=np.int64)
    one, other = frame.sindex.query(frame.geometry, predicate="intersects")
    for place in np.flatnonzero(frame["station"] != ""):  # each choice depends on those before it
        taken = set(colours[other[one == place]].tolist())
        free = [number for number in range(1, len(CATCHMENT_COLOURS) + 1) if number not in taken]
        colours[place] = free[0] if free else 1 + place % len(CATCHMENT_COLOURS)
    return colours


def _demand(assessment: Assessment) -> gpd.GeoDataFrame:
    frame = assessment.demand
    columns = ["county", "township", "zone", "residents", "response_min", "response_low_min", "response_high_min"]
    columns += ["station", "road_km", "straight_km", "off_road_km", "reach", "geometry"]
    unreachable = ~np.isfinite(frame["response_min"].to_numpy())
    made = frame[columns].assign(station=frame["station"].where(~unreachable, None))
    return _ground_last(with_points(made, assessment))


def with_points(frame: gpd.GeoDataFrame, assessment: Assessment) -> gpd.GeoDataFrame:
    """The demand with what is within reach of each point, where the assessment knows it."""
    points = None if assessment.access is None else assessment.access.points
    return frame if points is None else frame.assign(**{name: points[name].to_numpy() for name in points.columns})


def _with_access(frame: gpd.GeoDataFrame, assessment: Assessment, level: str) -> gpd.GeoDataFrame:
    """Counties or townships with what stands there and what is within reach, and how unequal their minutes are."""
    access = assessment.access
    if access is None:
        return frame
    table = access.table.rename(columns=lambda name: str(name).replace("_percent", "_pct"))
    frame = _joined(frame, table.drop(columns="residents"), level)
    if level != "county":
        return frame
    equity = access.equity.rename(columns=lambda name: EQUITY.get(str(name), str(name)))
    return _joined(frame, equity[["level", "unit", "county", *EQUITY.values()]], level)


def _joined(frame: gpd.GeoDataFrame, table: pd.DataFrame, level: str) -> gpd.GeoDataFrame:
    rows = table[table["level"] == level].drop_duplicates(["unit", "county"]).set_index(["unit", "county"])
    found = rows.drop(columns="level").reindex(pd.MultiIndex.from_arrays([frame[level], frame["county"]]))
    return frame.assign(**{str(name): found[name].to_numpy() for name in found.columns})


def _ground_last(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame[[*(name for name in frame.columns if name != "geometry"), "geometry"]]


def _with_statistics(frame: gpd.GeoDataFrame, table: pd.DataFrame, level: str, keys: list[str]) -> gpd.GeoDataFrame:
    rows = table[table["level"] == level].set_index(keys)
    rows = rows[~rows.index.duplicated()]
    wanted = ("residents", "stations", *FIGURES, "reached_share", *(f"share_{m}" for m in SHARE_MINUTES), *DISTANCES)
    own = [frame["county"]] if len(keys) == 1 else [frame["township"], frame["county"]]
    index = pd.Index(own[0]) if len(keys) == 1 else pd.MultiIndex.from_arrays(own)
    found = rows[[name for name in wanted if name in rows]].reindex(index)
    shares = {"reached_share": "reached_pct", **{f"share_{m}": f"within_{m}_min_pct" for m in SHARE_MINUTES}}
    found = found.assign(**{name: found[name] * 100.0 for name in shares if name in found}).rename(columns=shares)
    return frame.assign(**{name: found[name].to_numpy() for name in found.columns})


def _counties(assessment: Assessment, lang: Lang) -> gpd.GeoDataFrame:
    """Counties with their statistics, how many verdicts of which status each has, and the worst of them."""
    frame = _with_statistics(assessment.counties.frame, assessment.statistics, "county", ["unit"])
    by_county: dict[str, list[Verdict]] = {str(name): [] for name in frame["county"]}
    for verdict in assessment.verdicts:
        if verdict.unit in by_county:
            by_county[verdict.unit].append(verdict)
    counts: list[Counter[str]] = [Counter(verdict.status for verdict in own) for own in by_county.values()]
    worst = [worst_of(own) for own in by_county.values()]
    frame = frame.assign(**{f"verdicts_{s.replace(' ', '_')}": [count[s] for count in counts] for s in STATUS_SIGNS})
    frame = frame.assign(
        worst=[verdict.status if verdict else "" for verdict in worst],
        worst_text=[verdict.status_text(lang) if verdict else "" for verdict in worst],
        worst_sign=[sign_of(verdict) if verdict else "" for verdict in worst],
    )
    return _ground_last(_with_access(frame, assessment, "county"))


def worst_of(verdicts: list[Verdict]) -> Verdict | None:
    """The verdict with the worst status; of several such, one that is no screening."""
    return min(verdicts, key=lambda each: (WORST_FIRST.index(each.status), each.screening), default=None)


def sign_of(verdict: Verdict) -> str:
    """A verdict as a sign that reads without colour."""
    return (SCREENING_SIGN if verdict.screening else "") + STATUS_SIGNS[verdict.status]


def _townships(assessment: Assessment) -> gpd.GeoDataFrame:
    if assessment.townships is None:
        columns = {name: pd.Series(dtype=object) for name in ("township", "county", "kind")}
        return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=assessment.demand.crs))
    frame = _with_statistics(assessment.townships.frame, assessment.statistics, "township", ["unit", "county"])
    return _ground_last(_with_access(frame, assessment, "township"))


def _facilities(assessment: Assessment) -> gpd.GeoDataFrame:
    frame = assessment.facilities.frame
    stations = set(assessment.stations["id"])
    acts = frame["id"].isin(stations)
    groups = [group_of(str(kind), bool(station)) for kind, station in zip(frame["kind"], acts, strict=True)]
    return _ordered(frame.assign(is_station=acts.to_numpy(), map_group=groups))


def _stations(assessment: Assessment, caught: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The stations with what their catchments hold, shared by stations at one place; one that is nobody's nearest has
    no residents."""
    _, first = _by_place(assessment)
    found = caught.set_index("station").reindex(assessment.stations["id"].map(first))
    return _ordered(
        assessment.stations.assign(
            catchment_residents=found["residents"].fillna(0.0).to_numpy(),
            catchment_mean_min=found["mean_min"].to_numpy(),
        )
    )


def _ordered(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return _ground_last(frame).reset_index(drop=True)


def _isochrones(assessment: Assessment, *, single: bool) -> gpd.GeoDataFrame:
    frame = assessment.isochrones
    chosen = frame[((frame["facility"] != "") == single).to_numpy()] if len(frame) else frame
    renamed = chosen.rename(columns={"minutes": "to_min", "from_minutes": "from_min", "facility": "station"})
    if renamed.crs is None:
        renamed = renamed.set_crs(assessment.demand.crs)
    names = dict(zip(assessment.stations["id"], assessment.stations["name"], strict=True))
    named = renamed.assign(name=renamed["station"].map(names).astype(object), area_km2=_areas_km2(renamed))
    columns = ["from_min", "to_min", "area_km2", "geometry"]
    return named[["station", "name", *columns] if single else columns].reset_index(drop=True)


def _roads(assessment: Assessment) -> gpd.GeoDataFrame:
    frame = assessment.road_lines
    return frame.assign(drawn_km=frame.length / 1000.0)[["road_class", "name", "drawn_km", "geometry"]]
