"""What siting models refuse, what they make of edges, and what an infeasible answer says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import carereach.scenarios.siting as siting
from carereach.errors import InputError
from carereach.scenarios.siting.given import Options

INF = math.inf
# three candidates in rows, four demand points in columns
MINUTES = np.array([[5.0, 10.0, INF, 40.0], [10.0, 5.0, 5.0, 40.0], [INF, INF, 5.0, 40.0]])
RESIDENTS = np.array([10.0, 20.0, 30.0, 0.0])


def refused(code: str, *arguments: Any, **options: Any) -> str:
    """The message of the refusal of a maximal cover, which must be for the reason ``code`` among others."""
    with pytest.raises(ValueError) as caught:
        siting.max_cover(*arguments, **{"p": 1, "within_min": 10, **options})
    assert isinstance(caught.value, InputError)
    assert f"siting.{code}" in [problem.code for problem in caught.value.problems]
    return str(caught.value)


def test_a_turned_table_says_so() -> None:
    assert "Transpose" in refused("turned", MINUTES.T, RESIDENTS)


def test_a_turned_table_is_seen_by_costs_too() -> None:
    refused("turned", MINUTES, RESIDENTS, cost=[1, 1, 1, 1], budget=3)


@pytest.mark.parametrize(
    ("code", "minutes"),
    [
        ("table", np.ones(4)),
        ("table", np.ones((0, 4))),
        ("table", np.ones((2, 2, 2))),
        ("minutes", [[1.0, math.nan, 1.0, 1.0]] * 3),
        ("minutes", [[1.0, -1.0, 1.0, 1.0]] * 3),
        ("numbers", [["a", "b", "c", "d"]] * 3),
    ],
)
def test_what_is_no_table_of_minutes(code: str, minutes: Any) -> None:
    refused(code, minutes, RESIDENTS)


@pytest.mark.parametrize(
    "residents", [[1, 2], [1, 2, 3, math.nan], [1, 2, 3, -1], [1, 2, 3, INF], [[1, 2, 3, 4]], "ab"]
)
def test_residents_that_do_not_fit(residents: Any) -> None:
    with pytest.raises(InputError):
        siting.max_cover(MINUTES, residents, p=1, within_min=10)


@pytest.mark.parametrize(
    ("code", "options"),
    [
        ("too-many", {"p": 4}),
        ("too-many", {"p": 3, "fixed": [0]}),
        ("too-many", {"p": 2, "fixed": [0], "forbidden": [1]}),
        ("count", {"p": -1}),
        ("count", {"p": 1.5}),
        ("count", {"p": True}),
        ("number", {"within_min": math.nan}),
        ("number", {"within_min": -1}),
        ("number", {"within_min": "ten"}),
        ("indices", {"fixed": [0.0]}),
        ("indices", {"fixed": [True, False, True]}),
        ("indices", {"forbidden": [[0]]}),
        ("outside", {"fixed": [3]}),
        ("outside", {"forbidden": [-1]}),
        ("twice", {"fixed": [1, 1]}),
        ("fixed-forbidden", {"fixed": [1], "forbidden": [1]}),
        ("pair", {"cost": [1, 1, 1]}),
        ("pair", {"budget": 1}),
        ("pair", {"groups": list("aab")}),
        ("pair", {"group_min": 1}),
        ("values", {"cost": [1, math.nan, 1], "budget": 1}),
        ("number", {"cost": [1, 1, 1], "budget": math.nan}),
        ("spacing", {"spacing": 5}),
        ("shape", {"spacing": (np.ones((3, 4)), 1)}),
        ("minutes", {"spacing": (np.full((3, 3), math.nan), 1)}),
        ("number", {"spacing": (np.ones((3, 3)), -1)}),
        ("shape", {"groups": list("aabb"), "group_min": 1}),
        ("no-such-group", {"groups": list("aab"), "group_min": {"c": 1}}),
        ("count", {"groups": list("aab"), "group_min": -1}),
        ("turned", {"capacity": [1, 1, 1, 1]}),
        ("number", {"gap": -0.1}),
        ("number", {"time_limit_s": math.nan}),
    ],
)
def test_arguments_that_cannot_be_used(code: str, options: dict[str, Any]) -> None:
    refused(code, MINUTES, RESIDENTS, **options)


def test_all_that_is_wrong_is_told_at_once() -> None:
    message = refused("too-many", MINUTES, RESIDENTS, p=9, fixed=[7], within_min=-1)
    assert len(message.splitlines()) == 3


def test_an_option_that_no_model_knows() -> None:
    with pytest.raises(TypeError):
        siting.max_cover(MINUTES, RESIDENTS, p=1, within_min=10, fixd=[1])  # type: ignore[call-arg]


@pytest.mark.parametrize("busy", [1.0, -0.1, math.nan, True])
def test_the_busy_fraction_is_a_share(busy: float) -> None:
    with pytest.raises(InputError, match="busy_fraction"):
        siting.max_expected_cover(MINUTES, RESIDENTS, vehicles=1, within_min=10, busy=busy)


def test_the_busy_fraction_has_no_default() -> None:
    with pytest.raises(TypeError):
        siting.max_expected_cover(MINUTES, RESIDENTS, vehicles=1, within_min=10)  # type: ignore[call-arg]


def test_busy_fraction_from_calls() -> None:
    # 48 calls of 60 minutes are 2,880 minutes of work; 5 vehicles have 7,200 a day
    assert siting.busy_fraction(calls_per_day=48, job_min=60, vehicles=5) == pytest.approx(0.4)
    with pytest.raises(InputError):
        siting.busy_fraction(calls_per_day=48, job_min=60, vehicles=2)
    with pytest.raises(InputError):
        siting.busy_fraction(calls_per_day=0, job_min=60, vehicles=0)


def test_models_without_capacity_refuse_it() -> None:
    with pytest.raises(InputError):
        siting.backup_cover(MINUTES, RESIDENTS, p=2, within_min=10, capacity=[1, 1, 1])
    with pytest.raises(InputError):  # whom would the sites serve?
        siting.cover_all(MINUTES, within_min=10, capacity=[1, 1, 1])


def test_the_outer_limit_is_not_the_shorter_one() -> None:
    with pytest.raises(InputError):
        siting.backup_cover(MINUTES, RESIDENTS, p=2, within_min=10, all_within_min=9)


def test_within_is_inclusive_in_the_precision_of_the_table() -> None:
    # 12.1 is 12.1000003815 in float32; as it was written, it is within 12.1 minutes
    for dtype in (np.float32, np.float64):
        minutes = np.array([[12.1]], dtype=dtype)
        for limit in (12.1, np.float64(12.1), np.float32(12.1)):
            expected = 7.0 if dtype == np.float32 or limit >= 12.1 else 0.0
            assert siting.max_cover(minutes, [7], p=1, within_min=limit).value == expected
    assert siting.max_cover(np.array([[12.2]], dtype=np.float32), [7], p=1, within_min=12.1).value == 0.0


def test_an_unlimited_time_still_needs_a_way() -> None:
    # candidate 1 reaches points 0 to 2 whatever the time, and all four but for inf: 10 + 20 + 30
    assert siting.max_cover(MINUTES, RESIDENTS, p=1, within_min=INF).value == 60.0
    answer = siting.cover_all([[1.0, INF]], within_min=INF)
    assert answer.status == "infeasible"
    assert answer.unreached.tolist() == [1]


def test_nobody_lives_there() -> None:
    nobody = np.zeros(4)
    answer = siting.max_cover(MINUTES, nobody, p=2, within_min=10)
    assert (answer.status, answer.value, answer.gap, answer.sites.tolist()) == ("optimal", 0.0, 0.0, [])
    answer = siting.cover_all(MINUTES, within_min=10, residents=nobody, fixed=[2])
    assert (answer.status, answer.value, answer.sites.tolist()) == ("optimal", 1.0, [2])
    answer = siting.backup_cover(MINUTES, nobody, p=1, within_min=10)
    assert (answer.status, answer.value) == ("optimal", 0.0)


def test_no_new_site_shows_what_the_fixed_ones_do() -> None:
    answer = siting.max_cover(MINUTES, RESIDENTS, p=0, within_min=10, fixed=[0])
    assert (answer.value, answer.sites.tolist(), answer.new.tolist()) == (30.0, [0], [])


def test_a_site_that_adds_nothing_is_not_proposed() -> None:
    # candidate 1 reaches everybody within 10 minutes
    answer = siting.max_cover(MINUTES, RESIDENTS, p=3, within_min=10)
    assert (answer.value, answer.sites.tolist()) == (60.0, [1])


def test_demand_out_of_reach_is_named() -> None:
    answer = siting.cover_all(MINUTES, within_min=10)
    assert answer.status == "infeasible"
    assert answer.unreached.tolist() == [3]
    assert "index 3" in answer.text("en")
    assert "3" in answer.text("zh")
    assert math.isnan(answer.value)
    assert not answer.found
    assert len(answer.sites) == 0
    assert siting.cover_all(MINUTES, within_min=10, residents=RESIDENTS).value == 1.0  # nobody lives at point 3


def test_forbidden_candidates_reach_nobody() -> None:
    answer = siting.cover_all(MINUTES, within_min=10, residents=RESIDENTS, forbidden=[1, 2])
    assert answer.unreached.tolist() == [2]


def test_many_points_out_of_reach_are_counted() -> None:
    answer = siting.cover_all(np.full((1, 25), 60.0), within_min=10)
    assert "25" in answer.text()
    assert "(+15)" in answer.text()


def test_a_group_that_cannot_be_filled_is_named() -> None:
    answer = siting.max_cover(MINUTES, RESIDENTS, p=2, within_min=10, groups=["n", "s", "s"], group_min={"n": 2})
    assert answer.status == "infeasible"
    assert "n" in answer.text()
    answer = siting.max_cover(MINUTES, RESIDENTS, p=1, within_min=10, groups=["n", "s", "s"], group_min=1)
    assert answer.status == "infeasible"
    assert "only 1 may be new" in answer.text()


def test_conditions_that_fail_only_together() -> None:
    # each group can be filled, but its one candidate each are too near to one another
    near = np.zeros((3, 3))
    answer = siting.max_cover(
        MINUTES, RESIDENTS, p=2, within_min=10, groups=["n", "s", "w"], group_min={"n": 1, "s": 1}, spacing=(near, 5)
    )
    assert answer.status == "infeasible"
    assert answer.text()


def test_fixed_sites_cost_nothing_and_may_stand_near_each_other() -> None:
    near = np.zeros((3, 3))
    options: Options = {"fixed": [0, 1], "cost": [9, 9, 9], "budget": 1, "spacing": (near, 5)}
    answer = siting.max_cover(MINUTES, RESIDENTS, p=0, within_min=5, **options)
    assert answer.value == 60.0


def test_distances_of_two_directions_count_by_the_shorter() -> None:
    distance = np.array([[0.0, 9.0, 9.0], [1.0, 0.0, 9.0], [9.0, 9.0, 0.0]])
    answer = siting.max_cover(MINUTES, RESIDENTS, p=2, within_min=5, spacing=(distance, 5))
    assert answer.sites.tolist() == [1]  # 50; with 0 it would be 60, but they are 1 km apart


def test_vehicles_share_a_site() -> None:
    # two vehicles at the only candidate, each busy half of the time: 100 x (1 - 0.5^2)
    answer = siting.max_expected_cover([[3.0]], [100.0], vehicles=2, within_min=5, busy=0.5)
    assert (answer.value, answer.sites.tolist()) == (75.0, [0, 0])
    # with one standing there already, 100 x (1 - 0.5^3)
    answer = siting.max_expected_cover([[3.0]], [100.0], vehicles=2, within_min=5, busy=0.5, fixed=[0])
    assert (answer.value, answer.sites.tolist(), answer.new.tolist()) == (87.5, [0, 0, 0], [0, 0])
    answer = siting.max_expected_cover([[3.0]], [100.0], vehicles=2, within_min=5, busy=0.5, capacity=[1])
    assert (answer.value, answer.sites.tolist()) == (50.0, [0])


def test_more_vehicles_standing_than_a_site_holds() -> None:
    with pytest.raises(InputError):
        siting.max_expected_cover([[3.0]], [1.0], vehicles=1, within_min=5, busy=0.5, fixed=[0, 0], capacity=[1])


def test_ties_go_to_the_lowest_candidate() -> None:
    minutes = np.full((5, 3), 5.0)
    assert siting.max_cover(minutes, [1, 1, 1], p=1, within_min=10).sites.tolist() == [0]
    assert siting.cover_all(minutes, within_min=10, forbidden=[0]).sites.tolist() == [1]


def test_the_names_are_listed() -> None:
    assert {"max_cover", "cover_all", "backup_cover", "max_expected_cover", "Siting"} <= set(dir(siting))
    with pytest.raises(AttributeError):
        _ = siting.no_such_model  # type: ignore[attr-defined]


def test_points_that_a_fixed_site_reaches_are_not_taken_for_points_without() -> None:
    # fixed 0 reaches point 0; 1 and 2 reach both. One more: point 0 (5 residents) is reached twice, point 1 once
    minutes = [[1.0, 9.0], [1.0, 1.0], [1.0, 1.0]]
    answer = siting.backup_cover(minutes, [5, 100], p=1, within_min=5, fixed=[0])
    assert (answer.status, answer.value, answer.sites.tolist()) == ("optimal", 5.0, [0, 1])
    assert siting.backup_cover(minutes, [5, 100], p=2, within_min=5, fixed=[0]).value == 105.0
