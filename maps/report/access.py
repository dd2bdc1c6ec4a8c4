"""Tables of a report about catchments and equity: what is within reach, and how unequally people wait, by county."""

from __future__ import annotations

import math

import pandas as pd

from ...coverage.access import Service
from ...coverage.results import Assessment
from ...texts import Lang, text
from ..access_words import access_heading
from ..tables import heading
from ..words import area_text, joint, study_title, whole
from .blocks import Block, Cell, Column, Paragraph, Table

LEVELS = ("city", "zone", "county")
DASH = "–"
EQUITY = (("mean_min", 1), ("mean_ratio", 2), ("gini", 3), ("palma", 2), ("theil", 3), ("theil_share_percent", 1))


def access_blocks(assessment: Assessment, lang: Lang) -> tuple[Block, ...]:
    """The section's blocks: an introduction, a table for each service with what must be known of it, and equity; empty
    where the assessment has no access."""
    access = assessment.access
    if access is None:
        return ()
    found: list[Block] = [Paragraph(text("access.report-intro", lang))]
    for service in access.services:
        found += [access_table(assessment, service, lang), Paragraph(_said(service, lang), "note")]
    if access.absent:
        names = joint(lang).join(text(f"access.{key}", lang) for key in access.absent)
        found.append(Paragraph(text("access.absent", lang, what=names), "note"))
    return (*found, Paragraph(text("equity.report-intro", lang)), equity_table(assessment, lang))


def access_table(assessment: Assessment, service: Service, lang: Lang) -> Table:
    """What stands in the city, its zones and counties, and what is within reach of their residents, for one service."""
    assert assessment.access is not None
    rows = _rows(assessment.access.table)
    ratio = f"{service.stem}_ratio_per_{service.per}"
    columns = (
        (f"{service.stem}_total", 0),
        (ratio, 2),
        (service.column, 2),
        (f"{service.stem}_none_percent", 1),
        (f"{service.stem}_gini", 3),
    )
    caption = text("access.report-caption", lang, name=study_title(assessment, lang), what=_what(service, lang))
    return _table(rows, columns, caption, lang)


def equity_table(assessment: Assessment, lang: Lang) -> Table:
    """How long and how unequally residents wait: city, zones and counties."""
    assert assessment.access is not None
    caption = text("equity.title", lang, name=study_title(assessment, lang))
    return _table(_rows(assessment.access.equity), EQUITY, caption, lang)


def _rows(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["level"].isin(LEVELS)]


def _table(rows: pd.DataFrame, columns: tuple[tuple[str, int], ...], caption: str, lang: Lang) -> Table:
    heads = [Column(heading("unit", lang), 1.4), Column(heading("residents", lang), 1.2, numeric=True)]
    heads += [Column(_head(name, lang), 1.2, numeric=True) for name, _ in columns]
    cells = [
        (
            Cell(area_text(str(row["level"]), str(row["unit"]), lang), "strong" if row["level"] == "city" else ""),
            Cell(whole(row["residents"])),
            *(Cell(_number(row[name], digits)) for name, digits in columns),
        )
        for row in rows.to_dict("records")
    ]
    return Table(tuple(heads), tuple(cells), caption)


def _head(name: str, lang: Lang) -> str:
    return access_heading(name, lang) or heading(name, lang)


def _number(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}" if math.isfinite(value) else DASH


def _what(service: Service, lang: Lang) -> str:
    return text(f"access.supply-{service.stem.replace('_', '-')}", lang)


def _said(service: Service, lang: Lang) -> str:
    said = joint(lang).join(note.text(lang) for note in service.notes)
    return said[:1].upper() + said[1:] + ("。" if lang == "zh" else ".")
