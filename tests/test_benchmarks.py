"""The benchmarks run, on a small graph: their comparisons check the answers, their times are not looked at."""

from __future__ import annotations

import importlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

Load = Callable[[str], ModuleType]


@pytest.fixture
def load(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Imports a module of the folder benchmarks/, which is no package."""
    monkeypatch.syspath_prepend(str(repo / "benchmarks"))
    return importlib.import_module


def test_the_graph_is_road_like_and_always_the_same(load: Load) -> None:
    graphs = load("graphs")
    roads, again = graphs.roads_of(2500), graphs.roads_of(2500)
    np.testing.assert_array_equal(roads.u, again.u)
    network = graphs.network_of(roads)
    assert abs(network.nodes - 2500) < 100
    assert len(np.unique(np.r_[network.u, network.v])) == network.nodes
    # Most nodes hang together; of the minor roads a quarter is missing: some 1.6 edges a node.
    assert (network.pieces.label == 0).mean() > 0.95
    assert 1.4 < network.edges / network.nodes < 1.8
    assert 0.03 < (~network.backward).mean() < 0.2
    assert {"motorway", "trunk", "primary", "secondary", "tertiary", "residential"} <= set(network.road_class)


def test_searches_agree_with_the_other_libraries(load: Load) -> None:
    searches = load("searches")
    bench = searches.Bench(load("graphs").roads_of(400))
    results = [
        *searches.one_to_all(bench, sources=3),
        *searches.nearest_of_100(bench),
        *searches.snapping(bench, points=200),
    ]
    assert all(result.ratio > 0 for result in results)
    assert [result.goal for result in results] == [15, None, 20, None, 20]


def test_whole_jobs_and_their_table(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wholes, child, run = load("wholes"), load("child"), load("run")
    monkeypatch.setattr(wholes, "_child", lambda job, path: child.JOBS[job](str(path)))
    roads = load("graphs").roads_of(400)
    results = [
        *wholes.reading(roads, tmp_path),
        *wholes.assessing(roads, tmp_path, places=100, stations=5),
        *wholes.judging(roads, tmp_path, places=100, facilities=200),
        *wholes.converting(1000),
        *wholes.matching(100, 50),
    ]
    goals = [(result.what.split(" of ")[0].split(" facility")[0], result.limit) for result in results[-7:]]
    systems = ("WGS 84", "GCJ-02", "BD-09")
    assert goals == [(f"{a} to {b}", 1) for a in systems for b in systems if a != b] + [("matching 100", 5)]
    lines = run.table(results).splitlines()
    assert len(lines) == 2 + len(results)
    assert {line.count("|") for line in lines} == {7}
    assert str(len(roads.xy)) in run.circumstances(len(roads.xy), len(roads.u))


def test_scenarios_agree_with_assessments_from_scratch(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenarios = load("scenarios")
    monkeypatch.setattr(scenarios, "SCENARIOS", 4)
    monkeypatch.setattr(scenarios, "SCRATCH", 2)
    results = scenarios.evaluating(load("graphs").roads_of(900), tmp_path, places=80, stations=5)
    assert all(result.ours > 0 for result in results)


def test_the_table_is_put_between_its_marks(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, timing = load("run"), load("timing")
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{run.BEGIN}\nold\n{run.END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(run, "README", readme)
    # 2 s against 0.05 s: 40 times; 600 MB of 500 allowed.
    results = [timing.Result("a", 0.05, 2.0, goal=50), timing.Result("b", 600.0, unit="MB", limit=500)]
    run.write(run.table(results))
    text = readme.read_text(encoding="utf-8")
    assert "| a | 50 ms | 2 s | 40.0x | >= 50x | NO |" in text
    assert "| b | 600 MB |  |  | <= 500 MB | NO |" in text
    assert text.startswith("before\n")
    assert text.endswith(f"{run.END}\nafter\n")
    assert "old" not in text


def test_unknown_names_are_told(load: Load, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        load("run").main(["--nodes", "400", "snaping"])
    assert "unknown: snaping" in capsys.readouterr().err


def test_a_batch_by_two_processes_is_that_by_one(tmp_path: Path, load: Load) -> None:
    faster, memory = load("batches").batches(load("graphs").roads_of(900), tmp_path, 20, places=80, stations=5)
    assert faster.what.startswith("21 single-site") and faster.ratio is not None
    assert memory.met


def test_the_map_page_is_measured(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    map_page = load("map_page")
    monkeypatch.setattr(map_page, "TRIES", 1)
    size, view, writing = map_page.map_page(tmp_path, nodes=400, places=100, facilities=200)
    assert (size.unit, size.limit, view.limit) == ("MB", 15, 3)
    assert size.ours == (tmp_path / "map.html").stat().st_size / 1e6
    assert view.ours > 0 and writing.ours > 0


def test_the_whole_output_is_measured_step_by_step(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the command itself, which draws all figures and takes its time."""
    whole_output = load("whole_output")
    told = {"cpu": 5.0, "mb": 900.0, "steps": [["rules", 1.5, 1.0, 400.0], ["report", 4.5, 4.0, 900.0]]}

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        out = Path(command[-1])
        out.mkdir()
        for name in ("report.pdf", "report.docx", "map.html", "isochrones.svg"):
            (out / name).write_bytes(b"1" * 2_000_000)
        return subprocess.CompletedProcess(command, 0, f"verdicts\n{json.dumps(told)}\n")

    monkeypatch.setattr(whole_output.subprocess, "run", run)
    rows = whole_output.whole_output(tmp_path, nodes=400, places=100, facilities=200)
    assert [row.limit for row in rows] == [90, 90, 2000, 15, 15, 15, None, None]
    assert [row.ours for row in rows[1:]] == [5, 900, 2, 2, 2, 1, 4]
    assert rows[0].note.startswith("1 figures;") and rows[-1].what == "step: report, CPU time"
