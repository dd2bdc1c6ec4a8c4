"""The one shape every layer of a study has once it is read."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd

from ..errors import Problem
from .settings_parts import Grade


@dataclass(frozen=True)
class Layer:
    """A frame in the study's CRS, with what a result must say of it.

    ``problems`` are the warnings of its reading; errors never get this far.
    """

    name: str
    frame: gpd.GeoDataFrame
    grade: Grade
    source: str = ""
    licence: str = ""
    date: str = ""
    problems: tuple[Problem, ...] = ()
