"""How the fictional prefecture of the tutorial is made: its places, outlines, roads, people and facilities.

Lengths are kilometres in the plane of :mod:`.world`, x to the east and y to the north, until a file is written.
"""
