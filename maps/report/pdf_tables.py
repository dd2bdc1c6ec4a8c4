"""How wide the columns of a printed table are, and how large its type, so that its longest words fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .blocks import Table
from .pdf_texts import Setter

SIZES_PT = (8.5, 8.0, 7.5, 7.0)
INSET_MM = 1.8
LONGEST_WORD_MM = 32.0  # a longer one is broken
MM_PER_PT = 25.4 / 72
TALLEST_ROW_MM = 120.0  # a taller one may continue on the next page


@dataclass(frozen=True)
class Layout:
    """Size of the type and width of each column, both as printed."""

    size_pt: float
    widths_mm: tuple[float, ...]

    def room_em(self, column: int) -> float:
        """The width that texts have in a column, as a multiple of the size of the type."""
        return max(self.widths_mm[column] - 2 * INSET_MM, 1.0) / (self.size_pt * MM_PER_PT)


def layout(table: Table, setter: Setter, width_mm: float) -> Layout:
    """The largest type in which no word has to break; widths as asked for, but where a word needs more."""
    needed_em = np.array(
        [
            max([setter.unbroken_em(column.heading), *(setter.unbroken_em(row[i].text) for row in table.rows)])
            for i, column in enumerate(table.columns)
        ]
    )
    shares = np.array([max(column.width, 1e-3) for column in table.columns])
    for size in SIZES_PT:
        least = np.minimum(needed_em * 1.03 * size * MM_PER_PT + 0.3, LONGEST_WORD_MM) + 2 * INSET_MM
        if least.sum() <= width_mm:
            return Layout(size, tuple(fitted(shares, least, width_mm).tolist()))
    return Layout(SIZES_PT[-1], tuple((least * width_mm / least.sum()).tolist()))


def fitted(shares: NDArray[np.floating], least: NDArray[np.floating], total: float) -> NDArray[np.floating]:
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


def row_mm(texts: list[str], setter: Setter, measures: Layout) -> float:
    """About how tall a row with these texts is."""
    lines = max(setter.lines(text, measures.room_em(i)) for i, text in enumerate(texts))
    return lines * measures.size_pt * MM_PER_PT * 1.5
