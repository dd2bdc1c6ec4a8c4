"""How many residents are reached within each whole minute, by county and zone: what the page's slider and charts count.

The counts are exact, so that a share that the page works out is the assessment's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...coverage.results import ZONES, Assessment

Json = dict[str, Any]
Floats = NDArray[np.float64]
LAST_MIN = 60
DIGITS = 12
SPEEDS = {"within": "response_min", "low": "response_low_min", "high": "response_high_min"}


def reach(assessment: Assessment) -> Json:
    """One entry per county and zone that people live in: ``county`` (a position), ``zone`` (a position, -1 for none),
    ``residents``, ``unreachable``, and the residents within 0, 1 ... 60 minutes at central (``within``), ``low`` and
    ``high`` speeds."""
    frame = pd.DataFrame(assessment.demand.drop(columns="geometry"))
    counties = {str(name): place for place, name in enumerate(assessment.counties.frame["county"])}
    frame = frame[frame["county"].isin(list(counties)) & (frame["residents"] > 0)]
    parts = [
        {"county": counties[str(county)], "zone": ZONES.index(zone) if zone in ZONES else -1, **_counted(part)}
        for (county, zone), part in frame.groupby(["county", "zone"], sort=False)
    ]
    return {"last": LAST_MIN, "parts": sorted(parts, key=lambda part: (part["county"], part["zone"]))}


def _counted(part: pd.DataFrame) -> Json:
    residents = part["residents"].to_numpy(dtype=float)
    lost = float(residents[np.isinf(part["response_min"].to_numpy(dtype=float))].sum())
    counts = {name: _within(part[column].to_numpy(dtype=float), residents) for name, column in SPEEDS.items()}
    return {"residents": _short(float(residents.sum())), "unreachable": _short(lost), **counts}


def _within(minutes: Floats, residents: Floats) -> list[float]:
    """Residents whose minutes are not above 0, 1 ... :data:`LAST_MIN`."""
    minute = np.ceil(np.minimum(minutes, LAST_MIN + 1)).astype(np.int64)
    counts = np.bincount(np.clip(minute, 0, LAST_MIN + 1), weights=residents, minlength=LAST_MIN + 2)
    return [_short(float(value)) for value in np.cumsum(counts)[: LAST_MIN + 1]]


def _short(value: float) -> float:
    """Twelve digits: exact to far less than a person."""
    return float(f"{value:.{DIGITS}g}")
