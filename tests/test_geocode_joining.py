"""A located list in a study: which places it gives, which facts it fills, and what is told of the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from geocode_server import SECRET
from good_study import write_good_study

from carereach.errors import StudyError
from carereach.layers.geocode.ask import accounts, named_in_sources
from carereach.layers.geocode.located_list import ADDED, located_points, provider_of
from carereach.layers.geocode.review import heading
from carereach.layers.headings import HEADINGS, OURS
from carereach.layers.study import Study, open_study

AMAP = "名单; carereach geocode: amap"
LOCATED, OPEN = "已定位 / located", "待审核 / for review"


def located(path: Path, *rows: dict[str, Any]) -> Path:
    """A located list as a run writes it; rows are in WGS 84, exact to 0.1 km and from Amap where they do not say."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([*(f"{HEADINGS[c][0]} ({c})" for c in OURS), *map(heading, ADDED)])
    usual = {"precision": "exact", "uncertainty_km": 0.1, "source": AMAP, "datum": "WGS-84", "outcome": LOCATED}
    usual |= {"decided_by": "carereach", "answers_until": "2026-03-01"}
    for row in rows:
        cells = usual | row
        if "lon" not in row:
            cells |= {"precision": "unlocated", "uncertainty_km": "", "outcome": row.get("outcome", OPEN)}
        sheet.append([cells.get(column, "") for column in (*OURS, *ADDED)])
    book.save(path)
    return path


def joined(folder: Path, *rows: dict[str, Any], old: tuple[str, str] = ("", "")) -> Study:
    """The good study, a text of its facility list replaced, with a located list."""
    study = write_good_study(folder / "study")
    path = study / "facilities.csv"
    assert old[0] in path.read_text("utf-8")
    path.write_text(path.read_text("utf-8").replace(*old), encoding="utf-8")
    return open_study(study, located=located(folder / "located.xlsx", *rows))


def place(study: Study, facility: str) -> tuple[float, float] | None:
    points = study.facilities.frame.set_index("id").geometry.to_crs(4326)
    point = points[facility]
    return None if point is None else (round(point.x, 4), round(point.y, 4))


def told(study: Study, part: str = "geocode.joined") -> dict[str, object]:
    return {problem.code: problem.value for problem in study.problems if problem.code.startswith(part)}


STATION = {"name": "西县急救站", "kind": "急救站", "county": "西县"}


def test_a_place_known_as_well_is_kept_and_one_far_from_it_is_told(tmp_path: Path) -> None:
    """A hundredth of a degree of longitude is 1.03 km here: more than 0.1 + 0.1 km. 0.001 is 0.10 km: within it."""
    near = joined(tmp_path / "near", {**STATION, "lon": 110.0261, "lat": 22.5251})
    far = joined(tmp_path / "far", {**STATION, "lon": 110.0351, "lat": 22.5251})
    assert place(near, "s1") == place(far, "s1") == (110.0251, 22.5251)
    assert told(near) == {}
    assert told(far) == {"geocode.joined-apart": "西县急救站"}
    assert far.facilities.grade == far.listed.grade  # type: ignore[union-attr]


@pytest.mark.parametrize("rough", ["3,", "0.5,"])
def test_a_place_known_better_replaces_a_rougher_one(tmp_path: Path, rough: str) -> None:
    """1.03 km away: within the 3 km that the study's place may be off, not within its 0.5 km."""
    old = ("110.0251,22.5251,WGS84,open,0.1,", f"110.0251,22.5251,WGS84,open,{rough}")
    study = joined(tmp_path, {**STATION, "lon": 110.0351, "lat": 22.5251}, old=old)
    assert place(study, "s1") == (110.0351, 22.5251)
    one = study.facilities.frame.set_index("id").loc["s1"]
    assert (one["uncertainty_km"], one["precision"], one["source"]) == (0.1, "exact", AMAP)
    assert set(told(study)) == ({"geocode.joined-moved"} if rough == "0.5," else set())


def test_what_a_person_decided_replaces_a_place_known_as_well(tmp_path: Path) -> None:
    row = {**STATION, "lon": 110.0351, "lat": 22.5251, "decided_by": "person"}
    study = joined(tmp_path / "fine", row)
    assert place(study, "s1") == (110.0351, 22.5251)
    assert told(study) == {"geocode.joined-moved": "西县急救站"}
    rough = joined(tmp_path / "rough", {**row, "precision": "township", "uncertainty_km": 5})
    assert place(rough, "s1") == (110.0251, 22.5251)


def test_rows_for_review_bring_no_place_and_what_is_not_placed_stays_without(tmp_path: Path) -> None:
    gone = ("110.0251,22.5251,WGS84", ",,")
    study = joined(tmp_path, STATION, {"name": "山前急救站", "kind": "急救站", "county": "东县"}, old=gone)
    assert place(study, "s1") is None
    assert place(study, "山前急救站@东县") is None
    assert study.facilities.grade == study.listed.grade  # type: ignore[union-attr]
    params = study.said[0].params
    assert (params["placed"], params["new"], params["review"], params["unplaced"]) == (0, 1, 2, 2)


def test_the_studys_facts_stay_blanks_are_filled_and_differences_told(tmp_path: Path) -> None:
    row = {
        "name": "本市西县人民医院",
        "kind": "综合医院",
        "county": "西县",
        "level": "三级",
        "beds": 350,
        "ambulances": 2,
    }
    study = joined(tmp_path, {**row, "lon": 110.0301, "lat": 22.5301})
    one = study.facilities.frame.set_index("id").loc["h1"]
    assert (one["beds"], one["ambulances"], one["level"]) == (300, 2, "tertiary")
    assert one["name"] == "西县人民医院"
    differing = [problem for problem in study.problems if problem.code == "geocode.joined-differs"]
    assert [(problem.column, problem.params["ours"], problem.params["theirs"]) for problem in differing] == [
        ("beds", "300", "350")
    ]
    assert len(study.facilities.frame) == 7


def test_new_facilities_are_added_and_the_claim_to_be_complete_stays(tmp_path: Path) -> None:
    new = {"name": "石桥急救站", "kind": "急救站", "county": "东县", "status": "在用", "lon": 110.17, "lat": 22.52}
    study = joined(tmp_path, new, {"id": "x9", "name": "未知馆", "kind": "", "lon": 110.18, "lat": 22.53})
    frame = study.facilities.frame.set_index("id")
    assert len(frame) == 8
    assert (frame.loc["石桥急救站@东县", "status"], place(study, "石桥急救站@东县")) == ("open", (110.17, 22.52))
    assert told(study) == {"geocode.joined-kindless": "未知馆"}
    assert study.complete_kinds == {"ems.station"}
    assert study.facilities.source.count("amap 1") == 2  # in both languages


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"name": "山口卫生院", "kind": "乡镇卫生院", "county": "西县"}, True),
        ({"name": "山口镇卫生院", "kind": "", "county": ""}, True),
        ({"name": "山口镇中心卫生院", "kind": "乡镇卫生院", "county": "西县"}, False),
        ({"name": "山口镇卫生院", "kind": "乡镇卫生院", "county": "东县"}, False),
        ({"name": "山口镇卫生院", "kind": "急救站", "county": "西县"}, False),
        ({"id": "t1", "name": "山口镇卫生院（新院）", "kind": "乡镇卫生院", "county": "西县"}, None),
        ({"id": "t2", "name": "山口镇卫生院", "kind": "乡镇卫生院", "county": "西县"}, True),
    ],
    ids=["spelling", "blanks", "other kind of name", "other county", "other kind", "id of a branch", "id of another"],
)
def test_which_row_is_which_facility(tmp_path: Path, row: dict[str, Any], found: bool | None) -> None:
    """A row that is the study's gives it its place, any other is a new one; None: whichever it is, no one is lost."""
    old = ("110.0701,22.5701,WGS84,open,0.1,60", ",,,open,,60")
    study = joined(tmp_path, {**row, "lon": 110.0722, "lat": 22.5722}, old=old)
    if found is not None:
        assert (place(study, "t1") is not None) == found
        assert len(study.facilities.frame) == (7 if found else 8)
    placed = study.facilities.frame.geometry.notna().sum()
    assert placed == 7


def test_a_row_that_may_be_another_is_neither_added_nor_used(tmp_path: Path) -> None:
    """The second row is the same facility again, the third differs from 固定献血点 in one sign."""
    again = {**STATION, "lon": 110.0261, "lat": 22.5251}
    close = {"name": "固定献血站点", "kind": "固定献血点", "county": "西县", "lon": 110.0402, "lat": 22.5201}
    study = joined(tmp_path, again, again, close)
    assert len(study.facilities.frame) == 7
    assert [p.value for p in study.problems if p.code == "geocode.joined-unsure"] == ["西县急救站", "固定献血站点"]


def test_a_list_that_is_no_located_list_is_an_error_that_says_so(tmp_path: Path) -> None:
    study = write_good_study(tmp_path)
    with pytest.raises(StudyError) as error:
        open_study(study, located=study / "facilities.csv")
    assert [problem.code for problem in error.value.problems if problem.level == "error"] == ["geocode.not-located"]
    assert located_points(located(tmp_path / "located.xlsx", STATION))[0].own is None


def test_the_provider_of_a_source() -> None:
    assert provider_of(AMAP) == "amap"
    assert provider_of(f"{AMAP} (127.0.0.1)") == "amap (127.0.0.1)"
    assert provider_of("名单") == ""


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("", "amap"),
        ("https://proxy.example", "amap (proxy.example)"),
        ("http://127.0.0.1:8000", "amap (127.0.0.1)"),
    ],
)
def test_a_source_names_the_address_where_it_is_not_the_services_own(url: str, named: str) -> None:
    """So places of a server with made-up answers cannot be taken for the service's."""
    variables = {"CARE_AMAP_KEY": SECRET, "CARE_AMAP_URL": url}
    assert named_in_sources(accounts(["amap"], variables, folder=Path())) == {"amap": named}
