"""What the map page draws, as JSON: degrees with five decimals (a metre), simplified to what a screen can show."""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from itertools import accumulate
from operator import mul
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from ...coverage.results import Assessment
from ...texts import Lang, text
from ..atlas.label_places import label_places
from ..mercator import overlay
from ..palette import MAIN_ROADS, OTHER_ROAD_WIDTH, ROAD_WIDTHS, TIME_COLOURS, group_of, road_rank, time_classes
from ..words import coded, plain, whole

Json = dict[str, Any]
DECIMALS = 5
SCREENS_WIDE = 4000  # points that a line may turn at across the study area: a few screens
MOST_BORDER, MOST_RINGS, MOST_SINGLE_RINGS, MOST_ROADS = 40_000, 50_000, 60_000, 80_000
MOST_CIRCLES = 20_000
MOST_SHOWN, MOST_SHARE = 1_500, 1 / 3  # more circles, or circles of more residents, are not shown at first
UNSERVED_MIN = 30.0
MARGIN = 0.04
COARSER, TRIES = 1.7, 10


def bounds(assessment: Assessment) -> list[list[float]] | None:
    """South-west and north-east corner of the counties (latitude, longitude); None where there is none."""
    frame = assessment.counties.frame
    if frame.empty:
        return None
    west, south, east, north = np.round(frame.to_crs(4326).total_bounds, DECIMALS).tolist()
    return [[south, west], [north, east]]


def field(assessment: Assessment) -> Json | None:
    """The response-time field as one image with its corners; None where it has no value."""
    image = overlay(assessment.field, assessment.counties.frame.geometry)
    if image is None:
        return None
    west, south, east, north = image.bounds
    return {"url": image.data_uri, "bounds": [[south, west], [north, east]]}


def counties(assessment: Assessment) -> list[Json]:
    """One feature per county, with its name and a place for the name."""
    frame = assessment.counties.frame
    shapes = _drawn(frame.geometry, _tolerance(frame), MOST_BORDER)
    places = _latitudes_longitudes(label_places(frame, assessment.facilities.frame.geometry), frame.crs)
    return [
        _feature(shape, name=plain(name), at=place)
        for name, shape, place in zip(frame["county"], shapes, places, strict=True)
    ]


def county_figures(assessment: Assessment, lang: Lang) -> list[list[list[str]]]:
    """Label and value of the figures that a county's popup shows, for each of ``counties``."""
    table = assessment.statistics
    rows = table[table["level"] == "county"].set_index("unit") if len(table) else table
    names = assessment.counties.frame["county"]
    return [_county_figures(rows.loc[name].to_dict() if name in rows.index else {}, lang) for name in names]


def county_outlines(counties: gpd.GeoDataFrame) -> list[Json]:
    """One feature per county, with its name only."""
    shapes = _drawn(counties.geometry, _tolerance(counties), MOST_BORDER)
    return [_feature(shape, name=plain(name)) for name, shape in zip(counties["county"], shapes, strict=True)]


def _county_figures(row: dict[str, Any], lang: Lang) -> list[list[str]]:
    if not row:
        return []
    shares = [(text("maps.share-within", lang, minutes=m), row.get(f"share_{m}")) for m in (15, 30)]
    figures = [[text("maps.residents", lang), whole(row["residents"])]]
    figures += [[text("maps.col-mean_min", lang), f"{row['mean_min']:.1f}"]] if math.isfinite(row["mean_min"]) else []
    return figures + [[label, f"{share:.1%}"] for label, share in shares if share is not None and share == share]


def townships(assessment: Assessment) -> list[Json]:
    """Township borders, where the study has them."""
    if assessment.townships is None:
        return []
    frame = assessment.townships.frame
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    shapes = _drawn(frame.geometry, _tolerance(frame), MOST_BORDER)
    return [_feature(shape, name=plain(name)) for name, shape in zip(frame["township"], shapes, strict=True)]


def isochrones(assessment: Assessment) -> tuple[list[Json], dict[str, list[Json]]]:
    """The dissolved rings, and those of each facility by its id."""
    frame = assessment.isochrones
    if frame.empty:
        return [], {}
    dissolved = _rings(frame[frame["facility"] == ""], MOST_RINGS)
    single: dict[str, list[Json]] = {}
    for facility, ring in _rings(frame[frame["facility"] != ""], MOST_SINGLE_RINGS):
        single.setdefault(facility, []).append(ring)
    return [ring for _, ring in dissolved], single


def _rings(frame: gpd.GeoDataFrame, most: int) -> list[tuple[str, Json]]:
    if frame.empty:
        return []
    shapes = _drawn(frame.geometry, _tolerance(frame), most, keep_small=False)
    colours = [TIME_COLOURS[place] for place in time_classes(frame["minutes"].to_numpy())]
    rows = zip(frame["facility"], frame["from_minutes"], frame["minutes"], colours, shapes, strict=True)
    return [
        (plain(facility), _feature(shape, label=f"{low:.0f}–{high:.0f}", colour=colour))
        for facility, low, high, colour, shape in rows
        if not shapely.is_empty(shape)
    ]


def roads(assessment: Assessment) -> Json:
    """Road lines by class as drawn; the small ones are left out (``partial``) where all would be too much."""
    frame = assessment.road_lines
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)].cx[_around(assessment)]
    if frame.empty:
        return {"lines": [], "partial": False}
    classes = frame["road_class"] if "road_class" in frame else frame.geometry.map(lambda _: "")
    ranks = classes.fillna("").astype(str).map(road_rank).to_numpy()
    tolerance = _tolerance(frame)
    merged = _merged(frame.geometry, ranks)
    # Keeping the topology of a whole net takes minutes, and lines keep their ends without it.
    whole_net = shapely.simplify(merged.to_numpy(), tolerance, preserve_topology=False)
    is_main = np.asarray(merged.index != "")
    partial = bool(shapely.get_num_coordinates(whole_net).sum() > MOST_ROADS and is_main.any() and not is_main.all())
    if partial:
        merged = merged[is_main]
    lines = _drawn(merged, tolerance, MOST_ROADS, keep_small=False)
    widths = [ROAD_WIDTHS.get(rank, OTHER_ROAD_WIDTH) for rank in merged.index]
    return {
        "lines": [_feature(line, width=width) for line, width in zip(lines, widths, strict=True)],
        "partial": partial,
    }


def _around(assessment: Assessment) -> tuple[slice, slice]:
    """East-west and north-south range of the counties with some margin: roads beyond it are of no use here."""
    frame = assessment.counties.frame
    if frame.empty:
        return slice(None), slice(None)
    west, south, east, north = frame.total_bounds
    margin = MARGIN * max(east - west, north - south)
    return slice(west - margin, east + margin), slice(south - margin, north + margin)


def _merged(lines: gpd.GeoSeries, ranks: NDArray[np.object_]) -> gpd.GeoSeries:
    """One multi-line per rank, small roads first so that large ones lie on top; stretches that meet are joined."""
    present = [rank for rank in ("", *reversed(MAIN_ROADS)) if (ranks == rank).any()]
    shapes = [
        shapely.line_merge(shapely.multilinestrings(shapely.get_parts(lines[ranks == rank].to_numpy())))
        for rank in present
    ]
    return gpd.GeoSeries(shapes, index=present, crs=lines.crs)


def unserved_minutes(assessment: Assessment) -> float | None:
    """Beyond how many minutes a place is unserved: the longest goal among the response-time rules tested, if any."""
    targets = [v.target_value for v in assessment.verdicts if v.quantity == "min" and v.target_value]
    return float(max(targets)) if targets else None


def unserved(assessment: Assessment) -> Json:
    """Places with residents beyond the limit: [latitude, longitude, residents, minutes or null, county, township].

    County and township are positions in ``names``. The largest :data:`MOST_CIRCLES` are drawn; ``cut`` counts the rest.
    ``residents`` and ``share`` are of all such places; ``shown``: whether the circles are few enough to be on at first.
    """
    goal = unserved_minutes(assessment)
    limit = UNSERVED_MIN if goal is None else goal
    frame = assessment.demand
    minutes = frame["response_min"].to_numpy(dtype=float)
    late = (frame["residents"].to_numpy() > 0) & ~(minutes <= limit) & (frame["reach"] != "outside").to_numpy()
    chosen = frame[late].sort_values("residents", ascending=False, kind="stable")
    left_out, chosen = chosen.iloc[MOST_CIRCLES:], chosen.iloc[:MOST_CIRCLES]
    names = sorted({plain(name) for column in ("county", "township") for name in chosen[column]})
    at = {name: place for place, name in enumerate(names)}
    points = _latitudes_longitudes(chosen.geometry, chosen.crs)
    columns = (chosen["residents"], chosen["response_min"], chosen["county"], chosen["township"])
    circles = [
        [*p, _people(r), round(float(m), 1) if math.isfinite(m) else None, at[plain(c)], at[plain(t)]]
        for p, r, m, c, t in zip(points, *columns, strict=True)
    ]
    cut = {"count": len(left_out), "residents": whole(float(left_out["residents"].sum()))}
    residents, total = float(frame["residents"][late].sum()), float(frame["residents"].sum())
    share = residents / total if total else 0.0
    return {
        "minutes": limit,
        "by_goal": goal is not None,
        "residents": residents,
        "share": share,
        "count": int(late.sum()),
        "shown": bool(late.sum() <= MOST_SHOWN and share <= MOST_SHARE),
        "circles": circles,
        "names": names,
        "cut": cut if len(left_out) else None,
    }


def _people(residents: float) -> float:
    return round(residents) if residents >= 1 else round(residents, 2)


def facilities(assessment: Assessment) -> list[Json]:
    """A mark for each facility that has a place."""
    frame = _placed(assessment)
    acting = _acting(assessment)
    points = _latitudes_longitudes(frame.geometry, frame.crs)
    marks = []
    for point, row in zip(points, frame.drop(columns="geometry").to_dict("records"), strict=True):
        station = row["id"] in acting
        mark: Json = {
            "at": point,
            "id": plain(row["id"]),
            "name": plain(row["name"]),
            "county": plain(row["county"]),
            "group": group_of(str(row["kind"]), station),
            "acts": station,
        }
        if row["precision"] not in ("exact", "street") and row["uncertainty_km"] > 0:
            mark["km"] = round(float(row["uncertainty_km"]), 2)
        marks.append(mark)
    return marks


def unplaced(assessment: Assessment, lang: Lang) -> list[list[str]]:
    """Name, kind and county of each facility that has no place."""
    frame = assessment.facilities.frame
    columns = frame[_nowhere(frame)][["name", "kind", "county"]].itertuples(index=False)
    return [[plain(name), coded("kind.", str(kind), lang), plain(county)] for name, kind, county in columns]


FACTS = ("kind", "level", "facility-status", "county", "township", "beds", "ambulances", "precision", "source")


def fact_labels(lang: Lang) -> list[str]:
    """What the entries of ``mark_facts`` are called."""
    return [text("maps." + name, lang) for name in (*FACTS, "is-station")]


def mark_facts(assessment: Assessment, lang: Lang) -> list[list[str]]:
    """What the popup of each of ``facilities`` says, in the order of ``fact_labels``."""
    acting = _acting(assessment)
    rows = _placed(assessment).drop(columns="geometry").to_dict("records")
    return [_facts(row, row["id"] in acting, lang) for row in rows]


def _nowhere(frame: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    return np.asarray(frame.geometry.isna() | frame.geometry.is_empty)


def _placed(assessment: Assessment) -> gpd.GeoDataFrame:
    frame = assessment.facilities.frame
    return frame[~_nowhere(frame)]


def _acting(assessment: Assessment) -> set[str]:
    """The ids of the facilities that send ambulances in this assessment."""
    return set(assessment.stations["id"]) if len(assessment.stations) else set()


def _facts(row: Json, station: bool, lang: Lang) -> list[str]:
    place = coded("maps.precision-", str(row["precision"]), lang)
    if row["precision"] != "exact" and row["uncertainty_km"] > 0:
        place = text("maps.off-by", lang, place=place, km=f"{row['uncertainty_km']:g}")
    counts = [f"{row[name]:g}" if row[name] == row[name] else "" for name in ("beds", "ambulances")]
    return [
        coded("kind.", str(row["kind"]), lang),
        coded("maps.grade-of-", str(row["level"]), lang),
        coded("maps.facility-", str(row["status"]), lang),
        plain(row["county"]),
        plain(row["township"]),
        *counts,
        place,
        plain(row["source"]),
        text("maps.yes" if station else "maps.no", lang),
    ]


def _tolerance(frame: gpd.GeoDataFrame) -> float:
    """Metres that a line may be off without anybody seeing it at full width."""
    if frame.empty:
        return 0.0
    west, south, east, north = frame.total_bounds
    return float(max(east - west, north - south)) / SCREENS_WIDE


def _drawn(shapes: gpd.GeoSeries, tolerance_m: float, most: int, *, keep_small: bool = True) -> list[shapely.Geometry]:
    """The shapes in degrees, simplified until they have at most ``most`` points together (or ten tries are over).

    Without ``keep_small`` specks and holes that are smaller than the tolerance vanish.
    """
    tolerances = list(accumulate([tolerance_m, *[COARSER] * TRIES], mul))

    def simplified(step: int) -> NDArray[np.object_]:
        found = shapely.simplify(shapes.to_numpy(), tolerances[step], preserve_topology=keep_small)
        return np.asarray(found, dtype=object)

    def fit(simple: NDArray[np.object_]) -> bool:
        return int(shapely.get_num_coordinates(simple).sum()) <= most

    simple = simplified(0)
    if not fit(simple):  # by halves: each try of a whole prefecture takes seconds, and the coarser, the fewer points
        simple = simplified(1 + bisect_left(range(1, TRIES), True, key=lambda step: fit(simplified(step))))
    return _degrees(gpd.GeoSeries(simple, crs=shapes.crs), shapes.crs)


def _degrees(shapes: gpd.GeoSeries, crs: object) -> list[shapely.Geometry]:
    turned = gpd.GeoSeries(shapes.to_numpy(), crs=crs).to_crs(4326)
    return list(shapely.transform(turned.to_numpy(), lambda xy: np.round(xy, DECIMALS)))


def _latitudes_longitudes(points: gpd.GeoSeries, crs: object) -> list[list[float]]:
    lon_lat = shapely.get_coordinates(np.asarray(_degrees(points, crs)))
    return [[lat, lon] for lon, lat in lon_lat.tolist()]


def _feature(shape: shapely.Geometry, **properties: object) -> Json:
    return {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(shape))}
