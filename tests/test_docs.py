"""The documents: made from the code where they repeat it, and every document that a text names is there."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from carereach.coverage.choices import CHOICES
from carereach.coverage.parameters import DEFAULTS
from carereach.texts import catalogue


@pytest.fixture(scope="module")
def maker(repo: Path) -> dict[str, Any]:
    return runpy.run_path(str(repo / "docs" / "make_reference.py"))


def test_reference_of_the_study_file_is_up_to_date(repo: Path, maker: dict[str, Any]) -> None:
    written = (repo / "docs" / "study-file.md").read_text(encoding="utf-8")
    made: Callable[[], str] = maker["reference"]
    assert made() == written, "write it anew: python docs/make_reference.py"


def test_reference_says_every_key(repo: Path, maker: dict[str, Any]) -> None:
    written = (repo / "docs" / "study-file.md").read_text(encoding="utf-8")
    for path, _ in maker["keys"]():
        assert f"`{path.rpartition('.')[2]}`" in written or f"[{path}" in written, path
    for parameter in DEFAULTS:
        assert f"| `{parameter.name}` |" in written
    for code, choice in CHOICES.items():
        for reading in choice.readings:
            assert f"| `{code}` | `{reading}` |" in written


def test_nothing_said_of_keys_that_are_gone(maker: dict[str, Any]) -> None:
    paths = {path for path, _ in maker["keys"]()}
    last = {path.rpartition(".")[2] for path in paths}
    gone = [key for key in maker["SAYS"] if not (key in paths or (key.startswith("*.") and key[2:] in last))]
    assert gone == []


def test_every_document_that_is_named_is_there(repo: Path) -> None:
    said = "\n".join(wording for entry in catalogue().values() for wording in entry.values())
    for file in [*(repo / "docs").glob("*.md"), *repo.glob("*.md"), *repo.glob("*/*.py"), *repo.glob("*/*/*.py")]:
        if not file.is_relative_to(repo / ".venv") and not file.is_relative_to(repo / "build"):
            said += file.read_text(encoding="utf-8")
    named = {name.rstrip(".") for name in re.findall(r"\bdocs/[\w./-]+\.(?:md|json|py)", said)}
    assert {"docs/method.md", "docs/standards.md", "docs/study-file.md"} <= named
    assert [name for name in sorted(named) if not (repo / name).exists()] == []


def test_standards_have_the_parameters_that_the_code_uses(repo: Path) -> None:
    standards = (repo / "docs" / "standards.md").read_text(encoding="utf-8")
    for parameter in DEFAULTS:
        row = next(line for line in standards.splitlines() if f"`{parameter.name}`" in line)
        assert f"| {parameter.value:g}" in row
        assert row.rstrip(" |").endswith(parameter.status)
