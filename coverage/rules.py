"""A plan's goals as data: what ``coverage/plans/*.toml`` and a planner's own plan files may say.

A rule has an id, a title in both languages, the section it stands in, a kind (:mod:`carereach.coverage.kinds`), what it
counts, where, and one threshold.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from ..errors import InputError, Problem
from ..files import TEXT_LIMIT, read_text
from ..layers.settings import Part, Text, Words
from ..layers.toml_files import parse_toml, problems_of

Kind = Literal["service-radius", "response-time", "count-per-unit", "named-count"]


class Threshold(Part):
    """Exactly one bound. ``band`` = (lower, upper), both inclusive; the choice C2-band says whether below it passes."""

    at_most: float | None = None
    less_than: float | None = None
    at_least: float | None = None
    band: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [bound for bound in (self.at_most, self.less_than, self.at_least, self.band) if bound is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of at_most, less_than, at_least, band")
        if self.band is not None and not self.band[0] < self.band[1]:
            raise ValueError("the band's lower bound must be below its upper bound")
        return self

    @property
    def limit(self) -> float:
        """The bound that decides: a band's upper end."""
        return next(
            b for b in (self.at_most, self.less_than, self.at_least, self.band and self.band[1]) if b is not None
        )

    @property
    def upper(self) -> bool:
        """Whether smaller values are better."""
        return self.at_least is None

    def text(self, quantity: str) -> str:
        """As mathematicians write it: "<= 5 km", "< 15 min", ">= 2", "10-20 km"."""
        unit = f" {quantity}" if quantity else ""
        if self.band is not None:
            return f"{self.band[0]:g}-{self.band[1]:g}{unit}"
        sign = "<=" if self.at_most is not None else "<" if self.less_than is not None else ">="
        return f"{sign} {self.limit:g}{unit}"


class Selector(Part):
    """Facilities of any of the kinds, and run by any of the named bodies where some are named."""

    kinds: tuple[Text, ...] = ()
    run_by: tuple[Text, ...] = ()


class Expected(Part):
    """Institutions that a plan lists: ``count`` of a kind in a county (none: at the city), by the names it uses."""

    kind: Text
    county: Text | None = None
    names: tuple[Text, ...] = ()
    count: int = Field(1, ge=1)


class Rule(Part):
    """One goal of a plan.

    ``zone``: "urban", "township" or "all"; ``per``: one answer for the whole city, or one per county-level unit;
    ``units``: only these counties (another study skips the rule by name); ``districts_by_choice``: a choice that
    decides whether urban districts are tested too; ``units_by_choice``: a choice that extends ``units`` to all.
    """

    id: Text
    title: Words
    kind: Kind
    section: Text
    binding: bool = True
    zone: Literal["urban", "township", "all"] = "all"
    per: Literal["city", "county"] = "city"
    units: tuple[Text, ...] = ()
    facilities: Selector = Selector()
    expected: tuple[Expected, ...] = ()
    threshold: Threshold | None = None
    choices: tuple[Text, ...] = ()
    districts_by_choice: Text | None = None
    units_by_choice: Text | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind == "named-count":
            if not self.expected:
                raise ValueError("kind named-count needs [[rule.expected]]")
        elif self.threshold is None:
            raise ValueError(f"kind {self.kind} needs a threshold")
        if self.kind == "count-per-unit" and not self.facilities.kinds:
            raise ValueError("kind count-per-unit needs facilities.kinds")
        return self


class Plan(Part):
    """A plan: its document, and its rules."""

    id: Text
    title: Words
    document: Text
    city: Text = ""
    rule: tuple[Rule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_once(self) -> Self:
        ids = [rule.id for rule in self.rule]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"rule ids stand twice: {', '.join(twice)}")
        return self


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
        raise InputError(problems_of(error, path.name)) from error
