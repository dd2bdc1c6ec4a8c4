"""Scenarios of a prefecture with 200 stations: what only the changed part costs, against computing everything anew.

A full recomputation is taken in two ways. "One assessment": the response times of the changed study by one search from
all stations at each of three speeds, as an assessment makes it. "All rows": a search from every station by itself at
each speed, as a table of all stations' times needs it. All is CPU time: everything here runs in one thread.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from graphs import Roads
from prefecture import PLACES, write_prefecture
from pyproj import Transformer
from timing import Result
from timing import timed as timed_by

from carereach.coverage.assess import gather, judge_plans
from carereach.coverage.facts import Facts, stations_of, travel_runs
from carereach.coverage.times import block_minutes, snap_points
from carereach.layers.roads.legs import Costs
from carereach.layers.roads.speeds import LEVELS
from carereach.layers.study import Study, open_study
from carereach.scenarios.apply import Applier
from carereach.scenarios.changes import Close, Open, Scenario
from carereach.scenarios.evaluate import Evaluator, line_of
from carereach.scenarios.measures import Posts, Times, areas_of, figures_of, measures, name_of
from carereach.scenarios.outcome import VERDICTS, table_of

timed = partial(timed_by, clock=time.process_time)
STATIONS, SCENARIOS, SCRATCH, ROWS = 200, 50, 5, 20


def evaluating(roads: Roads, folder: Path, places: int = PLACES, stations: int = STATIONS) -> list[Result]:
    """Single-site scenarios, half of them opening a station and half closing one."""
    study = open_study(write_prefecture(folder / "sites", roads, places, stations))
    evaluator = Evaluator(study)
    single = [made for pair in zip(openings(study), closings(stations), strict=False) for made in pair][:SCENARIOS]
    return [*_times(study, evaluator, single), *_whole(study, evaluator, single)]


def openings(study: Study, count: int = 1000) -> list[Scenario]:
    """New stations anywhere on the ground of the roads, the same each time."""
    xy = study.roads.xy
    place = xy.min(axis=0) + np.random.default_rng(15).random((count, 2)) * np.ptp(xy, axis=0)
    lon, lat = Transformer.from_crs(study.roads.crs, "EPSG:4326", always_xy=True).transform(*place.T)
    return [
        Scenario(f"open {i}", (Open(name=f"N{i}", lon=float(x), lat=float(y)),))
        for i, (x, y) in enumerate(zip(lon, lat, strict=True))
    ]


def closings(stations: int) -> list[Scenario]:
    """Each station closed by itself."""
    return [Scenario(f"close {i}", (Close(facility=f"s{i}"),)) for i in range(stations)]


def _times(study: Study, evaluator: Evaluator, single: list[Scenario]) -> list[Result]:
    """Times at all speeds and measures, and one new station, without verdicts."""
    engine, facts, applier = evaluator.engine, evaluator.facts, Applier(study)
    demand, before = study.people.frame, evaluator.facts.minutes()
    areas = areas_of(facts)
    old = Times(demand["residents"].to_numpy(dtype=float), before, before)
    figures = {name_of(area): figures_of(old, area.rows) for area in areas}
    changed = [applier.apply(scenario).study for scenario in single]
    stations = [stations_of(one) for one in changed]

    def evaluated(which: int) -> pd.DataFrame:
        runs = engine.travel(changed[which].roads, stations[which], demand)
        minutes = runs["central", "stated"]["minutes"].to_numpy()
        posts = Posts.of(stations[which].located, study)
        return measures(areas, Times(old.residents, minutes, before), posts, figures)

    first = [
        timed(lambda which=which: engine.travel(study.roads, stations[which], demand))[0] for which in _all(single)
    ]
    again = [timed(lambda which=which: evaluated(which), repeats=3)[0] for which in _all(single)]
    full, _ = timed(lambda: travel_runs(study.roads, facts.model, stations[0], demand), repeats=3)
    rows = _all_rows(study, facts)
    new = float(np.median(first[::2]))
    what = "inserting one new station (three speeds, nothing kept of it)"
    return [
        Result(
            "opening a station from kept rows: times at three speeds, measures per county", _mid(again[::2]), limit=0.01
        ),
        Result("closing one likewise", _mid(again[1::2]), limit=0.01),
        Result("closing one for the first time: times at three speeds", _mid(first[1::2])),
        Result(f"{what}; the times of one assessment anew, one search at each speed", new, full, goal=50),
        Result(f"{what}; all rows anew, a search from each station at each speed", new, rows, goal=50),
    ]


def _all(scenarios: list[Scenario]) -> range:
    return range(len(scenarios))


def _mid(seconds: list[float]) -> float:
    return float(np.median(seconds))


def _all_rows(study: Study, facts: Facts) -> float:
    """Seconds for the rows of all stations at all speeds, from those of some."""
    located, seconds = facts.stations.located, 0.0
    some = located.iloc[:: max(1, len(located) // ROWS)]
    for level in LEVELS:
        costs = Costs(study.roads.at_speeds(facts.model.speeds, level), facts.model.access)
        start = snap_points(costs.network, some, costs.access, "start")
        end = snap_points(costs.network, study.people.frame, costs.access, "end")
        seconds += timed(lambda: list(block_minutes(costs, start, end, np.zeros(len(some)))))[0]  # noqa: B023
    return seconds * len(located) / len(some)


def _whole(study: Study, evaluator: Evaluator, single: list[Scenario]) -> list[Result]:
    """Verdicts and measures of whole scenarios, and the same of the changed study from scratch."""
    fresh = Evaluator(study)
    for made in (openings(study)[-1], closings(len(evaluator.facts.stations.located))[-1]):
        fresh.evaluate(made)
    ours, outcomes = timed(lambda: [fresh.evaluate(scenario) for scenario in single])
    applier = Applier(study)
    step = len(single) // SCRATCH
    chosen = [step * number + number % 2 for number in range(SCRATCH)]

    def anew(which: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        facts = gather(applier.apply(single[which]).study)
        before = evaluator.facts.minutes()
        times = Times(facts.demand["residents"].to_numpy(dtype=float), facts.minutes(), before)
        table = measures(areas_of(facts), times, Posts.of(facts.stations.located, study))
        lines = [line_of(verdict) for verdict in judge_plans(facts, evaluator.plans)[0]]
        return table, table_of([(*line[:-1], False, "") for line in lines], VERDICTS)

    seconds, found = timed(lambda: [anew(which) for which in chosen])
    for which, (table, verdicts) in zip(chosen, found, strict=True):
        pd.testing.assert_frame_equal(outcomes[which].measures, table, check_exact=True)
        ours_said = outcomes[which].verdicts.assign(turned=False, would_settle="")
        pd.testing.assert_frame_equal(ours_said, verdicts, check_exact=True)
    judged = f"{len(outcomes[0].verdicts)} verdicts"
    return [
        Result(
            "1,000 single-site scenarios: verdicts and measures; each assessed from scratch, on a study that is open",
            1000 * ours / len(single),
            1000 * seconds / len(found),
            goal=50,
            note=f"from {len(single)} and {len(found)} of them, after the first two; {judged} each",
        )
    ]
