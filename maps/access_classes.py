"""Classes of what is within reach, for maps: five about the mean of the whole study, and none at all.

Colours: ColorBrewer BuPu (Brewer 2003), light is little; they keep their order in grey and for the colour-blind.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..coverage.access import Access, Service
from ..texts import Lang, text

COLOURS = ("#edf8fb", "#b3cde3", "#8c96c6", "#8856a7", "#6e016b")
NONE_COLOUR = "#d0d0d0"
OF_THE_MEAN = (0.25, 0.5, 1.0, 2.0)
NONE, OUTSIDE = len(COLOURS), 255
Floats = NDArray[np.float64]


def breaks_of(access: Access, service: Service) -> tuple[float, ...]:
    """The limits between the classes: a quarter, half, once and twice the mean of all residents, to two digits; empty
    where nobody has anything in reach."""
    mean = float(access.table[service.column].iloc[0])
    if not (mean > 0 and math.isfinite(mean)):
        return ()
    return tuple(two_digits(mean * part) for part in OF_THE_MEAN)


def two_digits(value: float) -> float:
    """A positive number, rounded to two digits."""
    return float(f"{value:.1e}")


def classes_of(values: Floats, breaks: tuple[float, ...]) -> NDArray[np.uint8]:
    """The class of each value: 0 to 4, a limit belonging to the class below it; NONE for zero, OUTSIDE for NaN."""
    found = np.searchsorted(np.asarray(breaks), values, side="left").astype(np.uint8)
    found[values == 0] = NONE
    found[np.isnan(values)] = OUTSIDE
    return found


def class_words(breaks: tuple[float, ...], lang: Lang) -> list[str]:
    """The classes in words, the lowest first; one for all where there are no limits."""
    said = [f"{limit:g}" for limit in breaks]
    if not said:
        return []
    between = [f"{low}–{high}" for low, high in pairwise(said)]
    return [f"0–{said[0]}", *between, text("maps.class-over", lang, minutes=said[-1])]
