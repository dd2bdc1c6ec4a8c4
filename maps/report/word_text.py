"""Texts as XML can hold them: nothing is lost in silence, and nothing is taken for markup, a tag or a field."""

from __future__ import annotations

import re

# What XML 1.0 cannot hold: control characters other than tab and line feed, lone surrogates, two non-characters.
ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
LINE_ENDS = re.compile("\r\n?")
CONTROL_PICTURES, REPLACEMENT = 0x2400, "\ufffd"


def legal(text: str) -> str:
    """``text`` with line ends as line feeds and illegal characters made visible: ␀ to ␟, or �."""
    return ILLEGAL.sub(_visible, LINE_ENDS.sub("\n", text))


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    return chr(CONTROL_PICTURES + code) if code < 0x20 else REPLACEMENT
