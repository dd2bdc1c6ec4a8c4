"""A proposal as tables: the terminal's, CSV and one Excel workbook."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.table import Table
from rich.text import Text

from ...scenarios.proposals.proposal import Proposal, by_county, sites_of
from ...texts import Lang, text
from ..tables import heading, write_frame
from ..words import coded, joint, plain, target_text
from ..workbook import add_dictionary, add_frame, new_workbook, save_workbook
from .words import goal_name

SHOWN = (
    "area",
    "site_new",
    "site_total",
    "site_before",
    "site_after",
    "site_gained",
    "site_left",
    "site_mean_before",
    "site_mean_after",
)
MENU = ("site_loss", "site_without", "site_instead")
WORDS = ("area", "site_knee", "site_without", "site_instead", "site_sites")
PEOPLE = (
    "site_total",
    "site_before",
    "site_after",
    "site_gained",
    "site_left",
    "site_first",
    "site_newly",
    "site_load",
)


def frames_of(proposal: Proposal, lang: Lang) -> dict[str, pd.DataFrame]:
    """The tables by the name of their sheet, texts in ``lang``."""
    frames = {"site_counties": counties_frame(proposal, lang), "site_places": _places(proposal, lang)}
    if proposal.goals:
        frames["site_goals"] = _goals(proposal, lang)
    if proposal.answer.menu is not None:
        frames["site_menu"] = menu_frame(proposal, lang)
    if proposal.answer.curve is not None:
        frames["site_curve"] = curve_frame(proposal)
    return frames


def write_tables(proposal: Proposal, folder: Path, lang: Lang) -> tuple[Path, ...]:
    """Writes ``site.csv`` (a row per county) and ``site.xlsx`` (all tables), each whole or not at all."""
    frames = frames_of(proposal, lang)
    csv, excel = folder / "site.csv", folder / "site.xlsx"
    write_frame(frames["site_counties"], csv, lang)
    book = new_workbook()
    for name, frame in frames.items():
        add_frame(book, name, frame, lang)
    add_dictionary(book, frames, lang)
    save_workbook(book, excel)
    return csv, excel


def counties_frame(proposal: Proposal, lang: Lang) -> pd.DataFrame:
    """The table per county, the whole study first."""
    frame = by_county(proposal)
    frame["area"] = [plain(name) or text("site.map-whole", lang) for name in frame["area"]]
    for name in PEOPLE:
        if name in frame:
            frame[name] = frame[name].round(2)
    return frame


def _places(proposal: Proposal, lang: Lang) -> pd.DataFrame:
    frame = sites_of(proposal)
    if proposal.answer.siting.load is None:
        frame = frame.drop(columns="site_load")
    frame["site_what"] = [text(f"site.map-{what}", lang) for what in frame["site_what"]]
    return frame


def _goals(proposal: Proposal, lang: Lang) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "site_goal": [goal_name(goal, lang) for goal in proposal.goals],
            "site_goal_before": [goal.before for goal in proposal.goals],
            "site_goal_after": [goal.after for goal in proposal.goals],
            "site_target": [target_text(goal.target, lang) for goal in proposal.goals],
            "site_status": [coded("verdict.", goal.status, lang) for goal in proposal.goals],
            "site_miss": [goal.miss for goal in proposal.goals],
        }
    )
    if any(goal.conflict for goal in proposal.goals):
        frame["site_conflict"] = [text("maps.yes", lang) if goal.conflict else "" for goal in proposal.goals]
    return frame


def menu_frame(proposal: Proposal, lang: Lang) -> pd.DataFrame:
    """The near-optimal choices, the best first, and how each differs from it: what it does without, what it has
    instead."""
    menu = proposal.answer.menu
    assert menu is not None
    value, _, worth = _measure(proposal)
    rows = [
        {
            "site_choice": place,
            value: worth(one.value),
            "site_loss": 100.0 * one.loss,
            "site_without": _names(proposal, one.leaves, lang),
            "site_instead": _names(proposal, one.takes, lang),
            "site_sites": _names(proposal, one.new, lang),
        }
        for place, one in enumerate(menu.alternatives, start=1)
    ]
    return pd.DataFrame(rows, columns=["site_choice", value, *MENU, "site_sites"])


def curve_frame(proposal: Proposal) -> pd.DataFrame:
    """What each number of new sites is worth, and where the curve bends."""
    curve = proposal.answer.curve
    assert curve is not None
    value, bound, worth = _measure(proposal)
    return pd.DataFrame(
        {
            "site_new": curve.p.tolist(),
            value: [worth(one) for one in curve.values],
            bound: [worth(siting.bound) for siting in curve.sitings],
            "site_gap": [100.0 * siting.gap for siting in curve.sitings],
            "site_knee": [int(number) == curve.knee for number in curve.p],
        }
    )


def _measure(proposal: Proposal) -> tuple[str, str, Callable[[float], float]]:
    """Columns of a value and its bound, and how they are made of the model's: people, or a mean."""
    if proposal.asked.model != "mean":
        return "site_value", "site_bound", float
    counted = proposal.counted
    return "site_value_mean", "site_bound_mean", lambda value: value / counted


def _names(proposal: Proposal, rows: NDArray[np.int64], lang: Lang) -> str:
    """Sites by their rows: candidates, and stations that stand where these may be chosen anew."""
    return joint(lang).join(plain(name) for name in proposal.names(rows))


def terminal_counties(proposal: Proposal, lang: Lang, width: int = 100) -> Table:
    """The table per county for the terminal."""
    return _table(counties_frame(proposal, lang)[list(SHOWN)], lang, width)


def terminal_curve(proposal: Proposal, lang: Lang, width: int = 100) -> Table:
    """The curve for the terminal."""
    return _table(curve_frame(proposal), lang, width)


def terminal_menu(proposal: Proposal, lang: Lang, width: int = 100) -> Table:
    """How the near-optimal choices differ, for the terminal."""
    return _table(menu_frame(proposal, lang).drop(columns="site_sites"), lang, width)


def _table(frame: pd.DataFrame, lang: Lang, width: int) -> Table:
    table = Table(width=width, box=None, padding=(0, 1), header_style="bold")
    for name in frame.columns:
        numbers = name not in WORDS
        table.add_column(heading(str(name), lang), justify="right" if numbers else "left")
    for row in frame.itertuples(index=False, name=None):
        cells = zip(frame.columns, row, strict=True)
        table.add_row(*(Text(cell_text(str(name), value, lang)) for name, value in cells))
    return table


def cell_text(name: str, value: object, lang: Lang) -> str:
    """A figure as the terminal and the page show it."""
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return text("maps.yes", lang) if value else ""
    if not isinstance(value, int | float) or isinstance(value, str):
        return plain(value)
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞"
    if name in PEOPLE or name in ("site_new", "site_choice", "site_value", "site_bound"):
        return f"{value:+,.0f}" if name == "site_gained" else f"{value:,.0f}"
    return f"{value:.2f}"
