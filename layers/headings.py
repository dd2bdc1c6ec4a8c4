"""Which column of a user's facility list is which of ours, in Chinese or English, or as the study file says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from ..errors import Findings
from .vocabulary import meanings, nearest, plain, without_brackets

REQUIRED = ("name", "kind")
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "id": ("编号", "编码", "机构编码", "机构代码", "机构编号", "组织机构代码", "代码", "facility id", "code"),
    "name": (
        "名称",
        "机构名称",
        "机构全称",
        "医院名称",
        "单位名称",
        "站点名称",
        "设施名称",
        "候选点",
        "候选点名称",
        "拟建站点",
        "点位",
        "点位名称",
        "机构",
        "单位",
        "facility",
        "facility name",
    ),
    "kind": ("类别", "类型", "机构类别", "机构类型", "设施类别", "设施类型", "种类", "type", "category"),
    "level": ("级别", "等级", "医院等级", "医院级别", "机构级别", "机构等级", "级别等次", "grade"),
    "run_by": ("举办主体", "主办单位", "举办单位", "隶属", "隶属关系", "主办", "owner", "operator", "runby"),
    "roles": ("角色", "职能", "承担任务", "功能", "role"),
    "address": ("地址", "详细地址", "机构地址", "地点", "所在地", "addr"),
    "county": ("县区", "县市区", "区县", "县", "所属县区", "所在县区", "行政区", "行政区划", "县级行政区", "district"),
    "township": ("乡镇", "街道", "乡镇街道", "镇街", "乡镇名称", "所属乡镇", "乡镇街道办", "town", "subdistrict"),
    "lon": ("经度", "东经", "经度坐标", "lng", "longitude", "long", "x"),
    "lat": ("纬度", "北纬", "纬度坐标", "latitude", "y"),
    "datum": ("坐标系", "坐标系统", "坐标系类型", "坐标基准", "大地基准", "crs", "coordinate system"),
    "parent": ("上级机构", "隶属机构", "总院", "所属医院", "所属机构", "parent facility"),
    "beds": ("床位", "床位数", "实有床位", "开放床位", "实际开放床位", "bed", "number of beds"),
    "beds_authorised": ("编制床位", "核定床位", "编制床位数", "核定床位数", "authorised beds"),
    "ambulances": ("救护车", "救护车数", "救护车数量", "急救车", "急救车数", "急救车辆", "ambulance", "vehicles"),
    "status": ("状态", "运营状态", "建设状态", "营业状态", "现状", "state"),
    "precision": ("精度", "定位精度", "坐标精度", "位置精度", "accuracy"),
    "uncertainty_km": ("误差", "误差公里", "定位误差", "不确定度", "位置不确定度", "uncertainty"),
    "source": ("来源", "数据来源", "资料来源", "出处", "data source"),
}
OURS = tuple(HEADINGS)


def find_columns(table: pd.DataFrame, columns: Mapping[str, str], findings: Findings) -> dict[str, str]:
    """Our column names -> the file's headings, of those columns that the file has.

    ``columns`` (written so in the study file) goes before recognised headings. Of two headings with one meaning the
    left one counts, with a warning.
    """
    chosen = _named_in_study(table, columns, findings)
    known = meanings(HEADINGS)
    for heading in table.columns:
        ours = known.get(plain(heading)) or known.get(plain(without_brackets(heading)))
        if ours is None or heading in chosen.values() or ours in columns:
            continue
        if ours in chosen:
            findings.warn("facilities.heading-twice", column=heading, ours=ours, used=chosen[ours])
        else:
            chosen[ours] = heading
    return chosen


def take_columns(table: pd.DataFrame, headings: Mapping[str, str]) -> pd.DataFrame:
    """The table with our headings, all of them; what the file lacks is ``""``."""
    return pd.DataFrame({ours: table[headings[ours]] if ours in headings else "" for ours in OURS}, index=table.index)


def _named_in_study(table: pd.DataFrame, columns: Mapping[str, str], findings: Findings) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for ours, heading in columns.items():
        if ours not in HEADINGS:
            findings.error("facilities.column-unknown", value=ours, nearest=nearest(ours, OURS))
        elif heading not in table.columns:
            findings.error("facilities.heading-missing", column=heading, ours=ours, there=_listed(table.columns))
        else:
            chosen[ours] = heading
    return chosen


def require(frame: pd.DataFrame, table: pd.DataFrame, findings: Findings) -> None:
    """Reports required columns of which no row has a value: the list does not have them."""
    for ours in REQUIRED:
        if (frame[ours] == "").all():
            words = ", ".join((ours, *HEADINGS[ours][:2]))
            findings.error("facilities.column-missing", column=ours, words=words, there=_listed(table.columns))


def _listed(headings: Sequence[str] | pd.Index) -> str:
    return ", ".join(str(heading) for heading in headings)
