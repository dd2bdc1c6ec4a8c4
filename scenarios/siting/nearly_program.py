"""Choices of sites that are nearly as good as the best, one after the other by HiGHS.

The same program is solved again and again, each time without what is listed already: of the new sites of a choice
``S`` at most ``|S| - differ`` may come again (a canonical cut of Balas and Jeroslow 1972, here for "at least ``differ``
other sites"), and nothing worse than a limit. When HiGHS finds nothing more, the list is complete.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from .clock import Clock
from .instance import Instance
from .reduce import merged
from .result import IntArray
from .rows import Rows, side_rows, stacked
from .solver import Program, solve

TOLERANCE = 1e-8


@dataclass(frozen=True)
class Listing:
    """A program whose first columns are the candidates ``chosen``, and the least (most) value that is listed."""

    program: Program
    chosen: IntArray
    slimmed: Callable[[IntArray], IntArray]
    limit: float

    def run(self, known: Sequence[IntArray], most: int, differ: int, clock: Clock) -> tuple[list[IntArray], bool]:
        """``known`` new sites and further ones, best first, at most ``most``; and whether these are all."""
        found = list(known)
        cuts = [self._cut(new, differ) for new in found]
        program = replace(self.program, rows=stacked([self.program.rows, self._good_enough()]))
        while len(found) < most and not clock.over:
            answer = solve(replace(program, rows=stacked([program.rows, *cuts])), clock)
            if answer.status == "infeasible":
                return found, True
            if answer.status != "optimal" or answer.x is None:
                break
            new = self.slimmed(np.flatnonzero(answer.x[: len(self.chosen)] > 0.5))
            found.append(new)
            cuts.append(self._cut(new, differ))
        return found, False

    def _cut(self, new: IntArray, differ: int) -> Rows:
        """Of ``new`` at most all but ``differ`` come again."""
        row = np.zeros(self.program.rows.matrix.shape[1])
        row[np.flatnonzero(np.isin(self.chosen, new))] = 1.0
        return Rows(sparse.csr_array(row[None, :]), np.array([-np.inf]), np.array([float(len(new) - differ)]))

    def _good_enough(self) -> Rows:
        program = self.program
        row = sparse.csr_array(program.worth[None, :])
        edge = self.limit - program.offset
        slack = TOLERANCE * max(1.0, abs(self.limit))
        if program.maximise:
            return Rows(row, np.array([edge - slack]), np.array([np.inf]))
        return Rows(row, np.array([-np.inf]), np.array([edge + slack]))


def cover_program(instance: Instance, within_min: float, scale: float) -> Program:
    """Maximal covering (Church and ReVelle 1974) over all open candidates: none is dropped for being dominated."""
    chosen = instance.open
    within = instance.within(within_min)
    standing = within[instance.given.fixed].any(axis=0)
    asked = np.flatnonzero(instance.populated & ~standing & within[chosen].any(axis=0))
    covers = within[np.ix_(chosen, asked)]
    first, class_of = merged(covers, np.zeros(len(asked), dtype=np.int64))
    people = np.bincount(class_of, weights=instance.residents[asked], minlength=len(first))
    width, classes = len(chosen), len(first)
    incidence = sparse.csr_array(covers[:, first].T.astype(np.float64))
    cover = sparse.csr_array(sparse.hstack([incidence, -sparse.eye_array(classes)], format="csr"))
    rows = Rows(cover, np.zeros(classes), np.full(classes, np.inf))
    total = width + classes
    always = math.fsum(instance.residents[standing].tolist())
    return Program(
        worth=np.concatenate([np.zeros(width), people / scale]),
        low=np.zeros(total),
        high=np.ones(total),
        whole=np.arange(total) < width,
        rows=stacked([side_rows(instance, chosen).widened(classes), rows]),
        maximise=True,
        offset=always / scale,
    )
