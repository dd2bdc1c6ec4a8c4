"""From a study to its verdicts: times, facts, rules, statistics, and what the maps are drawn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from ..errors import InputError, Problem, StudyError
from ..layers.roads.network import RoadNetwork
from ..layers.settings import StudyFile
from ..layers.study import STUDY_FILE, Study, speed_table
from ..texts import Message
from .access import access_parameters
from .access_tables import access_of
from .baselines import contradictions, counted
from .borrowed import of_other_cities, said_of
from .choices import read_choices
from .facts import PLACED, Facts, stations_of, straight_km, travel_runs
from .field import grid_of, snap_grid, time_field
from .isochrones import isochrones, per_facility
from .parameters import response_model
from .readings import judge_rule, read_rule
from .results import SHARE_MINUTES, Assessment, Evidence, Ledger, RoadTraits, Skipped, Verdict
from .rules import Plan, read_plan
from .statistics import statistics
from .tables import Columns, require_columns
from .units import reason_to_skip, units_not_held

HORIZON_MIN = float(SHARE_MINUTES[-1])
Step = Callable[[str], None]


def read_plans(settings: StudyFile, folder: Path) -> tuple[Plan, ...]:
    """The plans that a study names, each once; :class:`StudyError` with the mistakes in all of them and in the study's
    choices."""
    plans: list[Plan] = []
    problems: list[Problem] = []
    for name in dict.fromkeys(settings.plans):
        try:
            plans.append(read_plan(name, folder))
        except InputError as error:
            problems += [p if p.file else replace(p, file=STUDY_FILE, column="plans") for p in error.problems]
    try:
        read_choices(settings.choices, STUDY_FILE)
    except InputError as error:
        problems += error.problems
    if problems:
        raise StudyError(problems)
    return tuple(plans)


def gather(study: Study) -> Facts:
    """Stations, response times at every speed and placement, and distances: all that rules are judged on."""
    choices = read_choices(study.settings.choices, STUDY_FILE)
    model = response_model(study.settings, choices["C3"], speed_table(study.settings))
    stations, demand = stations_of(study), study.people.frame
    runs = travel_runs(study.roads, model, stations, demand)
    crow_km = straight_km(stations.located, demand)
    return Facts(study, choices, model, stations, runs, crow_km, Columns(study.tables))


def facts_without_times(study: Study) -> Facts:
    """The facts that need no travel times: which facilities and tables there are, and how they are read."""
    choices = read_choices(study.settings.choices, STUDY_FILE)
    model = response_model(study.settings, choices["C3"], speed_table(study.settings))
    return Facts(study, choices, model, stations_of(study), {}, np.empty(0), Columns(study.tables))


def judge_plans(facts: Facts, plans: tuple[Plan, ...]) -> tuple[tuple[Verdict, ...], tuple[Skipped, ...]]:
    """Every rule of every plan: its verdicts, or the reason why this study cannot hold it, or not all of its units."""
    verdicts: list[Verdict] = []
    skipped: list[Skipped] = []
    for plan in plans:
        foreign = said_of(facts, plan)
        for rule in plan.rule:
            reading = read_rule(rule, facts)
            reason = reason_to_skip(reading, facts, plan)
            made = judge_rule(plan, rule, facts) if reason is None else []
            if reason is None:
                reason = units_not_held(reading, facts) if made else Message("skip.nothing-asked")
            if reason is not None:
                skipped.append(Skipped(plan.id, rule.id, rule.title, reason, plan.title))
            verdicts += [verdict.replaced(notes=(*foreign, *verdict.notes)) for verdict in made] if foreign else made
    return tuple(verdicts), tuple(skipped)


def verdicts_of(study: Study) -> tuple[Verdict, ...]:
    """The verdicts alone, without statistics and what the maps are drawn from; raises as :func:`assess` does."""
    plans = read_plans(study.settings, study.folder)
    require_columns(study.tables, (rule for plan in plans for rule in plan.rule))
    return judge_plans(gather(study), plans)[0]


def assess(study: Study, *, step: Step | None = None) -> Assessment:
    """Tests the rules of the study's plans and gathers what maps and tables need.

    ``step`` is told what is being computed. The result's ``to_frame()`` has one row per rule and unit. Raises
    :class:`StudyError` for plans or choices with mistakes.
    """
    told = step or (lambda _: None)
    plans = read_plans(study.settings, study.folder)
    require_columns(study.tables, (rule for plan in plans for rule in plan.rule))
    told("times")
    facts = gather(study)
    told("rules")
    verdicts, skipped = judge_plans(facts, plans)
    baselines = counted(facts, plans)
    told("statistics")
    table = statistics(facts)
    told("services")
    reach = access_of(facts)
    told("field")
    counties = study.counties.frame
    grid = grid_of(counties.geometry)
    begin = np.full(len(facts.stations.located), facts.model.before_wheels_min)
    roads = study.roads.at_speeds(facts.model.speeds)
    located = facts.stations.located
    access = facts.model.access
    snap = snap_grid(roads, grid, access)
    field = time_field(roads, located, grid, access=access, start_min=begin, snap=snap)
    told("isochrones")
    dissolved = isochrones(field, area=counties.union_all())
    single = per_facility(roads, located, grid, access=access, start_min=begin, snap=snap)
    demand = demand_with_times(facts)
    return Assessment(
        name=study.settings.name,
        settings=study.settings,
        verdicts=verdicts,
        skipped=skipped,
        ledger=ledger(demand),
        statistics=table,
        demand=demand,
        stations=located,
        counties=study.counties,
        townships=study.townships,
        facilities=study.facilities,
        people=study.people,
        road_lines=study.roads.to_geodataframe()[["road_class", "name", "geometry"]],
        road_layer=Evidence("roads", study.settings.roads.grade, study.settings.roads.source),
        road_traits=road_traits(study.roads),
        zone_text=Message(study.zone_code),
        field=field,
        isochrones=pd.concat([dissolved, single], ignore_index=True),
        parameters=facts.model.to_frame(access_parameters(study.settings)),
        problems=(*study.problems, *of_other_cities(facts, plans), *contradictions(baselines)),
        basis=facts.basis,
        baselines=baselines,
        access=reach,
    )


def road_traits(roads: RoadNetwork) -> RoadTraits:
    """Whether any road of the network is one-way, and whether any carries a speed limit."""
    limits = np.isfinite(roads.maxspeed_forward) | np.isfinite(roads.maxspeed_backward)
    return RoadTraits(one_way=bool((roads.forward != roads.backward).any()), limits=bool(limits.any()))


def ledger(demand: gpd.GeoDataFrame) -> Ledger:
    """Residents by what became of them, to the last person."""
    sums = demand.groupby("reach")["residents"].sum()
    parts = [float(sums.get(reach, 0.0)) for reach in ("reached", "beyond", "unreachable", "outside")]
    return Ledger(float(demand["residents"].sum()), *parts)


def demand_with_times(facts: Facts) -> gpd.GeoDataFrame:
    """Demand with its times; who is connected, but farther than 60 minutes, is beyond."""
    run, minutes = facts.runs[PLACED], facts.minutes()
    reach = np.where(np.isfinite(minutes), np.where(minutes <= HORIZON_MIN, "reached", "beyond"), "unreachable")
    demand = facts.demand
    return demand.assign(
        response_min=minutes,
        response_low_min=facts.minutes(("low", "stated")),
        response_high_min=facts.minutes(("high", "stated")),
        station=run["station"].to_numpy(),
        road_km=run["road_km"].to_numpy(),
        straight_km=facts.straight_km,
        off_road_km=run["off_road_km"].to_numpy(),
        reach=np.where((demand["county"] == "").to_numpy(), "outside", reach),
    )
