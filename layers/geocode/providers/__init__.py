"""The services that say where something is, one module each: what they are asked and how their answers are read.

``service`` has what they share, ``client`` does the asking. A service knows no network and holds no key.
"""

from ....lazy import names_of

__getattr__, __dir__ = names_of(__name__)
