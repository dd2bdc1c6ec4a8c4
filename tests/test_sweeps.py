"""Sweeps: every candidate, every pair, grids; by index, without holding them."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
import tracemalloc
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from what_if import by_hand, changed

from carereach.errors import InputError
from carereach.scenarios.areas import Area
from carereach.scenarios.changes import Close, CloseRoad, Open, Residents, Scenario, SpeedChange
from carereach.scenarios.sweeps import Axis, Batch, Sweep, Value, distinct, pair_at, repeated, sweep

FLOOD = Scenario("flood", (CloseRoad(name="东路"),), cost=2.0)
LOW, HIGH = (Scenario(f"growth {name}", (Residents(factor=f),)) for name, f in (("low", 1.01), ("high", 1.1)))


def sites(count: int, **keys: float) -> list[Open]:
    return [Open.model_validate({"name": f"N{i}", "lon": 111.0 + i / 1000, "lat": 22.6, **keys}) for i in range(count)]


@given(st.integers(2, 60), st.data())
def test_pairs_are_numbered_as_they_are_listed(count: int, data: st.DataObject) -> None:
    listed = list(combinations(range(count), 2))
    index = data.draw(st.integers(0, len(listed) - 1))
    assert pair_at(index, count) == listed[index]


def test_numbers_of_pairs_stay_exact_where_floats_would_not() -> None:
    """With 200 million things there are 2e16 pairs: beyond the 2**53 that a float counts."""
    count = 200_000_000
    last = math.comb(count, 2) - 1
    assert pair_at(last, count) == (count - 2, count - 1)
    assert pair_at(last - 1, count) == (count - 3, count - 1)
    assert pair_at(0, count) == (0, 1)
    assert pair_at(count - 1, count) == (1, 2)


def test_each_candidate_under_each_assumption() -> None:
    batch = sweep("s", sites(3, cost=10), baselines=[FLOOD], grid={"growth": [LOW, HIGH]})
    assert [one.name for one in batch] == [
        "N0 + flood + growth low",
        "N1 + flood + growth low",
        "N2 + flood + growth low",
        "N0 + flood + growth high",
        "N1 + flood + growth high",
        "N2 + flood + growth high",
    ]
    last = batch.at(5)
    assert [change.change for change in last.changes] == ["close-road", "residents", "open"]
    assert last.labels == (("candidate", "N2"), ("baseline", "flood"), ("growth", "growth high"))
    assert (last.group, last.cost) == ("s", 12.0)


def test_each_pair() -> None:
    batch = sweep("s", sites(4), choose=2)
    assert [one.name for one in batch] == ["N0 + N1", "N0 + N2", "N0 + N3", "N1 + N2", "N1 + N3", "N2 + N3"]
    assert batch.at(4).labels == (("candidate", "N1"), ("candidate 2", "N3"))
    assert batch.at(4).cost is None


def test_a_grid_of_numbers() -> None:
    batch = sweep("s", sites(1), grid={"ambulances": [1, 2], "speed": [0.5], "residents": [1.2]})
    assert [one.name for one in batch] == [
        "N0 + ambulances 1 + speed 0.5 + residents 1.2",
        "N0 + ambulances 2 + speed 0.5 + residents 1.2",
    ]
    speed, residents, site = batch.at(1).changes
    assert isinstance(speed, SpeedChange)
    assert isinstance(residents, Residents)
    assert isinstance(site, Open)
    assert (speed.factor, residents.factor, site.ambulances) == (0.5, 1.2, 2)


def test_a_sweep_without_candidates_is_named_after_itself() -> None:
    """Or a sweep over one list of scenarios would give them their own names again."""
    batch = sweep("growth", grid={"growth": [LOW, HIGH]})
    assert list(batch.names()) == ["growth + growth low", "growth + growth high"]


def test_a_swept_scenario_can_be_applied() -> None:
    batch = sweep("s", [Open(name="N", lon=111.1, lat=22.65)], baselines=[FLOOD])
    found = changed(by_hand(), *batch.at(0).changes)
    assert found.stations_changed
    assert found.roads_changed


@given(
    candidates=st.integers(0, 6),
    choose=st.sampled_from([1, 2]),
    values=st.lists(st.integers(1, 3), max_size=3),
    data=st.data(),
)
def test_an_index_gives_what_listing_gives(
    candidates: int, choose: int, values: list[int], data: st.DataObject
) -> None:
    axes = tuple(
        Axis(f"a{i}", tuple(Value(f"a{i}{j}", (Close(facility=f"f{i}{j}"),)) for j in range(n)))
        for i, n in enumerate(values)
    )
    made = Sweep("s", tuple(sites(candidates)), 2 if choose == 2 else 1, axes)
    batch = Batch((FLOOD, made, LOW))
    listed = list(batch)
    assert len(listed) == batch.count == len(batch)
    assert [one.name for one in listed] == list(batch.names())
    ways = list(combinations(range(candidates), choose)) if candidates else [()]
    assert made.count == len(ways) * math.prod(values)
    expected = [
        " + ".join([*([f"N{c}" for c in way] or ["s"]), *(f"a{i}{j}" for i, j in enumerate(choice))])
        for choice in product(*(range(n) for n in values))
        for way in ways
    ]
    assert list(made.names()) == expected
    index = data.draw(st.integers(0, batch.count - 1))
    assert batch.at(index) == listed[index]
    assert batch.at(index).key == listed[index].key
    assert repeated(batch) == []


def test_beyond_the_end_there_is_nothing() -> None:
    batch = sweep("s", sites(3))
    for index in (-1, 3, 10**9):
        with pytest.raises(IndexError):
            batch.at(index)


def test_all_pairs_of_500_are_not_held() -> None:
    """124,750 pairs: iterating over the first and asking for the last takes less than a megabyte."""
    candidates = sites(500)
    tracemalloc.start()
    batch = Batch((Sweep("s", tuple(candidates), 2),))
    assert batch.count == 124_750
    assert batch.at(124_749).name == "N498 + N499"
    for index, scenario in enumerate(batch):
        if index == 2000:
            break
        assert len(scenario.changes) == 2
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_batch_travels_to_a_worker() -> None:
    batch = sweep("s", sites(30), choose=2, baselines=[FLOOD], grid={"growth": [LOW, HIGH]})
    there = pickle.loads(pickle.dumps(batch))
    assert there == batch
    assert [there.at(i).key for i in (0, 500, 869)] == [batch.at(i).key for i in (0, 500, 869)]


def test_keys_are_the_same_in_every_process() -> None:
    """Results are kept under them: neither the order of a set nor the hash of a text may matter."""
    program = (
        "from carereach.scenarios.changes import *\n"
        "print(Scenario('a', (Open(name='北', lon=111, lat=22.5, roles=('急救网络',)), "
        "CloseRoad(area=[(0, 0), (1, 0), (1, 1)])), labels=(('x', 'y'),)).key)"
    )
    found = {
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True, env=env).stdout
        for env in ({"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2"})
    }
    assert len(found) == 1


def test_whatever_a_scenario_says_changes_its_key() -> None:
    site = Open(name="N", lon=111.0, lat=22.5)
    square, other = [(0, 0), (1, 0), (1, 1)], [(0, 0), (1, 0), (1, 2)]
    scenarios = [
        Scenario("a"),
        Scenario("b"),
        Scenario("a", (site,)),
        Scenario("a", (site.model_copy(update={"lat": 22.6}),)),
        Scenario("a", (site,), cost=1.0),
        Scenario("a", (site,), group="g"),
        Scenario("a", (site,), labels=(("x", "y"),)),
        Scenario("a", (Close(facility="N"),)),
        Scenario("a", (site, Close(facility="N"))),
        Scenario("a", (Close(facility="N"), site)),
        Scenario("a", (CloseRoad(area=square),)),
        Scenario("a", (CloseRoad(area=other),)),
        Scenario("a", (SpeedChange(factor=2, area=square),)),
    ]
    assert len({one.key for one in scenarios}) == len(scenarios)
    read = Area(name="elsewhere.gpkg", wkt="POLYGON ((0 0, 1 0, 1 1, 0 0))")
    renamed = read.model_copy(update={"name": "copied.gpkg"})
    assert Scenario("a", (CloseRoad(area=read),)).key == Scenario("a", (CloseRoad(area=renamed),)).key


def test_costs_add_up_unless_nobody_states_one() -> None:
    assert Scenario("a", (Close(facility="x", cost=-3), Open(name="N", lon=1, lat=2, cost=10))).cost == 7
    assert Scenario("a", (Close(facility="x"),)).cost is None
    assert Scenario("a", (Close(facility="x", cost=1),), cost=9.0).cost == 9


def test_candidates_of_one_name_are_told_apart() -> None:
    twins = [Open(name=name, lon=1, lat=2) for name in ("A", "B", "A", "A (2)", "A")]
    assert [one.name for one in distinct(twins)] == ["A", "B", "A (3)", "A (2)", "A (4)"]
    assert distinct(twins[:2]) == tuple(twins[:2])


def test_two_scenarios_of_one_name_are_refused() -> None:
    batch = Batch((FLOOD, Scenario("N1 + flood"), *sweep("s", sites(2), baselines=[FLOOD]).parts))
    assert repeated(batch) == ["N1 + flood"]
    with pytest.raises(InputError, match=r"Two scenarios have this name.*N1 \+ flood"):
        batch.checked()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: sweep("s", sites(1), choose=2), "scenarios.no-pairs"),
        (lambda: sweep("s", sites(1), grid={"ambulence": [1]}), "scenarios.no-parameter"),
        (lambda: sweep("s", sites(1), grid={"speed": [0.5, 0.5]}), "scenarios.name-twice"),
    ],
)
def test_a_sweep_without_sense_is_refused(make: object, code: str) -> None:
    assert callable(make)
    with pytest.raises(InputError) as caught:
        make()
    assert [problem.code for problem in caught.value.problems] == [code]
