"""Reach: residents near a facility by car or on foot. One km of the road takes 2, 1 or 0.5 min at low, central, high
speed; 100 people stand in the middle of each of its 30 km."""

from __future__ import annotations

from typing import Any

import pytest
from plan_cases import codes, judged, with_townships
from studies import facility, road, rule, study

from carereach.coverage.rules import Plan


def reach(**keys: Any) -> Plan:
    return rule("reach", **{"facilities": {"kinds": ["mch"]}, "within_min": 5, **keys})


MCH = ("mch",)


def test_share_by_car_at_every_speed() -> None:
    """A hospital at km 5. Within 5 min lie 5 km at central speed (km 0.5-9.5: 10 of 30 places), 2.5 km at low speed
    (2.5-7.5: 6) and 10 km at high speed (0.5-14.5: 15)."""
    (found,) = judged(reach(threshold={"at_least": 0.3}), study([facility(5.0, kind="mch")], complete_kinds=MCH))
    assert found.status == "met"
    assert (found.value, found.low, found.high) == (pytest.approx(100 / 3), pytest.approx(20), pytest.approx(50))
    assert (found.holds_low, found.holds_high, found.quantity, found.target) == (False, True, "%", ">= 30 %")
    assert found.people_affected == 2000


def test_modelled_people_are_no_answer_where_speeds_turn_it() -> None:
    made = study([facility(5.0, kind="mch")], complete_kinds=MCH, people_grade="modelled")
    assert judged(reach(threshold={"at_least": 0.3}), made)[0].status == "cannot tell"
    (found,) = judged(reach(threshold={"at_least": 0.6}), made)
    assert (found.status, found.screening) == ("not met", True)


def test_on_foot_without_footpaths_is_a_model() -> None:
    """15 min at 5 km/h with a detour of 1.3 are 0.96 km: km 4.5 and 5.5, 2 of 30 places; straight lines are a model."""
    plan = reach(mode="walk", within_min=15, threshold={"at_least": 0.5})
    (found,) = judged(plan, study([facility(5.0, kind="mch")], complete_kinds=MCH))
    assert found.value == pytest.approx(100 * 2 / 30)
    assert (found.status, found.screening) == ("not met", True)
    assert [item.grade for item in found.evidence if item.layer == "roads"] == ["modelled"]


def test_on_foot_along_a_walk_network() -> None:
    """The same 15 min along the road are 1.25 km without a detour: km 4.5 and 5.5 (1.5 km off is too far)."""
    made = study(
        [facility(5.0, kind="mch")],
        complete_kinds=MCH,
        roads={"path": "x.osm", "grade": "surveyed", "profile": "walk"},
    )
    (found,) = judged(reach(mode="walk", within_min=15, threshold={"at_least": 0.5}), made)
    assert found.value == pytest.approx(100 * 2 / 30)
    assert (found.status, found.screening) == ("not met", False)


def test_without_a_share_only_figures_are_reported() -> None:
    """C11 "report": no answer, but the figures; "ninety" and "all" ask for a share, and are said to turn it."""
    made = study([facility(5.0, kind="mch")], complete_kinds=MCH)
    (found,) = judged(reach(choices=["C11"]), made)
    assert (found.status, found.value, found.target) == ("cannot tell", pytest.approx(100 / 3), "")
    assert codes(found.would_settle)[0] == "settle.share-asked"
    assert codes(found.notes).count("note.other-reading") == 2
    asked = study([facility(5.0, kind="mch")], complete_kinds=MCH, choices={"C11": "all"})
    assert judged(reach(choices=["C11"]), asked)[0].target == ">= 100 %"


def test_km_instead_of_minutes() -> None:
    """Within 2 km of km 5: km 3.5-6.5, 4 places of the urban 10; speeds do not matter."""
    near = {"facilities": {"kinds": ["mch"]}, "within_km": 2}
    plan = rule("reach", **near, zone="urban", threshold={"at_least": 0.4})
    (found,) = judged(plan, study([facility(5.0, kind="mch")], complete_kinds=MCH))
    assert (found.status, found.value, found.low, found.high) == ("met", *[pytest.approx(40)] * 3)


def test_missing_facilities_can_only_help() -> None:
    for keys in ({"complete_kinds": ()}, {"roads_complete": False, "complete_kinds": MCH}):
        made = study([facility(5.0, kind="mch")], **keys)
        assert judged(reach(threshold={"at_least": 0.3}), made)[0].status == "met"
        (found,) = judged(reach(threshold={"at_least": 0.9}), made)
        assert (found.status, found.bound) == ("cannot tell", "at least")
    unlocated = study([facility(5.0, kind="mch"), facility(None, kind="mch", county="乙市")], complete_kinds=MCH)
    (found,) = judged(reach(threshold={"at_least": 0.9}), unlocated)
    assert (found.status, codes(found.would_settle)[0]) == ("cannot tell", "settle.locate")


def test_unreachable_people_are_outside() -> None:
    """No road from km 10 to 20: those beyond are not reached within any time."""
    made = study([facility(5.0, kind="mch")], complete_kinds=MCH, network=road((0, 10), (20, 30)))
    (found,) = judged(reach(within_min=600, per="county", threshold={"at_least": 0.9}), made)[2:]
    assert (found.unit, found.value, found.people_affected) == ("丙区", 0, 1000)


def test_who_is_outside_by_township() -> None:
    """甲县: the street (km 0-5) is all inside 5 min; the town (km 5-10) too; of 乙市 nobody is."""
    made = with_townships(
        study([facility(5.0, kind="mch")], complete_kinds=MCH),
        {"东街": "street", "西镇": "town", "南乡": "township", "北乡": "township"},
    )
    first, second, _ = judged(reach(per="county", threshold={"at_least": 0.9}), made)
    assert first.places == (("甲县·东街", 500, 0), ("甲县·西镇", 500, 0))
    assert second.places == (("乙市·北乡", 500, 500), ("乙市·南乡", 500, 500))
    assert (first.worst, second.worst) == ((), ("乙市·北乡 500", "乙市·南乡 500"))


def test_rough_places_leave_it_open_where_they_could_turn_it() -> None:
    """A hospital known to 3 km may lie 3.9 km of road off: 3.9 min more or less."""
    rough = facility(5.0, kind="mch", precision="seat", uncertainty_km=3.0)
    (found,) = judged(reach(threshold={"at_least": 0.3}), study([rough], complete_kinds=MCH, people_grade="modelled"))
    assert (found.status, found.holds_placement) == ("cannot tell", False)
    assert "settle.precise" in codes(found.would_settle)


def test_rough_places_do_not_blur_those_that_are_known() -> None:
    """The hospital at km 5 reaches 6 of 30 places even at low speed; one at km 25, known to 3 km, adds or does not."""
    rows = [facility(5.0, kind="mch"), facility(25.0, kind="mch", precision="seat", uncertainty_km=3.0)]
    made = study(rows, complete_kinds=MCH, people_grade="modelled")
    (found,) = judged(reach(threshold={"at_least": 0.15}), made)
    assert (found.status, found.screening, found.holds_placement) == ("met", True, True)
    assert found.value == pytest.approx(100 * 20 / 30)
    assert judged(reach(threshold={"at_least": 0.5}), made)[0].status == "cannot tell"


@pytest.mark.parametrize("minutes", [1, 3, 10, 25, 60])
def test_more_minutes_and_more_facilities_never_reach_fewer(minutes: int) -> None:
    plan = reach(within_min=minutes, threshold={"at_least": 0.5})
    longer = reach(within_min=minutes + 4, threshold={"at_least": 0.5})
    one = study([facility(5.0, kind="mch")], complete_kinds=MCH)
    two = study([facility(5.0, kind="mch"), facility(21.0, kind="mch")], complete_kinds=MCH)
    values = [judged(p, made)[0].value or 0.0 for p, made in ((plan, one), (longer, one), (plan, two))]
    assert values[0] <= values[1] and values[0] <= values[2]
