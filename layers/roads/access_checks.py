"""Whether roads and the rest of a study fit together: roads elsewhere or in pieces, points far off or on islets."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import breadth_first_order

from ...errors import Findings, InputError, Problem
from .network import RoadNetwork
from .snap import Access, Purpose, Snap

FAR_KM = 5.0
LEAST_MAIN_SHARE = 0.90
MOST_OFF_MAIN_SHARE = 0.01
SHOWN_NAMES = 5


def check_overlap(roads: RoadNetwork, counties: gpd.GeoDataFrame) -> tuple[Problem, ...]:
    """Warns of counties without any road; raises :class:`InputError` where no county has one.

    Both in one CRS. A place of a node tells quickly; only counties without a node are cut with the lines.
    """
    findings = Findings(roads.source)
    without = [name for name, ground in zip(counties["county"], counties.geometry, strict=True) if _bare(roads, ground)]
    if len(without) == len(counties):
        findings.error("roads.elsewhere", bounds=_bounds_wgs84(roads), area=_degrees(counties.to_crs(4326)))
        raise InputError([*roads.problems, *findings.problems])
    if without:
        findings.warn("roads.county-without", count=len(without), names=_first(without))
    return tuple(findings.problems)


def check_access(roads: RoadNetwork, facilities: gpd.GeoDataFrame, demand: gpd.GeoDataFrame) -> tuple[Problem, ...]:
    """Warns of facilities and residents over 5 km (straight line) from the roads they are joined to, and on islets.

    Also of roads of which the largest piece (within which one can drive there and back) holds less than 90 % of the
    km, and of more than 1 % of the residents of counties whose nearest road that piece does not lead to.
    ``facilities`` and ``demand`` are layers of the study, in the CRS of ``roads``.
    """
    findings = Findings(roads.source)
    _check_main_piece(roads, findings)
    placed = facilities[~shapely.is_missing(facilities.geometry.to_numpy())]
    names = placed["name"].astype(str).to_numpy()
    snap = _snap(roads, placed, "start")
    far, islet = snap.nearest_km > FAR_KM, snap.islet
    if far.any():
        farthest = f"{snap.nearest_km.max():.1f}"
        findings.warn(
            "roads.facilities-far", count=int(far.sum()), names=_first(names[far]), km=FAR_KM, farthest=farthest
        )
    if islet.any():
        findings.warn("roads.facilities-islet", count=int(islet.sum()), names=_first(names[islet]))
    inside = demand[(demand["county"] != "").to_numpy() & (demand["residents"] > 0).to_numpy()]
    snap, residents = _snap(roads, inside, "end"), inside["residents"].to_numpy()
    _check_led_to(roads, snap, residents, findings)
    far, islet = snap.nearest_km > FAR_KM, snap.islet
    if far.any():
        findings.warn(
            "roads.people-far",
            count=int(far.sum()),
            residents=float(residents[far].sum()),
            names=_first(dict.fromkeys(inside["county"].to_numpy()[far])),
            km=FAR_KM,
            farthest=f"{snap.nearest_km.max():.1f}",
        )
    if islet.any():
        findings.warn(
            "roads.people-islet",
            count=int(islet.sum()),
            residents=float(residents[islet].sum()),
            names=_first(dict.fromkeys(inside["county"].to_numpy()[islet])),
        )
    return tuple(findings.problems)


def _check_main_piece(roads: RoadNetwork, findings: Findings) -> None:
    pieces, total_km = roads.pieces, float(roads.km.sum())
    if pieces.km[0] < LEAST_MAIN_SHARE * total_km:
        findings.warn(
            "roads.in-pieces",
            share=_percent(float(pieces.km[0]) / total_km),
            least=f"{100 * LEAST_MAIN_SHARE:.0f}",
            km=float(pieces.km[0]),
            total=total_km,
            count=pieces.count,
        )


def _check_led_to(roads: RoadNetwork, snap: Snap, residents: NDArray[np.float64], findings: Findings) -> None:
    """Warns of residents beside roads to which one cannot drive from the largest piece."""
    graph, _ = roads.graph("km")
    main = int(np.flatnonzero(roads.pieces.label == 0)[0])
    reached = np.zeros(roads.nodes, dtype=bool)
    reached[breadth_first_order(graph, main, return_predecessors=False)] = True
    led_to = (roads.forward & reached[roads.u]) | (roads.backward & reached[roads.v])
    off = snap.islet.copy()
    off[snap.point[~led_to[snap.edge]]] = True
    share = float(residents[off].sum()) / max(float(residents.sum()), 1.0)
    if share > MOST_OFF_MAIN_SHARE:
        findings.warn("roads.people-off-main", residents=float(residents[off].sum()), share=_percent(share))


def _percent(share: float) -> str:
    """A share as a percentage that rounding never lifts to a bound it lies below."""
    return f"{np.floor(1000 * share) / 10:.1f}"


def _bare(roads: RoadNetwork, ground: shapely.Geometry) -> bool:
    shapely.prepare(ground)
    west, south, east, north = shapely.bounds(ground)
    x, y = roads.xy.T
    near = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    if shapely.intersects_xy(ground, x[near], y[near]).any():
        return False
    return not bool(shapely.intersects(ground, roads.line).any())


def _snap(roads: RoadNetwork, frame: gpd.GeoDataFrame, purpose: Purpose) -> Snap:
    xy: NDArray[np.float64] = shapely.get_coordinates(frame.geometry.to_numpy())
    return roads.edge_index.snap(xy, Access(candidates=1), purpose)


def _first(names: Sequence[str] | NDArray[np.str_] | dict[str, None]) -> str:
    """The first names of many."""
    shown = list(names)
    return ", ".join(shown[:SHOWN_NAMES]) + (", …" if len(shown) > SHOWN_NAMES else "")


def _bounds_wgs84(roads: RoadNetwork) -> str:
    return _degrees(gpd.GeoSeries(shapely.points(roads.xy), crs=roads.crs).to_crs(4326))


def _degrees(places: gpd.GeoSeries | gpd.GeoDataFrame) -> str:
    west, south, east, north = places.total_bounds
    return f"{west:.2f}, {south:.2f}, {east:.2f}, {north:.2f}"
