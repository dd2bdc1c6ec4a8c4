"""Other readings of a plan's open questions, and what is said beside a verdict."""

from __future__ import annotations

from typing import Any

import pytest
from plan_cases import codes, judged, with_townships
from studies import facility, people, rule, study

from carereach.coverage.assess import gather, judge_plans
from carereach.layers.study import Study
from carereach.texts import LANGS

COUNT = {"facilities": {"kinds": ["mch"]}, "threshold": {"at_least": 1}}


@pytest.mark.parametrize(("choices", "status", "other"), [({}, "not met", "call"), ({"C3": "dispatch"}, "met", "x")])
def test_start_of_the_clock_turns_it(choices: dict[str, str], status: str, other: str) -> None:
    """Stations at km 5, 15, 25: mean of 2.5 min to drive, 4 min before from the call on, 3 from the dispatch on."""
    rows = [facility(5.0), facility(15.0), facility(25.0)]
    plan = rule("response-time", threshold={"less_than": 6}, choices=["C3"])
    (found,) = judged(plan, study(rows, choices=choices))
    assert (found.status, found.value) == (status, pytest.approx(6.5 if other == "call" else 5.5))
    (note,) = [note for note in found.notes if note.code == "note.other-reading"]
    assert note.params["reading"].code == ("choice.C3.dispatch" if other == "call" else "choice.C3.call")
    assert note.params["answer"].code == ("verdict.met" if other == "call" else "verdict.not-met")


def test_a_reading_that_changes_nothing_is_not_told() -> None:
    plan = rule("count-per-unit", **COUNT, choices=["C14"], when={"C14": {"all": {"threshold": {"at_least": 2}}}})
    two = study([facility(5.0, kind="mch"), facility(6.0, kind="mch")], complete_kinds=["mch"])
    assert "note.other-reading" not in codes(judged(plan, two)[0].notes)
    one = study([facility(5.0, kind="mch")], complete_kinds=["mch"])
    assert codes(judged(plan, one)[0].notes)[0] == "note.other-reading"
    chosen = study([facility(5.0, kind="mch")], complete_kinds=["mch"], choices={"C14": "all"})
    (found,) = judged(plan, chosen)
    assert (found.status, found.target, found.choices) == ("not met", ">= 2", ("C14=all",))


def test_a_reading_with_other_units_says_what_it_says_of_them() -> None:
    """By county two of three lack one; the city as a whole has one."""
    plan = rule("count-per-unit", **COUNT, per="county", when={"C5-unit": {"city": {"per": "city"}}})
    found = judged(plan, study([facility(5.0, kind="mch")], complete_kinds=["mch"]))
    assert [v.status for v in found] == ["met", "not met", "not met"]
    assert [codes(v.notes).count("note.other-units") for v in found] == [0, 1, 1]


def test_notes_of_the_rule_itself() -> None:
    words = {"zh": "规划前后不一", "en": "the plan contradicts itself"}
    plan = rule("count-per-unit", **COUNT, note=words, year=2025, binding=False)
    (found,) = judged(plan, study([facility(5.0, kind="mch")], complete_kinds=["mch"]))
    assert codes(found.notes)[-3:] == ["note.of-rule", "note.year", "note.guides"]
    assert [found.notes[-3].text(lang) for lang in LANGS] == [words["zh"], words["en"]]
    assert found.binding is False


def test_every_verdict_can_be_said_in_both_languages() -> None:
    plan = rule("count-per-unit", **COUNT, per="county", choices=["C14"], when={"C14": {"all": {"per": "city"}}})
    for complete in ((), ("mch",)):
        for verdict in judged(plan, study([facility(5.0, kind="mch")], complete_kinds=complete)):
            for lang in LANGS:
                assert all(part.text(lang) for part in (*verdict.notes, *verdict.would_settle))


# --- counts by township, and one per street or per people ---

ONE = {"facilities": {"kinds": ["primary.community"]}, "threshold": {"at_least": 1}}
TOWNS = {"东街": "street", "西街": "street", "南乡": "township", "北镇": "town"}


def centre(x_km: float | None, **columns: object) -> dict[str, object]:
    return facility(x_km, **{"kind": "primary.community", **columns})


def test_one_in_each_township() -> None:
    """乙市 holds 南乡 and 北镇 (km 10-15, 15-20): only the first has a centre. 甲县 holds streets only,
    so that nothing is to be tested there; of 丙区 no township is known."""
    plan = rule(
        "count-per-unit", per="township", facilities={"kinds": ["primary.community"]}, threshold={"at_least": 1}
    )
    made = with_townships(study([centre(12.0), centre(13.0)], complete_kinds=["primary.community"]), TOWNS)
    second, third = judged(plan, made)
    assert (second.unit, second.status, second.value, second.target) == ("乙市", "not met", 1, ">= 2")
    assert second.worst == ("北镇",)
    assert (third.unit, third.status, codes(third.would_settle)[0]) == ("丙区", "cannot tell", "settle.townships")


def test_one_whose_township_is_unknown_may_be_the_missing_one() -> None:
    plan = rule(
        "count-per-unit", per="township", facilities={"kinds": ["primary.community"]}, threshold={"at_least": 1}
    )
    rows = [centre(12.0), centre(None, county="乙市")]
    made = with_townships(study(rows, complete_kinds=["primary.community"]), TOWNS)
    found = judged(plan, made)[0]
    assert (found.unit, found.status, codes(found.would_settle)) == ("乙市", "cannot tell", ["settle.township-of"])


@pytest.mark.parametrize(
    ("reading", "centres", "status"),
    [
        ("street", [2.0], "not met"),
        ("people", [2.0], "met"),
        ("either", [2.0], "met"),
        ("street", [2.0, 7.0], "met"),
        ("either", [], "not met"),
        ("people", [], "not met"),
    ],
)
def test_one_per_street_or_per_people(reading: str, centres: list[float], status: str) -> None:
    """甲县: two streets, 1,000 residents; one per 1,000 people is enough."""
    plan = rule(
        "count-per-unit",
        per="street",
        facilities={"kinds": ["primary.community"]},
        or_one_per=1000,
        threshold={"at_least": 1},
        units=["甲县"],
        choices=["C15"],
    )
    made = study([centre(x) for x in centres], complete_kinds=["primary.community"], choices={"C15": reading})
    assert judged(plan, with_townships(made, TOWNS))[0].status == status


def test_rules_about_units_that_the_study_lacks_are_skipped_by_name() -> None:
    plan = rule("count-per-unit", **COUNT, per="county", units=["别县"])
    verdicts, skipped = judge_plans(gather(study([], people())), (plan,))
    assert (verdicts, [item.reason.code for item in skipped]) == ((), ["skip.no-unit"])


# --- readings together ------------------------------------------------------------------------------------------------

# One general hospital and one of Chinese medicine; three are asked for. Were both kinds meant there would be two, were
# two asked for there would be one too few: only both readings together are met.
TOGETHER: dict[str, Any] = {
    "facilities": {"kinds": ["hospital.general"]},
    "threshold": {"at_least": 3},
    "when": {
        "C7": {"all": {"facilities": {"kinds": ["hospital.general", "hospital.tcm"]}}},
        "C7-port": {"without": {"threshold": {"at_least": 2}}},
    },
}
BOTH_KINDS = ["hospital.general", "hospital.tcm"]


def hospitals() -> Study:
    return study([facility(5.0, kind=kind) for kind in BOTH_KINDS], complete_kinds=BOTH_KINDS)


def test_readings_that_only_together_turn_a_verdict() -> None:
    (found,) = judged(rule("count-per-unit", **TOGETHER), hospitals())
    assert found.status == "not met"
    (said,) = [note for note in found.notes if note.code.startswith("note.other")]
    assert said.code == "note.other-readings"
    assert [part.code for part in said.params["readings"]] == ["choice.C7.all", "choice.C7-port.without"]  # type: ignore[attr-defined]
    assert said.text("en").endswith(": met")
    assert "达标" in said.text("zh")


def test_nothing_is_said_of_several_where_one_suffices() -> None:
    """With one asked for under the other reading, that alone turns it."""
    alone = {**TOGETHER, "when": {**TOGETHER["when"], "C7-port": {"without": {"threshold": {"at_least": 1}}}}}
    (found,) = judged(rule("count-per-unit", **alone), hospitals())
    assert [note.code for note in found.notes if note.code.startswith("note.other")] == ["note.other-reading"]


def test_too_many_combinations_are_said_and_not_tried() -> None:
    """Seven choices of two readings and more have 128 combinations or more."""
    many = ["C7", "C7-port", "C9", "C13", "C14", "C18", "C22"]
    (found,) = judged(rule("count-per-unit", **TOGETHER, choices=many), hospitals())
    (said,) = [note for note in found.notes if note.code == "note.untried-readings"]
    assert said.params["count"] == 128
    assert "note.other-readings" not in [note.code for note in found.notes]
