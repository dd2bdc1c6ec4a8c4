"""The panel's topics, the plans' titles, the words of parameters, and where counties' names stand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from assessments import UTM, assessment, counties, many_rules, verdicts
from shapely.geometry import Point, box

from carereach.coverage.parameters import DEFAULTS
from carereach.coverage.results import Skipped
from carereach.coverage.rules import embedded_plans, read_plan
from carereach.coverage.ways import Way, column_of
from carereach.layers.roads.speeds import DEFAULT_SOURCE, DRIVE_KPH
from carereach.layers.settings_parts import Words
from carereach.maps.atlas.label_places import label_places
from carereach.maps.page import panel as page_panel
from carereach.maps.page.data import said
from carereach.maps.page.topics import OTHER, topic_of, topics
from carereach.maps.parameter_words import parameter_source, parameter_value
from carereach.maps.words import parameter_text
from carereach.maps.worst_words import worst_help, worst_kind, worst_text
from carereach.texts import Message, catalogue


class TestTopics:
    def test_emergency_first_decided_before_the_rest_and_every_rule_once(self) -> None:
        listed = topics(many_rules(), "en")
        assert listed["folded"] is True
        assert [topic["key"] for topic in listed["list"]] == ["ems", "bld"]
        rules = page_panel.rules(many_rules(), "en")
        emergency = listed["list"][0]
        assert [rules[place]["rule"] for place in emergency["decided"]] == ["YL-EMS-1"]
        places = [p for t in listed["list"] for p in (*t["decided"], *(p for w in t["waiting"] for p in w["rules"]))]
        assert sorted(places) == list(range(20))

    def test_few_rules_are_not_folded(self) -> None:
        listed = topics(assessment(), "en")
        assert listed["folded"] is False
        assert [topic["key"] for topic in listed["list"]] == [OTHER]

    @pytest.mark.parametrize("rule", ["T-1", "EMS", "", "XX-NONE-1", "A-OTHER-2"])
    def test_an_id_without_a_known_topic_is_other(self, rule: str) -> None:
        assert topic_of(rule) == OTHER

    def test_every_topic_of_the_embedded_plans_has_a_heading(self) -> None:
        ids = [rule.id for name in embedded_plans() for rule in read_plan(name, Path()).rule]
        assert [rule for rule in ids if topic_of(rule) == OTHER] == []

    def test_tables_are_named_before_lists_and_lists_before_the_rest(self) -> None:
        city = verdicts()[-1]
        ways = {
            "A-EMS-1": Way("roads"),
            "A-EMS-2": Way("full-list"),
            "A-EMS-3": Way("seat", table="seats"),
            "A-EMS-4": column_of("beds", "a", ()),
        }
        told = [replace(city, rule=r, would_settle=(way,)) for r, way in ways.items()]
        (topic,) = topics(assessment(verdicts=tuple(told)), "en")["list"]
        assert [group["rules"] for group in topic["waiting"]] == [[3], [2], [1], [0]]

    def test_a_missing_table_is_named_by_what_it_is_about(self) -> None:
        """Not by the word that the study file has for it."""
        city = replace(verdicts()[-1], rule="A-EMS-1", would_settle=(column_of("attributes", "a", ()),))
        (topic,) = topics(assessment(verdicts=(city,)), "zh")["list"]
        assert [group["missing"] for group in topic["waiting"]] == ["无法判断：缺机构属性数据"]


YULIN = Words(zh="玉林市医疗卫生服务体系“十四五”规划", en="Yulin medical and health service system plan 2021-2025")


class TestPlanTitles:
    def test_titles_also_of_a_plan_whose_rules_were_all_skipped(self) -> None:
        own = tuple(replace(v, plan="own", plan_title=Words(zh="自拟规划", en="Our plan")) for v in verdicts())
        skipped = (Skipped("yulin", "YL-EMS-1", Words(zh="规则", en="rule"), Message("grade.missing"), YULIN),)
        head = said(assessment(verdicts=own, skipped=skipped), "zh")["head"]
        assert head["plans"] == "依据规划：自拟规划；玉林市医疗卫生服务体系“十四五”规划"

    def test_nothing_tested_names_no_plan(self) -> None:
        assert said(assessment(verdicts=(), skipped=()), "zh")["head"]["plans"] == ""


class TestParameters:
    def test_our_own_sources_are_in_both_languages_and_citations_stay(self) -> None:
        for default in DEFAULTS:
            assert parameter_source(default.source, "en") == default.source
            assert parameter_source(default.source, "zh") != default.source
        assert parameter_source(DEFAULT_SOURCE, "zh").startswith("carereach 默认值")
        assert "10.1177/2399808318809711" in parameter_source(DEFAULTS[2].source, "zh")
        assert parameter_source("Smith 2020, table 2", "zh") == "Smith 2020, table 2"

    def test_every_road_class_has_a_name(self) -> None:
        assert {f"maps.road-{name}" for name in (*DRIVE_KPH, "unclassed")} <= set(catalogue())
        assert parameter_text("speed.busway", "zh") == "车速：公交专用道"

    def test_units(self) -> None:
        assert parameter_value(1.0, "min", "zh") == "1 分钟"
        assert parameter_value(30.0, "km/h", "zh") == "30 公里/小时"
        assert parameter_value(1.3, "", "zh") == "1.3"


class TestLabels:
    def test_a_name_stands_in_its_county_and_off_the_marks(self) -> None:
        frame = counties()
        middles = frame.geometry.centroid
        crowd = gpd.GeoSeries([*middles, *middles, None], crs=UTM)
        places = label_places(frame, crowd)
        assert shapely.contains(frame.geometry.to_numpy(), places.to_numpy()).all()
        # 40 km on 640 px: 62.5 m a pixel. A name of two wide signs is 53 by 18 px; two marks at a point: 11 + 9.5 px
        away = [(abs(p.x - m.x) / 62.5, abs(p.y - m.y) / 62.5) for p, m in zip(places, middles, strict=True)]
        assert all(x >= 26.5 + 20.5 or y >= 9 + 20.5 for x, y in away)

    def test_without_marks_it_stands_in_the_middle(self) -> None:
        places = label_places(counties(), gpd.GeoSeries([], crs=UTM))
        assert places.distance(counties().geometry.centroid).max() < 200

    def test_where_there_is_no_room_it_still_stands_inside(self) -> None:
        frame = gpd.GeoDataFrame(
            {"county": ["甲", "乙"]}, geometry=[box(0, 0, 9e4, 9e4), box(9e4, 0, 9e4 + 90, 90)], crs=UTM
        )
        places = label_places(frame, gpd.GeoSeries([Point(9e4 + 45, 45)], crs=UTM))
        assert shapely.contains(frame.geometry.to_numpy(), places.to_numpy()).all()

    def test_no_county(self) -> None:
        none = counties().iloc[:0]
        assert isinstance(label_places(none, gpd.GeoSeries([], crs=UTM)), pd.Series)


class TestWorstPlaces:
    """What the places are that a verdict names: one sort for each kind of rule, in the words of its tests."""

    @pytest.mark.parametrize(
        ("changes", "kind"),
        [
            ({"quantity": "min"}, "slowest"),
            ({"quantity": "km", "choices": ("C2=equal-area", "C2-band=at-most")}, "farthest"),
            ({"quantity": "km", "choices": ("C2=straight-line",)}, "farthest"),
            ({"quantity": "km", "choices": ("C2=road",)}, "farthest-by-road"),
            ({"quantity": "%", "places": (("甲县·某镇", 100.0, 40.0),)}, "outside"),
            ({"quantity": "", "choices": ("C8=road",)}, "not-supplied"),
            ({"quantity": "%", "choices": ("C16=centres",)}, "not-as-asked"),
            ({"quantity": "", "choices": ("C15=either",)}, "lacking"),
        ],
    )
    def test_each_kind_has_its_words(self, changes: dict[str, object], kind: str) -> None:
        bare = {"choices": (), "places": (), "worst": ("甲县·某镇 16.4",)}
        verdict = verdicts()[0].replaced(**{**bare, **changes})
        assert worst_kind(verdict) == kind
        for lang in ("zh", "en"):
            assert worst_text(verdict, lang) == catalogue()[f"worst.{kind}"][lang]
            (found,) = [
                line for line in page_panel.rules(assessment(verdicts=(verdict,)), lang)[0]["verdicts"][0]["details"]
                if line[0] == worst_text(verdict, lang)
            ]  # fmt: skip
            assert found[1:] == [["甲县·某镇 16.4"], worst_help(verdict, lang)]

    def test_without_worst_places_nothing_is_said_of_them(self) -> None:
        verdict = verdicts()[0].replaced(worst=())
        labels = [
            line[0] for line in page_panel.rules(assessment(verdicts=(verdict,)), "en")[0]["verdicts"][0]["details"]
        ]
        assert worst_text(verdict, "en") not in labels

    def test_the_ledgers_of_the_counties_add_up_to_that_of_the_study(self) -> None:
        """东县 has the last three of every six points: 100 x (4+5+6 + 10+11+12 + ... + 28+29+30) = 25,500."""
        totals = [account["total"] for account in page_panel.ledgers(assessment(), "en")]
        assert totals == ["25,500", "21,000"]
        assert page_panel.ledger(assessment(), "en")["total"] == "46,500"

    def test_every_verdict_says_which_county_it_is_about(self) -> None:
        by_county, by_zone, by_city = page_panel.rules(assessment(), "en")
        assert [verdict["county"] for verdict in by_county["verdicts"]] == [0, 1]
        assert [verdict["county"] for rule in (by_zone, by_city) for verdict in rule["verdicts"]] == [None, None]
