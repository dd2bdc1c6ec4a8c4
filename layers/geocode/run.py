"""The whole way from a bureau's list to located facilities: read, ask, weigh, apply what a person decided, write."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from ...errors import InputError, Problem
from ...texts import Message
from ..settings import FacilitiesFile
from ..settings_parts import Datum
from ..study import find_study
from ..toml_files import problems_of
from .ask import GAZETTEER, accounts, ask_all, named_in_sources
from .decisions import Reviewed, applied, joined, keys_of, read_review
from .known import EARLIER, earlier_results, write_earlier
from .located import Origins, located_frame, write_geopackage, write_located
from .model import Candidate, Decision, Placed, Provider, Query
from .own import own_candidates, propose
from .pairs import check_together
from .providers.client import Account
from .providers.service import ProviderOptions
from .review import write_review
from .rows import Row, read_rows
from .setting import Setting, list_of_study, open_setting, stated_in
from .store import Store
from .trust import weigh
from .unknown_datum import DatumProposal

ANSWERS, REVIEW, WORKBOOK, GEOPACKAGE = "answers.sqlite", "review.xlsx", "located.xlsx", "located.gpkg"
MOST_SHOWN = 3

Progress = Callable[[int, int, str], None]


def _silent(_done: int, _total: int, _label: str) -> None:
    """Shows nothing."""


@dataclass(frozen=True)
class GeocodeResult:
    """What became of every row of a list, in its order; ``files`` that were written; ``problems`` worth knowing.

    ``proposal`` is about coordinates whose datum the list does not say, None where there are none.
    """

    rows: tuple[Placed, ...]
    files: tuple[Path, ...]
    problems: tuple[Problem, ...]
    proposal: DatumProposal | None = None
    setting: Setting | None = None

    @property
    def counts(self) -> Mapping[Decision, int]:
        """How many rows were accepted, are for review, or rejected; together all of them."""
        counted = Counter(row.decision for row in self.rows)
        return {"accept": counted["accept"], "review": counted["review"], "reject": counted["reject"]}


def geocode(
    file: str | Path,
    *,
    study: str | Path | None = None,
    providers: Sequence[str | Provider] = (),
    offline: bool = False,
    out: str | Path,
    datum: Datum | None = None,
    review: str | Path | None = None,
    progress: Progress = _silent,
    environment: Mapping[str, str] | None = None,
) -> GeocodeResult:
    """Places the facilities of a list and writes ``located.gpkg``, ``located.xlsx`` and ``review.xlsx`` into ``out``.

    ``file`` may be a study with one facility list (``yulin``, its folder, a ``study.toml``): that list is placed, its
    coordinates in the datum that the study says. ``providers``: names (``tianditu``, ``gazetteer``, the path of a
    description) or objects; by default those of the study. ``datum``: that of coordinates which do not say it, named by
    a person. ``review``: a file with decisions, beside the one that lies in ``out``. Answers are kept in ``out``: what
    was answered once is not asked again. Raises :class:`~carereach.errors.InputError` with all that is wrong with list,
    study or review file; then nothing is written. What other lists' runs located in ``out`` is known to the gazetteer,
    and kept there in ``earlier.xlsx``.
    """
    path, study, stated = _list_and_study(file, study)
    folder = Path(out)
    setting = open_setting(study, path)
    rows, problems = read_rows(path, bounds=setting.bounds, stated=stated)
    earlier = [folder / REVIEW] if (folder / REVIEW).exists() else []
    named = [Path(review)] if review is not None and Path(review).resolve() != (folder / REVIEW).resolve() else []
    reviewed = joined([(each, read_review(each)) for each in (*named, *earlier)])
    queries = [setting.ground.stated(row.query) for row in rows]
    ours = (folder / EARLIER, folder / WORKBOOK)
    found_before, troubles = earlier_results((*ours, *setting.located), queries, setting.ground)
    setting = setting.knowing(found_before, troubles)
    asked = _providers(providers or setting.table.providers, setting, environment or os.environ)
    answers, failures, newest = _answers(rows, queries, asked, folder, offline, progress)
    found = propose(rows, queries, answers, setting)
    proposal = found[0] if found else None
    said = datum or reviewed.datum or _stated_datum(stated)
    placed = _weighed(rows, queries, answers, failures, said, proposal, setting)
    keys = keys_of(row.query for row in rows)
    placed, decided = applied(placed, keys, reviewed)
    placed = check_together(placed, setting.table)
    if path.resolve() != ours[0].resolve():
        write_earlier(found_before[found_before["list"].isin([str(one.resolve()) for one in ours])], ours[0])
    frame = located_frame(rows, placed, Origins(newest, named_in_sources(asked)))
    files = _write(folder, rows, frame, placed, keys, replace(reviewed, decided=decided), proposal)
    told = [*setting.problems, *problems, *_grouped(failures, path.name)]
    told += [problem for problem in (found[1] if found else ()) if isinstance(problem, Problem)]
    told += _about_datum(proposal, said, path.name) if proposal is not None else []
    return GeocodeResult(tuple(placed), files, tuple(told), proposal, setting)


def _list_and_study(
    file: str | Path, study: str | Path | None
) -> tuple[Path, str | Path | None, FacilitiesFile | None]:
    """The list that is to be placed and its study, and what the study says of the list, if it is one of its own."""
    stated = list_of_study(file)
    if stated is None:
        return Path(file), study, None if study is None else stated_in(study, Path(file))
    if study is not None and find_study(study).resolve() != find_study(file).resolve():
        raise InputError(Problem("geocode.study-twice", value=str(study), params={"file": str(file)}))
    return find_study(file).parent / stated.path, file, stated


def _stated_datum(stated: FacilitiesFile | None) -> Datum | None:
    """The datum that a study states of its list; its default is not a statement."""
    return stated.datum if stated is not None and "datum" in stated.model_fields_set else None


def _providers(
    wanted: Sequence[str | Provider], setting: Setting, environment: Mapping[str, str]
) -> list[Account | Provider]:
    """Those named, in their order; the gazetteer last, where it is named or where nobody is."""
    names = [one for one in wanted if isinstance(one, str)]
    options = {}
    for name, given in setting.table.options.items():
        try:
            options[name] = ProviderOptions.model_validate(given)
        except ValidationError as error:
            raise InputError(problems_of(error, f"geocode.options.{name}")) from error
    asked: list[Account | Provider] = list(accounts(names, environment, folder=setting.folder, options=options))
    asked += [one for one in wanted if not isinstance(one, str)]
    gazetteer = setting.gazetteer()
    if gazetteer is not None and (not wanted or GAZETTEER in names):
        asked.append(gazetteer)
    elif GAZETTEER in names:
        raise InputError(Problem("geocode.gazetteer-without-study"))
    return asked


def _answers(
    rows: Sequence[Row],
    queries: Sequence[Query],
    asked: Sequence[Account | Provider],
    folder: Path,
    offline: bool,
    progress: Progress,
) -> tuple[list[tuple[Candidate, ...]], list[tuple[Problem, ...]], dict[str, str]]:
    """Candidates and failures of each row, rows that cannot be placed not asked about; each service's newest day."""
    answers: list[tuple[Candidate, ...]] = [()] * len(rows)
    failures: list[tuple[Problem, ...]] = [()] * len(rows)
    open_rows = [i for i, row in enumerate(rows) if row.refused is None]
    with Store(folder / ANSWERS) as store:
        asking = ask_all([queries[i] for i in open_rows], asked, store, offline=offline, progress=progress)
        for i, (_, candidates, failed) in zip(open_rows, asking, strict=True):
            answers[i], failures[i] = candidates, failed
        return answers, failures, store.newest()


def _weighed(
    rows: Sequence[Row],
    queries: Sequence[Query],
    answers: Sequence[tuple[Candidate, ...]],
    failures: Sequence[tuple[Problem, ...]],
    said: Datum | None,
    proposal: DatumProposal | None,
    setting: Setting,
) -> list[Placed]:
    candidates = [
        (*own_candidates(row, found, said, proposal, setting.table), *found)
        for row, found in zip(rows, answers, strict=True)
    ]
    flat = [(query, one) for query, offered in zip(queries, candidates, strict=True) for one in offered]
    standings = iter(setting.ground.standings([query for query, _ in flat], [one for _, one in flat]))
    placed = []
    for row, query, offered, failed in zip(rows, queries, candidates, failures, strict=True):
        standing = [next(standings) for _ in offered]
        if row.refused is not None:
            placed.append(Placed(query, None, (), "reject", (row.refused,)))
            continue
        placed.append(_with_notes(weigh(query, offered, standing, setting.table), row, failed))
    return placed


def _with_notes(one: Placed, row: Row, failed: Sequence[Problem]) -> Placed:
    """The row with what went wrong on its way; what could not be asked yet is no rejection."""
    notes = [row.own_problem] if row.own_problem else []
    if failed and one.decision != "accept":
        codes = {problem.code: problem for problem in failed}
        notes += [Message(code, problem.params) for code, problem in list(codes.items())[:MOST_SHOWN]]
        if not one.candidates:
            return replace(one, decision="review", reasons=(Message("geocode.not-asked"), *notes))
    return replace(one, reasons=(*one.reasons, *notes))


def _write(
    folder: Path,
    rows: Sequence[Row],
    frame: pd.DataFrame,
    placed: Sequence[Placed],
    keys: Sequence[str],
    reviewed: Reviewed,
    proposal: DatumProposal | None,
) -> tuple[Path, ...]:
    """The three files; the review file first, because it holds what a person decided."""
    write_review(folder / REVIEW, placed, keys, reviewed, proposal)
    write_located(frame, rows, folder / WORKBOOK)
    write_geopackage(frame, folder / GEOPACKAGE)
    return folder / GEOPACKAGE, folder / WORKBOOK, folder / REVIEW


def _grouped(failures: Sequence[Sequence[Problem]], file: str) -> list[Problem]:
    """One warning per kind of failure, with how many rows it met; the first one's details."""
    counted = Counter(problem.code for failed in failures for problem in failed)
    first = {problem.code: problem for failed in reversed(failures) for problem in reversed(failed)}
    told = []
    for code, count in counted.items():
        told.append(replace(first[code], file=first[code].file or file, level="warning"))
        if count > 1:
            told.append(Problem("table.more", file, params={"count": count - 1}, level="warning"))
    return told


def _about_datum(proposal: DatumProposal, said: Datum | None, file: str) -> list[Problem]:
    """What the datum of the coordinates probably is; where a person named one, only if the evidence is against it."""
    if said is not None and (proposal.datum is None or proposal.datum == said or proposal.immaterial):
        return []
    reason = proposal.reason
    told = [Problem(reason.code, file, column="datum", params=reason.params, level="warning")]
    if proposal.odd_rows:
        told.append(Problem("geocode.datum-odd", file, params={"count": len(proposal.odd_rows)}, level="warning"))
    return told
