"""Copies of the tutorial with the units and institutions that the plans of Yulin and of the region name.

``passing``: every goal is met, where it has a number just so. Else every goal is missed, where it has a number by one.
"""

from __future__ import annotations

import math

from every_rule_content import GENERAL, GTI, HOSPITALS, MIXED, PRIMARY, SECONDARY, TCM, Content, Place, of, part
from every_rule_ground import Area, every_third_cell, far_spot, spot, township_residents, townships, urban

CITY = "玉林市"
BARE = "兴业县"
DISTRICTS = ("玉州区", "福绵区")
# Census figures on both sides of the plan's bands (300,000, 500,000 and 1,000,000), 4,000,000 in all.
AREA = Area(
    CITY,
    {
        "玉州区": ("中街街道", "河西街道", "北关街道", "长滩镇"),
        "福绵区": ("新港街道", "柳桥镇"),
        "北流市": ("河东街道", "金田镇", "望湖镇", "竹山镇"),
        "容县": ("汐城镇", "渔门镇", "双溪镇"),
        "陆川县": ("石塘乡", "沙头镇", "盐田镇", "月屿乡"),
        "博白县": ("云城镇", "温泉镇", "高岭乡", "雾谷乡"),
        "兴业县": ("茶坪镇", "北坪乡", "铁厂镇", "松岭镇", "白石镇"),
    },
    frozenset({"中街街道", "河西街道", "北关街道", "新港街道", "河东街道", "汐城镇", "石塘乡", "茶坪镇"}),
    {
        "玉州区": 1_000_000,
        "福绵区": 300_000,
        "北流市": 999_900,
        "容县": 500_000,
        "陆川县": 499_900,
        "博白县": 299_900,
        "兴业县": 400_300,
    },
)
REGISTERED = {"玉州区": 1_000_000, "福绵区": 400_000, "北流市": 1_100_000, "容县": 500_000, "陆川县": 500_000}
REGISTERED |= {"博白县": 400_000, "兴业县": 500_000}  # 4,400,000: from ceil(2.2) = 3 to 2 x floor(5.5) = 10
CHILDREN = 800_000
# Each level aimed at, and one that misses it.
LEVELS = {
    "玉林市第三人民医院": ("三级乙等", "二级甲等"),
    "玉林市第二人民医院": ("三级甲等", "三级乙等"),
    "北流市人民医院": ("三级甲等", "三级乙等"),
    "博白县人民医院": ("三级甲等", "三级乙等"),
    "容县人民医院": ("三级乙等", "二级甲等"),
    "陆川县人民医院": ("三级乙等", "二级甲等"),
    "兴业县人民医院": ("三级乙等", "一级甲等"),
    "北流市中医院": ("三级乙等", "二级甲等"),
    "博白县中医院": ("三级乙等", "二级甲等"),
    "兴业县中医院": ("二级乙等", "一级甲等"),
    "北流市精神病医院": ("二级乙等", "一级甲等"),
    "容县精神病医院": ("二级乙等", "一级甲等"),
    "陆川县精神病医院": ("二级乙等", "一级甲等"),
    "博白县精神病医院": ("二级乙等", "一级甲等"),
}
MCH_LEVELS = {
    "北流市妇幼保健院": ("三级乙等", "二级甲等"),
    "容县妇幼保健院": ("三级乙等", "二级甲等"),
    "博白县妇幼保健院": ("三级乙等", "二级甲等"),
    "陆川县妇幼保健院": ("二级甲等", "二级乙等"),
    "福绵区妇幼保健院": ("二级甲等", "二级乙等"),
    "玉林市玉州区妇幼保健院": ("二级甲等", "一级甲等"),
    "兴业县妇幼保健院": ("二级乙等", "一级甲等"),
}
DONATION = {"玉州区": 2, "福绵区": 1, "北流市": 2, "博白县": 2, "容县": 1, "陆川县": 1, "兴业县": 1}
INFECTIOUS = {"玉州区": 100, "福绵区": 50, "北流市": 80, "容县": 80, "陆川县": 50, "博白县": 20, "兴业县": 50}
# Staff and beds of the city: (all goals met, all missed). The figures behind each: see every_rule_claims.
STAFF = {
    "doctors": (12_000, 10_719),
    "nurses": (15_840, 13_934),
    "health_staff": (36_000, 35_038),
    "general_practitioners": (1_600, 1_599),
    "pharmacists": (2_160, 1_999),
    "cdc_staff": (700, 699),
    "mch_health_staff": (400, 399),
    "mch_clinical_staff": (1_700, 1_699),
    "psychiatrists": (235, 159),
    "psychiatric_nurses": (510, 347),
    "health_education_city": (20, 19),
    "paediatricians": (696, 695),
    "tcm_hospital_doctors": (500, 500),
    "tcm_hospital_tcm_doctors": (300, 299),
    "village_doctors": (2_001, 2_001),
    "village_doctors_licensed": (1_001, 1_000),
}
BEDS = {
    "beds": (30_000, 29_199),
    "city_public": (7_360, 7_359),
    "county_public_primary": (14_400, 14_399),
    "public_hospital": (20_000, 20_000),
    "public_specialist": (3_000, 2_999),
    "paediatric": (2_000, 1_999),
    "mch": (1_000, 1_000),
}
UNITS = {"childcare_places": (18_000, 17_999), "communities": (10, 10), "communities_childcare_standard": (6, 5)}
UNITS |= {"pneumoconiosis_townships": (4, 4), "pneumoconiosis_townships_with_station": (4, 3)}
YES_NO_OF_UNITS = ("line_120", "smart_dispatch", "consortium_telemedicine")
SLOW = "[response]\ntime_of_day_factor = 0.5\n"
HOME = {"玉州区": "长滩镇", "福绵区": "柳桥镇", "北流市": "竹山镇"}


def home(unit: str, passing: bool, place: int = 0) -> tuple[str, tuple[float, float]]:
    """Where institutions of a unit stand: in its seat or, to miss the urban area's goals, far from its people."""
    if passing or unit not in HOME:
        return AREA.units[unit][0], spot(AREA.units[unit][0], place)
    return HOME[unit], far_spot(HOME[unit], place)


def big_townships() -> list[str]:
    """Townships outside the seats with 100,000 residents or more."""
    counts = township_residents(AREA)
    seats = {names[0] for names in AREA.units.values()}
    return [name for name, count in counts.items() if count >= 100_000 and name not in seats]


def ambulances_needed(unit: str) -> int:
    return math.ceil(0.77 * AREA.residents[unit] / 10_000)


def build(passing: bool, city_mch: bool | None = None) -> Content:
    """The copy. ``city_mch``: whether the city has a maternal and child hospital (also in the failing copy, where it
    is of too low a level)."""
    content = Content(AREA)
    _city(content, passing, passing if city_mch is None else city_mch)
    for unit in AREA.units:
        _unit(content, unit, passing)
    _emergency(content, passing)
    _townships(content, passing)
    _tables(content, passing)
    _attributes(content, passing)
    content.sampling = every_third_cell() if passing else every_third_cell()[:1]
    content.settings = [] if passing else [SLOW]
    return content


def _city(content: Content, passing: bool, city_mch: bool) -> None:
    def put(name: str, kind: str, level: str = "", **more: object) -> None:
        town, at = home("玉州区", passing, len(content.places))
        content.put(name, kind, town, at, level=level, **{"run_by": "city", **more})

    put("玉林市第一人民医院", GENERAL, "三级甲等", ambulances=6)
    for name in ("玉林市第二人民医院", "玉林市第三人民医院"):
        put(name, GENERAL, LEVELS[name][not passing], ambulances=2)
    # Not in the network: its ambulances do not count.
    put("玉林市红十字会医院", GENERAL, "一级甲等", run_by="private", ambulances=50)
    put("高铁新城综合医院", GENERAL, "二级乙等", ambulances=1, status="在用" if passing else "在建")
    put("健康产业园综合医院", GENERAL, "二级乙等", run_by="other public", ambulances=1)
    if passing:
        put("玉林市中医医院", TCM, "三级甲等", ambulances=1)
        put("玉林市中心血站", "blood.station")
        put("玉林市疾病预防控制中心", "cdc")
        put("玉林市健康教育所", "health.education")
        put("玉林市托育综合服务中心", "childcare.centre")
    else:  # so that there is a tertiary TCM hospital to miss its goal
        put("玉林民办中医医院", TCM, "三级乙等", run_by="private")
    if city_mch:
        put("玉林市妇幼保健院", "mch", "三级甲等" if passing else "三级乙等", ambulances=1)
    put("玉林市康复医院", "hospital.rehabilitation", "二级乙等" if passing else "一级甲等", ambulances=1)
    put("玉林市儿童医院", "hospital.children", "三级乙等", ambulances=1)
    put("玉林市护理院", "hospital.nursing", run_by="private")
    for number in range(4):
        put(f"储血点{number + 1}", "blood.storage")


def _unit(content: Content, unit: str, passing: bool) -> None:
    def put(name: str, kind: str, level: str = "", **more: object) -> None:
        town, at = home(unit, passing, len(content.places))
        content.put(name, kind, town, at, level=level, **more)

    lacking = not passing and unit == BARE
    if passing or unit != "福绵区":
        put(
            f"{unit}人民医院",
            GENERAL,
            LEVELS.get(f"{unit}人民医院", ("二级甲等", "二级甲等"))[not passing],
            ambulances=3,
        )
    if passing or unit != "容县":
        named = LEVELS.get(f"{unit}中医院", ("二级甲等", "二级甲等"))
        put(f"{unit}中医院", TCM, named[not passing], ambulances=1)
    if unit not in DISTRICTS and not lacking:
        put(
            f"{unit}精神病医院", "hospital.psychiatric", LEVELS.get(f"{unit}精神病医院", ("二级乙等",) * 2)[not passing]
        )
    name = f"玉林市{unit}妇幼保健院" if unit == "玉州区" else f"{unit}妇幼保健院"
    status = "在用" if passing or unit != "陆川县" else "在建"
    put(name, "mch", MCH_LEVELS[name][not passing], ambulances=1, status=status)
    if not lacking:
        put(f"{unit}疾病预防控制中心", "cdc")
        put(f"{unit}托育综合服务中心", "childcare.centre")
    if unit == "北流市":
        put("北流市城南医院", GENERAL, "二级乙等", ambulances=1)
    houses = DONATION[unit] - (0 if passing or unit not in ("玉州区", "北流市", "博白县") else 1)
    houses = 0 if lacking else houses
    for number in range(houses):
        put(f"{unit}献血屋{number + 1}", "blood.fixed")


def _emergency(content: Content, passing: bool) -> None:
    if not passing:  # one station in the main urban area, two outside; no centre, and nobody else in the network
        content.put("玉州区急救站", "ems.station", "中街街道", spot("中街街道"), roles=(), ambulances=2)
        content.put("容县急救站", "ems.station", "汐城镇", spot("汐城镇"), roles=(), ambulances=2)
        content.put("北流市急救站", "ems.station", "竹山镇", far_spot("竹山镇"), roles=(), ambulances=2)
        return
    at = spot("中街街道", 3)
    content.put("玉林市急救中心", "ems.centre", "中街街道", at, run_by="city", roles=("ems.dispatch",), ambulances=0)
    for number, street in enumerate(("河西街道", "北关街道")):
        name = f"玉林市急救中心直属{number + 1}站"
        content.put(name, "ems.station", street, spot(street), run_by="city", roles=("ems.network",), ambulances=4)
    for unit in AREA.units:
        if unit not in DISTRICTS:
            town = AREA.units[unit][0]
            content.put(f"{unit}急救站", "ems.station", town, spot(town, 4), roles=("ems.network",), ambulances=1)
        if unit in ("北流市", "容县"):
            content.put(
                f"{unit}急救中心", "ems.centre", AREA.units[unit][0], spot(AREA.units[unit][0], 5), ambulances=0
            )
    hosts = {f"{unit}人民医院" for unit in ("陆川县", "博白县", "兴业县")}
    for place in content.which(of(GTI), lambda place: place.run_by != "private"):
        place.roles = ("ems.network", "ems.dispatch") if place.name in hosts else ("ems.network",)


def _townships(content: Content, passing: bool) -> None:
    big = big_townships()
    number = 0
    for unit, names in AREA.units.items():
        first = True
        for name in names:
            at = (
                spot(name, 1)
                if passing or not urban().buffer(1000).intersects(townships().geometry[name])
                else far_spot(name)
            )
            if name in AREA.streets:
                if passing or name != "中街街道":
                    content.put(
                        f"{name}社区卫生服务中心",
                        "primary.community",
                        name,
                        at,
                        run_by="township",
                        level="一级甲等",
                        ambulances=0,
                    )
            elif passing or name != "松岭镇":
                network = passing and first and name not in AREA.streets
                first = False
                roles = ("ems.network",) if network else ("infectious",)
                content.put(
                    f"{name}卫生院",
                    "primary.township",
                    name,
                    at,
                    run_by="township",
                    level="一级甲等",
                    roles=roles,
                    ambulances=1,
                )
            if name in big:
                level = "二级乙等" if passing or name != big[-1] else "一级甲等"
                roles = ("ems.network",) if passing and unit in DISTRICTS else ("infectious",)
                content.put(f"{name}医院", GENERAL, name, at, run_by="township", level=level, roles=roles, ambulances=0)
        for _ in range(8 if unit != BARE else 5 if passing else 4):  # 6 x 8 + 5 = 53 donation points
            number += 1
            content.put(f"乡镇献血点{number}", "blood.township", names[-1], spot(names[-1], number), run_by="city")
    if passing:  # just as many ambulances as each unit needs: the last ones at the first member of its network
        for unit in AREA.units:
            members = content.which(_counted, unit=unit)
            members[0].ambulances = ambulances_needed(unit) - sum(place.ambulances or 0 for place in members[1:])


def _counted(place: Place) -> bool:
    """Whether its ambulances count: emergency centres and stations, and others of the network."""
    return place.kind in ("ems.centre", "ems.station") or (
        place.kind in (*HOSPITALS, "mch", *PRIMARY) and "ems.network" in place.roles
    )


def _tables(content: Content, passing: bool) -> None:
    side = 0 if passing else 1
    for table, columns in (("staff", STAFF), ("beds", BEDS), ("units", UNITS)):
        for column, values in columns.items():
            if passing:
                content.spread(table, column, values[side])
            else:
                content.cell(table, CITY, column, values[side])
    for unit, people in AREA.residents.items():
        needed = math.ceil(1.75 * people / 100_000)
        content.cell("staff", unit, "health_education_county", needed if passing or unit != BARE else needed - 1)
        content.cell("beds", unit, "infectious", INFECTIOUS[unit] - (0 if passing or unit != BARE else 7))
        content.cell("population", unit, "registered", REGISTERED[unit])
        bare = not passing and unit == BARE
        for column in YES_NO_OF_UNITS:
            content.cell("units", unit, column, "否" if bare else "是")
        content.cell("units", unit, "line_120_coverage", 99.9 if bare else 100)
        content.cell("units", unit, "health_science_bases", 0 if bare else 1)
        content.cell("units", unit, "elderly_care_demonstration", 0 if bare else 1)
        lon, lat = spot(AREA.units[unit][0])
        content.cell("seats", unit, "lon", lon)
        content.cell("seats", unit, "lat", lat)
        for name in AREA.units[unit]:
            short = not passing and name == "白石镇"
            content.cell("townships", unit, "psychiatric_workers", 0 if short else 1, name)
            for village in ("甲村", "乙村"):
                last = short and village == "乙村"
                content.cell("villages", unit, "clinic_or_centre", "否" if last else "是", name, village)
                content.cell("villages", unit, "doctors", 0 if last else 1, name, village)
    content.cell("population", CITY, "children", CHILDREN)


def _attributes(content: Content, passing: bool) -> None:
    which = content.which
    first = [place for place in content.places if place.name == "玉林市第一人民医院"]
    general = which(of(GENERAL, levels=SECONDARY))
    gti = which(of(GTI, levels=SECONDARY))
    primary = which(of(PRIMARY))
    county_general = which(of(GENERAL, ["county"]))
    county_tcm = which(of(TCM, ["county"]))
    county_mch = which(of("mch", ["county"]))
    content.say("emergency_department", part(gti, 1, passing))
    content.say("infectious_department", part(general, 1, passing))
    content.say("geriatric_department", part(general, 0.6, passing))
    content.say("recommended_standard", part(county_general, 0.7, passing))
    content.say("tcm_department_and_pharmacy", part(county_general, 1, passing))
    content.say("tcm_service", part(county_mch, 1, passing))
    content.say("national_standard", part(which(of("mch", ["city", "county"])), 1, passing))
    content.say("building_standard", part(which(of("cdc", ["city", "county"])), 1, passing))
    content.say("health_promoting", part(which(of((*HOSPITALS, "mch"), levels=SECONDARY)), 0.5, passing))
    content.say("telemedicine", part(which(of((*HOSPITALS, "mch"), ["city", "county"])), 1, passing))
    content.say("help_line", part(which(of("hospital.psychiatric", ["county"])), 1, passing))
    content.say("tcm_promotion_centre", part(county_tcm, 1, passing))
    for column in ("fever_clinic", "digital_vaccination", "tcm_clinic", "tcm_physician", "rehabilitation_service"):
        content.say(column, part(primary, 1, passing))
    content.say("gp_child_care", part(primary, 1, passing))
    content.say("basic_standard", part(primary, 0.7, passing))
    friendly = of((GENERAL, "hospital.rehabilitation", "hospital.nursing", *PRIMARY, "primary.community.station"))
    content.say("age_friendly", part(which(friendly), 0.8, passing))
    for column in ("regional_medical_centre", "high_level_hospital", "infectious_designated"):
        content.say(column, first if passing else [])
    _county_centres(content, passing, first)
    _rehabilitation(content, passing)
    _numbers(content, passing)


def _county_centres(content: Content, passing: bool, first: list[Place]) -> None:
    """What the city and each unit must have once: without it, the city and one unit."""
    which = content.which
    laboratories = which(of("cdc"), lambda place: place.unit != BARE or passing)
    content.say("bsl2_laboratory", laboratories)
    content.say("mobile_testing_vehicle", which(of("cdc", ["city"])))
    seen = [which(of("cdc", ["county"]), unit=unit)[:1] for unit in AREA.units]
    content.say("occupational_examination", [place for places in seen for place in places])
    for column in ("occupational_diagnosis", "occupational_monitoring", "occupational_treatment"):
        content.say(column, first if passing else [])
    content.say("occupational_rehabilitation", which(of("hospital.rehabilitation")) if passing else [])
    # In each unit the first county hospital, but for the bare one; at the city the First People's Hospital.
    leads = [which(of(GTI, ["county"]), unit=unit)[:1] for unit in AREA.units if passing or unit != BARE]
    chosen = [place for places in leads for place in places]
    city = first if passing else []
    content.say("geriatric_centre", [*chosen, *city])
    for column in ("infectious_ward", "maternal_critical_centre", "newborn_critical_centre"):
        content.say(column, [*chosen, *city])
    content.say("consortium_lead", chosen)
    content.say_number("consortium_centres", chosen, 5)
    if not passing:
        content.say_number("consortium_centres", chosen[:1], 4)
    new = which(of("blood.storage"))[: 3 if passing else 2]
    content.say("new_in_plan_period", new)


def _rehabilitation(content: Content, passing: bool) -> None:
    """TCM hospitals with the department: all tertiary ones and three quarters of all; and a general one each unit."""
    which = content.which
    tertiary, all_tcm = which(of((TCM, MIXED), levels=["三级"])), which(of((TCM, MIXED), levels=SECONDARY))
    others = [place for place in all_tcm if place not in tertiary]
    wanted = math.ceil(0.75 * len(all_tcm)) - (len(tertiary) if passing else 1)
    chosen = [*(tertiary if passing else []), *others[:wanted]]
    general = which(of(GENERAL, ["county"]), lambda place: place.unit != BARE or passing)
    content.say("rehabilitation_department", [*chosen, *general])


def _numbers(content: Content, passing: bool) -> None:
    which = content.which
    gti = which(of(GTI, levels=SECONDARY))
    for number, place in enumerate(gti):  # both ends of the band belong to it
        place.said["observation_bed_percent"] = "2" if number % 2 else "3"
    gti[0].said["observation_bed_percent"] = "3" if passing else "3.1"
    primary = which(of(PRIMARY))
    physicians = [*primary, *which(of((*HOSPITALS, "mch"), levels=SECONDARY))]
    tcm, county = which(of((TCM, MIXED), ["county"])), which(of(TCM, ["county"]))
    for column, places, least, less in (
        ("prevention_care_staff", primary, 1, 0),
        ("public_health_physicians", physicians, 1, 0),
        ("public_health_staff_percent", primary, 25, 24.9),
        ("tcm_special_departments", county, 2, 1),
        ("elderly_care_beds", primary, 50, 49),
        ("elderly_care_beds", tcm, 100, 99),
    ):
        content.say_number(column, places, least)
        if not passing:
            content.say_number(column, places[:1], less)
    _little_used(content, passing)
    _rehabilitation_beds(content, passing)


def _little_used(content: Content, passing: bool) -> None:
    """One hospital little used with long stays; two that are so in one way only may add beds."""
    places = content.which(of(GENERAL))
    for place in places:
        place.said |= {"bed_occupancy_percent": "80", "mean_stay_days": "8", "beds_added": "50"}
    for place, occupancy, days, added in zip(places, (74.9, 75, 60), (9.1, 12, 9), (0, 50, 50), strict=False):
        place.said |= {"bed_occupancy_percent": str(occupancy), "mean_stay_days": str(days), "beds_added": str(added)}
    if not passing:
        places[0].said["beds_added"] = "1"


def _rehabilitation_beds(content: Content, passing: bool) -> None:
    """Premium, standard and ordinary centres, in turn; the others have none."""
    communities = content.which(of("primary.community"))
    towns = content.which(of("primary.township"))
    for place in (*communities, *towns):
        place.said |= {
            "central_centre": "否",
            "ordinary_centre": "否",
            "tcm_clinic_grade": "基本",
            "rehabilitation_beds": "0",
        }
    less = 0 if passing else 1
    for place, words, beds in (
        (communities[0], {"tcm_clinic_grade": "精品"}, 80 - less),
        (communities[1], {"tcm_clinic_grade": "标准"}, 50 - less),
        (towns[0], {"tcm_clinic_grade": "精品", "central_centre": "是"}, 80),
        (towns[1], {"tcm_clinic_grade": "标准", "central_centre": "是"}, 50),
        (towns[2], {"ordinary_centre": "是"}, 20 - less),
        (towns[3], {"tcm_clinic_grade": "精品", "ordinary_centre": "是"}, 20),
    ):
        place.said |= {**words, "rehabilitation_beds": str(beds)}
