"""Response times of changed studies, of which only what changed is computed.

The study's stations are searched once. Closing some of them, or slowing roads, searches again only the ground it
touches; each new station is a row over that. States and rows are kept while there is room, so that many scenarios over
one baseline search it once. The times are those of :func:`carereach.coverage.facts.travel_runs`, to the last bit.
"""

from __future__ import annotations

import copy
from typing import Self

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from ..coverage.facts import Run, Stations, blur_min, responses, runs_of
from ..coverage.parameters import ResponseModel
from ..coverage.times import snap_points
from ..layers.roads.network import RoadNetwork
from ..layers.roads.snap import Snap
from .insert import Around
from .kept import Kept, SameObject
from .places import Places, Reached
from .road_graphs import RoadGraphs, digest_of, digest_of_snap
from .road_states import PLACES_KEPT, PlaceTimes, RoadStates, Search, Site, Slots, search_of, sites_of
from .rows import Rows, RowStore

ROADS_KEPT, SNAPS_KEPT = 3, 20_000


class Engine:
    """Response times of one study as scenarios change it. Its roads are those of the study with any time factor."""

    def __init__(
        self, roads: RoadNetwork, model: ResponseModel, stations: Stations, store: RowStore | None = None
    ) -> None:
        self.roads = roads
        self.model = model
        self.store = store or RowStore()
        self.sites = sites_of(stations)
        self._crs = stations.located.crs
        self._same_crs = bool(self._crs == roads.crs)
        self._slots = {site: slot for slot, site in enumerate(self.sites)}
        self._snap = snap_points(roads, stations.located, model.access, "start")
        self._study = RoadStates(RoadGraphs(roads, model), model, self.sites, self._snap)
        self._roads: Kept[RoadStates] = Kept(ROADS_KEPT)
        self._digests: Kept[str] = Kept(4 * PLACES_KEPT)
        self._places: Kept[Places] = Kept(PLACES_KEPT)
        self._snaps: Kept[Snap] = Kept(SNAPS_KEPT)

    def travel(self, roads: RoadNetwork, stations: Stations, demand: gpd.GeoDataFrame) -> dict[Run, pd.DataFrame]:
        """As :func:`carereach.coverage.facts.travel_runs`."""
        times = self._on(roads).at(self._places_of(demand))
        sites = sites_of(stations)
        standing = set(sites)
        closed = np.array([slot for site, slot in self._slots.items() if site not in standing], dtype=np.int32)
        added = [site for site in sites if site not in self._slots]
        runs = runs_of(stations)
        searches = tuple(dict.fromkeys(self._search_of(run) for run in runs))
        found = dict(zip(searches, self._search(times, searches, closed, added), strict=True))
        labels = np.array([*(site.id for site in self.sites), *(site.id for site in added), None], dtype=object)
        return {
            run: self._frame(run, found[self._search_of(run)], labels, stations, times.places, demand.index)
            for run in runs
        }

    def at_model(self, model: ResponseModel) -> Self:
        """The same stations on the same roads under another model, whose access legs are the same; what does not depend
        on speed is shared, and no rows are kept on disk."""
        if model.access != self.model.access:
            raise ValueError("another access leg joins places to other roads")
        other = copy.copy(self)
        other.model, other.store = model, RowStore()
        graphs = RoadGraphs(self.roads, model, self._study.graphs)
        other._study = RoadStates(graphs, model, self.sites, self._snap)
        other._roads = Kept(ROADS_KEPT)
        return other

    def _search_of(self, run: Run) -> Search:
        level, mode = search_of(run)
        return self.model.speeds.level_of(level), mode

    def _frame(
        self,
        run: Run,
        found: Reached,
        labels: NDArray[np.object_],
        stations: Stations,
        places: Places,
        index: pd.Index,
    ) -> pd.DataFrame:
        level, placement = run
        blurred = placement == "nearer" and len(stations.located) > 0
        sooner = float(blur_min(self.model, stations.blur_km, level).max()) if blurred else 0.0
        frame = responses(found.minutes, labels[found.station], found.km, places.off_road_km, self.model, sooner)
        frame.index = index
        return frame

    def _on(self, roads: RoadNetwork) -> RoadStates:
        """The states on these roads; those of the study where nothing is changed."""
        if roads is self.roads or roads.time_factor is self.roads.time_factor:
            return self._study

        def make() -> RoadStates:
            return RoadStates(RoadGraphs(roads, self.model), self.model, self.sites, self._snap, self._study)

        return self._roads.get(SameObject(roads), make)

    def _places_of(self, demand: gpd.GeoDataFrame) -> Places:
        digest = self._digests.get(SameObject(demand), lambda: _digest_of_points(demand))
        return self._places.get(digest, lambda: Places(self.roads, demand, self.model.access))

    def _search(
        self, times: PlaceTimes, searches: tuple[Search, ...], closed: Slots, added: list[Site]
    ) -> list[Reached]:
        """What each search finds: the stations that stay, and over them the new ones; of equals the first stays."""
        found = [times.stay(search, closed) for search in searches]
        if not added:
            return found
        merged = [Reached(reached.minutes.copy(), reached.km.copy(), reached.station.copy()) for reached in found]
        for place, site in enumerate(added):
            for into, row in zip(merged, self._rows(times, searches, closed, site), strict=True):
                better = row.minutes < into.minutes[row.points]
                points = row.points[better]
                into.minutes[points], into.km[points] = row.minutes[better], row.km[better]
                into.station[points] = len(self.sites) + place
        return merged

    def _rows(self, times: PlaceTimes, searches: tuple[Search, ...], closed: Slots, site: Site) -> Rows:
        """What one new station reaches before those that stay, in each search."""
        snap = self._snaps.get((site.x, site.y), lambda: self._snap_of(site))
        names = [times.states.state(search, closed).name for search in searches]
        about = repr((site.blur_km, site.precise, searches))
        key = digest_of(about, digest_of_snap(snap), times.places.fingerprint, *names)

        def make() -> Rows:
            around = Around(times.states.graphs, times.states.number)
            return tuple(times.row(search, closed, site, snap, around) for search in searches)

        return self.store.get(key, make)

    def _snap_of(self, site: Site) -> Snap:
        if self._same_crs:
            return self.roads.edge_index.snap(np.array([[site.x, site.y]]), self.model.access, "start")
        point = gpd.GeoDataFrame(geometry=[shapely.Point(site.x, site.y)], crs=self._crs)
        return snap_points(self.roads, point, self.model.access, "start")


def _digest_of_points(demand: gpd.GeoDataFrame) -> str:
    return digest_of(str(len(demand)), shapely.get_coordinates(demand.geometry.to_numpy()))
