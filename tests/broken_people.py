"""Broken people layers, census tables, townships and zones."""

from __future__ import annotations

import struct
from pathlib import Path

import h3
import numpy as np
from broken import Says, edit_study, kind, replace, truncate, warns
from good_study import EAST, NORTH, SOUTH, WEST, feature, polygon, residents, write_geojson, write_raster

PEOPLE, CENSUS, ZONES = "people.tif", "census.csv", "zones.geojson"
RASTER_VRT = (
    '<VRTDataset rasterXSize="20" rasterYSize="10"><VRTRasterBand dataType="Float32" band="1"><SimpleSource>'
    '<SourceFilename relativeToVRT="0">/etc/passwd</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>'
)


@kind(Says("people.raster-empty", PEOPLE))
def people_all_nodata(folder: Path) -> None:
    write_raster(folder / PEOPLE, np.full((10, 20), -1.0))


@kind(Says("people.raster-nobody", PEOPLE))
def people_all_zero(folder: Path) -> None:
    write_raster(folder / PEOPLE, np.zeros((10, 20)))


@kind(Says("people.raster-negative", PEOPLE, shows="-7"))
def people_negative(folder: Path) -> None:
    values = residents()
    values[3, 3] = -7.0
    write_raster(folder / PEOPLE, values)


@kind(Says("people.raster-infinite", PEOPLE))
def people_infinite(folder: Path) -> None:
    values = residents()
    values[3, 3] = np.inf
    write_raster(folder / PEOPLE, values)


@kind(warns("people.raster-fill", PEOPLE))
def people_with_an_undeclared_fill_value(folder: Path) -> None:
    values = residents()
    values[3, 3] = -9999.0
    write_raster(folder / PEOPLE, values)


@kind(warns("people.calibrated", CENSUS))
def people_nan_cells(folder: Path) -> None:
    """No fault: NaN is nobody."""
    values = residents()
    values[3, 3] = np.nan
    write_raster(folder / PEOPLE, values)


@kind(Says("people.density", PEOPLE))
def people_more_than_anywhere(folder: Path) -> None:
    write_raster(folder / PEOPLE, residents() * 1e6)


@kind(Says("raster.torn", PEOPLE))
def people_raster_truncated(folder: Path) -> None:
    truncate(folder / PEOPLE, 0.8)


@kind(Says("file.empty", PEOPLE))
def people_raster_empty(folder: Path) -> None:
    (folder / PEOPLE).write_bytes(b"")


@kind(Says("raster.not-tiff", PEOPLE))
def people_csv_named_tif(folder: Path) -> None:
    (folder / PEOPLE).write_text("lon,lat,residents\n110,22,5\n", encoding="utf-8")


def tiny_tiff(width: int, height: int, rows_per_strip: int) -> bytes:
    """A TIFF of 262 bytes or so that declares any size: one strip of one byte."""
    tags = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (277, 3, 1),
        (278, 4, rows_per_strip),
        (279, 4, 1),
    ]
    entries = b"".join(
        struct.pack("<HHI", tag, kind, 1) + struct.pack("<HH" if kind == 3 else "<I", *((v, 0) if kind == 3 else (v,)))
        for tag, kind, v in tags
    )
    directory = struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0)
    return b"II*\0" + struct.pack("<I", 12) + b"\0" * 4 + directory


@kind(Says("raster.too-many-cells", PEOPLE, shows="3900000000000"), dangerous=True)
def people_raster_of_a_trillion_cells(folder: Path) -> None:
    (folder / PEOPLE).write_bytes(tiny_tiff(3_000_000, 1_300_000, 1_300_000))


@kind(Says("raster.block", PEOPLE))
def people_raster_of_one_huge_block(folder: Path) -> None:
    """9e10 cells, just below the most that are believed, in one strip."""
    (folder / PEOPLE).write_bytes(tiny_tiff(300_000, 300_000, 300_000))


@kind(Says("raster.blocks-missing", PEOPLE))
def people_raster_without_its_blocks(folder: Path) -> None:
    (folder / PEOPLE).write_bytes(tiny_tiff(300_000, 300_000, 1))


@kind(Says("vector.vrt", PEOPLE), dangerous=True)
def people_vrt_named_tif(folder: Path) -> None:
    (folder / PEOPLE).write_text(RASTER_VRT, encoding="utf-8")


@kind(Says("vector.no-crs", PEOPLE))
def people_raster_without_crs(folder: Path) -> None:
    write_raster(folder / PEOPLE, residents(), crs=None)


@kind(Says("vector.crs-contradicts", PEOPLE))
def people_raster_crs_contradicted(folder: Path) -> None:
    edit_study(folder, 'format = "raster"', 'format = "raster"\ncrs = "EPSG:32649"')


@kind(Says("vector.not-metres", PEOPLE))
def people_raster_in_the_wrong_crs(folder: Path) -> None:
    write_raster(folder / PEOPLE, residents(), crs="EPSG:32649")


@kind(Says("raster.elsewhere", PEOPLE))
def people_raster_elsewhere(folder: Path) -> None:
    write_raster(folder / PEOPLE, residents(), west=120.0)


@kind(warns("people.raster-partial", PEOPLE, shows="西县"))
def people_raster_of_a_part(folder: Path) -> None:
    write_raster(folder / PEOPLE, residents(), west=WEST + 0.05)


# tables of points and cells


def to_table(folder: Path, content: str, form: str = "points") -> None:
    """The people are a CSV file, and nothing is calibrated."""
    edit_study(folder, 'path = "people.tif"\nformat = "raster"', f'path = "people.csv"\nformat = "{form}"')
    edit_study(folder, '[people.calibrate]\npath = "census.csv"\n', "")
    (folder / "people.csv").write_text(content, encoding="utf-8")


@kind(
    Says("table.not-a-number", "people.csv", row=2, column="residents", shows="nan"),
    Says("people.negative", "people.csv", row=3, column="residents", shows="-5"),
    Says("table.not-a-number", "people.csv", row=4, column="residents", shows="many"),
    Says("people.blank", "people.csv", row=5, column="residents"),
    Says("people.not-degrees", "people.csv", row=6, column="lat", shows="122.5"),
)
def people_points_bad_cells(folder: Path) -> None:
    rows = "110.02,22.52,nan\n110.03,22.53,-5\n110.04,22.54,many\n110.05,22.55,\n110.06,122.5,7\n"
    to_table(folder, "lon,lat,residents\n" + rows)


@kind(Says("places.no-column", "people.csv", shows="lon"))
def people_points_without_coordinates(folder: Path) -> None:
    to_table(folder, "name,residents\na,5\n")


@kind(Says("people.elsewhere", "people.csv"))
def people_points_elsewhere(folder: Path) -> None:
    to_table(folder, "lon,lat,residents\n120.0,30.0,5\n")


@kind(
    Says("people.not-a-cell", "people.csv", row=3, shows="zzz"),
    Says("people.cell-twice", "people.csv", row=4),
    Says("people.cell-inside", "people.csv", row=5),
)
def people_cells_bad(folder: Path) -> None:
    cell = h3.latlng_to_cell(22.55, 110.05, 7)
    child = h3.cell_to_center_child(cell, 8)
    to_table(folder, f"cell,residents\n{cell},5\nzzz,5\n{cell},5\n{child},5\n", "h3")


@kind(
    Says("people.county-missing", "people.csv", shows="东县"),
    Says("people.not-degrees", "seats.csv", row=2, column="lat"),
)
def people_county_totals_and_seats_bad(folder: Path) -> None:
    to_table(folder, "county,residents\n西县,20000\n", "counties")
    edit_study(folder, "[zones]", '[people.spread]\nseats = "seats.csv"\n\n[zones]')
    (folder / "seats.csv").write_text("county,lon,lat\n西县,22.5,110.05\n", encoding="utf-8")


@kind(Says("people.negative", "people.csv", row=2), Says("roads.html", "roads.osm"))
def people_county_totals_and_roads_broken(folder: Path) -> None:
    """The totals are spread along the roads; without roads their own faults are said all the same."""
    to_table(folder, "county,residents\n西县,-1\n东县,5\n", "counties")
    edit_study(folder, "[zones]", '[people.spread]\nseats = "seats.csv"\n\n[zones]')
    (folder / "seats.csv").write_text("county,lon,lat\n西县,110.05,22.5\n", encoding="utf-8")
    (folder / "roads.osm").write_text("<html>", encoding="utf-8")


# census


@kind(Says("people.census-missing", CENSUS, shows="东县"), warns("people.census-unused", CENSUS, shows="东城区"))
def census_units_do_not_match(folder: Path) -> None:
    replace(folder, CENSUS, "东县", "东城区")


@kind(Says("people.census-twice", CENSUS, row=4))
def census_unit_twice(folder: Path) -> None:
    replace(folder, CENSUS, "东县,30000\n", "东县,30000\n东县,1\n")


@kind(
    Says("people.blank", CENSUS, row=2, column="residents"),
    Says("table.not-a-number", CENSUS, row=3, column="residents", shows="3万"),
)
def census_figures_bad(folder: Path) -> None:
    replace(folder, CENSUS, "20000", "")
    replace(folder, CENSUS, "30000", "3万")


@kind(warns("people.census-factor", CENSUS, shows="西县"))
def census_far_from_the_raster(folder: Path) -> None:
    replace(folder, CENSUS, "20000", "200000")


# townships and zones


@kind(Says("townships.none-inside", "townships.csv", shows="南县"))
def townships_of_another_city(folder: Path) -> None:
    edit_study(folder, "[zones]", '[townships]\npath = "townships.csv"\n\n[zones]')
    (folder / "townships.csv").write_text("township,county\n城关镇,南县\n", encoding="utf-8")


@kind(Says("townships.twice", "townships.csv", shows="城关镇"), Says("vector.json", "counties.geojson"))
def townships_twice_and_boundaries_broken(folder: Path) -> None:
    edit_study(folder, "[zones]", '[townships]\npath = "townships.csv"\n\n[zones]')
    (folder / "townships.csv").write_text("township,county\n城关镇,西县\n城关镇,西县\n", encoding="utf-8")
    truncate(folder / "counties.geojson")


@kind(Says("zones.unknown-county", ZONES, shows="西城"))
def zones_within_an_unknown_county(folder: Path) -> None:
    edit_study(folder, f'path = "{ZONES}"', f'path = "{ZONES}"\nwithin = ["西城"]')


@kind(Says("file.missing", ZONES))
def zones_missing(folder: Path) -> None:
    (folder / ZONES).unlink()


@kind(Says("vector.geometry-type", ZONES, row=1, shows="LineString"))
def zones_of_lines(folder: Path) -> None:
    line: dict[str, object] = {"type": "LineString", "coordinates": [[WEST, SOUTH], [EAST, NORTH]]}
    write_geojson(folder / ZONES, [feature(line)])


@kind(warns("zones.nobody-urban", ZONES))
def zones_elsewhere(folder: Path) -> None:
    write_geojson(folder / ZONES, [feature(polygon(120.0, 30.0, 120.1, 30.1))])


@kind(Says("zones.no-townships", "study.toml"))
def zones_by_streets_without_townships(folder: Path) -> None:
    edit_study(folder, f'method = "polygon"\npath = "{ZONES}"', 'method = "streets"\nunits = ["东街道"]')


@kind(Says("toml.value", "study.toml", column="zones"))
def zones_by_streets_without_streets(folder: Path) -> None:
    edit_study(folder, f'method = "polygon"\npath = "{ZONES}"', 'method = "streets"')
