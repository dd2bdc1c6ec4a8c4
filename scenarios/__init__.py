"""What if: changes to a study, runs of many of them, proposed sites, and comparisons.

The modules are loaded when they are asked for.
"""

from ..lazy import names_of

__getattr__, __dir__ = names_of(__name__)
