"""A comparison of scenarios for a terminal of 100 columns: the ranking, the answer to one question, any two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ...errors import Problem
from ...scenarios.between import Difference
from ...scenarios.compare import BASELINE, FRONTS, Comparison
from ...scenarios.sweeps import JOIN
from ...texts import Lang, text
from ..tables import heading
from ..words import area_text, plain, whole
from .names import apart
from .study import ComparedStudy
from .tables import area_name, lacks_text, scenario_text, status_text

WIDTH = 100
MOST_TURNED, MOST_PLACES, MOST_REFUSED = 12, 4, 10
COUNTY_COLUMNS = ("residents", "gained_15", "lost_15", "gained_30", "lost_30", "mean_min", "mean_change_min")
ALWAYS = ("gained_15", "gained_30", "mean_change_min", "turned")
IF_ANY = ("cost", "lost_15", "lost_30", "unreachable")
STAR = " ★"
NO_MEAN = "—"
Row = dict[str, Any]


def terminal_comparison(comparison: Comparison, lang: Lang, *, top: int, width: int = WIDTH) -> Table:
    """The best scenarios, a line each, ``width`` columns wide; those on a Pareto front have a star. Parts of names that
    all of them share are said above the table."""
    table = _table(width)
    shown = _columns(comparison)
    for name in shown:
        _add(table, name, lang, stretch=name == "scenario")
    turned = _turned_counts(comparison)
    best_rows = comparison.table.head(top)
    today = comparison.table[comparison.table["scenario"] == BASELINE]
    rows = best_rows if today.index.isin(best_rows.index).all() else pd.concat([best_rows, today])
    named_rows = [row for row in _rows(rows) if row["scenario"] != BASELINE]
    shared, left = apart([scenario_text(str(row["scenario"]), lang) for row in named_rows])
    short = {(row["folder"], row["key"]): name for row, name in zip(named_rows, left, strict=True)}
    if shared:
        table.title = Text(text("compare.shared", lang, parts=JOIN.join(shared)), overflow="fold")
        table.title_justify = "left"
        table.title_style = ""
    for row in _rows(rows):
        cells = {name: _cell(name, row, turned, lang) for name in shown}
        cells["scenario"] = short.get((row["folder"], row["key"]), cells["scenario"])
        table.add_row(*(Text(cell) for cell in cells.values()), style=_style(row))
    return table


def _columns(comparison: Comparison) -> list[str]:
    """What is never anything but zero has no column."""
    table = comparison.table
    shown = {name for name in IF_ANY if (table[name].fillna(0.0) != 0).any()}
    measure = comparison.measure
    plain_measure = measure not in (*ALWAYS, *IF_ANY, "met", "turned_met", "turned_not_met", "opened")
    extra = [measure] if plain_measure else [name for name in ("met", "opened") if name == measure]
    losses = bool({"lost_15", "lost_30"} & shown)
    if measure.startswith("net") and losses:
        order: tuple[str, ...] = ("cost", "net_15", "net_30", "mean_change_min", "unreachable", "turned")
        shown |= {"net_15", "net_30"}
    else:
        extra = [] if measure.startswith("net") else extra  # without losses the same as those gained
        usual = ("gained_15", "lost_15", "gained_30", "lost_30", "mean_change_min")
        order = tuple(dict.fromkeys(("cost", *usual, *extra, "unreachable", "turned")))
    drawn = ["drawn"] if comparison.draws else []
    return ["rank", *drawn, "scenario", *(name for name in order if name in shown or name in ALWAYS or name in extra)]


def _style(row: Row) -> str:
    return "dim" if row["error"] else "bold" if row["scenario"] == BASELINE else ""


def _cell(name: str, row: Row, turned: dict[tuple[str, str], tuple[int, int, int]], lang: Lang) -> str:
    if name == "scenario":
        return scenario_text(str(row["scenario"]), lang)
    if row["error"]:
        return text("compare.refused-short", lang) if name == "rank" else ""
    if name == "rank":
        return whole(row["rank"]) + (STAR if any(row[f"front_{front}"] for front in FRONTS) else "")
    if name == "drawn":
        return _range(row["rank_low"], row["rank_high"])
    if name == "turned":
        return _turned_cell(turned.get((row["folder"], row["key"]), (0, 0, 0)))
    return figure(name, row[name])


def figure(name: str, value: float) -> str:
    """A measure as it is printed: people whole, minutes with two decimals, gains and losses with their sign."""
    if value is None or math.isnan(value):
        return NO_MEAN if name.endswith("_min") else ""
    if name.startswith("gained"):
        return f"+{whole(value)}" if round(value) else "0"
    if name.startswith("lost"):
        return f"−{whole(value)}" if round(value) else "0"
    if name.startswith("net"):
        return f"{round(value):+,}".replace("-", "−") if round(value) else "0"
    if name == "mean_change_min":
        return signed(value)
    if name.endswith("_min"):
        return "∞" if math.isinf(value) else f"{value:.2f}"
    if name.startswith("share"):
        return f"{value:.1%}"
    return f"{value:,.10g}" if name == "cost" else whole(value)


def signed(change: float) -> str:
    """A change in minutes with its sign; one that rounds to nothing has none."""
    if not math.isfinite(change):
        return NO_MEAN
    return f"{change:+.2f}".replace("-", "−") if round(change, 2) else "0.00"


def _range(low: float, high: float) -> str:
    """The ranks between which nine draws of ten lie."""
    return "" if math.isnan(low) else whole(low) if low == high else f"{whole(low)}–{whole(high)}"


def _turned_cell(counts: tuple[int, int, int]) -> str:
    signs = [f"{sign}{count}" for sign, count in zip(("✓", "✕", "?"), counts, strict=True) if count]
    return " ".join(signs) or "–"


def _turned_counts(comparison: Comparison) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Per scenario how many verdicts became met, not met, and impossible to tell."""
    if comparison.turned.empty:
        return {}
    counts = comparison.turned.groupby(["folder", "key"])["status"].value_counts().unstack(fill_value=0)
    counts = counts.reindex(columns=["met", "not met", "cannot tell"], fill_value=0)
    return {key: (int(a), int(b), int(c)) for key, (a, b, c) in zip(counts.index, counts.to_numpy(), strict=True)}


def terminal_notes(comparison: Comparison, lang: Lang, *, top: int) -> list[Text]:
    """What the table does not say by itself: the measure, what the signs mean, how many change nothing, or failed."""
    table = comparison.table
    others = table[table["scenario"] != BASELINE]
    refused = others["error"] != ""
    same = int((~others["differs"] & ~refused).sum())
    unit = comparison.unit or text("compare.whole", lang)
    lines = [Text(text("compare.ranked", lang, measure=heading(comparison.measure, lang), unit=unit))]
    if len(table) > top:
        lines.append(Text(text("compare.more", lang, count=len(table) - top)))
    price = text("compare.by-cost" if comparison.by_cost else "compare.by-stations", lang)
    if any(others[f"front_{name}"].any() for name in FRONTS):
        lines.append(Text(text("compare.star", lang, price=price)))
    if comparison.by_cost and others.loc[~refused, "cost"].isna().any():
        lines.append(Text(text("compare.costless", lang)))
    if comparison.draws:
        numbers = {"draws": comparison.draws, "changes": comparison.first_changes}
        lines.append(Text(text("compare.draws", lang, **numbers)))
    if len(comparison.turned):
        lines.append(Text(text("compare.signs", lang)))
    if same:
        code = "compare.all-same" if same == len(others) else "compare.same"
        lines.append(Text(text(code, lang, count=same), style="yellow"))
    if refused.any():
        lines.append(Text(text("compare.refused-count", lang, count=int(refused.sum())), style="yellow"))
    return lines


def terminal_answer(comparison: Comparison, study: ComparedStudy, lang: Lang) -> list[RenderableType]:
    """The answer to one question: what the only scenario gains, loses, costs and turns, and each county's share in it.

    Empty where the comparison holds another number of scenarios than one, or that one was refused.
    """
    row = only(comparison)
    if row is None:
        return []
    base = comparison.baseline
    lines: list[RenderableType] = [Text(scenario_text(row["scenario"], lang), style="bold")]
    if not row["differs"]:
        return [*lines, Text(text("compare.no-change", lang), style="yellow")]
    if row["mean_change_min"] == 0 and not any(row[name] for name in ("gained_15", "lost_15", "gained_30", "lost_30")):
        lines.append(Text(text("compare.no-times", lang), style="yellow"))
    for limit in (15, 30):
        before = math.nan if base is None else float(base[f"within_{limit}"])
        params = {
            **{name: whole(row[f"{name}_{limit}"]) for name in ("gained", "lost", "within")},
            "before": whole(before) if math.isfinite(before) else "?",
            "share": figure("share", row[f"share_{limit}"]) or NO_MEAN,
        }
        lines.append(Text(text("compare.answer-within", lang, minutes=limit, **params)))
    lines.append(Text(_mean_line(row, base, lang)))
    lines += _drawn_lines(comparison, row, lang)
    if row["unreachable"]:
        lines.append(Text(text("compare.answer-unreachable", lang, count=whole(row["unreachable"])), style="yellow"))
    if not math.isnan(row["cost"]):
        lines.append(Text(text("compare.answer-cost", lang, cost=figure("cost", row["cost"]))))
    lines += terminal_turned(comparison, row, study, lang)
    lines += _place_lines(comparison, row, lang)
    lines.append(terminal_areas(comparison, row, lang))
    return lines


def only(comparison: Comparison) -> Row | None:
    """The one scenario besides the study as it is; None where there are none, several, or it was refused."""
    table = comparison.table[comparison.table["scenario"] != BASELINE]
    return _rows(table)[0] if len(table) == 1 and not table["error"].iloc[0] else None


def _mean_line(row: Row, base: pd.Series | None, lang: Lang) -> str:
    before = math.nan if base is None else float(base["mean_min"])
    means = {"before": figure("mean_min", before), "now": figure("mean_min", row["mean_min"])}
    minutes = {**means, "change": signed(row["mean_change_min"])}
    return text("compare.answer-mean", lang, **minutes)


def terminal_turned(comparison: Comparison, row: Row, study: ComparedStudy, lang: Lang) -> list[Text]:
    """Which rules a scenario turns, a line each."""
    turned = _own(comparison.turned, row)
    if turned.empty:
        return [Text(text("compare.turned-none", lang))]
    lines = [Text(text("compare.turned", lang, count=len(turned)))]
    for verdict in _rows(turned.head(MOST_TURNED)):
        share = verdict.get("holds_share", math.nan)
        before = study.status.get((verdict["plan"], verdict["rule"], verdict["unit"], verdict["subject"]), "")
        params = {
            "rule": plain(verdict["rule"]),
            "title": study.rule_title(verdict["plan"], verdict["rule"], lang),
            "unit": unit_text(verdict["unit"], lang),
            "before": status_text(before, lang) or "?",
            "now": status_text(verdict["status"], lang),
            "holds": "" if math.isnan(share) else text("compare.turned-holds", lang, share=f"{share:.0%}"),
        }
        lines.append(Text(text("compare.turned-line", lang, **params), overflow="ellipsis", no_wrap=True))
        if before in ("met", "not met") and _unstated(comparison, verdict, row, study):
            lines.append(Text(text("compare.turned-ambulances", lang)))
        elif lacks := lacks_text(verdict.get("would_settle"), lang):
            lines.append(Text(text("compare.turned-lacks", lang, lacks=lacks), overflow="ellipsis", no_wrap=True))
    if len(turned) > MOST_TURNED:
        lines.append(Text(text("compare.turned-more", lang, count=len(turned) - MOST_TURNED)))
    return lines


def _unstated(comparison: Comparison, verdict: Row, row: Row, study: ComparedStudy) -> bool:
    """Whether a verdict can no longer be told because a station is opened whose ambulances nobody stated."""
    if verdict["status"] != "cannot tell" or (verdict["plan"], verdict["rule"]) not in study.of_ambulances:
        return False
    base = comparison.baseline
    stated = base is not None and row["opened"] == 1 and row["ambulances"] > base["ambulances"]
    return bool(row["opened"] > 0 and not stated)


def unit_text(unit: str, lang: Lang) -> str:
    """A verdict's unit; zones in words."""
    return area_text("zone", str(unit), lang)


def _drawn_lines(comparison: Comparison, row: Row, lang: Lang) -> list[Text]:
    """Between which figures nine draws of ten lie, where worlds were drawn."""
    drawn = _own(comparison.drawn, row)
    if not comparison.draws or drawn.empty:
        return []
    ends: dict[str, object] = {"draws": comparison.draws}
    for name in ("net_15", "net_30", "mean_change_min"):
        low, high = drawn[name].quantile([0.05, 0.95], interpolation="lower")
        ends |= {f"{name}_low": figure(name, float(low)), f"{name}_high": figure(name, float(high))}
    return [Text(text("compare.answer-draws", lang, **ends))]


def _place_lines(comparison: Comparison, row: Row, lang: Lang) -> list[Text]:
    places = _own(comparison.places, row)
    if places.empty:
        return []
    faster = places["minutes_after"] < places["minutes_before"]
    lines = []
    for code, part in (("compare.places-win", places[faster]), ("compare.places-lose", places[~faster])):
        if len(part):
            said = "; ".join(_place(place) for place in _rows(part.head(MOST_PLACES)))
            lines.append(Text(f"{text(code, lang)} {said}"))
    return lines


def _place(place: Row) -> str:
    minutes = [
        NO_MEAN if math.isnan(place[name]) else "∞" if math.isinf(place[name]) else f"{place[name]:.1f}"
        for name in ("minutes_before", "minutes_after")
    ]
    return f"{plain(place['place'], longest=40)} {minutes[0]} → {minutes[1]}"


def terminal_areas(comparison: Comparison, row: Row, lang: Lang, width: int = WIDTH) -> Table:
    """What a scenario gains and loses in each zone and county."""
    table = _table(width)
    _add(table, "unit", lang, stretch=True)
    for name in COUNTY_COLUMNS:
        _add(table, name, lang)
    areas = _own(comparison.areas, row)
    for area in _rows(areas[areas["level"] != "city"]):
        name = area_text(str(area["level"]), str(area["unit"]), lang)
        table.add_row(Text(name), *(Text(figure(column, area[column])) for column in COUNTY_COLUMNS))
    return table


def best(comparison: Comparison) -> Row | None:
    """The scenario that ranks first, if it is better or worse than today at all; None where nothing is."""
    table = comparison.table
    table = table[(table["scenario"] != BASELINE) & (table["error"] == "") & table["differs"]]
    return _rows(table.head(1))[0] if len(table) else None


def terminal_best(comparison: Comparison, row: Row, study: ComparedStudy, lang: Lang) -> list[RenderableType]:
    """What the best scenario turns, and what it does in each county."""
    name = Text(text("compare.turned-best", lang, name=scenario_text(row["scenario"], lang)), style="bold")
    return [name, *terminal_turned(comparison, row, study, lang), terminal_areas(comparison, row, lang)]


def named(word: str) -> str:
    """The name of a scenario as the results have it: the study as it is may be called what it is called on screen."""
    today = {text("compare.baseline", "zh"), text("compare.baseline", "en")}
    return BASELINE if word in today else word


def terminal_difference(difference: Difference, lang: Lang, width: int = WIDTH) -> list[RenderableType]:
    """Two scenarios against each other, a line for each county; or that there is no difference."""
    names = {"first": scenario_text(difference.first, lang), "second": scenario_text(difference.second, lang)}
    if difference.none:
        return [Text(text("compare.no-difference", lang, **names), style="yellow")]
    table = _table(width)
    columns = ("residents", "gained_15", "lost_15", "gained_30", "lost_30", "mean_change_min")
    _add(table, "unit", lang, stretch=True)
    for name in columns:
        _add(table, name, lang)
    for row in _rows(difference.areas):
        table.add_row(Text(area_name(row["unit"], lang)), *(Text(figure(name, row[name])) for name in columns))
    lines: list[RenderableType] = [Text(text("compare.difference", lang, **names), style="bold"), table]
    if difference.new_places:
        lines.append(Text(text("compare.new-places", lang, count=difference.new_places), style="yellow"))
    return lines


def refused_problems(comparison: Comparison) -> tuple[Problem, ...]:
    """The first of the scenarios that could not be applied, with their reasons, as warnings."""
    refused = comparison.table[comparison.table["error"] != ""].head(MOST_REFUSED)
    return tuple(
        Problem("compare.was-refused", value=row["scenario"], params={"reason": row["error"]}, level="warning")
        for row in _rows(refused)
    )


def _table(width: int) -> Table:
    return Table(box=SIMPLE_HEAD, width=width, pad_edge=False, padding=(0, 1, 0, 0))


def _add(table: Table, name: str, lang: Lang, *, stretch: bool = False) -> None:
    said = Text(text(f"compare.col-{name}", lang), overflow="fold")
    if stretch:
        table.add_column(said, ratio=1, overflow="fold")
    else:
        table.add_column(said, justify="right", no_wrap=True)


def _own(frame: pd.DataFrame, row: Row) -> pd.DataFrame:
    if frame.empty:
        return frame
    own: pd.DataFrame = frame[(frame["key"] == row["key"]) & (frame["folder"] == row["folder"])]
    return own


def _rows(frame: pd.DataFrame) -> Sequence[Row]:
    return frame.astype(object).to_dict("records")  # type: ignore[return-value]
