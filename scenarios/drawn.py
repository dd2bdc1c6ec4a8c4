"""Scenarios in drawn worlds: in how many of them each verdict holds, and what each world makes of the measures.

In a world there is one speed for each road, not a low and a high one; a verdict is judged at that world's times. Only
rules that look at people or times are judged in each world, and of these in a scenario only those that it touches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..coverage.facts import Facts
from ..errors import InputError
from ..layers.study import Study
from .changes import Scenario
from .draws import Draw, PeopleDrawn
from .evaluate import PEOPLE_KEPT, Evaluated, Evaluator, Line, judged
from .kept import Kept, SameObject
from .measures import Area, Figures, Times, figures_of, name_of
from .outcome import DRAW_VERDICTS, DRAWS, Outcome, table_of
from .touched import Touch, untouched

Key = tuple[object, ...]
# Whatever looks at times looks at people too; km by road are the same at every speed.
EVERYTHING_DRAWN = Touch(frozenset(), frozenset(), frozenset(), stations=False, people=True, roads=False)
STAYS = (
    "seat",
    "area",
    "km2",
    "inside",
    "townships known",
    "places",
    "found",
    "selected",
    "having",
    "rows",
    "facility rows",
    "facility cells",
    "no facilities",
    "km",
    "quantity",
    "demand snap",
)
STATUSES = ("met", "not met", "cannot tell")


@dataclass(frozen=True)
class Before:
    """What is kept of one people layer in a world: its residents, the minutes from the study's own stations on its own
    roads, and the figures of all areas with them."""

    residents: NDArray[np.float64]
    minutes: NDArray[np.float64]
    figures: dict[str, Figures]


class World:
    """A study in one draw. ``lines`` of each rule in the study as it is."""

    def __init__(self, evaluator: Evaluator, draw: Draw, people: PeopleDrawn, codes: Kept[NDArray[np.int64]]) -> None:
        self.evaluator = evaluator
        self.draw = draw
        self._drawn = people
        self._codes = codes
        self.model = draw.model(evaluator.facts.model)
        self.engine = evaluator.engine.at_model(self.model)
        self._before: Kept[Before] = Kept(PEOPLE_KEPT)
        self._frames: Kept[Study] = Kept(PEOPLE_KEPT)
        self.facts = self.facts_of(evaluator.facts, {})
        self.lines = tuple(
            tuple(judged(tested.plan, tested.rule, self.facts))
            if tested.looks.touched_by(EVERYTHING_DRAWN)
            else tested.lines
            for tested in evaluator.tested
        )
        self.status = {line[:4]: line[4] for rule in self.lines for line in rule}

    def facts_of(self, plain: Facts, kept: dict[object, object]) -> Facts:
        """The facts of a study in this world; ``kept``: what holds in it besides what holds in every world."""
        study = plain.study
        runs = self.engine.travel(study.roads, plain.stations, plain.demand)
        memo = {**kept, **{key: value for key, value in plain.memo.items() if _stays(key)}}
        drawn = replace(study, people=self._people(study).people)
        return replace(plain, study=drawn, model=self.model, runs=runs, memo=memo)

    def _people(self, study: Study) -> Study:
        """A study whose people are those of this world."""

        def make() -> Study:
            frame = study.people.frame
            codes = self._codes.get(SameObject(frame), lambda: self._drawn.codes(frame))
            residents = frame["residents"].to_numpy(dtype=float) * self._drawn.factors(self.draw, codes)
            return replace(study, people=replace(study.people, frame=frame.assign(residents=residents)))

        return self._frames.get(SameObject(study.people.frame), make)

    def evaluate(
        self, what: Evaluated, areas: tuple[Area, ...]
    ) -> tuple[list[tuple[object, ...]], tuple[tuple[Line, ...], ...]]:
        """The rows of the table of draws, one for each area, and the lines of each rule."""
        facts = self.facts_of(what.facts, untouched(self.facts, what.touch))
        lines = tuple(
            plain
            if not tested.looks.touched_by(EVERYTHING_DRAWN)
            else tuple(judged(tested.plan, tested.rule, facts))
            if tested.looks.touched_by(what.touch)
            else own
            for tested, plain, own in zip(self.evaluator.tested, what.lines, self.lines, strict=True)
        )
        return self._rows(what, facts, areas, self._counts(lines)), lines

    def _counts(self, lines: tuple[tuple[Line, ...], ...]) -> tuple[int, int, int]:
        """How many verdicts are met, become met, and become not met against the study as it is in this world."""
        every = [(line[4], line[4] != self.status.get(line[:4])) for rule in lines for line in rule]
        met = sum(status == "met" for status, _ in every)
        turned = Counter(status for status, other in every if other)
        return met, turned["met"], turned["not met"]

    def _rows(
        self, what: Evaluated, facts: Facts, areas: tuple[Area, ...], counts: tuple[int, int, int]
    ) -> list[tuple[object, ...]]:
        before = self._before.get(SameObject(what.facts.demand), lambda: self._make_before(what.facts, areas))
        times = Times(before.residents, facts.minutes(), before.minutes)
        touched = np.zeros(len(times.minutes), dtype=bool)
        touched[times.changed] = True
        rows: list[tuple[object, ...]] = []
        for area in areas:
            same = before.figures[name_of(area)] if not touched[area.rows].any() else None
            figures = same if same is not None else figures_of(times, area.rows)
            rows.append((self.draw.number, area.level, area.unit, *figures, *counts))
        return rows

    def _make_before(self, plain: Facts, areas: tuple[Area, ...]) -> Before:
        own = self.evaluator.facts
        frame = self._people(plain.study).people.frame
        runs = self.facts.runs
        if plain.demand is not own.demand:
            runs = self.engine.travel(own.study.roads, own.stations, plain.demand)
        minutes = replace(self.facts, runs=runs).minutes()
        residents = frame["residents"].to_numpy(dtype=float)
        times = Times(residents, minutes, minutes)
        return Before(residents, minutes, {name_of(area): figures_of(times, area.rows) for area in areas})


@dataclass
class Tally:
    """What the draws of one scenario come to; ``areas``: what is measured."""

    what: Evaluated
    areas: tuple[Area, ...]
    rows: list[tuple[object, ...]] = field(default_factory=list)
    statuses: dict[Key, Counter[object]] = field(default_factory=dict)
    turned: Counter[Key] = field(default_factory=Counter)

    def add(self, world: World) -> None:
        """One more world."""
        rows, lines = world.evaluate(self.what, self.areas)
        self.rows += rows
        seen = set()
        for line in (line for rule in lines for line in rule):
            key, status = line[:4], line[4]
            if key in seen:
                continue
            seen.add(key)
            self.statuses.setdefault(key, Counter())[status] += 1
            self.turned[key] += status != world.status.get(key)
        for key in world.status.keys() - seen:
            self.turned[key] += 1

    def outcome(self, draws: int) -> Outcome:
        """The outcome with its draws: its own verdicts first, then those that only some worlds have."""
        outcome = self.what.outcome
        own = {tuple(row[:4]): row[4] for row in outcome.verdicts.itertuples(index=False, name=None)}
        others = sorted(self.statuses.keys() - own.keys(), key=str)
        lines = []
        for key in (*own, *others):
            counted = self.statuses.get(key, Counter())
            shares = [counted[status] / draws for status in STATUSES]
            absent = (draws - counted.total()) / draws
            holds = counted[own[key]] / draws if key in own else absent
            lines.append((*key, own.get(key, ""), holds, *shares, absent, self.turned[key] / draws))
        return replace(outcome, draws=table_of(self.rows, DRAWS), draw_verdicts=table_of(lines, DRAW_VERDICTS))


class Draws:
    """Evaluates scenarios of one study in ``count`` worlds of a seed. One world is held at a time, so that memory does
    not grow with their number: scenarios that come together share it."""

    def __init__(self, evaluator: Evaluator, count: int, seed: int) -> None:
        self.evaluator = evaluator
        self.count = count
        self.seed = seed
        self._people = PeopleDrawn(evaluator.study)
        self._codes: Kept[NDArray[np.int64]] = Kept(PEOPLE_KEPT)

    def worlds(self) -> Iterable[World]:
        """One world after the other."""
        settings = self.evaluator.study.settings
        for number in range(self.count):
            yield World(self.evaluator, Draw.of(settings, self.seed, number), self._people, self._codes)

    def evaluate(self, scenarios: Sequence[Scenario]) -> list[Outcome | InputError]:
        """The outcome of each scenario with its draws, or why it cannot be made."""
        made = [self._tally(scenario) for scenario in scenarios]
        tallies = [tally for tally in made if isinstance(tally, Tally)]
        for world in self.worlds() if tallies else ():
            for tally in tallies:
                tally.add(world)
        return [tally.outcome(self.count) if isinstance(tally, Tally) else tally for tally in made]

    def _tally(self, scenario: Scenario) -> Tally | InputError:
        """A scenario as the study's own figures make it; its times are left away, which no world needs."""
        try:
            what = self.evaluator.evaluated(scenario)
        except InputError as error:
            return error
        areas = self.evaluator.people_of(what.facts.study, what.facts.demand).areas
        return Tally(replace(what, facts=replace(what.facts, runs={})), areas)


def _stays(key: object) -> bool:
    """Whether what was kept under a key holds in every world. Walking is not drawn."""
    name = key[0] if isinstance(key, tuple) else key
    return name in STAYS or (name == "journey" and isinstance(key, tuple) and key[1] == "walk")
