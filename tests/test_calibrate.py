"""Residents scaled to census figures per county or township."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from carereach.errors import Findings, InputError
from carereach.layers.calibrate import Unit, calibrate, read_census
from carereach.layers.people import read_people
from carereach.layers.settings import Calibration, PeopleFile

UTM = CRS.from_epsg(32649)


def demand(residents: list[float], county: list[str], township: list[str] | None = None) -> gpd.GeoDataFrame:
    columns = {"residents": residents, "county": county, "township": township or [""] * len(county)}
    return gpd.GeoDataFrame(columns, geometry=[shapely.Point(i, 0) for i in range(len(county))], crs=UTM)


def census(figures: dict[str, float], counties: list[str] | None = None) -> pd.DataFrame:
    return pd.DataFrame({"county": counties or "", "unit": list(figures), "residents": list(figures.values())})


def codes(findings: Findings) -> list[str]:
    assert all(p.line("en") and p.line("zh") for p in findings.problems)
    return [p.code for p in findings.problems]


def refused(frame: gpd.GeoDataFrame, figures: pd.DataFrame, unit: Unit = "county") -> list[str]:
    findings = Findings("census.csv")
    with pytest.raises(InputError):
        calibrate(frame, figures, unit, findings)
    return codes(findings)


def test_each_county_is_scaled_by_its_own_factor() -> None:
    frame = demand([10, 30, 50, 9], ["甲县", "甲县", "乙县", ""])
    findings = Findings("census.csv")
    done = calibrate(frame, census({"乙县": 60, "甲县": 60}), "county", findings)
    # 甲县: 60 / 40 = 1.5; 乙县: 60 / 50 = 1.2; people in no county stay
    assert done.demand["residents"].tolist() == pytest.approx([15, 45, 60, 9])
    assert done.factors["factor"].to_dict() == pytest.approx({"甲县": 1.5, "乙县": 1.2})
    assert codes(findings) == ["people.calibrated"]
    assert findings.problems[0].params["before"] == "90" and findings.problems[0].params["after"] == "120"
    assert frame["residents"].tolist() == [10, 30, 50, 9]


@pytest.mark.parametrize(("figure", "warned"), [(49, True), (50, False), (200, False), (201, True)])
def test_large_factors_are_warned_of(figure: float, warned: bool) -> None:
    findings = Findings("census.csv")
    calibrate(demand([100], ["甲县"]), census({"甲县": figure}), "county", findings)
    assert ("people.census-factor" in codes(findings)) == warned


def test_units_missing_on_either_side() -> None:
    frame = demand([1, 2, 0], ["甲县", "乙县", "丙县"])
    assert refused(frame, census({"甲县": 5, "丙县": 5, "丁县": 5})) == [
        "people.census-missing",  # 乙县
        "people.census-nobody",  # 丙县: nobody to scale
        "people.census-unused",  # 丁县
    ]


def test_nobody_stays_nobody_where_the_census_says_so() -> None:
    findings = Findings("census.csv")
    done = calibrate(demand([4, 0], ["甲县", "乙县"]), census({"甲县": 4, "乙县": 0}), "county", findings)
    assert done.demand["residents"].tolist() == [4, 0] and codes(findings) == ["people.calibrated"]


def test_townships_of_one_name_need_the_county() -> None:
    frame = demand([1, 1, 7], ["甲县", "乙县", "甲县"], ["石镇", "石镇", ""])
    assert refused(frame, census({"石镇": 5}), "township") == ["people.census-ambiguous"]
    findings = Findings("census.csv")
    figures = pd.DataFrame({"county": ["甲县", "乙县"], "unit": ["石镇", "石镇"], "residents": [2.0, 1.0]})
    done = calibrate(frame, figures, "township", findings)
    assert done.demand["residents"].tolist() == [2, 1, 7]
    assert codes(findings) == ["people.census-left", "people.calibrated"]
    assert done.factors.index.tolist() == ["乙县/石镇", "甲县/石镇"]


def test_tables(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text('区县,乡镇,常住人口\n甲县,石镇,5\n乙县,石镇,"1,000"\n', encoding="utf-8")
    config = Calibration(path="c.csv", unit="township", name="乡镇", residents="常住人口")
    read = read_census(config, tmp_path, Findings("c.csv"))
    assert read[["county", "unit", "residents"]].to_numpy().tolist() == [["甲县", "石镇", 5], ["乙县", "石镇", 1000]]
    for bad, code in {
        "区县,人\n甲县,1\n": "places.no-column",
        "county,residents\n甲县,1\n甲县,2\n": "people.census-twice",
        "county,residents\n甲县,-1\n": "people.negative",
        "county,residents\n甲县,\n": "people.blank",
    }.items():
        (tmp_path / "c.csv").write_text(bad, encoding="utf-8")
        findings = Findings("c.csv")
        with pytest.raises(InputError):
            read_census(Calibration(path="c.csv"), tmp_path, findings)
        assert code in codes(findings)


def test_reading_calibrates_where_the_study_says_so(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("lon,lat,residents\n110.01,22,10\n110.02,22,30\n")
    (tmp_path / "census.csv").write_text("county,residents\n甲县,50\n")
    ground = gpd.GeoDataFrame({"county": ["甲县"]}, geometry=[shapely.box(110, 21.9, 110.1, 22.1)], crs=4326)
    config = PeopleFile(
        path="people.csv",
        format="points",
        source="grid",
        calibrate=Calibration(path="census.csv", source="census 2020"),
    )
    layer = read_people(config, tmp_path, UTM, ground.to_crs(UTM))
    assert layer.frame["residents"].tolist() == pytest.approx([12.5, 37.5])
    assert layer.source == "grid; census 2020" and [p.code for p in layer.problems] == ["people.calibrated"]


@settings(max_examples=60, deadline=None)
@given(
    residents=st.lists(st.floats(0.01, 1e5), min_size=6, max_size=20),
    figures=st.lists(st.floats(0, 1e6), min_size=3, max_size=3),
)
def test_calibration_reconciles(residents: list[float], figures: list[float]) -> None:
    """Afterwards each county holds its census figure, and within it the proportions are as they were."""
    names = np.array(["甲县", "乙县", "丙县"])[np.arange(len(residents)) % 3]
    frame = demand(residents, names.tolist())
    wanted = dict(zip(["甲县", "乙县", "丙县"], figures, strict=True))
    done = calibrate(frame, census(wanted), "county", Findings("c")).demand
    sums = done.groupby("county")["residents"].sum()
    for name, figure in wanted.items():
        assert sums[name] == pytest.approx(figure, rel=1e-12, abs=1e-9)
        before, after = (np.asarray(f["residents"][names == name]) for f in (frame, done))
        assert after * before.sum() == pytest.approx(before * figure, rel=1e-9, abs=1e-6)
