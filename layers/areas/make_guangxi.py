"""Makes the data of the studies ``yulin`` and ``qinzhou`` from a folder of sources, which holds ``data/guangxi`` and
``plans``: ``python -m carereach.layers.areas.make_guangxi SOURCES [FOLDER]``.

Copies and cuts; the one thing added is where hospitals stand, and that only as the point of a seat, as ``README.md`` of
the studies says. ``study.toml`` and ``README.md`` are written by hand.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...files import read_text, write_text

Row = dict[str, str]


@dataclass(frozen=True)
class Area:
    """A prefecture: its folder, its name, and the county-level unit whose seat's point stands for the city's."""

    folder: str
    city: str
    city_seat: str


AREAS = (Area("yulin", "玉林市", "玉州区"), Area("qinzhou", "钦州市", "钦南区"))
WHOLE = ("highway_nodes.csv", "highway_edges.csv")
BY_COUNTY = ("county_population.csv", "county_seats.csv", "townships.csv")
FILES = (*WHOLE, *BY_COUNTY, "counties.geojson", "facilities.csv")
PLANS = {"000": "GX", "001": "QZD", "002": "YL", "003": "YLI", "004": "QZ"}
URBAN_LIST = "003"
CITY_KINDS = ("hospital.general", "hospital.tcm", "hospital.integrated")
COUNTY_HOSPITALS = ("人民医院", "中医医院", "中医院")
SEAT_UNCERTAINTY_KM = "3"
COLUMNS = (
    *("id", "name", "kind", "level", "run_by", "roles", "county", "township", "beds", "ambulances", "status"),
    *("lon", "lat", "precision", "uncertainty_km", "source", "parent", "beds_campus", "beds_authorised", "beds_2025"),
    *("beds_source", "level_target", "level_target_source", "roles_in_plan", "status_in_plan", "note"),
)
BEDS_TABLE = "QZ table 2"
AUTHORISED = re.compile(r"authorised now (\d+|none)")
# In the plan's table, but not in the note of facilities_named.csv.
ALSO_AUTHORISED = {"钦州市妇幼保健院安州院区": "600"}
AIMS = re.compile(r"(?:aims at|to be built to|to pass the) (tertiary A|tertiary|secondary A|secondary)\b")
# Where a plan says at which level an institution of a kind aims.
LEVEL_SECTIONS = {
    "hospital.general": "五(二)",
    "hospital.tcm": "五(三)2",
    "hospital.integrated": "五(三)2",
    "hospital.psychiatric": "五(四)6",
    "mch": "五(四)2",
}


def make(sources: Path, folder: Path) -> None:
    """Writes the :data:`FILES` of every area into its own folder under ``folder``."""
    guangxi = sources / "data" / "guangxi"
    named = _rows(sources / "plans" / "facilities_named.csv")
    outlines = json.loads(read_text(guangxi / "counties.geojson"))
    for area in AREAS:
        out = folder / area.folder
        cut = outlines | {"features": [f for f in outlines["features"] if f["properties"]["city_name"] == area.city]}
        counties = [f["properties"]["district_name"] for f in cut["features"]]
        write_text(out / "counties.geojson", json.dumps(cut, ensure_ascii=False) + "\n")
        for name in WHOLE:
            write_text(out / name, _plain(read_text(guangxi / name)))
        for name in BY_COUNTY:
            rows = [row for row in _rows(guangxi / name) if row["county"] in counties]
            write_text(out / name, _csv(rows, rows[0]))
        seats = {row["county"]: row for row in _rows(guangxi / "county_seats.csv")}
        institutions = [facility(row, area, seats) for row in named if row["city"] == area.city]
        write_text(out / "facilities.csv", _csv(institutions, COLUMNS))


def facility(named: Row, area: Area, seats: Mapping[str, Row]) -> Row:
    """One row of ``facilities.csv``: what the plans say of an institution, and the seat's point where one is taken.

    What a plan means to build may be open today, and the roles it gives are its goals: these stand in
    ``status_in_plan`` and ``roles_in_plan``, which no rule reads; ``status`` is "open" or, for these, unknown. A
    campus names its ``parent`` and has its beds in ``beds_campus``: the parent's ``beds`` are the total, and so are its
    ``beds_authorised`` (a dash in the plan's table: none). ``level`` is today's, which the plans do not say;
    ``level_target`` the one that they aim at, with the section that says it.
    """
    campus = re.search(r"(?:campus|branch) of ([^;]+)", named["note"])
    seat = None if campus else seat_of(named, area)
    point = seats.get(seat or "", {})
    beds = named["beds_now"] if named["status"] == "open" else ""
    authorised = AUTHORISED.search(named["note"])
    aims = AIMS.search(named["note"])
    in_table = BEDS_TABLE if any((beds, authorised, named["beds_2025"])) else ""
    return {
        "id": named["name"],
        "name": named["name"],
        "kind": named["kind"],
        "level": named["level"],
        "run_by": named["run_by"],
        "roles": "",
        "county": named["county"],
        "township": "",
        "beds": "" if campus else beds,
        "ambulances": "",
        "status": named["status"] if named["status"] == "open" else "",
        "lon": point.get("lon", ""),
        "lat": point.get("lat", ""),
        "precision": "seat" if point else "unlocated",
        "uncertainty_km": SEAT_UNCERTAINTY_KM if point else "",
        "source": cited(named["section"]),
        "parent": campus[1].strip() if campus else "",
        "beds_campus": beds if campus else "",
        "beds_authorised": authorised[1].replace("none", "0") if authorised else ALSO_AUTHORISED.get(named["name"], ""),
        "beds_2025": named["beds_2025"],
        "beds_source": in_table,
        "level_target": aims[1] if aims else "",
        "level_target_source": level_source(cited(named["section"]), named["kind"]) if aims else "",
        "roles_in_plan": named["roles"],
        "status_in_plan": named["status"],
        "note": cited(named["note"]),
    }


def seat_of(named: Row, area: Area) -> str | None:
    """The county-level unit at whose seat the institution is taken to stand; None where nothing tells.

    An open people's or TCM hospital of a county or county-level city: that county's. The city's own open general, TCM
    and integrated hospitals, and the hospitals that the official reading (YLI) lists as those of Yulin's urban area:
    the city's. The seat of an urban district is the city itself and tells nothing of where the district's hospitals
    are, so they have none.
    """
    if named["status"] != "open":
        return None
    county = named["county"]
    if county and not county.endswith("区"):
        return county if named["name"] in {county + ending for ending in COUNTY_HOSPITALS} else None
    if county:
        return None
    of_city = named["run_by"] == "city" and named["kind"] in CITY_KINDS
    in_town = URBAN_LIST in named["document"].split(";") and named["kind"].startswith(("hospital.", "mch"))
    return area.city_seat if of_city or in_town else None


def level_source(source: str, kind: str) -> str:
    """Of the sections that name an institution the one that sets its level."""
    for document in source.split(";"):
        plan, *sections = re.split(r"[ ,]+(?=§)", document.strip())
        for section in sections:
            if section.startswith(f"§{LEVEL_SECTIONS[kind]}"):
                return f"{plan} {section.partition(',')[0]}"
    raise ValueError(f"no section sets the level of {kind}: {source}")


def cited(text: str) -> str:
    """A citation with the plans' abbreviations (``YL §五(二)2``) in place of the numbers of their files."""
    return re.sub(r"\b00[0-4]\b", lambda found: PLANS[found[0]], text)


def _rows(path: Path) -> list[Row]:
    return list(csv.DictReader(io.StringIO(read_text(path), newline="")))


def _csv(rows: Iterable[Row], columns: Iterable[str]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def main() -> None:
    """Makes both studies' data in the second folder named on the command line, else where the package has it."""
    make(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent)


if __name__ == "__main__":
    main()
