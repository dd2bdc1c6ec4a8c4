"""What would settle most: the data that open verdicts lack, summed over all of them and ranked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ..texts import Lang, Message, text
from .ways import Key, Way

Rule = tuple[str, str]
Hints = Mapping[frozenset[str], Message]
NO_HINTS: Hints = MappingProxyType({})


@dataclass(frozen=True)
class Claim:
    """An open verdict: its plan and rule, its unit, and every way that would help to settle it."""

    rule: Rule
    unit: str
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class ToSettle:
    """A piece of data with all that it is good for; each rule counts once, however many units it is tested in.

    ``settles``: the (plan, rule) of which it alone decides at least one open unit; ``needed_by``: the others, for
    which more than it is lacking. ``verdicts_settled`` and ``verdicts_needing`` count their units. ``people``:
    residents of all ``units`` that these verdicts are about. ``hints``: how many of a list the plans counted.
    """

    way: Way
    settles: tuple[Rule, ...]
    needed_by: tuple[Rule, ...]
    verdicts_settled: int
    verdicts_needing: int
    units: tuple[str, ...]
    people: float
    hints: tuple[Message, ...] = ()

    @property
    def layer(self) -> str:
        """The layer or table that lacks it."""
        return self.way.table or self.way.layer

    def text(self, lang: Lang = "en") -> str:
        """The piece of data in words; of a list also how many the plan counted."""
        said = self.way.portion_text(lang)
        return said if not self.hints else text("to-settle.hint", lang, what=said) + _joined(self.hints, lang)


@dataclass
class _Sum:
    way: Way
    settled: list[Claim] = field(default_factory=list)
    needing: list[Claim] = field(default_factory=list)


def to_settle(
    claims: Iterable[Claim], people_of: Callable[[frozenset[str]], float], hints: Hints = NO_HINTS
) -> tuple[ToSettle, ...]:
    """The data that the claims lack: what settles most rules alone first, then what is needed by most, then by the
    people concerned, then in the order in which the verdicts name it.

    ``people_of``: residents of a set of units; ``hints``: by kinds, what to say beside a list that holds them. A piece
    settles a verdict alone where nothing else is lacking; a list of a family of kinds serves what a list of one of them
    serves, and a whole list says what was not known of those on it.
    """
    asked = [(claim, _portions(claim)) for claim in claims]
    sums: dict[Key, _Sum] = {}
    for _, portions in asked:
        for key, portion in portions.items():
            sums[key] = summed = sums.get(key, _Sum(portion))
            summed.way = summed.way.merged(portion)
    lists = [key for key, summed in sums.items() if summed.way.what == "full-list"]
    for claim, portions in asked:
        asks = [p for p in portions.values() if not any(other.answers(p) for other in portions.values())]
        larger = [key for key in lists if any(sums[key].way.holds(portion) for portion in portions.values())]
        for key in dict.fromkeys((*portions, *larger)):
            way = sums[key].way
            alone = way.suffices and len(asks) == 1 and (way.key == asks[0].key or way.holds(asks[0]))
            (sums[key].settled if alone else sums[key].needing).append(claim)
    found = [_ranked(summed, people_of, hints) for summed in sums.values()]
    return tuple(sorted(found, key=lambda each: (-len(each.settles), -len(each.needed_by), -each.people)))


def _portions(claim: Claim) -> dict[Key, Way]:
    portions: dict[Key, Way] = {}
    for portion in (portion for way in claim.ways for portion in way.portions()):
        known = portions.get(portion.key)
        portions[portion.key] = portion if known is None else known.merged(portion)
    return portions


def _joined(messages: tuple[Message, ...], lang: Lang) -> str:
    return ("；" if lang == "zh" else "; ").join(message.text(lang) for message in messages)


def _ranked(summed: _Sum, people_of: Callable[[frozenset[str]], float], hints: Hints) -> ToSettle:
    settles = tuple(dict.fromkeys(claim.rule for claim in summed.settled))
    needed = dict.fromkeys(claim.rule for claim in summed.needing)
    units = tuple(dict.fromkeys(claim.unit for claim in (*summed.settled, *summed.needing)))
    listed = frozenset(summed.way.kinds) if summed.way.what == "full-list" else frozenset()
    return ToSettle(
        way=summed.way,
        settles=settles,
        needed_by=tuple(rule for rule in needed if rule not in settles),
        verdicts_settled=len(summed.settled),
        verdicts_needing=len(summed.needing),
        units=units,
        people=people_of(frozenset(units)),
        hints=tuple(said for kinds, said in hints.items() if kinds <= listed),
    )
