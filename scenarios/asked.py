"""What a run was asked, as data that goes into a record and to workers; and the desk on which it is answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self

from ..errors import InputError, Problem
from ..files import exists
from ..layers.study import Study, open_study
from .changes import Scenario
from .drawn import Draws
from .evaluate import BASELINE as AS_IT_IS
from .evaluate import Evaluator
from .outcome import Outcome
from .questions import batch_from_candidates, scenario_from_close, scenario_from_open
from .scenario_files import files_of as files_named_by
from .scenario_files import read_scenarios
from .sweeps import JOIN, Batch

BASELINE = Scenario(AS_IT_IS)


@dataclass(frozen=True)
class Asked:
    """A question: a study, and scenario files; or places to open, facilities to close, a list of candidates.

    ``open`` are places "LON,LAT", opened together, with ``ambulances`` each; the facilities in ``close`` are closed.
    ``candidates`` is a table, or ``junctions:COUNT``, ``grid:KM`` or ``facilities:KIND``, of which each is tried, or
    each pair (``choose`` 2). ``draws``: how often uncertain inputs are drawn, from ``seed`` on. ``cache``: folder for
    travel times; ``content``: a hash of all that the files hold, which tells apart what is asked of changed files.
    """

    study: str
    files: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    close: tuple[str, ...] = ()
    ambulances: float | None = None
    candidates: str | None = None
    choose: Literal[1, 2] = 1
    draws: int = 0
    seed: int = 0
    cache: str | None = None
    content: str = ""

    @property
    def options_key(self) -> str:
        """What outcomes depend on besides study and scenario."""
        return f"{self.draws} {self.seed}" if self.draws else ""

    @property
    def candidate_table(self) -> str | None:
        """The candidates' file, None where they are proposed."""
        return self.candidates if self.candidates is not None and exists(Path(self.candidates)) else None

    def moved(self, study: str, names: Mapping[str, str]) -> Asked:
        """The same question of files that stand elsewhere."""
        table = self.candidates if self.candidate_table is None else names[str(self.candidates)]
        return replace(self, study=study, files=tuple(names[name] for name in self.files), candidates=table)

    def to_record(self) -> dict[str, Any]:
        """As JSON, without what is no part of the question: the cache, and what the files hold."""
        record = asdict(self)
        del record["cache"]
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any], root: Path) -> Self:
        """Reads :meth:`to_record`, with its files below ``root``."""
        candidates = record["candidates"]
        table = candidates is not None and exists(root / candidates)
        return cls(
            study=str(root / record["study"]),
            files=tuple(str(root / name) for name in record["files"]),
            open=tuple(record["open"]),
            close=tuple(record["close"]),
            ambulances=record["ambulances"],
            candidates=str(root / candidates) if table else candidates,
            choose=record["choose"],
            draws=int(record["draws"]),
            seed=int(record["seed"]),
        )


def files_of(asked: Asked) -> dict[str, tuple[Path, ...]]:
    """Each file that a question names, with all files that it names in its turn."""
    found = {name: files_named_by(name) for name in asked.files}
    table = asked.candidate_table
    return found if table is None else {**found, table: (Path(table),)}


def batch_of(asked: Asked, study: Study) -> Batch:
    """The scenarios that a question is about, the study as it is (:data:`BASELINE`) first.

    Raises :class:`InputError` with the mistakes of all files and places.
    """
    problems: list[Problem] = []
    parts: list[Batch] = []
    for make in _makers(asked, study):
        try:
            parts.append(make())
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    whole = Batch(
        (BASELINE, *(part for batch in parts for part in batch.parts)),
        tuple(file for batch in parts for file in batch.files),
        tuple(problem for batch in parts for problem in batch.problems),
    )
    if whole.count == 1:
        raise InputError(Problem("run.nothing-asked"))
    return whole.checked()


def _makers(asked: Asked, study: Study) -> Iterator[Any]:
    if asked.files:
        yield lambda: read_scenarios([Path(name) for name in asked.files], study)
    if asked.open or asked.close:
        yield lambda: Batch((_together(asked, study),))
    if asked.candidates is not None:
        yield lambda: batch_from_candidates(str(asked.candidates), study, choose=asked.choose)


def _together(asked: Asked, study: Study) -> Scenario:
    """One scenario of all that is opened and closed without a file; mistakes of both at once."""
    parts: list[Scenario] = []
    problems: list[Problem] = []
    opening = partial(scenario_from_open, ambulances=asked.ambulances)
    for given, make in ((asked.open, opening), (asked.close, scenario_from_close)):
        try:
            parts += [make(given, study)] if given else []
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return Scenario(JOIN.join(part.name for part in parts), tuple(change for part in parts for change in part.changes))


@dataclass(frozen=True)
class Desk:
    """A study and its scenarios, open for evaluation; ``draws``: in drawn worlds too."""

    batch: Batch
    evaluator: Evaluator
    draws: Draws | None = None

    def evaluate(self, scenario: Scenario) -> Outcome:
        """The outcome of one scenario; :class:`InputError` where it cannot be applied."""
        if self.draws is None:
            return self.evaluator.evaluate(scenario)
        (found,) = self.draws.evaluate([scenario])
        if isinstance(found, InputError):
            raise found
        return found

    def evaluate_drawn(self, scenarios: Sequence[Scenario]) -> list[Outcome]:
        """The outcomes of scenarios that share the worlds they are drawn in; also of those that cannot be applied."""
        if self.draws is None:
            raise ValueError("nothing is drawn")
        return [
            self.refused(scenario, found.problems) if isinstance(found, InputError) else found
            for scenario, found in zip(scenarios, self.draws.evaluate(scenarios), strict=True)
        ]

    def refused(self, scenario: Scenario, problems: tuple[Problem, ...]) -> Outcome:
        """The outcome of a scenario that cannot be applied."""
        return Outcome.failed(scenario.name, scenario.key, problems, group=scenario.group, labels=scenario.labels)


def open_desk(asked: Asked) -> Desk:
    """Opens the study and the scenarios of a question."""
    study = open_study(asked.study)
    cache = None if asked.cache is None else Path(asked.cache)
    evaluator = Evaluator(study, cache=cache)
    draws = Draws(evaluator, asked.draws, asked.seed) if asked.draws else None
    return Desk(batch_of(asked, study), evaluator, draws)
