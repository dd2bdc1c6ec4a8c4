"""A plan's goals as data: what ``coverage/plans/*.toml`` and a planner's own plan files may say.

A plan file has an id, a title in both languages, its document, and rules; a rule's ``kind`` decides what else it says
(:mod:`carereach.coverage.kinds`).
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self, Union

from pydantic import Field, ValidationError, model_validator

from ..errors import InputError, Problem
from ..files import TEXT_LIMIT, read_text
from ..layers.toml_files import parse_toml, problems_of
from .baselines import Baseline
from .kinds import KINDS
from .rule_parts import PlanHead, RuleBase, Threshold, mistake

__all__ = ["Plan", "Threshold", "embedded_plans", "plan_schema", "read_plan"]

if TYPE_CHECKING:
    AnyRule = RuleBase
else:
    AnyRule = Annotated[Union[tuple(kind.model for kind in KINDS.values())], Field(discriminator="kind")]  # noqa: UP007 a computed union


class Plan(PlanHead):
    """A plan: its title, number or date of its ``document``, the ``city`` it is for (none: any), its rules, and what it
    counted before it set them (``baseline``)."""

    rule: tuple[AnyRule, ...] = Field(min_length=1)
    baseline: tuple[Baseline, ...] = ()

    @model_validator(mode="after")
    def _ids_once(self) -> Self:
        ids = [rule.id for rule in self.rule]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise mistake("plan.ids-twice", ids=", ".join(twice))
        return self


def plan_schema() -> dict[str, Any]:
    """The JSON schema of plan files, for editors that complete and check TOML."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Plan.model_json_schema(by_alias=True)


def embedded_plans() -> tuple[str, ...]:
    """Names of the plans inside the package."""
    folder = resources.files("carereach.coverage") / "plans"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


def read_plan(name: str, folder: Path) -> Plan:
    """A plan by the name of an embedded one, or by the path of a TOML file (relative to ``folder``).

    Raises :class:`InputError` with every mistake in it.
    """
    if name in embedded_plans():
        content = (resources.files("carereach.coverage") / "plans" / f"{name}.toml").read_text(encoding="utf-8")
        return Plan.model_validate(tomllib.loads(content))
    if not name.endswith(".toml"):
        raise InputError(Problem("plan.unknown", value=name, params={"valid": ", ".join(embedded_plans())}))
    path = folder / name
    data = parse_toml(read_text(path, limit=TEXT_LIMIT), path.name)
    try:
        return Plan.model_validate(data)
    except ValidationError as error:
        raise InputError([_readable(problem, data) for problem in problems_of(error, path.name)]) from error


def _readable(problem: Problem, data: dict[str, Any]) -> Problem:
    """A problem whose key's path names rules by their ids and counts from one: ``rule "YL-EMS-1", threshold, at_most``
    in place of ``rule.0.service-radius.threshold.at_most``."""
    rules = data.get("rule")
    ids = [rule.get("id") if isinstance(rule, dict) else None for rule in rules] if isinstance(rules, list) else []
    said: list[str] = []
    for place, key in enumerate((problem.column or "").split(".")):
        of_rule = said[:1] == ["rule"] and place == 1
        if key.isdigit() and said:
            own = ids[int(key)] if of_rule and int(key) < len(ids) else None
            said[-1] += f' "{own}"' if isinstance(own, str) and own and ids.count(own) == 1 else f" {int(key) + 1}"
        elif not (place == 2 and said[0].startswith("rule ") and key in KINDS):
            said.append(key)
    return replace(problem, column=", ".join(said) or None)
