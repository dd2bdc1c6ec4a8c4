"""What is uncertain in a study, and how far: the distributions that draws are made from, each with its source.

They are about what one does not know of the study as a whole (how fast its roads are, how long its crews take on the
average, how many live where), not about how one day or one call differs from the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ..coverage.parameters import DEFAULTS, Parameter, ParameterStatus
from ..errors import InputError, Problem
from ..layers.roads.speeds import for_profile
from ..layers.settings import StudyFile
from ..layers.study import STUDY_FILE, speed_table

Shape = Literal["triangular", "lognormal"]
OURS = "our assumption"
COUNTY_SPREAD = 0.1
TURNOUT_RANGE, HANDLING_RANGE = (2.0 / 3.0, 5.0 / 3.0), (0.5, 2.0)
RANGES = {"turnout_min": TURNOUT_RANGE, "call_handling_min": HANDLING_RANGE}
SOURCES = {
    "turnout_min": f"{OURS}; 2 min is Beijing's goal for 2012, over 3 min in a third of runs was Chongqing 2021",
    "call_handling_min": f"{OURS}; Beijing 2014: 2 min before driving in all",
    "county_people": OURS,
    "place_people": f"{OURS}; WorldPop was called accurate for 60 % of the people of China's townships of 2000 "
    "(Sustainability 2018, 10(5):1363, abstract)",
}


@dataclass(frozen=True)
class Distribution:
    """What one input is drawn from.

    ``triangular``: between ``low`` and ``high``, most often near ``central``. ``lognormal``: a factor with mean 1 whose
    logarithm has the standard deviation ``spread``; 0: it is as it is. ``status`` as in the table of standards.
    """

    name: str
    shape: Shape
    unit: str
    status: ParameterStatus
    source: str
    low: float | None = None
    central: float | None = None
    high: float | None = None
    spread: float | None = None

    def to_record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def distributions(settings: StudyFile) -> tuple[Distribution, ...]:
    """All that is drawn for a study: speeds by class, then turnout, call handling, and people.

    Raises :class:`InputError` where a range does not hold the value that the study computes with.
    """
    return (*_speeds(settings), *_waits(settings), *_people(settings))


def people_totals_known(settings: StudyFile) -> bool:
    """Whether the counties' totals are counts: of a census, or of surveyed people."""
    people = settings.people
    return people.calibrate is not None or people.format == "counties" or people.grade == "surveyed"


def _speeds(settings: StudyFile) -> Iterator[Distribution]:
    table, own, default = speed_table(settings), settings.speeds, for_profile(settings.roads.profile)
    fixed = settings.uncertainty.speeds == "fixed"
    for name, kph in (*table.classes.items(), ("unclassed", table.unclassed)):
        by_study = name in own.classes if name != "unclassed" else own.unclassed is not None
        low, central, high = (min(kph), kph[1], max(kph)) if not fixed else (kph[1],) * 3
        status: ParameterStatus = "study" if by_study else "unverified"
        source = (own.source or settings.name) if by_study else default.source
        yield Distribution(f"speed.{name}", "triangular", "km/h", status, source, low, central, high)


def _waits(settings: StudyFile) -> list[Distribution]:
    found, problems = [], []
    defaults = {default.name: default for default in DEFAULTS}
    for name, (least, most) in RANGES.items():
        default: Parameter = defaults[name]
        stated = getattr(settings.response, name)
        central = default.value if stated is None else float(stated)
        own = getattr(settings.uncertainty, name)
        low, high = own or (least * central, most * central)
        if not low <= central <= high:
            said = {"name": name, "low": f"{low:g}", "high": f"{high:g}", "central": f"{central:g}"}
            problems.append(Problem("draws.range", STUDY_FILE, column=f"uncertainty.{name}", params=said))
        status, source = _origin(settings, name, own is not None)
        found.append(Distribution(name, "triangular", "min", status, source, low, central, high))
    if problems:
        raise InputError(problems)
    return found


def _people(settings: StudyFile) -> Iterator[Distribution]:
    own = settings.uncertainty
    by_study = own.county_people is not None
    if own.county_people is not None:
        county = own.county_people
    else:
        county = 0.0 if people_totals_known(settings) else COUNTY_SPREAD
    status, source = _origin(settings, "county_people", by_study)
    yield Distribution("county_people", "lognormal", "", status, source, spread=county)
    status, source = _origin(settings, "place_people", "place_people" in own.model_fields_set)
    yield Distribution("place_people", "lognormal", "", status, source, spread=own.place_people)


def _origin(settings: StudyFile, name: str, by_study: bool) -> tuple[ParameterStatus, str]:
    if by_study:
        return "study", settings.uncertainty.source or settings.name
    return "unverified", SOURCES[name]
