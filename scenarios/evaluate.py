"""Scenarios evaluated: response times, measures and verdicts of the study as each makes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from ..coverage.assess import read_plans
from ..coverage.choices import read_choices
from ..coverage.facts import Facts, stations_of
from ..coverage.parameters import response_model
from ..coverage.readings import judge_as_read, read_rule
from ..coverage.results import Verdict
from ..coverage.rule_parts import RuleBase
from ..coverage.rules import Plan
from ..coverage.tables import Columns, require_columns
from ..coverage.units import reason_to_skip
from ..coverage.ways import Way
from ..errors import Problem
from ..layers.study import STUDY_FILE, Study, speed_table
from ..texts import LANGS, Lang, Message
from .apply import Applier, Changed
from .changes import Scenario
from .crow import Crow
from .kept import Kept, SameObject
from .measures import Area, Figures, Named, Posts, Times, areas_of, figures_of, measures, name_of, places
from .outcome import VERDICTS, Outcome, table_of
from .rows import RowStore
from .sites import Sites
from .states import Engine
from .touched import Looks, Touch, untouched

BASELINE = "baseline"
ROWS = "rows"
PEOPLE_KEPT = 3
Step = Callable[[str], None]
Line = tuple[object, ...]
JOINTS: Mapping[Lang, str] = {"zh": "；", "en": "; "}


@dataclass(frozen=True)
class People:
    """What is kept of one people layer: the units' demand points, their places' names, the distances as the crow flies,
    and residents and minutes as the study's own stations reach them; ``figures`` of the units at those minutes."""

    areas: tuple[Area, ...]
    named: Named
    crow: Crow
    times: Times
    figures: dict[str, Figures]


@dataclass(frozen=True)
class Tested:
    """A rule of a plan, what it looks at, and its lines in the study as it is."""

    plan: Plan
    rule: RuleBase
    looks: Looks
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Evaluated:
    """A scenario with all that it was judged on: ``lines`` of each rule, in the order of :attr:`Evaluator.tested`."""

    touch: Touch
    facts: Facts
    lines: tuple[tuple[Line, ...], ...]
    outcome: Outcome


class Evaluator:
    """Evaluates scenarios of one study, one after the other.

    ``plans``: those of the study where none are given. ``cache``: a folder in which rows of travel times are kept for
    later runs. ``step`` is told what is being computed. Raises :class:`~carereach.errors.StudyError` for plans or
    choices with mistakes. ``baseline`` is the outcome of the study as it is; ``applier`` makes scenarios of it.
    """

    def __init__(
        self,
        study: Study,
        plans: tuple[Plan, ...] | None = None,
        *,
        cache: Path | None = None,
        step: Step | None = None,
    ) -> None:
        told = step or (lambda _: None)
        self.study = study
        self.plans = read_plans(study.settings, study.folder) if plans is None else plans
        require_columns(study.tables, (rule for plan in self.plans for rule in plan.rule))
        self.applier = Applier(study)
        self._store = RowStore(None if cache is None else cache / ROWS)
        self._people: Kept[People] = Kept(PEOPLE_KEPT)
        if study.urban_area is not None:
            shapely.prepare(study.urban_area)
        told("times")
        choices = read_choices(study.settings.choices, STUDY_FILE)
        model = response_model(study.settings, choices["C3"], speed_table(study.settings))
        stations, demand = stations_of(study), study.people.frame
        self._sites = Sites(stations.located)
        self.engine = Engine(study.roads, model, stations, self._store)
        runs = self.engine.travel(study.roads, stations, demand)
        crow = Crow(stations.located, demand)
        self.facts = Facts(study, choices, model, stations, runs, crow.km, Columns(study.tables))
        told("rules")
        self.tested = tuple(self._test(plan, rule) for plan in self.plans for rule in plan.rule)
        self._status = {line[:4]: line[4] for tested in self.tested for line in tested.lines}
        told("statistics")
        self.baseline = self._evaluated(Scenario(BASELINE), Changed(study)).outcome

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What happened to kept travel times: damaged files, a folder that takes none; warnings all."""
        return tuple(self._store.problems)

    def evaluate(self, scenario: Scenario) -> Outcome:
        """The outcome of a scenario; :class:`~carereach.errors.InputError` for one that cannot be made."""
        return self.evaluated(scenario).outcome

    def evaluated(self, scenario: Scenario) -> Evaluated:
        """As :meth:`evaluate`, with all that the outcome was judged on."""
        return self._evaluated(scenario, self.applier.apply(scenario))

    def _evaluated(self, scenario: Scenario, changed: Changed) -> Evaluated:
        touch = Touch.of(self.facts, changed)
        facts = self.facts_of(changed, touch)
        lines = tuple(
            tuple(judged(tested.plan, tested.rule, facts)) if tested.looks.touched_by(touch) else tested.lines
            for tested in self.tested
        )
        return Evaluated(touch, facts, lines, self._outcome(scenario, changed, facts, lines))

    def facts_of(self, changed: Changed, touch: Touch | None = None) -> Facts:
        """What rules are judged on in a changed study, with all that was kept and holds for it too."""
        base, study = self.facts, changed.study
        touch = touch or Touch.of(base, changed)
        stations = stations_of(study) if changed.stations_changed else base.stations
        demand = study.people.frame
        if changed.stations_changed or changed.residents_changed or changed.roads_changed:
            runs = self.engine.travel(study.roads, stations, demand)
        else:
            runs = base.runs
        crow_km = self.people_of(study, demand).crow.again(stations.located)
        memo = untouched(base, touch)
        return replace(base, study=study, stations=stations, runs=runs, straight_km=crow_km, memo=memo)

    def people_of(self, study: Study, demand: gpd.GeoDataFrame) -> People:
        """What is kept of a people layer."""
        return self._people.get(SameObject(demand), lambda: self._make_people(study, demand))

    def _make_people(self, study: Study, demand: gpd.GeoDataFrame) -> People:
        """``study`` has these residents; its other changes play no part."""
        alone = replace(self.study, people=study.people)
        runs = self.facts.runs
        if demand is not self.study.people.frame:
            runs = self.engine.travel(self.study.roads, self.facts.stations, demand)
        facts = replace(self.facts, study=alone, runs=runs, memo={})
        before = facts.minutes()
        times = Times(demand["residents"].to_numpy(dtype=float), before, before)
        areas = areas_of(facts)
        figures = {name_of(area): figures_of(times, area.rows) for area in areas}
        crow = Crow(self.facts.stations.located, demand)
        return People(areas, Named.of(alone), crow, times, figures)

    def _test(self, plan: Plan, rule: RuleBase) -> Tested:
        looks = Looks.of(read_rule(rule, self.facts), self.facts)
        return Tested(plan, rule, looks, tuple(judged(plan, rule, self.facts)))

    def _outcome(
        self, scenario: Scenario, changed: Changed, facts: Facts, lines: tuple[tuple[Line, ...], ...]
    ) -> Outcome:
        kept = self.people_of(facts.study, facts.demand)
        times = replace(kept.times, minutes=facts.minutes())
        located, before = facts.stations.located, self.facts.stations.located
        ids, own = set(located["id"]), set(before["id"])
        rows = self._shown(times)
        return Outcome(
            name=scenario.name,
            key=scenario.key,
            group=scenario.group,
            labels=scenario.labels,
            cost=scenario.cost,
            opened=len(ids - own),
            closed=len(own - ids),
            stations=len(ids),
            measures=measures(kept.areas, times, Posts.of(located, self.study), kept.figures),
            verdicts=table_of([self._row(line) for rule in lines for line in rule], VERDICTS),
            places=places(kept.named, times),
            demand_index=rows.astype(np.int32),
            minutes=times.minutes[rows].astype(np.float32),
            sites=self._sites.all if scenario.name == BASELINE else self._sites.of(located, changed.touched),
        )

    def _row(self, line: Line) -> tuple[object, ...]:
        """A line of the table of verdicts: whether it turned, and if it can then not be told, what it lacks."""
        turned = self._status.get(line[:4]) != line[4]
        return (*line[:-1], turned, lacks_of(line) if turned and line[4] == "cannot tell" else "")

    def _shown(self, times: Times) -> NDArray[np.int64]:
        """The demand points whose minutes change, and those that are new."""
        new = np.arange(len(self.study.people.frame), len(times.minutes))
        return np.union1d(times.changed, new)


def judged(plan: Plan, rule: RuleBase, facts: Facts) -> list[Line]:
    """The lines of a rule in the table of verdicts, without what turned; none where the study cannot hold it."""
    if reason_to_skip(read_rule(rule, facts), facts, plan) is not None:
        return []
    return [line_of(verdict) for verdict in judge_as_read(plan, rule, facts)]


def line_of(verdict: Verdict) -> Line:
    """A verdict as a line of the table, without what turned; last, the ways to settle it."""
    subject = verdict.subject.code if isinstance(verdict.subject, Message) else verdict.subject
    return (
        verdict.plan,
        verdict.rule,
        verdict.unit,
        subject,
        verdict.status,
        verdict.screening,
        np.nan if verdict.value is None else verdict.value,
        verdict.target,
        np.nan if verdict.margin is None else verdict.margin,
        verdict.quantity,
        verdict.would_settle,
    )


def lacks_of(line: Line) -> str:
    """What the verdict of a line lacks, as JSON: a text for each language."""
    ways = cast("tuple[Way, ...]", line[-1])
    said = {lang: JOINTS[lang].join(way.text(lang) for way in ways) for lang in LANGS}
    return json.dumps(said, ensure_ascii=False) if ways else ""
