"""Memberships whose numbers are added up, facilities asked for by name, and districts that share."""

from __future__ import annotations

from typing import Any

import pytest
from plan_cases import codes, judged, with_tables
from pydantic import ValidationError
from studies import facility, rule, study

from carereach.layers.study import Study

BEDS: dict[str, Any] = {"table": "attributes", "column": "elderly_care_beds", "threshold": {"at_least": 100}}
TCM: dict[str, Any] = {"facilities": {"kinds": ["hospital.tcm"]}, "having": BEDS}
TOGETHER = {"C22": {"together": {"per": "county", "added_up": True}}}


def hospitals(beds: dict[str, str], complete: bool = True, **settings: Any) -> Study:
    """TCM hospitals in 甲县 (west of 10 km) with these beds."""
    rows = [facility(2.0 + i, kind="hospital.tcm", name=name) for i, name in enumerate(beds)]
    made = study(rows, complete_kinds=["hospital.tcm"] if complete else [], **settings)
    return with_tables(made, attributes=[{"name": name, "elderly_care_beds": cell} for name, cell in beds.items()])


def test_each_by_itself_or_added_up() -> None:
    """40 + 70 = 110 beds: neither hospital has 100, together they do; 乙市 and 丙区 have no hospital: 0 < 100."""
    plan = rule("membership", **TCM, when=TOGETHER)
    (each,) = judged(plan, hospitals({"a": "40", "b": "70"}))
    assert (each.status, each.value, each.worst) == ("not met", 0, ("a", "b"))
    together = judged(plan, hospitals({"a": "40", "b": "70"}, choices={"C22": "together"}))
    assert [(v.unit, v.status, v.value) for v in together] == [
        ("甲县", "met", 110),
        ("乙市", "not met", 0),
        ("丙区", "not met", 0),
    ]
    assert "choice.C22.together" in str(each.notes)


def test_what_is_blank_or_not_listed_may_hold_any_number() -> None:
    plan = rule("membership", **TCM, added_up=True)
    assert judged(plan, hospitals({"a": "100", "b": ""}))[0].status == "met"
    (blank,) = judged(plan, hospitals({"a": "40", "b": ""}))
    assert (blank.status, codes(blank.would_settle)[0]) == ("cannot tell", "settle.column")
    (unlisted,) = judged(plan, hospitals({"a": "40"}, complete=False))
    assert (unlisted.status, codes(unlisted.would_settle)) == ("cannot tell", ["settle.full-list"])
    (without,) = judged(plan, study([facility(2.0, kind="hospital.tcm")], complete_kinds=["hospital.tcm"]))
    assert (without.status, codes(without.would_settle)) == ("cannot tell", ["settle.column"])


@pytest.mark.parametrize(
    "keys",
    [
        {"facilities": {"kinds": ["hospital.tcm"]}, "having": {"role": "ems.network"}},
        {"each": "county", "having": BEDS},
    ],
)
def test_only_numbers_of_facilities_can_be_added_up(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as error:
        rule("membership", **keys, added_up=True)
    assert "rule.added-up-numbers" in str(error.value)


def test_who_is_asked_for_by_name_is_known_without_a_complete_list() -> None:
    """Both are in the list: what they are decides, though the list claims nothing; campuses count, named so."""
    rows = [
        facility(2.0, kind="hospital.general", name="总院", roles="ems.network"),
        facility(3.0, kind="hospital.general", name="院区", parent="总院", roles="ems.network"),
    ]
    made = study(rows, complete_kinds=[])
    having = {"role": "ems.network"}
    named = rule("membership", facilities={"names": ["总院", "院区"]}, having=having)
    other = rule("membership", facilities={"names": ["总院", "新院"]}, having=having)
    kind = rule("membership", facilities={"kinds": ["hospital.general"]}, having=having)
    assert (judged(named, made)[0].status, judged(named, made)[0].value) == ("met", 100)
    assert judged(other, made)[0].status == "cannot tell"
    assert judged(kind, made)[0].status == "cannot tell"


def test_districts_that_share_are_not_asked_for_their_own() -> None:
    plan = rule(
        "count-per-unit",
        per="county",
        facilities={"kinds": ["blood.fixed"]},
        threshold={"at_least": 1},
        districts_by_choice="C9-districts",
    )
    rows = [facility(x, kind="blood.fixed") for x in (5.0, 15.0)]
    shared = judged(plan, study(rows, complete_kinds=["blood.fixed"]))
    assert [(v.unit, v.status) for v in shared] == [("甲县", "met"), ("乙市", "met")]
    each = judged(plan, study(rows, complete_kinds=["blood.fixed"], choices={"C9-districts": "each"}))
    assert [(v.unit, v.status) for v in each][2] == ("丙区", "not met")
