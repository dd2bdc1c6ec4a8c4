"""Numbers and angles as people type them: full-width digits, thousands separators, degrees with minutes and seconds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from ..errors import Findings

MOST_REPORTED = 20
PLAIN = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
GROUPED = r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?"
COMMA_DECIMAL = re.compile(r"[+-]?[0-9]+,[0-9]+")
COUNTERS = r"\s*(?:张|辆|台|个|人|名|床)$"
SEXAGESIMAL = re.compile(
    r"(?P<before>[NSEW]|北纬|南纬|东经|西经)?\s*(?P<sign>[+-])?(?P<deg>[0-9]{1,3}(?:\.[0-9]+)?)\s*(?:°|º|度|\s)\s*"
    r"(?:(?P<min>[0-9]{1,2}(?:\.[0-9]+)?)\s*(?:'|分)\s*(?:(?P<sec>[0-9]{1,2}(?:\.[0-9]+)?)\s*(?:\"|''|秒)\s*)?)?"
    r"(?P<after>[NSEW])?",
    re.IGNORECASE,
)
SAME_SIGNS = str.maketrans({"−": "-", "–": "-", "′": "'", "’": "'", "‘": "'", "″": '"', "“": '"', "”": '"', "，": ","})


def report(
    findings: Findings,
    code: str,
    places: Sequence[tuple[int, object]],
    *,
    column: str | None = None,
    level: Literal["error", "warning"] = "error",
    each: Sequence[Mapping[str, object]] = (),
    **params: object,
) -> None:
    """Records one problem per (row, value), at most 20, and how many more there are.

    ``params`` fill the message of all of them, ``each`` (as long as ``places``) that of one.
    """
    record = findings.error if level == "error" else findings.warn
    own = each or [{}] * len(places)
    for (row, value), details in zip(places[:MOST_REPORTED], own, strict=False):
        record(code, row=row, column=column, value=value, **params, **details)
    if len(places) > MOST_REPORTED:
        record("table.more", column=column, count=len(places) - MOST_REPORTED)


def number(series: pd.Series[str], findings: Findings, column: str) -> pd.Series[float]:
    """Texts as numbers; blanks give NaN, and so does what is no finite number, which is an error in ``findings``.

    Read are full-width digits, ``12,345`` (thousands) and a counting word at the end (300张). A decimal comma, ``inf``
    and ``nan`` are errors: guessing would change values without a word.
    """
    texts = _plain(series).str.replace(COUNTERS, "", regex=True)
    return _checked(_decimal(texts), series, texts, findings, column)


def degrees(series: pd.Series[str], findings: Findings, column: str) -> pd.Series[float]:
    """Texts as angles in degrees: ``22.6367``, ``22°38'12"N``, ``东经110°09′``; else as :func:`number`."""
    texts = _plain(series)
    values = _decimal(texts)
    odd = values.isna() & (texts != "")
    values[odd] = texts[odd].map(_sexagesimal).astype(float)
    return _checked(values, series, texts, findings, column)


def _plain(series: pd.Series[str]) -> pd.Series[str]:
    """Full-width forms as ASCII; only cells with other than ASCII characters need work."""
    texts = series.fillna("").astype(str)
    odd = ~texts.map(str.isascii).astype(bool)
    texts[odd] = texts[odd].map(lambda text: unicodedata.normalize("NFKC", text.translate(SAME_SIGNS)))
    return texts.str.strip()


def _decimal(texts: pd.Series[str]) -> pd.Series[float]:
    grouped = texts.str.fullmatch(GROUPED)
    texts = texts.where(~grouped, texts.str.replace(",", "", regex=False))
    plain = texts.str.fullmatch(PLAIN).to_numpy(bool)
    values = np.full(len(texts), np.nan)
    values[plain] = texts[plain].to_numpy(object).astype(float)
    return pd.Series(values, index=texts.index)


def _sexagesimal(text: str) -> float:
    """Degrees, minutes, seconds as one number; NaN for anything else, or where minutes or seconds reach 60."""
    match = SEXAGESIMAL.fullmatch(text)
    if match is None:
        return np.nan
    minutes, seconds = float(match["min"] or 0), float(match["sec"] or 0)
    if minutes >= 60 or seconds >= 60 or (match["before"] and match["after"]):
        return np.nan
    side = (match["before"] or match["after"] or "").upper()
    negative = (match["sign"] == "-") != (side in {"S", "W", "南纬", "西经"})
    value = float(match["deg"]) + minutes / 60 + seconds / 3600
    return -value if negative else value


def _checked(
    values: pd.Series[float], series: pd.Series[str], texts: pd.Series[str], findings: Findings, column: str
) -> pd.Series[float]:
    bad = ~np.isfinite(values) & (texts != "")
    commas = bad & texts.str.fullmatch(COMMA_DECIMAL.pattern)
    report(findings, "table.decimal-comma", places_of(series[commas]), column=column)
    report(findings, "table.not-a-number", places_of(series[bad & ~commas]), column=column)
    return pd.Series(np.where(bad, np.nan, values), index=series.index, name=series.name)


def places_of(series: pd.Series[str]) -> list[tuple[int, object]]:
    """(row, value) of each cell, as :func:`report` takes them."""
    return [(int(row), value) for row, value in series.items()]  # type: ignore[call-overload]
