"""County against county, main urban area against townships: mean response minutes, Gini, and share of inequality."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from ...coverage.results import Assessment
from ...texts import Lang, text
from ..words import area_text, study_title, whole
from .curves import LAYERS
from .legend import PLAIN
from .plot_page import INK, page, shortened, small_print, write_png_and_svg

ROW_IN, HEAD_IN, FOOT_IN, NAME_IN, GAP_IN = 0.21, 0.3, 0.3, 1.35, 0.42
MOST_COUNTIES, NAME_UNITS = 30, 22
COLOURS = {"city": "#4d4d4d", "zone": "#d55e00", "county": "#0072b2"}  # Okabe and Ito (2008)
HATCHES = {"city": "", "zone": "////", "county": ""}
Floats = NDArray[np.float64]
LEAST_ROWS = 3  # the whole, and two units to compare
PANELS = (("mean_min", "equity.mean", "{:.1f}"), ("gini", "equity.gini", "{:.2f}"),
          ("theil_share_percent", "equity.share", "{:.0f}"))  # fmt: skip


def write_equity_bars(assessment: Assessment, stem: Path, lang: Lang) -> tuple[Path, ...]:
    """Writes the bars as PNG and SVG; nothing where the assessment has no equity, or one unit and nothing beside it."""
    if assessment.access is None or len(rows_of(assessment)[0]) < LEAST_ROWS:
        return ()
    return write_png_and_svg(lambda: figure(assessment, lang), stem)


def rows_of(assessment: Assessment) -> tuple[pd.DataFrame, int]:
    """City, zones, and counties from the longest mean to the shortest; of very many counties those with the most
    residents, and how many are left out."""
    assert assessment.access is not None
    table = assessment.access.equity
    counties = table[table["level"] == "county"].sort_values("residents", ascending=False, kind="stable")
    shown = counties[:MOST_COUNTIES].sort_values("mean_min", ascending=False, kind="stable")
    return pd.concat([table[table["level"] != "county"], shown], ignore_index=True), len(counties) - len(shown)


def figure(assessment: Assessment, lang: Lang) -> Figure:
    """Three panels of bars that share their rows."""
    rows, more = rows_of(assessment)
    left_out = float(rows["left_out"].iloc[0])
    said = text("equity.note", lang)
    said += text("equity.left-out", lang, left_out=whole(left_out)) if left_out else ""
    said += text("equity.more", lang, count=more) if more else ""
    tall = FOOT_IN + ROW_IN * len(rows) + HEAD_IN
    title = text("equity.title", lang, name=study_title(assessment, lang))
    drawn = page(title, [said, *small_print(assessment, lang, LAYERS)], tall)
    wide = (drawn.width - NAME_IN - GAP_IN * len(PANELS)) / len(PANELS)
    levels, up = rows["level"].tolist(), -np.arange(len(rows), dtype=float)
    for place, (column, code, form) in enumerate(PANELS):
        axes = drawn.axes(NAME_IN + place * (wide + GAP_IN), FOOT_IN, wide, ROW_IN * len(rows))
        values = rows[column].to_numpy(dtype=float).copy()
        if column == "theil_share_percent":
            values[[level != "county" for level in levels]] = np.nan  # a share of the whole, which zones cut otherwise
        _bars(axes, values, levels, up, form)
        axes.set_title(text(code, lang), fontsize=7.5, loc="left", pad=5, color=INK, parse_math=False)
        if place == 0:
            axes.set_yticks(up, [_name(level, unit, lang) for level, unit in zip(levels, rows["unit"], strict=True)])
            for label in axes.get_yticklabels():
                label.set_parse_math(False)
            _mark_city(axes, values[0])
    return drawn.figure


def _bars(axes: Axes, values: Floats, levels: list[str], up: Floats, form: str) -> None:
    shown = np.nan_to_num(values)
    bars = axes.barh(up, shown, height=0.68, color=[COLOURS[level] for level in levels], linewidth=0, zorder=2)
    for bar, level in zip(bars, levels, strict=True):
        bar.set_hatch(HATCHES[level])
        bar.set_edgecolor("white")
    most = float(shown.max()) or 1.0
    axes.set_xlim(0, most * 1.2)
    axes.set_ylim(up[-1] - 0.5, 0.5)
    axes.set_yticks([])
    axes.tick_params(labelsize=6.5, width=0.5, length=2.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="x", color="#e3e3e3", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    for at, value in zip(up, values, strict=True):
        said = form.format(value) if np.isfinite(value) else "–"
        label = axes.text(
            np.nan_to_num(value) + most * 0.02, at, said, fontsize=6.5, va="center", color=INK, zorder=4, **PLAIN
        )  # fmt: skip
        label.set_path_effects([withStroke(linewidth=2, foreground="white")])


def _mark_city(axes: Axes, mean: float) -> None:
    if np.isfinite(mean):
        axes.axvline(mean, color=COLOURS["city"], linewidth=0.8, linestyle=(0, (3, 2)), zorder=3)


def _name(level: str, unit: str, lang: Lang) -> str:
    return shortened(area_text(level, unit, lang), NAME_UNITS)
