"""Verdicts by county, as a figure: rules in rows, counties in columns, each cell with a sign besides its colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ...coverage.results import Assessment, Status, Verdict
from ...texts import Lang, text
from ..gis.tables import sign_of, worst_of
from ..palette import SCREENING_SIGN, STATUS_SIGNS
from ..words import plain, study_title, verdict_value
from .legend import PLAIN, wrapped
from .plot_page import INK, PAGE_IN, Page, page, shortened, small_print, units_of, write_png_and_svg

LAYERS = ("people", "roads", "facilities", "boundaries")
MOST_ROWS = 27
ROW_IN, LABEL_IN, LEGEND_IN, COUNTS_IN = 0.27, 2.55, 0.3, 0.42
LABEL_PT, SIGN_PT, VALUE_PT, HEAD_PT = 6.2, 8.0, 5.0, 6.5
LABEL_UNITS: dict[Lang, int] = {"zh": 58, "en": 63}  # Latin letters are narrower than half a Chinese one
UNIT_IN = HEAD_PT / 72 / 2  # width of a half-width letter in the column headings
WIDEST_COLUMN_IN, VALUE_FROM_IN = 1.25, 0.42
LONGEST_NAME = 24
ORDER: tuple[Status, ...] = ("met", "not met", "cannot tell")
# light, dark and white fill: also told apart in grey; the hue is that of the map
FILLS: dict[Status, str] = {"met": "#c9ebe0", "not met": "#c65400", "cannot tell": "#ffffff"}
SIGN_COLOURS: dict[Status, str] = {"met": "#00513a", "not met": "#ffffff", "cannot tell": "#6a6a6a"}

Cells = Mapping[str, Sequence[Verdict]]


@dataclass(frozen=True)
class Row:
    """One rule: its title and id, and its verdicts by county."""

    title: str
    rule: str
    cells: Cells

    @property
    def decided(self) -> bool:
        return any(verdict.status != "cannot tell" for own in self.cells.values() for verdict in own)


def write_verdict_matrix(assessment: Assessment, stem: Path, lang: Lang) -> tuple[Path, ...]:
    """Writes the matrix as PNG and SVG; further pages are ``stem``_2 and so on. Nothing where no rule asks about a
    county. Rules that cannot be told in any county are counted, not drawn, unless there is no other."""
    rows = rows_of(assessment, lang)
    drawn = [row for row in rows if row.decided] or rows
    pages = -(-len(drawn) // MOST_ROWS)
    files: list[Path] = []
    for place in range(pages):
        shown = drawn[place * MOST_ROWS : (place + 1) * MOST_ROWS]
        name = stem if place == 0 else stem.with_name(f"{stem.name}_{place + 1}")
        sheet = f"{place + 1}/{pages}" if pages > 1 else ""
        files += write_png_and_svg(partial(_figure, assessment, rows, shown, sheet, lang), name)
    return tuple(files)


def rows_of(assessment: Assessment, lang: Lang) -> list[Row]:
    """The rules with a verdict about at least one county, in the order of the plans."""
    counties = {str(name) for name in assessment.counties.frame["county"]}
    found: dict[tuple[str, str], dict[str, list[Verdict]]] = {}
    titles: dict[tuple[str, str], str] = {}
    for verdict in assessment.verdicts:
        if verdict.unit in counties:
            key = (verdict.plan, verdict.rule)
            titles.setdefault(key, plain(getattr(verdict.title, lang)))
            found.setdefault(key, {}).setdefault(verdict.unit, []).append(verdict)
    return [Row(titles[key], plain(key[1]), cells) for key, cells in found.items()]


def _figure(assessment: Assessment, rows: list[Row], shown: list[Row], sheet: str, lang: Lang) -> Figure:
    counties = [str(name) for name in assessment.counties.frame["county"]]
    heads = [shortened(name, LONGEST_NAME) for name in counties]
    missing = len(rows) - len([row for row in rows if row.decided]) if any(row.decided for row in rows) else 0
    title = text("curves.matrix-title", lang, name=study_title(assessment, lang)) + (f" ({sheet})" if sheet else "")
    notes = [text("curves.matrix-note", lang), *small_print(assessment, lang, LAYERS)]
    if missing:
        notes.insert(1, text("curves.matrix-left-out", lang, count=missing))
    column_in = min((PAGE_IN - LABEL_IN) / max(len(counties), 1), WIDEST_COLUMN_IN)
    widest = max((units_of(head) for head in heads), default=1) * UNIT_IN
    upright = widest > column_in - 0.06
    head_in = widest + 0.12 if upright else 0.24
    body_in = ROW_IN * len(shown)
    drawn = page(title, notes, head_in + body_in + COUNTS_IN + LEGEND_IN)
    axes = _axes(drawn)
    _legend(axes, lang)
    grid = _Grid(axes, column_in, LEGEND_IN + COUNTS_IN)
    for place, head in enumerate(heads):
        x = LABEL_IN + column_in * (place + 0.5)
        axes.text(
            x, grid.bottom + body_in + 0.06, head, fontsize=HEAD_PT, ha="center", va="bottom",
            rotation=90 if upright else 0, **PLAIN,
        )  # fmt: skip
    for place, row in enumerate(shown):
        _row(grid, row, counties, grid.bottom + body_in - ROW_IN * (place + 1), lang)
    _counts(grid, rows, counties, lang)
    return drawn.figure


@dataclass(frozen=True)
class _Grid:
    axes: Axes
    column_in: float
    bottom: float


def _axes(drawn: Page) -> Axes:
    """Axes over the whole box, in inches."""
    axes = drawn.axes(0, 0, drawn.width, drawn.height)
    axes.set_axis_off()
    axes.set_xlim(0, drawn.width)
    axes.set_ylim(0, drawn.height)
    return axes


def _row(grid: _Grid, row: Row, counties: list[str], low: float, lang: Lang) -> None:
    axes, middle = grid.axes, low + ROW_IN / 2
    lines = wrapped(row.title, LABEL_UNITS[lang])
    lines = lines if len(lines) <= 2 else [lines[0], lines[1][:-1] + "…"]
    for place, line in enumerate(lines):
        y = middle + 0.1 * ((len(lines) - 1) / 2 - place)
        axes.text(0, y, line, fontsize=LABEL_PT, va="center", color=INK, **PLAIN)
    for place, county in enumerate(counties):
        worst = worst_of(list(row.cells.get(county, ())))
        left = LABEL_IN + grid.column_in * place
        fill = FILLS[worst.status] if worst else "#f4f4f4"
        axes.add_patch(
            Rectangle(
                (left, low), grid.column_in, ROW_IN, facecolor=fill, edgecolor="#8a8a8a", linewidth=0.4, clip_on=False
            )
        )
        if worst:
            _cell(grid, worst, left + grid.column_in / 2, middle, lang)


def _cell(grid: _Grid, verdict: Verdict, x: float, y: float, lang: Lang) -> None:
    colour = SIGN_COLOURS[verdict.status]
    value = verdict_value(verdict, lang) if verdict.value is not None and verdict.status != "cannot tell" else ""
    fits = units_of(value) * VALUE_PT / 72 / 2 < grid.column_in - 0.04
    shown = value if grid.column_in >= VALUE_FROM_IN and fits else ""
    up = 0.045 if shown else 0.0
    grid.axes.text(x, y + up, sign_of(verdict), fontsize=SIGN_PT, ha="center", va="center", color=colour, **PLAIN)
    if shown:
        grid.axes.text(x, y - 0.08, shown, fontsize=VALUE_PT, ha="center", va="center", color=colour, **PLAIN)


def _counts(grid: _Grid, rows: list[Row], counties: list[str], lang: Lang) -> None:
    """Under the matrix: of all rules about a county, how many are met, not met, cannot be told."""
    axes, top = grid.axes, grid.bottom - 0.04
    for place, status in enumerate(ORDER):
        y = top - 0.06 - 0.115 * place
        words = f"{STATUS_SIGNS[status]} {text('verdict.' + status.replace(' ', '-'), lang)}"
        said = text("curves.matrix-count", lang, status=words)
        axes.text(LABEL_IN - 0.08, y, said, fontsize=LABEL_PT, ha="right", va="center", color="#444444", **PLAIN)
        for column, county in enumerate(counties):
            worst = [worst_of(list(row.cells.get(county, ()))) for row in rows]
            count = sum(1 for verdict in worst if verdict and verdict.status == status)
            x = LABEL_IN + grid.column_in * (column + 0.5)
            axes.text(x, y, str(count), fontsize=LABEL_PT, ha="center", va="center", color="#444444", **PLAIN)


def _legend(axes: Axes, lang: Lang) -> None:
    left = 0.0
    for status in ORDER:
        words = text("verdict." + status.replace(" ", "-"), lang)
        axes.add_patch(
            Rectangle(
                (left, 0.05), 0.24, 0.16, facecolor=FILLS[status], edgecolor="#8a8a8a", linewidth=0.4, clip_on=False
            )
        )
        sign = STATUS_SIGNS[status]
        axes.text(left + 0.12, 0.13, sign, fontsize=7, ha="center", va="center", color=SIGN_COLOURS[status], **PLAIN)
        axes.text(left + 0.3, 0.13, words, fontsize=LABEL_PT + 0.3, va="center", **PLAIN)
        left += 0.42 + units_of(words) * UNIT_IN
    axes.add_patch(
        Rectangle((left, 0.05), 0.24, 0.16, facecolor="#f4f4f4", edgecolor="#8a8a8a", linewidth=0.4, clip_on=False)
    )
    none = text("curves.matrix-none", lang)
    axes.text(left + 0.3, 0.13, none, fontsize=LABEL_PT + 0.3, va="center", **PLAIN)
    left += 0.42 + units_of(none) * UNIT_IN
    screening = f"{SCREENING_SIGN} {text('curves.matrix-screening', lang)}"
    axes.text(left, 0.13, screening, fontsize=LABEL_PT + 0.3, va="center", **PLAIN)
