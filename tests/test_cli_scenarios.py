"""carereach run and compare as a user types them: answers, files, exit codes, both languages, no traceback."""

from __future__ import annotations

import csv
import json
import shutil
from io import StringIO
from pathlib import Path

import pytest
from comparisons import mixed
from rich.cells import cell_len
from typer.testing import CliRunner, Result

from carereach import cli

TABLES = {"comparison.csv", "comparison.xlsx", "comparison.parquet", "compare.html"}
SCENARIOS = """
[[scenario]]
name = "= two ambulances <b>"
[[scenario.set-ambulances]]
facility = "QH010"
ambulances = 2

[[scenario]]
name = "growth"
[[scenario.residents]]
factor = 1.1

[[sweep]]
name = "sites"
[[sweep.candidate]]
name = "North"
lon = 114.35
lat = 19.98
cost = 3.5
[[sweep.candidate]]
name = "East"
lon = 114.56
lat = 19.85
cost = 2
[sweep.grid]
growth = ["growth"]
"""


def run(*words: str | Path) -> Result:
    """A command's result; whatever happens, it is not a traceback."""
    result = CliRunner().invoke(cli.app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def fits(output: str, out: Path) -> None:
    assert max(cell_len(line) for line in output.splitlines() if str(out) not in line) <= 100


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One question asked of the tutorial."""
    out = tmp_path_factory.mktemp("open") / "out"
    result = run("run", "tutorial", "--open", "114.56,19.85", "-o", out, "--lang", "en")
    assert result.exit_code == 0, result.output
    (out / "said.txt").write_text(result.stdout, encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scenario file with a sweep, run on the tutorial."""
    folder = tmp_path_factory.mktemp("sweep")
    (folder / "scenarios.toml").write_text(SCENARIOS, encoding="utf-8")
    result = run("run", "tutorial", folder / "scenarios.toml", "-o", folder / "out", "--lang", "en")
    assert result.exit_code == 0, result.output
    (folder / "out" / "said.txt").write_text(result.stdout, encoding="utf-8")
    return folder / "out"


def test_one_question_is_answered_in_a_few_lines(opened: Path) -> None:
    said = (opened / "said.txt").read_text(encoding="utf-8")
    assert {path.name for path in opened.iterdir()} >= TABLES
    for words in (
        "114.56000,19.85000",
        " people gained, 0 lost; ",
        "Within 15 min: ",
        "Within 30 min: ",
        "Mean response:",
        "Rules turned",
        "汐湾县",
    ):
        assert words in said, words
    # YL-EMS-8 adds up ambulances, and nobody said how many the new station has.
    assert "ambulances of the new station not stated: --ambulances N" in said
    fits(said, opened)
    rows = list(csv.DictReader(StringIO((opened / "comparison.csv").read_text(encoding="utf-8-sig"))))
    assert len(rows) == 2
    gained = float(rows[0]["people gained within 15 min"])
    assert gained > 0
    assert f"Within 15 min: {gained:,.0f} people gained, 0 lost" in said


def test_asked_again_the_answer_is_read_from_the_folder(opened: Path, tmp_path: Path) -> None:
    shutil.copytree(opened, tmp_path / "out")
    result = run("run", "tutorial", "--open", "114.56,19.85", "-o", tmp_path / "out", "--lang", "zh")
    assert result.exit_code == 0
    assert "本次计算 0 个" in result.output
    assert "15 分钟内：增加" in result.output
    fits(result.stdout, tmp_path)


def test_a_closed_station_loses_people(tmp_path: Path) -> None:
    result = run("run", "tutorial", "--close", "QH010", "-o", tmp_path, "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "Lose most" in result.output
    page = (tmp_path / "compare.html").read_text(encoding="utf-8")
    content = json.loads(page.split('id="care-data">')[1].split("</script>")[0])
    assert content["scenarios"][0]["sites"][0][3] == "closed"
    assert len(content["counties"]) == 3
    assert len(content["stations"]) == 17
    assert content["title"] == "Qinghe (fictional): tutorial"


def test_candidates_are_ranked(tmp_path: Path) -> None:
    result = run("run", "tutorial", "--candidates", "junctions:6", "-o", tmp_path, "--lang", "en", "--top", "4")
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(StringIO((tmp_path / "comparison.csv").read_text(encoding="utf-8-sig"))))
    gained = [float(row["people gained within 15 min"]) for row in rows]
    assert len(rows) == 7
    assert gained == sorted(gained, reverse=True)
    for words in ("Best first by: people gained less lost within 15 min", "as it is today", "+15 min", "3 more"):
        assert words in result.output, words
    fits(result.stdout, tmp_path)


def test_a_scenario_file_with_a_sweep(swept: Path) -> None:
    said = (swept / "said.txt").read_text(encoding="utf-8")
    fits(said, swept)
    assert "cost" in said and "★" in said and "= two ambulances <b>" in said
    rows = list(csv.DictReader(StringIO((swept / "comparison.csv").read_text(encoding="utf-8-sig"))))
    assert {row["scenario"] for row in rows} >= {"'= two ambulances <b>", "North + growth", "East + growth", "growth"}
    costs = {row["scenario"]: row["cost"] for row in rows}
    assert costs["North + growth"] == "3.5"


def test_compare_ranks_filters_and_counts_one_county(swept: Path, tmp_path: Path) -> None:
    result = run("compare", swept, "-o", tmp_path, "--lang", "en", "--by", "mean_min", "--where", "growth=growth")
    assert result.exit_code == 0, result.output
    assert {path.name for path in tmp_path.iterdir()} >= TABLES
    assert "two ambulances" not in result.output and "North" in result.output and "East" in result.output
    assert "All scenarios listed here have: growth" in result.output
    county = run("compare", swept, "-o", tmp_path, "--lang", "zh", "--unit", "汐湾县", "--top", "2")
    assert county.exit_code == 0, county.output
    assert "汐湾县" in county.output
    fits(county.stdout, tmp_path)


def test_compare_any_two(swept: Path, tmp_path: Path) -> None:
    result = run("compare", swept, "-o", tmp_path, "--between", "North + growth", "East + growth", "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "What “East + growth” changes against “North + growth”" in result.output
    assert {path.name for path in tmp_path.iterdir()} == {"difference.csv", "difference.xlsx", "difference.parquet"}
    same = run("compare", swept, "-o", tmp_path, "--between", "as it is today", "growth", "--lang", "en")
    assert "No difference: everybody is reached in the same time" in same.output


@pytest.mark.parametrize(("lang", "words"), [("en", "cannot be ranked"), ("zh", "不能按此项排序")])
def test_bad_input_is_a_line_and_exit_code_2(tmp_path: Path, lang: str, words: str) -> None:
    folder = mixed(tmp_path / "run")
    result = run("compare", folder, "--by", "gained", "--lang", lang)
    assert result.exit_code == 2
    assert words in result.output


def test_every_mistake_is_said(tmp_path: Path) -> None:
    folder = mixed(tmp_path / "run")
    for bad in (
        ["compare", tmp_path / "nothing"],
        ["compare", folder, "--unit", "Nowhere"],
        ["compare", folder, "--where", "growth"],
        ["compare", folder, "--where", "site=nobody"],
        ["compare", folder, "--between", "North", "nobody"],
        ["run", "-o", tmp_path / "o"],
        ["run", "tutorial", "-o", tmp_path / "o"],
        ["run", "tutorial", "--from", folder, "-o", tmp_path / "o"],
        ["run", "nowhere", "--open", "114.5,19.8", "-o", tmp_path / "o"],
        ["run", "--from", tmp_path / "nothing", "-o", tmp_path / "o"],
    ):
        result = run(*bad, "--lang", "en")
        assert result.exit_code == 2, bad
        assert result.output.strip(), bad


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (["--open", "0,0"], "0"),
        (["--open", "19.85,114.56"], "114.56"),
        (["--close", "QH999"], "QH999"),
        (["--candidates", "junctons:5"], "junctons"),
    ],
)
def test_questions_that_cannot_be_asked(tmp_path: Path, question: list[str], words: str) -> None:
    result = run("run", "tutorial", *question, "-o", tmp_path, "--lang", "en")
    assert result.exit_code == 2
    assert words in result.output
    assert not (tmp_path / "compare.html").exists()
