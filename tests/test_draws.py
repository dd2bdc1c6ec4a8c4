"""Drawn worlds: what is drawn, that the same seed draws the same, and what it says of verdicts and ranks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from good_study import write_good_study
from hypothesis import given, settings
from hypothesis import strategies as st
from outcomes import outcome
from pydantic import ValidationError
from scenario_world import plan, scenario, world
from scipy.stats import triang
from studies import COUNTIES, facility, people, rule, study
from what_if import by_hand, corners, opened

from carereach.coverage.facts import Facts, stations_of, straight_km, travel_runs
from carereach.errors import InputError, Problem
from carereach.layers.settings import StudyFile, Uncertainty
from carereach.layers.study import Study, read_settings
from carereach.layers.toml_files import problems_of
from carereach.scenarios.apply import apply
from carereach.scenarios.asked import Asked
from carereach.scenarios.changes import Close, Open, Residents, Scenario, SetAmbulances, SpeedChange
from carereach.scenarios.collect import collect
from carereach.scenarios.compare import compare
from carereach.scenarios.drawn import Draws
from carereach.scenarios.draws import Draw, PeopleDrawn, triangular
from carereach.scenarios.evaluate import Evaluator, judged, lacks_of
from carereach.scenarios.filters import filtered
from carereach.scenarios.outcome import DRAW_VERDICTS, DRAWS, VERDICTS, Outcome, table_of
from carereach.scenarios.ranking import DrawnRanks
from carereach.scenarios.run_folder import RunFolder
from carereach.scenarios.uncertain import distributions
from carereach.scenarios.workers import in_processes, outcomes_of

STILL = {
    "speeds": "fixed",
    "turnout_min": [3.0, 3.0],
    "call_handling_min": [1.0, 1.0],
    "county_people": 0.0,
    "place_people": 0.0,
}
SHARES = ["met_share", "not_met_share", "cannot_tell_share", "absent_share"]
FILE = """
[[scenario]]
name = "rain"
[[scenario.speed]]
factor = 0.6
[[sweep]]
name = "sites"
[[sweep.candidate]]
name = "甲"
lon = 110.03
lat = 22.58
[[sweep.candidate]]
name = "海"
lon = 111.9
lat = 21.1
"""
MIDDLE = Scenario("middle", (opened("Middle", 15.0),))


def with_uncertainty(made: Study, **keys: Any) -> Study:
    """The study with another table [uncertainty]."""
    return replace(made, settings=made.settings.model_copy(update={"uncertainty": Uncertainty.model_validate(keys)}))


def drawn(made: Study, count: int, *scenarios: Scenario, seed: int = 1, plans: tuple[Any, ...] = ()) -> list[Outcome]:
    """The outcomes of scenarios in so many worlds."""
    found = Draws(Evaluator(made, plans), count, seed).evaluate(scenarios or (Scenario("baseline"),))
    assert all(isinstance(one, Outcome) for one in found)
    return [one for one in found if isinstance(one, Outcome)]


def city(made: Outcome) -> pd.DataFrame:
    """The rows of the whole study, one for each world."""
    return made.draws[made.draws["level"] == "city"].reset_index(drop=True)


@given(st.floats(0, 1), st.lists(st.floats(1, 200), min_size=3, max_size=3))
def test_quantiles_of_a_triangle(quantile: float, figures: list[float]) -> None:
    """Against scipy's triangular distribution."""
    low, central, high = sorted(figures)
    value = triangular(quantile, low, central, high)
    if high - low < 1e-6:
        assert low <= value <= high
        return
    expected = triang.ppf(quantile, (central - low) / (high - low), low, high - low)
    assert value == pytest.approx(float(expected), rel=1e-6, abs=1e-6)


def test_a_triangle_without_spread_is_its_value() -> None:
    assert [triangular(quantile, 0.1, 0.1, 0.1) for quantile in (0.0, 0.3, 1.0)] == [0.1] * 3


@pytest.mark.parametrize("seed", range(3))
def test_without_spread_every_world_is_the_study(seed: int) -> None:
    made = with_uncertainty(world(seed, rough=seed == 1), **STILL)
    point = {name: [kph[1]] * 3 for name, kph in made.settings.speeds.classes.items()}
    speeds = made.settings.speeds.model_copy(update={"classes": point})
    evaluator = Evaluator(replace(made, settings=made.settings.model_copy(update={"speeds": speeds})), (plan(),))
    scenarios = [Scenario("baseline"), scenario(seed, made), Scenario("more", (Residents(factor=1.3),))]
    for found, what in zip(Draws(evaluator, 2, 5).evaluate(scenarios), scenarios, strict=True):
        if isinstance(found, InputError):
            continue
        plain = evaluator.evaluate(what)
        for number in range(2):
            rows = found.draws[found.draws["draw"] == number].reset_index(drop=True)
            shared = [name for name in DRAWS if name in plain.measures]
            pd.testing.assert_frame_equal(rows[shared], plain.measures[shared], check_exact=True)


@pytest.mark.parametrize("seed", [0, 2])
def test_worlds_are_those_of_a_full_assessment(seed: int) -> None:
    """All rules judged from times by a full search on that world's roads, for its people."""
    made = with_uncertainty(world(seed, rough=seed == 2), county_people=0.3)
    evaluator = Evaluator(made, (plan(),))
    drawing, people_drawn = Draws(evaluator, 2, seed), PeopleDrawn(made)
    changes = [Scenario("baseline"), Scenario("slow", (SpeedChange(factor=0.7),))]
    changes += [scenario(seed * 11 + each, made) for each in range(2)]
    for each_world in drawing.worlds():
        for what in changes:
            try:
                full = apply(made, what).study
            except InputError:
                continue
            evaluated = evaluator.evaluated(what)
            areas = evaluator.people_of(evaluated.facts.study, evaluated.facts.demand).areas
            rows, lines = each_world.evaluate(evaluated, areas)
            factor = people_drawn.factors(each_world.draw, people_drawn.codes(full.people.frame))
            frame = full.people.frame.assign(residents=full.people.frame["residents"].to_numpy() * factor)
            full = replace(full, people=replace(full.people, frame=frame))
            facts = _facts(evaluator, full, each_world.draw)
            expected = [line for tested in evaluator.tested for line in judged(tested.plan, tested.rule, facts)]
            pd.testing.assert_frame_equal(
                _table([line for each_rule in lines for line in each_rule]), _table(expected), check_exact=True
            )
            minutes, here = facts.minutes(), facts.inside("all")
            reached = here & np.isfinite(minutes)
            mean = np.average(minutes[reached], weights=frame["residents"].to_numpy()[reached])
            row = dict(zip(DRAWS, rows[0], strict=True))
            assert row["mean_min"] == pytest.approx(float(mean))
            assert row["unreachable"] == pytest.approx(float(frame["residents"].to_numpy()[here & ~reached].sum()))


def _facts(evaluator: Evaluator, full: Study, draw: Draw) -> Facts:
    model, stations = draw.model(evaluator.facts.model), stations_of(full)
    runs = travel_runs(full.roads, model, stations, full.people.frame)
    far = straight_km(stations.located, full.people.frame)
    return Facts(full, evaluator.facts.choices, model, stations, runs, far, evaluator.facts.columns)


def _table(lines: list[tuple[object, ...]]) -> pd.DataFrame:
    return table_of([(*line[:-1], False, lacks_of(line)) for line in lines], VERDICTS)


def test_the_same_seed_draws_the_same_to_the_last_bit_in_any_order_and_company() -> None:
    made = world(3)
    scenarios = [Scenario("baseline"), *(scenario(number, made, 2) for number in range(3))]
    evaluator = Evaluator(made, (plan(),))
    together = _bytes(Draws(evaluator, 4, 7), scenarios)
    assert _bytes(Draws(Evaluator(made, (plan(),)), 4, 7), scenarios[::-1]) == together[::-1]
    assert [_bytes(Draws(evaluator, 4, 7), [one])[0] for one in scenarios] == together
    assert _bytes(Draws(evaluator, 4, 8), scenarios) != together
    (few,), (many,) = (drawn(made, count, seed=7) for count in (2, 4))
    assert few.draws.equals(many.draws[many.draws["draw"] < 2].reset_index(drop=True))


def _bytes(draws: Draws, scenarios: list[Scenario]) -> list[bytes | None]:
    return [one.to_bytes() if isinstance(one, Outcome) else None for one in draws.evaluate(scenarios)]


def test_workers_draw_the_same_as_one_process(tmp_path: Path) -> None:
    files = tmp_path / "what.toml"
    files.write_text(FILE, encoding="utf-8")
    asked = Asked(str(write_good_study(tmp_path / "study")), (str(files),), draws=3, seed=2)
    one = {done.index: done for done in outcomes_of(asked, (0, 1, 2, 3))}
    two = {done.index: done for done in in_processes(asked, 2)([(3, 1), (2, 0)])}
    assert one == two
    found = [Outcome.from_bytes(one[index].content) for index in range(4)]
    assert [len(city(each)) for each in found] == [3, 3, 3, 0]
    assert found[3].error and not found[0].error
    record = distributions(read_settings(Path(asked.study) / "study.toml"))
    assert {each.name for each in record} >= {"speed.primary", "turnout_min", "call_handling_min", "place_people"}


def test_speeds_by_hand() -> None:
    """One road of 30 to 120 km/h, 60 in the middle; 4 min before the wheels roll; 4 1/6 km in the mean."""
    made = with_uncertainty(by_hand(), **STILL | {"speeds": "together"})
    (base,) = drawn(made, 20)
    kph = [Draw.of(made.settings, 1, number).kph["primary"] for number in range(20)]
    assert len(set(kph)) == 20 and all(30 < each < 120 for each in kph)
    assert city(base)["mean_min"].to_numpy() == pytest.approx(4 + (4 + 1 / 6) * 60 / np.array(kph))


def test_all_classes_are_fast_or_slow_together_unless_by_class() -> None:
    def places(how: str, number: int) -> tuple[float, float]:
        """Where in their ranges primary and residential roads lie."""
        made = by_hand(uncertainty={"speeds": how})
        every = {one.name: one for one in distributions(made.settings)}
        kph = Draw.of(made.settings, 1, number).kph
        found = []
        for name in ("primary", "residential"):
            low, central, high = (getattr(every[f"speed.{name}"], part) for part in ("low", "central", "high"))
            found.append(float(triang.cdf(kph[name], (central - low) / (high - low), low, high - low)))
        return found[0], found[1]

    for number in range(5):
        together, apart = places("together", number), places("by-class", number)
        assert together[0] == pytest.approx(together[1])
        assert apart[0] != pytest.approx(apart[1])


def test_a_limit_is_held_to_as_in_its_class() -> None:
    """A road of 60 km/h by its class (30 to 120) and 40 by its limit goes at 40/60 of what its class does."""
    made = by_hand()
    draw = Draw.of(made.settings, 1, 0)
    table = draw.model(Evaluator(made, ()).facts.model).speeds
    free, limited, other = table.kph(np.array(["primary"] * 2 + ["none"]), np.array([np.nan, 40.0, np.nan]), "high")
    assert free == pytest.approx(draw.kph["primary"])
    assert limited == pytest.approx(free * 40 / 60)
    assert other == draw.kph["unclassed"] == table.unclassed_kph("low")


def test_turnout_by_hand_and_near_the_plain_mean() -> None:
    """A response is the drive and the waits: drawn evenly around 3 min (1 to 5) the mean over many worlds is the plain
    one. The standard deviation of a triangle 1-3-5 is sqrt(2/3) = 0.82, of the mean of 300 draws 0.047."""
    made = with_uncertainty(by_hand(), **STILL | {"turnout_min": [1.0, 5.0]})
    (base,) = drawn(made, 300)
    plain = base.measures["mean_min"].iloc[0]
    turnout = np.array([Draw.of(made.settings, 1, number).minutes["turnout_min"] for number in range(300)])
    assert city(base)["mean_min"].to_numpy() == pytest.approx(plain + turnout - 3.0)
    assert turnout.std() == pytest.approx(np.sqrt(2 / 3), rel=0.15)
    assert city(base)["mean_min"].mean() == pytest.approx(plain, abs=4 * 0.047)


def test_a_verdict_holds_in_the_share_of_draws_that_turnout_allows() -> None:
    """The mean is 8 1/6 min with 4 of waiting: at most 9 holds where the turnout is at most 3 5/6 min."""
    made = with_uncertainty(by_hand(), **STILL | {"turnout_min": [1.0, 5.0]})
    goal = rule("response-time", threshold={"at_most": 9.0})
    (base, best) = drawn(made, 100, Scenario("baseline"), MIDDLE, plans=(goal,))
    turnout = np.array([Draw.of(made.settings, 1, number).minutes["turnout_min"] for number in range(100)])
    row = base.draw_verdicts.iloc[0]
    share = float((turnout <= 3 + 5 / 6).mean())
    assert 0.5 < share < 1
    assert (row["status"], row["holds_share"], row["met_share"]) == ("met", share, share)
    assert (row["not_met_share"], row["turned_share"]) == (pytest.approx(1 - share), 0.0)
    # With the third station the mean is 6.5 min: met whatever the turnout, so turned wherever it was not met.
    row = best.draw_verdicts.iloc[0]
    assert (row["met_share"], row["turned_share"]) == (1.0, pytest.approx(1 - share))


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10_000))
def test_shares_are_shares_and_common_worlds_pair_scenarios(seed: int) -> None:
    made = world(seed % 7)
    nothing = Scenario("nothing", (SetAmbulances(facility=made.facilities.frame["id"].iloc[0], ambulances=2),))
    base, same = drawn(made, 3, Scenario("baseline"), nothing, seed=seed, plans=(plan(),))
    for found in (base, same):
        shares = found.draw_verdicts
        assert shares[[*SHARES, "holds_share", "turned_share"]].ge(0).all(axis=None)
        assert shares[[*SHARES, "holds_share", "turned_share"]].le(1).all(axis=None)
        assert shares[SHARES].sum(axis=1).to_numpy() == pytest.approx(1.0)
        own = shares[shares["status"] != ""]
        assert own[list(VERDICTS)[:5]].equals(found.verdicts[list(VERDICTS)[:5]])
    assert (base.draw_verdicts["turned_share"] == 0).all()
    times = [name for name in DRAWS if name not in ("met", "turned_met", "turned_not_met")]
    assert base.draws[times].equals(same.draws[times])
    assert (base.draws[["gained_15", "lost_15", "gained_30", "lost_30", "mean_change_min"]] == 0).all(axis=None)


def _townships(by: str = "") -> Study:
    frame = people(np.arange(0.5, 31.0), np.arange(31) * 10.0 + 5.0)
    frame["township"] = np.where(frame["county"] == "", "", np.where(frame.index % 10 < 5, "东镇", "西镇"))
    extra: dict[str, Any] = {}
    if by:
        extra = {"people": {"path": "x.tif", "calibrate": {"path": "y.csv", "unit": by}}}
    return study([], frame, people_grade="open data", **extra)


@pytest.mark.parametrize("number", range(3))
def test_counted_totals_stay_in_every_world(number: int) -> None:
    made = _townships("county")
    frame, drawing = made.people.frame, PeopleDrawn(made)
    factors = drawing.factors(Draw.of(made.settings, 4, number), drawing.codes(frame))
    sums = (frame["residents"] * factors).groupby(frame["county"]).sum()
    assert sums.to_numpy() == pytest.approx(frame["residents"].groupby(frame["county"]).sum().to_numpy())
    outside = (frame["county"] == "").to_numpy()
    assert (factors[outside] == 1).all() and (factors[~outside] != 1).all()
    for county in COUNTIES:
        for township in ("东镇", "西镇"):
            here = ((frame["county"] == county) & (frame["township"] == township)).to_numpy()
            assert len(set(factors[here])) == 1


def test_townships_totals_stay_where_the_census_has_them() -> None:
    made = with_uncertainty(_townships("township"), patch_km=2.0)
    frame, drawing = made.people.frame, PeopleDrawn(made)
    factors = drawing.factors(Draw.of(made.settings, 4, 0), drawing.codes(frame))
    by = [frame["county"], frame["township"]]
    sums = (frame["residents"] * factors).groupby(by).sum()
    assert sums.to_numpy() == pytest.approx(frame["residents"].groupby(by).sum().to_numpy())
    assert len(set(factors.round(9))) > 8


def test_other_totals_are_drawn_with_mean_one() -> None:
    """A spread of 0.4 is a standard deviation of sqrt(exp(0.16) - 1) = 0.417; the mean of 900 has one of 0.0139."""
    made = with_uncertainty(_townships(), place_people=0.0, county_people=0.4)
    frame, drawing = made.people.frame, PeopleDrawn(made)
    first = [int(np.flatnonzero(frame["county"] == county)[0]) for county in COUNTIES]
    codes = drawing.codes(frame)
    found = np.array([drawing.factors(Draw.of(made.settings, 4, number), codes)[first] for number in range(300)])
    assert found.mean() == pytest.approx(1.0, abs=4 * 0.0139)
    assert found.std() == pytest.approx(0.417, rel=0.15)
    assert abs(np.corrcoef(found.T)[0, 1]) < 0.2
    spread = {one.name: one.spread for one in distributions(_townships().settings)}
    assert spread["county_people"] == 0.1


def test_people_without_townships_are_drawn_by_squares() -> None:
    made = by_hand()
    frame, drawing = made.people.frame, PeopleDrawn(made)
    factors = drawing.factors(Draw.of(made.settings, 4, 0), drawing.codes(frame))
    # Squares of 5 km: two in each county of 10 km, people each km.
    assert [len(set(factors[start : start + 5])) for start in range(0, 30, 5)] == [1] * 6
    assert len(set(factors)) == 6


def test_people_that_a_scenario_adds_are_as_uncertain_as_their_place() -> None:
    base, more = drawn(by_hand(), 3, Scenario("baseline"), Scenario("more", (Residents(factor=2.0),)))
    for name in ("residents", "within_15"):
        assert more.draws[name].to_numpy() == pytest.approx(2 * base.draws[name].to_numpy())
    assert more.draws["mean_min"].to_numpy() == pytest.approx(base.draws["mean_min"].to_numpy())


def test_a_new_district_gains_and_loses_nobody_in_any_world() -> None:
    district = Scenario("district", (Residents(add=5000, area=corners(12, 7, 16, 9)),))
    base, more = drawn(by_hand(), 3, Scenario("baseline"), district)
    assert (more.draws["residents"].to_numpy() > base.draws["residents"].to_numpy()).any()
    assert (more.draws[["gained_15", "lost_15", "gained_30", "lost_30", "mean_change_min"]] == 0).all(axis=None)


def test_scenarios_that_cannot_be_made_stop_no_other() -> None:
    evaluator = Evaluator(by_hand(), ())
    lost = Scenario("lost", (Close(facility="s9"),))
    refused, made = Draws(evaluator, 2, 1).evaluate([lost, MIDDLE])
    assert isinstance(refused, InputError) and isinstance(made, Outcome)
    assert len(city(made)) == 2
    (alone,) = Draws(evaluator, 2, 1).evaluate([lost])
    assert isinstance(alone, InputError)


@pytest.mark.parametrize(
    ("keys", "code", "column"),
    [
        ({"turnout_min": [4, 2]}, "draws.order", "uncertainty"),
        ({"turnout_min": [-1, 2]}, "toml.at-least", "uncertainty.turnout_min.0"),
        ({"place_people": 1.5}, "toml.at-most", "uncertainty.place_people"),
        ({"speeds": "wild"}, "toml.one-of", "uncertainty.speeds"),
        ({"patch_km": 0}, "toml.more-than", "uncertainty.patch_km"),
        ({"sigma": 0.1}, "toml.unknown-key", "uncertainty.sigma"),
    ],
)
def test_settings_out_of_range_are_clear_errors(keys: dict[str, Any], code: str, column: str) -> None:
    content = by_hand().settings.model_dump(exclude_unset=True) | {"uncertainty": keys}
    with pytest.raises(ValidationError) as raised:
        StudyFile.model_validate(content)
    (problem,) = problems_of(raised.value, "study.toml")
    assert (problem.code, problem.column) == (code, column)
    assert problem.line("en") and problem.line("zh")


def test_a_range_must_hold_the_value_and_all_that_do_not_are_told_at_once() -> None:
    made = by_hand(response={"turnout_min": 6.0}, uncertainty={"turnout_min": [2, 5], "call_handling_min": [2, 3]})
    with pytest.raises(InputError) as raised:
        distributions(made.settings)
    assert {p.code for p in raised.value.problems} == {"draws.range"}
    assert {p.column for p in raised.value.problems} == {"uncertainty.turnout_min", "uncertainty.call_handling_min"}
    assert "2 to 5" in str(raised.value) and "6" in str(raised.value)


def test_defaults_follow_the_value_and_say_that_they_are_assumed() -> None:
    found = {one.name: one for one in distributions(by_hand(response={"turnout_min": 6.0}).settings)}
    turnout = found["turnout_min"]
    assert (turnout.low, turnout.central, turnout.high) == (4.0, 6.0, 10.0)
    assert turnout.status == "unverified" and "assumption" in turnout.source
    assert found["county_people"].spread == 0.0  # surveyed people
    assert found["speed.primary"].status == "study"
    named = distributions(by_hand(uncertainty={"place_people": 0.2, "source": "a survey"}).settings)
    (place,) = [one for one in named if one.name == "place_people"]
    assert (place.spread, place.status, place.source) == (0.2, "study", "a survey")


def test_an_outcome_keeps_its_draws() -> None:
    base, _ = drawn(world(3), 2, Scenario("baseline"), Scenario("x", (Residents(factor=2.0),)), plans=(plan(),))
    content = base.to_bytes()
    again = Outcome.from_bytes(content)
    pd.testing.assert_frame_equal(again.draws, base.draws, check_exact=True)
    pd.testing.assert_frame_equal(again.draw_verdicts, base.draw_verdicts, check_exact=True)
    assert again.to_bytes() == content
    assert list(again.draws) == list(DRAWS) and list(again.draw_verdicts) == list(DRAW_VERDICTS)
    plain = Outcome.from_bytes(outcome("plain").to_bytes())
    assert plain.draws.empty and plain.draw_verdicts.empty and list(plain.draws) == list(DRAWS)


def in_worlds(name: str, *gained: float, **measures: float) -> Outcome:
    """An outcome with so many people gained within 15 min in each world."""
    made = outcome(name, **measures)
    row = {kind: made.measures[kind].iloc[0] for kind in DRAWS if kind in made.measures}
    rows = [
        tuple(
            {**row, "draw": number, "gained_15": value, "met": 0, "turned_met": 0, "turned_not_met": 0}[k]
            for k in DRAWS
        )
        for number, value in enumerate(gained)
    ]
    verdict = tuple(made.verdicts.iloc[0][list(VERDICTS)[:5]])
    shares = table_of([(*verdict, 0.75, 0.0, 0.75, 0.25, 0.0, 0.0)], DRAW_VERDICTS)
    return replace(made, draws=table_of(rows, DRAWS), draw_verdicts=shares)


def folder_with(path: Path, *outcomes: Outcome) -> Path:
    run = RunFolder(path)
    for one in outcomes:
        run.put(one.key, one.to_bytes())
    collect(run, [one.key for one in outcomes])
    return path


def test_ranks_in_draws_by_hand(tmp_path: Path) -> None:
    """Four worlds; A leads in two, B in one, both in one; nobody else ever does."""
    run = folder_with(
        tmp_path / "run",
        in_worlds("baseline", 0, 0, 0, 0),
        in_worlds("A", 90, 80, 50, 70, gained_15=80.0),
        in_worlds("B", 60, 80, 70, 20, gained_15=60.0),
        in_worlds("C", 10, 10, 60, 30, gained_15=20.0),
        Outcome.failed("D", "0f", (Problem("file.missing", "sites.xlsx", row=3),)),
    )
    found = compare([run])
    table = found.table.set_index("scenario")
    assert table.index.tolist() == ["A", "B", "C", "baseline", "D"]
    assert found.draws == 4 and found.first_changes == 1  # in the third world A is not first
    assert table["first_share"].to_dict() == {
        "A": 0.75,
        "B": 0.5,
        "C": 0.0,
        "baseline": 0.0,
        "D": pytest.approx(np.nan, nan_ok=True),
    }
    # Ranks: A 1 1 3 1, B 2 1 1 3, C 3 3 2 2, baseline 4.
    assert table.loc[["A", "B", "C", "baseline"], "rank_low"].tolist() == [1, 1, 2, 4]
    assert table.loc[["A", "B", "C", "baseline"], "rank_high"].tolist() == [3, 3, 3, 4]
    verdicts = pd.read_parquet(run / "verdicts.parquet")
    assert verdicts["holds_share"].tolist() == [0.75] * 4
    assert filtered(found, {"site": "B"}).table.set_index("scenario").loc["B", "first_share"] == 1.0
    assert compare([run], measure="cost").table["rank_low"].notna().sum() == 4
    assert compare([run], unit="East").draws == 0


def test_folders_of_other_worlds_are_not_compared(tmp_path: Path) -> None:
    one = folder_with(tmp_path / "one", in_worlds("baseline", 0, 0), in_worlds("A", 5, 6))
    two = folder_with(tmp_path / "two", in_worlds("baseline", 1, 0), in_worlds("B", 7, 2))
    three = folder_with(tmp_path / "three", in_worlds("baseline", 0, 0), in_worlds("C", 7, 2))
    with pytest.raises(InputError) as raised:
        compare([one, two])
    assert raised.value.problems[0].code == "draws.unpaired"
    both = compare([one, three])
    assert both.draws == 2 and len(both.table) == 3
    plain = folder_with(tmp_path / "plain", outcome("baseline"), outcome("E"))
    assert compare([one, plain]).draws == 0 and "rank_low" not in compare([one, plain]).table


def test_draws_of_an_earlier_run_are_taken_away(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, in_worlds("baseline", 0, 0))
    assert (folder / "draws.parquet").is_file() and (folder / "draw_verdicts.parquet").is_file()
    folder_with(tmp_path, outcome("baseline"))
    assert not (folder / "draws.parquet").exists() and not (folder / "draw_verdicts.parquet").exists()


@given(st.integers(2, 6), st.integers(1, 8), st.integers(0, 10_000))
def test_rank_intervals_hold_the_ranks(scenarios: int, draws: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    value = rng.integers(0, 4, (draws, scenarios)).astype(float)
    failed = np.zeros(scenarios, dtype=bool)
    found = DrawnRanks.of(value, np.zeros_like(value), failed, value[0] == value[0].min())
    assert (found.low >= 1).all() and (found.low <= found.high).all() and (found.high <= scenarios).all()
    assert found.first.sum() >= 1 - 1e-9 and 0 <= found.first_changes <= draws - 1
    # A rank is one more than the number of better ones; of so few draws, one in twenty is the best or the worst.
    ranks = 1 + (value[:, None, :] < value[:, :, None]).sum(axis=2)
    assert found.first.tolist() == (ranks == 1).mean(axis=0).tolist()
    assert found.low.tolist() == ranks.min(axis=0).tolist()
    assert found.high.tolist() == ranks.max(axis=0).tolist()


def test_a_scenario_without_changes_ranks_as_the_study_in_every_draw(tmp_path: Path) -> None:
    nothing = Scenario("nothing", (SetAmbulances(facility="s0", ambulances=2),))
    made = drawn(by_hand(), 12, Scenario("baseline"), nothing, MIDDLE, Scenario("less", (Close(facility="s1"),)))
    table = compare([folder_with(tmp_path, *made)], measure="mean_min").table.set_index("scenario")
    columns = ["rank", "rank_low", "rank_high", "first_share"]
    assert table.loc["nothing", columns].tolist() == table.loc["baseline", columns].tolist() == [2, 2, 2, 0]
    assert table.loc["middle", columns].tolist() == [1, 1, 1, 1]
    assert table.loc["less", columns].tolist() == [4, 4, 4, 0]


@pytest.mark.parametrize(
    "made", [study([facility(5.0, status="planned")]), study([facility(5.0)], people(residents=0.0))]
)
def test_worlds_without_stations_or_people(made: Study) -> None:
    base, _ = drawn(made, 2, Scenario("baseline"), MIDDLE)
    assert Outcome.from_bytes(base.to_bytes()).draws.equals(base.draws)
    assert (city(base)["within_15"] == 0).all() and city(base)["mean_min"].isna().all()


def test_a_hospital_changes_no_times_in_any_world() -> None:
    lon_lat = opened("H", 8.0)
    change = Open(name="H", kind="hospital.general", lon=lon_lat.lon, lat=lon_lat.lat)
    base, same = drawn(by_hand(), 3, Scenario("baseline"), Scenario("H", (change,)))
    assert base.draws.equals(same.draws)
