"""The health facilities of the fictional prefecture, as the Excel list a planner might hand over."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from openpyxl import Workbook

from . import world
from .network import Net
from .world import CITY, Floats

HEADINGS = (
    *("编号", "名称", "类别", "级别", "举办主体", "职能", "县区", "乡镇", "地址", "床位数", "救护车数", "状态"),
    *("经度", "纬度", "坐标系", "定位精度", "误差公里", "来源"),
)
UNCERTAINTY_KM = {"精确": 0.05, "道路": 0.3, "乡镇": 2.0}
SOURCE = "虚构数据（教程） fictional, for the tutorial"
MADE = datetime(2000, 1, 1)


@dataclass(frozen=True)
class Entry:
    """One row: where it stands is a township's seat and an offset in km; precision 未定位 leaves the place out."""

    name: str
    kind: str
    place: str
    dx: float = 0.0
    dy: float = 0.0
    level: str = ""
    run_by: str = "县级"
    roles: str = ""
    beds: int | None = None
    ambulances: int | None = None
    status: str = "在用"
    precision: str = "精确"


STATIONS = (
    Entry("青禾市急救中心", "急救中心", "中街街道", 0.3, 0.4, run_by="市级", roles="急救调度"),
    Entry("青禾市急救中心直属一站", "急救站", "中街街道", -0.9, -0.5, run_by="市级", ambulances=5),
    Entry("青禾市急救中心直属二站", "急救站", "河东街道", 0.5, -0.3, run_by="市级", ambulances=4),
    Entry("禾城区急救站", "急救站", "北关街道", 0.2, 0.2, ambulances=3),
    Entry("新港急救站", "急救站", "新港街道", -0.3, 0.3, run_by="乡镇级", ambulances=2),
    Entry("白石急救站", "急救站", "白石镇", 0.1, 0.3, run_by="乡镇级", ambulances=2),
    Entry("柳桥急救站", "急救站", "柳桥镇", 0.2, -0.2, run_by="乡镇级", ambulances=1),
    Entry("望湖急救站", "急救站", "望湖镇", -0.2, 0.1, run_by="乡镇级", ambulances=1, precision="道路"),
    Entry("汐湾县急救站", "急救站", "汐城镇", 0.6, -0.4, ambulances=3),
    Entry("沙头急救站", "急救站", "沙头镇", 0.2, 0.2, run_by="乡镇级", ambulances=1),
    Entry("盐田急救站", "急救站", "盐田镇", -0.2, 0.2, run_by="乡镇级", ambulances=1, precision="道路"),
    Entry("双溪急救站", "急救站", "双溪镇", 0.1, -0.1, run_by="乡镇级", ambulances=1, status="规划"),
    Entry("月屿急救站", "急救站", "月屿乡", 0.1, 0.1, run_by="乡镇级", ambulances=1),
    Entry("松岭急救站", "急救站", "松岭镇", -0.2, 0.2, run_by="乡镇级", ambulances=1),
    Entry("云岫县直属急救站", "急救站", "云城镇", 0.5, 0.3, ambulances=2, status="规划"),
    Entry("长滩急救站", "急救站", "长滩镇", 0.0, 0.2, run_by="乡镇级", status="关闭"),
)
HOSPITALS = (
    Entry("青禾市第一人民医院", "综合医院", "中街街道", 1.2, -0.8, "三级甲等", "市级", "急救网络", 1600, 6),
    Entry("青禾市第二人民医院", "综合医院", "河西街道", 0.4, -0.6, "三级", "市级", "急救网络;传染病", 980, 4),
    Entry("青禾市中医医院", "中医医院", "中街街道", -1.4, 1.1, "三级", "市级", "急救网络", 720, 2),
    Entry("禾城区人民医院", "综合医院", "河东街道", -0.6, 1.0, "二级", "区级", "", 310),
    Entry("汐湾县人民医院", "综合医院", "汐城镇", -0.5, 0.5, "二级甲等", "县级", "急救网络", 640, 3),
    Entry("汐湾县中医医院", "中医医院", "汐城镇", 0.4, 0.9, "二级", "县级", "", 280),
    Entry("云岫县人民医院", "综合医院", "云城镇", -0.3, 0.2, "二级甲等", "县级", "急救网络", 420, 2),
    Entry("云岫县中医医院", "中医医院", "云城镇", 0.2, -0.6, "二级", "县级", "", 160),
    Entry("青禾康宁医院", "综合医院", "北关街道", 1.1, -0.8, "", "民营", "", 120),
    Entry("青禾市精神病医院", "精神病医院", "白石镇", 0.9, -0.7, "二级", "市级", "", 460, precision="道路"),
    Entry("汐湾县精神病医院", "精神病医院", "沙头镇", -0.6, 0.5, "二级", "县级", "", 150),
    Entry("云岫县精神病医院", "精神病医院", "云城镇", 0.9, 0.0, "", "县级", "", None, status="在建"),
    Entry("青禾市妇幼保健院", "妇幼保健院", "河西街道", -0.4, 0.9, "三级", "市级", "", 380),
    Entry("汐湾县妇幼保健院", "妇幼保健院", "汐城镇", -0.9, -0.6, "二级", "县级", "", 150),
    Entry("云岫县妇幼保健院", "妇幼保健院", "云城镇", -0.5, -0.4, "", "县级", "", 80),
)
OTHERS = (
    Entry("青禾市疾病预防控制中心", "疾病预防控制中心", "中街街道", 1.0, 1.2, run_by="市级"),
    Entry("禾城区疾病预防控制中心", "疾病预防控制中心", "北关街道", -0.8, -0.4, run_by="区级"),
    Entry("汐湾县疾病预防控制中心", "疾病预防控制中心", "汐城镇", 0.0, -0.8),
    Entry("云岫县疾病预防控制中心", "疾病预防控制中心", "云城镇", 0.4, 0.6),
    Entry("青禾市中心血站", "中心血站", "河西街道", 0.9, 0.3, run_by="市级"),
    Entry("中街献血屋", "固定献血点", "中街街道", 0.1, -0.2, run_by="市级"),
    Entry("汐城献血屋", "固定献血点", "汐城镇", 0.2, 0.0, run_by="市级"),
    Entry("云城献血屋", "固定献血点", "云城镇", 0.0, 0.1, run_by="市级", status="规划"),
    Entry("盐田储血点", "储血点", "盐田镇", 0.4, -0.3),
    Entry("松岭储血点", "储血点", "松岭镇", 0.3, -0.1, precision="乡镇"),
    Entry("河东流动献血点", "临时献血点", "河东街道", run_by="市级", precision="未定位"),
    Entry("铁厂中心医院", "综合医院", "铁厂镇", 0.7, -0.4, "二级", "县级", "", 110),
)
NETWORK_KINDS = (
    "急救中心",
    "急救站",
    "综合医院",
    "中医医院",
    "精神病医院",
    "妇幼保健院",
    "乡镇卫生院",
    "社区卫生服务中心",
)


def entries() -> list[Entry]:
    """All rows in their order: emergency care, hospitals, health centres, the rest."""
    towns = [p for p in world.PLACES if p.kind != "street"]
    centres = []
    for i, p in enumerate(towns):
        status = "在建" if p.name == "铁厂镇" else "在用"
        precision = "乡镇" if i % 9 == 7 else "道路" if i % 4 == 2 else "精确"
        name = f"{p.name}{'中心' if p.thousands > 30 else ''}卫生院"
        beds = round(p.thousands * 1.1) + 12
        centres.append(
            Entry(name, "乡镇卫生院", p.name, -0.35, -0.3, "一级", "乡镇级", "", beds, None, status, precision)
        )
    community = []
    for p in (p for p in world.PLACES if p.kind == "street"):
        precision = "未定位" if p.name == "河西街道" else "精确"
        status = "规划" if p.name == "新港街道" else "在用"
        name = f"{p.name}社区卫生服务中心"
        community.append(
            Entry(name, "社区卫生服务中心", p.name, 0.6, -1.0, "一级", "区级", status=status, precision=precision)
        )
    return [*STATIONS, *HOSPITALS, *centres, *community, *OTHERS]


def rows(net: Net) -> list[tuple[object, ...]]:
    """The cells of the list, one tuple per facility, after :data:`HEADINGS`."""
    roadside = _roadside(net)
    return [_row(f"QH{number:03d}", entry, roadside) for number, entry in enumerate(entries(), 1)]


def _roadside(net: Net) -> Floats:
    """Nodes of streets and roads that houses stand by."""
    classes = {"primary", "secondary", "tertiary", "residential", "unclassified"}
    used = {n for nodes, tags in net.ways if tags.get("highway") in classes for n in nodes if net.joinable[n]}
    return np.array([net.xy[n] for n in sorted(used)])


def _row(number: str, entry: Entry, roadside: Floats) -> tuple[object, ...]:
    place = world.place(entry.place)
    about = np.array([place.x + entry.dx, place.y + entry.dy])
    spot = roadside[np.hypot(*(roadside - about).T).argmin()] + 0.03
    located = entry.precision != "未定位"
    lon, lat = world.to_lonlat(spot[None, :])[0].round(6).tolist() if located else (None, None)
    return (
        *(number, entry.name, entry.kind, entry.level or "未定级", entry.run_by, entry.roles or "无"),
        *(place.county, place.name, f"{CITY}{place.county}{place.name}（虚构）", entry.beds, _ambulances(entry)),
        *(entry.status, lon, lat, "WGS84" if located else "", entry.precision),
        *(UNCERTAINTY_KM.get(entry.precision), SOURCE),
    )


def _ambulances(entry: Entry) -> int | None:
    """A blank cell would mean that nobody knows; who could have ambulances and has none says 0."""
    return 0 if entry.ambulances is None and entry.kind in NETWORK_KINDS else entry.ambulances


def write_xlsx(table: list[tuple[object, ...]], path: Path) -> None:
    """Writes the list as an Excel file whose bytes depend on its content alone."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "设施"
    for cells in (HEADINGS, *table):
        sheet.append(list(cells))
    sheet.freeze_panes = "C2"
    book.properties.creator = "carereach make_tutorial"
    book.properties.created = MADE
    book.save(path)
    _without_times(path)


def _without_times(path: Path) -> None:
    """Takes the hour of saving out of an Excel file: from its properties and from the archive's entries."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    core = "docProps/core.xml"
    parts[core] = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2000-01-01T00:00:00Z", parts[core])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
