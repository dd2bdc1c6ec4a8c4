"""A comparison of scenarios as files: CSV, Excel, Parquet."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from ...files import atomic
from ...scenarios.between import Difference
from ...scenarios.compare import BASELINE, FRONTS, Comparison, labels_of
from ...scenarios.sweeps import CANDIDATE_LABELS, PARAMETERS
from ...texts import Lang, text
from ..tables import heading, write_frame
from ..words import area_text, coded, plain
from ..workbook import add_dictionary, add_frame, colour_status, new_workbook, save_workbook
from .study import ComparedStudy

KNOWN_LABELS = (*CANDIDATE_LABELS, "baseline", "growth", "closure", "flood", "period", *PARAMETERS)
ALSO_MEASURES = ("ambulances", "residents")  # a parameter of a sweep, and a column of its own
LONGEST_LACKS = 400
HIDDEN = ["key", "labels", "folder"]
FIRST = ("rank", "rank_low", "rank_high", "first_share", "scenario", "group")
AFTER_LABELS = (
    "cost",
    "opened",
    "closed",
    "net_15",
    "net_30",
    "gained_15",
    "lost_15",
    "gained_30",
    "lost_30",
    "mean_change_min",
    "mean_min",
    "p90_min",
    "longest_min",
    "within_15",
    "within_30",
    "share_15",
    "share_30",
    "unreachable",
    "residents",
    "stations",
    "ambulances",
    "met",
    "turned_met",
    "turned_not_met",
    "differs",
    *(f"front_{name}" for name in FRONTS),
)
MOST_SHEET_ROWS = 20_000  # of a sheet; the CSV and Parquet files hold all


def write_comparison(
    comparison: Comparison, folder: Path, lang: Lang, study: ComparedStudy | None = None
) -> tuple[Path, ...]:
    """Writes ``comparison.csv``, ``.xlsx`` and ``.parquet`` into ``folder``, each whole or not at all.

    The workbook has a sheet each for the scenarios, their areas, the verdicts that turned and the places that win and
    lose, best scenario first; at most :data:`MOST_SHEET_ROWS` rows a sheet.
    """
    frames = frames_of(comparison, lang, study or ComparedStudy())
    csv, excel, parquet = (folder / f"comparison.{ending}" for ending in ("csv", "xlsx", "parquet"))
    write_frame(frames["scenarios"], csv, lang)
    _write_book({name: frame.head(MOST_SHEET_ROWS) for name, frame in frames.items()}, excel, lang)
    with atomic(parquet) as temporary:
        table = comparison.table
        # The name of the only folder says nothing, and a run that is reproduced elsewhere gives the same file.
        (table if table["folder"].nunique() > 1 else table.drop(columns="folder")).to_parquet(temporary, index=False)
    return csv, excel, parquet


def write_difference(difference: Difference, folder: Path, lang: Lang) -> tuple[Path, ...]:
    """Writes ``difference.csv`` (areas), ``.xlsx`` (areas, places) and ``.parquet`` (areas) into ``folder``."""
    names = {"first": scenario_text(difference.first, lang), "second": scenario_text(difference.second, lang)}
    areas = difference.areas.assign(unit=[area_name(unit, lang) for unit in difference.areas["unit"]])
    frames = {"difference": areas.assign(**names), "difference_places": difference.places.assign(**names)}
    csv, excel, parquet = (folder / f"difference.{ending}" for ending in ("csv", "xlsx", "parquet"))
    write_frame(frames["difference"], csv, lang)
    _write_book({name: frame.head(MOST_SHEET_ROWS) for name, frame in frames.items()}, excel, lang)
    with atomic(parquet) as temporary:
        difference.areas.assign(first=difference.first, second=difference.second).to_parquet(temporary, index=False)
    return csv, excel, parquet


def _write_book(frames: dict[str, pd.DataFrame], path: Path, lang: Lang) -> None:
    book = new_workbook()
    for name, frame in frames.items():
        sheet = add_frame(book, name, frame, lang)
        if "status" in frame:
            colour_status(sheet, list(frame.columns).index("status") + 1, lang)
    add_dictionary(book, frames, lang)
    save_workbook(book, path)


def frames_of(comparison: Comparison, lang: Lang, study: ComparedStudy) -> dict[str, pd.DataFrame]:
    """The sheets of a comparison, best scenario first on each: areas in words, labels as columns."""
    several = comparison.table["folder"].nunique() > 1
    hidden = [name for name in HIDDEN if not (several and name == "folder")]
    order = dict(zip(_keys(comparison.table), range(len(comparison.table)), strict=True))
    areas = comparison.areas[comparison.areas["error"] == ""].drop(columns="error")
    parts = {"areas": areas, "turned": comparison.turned, "places": comparison.places}
    sheets = {"scenarios": _in_words(_scenarios(comparison, hidden), lang)}
    for name, part in parts.items():
        frame = _in_words(_ordered(part, order).drop(columns=hidden, errors="ignore"), lang)
        sheets[name] = _with_titles(frame, study, lang) if name == "turned" else frame
    return sheets


def _scenarios(comparison: Comparison, hidden: list[str]) -> pd.DataFrame:
    table = comparison.table
    failed = (table["error"] != "").to_numpy()
    if failed.any():  # what could not be applied has no figures, not even a count of none
        known = [name for name in AFTER_LABELS if name in table and name != "cost"]
        table = table.assign(**{name: table[name].astype(object).where(~failed, None) for name in known})
    labels = labels_of(table)
    labels.columns = [_free(plain(name), table) for name in labels.columns]
    whole = table.drop(columns=[*hidden, "level", "unit"])
    first = [name for name in FIRST if name in whole]
    after = [name for name in AFTER_LABELS if name in whole]
    rest = [name for name in whole if name not in {*first, *after, "error"}]
    return pd.concat([whole[first], labels, whole[[*after, *rest, "error"]]], axis=1)


def _free(name: str, table: pd.DataFrame) -> str:
    """A label's name as a column that no other has."""
    return f"{name} *" if name in table else name


def _keys(frame: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(frame["folder"], frame["key"], strict=True))


def _ordered(frame: pd.DataFrame, order: dict[tuple[str, str], int]) -> pd.DataFrame:
    if frame.empty:
        return frame
    place = pd.Series([order.get(key, len(order)) for key in _keys(frame)], index=frame.index)
    return frame.loc[place.sort_values(kind="stable").index]


def _with_titles(frame: pd.DataFrame, study: ComparedStudy, lang: Lang) -> pd.DataFrame:
    """Turned verdicts with the titles of their rules and how they stood before."""
    if frame.empty:
        return frame
    lines = list(frame[["plan", "rule", "unit", "subject"]].itertuples(index=False, name=None))
    titles = [study.rule_title(plan, rule, lang) for plan, rule, _, _ in lines]
    before = [status_text(study.status.get(line, ""), lang) for line in lines]
    frame = frame.drop(columns="turned")
    if "would_settle" in frame:
        frame["would_settle"] = [lacks_text(said, lang) for said in frame["would_settle"]]
    frame.insert(list(frame.columns).index("unit"), "title", titles)
    frame.insert(list(frame.columns).index("status"), "status_before", before)
    return frame


def _in_words(frame: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    frame = frame.copy()
    if "level" in frame and "unit" in frame:
        pairs = zip(frame["level"], frame["unit"], strict=True)
        frame["unit"] = [area_text(str(level), str(unit), lang) for level, unit in pairs]
        frame["level"] = [coded("maps.level-", str(level), lang) for level in frame["level"]]
    if "scenario" in frame:
        frame["scenario"] = [scenario_text(str(name), lang) for name in frame["scenario"]]
    if "status" in frame:
        frame["status"] = [status_text(str(status), lang) for status in frame["status"]]
    return frame


def scenario_text(name: str, lang: Lang) -> str:
    """A scenario's name; the study as it is has one in each language."""
    return text("compare.baseline", lang) if name == BASELINE else plain(name)


def label_text(name: str, lang: Lang) -> str:
    """The name of a label: in words where it is one that is known, else as the user wrote it."""
    return heading(f"{name} *" if name in ALSO_MEASURES else name, lang) if name in KNOWN_LABELS else name


def label_value(name: str, value: str) -> str:
    """The value of a label; a parameter's without its name, which the label says already."""
    return value.removeprefix(f"{name} ") if name in PARAMETERS else value


def lacks_text(said: object, lang: Lang) -> str:
    """What a verdict lacks that can no longer be told; empty for any other."""
    return plain(json.loads(str(said))[lang], longest=LONGEST_LACKS) if isinstance(said, str) and said else ""


def status_text(status: str, lang: Lang) -> str:
    """A verdict's status in words; empty where there was no verdict."""
    return coded("verdict.", status.replace(" ", "-"), lang)


def area_name(unit: str, lang: Lang) -> str:
    """A unit of a difference; the whole study is the one without a name."""
    return plain(unit) or text("compare.whole", lang)
