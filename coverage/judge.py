"""From a value and what is not known about it to a verdict: met, not met, or cannot tell."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .choices import Choices
from .facts import Facts
from .results import WEAK_GRADES, Evidence, Status, Verdict
from .rule_parts import PlanHead, RuleBase, Threshold
from .ways import NAMED, Way, about

Bound = Literal["", "at most", "at least"]
WORST = 5


def passes(threshold: Threshold, value: float, choices: Choices) -> bool:
    """Whether a value meets the threshold; ``less_than`` and ``more_than`` are strict, the other bounds are not."""
    if threshold.band is not None:
        low, high = threshold.band
        return value <= high and (value >= low or choices["C2-band"] == "at-most")
    if threshold.less_than is not None:
        return value < threshold.less_than
    if threshold.more_than is not None:
        return value > threshold.more_than
    if threshold.equal is not None:
        return value == threshold.equal
    return value <= threshold.limit if threshold.upper else value >= threshold.limit


def band_label(threshold: Threshold, value: float) -> str:
    """Where in a band a value lies; "" without a band."""
    if threshold.band is None or not math.isfinite(value):
        return ""
    return "below" if value < threshold.band[0] else "inside" if value <= threshold.band[1] else "above"


@dataclass(frozen=True)
class Measured:
    """A value with its alternatives: at low and high speeds, with stations placed farther and nearer, and the worst
    and best of both together; ``precise``: with the stations alone whose place is known.

    ``bound``: "at most" where stations or roads are missing from the layers, so that the true value may be lower;
    "at least" where facilities to be counted are missing. ``impossible``: there is nothing to judge.
    """

    value: float
    low: float | None = None
    high: float | None = None
    placements: tuple[float, ...] = ()
    extremes: tuple[float, ...] = ()
    precise: float | None = None
    bound: Bound = ""
    impossible: bool = False


@dataclass(frozen=True)
class Judgement:
    """The part of a verdict that follows from :class:`Measured`."""

    status: Status
    holds_low: bool | None
    holds_high: bool | None
    holds_placement: bool | None
    screening: bool


def judge(threshold: Threshold, measured: Measured, evidence: Iterable[Evidence], choices: Choices) -> Judgement:
    """Status of one rule.

    The value at central speeds and stated places decides. Where a weak layer (modelled, assumed, missing) stands
    behind it, the verdict is a screening, and only if no speed and no placement turns it; else it cannot be told.
    What is missing from the layers must not be able to turn it either: a goal met stays met when stations are added,
    a goal missed may be met with them.
    """
    met = passes(threshold, measured.value, choices)

    def same(values: Iterable[float | None]) -> bool | None:
        given = [value for value in values if value is not None]
        return all(passes(threshold, value, choices) == met for value in given) if given else None

    low, high, placement = same([measured.low]), same([measured.high]), same(measured.placements)
    weak = any(item.grade in WEAK_GRADES for item in evidence)
    firm = False not in (low, high, placement, same(measured.extremes))
    if measured.impossible or not stays(threshold, measured.value, measured.bound, choices) or (weak and not firm):
        return Judgement("cannot tell", low, high, placement, False)
    return Judgement("met" if met else "not met", low, high, placement, weak)


def stays(threshold: Threshold, value: float, bound: Bound, choices: Choices) -> bool:
    """Whether every true value that the bound allows gives the same answer as ``value``."""
    if not bound:
        return True
    low, high = (0.0, value) if bound == "at most" else (value, math.inf)
    edges = [edge for edge in (*(threshold.band or ()), threshold.limit) if low <= edge <= high]
    return len({passes(threshold, probe, choices) for probe in (low, high, *edges)}) == 1


def met_by_precise(threshold: Threshold, measured: Measured, choices: Choices) -> bool:
    """Whether the stations whose place is known meet the goal alone, so that the others cannot turn it."""
    value = measured.precise
    return value is not None and passes(threshold, value, choices) and stays(threshold, value, "at most", choices)


def misses(threshold: Threshold, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which places' own values miss the goal; a value below a band does not."""
    if not threshold.upper:
        return values < threshold.limit
    return values >= threshold.limit if threshold.less_than is not None else values > threshold.limit


def _margin(threshold: Threshold, value: float, choices: Choices) -> float:
    if threshold.band is not None and choices["C2-band"] == "inside":
        return min(value - threshold.band[0], threshold.band[1] - value)
    if threshold.equal is not None:
        return -abs(value - threshold.limit)
    return threshold.limit - value if threshold.upper else value - threshold.limit


def verdict(
    facts: Facts,
    plan: PlanHead,
    rule: RuleBase,
    threshold: Threshold,
    unit: str,
    measured: Measured,
    judged: Judgement,
    evidence: tuple[Evidence, ...],
    quantity: str,
    **more: object,
) -> Verdict:
    """Puts a verdict together from its parts."""
    value = measured.value if math.isfinite(measured.value) else None
    return Verdict(
        plan=plan.id,
        rule=rule.id,
        title=rule.title,
        unit=unit,
        status=judged.status,
        citation=citation(plan, rule),
        quantity=quantity,
        value=value,
        target=threshold.text(quantity),
        target_value=threshold.limit,
        margin=None if value is None else _margin(threshold, value, facts.choices),
        low=_finite(measured.low),
        high=_finite(measured.high),
        holds_low=judged.holds_low,
        holds_high=judged.holds_high,
        holds_placement=judged.holds_placement,
        screening=judged.screening,
        label=band_label(threshold, measured.value),  # type: ignore[arg-type]
        bound=measured.bound if value is not None else "",
        evidence=evidence,
        choices=tuple(f"{code}={facts.choices[code]}" for code in rule.open_choices),
        plan_title=plan.title,
        **more,  # type: ignore[arg-type]
    )


def cannot_tell(
    facts: Facts, plan: PlanHead, rule: RuleBase, unit: str, *settle: Way, layer: str = "facilities", **more: object
) -> Verdict:
    """The verdict where the data that a rule needs are not there; ``layer``: in which layer they are missing."""
    return Verdict(
        plan=plan.id,
        rule=rule.id,
        title=rule.title,
        unit=unit,
        status="cannot tell",
        citation=citation(plan, rule),
        evidence=(Evidence(layer, "missing"),),
        choices=tuple(f"{code}={facts.choices[code]}" for code in rule.open_choices),
        would_settle=settle,
        plan_title=plan.title,
        **more,  # type: ignore[arg-type]
    )


def citation(plan: PlanHead, rule: RuleBase) -> str:
    """Number or date of the document, and the section, of a rule."""
    return f"{rule.document or plan.document}, §{rule.section}"


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def worst_places(facts: Facts, here: NDArray[np.bool_], values: NDArray[np.float64]) -> tuple[str, ...]:
    """The five townships (counties, where townships are not known) with the longest resident-weighted mean; before
    all others those where residents are not reached at all."""
    code, names = places_of(facts)
    residents = facts.demand["residents"].to_numpy()
    counted = here & (residents > 0)
    people = np.bincount(code[counted], weights=residents[counted], minlength=len(names))
    sums = np.bincount(code[counted], weights=values[counted] * residents[counted], minlength=len(names))
    lived = np.flatnonzero(people)
    means = sums[lived] / people[lived]
    worst = np.argsort(-means, kind="stable")[:WORST]
    return tuple(_place_and_mean(names[lived[place]], means[place]) for place in worst)


def _place_and_mean(place: str, mean: float) -> str:
    return f"{place} {mean:.1f}" if math.isfinite(mean) else f"{place} ∞"


def places_of(facts: Facts) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """The street or township (county, where townships are not known) of each demand point, as a number in the sorted
    names."""
    return facts.once("places", lambda: _places(facts))


def _places(facts: Facts) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    demand = facts.demand
    county, township = demand["county"].to_numpy(dtype=object), demand["township"].to_numpy(dtype=object)
    place = np.asarray(np.where(township == "", county, county + "·" + township), dtype=np.object_)
    code, names = pd.factorize(place, sort=True)
    return code, np.asarray(names, dtype=np.object_)


def what_would_settle(
    facts: Facts, evidence: tuple[Evidence, ...], judged: Judgement, *, here: NDArray[np.bool_], roads: bool = True
) -> tuple[Way, ...]:
    """What data would decide an open verdict or firm up a screening, most useful first; nothing for a firm one.

    ``here``: the demand it is about; ``roads``: whether roads play a part.
    """
    if judged.status != "cannot tell" and not judged.screening:
        return ()
    stations = facts.stations
    weak = {item.layer for item in evidence if item.grade in WEAK_GRADES}
    list_is_weak = "stations" in weak and facts.study.facilities.grade in WEAK_GRADES
    turned_by_speed = False in (judged.holds_low, judged.holds_high)
    nobody = not facts.demand["residents"].to_numpy()[here].any()
    rough = stations.located[~stations.precise] if stations.imprecise else stations.located.iloc[:0]
    ways = (
        (nobody, (Way("residents"),)),
        (stations.assumed or not stations.listed or list_is_weak, (Way("station-list"),)),
        (True, about("locate", stations.unlocated)),
        (True, about("status", stations.unsure)),
        (True, about("precise", rough)),
        (roads and ("roads" in weak or not facts.study.settings.roads.complete), (Way("roads"),)),
        (turned_by_speed, (Way("speeds"),)),
        ("people" in weak, (Way("people"),)),
        ("zones" in weak, (Way("zones"),)),
        ("boundaries" in weak, (Way("boundaries"),)),
    )
    return tuple(way for needed, asked in ways if needed for way in asked)


def named(frame: pd.DataFrame) -> tuple[str, ...]:
    """The first names of a frame of facilities, to be listed."""
    names = tuple(str(name) for name in frame["name"].head(NAMED))
    return (*names, "…") if len(frame) > NAMED else names
