"""Empty tables for what plans ask for: their columns and rows, and that a filled-in one makes a rule decide."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest
from good_study import write_good_study
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner, Result

from carereach import cli
from carereach.coverage.assess import gather, judge_plans, read_plans
from carereach.coverage.results import Verdict
from carereach.layers.study import open_study
from carereach.maps.templates import settings_for, templates_of, write_templates
from carereach.texts import catalogue

HEAD = 'id = "own"\ntitle = { zh = "自拟", en = "Own" }\ndocument = "2025"\n'
NURSES = """
[[rule]]
id = "OWN-1"
title = { zh = "医护比", en = "Nurses per doctor" }
section = "1"
kind = "ratio"
per = "county"
amount = { table = "staff", column = "nurses" }
per_each = { table = "staff", column = "doctors" }
threshold = { at_least = 1.2 }
"""
FEVER = """
[[rule]]
id = "OWN-2"
title = { zh = "发热门诊", en = "Fever clinics" }
section = "2"
kind = "share"
facilities = { kinds = ["hospital.general"] }
having = { table = "attributes", column = "fever_clinic" }
threshold = { at_least = 1 }
"""
ELSEWHERE = NURSES.replace("OWN-1", "OWN-3").replace("nurses", "pharmacists") + 'units = ["别处县"]\n'


def study_with(folder: Path, rules: str) -> Path:
    """The small good study with one plan of its own."""
    study = write_good_study(folder / "study")
    (study / "own.toml").write_text(HEAD + rules, encoding="utf-8")
    settings = (study / "study.toml").read_text(encoding="utf-8")
    (study / "study.toml").write_text(settings.replace('["yulin"]', '["own.toml"]'), encoding="utf-8")
    return study


def verdicts_of(study: Path) -> dict[tuple[str, str], Verdict]:
    opened = open_study(study / "study.toml")
    verdicts, _ = judge_plans(gather(opened), read_plans(opened.settings, opened.folder))
    return {(verdict.rule, verdict.unit): verdict for verdict in verdicts}


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(cli.app, [str(word) for word in words])


def rows_of(sheet: Worksheet) -> list[tuple[object, ...]]:
    return list(sheet.iter_rows(values_only=True))


def fill(path: Path, cells: dict[str, object]) -> None:
    """Fills a template as a user does: ``C2`` -> value."""
    book = openpyxl.load_workbook(path)
    for place, value in cells.items():
        book.worksheets[0][place] = value
    book.save(path)


def test_exactly_the_columns_and_a_row_for_each_unit_or_facility(tmp_path: Path) -> None:
    study = open_study(study_with(tmp_path, NURSES + FEVER + ELSEWHERE) / "study.toml")
    staff, attributes = templates_of(study)
    assert (staff.table, staff.keys, staff.columns) == ("staff", ("county",), ("nurses", "doctors"))
    assert [row["county"] for row in staff.rows] == ["西县", "东县"]
    assert (attributes.keys, attributes.columns) == (("id", "name", "county"), ("fever_clinic",))
    assert [row["id"] for row in attributes.rows] == ["h1", "h2"]  # no health centres: the rule is about hospitals


@pytest.mark.parametrize(("lang", "sheets"), [("zh", ["数据", "列说明"]), ("en", ["data", "columns"])])
def test_a_second_sheet_explains_the_columns(tmp_path: Path, lang: str, sheets: list[str]) -> None:
    study = open_study(study_with(tmp_path, NURSES + FEVER) / "study.toml")
    paths = write_templates(study, tmp_path / "out", lang)  # type: ignore[arg-type]
    assert [path.name for path in paths] == ["staff.xlsx", "attributes.xlsx"]
    book = openpyxl.load_workbook(paths[0])
    assert book.sheetnames == sheets
    assert rows_of(book.worksheets[0]) == [("county", "nurses", "doctors"), ("西县", None, None), ("东县", None, None)]
    explained = {row[0]: row[1:] for row in rows_of(book.worksheets[1])[1:]}
    unit = {"zh": "人", "en": "persons"}[lang]
    assert explained["nurses"] == (unit, "注册护士", "registered nurses", "OWN-1")
    answers = openpyxl.load_workbook(paths[1]).worksheets[0].data_validations.dataValidation
    assert [check.formula1 for check in answers] == [{"zh": '"是,否"', "en": '"yes,no"'}[lang]]


def test_a_filled_in_template_makes_its_rules_decide(tmp_path: Path) -> None:
    study = study_with(tmp_path, NURSES + FEVER)
    before = verdicts_of(study)
    assert {verdict.status for verdict in before.values()} == {"cannot tell"}
    result = run("check", study, "--template", tmp_path / "out", "--lang", "zh")
    assert result.exit_code == 0, result.output
    assert '[tables.staff]\npath = "staff.xlsx"\nsheet = "数据"' in result.output
    fill(tmp_path / "out" / "staff.xlsx", {"B2": 130, "C2": 100, "B3": 110, "C3": 100})
    fill(tmp_path / "out" / "attributes.xlsx", {"D2": "是", "D3": "否"})
    for file in (tmp_path / "out").iterdir():
        file.rename(study / file.name)
    added = "\n".join(settings_for([study / "staff.xlsx", study / "attributes.xlsx"], "zh"))
    settings = (study / "study.toml").read_text(encoding="utf-8")
    (study / "study.toml").write_text(settings + "\n" + added, encoding="utf-8")
    after = verdicts_of(study)
    west, east = after["OWN-1", "西县"], after["OWN-1", "东县"]
    assert (west.status, west.value) == ("met", 1.3)  # 130 nurses to 100 doctors; 1.2 are asked for
    assert (east.status, east.value) == ("not met", 1.1)
    (clinics,) = [verdict for (rule, _), verdict in after.items() if rule == "OWN-2"]
    assert clinics.status == "not met"  # one of two hospitals says no


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    study = study_with(tmp_path, NURSES + FEVER)
    out = tmp_path / "out"
    out.mkdir()
    (out / "attributes.xlsx").write_bytes(b"a year of work")
    result = run("check", study, "--template", out, "--lang", "en")
    assert result.exit_code == 2
    assert "attributes.xlsx: There is a file of this name already" in result.output
    assert [path.name for path in out.iterdir()] == ["attributes.xlsx"]
    assert (out / "attributes.xlsx").read_bytes() == b"a year of work"


def test_a_plan_that_needs_no_table(tmp_path: Path) -> None:
    rule = '[[rule]]\nid = "OWN-1"\ntitle = { zh = "反应", en = "Response" }\nkind = "response-time"\nsection = "1"\n'
    study = study_with(tmp_path, rule + "threshold = { less_than = 20 }\n")
    result = run("check", study, "--template", tmp_path / "out", "--lang", "en")
    assert result.exit_code == 0
    assert "need no tables" in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["tutorial", "yulin", "qinzhou"])
def test_templates_of_the_embedded_studies(tmp_path: Path, name: str) -> None:
    templates = {template.table: template for template in templates_of(open_study(name))}
    assert {"staff", "beds", "units", "attributes", "villages"} <= set(templates)
    assert templates["villages"].keys == ("county", "township", "village")
    assert all(f"column.{t.table}.{c}" in catalogue() for t in templates.values() for c in t.columns)
    for template in templates.values():
        assert len({tuple(row.items()) for row in template.rows}) == len(template.rows)  # no unit twice


def test_columns_are_explained_as_in_the_documentation(repo: Path) -> None:
    content = (repo / "docs" / "tables.md").read_text(encoding="utf-8")
    documented = {}
    for part in re.split(r"^## ", content, flags=re.MULTILINE)[2:]:
        table = part.split(" ")[0]
        for line in part.splitlines():
            if line.startswith("| `"):
                names, unit, en, zh = (cell.strip() for cell in line.strip("| ").split(" | "))
                for name in re.findall(r"`(\w+)`", names):
                    documented[f"{table}.{name}"] = (unit, en, zh)
    texts = catalogue()
    said = {code.removeprefix("column."): texts[code] for code in texts if code.startswith("column.")}
    units = {key: texts["column-unit." + key]["en"] for key in said}
    assert {key: (units[key], said[key]["en"], said[key]["zh"]) for key in said} == documented
