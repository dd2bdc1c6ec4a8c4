"""Every command that a page shows is run as it stands there, in order, in one folder; and the pages name real files."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from docx import Document
from typer.testing import CliRunner

from carereach import cli

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:\s]+)")
TRANSLATED = {  # Chinese pages whose English page is not in the guide's folder
    "docs/guide/zh/geocoding.md": "docs/geocoding.md",
    "docs/guide/zh/report.md": "docs/report.md",
    "docs/guide/zh/scenarios.md": "docs/scenarios.md",
}
# The same commands as in English but for the language, which a test below says: not run a second time.
TWINS = ("README.zh.md", "docs/guide/zh/own_city.md", "docs/guide/zh/first_hour.md", *TRANSLATED)
RUN_ELSEWHERE = {
    "carereach demo": "by .ci/run, as `make demo`",
    "carereach geocode 名单.xlsx": "with a local service in test_geocode_whole.py and test_geocode_assess.py",
}


def pages(repo: Path) -> list[Path]:
    return [repo / "README.md", repo / "README.zh.md", *sorted((repo / "docs").rglob("*.md"))]


def written(page: Path) -> list[str]:
    """The lines of the page's shell blocks that call carereach, without their comments."""
    found = []
    for language, block in BLOCK.findall(page.read_text(encoding="utf-8")):
        lines = block.replace("\\\n", " ").splitlines() if language == "sh" else []
        found += [line.split("  #")[0].strip() for line in lines if line.startswith("carereach ")]
    return found


def commands(page: Path) -> list[str]:
    """Those of them that are run here."""
    return [line for line in written(page) if not line.startswith(tuple(RUN_ELSEWHERE))]


def prepare(repo: Path, page: Path, folder: Path) -> None:
    """What a reader has there: the examples, a study of their own (the tutorial's), a letterhead, the page's files."""
    shutil.copytree(repo / "examples", folder / "examples")
    shutil.copytree(repo / "layers" / "areas" / "tutorial", folder / "my_city")
    letterhead = Document()
    letterhead.add_paragraph("青禾市卫生健康局 {{ title }}")
    letterhead.add_paragraph("{{p body }}")
    letterhead.save(str(folder / "bureau.docx"))
    for language, block in BLOCK.findall(page.read_text(encoding="utf-8")):
        named = re.match(r"# (\w+\.toml)\n", block)
        if language == "toml" and named:
            (folder / named[1]).write_text(block, encoding="utf-8")


def shown() -> list[str]:
    repo = Path(__file__).parent.parent
    names = [str(page.relative_to(repo).as_posix()) for page in pages(repo) if commands(page)]
    return [name for name in names if name not in TWINS]


@pytest.mark.parametrize("name", shown())
def test_every_command_of_a_page_runs(name: str, repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(repo, repo / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CARE_LANG", "en")
    for command in commands(repo / name):
        result = CliRunner().invoke(cli.app, shlex.split(command)[1:])
        assert result.exit_code == 0, f"{command}\n{result.output}\n{result.exception!r}"


def test_the_guide_shows_the_same_commands_in_both_languages(repo: Path) -> None:
    def plain(page: Path) -> list[str]:
        return [command.replace(" --lang zh", "") for command in written(page)]

    for page in (repo / "docs" / "guide").glob("*.md"):
        assert plain(page) == plain(page.parent / "zh" / page.name), page.name
    assert plain(repo / "README.md") == plain(repo / "README.zh.md")
    for chinese, english in TRANSLATED.items():
        assert written(repo / english), english
        assert plain(repo / english) == plain(repo / chinese), chinese


def test_links_and_pictures_of_the_pages_are_there(repo: Path) -> None:
    for page in pages(repo):
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(repo)}: {target}"


def test_the_page_of_commands_is_what_the_command_line_says(repo: Path) -> None:
    told = (repo / "docs" / "commands.md").read_text(encoding="utf-8")
    for info in cli.app.registered_commands:
        name = info.name or getattr(info.callback, "__name__", "")
        options = {word for word in re.findall(r"--[a-z][a-z-]+", _help(name)) if word != "--help"}
        section = told.split(f"\n## {name}\n")[1].split("\n## ")[0]
        assert options <= set(re.findall(r"--[a-z][a-z-]+", section)), f"{name}: run docs/make_commands.py"


def _help(name: str) -> str:
    return CliRunner().invoke(cli.app, [name, "--help"], env={"COLUMNS": "200"}).output
