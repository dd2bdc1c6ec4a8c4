"""Roads from two tables: nodes (id and place) and edges (two node ids and km), in CSV or Excel.

Edges are straight lines between their nodes with the stated length; without a one-way column they are two-way.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer

from ...errors import Findings, InputError
from ..csv_files import refuse
from ..tables import degrees, number, read_table, report
from ..together import both
from ..vectors import parse_crs
from .columns import RoadColumns, RoadFacts, find_column, open_to, road_facts, warn_of_classes
from .metric import metric_crs
from .network import Profile, RoadEdges, RoadNetwork, build
from .speeds import SpeedTable, for_profile

ID = ("id", "node", "node_id", "osmid", "编号", "节点", "节点编号")
LON, LAT = ("lon", "lng", "longitude", "经度"), ("lat", "latitude", "纬度")
X, Y = ("x", "x坐标"), ("y", "y坐标")
FROM, TO = ("u", "from", "start", "source", "起点"), ("v", "to", "end", "target", "终点")
KM = ("km", "length_km", "里程", "公里")
SHORTER = 0.99
WGS84 = CRS.from_epsg(4326)


def read_csv(
    nodes: str | Path,
    edges: str | Path,
    profile: Profile = "car",
    *,
    table_crs: str | None = None,
    columns: RoadColumns | None = None,
    crs: CRS | None = None,
    speeds: SpeedTable | None = None,
) -> RoadNetwork:
    """The roads of a table of nodes (``id`` with ``lon``, ``lat``, or ``x``, ``y`` in ``table_crs``) and one of edges
    (``u``, ``v``, ``km``; class, one-way and speed limit optional), in ``crs`` (default: UTM).

    Raises :class:`~carereach.errors.InputError` with every bad row of both tables.
    """
    table = speeds or for_profile(profile)
    found = table_edges(Path(nodes), Path(edges), profile, table, table_crs=table_crs, columns=columns)
    return build(found, crs=crs or metric_crs(found.crs, found.node_x, found.node_y), speeds=table)


def table_edges(
    nodes: Path,
    edges: Path,
    profile: Profile,
    speeds: SpeedTable,
    *,
    table_crs: str | None = None,
    columns: RoadColumns | None = None,
) -> RoadEdges:
    """The tables' rows as edges, in the CRS of the nodes' coordinates."""
    of_nodes, of_edges = Findings(nodes), Findings(edges)
    node, frame = both(
        lambda: _node_table(nodes, table_crs, of_nodes),
        lambda: read_table(edges, findings=of_edges),
    )
    ends = [find_column(frame, usual, usual[0] if _lacks(frame, usual) else None, of_edges) for usual in (FROM, TO, KM)]
    facts = road_facts(frame, columns or RoadColumns(), of_edges)
    if None not in ends and len(node.places):
        frame = _checked_edges(frame, [str(end) for end in ends], node.places.index, of_edges)
    if of_nodes.errors or of_edges.errors:
        raise InputError([*of_nodes.problems, *of_edges.problems])
    return _edges(node, frame, facts, profile, speeds, (of_nodes, of_edges))


class _Nodes:
    """The table of nodes: ``places`` (index: id as text; columns x, y) in ``crs``."""

    def __init__(self, places: pd.DataFrame, crs: CRS) -> None:
        self.places = places
        self.crs = crs


def _lacks(frame: pd.DataFrame, usual: tuple[str, ...]) -> bool:
    return not {str(heading).strip().lower() for heading in frame.columns} & set(usual)


def _node_table(path: Path, table_crs: str | None, findings: Findings) -> _Nodes:
    frame = read_table(path, findings=findings)
    id_column = find_column(frame, ID, "id" if _lacks(frame, ID) else None, findings)
    in_degrees = not _lacks(frame, LON) or _lacks(frame, X)
    usual = (LON, LAT) if in_degrees else (X, Y)
    axes = [find_column(frame, names, names[0] if _lacks(frame, names) else None, findings) for names in usual]
    crs = WGS84 if in_degrees else _named_crs(table_crs, findings)
    if id_column is None or None in axes:
        return _Nodes(pd.DataFrame(columns=["x", "y"]), crs)
    read = degrees if crs.is_geographic else number
    x, y = (read(frame[axis], findings, str(axis)) for axis in axes)
    ids = frame[id_column].astype(str)
    blank = np.flatnonzero((ids == "").to_numpy())
    report(findings, "roads.node-id", _places(frame, blank, ids), column=id_column)
    twice = np.flatnonzero((ids.duplicated() & (ids != "")).to_numpy())
    report(findings, "roads.node-twice", _places(frame, twice, ids), column=id_column)
    for axis, values, most in zip(axes, (x, y), (180.0, 90.0), strict=True):
        _check_axis(frame, str(axis), values, most if crs.is_geographic else np.inf, findings)
    places = pd.DataFrame({"x": x.to_numpy(), "y": y.to_numpy()}, index=ids.to_numpy())
    return _Nodes(places[~places.index.duplicated()], crs)


def _named_crs(table_crs: str | None, findings: Findings) -> CRS:
    if table_crs is None:
        refuse(findings, "roads.table-crs")
    crs = parse_crs(table_crs, findings)
    if crs is None:
        raise InputError(findings.problems)
    return crs


def _check_axis(frame: pd.DataFrame, axis: str, values: pd.Series[float], most: float, findings: Findings) -> None:
    """A blank coordinate and one beyond the globe; what is no number was reported as such."""
    blank = np.flatnonzero((frame[axis] == "").to_numpy())
    report(findings, "roads.node-place", _places(frame, blank, frame[axis]), column=axis)
    beyond = np.flatnonzero((values.abs() > most).to_numpy())
    report(findings, "roads.node-place", _places(frame, beyond, frame[axis]), column=axis)


def _places(frame: pd.DataFrame, positions: NDArray[np.intp], shown: pd.Series[str]) -> list[tuple[int, object]]:
    rows = frame.index.to_numpy()
    return [(int(rows[i]), shown.iloc[int(i)]) for i in positions]


def _checked_edges(frame: pd.DataFrame, ends: list[str], ids: pd.Index[str], findings: Findings) -> pd.DataFrame:
    """The edges as columns u, v (positions of the nodes, -1 if unknown) and km; the index stays the row."""
    found = {}
    for name, column in zip(("u", "v"), ends[:2], strict=True):
        found[name] = ids.get_indexer(pd.Index(frame[column].astype(str)))
        unknown = np.flatnonzero(found[name] < 0)
        report(findings, "roads.edge-node", _places(frame, unknown, frame[column]), column=column)
    km = number(frame[ends[2]], findings, ends[2])
    blank = (frame[ends[2]] == "").to_numpy()
    to_itself = found["u"] == found["v"]
    wrong = np.flatnonzero(blank | (km < 0).to_numpy() | ((km == 0).to_numpy() & ~to_itself))
    report(findings, "roads.edge-km", _places(frame, wrong, frame[ends[2]]), column=ends[2])
    return pd.DataFrame({**found, "km": km.to_numpy()}, index=frame.index)


def _edges(
    node: _Nodes,
    frame: pd.DataFrame,
    facts: RoadFacts,
    profile: Profile,
    speeds: SpeedTable,
    findings: tuple[Findings, Findings],
) -> RoadEdges:
    xy = node.places[["x", "y"]].to_numpy(dtype=float)
    u, v, km = (frame[name].to_numpy() for name in ("u", "v", "km"))
    straight_km = _straight_km(xy, u, v, node.crs)
    _say_lengths(frame, km, straight_km, findings[1])
    kept = np.flatnonzero((u != v) & open_to(facts.road_class, profile))
    if not len(kept):
        refuse(findings[1], "roads.none", profile=profile)
    if facts.class_known:
        warn_of_classes(facts.road_class[kept], speeds, findings[1])
    u, v = u[kept], v[kept]
    on_foot = profile == "walk"
    return RoadEdges(
        node_id=_ids(node.places.index),
        node_x=xy[:, 0],
        node_y=xy[:, 1],
        u=u,
        v=v,
        line=np.asarray(shapely.linestrings(np.stack([xy[u], xy[v]], axis=1)), dtype=object),
        road_class=facts.road_class[kept],
        forward=facts.forward[kept] | on_foot,
        backward=facts.backward[kept] | on_foot,
        maxspeed_forward=facts.kph[kept],
        maxspeed_backward=facts.kph[kept],
        fixed_minutes=np.full(len(kept), np.nan),
        km=km[kept],
        name=facts.name[kept],
        crs=node.crs,
        profile=profile,
        source=" + ".join(f.file for f in findings),
        problems=(*findings[0].warnings, *findings[1].warnings),
        class_known=facts.class_known,
    )


def _straight_km(xy: NDArray[np.float64], u: NDArray[np.int64], v: NDArray[np.int64], crs: CRS) -> NDArray[np.float64]:
    to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform(xy[:, 0], xy[:, 1])
    _, _, metres = Geod(ellps="WGS84").inv(lon[u], lat[u], lon[v], lat[v])
    return np.asarray(metres, dtype=float) / 1000.0


def _say_lengths(
    frame: pd.DataFrame, km: NDArray[np.float64], straight_km: NDArray[np.float64], findings: Findings
) -> None:
    """Warns of edges shorter than the straight line, and of those from a node to itself (left out)."""
    rows = frame.index.to_numpy()
    short = np.flatnonzero(km < SHORTER * straight_km)
    if len(short):
        first = int(short[0])
        findings.warn(
            "roads.shorter-than-straight",
            row=int(rows[first]),
            value=float(km[first]),
            count=len(short),
            straight=f"{straight_km[first]:.3f}",
        )
    nowhere = np.flatnonzero((frame["u"] == frame["v"]).to_numpy())
    if len(nowhere):
        findings.warn("roads.to-itself", row=int(rows[nowhere[0]]), count=len(nowhere))


def _ids(names: pd.Index[str]) -> NDArray[np.int64]:
    """The table's ids where they are whole numbers, else running numbers."""
    try:
        ids = np.array([int(str(name)) for name in names], dtype=np.int64)
    except (ValueError, OverflowError):
        return np.arange(len(names), dtype=np.int64)
    return ids if len(np.unique(ids)) == len(ids) else np.arange(len(names), dtype=np.int64)
