"""Shares and memberships: of facilities with a level, a role or an attribute, and of units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_cases import codes, judged, with_tables, with_townships
from studies import facility, rule, study

from carereach.coverage.intervals import Interval, decide
from carereach.coverage.members import Members
from carereach.coverage.rule_parts import Threshold
from carereach.coverage.ways import column_of
from carereach.layers.study import Study

FEVER = {"table": "attributes", "column": "fever_clinic"}
CENTRES: dict[str, Any] = {"facilities": {"kinds": ["primary.township"]}, "having": FEVER}
HALF = rule("share", **CENTRES, threshold={"at_least": 0.5})
EVERY = rule("membership", **CENTRES)


def centres(cells: Mapping[str, str], *, complete: bool = True, status: str = "open") -> Study:
    """Township health centres with their cell in the table of attributes."""
    rows = [facility(2.0 + i, kind="primary.township", name=name, status=status) for i, name in enumerate(cells)]
    made = study(rows, complete_kinds=["primary.township"] if complete else ())
    return with_tables(made, attributes=[{"name": name, "fever_clinic": cell} for name, cell in cells.items()])


@pytest.mark.parametrize(
    ("cells", "share", "every"),
    [
        ("是是", "met", "met"),
        ("是否", "met", "not met"),
        ("否否是", "not met", "not met"),
        ("是?", "met", "cannot tell"),
        ("否?", "cannot tell", "not met"),
        ("否否?", "not met", "not met"),
    ],
)
def test_attributes_yes_no_and_unknown(cells: str, share: str, every: str) -> None:
    """A question mark is a blank cell: it may be either."""
    made = centres({f"c{i}": cell.replace("?", "") for i, cell in enumerate(cells)})
    assert judged(HALF, made)[0].status == share
    assert judged(EVERY, made)[0].status == every


def test_figures_of_a_share() -> None:
    """1 of 3 known: 33.3 %; the two without are named; the blank one is asked for."""
    (found,) = judged(HALF, centres({"a": "yes", "b": "no", "c": "×", "d": ""}))
    assert (found.value, found.quantity, found.target) == (pytest.approx(100 / 3), "%", ">= 50 %")
    assert found.worst == ("b", "c")
    assert found.notes[0].params == {"yes": 1, "no": 2, "unknown": 1}
    assert found.status == "cannot tell" and found.would_settle[0].params["units"] == ("d",)


def test_incomplete_list_can_only_fail_a_membership() -> None:
    assert judged(EVERY, centres({"a": "是"}, complete=False))[0].status == "cannot tell"
    assert judged(EVERY, centres({"a": "是", "b": "否"}, complete=False))[0].status == "not met"
    assert judged(HALF, centres({"a": "否"}, complete=False))[0].status == "cannot tell"


def test_without_the_table_it_cannot_be_told() -> None:
    made = study([facility(2.0, kind="primary.township", name="a")], complete_kinds=["primary.township"])
    (found,) = judged(HALF, made)
    assert found.status == "cannot tell"
    assert found.would_settle[0] == column_of("attributes", "fever_clinic", ("a",))


def test_none_there_is_no_answer() -> None:
    for plan in (HALF, EVERY):
        (found,) = judged(plan, study([], complete_kinds=["primary.township"]))
        assert (found.status, codes(found.would_settle)) == ("cannot tell", ["settle.none-there"])
        assert found.target == (">= 50 %" if plan is HALF else ">= 100 %")  # what is asked is known all the same


def test_not_open_ones_are_not_asked() -> None:
    made = centres({"a": "否"}, status="planned")
    assert judged(EVERY, made)[0].status == "cannot tell"


def test_two_of_one_name_are_told_apart_by_county() -> None:
    rows = [facility(x, kind="primary.township", name="城关") for x in (5.0, 15.0)]
    made = with_tables(
        study(rows, complete_kinds=["primary.township"]),
        attributes=[
            {"name": "城关", "county": "甲县", "fever_clinic": "是"},
            {"name": "城关", "county": "乙市", "fever_clinic": "否"},
        ],
    )
    plan = rule("membership", per="county", **CENTRES)
    assert [v.status for v in judged(plan, made)] == ["met", "not met", "cannot tell"]


def test_numbers_and_words_of_a_table() -> None:
    many = rule("membership", **{**CENTRES, "having": {**FEVER, "threshold": {"at_least": 50}}})
    word = rule("membership", **{**CENTRES, "having": {**FEVER, "is": "甲类"}})
    assert judged(many, centres({"a": "50", "b": "80"}))[0].status == "met"
    assert judged(many, centres({"a": "49", "b": "80"}))[0].worst == ("a",)
    assert judged(word, centres({"a": "甲类"}))[0].status == "met"
    assert judged(word, centres({"a": "乙类"}))[0].status == "not met"


@pytest.mark.parametrize(
    ("level", "letter", "status"),
    [
        ("tertiary", "", "met"),
        ("secondary", "A", "met"),
        ("secondary", "B", "not met"),
        ("secondary", "", "cannot tell"),
        ("primary", "A", "not met"),
        ("", "", "cannot tell"),
    ],
)
def test_levels_are_ranked_and_an_unknown_letter_may_be_any(level: str, letter: str, status: str) -> None:
    plan = rule("membership", facilities={"kinds": ["mch"]}, having={"level": "secondary A"})
    made = study([facility(5.0, kind="mch", level=level, level_class=letter)], complete_kinds=["mch"])
    assert judged(plan, made)[0].status == status


@pytest.mark.parametrize(
    ("roles", "status"), [("ems.network;infectious", "met"), ("infectious", "not met"), ("", "cannot tell")]
)
def test_roles(roles: str, status: str) -> None:
    plan = rule("membership", facilities={"kinds": ["mch"]}, having={"role": "ems.network"})
    made = study([facility(5.0, kind="mch", roles=roles)], complete_kinds=["mch"])
    (found,) = judged(plan, made)
    assert found.status == status
    assert (codes(found.would_settle) == ["settle.role-of"]) == (status == "cannot tell")


def test_selector_of_alternatives() -> None:
    """All city-run hospitals, and all hospitals of 甲县: the county-run one of 乙市 is not asked."""
    plan = rule(
        "membership",
        facilities={"also": [{"kinds": ["mch"], "run_by": ["city"]}, {"kinds": ["mch"], "counties": ["甲县"]}]},
        having={"role": "ems.network"},
    )
    rows = [
        facility(5.0, kind="mch", roles="ems.network"),
        facility(15.0, kind="mch", run_by="city", roles="ems.network"),
        facility(16.0, kind="mch", roles="infectious"),
    ]
    assert judged(plan, study(rows, complete_kinds=["mch"]))[0].status == "met"
    rows[1]["roles"] = "infectious"
    assert judged(plan, study(rows, complete_kinds=["mch"]))[0].status == "not met"


@pytest.mark.parametrize(("reading", "status"), [("both", "met"), ("either", "not met")])
def test_conditions_together_or_either(reading: str, status: str) -> None:
    """No new beds where occupancy is low (and, or) stays are long; one is low only, and plans new beds."""
    plan = rule(
        "membership",
        facilities={
            "kinds": ["mch"],
            "where": [
                {"table": "beds", "column": "occupancy", "threshold": {"less_than": 75}},
                {"table": "beds", "column": "stay_days", "threshold": {"more_than": 9}},
            ],
        },
        having={"table": "beds", "column": "new_beds", "threshold": {"equal": 0}},
        when={"C21": {"either": {"facilities": _either()}}},
    )
    rows = [facility(5.0, kind="mch", name="a"), facility(6.0, kind="mch", name="b")]
    made = with_tables(
        study(rows, complete_kinds=["mch"], choices={"C21": reading}),
        beds=[
            {"name": "a", "occupancy": "70", "stay_days": "8", "new_beds": "10"},
            {"name": "b", "occupancy": "70", "stay_days": "10", "new_beds": "0"},
        ],
    )
    (found,) = judged(plan, made)
    assert found.status == status
    assert "note.other-reading" in codes(found.notes)


def _either() -> dict[str, Any]:
    return {
        "kinds": ["mch"],
        "where_any": True,
        "where": [
            {"table": "beds", "column": "occupancy", "threshold": {"less_than": 75}},
            {"table": "beds", "column": "stay_days", "threshold": {"more_than": 9}},
        ],
    }


@pytest.mark.parametrize(("cell", "status"), [("1", "met"), ("0", "not met"), ("", "cannot tell")])
def test_each_county(cell: str, status: str) -> None:
    plan = rule(
        "membership", each="county", having={"table": "units", "column": "laboratories", "threshold": {"at_least": 1}}
    )
    rows = [{"county": "甲县", "laboratories": "2"}, {"county": "乙市", "laboratories": "1"}]
    made = with_tables(study([]), units=[*rows, {"county": "丙区", "laboratories": cell}])
    (found,) = judged(plan, made)
    assert found.status == status
    assert found.worst == (("丙区",) if status == "not met" else ())


def test_each_street_or_township() -> None:
    plan = rule("membership", per="county", each="street-or-township", having={"table": "units", "column": "worker"})
    made = with_townships(study([]), {"东街": "street", "西镇": "town", "南乡": "township", "北乡": "township"})
    rows = [("甲县", "东街", "有"), ("甲县", "西镇", "无"), ("乙市", "南乡", "有"), ("乙市", "北乡", "有")]
    made = with_tables(made, units=[{"county": c, "township": t, "worker": w} for c, t, w in rows])
    assert [(v.unit, v.status, v.worst) for v in judged(plan, made)][:2] == [
        ("甲县", "not met", ("西镇",)),
        ("乙市", "met", ()),
    ]


def some_members(yes: int, no: int, unknown: int, unsure: int, listed: bool) -> Members:
    return Members(yes, ("n",) * no, ("u",) * unknown, unsure, listed, (), ())


@given(*(st.integers(0, 6) for _ in range(4)), st.integers(0, 6), st.integers(0, 6), st.integers(0, 6))
def test_the_true_share_lies_in_the_interval(
    yes: int, no: int, unknown: int, unsure: int, turned: int, joined: int, joined_yes: int
) -> None:
    """Whatever the unknown turn out to be, and whichever of the unsure belong to the set."""
    turned, joined = min(turned, unknown), min(joined, unsure)
    joined_yes = min(joined_yes, joined)
    total = yes + no + unknown + joined
    if not total:
        return
    share = some_members(yes, no, unknown, unsure, True).share
    true = 100.0 * (yes + turned + joined_yes) / total
    assert share.low - 1e-9 <= true <= share.high + 1e-9


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
def test_learning_more_never_takes_a_verdict_back(yes: int, no: int, unknown: int) -> None:
    if not yes + no + unknown:
        return
    threshold = Threshold(at_least=60)
    before = decide(threshold, some_members(yes, no, unknown, 0, True).share)
    for answered in ((yes + 1, no), (yes, no + 1)):
        if unknown and before != "cannot tell":
            assert decide(threshold, some_members(*answered, unknown - 1, 0, True).share) == before


def test_nothing_known_is_an_interval_without_end() -> None:
    assert decide(Threshold(at_least=1), Interval.unknown()) == "cannot tell"
    assert decide(Threshold(at_least=0), Interval.unknown()) == "met"


@pytest.mark.parametrize("dtype", [object, "str"])
def test_columns_of_any_type_of_text(dtype: object) -> None:
    """Lists that were read have pandas' texts, also where no level at all is known."""
    made = study([facility(5.0, kind="mch", name="a")], complete_kinds=["mch"])
    frame = made.facilities.frame
    for column in ("id", "name", "county", "level", "level_class", "roles"):
        frame[column] = frame[column].astype(dtype)
    attributes = [{"name": "a", "fever_clinic": "是"}]
    for having, status in (({"level": "secondary A"}, "cannot tell"), (FEVER, "met")):
        plan = rule("membership", facilities={"kinds": ["mch"]}, having=having)
        assert judged(plan, with_tables(made, attributes=attributes))[0].status == status
