"""Travel times of changed studies: the same as computing everything anew, to the last bit, whatever was kept before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenario_world import scenario, world
from studies import facility, people, road, study

from carereach.coverage.assess import gather
from carereach.coverage.facts import Facts, stations_of, straight_km, travel_runs
from carereach.errors import InputError
from carereach.layers.roads.legs import even_km
from carereach.layers.study import Study
from carereach.scenarios import insert, kept, road_states
from carereach.scenarios.apply import Changed, apply
from carereach.scenarios.changes import Change, Close, CloseRoad, Scenario, SpeedChange
from carereach.scenarios.crow import Crow
from carereach.scenarios.road_graphs import Cut, RoadGraphs, Squares, scratch
from carereach.scenarios.rows import Row, Rows, RowStore, packed_rows, unpacked_rows
from carereach.scenarios.states import Engine


def engine_of(facts: Facts, store: RowStore | None = None) -> Engine:
    return Engine(facts.study.roads, facts.model, facts.stations, store)


def travelled(engine: Engine, made: Study) -> dict[tuple[str, str], pd.DataFrame]:
    return engine.travel(made.roads, stations_of(made), made.people.frame)  # type: ignore[return-value]


def assert_as_anew(engine: Engine, made: Study) -> None:
    """Every run, every column, exactly."""
    found = travelled(engine, made)
    expected = travel_runs(made.roads, engine.model, stations_of(made), made.people.frame)
    assert list(found) == list(expected)
    for run, frame in expected.items():
        pd.testing.assert_frame_equal(found[run], frame, check_exact=True)


def possible(made: Study, seed: int, count: int) -> Iterator[Changed]:
    """Changed studies of drawn scenarios, those that can be made."""
    for number in range(count):
        try:
            yield apply(made, scenario(seed * 31 + number, made))
        except InputError:
            continue


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searches of new stations begin with a few nodes, so that they must be enlarged."""
    monkeypatch.setattr(insert, "FIRST_NODES", 3)
    monkeypatch.setattr(insert, "GROWTH", 2)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_times_are_those_of_a_full_computation(seed: int, rough: bool) -> None:
    made = world(seed, rough=rough)
    engine = engine_of(gather(made))
    for changed in possible(made, seed, 4):
        assert_as_anew(engine, changed.study)


@pytest.mark.parametrize("seed", range(6))
def test_parts_that_are_too_small_are_enlarged(seed: int, small_parts: None) -> None:
    made = world(seed, rough=seed % 2 == 0)
    engine = engine_of(gather(made))
    for changed in possible(made, 100 + seed, 4):
        assert_as_anew(engine, changed.study)


@pytest.mark.parametrize("seed", range(3))
def test_what_was_forgotten_is_made_anew(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for one result of each sort, every scenario pushes out the one before."""
    made = world(seed)
    engine = engine_of(gather(made), RowStore(memory_bytes=1))
    for keeper in (engine._roads, engine._places, engine._snaps, engine._study._states):
        keeper._most = 1
    drawn = list(possible(made, 200 + seed, 5))
    for changed in (*drawn, *drawn):
        assert_as_anew(engine, changed.study)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 11))
def test_one_more_station_never_lengthens_and_closing_never_shortens(seed: int, which: int) -> None:
    made = world(seed)
    engine = engine_of(gather(made))
    before = travelled(engine, made)
    frame = made.facilities.frame
    status, kind = frame["status"].copy(), frame["kind"].copy()
    if frame["geometry"].isna()[which]:
        return
    shorter = status[which] != "open" or kind[which] != "ems.station"
    status[which], kind[which] = ("open", "ems.station") if shorter else ("closed", kind[which])
    changed = replace(made, facilities=replace(made.facilities, frame=frame.assign(status=status, kind=kind)))
    for run, times in travelled(engine, changed).items():
        old, new = before[run]["minutes"].to_numpy(), times["minutes"].to_numpy()
        assert (new <= old).all() if shorter else (new >= old).all()


def test_the_last_station_closed_leaves_nobody_reached() -> None:
    made = study([facility(5.0)], people())
    engine = engine_of(gather(made))
    none = replace(made, facilities=replace(made.facilities, frame=made.facilities.frame.assign(status="closed")))
    assert np.isinf(travelled(engine, none)["central", "stated"]["minutes"]).all()
    assert_as_anew(engine, none)


def test_a_station_beyond_every_access_leg_reaches_nobody() -> None:
    made = study([facility(5.0), facility(25.0, status="planned")], people(), response={"max_access_km": 0.5})
    engine = engine_of(gather(made))
    frame = made.facilities.frame
    far = frame.geometry.translate(yoff=3000.0).where(frame["id"] == "s1", frame.geometry)
    away = made.facilities.frame.assign(status="open").set_geometry(far)
    assert_as_anew(engine, replace(made, facilities=replace(made.facilities, frame=away)))


def changed_by(made: Study, *changes: Change) -> Study:
    return apply(made, Scenario("x", changes)).study


def test_slower_roads_search_again_only_what_they_touch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stations at 5 and 25 km of a road of 30: behind a closed stretch from 20 to 21 km nothing else changes."""
    made = study([facility(5.0), facility(25.0)], people())
    engine = engine_of(gather(made))
    travelled(engine, made)
    grown: list[int] = []

    real, real_repair = road_states.grow, road_states.repair
    monkeypatch.setattr(road_states, "grow", lambda *parts: (grown.append(-1), real(*parts))[1])

    def noted(graphs: object, level: object, old: object, nodes: np.ndarray, *rest: object) -> object:
        grown.append(len(nodes))
        return real_repair(graphs, level, old, nodes, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(road_states, "repair", noted)
    node = int(np.flatnonzero(np.isclose(made.roads.xy[:, 0], 520_000.0))[0])
    east = int(np.flatnonzero(np.isclose(made.roads.xy[:, 0], 521_000.0))[0])
    closed = CloseRoad(edges=((int(made.roads.node_id[node]), int(made.roads.node_id[east])),))
    assert_as_anew(engine, changed_by(made, closed))
    # At 20 km the west station is 15 km away, the east one 5 km: the ways from 20 back to 16 km lead over the stretch,
    # at 15 km both are equal: six nodes at most, at each of three speeds.
    assert len(grown) == 3
    assert set(grown) <= {5, 6}
    assert_as_anew(engine, changed_by(made, SpeedChange(factor=2.0)))
    assert grown[3:] == [-1, -1, -1]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_straight_distances_are_those_of_a_full_computation(seed: int) -> None:
    made = world(seed)
    crow = Crow(stations_of(made).located, made.people.frame)
    for changed in possible(made, seed, 4):
        if changed.residents_changed:
            continue
        located = stations_of(changed.study).located
        np.testing.assert_array_equal(crow.again(located), straight_km(located, made.people.frame))


def test_lengths_add_up_to_the_same_bits_in_any_order() -> None:
    km = even_km(np.random.default_rng(0).uniform(0, 3, 1000))
    assert np.abs(km - even_km(km)).max() == 0
    assert sum(km) == sum(km[::-1]) == np.cumsum(np.sort(km))[-1]


def test_a_block_of_squares_holds_the_nearest_nodes() -> None:
    rng = np.random.default_rng(1)
    xy = rng.uniform(0, 1000, (500, 2)) * [1, 5]
    squares = Squares(xy)
    for place in rng.uniform(-100, 1100, (20, 2)):
        found = squares.around(place, 40)
        assert len(found) >= 40
        assert (np.diff(found) > 0).all()
    assert len(squares.around(xy[0], 10_000)) == 500


def test_a_cut_knows_where_the_roads_lead_out_of_it() -> None:
    """A road of 30 nodes in a row: of nodes 3, 4, 5 and 9 all but 4 lead out."""
    roads = road()
    order = np.argsort(roads.xy[:, 0])
    nodes = np.sort(order[[3, 4, 5, 9]])
    facts = gather(study([facility(5.0)], people(), network=roads))
    number = scratch(roads.nodes)
    cut = Cut.of(RoadGraphs(facts.study.roads, facts.model), nodes, number)
    inner = order[4]
    assert cut.nodes[~cut.border].tolist() == [inner]
    assert len(cut.indices) == 4
    assert (number == -1).all()


# --- rows that are kept ---------------------------------------------------------------------------------------------


def rows_of(seed: int) -> Rows:
    rng = np.random.default_rng(seed)
    return tuple(
        Row(np.sort(rng.choice(100, 5, replace=False)).astype(np.int32), rng.random(5), rng.random(5)) for _ in range(3)
    )


def same_rows(one: Rows, other: Rows) -> bool:
    pairs = zip(one, other, strict=True)
    return all(np.array_equal(getattr(a, n), getattr(b, n)) for a, b in pairs for n in ("points", "minutes", "km"))


def must_not_be_made() -> Rows:
    raise AssertionError("these rows are kept")


def test_rows_are_kept_on_disk_and_come_back_as_they_were(tmp_path: Path) -> None:
    rows = rows_of(1)
    RowStore(tmp_path).get("key", lambda: rows)
    later = RowStore(tmp_path)
    assert same_rows(later.get("key", must_not_be_made), rows)
    assert later.computed == 0


@pytest.mark.parametrize("damage", ["cut", "empty", "flip", "foreign", "other"])
def test_a_damaged_file_is_computed_anew_and_named(tmp_path: Path, damage: str) -> None:
    rows = rows_of(1)
    store = RowStore(tmp_path)
    store.get("key", lambda: rows)
    path = store.path("key")
    assert path is not None
    content = path.read_bytes()
    flipped = bytearray(content)
    flipped[-3] ^= 1
    path.write_bytes(
        {
            "cut": content[: len(content) // 2],
            "empty": b"",
            "flip": bytes(flipped),
            "foreign": b"PK\x03\x04 something else",
            "other": packed_rows(rows_of(2), "another key"),
        }[damage]
    )
    later = RowStore(tmp_path)
    assert same_rows(later.get("key", lambda: rows), rows)
    assert later.computed == 1
    (problem,) = later.problems
    assert (problem.code, problem.file, problem.level) == ("outcome.cache-damaged", path.name, "warning")
    assert problem.message("zh") != problem.message("en")
    assert same_rows(RowStore(tmp_path).get("key", must_not_be_made), rows)


def test_a_folder_that_takes_no_files_does_not_stop_the_work(tmp_path: Path) -> None:
    blocked = tmp_path / "rows"
    blocked.write_text("a file where the folder should be")
    store = RowStore(blocked)
    rows = rows_of(1)
    assert same_rows(store.get("a", lambda: rows), rows)
    store.get("b", lambda: rows)
    assert [problem.code for problem in store.problems] == ["outcome.cache-unwritable"]


def test_rows_in_memory_are_bounded_and_those_last_used_stay() -> None:
    rows = rows_of(1)
    size = sum(row.nbytes for row in rows)
    store = RowStore(memory_bytes=int(3.5 * (size + 500)))
    for key in "abc":
        store.get(key, lambda: rows)
    store.get("a", must_not_be_made)
    store.get("d", lambda: rows)
    store.get("a", must_not_be_made)
    store.get("b", lambda: rows)
    assert store.computed == 5


def test_rows_of_other_roads_are_other_rows(tmp_path: Path) -> None:
    """The same stations and people, but every road a tenth slower from the start: nothing kept may be used."""
    rows = [facility(5.0), facility(15.0, status="planned")]
    made = study(rows, people())
    slow = study(rows, people(), speeds={"classes": {"primary": [27.0, 54.0, 108.0]}, "unclassed": [30.0, 60.0, 120.0]})
    for one in (made, slow):
        store = RowStore(tmp_path)
        engine = engine_of(gather(one), store)
        both = replace(one, facilities=replace(one.facilities, frame=one.facilities.frame.assign(status="open")))
        assert_as_anew(engine, both)
        assert store.computed == 1
    assert len(list(tmp_path.rglob("*.rows"))) == 2


def test_unpacking_says_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="rows of something else"):
        unpacked_rows(packed_rows(rows_of(1), "a"), "b")


def test_results_last_used_are_kept() -> None:
    made: list[int] = []
    results: kept.Kept[int] = kept.Kept(2)
    for key in (1, 2, 1, 3, 1, 2):
        results.get(key, lambda key=key: made.append(key) or key)  # type: ignore[func-returns-value, misc]
    assert made == [1, 2, 3, 2]
    one, other = [1], [1]
    assert kept.SameObject(one) == kept.SameObject(one)
    assert kept.SameObject(one) != kept.SameObject(other)


def test_closing_a_station_by_a_scenario_is_as_anew() -> None:
    made = study([facility(5.0), facility(25.0)], people())
    engine = engine_of(gather(made))
    assert_as_anew(engine, changed_by(made, Close(facility="s1")))
