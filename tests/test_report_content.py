"""The report of an assessment as data: every section, every count recomputed from the assessment, hostile names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from accesses import with_access
from assessments import NASTY, UTM, assessment, facilities, hostile, many_rules, parameters, statistics, study_file
from assessments import counties as county_squares
from assessments import demand as demand_points
from assessments import verdicts as made_verdicts
from hypothesis import given
from hypothesis import strategies as st

from carereach.coverage.results import Assessment, Evidence, Ledger, RoadTraits, Skipped, Verdict
from carereach.coverage.ways import column_of
from carereach.errors import Problem
from carereach.layers.model import Layer
from carereach.layers.settings_parts import Words
from carereach.maps.report.blocks import Block, Bullets, Cell, Heading, PageBreak, Paragraph, Picture, Report, Table
from carereach.maps.report.content import report_of
from carereach.maps.report.lines import Line, affected, goal_text, lines_of, value_text
from carereach.maps.report.said import named, say
from carereach.maps.report.sections_of import chapter_of, in_order, section_text
from carereach.maps.report.summary import share
from carereach.maps.report.verdict_tables import people_text
from carereach.maps.words import dates_text
from carereach.texts import LANGS, Lang, Message

FIGURES = {"coverage": Path("coverage.png"), "unserved": Path("unserved.png")}
HOSTILE = ("{{7*7}}", "<b>bold</b>", "=1+1", "`whoami`", "${x}", "#import", "{0.__class__}", "%s", NASTY)


def blocks_of(report: Report, key: str) -> tuple[Block, ...]:
    return next(section.blocks for section in report.sections if section.key == key)


def tables_of(report: Report, key: str) -> list[Table]:
    return [block for block in blocks_of(report, key) if isinstance(block, Table)]


def texts_of(report: Report) -> Iterator[str]:
    """Everything that a reader sees."""
    yield from (report.title, report.subtitle, *(part for fact in report.facts for part in fact))
    for section in report.sections:
        yield section.title
        for block in section.blocks:
            yield from _texts(block)


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Heading(said) | Paragraph(said):
            yield said
        case Bullets(items):
            yield from items
        case Table(columns, rows, caption):
            yield from (caption, *(column.heading for column in columns))
            yield from (cell.text for row in rows for cell in row)
        case Picture(_, caption, alt):
            yield from (caption, alt)


def verdict_rows(report: Report) -> list[tuple[Cell, ...]]:
    return [row for table in tables_of(report, "verdicts") for row in table.rows]


def test_sections_come_in_order_in_both_languages() -> None:
    wanted = ["summary", "asked", "data", "method", "verdicts", "counties", "maps", "settle", "ledger", "citations",
              "parameters"]  # fmt: skip
    for lang in LANGS:
        report = report_of(assessment(), FIGURES, lang)
        assert [section.key for section in report.sections] == wanted
        assert report.lang == lang
        assert all(said == said.strip() and "{" not in said for said in texts_of(report))


def test_the_same_assessment_gives_the_same_report() -> None:
    assert report_of(many_rules(), FIGURES, "zh") == report_of(many_rules(), FIGURES, "zh")


def test_summary_counts_rules_and_verdicts_once() -> None:
    # T-1: east met, west not met -> the rule is not met; T-2 met (screening); T-3 cannot tell
    (table,) = tables_of(report_of(assessment(), {}, "en"), "summary")
    counts = {row[0].text: (row[1].text, row[2].text) for row in table.rows}
    assert counts == {
        "met": ("0", "1"),
        "met (screening)": ("1", "1"),
        "not met": ("1", "1"),
        "cannot tell": ("1", "1"),
        "All": ("3", "4"),
    }


@pytest.mark.parametrize("make", [assessment, many_rules, hostile])
def test_counts_of_the_summary_add_up(make: object) -> None:
    result: Assessment = make()  # type: ignore[operator]
    (table,) = tables_of(report_of(result, {}, "zh"), "summary")
    *parts, total = table.rows
    assert sum(int(row[2].text) for row in parts) == int(total[2].text) == len(result.verdicts)
    rules = {(verdict.plan, verdict.rule) for verdict in result.verdicts}
    assert sum(int(row[1].text) for row in parts) == int(total[1].text) == len(rules)
    by_tone = Counter[str]()
    for row in parts:
        by_tone[row[0].tone] += int(row[2].text)
    assert by_tone == Counter(verdict.status for verdict in result.verdicts)


def test_topics_add_up_to_the_rules() -> None:
    result = many_rules()
    topics = tables_of(report_of(result, {}, "en"), "asked")[1]
    assert sum(int(row[1].text) for row in topics.rows) == 20
    for row in topics.rows:
        assert int(row[1].text) == sum(int(cell.text) for cell in row[2:])


def test_the_largest_missed_goal_and_its_people_stand_in_the_summary() -> None:
    report = report_of(assessment(), {}, "en")
    said = [item for block in blocks_of(report, "summary") if isinstance(block, Bullets) for item in block.items]
    missed = next(item for item in said if item.startswith("Not met"))
    assert "Mean emergency response time in the county" in missed
    assert "23,456 residents" in missed  # 23,456.4, rounded
    assert "15.04 min" in missed  # one digit would look like the goal
    assert "< 15 min" in missed


def test_the_summary_says_which_layers_are_modelled_or_assumed() -> None:
    said = " ".join(texts_of(report_of(assessment(), {}, "zh")))
    assert "人口（模型推算）" in said
    assert "机构（假设）" in said


def test_verdict_rows_of_units_that_answer_alike_are_one() -> None:
    _, _, _, city = made_verdicts()
    lacking = column_of("beds", "beds", ("东县",))
    units = [f"县{place}" for place in range(20)]
    alike = tuple(replace(city, unit=unit, would_settle=(lacking,)) for unit in units)
    (row,) = verdict_rows(report_of(assessment(verdicts=alike), {}, "zh"))
    assert row[1].text == "、".join(units[:12]) + "等 20 个"
    assert row[4].text == "无法判断：缺床位数"
    assert row[4].tone == "cannot tell"


def test_every_verdict_is_on_exactly_one_line() -> None:
    for result in (assessment(), many_rules(), hostile()):
        by_rule: dict[tuple[str, str], list[Verdict]] = {}
        for verdict in result.verdicts:
            by_rule.setdefault((verdict.plan, verdict.rule), []).append(verdict)
        lines = [line for verdicts in by_rule.values() for line in lines_of(verdicts, "zh")]
        assert Counter(id(v) for line in lines for v in line.verdicts) == Counter(id(v) for v in result.verdicts)
        assert len(verdict_rows(report_of(result, {}, "zh"))) == len(lines)


def test_a_rule_of_many_units_with_many_values_is_a_line_for_each_answer() -> None:
    met, short, *_ = made_verdicts()
    values = [
        replace(met, unit=f"met{n}", value=5.0 + n, people_affected=10.0, holds_low=True, low=None, high=None)
        for n in range(6)
    ]
    missed = [replace(short, unit=f"missed{n}", value=20.0 + n, people_affected=100.0, low=None, high=None)
              for n in range(5)]  # fmt: skip
    first, second = verdict_rows(report_of(assessment(verdicts=(*values, *missed)), {}, "en"))
    assert first[3].text == "5.0 min to 10.0 min"
    assert second[3].text == "20.0 min to 24.0 min"
    assert (first[5].text, second[5].text) == ("60", "500")  # 6 x 10 and 5 x 100 people


def test_the_column_of_people_is_left_out_where_nobody_is_counted() -> None:
    *counted, city = made_verdicts()
    assert [
        len(table.columns) for table in tables_of(report_of(assessment(verdicts=(city,)), {}, "en"), "verdicts")
    ] == [5]
    both = assessment(verdicts=(*counted, city))
    assert [len(table.columns) for table in tables_of(report_of(both, {}, "en"), "verdicts")] == [6]


def test_people_of_a_unit_count_once() -> None:
    _, short, *_ = made_verdicts()
    one, other = replace(short, people_affected=100.0), replace(short, people_affected=300.0)
    elsewhere = replace(short, unit="东县", people_affected=50.0)
    assert affected([one, other, elsewhere]) == 350.0  # of the two about one county the larger
    assert affected([replace(short, people_affected=None)]) is None


def test_values_are_as_exact_as_their_goal() -> None:
    _, _, _, city = made_verdicts()
    ratio = replace(city, value=0.7270964, target=">= 0.77", target_value=0.77, bound="", status="not met")
    assert value_text(ratio, "en") == "0.73"
    assert value_text(replace(ratio, value=0.7699), "en") == "0.7699"  # three digits would look like 0.770
    assert value_text(replace(ratio, value=3.0), "en") == "3.00"
    met = made_verdicts()[0]
    assert value_text(met, "en") == "12.0 min (9.6–15.6)"
    assert value_text(replace(met, low=float("inf")), "en") == "12.0 min"
    assert value_text(replace(met, value=None), "en") == "–"


def test_goals_are_in_the_readers_words() -> None:
    _, _, _, city = made_verdicts()
    said = {
        "tertiary A": ("三级甲等", "tertiary A"),
        "secondary": ("二级", "secondary"),
        ">= 1 (30-50 km)": ("≥ 1（相距 30–50 公里）", "≥ 1 (30–50 km away)"),
        "10-20 km": ("10–20 公里", "10–20 km"),
        "": ("–", "–"),
    }
    for target, (zh, en) in said.items():
        verdict = replace(city, target=target)
        assert (goal_text(verdict, "zh"), goal_text(verdict, "en")) == (zh, en)


def test_plans_are_shown_in_the_order_of_their_sections() -> None:
    _, _, _, city = made_verdicts()
    cited = ["十一(二)", "table 2", "三(一)3, 五(一)3", "box 5 item 4", "二(三)", "三(一)1", "elsewhere"]
    found = in_order([chapter_of(replace(city, citation=f"2022-07-21, §{section}")) for section in cited])
    assert [chapter.section for chapter in found] == ["二(三)", "三(一)", "十一(二)", "box 5", "table 2", "elsewhere"]
    assert {chapter.document for chapter in found} == {"2022-07-21"}


@pytest.mark.parametrize(
    ("section", "zh", "en"),
    [
        ("box 5 item 4", "专栏5第4项", "box 5, item 4"),
        ("table 1 row 7, 四(一)1", "表1第7行、四(一)1", "table 1, row 7, 四(一)1"),
        ("table row 21, box 6", "指标表第21行、专栏6", "table of indicators, row 21, box 6"),
        ("table", "指标表", "table of indicators"),
        ("三(一)3", "三(一)3", "三(一)3"),
    ],
)
def test_sections_are_named_in_the_readers_language(section: str, zh: str, en: str) -> None:
    assert (section_text(section, "zh"), section_text(section, "en")) == (zh, en)


def test_the_whole_is_called_a_city_where_the_boundaries_name_one() -> None:
    one = " ".join(texts_of(report_of(assessment(), FIGURES, "zh")))
    assert "全市平均急救反应时间为" in one and "研究区域平均" not in one
    given = assessment()
    unnamed = replace(given, counties=replace(given.counties, frame=given.counties.frame.assign(city="")))
    other = " ".join(texts_of(report_of(unnamed, FIGURES, "zh")))
    assert "全部研究区域平均急救反应时间为" in other and "全市平均" not in other


def test_each_county_in_turn_without_half_empty_pages() -> None:
    blocks = blocks_of(report_of(assessment(), {}, "zh"), "counties")
    assert [block.text for block in blocks if isinstance(block, Heading)] == ["东县", "西县"]
    assert not any(isinstance(block, PageBreak) for block in blocks)
    tables = [block for block in blocks if isinstance(block, Table)]
    sides = {row[0].text: row[1].text for row in tables[0].rows}  # the counties side by side
    assert sides == {"东县": "23,000", "西县": "23,500"}  # 23,500.5, rounded to even
    east = {row[0].text: row[1].text for row in tables[1].rows}
    assert east["人口（人）"] == "23,000"
    assert east["15分钟内居民占比"] == "15.0%"
    west = {row[0].text: row[1].text for row in tables[2].rows}
    assert west["平均反应时间（可到达者）"] == "不可达"


@pytest.mark.parametrize("lang", LANGS)
def test_what_is_within_reach_stands_on_each_county_page(lang: Lang) -> None:
    report = report_of(with_access(), {}, lang)
    sides, east, west, _missed = tables_of(report, "counties")
    assert len(sides.columns) == 8  # with the Gini coefficient of the minutes
    # of the rows city, urban, township, east, west the index grows by 0.5: 0.5, 2.0 and 2.5
    assert [cell.text for cell in east.rows[-1][1:]] == ["2.0", "0.5"]
    assert [cell.text for cell in west.rows[-1][1:]] == ["2.5", "0.5"]
    assert len(tables_of(report_of(assessment(), {}, lang), "counties")[0].columns) == 7
    assert any("2SFCA" in said for said in texts_of(report))


def test_units_that_are_all_counties_are_not_named_one_by_one() -> None:
    names = tuple(f"县{n}" for n in range(5))
    _, _, _, city = made_verdicts()
    frame = gpd.GeoDataFrame(
        {"county": names, "code": "", "city": "示例市"}, geometry=[county_squares().geometry.iloc[0]] * 5, crs=UTM
    )
    everywhere = tuple(replace(city, unit=name) for name in names)
    result = assessment(
        verdicts=(*everywhere, *(replace(each, rule="T-4") for each in everywhere[:4])),
        counties=Layer("boundaries", frame, "surveyed"),
    )
    said = [row[1].text for row in verdict_rows(report_of(result, {}, "zh"))]
    assert said == ["各县（市、区）（5 个）", "县0、县1、县2、县3（4 个）"]


def test_worst_townships_of_each_county_come_first() -> None:
    table = statistics()
    towns = pd.DataFrame({"level": "township", "unit": ["甲镇", "乙镇", "丙镇"], "county": ["东县", "东县", "西县"]})
    towns = towns.assign(residents=100.0, mean_min=[20.0, np.inf, 30.0], p90_min=40.0, share_15=0.1, share_30=0.5)
    result = assessment(statistics=pd.concat([table, towns], ignore_index=True))
    found = [t for t in tables_of(report_of(result, {}, "zh"), "counties") if t.columns[0].heading == "乡镇（街道）"]
    assert [[row[0].text for row in table.rows] for table in found] == [["乙镇", "甲镇"], ["丙镇"]]
    assert found[0].rows[0][2].text == "不可达"


def test_figures_at_hand_are_shown_and_others_are_not() -> None:
    report = report_of(assessment(), {"unserved": Path("u.png"), "own": Path("o.png"), "coverage": Path("c.png")}, "en")
    shown = [block for block in blocks_of(report, "maps") if isinstance(block, Picture)]
    assert [picture.path.name for picture in shown] == ["c.png", "u.png", "o.png"]
    assert all(picture.caption and picture.alt for picture in shown)
    assert "maps" not in {section.key for section in report_of(assessment(), {}, "en").sections}


def test_one_picture_of_response_times_and_the_first_page_of_verdicts_are_enough() -> None:
    names = ("response_time", "coverage", "verdicts_by_county", "verdicts_by_county_2")
    report = report_of(assessment(), {name: Path(f"{name}.png") for name in names}, "zh")
    shown = [block.path.stem for block in blocks_of(report, "maps") if isinstance(block, Picture)]
    assert shown == ["coverage", "verdicts_by_county"]
    alone = report_of(assessment(), {"response_time": Path("response_time.png")}, "zh")
    (picture,) = [block for block in blocks_of(alone, "maps") if isinstance(block, Picture)]
    assert picture.caption == "急救反应时间分布"


def test_the_sentences_beside_figures_name_the_ledgers_numbers() -> None:
    said = " ".join(texts_of(report_of(assessment(), FIGURES, "en")))
    assert "12,300 residents (26.5%) are not reached even within 60 min" in said  # 6,400 + 5,900 of 46,500


def test_warnings_are_grouped_and_counted() -> None:
    many = [Problem("file.empty", f"{n}.csv", row=n, level="warning") for n in range(2, 402)]
    result = assessment(problems=(*many, Problem("file.missing", "x.csv", level="warning")))
    table = tables_of(report_of(result, {}, "en"), "data")[-1]
    assert [row[2].text for row in table.rows] == ["400", "1"]
    assert "396 more" in table.rows[0][1].text
    assert sum(int(row[2].text) for row in table.rows) == len(result.problems)


def test_facilities_are_counted_by_kind() -> None:
    result = assessment()
    table = next(t for t in tables_of(report_of(result, {}, "en"), "data") if len(t.columns) == 6)
    *kinds, total = table.rows
    frame = result.facilities.frame
    assert sorted(int(row[1].text) for row in kinds) == sorted(frame["kind"].value_counts())
    assert [cell.text for cell in total[1:5]] == ["8", "8", "7", "1"]  # one unlocated, one at its seat


def test_the_ledger_names_every_rule_that_was_skipped() -> None:
    skipped = tuple(
        Skipped("YL", f"S-{n}", Words(zh=f"规则{n}", en=f"Rule {n}"), Message("grade.missing")) for n in range(5)
    )
    report = report_of(assessment(skipped=skipped), {}, "zh")
    assert [row[0].text for row in tables_of(report, "ledger")[1].rows] == [f"S-{n}" for n in range(5)]
    reasons = tables_of(report, "asked")[-1]
    assert [(row[0].text, row[1].text) for row in reasons.rows] == [("缺失", "5")]


def test_the_ledger_adds_up() -> None:
    ledger = tables_of(report_of(assessment(ledger=Ledger(10.0, 2.5, 2.5, 2.5, 2.5)), {}, "en"), "ledger")[0]
    *parts, total = [int(row[1].text.replace(",", "")) for row in ledger.rows]
    assert sum(parts) == total == 10


def test_what_would_settle_is_ranked() -> None:
    result = many_rules()
    (table,) = tables_of(report_of(result, {}, "en"), "settle")
    assert [row[0].text for row in table.rows] == [str(n + 1) for n in range(len(table.rows))]
    assert table.rows[0][2].text == str(len(result.to_settle[0].settles)) == "18"
    assert "beds" in table.rows[0][1].text


def test_all_parameters_are_listed() -> None:
    (table,) = tables_of(report_of(assessment(), {}, "zh"), "parameters")
    assert len(table.rows) == len(parameters())
    assert table.rows[0][1].text == "2 分钟"
    assert table.rows[0][2].text == "1 至 3"
    assert table.rows[1][3].text == "未核实"


def test_speeds_of_roads_that_the_study_has_not_are_no_parameters_of_its_times() -> None:
    speeds = ["speed.motorway", "speed.primary", "speed.unclassed"]
    told = pd.concat([parameters(), *(parameters().iloc[[1]].assign(name=name, unit="km/h") for name in speeds)])
    bare = assessment(parameters=told)
    given = replace(bare, road_lines=bare.road_lines.assign(road_class="primary"))
    names = lambda a: [row[0].text for row in tables_of(report_of(a, {}, "zh"), "parameters")[0].rows]  # noqa: E731
    assert len(names(given)) == 3
    said = " ".join(texts_of(report_of(given, {}, "zh")))
    assert "按 1 个道路等级" in said
    classless = replace(bare, road_lines=bare.road_lines.assign(road_class=""))
    assert len(names(classless)) == 3
    assert "道路未注明等级，统一取" in " ".join(texts_of(report_of(classless, {}, "zh")))
    assert len(names(replace(bare, road_lines=bare.road_lines.iloc[:0]))) == 5  # nobody knows which there are


def test_the_method_takes_its_numbers_from_the_parameters() -> None:
    rows = parameters().assign(value=[7.25, 1.0])
    said = " ".join(texts_of(report_of(assessment(parameters=rows), {}, "en")))
    assert "Call handling takes 7.25 min" in said
    assert "(not recorded)" in said  # the turnout is not among them


def test_the_method_says_of_one_ways_and_limits_only_what_the_roads_hold() -> None:
    def said(lang: Lang, **facts: bool) -> str:
        return " ".join(texts_of(report_of(assessment(road_traits=RoadTraits(**facts)), {}, lang)))

    both, neither = said("zh", one_way=True, limits=True), said("zh", one_way=False, limits=False)
    assert "单行线只按其方向通行" in both and "道路标有限速的，以限速为中值" in both
    assert "没有单行线，各路均按双向通行计算" in neither and "没有限速数据" in neither
    assert "按其方向" not in neither and "以限速为中值" not in neither
    assert "One-way streets are driven only in" in said("en", one_way=True, limits=False)
    assert "No road of this network carries a speed limit" in said("en", one_way=True, limits=False)


def test_the_reading_of_the_clock_changes_the_method() -> None:
    dispatch = assessment(settings=study_file(choices={"C3": "dispatch"}))
    assert any("The clock starts with the dispatch" in said for said in texts_of(report_of(dispatch, {}, "en")))
    assert any("The clock starts with the call" in said for said in texts_of(report_of(assessment(), {}, "en")))


@pytest.mark.parametrize("lang", LANGS)
def test_hostile_names_come_through_as_they_are(lang: Lang) -> None:
    names = (HOSTILE[0], HOSTILE[1])
    places = facilities(list(HOSTILE[2:]) + ["last"])
    places["geometry"] = None
    result = assessment(
        settings=study_file(title={"zh": NASTY, "en": NASTY}, note={"zh": "${x}", "en": "${x}"}),
        counties=Layer("boundaries", county_squares(names), "surveyed", "#import os", "=1+1", "`x`"),
        demand=demand_points(names),
        verdicts=made_verdicts(names),
        statistics=statistics(names),
        facilities=Layer("facilities", places, "assumed", "<script>", "{{7*7}}", ""),
    )
    title = Words(zh="{{7*7}}" + NASTY, en="{{7*7}}" + NASTY)
    made = [
        each.replaced(plan_title=title, title=title, citation="<b>bold</b>, §`whoami` box 1")
        for each in result.verdicts
    ]
    result = replace(result, verdicts=tuple(made))
    report = report_of(result, FIGURES, lang)
    said = "\n".join(texts_of(report))
    assert all(name in said for name in HOSTILE)
    assert "49" not in {cell.text for table in tables_of(report, "counties") for row in table.rows for cell in row}
    assert report.subtitle == NASTY
    assert [block.text for block in blocks_of(report, "counties") if isinstance(block, Heading)] == list(names)


@pytest.mark.parametrize("lang", LANGS)
def test_names_of_200_characters_are_whole(lang: Lang) -> None:
    long = "很长的名字" * 40
    names = (long, "西县")
    places = facilities([long])
    places["geometry"] = None
    result = assessment(
        counties=Layer("boundaries", county_squares(names), "surveyed"),
        demand=demand_points(names),
        verdicts=made_verdicts(names),
        statistics=statistics(names),
        facilities=Layer("facilities", places, "assumed"),
    )
    report = report_of(result, {}, lang)
    assert any(isinstance(b, Heading) and b.text == long for b in blocks_of(report, "counties"))
    assert any(row[1].text == long for row in verdict_rows(report))
    assert any(long in row[2].text for row in tables_of(report, "ledger")[-1].rows)


@pytest.mark.parametrize("lang", LANGS)
def test_one_county(lang: Lang) -> None:
    names = ("东县",)
    result = assessment(
        counties=Layer("boundaries", county_squares(names), "surveyed"),
        demand=demand_points(names),
        verdicts=made_verdicts(names)[:1],
        statistics=statistics(names),
    )
    report = report_of(result, {}, lang)
    assert not any(isinstance(block, PageBreak) for block in blocks_of(report, "counties"))
    assert len(verdict_rows(report)) == 1
    (table,) = tables_of(report, "counties")
    assert len(table.columns) == 2  # the county is the whole: nothing to set beside it


@pytest.mark.parametrize("lang", LANGS)
def test_no_facility_at_all(lang: Lang) -> None:
    nothing = facilities().iloc[:0]
    people = demand_points().assign(response_min=np.inf, reach="unreachable", station="")
    result = assessment(
        facilities=Layer("facilities", nothing, "missing"),
        stations=nothing,
        demand=people,
        ledger=Ledger(46_500.0, 0.0, 0.0, 46_500.0, 0.0),
        statistics=statistics().assign(mean_min=np.nan, median_min=np.inf, share_15=0.0, share_30=0.0, stations=0),
        verdicts=(),
        skipped=(),
        baselines=(),
        problems=(),
        isochrones=gpd.GeoDataFrame({"minutes": []}, geometry=[], crs=UTM),
    )
    report = report_of(result, FIGURES, lang)
    said = " ".join(texts_of(report))
    assert say("no-facilities", lang) in said
    assert say("no-stations", lang) in said
    assert say("nothing-tested", lang) in said
    assert "nan" not in said.casefold().replace("finance", "")


@pytest.mark.parametrize("lang", LANGS)
def test_everything_undecided(lang: Lang) -> None:
    _, _, _, city = made_verdicts()
    result = assessment(verdicts=tuple(replace(city, rule=f"T-{n}", unit="东县") for n in range(3)))
    report = report_of(result, {}, lang)
    (summary,) = tables_of(report, "summary")
    assert [row[1].text for row in summary.rows] == ["3", "3"]
    assert {row[4].tone for row in verdict_rows(report)} == {"cannot tell"}
    assert say("none-decided", lang) in set(texts_of(report))


@pytest.mark.parametrize("lang", LANGS)
def test_missing_values_and_empty_tables(lang: Lang) -> None:
    people = demand_points().assign(residents=0.0)
    table = statistics().assign(mean_min=np.nan, share_15=np.nan, share_30=np.nan, p90_min=np.nan)
    for changes in (
        {"statistics": table},
        {"statistics": statistics().iloc[:0], "parameters": parameters().iloc[:0]},
        {"demand": people, "ledger": Ledger(0.0, 0.0, 0.0, 0.0, 0.0)},
    ):
        assert "nan" not in " ".join(texts_of(report_of(assessment(**changes), FIGURES, lang))).casefold()


@given(st.lists(st.sampled_from(["met", "not met", "cannot tell"]), min_size=1, max_size=40), st.integers(1, 12))
def test_lines_hold_every_verdict_whatever_the_answers(statuses: list[str], rules: int) -> None:
    met, *_ = made_verdicts()
    made = [
        replace(met, rule=f"R-{n % rules}", unit=f"u{n}", status=status, value=float(n))  # type: ignore[arg-type]
        for n, status in enumerate(statuses)
    ]
    for rule in {verdict.rule for verdict in made}:
        of_rule = [verdict for verdict in made if verdict.rule == rule]
        held = [verdict for line in lines_of(of_rule, "en") for verdict in line.verdicts]
        assert sorted(v.unit for v in held) == sorted(v.unit for v in of_rule)
        assert all(len({v.status for v in line.verdicts}) == 1 for line in lines_of(of_rule, "en"))


def test_lists_of_names_say_how_many_there_are() -> None:
    assert named(["a", "b", "a"], "en") == "a, b"
    assert named(list("abcd"), "zh") == "a、b、c、d（4 个）"
    assert named([str(n) for n in range(30)], "en", 2) == "0, 1 and others, 30 in all"


def test_the_title_page_and_the_first_page_say_that_stations_are_assumed() -> None:
    (verdict, *others) = made_verdicts()
    told = replace(verdict, evidence=(Evidence("stations", "assumed", "hospitals stand in"),))
    report = report_of(assessment(verdicts=(told, *others)), {}, "zh")
    assert dict(report.facts)["数据等级"].endswith("假设：机构、急救站点")
    assert "急救站点" not in dict(report_of(assessment(), {}, "zh").facts)["数据等级"]  # nobody says so there


@pytest.mark.parametrize(
    ("value", "said"),
    [(1.0, "100.0%"), (0.99951, "99.9% 以上"), (0.99949, "99.9%"), (1.0 - 1e-12, "100.0%"), (float("nan"), "–")],
)
def test_what_is_not_quite_all_is_not_rounded_to_all(value: float, said: str) -> None:
    assert share(value, "zh") == said


def test_people_beyond_a_goal_are_at_most_so_many_where_a_list_may_lack_facilities() -> None:
    verdict = replace(made_verdicts()[0], quantity="min", value=20.0, people_affected=1_200.0)
    said = {bound: people_text(Line((replace(verdict, bound=bound),)), "en") for bound in ("", "at most", "at least")}
    assert said == {"": "1,200", "at most": "at most 1,200", "at least": "1,200"}  # a longer time: not fewer people
    share_of = replace(verdict, quantity="", bound="at least")  # more sites would reach more
    assert people_text(Line((share_of,)), "zh") == "至多 1,200"
    assert people_text(Line((replace(share_of, people_affected=0.0),)), "zh") == "0"
    assert people_text(Line((replace(share_of, people_affected=None),)), "zh") == ""


def test_the_year_of_people_without_a_date_is_their_date_everywhere() -> None:
    given = assessment()
    people = given.settings.people.model_copy(update={"year": 2018})
    bare = replace(given.people, date="")
    dated = replace(given, people=bare, settings=given.settings.model_copy(update={"people": people}))
    assert "人口 2018" in dates_text(dated, "zh")
    assert "人口 2018" in dict(report_of(dated, {}, "zh").facts)["数据日期"]


def test_where_nothing_is_open_the_report_says_what_would_confirm_screenings() -> None:
    lacking = column_of("beds", "beds", ("东县",))
    met = replace(made_verdicts()[0], status="met", screening=True, would_settle=(lacking,))
    said = " ".join(texts_of(report_of(assessment(verdicts=(met, replace(met, unit="西县"))), {}, "zh")))
    assert "其中 2 项结论为初筛，须以下列资料复核" in said
    assert lacking.text("zh") in said
    firm = replace(met, screening=False)
    assert "须以下列资料复核" not in " ".join(texts_of(report_of(assessment(verdicts=(firm,)), {}, "zh")))


def test_charts_follow_the_maps_and_two_fit_on_a_page() -> None:
    names = ("lorenz_curve", "unserved", "reach_curve", "coverage")
    report = report_of(assessment(), {name: Path(f"{name}.png") for name in names}, "en")
    shown = [block for block in blocks_of(report, "maps") if isinstance(block, Picture)]
    assert [picture.path.stem for picture in shown] == ["coverage", "unserved", "reach_curve", "lorenz_curve"]
    assert shown[0].width > shown[2].width == shown[3].width
