"""p-median: seconds, proven gap and memory on seeded questions, each in a process of its own.

``python siting_median.py`` prints the table; ``python siting_median.py JOB`` runs one question and prints JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from child import _peak_mb
from siting_towns import evenly, prefecture
from timing import Result, timed

from carereach.scenarios.siting.median import p_median

MOST_MB = 4000


@dataclass(frozen=True)
class Job:
    """A question and its goals: proven within ``limit_s`` seconds, or a gap of at most ``most_gap`` percent by then."""

    kind: str
    demand: int
    candidates: int
    p: int
    limit_s: float
    most_gap: float
    seed: int

    @property
    def what(self) -> str:
        """The question in words."""
        size = f"{self.demand:,} x {self.candidates:,}"
        return f"p-median {size}, {self.kind}, seed {self.seed}, {self.p} sites: seconds"


JOBS = {
    "small-5": Job("prefecture", 1_000, 200, 5, 60, 0.0, seed=1),
    "small-10": Job("prefecture", 1_000, 200, 10, 60, 0.0, seed=2),
    "small-20": Job("prefecture", 1_000, 200, 20, 60, 0.0, seed=3),
    "small-even": Job("evenly spread", 1_000, 200, 10, 60, 0.0, seed=4),
    "large-5": Job("prefecture", 5_000, 500, 5, 120, 1.0, seed=1),
    "large-10": Job("prefecture", 5_000, 500, 10, 120, 1.0, seed=2),
    "large-20": Job("prefecture", 5_000, 500, 20, 120, 1.0, seed=3),
    "large-even": Job("evenly spread", 5_000, 500, 20, 120, 1.0, seed=4),
}


def siting_median(names: tuple[str, ...] = tuple(JOBS)) -> list[Result]:
    """Each job with its time limit; an answer that misses its goal is an error."""
    results = []
    for name in names:
        job, answer = JOBS[name], _child(name)
        gap = answer["gap"] * 100
        if gap > job.most_gap or answer["mb"] > MOST_MB:
            raise AssertionError(f"{job.what}: gap {gap:.3f} %, {answer['mb']:,.0f} MB")
        proof = "proven" if gap == 0 else f"gap {gap:.3f} %"
        note = f"{proof}; gap at most {job.most_gap:g} % asked; mean {answer['mean']:.2f} min, {answer['mb']:,.0f} MB"
        results.append(Result(job.what, answer["seconds"], limit=job.limit_s, note=note))
    return results


def _child(name: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, __file__, name], capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _run(name: str) -> dict[str, float]:
    """One job in this process. A few seconds are kept back for the recheck and for the solver to stop."""
    job = JOBS[name]
    minutes, residents = (prefecture if job.kind == "prefecture" else evenly)(job.demand, job.candidates, job.seed)
    seconds, found = timed(lambda: p_median(minutes, residents, p=job.p, time_limit_s=job.limit_s - 5))
    return {"seconds": seconds, "gap": found.gap, "mean": found.value / float(residents.sum()), "mb": _peak_mb()}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(_run(sys.argv[1])))
    else:
        sys.path.insert(0, str(Path(__file__).parent))
        from run import table

        print(table(siting_median()))
