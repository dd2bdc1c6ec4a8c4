"""Two charts of response times: how many people are reached within how many minutes, and how unequal minutes are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from ...coverage.equity import gini, lorenz, palma, theil
from ...coverage.results import ZONES, Assessment
from ...texts import Lang, text
from ..words import study_title, whole
from .legend import PLAIN
from .plot_page import FAINT, INK, Page, page, shortened, small_print, spread, write_png_and_svg

LONGEST_MIN = 60.0
MARKS_MIN = (15.0, 30.0)
STEP_MIN = 0.25
MOST_NAMED = 12
LONGEST_LABEL = 21
LAYERS = ("people", "roads", "facilities")
# Okabe and Ito (2008); the kinds of line tell them apart in grey
LINES: tuple[tuple[str, Any], ...] = (
    ("#0072b2", "-"), ("#d55e00", (0, (5, 1.5))), ("#009e73", (0, (1, 1))), ("#cc79a7", (0, (6, 1.5, 1, 1.5))),
    ("#e69f00", "-"), ("#56b4e9", (0, (5, 1.5))), ("#5b5b5b", (0, (1, 1))), ("#8c510a", (0, (6, 1.5, 1, 1.5))),
)  # fmt: skip
WHOLE_LINE = ("#000000", "-")
ZONE_LINES: dict[str, tuple[str, Any]] = {"urban": ("#0072b2", (0, (5, 1.5))), "township": ("#d55e00", (0, (1, 1)))}
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Group:
    """People of one place: its name, their minutes (inf: unreachable), how many they are, and how they are drawn."""

    name: str
    minutes: Floats
    residents: Floats
    line: tuple[str, Any]


def write_reach_curve(assessment: Assessment, stem: Path, lang: Lang) -> tuple[Path, Path]:
    """Writes the share of residents against minutes: the whole with its zones, and each county, to PNG and SVG."""
    return write_png_and_svg(lambda: _reach_figure(assessment, lang), stem)


def write_lorenz_curve(assessment: Assessment, stem: Path, lang: Lang) -> tuple[Path, Path]:
    """Writes the Lorenz curve of response minutes with Gini, Palma and Theil, to PNG and SVG."""
    return write_png_and_svg(lambda: _lorenz_figure(assessment, lang), stem)


def share_within(minutes: Floats, residents: Floats, limits: Floats) -> Floats:
    """Share of all residents, the unreachable included, whose minutes are not above each limit; 0 without anybody."""
    order = np.argsort(minutes, kind="stable")
    counted = np.concatenate([[0.0], np.cumsum(residents[order])])
    total = counted[-1]
    within = counted[np.searchsorted(minutes[order], limits, side="right")]
    return within / total if total > 0 else np.zeros(len(limits))


def _people(assessment: Assessment) -> pd.DataFrame:
    frame = pd.DataFrame(assessment.demand.drop(columns="geometry"))
    return frame[(frame["county"] != "") & (frame["residents"] > 0)]


def _group(name: str, frame: pd.DataFrame, line: tuple[str, Any], column: str = "response_min") -> Group:
    return Group(name, frame[column].to_numpy(dtype=float), frame["residents"].to_numpy(dtype=float), line)


def _zone_groups(people: pd.DataFrame, lang: Lang) -> list[Group]:
    groups = [_group(text("curves.everybody", lang), people, WHOLE_LINE)]
    parts = [(zone, people[people["zone"] == zone]) for zone in ZONES]
    if all(len(part) for _, part in parts):
        groups += [_group(text("unit." + zone, lang), part, ZONE_LINES[zone]) for zone, part in parts]
    return groups


def _county_groups(assessment: Assessment, people: pd.DataFrame) -> tuple[list[Group], list[Group]]:
    """Counties that are named, and those drawn faint where there are too many: the most populous are named."""
    counts = people.groupby("county")["residents"].sum()
    names = [str(name) for name in assessment.counties.frame["county"] if name in counts.index]
    largest = set(counts.sort_values(ascending=False, kind="stable").index[:MOST_NAMED])
    named: list[Group] = []
    faint: list[Group] = []
    for name in names:
        line = LINES[len(named) % len(LINES)]
        shown = shortened(name, LONGEST_LABEL)
        if name in largest:
            named.append(_group(shown, people[people["county"] == name], line))
        else:
            faint.append(_group(shown, people[people["county"] == name], (FAINT, "-")))
    return named, faint


def _reach_figure(assessment: Assessment, lang: Lang) -> Figure:
    people = _people(assessment)
    title = text("curves.reach-title", lang, name=study_title(assessment, lang))
    named, faint = _county_groups(assessment, people)
    others = text("curves.others", lang, count=len(faint)) if faint else ""
    said = text("curves.reach-note", lang, minutes=int(LONGEST_MIN))
    notes = [said + others, *small_print(assessment, lang, LAYERS)]
    drawn = page(title, notes, 3.35)
    several = len(named) + len(faint) != 1  # a single county is everybody
    wide = (drawn.width - 2.77) / 2 if several else drawn.width - 1.47
    zones = drawn.axes(0.42, 0.42, wide, 2.6)
    _prepare(zones, text("curves.zones", lang) if several else "", lang)
    zones.set_ylabel(text("curves.share-axis", lang), fontsize=7)
    if people.empty:
        nobody = text("curves.nobody", lang)
        zones.text(0.78, 0.5, nobody, transform=zones.transAxes, ha="center", fontsize=7, **PLAIN)
        return drawn.figure
    low, high = (_group("", people, WHOLE_LINE, f"response_{level}_min") for level in ("low", "high"))
    limits = np.arange(0.0, LONGEST_MIN + STEP_MIN / 2, STEP_MIN)
    slow, fast = (100 * share_within(each.minutes, each.residents, limits) for each in (low, high))
    zones.fill_between(limits, slow, fast, color="#d9d9d9", linewidth=0, zorder=1)
    groups = _zone_groups(people, lang)
    _draw_shares(zones, groups, limits)
    _mark_shares(zones, groups[0])
    if not several:
        return drawn.figure
    counties = drawn.axes(0.42 + wide + 1.3, 0.42, wide, 2.6)
    _prepare(counties, text("curves.counties", lang), lang)
    for group in faint:
        counties.plot(limits, 100 * share_within(group.minutes, group.residents, limits), color=FAINT, linewidth=0.6)
    _draw_shares(counties, named, limits)
    return drawn.figure


def _prepare(axes: Axes, title: str, lang: Lang) -> None:
    axes.set_title(title, fontsize=8, loc="left", pad=12, color=INK, parse_math=False)
    axes.set_xlim(0, LONGEST_MIN)
    axes.set_ylim(0, 100)
    axes.set_xticks(np.arange(0, LONGEST_MIN + 1, 10))
    axes.set_yticks(np.arange(0, 101, 20))
    axes.tick_params(labelsize=6.5, width=0.5, length=2.5)
    axes.set_xlabel(text("curves.minutes-axis", lang), fontsize=7)
    axes.grid(visible=True, color="#e3e3e3", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    for mark in MARKS_MIN:
        axes.axvline(mark, color="#555555", linewidth=0.8, linestyle=(0, (3, 2)), zorder=2)
        said = text("maps.minutes", lang, n=f"{mark:g}")
        axes.text(mark, 101, said, fontsize=6, ha="center", va="bottom", color="#333333", **PLAIN)


def _draw_shares(axes: Axes, groups: list[Group], limits: Floats) -> None:
    """The curves, each with its name at its right end, the names moved apart."""
    shares = [100 * share_within(group.minutes, group.residents, limits) for group in groups]
    for group, share in zip(groups, shares, strict=True):
        colour, kind = group.line
        width = 2.0 if group.line == WHOLE_LINE else 1.3
        axes.plot(limits, share, color=colour, linestyle=kind, linewidth=width, zorder=3, clip_on=False)
    places = spread([share[-1] for share in shares], 6.5, 3.0, 100.0)
    for group, share, place in zip(groups, shares, places, strict=True):
        colour = group.line[0]
        axes.plot([LONGEST_MIN, LONGEST_MIN * 1.04], [share[-1], place], color=colour, linewidth=0.5, clip_on=False)
        axes.text(
            LONGEST_MIN * 1.05,
            place,
            group.name,
            fontsize=6.5,
            va="center",
            color=_dark(colour),
            clip_on=False,
            **PLAIN,
        )


def _dark(colour: str) -> str:
    """A colour dark enough for small letters on white."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part * 0.62):02x}" for part in parts)


def _mark_shares(axes: Axes, group: Group) -> None:
    """The share of everybody at the marked minutes, written beside the curve."""
    marks = np.array(MARKS_MIN)
    shares = 100 * share_within(group.minutes, group.residents, marks)
    for mark, share in zip(marks, shares, strict=True):
        axes.plot([mark], [share], marker="o", markersize=3.5, color=INK, zorder=5)
        below = share > 6
        said = axes.annotate(
            f"{share:.1f}%", (mark, share), xytext=(4, -3 if below else 4), textcoords="offset points", fontsize=6.5,
            va="top" if below else "bottom", zorder=6, **PLAIN,
        )  # fmt: skip
        said.set_path_effects([withStroke(linewidth=2, foreground="white")])


def _lorenz_figure(assessment: Assessment, lang: Lang) -> Figure:
    people = _people(assessment)
    reached = people[np.isfinite(people["response_min"])]
    left_out = float(people["residents"].sum() - reached["residents"].sum())
    title = text("curves.lorenz-title", lang, name=study_title(assessment, lang))
    notes = [text("curves.lorenz-note", lang, left_out=whole(left_out))]
    drawn = page(title, [*notes, *small_print(assessment, lang, LAYERS)], 3.5)
    axes = drawn.axes(0.45, 0.42, 2.95, 2.95)
    axes.set_aspect("equal")
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.tick_params(labelsize=6.5, width=0.5, length=2.5)
    axes.grid(visible=True, color="#e3e3e3", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel(text("curves.lorenz-x", lang), fontsize=7)
    axes.set_ylabel(text("curves.lorenz-y", lang), fontsize=7)
    axes.plot([0, 100], [0, 100], color=FAINT, linewidth=1.0)
    axes.text(
        45.5, 50.5, text("curves.equality", lang), fontsize=6.5, rotation=45, ha="center", va="center",
        color="#555555", **PLAIN,
    )  # fmt: skip
    if reached.empty:
        axes.text(50, 25, text("curves.nobody", lang), ha="center", fontsize=8, **PLAIN)
        return drawn.figure
    groups = _zone_groups(reached, lang)
    for place, group in enumerate(groups):
        heads, held = lorenz(group.minutes, group.residents)
        colour, kind = group.line
        axes.plot(100 * heads, 100 * held, color=colour, linestyle=kind, linewidth=2.0 if place == 0 else 1.3)
    _measures(drawn, groups, reached, lang)
    return drawn.figure


def _measures(drawn: Page, groups: list[Group], reached: pd.DataFrame, lang: Lang) -> None:
    """Beside the curve: the key, and the measures of each group."""
    wide, tall = drawn.width - 3.75, 2.95
    axes = drawn.axes(3.7, 0.42, wide, tall)
    axes.set_axis_off()
    axes.set_xlim(0, wide)
    axes.set_ylim(0, tall)
    columns = (wide - 1.1, wide - 0.55, wide - 0.03)
    up = tall - 0.1
    for at, code in zip(columns, ("curves.mean", "curves.gini", "curves.palma"), strict=True):
        axes.text(at, up, text(code, lang), fontsize=7, ha="right", va="center", color="#333333", **PLAIN)
    axes.plot([0, wide], [up - 0.14, up - 0.14], color=INK, linewidth=0.6)
    for group in groups:
        up -= 0.28
        colour, kind = group.line
        axes.plot([0, 0.26], [up, up], color=colour, linestyle=kind, linewidth=2.0 if group.line == WHOLE_LINE else 1.3)
        axes.text(0.32, up, group.name, fontsize=7, va="center", **PLAIN)
        mean = float(np.average(group.minutes, weights=group.residents))
        values = (
            f"{mean:.1f}",
            f"{gini(group.minutes, group.residents):.3f}",
            f"{palma(group.minutes, group.residents):.2f}",
        )
        for at, value in zip(columns, values, strict=True):
            axes.text(at, up, value, fontsize=7, ha="right", va="center", **PLAIN)
    axes.plot([0, wide], [up - 0.14, up - 0.14], color=INK, linewidth=0.6)
    _theil_lines(axes, up - 0.36, wide, groups, reached, lang)


def _theil_lines(axes: Axes, up: float, wide: float, groups: list[Group], reached: pd.DataFrame, lang: Lang) -> None:
    """Theil's T and how much of it lies between counties, and between the main urban area and the townships."""
    minutes, residents = groups[0].minutes, groups[0].residents
    by_county = theil(minutes, residents, reached["county"].to_numpy(dtype=object))
    lines = [(text("curves.theil", lang), f"{by_county.total:.3f}")]
    split = [("curves.theil-counties", by_county)] if reached["county"].nunique() > 1 else []
    if len(groups) > 1:
        split.append(("curves.theil-zones", theil(minutes, residents, reached["zone"].to_numpy(dtype=object))))
    for code, parts in split:
        share = parts.between / parts.total if parts.total > 0 else 0.0
        lines.append((text(code, lang), f"{parts.between:.3f} ({share:.0%})"))
    for label, value in lines:
        axes.text(0, up, label, fontsize=7, va="center", **PLAIN)
        axes.text(wide - 0.03, up, value, fontsize=7, ha="right", va="center", **PLAIN)
        up -= 0.22
    for line in text("curves.how-to-read", lang).split("\n"):
        up -= 0.15
        axes.text(0, up, line, fontsize=6, va="center", color="#444444", **PLAIN)
