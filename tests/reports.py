"""A hand-made report with every kind of block, in Chinese and English, to try the writers on."""

from __future__ import annotations

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from carereach.maps.report.blocks import (
    Bullets,
    Cell,
    Column,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Report,
    Section,
    Table,
    Tone,
)
from carereach.texts import Lang

TONES: tuple[Tone, ...] = ("met", "not met", "cannot tell")
TONE_WORDS: dict[Lang, tuple[str, str, str]] = {
    "en": ("met", "not met", "cannot tell"),
    "zh": ("达标", "未达标", "无法判定"),
}
COUNTIES: dict[Lang, tuple[str, ...]] = {
    "en": ("Yuzhou District", "Fumian District", "Rong County", "Luchuan County", "Bobai County", "Beiliu City"),
    "zh": ("玉州区", "福绵区", "容县", "陆川县", "博白县", "北流市"),
}
HOSTILE = (
    '#import "@preview/cetz:0.3.4": canvas',
    '#read("/etc/passwd")',
    "#pagebreak()",
    "$x^2 + alpha$",
    "*b*",
    "_i_",
    "@ref",
    "<label>",
    r"\u{1F600}",
    "`raw` ```raw```",
    "{{7*7}} {% raw %} ${7*7}",
    "// comment /* other */",
    "\"quotes\" 'single' “curly”",
    "= heading",
    "- item",
    "+ item",
    "/ term: what",
    "~ -- --- ...",
    "</w:t><script>alert(1)</script>",
    "=HYPERLINK(1)",
    "[content] #[x]",
)
"""Texts that would mean something to a typesetter, a template, a browser or a table, and must be read as they are."""


def write_picture(path: Path, *, width_in: float = 6.7, height_in: float = 4.0, dpi: int = 72) -> Path:
    """A PNG of that size with a few lines in it."""
    figure = Figure(figsize=(width_in, height_in), dpi=dpi)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.08, 0.12, 0.88, 0.82))
    axes.plot([0, 10, 20, 30, 45, 60], [0.0, 22.0, 51.0, 74.0, 91.0, 97.0])
    axes.grid(visible=True, linewidth=0.3)
    figure.savefig(path, metadata={"Software": "carereach"})
    return path


def sample_report(folder: Path, lang: Lang = "en") -> Report:
    """A short report with all kinds of blocks; its picture is written to ``folder``."""
    picture = write_picture(folder / "curve.png")
    return _english(picture) if lang == "en" else _chinese(picture)


def verdict_table(lang: Lang, rows: int = 6) -> Table:
    """Rows of verdicts in turn, with numbers and units."""
    heads = {
        "en": ("County", "Rule", "Residents inside (%)", "Needed (%)", "Verdict"),
        "zh": ("县（市、区）", "规划条款", "覆盖人口（%）", "要求（%）", "判定"),
    }[lang]
    rule = {"en": "Ambulance within 15 minutes for 90 % of residents", "zh": "90% 居民 15 分钟内可得到院前急救服务"}
    columns = (
        Column(heads[0], 1.2),
        Column(heads[1], 2.4),
        Column(heads[2], 1.0, numeric=True),
        Column(heads[3], 0.9, numeric=True),
        Column(heads[4], 1.1),
    )
    names = COUNTIES[lang]
    table_rows = tuple(
        (
            Cell(names[i % len(names)], "strong" if i % len(names) == 0 else ""),
            Cell(rule[lang]),
            Cell(f"{97.3 - 1.7 * (i % 30):.1f}"),
            Cell("90.0"),
            Cell(TONE_WORDS[lang][i % 3], TONES[i % 3]),
        )
        for i in range(rows)
    )
    captions: dict[Lang, str] = {"en": "Verdicts by county", "zh": "各县（市、区）判定结果"}
    return Table(columns, table_rows, captions[lang])


def hostile_report(folder: Path, lang: Lang = "en", texts: tuple[str, ...] = HOSTILE) -> Report:
    """A report that has each of ``texts`` at every place where a text of a study may come."""
    picture = write_picture(folder / "curve.png")
    first = texts[0]
    columns = (Column(first), Column("n", 0.5, numeric=True), Column("x" * 60, 0.5))
    rows = tuple((Cell(hard), Cell("1"), Cell(hard, TONES[i % 3])) for i, hard in enumerate(texts))
    blocks = (
        Heading(texts[-1]),
        Heading(first, 3),
        *(Paragraph(hard) for hard in texts),
        Bullets(texts),
        Table(columns, rows, first),
        Picture(picture, first, first, 0.5),
    )
    facts = tuple((hard, hard) for hard in texts[:4])
    return Report(first, texts[-1], facts, (Section("summary", first, blocks),), lang)


def _english(picture: Path) -> Report:
    note = Paragraph("Screening: a modelled layer decides these results.", "note")
    summary = Section(
        "summary",
        "Summary",
        (
            Paragraph("Of 12 goals, 7 are met, 3 are not met and 2 cannot be told with the data at hand.", "lead"),
            Paragraph("Travel times follow the road network; each verdict holds at low, central and high speeds."),
            Bullets(("Rong County lacks one ambulance station.", "Bobai County meets the goal at high speeds only.")),
            note,
        ),
    )
    verdicts = Section(
        "verdicts",
        "Verdicts",
        (
            Heading("Emergency care"),
            verdict_table("en"),
            Heading("How to read the table", 3),
            Paragraph("A share counts the residents whose nearest station is within the limit."),
        ),
    )
    maps = Section(
        "maps",
        "Maps",
        (
            PageBreak(),
            Picture(picture, "Residents reached within a time", "A curve that rises from 0 to 97 %", 0.9),
        ),
    )
    facts = (("Study", "Yulin, Guangxi"), ("Plan", "Health services 2021–2025"), ("Date of the data", "2024-11-01"))
    return Report("How far care reaches: Yulin", "An assessment", facts, (summary, verdicts, maps), "en")


def _chinese(picture: Path) -> Report:
    summary = Section(
        "summary",
        "摘要",
        (
            Paragraph("12 项目标中，7 项达标，3 项未达标，2 项以现有数据无法判定。", "lead"),
            Paragraph("出行时间按道路网络计算；每项判定分别按低、中、高三种车速检验，结果一致才作结论。"),
            Bullets(("容县缺少一个急救站。", "博白县仅在高车速下达标，建议先核实道路限速。")),
            Paragraph("初筛：这些结果取决于模型推算或假设的图层。", "note"),
        ),
    )
    verdicts = Section(
        "verdicts",
        "判定结果",
        (
            Heading("院前急救"),
            verdict_table("zh"),
            Heading("表格读法", 3),
            Paragraph("覆盖人口指最近急救站在时限内可到达的常住人口所占比例。"),
        ),
    )
    maps = Section(
        "maps",
        "地图",
        (PageBreak(), Picture(picture, "各时限内可到达的人口", "曲线从 0 升至 97%", 0.9)),
    )
    facts = (("研究区", "广西壮族自治区玉林市"), ("规划", "“十四五”卫生健康发展规划"), ("数据日期", "2024-11-01"))
    return Report("医疗服务可及范围：玉林市", "空间目标评估报告", facts, (summary, verdicts, maps), "zh")
