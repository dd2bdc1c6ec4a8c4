"""Mean response time of a zone or of each county-level unit."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...texts import Message
from ..facts import DECIDING_RUNS, PRECISE_ONLY, Facts
from ..judge import Measured, judge, met_by_precise, misses, verdict, what_would_settle, worst_places
from ..results import Verdict
from ..rule_parts import PlanHead, ZoneLimitRule
from ..statistics import mean_of_reached, share_within, weighted_mean, weighted_quantile
from ..units import Unit, units_of

LAYERS = ("stations", "roads", "people")


class ResponseTimeRule(ZoneLimitRule):
    """The mean emergency response time of the residents of a zone or unit must meet ``threshold`` (minutes)."""

    kind: Literal["response-time"]


def evaluate(plan: PlanHead, rule: ResponseTimeRule, facts: Facts) -> list[Verdict]:
    """One verdict for the zone, or one per unit: the resident-weighted mean response time against the threshold."""
    return [_evaluate(plan, rule, facts, unit) for unit in units_of(rule, facts)]


def _evaluate(plan: PlanHead, rule: ResponseTimeRule, facts: Facts, unit: Unit) -> Verdict:
    here = facts.inside(rule.zone, unit.county)
    residents, minutes = facts.demand["residents"].to_numpy()[here], facts.minutes()[here]
    measured = mean_by_run(facts, here, "minutes")
    layers = (*LAYERS, *(("zones",) if rule.zone != "all" else ()))
    alone = met_by_precise(rule.threshold, measured, facts.choices)
    evidence = facts.evidence(*layers, roughly_placed=not alone)
    judged = judge(rule.threshold, measured, evidence, facts.choices)
    some_station = len(facts.stations.located) > 0
    return verdict(
        facts,
        plan,
        rule,
        rule.threshold,
        unit.name,
        measured,
        judged,
        evidence,
        "min",
        people_affected=float(residents[misses(rule.threshold, minutes)].sum()) if some_station else None,
        worst=worst_places(facts, here, facts.minutes()) if some_station else (),
        definition=facts.choices.say("C3"),
        notes=_notes(minutes, residents, facts.basis),
        would_settle=what_would_settle(facts, evidence, judged, here=here),
    )


def mean_by_run(facts: Facts, here: NDArray[np.bool_], column: str) -> Measured:
    """Resident-weighted mean of a column of every run.

    Where anybody is unreachable a mean is infinite on complete roads, and cannot be told on incomplete ones. Stations
    and roads that are missing from the layers could only make it smaller.
    """
    residents = facts.demand["residents"].to_numpy()[here]
    means = {run: weighted_mean(frame[column].to_numpy()[here], residents) for run, frame in facts.runs.items()}
    central, low, high = (means[run] for run in DECIDING_RUNS)
    roads_complete = facts.study.settings.roads.complete
    if math.isnan(central) or (math.isinf(central) and not roads_complete):
        return Measured(math.inf, impossible=True)
    placed = {run: mean for run, mean in means.items() if run[1] in ("farther", "nearer")}
    return Measured(
        central,
        low,
        high,
        tuple(mean for run, mean in placed.items() if run[0] == "central"),
        tuple(mean for run, mean in placed.items() if run[0] != "central"),
        means.get(PRECISE_ONLY),
        bound="" if facts.stations.complete and roads_complete else "at most",
    )


def _notes(
    minutes: NDArray[np.float64], residents: NDArray[np.float64], basis: tuple[Message, ...]
) -> tuple[Message, ...]:
    people = float(residents.sum())
    reached = np.isfinite(minutes)
    lost = float(residents[~reached].sum())
    if not people:
        return (Message("note.no-residents"),)
    if lost == people:
        return (Message("note.nobody-reached"),)
    notes = [
        Message(
            "note.response",
            {
                "mean": mean_of_reached(minutes, residents),
                "median": _in_words(weighted_quantile(minutes, residents, 0.5)),
                "p90": _in_words(weighted_quantile(minutes, residents, 0.9)),
                "share_15": share_within(minutes, residents, 15),
                "share_30": share_within(minutes, residents, 30),
            },
        ),
        Message("note.unweighted", {"mean": float(minutes[reached & (residents > 0)].mean())}),
    ]
    if lost:
        notes.append(Message("note.unreachable", {"people": lost, "share": lost / people}))
    return (*notes, *basis)


def _in_words(minutes: float) -> Message:
    return Message("note.minutes", {"minutes": minutes}) if math.isfinite(minutes) else Message("note.not-reached")
