"""Road networks: read from OpenStreetMap files, line layers, GraphML or tables, and made ready for shortest paths.

The modules are loaded when they are asked for.
"""

from ...lazy import names_of

__getattr__, __dir__ = names_of(__name__)
