"""Values known to lie between two bounds, as counts and sums of incomplete lists are, and the verdicts they allow."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .facts import Facts
from .judge import Bound, citation
from .results import WEAK_GRADES, Evidence, Status, Verdict
from .rule_parts import PlanHead, RuleBase, Threshold
from .ways import Way


@dataclass(frozen=True)
class Interval:
    """The truth lies from ``low`` to ``high``, both included (``high`` may be ``inf``). ``known``: what the data
    at hand give, None where they give nothing."""

    low: float
    high: float
    known: float | None

    @classmethod
    def exactly(cls, value: float) -> Interval:
        """A value that is known."""
        return cls(value, value, value)

    @classmethod
    def unknown(cls) -> Interval:
        """Nothing is known but that it is not negative."""
        return cls(0.0, math.inf, None)

    @property
    def exact(self) -> bool:
        return self.low == self.high

    @property
    def bound(self) -> Bound:
        """On which side of ``known`` the truth lies."""
        if self.exact or self.known is None:
            return ""
        return "at least" if self.known <= self.low else "at most" if self.known >= self.high else ""

    def __add__(self, other: Interval) -> Interval:
        known = None if self.known is None or other.known is None else self.known + other.known
        return Interval(self.low + other.low, self.high + other.high, known)

    def over(self, other: Interval, each: float = 1.0) -> Interval:
        """This per ``each`` of the other; nothing is known of a ratio to what may be zero."""
        if other.high <= 0 or (other.low <= 0 and self.high > 0 and not math.isfinite(self.high)):
            return Interval.unknown()
        low = self.low * each / other.high
        high = math.inf if other.low <= 0 else self.high * each / other.low
        known = None if self.known is None or not other.known else self.known * each / other.known
        return Interval(low, high, known)


def holds(threshold: Threshold, value: float, *, below_band: bool = False) -> bool:
    """Whether a value meets a bound; ``less_than`` and ``more_than`` are strict. ``below_band``: below is good too."""
    if threshold.band is not None:
        return value <= threshold.band[1] and (below_band or value >= threshold.band[0])
    if threshold.equal is not None:
        return value == threshold.equal
    if threshold.less_than is not None:
        return value < threshold.less_than
    if threshold.more_than is not None:
        return value > threshold.more_than
    return value <= threshold.limit if threshold.upper else value >= threshold.limit


def decide(threshold: Threshold, interval: Interval, *, below_band: bool = False) -> Status:
    """Met or not met where every value of the interval says so, else it cannot be told."""
    edges = [edge for edge in (threshold.limit, *(threshold.band or ())) if interval.low <= edge <= interval.high]
    probes = [interval.low, interval.high, *edges]
    if interval.low < threshold.limit < interval.high:  # around an equal bound the neighbours miss it
        probes += [math.nextafter(threshold.limit, -math.inf), math.nextafter(threshold.limit, math.inf)]
    answers = {holds(threshold, probe, below_band=below_band) for probe in probes}
    return "cannot tell" if len(answers) > 1 else "met" if True in answers else "not met"


def margin(threshold: Threshold, value: float) -> float:
    """How far inside its bound a value lies, negative outside."""
    if threshold.band is not None:
        return min(value - threshold.band[0], threshold.band[1] - value)
    if threshold.equal is not None:
        return -abs(value - threshold.limit)
    return threshold.limit - value if threshold.upper else value - threshold.limit


def interval_verdict(
    facts: Facts,
    plan: PlanHead,
    rule: RuleBase,
    threshold: Threshold,
    unit: str,
    interval: Interval,
    evidence: tuple[Evidence, ...],
    quantity: str = "",
    *,
    settle: tuple[Way, ...] = (),
    missing: str = "facilities",
    target: str | None = None,
    **more: object,
) -> Verdict:
    """The verdict that an interval allows; ``settle`` is shown only where it leaves the rule open, and ``missing`` is
    then the layer that is called missing."""
    status = decide(threshold, interval, below_band="C2-band" in rule.choices)
    if status == "cannot tell":
        evidence = (*(item for item in evidence if item.layer != missing), Evidence(missing, "missing"))
    return Verdict(
        plan=plan.id,
        rule=rule.id,
        title=rule.title,
        unit=unit,
        status=status,
        citation=citation(plan, rule),
        quantity=quantity,
        value=interval.known,
        target=threshold.text(quantity) if target is None else target,
        target_value=threshold.limit,
        margin=None if interval.known is None else margin(threshold, interval.known),
        screening=status != "cannot tell" and any(item.grade in WEAK_GRADES for item in evidence),
        label=_label(threshold, interval.known),  # type: ignore[arg-type]
        bound=interval.bound,
        evidence=evidence,
        choices=tuple(f"{code}={facts.choices[code]}" for code in rule.open_choices),
        would_settle=settle if status == "cannot tell" else (),
        plan_title=plan.title,
        **more,  # type: ignore[arg-type]
    )


def _label(threshold: Threshold, value: float | None) -> str:
    if threshold.band is None or value is None:
        return ""
    return "below" if value < threshold.band[0] else "inside" if value <= threshold.band[1] else "above"
