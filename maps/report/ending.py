"""The last sections of a report: what would settle the rest, the ledger, and the parameters."""

from __future__ import annotations

from collections.abc import Sequence

from ...coverage.results import Assessment
from ...coverage.settling import ToSettle
from ...texts import Lang
from ..page.panel import ledger as ledger_rows
from ..page.panel import parameters as parameter_rows
from ..words import coded, plain, whole
from .blocks import Block, Bullets, Cell, Heading, Paragraph, Table
from .said import columns, named, row, say, whole_text, words_of
from .settled import item_text, units_text

MOST_ITEMS = 15
MOST_SKIPPED = 60


def settle(assessment: Assessment, lacking: Sequence[ToSettle], lang: Lang) -> tuple[Block, ...]:
    """The data that open verdicts lack, the most useful first; where none is open, what would confirm screenings."""
    if not lacking:
        return Paragraph(say("nothing-lacking", lang)), *_confirming(assessment, lang)
    lines = tuple(
        row(str(place), item_text(item, lang), str(len(item.settles)), str(len(item.needed_by)), whole(item.people),
            units_text(item, lang))
        for place, item in enumerate(lacking[:MOST_ITEMS], start=1)
    )  # fmt: skip
    heads = columns(
        lang, ("rank", 0.7, True), ("item", 4.0, False), ("settles", 1.3, True), ("needed-by", 1.3, True),
        ("residents-there", 1.3, True), ("units", 2.5, False),
    )  # fmt: skip
    more = len(lacking) - len(lines)
    rest = (Paragraph(say("settle-more", lang, count=more), "note"),) if more > 0 else ()
    return (
        Paragraph(say("settle-intro", lang, count=len(lacking))),
        Table(heads, lines, say("settle-caption", lang)),
        *rest,
    )


def _confirming(assessment: Assessment, lang: Lang) -> tuple[Block, ...]:
    screenings = [verdict for verdict in assessment.verdicts if verdict.screening]
    wanted = dict.fromkeys(whole_text(way.text(lang)) for verdict in screenings for way in verdict.would_settle)
    if not wanted:
        return ()
    return Paragraph(say("confirming", lang, count=len(screenings))), Bullets(tuple(wanted))


def ledger(assessment: Assessment, lang: Lang) -> tuple[Block, ...]:
    """Every resident once; the rules that were not tested, by name; the facilities without a place."""
    found = ledger_rows(assessment, lang)
    lines = [row(part["label"], part["people"], part["percent"]) for part in found["rows"]]
    lines.append(row(say("all", lang), found["total"], ""))
    heads = columns(lang, ("part", 3.0, False), ("residents", 1.5, True), ("share", 1.0, True))
    balanced = Paragraph(say("balanced" if assessment.ledger.balanced else "not-balanced", lang))
    return (
        balanced,
        Table(heads, tuple(lines), say("ledger-caption", lang)),
        *_skipped(assessment, lang),
        *_unplaced(assessment, lang),
    )


def _skipped(assessment: Assessment, lang: Lang) -> tuple[Block, ...]:
    if not assessment.skipped:
        return ()
    lines = tuple(row(plain(each.rule), words_of(each.title, lang), whole_text(each.reason.text(lang)))
                  for each in assessment.skipped[:MOST_SKIPPED])  # fmt: skip
    heads = columns(lang, ("id", 1.2, False), ("goal", 3.0, False), ("reason", 4.0, False))
    more = len(assessment.skipped) - len(lines)
    rest = (Paragraph(say("skipped-more", lang, count=more), "note"),) if more > 0 else ()
    return Heading(say("skipped", lang)), Table(heads, lines, say("skipped-caption", lang)), *rest


def _unplaced(assessment: Assessment, lang: Lang) -> tuple[Block, ...]:
    """Facilities that nobody could place, by kind, with their names."""
    head, frame = Heading(say("unplaced", lang)), assessment.facilities.frame
    lost = frame[frame.geometry.isna()] if len(frame) else frame
    if lost.empty:
        return head, Paragraph(say("all-placed" if len(frame) else "no-facilities", lang))
    groups: list[tuple[str, list[str]]] = [
        (str(kind), [plain(name) for name in found["name"]]) for kind, found in lost.groupby("kind", sort=False)
    ]
    groups.sort(key=lambda group: -len(group[1]))
    lines: list[tuple[Cell, ...]] = [
        row(coded("kind.", kind, lang), str(len(names)), named(names, lang, 20)) for kind, names in groups
    ]
    heads = columns(lang, ("kind", 2.0, False), ("listed", 0.8, True), ("names", 5.0, False))
    intro = Paragraph(say("unplaced-intro", lang, count=len(lost), all=len(frame)))
    return head, intro, Table(heads, tuple(lines), say("unplaced-caption", lang))


def parameters(assessment: Assessment, lang: Lang) -> tuple[Block, ...]:
    """Every number that the times rest on."""
    found = parameter_rows(assessment, lang)
    if not found:
        return (Paragraph(say("no-parameters", lang)),)
    lines = tuple(
        row(each["name"], each["value"], each["range"], each["words"], _source(each["source"], assessment, lang))
        for each in found
    )
    heads = columns(
        lang, ("parameter", 2.5, False), ("value", 1.3, False), ("range", 1.5, False), ("status", 1.2, False),
        ("source", 4.0, False),
    )  # fmt: skip
    return Paragraph(say("parameters-intro", lang)), Table(heads, lines, say("parameters-caption", lang))


def _source(source: str, assessment: Assessment, lang: Lang) -> str:
    """The source of a value; of one that the study sets without a source, that it is the study's own."""
    return say("own-value", lang) if source == plain(assessment.settings.name) else source
