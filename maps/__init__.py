"""What a person looks at: the map page, the figure for print, the tables.

The modules are loaded when they are asked for.
"""

from ..lazy import names_of

__getattr__, __dir__ = names_of(__name__)
