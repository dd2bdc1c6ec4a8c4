"""The time a model may take, Ctrl-C, and how far it has come."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Self

from .result import Status, relative_gap


@dataclass(frozen=True)
class Step:
    """How far a model has come: the best value so far, the bound and the gap between them."""

    seconds: float
    incumbent: float
    bound: float
    gap: float


Progress = Callable[[Step], None]


class Clock:
    """Counts the time of one call and listens for Ctrl-C while it is entered.

    The first Ctrl-C asks the searches to end and to hand over the best so far; a second one ends the program as
    usual. Outside the main thread, or where the program has a handler of its own, no handler is set.
    """

    def __init__(
        self, time_limit_s: float | None = None, progress: Progress | None = None, within: Clock | None = None
    ) -> None:
        self.begin = time.perf_counter()
        self.limit_s = math.inf if time_limit_s is None else time_limit_s
        self._within = within
        self._interrupted = False
        self._progress = progress
        self._last: tuple[float, float] | None = None
        self._listening = False

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self._interrupted or (self._within is not None and self._within.interrupted)

    def part(self, share: float) -> Clock:
        """A clock for a part of the time that is left; it ends with this one."""
        return Clock(share * self.left_s, self._progress, within=self)

    @property
    def seconds(self) -> float:
        """Seconds since the call began."""
        return time.perf_counter() - self.begin

    @property
    def left_s(self) -> float:
        """Seconds left; infinite without a limit, never below 0."""
        return max(0.0, self.limit_s - self.seconds)

    @property
    def over(self) -> bool:
        """Whether a search should end now."""
        return self.interrupted or self.seconds >= self.limit_s

    @property
    def ended_by(self) -> Status:
        """Why a search ended before it was done."""
        return "interrupted" if self.interrupted else "time limit"

    def interrupt(self) -> None:
        """Asks the searches to end."""
        self._interrupted = True

    def tell(self, incumbent: float, bound: float) -> None:
        """Tells the caller how far it is, if anything is new."""
        if self._progress is None or (incumbent, bound) == self._last:
            return
        self._last = (incumbent, bound)
        self._progress(Step(self.seconds, incumbent, bound, relative_gap(incumbent, bound)))

    def __enter__(self) -> Self:
        in_main = threading.current_thread() is threading.main_thread()
        if in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._hear)
            self._listening = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._listening:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._listening = False

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        self._interrupted = True
