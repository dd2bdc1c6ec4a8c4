"""The ground of a question: candidates that can be opened, what stands already, whom they reach and in what time.

Minutes are those of an assessment to the last bit: travel minutes in single precision plus the minutes before the
wheels roll (:func:`carereach.coverage.facts.responses`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from ...coverage.facts import Run, blur_min, single
from ...coverage.times import Progress, travel_times
from ...errors import Findings, InputError, Problem
from ...layers.study import Study
from ...layers.vocabulary import KINDS, meanings, nearest, plain
from ..apply import Applier
from ..areas import read_area
from ..candidates import from_list, station_like
from ..changes import Open
from ..evaluate import Evaluator
from ..file_model import SweepTable
from ..ground import Ground
from ..questions import batch_from_candidates
from ..sweep_files import suspects
from ..sweeps import Sweep
from .question import PEOPLE, Question

Floats = NDArray[np.float64]
Step = Callable[[str], None]
AREA_FILES = (".gpkg", ".geojson", ".json", ".shp", ".parquet")


@dataclass(frozen=True)
class Layout:
    """Candidates (J) as what would be opened, with their places (J, 2) in the study's CRS and counties.

    ``standing``: the stations that stand already (located ones). ``points``: the demand points that count, as positions
    in the people layer: inside the study, with residents. ``keep``, ``avoid``: candidates by index. ``people`` (J,):
    how many each can serve, where a question asks for that column of the list (NaN where a row says nothing).
    """

    study: Study
    evaluator: Evaluator
    applier: Applier
    opens: tuple[Open, ...]
    xy: Floats
    county: NDArray[np.object_]
    points: NDArray[np.int64]
    keep: NDArray[np.int64]
    avoid: NDArray[np.int64]
    problems: tuple[Problem, ...] = ()
    people: Floats | None = None

    @property
    def standing(self) -> gpd.GeoDataFrame:
        """The stations that stand, in the order of the study's facts."""
        return self.evaluator.facts.stations.located

    @property
    def residents(self) -> Floats:
        """(D,) residents of the points that count."""
        people: Floats = self.study.people.frame["residents"].to_numpy(dtype=float)[self.points]
        return people

    @property
    def sends(self) -> NDArray[np.bool_]:
        """(J,) whether what is opened there is a station of the study."""
        wanted = self.study.settings.stations
        roles = set(wanted.roles)
        return np.array([one.kind in wanted.kinds or not roles.isdisjoint(one.roles) for one in self.opens], dtype=bool)

    def now(self, run: Run = ("central", "stated")) -> Floats:
        """(D,) response minutes as the stations stand."""
        return self.evaluator.facts.minutes(run)[self.points]

    def minutes(self, run: Run = ("central", "stated"), progress: Progress | None = None) -> Floats:
        """(J, D) response minutes from each candidate, ``inf`` where nobody sets out (it is no station); a candidate
        stands exactly where it is said to."""
        table = self._table(self._frame(), np.zeros(len(self.opens)), run, progress)
        table[~self.sends] = np.inf
        return table

    def minutes_of(self, places: NDArray[np.int64]) -> Floats:
        """(P, D) response minutes from some of the candidates."""
        table = self._table(self._frame().iloc[places], np.zeros(len(places)), ("central", "stated"), None)
        table[~self.sends[places]] = np.inf
        return table

    def standing_minutes(self, run: Run = ("central", "stated")) -> Floats:
        """(S, D) response minutes from each station that stands."""
        stations = self.evaluator.facts.stations
        margin = blur_min(self.evaluator.facts.model, stations.blur_km, run[0])
        return self._table(self.standing, margin if run[1] == "farther" else np.zeros(len(margin)), run, None)

    def minutes_from(self, stations: gpd.GeoDataFrame) -> Floats:
        """(S, D) response minutes from each of the stations of a changed study, as its own assessment computes them."""
        return self._table(stations, np.zeros(len(stations)), ("central", "stated"), None)

    def distance_km(self) -> Floats:
        """(J, J) straight km between candidates."""
        return km_apart(self.xy, self.xy)

    def nearest_km(self, places: gpd.GeoDataFrame) -> Floats:
        """(J,) straight km from each candidate to the nearest of some places; inf without any."""
        if places.empty:
            return np.full(len(self.opens), np.inf)
        there = shapely.get_coordinates(places.geometry.to_numpy())
        nearest_km: Floats = km_apart(self.xy, there).min(axis=1)
        return nearest_km

    def _frame(self) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(geometry=shapely.points(self.xy), crs=self.study.counties.frame.crs)

    def _table(self, places: gpd.GeoDataFrame, start_min: Floats, run: Run, progress: Progress | None) -> Floats:
        facts = self.evaluator.facts
        if places.empty:
            return np.zeros((0, len(self.points)))
        roads = self.study.roads.at_speeds(facts.model.speeds, run[0])
        targets = self.study.people.frame.iloc[self.points]
        access = facts.model.access
        table = travel_times(roads, places, targets, access=access, start_min=start_min, progress=progress)
        return single(table.minutes.astype(np.float64)) + facts.model.before_wheels_min


def read_layout(study: Study, asked: Question, *, step: Step | None = None) -> Layout:
    """Reads the candidates and evaluates the study as it is.

    Raises :class:`~carereach.errors.InputError` for candidates that cannot be read, names that none has, and where none
    can be opened.
    """
    told = step or (lambda _: None)
    asked = replace(asked, kind=kind_of(asked.kind))
    told("candidates")
    applier = Applier(study)
    opens, people, problems = _opens(study, asked, applier)
    ground = Ground(study)
    degrees = np.array([one.place for one in opens]).reshape(-1, 2)
    xy = ground.xy(degrees[:, 0], degrees[:, 1])
    keep, avoid, wrong = _named(opens, xy, asked, ground)
    if wrong:
        raise InputError(wrong)
    evaluator = Evaluator(study, step=step)
    frame = study.people.frame
    points = np.flatnonzero(((frame["county"] != "") & (frame["residents"] > 0)).to_numpy())
    county = ground.stand_at(xy).county
    return Layout(study, evaluator, applier, opens, xy, county, points, keep, avoid, problems, people)


def kind_of(word: str | None) -> str | None:
    """A kind of facility in carereach's word; :class:`~carereach.errors.InputError` for one that there is not."""
    if word is None:
        return None
    found = meanings(KINDS).get(plain(word))
    if found is None:
        known = [one for ours, theirs in KINDS.items() for one in (ours, *theirs)]
        raise InputError(Problem("study.facility-kind", params={"word": word, "nearest": nearest(word, known)}))
    return found


def _opens(
    study: Study, asked: Question, applier: Applier
) -> tuple[tuple[Open, ...], Floats | None, tuple[Problem, ...]]:
    """The candidates that can be opened, of the kind asked for, how many people each can serve (where that is asked
    of a list), and what there is to say of the others."""
    batch = batch_from_candidates(asked.candidates, study)
    like = station_like(study)
    changes: dict[str, object] = {} if asked.ambulances is None else {"ambulances": asked.ambulances}
    if asked.kind is not None and asked.kind != like["kind"]:
        changes |= {"kind": asked.kind, "roles": (), "level": None}
    opens = tuple(
        one.model_copy(update=changes) for part in batch.parts if isinstance(part, Sweep) for one in part.candidates
    )
    lost = {place for place in suspects(opens, applier) if applier.faults((opens[place],))}
    left = [place for place in range(len(opens)) if place not in lost]
    people = _people(study, asked, batch.files) if asked.capacity == PEOPLE else None
    return tuple(opens[place] for place in left), people if people is None else people[left], batch.problems


def _people(study: Study, asked: Question, files: Sequence[Path]) -> Floats | None:
    """How many people each row of the list of candidates can serve, in its order; None where there is no list."""
    if not files:
        return None
    config = SweepTable(name="candidates", for_each=files[0].name).list
    assert config is not None
    found = from_list(config, files[0].parent, study, Findings(files[0]))
    people: Floats = found["people"].to_numpy(dtype=float)
    return people


def _named(
    opens: tuple[Open, ...], xy: Floats, asked: Question, ground: Ground
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[Problem]]:
    """Candidates to keep and to avoid, by index; a word may be an id, a name, or (to avoid) a file of polygons."""
    problems: list[Problem] = []
    avoided = np.zeros(len(opens), dtype=bool)
    words: list[str] = []
    for word in asked.avoid:
        if Path(word).suffix.lower() in AREA_FILES:
            area = ground.metric(read_area(Path(word)))
            avoided |= shapely.intersects_xy(area, xy[:, 0], xy[:, 1])
        else:
            words.append(word)
    kept, wrong_kept = _indices(opens, asked.keep, "keep")
    named, wrong_named = _indices(opens, tuple(words), "avoid")
    avoided[named] = True
    both = [place for place in kept if avoided[place]]
    problems += [*wrong_kept, *wrong_named, *(Problem("site.keep-and-avoid", value=opens[one].name) for one in both)]
    return np.array(kept, dtype=np.int64), np.flatnonzero(avoided), problems


def _indices(opens: tuple[Open, ...], words: tuple[str, ...], option: str) -> tuple[list[int], list[Problem]]:
    found: list[int] = []
    problems: list[Problem] = []
    for word in words:
        places = [place for place, one in enumerate(opens) if word in (one.id, one.name)]
        if len(places) == 1:
            found.append(places[0])
        else:
            names = [name for one in opens for name in (one.id, one.name) if name]
            params = {"option": option, "nearest": nearest(word, names) or "—", "count": len(places)}
            problems.append(Problem("site.no-candidate", value=word, params=params))
    return sorted(set(found)), problems


def km_apart(first: Floats, second: Floats) -> Floats:
    """(A, B) straight km between places (A, 2) and (B, 2) in metres."""
    away = first[:, None, :] - second[None, :, :]
    return np.asarray(np.hypot(away[..., 0], away[..., 1]) / 1000.0, dtype=np.float64)
