"""A small study in which every text that somebody can write is an attack on one of the outputs."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from good_study import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    feature,
    lines,
    node_places,
    osm,
    polygon,
    residents,
    write_geojson,
    write_raster,
)

LONG = "长名" * 50 + "x" * 100  # 200 characters without a space
MARK = "window.hit=1"
TEXTS = (
    f"<img src=x onerror={MARK}>",
    f"</script><script>{MARK}</script>",
    f"</textarea><svg onload={MARK}>",
    "{{7*7}}",
    "{% raise %}",
    "{%p for a in b %}",
    "{#note#}",
    "${process.env}",
    f"`${{{MARK}}}`",
    "`x`",
    '=HYPERLINK("http://x","y")',
    "+1",
    "-2+3",
    "@SUM(1)",
    "＝1+1",
    "'=1",
    '#import "x"',
    "#panic()",
    "$alpha$",
    r"$\alpha$ \frac{1}{2}",
    "_a_ *b* ~c~ <d> @e",
    "]]>",
    "<![CDATA[x",
    "<!-- x",
    "&amp; &lt;b&gt; &#x41;",
    "%s %d %(a)s 100%",
    "{name} {0} {}",
    "x'; DROP TABLE counties; --",
    "\"quoted\" 'twice'",
    "back\\slash \\n \\u0041",
    "javascript:alert(1)",
    "[red]rich[/red]",
    "\u202ereversed",
    "a\u200bb\u00adc",
    "🚑 emoji 👨‍👩‍👧",
    "𠮷野家",
    "龘䶮㑇",
    "עברית العربية ไทย",
    "nan",
    "None",
    "inf",
    "1e5",
    "007",
    "TRUE",
    "2024-01-01",
    "县" * 30,
    LONG,
)
COUNTIES = tuple(TEXTS[i] for i in (0, 3, 7, 10, 16, 19, 24, 46))
TOWNSHIPS = tuple(
    TEXTS[i] for i in (1, 2, 4, 5, 8, 9, 11, 13, 14, 17, 18, 20, 21, 22, 25, 26, 27, 32, 34, 35, 38, 42, 45, 46)
)
COLUMNS = ("id", "name", "kind", "county", "township", "lon", "lat", "status", "uncertainty_km", "beds", "ambulances",
           "level", "source")  # fmt: skip
FOLDER = "评估 目录 {{7*7}} %s"
TITLE, NOTE, SOURCE, LICENCE = TEXTS[0] + "\u202e", TEXTS[8], TEXTS[1], TEXTS[10]
PLAN_TITLE, RULE_TITLE, DOCUMENT, RULE_NOTE = TEXTS[3], "\u200b" + TEXTS[7], TEXTS[16], TEXTS[19]


def quoted(text: str) -> str:
    """A TOML string."""
    return json.dumps(text, ensure_ascii=True)


def words(text: str) -> str:
    return f"{{ zh = {quoted(text)}, en = {quoted(text)} }}"


def study_file() -> str:
    about = f"source = {quoted(SOURCE)}\nlicence = {quoted(LICENCE)}\ndate = {quoted(TEXTS[3])}\n"
    return f"""\
name = {quoted(TITLE)}
title = {words(TITLE)}
note = {words(NOTE)}
plans = ["plan.toml"]

[boundaries]
path = "counties.geojson"
{about}
[townships]
path = "townships.geojson"
{about}
[[facilities]]
path = "facilities.csv"
complete_kinds = ["ems.station"]
{about}
[roads]
path = "roads.osm"
{about}
[people]
path = "people.tif"
{about}
[zones]
method = "polygon"
path = "zones.geojson"

[stations.assumption]
zh = {quoted(TEXTS[8])}
en = {quoted(TEXTS[8])}

[speeds]
source = {quoted(TEXTS[7])}

[growth]
year = {{ 2030 = 1.1 }}
source = {quoted(TEXTS[3])}
"""


def rule(number: int, kind: str, rest: str) -> str:
    return f"""
[[rule]]
id = {quoted(f"H-{number} " + TEXTS[number])}
title = {words(TEXTS[number] + " " + RULE_TITLE)}
section = {quoted(TEXTS[number + 3])}
document = {quoted(DOCUMENT)}
note = {words(RULE_NOTE)}
kind = "{kind}"
{rest}
"""


def plan_file() -> str:
    names = "[" + ", ".join(quoted(text) for text in TEXTS[:6]) + "]"
    head = f"id = {quoted('p ' + PLAN_TITLE)}\ntitle = {words(PLAN_TITLE)}\ndocument = {quoted(DOCUMENT)}\n"
    return (
        head
        + "".join(
            (
                rule(0, "response-time", 'per = "county"\nthreshold = { less_than = 6 }'),
                rule(3, "response-time", 'zone = "urban"\nthreshold = { less_than = 12 }'),
                rule(
                    7,
                    "count-per-unit",
                    'per = "township"\nfacilities = { kinds = ["primary.township"] }\nthreshold = { at_least = 1 }',
                ),
                rule(
                    10,
                    "share",
                    'facilities = { kinds = ["hospital.general"] }\n'
                    f"having = {{ table = {quoted(TEXTS[0])}, column = {quoted(TEXTS[3])} }}\n"
                    "threshold = { at_least = 1 }",
                ),
                rule(
                    13,
                    "grade",
                    "targets = ["
                    + ", ".join(f'{{ name = {n}, level = "tertiary A" }}' for n in map(quoted, TEXTS[:4]))
                    + "]",
                ),
                rule(16, "membership", f'facilities = {{ names = {names} }}\nhaving = {{ role = "ems.network" }}'),
                rule(
                    19,
                    "ratio",
                    'per = "county"\namount = { facilities = { kinds = ["hospital.general"] }, column = "beds" }\n'
                    'per_each = { each = 1000, population = "resident" }\nthreshold = { at_least = 4 }',
                ),
            )
        )
        + (
            f"\n[[baseline]]\ntitle = {words(TEXTS[0])}\n"
            f'facilities = {{ kinds = ["primary.township"] }}\ncount = 57\nyear = 2020\n'
            f"section = {quoted(TEXTS[3])}\nnote = {words(TEXTS[7])}\n"
        )
    )


def squares(names: tuple[str, ...], columns: int, rows: int) -> list[tuple[str, float, float, float, float]]:
    """Each name with its rectangle of a grid over the study, from the south-west."""
    wide, high = (EAST - WEST) / columns, (NORTH - SOUTH) / rows
    return [
        (
            name,
            WEST + i % columns * wide,
            SOUTH + i // columns * high,
            WEST + (i % columns + 1) * wide,
            SOUTH + (i // columns + 1) * high,
        )
        for i, name in enumerate(names)
    ]


def facilities() -> str:
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    kinds = ("急救站", "综合医院", "乡镇卫生院", "固定献血点")
    counties = squares(COUNTIES, 4, 2)
    for i, name in enumerate(TEXTS):
        county, west, south, *_ = counties[i % 8]
        lon, lat = west + 0.006 + 0.006 * (i // 8), south + 0.011 + 0.004 * (i % 5)
        beds, level = (str(100 + i), "二级") if i % 4 == 1 else ("", "")
        table.writerow(
            [
                f"f{i} {name}"[:180],
                name,
                kinds[i % 4],
                county,
                "",
                f"{lon:.4f}",
                f"{lat:.4f}",
                "open",
                "0.1",
                beds,
                "3",
                level,
                TEXTS[-1 - i],
            ]
        )
    return out.getvalue()


def write_hostile_study(folder: Path) -> Path:
    """Writes the study into ``folder`` and returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    named = osm(node_places(), lines())
    for text in TEXTS[:10]:
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
        named = named.replace('v="secondary"/></way>', f'v="secondary" /><tag k="name" v="{escaped}"/></way>', 1)
    texts = {"study.toml": study_file(), "plan.toml": plan_file(), "facilities.csv": facilities(), "roads.osm": named}
    for name, content in texts.items():
        (folder / name).write_text(content, encoding="utf-8")
    counties = squares(COUNTIES, 4, 2)
    write_geojson(folder / "counties.geojson", [feature(polygon(*box), county=name) for name, *box in counties])
    townships = []
    for i, (county, west, south, east, north) in enumerate(counties):
        wide = (east - west) / 3
        for j in range(3):
            box = polygon(west + j * wide, south, west + (j + 1) * wide, north)
            townships.append(feature(box, county=county, township=TOWNSHIPS[3 * i + j]))
    write_geojson(folder / "townships.geojson", townships)
    write_geojson(folder / "zones.geojson", [feature(polygon(110.01, 22.51, 110.05, 22.55), name=TEXTS[0])])
    write_raster(folder / "people.tif", residents())
    return folder
