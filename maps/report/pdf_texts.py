"""Texts as a typesetter can set them: characters that no font has are written as codes, long words may break."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

from ...texts import Lang
from .fonts import ReportFonts

UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
SPACES = " \n\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u3000"
ELLIPSIS = "…"
CODE = re.compile(r"(?=.*[0-9])[^/-]+([/-][^/-]+)+")
LONGEST_CODE = 24
REFERENCE = re.compile(r"§[^\s，。；：、,;:（）“”‘’\"']{1,14}")  # a section of a plan

Piece = str | list[str] | None  # running text; a text that no line breaks within; a place where a line may break


class Setter:
    """Turns texts into pieces between which a line may break; remembers in ``missing`` what no font has.

    In an English text a short Chinese name stays whole.
    """

    def __init__(self, fonts: ReportFonts, lang: Lang) -> None:
        self.fonts = fonts
        self.longest_name = {"en": 8, "zh": 0}[lang]
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

    def pieces(self, text: str, width_em: float) -> list[Piece]:
        """``text`` in pieces: a word that is wider than ``width_em`` may break anywhere, a code stays whole."""
        pieces: list[Piece] = []
        for word in words(self.line(text)):
            if not self.is_whole(word) or self.fonts.width_em(word) <= width_em:
                name = _kind(word[0]) == "wide" and self.is_whole(word)
                pieces.append([word] if name or is_code(word) else word)
                continue
            for part in hyphen_parts(word):
                first, *others = [part] if self.fonts.width_em(part) <= width_em else clusters(part)
                pieces.append(first)
                for other in others:
                    pieces += [None, other]
        return _merged(pieces)

    def is_whole(self, word: str) -> bool:
        """Whether one of :func:`words` is not to break: no space, and of Chinese a short name in an English text."""
        kind = _kind(word[0])
        return kind == "word" or (kind == "wide" and len(word) <= self.longest_name)

    def longest_em(self, text: str, limit_em: float) -> float:
        """The width of the widest word of ``text``; one wider than ``limit_em`` counts by its parts between hyphens."""
        line = self.line(text)
        whole = [self.fonts.width_em(word) for word in words(line, hyphens=False) if self.is_whole(word)]
        if max(whole, default=0.0) <= limit_em:
            return max(whole, default=0.0)
        return max(self.fonts.width_em(word) for word in words(line) if self.is_whole(word))

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


def _merged(pieces: list[Piece]) -> list[Piece]:
    """Pieces with running text in one as long as nothing interrupts it."""
    merged: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    return merged


def unmarked(pieces: list[Piece]) -> str:
    """What ``pieces`` say."""
    return "".join(piece if isinstance(piece, str) else "".join(piece or []) for piece in pieces)


def code_of(character: str) -> str:
    """What stands for a character that no font has: its Unicode number in brackets."""
    return f"〔U+{ord(character):04X}〕"


def words(text: str, *, hyphens: bool = True) -> list[str]:
    """The parts of ``text`` between which a line may break: spaces, Chinese, and words.

    With ``hyphens`` a word ends at each hyphen or slash, unless it is a code, a range of numbers or a section.
    """
    parts: list[str] = []
    for number, between in enumerate(re.split(f"({REFERENCE.pattern})", text)):
        if number % 2:
            parts.append(between)
            continue
        for kind, run in groupby(between, key=_kind):
            part = "".join(run)
            split = kind == "word" and hyphens and not is_code(part)
            parts.extend(hyphen_parts(part) if split else [part])
    return parts


def hyphen_parts(word: str) -> list[str]:
    """A word's parts, each up to a hyphen or slash."""
    return re.findall(r"[^/-]*[/-]+|[^/-]+", word)


def is_code(word: str) -> bool:
    """Whether a word is one that a line should not break within: YL-EMS-1, 2021-2025, §三(一)1."""
    return bool(REFERENCE.fullmatch(word)) or (len(word) <= LONGEST_CODE and bool(CODE.fullmatch(word)))


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
