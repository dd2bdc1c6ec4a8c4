"""What rules are made of: bounds, selectors, amounts, populations, and what every rule has whatever its kind.

Each kind's own model stands beside its evaluator in :mod:`carereach.coverage.kinds`; whole plan files are read by
:mod:`carereach.coverage.rules`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from ..layers.settings_parts import Name, Part, Words
from ..layers.vocabulary import KINDS as FACILITY_KINDS
from ..layers.vocabulary import RUN_BY, STATUSES, nearest
from .choices import CHOICES

Number = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Above0 = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Zone = Literal["urban", "township", "all"]
Population = Literal["resident", "registered", "service", "children"]
FacilityColumn = Literal["beds", "beds_authorised", "ambulances"]
GRADED = ("tertiary A", "tertiary", "secondary A", "secondary", "primary")


def mistake(code: str, **params: object) -> PydanticCustomError:
    """A mistake whose wording stands in the catalogue of texts."""
    return PydanticCustomError(code, "{code}", {"code": code, **params})


def check_known(words: Iterable[str], known: Iterable[str], code: str) -> None:
    """Raises for the first word that is none of ``known``."""
    known = tuple(known)
    for word in words:
        if word not in known:
            raise mistake(code, word=word, nearest=nearest(word, known), valid=", ".join(known))


class Threshold(Part):
    """Exactly one bound. ``band`` = (lower, upper), both inclusive; the choice C2-band says whether below it passes."""

    at_most: Number | None = None
    less_than: Number | None = None
    at_least: Number | None = None
    more_than: Number | None = None
    equal: Number | None = None
    band: tuple[Number, Number] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        count = sum(bound is not None for bound in (*self._plain(), self.band))
        if count != 1:
            raise mistake("rule.one-bound", count=count)
        if self.band is not None and not self.band[0] < self.band[1]:
            raise mistake("rule.band-order", low=self.band[0], high=self.band[1])
        return self

    def _plain(self) -> tuple[float | None, ...]:
        return (self.at_most, self.less_than, self.at_least, self.more_than, self.equal)

    @property
    def limit(self) -> float:
        """The bound that decides: a band's upper end."""
        return next(bound for bound in (*self._plain(), self.band and self.band[1]) if bound is not None)

    @property
    def upper(self) -> bool:
        """Whether smaller values are better."""
        return self.at_most is not None or self.less_than is not None or self.band is not None

    @property
    def lower(self) -> bool:
        """Whether larger values are better."""
        return self.at_least is not None or self.more_than is not None

    def text(self, quantity: str) -> str:
        """As mathematicians write it: "<= 5 km", "< 15 min", ">= 2", "= 4", "10-20 km"."""
        unit = f" {quantity}" if quantity else ""
        if self.band is not None:
            return f"{self.band[0]:g}-{self.band[1]:g}{unit}"
        signs = zip(("<=", "<", ">=", ">", "="), self._plain(), strict=True)
        return next(f"{sign} {bound:g}{unit}" for sign, bound in signs if bound is not None)


class Condition(Part):
    """What a facility or unit must be like; exactly one of:

    ``level`` (it has at least this level), ``role`` (it has this role), or ``table`` and ``column``: the table's cell
    says yes or, with ``is``, is this word or, with a bound, is such a number. Units are looked up by their name,
    facilities by name and county.
    """

    level: Name | None = None
    role: Name | None = None
    table: Name | None = None
    column: Name | None = None
    word: Name | None = Field(None, alias="is")
    threshold: Threshold | None = None

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        count = sum(part is not None for part in (self.level, self.role, self.table))
        if count != 1:
            raise mistake("rule.one-condition", count=count)
        if (self.table is None) != (self.column is None):
            raise mistake("rule.table-and-column")
        if self.table is None and (self.word is not None or self.threshold is not None):
            raise mistake("rule.word-without-table")
        if self.word is not None and self.threshold is not None:
            raise mistake("rule.word-or-threshold")
        check_known((self.level,) if self.level else (), GRADED, "rule.level")
        return self


class Selector(Part):
    """Facilities: of any of these kinds *and* run by any of these bodies *and* ... ; what is empty does not restrict.

    ``levels`` are tertiary, secondary, primary; ``names`` whole names; ``counties`` where they stand; ``where``
    further conditions, of which all must hold (``where_any``: one of them); ``statuses`` open by default. ``campuses``:
    rows with a parent count too (else never beside their parent, but where ``names`` asks for them).
    ``one_institution``: ``names`` are names of one and the same. ``also``: or those of any of these selectors.
    """

    kinds: tuple[Name, ...] = ()
    run_by: tuple[Name, ...] = ()
    roles: tuple[Name, ...] = ()
    levels: tuple[Literal["tertiary", "secondary", "primary"], ...] = ()
    names: tuple[Name, ...] = ()
    counties: tuple[Name, ...] = ()
    statuses: tuple[Name, ...] = ("open",)
    where: tuple[Condition, ...] = ()
    where_any: bool = False
    campuses: bool = False
    one_institution: bool = False
    also: tuple[Selector, ...] = ()

    @model_validator(mode="after")
    def _known_words(self) -> Self:
        check_known(self.kinds, FACILITY_KINDS, "rule.facility-kind")
        check_known(self.run_by, RUN_BY, "rule.run-by")
        check_known(self.statuses, (status for status in STATUSES if status), "rule.status")
        return self

    @property
    def empty(self) -> bool:
        """Whether it would select every facility."""
        return not (self.kinds or self.run_by or self.roles or self.levels or self.names or self.also)

    @property
    def all_kinds(self) -> tuple[str, ...]:
        """Kinds of all alternatives."""
        return tuple(dict.fromkeys((*self.kinds, *(kind for other in self.also for kind in other.all_kinds))))


class Amount(Part):
    """A quantity of a unit; exactly one of:

    ``facilities`` (how many there are or, with ``column``, the sum of that column of theirs: beds, beds_authorised,
    ambulances), or ``table`` and ``column`` (the cell of the unit; for the whole city its own row, else the sum).
    """

    facilities: Selector | None = None
    table: Name | None = None
    column: Name | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.facilities is None) == (self.table is None):
            raise mistake("rule.facilities-or-table")
        if self.table is not None and self.column is None:
            raise mistake("rule.table-and-column")
        if self.facilities is not None:
            if self.facilities.empty:
                raise mistake("rule.selector-empty")
            if self.column is not None:
                check_known((self.column,), get_args(FacilityColumn), "rule.facility-column")
        return self


class Denominator(Part):
    """What a ratio is taken of: so many (``each``) of a population, of the city's or unit's facilities, or of a
    table's column."""

    each: Above0 = 1.0
    population: Population | None = None
    facilities: Selector | None = None
    table: Name | None = None
    column: Name | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        count = sum(part is not None for part in (self.population, self.facilities, self.table))
        if count != 1:
            raise mistake("rule.one-denominator", count=count)
        if self.population is None:
            Amount(facilities=self.facilities, table=self.table, column=self.column)
        elif self.column is not None:
            raise mistake("rule.table-and-column")
        return self


class RuleBase(Part):
    """What every rule has.

    ``document`` and ``section`` say where it stands (``document`` only where it is not the plan's); not ``binding``:
    the plan only guides; ``year``: when it is to be reached. ``units``: only these county-level units (another study
    skips the rule by name). ``choices``: what its wording leaves open. ``when``: what changes under another reading,
    as ``when.<choice>.<reading>`` = keys of this rule that are then replaced. ``units_by_choice``: a choice that
    extends ``units`` to all; ``districts_by_choice``: a choice that decides whether urban districts are tested.
    """

    handles: ClassVar[frozenset[str]] = frozenset()
    """Choices whose other readings the kind's evaluator compares by itself."""

    id: Name
    title: Words
    kind: Name
    section: Name
    document: Name | None = None
    binding: bool = True
    year: int | None = Field(None, ge=1990, le=2100)
    units: tuple[Name, ...] = ()
    units_by_choice: Name | None = None
    districts_by_choice: Name | None = None
    choices: tuple[Name, ...] = ()
    when: dict[str, dict[str, dict[str, Any]]] = Field(default_factory=dict)
    note: Words | None = None

    @model_validator(mode="after")
    def _known_choices(self) -> Self:
        by_choice = tuple(code for code in (self.districts_by_choice, self.units_by_choice) if code)
        check_known((*self.choices, *by_choice, *self.when), CHOICES, "rule.choice")
        for code, readings in self.when.items():
            check_known(readings, CHOICES[code].readings, "rule.reading")
            for reading, changes in readings.items():
                self._check_changes(f"when.{code}.{reading}", changes)
        return self

    def _check_changes(self, place: str, changes: Mapping[str, Any]) -> None:
        fixed = {"id", "kind", "when", "choices"} & set(changes)
        if fixed:
            raise mistake("rule.when-fixed", place=place, key=", ".join(sorted(fixed)))
        try:
            self.changed(changes)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = ".".join(str(part) for part in first["loc"])
            raise mistake("rule.when-wrong", place=place, key=key, reason=first["msg"]) from error

    @property
    def names_institutions(self) -> bool:
        """Whether it is about institutions of one city by their names."""
        return False

    @property
    def open_choices(self) -> tuple[str, ...]:
        """Every choice that can change this rule."""
        named = (*self.choices, *self.when, self.units_by_choice, self.districts_by_choice)
        return tuple(dict.fromkeys(code for code in named if code))

    def changed(self, changes: Mapping[str, Any]) -> Self:
        """This rule with some keys replaced (checked anew), without ``when``."""
        kept = {name: value for name, value in self.__dict__.items() if name in self.model_fields_set}
        return type(self).model_validate({**kept, **changes, "when": {}})

    def under(self, readings: Mapping[str, str]) -> Self:
        """The rule as it reads under these readings of the choices."""
        changes: dict[str, Any] = {}
        for code, by_reading in self.when.items():
            changes |= by_reading.get(readings[code], {})
        return self.changed(changes) if changes else self


class PlanHead(Part):
    """A plan without its rules: its title, and number or date of its ``document``; ``city`` it is for (none: any)."""

    id: Name
    title: Words
    document: Name
    city: Name = ""


class UnitRule(RuleBase):
    """A rule with one answer for the whole city, or one for each county-level unit."""

    per: Literal["city", "county"] = "city"


class ZoneRule(UnitRule):
    """The same, of the residents of one zone: the main urban area, the townships, or all."""

    zone: Zone = "all"


class ZoneLimitRule(ZoneRule):
    """A zone rule whose value must not pass a threshold from above."""

    threshold: Threshold

    @model_validator(mode="after")
    def _limits_from_above(self) -> Self:
        if not self.threshold.upper:
            raise mistake("rule.needs-upper", kind=self.kind)
        return self
