"""A column of unknown datum: decided by known facilities, roads and borders, or said to be undecided."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from carereach.layers.geocode.unknown_datum import (
    DATUMS,
    LABELS,
    DatumProposal,
    Witnesses,
    as_wgs84,
    from_wgs84,
    metres,
    propose_datum,
)
from carereach.layers.settings_parts import Datum

METRIC = "EPSG:32649"


def places(count: int, *, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Places around 22.6 N, 110.1 E, some 60 km wide, in WGS 84."""
    rng = np.random.default_rng(seed)
    return rng.uniform(109.8, 110.4, count), rng.uniform(22.3, 22.9, count)


def known_at(lon: np.ndarray, lat: np.ndarray, **others: object) -> Witnesses:
    return Witnesses(lon, lat, np.full(len(lon), "", dtype=str), **others)  # type: ignore[arg-type]


def unknown(count: int, **others: object) -> Witnesses:
    return known_at(np.full(count, np.nan), np.full(count, np.nan), **others)


def propose(datum: Datum, lon: np.ndarray, lat: np.ndarray, witnesses: Witnesses) -> DatumProposal:
    """The proposal for the places written in ``datum``."""
    return propose_datum(*from_wgs84(lon, lat, datum), witnesses)


@pytest.mark.parametrize("datum", DATUMS)
def test_known_facilities_decide(datum: Datum) -> None:
    """The list is 100 m off in each direction (normal), and one match in ten is another place kilometres away."""
    lon, lat = places(40)
    rng = np.random.default_rng(2)
    known_lon, known_lat = lon + rng.normal(0, 0.001, 40), lat + rng.normal(0, 0.001, 40)
    known_lon[::10] += 0.04
    found = propose(datum, lon, lat, known_at(known_lon, known_lat))
    assert found.datum == datum
    assert found.confidence > 0.99
    assert found.witnesses == {"known": 40, "county": 0, "roads": 0}
    assert LABELS[datum] in found.reason.text("zh")
    # The median of a Rayleigh distribution is 1.18 sigmas of some 107 m; a wrong datum is some 500 m off.
    assert found.median_m[datum] < 200
    assert all(found.median_m[other] > 300 for other in DATUMS if other != datum)


@pytest.mark.parametrize("datum", DATUMS)
def test_roads_decide(datum: Datum) -> None:
    """Roads every 3 km, west to east and south to north; each facility stands 30 m beside one."""
    start, step, lines = 2_460_000.0, 3_000.0, 20
    x0 = 580_000.0
    along = [shapely.LineString([(x0, start + k * step), (x0 + 60_000, start + k * step)]) for k in range(lines)]
    up = [shapely.LineString([(x0 + k * step, start), (x0 + k * step, start + 60_000)]) for k in range(lines)]
    rng = np.random.default_rng(3)
    spots = [(x0 + rng.uniform(0, 57_000), start + int(rng.integers(0, lines)) * step + 30) for _ in range(60)]
    spots += [(x0 + int(rng.integers(0, lines)) * step + 30, start + rng.uniform(0, 57_000)) for _ in range(60)]
    points = gpd.GeoSeries(shapely.points(spots), crs=METRIC).to_crs(4326)
    roads = unknown(120, roads=np.array([*along, *up], dtype=object), roads_crs=gpd.GeoSeries([], crs=METRIC).crs)
    found = propose(datum, points.x.to_numpy(), points.y.to_numpy(), roads)
    assert found.datum == datum
    assert found.witnesses == {"known": 0, "county": 0, "roads": 120}


@pytest.mark.parametrize("datum", DATUMS)
def test_borders_decide(datum: Datum) -> None:
    """Facilities 200 m on either side of borders that run west to east and south to north through a chess board."""
    size, x0, y0 = 10_000.0, 590_000.0, 2_470_000.0
    board = [(i, j) for i in range(4) for j in range(4)]
    counties = gpd.GeoDataFrame(
        {"county": [f"{i}{j}县" for i, j in board]},
        geometry=[
            shapely.box(x0 + i * size, y0 + j * size, x0 + (i + 1) * size, y0 + (j + 1) * size) for i, j in board
        ],
        crs=METRIC,
    )
    corners = [(200.0, 200.0), (200.0, size - 200), (size - 200, 200.0), (size - 200, size - 200)]
    spots = [(x0 + i * size + dx, y0 + j * size + dy) for i, j in board for dx, dy in corners]
    points = gpd.GeoSeries(shapely.points(spots), crs=METRIC).to_crs(4326)
    stated = np.repeat(counties["county"].to_numpy(str), 4)
    nan = np.full(len(spots), np.nan)
    found = propose(datum, points.x.to_numpy(), points.y.to_numpy(), Witnesses(nan, nan, stated, counties))
    assert found.datum == datum
    assert found.witnesses["county"] == 64


def test_without_evidence_nothing_is_proposed() -> None:
    lon, lat = places(30)
    found = propose("gcj02", lon, lat, unknown(30))
    assert found.datum is None
    assert found.confidence == pytest.approx(1 / 3)
    assert found.reason.code == "geocode.datum-no-evidence"


def test_roads_that_have_nothing_to_do_with_the_places_propose_nothing() -> None:
    """Over 40 random maps and lists no proposal is made where one in twenty would be the bound asked for."""
    proposed = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        lon, lat = places(100, seed=1000 + seed)
        ends = rng.uniform((370_000, 2_450_000), (445_000, 2_540_000), (40, 2, 2))
        roads = unknown(100, roads=shapely.linestrings(ends), roads_crs=gpd.GeoSeries([], crs=METRIC).crs)
        proposed += propose_datum(lon, lat, roads).datum is not None
    assert proposed <= 4


def test_roads_far_away_say_nothing() -> None:
    lon, lat = places(100)
    far = np.array([shapely.LineString([(600e3, 2400e3), (600e3, 2600e3)])], dtype=object)
    found = propose_datum(lon, lat, unknown(100, roads=far, roads_crs=gpd.GeoSeries([], crs=METRIC).crs))
    assert found.datum is None


def test_one_known_facility_is_too_little_where_it_fits_two() -> None:
    # Half way between what GCJ-02 and WGS 84 make of it, it can be either.
    lon, lat = np.array([110.1]), np.array([22.6])
    other_lon, other_lat = as_wgs84(lon, lat, "gcj02")
    found = propose_datum(lon, lat, known_at((lon + other_lon) / 2, (lat + other_lat) / 2))
    assert found.datum is None
    assert found.reason.code == "geocode.datum-unclear"
    assert found.shares["wgs84"] == pytest.approx(found.shares["gcj02"], rel=0.05)


def test_a_mixed_column_names_its_odd_rows() -> None:
    lon, lat = places(40)
    written_lon, written_lat = from_wgs84(lon, lat, "gcj02")
    written_lon[[3, 17]], written_lat[[3, 17]] = (a[[3, 17]] for a in (lon, lat))
    found = propose_datum(written_lon, written_lat, known_at(lon, lat))
    assert found.datum == "gcj02"
    assert found.odd_rows == (3, 17)


def test_outside_china_the_question_does_not_arise() -> None:
    lon, lat = np.array([114.3, 2.35]), np.array([19.8, 48.85])
    found = propose_datum(lon, lat, unknown(2))
    assert found.immaterial
    assert found.datum == "wgs84"


@pytest.mark.parametrize("datum", DATUMS)
def test_conversions_meet(datum: Datum) -> None:
    lon, lat = places(100)
    back = as_wgs84(*from_wgs84(lon, lat, datum), datum)
    assert np.max(metres(lon, lat, *back)) < 0.01
