"""Facility lists: words, places, datums, and every doubt said with its row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from carereach.errors import Findings, InputError, Problem
from carereach.layers import datum, facility_checks, vocabulary
from carereach.layers.facilities import COLUMNS, read_facilities
from carereach.layers.headings import HEADINGS
from carereach.layers.model import Layer
from carereach.layers.settings import FacilitiesFile
from carereach.texts import LANGS, MissingText

UTM49 = CRS.from_epsg(32649)
# Two counties of 0.2 x 0.2 degrees side by side; the border is the meridian 110.2.
COUNTIES = gpd.GeoDataFrame(
    {"county": ["玉州区", "北流市"], "code": ["450902", "450981"], "city": ["玉林市", "玉林市"]},
    geometry=[shapely.box(110.0, 22.5, 110.2, 22.7), shapely.box(110.2, 22.5, 110.4, 22.7)],
    crs=4326,
).to_crs(UTM49)
TOWNSHIPS = gpd.GeoDataFrame(
    {"township": ["南江街道", "民安镇"], "county": ["玉州区", "北流市"], "kind": ["street", "town"]},
    geometry=[shapely.box(110.0, 22.5, 110.1, 22.7), None],
    crs=4326,
).to_crs(UTM49)
HEADING = "名称,类别,县区,经度,纬度\n"


def read(folder: Path, content: str, townships: gpd.GeoDataFrame | None = None, **config: object) -> Layer:
    (folder / "list.csv").write_text(content, encoding="utf-8")
    return read_facilities((FacilitiesFile(path="list.csv", **config),), folder, UTM49, COUNTIES, townships)  # type: ignore[arg-type]


def refused(folder: Path, content: str, **config: object) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        read(folder, content, **config)
    return caught.value.problems


def found(problems: Sequence[Problem]) -> list[tuple[str, int | None]]:
    """(code, row) of each problem but the note on assumed uncertainty, which most lists get."""
    assert all(p.line(lang) for p in problems for lang in LANGS)
    return [(p.code.removeprefix("facilities."), p.row) for p in problems if p.code != "facilities.uncertainty"]


def test_a_chinese_list_in_full(tmp_path: Path) -> None:
    layer = read(
        tmp_path,
        "机构编号,机构名称,类型,医院等级,举办主体,角色,地址,县（市、区）,乡镇/街道,经度（°）,纬度（°）,坐标系,"
        "床位数（张）,编制床位,救护车（辆）,状态,精度,误差,来源,上级机构\n"
        "450902001,玉州医院,综合医院,二级甲等,区级,急救网络；传染病定点,某路1号,玉州区,南江街道,110.05,22.6,WGS-84,"
        "３００,280张,2辆,在建,驻地,2.5,2023年统计,玉州医共体\n",
        townships=TOWNSHIPS,
        grade="surveyed",
    )
    assert found(layer.problems) == []
    row = layer.frame.iloc[0]
    assert row[list(COLUMNS)].to_dict() == {
        "id": "450902001",
        "name": "玉州医院",
        "kind": "hospital.general",
        "level": "secondary",
        "level_class": "A",
        "run_by": "county",
        "roles": "ems.network;infectious",
        "county": "玉州区",
        "township": "南江街道",
        "beds": 300.0,
        "beds_authorised": 280.0,
        "ambulances": 2.0,
        "status": "under construction",
        "precision": "seat",
        "uncertainty_km": 2.5,
        "source": "2023年统计",
        "parent": "玉州医共体",
    }
    assert layer.frame.crs == UTM49 and layer.grade == "surveyed"
    expected = gpd.GeoSeries.from_xy([110.05], [22.6], crs=4326).to_crs(UTM49)[0]
    assert row.geometry.distance(expected) < 1e-6
    assert layer.frame.columns.tolist() == [*COLUMNS, "geometry"]


def test_an_english_list_with_named_columns_defaults_and_minimum(tmp_path: Path) -> None:
    layer = read(
        tmp_path,
        "cell,x_deg,y_deg,healthcare\nc1,110.1234,22.61,0\nc2,110.1235,22.62,2\nc3,110.13,22.63,\n",
        columns={"name": "cell", "lon": "x_deg", "lat": "y_deg"},
        defaults={"kind": "hospital.general", "status": "open"},
        minimum={"healthcare": 1},
        source="cells",
    )
    assert layer.frame["name"].tolist() == ["c2"]
    assert layer.frame.loc[0, ["kind", "status", "county", "id", "source"]].tolist() == [
        "hospital.general",
        "open",
        "玉州区",
        "c2@玉州区",
        "cells",
    ]


def test_all_missing_columns_are_named_at_once(tmp_path: Path) -> None:
    problems = refused(tmp_path, "经度,纬度\n110.1,22.6\n")
    assert found(problems) == [("column-missing", None), ("column-missing", None)]
    assert [p.column for p in problems] == ["name", "kind"]
    problems = refused(tmp_path, HEADING + "a,cdc,,,\n", columns={"naem": "x", "lon": "东经"}, defaults={"typ": "cdc"})
    assert found(problems) == [("column-unknown", None), ("heading-missing", None), ("column-unknown", None)]
    assert problems[0].params["nearest"] == "name"
    assert found(refused(tmp_path, HEADING + "a,cdc,,,\n", minimum={"beds": 10})) == [("none-left", None)]
    assert found(refused(tmp_path, HEADING + "a,cdc,,,\n", minimum={"zzz": 10})) == [("heading-missing", None)]


def test_two_headings_of_one_meaning(tmp_path: Path) -> None:
    layer = read(tmp_path, "名称,机构名称,类别,县区\n甲,乙,疾控中心,玉州区\n")
    assert layer.frame["name"].tolist() == ["甲"]
    assert found(layer.problems)[0] == ("heading-twice", None)


def test_rows_without_coordinates_are_never_placed(tmp_path: Path) -> None:
    layer = read(tmp_path, HEADING + "甲,急救站,玉州区,,\n乙,急救站,,,\n丙,急救站,北流市,0,0\n丁,急救站,,110.3,22.6\n")
    assert layer.frame.geometry.isna().tolist() == [True, True, True, False]
    assert layer.frame["precision"].tolist() == ["unlocated", "unlocated", "unlocated", "street"]
    assert layer.frame["uncertainty_km"].isna().tolist() == [True, True, True, False]
    assert layer.frame["county"].tolist() == ["玉州区", "", "北流市", "北流市"]
    assert layer.frame["id"].tolist() == ["甲@玉州区", "乙", "丙@北流市", "丁@北流市"]
    assert found(layer.problems) == [("zero", 4), ("nowhere", 3)]


def test_a_list_without_coordinates_says_so(tmp_path: Path) -> None:
    layer = read(tmp_path, "名称,类别,县区\n甲,急救站,玉州区\n")
    assert found(layer.problems) == [("no-coordinates", None)]


@pytest.mark.parametrize(
    ("lon", "lat", "precision", "uncertainty_km"),
    [
        ("110.1234", "22.61", "exact", 0.1),  # 1e-4 degrees are 11 m
        ("110.123", "22.612", "street", 0.5),
        ("110°07'24\"", "22°36'", "exact", 0.1),  # 1" is 31 m
        ("110°07'", "22°36'", "street", 0.5),
    ],
)
def test_precision_from_the_coordinates(
    tmp_path: Path, lon: str, lat: str, precision: str, uncertainty_km: float
) -> None:
    quoted = [text.replace('"', '""') for text in (lon, lat)]
    layer = read(tmp_path, HEADING + f'甲,急救站,玉州区,"{quoted[0]}","{quoted[1]}"\n')
    assert layer.frame.loc[0, ["precision", "uncertainty_km"]].tolist() == [precision, uncertainty_km]
    assert [p.code for p in layer.problems] == ["facilities.uncertainty"]


def test_stated_precision(tmp_path: Path) -> None:
    layer = read(
        tmp_path,
        "name,kind,county,lon,lat,precision,uncertainty_km\n"
        "a,cdc,玉州区,110.1234,22.6123,township,\n"
        "b,cdc,玉州区,110.1534,22.6423,unlocated,\n"
        "c,cdc,玉州区,,,seat,3\n"
        "d,cdc,玉州区,110.1834,22.6723,roughly,0.2\n",
    )
    assert layer.frame["precision"].tolist() == ["township", "unlocated", "unlocated", "exact"]
    np.testing.assert_array_equal(layer.frame["uncertainty_km"], [5.0, np.nan, np.nan, 0.2])
    assert found(layer.problems) == [("precision", 5), ("precision-without-place", 4), ("place-unlocated", 3)]


def test_datums_of_list_and_row(tmp_path: Path) -> None:
    # One place, (110.15, 22.63) in WGS 84, written in each system; the list's own is GCJ-02.
    at = (110.15, 22.63)
    gcj, bd = datum.wgs84_to_gcj02(*at), datum.wgs84_to_bd09(*at)
    words = [
        ("", gcj),
        ("火星坐标系", gcj),
        ("高德", gcj),
        ("百度", bd),
        ("bd-09", bd),
        ("WGS84", at),
        ("CGCS2000", at),
    ]
    rows = [f"站{'甲乙丙丁戊己庚'[i]},cdc,玉州区,{xy[0]!r},{xy[1]!r},{w}\n" for i, (w, xy) in enumerate(words)]
    layer = read(tmp_path, HEADING.replace("纬度", "纬度,坐标系") + "".join(rows), datum="gcj02")
    lonlat = layer.frame.to_crs(4326)
    np.testing.assert_allclose(lonlat.geometry.x, at[0], rtol=0, atol=2e-9)
    np.testing.assert_allclose(lonlat.geometry.y, at[1], rtol=0, atol=2e-9)
    assert ("cgcs2000", None) in found(layer.problems)
    problems = refused(tmp_path, HEADING.replace("纬度", "纬度,坐标系") + "甲,cdc,玉州区,110.1,22.6,GCJ-03\n")
    assert [(p.code, p.row, p.column) for p in problems if p.level == "error"] == [("facilities.datum", 2, "坐标系")]


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        ("22.63", "110.15", "facilities.swapped"),  # impossible as it stands
        ("200", "22.6", "facilities.out-of-range"),
        ("36512345", "2505123", "facilities.out-of-range"),
        ("110.15", "", "facilities.half-pair"),
        ('"110,15"', '"22,6"', "table.decimal-comma"),
        ("nan", "22.6", "table.not-a-number"),
        ("inf", "22.6", "table.not-a-number"),
    ],
)
def test_wrong_coordinates_are_errors(tmp_path: Path, lon: str, lat: str, code: str) -> None:
    problems = refused(tmp_path, HEADING + f"甲,急救站,玉州区,{lon},{lat}\n")
    errors = [p for p in problems if p.level == "error"]
    assert {(p.code, p.row) for p in errors} == {(code, 2)}


def test_swapped_coordinates_that_are_possible_degrees(tmp_path: Path) -> None:
    # Porto Alegre: both -51.2, -30.0 and -30.0, -51.2 are places on earth; only one is in the study.
    west = gpd.GeoDataFrame(
        {"county": ["p"], "code": [""], "city": [""]}, geometry=[shapely.box(-51.4, -30.3, -51.0, -29.9)], crs=4326
    ).to_crs(32722)
    (tmp_path / "list.csv").write_text(HEADING + "a,cdc,p,-51.2,-30.1\nb,cdc,p,-30.1,-51.2\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_facilities((FacilitiesFile(path="list.csv"),), tmp_path, CRS.from_epsg(32722), west)
    assert [(p.code, p.row) for p in caught.value.problems if p.level == "error"] == [("facilities.swapped", 3)]


def test_a_place_beyond_the_projection_is_an_error(tmp_path: Path) -> None:
    # The antipode of the study's meridian: transverse Mercator has no coordinates there.
    problems = refused(tmp_path, HEADING + "甲,急救站,玉州区,21.0,0.0\n")
    assert [p.code for p in problems if p.level == "error"] == ["facilities.off-map"]


def test_counties_and_places_are_compared(tmp_path: Path) -> None:
    # 0.1 degrees of longitude at 22.6 north: 0.1 x 111.32 km x cos(22.6) = 10.28 km.
    layer = read(
        tmp_path,
        HEADING + "甲,急救站,玉州区,110.3,22.6\n"  # 10.3 km into the neighbour
        "乙,急救站,北流,110.1995,22.65\n"  # short name; 51 m over the border: the outline is not that exact
        "丙,急救站,450902,110.05,22.55\n"  # by code
        "丁,急救站,北留市,110.35,22.55\n"  # misspelt: taken from the place
        "戊,急救站,,110.5,22.6\n"  # outside all, no county
        "己,急救站,北流市,110.5,22.7\n"  # outside all, 10.3 km from the stated one
        "庚,急救站,容县,,\n",  # not in the study, no place
    )
    assert layer.frame["county"].tolist() == ["玉州区", "北流市", "玉州区", "北流市", "", "北流市", ""]
    assert found(layer.problems) == [
        ("county", 5),
        ("county", 8),
        ("outside-all", 6),
        ("outside-county", 2),
        ("outside-county", 7),
        ("nowhere", 8),
    ]
    by_row = {p.row: p for p in layer.problems}
    assert by_row[5].params["nearest"] == "北流市"
    assert float(str(by_row[2].params["km"])) == pytest.approx(10.28, abs=0.06)
    assert by_row[2].params["standing"] == "北流市" and by_row[7].params["standing"] == "—"


def test_townships(tmp_path: Path) -> None:
    layer = read(
        tmp_path,
        "名称,类别,县区,乡镇,经度,纬度\n甲,急救站,玉州区,,110.05,22.6\n乙,急救站,北流市,民安乡,110.3,22.6\n丙,急救站,玉州区,南江街道,,\n",
        townships=TOWNSHIPS,
    )
    assert layer.frame["township"].tolist() == ["南江街道", "民安乡", "南江街道"]
    assert found(layer.problems) == [("township", 3)]
    assert [p.params["nearest"] for p in layer.problems if p.code == "facilities.township"] == ["民安镇"]


def test_unknown_words(tmp_path: Path) -> None:
    content = "名称,类别,级别,状态,床位,救护车\n甲,综合病院,八级,开着,-5,x\n,急救站,三甲,开业,,\n乙,,未定级,拟建,,\n"
    problems = refused(tmp_path, content)
    assert [(p.code.removeprefix("facilities."), p.row, p.level, p.column) for p in problems] == [
        ("no-name", 3, "error", "名称"),
        ("no-kind", 4, "error", "类别"),
        ("kind", 2, "error", "类别"),
        ("level", 2, "warning", "级别"),
        ("status", 2, "warning", "状态"),
        ("negative", 2, "error", "床位"),
        ("table.not-a-number", 2, "error", "救护车"),
        ("no-coordinates", None, "warning", None),
        ("nowhere", 2, "warning", None),
    ]
    assert problems[2].params["nearest"] == "综合医院"


def test_ids(tmp_path: Path) -> None:
    content = (
        "id,name,kind,county\n7,甲,cdc,玉州区\n,乙,mch,玉州区\n7,丙,cdc,北流市\n"
        ",乙,school,玉州区\n乙@玉州区#2,丁,cdc,北流市\n"
    )
    problems = refused(tmp_path, content)
    assert [(p.code, p.row, p.value) for p in problems if p.level == "error"] == [("facilities.id-twice", 4, "7")]
    assert [p.params["other"] for p in problems if p.level == "error"] == ["list.csv: 2"]
    layer = read(tmp_path, content.replace("7,丙", "8,丙"))
    assert layer.frame["id"].tolist() == ["7", "乙@玉州区", "8", "乙@玉州区#3", "乙@玉州区#2"]


def test_ids_across_lists(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("id,name,kind,county\n1,甲,cdc,玉州区\n", encoding="utf-8")
    lists = tuple(
        FacilitiesFile(path=name, source=name, grade=g) for name, g in (("a.csv", "surveyed"), ("b.csv", "assumed"))
    )
    with pytest.raises(InputError) as caught:
        read_facilities(lists, tmp_path, UTM49, COUNTIES)
    errors = [p for p in caught.value.problems if p.level == "error"]
    assert [(p.file, p.row, p.params["other"]) for p in errors] == [("b.csv", 2, "a.csv: 2")]
    (tmp_path / "b.csv").write_text("id,name,kind,county\n2,乙,mch,玉州区\n", encoding="utf-8")
    layer = read_facilities(lists, tmp_path, UTM49, COUNTIES)
    assert layer.frame["id"].tolist() == ["1", "2"] and layer.frame.index.tolist() == [0, 1]
    assert (layer.grade, layer.source) == ("assumed", "a.csv; b.csv")


def test_every_broken_list_is_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("name,kind\n甲,zzz\n", encoding="utf-8")
    lists = tuple(FacilitiesFile(path=name) for name in ("a.csv", "b.csv", "c.csv"))
    with pytest.raises(InputError) as caught:
        read_facilities(lists, tmp_path, UTM49, COUNTIES)
    errors = [(p.file, p.code) for p in caught.value.problems if p.level == "error"]
    assert errors == [("a.csv", "table.one-column"), ("b.csv", "facilities.kind"), ("c.csv", "file.missing")]


def test_duplicates(tmp_path: Path) -> None:
    # 0.0002 degrees of latitude are 22 m, 0.001 are 111 m, 0.003 are 332 m.
    layer = read(
        tmp_path,
        HEADING + "玉州区中心医院,综合医院,,110.1000,22.6000\n"
        "完全不同的名字,综合医院,,110.1000,22.6002\n"  # same kind, same place
        "玉州中心医院,综合医院,,110.1000,22.6010\n"  # alike, 111 m from row 2
        "玉州区中心医院,中医医院,,110.1000,22.6000\n"  # another kind
        "玉州区中心医院,综合医院,,110.1000,22.6040\n"  # alike, but 332 m from row 4 and more from row 2
        "第一急救站,急救站,,110.1500,22.6500\n"
        "第二急救站,急救站,,110.1500,22.6510\n"  # numbers tell them apart
        "丙站,急救站,玉州区,,\n"
        "丙站（分部）,急救站,玉州区,,\n"  # no places: same name without brackets
        "丙站,急救站,北流市,,\n",
    )
    assert found(layer.problems) == [("duplicate", 3), ("duplicate", 4), ("duplicate", 10)]
    first, second, third = (p for p in layer.problems if p.code == "facilities.duplicate")
    assert (first.params["other_row"], first.params["metres"]) == (2, "22")
    assert (second.params["other_row"], second.params["metres"]) == (2, "111")
    assert third.params["other_row"] == 9


def test_facilities_at_one_seat_are_not_duplicates(tmp_path: Path) -> None:
    # Placed at the county's seat for want of better: the same place does not make them the same.
    rows = "甲院,综合医院,,110.1000,22.6000,seat\n乙院,综合医院,,110.1000,22.6000,seat\n"
    layer = read(tmp_path, HEADING.replace("纬度", "纬度,精度") + rows)
    assert found(layer.problems) == []


def test_many_facilities_at_one_point_end_soon(tmp_path: Path) -> None:
    rows = "".join(f"站{i},cdc,,110.10001,22.60001\n" for i in range(3000))  # 4.5 million pairs
    layer = read(tmp_path, HEADING + rows)
    duplicates = [p for p in layer.problems if p.code == "facilities.duplicate"]
    assert len(duplicates) == 20 and layer.problems[-1].code == "table.more"


def test_names_stay_texts(tmp_path: Path) -> None:
    names = ["${document.title=7*7}</script>", "=1+1", "{{ 7*7 }}", "\u202e反向\x07", "长" * 300]
    rows = "".join(f'"{name}",cdc,玉州区,,\n' for name in names)
    layer = read(tmp_path, HEADING + rows)
    assert layer.frame["name"].tolist() == [*names[:3], "反向", "长" * 200]
    assert found(layer.problems)[:2] == [("controls", 5), ("too-long", 6)]


def test_vector_lists(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {
            "名称": ["点", "面", "无"],
            "类别": ["急救站", "综合医院", "血站"],
            "床位": [1.0, np.nan, 3.0],
            "县区": ["", "", "北流市"],
        },
        geometry=[shapely.Point(110.1, 22.6), shapely.box(110.25, 22.55, 110.27, 22.57), None],
        crs=4326,
    )
    frame.to_crs(UTM49).to_file(tmp_path / "list.gpkg", driver="GPKG")
    layer = read_facilities((FacilitiesFile(path="list.gpkg"),), tmp_path, UTM49, COUNTIES)
    assert layer.frame["county"].tolist() == ["玉州区", "北流市", "北流市"]
    assert layer.frame["precision"].tolist() == ["exact", "exact", "unlocated"]
    assert layer.frame["beds"].fillna(-1).tolist() == [1, -1, 3]
    assert ("not-points", 2) in found(layer.problems)
    lonlat = layer.frame.to_crs(4326).geometry
    assert (lonlat[0].x, lonlat[0].y) == pytest.approx((110.1, 22.6), abs=1e-8)
    assert shapely.box(110.25, 22.55, 110.27, 22.57).contains(lonlat[1])


def test_the_plans_facilities_are_read_without_places(shared_data: Path) -> None:
    config = FacilitiesFile(path="facilities_named.csv", columns={"beds": "beds_now"})
    layer = read_facilities((config,), shared_data.parent / "plans", UTM49, COUNTIES)
    frame = layer.frame
    assert len(frame) == 121 and frame.geometry.isna().all() and frame["id"].is_unique
    assert (frame["precision"] == "unlocated").all()
    assert frame["kind"].value_counts()["hospital.general"] == 30
    assert frame.loc[0, "roles"] == "ems.network;occupational.check" and frame.loc[0, "beds"] == 1849


def test_cells_of_porto_alegre_as_facilities(shared_data: Path) -> None:
    table = pd.read_csv(shared_data / "porto_alegre" / "poa_hexgrid.csv")
    outline = shapely.box(
        table["lon"].min() - 0.1, table["lat"].min() - 0.1, table["lon"].max() + 0.1, table["lat"].max() + 0.1
    )
    county = gpd.GeoDataFrame({"county": ["Porto Alegre"], "code": [""], "city": [""]}, geometry=[outline], crs=4326)
    config = FacilitiesFile(
        path="poa_hexgrid.csv",
        columns={"name": "id"},
        defaults={"kind": "ems.station", "status": "open"},
        minimum={"healthcare": 1},
    )
    layer = read_facilities((config,), shared_data / "porto_alegre", CRS.from_epsg(32722), county.to_crs(32722))
    assert len(layer.frame) == int((table["healthcare"] >= 1).sum())
    assert found(layer.problems) == []


@settings(max_examples=100, deadline=None)
@given(
    given_ids=st.lists(st.sampled_from(["", "", "甲@x", "甲@x#2", "甲", "b"]), min_size=1, max_size=12),
    seed=st.integers(0, 99),
)
def test_made_ids_are_unique_and_given_ones_stay(given_ids: list[str], seed: int) -> None:
    kept, seen = [], set()
    for one in given_ids:  # repeated given ids are errors of their own
        kept.append("" if one in seen else one)
        seen.add(one)
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({"id": kept, "name": random.choice(["甲", "b"], len(kept)), "county": "x", "list": 0})
    ids = facility_checks.with_ids(frame.assign(row=frame.index), [Findings("f")])
    assert ids.is_unique and all(ids[i] == one for i, one in enumerate(kept) if one)


def test_every_word_has_one_meaning_and_every_kind_a_label() -> None:
    for words in (
        vocabulary.KINDS,
        vocabulary.LEVELS,
        vocabulary.STATUSES,
        vocabulary.PRECISIONS,
        vocabulary.DATUMS,
        HEADINGS,
    ):
        listed = [vocabulary.plain(word) for ours, theirs in words.items() for word in {ours, *theirs} if word]
        plains = pd.Series(listed)
        meaning = vocabulary.meanings(words)
        assert all(meaning[vocabulary.plain(ours)] == ours for ours in words)
        owners = [{o for o, t in words.items() if p in {vocabulary.plain(w) for w in (o, *t)}} for p in plains.unique()]
        assert all(len(owner) == 1 for owner in owners)
    labels = {lang: [vocabulary.kind_label(kind, lang) for kind in vocabulary.KINDS] for lang in LANGS}
    assert all(len(set(texts)) == len(vocabulary.KINDS) for texts in labels.values())
    assert vocabulary.kind_label("blood.station", "zh") == "血站"
    assert vocabulary.meanings(vocabulary.KINDS)[vocabulary.plain("ＥＭＳ Station")] == "ems.station"
    with pytest.raises(MissingText):
        vocabulary.kind_label("hospital.unheard", "en")


def test_rows_of_totals_are_left_out_with_one_warning(tmp_path: Path) -> None:
    content = "机构全称,类别,床位数\n东医院,综合医院,100\n小 计,,100\n西医院,综合医院,50\n合计,,150\n"
    layer = read(tmp_path, content)
    assert layer.frame["name"].tolist() == ["东医院", "西医院"] and layer.frame["beds"].sum() == 150
    (said,) = (p for p in layer.problems if p.code == "facilities.totals")
    assert (said.level, said.row, said.params["count"], said.params["rows"]) == ("warning", 3, 2, "3, 5")
