"""Hand-made assessments to draw: no travel time in them was computed, every number is written down here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS
from shapely.geometry import LineString, Point, box

from carereach.coverage.results import Assessment, Evidence, Field, Ledger, RoadTraits, Skipped, Verdict
from carereach.coverage.ways import Way, column_of
from carereach.errors import Problem
from carereach.layers.model import Layer
from carereach.layers.settings import StudyFile
from carereach.layers.settings_parts import Words
from carereach.texts import Message

UTM = CRS.from_epsg(32649)
WEST, SOUTH = 400_000.0, 2_500_000.0  # inside Guangxi; a county is a square of 20 km
NASTY = "${document.title=7*7}</script><img src=x onerror=\"document.title='run'\">"


def study_file(**changes: Any) -> StudyFile:
    """A study file with what the drawing reads."""
    content: dict[str, Any] = {
        "name": "two-counties",
        "title": {"zh": "两县示例", "en": "Two counties"},
        "note": {"zh": "这是虚构的示例。", "en": "A made-up example: nothing here is real."},
        "boundaries": {"path": "counties.gpkg"},
        "facilities": [{"path": "facilities.csv"}],
        "roads": {"path": "roads.osm.pbf", "source": "OpenStreetMap extract", "licence": "ODbL", "date": "2024-05"},
        "people": {"path": "people.tif"},
    }
    return StudyFile.model_validate(content | changes)


def counties(names: tuple[str, ...] = ("东县", "西县")) -> gpd.GeoDataFrame:
    """Squares of 20 km side by side, from east to west as their names say."""
    squares = [
        box(WEST + 20_000 * place, SOUTH, WEST + 20_000 * (place + 1), SOUTH + 20_000)
        for place in range(len(names) - 1, -1, -1)
    ]
    frame = {"county": list(names), "code": "", "city": "示例市"}
    return gpd.GeoDataFrame(frame, geometry=squares, crs=UTM)


def demand(names: tuple[str, ...] = ("东县", "西县")) -> gpd.GeoDataFrame:
    """30 points: 15 in either county, one unreachable in each, minutes rising to the north."""
    count = 30
    row, column = np.divmod(np.arange(count), 6)
    minutes = 4.0 + 9.0 * row + column
    minutes[[28, 29]] = np.inf
    x = WEST + 3_000 + 34_000 * column / 5
    y = SOUTH + 2_000 + 4_000 * row
    county = np.where(column >= 3, names[0], names[-1])
    frame = {
        "residents": 100.0 * (1 + np.arange(count)),
        "county": county,
        "township": "某镇",
        "zone": np.where(row < 2, "urban", "township"),
        "response_min": minutes,
        "response_low_min": minutes * 1.3,
        "response_high_min": minutes * 0.8,
        "station": "s1",
        "road_km": minutes * 0.7,
        "straight_km": minutes * 0.5,
        "off_road_km": 0.1,
        "reach": np.where(np.isinf(minutes), "unreachable", np.where(minutes > 30, "beyond", "reached")),
    }
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(x, y), crs=UTM)


def facilities(names: list[str] | None = None, count: int = 8) -> gpd.GeoDataFrame:
    """Four stations, then hospitals, health centres and a blood point; the last one is not located."""
    kinds = ["ems.station"] * 4 + ["hospital.general", "primary.township", "blood.fixed", "cdc"]
    index = np.arange(count)
    named = names or [f"机构 {i + 1}" for i in index]
    points: list[Point | None] = [
        Point(WEST + 4_000 + 3_200 * (i % 11), SOUTH + 4_000 + 1_700 * ((i * 7) % 9)) for i in range(count)
    ]
    points[-1] = None
    frame = {
        "id": [f"s{i + 1}" for i in index],
        "name": [named[i % len(named)] for i in index],
        "kind": [kinds[i % len(kinds)] for i in index],
        "level": "",
        "run_by": "",
        "roles": "",
        "county": "东县",
        "township": "",
        "beds": np.where(index % 2 == 0, 120.0, np.nan),
        "ambulances": np.nan,
        "status": "open",
        "precision": ["exact"] * (count - 2) + ["seat", "unlocated"],
        "uncertainty_km": [0.0] * (count - 2) + [3.0, np.nan],
        "source": "a list made for this test",
    }
    return gpd.GeoDataFrame(frame, geometry=points, crs=UTM)


def field(size: int = 60, width_m: float = 40_000.0) -> Field:
    """Minutes grow with the distance from the middle of the south edge; no value in the west column, north-east cut."""
    rows, columns = np.mgrid[0:size, 0:size]
    cell = width_m / size
    height = SOUTH + width_m
    away = np.hypot(columns - size / 2, size - rows) * cell / 1000
    minutes = (away * 2.0).astype(np.float32)
    minutes[:, 0] = np.nan
    minutes[: size // 2] = np.nan
    minutes[size // 2 : size // 2 + 5, -10:] = np.inf
    return Field(minutes, WEST, height, cell, UTM)


def isochrones() -> gpd.GeoDataFrame:
    """Rings of 5 and 10 km about one point, dissolved and for the station s1, cut to the two counties."""
    place = Point(WEST + 20_000, SOUTH + 8_000)
    land = box(WEST, SOUTH, WEST + 40_000, SOUTH + 20_000)
    inner = place.buffer(5_000)
    outer = place.buffer(10_000).difference(inner).intersection(land)
    rows = [
        {"minutes": 15.0, "from_minutes": 0.0, "facility": "", "geometry": inner},
        {"minutes": 30.0, "from_minutes": 15.0, "facility": "", "geometry": outer},
        {"minutes": 15.0, "from_minutes": 0.0, "facility": "s1", "geometry": inner},
    ]
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=UTM)


def roads() -> gpd.GeoDataFrame:
    """One trunk road across both counties and two tracks."""
    lines = [
        LineString([(WEST, SOUTH + 8_000), (WEST + 20_000, SOUTH + 9_000), (WEST + 40_000, SOUTH + 8_000)]),
        LineString([(WEST + 10_000, SOUTH), (WEST + 10_000, SOUTH + 20_000)]),
        LineString([(WEST + 30_000, SOUTH), (WEST + 30_000, SOUTH + 20_000)]),
    ]
    frame = {"road_class": ["trunk", "residential", "unclassified"], "name": ""}
    return gpd.GeoDataFrame(frame, geometry=lines, crs=UTM)


def statistics(names: tuple[str, ...] = ("东县", "西县")) -> pd.DataFrame:
    """City, zones and counties; the second county's mean is infinite."""
    rows = [("city", "示例市", ""), ("zone", "urban", ""), ("zone", "township", "")]
    rows += [("county", name, name) for name in names]
    table = pd.DataFrame(rows, columns=["level", "unit", "county"])
    for place, column in enumerate(["residents", "stations", "area_km2", "mean_min", "mean_low_min", "mean_high_min"]):
        table[column] = [1000.0 * (i + 1) / (place + 1) for i in range(len(table))]
    table["residents"] = [46500.0, 7800.0, 38700.0, 23000.0, 23500.5][: len(table)]
    table.loc[len(table) - 1, "mean_min"] = np.inf
    for column in ["median_min", "p90_min"]:
        table[column] = 21.25
    table["reached_share"] = 0.9
    for minutes in (5, 10, 15, 30, 45, 60):
        table[f"share_{minutes}"] = minutes / 100
    for column in ["mean_road_km", "mean_straight_km", "radius_km"]:
        table[column] = 7.5
    return table


def verdicts(names: tuple[str, ...] = ("东县", "西县")) -> tuple[Verdict, ...]:
    """A rule of two counties, a rule of a zone that is screened, a count for the city that cannot be told."""
    time = Words(zh="县域平均急救响应时间", en="Mean emergency response time in the county")
    radius = Words(zh="主城区平均服务半径", en="Mean service radius, main urban area")
    centre = Words(zh="市级直属站", en="Directly run stations, city level")
    evidence = (Evidence("roads", "open data", "OpenStreetMap"), Evidence("people", "modelled", "a stated model"))
    settle = (Way("roads"),)
    common: dict[str, Any] = {"plan": "YL", "citation": "YL §3", "evidence": evidence}
    met = Verdict(
        **common, rule="T-1", title=time, unit=names[0], status="met", quantity="min", value=12.0, target="< 15 min",
        target_value=15.0, margin=3.0, low=15.6, high=9.6, holds_low=False, holds_high=True, people_affected=1200.0,
    )  # fmt: skip
    short = replace(
        met, unit=names[-1], status="not met", value=15.04, margin=-0.04, holds_low=True, people_affected=23_456.4,
        worst=("某镇", NASTY),
    )  # fmt: skip
    zone = Verdict(
        **common, rule="T-2", title=radius, unit="urban", status="met", quantity="km", value=4.2, target="<= 5 km",
        target_value=5.0, margin=0.8, screening=True, holds_placement=True, definition=Message("layer.roads"),
    )  # fmt: skip
    city = Verdict(
        **common, rule="T-3", title=centre, unit="示例市", status="cannot tell", target=">= 2", target_value=2.0,
        value=1.0, bound="at least", choices=("C4=counties",), notes=(Message("grade.assumed"),), would_settle=settle,
    )  # fmt: skip
    return (met, short, zone, city)


def many_rules() -> Assessment:
    """Ten emergency rules, one of them met, and ten on blood, one not met; the others lack the table of beds."""
    met, short, _, city = verdicts()
    missing = column_of("beds", "beds", ("东县",))
    waiting = [replace(city, rule=f"YL-{t}-{n}", would_settle=(missing,)) for t in ("BLD", "EMS") for n in range(2, 11)]
    return assessment(verdicts=(*waiting, replace(short, rule="YL-BLD-1"), replace(met, rule="YL-EMS-1")))


def parameters() -> pd.DataFrame:
    """Two parameters: one with a source, one unverified."""
    rows = [
        ("call_handling_min", 2.0, 1.0, 3.0, "min", "seen", "a paper"),
        ("emergency_factor", 1.0, np.nan, np.nan, "", "unverified", ""),
    ]
    return pd.DataFrame(rows, columns=["name", "value", "low", "high", "unit", "status", "source"])


def assessment(**changes: Any) -> Assessment:
    """Two counties, 30 demand points, 8 facilities of which 4 are stations; any part may be replaced."""
    places, people = facilities(), demand()
    parts: dict[str, Any] = {
        "name": "two-counties",
        "settings": study_file(),
        "verdicts": verdicts(),
        "skipped": (Skipped("YL", "T-9", Words(zh="另一规则", en="Another rule"), Message("grade.missing")),),
        "ledger": Ledger(46_500.0, 34_200.0, 6_400.0, 5_900.0, 0.0),
        "statistics": statistics(),
        "demand": people,
        "stations": places[places["kind"] == "ems.station"],
        "counties": Layer("boundaries", counties(), "surveyed", "a drawing", "CC0", "2024"),
        "townships": None,
        "facilities": Layer("facilities", places, "assumed", "made for a test", "CC0", "2025"),
        "people": Layer("people", people, "modelled", "a stated model", "", "2020"),
        "road_lines": roads(),
        "road_layer": Evidence("roads", "open data", "OpenStreetMap extract"),
        "road_traits": RoadTraits(one_way=True, limits=True),
        "zone_text": Message("layer.zones"),
        "field": field(),
        "isochrones": isochrones(),
        "parameters": parameters(),
        "problems": (Problem("file.empty", "people.tif", level="warning"),),
    }
    return Assessment(**(parts | changes))


def hostile() -> Assessment:
    """The same, with names, titles and sources that would run as script where a page is careless."""
    names = (NASTY, "西县")
    places = facilities([NASTY, "=1+1", "a" * 200, "[red]x[/red]"])
    return assessment(
        settings=study_file(title={"zh": NASTY, "en": NASTY}, note={"zh": NASTY, "en": NASTY}),
        counties=Layer("boundaries", counties(names), "surveyed", NASTY, NASTY, NASTY),
        verdicts=verdicts(names),
        demand=demand(names),
        statistics=statistics(names),
        facilities=Layer("facilities", places, "assumed", NASTY, NASTY, NASTY),
        stations=places[places["kind"] == "ems.station"],
    )
