"""Where should the next stations stand? Proposed sites, each with a proven bound on how much better any other could be.

``cover_all``, ``max_cover``, ``backup_cover``, ``max_expected_cover`` (``cover.py``), ``p_median`` (``median.py``) and
``p_center`` (``center.py``) take ``minutes[candidate, demand]`` and give a :class:`Siting`. ``instance.py`` checks what
is handed over, ``rows.py`` and ``reduce.py`` make arrays of it, ``solver.py`` runs HiGHS, ``recheck.py`` goes over
every answer again before anybody sees it.
"""

from ...lazy import names_of

__all__ = [
    "Siting",
    "backup_cover",
    "busy_fraction",
    "cover_all",
    "max_cover",
    "max_expected_cover",
    "p_center",
    "p_median",
]

_HERE = "carereach.scenarios.siting"
__getattr__, __dir__ = names_of(
    __name__,
    {
        "Siting": f"{_HERE}.result",
        "backup_cover": f"{_HERE}.cover",
        "busy_fraction": f"{_HERE}.busy",
        "cover_all": f"{_HERE}.cover",
        "max_cover": f"{_HERE}.cover",
        "max_expected_cover": f"{_HERE}.cover",
        "p_center": f"{_HERE}.center",
        "p_median": f"{_HERE}.median",
    },
)
