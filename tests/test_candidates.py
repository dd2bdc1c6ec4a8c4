"""Candidate sites: read from lists, proposed at facilities, junctions and on a grid; the same each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import random_network
from pandas.testing import assert_frame_equal
from scipy.spatial.distance import pdist
from studies import at, people
from what_if import by_hand, corners, degrees

from carereach.errors import Findings, InputError
from carereach.layers.datum import wgs84_to_bd09
from carereach.layers.settings import FacilitiesFile
from carereach.layers.study import Study
from carereach.scenarios.areas import Area
from carereach.scenarios.candidates import (
    COLUMNS,
    Wanted,
    from_facilities,
    from_grid,
    from_junctions,
    from_list,
    openings,
    residents_around,
    station_like,
)
from carereach.scenarios.thinning import thinned


def grid_study() -> Study:
    """Streets on a jittered grid of 7 x 7 km with people everywhere in the first county."""
    made = by_hand()
    x, y = np.meshgrid(np.arange(0.5, 7), np.arange(0.5, 7))
    demand = people(list(x.ravel()), 10.0).set_geometry([at(a, b) for a, b in zip(x.ravel(), y.ravel(), strict=True)])
    return replace(
        made, roads=random_network(3), people=replace(made.people, frame=demand.set_crs(made.people.frame.crs))
    )


def area(west: float, south: float, east: float, north: float) -> Area:
    return Area.model_validate(corners(west, south, east, north))


def read(tmp_path: Path, name: str, study: Study, **keys: object) -> tuple[pd.DataFrame, Findings]:
    findings = Findings(name)
    return from_list(FacilitiesFile.model_validate({"path": name, **keys}), tmp_path, study, findings), findings


def test_a_list_with_chinese_headings_and_a_datum_column(tmp_path: Path) -> None:
    lon, lat = degrees(18.0)
    baidu = wgs84_to_bd09(lon, lat)
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (
        ["名称", "经度", "纬度", "坐标系", "救护车（辆）", "建设成本（万元）"],
        ["北站", lon, lat, "", 2, 350],
        ["南站", baidu[0], baidu[1], "百度", None, None],
    ):
        book.active.append(row)
    book.save(tmp_path / "sites.xlsx")
    frame, _ = read(tmp_path, "sites.xlsx", by_hand())
    assert list(frame.columns) == [*COLUMNS, "people", "geometry"]
    assert frame.index.tolist() == [2, 3]
    assert frame["kind"].tolist() == ["ems.station"] * 2
    assert frame["county"].tolist() == ["乙市"] * 2
    assert frame["origin"].tolist() == ["sites.xlsx"] * 2
    assert frame["cost"].tolist()[0] == 350
    assert shapely.distance(frame.geometry.to_numpy(), at(18.0)).max() < 0.01
    north, south = openings(frame)
    assert (north.name, north.ambulances, north.cost, north.datum) == ("北站", 2, 350, "wgs84")
    assert (south.ambulances, south.cost, south.id) == (None, None, None)


def test_a_vector_file_of_candidates(tmp_path: Path) -> None:
    lon, lat = degrees(18.0)
    text = (
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "N", "cost": 5},'
        f' "geometry": {{"type": "Point", "coordinates": [{lon}, {lat}]}}}}]}}'
    )
    (tmp_path / "sites.geojson").write_text(text, encoding="utf-8")
    frame, _ = read(tmp_path, "sites.geojson", by_hand())
    (one,) = openings(frame)
    assert (one.name, one.cost, one.county) == ("N", 5, "乙市")


def test_a_list_says_every_mistake_with_its_row(tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text(
        "id,name,lon,lat,cost,kind\n1,A,,,5,\n2,B,111.1,22.6,dear,\n2,C,111.1,22.6,1,\n4,D,111.1,22.6,1,hosptal\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        read(tmp_path, "sites.csv", by_hand())
    found = {(problem.code, problem.row) for problem in caught.value.problems if problem.level == "error"}
    assert found == {
        ("facilities.kind", 5),
        ("scenarios.candidate-nowhere", 2),
        ("scenarios.id-taken", 4),
        ("table.not-a-number", 3),
    }


def test_a_list_says_ids_that_come_twice(tmp_path: Path) -> None:
    lon, lat = degrees(18)
    (tmp_path / "twice.csv").write_text(f"id,name,lon,lat\n2,B,{lon},{lat}\n2,C,{lon},{lat}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read(tmp_path, "twice.csv", by_hand())
    assert [(problem.code, problem.row) for problem in caught.value.problems if problem.level == "error"] == [
        ("scenarios.id-taken", 3)
    ]


def test_a_candidate_without_kind_is_what_the_study_calls_a_station() -> None:
    made = by_hand()
    assert station_like(made) == {"kind": "ems.station", "roles": ""}
    hospitals = by_hand(stations={"kinds": ["hospital.general"], "roles": []})
    assert station_like(hospitals) == {"kind": "hospital.general", "roles": ""}
    by_role = by_hand(stations={"kinds": [], "roles": ["ems.network"]})
    assert station_like(by_role) == {"kind": "ems.station", "roles": "ems.network"}


def test_only_what_may_be_a_station_gets_its_role(tmp_path: Path) -> None:
    lon, lat = degrees(18.0)
    rows = "".join(f"{name},{lon},{lat},{kind}\n" for name, kind in (("A", ""), ("B", "急救站"), ("C", "血站")))
    (tmp_path / "sites.csv").write_text(f"name,lon,lat,kind\n{rows}", encoding="utf-8")
    frame, _ = read(tmp_path, "sites.csv", by_hand(stations={"kinds": [], "roles": ["ems.network"]}))
    assert frame["kind"].tolist() == ["ems.station", "ems.station", "blood.station"]
    assert frame["roles"].tolist() == ["ems.network", "ems.network", ""]


def test_candidates_where_facilities_stand() -> None:
    made = by_hand()
    frame = from_facilities(made, ["primary.township"])
    assert frame["origin"].tolist() == ["facility s3"]  # the other has no place
    assert frame["name"].tolist() == ["F001 Hospital"]
    assert frame.geometry.iloc[0].distance(at(12.0)) < 0.001
    with pytest.raises(InputError, match="No place is left"):
        from_facilities(made, ["primary.township"], Wanted(excluded=area(11, 4, 13, 6)))


def test_a_kind_that_the_study_has_none_of_names_those_it_has() -> None:
    with pytest.raises(InputError) as caught:
        from_facilities(by_hand(), ["cdc"])
    (found,) = caught.value.problems
    assert (found.code, found.value) == ("scenarios.none-of-kind", "cdc")
    for lang, name in (
        ("en", "primary.township (township health centre, 1)"),
        ("zh", "乡镇卫生院 primary.township（1）"),
    ):
        assert name in found.message(lang)  # type: ignore[arg-type]
    kinds = set(by_hand().facilities.frame["kind"])
    assert all(kind in found.message("zh") for kind in kinds)


def test_junctions_have_three_roads_and_people_and_lie_inside() -> None:
    made = grid_study()
    frame = from_junctions(made, Wanted(count=1000, within_km=1.0, excluded=area(-1, -1, 3, 3)))
    roads = made.roads
    degree = np.bincount(np.concatenate([roads.u, roads.v]), minlength=roads.nodes)
    xy = shapely.get_coordinates(frame.geometry.to_numpy())
    nodes = [int(np.hypot(*(roads.xy - place).T).argmin()) for place in xy]
    assert [f"junction {roads.node_id[node]}" for node in nodes] == frame["origin"].tolist()
    assert (degree[nodes] >= 3).all()
    assert set(frame["county"]) == {"甲县"}
    assert not shapely.intersects(
        frame.geometry.to_numpy(), shapely.box(*at(-1, -1).coords[0], *at(3, 3).coords[0])
    ).any()
    around = residents_around(made, xy, 1.0)
    assert (np.diff(around) <= 0).all()
    assert around.min() > 0
    expected = [made.people.frame["residents"][made.people.frame.distance(shapely.Point(p)) <= 1000].sum() for p in xy]
    assert around.tolist() == pytest.approx(expected)


def test_proposals_are_the_same_each_time_and_never_more_than_asked() -> None:
    made = grid_study()
    for propose, count in ((from_junctions, 9), (from_grid, 12)):
        first = propose(made, Wanted(count=count))
        assert len(first) == count
        assert first["id"].is_unique
        assert_frame_equal(pd.DataFrame(first), pd.DataFrame(propose(grid_study(), Wanted(count=count))))
        assert len(openings(first)) == count


def test_a_spacing_is_kept() -> None:
    frame = from_junctions(grid_study(), Wanted(count=100, spacing_km=2.5))
    assert pdist(shapely.get_coordinates(frame.geometry.to_numpy())).min() >= 2500


def test_a_grid_stays_near_roads_and_in_counties() -> None:
    """The road runs along y = 5 km from 0 to 30 km: of the lattice of 2 km, the rows at 4 and 6 km lie within 1 km."""
    made = by_hand()
    frame = from_grid(made, Wanted(count=1000, within_km=1.0, spacing_km=2.0))
    xy = (shapely.get_coordinates(frame.geometry.to_numpy()) - shapely.get_coordinates(at(0, 0))) / 1000
    assert sorted({round(y, 6) for y in xy[:, 1]}) == [4.0, 6.0]
    assert sorted({round(x, 6) for x in xy[:, 0]}) == [float(x) for x in range(0, 31, 2)]
    assert len(frame) == 32
    with pytest.raises(InputError, match="too fine"):
        from_grid(made, Wanted(spacing_km=0.01))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=40, unique=True),
    st.integers(1, 20),
    st.floats(0.001, 0.03),
)
def test_thinning_keeps_the_first_and_the_distance(places: list[tuple[int, int]], count: int, spacing: float) -> None:
    xy = np.array(places, dtype=float).reshape(-1, 2)
    spaced = thinned(xy, count, spacing)
    assert len(spaced) <= count
    assert (np.diff(spaced) > 0).all()
    if len(spaced) > 1:
        assert pdist(xy[spaced]).min() >= 1000 * spacing
    if len(xy):
        assert spaced[0] == 0
    even = thinned(xy, count)
    assert len(even) == min(count, len(xy))
    if len(spaced) < count:  # nobody who was left out had room
        left = np.setdiff1d(np.arange(len(xy)), spaced)
        assert all(np.hypot(*(xy[spaced] - xy[one]).T).min() < 1000 * spacing for one in left)


def test_thinning_spreads_evenly() -> None:
    """Of 0..99 on a line, 10 can stand 11 apart: 0, 11, ..., 99."""
    xy = np.column_stack([np.arange(100.0), np.zeros(100)])
    assert thinned(xy, 10).tolist() == list(range(0, 100, 11))


def test_a_planners_workbook_with_a_title_numbers_and_a_total(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    (west, east), rows = (degrees(8.0), degrees(15.0)), ["序号", "候选点", "经度", "纬度", "救护车", "估算投资（万元）"]
    sheet.append(["拟建急救站点一览表"])
    sheet.merge_cells("A1:F1")
    sheet.append(rows)
    sheet.append([1, "甲", *west, 2, "1,320"])
    sheet.append([2, "乙", *east, 1, 300.5])
    sheet.append(["合计", None, None, None, 3, 1620.5])
    book.save(tmp_path / "候选点.xlsx")
    table, findings = read(tmp_path, "候选点.xlsx", by_hand())
    assert table[["name", "ambulances", "cost"]].to_numpy().tolist() == [["甲", 2.0, 1320.0], ["乙", 1.0, 300.5]]
    assert "facilities.totals" in {problem.code for problem in findings.warnings}
