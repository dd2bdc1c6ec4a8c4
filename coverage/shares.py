"""Ratios of a part to its whole, which are shares and are said in percent."""

from __future__ import annotations

from collections.abc import Mapping

from .members import in_percent
from .results import Verdict
from .rule_parts import Amount, Denominator, RuleBase, Threshold

# Columns of the optional tables that count a part of what another column of the same table counts (docs/tables.md).
WHOLE_OF: Mapping[tuple[str, str], str] = {
    ("beds", "public_specialist"): "public_hospital",
    ("staff", "tcm_hospital_tcm_doctors"): "tcm_hospital_doctors",
    ("staff", "village_doctors_licensed"): "village_doctors",
    ("units", "communities_childcare_standard"): "communities",
    ("units", "pneumoconiosis_townships_with_station"): "pneumoconiosis_townships",
}


def is_share(rule: RuleBase) -> bool:
    """Whether the rule asks for a part of a whole."""
    amount, below = getattr(rule, "amount", None), getattr(rule, "per_each", None)
    if not isinstance(amount, Amount) or not isinstance(below, Denominator) or below.each != 1.0:
        return False
    if amount.table is None or amount.column is None or below.table != amount.table:
        return False
    return WHOLE_OF.get((amount.table, amount.column)) == below.column


def said_in_percent(rule: RuleBase, verdict: Verdict) -> Verdict:
    """The verdict of a share (0 to 1) in percent; any other verdict as it is."""
    if verdict.quantity or not is_share(rule):
        return verdict
    threshold = getattr(rule, "thresholds", {}).get(verdict.unit, getattr(rule, "threshold", None))
    asked = in_percent(threshold) if isinstance(threshold, Threshold) and verdict.target else None
    return verdict.replaced(
        quantity="%",
        value=_percent(verdict.value),
        margin=_percent(verdict.margin),
        target=asked.text("%") if asked else verdict.target,
        target_value=asked.limit if asked else verdict.target_value,
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share * 100.0, 9)
