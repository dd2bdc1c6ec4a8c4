"""How many facilities a plan counted before it set its goals, against the study's lists: a hint of how complete they
are. It changes no verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, Self

from pydantic import Field, model_validator

from ..errors import Problem
from ..layers.settings_parts import Name, Part, Words
from ..layers.study import STUDY_FILE
from ..texts import Lang, Message, text
from .facts import Facts
from .found import find
from .rule_parts import Selector, mistake
from .units import of_other_city


class Baseline(Part):
    """The plan counted ``count`` of ``facilities`` (of named kinds) at the end of ``year``, in one county-level
    ``unit`` or (none) the whole city; ``title`` calls them, in the plural; ``section`` (and ``document``, where it is
    not the plan's) says where; ``note``: how its words were read."""

    title: Words
    facilities: Selector
    unit: Name | None = None
    count: int = Field(ge=0)
    year: int = Field(ge=1990, le=2100)
    section: Name
    document: Name | None = None
    note: Words | None = None

    @model_validator(mode="after")
    def _of_kinds(self) -> Self:
        if not self.facilities.all_kinds:
            raise mistake("rule.baseline-kinds")
        return self


class HasBaselines(Protocol):
    """What is read of a plan."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> Words: ...
    @property
    def document(self) -> str: ...
    @property
    def city(self) -> str: ...
    @property
    def baseline(self) -> tuple[Baseline, ...]: ...


@dataclass(frozen=True)
class Counted:
    """A baseline beside the study's lists: ``listed`` are open, ``unsure`` may count. ``claimed``: the lists say that
    they hold every facility of these kinds. ``held``: False where the study does not hold the unit."""

    plan: str
    plan_title: Words
    unit: str
    baseline: Baseline
    citation: str
    listed: int = 0
    unsure: int = 0
    claimed: bool = False
    held: bool = True

    @property
    def differs(self) -> bool:
        """Whether the lists cannot hold as many as the plan counted."""
        return self.held and not self.listed <= self.baseline.count <= self.listed + self.unsure

    @property
    def contradicts(self) -> bool:
        """Whether the lists claim to be complete, and yet differ."""
        return self.claimed and self.differs

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that were counted."""
        return self.baseline.facilities.all_kinds

    @property
    def of_whole_list(self) -> bool:
        """Whether it counts all of its kinds in the whole study."""
        asked = self.baseline.facilities
        return self.baseline.unit is None and asked == Selector(kinds=asked.kinds)

    @property
    def short(self) -> Message:
        """The two counts in a few words."""
        title = {"zh": self.baseline.title.zh, "en": self.baseline.title.en}
        counts = {"planned": self.baseline.count, "year": str(self.baseline.year), "listed": self.listed}
        return Message("baseline.short", {"what": title, "unsure": self._unsure, **counts})

    @property
    def _unsure(self) -> Message | str:
        return Message("baseline.unsure", {"count": self.unsure}) if self.unsure else ""

    def text(self, lang: Lang = "en") -> str:
        """The two counts with their unit and source, and what to make of them."""
        if not self.held:
            return text("baseline.no-unit", lang, unit=self.unit, what=getattr(self.baseline.title, lang))
        said = text("baseline.line", lang, unit=self.unit, counts=self.short.text(lang), source=self.citation)
        note = text("baseline.note", lang, note=getattr(self.baseline.note, lang)) if self.baseline.note else ""
        return said + text(f"baseline.{self._judged}", lang) + note

    @property
    def _judged(self) -> str:
        if self.contradicts:
            return "contradicts"
        if not self.differs:
            return "same"
        return "fewer" if self.baseline.count > self.listed else "more"


def counted(facts: Facts, plans: Iterable[HasBaselines]) -> tuple[Counted, ...]:
    """The baselines of the plans that are for this city, each with what the study's lists hold."""
    return tuple(
        _counted(facts, plan, baseline)
        for plan in plans
        if not of_other_city(facts, plan.city)
        for baseline in plan.baseline
    )


def _counted(facts: Facts, plan: HasBaselines, baseline: Baseline) -> Counted:
    unit = baseline.unit or facts.study.city
    citation = f"{baseline.document or plan.document}, §{baseline.section}"
    whole = baseline.unit is None or baseline.unit == facts.study.city
    if not whole and unit not in set(facts.study.counties.frame["county"]):
        return Counted(plan.id, plan.title, unit, baseline, citation, held=False)
    found = find(facts, baseline.facilities, None if whole else unit)
    claimed = set(baseline.facilities.all_kinds) <= facts.study.complete_kinds
    return Counted(plan.id, plan.title, unit, baseline, citation, len(found.open), len(found.unsure), claimed=claimed)


def contradictions(found: Iterable[Counted]) -> tuple[Problem, ...]:
    """A warning for each list that claims to be complete and yet differs from a plan's count."""
    return tuple(
        Problem(
            "baseline.claimed",
            STUDY_FILE,
            column="complete_kinds",
            level="warning",
            params={
                "unit": each.unit,
                "kinds": ", ".join(each.kinds),
                "planned": each.baseline.count,
                "listed": each.listed,
                "source": each.citation,
            },
        )
        for each in found
        if each.contradicts
    )
