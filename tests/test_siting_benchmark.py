"""The siting benchmark runs on small questions and tells what it should; its times are not looked at."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture
def bench(repo: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """benchmarks/siting.py, which is in no package."""
    monkeypatch.syspath_prepend(str(repo / "benchmarks"))
    return importlib.import_module("siting")


@pytest.mark.parametrize("kind", ["prefecture", "evenly spread"])
def test_questions_are_always_the_same(bench: ModuleType, kind: str) -> None:
    job = bench.Job(kind, 40, 10, 2, 15, 10)
    (minutes, residents), (again, people) = job.question, job.question
    np.testing.assert_array_equal(minutes, again)
    np.testing.assert_array_equal(residents, people)
    assert minutes.shape == (10, 40)
    assert minutes.dtype == np.float32
    assert np.all(residents == np.rint(residents))
    assert np.all(residents >= 1)


def test_minutes_are_distance_with_a_detour_at_a_speed(bench: ModuleType) -> None:
    towns = importlib.import_module("siting_towns")
    # 3 km east and 4 km north are 5 km, 6.5 km on the road, at 40 km/h 9.75 minutes
    minutes = towns._minutes(np.array([[3.0, 4.0]]), np.array([[0.0, 0.0]]))
    assert minutes[0, 0] == pytest.approx(9.75)


def test_a_job_is_solved(bench: ModuleType) -> None:
    answer = bench.run(bench.Job("prefecture", 200, 40, 4, 15, 20))
    assert answer["gap"] == 0
    assert 0 < answer["share"] <= 1
    assert answer["mb"] > 0


def test_rows_of_the_table(bench: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    small = bench.Job("prefecture", 60, 12, 2, 15, 10, most_s=2)
    monkeypatch.setattr(bench, "JOBS", {"a": small, "b": replace(small, most_s=None, most_gap=0.5)})
    monkeypatch.setattr(bench, "building", lambda: bench.Result("building", 0.1, 9.0, goal=50))
    answer = {"seconds": 1.0, "gap": 0.0, "share": 0.5, "mb": 100.0}
    monkeypatch.setattr(bench, "_child", lambda name: answer)
    assert [result.met for result in bench.siting(("a", "b"))] == [True, True, True]
    monkeypatch.setattr(bench, "_child", lambda name: {**answer, "gap": 0.01})
    with pytest.raises(AssertionError, match="not proven"):
        bench.siting(("a",))
    assert bench.siting(("b",))[-1].met is False
    monkeypatch.setattr(bench, "_child", lambda name: {**answer, "mb": 9000.0})
    with pytest.raises(AssertionError, match="MB"):
        bench.siting(("b",))


@pytest.mark.filterwarnings("ignore")
def test_building_is_measured_beside_spopt(bench: ModuleType) -> None:
    result = bench.building(60, 12)
    assert result.ours > 0
    assert result.other > 0
