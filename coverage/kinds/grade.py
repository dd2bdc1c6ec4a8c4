"""Named facilities reach the level, or the beds, that the plan sets for them."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ...layers.settings import Part, Text
from ...texts import Message
from ..facts import Facts
from ..judge import cannot_tell
from ..results import Verdict
from ..rule_parts import GRADED, Above0, PlanHead, RuleBase, check_known, mistake
from ..units import units_of


class Target(Part):
    """The facility called ``name`` (or any of ``names``, its other names) reaches ``level``, ``beds`` in use, or
    ``beds_authorised``; ``county``: where several are called so."""

    name: Text
    names: tuple[Text, ...] = ()
    county: Text | None = None
    level: Text | None = None
    beds: Above0 | None = None
    beds_authorised: Above0 | None = None

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        count = sum(part is not None for part in (self.level, self.beds, self.beds_authorised))
        if count != 1:
            raise mistake("rule.one-target", count=count)
        check_known((self.level,) if self.level else (), GRADED, "rule.level")
        return self


class GradeRule(RuleBase):
    """One verdict for each of ``targets`` whose facility stands in the study."""

    kind: Literal["grade"]
    targets: tuple[Target, ...] = Field(min_length=1)


def evaluate(plan: PlanHead, rule: GradeRule, facts: Facts) -> list[Verdict]:
    """One verdict for each target."""
    return [
        cannot_tell(facts, plan, rule, unit.name, Message("settle.facility-data")) for unit in units_of(rule, facts)
    ]
