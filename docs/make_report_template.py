"""Makes the Word templates that carereach brings along: maps/report/assets/report_zh.docx and report_en.docx.

Run it after a change here: .venv/bin/python docs/make_report_template.py
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from docx import Document
from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from carereach.maps.report.word import UNSTEADY, frozen

ASSETS = Path(__file__).parent.parent / "maps/report/assets"
MARGIN, WIDTH = 1417, 11906 - 2 * 1417  # 2.5 cm and the text's width on A4, in twips
GREY, RULE, LIGHT_RULE, HEAD = "595959", "8C8C8C", "BFBFBF", "E9EEF3"


@dataclass(frozen=True)
class Look:
    """How one language's report looks: fonts (Latin, Chinese), sizes in half points, words of the template."""

    body: tuple[str, str]
    head: tuple[str, str]
    bold_heads: bool
    size: int
    line: str
    indent: str
    contents: str
    page: tuple[str, str, str]
    levels: tuple[tuple[str, str], ...]


LOOKS = {
    "zh": Look(
        body=("Times New Roman", "宋体"),
        head=("Arial", "黑体"),
        bold_heads=False,
        size=24,
        line='w:line="400" w:lineRule="exact"',  # 20 points, as Chinese reports have it
        indent='<w:ind w:firstLineChars="200" w:firstLine="480"/>',
        contents="目录",
        page=("第 ", " 页　共 ", " 页"),
        levels=(("chineseCountingThousand", "%1、"), ("chineseCountingThousand", "（%2）"), ("decimal", "%3.")),
    ),
    "en": Look(
        body=("Calibri", "宋体"),
        head=("Calibri", "黑体"),
        bold_heads=True,
        size=22,
        line='w:line="276" w:lineRule="auto"',
        indent="",
        contents="Contents",
        page=("Page ", " of ", ""),
        levels=(("decimal", "%1"), ("decimal", "%1.%2"), ("decimal", "%1.%2.%3")),
    ),
}


def fonts(names: tuple[str, str]) -> str:
    latin, chinese = names
    return f'<w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:eastAsia="{chinese}" w:cs="{latin}"/>'


def size(half_points: int) -> str:
    return f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'


def style(
    name: str, paragraph: str = "", run: str = "", *, kind: str = "paragraph", based: str = "Normal", rest: str = ""
) -> str:
    """A style; ``paragraph`` and ``run`` are what stands in its pPr and rPr, in the order of the schema."""
    identity = name.replace(" ", "")
    known = name.casefold() if name.startswith(("Heading", "TOC", "Caption", "Normal")) else name
    default = ' w:default="1"' if name in ("Normal", "Default Paragraph Font", "Table Normal") else ""
    base = f'<w:basedOn w:val="{based.replace(" ", "")}"/>' if based and not default else ""
    following = '<w:next w:val="BodyText"/>' if name.startswith("Heading") else ""
    own = ' w:customStyle="1"' if name.startswith("Report") else ""
    return (
        f'<w:style {nsdecls("w")} w:type="{kind}"{default}{own} w:styleId="{identity}"><w:name w:val="{known}"/>{base}'
        f"{following}<w:qFormat/>"
        + (f"<w:pPr>{paragraph}</w:pPr>" if paragraph else "")
        + (f"<w:rPr>{run}</w:rPr>" if run else "")
        + f"{rest}</w:style>"
    )


def spacing(before: int, after: int, line: str = 'w:line="240" w:lineRule="auto"') -> str:
    return f'<w:spacing w:before="{before}" w:after="{after}" {line}/>'


def border(side: str, width: int, colour: str) -> str:
    return f'<w:{side} w:val="single" w:sz="{width}" w:space="0" w:color="{colour}"/>'


def cell_margins(high: int, wide: int) -> str:
    sides = (("top", high), ("left", wide), ("bottom", high), ("right", wide))
    made = "".join(f'<w:{side} w:w="{each}" w:type="dxa"/>' for side, each in sides)
    return f"<w:tblCellMar>{made}</w:tblCellMar>"


def styles(look: Look) -> list[str]:
    """All styles of the report."""
    head, bold = fonts(look.head), "<w:b/>" if look.bold_heads else ""
    small = look.size - 4

    def heading(level: int, points: int, before: int) -> str:
        numbers = f'<w:numPr><w:ilvl w:val="{level - 1}"/><w:numId w:val="1"/></w:numPr>'
        place = f'<w:keepNext/><w:keepLines/>{numbers}{spacing(before, 120)}<w:outlineLvl w:val="{level - 1}"/>'
        return style(f"Heading {level}", place, f"{head}{bold}{size(points)}")

    def contents(level: int) -> str:
        gap = 40 if level == 1 else 10  # twentieths of a point: the contents of a prefecture stay on one page
        tabs = f'<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{WIDTH}"/></w:tabs>'
        return style(
            f"TOC {level}",
            f'{tabs}{spacing(gap, gap)}<w:ind w:left="{(level - 1) * 420}"/>',
            size(look.size - 2),
        )

    borders = border("top", 8, RULE) + border("bottom", 8, RULE) + border("insideH", 4, LIGHT_RULE)
    table = (
        f"<w:tblPr><w:tblBorders>{borders}</w:tblBorders>{cell_margins(25, 85)}</w:tblPr>"
        f'<w:tblStylePr w:type="firstRow"><w:tcPr><w:tcBorders>{border("bottom", 8, RULE)}</w:tcBorders>'
        f'<w:shd w:val="clear" w:color="auto" w:fill="{HEAD}"/><w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr>'
    )
    return [
        style("Normal"),
        style("Default Paragraph Font", kind="character"),
        style(
            "Table Normal",
            kind="table",
            rest=f'<w:tblPr><w:tblInd w:w="0" w:type="dxa"/>{cell_margins(0, 108)}</w:tblPr>',
        ),
        style("Body Text", f"<w:widowControl/>{spacing(0, 80, look.line)}{look.indent}"),
        style("Report Lead", f"{spacing(60, 120, look.line)}", f"{head}{size(look.size + 2)}"),
        style("Report Note", spacing(40, 100), f'<w:color w:val="{GREY}"/>{size(small)}'),
        style("Title", f'{spacing(2400, 240)}<w:jc w:val="center"/>', f"{head}{bold}{size(44)}"),
        style("Subtitle", f'{spacing(0, 1200)}<w:jc w:val="center"/>', f'{head}<w:color w:val="{GREY}"/>{size(28)}'),
        heading(1, 32, 400),
        heading(2, 28, 240),
        heading(3, 24, 200),
        style(
            "Report Contents Heading",
            f'<w:pageBreakBefore/>{spacing(0, 240)}<w:jc w:val="center"/>',
            f"{head}{bold}{size(32)}",
        ),
        contents(1),
        contents(2),
        style("Caption", f'<w:keepLines/>{spacing(120, 80)}<w:jc w:val="center"/>', f"{head}{size(small)}"),
        style(
            "List Bullet",
            f'<w:numPr><w:numId w:val="2"/></w:numPr>{spacing(0, 40, look.line)}',
        ),
        style("Report Picture", f'<w:keepNext/>{spacing(160, 40)}<w:jc w:val="center"/>'),
        style("Report Cell", spacing(10, 10), size(18)),
        style("Report Heading Cell", f"<w:keepNext/>{spacing(10, 10)}", f"{head}{bold}{size(18)}"),
        style("Report Space", spacing(0, 0, 'w:line="160" w:lineRule="exact"'), size(12)),
        style("Report Fact", spacing(60, 60), size(look.size)),
        style(
            "header",
            f'<w:pBdr><w:bottom w:val="single" w:sz="4" w:space="4" w:color="{RULE}"/></w:pBdr><w:jc w:val="center"/>',
            f'<w:color w:val="{GREY}"/>{size(18)}',
        ),
        style("footer", '<w:jc w:val="center"/>', f'<w:color w:val="{GREY}"/>{size(18)}'),
        style("Report Table", kind="table", based="Table Normal", rest=table),
    ]


def numbering(look: Look) -> str:
    """Headings count (一、（一）1. or 1, 1.1, 1.1.1), points have a dot."""
    levels = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:pStyle w:val="Heading{at + 1}"/>'
        f'<w:suff w:val="{"nothing" if kind != "decimal" else "space"}"/><w:lvlText w:val="{pattern}"/>'
        '<w:lvlJc w:val="left"/><w:pPr><w:ind w:left="0" w:firstLine="0"/></w:pPr></w:lvl>'
        for at, (kind, pattern) in enumerate(look.levels)
    )
    dot = (
        '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:pStyle w:val="ListBullet"/>'
        '<w:lvlText w:val="•"/><w:lvlJc w:val="left"/><w:pPr><w:ind w:left="420" w:hanging="420"/></w:pPr></w:lvl>'
    )
    return (
        f'<w:numbering {nsdecls("w")}><w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="multilevel"/>{levels}'
        '</w:abstractNum><w:abstractNum w:abstractNumId="1"><w:multiLevelType w:val="hybridMultilevel"/>'
        f"{dot}</w:abstractNum>"
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
        "</w:numbering>"
    )


def run(shown: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{shown}</w:t></w:r>'


def paragraph(name: str, content: str, more: str = "") -> str:
    return f'<w:p {nsdecls("w")}><w:pPr><w:pStyle w:val="{name}"/>{more}</w:pPr>{content}</w:p>'


def field(code: str) -> str:
    return f'<w:fldSimple w:instr=" {code} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'


def facts() -> str:
    """The table of the title page: one row for each fact."""
    label, value = 2400, 5200
    lines = border("bottom", 4, LIGHT_RULE) + border("insideH", 4, LIGHT_RULE)

    def row(*cells: str) -> str:
        made = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{paragraph("ReportFact", run(cell))}</w:tc>'
            for cell, width in zip(cells, (label, value), strict=True)
        )
        return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{made}</w:tr>"

    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="TableNormal"/><w:tblW w:w="{label + value}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblBorders>{lines}</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr>'
        f'<w:tblGrid><w:gridCol w:w="{label}"/><w:gridCol w:w="{value}"/></w:tblGrid>'
        + row("{%tr for fact in facts %}", "")
        + row("{{ fact.label }}", "{{ fact.value }}")
        + row("{%tr endfor %}", "")
        + "</w:tbl>"
    )


def make(lang: str) -> bytes:
    """The template's file, the same bytes each time."""
    look = LOOKS[lang]
    document = Document()
    package = document.part.package
    for key, rel in list(package.rels.items()):
        if rel.reltype.endswith("/thumbnail"):
            del package.rels[key]
    for key, rel in list(document.part.rels.items()):
        if rel.reltype.endswith(("/customXml", "/stylesWithEffects", "/webSettings")):
            del document.part.rels[key]
    _set_styles(document, look)
    _set_settings(document)
    body = document.element.body
    for each in list(body)[:-1]:
        body.remove(each)
    parts = (
        paragraph("Title", run("{{ title }}")),
        paragraph("Subtitle", run("{{ subtitle }}")),
        facts(),
        paragraph("ReportContentsHeading", run(look.contents)),
        paragraph("Normal", run("{{p contents }}")),
        paragraph("Normal", run("{{ body }}"), "<w:pageBreakBefore/>"),
    )
    for part in reversed(parts):
        body.insert(0, parse_xml(part))
    _set_page(document, look)
    _set_properties(document, lang)
    return frozen(document)


def _set_styles(document: WordDocument, look: Look) -> None:
    root = document.styles.element
    for each in root.findall(qn("w:style")):
        root.remove(each)
    defaults = root.find(qn("w:docDefaults"))
    made = (
        f"<w:docDefaults {nsdecls('w')}><w:rPrDefault><w:rPr>{fonts(look.body)}{size(look.size)}"
        '<w:lang w:val="en-GB" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault><w:pPrDefault/>'
        "</w:docDefaults>"
    )
    root.replace(defaults, parse_xml(made))
    for each in styles(look):
        root.append(parse_xml(each))
    numbers = next(rel for rel in document.part.rels.values() if rel.reltype == RELATIONSHIP_TYPE.NUMBERING).target_part
    numbers._element = parse_xml(numbering(look))


def _set_settings(document: WordDocument) -> None:
    root = parse_xml(
        f'<w:settings {nsdecls("w")}><w:zoom w:percent="100"/><w:hideSpellingErrors/><w:hideGrammaticalErrors/>'
        '<w:defaultTabStop w:val="420"/><w:characterSpacingControl w:val="compressPunctuation"/><w:compat>'
        '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
        '</w:compat><w:themeFontLang w:val="en-GB" w:eastAsia="zh-CN"/><w:decimalSymbol w:val="."/>'
        '<w:listSeparator w:val=","/></w:settings>'
    )
    document.part._settings_part._element = root


def _set_page(document: WordDocument, look: Look) -> None:
    section = document.sections[0]
    old = section._sectPr
    new = parse_xml(
        f'<w:sectPr {nsdecls("w")}><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="{MARGIN}" w:right="{MARGIN}" '
        f'w:bottom="{MARGIN}" w:left="{MARGIN}" w:header="794" w:footer="794" w:gutter="0"/><w:cols w:space="720"/>'
        "<w:titlePg/></w:sectPr>"
    )
    old.getparent().replace(old, new)
    section = document.sections[0]
    before, between, after = look.page
    pages = run(before) + field("PAGE") + run(between) + field("NUMPAGES") + (run(after) if after else "")
    for part, content in ((section.header, run("{{ title }}")), (section.footer, pages)):
        part.is_linked_to_previous = False
        root = part._element
        for each in list(root):
            root.remove(each)
        name = "header" if content.startswith("<w:r>") and "title" in content else "footer"
        root.append(parse_xml(paragraph(name, content)))


def _set_properties(document: WordDocument, lang: str) -> None:
    properties = document.core_properties
    properties.author, properties.title, properties.comments, properties.keywords = "carereach", "", "", ""
    properties.language = {"zh": "zh-CN", "en": "en-GB"}[lang]
    root = properties._element
    for tag in UNSTEADY:
        for each in root.findall(qn(tag)):
            root.remove(each)


def main(folder: Path) -> None:
    """Writes both templates into ``folder``."""
    for lang in LOOKS:
        (folder / f"report_{lang}.docx").write_bytes(make(lang))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ASSETS)
