"""What would settle open verdicts, in words: the piece of data, and what it is good for."""

from __future__ import annotations

from ...coverage.settling import ToSettle
from ...texts import Lang, catalogue, text
from ..words import area_text, joint
from .said import capital, named, say, table_text, whole_text


def item_text(item: ToSettle, lang: Lang) -> str:
    """A piece of data; a column of an optional table by its meaning."""
    way = item.way
    meaning = f"column.{way.table}.{way.column}"
    if way.what != "column" or meaning not in catalogue():
        return whole_text(item.text(lang))
    said = say("item-column", lang, table=table_text(way.table, lang), meaning=text(meaning, lang), column=way.column)
    return capital(said)


def gain_text(item: ToSettle, lang: Lang) -> str:
    """For how many rules it is wanted, alone and with other data."""
    said = (("settles", len(item.settles)), ("needed-by", len(item.needed_by)))
    return joint(lang).join(text(f"page.{name}", lang, count=count) for name, count in said if count)


def units_text(item: ToSettle, lang: Lang) -> str:
    """The units that it is wanted for."""
    return named([area_text("zone", unit, lang) for unit in item.units], lang)
