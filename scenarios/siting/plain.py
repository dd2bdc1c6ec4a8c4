"""What chosen sites are worth, computed from the table as it was given, point by point: for the recheck."""

from __future__ import annotations

import math

import numpy as np

from .instance import Instance
from .recheck import SolverContradiction


def times_reached(instance: Instance, sites: list[int], within_min: float) -> list[int]:
    """For each demand point, how many of ``sites`` reach it within the limit (vehicles count one each)."""
    limit = float(np.float32(within_min)) if instance.minutes.dtype == np.float32 else float(within_min)
    counts = [0] * instance.demand
    for site in sites:
        for point, minutes in enumerate(instance.minutes[site].tolist()):
            if minutes <= limit and minutes != math.inf:
                counts[point] += 1
    return counts


def residents_where(instance: Instance, which: list[bool]) -> float:
    """The residents of the points marked."""
    return math.fsum(people for people, there in zip(instance.residents.tolist(), which, strict=True) if there)


def covered(instance: Instance, sites: list[int], within_min: float) -> float:
    """Residents within the limit of at least one site."""
    return residents_where(instance, [count >= 1 for count in times_reached(instance, sites, within_min)])


def covered_twice(instance: Instance, sites: list[int], within_min: float, all_within_min: float) -> float:
    """Residents within the limit of two sites, everybody being within ``all_within_min`` of one."""
    check_everybody("backup_cover", instance, sites, all_within_min)
    counts = times_reached(instance, sites, within_min)
    return residents_where(instance, [count >= 2 for count in counts])


def expected(instance: Instance, sites: list[int], within_min: float, busy: float) -> float:
    """Residents times the chance that one of the vehicles within the limit is not busy."""
    counts = times_reached(instance, sites, within_min)
    return math.fsum(
        people * (1.0 - busy**count) for people, count in zip(instance.residents.tolist(), counts, strict=True)
    )


def check_everybody(model: str, instance: Instance, sites: list[int], within_min: float) -> None:
    """Raises :class:`SolverContradiction` if somebody is not within the limit of any site."""
    for point, count in enumerate(times_reached(instance, sites, within_min)):
        if count == 0 and instance.residents[point] > 0:
            raise SolverContradiction(model, f"demand point {point} is not covered")


def check_room(model: str, instance: Instance, sites: list[int]) -> None:
    """Raises :class:`SolverContradiction` where a site holds more vehicles than it can."""
    if instance.given.capacity is not None:
        for site in set(sites):
            if sites.count(site) > instance.given.capacity[site]:
                raise SolverContradiction(model, f"site {site} holds {sites.count(site)} vehicles")


def check_served(
    model: str, instance: Instance, sites: list[int], within_min: float, served: list[tuple[int, int, float]]
) -> float:
    """The residents that ``served`` (site, point, residents) says are served; raises ``SolverContradiction`` where a
    site is none of ``sites``, is too far, or takes more than its capacity, or a point has not so many residents."""
    assert instance.given.capacity is not None
    limit = float(np.float32(within_min)) if instance.minutes.dtype == np.float32 else float(within_min)
    chosen = set(sites)
    load: dict[int, list[float]] = {}
    taken: dict[int, list[float]] = {}
    for site, point, amount in served:
        if site not in chosen or not float(instance.minutes[site, point]) <= limit or amount < 0:
            raise SolverContradiction(model, f"site {site} cannot serve point {point}")
        load.setdefault(site, []).append(amount)
        taken.setdefault(point, []).append(amount)
    for site, amounts in load.items():
        room = float(instance.given.capacity[site])
        if math.fsum(amounts) > room + 1e-6 * max(1.0, room):
            raise SolverContradiction(model, f"site {site} serves more than its capacity {room!r}")
    for point, amounts in taken.items():
        people = float(instance.residents[point])
        if math.fsum(amounts) > people + 1e-6 * max(1.0, people):
            raise SolverContradiction(model, f"point {point} is served more than once")
    return _rounded(instance, math.fsum(amount for _, _, amount in served))


def _rounded(instance: Instance, total: float) -> float:
    """Whole residents and capacities have whole best flows, so that the rest is rounding."""
    whole = all(float(number).is_integer() for number in [*instance.residents.tolist(), *_rooms(instance)])
    return float(round(total)) if whole and abs(total - round(total)) < 1e-6 * max(1.0, total) else total


def _rooms(instance: Instance) -> list[float]:
    return [] if instance.given.capacity is None else instance.given.capacity.tolist()
