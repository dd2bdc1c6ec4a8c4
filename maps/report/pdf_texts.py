"""Texts as a typesetter can set them: characters that no font has are written as codes, long words may break."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

from .fonts import ReportFonts

UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
SPACES = " \n\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u3000"
ELLIPSIS = "…"


class Setter:
    """Turns texts into pieces between which a line may break; remembers in ``missing`` what no font has."""

    def __init__(self, fonts: ReportFonts) -> None:
        self.fonts = fonts
        self.missing: set[str] = set()

    def line(self, text: str) -> str:
        """``text`` with only characters that can be seen; a line break stays one."""
        return "".join(self._seen(character) for character in text.replace("\r\n", "\n"))

    def _seen(self, character: str) -> str:
        if character == "\n":
            return character
        category = unicodedata.category(character)
        if category in UNSEEN:
            return " "
        if category != "Co" and self.fonts.advance_em(character) is not None:
            return character
        if "VARIATION SELECTOR" in unicodedata.name(character, ""):
            return ""
        self.missing.add(character)
        return code_of(character)

    def pieces(self, text: str, width_em: float) -> list[str]:
        """``text`` in pieces: one, unless it has a word that is wider than ``width_em``, which may break anywhere."""
        pieces = [""]
        for word in words(self.line(text)):
            if self.fonts.width_em(word) <= width_em or breaks_within(word):
                pieces[-1] += word
            else:
                first, *others = clusters(word)
                pieces[-1] += first
                pieces.extend(others)
        return pieces

    def unbroken_em(self, text: str) -> float:
        """The width of the widest part of ``text`` that a line does not break within."""
        unbroken = (word for word in words(self.line(text)) if not breaks_within(word))
        return max((self.fonts.width_em(word) for word in unbroken), default=0.0)

    def lines(self, text: str, width_em: float) -> int:
        """About how many lines ``text`` takes."""
        return sum(1 + int(self.fonts.width_em(line) / width_em) for line in self.line(text).split("\n"))

    def shortened(self, text: str, width_em: float) -> str:
        """``text`` in one line of at most ``width_em``, an ellipsis for what does not fit."""
        line = self.line(text).replace("\n", " ")
        if self.fonts.width_em(line) <= width_em:
            return line
        while line and self.fonts.width_em(line + ELLIPSIS) > width_em:
            line = line[:-1]
        return line + ELLIPSIS


def code_of(character: str) -> str:
    """What stands for a character that no font has: its Unicode number in brackets."""
    return f"〔U+{ord(character):04X}〕"


def words(text: str) -> list[str]:
    """The parts of ``text`` between which a line may break: spaces, Chinese, and each word up to a hyphen or slash."""
    parts: list[str] = []
    for kind, run in groupby(text, key=_kind):
        part = "".join(run)
        parts.extend(re.findall(r"[^/-]*[/-]+|[^/-]+", part) if kind == "word" else [part])
    return parts


def breaks_within(word: str) -> bool:
    """Whether one of :func:`words` is a space or Chinese, which need no help to break."""
    return _kind(word[0]) != "word"


def _kind(character: str) -> str:
    if character in SPACES:
        return "space"
    return "wide" if unicodedata.east_asian_width(character) in "WF" else "word"


def clusters(word: str) -> list[str]:
    """The characters of ``word``, marks that stand on another one together with it."""
    parts: list[str] = []
    for character in word:
        if parts and unicodedata.category(character) in {"Mn", "Me", "Mc"}:
            parts[-1] += character
        else:
            parts.append(character)
    return parts
