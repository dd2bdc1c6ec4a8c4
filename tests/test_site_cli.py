"""``carereach site``: what it writes, in both languages, and how it refuses."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from carereach import cli
from carereach.commands.site_options import SiteOptions
from carereach.maps.atlas import plot_page

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


def test_a_proposal_in_print(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plot_page, "DPI", 40)
    result = run("site", "tutorial", "--candidates", "junctions:5", "--mean", "--new", "1", "-o", tmp_path, "--figures",
                 "--lang", "en")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert (tmp_path / "site_before_after.png").read_bytes().startswith(b"\x89PNG")
    drawn = (tmp_path / "site_before_after.svg").read_text(encoding="utf-8")
    assert all(said in drawn for said in ("before", "after", "opened"))


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


LISTENING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # one in the background may have been told to ignore it
from carereach import cli
from carereach.scenarios.siting.lagrange import Nearby
worth = Nearby.worth
def told(self, u):
    print("searching", file=sys.stderr, flush=True)
    Nearby.worth = worth
    return worth(self, u)
Nearby.worth = told
cli.app(sys.argv[1:])
"""


def test_ctrl_c_proposes_the_best_so_far_with_its_bound(tmp_path: Path) -> None:
    words = ["site", "tutorial", "--mean", "--new", "25", "--candidates", "junctions:500", "-o", str(tmp_path)]
    command = [sys.executable, "-c", LISTENING, *words, "--lang", "en", "--time-limit", "300"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        for line in child.stderr:  # until the search has begun
            if "searching" in line:
                break
        child.send_signal(signal.SIGINT)
        said, complaints = child.communicate(timeout=120)
    assert child.returncode == 0, complaints
    flat = " ".join(said.split())
    assert "it was interrupted" in flat
    assert "a gap of" in flat
    assert (tmp_path / "site.toml").read_text(encoding="utf-8").count("[[scenario.open]]") == 25


def test_the_time_limit_ends_with_a_gap_and_is_two_minutes_unless_said(tmp_path: Path) -> None:
    assert SiteOptions(mean=True, new=1).question().time_limit_s == 120
    words = ("--mean", "--new", "9", "--time-limit", "0", "-o", tmp_path)
    result = run("site", "tutorial", "--candidates", "junctions:60", *words, "--lang", "en")
    assert result.exit_code == 0
    assert "the time was over" in " ".join(result.output.split())
    assert run(*TUTORIAL, "--mean", "--new", "2", "--time-limit", "nan", "-o", tmp_path).exit_code == 2
