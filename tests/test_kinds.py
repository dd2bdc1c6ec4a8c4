"""Each kind of rule against an example worked out by hand; the study is that of ``studies``: 4 min + 1 min a km."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import shapely
from studies import COUNTIES, at, facility, people, road, rule, study, verdict_of, verdicts_of

from carereach.coverage.assess import gather, judge_plans
from carereach.coverage.facts import stations_of
from carereach.layers.study import Study
from carereach.texts import Message

TIME_15 = {"threshold": {"less_than": 15}}
RADIUS_5 = {"threshold": {"at_most": 5}}
TRUE_PER_PLANE = 1 / 0.9996**2  # UTM shrinks lengths by 0.9996 at its central meridian, where the counties begin


def codes(messages: tuple[Message, ...]) -> list[str]:
    return [message.code for message in messages]


# --- response time ---------------------------------------------------------------------------------------------------


def test_mean_response_of_the_city() -> None:
    """One station at x = 0: the points 0.5, 1.5 ... 29.5 km wait 4.5 ... 33.5 min, 19 on average."""
    found = verdict_of(rule("response-time", threshold={"less_than": 20}), study([facility(0.0)]))
    assert found.status == "met"
    assert found.value == pytest.approx(19.0)
    assert found.margin == pytest.approx(1.0)
    assert (found.low, found.high) == pytest.approx((4 + 30.0, 4 + 7.5))
    assert (found.holds_low, found.holds_high, found.holds_placement) == (False, True, None)
    assert not found.screening
    assert found.bound == ""
    assert found.unit == "手工市"
    assert found.people_affected == 14 * 100  # 20.5 ... 33.5 min
    assert found.worst == ("丙区 29.0", "乙市 19.0", "甲县 9.0")
    assert found.citation_text("en") == "A plan (2022, §1)"
    assert found.citation_text("zh") == "《规划》（2022, §1）"


def test_less_than_is_strict_and_at_most_is_not() -> None:
    """People at x = 10 km wait exactly 14 min."""
    made = study([facility(0.0)], people([10.0]))
    assert verdict_of(rule("response-time", threshold={"less_than": 14}), made).status == "not met"
    assert verdict_of(rule("response-time", threshold={"at_most": 14}), made).status == "met"
    assert verdict_of(rule("response-time", threshold={"less_than": 14}), made).people_affected == 100
    assert verdict_of(rule("response-time", threshold={"at_most": 14}), made).people_affected == 0


def test_mean_over_residents_not_places() -> None:
    """300 residents wait 5 min, 100 wait 9: (300 x 5 + 100 x 9) / 400 = 6 min; over places 7."""
    found = verdict_of(rule("response-time", **TIME_15), study([facility(0.0)], people([1.0, 5.0], [300, 100])))
    assert found.value == pytest.approx(6.0)
    unweighted = next(note for note in found.notes if note.code == "note.unweighted")
    assert unweighted.params["mean"] == pytest.approx(7.0)


def test_clock_from_dispatch_leaves_out_call_handling() -> None:
    made = study([facility(0.0)], people([5.0]), choices={"C3": "dispatch"})
    found = verdict_of(rule("response-time", choices=["C3"], **TIME_15), made)
    assert found.value == pytest.approx(8.0)
    assert found.choices == ("C3=dispatch",)
    assert "dispatch" in found.choices_text("en")[0]


def test_zone_and_unit_in_words() -> None:
    """Urban is x < 10 km: 4.5 ... 13.5 min, 9 on average."""
    found = verdict_of(rule("response-time", zone="urban", **TIME_15), study([facility(0.0)]))
    assert found.value == pytest.approx(9.0)
    assert (found.unit_text("en"), found.unit_text("zh")) == ("main urban area", "主城区")
    assert "zones" in [item.layer for item in found.evidence]


def test_one_verdict_for_each_county() -> None:
    made = study([facility(0.0)])
    found = verdicts_of(rule("response-time", per="county", **TIME_15), gather(made))
    assert [(v.unit, v.status) for v in found] == [("甲县", "met"), ("乙市", "not met"), ("丙区", "not met")]


def test_a_county_without_the_zone_is_not_judged() -> None:
    found = verdicts_of(rule("response-time", per="county", zone="urban", **TIME_15), gather(study([facility(0.0)])))
    assert [v.unit for v in found] == ["甲县"]


def test_nobody_lives_here() -> None:
    found = verdict_of(rule("response-time", **TIME_15), study([facility(0.0)], people([1.0], 0.0)))
    assert found.status == "cannot tell"
    assert found.value is None
    assert found.people_affected == 0
    assert codes(found.notes) == ["note.no-residents"]
    assert codes(found.would_settle) == ["settle.residents"]


def test_residents_of_nobody_do_not_count() -> None:
    """A place without residents that cannot be reached changes nothing."""
    apart = road((0, 10), (20, 30))
    made = study([facility(0.0)], people([5.0, 25.0], [100, 0]), network=apart, response={"max_access_km": 1})
    found = verdict_of(rule("response-time", **TIME_15), made)
    assert (found.status, found.value) == ("met", pytest.approx(9.0))


def unreachable(**more: Any) -> Study:
    """100 residents wait 9 min, 100 stand on a piece of road without a station."""
    return study([facility(0.0)], people([5.0, 25.0]), network=road((0, 10), (20, 30)), **more)


def test_unreachable_on_complete_roads_is_not_met() -> None:
    found = verdict_of(rule("response-time", **TIME_15), unreachable())
    assert found.status == "not met"
    assert (found.value, found.low, found.high) == (None, None, None)
    assert (found.holds_low, found.holds_high) == (True, True)
    assert found.people_affected == 100
    assert found.worst == ("丙区 ∞", "甲县 9.0")
    notes = {note.code: note.params for note in found.notes}
    assert notes["note.response"]["mean"] == pytest.approx(9.0)
    assert notes["note.unreachable"] == {"people": 100.0, "share": 0.5}


def test_unreachable_with_modelled_people_is_not_met_as_a_screening() -> None:
    found = verdict_of(rule("response-time", **TIME_15), unreachable(people_grade="modelled"))
    assert (found.status, found.screening) == ("not met", True)
    assert found.status_text("en") == "not met (screening)"


def test_unreachable_on_incomplete_roads_cannot_be_told() -> None:
    found = verdict_of(rule("response-time", **TIME_15), unreachable(roads_complete=False))
    assert (found.status, found.value) == ("cannot tell", None)
    assert codes(found.would_settle) == ["settle.roads"]


def test_a_goal_missed_on_incomplete_roads_cannot_be_told() -> None:
    """Roads that are missing could only shorten the 19 min; what is met stays met."""
    made = study([facility(0.0)], roads_complete=False)
    missed = verdict_of(rule("response-time", **TIME_15), made)
    assert (missed.status, missed.bound) == ("cannot tell", "at most")
    assert "settle.roads" in codes(missed.would_settle)
    met = verdict_of(rule("response-time", threshold={"less_than": 30}), made)
    assert (met.status, met.screening, met.would_settle) == ("met", False, ())


def test_nobody_is_reached_where_no_station_stands() -> None:
    """A complete list without a station, on complete roads: an infinite mean."""
    found = verdict_of(rule("response-time", **TIME_15), study([]))
    assert (found.status, found.value, found.people_affected) == ("not met", None, None)
    assert codes(found.notes) == ["note.nobody-reached"]
    unlisted = verdict_of(rule("response-time", **TIME_15), study([], complete_kinds=()))
    assert unlisted.status == "cannot tell"
    assert codes(unlisted.would_settle) == ["settle.station-list"]


# --- stations that are missing, unplaced or placed roughly -----------------------------------------------------------


def test_unlocated_station_bounds_a_response() -> None:
    """19 min without the station that has no place: met stays met, missed may be met with it."""
    made = study([facility(0.0), facility(None, name="无址站")])
    met = verdict_of(rule("response-time", threshold={"less_than": 20}), made)
    assert (met.status, met.bound, met.screening) == ("met", "at most", False)
    missed = verdict_of(rule("response-time", **TIME_15), made)
    assert (missed.status, missed.bound) == ("cannot tell", "at most")
    assert codes(missed.would_settle) == ["settle.locate", "settle.speeds"]
    assert "无址站" in missed.would_settle[0].text("zh")


def test_unlocated_station_bounds_a_band() -> None:
    """Equal-area: 300 km2, 1 station: 9.77 km, inside 5-15 km. With one more it could fall below the band."""
    band = {"threshold": {"band": [5, 15]}, "choices": ["C2", "C2-band"]}
    rows = [facility(15.0), facility(None)]
    assert verdict_of(rule("service-radius", **band), study(rows)).status == "met"
    inside = study(rows, choices={"C2-band": "inside"})
    assert verdict_of(rule("service-radius", **band), inside).status == "cannot tell"
    complete = study(rows[:1], choices={"C2-band": "inside"})
    assert verdict_of(rule("service-radius", **band), complete).status == "met"


def test_station_that_may_be_closed() -> None:
    made = study([facility(0.0), facility(15.0, status="", name="待核实站")])
    found = verdict_of(rule("response-time", **TIME_15), made)
    assert found.status == "cannot tell"
    assert "settle.status" in codes(found.would_settle)


def test_planned_and_closed_stations_send_nobody() -> None:
    rows = [facility(0.0), *(facility(15.0, status=s) for s in ("planned", "under construction", "closed"))]
    stations = stations_of(study(rows))
    assert stations.located["id"].tolist() == ["s0"]
    assert stations.complete


@pytest.mark.parametrize(
    ("kinds", "complete"),
    [(("ems.station",), False), (("ems.station", "hospital.general"), True), (("hospital.general",), False)],
)
def test_a_list_is_complete_if_it_holds_all_kinds_that_act_as_stations(kinds: tuple[str, ...], complete: bool) -> None:
    """A network hospital is a station by its role: only a list of all hospitals can hold all of those."""
    rows = [facility(0.0), facility(5.0, kind="hospital.general", roles="infectious;ems.network")]
    stations = stations_of(study(rows, complete_kinds=kinds))
    assert len(stations.located) == 2
    assert stations.complete is complete


def test_stations_by_role_alone_with_none_known_are_not_a_complete_list() -> None:
    assert not stations_of(study([facility(0.0)], stations={"kinds": [], "roles": ["ems.network"]})).complete


def seat(x_km: float, **columns: Any) -> dict[str, Any]:
    """A station known to 3 km."""
    return facility(x_km, precision="seat", uncertainty_km=3.0, **columns)


def test_rough_place_is_a_screening_where_it_holds() -> None:
    """The station at the seat may be 3 km farther: 3 x 1.3 = 3.9 km, 3.9 min; at low speed 7.8 min."""
    found = verdict_of(rule("response-time", threshold={"less_than": 50}), study([seat(0.0)]))
    assert (found.status, found.screening, found.holds_placement) == ("met", True, True)
    assert codes(found.would_settle) == ["settle.precise"]


def test_rough_place_that_decides_cannot_be_told() -> None:
    """19 min, 22.9 if farther: a goal of 20 min hangs on the place, one of 38 min on place and low speed together
    (34 + 7.8 = 41.8 min)."""
    made = study([seat(0.0)], speeds={"classes": {"primary": [60, 60, 60]}, "unclassed": [60, 60, 60]})
    found = verdict_of(rule("response-time", threshold={"less_than": 20}), made)
    assert (found.status, found.holds_placement, found.holds_low) == ("cannot tell", False, True)
    both = verdict_of(rule("response-time", threshold={"less_than": 38}), study([seat(0.0)]))
    assert (both.status, both.holds_placement, both.holds_low) == ("cannot tell", True, True)


def test_precise_stations_alone_decide_where_they_suffice() -> None:
    """The precise one gives 19 min: the rough one beside it cannot turn a goal of 20 min."""
    found = verdict_of(rule("response-time", threshold={"less_than": 20}), study([facility(0.0), seat(29.0)]))
    assert (found.status, found.screening) == ("met", False)
    assert found.value is not None
    assert found.value < 19
    needed = verdict_of(rule("response-time", threshold={"less_than": 18}), study([facility(0.0), seat(29.0)]))
    assert needed.screening or needed.status == "cannot tell"


def test_an_assumed_network_is_always_a_screening() -> None:
    assumption = {"assumption": {"zh": "假设", "en": "assumed"}}
    found = verdict_of(rule("response-time", threshold={"less_than": 60}), study([facility(0.0)], stations=assumption))
    assert (found.status, found.screening) == ("met", True)
    assert codes(found.would_settle)[0] == "settle.station-list"


def test_modelled_people_are_a_screening_only_if_it_holds_at_all_speeds() -> None:
    """19 min at central, 34 at low, 11.5 at high speed."""
    made = study([facility(0.0)], people_grade="modelled")
    assert verdict_of(rule("response-time", threshold={"less_than": 40}), made).status_text() == "met (screening)"
    assert verdict_of(rule("response-time", threshold={"less_than": 10}), made).status_text() == "not met (screening)"
    open_one = verdict_of(rule("response-time", threshold={"less_than": 20}), made)
    assert (open_one.status, open_one.holds_low, open_one.holds_high) == ("cannot tell", False, True)
    assert codes(open_one.would_settle) == ["settle.speeds", "settle.people"]


# --- service radius --------------------------------------------------------------------------------------------------


def test_equal_area_radius() -> None:
    """Urban: 100 km2 on the plane, one station: sqrt(100 / pi) = 5.642 km; the other two stand elsewhere."""
    made = study([facility(5.0), facility(15.0), facility(25.0)])
    found = verdict_of(rule("service-radius", zone="urban", **RADIUS_5), made)
    assert found.status == "not met"
    assert found.value == pytest.approx(math.sqrt(100 * TRUE_PER_PLANE / math.pi), rel=1e-4)
    assert (found.low, found.high, found.holds_low) == (None, None, None)
    assert found.definition == Message("choice.C2.equal-area")
    assert [item.layer for item in found.evidence] == ["stations", "boundaries", "zones"]
    assert found.people_affected == 0  # nobody lives farther than 4.5 km from a station, as the crow flies


def test_straight_line_radius() -> None:
    """Stations at 5, 15, 25 km: distances 4.5, 3.5, 2.5, 1.5, 0.5 twice over: 2.5 km on average."""
    made = study([facility(5.0), facility(15.0), facility(25.0)], choices={"C2": "straight-line"})
    found = verdict_of(rule("service-radius", threshold={"at_most": 2.5}, choices=["C2"]), made)
    assert found.status == "met"
    assert found.value == pytest.approx(2.5)
    turns = [(note.code, note.params["reading"]) for note in found.notes]
    assert turns == [
        ("note.reading-turns", Message("reading.equal-area")),
        ("note.reading-same", Message("reading.road")),
    ]


def test_road_radius_is_longer_than_the_straight_line() -> None:
    """People 3 km north of a station that stands 4 km along the road: 5 km straight, 4 + 3 x 1.3 = 7.9 km by road."""
    made = study([facility(1.0)], people([5.0], y_km=8.0), choices={"C2": "road"})
    found = verdict_of(rule("service-radius", threshold={"at_most": 6}), made)
    assert found.value == pytest.approx(4 + 3 * 1.3)
    assert (found.status, found.people_affected) == ("not met", 100)
    assert [item.layer for item in found.evidence] == ["stations", "people", "roads"]
    straight = next(note for note in found.notes if note.params["reading"] == Message("reading.straight-line"))
    assert straight.code == "note.reading-turns"
    assert straight.params["value"] == pytest.approx(5.0)


def test_unreachable_people_have_no_road_radius() -> None:
    road_reading = {"choices": {"C2": "road"}}
    assert verdict_of(rule("service-radius", **RADIUS_5), unreachable(**road_reading)).status == "not met"
    thin = unreachable(roads_complete=False, **road_reading)
    assert verdict_of(rule("service-radius", **RADIUS_5), thin).status == "cannot tell"


@pytest.mark.parametrize(
    ("stations", "label", "at_most", "inside"),
    [(3, "below", "met", "not met"), (1, "inside", "met", "met"), (0, "", "not met", "not met")],
)
def test_band_of_radii(stations: int, label: str, at_most: str, inside: str) -> None:
    """300 km2: 3 stations 5.64 km, 1 station 9.77 km, none: no radius."""
    plan = rule("service-radius", threshold={"band": [6, 15]}, choices=["C2", "C2-band"])
    rows = [facility(10.0 * i + 5) for i in range(stations)]
    found = [verdict_of(plan, study(rows, choices={"C2-band": reading})) for reading in ("at-most", "inside")]
    assert [(v.label, v.status) for v in found] == [(label, at_most), (label, inside)]
    if label == "below":
        assert [v.margin is not None and v.margin > 0 for v in found] == [True, False]


def test_above_the_band() -> None:
    found = verdict_of(rule("service-radius", threshold={"band": [2, 5]}), study([facility(5.0)]))
    assert (found.label, found.status) == ("above", "not met")


def test_station_near_the_border_may_stand_in_the_other_zone() -> None:
    """2 km from the border of the urban area, known to 3 km: with it 5.64 km, without it no station at all."""
    found = verdict_of(rule("service-radius", zone="urban", threshold={"at_most": 6}), study([seat(8.0)]))
    assert (found.status, found.holds_placement) == ("cannot tell", False)
    sure = verdict_of(rule("service-radius", zone="urban", threshold={"at_most": 6}), study([seat(5.0)]))
    assert (sure.status, sure.screening, sure.holds_placement) == ("met", True, True)


def test_rough_place_shifts_straight_and_road_radius() -> None:
    """2.5 km, at most 3 (by road 3.9) km more or less."""
    rows = [seat(5.0), facility(15.0), facility(25.0)]
    for reading, most in (("straight-line", 5.5), ("road", 6.4)):
        made = study(rows, choices={"C2": reading})
        held = verdict_of(rule("service-radius", threshold={"at_most": most + 0.1}), made)
        assert (held.status, held.holds_placement) == ("met", True)
        turned = verdict_of(rule("service-radius", threshold={"at_most": most - 0.1}), made)
        assert turned.holds_placement is False


def test_zone_whose_ground_is_not_known() -> None:
    """Streets without polygons: residents are urban, but no ground is."""
    made = study([facility(5.0)])
    made = Study(**{**vars(made), "urban_area": shapely.Polygon()})
    found = verdicts_of(rule("service-radius", zone="township", threshold={"at_most": 30}), gather(made))[0]
    assert (found.status, found.value) == ("cannot tell", None)
    assert codes(found.would_settle)[0] == "settle.zones"


# --- counts ----------------------------------------------------------------------------------------------------------

CITY_TWO = rule("count-per-unit", facilities={"kinds": ["ems.station"], "run_by": ["city"]}, threshold={"at_least": 2})
ONE_EACH = rule(
    "count-per-unit",
    per="county",
    facilities={"kinds": ["ems.station"], "run_by": ["county"]},
    threshold={"at_least": 1},
    choices=["C4"],
    districts_by_choice="C4",
)


def test_count_in_the_city() -> None:
    made = study([facility(5.0, run_by="city"), facility(6.0, run_by="city"), facility(7.0)])
    found = verdict_of(CITY_TWO, made)
    assert (found.status, found.value, found.margin, found.bound, found.people_affected) == ("met", 2, 0, "", None)
    assert found.target == ">= 2"


def test_count_not_met_on_a_complete_list() -> None:
    found = verdict_of(CITY_TWO, study([facility(5.0, run_by="city"), facility(6.0, run_by="city", status="planned")]))
    assert (found.status, found.value, found.people_affected) == ("not met", 1, 3000)
    assert codes(found.notes) == ["note.planned", "note.found"]


def test_count_not_met_on_an_incomplete_list_cannot_be_told() -> None:
    found = verdict_of(CITY_TWO, study([facility(5.0, run_by="city")], complete_kinds=()))
    assert (found.status, found.value, found.bound) == ("cannot tell", 1, "at least")
    assert codes(found.would_settle) == ["settle.full-list"]
    assert [item.grade for item in found.evidence] == ["missing"]
    met = verdict_of(CITY_TWO, study([facility(5.0, run_by="city")] * 2, complete_kinds=()))
    assert (met.status, met.bound) == ("met", "at least")


@pytest.mark.parametrize("unknown", [{"status": ""}, {"run_by": ""}])
def test_one_that_may_count_leaves_it_open(unknown: dict[str, str]) -> None:
    """Nobody says whether the second is open, or who runs it."""
    rows = [facility(5.0, run_by="city"), facility(6.0, **{"run_by": "city", **unknown})]
    found = verdict_of(CITY_TWO, study(rows))
    assert (found.status, found.bound) == ("cannot tell", "at least")
    assert codes(found.would_settle) == ["settle.unsure"]
    too_few = verdict_of(CITY_TWO, study(rows[1:]))
    assert too_few.status == "not met"


def test_counts_per_county_by_choice_of_districts() -> None:
    """丙区 is a district: not asked unless C4 says all."""
    rows = [facility(5.0), facility(25.0, run_by="city")]
    found = verdicts_of(ONE_EACH, gather(study(rows)))
    assert [(v.unit, v.status) for v in found] == [("甲县", "met"), ("乙市", "not met")]
    every = verdicts_of(ONE_EACH, gather(study(rows, choices={"C4": "all"})))
    assert [(v.unit, v.status) for v in every] == [("甲县", "met"), ("乙市", "not met"), ("丙区", "not met")]
    assert every[0].choices == ("C4=all",)


def test_station_without_place_and_county_may_be_anybodys() -> None:
    found = verdicts_of(ONE_EACH, gather(study([facility(5.0), facility(None)])))
    assert [v.status for v in found] == ["met", "cannot tell"]


def test_station_across_the_border_does_not_count() -> None:
    rows = [facility(5.0, run_by="city"), facility(35.0, run_by="city", county="")]
    assert verdict_of(CITY_TWO, study(rows)).value == 1


def test_at_most_so_many() -> None:
    """No more than one: two are too many whatever else is missing from the list; one may be one of several."""
    plan = rule("count-per-unit", facilities={"kinds": ["ems.station"]}, threshold={"at_most": 1})
    assert verdict_of(plan, study([facility(5.0)] * 2, complete_kinds=())).status == "not met"
    assert verdict_of(plan, study([facility(5.0)], complete_kinds=())).status == "cannot tell"
    assert verdict_of(plan, study([facility(5.0)])).status == "met"


# --- named institutions ----------------------------------------------------------------------------------------------

NAMED = rule(
    "named-count",
    expected=[
        {"kind": "ems.centre", "names": ["市急救中心", "市120中心"]},
        {"kind": "ems.centre", "county": "甲县"},
        {"kind": "ems.centre", "county": "远方县"},
    ],
)


def centre(**columns: Any) -> dict[str, Any]:
    return facility(5.0, kind="ems.centre", **columns)


def test_named_institutions() -> None:
    """The third is in a county that the study does not hold."""
    made = study([facility(5.0), facility(15.0, kind="ems.centre", run_by="", name="市120中心"), centre()])
    found = verdicts_of(NAMED, gather(made))
    assert [(v.unit, v.status, v.value) for v in found] == [("手工市", "met", 1), ("甲县", "met", 1)]
    assert [v.unit_text("zh") for v in found] == ["手工市：市急救中心", "甲县：急救中心"]
    assert found[0].citation_text("en") == "A plan (2022, §1)"


@pytest.mark.parametrize(
    ("status", "listed", "expected"),
    [
        ("planned", False, "cannot tell"),
        ("planned", True, "not met"),
        ("under construction", False, "cannot tell"),
        ("", False, "cannot tell"),
        ("", True, "cannot tell"),
        ("closed", False, "cannot tell"),
        ("closed", True, "not met"),
    ],
)
def test_named_institution_that_is_not_open(status: str, listed: bool, expected: str) -> None:
    made = study([facility(5.0), centre(status=status)], complete_kinds=["ems.centre"] if listed else [])
    found = verdicts_of(NAMED, gather(made))[1]
    assert found.status == expected
    assert bool(found.would_settle) == (expected == "cannot tell")


# --- rules that a study cannot hold ----------------------------------------------------------------------------------


URBAN = rule("response-time", zone="urban", **TIME_15)
ELSEWHERE = rule("response-time", per="county", units=["远方县"], **TIME_15)
DISTRICTS = rule("response-time", per="county", units=["丙区"], districts_by_choice="C4", **TIME_15)


@pytest.mark.parametrize(
    ("plan", "zones", "reason"),
    [(URBAN, False, "skip.no-zones"), (ELSEWHERE, True, "skip.no-unit"), (DISTRICTS, True, "skip.no-county-of-kind")],
)
def test_skipped_by_name(plan: Any, zones: bool, reason: str) -> None:
    verdicts, skipped = judge_plans(gather(study([facility(0.0)], zones=zones)), (plan,))
    assert verdicts == ()
    assert [(s.rule, s.reason.code) for s in skipped] == [("r", reason)]


@pytest.mark.parametrize(
    "plan",
    [
        rule("response-time", per="county", units=["甲县", "甲线"], **TIME_15),
        rule("count-per-unit", facilities={"kinds": ["cdc"], "counties": ["甲县", "甲线"]}, threshold={"at_least": 1}),
        rule("named-count", expected=[{"kind": "cdc", "county": "甲县"}, {"kind": "cdc", "county": "甲线"}]),
    ],
    ids=["units", "selector", "institutions"],
)
def test_a_unit_that_matches_nothing_is_named_beside_the_verdicts(plan: Any) -> None:
    verdicts, skipped = judge_plans(gather(study([facility(0.0)])), (plan,))
    assert len(verdicts) == 1
    assert [(s.rule, s.reason.code, s.reason.params["units"]) for s in skipped] == [("r", "skip.units-missing", "甲线")]
    assert "甲县" in skipped[0].reason.text("zh")


def test_a_rule_that_no_unit_triggers_is_said() -> None:
    plan = rule("population-trigger", above=1e9, facilities={"kinds": ["cdc"]})
    verdicts, skipped = judge_plans(gather(study([facility(0.0)])), (plan,))
    assert (verdicts, [s.reason.code for s in skipped]) == ((), ["skip.nothing-asked"])
    assert skipped[0].reason.text("en")


def test_units_named_or_all_by_choice() -> None:
    plan = rule("response-time", per="county", units=["甲县"], units_by_choice="C6", choices=["C3", "C6"], **TIME_15)
    for reading, units in (("named", COUNTIES[:1]), ("all", COUNTIES)):
        found = verdicts_of(plan, gather(study([facility(0.0)], choices={"C6": reading})))
        assert tuple(v.unit for v in found) == units


def test_every_text_of_a_verdict_can_be_said() -> None:
    """Codes are made from readings, kinds and grades: each must be in the catalogue, in both languages."""
    rows = [facility(0.0, run_by="city"), facility(None), facility(5.0, status=""), seat(8.0), centre(status="planned")]
    facts = gather(study(rows, people_grade="modelled", complete_kinds=(), roads_complete=False))
    plans = (
        rule("response-time", choices=["C3", "C6"], **TIME_15),
        rule("service-radius", threshold={"band": [1, 2]}, choices=["C2", "C2-band"]),
        CITY_TWO,
        ONE_EACH,
        NAMED,
    )
    for plan in plans:
        for found in verdicts_of(plan, facts):
            for lang in ("zh", "en"):
                said = [message.text(lang) for message in (*found.notes, *found.would_settle)]
                said += [found.unit_text(lang), found.status_text(lang), found.citation_text(lang)]
                assert all(said)
                assert not any("Message(" in sentence for sentence in said)
                assert len(found.choices_text(lang)) == len(found.choices)


def test_at_places_points_where_it_says() -> None:
    assert np.hypot(at(3, 4).x - at(0, 0).x, at(3, 4).y - at(0, 0).y) == 5000
