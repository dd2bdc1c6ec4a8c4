"""``carereach geocode`` as a process: killed at any moment it asks nothing twice; a study goes on with its list."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
from geocode_server import Spot, World, environment, world_server
from geocode_world import Thing, row_of, the_list, things, write_list
from good_study import write_good_study
from typer.testing import CliRunner

from carereach import cli
from carereach.layers.geocode.review import heading
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
    """Knows these things."""
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


def contents(out: Path) -> dict[str, bytes]:
    """The bytes of all that a run writes for its user; the kept answers stand for themselves."""
    names = ("located.xlsx", "located.gpkg", "review.xlsx", "review.html")
    return {name: (out / name).read_bytes() for name in names}


def answers(out: Path) -> list[tuple[object, ...]]:
    """What is kept of each question, without the hour of its answer."""
    with sqlite3.connect(out / "answers.sqlite") as base:
        found = base.execute("SELECT id, provider, body FROM answers ORDER BY id").fetchall()
    base.close()
    return found


def killed_while_asking(child: subprocess.Popen[str], world: World, end: int, sleep_s: float) -> None:
    """Kills the child soon after so many requests of all runs together."""

    def watch(count: int) -> None:
        if count == end:
            time.sleep(sleep_s)
            child.kill()

    world.watch = watch
    wait_killed(child)
    world.watch = lambda _count: None


def killed_after(begin: Callable[[], subprocess.Popen[str]], seconds: float) -> float:
    """Kills a child so many seconds after its start, or sooner, where it ends by itself before; says when it was."""
    while True:
        child = begin()
        try:
            assert child.wait(timeout=seconds) == 0
        except subprocess.TimeoutExpired:
            child.kill()
            wait_killed(child)
            return seconds
        seconds /= 2


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is POSIX")
def test_the_list_of_300_rows_killed_five_times_at_random_gives_the_same_bytes(tmp_path: Path) -> None:
    """Three kills while it asks, two at any moment of a run that has all answers: while it starts, weighs or writes.

    At most the request under way is asked again. The same bytes: no file holds the hour of its writing, but for the
    kept answers, of which the hour of each answer is left out.
    """
    study = study_of(tmp_path / "study")
    path, known, _ = the_list(tmp_path / "名单.xlsx")
    world = world_of(known)
    torn, whole = tmp_path / "torn", tmp_path / "whole"
    seed = int(os.environ.get("CARE_KILL_SEED", "7"))
    chance = random.Random(seed)
    with world_server(world) as server:
        variables = environment(server)
        assert start(path, study, whole, variables).wait(timeout=LONGEST) == 0
        asked = dict(world.asked)
        assert set(asked.values()) == {1}
        began = time.monotonic()
        assert start(path, study, whole, variables).wait(timeout=LONGEST) == 0
        again_s = time.monotonic() - began
        assert dict(world.asked) == asked
        world.asked.clear()
        ends = sorted(chance.sample(range(1, len(asked) - 5), 3))
        for end in ends:
            killed_while_asking(start(path, study, torn, variables), world, end, chance.uniform(0, 0.002))
            check_files(torn)
            assert not list(torn.glob("located.*"))
        moments = [
            killed_after(lambda: start(path, study, torn, variables), chance.uniform(0.05, 1) * again_s)
            for _ in range(2)
        ]
        check_files(torn)
        sys.stdout.write(
            f"seed {seed}: killed after {ends} of {len(asked)} requests, and {moments} s after the start\n"
        )
        assert start(path, study, torn, variables).wait(timeout=LONGEST) == 0
    assert world.asked.keys() == asked.keys()
    assert sum(world.asked.values()) <= len(asked) + 5
    assert contents(torn) == contents(whole)
    assert answers(torn) == answers(whole)
    check_every_row(whole)


def check_every_row(out: Path) -> None:
    """All 300 rows and no other came out, once each, with what became of them and why in both languages."""
    sheets = pd.read_excel(out / "located.xlsx", sheet_name=None, engine="openpyxl", dtype=str, keep_default_na=False)
    rows = pd.concat(sheets.values())
    assert len(rows) == 300
    assert rows.groupby(heading("sheet")).size().to_dict() == {"东部": 119, "西部": 181}
    assert not rows.duplicated([heading("sheet"), heading("row")]).any()
    assert set(rows[heading("outcome")]) == {"已定位 / located", "待审核 / for review", "已否决 / rejected"}
    assert (rows[heading("why_zh")] != "").all()
    assert (rows[heading("why_en")] != "").all()


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
