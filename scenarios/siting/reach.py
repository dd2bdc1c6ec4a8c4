"""Can everybody be reached at all? By some candidate, and by one choice of sites that meets the conditions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from ...texts import Message
from .clock import Clock
from .instance import Instance, conditions_fail, out_of_reach
from .result import BoolArray, IntArray
from .rows import Rows, side_rows, stacked
from .solver import Answer, Program, solve


@dataclass(frozen=True)
class Choice:
    """Global indices of new sites; None if there are none, with the reasons, or none were found in time."""

    new: IntArray | None
    messages: tuple[Message, ...] = ()


def out_of_reach_of_all(instance: Instance) -> IntArray:
    """Populated demand points that no usable candidate reaches."""
    reached = np.isfinite(instance.minutes[instance.usable]).any(axis=0)
    return np.flatnonzero(instance.populated & ~reached)


def choose_covering(instance: Instance, within: BoolArray, clock: Clock, *, fewest: bool = True) -> Answer:
    """The fewest new sites of ``instance.open`` that, with the fixed ones, cover every populated point; any sites
    that do, without ``fewest``, which is quicker where they are hard to find.

    ``within[candidate, demand]``; the columns of the answer are ``instance.open``. Points that are covered by the same
    candidates make one row, and a point whose candidates all cover another one's is left out with it.
    """
    chosen = instance.open
    asked = instance.populated & ~within[instance.given.fixed].any(axis=0)
    needs = np.unique(within[np.ix_(chosen, np.flatnonzero(asked))].T, axis=0)
    needs = _hardest(needs)
    cover = Rows(sparse.csr_array(needs.astype(np.float64)), np.ones(len(needs)), np.full(len(needs), np.inf))
    width = len(chosen)
    program = Program(
        worth=np.full(width, float(fewest)),
        low=np.zeros(width),
        high=np.ones(width),
        whole=np.ones(width, dtype=np.bool_),
        rows=stacked([side_rows(instance, chosen), cover]),
        maximise=False,
    )
    return solve(program, clock)


def reach_everybody(instance: Instance, clock: Clock) -> Choice:
    """New sites that reach every populated point with the fixed ones, or why there are none."""
    answer = choose_covering(instance, np.isfinite(instance.minutes), clock)
    if answer.x is not None:
        return Choice(instance.open[answer.x > 0.5])
    if answer.status != "infeasible":
        return Choice(None)
    return Choice(None, (why_not(instance, np.isfinite(instance.minutes), clock),))


def impossible(instance: Instance) -> tuple[tuple[Message, ...], IntArray]:
    """What makes the question unanswerable at first sight: conditions that fail, points out of reach."""
    unreached = out_of_reach_of_all(instance)
    messages = conditions_fail(instance)
    return (*messages, *([out_of_reach(unreached)] if len(unreached) else [])), unreached


def why_not(instance: Instance, within: BoolArray, clock: Clock) -> Message:
    """Why no ``p`` sites cover everybody: with more sites it would go, or it would not."""
    answer = choose_covering(replace(instance, p=None), within, clock)
    if answer.status == "optimal" and answer.x is not None:
        return Message("siting.not-all-at-once", {"p": instance.p, "needed": int((answer.x > 0.5).sum())})
    return Message("siting.no-choice")


def _hardest(needs: BoolArray) -> BoolArray:
    """Rows without those that hold all of another row's candidates."""
    if len(needs) < 2 or len(needs) > 6000:
        return needs
    size = needs.sum(axis=1)
    as_number = needs.astype(np.float32)
    shared = as_number @ as_number.T
    holds = shared == size[None, :]  # row i holds all of row j
    np.fill_diagonal(holds, False)
    hardest: BoolArray = needs[~holds.any(axis=1)]
    return hardest
