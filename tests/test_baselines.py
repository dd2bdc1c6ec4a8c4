"""What a plan counted before it set its goals, beside the facility lists: a hint, never a verdict."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from assessments import assessment
from rich.console import Console
from studies import facility, rule, study

from carereach.coverage.assess import assess, facts_without_times, gather, judge_plans
from carereach.coverage.baselines import Baseline, Counted, contradictions, counted
from carereach.coverage.check import check_study
from carereach.coverage.rules import Plan, read_plan
from carereach.errors import InputError
from carereach.layers.study import open_study
from carereach.maps import verdicts_json
from carereach.maps.page.data import said
from carereach.maps.terminal import terminal_baselines

CENTRES = {"kinds": ["primary.township"]}
WORDS = {"zh": "乡镇卫生院", "en": "township health centres"}


def plan(**keys: Any) -> Plan:
    """A plan that counted three township health centres in 2020, in the whole city unless ``keys`` say otherwise."""
    base = rule("count-per-unit", facilities=CENTRES, threshold={"at_least": 1})
    one = {"title": WORDS, "facilities": CENTRES, "count": 3, "year": 2020, "section": "1", **keys}
    return base.model_copy(update={"baseline": (Baseline.model_validate(one),)})


def centre(x_km: float | None = 1.0, **columns: Any) -> dict[str, Any]:
    return facility(x_km, **{"kind": "primary.township", **columns})


def beside(rows: list[dict[str, Any]], made: Plan | None = None, **settings: Any) -> Counted:
    (found,) = counted(facts_without_times(study(rows, **settings)), [made or plan()])
    return found


@pytest.mark.parametrize(
    ("rows", "complete", "listed", "unsure", "differs", "contradicts"),
    [
        ([centre()], False, 1, 0, True, False),
        ([centre()], True, 1, 0, True, True),
        ([centre(), centre(), centre()], True, 3, 0, False, False),
        ([centre()] * 4, False, 4, 0, True, False),
        ([centre(), centre(status=""), centre(status="")], True, 1, 2, False, False),  # the two may be open
        ([centre(), centre(status="planned"), centre(status="closed")], False, 1, 0, True, False),
    ],
)
def test_counts_beside_the_plan_s(
    rows: list[dict[str, Any]], complete: bool, listed: int, unsure: int, differs: bool, contradicts: bool
) -> None:
    kinds = ["ems.station", "primary.township"] if complete else ["ems.station"]
    found = beside(rows, complete_kinds=kinds)
    assert (found.listed, found.unsure, found.claimed) == (listed, unsure, complete)
    assert (found.differs, found.contradicts) == (differs, contradicts)
    assert len(contradictions([found])) == int(contradicts)


def test_in_words() -> None:
    said = beside([centre()] * 2)
    assert said.text("en") == (
        "手工市: 3 township health centres in the plan (2020), 2 in your list: the list is not complete."
    )
    assert said.text("zh") == "手工市：规划中有乡镇卫生院 3 个（2020 年），机构清单中有 2 个：清单不全。"
    assert said.citation == "2022, §1"
    (problem,) = contradictions([beside([centre()], complete_kinds=["primary.township"])])
    assert (problem.level, problem.column) == ("warning", "complete_kinds")
    assert (
        "list of primary.township says that it is complete: 手工市 has 1 in it, but the plan counted 3"
        in problem.line()
    )
    assert "清单声明 primary.township 已收全：手工市有 1 个，而规划所计为 3 个" in problem.line("zh")


def test_of_one_unit() -> None:
    """Two in 甲县 (0-10 km), one in 乙市: the plan counted two in 甲县."""
    rows = [centre(1.0), centre(2.0), centre(12.0)]
    found = beside(rows, plan(unit="甲县", count=2))
    assert (found.unit, found.listed, found.differs, found.of_whole_list) == ("甲县", 2, False, False)


def test_a_unit_that_the_study_does_not_hold_is_said() -> None:
    found = beside([centre()], plan(unit="丁县"))
    assert (found.held, found.differs) == (False, False)
    assert "丁县" in found.text("en") and "does not hold" in found.text("en")


def test_another_city_s_counts_say_nothing() -> None:
    elsewhere = plan().model_copy(update={"city": "别市"})
    assert counted(facts_without_times(study([centre()])), [elsewhere]) == ()


def test_it_changes_no_verdict() -> None:
    facts = gather(study([centre()]))
    without = plan().model_copy(update={"baseline": ()})
    assert judge_plans(facts, (plan(),)) == judge_plans(facts, (without,))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("facilities = { run_by = ['county'] }", "rule.baseline-kinds"),
        ("facilities = { kinds = ['hospital.generl'] }", "rule.facility-kind"),
        ("facilities = { kinds = ['cdc'] }\ncount = -1", "toml.at-least"),
        ("facilities = { kinds = ['cdc'] }\ncount = 1.5", "toml.whole-number"),
        ("facilities = { kinds = ['cdc'] }\ncount = 5\nyaer = 2020", "toml.unknown-key"),
    ],
)
def test_mistakes_are_explained(tmp_path: Path, line: str, code: str) -> None:
    head = 'id = "x"\ntitle = { zh = "规划", en = "plan" }\ndocument = "2024"\n'
    goal = '[[rule]]\nid = "X-1"\ntitle = { zh = "一", en = "one" }\nsection = "1"\nkind = "count-per-unit"\n'
    goal += 'facilities = { kinds = ["cdc"] }\nthreshold = { at_least = 1 }\n'
    rest = "" if "count =" in line else "count = 5\n"
    base = f'[[baseline]]\ntitle = {{ zh = "一", en = "one" }}\nyear = 2020\nsection = "1"\n{line}\n{rest}'
    (tmp_path / "p.toml").write_text(head + goal + base, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_plan("p.toml", tmp_path)
    assert code in [problem.code for problem in caught.value.problems]
    assert all("baseline" in problem.line("en") for problem in caught.value.problems)


def test_the_counts_of_the_embedded_plans() -> None:
    """As docs/rules.md has them; clinics (427) and outpatient units (21) are one kind."""
    counts = {name: [each.count for each in read_plan(name, Path()).baseline] for name in ("yulin", "qinzhou")}
    assert counts == {"yulin": [59, 2941, 132], "qinzhou": [37, 57, 11, 1670, 5, 448, 7, 16]}
    # the parts add up to the institutions in all: with one other in Yulin, with 44 others in Qinzhou
    assert sum(counts["yulin"]) + 1 == 3133
    assert sum(counts["qinzhou"][:6]) + 44 == 2272


def test_in_every_output() -> None:
    whole = assess(open_study("qinzhou"))
    assert len(whole.baselines) == 8
    line = "钦州市: 57 township health centres in the plan (2020), 0 in your list: the list is not complete."
    assert line in [each.text("en") for each in whole.baselines]
    assert line in said(whole, "en")["baselines"]
    assert line in [each["en"] for each in verdicts_json.verdicts_json(whole)["baselines"]]
    hinted = [each.text("en") for each in whole.to_settle if each.way.what == "full-list"]
    assert (
        "a complete list: township health centre - 57 township health centres in the plan (2020), 0 in your list"
        in hinted
    )
    checked, problems = check_study("qinzhou")
    assert checked is not None and line in checked.summary("en")
    assert "baseline.claimed" not in [problem.code for problem in problems]  # the embedded lists claim nothing


def test_a_claim_that_differs_is_a_warning_of_the_assessment() -> None:
    made = open_study("qinzhou")
    (first, *rest) = made.settings.facilities
    claims = first.model_copy(update={"complete_kinds": ("primary.township", "mch")})
    settings = made.settings.model_copy(update={"facilities": (claims, *rest)})
    found = counted(facts_without_times(replace(made, settings=settings)), [read_plan("qinzhou", Path())])
    (problem,) = contradictions(found)  # five maternal institutions are five: no word of them
    assert "has 0 in it, but the plan counted 57" in problem.line("en")


def test_on_the_terminal() -> None:
    out = io.StringIO()
    for line in terminal_baselines(("[red]x[/red]: 57 in the plan",), "en"):
        Console(file=out, width=100).print(line)
    assert "[red]x[/red]: 57 in the plan" in out.getvalue()
    assert terminal_baselines((), "en") == []
    assert assessment().baselines == ()
