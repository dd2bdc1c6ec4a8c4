"""All that a prefecture's assessment writes, from one command: ``python benchmarks/whole_output.py``

A made-up prefecture of 20,000 places, 2,000 facilities (some 800 of them send ambulances) and 200,000 edges of road,
with the plan ``yulin``: ``carereach assess STUDY -o DIR --report --figures --layers`` in a process of its own, from
its first import to its last line. Steps are those that the command tells its user.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from child import _peak_mb
from graphs import roads_of
from timing import Result
from whole_lists import FACILITIES, write_whole

NODES, PLACES = 125_000, 20_000
MOST_S, MOST_MB, MOST_FILE_MB = 90.0, 2000.0, 15.0
LANG = "zh"


def whole_output(folder: Path, nodes: int = NODES, places: int = PLACES, facilities: int = FACILITIES) -> list[Result]:
    """Time, CPU time and memory of the whole command and of each step, and the size of what is sent by mail."""
    roads = roads_of(nodes)
    study = write_whole(folder / "whole", roads, places, facilities, plans=("yulin",))
    out, load = folder / "out", os.getloadavg()[0]
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, "--child", str(study), str(out)], check=True, stdout=subprocess.PIPE, text=True
    )
    seconds = time.perf_counter() - begin
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    what = f"{places:,} places, {facilities:,} facilities, {len(roads.u):,} edges"
    figures = len(list(out.glob("*.svg")))
    note = f"{figures} figures; load of the machine when it began {load:.1f}"
    rows = [
        Result(f"`assess --report --figures --layers`: {what}; wall clock", seconds, limit=MOST_S, note=note),
        Result("the same, CPU time", told["cpu"], limit=MOST_S),
        Result("the same, peak memory", told["mb"], unit="MB", limit=MOST_MB),
    ]
    for name in ("report.pdf", "report.docx", "map.html"):
        rows.append(Result(f"its `{name}`", (out / name).stat().st_size / 1e6, unit="MB", limit=MOST_FILE_MB))
    rows += [
        Result(f"step: {name}, CPU time", cpu, note=f"wall clock {wall:.1f} s; peak until then {mb:,.0f} MB")
        for name, wall, cpu, mb in told["steps"]
    ]
    return rows


def child(study: str, out: Path) -> dict[str, object]:
    """Runs the command in this process; its steps with their wall clock, CPU time and peak until their end."""
    from carereach.commands import assess, shared

    marks: list[tuple[str, float, float, float]] = []

    def mark(name: str, **_: object) -> None:
        marks.append((name, time.perf_counter(), time.process_time(), _peak_mb()))

    @contextmanager
    def steps(_lang: shared.Lang) -> Iterator[Callable[..., None]]:
        yield mark

    assess.steps = steps
    mark("start")
    assess.assess_into(study, out, shared.Lang(LANG), extras=("layers", "figures", "report"))
    mark("end")
    found: dict[str, list[float]] = {}
    for (name, begin, cpu, _), (_, end, cpu_end, mb) in pairwise(marks):
        wall, spent, _mb = found.get(name, [0.0, 0.0, 0.0])
        found[name] = [wall + end - begin, spent + cpu_end - cpu, mb]
    return {"cpu": time.process_time(), "mb": _peak_mb(), "steps": [[name, *each] for name, each in found.items()]}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(child(sys.argv[2], Path(sys.argv[3]))))
    else:
        from run import table

        with tempfile.TemporaryDirectory() as scratch:
            print(table(whole_output(Path(scratch))))
