"""Named facilities and the level or beds that the plan sets for them."""

from __future__ import annotations

from typing import Any

import pytest
from plan_cases import codes, judged
from studies import facility, rule, study

from carereach.coverage.assess import gather, judge_plans


def hospital(**columns: Any) -> dict[str, Any]:
    return facility(5.0, **{"kind": "hospital.general", "name": "甲县人民医院", **columns})


def target(**keys: Any) -> Any:
    return rule("grade", targets=[{"name": "甲县人民医院", **keys}])


@pytest.mark.parametrize(
    ("level", "letter", "wanted", "status"),
    [
        ("tertiary", "A", "tertiary A", "met"),
        ("tertiary", "", "tertiary A", "cannot tell"),
        ("tertiary", "B", "tertiary A", "not met"),
        ("tertiary", "", "secondary A", "met"),
        ("secondary", "A", "tertiary", "not met"),
        ("secondary", "", "secondary", "met"),
        ("", "", "secondary", "cannot tell"),
    ],
)
def test_level_now_against_the_target(level: str, letter: str, wanted: str, status: str) -> None:
    (found,) = judged(target(level=wanted), study([hospital(level=level, level_class=letter)]))
    assert (found.status, found.unit, found.subject, found.target) == (status, "甲县", "甲县人民医院", wanted)
    assert (codes(found.would_settle) == ["settle.level-of"]) == (status == "cannot tell")


@pytest.mark.parametrize("goal", [{"level": "tertiary"}, {"beds": 100}])
@pytest.mark.parametrize(
    ("status", "complete", "expected", "asked"),
    [
        ("planned", False, "cannot tell", ["settle.status"]),  # it may have been opened since
        ("planned", True, "not met", []),
        ("under construction", False, "cannot tell", ["settle.status"]),
        ("under construction", True, "not met", []),
        ("closed", False, "not met", []),
        ("closed", True, "not met", []),
        ("open", False, "met", []),
    ],
)
def test_what_is_not_open(status: str, complete: bool, expected: str, asked: list[str], goal: dict[str, Any]) -> None:
    row = hospital(level="tertiary", level_class="B", beds=200.0, status=status)
    (found,) = judged(target(**goal), study([row], complete_kinds=["hospital.general"] if complete else []))
    assert found.status == expected
    assert [code for code in codes(found.would_settle) if code != "settle.level-of"] == asked
    named = rule("named-count", expected=[{"kind": "hospital.general", "county": "甲县", "names": ["甲县人民医院"]}])
    (there,) = judged(named, study([row], complete_kinds=["hospital.general"] if complete else []))
    assert (there.status, codes(there.would_settle)) == (expected, asked)  # the same as of its being there at all


def test_a_level_that_nobody_states_and_an_opening_that_nobody_states() -> None:
    (found,) = judged(target(level="tertiary"), study([hospital(status="")]))
    assert (found.status, codes(found.would_settle)) == ("cannot tell", ["settle.status", "settle.level-of"])
    assert "note.level-unknown" in codes(found.notes)


def test_one_that_no_list_holds() -> None:
    (found,) = judged(target(level="tertiary"), study([facility(5.0)]))
    assert (found.status, codes(found.would_settle)) == ("cannot tell", ["settle.named"])


def test_other_names_and_namesakes() -> None:
    """Two of one name are told apart by county; one is known by its other name."""
    rows = [hospital(name="人民医院", level="secondary"), hospital(name="人民医院", county="乙市", level="tertiary")]
    plan = rule("grade", targets=[{"name": "甲医院", "names": ["人民医院"], "county": "甲县", "level": "tertiary"}])
    assert judged(plan, study(rows))[0].status == "not met"
    elsewhere = rule("grade", targets=[{"name": "人民医院", "county": "别县", "level": "tertiary"}])
    assert judged(elsewhere, study(rows)) == ()


@pytest.mark.parametrize(
    ("column", "beds", "status"),
    [
        ("beds", 300.0, "met"),
        ("beds", 299.0, "not met"),
        ("beds_authorised", 300.0, "met"),
        ("beds", None, "cannot tell"),
    ],
)
def test_beds(column: str, beds: float | None, status: str) -> None:
    columns = {} if beds is None else {column: beds}
    (found,) = judged(target(**{column: 300}), study([hospital(**columns)]))
    assert (found.status, found.value) == (status, beds)


def test_another_citys_institutions_are_skipped_by_name() -> None:
    plan = target(level="tertiary").model_copy(update={"city": "别市"})
    verdicts, skipped = judge_plans(gather(study([hospital(level="tertiary")])), (plan,))
    assert verdicts == ()
    assert [(item.rule, item.reason.code) for item in skipped] == [("r", "skip.other-city")]
    assert skipped[0].plan_title == plan.title
