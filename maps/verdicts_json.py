"""The verdicts as JSON for other programs: keys in English that stay, texts in both languages, numbers as numbers."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..coverage.baselines import Counted
from ..coverage.results import Assessment, Evidence, Skipped, Verdict, grade_text
from ..coverage.settling import ToSettle
from ..coverage.ways import Way
from ..files import write_text
from ..layers.settings_parts import Words
from ..texts import LANGS, Message
from .words import layer_text, parameter_text, study_note, study_title

Json = dict[str, Any]
FORMAT = 1


def write_verdicts_json(assessment: Assessment, path: Path) -> None:
    """One object per rule and unit, the rules not tested, the ledger and the parameters; whole or not at all."""
    content = json.dumps(verdicts_json(assessment), ensure_ascii=False, indent=1, allow_nan=False)
    write_text(path, content + "\n")


def verdicts_json(assessment: Assessment) -> Json:
    """What :func:`write_verdicts_json` writes."""
    return {
        "format": FORMAT,
        "carereach": version("carereach"),
        "study": assessment.name,
        "study_title": {lang: study_title(assessment, lang) for lang in LANGS},
        "study_note": {lang: study_note(assessment, lang) for lang in LANGS},
        "basis": [_said(message) for message in assessment.basis],
        "problems": [{lang: problem.line(lang) for lang in LANGS} for problem in assessment.problems],
        "verdicts": [_verdict(verdict) for verdict in assessment.verdicts],
        "to_settle": [_to_settle(item) for item in assessment.to_settle],
        "baselines": [_baseline(each) for each in assessment.baselines],
        "skipped": [_skipped(skipped) for skipped in assessment.skipped],
        "ledger": asdict(assessment.ledger),
        "parameters": [_parameter(row) for row in assessment.parameters.to_dict("records")],
    }


def _verdict(verdict: Verdict) -> Json:
    return {
        "plan": verdict.plan,
        "plan_title": _words(verdict.plan_title),
        "rule": verdict.rule,
        "title": _words(verdict.title),
        "unit": verdict.unit,
        "unit_text": {lang: verdict.unit_text(lang) for lang in LANGS},
        "status": verdict.status,
        "status_text": {lang: verdict.status_text(lang) for lang in LANGS},
        "screening": verdict.screening,
        "binding": verdict.binding,
        "value": _number(verdict.value),
        "quantity": verdict.quantity,
        "bound": verdict.bound,
        "target": verdict.target,
        "target_value": _number(verdict.target_value),
        "margin": _number(verdict.margin),
        "band": verdict.label,
        "value_low_speed": _number(verdict.low),
        "value_high_speed": _number(verdict.high),
        "holds_low": verdict.holds_low,
        "holds_high": verdict.holds_high,
        "holds_placement": verdict.holds_placement,
        "people_affected": _number(verdict.people_affected),
        "worst_places": list(verdict.worst),
        "places": [{"place": place, "residents": people, "outside": out} for place, people, out in verdict.places],
        "evidence": [_evidence(each) for each in verdict.evidence],
        "definition": _said(verdict.definition) if verdict.definition else None,
        "choices": [
            {"choice": choice.partition("=")[0], "reading": choice.partition("=")[2], "text": words}
            for choice, words in zip(verdict.choices, _choices(verdict), strict=True)
        ],
        "notes": [_said(note) for note in verdict.notes],
        "would_settle": [_way(way) | {lang: way.text(lang) for lang in LANGS} for way in verdict.would_settle],
        "needs": [_said(need) for need in verdict.needs],
        "citation": {lang: verdict.citation_text(lang) for lang in LANGS},
    }


def _choices(verdict: Verdict) -> list[Json]:
    said = {lang: verdict.choices_text(lang) for lang in LANGS}
    return [{lang: said[lang][place] for lang in LANGS} for place in range(len(verdict.choices))]


def _evidence(evidence: Evidence) -> Json:
    return {
        "layer": evidence.layer,
        "layer_text": {lang: layer_text(evidence.layer, lang) for lang in LANGS},
        "grade": evidence.grade,
        "grade_text": {lang: grade_text(evidence.grade, lang) for lang in LANGS},
        "source": evidence.source,
    }


def _way(way: Way) -> Json:
    return {
        "code": way.code,
        "what": way.what,
        "layer": way.layer,
        "unit": way.unit,
        "kinds": list(way.kinds),
        "table": way.table,
        "column": way.column,
        "rows": list(way.rows),
        "facilities": [each._asdict() for each in way.facilities],
    }


def _to_settle(item: ToSettle) -> Json:
    said: Json = {
        **{lang: item.text(lang) for lang in LANGS},
        "settles": [_rule(rule) for rule in item.settles],
        "needed_by": [_rule(rule) for rule in item.needed_by],
        "verdicts_settled": item.verdicts_settled,
        "verdicts_needing": item.verdicts_needing,
        "units": list(item.units),
        "people": _number(item.people),
    }
    return _way(item.way) | said


def _baseline(each: Counted) -> Json:
    return {
        "plan": each.plan,
        "unit": each.unit,
        "title": _words(each.baseline.title),
        "kinds": list(each.kinds),
        "count": each.baseline.count,
        "year": each.baseline.year,
        "listed": each.listed,
        "unsure": each.unsure,
        "claimed_complete": each.claimed,
        "differs": each.differs,
        "citation": each.citation,
        **{lang: each.text(lang) for lang in LANGS},
    }


def _rule(rule: tuple[str, str]) -> Json:
    plan, name = rule
    return {"plan": plan, "rule": name}


def _skipped(skipped: Skipped) -> Json:
    return {
        "plan": skipped.plan,
        "plan_title": _words(skipped.plan_title),
        "rule": skipped.rule,
        "title": _words(skipped.title),
        "reason": _said(skipped.reason),
    }


def _parameter(row: Any) -> Json:  # noqa: ANN401 a row of a frame
    return {
        "name": str(row["name"]),
        "name_text": {lang: parameter_text(str(row["name"]), lang) for lang in LANGS},
        "value": _number(row["value"]),
        "low": _number(row["low"]),
        "high": _number(row["high"]),
        "unit": str(row["unit"]),
        "status": str(row["status"]),
        "source": str(row["source"]),
    }


def _said(message: Message) -> Json:
    return {"code": message.code, **{lang: message.text(lang) for lang in LANGS}}


def _words(words: Words | None) -> Json | None:
    return None if words is None else {lang: getattr(words, lang) for lang in LANGS}


def _number(value: float | None) -> float | None:
    """A number as JSON knows it; missing and unreachable ones are null."""
    return float(value) if value is not None and math.isfinite(value) else None
