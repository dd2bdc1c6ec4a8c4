"""What a comparison knows of the study behind it: its title, its counties, its rules' titles, how verdicts stood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from ...coverage.assess import read_plans
from ...coverage.results import grade_text
from ...coverage.rule_parts import Amount, RuleBase
from ...layers.boundaries import read_boundaries
from ...layers.settings import StudyFile
from ...layers.settings_parts import Source
from ...layers.study import read_settings
from ...scenarios.collect import VERDICTS
from ...scenarios.compare import BASELINE
from ...scenarios.run_folder import INPUTS, RECORD, RunFolder
from ...texts import Lang
from ..page.data import Json
from ..page.layers import county_outlines
from ..words import layer_text, plain

Line = tuple[str, str, str, str]
LINE = ["plan", "rule", "unit", "subject"]


@dataclass(frozen=True)
class ComparedStudy:
    """Titles by language; ``counties``: outlines as GeoJSON features; ``rules``: title of each rule by plan and id;
    ``status``: of each verdict as the study is, by plan, rule, unit and subject; ``of_ambulances``: plan and id of the
    rules that add up the ambulances of stations; ``sources``: each layer in words with grade, source and date."""

    titles: Mapping[Lang, str] = field(default_factory=dict)
    notes: Mapping[Lang, str] = field(default_factory=dict)
    counties: tuple[Json, ...] = ()
    rules: Mapping[tuple[str, str], Mapping[Lang, str]] = field(default_factory=dict)
    status: Mapping[Line, str] = field(default_factory=dict)
    osm: bool = False
    of_ambulances: frozenset[tuple[str, str]] = frozenset()
    sources: Mapping[Lang, tuple[str, ...]] = field(default_factory=dict)

    def title(self, lang: Lang) -> str:
        """The study's title; empty where the results do not hold the study."""
        return self.titles.get(lang, "")

    def rule_title(self, plan: str, rule: str, lang: Lang) -> str:
        """A rule's title; empty where its plan is not there."""
        return self.rules.get((plan, rule), {}).get(lang, "")


def study_of(folder: Path) -> ComparedStudy:
    """The study whose results ``folder`` holds; without titles and outlines where the folder holds no study file.

    Raises :class:`~carereach.errors.InputError` for a study file that is there but cannot be read.
    """
    status = _status(folder)
    path = _study_file(folder)
    if path is None:
        return ComparedStudy(status=status)
    settings = read_settings(path)
    plans = read_plans(settings, path.parent)
    named, note = settings.title, settings.note
    return ComparedStudy(
        titles={lang: plain(getattr(named, lang) if named else settings.name) for lang in ("zh", "en")},
        notes={lang: plain(getattr(note, lang)) if note else "" for lang in ("zh", "en")},
        counties=_outlines(settings, path.parent),
        rules={
            (plan.id, rule.id): {lang: plain(getattr(rule.title, lang)) for lang in ("zh", "en")}
            for plan in plans
            for rule in plan.rule
        },
        status=status,
        osm=_from_osm(settings),
        of_ambulances=frozenset((plan.id, rule.id) for plan in plans for rule in plan.rule if _adds_ambulances(rule)),
        sources={lang: _sources(settings, lang) for lang in ("zh", "en")},
    )


def _sources(settings: StudyFile, lang: Lang) -> tuple[str, ...]:
    """Every layer of a study file with its grade, source and date."""
    parts: list[tuple[str, Source]] = [("boundaries", settings.boundaries)]
    parts += [("facilities", one) for one in settings.facilities]
    parts += [("people", settings.people), ("roads", settings.roads)]
    said = (
        " ".join(filter(None, [layer_text(code, lang), f"({grade_text(part.grade, lang)})", plain(part.source),
                               plain(part.date)]))
        for code, part in parts
    )  # fmt: skip
    return tuple(dict.fromkeys(said))


def _adds_ambulances(rule: RuleBase) -> bool:
    amount = getattr(rule, "amount", None)
    return isinstance(amount, Amount) and amount.facilities is not None and amount.column == "ambulances"


def _study_file(folder: Path) -> Path | None:
    if not (folder / RECORD).is_file():
        return None
    path = folder / INPUTS / str(RunFolder(folder).record()["asked"]["study"])
    return path if path.is_file() else None


def _outlines(settings: StudyFile, folder: Path) -> tuple[Json, ...]:
    """Borders of the counties; none where the study draws them round its people, or their file is not in the folder."""
    config = settings.boundaries
    if config.path is None or not (folder / config.path).exists():
        return ()
    frame = read_boundaries(config, folder, None).frame
    points = frame.geometry.representative_point().to_crs(4326)
    features = county_outlines(frame)
    for feature, point in zip(features, points, strict=True):
        feature["properties"]["at"] = [round(point.y, 5), round(point.x, 5)]
    return tuple(features)


def _from_osm(settings: StudyFile) -> bool:
    """Whether a source says OpenStreetMap, whose contributors must then be named."""
    sources = (settings.roads, settings.people, settings.boundaries, *settings.facilities)
    said = " ".join(f"{one.source} {one.licence}" for one in sources).casefold()
    return "openstreetmap" in said or "odbl" in said


def _status(folder: Path) -> dict[Line, str]:
    path = folder / VERDICTS
    if not path.is_file():
        return {}
    if "scenario" not in pq.read_schema(path).names:
        return {}
    base = pd.read_parquet(path, columns=[*LINE, "status"], filters=[("scenario", "==", BASELINE)])
    return dict(zip(base[LINE].itertuples(index=False, name=None), base["status"], strict=True))
