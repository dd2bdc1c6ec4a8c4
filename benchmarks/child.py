"""One job in a process of its own, so that its peak memory is its own: ``python child.py JOB PATH``.

Prints a JSON object: ``seconds`` of the work alone, ``mb`` the peak resident set, imports included.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from timing import timed

Answer = dict[str, float]


def read_ours(file: str) -> Answer:
    """Reads a .osm.pbf with carereach."""
    from carereach.layers.roads.osm import read_osm

    seconds, network = timed(lambda: read_osm(file))
    return {"seconds": seconds, "mb": _peak_mb(), "km": float(network.km.sum())}


def read_osmnx(file: str) -> Answer:
    """Reads an .osm with osmnx."""
    import osmnx as ox

    seconds, graph = timed(lambda: ox.graph_from_xml(file, simplify=False, retain_all=True))
    mb = _peak_mb()
    metres = sum(edge["length"] for *_, edge in graph.edges(data=True) if not edge["reversed"])
    return {"seconds": seconds, "mb": mb, "km": metres / 1000}


def verdicts(folder: str) -> Answer:
    """From an open study to verdicts and statistics."""
    from carereach.coverage.assess import gather, judge_plans, read_plans
    from carereach.coverage.statistics import statistics
    from carereach.layers.study import open_study

    study = open_study(folder)

    def work() -> tuple[int, int]:
        facts = gather(study)
        found, _ = judge_plans(facts, read_plans(study.settings, study.folder))
        return len(found), len(statistics(facts))

    seconds, (count, units) = timed(work)
    return {"seconds": seconds, "mb": _peak_mb(), "verdicts": count, "units": units}


def assess_all(folder: str) -> Answer:
    """The same with what maps are drawn from: the field and the isochrones of each station."""
    from carereach.coverage.assess import assess
    from carereach.layers.study import open_study

    reading, study = timed(lambda: open_study(folder))
    seconds, result = timed(lambda: assess(study))
    if not result.ledger.balanced:
        raise AssertionError("residents do not reconcile")
    return {"seconds": seconds, "reading": reading, "mb": _peak_mb(), "residents": result.ledger.residents}


def _peak_mb() -> float:
    """Peak resident set of this process in MB. Linux hands on the parent's peak in ``getrusage``, so not that."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not tell a process's peak memory")


JOBS: dict[str, Callable[[str], Answer]] = {
    "read-ours": read_ours,
    "read-osmnx": read_osmnx,
    "verdicts": verdicts,
    "assess": assess_all,
}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]](sys.argv[2])))
