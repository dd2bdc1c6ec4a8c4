"""One siting question, checked: the table, who lives where, and the conditions that every model knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...texts import Message
from .given import Checks, Given, Options, check_options
from .result import BoolArray, FloatArray, IntArray

SHOWN = 10  # indices named in a message


@dataclass(frozen=True)
class Instance:
    """A siting question.

    ``minutes[candidate, demand]`` as given (float32 or float64, ``inf`` = not reached); ``residents[demand]`` (ones if
    none were given); ``p``: the most new sites (None: no limit); ``repeats``: a site may hold several (vehicles).
    """

    minutes: NDArray[np.float32] | FloatArray
    residents: FloatArray
    p: int | None
    given: Given
    repeats: bool = False

    @property
    def candidates(self) -> int:
        """How many candidates there are."""
        return int(self.minutes.shape[0])

    @property
    def demand(self) -> int:
        """How many demand points there are."""
        return int(self.minutes.shape[1])

    @cached_property
    def populated(self) -> BoolArray:
        """[demand]: whether anybody lives there."""
        return self.residents > 0

    @cached_property
    def is_fixed(self) -> BoolArray:
        """[candidate]: whether it stands already."""
        mask = np.zeros(self.candidates, dtype=np.bool_)
        mask[self.given.fixed] = True
        return mask

    @cached_property
    def near(self) -> BoolArray | None:
        """[candidate, candidate]: whether the two are too near to each other; None without a spacing."""
        distance = self.given.distance_km
        if distance is None:
            return None
        close = np.minimum(distance, distance.T) < self.given.min_km
        np.fill_diagonal(close, False)
        return close

    @cached_property
    def open(self) -> IntArray:
        """Candidates that may be proposed: not forbidden, not too near to a fixed one; fixed only for vehicles."""
        allowed = np.ones(self.candidates, dtype=np.bool_)
        allowed[self.given.forbidden] = False
        if not self.repeats:
            allowed[self.given.fixed] = False
        if self.near is not None and len(self.given.fixed):
            allowed &= self.is_fixed | ~self.near[:, self.is_fixed].any(axis=1)
        if self.given.cost is not None:
            allowed &= self.given.cost <= self.given.budget
        return np.flatnonzero(allowed)

    @cached_property
    def usable(self) -> IntArray:
        """Candidates that can be in an answer: the fixed and the open ones, ascending."""
        both: IntArray = np.union1d(self.given.fixed, self.open)
        return both

    @cached_property
    def group(self) -> IntArray:
        """[candidate]: index of its group in ``group_need``; -1 where the group has no minimum."""
        index = {label: k for k, label in enumerate(self.given.group_min)}
        return np.array([index.get(label, -1) for label in self.given.groups] or [-1] * self.candidates, dtype=np.int64)

    @cached_property
    def group_need(self) -> IntArray:
        """How many sites each group still needs, its fixed ones counted."""
        least: IntArray = np.array(list(self.given.group_min.values()), dtype=np.int64)
        there = self.group[self.given.fixed]
        need: IntArray = np.maximum(least - np.bincount(there[there >= 0], minlength=len(least)), 0)
        return need

    def within(self, limit_min: float) -> BoolArray:
        """[candidate, demand]: whether it is reached within ``limit_min``, inclusive.

        The limit is rounded to the table's precision first, so that 12.1 minutes stored as float32 count as 12.1.
        """
        limit = self.minutes.dtype.type(limit_min)
        within: BoolArray = self.minutes <= limit
        return within & np.isfinite(self.minutes)


def read_instance(
    minutes: ArrayLike,
    residents: ArrayLike | None,
    p: int | None,
    options: Options,
    *,
    limits_min: Sequence[tuple[str, float]] = (),
    repeats: bool = False,
    no_capacity: bool = False,
) -> Instance:
    """Checks the arguments of a model; ``limits_min``: names and values of its limits in minutes.

    Raises :class:`~carereach.errors.InputError`, which is a :class:`ValueError`, with everything that is wrong: a
    table that is not two-dimensional, NaN or negative minutes, lengths that do not fit the table (a vector that fits
    the other side says so: the table may be turned), indices that are none, ``p`` above the candidates that are free.
    """
    checks = Checks()
    table = _table(minutes, checks)
    checks.raise_all()
    assert table is not None
    candidates, demand = table.shape
    people = (
        np.ones(demand) if residents is None else checks.vector("residents", residents, demand, "demand", candidates)
    )
    for name, limit in limits_min:
        checks.number(name, limit)
    given = check_options(options, candidates, demand, checks, repeats=repeats)
    if no_capacity and given.capacity is not None:
        checks.wrong("no-capacity", "capacity")
    if p is not None:
        free = candidates - len(np.union1d(given.fixed, given.forbidden))
        if checks.count("p", p) > free and not repeats:
            checks.wrong("too-many", "p", p, free=free)
    checks.raise_all()
    assert people is not None
    return Instance(table, people, p, given, repeats)


def _table(minutes: ArrayLike, checks: Checks) -> NDArray[np.float32] | FloatArray | None:
    table = checks.array("minutes", minutes)
    if table is None:
        return None
    if table.ndim != 2 or 0 in table.shape:
        checks.wrong("table", "minutes", tuple(table.shape))
    elif not bool(np.all(table >= 0)):  # false for NaN, too
        checks.wrong("minutes", "minutes")
    return table


def conditions_fail(instance: Instance) -> tuple[Message, ...]:
    """Why no choice of sites can meet the conditions, as far as each by itself tells; empty if none does."""
    messages = []
    supply = np.bincount(instance.group[instance.open] + 1, minlength=len(instance.group_need) + 1)[1:]
    if not instance.repeats:
        for label, need, there in zip(instance.given.group_min, instance.group_need, supply, strict=True):
            if need > there:
                messages.append(
                    Message("siting.group-short", {"group": str(label), "need": int(need), "free": int(there)})
                )
    if instance.p is not None and instance.group_need.sum() > instance.p:
        messages.append(Message("siting.groups-over-p", {"need": int(instance.group_need.sum()), "p": instance.p}))
    return tuple(messages)


def out_of_reach(unreached: IntArray) -> Message:
    """Which demand points no usable candidate reaches."""
    shown = ", ".join(map(str, unreached[:SHOWN].tolist()))
    more = len(unreached) - SHOWN
    return Message(
        "siting.out-of-reach", {"count": len(unreached), "points": shown + (f" (+{more})" if more > 0 else "")}
    )
