"""A ratio of a part to its whole is said in percent; every other ratio stays as the plan writes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from assessments import verdicts

from carereach.coverage.rules import Plan, read_plan
from carereach.coverage.shares import is_share, said_in_percent
from carereach.texts import catalogue


def plan(amount: str, per_each: dict[str, object]) -> Plan:
    rule = {
        "id": "X-1", "title": {"zh": "比例", "en": "share"}, "section": "1", "kind": "ratio",
        "amount": {"table": "staff", "column": amount}, "per_each": per_each, "threshold": {"at_least": 0.6},
    }  # fmt: skip
    head = {"id": "x", "title": {"zh": "规划", "en": "plan"}, "document": "2024-01-01"}
    return Plan.model_validate({**head, "rule": [rule]})


def test_a_part_of_a_whole() -> None:
    (rule,) = plan("village_doctors_licensed", {"table": "staff", "column": "village_doctors"}).rule
    found = verdicts()[0].replaced(quantity="", value=0.55, margin=-0.05, target=">= 0.6", target_value=0.6)
    said = said_in_percent(rule, found)
    assert (said.value, said.margin, said.target, said.target_value) == (55.0, -5.0, ">= 60 %", 60.0)
    assert said.quantity == "%"
    unknown = said_in_percent(rule, found.replaced(value=None, margin=None))
    assert (unknown.value, unknown.margin, unknown.target) == (None, None, ">= 60 %")
    untold = said_in_percent(rule, found.replaced(value=None, target="", target_value=None))
    assert (untold.target, untold.target_value) == ("", None)


def test_no_plan_asks_for_a_share_that_is_not_in_percent() -> None:
    """Of a part in its whole the tables' texts say "of these": those ratios, and no others, are shares."""
    texts = catalogue()
    parts = {code for code in texts if code.startswith("column.") and texts[code]["zh"].startswith("其中")}
    ratios = [r for name in ("guangxi", "yulin", "qinzhou") for r in read_plan(name, Path()).rule if r.kind == "ratio"]
    asked = {rule.id: f"column.{rule.amount.table}.{rule.amount.column}" for rule in ratios}  # type: ignore[attr-defined]
    assert {rule.id for rule in ratios if is_share(rule)} == {key for key, code in asked.items() if code in parts}
    assert {"YL-BED-3", "QZ-BED-6", "YL-CARE-2", "YL-STF-6", "QZ-PHC-9.licensed"} <= {
        r.id for r in ratios if is_share(r)
    }


@pytest.mark.parametrize(
    ("amount", "per_each"),
    [
        ("nurses", {"table": "staff", "column": "doctors"}),  # nurses are no part of the doctors
        ("village_doctors_licensed", {"population": "resident", "each": 1000}),
        ("village_doctors_licensed", {"table": "staff", "column": "village_doctors", "each": 100}),
    ],
)
def test_any_other_ratio(amount: str, per_each: dict[str, object]) -> None:
    (rule,) = plan(amount, per_each).rule
    found = verdicts()[0].replaced(quantity="", value=0.55, target=">= 0.6")
    assert said_in_percent(rule, found) == found
