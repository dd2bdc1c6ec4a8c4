"""``carereach site``: what it writes, in both languages, and how it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from carereach import cli

TUTORIAL = ("site", "tutorial", "--candidates", "facilities:primary.township")
SUPPLY = ("--cover", "20", "--new", "3", "--demand", "facilities:primary.township", "--kind", "blood.storage")


def run(*words: str | Path) -> Result:
    """A command's result; whatever happens, it is not a traceback."""
    result = CliRunner().invoke(cli.app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_folder_of_a_proposal(tmp_path: Path, lang: str) -> None:
    result = run(*TUTORIAL, *SUPPLY, "-o", tmp_path, "--lang", lang)
    assert result.exit_code == 0, result.output
    assert {path.name for path in tmp_path.iterdir()} == {"site.toml", "site.html", "site.csv", "site.xlsx", "site.md"}
    words = (tmp_path / "site.md").read_text(encoding="utf-8")
    assert "已证明" in words
    assert "Proven" in words
    page = (tmp_path / "site.html").read_text(encoding="utf-8")
    assert "https://cdn" not in page
    assert (tmp_path / "site.toml").read_text(encoding="utf-8").count("[[scenario.open]]") == 3


def test_what_no_choice_meets_ends_with_one(tmp_path: Path) -> None:
    result = run(*TUTORIAL, "--mean-under", "township=5", "--new", "1", "-o", tmp_path, "--lang", "en")
    assert result.exit_code == 1
    assert "missed by" in result.output.replace("\n", " ")
    assert not (tmp_path / "site.toml").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("--new", "3"),
        ("--cover", "15", "--mean", "--new", "3"),
        ("--cover", "15"),
        ("--mean-under", "moon=15"),
        ("--mean-under", "fast"),
        ("--vehicles", "3", "--within", "15"),
        ("--mean", "--new", "3", "--calls-per-day", "5"),
    ],
)
def test_half_a_question_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert run(*TUTORIAL, *words, "-o", tmp_path, "--lang", "zh").exit_code == 2
