"""Plan files: what the shipped ones say, and every mistake a planner can make in one of their own."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from carereach.coverage.choices import CHOICES, read_choices
from carereach.coverage.rules import Plan, embedded_plans, read_plan
from carereach.errors import InputError, Problem
from carereach.layers.study import read_settings
from carereach.layers.vocabulary import KINDS, RUN_BY, kind_label
from carereach.texts import catalogue

HEAD = """
id = "own"
title = { zh = "自拟规划", en = "Our own plan" }
document = "2025"
"""
RULE = """
[[rule]]
id = "A-1"
title = { zh = "反应时间", en = "Response time" }
kind = "response-time"
section = "1"
threshold = { less_than = 15 }
"""
COUNT = """
[[rule]]
id = "A-2"
title = { zh = "站点数", en = "Stations" }
kind = "count-per-unit"
section = "2"
facilities = { kinds = ["ems.station"] }
threshold = { at_least = 1 }
"""
NAMED = """
[[rule]]
id = "A-3"
title = { zh = "中心", en = "Centre" }
kind = "named-count"
section = "3"
[[rule.expected]]
kind = "ems.centre"
"""


def written(folder: Path, content: str | bytes) -> str:
    data = content.encode() if isinstance(content, str) else content
    (folder / "own.toml").write_bytes(data)
    return "own.toml"


def problems(folder: Path, content: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        read_plan(written(folder, content), folder)
    for problem in caught.value.problems:
        assert problem.file == "own.toml"
        for lang in ("zh", "en"):
            assert "own.toml" in problem.line(lang)
            assert "{" not in problem.line(lang)
            assert f"{problem.code}.todo" in catalogue()
    return caught.value.problems


def test_a_plan_of_ones_own(tmp_path: Path) -> None:
    plan = read_plan(written(tmp_path, HEAD + RULE + COUNT + NAMED), tmp_path)
    assert [(rule.id, rule.kind) for rule in plan.rule] == [
        ("A-1", "response-time"),
        ("A-2", "count-per-unit"),
        ("A-3", "named-count"),
    ]
    assert read_plan(str(tmp_path / "own.toml"), Path("/nowhere")) == plan
    with_mark = read_plan(written(tmp_path, b"\xef\xbb\xbf" + (HEAD + RULE).encode()), tmp_path)
    assert with_mark.rule[0] == plan.rule[0]


MISTAKES = {
    "unknown kind": (HEAD + RULE.replace('"response-time"', '"response-tine"'), 'rule "A-'),
    "two bounds": (HEAD + RULE.replace("less_than = 15", "less_than = 15, at_most = 15"), "threshold"),
    "no bound": (HEAD + RULE.replace("{ less_than = 15 }", "{}"), "threshold"),
    "no threshold": (HEAD + RULE.replace("threshold", "# threshold"), 'rule "A-'),
    "band upside down": (HEAD + RULE.replace("less_than = 15", "band = [20, 10]"), "threshold"),
    "band of one number": (HEAD + RULE.replace("less_than = 15", "band = [20]"), "threshold, band"),
    "band of equal numbers": (HEAD + RULE.replace("less_than = 15", "band = [20, 20]"), "threshold"),
    "infinite bound": (HEAD + RULE.replace("15", "inf"), "threshold, less_than"),
    "no number": (HEAD + RULE.replace("15", "nan"), "threshold, less_than"),
    "negative bound": (HEAD + RULE.replace("15", "-1"), "threshold, less_than"),
    "bound as text": (HEAD + RULE.replace("15", '"fifteen"'), "threshold, less_than"),
    "at least a time": (HEAD + RULE.replace("less_than", "at_least"), 'rule "A-'),
    "ids twice": (HEAD + RULE + RULE, None),
    "no section": (HEAD + RULE.replace('section = "1"', ""), "section"),
    "empty section": (HEAD + RULE.replace('section = "1"', 'section = " "'), "section"),
    "no Chinese title": (HEAD + RULE.replace('zh = "反应时间", ', ""), "title, zh"),
    "no title of the plan": (HEAD.replace("title", "titel") + RULE, "title"),
    "unknown key": (HEAD + RULE + "treshold = 15\n", "treshold"),
    "unknown zone": (HEAD + RULE + 'zone = "city"\n', "zone"),
    "unknown unit code": (HEAD + RULE + 'per = "town"\n', "per"),
    "unknown choice": (HEAD + RULE + 'choices = ["C99"]\n', 'rule "A-'),
    "unknown choice of districts": (HEAD + RULE + 'districts_by_choice = "C99"\n', 'rule "A-'),
    "unknown choice of units": (HEAD + RULE + 'units_by_choice = "C99"\n', 'rule "A-'),
    "facilities of a response": (HEAD + RULE + 'facilities = { kinds = ["hospital.general"] }\n', 'rule "A-'),
    "zone of a count": (HEAD + COUNT + 'zone = "urban"\n', 'rule "A-'),
    "count of nothing": (HEAD + COUNT.replace('{ kinds = ["ems.station"] }', "{}"), 'rule "A-'),
    "unknown kind of facility": (HEAD + COUNT.replace("ems.station", "ems.staton"), "facilities"),
    "unknown body": (HEAD + COUNT.replace('["ems.station"]', '["ems.station"], run_by = ["mayor"]'), "facilities"),
    "nothing expected": (HEAD + NAMED.split("[[rule.expected]]")[0], 'rule "A-'),
    "unknown kind expected": (HEAD + NAMED.replace("ems.centre", "ems.center"), "expected"),
    "none expected": (HEAD + NAMED + "count = 0\n", "expected 1, count"),
    "half a facility expected": (HEAD + NAMED + "count = 1.5\n", "expected 1, count"),
    "no rules": (HEAD, "rule"),
    "an empty list of rules": (HEAD + "rule = []\n", "rule"),
    "a rule that is a text": (HEAD + 'rule = ["A-1"]\n', "rule 1"),
    "no plan at all": ("[study]\nname = 'x'\n", "study"),
}


@pytest.mark.parametrize(("content", "column"), MISTAKES.values(), ids=MISTAKES.keys())
def test_every_mistake_is_a_problem_at_its_key(tmp_path: Path, content: str, column: str | None) -> None:
    found = problems(tmp_path, content)
    if column is None:
        assert [problem.column for problem in found] == [None]
    else:
        assert any(column in (problem.column or "") for problem in found), [str(problem) for problem in found]


@pytest.mark.parametrize(
    ("content", "column"),
    [
        (HEAD + RULE.replace("15", "-1"), 'rule "A-1", threshold, less_than'),
        (HEAD + COUNT + RULE.replace("15", "-1"), 'rule "A-1", threshold, less_than'),
        (HEAD + COUNT + RULE.replace('id = "A-1"', "").replace("15", "-1"), "rule 2, threshold, less_than"),
        (HEAD + RULE + RULE.replace("15", "-1"), "rule 2, threshold, less_than"),
        (HEAD + RULE.replace('"response-time"', '"response-tine"'), 'rule "A-1", kind'),
        (HEAD + NAMED + "count = 0\n", 'rule "A-3", expected 1, count'),
        (HEAD + RULE.replace('id = "A-1"', "id = 7").replace("15", "-1"), "rule 1, threshold, less_than"),
    ],
)
def test_a_mistake_names_the_rule_by_its_id(tmp_path: Path, content: str, column: str) -> None:
    """Without an id of its own, by its place, counted from one."""
    assert column in [problem.column for problem in problems(tmp_path, content)]


def test_unknown_words_name_the_nearest(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, HEAD + COUNT.replace("ems.station", "ems.staton"))
    assert found.code == "rule.facility-kind"
    assert "ems.staton" in found.line("en")
    assert "ems.station" in found.line("zh")


def test_several_mistakes_at_once(tmp_path: Path) -> None:
    content = HEAD + RULE.replace("15", '"soon"') + COUNT.replace('section = "2"', "") + "zones = 1\n"
    assert len(problems(tmp_path, content)) >= 3


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("id = \n", "toml.syntax"),
        ("id = 1\nid = 2\n", "toml.syntax"),
        (b"id = '\xcd\xc6'\n", "file.not-utf8"),
        (b"", "file.empty"),
        ("a = " + "[" * 100_000, "toml.too-deep"),
    ],
)
def test_files_that_are_no_toml(tmp_path: Path, content: str | bytes, code: str) -> None:
    assert [problem.code for problem in problems(tmp_path, content)] == [code]


def test_plans_that_are_not_there(tmp_path: Path) -> None:
    for name, code in (("nanning", "plan.unknown"), ("own.toml", "file.missing"), (".toml", "file.missing")):
        with pytest.raises(InputError) as caught:
            read_plan(name, tmp_path)
        assert [problem.code for problem in caught.value.problems] == [code]
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(InputError) as caught:
        read_plan("folder.toml", tmp_path)
    assert [problem.code for problem in caught.value.problems] == ["file.not-a-file"]


# --- the shipped plans -----------------------------------------------------------------------------------------------


def test_the_emergency_rules_of_both_plans() -> None:
    """As the plans' documents have them: YL §三(一)3; QZ §三(一)3, §五(一)3."""
    assert {"yulin", "qinzhou"} <= set(embedded_plans())
    said = {
        rule.id: (rule.kind, getattr(rule, "zone", "all"), getattr(rule, "per", "city"), target(rule))
        for name in ("yulin", "qinzhou")
        for rule in read_plan(name, Path()).rule
    }
    expected = {
        "YL-EMS-1": ("service-radius", "urban", "city", "<= 5"),
        "YL-EMS-2": ("response-time", "urban", "city", "< 15"),
        "YL-EMS-3": ("service-radius", "township", "city", "10-20"),
        "YL-EMS-4": ("response-time", "township", "city", "< 30"),
        "YL-EMS-5": ("count-per-unit", "all", "city", ">= 2"),
        "YL-EMS-6": ("count-per-unit", "all", "county", ">= 1"),
        "QZ-EMS-1": ("response-time", "all", "county", "< 15"),
        "QZ-EMS-2": ("named-count", "all", "city", ""),
    }
    assert {name: said[name] for name in expected} == expected


def target(rule: object) -> str:
    threshold = getattr(rule, "threshold", None)
    return threshold.text("") if threshold is not None else ""


@pytest.mark.parametrize("name", embedded_plans())
def test_shipped_plans_name_what_they_leave_open(name: str) -> None:
    plan = read_plan(name, Path())
    for rule in plan.rule:
        if rule.kind == "service-radius":
            assert "C2" in rule.choices
            assert ("C2-band" in rule.choices) == (rule.threshold.band is not None)  # type: ignore[attr-defined]
        if rule.kind == "response-time":
            assert "C3" in rule.choices


def test_shipped_plans_are_the_ones_in_their_files(repo: Path) -> None:
    for file in (repo / "coverage" / "plans").glob("*.toml"):
        plan = Plan.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
        assert plan.id == file.stem
        assert plan.title.zh.startswith(plan.city)


# --- choices ---------------------------------------------------------------------------------------------------------


def test_choices_keep_their_defaults() -> None:
    choices = read_choices({"C2": "road"}, "study.toml")
    assert (choices["C2"], choices["C3"]) == ("road", CHOICES["C3"].default)


def test_unknown_choices_and_readings_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        read_choices({"C99": "road", "C2": "roads", "C3": "call"}, "study.toml")
    assert [(p.code, p.column) for p in caught.value.problems] == [
        ("choice.unknown", "choices.C99"),
        ("choice.unknown-reading", "choices.C2"),
    ]
    assert "road" in caught.value.problems[1].line("zh")


# --- codes that are put together from parts --------------------------------------------------------------------------


def test_every_code_made_of_parts_has_a_text() -> None:
    made = [f"choice.{code}.{reading}" for code, choice in CHOICES.items() for reading in choice.readings]
    made += [f"kind.{kind}" for kind in KINDS]
    made += [f"reading.{reading}" for reading in CHOICES["C2"].readings]
    made += [f"layer.{layer}" for layer in ("boundaries", "townships", "facilities", "stations", "roads", "people")]
    made += [f"step.{step}" for step in ("boundaries", "roads", "townships", "facilities", "people", "zones")]
    made += [f"step.{step}" for step in ("times", "rules", "statistics", "field", "isochrones", "outputs")]
    made += [f"cli.{level}" for level in ("error", "warning")]
    made += [f"cli.demo-{study}" for study in ("tutorial", "yulin")]
    made += [f"zones.by-{method}" for method in ("polygon", "streets", "degree", "none")]
    made += [f"grade.{grade}" for grade in ("surveyed", "open-data", "modelled", "assumed", "missing")]
    made += [f"unit.{zone}" for zone in ("urban", "township")]
    assert [code for code in made if code not in catalogue()] == []
    assert all(kind_label(kind, "zh") for kind in KINDS)
    assert RUN_BY


# --- the same mistakes in a study file -------------------------------------------------------------------------------


def test_mistakes_of_a_study_file_in_both_languages(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(
        'name = ""\nplans = "yulin"\n[boundaries]\npath = 5\n[[facilities]]\npath = "x"\ndatum = "wgs72"\n'
        '[[facilities]]\npath = "y"\ncomplete_kinds = ["ems.staton"]\n[stations]\nroles = ["ems.net"]\n'
        '[roads]\npath = "x"\ncomplete = "maybe"\n[people]\npath = "x"\nyear = 1066\n'
        '[response]\nturnout_min = "3 min"\ndetour = 0.5\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        read_settings(tmp_path / "study.toml")
    found = {problem.column: problem.code for problem in caught.value.problems}
    assert found == {
        "name": "toml.empty",
        "plans": "toml.list",
        "boundaries.path": "toml.text",
        "facilities.0.datum": "toml.one-of",
        "facilities.1": "study.facility-kind",
        "stations": "study.role",
        "roads.complete": "toml.bool",
        "people.year": "toml.at-least",
        "response.turnout_min": "toml.number",
        "response.detour": "toml.at-least",
    }
    for problem in caught.value.problems:
        assert "{" not in problem.line("zh") + problem.line("en")
