"""Checks a study without assessing it: all problems of its layers, plans and choices, and what was read."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InputError, Problem, StudyError
from ..layers.study import Study, find_study, open_study, read_settings
from ..texts import Lang, text
from .assess import Step, facts_without_times, read_plans
from .baselines import Counted, contradictions, counted
from .borrowed import of_other_cities
from .facts import stations_of
from .results import grade_text
from .tables import check_columns


@dataclass(frozen=True)
class Checked:
    """A study that can be assessed, summed up for a reader."""

    study: Study
    baselines: tuple[Counted, ...] = ()

    def summary(self, lang: Lang) -> list[str]:
        """What was read, a line a layer."""
        study, stations = self.study, stations_of(self.study)
        layers = (study.counties, study.townships, study.facilities)
        lines = [
            text(
                "summary.layer",
                lang,
                layer=text(f"layer.{layer.name}", lang),
                count=len(layer.frame),
                grade=grade_text(layer.grade, lang),
            )
            for layer in layers
            if layer is not None
        ]
        people, roads = study.people.frame, study.roads
        pieces = roads.pieces
        lines.append(text("summary.residents", lang, residents=people["residents"].sum(), places=len(people)))
        share = float(pieces.km[0] / roads.km.sum())
        km, nodes = float(roads.km.sum()), roads.nodes
        lines.append(text("summary.roads", lang, km=km, nodes=nodes, pieces=pieces.count, share=share))
        counts = {
            "located": len(stations.located),
            "unlocated": len(stations.unlocated),
            "unsure": len(stations.unsure),
        }
        lines.append(text("summary.stations", lang, **counts))
        if self.baselines:
            lines.append(text("check.baselines", lang))
            lines += [each.text(lang) for each in self.baselines]
        return lines


def check_study(path: str, *, step: Step | None = None) -> tuple[Checked | None, tuple[Problem, ...]]:
    """Opens a study and its plans and choices; what it found, and all problems. None where there is an error."""
    problems: list[Problem] = []
    study = None
    baselines: tuple[Counted, ...] = ()
    try:
        study = open_study(path, step=step)
        problems += study.problems
    except StudyError as error:
        problems += error.problems
    file = find_study(path)
    try:
        settings = study.settings if study is not None else read_settings(file)
    except InputError:
        return None, tuple(problems)
    try:
        plans = read_plans(settings, file.parent)
        tables = study.tables if study is not None else {}
        problems += check_columns(tables, (rule for plan in plans for rule in plan.rule))
        if study is not None:
            facts = facts_without_times(study)
            baselines = counted(facts, plans)
            problems += [*of_other_cities(facts, plans), *contradictions(baselines)]
    except StudyError as error:
        problems += error.problems
    failed = study is None or any(problem.level == "error" for problem in problems)
    return (None if failed or study is None else Checked(study, baselines)), tuple(problems)
