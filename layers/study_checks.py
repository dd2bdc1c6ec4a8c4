"""What a study file says, compared with its layers: stations left out, words of the template left in."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd

from ..errors import Findings, Problem
from .settings import Stations, StudyFile
from .settings_parts import Source

TEMPLATE_SOURCES = ("谁提供、哪一年", "who made it, and when")
SHOWN_NAMES = 5


def check_stations(stations: Stations, facilities: gpd.GeoDataFrame, file: str) -> tuple[Problem, ...]:
    """Warns of open, located facilities of emergency care with ambulances that ``[stations]`` does not select."""
    findings = Findings(file)
    wanted = set(stations.roles)
    selected = facilities["kind"].isin(stations.kinds) | facilities["roles"].str.split(";").map(
        lambda roles: bool(wanted & set(roles))
    )
    sends = facilities["kind"].str.startswith("ems.") & (facilities["ambulances"] > 0)
    there = (facilities["status"] == "open") & facilities.geometry.notna()
    left = facilities[sends & there & ~selected]
    if len(left):
        kinds = sorted(set(left["kind"]))
        findings.warn(
            "study.stations-left-out",
            column="stations.kinds",
            count=len(left),
            ambulances=float(left["ambulances"].sum()),
            names=", ".join(left["name"].head(SHOWN_NAMES)) + (", …" if len(left) > SHOWN_NAMES else ""),
            kinds=", ".join(f'"{kind}"' for kind in (*stations.kinds, *kinds)),
        )
    return tuple(findings.problems)


def check_sources(settings: StudyFile, file: str) -> tuple[Problem, ...]:
    """Warns of layers whose ``source`` is still what the template says there."""
    findings = Findings(file)
    left = [table for table, layer in _sources(settings) if any(words in layer.source for words in TEMPLATE_SOURCES)]
    if left:
        findings.warn("study.template-source", column="source", count=len(left), tables=", ".join(left))
    return tuple(findings.problems)


def _sources(settings: StudyFile) -> Iterator[tuple[str, Source]]:
    """Every table of the study file that states a source, with its heading."""
    yield "[boundaries]", settings.boundaries
    if settings.townships is not None:
        yield "[townships]", settings.townships
    for facilities in settings.facilities:
        yield f"[[facilities]] {facilities.path}", facilities
    yield "[roads]", settings.roads
    yield "[people]", settings.people
    if settings.people.calibrate is not None:
        yield "[people.calibrate]", settings.people.calibrate
    yield "[zones]", settings.zones
    for name, table in settings.tables.items():
        yield f"[tables.{name}]", table
