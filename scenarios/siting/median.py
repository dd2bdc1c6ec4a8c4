"""The p-median: the sites from which people are reached in the shortest mean time."""

from __future__ import annotations

import math
from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike

from . import median_capacity
from .clock import Clock
from .given import Options
from .instance import Instance, read_instance
from .interchange import earliest
from .median_search import Search, Task
from .reach import impossible, reach_everybody
from .recheck import SolverContradiction, confirm, unfinished
from .result import IntArray, Siting, infeasible

MODEL = "p_median"


def p_median(minutes: ArrayLike, residents: ArrayLike, *, p: int, **options: Unpack[Options]) -> Siting:
    """At most ``p`` new sites with the least sum of residents x minutes to the nearest site (Hakimi 1964).

    ``minutes[candidate, demand]``, ``residents[demand]``; ``value`` is that sum, in resident minutes, ``bound`` a
    number that no choice of sites falls below. Points without residents count nothing and need not be reached.

    The program is that of ReVelle and Swain (1970), ``min sum_id r_d t_id x_id``, ``sum_i x_id = 1``, ``x_id <= y_i``,
    ``sum_i y_i <= p``, solved in four steps: greedy choice and fast interchange (:mod:`.interchange`), Lagrangian
    bounds (:mod:`.lagrange`), candidates dropped that these bounds exclude, and branching with prices for each branch
    (:mod:`.branching`). HiGHS (:mod:`.levels`) is asked only where the branches become too many.

    ``capacity``: residents that each candidate can serve. Then the residents of a point may be shared among sites
    (each share goes where the sum is least), as in the capacitated plant location problem with divisible demand
    (Sridharan 1995); see :mod:`.median_capacity`.

    A populated point that no usable candidate reaches, or points that no ``p`` sites reach together, make the answer
    "infeasible", with the reason. Of equally good answers one is returned in which no new site can be exchanged for an
    earlier candidate without loss. Keywords: see :class:`~carereach.scenarios.siting.given.Options`.
    Raises :class:`~carereach.errors.InputError` (a ValueError) for arguments that do not fit together.
    """
    instance = read_instance(minutes, residents, p, options)
    with Clock(instance.given.time_limit_s, instance.given.progress) as clock:
        return median(instance, clock)


def median(instance: Instance, clock: Clock, start: IntArray | None = None) -> Siting:
    """The same for a checked instance; ``start``: new sites to begin with."""
    if instance.given.capacity is not None:
        messages, unreached = impossible(instance)
        return infeasible(clock.seconds, messages, unreached) if messages else median_capacity.median(instance, clock)
    search = searched(instance, clock, start)
    return finish(instance, search, clock) if isinstance(search, Search) else search


def searched(instance: Instance, clock: Clock, start: IntArray | None = None, *, allow: float = 0.0) -> Search | Siting:
    """Good sites and a bound, ready for the solver; the answer where there are none."""
    messages, unreached = impossible(instance)
    if messages:
        return infeasible(clock.seconds, messages, unreached)
    search = Search(Task.of(instance), clock, allow)
    search.begin(start)
    if search.best is None:
        choice = reach_everybody(instance, clock)
        if choice.new is None:
            return infeasible(clock.seconds, choice.messages) if choice.messages else unfinished(0.0, clock, MODEL)
        search.improve(search.task.rows_of(choice.new))
    search.raise_bound()
    return search


def finish(instance: Instance, search: Search, clock: Clock) -> Siting:
    """What the solver adds, and the checked answer."""
    proven, task = search.close(), search.task
    assert search.best is not None
    settled = earliest(task.table, task.keep, task.moves, search.best, task.beyond)
    return confirm(
        MODEL,
        instance,
        task.sites[np.concatenate([task.keep, settled])].tolist(),
        claimed=task.value(settled),
        bound=search.bound,
        status="optimal" if proven else clock.ended_by,
        maximise=False,
        value_of=resident_minutes,
        clock=clock,
        method=search.method,
    )


def resident_minutes(instance: Instance, sites: list[int]) -> float:
    """Sum of residents x minutes to the nearest of ``sites``: plain code for the recheck."""
    terms = []
    rows = [instance.minutes[site] for site in sites]
    for point, people in enumerate(instance.residents.tolist()):
        if people > 0:
            nearest = min((float(row[point]) for row in rows), default=math.inf)
            if math.isinf(nearest):
                raise SolverContradiction(MODEL, f"demand point {point} is not reached")
            terms.append(people * nearest)
    return math.fsum(terms)
