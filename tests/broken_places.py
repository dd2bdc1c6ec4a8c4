"""Broken boundaries and facility lists."""

from __future__ import annotations

import io
import json
import shutil
import struct
import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
from broken import Says, edit_study, kind, replace, truncate, warns
from good_study import EAST, MIDDLE, NORTH, SOUTH, WEST, counties, feature, polygon, ring, write_geojson

SHEET, BOMB_BYTES = "xl/worksheets/sheet1.xml", 600 << 20
COUNTIES, FACILITIES = "counties.geojson", "facilities.csv"
ONE_FILE_VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="counties"><SrcDataSource>/etc/passwd</SrcDataSource>'
    "</OGRVRTLayer></OGRVRTDataSource>"
)


def to_geopackage(folder: Path, crs: str | None = "EPSG:4326") -> Path:
    """The counties as a GeoPackage, and the study file names it."""
    path = folder / "counties.gpkg"
    frame = gpd.read_file(folder / COUNTIES)
    frame.set_crs(crs, allow_override=True).to_file(path, driver="GPKG")
    edit_study(folder, COUNTIES, path.name)
    return path


def to_shapefile(folder: Path) -> Path:
    path = folder / "counties.shp"
    gpd.read_file(folder / COUNTIES).to_file(path, encoding="utf-8")
    edit_study(folder, COUNTIES, path.name)
    return path


@kind(Says("file.missing", COUNTIES))
def boundaries_missing(folder: Path) -> None:
    (folder / COUNTIES).unlink()


@kind(Says("file.empty", COUNTIES))
def boundaries_empty(folder: Path) -> None:
    (folder / COUNTIES).write_bytes(b"")


@kind(Says("vector.torn", "counties.gpkg"))
def boundaries_geopackage_torn(folder: Path) -> None:
    truncate(to_geopackage(folder))


@kind(Says("vector.no-crs", "counties.gpkg"))
def boundaries_without_crs(folder: Path) -> None:
    path = folder / "counties.gpkg"
    frame = gpd.read_file(folder / COUNTIES).set_crs(None, allow_override=True)
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        frame.to_file(path, driver="GPKG")
    edit_study(folder, COUNTIES, path.name)


@kind(Says("vector.not-metres", "counties.gpkg"))
def boundaries_in_the_wrong_crs(folder: Path) -> None:
    to_geopackage(folder, "EPSG:32649")


@kind(Says("vector.crs-contradicts", "counties.gpkg"))
def boundaries_crs_contradicted(folder: Path) -> None:
    to_geopackage(folder)
    edit_study(folder, 'path = "counties.gpkg"', 'path = "counties.gpkg"\ncrs = "EPSG:32649"')


@kind(Says("vector.not-degrees", COUNTIES))
def boundaries_in_metres_called_degrees(folder: Path) -> None:
    write_geojson(folder / COUNTIES, [feature(polygon(500_000, 2_490_000, 510_000, 2_500_000), county="西县")])


@kind(Says("vector.json", COUNTIES, row=1))
def boundaries_geojson_torn(folder: Path) -> None:
    truncate(folder / COUNTIES)


@kind(Says("vector.json", COUNTIES))
def boundaries_json_nested_too_deep(folder: Path) -> None:
    (folder / COUNTIES).write_text('{"type":' + "[" * 200_000, encoding="utf-8")


@kind(Says("vector.not-geojson", COUNTIES))
def boundaries_json_of_another_kind(folder: Path) -> None:
    (folder / COUNTIES).write_text('{"status": "error"}', encoding="utf-8")


@kind(Says("boundaries.no-outline", COUNTIES, row=2))
def boundaries_null_geometry(folder: Path) -> None:
    write_geojson(folder / COUNTIES, [counties()[0], feature(None, county="东县")])


@kind(Says("vector.geometry-broken", COUNTIES, row=1))
def boundaries_nan_coordinates(folder: Path) -> None:
    content = json.dumps({"type": "FeatureCollection", "features": counties()}, ensure_ascii=False)
    (folder / COUNTIES).write_text(content.replace("110.0,", "NaN,"), encoding="utf-8")


@kind(Says("vector.geometry-type", COUNTIES, row=2, shows="Point"))
def boundaries_points(folder: Path) -> None:
    point: dict[str, object] = {"type": "Point", "coordinates": [110.15, 22.55]}
    write_geojson(folder / COUNTIES, [counties()[0], feature(point, county="东县")])


@kind(Says("vector.no-features", COUNTIES))
def boundaries_without_features(folder: Path) -> None:
    write_geojson(folder / COUNTIES, [])


@kind(warns("boundaries.mended", COUNTIES, row=2))
def boundaries_crossing_themselves(folder: Path) -> None:
    """东县 with a bow tie at its east side: the ring crosses itself at one point."""
    bow = [*ring(MIDDLE, SOUTH, EAST, NORTH)[:2], [EAST, 22.56], [EAST + 0.01, 22.58], [EAST + 0.01, 22.56]]
    bow += [[EAST, 22.58], [EAST, NORTH], [MIDDLE, NORTH], [MIDDLE, SOUTH]]
    shape: dict[str, object] = {"type": "Polygon", "coordinates": [bow]}
    write_geojson(folder / COUNTIES, [counties()[0], feature(shape, county="东县")])


@kind(Says("boundaries.same-name", COUNTIES, shows="西县"))
def boundaries_duplicate_county(folder: Path) -> None:
    edit_study(folder, f'path = "{COUNTIES}"', f'path = "{COUNTIES}"\ncode = "code"')
    shapes = [polygon(WEST, SOUTH, MIDDLE, NORTH), polygon(MIDDLE, SOUTH, EAST, NORTH)]
    features = [feature(shape, county="西县", code=f"45000{i}") for i, shape in enumerate(shapes)]
    write_geojson(folder / COUNTIES, features)


@kind(Says("boundaries.overlap", COUNTIES, shows="东县"))
def boundaries_one_county_inside_another(folder: Path) -> None:
    write_geojson(
        folder / COUNTIES,
        [
            feature(polygon(WEST, SOUTH, EAST, NORTH), county="西县"),
            feature(polygon(MIDDLE, SOUTH, EAST, NORTH), county="东县"),
        ],
    )


@kind(Says("places.no-column", COUNTIES, column="区县", shows="county"))
def boundaries_column_unknown(folder: Path) -> None:
    edit_study(folder, f'path = "{COUNTIES}"', f'path = "{COUNTIES}"\ncounty = "区县"')


@kind(Says("boundaries.unknown-county", COUNTIES, shows="西城"))
def boundaries_include_unknown(folder: Path) -> None:
    edit_study(folder, f'path = "{COUNTIES}"', f'path = "{COUNTIES}"\ninclude = ["西城"]')


@kind(Says("vector.vrt", "counties.gpkg"), dangerous=True)
def boundaries_vrt_named_geopackage(folder: Path) -> None:
    (folder / "counties.gpkg").write_text(ONE_FILE_VRT, encoding="utf-8")
    edit_study(folder, COUNTIES, "counties.gpkg")


@kind(
    Says("vector.shapefile-part", "counties.shp", shows="counties.shx"),
    Says("vector.shapefile-part", "counties.shp", shows="counties.dbf"),
)
def boundaries_shapefile_parts_missing(folder: Path) -> None:
    path = to_shapefile(folder)
    path.with_suffix(".shx").unlink()
    path.with_suffix(".dbf").unlink()


@kind(Says("vector.no-crs", "counties.shp"))
def boundaries_shapefile_without_prj(folder: Path) -> None:
    to_shapefile(folder).with_suffix(".prj").unlink()


@kind(Says("vector.encoding-unknown", "counties.shp"))
def boundaries_shapefile_with_an_odd_cpg(folder: Path) -> None:
    to_shapefile(folder).with_suffix(".cpg").write_bytes(b"UTF\0-8")


# facilities


@kind(Says("facilities.column-missing", FACILITIES, column="kind"))
def facilities_without_kinds(folder: Path) -> None:
    replace(folder, FACILITIES, "name,kind,", "name,colour,")


@kind(
    Says("facilities.kind", FACILITIES, row=3, column="kind", shows="急救蘸"),
    Says("facilities.no-kind", FACILITIES, row=4, column="kind"),
    Says("facilities.no-name", FACILITIES, row=5, column="name"),
)
def facilities_kinds_unknown(folder: Path) -> None:
    replace(folder, FACILITIES, "东县急救站,急救站", "东县急救站,急救蘸")
    replace(folder, FACILITIES, "西县人民医院,综合医院", "西县人民医院,")
    replace(folder, FACILITIES, "东县人民医院,综合医院", ",综合医院")


@kind(
    Says("table.not-a-number", FACILITIES, row=2, column="lon", shows="NaN"),
    Says("table.not-a-number", FACILITIES, row=3, column="lat", shows="inf"),
    Says("facilities.half-pair", FACILITIES, row=4),
)
def facilities_nan_coordinates(folder: Path) -> None:
    replace(folder, FACILITIES, "110.0251", "NaN")
    replace(folder, FACILITIES, "22.5501", "inf")
    replace(folder, FACILITIES, "110.0301", "")


@kind(Says("facilities.swapped", FACILITIES, row=2))
def facilities_swapped(folder: Path) -> None:
    replace(folder, FACILITIES, "110.0251,22.5251", "22.5251,110.0251")


@kind(Says("facilities.out-of-range", FACILITIES, row=2))
def facilities_in_metres(folder: Path) -> None:
    replace(folder, FACILITIES, "110.0251,22.5251", "502510,2491000")


@kind(warns("facilities.outside-county", FACILITIES, row=2, shows="西县急救站"))
def facilities_in_another_county(folder: Path) -> None:
    replace(folder, FACILITIES, "110.0251,22.5251", "110.1651,22.5251")


@kind(
    warns("facilities.outside-all", FACILITIES, row=2, shows="西县急救站"),
    warns("roads.facilities-far", "roads.osm", shows="西县急救站"),
)
def facilities_outside_the_study(folder: Path) -> None:
    """Half a degree north of the roads: over 50 km."""
    replace(folder, FACILITIES, "急救站,西县,110.0251,22.5251", "急救站,,110.0251,23.1251")


@kind(warns("facilities.zero", FACILITIES, row=2))
def facilities_at_zero(folder: Path) -> None:
    replace(folder, FACILITIES, "110.0251,22.5251", "0,0")


@kind(Says("facilities.id-twice", FACILITIES, row=3, column="id", shows="s1"))
def facilities_duplicate_ids(folder: Path) -> None:
    replace(folder, FACILITIES, "s2,", "s1,")


@kind(warns("facilities.duplicate", FACILITIES, row=9, shows="西县 人民医院"))
def facilities_near_duplicates(folder: Path) -> None:
    path = folder / FACILITIES
    line = "h3,西县 人民医院,综合医院,西县,110.0305,22.5301,WGS84,open,0.1,300\n"
    path.write_text(path.read_text(encoding="utf-8") + line, encoding="utf-8")


def recode(folder: Path, encoding: str) -> None:
    path = folder / FACILITIES
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))


@kind(warns("table.encoding-gb18030", FACILITIES))
def facilities_in_gbk(folder: Path) -> None:
    recode(folder, "gbk")


@kind(warns("people.calibrated", "census.csv"))
def facilities_in_utf16(folder: Path) -> None:
    """No fault: what Excel calls Unicode text carries a mark."""
    recode(folder, "utf-16")


@kind(Says("table.nul", FACILITIES))
def facilities_in_utf32(folder: Path) -> None:
    """Without a mark: every other character is NUL."""
    recode(folder, "utf-32-le")


@kind(Says("table.encoding-none", FACILITIES))
def facilities_in_no_encoding(folder: Path) -> None:
    (folder / FACILITIES).write_bytes("名称,类别\n".encode("gbk") + b"\xff\xfe\x80\n" + "机构,急救站\n".encode())


@kind(Says("table.one-column", FACILITIES))
def facilities_with_an_odd_separator(folder: Path) -> None:
    path = folder / FACILITIES
    path.write_text(path.read_text(encoding="utf-8").replace(",", "|"), encoding="utf-8")


@kind(Says("table.too-many-fields", FACILITIES, row=5))
def facilities_with_a_stray_comma(folder: Path) -> None:
    replace(folder, FACILITIES, "东县人民医院", "东县,人民医院")


@kind(Says("table.quotes", FACILITIES, row=3))
def facilities_with_an_open_quote(folder: Path) -> None:
    replace(folder, FACILITIES, "东县急救站", '"东县急救站')


@kind(Says("file.empty", FACILITIES))
def facilities_empty(folder: Path) -> None:
    (folder / FACILITIES).write_bytes(b"")


@kind(warns("facilities.none", FACILITIES))
def facilities_only_headings(folder: Path) -> None:
    (folder / FACILITIES).write_text("name,kind,lon,lat\n", encoding="utf-8")


@kind(Says("table.duplicate-heading", FACILITIES, column="name"))
def facilities_heading_twice(folder: Path) -> None:
    replace(folder, FACILITIES, "datum", "name")


@kind(Says("facilities.datum", FACILITIES, row=2, column="datum", shows="北京54"))
def facilities_datum_unknown(folder: Path) -> None:
    replace(folder, FACILITIES, "22.5251,WGS84", "22.5251,北京54")


@kind(Says("table.decimal-comma", FACILITIES, row=2, column="lon", shows="110,0251"))
def facilities_decimal_commas(folder: Path) -> None:
    path = folder / FACILITIES
    content = path.read_text(encoding="utf-8").replace(",", ";").replace("110.0251", "110,0251")
    path.write_text(content, encoding="utf-8")


@kind(
    warns("facilities.controls", FACILITIES, row=2, column="name"),
    warns("facilities.too-long", FACILITIES, row=3, column="name"),
    warns("facilities.duplicate", FACILITIES, row=9, shows="[red]"),
)
def facilities_nasty_names(folder: Path) -> None:
    """Escape codes, markup, templates, formulas and endless names stay text, one line each."""
    replace(folder, FACILITIES, "西县急救站", "西县\x1b[2J\u202e急救站")
    replace(folder, FACILITIES, "东县急救站", "东县" * 200)
    replace(folder, FACILITIES, "固定献血点,固定", "=HYPERLINK(0)[red]${7*7}{0.__class__}</script>,固定")
    line = "b2,=HYPERLINK(0)[red]${7*7}{0.__class__}</script>,固定献血点,西县,110.0401,22.5201,WGS84,open,0.1,\n"
    path = folder / FACILITIES
    path.write_text(path.read_text(encoding="utf-8") + line, encoding="utf-8")


@kind(warns("facilities.outside-china", FACILITIES, row=2, column="datum"))
def facilities_gcj02_outside_china(folder: Path) -> None:
    """GCJ-02 is made in China only: a place in Hanoi with that datum is an error of the list, and is not moved."""
    replace(folder, FACILITIES, "急救站,西县,110.0251,22.5251,WGS84", "急救站,,105.8342,21.0278,GCJ-02")


@kind(Says("facilities.negative", FACILITIES, row=4, column="beds", shows="-300"))
def facilities_negative_beds(folder: Path) -> None:
    replace(folder, FACILITIES, "0.1,300", "0.1,-300")


@kind(warns("facilities.county", FACILITIES, row=2, column="county", shows="南县"))
def facilities_county_unknown(folder: Path) -> None:
    replace(folder, FACILITIES, "西县急救站,急救站,西县", "西县急救站,急救站,南县")


@kind(Says("table.excel-broken", "facilities.xlsx"))
def facilities_xlsx_torn(folder: Path) -> None:
    (folder / "facilities.xlsx").write_bytes(workbook())
    truncate(folder / "facilities.xlsx")
    edit_study(folder, FACILITIES, "facilities.xlsx")


def workbook(sheet: bytes | None = None) -> bytes:
    """A workbook with one row, or with a first sheet of that content."""
    book, plain, changed = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    book.active.append(["name", "kind"])
    book.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for part in old.namelist():
            new.writestr(part, sheet if part == SHEET and sheet is not None else old.read(part))
    return changed.getvalue()


@kind(Says("file.bomb", "facilities.xlsx"), dangerous=True)
def facilities_xlsx_bomb(folder: Path) -> None:
    """A sheet of 600 MB in a file of 3 MB."""
    (folder / "facilities.xlsx").write_bytes(workbook(b" " * BOMB_BYTES))
    edit_study(folder, FACILITIES, "facilities.xlsx")


@kind(Says("table.excel-broken", "facilities.xlsx"))
def facilities_xlsx_bomb_that_lies(folder: Path) -> None:
    """A sheet of 60 MB, and the package declares that it has 100 bytes unpacked."""
    content, declared = workbook(b" " * (60 << 20)), struct.pack("<I", 60 << 20)
    assert content.count(declared) == 2
    lying = content.replace(declared, struct.pack("<I", 100))
    (folder / "facilities.xlsx").write_bytes(lying)
    edit_study(folder, FACILITIES, "facilities.xlsx")


@kind(Says("table.excel-entities", "facilities.xlsx"))
def facilities_xlsx_billion_laughs(folder: Path) -> None:
    entities = '<!DOCTYPE a [<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(12))
    sheet = f"<?xml version='1.0'?>{entities}]><worksheet>&a12;</worksheet>"
    (folder / "facilities.xlsx").write_bytes(workbook(sheet.encode()))
    edit_study(folder, FACILITIES, "facilities.xlsx")


@kind(Says("table.excel-encrypted", "facilities.xlsx"))
def facilities_xlsx_encrypted(folder: Path) -> None:
    """A password turns a workbook into an OLE container with a stream EncryptedPackage."""
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(1024)
    (folder / "facilities.xlsx").write_bytes(content)
    edit_study(folder, FACILITIES, "facilities.xlsx")


@kind(Says("table.excel-other", "facilities.xlsx"))
def facilities_csv_named_xlsx(folder: Path) -> None:
    shutil.move(folder / FACILITIES, folder / "facilities.xlsx")
    edit_study(folder, FACILITIES, "facilities.xlsx")


@kind(Says("table.excel-broken", "facilities.xls"))
def facilities_xls_garbage(folder: Path) -> None:
    (folder / "facilities.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 8)
    edit_study(folder, FACILITIES, "facilities.xls")


@kind(Says("vector.vrt", "facilities.gpkg"))
def facilities_vrt_named_geopackage(folder: Path) -> None:
    (folder / "facilities.gpkg").write_text(ONE_FILE_VRT, encoding="utf-8")
    edit_study(folder, FACILITIES, "facilities.gpkg")
