"""Gini, Theil, Palma and Lorenz: hand-worked numbers, a naive second way, invariants."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from carereach.coverage.equity import gini, lorenz, palma, theil

Floats = NDArray[np.float64]


def test_gini_by_hand() -> None:
    # Three people with nothing, one with all: the area under the curve is a triangle of base 1/4: 1 - 2 x 1/8 = 0.75.
    assert gini([0, 8], [3, 1]) == pytest.approx(0.75)
    assert gini([7, 7, 7], [1, 5, 9]) == pytest.approx(0.0)


def test_lorenz_ends_in_the_corners() -> None:
    heads, held = lorenz([10, 30], [2, 2])
    assert heads.tolist() == [0, 0.5, 1] and held.tolist() == [0, 0.25, 1]
    assert lorenz([0, 0], [1, 3])[1].tolist() == [0, 0.25, 1]


def test_palma_by_hand() -> None:
    # Ten people with 1 to 10 minutes: the last has 10, the first four 1 + 2 + 3 + 4 = 10.
    assert palma(np.arange(1, 11), np.ones(10)) == pytest.approx(1.0)
    assert palma([5, 5], [30, 70]) == pytest.approx(0.25)
    assert palma([0, 5], [50, 50]) == math.inf
    assert math.isnan(palma([0, 0], [1, 1]))


def test_theil_by_hand() -> None:
    # One of two people has all: T = ln 2. Between groups of equal means nothing differs.
    assert theil([0, 6], [1, 1]).total == pytest.approx(math.log(2))
    found = theil([1, 3, 1, 3], [1, 1, 1, 1], ["a", "a", "b", "b"])
    assert found.between == pytest.approx(0.0) and found.within == pytest.approx(found.total)
    found = theil([1, 1, 3, 3], [1, 1, 1, 1], ["a", "a", "b", "b"])
    assert found.within == pytest.approx(0.0, abs=1e-12) and found.between == pytest.approx(found.total)
    assert theil([0, 0], [1, 1]).total == 0.0


@pytest.mark.parametrize(
    ("values", "residents"), [([1, math.inf], [1, 1]), ([1, -1], [1, 1]), ([1], [0]), ([1, 2], [1]), ([1], [math.nan])]
)
def test_wrong_input_is_refused(values: list[float], residents: list[float]) -> None:
    for measure in (gini, palma, theil):
        with pytest.raises(ValueError):
            measure(values, residents)


def test_the_unreachable_do_not_count_where_nobody_lives() -> None:
    assert gini([4, math.inf], [10, 0]) == 0.0


people = st.lists(st.tuples(st.floats(0, 120), st.integers(1, 50), st.sampled_from("abc")), min_size=1, max_size=8)


@given(people)
def test_gini_is_half_the_relative_mean_difference(given_people: list[tuple[float, int, str]]) -> None:
    each = np.concatenate([[value] * count for value, count, _ in given_people])
    values, counts = (np.array([row[k] for row in given_people], dtype=float) for k in (0, 1))
    if each.mean() < 1e-6:
        return
    naive = np.abs(each[:, None] - each[None, :]).mean() / (2 * each.mean())
    assert gini(values, counts) == pytest.approx(naive, abs=1e-9)


@given(people, st.floats(0.1, 10))
def test_shares_do_not_depend_on_units_and_cuts(given_people: list[tuple[float, int, str]], scale: float) -> None:
    values, counts = (np.array([row[k] for row in given_people], dtype=float) for k in (0, 1))
    groups = [row[2] for row in given_people]
    if values.sum() < 1e-3:
        return
    split = theil(values, counts, groups)
    assert 0 <= gini(values, counts) < 1
    assert split.total == pytest.approx(split.within + split.between)
    assert split.between >= -1e-12 and split.within >= -1e-12
    twice = np.repeat(values, 2), np.repeat(counts / 2, 2)
    for measure in (gini, palma, lambda v, r: theil(v, r).total):
        assert measure(values * scale, counts) == pytest.approx(measure(values, counts), rel=1e-6, abs=1e-9)
        assert measure(*twice) == pytest.approx(measure(values, counts), rel=1e-6, abs=1e-9)
