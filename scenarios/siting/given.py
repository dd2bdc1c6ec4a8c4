"""What a caller may hand over to every model, and that it fits together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError, Problem
from .clock import Progress
from .result import FloatArray, IntArray

Label = str | int


class Options(TypedDict, total=False):
    """The keywords that every model takes.

    ``fixed``: candidate indices that stand already and stay, on top of those proposed, free of cost.
    ``forbidden``: candidate indices that must not be proposed.
    ``cost`` (one a candidate) and ``budget``: what the new sites cost together is at most the budget.
    ``spacing``: ``(distance_km, min_km)``, a matrix [candidate, candidate] and the least distance (inclusive) of a new
    site from any other site; where both directions differ, the shorter counts. Fixed sites may stand nearer together.
    ``groups`` (a label a candidate, for example its county) and ``group_min`` (a number for all, or label -> number):
    the least number of sites in each group, fixed ones included.
    ``capacity``: see the model.
    ``time_limit_s``: after this many seconds the best so far is returned. ``gap``: the relative gap that is good
    enough; 0 asks for proof. ``progress``: called with a :class:`~carereach.scenarios.siting.clock.Step`.
    """

    fixed: ArrayLike
    forbidden: ArrayLike
    cost: ArrayLike | None
    budget: float | None
    spacing: tuple[ArrayLike, float] | None
    groups: Sequence[Label] | None
    group_min: int | Mapping[Label, int] | None
    capacity: ArrayLike | None
    time_limit_s: float | None
    gap: float
    progress: Progress | None


@dataclass(frozen=True)
class Given:
    """The same after checking: as it was given, only in arrays. The recheck goes by this and by nothing derived."""

    fixed: IntArray
    forbidden: IntArray
    cost: FloatArray | None = None
    budget: float = math.inf
    distance_km: FloatArray | None = None
    min_km: float = 0.0
    groups: tuple[Label, ...] = ()
    group_min: Mapping[Label, int] = field(default_factory=dict)
    capacity: FloatArray | None = None
    time_limit_s: float | None = None
    gap: float = 0.0
    progress: Progress | None = None


class Checks:
    """Collects what is wrong with the arguments of one call, so that all of it is told at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, slug: str, name: str, value: object = None, **params: object) -> None:
        """Records that the argument ``name`` cannot be used."""
        self.problems.append(Problem(f"siting.{slug}", value=value, params={"name": name, **params}))

    def raise_all(self) -> None:
        """Raises :class:`InputError` (a ValueError) with everything recorded."""
        if self.problems:
            raise InputError(self.problems)

    def array(self, name: str, value: ArrayLike) -> FloatArray | NDArray[np.float32] | None:
        """Numbers as an array, float32 left as it is; None if they are none."""
        try:
            array = np.asarray(value)
            if array.dtype != np.float32:
                array = array.astype(np.float64)
        except (TypeError, ValueError):
            self.wrong("numbers", name)
            return None
        return array

    def vector(self, name: str, value: ArrayLike, length: int, of: str, other: int) -> FloatArray | None:
        """``length`` finite numbers, none below 0. ``other``: the length of the table's other side."""
        array = self.array(name, value)
        if array is None:
            return None
        if array.ndim != 1 or len(array) != length:
            turned = array.ndim == 1 and len(array) == other
            self.wrong("turned" if turned else "shape", name, tuple(array.shape), wanted=f"({length},)", of=of)
            return None
        if not np.all(np.isfinite(array)) or np.any(array < 0):
            at = int(np.flatnonzero(~(np.isfinite(array) & (array >= 0)))[0])
            self.wrong("values", name, float(array[at]), at=at)
            return None
        return array.astype(np.float64)

    def number(self, name: str, value: object, *, least: float = 0.0) -> float:
        """A number of at least ``least``; infinity passes."""
        if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
            self.wrong("number", name, value, least=least)
            return least
        if math.isnan(value) or value < least:
            self.wrong("number", name, value, least=least)
            return least
        return float(value)

    def count(self, name: str, value: object) -> int:
        """A whole number of at least 0."""
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
            self.wrong("count", name, value)
            return 0
        return int(value)

    def indices(self, name: str, value: ArrayLike, candidates: int, *, repeats: bool = False) -> IntArray:
        """Candidate indices, ascending."""
        array = np.asarray(value)
        if array.size == 0:
            return np.zeros(0, dtype=np.int64)
        if array.ndim != 1 or array.dtype.kind not in "iu":
            self.wrong("indices", name, None if array.ndim != 1 else array.dtype)
            return np.zeros(0, dtype=np.int64)
        if array.min() < 0 or array.max() >= candidates:
            bad = array[(array < 0) | (array >= candidates)][0]
            self.wrong("outside", name, int(bad), candidates=candidates)
            return np.zeros(0, dtype=np.int64)
        kept = np.sort(array.astype(np.int64))
        if not repeats and np.any(kept[1:] == kept[:-1]):
            self.wrong("twice", name, int(kept[1:][kept[1:] == kept[:-1]][0]))
        return kept


def check_options(options: Options, candidates: int, demand: int, checks: Checks, *, repeats: bool = False) -> Given:
    """Reads the keywords; ``repeats``: whether a site may be fixed several times (vehicles).

    Raises :class:`TypeError` for a keyword that there is not, as Python does.
    """
    if unknown := sorted(set(options) - set(Options.__annotations__)):
        raise TypeError(f"got an unexpected keyword argument {unknown[0]!r}")
    fixed = checks.indices("fixed", options.get("fixed", ()), candidates, repeats=repeats)
    forbidden = checks.indices("forbidden", options.get("forbidden", ()), candidates)
    if both := np.intersect1d(fixed, forbidden).tolist():
        checks.wrong("fixed-forbidden", "fixed", both[0])
    cost, budget = _money(options, candidates, demand, checks)
    distance_km, min_km = _spacing(options, candidates, checks)
    groups, group_min = _groups(options, candidates, checks)
    capacity = options.get("capacity")
    limit = options.get("time_limit_s")
    return Given(
        fixed,
        forbidden,
        cost,
        budget,
        distance_km,
        min_km,
        groups,
        group_min,
        None if capacity is None else checks.vector("capacity", capacity, candidates, "candidate", demand),
        None if limit is None else checks.number("time_limit_s", limit),
        checks.number("gap", options.get("gap", 0.0)),
        options.get("progress"),
    )


def _money(options: Options, candidates: int, demand: int, checks: Checks) -> tuple[FloatArray | None, float]:
    cost, budget = options.get("cost"), options.get("budget")
    if (cost is None) != (budget is None):
        checks.wrong("pair", "cost" if budget is None else "budget", other="budget" if budget is None else "cost")
    if cost is None or budget is None:
        return None, math.inf
    return checks.vector("cost", cost, candidates, "candidate", demand), checks.number("budget", budget)


def _spacing(options: Options, candidates: int, checks: Checks) -> tuple[FloatArray | None, float]:
    spacing = options.get("spacing")
    if spacing is None:
        return None, 0.0
    if not isinstance(spacing, tuple | list) or len(spacing) != 2:
        checks.wrong("spacing", "spacing")
        return None, 0.0
    min_km = checks.number("spacing", spacing[1])
    array = checks.array("spacing", spacing[0])
    if array is None:
        return None, min_km
    if array.shape != (candidates, candidates):
        wanted = f"({candidates}, {candidates})"
        checks.wrong("shape", "spacing", tuple(array.shape), wanted=wanted, of="candidate, candidate")
        return None, min_km
    if np.any(np.isnan(array)) or np.any(array < 0):
        checks.wrong("minutes", "spacing")
        return None, min_km
    return array.astype(np.float64), min_km


def _groups(options: Options, candidates: int, checks: Checks) -> tuple[tuple[Label, ...], Mapping[Label, int]]:
    groups, least = options.get("groups"), options.get("group_min")
    if (groups is None) != (least is None):
        checks.wrong(
            "pair", "groups" if least is None else "group_min", other="group_min" if least is None else "groups"
        )
    if groups is None or least is None:
        return (), {}
    labels = tuple(label.item() if isinstance(label, np.generic) else label for label in groups)
    if len(labels) != candidates:
        checks.wrong("shape", "groups", (len(labels),), wanted=f"({candidates},)", of="candidate")
        return (), {}
    if not isinstance(least, Mapping):
        return labels, dict.fromkeys(dict.fromkeys(labels), checks.count("group_min", least))
    known = set(labels)
    for label in least:
        if label not in known:
            checks.wrong("no-such-group", "group_min", label)
    return labels, {label: checks.count("group_min", number) for label, number in least.items()}
