"""Geocoding: places a facility list by asking providers, and says which places can be trusted.

``model`` has the shapes, ``providers`` ask, ``store`` remembers answers, ``names`` and ``trust`` weigh candidates,
``unknown_datum`` tells datums apart, ``review`` hands what is doubtful to a person and reads the decisions back,
``run`` goes the whole way. Modules are loaded when they are asked for.
"""

from ...lazy import names_of

__getattr__, __dir__ = names_of(__name__)
