"""``carereach fetch``: the roads and the population raster that a study names, downloaded and documented.

Beside each file stands ``<file>.json``: addresses without keys, query, dates, SHA-256, counts, licence.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry

from .. import files
from ..errors import FetchError, Problem
from .download import Progress, Wanted, download, no_progress, part_of, publish, writing
from .overpass import ENDPOINTS, buffered, data_dates, download_tiles, merge, query_of, tile_key, tiles_of
from .settings import Fetch, StudyFile
from .tiff_files import check_geotiff, open_geotiff, require_tiff_start
from .web import Ask, Limits, Patience, answer, carereach_version, public, web_address, web_client

NOMINATIM = "https://nominatim.openstreetmap.org/search"
MADE_BY = "carereach fetch"
PLACE_LIMIT = 32 << 20
MANIFEST_LIMIT = 4 << 20
OSM_LICENCE = {
    "licence": "ODbL 1.0",
    "licence_url": "https://opendatacommons.org/licenses/odbl/1-0/",
    "attribution": "© OpenStreetMap contributors",
}
SPAN_TOLD = timedelta(days=7)


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Fetched:
    """One downloaded file; ``counts``: nodes and ways, or columns and rows; ``reused``: it was there already."""

    path: Path
    manifest: Path
    sha256: str
    bytes: int
    counts: Mapping[str, int]
    reused: bool = False
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class FetchReport:
    """What ``carereach fetch`` brought; None for what the study does not ask for."""

    roads: Fetched | None = None
    population: Fetched | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The warnings of both."""
        return tuple(problem for got in (self.roads, self.population) if got for problem in got.problems)


@dataclass(frozen=True)
class _Run:
    """How one call works: its settings and its contacts with the world."""

    settings: Fetch
    progress: Progress = no_progress
    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep
    refresh: bool = False
    described: Mapping[str, str] = field(default_factory=dict)

    @property
    def patience(self) -> Patience:
        return Patience(attempts=self.settings.attempts, sleep=self.sleep)

    @property
    def limits(self) -> Limits:
        return Limits(self.settings.timeout_s, self.settings.total_s, int(self.settings.max_mb * (1 << 20)))


def fetch(
    study_file: StudyFile,
    folder: Path,
    counties: gpd.GeoDataFrame | None,
    *,
    progress: Progress = no_progress,
    now: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], None] = time.sleep,
    refresh: bool = False,
) -> FetchReport:
    """Downloads what the table ``[fetch]`` of a study names, into ``folder`` (the study file's).

    ``counties`` (EPSG:4326) say for which area; needed for roads only. A file that an earlier call brought for the
    same request is kept unless ``refresh``. An interrupted call, Ctrl-C included, is continued by the next one.
    Raises :class:`FetchError` with every problem of the settings, or with what went wrong.
    """
    settings = study_file.fetch
    _require_sound(settings, folder, counties)
    people = study_file.people
    described = {"licence": people.licence, "attribution": people.source, "data_date": people.date}
    run = _Run(settings, progress, now, sleep, refresh, described)
    roads = population = None
    if settings.roads is not None and counties is not None:
        area = counties.to_crs(4326).geometry.union_all()
        roads = _roads(area, folder / settings.roads, run)
    if settings.population is not None and settings.population_url is not None:
        population = _population(settings.population_url, folder / settings.population, run)
    return FetchReport(roads, population)


def roads_of_polygon(
    polygon: BaseGeometry,
    path: Path,
    *,
    settings: Fetch | None = None,
    progress: Progress = no_progress,
    now: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], None] = time.sleep,
    refresh: bool = False,
) -> Fetched:
    """Downloads the roads in and around ``polygon`` (degrees, WGS 84) into ``path`` (.osm); resumable, see `fetch`."""
    run = _Run(settings or Fetch(), progress, now, sleep, refresh)
    _raise_all([*_target_problems("path", path, (".osm",)), *_overpass_problems(run.settings)])
    return _roads(polygon, path, run)


def roads_of_place(
    place: str,
    path: Path,
    *,
    nominatim: str = NOMINATIM,
    settings: Fetch | None = None,
    progress: Progress = no_progress,
    now: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], None] = time.sleep,
    refresh: bool = False,
) -> Fetched:
    """Downloads the roads of the first place of that name that has an outline in OpenStreetMap (one request)."""
    run = _Run(settings or Fetch(), progress, now, sleep, refresh)
    outline = _outline(place, nominatim, run)
    return roads_of_polygon(
        outline, path, settings=run.settings, progress=progress, now=now, sleep=sleep, refresh=refresh
    )


def _outline(place: str, nominatim: str, run: _Run) -> BaseGeometry:
    asked = {"q": place, "format": "jsonv2", "polygon_geojson": "1", "limit": "5"}
    url = web_address(nominatim, "nominatim").copy_merge_params(asked)
    body = b""
    with web_client() as client:
        for attempt in run.patience.retrying():
            with attempt, answer(client, Ask(url, {"Accept-Encoding": "gzip"}), run.limits) as found:
                body = b"".join(found.chunks(PLACE_LIMIT))
    problem = Problem("fetch.place", params={"place": place, "address": public(url)})
    try:
        for candidate in json.loads(body):
            shape = candidate.get("geojson") or {}
            if shape.get("type") in {"Polygon", "MultiPolygon"}:
                return shapely.make_valid(shapely.from_geojson(json.dumps(shape)))
    except (ValueError, RecursionError, AttributeError, TypeError, shapely.GEOSException):
        raise FetchError(problem) from None
    raise FetchError(problem)


def _roads(area: BaseGeometry, target: Path, run: _Run) -> Fetched:
    tiles = tiles_of(buffered(area, run.settings.buffer_km), run.settings.tile_km)
    request = _fingerprint(tile_key(query_of(tile, run.settings)) for tile in tiles)
    parts = target.with_name(target.name + ".parts")
    with writing(target):
        kept = _kept(target, request, run, leftovers=parts.is_dir())
        if kept is not None:
            _remove_parts(parts)
            return kept
        with web_client() as client:
            tiled = download_tiles(client, tiles, parts, run.settings, run.patience, run.progress)
        merged = parts / "merged.osm"
        content = merge(list(tiled), merged)
        dates = data_dates(tiled.values())
        counts = {kind: content.counts[kind] for kind in ("node", "way")}
        servers = [web_address(server, "overpass") for server in run.settings.overpass or ENDPOINTS]
        described = {
            "servers": [public(server) for server in servers],
            "query": query_of("{{bbox}}", run.settings),
            "tiles": len(tiles),
            "data_dates": dates,
            **OSM_LICENCE,
        }
        got = _documented(target, merged, request, counts, described, run)
        os.replace(merged, target)
        _remove_parts(parts)
    return Fetched(*got, problems=_span_problems(target, dates) + _empty_problems(target, counts))


def _population(address: str, target: Path, run: _Run) -> Fetched:
    url = web_address(address, "population_url")
    request = _fingerprint([public(url)])
    with writing(target):
        kept = _kept(target, request, run, leftovers=part_of(target).is_file())
        if kept is not None:
            return kept
        wanted = Wanted(url, target, "fetch.label-population", require_tiff_start, check_geotiff, run.settings.sha256)
        with web_client() as client:
            download(client, wanted, run.limits, run.patience, run.progress)
        with open_geotiff(part_of(target)) as raster:
            counts = {"columns": raster.width, "rows": raster.height}
        described = {"servers": [public(url)], **run.described}
        got = _documented(target, part_of(target), request, counts, described, run)
        publish(target)
    return Fetched(*got)


def _documented(
    target: Path,
    whole: Path,
    request: str,
    counts: Mapping[str, int],
    described: Mapping[str, object],
    run: _Run,
) -> tuple[Path, Path, str, int, Mapping[str, int]]:
    """Writes the manifest, before the file gets its name: a file without one is somebody else's."""
    digest, size = files.sha256(whole), whole.stat().st_size
    manifest = _manifest_path(target)
    told = {
        "made_by": MADE_BY,
        "version": carereach_version(),
        "file": target.name,
        "fetched_utc": run.now().astimezone(UTC).isoformat(timespec="seconds"),
        "sha256": digest,
        "bytes": size,
        "counts": dict(counts),
        "request": request,
        **described,
    }
    files.write_text(manifest, json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    return target, manifest, digest, size, counts


def _manifest_path(target: Path) -> Path:
    return target.with_name(target.name + ".json")


def _kept(target: Path, request: str, run: _Run, *, leftovers: bool) -> Fetched | None:
    """What an earlier call brought, if it is what is asked for now; raises where the file is not ours to replace."""
    if not target.exists():
        return None
    told = _read_manifest(_manifest_path(target))
    digest = files.sha256(target) if target.is_file() else ""
    if told.get("made_by") != MADE_BY or (told.get("sha256") != digest and not leftovers):
        raise FetchError(Problem("fetch.target-taken", target.name))
    if run.refresh or told.get("request") != request or told.get("sha256") != digest:
        return None
    if run.settings.sha256 not in {None, digest} and target.suffix != ".osm":
        return None
    counts = told.get("counts")
    counts = counts if isinstance(counts, dict) else {}
    return Fetched(target, _manifest_path(target), digest, target.stat().st_size, counts, reused=True)


def _read_manifest(path: Path) -> dict[str, object]:
    try:
        told = json.loads(files.read_text(path, limit=MANIFEST_LIMIT))
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _remove_parts(parts: Path) -> None:
    for part in parts.glob("*.osm"):
        part.unlink()
    with suppress(OSError):
        parts.rmdir()


def _fingerprint(asked: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(asked).encode()).hexdigest()


def _span_problems(target: Path, dates: list[str]) -> tuple[Problem, ...]:
    """A warning where the tiles' data are of different weeks (a long interrupted download)."""
    try:
        moments = [datetime.fromisoformat(date) for date in dates]
    except ValueError:
        return ()
    if len(moments) < 2 or moments[1] - moments[0] <= SPAN_TOLD:
        return ()
    params = {"first": dates[0], "last": dates[1]}
    return (Problem("fetch.mixed-dates", target.name, params=params, level="warning"),)


def _empty_problems(target: Path, counts: Mapping[str, int]) -> tuple[Problem, ...]:
    return () if counts["way"] else (Problem("fetch.no-roads", target.name, level="warning"),)


def _require_sound(settings: Fetch, folder: Path, counties: gpd.GeoDataFrame | None) -> None:
    """Raises FetchError with everything that is wrong with the settings."""
    problems: list[Problem] = []
    if settings.roads is None and settings.population_url is None and settings.population is None:
        problems.append(Problem("fetch.nothing"))
    if (settings.population is None) != (settings.population_url is None):
        problems.append(Problem("fetch.pair"))
    if settings.roads is not None:
        problems += _target_problems("roads", folder / settings.roads, (".osm",), folder)
        problems += _overpass_problems(settings)
        if counties is None or counties.empty:
            problems.append(Problem("fetch.area"))
    if settings.population is not None:
        problems += _target_problems("population", folder / settings.population, (".tif", ".tiff"), folder)
    if settings.population_url is not None:
        problems += _problems_of(lambda: web_address(settings.population_url or "", "population_url"))
    _raise_all(problems)


def _overpass_problems(settings: Fetch) -> list[Problem]:
    problems = _problems_of(lambda: query_of("", settings))
    for address in settings.overpass:
        problems += _problems_of(lambda address=address: web_address(address, "overpass"))  # type: ignore[misc]
    return problems


def _target_problems(key: str, target: Path, suffixes: tuple[str, ...], folder: Path | None = None) -> list[Problem]:
    if target.suffix.lower() not in suffixes:
        return [Problem("fetch.suffix", value=target.name, params={"key": key, "suffix": suffixes[0]})]
    if folder is not None and not target.resolve().is_relative_to(folder.resolve()):
        return [Problem("fetch.outside", value=str(target), params={"key": key})]
    return []


def _problems_of(check: Callable[[], object]) -> list[Problem]:
    try:
        check()
    except FetchError as error:
        return list(error.problems)
    return []


def _raise_all(problems: list[Problem]) -> None:
    if problems:
        raise FetchError(problems)
