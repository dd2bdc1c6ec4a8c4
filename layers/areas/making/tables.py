"""The tables beside the layers of the fictional prefecture: beds, staff, populations, seats, and what facilities have.

All figures are invented. Beds come from the facility list where it holds them, so that the two agree; some fall just
short of what the plan asks, one is exactly on the bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from . import world
from .facilities import Entry, entries
from .world import BAY, DISTRICT, HILLS

COUNTIES = (DISTRICT, BAY, HILLS)
HOSPITALS = ("综合医院", "中医医院", "精神病医院")
PRIMARY = ("乡镇卫生院", "社区卫生服务中心")
SEAT_RADIUS_KM = {DISTRICT: 6.0, BAY: 3.0, HILLS: 2.0}
INFECTIOUS = {DISTRICT: 60, BAY: 45, HILLS: 20}
PAEDIATRIC = {DISTRICT: 210, BAY: 96, HILLS: 52}
REGISTERED = {DISTRICT: 431_000, BAY: 352_000, HILLS: 241_000}
CHILDREN = {DISTRICT: 74_300, BAY: 57_200, HILLS: 37_200}
SERVED_PER_RESIDENT = {"street": 1.3, "town": 1.05, "township": 0.9}
STAFF = {
    "doctors": (1380, 640, 365),
    "nurses": (1790, 850, 470),
    "health_staff": (4900, 2400, 1390),
    "general_practitioners": (170, 120, 84),
    "pharmacists": (240, 130, 70),
    "paediatricians": (92, 40, 22),
    "psychiatrists": (24, 8, 4),
    "psychiatric_nurses": (55, 16, 8),
    "cdc_staff": (74, 52, 36),
    "mch_health_staff": (45, 30, 14),
    "village_doctors": (320, 360, 330),
    "village_doctors_licensed": (190, 170, 140),
}
# Of the facilities that are asked about, the ones that do not have it.
WITHOUT: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "emergency_department": (HOSPITALS[:2], ("云岫县中医医院",)),
    "infectious_department": (HOSPITALS[:1], ()),
    "geriatric_department": (HOSPITALS[:1], ("禾城区人民医院", "云岫县人民医院", "铁厂中心医院")),
    "rehabilitation_department": (HOSPITALS[:2], ("禾城区人民医院", "云岫县中医医院", "铁厂中心医院")),
    "telemedicine": ((*HOSPITALS, "妇幼保健院"), ("云岫县妇幼保健院",)),
    "fever_clinic": (PRIMARY, ("石塘乡卫生院", "月屿乡卫生院", "高岭乡卫生院", "雾谷乡卫生院")),
    "tcm_clinic": (PRIMARY, ("月屿乡卫生院",)),
    "digital_vaccination": (PRIMARY, ("长滩镇卫生院", "茶坪镇卫生院", "松岭镇卫生院", "雾谷乡卫生院")),
    "building_standard": (("疾病预防控制中心",), ("云岫县疾病预防控制中心",)),
    "bsl2_laboratory": (("疾病预防控制中心",), ("云岫县疾病预防控制中心",)),
    "national_standard": (("妇幼保健院",), ()),
}
OBSERVATION_BEDS = {"青禾市第一人民医院": 2.4, "青禾市第二人民医院": 2.1, "青禾市中医医院": 3.4, "汐湾县人民医院": 2.5}


def tables() -> dict[str, str]:
    """Each table as CSV text, by its file's name."""
    return {
        "seats.csv": _csv(("county", "lon", "lat", "radius_km"), _seats()),
        "beds.csv": _csv(("county", *_BEDS, "infectious", "paediatric"), _beds()),
        "staff.csv": _csv(("county", *STAFF), ((c, *(n[i] for n in STAFF.values())) for i, c in enumerate(COUNTIES))),
        "people.csv": _csv(("county", "township", "registered", "children", "service"), _people()),
        "attributes.csv": _csv(("name", "county", *WITHOUT, "observation_bed_percent"), _attributes()),
    }


def _csv(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    return "".join(",".join(str(cell) for cell in row) + "\n" for row in (headings, *rows))


def _seats() -> Iterable[tuple[object, ...]]:
    for county in COUNTIES:
        seat = world.place(world.SEATS[county])
        lon, lat = world.to_lonlat(np.array([[seat.x, seat.y]]))[0].round(6).tolist()
        yield county, lon, lat, SEAT_RADIUS_KM[county]


def _hospital(entry: Entry) -> bool:
    return entry.kind in HOSPITALS and entry.run_by != "民营"


_BEDS: Mapping[str, Callable[[Entry], bool]] = {
    "beds": lambda entry: True,
    "public_hospital": _hospital,
    "public_specialist": lambda entry: entry.kind == "精神病医院",
    "city_public": lambda entry: _hospital(entry) and entry.run_by == "市级",
    "county_public_primary": lambda entry: (
        (_hospital(entry) and entry.run_by in ("县级", "区级")) or entry.kind in PRIMARY
    ),
}


def _beds() -> Iterable[tuple[object, ...]]:
    """Beds of the open facilities of the list, added up by county."""
    for county in COUNTIES:
        here = [e for e in entries() if e.status == "在用" and world.place(e.place).county == county]
        sums = (sum(entry.beds or 0 for entry in here if counts(entry)) for counts in _BEDS.values())
        yield county, *sums, INFECTIOUS[county], PAEDIATRIC[county]


def _people() -> Iterable[tuple[object, ...]]:
    for county in COUNTIES:
        yield county, "", REGISTERED[county], CHILDREN[county], ""
    for place in world.PLACES:
        yield place.county, place.name, "", "", round(1000 * place.thousands * SERVED_PER_RESIDENT[place.kind])


def _attributes() -> Iterable[tuple[object, ...]]:
    for entry in entries():
        answers = [
            "" if entry.kind not in kinds else "否" if entry.name in without else "是"
            for kinds, without in WITHOUT.values()
        ]
        if any(answers):
            yield entry.name, world.place(entry.place).county, *answers, OBSERVATION_BEDS.get(entry.name, "")
