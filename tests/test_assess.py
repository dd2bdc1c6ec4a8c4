"""A whole assessment: against a second implementation in plain Python, and by what must always hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import METRIC, digraph, random_network
from pyproj import Geod, Transformer
from shapely import Polygon
from shapely.geometry.base import BaseGeometry
from studies import BEFORE_MIN, COUNTIES, at, facility, people, rectangle, road, rule, study, verdict_of

from carereach.coverage.assess import assess, demand_with_times, gather, judge_plans, ledger, road_traits
from carereach.coverage.check import check_study
from carereach.coverage.results import SHARE_MINUTES, Assessment, RoadTraits
from carereach.coverage.rules import read_plan
from carereach.coverage.statistics import statistics
from carereach.errors import StudyError
from carereach.layers.study import Study

EMERGENCY = tuple(f"YL-EMS-{number}" for number in range(1, 7))


# --- a second implementation -----------------------------------------------------------------------------------------


def town(seed: int) -> Study:
    """A town of 6 x 6 km on a random network; stations and people stand on junctions, so access legs have no length."""
    rng = np.random.default_rng(seed)
    network = random_network(seed)
    reachable = np.flatnonzero(network.pieces.label == 0)
    chosen = rng.permutation(reachable)
    stations, homes = chosen[:6], chosen[6:36]
    counties = gpd.GeoDataFrame(
        {"county": ["东县", "西区"], "code": "", "city": "试市"},
        geometry=[rectangle(3, -1, 7, 7), rectangle(-1, -1, 3, 7)],
        crs=METRIC,
    )
    urban = rectangle(-1, -1, 2.5, 4)

    def county_of(points: np.ndarray) -> np.ndarray:
        return np.where(shapely.covers(counties.geometry.iloc[0], points), "东县", "西区")

    homes_at = shapely.points(network.xy[homes])
    demand = gpd.GeoDataFrame(
        {
            "residents": rng.integers(0, 500, len(homes)).astype(float),
            "county": county_of(homes_at),
            "township": "",
            "zone": np.where(shapely.covers(urban, homes_at), "urban", "township"),
        },
        geometry=homes_at,
        crs=METRIC,
    )
    rows = []
    for place, body in zip(
        shapely.points(network.xy[stations]), rng.permutation(["city"] * 2 + ["county"] * 4), strict=True
    ):
        row = facility(0.0, run_by=str(body), county=str(county_of(np.array([place]))[0]))
        rows.append(row | {"geometry": place})
    made = study(rows, demand, network=network, speeds={})
    return replace(made, counties=replace(made.counties, frame=counties), urban_area=urban)


def square_km_of(ground: BaseGeometry) -> float:
    """Area on the ellipsoid."""
    to_degrees = Transformer.from_crs(METRIC, 4326, always_xy=True)
    round_world = shapely.transform(
        ground.segmentize(200), lambda c: np.column_stack(to_degrees.transform(c[:, 0], c[:, 1]))
    )
    return abs(float(Geod(ellps="WGS84").geometry_area_perimeter(round_world)[0])) / 1e6


def by_hand(made: Study) -> dict[tuple[str, str], float]:
    """YL-EMS-1 ... 6 in plain loops: networkx for the times, the ellipsoid for the areas."""
    graph = digraph(made.roads)
    node_of = {(round(x, 3), round(y, 3)): node for node, (x, y) in enumerate(made.roads.xy)}
    stations = [node_of[round(p.x, 3), round(p.y, 3)] for p in made.facilities.frame.geometry]
    driven = nx.multi_source_dijkstra_path_length(graph, set(stations), weight="minutes")
    found: dict[tuple[str, str], float] = {}
    for zone, radius_rule, time_rule in (("urban", "YL-EMS-1", "YL-EMS-2"), ("township", "YL-EMS-3", "YL-EMS-4")):
        total, weight = 0.0, 0.0
        for home in made.people.frame.itertuples():
            if home.zone == zone:
                minutes = BEFORE_MIN + driven[node_of[round(home.geometry.x, 3), round(home.geometry.y, 3)]]
                total, weight = total + home.residents * minutes, weight + home.residents
        found[time_rule, zone] = total / weight
        ground = shapely.union_all(made.counties.frame.geometry.to_numpy())
        assert made.urban_area is not None
        ground = ground & made.urban_area if zone == "urban" else ground - made.urban_area
        inside = sum(1 for p in made.facilities.frame.geometry if ground.covers(p))
        square_km = square_km_of(ground)
        found[radius_rule, zone] = (square_km / (np.pi * inside)) ** 0.5 if inside else np.inf
    facilities = made.facilities.frame
    found["YL-EMS-5", "试市"] = sum(1 for body in facilities["run_by"] if body == "city")
    found["YL-EMS-6", "东县"] = sum(1 for f in facilities.itertuples() if f.run_by == "county" and f.county == "东县")
    return found


@pytest.mark.parametrize("seed", range(6))
def test_verdicts_equal_a_second_implementation(seed: int) -> None:
    made = town(seed)
    plan = read_plan("yulin", Path())
    plan = plan.model_copy(update={"rule": tuple(r for r in plan.rule if r.id in EMERGENCY)})
    verdicts, skipped = judge_plans(gather(made), (plan,))
    expected = by_hand(made)
    assert not skipped
    assert {(v.rule, v.unit) for v in verdicts} == set(expected)
    for verdict in verdicts:
        value = expected[verdict.rule, verdict.unit]
        assert verdict.value == (pytest.approx(value, rel=1e-5) if np.isfinite(value) else None)
        limit = verdict.target_value
        assert limit is not None
        met = value >= limit if verdict.rule in EMERGENCY[4:] else value <= limit
        assert verdict.status == ("met" if met else "not met")


# --- what must always hold -------------------------------------------------------------------------------------------

anywhere = st.floats(-3, 33)
crowds = st.lists(st.tuples(anywhere, st.floats(0, 1e5, allow_subnormal=False)), min_size=1, max_size=12)
posts = st.lists(st.floats(0, 30), min_size=1, max_size=5)


def crowd(places: list[tuple[float, float]], posts_km: list[float], *gaps: tuple[int, int]) -> Study:
    xs, residents = zip(*places, strict=True)
    return study([facility(x) for x in posts_km], people(xs, residents), network=road(*gaps))


@given(crowds, posts)
@settings(max_examples=20, deadline=None)
def test_everybody_is_somewhere_in_the_ledger(places: list[tuple[float, float]], posts_km: list[float]) -> None:
    """The road has a gap: whoever is nearest to the other piece is unreachable if no station stands on it."""
    demand = demand_with_times(gather(crowd(places, posts_km, (0, 12), (14, 30))))
    found = ledger(demand)
    assert found.balanced
    assert found.residents == pytest.approx(sum(count for _, count in places), rel=1e-12)
    assert found.outside == pytest.approx(sum(count for x, count in places if not 0 <= x < 30), rel=1e-12)
    near = demand["response_min"] <= 60
    assert found.reached == pytest.approx(demand.loc[near & (demand["county"] != ""), "residents"].sum(), rel=1e-12)


def test_ledger_of_four_fates() -> None:
    """At 20 km/h 10 wait 7 min, 20 wait 91; 40 stand on a piece without a station, 80 outside every county."""
    slow = {"classes": {"primary": [10.0, 20.0, 40.0]}, "unclassed": [10.0, 20.0, 40.0]}
    demand = people([1.0, 29.0, 45.0, 31.0], [10, 20, 40, 80])
    demand["county"] = ["甲县", "丙区", "丙区", ""]
    made = study([facility(0.0)], demand, network=road((0, 30), (40, 50)), speeds=slow)
    found = ledger(demand_with_times(gather(made)))
    assert (found.residents, found.reached, found.beyond, found.unreachable, found.outside) == (150, 10, 20, 40, 80)


@given(crowds, posts, st.floats(0, 30))
@settings(max_examples=20, deadline=None)
def test_one_more_station_never_hurts(places: list[tuple[float, float]], posts_km: list[float], new_km: float) -> None:
    """No response, no mean and no radius grows; who was reached stays reached."""
    before, after = (gather(crowd(places, posts_km + more)) for more in ([], [new_km]))
    assert (after.minutes() <= before.minutes() + 1e-9).all()
    assert (after.straight_km <= before.straight_km + 1e-9).all()
    was, now = (statistics(facts).set_index(["level", "unit"]) for facts in (before, after))
    for column in ("mean_min", "mean_straight_km", "p90_min", "radius_km"):
        assert not (now[column] > was[column] + 1e-9).any()
    for minutes in SHARE_MINUTES:
        assert not (now[f"share_{minutes}"] < was[f"share_{minutes}"] - 1e-9).any()


@given(posts, st.lists(st.floats(0, 30), min_size=1, max_size=3), st.sampled_from(["response-time", "service-radius"]))
@settings(max_examples=20, deadline=None)
def test_met_without_the_unlocated_is_met_with_them(known: list[float], hidden: list[float], kind: str) -> None:
    """A verdict given while stations have no place is the one they all give together, wherever they stand."""
    plan = rule(kind, threshold={"at_most": 9})
    while_hidden = verdict_of(plan, study([facility(x) for x in known] + [facility(None)] * len(hidden)))
    told = verdict_of(plan, study([facility(x) for x in known + hidden]))
    if while_hidden.status != "cannot tell":
        assert while_hidden.status == told.status == "met"
    assert told.status != "cannot tell"


@given(st.lists(st.floats(1, 29), min_size=1, max_size=3), st.lists(st.floats(-1, 1), min_size=3, max_size=3))
@settings(max_examples=20, deadline=None)
def test_a_screening_over_places_holds_at_the_true_places(seats: list[float], moved: list[float]) -> None:
    """Stations known to 1 km that really stand up to 1 km along the road elsewhere do not turn what was screened."""
    plan = rule("response-time", threshold={"less_than": 12})
    rough = [facility(x, precision="seat", uncertainty_km=1.0) for x in seats]
    screened = verdict_of(plan, study(rough))
    true = verdict_of(plan, study([facility(x + by) for x, by in zip(seats, moved, strict=False)]))
    if screened.status != "cannot tell":
        assert screened.screening
        assert screened.status == true.status


# --- the whole result ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def result() -> Assessment:
    """Two stations, one without a place, people off the road and outside, some facility planned."""
    rows = [facility(5.0), facility(None), facility(25.0, status="planned"), facility(20.0)]
    made = study(
        rows, people([1.0, 9.0, 11.0, 29.0, 40.0], [100, 200, 300, 0, 50], y_km=6.0), plans=["yulin", "qinzhou"]
    )
    return assess(made)


def test_result_reconciles(result: Assessment) -> None:
    """Off the road 1 km: 1.3 km at 5 km/h are 15.6 min each."""
    assert result.ledger.residents == 650
    assert (result.ledger.reached, result.ledger.outside) == (600, 50)
    assert result.ledger.balanced
    assert result.demand["response_min"].to_numpy()[:4] == pytest.approx(BEFORE_MIN + 15.6 + np.array([4, 4, 6, 9]))
    assert result.demand["off_road_km"].to_numpy()[:4] == pytest.approx(1.0)
    assert result.demand["station"].tolist() == ["s0", "s0", "s0", "s3", "s3"]


def test_result_says_what_its_roads_hold(result: Assessment) -> None:
    """The roads of the tests are two-way and without limits; of one edge each is changed."""
    assert result.road_traits == RoadTraits(one_way=False, limits=False)
    roads = random_network(1)
    first = np.arange(roads.edges) == 0
    assert road_traits(replace(roads, forward=first, backward=first)).one_way is False
    assert road_traits(replace(roads, forward=first, backward=~first)).one_way is True
    unknown = np.full(roads.edges, np.nan)
    bare = replace(roads, maxspeed_forward=unknown, maxspeed_backward=unknown)
    assert road_traits(bare).limits is False
    assert road_traits(replace(bare, maxspeed_backward=np.where(first, 50.0, np.nan))).limits is True


def test_result_skips_what_is_not_about_it_by_name(result: Assessment) -> None:
    skipped = {s.rule: s.reason.code for s in result.skipped}
    assert (skipped["QZ-EMS-1"], skipped["QZ-EMS-2"]) == ("skip.no-unit", "skip.other-city")
    assert set(EMERGENCY) <= {v.rule for v in result.verdicts}


def test_result_as_tables(result: Assessment) -> None:
    for lang in ("zh", "en"):
        frame = result.to_frame(lang)
        assert len(frame) == len(result.verdicts)
        assert frame["plan"].notna().all()
        assert not frame.astype(str).apply(lambda c: c.str.contains("Message(", regex=False)).any(axis=None)
    by_rule = result.to_frame("zh").set_index("rule")
    assert by_rule.loc["YL-EMS-2", "unit"] == "主城区"
    assert by_rule.loc["YL-EMS-2", "citation"].startswith("《玉林市医疗卫生服务体系“十四五”规划》")
    assert by_rule.loc["YL-EMS-3", "choices"].startswith("C2：")


def test_statistics_of_every_area(result: Assessment) -> None:
    """Urban: 100 residents 4 km, 200 residents 4 km from the station: 4 + 15.6 + 4 min; the city: (300 x 23.6 +
    300 x 25.6) / 600 = 24.6 min."""
    table = result.statistics.set_index(["level", "unit"])
    assert list(result.statistics["level"]) == ["city", "zone", "zone", "county", "county", "county"]
    assert table.loc[("zone", "urban"), "mean_min"] == pytest.approx(23.6)
    assert table.loc[("city", "手工市"), "mean_min"] == pytest.approx(24.6)
    assert table.loc[("city", "手工市"), "residents"] == 600
    assert table.loc[("city", "手工市"), "stations"] == 2
    assert table.loc[("county", "丙区"), "residents"] == 0
    assert np.isnan(table.loc[("county", "丙区"), "mean_min"])
    assert table.loc[("zone", "urban"), "share_15"] == 0
    assert table.loc[("zone", "urban"), "share_30"] == 1
    assert table.loc[("county", "乙市"), "radius_km"] == np.inf or table.loc[("county", "乙市"), "stations"] >= 1
    parts = table.loc[[("zone", "urban"), ("zone", "township")], "area_km2"].sum()
    assert parts == pytest.approx(table.loc[("city", "手工市"), "area_km2"], rel=1e-6)


def test_townships_have_statistics_of_their_own() -> None:
    made = study([facility(5.0)])
    frame = gpd.GeoDataFrame(
        {"township": ["一镇"], "county": ["甲县"], "kind": "town"}, geometry=[rectangle(0, 0, 4, 10)], crs=METRIC
    )
    made.people.frame.loc[made.people.frame.geometry.x < at(4).x, "township"] = "一镇"
    made = replace(made, townships=replace(made.counties, name="townships", frame=frame))
    row = statistics(gather(made)).set_index("level").loc["township"]
    assert (row["unit"], row["county"], row["residents"], row["stations"]) == ("一镇", "甲县", 400, 0)
    assert row["mean_min"] == pytest.approx(BEFORE_MIN + 3.0)  # 4.5, 3.5, 2.5, 1.5 km
    assert np.isnan(row["radius_km"])  # no station, no radius


def test_station_on_a_shared_border_counts_on_both_sides() -> None:
    table = statistics(gather(study([facility(10.0)]))).set_index(["level", "unit"])
    assert table.loc[[("county", "甲县"), ("county", "乙市")], "stations"].tolist() == [1, 1]


def test_zone_of_unknown_ground_has_no_radius() -> None:
    made = replace(study([facility(5.0)]), urban_area=shapely.Polygon())
    table = statistics(gather(made)).set_index(["level", "unit"])
    assert table.loc[[("zone", "urban"), ("zone", "township")], ["area_km2", "radius_km"]].isna().all(axis=None)


def test_no_zones_no_rows_of_zones() -> None:
    assert set(statistics(gather(study([facility(5.0)], zones=False)))["level"]) == {"city", "county"}


def test_parameters_say_whose_they_are() -> None:
    made = study([facility(5.0)], response={"turnout_min": 2, "max_access_km": 20})
    table = gather(made).model.to_frame().set_index("name")
    assert table.loc["turnout_min", ["value", "status", "source"]].tolist() == [2.0, "study", "by-hand"]
    assert table.loc["call_handling_min", "status"] == "unverified"
    assert table.loc["max_access_km", ["value", "status"]].tolist() == [20.0, "study"]
    assert table.loc["speed.primary", ["low", "value", "high", "status"]].tolist() == [30.0, 60.0, 120.0, "study"]
    assert table.loc["speed.trunk", "status"] == "unverified"
    assert "unverified" in table.loc["speed.trunk", "source"]
    plain = gather(study([facility(5.0)], speeds={})).model.to_frame().set_index("name")
    assert set(plain.loc[plain.index.str.startswith("speed."), "status"]) == {"unverified"}


def test_steps_are_told(result: Assessment) -> None:
    del result
    told: list[str] = []
    assess(study([facility(5.0)]), step=told.append)
    assert told[:3] == ["times", "rules", "statistics"]


def broken_plans(tmp_path: Path) -> Iterator[str]:
    for name in ("one.toml", "two.toml"):
        (tmp_path / name).write_text("id = 'x'\n", encoding="utf-8")
        yield name


def test_mistakes_of_all_plans_are_told_at_once(tmp_path: Path) -> None:
    made = replace(study([facility(5.0)], plans=[*broken_plans(tmp_path), "nowhere"]), folder=tmp_path)
    with pytest.raises(StudyError) as caught:
        assess(made)
    assert {problem.file for problem in caught.value.problems} == {"one.toml", "two.toml", "study.toml"}


def test_check_tells_of_plans_and_choices_beside_layers(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(
        'name = "x"\nplans = ["nowhere"]\n[choices]\nC3 = "calls"\n[boundaries]\npath = "a.gpkg"\n'
        '[[facilities]]\npath = "b.csv"\n[roads]\npath = "c.osm"\n[people]\npath = "d.tif"\n',
        encoding="utf-8",
    )
    checked, problems = check_study(str(tmp_path))
    assert checked is None
    codes = [problem.code for problem in problems]
    assert codes.count("file.missing") >= 4
    assert {"plan.unknown", "choice.unknown-reading"} <= set(codes)
    assert pd.Series(codes).value_counts()["plan.unknown"] == 1


def test_counties_stand_where_the_helpers_say() -> None:
    frame = study([facility(5.0)]).counties.frame
    assert frame["county"].tolist() == list(COUNTIES)
    assert frame.geometry.iloc[1].covers(at(15.0))


def test_an_empty_urban_area_is_no_crash() -> None:
    """A rural study by the degree of urbanisation: zones are known, and nobody is urban."""
    made = replace(study([facility(5.0)]), urban_area=Polygon())
    made.people.frame["zone"] = "township"
    row = statistics(gather(made)).set_index("unit").loc["urban"]
    assert (row["residents"], row["area_km2"], row["stations"]) == (0, 0, 0)
    assert np.isnan(row["radius_km"])
