"""The share of residents within so many minutes or km of a facility, by car or on foot."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from ...layers.roads.speeds import Level
from ...texts import Message
from ..amounts import settle_found
from ..facts import Facts
from ..found import Found, find
from ..journeys import blur, journey, walked_on_roads
from ..judge import WORST, Bound, Measured, judge, places_of, verdict
from ..members import in_percent
from ..parameters import PRECISE
from ..results import WEAK_GRADES, Evidence, Verdict
from ..rule_parts import Above0, PlanHead, Selector, Threshold, ZoneRule, mistake
from ..statistics import share_within
from ..units import Unit, units_of
from ..ways import Way, about

SHARES = {"all": 1.0, "ninety": 0.9}


class ReachRule(ZoneRule):
    """Residents within ``within_min`` minutes or ``within_km`` km of the nearest of ``facilities``.

    ``mode``: by car or on foot. ``threshold``: the share (0 to 1) of them that is asked for; without one the choice
    C11 says what counts as reached, by default only the figures are reported.
    """

    kind: Literal["reach"]
    facilities: Selector
    mode: Literal["car", "walk"] = "car"
    within_min: Above0 | None = None
    within_km: Above0 | None = None
    threshold: Threshold | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.within_min is None) == (self.within_km is None):
            raise mistake("rule.minutes-or-km")
        if self.facilities.empty:
            raise mistake("rule.selector-empty")
        if self.threshold is not None and not (self.threshold.lower and self.threshold.limit <= 1):
            raise mistake("rule.needs-share", kind=self.kind)
        return self


def evaluate(plan: PlanHead, rule: ReachRule, facts: Facts) -> list[Verdict]:
    """One verdict for the zone, or one per unit: the share of residents within reach, and who is outside.

    A facility of the neighbours helps too, if it has a place.
    """
    return [_evaluate(plan, rule, facts, unit) for unit in units_of(rule, facts)]


def _evaluate(plan: PlanHead, rule: ReachRule, facts: Facts, unit: Unit) -> Verdict:
    found = find(facts, rule.facilities, None)
    here = facts.inside(rule.zone, unit.county)
    measured = _measure(rule, facts, found, here)
    evidence = _evidence(rule, facts, found)
    threshold = rule.threshold or (
        Threshold(at_least=SHARES[facts.choices["C11"]]) if facts.choices["C11"] in SHARES else None
    )
    asked = in_percent(threshold or Threshold(at_least=0.0))
    judged = judge(asked, measured, evidence, facts.choices)
    if threshold is None:
        judged = replace(judged, status="cannot tell", screening=False)
    values = _values(rule, facts, found, "central")
    made = verdict(
        facts,
        plan,
        rule,
        asked,
        unit.name,
        measured,
        judged,
        evidence,
        "%",
        **_who_is_outside(rule, facts, here, values),
        notes=(Message("note.reach", {"limit": _limit(rule), "mode": Message(f"mode.{rule.mode}")}),),
        would_settle=_settle(rule, facts, found, unit, judged.status, threshold),
    )
    return made if threshold is not None else made.replaced(target="", target_value=None, margin=None)


def _limit(rule: ReachRule) -> str:
    return f"{rule.within_min:g} min" if rule.within_min is not None else f"{rule.within_km:g} km"


def _values(rule: ReachRule, facts: Facts, found: Found, level: Level, *, farther: float = 0.0) -> NDArray[np.float64]:
    """Minutes or km to the nearest facility; ``farther``: how many times their margin those that are known only
    roughly are moved away (-1: nearer), the others stay."""
    column, frame = ("minutes" if rule.within_min is not None else "km"), found.placed
    if not farther:
        return journey(facts, rule.mode, frame, level)[column].to_numpy()
    precise = frame["precision"].isin(PRECISE)
    margin = blur(facts, rule.mode, frame, level)[0 if rule.within_min is not None else 1]
    sure = journey(facts, rule.mode, frame[precise], level)[column].to_numpy()
    moved = journey(facts, rule.mode, frame[~precise], level)[column].to_numpy() + farther * margin
    return np.asarray(np.minimum(sure, np.maximum(moved, 0.0)), dtype=np.float64)


def _measure(rule: ReachRule, facts: Facts, found: Found, here: NDArray[np.bool_]) -> Measured:
    """Shares in percent at every speed, and with roughly placed facilities nearer and farther."""
    residents = facts.demand["residents"].to_numpy()[here]
    limit = rule.within_min or rule.within_km or 0.0
    if not residents.sum():
        return Measured(0.0, impossible=True)

    def share(level: Level, farther: float = 0.0) -> float:
        values = _values(rule, facts, found, level, farther=farther)[here]
        return 100.0 * share_within(values, residents, limit)

    rough = blur(facts, rule.mode, found.placed, "central")[1] > 0
    bound: Bound = "" if _complete(facts, found) else "at least"
    return Measured(
        share("central"),
        share("low"),
        share("high"),
        (share("central", 1.0), share("central", -1.0)) if rough else (),
        (share("low", 1.0), share("high", -1.0)) if rough else (),
        bound=bound,
    )


def _complete(facts: Facts, found: Found) -> bool:
    """Whether no facility can be missing, nor any road that leads to one."""
    return found.listed and found.unsure.empty and found.unplaced.empty and facts.study.settings.roads.complete


def _evidence(rule: ReachRule, facts: Facts, found: Found) -> tuple[Evidence, ...]:
    parts = facts.evidence("facilities", "people", *(("zones",) if rule.zone != "all" else ()))
    if rule.mode == "walk" and not walked_on_roads(facts):
        return (*parts, Evidence("roads", "modelled"))
    return (*parts, *facts.evidence("roads"))


def _who_is_outside(
    rule: ReachRule, facts: Facts, here: NDArray[np.bool_], values: NDArray[np.float64]
) -> dict[str, object]:
    """Residents outside, in all and by street or township; the five with most of them."""
    residents = facts.demand["residents"].to_numpy()[here]
    outside = np.where(values[here] <= (rule.within_min or rule.within_km or 0.0), 0.0, residents)
    code, names = places_of(facts)
    lives, out = (np.bincount(code[here], weights=people, minlength=len(names)) for people in (residents, outside))
    there = np.unique(code[here])
    most = [place for place in there[np.argsort(-out[there], kind="stable")][:WORST] if out[place] > 0]
    return {
        "people_affected": float(outside.sum()),
        "worst": tuple(f"{names[place]} {out[place]:,.0f}" for place in most),
        "places": tuple((str(names[place]), float(lives[place]), float(out[place])) for place in there),
    }


def _settle(
    rule: ReachRule, facts: Facts, found: Found, unit: Unit, status: str, threshold: Threshold | None
) -> tuple[Way, ...]:
    """What would decide an open verdict, most useful first."""
    if status != "cannot tell":
        return ()
    here = found.placed
    rough = here[~here["precision"].isin(PRECISE)]
    walk = rule.mode == "walk" and not walked_on_roads(facts)
    people_weak = facts.study.people.grade in WEAK_GRADES
    ways = (
        (threshold is None, (Way("share-asked"),)),
        (True, about("locate", found.unplaced)),
        (walk, (Way("walk"),)),
        (not walk and not facts.study.settings.roads.complete, (Way("roads"),)),
        (True, about("precise", rough)),
        (people_weak, (Way("people"),)),
    )
    asked = (way for needed, part in ways if needed for way in part)
    return (*asked, *settle_found(rule.facilities, found, unit.name))
