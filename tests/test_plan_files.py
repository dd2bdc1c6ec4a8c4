"""Plan files: the documented example, the schema for editors, and every mistake that a planner may make in one."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from studies import rule

from carereach.coverage.choices import CHOICES, why_default
from carereach.coverage.kinds import KINDS
from carereach.coverage.rules import Plan, embedded_plans, plan_schema, read_plan
from carereach.errors import InputError
from carereach.texts import LANGS, text

COUNT: dict[str, Any] = {"facilities": {"kinds": ["mch"]}, "threshold": {"at_least": 1}}


def test_schema_for_editors_is_current(repo: Path) -> None:
    """docs/write_schema.py writes it."""
    written = json.loads((repo / "docs" / "plan.schema.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(plan_schema()))


def test_documented_example_is_a_plan(repo: Path) -> None:
    content = (repo / "docs" / "plan-file.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", content, re.DOTALL)
    plan = Plan.model_validate(tomllib.loads(example))
    assert [r.kind for r in plan.rule] == ["response-time", "ratio", "count-per-unit", "share", "grade"]


def test_every_kind_and_choice_is_documented(repo: Path) -> None:
    content = (repo / "docs" / "plan-file.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"| `{kind}` |" not in content] == []
    assert [code for code in CHOICES if f"| {code} | `{CHOICES[code].default}`" not in content] == []


@pytest.mark.parametrize("code", CHOICES)
def test_every_choice_has_a_default_with_its_reason_in_both_languages(code: str) -> None:
    assert len(set(CHOICES[code].readings)) == len(CHOICES[code].readings) >= 2
    for lang in LANGS:
        assert why_default(code).text(lang)
        assert all(text(f"choice.{code}.{reading}", lang) for reading in CHOICES[code].readings)


@pytest.mark.parametrize("name", embedded_plans())
def test_embedded_plans_can_be_read(name: str) -> None:
    assert read_plan(name, Path()).id == name


def test_a_reading_replaces_keys() -> None:
    made = rule("count-per-unit", **COUNT, when={"C14": {"all": {"threshold": {"at_least": 2}, "units": ["甲县"]}}})
    plain, other = (made.rule[0].under({"C14": reading}) for reading in ("half", "all"))
    assert plain.threshold.limit == 1 and plain.units == ()  # type: ignore[attr-defined]
    assert other.threshold.limit == 2 and other.units == ("甲县",)  # type: ignore[attr-defined]
    assert made.rule[0].open_choices == ("C14",)


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"kind": "reach-out"}, "toml.one-of"),
    ({}, "toml.missing-key"),
    ({"kind": "count-per-unit", "threshold": {"at_least": 1}}, "rule.facilities-or-amount"),
    ({"kind": "count-per-unit", **COUNT, "zone": "urban"}, "toml.unknown-key"),
    ({"kind": "count-per-unit", "facilities": {"kinds": ["mch"]}}, "toml.missing-key"),
    ({"kind": "count-per-unit", **COUNT, "facilities": {}}, "rule.selector-empty"),
    ({"kind": "count-per-unit", **COUNT, "facilities": {"kinds": ["hospitl"]}}, "rule.facility-kind"),
    ({"kind": "count-per-unit", **COUNT, "facilities": {"kinds": ["mch"], "statuses": ["opn"]}}, "rule.status"),
    ({"kind": "count-per-unit", **COUNT, "threshold": {"at_least": 1, "at_most": 0}}, "rule.one-bound"),
    ({"kind": "count-per-unit", **COUNT, "choices": ["C99"]}, "rule.choice"),
    ({"kind": "count-per-unit", **COUNT, "when": {"C14": {"most": {}}}}, "rule.reading"),
    ({"kind": "count-per-unit", **COUNT, "when": {"C14": {"all": {"kind": "share"}}}}, "rule.when-fixed"),
    ({"kind": "count-per-unit", **COUNT, "when": {"C14": {"all": {"per": "moon"}}}}, "rule.when-wrong"),
    ({"kind": "reach", "facilities": {"kinds": ["mch"]}}, "rule.minutes-or-km"),
    ({"kind": "reach", "facilities": {"kinds": ["mch"]}, "within_min": 15, "within_km": 1}, "rule.minutes-or-km"),
    (
        {"kind": "reach", "facilities": {"kinds": ["mch"]}, "within_min": 15, "threshold": {"at_least": 90}},
        "rule.needs-share",
    ),
    ({"kind": "distance-band", "facilities": {"kinds": ["mch"]}, "band": [50, 30]}, "rule.band-order"),
    ({"kind": "distance-band", "facilities": {"kinds": ["mch"]}, "band": [30, 50], "new": [5, 3]}, "rule.band-order"),
    (
        {"kind": "ratio", "amount": {"table": "staff"}, "per_each": {"population": "resident"}},
        "rule.table-and-column",
    ),
    (
        {"kind": "ratio", "amount": {"facilities": {"kinds": ["mch"]}}, "per_each": {"population": "resident"}},
        "rule.threshold-or-range",
    ),
    (
        {
            "kind": "ratio",
            "amount": {"facilities": {"kinds": ["mch"]}, "column": "doctors"},
            "per_each": {"population": "resident"},
            "threshold": {"at_least": 1},
        },
        "rule.facility-column",
    ),
    (
        {"kind": "ratio", "amount": {"table": "s", "column": "c"}, "per_each": {}, "threshold": {"at_least": 1}},
        "rule.one-denominator",
    ),
    (
        {
            "kind": "ratio",
            "amount": {"table": "s", "column": "c"},
            "per_each": {"table": "s", "column": "d"},
            "range": {"number": [1, 2], "people": [8e5, 2e6]},
        },
        "rule.range-of-people",
    ),
    (
        {
            "kind": "banded-minimum",
            "amount": {"table": "beds", "column": "infectious"},
            "bands": [{"below": 5e5, "minimum": 20}, {"below": 3e5, "minimum": 50}, {"minimum": 80}],
        },
        "rule.bands-rising",
    ),
    (
        {"kind": "population-trigger", "above": 1e5, "facilities": {"kinds": ["mch"]}, "far_from_seat": True},
        "rule.far-needs-township",
    ),
    ({"kind": "share", "having": {"role": "a"}, "threshold": {"at_least": 1}}, "rule.facilities-or-each"),
    (
        {"kind": "share", "each": "county", "having": {"role": "a"}, "threshold": {"at_least": 1}},
        "rule.each-needs-table",
    ),
    (
        {"kind": "share", "facilities": {"kinds": ["mch"]}, "having": {"role": "a"}, "threshold": {"at_least": 90}},
        "rule.needs-share",
    ),
    ({"kind": "membership", "facilities": {"kinds": ["mch"]}, "having": {"level": "best"}}, "rule.level"),
    ({"kind": "membership", "facilities": {"kinds": ["mch"]}, "having": {}}, "rule.one-condition"),
    (
        {"kind": "membership", "facilities": {"kinds": ["mch"]}, "having": {"role": "a", "is": "b"}},
        "rule.word-without-table",
    ),
    (
        {
            "kind": "membership",
            "facilities": {"kinds": ["mch"]},
            "having": {"table": "a", "column": "b", "is": "c", "threshold": {"at_least": 1}},
        },
        "rule.word-or-threshold",
    ),
    ({"kind": "grade", "targets": [{"name": "a", "level": "tertiary", "beds": 100}]}, "rule.one-target"),
]


@pytest.mark.parametrize(("keys", "code"), MISTAKES)
def test_mistakes_are_explained_with_their_place(tmp_path: Path, keys: dict[str, Any], code: str) -> None:
    content: dict[str, Any] = {
        "id": "p",
        "title": {"zh": "规划", "en": "A plan"},
        "document": "2024",
        "rule": [{"id": "r", "title": {"zh": "规则", "en": "A rule"}, "section": "1", **keys}],
    }
    (tmp_path / "plan.toml").write_text(toml_of(content), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_plan("plan.toml", tmp_path)
    assert code in [problem.code for problem in caught.value.problems]
    assert all((problem.column or "").startswith('rule "r"') for problem in caught.value.problems)
    for lang in LANGS:
        assert all(problem.line(lang) for problem in caught.value.problems)


def toml_of(value: Any) -> str:
    """A table as TOML, all in one line a key (JSON's texts, numbers and lists are TOML's)."""
    return "\n".join(f"{key} = {_inline(part)}" for key, part in value.items())


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_inline(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(part) for part in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def test_rule_ids_stand_once() -> None:
    made = rule("count-per-unit", **COUNT).model_dump(exclude_unset=True, by_alias=True)
    with pytest.raises(ValidationError, match="ids-twice"):
        Plan.model_validate({**made, "rule": [*made["rule"], *made["rule"]]})
    with pytest.raises(ValidationError, match="at least 1"):
        Plan.model_validate({**made, "rule": []})
