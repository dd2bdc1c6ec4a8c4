"""Each rule of the three plans is met in one copy of the tutorial and not met in another, as the copy was made.

The copies are study folders on the disk with the tutorial's outlines, roads and people; see every_rule_results. What
they must say is counted from what was put into them (every_rule_claims), not read from the program. Response times are
only held between bounds here: a naive implementation recomputes them elsewhere (test_areas).
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from every_rule_results import COPIES, FOLDER, ONLY_SHOWN, Judged, as_csv, home, judged, plans, result_rows, status_of
from typer.testing import CliRunner

from carereach.cli import app
from carereach.coverage.results import Verdict

STATUS = {"pass": "met", "fail": "not met"}
SIDES = tuple(STATUS)
# The main copies have these rules too; what they say of them is shown by the copies made for them.
NOT_CLAIMED = {rule for copy in COPIES for rule in copy.only}


@pytest.fixture(scope="module")
def by_name(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Judged]:
    folder = tmp_path_factory.mktemp("copies")
    return {copy.name: judged(copy, folder) for copy in COPIES}


def key_of(verdict: Verdict) -> tuple[str, str, str]:
    subject = verdict.subject if isinstance(verdict.subject, str) else verdict.subject.code.removeprefix("kind.")
    return verdict.rule, verdict.unit, subject


@pytest.mark.parametrize("side", SIDES)
def test_every_rule_is_shown_so(by_name: dict[str, Judged], side: str) -> None:
    rules = [(plan.id, rule.id) for plan in plans() for rule in plan.rule]
    assert len(rules) == 297
    found = {rule: status_of(by_name[home(rule, plan, side).name].of(rule)) for plan, rule in rules}
    wrong = {rule: status for rule, status in found.items() if rule not in ONLY_SHOWN and status != STATUS[side]}
    assert wrong == {}


def test_rules_that_can_only_be_shown_are_not_decided(by_name: dict[str, Judged]) -> None:
    known = {rule.id for plan in plans() for rule in plan.rule}
    assert set(ONLY_SHOWN) <= known
    for rule, reason in ONLY_SHOWN.items():
        assert reason
        assert {status_of(made.of(rule)) for made in by_name.values() if made.of(rule)} == {"cannot tell"}


@pytest.mark.parametrize("name", [copy.name for copy in COPIES])
def test_each_unit_says_what_was_put_there(by_name: dict[str, Judged], name: str) -> None:
    made = by_name[name]
    seen = set()
    for verdict in made.verdicts:
        claim = made.claims.get(key_of(verdict))
        if claim is None:
            assert verdict.rule in NOT_CLAIMED - set(made.copy.only), key_of(verdict)
            continue
        seen.add(key_of(verdict))
        assert verdict.status == ("met" if claim.met else "not met"), key_of(verdict)
        assert (verdict.value is None) == (claim.low is None), key_of(verdict)
        if verdict.value is not None and claim.low is not None and claim.high is not None:
            slack = 1e-9 * max(abs(verdict.value), 1.0)
            assert claim.low - slack <= verdict.value <= claim.high + slack, (key_of(verdict), verdict.value, claim)
    expected = {key for key in made.claims if not made.copy.only or key[0] in made.copy.only}
    assert seen == expected


def test_most_values_are_claimed_to_the_point(by_name: dict[str, Judged]) -> None:
    """Only radii, times and reach are held between bounds."""
    between = {rule for made in by_name.values() for (rule, _, _), c in made.claims.items() if c.low != c.high}
    kinds = {rule.kind for plan in plans() for rule in plan.rule if rule.id in between}
    assert kinds <= {"service-radius", "response-time", "reach"}
    counted = Counter(rule.kind for plan in plans() for rule in plan.rule if rule.id not in between)
    assert counted["ratio"] > 70
    assert counted["count-per-unit"] > 80


def test_no_rule_is_skipped_where_it_is_shown(by_name: dict[str, Judged]) -> None:
    """A rule of the region that names districts of both cities says which of them the copy does not hold."""
    for made in by_name.values():
        assert [skipped.rule for skipped in made.skipped if not made.of(skipped.rule)] == []


def test_a_copy_of_its_own_needs_a_reason() -> None:
    for copy in COPIES:
        assert bool(copy.only) == bool(copy.reason)


@pytest.mark.parametrize("side", SIDES)
def test_the_files_of_results_are_up_to_date(by_name: dict[str, Judged], side: str) -> None:
    written = (FOLDER / f"{side}.csv").read_text(encoding="utf-8")
    assert written == as_csv(result_rows(by_name, side)), "write them anew: python tests/every_rule_results.py"


@pytest.mark.parametrize("side", SIDES)
def test_the_files_of_results_hold_every_rule(side: str) -> None:
    with (FOLDER / f"{side}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == [rule.id for plan in plans() for rule in plan.rule]
    assert {row["status"] for row in rows if row["id"] not in ONLY_SHOWN} == {STATUS[side]}


def test_the_documentation_says_where_they_stand(repo: Path) -> None:
    said = (repo / "docs" / "rules.md").read_text(encoding="utf-8")
    for word in ("every_rule/pass.csv", "every_rule/fail.csv", *(rule for copy in COPIES for rule in copy.only)):
        assert re.search(rf"{re.escape(word)}\b", said)


def test_the_command_says_the_same(by_name: dict[str, Judged], tmp_path: Path) -> None:
    """The whole command, with its files: nothing but what the rules said above."""
    made = by_name["yulin-fail"]
    command = ["assess", str(made.file), "--out", str(tmp_path), "--all-rules", "--lang", "en"]
    ran = CliRunner().invoke(app, command)
    assert ran.exit_code == 0, ran.output
    said = Counter((verdict.rule, verdict.status) for verdict in made.verdicts)
    content = json.loads((tmp_path / "verdicts.json").read_text(encoding="utf-8"))
    assert Counter((row["rule"], row["status"]) for row in content["verdicts"]) == said
    with (tmp_path / "verdicts.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert Counter((row["rule"], row["verdict"].removesuffix(" (screening)")) for row in rows) == said
    assert (tmp_path / "verdicts.xlsx").is_file()
    assert "YL-EMS-8" in ran.output  # the terminal lists every rule
