"""What would settle most: the portions of what open verdicts lack, summed, ranked, and true where they say "would"."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from assessments import assessment, verdicts
from hypothesis import given
from hypothesis import strategies as st
from plan_cases import table
from rich.console import Console

from carereach.coverage.assess import gather, judge_plans, read_plans
from carereach.coverage.facts import Facts
from carereach.coverage.readings import judge_rule
from carereach.coverage.results import TO_SETTLE_COLUMNS, Assessment, Verdict
from carereach.coverage.settling import Claim, ToSettle, to_settle
from carereach.coverage.tables import Columns, needs_of
from carereach.coverage.ways import FAMILIES, LAYERS, Wanted, Way, column_of
from carereach.layers.study import open_study
from carereach.maps import verdicts_json
from carereach.maps.page import panel as page_panel
from carereach.maps.tables import write_to_settle_csv
from carereach.maps.terminal import MOST_ITEMS, terminal_to_settle
from carereach.maps.workbook import write_workbook
from carereach.texts import catalogue

BOBAI = tuple(Wanted(f"b{n}", f"博白{n}", "primary.township", "博白县") for n in range(23))
ELSEWHERE = (Wanted("r1", "容县一", "primary.township", "容县"), Wanted("h1", "容县医院", "hospital.general", "容县"))


def people(units: frozenset[str]) -> float:
    """100 residents a unit."""
    return 100.0 * len(units)


def ranked(*claims: Claim) -> tuple[ToSettle, ...]:
    return to_settle(claims, people)


def claim(rule: str, *ways: Way, unit: str = "博白县") -> Claim:
    return Claim(("yulin", rule), unit, ways)


class TestPortions:
    def test_facilities_by_kind_and_county(self) -> None:
        parts = Way("locate", facilities=(*BOBAI, *ELSEWHERE)).portions()
        assert [(part.unit, part.kinds, len(part.facilities)) for part in parts] == [
            ("博白县", ("primary.township",), 23),
            ("容县", ("primary.township",), 1),
            ("容县", ("hospital.general",), 1),
        ]
        assert parts[0].portion_text("en") == "locate 23 in 博白县: township health centre"
        assert parts[0].portion_text("zh") == "定位博白县 23 个机构：乡镇卫生院"

    def test_lists_by_kind_or_family_and_without_their_unit(self) -> None:
        """A list claims to be complete for the whole study or not at all."""
        several = Way("full-list", unit="容县", kinds=("hospital.general", "mch", "cdc"))
        assert [part.kinds for part in several.portions()] == [FAMILIES["hospitals"], ("cdc",)]
        assert {part.unit for part in several.portions()} == {""}
        assert Way("full-list", kinds=("hospital.general",)).portions() == (
            Way("full-list", kinds=("hospital.general",)),
        )
        nameless = Way("full-list", unit="容县").portions()
        assert nameless == (Way("full-list"),)
        assert not nameless[0].suffices

    def test_a_column_is_one_whatever_its_rows(self) -> None:
        one, other = column_of("staff", "doctors", ("容县",)), column_of("staff", "doctors", ("博白县",))
        assert one.key == other.key
        assert one.merged(other).rows == ("容县", "博白县")
        assert one.key != column_of("staff", "nurses", ("容县",)).key

    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_every_way_has_its_sentences(self, lang: str) -> None:
        whats = {code.removeprefix("settle.") for code in catalogue() if code.startswith("settle.")} - {"any-kind"}
        alone = {code.removeprefix("to-settle.") for code in catalogue() if code.startswith("to-settle.")} - {
            "where",
            "hint",
        }
        assert whats == alone >= set(LAYERS)
        for what in whats:
            way = Way(what, unit="容县", facilities=ELSEWHERE, level="township", rows=("甲",))  # type: ignore[arg-type]
            assert way.text(lang) and way.portion_text(lang)  # type: ignore[arg-type]


class TestRank:
    def test_four_rules_by_one_task(self) -> None:
        """The 23 of Bobai settle four rules; a fifth needs a table too. The one of Rongxian settles none alone."""
        bobai, both = Way("locate", facilities=BOBAI), Way("locate", facilities=(*BOBAI, *ELSEWHERE))
        claims = [claim(f"R-{n}", bobai) for n in range(4)]
        first, *rest = ranked(*claims, claim("R-9", bobai, column_of("staff", "doctors", ())), claim("R-8", both))
        assert first.text() == "locate 23 in 博白县: township health centre"
        assert [rule for _, rule in first.settles] == ["R-0", "R-1", "R-2", "R-3"]
        assert [rule for _, rule in first.needed_by] == ["R-9", "R-8"]
        assert [(len(each.settles), len(each.needed_by)) for each in rest] == [(0, 1)] * 3

    def test_a_rule_counts_once_and_its_units_are_counted_too(self) -> None:
        """Three units of one rule, two of them lack nothing else: one rule, once, and not among those that need it."""
        staff = column_of("staff", "doctors", ("容县",))
        (item,) = [
            each
            for each in ranked(
                claim("R", staff, unit="容县"),
                claim("R", staff, unit="博白县"),
                claim("R", staff, Way("roads"), unit="北流市"),
            )
            if each.way.table
        ]
        assert (item.settles, item.needed_by) == ((("yulin", "R"),), ())
        assert (item.verdicts_settled, item.verdicts_needing) == (2, 1)
        assert (item.units, item.people) == (("容县", "博白县", "北流市"), 300.0)

    def test_two_portions_of_one_way_are_two_things_to_do(self) -> None:
        found = ranked(claim("R", Way("locate", facilities=ELSEWHERE)))
        assert [(len(each.settles), len(each.needed_by)) for each in found] == [(0, 1), (0, 1)]

    def test_a_list_of_all_hospitals_serves_what_one_of_general_hospitals_serves(self) -> None:
        general = Way("full-list", kinds=("hospital.general",))
        all_of = Way("full-list", kinds=("hospital.general", "hospital.tcm"))
        family, single = ranked(claim("R-1", general), claim("R-2", all_of), claim("R-3", general, Way("roads")))[:2]
        assert family.way.kinds == FAMILIES["hospitals"]
        assert ([r for _, r in family.settles], [r for _, r in family.needed_by]) == (["R-1", "R-2"], ["R-3"])
        assert ([r for _, r in single.settles], [r for _, r in single.needed_by]) == (["R-1"], ["R-3"])

    def test_a_whole_list_says_what_was_not_known_of_those_on_it(self) -> None:
        """Whether one is open and the whole list are both lacking: the list settles it, the one answer may not."""
        hospital = Wanted("h", "某医院", "hospital.general", "容县")
        lacks = (Way("unsure", facilities=(hospital,)), Way("full-list", kinds=("hospital.general",)))
        whole, one = ranked(claim("R", *lacks))
        assert (whole.way.what, len(whole.settles), len(whole.needed_by)) == ("full-list", 1, 0)
        assert (one.way.what, len(one.settles), len(one.needed_by)) == ("unsure", 0, 1)
        clinic = Way("unsure", facilities=(hospital._replace(kind="primary.clinic"),))
        assert not any(each.settles for each in ranked(claim("R", clinic, lacks[1])))

    def test_ties_go_by_people_then_by_order(self) -> None:
        """One rule each; the second is about two units."""
        found = ranked(
            claim("R-1", column_of("a", "x", ())),
            claim("R-2", column_of("b", "x", ())),
            claim("R-2", column_of("b", "x", ()), unit="容县"),
            claim("R-3", column_of("c", "x", ())),
        )
        assert [each.way.table for each in found] == ["b", "a", "c"]

    def test_nothing_lacking(self) -> None:
        assert ranked() == ranked(claim("R")) == ()

    @given(st.lists(st.tuples(st.sampled_from("ABCD"), st.sets(st.sampled_from("pqrs"), min_size=1)), max_size=12))
    def test_every_claim_is_counted_where_it_belongs(self, drawn: list[tuple[str, set[str]]]) -> None:
        """By a second count: a column settles the rules of claims that lack only it."""
        claims = [claim(rule, *(column_of("t", c, ()) for c in sorted(lacks))) for rule, lacks in drawn]
        found = {each.way.column: each for each in ranked(*claims)}
        assert set(found) == {column for _, lacks in drawn for column in lacks}
        for column, each in found.items():
            alone = {rule for rule, lacks in drawn if lacks == {column}}
            assert {rule for _, rule in each.settles} == alone
            assert {rule for _, rule in each.needed_by} == {rule for rule, lacks in drawn if column in lacks} - alone
        counts = [(-len(e.settles), -len(e.needed_by)) for e in ranked(*claims)]
        assert counts == sorted(counts)


def lacking() -> Assessment:
    """Only what cannot be told counts; a screening that could be firmed up does not."""
    met, short, zone, city = verdicts()
    staff = column_of("staff", "doctors", ("东县",))
    made = [
        replace(city, rule="S-1", unit="东县", would_settle=(staff,)),
        replace(city, rule="S-2", would_settle=(staff, Way("roads"))),
        replace(zone, would_settle=(Way("people"),)),
    ]
    return assessment(verdicts=(met, short, *made))


class TestOutputs:
    def test_as_a_frame(self) -> None:
        frame = lacking().to_settle_frame("en")
        assert list(frame.columns) == TO_SETTLE_COLUMNS
        first = frame.iloc[0]
        assert (first["item"], first["settles"], first["needed_by"]) == ("column doctors of table staff", 1, 1)
        assert (first["rules_settled"], first["rules_needing"], first["of"]) == ("S-1", "S-2", "东县")
        # S-2 is about the whole city: all 30 points of 100, 200, ... 3,000 residents, 46,500 of them
        assert first["people"] == 46_500
        assert len(frame) == 2

    def test_people_of_one_county(self) -> None:
        """The east county has the columns 3-5 of each row of six: of 100 x (1 ... 30) the 4th to 6th of every six."""
        only = replace(lacking(), verdicts=lacking().verdicts[:3])
        east = sum(100 * n for n in range(1, 31) if (n - 1) % 6 >= 3)
        assert only.to_settle[0].people == east

    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_the_terminal_fits_100_columns(self, lang: str) -> None:
        from rich.cells import cell_len

        many = [replace(lacking().verdicts[3], would_settle=(column_of("t" * 60, f"v{n}", ()),)) for n in range(20)]
        whole = assessment(verdicts=tuple(many))
        shown = terminal_to_settle(whole.to_settle_frame(lang), lang)  # type: ignore[arg-type]
        assert shown is not None
        out = io.StringIO()
        Console(file=out, width=100, highlight=False).print(shown)
        lines = out.getvalue().splitlines()
        assert max(cell_len(line) for line in lines) <= 100
        assert sum("46,500" in line for line in lines) == MOST_ITEMS

    def test_the_terminal_says_nothing_where_nothing_is_lacking(self) -> None:
        assert terminal_to_settle(assessment(verdicts=()).to_settle_frame("en"), "en") is None
        assert terminal_to_settle(pd.DataFrame(), "en") is None

    def test_csv_and_workbook(self, tmp_path: Path) -> None:
        write_to_settle_csv(lacking(), tmp_path / "t.csv", "zh")
        rows = list(csv.DictReader(io.StringIO((tmp_path / "t.csv").read_bytes().decode("utf-8-sig"))))
        assert rows[0]["需要补充的数据"] == "附表 staff 的列 doctors"
        assert rows[0]["可判断的规则数"] == "1"
        assert rows[0]["涉及居民（人）"] == "46500"
        write_workbook(lacking(), tmp_path / "v.xlsx", "en")
        sheet = openpyxl.load_workbook(tmp_path / "v.xlsx")["what would settle it"]
        assert [cell.value for cell in sheet[2]][:3] == ["column doctors of table staff", 1, 1]

    def test_json(self) -> None:
        first, second = verdicts_json.verdicts_json(lacking())["to_settle"]
        assert (first["what"], first["table"], first["column"], first["rows"]) == (
            "column",
            "staff",
            "doctors",
            ["东县"],
        )
        assert first["settles"] == [{"plan": "YL", "rule": "S-1"}]
        assert first["needed_by"] == [{"plan": "YL", "rule": "S-2"}]
        assert (first["verdicts_settled"], first["verdicts_needing"]) == (1, 1)
        assert (second["what"], second["zh"]) == ("roads", "地方道路（carereach fetch）")

    def test_page(self) -> None:
        first, _ = page_panel.to_settle(lacking(), "en")
        assert first["item"] == "column doctors of table staff"
        assert first["gain"] == "would settle 1 rule; with other data 1 more"


def made_true(facts: Facts, item: ToSettle) -> Facts | None:
    """The facts after somebody found out one thing, with numbers and yes; None for what is not made up here."""
    study, way = facts.study, item.way
    if way.what == "full-list":
        (first, *others) = study.settings.facilities
        whole = first.model_copy(update={"complete_kinds": (*first.complete_kinds, *way.kinds)})
        settings = study.settings.model_copy(update={"facilities": (whole, *others)})
        frame = study.facilities.frame.copy()
        for column, said in (("status", "open"), ("level", "secondary"), ("run_by", "county"), ("roles", "sea.rescue")):
            frame.loc[frame["kind"].isin(way.kinds) & (frame[column] == ""), column] = said
        nowhere = frame["kind"].isin(way.kinds) & (frame["county"] == "")
        frame.loc[nowhere, "county"] = str(study.counties.frame["county"].iloc[0])
        frame.loc[frame["kind"].isin(way.kinds) & (frame["level_class"] == ""), "level_class"] = "B"
        listed = replace(study.facilities, frame=frame)
        return replace(facts, study=replace(study, settings=settings, facilities=listed), memo={})
    if way.what == "column" and way.table not in study.tables:
        counties = [str(name) for name in study.counties.frame["county"]]
        names = {*map(str, study.facilities.frame["name"])}
        rows = [
            {"county": unit, way.column: "1"} for unit in dict.fromkeys((*way.rows, *counties)) if unit not in names
        ]
        rows += [{"name": name, way.column: "1"} for name in way.rows if name in names]
        tables = {**study.tables, way.table: table(way.table, rows)}
        return replace(facts, study=replace(study, tables=tables), columns=Columns(tables), memo={})
    return None


@pytest.fixture(scope="module", params=["yulin", "qinzhou"])
def real(request: pytest.FixtureRequest) -> Facts:
    return gather(open_study(request.param))


def test_what_is_said_to_settle_a_rule_alone_does(real: Facts) -> None:
    """Lists that then are complete and columns that then are filled in decide each verdict said to lack only them."""
    plans = read_plans(real.study.settings, real.study.folder)
    found, _ = judge_plans(real, plans)
    claims = [Claim((v.plan, v.rule), v.unit, v.would_settle) for v in found if v.status == "cannot tell"]
    assert all(each.ways for each in claims)
    items = to_settle(claims, people)
    assert items[0].settles and len(items) > 50
    alone: dict[tuple[str, str], int] = defaultdict(int)
    for item in items[:40]:
        known = made_true(real, item)
        if known is None or not item.settles:
            continue
        for plan in plans:
            for rule in plan.rule:
                if (plan.id, rule.id) in item.settles and not _below_counties(rule):
                    now = judge_rule(plan, rule, known)
                    was = [v for v in found if (v.plan, v.rule) == (plan.id, rule.id)]
                    lacked = [v.status == "cannot tell" and _only(v, item) for v in was]
                    assert [v.unit for v in now] == [v.unit for v in was]
                    assert all(v.status != "cannot tell" for v, only in zip(now, lacked, strict=True) if only), rule.id
                    alone[plan.id, rule.id] += any(lacked)
    assert sum(count > 0 for count in alone.values()) > 20


def _below_counties(rule: object) -> bool:
    """Whether its table has rows for townships or villages, which are not made up here."""
    return any(need.level in ("township", "street", "street-or-township", "village") for need in needs_of(rule))  # type: ignore[arg-type]


def _only(verdict: Verdict, item: ToSettle) -> bool:
    """Whether the verdict is among those that the item is said to settle alone."""
    mine = Claim((verdict.plan, verdict.rule), verdict.unit, verdict.would_settle)
    others = Claim(("", ""), "", (Way("full-list", kinds=item.way.kinds),) if len(item.way.kinds) > 1 else ())
    return any(each.way.key == item.way.key and mine.rule in each.settles for each in to_settle([mine, others], people))
