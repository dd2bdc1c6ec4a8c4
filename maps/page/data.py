"""The page's whole content as one JSON text that may stand inside a ``<script>`` element."""

from __future__ import annotations

import json
from typing import Any

from ...coverage.results import Assessment
from ...texts import LANGS, Lang, catalogue, text
from ..palette import (
    GROUPS,
    SCREENING_SIGN,
    STATUS_COLOURS,
    STATUS_SIGNS,
    TIME_COLOURS,
    UNREACHABLE_COLOURS,
    UNSERVED_COLOUR,
    class_labels,
)
from ..words import dates_text, from_osm, joint, labelled, plain, study_note, study_title, whole
from . import layers as page_layers
from . import panel as page_panel
from .access import drawn_access, equity, said_access
from .field import reading
from .reach import reach
from .search import townships_at
from .topics import plan_titles, topics

Json = dict[str, Any]
UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
PREFIX = "maps."
PHRASES = "tools."
LANGUAGES: dict[Lang, str] = {"zh": "zh-CN", "en": "en"}  # as a browser calls them


def page_data(assessment: Assessment, lang: Lang) -> Json:
    """Everything the page holds, as plain JSON values; it opens in ``lang``.

    What is ``drawn`` stands there once; what is ``said`` once for each language, with positions into what is drawn.
    """
    return {
        "lang": lang,
        "bounds": page_layers.bounds(assessment),
        "drawn": drawn(assessment),
        "said": {each: said(assessment, each) for each in LANGS},
    }


def drawn(assessment: Assessment) -> Json:
    """What is the same in every language: shapes, places, names, numbers."""
    dissolved, single = page_layers.isochrones(assessment)
    return {
        "bounds": page_layers.bounds(assessment),
        "field": page_layers.field(assessment),
        "isochrones": dissolved,
        "single": single,
        "counties": page_layers.counties(assessment),
        "townships": page_layers.townships(assessment),
        "roads": page_layers.roads(assessment),
        "unserved": page_layers.unserved(assessment),
        "marks": page_layers.facilities(assessment),
        "reading": reading(assessment),
        "reach": reach(assessment),
        "access": drawn_access(assessment),
        "townships_at": townships_at(assessment),
        "osm": from_osm(assessment),
    }


def said(assessment: Assessment, lang: Lang) -> Json:
    """What the page says in one language; no key of it is one of ``drawn``."""
    return {
        "lang": lang,
        "language": LANGUAGES[lang],
        "texts": _texts(lang),
        "phrases": _phrases(lang),
        "head": _head(assessment, lang),
        "style": _style(lang),
        "county_figures": page_layers.county_figures(assessment, lang),
        "mark_facts": page_layers.mark_facts(assessment, lang),
        "facts": page_layers.fact_labels(lang),
        "unserved_said": _unserved_said(page_layers.unserved(assessment), lang),
        "basis": [each.text(lang) for each in assessment.basis],
        "rules": page_panel.rules(assessment, lang),
        "topics": topics(assessment, lang),
        "summary": page_panel.summary(assessment, lang),
        "to_settle": page_panel.to_settle(assessment, lang),
        "baselines": [plain(each.text(lang)) for each in assessment.baselines],
        "skipped": page_panel.skipped(assessment, lang),
        "ledger": page_panel.ledger(assessment, lang),
        "ledgers": page_panel.ledgers(assessment, lang),
        "figures": page_panel.figures(assessment, lang),
        "access_said": said_access(assessment, lang),
        "equity": equity(assessment, lang),
        "sources": page_panel.sources(assessment, lang),
        "zones": assessment.zone_text.text(lang),
        "assumption": _assumption(assessment, lang),
        "problems": [problem.line(lang) for problem in assessment.problems],
        "unplaced": page_layers.unplaced(assessment, lang),
        "parameters": page_panel.parameters(assessment, lang),
    }


def as_script(content: Json) -> str:
    """JSON without a sign that could end a script element or begin markup, and without NaN."""
    written = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign, escape in UNSAFE.items():
        written = written.replace(sign, escape)
    return written


def _texts(lang: Lang) -> dict[str, str]:
    """The fixed words of the page: every text of this room that has nothing to fill in."""
    words = {code: entry[lang] for code, entry in catalogue().items() if code.startswith(PREFIX)}
    return {code.removeprefix(PREFIX): said for code, said in words.items() if "{" not in said}


def _phrases(lang: Lang) -> dict[str, str]:
    """The words whose gaps the page itself fills in."""
    names = [code.removeprefix(PHRASES) for code in catalogue() if code.startswith(PHRASES)]
    return {name: catalogue()["tools." + name][lang] for name in names}


def _head(assessment: Assessment, lang: Lang) -> Json:
    dates = dates_text(assessment, lang)
    plans = list(plan_titles(assessment, lang).values())
    return {
        "title": study_title(assessment, lang),
        "document": text("maps.page-title", lang, name=study_title(assessment, lang)),
        "note": study_note(assessment, lang),
        "dates": labelled(text("maps.data-dates", lang), dates, lang) if dates else "",
        "plans": labelled(text("maps.tested-by", lang), joint(lang).join(plans), lang) if plans else "",
        "cached": text("maps.cached", lang) if assessment.from_cache else "",
    }


def _style(lang: Lang) -> Json:
    groups = [
        {
            "key": group.key,
            "colour": group.colour,
            "shape": group.shape,
            "letter": text("maps.letter-" + group.key, lang),
            "label": text("maps.group-" + group.key, lang),
        }
        for group in GROUPS
    ]
    statuses = [
        {"key": key.replace(" ", "-"), "colour": colour, "sign": STATUS_SIGNS[key], "label": text(_code(key), lang)}
        for key, colour in STATUS_COLOURS.items()
    ]
    classes = [{"label": label, "colour": c} for label, c in zip(class_labels(lang), TIME_COLOURS, strict=True)]
    return {
        "groups": groups,
        "statuses": statuses,
        "classes": classes,
        "unreachable": {"label": text("maps.unreachable", lang), "colours": UNREACHABLE_COLOURS},
        "unserved": UNSERVED_COLOUR,
        "screening": SCREENING_SIGN,
    }


def _code(status: str) -> str:
    return "verdict." + status.replace(" ", "-")


def _unserved_said(unserved: Json, lang: Lang) -> Json:
    cut, minutes = unserved["cut"], f"{unserved['minutes']:g}"
    label = text("maps.layer-unserved", lang, minutes=minutes)
    people, count = whole(unserved["residents"]), whole(unserved["count"])
    notes = [text("maps.limit-goal" if unserved["by_goal"] else "maps.limit-fallback", lang, minutes=minutes)]
    notes += [] if unserved["shown"] else [text("maps.unserved-off", lang, count=count)]
    notes += [text("maps.unserved-cut", lang, **cut)] if cut else []
    return {
        "label": label,
        "layer": text("maps.unserved-people", lang, label=label, residents=people, share=f"{unserved['share']:.1%}"),
        "notes": notes,
    }


def _assumption(assessment: Assessment, lang: Lang) -> str:
    assumption = assessment.settings.stations.assumption
    return plain(getattr(assumption, lang)) if assumption else ""
