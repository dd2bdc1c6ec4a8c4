"""``carereach geocode --assess``: one command from a bureau's list to verdicts that the places turned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from geocode_desk import OWN
from geocode_server import SECRET, World, environment, world_server
from geocode_tutorial import CITY, LIST, STILL_PLACED, UNPLACED, facilities, world, write_unplaced
from geopandas.testing import assert_geodataframe_equal
from typer.testing import CliRunner

from carereach import cli
from carereach.coverage.assess import verdicts_of
from carereach.coverage.results import Verdict
from carereach.files import sha256
from carereach.layers.study import Study, find_study, open_study
from carereach.maps.saved import load

FAST = "".join(f"\n[geocode.options.{name}]\nper_second = 100000\n" for name in ("tianditu", "amap"))
TIMES = ("YL-EMS-1", "YL-EMS-2", "YL-EMS-3", "YL-EMS-4")


def run(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(cli.app, [*(str(word) for word in words), "--lang", "en"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def placed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path, str]]:
    """The tutorial without its places, what one command made of it, and what it said."""
    folder = tmp_path_factory.mktemp("bureau")
    study, out = folder / "study", folder / "out"
    path = write_unplaced(study)
    with (study / "study.toml").open("a", encoding="utf-8") as stream:
        stream.write(FAST)
    with world_server(world()) as server, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(server).items():
            patch.setenv(name, value)
        code, said = run("geocode", path, "--study", study, "--providers", "amap,tianditu", "-o", out, "--assess")
    assert code == 0, said
    yield study, out, said


def by_rule(verdicts: tuple[Verdict, ...]) -> dict[tuple[str, str], Verdict]:
    return {(verdict.rule, verdict.unit_text()): verdict for verdict in verdicts}


@pytest.fixture(scope="module")
def after(placed: tuple[Path, Path, str]) -> Study:
    return open_study(placed[0], located=placed[1] / "located.xlsx")


def test_verdicts_that_could_not_be_told_and_bounds_become_the_values_of_the_true_places(
    placed: tuple[Path, Path, str], after: Study
) -> None:
    """Coordinates come back rounded to a millionth of a degree (0.1 m): times agree to a thousandth of a minute.

    Of 望湖急救站 and 盐田急救站 the tutorial knows the street only (0.3 km); their points are the same.
    """
    true, before, found = (
        by_rule(verdicts_of(study)) for study in (open_study("tutorial"), open_study(placed[0]), after)
    )
    assert true.keys() == before.keys() == found.keys()
    assert {before[rule, unit].status for rule, unit in before if rule in TIMES} == {"cannot tell", "met"}
    for key, verdict in found.items():
        if key[0] in TIMES:
            assert before[key].bound == "at most", key
            assert (verdict.status, verdict.bound) == (true[key].status, "") == ("met", ""), key
            assert verdict.value == pytest.approx(true[key].value, abs=1e-3), key
            assert verdict.low == pytest.approx(true[key].low, abs=1e-3), key
    for key in [key for key in true if key[0] == "YL-BLD-2" and key[1] != "禾城区"]:
        assert (before[key].status, before[key].bound) == ("cannot tell", "at least")
        assert (found[key].status, found[key].bound, found[key].value) == ("not met", "", true[key].value)
    # Whatever was told before or needs no place is as it is in the tutorial.
    assert [key for key in true if found[key].status != true[key].status] == []


def test_the_command_says_what_turned_and_writes_both_results_into_one_folder(placed: tuple[Path, Path, str]) -> None:
    _, out, said = placed
    assert "located: 68, for review: 0, rejected: 2" in said
    assert "places of facilities from geocoding (located.xlsx): 65 taken over (by source: amap (127.0.0.1) 65;" in said
    turned = said[said.index("verdicts that the places turned: 7") :]
    for rule in (*TIMES, "YL-BLD-2", "YL-HOS-3"):
        assert rule in turned
    assert "cannot tell at most" in turned
    names = {file.name for file in out.iterdir()}
    assert {"located.xlsx", "located.gpkg", "review.xlsx", "review.html"} <= names
    assert {"map.html", "verdicts.xlsx", "verdicts.csv", "verdicts.json", "assessment.json"} <= names
    for file in out.iterdir():
        assert SECRET.encode() not in file.read_bytes()
    # Also the outputs say where the places are from.
    assert "amap (127.0.0.1) 65" in (out / "verdicts.json").read_text("utf-8")
    assert "amap (127.0.0.1) 65" in (out / "map.html").read_text("utf-8")


def test_a_later_assessment_with_the_located_list_is_the_same(
    placed: tuple[Path, Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a second one reads the results, but not where the located list is another."""
    monkeypatch.setattr("carereach.maps.saved.fingerprint", lambda *_: "study")
    study, out, _ = placed
    code, said = run("assess", study, "--facilities", out / "located.xlsx", "-o", tmp_path)
    assert code == 0, said
    one, other = (pd.read_csv(folder / "verdicts.csv") for folder in (out, tmp_path))
    pd.testing.assert_frame_equal(one, other)
    code, said = run("assess", study, "--facilities", out / "located.xlsx", "-o", tmp_path)
    assert (code, "Nothing has changed" in said) == (0, True)
    assert (
        load(
            tmp_path,
            "study" + sha256(out / "located.xlsx"),
        )
        is not None
    )
    assert load(tmp_path, "study" + sha256(out / "located.gpkg")) is None


def test_the_geopackage_gives_the_same_facilities(placed: tuple[Path, Path, str], after: Study) -> None:
    facilities = open_study(placed[0], located=placed[1] / "located.gpkg").facilities.frame
    assert_geodataframe_equal(facilities, after.facilities.frame)


def test_evidence_says_that_places_were_geocoded(placed: tuple[Path, Path, str], after: Study) -> None:
    layer = after.facilities
    assert after.listed is not None
    assert (after.listed.grade, layer.grade) == ("surveyed", "open data")
    assert "amap (127.0.0.1) 65" in layer.source
    assert layer.frame.groupby("source").size()["carereach geocode: amap (127.0.0.1)"] == 65
    assert after.complete_kinds == open_study(placed[0]).complete_kinds
    still = layer.frame[layer.frame["name"].isin(STILL_PLACED)]
    assert (still["uncertainty_km"] == 0.05).all()
    assert sum(said.code == "geocode.joined" for said in after.said) == 1


def test_the_embedded_tutorial_is_placed_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its one community health centre without a place turns the bound of the 15-minute circle into a value."""
    listed = facilities()
    assert set(UNPLACED) <= set(listed["名称"][listed["定位精度"] == "未定位"])
    own = tmp_path / "own.toml"
    own.write_text(OWN + "[manners]\nper_second = 100000\n", encoding="utf-8")
    with world_server(world()) as server:
        for name, value in environment(server).items():
            monkeypatch.setenv(name, value)
        code, said = run("geocode", "tutorial", "--providers", own, "-o", tmp_path / "out", "--assess")
    assert code == 0, said
    # The service knows all to the building: what the list has to the street or township only is taken over as well.
    rough = int(listed["定位精度"].isin(["道路", "乡镇"]).sum()) + 1
    assert f"{rough} taken over (by source: own (127.0.0.1) {rough};" in said
    turned = said[said.index("verdicts that the places turned: 1") :].splitlines()
    line = next(line for line in turned if "YL-HOS-3" in line)
    assert line.count("at least") == 1
    assert not list((tmp_path / "out").glob("earlier.xlsx"))


def test_a_list_alone_cannot_be_assessed_and_one_study_is_enough(tmp_path: Path) -> None:
    path = write_unplaced(tmp_path / "study")
    code, said = run("geocode", path, "-o", tmp_path / "out", "--assess")
    assert (code, "--study" in said) == (2, True)
    code, said = run("geocode", "tutorial", "--study", tmp_path / "study", "-o", tmp_path / "out")
    assert (code, "study" in said) == (2, True)
    code, said = run("assess", "tutorial", "--facilities", path, "-o", tmp_path / "out")
    assert (code, "located.xlsx" in said) == (2, True)
    code, said = run("assess", "tutorial", "--facilities", tmp_path / "none.xlsx", "-o", tmp_path / "out")
    assert (code, "none.xlsx" in said) == (2, True)
    assert path.name == LIST
    assert CITY == "青禾市"


def test_a_real_study_takes_the_same_command_and_gets_no_place_that_nobody_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Yulin, asked of a service that knows nothing: its facilities stay where they were, its files are untouched."""
    folder = find_study("yulin").parent
    before = {path.name: sha256(path) for path in folder.iterdir() if path.is_file()}
    own = tmp_path / "own.toml"
    own.write_text(OWN + "[manners]\nper_second = 100000\n", encoding="utf-8")
    with world_server(World(())) as server:
        for name, value in environment(server).items():
            monkeypatch.setenv(name, value)
        code, said = run("geocode", "yulin", "--providers", own, "-o", tmp_path / "out", "--assess")
    assert code == 0, said
    assert "located: 0," in said
    assert "the places turned no verdict" in said
    assert {path.name: sha256(path) for path in folder.iterdir() if path.is_file()} == before
    listed = open_study("yulin")
    study = open_study("yulin", located=tmp_path / "out" / "located.xlsx")
    assert_geodataframe_equal(study.facilities.frame, listed.facilities.frame)
    assert study.facilities.grade == listed.facilities.grade
