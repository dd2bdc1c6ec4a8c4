"""Maximal cover: seconds, proven gap and memory on seeded questions, and how fast the model is built beside spopt's.

``python siting.py`` prints the table; ``python siting.py JOB`` runs one question in this process and prints JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from child import _peak_mb
from siting_towns import Question, evenly, prefecture
from timing import Result, timed

from carereach.scenarios.siting.case import cover_case
from carereach.scenarios.siting.cover import max_cover
from carereach.scenarios.siting.instance import read_instance
from carereach.scenarios.siting.program import cover_program

MOST_MB = 4000
FASTER_THAN_SPOPT = 50


@dataclass(frozen=True)
class Job:
    """A question and its goals: ``most_s`` seconds; a gap of at most ``most_gap`` percent after ``limit_s`` seconds."""

    kind: str
    demand: int
    candidates: int
    p: int
    within_min: float
    limit_s: float
    seed: int = 1
    most_s: float | None = None
    most_gap: float | None = None

    @property
    def question(self) -> Question:
        """The table of minutes and the residents."""
        return (prefecture if self.kind == "prefecture" else evenly)(self.demand, self.candidates, self.seed)

    @property
    def what(self) -> str:
        """The question in words."""
        size = f"{self.demand:,} x {self.candidates:,}"
        return f"maximal cover {size}, {self.kind}, seed {self.seed}: {self.p} sites within {self.within_min:g} min"


JOBS = {
    "small": Job("prefecture", 2_000, 200, 10, 15, 60, most_s=2),
    "small-20": Job("prefecture", 2_000, 200, 20, 15, 60, seed=2, most_s=2),
    "middle": Job("prefecture", 10_000, 500, 20, 15, 60, most_gap=0.5),
    "middle-50": Job("prefecture", 10_000, 500, 50, 15, 60, seed=2, most_gap=0.5),
    "large": Job("prefecture", 20_000, 2_000, 20, 15, 120, most_gap=1),
    "large-50": Job("prefecture", 20_000, 2_000, 50, 15, 120, seed=2, most_gap=1),
    "small-hard": Job("evenly spread", 2_000, 200, 20, 30, 60),
    "middle-hard": Job("evenly spread", 10_000, 500, 20, 30, 60),
    "large-hard": Job("evenly spread", 20_000, 2_000, 20, 30, 120),
}


def siting(names: tuple[str, ...] = tuple(JOBS)) -> list[Result]:
    """Each job in a process of its own; jobs without a goal show where the method ends."""
    results = [building()]
    for name in names:
        job, answer = JOBS[name], _child(name)
        seconds, gap, covered = answer["seconds"], answer["gap"] * 100, answer["share"] * 100
        note = f"{covered:.1f} % covered, {answer['mb']:,.0f} MB"
        if job.most_gap is None:
            results.append(Result(job.what, seconds, limit=job.most_s, note=f"{note}, gap {gap:.2f} %"))
            if job.most_s is not None and gap > 0:
                raise AssertionError(f"{job.what}: not proven")
        else:
            results.append(
                Result(f"{job.what}; gap", gap, unit="%", limit=job.most_gap, note=f"{note}, {seconds:.0f} s")
            )
        if answer["mb"] > MOST_MB:
            raise AssertionError(f"{job.what}: {answer['mb']:,.0f} MB")
    return results


def building(demand: int = 2_000, candidates: int = 200) -> Result:
    """From the table to a model ready to be solved: ours, reductions included, and spopt's."""
    minutes, residents = prefecture(demand, candidates, 1)

    def ours() -> int:
        instance = read_instance(minutes, residents, 10, {})
        return len(cover_program(cover_case(instance, instance.within(15), np.ones(1))).worth)

    def theirs() -> object:
        return locate.MCLP.from_cost_matrix(minutes.T, residents, 15, p_facilities=10)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from spopt import locate

        other, _ = timed(theirs)
    own, _ = timed(ours, repeats=3)
    what = f"building the maximal cover of {demand:,} x {candidates:,}; spopt's `MCLP.from_cost_matrix`"
    return Result(what, own, other, goal=FASTER_THAN_SPOPT)


def run(job: Job) -> dict[str, float]:
    """Solves a job in this process."""
    minutes, residents = job.question
    seconds, answer = timed(
        lambda: max_cover(minutes, residents, p=job.p, within_min=job.within_min, time_limit_s=job.limit_s)
    )
    share = answer.value / float(residents.sum())
    return {"seconds": seconds, "gap": answer.gap, "share": share, "value": answer.value, "mb": _peak_mb()}


def _child(name: str) -> dict[str, float]:
    command = [sys.executable, str(Path(__file__).resolve()), name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(run(JOBS[sys.argv[1]])))
    else:
        from run import table

        print(table(siting()))
