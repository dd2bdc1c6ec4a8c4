"""Road networks: read from OpenStreetMap files, line layers, GraphML or tables, and made ready for shortest paths.

``read_osm`` reads an OpenStreetMap file, ``RoadNetwork`` is what every reader gives. Modules and names are loaded when
they are asked for.
"""

from typing import TYPE_CHECKING

from ...lazy import names_of

if TYPE_CHECKING:
    from .network import RoadNetwork
    from .osm import read_osm

__all__ = ["RoadNetwork", "read_osm"]

__getattr__, __dir__ = names_of(
    __name__,
    {"RoadNetwork": f"{__name__}.network", "read_osm": f"{__name__}.osm"},
)
