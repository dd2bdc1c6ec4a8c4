"""Road networks: read from OpenStreetMap files, line layers, GraphML or tables, and made ready for shortest paths.

``read_roads`` reads what a study file names; ``read_osm``, ``read_lines``, ``read_graphml`` and ``read_csv`` one kind
each; ``from_networkx`` and ``to_networkx`` exchange graphs with osmnx. All give a ``RoadNetwork``. Modules and names
are loaded when they are asked for.
"""

from typing import TYPE_CHECKING

from ...lazy import names_of

if TYPE_CHECKING:
    from .columns import RoadColumns
    from .graphs import from_networkx, read_graphml, to_networkx
    from .lines import read_lines
    from .network import RoadNetwork
    from .osm import read_osm
    from .reading import read_roads
    from .tables import read_csv

__all__ = [
    "RoadColumns",
    "RoadNetwork",
    "from_networkx",
    "read_csv",
    "read_graphml",
    "read_lines",
    "read_osm",
    "read_roads",
    "to_networkx",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "RoadColumns": f"{__name__}.columns",
        "RoadNetwork": f"{__name__}.network",
        "from_networkx": f"{__name__}.graphs",
        "read_csv": f"{__name__}.tables",
        "read_graphml": f"{__name__}.graphs",
        "read_lines": f"{__name__}.lines",
        "read_osm": f"{__name__}.osm",
        "read_roads": f"{__name__}.reading",
        "to_networkx": f"{__name__}.graphs",
    },
)
