"""Studies at the edge: no facility at all, one county without townships; what is written of them is whole."""

from __future__ import annotations

import re
from pathlib import Path

import docx
import openpyxl
import pypdf
import pytest
from broken import edit_study
from docx.oxml.ns import qn
from good_study import EAST, FACILITIES, NORTH, SOUTH, WEST, feature, polygon, write_geojson, write_good_study
from typer.testing import CliRunner

from carereach import cli
from carereach.layers.study import open_study
from carereach.maps.report.said import named, say
from carereach.texts import ALONE, agreeing, text

BLANK = {"isochrones", "service_areas", "reach_curve", "lorenz_curve", "equity_bars"}
BROKEN = re.compile(
    r"\bnan\b|\bNaN\b|\bNone\b(?! of)|\binf\b|\b1 (?:rules|verdicts|residents|warnings|kinds|stations)\b|\b0 of 0\b"
)


def empty_study(folder: Path) -> Path:
    """One county without townships and without any facility."""
    study = write_good_study(folder)
    write_geojson(study / "counties.geojson", [feature(polygon(WEST, SOUTH, EAST, NORTH), county="西县")])
    (study / "facilities.csv").write_text(FACILITIES.splitlines()[0] + "\n", encoding="utf-8")
    (study / "census.csv").write_text("county,residents\n西县,50000\n", encoding="utf-8")
    return study


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("edges")
    words = ["assess", str(empty_study(folder / "study")), "-o", str(folder / "out"), "--lang", "en"]
    result = CliRunner().invoke(cli.app, [*words, "--report", "--figures", "--layers"])
    assert result.exit_code == 0, result.output
    assert not BROKEN.search(result.output)
    assert "The list has a heading but no facility" in result.output
    return folder / "out"


def test_without_stations_no_figure_is_blank(out: Path) -> None:
    drawn = {path.stem for path in out.glob("*.png")}
    assert not BLANK & drawn
    assert {"coverage", "response_time", "unserved", "verdicts_by_county"} <= drawn


def test_without_stations_the_report_is_whole(out: Path) -> None:
    document = docx.Document(str(out / "report.docx"))
    shown = "\n".join(
        "".join(run.text or "" for run in paragraph.iter(qn("w:t"))) for paragraph in document.element.iter(qn("w:p"))
    )
    printed = "\n".join(page.extract_text() for page in pypdf.PdfReader(out / "report.pdf").pages)
    for said in (shown, printed):
        assert BROKEN.findall(said) == []
        assert "No resident is reached by any emergency station" in " ".join(said.split())
    assert "no value in main urban area; goal ≤ 5 km" in shown
    assert all(len(table.rows) > 1 for table in document.tables)
    assert len(document.inline_shapes) == 3  # unserved people, verdicts as maps and as a table


def test_without_stations_no_table_holds_a_number_that_is_none(out: Path) -> None:
    book = openpyxl.load_workbook(out / "verdicts.xlsx")
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not {"nan", "None", "inf", "-inf"} & set(cells)
    for path in out.glob("*.csv"):
        assert not re.search(r"(?:^|,)(?:nan|None|inf)(?:,|$)", path.read_text(encoding="utf-8-sig"), re.MULTILINE)


def test_an_empty_list_beside_a_full_one(tmp_path: Path) -> None:
    study = write_good_study(tmp_path)
    (study / "more.csv").write_text("name,kind\n", encoding="utf-8")
    edit_study(study, "[[facilities]]", '[[facilities]]\npath = "more.csv"\n\n[[facilities]]')
    layer = open_study(study).facilities
    assert len(layer.frame) == 7
    assert [problem.code for problem in layer.problems] == ["facilities.none"]


def test_one_is_counted_in_the_singular() -> None:
    assert agreeing("{count} rules of {n} units", {"count": 1, "n": 2}) == "{count} rule of {n} units"
    assert agreeing("{kinds} kinds", {"kinds": "1"}) == "{kinds} kind"
    assert agreeing("{count} rules", {"count": 11}) == "{count} rules"
    assert say("warnings-intro", "en", count=1, kinds=1).startswith("Reading the data gave 1 warning of 1 kind;")
    assert "of 1 unit were" in text("people.calibrated", "en", count=1, before="1", after="1", least="1", most="1")
    assert agreeing("{n} units, {n} rules", {"n": 1}, ALONE) == "{n} unit, {n} rule"
    assert say("table", "en", name="1 rules") == say("table", "en", name="{}").replace("{}", "1 rules")


def test_very_long_names_do_not_fill_a_page() -> None:
    names = [f"{place} " + "长" * 60 for place in range(40)]
    shown = named(names, "zh")
    assert [name for name in names if name in shown] == names[:3]
    assert "40" in shown
    assert named(names[:2], "zh") == "、".join(names[:2])
