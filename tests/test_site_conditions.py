"""Conditions of a question: what stands counts for the spacing and the counties, whoever is to be reached."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from site_studies import few_places

from carereach.layers.study import Study
from carereach.scenarios.proposals.proposal import ProposalContradiction, check_repeated
from carereach.scenarios.proposals.question import Question
from carereach.scenarios.proposals.site import site

HEALTH_CENTRES = "facilities:primary.township"


@pytest.fixture(scope="module")
def tutorial() -> Study:
    return few_places()


@pytest.mark.parametrize("capacity", [None, 20.0])
def test_storage_points_keep_their_distance_from_those_that_stand(tutorial: Study, capacity: float | None) -> None:
    asked = Question(
        "cover",
        new=3,
        within_km=20,
        demand=HEALTH_CENTRES,
        candidates=HEALTH_CENTRES,
        kind="blood.storage",
        spacing_km=25,
        capacity=capacity,
    )
    proposal = site(tutorial, asked)
    assert proposal.supply is not None
    assert len(proposal.supply.standing)
    away = proposal.layout.nearest_km(proposal.supply.standing)
    assert (away < 25).any()
    assert (away[proposal.answer.chosen] >= 25).all()
    chosen = proposal.answer.chosen
    between = proposal.layout.distance_km()[np.ix_(chosen, chosen)][~np.eye(len(chosen), dtype=bool)]
    assert (between >= 25).all()


@pytest.mark.parametrize("capacity", [None, 20.0])
def test_storage_points_that_stand_count_for_their_county(tutorial: Study, capacity: float | None) -> None:
    """Two in each county: where some stand, only the rest is new."""
    asked = Question(
        "cover",
        new=5,
        within_km=20,
        demand=HEALTH_CENTRES,
        candidates=HEALTH_CENTRES,
        kind="blood.storage",
        per_county_min=2,
        capacity=capacity,
    )
    proposal = site(tutorial, asked)
    assert proposal.supply is not None
    stand = proposal.supply.standing["county"].tolist()
    new = [proposal.layout.county[place] for place in proposal.answer.chosen]
    names = proposal.layout.study.counties.frame["county"].tolist()
    lacking = sum(max(0, 2 - stand.count(name)) for name in names)
    assert 0 < lacking < 2 * len(names)
    assert all(stand.count(name) + new.count(name) >= 2 for name in names)
    with_only = site(tutorial, Question(**{**asked.__dict__, "new": lacking}))
    assert with_only.answer.siting.found


@pytest.mark.parametrize(
    "asked",
    [
        Question("backup", new=3, within_min=20, all_within_min=150, candidates="junctions:20"),
        Question("vehicles", new=4, within_min=15, busy=0.3, candidates="junctions:20"),
    ],
)
def test_who_is_reached_more_than_once_is_counted_in_the_changed_study(tutorial: Study, asked: Question) -> None:
    """The proposal stands; with a value that the changed study does not show, it is an error."""
    proposal = site(tutorial, asked)
    layout, answer = proposal.layout, proposal.answer
    check_repeated(layout, asked, answer, proposal.scenario)
    more = replace(answer, siting=replace(answer.siting, value=answer.siting.value + 2.0))
    with pytest.raises(ProposalContradiction, match=asked.model):
        check_repeated(layout, asked, more, proposal.scenario)
    with pytest.raises(ProposalContradiction, match=asked.model):
        check_repeated(layout, asked, answer, None)  # without what is new
