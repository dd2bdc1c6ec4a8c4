"""Covering models: everybody with the fewest sites, most people, people covered twice, and cover by busy vehicles.

All take ``minutes[candidate, demand]`` and the keywords of :class:`~carereach.scenarios.siting.given.Options`, and
give a :class:`~carereach.scenarios.siting.result.Siting` that has been checked again point by point. "Within" is
inclusive. Wrong arguments raise :class:`~carereach.errors.InputError`, a :class:`ValueError`; an answer that does not
stand up to being checked raises :class:`~carereach.scenarios.siting.recheck.SolverContradiction`.

Below, x_j is 1 where candidate j is chosen (fixed ones are), N_i the candidates within the limit of demand point i,
r_i its residents. Sites that add nothing are left out, so there may be fewer than ``p`` new ones.

Ties: a candidate that another one outdoes (reaches all that it does and more, or as much with a lower index, at no
more cost and under no more conditions) is not proposed by the models in which a second site at the same place adds
nothing; of the others no single proposed one could be exchanged for one of lower index without a loss or a broken
condition. Exchanges of several at once are not looked at; with ``capacity`` the choice among equals is HiGHS's own.
The same arguments give the same answer again unless a time limit or Ctrl-C had a part in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike

from ...texts import Message
from . import plain
from .case import cover_case
from .clock import Clock
from .given import Checks, Options
from .instance import Instance, conditions_fail, out_of_reach, read_instance
from .reach import why_not
from .recheck import check_infeasible, confirm, unfinished
from .result import BoolArray, FloatArray, IntArray, Siting, infeasible
from .search import Found, fewest, most
from .served import everybody_served, most_served


def cover_all(
    minutes: ArrayLike, *, within_min: float, residents: ArrayLike | None = None, **options: Unpack[Options]
) -> Siting:
    """Everybody within ``within_min`` with the fewest sites; ``value`` is how many, the fixed ones counted.

    The location set covering problem (Toregas, Swain, ReVelle and Bergman 1971): least sum of x_j, subject to
    sum over N_i of x_j >= 1 for every demand point i with residents (all points if ``residents[demand]`` is not
    given). Infeasible where a point is out of reach of all candidates: ``unreached`` and ``messages`` name them.
    ``capacity[candidate]``: the most residents a site can serve (beds, with beds needed as ``residents``, which then
    are required); a point may be shared among sites.
    """
    instance = read_instance(minutes, residents, None, options, limits_min=[("within_min", within_min)])
    if instance.given.capacity is not None and residents is None:
        _refuse("capacity-of-whom", "capacity")
    within = instance.within(within_min)
    with Clock(instance.given.time_limit_s, instance.given.progress) as clock:
        if answer := _hopeless(instance, within, clock):
            return answer
        if instance.given.capacity is not None:
            return everybody_served(instance, within, within_min, clock)
        nothing = np.zeros((instance.candidates, instance.demand), dtype=np.bool_)
        found = fewest("cover_all", cover_case(instance, nothing, np.ones(1), need=within), clock)

        def value_of(instance: Instance, sites: list[int]) -> float:
            plain.check_everybody("cover_all", instance, sites, within_min)
            return float(len(sites))

        standing = len(instance.given.fixed)
        return _report("cover_all", instance, found, clock, value_of, maximise=False, standing=standing)


def max_cover(
    minutes: ArrayLike, residents: ArrayLike, *, p: int, within_min: float, **options: Unpack[Options]
) -> Siting:
    """Most residents within ``within_min`` of a site with at most ``p`` new ones; ``value`` is how many.

    The maximal covering location problem (Church and ReVelle 1974): most sum of r_i y_i, subject to
    y_i <= sum over N_i of x_j, sum of new x_j <= p, 0 <= y_i <= 1.
    ``capacity[candidate]``: the most residents a site can serve, fixed ones too (Current and Storbeck 1988); a point
    may be shared among sites, and ``value`` counts those served.
    """
    instance = read_instance(minutes, residents, p, options, limits_min=[("within_min", within_min)])
    with Clock(instance.given.time_limit_s, instance.given.progress) as clock:
        return covering_most(instance, within_min, clock)


def covering_most(instance: Instance, within_min: float, clock: Clock, known: IntArray | None = None) -> Siting:
    """The same for a checked instance; ``known``: new sites to begin with."""
    within = instance.within(within_min)
    if answer := _hopeless(instance, None, clock):
        return answer
    if instance.given.capacity is not None:
        return most_served(instance, within, within_min, clock)
    found = most("max_cover", cover_case(instance, within, np.ones(1)), clock, known)

    def value_of(instance: Instance, sites: list[int]) -> float:
        return plain.covered(instance, sites, within_min)

    return _report("max_cover", instance, found, clock, value_of)


def backup_cover(
    minutes: ArrayLike,
    residents: ArrayLike,
    *,
    p: int,
    within_min: float,
    all_within_min: float | None = None,
    **options: Unpack[Options],
) -> Siting:
    """Everybody within ``all_within_min`` of a site, most residents within ``within_min`` of two; ``value``: those.

    Backup coverage (BACOP1 of Hogan and ReVelle 1986): most sum of r_i u_i, subject to
    sum over N_i of x_j - u_i >= 1, sum of new x_j <= p, 0 <= u_i <= 1. Without ``all_within_min`` it is
    ``within_min``; a longer one gives the two radii of the double standard model (Gendreau, Laporte and Semet 1997),
    here with one vehicle a site and no least share within the shorter one: 2 u_i <= sum over N_i of x_j, u_i whole.
    Infeasible where somebody cannot be reached by all candidates, or by ``p`` of them.
    """
    outer = within_min if all_within_min is None else all_within_min
    limits = [("within_min", within_min), ("all_within_min", outer)]
    instance = read_instance(minutes, residents, p, options, limits_min=limits, no_capacity=True)
    if outer < within_min:
        _refuse("outer", "all_within_min")
    within, reach = instance.within(within_min), instance.within(outer)
    with Clock(instance.given.time_limit_s, instance.given.progress) as clock:
        if answer := _hopeless(instance, reach, clock):
            return answer
        factors = np.array([0.0, 1.0])
        case = cover_case(instance, within, factors, need=reach, alone=False, once_sure=outer == within_min)
        found = most("backup_cover", case, clock)

        def value_of(instance: Instance, sites: list[int]) -> float:
            return plain.covered_twice(instance, sites, within_min, outer)

        answer = _report("backup_cover", instance, found, clock, value_of)
        if answer.status == "infeasible":
            return replace(answer, messages=(why_not(instance, reach, clock),), seconds=clock.seconds)
        return answer


def max_expected_cover(
    minutes: ArrayLike,
    residents: ArrayLike,
    *,
    vehicles: int,
    within_min: float,
    busy: float,
    **options: Unpack[Options],
) -> Siting:
    """Where at most ``vehicles`` new vehicles stand, so that most residents find a free one within ``within_min``.

    Maximal expected covering (Daskin 1983): a point that k vehicles reach is covered with probability 1 - busy^k;
    ``value`` is the sum of r_i (1 - busy^k_i). Most sum over i and k of r_i (1 - busy) busy^(k-1) y_ik, subject to
    sum over k of y_ik <= sum over N_i of x_j, x_j whole. A site may hold several vehicles, at most
    ``capacity[candidate]`` (the fixed ones counted) if given; ``sites`` and ``fixed`` name it once for each.
    ``busy``, from 0 to below 1, is the share of time a vehicle is busy, the same for all (see ``busy_fraction``): it
    is the planner's and has no default. ``cost`` and ``group_min`` count vehicles; spacing is between sites.
    """
    limits = [("within_min", within_min)]
    instance = read_instance(minutes, residents, vehicles, options, limits_min=limits, repeats=True)
    if isinstance(busy, bool) or not 0 <= busy < 1:
        _refuse("busy", "busy", busy)
    within = instance.within(within_min)
    top = _vehicle_room(instance)
    with Clock(instance.given.time_limit_s, instance.given.progress) as clock:
        if answer := _hopeless(instance, None, clock):
            return answer
        levels = len(instance.given.fixed) + vehicles
        factors: FloatArray = (1.0 - busy) * np.power(float(busy), np.arange(max(levels, 1), dtype=np.float64))
        alone = instance.given.capacity is None
        found = most("max_expected_cover", cover_case(instance, within, factors, alone=alone, top=top), clock)

        def value_of(instance: Instance, sites: list[int]) -> float:
            plain.check_room("max_expected_cover", instance, sites)
            return plain.expected(instance, sites, within_min, busy)

        return _report("max_expected_cover", instance, found, clock, value_of)


def _vehicle_room(instance: Instance) -> IntArray:
    """[candidate]: how many new vehicles it can take."""
    p = instance.p or 0
    if instance.given.capacity is None:
        return np.full(instance.candidates, p, dtype=np.int64)
    there = np.bincount(instance.given.fixed, minlength=instance.candidates)
    if np.any(there > instance.given.capacity):
        _refuse("too-many-fixed", "fixed", int(np.flatnonzero(there > instance.given.capacity)[0]))
    room: IntArray = np.minimum(np.floor(instance.given.capacity).astype(np.int64) - there, p)
    return room


def _refuse(slug: str, name: str, value: object = None) -> None:
    checks = Checks()
    checks.wrong(slug, name, value)
    checks.raise_all()


def _hopeless(instance: Instance, need: BoolArray | None, clock: Clock) -> Siting | None:
    """The answer where a condition cannot be met whatever else is chosen."""
    messages = conditions_fail(instance)
    unreached = np.zeros(0, dtype=np.int64)
    if need is not None:
        unreached = np.flatnonzero(instance.populated & ~need[instance.usable].any(axis=0))
        if len(unreached):
            messages = (out_of_reach(unreached), *messages)
    return infeasible(clock.seconds, messages, unreached) if messages else None


def _report(
    model: str,
    instance: Instance,
    found: Found,
    clock: Clock,
    value_of: Callable[[Instance, list[int]], float],
    *,
    maximise: bool = True,
    standing: int = 0,
) -> Siting:
    if found.status == "infeasible":
        check_infeasible(model, instance, value_of)
        return infeasible(clock.seconds, (Message("siting.no-choice"),))
    if found.new is None:
        return unfinished(found.bound + standing, clock, found.method)
    return confirm(
        model,
        instance,
        np.concatenate([instance.given.fixed, found.new]).tolist(),
        claimed=found.value + standing,
        bound=found.bound + standing,
        status=found.status,
        maximise=maximise,
        value_of=value_of,
        clock=clock,
        method=found.method,
        known=[value + standing for value in found.known],
    )
