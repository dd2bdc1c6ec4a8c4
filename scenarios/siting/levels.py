"""The p-median as a sparse mixed-integer program over distances.

For each demand point the costs at which it can be served are sorted; ``z[point, level] = 1`` says that no site stands
at that level or nearer, and costs the step to the next one (Cornuejols, Nemhauser and Wolsey 1980; in the recursive
form of Elloumi 2010: ``z[k] + sum of sites at level k >= z[k - 1]``). Its bound without integers equals that of the
classical program of ReVelle and Swain (1970), with far fewer entries: levels end at the nearest fixed site and at the
highest cost that a better answer can have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .result import BoolArray, FloatArray, IntArray
from .rows import Rows, stacked
from .solver import Program

SCALED_TO = 1e4  # what the best value known becomes in the program: HiGHS's tolerances are absolute


@dataclass(frozen=True)
class Levels:
    """The levels of all points below each other, nearest first within a point.

    ``entry_level``, ``entry_row``: which candidate rows stand at which level; ``step``: the cost from a level to the
    next (to the fixed site behind the last; NaN where no more may follow); ``is_first``: nearest level of its point;
    ``base``: what everybody costs at least.
    """

    entry_level: IntArray
    entry_row: IntArray
    step: FloatArray
    is_first: BoolArray
    base: float


def levels_of(table: FloatArray, standing: FloatArray, highest: FloatArray) -> Levels | None:
    """Levels of ``table[candidate, demand]``; ``standing``: cost from the nearest fixed site (``inf`` without any);
    ``highest``: the most that a point may cost. None if a point cannot be served at all within it."""
    point, row = np.nonzero(((table <= highest) & (table < standing)).T)
    cost = table[row, point]
    order = np.lexsort((row, cost, point))
    point, row, cost = point[order], row[order], cost[order]
    other_point = np.append(True, point[1:] != point[:-1])[: len(point)]
    opens = other_point | np.append(True, cost[1:] != cost[:-1])[: len(point)]
    first_entry = np.flatnonzero(opens)
    level_point, level_cost = point[first_entry], cost[first_entry]
    is_first = other_point[first_entry]
    is_last = np.append(is_first[1:], True)[: len(is_first)]
    behind = np.where(standing <= highest, standing, np.nan)
    following = np.append(level_cost[1:], np.nan)[: len(level_cost)]
    step = np.where(is_last, behind[level_point], following) - level_cost
    has_level = np.zeros(table.shape[1], dtype=np.bool_)
    has_level[level_point] = True
    if np.isnan(behind[~has_level]).any():
        return None
    base = float(level_cost[is_first].sum() + behind[~has_level].sum())
    return Levels(np.cumsum(opens) - 1, row, step, is_first, base)


def level_program(levels: Levels, side: Rows, sure: BoolArray, scale: float) -> Program:
    """Columns: the candidates of ``side`` in its order, then the ``z``. Values are divided by ``scale``.

    ``sure``: candidates that are in every better answer.
    """
    width, count = len(sure), len(levels.step)
    has_z = ~np.isnan(levels.step)
    column = width - 1 + np.cumsum(has_z)
    inner = np.flatnonzero(~levels.is_first)
    own = np.flatnonzero(has_z)
    rows = np.concatenate([levels.entry_level, own, inner])
    columns = np.concatenate([levels.entry_row, column[own], column[inner - 1]])
    data = np.concatenate([np.ones(len(levels.entry_level) + len(own)), -np.ones(len(inner))])
    total = width + len(own)
    matrix = sparse.csr_array(sparse.coo_array((data, (rows, columns)), shape=(count, total)))
    served = Rows(matrix, np.where(levels.is_first, 1.0, 0.0), np.full(count, np.inf))
    whole = np.zeros(total, dtype=np.bool_)
    whole[:width] = True
    low = np.zeros(total)
    low[:width][sure] = 1.0
    worth = np.concatenate([np.zeros(width), levels.step[own] / scale])
    together = stacked([side.widened(len(own)), served])
    return Program(worth, low, np.ones(total), whole, together, maximise=False, offset=levels.base / scale)
