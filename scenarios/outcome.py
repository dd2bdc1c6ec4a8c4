"""What one scenario gives, and its file: all that a comparison needs in one Parquet file, always with the same bytes.

The rows of the file are the demand points whose minutes change; the tables stand as JSON in the schema's metadata.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..errors import InputError, Problem

METADATA = b"carereach"
Labels = tuple[tuple[str, str], ...]

MEASURES: Mapping[str, type] = {
    "level": str,
    "unit": str,
    "residents": float,
    "stations": int,
    "ambulances": float,
    "mean_min": float,
    "p90_min": float,
    "longest_min": float,
    "within_15": float,
    "within_30": float,
    "share_15": float,
    "share_30": float,
    "unreachable": float,
    "gained_15": float,
    "lost_15": float,
    "gained_30": float,
    "lost_30": float,
    "mean_change_min": float,
}
VERDICTS: Mapping[str, type] = {
    "plan": str,
    "rule": str,
    "unit": str,
    "subject": str,
    "status": str,
    "screening": bool,
    "value": float,
    "target": str,
    "margin": float,
    "quantity": str,
    "turned": bool,
    "would_settle": str,
}
PLACES: Mapping[str, type] = {"place": str, "residents": float, "minutes_before": float, "minutes_after": float}
DRAWS: Mapping[str, type] = {
    "draw": int,
    "level": str,
    "unit": str,
    "residents": float,
    **dict(list(MEASURES.items())[5:]),
    "met": int,
    "turned_met": int,
    "turned_not_met": int,
}
DRAW_VERDICTS: Mapping[str, type] = {
    **dict(list(VERDICTS.items())[:5]),
    "holds_share": float,
    "met_share": float,
    "not_met_share": float,
    "cannot_tell_share": float,
    "absent_share": float,
    "turned_share": float,
}
SITES: Mapping[str, type] = {"name": str, "lon": float, "lat": float, "what": str}


@dataclass(frozen=True)
class Outcome:
    """One scenario against the study as it is.

    ``opened``, ``closed``: stations that the scenario adds and takes away (a station that moves is neither);
    ``stations``: those it leaves open that have a place.

    ``measures``: one row per unit (``level`` city, zone or county), the people those of the scenario: ``mean_min`` of
    those that are reached, ``p90_min`` (inf where a tenth is not reached), ``longest_min`` of those reached,
    ``within_15`` and ``within_30`` people and their shares, ``unreachable`` people, ``gained_*`` and ``lost_*`` people
    whom the change brings within, or takes beyond; ``mean_change_min``: the mean of the change over the people
    reached before and after. ``ambulances`` is NaN where no station's number is known.
    ``verdicts``: one row per verdict; ``turned``: its status is another than in the study, or the study has no such
    verdict; ``subject``: the institution, or the code of its text; ``would_settle``: of a verdict that turned and can
    no longer be told, what it lacks, in both languages (JSON), else empty.
    ``places``: the ten that gain and the ten that lose most person-minutes, most first: county and township (or, where
    that is not known, the nearest facility), the people whose minutes change, and their mean before and after, ``inf``
    where some of them were, or are, not reached.
    ``demand_index``, ``minutes``: the demand points whose minutes change, or that are new, and their new minutes.
    ``error``: why there is no result; then all tables are empty.
    ``sites``: the stations that the scenario opens, closes or moves (``what``), by name and place, and the other
    facilities that it changes (:meth:`.sites.Sites.of`); of the study as it is, every station ("station").
    ``draws``: empty where nothing was drawn; else one row per world and unit: the measures there, and how many verdicts
    of the whole study are met, become met and become not met against the study as it is in the same world.
    ``draw_verdicts``: per verdict in what share of the worlds its ``status`` holds, in what share it is met, not met,
    cannot be told, or does not exist (together 1), and in what share it is another than in the study as it is there.
    A verdict that only some worlds have has no ``status`` and comes last.
    """

    name: str
    key: str
    group: str
    labels: Labels
    cost: float | None
    opened: int
    closed: int
    stations: int
    measures: pd.DataFrame
    verdicts: pd.DataFrame
    places: pd.DataFrame
    demand_index: NDArray[np.int32]
    minutes: NDArray[np.float32]
    error: tuple[Problem, ...] = ()
    sites: pd.DataFrame = field(default_factory=lambda: table_of([], SITES))
    draws: pd.DataFrame = field(default_factory=lambda: table_of([], DRAWS))
    draw_verdicts: pd.DataFrame = field(default_factory=lambda: table_of([], DRAW_VERDICTS))

    @classmethod
    def failed(
        cls, name: str, key: str, problems: tuple[Problem, ...], *, group: str = "", labels: Labels = ()
    ) -> Self:
        """The outcome of a scenario that could not be computed, with the reasons."""
        measures, verdicts, places = (table_of([], columns) for columns in (MEASURES, VERDICTS, PLACES))
        nowhere, nothing = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
        return cls(name, key, group, labels, None, 0, 0, 0, measures, verdicts, places, nowhere, nothing, problems)

    @property
    def ok(self) -> bool:
        """Whether there is a result."""
        return not self.error

    def to_bytes(self) -> bytes:
        """The outcome as the content of a Parquet file; equal outcomes give equal bytes."""
        head = {
            **{name: getattr(self, name) for name in HEAD},
            "labels": [list(pair) for pair in self.labels],
            "measures": _columns(self.measures, MEASURES),
            "verdicts": _columns(self.verdicts, VERDICTS),
            "places": _columns(self.places, PLACES),
            "sites": _columns(self.sites, SITES),
            "error": [_of_problem(problem) for problem in self.error],
        }
        if len(self.draws):
            head |= {"draws": _packed(self.draws), "draw_verdicts": _packed(self.draw_verdicts)}
        content = json.dumps(head, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        schema = pa.schema([("demand", pa.int32()), ("minutes", pa.float32())], metadata={METADATA: content})
        table = pa.table([pa.array(self.demand_index), pa.array(self.minutes)], schema=schema)
        out = BytesIO()
        pq.write_table(table, out, compression="zstd")
        return out.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, file: str = "") -> Self:
        """Reads what :meth:`to_bytes` made; :class:`InputError` names ``file`` where the content is torn or foreign."""
        try:
            table = pq.read_table(BytesIO(content))
            head = json.loads((table.schema.metadata or {})[METADATA])
            return cls(
                **{name: head[name] for name in HEAD},
                labels=tuple((str(name), str(value)) for name, value in head["labels"]),
                measures=_frame(head["measures"], MEASURES),
                verdicts=_frame(head["verdicts"], VERDICTS),
                places=_frame(head["places"], PLACES),
                demand_index=table["demand"].to_numpy().astype(np.int32),
                minutes=table["minutes"].to_numpy().astype(np.float32),
                error=tuple(Problem(**problem) for problem in head["error"]),
                sites=_frame(head["sites"], SITES),
                draws=_unpacked(head.get("draws"), DRAWS),
                draw_verdicts=_unpacked(head.get("draw_verdicts"), DRAW_VERDICTS),
            )
        except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
            raise InputError(Problem("outcome.torn", file, params={"reason": str(error)})) from error


HEAD = ("name", "key", "group", "cost", "opened", "closed", "stations")
INFINITE = {"inf": math.inf, "-inf": -math.inf}


def table_of(rows: list[tuple[object, ...]], columns: Mapping[str, type]) -> pd.DataFrame:
    """Rows as a frame with these columns and their types."""
    parts = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    return _frame_of({name: list(part) for name, part in zip(columns, parts, strict=True)}, columns)


def _frame_of(parts: Mapping[str, list[Any]], columns: Mapping[str, type]) -> pd.DataFrame:
    dtypes: Mapping[type, Any] = {str: object, float: np.float64, int: np.int64, bool: np.bool_}
    return pd.DataFrame({name: np.array(parts[name], dtype=dtypes[kind]) for name, kind in columns.items()})


def _columns(frame: pd.DataFrame, columns: Mapping[str, type]) -> dict[str, list[object]]:
    """Columns as lists that JSON knows: what is not a number is null, what is infinite a word."""
    return {
        name: [_written(value) for value in frame[name].tolist()] if kind is float else frame[name].tolist()
        for name, kind in columns.items()
    }


def _written(value: float) -> float | str | None:
    if math.isfinite(value):
        return value
    return None if math.isnan(value) else "inf" if value > 0 else "-inf"


def _frame(parts: Mapping[str, list[Any]], columns: Mapping[str, type]) -> pd.DataFrame:
    read = {
        name: [math.nan if v is None else INFINITE.get(v, v) for v in part] if columns[name] is float else part
        for name, part in parts.items()
    }
    return _frame_of(read, columns)


def _packed(frame: pd.DataFrame) -> str:
    """A long frame as the text of a Parquet file."""
    out = BytesIO()
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, out, compression="zstd")
    return base64.b64encode(out.getvalue()).decode("ascii")


def _unpacked(content: str | None, columns: Mapping[str, type]) -> pd.DataFrame:
    if content is None:
        return table_of([], columns)
    frame = pq.read_table(BytesIO(base64.b64decode(content, validate=True))).to_pandas()
    return _frame_of({name: frame[name].tolist() for name in columns}, columns)


def _of_problem(problem: Problem) -> dict[str, object]:
    """A problem as JSON; values of other types as their words."""
    return {
        "code": problem.code,
        "file": problem.file,
        "row": problem.row,
        "column": problem.column,
        "value": _plain(problem.value),
        "params": {name: _plain(value) for name, value in problem.params.items()},
        "level": problem.level,
    }


def _plain(value: object) -> object:
    finite = isinstance(value, float) and math.isfinite(value)
    return value if value is None or isinstance(value, str | int | bool) or finite else str(value)
