"""What a user sees while a run writes: each step, which part of it, and how many there are."""

from __future__ import annotations

from pathlib import Path

import pytest
from assessments import assessment
from reports import write_picture

from carereach.commands import shared
from carereach.maps import extras, outputs
from carereach.maps.report.write import write_report
from carereach.maps.steps import in_turn
from carereach.texts import LANGS, Lang, Message

WRITERS = [name for name in vars(extras) if name.startswith("write_") and name not in ("write_figures", "write_extras")]
OUTPUTS = [name for name in vars(outputs) if name.startswith("write_") and name != "write_outputs"]


class Heard:
    """Keeps what is told, as a user reads it."""

    def __init__(self, lang: Lang = "en") -> None:
        self.lang = lang
        self.lines: list[str] = []

    def __call__(self, name: str, /, **values: object) -> None:
        self.lines.append(Message(f"step.{name}", values).text(self.lang))


@pytest.fixture
def nothing_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in WRITERS:
        monkeypatch.setattr(extras, name, lambda *_: ())
    for name in OUTPUTS:
        monkeypatch.setattr(outputs, name, lambda *_: ())
    monkeypatch.setattr(outputs, "coverage_png", lambda *_: None)


@pytest.mark.usefixtures("nothing_drawn")
@pytest.mark.parametrize("lang", LANGS)
def test_every_figure_and_output_is_told_with_its_number(lang: Lang, tmp_path: Path) -> None:
    heard = Heard(lang)
    outputs.write_outputs(assessment(), tmp_path, lang, heard)
    extras.write_extras(assessment(), tmp_path, lang, ("layers", "figures"), step=heard)
    first, last = heard.lines[0], heard.lines[-1]
    assert len(heard.lines) == 4 + 1 + 10  # outputs, layers, figures
    assert len(set(heard.lines)) == len(heard.lines)
    if lang == "en":
        assert first == "writing the results, 1 of 4: the map page"
        assert last == "drawing figures, 10 of 10: table of verdicts by county"
    else:
        assert first == "正在输出结果（1/4）：地图页面"
        assert last == "正在绘制图件（10/10）：各县（区）结论表"


def test_the_parts_of_the_report_are_told(tmp_path: Path) -> None:
    heard = Heard()
    figures = {"isochrones": write_picture(tmp_path / "isochrones.png")}
    write_report(assessment(), tmp_path, "en", figures, None, heard)
    assert heard.lines == [
        "writing the report, 1 of 3: its texts and figures",
        "writing the report, 2 of 3: Word document",
        "writing the report, 3 of 3: PDF",
    ]


def test_a_part_is_told_before_it_is_done() -> None:
    heard = Heard()
    seen = in_turn(heard, "report", [("word", lambda: len(heard.lines)), ("pdf", lambda: len(heard.lines))])
    assert seen == [1, 2]


def test_the_terminal_shows_what_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    class Status:
        def __enter__(self) -> Status:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def update(self, line: str) -> None:
            shown.append(line)

    class Terminal:
        def status(self, line: str) -> Status:
            shown.append(line)
            return Status()

    monkeypatch.setattr(shared, "terminal", Terminal)
    with shared.steps(shared.Lang.en) as step:
        step("rules")
        step("figures", done=3, total=10, what=Message("step.figures-isochrones"))
    assert shown[1:] == ["testing the plans' rules", "drawing figures, 3 of 10: isochrones"]
