"""Small random siting questions, and their answers by trying every choice of sites."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, combinations_with_replacement
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

Value = Callable[[list[int]], float | None]
FAR = math.inf


@dataclass(frozen=True)
class Question:
    """minutes[candidate, demand], residents[demand], the number of new sites and the keywords of the models."""

    minutes: NDArray[Any]
    residents: NDArray[Any]
    p: int
    options: dict[str, Any] = field(default_factory=dict)

    def reached(self, sites: Sequence[int], limit: float) -> list[int]:
        """For each demand point, how many of ``sites`` are within ``limit``."""
        return [sum(1 for site in sites if self.minutes[site, i] <= limit) for i in range(len(self.residents))]

    def residents_reached(self, sites: Sequence[int], limit: float, times: int = 1) -> float:
        """The residents that at least so many of ``sites`` reach."""
        pairs = zip(self.residents, self.reached(sites, limit), strict=True)
        return float(sum(people for people, count in pairs if count >= times))

    def everybody(self, sites: Sequence[int], limit: float) -> bool:
        """Whether every point with residents is reached."""
        pairs = zip(self.residents, self.reached(sites, limit), strict=True)
        return all(count > 0 for people, count in pairs if people > 0)


def permitted(question: Question, new: Sequence[int], p: int | None) -> bool:
    """Whether the new sites meet the conditions, told by their definitions."""
    options = question.options
    fixed = list(options.get("fixed", []))
    if p is not None and len(new) > p:
        return False
    if set(new) & set(options.get("forbidden", [])):
        return False
    if options.get("budget") is not None and sum(options["cost"][j] for j in new) > options["budget"] + 1e-9:
        return False
    if options.get("spacing") is not None:
        distance, least = options["spacing"]
        for j in set(new) - set(fixed):
            for k in set(new) | set(fixed):
                if j != k and min(distance[j][k], distance[k][j]) < least:
                    return False
    if options.get("groups") is not None:
        there = Counter(options["groups"][j] for j in [*new, *fixed])
        least_of = options["group_min"]
        if not isinstance(least_of, dict):
            least_of = dict.fromkeys(options["groups"], least_of)
        return all(there[label] >= number for label, number in least_of.items())
    return True


def choices(question: Question, *, repeats: bool = False, p: int | None = None) -> Iterator[list[int]]:
    """Every choice of new sites, empty ones and those of fewer than ``p`` included."""
    fixed = set(question.options.get("fixed", []))
    candidates = [j for j in range(len(question.minutes)) if repeats or j not in fixed]
    most = len(candidates) if p is None else p
    pick = combinations_with_replacement if repeats else combinations
    yield from map(list, chain.from_iterable(pick(candidates, n) for n in range(most + 1)))


def best(question: Question, value: Value, *, maximise: bool, p: int | None, repeats: bool = False) -> float | None:
    """The best value that any permitted choice has; ``value`` is None where a choice does not answer the question."""
    fixed = list(question.options.get("fixed", []))
    values = [
        value(sorted([*fixed, *new])) for new in choices(question, repeats=repeats, p=p) if permitted(question, new, p)
    ]
    found = [number for number in values if number is not None]
    return (max(found) if maximise else min(found)) if found else None


@st.composite
def questions(
    draw: st.DrawFn,
    *,
    candidates: int = 6,
    demand: int = 8,
    whole: bool = True,
    repeats: bool = False,
    bare: bool = False,
) -> Question:
    """Small questions with any of the conditions (none if ``bare``); minutes are whole from 0 to 20 or infinite."""
    m, n = draw(st.integers(1, candidates)), draw(st.integers(1, demand))
    time = st.one_of(st.integers(0, 20).map(float), st.just(FAR))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    minutes = np.array(draw(st.lists(st.lists(time, min_size=n, max_size=n), min_size=m, max_size=m)), dtype=dtype)
    people = (
        st.integers(0, 30).map(float) if whole else st.floats(0, 30, allow_subnormal=False).map(lambda x: round(x, 3))
    )
    residents = np.array(draw(st.lists(people, min_size=n, max_size=n)))
    options = {} if bare else draw(conditions(m, repeats=repeats))
    free = m - len(set(options.get("fixed", [])) | set(options.get("forbidden", [])))
    p = draw(st.integers(0, 3)) if repeats else draw(st.integers(0, min(free, 4)))
    return Question(minutes, residents, p, options)


@st.composite
def conditions(draw: st.DrawFn, m: int, *, repeats: bool = False) -> dict[str, Any]:
    """Keywords for ``m`` candidates; each of them is there in about a third of the cases."""
    options: dict[str, Any] = {}
    marks = draw(st.lists(st.sampled_from("fxooooo"), min_size=m, max_size=m))
    if draw(st.booleans()):
        fixed = [j for j, mark in enumerate(marks) if mark == "f"]
        options["fixed"] = fixed + (fixed[:1] if repeats else [])
        options["forbidden"] = [j for j, mark in enumerate(marks) if mark == "x"]
    if draw(st.integers(0, 2)) == 0:
        options["cost"] = draw(st.lists(st.integers(0, 9), min_size=m, max_size=m))
        options["budget"] = draw(st.integers(0, 25))
    if draw(st.integers(0, 2)) == 0:
        places = np.array(draw(st.lists(st.integers(0, 10), min_size=m, max_size=m)), dtype=np.float64)
        distance = np.abs(places[:, None] - places[None, :])
        options["spacing"] = (distance, draw(st.integers(0, 4)))
    if draw(st.integers(0, 2)) == 0:
        options["groups"] = draw(st.lists(st.sampled_from("ab"), min_size=m, max_size=m))
        options["group_min"] = draw(st.integers(0, 2))
    return options


def towns(demand: int, candidates: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Points around towns on 100 km x 100 km and minutes at 60 km/h with a detour of 1.3; whole residents."""
    rng = np.random.default_rng(seed)
    centre = rng.random((max(10, candidates // 10), 2)) * 100
    points = centre[rng.integers(len(centre), size=demand)] + rng.normal(size=(demand, 2)) * 4
    sites = centre[rng.integers(len(centre), size=candidates)] + rng.normal(size=(candidates, 2)) * 5
    km = np.sqrt(((points[None] - sites[:, None]) ** 2).sum(axis=2)) * 1.3
    return km.astype(np.float32), rng.integers(1, 500, size=demand).astype(np.float64)


def spread(demand: int, candidates: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """The same without towns, evenly spread: with few sites for nearly all of it, hard to prove."""
    rng = np.random.default_rng(seed)
    points, sites = rng.random((demand, 2)) * 100, rng.random((candidates, 2)) * 100
    km = np.sqrt(((points[None] - sites[:, None]) ** 2).sum(axis=2)) * 1.3
    return km.astype(np.float32), rng.integers(1, 500, size=demand).astype(np.float64)
