"""Where should the next stations stand? Proposed sites, each with a proven bound on how much better any other could be.

``cover_all``, ``max_cover``, ``backup_cover``, ``max_expected_cover`` (``cover.py``), ``p_median`` (``median.py``) and
``p_center`` (``center.py``) take ``minutes[candidate, demand]`` and give a :class:`Siting`; the ``_menu`` and
``_curve`` functions give what is nearly as good (``menu.py``) and how much each further site adds (``curve.py``).
``instance.py`` checks what is handed over, ``rows.py`` and ``reduce.py`` make arrays of it, ``solver.py`` runs HiGHS,
``recheck.py`` goes over every answer again before anybody sees it.
"""

from typing import TYPE_CHECKING

from ...lazy import names_of

if TYPE_CHECKING:
    from .busy import busy_fraction
    from .center import p_center
    from .cover import backup_cover, cover_all, max_cover, max_expected_cover
    from .curve import Curve, max_cover_curve, p_median_curve
    from .median import p_median
    from .menu import Menu, max_cover_menu, p_median_menu
    from .result import Siting

__all__ = [
    "Curve",
    "Menu",
    "Siting",
    "backup_cover",
    "busy_fraction",
    "cover_all",
    "max_cover",
    "max_cover_curve",
    "max_cover_menu",
    "max_expected_cover",
    "p_center",
    "p_median",
    "p_median_curve",
    "p_median_menu",
]

_HERE = "carereach.scenarios.siting"
__getattr__, __dir__ = names_of(
    __name__,
    {
        "Curve": f"{_HERE}.curve",
        "Menu": f"{_HERE}.menu",
        "Siting": f"{_HERE}.result",
        "backup_cover": f"{_HERE}.cover",
        "busy_fraction": f"{_HERE}.busy",
        "cover_all": f"{_HERE}.cover",
        "max_cover": f"{_HERE}.cover",
        "max_cover_curve": f"{_HERE}.curve",
        "max_cover_menu": f"{_HERE}.menu",
        "max_expected_cover": f"{_HERE}.cover",
        "p_center": f"{_HERE}.center",
        "p_median": f"{_HERE}.median",
        "p_median_curve": f"{_HERE}.curve",
        "p_median_menu": f"{_HERE}.menu",
    },
)
