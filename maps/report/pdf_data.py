"""A report as the plain data that the template of the PDF reads: texts in pieces, measures in millimetres."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from ...errors import InputError, Problem
from ...files import require_file
from ...texts import Lang, text
from ..palette import STATUS_COLOURS, STATUS_SIGNS
from .blocks import Block, Bullets, Cell, Heading, PageBreak, Paragraph, Picture, Report, Section, Table
from .pdf_tables import INSET_MM, MM_PER_PT, TALLEST_ROW_MM, layout, row_mm
from .pdf_texts import Setter, code_of

TEXT_MM, TALLEST_PICTURE_MM = 160.0, 200.0  # A4 less margins of 25 mm; a picture leaves room for its caption
BODY_PT = 10.5
HEADING_PT = (17.0, 12.5, 10.5)
TITLE_PT, SMALLER_TITLE_PT, TITLE_EM = 26.0, 18.0, 50.0
FACT_LABEL_MM, FACT_MM = 42.0, 114.0
RUNNING_MM, RUNNING_PT = 98.0, 8.0
PNG = b"\x89PNG\r\n\x1a\n"

Data = dict[str, Any]


def report_data(report: Report, setter: Setter) -> Data:
    """What ``report.json`` says; pictures are named in the order of :func:`pictures`."""
    names = {path: f"picture-{number}.png" for number, path in enumerate(pictures(report))}
    title_pt = TITLE_PT if setter.fonts.width_em(report.title) <= TITLE_EM else SMALLER_TITLE_PT
    data: Data = {
        "lang": report.lang,
        "fonts": list(setter.fonts.families),
        "tones": STATUS_COLOURS,
        "inset": INSET_MM,
        "words": {"contents": text("report-pdf.contents", report.lang)},
        "title": wide(report.title or "–", setter, title_pt),
        "title_size": title_pt,
        "running": [setter.shortened(report.title, RUNNING_MM / (RUNNING_PT * MM_PER_PT))],
        "subtitle": wide(report.subtitle, setter, 14.0),
        "facts": [
            [wide(label, setter, 9.5, FACT_LABEL_MM), wide(value, setter, 9.5, FACT_MM)]
            for label, value in report.facts
        ],
        "sections": [_section(section, setter, names) for section in report.sections],
    }
    return {**data, "remark": remark(setter.missing, report.lang)}


def pictures(report: Report) -> list[Path]:
    """The files of the pictures, each once, in the order of the report."""
    blocks = (block for section in report.sections for block in section.blocks)
    return list(dict.fromkeys(block.path for block in blocks if isinstance(block, Picture)))


def remark(missing: set[str], lang: Lang) -> str:
    """What the title page says of characters that no font has; empty if there are none."""
    if not missing:
        return ""
    return text("report-pdf.missing-characters", lang, n=len(missing), example=code_of(min(missing)))


def wide(content: str, setter: Setter, size_pt: float = BODY_PT, width_mm: float = TEXT_MM - 15) -> list[str]:
    """A text that stands in the whole width (or ``width_mm``) in type of ``size_pt``, in pieces."""
    return setter.pieces(content, width_mm / (size_pt * MM_PER_PT))


def _section(section: Section, setter: Setter, names: dict[Path, str]) -> Data:
    """A section's title and blocks; no heading lies two levels below the one before it, and none ends a page."""
    blocks: list[Data] = []
    level = 1
    new_page = isinstance(next(iter(section.blocks), None), PageBreak)
    for block in section.blocks[int(new_page) :]:
        if isinstance(block, Heading):
            level = min(block.level, level + 1)
            words = wide(block.text, setter, HEADING_PT[level - 1])
            blocks.append({"kind": "heading", "level": level, "text": words})
        else:
            blocks.append(_block(block, setter, names))
    return {"title": wide(section.title, setter, HEADING_PT[0]), "new_page": new_page, "blocks": blocks}


def _block(block: Block, setter: Setter, names: dict[Path, str]) -> Data:
    if isinstance(block, Paragraph):
        return {"kind": "paragraph", "style": block.kind, "text": wide(block.text, setter)}
    if isinstance(block, Bullets):
        return {"kind": "bullets", "items": [wide(item, setter) for item in block.items]}
    if isinstance(block, Table):
        return _table(block, setter)
    if isinstance(block, Picture):
        return _picture(block, setter, names[block.path])
    return {"kind": "page-break"}


def _table(table: Table, setter: Setter) -> Data:
    measures = layout(table, setter, TEXT_MM)
    columns = [
        {
            "heading": setter.pieces(column.heading, measures.room_em(i)),
            "width": measures.widths_mm[i],
            "numeric": column.numeric,
        }
        for i, column in enumerate(table.columns)
    ]
    rows = []
    for row in table.rows:
        texts = [signed(cell) for cell in row]
        rows.append(
            {
                "cells": [
                    {"text": setter.pieces(said, measures.room_em(i)), "tone": row[i].tone}
                    for i, said in enumerate(texts)
                ],
                "breakable": row_mm(texts, setter, measures) > TALLEST_ROW_MM,
            }
        )
    caption = wide(table.caption, setter, 8.5)
    return {"kind": "table", "size": measures.size_pt, "columns": columns, "rows": rows, "caption": caption}


def signed(cell: Cell) -> str:
    """A cell's text, a verdict with its sign before it, so that colour is never the only one."""
    sign = STATUS_SIGNS.get(cell.tone, "")
    return cell.text if not sign or cell.text.startswith(sign) else f"{sign} {cell.text}".rstrip()


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
