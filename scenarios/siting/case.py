"""A covering question in sparse arrays: what the n-th new site that reaches a class of demand adds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from .instance import Instance
from .reduce import implied, incidence_of, merged, replaceable
from .result import BoolArray, FloatArray, IntArray

NEGLIGIBLE = 1e-10  # residents


@dataclass(frozen=True)
class Case:
    """Choose how many new sites go to each column (candidate), so that the classes are worth most.

    ``worth[class, n]``: what the (n+1)-th new site that reaches the class adds; ``offset``: what the fixed sites are
    worth without any new one. ``need[row, column]``: rows that some new site must reach. ``top[column]``: the most
    new sites there. ``once_sure``: ``need`` sees to it that every class that no fixed site reaches is reached.
    """

    instance: Instance
    columns: IntArray
    reach: sparse.csr_array
    worth: FloatArray
    offset: float
    need: sparse.csr_array
    top: IntArray
    once_sure: bool = False

    @cached_property
    def back(self) -> sparse.csr_array:
        """[column, class]: ``reach`` by columns."""
        return sparse.csr_array(self.reach.T.tocsr())

    @cached_property
    def joint(self) -> sparse.csr_array:
        """``reach`` and, below it, ``need``."""
        if not self.need.shape[0]:
            return self.reach
        return sparse.csr_array(sparse.vstack([self.reach, self.need], format="csr"))

    @cached_property
    def joint_back(self) -> sparse.csr_array:
        """``joint`` by columns."""
        return sparse.csr_array(self.joint.T.tocsr())

    @cached_property
    def joint_worth(self) -> FloatArray:
        """``worth`` and, below it, that of reaching a row of ``need``: more than everything else together."""
        needs = np.zeros((self.need.shape[0], self.worth.shape[1]))
        needs[:, 0] = 2.0 * self.worth.sum() + 1.0
        return np.vstack([self.worth, needs])

    @property
    def concave(self) -> bool:
        """Whether each further site adds at most what the one before did."""
        return bool(np.all(self.worth[:, 1:] <= self.worth[:, :-1]))

    def added(self, counts: IntArray) -> float:
        """What the classes are worth where ``counts[class]`` new sites reach them."""
        levels = np.arange(self.worth.shape[1])
        return float(self.worth[levels[None, :] < counts[:, None]].sum())

    def value(self, chosen: IntArray) -> float:
        """The value with ``chosen`` new sites (columns, repeated for vehicles)."""
        return self.offset + self.added(self.counts(chosen))

    def counts(self, chosen: IntArray) -> IntArray:
        """[class]: how many of ``chosen`` reach it."""
        counts: IntArray = np.rint(self.reach @ self.times(chosen)).astype(np.int64)
        return counts

    def times(self, chosen: IntArray) -> FloatArray:
        """[column]: how often it is in ``chosen``."""
        return np.bincount(chosen, minlength=len(self.columns)).astype(np.float64)

    def marginal(self, counts: IntArray) -> FloatArray:
        """[class]: what one more site adds where ``counts`` reach it."""
        last = self.worth.shape[1] - 1
        return np.where(counts <= last, self.worth[np.arange(len(counts)), np.minimum(counts, last)], 0.0)


def cover_case(
    instance: Instance,
    within: BoolArray,
    factors: FloatArray,
    *,
    need: BoolArray | None = None,
    alone: bool = True,
    once_sure: bool = False,
    top: IntArray | None = None,
) -> Case:
    """The question of covering ``within[candidate, demand]``.

    ``factors[n]``: the share of its residents that a point adds when the (n+1)-th site reaches it. ``need``: like
    ``within``, for the points that must be reached at least once. ``alone``: a second site that reaches no more than
    one that is there adds nothing, so that replaceable candidates can go. ``top[candidate]``: the most new sites there,
    one each if not given. ``once_sure``: whether ``need`` is ``within``.
    """
    people = instance.populated
    columns = instance.open
    there = within[instance.given.fixed].sum(axis=0)
    known = np.concatenate([factors, np.zeros(1)])
    steps = np.minimum(there, len(factors))
    offset = float((instance.residents * np.concatenate([[0.0], np.cumsum(factors)])[steps]).sum())
    alive = np.flatnonzero(people & (there < len(factors)) & within[columns].any(axis=0))
    table = within[np.ix_(columns, alive)]
    first, classes = merged(table, steps[alive])
    weight = np.bincount(classes, weights=instance.residents[alive], minlength=len(first))
    levels = np.minimum(steps[alive][first][:, None] + np.arange(_levels(instance, factors))[None, :], len(factors))
    worth = weight[:, None] * known[levels]
    worth[worth < NEGLIGIBLE] = 0.0
    reach = incidence_of(table[:, first])
    must = _needs(instance, need, columns)
    most = np.ones(len(columns), dtype=np.int64) if top is None else top[columns]
    case = Case(instance, columns, reach, worth, offset, must, most, once_sure)
    return lean(case) if alone else _tidy(case)


def _levels(instance: Instance, factors: FloatArray) -> int:
    new = len(instance.open) if instance.p is None or not instance.repeats else instance.p
    return max(1, min(len(factors), new))


def _needs(instance: Instance, need: BoolArray | None, columns: IntArray) -> sparse.csr_array:
    if need is None:
        return sparse.csr_array((0, len(columns)))
    rows = np.flatnonzero(instance.populated & ~need[instance.given.fixed].any(axis=0))
    table = need[np.ix_(columns, rows)]
    first, _ = merged(table, np.zeros(len(rows), dtype=np.int64))
    must = incidence_of(table[:, first])
    return sparse.csr_array(must[~implied(must)])


def lean(case: Case) -> Case:
    """Without the columns that others can stand in for."""
    both = sparse.csr_array(sparse.vstack([case.reach, case.need], format="csr"))
    return narrowed(case, ~replaceable(case.instance, case.columns, both))


def narrowed(case: Case, keep: BoolArray) -> Case:
    """With the columns of ``keep`` alone; classes that look alike afterwards are merged."""
    return _tidy(
        replace(
            case,
            columns=case.columns[keep],
            reach=sparse.csr_array(case.reach[:, keep]),
            need=sparse.csr_array(case.need[:, keep]),
            top=case.top[keep],
        )
    )


def settled(case: Case, always: BoolArray) -> tuple[Case, IntArray]:
    """With the columns of ``always`` in every answer, and what is left to choose; gives their candidates, too.

    For sites of one each and without needs. The number left is ``case.instance.p`` less those.
    """
    counts = case.counts(np.flatnonzero(always))
    levels = np.arange(case.worth.shape[1])[None, :] + counts[:, None]
    width = case.worth.shape[1]
    shifted = np.where(levels < width, np.take_along_axis(case.worth, np.minimum(levels, width - 1), axis=1), 0.0)
    left = replace(case, worth=shifted, offset=case.offset + case.added(counts))
    return narrowed(left, ~always), case.columns[always]


def _tidy(case: Case) -> Case:
    """Merges classes with the same columns; drops those without worth or columns, and implied needs."""
    reach, worth = case.reach, case.worth
    keep = (np.diff(reach.indptr) > 0) & (worth.sum(axis=1) > 0)
    table = reach[keep].astype(np.bool_).toarray().T
    marks = (worth[keep][:, 0] == 0).astype(np.int64)  # what counts from the second site on stays by itself
    first, classes = merged(table, marks)
    joint = np.zeros((len(first), worth.shape[1]))
    np.add.at(joint, classes, worth[keep])
    must = sparse.csr_array(case.need)
    pattern, _ = merged(must.astype(np.bool_).toarray().T, np.zeros(must.shape[0], dtype=np.int64))
    must = sparse.csr_array(must[pattern])
    return replace(case, reach=incidence_of(table[:, first]), worth=joint, need=sparse.csr_array(must[~implied(must)]))
