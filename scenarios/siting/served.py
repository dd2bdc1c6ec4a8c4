"""Covering with sites that can serve only so many: who is served where is part of the answer."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from ...texts import Message
from . import plain
from .clock import Clock
from .instance import Instance
from .recheck import SolverContradiction, check_infeasible, confirm, unfinished
from .reduce import incidence_of, merged
from .result import BoolArray, FloatArray, IntArray, Siting, infeasible
from .rows import Rows, side_rows, stacked
from .solver import Answer, Program, solve

MOST_LINKS = 100_000  # a row for each pair makes the bound much better; beyond, it costs more than it gives


@dataclass(frozen=True)
class Flows:
    """Classes of demand, the sites that may serve them (fixed and open ones), and the pairs within the limit.

    ``people[class]``; ``sites``: candidate of each column; ``room[column]``; ``is_open[column]``; ``pair_class`` and
    ``pair_site``: class and column of each pair; ``points`` and ``classes``: the demand points that count and the
    class of each.
    """

    instance: Instance
    people: FloatArray
    sites: IntArray
    room: FloatArray
    is_open: BoolArray
    pair_class: IntArray
    pair_site: IntArray
    points: IntArray
    classes: IntArray

    @property
    def open(self) -> IntArray:
        """Columns that may be proposed."""
        return np.flatnonzero(self.is_open)

    @property
    def most(self) -> FloatArray:
        """The most that can flow in each pair."""
        most: FloatArray = np.minimum(self.people[self.pair_class], self.room[self.pair_site])
        return most


def most_served(instance: Instance, within: BoolArray, within_min: float, clock: Clock) -> Siting:
    """Most residents served within the limit; see :func:`~carereach.scenarios.siting.cover.max_cover`."""
    flows = _flows(instance, within)
    start = _greedy(flows, instance.p)
    answer = solve(_program(flows, everybody=False), clock, gap=instance.given.gap, start=start)
    return _report("max_cover", flows, answer, within_min, clock, everybody=False)


def everybody_served(instance: Instance, within: BoolArray, within_min: float, clock: Clock) -> Siting:
    """Everybody served with the fewest sites; see :func:`~carereach.scenarios.siting.cover.cover_all`."""
    flows = _flows(instance, within)
    start = _greedy(flows, None)
    if start is not None and start[len(flows.open) :].sum() < flows.people.sum() * (1 - 1e-12):
        start = None
    answer = solve(_program(flows, everybody=True), clock, gap=instance.given.gap, start=start)
    return _report("cover_all", flows, answer, within_min, clock, everybody=True)


def _flows(instance: Instance, within: BoolArray) -> Flows:
    assert instance.given.capacity is not None
    sites = instance.usable
    points = np.flatnonzero(instance.populated & within[sites].any(axis=0))
    table = within[np.ix_(sites, points)]
    first, classes = merged(table, np.zeros(len(points), dtype=np.int64))
    people = np.bincount(classes, weights=instance.residents[points], minlength=len(first)).astype(np.float64)
    pairs = sparse.coo_array(incidence_of(table[:, first]))
    room = instance.given.capacity[sites]
    is_open = np.isin(sites, instance.open)
    pair_class, pair_site = (np.asarray(part, dtype=np.int64) for part in pairs.coords)
    return Flows(instance, people, sites, room, is_open, pair_class, pair_site, points, classes)


def _program(flows: Flows, *, everybody: bool) -> Program:
    """Columns: x of the open sites, then the flow of each pair."""
    width, pairs = len(flows.open), len(flows.pair_class)
    ones, number = np.ones(pairs), np.arange(pairs)
    classes = sparse.csr_array((ones, (flows.pair_class, number)), (len(flows.people), pairs))
    loads = sparse.csr_array((ones, (flows.pair_site, number)), (len(flows.sites), pairs))
    place = np.full(len(flows.sites), -1, dtype=np.int64)
    place[flows.open] = np.arange(width)
    used = sparse.csr_array((-flows.room[flows.open], (flows.open, np.arange(width))), (len(flows.sites), width))
    none = sparse.csr_array((len(flows.people), width))
    rows = [
        side_rows(flows.instance, flows.sites[flows.open]).widened(pairs),
        _joined(none, classes, flows.people, low=flows.people if everybody else None),
        _joined(used, loads, np.where(flows.is_open, 0.0, flows.room)),
    ]
    linked = np.flatnonzero(flows.is_open[flows.pair_site])
    if len(linked) <= MOST_LINKS:
        height = np.arange(len(linked))
        at = place[flows.pair_site[linked]]
        upto = sparse.csr_array((-flows.most[linked], (height, at)), (len(linked), width))
        flow = sparse.csr_array((np.ones(len(linked)), (height, linked)), (len(linked), pairs))
        rows.append(_joined(upto, flow, np.zeros(len(linked))))
    return Program(
        worth=np.concatenate([np.full(width, float(everybody)), np.full(pairs, float(not everybody))]),
        low=np.zeros(width + pairs),
        high=np.concatenate([np.ones(width), flows.most]),
        whole=np.concatenate([np.ones(width, dtype=np.bool_), np.zeros(pairs, dtype=np.bool_)]),
        rows=stacked(rows),
        maximise=not everybody,
    )


def _joined(left: sparse.csr_array, right: sparse.csr_array, high: FloatArray, low: FloatArray | None = None) -> Rows:
    matrix = sparse.csr_array(sparse.hstack([left, right], format="csr"))
    return Rows(matrix, np.full(len(high), -np.inf) if low is None else low, high)


def _greedy(flows: Flows, p: int | None) -> FloatArray | None:
    """Values of all columns with the fixed sites filled and then the site that serves most of the rest, again and
    again; None where other conditions than the number stand in the way of so plain a rule."""
    given = flows.instance.given
    if given.cost is not None or given.distance_km is not None or given.group_min:
        return None
    order = np.argsort(flows.pair_site, kind="stable")
    ends = np.searchsorted(flows.pair_site[order], np.arange(len(flows.sites) + 1))
    rest, flow = flows.people.copy(), np.zeros(len(order))
    used = np.zeros(len(flows.sites), dtype=np.bool_)

    def fill(site: int) -> None:
        pairs = order[ends[site] : ends[site + 1]]
        wanted = rest[flows.pair_class[pairs]]
        before = np.cumsum(wanted) - wanted
        flow[pairs] = np.clip(flows.room[site] - before, 0.0, wanted)
        rest[flows.pair_class[pairs]] -= flow[pairs]

    for site in np.flatnonzero(~flows.is_open):
        fill(int(site))
    for _ in range(len(flows.open) if p is None else p):
        ask = np.bincount(flows.pair_site, weights=rest[flows.pair_class], minlength=len(flows.sites))
        gain = np.where(flows.is_open & ~used, np.minimum(ask, flows.room), 0.0)
        if not len(gain) or gain.max() <= 1e-9:
            break
        best = int(np.argmax(gain))
        used[best] = True
        fill(best)
    return np.concatenate([used[flows.open].astype(np.float64), flow])


def _report(model: str, flows: Flows, answer: Answer, within_min: float, clock: Clock, *, everybody: bool) -> Siting:
    instance, method = flows.instance, "greedy, HiGHS"
    standing = len(instance.given.fixed) if everybody else 0
    if answer.status == "infeasible":
        if not everybody:
            check_infeasible(model, instance)
        return infeasible(clock.seconds, (_why(flows, everybody=everybody),))
    width = len(flows.open)
    bound = min(answer.bound, float(flows.people.sum()))
    if everybody:
        bound = float(math.ceil(max(answer.bound, 0.0) - 1e-6) + standing)
    if answer.x is None:
        return unfinished(bound, clock, method)
    new = flows.sites[flows.open[np.rint(answer.x[:width]) > 0]]
    served = _served(flows, answer.x[width:])

    def value_of(instance: Instance, sites: list[int]) -> float:
        total = plain.check_served(model, instance, sites, within_min, served)
        if not everybody:
            return total
        people = math.fsum(instance.residents.tolist())
        if total < people - 1e-6 * max(1.0, people):
            raise SolverContradiction(model, f"{total!r} of {people!r} residents served")
        plain.check_everybody(model, instance, sites, within_min)
        return float(len(sites))

    siting = confirm(
        model,
        instance,
        [*instance.given.fixed.tolist(), *new.tolist()],
        claimed=answer.value + standing,
        bound=bound,
        status=answer.status,
        maximise=not everybody,
        value_of=value_of,
        clock=clock,
        method=method,
    )
    load = np.zeros(instance.candidates)
    np.add.at(load, [site for site, _, _ in served], [amount for _, _, amount in served])
    return replace(siting, load=load[siting.sites])


def _why(flows: Flows, *, everybody: bool) -> Message:
    """All sites together are too small, or no choice of them does it."""
    people, room = float(flows.people.sum()), float(flows.room.sum())
    if everybody and room < people:
        return Message("siting.too-little-room", {"residents": f"{people:,.0f}", "room": f"{room:,.0f}"})
    return Message("siting.no-choice")


def _served(flows: Flows, flow: FloatArray) -> list[tuple[int, int, float]]:
    """(candidate, demand point, residents): the flow of a class shared among its points by their residents."""
    pairs = np.flatnonzero(flow > 1e-9)
    share = flow[pairs] / flows.people[flows.pair_class[pairs]]
    by_class = sparse.csr_array(
        (share, (flows.pair_class[pairs], flows.pair_site[pairs])), (len(flows.people), len(flows.sites))
    )
    shares = sparse.coo_array(by_class[flows.classes])
    points, sites = shares.coords
    at = flows.points[points]
    amounts = np.asarray(shares.data) * flows.instance.residents[at]
    return list(zip(flows.sites[sites].tolist(), at.tolist(), amounts.tolist(), strict=True))
