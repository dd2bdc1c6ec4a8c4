"""Levels of units below the county, and the kinds of townships that each means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Level = Literal["city", "county", "township", "street", "street-or-township", "village"]
LEVEL_KINDS: Mapping[str, tuple[str, ...]] = {
    "township": ("town", "township"),
    "street": ("street",),
    "street-or-township": ("street", "town", "township"),
}
