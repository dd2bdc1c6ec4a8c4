"""The whole way with a made-up list: every row comes out, with a reason; decisions stay; files are whole."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from geocode_world import HEADINGS, Knowing, Thing, answer, row_of, the_list, things, write_list
from good_study import write_good_study

from carereach.errors import Findings, InputError
from carereach.layers.geocode.model import Candidate, Query
from carereach.layers.geocode.rows import read_rows
from carereach.layers.geocode.run import GeocodeResult, geocode
from carereach.layers.geocode.unknown_datum import metres
from carereach.layers.headings import find_columns
from carereach.layers.settings import FacilitiesFile
from carereach.layers.settings_parts import Datum
from carereach.layers.tables import read_table


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_good_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def whole(study: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[GeocodeResult, list[Thing], Path, Knowing]:
    folder = tmp_path_factory.mktemp("whole")
    path, known, provider = the_list(folder / "名单.xlsx")
    result = geocode(path, study=study, providers=[provider], out=folder / "out", environment={})
    return result, known, folder / "out", provider


Whole = tuple[GeocodeResult, list[Thing], Path, Knowing]


def test_no_row_is_lost_and_each_has_a_reason_in_both_languages(whole: Whole) -> None:
    """290 facilities, two totals, a heading, a nameless row and six confusing rows: 300."""
    result, _, out, _ = whole
    assert len(result.rows) == 300
    assert sum(result.counts.values()) == 300
    for row in result.rows:
        assert row.reasons
        assert all(reason.text("zh") and reason.text("en") for reason in row.reasons)
    sheets = pd.read_excel(out / "located.xlsx", sheet_name=None, engine="openpyxl")
    assert [len(sheet) for sheet in sheets.values()] == [296, 4]  # the two totals, the heading and the nameless row
    frame = pd.concat(sheets)
    assert sorted((row.query.sheet, row.query.row) for row in result.rows) == sorted(
        zip(frame["工作表 sheet"], frame["行号 row"], strict=True)
    )


def test_what_is_accepted_stands_where_it_truly_is(whole: Whole) -> None:
    result, known, _, _ = whole
    truth = {thing.name: thing for thing in known}
    accepted = [row for row in result.rows if row.decision == "accept" and row.query.name in truth]
    assert len(accepted) > 250
    for row in accepted:
        assert row.chosen is not None
        place, thing = row.chosen.candidate, truth[row.query.name]
        away = metres(*(np.array([v]) for v in (place.lon, place.lat, thing.lon, thing.lat)))
        assert away[0] < 1, row.query.name


def test_totals_headings_and_nameless_rows_are_rejected_and_never_asked(whole: Whole) -> None:
    result, _, _, provider = whole
    codes = Counter(row.reasons[0].code for row in result.rows if row.decision == "reject")
    assert codes["geocode.total-row"] == 2
    assert codes["geocode.heading-again"] == 1
    assert codes["geocode.no-name"] == 1
    assert len(provider.asked) == 296


def by_name(result: GeocodeResult, name: str) -> list[str]:
    return [row.decision for row in result.rows if row.query.name == name]


def test_the_confusing_rows(whole: Whole) -> None:
    result, known, _, _ = whole
    assert by_name(result, known[1].name) == ["review"] * 3
    for name in ("颠倒卫生院", "半对卫生院"):
        row = next(row for row in result.rows if row.query.name == name)
        assert row.decision == "reject"
        assert "geocode.own-unreadable" in [reason.code for reason in row.reasons]
    assert by_name(result, "赤龙镇卫生院") == ["reject"]


def test_merged_counties_and_full_width_digits_are_read(whole: Whole) -> None:
    result, known, _, _ = whole
    assert all(row.query.county for row in result.rows if row.query.name in {thing.name for thing in known})
    wide = [row for row in result.rows if row.query.name == known[4].name]
    assert [row.decision for row in wide] == ["accept"]


def test_texts_stay_texts_and_headings_are_frozen(whole: Whole) -> None:
    _, _, out, _ = whole
    for name in ("located.xlsx", "review.xlsx"):
        for sheet in openpyxl.load_workbook(out / name).worksheets:
            assert sheet.freeze_panes == "A2"
            cells = [cell for cells in sheet.iter_rows() for cell in cells]
            assert not [cell.value for cell in cells if cell.data_type == "f"]
            if sheet.title == "机构 facilities":
                assert "=HYPERLINK(1)医院" in [cell.value for cell in cells]


def test_the_located_list_reads_as_a_facility_list(whole: Whole) -> None:
    _, _, out, _ = whole
    findings = Findings(out / "located.xlsx")
    table = read_table(out / "located.xlsx", findings=findings)
    found = find_columns(table, {}, findings)
    assert {"id", "name", "kind", "county", "lon", "lat", "datum", "precision", "uncertainty_km"} <= set(found)
    assert [problem.code for problem in findings.problems] == ["table.sheet-first"]  # the rows that are no facility
    placed = table[table[found["lon"]] != ""]
    assert set(placed[found["datum"]]) == {"WGS-84"}
    assert set(table[table[found["lon"]] == ""][found["precision"]]) == {"unlocated"}
    assert FacilitiesFile(path="located.xlsx").datum == "wgs84"


def test_the_geopackage_holds_the_located_rows_only(whole: Whole) -> None:
    result, _, out, _ = whole
    layer = gpd.read_file(out / "located.gpkg", layer="facilities")
    assert len(layer) == result.counts["accept"]
    assert layer.crs.to_epsg() == 4326
    assert not layer.geometry.isna().any()
    assert set(layer["outcome"]) == {"已定位 / located"}


def test_the_same_run_gives_the_same_files(whole: Whole, study: Path, tmp_path: Path) -> None:
    _, known, out, _ = whole
    geocode(out.parent / "名单.xlsx", study=study, providers=[Knowing(known)], out=tmp_path, environment={})
    for name in ("located.xlsx", "review.xlsx"):
        one, other = (pd.read_excel(folder / name, sheet_name=None, engine="openpyxl") for folder in (out, tmp_path))
        assert one.keys() == other.keys()
        for title in one:
            pd.testing.assert_frame_equal(one[title], other[title])


class Failing(Knowing):
    """Ends the run at its tenth question, as Ctrl-C does."""

    def ask(self, query: Query) -> tuple[Candidate, ...]:
        if len(self.asked) == 10:
            raise KeyboardInterrupt
        return super().ask(query)


def test_an_interrupted_run_leaves_no_half_files(study: Path, tmp_path: Path) -> None:
    known = things(20)
    path = write_list(tmp_path / "list.xlsx", {"一": [row_of(thing, None) for thing in known]})
    with pytest.raises(KeyboardInterrupt):
        geocode(path, study=study, providers=[Failing(known)], out=tmp_path / "out", environment={})
    assert not list((tmp_path / "out").glob("*.xlsx")) + list((tmp_path / "out").glob("*.gpkg"))


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_an_unsaid_datum_is_proposed_and_not_applied(study: Path, tmp_path: Path, datum: Datum) -> None:
    known = things(30)
    path = write_list(tmp_path / "list.xlsx", {"一": [row_of(thing, datum, label=False) for thing in known]})
    silent = Knowing(known, {thing.name: () for thing in known[10:]})
    result = geocode(path, study=study, providers=[silent], out=tmp_path / "out", environment={})
    assert result.proposal is not None
    assert result.proposal.datum == datum
    # The ten that a source knows are accepted at its place; the others have only coordinates nobody vouches for.
    assert [row.decision for row in result.rows] == ["accept"] * 10 + ["review"] * 20
    assert {row.chosen.candidate.provider for row in result.rows[:10] if row.chosen} == {"knowing"}
    assert "geocode.datum-likely" in [problem.code for problem in result.problems]
    named = geocode(path, study=study, providers=[silent], out=tmp_path / "named", datum=datum, environment={})
    assert named.counts["accept"] == 30


def test_the_datum_confirmed_in_the_review_file_is_applied(study: Path, tmp_path: Path) -> None:
    known = things(30)
    path = write_list(tmp_path / "list.xlsx", {"一": [row_of(thing, "gcj02", label=False) for thing in known]})
    silent = Knowing(known, {thing.name: () for thing in known[10:]})
    geocode(path, study=study, providers=[silent], out=tmp_path, environment={})
    book = openpyxl.load_workbook(tmp_path / "review.xlsx")
    book["坐标系 datum"].cell(2, 6).value = "GCJ-02"
    book.save(tmp_path / "review.xlsx")
    assert geocode(path, study=study, providers=[silent], out=tmp_path, environment={}).counts["accept"] == 30
    # It stays confirmed: the next run does not ask again.
    assert geocode(path, study=study, providers=[silent], out=tmp_path, environment={}).counts["accept"] == 30


def test_a_wrong_label_is_doubted(study: Path, tmp_path: Path) -> None:
    """Coordinates copied from AMap and labelled WGS84, some 500 m off, while another source knows the place."""
    known = things(3)
    rows = [row_of(thing, "gcj02") for thing in known]
    for cells in rows:
        cells[7] = "WGS84"
    path = write_list(tmp_path / "list.xlsx", {"一": rows})
    result = geocode(path, study=study, providers=[Knowing(known)], out=tmp_path, environment={})
    for row in result.rows:
        own = next(t for t in row.candidates if t.candidate.provider == "list")
        assert own.decision == "review"
        assert "GCJ-02" in " ".join(reason.text("zh") for reason in own.reasons)


def test_without_a_study_two_sources_that_agree_are_believed(tmp_path: Path) -> None:
    known = things(4)
    path = write_list(tmp_path / "list.xlsx", {"一": [row_of(thing, None) for thing in known]})
    alone = geocode(path, providers=[Knowing(known)], out=tmp_path / "a", environment={})
    assert alone.counts == {"accept": 0, "review": 4, "reject": 0}
    second = Knowing(known, name="second", instead={t.name: (answer(t, "second"),) for t in known})
    both = geocode(path, providers=[Knowing(known), second], out=tmp_path / "b", environment={})
    assert both.counts == {"accept": 4, "review": 0, "reject": 0}


def test_a_list_of_the_study_is_no_witness_for_itself(study: Path, tmp_path: Path) -> None:
    result = geocode(study / "facilities.csv", study=study, out=tmp_path, environment={})
    assert result.setting is not None
    assert result.setting.known is None
    assert all(t.candidate.name == "" or t.candidate.provider == "list" for row in result.rows for t in row.candidates)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_csv_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text("机构名称,县区,经度,纬度\n西县人民医院,西县,110.05,22.55\n合计,,,\n", encoding=encoding)
    rows, _ = read_rows(path)
    assert [row.query.name for row in rows] == ["西县人民医院", "合计"]
    assert rows[0].own is not None
    assert (rows[0].own.lon, rows[0].own.datum) == (110.05, None)
    assert rows[1].refused is not None


def test_a_list_without_names_says_what_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("甲,乙\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        geocode(path, out=tmp_path / "out", environment={})
    assert [problem.code for problem in caught.value.problems] == ["geocode.no-names"]
    assert "机构名称" in caught.value.problems[0].line("zh")
    assert not (tmp_path / "out").exists()


def test_a_sheet_of_notes_is_passed_over_with_a_word(tmp_path: Path) -> None:
    path = write_list(tmp_path / "list.xlsx", {"名单": [row_of(things(1)[0], "wgs84")]})
    book = openpyxl.load_workbook(path)
    book.create_sheet("说明", 0).append(["本表由各县上报"])
    book.create_sheet("空白")
    book.save(path)
    rows, problems = read_rows(path)
    assert len(rows) == 1
    assert rows[0].query.sheet == "名单"
    assert {p.value for p in problems if p.code == "geocode.sheet-without-names"} == {"说明", "空白"}


def test_an_unknown_word_for_a_datum_is_said_and_counts_as_unknown(tmp_path: Path) -> None:
    cells = row_of(things(1)[0], "wgs84")
    cells[HEADINGS.index("坐标系")] = "西安80"
    rows, problems = read_rows(write_list(tmp_path / "list.xlsx", {"一": [cells]}))
    assert rows[0].own is not None
    assert rows[0].own.datum is None
    assert [(p.code, p.row, p.value) for p in problems if "datum" in p.code] == [("geocode.datum-word", 3, "西安80")]


@pytest.mark.parametrize("said", [True, False], ids=["stated", "not stated"])
def test_a_study_says_how_its_own_list_is_to_be_read(tmp_path: Path, said: bool) -> None:
    """Its sheet, a column under a name of its own, the kind of all rows, and the datum, where it states one."""
    study, known = write_good_study(tmp_path / "study"), things(4)
    rows = [row_of(thing, "gcj02", label=False) for thing in known]
    path = write_list(study / "list.xlsx", {"别的": [row_of(things(5)[4], None)], "名单": rows})
    book = openpyxl.load_workbook(path)
    book["名单"]["B2"] = "甲"
    book["名单"]["C2"] = "乙"
    book.save(path)
    more = 'sheet = "名单"\ncolumns = { name = "甲" }\ndefaults = { kind = "急救站" }\n'
    toml = study / "study.toml"
    text = toml.read_text("utf-8").replace('path = "facilities.csv"\n', f'path = "list.xlsx"\n{more}')
    toml.write_text(text.replace(more, more + 'datum = "gcj02"\n') if said else text, encoding="utf-8")
    result = geocode(study, providers=[Knowing(known)], out=tmp_path / "out", environment={})
    assert [row.query.name for row in result.rows] == [thing.name for thing in known]
    assert {row.query.kind for row in result.rows} == {"ems.station"}
    own = [{t.candidate.datum for t in row.candidates if t.candidate.provider == "list"} for row in result.rows]
    assert own == [{"gcj02"} if said else {"gcj02", "wgs84", "bd09"}] * 4
    by_path = geocode(path, study=study, providers=[Knowing(known)], out=tmp_path / "other", environment={})
    assert by_path.rows == result.rows


def test_a_study_with_several_lists_is_asked_which(tmp_path: Path) -> None:
    study = write_good_study(tmp_path / "study")
    toml = study / "study.toml"
    toml.write_text(toml.read_text("utf-8") + '\n[[facilities]]\npath = "more.csv"\n', encoding="utf-8")
    with pytest.raises(InputError) as error:
        geocode(toml, out=tmp_path / "out", environment={})
    assert error.value.problems[0].code == "geocode.several-lists"
    assert "more.csv" in str(error.value)
