"""A scenario applied to a study: facilities, ambulances, roads and residents, and what cannot be done."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import METRIC
from pydantic import ValidationError
from studies import COUNTIES, at, facility, people, rectangle
from what_if import by_hand, changed, corners, degrees, opened, refused, row_of, with_facilities

from carereach.coverage.facts import stations_of
from carereach.errors import InputError
from carereach.layers.datum import gcj02_to_wgs84, wgs84_to_gcj02
from carereach.layers.model import Layer
from carereach.layers.study import Study
from carereach.scenarios.apply import Applier, apply
from carereach.scenarios.changes import (
    Change,
    Close,
    CloseRoad,
    Move,
    Open,
    Residents,
    Scenario,
    SetAmbulances,
    SpeedChange,
    Upgrade,
)

# --- facilities -----------------------------------------------------------------------------------------------------


def test_an_opened_facility_is_a_row_at_the_end() -> None:
    made = by_hand()
    before = made.facilities.frame.copy()
    found = changed(made, opened("North", 18.0, 7.0, ambulances=3, roles=["急救网络"], cost=50))
    frame = found.study.facilities.frame
    assert frame["id"].tolist() == ["s0", "s1", "s2", "s3", "s4", "North"]
    new = row_of(frame, "North")
    assert (new["county"], new["township"], new["status"], new["precision"]) == ("乙市", "", "open", "exact")
    assert (new["kind"], new["roles"], new["ambulances"], new["uncertainty_km"]) == ("ems.station", "ems.network", 3, 0)
    assert np.isnan(new["beds"])
    assert new["source"] == "scenario try"
    assert new["geometry"].distance(at(18.0, 7.0)) < 0.001
    assert (frame.dtypes == before.dtypes).all()
    assert frame.crs == before.crs
    assert set(stations_of(found.study).located["id"]) == {"s0", "s1", "North"}
    assert_geodataframe_equal(made.facilities.frame, before)


def test_what_is_not_touched_is_the_same_object() -> None:
    made = by_hand()
    found = changed(made, opened("North", 18.0))
    assert found.study.roads is made.roads
    assert found.study.people is made.people
    assert (found.residents_changed, found.roads_changed, found.road_factor) == (False, False, None)
    assert (found.kinds, found.stations_changed) == (frozenset({"ems.station"}), True)
    nothing = changed(made)
    assert nothing.study is made
    assert (nothing.kinds, nothing.stations_changed) == (frozenset(), False)


def test_a_place_in_another_datum_is_converted() -> None:
    lon, lat = degrees(18.0)
    there = wgs84_to_gcj02(lon, lat)
    found = changed(by_hand(), Open(name="N", lon=there[0], lat=there[1], datum="gcj02"))
    assert row_of(found.study.facilities.frame, "N")["geometry"].distance(at(18.0)) < 0.01
    assert gcj02_to_wgs84(*there) == pytest.approx((lon, lat), abs=1e-9)


def test_closing_keeps_the_row_and_its_place() -> None:
    made = by_hand()
    found = changed(made, Close(facility="s1"))
    assert row_of(found.study.facilities.frame, "s1")["status"] == "closed"
    assert set(stations_of(found.study).located["id"]) == {"s0"}
    assert made.facilities.frame["status"].tolist()[1] == "open"


def test_a_facility_is_named_by_its_name_where_no_other_has_it() -> None:
    found = changed(by_hand(), Close(facility="East"))
    assert row_of(found.study.facilities.frame, "s1")["status"] == "closed"


def test_moving_finds_the_county_anew_and_gives_the_lost_a_place() -> None:
    lon, lat = degrees(22.0)
    found = changed(by_hand(), Move(facility="s0", lon=lon, lat=lat), Move(facility="Lost", lon=lon, lat=lat))
    moved, lost = row_of(found.study.facilities.frame, "s0"), row_of(found.study.facilities.frame, "s4")
    assert (moved["county"], moved["ambulances"], moved["status"]) == ("丙区", 2.0, "open")
    assert moved["geometry"].distance(at(22.0)) < 0.001
    assert (lost["precision"], lost["uncertainty_km"], lost["county"]) == ("exact", 0.0, "丙区")
    assert found.kinds == {"ems.station", "primary.township"}


def test_an_upgrade_changes_what_it_states() -> None:
    made = by_hand()
    found = changed(
        made,
        Upgrade(facility="Hospital", kind="综合医院", level="二级", beds=80, add_roles=("急救网络",)),
        Upgrade(facility="Planned", status="open", ambulances=4),
    )
    hospital, planned = (row_of(found.study.facilities.frame, one) for one in ("s3", "s2"))
    assert (hospital["kind"], hospital["level"], hospital["beds"]) == ("hospital.general", "secondary", 80)
    assert (hospital["roles"], hospital["name"]) == ("ems.network", "Hospital")
    assert (planned["status"], planned["ambulances"], planned["kind"]) == ("open", 4, "ems.station")
    assert found.kinds == {"primary.township", "hospital.general", "ems.station"}
    assert set(stations_of(found.study).located["id"]) == {"s0", "s1", "s2", "s3"}
    roles = changed(made, Upgrade(facility="s3", add_roles=("传染病",)), Upgrade(facility="s3", roles=("海上救援",)))
    assert row_of(roles.study.facilities.frame, "s3")["roles"] == "sea.rescue"


def test_ambulances_are_set() -> None:
    found = changed(by_hand(), SetAmbulances(facility="West", ambulances=7))
    assert found.study.facilities.frame["ambulances"].tolist()[:2] == [7.0, 1.0]
    assert found.stations_changed


def test_a_facility_that_is_no_station_changes_no_stations() -> None:
    found = changed(by_hand(), Close(facility="Hospital"))
    assert (found.kinds, found.stations_changed) == (frozenset({"primary.township"}), False)


def test_an_opened_facility_can_be_changed_in_turn() -> None:
    """As a scenario does whose baseline opened it."""
    found = changed(by_hand(), opened("North", 18.0, id="n1"), SetAmbulances(facility="n1", ambulances=2))
    assert row_of(found.study.facilities.frame, "n1")["ambulances"] == 2
    gone = changed(by_hand(), opened("North", 18.0), Close(facility="North"))
    assert row_of(gone.study.facilities.frame, "North")["status"] == "closed"


def test_the_last_station_stays() -> None:
    """Two stations are open: either may close, not both; one that opens in the same scenario takes their place."""
    made, both = by_hand(), (Close(facility="s0"), Close(facility="East"))
    (problem,) = refused(made, *both)
    assert problem == ("scenarios.last-station", 'scenario "try", close 2, facility', "East")
    with pytest.raises(InputError, match="Without East no open station is left"):
        changed(made, *both)
    assert len(stations_of(changed(made, opened("N", 9.0), *both).study).located) == 1
    assert refused(made, Close(facility="s0"), Upgrade(facility="s1", kind="cdc"))[0][0] == "scenarios.last-station"


def test_without_stations_there_is_no_last_one() -> None:
    made = with_facilities(by_hand(), facility(5.0, kind="primary.township"))
    assert changed(made, Close(facility="s0")).study.facilities.frame["status"].tolist() == ["closed"]


@pytest.mark.parametrize(
    ("change", "code", "key"),
    [
        (opened("s0", 18.0), "scenarios.id-taken", "open 1, name"),
        (opened("New", 18.0, id="s1"), "scenarios.id-taken", "open 1, id"),
        (opened("Sea", 31.0), "scenarios.outside-all", "open 1, lon, lat"),
        (opened("Sea", 31.0, county="丙区"), "scenarios.outside-all", "open 1, lon, lat"),
        (opened("N", 18.0, county="乙县"), "scenarios.no-county", "open 1, county"),
        (opened("N", 18.0, county="丙区"), "scenarios.other-county", "open 1, county"),
        (Close(facility="Wets"), "scenarios.no-facility", "close 1, facility"),
        (Move(facility="s0", lon=0.0, lat=0.0), "scenarios.outside-all", "move 1, lon, lat"),
    ],
)
def test_what_cannot_be_done_is_said(change: Change, code: str, key: str) -> None:
    ((found, place, _),) = refused(by_hand(), change)
    assert (found, place) == (code, f'scenario "try", {key}')


def test_all_faults_are_said_at_once_in_order() -> None:
    found = refused(by_hand(), Close(facility="x"), opened("s0", 40.0), CloseRoad(name="东大路"), Close(facility="y"))
    assert [(code, place) for code, place, _ in found] == [
        ("scenarios.no-facility", 'scenario "try", close 1, facility'),
        ("scenarios.id-taken", 'scenario "try", open 1, name'),
        ("scenarios.outside-all", 'scenario "try", open 1, lon, lat'),
        ("scenarios.no-road-name", 'scenario "try", close-road 1, name'),
        ("scenarios.no-facility", 'scenario "try", close 2, facility'),
    ]


def test_a_place_far_from_roads_is_refused() -> None:
    """The road ends at 10 km; 15.1 km lies 5.1 km from it, 14.9 km lies 4.9 km from it; the limit is 5 km."""
    made = by_hand(stretches=((0, 10),))
    assert refused(made, opened("N", 15.1))[0][0] == "scenarios.far-from-roads"
    assert changed(made, opened("N", 14.9)).stations_changed


def test_a_place_just_outside_an_outline_counts_as_inside() -> None:
    """Outlines are generalised: 200 m off is within the 300 m that facility lists are allowed, 400 m is not."""
    found = changed(by_hand(), opened("Harbour", 30.2))
    assert row_of(found.study.facilities.frame, "Harbour")["county"] == "丙区"
    assert refused(by_hand(), opened("Harbour", 30.4))[0][0] == "scenarios.outside-all"
    stated = changed(by_hand(), opened("Border", 10.2, county="甲县"))
    assert row_of(stated.study.facilities.frame, "Border")["county"] == "甲县"


def test_a_name_that_several_have_needs_an_id() -> None:
    made = with_facilities(by_hand(), facility(5.0, name="Twin"), facility(6.0, name="Twin"))
    with pytest.raises(InputError, match=r"2 facilities have this name.*s0, s1"):
        changed(made, Close(facility="Twin"))
    assert changed(made, Close(facility="s0")).stations_changed


def test_closing_twice_is_said() -> None:
    assert refused(by_hand(), Close(facility="s0"), Close(facility="s0"))[0][0] == "scenarios.is-closed"


def test_the_nearest_name_is_suggested() -> None:
    with pytest.raises(InputError, match="Did you mean Hospital"):
        changed(by_hand(), Close(facility="Hospitel"))


def test_the_township_is_that_of_the_ground() -> None:
    made = by_hand()
    frame = gpd.GeoDataFrame(
        {"township": ["东镇", "无处"], "county": ["丙区", "丙区"], "kind": ["town", ""]},
        geometry=[rectangle(20, 0, 30, 10), None],
        crs=METRIC,
    )
    made = replace(made, townships=Layer("townships", frame, "surveyed"))
    found = changed(made, opened("A", 22.0), opened("B", 12.0), opened("C", 12.0, township="写的"))
    townships = found.study.facilities.frame["township"].tolist()
    assert townships[-3:] == ["东镇", "", "写的"]


# --- roads ----------------------------------------------------------------------------------------------------------


def factor_by_km(made: Study, *changes: Change) -> list[float]:
    """The factor of each km of the road, from west to east."""
    factor = changed(made, *changes).road_factor
    assert factor is not None
    west = np.minimum(made.roads.xy[made.roads.u][:, 0], made.roads.xy[made.roads.v][:, 0])
    return [float(value) for value in factor[np.argsort(west)]]


def test_speeds_change_where_they_are_told_to() -> None:
    made = by_hand()
    assert factor_by_km(made, SpeedChange(factor=0.5)) == [2.0] * 30
    # the km from 9 to 10 and from 20 to 21 touch 乙市 in one point
    in_second = factor_by_km(made, SpeedChange(factor=0.5, counties=("乙市",)))
    assert in_second == [1.0] * 9 + [2.0] * 12 + [1.0] * 9
    in_area = factor_by_km(made, SpeedChange(factor=4, area=corners(2.5, 4, 4.5, 6)))
    assert in_area == [1.0] * 2 + [0.25] * 3 + [1.0] * 25


def test_kph_is_the_new_central_speed_whatever_the_factors() -> None:
    """Primary roads take 60 km/h (studies.py), so 40 km/h takes 1.5 times as long, under sirens too."""
    made = by_hand()
    sirens = replace(made.roads, speeds=replace(made.roads.speeds, emergency_factor=1.3))
    for roads in (made.roads, sirens):
        factor = factor_by_km(replace(made, roads=roads), SpeedChange(factor=9), SpeedChange(kph=40))
        assert factor == pytest.approx([1.5] * 30)
    assert factor_by_km(made, SpeedChange(kph=40), SpeedChange(factor=0.5)) == pytest.approx([3.0] * 30)


def test_kph_takes_limits_by_direction_and_stated_durations_into_account() -> None:
    """Limits of 50 and 70 have a mean of 60 km/h; a ferry of 30 min over 1 km goes 2 km/h, so 4 km/h halves it."""
    made = by_hand()
    roads = made.roads
    first = np.arange(roads.edges) == 0
    limited = replace(
        roads,
        maxspeed_forward=np.where(first, 50.0, np.nan),
        maxspeed_backward=np.where(first, 70.0, np.nan),
        fixed_minutes=np.where(np.arange(roads.edges) == 1, 30.0, np.nan),
        road_class=np.where(np.arange(roads.edges) == 1, "ferry", roads.road_class),
    )
    made = replace(made, roads=limited)
    plain = changed(made, SpeedChange(kph=30)).road_factor
    ferry = changed(made, SpeedChange(kph=4, classes=("ferry",))).road_factor
    assert plain is not None
    assert ferry is not None
    assert plain[0] == pytest.approx(2.0)
    assert plain[1] == 1.0  # ferries change only where they are named
    assert ferry[1] == pytest.approx(0.5)
    assert ferry[0] == 1.0


def test_roads_close_by_name_area_and_edges() -> None:
    made, inf = by_hand(), float("inf")
    assert factor_by_km(made, CloseRoad(name=" 东路 ")) == [1.0] * 20 + [inf] * 10
    assert factor_by_km(made, CloseRoad(area=corners(2.5, 4, 4.5, 6))) == [1.0] * 2 + [inf] * 3 + [1.0] * 25
    both = factor_by_km(made, CloseRoad(name="西路", area=corners(8.5, 4, 11.5, 6)))
    assert both == [1.0] * 8 + [inf] * 2 + [1.0] * 20
    ids = made.roads.node_id[[made.roads.v[0], made.roads.u[0]]].tolist()
    by_nodes = changed(made, CloseRoad(edges=(tuple(ids),))).road_factor
    assert by_nodes is not None
    assert np.flatnonzero(np.isinf(by_nodes)).tolist() == [0]


def test_a_closed_road_has_no_minutes_and_no_km() -> None:
    made = by_hand()
    found = changed(made, CloseRoad(name="东路"), SpeedChange(factor=0.5))
    closed = np.isinf(found.study.roads.minutes_forward)
    assert closed.sum() == 10
    assert np.isinf(found.study.roads.weights("km")[0]).sum() == 10
    np.testing.assert_allclose(found.study.roads.minutes_forward[~closed], 2 * made.roads.minutes_forward[~closed])
    assert found.roads_changed
    assert np.isfinite(made.roads.minutes_forward).all()


@pytest.mark.parametrize(
    ("change", "code", "key"),
    [
        (CloseRoad(name="南路"), "scenarios.no-road-name", "close-road 1, name"),
        (CloseRoad(name="西路", counties=("丁县",)), "scenarios.no-county", "close-road 1, counties"),
        (CloseRoad(edges=((1, 29),)), "scenarios.no-edge", "close-road 1, edges"),
        (CloseRoad(name="西路", area=corners(20, 4, 22, 6)), "scenarios.no-road-chosen", "close-road 1, area"),
        (CloseRoad(area=corners(2, 8, 3, 9)), "scenarios.no-road-chosen", "close-road 1, area"),
        (CloseRoad(name="西路", counties=("丙区",)), "scenarios.no-road-chosen", "close-road 1, counties"),
        (SpeedChange(factor=2, classes=("primery",)), "scenarios.no-road-class", "speed 1, classes"),
    ],
)
def test_roads_that_are_not_there_are_said(change: Change, code: str, key: str) -> None:
    ((found, place, _),) = refused(by_hand(), change)
    assert (found, place) == (code, f'scenario "try", {key}')


def test_a_road_of_several_names_is_found_by_each() -> None:
    made = by_hand()
    names = np.array(["G65; 环城路"] + ["西路"] * 29)
    made = replace(made, roads=replace(made.roads, name=names))
    for name in ("g65", "环城路", "G65; 环城路"):
        factor = changed(made, CloseRoad(name=name)).road_factor
        assert factor is not None
        assert np.flatnonzero(np.isinf(factor)).tolist() == [0]


# --- residents ------------------------------------------------------------------------------------------------------


def residents_by_county(made: Study) -> dict[str, float]:
    frame = made.people.frame
    return {str(name): float(part) for name, part in frame.groupby("county")["residents"].sum().items()}


def test_residents_grow_by_county() -> None:
    """1,000 people live in each county; a tenth more in two of them."""
    made = by_hand()
    found = changed(made, Residents(factor=1.1, counties=("甲县", "丙区")))
    assert residents_by_county(found.study) == pytest.approx({"甲县": 1100, "乙市": 1000, "丙区": 1100})
    assert residents_by_county(made) == pytest.approx(dict.fromkeys(COUNTIES, 1000.0))
    assert found.residents_changed
    assert found.new_places == 0


def test_additions_go_where_people_live() -> None:
    """In the area live 100 + 300; 800 more come to 200 + 600."""
    frame = people([1.0, 2.0, 12.0], [100.0, 300.0, 50.0])
    made = by_hand()
    made = replace(made, people=replace(made.people, frame=frame))
    found = changed(made, Residents(add=800, area=corners(0, 0, 5, 10)))
    assert found.study.people.frame["residents"].tolist() == pytest.approx([300, 900, 50])
    total = changed(made, Residents(residents=40, counties=("甲县",)))
    assert total.study.people.frame["residents"].tolist() == pytest.approx([10, 30, 50])
    empty = replace(made, people=replace(made.people, frame=frame.assign(residents=0.0)))
    spread = changed(empty, Residents(add=10, counties=("甲县",)))
    assert spread.study.people.frame["residents"].tolist() == pytest.approx([5, 5, 0])


def test_people_outside_every_county_do_not_change() -> None:
    frame = people([1.0, 35.0], [100.0, 100.0])
    made = by_hand()
    made = replace(made, people=replace(made.people, frame=frame))
    found = changed(made, Residents(factor=2))
    assert found.study.people.frame["residents"].tolist() == [200.0, 100.0]


def test_townships_select_within_counties() -> None:
    made = by_hand()
    frame = made.people.frame.assign(township=["东镇" if i % 2 else "西镇" for i in range(30)])
    made = replace(made, people=replace(made.people, frame=frame))
    found = changed(made, Residents(residents=0, counties=("乙市",), townships=("东镇",)))
    assert residents_by_county(found.study) == pytest.approx({"甲县": 1000, "乙市": 500, "丙区": 1000})
    assert refused(made, Residents(factor=2, townships=("冬镇",)))[0][0] == "scenarios.no-township"


def test_a_new_district_is_one_place_in_its_middle_and_says_so() -> None:
    """Nobody lives off the road: the square from 12 to 16 km and from 7 to 9 km has its middle at 14 and 8 km."""
    made = by_hand()
    found = changed(made, Residents(add=5000, area=corners(12, 7, 16, 9)), Residents(factor=2, counties=("乙市",)))
    frame = found.study.people.frame
    assert found.new_places == 1
    assert len(frame) == 31
    last = frame.iloc[-1]
    assert (last["residents"], last["county"], last["zone"]) == (10000, "乙市", "township")
    assert last["geometry"].distance(at(14.0, 8.0)) < 5
    assert frame.index.tolist() == list(range(31))
    assert (frame.dtypes == made.people.frame.dtypes).all()
    (note,) = found.notes
    assert "5,000 residents are one new place in its middle, in 乙市" in note.text("en")


def test_a_new_district_beside_a_bend_lies_on_its_ground() -> None:
    """The middle of a horseshoe lies outside it: the place does not."""
    made = by_hand()
    horseshoe = [degrees(*xy) for xy in ((12, 6), (18, 6), (18, 9), (17, 9), (17, 7), (13, 7), (13, 9), (12, 9))]
    found = changed(made, Residents(residents=100, area=horseshoe))
    change = Residents(residents=100, area=horseshoe)
    assert change.area is not None
    place = gpd.GeoSeries([found.study.people.frame.geometry.iloc[-1]], crs=METRIC).to_crs(4326).iloc[0]
    assert change.area.geometry.covers(place)


@pytest.mark.parametrize(
    ("change", "code", "key"),
    [
        (Residents(factor=2, counties=("丁县",)), "scenarios.no-county", "residents 1, counties"),
        (Residents(factor=2, area=corners(12, 7, 16, 9)), "scenarios.nobody-there", "residents 1, area"),
        (Residents(add=9, area=corners(41, 7, 46, 9)), "scenarios.area-outside", "residents 1, area"),
        (
            Residents(add=9, counties=("甲县",), area=corners(12, 7, 16, 9)),
            "scenarios.nobody-there",
            "residents 1, area",
        ),
    ],
)
def test_residents_of_nowhere_are_said(change: Change, code: str, key: str) -> None:
    ((found, place, _),) = refused(by_hand(), change)
    assert (found, place) == (code, f'scenario "try", {key}')


def test_a_new_district_takes_the_zone_of_the_urban_ground() -> None:
    """The urban area is the first county (studies.py); without its ground, the zone of the nearest people counts."""
    made, district = by_hand(), Residents(add=10, area=corners(2, 7, 4, 9))
    assert changed(made, district).study.people.frame["zone"].iloc[-1] == "urban"
    by_streets = replace(made, urban_area=shapely.Polygon())
    assert changed(by_streets, district).study.people.frame["zone"].iloc[-1] == "urban"
    unknown = replace(made, urban_area=None)
    assert changed(unknown, district).study.people.frame["zone"].iloc[-1] == ""


# --- all together ---------------------------------------------------------------------------------------------------


def test_scenarios_that_change_roads_or_people_alike_share_the_layers() -> None:
    """Who computes with them can keep what was computed."""
    applier, changes = Applier(by_hand()), (CloseRoad(name="东路"), Residents(factor=1.1))
    first = applier.apply(Scenario("a", (*changes, opened("A", 3.0))))
    second = applier.apply(Scenario("b", (opened("B", 3.0), *changes)))
    assert first.study.roads is second.study.roads
    assert first.study.people is second.study.people
    assert first.road_factor is second.road_factor
    other = applier.apply(Scenario("c", (CloseRoad(name="中路"),)))
    assert other.study.roads is not first.study.roads


def test_faults_of_shared_layers_stand_at_their_own_change() -> None:
    applier, wrong = Applier(by_hand()), CloseRoad(name="x")
    for changes, place in (
        ((wrong,), "close-road 1"),
        ((CloseRoad(name="西路"), opened("N", 3.0), wrong), "close-road 2"),
    ):
        with pytest.raises(InputError) as caught:
            applier.apply(Scenario("s", changes))
        assert [problem.column for problem in caught.value.problems] == [f'scenario "s", {place}, name']


def test_an_area_that_was_not_read_is_said() -> None:
    assert refused(by_hand(), CloseRoad(area="flood.gpkg"))[0][0] == "scenarios.area-unread"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Open(name="N", lon=181, lat=0),
        lambda: Open(name="N", lon=float("nan"), lat=0),
        lambda: Open(name="N", lon=1, lat=2, kind="hosptal"),
        lambda: Open(name="", lon=1, lat=2),
        lambda: SetAmbulances(facility="s0", ambulances=-1),
        lambda: SpeedChange(factor=0),
        lambda: SpeedChange(),
        lambda: SpeedChange(factor=2, kph=3),
        lambda: CloseRoad(),
        lambda: CloseRoad(area=[(0, 0), (1, 1), (1, 0), (0, 1)]),
        lambda: CloseRoad(area=[(0, 0), (1, 1)]),
        lambda: CloseRoad(area=[(0, 0), (400, 0), (0, 5)]),
        lambda: Residents(),
        lambda: Residents(factor=-1),
        lambda: Residents(add=float("inf")),
        lambda: Upgrade(facility="s0"),
    ],
)
def test_a_change_without_sense_cannot_be_made(wrong: object) -> None:
    assert callable(wrong)
    with pytest.raises(ValidationError):
        wrong()


CHANGES = st.one_of(
    st.builds(lambda i, x: opened(f"N{i}", x), st.integers(0, 5), st.floats(0.1, 29.9)),
    st.builds(lambda f: Close(facility=f), st.sampled_from(["s0", "s1", "s2", "s3", "N1"])),
    st.builds(lambda f, n: SetAmbulances(facility=f, ambulances=n), st.sampled_from(["s0", "N2"]), st.integers(0, 9)),
    st.builds(lambda f: SpeedChange(factor=f), st.floats(0.1, 5)),
    st.builds(lambda n: CloseRoad(name=n), st.sampled_from(["西路", "中路"])),
    st.builds(lambda f: Residents(factor=f), st.floats(0.1, 5)),
    st.builds(lambda n: Residents(add=n, counties=("甲县",)), st.integers(0, 5000)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(CHANGES, max_size=8))
def test_every_scenario_is_refused_or_adds_up(changes: list[Change]) -> None:
    """Residents are those that the changes say, facilities are never lost, and the study itself stays as it was."""
    made = by_hand()
    before = made.facilities.frame.copy(), made.people.frame.copy()
    try:
        found = changed(made, *changes)
    except InputError as error:
        assert all(problem.column and problem.column.startswith('scenario "try"') for problem in error.problems)
        found = None
    assert_geodataframe_equal(made.facilities.frame, before[0])
    assert_geodataframe_equal(made.people.frame, before[1])
    if found is None:
        return
    expected, first = 3000.0, 1000.0
    for change in changes:
        if isinstance(change, Residents) and change.factor is not None:
            expected, first = expected * change.factor, first * change.factor
        elif isinstance(change, Residents):
            expected, first = expected + (change.add or 0), first + (change.add or 0)
    assert found.study.people.frame["residents"].sum() == pytest.approx(expected)
    assert residents_by_county(found.study)["甲县"] == pytest.approx(first)
    opens = sum(isinstance(change, Open) for change in changes)
    frame = found.study.facilities.frame
    assert len(frame) == len(before[0]) + opens
    assert frame["id"].is_unique
    closes = sum(isinstance(change, Close) for change in changes)
    assert (frame["status"] == "closed").sum() == closes
    assert len(stations_of(found.study).located) > 0


def test_apply_and_applier_agree() -> None:
    made, scenario = by_hand(), Scenario("s", (opened("N", 3.0), Residents(factor=2)))
    one, other = apply(made, scenario), Applier(made).apply(scenario)
    assert_geodataframe_equal(one.study.facilities.frame, other.study.facilities.frame)
    assert_geodataframe_equal(one.study.people.frame, other.study.people.frame)
