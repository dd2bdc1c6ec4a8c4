"""From a value and what is not known about it to a verdict: met, not met, or cannot tell."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..texts import Message
from .choices import Choices
from .facts import Facts
from .results import WEAK_GRADES, Evidence, Status, Verdict
from .rules import Plan, Rule, Threshold

WORST = 5
NAMED = 5


def passes(threshold: Threshold, value: float, choices: Choices) -> bool:
    """Whether a value meets the threshold; ``less_than`` is strict, the other bounds are not."""
    if threshold.band is not None:
        low, high = threshold.band
        return value <= high and (value >= low or choices["C2-band"] == "at-most")
    if threshold.less_than is not None:
        return value < threshold.less_than
    return value <= threshold.limit if threshold.upper else value >= threshold.limit


def band_label(threshold: Threshold, value: float) -> str:
    """Where in a band a value lies; "" without a band."""
    if threshold.band is None or not math.isfinite(value):
        return ""
    return "below" if value < threshold.band[0] else "inside" if value <= threshold.band[1] else "above"


@dataclass(frozen=True)
class Measured:
    """A value with its alternatives: at low and high speeds, with stations placed farther and nearer, and the worst
    and best of both together. ``lower_if_more``: stations are missing from the list, so the true value may be lower.
    """

    value: float
    low: float | None = None
    high: float | None = None
    placements: tuple[float, ...] = ()
    extremes: tuple[float, ...] = ()
    lower_if_more: bool = False
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
    behind it, the verdict is a screening, and only if no speed and no placement turns it; else it cannot be told. A
    goal missed with stations absent from the list cannot be told either: they may be what is lacking.
    """
    met = passes(threshold, measured.value, choices)

    def same(values: Iterable[float | None]) -> bool | None:
        given = [value for value in values if value is not None]
        return all(passes(threshold, value, choices) == met for value in given) if given else None

    low, high, placement = same([measured.low]), same([measured.high]), same(measured.placements)
    weak = any(item.grade in WEAK_GRADES for item in evidence)
    firm = False not in (low, high, placement, same(measured.extremes))
    open_end = measured.lower_if_more and not (met and _safe_with_more(threshold, choices))
    if measured.impossible or open_end or (weak and not firm):
        return Judgement("cannot tell", low, high, placement, False)
    return Judgement("met" if met else "not met", low, high, placement, weak)


def _safe_with_more(threshold: Threshold, choices: Choices) -> bool:
    """Whether a goal that is met stays met when a value falls."""
    return threshold.upper and (threshold.band is None or choices["C2-band"] == "at-most")


def verdict(
    facts: Facts,
    plan: Plan,
    rule: Rule,
    unit: str,
    measured: Measured,
    judged: Judgement,
    evidence: tuple[Evidence, ...],
    quantity: str,
    **more: object,
) -> Verdict:
    """Puts a verdict together from its parts."""
    threshold = rule.threshold
    assert threshold is not None
    value = measured.value if math.isfinite(measured.value) else None
    margin = None
    if value is not None:
        margin = threshold.limit - value if threshold.upper else value - threshold.limit
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
        margin=margin,
        low=_finite(measured.low),
        high=_finite(measured.high),
        holds_low=judged.holds_low,
        holds_high=judged.holds_high,
        holds_placement=judged.holds_placement,
        screening=judged.screening,
        label=band_label(threshold, measured.value),  # type: ignore[arg-type]
        bound="at most" if measured.lower_if_more and value is not None else "",
        evidence=evidence,
        choices=tuple(f"{code}={facts.choices[code]}" for code in rule.choices),
        **more,  # type: ignore[arg-type]
    )


def citation(plan: Plan, rule: Rule) -> str:
    """Document and section of a rule."""
    return f"{plan.document} §{rule.section}"


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def worst_places(facts: Facts, here: NDArray[np.bool_], values: NDArray[np.float64]) -> tuple[str, ...]:
    """The five townships (counties, where townships are not known) with the longest resident-weighted mean."""
    demand = facts.demand
    frame = pd.DataFrame(
        {
            "place": _places(facts)[here],
            "residents": demand["residents"].to_numpy()[here],
            "value": np.where(np.isfinite(values[here]), values[here], np.nan),
        }
    )
    frame = frame[frame["residents"] > 0].dropna()
    frame["sum"] = frame["value"] * frame["residents"]
    totals = frame.groupby("place")[["sum", "residents"]].sum()
    means = (totals["sum"] / totals["residents"]).sort_values(ascending=False, kind="stable").head(WORST)
    return tuple(f"{place} {mean:.1f}" for place, mean in means.items())


def _places(facts: Facts) -> NDArray[np.object_]:
    demand = facts.demand
    county, township = demand["county"].to_numpy(dtype=object), demand["township"].to_numpy(dtype=object)
    return np.where(township == "", county, county + "·" + township)


def what_would_settle(facts: Facts, evidence: tuple[Evidence, ...], *, roads: bool = True) -> tuple[Message, ...]:
    """What data would decide an open verdict or firm up a screening, most useful first."""
    stations, ways = facts.stations, []
    if stations.assumed or not set(facts.study.settings.stations.kinds) <= facts.study.complete_kinds:
        ways.append(Message("settle.station-list"))
    if len(stations.unlocated):
        names = "、".join(str(name) for name in stations.unlocated["name"].head(NAMED))
        ways.append(Message("settle.locate", {"count": len(stations.unlocated), "names": names}))
    if stations.imprecise:
        ways.append(Message("settle.precise", {"count": int((stations.located["uncertainty_km"] > 0.5).sum())}))
    grades = {item.layer: item.grade for item in evidence}
    if roads and not facts.study.settings.roads.complete:
        ways.append(Message("settle.roads"))
    if grades.get("people") in WEAK_GRADES:
        ways.append(Message("settle.people"))
    if grades.get("zones") in WEAK_GRADES:
        ways.append(Message("settle.zones"))
    return tuple(ways)
