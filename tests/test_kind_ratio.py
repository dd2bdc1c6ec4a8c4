"""Ratios: ambulances per people, beds per nurse, hospitals per population range; what is missing now and later."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_cases import codes, judged, param, with_tables
from studies import facility, rule, study

from carereach.coverage.intervals import Interval
from carereach.coverage.kinds.ratio import whole
from carereach.coverage.rules import Plan
from carereach.coverage.ways import column_of

EMS = {"facilities": {"kinds": ["ems.station"]}, "column": "ambulances"}


def ambulances(**keys: Any) -> Plan:
    base: dict[str, Any] = {
        "amount": EMS,
        "per_each": {"each": 1000, "population": "resident"},
        "threshold": {"at_least": 2},
    }
    return rule("ratio", **{**base, **keys})


def test_ambulances_per_thousand_residents() -> None:
    """3,000 people, 2 + 3 ambulances: 5 / 3 = 1.667 per 1,000; 2 per 1,000 need 6, so one is missing."""
    (found,) = judged(ambulances(), study([facility(5.0, ambulances=2), facility(15.0, ambulances=3)]))
    assert (found.status, found.value) == ("not met", pytest.approx(5 / 3))
    assert (found.target, found.bound) == (">= 2", "")
    assert [param(found.notes, "note.needed-now", key) for key in ("needed", "short")] == [6, 1]
    assert "note.population" in codes(found.notes)


def test_exactly_the_target_is_met() -> None:
    """0.77 per 10,000 of 3,000,000 people is 231 ambulances: no rounding may turn it."""
    made = study([facility(5.0, ambulances=231)])
    frame = made.people.frame
    frame["residents"] = 100_000.0
    plan = ambulances(per_each={"each": 10_000, "population": "resident"}, threshold={"at_least": 0.77})
    (found,) = judged(plan, made)
    assert (found.status, param(found.notes, "note.needed-now", "short")) == ("met", 0)


def test_each_county_by_itself() -> None:
    """1,000 people in each: 2 per 1,000 in the first, 3 in the second, none in the third."""
    rows = [facility(5.0, ambulances=2), facility(15.0, ambulances=3), facility(25.0, ambulances=0)]
    found = judged(ambulances(per="county"), study(rows))
    assert [(v.unit, v.status, v.value) for v in found] == [
        ("甲县", "met", 2),
        ("乙市", "met", 3),
        ("丙区", "not met", 0),
    ]


def test_growth_says_what_will_be_missing() -> None:
    """3,000 people now need 6, 10 % more in 2025 need 6.6 = 7, half as many again in 2035 need 9."""
    made = study([facility(5.0, ambulances=5)], growth={"year": {"2035": 1.5, "2025": 1.1}})
    (found,) = judged(ambulances(), made)
    later = [(n.params["year"], n.params["needed"], n.params["short"]) for n in found.notes if "then" in n.code]
    assert later == [("2025", 7, 2), ("2035", 9, 4)]


def test_what_is_needed_is_said_where_nobody_knows_what_is_there() -> None:
    """No station of an incomplete list says its ambulances: 6 are needed now, 9 in 2035, and none is called missing."""
    made = study([facility(5.0, ambulances=np.nan)], growth={"year": {"2035": 1.5}})
    (found,) = judged(ambulances(), made)
    wanted = [(n.code, n.params["needed"]) for n in found.notes if "note.wanted" in n.code]
    assert (found.status, wanted) == ("cannot tell", [("note.wanted-now", 6), ("note.wanted-then", 9)])
    assert all(note.text("zh") and note.text("en") for note in found.notes)


@pytest.mark.parametrize(
    ("blank", "known", "status"),
    [(np.nan, 6.0, "met"), (np.nan, 2.0, "cannot tell"), (0.0, 2.0, "not met")],
)
def test_a_blank_cell_may_be_any_number(blank: float, known: float, status: str) -> None:
    """What is known may decide alone; else the blank cell is asked for."""
    (found,) = judged(ambulances(), study([facility(5.0, ambulances=known), facility(15.0, ambulances=blank)]))
    assert found.status == status
    if status == "cannot tell":
        assert codes(found.would_settle) == ["settle.cells"]
        assert found.bound == "at least"


def test_incomplete_list_cannot_miss_a_minimum() -> None:
    (found,) = judged(ambulances(), study([facility(5.0, ambulances=1)], complete_kinds=()))
    assert (found.status, codes(found.would_settle)) == ("cannot tell", ["settle.full-list"])
    (much,) = judged(ambulances(), study([facility(5.0, ambulances=7)], complete_kinds=()))
    assert (much.status, much.bound) == ("met", "at least")


def test_campuses_are_not_counted_with_their_parent() -> None:
    rows = [
        facility(5.0, kind="hospital.general", name="A", beds=100),
        facility(6.0, kind="hospital.general", name="A east", beds=60, parent="A"),
    ]
    plan = rule(
        "ratio",
        amount={"facilities": {"kinds": ["hospital.general"]}, "column": "beds"},
        per_each={"each": 1000, "population": "resident"},
        threshold={"at_least": 40},
    )
    (found,) = judged(plan, study(rows, complete_kinds=["hospital.general"]))
    assert (found.status, found.value) == ("not met", pytest.approx(100 / 3))


def test_one_population_is_never_taken_for_another() -> None:
    plan = ambulances(per_each={"each": 1000, "population": "registered"})
    made = study([facility(5.0, ambulances=6)])
    (found,) = judged(plan, made)
    assert (found.status, found.value) == ("cannot tell", None)
    assert found.would_settle[0] == column_of("population", "registered", ("手工市",))
    assert found.target.startswith(">= ")  # the goal is known, whatever else is not
    counted = with_tables(made, population=[{"county": "手工市", "registered": "2,000"}])
    (found,) = judged(plan, counted)
    assert (found.status, found.value) == ("met", 3)


def test_city_is_the_sum_of_all_its_counties_and_of_no_fewer() -> None:
    plan = ambulances(per_each={"each": 1000, "population": "registered"})
    made = study([facility(5.0, ambulances=6)])
    rows = [{"county": name, "registered": "500"} for name in ("甲县", "乙市", "丙区")]
    (found,) = judged(plan, with_tables(made, population=rows))
    assert found.value == 4
    (found,) = judged(plan, with_tables(made, population=rows[:2]))
    assert found.status == "cannot tell"


def test_a_choice_of_population_says_what_it_would_turn() -> None:
    """6 per 3,000 residents is enough, 6 per 4,000 registered is not."""
    made = study([facility(5.0, ambulances=6)])
    made = with_tables(made, population=[{"county": "手工市", "registered": "4000"}])
    (found,) = judged(ambulances(choices=["C5"]), made)
    assert found.status == "met"
    assert param(found.notes, "note.other-reading", "reading").code == "choice.C5.registered"
    assert param(found.notes, "note.other-reading", "answer").code == "verdict.not-met"


def test_nobody_lives_here() -> None:
    made = study([facility(5.0, ambulances=6)])
    made.people.frame["residents"] = 0.0
    (found,) = judged(ambulances(), made)
    assert (found.status, codes(found.would_settle)) == ("cannot tell", ["settle.residents"])


def test_beds_per_nurse_from_a_table() -> None:
    """200 nurses to 400 beds: 0.5 of the 0.49 asked for; in 乙市 the nurses are not known."""
    plan = rule(
        "ratio",
        per="county",
        units=["甲县", "乙市"],
        amount={"table": "staff", "column": "nurses"},
        per_each={"table": "staff", "column": "beds"},
        threshold={"at_least": 0.49},
    )
    rows = [{"county": "甲县", "nurses": "200", "beds": "400"}, {"county": "乙市", "nurses": "", "beds": "10"}]
    found = judged(plan, with_tables(study([]), staff=rows))
    assert [(v.status, v.value) for v in found] == [("met", 0.5), ("cannot tell", None)]
    assert found[1].would_settle[0].params["units"] == ("乙市",)
    (without, _) = judged(plan, study([]))
    assert (without.status, codes(without.would_settle)) == ("cannot tell", ["settle.column"] * 2)


def test_thresholds_of_single_units() -> None:
    plan = rule(
        "ratio",
        per="county",
        amount={"table": "staff", "column": "beds"},
        per_each={"each": 1000, "population": "resident"},
        thresholds={"甲县": {"at_least": 5.4}, "乙市": {"at_least": 14}},
    )
    rows = [{"county": "甲县", "beds": "6"}, {"county": "乙市", "beds": "13"}]
    found = judged(plan, with_tables(study([]), staff=rows))
    assert [(v.unit, v.status) for v in found] == [("甲县", "met"), ("乙市", "not met")]


@pytest.mark.parametrize(
    ("reading", "people", "hospitals", "status"),
    [
        # steps, 6.0 M: ceil(6 / 2) = 3 to 2 x floor(6 / 0.8) = 14
        ("steps", 6.0e6, 3, "met"),
        ("steps", 6.0e6, 14, "met"),
        ("steps", 6.0e6, 2, "not met"),
        ("steps", 6.0e6, 15, "not met"),
        # steps, 2.1 M: ceil(1.05) = 2 to 2 x floor(2.625) = 4; range: 1.05 to 5.25
        ("steps", 2.1e6, 5, "not met"),
        ("range", 2.1e6, 5, "met"),
        ("range", 2.1e6, 1, "not met"),
    ],
)
def test_hospitals_per_range_of_people(reading: str, people: float, hospitals: int, status: str) -> None:
    plan = rule(
        "ratio",
        amount={"facilities": {"kinds": ["hospital.general"]}},
        per_each={"population": "registered"},
        range={"number": [1, 2], "people": [8e5, 2e6]},
        choices=["C10"],
    )
    rows = [facility(1.0 + i, kind="hospital.general") for i in range(hospitals)]
    made = study(rows, complete_kinds=["hospital.general"], choices={"C10": reading})
    (found,) = judged(plan, with_tables(made, population=[{"county": "手工市", "registered": f"{people:.0f}"}]))
    assert found.status == status
    (unknown,) = judged(plan, made)
    assert (unknown.status, unknown.target) == ("cannot tell", "1-2 per 800000-2000000 people")


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(1, 1e6), st.floats(1, 1e5))
def test_ratio_of_intervals_holds_every_ratio_in_them(low: float, more: float, people: float, each: float) -> None:
    ratio = Interval(low, low + more, low).over(Interval.exactly(people), each)
    middle = (low + more / 2) * each / people
    assert ratio.low * (1 - 1e-12) <= middle <= ratio.high * (1 + 1e-12)
    assert Interval.exactly(low).over(Interval.exactly(people), each).exact


@given(st.integers(0, 10**6))
def test_whole_does_not_ask_for_one_more_by_rounding(count: int) -> None:
    assert whole(count * (1 + 1e-13)) == count
    assert whole(count + 0.25) == count + 1 == math.ceil(count + 0.25)
