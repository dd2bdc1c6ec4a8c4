"""What an open verdict lacks, as data: each way to settle it, and the smallest portions in which data are gathered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import pandas as pd

from ..layers.vocabulary import KINDS
from ..texts import Lang, Message

What = Literal[
    "station-list", "full-list", "locate", "precise", "status", "unsure", "level-of", "role-of", "township-of",
    "cells", "named", "none-there", "column", "seat", "residents", "people", "roads", "walk", "speeds", "zones",
    "boundaries", "townships", "outlines", "share-asked",
]  # fmt: skip
Key = tuple[str, ...]
LAYERS: Mapping[str, str] = {
    "residents": "people",
    "people": "people",
    "roads": "roads",
    "walk": "roads",
    "speeds": "speeds",
    "zones": "boundaries",
    "boundaries": "boundaries",
    "townships": "boundaries",
    "outlines": "boundaries",
    "share-asked": "choices",
}  # any other way is about a table or the facility lists
SAID_BY_A_LIST = ("status", "unsure", "level-of", "role-of", "township-of", "cells")
NAMED = 5
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "hospitals": (*(kind for kind in KINDS if kind.startswith("hospital.")), "mch"),
    "centres": ("primary.township", "primary.community", "primary.community.station"),
    "ems": ("ems.centre", "ems.station"),
}  # kinds that one list of a health authority holds together


class Wanted(NamedTuple):
    """A facility of which something is not known."""

    id: str
    name: str
    kind: str
    county: str


@dataclass(frozen=True)
class Way:
    """A piece of data that would help to decide an open verdict.

    ``what`` is to be found out: a complete list (``full-list`` of ``kinds``, ``station-list``), where ``facilities``
    are (``locate``; ``precise``: exactly), whether they are open (``status``, ``unsure``), their ``level-of``,
    ``role-of``, ``township-of`` or ``column`` (``cells``); the ``column`` of an optional ``table`` for its ``rows``
    (units or names of facilities); where the seats of ``rows`` lie (``seat``); one ``named`` institution (``rows``);
    or a better layer. ``unit``: where; ``level``: of which units a list is wanted (``townships``).
    """

    what: What
    unit: str = ""
    kinds: tuple[str, ...] = ()
    table: str = ""
    column: str = ""
    rows: tuple[str, ...] = ()
    facilities: tuple[Wanted, ...] = ()
    level: str = ""

    @property
    def code(self) -> str:
        """The code of its sentence."""
        return f"settle.{self.what}"

    @property
    def layer(self) -> str:
        """The layer of the study that lacks it: table, facilities, people, roads, speeds, boundaries or choices."""
        return "table" if self.table else LAYERS.get(self.what, "facilities")

    @property
    def params(self) -> Mapping[str, object]:
        """What its sentence says; of many names the first."""
        kinds = tuple(Message(f"kind.{kind}") for kind in self.kinds) or (Message("settle.any-kind"),)
        words: dict[str, object] = {"unit": self.unit, "kinds": kinds, "table": self.table, "column": self.column}
        words |= {"units": first(self.rows), "level": Message(f"level.{self.level}") if self.level else ""}
        words |= {"count": len(self.facilities), "names": first(tuple(each.name for each in self.facilities))}
        return words

    def text(self, lang: Lang = "en") -> str:
        """It as a sentence beside one verdict."""
        return Message(self.code, self.params).text(lang)

    def portion_text(self, lang: Lang = "en") -> str:
        """It as a task of its own, for a portion of :meth:`portions`."""
        where = Message("to-settle.where", {"unit": self.unit}) if self.unit else ""
        family = next((name for name, kinds in FAMILIES.items() if kinds == self.kinds), None)
        listed = {"kinds": Message(f"family.{family}")} if family else {}
        return Message(f"to-settle.{self.what}", {**self.params, "where": where, **listed}).text(lang)

    def holds(self, other: Way) -> bool:
        """Whether it is a list that holds all that the other list is to hold, and more."""
        return self.what == other.what == "full-list" and bool(other.kinds) and set(self.kinds) > set(other.kinds)

    @property
    def key(self) -> Key:
        """The same for ways that one piece of data serves."""
        named = self.rows if self.what == "named" else ()
        return (self.what, self.unit, "/".join(self.kinds), self.table, self.column, self.level, *named)

    @property
    def suffices(self) -> bool:
        """Whether it can settle a verdict alone; a list of kinds without a name cannot claim to be whole."""
        return self.what != "none-there" and (self.what != "full-list" or bool(self.kinds))

    def answers(self, other: Way) -> bool:
        """Whether it is a list that, being whole, also says what the other way asks of facilities of its kinds."""
        return self.what == "full-list" and other.what in SAID_BY_A_LIST and set(other.kinds) <= set(self.kinds)

    def portions(self) -> tuple[Way, ...]:
        """It in the portions in which data are gathered: lists by kind or family of kinds, for the whole study, as only
        a whole list can claim to be complete; what facilities lack by their kind and county; anything else as it is."""
        if self.what == "full-list":
            return tuple(Way("full-list", kinds=kinds) for kinds in _families(self.kinds))
        if not self.facilities:
            return (replace(self, unit=""),)
        groups: dict[tuple[str, str], list[Wanted]] = {}
        for each in self.facilities:
            groups.setdefault((each.kind, each.county), []).append(each)
        return tuple(
            Way(self.what, unit=county, kinds=(kind,), column=self.column, facilities=tuple(members))
            for (kind, county), members in groups.items()
        )

    def merged(self, other: Way) -> Way:
        """One portion for two of the same key."""
        rows, facilities = (*self.rows, *other.rows), (*self.facilities, *other.facilities)
        return replace(self, rows=tuple(dict.fromkeys(rows)), facilities=tuple(dict.fromkeys(facilities)))


def _families(kinds: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The kinds one by one, but those of one family together as that family; one empty portion for none."""
    portions: dict[tuple[str, ...], None] = {}
    for kind in kinds:
        of = [family for family in FAMILIES.values() if kind in family and len(set(family) & set(kinds)) > 1]
        portions[of[0] if of else (kind,)] = None
    return tuple(portions) or ((),)


def first(names: tuple[str, ...]) -> tuple[str, ...]:
    """The first names of many."""
    return (*names[:NAMED], "…") if len(names) > NAMED else names


def wanted(frame: pd.DataFrame) -> tuple[Wanted, ...]:
    """The facilities of a frame, of which something is asked."""
    columns = (map(str, frame[name].to_numpy(dtype=object)) for name in Wanted._fields)
    return tuple(map(Wanted, *columns))


def about(what: What, frame: pd.DataFrame, column: str = "") -> tuple[Way, ...]:
    """The way that asks something of a frame's facilities; none where it is empty."""
    return (Way(what, facilities=wanted(frame), column=column),) if len(frame) else ()


def column_of(table: str, column: str, rows: Iterable[str]) -> Way:
    """The way that asks for a column of an optional table, for these units or facilities."""
    return Way("column", table=table, column=column, rows=tuple(rows))


def once(ways: Iterable[Way]) -> tuple[Way, ...]:
    """Each way once, in their order."""
    return tuple(dict.fromkeys(ways))
