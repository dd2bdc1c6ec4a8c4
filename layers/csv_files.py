"""Rows of a delimited text file, whatever office program wrote it: encoding and separator are found, and said."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from ..errors import Findings, InputError

SEPARATORS = (",", ";", "\t")
CHINESE = {"gbk", "gb2312", "gb18030", "hz"}
ENCODINGS = CHINESE | {"utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "big5", "cp1252", "iso8859-1"}
SAMPLE_CHARACTERS = 1 << 16
SAMPLE_RECORDS = 100


def refuse(findings: Findings, code: str, **details: object) -> NoReturn:
    """Records an error after which the file cannot be read on, and raises everything found so far."""
    findings.error(code, **details)  # type: ignore[arg-type]
    raise InputError(findings.problems)


def read_rows(path: Path, encoding: str | None, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    """Yields (row number, fields) for each record; the number is the one a spreadsheet shows after opening the file.

    A record whose quoted field holds line breaks is one row, as in a spreadsheet. Raises :class:`InputError` for text
    that is not text, or whose quotes do not close.
    """
    content = _decode(path.read_bytes(), encoding, findings)
    declared = re.match(r'"?sep=(.)"?\r?\n', content)
    separator = declared.group(1) if declared else _separator(content)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=separator, strict=True)
    number = 0
    try:
        for number, fields in enumerate(reader, start=1):
            if not (declared and number == 1):
                yield number, fields
    except csv.Error as error:
        refuse(findings, "table.quotes", row=number + 1, reason=str(error))


def _decode(raw: bytes, encoding: str | None, findings: Findings) -> str:
    content = _decode_as(raw, encoding, findings) if encoding else _decode_found(raw, findings)
    content = content.removeprefix("\ufeff")
    if "\0" in content:
        refuse(findings, "table.nul")
    return content


def _decode_as(raw: bytes, encoding: str, findings: Findings) -> str:
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, UnicodeError):
        name = ""
    if name not in ENCODINGS:
        refuse(findings, "table.encoding-unknown", value=encoding, known=", ".join(sorted(ENCODINGS)))
    try:
        return raw.decode("gb18030" if name in CHINESE - {"hz"} else name)
    except UnicodeDecodeError as error:
        refuse(findings, "table.encoding-wrong", value=encoding, byte=error.start)


def _decode_found(raw: bytes, findings: Findings) -> str:
    """UTF-16 by its mark, else UTF-8, else GB18030 (which holds GBK and GB2312), each strictly and as a whole."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return raw.decode("utf-16")
        except UnicodeDecodeError as error:
            refuse(findings, "table.encoding-wrong", value="utf-16", byte=error.start)
    if b"\0" in raw:
        refuse(findings, "table.nul")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        first_bad_byte = error.start
    try:
        content = raw.decode("gb18030")
    except UnicodeDecodeError:
        refuse(findings, "table.encoding-none", byte=first_bad_byte)
    findings.warn("table.encoding-gb18030")
    return content


def _separator(content: str) -> str:
    """The separator under which the file looks most like a table with a heading; a comma where none fits.

    Score: columns of the heading x share of records as wide, less for each record that stands before the heading.
    """
    sample = content[:SAMPLE_CHARACTERS]
    return max(SEPARATORS, key=lambda separator: _score(sample, separator))


def _score(sample: str, separator: str) -> float:
    lines = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    try:
        records = [r for r, _ in zip(lines, range(SAMPLE_RECORDS), strict=False)]
    except csv.Error:
        return 0.0
    records = [r for r in records if any(field.strip() for field in r)]
    for skipped, record in enumerate(records):
        if sum(1 for field in record if field.strip()) >= 2:
            share = sum(len(r) == len(record) for r in records) / len(records)
            return len(record) * share / (1 + skipped)
    return 0.0
