"""What the gazetteer of a study is made from: its facilities and seats, and what earlier runs located."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from geocode_world import Knowing, Thing, row_of, things, write_list
from good_study import write_good_study

from carereach.layers.geocode.gazetteer import Gazetteer
from carereach.layers.geocode.model import Query
from carereach.layers.geocode.run import GeocodeResult, geocode
from carereach.layers.geocode.setting import Setting, open_setting

SEATS = "county,lon,lat\n西县,110.0301,22.5311\n东县,110.1601,22.5411\n某市,110.1,22.5\n"
SPREAD = """\
[people]
path = "census.csv"
format = "counties"

[people.spread]
seats = "seats.csv"
"""
UNKNOWN = Query(2, "从未听说的诊所", county="西县")


def study_with(folder: Path, *, people: str = "", more: str = "", seats: str = SEATS) -> Path:
    """The good study with a table of seats, its people layer replaced where one is given, and more settings."""
    study = write_good_study(folder)
    (study / "seats.csv").write_text(seats, encoding="utf-8")
    text = (study / "study.toml").read_text(encoding="utf-8")
    if people:
        head, _, rest = text.partition("[people]")
        text = head + people + rest[rest.index("\n[zones]") :]
    (study / "study.toml").write_text(text + more, encoding="utf-8")
    return study


def seat_in(setting: Setting) -> list[tuple[float, float]]:
    gazetteer = setting.gazetteer()
    assert isinstance(gazetteer, Gazetteer)
    return [(c.lon, c.lat) for c in gazetteer.ask(UNKNOWN) if c.detail["what"] == "seat"]


@pytest.mark.parametrize(
    ("people", "more"), [("", '\n[tables.seats]\npath = "seats.csv"\n'), (SPREAD, "")], ids=["table", "people model"]
)
def test_the_seats_of_the_study_are_known(tmp_path: Path, people: str, more: str) -> None:
    setting = open_setting(study_with(tmp_path, people=people, more=more), tmp_path / "list.xlsx")
    assert seat_in(setting) == [pytest.approx((110.0301, 22.5311), abs=1e-7)]


def test_a_study_without_seats_has_only_its_counties(tmp_path: Path) -> None:
    assert seat_in(open_setting(study_with(tmp_path), tmp_path / "list.xlsx")) == []


@pytest.mark.parametrize("seats", ["county,lon,lat\n甲县,abc,22\n乙县,110,22\n", "county,radius_km\n西县,2\n"])
def test_seats_that_cannot_be_used_hinder_nothing(tmp_path: Path, seats: str) -> None:
    """Rows about other counties are an error of the table, a table without places is none."""
    study = study_with(tmp_path, more='\n[tables.seats]\npath = "seats.csv"\n', seats=seats)
    setting = open_setting(study, tmp_path / "list.xlsx")
    assert seat_in(setting) == []
    assert {problem.level for problem in setting.problems} <= {"warning"}
    assert bool(setting.problems) == ("abc" in seats)


def run(path: Path, study: Path, out: Path, *providers: str | Knowing) -> GeocodeResult:
    return geocode(path, study=study, providers=[*providers, "gazetteer"], out=out, environment={})


def listed(path: Path, known: list[Thing], **changes: str) -> Path:
    """A list of the things without coordinates; ``before`` is put before each name."""
    rows = [row_of(thing, None) for thing in known]
    for cells in rows:
        cells[1] = changes.get("before", "") + str(cells[1])
    return write_list(path, {"一": rows})


def named_places(result: GeocodeResult) -> list[object]:
    """The places of each row's candidates that have a name."""
    return [[(t.candidate.lon, t.candidate.lat) for t in row.candidates if t.candidate.name] for row in result.rows]


def stands(thing: Thing) -> list[object]:
    return [pytest.approx((thing.lon, thing.lat), abs=2e-6)]


def test_another_list_profits_from_what_an_earlier_run_located(tmp_path: Path) -> None:
    """The second list writes the county before the names; the places are those that the first run accepted."""
    study, known, out = write_good_study(tmp_path / "study"), things(6), tmp_path / "out"
    first = run(listed(tmp_path / "first.xlsx", known[:5]), study, out, Knowing(known))
    assert first.counts["accept"] == 5
    assert not (out / "earlier.xlsx").exists()
    second = listed(tmp_path / "second.xlsx", known, before="本市")
    result = run(second, study, out)
    assert named_places(result) == [*(stands(thing) for thing in known[:5]), []]
    assert len(pd.read_excel(out / "earlier.xlsx", engine="openpyxl")) == 5
    # The second list's own results have taken the place of the first's: what was known stays known, and no more.
    again = run(second, study, out)
    assert again.rows == result.rows
    # The first list again: its own earlier rows are no witness, nor is what the gazetteer alone said of the second's.
    assert run(tmp_path / "first.xlsx", study, out, Knowing(known)).rows == first.rows
    assert not (out / "earlier.xlsx").exists()


def test_a_second_run_of_a_list_does_not_bear_witness_for_itself(tmp_path: Path) -> None:
    study, known, out = write_good_study(tmp_path / "study"), things(20), tmp_path / "out"
    path = listed(tmp_path / "list.xlsx", known)
    first = run(path, study, out, Knowing(known))
    assert first.counts["accept"] == 20
    assert run(path, study, out, Knowing(known)).rows == first.rows
    assert run(path, study, out).counts["accept"] == 0


@pytest.mark.parametrize("name", ["located.xlsx", "located.gpkg"])
def test_a_study_that_has_the_located_list_already_is_no_witness_for_the_list(tmp_path: Path, name: str) -> None:
    study, known = write_good_study(tmp_path / "study"), things(5)
    path = listed(tmp_path / "list.xlsx", known)
    first = run(path, study, study / "placed", Knowing(known))
    toml = study / "study.toml"
    toml.write_text(toml.read_text("utf-8").replace("facilities.csv", f"placed/{name}"), encoding="utf-8")
    again = run(path, study, tmp_path / "elsewhere", Knowing(known))
    assert again.setting is not None
    assert again.setting.known is None
    # Before, the study's own seven facilities were known; none is like these, so nothing but the list has changed.
    assert [row.decision for row in again.rows] == [row.decision for row in first.rows] == ["accept"] * 5
    other = run(listed(tmp_path / "other.xlsx", known, before="本市"), study, tmp_path / "elsewhere2")
    assert named_places(other) == [stands(thing) for thing in known]


def test_an_earlier_result_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    study, known, out = write_good_study(tmp_path / "study"), things(2), tmp_path / "out"
    out.mkdir()
    (out / "located.xlsx").write_bytes(b"PK\x03\x04 torn")
    result = run(listed(tmp_path / "list.xlsx", known), study, out, Knowing(known))
    assert result.counts["accept"] == 2
    assert [p.file for p in result.problems if p.level == "warning" and (p.file or "").endswith("located.xlsx")]
