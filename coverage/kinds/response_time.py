"""Mean response time of a zone or of each county-level unit."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...texts import Message
from ..facts import DECIDING_RUNS, PLACED, Facts, Run
from ..judge import Measured, judge, verdict, what_would_settle, worst_places
from ..results import Verdict
from ..rules import Plan, Rule
from ..statistics import share_within, weighted_mean, weighted_quantile
from ..units import Unit, units_of

LAYERS = ("stations", "roads", "people")


def evaluate(plan: Plan, rule: Rule, facts: Facts) -> list[Verdict]:
    """One verdict for the zone, or one per unit: the resident-weighted mean response time against the threshold."""
    return [_evaluate(plan, rule, facts, unit) for unit in units_of(rule, facts)]


def _evaluate(plan: Plan, rule: Rule, facts: Facts, unit: Unit) -> Verdict:
    here = facts.inside(rule.zone, unit.county)
    residents = facts.demand["residents"].to_numpy()[here]
    evidence = facts.evidence(*LAYERS, *(("zones",) if rule.zone != "all" else ()))
    means = {run: _mean(facts.minutes(run)[here], residents) for run in facts.runs}
    measured = _measured(facts, means, rule, unreached=_unreached(facts, here))
    assert rule.threshold is not None
    judged = judge(rule.threshold, measured, evidence, facts.choices)
    late = facts.minutes()[here] >= rule.threshold.limit
    return verdict(
        facts,
        plan,
        rule,
        unit.name,
        measured,
        judged,
        evidence,
        "min",
        people_affected=float(residents[late].sum()) if measured.value < math.inf else None,
        worst=worst_places(facts, here, facts.minutes()),
        definition=facts.choices.say("C3"),
        notes=_notes(facts, here, residents),
        would_settle=what_would_settle(facts, evidence) if judged.status == "cannot tell" or judged.screening else (),
    )


def _measured(facts: Facts, means: dict[Run, float], rule: Rule, *, unreached: float) -> Measured:
    """Where anybody is unreachable a mean is infinite on complete roads, and cannot be told on incomplete ones."""
    central, low, high = (means[run] for run in DECIDING_RUNS)
    if math.isnan(central):
        return Measured(math.inf, impossible=True)
    placed = {placement: mean for (_, placement), mean in means.items() if placement != "stated"}
    missing_roads = not facts.study.settings.roads.complete
    infinite = unreached > 0 and not missing_roads
    return Measured(
        math.inf if infinite else central,
        low,
        high,
        tuple(means[run] for run in means if run[0] == "central" and run != PLACED) if placed else (),
        tuple(means[run] for run in means if run[0] != "central" and run[1] != "stated"),
        lower_if_more=not facts.stations.complete,
        impossible=unreached > 0 and missing_roads,
    )


def _mean(minutes: NDArray[np.float64], residents: NDArray[np.float64]) -> float:
    reached = np.isfinite(minutes)
    return weighted_mean(minutes[reached], residents[reached])


def _unreached(facts: Facts, here: NDArray[np.bool_]) -> float:
    minutes, residents = facts.minutes()[here], facts.demand["residents"].to_numpy()[here]
    return float(residents[~np.isfinite(minutes)].sum())


def _notes(facts: Facts, here: NDArray[np.bool_], residents: NDArray[np.float64]) -> tuple[Message, ...]:
    minutes = facts.minutes()[here]
    reached = np.isfinite(minutes)
    if not residents.sum():
        return (Message("note.no-residents"),)
    if not reached.any():
        return (Message("note.nobody-reached"),)
    notes = [
        Message(
            "note.response",
            {
                "mean": weighted_mean(minutes[reached], residents[reached]),
                "median": weighted_quantile(minutes, residents, 0.5),
                "p90": weighted_quantile(minutes, residents, 0.9),
                "share_15": share_within(minutes, residents, 15),
                "share_30": share_within(minutes, residents, 30),
            },
        ),
        Message("note.unweighted", {"mean": float(minutes[reached & (residents > 0)].mean())}),
    ]
    lost = float(residents[~reached].sum())
    if lost:
        notes.append(Message("note.unreachable", {"people": lost, "share": lost / float(residents.sum())}))
    return tuple(notes)
