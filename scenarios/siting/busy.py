"""The busy fraction of the maximal expected covering model."""

from __future__ import annotations

from .given import Checks


def busy_fraction(calls_per_day: float, job_min: float, vehicles: float) -> float:
    """The share of its time that a vehicle is busy: ``calls_per_day * job_min / (1440 * vehicles)`` (Daskin 1983).

    ``job_min``: minutes from the call until the vehicle is free again; ``vehicles``: how many are staffed on average
    over the day, all together. Raises :class:`~carereach.errors.InputError` if they would be busy all the time.
    """
    checks = Checks()
    calls = checks.number("calls_per_day", calls_per_day)
    minutes = checks.number("job_min", job_min)
    staffed = checks.number("vehicles", vehicles)
    if not checks.problems and (staffed == 0 or calls * minutes >= 1440 * staffed):
        checks.wrong("overloaded", "vehicles", vehicles, hours=round(calls * minutes / 60, 1))
    checks.raise_all()
    return calls * minutes / (1440.0 * staffed)
