"""Values of OpenStreetMap tags as figures: speed limits and durations."""

from __future__ import annotations

import math
import re

LEAST_KPH, MOST_KPH = 3.0, 160.0
WALKING_KPH = 6.0
KPH_OF_UNIT = {"": 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344, "knots": 1.852}
SPEED = re.compile(r"(\d{1,4}(?:\.\d{1,20})?)\s*(km/h|kmh|kph|mph|knots)?")
NO_FIGURE = {"", "none", "no", "signals", "variable", "unposted", "unknown", "implicit", "default", "national"}
NO_FIGURE_PATTERN = re.compile(r"[a-z]{2}(?:[-_][a-z]+)?:[a-z_:]+")
CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,4})(?::(\d{2}))?")
ISO_8601 = re.compile(r"P(?:(\d{1,2})D)?(?:T(?:(\d{1,3})H)?(?:(\d{1,4})M)?(?:(\d{1,5})S)?)?")
LONGEST_MINUTES = 7 * 24 * 60.0


def parse_speed(written: str) -> float | None:
    """The limit in km/h; NaN where the value names none in figures (``CN:urban``, ``none``, ``signals``).

    Of several values (``50;70``) the lowest counts. ``walk`` is 6 km/h, as in the router GraphHopper. None: not
    understood, or outside 3-160 km/h.
    """
    speeds = [_one_speed(part.strip().lower()) for part in written.split(";")]
    if any(speed is None for speed in speeds):
        return None
    known = [speed for speed in speeds if speed is not None and math.isfinite(speed)]
    return min(known) if known else math.nan


def _one_speed(text: str) -> float | None:
    if text == "walk":
        return WALKING_KPH
    if text in NO_FIGURE or NO_FIGURE_PATTERN.fullmatch(text):
        return math.nan
    match = SPEED.fullmatch(text)
    if match is None:
        return None
    kph = float(match[1]) * KPH_OF_UNIT[match[2] or ""]
    return kph if LEAST_KPH <= kph <= MOST_KPH else None


def parse_minutes(written: str) -> float | None:
    """A duration in minutes: ``MM``, ``HH:MM``, ``HH:MM:SS`` or ISO 8601 (``PT1H30M``).

    None: not understood, zero, or longer than a week.
    """
    text = written.strip().upper()
    if match := ISO_8601.fullmatch(text):
        days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    elif match := CLOCK.fullmatch(text):
        days, hours, minutes, seconds = 0.0, float(match[1] or 0), float(match[2]), float(match[3] or 0)
        if match[3] is not None and match[1] is None:
            return None
    else:
        return None
    total = days * 1440 + hours * 60 + minutes + seconds / 60
    return total if 0 < total <= LONGEST_MINUTES else None
