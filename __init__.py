"""carereach: how far care reaches. Tests a health plan's spatial goals on a real road network.

``open_study`` reads a study, ``assess`` tests its plans' rules; the rooms ``layers``, ``coverage``, ``scenarios`` and
``maps`` hold the rest. Everything is loaded when it is first asked for. The modules are named absolutely because
pytest loads this file a second time, under the name of the folder it stands in.
"""

from typing import TYPE_CHECKING

from carereach.lazy import names_of

if TYPE_CHECKING:
    from carereach import coverage, layers, maps, scenarios
    from carereach.coverage.assess import assess
    from carereach.layers.study import open_study

__all__ = ["assess", "coverage", "layers", "maps", "open_study", "scenarios"]

__getattr__, __dir__ = names_of(
    "carereach",
    {"assess": "carereach.coverage.assess", "open_study": "carereach.layers.study"},
)
