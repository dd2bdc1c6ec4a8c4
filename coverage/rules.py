"""A plan's goals as data: what ``coverage/plans/*.toml`` and a planner's own plan files may say.

A rule has an id, a title in both languages, the section it stands in, a kind (:mod:`carereach.coverage.kinds`), what it
counts, where, and one threshold.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from ..errors import InputError, Problem
from ..files import TEXT_LIMIT, read_text
from ..layers.settings import Part, Text, Words
from ..layers.toml_files import parse_toml, problems_of
from ..layers.vocabulary import KINDS as FACILITY_KINDS
from ..layers.vocabulary import RUN_BY, nearest
from .choices import CHOICES

Kind = Literal["service-radius", "response-time", "count-per-unit", "named-count"]
Number = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _mistake(code: str, **params: object) -> PydanticCustomError:
    """A mistake whose wording stands in the catalogue of texts."""
    return PydanticCustomError(code, "{code}", {"code": code, **params})


def _known(words: tuple[str, ...], known: Iterable[str], code: str) -> None:
    """Raises for the first word that is none of ``known``."""
    for word in words:
        if word not in known:
            raise _mistake(code, word=word, nearest=nearest(word, known), valid=", ".join(known))


class Threshold(Part):
    """Exactly one bound. ``band`` = (lower, upper), both inclusive; the choice C2-band says whether below it passes."""

    at_most: Number | None = None
    less_than: Number | None = None
    at_least: Number | None = None
    band: tuple[Number, Number] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [bound for bound in (self.at_most, self.less_than, self.at_least, self.band) if bound is not None]
        if len(given) != 1:
            raise _mistake("rule.one-bound", count=len(given))
        if self.band is not None and not self.band[0] < self.band[1]:
            raise _mistake("rule.band-order", low=self.band[0], high=self.band[1])
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

    @model_validator(mode="after")
    def _known_words(self) -> Self:
        _known(self.kinds, FACILITY_KINDS, "rule.facility-kind")
        _known(self.run_by, RUN_BY, "rule.run-by")
        return self


class Expected(Part):
    """Institutions that a plan lists: ``count`` of a kind in a county (none: at the city), by the names it uses."""

    kind: Text
    county: Text | None = None
    names: tuple[Text, ...] = ()
    count: int = Field(1, ge=1)

    @model_validator(mode="after")
    def _known_kind(self) -> Self:
        _known((self.kind,), FACILITY_KINDS, "rule.facility-kind")
        return self


KEYS_OF_KIND: Mapping[Kind, tuple[frozenset[str], frozenset[str]]] = {
    "service-radius": (frozenset({"threshold"}), frozenset({"expected", "facilities.kinds", "facilities.run_by"})),
    "response-time": (frozenset({"threshold"}), frozenset({"expected", "facilities.kinds", "facilities.run_by"})),
    "count-per-unit": (frozenset({"threshold", "facilities.kinds"}), frozenset({"expected", "zone"})),
    "named-count": (
        frozenset({"expected"}),
        frozenset({"threshold", "facilities.kinds", "facilities.run_by", "zone", "per"}),
    ),
}


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
        by_choice = tuple(code for code in (self.districts_by_choice, self.units_by_choice) if code)
        _known((*self.choices, *by_choice), CHOICES, "rule.choice")
        given = {
            "threshold": self.threshold is not None,
            "expected": bool(self.expected),
            "facilities.kinds": bool(self.facilities.kinds),
            "facilities.run_by": bool(self.facilities.run_by),
            "zone": self.zone != "all",
            "per": self.per != "city",
        }
        needed, useless = KEYS_OF_KIND[self.kind]
        for key, there in given.items():
            if key in needed and not there:
                raise _mistake("rule.key-needed", kind=self.kind, key=key)
            if key in useless and there:
                raise _mistake("rule.key-useless", kind=self.kind, key=key)
        if self.kind in ("service-radius", "response-time") and self.threshold and not self.threshold.upper:
            raise _mistake("rule.needs-upper", kind=self.kind)
        return self


class Plan(Part):
    """A plan: its title, number or date of its ``document``, and its rules."""

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
            raise _mistake("plan.ids-twice", ids=", ".join(twice))
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
