"""Goes over every answer again, in plain code that shares nothing with the search.

It reads the arguments as they were given, not the arrays derived from them, with loops instead of linear algebra:
solvers have returned wrong optima and infeasible "optimal" answers. What does not hold raises
:class:`SolverContradiction`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from ...errors import CareReachError
from ...texts import Message, text
from .clock import Clock
from .instance import Instance
from .result import CLOSED, Siting, Status, relative_gap

TOLERANCE = 1e-6  # relative; HiGHS's own tolerance for feasibility


class SolverContradiction(CareReachError):
    """A proposed answer breaks a condition, or its value or bound cannot be: it is never reported."""

    def __init__(self, model: str, what: str) -> None:
        self.model = model
        self.what = what
        super().__init__(text("siting.contradiction", model=model, what=what))


def confirm(
    model: str,
    instance: Instance,
    sites: Sequence[int],
    *,
    claimed: float | None,
    bound: float,
    status: Status,
    maximise: bool,
    value_of: Callable[[Instance, list[int]], float],
    clock: Clock,
    method: str,
    known: Sequence[float] = (),
    messages: tuple[Message, ...] = (),
) -> Siting:
    """The checked answer, or :class:`SolverContradiction`.

    ``claimed``: the value that the search says its sites have (None: it says nothing); ``value_of``: computes it again
    from the instance and the sites, raising ``SolverContradiction`` if they do not answer the question at all;
    ``known``: values of other sites that are known to be possible, which the bound must not deny and, where optimality
    is claimed, the value must not miss. ``status`` "optimal" is reported only where the gap asked for is reached.
    """
    picked = sorted(int(site) for site in sites)
    check_conditions(model, instance, picked)
    value = value_of(instance, picked)
    slack = TOLERANCE * max(1.0, abs(value))
    if claimed is not None and abs(claimed - value) > slack:
        raise SolverContradiction(model, f"value {claimed!r} claimed, {value!r} found")
    for other in (value, *known):
        if (other - bound if maximise else bound - other) > slack:
            raise SolverContradiction(model, f"bound {bound!r} denies the value {other!r}")
    bound = max(bound, value) if maximise else min(bound, value)
    gap = relative_gap(value, bound)
    if gap <= CLOSED or abs(bound - value) <= slack * 1e-3:
        bound, gap = value, 0.0
    allowed = max(instance.given.gap, TOLERANCE)
    if status == "optimal" and gap > allowed and abs(bound - value) > slack:
        raise SolverContradiction(model, f"optimal claimed with value {value!r} and bound {bound!r}")
    if gap <= instance.given.gap:
        status = "optimal"
    elif status == "optimal":  # proven to within the solver's tolerance: the rest is rounding
        bound, gap = value, 0.0
    clock.tell(value, bound)
    new = Counter(picked) - Counter(instance.given.fixed.tolist())
    return Siting(
        sites=np.array(picked, dtype=np.int64),
        value=value,
        bound=bound,
        gap=gap,
        status=status,
        seconds=clock.seconds,
        new=np.array(sorted(new.elements()), dtype=np.int64),
        method=method,
        messages=messages,
    )


def unfinished(bound: float, clock: Clock, method: str) -> Siting:
    """The answer where the time was over before any choice of sites was found."""
    nothing = np.zeros(0, dtype=np.int64)
    return Siting(nothing, math.nan, bound, math.inf, clock.ended_by, clock.seconds, method=method)


def check_infeasible(
    model: str, instance: Instance, value_of: Callable[[Instance, list[int]], float] | None = None
) -> None:
    """Raises :class:`SolverContradiction` where the fixed sites alone, or with the first of the open ones, would do.

    ``value_of``: as in :func:`confirm`; without it any sites that meet the conditions answer the question.
    """
    fixed = instance.given.fixed.tolist()
    trials: list[list[int]] = [[], instance.open[: instance.p].tolist()]
    for new in trials:
        try:
            check_conditions(model, instance, sorted([*fixed, *new]))
            if value_of is not None:
                value_of(instance, sorted([*fixed, *new]))
        except SolverContradiction:
            continue
        raise SolverContradiction(model, "infeasible claimed where a choice of sites is at hand")


def check_conditions(model: str, instance: Instance, sites: list[int]) -> None:
    """Fixed and forbidden sites, number, budget, spacing and group minimums, each looked at by itself."""
    given = instance.given
    count = Counter(sites)
    fixed = Counter(given.fixed.tolist())
    if any(site < 0 or site >= instance.candidates for site in count):
        raise SolverContradiction(model, "a site is no candidate")
    if not instance.repeats and any(number > 1 for number in count.values()):
        raise SolverContradiction(model, "a site is named twice")
    if missing := fixed - count:
        raise SolverContradiction(model, f"fixed sites {sorted(missing)} are missing")
    if used := sorted(set(given.forbidden.tolist()) & set(count)):
        raise SolverContradiction(model, f"forbidden sites {used} are used")
    new = count - fixed
    if instance.p is not None and new.total() > instance.p:
        raise SolverContradiction(model, f"{new.total()} new sites where {instance.p} are allowed")
    if given.cost is not None:
        spent = math.fsum(float(given.cost[site]) * number for site, number in new.items())
        if spent > given.budget + TOLERANCE * max(1.0, given.budget):
            raise SolverContradiction(model, f"cost {spent!r} above the budget {given.budget!r}")
    _check_spacing(model, instance, sorted(count), set(fixed))
    if given.group_min:
        there = Counter(given.groups[site] for site in count.elements())
        for label, least in given.group_min.items():
            if there[label] < least:
                raise SolverContradiction(model, f"group {label!r} has {there[label]} of {least} sites")


def _check_spacing(model: str, instance: Instance, sites: list[int], fixed: set[int]) -> None:
    distance = instance.given.distance_km
    if distance is None:
        return
    for place, first in enumerate(sites):
        for second in sites[place + 1 :]:
            if first in fixed and second in fixed:
                continue
            if min(distance[first, second], distance[second, first]) < instance.given.min_km:
                raise SolverContradiction(model, f"sites {first} and {second} are too near to each other")
