"""Baidu's Mercator metres (bd09mc) to BD-09 degrees, by the polynomials of Baidu's own map library.

``BMap.MercatorProjection``: ``MCBAND`` and ``MC2LL``, printed alike in many public ports of it. Six bands of latitude;
in each, longitude is linear and latitude a polynomial of degree six.
"""

from __future__ import annotations

from math import copysign

BANDS_M = (12890594.86, 8362377.87, 5591021.0, 3481989.83, 1678043.12, 0.0)
COEFFICIENTS = (
    (
        (1.410526172116255e-8, 8.98305509648872e-6),
        (-1.9939833816331, 200.9824383106796, -187.2403703815547, 91.6087516669843),
        (-23.38765649603339, 2.57121317296198, -0.03801003308653),
        17337981.2,
    ),
    (
        (-7.435856389565537e-9, 8.983055097726239e-6),
        (-0.78625201886289, 96.32687599759846, -1.85204757529826, -59.36935905485877),
        (47.40033549296737, -16.50741931063887, 2.28786674699375),
        10260144.86,
    ),
    (
        (-3.030883460898826e-8, 8.98305509983578e-6),
        (0.30071316287616, 59.74293618442277, 7.357984074871, -25.38371002664745),
        (13.45380521110908, -3.29883767235584, 0.32710905363475),
        6856817.37,
    ),
    (
        (-1.981981304930552e-8, 8.983055099779535e-6),
        (0.03278182852591, 40.31678527705744, 0.65659298677277, -4.44255534477492),
        (0.85341911805263, 0.12923347998204, -0.04625736007561),
        4482777.06,
    ),
    (
        (3.09191371068437e-9, 8.983055096812155e-6),
        (6.995724062e-5, 23.10934304144901, -0.00023663490511, -0.6321817810242),
        (-0.00663494467273, 0.03430082397953, -0.00466043876332),
        2555164.4,
    ),
    (
        (2.890871144776878e-9, 8.983055095805407e-6),
        (-3.068298e-8, 7.47137025468032, -3.53937994e-6, -0.02145144861037),
        (-1.234426596e-5, 0.00010322952773, -3.23890364e-6),
        826088.5,
    ),
)


def to_degrees(x_m: float | None, y_m: float | None) -> tuple[float | None, float | None]:
    """Longitude and latitude in BD-09 of Baidu's metres; (None, None) where one is missing."""
    if x_m is None or y_m is None:
        return None, None
    band = next(i for i, lowest in enumerate(BANDS_M) if abs(y_m) >= lowest)
    (origin, per_metre), low, high, scale = COEFFICIENTS[band]
    share = abs(y_m) / scale
    lat = sum(factor * share**power for power, factor in enumerate((*low, *high)))
    return copysign(origin + per_metre * abs(x_m), x_m), copysign(lat, y_m)
