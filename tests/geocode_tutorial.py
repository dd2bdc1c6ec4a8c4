"""The tutorial before its places were known, a bureau's list of its facilities, and a world that knows where they are.

All places are invented, as the tutorial is. As a script it makes the study and the list in a folder and serves the
places until it is stopped: ``python tests/geocode_tutorial.py FOLDER``; it prints what to type.
"""

from __future__ import annotations

import shutil
import sys
import threading
from pathlib import Path

import openpyxl
import pandas as pd
from geocode_server import Spot, World, environment, world_server

from carereach.layers.study import find_study

LIST = "名单.xlsx"
# Facilities that the study goes on knowing: with these alone its times are bounds.
STILL_PLACED = ("青禾市急救中心直属一站", "汐湾县急救站", "松岭急救站")
WITHHELD = ("经度", "纬度", "坐标系", "误差公里")
HEADINGS = ("序号", "机构名称", "机构类别", "所在县区", "所属乡镇", "详细地址", "备注")
CITY = "青禾市"
# Where nobody of the tutorial stands: on the map for those that it has no place of.
UNPLACED = {"河西街道社区卫生服务中心": (114.2899, 19.8203)}


def facilities() -> pd.DataFrame:
    """The tutorial's own list, with its places."""
    path = find_study("tutorial").parent / "facilities.xlsx"
    return pd.read_excel(path, dtype=str, keep_default_na=False, engine="openpyxl")


def address_of(number: int, county: str, township: str) -> str:
    """An invented address; no two are alike."""
    return f"{CITY}{county}{township}无名路{number + 1}号"


def world() -> World:
    """Knows every facility of the tutorial that stands somewhere, by name and by address."""
    spots = []
    for number, row in enumerate(facilities().to_dict("records")):
        lon, lat = (row["经度"], row["纬度"]) if row["经度"] else UNPLACED.get(row["名称"], ("", ""))
        if lon:
            address = address_of(number, row["县区"], row["乡镇"])
            spots.append(Spot(row["名称"], float(lon), float(lat), row["县区"], row["乡镇"], address, CITY))
    return World(tuple(spots))


def write_unplaced(folder: Path) -> Path:
    """The tutorial without the places of its facilities but for :data:`STILL_PLACED`; the bureau's list beside it."""
    shutil.copytree(find_study("tutorial").parent, folder, dirs_exist_ok=True)
    path = folder / "facilities.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["设施"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, columns["名称"]).value not in STILL_PLACED:
            for heading in WITHHELD:
                sheet.cell(row, columns[heading]).value = None
            sheet.cell(row, columns["定位精度"]).value = "未定位"
    book.save(path)
    return write_list(folder / LIST)


def write_list(path: Path) -> Path:
    """What the bureau has: names as it writes them and addresses, a title, merged counties, a total; no coordinates."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "机构名单"
    sheet.append(["青禾市医疗卫生机构名单（虚构）"])
    sheet.append(list(HEADINGS))
    listed = facilities()
    listed = listed.assign(number=range(len(listed))).sort_values("县区", kind="stable")
    for i, row in enumerate(listed.to_dict("records")):
        name = row["名称"]
        if i % 4 == 0 and not name.startswith(("青禾", row["县区"])):
            name = f"{CITY}{row['县区']}{name}"
        name = name.replace("青禾市", "青禾市 ") if i % 7 == 0 else name
        address = address_of(row["number"], row["县区"], row["乡镇"])
        sheet.append([i + 1, name, row["类别"], row["县区"], row["乡镇"], address, "电话：０１２３"])
    first = 3
    for number in range(4, sheet.max_row + 2):
        if sheet.cell(number, 4).value != sheet.cell(first, 4).value:
            sheet.merge_cells(start_row=first, end_row=number - 1, start_column=4, end_column=4)
            first = number
    sheet.append(["合计", "", "", "", "", "", f"{len(listed)}家"])
    book.save(path)
    return path


if __name__ == "__main__":
    where = Path(sys.argv[1])
    listed_in = write_unplaced(where)
    with world_server(world()) as running:
        sys.stdout.writelines(f"export {name}='{value}'\n" for name, value in environment(running).items())
        asking = "--providers amap,tianditu -o placed --assess"
        sys.stdout.write(f"carereach geocode {listed_in} --study {where} {asking}\n")
        sys.stdout.flush()
        threading.Event().wait()
