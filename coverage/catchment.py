"""How much care is within reach: floating catchments, gravity, and providers per head.

Tables are ``minutes[facility, demand]`` as :func:`.times.travel_times` gives them, ``inf`` where not reached. Supply is
what a facility offers (beds, doctors, ambulances), in any unit; results are in that unit per resident.

* Two-step floating catchment area (2SFCA): Luo and Wang 2003, doi:10.1068/b29120. Each facility's supply is divided
  among the residents of its catchment; each place adds up what the facilities around it offer per head.
* Weights by travel zone (enhanced 2SFCA): Luo and Qi 2009, doi:10.1016/j.healthplace.2009.06.002.
* Gaussian weights: Dai 2010, doi:10.1016/j.healthplace.2010.06.012.
* Gravity with competition for supply: Joseph and Bantock 1982, doi:10.1016/0277-9536(82)90428-2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Steps = Sequence[tuple[float, float]]
Decay = Literal["gaussian", "linear"] | Steps | Callable[[Floats], Floats]


def two_step(
    minutes: ArrayLike, supply: ArrayLike, residents: ArrayLike, within_min: float, decay: Decay | None = None
) -> Floats:
    """Supply per resident at each demand point, (D,), by the two-step floating catchment.

    ``minutes`` (F, D); ``supply`` (F,) and ``residents`` (D,), finite and not negative; ``within_min`` is the catchment
    and inclusive. ``decay`` weighs travel times inside it: None counts all alike (Luo and Wang 2003); "gaussian" falls
    from 1 to 0 at the limit (Dai 2010); "linear" likewise, in a straight line; steps ``[(10, 1.0), (20, 0.68), (30,
    0.22)]`` give each travel zone its weight (Luo and Qi 2009); a function of minutes gives any other form.

    What residents receive adds up to the supply of all facilities that have residents in their catchment. A facility
    without any gives nobody anything. Raises ``ValueError`` for wrong shapes, NaN, negative numbers or weights.
    """
    table, offered, people = _checked(minutes, supply, residents)
    if not within_min > 0:
        raise ValueError(f"within_min must be positive, not {within_min}")
    return _shared(_weights(table, within_min, decay), offered, people)


def gravity(minutes: ArrayLike, supply: ArrayLike, residents: ArrayLike, *, impedance: float) -> Floats:
    """Supply per resident at each demand point, (D,), weighted by ``minutes ** -impedance`` without any limit.

    The gravity model with competition (Joseph and Bantock 1982). Times under one minute count as one, because the
    power grows without bound at zero. ``impedance`` has no value that all agree on, so it has no default. Shapes and
    errors as :func:`two_step`.
    """
    table, offered, people = _checked(minutes, supply, residents)
    if not (impedance > 0 and math.isfinite(impedance)):
        raise ValueError(f"impedance must be positive, not {impedance}")
    weights = np.where(np.isfinite(table), np.maximum(np.where(np.isfinite(table), table, 1.0), 1.0) ** -impedance, 0.0)
    return _shared(weights, offered, people)


def per_resident(
    supply: ArrayLike, residents: ArrayLike, supply_unit: ArrayLike, demand_unit: ArrayLike
) -> dict[str, float]:
    """Supply per resident of each unit (county, township), by where facilities stand and people live.

    The plain provider-to-population ratio: nobody crosses a border. ``supply_unit`` (F,) and ``demand_unit`` (D,) name
    the units; a unit with supply and without residents has ``inf``, one with neither NaN.
    """
    offered, people = np.asarray(supply, dtype=float), np.asarray(residents, dtype=float)
    at, of = np.asarray(supply_unit, dtype=object), np.asarray(demand_unit, dtype=object)
    if offered.shape != at.shape or people.shape != of.shape:
        raise ValueError("each facility and each demand point needs the name of its unit")
    ratios = {}
    for unit in dict.fromkeys([*of, *at]):
        total, heads = float(offered[at == unit].sum()), float(people[of == unit].sum())
        ratios[str(unit)] = total / heads if heads else (math.inf if total else math.nan)
    return ratios


def _checked(minutes: ArrayLike, supply: ArrayLike, residents: ArrayLike) -> tuple[Floats, Floats, Floats]:
    table = np.asarray(minutes, dtype=float)
    offered, people = np.asarray(supply, dtype=float), np.asarray(residents, dtype=float)
    if table.ndim != 2 or table.shape != (offered.size, people.size) or offered.ndim != 1 or people.ndim != 1:
        raise ValueError(
            f"minutes{table.shape} must be (facilities, demand) = ({offered.size}, {people.size}); "
            "transpose it if facilities are in the columns"
        )
    if np.isnan(table).any() or (table < 0).any():
        raise ValueError("minutes must not be NaN or negative; inf means not reached")
    for name, values in (("supply", offered), ("residents", people)):
        if not np.isfinite(values).all() or (values < 0).any():
            raise ValueError(f"{name} must be finite and not negative")
    return table, offered, people


def _weights(table: Floats, within_min: float, decay: Decay | None) -> Floats:
    inside = table <= within_min
    if decay is None:
        return inside.astype(float)
    share = np.where(inside, table, 0.0) / within_min
    if decay == "gaussian":
        edge = math.exp(-0.5)
        weights = (np.exp(-0.5 * share**2) - edge) / (1.0 - edge)
    elif decay == "linear":
        weights = 1.0 - share
    elif callable(decay):
        weights = np.asarray(decay(np.where(inside, table, 0.0)), dtype=float)
    elif isinstance(decay, str):
        raise ValueError(f"decay must be gaussian, linear, steps or a function, not {decay!r}")
    else:
        weights = _stepped(table, decay)
    if weights.shape != table.shape or not np.isfinite(weights[inside]).all() or (weights[inside] < 0).any():
        raise ValueError("decay must give one finite weight for each time, none negative")
    return np.where(inside, weights, 0.0)


def _stepped(table: Floats, steps: Steps) -> Floats:
    """The weight of the first zone whose outer limit a time does not pass; zero beyond the last."""
    limits, weights = (np.asarray(values, dtype=float) for values in zip(*steps, strict=True))
    if (np.diff(limits) <= 0).any():
        raise ValueError("the limits of the travel zones must grow")
    zone = np.searchsorted(limits, table, side="left")
    return np.append(weights, 0.0)[zone]


def _shared(weights: Floats, offered: Floats, people: Floats) -> Floats:
    """Each facility's supply over the weighted residents around it, added up at each place."""
    sought = weights @ people
    per_head = np.divide(offered, sought, out=np.zeros_like(offered), where=sought > 0)
    return np.asarray(per_head @ weights)
