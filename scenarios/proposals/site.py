"""``site``: from a study and a question to a proposal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import geopandas as gpd
import numpy as np

from ...errors import InputError, Problem
from ...layers.study import Study
from ...texts import Message
from ..siting.clock import Progress
from .answers import LIMIT_MIN, Answer, Case, answer, case_of
from .capacity import capacities
from .conditions import check_conditions
from .fewest import fewest
from .layout import Floats, Layout, Step, read_layout
from .proposal import (
    Proposal,
    after_of,
    check_repeated,
    check_times,
    check_value,
    facilities_reached,
    residents_reached,
    scenario_of,
)
from .question import Question
from .supply import Supply, supply_of

ONE_BY_ONE = ("backup", "vehicles")


def site(study: Study, asked: Question, *, step: Step | None = None, progress: Progress | None = None) -> Proposal:
    """The proposal for a question, fed back through the evaluation.

    ``step`` is told what is done; ``progress`` how far the search is. Raises :class:`~carereach.errors.InputError` for
    a question whose parts do not fit together or the study, and
    :class:`~carereach.scenarios.proposals.proposal.ProposalContradiction` where the changed study does not show what
    was promised.
    """
    asked = asked.checked()
    told: Callable[[str], None] = step or (lambda _: None)
    layout = read_layout(study, asked, step=step)
    if asked.of_people and asked.model != "comply" and not layout.sends.any():
        kinds = ", ".join(dict.fromkeys(one.kind for one in layout.opens))
        raise InputError(Problem("site.kind-no-station", value=kinds))
    told("siting-table")
    if asked.model in ("targets", "comply"):
        return fewest(layout, asked, told, progress)
    if not asked.of_people:
        return _supplied(layout, asked, told, progress)
    return _reached(layout, asked, told, progress)


def _reached(layout: Layout, asked: Question, told: Step, progress: Progress | None) -> Proposal:
    minutes = layout.minutes()
    one_by_one = asked.anew or asked.capacity is not None or asked.model in ONE_BY_ONE
    rows = layout.standing_minutes() if one_by_one else np.zeros((0, len(layout.points)))
    now = None if one_by_one else layout.now()
    capacity = capacities(layout, asked, *_of_standing(layout.standing, asked))
    stands = layout.standing
    case = case_of(layout, asked, minutes, now, layout.residents, fixed_rows=rows, stands=stands, capacity=capacity)
    notes: tuple[Message, ...] = ()
    if asked.model == "vehicles":
        case, notes = _with_vehicles(layout, case)
    told("siting")
    found = answer(case, progress)
    scenario = scenario_of(layout, asked, found)
    told("siting-back")
    after = after_of(layout, scenario)
    if found.siting.found:
        check_times(_promised(layout, minutes, rows, found, anew=asked.anew), after)
    reached = residents_reached(layout, after)
    if found.siting.found:
        check_value(asked, found, reached)
        check_repeated(layout, asked, found, scenario)
        stays = np.setdiff1d(np.arange(len(layout.standing)), found.closed)
        check_conditions(layout, asked, found.chosen.tolist(), layout.standing.iloc[stays])
    limit = asked.within_min or LIMIT_MIN
    outcome = None if scenario is None else layout.evaluator.evaluate(scenario)
    value_now = _expected_now(case) if asked.model == "vehicles" else None
    return Proposal(asked, layout, found, reached, limit, scenario, outcome, value_now=value_now, notes=notes)


def _of_standing(standing: gpd.GeoDataFrame, asked: Question) -> tuple[Floats, list[str]]:
    """Beds of what stands (vehicles, where those are asked for) and its names."""
    column = "ambulances" if asked.model == "vehicles" else "beds"
    return standing[column].to_numpy(dtype=float), standing["name"].astype(str).tolist()


def _promised(layout: Layout, minutes: Floats, rows: Floats, found: Answer, *, anew: bool) -> Floats:
    """(D,) the least of the rows that are there in the end."""
    least = minutes[found.chosen].min(axis=0, initial=np.inf)
    standing = np.delete(rows, found.closed, axis=0) if anew else layout.now()[None, :]
    promised: Floats = np.minimum(least, standing.min(axis=0, initial=np.inf))
    return promised


def _with_vehicles(layout: Layout, case: Case) -> tuple[Case, tuple[Message, ...]]:
    """The vehicles that stand: each station's row is named once for each; one where the list does not say how many,
    and a part of one does not count."""
    have = layout.standing["ambulances"].to_numpy(dtype=float)
    counts = np.floor(np.where(np.isnan(have), 1.0, have)).astype(np.int64)
    kept = np.asarray(case.options["fixed"], dtype=np.int64)
    fixed = np.concatenate([np.repeat(np.arange(len(have)), counts), kept[kept >= case.standing]])
    unknown = int(np.isnan(have).sum())
    parts = int((have % 1 > 0).sum())
    notes: tuple[Message, ...] = (Message("site.vehicles-assumed", {"count": unknown}),) if unknown else ()
    notes += (Message("site.vehicles-parts", {"count": parts}),) if parts else ()
    return replace(case, options={**case.options, "fixed": fixed}), notes


def _expected_now(case: Case) -> float:
    """Residents who can count on a free vehicle as the vehicles stand (Daskin 1983)."""
    busy = case.asked.busy or 0.0
    fixed = np.asarray(case.options["fixed"], dtype=np.int64)
    times = (case.minutes[fixed[fixed < case.standing]] <= case.limit).sum(axis=0)
    return float((case.weight * (1.0 - busy**times)).sum())


def _supplied(layout: Layout, asked: Question, told: Step, progress: Progress | None) -> Proposal:
    supply: Supply = supply_of(layout, asked)
    km, now = supply.candidates_km(layout), supply.nearest_km(layout.evaluator.facts)
    capacity = capacities(layout, asked, *_of_standing(supply.standing, asked))
    rows = km[:0] if capacity is None else supply.standing_km(layout.evaluator.facts)
    case = case_of(
        layout,
        asked,
        km,
        now if capacity is None else None,
        np.ones(len(now)),
        fixed_rows=rows,
        stands=supply.standing,
        capacity=capacity,
    )
    told("siting")
    found = answer(case, progress)
    scenario = scenario_of(layout, asked, found)
    told("siting-back")
    after = after_of(layout, scenario, supply)
    if found.siting.found:
        check_times(np.minimum(km[found.chosen].min(axis=0, initial=np.inf), now), after)
    reached = facilities_reached(supply, now, after)
    if found.siting.found:
        check_value(asked, found, reached)
        check_conditions(layout, asked, found.chosen.tolist(), supply.standing)
    limit = asked.within_km or float(after[np.isfinite(after)].max(initial=0.0))
    outcome = None if scenario is None else layout.evaluator.evaluate(scenario)
    return Proposal(asked, layout, found, reached, limit, scenario, outcome, supply)
