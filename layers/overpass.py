"""Roads from Overpass: an area cut into tiles, one query each, answers checked and kept, then merged into one file.

osmnx is not used for this: it keeps settings in globals and JSON in a cache, where we need limits and resuming.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

import geopandas as gpd
import httpx
import numpy as np
import osmium
import shapely
from shapely.geometry.base import BaseGeometry

from .. import files
from ..errors import FetchError, Problem
from .download import Progress, require_space
from .settings import Fetch
from .web import Ask, Limits, Patience, TryAgain, answer, plain, web_address

# Public servers with world coverage, asked in this order: https://wiki.openstreetmap.org/wiki/Overpass_API
ENDPOINTS = (
    "https://overpass-api.de/api/interpreter",
    "https://overpass.private.coffee/api/interpreter",
    "https://maps.mail.ru/osm/tools/overpass/api/interpreter",
)
SERVER_MEMORY = 512 << 20
LARGEST_TILE = 512 << 20
MOST_TILES = 500
KM_PER_DEGREE = 111.2
POLE_LATITUDE = 80.0
LABEL = "fetch.label-roads"
FILTER = re.compile(r'(?:\[(?:"(?:[^"\\]|\\.)*"|[^"\[\];])+\])+')


class Tile(NamedTuple):
    """A box in degrees, WGS 84, in Overpass's order."""

    south: float
    west: float
    north: float
    east: float


@dataclass
class OsmContent:
    """What an .osm file holds; ``osm_base`` is the date of the data as Overpass tells it."""

    counts: dict[str, int] = field(default_factory=lambda: {"node": 0, "way": 0, "relation": 0})
    osm_base: str = ""
    remark: str = ""


def buffered(area: BaseGeometry, buffer_km: float) -> BaseGeometry:
    """``area`` (degrees, WGS 84) widened by ``buffer_km``; raises FetchError where it is empty or no such area."""
    bounds = np.asarray(area.bounds)
    if area.is_empty or not np.isfinite(bounds).all() or np.abs(bounds[[0, 2]]).max() > 180:
        raise FetchError(Problem("fetch.area"))
    if np.abs(bounds[[1, 3]]).max() > POLE_LATITUDE:
        raise FetchError(Problem("fetch.area"))
    if buffer_km == 0:
        return area
    middle = area.envelope.centroid
    plane = f"+proj=laea +lat_0={middle.y} +lon_0={middle.x} +datum=WGS84 +units=m"
    wide = gpd.GeoSeries([area], crs=4326).to_crs(plane).buffer(buffer_km * 1000)
    widened: BaseGeometry = wide.to_crs(4326).iloc[0]
    return widened


def tiles_of(area: BaseGeometry, tile_km: float) -> list[Tile]:
    """The squares of about ``tile_km`` that touch ``area`` (degrees), row by row from the south-west."""
    west, south, east, north = (float(edge) for edge in np.round(area.bounds, 3) + np.array([-1, -1, 1, 1]) / 1000)
    high = tile_km / KM_PER_DEGREE
    wide = high / math.cos(math.radians((south + north) / 2))
    columns, rows = math.ceil((east - west) / wide), math.ceil((north - south) / high)
    if columns * rows > 100 * MOST_TILES:
        raise _too_many(columns * rows)
    row, column = np.divmod(np.arange(rows * columns), columns)
    souths, wests = np.round(south + row * high, 6), np.round(west + column * wide, 6)
    norths, easts = np.round(south + (row + 1) * high, 6), np.round(west + (column + 1) * wide, 6)
    touching = shapely.intersects(area, shapely.box(wests, souths, easts, norths))
    if touching.sum() > MOST_TILES:
        raise _too_many(int(touching.sum()))
    edges = (side[touching].tolist() for side in (souths, wests, norths, easts))
    return [Tile(*box) for box in zip(*edges, strict=True)]


def _too_many(tiles: int) -> FetchError:
    return FetchError(Problem("fetch.too-many-tiles", params={"tiles": tiles, "limit": MOST_TILES}))


def query_of(tile: Tile | str, settings: Fetch) -> str:
    """The Overpass QL for one tile: the wanted ways, ferries, and all their nodes, by id, without authors."""
    if not FILTER.fullmatch(settings.network_filter):
        raise FetchError(Problem("fetch.filter", value=settings.network_filter))
    box = tile if isinstance(tile, str) else ",".join(f"{edge:.6f}" for edge in tile)
    return (
        f"[out:xml][timeout:{math.ceil(settings.timeout_s)}][maxsize:{SERVER_MEMORY}];"
        f'(way{settings.network_filter}({box});way["route"="ferry"]({box}););(._;>;);out body;'
    )


def tile_key(query: str) -> str:
    """A name for the answer to ``query``: the same for the same data asked for with other limits."""
    return hashlib.sha256(query.partition(";")[2].encode()).hexdigest()[:24]


def download_tiles(
    client: httpx.Client,
    tiles: list[Tile],
    folder: Path,
    settings: Fetch,
    patience: Patience,
    progress: Progress,
) -> dict[Path, OsmContent]:
    """Asks for the tiles that ``folder`` does not hold yet; returns every tile's file and content.

    One request at a time. A server that fails is not asked again in this run; with none left, raises FetchError with
    the last problem of each.
    """
    servers = [web_address(address, "overpass") for address in settings.overpass or ENDPOINTS]
    mirrors = _Mirrors(client, servers, settings, patience)
    limit, held = int(settings.max_mb * (1 << 20)), 0
    kept: dict[Path, OsmContent] = {}
    folder.mkdir(parents=True, exist_ok=True)
    for number, tile in enumerate(tiles, start=1):
        query = query_of(tile, settings)
        path = folder / f"{tile_key(query)}.osm"
        content = _still_good(path)
        if content is None:
            require_space(path, 0)
            content = mirrors.fetch(query, path, min(limit - held, LARGEST_TILE))
        held += path.stat().st_size
        kept[path] = content
        progress(number, len(tiles), LABEL)
    return kept


def _still_good(path: Path) -> OsmContent | None:
    """The content of a tile kept by an earlier run; one that was damaged since is asked for again."""
    if not path.is_file():
        return None
    try:
        return read_content(path, path.name)
    except FetchError:
        path.unlink()
        return None


class _Mirrors:
    """The servers that still answer, the one in use first."""

    def __init__(self, client: httpx.Client, servers: list[httpx.URL], settings: Fetch, patience: Patience) -> None:
        self._client = client
        self._servers = servers
        self._pause_s = settings.pause_s
        self._limits = Limits(settings.timeout_s, 3 * settings.timeout_s, LARGEST_TILE)
        self._patience = patience
        self._failures: list[Problem] = []
        self._asked = False

    def fetch(self, query: str, path: Path, limit: int) -> OsmContent:
        """Writes one checked answer to ``path``; raises FetchError when no server is left, or the query is wrong."""
        while self._servers:
            try:
                for attempt in self._patience.retrying():
                    with attempt:
                        return self._ask(self._servers[0], query, path, limit)
            except FetchError as error:
                self._failures.extend(error.problems)
                if any(p.code in {"fetch.too-large", "fetch.disk-full"} or _bad_query(p) for p in error.problems):
                    raise
                self._servers = self._servers[1:]
        raise FetchError(self._failures)

    def _ask(self, server: httpx.URL, query: str, path: Path, limit: int) -> OsmContent:
        if self._asked:
            self._patience.sleep(self._pause_s)
        self._asked = True
        ask = Ask(server, {"Accept-Encoding": "gzip"}, {"data": query})
        with files.atomic(path) as temporary:
            with answer(self._client, ask, self._limits) as found, temporary.open("wb") as out:
                if found.length is not None:
                    require_space(path, found.length)
                for piece in found.chunks(limit):
                    out.write(piece)
            return read_content(temporary, found.shown)


def _bad_query(problem: Problem) -> bool:
    return problem.code == "fetch.refused" and problem.params.get("status") == httpx.codes.BAD_REQUEST


def read_content(path: Path, shown: str) -> OsmContent:
    """Reads an .osm file through and says what it holds; ``shown`` is where it came from, for errors.

    Raises TryAgain where it is cut off or Overpass gave up half-way (a remark), FetchError where it is a web page or
    something else. Documents with entities or a document type (XML bombs) are refused.
    """
    with path.open("rb") as stream:
        require_osm_start(stream.read(1024), shown)
        stream.seek(0)
        reader = _OsmReader()
        try:
            while block := stream.read(files.CHUNK):
                reader.parser.Parse(block, False)
            reader.parser.Parse(b"", True)
        except expat.ExpatError as error:
            params = {"address": shown, "reason": expat.ErrorString(error.code)}
            raise TryAgain(Problem("fetch.cut-off", params=params)) from None
        except _NotOsmError as error:
            raise FetchError(Problem("fetch.not-osm", value=str(error), params={"address": shown})) from None
    if reader.content.remark:
        remark = " ".join(reader.content.remark.split())
        raise TryAgain(Problem("fetch.remark", value=remark, params={"address": shown}))
    _require_readable(path, shown)
    return reader.content


def require_osm_start(start: bytes, shown: str) -> None:
    """Raises FetchError where the first bytes are those of a web page or of anything else than OSM XML."""
    lowered = start.lower()
    if b"<html" in lowered or b"<!doctype html" in lowered:
        raise FetchError(Problem("fetch.html", value=plain(start), params={"address": shown}))
    if not lowered.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"<?xml", b"<osm")):
        raise FetchError(Problem("fetch.not-osm", value=plain(start), params={"address": shown}))


def _require_readable(path: Path, shown: str) -> None:
    try:
        osmium.apply(osmium.io.File(str(path), "osm"))
    except (RuntimeError, ValueError) as error:
        raise FetchError(Problem("fetch.not-osm", value=str(error), params={"address": shown})) from None


class _NotOsmError(Exception):
    """Well-formed, but not what an OSM file may hold."""


class _OsmReader:
    """Counts the objects of an OSM file and picks up what Overpass says about its answer."""

    def __init__(self) -> None:
        self.content = OsmContent()
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse
        self._depth = 0
        self._in_remark = False

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._depth == 0 and name != "osm":
            raise _NotOsmError(f"<{name}>")
        if self._depth == 1:
            if name in self.content.counts:
                self.content.counts[name] += 1
            elif name == "meta":
                self.content.osm_base = attributes.get("osm_base", "")[:40]
            self._in_remark = name == "remark"
        self._depth += 1

    def _end(self, _name: str) -> None:
        self._depth -= 1
        if self._depth == 1:
            self._in_remark = False

    def _text(self, text: str) -> None:
        if self._in_remark and len(self.content.remark) < 1000:
            self.content.remark += text

    def _refuse(self, name: str, *_rest: object) -> None:
        raise _NotOsmError(f"<!DOCTYPE {name}>")


def merge(parts: list[Path], target: Path) -> OsmContent:
    """Merges tiles into one .osm file sorted by type and id, each object once, and returns what it holds.

    Ways that cross tiles come whole with each of them, so nothing is lost by keeping one copy. Held in memory by
    libosmium (about the size of the tiles), written out at once under ``target``'s name.
    """
    with files.atomic(target) as temporary:
        reader = osmium.MergeInputReader()
        for part in sorted(parts):
            reader.add_file(str(part))
        with osmium.SimpleWriter(str(temporary), overwrite=True) as writer:
            reader.apply(writer, simplify=True)
        return read_content(temporary, target.name)


def data_dates(contents: Iterable[OsmContent]) -> list[str]:
    """The oldest and the newest date of the tiles' data, as Overpass told them; empty where it told none."""
    dates = sorted({content.osm_base for content in contents if content.osm_base})
    return [dates[0], dates[-1]] if dates else []
