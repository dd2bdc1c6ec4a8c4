"""Sweeps of a scenario file: their candidates and axes, and what will fail of them, said before anything runs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from ..errors import Findings, InputError, Problem
from ..layers.study import Study
from ..layers.vocabulary import nearest
from .apply import UNREAD, Applier
from .candidates import Wanted, from_facilities, from_grid, from_junctions, from_list, openings
from .changes import Change, Open, Scenario
from .facility_changes import COUNTS
from .faults import placed, suggesting
from .file_model import ProposeTable, SweepTable
from .sweeps import JOIN, MOST_SHOWN, PARAMETERS, Axis, Sweep, Value, distinct, parameter_value, value_of

MOST_COMBINATIONS = 200
# What a list of facilities must be told, but not one of candidates: they stand where their coordinates say, and one
# outside every county is told of in other words.
OF_FACILITIES = ("facilities.uncertainty", "facilities.outside-all")


class SweepReader:
    """Makes sweeps of tables. ``scenarios`` are those that baselines and grids may name."""

    def __init__(self, study: Study, applier: Applier, scenarios: Mapping[str, Scenario]) -> None:
        self.study, self.applier, self.scenarios = study, applier, scenarios

    def read(self, file: Path, table: SweepTable) -> tuple[Sweep | None, list[Problem]]:
        """The sweep, None where it has an error, and its problems."""
        where, problems = f'sweep "{table.name}"', list[Problem]()
        axes = [Axis("baseline", tuple(self._values("baseline", table.baseline, file, where, problems)))]
        for name, given in table.grid.items():
            values = self._values(name, given, file, f"{where}, grid", problems)
            axes.append(Axis(name, tuple(values)))
        axes = [axis for axis in axes if axis.values]
        candidates = self._candidates(file, table, where, problems)
        if table.choose == 2 and len(candidates) == 1:
            problems.append(Problem("scenarios.no-pairs", file.name, column=f"{where}, choose", value=2))
        if any(problem.level == "error" for problem in problems):
            return None, problems
        sweep = Sweep(table.name, candidates, table.choose, tuple(axes))
        problems += self._combinations(sweep, file, where)
        return sweep, problems

    def _values(
        self, axis: str, given: Sequence[str | float], file: Path, where: str, problems: list[Problem]
    ) -> Iterator[Value]:
        """The values of one axis; a name that no scenario has, and a parameter that there is not, are errors."""
        place = f"{where}, {axis}"
        if not given and axis != "baseline":
            problems.append(Problem("scenarios.no-values", file.name, column=place))
        if len(set(given)) < len(given):
            problems.append(Problem("scenarios.value-twice", file.name, column=place))
        for one in given:
            if isinstance(one, str):
                if one in self.scenarios:
                    yield value_of(self.scenarios[one])
                else:
                    near = nearest(one, self.scenarios)
                    problem = Problem("scenarios.no-scenario", file.name, None, place, one, {"nearest": near})
                    problems.append(suggesting(problem))
            elif axis not in PARAMETERS:
                params = {"nearest": nearest(axis, PARAMETERS), "known": ", ".join(PARAMETERS)}
                problems.append(Problem("scenarios.no-parameter", file.name, None, place, axis, params))
                return
            elif axis in COUNTS and not float(one).is_integer():
                problems.append(Problem("scenarios.not-whole", file.name, None, place, one))
            elif axis == "speed" and one < 0.01:
                problems.append(Problem("toml.at-least", file.name, None, place, one, {"ge": 0.01}))
            else:
                yield parameter_value(axis, one)

    def _candidates(self, file: Path, table: SweepTable, where: str, problems: list[Problem]) -> tuple[Open, ...]:
        """What the sweep opens; candidates that cannot be opened are warned of, unless none can."""
        places: list[tuple[str, int | None, str]]
        if table.list is not None:
            findings = Findings(file.parent / table.list.path)
            try:
                frame = from_list(table.list, file.parent, self.study, findings)
            except InputError as error:
                problems += [problem for problem in error.problems if problem.code not in OF_FACILITIES]
                return ()
            problems += [warning for warning in findings.warnings if warning.code not in OF_FACILITIES]
            opens = openings(frame)
            places = [(findings.file, int(row), "") for row in frame.index]
        elif table.propose is not None:
            try:
                opens = openings(proposed(table.propose, self.study))
            except InputError as error:
                problems += [replace(p, file=file.name, column=f"{where}, propose") for p in error.problems]
                return ()
            places = [(file.name, None, f"{where}, propose, {one.id}") for one in opens]
        else:
            opens = table.candidate
            places = [(file.name, None, f"{where}, candidate {n}") for n in range(1, len(opens) + 1)]
            ids = [one.id for one in opens]
            again = [n for n, one in enumerate(ids) if one is not None and one in ids[:n]]
            problems += [Problem("scenarios.id-taken", file.name, None, f"{places[n][2]}, id", ids[n]) for n in again]
        opens = distinct(opens)
        problems += self._unfit(opens, places, file, where)
        return opens

    def _unfit(
        self, opens: Sequence[Open], places: Sequence[tuple[str, int | None, str]], file: Path, where: str
    ) -> Iterator[Problem]:
        """Warnings of the candidates that cannot be opened; an error where none can."""
        unfit = [place for place in suspects(opens, self.applier) if self.applier.faults((opens[place],))]
        for place in unfit[:MOST_SHOWN]:
            in_file, row, column = places[place]
            for fault in self.applier.faults((opens[place],)):
                key = ", ".join(part for part in (column, fault.key) if part)
                yield replace(fault.problem, file=in_file, row=row, column=key, level="warning")
        if unfit:
            params = {"count": len(unfit), "total": len(opens)}
            if len(unfit) == len(opens):
                yield Problem("scenarios.no-candidate-fits", file.name, None, where, None, params)
            else:
                yield Problem("scenarios.candidates-fail", file.name, None, where, None, params, "warning")

    def _combinations(self, sweep: Sweep, file: Path, where: str) -> Iterator[Problem]:
        """Warnings of combinations of assumptions that contradict each other; the first of very many are tried."""
        if math.prod(len(axis.values) for axis in sweep.axes) > MOST_COMBINATIONS or len(sweep.axes) < 2:
            return
        for values in product(*(axis.values for axis in sweep.axes)):
            changes: tuple[Change, ...] = tuple(change for value in values for change in value.changes)
            faults = [fault for fault in self.applier.faults(changes) if fault.problem.code != UNREAD]
            called = JOIN.join(value.label for value in values)
            for problem in placed(called, changes, faults):
                yield replace(problem, file=file.name, column=f"{where}, {problem.column}", level="warning")


def suspects(opens: Sequence[Open], applier: Applier) -> list[int]:
    """Positions of candidates that may not be possible to open: asked of all at once, so that few are tried."""
    if not opens:
        return []
    degrees = np.array([one.place for one in opens])
    standing = applier.ground.stand(degrees[:, 0], degrees[:, 1])
    stated = pd.Series([one.county or "" for one in opens], dtype=object).to_numpy()
    odd = standing.outside | standing.far | ((stated != "") & (stated != standing.county))
    keys = pd.Series([one.key for one in opens])
    odd |= (keys.isin(list(applier.register.ids)) | keys.duplicated(keep=False)).to_numpy()
    odd |= np.array([any((getattr(one, key) or 0.0) % 1 for key in COUNTS) for one in opens])
    return [int(place) for place in np.flatnonzero(odd)]


def proposed(table: ProposeTable, study: Study) -> gpd.GeoDataFrame:
    """The candidates that a ``propose`` table asks for."""
    wanted = Wanted(table.count, table.within_km, table.spacing_km, table.exclude, table.kind, table.roles)
    if table.from_ == "facilities":
        return from_facilities(study, table.kinds, wanted)
    return from_junctions(study, wanted) if table.from_ == "junctions" else from_grid(study, wanted)
