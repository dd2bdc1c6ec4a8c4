"""Where places stand in a study: county, township, distance to the roads; prepared once, asked many times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from ..layers.facility_checks import BORDER_TOLERANCE_KM
from ..layers.roads.access_checks import FAR_KM
from ..layers.roads.snap import Access
from ..layers.study import Study
from .areas import Area

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]


@dataclass(frozen=True)
class Standing:
    """Places (P) in the study's CRS, with the county ("" outside all) and township ("" unknown) each lies in, and how
    far (straight km) the roads are that it would be joined to."""

    xy: Floats
    county: Texts
    township: Texts
    road_km: Floats

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Which places lie in no county: in the sea, or in a neighbouring prefecture."""
        return np.asarray(self.county == "", dtype=np.bool_)

    @property
    def far(self) -> NDArray[np.bool_]:
        """Which places lie farther from the roads than ``carereach check`` lets pass."""
        return self.road_km > FAR_KM


class Ground:
    """The counties, townships and roads of a study, indexed."""

    def __init__(self, study: Study) -> None:
        self.roads = study.roads
        self.crs = study.counties.frame.crs
        self.counties = _Units(study.counties.frame, "county")
        self.townships = None if study.townships is None else _Units(study.townships.frame, "township")

    @cached_property
    def to_metric(self) -> Transformer:
        """From longitude and latitude to the study's CRS."""
        return Transformer.from_crs(4326, self.crs, always_xy=True)

    def xy(self, lon: ArrayLike, lat: ArrayLike) -> Floats:
        """Longitudes and latitudes (P,) in the study's CRS, (P, 2)."""
        xy = np.column_stack(self.to_metric.transform(np.atleast_1d(lon), np.atleast_1d(lat)))
        return np.where(np.isfinite(xy).all(axis=1)[:, None], xy, np.nan)

    def stand(self, lon: ArrayLike, lat: ArrayLike) -> Standing:
        """Where places given in degrees (P,) stand."""
        return self.stand_at(self.xy(lon, lat))

    def stand_at(self, xy: Floats) -> Standing:
        """Where places in the study's CRS (P, 2) stand; a place just outside a county's outline counts as in it."""
        snap = self.roads.edge_index.snap(xy, Access(candidates=1), "start")
        county = self.counties.around(xy, 1000 * BORDER_TOLERANCE_KM)
        township = np.full(len(xy), "", dtype=object) if self.townships is None else self.townships.at(xy)
        return Standing(xy, county, township, snap.nearest_km)

    def near(self, county: str, xy: Floats, tolerance_m: float) -> bool:
        """Whether one place (2,) lies in a county, or no farther from it than ``tolerance_m``."""
        polygons = self.counties.polygons[self.counties.names[:-1] == county]
        return bool((shapely.distance(polygons, shapely.Point(xy)) <= tolerance_m).any())

    def beyond(self, area: Area) -> tuple[str, dict[str, object]] | None:
        """The code of a problem and its parameters where an area lies outside every county; None where it does not."""
        if self._touches_counties(area.geometry):
            return None
        west, _, east, _ = area.geometry.bounds
        lon, lat = self._middle
        said: dict[str, object] = {"lon": f"{lon:.2f}", "lat": f"{lat:.2f}"}
        turned = shapely.transform(area.geometry, lambda degrees: degrees[:, ::-1])
        if abs(west) <= 90 and abs(east) <= 90 and self._touches_counties(turned):
            return "scenarios.area-swapped", said
        return "scenarios.area-outside", said

    def _touches_counties(self, degrees: BaseGeometry) -> bool:
        metric = shapely.transform(degrees, self._transformed)
        if not np.isfinite(shapely.get_coordinates(metric)).all():
            return False
        return len(self.counties.tree.query(metric, predicate="intersects")) > 0

    @cached_property
    def _middle(self) -> tuple[float, float]:
        """Longitude and latitude of the middle of the study."""
        west, south, east, north = shapely.total_bounds(self.counties.polygons)
        lon, lat = self.to_metric.transform((west + east) / 2, (south + north) / 2, direction="INVERSE")
        return float(lon), float(lat)

    def metric(self, area: Area) -> BaseGeometry:
        """An area in the study's CRS, prepared for many questions."""
        found: BaseGeometry = shapely.transform(area.geometry, self._transformed)
        shapely.prepare(found)
        return found

    def _transformed(self, degrees: Floats) -> Floats:
        return np.column_stack(self.to_metric.transform(degrees[:, 0], degrees[:, 1]))


class _Units:
    """Polygons with names; on a border, the one that comes first."""

    def __init__(self, frame: gpd.GeoDataFrame, name: str) -> None:
        drawn = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
        self.names: Texts = np.array([*drawn[name].astype(str), ""], dtype=object)
        self.polygons = drawn.geometry.to_numpy()
        shapely.prepare(self.polygons)
        self.tree = shapely.STRtree(self.polygons)

    def at(self, xy: Floats) -> Texts:
        """The name of the polygon that each place lies in, "" outside all (and for NaN)."""
        found: Texts = self.names[self._rows(np.asarray(shapely.points(xy)))]
        return found

    def around(self, xy: Floats, tolerance_m: float) -> Texts:
        """The same; a place outside all takes the nearest polygon within ``tolerance_m``."""
        points = np.asarray(shapely.points(xy))
        rows = self._rows(points)
        lost = np.flatnonzero((rows == len(self.polygons)) & np.isfinite(xy).all(axis=1))
        if len(lost) and len(self.polygons):
            point, found = self.tree.query_nearest(points[lost], max_distance=tolerance_m)
            order = np.lexsort((-found, point))
            rows[lost[point[order]]] = found[order]
        named: Texts = self.names[rows]
        return named

    def _rows(self, points: NDArray[np.object_]) -> NDArray[np.int64]:
        point, near = self.tree.query(points)
        inside = shapely.intersects(self.polygons[near], points[point])
        rows = np.full(len(points), len(self.polygons))
        np.minimum.at(rows, point[inside], near[inside])
        return rows


def check_standing(standing: Standing) -> Sequence[tuple[str, dict[str, object]] | None]:
    """What is wrong with each place: the code of a problem and its parameters, or None."""
    found: list[tuple[str, dict[str, object]] | None] = []
    for outside, far, km in zip(standing.outside, standing.far, standing.road_km, strict=True):
        if outside:
            found.append(("scenarios.outside-all", {}))
        elif far:
            found.append(("scenarios.far-from-roads", {"km": f"{km:.1f}", "most": FAR_KM}))
        else:
            found.append(None)
    return found
