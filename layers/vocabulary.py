"""The words of facility lists in Chinese and English, and what carereach calls the same thing.

Words are compared without regard to case, width, spaces and punctuation. Labels to show stand in the messages, as
``kind.<kind>``.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping

from ..texts import Lang, text

KINDS: Mapping[str, tuple[str, ...]] = {
    "ems.centre": ("急救中心", "120急救中心", "急救指挥中心", "急救医疗中心", "紧急医疗救援中心", "emergency centre"),
    "ems.station": ("急救站", "急救分站", "急救点", "120急救站", "直属急救站", "急救站点", "ambulance station"),
    "hospital.general": ("综合医院", "综合性医院", "general hospital"),
    "hospital.tcm": ("中医医院", "中医院", "中医类医院", "中医", "民族医医院", "壮医医院", "tcm hospital"),
    "hospital.integrated": ("中西医结合医院", "integrated hospital"),
    "hospital.psychiatric": ("精神病医院", "精神专科医院", "精神病专科医院", "精神卫生中心", "psychiatric hospital"),
    "hospital.children": ("儿童医院", "children's hospital"),
    "hospital.infectious": ("传染病医院", "infectious disease hospital"),
    "hospital.rehabilitation": ("康复医院", "rehabilitation hospital"),
    "hospital.nursing": ("护理院", "护理医院", "nursing hospital"),
    "hospital.specialist": (
        "专科医院",
        "specialist hospital",
        "妇产医院",
        "口腔医院",
        "肿瘤医院",
        "骨科医院",
        "眼科医院",
    ),
    "primary.township": ("乡镇卫生院", "卫生院", "中心卫生院", "镇卫生院", "乡卫生院", "township health centre"),
    "primary.community": ("社区卫生服务中心", "社区医院", "community health centre"),
    "primary.community.station": ("社区卫生服务站", "community health station"),
    "primary.village": ("村卫生室", "村卫生所", "卫生室", "村医务室", "village clinic"),
    "primary.clinic": ("诊所", "门诊部", "卫生所", "医务室", "clinic"),
    "blood.station": ("血站", "中心血站", "中心血库", "血液中心", "blood station", "blood centre"),
    "blood.fixed": ("固定献血点", "固定采血点", "献血屋", "爱心献血屋", "献血点", "blood donation point"),
    "blood.temporary": ("临时献血点", "临时采血点", "流动献血点", "流动采血点", "temporary donation point"),
    "blood.township": ("乡镇献血点", "乡镇采血点", "township donation point"),
    "blood.storage": ("储血点", "储血库", "blood storage point"),
    "cdc": ("疾控中心", "疾病预防控制中心", "疾病预防控制机构", "centre for disease control"),
    "mch": (
        "妇幼保健院",
        "妇幼保健机构",
        "妇幼保健计划生育服务中心",
        "妇幼保健所",
        "maternal and child health hospital",
    ),
    "supervision": ("卫生监督所", "卫生监督机构", "卫生计生监督所", "health supervision"),
    "occupational": ("职业病防治院", "职业病防治机构", "职业病防治所", "occupational disease prevention"),
    "health.education": ("健康教育机构", "健康教育所", "健康教育与健康促进中心", "health education institution"),
    "childcare.centre": ("综合性托育中心", "公办托育中心", "托育中心", "childcare centre"),
    "sampling": ("核酸采样点", "采样点", "nucleic-acid sampling point"),
    "fitness": ("健身场地", "健身中心", "体育公园", "sports ground"),
    "school": ("卫生学校", "医学院校", "medical school"),
    "other": ("其他", "其它", "其他机构", "其他医疗卫生机构"),
}
LEVELS: Mapping[str, tuple[str, ...]] = {
    "tertiary": (
        "三级",
        "三级医院",
        "三级甲等",
        "三级乙等",
        "三级丙等",
        "三甲",
        "三乙",
        "三级综合",
        "tertiary A",
        "tertiary B",
        "level 3",
    ),
    "secondary": (
        "二级",
        "二级医院",
        "二级甲等",
        "二级乙等",
        "二级丙等",
        "二甲",
        "二乙",
        "二级综合",
        "secondary A",
        "secondary B",
        "level 2",
    ),
    "primary": ("一级", "一级医院", "一级甲等", "一级乙等", "一级丙等", "一甲", "一乙", "基层", "level 1"),
    "": ("未定级", "未评级", "未评", "未定等", "无", "无等级", "none", "ungraded"),
}
STATUSES: Mapping[str, tuple[str, ...]] = {
    "open": ("开业", "营业", "运营", "运行", "在用", "正常", "开放", "已建", "已建成", "现有", "existing", "operating"),
    "under construction": ("在建", "建设中", "施工", "续建", "改建", "迁建中"),
    "planned": ("规划", "规划中", "拟建", "新建", "待建", "筹建", "proposed"),
    "closed": ("关闭", "停业", "停用", "撤销", "注销", "已关闭", "关停"),
    "": ("不详", "未知", "unknown"),
}
PRECISIONS: Mapping[str, tuple[str, ...]] = {
    "exact": ("精确", "准确", "门牌", "门址", "兴趣点", "实测", "rooftop", "house"),
    "street": ("街道", "道路", "路段", "街道级", "道路级", "road"),
    "township": ("乡镇", "乡镇级", "乡镇街道", "town"),
    "seat": ("政府驻地", "驻地", "县城", "城区", "县城驻地", "county seat"),
    "county": ("县", "县级", "区县", "区县级", "district"),
    "unlocated": ("未定位", "无坐标", "待定位", "unknown"),
}
DATUMS: Mapping[str, tuple[str, ...]] = {
    "wgs84": ("WGS-84", "WGS84坐标系", "EPSG:4326", "GPS", "地球坐标", "天地图", "OSM"),
    "cgcs2000": ("CGCS2000", "国家2000", "2000国家大地坐标系", "大地2000", "EPSG:4490"),
    "gcj02": (
        "GCJ-02",
        "GCJ02坐标系",
        "火星",
        "火星坐标",
        "火星坐标系",
        "高德",
        "高德地图",
        "腾讯",
        "腾讯地图",
        "国测局",
        "AMap",
    ),
    "bd09": ("BD-09", "BD09坐标系", "BD09LL", "百度", "百度地图", "百度坐标", "百度坐标系", "Baidu"),
}
RUN_BY: Mapping[str, tuple[str, ...]] = {
    "region": ("自治区", "自治区级", "省", "省级", "区直", "province"),
    "city": ("市", "市级", "市属", "市本级", "市直", "地市级", "municipal"),
    "county": ("县", "县级", "县属", "区", "区级", "区县", "县区级"),
    "township": ("乡镇", "乡镇级", "镇", "乡"),
    "village": ("村", "村级", "村集体"),
    "other public": ("其他公立", "企业", "部队", "高校", "事业单位"),
    "private": ("民营", "社会办", "私营", "个体", "非公立", "社会资本"),
}
ROLES: Mapping[str, tuple[str, ...]] = {
    "ems.network": ("急救网络", "急救网络医院", "120网络医院", "院前急救网络", "急救站", "急救站点", "网络医院"),
    "ems.dispatch": ("急救调度", "120调度", "调度指挥", "指挥调度中心"),
    "infectious": ("传染病", "传染病定点", "定点救治医院"),
    "sea.rescue": ("海上救援", "海上急救"),
    "occupational.check": ("职业健康检查", "职业健康检查机构"),
    "occupational.treatment": ("职业病救治", "职业病诊断救治"),
    "health.supervision": ("卫生监督", "卫生计生监督"),
    "health.education": ("健康教育",),
}
ROLE_SEPARATORS = r"[;；,，、|]+"


def plain(word: str) -> str:
    """A word as it is compared: letters, digits and Chinese characters only, half-width, lower case."""
    return "".join(c for c in unicodedata.normalize("NFKC", word).casefold() if c.isalnum())


def meanings(words: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """``plain(word)`` -> carereach's word, for all words of a vocabulary and carereach's own."""
    return {plain(word): ours for ours, theirs in words.items() for word in (ours, *theirs)}


def nearest(word: str, known: Iterable[str]) -> str:
    """The word of ``known`` that looks most like ``word``; of none alike, the first."""
    by_plain = {plain(k): k for k in known if k}
    close = difflib.get_close_matches(plain(word), list(by_plain), n=1, cutoff=0.0)
    return by_plain[close[0]] if close else next(iter(by_plain.values()), "")


def without_brackets(word: str) -> str:
    """``床位数（张）`` without what stands in brackets."""
    return re.sub(r"[(（\[【].*?[)）\]】]", "", word)


def kind_label(kind: str, lang: Lang) -> str:
    """What a kind of facility is called in ``lang``; :class:`~carereach.texts.MissingText` for an unknown one."""
    return text(f"kind.{kind}", lang)
