"""Mean service radius of emergency stations: three definitions, one of which decides (choice C2)."""

from __future__ import annotations

import math

import numpy as np
import shapely

from ...texts import Message
from ..choices import CHOICES
from ..facts import DECIDING_RUNS, PLACED, Facts
from ..judge import Measured, judge, passes, verdict, what_would_settle, worst_places
from ..parameters import PRECISE
from ..results import Verdict
from ..rules import Plan, Rule, Threshold
from ..statistics import area_km2, equal_area_radius_km, weighted_mean
from ..units import Unit, units_of


def evaluate(plan: Plan, rule: Rule, facts: Facts) -> list[Verdict]:
    """One verdict for the zone, or one per unit."""
    return [_evaluate(plan, rule, facts, unit) for unit in units_of(rule, facts)]


def _evaluate(plan: Plan, rule: Rule, facts: Facts, unit: Unit) -> Verdict:
    assert rule.threshold is not None
    here = facts.inside(rule.zone, unit.county)
    residents = facts.demand["residents"].to_numpy()[here]
    chosen = facts.choices["C2"]
    readings = {name: _measure(name, rule, facts, unit) for name in CHOICES["C2"].readings}
    measured = readings[chosen]
    layers = ("stations", "boundaries") if chosen == "equal-area" else ("stations", "people")
    layers += ("roads",) if chosen == "road" else ()
    evidence = facts.evidence(*layers, *(("zones",) if rule.zone != "all" else ()))
    judged = judge(rule.threshold, measured, evidence, facts.choices)
    beyond = facts.straight_km[here] > rule.threshold.limit
    return verdict(
        facts,
        plan,
        rule,
        unit.name,
        measured,
        judged,
        evidence,
        "km",
        people_affected=float(residents[beyond].sum()) if len(facts.stations.located) else None,
        worst=worst_places(facts, here, facts.straight_km),
        definition=facts.choices.say("C2"),
        notes=_other_readings(rule.threshold, readings, chosen, facts),
        would_settle=what_would_settle(facts, evidence, roads=chosen == "road")
        if judged.status == "cannot tell" or judged.screening
        else (),
    )


def _measure(name: str, rule: Rule, facts: Facts, unit: Unit) -> Measured:
    if name == "equal-area":
        return _equal_area(rule, facts, unit)
    here = facts.inside(rule.zone, unit.county)
    residents = facts.demand["residents"].to_numpy()[here]
    more = not facts.stations.complete
    if name == "straight-line":
        value = weighted_mean(facts.straight_km[here], residents)
        spread = (
            float(facts.stations.located["uncertainty_km"].where(~_precise(facts), 0.0).max())
            if len(facts.stations.located)
            else 0.0
        )
        around = (value + spread, max(value - spread, 0.0)) if spread else ()
        return Measured(value, placements=around, lower_if_more=more, impossible=math.isnan(value))
    means = {run: weighted_mean(facts.runs[run]["road_km"].to_numpy()[here], residents) for run in facts.runs}
    central, low, high = (means[run] for run in DECIDING_RUNS)
    placed = tuple(mean for run, mean in means.items() if run[0] == "central" and run != PLACED)
    return Measured(central, low, high, placed, lower_if_more=more, impossible=not math.isfinite(central))


def _precise(facts: Facts) -> np.ndarray:
    return facts.stations.located["precision"].isin(PRECISE).to_numpy()


def _equal_area(rule: Rule, facts: Facts, unit: Unit) -> Measured:
    """Stations counted in the zone; an imprecise one counts for certain only if its whole circle lies inside."""
    area = facts.area(rule.zone, unit.county)
    if area is None or area.is_empty:
        return Measured(math.inf, impossible=True)
    located = facts.stations.located
    points = located.geometry.to_numpy()
    blur_m = np.where(_precise(facts), 0.0, located["uncertainty_km"].fillna(0.0) * 1000.0)
    circles = shapely.buffer(points, np.maximum(blur_m, 1e-3))
    inside = int(shapely.covers(area, points).sum())
    certain, possible = int(shapely.covers(area, circles).sum()), int(shapely.intersects(area, circles).sum())
    square_km = area_km2(area, facts.demand.crs)
    radius = [equal_area_radius_km(square_km, count) for count in (inside, certain, possible)]
    placements = tuple(radius[1:]) if facts.stations.imprecise else ()
    return Measured(radius[0], placements=placements, lower_if_more=not facts.stations.complete)


def _other_readings(
    threshold: Threshold, readings: dict[str, Measured], chosen: str, facts: Facts
) -> tuple[Message, ...]:
    """The two definitions that do not decide, each with its value and whether it would turn the verdict."""
    decided = passes(threshold, readings[chosen].value, facts.choices)
    notes = []
    for name, measured in readings.items():
        if name == chosen:
            continue
        if not math.isfinite(measured.value):
            notes.append(Message("note.reading-none", {"reading": Message(f"choice.C2.{name}")}))
            continue
        met = passes(threshold, measured.value, facts.choices)
        code = "note.reading-turns" if met != decided else "note.reading-same"
        answer = Message("verdict.met" if met else "verdict.not-met")
        notes.append(Message(code, {"reading": Message(f"reading.{name}"), "value": measured.value, "answer": answer}))
    return tuple(notes)
