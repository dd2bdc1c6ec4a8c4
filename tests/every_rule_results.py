"""Every rule of the three plans, met in one copy of the tutorial and not met in another: the two files of results.

``python tests/every_rule_results.py`` writes them anew to docs/every_rule/.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import every_rule_qinzhou
import every_rule_qinzhou_claims
import every_rule_storage
import every_rule_yulin
import every_rule_yulin_claims
from every_rule_claims import Claim
from every_rule_content import Content, write

from carereach.coverage.assess import gather, judge_plans, read_plans
from carereach.coverage.results import Skipped, Verdict
from carereach.coverage.rules import Plan, read_plan
from carereach.layers.study import open_study

PLANS = ("yulin", "qinzhou", "guangxi")
FOLDER = Path(__file__).resolve().parent.parent / "docs" / "every_rule"
HEAD = ("id", "plan", "title_zh", "title_en", "copy", "unit", "value", "target", "band", "status", "units_met")
ClaimsOf = Mapping[tuple[str, str, str], Claim]


@dataclass(frozen=True)
class Copy:
    """A copy of the tutorial: its plans, what is put into it and what its rules must say. ``only``: the rules for
    which it is there, and ``reason`` why they need a copy of their own."""

    name: str
    side: str
    plans: tuple[str, ...]
    build: Callable[[], Content]
    claims: Callable[[Content], ClaimsOf]
    only: tuple[str, ...] = ()
    reason: str = ""


COPIES = (
    Copy(
        "yulin-pass",
        "pass",
        ("yulin", "guangxi"),
        lambda: every_rule_yulin.build(True),
        lambda content: every_rule_yulin_claims.claims(content, True),
    ),
    Copy(
        "qinzhou-pass",
        "pass",
        ("qinzhou",),
        lambda: every_rule_qinzhou.build(True),
        lambda content: every_rule_qinzhou_claims.claims(content, True),
    ),
    Copy(
        "yulin-pass-2",
        "pass",
        ("yulin",),
        every_rule_storage.build,
        lambda _: every_rule_storage.claims(),
        ("YL-BLD-2",),
        "Seven units on the tutorial's 2,900 km2 have no two places 30 km apart; its own three counties have.",
    ),
    Copy(
        "yulin-fail",
        "fail",
        ("yulin", "guangxi"),
        lambda: every_rule_yulin.build(False),
        lambda content: every_rule_yulin_claims.claims(content, False),
    ),
    Copy(
        "qinzhou-fail",
        "fail",
        ("qinzhou",),
        lambda: every_rule_qinzhou.build(False),
        lambda content: every_rule_qinzhou_claims.claims(content, False),
    ),
    Copy(
        "yulin-fail-2",
        "fail",
        ("yulin", "guangxi"),
        lambda: every_rule_yulin.build(False, city_mch=True),
        lambda content: every_rule_yulin_claims.claims(content, False),
        ("GX-MCH-3.city",),
        "Where the city has no maternal and child hospital (YL-MCH-1.city, GX-MCH-1.city), none can miss its level.",
    ),
)
# Rules that can only be shown, never met or missed, each with the reason; none of the three plans has any.
ONLY_SHOWN: Mapping[str, str] = {}


@dataclass(frozen=True)
class Judged:
    """A copy on the disk with all that the program says of it."""

    copy: Copy
    file: Path
    claims: ClaimsOf
    verdicts: tuple[Verdict, ...]
    skipped: tuple[Skipped, ...]

    def of(self, rule: str) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.rule == rule]


def judged(copy: Copy, folder: Path) -> Judged:
    """Writes a copy to the disk, opens it as any study and tests its plans."""
    content = copy.build()
    file = write(content, folder / copy.name, copy.name, copy.plans)
    study = open_study(file)
    asked = read_plans(study.settings, study.folder)
    if copy.only:
        rules = [(plan, tuple(rule for rule in plan.rule if rule.id in copy.only)) for plan in asked]
        asked = tuple(plan.model_copy(update={"rule": chosen}) for plan, chosen in rules)
    verdicts, skipped = judge_plans(gather(study), asked)
    return Judged(copy, file, copy.claims(content), verdicts, skipped)


def plans() -> list[Plan]:
    return [read_plan(name, Path()) for name in PLANS]


def home(rule: str, plan: str, side: str) -> Copy:
    """The copy that shows a rule as met, or as not met."""
    mine = [copy for copy in COPIES if copy.side == side and plan in copy.plans]
    own = [copy for copy in mine if rule in copy.only]
    return (own or [copy for copy in mine if not copy.only])[0]


def status_of(verdicts: Sequence[Verdict]) -> str:
    """A rule is met where it is in every unit, and not met where one unit misses it."""
    found = {verdict.status for verdict in verdicts}
    if "not met" in found:
        return "not met"
    return "met" if found == {"met"} else "cannot tell"


def result_rows(by_name: Mapping[str, Judged], side: str) -> list[dict[str, str]]:
    """One row a rule, in the plans' order: the unit that misses it most or, where none does, has least to spare."""
    rows = []
    for plan in plans():
        for rule in plan.rule:
            copy = home(rule.id, plan.id, side)
            verdicts = by_name[copy.name].of(rule.id)
            decisive = min(verdicts, key=_spare, default=None)
            row = {"id": rule.id, "plan": plan.id, "title_zh": rule.title.zh, "title_en": rule.title.en}
            row |= {"copy": copy.name, "status": status_of(verdicts)}
            if decisive is not None:
                value = "" if decisive.value is None else f"{decisive.value:.5g}"
                row |= {
                    "unit": decisive.unit_text("zh"),
                    "value": value,
                    "target": decisive.target,
                    "band": decisive.label,
                }
            met = sum(verdict.status == "met" for verdict in verdicts)
            rows.append({**row, "units_met": f"{met} of {len(verdicts)}"})
    return rows


def _spare(verdict: Verdict) -> tuple[bool, float]:
    return verdict.status != "not met", 0.0 if verdict.margin is None else verdict.margin


def as_csv(rows: Sequence[Mapping[str, str]]) -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, HEAD, restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        by_name = {copy.name: judged(copy, Path(folder)) for copy in COPIES}
    for side in ("pass", "fail"):
        (FOLDER / f"{side}.csv").write_text(as_csv(result_rows(by_name, side)), encoding="utf-8")


if __name__ == "__main__":
    main()
