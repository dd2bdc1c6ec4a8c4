"""Covering models against trying every choice of sites."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from siting_cases import Question, best, questions

import carereach.scenarios.siting as siting
from carereach.scenarios.siting import Siting, greedy, search

MANY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
LIMITS = st.integers(0, 20)


PATHS = ("all", "solver alone", "without local search")


@contextmanager
def by(path: str) -> Iterator[None]:
    """The search as it is, by the solver without a start or a bound of ours, or from the greedy choice alone: small
    questions are mostly closed before the solver is asked."""
    with pytest.MonkeyPatch.context() as patch:
        if path == "solver alone":
            patch.setattr(search, "warm", lambda case, clock, known=None: None)
        if path == "without local search":
            patch.setattr(search, "warm", lambda case, clock, known=None: greedy.greedy(case, clock))
            patch.setattr(search, "shaken", lambda case, chosen, clock: chosen)
        yield


def same(answer: Siting, expected: float | None) -> None:
    """The answer is the best there is, and proven."""
    if expected is None:
        assert answer.status == "infeasible", answer
        assert math.isnan(answer.value)
        assert answer.messages
        return
    assert answer.status == "optimal", answer
    assert answer.value == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert answer.bound == pytest.approx(expected, rel=1e-6, abs=1e-6)
    assert answer.gap <= 1e-6
    assert answer.new.tolist() == sorted(answer.new.tolist())


@MANY
@given(questions(), LIMITS, st.sampled_from(PATHS))
def test_max_cover(question: Question, limit: int, path: str) -> None:
    with by(path):
        answer = siting.max_cover(
            question.minutes, question.residents, p=question.p, within_min=limit, **question.options
        )
    expected = best(question, lambda sites: question.residents_reached(sites, limit), maximise=True, p=question.p)
    same(answer, expected)


@MANY
@given(questions(whole=False, candidates=7), LIMITS, st.sampled_from(PATHS))
def test_max_cover_of_fractions_of_residents(question: Question, limit: int, path: str) -> None:
    with by(path):
        answer = siting.max_cover(
            question.minutes, question.residents, p=question.p, within_min=limit, **question.options
        )
    expected = best(question, lambda sites: question.residents_reached(sites, limit), maximise=True, p=question.p)
    same(answer, expected)


@MANY
@given(questions(candidates=7), LIMITS, st.booleans(), st.sampled_from(PATHS))
def test_cover_all(question: Question, limit: int, with_residents: bool, path: str) -> None:
    if not with_residents:
        question = Question(question.minutes, np.ones(len(question.residents)), question.p, question.options)
    residents = question.residents if with_residents else None
    with by(path):
        answer = siting.cover_all(question.minutes, within_min=limit, residents=residents, **question.options)

    def value(sites: list[int]) -> float | None:
        return float(len(sites)) if question.everybody(sites, limit) else None

    same(answer, best(question, value, maximise=False, p=None))


@MANY
@given(questions(candidates=7), st.integers(8, 20), st.integers(0, 6), st.sampled_from(PATHS))
def test_backup_cover(question: Question, limit: int, more: int, path: str) -> None:
    options: dict[str, Any] = {**question.options, "all_within_min": limit + more} if more else question.options
    with by(path):
        answer = siting.backup_cover(question.minutes, question.residents, p=question.p, within_min=limit, **options)

    def value(sites: list[int]) -> float | None:
        everybody = question.everybody(sites, limit + more)
        return question.residents_reached(sites, limit, 2) if everybody else None

    same(answer, best(question, value, maximise=True, p=question.p))


@MANY
@given(
    questions(candidates=5, repeats=True),
    LIMITS,
    st.sampled_from([0.0, 0.25, 0.6]),
    st.booleans(),
    st.sampled_from(PATHS),
)
def test_max_expected_cover(question: Question, limit: int, busy: float, limited: bool, path: str) -> None:
    room = np.array([2.0 + j % 2 for j in range(len(question.minutes))])
    options = {**question.options, "capacity": room} if limited else question.options
    with by(path):
        answer = siting.max_expected_cover(
            question.minutes, question.residents, vehicles=question.p, within_min=limit, busy=busy, **options
        )

    def value(sites: list[int]) -> float | None:
        if limited and any(sites.count(site) > room[site] for site in sites):
            return None
        counts = question.reached(sites, limit)
        pairs = zip(question.residents, counts, strict=True)
        return float(sum(people * (1 - busy**count) for people, count in pairs))

    same(answer, best(question, value, maximise=True, p=question.p, repeats=True))


def served(question: Question, sites: list[int], limit: float, room: np.ndarray[Any, Any]) -> float:
    """The most residents that ``sites`` can serve, by a linear program of its own."""
    pairs = [(site, i) for site in sites for i in range(len(question.residents)) if question.minutes[site, i] <= limit]
    if not pairs:
        return 0.0
    of_site = np.array([[float(pair[0] == site) for pair in pairs] for site in sites])
    of_point = np.array([[float(pair[1] == i) for pair in pairs] for i in range(len(question.residents))])
    upper = np.concatenate([room[sites], question.residents])
    return -float(linprog(-np.ones(len(pairs)), np.vstack([of_site, of_point]), upper).fun)


@settings(MANY, max_examples=60)
@given(questions(candidates=5, demand=6), LIMITS, st.lists(st.integers(0, 40), min_size=5, max_size=5))
def test_max_cover_with_capacity(question: Question, limit: int, rooms: list[int]) -> None:
    room = np.array(rooms[: len(question.minutes)], dtype=np.float64)
    answer = siting.max_cover(
        question.minutes, question.residents, p=question.p, within_min=limit, capacity=room, **question.options
    )
    expected = best(question, lambda sites: served(question, sites, limit, room), maximise=True, p=question.p)
    same(answer, expected)
    if answer.found:
        assert answer.load is not None
        assert answer.load.sum() == pytest.approx(answer.value)
        assert np.all(answer.load <= room[answer.sites] + 1e-6)


@settings(MANY, max_examples=60)
@given(questions(candidates=5, demand=5), st.integers(8, 20), st.lists(st.integers(10, 90), min_size=5, max_size=5))
def test_cover_all_with_capacity(question: Question, limit: int, rooms: list[int]) -> None:
    room = np.array(rooms[: len(question.minutes)], dtype=np.float64)
    answer = siting.cover_all(
        question.minutes, within_min=limit, residents=question.residents, capacity=room, **question.options
    )

    def value(sites: list[int]) -> float | None:
        enough = served(question, sites, limit, room) >= question.residents.sum() - 1e-6
        return float(len(sites)) if enough else None

    same(answer, best(question, value, maximise=False, p=None))


@settings(MANY, max_examples=60)
@given(questions(candidates=7, bare=True), LIMITS)
def test_no_lower_candidate_does_as_well(question: Question, limit: int) -> None:
    """The order of ties: no proposed site can be exchanged for a lower candidate that none outdoes."""
    answer = siting.max_cover(question.minutes, question.residents, p=question.p, within_min=limit)
    within = (question.minutes <= limit) & (question.residents > 0)
    for site in answer.new:
        rest = [other for other in answer.sites.tolist() if other != site]
        for lower in range(int(site)):
            outdone = any(
                np.all(within[lower] <= within[k]) and (np.any(within[lower] != within[k]) or k < lower)
                for k in range(len(within))
                if k != lower
            )
            if lower not in rest and not outdone:
                assert question.residents_reached([*rest, lower], limit) < answer.value
