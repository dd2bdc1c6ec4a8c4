"""What a planner asks: which kind of siting question, among which candidates, under which conditions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ...errors import InputError, Problem
from ..siting.busy import busy_fraction

Model = Literal["cover", "cover-all", "mean", "worst", "backup", "vehicles", "targets", "comply"]
RESIDENTS = "residents"
CANDIDATES = "junctions:200"
CURVED = ("cover", "mean")
NEED_NEW = ("cover", "mean", "worst", "backup", "vehicles")
CAPACITATED = ("cover", "cover-all", "mean", "vehicles")
BEDS, PEOPLE = "beds", "people"
TIME_LIMIT_S = 120.0
NEED_MINUTES = ("cover", "cover-all", "backup", "vehicles")


@dataclass(frozen=True)
class Question:
    """A siting question.

    ``model``: most people within ``within_min`` (cover), everybody within it with the fewest (cover-all), the shortest
    ``mean``, the shortest longest way (worst), most people within it of two (backup), most people who find a free
    vehicle (vehicles), the fewest changes after which the means are under ``mean_under`` (targets) or rules are met
    (comply). ``new``: how many new ones, at most. ``demand``: residents, or ``facilities:KIND`` that are to be supplied
    from ``within_km``. ``candidates``: as :func:`carereach.scenarios.questions.batch_from_candidates` takes them.

    ``keep`` and ``avoid``: names or ids of candidates (``avoid`` also of polygon files). ``anew``: as if none stood;
    the places of those that stand are candidates too. ``mean_under``: (zone, minutes). ``rules``: ids, or how they
    begin; none means all that openings can move. ``within_percent``: also list what is at most so much worse;
    ``curve``: also with every number of new ones up to this.

    ``capacity``: how many people (facilities; vehicles) a site can take: a number, or the column of the list that says
    it, "beds" (times ``people_per_bed``) or "people". ``standing_capacity``: the same of each site that stands, where
    it is not that number or its beds. ``time_limit_s``: seconds of search; None or infinite: until it is proven.
    """

    model: Model
    new: int | None = None
    within_min: float | None = None
    within_km: float | None = None
    all_within_min: float | None = None
    busy: float | None = None
    demand: str = RESIDENTS
    candidates: str = CANDIDATES
    kind: str | None = None
    ambulances: float | None = None
    keep: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    budget: float | None = None
    spacing_km: float | None = None
    per_county_min: int | None = None
    capacity: float | str | None = None
    people_per_bed: float | None = None
    standing_capacity: float | None = None
    anew: bool = False
    mean_under: tuple[tuple[str, float], ...] = ()
    rules: tuple[str, ...] = ()
    move_cost: float | None = None
    ambulance_cost: float = 0.1
    within_percent: float | None = None
    curve: int | None = None
    time_limit_s: float | None = TIME_LIMIT_S
    gap: float = 0.0

    @property
    def of_people(self) -> bool:
        """Whether residents are to be reached, not facilities to be supplied."""
        return self.demand == RESIDENTS

    @property
    def supplied_kinds(self) -> str:
        """Kinds of the facilities to be supplied, as they were written."""
        return self.demand.partition(":")[2]

    def checked(self) -> Question:
        """The same question, if its parts fit; :class:`~carereach.errors.InputError` with all that does not."""
        problems = [Problem(f"site.{slug}", value=value) for slug, value in _misfits(self)]
        if problems:
            raise InputError(problems)
        return self


def _misfits(asked: Question) -> list[tuple[str, object]]:
    """What does not fit together: slug of the problem, and the value it is about."""
    limit = asked.within_min if asked.of_people else asked.within_km
    word, _, kinds = asked.demand.partition(":")
    wrong: list[tuple[str, object]] = []
    checks = (
        (asked.model in NEED_NEW and (asked.new is None or asked.new < 1), "new-needed", asked.new),
        (asked.model in NEED_MINUTES and not _positive(limit), "limit-needed", limit),
        (asked.model == "vehicles" and asked.busy is None, "busy-needed", None),
        (not asked.of_people and (word != "facilities" or not kinds), "demand-word", asked.demand),
        (
            not asked.of_people and asked.model not in ("cover", "cover-all", "mean", "worst"),
            "demand-model",
            asked.model,
        ),
        (not asked.of_people and asked.kind is None, "kind-needed", None),
        (asked.of_people and asked.within_km is not None, "km-of-facilities", asked.within_km),
        (asked.model == "targets" and not asked.mean_under, "targets-needed", None),
        (asked.within_percent is not None and asked.model not in CURVED, "menu-model", asked.model),
        (asked.curve is not None and asked.model not in CURVED, "curve-model", asked.model),
        (asked.curve is not None and asked.curve < 1, "new-needed", asked.curve),
        (asked.spacing_km is not None and not _positive(asked.spacing_km), "spacing", asked.spacing_km),
        (asked.time_limit_s is not None and not asked.time_limit_s >= 0, "time-limit", asked.time_limit_s),
        (asked.anew and asked.model in ("vehicles", "backup"), "anew-model", asked.model),
        (asked.anew and not asked.of_people, "anew-model", asked.demand),
    )
    wrong += [(slug, value) for failed, slug, value in (*checks, *_capacity_checks(asked)) if failed]
    return wrong


def _capacity_checks(asked: Question) -> tuple[tuple[bool, str, object], ...]:
    """The same of capacities."""
    capacity, beds = asked.capacity, asked.capacity == BEDS
    if capacity is None:
        stated = (asked.people_per_bed, asked.standing_capacity)
        return ((any(one is not None for one in stated), "capacity-needed", None),)
    numeric = not isinstance(capacity, str)
    return (
        (numeric and not _positive(float(capacity)), "capacity-word", capacity),
        (not numeric and capacity not in (BEDS, PEOPLE), "capacity-word", capacity),
        (asked.model not in CAPACITATED, "capacity-model", asked.model),
        (asked.within_percent is not None, "capacity-menu", None),
        (asked.model == "vehicles" and not numeric, "capacity-vehicles", capacity),
        (beds and not asked.of_people, "capacity-facilities", capacity),
        (beds and not _positive(asked.people_per_bed), "people-per-bed", asked.people_per_bed),
        (not beds and asked.people_per_bed is not None, "people-per-bed-alone", asked.people_per_bed),
        (
            asked.standing_capacity is not None and not asked.standing_capacity >= 0,
            "capacity-word",
            asked.standing_capacity,
        ),
    )


def _positive(value: float | None) -> bool:
    return value is not None and math.isfinite(value) and value > 0


def busy_of(
    busy: float | None, calls_per_day: float | None, job_min: float | None, staffed: float | None
) -> float | None:
    """The busy fraction: as stated, or from calls a day, minutes a job and staffed vehicles; None where nothing is.

    Raises :class:`~carereach.errors.InputError` where both or only a part is stated.
    """
    parts = (calls_per_day, job_min, staffed)
    stated = [part for part in parts if part is not None]
    if not stated:
        return busy
    if busy is not None or calls_per_day is None or job_min is None or staffed is None:
        raise InputError(Problem("site.busy-parts"))
    return busy_fraction(calls_per_day, job_min, staffed)
