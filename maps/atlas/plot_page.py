"""A page for a chart in print: fonts, title above, small print below, written as PNG at 300 dpi and as SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ...coverage.results import Assessment, grade_text
from ...files import atomic
from ...texts import Lang, text
from ..fonts import DPI, WIDTH_IN, font_name
from ..words import dates_text, joint, labelled, layer_text, plain, source_rows, study_note
from .legend import LINE_UNITS, PLAIN, WIDE_FROM, wrapped

MARGIN_IN = 0.1
TITLE_PT, TITLE_UNITS, TITLE_LINE_IN = 10, 84, 0.19
PRINT_PT, PRINT_LINE_IN, MOST_PRINT_LINES = 5.6, 0.112, 14
SVG_DPI = 220  # of the layers that an SVG holds as pixels
INK, FAINT = "#222222", "#9a9a9a"
PAGE_IN = WIDTH_IN - 2 * MARGIN_IN


@dataclass(frozen=True)
class Page:
    """A figure of the width of a text column, and the box in inches that its charts may fill."""

    figure: Figure
    left: float
    bottom: float
    width: float
    height: float

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Axes at inches from the box's lower left corner."""
        wide, tall = self.figure.get_size_inches()
        x, y = (self.left + left) / wide, (self.bottom + bottom) / tall
        return self.figure.add_axes((x, y, width / wide, height / tall))


@contextmanager
def print_settings() -> Iterator[None]:
    """matplotlib's settings for print, restored afterwards: Chinese glyphs, the same bytes each time."""
    chosen: dict[Any, Any] = {
        "font.family": [font_name(), "DejaVu Sans"],
        "axes.unicode_minus": False,
        "svg.fonttype": "path",  # an SVG is read where the font is not
        "svg.hashsalt": "carereach",
        "axes.linewidth": 0.6,
    }
    with mpl.rc_context(chosen):
        yield


def page(title: str, small_print: Sequence[str], height_in: float) -> Page:
    """An empty page with its title and small print, and room of ``height_in`` between them."""
    head = [line for line in wrapped(title, TITLE_UNITS) if line]
    lines = [line for paragraph in small_print for line in wrapped(paragraph, LINE_UNITS) if line]
    if len(lines) > MOST_PRINT_LINES:
        lines = [*lines[: MOST_PRINT_LINES - 1], lines[MOST_PRINT_LINES - 1][:-1] + "…"]
    print_in, title_in = PRINT_LINE_IN * len(lines), TITLE_LINE_IN * len(head)
    tall = MARGIN_IN + print_in + MARGIN_IN + height_in + MARGIN_IN + title_in + MARGIN_IN
    figure = Figure(figsize=(WIDTH_IN, tall), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    for place, line in enumerate(head):
        at = (tall - MARGIN_IN - TITLE_LINE_IN * place) / tall
        figure.text(MARGIN_IN / WIDTH_IN, at, line, fontsize=TITLE_PT, va="top", color=INK, **PLAIN)
    for place, line in enumerate(lines):
        at = (MARGIN_IN + print_in - PRINT_LINE_IN * place) / tall
        figure.text(MARGIN_IN / WIDTH_IN, at, line, fontsize=PRINT_PT, va="top", color="#333333", **PLAIN)
    return Page(figure, MARGIN_IN, 2 * MARGIN_IN + print_in, PAGE_IN, height_in)


def small_print(assessment: Assessment, lang: Lang, layers: Sequence[str]) -> list[str]:
    """What every figure must say of its data: the study's note, what times rest on, sources with grades, dates."""
    rows = [row for row in source_rows(assessment) if row[0] in layers]
    said = [
        f"{layer_text(code, lang)} ({grade_text(grade, lang)}) {source}".strip() for code, grade, source, _, _ in rows
    ]
    basis = joint(lang).join(each.text(lang) for each in assessment.basis)
    dates = dates_text(assessment, lang)
    dated = labelled(text("maps.figure-date", lang), dates, lang) if dates else ""
    sources = labelled(text("maps.figure-source", lang), joint(lang).join(said), lang)
    return [study_note(assessment, lang), basis, dated, sources]


def write_png_and_svg(draw: Callable[[], Figure], stem: Path) -> tuple[Path, Path]:
    """Writes what ``draw`` gives as ``stem``.png and ``stem``.svg, each whole or not at all."""
    png, svg = stem.with_name(stem.name + ".png"), stem.with_name(stem.name + ".svg")
    with print_settings():
        figure = draw()
        with atomic(png) as temporary:
            figure.savefig(temporary, dpi=DPI, format="png", metadata={"Software": "carereach"})
        with atomic(svg) as temporary:
            figure.savefig(temporary, dpi=SVG_DPI, format="svg", metadata={"Date": None, "Creator": "carereach"})
    return png, svg


def units_of(words: str) -> int:
    """How wide words are, in half-width letters; a Chinese character counts as two."""
    return sum(2 if ord(sign) > WIDE_FROM else 1 for sign in words)


def shortened(name: object, units: int) -> str:
    """A name as one line of at most so many half-width letters."""
    shown = plain(name)
    if units_of(shown) <= units:
        return shown
    while units_of(shown) > units - 1:
        shown = shown[:-1]
    return shown + "…"


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places as near as they can be to those wanted, in their order, at least ``gap`` apart, between two bounds.

    Where there is no room for all, they are spaced evenly from bound to bound.
    """
    count = len(wanted)
    if count == 0:
        return []
    if (count - 1) * gap >= high - low:
        step = (high - low) / max(count - 1, 1)
        ranks = sorted(range(count), key=lambda place: wanted[place])
        return [low + step * ranks.index(place) for place in range(count)]
    order = sorted(range(count), key=lambda place: wanted[place])
    groups: list[list[float]] = []  # each: sum of the first places that its members want, members, first place
    for rank, place in enumerate(order):
        groups.append([wanted[place] - rank * gap, 1.0])
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] > groups[-1][0] / groups[-1][1]:
            total, members = groups.pop()
            groups[-1] = [groups[-1][0] + total, groups[-1][1] + members]
    shifts = [total / members for total, members in groups for _ in range(int(members))]
    placed = [0.0] * count
    for rank, place in enumerate(order):
        shift = min(max(shifts[rank], low), high - (count - 1) * gap)
        placed[place] = shift + rank * gap
    return placed
