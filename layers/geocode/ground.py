"""The ground that answers are checked on: in which county and township a place lies, and which was meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from ..boundaries import locate_rows
from .model import Candidate, Query
from .names import bare, normal


@dataclass(frozen=True)
class Standing:
    """Where a candidate stands, seen from what its row states.

    ``county`` and ``township`` are the study's, "" outside all or where there are no outlines. ``outside_km`` is the
    distance to the stated county (0 inside) and ``township_km`` to the stated township; None where nothing is stated
    or no outline is known.
    """

    county: str = ""
    township: str = ""
    outside_km: float | None = None
    township_km: float | None = None


@dataclass(frozen=True)
class Ground:
    """Counties and townships in one metric CRS; empty frames where a list is placed without a study."""

    counties: gpd.GeoDataFrame | None = None
    townships: gpd.GeoDataFrame | None = None
    city: str = ""

    def stated(self, query: Query) -> Query:
        """The query with the study's spelling of its county and township; where a column is blank, its texts tell.

        A township's name is taken from an address only if it is the only one named there.
        """
        texts = normal(query.address) + " " + normal(query.name)
        county = self._county(query.county) or _named_in(texts, self._names(self.counties, "county", ""))
        township = self._full(query.township, self._names(self.townships, "township", county))
        township = township or _named_in(texts, self._names(self.townships, "township", county))
        return replace(
            query, city=query.city or self.city, county=county or query.county, township=township or query.township
        )

    def standings(self, queries: Sequence[Query], candidates: Sequence[Candidate]) -> list[Standing]:
        """Where each candidate stands; ``queries[i]`` is the row that ``candidates[i]`` was offered for."""
        if self.counties is None or not candidates:
            return [Standing() for _ in candidates]
        lon, lat = (np.array([getattr(c, axis) for c in candidates], dtype=np.float64) for axis in ("lon", "lat"))
        x, y = Transformer.from_crs(4326, self.counties.crs, always_xy=True).transform(lon, lat)
        points = shapely.points(x, y)
        counties = _names_at(x, y, self.counties, "county")
        outside = _distance_km(points, self.counties, [(q.county,) for q in queries], ["county"])
        townships: NDArray[np.object_] = np.full(len(x), "", dtype=object)
        away: list[float | None] = [None] * len(x)
        if self.townships is not None:
            drawn = self.townships[~shapely.is_missing(self.townships.geometry.to_numpy())]
            townships = _names_at(x, y, drawn, "township")
            away = _distance_km(points, drawn, [(q.county, q.township) for q in queries], ["county", "township"])
        return [Standing(*each) for each in zip(counties, townships, outside, away, strict=True)]

    def _county(self, stated: str) -> str:
        if self.counties is None or not stated:
            return ""
        codes = dict(zip(self.counties["code"].astype(str), self.counties["county"].astype(str), strict=True))
        return codes.get(stated.strip(), "") or self._full(stated, self._names(self.counties, "county", ""))

    def _names(self, frame: gpd.GeoDataFrame | None, column: str, county: str) -> list[str]:
        if frame is None:
            return []
        part = frame if column == "county" or not county else frame[frame["county"] == county]
        return list(dict.fromkeys(part[column].astype(str)))

    def _full(self, stated: str, names: Sequence[str]) -> str:
        """The study's name for 玉州, 玉州区 or 玉林市玉州区; "" where none or several fit."""
        text = normal(stated)
        if not text:
            return ""
        exact = [name for name in names if text.endswith(normal(name))]
        short = [name for name in names if bare(normal(name)) == bare(text)]
        found = exact or short
        return found[0] if len(found) == 1 else ""


def _named_in(texts: str, names: Sequence[str]) -> str:
    """The one of ``names`` that stands in the texts; "" for none or several (新市镇 does not name 市镇 too)."""
    found = [name for name in names if normal(name) in texts]
    longest = [name for name in found if not any(normal(name) in normal(other) for other in found if other != name)]
    return longest[0] if len(longest) == 1 else ""


def _names_at(
    x: NDArray[np.float64], y: NDArray[np.float64], frame: gpd.GeoDataFrame, column: str
) -> NDArray[np.object_]:
    names = np.array([*frame[column].astype(str), ""], dtype=object)
    return np.asarray(names[locate_rows(x, y, frame)])


def _distance_km(
    points: NDArray[np.object_], frame: gpd.GeoDataFrame, keys: Sequence[tuple[str, ...]], columns: Sequence[str]
) -> list[float | None]:
    """Kilometres from each point to the outline that its key names, None where no such outline is known."""
    shapes = dict(zip(zip(*(frame[c].astype(str) for c in columns), strict=True), frame.geometry, strict=True))
    outlines = np.array([shapes.get(key) for key in keys], dtype=object)
    km = shapely.distance(points, outlines) / 1000
    return [None if np.isnan(value) else float(value) for value in km]
