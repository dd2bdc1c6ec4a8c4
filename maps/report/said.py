"""The report's own words: sentences of ``messages/report.toml``, lists of names, and the cells of its tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

from ...layers.settings_parts import Words
from ...texts import Lang, MissingText, agreeing, catalogue
from ..words import coded, plain
from .blocks import Cell, Column

LONGEST = 4_000
MOST_NAMES = 12
FEW_NAMES = 3  # are counted at a glance
MOST_LETTERS = 200  # of the names in a sentence


def say(code: str, lang: Lang, /, **params: object) -> str:
    """The sentence ``report.<code>``; values of any length stand in it whole, on one line."""
    entry = catalogue().get(f"report.{code}")
    if entry is None:
        raise MissingText(f"report.{code}")
    sentence = agreeing(entry["en"], params) if lang == "en" else entry[lang]
    return sentence.format(**{name: whole_text(v) if isinstance(v, str) else v for name, v in params.items()})


def whole_text(value: object) -> str:
    """A value as one line of text, however long."""
    return plain(value, longest=LONGEST)


def capital(said: str) -> str:
    """A sentence with a capital at its beginning."""
    return said[:1].upper() + said[1:]


def words_of(words: Words, lang: Lang) -> str:
    """A text that is there in both languages."""
    return plain(getattr(words, lang))


def listed(names: Iterable[str], lang: Lang) -> str:
    """Names in a sentence."""
    return ("、" if lang == "zh" else ", ").join(names)


def named(names: Sequence[str], lang: Lang, most: int = MOST_NAMES) -> str:
    """Names, each once, and how many they are where they are many; of very many or very long ones the first."""
    once = list(dict.fromkeys(names))
    if len(once) <= FEW_NAMES:
        return listed(once, lang)
    most = min(most, max(FEW_NAMES, sum(letters <= MOST_LETTERS for letters in accumulate(map(len, once)))))
    code = "names" if len(once) <= most else "names-more"
    return say(code, lang, names=listed(once[:most], lang), count=len(once))


def table_name(table: str, lang: Lang) -> str:
    """What an optional table is about; its own name where nobody has called it anything."""
    return (
        coded("report.table-", table, lang)
        if f"report.table-{table}" in catalogue()
        else say("table", lang, name=table)
    )


def table_text(table: str, lang: Lang) -> str:
    """An optional table in words, with the name that the study file has for it."""
    name = table_name(table, lang)
    return say("table-of", lang, name=name, code=table) if f"report.table-{table}" in catalogue() else name


def columns(lang: Lang, *asked: tuple[str, float, bool]) -> tuple[Column, ...]:
    """Columns by the code of their heading, their width, and whether they hold numbers."""
    return tuple(Column(say(f"col-{code}", lang), width, numeric) for code, width, numeric in asked)


def row(*cells: str | Cell) -> tuple[Cell, ...]:
    """A row of a table; a text is a cell without a tone."""
    return tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in cells)
