"""A proposal built for real: its stations added to the study's list, and the whole study assessed anew."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

import carereach as cr
from carereach.coverage.assess import gather
from carereach.coverage.found import find
from carereach.coverage.journeys import km_between
from carereach.coverage.rule_parts import Selector
from carereach.layers.study import find_study
from carereach.scenarios.proposals.proposal import by_county
from carereach.scenarios.proposals.question import Question
from carereach.scenarios.proposals.scenario_text import scenario_text
from carereach.scenarios.proposals.site import site

LIMIT_MIN = 15


def with_facilities(folder: Path, opened: list[dict[str, Any]], kind: str = "急救站") -> Path:
    """A copy of the tutorial whose list has a row for each place that a scenario file opens."""
    shutil.copytree(find_study("tutorial").parent, folder)
    book = openpyxl.load_workbook(folder / "facilities.xlsx")
    sheet = book["设施"]
    heads = [cell.value for cell in sheet[1]]
    for one in opened:
        row = {
            "编号": one["id"],
            "名称": one["name"],
            "类别": kind,
            "级别": "未定级",
            "职能": "无",
            "县区": one["county"],
            "乡镇": one["township"],
            "状态": "在用",
            "经度": one["lon"],
            "纬度": one["lat"],
            "坐标系": "WGS84",
            "定位精度": "精确",
            "来源": "test",
        }
        sheet.append([row.get(str(head)) for head in heads])
    book.save(folder / "facilities.xlsx")
    return folder / "study.toml"


def test_the_study_with_its_new_stations_shows_what_was_promised_to_the_last_person(tmp_path: Path) -> None:
    asked = Question("cover", new=2, within_min=LIMIT_MIN, candidates="junctions:30")
    proposal = site(cr.open_study("tutorial"), asked)
    assert proposal.scenario is not None
    opened = tomllib.loads(scenario_text(proposal.scenario))["scenario"][0]["open"]
    assert len(opened) == 2
    promised = by_county(proposal).iloc[0]
    assert promised["site_after"] > promised["site_before"] + 1  # the two change something

    demand = cr.assess(cr.open_study(with_facilities(tmp_path / "built", opened))).demand
    inside = demand[(demand["county"] != "").to_numpy()]
    residents, minutes = (inside[name].to_numpy(dtype=float) for name in ("residents", "response_min"))
    assert residents.sum() == pytest.approx(promised["site_total"], abs=1e-6)
    within = residents[minutes <= LIMIT_MIN].sum()
    assert within == pytest.approx(promised["site_after"], abs=1e-6)
    assert within == pytest.approx(proposal.answer.siting.value, abs=1e-6)
    reached = np.isfinite(minutes)
    mean = float((residents[reached] * minutes[reached]).sum() / residents[reached].sum())
    assert mean == pytest.approx(promised["site_mean_after"], abs=1e-6)


def test_the_means_that_the_fewest_stations_promise(tmp_path: Path) -> None:
    asked = Question("targets", mean_under=(("urban", 15.0), ("township", 21.0)), candidates="junctions:40")
    proposal = site(cr.open_study("tutorial"), asked)
    assert proposal.scenario is not None
    assert (proposal.answer.siting.status, proposal.answer.siting.gap) == ("optimal", 0)
    opened = tomllib.loads(scenario_text(proposal.scenario))["scenario"][0]["open"]
    facts = gather(cr.open_study(with_facilities(tmp_path / "built", opened)))
    minutes, residents = facts.minutes(), facts.demand["residents"].to_numpy()
    for goal, (zone, limit) in zip(proposal.goals, asked.mean_under, strict=True):
        here = facts.inside(zone) & (residents > 0)  # type: ignore[arg-type]
        mean = float((residents[here] * minutes[here]).sum() / residents[here].sum())
        assert mean < limit
        assert mean == pytest.approx(goal.after, abs=1e-9)


def test_the_health_centres_that_become_storage_points(tmp_path: Path) -> None:
    centres = "facilities:primary.township"
    asked = Question("cover", new=3, within_km=20, demand=centres, candidates=centres, kind="blood.storage")
    proposal = site(cr.open_study("tutorial"), asked)
    assert proposal.scenario is not None
    assert (proposal.answer.siting.status, proposal.answer.siting.gap) == ("optimal", 0)
    opened = tomllib.loads(scenario_text(proposal.scenario))["scenario"][0]["open"]
    assert len(opened) == 3
    facts = gather(cr.open_study(with_facilities(tmp_path / "built", opened, "储血点")))
    points, wanted = (
        find(facts, Selector(kinds=(kind,)), None).placed for kind in ("blood.storage", "primary.township")
    )
    km = km_between(facts, points, wanted, road=facts.choices["C8"] == "road").min(axis=0)
    assert int((km <= 20).sum()) == proposal.answer.siting.value
    assert np.allclose(km, proposal.reached.after)
