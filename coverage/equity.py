"""How unequally travel times, or care within reach, are shared among residents: Gini, Theil, Palma, Lorenz.

All measures weigh each value by the residents who have it, so that cutting a place in two changes nothing. A value is a
burden (minutes) or a good (beds within reach per head); equality is 0 for Gini and Theil, 0.25 for Palma.

* Gini: twice the area between the Lorenz curve (Lorenz 1905) and equality.
* Theil's T, and its exact split into inequality within and between groups: Theil 1967; Shorrocks 1980,
  doi:10.2307/1913126.
* Palma: what the tenth with most have over what the four tenths with least have: Palma 2011; Cobham and Sumner 2013.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Theil:
    """Theil's T, ``total`` = ``within`` + ``between`` groups."""

    total: float
    within: float
    between: float


def lorenz(values: ArrayLike, residents: ArrayLike) -> tuple[Floats, Floats]:
    """The Lorenz curve: shares of residents, from those with least to those with most, and of all that they have.

    Both begin with 0 and end with 1. Where the sum of all values is zero everybody has the same: the diagonal.
    """
    value, people = _checked(values, residents)
    order = np.argsort(value, kind="stable")
    heads = np.concatenate([[0.0], np.cumsum(people[order])])
    held = np.concatenate([[0.0], np.cumsum((value * people)[order])])
    shares = heads / heads[-1]
    return shares, (held / held[-1] if held[-1] > 0 else shares)


def gini(values: ArrayLike, residents: ArrayLike) -> float:
    """Resident-weighted Gini coefficient, 0 (equal) to almost 1. ``values`` and ``residents`` are (D,), finite, not
    negative; raises ``ValueError`` otherwise, and without residents."""
    heads, held = lorenz(values, residents)
    return max(0.0, 1.0 - float(np.sum(np.diff(heads) * (held[1:] + held[:-1]))))


def palma(values: ArrayLike, residents: ArrayLike) -> float:
    """What the 10 % of residents with the largest values hold, over what the 40 % with the smallest hold; ``inf``
    where these hold nothing, NaN where nobody holds anything. A place on the border of a tenth counts in part."""
    value, people = _checked(values, residents)
    if not float(value @ people):
        return math.nan
    heads, held = lorenz(value, people)
    least = float(np.interp(0.4, heads, held))
    return (1.0 - float(np.interp(0.9, heads, held))) / least if least > 0 else math.inf


def theil(values: ArrayLike, residents: ArrayLike, groups: ArrayLike | None = None) -> Theil:
    """Theil's T, with its split by ``groups`` (D,) such as counties or zones; without them all of it is within.

    Zero where nobody holds anything. Values of zero add nothing (the limit of x ln x).
    """
    value, people = _checked(values, residents)
    total = float(people @ value)
    if not total:
        return Theil(0.0, 0.0, 0.0)
    ratio = value / (total / float(people.sum()))
    parts = people * ratio * np.log(np.where(ratio > 0, ratio, 1.0)) / float(people.sum())
    whole = float(parts.sum())
    if groups is None:
        return Theil(whole, whole, 0.0)
    names = np.asarray(groups, dtype=object)
    if names.shape != value.shape:
        raise ValueError("each place needs one group")
    _, group = np.unique(names.astype(str), return_inverse=True)
    heads = np.bincount(group, weights=people)
    held = np.bincount(group, weights=people * value)
    mean = np.divide(held, heads, out=np.zeros_like(held), where=heads > 0) / (total / float(people.sum()))
    between = float((heads * mean * np.log(np.where(mean > 0, mean, 1.0))).sum() / people.sum())
    return Theil(whole, whole - between, between)


def _checked(values: ArrayLike, residents: ArrayLike) -> tuple[Floats, Floats]:
    value, people = np.asarray(values, dtype=float), np.asarray(residents, dtype=float)
    if value.ndim != 1 or value.shape != people.shape:
        raise ValueError(f"values{value.shape} and residents{people.shape} must be two lists of one length")
    if not np.isfinite(people).all() or (people < 0).any() or not people.sum() > 0:
        raise ValueError("residents must be finite, not negative, and not all zero")
    counted = people > 0
    if not np.isfinite(value[counted]).all() or (value[counted] < 0).any():
        raise ValueError(
            "values must be finite and not negative where people live: leave out the unreachable, say how many"
        )
    return value[counted], people[counted]
