"""The review file: what needs a person, with every answer and the reason, and a column to decide in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...texts import LANGS, Lang, Message, text
from ..settings_parts import Datum
from .decisions import CANDIDATES, DATUM, DECIDED, REVIEW, Decided, Reviewed
from .model import Placed, Trusted
from .trust import distances_km
from .unknown_datum import DATUMS, LABELS, DatumProposal
from .workbook import Cell, SheetOf, write_workbook

DECIMALS = 6
ROW = ("sheet", "row", "name", "kind", "address", "county", "township")
REVIEW_COLUMNS = ("key", *ROW, "outcome", "why_zh", "why_en", "answers", "apart_km")
ASKED = ("decision", "lon", "lat", "datum", "note")
CANDIDATE_COLUMNS = ("key", "row", "name", "number", "provider", "answer", "answer_address")
CANDIDATE_FIGURES = ("lon", "lat", "precision", "trust", "outcome", "first_km", "why_zh", "why_en")
DECIDED_COLUMNS = ("key", "name", "county", "township", "address", "lon", "lat", "source", "precision", "note")


def write_review(
    path: Path,
    placed: Sequence[Placed],
    keys: Sequence[str],
    reviewed: Reviewed,
    proposal: DatumProposal | None = None,
) -> None:
    """Writes the rows that need a person, their candidates, and all that a person decided, confirmed or noted so far:
    also decisions of rows that are gone, and notes beside rows that are not decided yet."""
    open_rows = [(row, key) for row, key in zip(placed, keys, strict=True) if _needs_person(row)]
    sheets = [_review(open_rows, reviewed.notes), _candidates(open_rows), _decided(reviewed.decided)]
    write_workbook(path, [*sheets, _datum(proposal, reviewed.datum)])


def why(reasons: Sequence[Message], lang: Lang) -> str:
    """Reasons as one text."""
    return ("" if lang == "zh" else " ").join(reason.text(lang) for reason in reasons)


def apart_km(candidates: Sequence[Trusted]) -> float | None:
    """The largest distance between two candidates, None for fewer than two."""
    if len(candidates) < 2:
        return None
    return float(distances_km([t.candidate.lon for t in candidates], [t.candidate.lat for t in candidates]).max())


def outcome(row: Placed) -> Message:
    """What became of a row: located, for review, or rejected."""
    return Message(f"geocode.outcome-{row.decision}")


def both(message: Message) -> str:
    """A message in both languages, Chinese first."""
    return " / ".join(message.text(lang) for lang in LANGS)


def heading(column: str) -> str:
    """A column's heading: Chinese, and our name of the column, by which the file is read back."""
    return f"{text(f'geocode.col-{column}', 'zh')} {column}"


def _needs_person(row: Placed) -> bool:
    return row.decided_by != "person" and row.decision != "accept"


def _row_cells(row: Placed) -> list[Cell]:
    query = row.query
    return [query.sheet, query.row, query.name, query.kind, query.address, query.county, query.township]


def _review(rows: Sequence[tuple[Placed, str]], notes: Mapping[str, str]) -> SheetOf:
    lines = []
    for row, key in rows:
        spread = apart_km(row.candidates)
        lines.append(
            [
                key,
                *_row_cells(row),
                both(outcome(row)),
                *(why(row.reasons, lang) for lang in LANGS),
                len(row.candidates),
                None if spread is None else round(spread, 3),
                *("" for _ in ASKED[:-1]),
                notes.get(key, ""),
            ]
        )
    columns = (*REVIEW_COLUMNS, *ASKED)
    asked = tuple(range(len(REVIEW_COLUMNS), len(columns)))
    return SheetOf(REVIEW, tuple(map(heading, columns)), lines, asked)


def _candidates(rows: Sequence[tuple[Placed, str]]) -> SheetOf:
    lines: list[list[Cell]] = []
    for row, key in rows:
        places = [trusted.candidate for trusted in row.candidates]
        away = distances_km([c.lon for c in places], [c.lat for c in places])
        for number, trusted in enumerate(row.candidates):
            candidate = trusted.candidate
            lines.append(
                [
                    key,
                    row.query.row,
                    row.query.name,
                    number + 1,
                    candidate.provider,
                    candidate.name,
                    candidate.address,
                    round(candidate.lon, DECIMALS),
                    round(candidate.lat, DECIMALS),
                    candidate.precision,
                    round(trusted.trust, 3),
                    both(Message(f"geocode.verdict-{trusted.decision}")),
                    round(float(away[0][number]), 3),
                    *(why(trusted.reasons, lang) for lang in LANGS),
                ]
            )
    return SheetOf(CANDIDATES, tuple(map(heading, (*CANDIDATE_COLUMNS, *CANDIDATE_FIGURES))), lines)


def _decided(decided: Mapping[str, Decided]) -> SheetOf:
    lines = [
        [
            key,
            *(one.row.get(c, "") for c in DECIDED_COLUMNS[1:5]),
            one.lon,
            one.lat,
            one.provider,
            one.precision,
            one.note,
        ]
        for key, one in decided.items()
    ]
    return SheetOf(DECIDED, tuple(map(heading, DECIDED_COLUMNS)), lines)


def _datum(proposal: DatumProposal | None, confirmed: Datum | None) -> SheetOf:
    """The probabilities and a cell to confirm one in; without rows where there is nothing to confirm."""
    lines: list[list[Cell]] = []
    asked = confirmed is not None or (proposal is not None and not proposal.immaterial)
    for datum in DATUMS if asked else ():
        median = proposal.median_m.get(datum) if proposal else None
        reason = proposal.reason if proposal and datum == DATUMS[0] else None
        lines.append(
            [
                LABELS[datum],
                round(proposal.shares[datum], 4) if proposal else None,
                None if median is None else round(median, 1),
                *(reason.text(lang) if reason else "" for lang in LANGS),
                LABELS[datum] if datum == confirmed else "",
            ]
        )
    columns = ("datum", "share", "median_m", "why_zh", "why_en", "confirm")
    return SheetOf(DATUM, tuple(map(heading, columns)), lines, (len(columns) - 1,))
