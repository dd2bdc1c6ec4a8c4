"""Optional tables and townships put beside the studies made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
from networks import METRIC
from studies import rectangle

from carereach.coverage.assess import gather, judge_plans
from carereach.coverage.facts import Facts
from carereach.coverage.results import Verdict
from carereach.coverage.rules import Plan
from carereach.layers.model import Layer
from carereach.layers.optional_tables import KEYS, OptionalTable
from carereach.layers.settings_parts import Grade
from carereach.layers.study import Study
from carereach.texts import Message


def table(name: str, rows: Sequence[Mapping[str, object]], grade: Grade = "surveyed") -> OptionalTable:
    """A table of texts; blank keys are filled in."""
    frame = pd.DataFrame([{**dict.fromkeys(KEYS, ""), **row} for row in rows]).fillna("").astype(str)
    frame.index = pd.RangeIndex(2, 2 + len(frame))
    return OptionalTable(name, f"{name}.csv", frame, grade)


def with_tables(study: Study, **tables: Sequence[Mapping[str, object]]) -> Study:
    """A study with optional tables."""
    return replace(study, tables={**study.tables, **{name: table(name, rows) for name, rows in tables.items()}})


def with_townships(study: Study, kinds: Mapping[str, str], km: float = 5.0) -> Study:
    """Townships of ``km`` side by side from the west, as many as there are names; people and facilities in them."""
    names = list(kinds)
    grounds = [rectangle(km * i, 0, km * (i + 1), 10) for i in range(len(names))]
    counties = study.counties.frame
    county = [str(counties.loc[counties.contains(ground.centroid), "county"].iloc[0]) for ground in grounds]
    frame = gpd.GeoDataFrame(
        {"township": names, "county": county, "kind": list(kinds.values())}, geometry=grounds, crs=METRIC
    )
    people = study.people.frame.assign(township=_inside(study.people.frame, frame))
    facilities = study.facilities.frame
    facilities = facilities.assign(township=_inside(facilities, frame))
    return replace(
        study,
        townships=Layer("townships", frame, "surveyed"),
        people=replace(study.people, frame=people),
        facilities=replace(study.facilities, frame=facilities),
    )


def _inside(points: gpd.GeoDataFrame, grounds: gpd.GeoDataFrame) -> list[str]:
    found = []
    for point in points.geometry:
        hits = grounds[grounds.contains(point)] if point is not None else grounds.iloc[:0]
        found.append(str(hits["township"].iloc[0]) if len(hits) else "")
    return found


def judged(plan: Plan, study: Study) -> tuple[Verdict, ...]:
    """All verdicts of a plan, with what other readings say."""
    verdicts, _ = judge_plans(facts_of(study), (plan,))
    return verdicts


def facts_of(study: Study) -> Facts:
    return gather(study)


def codes(messages: Sequence[Message]) -> list[str]:
    """The codes of messages."""
    return [message.code for message in messages]


def param(messages: Sequence[Message], code: str, name: str) -> Any:
    """A value of the first message of a code."""
    return next(message.params[name] for message in messages if message.code == code)
