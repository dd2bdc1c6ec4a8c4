"""Batches of scenarios: resumed, killed, disturbed at every write, in processes and on a cluster: the same results."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from good_study import write_good_study
from outcomes import deadly

from carereach import files
from carereach.errors import InputError, Problem
from carereach.maps.compare.tables import write_comparison
from carereach.scenarios import workers
from carereach.scenarios.asked import Asked
from carereach.scenarios.batch import RunReport, run, run_again
from carereach.scenarios.collect import read_measures
from carereach.scenarios.compare import compare
from carereach.scenarios.run_folder import RunFolder
from carereach.scenarios.workers import desk_of, in_processes

SCENARIOS = """
[[scenario]]
name = "fair"
[[scenario]]
name = "rain"
[[scenario.speed]]
factor = 0.6

[[sweep]]
name = "sites"
baseline = ["fair", "rain"]
[[sweep.candidate]]
name = "甲"
lon = 110.03
lat = 22.58
[[sweep.candidate]]
name = "=乙"
lon = 110.12
lat = 22.52
cost = 3
[[sweep.candidate]]
name = "sea"
lon = 111.9
lat = 21.1
"""
COUNT = 1 + 2 + 6  # the study as it is, fair weather and rain, and three sites in each
KILLS = 3
LONGEST = 120


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    study = write_good_study(tmp_path / "研究")
    file = tmp_path / "情景.toml"
    file.write_text(SCENARIOS, encoding="utf-8")
    return Asked(str(study), (str(file),))


def contents(folder: Path) -> dict[str, str]:
    """Every file of a results folder but its cache, by the hash of its content."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "cache" not in path.parts and not path.name.startswith(".")
    }


def done(folder: Path) -> int:
    return len(list((folder / "outcomes").rglob("[!.]*.parquet")))


def test_a_batch_end_to_end(asked: Asked, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    report = run(asked, tmp_path / "out", progress=lambda count, total: told.append((count, total)))
    assert (report.scenarios, report.computed, report.kept, report.refused) == (COUNT, COUNT, 0, 2)
    assert told == [(count, COUNT) for count in range(1, COUNT + 1)]
    table = read_measures(report.folder)
    city = table[table["level"] == "city"].set_index("scenario")
    assert city.loc["甲 + fair", "within_15"] >= city.loc["baseline", "within_15"]
    assert city.loc["rain", "mean_min"] > city.loc["baseline", "mean_min"]
    assert city.loc["sea + fair", "error"] and city.loc["sea + rain", "error"]
    assert city.loc["=乙 + rain", "cost"] == 3
    again = run(asked, tmp_path / "out")
    assert (again.computed, again.kept) == (0, COUNT)


def test_only_what_a_change_touches_runs_again(asked: Asked, tmp_path: Path) -> None:
    run(asked, tmp_path / "out")
    file = Path(asked.files[0])
    file.write_text(SCENARIOS.replace("cost = 3", "cost = 4"), encoding="utf-8")
    report = run(asked, tmp_path / "out")
    assert (report.computed, report.kept) == (2, COUNT - 2)
    assert read_measures(report.folder).set_index("scenario").loc["=乙 + fair", "cost"].eq(4).all()
    census = Path(asked.study) / "census.csv"
    census.write_text(census.read_text(encoding="utf-8").replace("20000", "20001"), encoding="utf-8")
    assert run(asked, tmp_path / "out").computed == COUNT


def test_damaged_outcomes_are_computed_again(asked: Asked, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(asked, out)
    before = contents(out)
    first, second, *_ = sorted((out / "outcomes").rglob("*.parquet"))
    first.write_bytes(first.read_bytes()[:-40])
    second.write_bytes(b"")
    report = run(asked, out)
    assert (report.computed, report.kept) == (2, COUNT - 2)
    assert contents(out) == before


def test_a_damaged_cache_is_said_and_changes_nothing(asked: Asked, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(asked, out)
    before = contents(out)
    rows = [path for path in (out / "cache").rglob("*") if path.is_file()]
    assert rows
    for path in rows:
        path.write_bytes(path.read_bytes()[:-7] + b"garbage")
    for path in (out / "outcomes").rglob("*.parquet"):
        path.unlink()
    workers.desk_of.cache_clear()
    report = run(asked, out)
    assert contents(out) == before
    assert {problem.code for problem in report.problems if "cache" in problem.code} == {"outcome.cache-damaged"}


class Stop(OSError):
    """A disk that says no."""


@contextmanager
def failing_at(monkeypatch: pytest.MonkeyPatch, call: str, number: int) -> Iterator[list[int]]:
    """Lets the call with this number fail; the list holds how many calls there were."""
    calls = [0]
    true = getattr(os, call)

    def sometimes(*given: object, **named: object) -> object:
        calls[0] += 1
        if calls[0] == number:
            raise Stop(28, "No space left on device")
        return true(*given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(files.os, call, sometimes)
        yield calls


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_a_failure_at_every_write_leaves_no_torn_file(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    out = tmp_path / "out"
    run(asked, out)
    expected = contents(out)
    for number in count(1):
        shutil.rmtree(out)
        with failing_at(monkeypatch, call, number) as calls, suppress(Stop):
            run(asked, out)
        if calls[0] < number:
            break
        assert all(expected[name] == digest for name, digest in contents(out).items()), number
        assert not [path for path in out.rglob(".*") if path.is_file() and "cache" not in path.parts]
        run(asked, out)
        assert contents(out) == expected
    assert number > COUNT


def command(asked: Asked, out: Path, *more: str) -> list[str]:
    code = (
        "import sys; from pathlib import Path; from carereach.scenarios.asked import Asked; "
        "from carereach.scenarios.batch import run; "
        "run(Asked(sys.argv[1], (sys.argv[2],)), Path(sys.argv[3]), workers=int(sys.argv[4]))"
    )
    return [sys.executable, "-W", "error", "-c", code, asked.study, asked.files[0], str(out), *(more or ("1",))]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is POSIX")
def test_killed_at_random_moments_the_results_are_the_same_bytes(asked: Asked, tmp_path: Path) -> None:
    seed = int(os.environ.get("CARE_KILL_SEED", "3"))
    chance = random.Random(seed)
    whole, out = tmp_path / "whole", tmp_path / "out"
    began = time.monotonic()
    assert subprocess.run(command(asked, whole), timeout=LONGEST).returncode == 0
    took_s = time.monotonic() - began
    for _ in range(KILLS):
        child = subprocess.Popen(command(asked, out))
        try:
            child.wait(timeout=took_s * chance.uniform(0.5, 1.0))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        names = contents(out) if out.exists() else {}
        expected = contents(whole)
        assert all(expected[name] == digest for name, digest in names.items()), seed
    assert subprocess.run(command(asked, out), timeout=LONGEST).returncode == 0
    assert contents(out) == contents(whole)


def test_two_processes_give_the_same_and_a_dead_one_costs_one_scenario(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    run(asked, one)
    monkeypatch.setattr("carereach.scenarios.batch.CHUNK", 2)
    run(asked, two, workers=2)
    assert contents(one) == contents(two)


def test_a_process_that_dies_costs_one_scenario(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "outcomes_of", deadly)
    found = {each.index: each for each in in_processes(Asked("none"), 2)([(0, 1), (2, 3), (4, 5), (6,)])}
    assert sorted(found) == list(range(7))
    assert [index for index, each in found.items() if each.failure] == [3]


def test_a_mistake_of_ours_in_one_scenario_is_told_and_tried_again(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        desk = type(desk_of(asked))
        true = desk.evaluate

        def evaluate(self: object, scenario: object) -> object:
            if getattr(scenario, "name", "") == "rain":
                raise ZeroDivisionError("ours")
            return true(self, scenario)  # type: ignore[arg-type]

        patch.setattr(desk, "evaluate", evaluate)
        report = run(asked, tmp_path / "out")
        assert report.failed == (("rain", "ZeroDivisionError: ours"),)
        assert done(tmp_path / "out") == COUNT - 1
    again = run(asked, tmp_path / "out")
    assert (again.computed, again.failed) == (1, ())


def test_the_folder_alone_reproduces_the_run(asked: Asked, tmp_path: Path) -> None:
    first = run(asked, tmp_path / "first")
    shutil.rmtree(asked.study)
    Path(asked.files[0]).unlink()
    second = run_again(first.folder, tmp_path / "second")
    assert isinstance(second, RunReport)
    assert contents(first.folder) == contents(second.folder)


def test_a_list_of_candidates_and_its_draws_are_reproduced(asked: Asked, tmp_path: Path) -> None:
    table = tmp_path / "名单" / "候选点.csv"
    table.parent.mkdir()
    table.write_text(
        "名称,经度,纬度,救护车,费用（万元）\n甲,110.03,22.58,2,320\n乙,110.12,22.52,1,280\n", encoding="utf-8-sig"
    )
    first = run(Asked(asked.study, candidates=str(table), choose=2, draws=2, seed=3), tmp_path / "first")
    shutil.rmtree(asked.study)
    shutil.rmtree(table.parent)
    second = run_again(first.folder, tmp_path / "second")
    for folder in (first.folder, second.folder):
        write_comparison(compare([folder]), folder, "zh")
    ours, theirs = (contents(folder) for folder in (first.folder, second.folder))
    books = {name for name in ours if name.endswith(".xlsx")}  # a workbook holds the time at which it was written
    assert {name: ours[name] for name in ours.keys() - books} == {name: theirs[name] for name in theirs.keys() - books}
    assert {"comparison.parquet", "comparison.csv", "draws.parquet"} <= ours.keys()
    pair = read_measures(second.folder).set_index("scenario").loc["甲 + 乙"]
    assert set(pair["cost"]) == {600.0}


def test_files_beside_the_study_folder_are_found_in_the_copy(asked: Asked, tmp_path: Path) -> None:
    study = Path(asked.study) / "study.toml"
    shared = tmp_path / "共享"
    shared.mkdir()
    Path(asked.study, "roads.osm").rename(shared / "roads.osm")
    people = shared / "people.tif"
    Path(asked.study, "people.tif").rename(people)
    text = study.read_text(encoding="utf-8").replace('"roads.osm"', '"../共享/roads.osm"')
    study.write_text(text.replace('"people.tif"', f'"{people.as_posix()}"'), encoding="utf-8")
    first = run(asked, tmp_path / "first")
    (shared / "roads.osm").unlink()
    second = run_again(first.folder, tmp_path / "second")
    assert contents(first.folder) == contents(second.folder)
    people.write_bytes(people.read_bytes() + b" ")
    with pytest.raises(InputError, match="no longer what it was"):
        run_again(first.folder, tmp_path / "third")


def test_what_is_no_longer_the_same_is_not_reproduced(asked: Asked, tmp_path: Path) -> None:
    folder = run(asked, tmp_path / "first").folder
    copied = folder / "inputs" / "study" / "census.csv"
    copied.write_text("county,residents\n西县,1\n东县,1\n", encoding="utf-8")
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    record["versions"]["numpy"] = "0.1"
    RunFolder(folder).save_record(record)
    with pytest.raises(InputError) as raised:
        run_again(folder, tmp_path / "second")
    assert [problem.code for problem in raised.value.problems] == ["run.input-changed", "run.other-version"]
    (folder / "run.json").write_text("[]", encoding="utf-8")
    with pytest.raises(InputError, match="damaged"):
        run_again(folder, tmp_path / "second")
    with pytest.raises(InputError, match="no results of a run"):
        run_again(tmp_path / "nowhere", tmp_path / "second")


def test_nothing_asked_and_mistakes_are_said_before_anything_is_computed(asked: Asked, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Nothing is asked"):
        run(Asked(asked.study), tmp_path / "out")
    with pytest.raises(InputError) as raised:
        run(Asked(asked.study, open=("somewhere",), close=("nobody",)), tmp_path / "out")
    assert len(raised.value.problems) == 2
    with pytest.raises(InputError, match="at least one"):
        run(asked, tmp_path / "out", workers=0)


def test_one_question_without_a_file(asked: Asked, tmp_path: Path) -> None:
    question = Asked(asked.study, open=("110.03,22.58",), ambulances=2)
    table = compare([run(question, tmp_path / "out").folder]).table
    assert len(table) == 2
    assert sorted(table["opened"]) == [0, 1]
    assert table.set_index("opened").loc[1, "ambulances"] == 2


def test_no_scheduler_and_no_dask_are_clear_errors(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError) as raised:
        run(asked, tmp_path / "out", scheduler="tcp://127.0.0.1:1")
    assert raised.value.problems == (Problem("run.no-distributed", value="tcp://127.0.0.1:1"),)


CLUSTER = """
import sys
from pathlib import Path
from carereach.errors import InputError
from carereach.scenarios import batch, cluster
from carereach.scenarios.asked import Asked
batch.CHUNK, cluster.CONNECT_S = 2, 5
if __name__ == "__main__":
    study, file, out, port = sys.argv[1:]
    asked = Asked(study, (file,))
    try:
        batch.run(asked, Path(out + "-dead"), scheduler="tcp://127.0.0.1:9")
    except InputError as error:
        print(error.problems[0].code)
    from distributed import LocalCluster
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, scheduler_port=int(port)) as local:
        print(batch.run(asked, Path(out), scheduler=local.scheduler_address).computed)
        drawn = Asked(study, (file,), draws=2, seed=7)
        print(batch.run(drawn, Path(out + "-drawn"), scheduler=local.scheduler_address).computed)
"""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_cluster_of_two_workers_gives_the_same(asked: Asked, tmp_path: Path) -> None:
    run(asked, tmp_path / "here")
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER, encoding="utf-8")
    words = [asked.study, asked.files[0], str(tmp_path / "there"), str(free_port())]
    ended = subprocess.run([sys.executable, script, *words], capture_output=True, text=True, timeout=LONGEST)
    assert ended.stdout.split() == ["run.no-scheduler", str(COUNT), str(COUNT)], ended.stderr
    assert contents(tmp_path / "here") == contents(tmp_path / "there")
    run(replace(asked, draws=2, seed=7), tmp_path / "drawn")
    assert contents(tmp_path / "drawn") == contents(tmp_path / "there-drawn")
    assert (tmp_path / "drawn" / "draws.parquet").is_file()


def test_workers_started_by_themselves_give_the_same(asked: Asked, tmp_path: Path) -> None:
    run(asked, tmp_path / "here")
    address = f"tcp://127.0.0.1:{free_port()}"
    scheduler = ["-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", address.rsplit(":", 1)[1]]
    worker = ["-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny"]
    started = [
        subprocess.Popen([sys.executable, *words], cwd=tmp_path, stderr=subprocess.DEVNULL)
        for words in ([*scheduler, "--no-dashboard"], worker, worker)
    ]
    try:
        code = (
            "import sys, time; from pathlib import Path; from carereach.scenarios.asked import Asked; "
            "from carereach.errors import InputError; from carereach.scenarios import batch; batch.CHUNK = 2\n"
            "for attempt in range(60):\n"
            "    try:\n"
            "        report = batch.run(Asked(sys.argv[1], (sys.argv[2],)), Path(sys.argv[3]), scheduler=sys.argv[4])\n"
            "        break\n"
            "    except InputError as error:\n"
            "        assert error.problems[0].code in ('run.no-scheduler', 'run.no-workers'), error\n"
            "        time.sleep(1)\n"
            "print(report.computed)\n"
        )
        words = ["-c", code, asked.study, asked.files[0], str(tmp_path / "there"), address]
        ended = subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=LONGEST)
        assert ended.stdout.strip() == str(COUNT), ended.stderr
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(timeout=LONGEST)
    assert contents(tmp_path / "here") == contents(tmp_path / "there")
