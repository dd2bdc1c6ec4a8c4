"""How much each further station adds: the value against the number of new sites, with the knee marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike

from .clock import Clock
from .cover import covering_most
from .given import Checks, Options
from .instance import read_instance
from .median import median
from .result import IntArray, Siting, relative_gap

STRAIGHT = 1e-9


@dataclass(frozen=True, eq=False)
class Curve:
    """``sitings[k]``: the answer with at most ``p[k]`` new sites (its value is NaN where ``p[k]`` are not enough).

    ``knee``: the number of new sites beyond which a further one adds markedly less, see :func:`knee_of`; None where
    the curve has none. ``p`` is shorter than asked for if Ctrl-C ended the work.
    """

    p: IntArray
    sitings: tuple[Siting, ...]
    knee: int | None

    @property
    def values(self) -> list[float]:
        """The values, in the order of ``p``."""
        return [siting.value for siting in self.sitings]


def max_cover_curve(
    minutes: ArrayLike, residents: ArrayLike, *, p: int, within_min: float, **options: Unpack[Options]
) -> Curve:
    """Residents covered with 1 to ``p`` new sites, and with none where sites are fixed.

    Each number begins with the sites of the one before, too. Arguments as in
    :func:`~carereach.scenarios.siting.cover.max_cover`; ``time_limit_s`` is for the whole curve.
    """
    instance = read_instance(minutes, residents, p, options, limits_min=[("within_min", within_min)])
    clock = Clock(instance.given.time_limit_s)
    sitings: list[Siting] = []
    numbers = _numbers(p, len(instance.given.fixed))
    for place, number in enumerate(numbers):
        limited: Options = {**options, "time_limit_s": _share(clock, len(numbers) - place)}
        one = read_instance(minutes, residents, number, limited, limits_min=[("within_min", within_min)])
        known = sitings[-1].new if sitings and sitings[-1].found else None
        with Clock(one.given.time_limit_s, one.given.progress) as own:
            siting = covering_most(one, within_min, own, known)
        sitings.append(_no_worse(siting, sitings, maximise=True))
        if siting.status == "interrupted":
            break
    return _curve(numbers, sitings)


def p_median_curve(minutes: ArrayLike, residents: ArrayLike, *, p: int, **options: Unpack[Options]) -> Curve:
    """Sum of residents x minutes with 1 to ``p`` new sites, and with none where sites are fixed.

    Each number begins with the sites of the one before. Arguments as in
    :func:`~carereach.scenarios.siting.median.p_median`; ``time_limit_s`` is for the whole curve.
    """
    clock = Clock(read_instance(minutes, residents, p, options).given.time_limit_s)
    sitings: list[Siting] = []
    numbers = _numbers(p, np.asarray(options.get("fixed", ())).size)
    for place, number in enumerate(numbers):
        limited: Options = {**options, "time_limit_s": _share(clock, len(numbers) - place)}
        instance = read_instance(minutes, residents, number, limited)
        start = sitings[-1].new if sitings and sitings[-1].found else None
        with Clock(instance.given.time_limit_s, instance.given.progress) as own:
            siting = median(instance, own, start)
        sitings.append(_no_worse(siting, sitings, maximise=False))
        if siting.status == "interrupted":
            break
    return _curve(numbers, sitings)


def knee_of(numbers: Sequence[int] | IntArray, values: Sequence[float]) -> int | None:
    """The number at which the curve lies farthest from the straight line between its first and its last point.

    Both axes run from 0 to 1; this is the knee of "Kneedle" (Satopaa, Albrecht, Irwin and Raghavan 2011) without
    smoothing, for curves that flatten out. The first of equals; None with fewer than three points with a value, or
    where no point lies on the side of the bend.
    """
    known = [(float(number), value) for number, value in zip(numbers, values, strict=True) if math.isfinite(value)]
    if len(known) < 3 or known[0][1] == known[-1][1]:
        return None
    (first, start), (last, end) = known[0], known[-1]
    above = [(value - start) / (end - start) - (number - first) / (last - first) for number, value in known]
    best = int(np.argmax(above))
    return int(known[best][0]) if above[best] > STRAIGHT else None


def _numbers(p: int, fixed: int) -> list[int]:
    checks = Checks()
    if p < 1:
        checks.wrong("number", "p", p, least=1)
    checks.raise_all()
    return list(range(0 if fixed else 1, p + 1))


def _share(clock: Clock, left: int) -> float | None:
    return None if math.isinf(clock.left_s) else clock.left_s / left


def _no_worse(siting: Siting, before: Sequence[Siting], *, maximise: bool) -> Siting:
    """The answer, or the one with fewer sites where a time limit left that the better one."""
    if not before or not before[-1].found or siting.status in {"optimal", "infeasible"}:
        return siting
    last = before[-1]
    worse = not siting.found or (siting.value < last.value if maximise else siting.value > last.value)
    return _with_bound(last, siting) if worse else siting


def _with_bound(last: Siting, siting: Siting) -> Siting:
    gap = relative_gap(last.value, siting.bound)
    return replace(last, bound=siting.bound, gap=gap, status=siting.status, seconds=siting.seconds)


def _curve(numbers: Sequence[int], sitings: Sequence[Siting]) -> Curve:
    done = np.array(numbers[: len(sitings)], dtype=np.int64)
    return Curve(done, tuple(sitings), knee_of(done, [siting.value for siting in sitings]))
