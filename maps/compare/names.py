"""Names of scenarios in a list: what all of them share is said once, what is long is cut in its middle."""

from __future__ import annotations

from collections.abc import Sequence

from ...scenarios.sweeps import JOIN

LONGEST_SHOWN = 160


def apart(names: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """The parts that all names share, and each name without them.

    Nothing is left out where a name would have no part left, or where two names would then read the same.
    """
    split = [name.split(JOIN) for name in names]
    if len(set(names)) < 2:
        return (), _shorter(names)
    shared = [part for part in dict.fromkeys(split[0]) if all(parts.count(part) == 1 for parts in split)]
    left = [JOIN.join(part for part in parts if part not in shared) for parts in split]
    if not all(left) or len(set(left)) < len(set(names)):
        return (), _shorter(names)
    return tuple(shared), _shorter(left)


def _shorter(names: Sequence[str]) -> list[str]:
    """Long names without their middle; whole where two would then read the same."""
    half = LONGEST_SHOWN // 2
    cut = [name if len(name) <= LONGEST_SHOWN else f"{name[:half]}…{name[-half:]}" for name in names]
    return cut if len(set(cut)) == len(set(names)) else list(names)
