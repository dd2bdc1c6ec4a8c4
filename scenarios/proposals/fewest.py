"""The fewest changes after which means are below targets, or rules are met; or what cannot be met together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ...coverage.facts import Facts, Run
from ...coverage.statistics import weighted_mean
from ...errors import InputError, Problem
from ...texts import Message
from ..changes import Change, Move, Scenario, SetAmbulances
from ..outcome import Outcome
from ..siting.clock import Clock, Progress
from ..siting.result import Siting
from .answers import LIMIT_MIN, Answer
from .cheapest import Cheapest, Floats, Task
from .conditions import check_conditions
from .goals import Goal, Sites, conditions_of, mean_need, sites_of, task_of
from .impossible import impossible, unfinished
from .layout import Layout, km_apart
from .proposal import (
    NAME,
    GoalLine,
    Proposal,
    ProposalContradiction,
    after_of,
    check_times,
    leaving,
    residents_reached,
)
from .question import Question
from .rules import Asked, read_rules

METHOD = "greedy, Benders cuts, HiGHS"
EXCHANGES = 30
CENTRAL: Run = ("central", "stated")
Step = Callable[[str], None]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Chosen:
    """A choice of columns as what is done: candidates opened, standing stations that go, (station, candidate) moves,
    and how many more ambulances each county gets."""

    opened: Ints
    closed: Ints
    moves: tuple[tuple[int, int], ...]
    ambulances: Floats

    @property
    def candidates(self) -> Ints:
        """All candidates at which a station then stands."""
        return np.sort(np.concatenate([self.opened, np.array([to for _, to in self.moves], dtype=np.int64)]))


def fewest(layout: Layout, asked: Question, told: Step, progress: Progress | None) -> Proposal:
    """The proposal for a question about targets or rules."""
    sites = sites_of(layout, asked)
    table = np.vstack([layout.standing_minutes(), layout.minutes()])
    goals, still = _asked(layout, asked, sites, table)
    counties = [str(name) for name in layout.study.counties.frame["county"]]
    county_of = np.concatenate([layout.standing["county"].to_numpy(dtype=object), layout.county])
    told("siting")
    conditions = conditions_of(layout, asked, sites, county_of)

    def task_for(some: Sequence[Goal]) -> Task:
        return task_of(sites, asked, some, conditions, counties, county_of)

    def check(some: Sequence[Goal], x: Floats) -> None:
        scenario, _ = _scenario(layout, chosen_of(x, sites, layout), some, counties)
        outcome = None if scenario is None else layout.evaluator.evaluate(scenario)
        goal_lines(layout, some, after_of(layout, scenario), outcome)

    with Clock(asked.time_limit_s, progress) as clock:
        if any(goal.hopeless is not None for goal in goals):
            return impossible(layout, asked, goals, task_for, check, clock)
        task = task_for(goals)
        search = Cheapest(task, clock).run(asked.gap)
        if search.status == "infeasible":
            return impossible(layout, asked, goals, task_for, check, clock)
        if search.x is None:
            return unfinished(layout, asked, search, clock)
        x = settled(task, search.x, table, layout.residents, clock)
        siting = _siting(search, x, sites, clock)
    chosen = chosen_of(x, sites, layout)
    told("siting-back")
    return _fed_back(layout, asked, goals, siting, chosen, table, counties, still)


def _asked(
    layout: Layout, asked: Question, sites: Sites, table: Floats
) -> tuple[tuple[Goal, ...], tuple[Message, ...]]:
    if asked.model == "comply":
        found = read_rules(layout, asked, sites)
        return found.goals, _still(found)
    goals: list[Goal] = []
    fixed = np.arange(sites.count) < (0 if asked.anew or asked.move_cost is not None else sites.standing)
    for zone, limit in asked.mean_under:
        here = zone_mask(layout.evaluator.facts, zone)[layout.points]
        if not here.any():
            raise InputError(Problem("site.no-zone", value=zone))
        named = {"name": Message(f"site.mean-{zone}"), "unit": "", "target": f"< {limit:g} min", "quantity": "min"}
        residents = np.where(here, layout.residents, 0.0)
        made = mean_need(table, residents, limit, fixed)
        if made is None:
            goals.append(Goal(**named, key=("", zone, ""), hopeless=Message("site.hopeless-unreached")))  # type: ignore[arg-type]
            continue
        rows = () if made[1] is None else (made[1],)
        goals.append(Goal(**named, key=("", zone, ""), needs=(made[0],), rows=rows))  # type: ignore[arg-type]
    return tuple(goals), ()


def _still(found: Asked) -> tuple[Message, ...]:
    """What is open and cannot be moved: rules about where facilities stand and those that were named by their names."""
    said = [Message("site.not-covered", {"rules": found.left})] if found.left else []
    said += [Message("site.not-moved", {"rules": found.still})] if found.still else []
    said += found.skipped
    return (*said, Message("site.not-about", {"count": found.others})) if found.others else tuple(said)


def zone_mask(facts: Facts, zone: str) -> NDArray[np.bool_]:
    """(D,) demand points of a zone; none where the study tells no zones."""
    if zone != "all" and facts.study.urban_area is None:
        return np.zeros(len(facts.demand), dtype=np.bool_)
    return facts.inside(zone)  # type: ignore[arg-type]


def settled(task: Task, x: Floats, table: Floats, residents: Floats, clock: Clock) -> Floats:
    """A choice that costs the same, with a shorter mean time over everybody: single exchanges, the best one first."""
    pairs = np.flatnonzero((task.top > 0) & (np.diff(task.carry.tocsc().indptr) > 0))
    site = task.carry.tocsc().indices[task.carry.tocsc().indptr[pairs]]
    weighted = np.where(np.isfinite(table), table, 1e6) * residents
    x = x.copy()
    for _ in range(EXCHANGES):
        better = None if clock.over else _exchange(task, x, pairs, site, weighted)
        if better is None:
            return x
        x = better
    return x


def _exchange(task: Task, x: Floats, pairs: Ints, site: NDArray[np.int32], weighted: Floats) -> Floats | None:
    """The exchange of an open column for a closed one of the same cost that shortens the sum most, if one does."""
    is_open = task.sites(x) > 0.5
    rows = np.flatnonzero(is_open)
    now = float(weighted[rows].min(axis=0).sum())
    found: list[tuple[float, int, int]] = []
    for out in pairs[x[pairs] > 0.5].tolist():
        leaving = site[pairs == out][0]
        rest = weighted[rows[rows != leaving]].min(axis=0, initial=np.inf)
        fits = pairs[(x[pairs] < 0.5) & (task.cost[pairs] == task.cost[out])]
        for into in fits.tolist():
            total = float(np.minimum(rest, weighted[site[pairs == into][0]]).sum())
            if total < now * (1 - 1e-9):
                found.append((total, out, into))
    for _, out, into in sorted(found)[:EXCHANGES]:
        other = x.copy()
        other[out] -= 1.0
        other[into] += 1.0
        if task.meets(other):
            return other
    return None


def _siting(search: Cheapest, x: Floats, sites: Sites, clock: Clock) -> Siting:
    opened = np.flatnonzero(search.task.sites(x) > 0.5)
    new = opened[opened >= sites.standing]
    status = "optimal" if search.status == "optimal" else clock.ended_by
    return Siting(opened, search.value, search.bound, search.gap, status, clock.seconds, new=new, method=METHOD)


def chosen_of(x: Floats, sites: Sites, layout: Layout) -> Chosen:
    """What a choice of columns does; each station that leaves goes to the nearest new place of its county, all
    together as near as can be."""
    width = len(sites.site)
    used = x[:width] > 0.5
    opened = sites.site[used & (sites.kind == "open")] - sites.standing
    moved = sites.site[used & (sites.kind == "move")] - sites.standing
    left = sites.site[~used & (sites.kind == "standing")]
    moves: tuple[tuple[int, int], ...] = ()
    if len(moved):
        there = np.column_stack([layout.standing.geometry.x, layout.standing.geometry.y])[left]
        km = km_apart(there, layout.xy[moved])
        own = layout.standing["county"].to_numpy(dtype=object)[left]
        km += np.where(own[:, None] == layout.county[moved][None, :], 0.0, 1e6)
        first, second = linear_sum_assignment(km)
        moves = tuple(zip(left[first].tolist(), moved[second].tolist(), strict=True))
        left = np.setdiff1d(left, left[first])
    return Chosen(np.sort(opened), np.sort(left), moves, np.round(x[width:]))


def _scenario(
    layout: Layout, chosen: Chosen, goals: Sequence[Goal], counties: Sequence[str]
) -> tuple[Scenario | None, tuple[tuple[str, float], ...]]:
    """The changes, and which standing stations get more ambulances; those of new stations stand with their opening."""
    ids = layout.standing["id"].tolist()
    extra, brought = _ambulances(layout, chosen, goals, counties)
    changes: list[Change] = []
    for place in chosen.opened.tolist():
        one = layout.opens[place]
        more = brought.get(place, 0.0)
        changes.append(one.model_copy(update={"ambulances": (one.ambulances or 0.0) + more}) if more else one)
    for row, place in chosen.moves:
        lon, lat = layout.opens[place].place
        changes.append(Move(facility=ids[row], lon=lon, lat=lat))
    changes += [leaving(layout, row) for row in chosen.closed.tolist()]
    frame = layout.study.facilities.frame.set_index("id")
    have = {one: float(frame["ambulances"].get(one, math.nan)) for one in extra}
    changes += [
        SetAmbulances(facility=one, ambulances=more + (0.0 if math.isnan(have[one]) else have[one]))
        for one, more in extra.items()
    ]
    named = tuple((str(frame["name"][one]), more) for one, more in extra.items())
    return (Scenario(NAME, tuple(changes)) if changes else None), named


def _ambulances(
    layout: Layout, chosen: Chosen, goals: Sequence[Goal], counties: Sequence[str]
) -> tuple[dict[str, float], dict[int, float]]:
    """Where more ambulances go: to a new station of the county, else to a standing facility that counts there."""
    extra: dict[str, float] = {}
    brought: dict[int, float] = {}
    staffing = [one for goal in goals for one in goal.ambulances]
    frame = layout.study.facilities.frame.set_index("id")
    for county, number in zip(counties, chosen.ambulances.tolist(), strict=True):
        if number < 0.5:
            continue
        new = [place for place in chosen.opened.tolist() if layout.county[place] == county]
        takes = [one for each in staffing for one in each.takes if frame["county"].get(one) == county]
        if new:
            for step in range(int(number)):
                place = new[step % len(new)]
                brought[place] = brought.get(place, 0.0) + 1.0
        elif takes:
            extra[takes[0]] = extra.get(takes[0], 0.0) + number
    return extra, brought


def _fed_back(
    layout: Layout,
    asked: Question,
    goals: Sequence[Goal],
    siting: Siting,
    chosen: Chosen,
    table: Floats,
    counties: Sequence[str],
    still: tuple[Message, ...],
) -> Proposal:
    scenario, extra = _scenario(layout, chosen, goals, counties)
    outcome = None if scenario is None else layout.evaluator.evaluate(scenario)
    after = after_of(layout, scenario)
    gone = np.concatenate([chosen.closed, np.array([row for row, _ in chosen.moves], dtype=np.int64)])
    there = np.setdiff1d(np.arange(len(layout.standing)), gone)
    rows = np.concatenate([there, len(layout.standing) + chosen.candidates])
    check_times(table[rows].min(axis=0, initial=np.inf), after)
    moves_to = [place for _, place in chosen.moves]
    check_conditions(layout, asked, chosen.opened.tolist(), layout.standing.iloc[there], moved=moves_to)
    reached = residents_reached(layout, after)
    lines = goal_lines(layout, goals, after, outcome)
    answer = Answer(
        siting,
        chosen.candidates,
        closed=chosen.closed,
        standing=len(layout.standing),
        hopeless=_hopeless(layout, table, LIMIT_MIN),
    )
    moved = [f"{layout.standing['name'].iloc[row]} → {layout.opens[place].name}" for row, place in chosen.moves]
    costs = {"opening": 1, "ambulance": f"{asked.ambulance_cost:g}", "total": f"{siting.value:g}"}
    code = "site.costs" if asked.move_cost is None else "site.costs-moves"
    costs["move"] = f"{asked.move_cost or 0.0:g}"
    said = (Message(code, costs),) if asked.model == "comply" and not _priced(layout) else ()
    notes = (*said, *still, *((Message("site.moved", {"what": tuple(moved)}),) if moved else ()))
    return Proposal(asked, layout, answer, reached, LIMIT_MIN, scenario, outcome, goals=lines, extra=extra, notes=notes)


def _priced(layout: Layout) -> bool:
    return any(one.cost is not None for one in layout.opens)


def _hopeless(layout: Layout, table: Floats, limit: float) -> float:
    return float(layout.residents[~(table <= limit).any(axis=0)].sum())


def goal_lines(layout: Layout, goals: Sequence[Goal], after: Floats, outcome: Outcome | None) -> tuple[GoalLine, ...]:
    """What became of each goal. A goal of a rule is judged by the rule itself; raises
    :class:`~carereach.scenarios.proposals.proposal.ProposalContradiction` where it is not met although it should be.
    """
    lines = []
    for goal in goals:
        line = _of_mean(layout, goal, after) if not goal.key[0] else _of_rule(layout, goal, outcome)
        if line.status == "not met":
            raise ProposalContradiction(" ".join(goal.key), math.nan, line.after)
        lines.append(line)
    return tuple(lines)


def _of_mean(layout: Layout, goal: Goal, after: Floats) -> GoalLine:
    here = zone_mask(layout.evaluator.facts, goal.key[1])[layout.points]
    residents = layout.residents[here]
    was, now = (weighted_mean(part[here], residents) for part in (layout.now(), after))
    limit = float(goal.target.split()[1])
    status = "met" if now < limit else "not met"
    return GoalLine(goal.name, goal.unit, was, now, goal.target, goal.quantity, status)


def _of_rule(layout: Layout, goal: Goal, outcome: Outcome | None) -> GoalLine:
    before, then = (
        _verdict(one, goal.key) for one in (layout.evaluator.baseline, outcome or layout.evaluator.baseline)
    )
    return GoalLine(
        goal.name,
        goal.unit,
        float(before[0]),
        float(then[0]),
        goal.target,
        goal.quantity,
        str(then[1]),
        screening=bool(then[2]),
    )


def _verdict(outcome: Outcome, key: tuple[str, str, str]) -> tuple[float, str, bool]:
    """Value, status and screening of the verdict of a rule about a unit."""
    table = outcome.verdicts
    line = table[(table["plan"] == key[0]) & (table["rule"] == key[1]) & (table["unit"] == key[2])].iloc[0]
    return line["value"], line["status"], line["screening"]
