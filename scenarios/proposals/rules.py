"""Rules of plans as goals: which of them openings and ambulances can move, and what each then asks for.

A rule that rests on modelled or assumed layers is met only if it holds at low speeds and with stations placed farther,
too: then the goal asks for that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from ...coverage.amounts import quantity_of
from ...coverage.facts import Facts, Run
from ...coverage.found import find
from ...coverage.intervals import holds
from ...coverage.judge import passes
from ...coverage.kinds.count_per_unit import CountPerUnitRule
from ...coverage.kinds.distance_band import DistanceBandRule
from ...coverage.kinds.ratio import RatioRule
from ...coverage.kinds.reach import SHARES, ReachRule
from ...coverage.kinds.response_time import ResponseTimeRule
from ...coverage.kinds.service_radius import ServiceRadiusRule
from ...coverage.members import in_percent
from ...coverage.populations import people_of, population_read
from ...coverage.readings import read_rule
from ...coverage.results import WEAK_GRADES
from ...coverage.rule_parts import RuleBase, Selector, Threshold
from ...coverage.rules import Plan
from ...coverage.statistics import area_km2, equal_area_radius_km
from ...coverage.units import Unit, reason_to_skip, units_of
from ...errors import InputError, Problem
from ...layers.vocabulary import nearest
from ...texts import Message
from ..changes import Scenario
from .cheapest import BROKEN
from .goals import Bools, Goal, Sites, Staffing, mean_need, share_need
from .journeys import candidate_journeys
from .layout import Floats, Layout
from .proposal import rule_said
from .question import Question

CENTRAL: Run = ("central", "stated")
MOST_STATIONS = 10_000
SPATIAL = (ResponseTimeRule, ServiceRadiusRule, ReachRule, DistanceBandRule)  # about where facilities stand
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Asked:
    """The goals of the rules chosen, and what of them is open but cannot be asked for: rules about where facilities
    stand that are not covered (``left``), others (``still``, where rules were named; ``others``: how many there are
    where none was), and named ones that the study cannot hold (``skipped``)."""

    goals: tuple[Goal, ...]
    left: tuple[Message | str, ...]
    still: tuple[str, ...]
    others: int
    skipped: tuple[Message, ...]


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads rules for one layout. ``tables``: minutes (sites, points) by run, computed once each; ``probe``: the facts
    with every candidate opened, by which it is seen what counts for a rule."""

    layout: Layout
    sites: Sites
    tables: dict[Run, Floats]
    probe: Facts
    opened_ids: tuple[str, ...]

    @property
    def facts(self) -> Facts:
        """Those of the study as it is."""
        return self.layout.evaluator.facts

    def table(self, run: Run) -> Floats:
        """(sites, points) minutes in one run."""
        if run not in self.tables:
            placed: Run = (run[0], "stated")
            parts = [self.layout.standing_minutes(run), self.layout.minutes(placed)]
            self.tables[run] = np.vstack(parts)
        return self.tables[run]

    def runs(self, weak: bool) -> tuple[Run, ...]:
        """The runs in which a goal must hold."""
        if not weak:
            return (CENTRAL,)
        return (CENTRAL, ("low", "farther" if self.facts.stations.imprecise else "stated"))

    @property
    def fixed(self) -> Bools:
        """(sites,) which are there whatever is chosen."""
        return np.arange(self.sites.count) < int(np.sum((self.sites.kind == "standing") & (self.sites.least > 0)))

    def counted(self, selector: Selector, county: str | None) -> Bools:
        """(sites,) which of the candidates count, for certain, as a facility of the selector in a county."""
        found = set(find(self.probe, selector, county).open["id"])
        mask = np.zeros(self.sites.count, dtype=np.bool_)
        mask[self.sites.standing :] = [one in found for one in self.opened_ids]
        return mask

    def standing_counted(self, selector: Selector, county: str | None) -> Bools:
        """(sites,) the same of the stations that stand."""
        found = set(find(self.facts, selector, county).open["id"])
        mask = np.zeros(self.sites.count, dtype=np.bool_)
        mask[: self.sites.standing] = [one in found for one in self.layout.standing["id"]]
        return mask


def read_rules(layout: Layout, asked: Question, sites: Sites) -> Asked:
    """The goals of the study's rules that ``asked.rules`` name, all where it names none.

    Raises :class:`~carereach.errors.InputError` for words with which no rule begins, and where none can be moved.
    """
    pairs = [(plan, rule) for plan in layout.evaluator.plans for rule in plan.rule]
    ids_of = [rule.id for _, rule in pairs]
    _check_names(asked.rules, ids_of)
    changed = layout.applier.apply(Scenario("probe", layout.opens))
    ids = tuple(one.key for one in layout.opens)
    reader = Reader(layout, sites, {}, layout.evaluator.facts_of(changed), ids)
    goals: list[Goal] = []
    left: list[Message | str] = []
    still: list[str] = []
    skipped: list[Message] = []
    for plan, written in pairs:
        if asked.rules and not any(_meant(word, written.id, ids_of) for word in asked.rules):
            continue
        rule = read_rule(written, reader.facts)
        reason = reason_to_skip(rule, reader.facts, plan)
        if reason is not None:
            skipped.append(Message("site.rule-skipped", {"rule": rule.id, "why": reason}))
            continue
        made = list(_goals(reader, plan, rule))
        goals += made
        units = _open_units(reader, plan, rule, made)
        if units and (made or isinstance(rule, SPATIAL)):
            left += [rule_said(rule.id, unit) for unit in units]
        elif units:
            still.append(rule.id)
    if not goals:
        named = ", ".join(asked.rules)
        raise InputError(Problem("site.no-rule-moved", value=named, params={"left": tuple(left) or "—"}))
    if not asked.rules:
        return Asked(tuple(goals), tuple(left), (), len(still), ())
    return Asked(tuple(goals), tuple(left), tuple(still), 0, tuple(skipped))


def _open_units(reader: Reader, plan: Plan, rule: RuleBase, made: Sequence[Goal]) -> list[str]:
    """Units about which the rule is not met, or cannot be told, and no goal asks for it."""
    lines = reader.layout.evaluator.baseline.verdicts
    mine = lines[(lines["plan"] == plan.id) & (lines["rule"] == rule.id) & (lines["status"] != "met")]
    covered = {goal.unit for goal in made}
    return [str(unit) for unit in mine["unit"] if unit not in covered]


def _meant(word: str, rule: str, ids: Sequence[str]) -> bool:
    """Whether a word means a rule: its id; where none has that id, how it begins."""
    return rule == word or (word not in ids and rule.startswith(word))


def _check_names(words: Sequence[str], ids: Sequence[str]) -> None:
    wrong = [word for word in words if not any(one.startswith(word) for one in ids)]
    if wrong:
        raise InputError([Problem("site.no-rule", value=w, params={"nearest": nearest(w, ids) or "—"}) for w in wrong])


def _goals(reader: Reader, plan: Plan, rule: RuleBase) -> Iterator[Goal]:
    """One goal for each unit of a rule that can be moved."""
    if isinstance(rule, ResponseTimeRule) and rule.threshold.upper:
        for unit in units_of(rule, reader.facts):
            yield _response(reader, plan, rule, unit)
    elif isinstance(rule, ServiceRadiusRule) and rule.threshold.upper and reader.facts.choices["C2"] == "equal-area":
        for unit in units_of(rule, reader.facts):
            yield from _radius(reader, plan, rule, unit)
    elif isinstance(rule, CountPerUnitRule) and rule.per in ("city", "county"):
        for unit in units_of(rule, reader.facts):
            yield from _count(reader, plan, rule, unit)
    elif isinstance(rule, RatioRule):
        for unit in units_of(rule, reader.facts):
            yield from _ratio(reader, plan, rule, unit)
    elif isinstance(rule, ReachRule) and rule.mode == "car":
        for unit in units_of(rule, reader.facts):
            yield from _reach(reader, plan, rule, unit)


def _named(plan: Plan, rule: RuleBase, unit: Unit, threshold: Threshold, quantity: str) -> dict[str, object]:
    title = {"zh": f"{rule.id} {rule.title.zh}", "en": f"{rule.id} {rule.title.en}"}
    return {
        "name": Message("site.rule", {"words": title}),
        "unit": unit.name,
        "target": threshold.text(quantity),
        "quantity": quantity,
        "key": (plan.id, rule.id, unit.name),
    }


def strict_limit(threshold: Threshold) -> float:
    """The largest value that passes an upper bound, up to rounding."""
    return threshold.limit * (1 - BROKEN) if threshold.less_than is not None else threshold.limit


def _weak(reader: Reader, *layers: str) -> bool:
    return any(item.grade in WEAK_GRADES for item in reader.facts.evidence(*layers))


def _response(reader: Reader, plan: Plan, rule: ResponseTimeRule, unit: Unit) -> Goal:
    named = _named(plan, rule, unit, rule.threshold, "min")
    here = reader.facts.inside(rule.zone, unit.county)[reader.layout.points]
    residents = np.where(here, reader.layout.residents, 0.0)
    zones = ("zones",) if rule.zone != "all" else ()
    needs, rows = [], []
    for run in reader.runs(_weak(reader, "stations", "roads", "people", *zones)):
        made = mean_need(reader.table(run), residents, strict_limit(rule.threshold), reader.fixed)
        if made is None:
            return Goal(**named, hopeless=Message("site.hopeless-unreached"))  # type: ignore[arg-type]
        needs.append(made[0])
        if made[1] is not None:
            rows.append(made[1])
    return Goal(**named, needs=tuple(needs), rows=tuple(rows))  # type: ignore[arg-type]


def _radius(reader: Reader, plan: Plan, rule: ServiceRadiusRule, unit: Unit) -> Iterator[Goal]:
    """The number of stations in the area with which its equal-area radius passes."""
    facts = reader.facts
    area = facts.area(rule.zone, unit.county)
    if area is None or area.is_empty:
        return
    square_km = area_km2(area, facts.demand.crs)
    every = range(1, reader.sites.count + 1)
    fitting = [n for n in every if passes(rule.threshold, equal_area_radius_km(square_km, n), facts.choices)]
    least = 1
    while not passes(rule.threshold, equal_area_radius_km(square_km, least), facts.choices) and least < MOST_STATIONS:
        least += 1
    opened = shapely.intersects_xy(area, *reader.layout.xy.T) & reader.layout.sends
    inside = np.concatenate([_standing_inside(reader, area), opened])
    most = float(max(fitting)) if fitting and max(fitting) < reader.sites.count else math.inf
    yield Goal(**_named(plan, rule, unit, rule.threshold, "km"), counts=((inside, float(least), most),))  # type: ignore[arg-type]


def _standing_inside(reader: Reader, area: shapely.Geometry) -> Bools:
    """Which stations stand in the area, for certain where the verdict would have to hold for rough places too."""
    stations = reader.facts.stations
    points = stations.located.geometry.to_numpy()
    inside: Bools = shapely.covers(area, points)
    rough = ~stations.precise
    if rough.any() and _weak(reader, "stations", "boundaries"):
        circles = shapely.buffer(points[rough], stations.blur_km[rough] * 1000.0)
        inside[rough] = shapely.covers(area, circles)
    return inside


def _count(reader: Reader, plan: Plan, rule: CountPerUnitRule, unit: Unit) -> Iterator[Goal]:
    selector = rule.facilities or (rule.amount.facilities if rule.amount is not None else None)
    if selector is None or (rule.amount is not None and rule.amount.column is not None):
        return
    yield from _counted(reader, selector, unit, rule.threshold, _named(plan, rule, unit, rule.threshold, ""), 1.0)


def _counted(
    reader: Reader, selector: Selector, unit: Unit, threshold: Threshold, named: dict[str, object], per: float
) -> Iterator[Goal]:
    """So many facilities of the selector; ``per``: by what their number is multiplied before it is compared."""
    mask = reader.counted(selector, unit.county)
    if not mask.any():
        return
    standing = reader.standing_counted(selector, unit.county)
    others = len(find(reader.facts, selector, unit.county).open) - int(standing.sum())
    most = others + int(standing.sum()) + int(mask.sum())
    fitting = [n for n in range(most + 1) if holds(threshold, n * per)]
    if not fitting:
        yield Goal(**named, hopeless=Message("site.hopeless-count", {"most": most}))  # type: ignore[arg-type]
        return
    high = math.inf if max(fitting) == most else float(max(fitting) - others)
    yield Goal(**named, counts=((mask | standing, float(min(fitting) - others), high),))  # type: ignore[arg-type]


def _ratio(reader: Reader, plan: Plan, rule: RatioRule, unit: Unit) -> Iterator[Goal]:
    threshold = rule.thresholds.get(unit.name, rule.threshold)
    selector = rule.amount.facilities
    if threshold is None or selector is None or rule.range is not None or rule.per_each.population is None:
        return
    people = people_of(reader.facts, population_read(rule.per_each.population, rule.choices, reader.facts), unit.county)
    if not people.count:
        return
    named, per = _named(plan, rule, unit, threshold, ""), rule.per_each.each / people.count
    if rule.amount.column is None:
        yield from _counted(reader, selector, unit, threshold, named, per)
    elif rule.amount.column == "ambulances" and threshold.lower:
        have = quantity_of(reader.facts, rule.amount, unit.county).interval.low
        found = find(reader.facts, selector, unit.county).open
        mask = reader.counted(selector, unit.county)
        stated = np.array([one.ambulances or 0.0 for one in reader.layout.opens])
        brings = mask * np.concatenate([np.zeros(reader.sites.standing), stated])
        takes = tuple(str(one) for one in found["id"])
        if not takes and not mask.any():
            return
        lacking = _lacking(threshold, have, per, whole=bool(np.all(brings == np.round(brings))))
        staffing = Staffing(unit.county, lacking, brings, takes, mask)
        yield Goal(**named, ambulances=(staffing,))  # type: ignore[arg-type]


def _lacking(threshold: Threshold, have: float, per: float, *, whole: bool) -> float:
    """How many ambulances more than ``have`` (which may be a fraction) are needed; a whole number where all that come
    are ``whole``."""
    exact = max(0.0, threshold.limit / per - have)
    if not whole:
        return exact
    more = math.ceil(exact - ROUNDING)
    while not holds(threshold, (have + more) * per):
        more += 1
    return float(more)


def _reach(reader: Reader, plan: Plan, rule: ReachRule, unit: Unit) -> Iterator[Goal]:
    """A share of the residents within minutes or km of a facility of a kind that is opened."""
    mask = reader.counted(rule.facilities, None)
    share = rule.threshold.limit if rule.threshold is not None else SHARES.get(reader.facts.choices["C11"])
    if not mask.any() or share is None:
        return
    facts, layout = reader.facts, reader.layout
    here = facts.inside(rule.zone, unit.county)[layout.points]
    residents = np.where(here, layout.residents, 0.0)
    zones = ("zones",) if rule.zone != "all" else ()
    weak = _weak(reader, "facilities", "people", "roads", *zones)
    threshold = rule.threshold or Threshold(at_least=share)
    standing = find(facts, rule.facilities, None).placed
    needs = []
    for level in ("central", "low") if weak else ("central",):
        places = gpd.GeoDataFrame(geometry=shapely.points(layout.xy), crs=layout.study.counties.frame.crs)
        values = candidate_journeys(facts, places, standing, level, km=rule.within_min is None)[:, layout.points]
        reached = values <= (rule.within_min or rule.within_km or 0.0)
        opened = reached[1:] & mask[reader.sites.standing :, None]
        table = np.vstack([np.zeros((reader.sites.standing, reached.shape[1]), dtype=np.bool_), opened])
        base = float(residents[reached[0]].sum())
        left = np.where(reached[0], 0.0, residents)
        whole = float(residents.sum())
        needs.append(share_need(table, left, share * whole - base, whole))
    yield Goal(**_named(plan, rule, unit, in_percent(threshold), "%"), needs=tuple(needs))  # type: ignore[arg-type]
