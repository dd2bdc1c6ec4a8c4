"""Named facilities reach the level, or the beds, that the plan sets for them."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from ...layers.settings_parts import Name, Part
from ...texts import Message
from ..facts import Facts
from ..found import COMING, levels_of, rank
from ..intervals import Interval, interval_verdict
from ..judge import cannot_tell, citation
from ..results import WEAK_GRADES, Evidence, Status, Verdict
from ..rule_parts import GRADED, Above0, PlanHead, RuleBase, Threshold, check_known, mistake
from ..ways import Way, about

NOT_OPEN = (*COMING, "closed")


class Target(Part):
    """The facility called ``name`` (or any of ``names``, its other names) reaches ``level``, ``beds`` in use, or
    ``beds_authorised``; ``county``: where several are called so."""

    name: Name
    names: tuple[Name, ...] = ()
    county: Name | None = None
    level: Name | None = None
    beds: Above0 | None = None
    beds_authorised: Above0 | None = None

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        count = sum(part is not None for part in (self.level, self.beds, self.beds_authorised))
        if count != 1:
            raise mistake("rule.one-target", count=count)
        check_known((self.level,) if self.level else (), GRADED, "rule.level")
        return self


class GradeRule(RuleBase):
    """One verdict for each of ``targets`` whose facility stands in the study."""

    kind: Literal["grade"]
    targets: tuple[Target, ...] = Field(min_length=1)

    @property
    def names_institutions(self) -> bool:
        return True


def evaluate(plan: PlanHead, rule: GradeRule, facts: Facts) -> list[Verdict]:
    """One verdict for each target; one whose county the study does not hold is left out."""
    held = set(facts.study.counties.frame["county"])
    return [
        _evaluate(plan, rule, facts, target)
        for target in rule.targets
        if target.county is None or target.county in held
    ]


def _evaluate(plan: PlanHead, rule: GradeRule, facts: Facts, target: Target) -> Verdict:
    frame = facts.study.facilities.frame
    rows = frame[frame["name"].isin((target.name, *target.names))]
    if target.county is not None:
        rows = rows[(rows["county"] == target.county) | (rows["county"] == "")]
    rows = rows.sort_values("status", key=lambda status: status != "open", kind="stable").head(1)
    unit = target.county or next((str(county) for county in rows["county"] if county), facts.study.city)
    if rows.empty:
        return cannot_tell(facts, plan, rule, unit, Way("named", rows=(target.name,)), subject=target.name)
    if target.level is not None:
        return _level(plan, rule, facts, target, rows, unit)
    return _beds(plan, rule, facts, target, rows, unit)


def _level(plan: PlanHead, rule: GradeRule, facts: Facts, target: Target, rows: pd.DataFrame, unit: str) -> Verdict:
    """Levels are ranked; what does not say its level, or not whether it is A, may have any that fits."""
    assert target.level is not None
    status = _level_status(facts, rows, target.level)
    evidence = facts.evidence("facilities") if status != "cannot tell" else (Evidence("facilities", "missing"),)
    row = rows.iloc[0]
    words = f"{row['level']} {row.get('level_class', '')}".strip()
    notes = [Message("note.level-now", {"level": words}) if words else Message("note.level-unknown")]
    if row["status"] in NOT_OPEN:
        notes.append(Message("note.not-open", {"status": Message(f"status.{row['status']}")}))
    return Verdict(
        plan=plan.id,
        rule=rule.id,
        title=rule.title,
        unit=unit,
        subject=target.name,
        status=status,
        citation=citation(plan, rule),
        target=target.level,
        screening=status != "cannot tell" and evidence[0].grade in WEAK_GRADES,
        evidence=evidence,
        choices=tuple(f"{code}={facts.choices[code]}" for code in rule.open_choices),
        notes=tuple(notes),
        would_settle=() if status != "cannot tell" else _ways(facts, rows, about("level-of", rows)),
        plan_title=plan.title,
    )


def _stays_shut(facts: Facts, rows: pd.DataFrame) -> bool:
    """Whether it is not open for certain: closed, or still to come by a list that holds every facility of its kind. One
    that was only planned when another list or a plan was made may be open today."""
    status, kind = rows["status"].iloc[0], rows["kind"].iloc[0]
    return bool(status == "closed" or (status in COMING and kind in facts.study.complete_kinds))


def _ways(facts: Facts, rows: pd.DataFrame, asked: tuple[Way, ...]) -> tuple[Way, ...]:
    """What would settle it: whether it is open by now, where that is not known, and what else is asked."""
    known = rows["status"].iloc[0] == "open" or _stays_shut(facts, rows)
    return asked if known else (*about("status", rows), *asked)


def _level_status(facts: Facts, rows: pd.DataFrame, level: str) -> Status:
    if _stays_shut(facts, rows):
        return "not met"
    if rows["status"].iloc[0] in COMING:
        return "cannot tell"
    lowest, highest = levels_of(rows)
    if lowest.iloc[0] >= rank(level):
        return "met" if rows["status"].iloc[0] == "open" else "cannot tell"
    return "not met" if highest.iloc[0] < rank(level) else "cannot tell"


def _beds(plan: PlanHead, rule: GradeRule, facts: Facts, target: Target, rows: pd.DataFrame, unit: str) -> Verdict:
    column = "beds" if target.beds is not None else "beds_authorised"
    least = target.beds if target.beds is not None else target.beds_authorised
    now = float(rows[column].iloc[0]) if column in rows else float("nan")
    shut = _stays_shut(facts, rows)
    known = not np.isnan(now) and rows["status"].iloc[0] not in COMING
    interval = Interval.exactly(0.0 if shut else now) if shut or known else Interval.unknown()
    return interval_verdict(
        facts,
        plan,
        rule,
        Threshold(at_least=least),
        unit,
        interval,
        facts.evidence("facilities"),
        settle=_ways(facts, rows, about("cells", rows[rows[column].isna()] if column in rows else rows, column)),
        subject=target.name,
    )
