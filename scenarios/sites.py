"""Where a scenario's stations are: those that it opens, closes and moves."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

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

    def of(self, stations: gpd.GeoDataFrame) -> pd.DataFrame:
        """What is other in ``stations``: ``what`` is opened, closed (where it stood) or moved (where it is now)."""
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


def _change(before: list[float] | None, now: list[float]) -> str:
    if before is None:
        return "opened"
    return "" if before == now else "moved"
