"""A report as the plain data that the template of the PDF reads: texts in pieces, measures in millimetres."""

from __future__ import annotations

import re
import struct
from itertools import zip_longest
from pathlib import Path
from typing import Any

from ...errors import InputError, Problem
from ...files import require_file
from ...texts import Lang, text
from ..palette import STATUS_COLOURS
from .blocks import Bullets, Cell, Column, Heading, PageBreak, Paragraph, Picture, Report, Section, Table
from .pdf_tables import INSET_MM, MM_PER_PT, TALLEST_ROW_MM, Layout, layouts, row_mm, signed, stands_whole
from .pdf_texts import Piece, Setter, code_of, unmarked

TEXT_MM, TALLEST_PICTURE_MM = 160.0, 200.0  # A4 less margins of 25 mm; a picture leaves room for its caption
BODY_PT = 10.5
HEADING_PT = (17.0, 12.5, 10.5)
TITLE_PT, SMALLER_TITLE_PT, TITLE_EM = 26.0, 18.0, 50.0
FACT_LABEL_MM, FACT_MM = 42.0, 114.0
CHAPTER_MM, RUNNING_GAP_MM, RUNNING_PT = 70.0, 8.0, 8.0
LONGEST_LEADING_EM = 160.0  # a paragraph up to some four lines stays with the table or picture after it
PNG = b"\x89PNG\r\n\x1a\n"

Data = dict[str, Any]
Names = dict[Path, str]
Layouts = dict[tuple[Column, ...], Layout]


def report_data(report: Report, setter: Setter) -> Data:
    """What ``report.json`` says; pictures are named in the order of :func:`pictures`."""
    names = {path: f"picture-{number}.png" for number, path in enumerate(pictures(report))}
    title_pt = TITLE_PT if setter.fonts.width_em(report.title) <= TITLE_EM else SMALLER_TITLE_PT
    tables = (block for section in report.sections for block in section.blocks if isinstance(block, Table))
    measures = layouts(tables, setter, TEXT_MM)
    data: Data = {
        "lang": report.lang,
        "fonts": list(setter.fonts.families),
        "tones": STATUS_COLOURS,
        "inset": INSET_MM,
        "words": {"contents": text("report-pdf.contents", report.lang)},
        "title": wide(report.title or "–", setter, title_pt),
        "title_text": unmarked(wide(report.title or "–", setter, title_pt)),
        "title_size": title_pt,
        "running": _running(report, setter),
        "subtitle": wide(report.subtitle, setter, 14.0),
        "facts": [
            [wide(label, setter, 9.5, FACT_LABEL_MM), wide(value, setter, 9.5, FACT_MM)]
            for label, value in report.facts
        ],
        "sections": [_section(section, setter, names, measures) for section in report.sections],
    }
    return {**data, "remark": remark(setter.missing, report.lang)}


def _running(report: Report, setter: Setter) -> list[list[str]]:
    """What stands above each page: title and chapter, for the pages before the first chapter and for each chapter."""
    running = " · ".join(part for part in (report.title, report.subtitle) if part)
    em_mm = RUNNING_PT * MM_PER_PT
    lines = []
    for name in ["", *(section.title for section in report.sections)]:
        chapter = setter.shortened(name, CHAPTER_MM / em_mm)
        room_em = (TEXT_MM - RUNNING_GAP_MM) / em_mm - setter.fonts.width_em(chapter)
        lines.append([setter.shortened(running, room_em), chapter])
    return lines


def pictures(report: Report) -> list[Path]:
    """The files of the pictures, each once, in the order of the report."""
    blocks = (block for section in report.sections for block in section.blocks)
    return list(dict.fromkeys(block.path for block in blocks if isinstance(block, Picture)))


def remark(missing: set[str], lang: Lang) -> str:
    """What the title page says of characters that no font has; empty if there are none."""
    if not missing:
        return ""
    return text("report-pdf.missing-characters", lang, n=len(missing), example=code_of(min(missing)))


def wide(content: str, setter: Setter, size_pt: float = BODY_PT, width_mm: float = TEXT_MM - 15) -> list[Piece]:
    """A text that stands in the whole width (or ``width_mm``) in type of ``size_pt``, in pieces."""
    return setter.pieces(content, width_mm / (size_pt * MM_PER_PT))


def _section(section: Section, setter: Setter, names: Names, measures: Layouts) -> Data:
    """A section's title and blocks; no heading lies two levels below the one before it, and none ends a page."""
    blocks: list[Data] = []
    level = 1
    new_page = isinstance(next(iter(section.blocks), None), PageBreak)
    left = section.blocks[int(new_page) :]
    for block, following in zip_longest(left, left[1:]):
        if isinstance(block, Heading):
            level = min(block.level, level + 1)
            words = wide(block.text, setter, HEADING_PT[level - 1])
            blocks.append({"kind": "heading", "level": level, "text": words})
        elif isinstance(block, Paragraph):
            short = setter.fonts.width_em(block.text) <= LONGEST_LEADING_EM
            sticky = short and isinstance(following, Picture | Table | Bullets)
            words = wide(block.text, setter)
            blocks.append({"kind": "paragraph", "style": block.kind, "sticky": sticky, "text": words})
        elif isinstance(block, Bullets):
            blocks.append({"kind": "bullets", "items": [wide(item, setter) for item in block.items]})
        elif isinstance(block, Table):
            blocks.append(_table(block, setter, measures[block.columns]))
        elif isinstance(block, Picture):
            blocks.append(_picture(block, setter, names[block.path]))
        else:
            blocks.append({"kind": "page-break"})
    return {"title": wide(section.title, setter, HEADING_PT[0]), "new_page": new_page, "blocks": blocks}


def _table(table: Table, setter: Setter, measures: Layout) -> Data:
    columns = [
        {
            "heading": setter.pieces(column.heading, measures.room_em(i)),
            "width": measures.widths_mm[i],
            "numeric": column.numeric,
        }
        for i, column in enumerate(table.columns)
    ]
    rows = [
        {
            "cells": [_cell(cell, setter, measures.room_em(i)) for i, cell in enumerate(row)],
            "breakable": row_mm([signed(cell) for cell in row], setter, measures) > TALLEST_ROW_MM,
        }
        for row in table.rows
    ]
    caption = wide(table.caption, setter, 8.5)
    return {"kind": "table", "size": measures.size_pt, "columns": columns, "rows": rows, "caption": caption,
            "whole": stands_whole(table, setter, measures)}  # fmt: skip


def _cell(cell: Cell, setter: Setter, room_em: float) -> Data:
    """A cell's text, of a verdict its first words strong, up to what a colon, a semicolon or a bracket adds."""
    said = signed(cell)
    end = re.search(r"[:：;；(（]", said)
    strong = said if cell.tone == "strong" or not end else said[: end.start()]
    first, rest = (strong, said[len(strong) :]) if cell.tone else ("", said)
    return {"tone": cell.tone, "strong": setter.pieces(first, room_em), "text": setter.pieces(rest, room_em)}


def _picture(picture: Picture, setter: Setter, name: str) -> Data:
    wide_px, tall_px = png_size(picture.path)
    width_mm = min(TEXT_MM * picture.width, TEXT_MM, TALLEST_PICTURE_MM * wide_px / tall_px)
    alt = setter.line(picture.alt or picture.caption).strip()
    caption = wide(picture.caption, setter, 8.5)
    return {"kind": "picture", "file": name, "width": width_mm, "alt": alt or "–", "caption": caption}


def png_size(path: Path) -> tuple[int, int]:
    """Width and height of a PNG in pixels; :class:`InputError` if there is none."""
    with require_file(path).open("rb") as stream:
        head = stream.read(24)
    if len(head) < 24 or not head.startswith(PNG):
        raise InputError(Problem("report-pdf.not-png", path.name))
    width, height = struct.unpack(">II", head[16:24])
    if not width or not height:
        raise InputError(Problem("report-pdf.not-png", path.name))
    return int(width), int(height)
