"""TOML files that a planner writes: parsed, with every mistake as a problem that names its key."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from pydantic import ValidationError

from ..errors import InputError, Problem
from ..texts import catalogue

WORDINGS = {
    "literal_error": "toml.one-of",
    "string_too_short": "toml.empty",
    "too_short": "toml.too-few",
    "finite_number": "toml.finite",
    "greater_than": "toml.more-than",
    "greater_than_equal": "toml.at-least",
    "less_than_equal": "toml.at-most",
    "string_type": "toml.text",
    "tuple_type": "toml.list",
    "bool_type": "toml.bool",
    "bool_parsing": "toml.bool",
    "float_type": "toml.number",
    "float_parsing": "toml.number",
    "int_type": "toml.whole-number",
    "int_parsing": "toml.whole-number",
    "int_from_float": "toml.whole-number",
    "dict_type": "toml.table",
    "model_type": "toml.table",
    "model_attributes_type": "toml.table",
}


def parse_toml(content: str, file: str) -> dict[str, Any]:
    """The tables of a TOML text; :class:`InputError` where it is none."""
    try:
        return tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise InputError(Problem(_syntax_code(error, content), file, params={"reason": str(error)})) from error
    except RecursionError as error:
        raise InputError(Problem("toml.too-deep", file)) from error


def _syntax_code(error: tomllib.TOMLDecodeError, content: str) -> str:
    """What is probably meant: a Windows path, a name that needs quotation marks, or any other slip."""
    reason = str(error)
    if "Unescaped '\\'" in reason or "Invalid hex value" in reason:
        return "toml.backslash"
    place = re.search(r"line (\d+), column (\d+)", reason)
    line = content.replace("\r\n", "\n").split("\n")[int(place[1]) - 1] if place else ""
    bare = re.match(r"\s*(?:\[+\s*)?([^\s=\]\[\"'#]+)\s*[=\].]", line)
    return "toml.bare-key" if bare and not bare[1].isascii() else "toml.syntax"


def problems_of(error: ValidationError, file: str) -> tuple[Problem, ...]:
    """Each of pydantic's findings as a problem whose column is the key's path (``roads.path``)."""
    findings = [dict(finding) for finding in error.errors(include_url=False)]
    return tuple(_problem(finding, file) for finding in findings if not _follows(finding, findings))


def _follows(finding: dict[str, Any], findings: list[dict[str, Any]]) -> bool:
    """Whether a list is only called too short because something in it is wrong."""
    depth = len(finding["loc"])
    return finding["type"] == "too_short" and any(
        len(other["loc"]) > depth and other["loc"][:depth] == finding["loc"] for other in findings
    )


def _problem(finding: dict[str, Any], file: str) -> Problem:
    key = ".".join(str(part) for part in finding["loc"])
    kind, reason = str(finding["type"]), str(finding["msg"]).removeprefix("Value error, ")
    if kind == "missing":
        return Problem("toml.missing-key", file, column=key)
    if kind == "union_tag_not_found":
        return Problem("toml.missing-key", file, column=f"{key}.kind")
    if kind == "union_tag_invalid":
        tag, expected = finding["ctx"]["tag"], finding["ctx"]["expected_tags"]
        return Problem("toml.one-of", file, column=f"{key}.kind", value=tag, params={"expected": expected})
    if kind == "extra_forbidden":
        return Problem("toml.unknown-key", file, column=key)
    context = {str(name): value for name, value in finding.get("ctx", {}).items() if name != "code"}
    value = finding["input"] if isinstance(finding["input"], (str, int, float, bool)) else None
    code = kind if kind in catalogue() else WORDINGS.get(kind)
    if code is not None:
        return Problem(code, file, column=key or None, value=value, params=context)
    return Problem("toml.value", file, column=key or None, value=value, params={"reason": reason})
