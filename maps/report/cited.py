"""The documents and the literature that a report rests on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...coverage.results import Assessment
from ...texts import Lang, text
from ..parameter_words import in_use, parameter_source
from ..words import from_osm, joint, labelled, parameter_text, plain
from .asked import PlanSaid, plans_of
from .blocks import Block, Bullets, Heading, Paragraph
from .data import LayerSaid, layers_of
from .said import listed, say
from .sections_of import chapter_of, in_order, place_of, section_of, section_text

ALWAYS = ("dijkstra", "radius", "radius-goal", "wording")


def citations(assessment: Assessment, figures: Mapping[str, Path], lang: Lang) -> tuple[Block, ...]:
    """The plans with the sections used, the data, and the sources of method and parameters."""
    plans = _plans(assessment, lang)
    return (
        *((Heading(say("cited-plans", lang)), Bullets(tuple(plans))) if plans else ()),
        Heading(say("cited-data", lang)),
        Bullets(tuple(_layer(layer, lang) for layer in layers_of(assessment, lang))),
        *((Paragraph(say("osm", lang), "note"),) if from_osm(assessment) else ()),
        Heading(say("cited-method", lang)),
        Bullets(tuple(_method(assessment, figures, lang))),
    )


def _plans(assessment: Assessment, lang: Lang) -> list[str]:
    said = []
    for plan in plans_of(assessment, lang):
        chapters = [chapter_of(verdict) for verdict in assessment.verdicts if verdict.plan == plan.plan]
        by_document: dict[str, list[str]] = {}
        for chapter in in_order(chapters):
            by_document.setdefault(chapter.document, [])
        for verdict in assessment.verdicts:
            if verdict.plan == plan.plan:
                by_document[chapter_of(verdict).document] += section_of(verdict.citation).split(", ")
        used = [_used(document, sections, plan, lang) for document, sections in by_document.items()]
        said.append(say("cited-plan", lang, plan=plan.said, sections="".join(used)))
    return said


def _used(document: str, sections: list[str], plan: PlanSaid, lang: Lang) -> str:
    """The sections of one document that rules cite, in its order."""
    once = sorted({section for section in sections if section}, key=place_of)
    if not once:
        return ""
    named = listed([section_text(section, lang) for section in once], lang)
    if document == plan.document:
        return say("sections-used", lang, sections=named)
    return say("sections-also", lang, document=document, sections=named)


def _layer(layer: LayerSaid, lang: Lang) -> str:
    more = [labelled(text(f"maps.{name}", lang), value, lang)
            for name, value in (("licence", layer.licence), ("date", layer.date)) if value]  # fmt: skip
    said = joint(lang).join([layer.source or text("maps.not-stated", lang), *more])
    return labelled(layer.name, said, lang)


def _method(assessment: Assessment, figures: Mapping[str, Path], lang: Lang) -> list[str]:
    """Where the formulas come from, and the sources of the parameters that have one."""
    codes = list(ALWAYS)
    if assessment.settings.zones.method == "degree-of-urbanisation":
        codes.append("degurba")
    if assessment.access is not None:
        codes.append("reach")
    if assessment.access is not None or "lorenz_curve" in figures:
        codes.append("inequality")
    said = [say(f"cite-{code}", lang) for code in codes]
    by_source: dict[str, list[str]] = {}
    for row in in_use(assessment).to_dict("records"):
        if row["status"] in ("seen", "derived", "study") and plain(row["source"]) not in ("", assessment.settings.name):
            by_source.setdefault(parameter_source(row["source"], lang), []).append(
                parameter_text(str(row["name"]), lang)
            )
    return said + [labelled(_short(names, lang), source, lang) for source, names in by_source.items()]


def _short(names: list[str], lang: Lang) -> str:
    return names[0] if len(names) == 1 else say("names-more", lang, names=names[0], count=len(names))
