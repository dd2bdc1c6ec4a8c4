"""verdicts.xlsx and verdicts.json: what a planner's Excel and another program find in them."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from assessments import NASTY, assessment, hostile, verdicts
from openpyxl.workbook import Workbook

from carereach.coverage.results import COLUMNS
from carereach.coverage.ways import Way, column_of
from carereach.layers.settings_parts import Words
from carereach.maps import verdicts_json, workbook
from carereach.texts import Message

FORMULAS = ["=1+1", "+1", "-1+2", "@SUM(A1)", '=HYPERLINK("http://127.0.0.1")', "#REF!", "00123"]


def book_of(folder: Path, lang: str = "en", **changes: Any) -> Workbook:
    workbook.write_workbook(assessment(**changes), folder / "v.xlsx", lang)  # type: ignore[arg-type]
    return openpyxl.load_workbook(folder / "v.xlsx")


def json_of(folder: Path, **changes: Any) -> dict[str, Any]:
    verdicts_json.write_verdicts_json(assessment(**changes), folder / "v.json")
    content: dict[str, Any] = json.loads((folder / "v.json").read_text(encoding="utf-8"))
    return content


class TestWorkbook:
    def test_sheets_in_both_languages(self, tmp_path: Path) -> None:
        english = book_of(tmp_path)
        assert english.sheetnames == [
            "verdicts",
            "what would settle it",
            "skipped rules",
            "statistics",
            "parameters",
            "data dictionary",
        ]
        assert book_of(tmp_path, "zh").sheetnames == [
            "判定",
            "需要补充的数据",
            "未检验的规则",
            "统计",
            "参数",
            "数据字典",
        ]

    def test_who_is_within_reach_by_street(self, tmp_path: Path) -> None:
        """900 of 1,200 inside are 75 %; a place without residents is left out."""
        circle = replace(verdicts()[0], places=(("东县·东街", 1200.0, 300.0), ("东县·西街", 0.0, 0.0)))
        book = book_of(tmp_path, verdicts=(circle, *verdicts()[1:]))
        assert book.sheetnames[1] == "who is within reach"
        rows = list(book["who is within reach"].iter_rows(values_only=True))
        assert rows[0][4:] == ("street or township", "residents (persons)", "inside (%)", "outside (persons)")
        assert [row[4:] for row in rows[1:]] == [("东县·东街", 1200, 75, 300)]
        said = [row[:3] for row in book["data dictionary"].iter_rows(values_only=True)]
        assert ("who is within reach", "inside (%)", "inside_percent") in said

    def test_headings_stay_in_sight_and_can_be_filtered(self, tmp_path: Path) -> None:
        for sheet in book_of(tmp_path):
            assert sheet.freeze_panes == "A2"
            assert sheet.auto_filter.ref == sheet.dimensions
            widths = [column.width for column in sheet.column_dimensions.values()]
            assert all(8 <= width <= 48 for width in widths)
            assert all(cell.font.bold for cell in sheet[1])

    def test_numbers_are_numbers_and_texts_are_texts(self, tmp_path: Path) -> None:
        sheet = book_of(tmp_path)["verdicts"]
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in sheet.iter_rows(min_row=2, values_only=True)]
        assert len(rows) == 4
        assert [row["value"] for row in rows] == [12, 15.04, 4.2, 1]
        assert rows[1]["margin"] == -0.04
        assert rows[0]["people_affected"] == 1200
        assert (rows[3]["status"], rows[3]["bound"], rows[3]["target"]) == ("cannot tell", "at least", "≥ 2")
        assert rows[2]["value_low_speed"] is None

    @pytest.mark.parametrize("formula", FORMULAS)
    def test_a_text_is_never_a_formula(self, tmp_path: Path, formula: str) -> None:
        named = replace(verdicts()[0], unit=formula, target=formula, title=Words(zh=formula, en=formula))
        sheet = book_of(tmp_path, verdicts=(named,))["verdicts"]
        for column in ("unit", "target", "title"):
            cell = sheet.cell(2, COLUMNS.index(column) + 1)
            assert (cell.data_type, cell.value) == ("s", formula)
        with zipfile.ZipFile(tmp_path / "v.xlsx") as package:
            assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")

    def test_characters_that_a_workbook_cannot_hold(self, tmp_path: Path) -> None:
        named = replace(verdicts()[0], unit="a\x00b\x1b\ufffec d" + "长" * 40_000)
        said = str(book_of(tmp_path, verdicts=(named,))["verdicts"].cell(2, COLUMNS.index("unit") + 1).value)
        assert said.startswith("a b  c d长")
        assert len(said) <= 32_767

    def test_skipped_rules_and_parameters(self, tmp_path: Path) -> None:
        book = book_of(tmp_path)
        assert [cell.value for cell in book["skipped rules"][2]] == ["YL", "T-9", "Another rule", "missing"]
        assert [cell.value for cell in book["parameters"][2]][:5] == ["call handling", 2, 1, 3, "min"]
        assert book["statistics"].max_row == 1 + 5

    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_the_dictionary_explains_every_column_of_every_sheet(self, tmp_path: Path, lang: str) -> None:
        book = book_of(tmp_path, lang)
        *sheets, dictionary = book.worksheets
        rows = list(dictionary.iter_rows(min_row=2, values_only=True))
        assert [(row[0], row[1]) for row in rows] == [(s.title, cell.value) for s in sheets for cell in s[1]]
        assert all(row[3] for row in rows), [row for row in rows if not row[3]]

    def test_without_verdicts_the_headings_remain(self, tmp_path: Path) -> None:
        sheet = book_of(tmp_path, verdicts=(), skipped=())["verdicts"]
        assert (sheet.max_row, sheet.max_column) == (1, len(COLUMNS))

    def test_a_failed_write_leaves_the_file_as_it_was(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "v.xlsx"
        path.write_bytes(b"before")

        def fail(self: Workbook, name: Path) -> None:
            Path(name).write_bytes(b"half")
            raise OSError("disk full")

        monkeypatch.setattr(openpyxl.Workbook, "save", fail)
        with pytest.raises(OSError, match="disk full"):
            workbook.write_workbook(assessment(), path, "en")
        assert path.read_bytes() == b"before"
        assert list(tmp_path.iterdir()) == [path]


class TestJson:
    def test_one_object_per_rule_and_unit_with_texts_in_both_languages(self, tmp_path: Path) -> None:
        content = json_of(tmp_path)
        assert content["study"] == "two-counties"
        assert content["carereach"]
        assert [(v["rule"], v["unit"], v["status"]) for v in content["verdicts"]] == [
            ("T-1", "东县", "met"),
            ("T-1", "西县", "not met"),
            ("T-2", "urban", "met"),
            ("T-3", "示例市", "cannot tell"),
        ]
        met, short, zone, city = content["verdicts"]
        assert (met["value"], met["target_value"], met["margin"], met["quantity"]) == (12.0, 15.0, 3.0, "min")
        assert met["title"] == {"zh": "县域平均急救响应时间", "en": "Mean emergency response time in the county"}
        assert short["worst_places"] == ["某镇", NASTY]
        assert zone["unit_text"]["en"] == "main urban area"
        assert zone["screening"] is True
        assert zone["definition"]["zh"] == "路网"
        assert (city["bound"], city["people_affected"]) == ("at least", None)
        assert city["choices"][0] | {"text": None} == {"choice": "C4", "reading": "counties", "text": None}
        (way,) = city["would_settle"]
        assert (way["code"], way["what"], way["layer"]) == ("settle.roads", "roads", "roads")
        assert way["zh"].startswith("地方道路")
        assert met["evidence"][1]["grade"] == "modelled"
        assert met["citation"] == {"zh": "YL §3", "en": "YL §3"}

    def test_what_else_it_says(self, tmp_path: Path) -> None:
        content = json_of(tmp_path, basis=(Message("layer.roads"),))
        assert content["skipped"][0]["reason"] == {"code": "grade.missing", "zh": "缺失", "en": "missing"}
        ledger = content["ledger"]
        assert ledger["residents"] == sum(ledger[key] for key in ("reached", "beyond", "unreachable", "outside"))
        assert content["parameters"][1] | {"name_text": None, "source": None} == {
            "name": "emergency_factor", "value": 1.0, "low": None, "high": None, "unit": "", "status": "unverified",
            "name_text": None, "source": None,
        }  # fmt: skip
        assert content["basis"][0]["zh"] == "路网"

    def test_a_value_without_end_is_null(self, tmp_path: Path) -> None:
        endless = replace(verdicts()[0], value=float("inf"), margin=float("-inf"), low=float("nan"))
        found = json_of(tmp_path, verdicts=(endless,))["verdicts"][0]
        assert (found["value"], found["margin"], found["value_low_speed"]) == (None, None, None)

    def test_hostile_names_pass_as_they_are(self, tmp_path: Path) -> None:
        verdicts_json.write_verdicts_json(hostile(), tmp_path / "v.json")
        content = json.loads((tmp_path / "v.json").read_text(encoding="utf-8"))
        assert content["verdicts"][0]["unit"] == NASTY

    def test_what_is_needed_is_named_by_table(self, tmp_path: Path) -> None:
        way = column_of("staff", "doctors", ("东县",))
        open_one = replace(verdicts()[3], would_settle=(way, Way("seat", table="seats", rows=("东县",)), way))
        found = json_of(tmp_path, verdicts=(open_one,))["verdicts"][0]
        assert [need["en"] for need in found["needs"]] == ["table staff", "table seats"]
