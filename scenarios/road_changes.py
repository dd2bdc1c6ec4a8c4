"""Changes of roads: how many times as many minutes each edge takes, and which edges are closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from ..layers.boundaries import nearest_names
from ..layers.vocabulary import nearest, plain
from .changes import CloseRoad, SpeedChange
from .faults import Faults
from .ground import Ground

RoadChange = SpeedChange | CloseRoad
Factor = NDArray[np.float64]
Mask = NDArray[np.bool_]
FERRY = "ferry"
NAMES_IN_ONE = ";"


class RoadRegister:
    """The roads of a study as changes select them: by class, county, area, name and node ids."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.roads = ground, ground.roads

    def factor(self, changes: Sequence[tuple[int, RoadChange]], faults: Faults) -> Factor:
        """What the changes, each with its position, make of every edge's minutes (E,), both ways; ``inf``: closed.

        Factors multiply; a speed in km per hour takes the place of what was there before. A closed road stays closed.
        """
        factor = np.ones(self.roads.edges)
        closed = np.zeros(self.roads.edges, dtype=bool)
        for position, change in changes:
            chosen = self._chosen(position, change, faults)
            if isinstance(change, CloseRoad):
                closed |= chosen
            elif change.factor is not None:
                factor[chosen] /= change.factor
            elif change.kph is not None:
                factor[chosen] = self.central_kph[chosen] / change.kph
        return np.where(closed, np.inf, factor)

    @cached_property
    def central_kph(self) -> Factor:
        """Central speed of each edge without sirens and time of day; where the directions differ, their mean."""
        roads = self.roads
        plainly = replace(roads.speeds, emergency_factor=1.0, time_of_day_factor=1.0)
        along, against = (
            np.where(allowed, plainly.kph(roads.road_class, limit, "central"), np.nan)
            for allowed, limit in (
                (roads.forward, roads.maxspeed_forward),
                (roads.backward, roads.maxspeed_backward),
            )
        )
        mean = np.where(roads.forward & roads.backward, (along + against) / 2, np.where(roads.forward, along, against))
        stated = np.isfinite(roads.fixed_minutes) & (roads.fixed_minutes > 0)
        return np.divide(60.0 * roads.km, roads.fixed_minutes, out=mean, where=stated)

    def _chosen(self, position: int, change: RoadChange, faults: Faults) -> Mask:
        """The edges that a change means; a fault where it means none, or names what there is not."""
        before = len(faults.found)
        chosen = self._in_counties(position, change.counties, faults)
        if change.area is not None:
            chosen &= self._touching(self.ground.metric(change.area))
        if isinstance(change, CloseRoad):
            if change.name is not None:
                chosen &= self._named(position, change.name, faults)
            if change.edges:
                chosen &= self._between(position, change.edges, faults)
        else:
            chosen &= self._of_classes(position, change.classes, faults)
        if len(faults.found) == before and not chosen.any():
            beyond = None if change.area is None else self.ground.beyond(change.area)
            if beyond is not None:
                faults.add(position, "area", beyond[0], **beyond[1])
                return chosen
            faults.add(position, "area" if change.area is not None else "counties", "scenarios.no-road-chosen")
        return chosen

    def _in_counties(self, position: int, counties: Sequence[str], faults: Faults) -> Mask:
        if not counties:
            return np.ones(self.roads.edges, dtype=bool)
        chosen = np.zeros(self.roads.edges, dtype=bool)
        known = self.ground.counties.names[:-1].tolist()
        for name in counties:
            if name in known:
                chosen |= self._touching(self.ground.counties.polygons[known.index(name)])
            else:
                near = nearest_names(name, known)
                faults.add(position, "counties", "scenarios.no-county", name, nearest=near)
        return chosen

    def _touching(self, ground: shapely.Geometry) -> Mask:
        chosen = np.zeros(self.roads.edges, dtype=bool)
        chosen[self._lines.query(ground, predicate="intersects")] = True
        return chosen

    def _of_classes(self, position: int, classes: Sequence[str], faults: Faults) -> Mask:
        road_class = self.roads.road_class
        if not classes:
            return np.asarray(road_class != FERRY, dtype=np.bool_)
        known = [str(name) for name in np.unique(road_class)]
        for name in classes:
            if name not in known:
                faults.add(
                    position,
                    "classes",
                    "scenarios.no-road-class",
                    name,
                    nearest=nearest(name, known),
                    known=", ".join(known),
                )
        return np.isin(road_class, list(classes))

    def _named(self, position: int, name: str, faults: Faults) -> Mask:
        codes = self._names.get(plain(name))
        if codes is None:
            shown = nearest_names(name, (str(one) for one in self._spelt if one))
            faults.add(position, "name", "scenarios.no-road-name", name, nearest=shown)
            return np.zeros(self.roads.edges, dtype=bool)
        return np.isin(self._code, codes)

    def _between(self, position: int, pairs: Sequence[tuple[int, int]], faults: Faults) -> Mask:
        """Edges between pairs of node ids, in either order; all of several parallel ones."""
        asked = np.sort(np.array(pairs, dtype=np.int64).reshape(-1, 2), axis=1)
        ends = np.sort(np.column_stack([self.roads.node_id[self.roads.u], self.roads.node_id[self.roads.v]]), axis=1)
        chosen = np.zeros(self.roads.edges, dtype=bool)
        known = set(self.roads.node_id.tolist()) if len(asked) else set()
        for one, other in asked.tolist():  # a handful, each with a message of its own
            found = (ends[:, 0] == one) & (ends[:, 1] == other)
            chosen |= found
            if not found.any():
                unknown = ", ".join(str(node) for node in (one, other) if node not in known) or "—"
                faults.add(position, "edges", "scenarios.no-edge", f"{one}, {other}", unknown=unknown)
        return chosen

    @cached_property
    def _lines(self) -> shapely.STRtree:
        return shapely.STRtree(self.roads.line)

    @cached_property
    def _spelling(self) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
        spelt, code = np.unique(self.roads.name, return_inverse=True)
        return spelt, code

    @property
    def _spelt(self) -> NDArray[np.str_]:
        return self._spelling[0]

    @property
    def _code(self) -> NDArray[np.int64]:
        return self._spelling[1]

    @cached_property
    def _names(self) -> dict[str, list[int]]:
        """Codes of the spellings by the name as it is compared; a road of several names has each."""
        codes: dict[str, list[int]] = {}
        for code, spelt in enumerate(self._spelt):
            for one in {plain(part) for part in (*str(spelt).split(NAMES_IN_ONE), str(spelt))} - {""}:
                codes.setdefault(one, []).append(code)
        return codes
