"""``carereach geocode`` as a process: killed at any moment it asks nothing twice; a study goes on with its list."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
from geocode_server import Spot, World, environment, world_server
from geocode_world import Thing, row_of, things, write_list
from good_study import write_good_study
from typer.testing import CliRunner

from carereach import cli
from carereach.layers.geocode.unknown_datum import metres
from carereach.layers.study import open_study

TABLE = """
[geocode]
providers = ["amap", "gazetteer"]

[geocode.options.amap]
per_second = 100000
ask = ["place"]
"""
LONGEST = 60.0


def study_of(folder: Path) -> Path:
    study = write_good_study(folder)
    with (study / "study.toml").open("a", encoding="utf-8") as stream:
        stream.write(TABLE)
    return study


def world_of(known: list[Thing]) -> World:
    """Knows every other thing: the others are for review."""
    return World(tuple(Spot(t.name, t.lon, t.lat, t.county, "", f"{t.county}{t.name}路1号") for t in known))


def command(path: Path, study: Path, out: Path) -> list[str]:
    words = ["geocode", str(path), "--study", str(study), "-o", str(out), "--lang", "zh"]
    return [sys.executable, "-c", "from carereach.cli import main; main()", *words]


def start(path: Path, study: Path, out: Path, variables: dict[str, str]) -> subprocess.Popen[str]:
    silent = subprocess.DEVNULL
    return subprocess.Popen(
        command(path, study, out), env=os.environ | variables, stdout=silent, stderr=silent, text=True
    )


def wait_killed(child: subprocess.Popen[str]) -> None:
    """Waits for the end that a kill gave the child."""
    assert child.wait(timeout=LONGEST) == -signal.SIGKILL


def check_files(out: Path) -> None:
    """Every file that has its name is whole."""
    for path in out.glob("*.xlsx"):
        assert openpyxl.load_workbook(path).sheetnames, path
    for path in out.glob("*.gpkg"):
        assert len(pyogrio.read_dataframe(path, layer="facilities")), path
    with sqlite3.connect(out / "answers.sqlite") as base:
        assert base.execute("pragma integrity_check").fetchone() == ("ok",)
    base.close()


def tables(out: Path) -> dict[str, pd.DataFrame]:
    """The content of all that a run writes."""
    found: dict[str, pd.DataFrame] = {}
    for name in ("located.xlsx", "review.xlsx"):
        sheets = pd.read_excel(out / name, sheet_name=None, engine="openpyxl")
        found |= {f"{name} {title}": frame for title, frame in sheets.items()}
    points = pyogrio.read_dataframe(out / "located.gpkg", layer="facilities")
    found["located.gpkg"] = pd.DataFrame(points.drop(columns="geometry")).assign(point=points.geometry.to_wkt())
    return found


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is POSIX")
def test_the_command_killed_at_random_asks_nothing_twice_and_ends_the_same(tmp_path: Path) -> None:
    """200 rows; killed twice while it asks, once while it writes: at most the request under way is asked again."""
    known = things(200)
    study, world = study_of(tmp_path / "study"), world_of(known[::2])
    path = write_list(tmp_path / "list.xlsx", {"一": [row_of(thing, None) for thing in known]})
    torn, whole, chance = tmp_path / "torn", tmp_path / "whole", random.Random(7)
    with world_server(world) as server:
        variables = environment(server)
        child = start(path, study, whole, variables)
        assert child.wait(timeout=LONGEST) == 0
        asked = dict(world.asked)
        assert len(asked) == 200
        assert set(asked.values()) == {1}
        world.asked.clear()
        for end in (chance.randrange(20, 100), chance.randrange(110, 180)):
            child = start(path, study, torn, variables)

            def watch(count: int, end: int = end, child: subprocess.Popen[str] = child) -> None:
                if count == end:
                    time.sleep(chance.uniform(0, 0.002))
                    child.kill()

            world.watch = watch
            wait_killed(child)
            check_files(torn)
            assert not list(torn.glob("located.*"))
        world.watch = lambda _count: None
        child = start(path, study, torn, variables)
        until = time.monotonic() + LONGEST
        while not (torn / "review.xlsx").exists() and time.monotonic() < until:
            time.sleep(0.001)
        child.kill()
        wait_killed(child)
        check_files(torn)
        assert start(path, study, torn, variables).wait(timeout=LONGEST) == 0
    check_files(torn)
    assert world.asked.keys() == asked.keys()
    assert sum(world.asked.values()) <= 200 + 2
    assert max(world.asked.values()) <= 2
    one, other = tables(whole), tables(torn)
    assert one.keys() == other.keys()
    for name, frame in one.items():
        pd.testing.assert_frame_equal(frame, other[name], obj=name)


def run(*words: str | Path) -> str:
    result = CliRunner().invoke(cli.app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_a_study_goes_on_with_the_located_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of three rows have GCJ-02 coordinates from a phone; the service knows all but the last; a total closes."""
    known = things(30)
    study = study_of(tmp_path / "study")
    rows = [row_of(thing, None if i % 3 == 0 else "gcj02") for i, thing in enumerate(known)]
    rows.append(["合计", "", "", "", "", "", "", "", "30家"])
    path = write_list(tmp_path / "名单.xlsx", {"名单": rows})
    with world_server(world_of(known[:-1])) as server:
        for name, value in environment(server).items():
            monkeypatch.setenv(name, value)
        said = run("geocode", path, "--study", study, "-o", study / "placed", "--lang", "zh")
    assert "已定位 30，待审核 0，已否决 1" in said
    toml = study / "study.toml"
    toml.write_text(toml.read_text("utf-8").replace('"facilities.csv"', '"placed/located.xlsx"'), encoding="utf-8")
    run("check", study, "--lang", "zh")
    run("assess", study, "-o", tmp_path / "assessed", "--lang", "zh")
    assert (tmp_path / "assessed" / "verdicts.csv").stat().st_size > 0
    facilities = open_study(study).facilities.frame.set_index("name").loc[[thing.name for thing in known]]
    assert (facilities["precision"] == "exact").all()
    points = facilities.geometry.to_crs(4326)
    true = np.array([thing.lon for thing in known]), np.array([thing.lat for thing in known])
    assert metres(points.x.to_numpy(), points.y.to_numpy(), *true).max() < 1
