"""Goes over the conditions of a question again at what is proposed, in plain code, whatever chose it.

Distances, costs and counties are read from what is opened and what stands, not from the arrays of the search.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import geopandas as gpd

from .layout import Layout
from .proposal import TOLERANCE, ProposalContradiction
from .question import Question


def check_conditions(
    layout: Layout,
    asked: Question,
    opened: Sequence[int],
    stays: gpd.GeoDataFrame,
    *,
    moved: Sequence[int] = (),
) -> None:
    """Raises :class:`~carereach.scenarios.proposals.proposal.ProposalContradiction` where a condition is broken.

    ``opened``: candidates, named once for each vehicle; ``moved``: those to which a station moves; ``stays``: what
    stands of the kind that is opened and is neither closed nor moved.
    """
    kept, avoided = set(layout.keep.tolist()), set(layout.avoid.tolist())
    there = {*opened, *moved}
    if kept - there:
        raise ProposalContradiction("--keep", len(kept), len(kept & there))
    if avoided & there:
        raise ProposalContradiction("--avoid", 0, len(avoided & there))
    bought = list((Counter(opened) - Counter(kept)).elements())
    if asked.new is not None and asked.model != "vehicles" and not asked.anew and len(bought) > asked.new:
        raise ProposalContradiction("--new", asked.new, len(bought))
    if asked.budget is not None:
        spent = math.fsum(_price(layout, place) for place in bought) + len(moved) * (asked.move_cost or 0.0)
        if spent > asked.budget + TOLERANCE * max(1.0, asked.budget):
            raise ProposalContradiction("--budget", asked.budget, spent)
    if asked.spacing_km is not None:
        _check_spacing(layout, sorted(there), kept, stays, asked.spacing_km)
    if asked.per_county_min is not None and asked.model != "vehicles":
        _check_counties(layout, sorted(there), stays, asked.per_county_min)


def _price(layout: Layout, place: int) -> float:
    """What opening costs: as the list says, or 1 where it says nothing."""
    cost = layout.opens[place].cost
    return 1.0 if cost is None else cost


def _check_spacing(layout: Layout, there: Sequence[int], kept: set[int], stays: gpd.GeoDataFrame, least: float) -> None:
    """A new one keeps its distance from every other; what is to be kept may stand near what stands."""
    standing = list(zip(stays.geometry.x.tolist(), stays.geometry.y.tolist(), strict=True))
    for place in there:
        x, y = layout.xy[place].tolist()
        others = [layout.xy[other].tolist() for other in there if other != place and not {place, other} <= kept]
        for east, north in [*others, *([] if place in kept else standing)]:
            km = math.dist((x, y), (east, north)) / 1000.0
            if km < least * (1 - TOLERANCE):
                raise ProposalContradiction("--spacing", least, km)


def _check_counties(layout: Layout, there: Sequence[int], stays: gpd.GeoDataFrame, least: int) -> None:
    count = Counter([*stays["county"].astype(str).tolist(), *(str(layout.county[place]) for place in there)])
    for county in layout.study.counties.frame["county"].astype(str).tolist():
        if count[county] < least:
            raise ProposalContradiction("--per-county-min", least, count[county])
