"""A copy of the tutorial with its own three counties, large enough for blood storage points.

In each county the seat lies at one end, a secondary general hospital at the other, 30-50 km away by road, and beside it
a health centre. Seven units on the same ground have no two places so far apart.
"""

from __future__ import annotations

from every_rule_claims import Claim
from every_rule_content import GENERAL, Content
from every_rule_ground import Area, cells, degrees, far_spot, metres, spot

AREA = Area(
    "玉林市",
    {
        "北流市": (
            "白石镇", "中街街道", "河西街道", "北关街道", "河东街道", "新港街道", "柳桥镇", "长滩镇", "金田镇", "望湖镇"
        ),
        "容县": ("石塘乡", "汐城镇", "沙头镇", "盐田镇", "竹山镇", "双溪镇", "渔门镇", "月屿乡"),
        "博白县": ("松岭镇", "云城镇", "茶坪镇", "温泉镇", "铁厂镇", "北坪乡", "高岭乡", "雾谷乡"),
    },
    frozenset({"中街街道", "河西街道", "北关街道", "河东街道", "新港街道"}),
    {"北流市": 1_000_000, "容县": 500_000, "博白县": 500_000},
)  # fmt: skip
HOSPITAL = {"北流市": "金田镇", "容县": "双溪镇", "博白县": "温泉镇"}
LEAST_KM = 30.5


def build() -> Content:
    content = Content(AREA)
    for unit, names in AREA.units.items():
        seat = far_spot(names[0]) if unit == "北流市" else spot(names[0])
        content.cell("seats", unit, "lon", seat[0])
        content.cell("seats", unit, "lat", seat[1])
        town = HOSPITAL[unit]
        first, second = _just_so_far(town, seat)
        content.put(f"{unit}第二人民医院", GENERAL, town, first, level="二级乙等")
        content.put(f"{town}卫生院", "primary.township", town, second, level="一级甲等", run_by="township")
    content.say("telemedicine", content.places)
    content.sampling = [spot("中街街道")]
    return content


def _just_so_far(town: str, seat: tuple[float, float]) -> list[tuple[float, float]]:
    """The two populated places of a town that lie nearest to the seat, but no nearer than the least distance as the
    crow flies: no road is shorter than that."""
    here = cells()[cells()["township"] == town]
    at = metres(*seat)
    km = ((here["x"] - at.x) ** 2 + (here["y"] - at.y) ** 2) ** 0.5 / 1000
    chosen = here[km >= LEAST_KM].assign(km=km).sort_values("km", kind="stable").head(2)
    return [degrees(x, y) for x, y in chosen[["x", "y"]].itertuples(index=False)]


def claims() -> dict[tuple[str, str, str], Claim]:
    """One hospital in the band in each county, and no health centre without supply."""
    return {("YL-BLD-2", unit, ""): Claim(1, 1, True) for unit in AREA.units}
