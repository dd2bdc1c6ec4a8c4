"""Copies of the tutorial with the units and institutions that the plans of Qinzhou name.

``passing``: every goal is met, where it has a number just so. Else every goal is missed, where it has a number by one.
"""

from __future__ import annotations

import math

from every_rule_content import GENERAL, GTI, HOSPITALS, MIXED, PRIMARY, SECONDARY, TCM, Content, Place, of, part
from every_rule_ground import Area, every_third_cell, far_spot, spot, townships, urban

CITY = "钦州市"
COUNTIES = ("灵山县", "浦北县")
BARE = "浦北县"
AREA = Area(
    CITY,
    {
        "钦南区": ("中街街道", "河西街道", "新港街道", "柳桥镇", "长滩镇"),
        "钦北区": ("河东街道", "北关街道", "白石镇", "金田镇", "望湖镇"),
        "灵山县": ("云城镇", "茶坪镇", "松岭镇", "温泉镇", "铁厂镇", "北坪乡", "高岭乡", "雾谷乡"),
        "浦北县": ("汐城镇", "沙头镇", "盐田镇", "竹山镇", "双溪镇", "渔门镇", "石塘乡", "月屿乡"),
    },
    frozenset({"中街街道", "河西街道", "新港街道", "河东街道", "北关街道", "云城镇", "汐城镇"}),
    {"钦南区": 700_000, "钦北区": 700_000, "灵山县": 1_200_000, "浦北县": 800_000},
)
REGISTERED = {"钦南区": 800_000, "钦北区": 850_000, "灵山县": 1_500_000, "浦北县": 1_000_000}  # ceil(4.15 / 2) = 3
CHILDREN = 600_000
SERVED = {"钦南区": 500_000, "钦北区": 500_000, "灵山县": 1_000_000, "浦北县": 700_000}
# Table 2: the hospitals of the city with their authorised beds in 2025, 7,739 in all, and their campuses.
HOSPITALS_OF_CITY = {
    "钦州市第一人民医院": (GENERAL, "三级甲等", 2154),
    "钦州市第二人民医院": (GENERAL, "三级甲等", 2068),
    "钦州市中医医院": (TCM, "三级甲等", 1085),
    "钦州市妇幼保健院": ("mch", "三级甲等", 1200),
    "钦州市中西医结合医院": (MIXED, "二级甲等", 260),
    "钦州市精神病医院": ("hospital.psychiatric", "二级甲等", 672),
    "钦州市精神卫生福利医院": ("hospital.psychiatric", "二级乙等", 300),
}
CAMPUSES = {
    "钦州市第一人民医院明阳路院区": (GENERAL, "钦州市第一人民医院", 1805),
    "钦州市第一人民医院钦州港分院": (GENERAL, "钦州市第一人民医院", 149),
    "钦州市第一人民医院久隆院区": (GENERAL, "钦州市第一人民医院", 200),
    "钦州市第二人民医院文峰路院区": (GENERAL, "钦州市第二人民医院", 1100),
    "钦州市第二人民医院二马路院区": (GENERAL, "钦州市第二人民医院", 170),
    "钦州市第二人民医院白石湖院区": (GENERAL, "钦州市第二人民医院", 798),
    "钦州市妇幼保健院安州院区": ("mch", "钦州市妇幼保健院", 600),
    "钦州市妇幼保健院茶山院区": ("hospital.children", "钦州市妇幼保健院", 600),
}
# Still being built in the copy that misses the goals: there, but not open.
BUILDING = ("钦州市第一人民医院", "钦州市中西医结合医院", "钦州市精神病医院", "钦州市精神卫生福利医院")
LEVELS = {
    "灵山县人民医院": ("三级甲等", "三级乙等"),
    "浦北县人民医院": ("三级乙等", "二级甲等"),
    "灵山县红十字会医院": ("二级甲等", "二级乙等"),
    "灵山县第二人民医院": ("二级甲等", "二级甲等"),
    "钦南区人民医院": ("二级甲等", "二级乙等"),
    "钦北区人民医院": ("二级甲等", "二级乙等"),
    "灵山县中医医院": ("三级甲等", "三级乙等"),
    "浦北县中医医院": ("三级乙等", "二级甲等"),
    "钦南区中医医院": ("二级乙等", "二级乙等"),
    "钦北区中医医院": ("二级乙等", "一级甲等"),
    "灵山县妇幼保健院": ("三级甲等", "三级乙等"),
    "浦北县妇幼保健院": ("三级乙等", "二级甲等"),
    "钦南区妇幼保健院": ("二级甲等", "二级甲等"),
    "钦北区妇幼保健院": ("二级甲等", "二级甲等"),
}
# By unit, table 3 per 1,000 residents times the residents; Qinnan has as many more as the goals of the whole city need.
BY_UNIT = {
    ("beds", "beds"): ((9_919, 2_401, 6_480, 5_168), (9_753, 2_400, 6_479, 5_167)),
    ("staff", "doctors"): ((4_558, 1_330, 2_148, 1_552), (3_302, 1_329, 2_147, 1_551)),
    ("staff", "nurses"): ((6_252, 1_680, 3_036, 1_976), (4_555, 1_679, 3_035, 1_975)),
    ("staff", "health_education_county"): ((13, 13, 21, 14), (13, 13, 21, 13)),
    ("beds", "infectious"): ((0, 0, 100, 100), (0, 0, 100, 99)),
    ("units", "health_science_bases"): ((1, 1, 1, 1), (1, 1, 1, 0)),
}
STAFF = {
    "health_staff": (38_349, 38_078),
    "general_practitioners": (1_360, 1_359),
    "pharmacists": (1_836, 1_835),
    "cdc_staff": (595, 594),
    "mch_health_staff": (340, 339),
    "mch_clinical_staff": (1_700, 1_699),
    "psychiatrists": (136, 135),
    "psychiatric_nurses": (296, 295),
    "psychotherapists": (30, 29),
    "psychiatric_social_workers": (10, 9),
    "health_education_city": (17, 16),
    "tcm_doctors": (2_210, 2_209),
    "public_health_institution_staff": (3_500, 3_499),
    "paediatricians": (522, 521),
    "village_doctors": (2_700, 2_699),
    "village_doctors_licensed": (675, 674),
}
BEDS = {
    "city_public": (7_820, 7_819),
    "county_public_primary": (12_240, 12_239),
    "public": (20_060, 20_059),
    "public_hospital": (20_000, 20_000),
    "public_specialist": (3_000, 2_999),
    "public_tcm": (2_890, 2_889),
    "intensive": (1_530, 1_529),
    "rehabilitation": (1_428, 1_427),
    "psychiatric": (2_652, 2_651),
    "paediatric": (1_500, 1_499),
    "mch": (1_000, 1_000),
}
UNITS = {"childcare_places": (15_300, 15_299), "communities": (10, 10), "communities_childcare_standard": (6, 5)}
UNITS |= {"blood_tonnes": (9, 9), "blood_vehicles": (3, 2)}
YES_NO_OF_UNITS = ("line_120", "smart_dispatch", "consortium_telemedicine", "consortium_pilot")


def ambulances_needed(unit: str) -> int:
    return math.ceil(0.77 * AREA.residents[unit] / 10_000)


def build(passing: bool) -> Content:
    content = Content(AREA)
    _city(content, passing)
    _blood_and_offices(content, passing)
    for unit in AREA.units:
        _unit(content, unit, passing)
    _townships(content, passing)
    _emergency(content, passing)
    _tables(content, passing)
    _attributes(content, passing)
    content.sampling = every_third_cell() if passing else every_third_cell()[:1]
    content.settings = [f"[response]\ntime_of_day_factor = {1.8 if passing else 0.5}\n"]
    return content


def _city(content: Content, passing: bool) -> None:
    for name, (kind, level, beds) in HOSPITALS_OF_CITY.items():
        building = not passing and name in BUILDING
        # One that the city does not run is none of the city's own.
        run_by = "other public" if name == "钦州市妇幼保健院" and not passing else "city"
        content.put(
            name,
            kind,
            "中街街道",
            spot("中街街道", len(content.places)),
            run_by=run_by,
            level=level if passing or kind != TCM else "二级甲等",
            authorised=beds if passing else beds - 1,
            ambulances=1,
            status="在建" if building else "在用",
        )
    for number, (name, (kind, parent, beds)) in enumerate(CAMPUSES.items()):
        content.put(
            name,
            kind,
            "河西街道",
            spot("河西街道", number),
            run_by="city",
            level="二级甲等",
            authorised=beds if passing else beds - 1,
            ambulances=0,
            status="在用" if passing else "规划",
            parent=parent,
        )
    if not passing:  # a new one that the city runs by itself
        at = spot("新港街道", 5)
        content.put("钦州市新建综合医院", GENERAL, "新港街道", at, run_by="city", level="二级甲等", ambulances=0)


def _blood_and_offices(content: Content, passing: bool) -> None:
    def put(name: str, kind: str, town: str = "中街街道", **more: object) -> None:
        content.put(name, kind, town, spot(town, len(content.places)), **{"run_by": "city", **more})

    put("钦州湾广场献血点", "blood.fixed")
    put("自贸区钦州港片区献血点", "blood.temporary", "新港街道")
    put("钦州市疾病预防控制中心", "cdc", status="在用" if passing else "在建")
    if not passing:
        return
    put("钦州市中心血站", "blood.station")
    put("钦州市中心血站站内机采血小板献血点", "blood.fixed")
    put("灵山县献血点", "blood.fixed", "云城镇")
    put("浦北县献血点", "blood.fixed", "汐城镇")
    put("钦江以东片区献血点", "blood.temporary", "河东街道")
    put("钦州市卫生计生监督所", "supervision")
    put("自贸区钦州港片区卫生计生监督所", "supervision", "新港街道", run_by="other public")
    put("钦州市健康教育与健康促进中心", "health.education")
    put("钦州市卫生学校", "school")
    put("钦州市卫生信息与医学考试中心", "other")
    put("钦州市托育综合服务中心", "childcare.centre")
    for street in ("中街街道", "河西街道", "北关街道", "河东街道", "新港街道"):
        put(f"{street}体育公园", "fitness", street)


def _unit(content: Content, unit: str, passing: bool) -> None:
    seat = AREA.units[unit][0]
    lacking = not passing and unit == BARE

    def put(name: str, kind: str, **more: object) -> None:
        level = LEVELS.get(name, ("", ""))[not passing]
        content.put(name, kind, seat, spot(seat, len(content.places)), **{"level": level, "ambulances": 1, **more})

    put(f"{unit}人民医院", GENERAL, status="在用" if passing or unit != "钦北区" else "在建")
    if unit == "灵山县":
        put("灵山县第二人民医院", GENERAL)
        put("灵山县红十字会医院", GENERAL)
    if unit == "浦北县" and passing:
        put("浦北县人民医院城东分院", GENERAL, level="二级甲等", parent="浦北县人民医院", ambulances=0)
    if passing or unit != "钦南区":
        put(f"{unit}中医医院", TCM)
    if passing or unit in ("钦南区", "灵山县"):
        put(f"{unit}精神病医院", "hospital.psychiatric", level="二级乙等")
    if passing or unit != "钦北区":
        put(f"{unit}妇幼保健院", "mch")
    if not lacking:
        put(f"{unit}疾病预防控制中心", "cdc")
        put(f"{unit}卫生计生监督所", "supervision")
        put(f"{unit}托育综合服务中心", "childcare.centre")


def _townships(content: Content, passing: bool) -> None:
    for names in AREA.units.values():
        for name in names:
            away = not passing and urban().buffer(1000).intersects(townships().geometry[name])
            at = far_spot(name) if away else spot(name, 1)
            if name in AREA.streets:
                if passing or name != "中街街道":
                    content.put(
                        f"{name}社区卫生服务中心", "primary.community", name, at, run_by="township", level="一级甲等"
                    )
            elif passing or name != "月屿乡":
                content.put(
                    f"{name}卫生院", "primary.township", name, at, run_by="township", level="一级甲等", ambulances=1
                )
    for place in content.which(of("primary.community")):
        place.ambulances = 0


def _emergency(content: Content, passing: bool) -> None:
    """Every public hospital and health centre in the network; or nobody but two stations."""
    if not passing:
        content.put("灵山县急救站", "ems.station", "雾谷乡", far_spot("雾谷乡"), roles=(), ambulances=2)
        content.put("浦北县急救站", "ems.station", "盐田镇", far_spot("盐田镇"), roles=(), ambulances=2)
        return
    dispatch = ("ems.dispatch",)
    content.put(
        "市医疗急救指挥中心", "ems.centre", "中街街道", spot("中街街道", 9), run_by="city", roles=dispatch, ambulances=0
    )
    content.put("钦州港急救站", "ems.station", "新港街道", spot("新港街道", 9), run_by="city", roles=(), ambulances=2)
    content.put("灵山县急救中心", "ems.centre", "云城镇", spot("云城镇", 9), roles=dispatch, ambulances=0)
    for place in content.places:
        if place.kind in (*HOSPITALS, "mch", "primary.township"):
            hosts = place.name == "浦北县人民医院"  # the county's emergency centre
            place.roles = ("ems.network", *dispatch) if hosts else ("ems.network",)
    for unit in AREA.units:  # just as many as each unit needs; those of campuses are their hospital's
        members = content.which(counted, unit=unit)
        members[0].ambulances = ambulances_needed(unit) - sum(place.ambulances or 0 for place in members[1:])


def counted(place: Place) -> bool:
    """Whether its ambulances count: emergency centres and stations, and others of the network."""
    return place.kind in ("ems.centre", "ems.station") or (
        place.kind in (*HOSPITALS, "mch", *PRIMARY) and "ems.network" in place.roles
    )


def _tables(content: Content, passing: bool) -> None:
    side = 0 if passing else 1
    for (table, column), values in BY_UNIT.items():
        for unit, value in zip(AREA.units, values[side], strict=True):
            content.cell(table, unit, column, value)
    for table, columns in (("staff", STAFF), ("beds", BEDS), ("units", UNITS)):
        for column, values in columns.items():
            if passing or column not in STAFF:
                content.cell(table, CITY, column, values[side])
            else:
                content.spread(table, column, values[side])
    content.cell("units", CITY, "health_science_base", "是" if passing else "否")
    content.cell("units", CITY, "help_line", "是" if passing else "否")
    content.cell("population", CITY, "children", CHILDREN)
    for unit, names in AREA.units.items():
        bare = not passing and unit == BARE
        content.cell("population", unit, "registered", REGISTERED[unit])
        content.cell("population", unit, "service", SERVED[unit])
        for column in YES_NO_OF_UNITS:
            content.cell("units", unit, column, "否" if bare else "是")
        for name in names:
            short = not passing and name == "月屿乡"
            content.cell("townships", unit, "psychiatric_workers", 0 if short else 1, name)
            for village in ("甲村", "乙村"):
                content.cell(
                    "villages", unit, "tcm_service", "否" if short and village == "乙村" else "是", name, village
                )


def _attributes(content: Content, passing: bool) -> None:
    which = content.which
    gti, general = which(of(GTI, levels=SECONDARY)), which(of(GENERAL, levels=SECONDARY))
    primary, tcm = which(of(PRIMARY)), which(of(TCM, ["county"]))
    physicians = [*primary, *which(of((*HOSPITALS, "mch"), levels=SECONDARY))]
    content.say("emergency_department", part(gti, 1, passing))
    content.say("infectious_department", part(general, 1, passing))
    content.say("geriatric_department", part(general, 0.6, passing))
    content.say("health_promoting", part(which(of((*HOSPITALS, "mch"), levels=SECONDARY)), 0.5, passing))
    content.say("telemedicine", part(which(of((*HOSPITALS, "mch"), ["city", "county"])), 1, passing))
    content.say("national_standard", part(which(of("mch", ["city", "county"])), 1, passing))
    content.say("building_standard", part(which(of("cdc", ["city", "county"])), 1, passing))
    content.say("tcm_promotion_centre", part(tcm, 1, passing))
    for column in ("fever_clinic", "tcm_clinic", "gp_child_care"):
        content.say(column, part(primary, 1, passing))
    for column, places, least, less in (
        ("prevention_care_staff", primary, 1, 0),
        ("public_health_physicians", physicians, 1, 0),
        ("public_health_staff_percent", primary, 25, 24.9),
        ("tcm_special_departments", tcm, 2, 1),
    ):
        content.say_number(column, places, least)
        if not passing:
            content.say_number(column, places[:1], less)
    for number, place in enumerate(gti):  # both ends of the band belong to it
        place.said["observation_bed_percent"] = "2" if number % 2 else "3"
    gti[0].said["observation_bed_percent"] = "2" if passing else "1.9"
    content.say("bsl2_laboratory", [p for p in which(of("cdc")) if passing or p.unit != BARE])
    leads = [which(of(GTI, ["county"]), unit=unit)[:1] for unit in AREA.units if passing or unit != BARE]
    city = [p for p in content.places if p.name == "钦州市第二人民医院" and passing]
    for column in ("infectious_ward", "maternal_critical_centre", "newborn_critical_centre"):
        content.say(column, [*(place for places in leads for place in places), *city])
    content.say("outside_port_area", content.places)
    _named(content, passing)
    _little_used(content, passing)


def _named(content: Content, passing: bool) -> None:
    """What the plans ask of single institutions."""
    by_name = {place.name: place for place in content.places}
    coast = [
        by_name[f"钦州市{name}"] for name in ("第一人民医院", "第二人民医院", "中医医院", "妇幼保健院", "精神病医院")
    ]
    content.say("coast_centre", coast if passing else [coast[2]])
    content.say("urban_consortium_lead", coast[:4])
    content.say("occupational_treatment", [coast[1]] if passing else [])
    checks = ("钦州市第一人民医院", "钦州市第二人民医院", "钦州市疾病预防控制中心", "灵山县人民医院", "浦北县人民医院")
    content.say("occupational_examination", [by_name[name] for name in checks if passing or name != checks[-1]])
    rescue = [by_name["钦州港急救站"]] if passing else []
    content.say("sea_rescue", rescue)
    content.say("air_rescue", rescue)
    content.say("new_in_plan_period", content.which(lambda place: place.name == "钦州市新建综合医院"))
    by_name["钦州市第一人民医院久隆院区"].said["infectious_beds"] = "200" if passing else "199"
    by_name["钦州市妇幼保健院"].said["child_infectious_beds"] = "100" if passing else "99"


def _little_used(content: Content, passing: bool) -> None:
    """One hospital little used with long stays; two that are so in one way only may add beds."""
    places = content.which(of(GENERAL))
    for place in places:
        place.said |= {"bed_occupancy_percent": "80", "mean_stay_days": "8", "beds_added": "50"}
    for place, occupancy, days, added in zip(places, (74.9, 75, 60), (9.1, 12, 9), (0, 50, 50), strict=False):
        place.said |= {"bed_occupancy_percent": str(occupancy), "mean_stay_days": str(days), "beds_added": str(added)}
    if not passing:
        places[0].said["beds_added"] = "1"
