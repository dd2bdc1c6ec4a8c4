"""What the page's map reads, counts and finds, as it stands in the file: numbers are the assessment's, in few bytes."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from assessments import NASTY, SOUTH, UTM, WEST, assessment, counties, demand, facilities, field, hostile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from shapely.geometry import box

from carereach.coverage.results import Field
from carereach.layers.model import Layer
from carereach.maps.page import field as page_field
from carereach.maps.page.field import LONGEST, OUTSIDE, UNREACHABLE, fit, goals, hundredths, packed, powers, reading
from carereach.maps.page.reach import reach
from carereach.maps.page.search import townships_at


def unpacked(text: str) -> NDArray[np.uint16]:
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype="<u2")


class TestHundredths:
    def test_rounded_up_with_codes_for_what_is_no_time(self) -> None:
        minutes = np.array([0.0, 15.0, 15.004, 14.996, 700.0, np.inf, np.nan])
        assert hundredths(minutes).tolist() == [0, 1500, 1501, 1500, LONGEST, UNREACHABLE, OUTSIDE]

    @given(st.floats(0, 650), st.integers(0, 60))
    @settings(deadline=None)
    def test_who_is_within_a_limit_of_whole_minutes_stays_within_it(self, minutes: float, limit: int) -> None:
        # a hundred-thousandth of a minute over the limit is taken for the limit
        if not limit < minutes < limit + 1e-5:
            assert bool(hundredths(np.array([minutes]))[0] <= 100 * limit) == (minutes <= limit)

    def test_packed_as_the_browser_unpacks_it(self) -> None:
        assert unpacked(packed(np.array([1, 258, 65535], dtype=np.uint16))).tolist() == [1, 258, 65535]


# metric systems of other kinds than UTM: conic over half of China, azimuthal over a prefecture, Web Mercator
SYSTEMS: dict[str, tuple[CRS, float, float, float]] = {
    "utm": (UTM, WEST, SOUTH, 250.0),
    "albers": (CRS.from_proj4("+proj=aea +lat_1=25 +lat_2=47 +lat_0=30 +lon_0=105 +units=m"), -4e5, 3e5, 1_500.0),
    "azimuthal": (CRS.from_proj4("+proj=laea +lat_0=-30 +lon_0=-51 +units=m"), -60_000.0, 60_000.0, 300.0),
    "mercator": (CRS.from_epsg(3857), 1.22e7, 2.6e6, 300.0),
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_polynomials_hit_the_cell(system: str) -> None:
    """Random places of the grid, turned into degrees by pyproj, come back to a hundredth of a cell."""
    crs, west, north, cell = SYSTEMS[system]
    grid = Field(np.zeros((400, 350), dtype=np.float32), west, north, cell, crs)
    rng = np.random.default_rng(5)
    col, row = rng.uniform(0, 350, 500), rng.uniform(0, 400, 500)
    lon, lat = Transformer.from_crs(crs, 4326, always_xy=True).transform(west + col * cell, north - row * cell)
    found = fit(grid)
    x = (lon - found["lon"][0]) / found["lon"][1]
    y = (lat - found["lat"][0]) / found["lat"][1]
    terms = np.column_stack([x**i * y**j for i, j in powers()])
    assert np.abs(terms @ found["col"] - col).max() < 0.01
    assert np.abs(terms @ found["row"] - row).max() < 0.01


class TestReading:
    def test_cells_are_those_of_the_field(self) -> None:
        found = reading(assessment())
        assert found is not None
        assert (found["rows"], found["cols"]) == (60, 60)
        cells = unpacked(found["minutes"]).reshape(60, 60)
        # row 59, column 30: one cell of 2/3 km from the middle of the south edge, at 2 minutes a km
        assert cells[59, 30] == 134  # 1.3333 rounded up
        assert cells[10, 10] == OUTSIDE
        assert cells[30, 55] == UNREACHABLE

    def test_places_with_residents(self) -> None:
        found = reading(assessment())
        assert found is not None
        points = found["points"]
        assert points["count"] == 30
        # the first point: 3 km east and 2 km north of the south-west corner; cells of 2/3 km, 60 rows
        assert points["box"] == pytest.approx([4.5, 30.0 + 3.0, 55.5, 57.0])
        assert unpacked(points["minutes"])[:3].tolist() == [400, 500, 600]
        assert unpacked(points["low"])[:3].tolist() == [520, 650, 780]
        assert unpacked(points["minutes"])[-1] == UNREACHABLE
        assert set(unpacked(points["station"]).tolist()) == {0}
        assert unpacked(points["zone"])[[0, 29]].tolist() == [0, 1]
        assert points["townships"] == ["某镇"]

    def test_nobody_and_nowhere_are_left_out(self) -> None:
        people = demand()
        people.loc[0, "residents"] = 0.0
        people.loc[1, "county"] = ""
        people.loc[2, "station"] = "gone"
        found = reading(assessment(demand=people))
        assert found is not None
        assert found["points"]["count"] == 28
        assert unpacked(found["points"]["station"])[0] == page_field.STEPS

    def test_of_too_many_places_the_most_populous_stay(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(page_field, "MOST_POINTS", 3)
        found = reading(assessment())
        assert found is not None
        # residents grow with the number: the last three, of which the last two are unreachable; point 27 is 4 + 9*4 + 3
        assert unpacked(found["points"]["minutes"]).tolist() == [4300, UNREACHABLE, UNREACHABLE]

    def test_hospitals_that_are_or_may_be_open(self) -> None:
        places = facilities(count=12)
        places["kind"] = "hospital.general"
        places["status"] = ["open", "", "planned", "closed", "under construction"] + ["open"] * 7
        found = reading(assessment(facilities=Layer("facilities", places, "assumed")))
        assert found is not None
        named = [each[0] for each in found["nearest"]["hospital"]]
        assert named == ["机构 1", "机构 2", *(f"机构 {n}" for n in range(6, 12))]  # the twelfth is not located
        assert found["nearest"]["primary"] == []
        # 4 km east of the corner and 4 km north of it; the eleventh is known to its seat only
        assert found["nearest"]["hospital"][0][1:] == [6.0, 54.0, 0.0]
        assert found["nearest"]["hospital"][-1][3] == 3.0

    def test_goals_in_minutes_with_where_they_hold(self) -> None:
        assert goals(assessment()) == [
            {"rule": 0, "verdict": 0, "limit": 15.0, "strict": True, "county": 0},
            {"rule": 0, "verdict": 1, "limit": 15.0, "strict": True, "county": 1},
        ]
        whole = assessment()
        met = whole.verdicts[0]
        others = (replace(met, unit="township", target="<= 15 min"), replace(met, unit="示例市", target="10-15 min"))
        zone = goals(replace(whole, verdicts=(*others, replace(met, unit="示例市"))))
        assert zone == [
            {"rule": 0, "verdict": 0, "limit": 15.0, "strict": False, "zone": 1},
            {"rule": 0, "verdict": 2, "limit": 15.0, "strict": True},
        ]

    def test_without_field_people_or_stations(self) -> None:
        empty = replace(field(), minutes=np.full((60, 60), np.nan, dtype=np.float32))
        assert reading(assessment(field=empty)) is None
        whole = assessment()
        bare = reading(assessment(demand=whole.demand.iloc[:0], stations=whole.stations.iloc[:0]))
        assert bare is not None
        assert bare["points"]["count"] == 0
        assert bare["stations"] == []
        assert json.dumps(bare, allow_nan=False)

    def test_a_prefecture_takes_less_than_a_megabyte(self) -> None:
        rng = np.random.default_rng(3)
        count = 20_000
        people = gpd.GeoDataFrame(
            demand().drop(columns="geometry").iloc[np.zeros(count, dtype=int)].reset_index(drop=True),
            geometry=gpd.points_from_xy(WEST + rng.uniform(0, 4e4, count), SOUTH + rng.uniform(0, 2e4, count)),
            crs=UTM,
        )
        for name in ("response_min", "response_low_min", "response_high_min"):
            people[name] = rng.uniform(0, 90, count)
        cells = replace(field(), minutes=rng.uniform(0, 90, (300, 300)).astype(np.float32))
        many = Layer("facilities", facilities(count=2_000), "assumed")
        assert len(json.dumps(reading(assessment(demand=people, field=cells, facilities=many)))) < 1_000_000


def counted(content: dict[str, Any], name: str, minutes: int, county: int | None = None) -> float:
    return sum(part[name][minutes] for part in content["parts"] if county in (None, part["county"]))


class TestReach:
    def test_counts_by_hand(self) -> None:
        """Points 0 ... 29 with 100 x (1 + number) residents; 4 + 9 x row + column minutes."""
        content = reach(assessment())
        assert counted(content, "within", 3) == 0
        assert counted(content, "within", 4) == 100
        assert counted(content, "within", 15) == 4500  # 1 ... 6 at 4 ... 9 min, 7 ... 9 at 13 ... 15 min
        # west county (position 1): columns 0 ... 2: 100 + 200 + 300 and 700 + 800 + 900
        assert counted(content, "within", 15, 1) == 3000
        # at low speed times are 1.3 times as long: 4 ... 9 min become 5.2 ... 11.7, 13 min 16.9
        assert counted(content, "low", 15) == 2100
        assert sum(part["unreachable"] for part in content["parts"]) == 2900 + 3000
        assert sum(part["residents"] for part in content["parts"]) == 46_500
        assert {(part["county"], part["zone"]) for part in content["parts"]} == {(0, 0), (0, 1), (1, 0), (1, 1)}

    @given(st.lists(st.tuples(st.floats(0, 90), st.floats(0.01, 1e6)), min_size=30, max_size=30))
    @settings(deadline=None, max_examples=15)
    def test_shares_are_the_assessments_and_grow(self, people: list[tuple[float, float]]) -> None:
        frame = demand()
        frame["response_min"], frame["residents"] = (np.array(each) for each in zip(*people, strict=True))
        content = reach(assessment(demand=frame))
        total = frame["residents"].sum()
        before = 0.0
        for minutes in range(61):
            now = counted(content, "within", minutes)
            assert now >= before
            before = now
            expected = frame["residents"][frame["response_min"] <= minutes].sum()
            assert now / total == pytest.approx(expected / total, abs=1e-9)

    def test_people_outside_every_county_and_empty_places_do_not_count(self) -> None:
        people = demand()
        people.loc[0, "county"] = ""
        people.loc[1, "residents"] = 0.0
        assert sum(part["residents"] for part in reach(assessment(demand=people))["parts"]) == 46_500 - 100 - 200
        assert reach(assessment(demand=people.iloc[:0])) == {"last": 60, "parts": []}


class TestTownships:
    def test_with_borders_and_by_their_people(self) -> None:
        towns = gpd.GeoDataFrame(
            {"township": ["甲镇", "乙镇"], "county": "东县", "kind": "town"},
            geometry=[box(WEST, SOUTH, WEST + 5_000, SOUTH + 5_000), None],
            crs=UTM,
        )
        people = demand().iloc[:2].assign(township="乙镇", county="东县", residents=[100.0, 300.0])
        found = townships_at(assessment(townships=Layer("townships", towns, "surveyed"), demand=people))
        assert [(each["name"], each["county"], each["shape"]) for each in found] == [
            ("甲镇", "东县", 0),
            ("乙镇", "东县", -1),
        ]
        # points at 3 and 9.8 km east of the corner, the second with three times the residents: 8.1 km
        to_degrees = Transformer.from_crs(UTM, 4326, always_xy=True)
        lon, lat = to_degrees.transform(WEST + 8_100, SOUTH + 2_000)
        assert found[1]["at"] == pytest.approx([lat, lon], abs=2e-5)

    def test_without_any(self) -> None:
        assert townships_at(assessment(demand=demand().assign(township=""))) == []

    def test_names_are_text(self) -> None:
        people = hostile().demand.assign(township=NASTY)
        found = townships_at(
            assessment(demand=people, counties=Layer("boundaries", counties((NASTY, "西县")), "surveyed"))
        )
        assert {each["name"] for each in found} == {NASTY}
