"""Invisible characters in names: gone where a text enters, so that names of different files still find each other."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pandas as pd
from broken import edit_study, replace
from good_study import EAST, MIDDLE, NORTH, SOUTH, WEST, feature, polygon, write_geojson, write_good_study

from carereach.errors import Findings
from carereach.layers.invisible import INVISIBLE, said_visible, visible
from carereach.layers.settings_parts import Words
from carereach.layers.study import open_study

HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # what the writers of outputs show as a blank


def test_they_are_what_unicode_calls_so() -> None:
    found = {code for code in range(0x110000) if re.fullmatch(INVISIBLE, chr(code))}
    known = {code for code in range(0x110000) if unicodedata.category(chr(code)) in HIDDEN}
    assert known <= found
    assert {unicodedata.category(chr(code)) for code in found - known} <= {"Cn"}  # of a later Unicode


def test_a_blank_stands_for_them() -> None:
    assert visible("\u202e西\u200b\u200b县\x1b") == "西 县"
    findings = Findings("list.csv")
    assert said_visible(pd.Series(["西县", "a\xadb"], index=[2, 3]), findings, "county").tolist() == ["西县", "a b"]
    (problem,) = findings.warnings
    assert (problem.code, problem.row, problem.column) == ("facilities.controls", 3, "county")
    assert Words(zh="规\u200b划", en="\ufeffPlan") == Words(zh="规 划", en="Plan")


def test_a_hidden_difference_between_files_is_none(tmp_path: Path) -> None:
    study = write_good_study(tmp_path)
    west, east = polygon(WEST, SOUTH, MIDDLE, NORTH), polygon(MIDDLE, SOUTH, EAST, NORTH)
    write_geojson(tmp_path / "counties.geojson", [feature(west, county="\u202a西县"), feature(east, county="东县")])
    replace(study, "census.csv", "东县", "东县\u200b")
    edit_study(study, 'name = "broken"', 'name = "br\\u200boken"')
    opened = open_study(study)
    assert opened.counties.frame["county"].tolist() == ["西县", "东县"]
    assert set(opened.people.frame["county"]) == {"西县", "东县"}
    assert opened.people.frame["residents"].sum() == 50_000
    assert opened.settings.name == "br oken"
    said = [problem.code for problem in opened.counties.problems]
    assert "facilities.controls" in said
