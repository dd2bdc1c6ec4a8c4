"""A batch of scenarios from question to tables, by one process and by two; and its memory."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from graphs import Roads
from prefecture import write_prefecture
from timing import Result

CANDIDATES, PLACES, STATIONS = 2_000, 20_000, 200
RUN = """
import resource, sys
from pathlib import Path
from carereach.scenarios.asked import Asked
from carereach.scenarios.batch import run
if __name__ == "__main__":
    study, out, candidates, workers = sys.argv[1:]
    report = run(Asked(study, candidates=candidates), Path(out), workers=int(workers))
    assert report.computed == report.scenarios and not report.failed
    usage = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(report.scenarios, max(usage) / 1024)
"""


def batches(
    roads: Roads, folder: Path, candidates: int = CANDIDATES, places: int = PLACES, stations: int = STATIONS
) -> list[Result]:
    """Each candidate opened by itself; the two runs must write the same tables. Both times hold the start: opening the
    study and computing it as it is, which each process does."""
    study = write_prefecture(folder / "batches", roads, places, stations)
    script = folder / "run_batch.py"
    script.write_text(RUN, encoding="utf-8")
    seconds: dict[int, float] = {}
    for workers in (1, 2):
        out = folder / f"workers {workers}"
        words = [str(study), str(out), f"junctions:{candidates}", str(workers)]
        begin = time.perf_counter()
        done = subprocess.run([sys.executable, script, *words], check=True, capture_output=True, text=True)
        seconds[workers] = time.perf_counter() - begin
        count, megabytes = (float(word) for word in done.stdout.split())
    for name in ("scenarios.parquet", "verdicts.parquet"):
        assert (folder / "workers 1" / name).read_bytes() == (folder / "workers 2" / name).read_bytes(), name
    what = f"{count:,.0f} single-site scenarios to tables, two processes against one"
    return [
        Result(what, seconds[2], seconds[1], goal=1.5, note="wall clock, start included"),
        Result("memory of the largest process of that batch", megabytes, unit="MB", limit=2048),
    ]
