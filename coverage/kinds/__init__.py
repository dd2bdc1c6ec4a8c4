"""The kinds of rules: for each its model and its evaluator. A new kind is one module and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..facts import Facts
from ..results import Verdict
from ..rule_parts import PlanHead, RuleBase
from . import (
    banded_minimum,
    count_per_unit,
    distance_band,
    grade,
    membership,
    named_count,
    population_trigger,
    ratio,
    reach,
    response_time,
    service_radius,
    share,
)

Evaluator = Callable[[PlanHead, Any, Facts], list[Verdict]]


@dataclass(frozen=True)
class Kind:
    """A kind of rule: what it may say, and how it is judged (the evaluator takes rules of this model only)."""

    model: type[RuleBase]
    evaluator: Evaluator

    def __call__(self, plan: PlanHead, rule: RuleBase, facts: Facts) -> list[Verdict]:
        """The verdicts of one rule: one for each of its units."""
        return self.evaluator(plan, rule, facts)


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "service-radius": Kind(service_radius.ServiceRadiusRule, service_radius.evaluate),
        "response-time": Kind(response_time.ResponseTimeRule, response_time.evaluate),
        "reach": Kind(reach.ReachRule, reach.evaluate),
        "distance-band": Kind(distance_band.DistanceBandRule, distance_band.evaluate),
        "count-per-unit": Kind(count_per_unit.CountPerUnitRule, count_per_unit.evaluate),
        "named-count": Kind(named_count.NamedCountRule, named_count.evaluate),
        "ratio": Kind(ratio.RatioRule, ratio.evaluate),
        "banded-minimum": Kind(banded_minimum.BandedMinimumRule, banded_minimum.evaluate),
        "population-trigger": Kind(population_trigger.PopulationTriggerRule, population_trigger.evaluate),
        "share": Kind(share.ShareRule, share.evaluate),
        "grade": Kind(grade.GradeRule, grade.evaluate),
        "membership": Kind(membership.MembershipRule, membership.evaluate),
    }
)
