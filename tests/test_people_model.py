"""County totals spread by the stated model: worked out by hand on a few cells, and reconciled in general."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from carereach.errors import Findings, InputError
from carereach.layers.boundaries import read_boundaries
from carereach.layers.people import read_people
from carereach.layers.people_model import spread
from carereach.layers.settings import BoundariesFile, Calibration, PeopleFile, SpreadModel

UTM = CRS.from_epsg(32649)
X, Y = 400_000.0, 2_400_000.0


def counties(**widths_km: float) -> gpd.GeoDataFrame:
    """Counties side by side, 1 km high, of these widths."""
    edges = X + 1000 * np.cumsum([0, *widths_km.values()])
    boxes = [shapely.box(west, Y, east, Y + 1000) for west, east in pairwise(edges)]
    return gpd.GeoDataFrame({"county": list(widths_km)}, geometry=boxes, crs=UTM)


def seats(**places: tuple[float, float]) -> gpd.GeoSeries:
    return gpd.GeoSeries([shapely.Point(X + x, Y + y) for x, y in places.values()], index=list(places), crs=UTM)


def road(*points: tuple[float, float]) -> np.ndarray:
    return np.array([shapely.LineString([(X + x, Y + y) for x, y in points])])


MODEL = SpreadModel(seats="seats.csv", cell_km=1, seat_share=0.25, seat_scale_km=2, road_scale_km=1)


def test_three_cells_by_hand() -> None:
    """Centres at 0.5, 1.5, 2.5 km; the seat in the first; a road that crosses the line of centres at 2.5 km."""
    findings = Findings("p.csv")
    frame = spread(
        pd.Series({"甲县": 1000.0}),
        counties(甲县=3),
        seats(甲县=(500, 500)),
        MODEL,
        road((2500, -9000), (2500, 9000)),
        findings,
    )
    assert findings.problems == [] and frame["county"].tolist() == ["甲县"] * 3
    assert (frame.geometry.x - X).tolist() == [500, 1500, 2500]
    # by seat: km 0, 1, 2 over 2 km; by road: km 2, 1, 0 over 1 km
    by_seat = [1, math.exp(-0.5), math.exp(-1)]
    by_road = [math.exp(-2), math.exp(-1), 1]
    expected = [250 * s / sum(by_seat) + 750 * r / sum(by_road) for s, r in zip(by_seat, by_road, strict=True)]
    assert frame["residents"].tolist() == pytest.approx(expected, rel=1e-12)
    assert math.fsum(frame["residents"]) == 1000


def test_without_a_seat_roads_decide_alone_and_without_roads_it_is_even() -> None:
    findings = Findings("p.csv")
    frame = spread(pd.Series({"甲县": 900.0}), counties(甲县=3), seats(), MODEL, None, findings)
    assert frame["residents"].tolist() == pytest.approx([300, 300, 300])
    assert [p.code for p in findings.problems] == ["people.spread-no-roads", "people.spread-no-seat"]
    findings = Findings("p.csv")
    frame = spread(
        pd.Series({"甲县": 900.0}), counties(甲县=3), seats(), MODEL, road((2500, -9000), (2500, 9000)), findings
    )
    by_road = np.exp([-2.0, -1, 0])
    assert frame["residents"].to_numpy() == pytest.approx(900 * by_road / by_road.sum())
    assert [p.code for p in findings.problems] == ["people.spread-no-seat"]


def test_seat_outside_its_county_is_said_and_used() -> None:
    findings = Findings("p.csv")
    frame = spread(
        pd.Series({"甲县": 1.0, "乙县": 1.0}),
        counties(甲县=2, 乙县=2),
        seats(甲县=(3500, 500), 乙县=(3500, 500)),
        MODEL,
        road((0, 0), (4000, 0)),
        findings,
    )
    (problem,) = findings.problems
    assert problem.code == "people.seat-outside" and problem.params == {"unit": "甲县", "km": "1.5"}
    first, second = frame["residents"].iloc[:2]
    assert second > first  # the second cell of 甲县 is nearer to the seat


def test_county_too_small_for_a_cell_keeps_its_people() -> None:
    tiny = counties(甲县=3, 乙县=0.3)
    frame = spread(pd.Series({"甲县": 5.0, "乙县": 7.0}), tiny, seats(), MODEL, None, Findings("p.csv"))
    last = frame[frame["county"] == "乙县"]
    assert last["residents"].tolist() == [7] and tiny.geometry[1].contains(last.geometry.iloc[0])


def test_seat_far_off_does_not_underflow() -> None:
    frame = spread(
        pd.Series({"甲县": 10.0}),
        counties(甲县=3),
        seats(甲县=(9e6, 0)),
        MODEL,
        road((0, 9e6), (1, 9e6)),
        Findings("p.csv"),
    )
    assert np.isfinite(frame["residents"]).all() and math.fsum(frame["residents"]) == 10


def test_grid_of_a_continent_is_refused() -> None:
    huge = gpd.GeoDataFrame({"county": ["甲县"]}, geometry=[shapely.box(0, 0, 3e6, 3e6)], crs=UTM)
    with pytest.raises(InputError, match="too many cells"):
        spread(pd.Series({"甲县": 1.0}), huge, seats(), MODEL, None, Findings("p.csv"))


@settings(max_examples=60, deadline=None)
@given(
    totals=st.lists(st.floats(0, 3e6), min_size=2, max_size=2),
    share=st.floats(0, 1),
    seat_km=st.floats(0.1, 50),
    road_km=st.floats(0.1, 50),
    cell_km=st.floats(0.2, 5),
)
def test_spread_reconciles(totals: list[float], share: float, seat_km: float, road_km: float, cell_km: float) -> None:
    """Whatever the model's numbers: nobody negative, and each county's sum is its total."""
    model = SpreadModel(seats="s", cell_km=cell_km, seat_share=share, seat_scale_km=seat_km, road_scale_km=road_km)
    census = pd.Series(dict(zip(["甲县", "乙县"], totals, strict=True)))
    frame = spread(
        census, counties(甲县=7, 乙县=4), seats(甲县=(500, 500)), model, road((0, 0), (2000, 0)), Findings("p")
    )
    assert (frame["residents"] >= 0).all()
    for name, total in census.items():
        assert math.fsum(frame["residents"][frame["county"] == name]) == pytest.approx(total, abs=1e-6, rel=0)


def study(folder: Path, people: str, places: str) -> PeopleFile:
    (folder / "people.csv").write_text(people, encoding="utf-8")
    (folder / "seats.csv").write_text(places, encoding="utf-8")
    return PeopleFile(path="people.csv", format="counties", spread=MODEL)


def test_tables_are_read_and_the_layer_is_modelled(tmp_path: Path) -> None:
    lon, lat = Transformer.from_crs(UTM, 4326, always_xy=True).transform(X + 500, Y + 500)
    config = study(tmp_path, "区县,人口\n甲县,1000\n丙县,5\n", f"county,lon,lat\n甲县,{lon},{lat}\n乙县,,\n")
    layer = read_people(config, tmp_path, UTM, counties(甲县=3), road((0, 0), (3000, 0)))
    assert layer.grade == "modelled" and layer.frame["residents"].sum() == pytest.approx(1000, abs=1e-9)
    assert list(layer.frame.columns) == ["residents", "county", "township", "zone", "geometry"]
    assert [p.code for p in layer.problems] == ["people.rows-unused"]


@pytest.mark.parametrize(
    ("people", "places", "code"),
    [
        ("county,residents\n乙县,1\n", "county,lon,lat\n甲县,110,21\n", "people.county-missing"),
        ("county,residents\n甲县,1\n甲县,2\n", "county,lon,lat\n甲县,110,21\n", "people.county-twice"),
        ("county,residents\n甲县,-1\n", "county,lon,lat\n甲县,110,21\n", "people.negative"),
        ("county,residents\n甲县,x\n", "county,lon,lat\n甲县,110,21\n", "table.not-a-number"),
        ("county,residents\n甲县,1\n", "county,lon,lat\n甲县,110,21\n甲县,110,22\n", "people.seat-twice"),
        ("county,residents\n甲县,1\n", "county,lon,lat\n甲县,21,110\n", "people.not-degrees"),
        ("county,residents\n甲县,1\n", "county,lon\n甲县,21\n", "places.no-column"),
        ("county,number\n甲县,1\n", "county,lon,lat\n甲县,110,21\n", "people.no-column"),
        ("county,residents\n甲县,0\n", "county,lon,lat\n甲县,110,21\n", "people.nobody"),
    ],
)
def test_tables_that_do_not_serve(tmp_path: Path, people: str, places: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        read_people(study(tmp_path, people, places), tmp_path, UTM, counties(甲县=3), None)
    assert code in {p.code for p in caught.value.problems}
    assert all(p.line("en") and p.line("zh") for p in caught.value.problems)


def test_problems_of_all_three_tables_are_said_at_once(tmp_path: Path) -> None:
    config = study(tmp_path, "county,residents\n甲县,-1\n", "county,lon,lat\n甲县,21,110\n")
    (tmp_path / "census.csv").write_text("county,residents\n甲县,x\n", encoding="utf-8")
    config = config.model_copy(update={"calibrate": Calibration(path="census.csv")})
    with pytest.raises(InputError) as caught:
        read_people(config, tmp_path, UTM, counties(甲县=3), None)
    assert [(p.file, p.code) for p in caught.value.problems] == [
        ("people.csv", "people.negative"),
        ("seats.csv", "people.not-degrees"),
        ("census.csv", "table.not-a-number"),
    ]


def test_totals_need_counties(tmp_path: Path) -> None:
    config = study(tmp_path, "county,residents\n甲县,1\n", "county,lon,lat\n甲县,110,21\n")
    with pytest.raises(InputError, match="without boundaries"):
        read_people(config, tmp_path, UTM, None)


def test_yulin_and_qinzhou(shared_data: Path) -> None:
    """The 2018 figures of 11 counties, to the person; 福绵区 has no seat, 钦北区's lies in 钦南区 (SOURCES.md)."""
    folder = shared_data / "guangxi"
    ground = read_boundaries(BoundariesFile(path="counties.geojson", county="district_name"), folder, None).frame
    config = PeopleFile(
        path="county_population.csv",
        format="counties",
        columns={"residents": "residents_2018_yearend"},
        spread=SpreadModel(seats="county_seats.csv"),
    )
    nodes = pd.read_csv(folder / "highway_nodes.csv").set_index("id")
    edges = pd.read_csv(folder / "highway_edges.csv")
    ends = [nodes.loc[edges[end], ["lon", "lat"]].to_numpy() for end in ("u", "v")]
    lines = gpd.GeoSeries(shapely.linestrings(np.stack(ends, axis=1)), crs=4326).to_crs(ground.crs).to_numpy()
    layer = read_people(config, folder, ground.crs, ground, lines)
    written = pd.read_csv(folder / "county_population.csv").set_index("county")["residents_2018_yearend"]
    summed = layer.frame.groupby("county")["residents"].sum()
    assert summed.to_dict() == pytest.approx(written.to_dict(), abs=1e-6)
    said = {(p.code, p.params["unit"]) for p in layer.problems}
    assert said == {("people.spread-no-seat", "福绵区"), ("people.seat-outside", "钦北区")}
