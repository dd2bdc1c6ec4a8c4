"""Access and equity as sheets and CSV: units in headings, whole people, every column explained, nothing runs."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest
from accesses import access, with_access
from assessments import NASTY, assessment

from carereach.maps.access_words import access_heading, access_unit
from carereach.maps.outputs import write_outputs
from carereach.maps.tables import access_frames, write_access_csv
from carereach.maps.workbook import number_format, write_workbook
from carereach.texts import Lang


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_sheets_with_units_and_whole_people(tmp_path: Path) -> None:
    write_workbook(with_access(), tmp_path / "v.xlsx", "en")
    book = openpyxl.load_workbook(tmp_path / "v.xlsx")
    assert {"access", "equity"} <= set(book.sheetnames)
    for sheet in book:
        assert sheet.freeze_panes == "A2"
    rows = list(book["access"].iter_rows())
    heads = [cell.value for cell in rows[0]]
    assert heads[:4] == ["level", "unit", "county", "residents (persons)"]
    assert heads[4:8] == [
        "hospital beds standing here (number)",
        "hospital beds per 1,000 residents, standing here",
        "hospital beds per 1,000 residents, within reach (2SFCA)",
        "residents without hospitals in reach (%)",
    ]
    people = rows[1][3]
    assert (people.value, people.number_format) == (23_456.4, "#,##0")  # shown whole, the value is kept
    assert rows[1][6].number_format == "#,##0.00"
    assert rows[1][-1].value == (
        "within a catchment reach fades with time by a Gaussian curve (Dai 2010); hospitals: 2 of 2 open ones have a "
        "place inside the counties and take part; catchment 60 min; health centres: none open in the lists, so no "
        "figures"
    )
    told = [[cell.value for cell in row] for row in book["data dictionary"].iter_rows()]
    for sheet in ("access", "equity"):
        about = [row for row in told if row[0] == sheet]
        assert len(about) == len(book[sheet][1])
        assert all(row[3] for row in about), [row[2] for row in about if not row[3]]


def test_people_are_whole_in_all_sheets(tmp_path: Path) -> None:
    write_workbook(with_access(), tmp_path / "v.xlsx", "en")
    verdicts = openpyxl.load_workbook(tmp_path / "v.xlsx")["verdicts"]
    at = [cell.value for cell in verdicts[1]].index("residents beyond the goal (persons)")
    cell = verdicts[3][at]
    assert (cell.value, cell.number_format) == (23_456.4, "#,##0")


@pytest.mark.parametrize(("lang", "head"), [("en", "Gini (0-1)"), ("zh", "基尼系数（0—1）")])
def test_csv(tmp_path: Path, lang: Lang, head: str) -> None:
    files = write_access_csv(with_access(), tmp_path, lang)
    assert [file.name for file in files] == ["access.csv", "equity.csv"]
    city = rows_of(tmp_path / "equity.csv")[0]
    assert 0.0 < float(city[head]) < 1.0
    heads = rows_of(tmp_path / "access.csv")[0]
    assert not any("_" in name for name in heads)  # no column without words


def test_what_is_not_known_is_empty(tmp_path: Path) -> None:
    write_access_csv(with_access(), tmp_path, "en")
    rows = rows_of(tmp_path / "access.csv")
    assert rows[1]["hospital beds standing here (number)"] == ""
    assert rows[-1]["hospital beds per 1,000 residents, standing here"] == ""  # beds where nobody lives


def test_without_access_nothing_is_written(tmp_path: Path) -> None:
    assert write_access_csv(assessment(), tmp_path, "en") == ()
    assert list(tmp_path.iterdir()) == []
    assert access_frames(assessment(), "en") == {}


def test_they_are_among_the_outputs(tmp_path: Path) -> None:
    files = write_outputs(with_access(), tmp_path, "en")
    assert [file.name for file in files][-2:] == ["access.csv", "equity.csv"]
    assert sorted(files) == sorted(tmp_path.iterdir())


def test_a_county_whose_name_is_a_formula_stays_a_text(tmp_path: Path) -> None:
    given = with_access(names=("=1+1", NASTY))
    write_access_csv(given, tmp_path, "en")
    for name in ("access", "equity"):
        assert [row["unit"] for row in rows_of(tmp_path / f"{name}.csv")][3:5] == ["'=1+1", NASTY]
    write_workbook(given, tmp_path / "v.xlsx", "en")
    book = openpyxl.load_workbook(tmp_path / "v.xlsx")
    for name in ("access", "equity"):
        cell = book[name]["B5"]
        assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)


def test_headings_of_services() -> None:
    for column in access().table.columns[4:]:
        assert access_heading(str(column), "zh")
        assert access_unit(str(column), "en")
    assert access_unit("hospital_beds_per_1000", "en") == "hospital beds per 1,000 residents"
    assert access_unit("emergency_facilities_none_percent", "en") == "%"
    assert access_heading("hospital_beds", "en") is None
    assert access_heading("beds", "en") is None


@pytest.mark.parametrize(
    ("column", "shown"),
    [("residents", "#,##0"), ("left_out", "#,##0"), ("mean_min", "#,##0.0"), ("reached_share", "0.000"), ("value", "")],
)
def test_how_numbers_are_shown(column: str, shown: str) -> None:
    assert number_format(column) == shown
