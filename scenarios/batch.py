"""A batch of scenarios from question to results folder: resumable, in parallel, one bad scenario stops no other."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import InputError, Problem
from ..layers.provenance import COMPUTING_ROOMS, code_fingerprint, versions
from ..layers.study import STUDY_FILE, find_study, fingerprint, input_files, read_settings
from .asked import Asked, files_of
from .between import write_demand
from .changed_roads import write_changed_roads
from .cluster import on_cluster
from .collect import collect
from .run_folder import INPUTS, RunFolder, key_of
from .uncertain import distributions
from .workers import Work, chunked, desk_of, here, in_processes

CHUNK = 16
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class RunReport:
    """What a run did: scenarios in all, ``computed`` now and ``kept`` from an earlier run; ``refused`` for bad input
    (their outcome says why), ``failed`` by a mistake of carereach's own: name and reason; ``files``: what to look at;
    ``problems``: warnings.
    """

    folder: Path
    scenarios: int
    computed: int
    kept: int
    refused: int
    failed: tuple[tuple[str, str], ...]
    files: tuple[Path, ...]
    problems: tuple[Problem, ...] = ()


def run(
    asked: Asked,
    out: Path,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> RunReport:
    """Evaluates every scenario that is asked for and writes the results folder ``out``; goes on where an earlier run
    of the same question was stopped.

    ``workers`` processes of this machine, or the Dask cluster at ``scheduler``. The results are the same. Raises
    :class:`InputError` with all mistakes in study and scenario files before anything is computed, and for a folder that
    holds the results of another study.
    """
    folder = RunFolder(out)
    copied = _take_in(asked, folder)
    desk = desk_of(copied)
    batch = desk.batch
    base = _base_key(copied)
    keys = [key_of(base, scenario.key) for scenario in batch]
    todo = [index for index, key in enumerate(keys) if not folder.has(key)]
    kept = len(keys) - len(todo)
    work = _work(copied, workers, scheduler, len(todo))
    failed = _evaluate(folder, keys, todo, work, progress)
    found = collect(folder, _whole(keys, failed))
    damaged = [keys.index(key) for key in found.damaged]
    if damaged:
        failed |= _evaluate(folder, keys, damaged, work, None)
        found = collect(folder, _whole(keys, failed))
    whole = set(range(len(keys))) - failed.keys()
    roads = write_changed_roads(folder, desk.evaluator.applier, ((keys[at], batch.at(at)) for at in sorted(whole)))
    demand = write_demand(folder, desk.evaluator.facts)
    named = tuple((batch.at(index).name, reason) for index, reason in sorted(failed.items()))
    problems = (*batch.problems, *desk.evaluator.problems)
    computed = len(todo) + len(damaged) - len(failed)
    return RunReport(
        out, len(keys), computed, kept - len(damaged), found.refused, named, (*found.files, *roads, demand), problems
    )


def _whole(keys: list[str], failed: dict[int, str]) -> list[str]:
    return [key for index, key in enumerate(keys) if index not in failed]


def run_again(source: Path, out: Path, **options: Any) -> RunReport:  # noqa: ANN401 the options of run
    """Reproduces the results folder ``source`` in ``out`` from the inputs it holds.

    Raises :class:`InputError` where an input is no longer what it was, or the versions are others.
    """
    record = RunFolder(source).record()
    changed = RunFolder(source).changed_inputs(record["inputs"])
    now = versions()
    problems = [Problem("run.input-changed", place) for place in changed]
    problems += [
        Problem("run.other-version", name, value=now.get(name), params={"was": number})
        for name, number in record["versions"].items()
        if now.get(name) != number
    ]
    if problems:
        raise InputError(problems)
    return run(Asked.from_record(record["asked"], source / INPUTS), out, **options)


def _take_in(asked: Asked, folder: RunFolder) -> Asked:
    """Copies the inputs into the results folder and records what was asked; from then on only the copies are read."""
    study = find_study(asked.study)
    settings = read_settings(study)
    known = [path for path in input_files(study, settings) if path.is_file()]
    groups: dict[str, tuple[Path, Iterable[Path]]] = {"study": (study, known)}
    named = files_of(asked)
    for number, (path, files) in enumerate(named.items(), start=1):
        # What does not exist is said when the files are read, with the key that names it.
        groups[f"scenarios-{number}"] = (Path(path), [file for file in files if os.path.isfile(file)])  # noqa: PTH113
    first, hashes = folder.keep_inputs(groups)
    names = {path: first[f"scenarios-{number}"] for number, path in enumerate(named, start=1)}
    relative = asked.moved(first["study"], names)
    record: dict[str, Any] = {
        "asked": relative.to_record(),
        "study": settings.name,
        "versions": versions(),
        "code": code_fingerprint(COMPUTING_ROOMS),
        "inputs": hashes,
    }
    if asked.draws:
        record["uncertainty"] = [one.to_record() for one in distributions(settings)]
    folder.save_record(record)
    root = folder.folder / INPUTS
    here_now = Asked.from_record(relative.to_record(), root)
    content = key_of(record["code"], *(f"{place} {digest}" for place, digest in hashes.items()))
    return replace(here_now, cache=str(folder.folder / "cache"), content=content)


def _base_key(asked: Asked) -> str:
    """A hash of what every outcome of a run depends on besides its own scenario."""
    path = Path(asked.study)
    return key_of(fingerprint(path, read_settings(path)), code_fingerprint(COMPUTING_ROOMS), asked.options_key)


def _work(asked: Asked, workers: int, scheduler: str | None, count: int) -> Work:
    if workers < 1:
        raise InputError(Problem("run.workers", STUDY_FILE, value=workers))
    if scheduler is not None:
        return on_cluster(asked, scheduler)
    return here(asked) if workers == 1 or count <= CHUNK else in_processes(asked, workers)


def _evaluate(
    folder: RunFolder, keys: list[str], todo: list[int], work: Work, progress: Progress | None
) -> dict[int, str]:
    """Has the scenarios at ``todo`` evaluated and writes each outcome as it comes; the failed ones with reasons."""
    failed: dict[int, str] = {}
    if not todo:
        return failed
    for count, done in enumerate(_told(work(chunked(todo, CHUNK)), len(todo), progress), start=1):
        assert count <= len(todo)
        if done.failure:
            failed[done.index] = done.failure
        else:
            folder.put(keys[done.index], done.content)
    return failed


def _told(done: Iterator[Any], total: int, progress: Progress | None) -> Iterator[Any]:
    for count, one in enumerate(done, start=1):
        yield one
        if progress is not None:
            progress(count, total)
