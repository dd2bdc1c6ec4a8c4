"""A proposal: the sites chosen, as a scenario, fed back through the evaluation, with what it gains and for whom.

What the model promised and what the changed study gives must agree to the last bit; where they do not, that is an
error, never an answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from ...coverage.results import ZONES
from ...coverage.statistics import mean_of_reached, weighted_quantile
from ...errors import CareReachError
from ...texts import Message, text
from ..changes import Change, Close, Open, Scenario, SetAmbulances, Upgrade
from ..outcome import Outcome
from .answers import Answer, Ints
from .layout import Floats, Layout
from .question import Question
from .supply import Supply

NAME = "site"
SITE_COLUMNS = (
    "site_number",
    "site_what",
    "site_name",
    "county",
    "lon",
    "lat",
    "site_first",
    "site_newly",
    "site_load",
    "ambulances",
    "site_cost",
    "site_choices",
)
TOLERANCE = 1e-6


class ProposalContradiction(CareReachError):
    """The changed study does not show what the model promised: a fault of ours, not of the input."""

    def __init__(self, what: str, promised: float, found: float) -> None:
        self.what, self.promised, self.found = what, promised, found
        super().__init__(what, promised, found)

    def __str__(self) -> str:
        values = {"what": self.what, "promised": f"{self.promised:.9g}", "found": f"{self.found:.9g}"}
        return text("site.contradiction", "en", **values)


def unit_said(unit: str) -> Message | str:
    """The unit of a verdict as it is said: a zone in words, a county by its name."""
    return Message(f"unit.{unit}") if unit in ZONES else unit


def rule_said(rule: Message | str, unit: str) -> Message | str:
    """A rule and the unit it is about."""
    return Message("site.goal-named", {"goal": rule, "unit": unit_said(unit)}) if unit else rule


@dataclass(frozen=True)
class Reached:
    """Who is to be reached (D,): residents of demand points, or facilities; ``before`` and ``after`` in minutes or km,
    ``xy`` in the study's CRS, their ``county`` and the ``place`` they are known by."""

    weight: Floats
    before: Floats
    after: Floats
    xy: Floats
    county: NDArray[np.object_]
    place: NDArray[np.object_]

    def within(self, limit: float, *, after: bool) -> float:
        """Residents (facilities) within a limit."""
        return float(self.weight[(self.after if after else self.before) <= limit].sum())


@dataclass(frozen=True)
class GoalLine:
    """A goal of a question about targets or rules: what it is called, its value before and after, what is asked for,
    the verdict after, and by how much it is missed (0 where it is met). Where no choice meets all: what the best
    compromise misses, and whether the goal is one of those in ``conflict``."""

    name: Message | str
    unit: str
    before: float
    after: float
    target: str
    quantity: str
    status: str
    miss: float = 0.0
    screening: bool = False
    conflict: bool = False


@dataclass(frozen=True)
class Proposal:
    """``scenario`` is None where nothing was found. ``reached``: who is reached how; ``limit``: what counts as within,
    for the tables and the map; ``goals``: what targets or rules were asked for, and what became of them; ``extra``:
    stations that stand and get more ambulances, by name; ``value_now``: the model's value without anything new."""

    asked: Question
    layout: Layout
    answer: Answer
    reached: Reached
    limit: float
    scenario: Scenario | None
    outcome: Outcome | None
    supply: Supply | None = None
    goals: tuple[GoalLine, ...] = ()
    extra: tuple[tuple[str, float], ...] = ()
    value_now: float | None = None
    notes: tuple[Message, ...] = ()

    @property
    def standing_rows(self) -> int:
        """How many rows of the case stand already."""
        return self.answer.standing

    @property
    def hopeless(self) -> float:
        """Residents (facilities) whom no candidate and nothing that stands reaches within the limit."""
        return self.answer.hopeless

    def names(self, rows: Ints) -> list[str]:
        """Names of rows of the case: candidates, and stations that stand where these may be chosen anew."""
        count, opens = self.standing_rows, self.layout.opens
        standing = self.layout.standing["name"].astype(str).tolist() if self.asked.anew else []
        return [opens[row - count].name if row >= count else standing[row] for row in rows.tolist()]

    @property
    def counted(self) -> float:
        """Residents (facilities) for whom the answer is: those that something reaches."""
        keep = np.ones(len(self.reached.weight), dtype=bool)
        keep[self.answer.points_out] = False
        return float(self.reached.weight[keep].sum())

    @property
    def chosen(self) -> tuple[Open, ...]:
        """What is opened, in the order of the candidates, once each."""
        return tuple(self.layout.opens[place] for place in np.unique(self.answer.chosen))


def residents_reached(layout: Layout, after: Floats) -> Reached:
    """The residents of the study's demand points, reached now and after."""
    frame = layout.study.people.frame.iloc[layout.points]
    county, township = frame["county"].to_numpy(dtype=object), frame["township"].to_numpy(dtype=object)
    place = np.where(township == "", county, county + "·" + township)
    xy = shapely.get_coordinates(frame.geometry.to_numpy())
    return Reached(layout.residents, layout.now(), after, xy, county, np.asarray(place, dtype=object))


def facilities_reached(supply: Supply, before: Floats, after: Floats) -> Reached:
    """The facilities to be supplied, and how far it is to them now and after."""
    frame = supply.wanted
    xy = shapely.get_coordinates(frame.geometry.to_numpy())
    county, name = (frame[column].to_numpy(dtype=object) for column in ("county", "name"))
    return Reached(np.ones(len(frame)), before, after, xy, county, name)


def scenario_of(layout: Layout, asked: Question, answer: Answer, *, more: Sequence[Change] = ()) -> Scenario | None:
    """What is opened, closed and staffed, as a scenario; None where there is nothing to build on or to change."""
    if not answer.siting.found:
        return None
    sites, times = np.unique(answer.chosen, return_counts=True)
    changes: list[Change] = []
    for place, number in zip(sites.tolist(), times.tolist(), strict=True):
        one = layout.opens[place]
        if asked.model == "vehicles":
            one = one.model_copy(update={"ambulances": float(number)})
        changes.append(one)
    changes += [leaving(layout, row) for row in answer.closed.tolist()]
    changes += _staffed(layout, answer.added)
    changes += more
    return Scenario(NAME, tuple(changes)) if changes else None


def leaving(layout: Layout, row: int) -> Change:
    """A standing station that goes: it closes, or stays what else it is, without the role of a station."""
    station, wanted = layout.standing.iloc[row], layout.study.settings.stations
    if station["kind"] in wanted.kinds:
        return Close(facility=station["id"])
    left = tuple(role for role in str(station["roles"]).split(";") if role and role not in wanted.roles)
    return Upgrade(facility=station["id"], roles=left)


def _staffed(layout: Layout, added: Ints) -> list[Change]:
    """Standing stations that get more vehicles."""
    rows, times = np.unique(added, return_counts=True)
    station = layout.standing
    have = station["ambulances"].to_numpy(dtype=float)
    counts = [1.0 if math.isnan(have[row]) else have[row] for row in rows.tolist()]
    return [
        SetAmbulances(facility=station["id"].iloc[row], ambulances=count + number)
        for row, count, number in zip(rows.tolist(), counts, times.tolist(), strict=True)
    ]


def after_of(layout: Layout, scenario: Scenario | None, supply: Supply | None = None) -> Floats:
    """(D,) minutes (or km) in the study as the scenario makes it, computed by the assessment's own code."""
    if scenario is None:
        return layout.now() if supply is None else supply.nearest_km(layout.evaluator.facts)
    facts = layout.evaluator.facts_of(layout.applier.apply(scenario))
    if supply is not None:
        return supply.nearest_km(facts)
    return facts.minutes()[layout.points]


def check_times(promised: Floats, found: Floats) -> None:
    """Raises :class:`ProposalContradiction` where the changed study's times differ from those the model used."""
    same = (promised == found) | (np.isinf(promised) & np.isinf(found))
    if not same.all():
        where = int(np.flatnonzero(~same)[0])
        raise ProposalContradiction(f"point {where}", float(promised[where]), float(found[where]))


def check_value(asked: Question, answer: Answer, reached: Reached) -> None:
    """Raises :class:`ProposalContradiction` where what the model counts is not what the changed study shows."""
    keep = np.ones(len(reached.weight), dtype=bool)
    keep[answer.points_out] = False
    weight, after = reached.weight[keep], reached.after[keep]
    limit = (asked.within_min if asked.of_people else asked.within_km) or 0.0
    value = answer.siting.value
    if asked.capacity is not None and asked.model in ("cover", "mean"):
        check_shared(asked.model, value, weight, after, limit)
        return
    if asked.model == "cover":
        found = float(weight[after <= limit].sum())
    elif asked.model == "mean":
        found = float((weight[weight > 0] * after[weight > 0]).sum())
    elif asked.model == "worst":
        found = float(after[weight > 0].max(initial=0.0))
    elif asked.model == "cover-all":
        beyond = float(weight[~(after <= limit)].sum())
        if beyond > 0:
            raise ProposalContradiction("beyond the limit", 0.0, beyond)
        return
    else:
        return
    if abs(found - value) > TOLERANCE * max(1.0, abs(value)):
        raise ProposalContradiction(asked.model, value, found)


def check_repeated(layout: Layout, asked: Question, answer: Answer, scenario: Scenario | None) -> None:
    """The same where more than the nearest station counts: people within reach of two, or of vehicles that are not
    busy; counted over the stations and ambulances of the changed study, one after the other."""
    if asked.model not in ("backup", "vehicles"):
        return
    changed = layout.evaluator.facts
    if scenario is not None:
        changed = layout.evaluator.facts_of(layout.applier.apply(scenario))
    stations = changed.stations.located
    within = layout.minutes_from(stations) <= (asked.within_min or 0.0)
    within[:, answer.points_out] = False
    if asked.model == "backup":
        found = float(layout.residents[within.sum(axis=0) >= 2].sum())
    else:
        have = stations["ambulances"].to_numpy(dtype=float)
        vehicles = np.floor(np.where(np.isnan(have), 1.0, have))
        found = float((layout.residents * (1.0 - (asked.busy or 0.0) ** (vehicles @ within))).sum())
    if abs(found - answer.siting.value) > TOLERANCE * max(1.0, found):
        raise ProposalContradiction(asked.model, answer.siting.value, found)


def check_shared(model: str, value: float, weight: Floats, after: Floats, limit: float) -> None:
    """The same where sites can be full: no more are served than are within the limit, and none is nearer than to the
    nearest. (Who is served where was gone over by the model's own recheck.)"""
    if model == "cover":
        most = float(weight[after <= limit].sum())
        if value > most + TOLERANCE * max(1.0, most):
            raise ProposalContradiction(model, value, most)
        return
    least = float((weight[weight > 0] * after[weight > 0]).sum())
    if value < least - TOLERANCE * max(1.0, least):
        raise ProposalContradiction(model, value, least)


def by_county(proposal: Proposal) -> pd.DataFrame:
    """One row for the whole and one per county: who is within before and after, the mean, and who is left.

    Means are of those that are reached at all.
    """
    reached, names = proposal.reached, list(proposal.layout.study.counties.frame["county"].astype(str))
    areas = [("", np.ones(len(reached.weight), dtype=bool)), *((name, reached.county == name) for name in names)]
    rows = [_row(proposal, name, here) for name, here in areas if here.any()]
    return pd.DataFrame(rows)


def _row(proposal: Proposal, name: str, here: NDArray[np.bool_]) -> dict[str, object]:
    reached, limit = proposal.reached, proposal.limit
    weight, before, after = reached.weight[here], reached.before[here], reached.after[here]
    counties = [proposal.layout.county[place] for place in np.unique(proposal.answer.chosen)]
    total = float(weight.sum())
    was, now = float(weight[before <= limit].sum()), float(weight[after <= limit].sum())
    row: dict[str, object] = {
        "area": name,
        "site_new": len(counties) if not name else counties.count(name),
        "site_total": total,
        "site_before": was,
        "site_after": now,
        "site_gained": now - was,
        "site_left": total - now,
        "site_share_before": 100.0 * was / total if total else math.nan,
        "site_share_after": 100.0 * now / total if total else math.nan,
        "site_mean_before": mean_of_reached(before, weight),
        "site_mean_after": mean_of_reached(after, weight),
        "site_longest_after": float(after[weight > 0].max(initial=0.0)),
    }
    return row


def sites_of(proposal: Proposal) -> pd.DataFrame:
    """The sites of a proposal, numbered as on the map, and what is nearly chosen: whom each is the nearest to."""
    layout, answer, reached = proposal.layout, proposal.answer, proposal.reached
    chosen = np.unique(answer.chosen)
    table = layout.minutes_of(chosen) if proposal.supply is None else proposal.supply.candidates_km(layout)[chosen]
    first = np.full(len(reached.weight), -1)
    if len(chosen):
        first = np.where(table.min(axis=0) == reached.after, table.argmin(axis=0), -1)
    newly = (reached.after <= proposal.limit) & ~(reached.before <= proposal.limit)
    shares = {} if answer.menu is None else answer.menu.share
    rows = []
    for number, place in enumerate(chosen.tolist(), start=1):
        mine = first == number - 1
        served, gained = (float(reached.weight[mask].sum()) for mask in (mine, mine & newly))
        rows.append(
            _site(proposal, place, str(number), "chosen", shares) | {"site_first": served, "site_newly": gained}
        )
    rows += [_site(proposal, place, "", "nearly", shares) for place in answer.nearly.tolist()]
    return pd.DataFrame(rows, columns=[*SITE_COLUMNS])


def _site(proposal: Proposal, place: int, number: str, what: str, shares: Mapping[int, float]) -> dict[str, object]:
    one = proposal.layout.opens[place]
    share = shares.get(place + proposal.standing_rows)
    return {
        "site_number": number,
        "site_what": what,
        "site_name": one.name,
        "county": str(proposal.layout.county[place]),
        "lon": one.place[0],
        "lat": one.place[1],
        "site_load": _load(proposal, place),
        "ambulances": math.nan if one.ambulances is None else one.ambulances,
        "site_cost": math.nan if one.cost is None else one.cost,
        "site_choices": math.nan if share is None else 100.0 * share,
    }


def _load(proposal: Proposal, place: int) -> float:
    """How many a chosen site serves, where sites have a capacity."""
    siting = proposal.answer.siting
    if siting.load is None:
        return math.nan
    return float(siting.load[siting.sites == place + proposal.standing_rows].sum())


def most_left(reached: Reached, limit: float, most: int = 3) -> list[tuple[str, float]]:
    """The places with most residents (facilities) beyond the limit after the changes."""
    beyond = ~(reached.after <= limit)
    frame = pd.DataFrame({"place": reached.place[beyond], "weight": reached.weight[beyond]})
    sums = frame.groupby("place")["weight"].sum().sort_values(ascending=False, kind="stable").head(most)
    return [(str(place), float(count)) for place, count in sums.items()]


def p90(reached: Reached, *, after: bool) -> float:
    """The time within which nine of ten are reached."""
    return float(weighted_quantile(reached.after if after else reached.before, reached.weight, 0.9))
