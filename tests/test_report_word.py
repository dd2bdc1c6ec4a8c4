"""The report as a Word document: its content, hostile texts, a bureau's own template and what can be wrong with it."""

from __future__ import annotations

import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import matplotlib.image
import numpy as np
import pytest
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from carereach import files
from carereach.errors import InputError
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
)
from carereach.maps.report.word import write_word
from carereach.maps.report.word_styles import chinese
from carereach.maps.report.word_tags import SECTIONS, TAGS, names_of
from carereach.maps.report.word_template import check_template, read_template
from carereach.maps.report.word_text import legal

ROOT = Path(__file__).parent.parent
HOSTILE = (
    "{{7*7}}",
    "{{ title }}",
    "{% for x in facts %}",
    "{#",
    "{_{7*7}_}",
    "{_% raw %_}",
    "<w:p>&lt;b&gt;</w:p>",
    "]]>",
    "=1+1",
    "${document.title}",
    "a\u202eb\u200fc\u2066d",
    "西安市" * 70,
    "x" * 200,
    " two  spaces ",
    "line\nfeed\ttab",
    "𠮷 \ue000 \ue000title\ue000",
    "`r`",
)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PNG of 300 x 200 pixels at 300 dpi: 1 inch wide."""
    path = tmp_path_factory.mktemp("picture") / "a.png"
    matplotlib.image.imsave(path, np.zeros((200, 300)), dpi=300)
    return path


def report(lang: Any = "en", picture: Path | None = None, **changes: Any) -> Report:
    """A small report with every kind of block."""
    columns = (Column("county", 1), Column("minutes", 0.5, numeric=True), Column("verdict", 1))
    rows = (
        (Cell("Rong"), Cell("12.5"), Cell("met", "met")),
        (Cell("Luchuan"), Cell("31.0"), Cell("not met", "not met")),
        (Cell("Bobai", "strong"), Cell("—"), Cell("cannot tell", "cannot tell")),
    )
    shown = () if picture is None else (Picture(picture, "Minutes", "a map of minutes", 0.5),)
    sections = (
        Section("summary", "Summary", (Paragraph("Short.", "lead"), Paragraph("Long."), Bullets(("one", "two")))),
        Section("verdicts", "Verdicts", (Heading("By county"), Table(columns, rows, "Verdicts by county"))),
        Section(
            "counties", "Counties", (Heading("Rong"), Heading("Details", 3), PageBreak(), Heading("Bobai"), *shown)
        ),
        Section("ledger", "Ledger", (Paragraph("All counted.", "note"), Table(columns, rows))),
    )
    made = Report("Reach of care", "Yulin", (("study", "yulin"), ("date", "2025")), sections, lang)
    return replace(made, **changes)


def of_text(*texts: str) -> Report:
    """A report that has ``texts`` in every place where a text can stand."""
    blocks = tuple(
        block
        for text in texts
        for block in (
            Heading(text),
            Paragraph(text),
            Bullets((text,)),
            Table((Column(text),), ((Cell(text, "met"),),), text),
        )
    )
    sections = (Section("summary", texts[0], blocks),)
    return Report(texts[0], texts[-1], tuple((text, text) for text in texts), sections, "en")


def template(path: Path, *paragraphs: str, change: Callable[[Any], None] | None = None) -> Path:
    """A bureau's template with these paragraphs, as Word itself would save it with its own styles."""
    document = docx.Document()
    for each in paragraphs:
        document.add_paragraph(each)
    if change is not None:
        change(document)
    document.save(str(path))
    return path


def texts_of(path: Path) -> list[str]:
    """The texts of all paragraphs in order, those in tables too."""
    body = docx.Document(str(path)).element.body
    signs = {qn("w:br"): "\n", qn("w:tab"): "\t"}
    shown = [[signs.get(each.tag, each.text or "") for each in p.iter(qn("w:t"), *signs)] for p in body.iter(qn("w:p"))]
    return ["".join(each) for each in shown]


def problems(path: Path) -> list[str]:
    """What is wrong with a template, in both languages; each names the file and says the way out."""
    with pytest.raises(InputError) as caught:
        check_template(path)
    for problem in caught.value.problems:
        assert problem.file == path.name
        for lang in ("zh", "en"):
            assert len(problem.line(lang)) > 40  # type: ignore[arg-type]
    return [problem.line() for problem in caught.value.problems]


# --- carereach's own template ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "numbers"), [("en", ["1 ", "2 ", "2.1 "]), ("zh", ["一、", "二、", "（一）"])])
def test_the_document_says_what_the_report_says(tmp_path: Path, picture: Path, lang: str, numbers: list[str]) -> None:
    path = write_word(report(lang, picture), tmp_path / "report.docx")
    document = docx.Document(str(path))
    styles = [(p.style.name, p.text) for p in document.paragraphs if p.text]  # type: ignore[union-attr]
    assert ("Title", "Reach of care") in styles
    assert ("Subtitle", "Yulin") in styles
    assert ("Body Text", "Long.") in styles
    assert ("Report Lead", "Short.") in styles
    assert ("Report Note", "All counted.") in styles
    assert [text for name, text in styles if name == "List Bullet"] == ["one", "two"]
    assert [text for name, text in styles if name == "Heading 1"] == ["Summary", "Verdicts", "Counties", "Ledger"]
    assert [text for name, text in styles if name == "Heading 2"] == ["By county", "Rong", "Bobai"]
    assert [text for name, text in styles if name == "Heading 3"] == ["Details"]
    facts = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert facts == [["study", "yulin"], ["date", "2025"]]
    contents = [p.text for p in document.paragraphs if p.style.name.startswith("toc")]  # type: ignore[union-attr]
    assert contents[:3] == [numbers[0] + "Summary", numbers[1] + "Verdicts", numbers[2] + "By county"]
    assert len(contents) == 7  # four chapters and three headings below them; not the third level
    assert document.core_properties.title == "Reach of care"
    assert document.core_properties.language == {"zh": "zh-CN", "en": "en-GB"}[lang]
    header = document.sections[0].header._element
    assert "".join(each.text for each in header.iter(qn("w:t"))) == "Reach of care"


def test_entries_of_the_contents_lead_to_their_headings(tmp_path: Path) -> None:
    body = docx.Document(str(write_word(report(), tmp_path / "report.docx"))).element.body
    anchors = [each.get(qn("w:anchor")) for each in body.iter(qn("w:hyperlink"))]
    marks = {each.get(qn("w:name")): each.getparent() for each in body.iter(qn("w:bookmarkStart"))}
    assert len(anchors) == len(set(anchors)) == 7
    assert [marks[each].style for each in anchors] == ["Heading1", "Heading1", "Heading2", "Heading1"] + [
        "Heading2"
    ] * 2 + ["Heading1"]
    kinds = [each.get(qn("w:fldCharType")) for each in body.iter(qn("w:fldChar"))]
    assert kinds == ["begin", "separate", "end"]
    assert not list(docx.Document(str(tmp_path / "report.docx")).settings.element.iter(qn("w:updateFields")))


def test_tables_repeat_their_heading_and_say_verdicts_in_words_and_colour(tmp_path: Path) -> None:
    document = docx.Document(str(write_word(report(), tmp_path / "report.docx")))
    table = document.tables[1]
    first, *rows = table._tbl.tr_lst
    assert first.trPr.find(qn("w:tblHeader")) is not None
    assert all(row.trPr.find(qn("w:cantSplit")) is not None for row in (first, *rows))
    assert [cell.text for cell in table.rows[2].cells] == ["Luchuan", "31.0", "not met"]
    aligned = [cell.paragraphs[0].paragraph_format.alignment for cell in table.rows[1].cells]
    assert [each is not None and each.name == "RIGHT" for each in aligned] == [False, True, False]
    fills = [[shade.get(qn("w:fill")) for shade in row.iter(qn("w:shd"))] for row in rows]
    assert fills == [["DDF3E9"], ["FBE3D6"], ["ECECEC"]]
    # A4 less 2.5 cm on both sides is 9072 twips; shares of 1, 0.5 and 1 of it are 3629, 1814 and 3629
    assert [int(each.get(qn("w:w"))) for each in table._tbl.tblGrid.gridCol_lst] == [3629, 1814, 3629]
    assert "Table 1. Verdicts by county" in texts_of(tmp_path / "report.docx")


@pytest.mark.parametrize(("rows", "kept"), [(1, 1), (8, 8), (13, 13), (40, 1)])
def test_a_short_table_stays_on_one_page(tmp_path: Path, rows: int, kept: int) -> None:
    """All rows but the last, the heading among them, stay with the next; of a long table only its heading does."""
    table = Table((Column("a"), Column("b")), tuple((Cell(str(n)), Cell("x")) for n in range(rows)), "Numbers")
    path = write_word(report(sections=(Section("summary", "Summary", (table,)),)), tmp_path / "report.docx")
    lines = docx.Document(str(path)).tables[-1].rows
    stays = [{bool(p.paragraph_format.keep_with_next) for c in line.cells for p in c.paragraphs} for line in lines]
    assert stays == [{True}] * kept + [{False}] * (rows + 1 - kept)


def test_pictures_keep_their_shape_and_have_a_text_for_who_cannot_see_them(tmp_path: Path, picture: Path) -> None:
    document = docx.Document(str(write_word(report(picture=picture), tmp_path / "report.docx")))
    (shape,) = document.inline_shapes
    assert shape._inline.docPr.get("descr") == "a map of minutes"
    assert shape.width == pytest.approx(9072 * 635 / 2, abs=2)  # half of the text's width
    assert shape.height == pytest.approx(shape.width * 2 / 3, abs=2)
    assert "Figure 1. Minutes" in texts_of(tmp_path / "report.docx")


def test_a_tall_picture_leaves_room_for_its_caption(tmp_path: Path) -> None:
    path = tmp_path / "tall.png"
    matplotlib.image.imsave(path, np.zeros((900, 100)))
    section = Section("maps", "Maps", (Picture(path, "Tall", "tall"),))
    document = docx.Document(str(write_word(report(sections=(section,)), tmp_path / "report.docx")))
    (shape,) = document.inline_shapes
    assert shape.height == pytest.approx(0.8 * (16838 - 2 * 1417) * 635, abs=2)
    assert shape.width == pytest.approx(shape.height / 9, abs=2)


def test_a_page_break_makes_no_empty_paragraph(tmp_path: Path) -> None:
    document = docx.Document(str(write_word(report(), tmp_path / "report.docx")))
    broken = [
        p.text
        for p in document.paragraphs
        if p._p.pPr is not None and p._p.pPr.find(qn("w:pageBreakBefore")) is not None
    ]
    assert broken == ["Summary", "Bobai"]  # the contents begin a page by their style


def test_the_same_report_gives_the_same_bytes(tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = write_word(report(picture=picture), tmp_path / "a.docx").read_bytes()
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    own = template(tmp_path / "own.docx", "{{p body }}")
    assert write_word(report(picture=picture), tmp_path / "b.docx").read_bytes() == first
    with zipfile.ZipFile(tmp_path / "b.docx") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    one, other = (write_word(report(picture=picture), tmp_path / name, own).read_bytes() for name in ("c", "d"))
    assert one == other


def test_a_report_of_nothing_can_be_opened(tmp_path: Path) -> None:
    empty = Report("", "", (), (), "zh")
    assert "一、" not in texts_of(write_word(empty, tmp_path / "report.docx"))
    lonely = replace(
        empty, sections=(Section("summary", "摘要", ()), Section("maps", "地图", (Table((Column("a"),), ()),)))
    )
    assert "摘要" in texts_of(write_word(lonely, tmp_path / "report.docx"))


def test_a_failed_run_leaves_the_old_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.docx"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(OSError, match="space"):
        write_word(report(), path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_templates_are_those_that_the_script_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("make_report_template", ROOT / "docs/make_report_template.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, script)
    spec.loader.exec_module(script)
    for lang in ("zh", "en"):
        made = script.make(lang)
        kept = (ROOT / f"maps/report/assets/report_{lang}.docx").read_bytes()
        with zipfile.ZipFile(io.BytesIO(made)) as ours, zipfile.ZipFile(io.BytesIO(kept)) as theirs:
            assert ours.namelist() == theirs.namelist()
            assert all(ours.read(name) == theirs.read(name) for name in ours.namelist())
        with zipfile.ZipFile(io.BytesIO(kept)) as archive:
            assert 'w:eastAsia="zh-CN"' in archive.read("word/styles.xml").decode()


def test_chinese_numbers() -> None:
    expected = {
        1: "一",
        10: "十",
        11: "十一",
        20: "二十",
        35: "三十五",
        100: "一百",
        101: "一百零一",
        110: "一百一十",
        111: "一百一十一",
        999: "九百九十九",
    }
    assert {number: chinese(number) for number in expected} == expected


# --- hostile texts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [False, True])
def test_hostile_texts_come_out_as_they_are(tmp_path: Path, own: bool) -> None:
    made = of_text(*HOSTILE)
    used = template(
        tmp_path / "own.docx", "{{ title }}", "{% for fact in facts %}{{ fact.label }}{% endfor %}", "{{p body }}"
    )
    shown = texts_of(write_word(made, tmp_path / "report.docx", used if own else None))
    for text in HOSTILE:
        assert shown.count(text) >= 5, text  # heading, paragraph, point, two cells
        assert f"Table {HOSTILE.index(text) + 1}. {text}" in shown
    assert HOSTILE[0] in shown  # the title
    assert "49" not in "".join(shown)


def test_what_xml_cannot_hold_is_shown(tmp_path: Path) -> None:
    shown = texts_of(write_word(of_text("a\x00b\x1bc\ud800d\uffffe", "x\r\ny\rz"), tmp_path / "report.docx"))
    assert shown.count("a␀b␛c\ufffdd\ufffde") >= 5
    assert shown.count("x\ny\nz") >= 5


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(st.characters(), min_size=1, max_size=30), min_size=1, max_size=3))
def test_any_text_comes_out(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("any") / "report.docx"
    shown = texts_of(write_word(of_text(*texts), path))
    for text in texts:
        assert legal(text) in shown


# --- a bureau's template ---------------------------------------------------------------------------------------------


def test_a_template_with_every_tag(tmp_path: Path, picture: Path) -> None:
    lines = [
        "Our bureau",
        "{{ title }} — {{ subtitle }}",
        "{{p contents }}",
        *(f"{{{{p {key} }}}}" for key in SECTIONS),
        "End",
    ]
    path = template(tmp_path / "own.docx", *lines)
    check_template(path)
    shown = texts_of(write_word(report(picture=picture), tmp_path / "report.docx", path))
    assert shown[:2] == ["Our bureau", "Reach of care — Yulin"]
    order = [shown.index(each, 9) for each in ("Summary", "Verdicts", "Counties", "Ledger", "End")]
    assert order == sorted(order)
    assert shown[-1] == "End"
    assert not any("{{" in each or "\ue000" in each for each in shown)


@pytest.mark.parametrize(
    "tag", ["{{p body }}", "{{ body }}", "{{r body }}", "{{p 正文 }}", "{{正文}}", "{% if body %}{{ body }}{% endif %}"]
)
def test_ways_to_write_a_tag(tmp_path: Path, tag: str) -> None:
    path = template(tmp_path / "own.docx", "before", tag, "after")
    shown = texts_of(write_word(report(), tmp_path / "report.docx", path))
    assert shown[0] == "before"
    assert shown[1] == "Summary"
    assert shown[-1] == "after"


def test_words_around_a_tag_stay(tmp_path: Path) -> None:
    path = template(tmp_path / "own.docx", "see: {{ summary }} (end) {{ ledger }}", "{{p maps }}", "after")
    shown = texts_of(write_word(report(), tmp_path / "report.docx", path))
    assert shown[0].split() == ["see:", "(end)"]
    assert shown[1] == "Summary"
    assert shown.index("Ledger") < shown.index("after")
    assert len([each for each in shown if each == "after"]) == 1


def test_chinese_names_of_tags_and_facts(tmp_path: Path) -> None:
    path = template(
        tmp_path / "own.docx",
        "{{ 标题 }}",
        "{% for 项 in 要点 %}{{ 项.名称 }}={{ 项.内容 }};{% endfor %}",
        "{{p 结论 }}",
    )
    shown = texts_of(write_word(report("zh"), tmp_path / "report.docx", path))
    assert shown[:3] == ["Reach of care", "study=yulin;date=2025;", "Verdicts"]
    assert len({name for tag in TAGS for name in names_of(tag)}) == 2 * len(TAGS)


def test_the_bureaus_styles_are_used_and_missing_ones_added(tmp_path: Path) -> None:
    def restyle(document: Any) -> None:
        document.styles["Heading 1"].font.name = "Bureau Sans"
        style = document.styles["Caption"]._element
        style.getparent().remove(style)

    path = template(tmp_path / "own.docx", "{{p contents }}", "{{p body }}", change=restyle)
    document = docx.Document(str(write_word(report(), tmp_path / "report.docx", path)))
    assert document.styles["Heading 1"].font.name == "Bureau Sans"
    names = [style.name for style in document.styles]
    assert len(names) == len(set(names))
    for name in ("Caption", "Report Note", "Report Table", "toc 1"):
        assert name in names
    contents = [p.text for p in document.paragraphs if p.style.name == "toc 1"]  # type: ignore[union-attr]
    assert contents == ["Summary", "Verdicts", "Counties", "Ledger"]  # no numbers: the bureau's headings have none


def test_a_template_without_numbered_styles_gets_ours(tmp_path: Path) -> None:
    def strip(document: Any) -> None:
        for style in list(document.styles):
            if style.name.startswith(("Heading", "List")):
                style._element.getparent().remove(style._element)
        rels = document.part.rels
        for key in [key for key, rel in rels.items() if rel.reltype.endswith("/numbering")]:
            del rels[key]

    path = template(tmp_path / "own.docx", "{{p contents }}", "{{p body }}", change=strip)
    document = docx.Document(str(write_word(report("zh"), tmp_path / "report.docx", path)))
    contents = [p.text for p in document.paragraphs if p.style.name == "toc 1"]  # type: ignore[union-attr]
    assert contents == ["一、Summary", "二、Verdicts", "三、Counties", "四、Ledger"]
    numbering = document.part.numbering_part.element
    assert len(numbering.findall(qn("w:num"))) == len(numbering.findall(qn("w:abstractNum"))) == 2


def test_a_tag_in_a_table_cell_stays_within_its_width(tmp_path: Path, picture: Path) -> None:
    def in_cell(document: Any) -> None:
        document.add_table(1, 2).cell(0, 1).text = "{{p body }}"

    path = template(tmp_path / "own.docx", change=in_cell)
    document = docx.Document(str(write_word(report(picture=picture), tmp_path / "report.docx", path)))
    cell = document.tables[0].cell(0, 1)
    assert cell.paragraphs[0].text == "Summary"
    assert cell._tc[-1].tag == qn("w:p")
    (extent,) = cell._tc.iter(qn("wp:extent"))
    assert int(extent.get("cx")) == pytest.approx(cell.width / 2, rel=0.01)


def test_the_guide_lists_every_tag_and_its_template_works(tmp_path: Path) -> None:
    guide = (ROOT / "docs/report.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \|", guide, flags=re.MULTILINE)
    assert rows == [names_of(tag) for tag in ("title", "subtitle", "facts", "contents", "body", *SECTIONS)]
    (shortest,) = re.findall(r"```text\n(.*?)```", guide, flags=re.DOTALL)
    facts = re.findall(r"^\| `(\{.*?\})` \| (?:`(\{.*?\})`)? ?\|", guide, flags=re.MULTILINE)
    assert len(facts) == 3

    def add_facts(document: Any) -> None:
        table = document.add_table(3, 2)
        for row, texts in zip(table.rows, facts, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text

    path = template(tmp_path / "own.docx", *(line.strip() for line in shortest.splitlines()), change=add_facts)
    document = docx.Document(str(write_word(report(), tmp_path / "report.docx", path)))
    assert document.paragraphs[0].text == "Reach of care"
    assert [[cell.text for cell in row.cells] for row in document.tables[-1].rows] == [
        ["study", "yulin"],
        ["date", "2025"],
    ]


# --- what can be wrong with a template -------------------------------------------------------------------------------


def test_all_unknown_tags_are_told_at_once_with_the_nearest(tmp_path: Path) -> None:
    def header(document: Any) -> None:
        document.sections[0].header.paragraphs[0].text = "{{ titel }}"

    path = template(
        tmp_path / "own.docx",
        "{{ sumary }}",
        "{{p verdict }}",
        "{{ qqqq }}",
        "{{p 结沦 }}",
        "{{p body }}",
        change=header,
    )
    told = "\n".join(problems(path))
    for name, nearest in (("sumary", "summary"), ("verdict", "verdicts"), ("titel", "title"), ("结沦", "结论")):
        assert any(name in line and f"did you mean {nearest}?" in line for line in told.splitlines()), name
    assert "qqqq" in told


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["{{ title", "{{p body }}"], "is not closed"),
        (["{{ title ) }}", "{{p body }}"], "{{ title ) }}"),
        (["{% if title %}x", "{{p body }}"], "cannot be read"),
        (["{% endfor %}", "{{p body }}"], "endfor"),
        (["{{ title }}"], "no tag"),
        (["plain"], "no tag"),
        (["｛｛ title ｝｝", "{{p body }}"], "｛｛ title ｝｝"),
        (["{｛p body ｝}"], "Chinese keyboard"),
        (["{{ facts.labell }}", "{{p body }}"], "did you mean label?"),
        (["see {{p body }}"], "line of its own"),
        (["{{p title }}{{p body }}"], "line of its own"),
        (["{ title }}", "{{p body }}"], "{ title }}"),
        (["{{ title.label }}", "{{p body }}"], "cannot be read"),
        (["{%p if title %}", "{{p body }}"], "cannot be read"),
    ],
)
def test_wrong_tags(tmp_path: Path, lines: Sequence[str], said: str) -> None:
    assert said in "\n".join(problems(template(tmp_path / "own.docx", *lines)))


@pytest.mark.parametrize(
    "tag",
    [
        "{{ 7*7 }}",
        "{{ title * 999999999 }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ title.__class__ }}",
        "{{ title['__class__'] }}",
        "{{ title|attr('__class__') }}",
        "{{ title|safe }}",
        "{{ '%999999999d'|format(1) }}",
        "{{ title|center(999999999) }}",
        "{{ range(9) }}",
        "{{ cycler.__init__ }}",
        "{{ title() }}",
        "{{ title ~ title }}",
        "{{ title[0:1] }}",
        "{{ title > 3 }}",
        "{{ body|upper }}",
        "{{ body|trim }}",
        "{% set x = 1 %}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% macro x() %}{% endmacro %}",
        "{% for x in title %}{% endfor %}",
        "{% for x in facts recursive %}{% endfor %}",
        "{% for a in facts %}{% for b in facts %}{% for c in facts %}{% endfor %}{% endfor %}{% endfor %}",
        "{% filter upper %}x{% endfilter %}",
        "{% raw %}x{% endraw %}{% do x %}",
    ],
)
def test_a_template_cannot_compute(tmp_path: Path, tag: str) -> None:
    path = template(tmp_path / "own.docx", tag, "{{p body }}")
    problems(path)
    with pytest.raises(InputError):
        write_word(report(), tmp_path / "report.docx", path)
    assert not (tmp_path / "report.docx").exists()


def test_a_part_of_the_report_in_a_header(tmp_path: Path) -> None:
    def header(document: Any) -> None:
        document.sections[0].header.paragraphs[0].text = "{{ summary }}"

    (told,) = problems(template(tmp_path / "own.docx", "{{p body }}", change=header))
    assert "{{ summary }}" in told


def test_tags_that_break_the_layout(tmp_path: Path) -> None:
    path = template(
        tmp_path / "own.docx",
        "{{p body }}",
        "{% for fact in facts %}",
        "x",
        "{% if fact %}{{ fact.label }}",
        "{% endif %}{% endfor %}",
    )
    shown = "\n".join(problems(path)) if not _fine(path) else ""
    assert not shown or "layout" in shown


def _fine(path: Path) -> bool:
    try:
        check_template(path)
    except InputError:
        return False
    return True


def archive(path: Path, *, drop: str = "", **parts: str | bytes) -> Path:
    """A good template whose parts are changed, added or dropped ("/" in a name is written "__")."""
    good = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("{{p body }}")
    document.save(good)
    changes = {name.replace("__", "/"): content for name, content in parts.items()}
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != drop:
                new.writestr(name, changes.pop(name, old.read(name)))
        for name, content in changes.items():
            new.writestr(name, content)
    return path


DOCTYPE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: p, "does not exist"),
        (lambda p: [p.touch(), p][1], "is empty"),
        (lambda p: p.write_text("plain") and p, "not a Word document (docx)"),
        (lambda p: p.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)) and p, "password"),
        (lambda p: p.write_bytes(archive(p).read_bytes()[:-400]) and p, "not a Word document (docx)"),
        (lambda p: archive(p, **{"word__vbaProject.bin": b"x"}), "macros"),
        (lambda p: archive(p, drop="[Content_Types].xml"), "not a Word document (docx)"),
        (lambda p: archive(p, **{"[Content_Types].xml": "<Types/>"}), "not a Word document"),
        (lambda p: archive(p, drop="word/document.xml"), "damaged"),
        (lambda p: archive(p, **{"word__document.xml": "<w:document"}), "damaged"),
        (lambda p: archive(p, **{"word__extra.xml": DOCTYPE}), "document type"),
        (lambda p: archive(p, **{"word__extra.xml": DOCTYPE.encode("utf-16")}), "document type"),
        (lambda p: archive(p, **{"word__media__x.bin": bytes(300 << 20)}), "Unpacked"),
        (lambda p: archive(p, **{"word__x.xml": b" " * (40 << 20)}), "Unpacked"),
    ],
)
def test_what_is_no_template(tmp_path: Path, make: Callable[[Path], Path], said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_template(make(tmp_path / "own.docx"))
    assert said in str(caught.value)


def test_a_folder_a_large_file_and_a_locked_part(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder"):
        read_template(tmp_path)
    large = tmp_path / "large.docx"
    with large.open("wb") as stream:
        stream.truncate(33 << 20)
    with pytest.raises(InputError, match="32 MB"):
        read_template(large)
    locked = bytearray(archive(tmp_path / "locked.docx").read_bytes())
    at = locked.find(b"PK\x01\x02")
    locked[at + 8] |= 1  # the first part says that it is encrypted
    (tmp_path / "locked.docx").write_bytes(locked)
    with pytest.raises(InputError, match="damaged"):
        read_template(tmp_path / "locked.docx")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_damaged_templates_never_end_in_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "own.docx"
    whole = archive(path).read_bytes()
    if data.draw(st.booleans()):
        torn = bytearray(whole)
        for _ in range(data.draw(st.integers(1, 4))):
            torn[data.draw(st.integers(0, len(torn) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(torn)
    else:
        with zipfile.ZipFile(io.BytesIO(whole)) as old:
            name = data.draw(st.sampled_from([n for n in old.namelist() if n.endswith((".xml", ".rels"))]))
            words = re.split(r"(?<=[>\"])", old.read(name).decode("utf-8"))
            del words[data.draw(st.integers(0, len(words) - 1)) :: data.draw(st.integers(2, 50))]
            with zipfile.ZipFile(path, "w") as new:
                for each in old.namelist():
                    new.writestr(each, "".join(words) if each == name else old.read(each))
    try:
        write_word(report(), path.parent / "report.docx", path)
    except InputError as error:
        assert error.problems[0].file == "own.docx"


# --- looked at by another program ------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_office_program_opens_it(tmp_path: Path, picture: Path, lang: str) -> None:
    office = shutil.which("soffice")
    if office is None:
        assert os.environ.get("CARE_OFFICE_REQUIRED") != "1", "LibreOffice is not installed"
        pytest.skip("LibreOffice is not installed")
    path = write_word(report(lang, picture), tmp_path / "report.docx")
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    words = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(path)]
    subprocess.run(words, check=True, capture_output=True, timeout=120)
    pypdf = pytest.importorskip("pypdf")
    pages = [page.extract_text() for page in pypdf.PdfReader(tmp_path / "report.pdf").pages]
    assert len(pages) == 4  # title, contents, the chapters up to the page break, the rest
    assert "Reach of care" in pages[0]
    heading, page = {"zh": ("一、Summary", "第 2 页"), "en": ("1 Summary", "Page 2 of 4")}[lang]
    assert heading in pages[1]
    assert page in pages[1]
    assert heading in pages[2]
    assert "not met" in pages[2]
