"""The tables for Excel and for the terminal: headings, numbers, and texts that must stay texts."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from assessments import NASTY, assessment, facilities, hostile, verdicts
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from carereach.coverage.results import COLUMNS, Ledger
from carereach.coverage.ways import Way, column_of
from carereach.maps.tables import FORMULA_SIGNS, defused, verdicts_frame, write_statistics_csv, write_verdicts_csv
from carereach.maps.terminal import terminal_ledger, terminal_summary, terminal_table
from carereach.maps.words import target_text

FORMULAS = ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\n=1", "-5"]


def rows_of(path: Path) -> list[dict[str, str]]:
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def shown(frame: pd.DataFrame, lang: str = "en", width: int = 100, every: bool = True) -> str:
    out = io.StringIO()
    table = terminal_table(frame, lang, width, every=every)  # type: ignore[arg-type]
    Console(file=out, width=width, highlight=False).print(table)
    return out.getvalue()


class TestVerdicts:
    def test_one_row_per_verdict_with_numbers_as_numbers(self, tmp_path: Path) -> None:
        write_verdicts_csv(assessment(), tmp_path / "v.csv", "en")
        rows = rows_of(tmp_path / "v.csv")
        assert len(rows) == 4
        assert len(rows[0]) == len(COLUMNS)
        met, short, zone, city = rows
        assert (met["verdict"], met["value"], met["margin"], met["residents beyond the goal (persons)"]) == (
            "met",
            "12",
            "3",
            "1200",
        )
        assert (short["value"], short["margin"]) == ("15.04", "-0.04")  # a negative number stays one
        assert (short["holds at low speed"], met["holds at low speed"], zone["holds at low speed"]) == ("yes", "no", "")
        assert zone["verdict"] == "met (screening)"
        assert (city["bound"], city["target"]) == ("at least", "≥ 2")

    def test_chinese_headings(self, tmp_path: Path) -> None:
        write_verdicts_csv(assessment(), tmp_path / "v.csv", "zh")
        row = rows_of(tmp_path / "v.csv")[0]
        assert row["判定"] == "达标"
        assert row["超出目标的人口（人）"] == "1200"
        assert not any("col-" in heading or "_" in heading for heading in row)

    @pytest.mark.parametrize("formula", FORMULAS)
    def test_a_text_is_no_formula(self, tmp_path: Path, formula: str) -> None:
        whole = assessment()
        named = replace(whole, verdicts=(replace(whole.verdicts[0], unit=formula + " 县", target=formula),))
        write_verdicts_csv(named, tmp_path / "v.csv", "en")
        row = rows_of(tmp_path / "v.csv")[0]
        assert row["unit"].startswith("'")
        assert row["target"].startswith("'")

    def test_without_verdicts_the_headings_remain(self, tmp_path: Path) -> None:
        write_verdicts_csv(assessment(verdicts=()), tmp_path / "v.csv", "en")
        assert (tmp_path / "v.csv").read_text("utf-8-sig").strip().split(",")[1] == "rule"


@given(st.text(max_size=30))
@settings(deadline=None)
def test_whatever_the_text_it_is_defused_once_and_stays_readable(said: str) -> None:
    cell = defused(said)
    assert not cell.lstrip().startswith(FORMULA_SIGNS)
    assert not set("\t\r\n") & set(cell)
    assert len(cell) <= len(said) + 1


class TestStatistics:
    def test_units_in_headings_and_whole_people(self, tmp_path: Path) -> None:
        write_statistics_csv(assessment(), tmp_path / "s.csv", "en")
        rows = rows_of(tmp_path / "s.csv")
        assert [row["level"] for row in rows] == ["city", "zone", "zone", "county", "county"]
        assert [row["unit"] for row in rows][1:3] == ["main urban area", "townships"]
        assert [row["residents (persons)"] for row in rows] == ["46500", "7800", "38700", "23000", "23500.5"]
        assert rows[0]["share within 15 min (0-1)"] == "0.15"
        assert rows[-1]["mean response of those reached (min)"] == "unreachable"
        assert "area (km2)" in rows[0]

    def test_missing_numbers_are_empty_and_unknown_columns_kept(self, tmp_path: Path) -> None:
        table = assessment().statistics.assign(extra=1.5, area_km2=np.nan)
        write_statistics_csv(assessment(statistics=table), tmp_path / "s.csv", "zh")
        row = rows_of(tmp_path / "s.csv")[0]
        assert row["面积（平方公里）"] == ""
        assert row["extra"] == "1.5"
        assert row["层级"] == "全市"

    def test_the_names_of_areas_are_defused(self, tmp_path: Path) -> None:
        table = assessment().statistics.assign(unit="=cmd()", county="@x")
        write_statistics_csv(assessment(statistics=table), tmp_path / "s.csv", "en")
        row = rows_of(tmp_path / "s.csv")[0]
        assert (row["unit"], row["county"]) == ("'=cmd()", "'@x")


class TestTerminal:
    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_it_fits_100_columns(self, lang: str) -> None:
        from rich.cells import cell_len

        for whole in (assessment(), hostile()):
            lines = shown(whole.to_frame(lang), lang).splitlines()  # type: ignore[arg-type]
            assert lines
            assert max(cell_len(line) for line in lines) <= 100

    def test_values_with_units_and_people(self) -> None:
        said = shown(assessment().to_frame("en"))
        for words in ("12.0 min", "< 15 min", "15.04 min", "met (screening)", "at least 1", "23,456", "≤ 5 km"):
            assert words in said

    def test_a_long_id_stands_on_one_line_with_its_title(self) -> None:
        named = [replace(v, rule="QZ-CARE-1.institutions", unit="一" * 30) for v in verdicts()]
        lines = [line for line in shown(assessment(verdicts=tuple(named)).to_frame("en")).splitlines() if line.strip()]
        assert len(lines) == 2 + 1 + 4  # the heading, its rule, the title of the rule, and a line for each unit
        assert lines[2].startswith("QZ-CARE-1.institutions  ")
        assert ["一" * 10 in line for line in lines[2:]] == [False, True, True, True, True]

    def test_each_rule_has_its_title_once(self) -> None:
        first, second, *rest = verdicts()
        two = (replace(first, rule="R-1"), replace(second, rule="R-1"), *(replace(v, rule="R-2") for v in rest))
        said = shown(assessment(verdicts=two).to_frame("en"))
        assert (said.count("R-1"), said.count("R-2")) == (1, 1)
        assert said.index("R-1") < said.index(f"  {first.unit}") < said.index("R-2")

    def test_what_cannot_be_told_is_folded_into_a_line_for_each_missing_table(self) -> None:
        staff = column_of("staff", "doctors", ("东县",))
        beds = column_of("beds", "beds", ("东县",))
        lists = Way("full-list", unit="东县")
        met, short, zone, city = verdicts()
        told = [replace(zone, quantity="km", value=9.0, rule="T-2", status="cannot tell", would_settle=(staff,))]
        open_ones = [
            replace(city, rule="S-1", would_settle=(staff, staff)),
            replace(city, rule="S-1", unit="东县", would_settle=(staff,)),
            replace(city, rule="S-2", would_settle=(beds, staff)),
            replace(city, rule="S-3", would_settle=(lists,)),
            replace(city, rule="S-4", would_settle=()),
        ]
        frame = assessment(verdicts=(met, short, *told, *open_ones)).to_frame("en")
        table = shown(frame, every=False)
        assert "T-2" in table  # a distance is known
        assert "S-" not in table
        lines = [line.plain for line in terminal_summary(frame, 12, "en")]
        assert lines[0] == "met: 1, not met: 1, cannot tell: 6 (units of 6 rules)"
        assert "cannot tell, needs table staff: 2 rules" in lines  # S-1 and S-2
        assert "cannot tell, needs table beds: 1 rule" in lines
        assert sum("facility lists" in line for line in lines) == 1
        assert sum("see what would settle it: 1 rule" in line for line in lines) == 1  # S-4
        assert lines[-2].startswith("not tested in this study: 12 rules")
        assert "--all-rules" in lines[-1]
        assert "--all-rules" not in terminal_summary(frame, 0, "en", every=True)[-1].plain

    def test_shares_are_in_percent(self) -> None:
        share = replace(verdicts()[0], quantity="%", value=62.5, target=">= 60 %", target_value=60.0, margin=2.5)
        said = shown(assessment(verdicts=(share,)).to_frame("en"))
        assert "62.5%" in said
        assert "≥ 60%" in said

    def test_markup_in_a_name_is_text(self) -> None:
        whole = assessment(verdicts=tuple(replace(v, unit="[red]x[/red][/]") for v in verdicts()))
        assert "[red]x[/red][/]" in shown(whole.to_frame("en")).replace("\n", "")

    def test_terminal_escapes_in_a_name_are_gone(self) -> None:
        whole = assessment(verdicts=tuple(replace(v, unit="\x1b[2Jx\u202e") for v in verdicts()))
        assert "\x1b" not in shown(whole.to_frame("en"))

    def test_a_frame_that_went_through_json(self) -> None:
        """What was saved with the results has None where numbers are missing."""
        frame = assessment().to_frame("en").astype(object)
        assert "15.04 min" in shown(frame.where(frame.notna(), None))

    def test_the_ledger_line(self) -> None:
        line = terminal_ledger(Ledger(10.0, 5.0, 3.0, 1.0, 1.0), "en").plain
        assert line == "10 residents = 5 within 60 min + 3 beyond + 1 unreachable + 1 outside"


def test_the_hostile_names_are_there(tmp_path: Path) -> None:
    write_verdicts_csv(hostile(), tmp_path / "v.csv", "en")
    assert rows_of(tmp_path / "v.csv")[0]["unit"] == NASTY
    assert len(facilities()) == 8


def test_where_a_goal_stands_is_said_in_the_readers_language() -> None:
    first, *others = verdicts()
    given = assessment(verdicts=(replace(first, citation="YL, §table 1 row 3, box 6 item 2"), *others))
    assert verdicts_frame(given, "zh")["citation"].iloc[0].endswith("§表1第3行, 专栏6第2项")
    assert "table 1, row 3" in verdicts_frame(given, "en")["citation"].iloc[0]
    assert target_text("secondary A", "zh") == "二级甲等"
    assert target_text("secondary A", "en") == "secondary A"


def test_goals_stand_in_the_tables_as_on_the_page() -> None:
    first, *others = verdicts()
    given = assessment(verdicts=(replace(first, target="secondary A"), *others))
    assert verdicts_frame(given, "zh")["target"].iloc[0] == "二级甲等"
    assert verdicts_frame(given, "en")["target"].iloc[0] == "secondary A"
    per = "1-2 per 800000-2000000 people"
    assert target_text(per, "zh") == "每 80–200 万人 1–2"
    assert target_text(per, "en") == "1–2 per 800,000–2,000,000 people"
    assert target_text(">= 100 %", "zh") == "≥ 100%"
