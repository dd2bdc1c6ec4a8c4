"""A study file against its layers: stations left out, the template's words, slips of TOML that a planner makes."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from good_study import write_good_study
from studies import facilities, facility

from carereach.errors import InputError
from carereach.layers.settings import Stations
from carereach.layers.study import open_study
from carereach.layers.study_checks import check_stations
from carereach.layers.toml_files import parse_toml


def centre(x_km: float | None = 1.0, **columns: object) -> gpd.GeoDataFrame:
    return facilities(
        [facility(2.0, ambulances=3), facility(x_km, **{"kind": "ems.centre", "ambulances": 4} | columns)]
    )


def test_a_centre_with_ambulances_that_is_no_station_is_named() -> None:
    (problem,) = check_stations(Stations(), centre(name="市急救中心"), "study.toml")
    assert (problem.code, problem.level) == ("study.stations-left-out", "warning")
    assert (problem.params["count"], problem.params["ambulances"]) == (1, 4.0)
    for line in (problem.line("en"), problem.line("zh")):
        assert "市急救中心" in line and '[stations] kinds = ["ems.station", "ems.centre"]' in line


@pytest.mark.parametrize(
    ("stations", "columns"),
    [
        (Stations(kinds=("ems.station", "ems.centre")), {}),
        (Stations(), {"roles": "ems.dispatch;ems.network"}),
        (Stations(), {"ambulances": 0.0}),
        (Stations(), {"ambulances": float("nan")}),
        (Stations(), {"status": "planned"}),
        (Stations(), {"x_km": None}),
        (Stations(), {"kind": "hospital.general"}),
    ],
)
def test_no_word_of_centres_that_send_nothing_or_are_selected(stations: Stations, columns: dict[str, object]) -> None:
    assert check_stations(stations, centre(**columns), "study.toml") == ()  # type: ignore[arg-type]


def test_the_template_s_words_for_a_source_are_one_warning(tmp_path: Path) -> None:
    folder = write_good_study(tmp_path / "a")
    file = folder / "study.toml"
    content = file.read_text(encoding="utf-8")
    content = content.replace('path = "counties.geojson"', 'path = "counties.geojson"\nsource = "谁提供、哪一年"')
    content = content.replace('path = "facilities.csv"', 'path = "facilities.csv"\nsource = "who made it, and when"')
    content = content.replace('path = "roads.osm"', 'path = "roads.osm"\nsource = "OSM"')
    file.write_text(content, encoding="utf-8")
    (problem,) = (p for p in open_study(folder).problems if p.code == "study.template-source")
    assert problem.params == {"count": 2, "tables": "[boundaries], [[facilities]] facilities.csv"}
    assert problem.level == "warning"


@pytest.mark.parametrize(
    ("content", "code", "shows"),
    [
        ('path = "C:\\data\\roads.gpkg"', "toml.backslash", "data/roads.gpkg"),
        ('path = "C:\\Users\\me"', "toml.backslash", r'"data\\roads.gpkg"'),
        ("[speeds.classes]\n四级公路 = [25, 35, 45]", "toml.bare-key", '"四级公路" = [25, 35, 45]'),
        ("[speeds]\nclasses.县道 = [25, 35, 45]", "toml.bare-key", "四级公路"),
        ("name = 玉林", "toml.syntax", ""),
    ],
)
def test_slips_of_toml_say_the_way_out(content: str, code: str, shows: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_toml(content, "study.toml")
    (problem,) = caught.value.problems
    assert problem.code == code
    assert shows in problem.line("en") and shows in problem.line("zh")


def test_a_backslash_that_toml_takes_for_a_tab_is_told(tmp_path: Path) -> None:
    folder = write_good_study(tmp_path / "a")
    file = folder / "study.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('"roads.osm"', '"data\\towns.osm"'), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        open_study(folder)
    (problem,) = caught.value.problems
    assert problem.code == "study.path-escape" and r'"data\\roads.gpkg"' in problem.line("zh")
