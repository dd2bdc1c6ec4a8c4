"""docs/hazards.md names tests and kinds of broken input that exist; nothing that can run code is read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import broken_people
import broken_places
import broken_roads
import broken_study
import pytest
from broken import KINDS

REGISTERED = (broken_people, broken_places, broken_roads, broken_study)
ROOMS = ("layers", "coverage", "scenarios", "maps")
RUN_CODE = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
RUN_CODE_CALLS = {"eval", "exec", "read_pickle", "to_pickle"}


@pytest.fixture(scope="module")
def table(repo: Path) -> str:
    return (repo / "docs" / "hazards.md").read_text(encoding="utf-8")


def test_every_test_it_names_exists(repo: Path, table: str) -> None:
    named = re.findall(r"`(test_\w+\.py)::(\w+)`", table)
    assert len(named) > 40
    missing = [
        f"{file}::{test}"
        for file, test in named
        if f"def {test}(" not in (repo / "tests" / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_every_kind_it_names_exists(table: str) -> None:
    cells = [line.split(" | ")[-1] for line in table.splitlines() if line.startswith("| ")]
    named = {name for cell in cells for name in re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`", cell)}
    assert len(named) > 40
    assert sorted(named - set(KINDS)) == []


def modules(repo: Path) -> Iterator[tuple[str, ast.Module]]:
    for file in [*repo.glob("*.py"), *(f for room in ROOMS for f in (repo / room).rglob("*.py"))]:
        yield str(file.relative_to(repo)), ast.parse(file.read_text(encoding="utf-8"))


def dangers(tree: ast.Module) -> Iterator[str]:
    """Imports, calls and arguments by which reading a file runs code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] in RUN_CODE)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in RUN_CODE:
            yield str(node.module)
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in RUN_CODE_CALLS:
                yield name
            yield from (
                "allow_pickle"
                for word in node.keywords
                if word.arg == "allow_pickle"
                and not (isinstance(word.value, ast.Constant) and word.value.value is False)
            )


def test_nothing_is_read_that_can_run_code(repo: Path) -> None:
    found = [f"{name}: {danger}" for name, tree in modules(repo) for danger in dangers(tree)]
    assert found == []


@pytest.mark.parametrize(
    "source", ["import joblib", "from pickle import load", "np.load(x, allow_pickle=True)", "eval(x)"]
)
def test_the_search_finds_what_it_is_for(source: str) -> None:
    assert list(dangers(ast.parse(source)))
