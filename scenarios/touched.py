"""Which rules a change can touch: those that look at something it changed. All others keep their verdicts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from ..coverage.facts import Facts
from ..coverage.journeys import walked_on_roads
from ..coverage.rule_parts import Denominator, RuleBase, Selector
from ..layers.settings_parts import Part
from .apply import Changed

TIMES = ("service-radius", "response-time")
PEOPLE = (*TIMES, "reach", "banded-minimum", "population-trigger")


@dataclass(frozen=True)
class Touch:
    """What a change touched. ``names``, ``ids``: of all facilities of the ``kinds``, as they were and as they are."""

    kinds: frozenset[str]
    names: frozenset[str]
    ids: frozenset[str]
    stations: bool
    people: bool
    roads: bool

    @classmethod
    def of(cls, facts: Facts, changed: Changed) -> Touch:
        """What a changed study touched of the study of ``facts``."""
        names: set[str] = set()
        ids: set[str] = set()
        if changed.kinds:
            for frame in (facts.study.facilities.frame, changed.study.facilities.frame):
                rows = frame["kind"].isin(changed.kinds).to_numpy()
                names |= set(frame["name"].to_numpy(dtype=object)[rows])
                ids |= set(frame["id"].to_numpy(dtype=object)[rows])
        return cls(
            changed.kinds,
            frozenset(names),
            frozenset(ids),
            changed.stations_changed,
            changed.residents_changed,
            changed.roads_changed,
        )


@dataclass(frozen=True)
class Looks:
    """What a rule looks at: facilities of some ``kinds`` (``any_kind``: of whatever kind) or ``names``, the people, the
    roads, the response times of the stations."""

    kinds: frozenset[str]
    any_kind: bool
    names: frozenset[str]
    people: bool
    roads: bool
    times: bool

    @classmethod
    def of(cls, rule: RuleBase, facts: Facts) -> Looks:
        """What ``rule`` looks at, as it reads under the study's choices."""
        parts = tuple(_parts(rule))
        selectors = [part for part in parts if isinstance(part, Selector) and not _only_alternatives(part)]
        others = [part for part in parts if not isinstance(part, (Selector, RuleBase))]
        kinds = {kind for selector in selectors for kind in selector.kinds}
        kinds |= {kind for part in others if isinstance(kind := getattr(part, "kind", None), str)}
        names = {name for part in parts for name in _texts(getattr(part, "names", ()))}
        names |= {name for part in others if isinstance(name := getattr(part, "name", None), str)}
        return cls(
            kinds=frozenset(kinds),
            any_kind=any(not selector.kinds for selector in selectors),
            names=frozenset(names),
            people=rule.kind in PEOPLE
            or getattr(rule, "or_one_per", None) is not None
            or any(isinstance(part, Denominator) and part.population is not None for part in parts),
            roads=_looks_at_roads(rule, facts),
            times=rule.kind in TIMES,
        )

    def touched_by(self, touch: Touch) -> bool:
        """Whether the rule can have another verdict after a change. Whole names also decide whether a list is complete,
        so that a facility of any kind that bears one counts."""
        if self.times and (touch.stations or touch.roads):
            return True
        if (self.people and touch.people) or (self.roads and touch.roads):
            return True
        if not touch.kinds:
            return False
        return self.any_kind or not self.kinds.isdisjoint(touch.kinds) or not self.names.isdisjoint(touch.names)


def _looks_at_roads(rule: RuleBase, facts: Facts) -> bool:
    if rule.kind == "reach":
        return getattr(rule, "mode", "car") == "car" or walked_on_roads(facts)
    return rule.kind == "distance-band" and facts.choices["C8"] == "road"


def _only_alternatives(selector: Selector) -> bool:
    """Whether a selector selects nothing but what its alternatives do."""
    return bool(selector.also) and selector.model_copy(update={"also": ()}).empty and not selector.where


def _parts(part: Part) -> Iterator[Part]:
    """A part of a rule and all parts in it."""
    yield part
    for value in vars(part).values():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Part):
                yield from _parts(one)


def _texts(values: Any) -> Collection[str]:  # noqa: ANN401 whatever a rule calls names
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, tuple) else ()


def untouched(facts: Facts, touch: Touch) -> dict[object, object]:
    """What was kept while the study was judged and holds after the change too (see :meth:`Facts.once`)."""
    return {key: kept for key, kept in facts.memo.items() if _stays(key, touch)}


def _stays(key: object, touch: Touch) -> bool:
    """Only what is known to stay; any other key is made anew."""
    name, rest = (key, ()) if isinstance(key, str) else (key[0], key[1:]) if isinstance(key, tuple) else ("", ())
    if name in ("seat", "area", "km2"):
        return True
    if name in ("residents", "inside", "townships known", "residents by township", "places", "demand snap"):
        return not touch.people
    if name in ("found", "selected", "having", "rows", "facility rows", "facility cells", "no facilities"):
        return not touch.kinds
    if name == "journey":
        return not (touch.people or touch.roads) and touch.ids.isdisjoint(rest[-1])
    if name == "km":
        return not touch.roads and all(touch.ids.isdisjoint(ids) for ids in rest[1:])
    return False
