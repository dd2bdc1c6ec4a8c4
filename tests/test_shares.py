"""A ratio of a part to its whole (``share = true``) is said in percent; any other stays as the plan writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from plan_cases import judged, with_tables
from pydantic import ValidationError
from studies import rule, study

from carereach.coverage.rules import Plan, read_plan
from carereach.texts import catalogue

LICENSED = {"table": "staff", "column": "village_doctors_licensed"}
ALL = {"table": "staff", "column": "village_doctors"}


def made(**keys: Any) -> Plan:
    return rule("ratio", **{"amount": LICENSED, "per_each": ALL, "threshold": {"at_least": 0.6}, "share": True, **keys})


@pytest.mark.parametrize(
    ("part", "whole", "status", "value", "margin"),
    [
        ("55", "100", "not met", 55.0, -5.0),
        ("60", "100", "met", 60.0, 0.0),
        ("3", "5", "met", 60.0, 0.0),  # no hair is missing on the edge
        ("", "100", "cannot tell", None, None),
    ],
)
def test_a_part_of_a_whole(part: str, whole: str, status: str, value: float | None, margin: float | None) -> None:
    row = {"county": "手工市", "village_doctors_licensed": part, "village_doctors": whole}
    (found,) = judged(made(), with_tables(study([]), staff=[row]))
    assert (found.status, found.value, found.margin) == (status, value, margin)
    assert (found.quantity, found.target, found.target_value) == ("%", ">= 60 %", 60.0)


def test_bounds_of_single_units_are_in_percent_too() -> None:
    rows = [{"county": name, "village_doctors_licensed": "1", "village_doctors": "2"} for name in ("甲县", "乙市")]
    plan = made(per="county", threshold=None, thresholds={"甲县": {"at_least": 0.4}, "乙市": {"at_least": 0.8}})
    found = judged(plan, with_tables(study([]), staff=rows))
    assert [(v.unit, v.status, v.value, v.target) for v in found] == [
        ("甲县", "met", 50.0, ">= 40 %"),
        ("乙市", "not met", 50.0, ">= 80 %"),
    ]


def test_without_the_key_it_stays_a_ratio() -> None:
    row = {"county": "手工市", "village_doctors_licensed": "55", "village_doctors": "100"}
    (found,) = judged(made(share=False), with_tables(study([]), staff=[row]))
    assert (found.value, found.quantity, found.target) == (0.55, "", ">= 0.6")


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({"per_each": {"population": "resident", "each": 1000}}, "rule.share-of-whole"),
        ({"per_each": {**ALL, "each": 100}}, "rule.share-of-whole"),
        ({"threshold": {"at_least": 60}}, "rule.needs-share"),
        ({"thresholds": {"甲县": {"at_least": 1.5}}}, "rule.needs-share"),
    ],
)
def test_mistakes(keys: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        made(**keys)
    assert code in [error["type"] for error in caught.value.errors()]
    assert catalogue()[code]["zh"]


def test_every_part_of_a_whole_in_the_embedded_plans_is_a_share() -> None:
    """Of a part in its whole the tables' texts say "of these": those ratios, and no others, are shares."""
    texts = catalogue()
    parts = {code for code in texts if code.startswith("column.") and texts[code]["zh"].startswith("其中")}
    rules = [r for name in ("guangxi", "yulin", "qinzhou") for r in read_plan(name, Path()).rule if r.kind == "ratio"]
    ratios: list[Any] = list(rules)
    asked = {each.id: f"column.{each.amount.table}.{each.amount.column}" for each in ratios}
    assert {each.id for each in ratios if each.share} == {key for key, code in asked.items() if code in parts}
    assert {"YL-BED-3", "QZ-BED-6", "YL-CARE-2", "YL-STF-6"} <= {each.id for each in ratios if each.share}
