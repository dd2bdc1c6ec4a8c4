"""Optional tables: their keys, their cells, and what rules read from them."""

from __future__ import annotations

from pathlib import Path

import pytest
from studies import COUNTIES, rule

from carereach.coverage.tables import Columns, check_columns, needs_of
from carereach.errors import InputError
from carereach.layers.optional_tables import OptionalTable, read_optional_tables
from carereach.layers.settings import TableFile


def read(folder: Path, content: str, **config: object) -> OptionalTable:
    (folder / "staff.csv").write_text(content, encoding="utf-8")
    configs = {"staff": TableFile.model_validate({"path": "staff.csv", **config})}
    return read_optional_tables(configs, folder, COUNTIES)["staff"]


def problems(folder: Path, content: str, **config: object) -> list[tuple[str, int | None, object]]:
    with pytest.raises(InputError) as caught:
        read(folder, content, **config)
    return [(problem.code, problem.row, problem.value) for problem in caught.value.problems]


def test_chinese_headings_are_keys(tmp_path: Path) -> None:
    table = read(tmp_path, "县区,乡镇,doctors\n甲县,东街,12\n甲县,,30\n", grade="surveyed", year=2023)
    assert table.columns == ("doctors",)
    columns = Columns({"staff": table})
    assert columns.of_unit("staff", "doctors", "甲县") == 30
    assert columns.of_unit("staff", "doctors", "甲县", "东街") == 12
    assert columns.of_unit("staff", "doctors", "乙市") is None
    assert (table.grade, table.year, table.file) == ("surveyed", 2023, "staff.csv")


def test_columns_named_in_the_study(tmp_path: Path) -> None:
    table = read(tmp_path, "区域,医师\n甲县,12\n", columns={"county": "区域", "doctors": "医师"})
    assert Columns({"staff": table}).of_unit("staff", "doctors", "甲县") == 12
    assert problems(tmp_path, "区域,医师\n甲县,12\n", columns={"county": "县名"})[0][0] == "facilities.heading-missing"


def test_rows_must_be_about_something(tmp_path: Path) -> None:
    assert [code for code, _, _ in problems(tmp_path, "a,b\n1,2\n")] == ["optional.no-keys"]


def test_a_table_of_another_city(tmp_path: Path) -> None:
    found = problems(tmp_path, "county,doctors\n甲乙县,1\n丙丁县,2\n")
    assert found == [("optional.county", 2, "甲乙县")]


def test_rows_of_neighbours_are_said(tmp_path: Path) -> None:
    table = read(tmp_path, "county,doctors\n甲县,1\n邻县,2\n")
    assert [(p.code, p.level, p.row) for p in table.problems] == [("optional.other-counties", "warning", 3)]


def test_the_row_of_the_whole_city_is_no_neighbour(tmp_path: Path) -> None:
    (tmp_path / "staff.csv").write_text("county,doctors\n手工市,30\n甲县,12\n", encoding="utf-8")
    configs = {"staff": TableFile(path="staff.csv")}
    assert read_optional_tables(configs, tmp_path, COUNTIES, ["手工市"])["staff"].problems == ()
    (tmp_path / "staff.csv").write_text("county,doctors\n手工市,30\n甲乙县,1\n丙丁县,2\n", encoding="utf-8")
    with pytest.raises(InputError):
        read_optional_tables(configs, tmp_path, COUNTIES, ["手工市"])


def test_two_rows_of_one_unit(tmp_path: Path) -> None:
    assert problems(tmp_path, "county,doctors\n甲县,1\n甲县,2\n") == [("optional.twice", 3, "甲县")]


@pytest.mark.parametrize(
    ("cell", "code"), [("many", "table.not-a-number"), ("-1", "facilities.negative"), ("1,5", "table.decimal-comma")]
)
def test_numbers_that_a_rule_cannot_read(tmp_path: Path, cell: str, code: str) -> None:
    table = read(tmp_path, f'county,doctors\n甲县,"{cell}"\n')
    plan = rule(
        "ratio",
        amount={"table": "staff", "column": "doctors"},
        per_each={"each": 1000, "population": "resident"},
        threshold={"at_least": 1},
    )
    found = check_columns({"staff": table}, plan.rule)
    assert [(p.code, p.row, p.column) for p in found] == [(code, 2, "doctors")]
    assert Columns({"staff": table}).of_unit("staff", "doctors", "甲县") is None


def test_answers_that_are_neither_yes_nor_no(tmp_path: Path) -> None:
    table = read(tmp_path, "name,clinic\na,是\nb,perhaps\nc,\nd,×\ne,√\n")
    plan = rule("membership", facilities={"kinds": ["mch"]}, having={"table": "staff", "column": "clinic"})
    found = check_columns({"staff": table}, plan.rule)
    assert [(p.code, p.row, p.value) for p in found] == [("optional.yes-or-no", 3, "perhaps")]
    values = Columns({"staff": table}).values("staff", "clinic", "yes")
    assert values.fillna(-1).tolist() == [1, -1, -1, 0, 1]


def test_needs_of_rules_under_every_reading() -> None:
    plan = rule(
        "ratio",
        amount={"table": "staff", "column": "doctors"},
        per_each={"each": 1000, "population": "registered"},
        threshold={"at_least": 1},
        when={"C19": {"open": {"amount": {"table": "staff", "column": "open_beds"}}}},
    )
    needs = {(need.table, need.column, need.key, need.level, need.value) for need in needs_of(plan.rule[0])}
    assert needs == {
        ("staff", "doctors", "unit", "city", "number"),
        ("staff", "open_beds", "unit", "city", "number"),
        ("population", "registered", "unit", "city", "number"),
    }
