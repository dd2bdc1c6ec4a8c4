"""Facilities that are to be supplied from others: what stands, what is to be reached, and the km between them.

The distances are those of rules about supply (choice C8: by road, or as the crow flies).
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from ...coverage.facts import Facts
from ...coverage.found import find
from ...coverage.journeys import km_between
from ...coverage.rule_parts import Selector
from ...errors import InputError, Problem
from .layout import Floats, Layout, kind_of
from .question import Question


@dataclass(frozen=True)
class Supply:
    """``wanted``: facilities to be supplied, that have a place; ``unplaced`` how many have none, which no answer can
    count. ``standing``: the facilities of the kind to be opened that stand already."""

    kinds: tuple[str, ...]
    kind: str
    wanted: gpd.GeoDataFrame
    standing: gpd.GeoDataFrame
    unplaced: int
    by_road: bool

    def candidates_km(self, layout: Layout) -> Floats:
        """(J, F) km from each candidate to each facility that is to be supplied."""
        ids = [f"candidate {place} {one.key}" for place, one in enumerate(layout.opens)]
        frame = gpd.GeoDataFrame({"id": ids}, geometry=shapely.points(layout.xy), crs=self.wanted.crs)
        return km_between(layout.evaluator.facts, frame, self.wanted, road=self.by_road)

    def standing_km(self, facts: Facts) -> Floats:
        """(S, F) km from each of the facilities of the kind that stand."""
        return km_between(facts, self.standing, self.wanted, road=self.by_road)

    def nearest_km(self, facts: Facts) -> Floats:
        """(F,) km to the nearest facility of the kind that stands in a study; inf without any."""
        there = find(facts, Selector(kinds=(self.kind,)), None).placed
        table = km_between(facts, there, self.wanted, road=self.by_road)
        nearest: Floats = table.min(axis=0, initial=np.inf)
        return nearest


def supply_of(layout: Layout, asked: Question) -> Supply:
    """What is to be supplied; :class:`~carereach.errors.InputError` for unknown kinds, and where nothing is there."""
    kinds = tuple(
        dict.fromkeys(str(kind_of(word.strip())) for word in asked.supplied_kinds.replace("，", ",").split(","))
    )
    kind = kind_of(asked.kind)
    assert kind is not None
    facts = layout.evaluator.facts
    found = find(facts, Selector(kinds=kinds), None)
    wanted = found.placed
    if wanted.empty:
        raise InputError(Problem("site.nothing-to-supply", value=", ".join(kinds)))
    standing = find(facts, Selector(kinds=(kind,)), None).placed
    return Supply(kinds, kind, wanted, standing, len(found.unplaced), facts.choices["C8"] == "road")
