"""A scenario as the text of a scenario file that ``carereach run`` takes."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ..changes import Change, Scenario


def scenario_text(scenario: Scenario, comments: Iterable[str] = ()) -> str:
    """TOML: comments on top, then the scenario with its changes in their order by kind."""
    lines = [f"# {_one_line(said)}" for said in comments]
    lines += ["", "[[scenario]]", f"name = {_value(scenario.name)}"]
    for change in scenario.changes:
        lines += ["", f"[[scenario.{change.change}]]", *_keys(change)]
    return "\n".join(lines).lstrip("\n") + "\n"


def _keys(change: Change) -> list[str]:
    stated = change.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    return [f"{key} = {_value(value)}" for key, value in stated.items()]


def _value(value: object) -> str:
    """A TOML value: JSON writes texts, numbers, booleans and lists of them the way TOML reads them."""
    written = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return "".join(f"\\u{ord(sign):04x}" if ord(sign) == 0x7F else sign for sign in written)


def _one_line(said: str) -> str:
    return "".join(" " if ord(sign) < 32 or ord(sign) == 127 else sign for sign in said)
