"""Tables about catchments and equity in a report: cells are what was computed, blanks are said, texts stay texts."""

from __future__ import annotations

import pytest
from accesses import access, with_access
from assessments import NASTY, assessment

from carereach.maps.report.access import access_blocks, access_table, equity_table
from carereach.maps.report.blocks import Paragraph, Table
from carereach.texts import Lang


def test_a_table_for_each_service() -> None:
    table = access_table(with_access(), access().services[0], "en")
    assert table.caption == "Two counties: hospital beds, standing and within reach"
    assert [column.heading for column in table.columns[:3]] == [
        "unit",
        "residents (persons)",
        "hospital beds standing here (number)",
    ]
    assert [[cell.text for cell in row] for row in table.rows[:2]] == [
        ["示例市", "23,456", "200", "4.26", "0.50", "12.5", "0.312"],
        ["main urban area", "23,456", "–", "–", "1.00", "12.5", "0.312"],
    ]
    assert len(table.rows) == 5  # no townships
    assert [column.numeric for column in table.columns] == [False, *[True] * 6]


def test_equity() -> None:
    table = equity_table(with_access(), "zh")
    found = access().equity.iloc[0]
    assert [cell.text for cell in table.rows[0]] == [
        "示例市", "46,500", f"{found['mean_min']:.1f}", "1.00", f"{found['gini']:.3f}", f"{found['palma']:.2f}",
        f"{found['theil']:.3f}", "100.0",
    ]  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_section(lang: Lang) -> None:
    blocks = access_blocks(with_access(), lang)
    assert sum(isinstance(block, Table) for block in blocks) == 3  # hospitals, stations, equity
    notes = [block.text for block in blocks if isinstance(block, Paragraph) and block.kind == "note"]
    assert any(("health centres" if lang == "en" else "基层医疗卫生机构") in note for note in notes)
    assert access_blocks(assessment(), lang) == ()


def test_a_hostile_name_stays_what_it_is() -> None:
    table = equity_table(with_access(names=(NASTY, "=1+1")), "en")
    assert [row[0].text for row in table.rows[-2:]] == [NASTY, "=1+1"]
