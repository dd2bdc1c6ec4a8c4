"""Nodes for lines that have none: vertices and ends that coincide, and names for them where the file has names."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Lines = NDArray[np.object_]
TOLERANCE_M = 0.01
NEARLY_M = 1.0


def join_ends(start: Floats, end: Floats) -> tuple[Ints, Ints, Floats]:
    """Node of each line's start and end, and the nodes' places: end points within 1 cm are one node (metres)."""
    ends = np.concatenate([start, end])
    node, count = _joined(ends)
    place = np.empty((count, 2))
    place[node[::-1]] = ends[::-1]
    u, v = np.split(node, 2)
    return u, v, place


def _joined(points: Floats) -> tuple[Ints, int]:
    """Node of each point, and how many nodes there are: points within 1 cm are one."""
    cell = np.round(points / TOLERANCE_M)
    _, first, of_cell = np.unique(cell[:, 0] + 1j * cell[:, 1], return_index=True, return_inverse=True)
    pairs = cKDTree(points[first]).query_pairs(TOLERANCE_M, output_type="ndarray")
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(first), len(first)))
    count, joined = connected_components(graph, directed=False)
    return joined[of_cell].astype(np.int64), int(count)


def split_at_shared(line: Lines) -> tuple[Ints, Lines]:
    """Lines (L,) cut at the vertices they share with others: position of each piece's line, and the pieces in order.

    A vertex within 1 cm of another line's is a junction where a line ends there or the ways lead on in three
    directions or more; lines drawn on top of each other are therefore not cut at every vertex. A line that is not cut
    stays the same object.
    """
    vertex, of = shapely.get_coordinates(line, return_index=True)
    node, count = _joined(vertex)
    last = np.append(of[1:] != of[:-1], True)
    first = np.append(True, last[:-1])
    step = np.flatnonzero(~last)
    step = step[node[step] != node[step + 1]]
    low, high = np.minimum(node[step], node[step + 1]), np.maximum(node[step], node[step + 1])
    links = np.unique(low * count + high)
    ways_on = np.bincount(links // count, minlength=count) + np.bincount(links % count, minlength=count)
    junction = ways_on >= 3
    junction[node[first | last]] = True
    fresh = np.append(True, node[1:] != node[:-1]) & np.append(node[1:] != node[:-1], True)
    cut = np.flatnonzero(junction[node] & fresh & ~(first | last))
    if not len(cut):
        return np.arange(len(line)), line
    return _pieces(line, vertex, of, np.flatnonzero(first), cut)


def _pieces(line: Lines, vertex: Floats, of: Ints, begin: Ints, cut: Ints) -> tuple[Ints, Lines]:
    """The lines cut at the vertices ``cut``; ``begin`` is each line's first vertex."""
    start = np.sort(np.concatenate([begin, cut]))
    piece_of = of[start]
    stop = np.append(start[1:], len(vertex))
    stop[np.append(piece_of[1:] == piece_of[:-1], False)] += 1
    pieces = line[piece_of]
    split = np.flatnonzero(np.bincount(piece_of, minlength=len(line))[piece_of] > 1)
    size = stop[split] - start[split]
    within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    of_piece = np.repeat(np.arange(len(split)), size)
    pieces[split] = shapely.linestrings(vertex[np.repeat(start[split], size) + within], indices=of_piece)
    return piece_of, pieces


def near_misses(u: Ints, v: Ints, place: Floats) -> Ints:
    """Dead ends that lie within 1 m of another node to which no line joins them: probably drawn a little short."""
    degree = np.bincount(np.concatenate([u, v]), minlength=len(place))
    dead = np.flatnonzero(degree == 1)
    if not len(dead) or len(place) < 2:
        return dead[:0]
    near, other = cKDTree(place).query(place[dead], k=min(4, len(place)), distance_upper_bound=NEARLY_M)
    neighbour = np.full(len(place), -1)
    neighbour[u], neighbour[v] = v, u
    strangers = np.isfinite(near) & (other != dead[:, None]) & (other != neighbour[dead][:, None])
    return np.asarray(dead[strangers.any(axis=1)], dtype=np.int64)


def nodes_by_id(start_id: Ints, end_id: Ints, u: Ints, v: Ints, places: int) -> tuple[Ints, Ints, Ints, Ints] | None:
    """Nodes as the file names them: of each line's start and end, and per node its id and the place it has.

    ``u`` and ``v`` are the places (of ``places``) at which the lines start and end. A line may run from its first id
    to its second or the other way: an id belongs to the place that all its lines share. Two ids may have the same
    place (a road above another). None where ids and places contradict each other.
    """
    ids, code = np.unique(np.concatenate([start_id, end_id]), return_inverse=True)
    a, b = np.split(code, 2)
    shared = _shared_place(a, b, u, v, len(ids), places)
    turned = (shared[a] == v) & (shared[b] != v) | (shared[b] == u) & (shared[a] != u)
    start, end = np.where(turned, b, a), np.where(turned, a, b)
    place = np.full(len(ids), -1)
    place[start], place[end] = u, v
    if (place[start] == u).all() and (place[end] == v).all():
        return start, end, np.asarray(ids, dtype=np.int64), place
    return None


def _shared_place(a: Ints, b: Ints, u: Ints, v: Ints, ids: int, places: int) -> Ints:
    """For each id the place at which all its lines end, if it is the only one; else -1."""
    key = np.concatenate([a * places + u, a * places + v, b * places + u, b * places + v])
    loops = np.concatenate([np.zeros(len(a), dtype=bool), u == v, np.zeros(len(a), dtype=bool), u == v])
    pair, times = np.unique(key[~loops], return_counts=True)
    of_id, place = pair // places, pair % places
    lines = np.bincount(np.concatenate([a, b]), minlength=ids)
    whole = times >= lines[of_id]
    sole = np.bincount(of_id[whole], minlength=ids) == 1
    found = np.full(ids, -1)
    found[of_id[whole]] = place[whole]
    found[~sole] = -1
    return found
