"""TOML files that a planner writes: parsed, with every mistake as a problem that names its key."""

from __future__ import annotations

import tomllib
from typing import Any

from pydantic import ValidationError

from ..errors import InputError, Problem


def parse_toml(content: str, file: str) -> dict[str, Any]:
    """The tables of a TOML text; :class:`InputError` where it is none."""
    try:
        return tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise InputError(Problem("toml.syntax", file, params={"reason": str(error)})) from error
    except RecursionError as error:
        raise InputError(Problem("toml.too-deep", file)) from error


def problems_of(error: ValidationError, file: str) -> tuple[Problem, ...]:
    """Each of pydantic's findings as a problem whose column is the key's path (``roads.path``)."""
    return tuple(_problem(dict(finding), file) for finding in error.errors(include_url=False))


def _problem(finding: dict[str, Any], file: str) -> Problem:
    key = ".".join(str(part) for part in finding["loc"])
    kind, reason = str(finding["type"]), str(finding["msg"]).removeprefix("Value error, ")
    if kind == "missing":
        return Problem("toml.missing-key", file, column=key)
    if kind == "extra_forbidden":
        return Problem("toml.unknown-key", file, column=key)
    value = finding["input"] if isinstance(finding["input"], (str, int, float, bool)) else None
    return Problem("toml.value", file, column=key or None, value=value, params={"reason": reason})
