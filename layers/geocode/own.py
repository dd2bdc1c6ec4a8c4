"""The coordinates that a list brings along, as candidates beside the answers, and doubted where they must be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..settings_geocode import GeocodeTable
from ..settings_parts import Datum
from .match import match_names
from .model import Candidate, Query
from .names import SAME, read_name, similarity
from .rows import Own, Row
from .setting import Setting
from .trust import DOUBTED_DATUM, FINE, LIKE_ENOUGH, OWN, PROPOSED_DATUM
from .unknown_datum import (
    DATUMS,
    LABELS,
    DatumProposal,
    Witnesses,
    as_wgs84,
    metres,
    propose_datum,
)

NEAR_M = 100.0  # this near another source's answer, a datum explains a row's coordinates
WGS84_ONLY: Datum = "wgs84"


def propose(
    rows: Sequence[Row], queries: Sequence[Query], answers: Sequence[Sequence[Candidate]], setting: Setting
) -> tuple[DatumProposal, tuple[object, ...]] | None:
    """The datum of all coordinates whose datum the list does not say, and the problems met; None if there are none.

    Witnesses are facilities that the study knows by the same name, exact answers of the same name, the counties that
    rows state, and the study's roads.
    """
    unsaid = [i for i, row in enumerate(rows) if row.own is not None and row.own.datum is None]
    if not unsaid:
        return None
    owns = [own for i in unsaid if (own := rows[i].own) is not None]
    lon, lat = _witnessed([queries[i] for i in unsaid], [answers[i] for i in unsaid], setting)
    lines, crs, problems = setting.roads()
    witnesses = Witnesses(
        lon,
        lat,
        np.array([queries[i].county for i in unsaid], dtype=str),
        setting.ground.counties,
        lines if len(lines) else None,
        crs,
    )
    given = np.array([own.lon for own in owns]), np.array([own.lat for own in owns])
    return propose_datum(*given, witnesses, least=setting.table.datum_confidence), problems


def _witnessed(
    queries: Sequence[Query], answers: Sequence[Sequence[Candidate]], setting: Setting
) -> tuple[np.ndarray, np.ndarray]:
    """Where each row's facility is known to stand, NaN where it is not known."""
    lon, lat = np.full(len(queries), np.nan), np.full(len(queries), np.nan)
    for i, (query, candidates) in enumerate(zip(queries, answers, strict=True)):
        asked = read_name(query.name, city=query.city)
        for candidate in candidates:
            alike = similarity(asked, read_name(candidate.name, city=query.city))
            if candidate.precision == "exact" and alike.value >= SAME and not alike.conflict:
                lon[i], lat[i] = candidate.lon, candidate.lat
                break
    if setting.known is not None and len(setting.known):
        names = [query.name for query in queries]
        found = match_names(names, setting.known["name"].tolist(), city=setting.ground.city, least=SAME, most=1)
        points = setting.known.to_crs(4326).geometry
        asked_rows, known_rows = found["asked"].to_numpy(int), found["known"].to_numpy(int)
        lon[asked_rows], lat[asked_rows] = points.x.to_numpy()[known_rows], points.y.to_numpy()[known_rows]
    return lon, lat


def own_candidates(
    row: Row,
    answers: Sequence[Candidate],
    said: Datum | None,
    proposal: DatumProposal | None,
    table: GeocodeTable,
) -> tuple[Candidate, ...]:
    """A row's own place as a candidate; ``said``: the datum that a person named for coordinates that do not say it.

    Where nobody said the datum there are three candidates, the likeliest datum first, none of which is accepted by
    itself; but for places where the three do not differ.
    """
    own = row.own
    if own is None:
        return ()
    datum = own.datum or said or (WGS84_ONLY if proposal is not None and proposal.immaterial else None)
    if datum is not None:
        return (_candidate(row, own, datum, _doubt(row, own, datum, answers, table)),)
    shares = proposal.shares if proposal is not None else {}
    order = sorted(DATUMS, key=lambda name: -shares.get(name, 0.0))
    return tuple(_candidate(row, own, name, {PROPOSED_DATUM: LABELS[name]}) for name in order)


def _candidate(row: Row, own: Own, datum: Datum, detail: dict[str, str]) -> Candidate:
    x, y = as_wgs84(np.array([own.lon]), np.array([own.lat]), datum)
    query = row.query
    return Candidate(
        OWN,
        float(x[0]),
        float(y[0]),
        datum,
        name=query.name,
        address=query.address,
        precision=own.precision,
        detail=detail,
    )


def _doubt(row: Row, own: Own, datum: Datum, answers: Sequence[Candidate], table: GeocodeTable) -> dict[str, str]:
    """Says if another datum than ``datum`` puts the row where another source has a facility of its name."""
    asked = read_name(row.query.name)
    fine = [
        c
        for c in answers
        if c.precision in FINE
        and not (alike := similarity(asked, read_name(c.name))).conflict
        and alike.value >= LIKE_ENOUGH
    ]
    if not fine:
        return {}
    lon, lat = np.array([c.lon for c in fine]), np.array([c.lat for c in fine])
    away = {}
    for name in DATUMS:
        x, y = as_wgs84(np.array([own.lon]), np.array([own.lat]), name)
        away[name] = float(metres(x, y, lon, lat).min())
    nearest = min(DATUMS, key=lambda name: away[name])
    explains = nearest != datum and away[nearest] <= NEAR_M and away[datum] > 1000 * table.agree_km
    return {DOUBTED_DATUM: LABELS[nearest]} if explains else {}
