"""From values to verdicts: bounds, bands, screening; and the statistics they stand on."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carereach.coverage.choices import Choices
from carereach.coverage.judge import Bound, Measured, judge, misses, passes, stays
from carereach.coverage.results import Evidence
from carereach.coverage.rules import Threshold
from carereach.coverage.statistics import (
    equal_area_radius_km,
    mean_of_reached,
    share_within,
    weighted_mean,
    weighted_quantile,
)

AT_MOST, INSIDE = Choices({"C2-band": "at-most"}), Choices({"C2-band": "inside"})
SURVEYED, MODELLED = (Evidence("people", "surveyed"),), (Evidence("people", "modelled"),)
THRESHOLDS = [Threshold(at_most=10), Threshold(less_than=10), Threshold(at_least=10), Threshold(band=(5, 10))]
values = st.one_of(st.floats(0, 40, allow_nan=False), st.sampled_from([0.0, 5.0, 10.0, math.inf]))


@pytest.mark.parametrize(
    ("threshold", "below", "on", "above"),
    [
        ({"at_most": 10}, True, True, False),
        ({"less_than": 10}, True, False, False),
        ({"at_least": 10}, False, True, True),
    ],
)
def test_bounds(threshold: dict[str, float], below: bool, on: bool, above: bool) -> None:
    bound = Threshold(**threshold)  # type: ignore[arg-type]
    assert [passes(bound, value, AT_MOST) for value in (9.999, 10, 10.001)] == [below, on, above]


def test_band_by_both_readings() -> None:
    band = Threshold(band=(10, 20))
    probes = (9.9, 10, 15, 20, 20.1, math.inf)
    assert [passes(band, value, AT_MOST) for value in probes] == [True, True, True, True, False, False]
    assert [passes(band, value, INSIDE) for value in probes] == [False, True, True, True, False, False]


def test_targets_in_writing() -> None:
    written = [threshold.text("km") for threshold in THRESHOLDS]
    assert written == ["<= 10 km", "< 10 km", ">= 10 km", "5-10 km"]
    assert Threshold(at_least=2).text("") == ">= 2"


def test_firm_evidence_is_decided_by_the_central_speed() -> None:
    judged = judge(Threshold(less_than=15), Measured(14, 20, 10), SURVEYED, AT_MOST)
    assert (judged.status, judged.holds_low, judged.holds_high, judged.screening) == ("met", False, True, False)


def test_weak_evidence_must_hold_everywhere() -> None:
    goal = Threshold(less_than=15)
    held = judge(goal, Measured(10, 14, 8, (12, 9), (14.9, 7)), MODELLED, AT_MOST)
    assert (held.status, held.screening, held.holds_placement) == ("met", True, True)
    for turned in (
        Measured(10, 15, 8),
        Measured(10, 14, 8, (15, 9)),
        Measured(10, 14, 8, (12, 9), (15.1, 7)),
        Measured(16, 18, 14),
    ):
        judged = judge(goal, turned, MODELLED, AT_MOST)
        assert (judged.status, judged.screening) == ("cannot tell", False)


def test_impossible_is_never_told() -> None:
    assert judge(Threshold(less_than=15), Measured(1, impossible=True), SURVEYED, AT_MOST).status == "cannot tell"


@given(st.sampled_from(THRESHOLDS), values, st.sampled_from(["at most", "at least"]), st.booleans())
def test_what_stays_holds_for_every_true_value(threshold: Threshold, value: float, bound: Bound, band: bool) -> None:
    """Against a fine grid of the true values that the bound allows."""
    choices = INSIDE if band else AT_MOST
    grid = np.append(np.arange(0, 60, 0.25), [value, math.inf])
    allowed = grid[grid <= value] if bound == "at most" else grid[grid >= value]
    same = len({passes(threshold, float(true), choices) for true in allowed}) == 1
    if stays(threshold, value, bound, choices):
        assert same
    elif value > 0.25 and (not math.isfinite(value) or value < 50):
        near = np.append(allowed, [5.0 - 1e-9, 10.0 - 1e-9, 5.0 + 1e-9, 10.0 + 1e-9])
        near = near[near <= value] if bound == "at most" else near[near >= value]
        assert len({passes(threshold, float(true), choices) for true in near}) == 2


@given(values, st.lists(values, min_size=1, max_size=5), st.sampled_from(THRESHOLDS[:2]))
def test_met_with_some_stations_is_met_with_more(value: float, falls: list[float], threshold: Threshold) -> None:
    """A verdict given while stations are missing stays what it is when their coming makes the value fall."""
    before = judge(threshold, Measured(value, bound="at most"), SURVEYED, AT_MOST)
    after = judge(threshold, Measured(min(value, *falls)), SURVEYED, AT_MOST)
    if before.status != "cannot tell":
        assert after.status == before.status


@given(st.sampled_from(THRESHOLDS), values, st.lists(values, max_size=3), st.booleans())
def test_a_screening_never_says_what_firm_evidence_would_not(
    threshold: Threshold, value: float, others: list[float], band: bool
) -> None:
    choices = INSIDE if band else AT_MOST
    measured = Measured(value, *others[:2], placements=tuple(others[2:]))
    firm, weak = judge(threshold, measured, SURVEYED, choices), judge(threshold, measured, MODELLED, choices)
    assert weak.status in (firm.status, "cannot tell")
    assert weak.screening == (weak.status != "cannot tell")
    assert judge(threshold, replace(measured, bound="at most"), SURVEYED, choices).status in (
        firm.status,
        "cannot tell",
    )


def test_places_that_miss() -> None:
    at = np.array([4.0, 5.0, 10.0, 11.0, math.inf])
    assert misses(Threshold(less_than=10), at).tolist() == [False, False, True, True, True]
    assert misses(Threshold(at_most=10), at).tolist() == [False, False, False, True, True]
    assert misses(Threshold(band=(5, 10)), at).tolist() == [False, False, False, True, True]


# --- weighted statistics ---------------------------------------------------------------------------------------------


def test_weighted_mean_and_quantiles() -> None:
    """6 residents: 1 at 10, 3 at 20, 2 at 40 min: mean 150 / 6 = 25; half (3) are within 20, 90 % (5.4) within 40."""
    minutes, residents = np.array([40.0, 10.0, 20.0]), np.array([2.0, 1.0, 3.0])
    assert weighted_mean(minutes, residents) == 25
    assert weighted_quantile(minutes, residents, 0.5) == 20
    assert weighted_quantile(minutes, residents, 0.9) == 40
    assert weighted_quantile(minutes, residents, 1 / 6) == 10
    assert share_within(minutes, residents, 20) == pytest.approx(4 / 6)


def test_quantile_on_the_edge_between_two_places() -> None:
    """2 of 4 residents wait 10 min: half of them do not wait longer."""
    assert weighted_quantile(np.array([10.0, 30.0]), np.array([2.0, 2.0]), 0.5) == 10


def test_nobody_weighs_nothing() -> None:
    """Zero residents add zero even where nobody gets to them."""
    minutes, residents = np.array([10.0, math.inf]), np.array([5.0, 0.0])
    assert weighted_mean(minutes, residents) == 10
    assert weighted_quantile(minutes, residents, 1.0) == 10
    assert share_within(minutes, residents, 60) == 1
    assert math.isnan(weighted_mean(minutes, np.zeros(2)))
    assert math.isnan(weighted_quantile(minutes, np.zeros(2), 0.5))
    assert math.isnan(share_within(minutes, np.zeros(2), 60))


def test_unreachable_residents_count() -> None:
    minutes, residents = np.array([10.0, math.inf]), np.array([3.0, 1.0])
    assert weighted_mean(minutes, residents) == math.inf
    assert mean_of_reached(minutes, residents) == 10
    assert weighted_quantile(minutes, residents, 0.9) == math.inf
    assert share_within(minutes, residents, 60) == 0.75


def test_equal_area_radius_gives_reported_figures() -> None:
    """Jiangqiao: 42.8 km2, one station 3.69 km, two 2.61; Shanghai: 6340.5 km2, 175 stations 3.396 km
    (docs/standards.md)."""
    assert equal_area_radius_km(42.8, 1) == pytest.approx(3.69, abs=0.005)
    assert equal_area_radius_km(42.8, 2) == pytest.approx(2.61, abs=0.005)
    assert equal_area_radius_km(6340.5, 175) == pytest.approx(3.396, abs=0.0005)
    assert equal_area_radius_km(100.0, 0) == math.inf


anybody = st.floats(0, 1e6, allow_subnormal=False)
anytime = st.one_of(st.floats(0, 300), st.just(math.inf))
people_and_minutes = st.lists(st.tuples(anybody, anytime), min_size=1, max_size=30)


@given(people_and_minutes)
def test_more_minutes_never_cover_fewer(places: list[tuple[float, float]]) -> None:
    residents, minutes = (np.array(column) for column in zip(*places, strict=True))
    shares = [share_within(minutes, residents, limit) for limit in (0, 5, 10, 15, 30, 45, 60, 1e9)]
    if residents.sum() == 0:
        assert all(math.isnan(share) for share in shares)
    else:
        assert all(a <= b for a, b in itertools.pairwise(shares))
        assert shares[-1] <= 1 + 1e-12


@given(people_and_minutes, st.floats(0.01, 1))
def test_quantile_is_the_smallest_value_that_enough_do_not_exceed(
    places: list[tuple[float, float]], share: float
) -> None:
    residents, minutes = (np.array(column) for column in zip(*places, strict=True))
    found = weighted_quantile(minutes, residents, share)
    if residents.sum() == 0:
        assert math.isnan(found)
        return
    total = math.fsum(residents)
    assert math.fsum(residents[minutes <= found]) >= share * total * (1 - 1e-9)
    assert math.fsum(residents[minutes < found]) <= share * total * (1 + 1e-9)


@given(st.floats(0.1, 1e5), st.integers(0, 500))
def test_one_more_station_never_lengthens_the_radius(square_km: float, stations: int) -> None:
    assert equal_area_radius_km(square_km, stations + 1) < equal_area_radius_km(square_km, stations)
