"""Who is reached, how fast, and whether a plan's rules are met: travel times, service radius, statistics, verdicts.

``plans`` holds the rules as data, ``kinds`` the code that evaluates each kind of rule. The modules are loaded when they
are asked for.
"""

if __name__ == "coverage":
    raise ImportError(
        "This folder is carereach.coverage, not coverage.py: the checkout's folder stands on Python's search path. "
        "Run `pytest` instead of `python -m pytest`, and scripts from another folder."
    )

from typing import TYPE_CHECKING

from ..lazy import names_of

if TYPE_CHECKING:
    from . import catchment, equity, isochrones, times

__all__ = ["catchment", "equity", "isochrones", "times"]

__getattr__, __dir__ = names_of(__name__)
