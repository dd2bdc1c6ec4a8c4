"""What is within reach as layers: columns with units, styles to choose whose classes hold each place once."""

from __future__ import annotations

import re
import sqlite3
import xml.etree.ElementTree as ET
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from accesses import access, with_access
from assessments import assessment, counties, demand
from hypothesis import given, settings
from hypothesis import strategies as st

from carereach.layers.model import Layer
from carereach.maps.access_classes import NONE, OUTSIDE, breaks_of, class_words, classes_of
from carereach.maps.gis.access import access_styles
from carereach.maps.gis.styles import qml
from carereach.maps.gis.tables import layers
from carereach.maps.gis.write import dictionary, write_layers

HOSPITAL = "hospital_beds_per_1000"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layers")
    write_layers(with_access(), folder, "en")
    return folder


def test_demand_and_counties_bring_it(written: Path) -> None:
    people = gpd.read_file(written / "layers.gpkg", layer="demand")
    assert people[HOSPITAL].tolist() == pytest.approx(access().points[HOSPITAL].tolist())
    assert people["emergency_facilities_gravity_per_100000"].tolist() == [1.0] * 30
    found = gpd.read_file(written / "layers.gpkg", layer="counties").set_index("county")
    # city, two zones, then the counties: 0.5 x (1 + 3) and 0.5 x (1 + 4)
    assert found[HOSPITAL].to_dict() == {"东县": 2.0, "西县": 2.5}
    assert found["hospital_beds_ratio_per_1000"].tolist() == [8.526] * 2
    assert found["hospital_beds_none_pct"].tolist() == [12.5] * 2
    assert found["residents"].tolist() == [23_000.0, 23_500.5]  # still those of the statistics
    assert found["response_gini"].between(0, 1).all()
    parts = found["response_theil_share_pct"].sum()
    equity = access().equity.iloc[0]
    assert parts == pytest.approx(100 * equity["theil_within_counties"] / equity["theil"])


def test_parquet_brings_it_too(written: Path) -> None:
    read = gpd.read_parquet(written / "demand.parquet")
    assert list(read.columns[: len(demand().columns)]) == list(demand().columns)
    assert read[HOSPITAL].tolist() == access().points[HOSPITAL].tolist()


def test_every_column_is_explained_in_the_layer_and_in_the_document(repo: Path) -> None:
    about = dictionary(layers(with_access(), "en"))
    assert (about[["meaning_en", "meaning_zh"]] != "").all(axis=None)
    units = about.drop_duplicates("column").set_index("column")["unit"]
    assert units[HOSPITAL] == "hospital beds per 1,000 residents"
    assert units["hospital_beds_none_pct"] == units["response_theil_share_pct"] == "%"
    said = (repo / "docs" / "layers.md").read_text(encoding="utf-8")
    for column in about["column"]:
        name = re.sub(r"(hospital|primary|emergency)_(beds|ambulances|facilities)", "SERVICE_SUPPLY", column)
        name = re.sub(r"_per_\d+", "_per_N", re.sub(r"within_\d+_min", "within_N_min", name))
        assert f"`{name}`" in said, column


def test_styles_to_choose_stand_beside_the_default_ones(written: Path) -> None:
    with closing(sqlite3.connect(written / "layers.gpkg")) as base:
        rows = base.execute("SELECT f_table_name, styleName, useAsDefault FROM layer_styles").fetchall()
    chosen = [(layer, name) for layer, name, default in rows if not default]
    heads = ["hospital beds per 1,000", "emergency stations per 100,000"]
    assert chosen == [
        (layer, f"{head} residents, within reach (2SFCA)") for head in heads for layer in ("demand", "counties")
    ]
    assert len({layer for layer, _, default in rows if default}) == sum(default for _, _, default in rows)


def test_each_place_falls_into_one_class_of_a_style(written: Path) -> None:
    frames = layers(with_access(), "en")
    with closing(sqlite3.connect(written / "layers.gpkg")) as base:
        for each in access_styles(with_access(), "zh"):
            rules = [look.rule for look in each.style.looks]
            assert set(re.findall(r'"(\w+)"', " ".join([*rules, each.style.label]))) <= set(frames[each.layer].columns)
            assert ET.fromstring(qml(each.style)).find("renderer-v2") is not None
            counts = [base.execute(f"SELECT count(*) FROM {each.layer} WHERE {rule}").fetchone()[0] for rule in rules]
            assert sum(counts) == len(frames[each.layer])


def test_townships_bring_it() -> None:
    shapes = (
        counties(("某镇", "别镇")).rename(columns={"county": "township"}).assign(county=["东县", "西县"], kind="town")
    )
    given_places = with_access(townships=Layer("townships", shapes, "surveyed"))
    frame = layers(given_places, "en")["townships"].set_index("township")
    assert frame.loc["某镇", HOSPITAL] == 3.0  # the sixth row: 0.5 x (1 + 5)
    assert frame.loc["某镇", ["hospital_beds_total", "hospital_beds_ratio_per_1000"]].isna().all()  # inf is none here
    assert np.isnan(frame.loc["别镇", HOSPITAL])
    assert [each.layer for each in access_styles(given_places, "en")][:3] == ["demand", "counties", "townships"]


def test_without_access_nothing_is_added() -> None:
    assert access_styles(assessment(), "en") == ()
    assert not [name for name in layers(assessment(), "en")["demand"].columns if "per_1000" in name]


def test_classes_about_the_mean_by_hand() -> None:
    """The mean of the city is 0.5 (the table's first row): limits 0.125, 0.25, 0.5 and 1, the first to two digits."""
    given_access = access()
    breaks = breaks_of(given_access, given_access.services[0])
    assert breaks == (0.12, 0.25, 0.5, 1.0)
    values = np.array([0.0, 0.05, 0.12, 0.13, 0.5, 1.0, 9.0, np.nan])
    assert classes_of(values, breaks).tolist() == [NONE, 0, 0, 1, 2, 3, 4, OUTSIDE]
    assert class_words(breaks, "en") == ["0–0.12", "0.12–0.25", "0.25–0.5", "0.5–1", "over 1"]


def test_nobody_reaches_anything() -> None:
    given_access = access()
    table = given_access.table.assign(**{HOSPITAL: 0.0})
    service = given_access.services[0]
    assert breaks_of(replace(given_access, table=table), service) == ()
    assert classes_of(np.array([0.0, np.nan]), ()).tolist() == [NONE, OUTSIDE]
    assert class_words((), "en") == []


@settings(max_examples=30, deadline=None)
@given(st.floats(1e-6, 1e6))
def test_limits_rise_whatever_the_mean(mean: float) -> None:
    given_access = access()
    breaks = breaks_of(replace(given_access, table=given_access.table.assign(**{HOSPITAL: mean})), access().services[0])
    assert len(breaks) == 4
    assert (np.diff(breaks) > 0).all()
