"""One question without a file: a new station here, this one closed, this list of sites ranked."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import ValidationError

from ..errors import Findings, InputError, Problem
from ..files import exists
from ..layers.facility_places import bounds_wgs84
from ..layers.figures import degrees
from ..layers.settings_parts import Datum
from ..layers.study import Study
from ..layers.toml_files import problems_of
from ..layers.vocabulary import KINDS, meanings, nearest, plain
from .apply import Applier
from .candidates import station_like
from .changes import Close, Open, Scenario
from .faults import placed
from .file_model import ProposeTable, SweepTable
from .sweep_files import SweepReader
from .sweeps import JOIN, Batch

COMMA = re.compile(r"\s*[,，;；]\s*")
NEAR_DEGREES = 1.0
# What readers of the study's files say of their keys, said of a list that has none.
OF_GIVEN = {
    "file.missing": "scenarios.no-given-file",
    "facilities.column-missing": "scenarios.given-heading",
    "vector.several-layers": "scenarios.given-layers",
    "vector.no-crs": "scenarios.area-no-crs",
}


def parse_place(text: str, study: Study | None = None) -> tuple[float, float]:
    """Longitude and latitude of a text such as ``109.63,22.64`` or ``东经109°38′,北纬22°38′``.

    Raises :class:`~carereach.errors.InputError` for anything else, and for a place that lies in ``study`` only when
    its two numbers are swapped.
    """
    parts = COMMA.split(text.strip())
    findings = Findings("")
    if len(parts) != 2 or not all(parts):
        raise InputError(Problem("scenarios.coordinates", value=text))
    lon, lat = (
        float(degrees(pd.Series([part], dtype=str), findings, name)[0])
        for part, name in zip(parts, ("lon", "lat"), strict=True)
    )
    if findings.errors or not (math.isfinite(lon) and math.isfinite(lat)):
        raise InputError(Problem("scenarios.coordinates", value=text))
    bounds = None if study is None else bounds_wgs84(study.counties.frame)
    if bounds is not None and not _within(lon, lat, bounds) and _within(lat, lon, bounds):
        middle = {"lon": f"{(bounds[0] + bounds[2]) / 2:.2f}", "lat": f"{(bounds[1] + bounds[3]) / 2:.2f}"}
        raise InputError(
            Problem("scenarios.coordinates-swapped", value=text, params={**middle, "swapped": f"{lat:g},{lon:g}"})
        )
    if abs(lon) > 180 or abs(lat) > 90:
        raise InputError(Problem("scenarios.coordinates", value=text))
    return lon, lat


def scenario_from_open(
    place: str | Sequence[str],
    study: Study,
    *,
    name: str | None = None,
    kind: str | None = None,
    datum: Datum = "wgs84",
    ambulances: float | None = None,
) -> Scenario:
    """A scenario that opens a facility at each place (``LON,LAT``), by default what the study calls a station.

    Raises :class:`~carereach.errors.InputError` for places that cannot be read, and for those where nothing can be
    opened (in the sea, far from roads).
    """
    texts = [place] if isinstance(place, str) else list(place)
    problems: list[Problem] = []
    places: list[tuple[float, float]] = []
    like = station_like(study) if kind is None else {"kind": _kind(kind, problems), "roles": ""}
    for text in texts:
        try:
            places.append(parse_place(text, study))
        except InputError as error:
            problems += error.problems
    roles = tuple(role for role in like["roles"].split(";") if role)
    opened: list[Open] = []
    for lon, lat in places:
        content = {"name": f"{lon:.5f},{lat:.5f}", "kind": like["kind"], "lon": lon, "lat": lat, "datum": datum}
        try:
            opened.append(Open.model_validate({**content, "roles": roles, "ambulances": ambulances}))
        except ValidationError as error:
            problems += [problem for problem in problems_of(error, "") if problem not in problems]
    if problems:
        raise InputError(problems)
    return _possible(Scenario(name or JOIN.join(one.name for one in opened), tuple(opened)), study)


def scenario_from_close(facility: str | Sequence[str], study: Study, *, name: str | None = None) -> Scenario:
    """A scenario that closes facilities, by id or name; :class:`~carereach.errors.InputError` where it cannot be."""
    words = [facility] if isinstance(facility, str) else list(facility)
    closed = tuple(Close(facility=word) for word in words)
    return _possible(Scenario(name or JOIN.join(f"− {word}" for word in words), closed), study)


def batch_from_candidates(
    given: str | Path, study: Study, *, choose: Literal[1, 2] = 1, datum: Datum = "wgs84", sheet: str | None = None
) -> Batch:
    """A scenario for each candidate (or pair): of a table, or proposed by ``junctions:COUNT``, ``grid:KM`` or
    ``facilities:KIND``.

    Raises :class:`~carereach.errors.InputError` for a file that cannot be used, and where no candidate fits; single
    ones that cannot be opened are warnings in ``Batch.problems``.
    """
    path = Path(given)
    word, _, rest = str(given).partition(":")
    propose = _propose(word, rest) if word in ("junctions", "grid", "facilities") and not exists(path) else None
    if propose is None and not exists(path) and not path.suffix:
        raise InputError(Problem("scenarios.candidates-word", value=str(given)))
    if propose is not None:
        table, file = SweepTable(name="candidates", choose=choose, propose=propose), Path(word)
    else:
        file = path
        table = SweepTable(name="candidates", choose=choose, for_each=path.name, datum=datum, sheet=sheet)
    sweep, problems = SweepReader(study, Applier(study), {}).read(file, table)
    problems = [replace(problem, code=OF_GIVEN.get(problem.code, problem.code)) for problem in problems]
    if sweep is None:
        raise InputError(problems)
    return Batch((sweep,), () if propose is not None else (path,), tuple(problems)).checked()


def _propose(word: str, rest: str) -> ProposeTable:
    """What ``junctions:COUNT``, ``grid:KM`` or ``facilities:KIND`` asks for."""
    wrong = InputError(Problem("scenarios.candidates-word", value=f"{word}:{rest}" if rest else word))
    if word == "facilities":
        problems: list[Problem] = []
        kinds = tuple(_kind(kind, problems) for kind in COMMA.split(rest) if kind)
        if problems:
            raise InputError(problems)
        if not kinds:
            raise wrong
        return ProposeTable(from_="facilities", kinds=kinds, count=100_000)
    if not rest:
        return ProposeTable(from_="junctions") if word == "junctions" else ProposeTable(from_="grid", count=100_000)
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", rest):
        raise wrong
    number = float(rest)
    if word == "junctions":
        if not number.is_integer() or not 1 <= number <= 100_000:
            raise wrong
        return ProposeTable(from_="junctions", count=int(number))
    if not 0.01 <= number <= 1000:
        raise wrong
    return ProposeTable(from_="grid", spacing_km=number, within_km=number, count=100_000)


def _kind(word: str, problems: list[Problem]) -> str:
    found = meanings(KINDS).get(plain(word))
    if found is None:
        known = [one for ours, theirs in KINDS.items() for one in (ours, *theirs)]
        problems.append(Problem("study.facility-kind", params={"word": word, "nearest": nearest(word, known)}))
    return found or "other"


def _possible(scenario: Scenario, study: Study) -> Scenario:
    """The scenario, if the study has nothing against it."""
    faults = Applier(study).faults(scenario.changes)
    if faults:
        problems = placed(scenario.name, scenario.changes, faults)
        raise InputError([replace(problem, column=None) for problem in problems])
    return scenario


def _within(lon: float, lat: float, bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds
    return west - NEAR_DEGREES <= lon <= east + NEAR_DEGREES and south - NEAR_DEGREES <= lat <= north + NEAR_DEGREES
