"""The review file: read back it settles rows, and what a person decided is never overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from geocode_world import Knowing, Thing, answer, row_of, things, write_list
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carereach.errors import InputError
from carereach.layers.geocode.decisions import Decided, Reviewed, applied, keys_of, read_review
from carereach.layers.geocode.model import Placed, Query
from carereach.layers.geocode.review import write_review
from carereach.layers.geocode.run import GeocodeResult, geocode
from carereach.layers.geocode.unknown_datum import from_wgs84
from carereach.layers.geocode.workbook import SheetOf, write_workbook

DECISION, LON, LAT, DATUM, NOTE = "decision", "lon", "lat", "datum", "note"


@pytest.fixture
def known() -> list[Thing]:
    return things(4)


@pytest.fixture
def list_file(tmp_path: Path, known: list[Thing]) -> Path:
    return write_list(tmp_path / "list.xlsx", {"一": [row_of(thing, None) for thing in known]})


def run(path: Path, known: Sequence[Thing], *, shift: float = 0.0, review: Path | None = None) -> GeocodeResult:
    """Without a study one source alone is never enough: every row is for review. ``shift``: how far off it answers."""
    offered = {thing.name: (answer(thing, lat=thing.lat + shift),) for thing in known}
    return geocode(path, providers=[Knowing([], offered)], out=path.parent / "out", review=review, environment={})


def write(path: Path, row: int, **cells: object) -> None:
    """Fills cells of the review sheet, as a person does; ``row`` counts the rows of the sheet from 1."""
    book = openpyxl.load_workbook(path)
    sheet = book["待审 review"]
    headings = [str(cell.value).split(" ")[-1] for cell in sheet[1]]
    for column, value in cells.items():
        sheet.cell(row + 1, headings.index(column) + 1).value = value  # type: ignore[union-attr]
    book.save(path)


def review_of(path: Path) -> Path:
    return path.parent / "out" / "review.xlsx"


def place(result: GeocodeResult, name: str) -> tuple[float, float] | None:
    row = next(row for row in result.rows if row.query.name == name)
    assert row.decided_by == "person"
    return (row.chosen.candidate.lon, row.chosen.candidate.lat) if row.chosen else None


def test_a_candidate_a_place_a_place_in_gcj02_and_nowhere(list_file: Path, known: list[Thing]) -> None:
    first = run(list_file, known)
    assert first.counts["review"] == 4
    x, y = from_wgs84(*(pd.Series([v]).to_numpy() for v in (known[2].lon, known[2].lat)), "gcj02")
    write(review_of(list_file), 1, decision=1, note="到过现场")
    write(review_of(list_file), 2, lon=110.0123, lat="22°30'36\"N")
    write(review_of(list_file), 3, decision="坐标", lon=f"{x[0]:.8f}", lat=f"{y[0]:.8f}", datum="高德")
    write(review_of(list_file), 4, decision="无")
    # The source has changed its mind by 0.02 degrees (2 km): what was decided stays.
    second = run(list_file, known, shift=0.02)
    assert second.counts == {"accept": 3, "review": 0, "reject": 1}
    assert place(second, known[0].name) == pytest.approx((known[0].lon, known[0].lat), abs=1e-6)
    assert place(second, known[1].name) == pytest.approx((110.0123, 22.51))
    assert place(second, known[2].name) == pytest.approx((known[2].lon, known[2].lat), abs=1e-6)
    assert place(second, known[3].name) is None
    located = pd.read_excel(list_file.parent / "out" / "located.xlsx", engine="openpyxl")
    assert located["决定者 decided_by"].tolist() == ["person"] * 4
    # And again, from the file that the second run wrote.
    third = run(list_file, known, shift=-0.02)
    assert [place(third, thing.name) for thing in known] == [place(second, thing.name) for thing in known]
    kept = pd.read_excel(review_of(list_file), sheet_name="已定 decided", engine="openpyxl")
    assert kept.iloc[0]["备注 note"] == "到过现场"


def test_rows_that_move_keep_their_decision_and_rows_that_go_leave_theirs_behind(
    list_file: Path, known: list[Thing]
) -> None:
    run(list_file, known)
    write(review_of(list_file), 1, decision="1")
    write(review_of(list_file), 2, decision="1")
    moved = [known[3], known[2], known[0]]
    write_list(list_file, {"一": [row_of(thing, None) for thing in moved]})
    result = run(list_file, known, shift=0.02)
    assert place(result, known[0].name) == pytest.approx((known[0].lon, known[0].lat), abs=1e-6)
    assert result.counts == {"accept": 1, "review": 2, "reject": 0}
    write_list(list_file, {"一": [row_of(thing, None) for thing in known]})
    back = run(list_file, known, shift=0.02)
    assert place(back, known[1].name) == pytest.approx((known[1].lon, known[1].lat), abs=1e-6)


def test_a_mended_address_keeps_the_decision(list_file: Path, known: list[Thing]) -> None:
    run(list_file, known)
    write(review_of(list_file), 1, decision="1")
    rows = [row_of(thing, None) for thing in known]
    rows[0][4] = "另一条路2号"
    write_list(list_file, {"一": rows})
    assert place(run(list_file, known), known[0].name) is not None


def test_a_note_without_a_decision_stays(list_file: Path, known: list[Thing]) -> None:
    run(list_file, known)
    write(review_of(list_file), 2, note="问过县局，待复")
    run(list_file, known)
    review = pd.read_excel(review_of(list_file), sheet_name="待审 review", engine="openpyxl")
    assert review["备注 note"].tolist()[1] == "问过县局，待复"


def test_every_decision_that_is_not_understood_is_named_and_nothing_is_written(
    list_file: Path, known: list[Thing]
) -> None:
    run(list_file, known)
    write(review_of(list_file), 1, decision="也许")
    write(review_of(list_file), 2, decision="7")
    write(review_of(list_file), 3, lon=110.0)
    write(review_of(list_file), 4, lon=110.0, lat=22.5, datum="西安80")
    before = review_of(list_file).read_bytes()
    with pytest.raises(InputError) as caught:
        run(list_file, known)
    problems = [(p.code, p.row) for p in caught.value.problems]
    assert problems == [
        ("geocode.decision", 2),
        ("geocode.decision", 3),
        ("facilities.half-pair", 4),
        ("geocode.datum-unknown", 5),
    ]
    assert review_of(list_file).read_bytes() == before


def test_a_review_file_that_lost_a_column_is_said(list_file: Path, known: list[Thing]) -> None:
    run(list_file, known)
    book = openpyxl.load_workbook(review_of(list_file))
    book["待审 review"].delete_cols(1)
    book.save(review_of(list_file))
    with pytest.raises(InputError) as caught:
        run(list_file, known)
    assert [(p.code, p.column) for p in caught.value.problems] == [("geocode.review-column", "key")]


def test_a_review_file_from_elsewhere_is_added_and_contradictions_are_said(
    list_file: Path, known: list[Thing], tmp_path: Path
) -> None:
    run(list_file, known)
    elsewhere = tmp_path / "reviewed.xlsx"
    elsewhere.write_bytes(review_of(list_file).read_bytes())
    write(elsewhere, 1, decision="1")
    assert run(list_file, known, review=elsewhere).counts["accept"] == 1
    assert run(list_file, known).counts["accept"] == 1
    write(elsewhere, 1, decision="无")
    with pytest.raises(InputError) as caught:
        run(list_file, known, review=elsewhere)
    assert [p.code for p in caught.value.problems] == ["geocode.decided-twice"]


def test_the_review_says_candidates_distances_and_reasons(list_file: Path, known: list[Thing]) -> None:
    run(list_file, known)
    thing = known[0]
    offered = {thing.name: (answer(thing), answer(thing, lat=thing.lat + 0.05))}
    geocode(list_file, providers=[Knowing([], offered)], out=list_file.parent / "out", environment={})
    review = pd.read_excel(review_of(list_file), sheet_name="待审 review", engine="openpyxl")
    row = review[review["名称 name"] == thing.name].iloc[0]
    # 0.05 degrees of latitude are 0.05 * 111.195 km
    assert row["候选最远相距（公里） apart_km"] == pytest.approx(5.560, abs=1e-3)
    assert row["候选数 answers"] == 2
    assert "没有边界" in row["原因 why_zh"]
    candidates = pd.read_excel(review_of(list_file), sheet_name="候选 candidates", engine="openpyxl")
    mine = candidates[candidates["名称 name"] == thing.name]
    assert mine["候选编号 number"].tolist() == [1, 2]
    assert mine["距候选1（公里） first_km"].tolist() == pytest.approx([0, 5.560], abs=1e-3)


names = st.sampled_from(["甲镇卫生院", "乙镇卫生院", "=1+1", "丙医院\u0007", "丁 医院"])
queries = st.lists(
    st.builds(Query, st.integers(2, 99), names, county=st.sampled_from(["西县", "东县", ""])), max_size=8
)
degrees = st.floats(73, 135).map(lambda v: round(v, 6))
choices = st.none() | st.tuples(degrees, st.floats(18, 53).map(lambda v: round(v, 6)))


@given(queries, st.data())
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_decisions_survive_any_number_of_rewrites(tmp_path: Path, rows: list[Query], data: st.DataObject) -> None:
    placed = [Placed(query, None, (), "reject", ()) for query in rows]
    keys = keys_of(rows)
    assert len(set(keys)) == len(keys)
    chosen = {key: data.draw(choices) for key in keys if data.draw(st.booleans())}
    decided = {
        key: Decided(key, {"name": "甲", "county": "", "township": "", "address": ""}, *(at or (None, None)))
        for key, at in chosen.items()
    }
    path = tmp_path / "review.xlsx"
    reviewed = Reviewed(decided)
    for _ in range(3):
        settled, all_decided = applied(placed, keys, reviewed)
        assert {key for key, row in zip(keys, settled, strict=True) if row.decided_by == "person"} == set(chosen)
        write_review(path, settled, keys, Reviewed(all_decided))
        reviewed = read_review(path)
        places = {key: (one.lon, one.lat) for key, one in reviewed.decided.items()}
        assert places == {key: at or (None, None) for key, at in chosen.items()}


def test_a_workbook_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    write_workbook(path, [SheetOf("a", ("x",), [["=1+1"], ["-5"], [-5], [float("nan")], ["\u0007\ud800"]])])
    cells = [cell for (cell,) in openpyxl.load_workbook(path)["a"].iter_rows(min_row=2)]
    assert [(c.value, c.data_type) for c in cells[:3]] == [("=1+1", "s"), ("-5", "s"), (-5, "n")]
    before = path.read_bytes()
    with pytest.raises(ValueError, match="onvert"):
        write_workbook(path, [SheetOf("a", ("x",), [[object()]])])  # type: ignore[list-item]
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
