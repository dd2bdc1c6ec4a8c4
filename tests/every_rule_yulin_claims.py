"""What the rules of Yulin's and of the region's plan must say of a copy; see every_rule_claims."""

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
    Place,
    called,
    either,
    of,
    role,
    said,
)  # fmt: skip
from every_rule_ground import township_residents
from every_rule_yulin import AREA, DISTRICTS, LEVELS, MCH_LEVELS

COUNTIES = tuple(unit for unit in AREA.units if unit not in DISTRICTS)
UNITS = tuple(AREA.units)
CENTRE, STATION = "ems.centre", "ems.station"
CRITICAL = (*GTI, "hospital.children", "mch")
CAN_EXAMINE = (*HOSPITALS, "cdc", "mch", "occupational", *PRIMARY)
FIRST = "玉林市第一人民医院"


def claims(content: Content, passing: bool) -> dict[tuple[str, str, str], Claim]:
    made = Claims(content)
    _emergency(made, passing)
    _blood(made)
    _hospitals(made)
    _townships(made, passing)
    _capacity(made)
    _systems(made)
    _elderly(made)
    return made.made


def _emergency(made: Claims, passing: bool) -> None:
    made.radius("YL-EMS-1", "urban", 5)
    made.radius("YL-EMS-3", "township", 20)
    factor = 1 if passing else 0.5
    made.response("YL-EMS-2", "urban", 15, passing, factor)
    made.response("YL-EMS-4", "township", 30, passing, factor)
    made.count("YL-EMS-5", 2, of(STATION, ["city"]))
    made.count("YL-EMS-6", 1, of(STATION, ["county"]), units=COUNTIES)
    made.count("YL-EMS-7.city GX-EMS-2.city", 1, of(CENTRE, ["city"]))
    hosted = both(of(GTI, ["county"]), role("ems.dispatch"))
    made.count("YL-EMS-7.county GX-EMS-2.county", 1, either(of(CENTRE, ["county"]), hosted), units=COUNTIES)
    network = either(of((CENTRE, STATION)), both(of((*HOSPITALS, "mch", *PRIMARY)), role("ems.network")))
    for unit in UNITS:
        vehicles = sum(place.ambulances or 0 for place in made.content.which(network, unit=unit))
        each = vehicles * 10_000 / AREA.residents[unit]
        made.exactly("YL-EMS-8", unit, each, each >= 0.77)
    for rule, column in (("line", "line_120"), ("dispatch", "smart_dispatch")):
        made.of_units(f"YL-EMS-9.{rule}", "units", column)
    made.of_units("YL-EMS-9.coverage", "units", "line_120_coverage", least=100)
    gti = of(GTI, levels=SECONDARY)
    made.each("YL-EMS-10.department", gti, said("emergency_department"))
    made.each("YL-EMS-10.beds", gti, number("observation_bed_percent", 2, 3))
    for level, rules in (("city", "YL-EMS-11.city"), ("county", "YL-EMS-11.county GX-EMS-1.county")):
        member = either(of((CENTRE, STATION), [level]), both(of(GTI, [level]), role("ems.network")))
        made.count(rules, 1, member, units=COUNTIES if level == "county" else ())
    town = either(both(of("primary.township"), role("ems.network")), of(STATION, ["township"]))
    made.count("YL-EMS-11.township", 1, town, units=UNITS)
    made.count("GX-EMS-1.township", 1, town, units=COUNTIES)
    made.each("GX-EMS-1.urban", gti, role("ems.network"), units=DISTRICTS)


def _blood(made: Claims) -> None:
    houses = of("blood.fixed")
    made.count("YL-BLD-1", 1, of("blood.station"))
    made.count("YL-BLD-3", 3, of("blood.storage"), said("new_in_plan_period"), most=5)
    made.count("YL-BLD-4", 1, houses, units=COUNTIES)
    made.count("YL-BLD-5.total", 10, houses)
    made.count("YL-BLD-5.urban", 3, houses, lambda place: place.unit in DISTRICTS)
    for unit, need in (("北流市", 2), ("博白县", 2), ("容县", 1), ("陆川县", 1), ("兴业县", 1)):
        there = len(made.content.which(houses, unit=unit))
        made.exactly("YL-BLD-5.counties", unit, there, there >= need, "blood.fixed")
    made.count("YL-BLD-6", 53, of("blood.township"))
    for unit in UNITS:  # where no secondary general hospital stands, none stands 30-50 km from the seat
        if not made.content.which(of(GENERAL, levels=SECONDARY), unit=unit):
            made.exactly("YL-BLD-2", unit, 0, False)


def _hospitals(made: Claims) -> None:
    # 4.4 million registered residents: from ceil(4.4 / 2.0) = 3 to 2 x floor(4.4 / 0.8) = 10
    made.count("YL-HOS-1.general", 3, of(GTI, ["city"], ["三级"]), most=10)
    made.count("YL-HOS-1.tcm", 1, of(TCM, ["city"]))
    made.count("YL-HOS-2.general", 1, of(GENERAL, ["county"]), units=UNITS)
    made.count("YL-HOS-2.tcm", 1, of(TCM, ["county"]), units=UNITS)
    made.count("YL-HOS-5", 1, of("hospital.psychiatric", ["county"]), units=COUNTIES)
    made.count("YL-HOS-6.city", 1, of("hospital.rehabilitation", ["city"], SECONDARY))
    large = [unit for unit, people in AREA.residents.items() if people >= 300_000]
    made.count("YL-HOS-6.department", 1, of(GTI, ["county"]), said("rehabilitation_department"), units=large)
    new = [
        (GENERAL, "高铁新城综合医院"),
        (GENERAL, "健康产业园综合医院"),
        ("hospital.rehabilitation", "玉林市康复医院"),
    ]
    new += [("hospital.children", "玉林市儿童医院")]
    made.named("YL-HOS-8", [*((kind, (name,), None) for kind, name in new), (GENERAL, ("北流市城南医院",), "北流市")])
    goals = {name: _goal(level) for name, (level, _) in LEVELS.items()}
    made.levels("YL-HOS-9", [(name, level, _unit(name)) for name, level in goals.items()])
    every = of((*HOSPITALS, "mch"), ["city", "county"])
    made.each("YL-TEL-1.hospitals", every, said("telemedicine"))
    made.of_units("YL-TEL-1.consortia", "units", "consortium_telemedicine")
    made.count("GX-HOS-1", 1, of(HOSPITALS, levels=SECONDARY), units=UNITS)
    made.each("GX-HOS-2", called(FIRST), said("regional_medical_centre"))
    made.count(
        "GX-HOS-3", 1, of((*GTI, "hospital.children", "hospital.specialist", "mch")), said("high_level_hospital")
    )
    county_general = of(GENERAL, ["county"])
    made.each("GX-HOS-4", county_general, said("recommended_standard"), 0.7)
    made.each("GX-HOS-5", [of(GTI, ["county"]), said("consortium_lead")], number("consortium_centres", 5))
    made.count("GX-HOS-6", 1, of((TCM, MIXED), ["county"]), units=COUNTIES)
    made.each("GX-HOS-7", of((*HOSPITALS, "mch"), levels=SECONDARY), said("health_promoting"), 0.5)


def _goal(level: str) -> str:
    """三级乙等 stands for the goal of any tertiary hospital."""
    return level.removesuffix("乙等")


def _unit(name: str) -> str | None:
    return next((unit for unit in UNITS if name.startswith(unit)), None)


def _townships(made: Claims, passing: bool) -> None:
    made.reached("YL-HOS-3", "urban", passing)
    counts = township_residents(AREA)
    for unit, names in AREA.units.items():
        big = {name for name in names[1:] if counts[name] >= 100_000}
        for rule, kinds in (("YL-HOS-4", (GENERAL,)), ("YL-HOS-7", (*PRIMARY, GENERAL))):
            have = {place.township for place in made.content.which(of(kinds, levels=SECONDARY), unit=unit)}
            if big:
                made.exactly(rule, unit, len(big & have), big <= have)
    made.one_each("YL-PHC-1 GX-PHC-1.township", "primary.township", False)
    made.one_each("YL-PHC-2", "primary.community", True, 100_000)
    made.of_units("YL-PHC-3 GX-PHC-1.village", "villages", "clinic_or_centre")
    made.of_units("YL-PHC-10.each", "villages", "doctors")
    primary = of(PRIMARY)
    for rules, column in (
        ("YL-PHC-4", "fever_clinic"),
        ("YL-PHC-5", "digital_vaccination"),
        ("YL-PHC-6 GX-PHC-4.clinic", "tcm_clinic"),
        ("YL-PHC-7", "rehabilitation_service"),
        ("YL-PHC-8", "gp_child_care"),
        ("GX-PHC-4.physician", "tcm_physician"),
    ):
        made.each(rules, primary, said(column))
    made.each("YL-PHC-9", primary, number("prevention_care_staff", 1))
    made.each("GX-PHC-2", primary, said("basic_standard"), 0.7)
    made.each("GX-STF-2.physician", primary, number("public_health_physicians", 1))
    made.each("GX-STF-2.share", primary, number("public_health_staff_percent", 25))
    made.ratio("YL-PHC-10.licensed", "staff.village_doctors_licensed", "staff.village_doctors", 1, 0.5, percent=True)
    made.walked("GX-PHC-3")


def _capacity(made: Claims) -> None:
    made.ratio({"YL-BED-1.all": 7.3, "GX-BED-1": 7.5}, "beds.beds", "resident", 1000)
    made.ratio({"YL-BED-1.city": 1.84}, "beds.city_public", "resident", 1000)
    made.ratio({"YL-BED-1.county": 3.6}, "beds.county_public_primary", "resident", 1000)
    made.number("YL-BED-2.city", "beds.infectious", 424)
    for unit, people in AREA.residents.items():
        need = 20 if people < 300_000 else 50 if people < 500_000 else 80 if people < 1_000_000 else 100
        made.number("YL-BED-2.counties", "beds.infectious", need, units=[unit])
    made.ratio("YL-BED-3", "beds.public_specialist", "beds.public_hospital", 1, 0.15, percent=True)
    made.ratio("YL-BED-4.nurses", "staff.nurses", "beds.beds", 1, 0.49)
    made.ratio("YL-BED-4.doctors", "staff.doctors", "beds.beds", 1, 0.37)
    made.ratio("YL-BED-4.staff", "staff.health_staff", "beds.beds", 1, 1.2)
    made.ratio("YL-BED-4.nurses-doctors", "staff.nurses", "staff.doctors", 1, 1.3)
    little = both(number("bed_occupancy_percent", 0, 74.999), number("mean_stay_days", 9.001))
    made.each("YL-BED-5", [of(GENERAL, PUBLIC), little], number("beds_added", 0, 0))
    made.ratio("YL-BED-6.doctors", "staff.paediatricians", "children", 1000, 0.87)
    made.ratio("YL-BED-6.beds", "beds.paediatric", "children", 1000, 2.5)
    made.ratio({"YL-STF-1.doctors": 2.68, "GX-STF-1.doctors": 3}, "staff.doctors", "resident", 1000)
    made.ratio({"YL-STF-1.nurses": 3.54, "GX-STF-1.nurses": 3.96}, "staff.nurses", "resident", 1000)
    practitioners = "YL-STF-1.general-practitioners GX-STF-1.general-practitioners"
    made.ratio(practitioners, "staff.general_practitioners", "resident", 10_000, 4)
    made.ratio({"YL-STF-1.pharmacists": 0.5, "GX-STF-1.pharmacists": 0.54}, "staff.pharmacists", "resident", 1000)
    made.ratio("YL-STF-2.cdc", "staff.cdc_staff", "resident", 10_000, 1.75)
    made.ratio("YL-STF-2.mch", "staff.mch_health_staff", "resident", 10_000, 1)
    made.ratio("YL-STF-2.clinical", "staff.mch_clinical_staff", "beds.mch", 1, 1.7)
    institutions = either(of(PRIMARY), of((*HOSPITALS, "mch"), levels=SECONDARY))
    made.each("YL-STF-3", institutions, number("public_health_physicians", 1))
    made.ratio("YL-STF-4.psychiatrists", "staff.psychiatrists", "resident", 100_000, 4)
    made.ratio("YL-STF-4.nurses", "staff.psychiatric_nurses", "resident", 100_000, 8.68)
    made.number("YL-STF-4.psychiatrists-heads", "staff.psychiatrists", 235)
    made.number("YL-STF-4.nurses-heads", "staff.psychiatric_nurses", 510)
    made.ratio("YL-STF-5.city", "staff.health_education_city", "resident", 1_000_000, 5)
    made.ratio("YL-STF-5.county", "staff.health_education_county", "resident", 100_000, 1.75, UNITS)
    made.ratio("YL-STF-6", "staff.tcm_hospital_tcm_doctors", "staff.tcm_hospital_doctors", 1, 0.6, percent=True)


def _systems(made: Claims) -> None:
    for rules, kind in (("YL-CDC-1", "cdc"), ("YL-MCH-1 GX-MCH-1", "mch")):
        for prefix in rules.split():
            made.count(f"{prefix}.city", 1, of(kind, ["city"]))
            made.count(f"{prefix}.county", 1, of(kind, ["county"]), units=UNITS)
    laboratory = said("bsl2_laboratory")
    made.count("YL-CDC-2.city GX-CDC-1.city", 1, of("cdc", ["city"]), laboratory)
    made.count("YL-CDC-2.county GX-CDC-1.county", 1, of("cdc", ["county"]), laboratory, units=UNITS)
    made.each("YL-CDC-3", of("cdc", ["city", "county"]), said("building_standard"))
    made.count("YL-CDC-4", 1, of("cdc", ["city"]), said("mobile_testing_vehicle"))
    made.each("YL-INF-1", of(GENERAL, levels=SECONDARY), said("infectious_department"))
    made.count("GX-INF-1.designated", 1, of((*GTI, "mch")), said("infectious_designated"))
    made.count("GX-INF-1.city", 1, of(GTI, ["city"]), said("infectious_ward"))
    made.count("GX-INF-1.county", 1, of(GTI, ["county"]), said("infectious_ward"), units=UNITS)
    for what, column in (("mothers", "maternal_critical_centre"), ("newborns", "newborn_critical_centre")):
        made.count(f"YL-MCH-2.city-{what} GX-MCH-2.city-{what}", 1, of(CRITICAL, ["city"]), said(column))
        rules = f"YL-MCH-2.county-{what} GX-MCH-2.county-{what}"
        made.count(rules, 1, of(CRITICAL, ["county"]), said(column), units=UNITS)
    mch = of("mch", ["city", "county"])
    made.each("YL-MCH-3.standard", mch, said("national_standard"))
    goals = {name: _goal(level) for name, (level, _) in MCH_LEVELS.items()}
    goals |= {"玉林市玉州区妇幼保健院": "二级"}
    made.levels("YL-MCH-3", [(name, level, _unit(name)) for name, level in goals.items() if _unit(name)])
    made.levels("YL-MCH-3", [("玉州区妇幼保健院", "二级", "玉州区")], "玉林市玉州区妇幼保健院")
    if made.content.which(of("mch", ["city"])):
        made.each("GX-MCH-3.city", of("mch", ["city"]), lambda place: place.level == "三级甲等")
    made.each("GX-MCH-3.county", of("mch", ["county"]), _secondary_a, 0.8)
    made.of_units("YL-PSY-1", "townships", "psychiatric_workers")
    made.each("YL-PSY-2", of("hospital.psychiatric", ["county"]), said("help_line"))
    examined = said("occupational_examination")
    made.count("YL-OCC-1", 1, of(CAN_EXAMINE), examined, units=UNITS)
    made.count("GX-OCC-1", 1, of(CAN_EXAMINE, PUBLIC), examined, units=UNITS)
    made.count("YL-OCC-2.monitoring", 1, of(CAN_EXAMINE, PUBLIC), said("occupational_monitoring"))
    made.count("GX-OCC-2", 1, of(CAN_EXAMINE, PUBLIC), said("occupational_diagnosis"))
    for what in ("treatment", "rehabilitation"):
        made.count(f"YL-OCC-2.{what}", 1, of(CAN_EXAMINE), said(f"occupational_{what}"))
    stations, all_of_them = "units.pneumoconiosis_townships_with_station", "units.pneumoconiosis_townships"
    made.ratio("YL-OCC-3", stations, all_of_them, 1, 1, percent=True)
    made.number("YL-EDU-1.base", "units.health_science_bases", 1, UNITS)
    made.count("YL-EDU-1.institution", 1, of("health.education", ["city"]))
    made.ratio("YL-CARE-1.places GX-CARE-1.places", "units.childcare_places", "resident", 1000, 4.5)
    made.count("GX-CARE-1.city", 1, of("childcare.centre", ["city"]))
    made.count("YL-CARE-1.centre GX-CARE-1.county", 1, of("childcare.centre", PUBLIC), units=UNITS)
    made.ratio("YL-CARE-2", "units.communities_childcare_standard", "units.communities", 1, 0.6, percent=True)


def _secondary_a(place: Place) -> bool:
    return place.level.startswith("三级") or place.level == "二级甲等"


def _elderly(made: Claims) -> None:
    made.count("YL-OLD-1.county", 1, of(HOSPITALS), said("geriatric_centre"), units=UNITS)
    made.each("YL-OLD-1.city", called(FIRST), said("geriatric_centre"))
    made.each("YL-OLD-2 GX-OLD-1", of(GENERAL, levels=SECONDARY), said("geriatric_department"), 0.6)
    friendly = (GENERAL, "hospital.rehabilitation", "hospital.nursing", *PRIMARY, "primary.community.station")
    made.each("GX-OLD-2", of(friendly), said("age_friendly"), 0.8)
    made.number("YL-OLD-3", "units.elderly_care_demonstration", 1, UNITS)
    made.each("YL-OLD-4.tcm", of((TCM, MIXED), ["county"]), number("elderly_care_beds", 100))
    made.each("YL-OLD-4.primary", of(PRIMARY), number("elderly_care_beds", 50))
    department = said("rehabilitation_department")
    made.each("YL-REH-1.tertiary", of((TCM, MIXED), levels=["三级"]), department)
    made.each("YL-REH-1.secondary GX-REH-1", of((TCM, MIXED), levels=SECONDARY), department, 0.75)
    central = either(of("primary.community"), both(of("primary.township"), said("central_centre")))
    for rule, grade, beds in (("premium", "精品", 80), ("standard", "标准", 50)):
        made.each(f"YL-REH-2.{rule}", [central, said("tcm_clinic_grade", grade)], number("rehabilitation_beds", beds))
    ordinary = [of("primary.township"), said("ordinary_centre")]
    made.each("YL-REH-2.ordinary", ordinary, number("rehabilitation_beds", 20))
    made.each("YL-TCM-1.departments", of(TCM, ["county"]), number("tcm_special_departments", 2))
    made.each("YL-TCM-1.promotion", of(TCM, ["county"]), said("tcm_promotion_centre"))
    made.each("YL-TCM-2.general", of(GENERAL, ["county"]), said("tcm_department_and_pharmacy"))
    made.each("YL-TCM-2.mch", of("mch", ["county"]), said("tcm_service"))
