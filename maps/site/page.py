"""The map of a proposal: chosen, nearly chosen and standing sites, and who is newly reached; opens without a network.

Names come from a user's files: they stand in the page's JSON and are shown as text.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from ...files import write_text
from ...scenarios.proposals.proposal import Proposal, sites_of
from ...texts import Lang, text
from ..page.data import Json
from ..page.layers import county_outlines
from ..page.write import Parts, assembled
from ..tables import heading
from ..words import plain
from .tables import SHOWN, cell_text, counties_frame, curve_frame, menu_frame
from .words import paragraphs, unit_of

SITE_PAGE = Parts("site.html", "site.css", ("dom", "site", "paper_map"), ("paper_map.css",))
MOST_POINTS = 12_000  # more circles make a browser slow
DECIMALS = 5
WORDS = (
    "maps.skip-link",
    "maps.made-with",
    "maps.map-label",
    "maps.zoom-in",
    "maps.zoom-out",
    "site.map-chosen",
    "site.map-nearly",
    "site.map-standing",
    "site.map-closed",
    "site.map-candidate",
    "site.map-lost",
    "site.map-beyond",
    "site.map-was",
    "site.map-legend",
    "site.map-table",
    "site.map-proposal",
    "site.curve",
    "site.choices",
)
STATES = ("was", "gained", "lost", "beyond")


def write_site_page(proposal: Proposal, path: Path, lang: Lang) -> Path:
    """Writes the page to ``path``, atomically, and returns the path."""
    write_text(path, site_page(proposal, lang))
    return path


def site_page(proposal: Proposal, lang: Lang) -> str:
    """The page as HTML."""
    return assembled(site_data(proposal, lang), lang, SITE_PAGE)


def site_data(proposal: Proposal, lang: Lang) -> Json:
    """Everything the page shows, in ``lang``."""
    settings = proposal.layout.study.settings
    name = plain(getattr(settings.title, lang)) if settings.title else plain(settings.name)
    counties = proposal.layout.study.counties.frame
    words = {code.rpartition(".")[2]: text(code, lang) for code in WORDS}
    limit = {"limit": proposal.limit, "unit": unit_of(proposal, lang)}
    words["map-gained"] = text("site.map-gained", lang, **limit)
    points, said = _points(proposal, lang)
    note = plain(getattr(settings.note, lang), longest=400) if settings.note else ""
    return {
        "lang": lang,
        "texts": words,
        "document": text("site.document", lang, name=name),
        "title": text("site.title", lang),
        "study": name,
        "note": note,
        "said": paragraphs(proposal, lang),
        "table": _table(counties_frame(proposal, lang)[list(SHOWN)], lang),
        "curve": _curve(proposal, lang),
        "choices": _choices(proposal, lang),
        "counties": county_outlines(counties),
        "points": points,
        "points_note": said,
        "sites": _sites(proposal, lang),
        "standing": _standing(proposal),
        "candidates": _lat_lon(_candidates(proposal), counties),
        "bounds": _bounds(counties),
        "osm": _from_osm(proposal),
    }


def _points(proposal: Proposal, lang: Lang) -> tuple[list[list[float]], str]:
    """[lat, lon, weight, state] of the places with most people, the largest first."""
    reached, limit = proposal.reached, proposal.limit
    before, after = reached.before <= limit, reached.after <= limit
    state = np.select([before & after, ~before & after, before & ~after], [0, 1, 2], 3)
    order = np.argsort(-reached.weight, kind="stable")[:MOST_POINTS]
    places = _lat_lon(reached.xy[order], proposal.layout.study.counties.frame)
    rows = [
        [*place, round(weight, 1), kind]
        for place, weight, kind in zip(places, reached.weight[order].tolist(), state[order].tolist(), strict=True)
    ]
    total = len(reached.weight)
    said = text("site.map-all-points", lang, shown=len(rows), total=total) if len(rows) < total else ""
    return rows, said


def _curve(proposal: Proposal, lang: Lang) -> Json | None:
    """The curve as a table and as figures to draw, [number, value, whether it bends there]; None without one."""
    if proposal.answer.curve is None:
        return None
    frame = curve_frame(proposal)
    known = frame[np.isfinite(frame.iloc[:, 1])]
    drawn = zip(known["site_new"].tolist(), known.iloc[:, 1].tolist(), known["site_knee"].tolist(), strict=True)
    return {"table": _table(frame, lang), "drawn": [list(one) for one in drawn]}


def _choices(proposal: Proposal, lang: Lang) -> Json | None:
    """The near-optimal choices and how they differ; None without any."""
    menu = proposal.answer.menu
    if menu is None or len(menu.alternatives) < 2:
        return None
    return _table(menu_frame(proposal, lang).drop(columns="site_sites"), lang)


def _table(frame: pd.DataFrame, lang: Lang) -> Json:
    rows = [
        [cell_text(str(name), value, lang) for name, value in zip(frame.columns, row, strict=True)]
        for row in frame.itertuples(index=False, name=None)
    ]
    return {"heads": [heading(str(name), lang) for name in frame.columns], "rows": rows}


def _sites(proposal: Proposal, lang: Lang) -> list[Json]:
    frame = sites_of(proposal)
    facts = ("county", "site_first", "site_newly", "site_load", "ambulances", "site_cost", "site_choices")
    return [
        {
            "number": row["site_number"],
            "what": row["site_what"],
            "name": plain(row["site_name"]),
            "at": [round(float(row["lat"]), DECIMALS), round(float(row["lon"]), DECIMALS)],
            "facts": [[heading(name, lang), _fact(name, row[name], lang)] for name in facts],
        }
        for row in frame.to_dict("records")
    ]


def _fact(name: str, value: object, lang: Lang) -> str:
    said = cell_text(name, value, lang)
    return "" if said == "–" else said


def _standing(proposal: Proposal) -> list[Json]:
    """What stands: stations, or the facilities that supply; closed ones say so."""
    frame = proposal.layout.standing if proposal.supply is None else proposal.supply.standing
    closed = set(proposal.answer.closed.tolist()) if proposal.supply is None else set()
    places = _lat_lon(shapely.get_coordinates(frame.geometry.to_numpy()), proposal.layout.study.counties.frame)
    return [
        {"name": plain(name), "at": place, "closed": row in closed}
        for row, (name, place) in enumerate(zip(frame["name"], places, strict=True))
    ]


def _candidates(proposal: Proposal) -> NDArray[np.float64]:
    """Places of the candidates that are neither chosen nor nearly chosen."""
    used = np.union1d(proposal.answer.chosen, proposal.answer.nearly)
    return np.delete(proposal.layout.xy, used.astype(np.int64), axis=0)


def _lat_lon(xy: NDArray[np.float64], frame: gpd.GeoDataFrame) -> list[list[float]]:
    to_degrees = Transformer.from_crs(frame.crs, 4326, always_xy=True)
    lon, lat = to_degrees.transform(xy[:, 0], xy[:, 1])
    return np.round(np.column_stack([lat, lon]), DECIMALS).tolist()  # type: ignore[no-any-return]


def _bounds(frame: gpd.GeoDataFrame) -> list[list[float]]:
    west, south, east, north = frame.to_crs(4326).total_bounds.tolist()
    return [[south, west], [north, east]]


def _from_osm(proposal: Proposal) -> bool:
    """Whether a source says OpenStreetMap, whose contributors must then be named."""
    settings = proposal.layout.study.settings
    sources = (settings.roads, settings.people, settings.boundaries, *settings.facilities)
    said = " ".join(f"{one.source} {one.licence}" for one in sources).casefold()
    return "openstreetmap" in said or "odbl" in said
