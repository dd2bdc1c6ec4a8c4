"""States: the forests of fastest ways of a study's stations on roads under one factor, with some of them closed.

The forest of the study is grown once; slower roads and closed stations repair it where they touch it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from ..coverage.facts import Run, Stations, blur_min
from ..coverage.parameters import ResponseModel
from ..layers.roads.legs import FirstArcs, first_arcs
from ..layers.roads.snap import Snap
from ..layers.roads.speeds import Level
from .forests import Forest, Repair, grow, repair, served_by, slowed
from .insert import Around, insert
from .kept import Kept
from .places import Direct, Places, PlacesOnLevel, Reached
from .road_graphs import Floats, Indices, RoadGraphs, digest_of, digest_of_snap, scratch
from .rows import Row

Mode = Literal["stated", "farther", "precise"]
Search = tuple[Level, Mode]
Slots = NDArray[np.int32]
STATE_BYTES, LEAST_STATES, NODE_BYTES = 96 << 20, 12, 28
PLACES_KEPT = 3


@dataclass(frozen=True)
class Site:
    """A station as travel times know it."""

    id: str
    x: float
    y: float
    blur_km: float
    precise: bool


def sites_of(stations: Stations) -> tuple[Site, ...]:
    """The located stations, in their order."""
    located, precise = stations.located, stations.precise
    points = located.geometry.to_numpy()
    blur_km = np.where(precise, 0.0, located["uncertainty_km"].to_numpy(dtype=float))
    x, y = shapely.get_x(points), shapely.get_y(points)
    parts = zip(located["id"], x.tolist(), y.tolist(), blur_km.tolist(), precise.tolist(), strict=True)
    return tuple(Site(str(name), *rest) for name, *rest in parts)


def search_of(run: Run) -> Search:
    """The search that a run's times come from: a nearer place is taken off the stated one's."""
    level, placement = run
    return level, "stated" if placement == "nearer" else placement


@dataclass(frozen=True)
class Base:
    """The study's own stations in one search: where they come onto the roads, and when they begin."""

    snap: Snap
    begin: Floats
    slots: Slots
    first: FirstArcs

    def without(self, closed: Slots) -> FirstArcs:
        """The ways onto the roads of the other stations."""
        kept = ~np.isin(self.slots[self.first.point], closed)
        first = self.first
        return FirstArcs(first.point[kept], first.node[kept], first.cost[kept], first.km[kept])


class State:
    """One forest, made whole only when a search needs it. ``before`` and ``change``: the state at the same costs of
    which it is a repair; ``name`` tells it from every other."""

    def __init__(
        self, name: str, make: Callable[[], Forest], before: State | None = None, change: Repair | None = None
    ) -> None:
        self.name = name
        self.before = before
        self.change = change
        self._make = make

    @cached_property
    def forest(self) -> Forest:
        return self._make()


class RoadStates:
    """The states on roads under one factor; ``study``: those without it, None for themselves."""

    def __init__(
        self,
        graphs: RoadGraphs,
        model: ResponseModel,
        sites: tuple[Site, ...],
        snap: Snap,
        study: RoadStates | None = None,
    ) -> None:
        self.graphs = graphs
        self.number = scratch(graphs.nodes)
        self._model = model
        self._sites = sites
        self._snap = snap
        self._study = study
        self._bases: dict[Search, Base] = {}
        self._states: Kept[State] = Kept(max(LEAST_STATES, STATE_BYTES // (NODE_BYTES * max(graphs.nodes, 1))))
        self._places: Kept[PlaceTimes] = Kept(PLACES_KEPT)

    def at(self, places: Places) -> PlaceTimes:
        """The times of demand points on these roads."""
        return self._places.get(places.fingerprint, lambda: PlaceTimes(self, places))

    def begin(self, sites: list[Site], search: Search) -> Floats:
        """Minutes before stations come to their points: where they may stand farther, those from there."""
        level, mode = search
        if mode != "farther":
            return np.zeros(len(sites))
        return blur_min(self._model, np.array([site.blur_km for site in sites], dtype=float), level)

    def base(self, search: Search) -> Base:
        """The study's stations in a search."""
        if search not in self._bases:
            chosen = np.array([search[1] != "precise" or site.precise for site in self._sites], dtype=bool)
            slots = np.flatnonzero(chosen).astype(np.int32)
            begin = self.begin([self._sites[slot] for slot in slots], search)
            snap = _some(self._snap, chosen)
            first = first_arcs(self.graphs.level(search[0]).costs, snap, begin)
            self._bases[search] = Base(snap, begin, slots, first)
        return self._bases[search]

    def taking_part(self, search: Search, closed: Slots) -> Slots:
        """Those of the closed stations that take part in a search, in order."""
        return np.intersect1d(closed, self.base(search).slots).astype(np.int32)

    def state(self, search: Search, closed: Slots) -> State:
        """The state of a search without the stations ``closed``, of which only those count that take part in it."""
        closed = self.taking_part(search, closed)
        return self._states.get((search, closed.tobytes()), lambda: self._make(search, closed))

    def _make(self, search: Search, closed: Slots) -> State:
        base, level = self.base(search), self.graphs.level(search[0])
        name = digest_of(self.graphs.fingerprint, digest_of_snap(base.snap), base.begin, closed)
        if len(closed):
            before = self.state(search, closed[:0])
            change = self._repair(search, before.forest, served_by(before.forest, closed), closed)
            return State(name, lambda: change.over(before.forest), before, change)
        if self._study is not None:
            forest = self._study.state(search, closed).forest
            hit = slowed(self._study.graphs.level(search[0]), level, forest, base.first, base.slots)
            if hit is not None:
                change = self._repair(search, forest, np.flatnonzero(hit), closed)
                return State(name, lambda: change.over(forest))
        return State(name, lambda: grow(level, base.snap, base.begin, base.slots))

    def _repair(self, search: Search, old: Forest, nodes: Indices, closed: Slots) -> Repair:
        base, level = self.base(search), self.graphs.level(search[0])
        return repair(self.graphs, level, old, nodes, base.without(closed), base.slots, self.number)


class PlaceTimes:
    """How the stations reach the demand points on roads under one factor."""

    def __init__(self, states: RoadStates, places: Places) -> None:
        self.states = states
        self.places = places
        self._levels: dict[Level, PlacesOnLevel] = {}
        self._directs: dict[Search, Direct] = {}
        self._reached: Kept[Reached] = Kept(max(LEAST_STATES, STATE_BYTES // (NODE_BYTES * max(places.snap.count, 1))))

    def stay(self, search: Search, closed: Slots) -> Reached:
        """The points as the study's stations reach them without those that are closed."""
        closed = self.states.taking_part(search, closed)
        return self._reached.get((search, closed.tobytes()), lambda: self._reach(search, closed))

    def _reach(self, search: Search, closed: Slots) -> Reached:
        state, on_level = self.states.state(search, closed), self._level(search[0])
        direct = self._direct(search).without(closed)
        if state.before is None or state.change is None:
            return on_level.reach(state.forest, direct)
        before = self.stay(search, closed[:0])
        return on_level.reach_again(before, state.before.forest, state.change, closed, direct)

    def row(self, search: Search, closed: Slots, site: Site, snap: Snap, around: Around) -> Row:
        """The points that a new station reaches before the study's that stay."""
        if search[1] == "precise" and not site.precise:
            return Row(np.empty(0, dtype=np.int32), np.empty(0), np.empty(0))
        level, on_level = self.states.graphs.level(search[0]), self._level(search[0])
        begin = self.states.begin([site], search)
        gain = insert(level, self.states.state(search, closed).forest, first_arcs(level.costs, snap, begin), around)
        direct = on_level.direct(snap, begin, np.zeros(1, dtype=np.int32))
        points, minutes, km = on_level.gained(self.stay(search, closed), gain, direct)
        return Row(points.astype(np.int32), minutes, km)

    def _level(self, level: Level) -> PlacesOnLevel:
        if level not in self._levels:
            self._levels[level] = PlacesOnLevel(self.places, self.states.graphs.level(level))
        return self._levels[level]

    def _direct(self, search: Search) -> Direct:
        if search not in self._directs:
            base = self.states.base(search)
            self._directs[search] = self._level(search[0]).direct(base.snap, base.begin, base.slots)
        return self._directs[search]


def _some(snap: Snap, chosen: NDArray[np.bool_]) -> Snap:
    """The part of a snap that is about some of its points, which are numbered anew."""
    kept = chosen[snap.point]
    number = np.cumsum(chosen) - 1
    return Snap(
        int(chosen.sum()),
        number[snap.point[kept]],
        snap.edge[kept],
        snap.fraction[kept],
        snap.straight_km[kept],
        snap.islet[chosen],
    )
