"""Areas that a change names: a polygon file, a list of corners, or a shapely polygon, kept as text in WGS 84."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

import numpy as np
import shapely
from pydantic import field_validator, model_validator
from pydantic_core import PydanticCustomError
from shapely.geometry.base import BaseGeometry

from ..errors import Findings
from ..layers.boundaries import mended
from ..layers.settings_parts import Part, Text
from ..layers.vectors import POLYGONS, read_vector

DECIMALS = 9  # of a degree: a tenth of a millimetre


class Area(Part):
    """A polygon in longitude and latitude (WGS 84), as text, so that a scenario carries it wherever it is computed.

    A text stands for a file of polygons, still to be read (``wkt`` is then empty); a list of corners ``[lon, lat]``
    for the polygon between them.
    """

    name: Text
    layer: Text | None = None
    wkt: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_any(cls, given: object) -> object:
        if isinstance(given, str):
            return {"name": given}
        if isinstance(given, list | tuple):
            return {"name": "polygon", "wkt": _written(_between(given))}
        if isinstance(given, BaseGeometry):
            return {"name": "polygon", "wkt": _written(given)}
        if isinstance(given, dict) and "path" in given and "name" not in given:
            return {"name" if key == "path" else key: value for key, value in given.items()}
        if isinstance(given, dict | Area):
            return given
        raise PydanticCustomError("scenarios.no-polygon", "not a polygon in degrees")

    @field_validator("wkt")
    @classmethod
    def _is_ground(cls, wkt: str) -> str:
        if wkt and not _is_area(shapely.from_wkt(wkt, on_invalid="ignore")):
            turned = shapely.from_wkt(wkt, on_invalid="ignore")
            if turned is not None and _is_area(shapely.transform(turned, lambda degrees: degrees[:, ::-1])):
                raise PydanticCustomError("scenarios.polygon-swapped", "latitude first")
            raise PydanticCustomError("scenarios.no-polygon", "not a polygon in degrees")
        return wkt

    @cached_property
    def geometry(self) -> BaseGeometry:
        """The polygon in degrees; ValueError where its file has not been read (:func:`read_area`)."""
        if not self.wkt:
            raise ValueError(f"the area {self.name} has not been read: use carereach.scenarios.areas.read_area")
        found: BaseGeometry = shapely.from_wkt(self.wkt)
        return found

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the polygon; of the name alone where it has not been read."""
        return hashlib.sha256((self.wkt or self.name).encode()).hexdigest()


def read_area(path: Path, *, layer: str | None = None, findings: Findings | None = None) -> Area:
    """All polygons of a GeoPackage, GeoJSON, shapefile or GeoParquet file together as one area.

    Raises :class:`~carereach.errors.InputError` where the file cannot be used; invalid rings are mended, with a
    warning in ``findings``.
    """
    found = Findings(path) if findings is None else findings
    raw = read_vector(path, layer=layer, kinds=POLYGONS, findings=found)
    found.raise_errors()
    frame = mended(raw[raw.geometry.notna()].assign(area=path.stem), "area", found)
    if frame.empty:
        found.error("vector.no-features")
    found.raise_errors()
    degrees = np.asarray(frame.to_crs(4326).geometry.array, dtype=object)
    return Area(name=path.name, wkt=_written(shapely.union_all(degrees)))


def _written(ground: BaseGeometry) -> str:
    return str(shapely.to_wkt(ground, rounding_precision=DECIMALS, trim=True))


def _between(corners: list[object] | tuple[object, ...]) -> BaseGeometry:
    """The polygon between corners (lon, lat); an empty one where they are none."""
    try:
        array = np.array(corners, dtype=float)
    except (TypeError, ValueError):
        return shapely.Polygon()
    if array.ndim != 2 or array.shape[1] != 2 or len(array) < 3 or not np.isfinite(array).all():
        return shapely.Polygon()
    return shapely.Polygon(array)


def _is_area(ground: BaseGeometry | None) -> bool:
    """Whether it is valid ground with an extent, in degrees."""
    if ground is None or ground.is_empty or ground.geom_type not in POLYGONS or not ground.is_valid:
        return False
    west, south, east, north = ground.bounds
    return bool(ground.area > 0 and -180 <= west <= east <= 180 and -90 <= south <= north <= 90)
