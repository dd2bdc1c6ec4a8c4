"""What if: changes to a study, runs of many of them, proposed sites, and comparisons.

``Scenario`` holds changes (``Open``, ``Close`` ...); ``sweep`` and ``read_scenarios`` make batches of them. The modules
are loaded when they are asked for.
"""

from typing import TYPE_CHECKING

from ..lazy import names_of

if TYPE_CHECKING:
    from .areas import Area, read_area
    from .changes import Close, CloseRoad, Move, Open, Residents, Scenario, SetAmbulances, SpeedChange, Upgrade
    from .scenario_files import read_scenarios
    from .sweeps import Batch, sweep

__all__ = [
    "Area",
    "Batch",
    "Close",
    "CloseRoad",
    "Move",
    "Open",
    "Residents",
    "Scenario",
    "SetAmbulances",
    "SpeedChange",
    "Upgrade",
    "read_area",
    "read_scenarios",
    "sweep",
]

_CHANGES = ("Close", "CloseRoad", "Move", "Open", "Residents", "Scenario", "SetAmbulances", "SpeedChange", "Upgrade")
__getattr__, __dir__ = names_of(
    __name__,
    dict.fromkeys(_CHANGES, "carereach.scenarios.changes")
    | dict.fromkeys(("Batch", "sweep"), "carereach.scenarios.sweeps")
    | dict.fromkeys(("Area", "read_area"), "carereach.scenarios.areas")
    | {"read_scenarios": "carereach.scenarios.scenario_files"},
)
