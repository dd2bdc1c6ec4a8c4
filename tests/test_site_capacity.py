"""Proposals whose sites can take only so many: what they promise, where the figures come from, and refusals."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog
from site_studies import few_places

from carereach.errors import InputError
from carereach.layers.study import Study
from carereach.maps.site.tables import frames_of
from carereach.maps.site.words import paragraphs
from carereach.scenarios.proposals.proposal import Proposal, sites_of
from carereach.scenarios.proposals.question import Question
from carereach.scenarios.proposals.site import site

FEW = "junctions:8"
HEALTH_CENTRES = "facilities:primary.township"


@pytest.fixture(scope="module")
def tutorial() -> Study:
    return few_places(24)


def most_served(within: np.ndarray, people: np.ndarray, room: np.ndarray) -> float:
    """The most people that sites can take: a flow, computed by itself; within (sites, points)."""
    patterns, which = np.unique(within.T, axis=0, return_inverse=True)
    people = np.bincount(which.ravel(), weights=people)
    site_of, class_of = np.nonzero(patterns.T)
    rows = [(class_of == k).astype(float) for k in range(len(patterns))]
    rows += [(site_of == s).astype(float) for s in range(len(within))]
    found = linprog(-np.ones(len(site_of)), A_ub=np.array(rows), b_ub=np.concatenate([people, room]))
    return float(-found.fun)


def list_of(folder: Path, proposal: Proposal, **columns: list[object]) -> Path:
    """The candidates of a proposal as a list, with more columns."""
    rows = [["name", "lon", "lat", *columns]]
    for place, one in enumerate(proposal.layout.opens):
        rows.append([one.name, *map(str, one.place), *(str(values[place]) for values in columns.values())])
    (folder / "sites.csv").write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    return folder / "sites.csv"


@pytest.fixture(scope="module")
def served(tutorial: Study) -> Proposal:
    return site(tutorial, Question("cover", new=2, within_min=15, candidates=FEW, capacity=25_000.0))


def test_no_pair_of_sites_can_take_more(served: Proposal) -> None:
    layout = served.layout
    standing, table, people = layout.standing_minutes() <= 15, layout.minutes() <= 15, layout.residents
    every = [
        most_served(np.vstack([standing, table[list(pair)]]), people, np.full(len(standing) + 2, 25_000.0))
        for pair in itertools.combinations(range(len(table)), 2)
    ]
    assert served.answer.siting.status == "optimal"
    assert served.answer.siting.value == pytest.approx(max(every), rel=1e-6)
    assert max(every) > min(every)
    assert served.answer.siting.value < served.reached.within(15, after=True) - 1  # sites are full


def test_how_many_each_site_takes_is_told(served: Proposal) -> None:
    load = sites_of(served)["site_load"]
    assert ((load > 0) & (load <= 25_000 * (1 + 1e-6))).all()
    for lang, word in (("zh", "已满"), ("en", "full")):
        assert any(word in said and f"{served.answer.siting.value:,.0f}" in said for said in paragraphs(served, lang))  # type: ignore[arg-type]
        assert "site_load" in frames_of(served, lang)["site_places"]  # type: ignore[arg-type]


def test_beds_and_people_of_a_list(tutorial: Study, served: Proposal, tmp_path: Path) -> None:
    count = len(served.layout.opens)
    beds, people = [100.0 + place for place in range(count)], [30_000.0 - place for place in range(count)]
    path = str(list_of(tmp_path, served, 床位数=beds, 服务人数=people))  # type: ignore[arg-type]
    given: dict[str, Any] = {"new": 2, "within_min": 15.0, "candidates": path, "standing_capacity": 25_000.0}
    by_beds = site(tutorial, Question("cover", capacity="beds", people_per_bed=250.0, **given))
    by_people = site(tutorial, Question("cover", capacity="people", **given))
    for proposal, room in ((by_beds, [250 * one for one in beds]), (by_people, people)):
        layout, chosen = proposal.layout, proposal.answer.chosen
        within = np.vstack([layout.standing_minutes(), layout.minutes()[chosen]]) <= 15
        most = [25_000.0] * len(layout.standing) + [room[place] for place in chosen]
        assert proposal.answer.siting.value == pytest.approx(most_served(within, layout.residents, np.array(most)))


def test_the_mean_where_the_nearest_is_full(tutorial: Study) -> None:
    asked = Question("mean", new=2, candidates=FEW, capacity=75_000.0, time_limit_s=10)
    proposal = site(tutorial, asked)
    reached, siting = proposal.reached, proposal.answer.siting
    nearest = float((reached.weight * reached.after)[reached.weight > 0].sum())
    assert siting.value >= nearest
    assert siting.bound <= siting.value
    assert f"{siting.value / reached.weight.sum():.2f}" in "".join(paragraphs(proposal, "en"))


def test_everybody_finds_a_place_or_it_is_said_that_there_is_too_little(tutorial: Study) -> None:
    asked = Question("cover-all", within_min=240, candidates=FEW, capacity=60_000.0)
    proposal = site(tutorial, asked)
    assert proposal.answer.siting.found
    # 900,000 people need 15 sites of 60,000: the 17 that stand are enough.
    assert len(proposal.chosen) == 0
    few = site(tutorial, Question("cover-all", within_min=240, candidates=FEW, capacity=20_000.0))
    assert few.answer.siting.status == "infeasible"
    assert "500,000" in paragraphs(few, "en")[0]  # 25 sites of 20,000


def test_storage_points_supply_only_so_many(tutorial: Study) -> None:
    asked = Question(
        "cover",
        new=3,
        within_km=20,
        demand=HEALTH_CENTRES,
        candidates=HEALTH_CENTRES,
        kind="blood.storage",
        capacity=4.0,
    )
    proposal = site(tutorial, asked)
    assert proposal.answer.siting.value <= 4 * (3 + len(proposal.supply.standing))  # type: ignore[union-attr]
    assert (sites_of(proposal)["site_load"] <= 4).all()
    more = site(tutorial, Question(**{**asked.__dict__, "capacity": 40.0}))
    assert more.answer.siting.value == 17  # as without a capacity


def test_so_many_vehicles_at_a_site(tutorial: Study) -> None:
    asked = Question("vehicles", new=6, within_min=15, busy=0.5, candidates="junctions:4", capacity=2.0)
    proposal = site(tutorial, asked)
    _, times = np.unique(proposal.answer.chosen, return_counts=True)
    assert times.max() <= 2
    have = proposal.layout.standing["ambulances"].fillna(1.0).to_numpy()
    rows, added = np.unique(proposal.answer.added, return_counts=True)
    assert (np.floor(have[rows]) + added <= 2).all()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"model": "worst", "capacity": 5.0}, "site.capacity-model"),
        ({"model": "comply", "capacity": 5.0}, "site.capacity-model"),
        ({"capacity": 5.0, "within_percent": 2.0}, "site.capacity-menu"),
        ({"capacity": 0.0}, "site.capacity-word"),
        ({"capacity": "nurses"}, "site.capacity-word"),
        ({"capacity": 5.0, "standing_capacity": -1.0}, "site.capacity-word"),
        ({"capacity": "beds"}, "site.people-per-bed"),
        ({"capacity": 5.0, "people_per_bed": 2.0}, "site.people-per-bed-alone"),
        ({"standing_capacity": 5.0}, "site.capacity-needed"),
        ({"model": "vehicles", "busy": 0.3, "capacity": "people"}, "site.capacity-vehicles"),
        (
            {"demand": HEALTH_CENTRES, "kind": "cdc", "within_min": None, "within_km": 9.0, "capacity": "beds"},
            "site.capacity-facilities",
        ),
    ],
)
def test_capacities_that_do_not_fit_the_question(more: dict[str, Any], code: str) -> None:
    given: dict[str, Any] = {"model": "cover", "new": 2, "within_min": 15.0, **more}
    with pytest.raises(InputError) as caught:
        Question(**given).checked()
    found = [problem for problem in caught.value.problems if problem.code == code]
    assert found
    assert all(problem.line("zh") and problem.line("en") for problem in found)


@pytest.mark.parametrize("capacity", ["beds", "people"])
def test_sites_that_do_not_say_what_they_can_take(tutorial: Study, capacity: str) -> None:
    beds = 100.0 if capacity == "beds" else None
    asked = Question("cover", new=2, within_min=15, candidates=FEW, capacity=capacity, people_per_bed=beds)
    with pytest.raises(InputError) as caught:
        site(tutorial, asked)
    assert [problem.code for problem in caught.value.problems] == ["site.no-capacity", "site.no-standing-capacity"]
    assert capacity in caught.value.problems[0].message("zh")
