"""Facilities that stand so far from a reference point, and what they supply around them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from operator import or_
from typing import Annotated, Literal, Self

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, model_validator

from ...layers.settings_parts import Part
from ...texts import Message
from ..amounts import settle_found
from ..facts import Facts
from ..found import Found, find
from ..intervals import Interval, decide
from ..journeys import Floats, km_between
from ..judge import cannot_tell, citation, named
from ..parameters import PRECISE
from ..results import WEAK_GRADES, Evidence, Status, Verdict
from ..rule_parts import Above0, Number, PlanHead, RuleBase, Selector, Threshold, mistake
from ..seats import seat_of
from ..tables import SEATS
from ..units import counties_of
from ..ways import Way, about, column_of, once

TRIES = 20_000


class Serves(Part):
    """What lies ``within_km`` of a point is supplied from it: these facilities."""

    facilities: Selector
    within_km: Above0


class DistanceBandRule(RuleBase):
    """Each county-level unit has one of ``facilities`` at least ``band`` [0] and at most ``band`` [1] km from its seat
    (or the city's), and every facility of ``serves`` lies within reach of one (choice C8: by road or straight line).

    ``new``: how few and how many new points the plan wants in all units together; where they would serve most is
    proposed.
    """

    kind: Literal["distance-band"]
    facilities: Selector
    reference: Literal["county-seat", "city-seat"] = "county-seat"
    band: tuple[Number, Number]
    serves: Serves | None = None
    new: tuple[Annotated[int, Field(ge=1, le=20)], Annotated[int, Field(ge=1, le=20)]] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.band[0] < self.band[1]:
            raise mistake("rule.band-order", low=self.band[0], high=self.band[1])
        if self.new is not None and self.new[0] > self.new[1]:
            raise mistake("rule.band-order", low=self.new[0], high=self.new[1])
        if self.facilities.empty or (self.serves is not None and self.serves.facilities.empty):
            raise mistake("rule.selector-empty")
        return self


@dataclass(frozen=True)
class Standing:
    """Facilities with their distance from the seat: ``inside`` the band for certain, ``perhaps`` where their place is
    not known well enough."""

    frame: gpd.GeoDataFrame
    km: Floats
    inside: NDArray[np.bool_]
    perhaps: NDArray[np.bool_]


def evaluate(plan: PlanHead, rule: DistanceBandRule, facts: Facts) -> list[Verdict]:
    """One verdict for each county-level unit: which facilities stand in the band, and who is left without supply."""
    return [_evaluate(plan, rule, facts, county) for county in counties_of(rule, facts)]


def _evaluate(plan: PlanHead, rule: DistanceBandRule, facts: Facts, county: str) -> Verdict:
    seat = seat_of(facts, _seat_name(rule, facts, county))
    found = find(facts, rule.facilities, county)
    if seat is None:
        asked = Way("seat", table=SEATS, rows=(_seat_name(rule, facts, county),))
        ways = (asked, *_of_lists(rule, facts, found, county))
        return cannot_tell(facts, plan, rule, county, *ways, layer="table", target=_target(rule))
    standing = _standing(rule, facts, county, seat)
    certain = int(standing.inside.sum())
    unlocated = found.unplaced
    open_ended = not found.listed or len(found.unsure) > 0 or len(unlocated) > 0
    most = np.inf if not found.listed else certain + standing.perhaps.sum() + len(found.unsure) + len(unlocated)
    status = decide(Threshold(at_least=1.0), Interval(float(certain), float(most), float(certain)))
    notes = [_qualifying(standing)]
    worst: tuple[str, ...] = ()
    settle = list(_settle(rule, facts, found, unlocated, standing, county))
    if rule.serves is not None:
        served = _served(rule, facts, standing, county, open_ended)
        status, worst = _both(status, served.status), served.worst
        notes += served.notes
        settle += served.settle
    evidence = facts.evidence("facilities", *(("roads",) if _road(facts) else ()))
    if status == "cannot tell":
        evidence = (*evidence[1:], Evidence("facilities", "missing"))
    return Verdict(
        plan=plan.id,
        rule=rule.id,
        title=rule.title,
        unit=county,
        status=status,
        citation=citation(plan, rule),
        value=float(certain),
        target=_target(rule),
        target_value=1.0,
        margin=float(certain - 1),
        bound="at least" if most > certain else "",
        screening=status != "cannot tell" and any(item.grade in WEAK_GRADES for item in evidence),
        worst=worst,
        evidence=evidence,
        definition=facts.choices.say("C8"),
        choices=tuple(f"{code}={facts.choices[code]}" for code in rule.open_choices),
        notes=tuple(notes),
        would_settle=once(settle) if status == "cannot tell" else (),
        plan_title=plan.title,
    )


def _seat_name(rule: DistanceBandRule, facts: Facts, county: str) -> str:
    return county if rule.reference == "county-seat" else facts.study.city


def _of_lists(rule: DistanceBandRule, facts: Facts, found: Found, county: str) -> tuple[Way, ...]:
    """What the facility lists lack, before any distance is known."""
    pairs = [(rule.facilities, found)]
    if rule.serves is not None:
        pairs.append((rule.serves.facilities, find(facts, rule.serves.facilities, county)))
    ways = [(*about("locate", each.unplaced), *settle_found(selector, each, county)) for selector, each in pairs]
    return once(way for part in ways for way in part)


def _target(rule: DistanceBandRule) -> str:
    return f">= 1 ({rule.band[0]:g}-{rule.band[1]:g} km)"


def _road(facts: Facts) -> bool:
    return facts.choices["C8"] == "road"


def _both(first: Status, second: Status) -> Status:
    """Both parts must be met."""
    if "not met" in (first, second):
        return "not met"
    return "met" if first == second == "met" else "cannot tell"


def _standing(rule: DistanceBandRule, facts: Facts, county: str, seat: gpd.GeoDataFrame) -> Standing:
    """Distances from the seat, or by choice C8-from from its edge; a rough place counts only if all of its circle
    does."""
    key = ("standing", rule.facilities, rule.reference, rule.band, county, _readings(facts))
    return facts.once(key, lambda: _stand(rule, facts, county, seat))


def _readings(facts: Facts) -> tuple[str, ...]:
    """How distances are read."""
    return facts.choices["C8"], facts.choices["C8-from"]


def _stand(rule: DistanceBandRule, facts: Facts, county: str, seat: gpd.GeoDataFrame) -> Standing:
    frame = find(facts, rule.facilities, county).placed
    km = _km_out(facts, seat, frame, county)
    rough = np.where(frame["precision"].isin(PRECISE), 0.0, frame["uncertainty_km"].fillna(0.0).to_numpy(dtype=float))
    rough = rough * (facts.model.access.detour if _road(facts) else 1.0)
    low, high = rule.band
    inside = (km - rough >= low) & (km + rough <= high)
    perhaps = (((km + rough >= low) & (km - rough <= high)) | np.isnan(km)) & ~inside
    return Standing(frame, km, inside, perhaps)


def _km_out(facts: Facts, seat: gpd.GeoDataFrame, frame: gpd.GeoDataFrame, county: str) -> Floats:
    """Km of each facility from the seat, or from its edge; NaN where that is not known."""
    km = km_between(facts, seat, frame, road=_road(facts))[0] if len(frame) else np.zeros(0)
    if facts.choices["C8-from"] != "edge":
        return km
    radius = facts.columns.of_unit(SEATS, "radius_km", county)
    return np.maximum(km - radius, 0.0) if radius is not None else np.full(len(frame), np.nan)


def _qualifying(standing: Standing) -> Message:
    names = [
        f"{name} {km:.1f} km"
        for name, km, inside in zip(standing.frame["name"], standing.km, standing.inside, strict=True)
        if inside
    ]
    return Message("note.qualify", {"count": len(names), "names": _in_brackets(tuple(names[:5]))})


def _in_brackets(names: tuple[str, ...]) -> Message | str:
    """The names after a count; nothing after a count of none."""
    return Message("note.in-brackets", {"names": names}) if names else ""


def _settle(
    rule: DistanceBandRule, facts: Facts, found: Found, unlocated: pd.DataFrame, standing: Standing, county: str
) -> tuple[Way, ...]:
    far = () if facts.choices["C8-from"] != "edge" else _radius(facts, county)
    rough = standing.frame[standing.perhaps & ~np.isnan(standing.km)]
    return (*far, *about("locate", unlocated), *about("precise", rough), *settle_found(rule.facilities, found, county))


def _radius(facts: Facts, county: str) -> tuple[Way, ...]:
    known = facts.columns.of_unit(SEATS, "radius_km", county) is not None
    return () if known else (column_of(SEATS, "radius_km", (county,)),)


@dataclass(frozen=True)
class Served:
    """Who is within reach of a facility in the band, and where new ones would serve most."""

    status: Status
    worst: tuple[str, ...]
    notes: tuple[Message, ...]
    settle: tuple[Way, ...]


def _served(rule: DistanceBandRule, facts: Facts, standing: Standing, county: str, open_ended: bool) -> Served:
    assert rule.serves is not None
    wanted = find(facts, rule.serves.facilities, county)
    centres, supplied = _supplied(rule.serves, facts, standing, wanted)
    left = centres[~supplied]
    known = wanted.listed and wanted.unsure.empty and len(centres) == len(wanted.open)
    status: Status = "met" if left.empty and known else "cannot tell"
    if len(left) and not open_ended and not standing.perhaps.any():
        status = "not met"
    counts = {"count": int(supplied.sum()), "left": len(left)}
    notes = [Message("note.supplied", {**counts, "names": _in_brackets(named(left))})]
    if rule.new is not None and len(left):
        notes += _new_points(rule, facts)
    settle = (*about("locate", wanted.unplaced), *settle_found(rule.serves.facilities, wanted, county))
    worst = tuple(str(name) for name in left["name"].head(5))
    return Served(status, worst, tuple(notes), settle)


def _supplied(
    serves: Serves, facts: Facts, standing: Standing, wanted: Found
) -> tuple[gpd.GeoDataFrame, NDArray[np.bool_]]:
    """The facilities to be supplied that have a place, and which of them are within reach of one in the band."""
    centres, points = wanted.placed, standing.frame[standing.inside]
    within = km_between(facts, points, centres, road=_road(facts)) <= serves.within_km
    return centres, np.asarray(within.any(axis=0), dtype=np.bool_)


def _new_points(rule: DistanceBandRule, facts: Facts) -> tuple[Message, ...]:
    """At which centres in the band so many new points, in all units together, would supply most of those left."""
    parts = (rule.facilities, rule.reference, rule.band, rule.serves, rule.new, tuple(counties_of(rule, facts)))
    return facts.once(("new points", parts, _readings(facts)), lambda: _propose(rule, facts))


def _propose(rule: DistanceBandRule, facts: Facts) -> tuple[Message, ...]:
    assert rule.new is not None and rule.serves is not None
    sites, left = _sites_and_left(rule, facts)
    within = km_between(facts, sites, left, road=_road(facts)) <= rule.serves.within_km
    notes: list[Message] = []
    most = 0
    for count in range(rule.new[0], rule.new[1] + 1):
        chosen = best_sites(within, count)
        served = int(within[list(chosen)].any(axis=0).sum()) if chosen else 0
        if served == most:
            break
        most = served
        names = tuple(f"{sites['unit'].iloc[site]}·{sites['name'].iloc[site]}" for site in chosen)
        values = {"count": len(chosen), "served": served, "left": len(left), "names": names}
        notes.append(Message("note.new-points", values))
    return tuple(notes) or (Message("note.no-new-point", {"left": len(left)}),)


def _sites_and_left(rule: DistanceBandRule, facts: Facts) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Of all units whose seat is known the centres that stand in the band, and those that are left without supply."""
    assert rule.serves is not None
    sites, left = [], []
    for county in counties_of(rule, facts):
        seat = seat_of(facts, _seat_name(rule, facts, county))
        if seat is None:
            continue
        standing = _standing(rule, facts, county, seat)
        wanted = find(facts, rule.serves.facilities, county)
        centres, supplied = _supplied(rule.serves, facts, standing, wanted)
        km = _km_out(facts, seat, centres, county)
        centres = centres.assign(unit=county)
        sites.append(centres[(km >= rule.band[0]) & (km <= rule.band[1])])
        left.append(centres[~supplied])
    return _together(sites), _together(left)


def _together(frames: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    filled = [frame for frame in frames if len(frame)]
    return gpd.GeoDataFrame(pd.concat(filled)) if filled else frames[0]


def best_sites(within: NDArray[np.bool_], count: int) -> tuple[int, ...]:
    """At most ``count`` rows of ``within`` (sites, places) that together hold most places; the first of equals.

    All combinations are tried where they are few, else the best single one is added, again and again.
    """
    sites = [int(site) for site in np.flatnonzero(within.any(axis=1))]
    count = min(count, len(sites))
    if math.comb(len(sites), count) <= TRIES:
        held_by = {site: sum(1 << int(place) for place in np.flatnonzero(within[site])) for site in sites}
        return max(combinations(sites, count), key=lambda chosen: _held(held_by, chosen))
    chosen: list[int] = []
    held = np.zeros(within.shape[1], dtype=bool)
    for _ in range(count):
        gain = (within & ~held).sum(axis=1)
        chosen.append(int(gain.argmax()))
        held |= within[chosen[-1]]
    return tuple(chosen)


def _held(held_by: Mapping[int, int], sites: tuple[int, ...]) -> int:
    """How many places the sites hold together; places are bits of a number."""
    return reduce(or_, (held_by[site] for site in sites), 0).bit_count()
