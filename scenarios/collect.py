"""All outcomes of a run in two tables, streamed: memory does not grow with the number of scenarios."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import InputError, Problem
from ..files import atomic
from .outcome import VERDICTS as VERDICT_COLUMNS
from .outcome import Outcome
from .run_folder import RunFolder

MEASURES = "scenarios.parquet"
VERDICTS = "verdicts.parquet"
PLACES = "places.parquet"
DRAWS = "draws.parquet"
DRAW_VERDICTS = "draw_verdicts.parquet"
VERDICT_KEY = list(VERDICT_COLUMNS)[:4]
AT_ONCE = 500


@dataclass
class Collected:
    """Files written; how many scenarios were refused for bad input; keys of outcomes that are missing or damaged."""

    files: tuple[Path, ...] = ()
    refused: int = 0
    damaged: list[str] = field(default_factory=list)


def collect(folder: RunFolder, keys: Iterable[str]) -> Collected:
    """Writes ``scenarios.parquet`` (one row per scenario and area), ``verdicts.parquet`` (per scenario, rule and unit)
    and ``places.parquet`` (per scenario, the places that win and lose most), in the order of ``keys``.

    Each row begins with the scenario: ``scenario`` (its name), ``key`` (of its outcome), ``group``, ``labels`` (JSON),
    ``cost``, ``opened``, ``closed``; a refused scenario has one row with its reason in ``error``.

    Where worlds were drawn, also ``draws.parquet`` (per scenario, world and area) and ``draw_verdicts.parquet`` (per
    scenario and verdict), of which the shares stand beside the verdicts too.
    """
    found = Collected()
    keys, drawn = tuple(keys), False
    paths = tuple(folder.folder / name for name in (MEASURES, VERDICTS, PLACES))
    with atomic(paths[0]) as measures, atomic(paths[1]) as verdicts, atomic(paths[2]) as places:
        tables = [_Table(path) for path in (measures, verdicts, places)]
        for key in keys:
            outcome = folder.get(key)
            if outcome is None:
                found.damaged.append(key)
                continue
            found.refused += bool(outcome.error)
            drawn = drawn or not outcome.draws.empty
            frames = (_measures(outcome), _verdicts(outcome), outcome.places)
            for table, frame in zip(tables, frames, strict=True):
                table.add(_with_scenario(outcome, key, frame))
        for table in tables:
            table.close()
    found.files = (*paths, *_collect_draws(folder, keys if drawn else ()))
    return found


def _collect_draws(folder: RunFolder, keys: tuple[str, ...]) -> tuple[Path, ...]:
    """The tables of draws; without any, those of an earlier run are taken away."""
    paths = tuple(folder.folder / name for name in (DRAWS, DRAW_VERDICTS))
    if not keys:
        for path in paths:
            path.unlink(missing_ok=True)
        return ()
    with atomic(paths[0]) as draws, atomic(paths[1]) as verdicts:
        tables = [_Table(path) for path in (draws, verdicts)]
        for key in keys:
            outcome = folder.get(key)
            if outcome is not None:
                for table, frame in zip(tables, (outcome.draws, outcome.draw_verdicts), strict=True):
                    table.add(_with_scenario(outcome, key, frame))
        for table in tables:
            table.close()
    return paths


def _verdicts(outcome: Outcome) -> pd.DataFrame:
    """The verdicts, with their shares of the draws where there are any."""
    if outcome.draw_verdicts.empty:
        return outcome.verdicts
    shares = outcome.draw_verdicts.drop(columns="status")
    return outcome.verdicts.merge(shares, how="left", on=VERDICT_KEY)


def _measures(outcome: Outcome) -> pd.DataFrame:
    if not outcome.error:
        return outcome.measures.assign(error="")
    said = "; ".join(problem.line("en") for problem in outcome.error)
    return pd.DataFrame({"level": ["city"], "unit": [""], "error": [said]})


def _with_scenario(outcome: Outcome, key: str, frame: pd.DataFrame) -> pd.DataFrame:
    lead = {
        "scenario": outcome.name,
        "key": key,
        "group": outcome.group,
        "labels": json.dumps(dict(outcome.labels), ensure_ascii=False),
        "cost": float("nan") if outcome.cost is None else outcome.cost,
        "opened": outcome.opened,
        "closed": outcome.closed,
    }
    return pd.concat([pd.DataFrame(lead, index=frame.index), frame], axis=1)


class _Table:
    """A Parquet file that grows by blocks; columns and types are those of the first block."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer: pq.ParquetWriter | None = None
        self.waiting: list[pd.DataFrame] = []

    def add(self, frame: pd.DataFrame) -> None:
        self.waiting.append(frame)
        if len(self.waiting) >= AT_ONCE:
            self._write()

    def close(self) -> None:
        self._write()
        if self.writer is not None:
            self.writer.close()
        else:
            pq.write_table(pa.table({}), self.path)

    def _write(self) -> None:
        frames = [frame for frame in self.waiting if len(frame)]
        self.waiting = []
        if not frames:
            return
        block = pd.concat(frames, ignore_index=True)
        if self.writer is None:
            table = pa.Table.from_pandas(block, preserve_index=False)
            self.writer = pq.ParquetWriter(self.path, table.schema)
        else:
            table = pa.Table.from_pandas(block, schema=self.writer.schema, preserve_index=False)
        self.writer.write_table(table)


def read_measures(folder: Path) -> pd.DataFrame:
    """``scenarios.parquet`` of a results folder."""
    return read_table_of(folder, MEASURES)


def read_table_of(folder: Path, name: str, **options: Any) -> pd.DataFrame:  # noqa: ANN401 those of pandas
    """A table of a results folder, with the options of :func:`pandas.read_parquet`; :class:`InputError` where it is
    missing or damaged."""
    path = folder / name
    if not path.is_file():
        raise InputError(Problem("compare.no-results", str(folder)))
    try:
        return pd.read_parquet(path, **options)
    except (pa.ArrowException, ValueError) as error:
        raise InputError(Problem("compare.damaged", str(path))) from error


def batches(path: Path) -> Iterator[pd.DataFrame]:
    """A table of a results folder in blocks of its rows; :class:`InputError` where it is missing or damaged."""
    if not path.is_file():
        raise InputError(Problem("compare.no-results", str(path.parent)))
    try:
        with pq.ParquetFile(path) as file:
            for block in file.iter_batches():
                yield block.to_pandas()
    except pa.ArrowException as error:
        raise InputError(Problem("compare.damaged", str(path))) from error
