"""One job in a process of its own, so that its peak memory is its own: ``python child.py JOB PATH``.

Prints a JSON object: ``seconds`` of the work alone, ``mb`` the peak resident set, imports included.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from timing import timed

Answer = dict[str, float]
TRAVEL = ("journey", "km")  # under these names a study's facts keep travel times and distances


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


def rules(folder: str) -> Answer:
    """Every rule of the study's plans, when all travel times are there: each plan by itself, and all together.

    Everything else that is kept between rules (selections, cells of tables) is found anew; the best of three.
    """
    from dataclasses import replace

    from carereach.coverage.assess import gather, judge_plans, read_plans
    from carereach.coverage.tables import Columns
    from carereach.layers.study import open_study

    study = open_study(folder)
    facts, plans = gather(study), read_plans(study.settings, study.folder)
    verdicts, _ = judge_plans(facts, plans)
    travelled = {key: kept for key, kept in facts.memo.items() if isinstance(key, tuple) and key[0] in TRAVEL}
    answer = {"verdicts": float(len(verdicts)), "facilities": float(len(study.facilities.frame))}
    for name, chosen in {**{plan.id: (plan,) for plan in plans}, "all": plans}.items():
        answer[name] = math.inf
        for _ in range(3):
            again = replace(facts, memo=dict(travelled), columns=Columns(study.tables))
            answer[name] = min(answer[name], timed(partial(judge_plans, again, chosen))[0])
    return answer


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
    "rules": rules,
}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]](sys.argv[2])))
