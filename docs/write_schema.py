"""Writes plan.schema.json beside this file: the form of plan files, for editors."""

from __future__ import annotations

import json
from pathlib import Path

from carereach.coverage.rules import plan_schema
from carereach.files import write_text


def schema_text() -> str:
    """The schema as it stands in the file."""
    return json.dumps(plan_schema(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    write_text(Path(__file__).with_name("plan.schema.json"), schema_text())
