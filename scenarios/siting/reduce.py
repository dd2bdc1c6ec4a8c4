"""Makes a covering question smaller without changing what it is worth.

Demand points that the same candidates reach become one (exactly: their bit patterns are compared), demand without
residents goes, and so do candidates that another one can stand in for, and requirements that others imply.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .instance import Instance
from .result import BoolArray, IntArray

MOST_PRODUCTS = 4e8  # products of a comparison of all with all; beyond, it is left out


def merged(within: BoolArray, marks: IntArray) -> tuple[IntArray, IntArray]:
    """Demand points that cannot be told apart.

    ``within[column, demand]``; ``marks[demand]``: must be equal, too. Gives the first point of each class, classes in
    the order of the table, and the class of each point.
    """
    bits: NDArray[np.uint8] = np.packbits(within.T, axis=1)
    key = np.ascontiguousarray(np.hstack([bits, marks.astype(np.int64)[:, None].view(np.uint8)]))
    rows = key.view([("", np.void, key.shape[1])]).ravel()
    _, first, inverse = np.unique(rows, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return first[order].astype(np.int64), rank[inverse]


def incidence_of(within: BoolArray) -> sparse.csr_array:
    """[demand, column] of ``within[column, demand]``, sparse."""
    return sparse.csr_array(within.T.astype(np.float64))


def replaceable(instance: Instance, columns: IntArray, reach: sparse.csr_array) -> BoolArray:
    """[column]: whether another column reaches all that this one does, under no more conditions.

    For questions where a second site at the same place adds nothing. The other costs no more and is near to no other
    candidate; a site that a group minimum may need stays. Of equal columns the one with the lowest index stays.
    ``reach[row, column]``: everything that a site can be good for.
    """
    nobody = np.zeros(len(columns), dtype=np.bool_)
    if float((np.diff(reach.indptr).astype(np.float64) ** 2).sum()) > MOST_PRODUCTS:
        return nobody
    size = np.asarray(reach.sum(axis=0)).ravel()
    shared = sparse.coo_array(reach.T @ reach)
    lesser, greater = shared.coords
    keep = (lesser != greater) & (shared.data == size[lesser])
    lesser, greater = lesser[keep], greater[keep]
    equal = size[lesser] == size[greater]
    allowed = np.ones(len(lesser), dtype=np.bool_)
    if instance.given.cost is not None:
        cost = instance.given.cost[columns]
        allowed &= cost[greater] <= cost[lesser]
        equal &= cost[greater] == cost[lesser]
    if instance.near is not None:
        lonely = np.logical_not(np.any(instance.near[np.ix_(columns, columns)], axis=1))
        allowed &= lonely[greater]
        equal &= lonely[lesser]
    group = instance.group[columns]
    needed = np.zeros(len(columns), dtype=np.bool_)
    needed[group >= 0] = instance.group_need[group[group >= 0]] > 0
    allowed &= ~needed[lesser]
    equal &= ~needed[greater]
    allowed &= ~equal | (greater < lesser)
    gone = nobody.copy()
    gone[lesser[allowed]] = True
    gone[size == 0] = ~needed[size == 0]
    return gone


def implied(need: sparse.csr_array) -> BoolArray:
    """[row]: whether reaching another row (whose columns are among this one's) reaches this one as well."""
    gone = np.zeros(need.shape[0], dtype=np.bool_)
    if float((np.bincount(need.indices, minlength=1).astype(np.float64) ** 2).sum()) > MOST_PRODUCTS:
        return gone
    size = np.diff(need.indptr)
    shared = sparse.coo_array(need @ need.T)
    smaller, larger = shared.coords
    inside = (
        (smaller != larger) & (shared.data == size[smaller]) & ((size[smaller] < size[larger]) | (smaller < larger))
    )
    gone[larger[inside]] = True
    return gone
