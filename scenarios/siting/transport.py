"""Who goes where when sites have capacities: the residents of a point shared among sites so that the sum is least.

A transport problem, solved by HiGHS. Its prices prove it: :func:`fault` checks both in plain loops, so that neither the
split nor its value rests on the solver's word.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from .result import BoolArray, FloatArray, IntArray

TOLERANCE = 1e-6
FIRST = 4  # the nearest sites of each point are tried first
WORTH = 1e-9


@dataclass(frozen=True)
class Transport:
    """``people[k]`` residents of point ``demand[k]`` go to ``site[k]`` (a row of the table).

    ``value``: resident minutes; ``point_price`` and ``site_price`` (never above 0): no shipment costs less than the
    sum of its two prices, which proves that no split is better.
    """

    site: IntArray
    demand: IntArray
    people: FloatArray
    value: float
    point_price: FloatArray
    site_price: FloatArray


def transport(minutes: FloatArray, residents: FloatArray, capacity: FloatArray) -> Transport | None:
    """The best split of everybody among the sites (rows of ``minutes``); None if they do not find place.

    ``inf`` is never used. Capacities in residents.
    """
    sites, points = minutes.shape
    if points == 0:
        nothing = np.zeros(0, dtype=np.int64)
        return Transport(nothing, nothing, np.zeros(0), 0.0, np.zeros(0), np.zeros(sites))
    if not np.isfinite(minutes).any(axis=0).all():
        return None
    nearest = minutes.argmin(axis=0)
    if np.all(np.bincount(nearest, weights=residents, minlength=sites) <= capacity):
        every, least = np.arange(points), minutes.min(axis=0)
        total = math.fsum((residents * least).tolist())
        return Transport(nearest, every, residents.copy(), total, least, np.zeros(sites))
    rank = np.argsort(np.argsort(minutes, axis=0, kind="stable"), axis=0, kind="stable")
    cells = np.isfinite(minutes) & (rank < FIRST)
    while True:  # few ways at first; those that the prices then ask for are added
        split = _solved(minutes, residents, capacity, cells)
        every_way = bool(np.all(cells == np.isfinite(minutes)))
        if split is None and every_way:
            return None
        wanted = np.isfinite(minutes) & ~cells
        if split is not None:
            wanted &= minutes < split.point_price + split.site_price[:, None] - WORTH
        if not wanted.any():
            return split
        cells |= wanted


def _solved(minutes: FloatArray, residents: FloatArray, capacity: FloatArray, cells: BoolArray) -> Transport | None:
    """The best split that uses only the ways of ``cells``; None if there is none."""
    sites, points = minutes.shape
    site, demand = np.nonzero(cells)
    number = np.arange(len(site))
    ones = np.ones(len(site))
    scale = max(1.0, float(residents.mean()))
    leaving = sparse.csr_array((ones, (demand, number)), shape=(points, len(site)))
    arriving = sparse.csr_array((ones, (site, number)), shape=(sites, len(site)))
    solved: Any = linprog  # its stubs know no sparse matrices
    found = solved(
        minutes[site, demand],
        A_ub=arriving,
        b_ub=capacity / scale,
        A_eq=leaving,
        b_eq=residents / scale,
        bounds=(0, None),
        method="highs",
    )
    if found.x is None:
        return None
    people = np.maximum(found.x, 0.0) * scale
    used = people > 0
    return Transport(
        site[used],
        demand[used],
        people[used],
        math.fsum((people[used] * minutes[site[used], demand[used]]).tolist()),
        np.asarray(found.eqlin.marginals, dtype=np.float64),
        np.minimum(np.asarray(found.ineqlin.marginals, dtype=np.float64), 0.0),
    )


def fault(minutes: FloatArray, residents: FloatArray, capacity: FloatArray, split: Transport) -> str | None:
    """What is wrong with a split, in plain loops; None if everybody goes somewhere, no site holds too many, and the
    prices prove that no split is better."""
    sent, held = [0.0] * len(residents), [0.0] * len(capacity)
    moved = list(zip(split.site.tolist(), split.demand.tolist(), split.people.tolist(), strict=True))
    cost = math.fsum(people * float(minutes[site, point]) for site, point, people in moved)
    for site, point, people in moved:
        sent[point] += people
        held[site] += people
    everybody = math.fsum(residents.tolist())
    slack = TOLERANCE * max(1.0, everybody / max(1, len(residents)))
    for point, people in enumerate(residents.tolist()):
        if abs(sent[point] - people) > slack:
            return f"{sent[point]!r} of {people!r} residents of point {point} go somewhere"
    for site, most in enumerate(capacity.tolist()):
        if held[site] > most + slack * max(1, len(residents)) ** 0.5:
            return f"site {site} holds {held[site]!r}, its capacity is {most!r}"
    lower = math.fsum((split.point_price * residents).tolist()) + math.fsum((split.site_price * capacity).tolist())
    for site, price in enumerate(split.site_price.tolist()):
        for point, offered in enumerate(split.point_price.tolist()):
            if offered + price > float(minutes[site, point]) + TOLERANCE * max(1.0, abs(offered)):
                return f"the prices of site {site} and point {point} prove nothing"
    if cost > lower + TOLERANCE * max(1.0, abs(cost)):
        return f"a split worth {cost!r} is proven only down to {lower!r}"
    return None
