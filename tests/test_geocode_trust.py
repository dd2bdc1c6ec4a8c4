"""Trust: what each kind of evidence does to a decision, and that better evidence never makes it worse."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from carereach.layers.geocode.ground import Ground, Standing
from carereach.layers.geocode.model import Candidate, Placed, Precision, Query
from carereach.layers.geocode.pairs import check_together
from carereach.layers.geocode.trust import (
    LEVELS,
    PROPOSED_DATUM,
    Evidence,
    Limit,
    decide,
    distances_km,
    trust_of,
    weigh,
)
from carereach.layers.settings_geocode import GeocodeTable, TrustWeights
from carereach.texts import Message

TABLE = GeocodeTable()
INSIDE = Standing("西县", "山口镇", 0.0, 0.0)
CENTRE = Query(2, "山口镇卫生院", county="西县", township="山口镇", kind="primary.township")
# At 22.5 degrees north a degree of latitude is 111.2 km: 0.001 degrees are 111 m.
LON, LAT = 110.07, 22.57


def answer(
    provider: str = "one", *, north: float = 0.0, name: str = "山口镇卫生院", precision: Precision = "exact"
) -> Candidate:
    return Candidate(provider, LON, LAT + north, "wgs84", name=name, precision=precision)


def weighed(*candidates: Candidate, query: Query = CENTRE, standing: Standing = INSIDE) -> Placed:
    return weigh(query, candidates, [standing] * len(candidates), TABLE)


def codes(placed: Placed) -> list[str]:
    return [reason.code for reason in placed.reasons]


def test_the_score_is_the_weighted_mean() -> None:
    # .35 * 1 + .25 * .8 + .2 * 1 + .15 * .5 (unknown) + .05 * 1 = .875
    evidence = Evidence(name=1.0, place=0.8, precision=1.0, kind=1.0)
    assert trust_of(evidence, TrustWeights()) == pytest.approx(0.875)
    doubled = TrustWeights(name=0.7, place=0.5, precision=0.4, agreement=0.3, kind=0.1)
    assert trust_of(evidence, doubled) == pytest.approx(0.875)


def test_the_same_name_in_the_stated_township_is_accepted_with_reasons_in_both_languages() -> None:
    placed = weighed(answer())
    assert placed.decision == "accept"
    assert codes(placed) == ["geocode.name-same", "geocode.in-township", "geocode.precision-exact"]
    for reason in placed.reasons:
        assert reason.text("zh") != reason.text("en")


def test_no_answer_is_a_rejection_with_a_reason() -> None:
    placed = weighed()
    assert (placed.decision, placed.chosen, codes(placed)) == ("reject", None, ["geocode.no-answer"])


@pytest.mark.parametrize(
    ("change", "decision", "code"),
    [
        ({"name": "山口镇中心卫生院"}, "review", "geocode.name-kind"),
        ({"name": "河东镇卫生院"}, "review", "geocode.name-place"),
        ({"precision": "township"}, "review", "geocode.precision-township"),
        ({"precision": "unknown"}, "review", "geocode.precision-unknown"),
        ({"name": ""}, "review", "geocode.name-none"),
    ],
)
def test_a_doubtful_answer_is_for_a_person(change: dict[str, str], decision: str, code: str) -> None:
    placed = weighed(replace(answer(), **change))
    assert placed.decision == decision
    assert code in codes(placed)


@pytest.mark.parametrize(
    ("standing", "decision", "code"),
    [
        (Standing("东县", "河东镇", 4.0, 4.0), "review", "geocode.outside-county"),
        (Standing("东县", "河东镇", 11.0, 11.0), "reject", "geocode.outside-county"),
        (Standing("西县", "水口镇", 0.0, 3.0), "review", "geocode.centre-in-other-township"),
        (Standing("西县", "", 0.0, None), "accept", "geocode.in-county"),
        (Standing("", "", 0.2, None), "accept", "geocode.in-county"),
        (Standing("西县", "水口镇", 0.0, 0.2), "accept", "geocode.in-township"),
        (Standing(), "review", "geocode.unconfirmed"),
    ],
)
def test_where_it_lies_decides(standing: Standing, decision: str, code: str) -> None:
    placed = weighed(answer(), standing=standing)
    assert placed.decision == decision
    assert code in codes(placed)


def test_a_health_centre_in_another_township_stays_for_review_even_if_two_sources_say_so() -> None:
    away = Standing("西县", "水口镇", 0.0, 3.0)
    placed = weighed(answer(), answer("two"), standing=away)
    assert placed.decision == "review"
    assert "geocode.centre-in-other-township" in codes(placed)


def test_a_hospital_in_another_township_is_accepted_once_a_second_source_agrees() -> None:
    away = Standing("西县", "水口镇", 0.0, 3.0)
    hospital = Query(2, "西县人民医院", county="西县", township="山口镇", kind="hospital.general")
    one = answer(name="西县人民医院")
    assert weighed(one, query=hospital, standing=away).decision == "review"
    both = weighed(one, replace(one, provider="two"), query=hospital, standing=away)
    assert both.decision == "accept"
    assert "geocode.agree" in codes(both)


def test_two_sources_apart_are_a_contradiction() -> None:
    # 0.05 degrees are 5.6 km, over the 2 km of apart_km
    placed = weighed(answer(), answer("two", north=0.05))
    assert placed.decision == "review"
    assert "geocode.contradicted" in codes(placed)


def test_an_answer_of_another_name_contradicts_nobody() -> None:
    placed = weighed(answer(), answer("two", north=0.05, name="河东镇卫生院"))
    assert placed.decision == "accept"
    assert placed.chosen and placed.chosen.candidate.provider == "one"


def test_one_facility_in_two_places() -> None:
    placed = weighed(answer(), answer(north=0.05))
    assert placed.decision == "review"
    assert codes(placed)[0] == "geocode.two-places"
    assert "5.6" in placed.reasons[0].text("zh")


def test_without_outlines_the_providers_county_is_compared_in_words() -> None:
    agreeing = replace(answer(), county="西县")
    assert weighed(agreeing, standing=Standing()).decision == "accept"
    placed = weighed(replace(answer(), county="东县"), standing=Standing())
    assert placed.decision == "review"
    assert "geocode.county-differs" in codes(placed)


def test_a_datum_that_is_only_proposed_is_never_accepted_and_no_witness() -> None:
    own = replace(answer("list"), detail={PROPOSED_DATUM: "GCJ-02"})
    assert weighed(own).decision == "review"
    assert "geocode.datum-proposed" in codes(weighed(own))
    both = weighed(own, answer("two", north=0.05))
    assert both.chosen and both.chosen.candidate.provider == "two"
    assert both.decision == "accept"


def test_distances_are_great_circles() -> None:
    # One degree of latitude on a sphere of 6371.0088 km: pi / 180 * 6371.0088
    assert distances_km([110, 110], [22, 23])[0, 1] == pytest.approx(111.195, abs=1e-3)


shares = st.none() | st.floats(0, 1)
parts = ("name", "place", "precision", "agreement", "kind")
evidences = st.builds(Evidence, *([shares] * 5))
weights = st.builds(TrustWeights, **{part: st.floats(0.01, 1) for part in parts})


@given(evidences, weights, st.sampled_from(parts), st.floats(0, 1), st.floats(0, 1))
def test_better_evidence_never_lowers_trust(
    evidence: Evidence, chosen: TrustWeights, part: str, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    worse, better = (trust_of(replace(evidence, **{part: share}), chosen) for share in (low, high))
    assert 0 <= worse <= better + 1e-12 <= 1 + 1e-9


limits = st.lists(st.sampled_from(LEVELS).map(lambda most: Limit(most, Message("geocode.contradicted"))), max_size=4)


@given(st.floats(0, 1), st.floats(0, 1), limits, limits)
def test_more_trust_never_worsens_a_decision_and_a_limit_never_betters_it(
    one: float, other: float, some: list[Limit], more: list[Limit]
) -> None:
    low, high = sorted((one, other))
    assert LEVELS.index(decide(low, some, TABLE)) <= LEVELS.index(decide(high, some, TABLE))
    assert LEVELS.index(decide(low, [*some, *more], TABLE)) <= LEVELS.index(decide(low, some, TABLE))


@given(st.floats(0, 0.1), st.floats(0, 0.1), st.sampled_from([INSIDE, Standing("西县", "", 0.0), Standing()]))
def test_a_second_source_that_comes_nearer_never_lowers_trust(one: float, other: float, standing: Standing) -> None:
    near, far = sorted((one, other))

    def of_first(north: float) -> tuple[float, int]:
        placed = weighed(answer(), answer("two", north=north), standing=standing)
        first = next(t for t in placed.candidates if t.candidate.provider == "one")
        return first.trust, LEVELS.index(first.decision)

    assert of_first(near)[0] >= of_first(far)[0] - 1e-12
    assert of_first(near)[1] >= of_first(far)[1]


@given(st.floats(0, 0.003), st.sampled_from([INSIDE, Standing("西县", "", 0.0), Standing()]))
def test_a_second_source_at_the_same_place_never_lowers_trust(north: float, standing: Standing) -> None:
    """Up to 0.003 degrees (334 m) the agreement is above one half, the share of what is unknown."""
    alone = weighed(answer(), standing=standing)
    both = weighed(answer(), answer("two", north=north), standing=standing)
    first = next(t for t in both.candidates if t.candidate.provider == "one")
    assert alone.chosen is not None
    assert first.trust >= alone.chosen.trust
    assert LEVELS.index(first.decision) >= LEVELS.index(alone.chosen.decision)


def rows(*queries: Query, norths: tuple[float, ...]) -> list[Placed]:
    return [
        weighed(answer(name=query.name, north=north), query=query) for query, north in zip(queries, norths, strict=True)
    ]


def test_two_facilities_on_one_point_are_both_for_review() -> None:
    # 0.0002 degrees are 22 m, under the 30 m of same_point_m
    other = Query(3, "西县妇幼保健院", county="西县", kind="mch")
    first, second = check_together(rows(CENTRE, other, norths=(0, 0.0002)), TABLE)
    assert (first.decision, second.decision) == ("review", "review")
    assert first.reasons[0].text("en") == "Another facility stands on the same point: row 3, 西县妇幼保健院."
    apart = check_together(rows(CENTRE, other, norths=(0, 0.0004)), TABLE)
    assert [row.decision for row in apart] == ["accept", "accept"]


def test_a_hospital_and_its_emergency_station_may_share_a_point() -> None:
    hospital = Query(2, "西县人民医院", county="西县", kind="hospital.general")
    station = Query(3, "西县人民医院急救站", county="西县", kind="ems.station")
    assert [row.decision for row in check_together(rows(hospital, station, norths=(0, 0)), TABLE)] == ["accept"] * 2


def test_one_facility_listed_twice_and_one_in_two_places() -> None:
    again = replace(CENTRE, row=9)
    twice = check_together(rows(CENTRE, again, norths=(0, 0)), TABLE)
    assert [row.reasons[0].code for row in twice] == ["geocode.listed-twice"] * 2
    apart = check_together(rows(CENTRE, again, norths=(0, 0.01)), TABLE)
    assert [row.reasons[0].code for row in apart] == ["geocode.same-name-apart"] * 2
    assert [row.decision for row in apart] == ["review"] * 2
    elsewhere = replace(again, township="水口镇")
    assert [row.decision for row in check_together(rows(CENTRE, elsewhere, norths=(0, 0.01)), TABLE)] == ["accept"] * 2


def test_what_a_person_decided_stays_and_the_other_row_is_told() -> None:
    first, second = rows(CENTRE, Query(3, "西县妇幼保健院", county="西县", kind="mch"), norths=(0, 0))
    decided = replace(first, decided_by="person")
    person, other = check_together([decided, second], TABLE)
    assert person == decided
    assert other.decision == "review"


def square(west: float, south: float) -> shapely.Polygon:
    return shapely.box(west, south, west + 10_000, south + 10_000)


@pytest.fixture(scope="module")
def ground() -> Ground:
    """西县 of two townships, 山口镇 below 水口镇, each 10 x 10 km; 东县 beside it; corner at (400, 2400) km."""
    frame = {
        "county": ["西县", "西县", "东县"],
        "township": ["山口镇", "水口镇", "山口镇"],
        "geometry": [square(400e3, 2400e3), square(400e3, 2410e3), square(410e3, 2400e3)],
    }
    townships = gpd.GeoDataFrame(frame, crs="EPSG:32649")
    counties = townships.dissolve("county").reset_index().assign(code=["450202", "450201"], city="青禾市")
    return Ground(counties[["county", "code", "city", "geometry"]], townships, "青禾市")


def at(x: float, y: float) -> Candidate:
    point = gpd.GeoSeries([shapely.Point(x, y)], crs="EPSG:32649").to_crs(4326)[0]
    return Candidate("one", point.x, point.y, "wgs84", name="山口镇卫生院", precision="exact")


def test_standings_on_hand_drawn_ground(ground: Ground) -> None:
    """A place 4 km into 水口镇, then one 3 km into 东县, then one 5 km west of everything."""
    query = Query(2, "山口镇卫生院", county="西县", township="山口镇")
    candidates = [at(405e3, 2405e3), at(405e3, 2414e3), at(413e3, 2405e3), at(395e3, 2405e3)]
    found = ground.standings([query] * 4, candidates)
    assert [(s.county, s.township) for s in found] == [
        ("西县", "山口镇"),
        ("西县", "水口镇"),
        ("东县", "山口镇"),
        ("", ""),
    ]
    assert [s.outside_km for s in found] == pytest.approx([0, 0, 3, 5], abs=1e-6)
    assert [s.township_km for s in found] == pytest.approx([0, 4, 3, 5], abs=1e-6)


@pytest.mark.parametrize(
    ("query", "county", "township"),
    [
        (Query(2, "卫生院", county="西", township="山口"), "西县", "山口镇"),
        (Query(2, "卫生院", county="450201"), "西县", ""),
        (Query(2, "卫生院", county="青禾市西县"), "西县", ""),
        (Query(2, "卫生院", address="青禾市西县水口镇民主路3号"), "西县", "水口镇"),
        (Query(2, "东县山口镇卫生院"), "东县", "山口镇"),
        (Query(2, "山口镇卫生院", county="北县"), "北县", "山口镇"),
        (Query(2, "卫生院", address="西县与东县交界"), "", ""),
    ],
)
def test_stated_county_and_township_are_read_from_columns_and_addresses(
    ground: Ground, query: Query, county: str, township: str
) -> None:
    stated = ground.stated(query)
    assert (stated.county, stated.township, stated.city) == (county, township, "青禾市")


def test_without_a_study_nothing_is_known_of_the_ground() -> None:
    assert Ground().standings([CENTRE], [answer()]) == [Standing()]
    assert Ground().stated(CENTRE) == CENTRE
