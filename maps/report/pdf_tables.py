"""How wide the columns of a printed table are, and how large its type: its words fit, and it takes few lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, permutations

import numpy as np
from numpy.typing import NDArray

from ..palette import STATUS_SIGNS
from .blocks import Cell, Column, Table
from .pdf_texts import Setter

SIZES_PT = (8.5, 8.0, 7.5, 7.0)
INSET_MM = 1.8
LONGEST_WORD_MM = 34.0  # a longer one is broken
MM_PER_PT = 25.4 / 72
MOST_ROWS_WHOLE = 8  # a table of no more rows, or no taller than this, stands on one page
TALLEST_WHOLE_MM, ROW_GAP_MM = 85.0, 3.2
TALLEST_ROW_MM = 120.0  # a taller one may continue on the next page
LINE = 1.5  # from one line to the next with what lies between rows, as a multiple of the size of the type
STEPS_MM = (32.0, 16.0, 8.0, 4.0, 2.0)
RAGGED = 1.08  # what lines lose where they break
HEADING_LINES = 2.7  # a heading takes three lines at most, unless it is very long
ROWS_A_PAGE = 30  # a heading is there once on each
MOST_ROWS_WEIGHED = 300
ASKED_WEIGHT = 1e-3  # lines are worth far more than the widths asked for; among equals these decide

SHORT_EM = {
    9.0: 0.8,
    6.0: 0.8,
    4.0: 0.9,
    0.0: 1.0,
}  # texts up to so wide stay whole, if these columns take no more than so much

Widths = NDArray[np.floating]
Columns = tuple[Column, ...]
Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Layout:
    """Size of the type and width of each column, both as printed."""

    size_pt: float
    widths_mm: tuple[float, ...]

    def room_em(self, column: int) -> float:
        """The width that texts have in a column, as a multiple of the size of the type."""
        return max(self.widths_mm[column] - 2 * INSET_MM, 1.0) / (self.size_pt * MM_PER_PT)


def layouts(tables: Iterable[Table], setter: Setter, width_mm: float) -> dict[Columns, Layout]:
    """The layout of each kind of table: those with the same columns look the same."""
    kinds: dict[Columns, list[tuple[Row, ...]]] = {}
    for table in tables:
        kinds.setdefault(table.columns, []).append(table.rows)
    return {
        columns: layout(Table(columns, tuple(chain.from_iterable(rows))), setter, width_mm, len(rows))
        for columns, rows in kinds.items()
    }


def layout(table: Table, setter: Setter, width_mm: float, headings: int = 1) -> Layout:
    """The largest type in which no word has to break, and the widths with which the table takes the fewest lines.

    Short texts stay in one line where there is room. Among widths that take the same number of lines, those asked for
    are kept as far as can be. The heading stands there ``headings`` times, and once a page.
    """
    weight = max(headings, len(table.rows) / ROWS_A_PAGE)
    texts = [[column.heading for column in table.columns], *([signed(cell) for cell in row] for row in table.rows)]
    texts_em = np.array([[setter.fonts.width_em(said) for said in row] for row in texts])
    shares = np.array([max(column.width, 1e-3) for column in table.columns])
    for size in SIZES_PT:
        em_mm = size * MM_PER_PT
        longest = LONGEST_WORD_MM / em_mm
        words_em = [max(setter.longest_em(said, longest) for said in column) for column in zip(*texts, strict=True)]
        for short_em, share in SHORT_EM.items():
            short = np.where(texts_em <= short_em, texts_em, 0.0).max(axis=0)
            needed_mm = np.maximum.reduce([short, words_em, texts_em[0] / HEADING_LINES]) * 1.03 * em_mm + 0.3
            least = np.minimum(needed_mm, LONGEST_WORD_MM) + 2 * INSET_MM
            if least.sum() <= share * width_mm:
                widths = fewest_lines(texts_em * em_mm, weight, least, fitted(shares, least, width_mm))
                return Layout(size, tuple(widths.tolist()))
    return Layout(SIZES_PT[-1], tuple((least * width_mm / least.sum()).tolist()))


def signed(cell: Cell) -> str:
    """A cell's text, a verdict with its sign before it, so that colour is never the only one."""
    sign = STATUS_SIGNS.get(cell.tone, "")
    return cell.text if not sign or cell.text.startswith(sign) else f"{sign} {cell.text}".rstrip()


def fitted(shares: Widths, least: Widths, total: float) -> Widths:
    """Widths that sum to ``total``, as ``shares`` say, none below ``least`` (whose sum is at most ``total``)."""
    held = np.zeros(len(shares), dtype=bool)
    while True:
        room = total - least[held].sum()
        free = np.where(held, 0.0, shares)
        widths = np.where(held, least, room * free / free.sum() if free.sum() else 0.0)
        short = ~held & (widths < least)
        if not short.any():
            return widths
        held |= short


def fewest_lines(texts_mm: Widths, heading_weight: float, least: Widths, asked: Widths) -> Widths:
    """Column widths with the sum of ``asked`` and few lines in all, moved from one column to another in steps.

    ``texts_mm``: the width of each text in one line, a row for each row of the table, its heading first.
    """
    rows = 1 + np.unique(np.linspace(0, len(texts_mm) - 2, min(len(texts_mm) - 1, MOST_ROWS_WEIGHED)).astype(int))
    weighed = texts_mm[np.concatenate([[0], rows]).astype(int)]
    weights = np.ones(len(weighed))
    weights[0] = heading_weight * len(rows) / max(len(texts_mm) - 1, 1)
    moves = np.array([np.eye(len(asked))[to] - np.eye(len(asked))[of] for of, to in permutations(range(len(asked)), 2)])
    best = asked
    for step in STEPS_MM:
        while len(moves):
            tried = np.vstack([best, best + step * moves])
            tried = tried[(tried >= np.minimum(least, best)).all(axis=1)]
            cheapest = tried[np.argmin(_cost(tried, weighed, weights, asked))]
            if np.array_equal(cheapest, best):
                break
            best = cheapest
    return best


def _cost(tried: Widths, texts_mm: Widths, weights: Widths, asked: Widths) -> Widths:
    """For each set of widths its lines, and a little for how far it is from what was asked for."""
    room = np.maximum(tried - 2 * INSET_MM, 1.0)[:, None, :]
    filled = RAGGED * texts_mm / room  # not rounded up, it shows the way where a step does not yet save a line
    lines = np.where(texts_mm <= room, 1.0, 0.8 * np.ceil(filled) + 0.2 * filled).max(axis=2)
    far: Widths = ASKED_WEIGHT * np.abs(tried - asked).sum(axis=1)
    return np.asarray(lines @ weights + far)


def row_mm(texts: list[str], setter: Setter, measures: Layout) -> float:
    """About how tall a row with these texts is."""
    lines = max(setter.lines(text, measures.room_em(i)) for i, text in enumerate(texts))
    return lines * measures.size_pt * MM_PER_PT * LINE


def stands_whole(table: Table, setter: Setter, measures: Layout) -> bool:
    """Whether a table is so short that it stands on one page."""
    if len(table.rows) <= MOST_ROWS_WHOLE:
        return True
    if len(table.rows) * ROW_GAP_MM > TALLEST_WHOLE_MM:
        return False
    tall = sum(row_mm([signed(cell) for cell in row], setter, measures) + ROW_GAP_MM / 2 for row in table.rows)
    return tall <= TALLEST_WHOLE_MM
