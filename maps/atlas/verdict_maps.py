"""Verdicts by county as small maps, one for each rule: a fill, a hatch and a sign tell met from not met."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

from ...coverage.results import Assessment, Status
from ...texts import Lang, text
from ..gis.tables import sign_of, worst_of
from ..page.topics import topic_of
from ..palette import SCREENING_SIGN, STATUS_SIGNS
from ..words import study_title
from .ground import Ground, outline, prepare
from .labels import Placed, places_inside, short_name, text_on
from .legend import PLAIN, Key, Swatch, draw_legend, ground_marks, source_lines, wrapped
from .plot_page import INK, PAGE_IN, page, write_png_and_svg
from .verdict_matrix import FILLS, ORDER, Row, rows_of

MOST_MAPS, ACROSS = 9, 3
GAP_IN, STRIP_IN, HEAD_PT, LINE_IN = 0.14, 0.95, 6.4, 0.115
HEAD_IN = {1: 0.2, 2: 0.32}  # by the lines of the heading
TALLEST_IN = 2.1
HATCHES: dict[Status, str] = {"met": "", "not met": "xxxx", "cannot tell": "...."}
HATCH_COLOURS: dict[Status, str] = {"met": "#666666", "not met": "#e59a66", "cannot tell": "#c9c9c9"}
NOT_ASKED, EMERGENCY = "#eeeeee", "ems"
SIGN_PT, NAME_PT = 9.0, 5.0
HEAD_UNITS = 43


def write_verdict_maps(assessment: Assessment, stem: Path, lang: Lang, ground: Ground) -> tuple[Path, ...]:
    """Writes up to nine maps on one page as PNG and SVG; nothing where no rule is about a county."""
    shown = rules_shown(assessment, lang)
    return write_png_and_svg(lambda: figure(assessment, lang, ground), stem) if shown else ()


def rules_shown(assessment: Assessment, lang: Lang) -> list[Row]:
    """The rules with verdicts about counties: emergency first, those that are decided in any county before others."""
    rows = rows_of(assessment, lang)
    rows = [row for row in rows if row.decided] or rows
    return sorted(rows, key=lambda row: topic_of(row.rule) != EMERGENCY)[:MOST_MAPS]


def figure(assessment: Assessment, lang: Lang, ground: Ground) -> Figure:
    """The page: a small map for each rule, one legend for all."""
    rows, every = rules_shown(assessment, lang), rows_of(assessment, lang)
    across = min(ACROSS, len(rows))
    wide_in = (PAGE_IN - GAP_IN * (ACROSS - 1)) / ACROSS if across == ACROSS else PAGE_IN * 0.46
    frame = ground.frame(wide_in, tallest_in=TALLEST_IN * (1 if across == ACROSS else 1.5), lowest_in=0.8)
    map_in = wide_in * (frame.north - frame.south) / (frame.east - frame.west)
    lines = [_lines(row) for row in rows]
    heads_in = [HEAD_IN[max(len(each) for each in lines[at : at + across])] for at in range(0, len(rows), across)]
    coarse = ground.coarser(frame)
    title = text("atlas.verdicts-title", lang, name=study_title(assessment, lang))
    notes = [text("atlas.verdicts-note", lang) + text("atlas.verdicts-screening", lang)]
    if len(every) > len(rows):
        notes.append(text("atlas.verdicts-left-out", lang, shown=len(rows), count=len(every)))
    tall_in = sum(heads_in) + len(heads_in) * (map_in + GAP_IN) + STRIP_IN
    drawn = page(title, [*notes, *source_lines(assessment, frame, lang)], tall_in)
    for place, row in enumerate(rows):
        left = (place % across) * (wide_in + GAP_IN)
        down = place // across + 1
        up = tall_in - sum(heads_in[:down]) - down * (map_in + GAP_IN) + GAP_IN
        axes = drawn.axes(left, up, wide_in, map_in)
        _heading(axes, lines[place], map_in)
        prepare(axes, frame)
        axes.spines[:].set_visible(False)
        _counties(axes, row, coarse)
    marks = ground_marks(lang, stations=False, roads="")
    key = Key(text("atlas.verdict", lang), tuple(_swatches(lang)), tuple(marks))
    draw_legend(drawn.axes(0, 0, PAGE_IN, STRIP_IN), frame, key, lang)
    return drawn.figure


def _lines(row: Row) -> list[str]:
    """A rule's title in one line or two."""
    lines = wrapped(row.title, HEAD_UNITS)
    return lines if len(lines) <= 2 else [lines[0], lines[1][:-1] + "…"]


def _heading(axes: Axes, lines: list[str], map_in: float) -> None:
    for place, line in enumerate(lines):
        up = 1 + (0.03 + LINE_IN * (len(lines) - 1 - place)) / map_in
        axes.text(0, up, line, fontsize=HEAD_PT, va="bottom", color=INK, transform=axes.transAxes, **PLAIN)


def _counties(axes: Axes, row: Row, ground: Ground) -> None:
    placed = Placed(axes)
    signs = []
    for name, shape in zip(ground.counties["county"], ground.counties.geometry, strict=True):
        worst = worst_of(list(row.cells.get(str(name), ())))
        fill = FILLS[worst.status] if worst else NOT_ASKED
        axes.add_patch(PathPatch(outline(shape), facecolor=fill, edgecolor="none", zorder=1))
        if worst and HATCHES[worst.status]:
            with mpl.rc_context({"hatch.linewidth": 0.3}):
                axes.add_patch(
                    PathPatch(
                        outline(shape), facecolor="none", edgecolor=HATCH_COLOURS[worst.status], linewidth=0,
                        hatch=HATCHES[worst.status], zorder=2,
                    )
                )  # fmt: skip
        axes.add_patch(PathPatch(outline(shape), facecolor="none", edgecolor="#333333", linewidth=0.5, zorder=3))
        if worst:
            signs.append((worst, name, shape))
    for worst, _, shape in sorted(signs, key=lambda each: each[2].area):
        sign = text_on(axes, sign_of(worst), SIGN_PT, color="#111111")
        placed.put(sign, places_inside(shape, 7))
    by_size = ground.counties.assign(_area=ground.counties.area).sort_values("_area", ascending=False, kind="stable")
    for name, shape in zip(by_size["county"], by_size.geometry, strict=True):
        placed.put(text_on(axes, short_name(name, 12), NAME_PT, color="#333333"), places_inside(shape, 9))


def _swatches(lang: Lang) -> list[Swatch]:
    found = [
        Swatch(FILLS[status], text("verdict." + status.replace(" ", "-"), lang), HATCHES[status], HATCH_COLOURS[status],
               STATUS_SIGNS[status])
        for status in ORDER
    ]  # fmt: skip
    found.append(Swatch(NOT_ASKED, text("curves.matrix-none", lang)))
    found.append(Swatch("#ffffff", text("atlas.screening", lang), sign=SCREENING_SIGN))
    return found
