"""The rules by topic, as the panel lists them: decided ones first, the others folded by what is missing for them.

A rule's topic is the second part of its id (``YL-EMS-1``: ``EMS``); topics without a heading of their own are "other".
"""

from __future__ import annotations

from typing import Any

from ...coverage.results import Assessment, Skipped, Verdict
from ...texts import Lang, catalogue, text
from ..report.said import table_name
from ..words import plain

Json = dict[str, Any]
TOPICS = (
    "ems", "hos", "bed", "phc", "bld", "mch", "cdc", "inf", "occ", "psy", "tcm", "reh", "old", "care", "stf",
    "tel", "edu", "sup", "sch", "fit",
)  # fmt: skip
OTHER = "other"
MOST_UNFOLDED = 12  # rules; more of them are folded by topic
LISTS = ("full-list", "unsure", "level-of", "role-of", "named", "none-there")


def by_rule(assessment: Assessment) -> dict[tuple[str, str], list[Verdict]]:
    """The verdicts of each rule, by plan and rule, in the plans' order."""
    rules: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in assessment.verdicts:
        rules.setdefault((verdict.plan, verdict.rule), []).append(verdict)
    return rules


def topics(assessment: Assessment, lang: Lang) -> Json:
    """The topics in their order, each with the positions of its rules, and whether they are shown folded.

    ``decided`` rules have a verdict that is met or not met; ``waiting``: what is missing, and the rules that miss it.
    """
    rules = list(by_rule(assessment).items())
    folded = len(rules) > MOST_UNFOLDED
    own: dict[str, list[int]] = {}
    for place, ((_, rule), _) in enumerate(rules):
        own.setdefault(topic_of(rule), []).append(place)
    named = [key for key in (*TOPICS, OTHER) if key in own]
    verdicts = [of_rule for _, of_rule in rules]
    listed = [_topic(key, own[key], verdicts, lang) for key in named]
    return {"folded": folded, "list": listed}


def topic_of(rule: str) -> str:
    """The topic of a rule's id."""
    parts = rule.split("-")
    topic = parts[1].casefold() if len(parts) > 2 else ""
    return topic if topic in TOPICS and f"topic.{topic}" in catalogue() else OTHER


def _topic(key: str, places: list[int], verdicts: list[list[Verdict]], lang: Lang) -> Json:
    decided = [place for place in places if any(v.status != "cannot tell" for v in verdicts[place])]
    waiting: dict[str, list[int]] = {}
    for place in places:
        if place not in decided:
            waiting.setdefault(_missing(verdicts[place], lang), []).append(place)
    return {
        "key": key,
        "label": text(f"topic.{key}", lang),
        "decided": decided,
        "waiting": [{"missing": said, "rules": rules} for said, rules in _tables_first(waiting, lang)],
    }


def _tables_first(waiting: dict[str, list[int]], lang: Lang) -> list[tuple[str, list[int]]]:
    last = [text("maps.missing-lists", lang), text("maps.missing-other", lang)]
    return sorted(waiting.items(), key=lambda group: (last.index(group[0]) + 1 if group[0] in last else 0, group[0]))


def _missing(verdicts: list[Verdict], lang: Lang) -> str:
    """What would settle a rule, in a few words: a table first, then lists of facilities, then anything else."""
    ways = [way for verdict in verdicts for way in verdict.would_settle]
    tables = [plain(way.table) for way in ways if way.table]
    if tables:
        return text("maps.missing-table", lang, table=table_name(tables[0], lang))
    return text("maps.missing-lists" if any(way.what in LISTS for way in ways) else "maps.missing-other", lang)


def plan_titles(assessment: Assessment, lang: Lang) -> dict[str, str]:
    """The titles of the plans tested, and of those whose rules were all skipped, by the plan's id."""
    named: list[Verdict | Skipped] = [*assessment.verdicts, *assessment.skipped]
    titles = {each.plan: plain(getattr(each.plan_title, lang)) for each in named if each.plan_title}
    return {plan: titles.get(plan) or plain(plan) for plan in dict.fromkeys(each.plan for each in named)}
