"""``carereach check`` on every kind of broken input: a clear line for each, exit code 2 (0 for warnings), no traceback.

Limits: 5 s of CPU and 1 GB; measured in a process each.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

if os.name != "posix":
    pytest.skip("limits and forked processes are POSIX", allow_module_level=True)

import broken_people
import broken_places
import broken_roads
import broken_study
from broken import KINDS, Kind
from check_server import CheckServer, Outcome, check_alone
from good_study import write_good_study

MOST_CPU_S, MOST_MB = 5.0, 1024.0
MODULES = (broken_people, broken_places, broken_roads, broken_study)
DANGEROUS = [name for name, kind in KINDS.items() if kind.dangerous]
SOME = sorted(KINDS)[::8]


@pytest.fixture(scope="module")
def server() -> Iterator[CheckServer]:
    with CheckServer() as running:
        yield running


def broken_study_of(kind: Kind, tmp_path: Path) -> Path:
    folder = write_good_study(tmp_path / "study")
    kind.damage(folder)
    return folder


def problems_with(outcome: Outcome, kind: Kind, lang: str) -> list[str]:
    """What is wrong with a check of this kind; empty where all is well."""
    wrong = [f"not said: {line}" for line in kind.missing(outcome.output, "zh" if lang == "zh" else "en")]
    if outcome.code != kind.exit_code:
        wrong.append(f"exit code {outcome.code}")
    if "Traceback" in outcome.output or re.search(r"[\x00-\x08\x0b-\x1f\x7f]", outcome.output):
        wrong.append("a traceback, or control characters")
    if outcome.cpu_s > MOST_CPU_S or outcome.peak_mb > MOST_MB:
        wrong.append(f"{outcome.cpu_s:.1f} s, {outcome.peak_mb:.0f} MB")
    return wrong


def test_the_good_study_has_no_fault(server: CheckServer, tmp_path: Path) -> None:
    outcome = server.check(write_good_study(tmp_path / "study"), "en")
    assert outcome.code == 0, outcome.output
    assert "errors: 0, warnings: 1" in outcome.output  # that the residents were scaled to the census


def test_there_are_many_kinds() -> None:
    assert len(KINDS) >= 100
    assert sum(kind.exit_code == 2 for kind in KINDS.values()) >= 80


@pytest.mark.parametrize("name", KINDS)
def test_a_broken_input_is_explained(name: str, server: CheckServer, tmp_path: Path) -> None:
    outcome = server.check(broken_study_of(KINDS[name], tmp_path), "en")
    assert problems_with(outcome, KINDS[name], "en") == [], outcome.output


@pytest.mark.parametrize("name", SOME)
def test_a_broken_input_is_explained_in_chinese(name: str, server: CheckServer, tmp_path: Path) -> None:
    outcome = server.check(broken_study_of(KINDS[name], tmp_path), "zh")
    assert problems_with(outcome, KINDS[name], "zh") == [], outcome.output


@pytest.mark.parametrize("name", DANGEROUS)
def test_a_dangerous_input_is_refused_by_a_fresh_process(name: str, tmp_path: Path) -> None:
    """The whole command, imports included, within 5 s of CPU and 1 GB."""
    outcome = check_alone(broken_study_of(KINDS[name], tmp_path), "en")
    assert problems_with(outcome, KINDS[name], "en") == [], outcome.output
