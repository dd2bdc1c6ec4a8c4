"""What is within reach of a study's places: a naive second way over the tutorial, hand-worked equity, invariants."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from good_study import write_good_study
from hypothesis import given, settings
from hypothesis import strategies as st

from carereach.coverage.access import Access, Service, access_parameters, decay_of, services_of
from carereach.coverage.access_tables import EQUITY_COLUMNS, access_of, equity_of
from carereach.coverage.assess import assess, gather
from carereach.coverage.facts import Facts
from carereach.coverage.times import nearest
from carereach.layers.settings import AccessTable
from carereach.layers.study import open_study


@pytest.fixture(scope="module")
def tutorial() -> Facts:
    return gather(open_study("tutorial"))


@pytest.fixture(scope="module")
def found(tutorial: Facts) -> Access:
    return access_of(tutorial)


def changed(facts: Facts, **columns: object) -> Facts:
    """The facts with some columns of all facilities replaced."""
    layer = facts.study.facilities
    study = replace(facts.study, facilities=replace(layer, frame=layer.frame.assign(**columns)))
    return replace(facts, study=study, memo={})


def of(facts: Facts, key: str) -> Service:
    return next(service for service in services_of(facts) if service.key == key)


def test_all_pairs_again_by_plain_loops(tutorial: Facts) -> None:
    """The whole of the tutorial a second time: one hospital after the other as the only one there is, Gaussian weights
    in a loop."""
    found, model = of(tutorial, "hospital"), tutorial.model
    frame, demand = tutorial.study.facilities.frame, tutorial.demand
    kinds = ["hospital.general", "hospital.tcm", "hospital.integrated"]
    hospitals = frame[frame["kind"].isin(kinds) & (frame["status"] == "open")]
    roads = tutorial.study.roads.at_speeds(replace(model.speeds, emergency_factor=1.0))
    people = demand["residents"].to_numpy() * (demand["county"] != "").to_numpy()
    edge, expected = math.exp(-0.5), np.zeros(len(demand))
    for place, beds in enumerate(hospitals["beds"]):
        alone = nearest(roads, hospitals.iloc[[place]], demand, access=model.access, to_facility=True)["minutes"]
        weights = [(math.exp(-0.5 * (t / 60) ** 2) - edge) / (1 - edge) if t <= 60 else 0.0 for t in alone]
        sought = sum(weight * count for weight, count in zip(weights, people, strict=True))
        expected += [beds * weight / sought for weight in weights]
    assert found.supply == "beds"
    assert found.column == "hospital_beds_per_1000"
    inside = (demand["county"] != "").to_numpy()
    assert found.index[inside] == pytest.approx(1000 * expected[inside], rel=1e-9, abs=1e-9)
    assert np.isnan(found.index[~inside]).all()


def test_what_residents_receive_adds_up_to_what_takes_part(tutorial: Facts, found: Access) -> None:
    people = np.where(tutorial.inside("all"), tutorial.demand["residents"].to_numpy(), 0.0)
    for service in found.services:
        offered = service.places["offers"].to_numpy()[service.takes_part].sum()
        for values in (service.index, service.gravity):
            assert np.nansum(values * people) / service.per == pytest.approx(offered)


def test_unknown_capacities_are_not_invented(found: Access) -> None:
    """20 of the 24 open health centres state their beds, one has no place: 23 count as one each."""
    primary = found.services[1]
    assert primary.supply == "facilities"
    assert primary.column == "primary_facilities_per_100000"
    assert primary.places["offers"].tolist() == [1.0] * 24
    assert primary.takes_part.sum() == 23
    said = " ".join(note.text("en") for note in primary.notes)
    assert "beds stated for 20 of 24" in said
    assert "1 have no place" in said


def test_ambulances_count_where_all_are_stated(tutorial: Facts) -> None:
    found = of(tutorial, "emergency")
    stations = tutorial.stations.located
    assert (found.supply, found.per) == ("ambulances", 100_000)
    assert found.places["offers"].sum() == stations["ambulances"].sum()
    one_blank = stations["ambulances"].where(np.arange(len(stations)) > 0)
    blank = replace(tutorial, stations=replace(tutorial.stations, located=stations.assign(ambulances=one_blank)))
    assert of(blank, "emergency").supply == "facilities"


def test_a_service_nobody_offers_is_absent_and_said(tutorial: Facts) -> None:
    frame = tutorial.study.facilities.frame
    without = changed(tutorial, kind=frame["kind"].where(~frame["kind"].str.startswith("primary"), "other"))
    found = access_of(without)
    assert found.absent == ("primary",)
    assert not any(column.startswith("primary") for column in found.table)
    assert "health centres: none open in the lists, so no figures" in [note.text("en") for note in found.notes]


def test_facilities_without_any_place_leave_zeros(tutorial: Facts) -> None:
    frame = tutorial.study.facilities.frame
    nowhere = gpd.GeoSeries([None] * len(frame), index=frame.index, crs=frame.crs)
    found = of(changed(tutorial, geometry=nowhere), "hospital")
    assert not found.takes_part.any()
    assert np.nansum(found.index) == 0.0


def test_who_stands_outside_and_who_may_be_open_is_said(tutorial: Facts) -> None:
    frame = tutorial.study.facilities.frame
    hospitals = frame.index[(frame["kind"] == "hospital.general") & (frame["status"] == "open")]
    county, status = frame["county"].copy(), frame["status"].copy()
    county[hospitals[0]], status[hospitals[1]] = "", ""
    found = of(changed(tutorial, county=county, status=status), "hospital")
    assert len(found.places) == 9
    assert found.takes_part.sum() == 8
    said = " ".join(note.text("en") for note in found.notes)
    assert "1 outside the counties" in said
    assert "1 left out because nobody says" in said


def test_ratios_are_of_what_stands_in_the_county(tutorial: Facts, found: Access) -> None:
    frame = tutorial.study.facilities.frame
    table = found.table
    for _, row in table[table["level"] == "county"].iterrows():
        kinds = frame["kind"].isin(["hospital.general", "hospital.tcm", "hospital.integrated"])
        beds = frame.loc[kinds & (frame["status"] == "open") & (frame["county"] == row["unit"]), "beds"].sum()
        assert row["hospital_beds_total"] == beds
        assert row["hospital_beds_ratio_per_1000"] == pytest.approx(1000 * beds / row["residents"])


def test_what_may_stand_in_either_zone_is_not_guessed(found: Access) -> None:
    """One health centre has no place but a county: counties are known, zones are not."""
    table = found.table.set_index(["level", "unit"])["primary_facilities_total"]
    assert table["zone"].isna().all()
    assert table["county"].sum() == table["city"].sum() == 24.0


def test_means_of_counties_make_the_mean_of_the_city(found: Access) -> None:
    table = found.table
    for column in [name for name in table if "_per_" in str(name) and "ratio" not in str(name)]:
        for level in ("zone", "county", "township"):
            rows = table[table["level"] == level]
            held = (rows[column] * rows["residents"]).sum()
            city = table.iloc[0]
            assert held == pytest.approx(city[column] * city["residents"], rel=1e-6), (column, level)


def test_equity_of_the_tutorial_adds_up(found: Access) -> None:
    table = found.equity
    city, counties = table.iloc[0], table[table["level"] == "county"]
    within = 100.0 * city["theil_within_counties"] / city["theil"]
    assert counties["theil_share_percent"].sum() == pytest.approx(within)
    for kind in ("counties", "zones"):
        assert city[f"theil_within_{kind}"] + city[f"theil_between_{kind}"] == pytest.approx(city["theil"])
    assert (counties["mean_ratio"] * counties["residents"]).sum() == pytest.approx(city["residents"])


def frame_of(rows: list[tuple[float, float, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["minutes", "residents", "county", "zone"])


def test_equity_by_hand() -> None:
    """County a: 10 and 30 min for one person each; b: 20 min for two. Mean 20 everywhere, so nothing between.

    Gini: differences of 10-30 once (20), 10-20 twice, 30-20 twice (10 each) of 16 ordered pairs: 2 x 60 / 16 / 2 / 20.
    """
    people = frame_of([(10, 1, "a", ""), (30, 1, "a", ""), (20, 2, "b", ""), (math.inf, 5, "b", "")])
    table = equity_of(people, "both", ["a", "b"]).set_index("unit")
    assert table.loc["both", "gini"] == pytest.approx(120 / 16 / 40)
    assert table["left_out"].tolist() == [5.0, 0.0, 5.0]
    assert table["mean_ratio"].tolist() == [1.0, 1.0, 1.0]
    # T of a: (0.5 ln 0.5 + 1.5 ln 1.5) / 2; it holds half of all minutes
    alone = (0.5 * math.log(0.5) + 1.5 * math.log(1.5)) / 2
    assert table.loc["a", "theil"] == pytest.approx(alone)
    assert table.loc["both", "theil"] == pytest.approx(alone / 2)
    assert table.loc["both", "theil_between_counties"] == pytest.approx(0.0, abs=1e-12)
    assert table["theil_share_percent"].tolist() == pytest.approx([100.0, 100.0, 0.0], abs=1e-9)
    assert table["theil_between_zones"].isna().all()


def test_equity_without_anybody() -> None:
    table = equity_of(frame_of([(math.inf, 5.0, "a", "")]), "city", ["a", "empty"])
    assert table.columns.tolist() == EQUITY_COLUMNS
    assert table["left_out"].tolist() == [5.0, 5.0, 0.0]
    assert table["gini"].isna().all()


people = st.lists(
    st.tuples(st.floats(1, 120), st.floats(1, 50), st.sampled_from("abc"), st.sampled_from(["urban", "township"])),
    min_size=1,
    max_size=9,
)


@settings(max_examples=40, deadline=None)
@given(people, st.floats(0.1, 10))
def test_equity_does_not_depend_on_the_unit_of_time(rows: list[tuple[float, float, str, str]], factor: float) -> None:
    frame = frame_of(rows)
    one = equity_of(frame, "city", ["a", "b", "c"])
    other = equity_of(frame.assign(minutes=frame["minutes"] * factor), "city", ["a", "b", "c"])
    known = one["gini"].dropna()
    assert ((known >= 0) & (known < 1)).all()
    for column in ("gini", "palma", "theil", "mean_ratio"):
        assert other[column].to_numpy() == pytest.approx(one[column].to_numpy(), rel=1e-6, abs=1e-9, nan_ok=True)
    parts = one[one["level"] == "county"]["theil_share_percent"].sum()
    assert parts * one["theil"].iloc[0] / 100 == pytest.approx(one["theil_within_counties"].iloc[0], abs=1e-9)


def test_decay_as_the_study_says() -> None:
    assert decay_of(AccessTable(), 30.0) == "gaussian"
    assert decay_of(AccessTable(decay="equal"), 30.0) is None
    # Luo and Qi 2009: zones of 10 minutes in a catchment of 30
    assert decay_of(AccessTable(decay="zones"), 30.0) == [(10.0, 1.0), (20.0, 0.68), (30.0, 0.22)]


def test_parameters_of_the_studys_own_are_its_own(tutorial: Facts) -> None:
    given = tutorial.study.settings
    default = {each.name: each for each in access_parameters(given)}
    assert default["access.primary_min"].status == "seen"
    assert default["access.hospital_min"].status == "unverified"
    own = access_parameters(given.model_copy(update={"access": AccessTable(primary_min=20)}))
    assert {each.name: (each.value, each.status) for each in own}["access.primary_min"] == (20.0, "study")


def test_an_assessment_brings_it(tmp_path: Path) -> None:
    found = assess(open_study(write_good_study(tmp_path)))
    assert found.access is not None
    assert found.access.points.index.equals(found.demand.index)
    assert {"access.impedance", "call_handling_min"} <= set(found.parameters["name"])
