"""One evaluator for each kind of rule; a new kind is one module and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ..facts import Facts
from ..results import Verdict
from ..rules import Kind, Plan, Rule
from . import count_per_unit, named_count, response_time, service_radius

Evaluator = Callable[[Plan, Rule, Facts], list[Verdict]]
KINDS: Mapping[Kind, Evaluator] = MappingProxyType(
    {
        "service-radius": service_radius.evaluate,
        "response-time": response_time.evaluate,
        "count-per-unit": count_per_unit.evaluate,
        "named-count": named_count.evaluate,
    }
)
