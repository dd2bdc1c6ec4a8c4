"""How many people (facilities, vehicles) each site of a question can take."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, Problem
from .layout import Floats, Layout
from .question import BEDS, Question

NAMED = 5


def capacities(layout: Layout, asked: Question, standing: Floats, names: list[str]) -> Floats | None:
    """(S + J,) capacity of what stands, then of the candidates; None where the question has none.

    ``standing``: beds of what stands (vehicles, where those are asked for), NaN where unknown; ``names``: of these.
    Raises :class:`~carereach.errors.InputError` for sites that do not say what they can take.
    """
    if asked.capacity is None:
        return None
    if asked.model == "vehicles":
        return _vehicle_room(layout, asked, standing)
    candidates = _of_candidates(layout, asked)
    there = _of_standing(asked, standing)
    problems = [
        *_missing(candidates, [one.name for one in layout.opens], "site.no-capacity", asked),
        *_missing(there, names, "site.no-standing-capacity", asked),
    ]
    if problems:
        raise InputError(problems)
    return np.concatenate([there, candidates])


def _of_candidates(layout: Layout, asked: Question) -> Floats:
    count = len(layout.opens)
    if asked.capacity == BEDS:
        beds = np.array([np.nan if one.beds is None else one.beds for one in layout.opens])
        return np.asarray(beds * (asked.people_per_bed or 0.0), dtype=np.float64)
    if isinstance(asked.capacity, str):
        return np.full(count, np.nan) if layout.people is None else layout.people
    return np.full(count, float(asked.capacity or 0.0))


def _of_standing(asked: Question, beds: Floats) -> Floats:
    if asked.standing_capacity is not None:
        return np.full(len(beds), float(asked.standing_capacity))
    if asked.capacity == BEDS:
        return np.asarray(beds * (asked.people_per_bed or 0.0), dtype=np.float64)
    return np.full(len(beds), np.nan if isinstance(asked.capacity, str) else float(asked.capacity or 0.0))


def _vehicle_room(layout: Layout, asked: Question, vehicles: Floats) -> Floats:
    """Vehicles that fit at each site; at what stands never fewer than are there."""
    most = float(asked.capacity or 0.0)
    there = most if asked.standing_capacity is None else float(asked.standing_capacity)
    standing = np.maximum(there, np.where(np.isnan(vehicles), 1.0, vehicles))
    return np.concatenate([standing, np.full(len(layout.opens), most)])


def _missing(values: Floats, names: list[str], code: str, asked: Question) -> list[Problem]:
    lacking: NDArray[np.int64] = np.flatnonzero(np.isnan(values))
    if not len(lacking):
        return []
    named = ", ".join(names[place] for place in lacking[:NAMED])
    return [Problem(code, params={"count": len(lacking), "names": named, "column": asked.capacity})]
