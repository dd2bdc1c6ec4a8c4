"""Minima by bands of population."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_cases import codes, judged, param, with_tables
from studies import rule, study

from carereach.coverage.kinds.banded_minimum import Band, minimum_of

BANDS = [{"below": 3e5, "minimum": 20}, {"below": 5e5, "minimum": 50}, {"below": 1e6, "minimum": 80}, {"minimum": 100}]
MODELS = tuple(Band.model_validate(band) for band in BANDS)
PLAN = rule(
    "banded-minimum", amount={"table": "beds", "column": "infectious"}, bands=BANDS, choices=["C17"], units=["甲县"]
)


@pytest.mark.parametrize(
    ("people", "minimum"),
    [(0, 20), (299_999, 20), (300_000, 50), (500_000, 80), (999_999.5, 80), (1e6, 100), (9e6, 100)],
)
def test_a_unit_on_an_edge_belongs_to_the_larger_band(people: float, minimum: float) -> None:
    assert minimum_of(MODELS, people) == minimum


@given(st.floats(0, 1e7), st.floats(0, 1e7))
def test_more_people_never_need_less(one: float, other: float) -> None:
    assert minimum_of(MODELS, min(one, other)) <= minimum_of(MODELS, max(one, other))


@pytest.mark.parametrize(("beds", "status"), [("20", "met"), ("19", "not met"), ("", "cannot tell")])
def test_beds_against_the_band(beds: str, status: str) -> None:
    """1,000 residents: the first band, 20 beds."""
    made = with_tables(study([]), beds=[{"county": "甲县", "infectious": beds}])
    (found,) = judged(PLAN, made)
    assert (found.unit, found.status, found.target) == ("甲县", status, ">= 20")
    assert param(found.notes, "note.band", "minimum") == "20"


def test_registered_population_would_turn_it() -> None:
    """30 beds are enough for 1,000 residents, not for 400,000 registered people."""
    made = with_tables(
        study([]),
        beds=[{"county": "甲县", "infectious": "30"}],
        population=[{"county": "甲县", "registered": "400000"}],
    )
    (found,) = judged(PLAN, made)
    assert found.status == "met"
    assert param(found.notes, "note.other-reading", "reading").code == "choice.C17.registered"
    registered = study([], choices={"C17": "registered"})
    (found,) = judged(PLAN, registered)
    assert (found.status, codes(found.would_settle)[0]) == ("cannot tell", "settle.column")
