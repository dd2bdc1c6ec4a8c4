"""Scenarios evaluated against the whole assessment of the changed study: the same verdicts, the same people."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scenario_world import plan, scenario, world
from studies import COUNTIES, facility, people, rule, study
from what_if import by_hand, corners, opened

from carereach.coverage.assess import gather, judge_plans, read_plans
from carereach.coverage.facts import Facts
from carereach.coverage.rules import Plan, read_plan
from carereach.errors import InputError
from carereach.layers.study import Study
from carereach.scenarios import evaluate as module
from carereach.scenarios.apply import Changed, apply
from carereach.scenarios.changes import Close, Move, Open, Residents, Scenario, SetAmbulances, SpeedChange, Upgrade
from carereach.scenarios.evaluate import Evaluator, lacks_of, line_of
from carereach.scenarios.outcome import VERDICTS, Outcome, table_of


def applied(made: Study, what: Scenario) -> Changed:
    """The changed study; the example is left where the scenario cannot be made."""
    try:
        return apply(made, what)
    except InputError:
        assume(False)
        raise


def whole(facts: Facts, plans: tuple[Plan, ...], before: pd.DataFrame) -> pd.DataFrame:
    """The table of verdicts by judging every rule, other readings and all."""
    verdicts, _ = judge_plans(facts, plans)
    old = {tuple(row[:4]): row[4] for row in before.itertuples(index=False)}
    lines = [line_of(verdict) for verdict in verdicts]
    turned = [old.get(line[:4]) != line[4] for line in lines]
    lacking = [
        lacks_of(line) if new and line[4] == "cannot tell" else "" for line, new in zip(lines, turned, strict=True)
    ]
    return table_of([(*line[:-1], *ends) for line, *ends in zip(lines, turned, lacking, strict=True)], VERDICTS)


def assert_as_whole(evaluator: Evaluator, made: Study, what: Scenario) -> Outcome:
    """The outcome is that of a full assessment of the changed study."""
    facts = gather(applied(made, what).study)
    outcome = evaluator.evaluate(what)
    expected = whole(facts, evaluator.plans, evaluator.baseline.verdicts)
    pd.testing.assert_frame_equal(outcome.verdicts, expected, check_exact=True)
    before, minutes = evaluator.facts.minutes(), facts.minutes()
    new = np.concatenate([before, minutes[len(before) :]])
    new[outcome.demand_index] = minutes[outcome.demand_index]
    np.testing.assert_array_equal(new, minutes)
    np.testing.assert_array_equal(outcome.minutes, minutes[outcome.demand_index].astype(np.float32))
    _assert_measures(outcome, facts.demand.assign(minutes=minutes))
    return outcome


def _assert_measures(outcome: Outcome, demand: pd.DataFrame) -> None:
    """A second computation, with frames."""
    rows = outcome.measures.set_index(["level", "unit"])
    inside = demand[demand["county"] != ""]
    parts = {("city", "手工市"): inside}
    parts |= {("zone", zone): inside[inside["zone"] == zone] for zone in ("urban", "township")}
    parts |= {("county", county): inside[inside["county"] == county] for county in COUNTIES}
    for key, part in parts.items():
        row, reached = rows.loc[key], part[np.isfinite(part["minutes"]) & (part["residents"] > 0)]
        assert row["residents"] == pytest.approx(part["residents"].sum())
        assert row["within_15"] == pytest.approx(part.loc[part["minutes"] <= 15, "residents"].sum())
        assert row["unreachable"] == pytest.approx(part.loc[np.isinf(part["minutes"]), "residents"].sum())
        if len(reached):
            mean = np.average(reached["minutes"], weights=reached["residents"])
            assert row["mean_min"] == pytest.approx(mean)
            assert row["longest_min"] == reached["minutes"].max()


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.booleans(), st.sampled_from(["equal-area", "straight-line", "road"]))
def test_verdicts_are_those_of_a_full_assessment(seed: int, rough: bool, radius: str) -> None:
    made = world(seed, rough=rough, choices={"C2": radius})
    evaluator = Evaluator(made, (plan(),))
    pd.testing.assert_frame_equal(
        evaluator.baseline.verdicts, whole(gather(made), evaluator.plans, evaluator.baseline.verdicts)
    )
    for number in range(2):
        what = scenario(seed * 7 + number, made)
        try:
            apply(made, what)
        except InputError:
            with pytest.raises(InputError):
                evaluator.evaluate(what)
            continue
        assert_as_whole(evaluator, made, what)


@pytest.mark.parametrize("name", ["yulin", "qinzhou"])
def test_the_embedded_plans_are_judged_as_in_a_full_assessment(name: str) -> None:
    made = world(3)
    evaluator = Evaluator(made, (read_plan(name, Path()),))
    for number, kind in enumerate(("ems.station", "hospital.general", "primary.township")):
        lon_lat = {"lon": opened("x", 1.5 + number, 2.0).lon, "lat": opened("x", 1.5 + number, 2.0).lat}
        assert_as_whole(evaluator, made, Scenario(f"open {kind}", (Open(name="N1", kind=kind, **lon_lat),)))
    assert_as_whole(evaluator, made, Scenario("more people", (Residents(factor=2.0, counties=("甲县",)),)))


def test_the_baseline_changes_nothing() -> None:
    made = world(5)
    evaluator = Evaluator(made, (plan(),))
    nothing = evaluator.evaluate(Scenario("nothing"))
    for outcome in (evaluator.baseline, nothing):
        assert len(outcome.demand_index) == len(outcome.minutes) == len(outcome.places) == 0
        assert not outcome.verdicts["turned"].any()
        assert (outcome.measures[["gained_15", "lost_15", "gained_30", "lost_30"]] == 0).all(axis=None)
    pd.testing.assert_frame_equal(nothing.measures, evaluator.baseline.measures)


def test_an_outcome_by_hand() -> None:
    """Stations at 5 and 25 km, 100 people in the middle of each km, 4 min + 1 min a km. A third station at 15 km takes
    over from 10 to 20 km: at 14.5 km the drive falls from 9.5 to 0.5 km. Then 4.5 min at most within each 5 km of a
    station: 5 x (0.5 + ... + 4.5) x 6 sides / 30 = 2.5 km in the mean, 6.5 min; before, 10 km sides: ends 0-5 and 25-30
    2.5 km, between them 5 km: (10 x 2.5 + 20 x 5) / 30 = 4 1/6 km, 8 1/6 min."""
    evaluator = Evaluator(by_hand(), ())
    outcome = evaluator.evaluate(Scenario("middle", (opened("Middle", 15.0, ambulances=2.0),), cost=3.0))
    city = outcome.measures.iloc[0]
    assert (outcome.opened, outcome.closed, outcome.stations, outcome.cost) == (1, 0, 3, 3.0)
    assert (city["level"], city["residents"], city["stations"], city["ambulances"]) == ("city", 3000.0, 3, 5.0)
    assert evaluator.baseline.measures["mean_min"].iloc[0] == pytest.approx(4 + 4 + 1 / 6)
    assert city["mean_min"] == pytest.approx(6.5)
    assert city["mean_change_min"] == pytest.approx(6.5 - 8 - 1 / 6)
    assert city["longest_min"] == pytest.approx(8.5)
    assert city["within_15"] == 3000.0
    assert city["gained_15"] == 0.0
    assert sorted(outcome.demand_index) == list(range(10, 20))
    assert outcome.minutes[list(outcome.demand_index).index(14)] == np.float32(4.5)
    # 乙市 is 10-20 km: its mean falls from 4 + 7.5 to 4 + 2.5 min.
    beyond = outcome.measures.set_index("unit").loc["乙市"]
    assert beyond["mean_change_min"] == pytest.approx(-5.0)
    assert (beyond["stations"], beyond["ambulances"]) == (1, 2.0)
    # Nearest facility of 10-13.5 km is the hospital at 12 km; of 13.5-20 km the planned station at 15 km.
    assert outcome.places["place"].tolist() == ["乙市·Planned", "乙市·Hospital"]
    assert outcome.places["residents"].tolist() == [600.0, 400.0]


def test_people_gained_and_lost_by_hand() -> None:
    """Only a station at 0.5 km: 4 min + 1 min a km reaches 11 km further in 15 min, so 12 places of 100; moved to
    29.5 km it gains as many there and loses these."""
    made = study([facility(0.5), facility(2.0, kind="hospital.general")], people())
    evaluator = Evaluator(made, ())
    assert evaluator.baseline.measures["within_15"].iloc[0] == 1200.0
    away = opened("x", 29.5)
    moved = evaluator.evaluate(Scenario("moved", (Move(facility="s0", lon=away.lon, lat=away.lat),)))
    city = moved.measures.iloc[0]
    assert (city["within_15"], city["gained_15"], city["lost_15"]) == (1200.0, 1200.0, 1200.0)
    assert (moved.opened, moved.closed, moved.stations) == (0, 0, 1)
    counties = moved.measures.set_index("unit")
    assert (counties.loc["甲县", "lost_15"], counties.loc["丙区", "gained_15"]) == (1000.0, 1000.0)
    assert moved.places["minutes_after"].iloc[0] < moved.places["minutes_before"].iloc[0]


def test_a_new_district_is_measured_with_all_who_come() -> None:
    made = by_hand()
    evaluator = Evaluator(made, ())
    district = Residents(add=700.0, area=corners(12.1, 7.0, 12.9, 8.0))
    outcome = evaluator.evaluate(Scenario("district", (district,)))
    assert outcome.demand_index.tolist() == [30]
    assert outcome.measures["residents"].iloc[0] == 3700.0
    assert outcome.measures.set_index("unit").loc["乙市", "residents"] == 1700.0


def test_a_scenario_that_cannot_be_made_leaves_the_evaluator_as_it_was() -> None:
    evaluator = Evaluator(by_hand(), ())
    before = evaluator.evaluate(Scenario("one", (opened("M", 15.0),))).to_bytes()
    with pytest.raises(InputError):
        evaluator.evaluate(Scenario("gone", (Close(facility="nobody"),)))
    assert evaluator.evaluate(Scenario("one", (opened("M", 15.0),))).to_bytes() == before


def test_the_order_of_scenarios_and_a_cache_change_no_byte(tmp_path: Path) -> None:
    made = world(11, rough=True)
    possible = []
    for seed in range(40):
        what = scenario(seed, made)
        try:
            apply(made, what)
            possible.append(what)
        except InputError:
            continue
    alone = [Evaluator(made, (plan(),)).evaluate(what).to_bytes() for what in possible[:5]]
    forward = Evaluator(made, (plan(),), cache=tmp_path)
    assert [forward.evaluate(what).to_bytes() for what in possible[:5]] == alone
    again = Evaluator(made, (plan(),), cache=tmp_path)
    assert [again.evaluate(what).to_bytes() for what in reversed(possible[:5])] == alone[::-1]
    assert again.problems == ()


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (SetAmbulances(facility="s0", ambulances=9.0), {"reach", "named", "beds-from-table", "grade"}),
        (Upgrade(facility="s1", beds=500.0), {"beds-from-table"}),
        (SpeedChange(factor=0.5), {"count", "named", "ambulances", "beds-from-table", "grade", "share"}),
    ],
)
def test_rules_that_a_change_cannot_touch_are_not_judged_anew(
    change: SetAmbulances | Upgrade | SpeedChange, same: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = world(21)
    evaluator = Evaluator(made, (plan(),))
    judged: list[str] = []
    real = module.judge_as_read

    def noted(head: object, rule: object, facts: object) -> object:
        judged.append(rule.id)  # type: ignore[attr-defined]
        return real(head, rule, facts)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "judge_as_read", noted)
    evaluator.evaluate(Scenario("x", (change,)))
    assert same.isdisjoint(judged)


def test_plans_of_the_study_are_read_where_none_are_given() -> None:
    made = by_hand()
    assert Evaluator(made).plans == read_plans(made.settings, made.folder)


def test_a_verdict_that_can_no_longer_be_told_says_what_it_lacks() -> None:
    amount = {"facilities": {"kinds": ["ems.station"]}, "column": "ambulances"}
    each = {"each": 1000, "population": "resident"}
    needs = rule("ratio", amount=amount, per_each=each, threshold={"at_least": 1.2})
    evaluator = Evaluator(by_hand(complete_kinds=["ems.station"]), (needs,))
    # s0 and s1 have 3 ambulances for 3000 people, 1.0 in place of 1.2: not met. A station more may have enough or not:
    post = opened("Post", 15.0)
    (open_verdict,) = evaluator.evaluate(Scenario("post", (post,))).verdicts.itertuples()
    assert (open_verdict.status, open_verdict.turned) == ("cannot tell", True)
    said = json.loads(open_verdict.would_settle)
    assert "ambulances" in said["en"] and "Post" in said["en"] and "Post" in said["zh"]
    stated = evaluator.evaluate(Scenario("stated", (post.model_copy(update={"ambulances": 1.0}),)))
    assert stated.verdicts["would_settle"].tolist() == [""]
