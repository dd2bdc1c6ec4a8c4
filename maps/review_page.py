"""A page for who reviews a placed list: each row's candidates joined by lines, coloured by trust, with the reasons.

It opens without a network. Names and addresses come from a user's file and from map services: they stand in the page's
JSON and are shown as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..files import write_text
from ..layers.geocode.model import Decision, Placed, Trusted
from ..layers.geocode.run import GeocodeResult
from ..texts import Lang, Message, text
from .page.data import Json
from .page.layers import county_outlines
from .page.write import Parts, assembled
from .palette import STATUS_COLOURS, STATUS_SIGNS
from .words import plain

REVIEW_PAGE = Parts("review.html", "review.css", ("dom", "review", "paper_map"), ("paper_map.css",))
DECIMALS = 6
MOST_ROWS = 1500  # more markers make a browser slow
WORDS = (
    "maps.skip-link",
    "maps.made-with",
    "maps.map-label",
    "maps.zoom-in",
    "maps.zoom-out",
    "review-page.no-name",
    "review-page.answer",
    "review-page.address",
    "review-page.trust",
    "review-page.precision",
    "review-page.place",
    "review-page.why",
)
ORDER: tuple[Decision, ...] = ("review", "reject", "accept")
LIKE: Mapping[Decision, str] = {"accept": "met", "reject": "not met", "review": "cannot tell"}


def write_review_page(result: GeocodeResult, path: Path, lang: Lang) -> Path:
    """Writes the page to ``path``, atomically, and returns the path."""
    write_text(path, review_page(result, lang))
    return path


def review_page(result: GeocodeResult, lang: Lang) -> str:
    """The page as HTML: rows for review first, then the rejected, then the located."""
    return assembled(review_data(result, lang), lang, REVIEW_PAGE)


def review_data(result: GeocodeResult, lang: Lang) -> Json:
    """Everything the page shows, in ``lang``."""
    rows = sorted(result.rows, key=lambda row: ORDER.index(row.decision))
    left_out = max(len(rows) - MOST_ROWS, 0)
    rows = rows[:MOST_ROWS]
    counties = result.setting.ground.counties if result.setting else None
    return {
        "lang": lang,
        "texts": {code.partition(".")[2]: text(code, lang) for code in WORDS},
        "title": text("review-page.title", lang),
        "note": text("review-page.note", lang),
        "left_out": text("review-page.left-out", lang, count=left_out) if left_out else "",
        "decisions": [_decision(key, result, lang) for key in ORDER],
        "counties": [] if counties is None else county_outlines(counties),
        "rows": [_row(row, lang) for row in rows],
        "bounds": _bounds(rows),
    }


def _decision(key: Decision, result: GeocodeResult, lang: Lang) -> Json:
    words = text(f"geocode.outcome-{key}", lang)
    return {
        "key": key,
        "words": words,
        "colour": STATUS_COLOURS[LIKE[key]],
        "sign": STATUS_SIGNS[LIKE[key]],
        "count": result.counts[key],
    }


def _row(row: Placed, lang: Lang) -> Json:
    query = row.query
    where = text("review-page.row", lang, row=query.row, sheet=query.sheet)
    stated = [plain(part) for part in (query.city, query.county, query.township, query.address)]
    return {
        "name": plain(query.name),
        "decision": row.decision,
        "where": where.strip(),
        "stated": " ".join(part for part in stated if part),
        "why": [plain(reason.text(lang)) for reason in row.reasons],
        "places": [_place(trusted, number, lang) for number, trusted in enumerate(_shown(row), start=1)],
    }


def _shown(row: Placed) -> tuple[Trusted, ...]:
    """The candidates, or the place that a person gave, which comes first; of a located row only those not rejected."""
    if row.chosen is None:
        return row.candidates
    left = tuple(t for t in row.candidates if row.decision != "accept" or t.decision != "reject")
    if any(row.chosen.candidate == trusted.candidate for trusted in left):
        return left
    return (row.chosen, *left)


def _place(trusted: Trusted, number: int, lang: Lang) -> Json:
    candidate = trusted.candidate
    return {
        "number": number,
        "lon": round(candidate.lon, DECIMALS),
        "lat": round(candidate.lat, DECIMALS),
        "provider": plain(candidate.provider),
        "name": plain(candidate.name),
        "address": plain(candidate.address),
        "decision": trusted.decision,
        "trust": f"{trusted.trust:.2f}",
        "precision": Message(f"geocode.precision-{candidate.precision}").text(lang),
        "at": f"{candidate.lon:.5f}, {candidate.lat:.5f}",
        "why": [plain(reason.text(lang)) for reason in trusted.reasons],
    }


def _bounds(rows: list[Placed]) -> list[list[float]] | None:
    """South-west and north-east of the middle 98 % of all candidates: one wrong answer far away does not zoom out."""
    places = [(t.candidate.lat, t.candidate.lon) for row in rows for t in _shown(row) if t.decision != "reject"]
    if not places:
        return None
    lower, upper = np.percentile(np.array(places), (1, 99), axis=0)
    margin = 0.01
    return [
        [round(float(lower[0]) - margin, DECIMALS), round(float(lower[1]) - margin, DECIMALS)],
        [round(float(upper[0]) + margin, DECIMALS), round(float(upper[1]) + margin, DECIMALS)],
    ]
