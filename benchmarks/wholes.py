"""Whole jobs: reading a file, assessing a prefecture, converting coordinates, matching names, starting the program."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
from facility_names import match_seconds
from graphs import Roads, write_osm
from prefecture import PLACES, STATIONS, write_prefecture
from timing import Result, timed
from whole_lists import FACILITIES, write_whole

from carereach.layers import datum
from carereach.layers.outline import china

HERE = Path(__file__).resolve().parent


def reading(roads: Roads, folder: Path) -> list[Result]:
    """The same network from a .osm.pbf with carereach, and from an .osm with osmnx."""
    pbf, xml = folder / "roads.osm.pbf", folder / "roads.osm"
    write_osm(roads, pbf, xml)
    ours, theirs = _child("read-ours", pbf), _child("read-osmnx", xml)
    if abs(ours["km"] / theirs["km"] - 1) > 0.005:  # on the ellipsoid here, on a sphere there
        raise AssertionError(f"not the same roads: {ours['km']} and {theirs['km']} km")
    against = "`osmnx.graph_from_xml(simplify=False, retain_all=True)`"
    return [
        Result(
            f"reading a .osm.pbf into a routable network; {against} of the .osm",
            ours["seconds"],
            theirs["seconds"],
            goal=5,
        ),
        Result("peak memory of that reading", ours["mb"], theirs["mb"], "MB", goal=3),
    ]


def assessing(roads: Roads, folder: Path, places: int = PLACES, stations: int = STATIONS) -> list[Result]:
    """A prefecture of 20,000 places and 150 stations, from the open study on."""
    study = write_prefecture(folder / "prefecture", roads, places, stations)
    part, whole = _child("verdicts", study), _child("assess", study)
    what = f"{places:,} places, {stations} stations"
    return [
        Result(f"assessing a prefecture, {what}: network to verdicts and statistics", part["seconds"], limit=10),
        Result("peak memory of that, reading included", part["mb"], unit="MB", limit=1500),
        Result(
            "the same with the response-time field and the isochrones of every station",
            whole["seconds"],
            limit=10,
            note=f"opening the study before took {whole['reading']:.1f} s",
        ),
        Result("peak memory of that, reading included", whole["mb"], unit="MB", limit=1500),
    ]


def judging(roads: Roads, folder: Path, places: int = PLACES, facilities: int = FACILITIES) -> list[Result]:
    """All rules of each embedded plan, and of all three, on a prefecture whose lists and tables are whole."""
    seconds = _child("rules", write_whole(folder / "whole", roads, places, facilities))
    what = f"{places:,} places, {facilities:,} facilities, travel times at hand"
    note = f"{seconds['verdicts']:,.0f} verdicts"
    return [
        *(
            Result(f"all rules of the plan `{plan}`; {what}", seconds[plan], limit=2)
            for plan in ("guangxi", "yulin", "qinzhou")
        ),
        Result("all rules of the three plans together", seconds["all"], limit=2, note=note),
    ]


def converting(count: int = 1_000_000) -> list[Result]:
    """All six ways between WGS 84, GCJ-02 and BD-09, of places all over China: best of three runs, all agree."""
    rng = np.random.default_rng(14)
    lon, lat = rng.uniform(98, 120, 2 * count), rng.uniform(24, 42, 2 * count)
    inside = np.flatnonzero(china().contains(lon, lat))[:count]
    places = {"WGS 84": (lon[inside], lat[inside])}
    places |= {"GCJ-02": datum.wgs84_to_gcj02(*places["WGS 84"]), "BD-09": datum.wgs84_to_bd09(*places["WGS 84"])}
    ways = {
        ("WGS 84", "GCJ-02"): datum.wgs84_to_gcj02,
        ("WGS 84", "BD-09"): datum.wgs84_to_bd09,
        ("GCJ-02", "WGS 84"): datum.gcj02_to_wgs84,
        ("GCJ-02", "BD-09"): datum.gcj02_to_bd09,
        ("BD-09", "WGS 84"): datum.bd09_to_wgs84,
        ("BD-09", "GCJ-02"): datum.bd09_to_gcj02,
    }
    results = []
    for (source, target), convert in ways.items():
        seconds, found = timed(partial(convert, *places[source]), repeats=3)
        np.testing.assert_allclose(found, places[target], atol=1e-7)
        results.append(
            Result(
                f"{source} to {target} of {count:,} coordinates, best of three, exact to 1e-7 degrees", seconds, limit=1
            )
        )
    return results


def matching(names: int = 10_000, known: int = 5_000) -> list[Result]:
    """Names of a bureau's list against facilities that are known already."""
    what = f"matching {names:,} facility names against {known:,} known ones"
    return [Result(what, match_seconds(names, known), limit=5)]


def starting() -> list[Result]:
    """CPU time of ``carereach --help``, the best of three."""
    command = [str(Path(sys.executable).parent / "carereach"), "--help"]
    return [Result("`carereach --help`, CPU time", min(_cpu_seconds(command) for _ in range(3)), limit=0.5)]


def _cpu_seconds(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _child(job: str, path: Path) -> dict[str, float]:
    """What a job of child.py gives, run in a process of its own."""
    command = [sys.executable, str(HERE / "child.py"), job, str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer
