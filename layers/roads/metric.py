"""Which coordinate system to compute in where the user names none."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from numpy.typing import ArrayLike
from pyproj import CRS

PSEUDO_MERCATOR = "Popular Visualisation Pseudo Mercator"


def metric_crs(source: CRS, x: ArrayLike, y: ArrayLike) -> CRS:
    """``source`` itself where its units are true metres, else the UTM zone of the middle of the points.

    The Mercator of web maps counts in metres that shrink towards the poles, so it is not taken.
    """
    method = source.coordinate_operation.method_name if source.coordinate_operation else ""
    in_metres = source.is_projected and all(axis.unit_conversion_factor == 1 for axis in source.axis_info)
    if in_metres and method != PSEUDO_MERCATOR:
        return source
    xs, ys = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    corners = gpd.points_from_xy([xs.min(), xs.max()], [ys.min(), ys.max()], crs=source)
    return CRS(corners.estimate_utm_crs())
