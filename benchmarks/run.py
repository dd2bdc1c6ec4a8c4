"""Measures carereach against the libraries it could have used instead, in one run: ``python benchmarks/run.py``.

Names of benchmarks choose some of them; ``--write`` puts the table into README.md beside this file. It takes one to
two minutes and 1.5 GB with 200,000 nodes. Times on a machine that does other work as well are indications only.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from os import cpu_count
from pathlib import Path

from batches import batches
from graphs import roads_of
from searches import Bench, nearest_of_100, one_to_all, snapping
from timing import Result
from wholes import assessing, converting, judging, matching, reading, starting

from scenarios import evaluating

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- results -->", "<!-- end of results -->"
LIBRARIES = ("numpy", "scipy", "shapely", "geopandas", "networkx", "osmnx", "osmium")


def benchmarks(nodes: int, folder: Path) -> dict[str, Callable[[], list[Result]]]:
    """All benchmarks by name, on a graph of that size; files go into ``folder``."""
    bench = Bench(roads_of(nodes))
    return {
        "one-to-all": partial(one_to_all, bench),
        "nearest": partial(nearest_of_100, bench),
        "snapping": partial(snapping, bench),
        "reading": partial(reading, bench.roads, folder),
        "assessing": partial(assessing, bench.roads, folder),
        "rules": partial(judging, bench.roads, folder),
        "scenarios": partial(evaluating, bench.roads, folder),
        "batches": partial(batches, bench.roads, folder),
        "datum": converting,
        "names": matching,
        "help": starting,
    }


def table(results: list[Result]) -> str:
    """The results as a Markdown table."""
    lines = ["| what | carereach | other | ratio | goal | met |", "|---|---:|---:|---:|---:|---|"]
    for result in results:
        goal = "" if result.goal is None else f">= {result.goal:g}x"
        goal = goal if result.limit is None else f"<= {_amount(result.limit, result.unit)}"
        cells = [
            result.what + (f" ({result.note})" if result.note else ""),
            _amount(result.ours, result.unit),
            "" if result.other is None else _amount(result.other, result.unit),
            "" if result.ratio is None else f"{result.ratio:.1f}x",
            goal,
            {True: "yes", False: "NO", None: ""}[result.met],
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _amount(value: float, unit: str) -> str:
    if unit == "s" and value < 0.1:
        return f"{value * 1000:.3g} ms"
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


def circumstances(nodes: int, edges: int) -> str:
    """Date, machine and versions, in a sentence each."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {nodes:,} nodes and {edges:,} edges. {_processor()}, {cpu_count()} cores, "
        f"{platform.system()}. Python {platform.python_version()}, carereach {version('carereach')}, {libraries}."
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def write(text: str) -> None:
    """Puts the results between the two marks of README.md."""
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Runs what is asked for; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "names",
        nargs="*",
        help="one-to-all, nearest, snapping, reading, assessing, rules, scenarios, batches, datum, names, help",
    )
    parser.add_argument("--nodes", type=int, default=200_000)
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        known = benchmarks(asked.nodes, Path(folder))
        if unknown := set(asked.names) - set(known):
            parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}")
        results = []
        for name in asked.names or known:
            print(f"{name} ...", file=sys.stderr, flush=True)
            results += known[name]()
    roads = roads_of(asked.nodes)
    text = f"{circumstances(len(roads.xy), len(roads.u))}\n\n{table(results)}"
    print(text)
    if asked.write:
        write(text)
    return int(any(result.met is False for result in results))


if __name__ == "__main__":
    sys.exit(main())
