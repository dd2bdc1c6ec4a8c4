"""Mean service radius of emergency stations: three definitions, one of which decides (choice C2)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from ...texts import Message
from ..choices import CHOICES
from ..facts import PLACED, Facts, straight_km
from ..judge import Bound, Measured, judge, met_by_precise, misses, passes, verdict, what_would_settle, worst_places
from ..results import Verdict
from ..rule_parts import PlanHead, Threshold, ZoneLimitRule
from ..statistics import area_km2, equal_area_radius_km, weighted_mean
from ..units import Unit, units_of
from ..ways import Way
from .response_time import mean_by_run

LAYERS = {
    "equal-area": ("stations", "boundaries"),
    "straight-line": ("stations", "people"),
    "road": ("stations", "people", "roads"),
}


class ServiceRadiusRule(ZoneLimitRule):
    """The mean service radius of the emergency stations in a zone or unit must meet ``threshold`` (km)."""

    handles: ClassVar[frozenset[str]] = frozenset({"C2"})

    kind: Literal["service-radius"]


def evaluate(plan: PlanHead, rule: ServiceRadiusRule, facts: Facts) -> list[Verdict]:
    """One verdict for the zone, or one per unit."""
    return [_evaluate(plan, rule, facts, unit) for unit in units_of(rule, facts)]


def _evaluate(plan: PlanHead, rule: ServiceRadiusRule, facts: Facts, unit: Unit) -> Verdict:
    here = facts.inside(rule.zone, unit.county)
    residents = facts.demand["residents"].to_numpy()[here]
    chosen = facts.choices["C2"]
    readings = {name: _measure(name, rule, facts, unit) for name in CHOICES["C2"].readings}
    measured = readings[chosen]
    layers = LAYERS[chosen] + (("zones",) if rule.zone != "all" else ())
    alone = met_by_precise(rule.threshold, measured, facts.choices)
    evidence = facts.evidence(*layers, roughly_placed=not alone)
    judged = judge(rule.threshold, measured, evidence, facts.choices)
    km = facts.runs[PLACED]["road_km"].to_numpy() if chosen == "road" else facts.straight_km
    some_station = len(facts.stations.located) > 0
    settle = what_would_settle(facts, evidence, judged, here=here, roads=chosen == "road")
    if chosen == "equal-area" and measured.impossible:
        settle = (Way("zones"), *(way for way in settle if way.what != "zones"))
    return verdict(
        facts,
        plan,
        rule,
        rule.threshold,
        unit.name,
        measured,
        judged,
        evidence,
        "km",
        people_affected=float(residents[misses(rule.threshold, km[here])].sum()) if some_station else None,
        worst=worst_places(facts, here, km) if some_station else (),
        definition=facts.choices.say("C2"),
        notes=_other_readings(rule.threshold, readings, chosen, facts),
        would_settle=settle,
    )


def _measure(name: str, rule: ServiceRadiusRule, facts: Facts, unit: Unit) -> Measured:
    if name == "equal-area":
        return _equal_area(rule, facts, unit)
    here = facts.inside(rule.zone, unit.county)
    return _straight_line(facts, here) if name == "straight-line" else _road(facts, here)


def _straight_line(facts: Facts, here: NDArray[np.bool_]) -> Measured:
    """A station known to r km lies at most r km farther or nearer than its point."""
    residents, stations = facts.demand["residents"].to_numpy()[here], facts.stations
    value = weighted_mean(facts.straight_km[here], residents)
    if math.isnan(value):
        return Measured(math.inf, impossible=True)
    precise = None
    if stations.imprecise:
        precise = weighted_mean(straight_km(stations.located[stations.precise], facts.demand[here]), residents)
    bound: Bound = "" if stations.complete else "at most"
    return Measured(value, placements=_around(value, facts, 1.0), precise=precise, bound=bound)


def _road(facts: Facts, here: NDArray[np.bool_]) -> Measured:
    """Km of the fastest way; a station known to r km lies at most r x detour km farther or nearer."""
    measured = mean_by_run(facts, here, "road_km")
    around = _around(measured.value, facts, facts.model.access.detour)
    return replace(measured, placements=around, extremes=())


def _around(value: float, facts: Facts, detour: float) -> tuple[float, ...]:
    if not facts.stations.imprecise:
        return ()
    spread = float(facts.stations.blur_km.max()) * detour
    return (value + spread, max(value - spread, 0.0))


def _equal_area(rule: ServiceRadiusRule, facts: Facts, unit: Unit) -> Measured:
    """Stations counted in the zone; an imprecise one counts for certain only if its whole circle lies inside."""
    area, stations = facts.area(rule.zone, unit.county), facts.stations
    if area is None or area.is_empty:
        return Measured(math.inf, impossible=True)
    square_km = facts.once(("km2", rule.zone, unit.county), lambda: area_km2(area, facts.demand.crs))
    points = stations.located.geometry.to_numpy()
    blurred = ~stations.precise
    inside = shapely.covers(area, points)
    certain, possible = inside & ~blurred, inside.copy()
    circles = shapely.buffer(points[blurred], stations.blur_km[blurred] * 1000.0)
    certain[blurred], possible[blurred] = shapely.covers(area, circles), shapely.intersects(area, circles)

    def radius(counted: NDArray[np.bool_]) -> float:
        return equal_area_radius_km(square_km, int(counted.sum()))

    return Measured(
        radius(inside),
        placements=(radius(certain), radius(possible)) if blurred.any() else (),
        precise=radius(inside & ~blurred) if blurred.any() else None,
        bound="" if stations.complete else "at most",
    )


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
            notes.append(Message("note.reading-none", {"reading": Message(f"reading.{name}")}))
            continue
        met = passes(threshold, measured.value, facts.choices)
        code = "note.reading-turns" if met != decided else "note.reading-same"
        answer = Message("verdict.met" if met else "verdict.not-met")
        notes.append(Message(code, {"reading": Message(f"reading.{name}"), "value": measured.value, "answer": answer}))
    return tuple(notes)
