"""``carereach geocode`` with the real clients of the services, against a local server that speaks as they do."""

from __future__ import annotations

import random
from pathlib import Path

import pandas as pd
import pytest
from geocode_server import SECRET, Spot, World, environment, world_server
from geocode_world import Thing, row_of, things, write_list
from good_study import write_good_study
from typer.testing import CliRunner

from carereach import cli
from carereach.layers.geocode.run import geocode

OPTIONS = "".join(f"\n[geocode.options.{name}]\nper_second = 100000\n" for name in ("tianditu", "amap", "baidu"))


def made(folder: Path, known: list[Thing]) -> tuple[Path, Path, World]:
    """A study without a pause between requests, a list without coordinates, and a world that knows the places."""
    study = write_good_study(folder / "study")
    with (study / "study.toml").open("a", encoding="utf-8") as stream:
        stream.write('\n[geocode]\nproviders = ["amap", "baidu", "gazetteer"]\n' + OPTIONS)
    path = write_list(folder / "list.xlsx", {"一": [row_of(thing, None) for thing in known]})
    spots = tuple(Spot(t.name, t.lon, t.lat, t.county, "", f"{t.county}{t.name}路1号") for t in known)
    return study, path, World(spots)


def run(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(cli.app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_one_command_places_a_list_and_no_key_is_left_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = things(12)
    study, path, world = made(tmp_path, known)
    out = tmp_path / "out"
    with world_server(world) as server:
        for name, value in environment(server).items():
            monkeypatch.setenv(name, value)
        code, said = run("geocode", path, "--study", study, "-o", out, "--lang", "zh")
    assert code == 0, said
    assert "已定位 12，待审核 0，已否决 0" in said
    assert {file.name for file in out.iterdir()} == {
        "answers.sqlite",
        "located.gpkg",
        "located.xlsx",
        "review.html",
        "review.xlsx",
    }
    located = pd.read_excel(out / "located.xlsx", engine="openpyxl")
    assert located["经度 (lon)"].tolist() == pytest.approx([thing.lon for thing in known], abs=2e-6)
    assert located["纬度 (lat)"].tolist() == pytest.approx([thing.lat for thing in known], abs=2e-6)
    for file in out.iterdir():
        assert SECRET.encode() not in file.read_bytes()
    # Without the server and the keys, from the answers there are: the same places.
    again = run("geocode", path, "--study", study, "-o", tmp_path / "out", "--offline", "--lang", "en")
    assert again[0] == 0
    assert "located: 12, for review: 0, rejected: 0" in again[1]


def test_a_missing_key_an_unknown_provider_and_a_bad_list_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, path, _ = made(tmp_path, things(1))
    for name in ("AMAP", "BAIDU"):
        monkeypatch.delenv(f"CARE_{name}_KEY", raising=False)
    code, said = run("geocode", path, "--study", study, "-o", tmp_path / "out", "--lang", "en")
    assert code == 2
    assert "CARE_AMAP_KEY" in said
    assert "CARE_BAIDU_KEY" in said
    code, said = run("geocode", path, "--providers", "gogle", "-o", tmp_path / "out", "--lang", "en")
    assert code == 2
    assert "gogle" in said
    code, said = run("geocode", path, "--providers", "gazetteer", "-o", tmp_path / "out", "--lang", "en")
    assert (code, "--study" in said) == (2, True)
    code, said = run("geocode", tmp_path / "none.xlsx", "-o", tmp_path / "out", "--lang", "zh")
    assert (code, "none.xlsx" in said) == (2, True)


def test_a_run_that_ends_five_times_asks_nothing_twice_and_gives_the_same(tmp_path: Path) -> None:
    known = things(30)
    study, path, world = made(tmp_path, known)
    rng = random.Random(4)
    with world_server(world) as server:
        variables = environment(server)
        whole = geocode(path, study=study, out=tmp_path / "whole", environment=variables)
        asked = dict(world.asked)
        world.asked.clear()
        for _ in range(5):
            end = rng.randrange(1, 30)

            def progress(done: int, _total: int, _label: str, end: int = end) -> None:
                if done == end:
                    raise KeyboardInterrupt

            with pytest.raises(KeyboardInterrupt):
                geocode(path, study=study, out=tmp_path / "torn", environment=variables, progress=progress)
        torn = geocode(path, study=study, out=tmp_path / "torn", environment=variables)
    assert torn.rows == whole.rows
    assert dict(world.asked) == asked
    frames = [pd.read_excel(tmp_path / name / "located.xlsx", engine="openpyxl") for name in ("whole", "torn")]
    pd.testing.assert_frame_equal(*frames)


def test_a_used_up_allowance_leaves_the_rest_for_tomorrow(tmp_path: Path) -> None:
    known = things(6)
    study, path, world = made(tmp_path, known)
    world.quota = {"amap": 4, "baidu": 4}
    with world_server(world) as server:
        first = geocode(path, study=study, out=tmp_path / "out", environment=environment(server))
        assert first.counts["accept"] < 6
        waiting = [row for row in first.rows if row.decision == "review"]
        assert waiting
        assert all(row.reasons for row in waiting)
        assert [problem.code for problem in first.problems if "quota" in problem.code]
    world.quota = {}
    with world_server(world) as server:
        (tmp_path / "tomorrow").mkdir()
        second = geocode(path, study=study, out=tmp_path / "tomorrow", environment=environment(server))
    assert second.counts["accept"] == 6
