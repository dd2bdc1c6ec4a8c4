"""A covering case as a linear program: columns for new sites, then for what they reach."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from .case import Case
from .result import FloatArray, IntArray
from .rows import Rows, side_rows, spacing_rows, stacked
from .solver import Program


def cover_program(case: Case, sure: IntArray | None = None) -> Program:
    """Most worth. Columns: new sites x; y[class, level], in the order of ``np.nonzero(case.worth)``; and, where a
    site may hold several vehicles under a spacing, whether the site is used.

    ``sure``: candidates that every answer holds (no columns of their own).

    A class counts at most as often as sites reach it: sum over levels of y <= sum of x that reach it. Where only the
    second site counts (backup cover) that is y <= sum of x - 1 if the class must be reached anyhow, else 2 y <= sum
    of x with y whole.
    """
    width = len(case.columns)
    classes, levels = np.nonzero(case.worth)
    late = case.worth[:, 0] == 0
    needed = case.once_sure
    factor = np.where(late[classes] & (not needed), 2.0, 1.0)
    count = sparse.csr_array((factor, (classes, np.arange(len(classes)))), (len(case.worth), len(classes)))
    linked = Rows(
        sparse.csr_array(sparse.hstack([-case.reach, count], format="csr")),
        np.full(len(case.worth), -np.inf),
        np.where(late & needed, -1.0, 0.0),
    )
    must = Rows(case.need, np.ones(case.need.shape[0]), np.full(case.need.shape[0], np.inf))
    rows = [conditions(case, sure).widened(len(classes)), must.widened(len(classes)), linked]
    program = Program(
        worth=np.concatenate([np.zeros(width), case.worth[classes, levels]]),
        low=np.zeros(width + len(classes)),
        high=np.concatenate([case.top.astype(np.float64), np.ones(len(classes))]),
        whole=np.concatenate([np.ones(width, dtype=np.bool_), late[classes] & (not needed)]),
        rows=stacked(rows),
        maximise=True,
        offset=case.offset,
    )
    return _with_used(program, case) if case.instance.repeats and case.instance.near is not None else program


def set_program(case: Case) -> Program:
    """Fewest new sites that reach every row of ``case.need``."""
    width = len(case.columns)
    must = Rows(case.need, np.ones(case.need.shape[0]), np.full(case.need.shape[0], np.inf))
    rows = stacked([conditions(case), must])
    ones = np.ones(width)
    return Program(ones, np.zeros(width), ones, np.ones(width, dtype=np.bool_), rows, maximise=False)


def conditions(case: Case, sure: IntArray | None = None) -> Rows:
    """The rows every model knows, over the columns of the case; ``sure`` are taken out of them."""
    chosen = case.columns
    if sure is None or not len(sure):
        return side_rows(case.instance, chosen)
    rows = side_rows(case.instance, np.concatenate([chosen, sure]))
    taken = rows.matrix[:, len(chosen) :].sum(axis=1)
    return Rows(sparse.csr_array(rows.matrix[:, : len(chosen)]), rows.low - taken, rows.high - taken)


def start_of(case: Case, chosen: IntArray) -> FloatArray:
    """Values of all columns of :func:`cover_program` for a choice of columns."""
    counts = case.counts(chosen)
    classes, levels = np.nonzero(case.worth)
    parts = [case.times(chosen), (levels < counts[classes]).astype(np.float64)]
    if case.instance.repeats and case.instance.near is not None:
        parts.append((case.times(chosen) > 0).astype(np.float64))
    return np.concatenate(parts)


def _with_used(program: Program, case: Case) -> Program:
    """With a column for each site that says whether it is used, since spacing is between sites, not vehicles."""
    width, more = len(case.columns), len(program.worth)
    eye = sparse.csr_array(sparse.eye_array(width))
    most = np.minimum(case.top, case.instance.p if case.instance.p is not None else case.top).astype(np.float64)
    link = sparse.hstack([eye, sparse.csr_array((width, more - width)), -sparse.diags_array(most)], format="csr")
    apart = spacing_rows(case.instance, case.columns)
    before = sparse.csr_array((apart.matrix.shape[0], more))
    rows = [
        program.rows.widened(width),
        Rows(sparse.csr_array(link), np.full(width, -np.inf), np.zeros(width)),
        Rows(sparse.csr_array(sparse.hstack([before, apart.matrix], format="csr")), apart.low, apart.high),
    ]
    return Program(
        np.concatenate([program.worth, np.zeros(width)]),
        np.concatenate([program.low, np.zeros(width)]),
        np.concatenate([program.high, np.ones(width)]),
        np.concatenate([program.whole, np.ones(width, dtype=np.bool_)]),
        stacked(rows),
        maximise=True,
        offset=program.offset,
    )
