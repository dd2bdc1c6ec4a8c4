"""What the rules of Qinzhou's plans must say of a copy; see every_rule_claims."""

from __future__ import annotations

from every_rule_claims import Claim, Claims, both, number
from every_rule_content import (
    GENERAL,
    GTI,
    HOSPITALS,
    MIXED,
    PRIMARY,
    PUBLIC,
    SECONDARY,
    TCM,
    Content,
    called,
    either,
    of,
    role,
    said,
)  # fmt: skip
from every_rule_qinzhou import AREA, CAMPUSES, CITY, COUNTIES, HOSPITALS_OF_CITY

UNITS = tuple(AREA.units)
DISTRICTS = ("钦南区", "钦北区")
CENTRE, STATION, PSYCHIATRIC = "ems.centre", "ems.station", "hospital.psychiatric"
CRITICAL = (*GTI, "hospital.children", "mch")
# Beds, doctors and nurses per 1,000 residents in 2025: table 3.
TABLE_3 = {
    "beds.beds": {"灵山县": 5.4, "浦北县": 6.46, "钦南区": 14.17, "钦北区": 3.43},
    "staff.doctors": {"灵山县": 1.79, "浦北县": 1.94, "钦南区": 5.27, "钦北区": 1.9},
    "staff.nurses": {"灵山县": 2.53, "浦北县": 2.47, "钦南区": 7.24, "钦北区": 2.4},
}
AIMS = {
    "灵山县人民医院": "三级甲等",
    "浦北县人民医院": "三级",
    "灵山县红十字会医院": "二级甲等",
    "钦南区人民医院": "二级甲等",
    "钦北区人民医院": "二级甲等",
    "灵山县中医医院": "三级甲等",
    "浦北县中医医院": "三级",
    "钦北区中医医院": "二级",
    "钦州市中西医结合医院": "二级甲等",
    "钦州市精神病医院": "二级甲等",
}


def claims(content: Content, passing: bool) -> dict[tuple[str, str, str], Claim]:
    made = Claims(content)
    _emergency(made, passing)
    _blood(made)
    _hospitals(made)
    _primary(made, passing)
    _beds(made)
    _staff(made)
    _systems(made)
    _others(made)
    return made.made


def _emergency(made: Claims, passing: bool) -> None:
    for unit in COUNTIES:
        made.response("QZ-EMS-1", unit, 15, passing, 1.8 if passing else 0.5)
    made.named(
        "QZ-EMS-2", [(CENTRE, ("钦州市医疗急救中心", "市医疗急救指挥中心"), None), (STATION, ("钦州港急救站",), None)]
    )
    hosted = both(of(GTI, ["county"]), role("ems.dispatch"))
    made.count("QZ-EMS-2.county", 1, either(of(CENTRE, ["county"]), hosted), units=COUNTIES)
    network = role("ems.network")
    city = either(both(of(HOSPITALS, PUBLIC), lambda place: place.unit in DISTRICTS), of(HOSPITALS, ["city"]))
    made.each("QZ-EMS-3", city, network)
    counted = either(of((CENTRE, STATION)), both(of((*HOSPITALS, "mch", *PRIMARY)), network))
    for unit in UNITS:
        each = (
            sum(place.ambulances or 0 for place in made.content.which(counted, unit=unit))
            * 10_000
            / AREA.residents[unit]
        )
        made.exactly("QZ-EMS-4", unit, each, each >= 0.77)
    made.each(
        "QZ-EMS-5.members", of((*HOSPITALS, "mch", "primary.township"), ["county", "township"]), network, 1, COUNTIES
    )
    made.each("QZ-EMS-5.tcm", of((TCM, MIXED)), network)
    made.named("QZ-EMS-6.station", [(STATION, ("钦州港急救站",), None)])
    for what in ("sea", "air"):
        made.count(f"QZ-EMS-6.{what}", 1, of((CENTRE, STATION, *HOSPITALS)), said(f"{what}_rescue"))
    made.of_units("QZ-EMS-7.line", "units", "line_120")
    made.of_units("QZ-EMS-7.dispatch", "units", "smart_dispatch")
    made.each("QZ-EMS-8.department", of(GTI, levels=SECONDARY), said("emergency_department"))
    made.each("QZ-EMS-8.beds", of(GTI, levels=SECONDARY), number("observation_bed_percent", 2, 3))
    for level in ("city", "county"):
        member = either(of((CENTRE, STATION), [level]), both(of(GTI, [level]), network))
        made.count(f"QZ-EMS-9.{level}", 1, member, units=UNITS if level == "county" else ())
    made.count(
        "QZ-EMS-9.township", 1, either(both(of("primary.township"), network), of(STATION, ["township"])), units=UNITS
    )


def _blood(made: Claims) -> None:
    made.count("QZ-BLD-1", 1, of("blood.station"))
    points = [(name, None) for name in ("钦州市中心血站站内机采血小板献血点", "钦州湾广场献血点")]
    points += [(f"{unit}献血点", unit) for unit in COUNTIES]
    made.named("QZ-BLD-2", [("blood.fixed", (name,), unit) for name, unit in points])
    made.named(
        "QZ-BLD-3", [("blood.temporary", (f"{name}献血点",), None) for name in ("自贸区钦州港片区", "钦江以东片区")]
    )
    made.ratio("QZ-BLD-4", "units.blood_vehicles", "units.blood_tonnes", 3, 1)


def _hospitals(made: Claims) -> None:
    made.named("QZ-HOS-1.general", [(GENERAL, (f"钦州市第{number}人民医院",), None) for number in "一二"])
    made.named("QZ-HOS-1.tcm", [(TCM, ("钦州市中医医院",), None), (MIXED, ("钦州市中西医结合医院",), None)])
    # 4.15 million registered residents: from ceil(4.15 / 2.0) = 3 to 2 x floor(4.15 / 0.8) = 10
    made.count("QZ-HOS-1.range", 3, of(GTI, ["city"], ["三级"]), most=10)
    general = [(unit, f"{unit}人民医院") for unit in UNITS]
    general += [("灵山县", "灵山县第二人民医院"), ("灵山县", "灵山县红十字会医院")]
    made.named("QZ-HOS-2.general", [(GENERAL, (name,), unit) for unit, name in general])
    made.named("QZ-HOS-2.tcm", [(TCM, (f"{unit}中医医院",), unit) for unit in UNITS])
    made.named("QZ-HOS-3.city", [(PSYCHIATRIC, ("钦州市精神病医院",), None)])
    made.named("QZ-HOS-3.counties", [(PSYCHIATRIC, (f"{unit}精神病医院",), unit) for unit in COUNTIES])
    made.count("QZ-HOS-3.districts", 2, of(PSYCHIATRIC, ["county"]), lambda place: place.unit in DISTRICTS)
    made.named("QZ-HOS-3.welfare", [(PSYCHIATRIC, ("钦州市精神卫生福利医院",), None)])
    made.count("QZ-HOS-4.general", 1, of(GENERAL, ["county"]), units=UNITS)
    made.count("QZ-HOS-4.tcm", 1, of(TCM, ["county"]), units=UNITS)
    made.count("QZ-HOS-5", 0, of(GENERAL, ["city"]), said("new_in_plan_period"), most=0)
    made.levels("QZ-HOS-6", [(name, level, _unit(name)) for name, level in AIMS.items()])
    made.each("QZ-HOS-6.tcm", of(TCM, ["county"]), lambda place: place.level[:2] in SECONDARY)
    graded = of((*HOSPITALS, "mch"), levels=SECONDARY)
    made.each("QZ-HOS-7 QZD-HOS-3", graded, said("health_promoting"), 0.5)
    made.each("QZ-TEL-1.hospitals", of((*HOSPITALS, "mch"), ["city", "county"]), said("telemedicine"))
    made.of_units("QZ-TEL-1.consortia", "units", "consortium_telemedicine")
    new = [("hospital.children", ("钦州市妇幼保健院茶山院区", "钦州市儿童医院"), None)]
    new += [(GENERAL, (f"钦州市{name}",), None) for name in ("第二人民医院白石湖院区", "第一人民医院久隆院区")]
    new += [(PSYCHIATRIC, ("钦州市精神卫生福利医院",), None), (GENERAL, ("浦北县人民医院城东分院",), "浦北县")]
    new += [(TCM, ("钦南区中医医院",), "钦南区"), *((PSYCHIATRIC, (f"{unit}精神病医院",), unit) for unit in DISTRICTS)]
    made.named("QZ-HOS-8", new)
    coast = called(
        *(f"钦州市{name}" for name in ("第一人民医院", "第二人民医院", "中医医院", "妇幼保健院", "精神病医院"))
    )
    made.each("QZD-HOS-1", coast, said("coast_centre"))
    made.count("QZD-HOS-2.urban", 4, of((*HOSPITALS, "mch"), ["city"]), said("urban_consortium_lead"))
    for unit in COUNTIES:
        pilot = made.content.tables["units"][unit, "", ""]["consortium_pilot"] == "是"
        made.exactly("QZD-HOS-2.pilots", unit, 100.0 * pilot, pilot)


def _unit(name: str) -> str | None:
    return next((unit for unit in UNITS if name.startswith(unit)), None)


def _primary(made: Claims, passing: bool) -> None:
    made.one_each("QZ-PHC-1", "primary.township", False)
    made.one_each("QZ-PHC-2", "primary.community", True, 100_000)
    primary = of(PRIMARY)
    for rules, column in (
        ("QZ-PHC-4", "fever_clinic"),
        ("QZ-PHC-5 QZD-PHC-2", "tcm_clinic"),
        ("QZ-PHC-7", "gp_child_care"),
    ):
        made.each(rules, primary, said(column))
    made.of_units("QZ-PHC-6", "villages", "tcm_service")
    made.each("QZ-PHC-8", primary, number("prevention_care_staff", 1))
    made.ratio("QZ-PHC-9.doctors", "staff.village_doctors", "service", 1000, 1)
    made.ratio("QZ-PHC-9.licensed", "staff.village_doctors_licensed", "staff.village_doctors", 1, 0.25, percent=True)
    made.walked("QZD-PHC-1")
    made.reached("QZD-FIT-1", "urban", passing, kind="fitness")


def _beds(made: Claims) -> None:
    for rule, column, need in (
        ("QZ-BED-1.all", "beds", 7),
        ("QZ-BED-1.city", "city_public", 2.3),
        ("QZ-BED-1.county", "county_public_primary", 3.6),
        ("QZ-BED-1.public", "public", 5.9),
        ("QZ-BED-5.intensive", "intensive", 0.45),
        ("QZ-BED-5.rehabilitation", "rehabilitation", 0.42),
        ("QZ-BED-5.psychiatric", "psychiatric", 0.78),
        ("QZ-BED-5.tcm", "public_tcm", 0.85),
    ):
        made.ratio(rule, f"beds.{column}", "resident", 1000, need)
    for amount, goals in TABLE_3.items():
        for unit, need in goals.items():
            made.ratio(f"QZ-BED-2.{amount.split('.')[1]}", amount, "resident", 1000, need, [unit])
    aims = {name: beds for name, (_, _, beds) in {**HOSPITALS_OF_CITY, **CAMPUSES}.items()}
    by_name = {place.name: place for place in made.content.places}
    for name, need in aims.items():
        place = by_name[name]
        beds = (place.authorised or 0) if place.status == "在用" else 0
        made.exactly("QZ-BED-3", place.unit, beds, beds >= need, name)
    total = sum(by_name[name].authorised or 0 for name in HOSPITALS_OF_CITY if by_name[name].status == "在用")
    made.exactly("QZ-BED-3.total", CITY, total, total >= 7739)
    infectious = float(by_name["钦州市第一人民医院久隆院区"].said["infectious_beds"])
    made.exactly("QZ-BED-4.city", CITY, 100.0 * (infectious >= 200), infectious >= 200)
    made.number("QZ-BED-4.counties", "beds.infectious", 100, COUNTIES)
    children = float(by_name["钦州市妇幼保健院"].said["child_infectious_beds"])
    made.exactly("QZ-BED-4.children", CITY, 100.0 * (children >= 100), children >= 100)
    made.ratio("QZ-BED-6", "beds.public_specialist", "beds.public_hospital", 1, 0.15, percent=True)
    made.ratio("QZ-BED-7.nurses", "staff.nurses", "beds.beds", 1, 0.5)
    made.ratio("QZ-BED-7.doctors", "staff.doctors", "beds.beds", 1, 0.4)
    made.ratio("QZ-BED-7.staff", "staff.health_staff", "beds.beds", 1, 1.6)
    made.ratio("QZ-BED-7.nurses-doctors", "staff.nurses", "staff.doctors", 1, 1.35)
    little = both(number("bed_occupancy_percent", 0, 74.999), number("mean_stay_days", 9.001))
    made.each("QZ-BED-8", [of(GENERAL, PUBLIC), little], number("beds_added", 0, 0))
    made.ratio("QZ-BED-9.doctors", "staff.paediatricians", "children", 1000, 0.87)
    made.ratio("QZ-BED-9.beds", "beds.paediatric", "children", 1000, 2.5)


def _staff(made: Claims) -> None:
    for rule, column, each, need in (
        ("QZ-STF-1.doctors", "doctors", 1000, 2.45),
        ("QZ-STF-1.nurses", "nurses", 1000, 3.32),
        ("QZ-STF-1.general-practitioners", "general_practitioners", 10_000, 4),
        ("QZ-STF-1.pharmacists", "pharmacists", 1000, 0.54),
        ("QZ-STF-2.cdc", "cdc_staff", 10_000, 1.75),
        ("QZ-STF-2.mch", "mch_health_staff", 10_000, 1),
        ("QZ-STF-4.psychiatrists", "psychiatrists", 100_000, 4),
        ("QZ-STF-4.nurses", "psychiatric_nurses", 100_000, 8.68),
        ("QZ-STF-5.city", "health_education_city", 1_000_000, 5),
        ("QZ-STF-6.tcm", "tcm_doctors", 1000, 0.65),
    ):
        made.ratio(rule, f"staff.{column}", "resident", each, need)
    made.ratio("QZ-STF-2.clinical", "staff.mch_clinical_staff", "beds.mch", 1, 1.7)
    institutions = either(of(PRIMARY), of((*HOSPITALS, "mch"), levels=SECONDARY))
    made.each("QZ-STF-3.physician", institutions, number("public_health_physicians", 1))
    made.each("QZ-STF-3.share", of(PRIMARY), number("public_health_staff_percent", 25))
    made.number("QZ-STF-4.therapists", "staff.psychotherapists", 30)
    made.number("QZ-STF-4.social-workers", "staff.psychiatric_social_workers", 10)
    made.ratio("QZ-STF-5.county", "staff.health_education_county", "resident", 100_000, 1.75, UNITS)
    made.number("QZ-STF-6.public-health", "staff.public_health_institution_staff", 3500)


def _systems(made: Claims) -> None:
    for rule, kind in (("QZ-CDC-1", "cdc"), ("QZ-MCH-1", "mch")):
        made.count(f"{rule}.city", 1, of(kind, ["city"]))
        made.count(f"{rule}.county", 1, of(kind, ["county"]), units=UNITS)
    made.count("QZD-CDC-1.city", 1, of("cdc", ["city"]), said("bsl2_laboratory"))
    made.count("QZD-CDC-1.county", 1, of("cdc", ["county"]), said("bsl2_laboratory"), units=UNITS)
    made.each("QZ-CDC-2", of("cdc", ["city", "county"]), said("building_standard"))
    made.each("QZ-INF-1", of(GENERAL, levels=SECONDARY), said("infectious_department"))
    made.count("QZD-INF-1.city", 1, of(GTI, ["city"]), said("infectious_ward"))
    made.count("QZD-INF-1.county", 1, of(GTI, ["county"]), said("infectious_ward"), units=UNITS)
    for what, column in (("mothers", "maternal_critical_centre"), ("newborns", "newborn_critical_centre")):
        made.count(f"QZ-MCH-2.city-{what}", 1, of(CRITICAL, ["city"]), said(column))
        made.count(f"QZ-MCH-2.county-{what}", 1, of(CRITICAL, ["county"]), said(column), units=UNITS)
    made.levels("QZ-MCH-3", [("灵山县妇幼保健院", "三级甲等", "灵山县"), ("浦北县妇幼保健院", "三级", "浦北县")])
    made.each("QZ-MCH-3.standard", of("mch", ["city", "county"]), said("national_standard"))
    made.of_units("QZ-PSY-1", "townships", "psychiatric_workers")


def _others(made: Claims) -> None:
    for rule, column in (("QZ-PSY-2", "help_line"), ("QZ-EDU-1.base-city", "health_science_base")):
        there = made.content.tables["units"][CITY, "", ""][column] == "是"
        made.exactly(rule, CITY, 100.0 * there, there)
    made.each("QZ-OCC-1.treatment", called("钦州市第二人民医院"), said("occupational_treatment"))
    checks = called(
        "钦州市第一人民医院", "钦州市第二人民医院", "钦州市疾病预防控制中心", "灵山县人民医院", "浦北县人民医院"
    )
    made.each("QZ-OCC-1.examination", checks, said("occupational_examination"))
    made.count("QZ-SUP-1.city", 1, of("supervision", ["city"]))
    made.count("QZ-SUP-1.port", 1, called("自贸区钦州港片区卫生计生监督所"))
    made.count("QZ-SUP-1.county", 1, of("supervision", ["county"]), units=UNITS)
    made.number("QZ-EDU-1.base-county", "units.health_science_bases", 1, UNITS)
    made.count("QZ-EDU-1.institution", 1, of("health.education", ["city"]))
    made.named("QZ-SCH-1.school", [("school", ("钦州市卫生学校",), None)])
    made.named("QZ-SCH-1.examination", [("other", ("钦州市卫生信息与医学考试中心",), None)])
    made.ratio("QZ-CARE-1.places", "units.childcare_places", "resident", 1000, 4.5)
    made.count("QZ-CARE-1.city", 1, of("childcare.centre", ["city"]))
    made.count("QZ-CARE-1.county", 1, of("childcare.centre", PUBLIC), units=UNITS)
    made.ratio("QZ-CARE-2", "units.communities_childcare_standard", "units.communities", 1, 0.6, percent=True)
    made.each("QZ-OLD-1", of(GENERAL, levels=SECONDARY), said("geriatric_department"), 0.6)
    made.each("QZ-TCM-1.departments", of(TCM, ["county"]), number("tcm_special_departments", 2))
    made.each("QZ-TCM-1.promotion", of(TCM, ["county"]), said("tcm_promotion_centre"))
