"""The shapes that geocoding passes from hand to hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from ...texts import Message
from ..settings_parts import Datum

Decision = Literal["accept", "review", "reject"]
Precision = Literal["exact", "street", "township", "county", "city", "unknown"]


@dataclass(frozen=True)
class Query:
    """One row of a facility list, as a provider is asked for it.

    ``row`` is the row number the user's program shows, in ``sheet`` ("" where a file has only one).
    """

    row: int
    name: str
    address: str = ""
    city: str = ""
    county: str = ""
    township: str = ""
    kind: str = ""
    sheet: str = ""

    @property
    def place(self) -> str:
        """Address in full, from city to name, without repeating parts."""
        parts = [self.city, self.county, self.township]
        given = self.address or self.name
        return "".join(part for part in parts if part and part not in given) + given


@dataclass(frozen=True)
class Candidate:
    """A place that a provider offers for a query; ``lon``/``lat`` are WGS 84, ``datum`` is what the provider speaks.

    ``name``, ``county``, ``township`` are the provider's words ("" if it says none); ``score`` its own confidence
    0..1 or None; ``precision`` how exact it says the place is.
    """

    provider: str
    lon: float
    lat: float
    datum: Datum
    name: str = ""
    address: str = ""
    county: str = ""
    township: str = ""
    precision: Precision = "unknown"
    score: float | None = None
    detail: Mapping[str, str] = field(default_factory=dict)


class Provider(Protocol):
    """Something that can be asked where a facility is.

    ``name`` is stable (it keys the cache). ``ask`` returns candidates, best first, possibly none; it raises
    :class:`QuotaReached` when today's allowance is used up, :class:`carereach.errors.InputError` for a wrong key or an
    answer that is not the documented one. Keys never appear in errors.
    """

    name: str

    def ask(self, query: Query) -> tuple[Candidate, ...]:
        """Candidates for one row."""
        ...


class QuotaReached(Exception):
    """A provider's allowance for today is used up; what has been answered stays, the rest can be asked tomorrow."""

    def __init__(self, provider: str) -> None:
        self.provider = provider
        super().__init__(provider)


@dataclass(frozen=True)
class Trusted:
    """A candidate with its trust: 0..1, the decision, and the reasons in words."""

    candidate: Candidate
    trust: float
    decision: Decision
    reasons: tuple[Message, ...]


@dataclass(frozen=True)
class Placed:
    """A row with what became of it: the chosen candidate (None if none), and all candidates, best first.

    ``decided_by``: "carereach" or "person"; what a person decided is never overwritten.
    """

    query: Query
    chosen: Trusted | None
    candidates: tuple[Trusted, ...]
    decision: Decision
    reasons: tuple[Message, ...]
    decided_by: Literal["carereach", "person"] = "carereach"
