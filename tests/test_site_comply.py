"""Fewest changes that comply: reach by car, radii of other definitions, and conditions that hold for goals, too."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from site_studies import few_places

from carereach.coverage.assess import gather, judge_plans
from carereach.errors import InputError
from carereach.layers.study import Study
from carereach.maps.site.words import paragraphs
from carereach.scenarios.apply import apply
from carereach.scenarios.changes import Scenario
from carereach.scenarios.evaluate import Evaluator
from carereach.scenarios.proposals.proposal import Proposal
from carereach.scenarios.proposals.question import Question
from carereach.scenarios.proposals.site import site

HEAD = 'id = "own"\ntitle = { zh = "规划", en = "A plan" }\ndocument = "2022"\n'
REACH = """
[[rule]]
id = "storage"
title = {{ zh = "储血点", en = "Storage points" }}
kind = "reach"
section = "1"
facilities = {{ kinds = ["blood.storage"] }}
{limit}
threshold = {{ at_least = {share} }}
"""
RADIUS = """
[[rule]]
id = "radius"
title = { zh = "服务半径", en = "Radius" }
kind = "service-radius"
section = "1"
threshold = { at_most = 3.0 }
[[rule]]
id = "response"
title = { zh = "反应时间", en = "Response" }
kind = "response-time"
section = "1"
threshold = { less_than = 18.0 }
[[rule]]
id = "walk"
title = { zh = "步行", en = "On foot" }
kind = "reach"
section = "1"
mode = "walk"
facilities = { kinds = ["ems.station"] }
within_min = 15
threshold = { at_least = 0.9 }
"""


@pytest.fixture(scope="module")
def tutorial() -> Study:
    return few_places(24)


def with_plan(study: Study, folder: Path, rules: str, **choices: str) -> Study:
    """The study with one plan of its own."""
    (folder / "own.toml").write_text(HEAD + rules, encoding="utf-8")
    path = str(folder / "own.toml")
    return replace(study, settings=study.settings.model_copy(update={"plans": (path,), "choices": choices}))


def statuses(study: Study, proposal: Proposal) -> dict[str, str]:
    """Verdicts of the changed study, assessed from scratch."""
    assert proposal.scenario is not None
    verdicts, _ = judge_plans(gather(apply(study, proposal.scenario).study), proposal.layout.evaluator.plans)
    return {verdict.rule: verdict.status for verdict in verdicts}


@pytest.mark.parametrize(("limit", "share"), [("within_min = 30", 0.75), ("within_km = 15", 0.5)])
def test_reach_by_car_is_met_by_the_fewest(tutorial: Study, tmp_path: Path, limit: str, share: float) -> None:
    study = with_plan(tutorial, tmp_path, REACH.format(limit=limit, share=share))
    asked = Question("comply", rules=("storage",), candidates="junctions:7", kind="blood.storage")
    proposal = site(study, asked)
    assert statuses(study, proposal) == {"storage": "met"}
    number = len(proposal.chosen)
    assert proposal.answer.siting.status == "optimal"
    assert number == proposal.answer.siting.value >= 1
    evaluator = Evaluator(study)  # no set with one less: each of them is judged by the rule itself
    for few in itertools.combinations(proposal.layout.opens, number - 1):
        outcome = evaluator.evaluate(Scenario("few", few)) if few else evaluator.baseline
        assert set(outcome.verdicts["status"]) == {"not met"}


@pytest.mark.parametrize("radius", ["road", "straight-line"])
def test_a_radius_by_another_definition_is_said_not_to_be_covered(tutorial: Study, tmp_path: Path, radius: str) -> None:
    study = with_plan(tutorial, tmp_path, RADIUS, C2=radius)
    proposal = site(study, Question("comply", candidates="junctions:20"))
    assert statuses(study, proposal)["response"] == "met"
    for lang, word in (("zh", "不能处理"), ("en", "not covered by --comply")):
        (said,) = [one for one in paragraphs(proposal, lang) if word in one]  # type: ignore[arg-type]
        assert "radius" in said
        assert "walk" in said
    with pytest.raises(InputError) as caught:
        site(study, Question("comply", rules=("radius",), candidates="junctions:2"))
    assert "radius (" in caught.value.problems[0].message("en")


def test_rules_that_are_named_but_cannot_be_held_are_said(tutorial: Study, tmp_path: Path) -> None:
    rules = RADIUS.replace('id = "radius"', 'id = "urban"\nzone = "urban"')
    study = replace(with_plan(tutorial, tmp_path, rules), urban_area=None)
    proposal = site(study, Question("comply", rules=("urban", "response"), candidates="junctions:20"))
    assert any("urban" in said and "Not looked at" in said for said in paragraphs(proposal, "en"))


def test_spacing_and_county_minimums_hold_for_goals(tutorial: Study) -> None:
    given = {"candidates": "junctions:40", "mean_under": (("all", 17.5),)}
    free = site(tutorial, Question("targets", **given))  # type: ignore[arg-type]
    bound = site(tutorial, Question("targets", spacing_km=9.0, per_county_min=5, **given))  # type: ignore[arg-type]
    layout, chosen = bound.layout, bound.answer.chosen
    assert bound.answer.siting.value >= free.answer.siting.value
    assert (layout.nearest_km(layout.standing)[chosen] >= 9).all()
    apart = layout.distance_km()[np.ix_(chosen, chosen)]
    assert (apart[~np.eye(len(chosen), dtype=bool)] >= 9).all()
    counties = [*layout.standing["county"], *layout.county[chosen]]
    assert all(counties.count(name) >= 5 for name in layout.study.counties.frame["county"])
