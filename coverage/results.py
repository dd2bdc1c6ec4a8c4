"""What an assessment gives: verdicts, the ledger, and everything the maps and tables are drawn from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Self

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS

from ..errors import Problem
from ..layers.model import Layer
from ..layers.settings import StudyFile
from ..layers.settings_parts import Grade, Words
from ..texts import Lang, Message, text
from .settling import Claim, ToSettle, to_settle
from .ways import Way

if TYPE_CHECKING:
    from .access import Access
    from .baselines import Counted

Status = Literal["met", "not met", "cannot tell"]
SHARE_MINUTES = (5, 10, 15, 30, 45, 60)
ZONES = ("urban", "township")
WEAK_GRADES: frozenset[Grade] = frozenset({"modelled", "assumed", "missing"})


@dataclass(frozen=True)
class Evidence:
    """A layer that a verdict stands on, with its grade."""

    layer: str
    grade: Grade
    source: str = ""


@dataclass(frozen=True)
class Verdict:
    """The answer to one rule for one unit.

    ``value``, ``target_value`` and ``margin`` are in ``quantity`` ("min", "km" or "" for counts); ``margin`` is how
    far inside its bound the value lies, negative outside. ``low`` and ``high`` are the values at low and high speeds
    (a low speed gives the longer time); ``holds_*`` whether the status stays the same there (None where speed or
    placement plays no part).
    ``bound`` tells on which side of ``value`` the truth lies ("at most": it may be smaller) where facilities or roads
    are missing from the layers, ``label`` where in a band a value lies. ``people_affected``: residents of the unit
    whose own time or distance misses the bound, the unreachable included; for a count that is not met, all of them.
    ``screening``: a modelled or assumed layer decides it.
    ``unit`` is a county, the city, or a zone as the statistics call it ("urban", "township"); ``subject`` what in it
    the rule asks for, where that is one institution. ``places``: of a reach, each street or township with its residents
    and how many of them are outside. ``citation`` has date and section of the document ``plan_title``.
    """

    plan: str
    rule: str
    title: Words
    unit: str
    status: Status
    citation: str
    quantity: str = ""
    value: float | None = None
    target: str = ""
    target_value: float | None = None
    margin: float | None = None
    low: float | None = None
    high: float | None = None
    holds_low: bool | None = None
    holds_high: bool | None = None
    holds_placement: bool | None = None
    screening: bool = False
    label: Literal["", "below", "inside", "above"] = ""
    bound: Literal["", "at least", "at most"] = ""
    people_affected: float | None = None
    worst: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    definition: Message | None = None
    choices: tuple[str, ...] = ()
    notes: tuple[Message, ...] = ()
    would_settle: tuple[Way, ...] = ()
    plan_title: Words | None = None
    subject: Message | str = ""
    binding: bool = True
    places: tuple[tuple[str, float, float], ...] = ()

    def replaced(self, **parts: Any) -> Self:  # noqa: ANN401 any field of a verdict
        """The same verdict with some parts replaced."""
        return replace(self, **parts)

    def unit_text(self, lang: Lang = "en") -> str:
        """The unit in words, with the institution it is about."""
        unit = text(f"unit.{self.unit}", lang) if self.unit in ZONES else self.unit
        subject = self.subject.text(lang) if isinstance(self.subject, Message) else self.subject
        return text("unit.subject", lang, unit=unit, subject=subject) if subject else unit

    def citation_text(self, lang: Lang = "en") -> str:
        """Title, date and section of the document that sets the goal."""
        if self.plan_title is None:
            return self.citation
        return text("verdict.citation", lang, title=getattr(self.plan_title, lang), place=self.citation)

    def choices_text(self, lang: Lang = "en") -> tuple[str, ...]:
        """The readings used, in words."""
        return tuple(text("choice." + choice.replace("=", "."), lang) for choice in self.choices)

    @property
    def needs(self) -> tuple[Message, ...]:
        """For a verdict that cannot be told: which tables and layers would tell it, each once, most useful first."""
        if self.status != "cannot tell":
            return ()
        found: dict[str, Message] = {}
        for way in self.would_settle:
            need = Message("needs.table", {"table": way.table}) if way.table else Message(f"needs.{way.layer}")
            found.setdefault(way.table or way.layer, need)
        return tuple(found.values())

    def status_text(self, lang: Lang = "en") -> str:
        """The status in words, "(screening)" included."""
        words = text("verdict." + self.status.replace(" ", "-"), lang)
        return words + text("verdict.screening", lang) if self.screening else words


@dataclass(frozen=True)
class Ledger:
    """Every resident, once: ``residents`` = reached + beyond + unreachable + outside."""

    residents: float
    reached: float
    beyond: float
    unreachable: float
    outside: float

    @property
    def balanced(self) -> bool:
        """Whether the four parts add up to the residents, to a millionth of a person per million."""
        parts = self.reached + self.beyond + self.unreachable + self.outside
        return abs(parts - self.residents) <= 1e-9 * max(self.residents, 1.0)


@dataclass(frozen=True)
class Field:
    """Response minutes on a square grid: row 0 is the north edge; NaN outside the study area, ``inf`` unreachable.

    ``west`` and ``north`` are the outer corner in ``crs`` (metres); ``cell_m`` the cell's side.
    """

    minutes: NDArray[np.float32]
    west: float
    north: float
    cell_m: float
    crs: CRS


@dataclass(frozen=True)
class RoadTraits:
    """What the roads of a study hold: whether any is one-way, and whether any carries a speed limit."""

    one_way: bool
    limits: bool


@dataclass(frozen=True)
class Skipped:
    """A rule that was not tested, by name, with the reason; ``plan_title``: of the plan that it stands in."""

    plan: str
    rule: str
    title: Words
    reason: Message
    plan_title: Words | None = None


@dataclass(frozen=True)
class Assessment:
    """The whole result. Frames are in the study's metric CRS.

    ``demand``: the study's demand with ``response_min``, ``response_low_min``, ``response_high_min`` (low and high
    speeds; inf = unreachable), ``station`` (id of the nearest by time), ``road_km``, ``straight_km``, ``off_road_km``
    and ``reach`` (reached, beyond, unreachable or outside).
    ``statistics``: one row per area: ``level`` (city, zone, county, township), ``unit``, ``county``, ``residents``,
    ``stations``, ``area_km2``, ``mean_min``, ``mean_low_min``, ``mean_high_min``, ``median_min``, ``p90_min``,
    ``reached_share``, ``share_5`` ... ``share_60``, ``mean_road_km``, ``mean_straight_km``, ``radius_km`` (equal-area).
    ``isochrones``: ``minutes`` (outer limit), ``from_minutes``, ``facility`` ("" where dissolved), geometry.
    ``parameters``: name, value, low, high, unit, status (seen, derived, unverified, study), source; ``basis`` says in
    words which unverified defaults all times rest on. ``baselines``: what the plans counted, beside the lists.
    ``access``: how much care is within reach, and how equally minutes are shared (None: not computed).
    """

    name: str
    settings: StudyFile
    verdicts: tuple[Verdict, ...]
    skipped: tuple[Skipped, ...]
    ledger: Ledger
    statistics: pd.DataFrame
    demand: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    counties: Layer
    townships: Layer | None
    facilities: Layer
    people: Layer
    road_lines: gpd.GeoDataFrame
    road_layer: Evidence
    road_traits: RoadTraits
    zone_text: Message
    field: Field
    isochrones: gpd.GeoDataFrame
    parameters: pd.DataFrame
    problems: tuple[Problem, ...]
    basis: tuple[Message, ...] = ()
    from_cache: bool = False
    baselines: tuple[Counted, ...] = ()
    access: Access | None = None

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.verdicts)

    def __len__(self) -> int:
        return len(self.verdicts)

    @property
    def to_settle(self) -> tuple[ToSettle, ...]:
        """The data that the verdicts which cannot be told lack, what settles most rules first."""
        claims = (Claim((v.plan, v.rule), v.unit, v.would_settle) for v in self.verdicts if v.status == "cannot tell")
        hints = {frozenset(each.kinds): each.short for each in self.baselines if each.of_whole_list}
        return to_settle(claims, self._residents_of(), hints)

    def _residents_of(self) -> Callable[[frozenset[str]], float]:
        """Residents of a set of units; what is no county and no zone is the whole study."""
        inside = self.demand[self.demand["county"] != ""]
        parts = inside.groupby(["county", "zone"])["residents"].sum()
        known = {*map(str, self.counties.frame["county"]), *ZONES}

        def people(units: frozenset[str]) -> float:
            whole = not units <= known
            return float(sum(count for part, count in parts.items() if whole or units & set(part)))

        return people

    def to_settle_frame(self, lang: Lang = "en") -> pd.DataFrame:
        """One row per piece of data that open verdicts lack, the most useful first; texts in ``lang``."""
        return pd.DataFrame([_settle_row(item, lang) for item in self.to_settle], columns=TO_SETTLE_COLUMNS)

    def to_frame(self, lang: Lang = "en") -> pd.DataFrame:
        """One row per rule and unit; texts in ``lang``, numbers as numbers."""
        return pd.DataFrame([_row(verdict, lang) for verdict in self.verdicts], columns=COLUMNS)


COLUMNS = [
    "plan",
    "rule",
    "title",
    "unit",
    "status",
    "value",
    "quantity",
    "target",
    "margin",
    "label",
    "bound",
    "value_low_speed",
    "value_high_speed",
    "holds_low",
    "holds_high",
    "holds_placement",
    "people_affected",
    "worst_places",
    "definition",
    "choices",
    "notes",
    "would_settle",
    "needs",
    "evidence",
    "citation",
]


def _row(verdict: Verdict, lang: Lang) -> list[object]:
    joint = "；" if lang == "zh" else "; "
    evidence = joint.join(f"{text('layer.' + e.layer, lang)}: {grade_text(e.grade, lang)}" for e in verdict.evidence)
    return [
        verdict.plan,
        verdict.rule,
        getattr(verdict.title, lang),
        verdict.unit_text(lang),
        verdict.status_text(lang),
        verdict.value,
        verdict.quantity,
        verdict.target,
        verdict.margin,
        text("verdict.band-" + verdict.label, lang) if verdict.label else "",
        text("verdict." + verdict.bound.replace(" ", "-"), lang) if verdict.bound else "",
        verdict.low,
        verdict.high,
        verdict.holds_low,
        verdict.holds_high,
        verdict.holds_placement,
        verdict.people_affected,
        joint.join(verdict.worst),
        verdict.definition.text(lang) if verdict.definition else "",
        joint.join(verdict.choices_text(lang)),
        joint.join(note.text(lang) for note in verdict.notes),
        joint.join(way.text(lang) for way in verdict.would_settle),
        joint.join(need.text(lang) for need in verdict.needs),
        evidence,
        verdict.citation_text(lang),
    ]


TO_SETTLE_COLUMNS = [
    "item",
    "settles",
    "needed_by",
    "people",
    "settles_units",
    "needed_units",
    "data",
    "units",
    "of",
    "rules_settled",
    "rules_needing",
]


def _settle_row(item: ToSettle, lang: Lang) -> list[object]:
    joint = "；" if lang == "zh" else "; "
    units = (text(f"unit.{unit}", lang) if unit in ZONES else unit for unit in item.units)
    table = item.way.table
    return [
        item.text(lang),
        len(item.settles),
        len(item.needed_by),
        item.people,
        item.verdicts_settled,
        item.verdicts_needing,
        table or text(f"needs.{item.way.layer}", lang),
        joint.join(units),
        joint.join((*item.way.rows, *(each.name for each in item.way.facilities))),
        joint.join(rule for _, rule in item.settles),
        joint.join(rule for _, rule in item.needed_by),
    ]


def grade_text(grade: Grade, lang: Lang) -> str:
    """A grade of evidence in words."""
    return text("grade." + grade.replace(" ", "-"), lang)
