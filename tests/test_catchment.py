"""Floating catchments, gravity and providers per head: hand-worked numbers, a naive second way, invariants."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from carereach.coverage.catchment import Decay, gravity, per_resident, two_step

Floats = NDArray[np.float64]
INF = math.inf
# Two hospitals, three villages. Hospital A reaches 1 and 2 within 30 min, B reaches 2 and 3.
MINUTES = np.array([[10.0, 30.0, 50.0], [INF, 20.0, 5.0]])
BEDS = np.array([90.0, 40.0])
PEOPLE = np.array([100.0, 200.0, 300.0])


def test_two_step_by_hand() -> None:
    # A: 90 beds / (100 + 200) = 0.3 per head; B: 40 / (200 + 300) = 0.08. Village 2 has both.
    assert two_step(MINUTES, BEDS, PEOPLE, 30) == pytest.approx([0.3, 0.38, 0.08])


def test_the_limit_is_inclusive() -> None:
    assert two_step(MINUTES, BEDS, PEOPLE, 29.999)[1] == pytest.approx(40 / 500)


def test_travel_zones_by_hand() -> None:
    # Weights 1 within 10 min, 0.5 within 30. A: 90 / (100 + 0.5 x 200) = 0.45; B: 40 / (0.5 x 200 + 300) = 0.1.
    found = two_step(MINUTES, BEDS, PEOPLE, 30, decay=[(10, 1.0), (30, 0.5)])
    assert found == pytest.approx([0.45, 0.5 * 0.45 + 0.5 * 0.1, 0.1])


def test_gaussian_weights_are_dais() -> None:
    # One hospital and one village in the middle of the catchment: the weight cancels for it alone, not for two.
    edge = math.exp(-0.5)
    middle = (math.exp(-0.5 * 0.25) - edge) / (1 - edge)
    found = two_step([[0.0, 15.0]], [10.0], [1.0, 1.0], 30, decay="gaussian")
    assert found == pytest.approx([10 / (1 + middle), middle * 10 / (1 + middle)])
    assert two_step([[30.0]], [10.0], [1.0], 30, decay="gaussian") == pytest.approx([0.0])


def test_gravity_by_hand() -> None:
    # Weights 1/minutes. A: 90 / (100/10 + 200/30 + 300/50); B: 40 / (200/20 + 300/5).
    a, b = 90 / (10 + 200 / 30 + 6), 40 / 70
    assert gravity(MINUTES, BEDS, PEOPLE, impedance=1) == pytest.approx([a / 10, a / 30 + b / 20, a / 50 + b / 5])


def test_a_facility_without_anybody_gives_nothing() -> None:
    assert two_step([[INF, INF]], [5.0], [1.0, 1.0], 30).tolist() == [0.0, 0.0]
    assert two_step([[5.0]], [5.0], [0.0], 30).tolist() == [0.0]
    assert two_step(np.empty((0, 2)), [], [1.0, 1.0], 30).tolist() == [0.0, 0.0]


def test_ratio_of_units() -> None:
    found = per_resident([4.0, 6.0, 1.0], [100.0, 400.0], ["north", "north", "east"], ["north", "south"])
    assert found == {"north": 0.1, "south": 0.0, "east": math.inf}


@pytest.mark.parametrize(
    ("minutes", "supply", "residents", "within", "decay", "said"),
    [
        (MINUTES.T, BEDS, PEOPLE, 30, None, "transpose"),
        (np.where(np.isinf(MINUTES), np.nan, MINUTES), BEDS, PEOPLE, 30, None, "NaN"),
        (-MINUTES, BEDS, PEOPLE, 30, None, "negative"),
        (MINUTES, -BEDS, PEOPLE, 30, None, "supply"),
        (MINUTES, BEDS, PEOPLE * np.nan, 30, None, "residents"),
        (MINUTES, BEDS, PEOPLE, 0, None, "within_min"),
        (MINUTES, BEDS, PEOPLE, 30, "gauss", "decay"),
        (MINUTES, BEDS, PEOPLE, 30, [(30, 1.0), (10, 0.5)], "grow"),
        (MINUTES, BEDS, PEOPLE, 30, [(30, -1.0)], "decay"),
    ],
)
def test_wrong_input_is_refused(
    minutes: Floats, supply: Floats, residents: Floats, within: float, decay: Decay, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        two_step(minutes, supply, residents, within, decay)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Floats, Floats, Floats]:
    facilities, places = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    times = st.one_of(st.floats(0, 90), st.just(INF))
    return (
        draw(arrays(float, (facilities, places), elements=times)),
        draw(arrays(float, facilities, elements=st.floats(0, 100))),
        draw(arrays(float, places, elements=st.floats(1, 1000))),
    )


@given(worlds(), st.sampled_from([None, "linear", "gaussian", [(10, 1.0), (30, 0.4)]]))
def test_as_plain_loops_have_it(world: tuple[Floats, Floats, Floats], decay: Decay) -> None:
    minutes, supply, residents = world
    edge = math.exp(-0.5)

    def weight(time: float) -> float:
        if time > 30:
            return 0.0
        if decay is None:
            return 1.0
        if decay == "linear":
            return 1 - time / 30
        if decay == "gaussian":
            return (math.exp(-0.5 * (time / 30) ** 2) - edge) / (1 - edge)
        return 1.0 if time <= 10 else 0.4

    expected = np.zeros(len(residents))
    for facility, row in enumerate(minutes):
        sought = sum(weight(time) * people for time, people in zip(row, residents, strict=True))
        if sought > 0:
            expected += [weight(time) * supply[facility] / sought for time in row]
    assert two_step(minutes, supply, residents, 30, decay) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(worlds())
def test_all_supply_that_anybody_reaches_is_handed_out(world: tuple[Floats, Floats, Floats]) -> None:
    minutes, supply, residents = world
    reached = (minutes <= 30).any(axis=1)
    assert two_step(minutes, supply, residents, 30) @ residents == pytest.approx(supply[reached].sum(), abs=1e-9)
    finite = np.isfinite(minutes).any(axis=1)
    assert gravity(minutes, supply, residents, impedance=1.5) @ residents == pytest.approx(
        supply[finite].sum(), abs=1e-9
    )
