"""Where a scenario's facilities are: those that it opens, closes, moves and changes."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from .facility_changes import Row, Touched
from .outcome import SITES, table_of

DECIMALS = 6


class Sites:
    """The located stations of a study as it is, to compare others with."""

    def __init__(self, stations: gpd.GeoDataFrame) -> None:
        self._stations = stations
        self._to_degrees = Transformer.from_crs(stations.crs, 4326, always_xy=True)
        self._xy = dict(
            zip(stations["id"], shapely.get_coordinates(stations.geometry.to_numpy()).tolist(), strict=True)
        )

    @property
    def all(self) -> pd.DataFrame:
        """Every station of the study (``what`` "station")."""
        return self._table(self._stations, ["station"] * len(self._stations))

    def of(self, stations: gpd.GeoDataFrame, touched: Sequence[Touched] = ()) -> pd.DataFrame:
        """What is other in ``stations``: ``what`` is opened, closed (where it stood) or moved (where it is now).

        Of the other facilities that a scenario ``touched``, ``what`` is opened-other, closed-other or moved-other, and
        of a facility, station or not, that has other ambulances, beds, roles or another kind at its place, changed.
        """
        if stations is self._stations and not touched:
            return table_of([], SITES)
        own = self._of_stations(stations)
        others = self._of_others(touched, set(stations["id"]) | self._xy.keys())
        return pd.concat([own, table_of(others, SITES)], ignore_index=True) if others else own

    def _of_others(self, touched: Sequence[Touched], stations: AbstractSet[str]) -> list[tuple[object, ...]]:
        rows: list[tuple[object, ...]] = []
        for before, now in touched:
            what = _other_change(before, now, now["id"] in stations)
            point = now["geometry"]
            if what and point is not None and not point.is_empty:
                lon, lat = self._to_degrees.transform(point.x, point.y)
                rows.append((str(now["name"]), round(lon, DECIMALS), round(lat, DECIMALS), what))
        return rows

    def _of_stations(self, stations: gpd.GeoDataFrame) -> pd.DataFrame:
        if stations is self._stations:
            return table_of([], SITES)
        ids = stations["id"].to_numpy(dtype=object)
        places = shapely.get_coordinates(stations.geometry.to_numpy()).tolist()
        what = [_change(self._xy.get(one), place) for one, place in zip(ids, places, strict=True)]
        changed = np.array([bool(word) for word in what], dtype=bool)
        gone = ~self._stations["id"].isin(set(ids)).to_numpy()
        parts = [
            self._table(stations[changed], [word for word in what if word]),
            self._table(self._stations[gone], ["closed"] * int(gone.sum())),
        ]
        return table_of([row for part in parts for row in part.itertuples(index=False, name=None)], SITES)

    def _table(self, stations: gpd.GeoDataFrame, what: list[str]) -> pd.DataFrame:
        xy: NDArray[np.float64] = shapely.get_coordinates(stations.geometry.to_numpy())
        lon, lat = self._to_degrees.transform(xy[:, 0], xy[:, 1])
        names = stations["name"].astype(str)
        rows = zip(names, np.round(lon, DECIMALS).tolist(), np.round(lat, DECIMALS).tolist(), what, strict=True)
        return table_of(list(rows), SITES)


def _other_change(before: Row | None, now: Row, station: bool) -> str:
    """What happened to a facility that its opening, closing or moving as a station does not say already."""
    if before is None:
        return "" if station else "opened-other"
    was, here = before["geometry"], now["geometry"]
    if was is not None and here is not None and not was.equals(here):
        return "" if station else "moved-other"
    if before["status"] != now["status"]:
        return "" if station else "opened-other" if now["status"] == "open" else "closed-other"
    return "changed"


def _change(before: list[float] | None, now: list[float]) -> str:
    if before is None:
        return "opened"
    return "" if before == now else "moved"
