"""What is put into a copy of the tutorial: facilities, tables and settings; and its files."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from every_rule_ground import Area, write_ground

GENERAL, TCM, MIXED = "hospital.general", "hospital.tcm", "hospital.integrated"
GTI = (GENERAL, TCM, MIXED)
HOSPITALS = (
    *GTI,
    "hospital.psychiatric",
    "hospital.children",
    "hospital.infectious",
    "hospital.rehabilitation",
    "hospital.specialist",
)
PRIMARY = ("primary.township", "primary.community")
PUBLIC = ("region", "city", "county", "township", "other public")
SECONDARY = ("二级", "三级")
KINDS = (
    "ems.centre", "ems.station", *HOSPITALS, "hospital.nursing", *PRIMARY, "primary.community.station",
    "blood.station", "blood.fixed", "blood.temporary", "blood.township", "blood.storage", "cdc", "mch", "supervision",
    "occupational", "health.education", "childcare.centre", "sampling", "fitness", "school", "other",
)  # fmt: skip
RUN_BY = {"city": "市级", "county": "县级", "township": "乡镇级", "other public": "其他公立", "private": "民营", "": ""}
OTHER_ROLE = "infectious"
WORDS = {"ems.network": "急救网络", "ems.dispatch": "急救调度", OTHER_ROLE: "传染病"}


@dataclass
class Place:
    """One row of the list of facilities; ``said`` are its cells in the table of attributes."""

    id: str
    name: str
    kind: str
    unit: str
    township: str
    lon: float
    lat: float
    run_by: str = "county"
    level: str = ""
    roles: tuple[str, ...] = (OTHER_ROLE,)
    ambulances: int | None = None
    beds: int | None = None
    authorised: int | None = None
    status: str = "在用"
    parent: str = ""
    said: dict[str, str] = field(default_factory=dict)


Test = Callable[[Place], bool]


@dataclass
class Content:
    """A copy being filled. ``tables``: name -> (county, township, village) -> column -> cell; the city has its name
    for a county."""

    area: Area
    places: list[Place] = field(default_factory=list)
    tables: dict[str, dict[tuple[str, str, str], dict[str, object]]] = field(default_factory=dict)
    settings: list[str] = field(default_factory=list)
    sampling: list[tuple[float, float]] = field(default_factory=list)

    def put(self, name: str, kind: str, township: str, at: tuple[float, float], **more: object) -> Place:
        """Adds a facility."""
        unit = self.area.unit_of(township)
        made = Place(f"f{len(self.places):04d}", name, kind, unit, township, *at, **more)  # type: ignore[arg-type]
        self.places.append(made)
        return made

    def cell(self, table: str, unit: str, column: str, value: object, township: str = "", village: str = "") -> None:
        """Fills a cell of a table about units."""
        self.tables.setdefault(table, {}).setdefault((unit, township, village), {})[column] = value

    def spread(self, table: str, column: str, total: int) -> None:
        """Fills a column for each unit so that the units add up to ``total``, by their residents."""
        units = list(self.area.residents)
        parts = [total * self.area.residents[unit] // self.area.people for unit in units]
        parts[0] += total - sum(parts)
        for unit, part in zip(units, parts, strict=True):
            self.cell(table, unit, column, part)

    def which(self, *tests: Test, unit: str | None = None) -> list[Place]:
        """Open facilities, campuses left out, that pass all the tests."""
        chosen = [place for place in self.places if place.status == "在用" and not place.parent]
        return [place for place in chosen if unit in (None, place.unit) and all(test(place) for test in tests)]

    def say(self, column: str, yes: Iterable[Place], among: Iterable[Place] | None = None) -> None:
        """是 for some facilities, 否 for all others (of ``among``)."""
        chosen = {place.id for place in yes}
        for place in self.places if among is None else among:
            place.said[column] = "是" if place.id in chosen else "否"

    def say_number(self, column: str, places: Iterable[Place], value: object) -> None:
        for place in places:
            place.said[column] = str(value)


def of(kinds: Sequence[str] | str, run_by: Sequence[str] = (), levels: Sequence[str] = ()) -> Test:
    """Whether a facility is of these kinds, run by these bodies, at one of these levels."""
    wanted = (kinds,) if isinstance(kinds, str) else tuple(kinds)

    def test(place: Place) -> bool:
        fits = place.kind in wanted and (not run_by or place.run_by in run_by)
        return fits and (not levels or place.level[:2] in levels)

    return test


def role(word: str) -> Test:
    return lambda place: word in place.roles


def said(column: str, word: str = "是") -> Test:
    return lambda place: place.said.get(column) == word


def called(*names: str) -> Test:
    return lambda place: place.name in names


def either(*tests: Test) -> Test:
    return lambda place: any(test(place) for test in tests)


def part(places: Sequence[Place], share: float, passing: bool) -> list[Place]:
    """The fewest of the places that make up the share, or one fewer."""
    return list(places[: math.ceil(share * len(places) - 1e-9) - (0 if passing else 1)])


def write(content: Content, folder: Path, name: str, plans: Sequence[str]) -> Path:
    """The whole study folder; its study file."""
    write_ground(content.area, folder)
    rows = [
        {
            "编号": place.id, "名称": place.name, "类别": place.kind, "级别": place.level,
            "举办主体": RUN_BY[place.run_by], "职能": "、".join(WORDS[word] for word in place.roles),
            "县区": place.unit, "乡镇": place.township, "救护车数": place.ambulances, "床位数": place.beds,
            "编制床位": place.authorised, "状态": place.status, "经度": place.lon, "纬度": place.lat, "坐标系": "WGS84",
            "定位精度": "精确", "误差公里": 0.05, "上级机构": place.parent, "来源": "made by every_rule",
        }
        for place in content.places
    ]  # fmt: skip
    pd.DataFrame(rows).to_excel(folder / "facilities.xlsx", sheet_name="设施", index=False)
    points = [
        {"id": f"p{i}", "name": f"采样点{i}", "lon": lon, "lat": lat} for i, (lon, lat) in enumerate(content.sampling)
    ]
    pd.DataFrame(points).to_csv(folder / "sampling.csv", index=False)
    _write_tables(content, folder)
    lines = [_study(content, name, plans), *content.settings]
    lines += [_table(table) for table in (*content.tables, "attributes")]
    file = folder / "study.toml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def _write_tables(content: Content, folder: Path) -> None:
    for table, cells in content.tables.items():
        keys = [dict(zip(("county", "township", "village"), key, strict=True)) for key in cells]
        frame = pd.DataFrame([{**key, **row} for key, row in zip(keys, cells.values(), strict=True)])
        frame.to_csv(folder / f"{table}.csv", index=False)
    attributes = pd.DataFrame([{"id": place.id, **place.said} for place in content.places])
    attributes.to_csv(folder / "attributes.csv", index=False)


def _table(name: str) -> str:
    return f'[tables.{name}]\npath = "{name}.csv"\ngrade = "surveyed"\nsource = "made by every_rule"\nyear = 2025\n'


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def _study(content: Content, name: str, plans: Sequence[str]) -> str:
    return f"""name = "{name}"
plans = [{_quoted(plans)}]
crs = "EPSG:32650"

[choices]
C11 = "ninety"

[boundaries]
path = "counties.geojson"
city = "city"
grade = "surveyed"

[townships]
path = "townships.gpkg"
layer = "townships"
township = "乡镇"
county = "县区"
kind = "类型"
grade = "surveyed"

[[facilities]]
path = "facilities.xlsx"
sheet = "设施"
grade = "surveyed"
complete_kinds = [{_quoted(KINDS)}]

[[facilities]]
path = "sampling.csv"
grade = "surveyed"
defaults = {{ kind = "sampling", precision = "exact", status = "open", uncertainty_km = "0.05" }}

[roads]
path = "roads.osm.pbf"
grade = "surveyed"

[people]
path = "population.tif"
year = 2025
grade = "surveyed"

[people.calibrate]
path = "census.csv"
name = "县区"
residents = "常住人口"
grade = "surveyed"

[zones]
method = "polygon"
path = "zones.geojson"
grade = "surveyed"

[growth]
source = "made by every_rule"
year = {{ 2035 = 1.05 }}
"""
