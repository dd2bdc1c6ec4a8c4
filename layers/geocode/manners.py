"""How politely a service is asked: a pace, an allowance a day, and how long we go on trying.

Pace and allowance are kept in the store, so that two processes at once keep them together. Waiting after a failure is
:class:`carereach.layers.web.Patience`'s: exponential with jitter, or what the server asks for (``Retry-After``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..web import Limits, Patience
from .model import QuotaReached
from .store import Store

CHINA_UTC_H = 8.0
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 120.0
ANSWER = Limits(read_s=20.0, total_s=60.0, max_bytes=2 << 20)


@dataclass(frozen=True)
class Manners:
    """At most ``per_second`` requests, and ``per_day`` (None: until it refuses) by the days of ``utc_offset_h``."""

    per_second: float
    per_day: int | None = None
    utc_offset_h: float = CHINA_UTC_H

    def day(self, now: datetime) -> str:
        """The date where the provider counts its days."""
        return f"{(now.astimezone(UTC) + timedelta(hours=self.utc_offset_h)).date():%Y-%m-%d}"


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clock:
    """The time and the waiting: tests pass their own."""

    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep

    def patience(self, attempts: int = 4) -> Patience:
        """Tries again after about 1, 2 and 4 seconds."""
        return Patience(attempts, FIRST_WAIT_S, LONGEST_WAIT_S, self.sleep)


def admit(store: Store, provider: str, manners: Manners, clock: Clock) -> None:
    """Counts one request and waits until it is its turn; :class:`QuotaReached` where today's allowance is used up."""
    now = clock.now()
    wait_s = store.reserve(provider, manners.day(now), manners.per_day, 1 / manners.per_second, now.timestamp())
    if wait_s is None:
        raise QuotaReached(provider)
    if wait_s > 0:
        clock.sleep(wait_s)
