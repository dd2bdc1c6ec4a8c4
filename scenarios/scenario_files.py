"""Scenario files: read, checked against the study with all mistakes at once, and made into a batch."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from ..errors import Findings, InputError, Problem
from ..files import read_text
from ..layers.study import Study
from ..layers.toml_files import parse_toml, problems_of
from ..layers.vocabulary import plain
from ..texts import LANGS, text
from .apply import UNREAD, Applier
from .areas import Area, read_area
from .changes import Change, Open, Scenario, total_cost
from .evaluate import BASELINE as AS_IT_IS
from .faults import numbered, placed, suggesting
from .file_model import ProposeTable, ScenarioFile, ScenarioTable, SweepTable
from .sweep_files import SweepReader
from .sweeps import MOST_SHOWN, Batch, Sweep, repeated

COMPANIONS = ".shp"
WORDINGS = {"toml.unknown-key": "scenarios.unknown-key", "toml.missing-key": "scenarios.missing-key"}
# What outputs call the study as it is: no scenario can be called so.
RESERVED = {plain(AS_IT_IS), *(plain(text("compare.baseline", lang)) for lang in LANGS)}
# What readers of the study's files say of their keys, said of the keys of a scenario file.
OF_AREAS = {
    "file.missing": "scenarios.no-file",
    "vector.several-layers": "scenarios.area-layers",
    "vector.no-layer": "scenarios.area-no-layer",
    "vector.no-crs": "scenarios.area-no-crs",
}
OF_LISTS = {
    "file.missing": "scenarios.no-file",
    "vector.several-layers": "scenarios.list-layers",
    "vector.no-layer": "scenarios.list-no-layer",
    "vector.no-crs": "scenarios.area-no-crs",
    "table.sheet-missing": "scenarios.list-no-sheet",
    "table.encoding-unknown": "scenarios.list-encoding",
    "facilities.heading-missing": "scenarios.list-heading",
}
P = TypeVar("P", bound=BaseModel)


def read_scenarios(paths: str | Path | Sequence[str | Path], study: Study) -> Batch:
    """The scenarios of one or several files, which may name each other's as baselines.

    Raises :class:`~carereach.errors.InputError` with every mistake of all files: file, table and key. What a single
    scenario of a sweep suffers from (a candidate in the sea) is a warning in ``Batch.problems``: when it is computed
    its error is recorded, and the others finish.
    """
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    return _Reader(study).read([Path(path) for path in given])


def read_file(path: Path) -> ScenarioFile:
    """A scenario file as types; :class:`~carereach.errors.InputError` lists what is wrong in it by itself."""
    data = parse_toml(read_text(path), path.name)
    try:
        return ScenarioFile.model_validate(data)
    except ValidationError as error:
        raise InputError([_readable(problem, data) for problem in problems_of(error, path.name)]) from error


def files_of(path: str | Path) -> tuple[Path, ...]:
    """A scenario file and every file that it names: candidates and areas, shapefiles with their companions.

    Raises :class:`~carereach.errors.InputError` where the file cannot be read as a scenario file.
    """
    path = Path(path)
    return tuple(dict.fromkeys([path, *_with_companions(path.parent / name for name in _named(read_file(path)))]))


@dataclass(frozen=True)
class _Written:
    """A scenario's table and the file it stands in."""

    file: Path
    table: ScenarioTable


class _Reader:
    def __init__(self, study: Study) -> None:
        self.study, self.applier = study, Applier(study)
        self.problems: list[Problem] = []
        self.areas: dict[tuple[Path, str | None], Area | None] = {}
        self.written: list[_Written] = []
        self.tables: dict[str, _Written] = {}
        self.made: dict[str, Scenario] = {}

    def read(self, paths: Sequence[Path]) -> Batch:
        contents = [(path, found) for path in dict.fromkeys(paths) if (found := self._content(path)) is not None]
        for path, content in contents:
            for table in content.scenario:
                self._take(path, self._with_areas(path, table))
        for written in self.written:
            self._check(written)
        sweeps = [(path, self._with_areas(path, table)) for path, content in contents for table in content.sweep]
        parts: list[Scenario | Sweep] = [self.made[name] for name in self.tables]
        parts += self._sweeps(sweeps)
        files = [path.parent / name for path, content in contents for name in _named(content)]
        batch = Batch(tuple(parts), tuple(dict.fromkeys([*paths, *_with_companions(files)])))
        twice = [] if self._failed else repeated(batch)
        last = contents[-1][0].name if contents else ""
        self.problems += [Problem("scenarios.name-twice", last, value=name) for name in twice[:MOST_SHOWN]]
        if self._failed:
            raise InputError(self.problems)
        return replace(batch, problems=tuple(self.problems))

    @property
    def _failed(self) -> bool:
        return any(problem.level == "error" for problem in self.problems)

    def _content(self, path: Path) -> ScenarioFile | None:
        try:
            return read_file(path)
        except InputError as error:
            self.problems += error.problems
            return None

    def _take(self, file: Path, table: ScenarioTable) -> None:
        written = _Written(file, table)
        before = self.tables.setdefault(table.name, written)
        if before is not written:
            where, other = f'scenario "{table.name}"', before.file.name
            self.problems.append(Problem("scenarios.table-twice", file.name, column=where, params={"other": other}))
        if plain(table.name) in RESERVED:
            self._error(written, "scenarios.reserved", f'scenario "{table.name}", name', table.name)
        self.written.append(written)

    def _check(self, written: _Written) -> None:
        """Puts the scenario together and records what the study has against its own changes."""
        table, file = written.table, written.file.name
        scenario = self._scenario(written)
        own = table.changes
        before = len(scenario.changes) - len(own)
        faults = [
            replace(fault, position=fault.position - before)
            for fault in self.applier.faults(scenario.changes)
            if fault.position >= before and fault.problem.code != UNREAD
        ]
        self.problems += [replace(problem, file=file) for problem in placed(table.name, own, faults)]
        self.problems += self._not_stations(table.name, own, file)
        self.problems += self._names_taken(table.name, own, file)

    def _scenario(self, written: _Written) -> Scenario:
        """The scenario of a table with its baselines' changes first, the first of them first."""
        chain = [written]
        while (base := self._baseline(chain)) is not None:
            chain.append(base)
        for one in reversed(chain):
            scenario = self._on_its_baseline(one)
        return scenario

    def _baseline(self, chain: Sequence[_Written]) -> _Written | None:
        """The baseline of the last of a chain, where it is still to be made; unknown and circular ones are errors."""
        last, names = chain[-1], [one.table.name for one in chain]
        baseline, where = last.table.baseline, f'scenario "{names[-1]}", baseline'
        if baseline is None or baseline in self.made:
            return None
        if baseline in names:
            self._error(last, "scenarios.circle", where, baseline, circle=" → ".join((*names, baseline)))
        elif baseline in self.tables:
            return self.tables[baseline]
        else:
            near = closest(baseline, (one for one in self.tables if one != names[-1]))
            self._error(last, "scenarios.no-scenario", where, baseline, nearest=near)
        return None

    def _on_its_baseline(self, written: _Written) -> Scenario:
        table = written.table
        known = self.tables[table.name] is written
        if known and table.name in self.made:
            return self.made[table.name]
        base = self.made.get(table.baseline) if table.baseline is not None else None
        before, cost = (base.changes, base.cost) if base is not None else ((), None)
        own = table.changes
        costs = [cost, table.cost, *(change.cost for change in own)]
        scenario = Scenario(table.name, (*before, *own), total_cost(costs))
        return self.made.setdefault(table.name, scenario) if known else scenario

    def _sweeps(self, tables: Sequence[tuple[Path, SweepTable]]) -> Iterator[Sweep]:
        reader = SweepReader(self.study, self.applier, self.made)
        names: dict[str, Path] = {}
        for file, table in tables:
            if table.name in names:
                where, other = f'sweep "{table.name}"', names[table.name].name
                self.problems.append(Problem("scenarios.sweep-twice", file.name, column=where, params={"other": other}))
                continue
            names[table.name] = file
            sweep, problems = reader.read(file, table)
            problems = [*_about_list(file, table, problems)]
            self.problems += [problem for problem in problems if problem not in self.problems]
            if sweep is not None:
                yield sweep

    def _not_stations(self, name: str, own: Sequence[Change], file: str) -> Iterator[Problem]:
        """Warnings of new emergency stations that the study's ``[stations]`` does not select."""
        register, numbers = self.applier.register, numbered(own)
        wanted = ", ".join((*register.wanted.kinds, *register.wanted.roles))
        for change, number in zip(own, numbers, strict=True):
            if isinstance(change, Open) and change.kind.startswith("ems."):
                row = {"kind": change.kind, "roles": ";".join(change.roles)}
                if not register.selects(row):
                    where = f'scenario "{name}", {number}, kind'
                    params = {"wanted": wanted}
                    yield Problem("scenarios.not-a-station", file, None, where, change.kind, params, "warning")

    def _names_taken(self, name: str, own: Sequence[Change], file: str) -> Iterator[Problem]:
        """Warnings of new facilities without an id that are called as one of the study is."""
        for change, number in zip(own, numbered(own), strict=True):
            if isinstance(change, Open) and change.id is None and change.name in self.applier.register.names:
                where = f'scenario "{name}", {number}, name'
                yield Problem("scenarios.name-taken", file, None, where, change.name, level="warning")

    def _error(self, written: _Written, code: str, where: str, value: str, **params: object) -> None:
        problem = Problem(code, written.file.name, column=where, value=value, params=params)
        self.problems.append(suggesting(problem))

    def _with_areas(self, file: Path, table: P) -> P:
        """The table with the polygons of its areas read; a broken file is an error that names table and key."""
        updates: dict[str, Any] = {}
        kind, name = ("scenario" if isinstance(table, ScenarioTable) else "sweep"), getattr(table, "name", "")
        for key, value in table:
            title = key.strip("_").replace("_", "-")
            if isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
                where = f'{kind} "{name}", {title}'
                updates[key] = tuple(self._one_area(file, one, f"{where} {n}") for n, one in enumerate(value, start=1))
            elif isinstance(value, ProposeTable):
                updates[key] = self._one_area(file, value, f'{kind} "{name}", {title}')
        return table.model_copy(update=updates)

    def _one_area(self, file: Path, part: P, where: str) -> P:
        for key in ("area", "exclude"):
            area: Area | None = getattr(part, key, None)
            if area is not None and not area.wkt:
                found = self._area(file, area, f"{where}, {key}")
                part = part.model_copy(update={key: found}) if found is not None else part
        return part

    def _area(self, file: Path, area: Area, where: str) -> Area | None:
        path = file.parent / area.name
        if (path, area.layer) not in self.areas:
            findings, found = Findings(path), None
            try:
                found = read_area(path, layer=area.layer, findings=findings)
            except InputError as error:
                findings.problems = list(error.problems)
            self.problems += [in_words(problem, OF_AREAS) for problem in findings.problems]
            self.areas[path, area.layer] = found
        if self.areas[path, area.layer] is None:
            self.problems.append(Problem("scenarios.area-file", file.name, column=where, value=area.name))
        return self.areas[path, area.layer]


def in_words(problem: Problem, words: Mapping[str, str]) -> Problem:
    """The problem in the wording that ``words`` has for its code, if any. Where a missing file was looked for is not
    said: in a run that is the copy of the inputs."""
    value = None if problem.code == "file.missing" else problem.value
    return replace(problem, code=words.get(problem.code, problem.code), value=value)


def _about_list(file: Path, table: SweepTable, problems: Sequence[Problem]) -> Iterator[Problem]:
    """Problems of a sweep; those of its list in a scenario file's words, with the key that names it."""
    if table.for_each is None:
        yield from problems
        return
    name = Path(table.for_each).name
    yield from (in_words(problem, OF_LISTS) if problem.file == name else problem for problem in problems)
    if any(problem.file == name and problem.level == "error" for problem in problems):
        where = f'sweep "{table.name}", for-each'
        yield Problem("scenarios.list-file", file.name, column=where, value=table.for_each)


def closest(word: str, known: Iterable[str]) -> str:
    """The known word that looks most like ``word``, for a suggestion; an empty text where none is known."""
    names = list(known)
    return next(iter(difflib.get_close_matches(word, names, n=1, cutoff=0.0)), "")


def _named(content: ScenarioFile) -> Iterator[str]:
    """Every path that a scenario file names."""
    for table in content.scenario:
        areas = (getattr(change, "area", None) for change in table.changes)
        yield from (area.name for area in areas if area is not None and not area.wkt)
    for sweep in content.sweep:
        if sweep.for_each is not None:
            yield sweep.for_each
        if sweep.propose is not None and sweep.propose.exclude is not None and not sweep.propose.exclude.wkt:
            yield sweep.propose.exclude.name


def _with_companions(files: Iterable[Path]) -> Iterator[Path]:
    for file in files:
        yield file
        if file.suffix.lower() == COMPANIONS:
            yield from sorted(one for one in file.parent.glob(file.stem + ".*") if one != file)


def _readable(problem: Problem, data: dict[str, Any]) -> Problem:
    """A problem whose key's path says names and counts from one: ``scenario "north", open 2, lon``."""
    keys = (problem.column or "").split(".")
    said = list[str]()
    inner: Any = data
    model: type[BaseModel] | None = ScenarioFile
    unknown = problem.code == "toml.unknown-key"
    params = dict(problem.params)
    for place, key in enumerate(keys):
        if unknown and place == len(keys) - 1 and model is not None:
            params["nearest"] = closest(key, _aliases(model))
        if key.isdigit() and said and isinstance(inner, list) and int(key) < len(inner):
            inner = inner[int(key)]
            name = inner.get("name") if isinstance(inner, dict) and place == 1 else None
            said[-1] += f' "{name}"' if isinstance(name, str) else f" {int(key) + 1}"
            continue
        if key == "wkt" and isinstance(inner, list):  # corners, not written under this key
            continue
        said.append(key)
        inner = inner.get(key) if isinstance(inner, dict) else None
        model = _model_of(model, key) if model is not None else None
    code = WORDINGS.get(problem.code, problem.code)
    return replace(problem, code=code, column=", ".join(said) or None, params=params)


def _aliases(model: type[BaseModel]) -> list[str]:
    return [info.alias or key for key, info in model.model_fields.items() if key != "change"]


def _model_of(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    """The table that a key of a table holds."""
    for name, info in model.model_fields.items():
        if key in (name, info.alias):
            return _first_model(info.annotation)
    return None


def _first_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_first_model(part) for part in get_args(annotation))
    return next((model for model in found if model is not None), None)
