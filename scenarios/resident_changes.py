"""Changes of residents: factors, additions and totals on the demand points of counties, townships and areas."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from ..layers.boundaries import nearest_names
from ..layers.study import Study
from ..texts import Message
from .changes import Residents
from .faults import Faults
from .ground import Ground

Mask = NDArray[np.bool_]


class DemandDraft:
    """The demand points while a scenario changes their residents.

    Points keep their order; a place for a new district is added at the end. ``notes`` say where that happened.
    """

    def __init__(self, study: Study, ground: Ground, faults: Faults) -> None:
        self.study, self.ground, self.faults = study, ground, faults
        self.frame: gpd.GeoDataFrame = study.people.frame
        self.notes: list[Message] = []

    def make(self, position: int, change: Residents) -> None:
        """Makes one change, or records its faults."""
        before = len(self.faults.found)
        chosen = self._chosen(position, change)
        if len(self.faults.found) > before:
            return
        beyond = None if change.area is None or chosen.any() else self.ground.beyond(change.area)
        if beyond is not None:
            self.faults.add(position, "area", beyond[0], **beyond[1])
            return
        wanted = change.add if change.residents is None else change.residents
        if not chosen.any() and change.area is not None and wanted:
            self._settle(position, change, wanted)
            return
        residents = self.frame["residents"].to_numpy()
        now = float(residents[chosen].sum())
        if not chosen.any() or (now == 0 and change.factor is not None):
            self.faults.add(position, "area" if change.area is not None else "residents", "scenarios.nobody-there")
            return
        share = residents[chosen] / now if now > 0 else np.full(int(chosen.sum()), 1 / int(chosen.sum()))
        changed = residents.astype(float)
        if change.factor is not None:
            changed[chosen] = residents[chosen] * change.factor
        elif change.add is not None:
            changed[chosen] = residents[chosen] + change.add * share
        elif change.residents is not None:
            changed[chosen] = change.residents * share
        self.frame = self.frame.assign(residents=changed)

    def check_some(self, position: int, change: Residents) -> None:
        """Records a fault of the last change where nobody is left in the counties."""
        inside = (self.frame["county"] != "").to_numpy()
        lived = float(self.study.people.frame["residents"].to_numpy()[inside[: len(self.study.people.frame)]].sum())
        if lived > 0 and not self.faults.found and float(self.frame["residents"].to_numpy()[inside].sum()) == 0:
            key = next(one for one in ("factor", "add", "residents") if getattr(change, one) is not None)
            self.faults.add(position, key, "scenarios.nobody-left", getattr(change, key))

    def _chosen(self, position: int, change: Residents) -> Mask:
        """Demand points that a change means: inside the study's counties, and inside all that it names."""
        frame = self.frame
        chosen = np.array(frame["county"] != "", dtype=np.bool_)
        chosen &= self._of_units(position, "counties", change.counties, "county", self.ground.counties.names.tolist())
        known = frame["township"].unique() if self.study.townships is None else self.study.townships.frame["township"]
        chosen &= self._of_units(position, "townships", change.townships, "township", known)
        if change.area is not None:
            xy = shapely.get_coordinates(frame.geometry.to_numpy())
            chosen &= shapely.intersects_xy(self.ground.metric(change.area), xy[:, 0], xy[:, 1])
        return chosen

    def _of_units(self, position: int, key: str, wanted: Sequence[str], column: str, names: Sequence[str]) -> Mask:
        if not wanted:
            return np.ones(len(self.frame), dtype=np.bool_)
        known = {str(name) for name in names} - {""}
        code = "scenarios.no-county" if column == "county" else "scenarios.no-township"
        for name in wanted:
            if name not in known:
                near = nearest_names(name, known)
                self.faults.add(position, key, code, name, nearest=near)
        return np.asarray(self.frame[column].isin(wanted), dtype=np.bool_)

    def _settle(self, position: int, change: Residents, residents: float) -> None:
        """Adds one place in the middle of an area where no demand point lies."""
        if change.area is None:
            raise ValueError("a new district needs an area")
        ground = self.ground.metric(change.area)
        middle = ground.centroid if ground.contains(ground.centroid) else ground.representative_point()
        standing = self.ground.stand_at(shapely.get_coordinates(middle))
        county, township = str(standing.county[0]), str(standing.township[0])
        if not county:
            self.faults.add(position, "area", "scenarios.outside-all", change.area.name)
            return
        if (change.counties and county not in change.counties) or (
            change.townships and township not in change.townships
        ):
            self.faults.add(position, "area", "scenarios.nobody-there")
            return
        row = {"residents": residents, "county": county, "township": township, "zone": self._zone(middle)}
        place = gpd.GeoDataFrame([row], geometry=[middle], crs=self.frame.crs)
        joined = pd.concat([self.frame, place.reindex(columns=self.frame.columns)], ignore_index=True)
        self.frame = joined.astype(self.frame.dtypes.drop("geometry").to_dict())
        self.notes.append(
            Message("scenarios.new-place", {"residents": residents, "area": change.area.name, "county": county})
        )

    def _zone(self, place: shapely.Point) -> str:
        """Urban or township by the study's urban ground; where it has none drawn, as the nearest demand point."""
        urban = self.study.urban_area
        if urban is None:
            return ""
        if not urban.is_empty:
            return "urban" if urban.intersects(place) else "township"
        points, zones = self.frame.geometry.to_numpy(), self.frame["zone"].to_numpy()
        known = np.flatnonzero(zones != "")
        return str(zones[known[shapely.distance(points[known], place).argmin()]]) if len(known) else ""
