"""Layers for QGIS and other programs: a GeoPackage with styles, GeoParquet of the demand, GeoTIFF of the field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio
from rasterio import Affine

from ...coverage.results import Assessment, Field
from ...files import atomic, write_text
from ...texts import LANGS, Lang, catalogue, text
from ..access_words import access_heading, access_meaning, access_unit
from ..words import plain, study_title
from .access import Further, access_styles
from .styles import qml, raster_qml, styles
from .tables import layers, sources, with_points

GEOPACKAGE, DEMAND, FIELD, FIELD_STYLE = "layers.gpkg", "demand.parquet", "response_min.tif", "response_min.qml"
GEOMETRIES = {"marker": "Point", "line": "MultiLineString", "fill": "MultiPolygon"}
STYLE_TABLE, GEOMETRY_COLUMN = "layer_styles", "geom"
NO_TIME = pd.Timestamp("2000-01-01T00:00:00", tz="UTC")
OUTSIDE_MIN = -9999.0


def write_layers(assessment: Assessment, folder: Path, lang: Lang) -> tuple[Path, ...]:
    """Writes ``layers.gpkg``, ``demand.parquet``, ``response_min.tif`` and its QGIS style into ``folder``.

    Each file is whole or not there at all; the same assessment gives the same bytes. The raster is left out where the
    study has no ground. See docs/layers.md for what each column means.
    """
    write_geopackage(assessment, folder / GEOPACKAGE, lang)
    write_demand(assessment, folder / DEMAND)
    if assessment.field.minutes.size == 0:
        return folder / GEOPACKAGE, folder / DEMAND
    write_field(assessment.field, folder / FIELD, lang, name=study_title(assessment, lang))
    write_text(folder / FIELD_STYLE, raster_qml(lang))
    return tuple(folder / name for name in (GEOPACKAGE, DEMAND, FIELD, FIELD_STYLE))


def write_geopackage(assessment: Assessment, path: Path, lang: Lang) -> None:
    """Writes all layers, their sources, a dictionary of the columns (``about``) and the styles that QGIS loads.

    The file is closed before it takes its name. Dates of writing are set to a fixed day.
    """
    frames, looks = layers(assessment, lang), styles(lang)
    further = access_styles(assessment, lang)
    with atomic(path) as temporary:
        temporary.unlink()
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": NO_TIME.strftime("%Y-%m-%dT%H:%M:%S.000Z")})
        try:
            for place, (name, frame) in enumerate(frames.items()):
                pyogrio.write_dataframe(
                    frame,
                    temporary,
                    layer=name,
                    driver="GPKG",
                    append=place > 0,
                    geometry_type=GEOMETRIES[looks[name].shape],
                    promote_to_multi=looks[name].shape != "marker",
                    layer_options={
                        "GEOMETRY_NAME": GEOMETRY_COLUMN,
                        "IDENTIFIER": text("layers." + name.replace("_", "-"), lang),
                        "DESCRIPTION": text(f"layers.{name.replace('_', '-')}-about", lang),
                    },
                )
            tables = {"sources": sources(assessment, lang), "about": dictionary(frames)}
            for name, table in tables.items():
                options = {"IDENTIFIER": text("layers." + name, lang)}
                pyogrio.write_dataframe(table, temporary, layer=name, driver="GPKG", append=True, layer_options=options)
            pyogrio.write_dataframe(
                _style_rows(frames, further, lang), temporary, layer=STYLE_TABLE, driver="GPKG", append=True,
                layer_options={"FID": "id"},
            )  # fmt: skip
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def dictionary(frames: dict[str, gpd.GeoDataFrame]) -> pd.DataFrame:
    """One row per column of every layer: its unit and its meaning, in both languages."""
    rows = [
        (name, column, unit_of(column), *(meaning(column, lang) for lang in reversed(LANGS)))
        for name, frame in frames.items()
        for column in frame.columns
        if column != "geometry"
    ]
    return pd.DataFrame(rows, columns=["layer", "column", "unit", "meaning_en", "meaning_zh"])


def meaning(column: str, lang: Lang) -> str:
    """What a column of the layers holds, in words; empty for a column of the study's own."""
    about = access_meaning(column, lang)
    if about is not None:
        return about
    code = _code(column)
    return text(code, lang, minutes=_minutes(column)) if code in catalogue() else ""


def heading(column: str, lang: Lang) -> str:
    """The short heading of a column, its unit included."""
    about = access_heading(column, lang)
    if about is not None:
        return about
    code = _code(column) + "-short"
    return text(code, lang, minutes=_minutes(column)) if code in catalogue() else column


def _code(column: str) -> str:
    shared = "within_min_pct" if column.startswith("within_") else column
    return "layers.col-" + shared.replace("_", "-")


def _minutes(column: str) -> str:
    """The limit in a column's name, as in within_15_min_pct."""
    return column.removeprefix("within_").removesuffix("_min_pct")


def unit_of(column: str) -> str:
    """The unit that a column's name ends in; "persons" for residents, and what is counted for a service."""
    about = access_unit(column, "en")
    if about is not None:
        return about
    if column.endswith("residents"):
        return "persons"
    units = {"_min": "min", "_km": "km", "_km2": "km2", "_pct": "%"}
    return next((unit for ending, unit in units.items() if column.endswith(ending)), "")


def _style_rows(frames: dict[str, gpd.GeoDataFrame], further: Sequence[Further], lang: Lang) -> pd.DataFrame:
    """The table in which QGIS looks for the style of a layer that it opens; its name and columns are QGIS's. The
    ``further`` styles stand there for a reader to choose."""
    own = [
        (name, name, style, text("layers." + name.replace("_", "-"), lang), True)
        for name, style in styles(lang).items()
    ]
    chosen = [(each.layer, each.name, each.style, each.name, False) for each in further]
    rows = []
    for name, called, style, said, default in (*own, *chosen):
        aliases = {column: heading(column, lang) for column in frames[name].columns if column != "geometry"}
        rows.append(
            {
                "f_table_catalog": "",
                "f_table_schema": "",
                "f_table_name": name,
                "f_geometry_column": GEOMETRY_COLUMN,
                "styleName": called,
                "styleQML": qml(replace(style, aliases=aliases)),
                "styleSLD": "",
                "useAsDefault": default,
                "description": said,
                "owner": "",
                "ui": "",
                "update_time": NO_TIME,
            }
        )
    return pd.DataFrame(rows)


def write_demand(assessment: Assessment, path: Path) -> None:
    """Writes the demand as GeoParquet, its columns as in Python: infinite minutes are unreachable."""
    with atomic(path) as temporary:
        with_points(assessment.demand, assessment).to_parquet(temporary, index=False, compression="zstd")


def write_field(field: Field, path: Path, lang: Lang, *, name: str = "") -> None:
    """Writes response minutes as one band of 32-bit numbers: infinite = unreachable, -9999 (nodata) = outside.

    The statistics in the tags are those of the finite minutes, so that programs stretch their colours over these.
    """
    minutes = np.where(np.isnan(field.minutes), OUTSIDE_MIN, field.minutes).astype(np.float32)
    finite = field.minutes[np.isfinite(field.minutes)].astype(float)
    with (
        atomic(path) as temporary,
        rasterio.open(
            temporary, "w", driver="GTiff", width=minutes.shape[1], height=minutes.shape[0], count=1, dtype="float32",
            crs=field.crs, transform=Affine(field.cell_m, 0.0, field.west, 0.0, -field.cell_m, field.north),
            nodata=OUTSIDE_MIN, compress="deflate", predictor=3,
        ) as raster,
    ):  # fmt: skip
        raster.write(minutes, 1)
        raster.set_band_description(1, text("layers.field", lang))
        raster.units = ("min",)
        raster.update_tags(
            STUDY=plain(name), UNITS="min", UNREACHABLE="inf", NODATA_MEANS=text("layers.field-nodata", lang),
            UNREACHABLE_MEANS=text("layers.field-unreachable", lang), SOFTWARE="carereach",
        )  # fmt: skip
        if finite.size:
            figures = {"MINIMUM": finite.min(), "MAXIMUM": finite.max(), "MEAN": finite.mean(), "STDDEV": finite.std()}
            raster.update_tags(1, **{f"STATISTICS_{key}": f"{value:.6g}" for key, value in figures.items()})
