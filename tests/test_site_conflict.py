"""Goals that cannot be met together: the set that is named, against every set there is."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import sparse
from site_studies import few_places

from carereach.layers.study import Study
from carereach.maps.site.tables import frames_of
from carereach.maps.site.words import paragraphs
from carereach.scenarios.proposals.cheapest import Need, Task
from carereach.scenarios.proposals.conflict import Conflict, Goals, Known, conflict_of
from carereach.scenarios.proposals.goals import Goal
from carereach.scenarios.proposals.impossible import conflict_in
from carereach.scenarios.proposals.layout import read_layout
from carereach.scenarios.proposals.proposal import Proposal
from carereach.scenarios.proposals.question import Question
from carereach.scenarios.proposals.site import site
from carereach.scenarios.siting.clock import Clock
from carereach.scenarios.siting.rows import Rows

FEW = "junctions:30"


def smallest_of(met: np.ndarray) -> int:
    """The size of the smallest set of goals that no choice meets; met (choices, goals)."""
    count = met.shape[1]
    for size in range(1, count + 1):
        for some in itertools.combinations(range(count), size):
            if not met[:, some].all(axis=1).any():
                return size
    raise AssertionError("all can be met")


def check(conflict: Conflict, met: np.ndarray) -> None:
    """The set is impossible, each of its goals is needed, and none is smaller."""
    some = list(conflict.goals)
    assert not met[:, some].all(axis=1).any()
    for goal in some:
        assert met[:, [one for one in some if one != goal]].all(axis=1).any()
    assert conflict.irreducible
    assert conflict.smallest
    assert len(some) == smallest_of(met)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 100_000))
def test_of_any_choices_the_smallest_conflict_is_found(seed: int) -> None:
    rng = np.random.default_rng(seed)
    choices, goals = int(rng.integers(1, 12)), int(rng.integers(1, 8))
    met = rng.random((choices, goals)) < rng.uniform(0.3, 0.9)
    assume(not met.all(axis=1).any())

    def ask(some: Goals) -> np.ndarray | bool:
        able = np.flatnonzero(met[:, sorted(some)].all(axis=1))
        return np.array([float(able[0])]) if len(able) else False

    known = Known(ask, lambda choice: frozenset(np.flatnonzero(met[int(choice[0])]).tolist()))
    conflict = conflict_of(goals, known)
    check(conflict, met)
    if len(conflict.goals) == 1:
        assert list(conflict.alone) == np.flatnonzero(~met.any(axis=0)).tolist()


def test_what_cannot_be_told_in_the_time_is_not_claimed() -> None:
    conflict = conflict_of(3, Known(lambda some: None, lambda choice: frozenset()))
    assert conflict.goals == (0, 1, 2)
    assert not conflict.irreducible
    assert not conflict.smallest


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000))
def test_conflicts_of_needs_and_counts_against_every_choice(seed: int) -> None:
    """Two or three savings and a count are asked for, with so many sites at most."""
    rng = np.random.default_rng(seed)
    sites, points, most = int(rng.integers(2, 7)), int(rng.integers(1, 8)), int(rng.integers(1, 4))
    goals = [
        Goal("saving", "", "", "", needs=(Need(rng.integers(0, 20, (sites, points)).astype(float), least),))
        for least in rng.integers(5, 15 * points + 6, int(rng.integers(2, 4))).astype(float).tolist()
    ]
    goals.append(Goal("count", "", "", "", counts=((rng.random(sites) < 0.5, float(rng.integers(1, 4)), np.inf),)))
    eye = sparse.csr_array(np.eye(sites))

    def task_for(some: Sequence[Goal]) -> Task:
        counts = [count for goal in some for count in goal.counts]
        rows = np.vstack([np.ones(sites), *(mask.astype(float) for mask, _, _ in counts)])
        low, high = [-np.inf, *(least for _, least, _ in counts)], [float(most), *(top for _, _, top in counts)]
        needs = tuple(need for goal in some for need in goal.needs)
        soft = np.arange(len(low)) > 0
        all_rows = Rows(sparse.csr_array(rows), np.array(low), np.array(high))
        return Task(np.ones(sites), np.ones(sites), np.ones(sites, dtype=np.bool_), all_rows, needs, eye, soft)

    every = [np.array(bits, dtype=float) for bits in itertools.product((0, 1), repeat=sites) if sum(bits) <= most]
    met = np.array([[task_for([goal]).meets(choice) for goal in goals] for choice in every])
    assume(not met.all(axis=1).any())
    with Clock() as clock:
        check(conflict_in(goals, task_for, None, clock), met)


@pytest.fixture(scope="module")
def tutorial() -> Study:
    return few_places(24)


@pytest.fixture(scope="module")
def torn(tutorial: Study) -> Proposal:
    """One new station: the best mean in town and the best in the townships are asked for, which no station gives."""
    layout = read_layout(tutorial, Question("mean", new=1, candidates=FEW))
    table = np.minimum(layout.minutes(), layout.now())
    means = []
    for zone in ("urban", "township"):
        people = np.where(layout.evaluator.facts.inside(zone)[layout.points], layout.residents, 0.0)  # type: ignore[arg-type]
        means.append(table @ people / people.sum())
    limits = [round(float(mean.min()) + 0.005, 2) for mean in means]
    assert not ((means[0] < limits[0]) & (means[1] < limits[1])).any()
    targets = (("urban", limits[0]), ("township", limits[1]))
    return site(tutorial, Question("targets", mean_under=targets, new=1, candidates=FEW))


def test_two_means_that_one_station_cannot_both_give(torn: Proposal) -> None:
    assert torn.answer.siting.status == "infeasible"
    assert [goal.conflict for goal in torn.goals] == [True, True]
    assert sum(goal.miss > 0 for goal in torn.goals) >= 1
    for lang, word in (("zh", "去掉其中任意一项"), ("en", "without any one of them")):
        assert any(word in said for said in paragraphs(torn, lang))  # type: ignore[arg-type]
        assert (frames_of(torn, lang)["site_goals"]["site_conflict"] != "").all()  # type: ignore[arg-type]


def test_what_cannot_be_met_alone_is_named_with_all_that_is_like_it(tutorial: Study) -> None:
    asked = Question("targets", mean_under=(("urban", 1.0), ("township", 2.0)), new=1, candidates=FEW)
    proposal = site(tutorial, asked)
    assert [goal.conflict for goal in proposal.goals] == [True, True]
    assert "even alone" in paragraphs(proposal, "en")[0]


def test_after_the_time_is_over_no_conflict_is_claimed(tutorial: Study) -> None:
    asked = Question("targets", mean_under=(("township", 2.0),), new=1, candidates=FEW, time_limit_s=0.0)
    proposal = site(tutorial, asked)
    assert not any(goal.conflict for goal in proposal.goals)
    assert proposal.answer.siting.status == "time limit"
