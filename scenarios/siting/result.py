"""What a siting model gives: the sites, what they are worth, and how much better any others could be."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...texts import Lang, Message

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Status = Literal["optimal", "time limit", "interrupted", "infeasible"]
CLOSED = 1e-9  # a relative gap below this is rounding


@dataclass(frozen=True, eq=False)
class Siting:
    """Proposed sites.

    ``sites``: candidate indices, ascending, fixed ones too (repeated where a site holds several vehicles); ``new``:
    those of them that come on top of the fixed ones. ``value`` is the model's (see there), computed again from
    ``sites`` alone; ``bound``: no choice of sites is better than this; ``gap``: ``|bound - value| / |value|``.

    ``status``: "optimal" (proven to within the ``gap`` asked for, 0 unless one was given), "time limit" and
    "interrupted" (the best found so far; without sites and with ``value`` NaN if none was found yet), "infeasible"
    (nothing meets all conditions; ``value`` and ``bound`` are NaN, ``messages`` say why and ``unreached`` holds the
    demand points that no candidate reaches). ``method`` says where the sites and the bound come from;
    ``load`` how many each of ``sites`` serves, where sites have a capacity.
    """

    sites: IntArray
    value: float
    bound: float
    gap: float
    status: Status
    seconds: float
    new: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    method: str = ""
    unreached: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    messages: tuple[Message, ...] = ()
    load: FloatArray | None = None

    @property
    def found(self) -> bool:
        """Whether there are sites to build on: an answer, proven or not."""
        return not math.isnan(self.value)

    def text(self, lang: Lang = "en") -> str:
        """What there is to say beside the numbers, or an empty string."""
        return " ".join(message.text(lang) for message in self.messages)


def relative_gap(value: float, bound: float) -> float:
    """``|bound - value| / |value|``; 0 where both agree, infinite where nothing is known."""
    if math.isnan(value) or math.isnan(bound):
        return math.inf
    if value == bound:
        return 0.0
    return math.inf if value == 0 or math.isinf(bound) else abs(bound - value) / abs(value)


def infeasible(seconds: float, messages: tuple[Message, ...], unreached: IntArray | None = None) -> Siting:
    """The answer where nothing meets all conditions."""
    nothing = np.zeros(0, dtype=np.int64)
    out = nothing if unreached is None else unreached
    return Siting(nothing, math.nan, math.nan, math.inf, "infeasible", seconds, unreached=out, messages=messages)
