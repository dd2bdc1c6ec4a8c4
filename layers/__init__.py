"""What a study is made of: facilities, roads, people, boundaries, datums and the study file that names them.

Each reader gives a :class:`carereach.layers.model.Layer` in the study's CRS; :mod:`carereach.layers.study` puts them
together; ``areas`` holds the studies that come with the package. The modules are loaded when they are asked for.
"""

from typing import TYPE_CHECKING

from ..lazy import names_of

if TYPE_CHECKING:
    from . import datum, roads

__all__ = ["datum", "roads"]

__getattr__, __dir__ = names_of(__name__)
