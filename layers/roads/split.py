"""Ways split into the edges of a network, with whole arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Chains:
    """Ways as chains of references: ``refs`` of all ways one after the other, ``length`` how many each way has."""

    refs: Ints
    length: Ints


@dataclass(frozen=True)
class Places:
    """Nodes that are there: sorted unique ids, longitude, latitude, and whether the profile is stopped at them."""

    id: Ints
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    blocked: NDArray[np.bool_]


@dataclass(frozen=True)
class Pieced:
    """The edges: ``way`` is the position of each one's way, ``u``/``v`` index the nodes, ``line`` runs from u to v.

    ``km`` is geodesic; lines and nodes are in the CRS of the ``xy`` given. ``cut`` are the positions of ways that
    refer to nodes which are not there.
    """

    way: Ints
    u: Ints
    v: Ints
    line: NDArray[np.object_]
    km: NDArray[np.float64]
    node_id: Ints
    node_x: NDArray[np.float64]
    node_y: NDArray[np.float64]
    cut: Ints


def split(chains: Chains, places: Places, xy: NDArray[np.float64]) -> Pieced:
    """Splits ways at every node that is used twice (by two ways or by one that crosses itself) and at blocked ones.

    ``xy`` (one row per place) are the coordinates that lines and nodes take. A way is cut where it refers to a node
    that is not there. At a blocked node every edge ends in a node of its own, whose id is negative and below all
    others.
    """
    way = np.repeat(np.arange(len(chains.length)), chains.length)
    at = np.searchsorted(places.id, chains.refs)
    at[at == len(places.id)] = 0
    there = places.id[at] == chains.refs if len(places.id) else np.zeros(len(at), dtype=bool)
    cut = np.unique(way[~there])
    first, at, way = _runs(np.flatnonzero(there), at[there], way[there])
    last = np.append(first[1:], True)
    uses = np.bincount(at, minlength=len(places.id))
    ends = np.flatnonzero(first | last | (uses[at] >= 2) | places.blocked[at])
    begin = np.flatnonzero(~last[ends])
    start, stop = ends[begin], ends[begin + 1]
    line = _lines(start, stop, xy[at])
    node, node_id, place = _nodes(at[start], at[stop], places)
    u, v = np.split(node, 2)
    km = _km(start, stop, places.lon[at], places.lat[at])
    return Pieced(way[start], u, v, line, km, node_id, xy[place, 0], xy[place, 1], cut)


def _runs(position: Ints, at: Ints, way: Ints) -> tuple[NDArray[np.bool_], Ints, Ints]:
    """Vertices that follow each other in a way, without repetitions and lone ones; the first of each run is marked."""
    first = np.ones(len(at), dtype=bool)
    first[1:] = (way[1:] != way[:-1]) | (position[1:] != position[:-1] + 1)
    kept = first.copy()
    kept[1:] |= at[1:] != at[:-1]
    first, at, way = first[kept], at[kept], way[kept]
    lone = first & np.append(first[1:], True)
    return first[~lone], at[~lone], way[~lone]


def _lines(start: Ints, stop: Ints, xy: NDArray[np.float64]) -> NDArray[np.object_]:
    if not len(start):
        return np.empty(0, dtype=object)
    count = stop - start + 1
    edge = np.repeat(np.arange(len(start)), count)
    within = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    return np.asarray(shapely.linestrings(xy[start[edge] + within], indices=edge), dtype=object)


def _km(start: Ints, stop: Ints, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Length on the WGS 84 ellipsoid (Karney 2013, as implemented in PROJ) from vertex ``start`` to ``stop``."""
    if not len(lon):
        return np.empty(0)
    _, _, metres = Geod(ellps="WGS84").inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    step = np.arange(len(metres))
    edge = np.searchsorted(start, step, side="right") - 1
    inside = step < stop[edge]
    return np.bincount(edge[inside], weights=np.asarray(metres)[inside], minlength=len(start)) / 1000.0


def _nodes(start: Ints, stop: Ints, places: Places) -> tuple[Ints, Ints, Ints]:
    """Node of each edge's two ends, and the nodes' ids and places; ends at blocked places get nodes of their own."""
    ends = np.concatenate([start, stop])
    own = np.flatnonzero(places.blocked[ends])
    key = ends.copy()
    key[own] = len(places.id) + np.arange(len(own))
    unique, first, node = np.unique(key, return_index=True, return_inverse=True)
    place = ends[first]
    node_id = places.id[place].copy()
    copies = unique >= len(places.id)
    lowest = min(0, int(places.id.min(initial=0)))
    node_id[copies] = lowest - 1 - np.arange(int(copies.sum()))
    return node, node_id, place
