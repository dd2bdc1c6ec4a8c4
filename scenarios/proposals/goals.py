"""Goals as conditions on which sites are open: means, shares within reach, counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...errors import InputError, Problem
from ...texts import Message
from ..siting.rows import Rows
from .cheapest import BROKEN, Need, Task
from .layout import Floats, Layout, km_apart
from .question import Question

Bools = NDArray[np.bool_]
MOST_AMBULANCES = 1e4
MARGIN = 3 * BROKEN  # relative: a need is asked for by so much more that rounding cannot break it


@dataclass(frozen=True, eq=False)
class Sites:
    """The sites of a question: first those that stand (S), then the candidates (J).

    ``columns``: of each column of the program its site; ``cost``, ``kind`` ("standing", "open", "move") of each."""

    standing: int
    candidates: int
    site: NDArray[np.int64]
    cost: Floats
    kind: NDArray[np.object_]
    least: Floats
    most: Floats

    @property
    def count(self) -> int:
        """How many sites there are."""
        return self.standing + self.candidates

    def carry(self, extra: int) -> sparse.csr_array:
        """(sites, columns): which columns open a site; ``extra`` more columns open none."""
        width = len(self.site)
        ones = np.ones(width)
        opened = sparse.csr_array((ones, (self.site, np.arange(width))), (self.count, width))
        return sparse.csr_array(sparse.hstack([opened, sparse.csr_array((self.count, extra))], format="csr"))


@dataclass(frozen=True, eq=False)
class Staffing:
    """So many ``more`` ambulances in a county (None: anywhere); ``brings`` (sites,) how many a site brings when it is
    opened. ``takes``: ids of facilities that count and can take more; without any, an opened site must."""

    county: str | None
    more: float
    brings: Floats
    takes: tuple[str, ...]
    counted: Bools


@dataclass(frozen=True, eq=False)
class Goal:
    """What is asked for of one unit: savings (``needs``), or counts of open sites (``counts``: least and most of a
    mask over sites), or more ``ambulances``; ``rows`` over sites must hold, too (everybody is reached).

    ``hopeless``: why no choice of sites meets it, where that is plain."""

    name: Message | str
    unit: str
    target: str
    quantity: str
    key: tuple[str, str, str] = ("", "", "")
    needs: tuple[Need, ...] = ()
    counts: tuple[tuple[Bools, float, float], ...] = ()
    ambulances: tuple[Staffing, ...] = ()
    rows: tuple[Rows, ...] = ()
    hopeless: Message | None = None


def sites_of(layout: Layout, asked: Question) -> Sites:
    """The columns of a question: standing stations stay; by ``anew`` each may go and costs what a candidate does; with
    ``move_cost`` each may go, and as many candidates be opened at that cost instead."""
    standing, candidates = len(layout.standing), len(layout.opens)
    opening = _opening_costs(layout)
    every = standing + np.arange(candidates)
    kept = np.isin(np.arange(candidates), layout.keep)
    allowed = (~np.isin(np.arange(candidates), layout.avoid)).astype(float)
    site = [np.arange(standing), every]
    cost = [np.full(standing, 1.0 if asked.anew else 0.0), opening]
    kind = [["standing"] * standing, ["open"] * candidates]
    movable = asked.move_cost is not None
    least = [np.full(standing, 0.0 if asked.anew or movable else 1.0), kept.astype(float)]
    most = [np.ones(standing), allowed]
    if asked.move_cost is not None:
        site.append(every)
        cost.append(np.full(candidates, asked.move_cost))
        kind.append(["move"] * candidates)
        least.append(np.zeros(candidates))
        most.append(allowed * ~kept)
    return Sites(
        standing,
        candidates,
        np.concatenate(site),
        np.concatenate(cost),
        np.array([word for part in kind for word in part], dtype=object),
        np.concatenate(least),
        np.concatenate(most),
    )


def _opening_costs(layout: Layout) -> Floats:
    """What opening each candidate costs: as the list states it, or 1 each where it states none."""
    stated = np.array([math.nan if one.cost is None else one.cost for one in layout.opens])
    lacking = np.flatnonzero(np.isnan(stated))
    if len(lacking) == len(stated):
        return np.ones(len(stated))
    if len(lacking):
        names = ", ".join(layout.opens[place].name for place in lacking[:5])
        raise InputError(Problem("site.no-cost", params={"count": len(lacking), "names": names}))
    return stated


def mean_need(minutes: Floats, residents: Floats, limit: float, fixed: Bools) -> tuple[Need, Rows | None] | None:
    """A mean of at most ``limit`` (D,) as savings against the longest way each point may have, and the rows that see
    to it that every point is reached; None where a point is reached by no site. ``fixed``: sites that are there anyhow.
    """
    lived = residents > 0
    table, people = minutes[:, lived], residents[lived]
    finite = np.isfinite(table)
    if not finite.any(axis=0).all():
        return None
    now = table[fixed].min(axis=0, initial=np.inf)
    longest = np.where(finite, table, -np.inf).max(axis=0)
    reference = np.where(np.isfinite(now), now, longest)
    saving = people * np.maximum(reference - np.where(finite, table, np.inf), 0.0)
    needed = float((people * reference).sum()) - limit * float(people.sum())
    useful = saving.any(axis=0)
    least = needed + MARGIN * max(1.0, abs(needed))
    reach = np.unique(finite[:, ~np.isfinite(now)], axis=1).T.astype(float)
    rows = None
    if len(reach):
        rows = Rows(sparse.csr_array(reach), np.ones(len(reach)), np.full(len(reach), np.inf))
    return Need(np.ascontiguousarray(saving[:, useful]), least, per=1.0 / float(people.sum())), rows


def share_need(reached: Bools, residents: Floats, people: float, whole: float) -> Need:
    """At least so many ``people`` (of a ``whole``) within reach of an open site; ``reached`` (sites, points)."""
    useful = reached.any(axis=0) & (residents > 0)
    saving = np.ascontiguousarray(reached[:, useful] * residents[useful])
    least = min(people * (1 + 2 * BROKEN), max(people, float(saving.max(axis=0, initial=0.0).sum())))
    return Need(saving, least, per=100.0 / whole)


def task_of(
    sites: Sites,
    asked: Question,
    goals: Sequence[Goal],
    rows: Sequence[Rows],
    counties: Sequence[str],
    county_of: NDArray[np.object_],
) -> Task:
    """The program of all goals. ``rows`` (over sites) are conditions, as those of the question; there is a column more
    for the ambulances of each county. ``county_of`` (sites,): where each stands."""
    extra = len(counties)
    width = len(sites.site)
    carry = sites.carry(extra)
    parts = [_carried(one, carry) for one in rows]
    own = np.arange(width)
    eye = sparse.csr_array((np.ones(width), (own, own)), (width, width + extra))
    parts.append(Rows(eye, sites.least, sites.most))
    parts.append(Rows(carry, np.full(sites.count, -np.inf), np.ones(sites.count)))
    if asked.move_cost is not None:
        parts += _moved(sites, counties, county_of)
    opened = np.concatenate([(sites.kind == "open").astype(float), np.zeros(extra)])
    decided = (sites.kind == "open") & (sites.least > 0)  # they come on top of the new ones and of the budget
    if asked.new is not None:
        counted = opened + (np.pad(sites.kind == "standing", (0, extra)) if asked.anew else 0.0)
        parts.append(_one(counted, 0, asked.new + float(decided.sum())))
    if asked.budget is not None:
        most = asked.budget + float(sites.cost[decided].sum())
        parts.append(_one(np.concatenate([sites.cost, np.zeros(extra)]), -np.inf, most))
    staffing = [one for goal in goals for one in goal.ambulances]
    parts += [_only_where_opened(one, sites, counties) for one in staffing if not one.takes]
    hard = sum(len(part.low) for part in parts)
    for goal in goals:
        parts += [_carried(one, carry) for one in goal.rows]
        for mask, least, most in goal.counts:
            parts.append(_carried(_one(mask.astype(float), least, most), carry))
    parts += [_staffed(one, sites, counties) for one in staffing]
    cost = np.concatenate([sites.cost, np.full(extra, asked.ambulance_cost)])
    top = np.concatenate([sites.most, np.full(extra, MOST_AMBULANCES)])
    matrix = Rows(
        sparse.csr_array(sparse.vstack([part.matrix for part in parts], format="csr")),
        np.concatenate([part.low for part in parts]),
        np.concatenate([part.high for part in parts]),
    )
    needs = tuple(need for goal in goals for need in goal.needs)
    soft = np.arange(len(matrix.low)) >= hard
    return Task(cost, top, np.ones(len(cost), dtype=np.bool_), matrix, needs, carry, soft)


def conditions_of(layout: Layout, asked: Question, sites: Sites, county_of: NDArray[np.object_]) -> list[Rows]:
    """Spacing and the least number in each county, as rows over sites.

    Raises :class:`~carereach.errors.InputError` for a county in which no site stands."""
    found: list[Rows] = []
    if asked.spacing_km is not None:
        found.append(_apart(layout, asked.spacing_km, sites))
    if asked.per_county_min:
        names = [str(name) for name in layout.study.counties.frame["county"]]
        lacking = [name for name in names if name not in set(county_of.tolist())]
        if lacking:
            raise InputError([Problem("site.county-without", value=name) for name in lacking])
        inside = (county_of[None, :] == np.array(names, dtype=object)[:, None]).astype(float)
        least = np.full(len(names), float(asked.per_county_min))
        found.append(Rows(sparse.csr_array(inside), least, np.full(len(names), np.inf)))
    return found


def _apart(layout: Layout, spacing_km: float, sites: Sites) -> Rows:
    """At most one of two sites that are too near to each other; what stands or is to be kept may stand together."""
    there = np.column_stack([layout.standing.geometry.x, layout.standing.geometry.y])
    every = np.vstack([there, layout.xy])
    free = np.ones(sites.count, dtype=np.bool_)
    free[: sites.standing] = False
    free[sites.standing + layout.keep] = False
    near = np.triu(km_apart(every, every) < spacing_km, 1) & (free[:, None] | free[None, :])
    first, second = np.nonzero(near)
    number = np.arange(len(first))
    ones = np.ones(2 * len(first))
    pairs = (np.tile(number, 2), np.concatenate([first, second]))
    matrix = sparse.csr_array((ones, pairs), (len(first), sites.count))
    return Rows(matrix, np.full(len(first), -np.inf), np.ones(len(first)))


def _moved(sites: Sites, counties: Sequence[str], county_of: NDArray[np.object_]) -> list[Rows]:
    """A station moves within its county: as many candidates are opened by moves there as stations leave their place."""
    extra = len(counties)
    taking_part = (sites.kind == "move") | (sites.kind == "standing")
    found = []
    for county in dict.fromkeys(county_of.tolist()):
        here = (county_of[sites.site] == county) & taking_part
        number = float((here & (sites.kind == "standing")).sum())
        found.append(_one(np.concatenate([here.astype(float), np.zeros(extra)]), number, number))
    return found


def _staffed(staffing: Staffing, sites: Sites, counties: Sequence[str]) -> Rows:
    """Ambulances that opened sites bring, and those that come on top, are enough."""
    opens = (sites.kind == "open").astype(float)
    return _one(np.concatenate([opens * staffing.brings[sites.site], _in(staffing, counties)]), staffing.more, np.inf)


def _only_where_opened(staffing: Staffing, sites: Sites, counties: Sequence[str]) -> Rows:
    """More ambulances come only where a site that counts is opened: nothing that stands could take them."""
    opened = -MOST_AMBULANCES * staffing.counted[sites.site].astype(float)
    return _one(np.concatenate([opened, _in(staffing, counties)]), -np.inf, 0.0)


def _in(staffing: Staffing, counties: Sequence[str]) -> Floats:
    return np.array([staffing.county in (None, name) for name in counties], dtype=float)


def _carried(rows: Rows, carry: sparse.csr_array) -> Rows:
    return Rows(sparse.csr_array(rows.matrix @ carry), rows.low, rows.high)


def _one(values: Floats, low: float, high: float) -> Rows:
    return Rows(sparse.csr_array(values[None, :]), np.array([float(low)]), np.array([float(high)]))
