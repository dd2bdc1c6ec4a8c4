"""A study tested by the plan of another city: said wherever its results are, unless the study says it is on purpose."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from studies import facility, people, study

from carereach.coverage.assess import assess, facts_without_times, read_plans
from carereach.coverage.borrowed import of_other_cities
from carereach.coverage.check import check_study
from carereach.coverage.results import Assessment
from carereach.layers.study import Study
from carereach.maps.verdicts_json import verdicts_json
from carereach.texts import LANGS

HERE = "玉林市"


def made(*, borrowed: tuple[str, ...] = (), city: str = HERE) -> Study:
    """A study of Yulin whose plans are those of Yulin and of Qinzhou."""
    found = study([facility(5.0)], people([1.0, 9.0], [100, 200]), plans=["yulin", "qinzhou"])
    counties = replace(found.counties, frame=found.counties.frame.assign(city=city))
    settings = found.settings.model_copy(update={"borrowed_plans": borrowed})
    return replace(found, counties=counties, settings=settings)


@pytest.fixture(scope="module")
def assessed() -> Assessment:
    return assess(made())


def test_it_is_a_warning_with_the_numbers_of_rules(assessed: Assessment) -> None:
    """Skipped for its names are the rules that the list of skipped ones gives these two reasons."""
    (warned,) = [problem for problem in assessed.problems if problem.code == "plan.other-city"]
    naming = [
        each.rule
        for each in assessed.skipped
        if each.plan == "qinzhou" and each.reason.code in ("skip.other-city", "skip.no-unit")
    ]
    assert (warned.level, warned.column, warned.params["skipped"]) == ("warning", "plans", len(naming))
    assert naming
    assert warned.params["tested"] >= len({v.rule for v in assessed.verdicts if v.plan == "qinzhou"}) > 0
    for lang in LANGS:
        assert "钦州市" in warned.line(lang)
        assert HERE in warned.line(lang)
        assert 'borrowed_plans = ["qinzhou"]' in warned.line(lang)


def test_each_of_its_verdicts_says_it(assessed: Assessment) -> None:
    said = {verdict.plan: {note.code for note in verdict.notes} for verdict in assessed.verdicts}
    for verdict in assessed.verdicts:
        assert ("note.other-city" in [note.code for note in verdict.notes]) == (verdict.plan == "qinzhou")
    assert set(said) == {"yulin", "qinzhou"}
    table = assessed.to_frame("zh").set_index("plan")
    assert table.loc["qinzhou", "notes"].str.contains("并非本市目标").all()
    assert any("钦州市" in problem["zh"] for problem in verdicts_json(assessed)["problems"])
    json.dumps(verdicts_json(assessed)["problems"])


@pytest.mark.parametrize("here", [made(borrowed=("qinzhou",)), made(city="")], ids=["on purpose", "city unknown"])
def test_it_is_quiet(here: Study) -> None:
    result = assess(here)
    assert "plan.other-city" not in [problem.code for problem in result.problems]
    assert "note.other-city" not in [note.code for verdict in result.verdicts for note in verdict.notes]
    assert any(verdict.plan == "qinzhou" for verdict in result.verdicts)


def test_check_warns_as_well(tmp_path: Path) -> None:
    """The tutorial says that the plan of Yulin is borrowed; without that line it is told."""
    found, problems = check_study("tutorial")
    assert found is not None
    assert "plan.other-city" not in [problem.code for problem in problems]
    settings = found.study.settings.model_copy(update={"borrowed_plans": ()})
    facts = facts_without_times(replace(found.study, settings=settings))
    (warned,) = of_other_cities(facts, read_plans(settings, tmp_path))
    assert (warned.code, warned.params["plan"], warned.params["own"]) == ("plan.other-city", "yulin", found.study.city)
