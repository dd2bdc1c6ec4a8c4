"""The first page of a report: its answer in one sentence, and the title page; a county's missing data."""

from __future__ import annotations

import pytest
from assessments import assessment, statistics, verdicts

from carereach.coverage.results import Assessment
from carereach.maps.report.blocks import Bullets, Heading, Paragraph, Report, Table
from carereach.maps.report.content import report_of
from carereach.maps.report.said import say
from carereach.texts import LANGS, Lang


def answer(result: Assessment, lang: Lang = "en") -> str:
    first = report_of(result, {}, lang).sections[0].blocks[0]
    assert isinstance(first, Paragraph)
    assert first.kind == "lead"
    return first.text


def with_shares(*shares: float) -> Assessment:
    """The two counties of the made assessment with these shares of residents within 30 minutes."""
    table = statistics()
    table.loc[table["level"] == "county", "share_30"] = shares
    return assessment(statistics=table)


@pytest.mark.parametrize(("shares", "worst"), [((0.2, 0.9), ("东县", "20.0%")), ((0.9, 0.3), ("西县", "30.0%"))])
def test_the_answer_names_the_county_where_fewest_are_reached(
    shares: tuple[float, ...], worst: tuple[str, ...]
) -> None:
    for lang in LANGS:
        assert all(word in answer(with_shares(*shares), lang) for word in worst)


@pytest.mark.parametrize("shares", [(1.0, 1.0), (float("nan"), float("nan"))])
def test_no_county_is_called_slowest_where_all_are_reached_or_nothing_is_known(shares: tuple[float, ...]) -> None:
    assert not any(name in answer(with_shares(*shares)) for name in ("东县", "西县"))


def test_the_answer_counts_every_rule_once() -> None:
    """Three rules: one missed in a county, one met, one that cannot be told."""
    assert answer(assessment()).startswith(
        "In one sentence: 2 of 3 rules can be decided (1 met, 1 not met); 1 cannot be told for want of data"
    )
    told = tuple(verdict for verdict in verdicts() if verdict.status != "cannot tell")
    assert "want of data" not in answer(assessment(verdicts=told))


def test_all_plans_stand_in_one_row_of_the_title_page() -> None:
    report: Report = report_of(assessment(), {}, "zh")
    labels = [label for label, _ in report.facts]
    assert labels == list(dict.fromkeys(labels))


@pytest.mark.parametrize("lang", LANGS)
def test_that_townships_have_no_outlines_is_said_once(lang: Lang) -> None:
    table = statistics()
    report = report_of(assessment(statistics=table[table["level"] != "township"]), {}, lang)
    (blocks,) = (section.blocks for section in report.sections if section.key == "counties")
    assert sum(isinstance(b, Paragraph) and b.text == say("no-townships", lang) for b in blocks) == 1
    assert not any(isinstance(block, Bullets) for block in blocks)  # what is missing is one small paragraph a county
    assert any(isinstance(block, Table) for block in blocks)


@pytest.mark.parametrize("lang", LANGS)
def test_what_to_beware_of_follows_the_findings_at_once(lang: Lang) -> None:
    summary = report_of(assessment(), {}, lang).sections[0]
    headings = [block.text for block in summary.blocks if isinstance(block, Heading)]
    assert headings[:2] == [say("findings", lang), say("beware", lang)]
