"""A look at the head of an XML file, before a parser that trusts it sees the rest."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from ...errors import Findings, InputError
from ..csv_files import refuse

HEAD = 1 << 16
MOST_HEAD = 1 << 20


class _Seen(Exception):  # stops expat at the first thing that is neither prolog nor comment
    def __init__(self, code: str | None, name: str) -> None:
        super().__init__(name)
        self.code, self.name = code, name


def _doctype(name: str, *_: object) -> NoReturn:
    raise _Seen("roads.html" if name.lower() == "html" else "roads.xml-doctype", name)


def _start(name: str, _: object) -> NoReturn:
    raise _Seen("roads.html" if name.lower().rpartition(":")[2] == "html" else None, name)


def root_element(path: Path, findings: Findings) -> str:
    """The name of the outermost element.

    Raises :class:`~carereach.errors.InputError` if there is none, if it is HTML, or if the file declares a document
    type: entities declared there can expand without bound ("billion laughs") and no road format needs them.
    """
    with path.open("rb") as stream:
        start = stream.read(64).lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        refuse(findings, "roads.html")
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _doctype
    parser.StartElementHandler = _start
    read = 0
    try:
        with path.open("rb") as stream:
            while read < MOST_HEAD and (block := stream.read(HEAD)):
                parser.Parse(block, False)
                read += len(block)
            parser.Parse(b"", True)
        reason = "no element"
    except _Seen as seen:
        if seen.code is not None:
            refuse(findings, seen.code, value=seen.name)
        return seen.name
    except (expat.ExpatError, LookupError, ValueError) as error:
        reason = str(error)
    findings.error("roads.xml-broken", reason=reason)
    raise InputError(findings.problems)
