"""What a benchmark gives, and how its time is taken."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Result:
    """One line of the table. ``other`` is None where there is nothing to compare with; then ``limit`` is the most
    that ``ours`` may be, in ``unit``; else ``goal`` is how many times ``other`` must be of ``ours``."""

    what: str
    ours: float
    other: float | None = None
    unit: str = "s"
    goal: float | None = None
    limit: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the other takes of what we take."""
        return None if self.other is None else self.other / self.ours

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        if self.goal is not None and self.ratio is not None:
            return self.ratio >= self.goal
        return None if self.limit is None else self.ours <= self.limit


def timed(work: Callable[[], T], repeats: int = 1, clock: Callable[[], float] = time.perf_counter) -> tuple[float, T]:
    """Seconds (by default wall-clock) of the fastest of some runs, and what the last one gave."""
    fastest = math.inf
    for _ in range(repeats):
        begin = clock()
        result = work()
        fastest = min(fastest, clock() - begin)
    return fastest, result
