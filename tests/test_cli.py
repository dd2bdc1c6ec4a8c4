"""The command line: exit codes, both languages, no traceback, and runs that are not repeated for nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from good_study import write_good_study
from typer.testing import CliRunner, Result

from carereach import cli
from carereach.layers.study import read_settings
from carereach.maps.saved import NAME, Saved, fingerprint, load

OUTPUTS = {
    "map.html",
    "verdicts.xlsx",
    "verdicts.csv",
    "verdicts.json",
    "to_settle.csv",
    "statistics.csv",
    "access.csv",
    "equity.csv",
    "coverage.png",
    NAME,
}


def run(*words: str | Path) -> Result:
    """A command's result; whatever happens, it is not a traceback."""
    result = CliRunner().invoke(cli.app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with a plan file of its own beside it, assessed once in English: ``study`` and ``out``."""
    folder = tmp_path_factory.mktemp("cli")
    study = write_good_study(folder / "study")
    (study / "own.toml").write_text(
        'id = "own"\ntitle = { zh = "自拟", en = "Own" }\ndocument = "2025"\n[[rule]]\nid = "OWN-1"\n'
        'title = { zh = "反应时间", en = "Response time" }\nkind = "response-time"\nsection = "1"\n'
        "threshold = { less_than = 20 }\n",
        encoding="utf-8",
    )
    settings = (study / "study.toml").read_text(encoding="utf-8")
    (study / "study.toml").write_text(settings.replace('["yulin"]', '["yulin", "own.toml"]'), encoding="utf-8")
    result = run("assess", study, "-o", folder / "out", "--lang", "en")
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    """A copy of the study and of its results, to be changed."""
    shutil.copytree(made, tmp_path / "copy")
    return tmp_path / "copy"


def saved(folder: Path, lang: str = "en") -> Saved | None:
    """The results of ``folder`` if they are those of its study as it is now."""
    path = folder / "study" / "study.toml"
    return load(folder / "out", fingerprint(path, read_settings(path), lang))  # type: ignore[arg-type]


# --- check -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "words"), [("en", "The study can be assessed."), ("zh", "本研究可以评估。")])
def test_check_of_a_good_study(made: Path, lang: str, words: str) -> None:
    result = run("check", made / "study", "--lang", lang)
    assert result.exit_code == 0
    assert words in result.output
    assert "50,000" in result.output  # residents


@pytest.mark.parametrize(("lang", "words"), [("en", "does not exist"), ("zh", "文件不存在")])
def test_check_of_a_study_with_missing_files(copy: Path, lang: str, words: str) -> None:
    for name in ("roads.osm", "people.tif"):
        (copy / "study" / name).unlink()
    result = run("check", copy / "study", "--lang", lang)
    assert result.exit_code == 2
    assert result.output.count(words) == 2
    assert "roads.osm" in result.output


@pytest.mark.parametrize("name", ["nowhere", "nowhere.toml", "/dev/null", "study/roads.osm", "."])
@pytest.mark.parametrize("command", ["check", "assess", "fetch"])
def test_what_is_no_study(made: Path, tmp_path: Path, name: str, command: str) -> None:
    path = name if name in ("nowhere", "/dev/null") else made / name
    result = run(command, path, "--lang", "zh", *(("-o", tmp_path) if command == "assess" else ()))
    assert result.exit_code == 2
    assert "错误" in result.output
    assert list(tmp_path.iterdir()) == []


def test_markup_in_names_is_shown_as_it_stands(copy: Path) -> None:
    study = copy / "study" / "study.toml"
    study.write_text(study.read_text(encoding="utf-8").replace("roads.osm", "[red]x[/red].osm"), encoding="utf-8")
    assert "[red]x[/red].osm" in run("check", study, "--lang", "en").output


def test_language_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    for spoken, words in (("zh_CN.UTF-8", "错误"), ("pt_BR.UTF-8", "ERROR"), ("C", "ERROR")):
        monkeypatch.setenv("CARE_LANG", spoken)
        assert words in run("check", "nowhere").output


def test_usage_errors(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for words in (("assess", "tutorial"), ("assess", "tutorial", "-o", tmp_path / "file"), ("check",), ("chekc", "x")):
        assert run(*words).exit_code == 2
    assert run("check", "tutorial", "--lang", "fr").exit_code == 2
    assert run("--version").output.startswith("carereach ")


# --- assess ----------------------------------------------------------------------------------------------------------


def test_assess_leaves_its_files(made: Path) -> None:
    assert {path.name for path in (made / "out").iterdir()} == OUTPUTS
    record = json.loads((made / "out" / NAME).read_text(encoding="utf-8"))
    assert {row["rule"] for row in record["verdicts"]} >= {"YL-EMS-1", "YL-EMS-6", "OWN-1"}
    ledger = record["ledger"]
    assert ledger["residents"] == pytest.approx(50_000)
    assert sum(ledger[part] for part in ("reached", "beyond", "unreachable", "outside")) == pytest.approx(50_000)


def test_second_run_reads_the_first(made: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in (made / "out").iterdir()}
    result = run("assess", made / "study" / "study.toml", "-o", made / "out", "--lang", "en")
    assert result.exit_code == 0
    assert "Nothing has changed since" in result.output
    assert "YL-EMS-2" in result.output
    assert "50,000 residents" in result.output
    assert {path.name: path.stat().st_mtime_ns for path in (made / "out").iterdir()} == before


def test_record_gives_back_what_was_computed(made: Path) -> None:
    found = saved(made)
    assert found is not None
    assert found.ledger.balanced
    assert found.verdicts["rule"].tolist().count("YL-EMS-6") == 2
    assert set(found.files) == OUTPUTS - {NAME}


def change(name: str) -> Callable[[Path], None]:
    def append(folder: Path) -> None:
        path = folder / "study" / name
        path.write_bytes(path.read_bytes() + b"\n")

    return append


def drop(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "out" / name).unlink()


def damage(name: str) -> Callable[[Path], None]:
    def flip(folder: Path) -> None:
        path = folder / "out" / name
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)

    return flip


def rewrite(content: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "out" / NAME).write_text(content, encoding="utf-8") and None


def edit(key: str, value: object) -> Callable[[Path], None]:
    def put(folder: Path) -> None:
        path = folder / "out" / NAME
        record = json.loads(path.read_text(encoding="utf-8"))
        record[key] = value
        path.write_text(json.dumps(record), encoding="utf-8")

    return put


INPUTS = ["study.toml", "own.toml", "roads.osm", "people.tif", "census.csv", "facilities.csv", "counties.geojson"]
DAMAGES = {
    **{f"input {name}": change(name) for name in [*INPUTS, "zones.geojson"]},
    **{f"without {name}": drop(name) for name in sorted(OUTPUTS)},
    **{f"damaged {name}": damage(name) for name in sorted(OUTPUTS)},
    "record empty": rewrite(""),
    "record a list": rewrite("[]"),
    "record without end": rewrite("[" * 100_000),
    "record of nothing": rewrite("{}"),
    "ledger of texts": edit("ledger", dict.fromkeys(["residents", "reached", "beyond", "unreachable", "outside"], "x")),
    "verdicts edited": edit("verdicts", [{"rule": "YL-EMS-1", "status": "met"}]),
    "files forgotten": edit("files", {}),
}


@pytest.mark.parametrize("harm", DAMAGES.values(), ids=DAMAGES.keys())
def test_any_change_asks_for_a_new_run(copy: Path, harm: Callable[[Path], None]) -> None:
    assert saved(copy) is not None
    harm(copy)
    assert saved(copy) is None


def test_another_language_asks_for_a_new_run(copy: Path) -> None:
    assert saved(copy, "zh") is None


def test_damaged_results_are_made_anew(copy: Path) -> None:
    damage("map.html")(copy)
    result = run("assess", copy / "study", "-o", copy / "out", "--lang", "zh")
    assert result.exit_code == 0
    assert "输入未变" not in result.output
    assert "主城区" in result.output
    assert saved(copy, "zh") is not None


def test_assess_of_a_broken_study_keeps_old_results(copy: Path) -> None:
    (copy / "study" / "roads.osm").unlink()
    before = (copy / "out" / "verdicts.csv").read_bytes()
    result = run("assess", copy / "study", "-o", copy / "out", "--lang", "en")
    assert result.exit_code == 2
    assert "roads.osm" in result.output
    assert (copy / "out" / "verdicts.csv").read_bytes() == before


def test_assess_with_a_wrong_plan_and_choice(copy: Path) -> None:
    study = copy / "study" / "study.toml"
    text = study.read_text(encoding="utf-8")
    study.write_text(text.replace('"own.toml"', '"nanning"') + '[choices]\nC3 = "calls"\n', encoding="utf-8")
    for command in (("check", study), ("assess", study, "-o", copy / "out")):
        result = run(*command, "--lang", "en")
        assert result.exit_code == 2
        assert "nanning" in result.output
        assert "calls" in result.output


# --- demo and fetch --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "fictional", "assumed"), [("en", "fictional", "assumption"), ("zh", "虚构", "假设")])
def test_demo_says_which_is_which(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lang: str, fictional: str, assumed: str
) -> None:
    asked: list[tuple[str, Path]] = []
    monkeypatch.setattr("carereach.commands.assess.assess_into", lambda study, out, lang: asked.append((study, out)))
    result = run("demo", "-o", tmp_path, "--lang", lang)
    assert result.exit_code == 0
    assert asked == [("tutorial", tmp_path / "tutorial"), ("yulin", tmp_path / "yulin")]
    assert fictional in result.output
    assert assumed in result.output


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_fetch_of_a_study_that_names_nothing(made: Path, lang: str) -> None:
    result = run("fetch", made / "study", "--lang", lang)
    assert result.exit_code == 2
    assert "[fetch]" in result.output
