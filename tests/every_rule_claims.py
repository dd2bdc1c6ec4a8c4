"""What each rule must say of a copy, counted from what was put into it, with the goals as ``docs/rules.md`` has them.

Nothing of the program is used here: no plan file, no evaluator.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from every_rule_content import Content, Place, Test, either, of, role
from every_rule_ground import cells, metres, radius_km, townships, urban, weights

Key = tuple[str, str, str]
BEFORE_MIN, FASTEST_KPH, WALK_KPH, DETOUR = 4.0, 100.0, 5.0, 1.3


def number(column: str, low: float, high: float = float("inf")) -> Test:
    """Whether a number of the table of attributes lies between two, both included."""
    return lambda place: low <= float(place.said[column]) <= high


def both(*tests: Test) -> Test:
    return lambda place: all(test(place) for test in tests)


@dataclass(frozen=True)
class Claim:
    """The value lies between ``low`` and ``high`` (None: the rule has no number), and the goal is met or is not."""

    low: float | None
    high: float | None
    met: bool


@dataclass
class Claims:
    """The claims about a copy by rule, unit and what in it is asked for."""

    content: Content
    made: dict[Key, Claim] = field(default_factory=dict)

    @property
    def city(self) -> str:
        return self.content.area.city

    @property
    def units(self) -> list[str]:
        return list(self.content.area.units)

    def exactly(self, rule: str, unit: str, value: float, met: bool, subject: str = "") -> None:
        self.made[rule, unit, subject] = Claim(value, value, met)

    def count(self, rules: str, need: float, *tests: Test, most: float = math.inf, units: Sequence[str] = ()) -> None:
        """So many at least (at most), in the city or in each of some units."""
        for rule in rules.split():
            for unit in units or (None,):
                there = len(self.content.which(*tests, unit=unit))
                self.exactly(rule, unit or self.city, there, need <= there <= most)

    def each(
        self, rules: str, members: Test | Sequence[Test], yes: Test, need: float = 1.0, units: Sequence[str] = ()
    ) -> None:
        """A share of the members, in percent; by default all of them."""
        tests = (members,) if callable(members) else tuple(members)
        for rule in rules.split():
            for unit in units or (None,):
                there = self.content.which(*tests, unit=unit)
                share = sum(yes(place) for place in there) / len(there)
                self.exactly(rule, unit or self.city, 100 * share, share >= need)

    def of_units(self, rules: str, table: str, column: str, least: float = 1) -> None:
        """Every row of a table about units smaller than the city says yes, or has so many."""
        for rule in rules.split():
            rows = [row[column] for row in self.content.tables[table].values() if column in row]
            yes = [cell == "是" if isinstance(cell, str) else float(cell) >= least for cell in rows]  # type: ignore[arg-type]
            self.exactly(rule, self.city, 100 * sum(yes) / len(yes), all(yes))

    def cell(self, table: str, column: str, unit: str | None = None) -> float:
        """A unit's number; for the city its own, else the sum of its units."""
        rows = self.content.tables[table]
        name = unit or self.city
        own = rows.get((name, "", ""), {}).get(column)
        if own is None:
            return sum(float(rows[each, "", ""][column]) for each in self.units)  # type: ignore[arg-type]
        return float(own)  # type: ignore[arg-type]

    def people(self, which: str, unit: str | None) -> float:
        area = self.content.area
        if which == "resident":
            return area.residents[unit] if unit else area.people
        return self.cell("population", which, unit)

    def ratio(
        self,
        rules: Mapping[str, float] | str,
        amount: str,
        per: str,
        each: float = 1,
        need: float = 0,
        units: Sequence[str] = (),
        percent: bool = False,
    ) -> None:
        """``amount`` (table.column) per ``each`` of another one, or of a population."""
        goals = rules if isinstance(rules, Mapping) else dict.fromkeys(rules.split(), need)
        for rule, goal in goals.items():
            for unit in units or (None,):
                above = self.cell(*amount.split("."), unit=unit)
                below = self.cell(*per.split("."), unit=unit) if "." in per else self.people(per, unit)
                value = above * each / below
                self.exactly(rule, unit or self.city, value * (100 if percent else 1), value >= goal)

    def number(self, rules: str, amount: str, need: float, units: Sequence[str] = ()) -> None:
        """The cell of a table by itself."""
        for rule in rules.split():
            for unit in units or (None,):
                value = self.cell(*amount.split("."), unit=unit)
                self.exactly(rule, unit or self.city, value, value >= need)

    def named(self, rule: str, wanted: Iterable[tuple[str, Sequence[str], str | None]], need: int = 1) -> None:
        """Open institutions of a kind with one of the names; the unit is the city where none is given. Campuses count
        where they are asked for by name."""
        for kind, names, unit in wanted:
            there = [
                place
                for place in self.content.places
                if place.kind == kind and place.status == "在用" and place.name in names
                and unit in (None, place.unit)
            ]  # fmt: skip
            self.exactly(rule, unit or self.city, len(there), len(there) >= need, names[0])

    def levels(self, rule: str, targets: Iterable[tuple[str, str, str | None]], *other: str) -> None:
        """Named institutions reach a level (二级, 二级甲等, ...); those that the copy does not have are left out."""
        order = ("一级", "二级", "二级甲等", "三级", "三级甲等")
        for name, level, unit in targets:
            found = [
                place for place in self.content.places if place.name in (name, *other) and unit in (None, place.unit)
            ]
            if found:
                place = found[0]
                now = place.level if place.level.endswith("甲等") and place.level in order else place.level[:2]
                met = place.status == "在用" and order.index(now) >= order.index(level) if now in order else False
                self.made[rule, unit or place.unit, name] = Claim(None, None, met)

    def one_each(self, rules: str, kind: str, streets: bool, per_people: float = math.inf) -> None:
        """In how many towns (streets) of each unit one stands; or instead one for so many residents of the unit."""
        area = self.content.area
        for rule in rules.split():
            for unit in self.units:
                names = area.streets_of(unit) if streets else area.towns(unit)
                there = self.content.which(of(kind), unit=unit)
                having = len({place.township for place in there} & set(names))
                enough = math.isfinite(per_people) and len(there) >= math.ceil(area.residents[unit] / per_people)
                if names:
                    met = having == len(names) or enough
                    self.exactly(rule, unit, having if having == len(names) or not enough else len(there), met)

    # --- on the ground ---

    def stations(self) -> list[Place]:
        return self.content.which(either(of("ems.station"), role("ems.network")))

    def radius(self, rule: str, zone: str, most: float) -> None:
        """The circle of the ground's area for each station that stands on it."""
        land = shapely.union_all(townships().geometry.to_numpy())
        ground = land.intersection(urban()) if zone == "urban" else land.difference(urban())
        standing = sum(bool(ground.covers(metres(place.lon, place.lat))) for place in self.stations())
        value = radius_km(ground, standing)
        self.made[rule, zone, ""] = Claim(value * 0.999, value * 1.001, value <= most)

    def response(self, rule: str, zone: str, less_than: float, met: bool, factor: float) -> None:
        """Nobody is reached sooner than straight along at the highest speed of a motorway."""
        at = shapely.MultiPoint([metres(place.lon, place.lat) for place in self.stations()])
        points = shapely.points(cells()["x"], cells()["y"])
        inside = shapely.covers(urban(), points)
        names = cells()["township"].map(self.content.area.unit_of)
        here = {"urban": inside, "township": ~inside}.get(zone, (names == zone).to_numpy())
        km = shapely.distance(points, at) / 1000
        soonest = (
            BEFORE_MIN
            + float(np.average(km[here], weights=weights(self.content.area)[here])) / FASTEST_KPH / factor * 60
        )
        low, high = (soonest, less_than) if met else (max(soonest, less_than), math.inf)
        self.made[rule, zone, ""] = Claim(low * 0.98, high, met)

    def reached(self, rule: str, zone: str, met: bool, *, kind: str = "", other: str = "") -> None:
        """90 % of the residents, or fewer; where nothing of the kind stands, nobody."""
        nobody = bool(kind) and not self.content.which(of(kind))
        self.made[rule, zone or self.city, other] = Claim(
            90.0 if met else 0.0, 100.0 if met else 0.0 if nobody else 90.0, met
        )

    def walked(self, rules: str) -> None:
        """Residents whose sampling point is within 15 minutes at 5 km/h, 1.3 times the straight line."""
        at = shapely.MultiPoint([metres(*place) for place in self.content.sampling])
        shapely.prepare(at)
        tree = shapely.STRtree(shapely.get_parts(at))
        points = shapely.points(cells()["x"], cells()["y"])
        (_, _), metres_away = tree.query_nearest(points, return_distance=True, all_matches=False)
        near = metres_away / 1000 * DETOUR / WALK_KPH * 60 <= 15
        share = 100 * float(weights(self.content.area)[near].sum()) / self.content.area.people
        for rule in rules.split():
            self.made[rule, self.city, ""] = Claim(share - 1, min(share + 1, 100.0), share >= 90)
