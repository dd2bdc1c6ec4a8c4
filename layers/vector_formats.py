"""The four vector formats a study may use, each opened on its own terms after a look at its first bytes.

GDAL chooses its driver by content: a ``.gpkg`` may be a VRT that reads other files, a ``.geojson`` the answer of a
service that is asked for more. So only content that *is* a GeoPackage or a shapefile is handed to GDAL; GeoJSON is
parsed as plain JSON, and GeoParquet by pyarrow.
"""

from __future__ import annotations

import codecs
import json
import sqlite3
import struct
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NoReturn

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import shapely
from pyogrio.errors import CRSError, DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from ..errors import Findings
from ..files import TABLE_LIMIT, require_file

GDAL_ERRORS = (CRSError, DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError)
PARQUET_UNPACKED_LIMIT = 4 << 30
OFFLINE = {"CPL_VSIL_CURL_ALLOWED_FILENAME": "none", "GDAL_HTTP_MAX_RETRY": "0", "GDAL_HTTP_TIMEOUT": "1"}


def fatal(
    findings: Findings,
    code: str,
    *,
    row: int | None = None,
    column: str | None = None,
    value: object = None,
    **params: object,
) -> NoReturn:
    """Records a problem after which nothing more of the file can be read, and raises all found so far."""
    findings.error(code, row=row, column=column, value=value, **params)
    findings.raise_errors()
    raise AssertionError(code)


def read_any(path: Path, *, layer: str | None, findings: Findings) -> gpd.GeoDataFrame:
    """The features of ``path`` as they stand in the file; its format is told by its content, not by its name."""
    require_file(path)
    with path.open("rb") as stream:
        head = stream.read(4096)
    if b"<OGRVRTDataSource" in head or b"<VRTDataset" in head:
        fatal(findings, "vector.vrt")
    if head.startswith(b"SQLite format 3\x00"):
        return _read_geopackage(path, head, layer, findings)
    if head.startswith(b"\x00\x00\x27\x0a"):
        return _read_shapefile(path, head, findings)
    if head.startswith(b"PAR1"):
        return _read_geoparquet(path, findings)
    if head.removeprefix(codecs.BOM_UTF8).lstrip().startswith((b"{", b"[")):
        return _read_geojson(path, findings)
    fatal(findings, "vector.format", ending=path.suffix or path.name)


@contextmanager
def _offline_gdal(findings: Findings) -> Iterator[None]:
    """GDAL without a way to the network; what it only warns of becomes a warning of the file."""
    before = {name: pyogrio.get_gdal_config_option(name) for name in OFFLINE}
    pyogrio.set_gdal_config_options(OFFLINE)
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            yield
    except GDAL_ERRORS as error:
        fatal(findings, "vector.damaged", reason=str(error))
    except UnboundLocalError:  # so pyogrio 0.13 fails where GDAL cannot express the CRS of a file
        fatal(findings, "vector.crs-unknown")
    finally:
        pyogrio.set_gdal_config_options(before)
    for reason in sorted({str(w.message) for w in said if issubclass(w.category, RuntimeWarning)}):
        findings.warn("vector.gdal", reason=reason)


def _read_with(
    path: Path, driver: str, findings: Findings, *, layer: str | None = None, encoding: str | None = None
) -> gpd.GeoDataFrame:
    with _offline_gdal(findings):
        found = pyogrio.read_info(path, layer=layer, encoding=encoding)["driver"]
        if found != driver:
            fatal(findings, "vector.format", ending=found)
        frame = pyogrio.read_dataframe(path, on_invalid="warn", layer=layer, encoding=encoding)
    if not isinstance(frame, gpd.GeoDataFrame):
        fatal(findings, "vector.no-geometry")
    return frame


def _read_geopackage(path: Path, head: bytes, layer: str | None, findings: Findings) -> gpd.GeoDataFrame:
    page = struct.unpack(">H", head[16:18])[0] if len(head) >= 100 else 0
    pages = struct.unpack(">I", head[28:32])[0] if len(head) >= 100 else 0
    if page == 0 or path.stat().st_size < (65536 if page == 1 else page) * pages:
        fatal(findings, "vector.torn")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            name, declared = _geopackage_layer(database, layer, findings)
        frame = _read_with(path, "GPKG", findings, layer=name)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        fatal(findings, "vector.damaged", reason=str(error))
    if len(frame) != declared:
        findings.error("vector.count", declared=declared, read=len(frame))
    return frame


def _geopackage_layer(database: sqlite3.Connection, layer: str | None, findings: Findings) -> tuple[str, int]:
    """The name of the layer to read, and how many features the file says it has; no views, no virtual tables."""
    tables = {
        name: (kind, sql or "") for kind, name, sql in database.execute("SELECT type, name, sql FROM sqlite_master")
    }
    if "gpkg_contents" not in tables:
        fatal(findings, "vector.not-geopackage")
    names = [n for (n,) in database.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'")]
    name = choose_layer(names, layer, findings)
    kind, sql = tables.get(name, ("missing", ""))
    if kind != "table" or sql.lstrip().upper().startswith("CREATE VIRTUAL"):
        fatal(findings, "vector.view", layer=name)
    counted = database.execute('SELECT count(*) FROM "{}"'.format(name.replace('"', '""'))).fetchone()[0]
    if "gpkg_ogr_contents" in tables:
        row = database.execute("SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = ?", (name,)).fetchone()
        if row and row[0] is not None and row[0] != counted:
            findings.error("vector.count", declared=row[0], read=counted)
    return name, int(counted)


def choose_layer(names: list[str], layer: str | None, findings: Findings) -> str:
    """The layer asked for, or the only one there is."""
    if not names:
        fatal(findings, "vector.no-geometry")
    if layer is None and len(names) > 1:
        fatal(findings, "vector.several-layers", layers=", ".join(names))
    if layer is not None and layer not in names:
        fatal(findings, "vector.no-layer", value=layer, layers=", ".join(names))
    return layer or names[0]


def _read_shapefile(path: Path, head: bytes, findings: Findings) -> gpd.GeoDataFrame:
    parts = {p.suffix.lower(): p for p in path.parent.iterdir() if p.stem == path.stem}
    missing = [ending for ending in (".shx", ".dbf") if ending not in parts]
    for ending in missing:
        findings.error("vector.shapefile-part", part=path.stem + ending)
    findings.raise_errors()
    size = path.stat().st_size
    if len(head) < 100 or size < 2 * struct.unpack(">I", head[24:28])[0]:
        fatal(findings, "vector.torn")
    table = require_file(parts[".dbf"]).read_bytes()
    shapes = max(0, parts[".shx"].stat().st_size - 100) // 8
    if len(table) < 32:
        fatal(findings, "vector.torn")
    records, start, width = struct.unpack("<IHH", table[4:12])
    if width < 2 or len(table) < start + records * width:
        fatal(findings, "vector.torn")
    if shapes != records:
        fatal(findings, "vector.count", declared=records, read=shapes)
    encoding = _dbf_encoding(parts.get(".cpg"), table[start : start + records * width], findings)
    try:
        frame = _read_with(path, "ESRI Shapefile", findings, encoding=encoding)
    except UnicodeDecodeError:
        fatal(findings, "vector.encoding", encoding=encoding)
    deleted = int((np.frombuffer(table, np.uint8, records * width, start).reshape(records, -1)[:, 0] == 0x2A).sum())
    if len(frame) != records - deleted:
        findings.error("vector.count", declared=records - deleted, read=len(frame))
    return frame


def _dbf_encoding(declared: Path | None, texts: bytes, findings: Findings) -> str:
    """The encoding that ``.cpg`` names, else UTF-8 or GB 18030, whichever the texts are; a guess is said."""
    name = declared.read_text(encoding="ascii", errors="replace").strip() if declared else ""
    if name:
        name = {"936": "gb18030", "gbk": "gb18030", "gb2312": "gb18030"}.get(name.lower(), name)
        try:
            codecs.lookup(name)
            texts.decode(name)
        except UnicodeDecodeError:
            fatal(findings, "vector.encoding", encoding=name)
        except (LookupError, ValueError):  # ValueError: a NUL in the name
            fatal(findings, "vector.encoding-unknown", value=name)
        return name
    for guess in ("utf-8", "gb18030"):
        try:
            texts.decode(guess)
        except UnicodeDecodeError:
            continue
        if not texts.isascii():
            findings.warn("vector.encoding-guessed", encoding=guess)
        return guess
    fatal(findings, "vector.encoding", encoding="UTF-8, GB 18030")


def _read_geoparquet(path: Path, findings: Findings) -> gpd.GeoDataFrame:
    try:
        with pq.ParquetFile(path) as file:
            declared = file.metadata.num_rows
            size = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
            geo = b"geo" in (file.schema_arrow.metadata or {})
        if size > PARQUET_UNPACKED_LIMIT:
            fatal(findings, "file.bomb", limit_mb=PARQUET_UNPACKED_LIMIT >> 20)
        if not geo:
            fatal(findings, "vector.no-geometry")
        frame = gpd.read_parquet(path)
    except (pa.ArrowException, OSError, shapely.errors.GEOSException) as error:
        fatal(findings, "vector.damaged", reason=str(error))
    except (ValueError, KeyError, TypeError) as error:
        findings.raise_errors()
        fatal(findings, "vector.damaged", reason=str(error))
    if len(frame) != declared:
        findings.error("vector.count", declared=declared, read=len(frame))
    return frame


def _read_geojson(path: Path, findings: Findings) -> gpd.GeoDataFrame:
    content = _json_object(path, findings)
    kind = content.get("type")
    if "geometryType" in content or "fieldAliases" in content:
        fatal(findings, "vector.esri-json")
    features = content.get("features") if kind == "FeatureCollection" else [content] if kind == "Feature" else None
    if not isinstance(features, list):
        fatal(findings, "vector.not-geojson", value=kind)
    wrong = [i for i, f in enumerate(features, 1) if not isinstance(f, dict) or f.get("type") != "Feature"]
    if wrong:
        fatal(findings, "vector.not-feature", row=wrong[0], count=len(wrong))
    total = content.get("numberMatched", content.get("totalFeatures"))
    if isinstance(total, int) and total > len(features):
        findings.error("vector.count", declared=total, read=len(features))
    properties = [f["properties"] if isinstance(f.get("properties"), dict) else {} for f in features]
    names = list(dict.fromkeys(name for p in properties for name in p if name != "geometry"))
    columns = {name: [p.get(name) for p in properties] for name in names}
    geometry = _geojson_geometries([f.get("geometry") for f in features], findings)
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=_geojson_crs(content, findings))


def _json_object(path: Path, findings: Findings) -> dict[str, Any]:
    try:
        content = json.loads(require_file(path, limit=TABLE_LIMIT).read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        fatal(findings, "file.not-utf8", byte=error.start)
    except json.JSONDecodeError as error:
        fatal(findings, "vector.json", row=error.lineno, reason=error.msg)
    except RecursionError:
        fatal(findings, "vector.json", reason="nested too deeply")
    if not isinstance(content, dict):
        fatal(findings, "vector.not-geojson", value=type(content).__name__)
    return content


def _geojson_geometries(written: list[Any], findings: Findings) -> np.ndarray[Any, np.dtype[Any]]:
    """Shapely geometries in file order; None where the file has none; what cannot be built is an error with its row."""
    texts = np.array([None if g is None else json.dumps(g) for g in written], dtype=object)
    built = np.asarray(shapely.from_geojson(texts, on_invalid="ignore"), dtype=object)
    wrong = [i for i, (g, t) in enumerate(zip(built, texts, strict=True), 1) if g is None and t is not None]
    if wrong:
        findings.error("vector.geometry-broken", row=wrong[0], count=len(wrong))
    return built


def _geojson_crs(content: dict[str, Any], findings: Findings) -> pyproj.CRS:
    """WGS 84 as RFC 7946 has it, or the CRS that the member ``crs`` of older files names."""
    named = content.get("crs")
    if named is None:
        return pyproj.CRS.from_epsg(4326)
    try:
        crs = pyproj.CRS.from_user_input(str(named["properties"]["name"]))
    except (KeyError, TypeError, pyproj.exceptions.CRSError):
        fatal(findings, "vector.crs-unknown", value=json.dumps(named))
    return pyproj.CRS.from_epsg(4326) if crs.to_authority() == ("OGC", "CRS84") else crs
