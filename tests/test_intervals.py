"""What an interval allows to be said of a threshold."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carereach.coverage.intervals import Interval, decide, holds, margin
from carereach.coverage.rule_parts import Threshold

NUMBERS = st.floats(0, 100)
THRESHOLDS = st.one_of(
    st.builds(lambda x: Threshold(at_most=x), NUMBERS),
    st.builds(lambda x: Threshold(less_than=x), NUMBERS),
    st.builds(lambda x: Threshold(at_least=x), NUMBERS),
    st.builds(lambda x: Threshold(more_than=x), NUMBERS),
    st.builds(lambda x: Threshold(equal=x), NUMBERS),
    st.builds(lambda x: Threshold(band=(x, x + 5)), NUMBERS),
)


@pytest.mark.parametrize(
    ("bound", "value", "met"),
    [
        ({"at_most": 5}, 5, True),
        ({"less_than": 5}, 5, False),
        ({"at_least": 5}, 5, True),
        ({"more_than": 5}, 5, False),
        ({"equal": 5}, 5, True),
        ({"equal": 5}, 6, False),
        ({"band": (3, 5)}, 5, True),
        ({"band": (3, 5)}, 2, False),
        ({"band": (3, 5)}, 6, False),
    ],
)
def test_strict_and_other_bounds(bound: dict[str, float], value: float, met: bool) -> None:
    threshold = Threshold.model_validate(bound)
    assert holds(threshold, value) is met
    assert decide(threshold, Interval.exactly(value)) == ("met" if met else "not met")
    assert margin(threshold, value) >= 0 if met else margin(threshold, value) <= 0


@pytest.mark.parametrize(
    ("bound", "low", "high", "status"),
    [
        ({"at_least": 4}, 4, math.inf, "met"),
        ({"at_least": 4}, 3, math.inf, "cannot tell"),
        ({"at_least": 4}, 0, 3, "not met"),
        ({"at_most": 4}, 5, math.inf, "not met"),
        ({"at_most": 4}, 4, math.inf, "cannot tell"),
        ({"equal": 4}, 3, 5, "cannot tell"),
        ({"equal": 4}, 5, math.inf, "not met"),
        ({"band": (3, 5)}, 2, 6, "cannot tell"),
        ({"band": (3, 5)}, 3, 5, "met"),
        ({"band": (3, 5)}, 6, math.inf, "not met"),
    ],
)
def test_every_value_must_say_the_same(bound: dict[str, float], low: float, high: float, status: str) -> None:
    assert decide(Threshold.model_validate(bound), Interval(low, high, low)) == status


@given(THRESHOLDS, NUMBERS, NUMBERS, st.floats(0, 1))
def test_no_value_of_a_decided_interval_contradicts(threshold: Threshold, one: float, other: float, at: float) -> None:
    low, high = min(one, other), max(one, other)
    status = decide(threshold, Interval(low, high, low))
    probe = min(max(low + at * (high - low), low), high)
    if status != "cannot tell":
        assert holds(threshold, probe) is (status == "met")


def test_below_a_band_counts_only_where_asked() -> None:
    band = Threshold(band=(3, 5))
    assert decide(band, Interval.exactly(1)) == "not met"
    assert decide(band, Interval.exactly(1), below_band=True) == "met"


def test_bound_tells_on_which_side_the_truth_lies() -> None:
    assert Interval(1, 3, 1).bound == "at least"
    assert Interval(1, 3, 3).bound == "at most"
    assert Interval(1, 3, 2).bound == ""
    assert Interval.exactly(2).bound == Interval.unknown().bound == ""
