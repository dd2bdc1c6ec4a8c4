"""How far an answer can be trusted: five kinds of evidence, weighed into 0..1, and what forbids to accept or keep it.

Name, place, precision, agreement and kind each give a share 0..1 (unknown: ``NEUTRAL``), and trust is their mean under
the study's weights: better evidence never lowers it. Beside the mean stand plain contradictions, each of which allows
at most ``review`` or ``reject`` whatever the mean says. Shares and limits are our judgement, not citations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...texts import Message
from ..settings_geocode import GeocodeTable, TrustWeights
from .ground import Standing
from .model import Candidate, Decision, Placed, Precision, Query, Trusted
from .name_words import KINDS
from .names import Likeness, Name, read_name, similarity

OWN = "list"
PROPOSED_DATUM, DOUBTED_DATUM = "proposed datum", "doubted datum"
NEUTRAL = 0.5
LEVELS: tuple[Decision, ...] = ("reject", "review", "accept")
PRECISION_SHARE: Mapping[Precision, float] = {
    "exact": 1.0,
    "street": 0.7,
    "township": 0.4,
    "unknown": 0.4,
    "county": 0.1,
    "city": 0.0,
}
FINE: tuple[Precision, ...] = ("exact", "street")
IN_COUNTY, OTHER_TOWNSHIP, NEAR_BORDER = 0.8, 0.3, 0.6
WORDS_AGREE, WORDS_DIFFER = 0.7, 0.1
LIKE_ENOUGH, CONFIRMED = 0.75, 0.5
EQUALLY_TRUSTED = 0.05
EARTH_KM = 6371.0088


@dataclass(frozen=True)
class Evidence:
    """Shares 0..1 of the five parts; None where nothing is known."""

    name: float | None = None
    place: float | None = None
    precision: float | None = None
    agreement: float | None = None
    kind: float | None = None


@dataclass(frozen=True)
class Limit:
    """A contradiction, and the best decision it allows."""

    most: Decision
    reason: Message


def trust_of(evidence: Evidence, weights: TrustWeights) -> float:
    """The weighted mean of the shares, 0..1; what is unknown counts :data:`NEUTRAL`."""
    parts = {part: getattr(weights, part) for part in ("name", "place", "precision", "agreement", "kind")}
    total = sum(parts.values())
    shares = {part: getattr(evidence, part) for part in parts}
    return float(sum(w * (NEUTRAL if shares[part] is None else shares[part]) for part, w in parts.items()) / total)


def decide(trust: float, limits: Sequence[Limit], table: GeocodeTable) -> Decision:
    """What the trust says, but nothing better than every limit allows."""
    said: Decision = "accept" if trust >= table.accept_from else "reject" if trust < table.reject_below else "review"
    return min([said, *(limit.most for limit in limits)], key=LEVELS.index)


def weigh(query: Query, candidates: Sequence[Candidate], standings: Sequence[Standing], table: GeocodeTable) -> Placed:
    """One row with its candidates in the order of their trust, and what is to be done with it.

    ``query`` has its county and township in the study's spelling, ``standings`` belong to ``candidates``.
    """
    if not candidates:
        return Placed(query, None, (), "reject", (Message("geocode.no-answer"),))
    asked = read_name(query.name, city=query.city)
    likeness = [_likeness(asked, candidate, query.city) for candidate in candidates]
    apart = distances_km([c.lon for c in candidates], [c.lat for c in candidates])
    trusted = [
        _trusted(query, asked, i, candidates, likeness, standings[i], apart, table) for i in range(len(candidates))
    ]
    order = sorted(range(len(trusted)), key=lambda i: (-LEVELS.index(trusted[i].decision), -trusted[i].trust))
    best = trusted[order[0]]
    ranked = tuple(trusted[i] for i in order)
    if best.decision == "reject":
        return Placed(query, None, ranked, "reject", (Message("geocode.all-rejected"), *best.reasons))
    twins = [i for i in order[1:] if _twin(best, trusted[i], likeness[i]) and apart[order[0], i] > table.apart_km]
    if twins:
        km = max(float(apart[order[0], i]) for i in twins)
        reason = Message("geocode.two-places", {"count": len(twins) + 1, "km": f"{km:.1f}"})
        return Placed(query, best, ranked, "review", (reason, *best.reasons))
    return Placed(query, best, ranked, best.decision, best.reasons)


def distances_km(lon: Sequence[float], lat: Sequence[float]) -> NDArray[np.float64]:
    """Great-circle kilometres between all pairs of places (haversine)."""
    x, y = np.radians(np.asarray(lon, dtype=np.float64)), np.radians(np.asarray(lat, dtype=np.float64))
    half = np.sin((y[:, None] - y) / 2) ** 2 + np.cos(y[:, None]) * np.cos(y) * np.sin((x[:, None] - x) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


def _likeness(asked: Name, candidate: Candidate, city: str) -> Likeness | None:
    return similarity(asked, read_name(candidate.name, city=city)) if candidate.name.strip() else None


def _twin(best: Trusted, other: Trusted, likeness: Likeness | None) -> bool:
    """Whether two answers are about as good, so that one facility would stand in two places."""
    like = likeness is not None and likeness.value >= LIKE_ENOUGH and not likeness.conflict
    fine = best.candidate.precision in FINE and other.candidate.precision in FINE
    return like and fine and best.trust - other.trust <= EQUALLY_TRUSTED and other.decision != "reject"


def _trusted(
    query: Query,
    asked: Name,
    i: int,
    candidates: Sequence[Candidate],
    likeness: Sequence[Likeness | None],
    standing: Standing,
    apart: NDArray[np.float64],
    table: GeocodeTable,
) -> Trusted:
    candidate = candidates[i]
    place, place_reason, place_limit = _place(query, asked, candidate, standing, table)
    agreement, km = _agreement(i, candidates, likeness, apart, table)
    kind, kind_reason = _kind(query, asked, candidate)
    own = likeness[i]
    evidence = Evidence(own.value if own else None, place, PRECISION_SHARE[candidate.precision], agreement, kind)
    trust = trust_of(evidence, table.weights)
    reasons = [own.reason if own else Message("geocode.name-none"), place_reason]
    reasons.append(Message("geocode.precision-" + candidate.precision))
    if km is not None:
        reasons.append(Message("geocode.agree" if km <= table.agree_km else "geocode.away", {"km": f"{km:.2f}"}))
    reasons += [kind_reason] if kind_reason else []
    limits = [place_limit] if place_limit else []
    limits += _limits(candidate, own, evidence)
    reasons += [limit.reason for limit in limits if limit.reason not in reasons]
    return Trusted(candidate, trust, decide(trust, limits, table), tuple(reasons))


def _limits(candidate: Candidate, likeness: Likeness | None, evidence: Evidence) -> list[Limit]:
    """What speaks against accepting a candidate, beside where it stands."""
    limits = []
    agreed = evidence.agreement is not None and evidence.agreement >= CONFIRMED
    if likeness is not None and (likeness.conflict or likeness.value < LIKE_ENOUGH):
        limits.append(Limit("review", likeness.reason))
    elif likeness is None and not agreed:
        limits.append(Limit("review", Message("geocode.name-none")))
    if candidate.precision not in FINE:
        limits.append(Limit("review", Message("geocode.precision-" + candidate.precision)))
    if evidence.agreement == 0:
        limits.append(Limit("review", Message("geocode.contradicted")))
    if not agreed and (evidence.place is None or evidence.place < CONFIRMED):
        limits.append(Limit("review", Message("geocode.unconfirmed")))
    if PROPOSED_DATUM in candidate.detail:
        limits.append(Limit("review", Message("geocode.datum-proposed", {"datum": candidate.detail[PROPOSED_DATUM]})))
    if DOUBTED_DATUM in candidate.detail:
        limits.append(Limit("review", Message("geocode.datum-doubted", {"datum": candidate.detail[DOUBTED_DATUM]})))
    return limits


def _place(
    query: Query, asked: Name, candidate: Candidate, standing: Standing, table: GeocodeTable
) -> tuple[float | None, Message, Limit | None]:
    """The share of the administrative evidence, in words, and what it forbids."""
    outside = standing.outside_km
    if outside is None:
        return _place_by_words(query, candidate)
    where = {"county": query.county, "township": query.township or "—", "km": f"{outside:.1f}"}
    if outside > table.border_km:
        reason = Message("geocode.outside-county", {**where, "standing": standing.county or "—"})
        return 0.0, reason, Limit("reject" if outside > table.outside_km else "review", reason)
    away = standing.township_km
    if away is None:
        share = IN_COUNTY if outside == 0 else NEAR_BORDER
        return share, Message("geocode.in-county", where), None
    if away <= table.border_km:
        return (1.0 if away == 0 else IN_COUNTY), Message("geocode.in-township", where), None
    where |= {"km": f"{away:.1f}", "standing": standing.township or "—"}
    reason = Message("geocode.other-township", where)
    if query.kind == "primary.township" or KINDS.get(asked.kind, ((), ""))[1] == "primary.township":
        reason = Message("geocode.centre-in-other-township", where)
        return OTHER_TOWNSHIP, reason, Limit("review", reason)
    return OTHER_TOWNSHIP, reason, None


def _place_by_words(query: Query, candidate: Candidate) -> tuple[float | None, Message, Limit | None]:
    """Without outlines: whether the provider names the county that the row names."""
    stated, said = read_name(query.county).place, read_name(candidate.county).place
    if not stated or not said:
        return None, Message("geocode.place-unknown"), None
    words: dict[str, object] = {"a": query.county, "b": candidate.county}
    if stated == said:
        return WORDS_AGREE, Message("geocode.county-agrees", words), None
    reason = Message("geocode.county-differs", words)
    return WORDS_DIFFER, reason, Limit("review", reason)


def _agreement(
    i: int,
    candidates: Sequence[Candidate],
    likeness: Sequence[Likeness | None],
    apart: NDArray[np.float64],
    table: GeocodeTable,
) -> tuple[float | None, float | None]:
    """The share for, and the distance to, the nearest fine answer of another provider; None without one.

    Answers of another name and places in a datum that is only proposed are no witnesses.
    """
    others = [
        j
        for j, other in enumerate(candidates)
        if other.provider != candidates[i].provider
        and other.precision in FINE
        and PROPOSED_DATUM not in other.detail
        and not ((found := likeness[j]) is not None and (found.conflict or found.value < LIKE_ENOUGH))
    ]
    if not others:
        return None, None
    km = float(apart[i, others].min())
    return float(np.clip((table.apart_km - km) / (table.apart_km - table.agree_km), 0, 1)), km


def _kind(query: Query, asked: Name, candidate: Candidate) -> tuple[float | None, Message | None]:
    """Whether the kind that the candidate's name tells is the one that the list states."""
    told = KINDS.get(read_name(candidate.name).kind, ((), ""))[1]
    stated = query.kind or KINDS.get(asked.kind, ((), ""))[1]
    if not told or not stated or candidate.provider == OWN:
        return None, None
    if told == stated:
        return 1.0, None
    return 0.0, Message("geocode.kind-differs", {"a": Message(f"kind.{stated}"), "b": Message(f"kind.{told}")})
