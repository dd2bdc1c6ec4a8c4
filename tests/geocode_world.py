"""A made-up bureau's list of 300 rows over the counties of ``good_study``, and a provider that knows the places."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import openpyxl

from carereach.layers.geocode.model import Candidate, Query
from carereach.layers.geocode.unknown_datum import from_wgs84
from carereach.layers.settings_parts import Datum

KINDS = ("卫生院", "中心卫生院", "人民医院", "妇幼保健院", "社区卫生服务中心", "急救站")
FIRST, SECOND = "青白赤玄黄紫金银铜铁", "山河湖海林泉石田谷原"
LABELS: dict[Datum, str] = {"wgs84": "WGS84", "gcj02": "高德", "bd09": "百度"}
WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")
HEADINGS = ("序号", "机构名称", "类别", "县区", "地址", "经度", "纬度", "坐标系", "备注")


@dataclass(frozen=True)
class Thing:
    """A facility and where it stands (WGS 84)."""

    name: str
    kind: str
    county: str
    lon: float
    lat: float


@dataclass
class Knowing:
    """A provider that answers with the true place of the name it is asked for, or with what ``instead`` says.

    It notes what it was asked.
    """

    things: list[Thing]
    instead: dict[str, tuple[Candidate, ...]] = field(default_factory=dict)
    name: str = "knowing"
    asked: list[Query] = field(default_factory=list)

    def ask(self, query: Query) -> tuple[Candidate, ...]:
        self.asked.append(query)
        if query.name in self.instead:
            return self.instead[query.name]
        return tuple(answer(thing, self.name) for thing in self.things if thing.name == query.name)


def answer(thing: Thing, provider: str = "knowing", **changes: object) -> Candidate:
    """The true place of a thing as a provider gives it."""
    given = {"lon": thing.lon, "lat": thing.lat, "name": thing.name, "precision": "exact", **changes}
    return Candidate(provider, datum="gcj02", **given)  # type: ignore[arg-type]


def things(count: int = 290, seed: int = 1) -> list[Thing]:
    """Facilities spread over 西县 (110.0-110.1 E) and 东县 (110.1-110.2 E), 22.5-22.6 N, 1 km from the borders."""
    rng = random.Random(seed)
    names = [f"{a}{b}镇{kind}" for kind in KINDS for a in FIRST for b in SECOND]
    made = []
    for name in rng.sample(names, count):
        west = rng.random() < 0.5
        lon = (110.01 if west else 110.11) + 0.08 * rng.random()
        kind = next(kind for kind in sorted(KINDS, key=len, reverse=True) if name.endswith(kind))
        made.append(Thing(name, kind, "西县" if west else "东县", lon, 22.51 + 0.08 * rng.random()))
    return made


def row_of(thing: Thing, datum: Datum | None, *, label: bool = True, wide: bool = False) -> list[object]:
    """A row of the list; its coordinates in ``datum``, none for None."""
    cells: list[object] = ["", thing.name, thing.kind, thing.county, f"{thing.county}{thing.name}", "", "", "", ""]
    if datum is not None:
        x, y = from_wgs84(np.array([thing.lon]), np.array([thing.lat]), datum)
        lon, lat = f"{x[0]:.6f}", f"{y[0]:.6f}"
        cells[5:7] = [lon.translate(WIDE), lat.translate(WIDE)] if wide else [float(lon), float(lat)]
        cells[7] = LABELS[datum] if label else ""
    return cells


def write_list(path: Path, sheets: dict[str, list[list[object]]], *, merge_counties: bool = False) -> Path:
    """A workbook with a title above the headings; runs of one county merged where asked for."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        sheet.append(["两县医疗卫生机构名单（虚构）"])
        sheet.append(list(HEADINGS))
        for row in rows:
            sheet.append(row)
            for cell in sheet[sheet.max_row]:
                cell.data_type = "s" if cell.data_type == "f" else cell.data_type
        if merge_counties:
            _merge(sheet, 4)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def _merge(sheet: openpyxl.worksheet.worksheet.Worksheet, column: int) -> None:
    first = 3
    for number in range(4, sheet.max_row + 2):
        if sheet.cell(number, column).value != sheet.cell(first, column).value:
            if number - first > 1 and sheet.cell(first, column).value:
                sheet.merge_cells(start_row=first, end_row=number - 1, start_column=column, end_column=column)
            first = number


def the_list(path: Path) -> tuple[Path, list[Thing], Knowing]:
    """300 rows on two sheets: 290 facilities, two totals, a heading printed again, a nameless row, six of confusion.

    Every fifth row has coordinates in WGS 84, the next in GCJ-02, in BD-09, in full-width digits, and none; every
    tenth name of those without has a typo that no source knows.
    """
    known = things()
    rows: list[list[object]] = []
    for i, thing in enumerate(known):
        datum: Datum | None = (None, "wgs84", "gcj02", "bd09", "wgs84")[i % 5]  # type: ignore[assignment]
        cells = row_of(thing, datum, wide=i % 5 == 4)
        if i % 50 == 0:
            cells[1] = thing.name[:-1] + "圆"
        rows.append(cells)
    first, second = rows[:180], sorted(rows[180:], key=lambda cells: str(cells[3]))
    first.append(["合计", "", "", "", "", "", "", "", "180家"])
    second.append(["", "合 计", "", "", "", "", "", "", ""])
    second.append(list(HEADINGS))
    second.append(["", "", "卫生院", "西县", "西县某路1号", "", "", "", "无名"])
    confused = list(row_of(known[1], None))
    twice = list(row_of(known[1], "wgs84"))
    swapped = ["", "颠倒卫生院", "卫生院", "西县", "", 22.55, 110.05, "WGS84", ""]
    half = ["", "半对卫生院", "卫生院", "西县", "", 110.05, "", "WGS84", ""]
    formula = ["", "=HYPERLINK(1)医院", "综合医院", "东县", "+86", "", "", "", "@x"]
    odd_kind = ["", "赤龙镇卫生院", "飞船", "东县", "", "", "", "", ""]
    second += [confused, twice, swapped, half, formula, odd_kind]
    return write_list(path, {"西部": first, "东部": second}, merge_counties=True), known, Knowing(known)
