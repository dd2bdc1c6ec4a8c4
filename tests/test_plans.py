"""The embedded plans: every goal of docs/rules.md is encoded or says why not, and the numbers are the plans' own."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from carereach.coverage.kinds import KINDS
from carereach.coverage.rule_parts import RuleBase
from carereach.coverage.rules import Plan, embedded_plans, read_plan
from carereach.coverage.tables import needs_of

PLANS = ("guangxi", "qinzhou", "yulin")
QZD = "钦政发〔2023〕1号, 2023-01-06"
TEXTS = {"guangxi": "000", QZD: "001", "yulin": "002", "qinzhou": "004"}
PREFIXES = {"guangxi": ("GX-",), "qinzhou": ("QZ-", "QZD-"), "yulin": ("YL-",)}
GOAL = re.compile(r"[A-Z]+-[A-Z]+-\d+")


@cache
def plan_of(name: str) -> Plan:
    return read_plan(name, Path())


def rules() -> list[tuple[Plan, RuleBase]]:
    return [(plan_of(name), rule) for name in PLANS for rule in plan_of(name).rule]


# --- docs/rules.md ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rows(repo: Path) -> dict[str, str]:
    """Each goal of docs/rules.md -> its last cell, "encoded as"."""
    lines = (repo / "docs" / "rules.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return {goal: row[-1] for row in cells if GOAL.match(row[0]) for goal in GOAL.findall(row[0])}


def test_every_goal_is_encoded_or_says_why_not(rows: dict[str, str]) -> None:
    goals = {GOAL.match(rule.id)[0] for _, rule in rules()}  # type: ignore[index]
    assert len(rows) >= 160
    for goal, encoded in rows.items():
        if goal not in goals:
            assert re.search(rf"{goal}: not encoded: \w+", encoded), goal


def test_every_rule_stands_in_the_documentation_with_its_kind(rows: dict[str, str]) -> None:
    for _, rule in rules():
        goal = GOAL.match(rule.id)
        assert goal is not None
        assert f"`{rule.id}`" in rows[goal[0]]
        assert rule.kind in rows[goal[0]]


def test_documentation_names_no_rule_that_is_not_there(rows: dict[str, str]) -> None:
    known = {rule.id for _, rule in rules()}
    named = {name for cell in rows.values() for name in re.findall(r"`([A-Z]+-[A-Z]+-[^`]+)`", cell)}
    assert named == known


# --- form ------------------------------------------------------------------------------------------------------------


def test_the_three_plans_are_embedded() -> None:
    assert embedded_plans() == PLANS


@pytest.mark.parametrize("name", PLANS)
def test_ids_begin_with_their_document(name: str) -> None:
    plan = plan_of(name)
    assert all(rule.id.startswith(PREFIXES[name]) for rule in plan.rule)
    assert all((rule.document == QZD) == rule.id.startswith("QZD-") for rule in plan.rule if rule.id not in FROM_QZD)
    assert {rule.kind for rule in plan.rule} <= set(KINDS)


FROM_QZD = {"QZ-EMS-6.sea", "QZ-EMS-6.air", "QZ-STF-3.share"}


def test_all_kinds_are_used() -> None:
    assert {rule.kind for _, rule in rules()} == set(KINDS)


def test_ids_are_unique_across_plans() -> None:
    ids = [rule.id for _, rule in rules()]
    assert len(set(ids)) == len(ids)


def test_titles_and_notes_in_both_languages() -> None:
    for _, rule in rules():
        for words in (rule.title, *((rule.note,) if rule.note else ())):
            assert re.search(r"[\u4e00-\u9fff]", words.zh), rule.id
            assert re.search(r"[a-z]", words.en), rule.id


def test_a_standard_that_is_not_tested_is_said() -> None:
    """A rule that asks for a standard institution but only counts institutions says so."""
    counting = {rule.id: rule for _, rule in rules() if "标准化" in rule.title.zh and rule.kind == "count-per-unit"}
    assert set(counting) == {"GX-PHC-1.township", "GX-MCH-1.city", "GX-MCH-1.county"}
    for each in counting.values():
        assert each.note is not None
        assert "未作检验" in each.note.zh and "not whether" in each.note.en


def test_citations_name_a_section() -> None:
    """三(一)3, 五(二)1-2, 三(二)1(2), table 1 row 3, box 6 item 4; several joined by a comma."""
    number = "[一二三四五六七八九十]+"
    chapter = rf"{number}\({number}\)(?:\d(?:-\d)?(?:\(\d\))?)?"
    part = rf"(?:{chapter}|table(?: \d)?(?: row \d+)?|box \d+ item \d+)"
    for plan, rule in rules():
        assert re.fullmatch(rf"{part}(?:, {part})*", rule.section), rule.id
        assert re.search(r"20\d\d-\d\d-\d\d", rule.document or plan.document)


def test_contradictions_of_the_plans_are_shown() -> None:
    notes = {rule.id: rule.note.en for _, rule in rules() if rule.note}
    assert "nine" in notes["YL-BLD-5.total"] and "10" in notes["YL-BLD-5.total"]
    assert "5.9" in notes["QZ-BED-1.public"] and "4.5" in notes["QZ-BED-1.public"]
    assert "four" in notes["QZ-HOS-3.districts"]


def test_every_column_that_rules_read_is_documented(repo: Path) -> None:
    content = (repo / "docs" / "tables.md").read_text(encoding="utf-8")
    parts = re.split(r"^## ", content, flags=re.MULTILINE)
    documented: set[tuple[str, str]] = set()
    for part in parts[2:]:
        table = part.split(" ")[0]
        for line in part.splitlines():
            if line.startswith("| `"):
                documented |= {(table, name) for name in re.findall(r"`(\w+)`", line.split("|")[1])}
    read = {(need.table, need.column) for _, rule in rules() for need in needs_of(rule)}
    assert read - documented == set()
    assert documented - read <= {("seats", "radius_km")}


# --- numbers, against the plans' texts -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def texts(shared_data: Path) -> dict[str, list[str]]:
    """The plans' texts as stripped lines, by plan or document."""
    folder = shared_data.parent / "plans"
    if not folder.is_dir():
        pytest.skip("real inputs: the plans' texts are absent")
    found = {key: next(iter(folder.glob(f"{number}_*.txt"))) for key, number in TEXTS.items()}
    return {
        key: [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        for key, file in found.items()
    }


def passage(lines: list[str], section: str) -> str:
    """The text of a section such as 三(一)3 without spaces; of a table or box the whole text."""
    said = re.match(r"([一二三四五六七八九十]+)\(([一二三四五六七八九十]+)\)(\d)?", section)
    if said is None:
        return re.sub(r"\s", "", "".join(lines))
    chapter, part, item = said.groups()
    lines = _between(lines, rf"{chapter}、", r"[一二三四五六七八九十]+、")
    lines = _between(lines, rf"（{part}）", r"（[一二三四五六七八九十]+）")
    if item is not None:
        lines = _between(lines, rf"{item}[.．]\s*\D", r"\d[.．]\s*\D")
    return re.sub(r"\s", "", "".join(lines))


def _between(lines: list[str], begin: str, following: str) -> list[str]:
    first = next(i for i, line in enumerate(lines) if re.match(begin, line))
    rest = lines[first + 1 :]
    last = next((i for i, line in enumerate(rest) if re.match(following, line)), len(rest))
    return [lines[first], *rest[:last]]


SAMPLE = {
    "YL-EMS-1": r"主城区急救站点平均服务半径不超过([\d.]+)公里",
    "YL-EMS-2": r"主城区.*?平均急救反应时间少于(\d+)分钟；乡镇",
    "YL-EMS-3": r"乡镇急救站点平均服务半径约10—(\d+)公里",
    "YL-EMS-4": r"乡镇急救站点.*?平均急救反应时间少于(\d+)分钟",
    "YL-EMS-5": r"市级至少设(\d)个直属站点",
    "YL-EMS-6": r"县级至少设(\d)个直属站点",
    "YL-EMS-8": r"每1万人口配置([\d.]+)辆救护车",
    "YL-EMS-10.beds": r"按医院床位的2%—(\d)%设置急诊科观察床",
    "YL-BLD-3": r"规划新设3—(\d)个储血点",
    "YL-BLD-4": r"各县（市、区）至少设置(\d)个固定采血点",
    "YL-BLD-5.urban": r"玉林城区(\d)个",
    "YL-BLD-6": r"乡镇(\d+)个献血点",
    "YL-BED-1.all": r"每千常住人口医疗卫生机构床位数在([\d.]+)张左右",
    "YL-BED-1.city": r"市办及以上公立医院床位数([\d.]+)张",
    "YL-BED-1.county": r"县办公立医院及基层医疗卫生机构床位数([\d.]+)张",
    "YL-BED-2.city": r"全市至少配置(\d+)张传染病救治床位",
    "YL-BED-4.nurses": r"床护比、床医比分别不低于1:([\d.]+)和",
    "YL-BED-4.doctors": r"床护比、床医比分别不低于1:[\d.]+和1:([\d.]+)，",
    "YL-BED-4.staff": r"床人（卫生人员）比提高至1:([\d.]+)",
    "YL-BED-6.doctors": r"医师和床位数分别达到([\d.]+)名",
    "YL-STF-1.doctors": r"注册护士数分别达到([\d.]+)人、",
    "YL-STF-1.nurses": r"注册护士数分别达到[\d.]+人、([\d.]+)人",
    "YL-STF-1.pharmacists": r"每千人口药师（士）数达到([\d.]+)名",
    "YL-STF-2.cdc": r"每万常住人口([\d.]+)名的比例",
    "YL-STF-4.nurses": r"精神科注册护士数不低于([\d.]+)名/10万人",
    "YL-STF-4.psychiatrists-heads": r"医师数达到(\d+)名",
    "YL-CARE-1.places": r"托位数达到([\d.]+)个左右",
    "YL-OLD-4.tcm": r"专门区域床位不少于(\d+)张，社区",
    "YL-REH-2.premium": r"精品中医馆的.*?康复床位不少于(\d+)张",
    "QZ-EMS-1": r"县域内平均急救反应时间少于(\d+)分钟",
    "QZ-EMS-4": r"每万常住人口急救车数量（辆）≥([\d.]+)",
    "QZ-BED-1.city": r"每千常住人口市办公立医院床位数（张）([\d.]+?)指导性",
    "QZ-BED-1.county": r"县办公立医院及基层医疗卫生机构床位数（张）([\d.]+?)指导性",
    "QZ-BED-3.total": r"合计43535861(\d+)",
    "QZ-BED-4.counties": r"平战结合应急分院）等项目，配置不低于(\d+)张传染病救治床位",
    "QZ-BED-5.psychiatric": r"每千常住人口精神科床位数（张）([\d.]+?)指导性",
    "QZ-STF-1.doctors": r"每千常住人口执业（助理）医师数（人）([\d.]+?)指导性",
    "QZ-STF-5.county": r"常住人口([\d.]+)人/10万人口",
    "QZ-STF-3.share": r"公共卫生人员占比不得低于专业技术人员数的(\d+)%",
    "QZD-HOS-2.urban": r"市直4家公立医院牵头建设(\d)个城市医疗联合体",
    "GX-BED-1": r"每千人口医疗卫生机构床位数张5\.9([\d.]+?)预期性",
    "GX-STF-1.nurses": r"每千人口注册护士数人3.34([\d.]+?)预期性",
    "GX-STF-2.share": r"公共卫生人员占比不得低于专业技术人员数的(\d+)%",
}
SHARES = {
    "YL-BED-3": r"公立医院床位(\d+)%比例设置公立专科医院",
    "YL-PHC-10.licensed": r"乡村医生中执业（助理）医师比例达到(\d+)%",
    "YL-OLD-2": r"规范设置老年医学科的比例达到(\d+)%",
    "YL-REH-1.secondary": r"康复医学科的比例分别达到100%、(\d+)%",
    "QZ-PHC-9.licensed": r"乡村医生中执业（助理）医师比例达到(\d+)%",
    "QZ-HOS-7": r"健康促进医院比例不低于(\d+)%",
    "GX-HOS-4": r"力争将(\d+)%的县级综合性医院",
    "GX-PHC-2": r"全区(\d+)%以上的乡镇卫生院和社区卫生服务中心达到国家基本标准",
    "GX-MCH-3.county": r"(\d+)%以上县级妇幼保健机构力争达到二甲",
    "GX-OLD-2": r"老年友善医疗卫生机构的占比达到(\d+)%",
}


def limit_of(rule: RuleBase) -> float:
    threshold = getattr(rule, "threshold", None) or rule.having.threshold  # type: ignore[attr-defined]
    return float(threshold.limit)


@pytest.mark.parametrize(
    ("name", "pattern", "times"),
    [*((name, pattern, 1.0) for name, pattern in SAMPLE.items()), *((n, p, 100.0) for n, p in SHARES.items())],
)
def test_thresholds_are_those_of_the_passage_cited(
    texts: dict[str, list[str]], name: str, pattern: str, times: float
) -> None:
    plan, rule = next((plan, rule) for plan, rule in rules() if rule.id == name)
    lines = texts[rule.document or plan.id]
    found = [re.search(pattern, passage(lines, section)) for section in rule.section.split(", ")]
    said = next((match for match in found if match is not None), None)
    assert said is not None, "the passage cited does not say it"
    assert limit_of(rule) * times == pytest.approx(float(said[1]))


def test_bands_of_beds_and_table_3_are_the_plans(texts: dict[str, list[str]]) -> None:
    rule = next(rule for rule in plan_of("yulin").rule if rule.id == "YL-BED-2.counties")
    said = re.findall(r"不低于(\d+)张", passage(texts["yulin"], rule.section))
    assert [band.minimum for band in rule.bands] == [float(number) for number in said]  # type: ignore[attr-defined]
    whole = " ".join(texts["qinzhou"])
    for column, suffix in enumerate(("beds", "doctors", "nurses")):
        rule = next(rule for rule in plan_of("qinzhou").rule if rule.id == f"QZ-BED-2.{suffix}")
        for county, threshold in rule.thresholds.items():  # type: ignore[attr-defined]
            row = re.search(rf"{county}((?: [\d.]+){{6}})", whole)
            assert row is not None
            assert threshold.limit == float(row[1].split()[3 + column])


def test_authorised_beds_are_those_of_table_2(texts: dict[str, list[str]]) -> None:
    """Campuses add up to their hospital, and the hospitals to the total of 7,739."""
    rule = next(rule for rule in plan_of("qinzhou").rule if rule.id == "QZ-BED-3")
    beds = {target.name: target.beds_authorised for target in rule.targets}  # type: ignore[attr-defined]
    campuses = {name for name in beds if name.endswith(("院区", "分院"))}
    assert sum(beds[name] for name in beds if name not in campuses) == 7739
    for hospital in ("钦州市第一人民医院", "钦州市第二人民医院", "钦州市妇幼保健院"):
        assert sum(beds[name] for name in campuses if name.startswith(hospital)) == beds[hospital]
