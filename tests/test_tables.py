"""Tables from CSV and Excel: encodings, separators, headings, cells, and what is refused."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carereach.errors import Findings, InputError
from carereach.layers import excel_files
from carereach.layers.tables import degrees, number, read_table

CONTENT = "名称,县区,床位\n甲医院,玉州区,120\n乙医院,容县,80\n"


def read(path: Path, **options: str) -> tuple[pd.DataFrame, Findings]:
    findings = Findings(path)
    return read_table(path, findings=findings, **options), findings


def codes(findings: Findings) -> list[str]:
    for problem in findings.problems:  # every code has its wording in both languages
        assert problem.line("en") and problem.line("zh")
    return [problem.code for problem in findings.problems]


def refused(path: Path, **options: str) -> list[str]:
    findings = Findings(path)
    with pytest.raises(InputError) as caught:
        read_table(path, findings=findings, **options)
    assert [p.line("zh") for p in caught.value.problems]
    return [p.code for p in caught.value.problems]


def text_file(folder: Path, content: str | bytes, name: str = "list.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_encodings_are_found(tmp_path: Path, encoding: str) -> None:
    frame, findings = read(text_file(tmp_path, CONTENT, encoding=encoding))
    assert frame.columns.tolist() == ["名称", "县区", "床位"]
    assert frame.loc[3].tolist() == ["乙医院", "容县", "80"]
    assert codes(findings) == (["table.encoding-gb18030"] if encoding.startswith("gb") else [])


def test_a_named_encoding_is_taken_without_a_warning(tmp_path: Path) -> None:
    frame, findings = read(text_file(tmp_path, CONTENT, encoding="gbk"), encoding="GB2312")
    assert frame["名称"].tolist() == ["甲医院", "乙医院"] and codes(findings) == []


def test_encodings_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    assert refused(text_file(tmp_path, CONTENT, encoding="gbk"), encoding="utf-8") == ["table.encoding-wrong"]
    assert refused(text_file(tmp_path, CONTENT), encoding="base64") == ["table.encoding-unknown"]
    assert refused(text_file(tmp_path, b"a,b\n\xff\x81,2\n\xff\n")) == ["table.encoding-none"]
    assert refused(text_file(tmp_path, b"\xff\xfea\x00,\x00b")) == ["table.encoding-wrong"]


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-16-le"])
def test_texts_full_of_nul_are_refused(tmp_path: Path, encoding: str) -> None:
    assert refused(text_file(tmp_path, CONTENT.replace("名", "n"), encoding=encoding)) in (
        ["table.nul"],
        ["table.encoding-none"],
    )


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_are_found(tmp_path: Path, separator: str) -> None:
    # Decimal commas, a title above, and texts with the other separators must not mislead.
    rows = [["name", "roles", "x"], ["A", '"a;b,c"', '"1,5"'], ["B", '"d;e"', '"2,5"']]
    path = text_file(tmp_path, "\n".join(separator.join(row) for row in rows))
    frame, findings = read(path)
    assert frame["roles"].tolist() == ["a;b,c", "d;e"] and codes(findings) == []


def test_decimal_commas_between_semicolons(tmp_path: Path) -> None:
    frame, _ = read(text_file(tmp_path, "a;b;c;d\n" + "1,5;2,5;3,5;4,5\n" * 50))
    assert frame.shape == (50, 4) and frame.loc[2, "d"] == "4,5"


def test_the_separator_line_of_excel_is_obeyed(tmp_path: Path) -> None:
    frame, findings = read(text_file(tmp_path, "sep=|\r\na|b\r\n1|2\r\n"))
    assert frame.loc[3].to_dict() == {"a": "1", "b": "2"}
    assert codes(findings) == ["table.heading-row"]


def test_one_column_means_a_wrong_separator(tmp_path: Path) -> None:
    assert refused(text_file(tmp_path, "name|kind\nA|cdc\n")) == ["table.one-column"]


def test_row_numbers_are_those_a_spreadsheet_shows(tmp_path: Path) -> None:
    # Row 1 title, 2 blank, 3 heading, 4 with a line break in quotes, 5 blank, 6 data.
    path = text_file(tmp_path, '名单\n\nname,note\nA,"one\ntwo"\n,\nB,x\n')
    frame, findings = read(path)
    assert frame.index.tolist() == [4, 6]
    assert frame.loc[4, "note"] == "one\ntwo"
    assert codes(findings) == ["table.heading-row"] and findings.problems[0].row == 3


def test_too_many_and_too_few_fields(tmp_path: Path) -> None:
    frame, findings = read(text_file(tmp_path, "a,b,c\n1,2,3\n1,2,3,4\n1,2\n1,2,3,,\n"))
    assert [(p.code, p.row, p.level) for p in findings.problems] == [
        ("table.too-many-fields", 3, "error"),
        ("table.too-few-fields", 4, "warning"),
    ]
    assert frame.loc[4].tolist() == ["1", "2", ""]


def test_many_bad_rows_are_counted(tmp_path: Path) -> None:
    _, findings = read(text_file(tmp_path, "a,b\n" + "1,2,3\n" * 25))
    assert codes(findings) == ["table.too-many-fields"] * 20 + ["table.more"]
    assert findings.problems[-1].params == {"count": 5}


def test_headings(tmp_path: Path) -> None:
    assert refused(text_file(tmp_path, "a,b,a\n1,2,3\n")) == ["table.duplicate-heading"]
    frame, findings = read(text_file(tmp_path, ",a,  b  c ,\n9,1,2,\n"))
    assert frame.columns.tolist() == ["a", "b c"] and codes(findings) == ["table.unnamed-column"]
    assert refused(text_file(tmp_path, ",".join(f"c{i}" for i in range(1001)) + "\n")) == ["table.too-many-columns"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("\n\n", "table.empty"),
        ("a,b\n", "table.no-rows"),
        ("a,b\n,\n\n", "table.no-rows"),
        ("", "file.empty"),
        ('a,b\n"1,2\n3,4\n', "table.quotes"),
    ],
)
def test_unusable_texts(tmp_path: Path, content: str, code: str) -> None:
    assert refused(text_file(tmp_path, content)) == [code]


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    assert refused(text_file(tmp_path, "a,b\n1,2\n", "list.doc")) == ["table.suffix"]
    assert refused(text_file(tmp_path, "<html><table></table></html>", "list.xls")) == ["table.excel-other"]
    assert refused(tmp_path / "absent.csv") == ["file.missing"]
    assert refused(Path("/vsicurl/http://127.0.0.1/x.csv")) == ["file.not-a-path"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_give_a_frame_or_an_input_error(tmp_path: Path, content: bytes) -> None:
    for name in ("any.csv", "any.xlsx"):
        try:
            read(text_file(tmp_path, content, name))
        except InputError as error:
            assert str(error)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"])), min_size=3, max_size=3
        ),
        min_size=1,
        max_size=8,
    )
)
def test_what_pandas_writes_is_read_back(tmp_path: Path, rows: list[list[str]]) -> None:
    written = pd.DataFrame(rows, columns=["甲", "b", "c"])
    path = tmp_path / "round.csv"
    written.to_csv(path, index=False, quoting=1)
    filled = [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]
    if filled:
        frame, _ = read(path)
        assert frame.to_numpy().tolist() == filled


def workbook(path: Path, rows: list[list[object]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return book


def test_xlsx_cells_as_they_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["玉林市名单"])
    sheet.append([])
    sheet.append(["code", "lon", "open", "date", "padded", "big", "text"])
    sheet.append([450702.0, 110.1234567, True, dt.datetime(2024, 5, 1), 42, 0.1 + 0.2, "=文字"])
    sheet["E4"].number_format = "000000"
    sheet["G4"].data_type = "s"
    book.save(path)
    frame, findings = read(path)
    assert frame.index.tolist() == [4] and codes(findings) == ["table.heading-row"]
    assert frame.loc[4].tolist() == ["450702", "110.1234567", "TRUE", "2024-05-01", "000042", "0.3", "=文字"]


def test_xlsx_formulas_without_results_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    workbook(path, [["a", "b"], [1, "=A2*2"], [2, 4]])  # openpyxl writes formulas without results
    _, findings = read(path)
    assert [(p.code, p.row, p.column, p.level) for p in findings.problems] == [("table.formula", 2, "B", "error")]


def test_xlsx_formulas_give_their_stored_results(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    workbook(path, [["a", "b"], [1, "=A2*2"]])
    edit_part(
        path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace("<v></v>", "<v>2</v>").replace("<v />", "<v>2</v>")
    )
    frame, findings = read(path)
    assert frame.loc[2].tolist() == ["1", "2"] and codes(findings) == []


def test_xlsx_merged_cells_count_for_each_row(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    book = workbook(path, [["county", "name"], ["玉州区", "a"], [None, "b"], ["容县", "c"]])
    book.active.merge_cells("A2:A3")
    book.save(path)
    frame, findings = read(path)
    assert frame["county"].tolist() == ["玉州区", "玉州区", "容县"] and codes(findings) == ["table.merged"]


def test_xlsx_sheets(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    book = workbook(path, [["a", "b"], [1, 2]])
    second = book.create_sheet("第二")
    second.append(["c", "d"])
    second.append([3, "#N/A"])
    second["B2"].data_type = "e"
    book.save(path)
    frame, findings = read(path)
    assert frame.columns.tolist() == ["a", "b"] and codes(findings) == ["table.sheet-first"]
    frame, findings = read(path, sheet="第二")
    assert frame.loc[2].tolist() == ["3", ""] and codes(findings) == ["table.excel-error"]
    assert refused(path, sheet="第三") == ["table.sheet-missing"]
    _, findings = read(text_file(tmp_path, CONTENT), sheet="x")
    assert codes(findings) == ["table.sheet-ignored"]


def test_a_cell_in_the_last_corner_of_the_sheet_does_not_hang(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    book = workbook(path, [["a", "b"], [1, 2]])
    book.active["A1048576"] = 7
    book.active["XFD3"] = 8
    book.save(path)
    frame, findings = read(path)
    assert frame.index.tolist() == [2, 1048576] and codes(findings) == ["table.beside"]


def edit_part(path: Path, name: str, edit: object) -> None:
    with zipfile.ZipFile(path) as package:
        parts = {info.filename: package.read(info) for info in package.infolist()}
    parts[name] = edit(parts[name].decode()).encode()  # type: ignore[operator]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for part, content in parts.items():
            package.writestr(part, content)


def test_xlsx_bombs_are_refused_before_parsing(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    workbook(path, [["a", "b"], [1, 2]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package, package.open("xl/media/x.xml", "w") as part:
        for _ in range(34):
            part.write(b" " * (1 << 20))  # 34 MB of blanks pack to 35 kB; 32 MB are allowed
    assert refused(path) == ["file.bomb"]


def test_xlsx_of_millions_of_blank_cells_is_refused_before_parsing(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    workbook(path, [["a", "b"], [1, 2]])
    edit_part(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace("</row>", "<c/>" * 2_400_000 + "</row>", 1))
    assert refused(path) == ["table.too-many-cells"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xlsx_entities_are_refused_before_parsing(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "list.xlsx"
    workbook(path, [["a", "b"], [1, 2]])
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><sst>&b;</sst>'
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/other.dat", laughs.encode(encoding))
    assert refused(path) == ["table.excel-entities"]


def test_broken_and_protected_workbooks(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    workbook(path, [["a", "b"], [1, 2]])
    whole = path.read_bytes()
    assert refused(text_file(tmp_path, whole[: len(whole) // 2], "torn.xlsx")) == ["table.excel-broken"]
    edit_part(path, "xl/worksheets/sheet1.xml", lambda xml: xml[:-40])
    assert refused(path) == ["table.excel-broken"]
    protected = excel_files.OLE_MAGIC + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
    assert refused(text_file(tmp_path, protected, "locked.xlsx")) == ["table.excel-encrypted"]
    assert refused(text_file(tmp_path, excel_files.OLE_MAGIC + b"\0" * 600, "old.xls")) == ["table.excel-broken"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("roads.shp", "x")
    assert refused(text_file(tmp_path, archive.getvalue(), "zip.xlsx")) == ["table.excel-other"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.floats(0, 1), byte=st.integers(0, 255), old=st.booleans())
def test_damaged_workbooks_never_end_in_a_traceback(tmp_path: Path, position: float, byte: int, old: bool) -> None:
    path = tmp_path / ("whole.xls" if old else "whole.xlsx")
    if not path.exists():
        old_workbook(path) if old else workbook(path, [["a", "b"], [1, "x"], [2, "=A2"]])
    content = bytearray(path.read_bytes())
    content[int(position * (len(content) - 1))] = byte
    try:
        read(text_file(tmp_path, bytes(content), "damaged" + path.suffix))
    except InputError as error:
        assert str(error)


def old_workbook(path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    sheet.write(0, 0, "名单")
    for column, heading in enumerate(["县区", "编码", "日期", "开放"]):
        sheet.write(1, column, heading)
    sheet.write_merge(2, 3, 0, 0, "玉州区")
    sheet.write(2, 1, 450902)
    sheet.write(3, 1, 7, xlwt.easyxf(num_format_str="000000"))
    sheet.write(2, 2, dt.datetime(2024, 5, 1), xlwt.easyxf(num_format_str="yyyy-mm-dd"))
    sheet.write(2, 3, True)
    book.save(str(path))


def test_xls(tmp_path: Path) -> None:
    path = tmp_path / "list.xls"
    old_workbook(path)
    frame, findings = read(path)
    assert frame.loc[3].tolist() == ["玉州区", "450902", "2024-05-01", "TRUE"]
    assert frame.loc[4].tolist() == ["玉州区", "000007", "", ""]
    assert codes(findings) == ["table.heading-row", "table.merged"]


def numbers(texts: list[str], *, angle: bool = False) -> tuple[list[float], Findings]:
    findings = Findings("list.csv")
    series = pd.Series(texts, index=range(2, len(texts) + 2), dtype=str)
    return (degrees if angle else number)(series, findings, "床位").tolist(), findings


def test_numbers_as_people_type_them() -> None:
    values, findings = numbers(
        ["12", "１２３．５", "1,234", "12,345.5", " 7 ", "-3", "−3", "300张", "1e3", ".5", "5.", "+2"]
    )
    assert values == [12, 123.5, 1234, 12345.5, 7, -3, -3, 300, 1000, 0.5, 5, 2]
    assert codes(findings) == []


def test_what_is_no_number_is_reported_with_its_row() -> None:
    values, findings = numbers(["1", "", "inf", "nan", "1e999", "约20", "22,63", "0x10", "1_000", "٣"])
    assert values[0] == 1 and np.isnan(values[1:]).all()
    expected = [("table.decimal-comma", 8)] + [("table.not-a-number", row) for row in (4, 5, 6, 7, 9, 10, 11)]
    assert [(p.code, p.row) for p in findings.problems] == expected
    assert {p.column for p in findings.problems} == {"床位"} and findings.problems[0].value == "22,63"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("22.6367", 22.6367),
        ("22°38'12\"N", 22 + 38 / 60 + 12 / 3600),
        ("22°38′12″", 22 + 38 / 60 + 12 / 3600),
        ("22度38分12秒", 22 + 38 / 60 + 12 / 3600),
        ("东经110°09′", 110.15),
        ("110°", 110.0),
        ("S 30°30'", -30.5),
        ("51°12'w", -51.2),
        ("-51°12'", -51.2),
        ("N22°38'12.6''", 22 + 38 / 60 + 12.6 / 3600),
    ],
)
def test_degrees(text: str, value: float) -> None:
    values, findings = numbers([text], angle=True)
    assert values == [pytest.approx(value, abs=1e-12)] and codes(findings) == []


@pytest.mark.parametrize("text", ["22°61'", "22°38'60\"", "N22°38'S", "22 degrees", "°", "22°38'12\"X"])
def test_degrees_that_make_no_sense(text: str) -> None:
    values, findings = numbers([text], angle=True)
    assert np.isnan(values[0]) and codes(findings) == ["table.not-a-number"]
